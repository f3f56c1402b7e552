"""fuzz_target: one fuzz target of tests/fuzz."""

load("@rules_cc//cc:defs.bzl", "cc_test")

def fuzz_target(name, deps, mutations, data = []):
    """Makes one fuzz target.

    With --config=fuzz it is a libFuzzer binary, which ./dev fuzz runs. Otherwise it is a test of the seeds in the tree and
    of a fixed number of mutations of them, the same ones each time.

    Args:
      name: NAME_fuzz; its source is NAME_fuzz.cc, its seeds are the files of seeds/NAME.
      deps: what it links besides the common part of the targets.
      mutations: how many; about a second's worth.
      data: what else it reads.
    """
    stem = name[:-len("_fuzz")]
    seeds = "%s/seeds/%s" % (native.package_name(), stem)
    cc_test(
        name = name,
        srcs = [name + ".cc"],
        args = select({
            "//tests/fuzz:libfuzzer": ["-runs=0"],
            "//conditions:default": [str(mutations)],
        }) + [seeds],
        data = native.glob(["seeds/%s/*" % stem]) + data,
        # One file, that a build of another configuration does not pull the libraries away from under.
        linkstatic = True,
        linkopts = select({
            "//tests/fuzz:libfuzzer": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        deps = deps + ["//tests/fuzz:input"] + select({
            "//tests/fuzz:libfuzzer": [],
            "//conditions:default": ["//tests/fuzz:main"],
        }),
    )

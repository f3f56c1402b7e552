"""Repositories made from Debian's packages of Bazel rules, protobuf and gRPC's protos. Nothing is downloaded."""

_CLANG = 19

def _require_clang(ctx):
    """Fails unless CC is clang, new enough: docs/adr/0001-clang-19.md says what others do to coroutines."""
    name = ctx.os.environ.get("CC", "cc")
    compiler = ctx.which(name)
    if not compiler:
        fail("The compiler %s is missing: apt-get install clang-%d" % (name, _CLANG))
    said = ctx.execute([compiler, "--version"]).stdout
    version = said.partition("clang version ")[2].partition(".")[0]
    if not version.isdigit() or int(version) < _CLANG:
        fail(("mcmig is built with clang-%d, not with %s: g++ 12 silently miscompiles coroutines " +
              "(docs/adr/0001-clang-19.md). CC=clang-%d is set in .bazelrc.") % (_CLANG, name, _CLANG))

def _debian_rules_cc_impl(ctx):
    # Every C++ target of this workspace loads its rules from here, so none is built past this check.
    _require_clang(ctx)

    copied = ctx.execute(["cp", "-rL", "/usr/share/bazel/rules/cc/.", "."])
    if copied.return_code:
        fail("rules_cc is missing: apt-get install bazel-rules-cc (%s)" % copied.stderr)

    # Debian's rules_cc 0.0.4 loads use_cpp_toolchain, which Debian's Bazel 4.2.3 does not have.
    for name in ["compiler_flag.bzl", "cc_flags_supplier.bzl"]:
        path = "cc/private/rules_impl/" + name
        content = ctx.read(path)
        ctx.file(path, content.replace(", \"use_cpp_toolchain\"", "").replace(
            "toolchains = use_cpp_toolchain(),",
            "toolchains = [\"@bazel_tools//tools/cpp:toolchain_type\"], incompatible_use_toolchain_transition = True,",
        ))

debian_rules_cc = repository_rule(
    implementation = _debian_rules_cc_impl,
    doc = "Debian's rules_cc, made loadable by Debian's Bazel, for clang only.",
    environ = ["CC"],
    local = True,
)

# What google/protobuf/*.proto are imported as; their C++ is part of libprotobuf.
_WELL_KNOWN_TYPES = ["any", "descriptor", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers"]

_PROTOBUF_BUILD = """\
package(default_visibility = ["//visibility:public"])

sh_binary(
    name = "protoc",
    srcs = ["protoc.bin"],
)

sh_binary(
    name = "grpc_cpp_plugin",
    srcs = ["grpc_cpp_plugin.bin"],
)

cc_library(
    name = "protobuf",
    linkopts = [
        "-lprotobuf",
        "-lpthread",
    ],
)

proto_lang_toolchain(
    name = "cc_toolchain",
    blacklisted_protos = [{well_known_types}],
    command_line = "--cpp_out=$(OUT)",
    runtime = ":protobuf",
)

[
    proto_library(
        name = name + "_proto",
        srcs = ["include/google/protobuf/%s.proto" % name],
        strip_import_prefix = "include",
    )
    for name in {names}
]
"""

def _debian_protobuf_impl(ctx):
    for path, link, package in [
        ("/usr/bin/protoc", "protoc.bin", "protobuf-compiler"),
        ("/usr/bin/grpc_cpp_plugin", "grpc_cpp_plugin.bin", "protobuf-compiler-grpc"),
        ("/usr/include/google", "include/google", "libprotobuf-dev"),
    ]:
        if not ctx.path(path).exists:
            fail("%s is missing: apt-get install %s" % (path, package))
        ctx.symlink(path, link)
    ctx.file("BUILD.bazel", _PROTOBUF_BUILD.format(
        names = _WELL_KNOWN_TYPES,
        well_known_types = ", ".join(["\":%s_proto\"" % name for name in _WELL_KNOWN_TYPES]),
    ))

debian_protobuf = repository_rule(
    implementation = _debian_protobuf_impl,
    doc = "protoc, its gRPC plugin, libprotobuf and the well-known types. Must be named com_google_protobuf, where " +
          "Bazel's proto rules look for it.",
    local = True,
)

_GRPC_PROTO_BUILD = """\
load("@mcmig//bazel:cc_grpc.bzl", "cc_grpc_library")
load("@rules_cc//cc:defs.bzl", "cc_proto_library")
load("@rules_proto//proto:defs.bzl", "proto_library")

package(default_visibility = ["//visibility:public"])
"""

_GRPC_PROTO_TARGETS = """
proto_library(
    name = "{name}_proto",
    srcs = ["include/grpc/{path}.proto"],
    strip_import_prefix = "include",
)

cc_proto_library(
    name = "{name}_cc_proto",
    deps = [":{name}_proto"],
)

cc_grpc_library(
    name = "{name}_cc_grpc",
    proto = ":{name}_proto",
    deps = [":{name}_cc_proto"],
)
"""

def _debian_grpc_proto_impl(ctx):
    source = ctx.path("/usr/share/grpc-proto/grpc")
    if not source.exists:
        fail("%s is missing: apt-get install grpc-proto" % source)
    ctx.symlink(source, "include/grpc")
    ctx.file("BUILD.bazel", _GRPC_PROTO_BUILD + "".join([
        _GRPC_PROTO_TARGETS.format(name = name, path = path)
        for name, path in [
            ("health", "health/v1/health"),
            ("reflection", "reflection/v1alpha/reflection"),
        ]
    ]))

debian_grpc_proto = repository_rule(
    implementation = _debian_grpc_proto_impl,
    doc = "grpc.health.v1 and grpc.reflection.v1alpha: NAME_proto, NAME_cc_proto and NAME_cc_grpc of health, reflection.",
    local = True,
)

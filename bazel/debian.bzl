"""Repositories made from Debian's own Bazel rules and proto packages."""

def _debian_rules_cc_impl(ctx):
    copied = ctx.execute(["cp", "-rL", "/usr/share/bazel/rules/cc/.", "."])
    if copied.return_code:
        fail("rules_cc is missing: apt-get install bazel-rules-cc (%s)" % copied.stderr)

    # Debian's rules_cc 0.0.4 loads use_cpp_toolchain, which Bazel 4.2.3 does not have.
    edited = ctx.execute([
        "sed",
        "-i",
        "s/, \"use_cpp_toolchain\"//; s/toolchains = use_cpp_toolchain(),/" +
        "toolchains = [\"@bazel_tools\\/\\/tools\\/cpp:toolchain_type\"], incompatible_use_toolchain_transition = True,/",
        "cc/private/rules_impl/compiler_flag.bzl",
        "cc/private/rules_impl/cc_flags_supplier.bzl",
    ])
    if edited.return_code:
        fail("rules_cc could not be adapted to Bazel 4.2.3: " + edited.stderr)

debian_rules_cc = repository_rule(
    implementation = _debian_rules_cc_impl,
    doc = "Debian's rules_cc, made loadable by Debian's Bazel 4.2.3.",
    local = True,
)

def _grpc_proto_repository_impl(ctx):
    source = ctx.path("/usr/share/grpc-proto/grpc")
    if not source.exists:
        fail("grpc-proto is missing: apt-get install grpc-proto")
    ctx.symlink(source, "include/grpc")
    ctx.file("BUILD.bazel", """\
load("@mcmig//bazel:cc_grpc.bzl", "cc_grpc_library")
load("@rules_cc//cc:defs.bzl", "cc_proto_library")
load("@rules_proto//proto:defs.bzl", "proto_library")

package(default_visibility = ["//visibility:public"])

proto_library(
    name = "health_proto",
    srcs = ["include/grpc/health/v1/health.proto"],
    strip_import_prefix = "include",
)

cc_proto_library(
    name = "health_cc_proto",
    deps = [":health_proto"],
)

cc_grpc_library(
    name = "health_cc_grpc",
    proto = ":health_proto",
    deps = [":health_cc_proto"],
)

proto_library(
    name = "reflection_proto",
    srcs = ["include/grpc/reflection/v1alpha/reflection.proto"],
    strip_import_prefix = "include",
)

cc_proto_library(
    name = "reflection_cc_proto",
    deps = [":reflection_proto"],
)

cc_grpc_library(
    name = "reflection_cc_grpc",
    proto = ":reflection_proto",
    deps = [":reflection_cc_proto"],
)
""")

grpc_proto_repository = repository_rule(
    implementation = _grpc_proto_repository_impl,
    doc = "grpc.health.v1 and grpc.reflection.v1alpha from Debian's grpc-proto.",
    local = True,
)

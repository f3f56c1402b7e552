#!/usr/bin/env python3
"""Checks the rules of structure that no compiler knows (CONTRIBUTING.md): who may include whom, and file lengths."""

import os
import re
import subprocess
import sys

SOURCE_LINES = 300
HEADER_LINES = 150
INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]+)[>"]')
GRPC = re.compile(r"grpcpp/|grpc/|grpc\+\+/|.*\.grpc\.pb\.h$")


def is_test(path):
    """Whether it is built for tests only: by its folder, or by its name (foo_test.cc, foo_test_keys.h)."""
    return path.startswith(("tests/", "services/testing/")) or re.search(r"_test[_.]", os.path.basename(path)) is not None


def may_know_grpc(path):
    """gRPC is known to its binding, to the wiring of the processes, and to tests."""
    return (
        path.startswith(("common/rpc/", "services/mcmig/"))
        or re.fullmatch(r"services/[^/]+/process(\.cc|_\w+\.(cc|h))", path) is not None
        or is_test(path)
    )


def include_error(path, included):
    """Says why `path` may not include `included`, or returns None."""
    if GRPC.match(included) and not may_know_grpc(path):
        return "only common/rpc, process wiring and tests know gRPC"
    if is_test(included) and not is_test(path):
        return "only tests include what is built for tests only"
    own, other = path.split("/"), included.split("/")
    if own[0] == "common" and other[0] == "services":
        return "common includes nothing of services"
    # services/mcmig is the binary: it holds every role.
    if own[0] == other[0] == "services" and own[1] not in (other[1], "mcmig") and other[1] != "testing":
        return "a service includes nothing of another service"
    return None


def errors(path):
    with open(path, encoding="utf-8") as source:
        lines = source.read().splitlines()
    limit = HEADER_LINES if path.endswith(".h") else SOURCE_LINES
    if len(lines) > limit:
        yield f"{path}:{limit + 1}: {len(lines)} lines, at most {limit}"
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        reason = include and include_error(path, include.group(1))
        if reason:
            yield f"{path}:{number}: includes {include.group(1)}: {reason}"


def main():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.cc", "*.h"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = [error for path in sorted(set(listed.stdout.split())) if os.path.exists(path) for error in errors(path)]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

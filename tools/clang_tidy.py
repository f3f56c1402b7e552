#!/usr/bin/env python3
"""Runs clang-tidy-19 over every C++ source, on all processors; with CI=true only over what is deployed, without tests.

A clean result is kept in the cache under a digest of all that it depends on: the source, the headers of this workspace
that it includes, their protos, its command line, .clang-tidy and the version of clang-tidy.
Only what changed is checked again.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

INCLUDE = re.compile(r'^\s*(?:#\s*include|import)\s*"([^"]+)"', re.MULTILINE)
GENERATED = re.compile(r"(\.grpc)?\.pb\.h$")
TEST = re.compile(r"^tests/|/testing/|_test[_.]")
KEPT_FOR_SECONDS = 30 * 24 * 3600


def run(*arguments):
    return subprocess.run(
        arguments, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ).stdout


def with_headers(source, closures):
    """The source and every header and proto of this workspace that it includes, directly or not."""
    if source not in closures:
        closures[source] = {source}
        for name in INCLUDE.findall(pathlib.Path(source).read_text(encoding="utf-8")):
            # A generated header stands for its proto.
            proto = GENERATED.sub(".proto", name)
            for path in (proto, os.path.join("proto", proto)):
                if os.path.exists(path):
                    closures[source] |= with_headers(path, closures)
    return closures[source]


def common_digest():
    digest = hashlib.sha256(run("clang-tidy-19", "--version").encode())
    digest.update(run("dpkg-query", "--show", "libabsl-dev", "libgrpc++-dev", "libprotobuf-dev", "libgtest-dev").encode())
    digest.update(pathlib.Path(".clang-tidy").read_bytes())
    return digest


def digest_of(entry, common, closures):
    digest = common.copy()
    # Where the execution root is does not matter.
    digest.update(json.dumps(entry["arguments"]).encode())
    for path in sorted(with_headers(os.path.relpath(entry["file"]), closures)):
        digest.update(path.encode() + b"\0" + pathlib.Path(path).read_bytes())
    return digest.hexdigest()


def check(entry):
    """The findings in one source, empty where it is clean, and the seconds that took."""
    started = time.monotonic()
    ran = subprocess.run(
        ["clang-tidy-19", "--quiet", "-p", ".", entry["file"]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    findings = "" if ran.returncode == 0 else ran.stdout + ("" if ran.stdout.strip() else ran.stderr)
    return findings, time.monotonic() - started


def forget_old_results(results):
    for kept in results.iterdir():
        if time.time() - kept.stat().st_mtime > KEPT_FOR_SECONDS:
            kept.unlink(missing_ok=True)


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
    results = pathlib.Path(os.environ["MCMIG_CACHE"]) / "clang-tidy"
    results.mkdir(parents=True, exist_ok=True)
    forget_old_results(results)

    entries = json.loads(pathlib.Path("compile_commands.json").read_text(encoding="utf-8"))
    if os.environ.get("CI") == "true":
        entries = [entry for entry in entries if not TEST.search(os.path.relpath(entry["file"]))]
    common, closures = common_digest(), {}
    changed = []
    for entry in entries:
        kept = results / digest_of(entry, common, closures)
        if kept.exists():
            kept.touch()
        else:
            changed.append((entry, kept))

    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(check, entry): (entry, kept) for entry, kept in changed}
        for done in concurrent.futures.as_completed(running):
            entry, kept = running[done]
            findings, seconds = done.result()
            print(f"clang-tidy: {os.path.relpath(entry['file'])} ({seconds:.0f} s)", flush=True)
            if findings:
                bad += 1
                print(findings, flush=True)
            else:
                kept.touch()
    print(f"clang-tidy: {len(entries)} files, {len(changed)} checked, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

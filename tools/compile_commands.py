#!/usr/bin/env python3
"""Writes compile_commands.json, which clang-tidy and editors read, from Bazel's own compile actions.

Generated headers are found only once they are built: run after `bazel build //...`.
"""

import json
import os
import subprocess
import sys


def bazel(*arguments):
    return subprocess.run(
        ["bazel", *arguments], check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ).stdout


def for_readers(arguments, source):
    """The command without what it writes, and with this workspace's sources under their real names."""
    kept = []
    arguments = iter(arguments)
    for argument in arguments:
        if argument in ("-o", "-MF"):
            next(arguments)
        elif argument == "-iquote":
            directory = next(arguments)
            kept += ["-iquote", os.getcwd() if directory == "." else directory]
        elif argument == source:
            kept.append(os.path.abspath(source))
        elif argument != "-MD" and not argument.startswith("-frandom-seed="):
            kept.append(argument)
    return kept


def commands():
    """Yields one entry for each source of this workspace."""
    execution_root = bazel("info", "execution_root").strip()
    graph = json.loads(bazel("aquery", "--output=jsonproto", 'mnemonic("CppCompile", //...)'))
    seen = set()
    for action in graph.get("actions", []):
        arguments = action["arguments"]
        if "-c" not in arguments:
            continue
        source = arguments[arguments.index("-c") + 1]
        # Generated code is not ours to check, and code built for two configurations is checked once.
        if source in seen or source.startswith(("bazel-out/", "external/")):
            continue
        seen.add(source)
        yield {
            "directory": execution_root,
            "file": os.path.abspath(source),
            "arguments": for_readers(arguments, source),
        }


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
    with open("compile_commands.json", "w", encoding="utf-8") as out:
        json.dump(sorted(commands(), key=lambda entry: entry["file"]), out, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())

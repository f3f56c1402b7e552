#!/usr/bin/env bash
# Brings C++ sources, BUILD files and protos into the project's format.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=$(tools/node/install.sh)
git ls-files -z --cached --others --exclude-standard -- '*.cc' '*.h' | xargs -0 -r clang-format-19 -i
git ls-files -z --cached --others --exclude-standard -- '*BUILD.bazel' '*.bzl' '*WORKSPACE' |
  xargs -0 -r "$tools/buildifier" --mode=fix --lint=fix
"$tools/buf" format -w

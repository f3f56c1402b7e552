#!/usr/bin/env bash
# Neither Bazel nor the coroutine runtime's header may accept g++, and both must say why (docs/adr/0001-clang-19.md).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

must_refuse() {
  local said
  if said=$("$@" 2>&1 < /dev/null); then
    echo "accepts g++: $*" >&2
    return 1
  fi
  if [[ $said != *"mcmig is built with clang-19"* ]]; then
    printf 'refuses g++ without saying why: %s\n%s\n' "$*" "$said" >&2
    return 1
  fi
}

must_refuse g++ -std=c++20 -I. -x c++ -fsyntax-only common/async/task.h
must_refuse bazel build --repo_env=CC=g++ --nobuild //common/async/...

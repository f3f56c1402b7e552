#!/usr/bin/env bash
# g++ must not compile the coroutine runtime, and must say why (docs/adr/0001-clang-19.md).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if said=$(g++ -std=c++20 -I. -x c++ -fsyntax-only common/async/task.h 2>&1); then
  echo "common/async/task.h compiles with g++" >&2
  exit 1
fi
if [[ $said != *"mcmig is built with clang-19"* ]]; then
  printf 'g++ is refused without the reason:\n%s\n' "$said" >&2
  exit 1
fi

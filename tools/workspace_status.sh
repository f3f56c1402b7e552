#!/usr/bin/env bash
# What Bazel stamps a release with (--config=release): the commit, marked where the working tree is not exactly that.
set -euo pipefail
commit=$(git rev-parse HEAD 2> /dev/null) || commit=unknown
[[ $commit == unknown || -z $(git status --porcelain) ]] || commit=$commit-dirty
echo "STABLE_COMMIT $commit"

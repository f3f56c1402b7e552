#!/usr/bin/env bash
# Shows that the simulation catches defects: applies each tests/simulation/mutants/*.patch to a copy of the tree, builds
# it, and expects a seed that fails. Arguments: names of mutants (default: all). `cache` is as in ./dev.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${cache:?}"
budget=3000
copy=${TMPDIR:-/tmp}/mcmig-mutants
rm -rf "$copy"
mkdir -p "$copy"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --no-dereference -t "$copy"

names=("$@")
if ((${#names[@]} == 0)); then
  for patch in tests/simulation/mutants/*.patch; do names+=("$(basename "$patch" .patch)"); done
fi
status=0
for name in "${names[@]}"; do
  mutant=$PWD/tests/simulation/mutants/$name.patch
  patch -d "$copy" -p1 --silent --no-backup-if-mismatch < "$mutant"
  if ! (cd "$copy" && bazel build --disk_cache="$cache/bazel" //tests/simulation:main) \
    < /dev/null > "$copy/build.log" 2>&1; then
    tail -n 20 "$copy/build.log"
    echo "$name: cannot be built"
    status=1
  else
    found=$("$copy/bazel-bin/tests/simulation/main" --seeds "$budget" --failures 1 | grep '^seed ' || true)
    echo "$name: ${found:-NOT CAUGHT in $budget seeds}"
    [[ -n $found ]] || status=1
  fi
  patch -d "$copy" -p1 --silent --no-backup-if-mismatch -R < "$mutant"
done
(cd "$copy" && bazel shutdown > /dev/null 2>&1)
rm -rf "$copy"
exit "$status"

#!/usr/bin/env bash
# Every check of format, code and structure. Changes nothing; exit status 0 only where all are clean.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

# Files that git knows or would take: a new file is checked before its first commit.
files() {
  git ls-files --cached --others --exclude-standard -- "$@" | while read -r path; do
    [[ ! -f $path ]] || echo "$path"
  done | sort -u
}

shell_scripts() {
  echo dev
  echo .ci/run
  files '*.sh'
}

check_clang_format() {
  files '*.cc' '*.h' | xargs -r clang-format-19 --dry-run -Werror
}

check_buildifier() {
  files '*BUILD.bazel' '*.bzl' '*WORKSPACE' | xargs -r "$tools/buildifier" --mode=check --lint=warn
}

check_buf() {
  "$tools/buf" lint && "$tools/buf" format --diff --exit-code
}

check_shellcheck() {
  shell_scripts | xargs shellcheck
}

check_structure() {
  python3 tools/check_structure.py
}

check_compiler_refusal() {
  tools/check_compiler_refusal.sh
}

check_kubernetes() {
  NODE_PATH=$tools/../node_modules node tools/kubernetes/check.cjs
}

check_clang_tidy() {
  # Generated headers have to be there.
  bazel build --disk_cache="$MCMIG_CACHE/bazel" //... < /dev/null &&
    python3 tools/compile_commands.py &&
    python3 tools/clang_tidy.py
}

tools=$(tools/node/install.sh) || exit 1
failed=()
for check in clang_format buildifier buf shellcheck structure kubernetes compiler_refusal clang_tidy; do
  echo "lint: $check"
  "check_$check" || failed+=("$check")
done
if ((${#failed[@]})); then
  echo "lint: failed: ${failed[*]}" >&2
  exit 1
fi
echo "lint: clean"

#!/usr/bin/env bash
# Runs fuzz targets of tests/fuzz under libFuzzer, one after another: ./dev fuzz. MCMIG_CACHE is where the corpora grow
# and what is found is kept. Exit status 0 only where nothing was found.
set -euo pipefail
: "${called_in:?}" "${MCMIG_CACHE:?}"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() {
  echo "fuzz: $*" >&2
  exit 2
}

minutes='' seconds='' replay='' targets=()
while (($#)); do
  case $1 in
    --minutes | --seconds | --replay)
      (($# > 1)) || die "$1 takes a value"
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    -*) die "unknown option $1" ;;
    *) targets+=("${1%_fuzz}") ;;
  esac
  shift
done
[[ $minutes$seconds =~ ^[0-9]*$ ]] || die "whole minutes or seconds are needed"
[[ -z $replay || ${#targets[@]} == 1 ]] || die "--replay FILE takes one target"
if ((${#targets[@]} == 0)); then
  for source in tests/fuzz/*_fuzz.cc; do targets+=("$(basename "$source" _fuzz.cc)"); done
fi
for target in "${targets[@]}"; do
  [[ -f tests/fuzz/${target}_fuzz.cc ]] || die "no target $target; see tests/fuzz"
done
[[ -n $seconds ]] || seconds=$((60 * ${minutes:-${#targets[@]}} / ${#targets[@]}))
# To libFuzzer 0 is without end.
((seconds > 0)) || seconds=1

labels=("${targets[@]/#/\/\/tests\/fuzz:}")
bazel build --disk_cache="$MCMIG_CACHE/bazel" --config=fuzz -- "${labels[@]/%/_fuzz}" < /dev/null >&2
binaries=$(bazel info --config=fuzz bazel-bin 2> /dev/null < /dev/null)/tests/fuzz

# llvm-symbolizer would be a package of its own.
export ASAN_OPTIONS=allow_addr2line=1 UBSAN_OPTIONS=print_stacktrace=1:allow_addr2line=1

if [[ -n $replay ]]; then
  exec "$binaries/${targets[0]}_fuzz" "$(cd "$called_in" && realpath -- "$replay")"
fi

# Some tens of megabytes are usual under AddressSanitizer; an input that takes seconds is a finding.
limits=(-timeout=10 -rss_limit_mb=2048)
found=()
for target in "${targets[@]}"; do
  kept=$MCMIG_CACHE/fuzz/$target
  mkdir -p "$kept/corpus" "$kept/found"
  log=$kept/log
  if "$binaries/${target}_fuzz" -max_total_time="$seconds" "${limits[@]}" -artifact_prefix="$kept/found/" \
    "$kept/corpus" "tests/fuzz/seeds/$target" > "$log" 2>&1 < /dev/null; then
    ran=$(sed -n 's/^Done \(.*\) second.*/\1 s, nothing found/p' "$log")
    # Another build in this checkout puts the test of the same name in its place, which ends well at once.
    [[ -n $ran ]] || die "$target: was not run by libFuzzer; does another build go on here?"
    printf 'fuzz: %-15s %s\n' "$target" "$ran"
    continue
  fi
  found+=("$target")
  # What libFuzzer prints between the reason and the name of the file are the fuzzer's own numbers.
  tail -n 60 "$log"
  artefact=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
  echo "fuzz: $target: found; replay with: ./dev fuzz --replay ${artefact:-FILE} $target"
done
if ((${#found[@]})); then
  echo "fuzz: found something: ${found[*]}" >&2
  exit 1
fi
echo "fuzz: ${#targets[@]} targets, $seconds s each: nothing found"

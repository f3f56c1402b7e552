#!/usr/bin/env bash
# Installs the packages of a directory's package-lock.json (default: the tools beside this script) into the cache, once
# per lock file, and prints the directory with their programs; beside it is node_modules. No script of a package is run.
set -euo pipefail
here=$(cd "${1:-$(dirname "${BASH_SOURCE[0]}")}" && pwd)

cache=${MCMIG_CACHE:?run through ./dev}/node
lock=$(sha256sum "$here/package-lock.json")
place=$cache/${lock:0:16}
if [[ ! -d $place/bin ]]; then
  mkdir -p "$cache"
  new=$(mktemp -d "$cache/new.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  cp "$here/package.json" "$here/package-lock.json" "$new/"
  # Node.js brings its own list of roots; what this machine trusts is Debian's, with what its site added.
  export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}
  # npm's own cache and logs stay out of a home directory that may not exist.
  npm_config_cache=$cache/npm npm ci --prefix "$new" --ignore-scripts --no-audit --no-fund --no-update-notifier \
    < /dev/null >&2
  case $(uname -m) in
    aarch64) buildifier=linux_arm64 buf=linux-aarch64 ;;
    *) buildifier=linux_amd64 buf=linux-x64 ;;
  esac
  mkdir "$new/bin"
  for program in "@bazel/buildifier/buildifier-$buildifier" "@bufbuild/buf-$buf/bin/buf"; do
    [[ ! -e $new/node_modules/$program ]] || ln -s "../node_modules/$program" "$new/bin/$(basename "${program%-linux_*}")"
  done
  # Another run may have been first.
  mv -T "$new" "$place" 2> /dev/null || [[ -d $place/bin ]]
fi
echo "$place/bin"

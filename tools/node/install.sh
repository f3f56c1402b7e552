#!/usr/bin/env bash
# Installs the tools of package-lock.json into the cache, once per lock file, and prints the directory with their
# programs. No script of a package is run.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

cache=${MCMIG_CACHE:?run through ./dev}/node
lock=$(sha256sum "$here/package-lock.json")
place=$cache/${lock:0:16}
if [[ ! -x $place/bin/buf ]]; then
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
  ln -s "../node_modules/@bazel/buildifier/buildifier-$buildifier" "$new/bin/buildifier"
  ln -s "../node_modules/@bufbuild/buf-$buf/bin/buf" "$new/bin/buf"
  # Another run may have been first.
  mv -T "$new" "$place" 2> /dev/null || [[ -x $place/bin/buf ]]
fi
echo "$place/bin"

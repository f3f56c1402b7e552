#!/usr/bin/env bash
# Builds the container image of a binary: build.sh BINARY [--tag TAG], default mcmig:dev. With podman, or docker where
# there is no podman; MCMIG_CONTAINER_ENGINE names another. `./dev image` builds the binary first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

die() {
  echo "image: $*" >&2
  exit 1
}

binary=${1:?build.sh BINARY [--tag TAG]}
shift
tag=mcmig:dev
while (($#)); do
  case $1 in
    --tag)
      tag=${2:?--tag needs a name}
      shift 2
      ;;
    *) die "unknown argument $1" ;;
  esac
done

engine=${MCMIG_CONTAINER_ENGINE:-}
for candidate in podman docker; do
  [[ -n $engine ]] || ! command -v "$candidate" > /dev/null || engine=$candidate
done
[[ -n $engine ]] || die "neither podman nor docker is installed"
options=()
# Nothing runs while the image is built, so nothing has to be isolated, also inside another container.
[[ $engine != *podman ]] || options+=(--isolation=chroot)

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
rootfs=$context/rootfs
cp deploy/image/Containerfile "$context/"
install -d "$rootfs/etc"
echo 'nonroot:x:65532:65532:nonroot:/:/sbin/nologin' > "$rootfs/etc/passwd"
echo 'nonroot:x:65532:' > "$rootfs/etc/group"
install -D "$binary" "$rootfs/usr/bin/mcmig"

# Each library where the loader of the binary found it; the loader itself has a line of its own without "=>".
libraries=$(ldd "$binary")
[[ $libraries != *"not found"* ]] || die "$libraries"
sed -nE 's/^\s*(\S+ => )?(\/\S+) \(0x.*/\2/p' <<< "$libraries" | while read -r library; do
  install -D "$(readlink -f "$library")" "$rootfs$library"
done
find "$rootfs" -type d -exec chmod 755 {} +

version=$("$binary" --version)
revision=${version##* }
"$engine" build "${options[@]}" --build-arg "revision=$revision" --tag "$tag" "$context" >&2
size=$("$engine" image inspect --format '{{.Size}}' "$tag")
echo "$tag: $((size / 1000000)) MB, $(wc -l <<< "$libraries") shared libraries; $version"

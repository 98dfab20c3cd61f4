#!/usr/bin/env bash
# Puts `spherecheck` on the path: what the cache has, or the binary of the release, checked against its checksum, or else what
# cargo builds.
set -euo pipefail

if command -v spherecheck > /dev/null; then
    exit 0
fi
bin="${RUNNER_TEMP:?}/spherecheck/bin"
mkdir -p "$bin"
echo "$bin" >> "${GITHUB_PATH:?}"
if [ -x "$bin/spherecheck" ] || [ -x "$bin/spherecheck.exe" ]; then
    exit 0
fi
case "${RUNNER_OS:?}-${RUNNER_ARCH:?}" in
    Linux-X64) target=x86_64-unknown-linux-musl ;;
    Linux-ARM64) target=aarch64-unknown-linux-musl ;;
    macOS-ARM64) target=aarch64-apple-darwin ;;
    Windows-X64) target=x86_64-pc-windows-msvc ;;
    *) target= ;;
esac
archive="spherecheck-$target.tar.gz"
url="${GITHUB_SERVER_URL:?}/${REPOSITORY:?}/releases/download/${RELEASE:?}"
download() {
    curl --fail --location --silent --show-error --retry 3 --output "$RUNNER_TEMP/$1" "$url/$1"
}
if [ -n "$target" ] && download "$archive" && download "$archive.sha256"; then
    # A binary that is not the published one is no reason to build another: stop.
    (cd "$RUNNER_TEMP" && (sha256sum --check "$archive.sha256" || shasum -a 256 --check "$archive.sha256"))
    tar -xzf "$RUNNER_TEMP/$archive" -C "$bin"
else
    echo "::notice::spherecheck $RELEASE has no binary for $RUNNER_OS on $RUNNER_ARCH: it is built, which takes some minutes"
    CARGO_TARGET_DIR="$RUNNER_TEMP/spherecheck/target" cargo install --locked --path "${ACTION_PATH:?}" --root "$RUNNER_TEMP/spherecheck"
fi

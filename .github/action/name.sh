#!/usr/bin/env bash
# Names the binary that this source makes on this runner, for the cache.
set -euo pipefail

cd "${ACTION_PATH:?}"
source=$(find Cargo.toml Cargo.lock src -type f -print0 | LC_ALL=C sort -z | xargs -0 cat | git hash-object --stdin)
echo "key=spherecheck-${RUNNER_OS:?}-${RUNNER_ARCH:?}-$source" >> "${GITHUB_OUTPUT:?}"

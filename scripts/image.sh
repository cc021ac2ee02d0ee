#!/usr/bin/env bash
# Builds the Action's image around a binary that is there already: image.sh TAG BINARY. What the Dockerfile compiles
# takes minutes; everything after that is the Dockerfile's own last stage, word for word.
set -euo pipefail
cd "$(dirname "$0")/.."

tag=$1 binary=$2
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cp "$binary" "$context/trueup"
# All from the second FROM on; the binary comes from the context instead of the first stage.
awk '/^FROM /{stage++} stage == 2' Dockerfile |
    sed 's|^COPY --from=build [^ ]*|COPY trueup|' >"$context/Dockerfile"
grep -q '^COPY trueup ' "$context/Dockerfile" || {
    echo "image: the Dockerfile no longer copies the binary the way this script expects" >&2
    exit 1
}
docker build --quiet --tag "$tag" "$context"

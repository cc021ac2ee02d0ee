#!/usr/bin/env bash
# Runs a command in the repository, at a path that other accounts can reach. As root, servers and foreign code run under
# accounts with fewer rights, which can't enter a clone in root's home. There the repository is mounted at a second place,
# which only the command sees.
#
# usage: scripts/reachable.sh COMMAND [ARGUMENT ...]
set -euo pipefail
cd "$(dirname "$0")/.."

reachable() {
    local at=$1
    while [ -n "$(find "$at" -maxdepth 0 -perm -o+x)" ]; do
        [ "$at" != / ] || return 0
        at=$(dirname "$at")
    done
    return 1
}

if [ "$(id -u)" -ne 0 ] || reachable "$PWD"; then
    exec "$@"
fi
# The same each time: what is built holds paths.
place=/run/trueup-$(printf '%s' "$PWD" | cksum | cut -d ' ' -f 1)
mkdir -p "$place"
if ! unshare --mount -- mount --bind "$PWD" "$place" 2>/dev/null; then
    rmdir "$place"
    echo "reachable: other accounts can't enter $PWD, and it can't be mounted elsewhere here" >&2
    echo "           clone to a directory that they can enter, such as /srv, or work as another user than root" >&2
    exit 2
fi
# shellcheck disable=SC2016 # the shell within reads its own arguments
exec unshare --mount -- sh -c 'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"' sh "$PWD" "$place" "$@"

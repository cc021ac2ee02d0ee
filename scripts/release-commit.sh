#!/usr/bin/env bash
# Makes and pushes the commit that a release's tags name: action.yml with the image by its digest, on top of what is checked out.
# The exact version's tag is new and never moves; v1.2 and v1 follow the newest.
#
# usage: scripts/release-commit.sh VERSION IMAGE@DIGEST
set -euo pipefail
cd "$(dirname "$0")/.."

version=$1 image=$2
[[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || {
    echo "release-commit: \"$version\" is not a version such as 1.2.3" >&2
    exit 2
}
[[ "$image" =~ ^[a-z0-9./_-]+@sha256:[0-9a-f]{64}$ ]] || {
    echo "release-commit: \"$image\" does not name an image by its digest" >&2
    exit 2
}
git config user.name 'github-actions[bot]'
git config user.email '41898282+github-actions[bot]@users.noreply.github.com'
git checkout --quiet --detach
sed -i "s|^  image: Dockerfile\$|  image: docker://$image|" action.yml
grep -qxF "  image: docker://$image" action.yml || {
    echo "release-commit: action.yml no longer names its image as expected" >&2
    exit 1
}
git commit --quiet --message "Use the image of v$version" action.yml
git tag "v$version"
git push --quiet origin "refs/tags/v$version"
for name in "v${version%.*}" "v${version%%.*}"; do
    git tag --force "$name" >/dev/null
    git push --quiet --force origin "refs/tags/$name"
done

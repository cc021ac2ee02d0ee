#!/bin/sh
# Puts MySQL's server programs into a directory of their own, from Debian's unstable packages, without installing
# anything: stable Debian has no MySQL. The programs run with the C library they were built for, so the machine's own
# version does not matter.
#
#   scripts/mysql-from-sid.sh DIRECTORY    makes DIRECTORY/bin/mysqld and DIRECTORY/bin/mysql; does nothing when they work
#
# Needs: apt, dpkg-deb, and Debian's keyring; no root.
set -eu

root=${1:?usage: mysql-from-sid.sh DIRECTORY}
mkdir -p "$root"
root=$(cd "$root" && pwd)

works() { [ -x "$root/bin/mysqld" ] && "$root/bin/mysqld" --version >/dev/null 2>&1; }
if works; then exit 0; fi

mirror=${DEBIAN_MIRROR:-$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    grep -oE 'https?://[^ ]+/debian/?( |$)' | head -1 | tr -d ' ')}
[ -n "$mirror" ] || { echo "mysql-from-sid: apt knows no Debian mirror; set DEBIAN_MIRROR to one" >&2; exit 1; }
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

apt=$root/.apt
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/etc/parts" "$apt/etc/preferences" "$apt/etc/trusted"
: >"$apt/status"
echo "deb [signed-by=$keyring] $mirror sid main" >"$apt/sources.list"
private_apt() {
    apt-get -q -y \
        -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" \
        -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives" \
        -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts="$apt/etc/parts" \
        -o Dir::Etc::preferencesparts="$apt/etc/preferences" -o Dir::Etc::trustedparts="$apt/etc/trusted" \
        -o APT::Install-Recommends=false -o APT::Sandbox::User= -o Debug::NoLocking=true \
        -o Acquire::Languages=none -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false "$@"
}
private_apt update >"$apt/log" 2>&1 || { tail -20 "$apt/log" >&2; exit 1; }
private_apt --download-only install mysql-server-core mysql-client-core >>"$apt/log" 2>&1 ||
    { tail -20 "$apt/log" >&2; exit 1; }

tree=$root/tree
rm -rf "$tree"
mkdir -p "$tree" "$root/bin"
for package in "$apt"/archives/*.deb; do
    dpkg-deb --extract "$package" "$tree"
done
# Paths within the tree: a wrapper finds it beside itself, wherever it was moved.
cd "$tree"
loader=$(find . -name 'ld-linux*.so.*' | head -1)
multiarch=$(dirname "$(find . -name libc.so.6 | head -1)")

# A wrapper per program: the loader of the packages, with their libraries.
wrap() {
    program=$(find ./usr/sbin ./usr/bin -name "$1" 2>/dev/null | head -1)
    cat >"$root/bin/$1" <<WRAPPER
#!/bin/sh
tree=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")/tree
exec "\$tree/$loader" --library-path "\$tree/$multiarch:\$tree/usr/lib/mysql/private:\$tree/usr/lib" "\$tree/$program" "\$@" ${2-}
WRAPPER
    chmod +x "$root/bin/$1"
}
# The server last: where it works, all is there.
wrap mysql
wrap mysqldump
# shellcheck disable=SC2016 # the wrapper knows its tree
wrap mysqld '--basedir="$tree/usr"'
rm -rf "$apt"
works || { "$root/bin/mysqld" --version >&2; exit 1; }

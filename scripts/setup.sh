#!/usr/bin/env bash
# Makes a machine ready for trueup's tests and demo: system packages that are missing, and a Python environment
# under target/. Does nothing, quickly, when all is there. Changes no configuration and starts no service.
# TRUEUP_TEST_DOCKER=user leaves out the tests' own Docker daemon and its images.
#
# usage: scripts/setup.sh [--demo | --postgres | --requirements]
#   --demo           only what the demo needs: of Python's packages a handful, in an environment of their own
#   --postgres       only what the tests on PostgreSQL need: no MySQL, no MariaDB
#   --requirements   pin the Python packages again: each scripts/requirements*.txt from its .in
set -euo pipefail

cd "$(dirname "$0")/.."
mode=${1:-}
mysql=target/mysql
least_python=3.10

say() { printf 'setup: %s\n' "$*" >&2; }
die() {
    say "$1"
    shift
    for line in "$@"; do printf '       %s\n' "$line" >&2; done
    exit 2
}

have() { command -v "$1" >/dev/null 2>&1; }

# rustup puts cargo here; a shell that was open before does not know yet.
if ! have cargo && [ -x "$HOME/.cargo/bin/cargo" ]; then
    export PATH="$HOME/.cargo/bin:$PATH"
fi

check_rust() {
    have cargo || die "cargo is not installed" "install Rust with rustup: https://rustup.rs"
    local needed found
    needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    found=$(cargo --version | awk '{ print $2 }')
    if [ "$(printf '%s\n%s\n' "$needed" "$found" | sort -V | head -n 1)" != "$needed" ]; then
        die "Rust $needed or newer is needed, this is $found" "run: rustup update stable"
    fi
}

have_postgres_server() {
    { have initdb && have postgres; } && return 0
    local dir
    for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
        [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && return 0
    done
    return 1
}

have_python() {
    have python3 || return 1
    python3 -c "import sys; sys.exit(sys.version_info < tuple(map(int, '$least_python'.split('.'))))"
}

have_venv() { python3 -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Prints what is missing, one Debian package a line.
missing_packages() {
    { have cc && have make; } || echo build-essential
    have python3 || echo python3
    have_venv || echo python3-venv
    have_postgres_server || echo postgresql
    { have psql && have pg_dump; } || echo postgresql-client
    have sqlite3 || echo sqlite3
    have git || echo git
    [ "$mode" != --postgres ] || return 0
    { have mariadbd || [ -x /usr/sbin/mariadbd ]; } || echo mariadb-server-core
    { have mariadb && have mariadb-dump; } || echo mariadb-client
    have openssl || echo openssl
    missing_for_docker
}

# The tests' own Docker daemon needs root; who has none, or asks for it, uses the machine's.
own_docker() { [ -z "$mode" ] && [ -z "${TRUEUP_TEST_DOCKER:-}" ] && [ "$(id -u)" -eq 0 ]; }

missing_for_docker() {
    own_docker || return 0
    { have dockerd && have docker; } || echo docker.io
    have iptables || echo iptables
    have ip || echo iproute2
    have slirp4netns || echo slirp4netns
}

make_docker_images() {
    own_docker || return 0
    scripts/docker-images.sh
}

# A program called mysqld may be MariaDB's; only its own word counts.
have_mysql() {
    local program
    for program in "$mysql/bin/mysqld" mysqld /usr/sbin/mysqld; do
        if "$program" --version 2>/dev/null | grep -v MariaDB | grep -q .; then return 0; fi
    done
    return 1
}

make_mysql() {
    [ "$mode" != --postgres ] || return 0
    have_mysql && return 0
    have apt-get || die "MySQL is missing" "install MySQL 8.0 or newer, so that mysqld and mysqldump are on PATH"
    say "fetching MySQL's programs into $mysql"
    scripts/mysql-from-sid.sh "$mysql"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Debian's server package makes a cluster and starts it as a service when it is installed. The tests start servers of
# their own, so a drop-in file that lives for the time of the installation asks it not to.
install_with_apt() {
    local drop_in=/etc/postgresql-common/createcluster.d/trueup-setup.conf
    as_root mkdir -p "$(dirname "$drop_in")"
    echo 'create_main_cluster = false' | as_root tee "$drop_in" >/dev/null
    # shellcheck disable=SC2064 # the path is fixed now
    trap "as_root rm -f $drop_in" EXIT
    # Docker's package would start its service.
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        # shellcheck disable=SC2064
        trap "as_root rm -f $drop_in $policy" EXIT
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod +x "$policy"
    else
        policy=
    fi
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
    as_root "${apt[@]}" update
    as_root "${apt[@]}" install -y --no-install-recommends "$@"
    as_root rm -f "$drop_in" ${policy:+"$policy"}
    trap - EXIT
}

install_packages() {
    local -a packages=()
    mapfile -t packages < <(missing_packages)
    [ "${#packages[@]}" -gt 0 ] || return 0
    if ! have apt-get; then
        die "missing, by their names in Debian: ${packages[*]}" \
            "Fedora: sudo dnf install gcc make python3 postgresql-server postgresql sqlite mariadb-server" \
            "macOS:  xcode-select --install; brew install python postgresql@17 sqlite mariadb mysql" \
            "then run this again"
    fi
    if [ "$(id -u)" -ne 0 ] && ! have sudo; then
        die "missing packages, and only root can install them: ${packages[*]}" \
            "as root: apt-get update && apt-get install --no-install-recommends ${packages[*]}" \
            "then run this again"
    fi
    say "installing ${packages[*]}"
    install_with_apt "${packages[@]}"
    mapfile -t packages < <(missing_packages)
    [ "${#packages[@]}" -eq 0 ] || die "still missing after the installation: ${packages[*]}"
}

# The environment belongs to one list of requirements and one Python; either one new, it is recreated.
venv_stamp() { { cat "$1"; python3 -c 'import sys; print(sys.version, sys.prefix)'; } | cksum; }

make_venv() {
    local venv=$1 list=$2 stamp
    have_python || die "Python $least_python or newer is needed"
    stamp=$(venv_stamp "$list")
    [ "$(cat "$venv/.stamp" 2>/dev/null || true)" != "$stamp" ] || return 0
    say "installing the Python packages of $list into $venv"
    rm -rf "$venv"
    mkdir -p target
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$list"
    printf '%s\n' "$stamp" >"$venv/.stamp"
}

# Older versions of projects whose newest the environment has, each in a directory of its own.
add_older() {
    local venv=$1 package
    while read -r package; do
        [ ! -d "$venv/older/$package" ] || continue
        say "installing $package into $venv/older"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
            --target "$venv/older/$package.part" "$package"
        mv "$venv/older/$package.part" "$venv/older/$package"
    done < <(grep -v '^#' scripts/requirements-older.txt)
}

# Microsoft's parser of T-SQL, which judges the plans for SQL Server; nothing of it is in trueup.
make_tsql() {
    [ ! -e target/tsql/.done ] || return 0
    have_python || die "Python $least_python or newer is needed"
    say "installing a parser of T-SQL into target/tsql"
    rm -rf target/tsql
    mkdir -p target
    python3 -m venv target/tsql/venv
    target/tsql/venv/bin/python scripts/tsql.py --fetch target/tsql
    touch target/tsql/.done
}

# Pins what a list asks for, in an environment that is then the one of the pinned list.
pin() {
    local venv=$1 list=$2
    rm -rf "$venv"
    make_venv "$venv" "$list.in"
    {
        # shellcheck disable=SC2016 # backquotes are text
        printf '# Pinned by `make requirements` from %s.in; not edited by hand.\n' "${list##*/}"
        "$venv/bin/python" -m pip freeze --disable-pip-version-check
    } >"$list.txt"
    venv_stamp "$list.txt" >"$venv/.stamp"
}

check_rust
install_packages
make_mysql
case $mode in
    --demo) make_venv target/venv-demo scripts/requirements-demo.txt ;;
    --requirements)
        pin target/venv-demo scripts/requirements-demo
        pin target/venv scripts/requirements
        ;;
    *)
        make_venv target/venv scripts/requirements.txt
        add_older target/venv
        [ "$mode" = --postgres ] || make_tsql
        [ "$mode" = --postgres ] || scripts/github-descriptions.sh target/github target/venv/bin/python
        make_docker_images
        ;;
esac

#!/usr/bin/env bash
# A Docker daemon of the tests' own, and stand-ins for the database images from Debian's packages: the tests need no image
# registry, and a developer's images, containers and networks are never touched. All of it lives in target/docker.
#
#   scripts/docker-images.sh                 build the images that are missing
#   scripts/docker-images.sh daemon DIR      run the daemon until its standard input ends; its socket is DIR/docker.sock, and
#                                            DIR is removed in the end
#
# The daemon runs in a network namespace of its own (join it with nsenter to reach published ports), so its bridges and
# firewall rules are invisible to the machine's. Containers reach the world through slirp4netns, and this machine's
# 127.0.0.1 at 10.0.2.2. Needs: root, dockerd, docker, slirp4netns, unshare, ip, iptables, apt.
#
# Each image is a function below. A stand-in for a database starts as the official image does: a first server without TCP,
# on which the password and the database are set, then the real one. The one for Python is the base of the Action's image.
set -euo pipefail
cd "$(dirname "$0")/.."
home=$PWD/target/docker
images="postgres15 postgres17 mariadb10 mariadb11 mysql python"

say() { printf 'docker-images: %s\n' "$*" >&2; }
die() { say "$*"; exit 2; }

# --- the daemon ------------------------------------------------------------------------------------------------------

# Arguments: a directory with a short path, for sockets. Ends when its standard input does, and takes everything along.
daemon() {
    local dir=$1
    [ "$(id -u)" -eq 0 ] || die "a daemon needs root's rights"
    mkdir -p "$home" "$dir"
    exec 9>"$home/lock"
    flock -w 900 9 || die "another run holds $home/lock"
    # A daemon that was killed leaves the number of its process.
    rm -f "$dir/docker.pid"
    echo '{}' >"$dir/daemon.json"
    unshare --net -- sh -c 'ip link set lo up && exec "$@"' sh dockerd \
        --data-root "$home/data" --exec-root "$dir/exec" --pidfile "$dir/docker.pid" \
        --host "unix://$dir/docker.sock" --group root --config-file "$dir/daemon.json" \
        --default-address-pool base=10.213.0.0/16,size=24 --dns 10.0.2.3 --log-level warn \
        </dev/null >"$dir/log" 2>&1 9>&9 &
    local dockerd=$!
    # shellcheck disable=SC2064 # both are fixed now
    trap "kill -TERM $dockerd 2>/dev/null || true; wait $dockerd || true; rm -rf '$dir'" EXIT
    trap 'exit 1' INT TERM HUP
    # Before it has left our network, its number would name ours.
    while [ "$(readlink "/proc/$dockerd/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
    slirp4netns --configure --mtu=65520 "$dockerd" tap0 </dev/null >"$dir/slirp.log" 2>&1 9>&- &
    # shellcheck disable=SC2064 # all are fixed now
    trap "kill -TERM $dockerd $! 2>/dev/null || true; wait $dockerd || true; rm -rf '$dir'" EXIT
    # A shell gives what it starts in the background an empty standard input.
    exec 7<&0
    { while read -r _ <&7; do :; done; kill -TERM "$dockerd" 2>/dev/null; } &
    wait "$dockerd" || true
}

# Starts the daemon for this script alone.
start_daemon() {
    dir=$(mktemp -d /tmp/trueup-docker-XXXXXX)
    mkfifo "$dir/alive"
    "$0" daemon "$dir" <"$dir/alive" &
    daemon=$!
    exec 8>"$dir/alive"
    trap 'exec 8>&-; wait "$daemon" || true; rm -rf "$dir" "$work"' EXIT
    local tries=0
    until docker version >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ] || ! kill -0 "$daemon" 2>/dev/null; then
            tail -5 "$dir/log" >&2 || true
            die "dockerd does not start"
        fi
        sleep 0.2
    done
}

docker() { command docker --host "unix://$dir/docker.sock" "$@"; }

# --- packages --------------------------------------------------------------------------------------------------------

# Not needed to run a server: what compiles its queries, and what its maintainer scripts are written in.
superfluous='^(libllvm.*|libz3-.*|perl.*|libperl.*|postgresql-common.*|postgresql-client-common|ssl-cert|openssl|adduser|passwd|ucf|debconf.*|sensible-utils|dpkg|tar|ca-certificates|galera.*|mysql-client.*|netbase|iproute2|init-system-helpers|lsof|rsync|socat|gawk|sysvinit-utils|procps|psmisc|locales.*|libc-l10n)$'

# unpack SUITE DIRECTORY PACKAGE...: the packages and what they need, without installing anything.
unpack() {
    local suite=$1 root=$2 apt=$work/apt-$1
    shift 2
    mkdir -p "$apt"/{lists,archives}/partial "$apt"/etc/{parts,preferences,trusted} "$root"/usr/{bin,sbin,lib,lib64}
    local name
    for name in bin sbin lib lib64; do ln -sfn "usr/$name" "$root/$name"; done
    local -a get=(apt-get -q -y -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status"
        -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives" -o Dir::Etc::sourcelist="$apt/sources.list"
        -o Dir::Etc::sourceparts="$apt/etc/parts" -o Dir::Etc::preferencesparts="$apt/etc/preferences"
        -o Dir::Etc::trustedparts="$apt/etc/trusted" -o APT::Install-Recommends=false -o APT::Sandbox::User=
        -o Debug::NoLocking=true -o Acquire::Languages=none -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false)
    if [ ! -e "$apt/ready" ]; then
        : >"$apt/status"
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
        "${get[@]}" update >"$apt/log" 2>&1 || { tail -20 "$apt/log" >&2; die "apt can't read $suite"; }
        : >"$apt/ready"
    fi
    local -a packages
    mapfile -t packages < <("${get[@]}" --simulate install "$@" 2>>"$apt/log" | awk '/^Inst /{ print $2 }' |
        grep -vE "$superfluous")
    [ "${#packages[@]}" -gt 0 ] || { tail -20 "$apt/log" >&2; die "apt can't resolve $*"; }
    rm -rf "$apt/got"
    mkdir -p "$apt/got"
    (cd "$apt/got" && "${get[@]}" download "${packages[@]}") >>"$apt/log" 2>&1 || { tail -20 "$apt/log" >&2; die "apt can't fetch $*"; }
    local package
    for package in "$apt"/got/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink --exclude='./usr/share/doc/*' \
            --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' --exclude='./usr/include/*' \
            --exclude='*/llvmjit*' --exclude='*/bitcode/*' --exclude='*.a'
    done
}

# A shell and its tools, and the accounts.
furnish() {
    local root=$1
    unpack bookworm "$root" busybox-static
    local tool
    for tool in $(chroot "$root" /bin/busybox --list); do
        [ -e "$root/usr/bin/$tool" ] || [ -e "$root/usr/sbin/$tool" ] || ln -s busybox "$root/usr/bin/$tool"
    done
    mkdir -p "$root"/{tmp,run,proc,sys,dev,etc,root,opt,var/lib,var/tmp,usr/local/bin}
    chmod 1777 "$root/tmp" "$root/var/tmp"
    ln -sfn ../run "$root/var/run"
    printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'postgres:x:999:999::/var/lib/postgresql:/bin/sh' \
        'mysql:x:998:998::/var/lib/mysql:/bin/sh' >"$root/etc/passwd"
    printf '%s\n' 'root:x:0:' 'postgres:x:999:' 'mysql:x:998:' >"$root/etc/group"
}

# make TAG DIRECTORY COMMAND OPTION...: imports a directory, runs a command in it once, and keeps the result as an image.
make() {
    local tag=$1 root=$2 command=$3
    shift 3
    tar -C "$root" --numeric-owner -c . | docker import - trueup-build >/dev/null
    docker rm -f trueup-build >/dev/null 2>&1 || true
    docker run --name trueup-build --network none --entrypoint sh trueup-build -ec "$command" >"$work/make.log" 2>&1 ||
        { tail -20 "$work/make.log" >&2; die "can't prepare $tag"; }
    local -a options=()
    local option
    for option in 'ENTRYPOINT ["docker-entrypoint.sh"]' "$@"; do options+=(--change "$option"); done
    docker commit "${options[@]}" trueup-build "$tag" >/dev/null
    docker rm -f trueup-build >/dev/null
    docker rmi trueup-build >/dev/null 2>&1 || true
    rm -rf "$root"
}

# --- the images ------------------------------------------------------------------------------------------------------

# postgres MAJOR SUITE
postgres() {
    local root=$work/postgres-$1
    unpack "$2" "$root" "postgresql-$1"
    furnish "$root"
    cat >"$root/usr/local/bin/docker-entrypoint.sh" <<'SH'
#!/bin/sh
# env: POSTGRES_PASSWORD, POSTGRES_DB, PGDATA
set -eu
case ${1:-} in -*) set -- postgres "$@" ;; esac
[ "${1:-}" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres "$PGDATA"
    chmod 700 "$PGDATA"
    exec start-stop-daemon -S -c postgres -x /bin/sh -- "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    [ -n "${POSTGRES_PASSWORD:-}" ] || { echo 'Error: Database is uninitialized and superuser password is not specified.' >&2; exit 1; }
    cp -a /opt/template/. "$PGDATA"
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    pg_ctl -D "$PGDATA" -w -o "$(shift; echo "$*") -c listen_addresses=''" start
    psql() { command psql -v ON_ERROR_STOP=1 --no-psqlrc -U postgres "$@"; }
    echo "ALTER USER postgres PASSWORD :'password'" | psql -v password="$POSTGRES_PASSWORD"
    [ "${POSTGRES_DB:-postgres}" = postgres ] || echo 'CREATE DATABASE :"db"' | psql -v db="$POSTGRES_DB"
    pg_ctl -D "$PGDATA" -m fast -w stop
    echo 'PostgreSQL init process complete; ready for start up.'
fi
exec "$@"
SH
    chmod +x "$root/usr/local/bin/docker-entrypoint.sh"
    local path="/usr/lib/postgresql/$1/bin:/usr/local/bin:/usr/bin:/usr/sbin"
    make "postgres:$1" "$root" "
        mkdir -p /opt/template /run/postgresql && chown postgres /opt/template /run/postgresql
        export LANG=C.UTF-8
        su postgres -c '/usr/lib/postgresql/$1/bin/initdb -D /opt/template -E UTF8 --auth-local=trust --auth-host=trust --no-sync'
        sed -i '/^host/d' /opt/template/pg_hba.conf
        printf '%s\n' \"listen_addresses='*'\" \"unix_socket_directories='/run/postgresql'\" >>/opt/template/postgresql.conf
    " "ENV PATH=$path" 'ENV PGDATA=/var/lib/postgresql/data' 'ENV LANG=C.UTF-8' 'VOLUME /var/lib/postgresql/data' \
        'CMD ["postgres"]' 'EXPOSE 5432'
}
postgres15() { postgres 15 bookworm; }
postgres17() { postgres 17 trixie; }

# One entrypoint for both; argument: the server's program.
mysql_entrypoint() {
    sed "s/@SERVER@/$1/g" <<'SH'
#!/bin/sh
# env: {MYSQL,MARIADB}_ROOT_PASSWORD, {MYSQL,MARIADB}_DATABASE
set -eu
case ${1:-} in -*) set -- @SERVER@ "$@" ;; esac
case ${1:-} in mysqld | mariadbd) shift; set -- @SERVER@ --user=mysql --datadir=/var/lib/mysql "$@" ;; *) exec "$@" ;; esac
password=${MARIADB_ROOT_PASSWORD:-${MYSQL_ROOT_PASSWORD:-}} database=${MARIADB_DATABASE:-${MYSQL_DATABASE:-}}
if [ ! -d /var/lib/mysql/mysql ]; then
    [ -n "$password" ] || { echo '[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified' >&2; exit 1; }
    cp -a /opt/template/. /var/lib/mysql
    chown mysql /var/lib/mysql
    "$@" --skip-networking --socket=/run/mysqld/init.sock &
    server=$!
    sql() { @CLIENT@ --no-defaults --user=root --socket=/run/mysqld/init.sock "$@"; }
    until sql -e 'SELECT 1' >/dev/null 2>&1; do kill -0 $server; sleep 0.1; done
    sql <<SQL
CREATE USER root@'%' IDENTIFIED BY '$password';
GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;
ALTER USER root@localhost IDENTIFIED BY '$password';
SQL
    [ -z "$database" ] || sql --password="$password" -e "CREATE DATABASE IF NOT EXISTS \`$database\`"
    kill $server
    wait $server || true
    echo '[Note] [Entrypoint]: init process done. Ready for start up.'
fi
exec "$@"
SH
}
mysql_settings() { printf '%s\n' '[mysqld]' socket=/run/mysqld/mysqld.sock pid-file=/run/mysqld/mysqld.pid skip-name-resolve; }

# mariadb VERSION SUITE COLLATION; the last is what the official image of that version has.
mariadb() {
    local root=$work/mariadb-$1
    unpack "$2" "$root" mariadb-server-core mariadb-client-core
    furnish "$root"
    mysql_entrypoint mariadbd | sed 's/@CLIENT@/mariadb/' >"$root/usr/local/bin/docker-entrypoint.sh"
    mkdir -p "$root/etc/mysql"
    { mysql_settings; printf '%s\n' character-set-server=utf8mb4 "collation-server=$3"; } >"$root/etc/mysql/my.cnf"
    chmod +x "$root/usr/local/bin/docker-entrypoint.sh"
    make "mariadb:$1" "$root" '
        mkdir -p /opt/template /run/mysqld && chown mysql /opt/template /run/mysqld
        mariadb-install-db --user=mysql --datadir=/opt/template --auth-root-authentication-method=normal --skip-test-db
    ' 'VOLUME /var/lib/mysql' 'CMD ["mariadbd"]' 'EXPOSE 3306'
}
mariadb10() { mariadb 10.11 bookworm utf8mb4_general_ci; }
mariadb11() { mariadb 11 trixie utf8mb4_uca1400_ai_ci; }

# Stable Debian has no MySQL: the programs that scripts/setup.sh fetched for `local://mysql`. One version for both tags;
# `SELECT VERSION()` says which.
mysql() {
    local root=$work/mysql
    scripts/mysql-from-sid.sh target/mysql
    mkdir -p "$root"
    tar -C target/mysql/tree -c --exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/perl --exclude=./usr/share/locale \
        --exclude='perl*' --exclude='libperl*' --exclude='mysql_*' --exclude='mysqld_*' --exclude='my*isam*' . | tar -x -C "$root"
    furnish "$root"
    mysql_entrypoint mysqld | sed 's/@CLIENT@/mysql/' >"$root/usr/local/bin/docker-entrypoint.sh"
    chmod +x "$root/usr/local/bin/docker-entrypoint.sh"
    mysql_settings >"$root/etc/my.cnf"
    echo secure-file-priv=NULL >>"$root/etc/my.cnf"
    make mysql:9 "$root" '
        mkdir -p /run/mysqld && chown mysql /run/mysqld
        mysqld --initialize-insecure --user=mysql --datadir=/opt/template --innodb-redo-log-capacity=8M
    ' 'VOLUME /var/lib/mysql' 'CMD ["mysqld"]' 'EXPOSE 3306' \
        'ENV LD_LIBRARY_PATH=/usr/lib/mysql/private'
    docker tag mysql:9 mysql:8
}

# The base of the Action's image. No Debian has the version of Python that it asks for: pip and uv take any. What stands
# for it trusts whom this machine trusts, and asks the same package index.
python() {
    local root=$work/python
    unpack bookworm "$root" python3 python3-pip
    furnish "$root"
    rm -f "$root"/usr/lib/python3*/EXTERNALLY-MANAGED
    for name in python python3; do ln -s /usr/bin/python3 "$root/usr/local/bin/$name"; done
    mkdir -p "$root/etc/ssl/certs"
    cp "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$root/etc/ssl/certs/ca-certificates.crt"
    make "$(awk '/^FROM / { base = $2 } END { print base }' Dockerfile)" "$root" 'python3 -m pip --version' \
        'ENTRYPOINT []' 'CMD ["python3"]' 'ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin' \
        'ENV LANG=C.UTF-8' 'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' \
        'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' ${PIP_INDEX_URL:+"ENV PIP_INDEX_URL=$PIP_INDEX_URL"}
}

# What an image is made from; anything of it new, it is recreated.
stamp() { { declare -f unpack furnish make mysql_entrypoint mysql_settings "${1%%[0-9]*}" "$1"; uname -m; } | cksum; }

build() {
    local missing=() image
    for image in $images; do
        [ "$(cat "$home/$image.stamp" 2>/dev/null || true)" = "$(stamp "$image")" ] || missing+=("$image")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    [ "$(id -u)" -eq 0 ] || die "the images are built by root"
    mirror=${DEBIAN_MIRROR:-$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
        grep -oE 'https?://[^ ]+/debian/?( |$)' | head -1 | tr -d ' ' || true)}
    [ -n "$mirror" ] || die "apt knows no Debian mirror; set DEBIAN_MIRROR to one"
    work=$home/work
    rm -rf "$work"
    mkdir -p "$work"
    start_daemon
    for image in "${missing[@]}"; do
        say "building $image"
        "$image"
        stamp "$image" >"$home/$image.stamp"
    done
    docker image prune --force >/dev/null
}

case ${1:-build} in
build) build ;;
daemon) daemon "${2:?usage: docker-images.sh daemon DIRECTORY}" ;;
*) die "usage: docker-images.sh [build | daemon DIRECTORY]" ;;
esac

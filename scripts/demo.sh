#!/usr/bin/env bash
# The story of the guide "Automatic migration planning for SQLAlchemy", told with trueup on SQLite, PostgreSQL, MySQL,
# MariaDB, and for SQL Server: at length on the first, briefly on the others.
# Everything happens in a temporary directory; every line of output is what the command printed.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' cyan=$'\e[36m' off=$'\e[0m'
else
    bold='' dim='' green='' cyan='' off=''
fi

title() { printf '\n%s%s%s\n' "$bold" "$1" "$off"; }
tell() { printf '\n%s# %s%s\n' "$dim" "$1" "$off"; }

# Shows a command, runs it, and holds it to its exit status: `run 1 trueup check …`.
run() {
    local wanted=$1 status=0
    shift
    printf '%s$%s %s\n' "$cyan" "$off" "$*"
    "$@" || status=$?
    if [ "$wanted" -ne 0 ]; then
        printf '%s(exit status %s)%s\n' "$dim" "$status" "$off"
    fi
    if [ "$status" -ne "$wanted" ]; then
        printf 'demo: expected exit status %s, got %s\n' "$wanted" "$status" >&2
        exit 1
    fi
}

# Shows a pipeline and runs it.
shell() {
    printf '%s$%s %s\n' "$cyan" "$off" "$1"
    bash -c "set -euo pipefail; $1"
}

printf '%sbuilding trueup …%s\n' "$dim" "$off" >&2
cargo build --locked --quiet
directory=$(mktemp -d "${TMPDIR:-/tmp}/trueup-demo.XXXXXX")
trap 'rm -rf "$directory"' EXIT
# MySQL's programs are last: they are the set-up's where the system has none.
export PATH="$repository/target/debug:$repository/target/venv-demo/bin:$PATH:$repository/target/mysql/bin"
unset VIRTUAL_ENV

newest() { find migrations -name '*.sql' | sort | tail -n 1; }

# The guide's project in a directory of its own, set to a dialect and a dev database.
project() {
    local dialect=$1 dev=$2
    mkdir -p "$directory/$dialect"
    cp -r "$repository/examples/guide/." "$directory/$dialect"
    cd "$directory/$dialect"
    sed -i.orig -e "s|\"postgresql\"|\"$dialect\"|" -e "s|local://postgres|$dev|" atlas.hcl
    rm -f atlas.hcl.orig
}

add_column() {
    cp db/models.py db/models.py.orig
    awk '{ print } /^    fullname:/ { print "    age: Mapped[Optional[int]]" }' db/models.py.orig >db/models.py
    { diff db/models.py.orig db/models.py || true; } | sed -n "s/^> \(.*\)/  $green+ \1$off/p"
    rm -f db/models.py.orig
}

story() {
    project "$1" "$2"
    tell "The models, and the configuration that Atlas' users have already:"
    shell "sed -n '/^class User/,\$p' db/models.py"
    shell "grep -E 'dialect|dev =|dir =' atlas.hcl"

    tell "No migration exists yet. trueup writes the first one, after proving it on a disposable database."
    run 0 trueup migrate diff --env sqlalchemy
    run 0 cat "$(newest)"

    tell "Somebody adds a column to the model, and forgets the migration."
    add_column
    tell "The check in CI finds out:"
    run 1 trueup check --env sqlalchemy

    tell "One command writes what is missing:"
    run 0 trueup migrate diff add_age --env sqlalchemy
    run 0 cat "$(newest)"

    tell "Once more: nothing to do."
    run 0 trueup migrate diff --env sqlalchemy
    run 0 trueup check --env sqlalchemy
}

# The files on a database: applied, broken off, gone on with, taken back.
ship() {
    tell "The files are plain SQL: any client applies them. trueup records what a database has:"
    run 0 trueup migrate apply 1 --env sqlalchemy --url sqlite://app.db
    run 0 trueup migrate apply --env sqlalchemy --url sqlite://app.db
    run 0 trueup migrate status --env sqlalchemy --url sqlite://app.db

    tell "Somebody writes a migration by hand, and its second statement is wrong on this database:"
    run 0 trueup migrate new first_user --env sqlalchemy
    local file
    file=$(newest)
    shell "printf -- '-- atlas:txmode none\n\nCREATE TABLE badge (id integer PRIMARY KEY);\nINSERT INTO user_account VALUES (1);\n' >$file"
    run 0 trueup migrate hash --env sqlalchemy
    run 2 trueup migrate apply --env sqlalchemy --url sqlite://app.db
    run 0 trueup migrate status --env sqlalchemy --url sqlite://app.db

    tell "It is mended, and goes on at the statement that failed."
    shell "sed -i.orig 's/INTO user_account VALUES (1)/INTO badge VALUES (7)/' $file && rm $file.orig"
    run 0 trueup migrate hash --env sqlalchemy
    run 0 trueup migrate apply --env sqlalchemy --url sqlite://app.db

    tell "And back: planned and proven on the dev database, and refused while data would be lost."
    run 2 trueup migrate down --env sqlalchemy --url sqlite://app.db
    run 0 trueup migrate down --env sqlalchemy --url sqlite://app.db --allow-data-loss
    run 0 trueup migrate status --env sqlalchemy --url sqlite://app.db
}

brief_story() {
    project "$1" "$2"
    shell "grep -E 'dialect|dev =' atlas.hcl"
    run 0 trueup migrate diff --env sqlalchemy
    run 0 cat "$(newest)"
    add_column
    run 0 trueup migrate diff add_age --env sqlalchemy
    run 0 cat "$(newest)"
    run 0 trueup migrate diff --env sqlalchemy
}

title "SQLite (embedded in trueup)"
story sqlite 'sqlite://dev?mode=memory'
ship

title "PostgreSQL (a private server from this machine's own programs, gone when trueup ends)"
brief_story postgresql 'local://postgres'

title "MySQL (the same; the guide's own engine)"
brief_story mysql 'local://mysql/dev'

title "MariaDB (the same)"
brief_story mariadb 'local://mariadb/dev'

title "SQL Server (without a server: on a model of the schema)"
brief_story mssql 'offline://mssql/2022'

printf '\n%sThat is all.%s Your own project: see README.md, "In your project".\n' "$bold" "$off"

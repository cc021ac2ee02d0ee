#!/usr/bin/env python3
"""Times `trueup migrate diff` on schemas of growing size, next to the time that the engine's own client takes to load
the same DDL once.

    cargo build --release && benches/tables.py [--trueup PATH] [--dev URL] [--client COMMAND] [TABLES ...]

Prints one line a size: seconds of the client, of the first diff (nothing -> all), of a diff in sync (both states loaded),
and the ratio of the last to twice the client's time, since two states are loaded. SQLite's client is known; a server's is
a command that reads SQL and makes what it loads in a database that is thrown away, such as

    --dev mysql+unix://root@/run/m.sock?database=dev --client "mariadb -S /run/m.sock -u root"
    --dev postgres://me@%2Frun%2Fpg/dev --client "psql -q -h /run/pg -U me postgres"

Each load is into a database `trueup_bench`, which is dropped again.
"""

import argparse
import pathlib
import shlex
import subprocess
import tempfile
import time


def one(number: int, serial: str) -> list[str]:
    """A table: ten columns, a key, a unique constraint, a foreign key to the one before, an index."""
    columns = [f"id {serial} NOT NULL", "parent_id INTEGER"]
    columns += [f"c{j} VARCHAR(50)" if j % 2 else f"c{j} INTEGER NOT NULL" for j in range(8)]
    columns += ["PRIMARY KEY (id)", "UNIQUE (c0)"]
    if number:
        columns.append(f"FOREIGN KEY(parent_id) REFERENCES t{number - 1} (id)")
    table = f"CREATE TABLE t{number} (\n\t{', '.join(columns)}\n);"
    return [table, f"CREATE INDEX ix_t{number}_c1 ON t{number} (c1);"]


def ddl(tables: int, serial: str) -> str:
    """A chain of tables."""
    return "\n".join(sql for number in range(tables) for sql in one(number, serial)) + "\n"


def seconds(command: list[str], **options) -> float:
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)
    return time.monotonic() - start


def load_once(client: list[str], postgres: bool, sql: str) -> float:
    """Seconds that a server's client takes for the SQL alone."""

    def feed(text: str) -> float:
        start = time.monotonic()
        subprocess.run(client, check=True, stdout=subprocess.DEVNULL, input=text.encode())
        return time.monotonic() - start

    use = "\\c trueup_bench\n" if postgres else "USE trueup_bench;\n"
    feed("CREATE DATABASE trueup_bench;\n")
    try:
        return feed(use + sql)
    finally:
        feed("DROP DATABASE trueup_bench;\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trueup", default="target/release/trueup")
    parser.add_argument("--dev", default="sqlite://dev?mode=memory")
    parser.add_argument("--client", type=shlex.split)
    parser.add_argument("tables", nargs="*", type=int, default=[100, 300, 1000])
    args = parser.parse_args()
    sqlite = args.dev.startswith("sqlite")
    postgres = "postgres" in args.dev.split("?")[0]
    serial = "INTEGER" if sqlite else "SERIAL" if postgres else "INTEGER AUTO_INCREMENT"
    print(f"{'tables':>7} {'client':>8} {'first':>8} {'in sync':>8} {'ratio':>6}")
    for tables in args.tables:
        with tempfile.TemporaryDirectory() as work:
            schema = pathlib.Path(work, "schema.sql")
            schema.write_text(ddl(tables, serial))
            if sqlite:
                client = seconds(["sqlite3", ":memory:"], stdin=schema.open())
            else:
                client = load_once(args.client, postgres, schema.read_text()) if args.client else None
            diff = [args.trueup, "-q", "migrate", "diff", "--dir", f"file://{work}/migrations"]
            diff += ["--to", f"file://{schema}", "--dev-url", args.dev]
            first, synced = seconds(diff), seconds(diff)
            shown = f"{client:8.2f}" if client else f"{'-':>8}"
            ratio = f"{synced / (2 * client):6.1f}" if client else f"{'-':>6}"
            print(f"{tables:>7} {shown} {first:8.2f} {synced:8.2f} {ratio}")


if __name__ == "__main__":
    main()

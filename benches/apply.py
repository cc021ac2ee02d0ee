#!/usr/bin/env python3
"""Times `trueup migrate apply` beside a database's own client on the same files.

    cargo build --release
    benches/apply.py --client "psql -qX -h /run/pg -U me -d bench" --url "postgres://me@%2Frun%2Fpg/bench?search_path=public"
    benches/apply.py --client "mysql -S /run/my.sock -u root bench" --url "mysql+unix:///run/my.sock?database=bench"

The database has to be empty; what is made there is dropped after each run. Each file creates a table, an index and a view of it, and
puts two rows in. Runs alternate; the line has the least seconds of each and their ratio.

    benches/apply.py --client "psql -qX -h /run/pg -U me -d bench" --url "postgres://me@%2Frun%2Fpg/bench" --files 20 --tenants 50 100 200

applies the files to so many schemas of a PostgreSQL database, and prints seconds, milliseconds of each, and MB of memory at most.
"""

import argparse
import pathlib
import resource
import shlex
import subprocess
import tempfile
import time


def statements(number: int) -> list[str]:
    return [
        f"CREATE TABLE t{number} (id integer NOT NULL, name varchar(30), PRIMARY KEY (id))",
        f"CREATE INDEX i{number} ON t{number} (name)",
        f"INSERT INTO t{number} VALUES (1, 'a')",
        f"INSERT INTO t{number} VALUES (2, 'b')",
        f"CREATE VIEW v{number} AS SELECT id FROM t{number}",
    ]


def drops(files: int) -> str:
    tables = [f"DROP VIEW IF EXISTS v{n};\nDROP TABLE IF EXISTS t{n};" for n in range(files)]
    return "\n".join([*tables, "DROP TABLE IF EXISTS atlas_schema_revisions;"])


def timed(command: list[str], text: str | None = None, cwd: str | None = None) -> float:
    start = time.monotonic()
    done = subprocess.run(command, input=text, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{shlex.join(command)}: {done.stderr[-2000:]}")
    if "No migration files" in done.stdout:
        raise SystemExit(f"{shlex.join(command)}: the database is not empty")
    return time.monotonic() - start


def fleets(args: argparse.Namespace, root: str) -> None:
    """A schema for each tenant, fleets of growing size."""
    print(f"{'tenants':>8} {'seconds':>8} {'each ms':>8} {'MB':>5}")
    for tenants in args.tenants:
        names = [f"bench_{number:04}" for number in range(tenants)]
        drop = "SET client_min_messages = error;\n" + "".join(f"DROP SCHEMA IF EXISTS {name} CASCADE;\n" for name in names)
        timed(args.client, drop + "".join(f"CREATE SCHEMA {name};\n" for name in names))
        url = args.url + ("&" if "?" in args.url else "?") + "search_path=${each}"
        pathlib.Path(root, "trueup.yaml").write_text(f'envs:\n  all:\n    for_each: [{", ".join(names)}]\n    url: "{url}"\n')
        seconds = timed([args.trueup, "migrate", "apply", "--env", "all"], cwd=root)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{tenants:>8} {seconds:8.1f} {1000 * seconds / tenants:8.0f} {memory:5.0f}")
        timed(args.client, drop)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--client", required=True, type=shlex.split)
    parser.add_argument("--url", required=True)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--tenants", nargs="+", type=int)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--begin", default="BEGIN", help="what begins a transaction for the client; empty for none")
    parser.add_argument("--trueup", default=str(pathlib.Path(__file__).resolve().parent.parent / "target/release/trueup"))
    args = parser.parse_args()
    args.trueup = str(pathlib.Path(args.trueup).resolve())
    with tempfile.TemporaryDirectory() as root:
        directory = pathlib.Path(root, "migrations")
        directory.mkdir()
        whole = []
        for number in range(args.files):
            text = ";\n".join(statements(number)) + ";\n"
            (directory / f"{number + 1:08}_x.sql").write_text(text)
            whole.append(f"{args.begin};\n{text}COMMIT;\n" if args.begin else text)
        timed([args.trueup, "migrate", "hash"], cwd=root)
        if args.tenants:
            return fleets(args, root)
        clear = drops(args.files)
        ours, theirs = [], []
        for _ in range(args.runs):
            timed(args.client, clear)
            theirs.append(timed(args.client, "".join(whole)))
            timed(args.client, clear)
            ours.append(timed([args.trueup, "migrate", "apply", "--url", args.url], cwd=root))
        timed(args.client, clear)
        ratio = min(ours) / min(theirs)
        print(f"{args.files} files, {5 * args.files} statements: client {min(theirs):.2f} s, trueup {min(ours):.2f} s, {ratio:.2f} x")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Times `trueup migrate apply` beside a database's own client on the same files.

    cargo build --release
    benches/apply.py --client "psql -qX -h /run/pg -U me -d bench" --url "postgres://me@%2Frun%2Fpg/bench" [--files 1000]
    benches/apply.py --client "mysql -S /run/my.sock -u root bench" --url "mysql+unix:///run/my.sock?database=bench"

The database has to be empty; what is made there is dropped after each run. Each file creates a table, an index and a view of it, and
puts two rows in. Runs alternate; the line has the least seconds of each and their ratio.
"""

import argparse
import pathlib
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
    return time.monotonic() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--client", required=True, type=shlex.split)
    parser.add_argument("--url", required=True)
    parser.add_argument("--files", type=int, default=1000)
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

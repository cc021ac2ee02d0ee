#!/usr/bin/env python3
"""Times `trueup check` on schemas of growing size where no server is asked: SQLite in memory, and the offline engine.

    cargo build --release && benches/offline.py [--trueup PATH] [TABLES ...]

Prints one line a size: seconds of `check` with models and migrations in sync, on `sqlite://`, on `offline://sqlite`, on
`offline://mssql`, and there once more with five guards before each table, which each ask for another object.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

import tables


def guarded(number: int) -> str:
    """A table's statements as people make them safe to run twice."""
    name = f"t{number}"
    own = tables.one(number, "INTEGER IDENTITY")
    return "\n".join(
        [
            f"IF OBJECT_ID(N'dbo.{name}', N'U') IS NULL\nBEGIN\n{own[0]}\nEND\nGO",
            f"IF NOT EXISTS (SELECT * FROM sys.indexes WHERE name = 'ix_{name}_c1' AND object_id = OBJECT_ID('{name}'))\n{own[1]}\nGO",
            f"IF NOT EXISTS (SELECT 1 FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = '{name}' AND COLUMN_NAME = 'x')\n"
            f"ALTER TABLE {name} ADD x INTEGER NULL\nGO",
            f"IF EXISTS (SELECT * FROM sys.columns c JOIN sys.tables t ON c.object_id = t.object_id WHERE t.name = '{name}'"
            f" AND c.name = 'x')\nALTER TABLE {name} DROP COLUMN x\nGO",
            f"IF EXISTS (SELECT * FROM sys.foreign_keys WHERE name = 'fk_{name}_gone')\n"
            f"ALTER TABLE {name} DROP CONSTRAINT fk_{name}_gone\nGO",
        ]
    )


def check(trueup: str, dev: str, models: str, migration: str) -> float:
    """Seconds of a check that finds nothing."""
    with tempfile.TemporaryDirectory() as work:
        pathlib.Path(work, "migrations").mkdir()
        pathlib.Path(work, "models.sql").write_text(models)
        pathlib.Path(work, "migrations", "1.sql").write_text(migration)
        env = f"schema: models.sql\n    dev: {dev}\n    migrations: migrations"
        pathlib.Path(work, "trueup.yaml").write_text(f"envs:\n  app:\n    {env}\n")
        subprocess.run([trueup, "-q", "migrate", "hash", "--env", "app"], check=True, cwd=work)
        start = time.monotonic()
        run = subprocess.run([trueup, "-q", "check", "--env", "app"], cwd=work, capture_output=True, text=True)
        spent = time.monotonic() - start
        if run.returncode:
            sys.exit(f"{dev}: {run.stdout}{run.stderr}")
        return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trueup", default="target/release/trueup", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("sizes", metavar="TABLES", nargs="*", type=int, default=[100, 300, 1000])
    args = parser.parse_args()
    print(f"{'tables':>7} {'sqlite':>8} {'offline':>8} {'mssql':>8} {'guarded':>8}")
    for size in args.sizes:
        sqlite, mssql = tables.ddl(size, "INTEGER"), tables.ddl(size, "INTEGER IDENTITY")
        spent = [
            check(args.trueup, "sqlite://dev?mode=memory", sqlite, sqlite),
            check(args.trueup, "offline://sqlite", sqlite, sqlite),
            check(args.trueup, "offline://mssql/2022", mssql, mssql),
            check(args.trueup, "offline://mssql/2022", mssql, "\n".join(map(guarded, range(size)))),
        ]
        print(f"{size:>7} " + " ".join(f"{seconds:8.2f}" for seconds in spent), flush=True)


if __name__ == "__main__":
    main()

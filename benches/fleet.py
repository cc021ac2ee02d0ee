#!/usr/bin/env python3
"""Times `trueup drift` over fleets of growing size on a PostgreSQL server: a schema, or a database, for each tenant; or for
each an environment of its own, which are looked at one after the other, as jobs do.

    cargo build --release && benches/fleet.py --client "psql -q -h /run/pg -U me" --url "postgres://me@%2Frun%2Fpg" [TENANTS ...]

Prints one line a fleet: tenants, of how many tables, how many of them differ and in how many ways, seconds, MB of memory at
most, connections to the tenants at most (sampled), replays of the migrations. What is made there begins with `trueup_bench`,
and is dropped again.
"""

import argparse
import pathlib
import resource
import shlex
import subprocess
import tempfile
import threading
import time

from tables import ddl

RECORDS = """CREATE TABLE atlas_schema_revisions (version varchar PRIMARY KEY, description varchar NOT NULL, type bigint NOT NULL,
 applied bigint NOT NULL, total bigint NOT NULL, error text, hash varchar NOT NULL);
INSERT INTO atlas_schema_revisions VALUES ('1', 'x', 2, 1, 1, '', '');
"""


class Server:
    def __init__(self, client: list[str]):
        self.client = client

    def run(self, sql: str, database: str = "postgres") -> str:
        command = [*self.client, "-v", "ON_ERROR_STOP=1", "-At", "-d", database]
        done = subprocess.run(command, input=sql, text=True, capture_output=True, check=True)
        return done.stdout

    def connections(self) -> int:
        return int(self.run("SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'trueup_bench%' AND application_name <> 'psql'"))


def by_hand(number: int, every: int) -> str:
    """Every so many differ, in one of two ways."""
    if number % every:
        return ""
    return "ALTER TABLE t0 ADD COLUMN nick text;" if number % (2 * every) else "CREATE INDEX by_hand ON t0 (c0);"


def build(server: Server, tenants: int, tables: int, every: int, databases: bool) -> None:
    schema = ddl(tables, "SERIAL") + RECORDS
    for number in range(tenants):
        sql = schema + by_hand(number, every)
        if databases:
            server.run(f"CREATE DATABASE trueup_bench_{number:04}")
            server.run(sql, f"trueup_bench_{number:04}")
        else:
            server.run(f"CREATE SCHEMA bench_{number:04}; SET search_path = bench_{number:04};\n{sql}", "trueup_bench")


def drop(server: Server, tenants: int, databases: bool) -> None:
    for number in range(tenants) if databases else []:
        server.run(f"DROP DATABASE IF EXISTS trueup_bench_{number:04}")
    server.run("DROP DATABASE IF EXISTS trueup_bench")


def measure(commands: list[list[str]], cwd: str, server: Server) -> tuple[float, float, int, str]:
    """Seconds, MB of the largest child so far, psql included, connections at most, and what was said on stderr."""
    most, stop = [0], threading.Event()

    def sample() -> None:
        while not stop.wait(0.1):
            most[0] = max(most[0], server.connections())

    sampler = threading.Thread(target=sample)
    sampler.start()
    start = time.monotonic()
    runs = [subprocess.run(command, cwd=cwd, capture_output=True, text=True) for command in commands]
    seconds = time.monotonic() - start
    stop.set()
    sampler.join()
    for run in runs:
        if run.returncode not in (0, 1):
            raise SystemExit(run.stdout + run.stderr)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return seconds, memory, most[0], "".join(run.stderr for run in runs)


def config(args: argparse.Namespace, names: list[str], place: str) -> tuple[str, list[str]]:
    """A config file, and its environments."""
    url, dev = f"{args.url}/{place}", f'dev: "{args.dev}"'
    if not args.environments:
        return f'envs:\n  tenants:\n    for_each: [{", ".join(names)}]\n    url: "{url}"\n    {dev}\n', ["tenants"]
    one = [f'  e{name}:\n    url: "{url.replace("${each}", name)}"\n    {dev}\n' for name in names]
    return "envs:\n" + "".join(one), [f"e{name}" for name in names]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trueup", default="target/release/trueup")
    parser.add_argument("--client", type=shlex.split, required=True, help="psql, without a database")
    parser.add_argument("--url", required=True, help="the server's, without a database")
    parser.add_argument("--dev", default="local://postgres/dev?search_path=public")
    parser.add_argument("--databases", action="store_true", help="a database for each tenant")
    parser.add_argument("--environments", action="store_true", help="an environment for each tenant")
    parser.add_argument("--tables", type=int, default=20)
    parser.add_argument("--every", type=int, default=10, help="of so many tenants one differs")
    parser.add_argument("tenants", nargs="*", type=int, default=[50, 100, 200])
    args = parser.parse_args()
    server = Server(args.client)
    trueup = str(pathlib.Path(args.trueup).resolve())
    print(f"{'tenants':>8} {'tables':>7} {'differ':>7} {'seconds':>8} {'each ms':>8} {'MB':>5} {'conns':>6} {'replays':>8}")
    for tenants in args.tenants:
        drop(server, tenants, args.databases)
        server.run("CREATE DATABASE trueup_bench")
        try:
            build(server, tenants, args.tables, args.every, args.databases)
            with tempfile.TemporaryDirectory() as work:
                pathlib.Path(work, "migrations").mkdir()
                pathlib.Path(work, "migrations/1_all.sql").write_text(ddl(args.tables, "SERIAL"))
                names = [f"{number:04}" for number in range(tenants)]
                place = "trueup_bench_${each}?search_path=public" if args.databases else "trueup_bench?search_path=bench_${each}"
                text, envs = config(args, names, place)
                pathlib.Path(work, "trueup.yaml").write_text(text)
                subprocess.run([trueup, "-q", "migrate", "hash", "--dir", "file://migrations"], cwd=work, check=True)
                commands = [[trueup, "-vv", "drift", "--env", env, "--grace", "0s"] for env in envs]
                seconds, memory, most, said = measure(commands, work, server)
                differ = len(range(0, tenants, args.every))
                replays = said.count("replaying")
                print(
                    f"{tenants:>8} {args.tables:>7} {differ:>7} {seconds:8.1f} {1000 * seconds / tenants:8.0f} {memory:5.0f}"
                    f" {most:>6} {replays:>8}",
                    flush=True,
                )
        finally:
            drop(server, tenants, args.databases)


if __name__ == "__main__":
    main()

"""Starts the fake: `python -m github` with `tests` as the working directory or in PYTHONPATH.

The first line on stdout is JSON: port, address, the directory with the bare repositories. It ends when its stdin is closed,
so that it never outlives the test that started it.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import threading
from pathlib import Path

from .app import App
from .control import Control
from .description import load, load_webhooks
from .events import Events
from .graph import Graph
from .routes import load_all
from .seed import load as load_seed
from .server import Server
from .state import World

DESCRIPTIONS = Path(__file__).parents[2] / "target" / "github"


def main() -> int:
    """Parses arguments, serves until stdin ends."""
    parser = argparse.ArgumentParser(prog="python -m github", description="A strict fake of GitHub, for tests.")
    parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS", help="0.0.0.0 to be reached from containers")
    parser.add_argument("--port", type=int, default=0, help="0, the default: a free one")
    parser.add_argument("--seed", type=Path, metavar="FILE", help="what exists at start (see seed.py)")
    parser.add_argument("--directory", type=Path, help="where the bare repositories are made (default: temporary)")
    parser.add_argument("--descriptions", type=Path, default=DESCRIPTIONS, help="what scripts/setup.sh fetched")
    parser.add_argument("--verbose", action="store_true", help="a line on stderr for each request")
    parser.add_argument("--stay", action="store_true", help="keep serving when stdin ends, until interrupted")
    parser.add_argument("--prepare", action="store_true", help="convert the descriptions, and end")
    given = parser.parse_args()
    handlers = load_all()
    description = load(given.descriptions, handlers)
    if given.prepare:
        load_webhooks(given.descriptions)
        return 0
    graph = Graph(given.descriptions / "schema.graphql")
    with tempfile.TemporaryDirectory(prefix="fake-github-") as temporary:
        directory = given.directory or Path(temporary)
        app = App(World(directory), description, handlers, graph)
        if given.seed:
            load_seed(app.world, app.tokens, json.loads(given.seed.read_text()))
        server = Server((given.bind, given.port), app, Control(app, Events(given.descriptions)), given.verbose)
        thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
        thread.start()
        port = server.server_address[1]
        print(json.dumps({"port": port, "url": f"http://{given.bind}:{port}", "directory": str(directory)}), flush=True)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: sys.exit(0))
        if given.stay:
            thread.join()
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())

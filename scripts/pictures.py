#!/usr/bin/env python3
"""Pictures of what people see on GitHub, for the README: comments, a drift issue, a job summary.

The Action writes them for a small shop, to the strict fake of GitHub (`tests/github`); they are shown as GitHub shows
Markdown, by a style of our own, in a headless Chromium (Debian: chromium-headless-shell, fonts-inter, fonts-noto-color-emoji),
with Mermaid from npm, and made small by pngquant.

    target/venv/bin/python scripts/pictures.py [--pages DIRECTORY] [DIRECTORY]

writes PNG files, to docs/pictures unless another directory is named. `--pages` keeps the Markdown and the HTML, too.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import io
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from story import ROOT, TRUEUP, Fake, Runner, run

Json = dict[str, Any]
MERMAID = "mermaid@11.12.0"
WIDTH = 860

CONFIG = """\
envs:
  production:
    schema: schema.sql
    dev: local://postgres?search_path=public
    format: {migrate: {diff: '{{ sql . "  " }}'}}
"""
BEFORE = """\
-- atlas:pos customers[type=table] app/models.py:14
-- atlas:pos orders[type=table] app/models.py:31

CREATE TABLE customers (
    id bigint NOT NULL, name varchar(80) NOT NULL, fax varchar(40), PRIMARY KEY (id)
);
CREATE TABLE orders (
    id bigint NOT NULL, customer_id bigint NOT NULL, total numeric(10, 2) NOT NULL, PRIMARY KEY (id),
    CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id)
);
"""
AFTER = BEFORE.replace("fax varchar(40)", "email varchar(255)").replace("NOT NULL, PRIMARY KEY (id),\n", "NOT NULL, placed_at timestamptz, PRIMARY KEY (id),\n")
AFTER += "CREATE INDEX ix_orders_placed_at ON orders (placed_at);\n"

LITE = """\
envs:
  production:
    dev: sqlite://dev?mode=memory
"""
TABLES = """\
CREATE TABLE customers (id integer NOT NULL, name varchar(80) NOT NULL, PRIMARY KEY (id));
CREATE TABLE orders (id integer NOT NULL, total integer NOT NULL, PRIMARY KEY (id));
CREATE INDEX ix_customers_name ON customers (name);
"""
RECORDS = """\
CREATE TABLE atlas_schema_revisions (version varchar(255) NOT NULL PRIMARY KEY, description varchar(255) NOT NULL, type bigint NOT NULL,
 applied bigint NOT NULL, total bigint NOT NULL, error varchar(255), hash varchar(255) NOT NULL);
INSERT INTO atlas_schema_revisions VALUES ('20261102091500', 'shop', 2, 3, 3, '', '');
"""
FLEET = ["DROP INDEX ix_customers_name;", "ALTER TABLE orders ADD COLUMN note text;"]
BY_HAND = "ALTER TABLE customers ADD COLUMN vip boolean; DROP INDEX ix_customers_name; CREATE INDEX big ON orders (total);"


def directory(config: str, schema: str | None, migration: str, name: str) -> dict[str, str]:
    """The files of a project with one migration."""
    files = {"trueup.yaml": config, f"migrations/{name}": migration}
    if schema is not None:
        files["schema.sql"] = schema
    with tempfile.TemporaryDirectory() as temporary:
        for path, text in files.items():
            (Path(temporary) / path).parent.mkdir(exist_ok=True)
            (Path(temporary) / path).write_text(text)
        run(TRUEUP, "migrate", "hash", "--quiet", "--dir", "file://migrations", cwd=Path(temporary))
        files["migrations/atlas.sum"] = (Path(temporary) / "migrations/atlas.sum").read_text()
    return files


def missing(schema: str) -> str:
    """The migration that makes a schema from nothing."""
    with tempfile.TemporaryDirectory() as temporary:
        (Path(temporary) / "schema.sql").write_text(schema)
        dev = "local://postgres?search_path=public"
        command = [TRUEUP, "schema", "diff", "--from", f"file://{temporary}/empty.sql", "--to", f"file://{temporary}/schema.sql"]
        (Path(temporary) / "empty.sql").write_text("")
        return run(*command, "--dev-url", dev)


def pull_request(at: Path) -> dict[str, str]:
    """The comment when a migration is missing, when it was committed, and when all is well, and the summary."""
    fake = Fake()
    before = directory(CONFIG, BEFORE, missing(BEFORE), "20261102091500_shop.sql")
    permissions = {"contents": "write", "pull_requests": "write", "statuses": "write"}
    fake.ask("seed", {
        "repositories": [{
            "full_name": "acme/shop",
            "branches": [
                {"name": "main", "files": before},
                {"name": "emails", "from": "main", "files": {"schema.sql": AFTER}},
            ],
            "pulls": [{"title": "Mail customers instead of faxing them", "head": "emails", "author": "alice"}],
        }],
        "tokens": [{"token": "ghs_of_the_job", "repositories": ["acme/shop"], "permissions": permissions}],
    })
    runner = Runner(fake, at, "emails")
    pages = {"summary": runner.step({"MODE": "check", "ENV": "production"}, 1)[1]}
    pages["missing"] = fake.comments()[0]
    runner.step({"MODE": "commit", "ENV": "production", "NAME": "mail_customers"}, 0)
    pages["committed"] = fake.comments()[0]
    runner.step({"MODE": "check", "ENV": "production"}, 0)
    pages["agree"] = fake.comments()[0]
    return pages


def watched(config: str) -> Fake:
    """A repository with a job that looks at databases."""
    fake = Fake()
    files = directory(config, None, TABLES, "20261102091500_shop.sql")
    permissions = {"contents": "write", "issues": "write", "pull_requests": "write"}
    fake.ask("seed", {
        "repositories": [{"full_name": "acme/shop", "private": True, "branches": [{"name": "main", "files": files}]}],
        "tokens": [{"token": "ghs_of_the_job", "repositories": ["acme/shop"], "permissions": permissions}],
    })
    return fake


def by_hand(database: Path, sql: str) -> None:
    """A database that has the migrations, and what somebody did."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.executescript(TABLES + sql)


def drift(at: Path) -> dict[str, str]:
    """The issue of a database that was changed by hand, and the pull request that takes that in."""
    fake = watched(LITE)
    database = at / "production.db"
    by_hand(database, BY_HAND)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.executescript(RECORDS)
    inputs = {"MODE": "drift", "ENV": "production", "URL": f"sqlite://{database}", "GRACE": "0s"}
    runner = Runner(fake, at, "main", "schedule")
    runner.step(inputs, 1)
    issue = fake.repository()["issues"][0]["body"]
    runner.step(inputs | {"ADOPT": "true"}, 1)
    pulls = [one for one in fake.repository()["issues"] if one.get("pull")]
    return {"drift": issue, "adopt": pulls[0]["body"]}


def fleet(at: Path) -> dict[str, str]:
    """The issue of a fleet of databases."""
    at = at / "fleet"
    at.mkdir(mode=0o755)
    names = ["acme", "globex", "initech", *(f"t{number:03}" for number in range(4, 41))]
    fake = watched(f"envs:\n  tenants:\n    for_each: [{', '.join(names)}]\n    dev: sqlite://dev?mode=memory\n")
    for number, name in enumerate(names):
        done = FLEET[1] if number in (6, 22) else FLEET[0] if number % 4 == 0 else ""
        by_hand(at / f"{name}.db", done)
    (at / "t040.db").unlink()
    inputs = {"MODE": "drift", "ENV": "tenants", "URL": f"sqlite://{at}/${{each}}.db", "REVISION": "latest", "GRACE": "0s"}
    Runner(fake, at, "main", "schedule").step(inputs, 2)
    return {"fleet": fake.repository()["issues"][0]["body"]}


def rendered(markdown: str, opened: set[str]) -> str:
    """Markdown as GitHub shows it; folds whose titles begin with one of `opened` are open."""

    def code(text: str, language: str, _: str) -> str:
        if language == "mermaid":
            return f'<pre class="mermaid">{html.escape(text)}</pre>'
        with contextlib.suppress(Exception):
            lexer = get_lexer_by_name({"sql": "postgresql"}.get(language, language))
            return highlight(text, lexer, HtmlFormatter(nowrap=True))
        return html.escape(text)

    parser = MarkdownIt("commonmark", {"html": True, "highlight": code}).enable("table")
    text = parser.render(markdown)
    for title in opened:
        text = text.replace(f"<details><summary>{title}", f"<details open><summary>{title}")
    # A fence around a picture would be one around a picture.
    return re.sub(r'<pre><code class="language-mermaid">(<pre class="mermaid">.*?</pre>)\s*</code></pre>', r"\1", text, flags=re.DOTALL)


def bubble(body: str, when: str) -> str:
    """A comment on a pull request."""
    head = f'<b>github-actions</b> <span class="bot">bot</span> commented {when}'
    return f'<div class="row"><div class="face">⚙️</div><div class="bubble"><div class="head">{head}</div><div class="markdown">{body}</div></div></div>'


def issue(body: str, env: str = "production") -> str:
    """An issue with its title and labels."""
    labels = f'<span class="label red">trueup:drift</span> <span class="label">trueup:env/{env}</span>'
    title = f'<h1>Database drift: {env} <span class="dim">#7</span></h1>'
    return f'{title}<div class="under"><span class="open">⊙ Open</span> {labels}</div>{bubble(body, "this morning")}'


def pull(body: str) -> str:
    """A pull request that trueup opened."""
    title = '<h1>Adopt database drift: production <span class="dim">#8</span></h1>'
    return f'{title}<div class="under"><span class="open">⌥ Open</span> 1 commit into <code>main</code></div>{bubble(body, "this morning")}'


def summary(body: str) -> str:
    """A job's summary on the page of its run."""
    return f'<div class="card"><div class="dim">check summary</div><div class="markdown">{body}</div></div>'


def page(content: str, mermaid: str | None) -> str:
    """A whole document."""
    script = ""
    if mermaid is not None:
        theme = "{startOnLoad: true, theme: 'neutral', fontFamily: 'Inter'}"
        script = f'<script src="{mermaid}"></script><script>mermaid.initialize({theme})</script>'
    style = Path(__file__).with_name("pictures.css").read_text()
    return f"<!DOCTYPE html><meta charset=utf-8><style>{style}</style><body><main>{content}</main>{script}"


def chromium(*arguments: str) -> str:
    """What a headless Chromium prints."""
    name = next((name for name in ("chromium-headless-shell", "chromium", "google-chrome") if shutil.which(name)), None)
    if name is None:
        sys.exit("pictures: Chromium is not installed (apt install chromium-headless-shell fonts-inter fonts-noto-color-emoji)")
    common = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=8000", "--allow-file-access-from-files"]
    return subprocess.run([name, *common, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def picture(source: Path, target: Path) -> None:
    """A document as PNG, as high as it is."""
    measured = source.with_suffix(".measured.html")
    script = "<script>addEventListener('load', () => setTimeout(() => document.title = Math.ceil(document.querySelector('main').getBoundingClientRect().height), 3000))</script>"
    measured.write_text(source.read_text() + script)
    found = re.search(r"<title>(\d+)</title>", chromium(f"--window-size={WIDTH},2000", "--dump-dom", f"file://{measured}"))
    if found is None:
        sys.exit(f"pictures: {source} could not be measured")
    size = f"--window-size={WIDTH},{found[1]}"
    chromium(size, "--force-device-scale-factor=2", f"--screenshot={target}", f"file://{source}")
    if shutil.which("pngquant"):
        subprocess.run(["pngquant", "--force", "--skip-if-larger", "--quality=60-95", "--strip", "--output", target, target], check=False)
    print(f"{target.relative_to(Path.cwd()) if target.is_relative_to(Path.cwd()) else target}: {target.stat().st_size // 1000} kB")


def fetched_mermaid(at: Path) -> str | None:
    """Mermaid's script from npm, where there is npm."""
    if shutil.which("npm") is None:
        return None
    name = run("npm", "pack", "--loglevel=error", "--ignore-scripts", "--pack-destination", at, MERMAID).split()[-1]
    run("tar", "-xzf", at / name, "-C", at, "package/dist/mermaid.min.js")
    return f"file://{at}/package/dist/mermaid.min.js"


def main() -> None:
    """Makes them."""
    parser = argparse.ArgumentParser(description="Pictures of what people see on GitHub.")
    parser.add_argument("directory", nargs="?", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--pages", type=Path, metavar="DIRECTORY", help="where Markdown and HTML are kept")
    given = parser.parse_args()
    given.directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="trueup-pictures-") as temporary:
        at = Path(temporary)
        at.chmod(0o755)
        pages = given.pages or at
        pages.mkdir(parents=True, exist_ok=True)
        mermaid = fetched_mermaid(at)
        with contextlib.redirect_stdout(io.StringIO()):
            texts = pull_request(at) | drift(at) | fleet(at)
        shown = {
            "missing": bubble(rendered(texts["missing"], set()), "1 minute ago"),
            "committed": bubble(rendered(texts["committed"], {"Picture"}), "2 minutes ago · edited"),
            "agree": bubble(rendered(texts["agree"], set()), "3 minutes ago · edited"),
            "drift": issue(rendered(texts["drift"], {"To undo it", "To keep it"})),
            "adopt": pull(rendered(texts["adopt"], set())),
            "fleet": issue(rendered(texts["fleet"], set()), "tenants"),
            "summary": summary(rendered(texts["summary"], set())),
        }
        for name, content in shown.items():
            (pages / f"{name}.md").write_text(texts[name])
            (pages / f"{name}.html").write_text(page(content, mermaid))
            picture((pages / f"{name}.html").resolve(), (given.directory / f"{name}.png").resolve())


if __name__ == "__main__":
    main()

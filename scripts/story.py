#!/usr/bin/env python3
"""The story of a pull request, told with `trueup action` and the strict fake of GitHub (`tests/github`), to be watched.

A model changes and its migration is forgotten: the check is red and comments. In mode `commit` the migration is committed to
the branch and the check is green. Another run has nothing to do. Every line of output is what the Action printed; nothing
leaves this machine, and everything happens in a temporary directory.

`make story` runs it. `--pages DIRECTORY` keeps the comments and job summaries as Markdown; `--dialect` and `--dev-url` tell
it on another engine than SQLite.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VENV = Path(os.environ.get("TRUEUP_TEST_VENV") or ROOT / "target" / "venv") / "bin"
TRUEUP = ROOT / "target" / "debug" / "trueup"
COLORS = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

Json = dict[str, Any]


def colored(code: str, text: str) -> str:
    """A text in a color, on a terminal."""
    return f"\x1b[{code}m{text}\x1b[0m" if COLORS else text


def tell(text: str) -> None:
    """What happens next."""
    print(colored("1", f"\n# {text}"), flush=True)


def show(title: str, text: str) -> None:
    """Something that GitHub would show, as its source."""
    print(colored("36", f"\n  {title}"))
    for line in text.rstrip().splitlines():
        print(f"  {colored('2', '│')} {line}")
    sys.stdout.flush()


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """What a program prints; it has to succeed."""
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout


class Fake:
    """The fake GitHub, gone with this process."""

    def __init__(self) -> None:
        command = [VENV / "python", "-m", "github"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT / "tests", stdin=pipe, stdout=pipe, text=True)
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]

    def ask(self, path: str, body: Json | None = None) -> Any:
        """Its control door (`tests/github/control.py`)."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/_fake/{path}", data)) as reply:
            return json.load(reply)

    def repository(self) -> Json:
        """The only one there is."""
        return self.ask("state")["repositories"][0]

    def comments(self) -> list[str]:
        """Bodies of the comments on the pull request."""
        return [comment["body"] for issue in self.repository()["issues"] for comment in issue["comments"]]


class Runner:
    """Starts the Action on the head of a branch, as the runner of a job does."""

    def __init__(self, fake: Fake, at: Path, branch: str, event: str = "pull_request") -> None:
        self._fake, self._at, self._branch, self._event, self._steps = fake, at, branch, event, 0

    def step(self, inputs: dict[str, str], wanted: int) -> tuple[Json, str]:
        """A step with these inputs, which has to end with this status; its outputs and its summary."""
        self._steps += 1
        at = self._at / f"step{self._steps}-{self._event}"
        at.mkdir()
        workspace = at / "workspace"
        git = self._fake.repository()["git"]
        run("git", "clone", "--quiet", "--branch", self._branch, git, workspace)
        run("git", "checkout", "--quiet", "--detach", cwd=workspace)
        event = {"event": self._event, "repository": "acme/shop"}
        if self._event == "pull_request":
            event |= {"action": "synchronize", "number": 1}
        (at / "event.json").write_text(json.dumps(self._fake.ask("event", event)))
        files = {name: at / name for name in ("output", "summary")}
        for file in files.values():
            file.touch()
        pull = self._event == "pull_request"
        environment = {
            "PATH": f"{VENV}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(at),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": self._event,
            "GITHUB_EVENT_PATH": str(at / "event.json"),
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_SHA": "f" * 40 if pull else run("git", "rev-parse", "HEAD", cwd=workspace).strip(),
            "GITHUB_REF": "refs/pull/1/merge" if pull else f"refs/heads/{self._branch}",
            "GITHUB_RUN_ID": str(self._steps),
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_API_URL": f"{self._fake.url}/api/v3",
            "GITHUB_GRAPHQL_URL": f"{self._fake.url}/api/graphql",
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "INPUT_TOKEN": "ghs_of_the_job",
            # The packages are those of the tests.
            "INPUT_INSTALL": "none",
            "INPUT_SANDBOX": "auto" if readable_by_all(VENV) else "off",
        }
        environment |= {f"INPUT_{name}": value for name, value in inputs.items()}
        ended = subprocess.run(
            [TRUEUP, "action"], cwd=workspace, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        show("the step's log", ended.stdout)
        outcome = colored("32", "green") if ended.returncode == 0 else colored("31", f"red, exit status {ended.returncode}")
        print(f"\n  the step is {outcome}")
        if ended.returncode != wanted:
            sys.exit(f"{Path(sys.argv[0]).stem}: expected exit status {wanted}")
        return outputs(files["output"].read_text()), files["summary"].read_text()


class Story:
    """A repository on the fake, and runs of the Action on its pull request."""

    def __init__(self, fake: Fake, at: Path, dialect: str, dev_url: str, pages: Path | None) -> None:
        self._fake, self._at, self._pages, self._runs = fake, at, pages, 0
        self._dev_url = dev_url
        self._runner = Runner(fake, at, "ages")
        files = self._first_state(dialect, dev_url)
        models = files["db/models.py"]
        after = models.replace(
            "    fullname: Mapped[Optional[str]] = mapped_column(String(30))\n",
            "    fullname: Mapped[Optional[str]] = mapped_column(String(30))\n    age: Mapped[Optional[int]]\n",
        )
        assert after != models, "the example has changed"
        permissions = {"contents": "write", "pull_requests": "write", "statuses": "write"}
        fake.ask("seed", {
            "repositories": [{
                "full_name": "acme/shop",
                "branches": [
                    {"name": "main", "files": files},
                    {"name": "ages", "from": "main", "files": {"db/models.py": after}},
                ],
                "pulls": [{"title": "Add ages", "head": "ages", "author": "alice"}],
            }],
            "tokens": [{"token": "ghs_of_the_job", "repositories": ["acme/shop"], "permissions": permissions}],
        })

    def _first_state(self, dialect: str, dev_url: str) -> dict[str, str]:
        """The guide's project with its first migration."""
        project = self._at / "project"
        shutil.copytree(ROOT / "examples" / "guide", project, ignore=shutil.ignore_patterns("__pycache__"))
        config = (project / "atlas.hcl").read_text()
        config = config.replace('"postgresql"', f'"{dialect}"').replace("local://postgres", dev_url)
        (project / "atlas.hcl").write_text(config)
        environment = {**os.environ, "PATH": f"{VENV}:{os.environ['PATH']}"}
        subprocess.run(
            [TRUEUP, "migrate", "diff", "--quiet", "--env", "sqlalchemy"], cwd=project, check=True, env=environment
        )
        paths = [path for path in project.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        return {str(path.relative_to(project)): path.read_text() for path in paths}

    def change(self) -> str:
        """What the pull request changes."""
        return run("git", "--git-dir", self._fake.repository()["git"], "diff", "--unified=1", "main", "ages")

    def step(self, mode: str, wanted: int) -> Json:
        """A run of the Action on the pull request's head; its outputs."""
        self._runs += 1
        inputs = {"MODE": mode, "ENV": "sqlalchemy", "DEV-URL": self._dev_url}
        found, summary = self._runner.step(inputs, wanted)
        if self._pages is not None:
            self._keep(f"{self._runs}-summary.md", summary)
            for comment in self._fake.comments():
                self._keep(f"{self._runs}-comment.md", comment)
        return found

    def _keep(self, name: str, text: str) -> None:
        assert self._pages is not None
        self._pages.mkdir(parents=True, exist_ok=True)
        (self._pages / name).write_text(text)

    def head(self) -> str:
        """The branch's newest commit, with what it changes."""
        git = self._fake.repository()["git"]
        return run("git", "--git-dir", git, "show", "--format=%h %an: %B", "ages")


def outputs(text: str) -> Json:
    """The step's outputs, from the file with delimiters that it wrote."""
    return {name: value for name, _, value in re.findall(r"^(\S+?)<<(\S+)\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)}


def readable_by_all(path: Path) -> bool:
    """Whether the account that the models' program gets can reach the Python there; only root gives it another one."""
    parts = {part for end in (path, (path / "python").resolve()) for part in [end, *end.parents]}
    return os.geteuid() != 0 or all(part.stat().st_mode & 0o005 == 0o005 for part in parts)


def main() -> None:
    """Tells it."""
    parser = argparse.ArgumentParser(description="The story of a pull request, with the Action and a fake GitHub.")
    parser.add_argument("--dialect", default="sqlite", help="as the provider calls it")
    parser.add_argument("--dev-url", default="sqlite://dev?mode=memory", help="the dev database")
    parser.add_argument("--pages", type=Path, metavar="DIRECTORY", help="where comments and summaries are kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trueup-story-") as temporary:
        at = Path(temporary)
        # As on a runner, everybody may look into the checkout.
        at.chmod(0o755)
        fake = Fake()
        story = Story(fake, at, given.dialect, given.dev_url, given.pages)
        if not readable_by_all(VENV):
            print("The tests' Python is closed to other accounts, so the models' program runs with yours (sandbox: off).")
        tell("alice opens a pull request: a model gets a column, and its migration is forgotten.")
        show("git diff main ages", story.change())
        tell("The check (mode: check):")
        story.step("check", 1)
        show("the comment on the pull request", fake.comments()[0])
        tell("With mode: commit, the Action writes it:")
        done = story.step("commit", 0)
        show(f"the branch's newest commit (verified: {done['verified']})", story.head())
        show("the same comment, edited", fake.comments()[0])
        tell("Another run: nothing to do.")
        before = story.head()
        done = story.step("commit", 0)
        assert done["state"] == "in-sync" and story.head() == before and len(fake.comments()) == 1
        show("the comment now", fake.comments()[0])
        wrong = fake.ask("violations")
        if wrong:
            sys.exit(f"story: GitHub would not have taken this: {wrong}")
        tell("Every request was one that GitHub's own descriptions allow.")


if __name__ == "__main__":
    main()

"""A fake in a process of its own, and a client for it that sends exactly what it is told."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import unittest
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]
TESTS = Path(__file__).parents[2]
HEADERS = {"User-Agent": "test", "Accept": "application/vnd.github+json", "Authorization": "Bearer ghs_write"}

SEED: Json = {
    "users": [{"login": "acme", "type": "Organization"}],
    "repositories": [
        {
            "full_name": "acme/shop",
            "branches": [
                {"name": "main", "files": {"README.md": "shop\n", "db/models.py": "one\n", "old.py": "old\n"}},
                {"name": "feature", "from": "main", "files": {"db/models.py": "one\ntwo\n"}},
            ],
            "labels": [{"name": "bug", "color": "ff0000"}],
            "issues": [{"title": "An issue", "author": "alice"}],
            "pulls": [{"title": "Add two", "head": "feature", "base": "main", "author": "alice"}],
        },
        {"full_name": "acme/secret", "private": True, "branches": [{"name": "main", "files": {"a": "a"}}]},
        {
            "full_name": "mallory/shop",
            "fork_of": "acme/shop",
            "branches": [{"name": "main", "files": {"db/models.py": "evil\n"}}],
        },
        {
            "full_name": "acme/shop",
            "pulls": [{"title": "From a fork", "head": "mallory/shop:main", "base": "main", "author": "mallory"}],
            "runs": [
                {
                    "name": "ci",
                    "event": "pull_request",
                    "head": "mallory/shop:main",
                    "artifacts": [{"name": "report", "base64": "UEsFBg=="}],
                }
            ],
        },
    ],
    "tokens": [
        {
            "token": "ghs_write",
            "name": "write",
            "repositories": ["acme/shop"],
            "permissions": {name: "write" for name in ("contents", "pull_requests", "issues", "statuses", "actions")},
        },
        {"token": "ghs_pulls", "name": "pulls", "repositories": ["acme/shop"], "permissions": {"pull_requests": "write"}},
        {"token": "ghs_issues", "name": "issues", "repositories": ["acme/shop"], "permissions": {"issues": "write"}},
        {
            "token": "ghs_fork",
            "name": "fork",
            "repositories": ["acme/shop"],
            "permissions": {"contents": "write", "pull_requests": "write"},
            "read_only": True,
        },
        {"token": "ghp_alice", "name": "alice", "kind": "pat", "login": "alice"},
    ],
}


@dataclass
class Answer:
    """A reply."""

    status: int
    headers: dict[str, str]
    text: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Fake:
    """One fake."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "github"], cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port: int = json.loads(self.process.stdout.readline())["port"]

    def stop(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str | None] | None = None) -> Answer:
        """Sends a request. A header that is None is left out; bytes as body go as they are."""
        sent = {name: value for name, value in {**HEADERS, **(headers or {})}.items() if value is not None}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(data or b"")))
            connection.endheaders(data)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.ask(method, f"/_fake/{path}", body)
        assert answer.status == 200, answer.text
        return answer.json

    def graphql(self, query: str, token: str = "ghs_write", **variables: Any) -> Any:
        answer = self.ask("POST", "/api/graphql", {"query": query, "variables": variables}, {"Authorization": f"bearer {token}"})
        assert answer.status == 200, answer.text
        return answer.json


class FakeCase(unittest.TestCase):
    """A fresh world for each test class; `repo` is the base of its main repository."""

    fake: Fake
    seeded: list[Json]
    repo = "/api/v3/repos/acme/shop"

    @classmethod
    def setUpClass(cls) -> None:
        cls.fake = Fake()
        cls.seeded = cls.fake.control("POST", "seed", SEED)["repositories"]

    @classmethod
    def tearDownClass(cls) -> None:
        cls.fake.stop()

    def setUp(self) -> None:
        self.before = len(self.fake.control("GET", "requests"))

    def refused(self, answer: Answer, status: int, words: str) -> None:
        """An error of that status whose message holds these words."""
        self.assertEqual(answer.status, status, answer.text)
        self.assertIn(words, answer.text.decode().replace("\\\"", "\""))

    def violations(self) -> list[str]:
        """Of the requests of this test."""
        records = self.fake.control("GET", f"requests?from={self.before}")
        return [violation for record in records for violation in record["violations"]]

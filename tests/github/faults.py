"""What goes wrong on demand.

    {"match": {"method": "POST", "path": "/comments$", "nth": 2, "times": 1}, "do": "server_error", "when": "after"}
    {"match": {"graphql": "createCommitOnBranch"}, "do": {"push": {"repository": "acme/shop", "branch": "feature",
                                                                   "files": {"x.sql": "…"}}}}

`match`: all of its keys must fit: `method`, `path` (a regular expression, searched in the path below the API's base),
`graphql` (a word of the query), `token` (its name). `nth` is the first fitting request that is hit (default 1), `times` how
many in a row (default 1, 0: all). `when` is `before` (the default: the request has no effect) or `after` (it has, and the client isn't told).
`do` is a name of PRESETS or an object:

    status, headers, json or text    the reply
    sleep                            seconds before anything is sent
    drip                             seconds over which the body is sent
    truncate                         bytes of the body that are sent before the connection breaks
    reset                            true: the connection is reset without a reply
    pad                              the reply's first string "body" grows to so many characters: a reply that is too big
    push                             a commit that somebody else pushes now, as `POST /_fake/push` takes it
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from .wording import CONTENT_LIMIT, DOCS, SECONDARY_LIMIT

Json = dict[str, Any]
ACTIONS = {"status", "headers", "json", "text", "sleep", "drip", "truncate", "reset", "pad", "push"}


def _limited(status: int, message: str, **headers: str) -> Json:
    body = {"message": message, "documentation_url": DOCS, "status": str(status)}
    return {"status": status, "json": body, "headers": {name.replace("_", "-"): value for name, value in headers.items()}}


def _primary() -> Json:
    body = _limited(403, "API rate limit exceeded for installation.")
    body["headers"] = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 2)}
    return body


def _page(status: int) -> Json:
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return {"status": status, "text": "<!DOCTYPE html><title>Unicorn!</title>", "headers": headers}


def _graphql(kind: str, message: str) -> Json:
    return {"status": 200, "json": {"data": None, "errors": [{"type": kind, "message": message}]}}


PRESETS = {
    # Limits, in the forms that GitHub has for them.
    "primary_limit": _primary,
    "retry_after": lambda: _limited(429, SECONDARY_LIMIT, Retry_After="1"),
    "secondary_limit": lambda: _limited(403, SECONDARY_LIMIT),
    "content_limit": lambda: _limited(403, CONTENT_LIMIT, Retry_After="1"),
    # Servers and networks.
    "server_error": lambda: _limited(500, "Server Error"),
    "bad_gateway": lambda: _page(502),
    "unavailable": lambda: _page(503),
    "reset": lambda: {"reset": True},
    "truncated": lambda: {"truncate": 20},
    "not_json": lambda: _page(200),
    # GraphQL answers 200 with these.
    "graphql_rate_limited": lambda: _graphql("RATE_LIMITED", "API rate limit exceeded for installation."),
    "graphql_failed": lambda: _graphql("INTERNAL", "Something went wrong while executing your query."),
}


@dataclass
class Fault:
    """One rule and how often it has fit."""

    match: Json
    do: Json
    when: str = "before"
    seen: int = 0
    hits: int = 0

    @classmethod
    def from_json(cls, entry: Json) -> Fault:
        match, do, when = entry.get("match", {}), entry["do"], entry.get("when", "before")
        if isinstance(do, str) and do not in PRESETS:
            raise ValueError(f"no fault is called {do} (there are: {', '.join(PRESETS)})")
        if isinstance(do, dict) and (unknown := set(do) - ACTIONS):
            raise ValueError(f"unknown in a fault: {', '.join(sorted(unknown))}")
        if unknown := set(match) - {"method", "path", "graphql", "token", "nth", "times"}:
            raise ValueError(f"unknown in a match: {', '.join(sorted(unknown))}")
        if unknown := set(entry) - {"match", "do", "when"}:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        if when not in ("before", "after"):
            raise ValueError(f"`when` is before or after, not {when}")
        re.compile(match.get("path", ""))
        return cls(match, {"preset": do} if isinstance(do, str) else do, when)

    def action(self) -> Json:
        """What is done; presets that tell a time tell it now."""
        return PRESETS[self.do["preset"]]() if "preset" in self.do else self.do

    def hit(self, method: str, path: str, query: str | None, token: str | None) -> bool:
        """Counts a request, and says whether it is the one."""
        match = self.match
        fits = (
            match.get("method", method) == method
            and re.search(match.get("path", ""), path) is not None
            and ("graphql" not in match or (query is not None and re.search(rf"\b{match['graphql']}\b", query)))
            and match.get("token", token) == token
        )
        if not fits:
            return False
        self.seen += 1
        first, times = match.get("nth", 1), match.get("times", 1)
        if self.seen < first or (times and self.seen >= first + times):
            return False
        self.hits += 1
        return True


@dataclass
class Faults:
    """The rules in their order; one request takes the first that fits."""

    rules: list[Fault] = field(default_factory=list)

    def find(self, method: str, path: str, query: str | None, token: str | None) -> Fault | None:
        return next((rule for rule in self.rules if rule.hit(method, path, query, token)), None)


def pad(value: Any, size: int) -> Any:
    """The reply with its first text "body" as long as asked for."""
    if isinstance(value, list):
        return [pad(value[0], size), *value[1:]] if value else value
    if isinstance(value, dict) and isinstance(value.get("body"), str):
        return {**value, "body": value["body"].ljust(size, "x")}
    return value

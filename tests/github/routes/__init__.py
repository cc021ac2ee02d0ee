"""The REST operations. Each is a function of a checked `Call`, registered under its name in GitHub's description."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ..state import Comment, Issue, Repository, User, World
from ..tokens import Token, Tokens
from ..views import View
from ..wording import Refused, Reply, error, not_found

Json = dict[str, Any]


@dataclass
class Call:
    """A request that is well formed, with what its path names already found."""

    world: World
    tokens: Tokens
    token: Token
    view: View
    # The address as the client wrote it, for links to other pages.
    url: str
    path: dict[str, Any]
    query: dict[str, Any]
    body: Any
    found: dict[str, Any] = field(default_factory=dict)

    @property
    def repository(self) -> Repository:
        repository: Repository = self.found["repository"]
        return repository

    @property
    def issue(self) -> Issue:
        issue: Issue = self.found["issue"]
        return issue

    @property
    def comment(self) -> Comment:
        comment: Comment = self.found["comment"]
        return comment

    @property
    def user(self) -> User:
        return self.token.user(self.world)

    def commit(self, name: str) -> str:
        """The hash that a branch, a ref or a hash means."""
        sha = self.repository.git.resolve(name)
        if sha is None:
            raise Refused(error(422, f"No commit found for SHA: {name}"))
        return sha

    def created(self, value: Json) -> Reply:
        return Reply(201, value, {"Location": value["url"]})


Handler = Callable[[Call], Reply]
HANDLERS: dict[str, Handler] = {}


def operation(name: str) -> Callable[[Handler], Handler]:
    """Registers a handler under its `operationId`."""

    def register(handler: Handler) -> Handler:
        HANDLERS[name] = handler
        return handler

    return register


def find_targets(call: Call) -> None:
    """Finds repository, issue and comment that the path names. What the token may not see isn't there."""
    if "owner" not in call.path:
        return
    repository = call.world.repository(f"{call.path['owner']}/{call.path['repo']}")
    if repository is None or not call.token.sees(repository):
        raise not_found()
    call.found["repository"] = repository
    if "issue_number" in call.path or "pull_number" in call.path:
        number: int = call.path.get("issue_number") or call.path["pull_number"]
        issue = repository.issues.get(number)
        if issue is None or ("pull_number" in call.path and issue.pull is None):
            raise not_found()
        call.found["issue"] = issue
    if "comment_id" in call.path:
        comment = call.world.comments.get(call.path["comment_id"])
        if comment is None or comment.issue.repository is not repository:
            raise not_found()
        call.found |= {"comment": comment, "issue": comment.issue}


def page_of(call: Call, items: list[Any]) -> tuple[list[Any], dict[str, str]]:
    """The page that was asked for, and the Link header to the others."""
    size = min(max(call.query.get("per_page", 30), 1), 100)
    number = max(call.query.get("page", 1), 1)
    last = max(1, -(-len(items) // size))
    pages: dict[str, int] = {}
    if number > 1:
        pages |= {"prev": min(number - 1, last), "first": 1}
    if number < last:
        pages |= {"next": number + 1, "last": last}
    address, _, query = call.url.partition("?")
    kept = [(key, value) for key, value in parse_qsl(query) if key != "page"]
    links = [f'<{address}?{urlencode([*kept, ("page", str(to))])}>; rel="{rel}"' for rel, to in pages.items()]
    return items[(number - 1) * size : number * size], {"Link": ", ".join(links)} if links else {}


def page(call: Call, items: list[Any], render: Callable[[Any], Json]) -> Reply:
    """A reply with one page of a list."""
    some, headers = page_of(call, items)
    return Reply(200, [render(item) for item in some], headers)


def load_all() -> dict[str, Handler]:
    """All handlers: importing an area registers it."""
    from . import actions, git, issues, meta, pulls, repositories  # noqa: F401

    return HANDLERS

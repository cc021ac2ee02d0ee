"""Who asks, and what they may do.

Each operation needs one permission, after GitHub's page "Permissions required for GitHub Apps". Reading what is public needs
none. Comments and labels of a pull request need `pull_requests`, those of an issue `issues`: one does not stand in for the
other (github/rest-api-description#6994), although the header of a refusal names both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .wording import Refused, error

if TYPE_CHECKING:
    from .state import Issue, Repository, User, World

READ, WRITE = "read", "write"
# Issues and pull requests share their comments and labels.
EITHER = "issues or pull_requests"
# What each kind of token is called in a refusal.
KINDS = {"actions": "integration", "app": "integration", "pat": "personal access token"}

NEEDED: dict[str, tuple[str, str]] = {
    "actions/download-artifact": ("actions", READ),
    "actions/get-artifact": ("actions", READ),
    "actions/get-workflow-run": ("actions", READ),
    "actions/list-workflow-run-artifacts": ("actions", READ),
    "git/create-blob": ("contents", WRITE),
    "git/create-commit": ("contents", WRITE),
    "git/create-ref": ("contents", WRITE),
    "git/create-tree": ("contents", WRITE),
    "git/delete-ref": ("contents", WRITE),
    "git/get-blob": ("contents", READ),
    "git/get-commit": ("contents", READ),
    "git/get-ref": ("contents", READ),
    "git/get-tree": ("contents", READ),
    "git/update-ref": ("contents", WRITE),
    "issues/add-labels": (EITHER, WRITE),
    "issues/create": ("issues", WRITE),
    "issues/create-comment": (EITHER, WRITE),
    "issues/create-label": (EITHER, WRITE),
    "issues/delete-comment": (EITHER, WRITE),
    "issues/get": (EITHER, READ),
    "issues/get-comment": (EITHER, READ),
    "issues/get-label": (EITHER, READ),
    "issues/list-comments": (EITHER, READ),
    "issues/list-for-repo": ("issues", READ),
    "issues/list-labels-for-repo": (EITHER, READ),
    "issues/list-labels-on-issue": (EITHER, READ),
    "issues/remove-label": (EITHER, WRITE),
    "issues/update": (EITHER, WRITE),
    "issues/update-comment": (EITHER, WRITE),
    "pulls/create": ("pull_requests", WRITE),
    "pulls/get": ("pull_requests", READ),
    "pulls/list": ("pull_requests", READ),
    "pulls/list-commits": ("pull_requests", READ),
    "pulls/list-files": ("pull_requests", READ),
    "pulls/update": ("pull_requests", WRITE),
    "repos/compare-commits-with-basehead": ("contents", READ),
    "repos/create-commit-status": ("statuses", WRITE),
    "repos/get": ("metadata", READ),
    "repos/get-combined-status-for-ref": ("statuses", READ),
    "repos/get-commit": ("contents", READ),
    "repos/get-content": ("contents", READ),
    "repos/list-commit-statuses-for-ref": ("statuses", READ),
    "repos/list-pull-requests-associated-with-commit": ("pull_requests", READ),
}


@dataclass
class Token:
    """A credential. The one of a workflow is of kind `actions`; a run for a fork's pull request gets it `read_only`."""

    token: str
    name: str
    kind: str = "actions"
    login: str = "github-actions[bot]"
    repositories: list[str] = field(default_factory=list)
    permissions: dict[str, str] = field(default_factory=dict)
    read_only: bool = False
    used: int = 0
    created: list[float] = field(default_factory=list)

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Token:
        token = cls(**{"name": entry["token"][:8], **entry})
        if token.kind not in KINDS:
            raise ValueError(f"no kind of token is called {token.kind} (there are: {', '.join(KINDS)})")
        for name, level in token.permissions.items():
            if level not in (READ, WRITE, "none"):
                raise ValueError(f"permission {name}: {level} is none of read, write, none")
        return token

    def user(self, world: World) -> User:
        return world.user(self.login)

    def installed_on(self, repository: Repository) -> bool:
        """Whether it was given for this repository. A classic token reaches what its user owns."""
        listed = any(name.lower() == repository.full_name.lower() for name in self.repositories)
        return listed or (self.kind == "pat" and self.login.lower() == repository.owner.login.lower())

    def level(self, permission: str, repository: Repository) -> str:
        """none, read or write."""
        if not self.installed_on(repository):
            return "none"
        if permission == "metadata":
            return READ
        level = WRITE if self.kind == "pat" and not self.permissions else self.permissions.get(permission, "none")
        return READ if level == WRITE and self.read_only else level

    def may(self, permission: str, level: str, repository: Repository) -> bool:
        if level == READ and not repository.private:
            return True
        held = self.level(permission, repository)
        return held == WRITE or held == level

    def sees(self, repository: Repository) -> bool:
        """A private repository that one may not see does not exist."""
        return not repository.private or self.installed_on(repository)


def accepted(operation: str) -> str:
    """The header that names what would have been enough: alternatives are parted by semicolons."""
    permission, level = NEEDED[operation]
    names = ["issues", "pull_requests"] if permission == EITHER else [permission]
    return "; ".join(f"{name}={level}" for name in names)


def demand(token: Token, operation: str, repository: Repository, issue: Issue | None) -> None:
    """Refuses what the token may not do."""
    permission, level = NEEDED[operation]
    names = [permission]
    if permission == EITHER:
        names = ["issues", "pull_requests"] if issue is None else ["pull_requests" if issue.pull else "issues"]
    if not any(token.may(name, level, repository) for name in names):
        raise forbidden(token, accepted(operation))


def forbidden(token: Token, header: str) -> Refused:
    reply = error(403, f"Resource not accessible by {KINDS[token.kind]}")
    reply.headers["X-Accepted-GitHub-Permissions"] = header
    return Refused(reply)


class Tokens:
    """All credentials that the fake knows."""

    def __init__(self) -> None:
        self._known: dict[str, Token] = {}

    def add(self, world: World, token: Token) -> None:
        for name in token.repositories:
            world.need(name)
        self._known[token.token] = token

    def all(self) -> list[Token]:
        return list(self._known.values())

    def find(self, header: str | None) -> Token | None:
        """The token in an Authorization header, if it is known."""
        return self._known.get((header or "").partition(" ")[2].strip())

    def authenticate(self, header: str | None) -> Token:
        """The token of an Authorization header. Anonymous reading, which GitHub allows a little of, is never meant."""
        if header is None:
            raise Refused(error(401, "Requires authentication"), violation="no Authorization header")
        scheme, _, value = header.partition(" ")
        if scheme.lower() not in ("bearer", "token") or not value:
            raise Refused(error(401, "Bad credentials"), violation=f"Authorization is of the kind {scheme!r}")
        known = self.find(header)
        if known is None:
            raise Refused(error(401, "Bad credentials"))
        return known

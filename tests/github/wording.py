"""Replies, and errors in GitHub's own shapes and words (`basic-error`, `validation-error`).

The words are those that people quote in bug reports, which clients match on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

DOCS = "https://docs.github.com/rest"


@dataclass
class Reply:
    """What goes back: a status, JSON (or nothing), headers."""

    status: int
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    # Bytes that are sent as they are, instead of JSON: a download, or a fault.
    raw: bytes | None = None

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return b"" if self.json is None else json.dumps(self.json, ensure_ascii=False).encode()


class Refused(Exception):
    """A request that is answered with an error. `violation` says so when a correct client never sends it."""

    def __init__(self, reply: Reply, violation: str | None = None) -> None:
        super().__init__(reply.json)
        self.reply = reply
        self.violation = violation


def error(status: int, message: str, **headers: str) -> Reply:
    """`basic-error`."""
    body = {"message": message, "documentation_url": DOCS, "status": str(status)}
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def not_found() -> Refused:
    return Refused(error(404, "Not Found"))


def invalid(reason: str) -> Refused:
    """A body or parameter that isn't of the described form."""
    return Refused(error(422, f"Invalid request.\n\n{reason}"), violation=reason)


def validation_failed(resource: str, field_name: str, code: str, message: str | None = None, **more: Any) -> Refused:
    """`validation-error`: well formed, but not possible."""
    detail: dict[str, Any] = {"resource": resource, "field": field_name, "code": code, **more}
    if message is not None:
        detail["message"] = message
    body = {"message": "Validation Failed", "errors": [detail], "documentation_url": DOCS, "status": "422"}
    return Refused(Reply(422, body))


def unprocessable(message: str) -> Refused:
    """What the Git database says of refs and objects that can't be."""
    return Refused(error(422, message))


def too_long(resource: str, field_name: str, code: str, subject: str) -> Refused:
    """The limit that a comment, an issue and a pull request share."""
    return validation_failed(resource, field_name, code, f"{subject} is too long (maximum is {BODY_LIMIT} characters)")


BODY_LIMIT = 65536
LOCKED = "Unable to create comment because issue is locked."
ISSUES_DISABLED = "Issues has been disabled in this repository."
NO_PULLS_BY_ACTIONS = "GitHub Actions is not permitted to create or approve pull requests."
ARCHIVED = "Repository was archived so is read-only"
# What refuses a push, and how GraphQL says so: the type of the classic form is recorded, a ruleset has another one.
RULES = {
    "protection": ("BRANCH_PROTECTION_RULE_VIOLATION", "Changes must be made through a pull request."),
    "ruleset": ("UNPROCESSABLE", "Repository rule violations found\n\nChanges must be made through a pull request.\n\n"),
}
NO_USER_AGENT = (
    "Request forbidden by administrative rules. Please make sure your request has a User-Agent header "
    "(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). "
    "Check https://developer.github.com for other possible causes.\n"
)
SECONDARY_LIMIT = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID."
)
CONTENT_LIMIT = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
    "Please retry your request again later."
)

"""Issues, their comments and labels; pull requests share all three."""

from __future__ import annotations

from typing import Any

from ..state import Comment, Issue, Label, World
from ..wording import BODY_LIMIT, ISSUES_DISABLED, LOCKED, Refused, Reply, error, not_found, too_long, validation_failed
from . import Call, operation, page

LABEL_LIMIT = 50


def body_fits(text: str | None, resource: str) -> None:
    """GitHub words the same limit differently for issues and comments."""
    if text is not None and len(text) > BODY_LIMIT:
        if resource == "Issue":
            raise too_long(resource, "body", "custom", "body")
        raise too_long(resource, "data", "unprocessable", "Body")


def _enabled(call: Call) -> None:
    """Pull requests are there without issues, too."""
    pull = "issue" in call.found and call.issue.pull is not None
    if not call.repository.has_issues and not pull:
        raise Refused(error(410, ISSUES_DISABLED))


def _not_blank(text: str) -> None:
    if not text.strip():
        raise validation_failed("IssueComment", "data", "unprocessable", "Body cannot be blank")


@operation("issues/list-comments")
def list_comments(call: Call) -> Reply:
    since = call.query.get("since", "")
    comments = [comment for comment in call.issue.comments if comment.updated >= since]
    return page(call, comments, call.view.comment)


@operation("issues/create-comment")
def create_comment(call: Call) -> Reply:
    text = call.body["body"]
    if call.issue.locked:
        raise Refused(error(403, LOCKED))
    _not_blank(text)
    body_fits(text, "IssueComment")
    return call.created(call.view.comment(call.world.add_comment(call.issue, text, call.user)))


@operation("issues/get-comment")
def get_comment(call: Call) -> Reply:
    return Reply(200, call.view.comment(call.comment))


def _own(call: Call, comment: Comment) -> None:
    """Whoever may write to a repository may edit what others wrote there; the rest only what is theirs."""
    if comment.author is not call.user and call.token.kind == "pat" and not call.token.installed_on(call.repository):
        raise Refused(Reply(403, {"message": "Must have admin rights to Repository.", "status": "403"}))


@operation("issues/update-comment")
def update_comment(call: Call) -> Reply:
    text = call.body["body"]
    _own(call, call.comment)
    _not_blank(text)
    body_fits(text, "IssueComment")
    call.comment.body = text
    call.comment.updated = call.world.tick()
    return Reply(200, call.view.comment(call.comment))


@operation("issues/delete-comment")
def delete_comment(call: Call) -> Reply:
    _own(call, call.comment)
    call.world.remove_comment(call.comment)
    return Reply(204)


@operation("issues/list-for-repo")
def list_issues(call: Call) -> Reply:
    query = call.query
    state, creator, since = query.get("state", "open"), query.get("creator"), query.get("since", "")
    labels = {name.lower() for name in query.get("labels", "").split(",") if name}

    def wanted(issue: Issue) -> bool:
        return (
            state in ("all", issue.state)
            and (creator is None or issue.author.login.lower() == creator.lower())
            and labels <= {label.name.lower() for label in issue.labels}
            and issue.updated >= since
            and (call.repository.has_issues or issue.pull is not None)
        )

    key = {"created": "created", "updated": "updated"}.get(query.get("sort", "created"))
    found = [issue for issue in call.repository.issues.values() if wanted(issue)]
    found.sort(
        key=lambda issue: (getattr(issue, key) if key else len(issue.comments), issue.number),
        reverse=query.get("direction", "desc") == "desc",
    )
    return page(call, found, call.view.issue)


@operation("issues/get")
def get_issue(call: Call) -> Reply:
    return Reply(200, call.view.issue(call.issue))


def _label_fits(name: str) -> None:
    if len(name) > LABEL_LIMIT:
        raise validation_failed("Label", "name", "custom", f"name is too long (maximum is {LABEL_LIMIT} characters)")


def _labels(call: Call, given: list[Any]) -> list[Label]:
    """Labels by name. Like GitHub, one that doesn't exist is made on the way."""
    names = [entry if isinstance(entry, str) else entry.get("name", "") for entry in given]
    for name in names:
        _label_fits(name)
    return [call.world.label(call.repository, name) for name in dict.fromkeys(names)]


@operation("issues/create")
def create_issue(call: Call) -> Reply:
    body = call.body
    _enabled(call)
    if not str(body["title"]).strip():
        raise validation_failed("Issue", "title", "missing_field")
    body_fits(body.get("body"), "Issue")
    issue = call.world.add_issue(call.repository, str(body["title"]), body.get("body"), call.user)
    issue.labels = _labels(call, body.get("labels", []))
    return call.created(call.view.issue(issue))


def set_state(world: World, issue: Issue, state: str, reason: str | None) -> None:
    """Closes or opens an issue. A reason without that is overlooked."""
    if state == issue.state:
        return
    issue.state = state
    issue.closed_at = world.tick() if state == "closed" else None
    issue.state_reason = reason or {"closed": "completed", "open": "reopened"}[state]


@operation("issues/update")
def update_issue(call: Call) -> Reply:
    issue, body = call.issue, call.body
    _enabled(call)
    body_fits(body.get("body"), "Issue")
    if body.get("title") is not None:
        issue.title = str(body["title"])
    if "body" in body:
        issue.body = body["body"]
    if "labels" in body:
        issue.labels = _labels(call, body["labels"])
    issue.updated = call.world.tick()
    if body.get("state") is not None:
        set_state(call.world, issue, body["state"], body.get("state_reason"))
    return Reply(200, call.view.issue(issue))


@operation("issues/list-labels-for-repo")
def list_labels(call: Call) -> Reply:
    return page(call, list(call.repository.labels.values()), lambda label: call.view.label(call.repository, label))


@operation("issues/get-label")
def get_label(call: Call) -> Reply:
    label = call.repository.labels.get(call.path["name"].lower())
    if label is None:
        raise not_found()
    return Reply(200, call.view.label(call.repository, label))


@operation("issues/create-label")
def create_label(call: Call) -> Reply:
    body = call.body
    _label_fits(body["name"])
    if body["name"].lower() in call.repository.labels:
        raise validation_failed("Label", "name", "already_exists")
    color = body.get("color", "ededed")
    if len(color) != 6 or any(c not in "0123456789abcdefABCDEF" for c in color):
        raise validation_failed("Label", "color", "invalid")
    description = body.get("description")
    if description is not None and len(description) > 100:
        raise validation_failed(
            "Label", "description", "custom", "description is too long (maximum is 100 characters)"
        )
    label = call.world.label(call.repository, body["name"], color=color, description=description)
    return call.created(call.view.label(call.repository, label))


@operation("issues/list-labels-on-issue")
def list_labels_on_issue(call: Call) -> Reply:
    return page(call, call.issue.labels, lambda label: call.view.label(call.repository, label))


@operation("issues/add-labels")
def add_labels(call: Call) -> Reply:
    given = call.body if isinstance(call.body, list) else (call.body or {}).get("labels", [])
    for label in _labels(call, given):
        if label not in call.issue.labels:
            call.issue.labels.append(label)
    call.issue.updated = call.world.tick()
    return Reply(200, [call.view.label(call.repository, label) for label in call.issue.labels])


@operation("issues/remove-label")
def remove_label(call: Call) -> Reply:
    kept = [label for label in call.issue.labels if label.name.lower() != call.path["name"].lower()]
    if len(kept) == len(call.issue.labels):
        raise not_found()
    call.issue.labels = kept
    return Reply(200, [call.view.label(call.repository, label) for label in kept])

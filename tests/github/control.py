"""The door for tests and people: `/_fake/…`, outside of GitHub's own interface.

    GET  /_fake/state                  everything that exists, with the paths of the bare repositories
    GET  /_fake/requests[?from=N]      what was asked: method, path, body, token, operation, status, violations
    GET  /_fake/violations             requests that a correct client never sends, and our own faults
    POST /_fake/seed                   adds to the world (seed.py)
    POST /_fake/push                   a commit by somebody else: {"repository", "branch", "files", "message", "author"};
                                       with "delete": true the branch goes instead
    POST /_fake/issue                  what a person does to an issue: {"repository", "number", "state", "state_reason", "title",
                                       "body", "labels", "locked", "delete": true}; "merge": true merges a pull request
    POST /_fake/faults                 one fault or a list of them (faults.py); DELETE forgets all
    POST /_fake/limits                 {"content_per_minute": 3, "forms": ["enterprise"]}
    POST /_fake/event                  a webhook payload (events.py)
    POST /_fake/fsck                   {"repository"}: what `git fsck` says of it
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any
from urllib.parse import parse_qs

from . import seed
from .app import App, Request
from .events import Events
from .faults import Fault
from .git_store import GitError
from .routes.issues import set_state
from .state import Issue, NotThere, Repository
from .views import View
from .wording import Reply

Json = dict[str, Any]
PREFIX = "/_fake/"


class Control:
    """Answers control requests."""

    def __init__(self, app: App, events: Events) -> None:
        self.app, self.events = app, events

    def answer(self, request: Request) -> Reply:
        path, _, query = request.target.removeprefix(PREFIX).partition("?")
        handler = getattr(self, f"_{request.method.lower()}_{path}", None)
        if handler is None:
            return Reply(404, {"error": f"no {request.method} {PREFIX}{path}"})
        try:
            body = json.loads(request.body) if request.body else {}
            with self.app.world.lock:
                return Reply(200, handler(body if request.body else parse_qs(query), request))
        except (NotThere, GitError, KeyError, TypeError, ValueError) as problem:
            return Reply(400, {"error": f"{type(problem).__name__}: {problem}"})

    def _post_seed(self, body: Json, _: Request) -> Json:
        return seed.load(self.app.world, self.app.tokens, body)

    def _post_push(self, body: Json, _: Request) -> Json:
        return {"sha": push(self.app, body)}

    def _post_issue(self, body: Json, _: Request) -> Json:
        seed.check(body, "repository", "number", "state", "state_reason", "title", "body", "labels", "locked", "delete", "merge")
        world = self.app.world
        repository = world.need(body["repository"])
        issue = repository.issues[body["number"]]
        if body.get("delete"):
            del repository.issues[issue.number]
            return {}
        for name in ("title", "body", "locked"):
            setattr(issue, name, body.get(name, getattr(issue, name)))
        if "labels" in body:
            issue.labels = [world.label(repository, name) for name in body["labels"]]
        if body.get("merge"):
            pull = issue.pull
            assert pull is not None, "only pull requests are merged"
            world.pull_heads(issue)
            commit = next(iter(repository.git.refs(f"refs/pull/{issue.number}/merge").values()))
            repository.git.update_ref(f"refs/heads/{pull.base_ref}", commit)
            pull.merged = True
            set_state(world, issue, "closed", None)
        set_state(world, issue, body.get("state", issue.state), body.get("state_reason"))
        return {}

    def _post_faults(self, body: Any, _: Request) -> Json:
        self.app.faults.rules += [Fault.from_json(entry) for entry in (body if isinstance(body, list) else [body])]
        return {}

    def _get_faults(self, _body: Json, _: Request) -> Any:
        return [dataclasses.asdict(rule) for rule in self.app.faults.rules]

    def _delete_faults(self, _body: Json, _: Request) -> Json:
        self.app.faults.rules.clear()
        return {}

    def _post_limits(self, body: Json, _: Request) -> Json:
        self.app.limits = dataclasses.replace(self.app.limits, **body)
        return dataclasses.asdict(self.app.limits)

    def _post_event(self, body: Json, request: Request) -> Json:
        view = View(self.app.world, f"http://{request.host}/api/v3", f"http://{request.host}")
        return self.events.make(self.app.world, view, body)

    def _post_fsck(self, body: Json, _: Request) -> Json:
        return {"complaints": self.app.world.need(body["repository"]).git.fsck()}

    def _get_requests(self, query: Json, _: Request) -> Any:
        start = int(query.get("from", ["0"])[0])
        return [dataclasses.asdict(record) for record in self.app.records[start:]]

    def _get_violations(self, _query: Json, _: Request) -> Any:
        return [
            {"request": f"{record.method} {record.path}", "status": record.status, "violation": violation}
            for record in self.app.records
            for violation in record.violations
        ]

    def _get_state(self, _query: Json, _: Request) -> Json:
        return {"repositories": [self._repository(r) for r in self.app.world.repositories.values()]}

    def _repository(self, repository: Repository) -> Json:
        branches = repository.git.refs("refs/heads/")
        return {
            "full_name": repository.full_name,
            "id": repository.id,
            "git": str(repository.git.path),
            "branches": {name.removeprefix("refs/heads/"): sha for name, sha in branches.items()},
            "labels": [label.name for label in repository.labels.values()],
            "issues": [self._issue(issue) for issue in repository.issues.values()],
            "statuses": [
                {"sha": s.sha, "context": s.context, "state": s.state, "description": s.description, "target_url": s.target_url}
                for s in repository.statuses
            ],
            "runs": [
                {"id": run.id, "name": run.name, "event": run.event, "head_sha": run.head_sha}
                for run in repository.runs.values()
            ],
            "signed": [sha for sha in self.app.world.signed if repository.git.type_of(sha) == "commit"],
        }

    def _issue(self, issue: Issue) -> Json:
        made = {
            "number": issue.number,
            "title": issue.title,
            "body": issue.body,
            "state": issue.state,
            "state_reason": issue.state_reason,
            "author": issue.author.login,
            "labels": [label.name for label in issue.labels],
            "comments": [
                {"id": comment.id, "author": comment.author.login, "body": comment.body, "created_at": comment.created, "updated_at": comment.updated}
                for comment in issue.comments
            ],
        }
        if issue.pull is not None:
            head, base = self.app.world.pull_heads(issue)
            made["pull"] = {
                "head": f"{issue.pull.head_repository.full_name}:{issue.pull.head_ref}",
                "head_sha": head,
                "base": issue.pull.base_ref,
                "base_sha": base,
            }
        return made


def push(app: App, body: Json) -> str:
    """Commits as somebody else would; faults do this, too, to move a branch under a client's feet."""
    repository = app.world.need(body["repository"])
    if body.get("delete"):
        head = repository.git.resolve(body["branch"])
        repository.git.delete_ref(f"refs/heads/{body['branch']}")
        return head or ""
    return seed.commit(app.world, repository, {key: value for key, value in body.items() if key != "repository"})

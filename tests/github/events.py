"""Payloads of webhook events, as a runner writes them to GITHUB_EVENT_PATH.

An example of `@octokit/webhooks-examples` is taken and made to fit the world: numbers, hashes, refs, repositories, authors.
The result is held against the `webhook-*` schemas of GitHub's description. `schedule` and `workflow_dispatch` have no
schema or example that fits a runner, and are written here.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from .description import load_webhooks
from .git_store import ZERO
from .seed import check
from .state import Issue, NotThere, Repository, User, World
from .view_actions import run as run_fields
from .view_git import git_commit
from .views import View

Json = dict[str, Any]


class Events:
    """Makes payloads; what it needs is read when the first one is made."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._examples: dict[str, list[Json]] | None = None

    def example(self, event: str, action: str | None) -> Json:
        """A copy of the first published example."""
        if self._examples is None:
            text = (self._directory / "webhooks-examples.json").read_text()
            self._examples = {entry["name"]: entry["examples"] for entry in json.loads(text)}
        for example in self._examples.get(event, []):
            if example.get("action") == action and not example.get("ref", "").startswith("refs/tags/"):
                return copy.deepcopy(example)
        raise NotThere(f"no example of {event} {action or ''}")

    def make(self, world: World, view: View, ask: Json) -> Json:
        """The payload that is asked for:

        {"event": "pull_request", "action": "opened", "repository": "acme/shop", "number": 1, "sender": "alice"}
        {"event": "push", "repository": …, "branch": "main", "before": sha}      {"event": "schedule", "cron": "0 6 * * *"}
        {"event": "merge_group", "action": "checks_requested", "base": "main", "head": "gh-readonly-queue/main/pr-1-…"}
        {"event": "workflow_run", "action": "completed", "run": 1005}   {"event": "workflow_dispatch", "inputs": {…}}
        """
        known = ("event", "action", "repository", "number", "sender", "branch", "before", "base", "head", "run", "cron")
        check(ask, *known, "inputs", "label")
        repository = world.need(ask["repository"])
        sender = world.user(ask.get("sender", repository.owner.login))
        make = getattr(self, f"_{ask['event']}", None)
        if make is None:
            raise NotThere(f"no payload of {ask['event']} is made")
        payload = make(world, view, repository, ask)
        payload["repository"] = _owned(view.repository(repository), payload.get("repository", {}))
        payload["sender"] = view.user(sender)
        if repository.owner.kind == "Organization":
            payload["organization"] = _organization(view, repository.owner, payload.get("organization"))
        else:
            payload.pop("organization", None)
        payload.pop("installation", None)
        self._hold(ask["event"].removesuffix("_target"), payload)
        return payload

    def _hold(self, event: str, payload: Json) -> None:
        description, events = load_webhooks(self._directory)
        action = payload.get("action")
        name = "-".join(filter(None, [event, action])).replace("_", "-")
        if event in ("schedule", "workflow_dispatch"):
            return
        wrong = description.check(events[name], payload)
        if wrong is not None:
            raise NotThere(f"the payload of {name} is not as described: {wrong}")

    def _pull_request(self, world: World, view: View, repository: Repository, ask: Json) -> Json:
        issue = _pull(repository, ask["number"])
        payload = self.example("pull_request", ask.get("action", "opened"))
        shown = view.pull(issue)
        for side in ("head", "base"):
            was = payload["pull_request"][side]["repo"]
            shown[side]["repo"] = _owned(shown[side]["repo"], was)
        payload["pull_request"] = {**payload["pull_request"], **shown}
        payload["number"] = issue.number
        if "label" in payload:
            payload["label"] = view.label(repository, world.label(repository, ask.get("label", "trueup:commit")))
        if payload["action"] == "synchronize":
            head = world.pull_heads(issue)[0]
            parents = issue.repository.git.commit(head).parents
            payload |= {"before": parents[0] if parents else ZERO, "after": head}
        return payload

    _pull_request_target = _pull_request

    def _push(self, world: World, view: View, repository: Repository, ask: Json) -> Json:
        payload = self.example("push", None)
        ref = f"refs/heads/{ask['branch']}"
        sha = _head(repository, ask["branch"])
        before = ask.get("before", ZERO)
        commit = _event_commit(view, repository, sha)
        compare = f"{view.page(repository)}/compare/{before[:12]}...{sha[:12]}"
        return {
            **payload,
            "ref": ref,
            "base_ref": None,
            "before": before,
            "after": sha,
            "created": before == ZERO,
            "deleted": False,
            "forced": False,
            "compare": compare,
            "commits": [commit],
            "head_commit": commit,
            "pusher": {"name": repository.owner.login, "email": repository.owner.email},
        }

    def _merge_group(self, world: World, view: View, repository: Repository, ask: Json) -> Json:
        payload = self.example("merge_group", ask.get("action", "checks_requested"))
        commit = _event_commit(view, repository, _head(repository, ask["head"]))
        payload["merge_group"] = {
            "head_sha": commit["id"],
            "head_ref": f"refs/heads/{ask['head']}",
            "base_sha": _head(repository, ask["base"]),
            "base_ref": f"refs/heads/{ask['base']}",
            "head_commit": {key: commit[key] for key in ("id", "tree_id", "message", "timestamp", "author", "committer")},
        }
        return payload

    def _workflow_run(self, world: World, view: View, repository: Repository, ask: Json) -> Json:
        run = repository.runs.get(ask["run"])
        if run is None:
            raise NotThere(f"no run {ask['run']} in {repository.full_name}")
        action = ask.get("action", "completed")
        example = self.example("workflow_run", action)
        example["workflow_run"] = {**example["workflow_run"], **run_fields(view, repository, run)}
        example["workflow"] = _workflow(view, repository, example["workflow_run"])
        return example

    def _schedule(self, world: World, view: View, repository: Repository, ask: Json) -> Json:
        return {"schedule": ask.get("cron", "0 6 * * *"), "workflow": ".github/workflows/drift.yml"}

    def _workflow_dispatch(self, world: World, view: View, repository: Repository, ask: Json) -> Json:
        branch = ask.get("branch", repository.default_branch)
        workflow = ".github/workflows/trueup.yml"
        return {"inputs": ask.get("inputs"), "ref": f"refs/heads/{branch}", "workflow": workflow}


def _pull(repository: Repository, number: int) -> Issue:
    issue = repository.issues.get(number)
    if issue is None or issue.pull is None:
        raise NotThere(f"{repository.full_name} has no pull request {number}")
    return issue


def _head(repository: Repository, branch: str) -> str:
    sha = repository.git.resolve(f"refs/heads/{branch}")
    if sha is None:
        raise NotThere(f"{repository.full_name} has no branch {branch}")
    return sha


def _owned(repository: Json, was: Json) -> Json:
    """A repository in an event has a few properties that the REST interface doesn't show."""
    made = {**was, **repository}
    if "name" in was.get("owner", {}):
        made["owner"] = {**repository["owner"], "name": repository["owner"]["login"], "email": None}
    return made


def _organization(view: View, owner: User, was: Json | None) -> Json:
    api = f"{view.api}/orgs/{owner.login}"
    own = {"login": owner.login, "id": owner.id, "node_id": f"O_{owner.id}", "url": api, "description": ""}
    addresses = {f"{name}_url": f"{api}/{name}" for name in ("repos", "events", "hooks", "issues")}
    members = {"members_url": f"{api}/members{{/member}}", "public_members_url": f"{api}/public_members{{/member}}"}
    return {**(was or {}), **own, **addresses, **members, "avatar_url": f"{view.html}/avatars/u/{owner.id}"}


def _workflow(view: View, repository: Repository, run: Json) -> Json:
    page = f"{view.page(repository)}/actions/workflows/{run['name']}.yml"
    return {
        "id": run["workflow_id"],
        "node_id": f"W_{run['workflow_id']}",
        "name": run["name"],
        "path": run["path"],
        "state": "active",
        "created_at": repository.created,
        "updated_at": repository.created,
        "url": run["workflow_url"],
        "html_url": page,
        "badge_url": f"{page}/badge.svg",
    }


def _event_commit(view: View, repository: Repository, sha: str) -> Json:
    commit = git_commit(view, repository, repository.git.commit(sha))
    parent = commit["parents"][0]["sha"] if commit["parents"] else "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    files = view.files(repository, parent, sha)

    def person(role: str) -> Json:
        who = commit[role]
        return {"name": who["name"], "email": who["email"], "username": who["name"]}

    return {
        "id": sha,
        "tree_id": commit["tree"]["sha"],
        "distinct": True,
        "message": commit["message"],
        "timestamp": commit["committer"]["date"],
        "url": commit["html_url"],
        "author": person("author"),
        "committer": person("committer"),
        **{
            name: [file["filename"] for file in files if file["status"] == status]
            for name, status in (("added", "added"), ("removed", "removed"), ("modified", "modified"))
        },
    }

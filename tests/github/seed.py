"""A world from JSON: `--seed` at start, and `POST /_fake/seed` later, which adds to what is there.

    {"users": [{"login": "acme", "type": "Organization"}], "sign_web_commits": true,
     "tokens": [{"token": "ghs_workflow", "kind": "actions", "repositories": ["acme/shop"],
                 "permissions": {"contents": "read", "pull_requests": "write"}}],
     "repositories": [{"full_name": "acme/shop", "private": false,
       "branches": [{"name": "main", "files": {"README.md": "shop"}},
                    {"name": "feature", "from": "main", "files": {"models.py": "…", "old.py": null}, "empty_commits": 3,
                     "protected": "ruleset"}],
       "labels": [{"name": "bug"}],
       "issues": [{"title": "…", "author": "alice", "comments": [{"author": "bob", "body": "…"}]}],
       "pulls": [{"title": "…", "head": "feature", "base": "main", "author": "alice"}],
       "runs": [{"name": "ci", "event": "pull_request", "head": "mallory/shop:feature",
                 "artifacts": [{"name": "report", "base64": "…"}]}]}]}

A branch of another repository is `owner/name:branch`. `"fork_of": "acme/shop"` makes a fork. Keys that are not known are
refused: a typo in a seed must not make a test pass.
"""

from __future__ import annotations

import base64
from typing import Any

from .state import Artifact, Issue, NotThere, Pull, Repository, Run, World
from .tokens import Token, Tokens

Json = dict[str, Any]


def load(world: World, tokens: Tokens, seed: Json) -> Json:
    """Adds a seed to a world and says what was made: numbers of issues and pull requests, in the seed's order."""
    check(seed, "users", "tokens", "repositories", "sign_rest_commits", "sign_web_commits")
    for entry in seed.get("users", []):
        check(entry, "login", "type")
        world.user(entry["login"], entry["type"])
    world.sign_rest_commits = seed.get("sign_rest_commits", world.sign_rest_commits)
    world.sign_web_commits = seed.get("sign_web_commits", world.sign_web_commits)
    made: list[Json] = [_repository(world, entry) for entry in seed.get("repositories", [])]
    for entry in seed.get("tokens", []):
        check(entry, "token", "name", "kind", "login", "repositories", "permissions", "read_only")
        tokens.add(world, Token.from_json(entry))
    return {"repositories": made}


def check(entry: Json, *known: str) -> None:
    """Refuses keys that are not known."""
    unknown = sorted(set(entry) - set(known))
    if unknown:
        raise NotThere(f"unknown in a seed: {', '.join(unknown)} (known: {', '.join(known)})")


def branch_of(world: World, here: Repository, name: str) -> tuple[Repository, str]:
    """`branch` of this repository, or `owner/name:branch`."""
    full_name, colon, branch = name.rpartition(":")
    return (world.need(full_name), branch) if colon else (here, name)


def _repository(world: World, entry: Json) -> Json:
    known = ("full_name", "private", "archived", "has_issues", "default_branch", "fork_of", "branches", "labels")
    known += ("actions_open_pulls",)
    check(entry, *known, "issues", "pulls", "runs")
    repository = world.repository(entry["full_name"])
    if repository is None:
        parent = world.need(entry["fork_of"]) if entry.get("fork_of") else None
        repository = world.add_repository(entry["full_name"], entry.get("private", False), parent)
    repository.archived = entry.get("archived", repository.archived)
    repository.has_issues = entry.get("has_issues", repository.has_issues)
    repository.actions_open_pulls = entry.get("actions_open_pulls", repository.actions_open_pulls)
    repository.default_branch = entry.get("default_branch", repository.default_branch)
    for branch in entry.get("branches", []):
        _branch(world, repository, branch)
    for label in entry.get("labels", []):
        check(label, "name", "color", "description")
        world.label(repository, **label)
    issues = [_issue(world, repository, issue).number for issue in entry.get("issues", [])]
    pulls = [_pull(world, repository, pull).number for pull in entry.get("pulls", [])]
    runs = [_run(world, repository, run).id for run in entry.get("runs", [])]
    return {
        "full_name": repository.full_name,
        "id": repository.id,
        "git": str(repository.git.path),
        "issues": issues,
        "pulls": pulls,
        "runs": runs,
    }


def _branch(world: World, repository: Repository, entry: Json) -> None:
    check(entry, "name", "from", "files", "message", "author", "protected", "empty_commits")
    name = entry["name"]
    if entry.get("from"):
        source, branch = branch_of(world, repository, entry["from"])
        start = source.git.resolve(branch)
        if start is None:
            raise NotThere(f"no branch {entry['from']}")
        repository.git.fetch(source.git, start)
        repository.git.update_ref(f"refs/heads/{name}", start)
    if entry.get("protected"):
        repository.locked_branches[name] = "protection" if entry["protected"] is True else entry["protected"]
    if entry.get("files") or repository.git.resolve(name) is None:
        made = {key: entry[key] for key in ("files", "message", "author") if key in entry}
        commit(world, repository, {"branch": name, **made})
    for _ in range(entry.get("empty_commits", 0)):
        commit(world, repository, {"branch": name})


def commit(world: World, repository: Repository, entry: Json) -> str:
    """Commits files as somebody who pushes would."""
    check(entry, "branch", "files", "message", "author")
    files = {path: None if text is None else text.encode() for path, text in entry.get("files", {}).items()}
    author = world.user(entry.get("author", repository.owner.login))
    message = entry.get("message", f"Change {', '.join(files) or 'nothing'}")
    return world.commit_files(repository, entry["branch"], files, message, author)


def _issue(world: World, repository: Repository, entry: Json) -> Issue:
    known = ("title", "body", "author", "labels", "state", "state_reason", "comments")
    check(entry, *known)
    author = world.user(entry.get("author", repository.owner.login))
    issue = world.add_issue(repository, entry["title"], entry.get("body"), author)
    issue.labels = [world.label(repository, name) for name in entry.get("labels", [])]
    issue.state = entry.get("state", "open")
    issue.state_reason = entry.get("state_reason")
    issue.closed_at = world.tick() if issue.state == "closed" else None
    for comment in entry.get("comments", []):
        check(comment, "author", "body")
        world.add_comment(issue, comment["body"], world.user(comment["author"]))
    return issue


def _pull(world: World, repository: Repository, entry: Json) -> Issue:
    own = ("head", "base", "draft")
    issue = _issue(world, repository, {key: value for key, value in entry.items() if key not in own})
    head, ref = branch_of(world, repository, entry["head"])
    base = entry.get("base", repository.default_branch)
    issue.pull = Pull(world.next_id(), head, ref, base, draft=entry.get("draft", False))
    world.pull_heads(issue)
    return issue


def _run(world: World, repository: Repository, entry: Json) -> Run:
    check(entry, "name", "event", "head", "status", "conclusion", "actor", "artifacts")
    head, branch = branch_of(world, repository, entry["head"])
    sha = head.git.resolve(branch)
    if sha is None:
        raise NotThere(f"no branch {entry['head']}")
    actor = world.user(entry.get("actor", head.owner.login))
    status, conclusion = entry.get("status", "completed"), entry.get("conclusion", "success")
    run = Run(world.next_id(), entry["name"], entry["event"], head, branch, sha, status, conclusion, world.tick(), actor)
    repository.runs[run.id] = run
    for artifact in entry.get("artifacts", []):
        check(artifact, "name", "base64", "expired")
        content = base64.b64decode(artifact["base64"], validate=True)
        made = Artifact(world.next_id(), artifact["name"], run, content, world.tick(), artifact.get("expired", False))
        repository.artifacts[made.id] = made
    return run

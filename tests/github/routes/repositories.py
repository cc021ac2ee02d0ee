"""Repositories, their files and commits, and the statuses of commits."""

from __future__ import annotations

from .. import view_git
from ..git_store import GitError
from ..state import Issue, Status
from ..wording import Reply, not_found, validation_failed
from . import Call, operation, page

# A comparison shows no more files and, on a page, no more commits.
COMPARED_FILES, COMPARED_COMMITS = 300, 250
# At most so many statuses for one commit and context.
STATUS_LIMIT = 1000


@operation("repos/get")
def get_repository(call: Call) -> Reply:
    return Reply(200, call.view.full_repository(call.repository))


@operation("repos/get-content")
def get_content(call: Call) -> Reply:
    name = call.query.get("ref", call.repository.default_branch)
    sha = call.repository.git.resolve(name)
    if sha is None:
        raise not_found()
    path = call.path["path"].strip("/")
    git = call.repository.git
    entry = git.entry(sha, path)
    if entry is None:
        raise not_found()
    if entry.type == "tree":
        below = git.tree(entry.sha)
        prefix = f"{path}/" if path else ""
        entries = [type(entry)(e.mode, e.type, e.sha, e.size, prefix + e.path) for e in below]
        return Reply(200, [view_git.content(call.view, call.repository, name, e, False) for e in entries])
    return Reply(200, view_git.content(call.view, call.repository, name, entry, True))


@operation("repos/get-commit")
def get_commit(call: Call) -> Reply:
    sha = call.commit(call.path["ref"])
    return Reply(200, view_git.commit(call.view, call.repository, call.repository.git.commit(sha)))


@operation("repos/compare-commits-with-basehead")
def compare(call: Call) -> Reply:
    repository, git, view = call.repository, call.repository.git, call.view
    base, dots, head = call.path["basehead"].partition("...")
    one, two = git.resolve(base), git.resolve(head)
    start = git.merge_base(one, two) if one and two else None
    if not dots or one is None or two is None or start is None:
        raise not_found()
    ahead, behind = git.commits(one, two), git.count_commits(two, one)
    status = ("diverged" if behind else "ahead") if ahead else ("behind" if behind else "identical")

    def shown(sha: str) -> dict[str, object]:
        whole = view_git.commit(view, repository, git.commit(sha))
        return {key: value for key, value in whole.items() if key not in ("stats", "files")}

    page_url = f"{view.page(repository)}/compare/{base}...{head}"
    return Reply(
        200,
        {
            "url": f"{view.repo_url(repository)}/compare/{base}...{head}",
            "html_url": page_url,
            "permalink_url": page_url,
            "diff_url": f"{page_url}.diff",
            "patch_url": f"{page_url}.patch",
            "base_commit": shown(one),
            "merge_base_commit": shown(start),
            "status": status,
            "ahead_by": len(ahead),
            "behind_by": behind,
            "total_commits": len(ahead),
            "commits": [shown(sha) for sha in ahead[:COMPARED_COMMITS]],
            "files": view.files(repository, start, two)[:COMPARED_FILES],
        },
    )


@operation("repos/list-pull-requests-associated-with-commit")
def pulls_of_commit(call: Call) -> Reply:
    sha = call.commit(call.path["commit_sha"])

    def holds(issue: Issue) -> bool:
        if issue.pull is None:
            return False
        head, base = call.world.pull_heads(issue)
        git = call.repository.git
        if issue.pull.merged and sha in git.refs(f"refs/pull/{issue.number}/merge").values():
            return True
        try:
            return git.is_ancestor(sha, head) and not git.is_ancestor(sha, base)
        except GitError:
            return False

    return page(call, [issue for issue in call.repository.issues.values() if holds(issue)], call.view.pull_simple)


@operation("repos/create-commit-status")
def create_status(call: Call) -> Reply:
    body, repository = call.body, call.repository
    if repository.git.type_of(call.path["sha"]) != "commit":
        raise validation_failed("Status", "sha", "custom", f"No commit found for SHA: {call.path['sha']}")
    context = body.get("context", "default")
    description = body.get("description")
    if description is not None and len(description) > 140:
        raise validation_failed(
            "Status", "description", "custom", "description is too long (maximum is 140 characters)"
        )
    target = body.get("target_url")
    if target and not target.startswith(("http://", "https://")):
        raise validation_failed("Status", "target_url", "custom", "target_url must use http(s) scheme")
    same = [s for s in repository.statuses if s.sha == call.path["sha"] and s.context == context]
    if len(same) >= STATUS_LIMIT:
        raise validation_failed(
            "Status", "base", "custom", "This SHA and context has reached the maximum number of statuses."
        )
    made = Status(
        call.world.next_id(), call.path["sha"], body["state"], context, description, target, call.user, call.world.tick()
    )
    repository.statuses.append(made)
    return call.created(call.view.status(repository, made))


def _statuses(call: Call) -> tuple[str, list[Status]]:
    """Newest first."""
    sha = call.commit(call.path["ref"])
    return sha, [status for status in call.repository.statuses[::-1] if status.sha == sha]


@operation("repos/list-commit-statuses-for-ref")
def list_statuses(call: Call) -> Reply:
    return page(call, _statuses(call)[1], lambda status: call.view.status(call.repository, status))


@operation("repos/get-combined-status-for-ref")
def combined_status(call: Call) -> Reply:
    sha, statuses = _statuses(call)
    latest: dict[str, Status] = {}
    for status in statuses:
        latest.setdefault(status.context, status)
    states = {status.state for status in latest.values()}
    if states & {"error", "failure"}:
        state = "failure"
    else:
        state = "success" if states == {"success"} else "pending"
    url = f"{call.view.repo_url(call.repository)}/commits/{sha}"
    shown = [call.view.status(call.repository, status) for status in latest.values()]
    for entry in shown:
        del entry["creator"]
    return Reply(
        200,
        {
            "state": state,
            "statuses": shown,
            "sha": sha,
            "total_count": len(latest),
            "repository": call.view.minimal_repository(call.repository),
            "commit_url": url,
            "url": f"{url}/status",
        },
    )

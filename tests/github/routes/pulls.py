"""Pull requests."""

from __future__ import annotations

from .. import view_git
from ..state import Issue
from ..wording import Reply, validation_failed
from . import Call, operation, page


@operation("pulls/list")
def list_pulls(call: Call) -> Reply:
    query = call.query
    state, base, head = query.get("state", "open"), query.get("base"), query.get("head")
    if head is not None and ":" not in head:
        # GitHub ignores such a head and lists everything, which no client means.
        raise validation_failed("PullRequest", "head", "invalid", "head is not of the form owner:branch")

    def wanted(issue: Issue) -> bool:
        pull = issue.pull
        return (
            pull is not None
            and state in ("all", issue.state)
            and base in (None, pull.base_ref)
            and head in (None, f"{pull.head_repository.owner.login}:{pull.head_ref}")
        )

    found = [issue for issue in call.repository.issues.values() if wanted(issue)]
    ascending = query.get("direction", "asc" if "sort" in query and query["sort"] != "created" else "desc") == "asc"
    found.sort(key=lambda issue: issue.updated if query.get("sort") == "updated" else issue.created)
    return page(call, found if ascending else found[::-1], call.view.pull_simple)


@operation("pulls/get")
def get_pull(call: Call) -> Reply:
    return Reply(200, call.view.pull(call.issue))


@operation("pulls/list-commits")
def list_commits(call: Call) -> Reply:
    head, base = call.world.pull_heads(call.issue)
    git = call.repository.git

    def shown(sha: str) -> dict[str, object]:
        whole = view_git.commit(call.view, call.repository, git.commit(sha))
        return {key: value for key, value in whole.items() if key not in ("stats", "files")}

    # GitHub lists no more than these.
    return page(call, git.commits(base, head)[:250], shown)


@operation("pulls/list-files")
def list_files(call: Call) -> Reply:
    head, base = call.world.pull_heads(call.issue)
    start = call.repository.git.merge_base(base, head) or base
    return page(call, call.view.files(call.repository, start, head), lambda file: file)

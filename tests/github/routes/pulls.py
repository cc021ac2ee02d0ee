"""Pull requests."""

from __future__ import annotations

from .. import view_git
from ..state import Issue, Pull
from ..wording import NO_PULLS_BY_ACTIONS, Refused, Reply, error, validation_failed
from . import Call, operation, page
from .issues import body_fits, set_state


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


def _of_branches(call: Call, head: str, base: str) -> list[Issue]:
    """The pull requests of this repository from one of its branches to another."""
    pulls = [issue for issue in call.repository.issues.values() if issue.pull is not None]
    own = [issue for issue in pulls if issue.pull and issue.pull.head_repository is call.repository]
    return [issue for issue in own if issue.pull and (issue.pull.head_ref, issue.pull.base_ref) == (head, base)]


@operation("pulls/create")
def create_pull(call: Call) -> Reply:
    """From a branch of the same repository: trueup opens no others."""
    body, repository, git = call.body, call.repository, call.repository.git
    if call.token.kind == "actions" and not repository.actions_open_pulls:
        raise Refused(error(403, NO_PULLS_BY_ACTIONS))
    body_fits(body.get("body"), "PullRequest")
    owner, colon, name = body["head"].rpartition(":")
    head, base = git.resolve(f"refs/heads/{name}"), git.resolve(f"refs/heads/{body['base']}")
    if head is None or (colon and owner.lower() != repository.owner.login.lower()):
        raise validation_failed("PullRequest", "head", "invalid")
    if base is None:
        raise validation_failed("PullRequest", "base", "invalid")
    if any(issue.state == "open" for issue in _of_branches(call, name, body["base"])):
        already = f"A pull request already exists for {repository.owner.login}:{name}."
        raise validation_failed("PullRequest", "base", "custom", already)
    if not git.commits(base, head):
        raise validation_failed("PullRequest", "base", "custom", f"No commits between {body['base']} and {name}")
    issue = call.world.add_issue(repository, body["title"], body.get("body"), call.user)
    issue.pull = Pull(call.world.next_id(), repository, name, body["base"], body.get("draft", False))
    return call.created(call.view.pull(issue))


@operation("pulls/update")
def update_pull(call: Call) -> Reply:
    body, issue = call.body, call.issue
    body_fits(body.get("body"), "PullRequest")
    pull = issue.pull
    assert pull is not None, "the path names a pull request"
    if body.get("state") == "open" and issue.state == "closed":
        head = pull.head_repository.git.resolve(f"refs/heads/{pull.head_ref}")
        if pull.merged or head is None or pull.seen is None or head != pull.seen[0]:
            raise validation_failed("PullRequest", "state", "invalid", "state cannot be changed.")
    issue.title = body.get("title", issue.title)
    issue.body = body.get("body", issue.body)
    call.world.pull_heads(issue)
    set_state(call.world, issue, body.get("state", issue.state), None)
    issue.updated = call.world.tick()
    return Reply(200, call.view.pull(issue))


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

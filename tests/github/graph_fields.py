"""What GraphQL queries read."""

from __future__ import annotations

from typing import Any

from .git_store import Signature
from .graph import BlobNode, CommitNode, Context, GraphProblem, Payload, RefNode, serves
from .graph_pages import connection
from .state import Comment, Issue, Repository, Status, User
from .view_git import author_association
from .views import node


def missing(kind: str, text: str) -> GraphProblem:
    return GraphProblem("NOT_FOUND", f"Could not resolve to {kind} with the {text}.")


@serves("Query", "viewer")
def viewer(_: Any, context: Context) -> User:
    return context.user


@serves("Query", "rateLimit")
def rate_limit(_: Any, context: Context, dryRun: bool = False) -> Payload:
    used = context.token.used
    return Payload("RateLimit", {"limit": 5000, "used": used, "remaining": 5000 - used, "cost": 1, "nodeCount": 1})


@serves("Query", "repository")
def repository(_: Any, context: Context, owner: str, name: str, followRenames: bool = True) -> Repository:
    found = context.world.repository(f"{owner}/{name}")
    if found is None or not context.token.sees(found):
        raise missing("a Repository", f"name '{owner}/{name}'")
    return found


def by_id(context: Context, wanted: str) -> Any:
    """The object of a global node id."""
    for each in context.world.repositories.values():
        if not context.token.sees(each):
            continue
        if wanted == node("R", each.id):
            return each
        if wanted.startswith(f"REF_{each.id}:"):
            return RefNode(each, wanted.partition(":")[2])
        for issue in each.issues.values():
            if wanted in (node("I", issue.id), node("PR", issue.pull.id) if issue.pull else None):
                return issue
            for comment in issue.comments:
                if wanted == node("IC", comment.id):
                    return comment
    raise missing("a node", f"global id of '{wanted}'")


@serves("Query", "node")
def node_by_id(_: Any, context: Context, id: str) -> Any:
    return by_id(context, id)


def _actor(type_name: str) -> None:
    serves(type_name, "id")(lambda user, _: node("U", user.id))
    serves(type_name, "databaseId")(lambda user, _: user.id)
    serves(type_name, "url")(lambda user, context: f"{context.view.html}/{user.login}")


for each_type in ("User", "Bot", "Organization"):
    _actor(each_type)


@serves("User", "login")
@serves("Organization", "login")
def login(user: User, _: Context) -> str:
    return user.login


@serves("Bot", "login")
def bot_login(user: User, _: Context) -> str:
    """GraphQL leaves out what REST appends to a bot's name."""
    return user.login.removesuffix("[bot]")


REPOSITORY = {
    "id": lambda r, _: node("R", r.id),
    "databaseId": lambda r, _: r.id,
    "name": lambda r, _: r.name,
    "nameWithOwner": lambda r, _: r.full_name,
    "owner": lambda r, _: r.owner,
    "isPrivate": lambda r, _: r.private,
    "isFork": lambda r, _: r.fork_of is not None,
    "parent": lambda r, _: r.fork_of,
    "url": lambda r, context: context.view.page(r),
    "defaultBranchRef": lambda r, _: RefNode(r, f"refs/heads/{r.default_branch}"),
}
ISSUE = {
    "number": lambda i, _: i.number,
    "title": lambda i, _: i.title,
    "body": lambda i, _: i.body or "",
    "state": lambda i, _: i.state.upper(),
    "author": lambda i, _: i.author,
    "repository": lambda i, _: i.repository,
    "createdAt": lambda i, _: i.created,
    "updatedAt": lambda i, _: i.updated,
    "viewerDidAuthor": lambda i, context: i.author is context.user,
    "authorAssociation": lambda i, _: author_association(i.repository, i.author),
    "labels": lambda i, _, orderBy=None, **page: connection("labels", i.labels, page),
    "comments": lambda i, _, orderBy=None, **page: connection("comments", i.comments, page),
}
PULL = {
    **ISSUE,
    "id": lambda i, _: node("PR", i.pull.id),
    "databaseId": lambda i, _: i.pull.id,
    "isDraft": lambda i, _: i.pull.draft,
    "merged": lambda i, _: i.pull.merged,
    "isCrossRepository": lambda i, _: i.pull.head_repository is not i.repository,
    "headRefName": lambda i, _: i.pull.head_ref,
    "baseRefName": lambda i, _: i.pull.base_ref,
    "headRefOid": lambda i, context: context.world.pull_heads(i)[0],
    "baseRefOid": lambda i, context: context.world.pull_heads(i)[1],
    "headRepository": lambda i, _: i.pull.head_repository,
    "headRef": lambda i, _: _ref_or_none(i.pull.head_repository, f"refs/heads/{i.pull.head_ref}"),
    "url": lambda i, context: f"{context.view.page(i.repository)}/pull/{i.number}",
}
COMMENT = {
    "id": lambda c, _: node("IC", c.id),
    "databaseId": lambda c, _: c.id,
    "fullDatabaseId": lambda c, _: c.id,
    "body": lambda c, _: c.body,
    "author": lambda c, _: c.author,
    "createdAt": lambda c, _: c.created,
    "updatedAt": lambda c, _: c.updated,
    "viewerDidAuthor": lambda c, context: c.author is context.user,
    "viewerCanUpdate": lambda c, context: _may_edit(c, context),
    "viewerCanDelete": lambda c, context: _may_edit(c, context),
    "isMinimized": lambda c, _: False,
    "minimizedReason": lambda c, _: None,
    "authorAssociation": lambda c, _: author_association(c.issue.repository, c.author),
    "url": lambda c, context: context.view.comment(c)["html_url"],
    "issue": lambda c, _: c.issue,
    "repository": lambda c, _: c.issue.repository,
    "pullRequest": lambda c, _: c.issue if c.issue.pull else None,
}
COMMIT = {
    "id": lambda c, _: f"C_{c.sha}",
    "oid": lambda c, _: c.sha,
    "abbreviatedOid": lambda c, _: c.sha[:7],
    "repository": lambda c, _: c.repository,
    "url": lambda c, context: f"{context.view.page(c.repository)}/commit/{c.sha}",
    "message": lambda c, _: c.repository.git.commit(c.sha).message,
    "messageHeadline": lambda c, _: c.repository.git.commit(c.sha).message.split("\n")[0],
    "messageBody": lambda c, _: c.repository.git.commit(c.sha).message.partition("\n")[2].strip("\n"),
    "committedDate": lambda c, _: c.repository.git.commit(c.sha).committer.date,
    "author": lambda c, _: _person(c.repository.git.commit(c.sha).author),
    "committer": lambda c, _: _person(c.repository.git.commit(c.sha).committer),
    "parents": lambda c, _, **page: connection("parents", _parents(c), page),
}
LABEL = {
    "id": lambda l, _: node("LA", l.id),
    "name": lambda l, _: l.name,
    "color": lambda l, _: l.color,
    "description": lambda l, _: l.description,
}
for type_name, table in (
    ("Repository", REPOSITORY),
    ("PullRequest", PULL),
    ("Issue", {**ISSUE, "id": lambda i, _: node("I", i.id), "databaseId": lambda i, _: i.id}),
    ("IssueComment", COMMENT),
    ("Commit", COMMIT),
    ("Label", LABEL),
):
    for name, resolver in table.items():
        serves(type_name, name)(resolver)


def _may_edit(comment: Comment, context: Context) -> bool:
    permission = "pull_requests" if comment.issue.pull else "issues"
    return context.token.may(permission, "write", comment.issue.repository)


def _person(person: Signature) -> Payload:
    return Payload("GitActor", {"name": person.name, "email": person.email, "date": person.date})


def _parents(commit: CommitNode) -> list[CommitNode]:
    return [CommitNode(commit.repository, sha) for sha in commit.repository.git.commit(commit.sha).parents]


def _numbered(repository: Repository, number: int, kind: str) -> Issue:
    found = repository.issues.get(number)
    if found is None or (kind == "a PullRequest" and found.pull is None) or (kind == "an Issue" and found.pull):
        raise missing(kind, f"number of {number}")
    return found


@serves("Repository", "pullRequest")
def pull_request(repository: Repository, context: Context, number: int) -> Issue:
    context.demand("pull_requests", "read", repository)
    return _numbered(repository, number, "a PullRequest")


@serves("Repository", "issue")
def issue(repository: Repository, context: Context, number: int) -> Issue:
    context.demand("issues", "read", repository)
    return _numbered(repository, number, "an Issue")


@serves("Repository", "ref")
def ref(repository: Repository, context: Context, qualifiedName: str) -> RefNode | None:
    context.demand("contents", "read", repository)
    for name in (qualifiedName, f"refs/heads/{qualifiedName}", f"refs/tags/{qualifiedName}"):
        if (found := _ref_or_none(repository, name)) is not None:
            return found
    return None


def _ref_or_none(repository: Repository, name: str) -> RefNode | None:
    return RefNode(repository, name) if name.startswith("refs/") and name in repository.git.refs(name) else None


@serves("Repository", "object")
def object_of(repository: Repository, context: Context, oid: str | None = None, expression: str | None = None) -> Any:
    context.demand("contents", "read", repository)
    name, colon, path = (oid or expression or "HEAD").partition(":")
    sha = repository.git.resolve(repository.default_branch if name == "HEAD" else name)
    if sha is None or not colon:
        return CommitNode(repository, sha) if sha else None
    entry = repository.git.entry(sha, path)
    return BlobNode(repository, entry.sha) if entry and entry.type == "blob" else None


serves("Blob", "oid")(lambda blob, _: blob.sha)


@serves("Blob", "text")
def blob_text(blob: BlobNode, _: Context) -> str | None:
    try:
        return blob.repository.git.read_blob(blob.sha).decode()
    except UnicodeDecodeError:
        return None


serves("Ref", "id")(lambda r, _: f"REF_{r.repository.id}:{r.name}")
serves("Ref", "name")(lambda r, _: r.name.split("/", 2)[2])
serves("Ref", "prefix")(lambda r, _: "/".join(r.name.split("/", 2)[:2]) + "/")


@serves("Ref", "target")
def ref_target(ref: RefNode, _: Context) -> CommitNode:
    return CommitNode(ref.repository, ref.repository.git.refs(ref.name)[ref.name])


@serves("Commit", "signature")
def signature(commit: CommitNode, context: Context) -> Payload | None:
    """Only commits that GitHub signed have one here."""
    if commit.sha not in context.world.signed:
        return None
    fields = {"isValid": True, "state": "VALID", "wasSignedByGitHub": True, "signer": context.world.user("web-flow")}
    return Payload("GpgSignature", fields)


@serves("Commit", "status")
def status(commit: CommitNode, _: Context) -> Payload | None:
    latest: dict[str, Status] = {}
    for each in commit.repository.statuses:
        if each.sha == commit.sha:
            latest[each.context] = each
    if not latest:
        return None
    return Payload("Status", {"contexts": list(latest.values())})


for name in ("context", "description"):
    serves("StatusContext", name)(lambda s, _, name=name: getattr(s, name))
serves("StatusContext", "state")(lambda s, _: s.state.upper())
serves("StatusContext", "targetUrl")(lambda s, _: s.target_url)

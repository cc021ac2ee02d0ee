"""What GraphQL mutations write: commits, and comments."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from .git_store import GitError
from .graph import CommitNode, Context, GraphProblem, Payload, RefNode, serves
from .graph_fields import by_id, missing
from .state import Comment, Issue, Repository
from .wording import BODY_LIMIT, RULES

Json = dict[str, Any]


@serves("Mutation", "createCommitOnBranch")
def create_commit_on_branch(_: Any, context: Context, input: Json) -> Payload:
    """Commits when the branch is still where the caller thinks. GitHub signs the commit of whoever calls it."""
    repository, branch = _branch(context, input["branch"])
    context.demand("contents", "write", repository)
    context.app.count_content(context.token)
    git, expected = repository.git, input["expectedHeadOid"]
    head = git.resolve(f"refs/heads/{branch}")
    if head is None:
        # The words are github/gh-aw#22564's; which type they come with is not told.
        raise GraphProblem("NOT_FOUND", "Branch not found")
    if head != expected:
        raise _stale(expected)
    if branch in repository.locked_branches:
        raise GraphProblem(*RULES[repository.locked_branches[branch]])
    files = _changes(repository, head, input.get("fileChanges") or {})
    message = input["message"]
    text = message["headline"] + (f"\n\n{message['body']}" if message.get("body") else "")
    try:
        sha = context.world.commit_files(repository, branch, files, text, context.user, expected, web=True)
    except GitError:
        # Somebody pushed between the check and here; git's own compare-and-swap noticed.
        raise _stale(expected) from None
    fields = {
        "clientMutationId": input.get("clientMutationId"),
        "commit": CommitNode(repository, sha),
        "ref": RefNode(repository, f"refs/heads/{branch}"),
    }
    return Payload("CreateCommitOnBranchPayload", fields)


def _stale(expected: str) -> GraphProblem:
    return GraphProblem(
        "STALE_DATA", f'Expected branch to point to "{expected}" but it did not.  Pull and try again.'
    )


def _branch(context: Context, branch: Json) -> tuple[Repository, str]:
    if branch.get("id") is not None:
        found = by_id(context, branch["id"])
        if not isinstance(found, RefNode) or not found.name.startswith("refs/heads/"):
            raise missing("a Ref", f"global id of '{branch['id']}'")
        return found.repository, found.name.removeprefix("refs/heads/")
    full_name, name = branch.get("repositoryNameWithOwner"), branch.get("branchName")
    if full_name is None or name is None:
        raise GraphProblem("UNPROCESSABLE", "A branch is named by its id, or by repositoryNameWithOwner and branchName.")
    repository = context.world.repository(full_name)
    if repository is None or not context.token.sees(repository):
        raise missing("a Repository", f"name '{full_name}'")
    return repository, name.removeprefix("refs/heads/")


def _changes(repository: Repository, head: str, changes: Json) -> dict[str, bytes | None]:
    files: dict[str, bytes | None] = {}
    for deletion in changes.get("deletions") or []:
        path = _path(deletion["path"])
        if repository.git.entry(head, path) is None:
            raise GraphProblem(
                "UNPROCESSABLE",
                f"A path was requested for deletion which does not exist as of commit oid `{head}`: {path}",
            )
        files[path] = None
    for addition in changes.get("additions") or []:
        path = _path(addition["path"])
        if path in files:
            raise GraphProblem("UNPROCESSABLE", f"A path was given twice: {path}")
        try:
            files[path] = base64.b64decode(addition["contents"], validate=True)
        except binascii.Error:
            raise GraphProblem("UNPROCESSABLE", f"The contents of {path} are not valid Base64") from None
    return files


def _path(path: str) -> str:
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in path.split("/")):
        raise GraphProblem("UNPROCESSABLE", f"A path is malformed: {path!r}")
    return path


def _writable(context: Context, issue: Issue) -> None:
    context.demand("pull_requests" if issue.pull else "issues", "write", issue.repository)
    context.app.count_content(context.token)


def _fits(text: str) -> None:
    if not text.strip():
        raise GraphProblem("UNPROCESSABLE", "Body cannot be blank")
    if len(text) > BODY_LIMIT:
        raise GraphProblem("UNPROCESSABLE", f"Body is too long (maximum is {BODY_LIMIT} characters)")


@serves("Mutation", "addComment")
def add_comment(_: Any, context: Context, input: Json) -> Payload:
    issue = by_id(context, input["subjectId"])
    if not isinstance(issue, Issue):
        raise missing("a node", f"global id of '{input['subjectId']}'")
    _writable(context, issue)
    _fits(input["body"])
    comment = context.world.add_comment(issue, input["body"], context.user)
    edge = Payload("IssueCommentEdge", {"node": comment, "cursor": "new"})
    fields = {"clientMutationId": input.get("clientMutationId"), "commentEdge": edge, "subject": issue}
    return Payload("AddCommentPayload", fields)


def _comment(context: Context, wanted: str) -> Comment:
    comment = by_id(context, wanted)
    if not isinstance(comment, Comment):
        raise missing("a node", f"global id of '{wanted}'")
    _writable(context, comment.issue)
    return comment


@serves("Mutation", "updateIssueComment")
def update_issue_comment(_: Any, context: Context, input: Json) -> Payload:
    comment = _comment(context, input["id"])
    _fits(input["body"])
    comment.body, comment.updated = input["body"], context.world.tick()
    fields = {"clientMutationId": input.get("clientMutationId"), "issueComment": comment}
    return Payload("UpdateIssueCommentPayload", fields)


@serves("Mutation", "deleteIssueComment")
def delete_issue_comment(_: Any, context: Context, input: Json) -> Payload:
    context.world.remove_comment(_comment(context, input["id"]))
    return Payload("DeleteIssueCommentPayload", {"clientMutationId": input.get("clientMutationId")})

"""The git database: refs, blobs, trees and commits, on the real bare repository."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from .. import view_git
from ..git_store import ZERO, GitError, Signature, is_sha
from ..wording import RULES, Refused, Reply, error, not_found, unprocessable, validation_failed
from . import Call, operation
from .issues import set_state

MODES = {"100644": "blob", "100755": "blob", "040000": "tree", "160000": "commit", "120000": "blob"}


def _ref(call: Call) -> tuple[str, str]:
    name = f"refs/{call.path['ref']}"
    sha = call.repository.git.refs(name).get(name)
    if sha is None:
        raise not_found()
    return name, sha


def _close_pulls(call: Call, name: str, new: str | None) -> None:
    """A pull request is closed when its branch goes, or has nothing any more that its base lacks."""
    git = call.repository.git
    for issue in call.repository.issues.values():
        pull = issue.pull
        if pull is None or pull.head_repository is not call.repository or f"refs/heads/{pull.head_ref}" != name:
            continue
        base = git.resolve(f"refs/heads/{pull.base_ref}")
        if issue.state == "open" and (new is None or (base is not None and git.is_ancestor(new, base))):
            set_state(call.world, issue, "closed", None)


@operation("git/get-ref")
def get_ref(call: Call) -> Reply:
    return Reply(200, view_git.ref(call.view, call.repository, *_ref(call)))


@operation("git/create-ref")
def create_ref(call: Call) -> Reply:
    name, sha, git = call.body["ref"], call.body["sha"], call.repository.git
    if not name.startswith("refs/") or name.count("/") < 2:
        raise unprocessable("Reference name must start with 'refs' and have at least two slashes.")
    if git.type_of(sha) is None:
        raise unprocessable("Object does not exist")
    if name in git.refs(name):
        raise unprocessable("Reference already exists")
    git.update_ref(name, sha, ZERO)
    return call.created(view_git.ref(call.view, call.repository, name, sha))


@operation("git/update-ref")
def update_ref(call: Call) -> Reply:
    git, new = call.repository.git, call.body["sha"]
    name = f"refs/{call.path['ref']}"
    old = git.refs(name).get(name)
    if old is None:
        raise unprocessable("Reference does not exist")
    if git.type_of(new) is None:
        raise unprocessable("Object does not exist")
    lock = call.repository.locked_branches.get(name.removeprefix("refs/heads/"))
    if lock is not None:
        raise unprocessable("Cannot update this protected ref." if lock == "protection" else RULES[lock][1])
    if not call.body.get("force", False) and not git.is_ancestor(old, new):
        raise unprocessable("Update is not a fast forward")
    git.update_ref(name, new, old)
    _close_pulls(call, name, new)
    return Reply(200, view_git.ref(call.view, call.repository, name, new))


@operation("git/delete-ref")
def delete_ref(call: Call) -> Reply:
    name = f"refs/{call.path['ref']}"
    if name not in call.repository.git.refs(name):
        raise unprocessable("Reference does not exist")
    call.repository.git.delete_ref(name)
    _close_pulls(call, name, None)
    return Reply(204)


@operation("git/create-blob")
def create_blob(call: Call) -> Reply:
    encoding = call.body.get("encoding", "utf-8")
    if encoding == "base64":
        try:
            content = base64.b64decode(call.body["content"], validate=False)
        except binascii.Error:
            raise unprocessable("content is not valid Base64") from None
    elif encoding == "utf-8":
        content = call.body["content"].encode()
    else:
        raise validation_failed("Blob", "encoding", "invalid")
    sha = call.repository.git.write_blob(content)
    return call.created({"url": f"{call.view.repo_url(call.repository)}/git/blobs/{sha}", "sha": sha})


@operation("git/get-blob")
def get_blob(call: Call) -> Reply:
    sha, git = call.path["file_sha"], call.repository.git
    if not is_sha(sha) or git.type_of(sha) != "blob":
        raise not_found()
    content = git.read_blob(sha)
    return Reply(
        200,
        {
            "content": base64.encodebytes(content).decode(),
            "encoding": "base64",
            "url": f"{call.view.repo_url(call.repository)}/git/blobs/{sha}",
            "sha": sha,
            "size": len(content),
            "node_id": f"B_{sha}",
        },
    )


@operation("git/create-tree")
def create_tree(call: Call) -> Reply:
    git, base = call.repository.git, call.body.get("base_tree")
    if base is not None:
        kind = git.type_of(base)
        if kind not in ("tree", "commit"):
            raise unprocessable("base_tree is not a valid tree oid")
    changes: dict[str, tuple[str, str] | None] = {}
    for entry in call.body["tree"]:
        change = _tree_change(call, entry)
        for path, what in change.items():
            if what is None and (base is None or not git.has(base, path)):
                raise unprocessable("GitRPC::BadObjectState")
        changes |= change
    try:
        sha = git.write_tree(base, changes)
    except GitError as problem:
        raise unprocessable(f"tree is malformed: {problem}") from None
    return call.created(view_git.tree(call.view, call.repository, sha, git.tree(sha)))


def _tree_change(call: Call, entry: dict[str, Any]) -> dict[str, tuple[str, str] | None]:
    git, path = call.repository.git, entry.get("path", "")
    parts = path.split("/")
    if not path or any(part in ("", ".", "..", ".git") for part in parts):
        raise unprocessable(f"tree.path contains a malformed path component: {path!r}")
    if "sha" in entry and "content" in entry:
        raise unprocessable("Must supply either tree.sha or tree.content")
    if "content" in entry:
        return {path: (entry.get("mode", "100644"), git.write_blob(entry["content"].encode()))}
    if entry.get("sha", "") is None:
        return {path: None}
    mode, sha = entry.get("mode", ""), entry.get("sha", "")
    if mode not in MODES or git.type_of(sha) != MODES[mode]:
        raise unprocessable("tree.sha " + sha + " is not a valid " + MODES.get(mode, "object"))
    if mode == "040000":
        return {f"{path}/{below.path}": (below.mode, below.sha) for below in git.tree(sha, True) if below.type != "tree"}
    return {path: (mode, sha)}


@operation("git/get-tree")
def get_tree(call: Call) -> Reply:
    git, name = call.repository.git, call.path["tree_sha"]
    commit = git.resolve(name)
    sha = git.commit(commit).tree if commit else name
    if git.type_of(sha) != "tree":
        raise not_found()
    return Reply(200, view_git.tree(call.view, call.repository, sha, git.tree(sha, "recursive" in call.query)))


@operation("git/create-commit")
def create_commit(call: Call) -> Reply:
    git, body = call.repository.git, call.body
    if git.type_of(body["tree"]) != "tree":
        raise unprocessable("Tree SHA does not exist")
    parents = body.get("parents", [])
    for parent in parents:
        if git.type_of(parent) != "commit":
            raise unprocessable("Parent SHA does not exist or is not a commit object")
    now = call.world.tick()
    own = Signature(call.user.login, call.user.email, now)

    def person(role: str, otherwise: Signature) -> Signature:
        given = body.get(role)
        if given is None:
            return otherwise
        return Signature(given.get("name", own.name), given.get("email", own.email), given.get("date", now))

    author = person("author", own)
    committer = person("committer", author)
    sha = git.write_commit(body["tree"], parents, body["message"], author, committer)
    # GitHub signs for bots that leave author and committer to it.
    if call.world.sign_rest_commits and call.token.kind != "pat" and "author" not in body and "committer" not in body:
        call.world.signed.add(sha)
    return call.created(view_git.git_commit(call.view, call.repository, git.commit(sha)))


@operation("git/get-commit")
def get_commit(call: Call) -> Reply:
    sha, git = call.path["commit_sha"], call.repository.git
    if not is_sha(sha) or git.type_of(sha) != "commit":
        raise Refused(error(404, "Not Found"))
    return Reply(200, view_git.git_commit(call.view, call.repository, git.commit(sha)))

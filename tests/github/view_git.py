"""The git database in the REST interface's form: commits, trees, refs, files."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from .git_store import CommitObject, TreeEntry

if TYPE_CHECKING:
    from .state import Repository, User
    from .views import View

Json = dict[str, Any]


def author_association(repository: Repository, user: User) -> str:
    """What somebody is to a repository."""
    return "OWNER" if user.login == repository.owner.login else "NONE"


def verification(view: View, sha: str) -> Json:
    """Whether GitHub's own key signed the commit. The fake has no key, so it shows no signature either."""
    signed = sha in view.world.signed
    return {
        "verified": signed,
        "reason": "valid" if signed else "unsigned",
        "signature": None,
        "payload": None,
        "verified_at": None,
    }


def git_commit(view: View, repository: Repository, commit: CommitObject) -> Json:
    """`git-commit`, of the git database."""
    api, page = f"{view.repo_url(repository)}/git", view.page(repository)
    people = {
        role: {"name": person.name, "email": person.email, "date": person.date}
        for role, person in (("author", commit.author), ("committer", commit.committer))
    }
    return {
        "sha": commit.sha,
        "node_id": f"C_{commit.sha}",
        "url": f"{api}/commits/{commit.sha}",
        "html_url": f"{page}/commit/{commit.sha}",
        **people,
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{api}/trees/{commit.tree}"},
        "parents": [
            {"sha": sha, "url": f"{api}/commits/{sha}", "html_url": f"{page}/commit/{sha}"} for sha in commit.parents
        ],
        "verification": verification(view, commit.sha),
    }


def commit(view: View, repository: Repository, found: CommitObject) -> Json:
    """`commit`, with the accounts behind it and its files."""
    plain = git_commit(view, repository, found)
    url = f"{view.repo_url(repository)}/commits/{found.sha}"
    empty = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    files = view.files(repository, found.parents[0] if found.parents else empty, found.sha)
    logins = {user.email: user for user in view.world.users.values()}
    account = logins.get(found.author.email)
    committer = logins.get(found.committer.email) or (
        view.world.user("web-flow") if found.committer.email == "noreply@github.com" and found.sha in view.world.signed else None
    )
    return {
        "sha": found.sha,
        "node_id": plain["node_id"],
        "url": url,
        "html_url": plain["html_url"],
        "comments_url": f"{url}/comments",
        "commit": {
            "url": plain["url"],
            "author": plain["author"],
            "committer": plain["committer"],
            "message": found.message,
            "tree": plain["tree"],
            "comment_count": 0,
            "verification": plain["verification"],
        },
        "author": view.user(account) if account else None,
        "committer": view.user(committer) if committer else None,
        "parents": [{**parent, "url": parent["url"].replace("/git/", "/")} for parent in plain["parents"]],
        "stats": {
            "additions": sum(file["additions"] for file in files),
            "deletions": sum(file["deletions"] for file in files),
            "total": sum(file["changes"] for file in files),
        },
        "files": files,
    }


def ref(view: View, repository: Repository, name: str, sha: str) -> Json:
    """`git-ref`."""
    api = f"{view.repo_url(repository)}/git"
    kind = repository.git.type_of(sha) or "commit"
    return {
        "ref": name,
        "node_id": f"REF_{repository.id}:{name}",
        "url": f"{api}/{name}",
        "object": {"type": kind, "sha": sha, "url": f"{api}/{kind}s/{sha}"},
    }


def tree(view: View, repository: Repository, sha: str, entries: list[TreeEntry]) -> Json:
    """`git-tree`."""
    api = f"{view.repo_url(repository)}/git"
    made = []
    for entry in entries:
        item: Json = {"path": entry.path, "mode": entry.mode, "type": entry.type, "sha": entry.sha}
        if entry.size is not None:
            item["size"] = entry.size
        if entry.type != "commit":
            item["url"] = f"{api}/{entry.type}s/{entry.sha}"
        made.append(item)
    return {"sha": sha, "url": f"{api}/trees/{sha}", "tree": made, "truncated": False}


def content(view: View, repository: Repository, ref_name: str, entry: TreeEntry, with_text: bool) -> Json:
    """`content-file`, or one line of `content-directory`."""
    url = f"{view.repo_url(repository)}/contents/{entry.path}?ref={ref_name}"
    git_url = f"{view.repo_url(repository)}/git/{entry.type}s/{entry.sha}"
    page = f"{view.page(repository)}/{entry.type}/{ref_name}/{entry.path}"
    is_file = entry.type == "blob"
    made = {
        "type": "file" if is_file else "dir",
        "size": entry.size or 0,
        "name": entry.path.rsplit("/", 1)[-1],
        "path": entry.path,
        "sha": entry.sha,
        "url": url,
        "git_url": git_url,
        "html_url": page,
        "download_url": f"{view.page(repository)}/raw/{ref_name}/{entry.path}" if is_file else None,
        "_links": {"self": url, "git": git_url, "html": page},
    }
    if with_text:
        text = base64.encodebytes(repository.git.read_blob(entry.sha)).decode()
        made |= {"encoding": "base64", "content": text}
    return made

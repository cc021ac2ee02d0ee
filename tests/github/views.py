"""The state in the REST interface's form: users, issues, pull requests, comments, statuses.

Addresses begin with the base that the client used, so that a client that follows them comes back to us.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .state import Comment, Issue, Label, Repository, Status, User, World
from .view_git import author_association
from .view_repository import repository_fields

Json = dict[str, Any]
FILE_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


def node(kind: str, number: int) -> str:
    """A global node id."""
    return f"{kind}_{number}"


@dataclass
class View:
    """Renders for one request: `api` is the base of the interface, `html` that of pages."""

    world: World
    api: str
    html: str

    def user(self, user: User) -> Json:
        api = f"{self.api}/users/{user.login}"
        return {
            "login": user.login,
            "id": user.id,
            "node_id": node("U", user.id),
            "avatar_url": f"{self.html}/avatars/u/{user.id}",
            "gravatar_id": "",
            "url": api,
            "html_url": f"{self.html}/{user.login}",
            "followers_url": f"{api}/followers",
            "following_url": f"{api}/following{{/other_user}}",
            "gists_url": f"{api}/gists{{/gist_id}}",
            "starred_url": f"{api}/starred{{/owner}}{{/repo}}",
            "subscriptions_url": f"{api}/subscriptions",
            "organizations_url": f"{api}/orgs",
            "repos_url": f"{api}/repos",
            "events_url": f"{api}/events{{/privacy}}",
            "received_events_url": f"{api}/received_events",
            "type": user.kind,
            "user_view_type": "public",
            "site_admin": False,
        }

    def repo_url(self, repository: Repository) -> str:
        return f"{self.api}/repos/{repository.full_name}"

    def page(self, repository: Repository) -> str:
        return f"{self.html}/{repository.full_name}"

    def repository(self, repository: Repository) -> Json:
        """`repository`, as it stands in pull requests and events."""
        return repository_fields(self, repository)

    def full_repository(self, repository: Repository) -> Json:
        made = {**repository_fields(self, repository), "network_count": 0, "subscribers_count": 0}
        if repository.fork_of is not None:
            made["parent"] = made["source"] = repository_fields(self, repository.fork_of)
        return made

    def minimal_repository(self, repository: Repository) -> Json:
        return {key: value for key, value in repository_fields(self, repository).items() if key not in ("master_branch",)}

    def label(self, repository: Repository, label: Label) -> Json:
        return {
            "id": label.id,
            "node_id": node("LA", label.id),
            "url": f"{self.repo_url(repository)}/labels/{label.name}",
            "name": label.name,
            "description": label.description,
            "color": label.color,
            "default": False,
        }

    def comment(self, comment: Comment) -> Json:
        issue = comment.issue
        kind = "pull" if issue.pull else "issues"
        return {
            "id": comment.id,
            "node_id": node("IC", comment.id),
            "url": f"{self.repo_url(issue.repository)}/issues/comments/{comment.id}",
            "html_url": f"{self.page(issue.repository)}/{kind}/{issue.number}#issuecomment-{comment.id}",
            "issue_url": f"{self.repo_url(issue.repository)}/issues/{issue.number}",
            "body": comment.body,
            "user": self.user(comment.author),
            "created_at": comment.created,
            "updated_at": comment.updated,
            "author_association": author_association(issue.repository, comment.author),
        }

    def issue(self, issue: Issue) -> Json:
        url = f"{self.repo_url(issue.repository)}/issues/{issue.number}"
        made = {
            **self._common(issue),
            "url": url,
            "repository_url": self.repo_url(issue.repository),
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "html_url": f"{self.page(issue.repository)}/issues/{issue.number}",
            "id": issue.id,
            "node_id": node("I", issue.id),
            "state_reason": issue.state_reason,
            "comments": len(issue.comments),
        }
        if issue.pull is not None:
            page = f"{self.page(issue.repository)}/pull/{issue.number}"
            made["html_url"] = page
            made["pull_request"] = {
                "url": f"{self.repo_url(issue.repository)}/pulls/{issue.number}",
                "html_url": page,
                "diff_url": f"{page}.diff",
                "patch_url": f"{page}.patch",
                "merged_at": issue.closed_at if issue.pull.merged else None,
            }
        return made

    def _common(self, issue: Issue) -> Json:
        return {
            "number": issue.number,
            "state": issue.state,
            "locked": issue.locked,
            "title": issue.title,
            "user": self.user(issue.author),
            "body": issue.body,
            "labels": [self.label(issue.repository, label) for label in issue.labels],
            "milestone": None,
            "active_lock_reason": None,
            "assignee": None,
            "assignees": [],
            "created_at": issue.created,
            "updated_at": issue.updated,
            "closed_at": issue.closed_at,
            "author_association": author_association(issue.repository, issue.author),
        }

    def _side(self, repository: Repository, ref: str, sha: str) -> Json:
        return {
            "label": f"{repository.owner.login}:{ref}",
            "ref": ref,
            "sha": sha,
            "user": self.user(repository.owner),
            "repo": self.repository(repository),
        }

    def pull_simple(self, issue: Issue) -> Json:
        """`pull-request-simple`, as in lists."""
        pull = issue.pull
        assert pull is not None, "only pull requests are shown so"
        head, base = self.world.pull_heads(issue)
        repo = self.repo_url(issue.repository)
        url, page = f"{repo}/pulls/{issue.number}", f"{self.page(issue.repository)}/pull/{issue.number}"
        links = {
            "self": url,
            "html": page,
            "issue": f"{repo}/issues/{issue.number}",
            "comments": f"{repo}/issues/{issue.number}/comments",
            "review_comments": f"{url}/comments",
            "review_comment": f"{repo}/pulls/comments{{/number}}",
            "commits": f"{url}/commits",
            "statuses": f"{repo}/statuses/{head}",
        }
        merge = issue.repository.git.refs(f"refs/pull/{issue.number}/merge")
        return {
            **self._common(issue),
            "id": pull.id,
            "node_id": node("PR", pull.id),
            "url": url,
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            **{f"{name}_url": link for name, link in links.items() if name not in ("self", "html")},
            "merged_at": issue.closed_at if pull.merged else None,
            "merge_commit_sha": next(iter(merge.values()), None),
            "requested_reviewers": [],
            "requested_teams": [],
            "head": self._side(pull.head_repository, pull.head_ref, head),
            "base": self._side(issue.repository, pull.base_ref, base),
            "_links": {name: {"href": link} for name, link in links.items()},
            "auto_merge": None,
            "draft": pull.draft,
        }

    def pull(self, issue: Issue) -> Json:
        """`pull-request`."""
        pull = issue.pull
        assert pull is not None, "only pull requests are shown so"
        head, base = self.world.pull_heads(issue)
        git = issue.repository.git
        files = git.changed_files(git.merge_base(base, head) or base, head)
        added, removed = (sum(int(file[key] or 0) for file in files) for key in ("additions", "deletions"))
        return {
            **self.pull_simple(issue),
            "merged": pull.merged,
            "mergeable": pull.mergeable,
            "rebaseable": pull.mergeable,
            "mergeable_state": "clean" if pull.mergeable else "dirty",
            "merged_by": None,
            "comments": len(issue.comments),
            "review_comments": 0,
            "maintainer_can_modify": False,
            "commits": git.count_commits(base, head),
            "additions": added,
            "deletions": removed,
            "changed_files": len(files),
        }

    def files(self, repository: Repository, base: str, head: str) -> list[Json]:
        """`diff-entry`s between two commits."""
        made = []
        for file in repository.git.changed_files(base, head):
            path, added, removed = file["path"], int(file["additions"] or 0), int(file["deletions"] or 0)
            removed_file = file["status"] == "D"
            entry = {
                "sha": None if removed_file else file["sha"],
                "filename": path,
                "status": FILE_STATUS[str(file["status"])],
                "additions": added,
                "deletions": removed,
                "changes": added + removed,
                "blob_url": f"{self.page(repository)}/blob/{head}/{path}",
                "raw_url": f"{self.page(repository)}/raw/{head}/{path}",
                "contents_url": f"{self.repo_url(repository)}/contents/{path}?ref={head}",
            }
            optional = {"patch": file["patch"], "previous_filename": file["previous"]}
            made.append({**entry, **{key: value for key, value in optional.items() if value is not None}})
        return made

    def status(self, repository: Repository, status: Status) -> Json:
        return {
            "url": f"{self.repo_url(repository)}/statuses/{status.sha}",
            "avatar_url": f"{self.html}/avatars/u/{status.creator.id}",
            "id": status.id,
            "node_id": node("SC", status.id),
            "state": status.state,
            "description": status.description,
            "target_url": status.target_url,
            "context": status.context,
            "created_at": status.created,
            "updated_at": status.created,
            "creator": self.user(status.creator),
        }

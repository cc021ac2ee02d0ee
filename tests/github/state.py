"""What exists: users, repositories, issues, pull requests, comments, statuses, runs and artifacts.

A pull request is an issue with a `pull`, as on GitHub. Numbers, hashes and dates are the same in every run: the clock
starts at a fixed date and moves one second with each write.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from .git_store import ZERO, GitStore, Signature

EPOCH = datetime(2026, 1, 5, 9, 0, 0, tzinfo=timezone.utc)
# The login that workflows act under has a known number, and clients look for it.
KNOWN_USERS = {"github-actions[bot]": 41898282, "dependabot[bot]": 49699333, "web-flow": 19864447}


class NotThere(Exception):
    """Something that a seed or a control request names does not exist."""


@dataclass
class User:
    """An account. `kind` is User, Bot or Organization."""

    login: str
    id: int
    kind: str

    @property
    def email(self) -> str:
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass
class Comment:
    """A comment on an issue or a pull request."""

    id: int
    body: str
    author: User
    created: str
    updated: str
    issue: Issue


@dataclass
class Pull:
    """What a pull request has beyond an issue."""

    id: int
    head_repository: Repository
    head_ref: str
    base_ref: str
    draft: bool = False
    merged: bool = False
    # The last head and base whose refs/pull/… were written.
    seen: tuple[str, str] | None = None
    mergeable: bool = False


@dataclass
class Issue:
    """An issue, or a pull request when it has a `pull`."""

    id: int
    number: int
    repository: Repository
    title: str
    body: str | None
    author: User
    created: str
    updated: str
    state: str = "open"
    state_reason: str | None = None
    closed_at: str | None = None
    locked: bool = False
    labels: list[Label] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    pull: Pull | None = None


@dataclass
class Status:
    """A commit status."""

    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator: User
    created: str


@dataclass
class Run:
    """A workflow run."""

    id: int
    name: str
    event: str
    head_repository: Repository
    head_branch: str
    head_sha: str
    status: str
    conclusion: str | None
    created: str
    actor: User


@dataclass
class Artifact:
    """A file that a run left."""

    id: int
    name: str
    run: Run
    content: bytes
    created: str
    expired: bool = False


@dataclass
class Repository:
    """A repository and all that hangs on it."""

    id: int
    owner: User
    name: str
    private: bool
    git: GitStore
    created: str
    default_branch: str = "main"
    fork_of: Repository | None = None
    archived: bool = False
    has_issues: bool = True
    # The setting "Allow GitHub Actions to create and approve pull requests".
    actions_open_pulls: bool = True
    # Branches that nobody pushes to, and what says so: "protection" (the classic form) or "ruleset".
    locked_branches: dict[str, str] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    runs: dict[int, Run] = field(default_factory=dict)
    artifacts: dict[int, Artifact] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"


class World:
    """Everything, behind one lock."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.repositories: dict[str, Repository] = {}
        self.comments: dict[int, Comment] = {}
        # Commits that GitHub signed, so that they show as verified.
        self.signed: set[str] = set()
        # Whether commits made by REST are signed too: reports from the field disagree, so tests try both.
        self.sign_rest_commits = False
        # Whether commits made by `createCommitOnBranch` are: a server of one's own must be told to (web commit signing).
        self.sign_web_commits = True
        self._ids = 1000
        self._now = EPOCH

    def next_id(self) -> int:
        """A number that nothing else has."""
        self._ids += 1
        return self._ids

    def tick(self) -> str:
        """The time of a write."""
        self._now += timedelta(seconds=1)
        return self._now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def user(self, login: str, kind: str | None = None) -> User:
        """The account of that name, made when it's new."""
        known = self.users.get(login.lower())
        if known is None:
            guess = "Bot" if login.endswith("[bot]") else "User"
            known = User(login, KNOWN_USERS.get(login) or self.next_id(), kind or guess)
            self.users[login.lower()] = known
        return known

    def repository(self, full_name: str) -> Repository | None:
        """Names are found whatever their case, as on GitHub."""
        return self.repositories.get(full_name.lower())

    def need(self, full_name: str) -> Repository:
        """The repository, for callers that are wrong when it isn't there."""
        found = self.repository(full_name)
        if found is None:
            raise NotThere(f"no repository {full_name}")
        return found

    def add_repository(self, full_name: str, private: bool, fork_of: Repository | None) -> Repository:
        """Makes an empty repository, or a fork with its parent's branches."""
        owner, _, name = full_name.partition("/")
        git = GitStore(self.directory / "git" / owner / f"{name}.git")
        made = Repository(self.next_id(), self.user(owner), name, private, git, self.tick(), fork_of=fork_of)
        self.repositories[full_name.lower()] = made
        if fork_of is not None:
            for ref, sha in fork_of.git.refs("refs/heads/").items():
                git.fetch(fork_of.git, sha)
                git.update_ref(ref, sha)
        return made

    def add_issue(self, repository: Repository, title: str, body: str | None, author: User) -> Issue:
        """Opens an issue under the next number."""
        now = self.tick()
        number = max(repository.issues, default=0) + 1
        issue = Issue(self.next_id(), number, repository, title, body, author, now, now)
        repository.issues[number] = issue
        return issue

    def add_comment(self, issue: Issue, body: str, author: User) -> Comment:
        """Comments on an issue."""
        now = self.tick()
        comment = Comment(self.next_id(), body, author, now, now, issue)
        issue.comments.append(comment)
        issue.updated = now
        self.comments[comment.id] = comment
        return comment

    def remove_comment(self, comment: Comment) -> None:
        """Deletes a comment."""
        comment.issue.comments.remove(comment)
        del self.comments[comment.id]

    def label(self, repository: Repository, name: str, **rest: Any) -> Label:
        """The label of that name, made when it's new."""
        known = repository.labels.get(name.lower())
        if known is None:
            known = Label(self.next_id(), name, **rest)
            repository.labels[name.lower()] = known
        return known

    def commit_files(
        self,
        repository: Repository,
        branch: str,
        files: dict[str, bytes | None],
        message: str,
        author: User,
        expected: str | None = None,
        web: bool = False,
    ) -> str:
        """Commits onto a branch (made when it's new); nothing as content removes a file. Fails when the branch is not at
        `expected` any more."""
        git, ref = repository.git, f"refs/heads/{branch}"
        old = git.resolve(ref)
        changes: dict[str, tuple[str, str] | None] = {}
        for path, content in files.items():
            before = git.entry(old, path) if old else None
            mode = before.mode if before and before.type == "blob" else "100644"
            changes[path] = None if content is None else (mode, git.write_blob(content))
        tree = git.write_tree(old, changes)
        who = Signature(author.login, author.email, self.tick())
        committer = Signature("GitHub", "noreply@github.com", who.date) if web else who
        sha = git.write_commit(tree, [old] if old else [], message, who, committer)
        git.update_ref(ref, sha, expected or old or ZERO)
        if web and self.sign_web_commits:
            self.signed.add(sha)
        return sha

    def pull_heads(self, issue: Issue) -> tuple[str, str]:
        """Head and base of a pull request now. Keeps refs/pull/N/head and …/merge of the base repository true."""
        pull, repository = issue.pull, issue.repository
        assert pull is not None, "only pull requests have heads"
        head = pull.head_repository.git.resolve(f"refs/heads/{pull.head_ref}")
        base = repository.git.resolve(f"refs/heads/{pull.base_ref}")
        if (head is None or base is None) and pull.seen is not None:
            return pull.seen
        if head is None or base is None:
            raise NotThere(f"pull request {issue.number}: a branch of it is missing")
        if pull.seen != (head, base) and issue.state == "open":
            git = repository.git
            git.fetch(pull.head_repository.git, head)
            git.update_ref(f"refs/pull/{issue.number}/head", head)
            tree = git.merge(base, head)
            pull.mergeable = tree is not None
            if tree is not None:
                who = Signature("GitHub", "noreply@github.com", git.commit(head).committer.date)
                merge = git.write_commit(tree, [base, head], f"Merge {head} into {base}", who, who)
                git.update_ref(f"refs/pull/{issue.number}/merge", merge)
            pull.seen = (head, base)
        return pull.seen or (head, base)

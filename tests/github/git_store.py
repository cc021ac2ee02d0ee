"""Files, commits and refs of one repository: a bare repository on disk, through git's plumbing commands alone."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ZERO = "0" * 40


class GitError(Exception):
    """git refused; the text is its own."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Signature:
    """Who wrote or committed, and when (ISO 8601)."""

    name: str
    email: str
    date: str


@dataclass(frozen=True)
class CommitObject:
    """One commit as git has it."""

    sha: str
    tree: str
    parents: list[str]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True)
class TreeEntry:
    """One line of a tree."""

    mode: str
    type: str
    sha: str
    size: int | None
    path: str


class GitStore:
    """A bare repository."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not (path / "HEAD").exists():
            path.mkdir(parents=True, exist_ok=True)
            self._run("init", "--quiet", "--bare", "--initial-branch=main", str(path))
            # `actions/checkout` and people fetch commits by their hash, as GitHub lets them.
            self._run("config", "uploadpack.allowAnySHA1InWant", "true")

    def _run(self, *args: str, stdin: bytes | None = None, env: dict[str, str] | None = None) -> bytes:
        quiet = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
        clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        done = subprocess.run(
            ["git", "-C", str(self.path), "-c", "safe.directory=*", *args],
            input=stdin if stdin is not None else b"",
            env={**clean, **quiet, **(env or {})},
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            raise GitError(done.returncode, done.stderr.decode(errors="replace").strip() or f"git {args[0]} failed")
        return done.stdout

    def _text(self, *args: str, stdin: bytes | None = None, env: dict[str, str] | None = None) -> str:
        return self._run(*args, stdin=stdin, env=env).decode().strip()

    def resolve(self, name: str) -> str | None:
        """The commit that a full ref name, a branch or a hash means."""
        for candidate in (name, f"refs/{name}", f"refs/heads/{name}", f"refs/tags/{name}"):
            if not candidate.startswith("refs/") and not is_sha(candidate):
                continue
            try:
                return self._text("rev-parse", "--verify", "--quiet", f"{candidate}^{{commit}}")
            except GitError:
                continue
        return None

    def refs(self, below: str = "refs/") -> dict[str, str]:
        """Full names and what they point to."""
        lines = self._text("for-each-ref", "--format=%(refname) %(objectname)", below).splitlines()
        return {name: sha for name, sha in (line.split(" ") for line in lines)}

    def update_ref(self, name: str, new: str, old: str | None = None) -> None:
        """Moves a ref; with `old`, only when it still points there (ZERO: when it doesn't exist)."""
        self._run("update-ref", name, new, *([old] if old is not None else []))

    def delete_ref(self, name: str) -> None:
        """Removes a ref."""
        self._run("update-ref", "-d", name)

    def type_of(self, sha: str) -> str | None:
        """blob, tree, commit, tag; nothing when there is no such object."""
        try:
            return self._text("cat-file", "-t", sha)
        except GitError:
            return None

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether moving from `old` to `new` is a fast-forward."""
        try:
            self._run("merge-base", "--is-ancestor", old, new)
        except GitError:
            return False
        return True

    def write_blob(self, content: bytes) -> str:
        """Stores a file's content."""
        return self._text("hash-object", "-w", "--stdin", stdin=content)

    def read_blob(self, sha: str) -> bytes:
        """A file's content."""
        return self._run("cat-file", "blob", sha)

    def tree(self, treeish: str, recursive: bool = False) -> list[TreeEntry]:
        """The entries of a tree."""
        flags = ["-r", "-t"] if recursive else []
        entries = []
        for line in self._run("ls-tree", "-z", "-l", *flags, treeish).decode().split("\0"):
            if line:
                head, path = line.split("\t", 1)
                mode, kind, sha, size = head.split()
                entries.append(TreeEntry(mode, kind, sha, None if size == "-" else int(size), path))
        return entries

    def has(self, treeish: str, path: str) -> bool:
        """Whether there is something at a path of a tree or commit."""
        return bool(self._run("ls-tree", "-z", treeish, "--", path))

    def entry(self, commit: str, path: str) -> TreeEntry | None:
        """What is at a path of a commit."""
        if path == "":
            return TreeEntry("040000", "tree", self.commit(commit).tree, None, "")
        found = self._run("ls-tree", "-z", "-l", commit, "--", path.rstrip("/")).decode().split("\0")[0]
        if not found:
            return None
        head, name = found.split("\t", 1)
        mode, kind, sha, size = head.split()
        return TreeEntry(mode, kind, sha, None if size == "-" else int(size), name)

    def write_tree(self, base: str | None, changes: dict[str, tuple[str, str] | None]) -> str:
        """The tree that `base` becomes with changes: path to mode and hash, or nothing to remove the path."""
        index = {"GIT_INDEX_FILE": str(self.path / f"fake-index-{os.getpid()}-{os.urandom(4).hex()}")}
        lines = []
        for path, change in changes.items():
            mode, sha = change if change is not None else ("0", ZERO)
            lines.append(f"{mode} {sha}\t{path}\0")
        try:
            if base is not None:
                self._run("read-tree", base, env=index)
            self._run("update-index", "-z", "--add", "--index-info", stdin="".join(lines).encode(), env=index)
            return self._text("write-tree", env=index)
        finally:
            Path(index["GIT_INDEX_FILE"]).unlink(missing_ok=True)

    def write_commit(
        self, tree: str, parents: list[str], message: str, author: Signature, committer: Signature
    ) -> str:
        """Stores a commit; no ref moves."""
        env = {
            "GIT_AUTHOR_NAME": author.name,
            "GIT_AUTHOR_EMAIL": author.email,
            "GIT_AUTHOR_DATE": author.date,
            "GIT_COMMITTER_NAME": committer.name,
            "GIT_COMMITTER_EMAIL": committer.email,
            "GIT_COMMITTER_DATE": committer.date,
        }
        args = [part for parent in parents for part in ("-p", parent)]
        return self._text("commit-tree", tree, *args, "-F", "-", stdin=message.encode(), env=env)

    def commit(self, sha: str) -> CommitObject:
        """Reads a commit."""
        form = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"
        text = self._run("log", "-1", "--no-show-signature", f"--format={form}", sha).decode()
        oid, tree, parents, an, ae, ad, cn, ce, cd, message = text.split("\0", 9)
        author, committer = Signature(an, ae, utc(ad)), Signature(cn, ce, utc(cd))
        return CommitObject(oid, tree, parents.split(), author, committer, message.rstrip("\n"))

    def merge(self, ours: str, theirs: str) -> str | None:
        """The merged tree, or nothing when the two conflict. Needs git 2.38."""
        try:
            return self._text("merge-tree", "--write-tree", ours, theirs).splitlines()[0]
        except GitError as problem:
            if problem.status != 1:
                raise
            return None

    def merge_base(self, one: str, other: str) -> str | None:
        """The common ancestor."""
        try:
            return self._text("merge-base", one, other)
        except GitError:
            return None

    def commits(self, base: str, head: str) -> list[str]:
        """The commits that `head` has and `base` has not, oldest first."""
        return self._text("rev-list", "--reverse", f"{base}..{head}").split()

    def count_commits(self, base: str, head: str) -> int:
        """How many commits `head` has that `base` has not."""
        return int(self._text("rev-list", "--count", f"{base}..{head}"))

    def changed_files(self, base: str, head: str) -> list[dict[str, str | int | None]]:
        """What differs between two commits: status letter, path, previous path, hash, counts and patch."""
        raw = self._run("diff-tree", "-r", "-z", "-M", "--raw", "--full-index", base, head).decode().split("\0")
        files: list[dict[str, str | int | None]] = []
        fields = iter(raw)
        for head_line in fields:
            if not head_line.startswith(":"):
                continue
            _, _, _, new, status = head_line[1:].split(" ")
            path, previous = next(fields), None
            if status[0] in "RC":
                previous, path = path, next(fields)
            paths = [path] if previous is None else [previous, path]
            numbers = self._text("diff-tree", "-r", "-M", "--numstat", base, head, "--", *paths).split("\t")
            patch = self._run("diff-tree", "-r", "-M", "-p", base, head, "--", *paths).decode(errors="replace")
            hunks = patch.find("\n@@ ")
            added, removed = (int(number) if number.isdigit() else 0 for number in numbers[:2])
            files.append(
                {
                    "status": status[0],
                    "path": path,
                    "previous": previous,
                    "sha": new,
                    "additions": added,
                    "deletions": removed,
                    "patch": patch[hunks + 1 :].rstrip("\n") if hunks >= 0 else None,
                }
            )
        return files

    def fetch(self, other: GitStore, commit: str) -> None:
        """Copies a commit and all that it needs from another repository."""
        if self.type_of(commit) is None:
            other._run("push", "--quiet", str(self.path), f"{commit}:refs/fake/incoming")
            self.delete_ref("refs/fake/incoming")

    def fsck(self) -> str:
        """Complaints of `git fsck --strict`, nothing when all is well."""
        try:
            self._run("fsck", "--strict", "--no-dangling")
        except GitError as error:
            return str(error)
        return ""


def is_sha(text: str) -> bool:
    """Whether it looks like a full hash."""
    return len(text) == 40 and all(c in "0123456789abcdef" for c in text)


def utc(date: str) -> str:
    """git's ISO 8601 as GitHub writes it."""
    from datetime import datetime, timezone

    return datetime.fromisoformat(date.replace("Z", "+00:00")).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

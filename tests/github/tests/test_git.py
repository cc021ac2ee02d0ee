"""Commits: by GraphQL and by the git database, on a real repository."""

from __future__ import annotations

import base64
import subprocess
from typing import Any

from .client import FakeCase

COMMIT = """mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid url signature { isValid } } ref { name } }
}"""


class Commits(FakeCase):
    """What is committed is there, and what is stale is refused."""

    def head(self, branch: str = "feature") -> str:
        sha: str = self.fake.ask("GET", f"{self.repo}/git/ref/heads/{branch}").json["object"]["sha"]
        return sha

    def commit(self, expected: str, token: str = "ghs_write", **more: Any) -> Any:
        contents = base64.b64encode("CREATE TABLE é;\n".encode()).decode()
        changes = {"additions": [{"path": "migrations/1.sql", "contents": contents}], "deletions": [{"path": "old.py"}]}
        message = {"headline": "Add a migration", "body": "Trueup-Plan: 1"}
        branch = {"repositoryNameWithOwner": "acme/shop", "branchName": "feature"}
        given = {"branch": branch, "expectedHeadOid": expected, "fileChanges": changes, "message": message, **more}
        return self.fake.graphql(COMMIT, token, input=given)

    def git(self, *args: str) -> str:
        path = self.seeded[0]["git"]
        return subprocess.run(["git", "-C", path, *args], check=True, capture_output=True, text=True).stdout.strip()

    def test_a_commit_lands_signed(self) -> None:
        old = self.head()
        made = self.commit(old)["data"]["createCommitOnBranch"]["commit"]
        self.assertEqual(made["signature"], {"isValid": True})
        self.assertEqual(self.git("rev-parse", "feature"), made["oid"])
        self.assertEqual(self.git("show", "feature:migrations/1.sql"), "CREATE TABLE é;")
        self.assertEqual(self.git("ls-tree", "-r", "--name-only", "feature").split(), ["README.md", "db/models.py", "migrations/1.sql"])
        self.assertEqual(self.git("log", "-1", "--format=%P %an %cn %B", "feature"), f"{old} github-actions[bot] GitHub Add a migration\n\nTrueup-Plan: 1")
        self.assertEqual(self.fake.control("POST", "fsck", {"repository": "acme/shop"}), {"complaints": ""})
        shown = self.fake.ask("GET", f"{self.repo}/commits/{made['oid']}").json
        self.assertTrue(shown["commit"]["verification"]["verified"])
        self.assertEqual(self.fake.ask("GET", f"{self.repo}/pulls/2").json["head"]["sha"], made["oid"])
        self.assertEqual(self.git("rev-parse", "refs/pull/2/head"), made["oid"])
        self.assertEqual(self.git("rev-parse", "refs/pull/2/merge^2"), made["oid"])
        stale = self.commit(old)
        self.assertEqual(stale["data"], {"createCommitOnBranch": None})
        self.assertEqual((stale["errors"][0]["type"], stale["errors"][0]["path"]), ("STALE_DATA", ["createCommitOnBranch"]))
        self.assertIn("did not.  Pull and try again.", stale["errors"][0]["message"])
        gone = self.commit(self.head())
        self.assertIn("deletion which does not exist", gone["errors"][0]["message"])
        self.assertEqual(self.violations(), [])

    def test_a_commit_needs_contents(self) -> None:
        for token in ("ghs_pulls", "ghs_fork"):
            refused = self.commit(self.head(), token)
            self.assertEqual(refused["errors"][0]["type"], "FORBIDDEN")
            self.assertEqual(refused["errors"][0]["message"], "Resource not accessible by integration")

    def test_queries_are_held_against_the_schema(self) -> None:
        refused = self.fake.graphql("{ viewer { logn } }")
        self.assertIn("Cannot query field 'logn'", refused["errors"][0]["message"])
        refused = self.fake.graphql(COMMIT, input={"expectedHeadOid": "x"})
        self.assertIn("to include required field 'branch'", str(refused["errors"]))
        refused = self.fake.graphql("{ viewer { company } }")
        self.assertIn("User.company is not served", refused["errors"][0]["message"])
        self.assertEqual(len(self.violations()), 4)  # two fields are missing from the mutation's input

    def test_a_merge_by_the_git_database(self) -> None:
        main = self.fake.control("POST", "push", {"repository": "acme/shop", "branch": "main", "files": {"x": "x"}})["sha"]
        head = self.fake.control("POST", "push", {"repository": "acme/shop", "branch": "topic", "files": {"z": "z"}})["sha"]
        blob = self.fake.ask("POST", f"{self.repo}/git/blobs", {"content": "eQ==", "encoding": "base64"})
        self.assertEqual(blob.status, 201)
        entry = {"path": "sub/y", "mode": "100644", "type": "blob", "sha": blob.json["sha"]}
        tree = self.fake.ask("POST", f"{self.repo}/git/trees", {"base_tree": main, "tree": [entry]})
        self.assertEqual(tree.status, 201, tree.text)
        given = {"message": "Merge", "tree": tree.json["sha"], "parents": [head, main]}
        commit = self.fake.ask("POST", f"{self.repo}/git/commits", given)
        self.assertEqual((commit.status, commit.json["verification"]["verified"]), (201, False))
        moved = self.fake.ask("PATCH", f"{self.repo}/git/refs/heads/topic", {"sha": commit.json["sha"]})
        self.assertEqual(moved.status, 200, moved.text)
        self.assertEqual(self.git("show", "topic:sub/y"), "y")
        back = self.fake.ask("PATCH", f"{self.repo}/git/refs/heads/main", {"sha": head})
        self.refused(back, 422, "Update is not a fast forward")
        self.assertEqual(self.fake.control("POST", "fsck", {"repository": "acme/shop"}), {"complaints": ""})
        self.assertEqual(self.violations(), [])

    def test_comments_tell_who_wrote_them(self) -> None:
        query = """query($after: String) { viewer { login } repository(owner: "acme", name: "shop") { pullRequest(number: 2) {
          id headRefOid isCrossRepository comments(first: 2, after: $after) {
            nodes { databaseId id body viewerDidAuthor author { login __typename } } pageInfo { hasNextPage endCursor } } } } }"""
        for author in ("bob", "dependabot[bot]"):
            comment = {"author": author, "body": "hello"}
            self.fake.control("POST", "seed", {"repositories": [{"full_name": "acme/shop", "issues": [{"title": "t", "comments": [comment]}]}]})
        for body in ("one", "two", "three"):
            self.fake.ask("POST", f"{self.repo}/issues/2/comments", {"body": body})
        first = self.fake.graphql(query)["data"]
        self.assertEqual(first["viewer"]["login"], "github-actions[bot]")
        page = first["repository"]["pullRequest"]["comments"]
        self.assertEqual(page["nodes"][0]["author"], {"login": "github-actions", "__typename": "Bot"})
        self.assertTrue(page["nodes"][0]["viewerDidAuthor"] and page["pageInfo"]["hasNextPage"])
        rest = self.fake.graphql(query, after=page["pageInfo"]["endCursor"])["data"]["repository"]["pullRequest"]["comments"]
        self.assertEqual([node["body"] for node in rest["nodes"]], ["three"])
        update = 'mutation($id: ID!) { updateIssueComment(input: {id: $id, body: "four"}) { issueComment { body } } }'
        changed = self.fake.graphql(update, id=rest["nodes"][0]["id"])
        self.assertEqual(changed["data"]["updateIssueComment"]["issueComment"]["body"], "four")
        add = 'mutation($id: ID!) { addComment(input: {subjectId: $id, body: "five"}) { commentEdge { node { body } } } }'
        added = self.fake.graphql(add, id=first["repository"]["pullRequest"]["id"])
        self.assertEqual(added["data"]["addComment"]["commentEdge"]["node"]["body"], "five")
        endless = self.fake.graphql('{ repository(owner: "acme", name: "shop") { issue(number: 1) { comments { totalCount } } } }')
        self.assertEqual(endless["errors"][0]["type"], "MISSING_PAGINATION_BOUNDARIES")
        gone = self.fake.graphql('{ repository(owner: "acme", name: "secret") { name } }')
        self.assertEqual((gone["data"], gone["errors"][0]["type"]), ({"repository": None}, "NOT_FOUND"))
        self.assertEqual(self.violations(), [])

"""Faults, limits and events."""

from __future__ import annotations

import http.client
import json
import time

from .client import FakeCase

PATH = "/api/v3/repos/acme/shop/issues/2/comments"


class Faulty(FakeCase):
    """Things go wrong when they are told to, and only then."""

    def fault(self, do: object, when: str = "before", **match: object) -> None:
        self.fake.control("POST", "faults", {"match": match, "do": do, "when": when})

    def tearDown(self) -> None:
        self.fake.control("DELETE", "faults")

    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.fake.ask("GET", PATH).json]

    def test_the_second_request_is_hit(self) -> None:
        self.fault("retry_after", method="GET", path="comments$", nth=2)
        self.assertEqual(self.fake.ask("GET", PATH).status, 200)
        hit = self.fake.ask("GET", PATH)
        self.assertEqual((hit.status, hit.headers["retry-after"]), (429, "1"))
        self.assertIn("x-ratelimit-reset", hit.headers)
        self.assertEqual(self.fake.ask("GET", PATH).status, 200)
        with self.assertRaises(AssertionError):
            self.fault("no such fault")

    def test_a_post_may_have_succeeded(self) -> None:
        self.fault("server_error", when="after", method="POST")
        self.assertEqual(self.fake.ask("POST", PATH, {"body": "was made"}).status, 500)
        self.assertIn("was made", self.bodies())
        self.fault("server_error", method="POST", nth=1)
        self.assertEqual(self.fake.ask("POST", PATH, {"body": "was not made"}).status, 500)
        self.assertNotIn("was not made", self.bodies())

    def test_connections_break(self) -> None:
        for when, made in (("before", False), ("after", True)):
            self.fault("reset", when=when, method="POST")
            with self.assertRaises(ConnectionResetError):
                self.fake.ask("POST", PATH, {"body": f"reset {when}"})
            self.assertEqual(f"reset {when}" in self.bodies(), made)
            self.fake.control("DELETE", "faults")
        self.fault("truncated", method="GET")
        with self.assertRaises((http.client.IncompleteRead, ConnectionResetError)):
            self.fake.ask("GET", PATH)

    def test_slow_wrong_and_big_replies(self) -> None:
        self.fault({"sleep": 0.3}, method="GET")
        start = time.monotonic()
        self.assertEqual(self.fake.ask("GET", PATH).status, 200)
        self.assertGreater(time.monotonic() - start, 0.3)
        self.fault("not_json", method="GET", nth=1)
        with self.assertRaises(json.JSONDecodeError):
            self.bodies()
        self.fake.ask("POST", PATH, {"body": "first"})
        self.fault({"pad": 1_000_000}, method="GET")
        self.assertEqual(len(self.bodies()[0]), 1_000_000)

    def test_graphql_errors_come_with_200(self) -> None:
        self.fault("graphql_failed", graphql="viewer")
        self.assertEqual(self.fake.graphql("{ viewer { login } }")["errors"][0]["type"], "INTERNAL")

    def test_a_rival_pushes_in_between(self) -> None:
        head = self.fake.ask("GET", "/repos/acme/shop/git/ref/heads/feature").json["object"]["sha"]
        self.fault({"push": {"repository": "acme/shop", "branch": "feature", "files": {"rival": "x"}}}, graphql="createCommitOnBranch")
        query = """mutation($head: GitObjectID!) { createCommitOnBranch(input: {expectedHeadOid: $head, message: {headline: "m"},
          branch: {repositoryNameWithOwner: "acme/shop", branchName: "feature"}}) { commit { oid } } }"""
        self.assertEqual(self.fake.graphql(query, head=head)["errors"][0]["type"], "STALE_DATA")

    def test_content_is_limited(self) -> None:
        self.fake.control("POST", "limits", {"content_per_minute": 0})
        answer = self.fake.ask("POST", PATH, {"body": "x"})
        self.fake.control("POST", "limits", {"content_per_minute": 80})
        self.refused(answer, 403, "blocked from content creation")
        self.assertEqual(answer.headers["retry-after"], "60")


class Payloads(FakeCase):
    """Events fit the world, and GitHub's description of them."""

    def event(self, **ask: object) -> dict[str, object]:
        made: dict[str, object] = self.fake.control("POST", "event", {"repository": "acme/shop", **ask})
        # Nothing is left of those whose example it was.
        self.assertNotRegex(json.dumps(made), "(?i)codertocat|octo-?(cat|coders|repo|org)|hello-world")
        return made

    def test_every_event(self) -> None:
        run = self.seeded[3]["runs"][0]
        for action in ("opened", "synchronize", "reopened", "labeled"):
            for number, fork in ((2, False), (3, True)):
                with self.subTest(action=action, fork=fork):
                    made = self.event(event="pull_request", action=action, number=number)
                    pull = self.fake.ask("GET", f"/repos/acme/shop/pulls/{number}").json
                    self.assertEqual(made["number"], number)
                    self.assertEqual(made["pull_request"]["head"]["sha"], pull["head"]["sha"])  # type: ignore[index]
                    self.assertEqual(made["pull_request"]["head"]["repo"]["fork"], fork)  # type: ignore[index]
        self.assertEqual(self.event(event="pull_request_target", action="opened", number=3)["number"], 3)
        self.assertEqual(self.event(event="push", branch="main")["ref"], "refs/heads/main")
        self.assertEqual(self.event(event="merge_group", base="main", head="feature")["merge_group"]["base_ref"], "refs/heads/main")  # type: ignore[index]
        made = self.event(event="workflow_run", run=run)
        self.assertEqual(made["workflow_run"]["head_repository"]["full_name"], "mallory/shop")  # type: ignore[index]
        self.assertEqual(self.event(event="schedule", cron="1 2 * * *")["schedule"], "1 2 * * *")
        self.assertEqual(self.event(event="workflow_dispatch", inputs={"mode": "check"})["inputs"], {"mode": "check"})

    def test_a_typo_in_a_seed_is_refused(self) -> None:
        answer = self.fake.ask("POST", "/_fake/seed", {"repositories": [{"full_name": "a/b", "privat": True}]})
        self.refused(answer, 400, "privat")

"""The REST interface: what works, and what is refused."""

from __future__ import annotations

from .client import FakeCase

PULL, ISSUE = 2, 1


class Strict(FakeCase):
    """Requests that a correct client never sends are refused and recorded."""

    def test_a_user_agent_is_demanded(self) -> None:
        answer = self.fake.ask("GET", self.repo, headers={"User-Agent": None})
        self.refused(answer, 403, "User-Agent header")
        self.assertEqual(self.violations(), ["no User-Agent"])

    def test_authorization_is_demanded(self) -> None:
        self.refused(self.fake.ask("GET", self.repo, headers={"Authorization": None}), 401, "Requires authentication")
        self.refused(self.fake.ask("GET", self.repo, headers={"Authorization": "Bearer no"}), 401, "Bad credentials")
        self.assertEqual(self.violations(), ["no Authorization header"])

    def test_an_accept_header_of_another_kind_is_refused(self) -> None:
        self.refused(self.fake.ask("GET", self.repo, headers={"Accept": "text/html"}), 415, "Accept")
        self.refused(self.fake.ask("GET", self.repo, headers={"X-GitHub-Api-Version": "2020-01-01"}), 400, "not a supported")

    def test_an_unknown_path_is_a_violation(self) -> None:
        self.refused(self.fake.ask("GET", f"{self.repo}/isues"), 404, "Not Found")
        self.assertEqual(self.violations(), ["GitHub has no GET /repos/acme/shop/isues"])

    def test_an_operation_that_is_not_served_says_so(self) -> None:
        self.refused(self.fake.ask("GET", f"{self.repo}/branches"), 501, "does not serve")

    def test_bodies_are_as_described(self) -> None:
        comments = f"{self.repo}/issues/{PULL}/comments"
        for body, words in (
            ({}, "\"body\" wasn't supplied."),
            ({"body": 5}, "5 is not of type 'string'"),
            ({"body": "x", "bdy": "x"}, '"bdy" is not a permitted key.'),
            ([], "is not of type 'object'"),
        ):
            self.refused(self.fake.ask("POST", comments, body), 422, words)
        self.refused(self.fake.ask("POST", comments, b"{"), 400, "Problems parsing JSON")
        self.refused(self.fake.ask("POST", comments, {"body": "x"}, {"Content-Type": "text/plain"}), 422, "Content-Type")
        self.refused(self.fake.ask("POST", comments), 422, "wasn't supplied")
        self.refused(self.fake.ask("GET", comments, {"body": "x"}), 422, "takes no body")
        self.assertEqual(len(self.violations()), 8)

    def test_enums_hold(self) -> None:
        sha = self.fake.control("GET", "state")["repositories"][0]["branches"]["main"]
        answer = self.fake.ask("POST", f"{self.repo}/statuses/{sha}", {"state": "good"})
        self.refused(answer, 422, "'good' is not one of")

    def test_parameters_are_typed(self) -> None:
        self.refused(self.fake.ask("GET", f"{self.repo}/pulls?state=opened"), 422, "is not one of")
        self.refused(self.fake.ask("GET", f"{self.repo}/pulls?per_page=many"), 422, "per_page")
        self.refused(self.fake.ask("GET", f"{self.repo}/pulls?per_page=101"), 422, "replaces in silence")
        self.refused(self.fake.ask("GET", f"{self.repo}/pulls?sate=open"), 422, '"sate" is not a permitted key')
        self.refused(self.fake.ask("GET", f"{self.repo}/pulls/two"), 404, "Not Found")

    def test_long_bodies_are_refused_in_github_s_words(self) -> None:
        answer = self.fake.ask("POST", f"{self.repo}/issues/{PULL}/comments", {"body": "x" * 65537})
        self.refused(answer, 422, "Body is too long (maximum is 65536 characters)")
        self.assertEqual(answer.json["errors"][0]["resource"], "IssueComment")
        answer = self.fake.ask("POST", f"{self.repo}/issues", {"title": "t", "body": "x" * 65537})
        self.refused(answer, 422, "body is too long (maximum is 65536 characters)")
        self.assertEqual(self.violations(), [])


class Permissions(FakeCase):
    """Tokens may do what they were given."""

    def comment(self, number: int, token: str) -> int:
        path = f"{self.repo}/issues/{number}/comments"
        answer = self.fake.ask("POST", path, {"body": "x"}, {"Authorization": f"token {token}"})
        if answer.status == 403:
            self.assertEqual(answer.json["message"], "Resource not accessible by integration")
            self.assertEqual(answer.headers["x-accepted-github-permissions"], "issues=write; pull_requests=write")
        return answer.status

    def test_comments_need_the_permission_of_what_they_are_on(self) -> None:
        self.assertEqual(self.comment(PULL, "ghs_pulls"), 201)
        self.assertEqual(self.comment(PULL, "ghs_issues"), 403)
        self.assertEqual(self.comment(ISSUE, "ghs_issues"), 201)
        self.assertEqual(self.comment(ISSUE, "ghs_pulls"), 403)

    def test_a_fork_s_token_only_reads(self) -> None:
        self.assertEqual(self.comment(PULL, "ghs_fork"), 403)
        answer = self.fake.ask("GET", f"{self.repo}/pulls/2", headers={"Authorization": "Bearer ghs_fork"})
        self.assertEqual(answer.status, 200)

    def test_a_private_repository_is_not_there_for_others(self) -> None:
        self.refused(self.fake.ask("GET", "/api/v3/repos/acme/secret"), 404, "Not Found")

    def test_bots_can_not_ask_who_they_are(self) -> None:
        self.refused(self.fake.ask("GET", "/api/v3/user"), 403, "Resource not accessible by integration")
        self.assertEqual(self.fake.ask("GET", "/user", headers={"Authorization": "Bearer ghp_alice"}).json["login"], "alice")


class Served(FakeCase):
    """Every operation answers as described: the fake itself checks its replies, 599 when one does not fit."""

    def get(self, path: str, status: int = 200) -> object:
        answer = self.fake.ask("GET", path)
        self.assertEqual(answer.status, status, answer.text)
        return answer.json

    def test_both_forms_of_addresses(self) -> None:
        for base in ("/api/v3", ""):
            url = self.get(f"{base}/repos/acme/shop")["url"]  # type: ignore[index]
            self.assertTrue(url.endswith(f":{self.fake.port}{base}/repos/acme/shop"), url)
        self.fake.control("POST", "limits", {"forms": ["enterprise"]})
        self.get("/repos/acme/shop", 404)
        self.get("/graphql", 404)
        self.fake.control("POST", "limits", {"forms": ["enterprise", "public"]})

    def test_reading(self) -> None:
        run = self.seeded[3]["runs"][0]
        for path in (
            "", "/issues", "/issues/1", "/issues/2", "/pulls", "/pulls/2", "/pulls/3", "/pulls/2/files", "/pulls/2/commits", "/labels", "/labels/bug",
            "/contents/README.md", "/contents/db", "/contents/db/models.py?ref=feature", "/git/ref/heads/main",
            "/git/trees/main?recursive=1", "/commits/feature", "/commits/main/statuses", "/commits/main/status",
            "/issues/1/labels", f"/actions/runs/{run}", f"/actions/runs/{run}/artifacts?name=report",
        ):
            with self.subTest(path):
                self.get(self.repo + path)
        self.get("/api/v3/rate_limit")
        self.assertEqual(self.violations(), [])

    def test_pull_requests_from_forks(self) -> None:
        pull = self.get(f"{self.repo}/pulls/3")
        self.assertEqual(pull["head"]["label"], "mallory:main")  # type: ignore[index]
        self.assertEqual(pull["head"]["repo"]["id"], self.seeded[2]["id"])  # type: ignore[index]
        found = self.get(f"{self.repo}/pulls?head=mallory:main")
        self.assertEqual([entry["number"] for entry in found], [3])  # type: ignore[attr-defined]
        head = pull["head"]["sha"]  # type: ignore[index]
        found = self.get(f"{self.repo}/commits/{head}/pulls")
        self.assertEqual([entry["number"] for entry in found], [3])  # type: ignore[attr-defined]

    def test_comments_live_and_die(self) -> None:
        made = self.fake.ask("POST", f"{self.repo}/issues/2/comments", {"body": "one"})
        self.assertEqual((made.status, made.json["user"]["login"], made.json["user"]["type"]), (201, "github-actions[bot]", "Bot"))
        path = made.headers["location"].partition(str(self.fake.port))[2]
        self.assertEqual(self.fake.ask("PATCH", path, {"body": "two"}).json["body"], "two")
        self.assertEqual(self.fake.ask("GET", path).json["body"], "two")
        self.assertEqual(self.fake.ask("DELETE", path).status, 204)
        self.assertEqual(self.fake.ask("GET", path).status, 404)

    def test_pages(self) -> None:
        comments = [{"author": "bob", "body": str(number)} for number in range(65)]
        seed = {"repositories": [{"full_name": "acme/shop", "issues": [{"title": "long", "comments": comments}]}]}
        number = self.fake.control("POST", "seed", seed)["repositories"][0]["issues"][0]
        path, seen = f"{self.repo}/issues/{number}/comments", []
        while path:
            answer = self.fake.ask("GET", path)
            seen.append([comment["body"] for comment in answer.json])
            links = [link.split("; ") for link in answer.headers.get("link", "").split(", ") if link]
            following = next((address for address, rel in links if rel == 'rel="next"'), "")
            path = following.strip("<>").partition(str(self.fake.port))[2]
        self.assertEqual([len(page) for page in seen], [30, 30, 5])
        self.assertEqual(sum(seen, []), [str(number) for number in range(65)])
        answer = self.fake.ask("GET", f"{self.repo}/issues/{number}/comments?per_page=100")
        self.assertEqual((len(answer.json), answer.headers.get("link")), (65, None))

    def test_issues_and_labels(self) -> None:
        made = self.fake.ask("POST", f"{self.repo}/issues", {"title": "drift", "labels": ["trueup:drift"]}).json
        number = made["number"]
        listed = self.fake.ask("GET", f"{self.repo}/issues?labels=trueup:drift&state=all").json
        self.assertEqual([issue["number"] for issue in listed], [number])
        closing = {"state": "closed", "state_reason": "not_planned"}
        closed = self.fake.ask("PATCH", f"{self.repo}/issues/{number}", closing).json
        self.assertEqual((closed["state"], closed["state_reason"]), ("closed", "not_planned"))
        self.assertEqual(self.fake.ask("PATCH", f"{self.repo}/issues/{number}", {"state": "open"}).json["state"], "open")
        again = self.fake.ask("POST", f"{self.repo}/labels", {"name": "trueup:drift"})
        self.assertEqual((again.status, again.json["errors"][0]["code"]), (422, "already_exists"))
        names = [label["name"] for label in self.fake.ask("POST", f"{self.repo}/issues/{number}/labels", {"labels": ["bug"]}).json]
        self.assertEqual(names, ["trueup:drift", "bug"])
        self.assertEqual(self.fake.ask("DELETE", f"{self.repo}/issues/{number}/labels/bug").status, 200)
        self.assertEqual(self.violations(), [])

    def test_what_issues_can_not_do(self) -> None:
        long = self.fake.ask("POST", f"{self.repo}/labels", {"name": "x" * 51})
        self.refused(long, 422, "name is too long (maximum is 50 characters)")
        number = self.fake.ask("POST", f"{self.repo}/issues", {"title": "drift"}).json["number"]
        path = f"{self.repo}/issues/{number}"
        # A reason counts only together with a change of the state.
        self.assertIsNone(self.fake.ask("PATCH", path, {"state_reason": "completed"}).json["state_reason"])
        self.fake.control("POST", "issue", {"repository": "acme/shop", "number": number, "state": "closed", "locked": True})
        closed = self.fake.ask("PATCH", path, {"state": "closed", "state_reason": "not_planned"}).json
        self.assertEqual(closed["state_reason"], "completed")
        self.refused(self.fake.ask("POST", f"{path}/comments", {"body": "x"}), 403, "issue is locked")
        self.fake.control("POST", "seed", {"repositories": [{"full_name": "acme/shop", "has_issues": False}]})
        try:
            self.refused(self.fake.ask("POST", f"{self.repo}/issues", {"title": "drift"}), 410, "has been disabled")
            self.refused(self.fake.ask("PATCH", path, {"state": "open"}), 410, "has been disabled")
            listed = self.fake.ask("GET", f"{self.repo}/issues?state=all").json
            self.assertTrue(listed and all("pull_request" in issue for issue in listed))
        finally:
            self.fake.control("POST", "seed", {"repositories": [{"full_name": "acme/shop", "has_issues": True}]})
        self.assertEqual(self.violations(), [])

    def test_statuses(self) -> None:
        sha = self.fake.control("GET", "state")["repositories"][0]["branches"]["feature"]
        status = {"state": "success", "context": "trueup/app", "description": "in sync"}
        self.assertEqual(self.fake.ask("POST", f"{self.repo}/statuses/{sha}", status).status, 201)
        self.assertEqual(self.fake.ask("GET", f"{self.repo}/commits/feature/status").json["state"], "success")
        status["description"] = "x" * 141
        self.refused(self.fake.ask("POST", f"{self.repo}/statuses/{sha}", status), 422, "maximum is 140 characters")

    def test_artifacts(self) -> None:
        run = self.seeded[3]["runs"][0]
        listed = self.fake.ask("GET", f"{self.repo}/actions/runs/{run}/artifacts").json
        self.assertEqual(listed["total_count"], 1)
        there = f"{self.repo}/actions/artifacts/{listed['artifacts'][0]['id']}"
        self.assertEqual(self.fake.ask("GET", there).status, 200)
        answer = self.fake.ask("GET", f"{there}/zip")
        self.assertEqual(answer.status, 302)
        storage = answer.headers["location"].partition(str(self.fake.port))[2]
        self.assertEqual(self.fake.ask("GET", storage, headers={"Authorization": None}).text, b"PK\x05\x06")
        self.assertEqual(self.violations(), [])
        self.fake.ask("GET", storage)
        self.assertEqual(self.violations(), ["a token was sent to the artifact's storage"])

"""One request, from what came in to what goes back.

    who is it → is there such an operation → does what it names exist → may they → is it well formed → do it
    → is the reply as described

A request that a correct client would not send is a violation: it is refused and recorded. A reply that isn't as
described is the fake's own fault: status 599 with the reason, recorded too.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from .description import Description, Operation
from .faults import Fault, Faults
from .graph import Graph
from .routes import Call, Handler, find_targets
from .routes.meta import limit_of
from .state import World
from .tokens import NEEDED, Token, Tokens, accepted, demand
from .views import View
from .wording import ARCHIVED, CONTENT_LIMIT, DOCS, NO_USER_AGENT, Refused, Reply, error, invalid, not_found

Json = dict[str, Any]
ENTERPRISE, GRAPHQL = "/api/v3", {"/graphql", "/api/graphql"}
# Not a part of the interface: where artifacts are downloaded from.
STORAGE = "/_download/"
MEDIA = {"*/*", "application/*", "application/json", "application/vnd.github+json", "application/vnd.github.v3+json"}
API_VERSIONS = {"2022-11-28", "2026-03-10"}
# Requests in an hour without a token.
ANONYMOUS_LIMIT = 60


@dataclass
class Request:
    """A request as it came; header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    host: str


@dataclass
class Record:
    """What is remembered of a request."""

    method: str
    path: str
    query: str
    token: str | None
    body: Any
    operation: str | None = None
    status: int = 0
    violations: list[str] = field(default_factory=list)
    fault: bool = False


@dataclass
class Limits:
    """How much content a token may make; the defaults are GitHub's."""

    content_per_minute: int = 80
    content_per_hour: int = 500
    forms: tuple[str, ...] = ("enterprise", "public")


class App:
    """The fake without its sockets."""

    def __init__(self, world: World, description: Description, handlers: dict[str, Handler], graph: Graph) -> None:
        self.world, self.description, self.handlers, self.graph = world, description, handlers, graph
        self.tokens, self.faults, self.limits = Tokens(), Faults(), Limits()
        self.records: list[Record] = []

    def base(self, target: str) -> tuple[str, str]:
        """The base of the interface that a target belongs to, and the rest of its path. GitHub Enterprise Server has
        `/api/v3` and `/api/graphql`, api.github.com has neither."""
        path = target.partition("?")[0]
        if path.startswith(STORAGE):
            return "", path
        enterprise = path == "/api/graphql" or path.startswith(ENTERPRISE + "/")
        if ("enterprise" if enterprise else "public") not in self.limits.forms:
            return "", "/not-this-form" + path
        if path in GRAPHQL:
            return "", "/graphql"
        return (ENTERPRISE, path.removeprefix(ENTERPRISE)) if enterprise else ("", path)

    def begin(self, request: Request) -> tuple[Record, Fault | None]:
        """Records a request and finds the fault that it runs into."""
        base, path = self.base(request.target)
        known = self.tokens.find(request.headers.get("authorization"))
        token = known.name if known else None
        record = Record(request.method, path, request.target.partition("?")[2], token, readable(request.body))
        query = None
        if path == "/graphql" and isinstance(record.body, dict):
            query = str(record.body.get("query", ""))
        with self.world.lock:
            self.records.append(record)
            return record, self.faults.find(request.method, path, query, token)

    def answer(self, request: Request, record: Record) -> Reply:
        """The reply, with the headers that every reply has."""
        token: Token | None = None
        if record.path == "/graphql":
            # Right after the start it may still be read; others need not wait for that.
            self.graph.wait()
        with self.world.lock:
            try:
                if "user-agent" not in request.headers:
                    reply = Reply(403, raw=NO_USER_AGENT.encode(), headers={"Content-Type": "text/html"})
                    raise Refused(reply, violation="no User-Agent")
                if record.path.startswith(STORAGE):
                    return self._download(request, record)
                token = self.tokens.authenticate(request.headers.get("authorization"))
                reply = self._graphql(request, record, token) if record.path == "/graphql" else self._rest(request, record, token)
            except Refused as refused:
                reply = refused.reply
                if refused.violation is not None:
                    record.violations.append(refused.violation)
            record.status = reply.status
            for name, value in self.headers(record, token).items():
                reply.headers.setdefault(name, value)
            return reply

    def headers(self, record: Record, token: Token | None) -> dict[str, str]:
        """What every reply says: which request it was, what is left of the limit, what was needed."""
        headers = {
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Request-Id": f"FAKE:{len(self.records):06X}",
            "X-GitHub-Api-Version-Selected": "2022-11-28",
        }
        resource = "graphql" if record.path == "/graphql" else "core"
        used, limit = 1, ANONYMOUS_LIMIT
        if token is not None:
            token.used += 1
            used, limit = token.used, limit_of(token.kind, resource)
            if record.operation in NEEDED:
                headers["X-Accepted-GitHub-Permissions"] = accepted(record.operation)
        return headers | {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(limit - used, 0)),
            "X-RateLimit-Used": str(used),
            "X-RateLimit-Reset": str(int(time.time()) + 3600),
            "X-RateLimit-Resource": resource,
        }

    def _rest(self, request: Request, record: Record, token: Token) -> Reply:
        base = self.base(request.target)[0]
        accept = request.headers.get("accept", "*/*")
        if not any(kind.partition(";")[0].strip() in MEDIA for kind in accept.split(",")):
            refusal = error(415, "Unsupported 'Accept' header. Must accept 'application/json'.")
            raise Refused(refusal, violation=f"Accept is {accept}, which GitHub or this fake does not serve")
        version = request.headers.get("x-github-api-version", "2022-11-28")
        if version not in API_VERSIONS:
            raise Refused(error(400, f"{version} is not a supported version."), violation=f"API version {version}")
        found = self.description.find(request.method, record.path)
        if found is None:
            if self.description.knows(request.method, record.path):
                refusal = error(501, "The fake does not serve this operation")
                raise Refused(refusal, violation=f"{request.method} {record.path} is not served by the fake")
            raise Refused(not_found().reply, violation=f"GitHub has no {request.method} {record.path}")
        operation, names = found
        record.operation = operation.id
        view = View(self.world, f"http://{request.host}{base}", f"http://{request.host}")
        path = self._parameters(operation, "path", list(names.items()))
        url = f"http://{request.host}{request.target}"
        call = Call(self.world, self.tokens, token, view, url, path, {}, None)
        find_targets(call)
        if operation.id in NEEDED:
            demand(token, operation.id, call.repository, call.found.get("issue"))
            if request.method != "GET" and call.repository.archived:
                raise Refused(error(403, f"{ARCHIVED}."))
        call.query = self._parameters(operation, "query", parse_qsl(record.query, keep_blank_values=True))
        call.body = self._body(operation, request)
        if request.method in ("POST", "PATCH", "PUT"):
            self.count_content(token)
        reply = self.handlers[operation.id](call)
        wrong = self.description.check_reply(operation, reply.status, reply.json)
        if wrong is not None:
            record.violations.append(f"the fake's own reply is not as described: {wrong}")
            return Reply(599, {"message": f"{operation.id}: {wrong}", "documentation_url": DOCS})
        return reply

    def count_content(self, token: Token) -> None:
        """The secondary limit on making content."""
        now = time.monotonic()
        token.created = [moment for moment in token.created if now - moment < 3600]
        lately = sum(now - moment < 60 for moment in token.created)
        if lately >= self.limits.content_per_minute or len(token.created) >= self.limits.content_per_hour:
            raise Refused(error(403, CONTENT_LIMIT, Retry_After="60"))
        token.created.append(now)

    def _parameters(self, operation: Operation, place: str, given: list[tuple[str, str]]) -> Json:
        """Path or query parameters as values of their types. GitHub overlooks those that it doesn't know; we don't."""
        known = {entry["name"]: entry["schema"] for entry in operation.parameters if entry["in"] == place}
        values: Json = {}
        for name, text in given:
            if name not in known:
                raise invalid(f'"{name}" is not a permitted key.')
            value: Any = text
            if "integer" in str(known[name].get("type")):
                value = int(text) if text.lstrip("-").isdecimal() else text
            elif known[name].get("type") == "boolean":
                value = {"true": True, "false": False}.get(text, text)
            wrong = self.description.check(known[name], value)
            if wrong is not None and place == "path":
                raise Refused(not_found().reply, violation=f"{name}: {wrong}")
            if wrong is not None:
                raise invalid(f"{name}: {wrong}")
            if name in ("per_page", "page") and not 1 <= value <= (100 if name == "per_page" else 10**9):
                raise invalid(f"{name} is {value}, which GitHub replaces in silence")
            values[name] = value
        return values

    def _body(self, operation: Operation, request: Request) -> Any:
        if operation.body is None:
            if request.body.strip() not in (b"", b"{}", b"null"):
                raise invalid(f"{operation.id} takes no body")
            return None
        if not request.body.strip():
            if operation.body_required:
                raise invalid("the body wasn't supplied.")
            return {}
        if "json" not in request.headers.get("content-type", ""):
            raise invalid(f"Content-Type is {request.headers.get('content-type')!r}")
        try:
            body = json.loads(request.body)
        except ValueError:
            raise Refused(error(400, "Problems parsing JSON"), violation="the body is not JSON") from None
        wrong = self.description.check(operation.body, body)
        if wrong is not None:
            raise invalid(wrong)
        return body

    def _graphql(self, request: Request, record: Record, token: Token) -> Reply:
        record.operation = "graphql"
        if request.method != "POST":
            raise Refused(not_found().reply, violation="GraphQL is asked by POST")
        if not isinstance(record.body, dict):
            raise Refused(error(400, "Problems parsing JSON"), violation="the body is not a JSON object")
        view = View(self.world, f"http://{request.host}", f"http://{request.host}")
        result, violations = self.graph.run(self, token, view, record.body)
        record.violations += violations
        return Reply(200, result)

    def _download(self, request: Request, record: Record) -> Reply:
        """An artifact's file, from the storage that GitHub redirects to."""
        record.operation = "download"
        _, _, repository_id, artifact_id = record.path.split("/")
        if "authorization" in request.headers:
            record.violations.append("a token was sent to the artifact's storage")
        for repository in self.world.repositories.values():
            artifact = repository.artifacts.get(int(artifact_id))
            if str(repository.id) == repository_id and artifact is not None:
                record.status = 200
                return Reply(200, raw=artifact.content, headers={"Content-Type": "application/zip"})
        raise not_found()


def readable(body: bytes) -> Any:
    """A body for the record: JSON when it is that."""
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")

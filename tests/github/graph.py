"""The GraphQL interface: GitHub's published schema, executed by graphql-core.

The executor itself holds every query against the schema. Fields that the fake doesn't serve are errors, and violations: they
never come back as null in silence.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_ast_schema,
    execute_sync,
    parse,
    validate,
)

from .state import Comment, Issue, Label, Repository, Status, User, World
from .tokens import KINDS, Token
from .views import View
from .wording import ARCHIVED, Refused

if TYPE_CHECKING:
    from .app import App

Json = dict[str, Any]
Resolver = Callable[..., Any]
FIELDS: dict[tuple[str, str], Resolver] = {}


class GraphProblem(Exception):
    """An error as GitHub reports it: with a type next to the message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class NotServed(Exception):
    """A field that the schema has and the fake does not."""


@dataclass(frozen=True)
class CommitNode:
    """A commit of a repository."""

    repository: Repository
    sha: str


@dataclass(frozen=True)
class RefNode:
    """A ref of a repository."""

    repository: Repository
    name: str


@dataclass(frozen=True)
class BlobNode:
    """A file's content."""

    repository: Repository
    sha: str


@dataclass
class Context:
    """Who asks, and in which world."""

    app: App
    token: Token
    view: View

    @property
    def world(self) -> World:
        return self.app.world

    @property
    def user(self) -> User:
        return self.token.user(self.world)

    def demand(self, permission: str, level: str, repository: Repository) -> None:
        if not self.token.may(permission, level, repository):
            raise GraphProblem("FORBIDDEN", f"Resource not accessible by {KINDS[self.token.kind]}")
        if level == "write" and repository.archived:
            raise GraphProblem("UNPROCESSABLE", ARCHIVED)


@dataclass
class Payload:
    """An object whose fields are given: a mutation's result, a signature."""

    type: str
    fields: Json = field(default_factory=dict)


def serves(type_name: str, *names: str) -> Callable[[Resolver], Resolver]:
    """Registers a resolver for fields of a type."""

    def register(resolver: Resolver) -> Resolver:
        for name in names:
            FIELDS[(type_name, name)] = resolver
        return resolver

    return register


def type_name(value: Any) -> str:
    """The type of the schema that a value is of."""
    if isinstance(value, Payload):
        return value.type
    if isinstance(value, Issue):
        return "PullRequest" if value.pull else "Issue"
    if isinstance(value, User):
        return value.kind
    names = {
        Repository: "Repository", Comment: "IssueComment", Label: "Label", CommitNode: "Commit", RefNode: "Ref",
        BlobNode: "Blob", Status: "StatusContext",
    }
    return names[type(value)]


def _resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    resolver = FIELDS.get((info.parent_type.name, info.field_name))
    if resolver is not None:
        return resolver(source, info.context, **arguments)
    if isinstance(source, Payload) and info.field_name in source.fields:
        return source.fields[info.field_name]
    raise NotServed(f"{info.parent_type.name}.{info.field_name} is not served by the fake")


class Graph:
    """The schema, read while the server already answers other requests."""

    def __init__(self, schema: Path) -> None:
        from . import graph_fields, graph_mutations  # noqa: F401  (they register their resolvers)

        self._schema: GraphQLSchema | None = None
        self._reader = threading.Thread(target=self._read, args=[schema], daemon=True)
        self._reader.start()

    def _read(self, path: Path) -> None:
        document = parse(path.read_text(), no_location=True)
        self._schema = build_ast_schema(document, assume_valid=True)

    def wait(self) -> None:
        """Returns when the schema has been read."""
        self._reader.join()

    @property
    def schema(self) -> GraphQLSchema:
        self.wait()
        if self._schema is None:
            raise RuntimeError("GitHub's GraphQL schema could not be read")
        return self._schema

    def run(self, app: App, token: Token, view: View, request: Json) -> tuple[Json, list[str]]:
        """The reply to a query, and what is wrong with the query itself."""
        query, variables = request.get("query"), request.get("variables") or {}
        if not isinstance(query, str) or not query.strip():
            message = "A query attribute must be specified and must be a string."
            return {"errors": [{"message": message}]}, [message]
        unknown = sorted(set(request) - {"query", "variables", "operationName"})
        try:
            document = parse(query)
        except GraphQLError as problem:
            return {"errors": [_shape(problem)]}, [problem.message]
        problems = validate(self.schema, document)
        if problems:
            return {"errors": [_shape(problem) for problem in problems]}, [problem.message for problem in problems]
        result = execute_sync(
            self.schema,
            document,
            root_value=Payload("Query"),
            context_value=Context(app, token, view),
            variable_values=variables,
            operation_name=request.get("operationName"),
            field_resolver=_resolve,
            type_resolver=lambda value, _info, _type: type_name(value),
        )
        violations = [f"unknown in a GraphQL request: {name}" for name in unknown]
        for failed in result.errors or []:
            cause = failed.original_error
            # A refused limit is a whole reply, not an error of one field.
            if isinstance(cause, Refused):
                raise cause
            if not isinstance(cause, GraphProblem):
                violations.append(failed.message)
        made: Json = {"data": result.data}
        if result.errors:
            made["errors"] = [_shape(failed) for failed in result.errors]
        return made, violations


def _shape(problem: GraphQLError) -> Json:
    made: Json = {}
    if isinstance(problem.original_error, GraphProblem):
        made["type"] = problem.original_error.kind
    if problem.path:
        made["path"] = problem.path
    if made.get("type") == "FORBIDDEN":
        made["extensions"] = {"saml_failure": False}
    if problem.locations:
        made["locations"] = [{"line": at.line, "column": at.column} for at in problem.locations]
    return {**made, "message": problem.message}

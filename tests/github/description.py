"""GitHub's OpenAPI description: which operations there are, and whether requests, replies and events are as described.

The description is big, so the part that the fake serves is converted once and kept next to it (`rest.json`,
`webhooks.json`), until the description, this code or the list of operations changes.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

# Where it is installed, jsonschema imports it, and that alone takes a second. The formats are checked below.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from jsonschema import Draft202012Validator, FormatChecker  # noqa: E402

from .conversion import Converter  # noqa: E402

Json = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
# Errors that any operation may answer with; the description lists only some of them.
COMMON_ERRORS = (400, 401, 403, 404, 415, 422, 429, 500, 502, 503)
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time")
def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return False
    return re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$", value) is not None


@FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    # GitHub describes URI templates and empty avatars as URIs, too.
    return not isinstance(value, str) or value == "" or bool(urlsplit(value).scheme)


@dataclass
class Operation:
    """One operation of the description."""

    id: str
    method: str
    template: str
    parameters: list[Json]
    body: Json | None
    body_required: bool
    replies: dict[str, Json | None]

    def __post_init__(self) -> None:
        several = {p["name"] for p in self.parameters if p.get("x-multi-segment")}

        def group(match: re.Match[str]) -> str:
            name = match[1]
            greedy = name in several or name == "path"
            return f"(?P<{name}>{'.+' if greedy else '[^/]+'})"

        self.pattern = re.compile(re.sub(r"\{(\w+)\}", group, self.template) + "$")


class Description:
    """The operations that the fake serves."""

    def __init__(self, data: Json) -> None:
        self._definitions: Json = data["schemas"]
        self.operations = {name: Operation(id=name, **entry) for name, entry in data["operations"].items()}
        self._all = [(method, re.compile(pattern)) for method, pattern in data["all"]]
        self._validators: dict[str, Draft202012Validator] = {}

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation of a request with its path parameters. The template with most fixed text wins."""
        found = []
        for operation in self.operations.values():
            if operation.method == method and (match := operation.pattern.match(path)):
                found.append((-len(re.sub(r"\{\w+\}", "", operation.template)), operation, match))
        if not found:
            return None
        _, operation, match = min(found, key=lambda entry: entry[0])
        return operation, {name: unquote(value) for name, value in match.groupdict().items()}

    def knows(self, method: str, path: str) -> bool:
        """Whether GitHub has such an operation at all."""
        return any(method == known and pattern.match(path) for known, pattern in self._all)

    def check(self, schema: Json, value: Any) -> str | None:
        """What is wrong with a value, in the words GitHub uses; the first and deepest problem."""
        key = hashlib.sha1(json.dumps(schema, sort_keys=True).encode()).hexdigest()
        if key not in self._validators:
            whole = {**schema, "$defs": self._definitions}
            self._validators[key] = Draft202012Validator(whole, format_checker=FORMATS)
        errors = sorted(self._validators[key].iter_errors(value), key=lambda e: [str(part) for part in e.path])
        return _explain(errors[0]) if errors else None

    def check_reply(self, operation: Operation, status: int, value: Any) -> str | None:
        """What is wrong with a reply: a fault of the fake."""
        if str(status) in operation.replies:
            schema = operation.replies[str(status)]
        elif status in COMMON_ERRORS:
            schema = {"$ref": "#/$defs/basic-error" if status != 422 else "#/$defs/validation-error"}
            if status == 422 and "errors" not in (value or {}):
                schema = {"$ref": "#/$defs/basic-error"}
        else:
            return f"{operation.id} has no reply with status {status}"
        if schema is None:
            return None if value is None else f"{operation.id} has no body with status {status}"
        return self.check(schema, value)


def _explain(error: Any) -> str:
    at = "/".join(str(part) for part in error.absolute_path)
    if error.validator in ("oneOf", "anyOf") and error.context:
        inner = sorted(error.context, key=lambda e: -len(e.absolute_path))[0]
        return f"{at or 'the body'}: none of the forms fits; the nearest: {_explain(inner)}"
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return f"\"{'/'.join(filter(None, [at, missing[0]]))}\" wasn't supplied."
    if error.validator in ("unevaluatedProperties", "additionalProperties"):
        names = re.findall(r"'([^']+)'", error.message)
        return f"\"{'/'.join(filter(None, [at, names[0] if names else '?']))}\" is not a permitted key."
    return f"For 'properties/{at}', {error.message[:300]}."


def load(directory: Path, operations: Iterable[str]) -> Description:
    """The description of these operations, from what the set-up fetched into `directory`."""
    wanted = sorted(operations)
    return Description(_kept(directory, "rest.json", lambda source: _reduce(source, wanted), repr(wanted)))


def load_webhooks(directory: Path) -> tuple[Description, dict[str, Json]]:
    """Schemas of events by name, such as `pull-request-opened`. Here objects stay open: GitHub's own examples have more
    properties than it describes."""
    data = _kept(directory, "webhooks.json", _reduce_webhooks, "")
    return Description({"schemas": data["schemas"], "operations": {}, "all": []}), data["events"]


def _kept(directory: Path, name: str, make: Any, salt: str) -> Json:
    source, kept = directory / "api.github.com.json", directory / name
    if not source.exists():
        raise FileNotFoundError(f"{source} is missing: scripts/setup.sh fetches it")
    code = b"".join(Path(__file__).with_name(file).read_bytes() for file in ("description.py", "conversion.py"))
    about = source.stat()
    stamp = hashlib.sha1(code + f"{salt} {about.st_size} {about.st_mtime_ns}".encode()).hexdigest()
    if kept.exists():
        data: Json = json.loads(kept.read_bytes())
        if data["stamp"] == stamp:
            return data
    data = {"stamp": stamp, **make(json.loads(source.read_bytes()))}
    # Tests start several of us at once: whoever is last wins, and nobody reads half a file.
    partial = kept.with_suffix(f".{id(data)}.partial")
    partial.write_text(json.dumps(data))
    partial.replace(kept)
    return data


def _every(description: Json) -> Iterator[tuple[str, str, Json, Json]]:
    for path, item in description["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item, item[method]


def _reduce(description: Json, wanted: list[str]) -> Json:
    components = description["components"]
    converter = Converter(components["schemas"])

    def resolve(entry: Json) -> Json:
        if "$ref" not in entry:
            return entry
        kind, name = entry["$ref"].split("/")[-2:]
        found: Json = components[kind][name]
        return found

    def content(entry: Json) -> Json | None:
        media = entry.get("content", {}).get("application/json")
        return converter.convert(media["schema"]) if media and "schema" in media else None

    made: dict[str, Json] = {}
    every: list[tuple[str, str]] = []
    for method, path, item, operation in _every(description):
        every.append((method.upper(), re.sub(r"\{\w+\}", "[^/]+", path) + "$"))
        if operation["operationId"] not in wanted:
            continue
        parameters = [resolve(entry) for entry in [*item.get("parameters", []), *operation.get("parameters", [])]]
        body = resolve(operation["requestBody"]) if "requestBody" in operation else None
        made[operation["operationId"]] = {
            "method": method.upper(),
            "template": path,
            "parameters": [
                {key: entry[key] for key in ("name", "in", "required", "x-multi-segment") if key in entry}
                | {"schema": converter.convert(entry["schema"])}
                for entry in parameters
            ],
            "body": content(body) if body else None,
            "body_required": bool(body and body.get("required")),
            "replies": {status: content(resolve(entry)) for status, entry in operation["responses"].items()},
        }
    if unknown := set(wanted) - made.keys():
        raise KeyError(f"the description has no operation {', '.join(sorted(unknown))}")
    for name in ("basic-error", "validation-error"):
        converter.convert({"$ref": f"#/components/schemas/{name}"})
    return {"operations": made, "all": every, "schemas": converter.converted}


def _reduce_webhooks(description: Json) -> Json:
    converter = Converter(description["components"]["schemas"], closed=False)
    events = {}
    for name, item in description["x-webhooks"].items():
        body = item["post"].get("requestBody", {}).get("content", {}).get("application/json")
        if body and re.match(r"pull-request-[a-z-]+$|push$|merge-group-|workflow-(run|dispatch)", name):
            events[name] = converter.convert(body["schema"])
    return {"events": events, "schemas": converter.converted}

"""OpenAPI 3.0 schemas to JSON Schema 2020-12.

Besides the dialect's own differences (`nullable`, examples, boolean limits), an object whose properties are listed is
closed where it is used: a property that the description doesn't know is an error there. GitHub ignores many of those, and
that is how typos live for years.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
COMPONENTS = "#/components/schemas/"
# Says nothing about what is valid.
WORDS = {
    "description", "title", "example", "examples", "default", "deprecated", "readOnly", "writeOnly", "discriminator",
    "externalDocs", "xml", "nullable",
}


class Converter:
    """Converts schemas of one description and remembers which components they need."""

    def __init__(self, components: Json, closed: bool = True) -> None:
        self.components = components
        self.closed = closed
        self.needed: set[str] = set()
        self.converted: dict[str, Json] = {}

    def convert(self, schema: Json) -> Json:
        """A schema at the place where it is used, and all components that it needs."""
        made = self._use(schema)
        while missing := self.needed - self.converted.keys():
            for name in missing:
                self.converted[name] = self._plain(self.components[name])
        return made

    def _use(self, schema: Json) -> Json:
        made = self._plain(schema)
        if self.closed and self._closable(schema, frozenset()):
            made["unevaluatedProperties"] = False
        return made

    def _plain(self, schema: Json) -> Json:
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(COMPONENTS)
            self.needed.add(name)
            return {"$ref": f"#/$defs/{name}"}
        made: Json = {}
        for key, value in schema.items():
            if key in WORDS or key.startswith("x-"):
                continue
            if key == "properties":
                made[key] = {name: self._use(inner) for name, inner in value.items()}
            elif key == "items" or (key == "additionalProperties" and isinstance(value, dict)):
                made[key] = self._use(value)
            elif key in ("allOf", "anyOf", "oneOf"):
                made[key] = [self._plain(inner) for inner in value]
            elif key == "not":
                made[key] = self._plain(value)
            elif key in ("exclusiveMinimum", "exclusiveMaximum") and isinstance(value, bool):
                limit = key.replace("exclusiveM", "m")
                if value and limit in schema:
                    made[key] = schema[limit]
            else:
                made[key] = value
        return _nullable(made) if schema.get("nullable") else made

    def _closable(self, schema: Json, seen: frozenset[str]) -> bool:
        """Whether all properties that an object may have are listed."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(COMPONENTS)
            return name not in seen and self._closable(self.components[name], seen | {name})
        if "additionalProperties" in schema:
            return False
        branches = [inner for key in ("allOf", "anyOf", "oneOf") for inner in schema.get(key, [])]
        objects = [inner for inner in branches if self._may_be_object(inner, seen)]
        if any(not self._closable(inner, seen) for inner in objects):
            return False
        return bool(schema.get("properties")) or bool(objects)

    def _may_be_object(self, schema: Json, seen: frozenset[str]) -> bool:
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(COMPONENTS)
            return name not in seen and self._may_be_object(self.components[name], seen | {name})
        if "type" in schema:
            return bool(schema["type"] == "object")
        # `required` alone, as a branch, adds no property.
        return any(key in schema for key in ("properties", "allOf", "anyOf", "oneOf"))


def _nullable(schema: Json) -> Json:
    if set(schema) == {"type"} or ("type" in schema and isinstance(schema["type"], str)):
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    return {"anyOf": [schema, {"type": "null"}]}

"""Pages of GraphQL lists ("connections")."""

from __future__ import annotations

import base64
from typing import Any

from .graph import GraphProblem, Payload


def connection(name: str, items: list[Any], arguments: dict[str, Any]) -> Payload:
    """One page of a list. GitHub wants to be told how many, and at most a hundred."""
    first, last = arguments.get("first"), arguments.get("last")
    if first is None and last is None:
        raise GraphProblem(
            "MISSING_PAGINATION_BOUNDARIES",
            f"You must provide a `first` or `last` value to properly paginate the `{name}` connection.",
        )
    for key, count in (("first", first), ("last", last)):
        if count is not None and not 0 <= count <= 100:
            raise GraphProblem(
                "EXCESSIVE_PAGINATION",
                f"Requesting {count} records on the `{name}` connection exceeds the `{key}` limit of 100 records.",
            )
    start = _place(arguments.get("after"), -1) + 1
    end = _place(arguments.get("before"), len(items))
    if first is not None:
        end = min(end, start + first)
    if last is not None:
        start = max(start, end - last)
    shown = items[start:end]
    cursors = [_cursor(place) for place in range(start, start + len(shown))]
    info = {
        "hasNextPage": end < len(items),
        "hasPreviousPage": start > 0,
        "startCursor": cursors[0] if cursors else None,
        "endCursor": cursors[-1] if cursors else None,
    }
    edges = [Payload("Edge", {"node": item, "cursor": cursor}) for item, cursor in zip(shown, cursors)]
    fields = {"nodes": shown, "edges": edges, "totalCount": len(items), "pageInfo": Payload("PageInfo", info)}
    return Payload("Connection", fields)


def _cursor(place: int) -> str:
    return base64.b64encode(f"cursor:v2:{place}".encode()).decode()


def _place(cursor: str | None, otherwise: int) -> int:
    if cursor is None:
        return otherwise
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("cursor:v2:"))
    except ValueError:
        raise GraphProblem("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.") from None

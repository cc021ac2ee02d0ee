"""What is about the client itself: limits, and who it is."""

from __future__ import annotations

import time

from ..wording import Refused, Reply, error
from . import Call, operation

LIMITS = {"core": 5000, "graphql": 5000, "search": 30}
WORKFLOW_LIMIT = 1000


def limit_of(kind: str, resource: str) -> int:
    """Requests in an hour. A workflow's token has fewer."""
    return WORKFLOW_LIMIT if kind == "actions" and resource == "core" else LIMITS[resource]


@operation("rate-limit/get")
def rate_limit(call: Call) -> Reply:
    def one(resource: str) -> dict[str, int]:
        limit, used = limit_of(call.token.kind, resource), call.token.used if resource == "core" else 0
        return {"limit": limit, "used": used, "remaining": limit - used, "reset": int(time.time()) + 3600}

    return Reply(200, {"resources": {name: one(name) for name in LIMITS}, "rate": one("core")})


@operation("users/get-authenticated")
def get_authenticated(call: Call) -> Reply:
    """Installations have no user: a bot cannot ask for its login here."""
    if call.token.kind != "pat":
        raise Refused(error(403, "Resource not accessible by integration"))
    user = call.view.user(call.user)
    counts = {"public_repos": 0, "public_gists": 0, "followers": 0, "following": 0}
    people = {"name": None, "company": None, "blog": "", "location": None, "email": None, "hireable": None, "bio": None}
    dates = {"created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z"}
    return Reply(200, {**user, **people, **counts, **dates})

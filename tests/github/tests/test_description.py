"""The fake holds its own replies against GitHub's description; this shows that it would notice."""

from __future__ import annotations

import unittest
from typing import Any

from ..__main__ import DESCRIPTIONS
from ..description import load
from ..routes import load_all


class OwnReplies(unittest.TestCase):
    """Replies that are a little wrong."""

    def setUp(self) -> None:
        self.description = load(DESCRIPTIONS, load_all())
        self.operation = self.description.operations["issues/get-label"]
        url = "https://api.github.com/repos/acme/shop/labels/bug"
        self.label: dict[str, Any] = {
            "id": 1, "node_id": "LA_1", "url": url, "name": "bug", "description": None, "color": "ff0000", "default": False
        }

    def wrong(self, status: int = 200, **changes: Any) -> str | None:
        label = {name: value for name, value in {**self.label, **changes}.items() if value != "left out"}
        return self.description.check_reply(self.operation, status, label)

    def test_what_is_right_passes(self) -> None:
        self.assertIsNone(self.wrong())

    def test_what_is_wrong_does_not(self) -> None:
        for changes, words in (
            ({"id": "1"}, "is not of type 'integer'"),
            ({"name": "left out"}, "\"name\" wasn't supplied"),
            ({"colour": "ff0000"}, '"colour" is not a permitted key'),
            ({"url": "no address"}, "is not a 'uri'"),
            ({"name": None}, "is not of type 'string'"),
            ({"status": 202}, "no reply with status 202"),
        ):
            with self.subTest(words):
                self.assertIn(words, self.wrong(**changes) or "")

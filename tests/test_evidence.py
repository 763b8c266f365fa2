"""What rests on inference: few marks, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from support import ROOT, loaded

#: How many marks of the records may be inferred.
LIMIT = 170


def inferred(value: Any) -> Iterator[dict[str, Any]]:
    """Every inferred statement in a record."""
    if isinstance(value, dict):
        if value.get("evidence") == "inferred":
            yield value
        for inner in value.values():
            yield from inferred(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from inferred(inner)


def test_few_marks_are_inferred() -> None:
    texts = ((ROOT / path).read_text("utf-8") for path in loaded().files)
    assert 0 < sum(text.count("evidence: inferred") for text in texts) <= LIMIT


def test_each_inferred_mark_has_its_reason() -> None:
    for kind, records in loaded().catalog.data.items():
        for item in inferred(records):
            text = item.get("why") or item.get("no_permission") or item.get("reason") or " ".join(item.get("notes", ()))
            assert "Inferred:" in text, (kind, item.get("Sid") or item.get("use"), text)

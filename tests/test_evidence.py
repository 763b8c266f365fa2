"""What rests on inference: few marks, each with its reason, and named reasons in the records that most people use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from support import DATA, loaded

#: How many marks of the records may be inferred.
LIMIT = 170

#: Records whose inferred statements say what no source says.
NAMED = ("CreateTrainingJob", "CreateProcessingJob", "CreateModel", "CreatePipeline", "CreateNotebookInstance")

#: How a reason names that there is no source: what AWS does not say, show, name, or list.
_MISSING = re.compile(
    r"\b(no (source|page|permission|check)|(does|do) not (say|document|list|show|mention)|names (no|none)|not for|omits"
    r"|only (describes|documents)|and no\b|AWS documents .* not)"
)


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


def marks() -> Counter[str]:
    """How many inferred marks the files of the records have, as they are written, by file."""
    files = (path for path in DATA.rglob("*.yaml") if path.parent.name != "schema")
    return Counter(
        {
            path.relative_to(DATA).as_posix(): len(re.findall("evidence: inferred", path.read_text("utf-8")))
            for path in files
        }
    )


def test_few_marks_are_inferred() -> None:
    assert 0 < sum(marks().values()) <= LIMIT


def test_each_inferred_mark_has_its_reason() -> None:
    for kind, records in loaded().catalog.data.items():
        for item in inferred(records):
            text = item.get("why") or item.get("no_permission") or item.get("reason") or " ".join(item.get("notes", ()))
            assert "Inferred:" in text, (kind, item.get("Sid") or item.get("use"), text)


@pytest.mark.parametrize("name", NAMED)
def test_the_records_of_most_people_name_what_no_source_says(name: str) -> None:
    record = loaded().catalog.data["operations"][name]
    unnamed = [
        f"{item.get('Sid') or item.get('use')}: {item['why']}"
        for item in inferred(record)
        if not _MISSING.search(item["why"].partition("Inferred:")[2])
    ]
    assert unnamed == []

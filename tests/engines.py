"""Both engines on the same inputs: the Python one in this process, the page's one in Node.js."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from composing import compiled
from sagemaker_roles.engine.compose import Partial
from sagemaker_roles.errors import AmbiguousOperation
from sagemaker_roles.inputs.interfaces import Reading
from sagemaker_roles.inputs.numbers import Number
from sagemaker_roles.inputs.reading import Reader
from sagemaker_roles.inputs.text import Source

ENGINE = Path(__file__).parent / "conformance" / "engine.mjs"


@cache
def _catalog() -> str:
    file = Path(tempfile.mkdtemp()) / "catalog.json"
    file.write_text(json.dumps(compiled().data))
    return str(file)


def javascript(cases: Iterable[Mapping[str, Any]], want: str = "read") -> list[Any]:
    """What the page's engine makes of each case (see engine.mjs)."""
    lines = [json.dumps({"catalog": _catalog()}), *(json.dumps({**case, "want": want}) for case in cases)]
    run = subprocess.run(["node", str(ENGINE)], input="\n".join(lines), text=True, capture_output=True, timeout=500)
    assert run.returncode == 0, run.stderr[-2000:]
    answers = [json.loads(line) for line in run.stdout.split("\n") if line]
    assert len(answers) == len(lines) - 1
    return answers


def reading(case: Mapping[str, Any]) -> Reading:
    """What Python's readers make of a case."""
    reader = Reader(compiled(), case.get("operation") or None, None, case.get("values", {}))
    reader.take(Source(case["name"], case["text"].encode("utf-8", "surrogatepass")))
    return reader.finish()


def python(case: Mapping[str, Any]) -> dict[str, Any]:
    """What Python's readers make of a case, as the page's engine tells it."""
    try:
        found = reading(case)
    except AmbiguousOperation as error:
        return {"question": error.message, "candidates": list(error.candidates)}
    return {
        "requests": [
            {"operation": r.operation, "members": plain(r.members), "label": r.label, "byService": r.by_service}
            for r in found.requests
        ],
        "notices": [{"kind": n.kind, "where": n.where, "message": n.message} for n in found.notices],
        "facts": found.facts,
        "unknown": found.unknown,
        "given": plain(found.given),
    }


def plain(value: Any) -> Any:
    """A value as JSON can hold it: numbers as they were written, parts that are not known by name."""
    if isinstance(value, Partial):
        parts = [
            part if isinstance(part, str) else {"name": part.name, "like": part.stands_for} for part in value.parts
        ]
        return {"parts": parts}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return {"number": value.text if isinstance(value, Number) else str(value)}
    return str(value) if isinstance(value, str) else value

"""Writes the committed cases with the Python engine's answers: python -m tests.conformance.generate.

``tests/conformance/<name>.json`` holds ``cases``, one a line, each with ``expected``, its answer (see answers.short());
and ``statements``: the statements of its documents, which the answers name by their digest. The same bytes everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .answers import digest, short, whole
from .committed import Case, files
from .pages import write

HERE = Path(__file__).parent


def rendered(cases: list[Case]) -> bytes:
    """A file of cases, sorted by name, with their answers.

    Raises:
        ValueError: two cases have one name.
    """
    statements: dict[str, Any] = {}
    rows = {case["name"]: {**case, "expected": packed(short(whole(case)), statements)} for case in cases}
    if len(rows) < len(cases):
        raise ValueError("two cases have one name")
    entries = [f"  {_line(key)}: {_line(statements[key])}" for key in sorted(statements)]
    parts = [
        '{"cases": [\n' + ",\n".join(f"  {_line(rows[name])}" for name in sorted(rows)) + "\n]",
        '"statements": {\n' + ",\n".join(entries) + "\n}}\n",
    ]
    return ",\n".join(parts).encode("ascii")


def packed(value: Any, statements: dict[str, Any]) -> Any:
    """A value with the digests of statements in place of the statements, which are put into a table."""
    if isinstance(value, list):
        return [packed(item, statements) for item in value]
    if not isinstance(value, Mapping):
        return value
    out = {key: packed(item, statements) for key, item in value.items() if key != "Statement"}
    if "Statement" in value:
        out["Statement"] = [digest(item) for item in value["Statement"]]
        statements.update(zip(out["Statement"], value["Statement"], strict=True))
    return out


def unpacked(value: Any, statements: Mapping[str, Any]) -> Any:
    """What :func:`packed` was given."""
    if isinstance(value, list):
        return [unpacked(item, statements) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: [statements[item] for item in inner] if key == "Statement" else unpacked(inner, statements)
        for key, inner in value.items()
    }


def committed() -> Iterator[Path]:
    """The files of cases that are there."""
    yield from sorted(HERE.glob("*.json"))


def main() -> None:
    """Writes all files, and removes those of operations that are gone."""
    contents = {HERE / f"{name}.json": rendered(cases) for name, cases in files().items()}
    for file in committed():
        if file not in contents:
            file.unlink()
    for file, content in contents.items():
        file.write_bytes(content)
    print(f"{sum(len(cases) for cases in files().values()):,} cases in {len(contents)} files, {write():,} of the page")


def _line(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    main()

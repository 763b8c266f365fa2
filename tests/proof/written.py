"""Reads and writes what the proof leaves in data/: YAML that a person can read, the same bytes for the same facts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from sagemaker_roles.records.editor import modeline
from sagemaker_roles.records.strict_yaml import read_yaml

from .scenarios import ROOT, ScenarioError

#: Longest line of a mapping or list that is written in one.
_WIDTH = 120


def read(name: str) -> dict[str, Any]:
    """One of the files, ``data/<name>.yaml``; empty if it was never written.

    Raises:
        ScenarioError: it cannot be read.
    """
    path = ROOT / "data" / f"{name}.yaml"
    if not path.exists():
        return {}
    value, problems = read_yaml(path, path.relative_to(ROOT).as_posix())
    if problems:
        raise ScenarioError("\n".join(str(problem) for problem in problems))
    return dict(value)


def write(name: str, comment: str, records: Mapping[str, Any]) -> None:
    """Writes one of the files; ``comment`` stands at its top, below the line for editors."""
    path = ROOT / "data" / f"{name}.yaml"
    head = [modeline(f"data/{name}.yaml", name), f"# {comment}"]
    path.write_text("\n".join([*head, *_lines(records, "")]) + "\n", "utf-8")


def _lines(value: Mapping[str, Any], pad: str) -> Iterator[str]:
    for key, item in value.items():
        line = f"{pad}{key}: {_flow(item)}"
        if isinstance(item, Mapping) and item and (not pad or len(line) > _WIDTH):
            yield f"{pad}{key}:"
            yield from _lines(item, f"{pad}  ")
        else:
            yield line


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(json.dumps(item, ensure_ascii=False) for item in value) + "]"
    if isinstance(value, str):
        plain = value[:1].isalpha() and ": " not in value and " #" not in value and yaml.safe_load(value) == value
        return value if plain else json.dumps(value, ensure_ascii=False)
    return str(value)

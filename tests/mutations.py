"""Break the code in seeded ways, one at a time, and show which breaks the tests of `make test` notice.

`python tests/mutations.py COUNT SEED [--suite test] [--seconds N]` copies the checkout, changes one place of a module
(a comparison turned round, a constant changed, a condition negated, a result lost), and runs the test files that cover
the module until the first failure. Ends early when the seconds are over, and says how many changes were noticed. Exits
with 1 if a change survives that the list of an earlier run (``--caught FILE``) has as noticed.
"""

from __future__ import annotations

import argparse
import ast
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: The test files that cover a package, the quickest first. They need no network, no account and no other program.
COVERED = {
    "sagemaker_roles/iam": "iam/ test_arns.py audits/ proof/test_evaluator.py",
    "sagemaker_roles/engine": "test_compose_library.py test_endpoints.py test_add_ons.py test_companions.py"
    " test_compose_golden.py test_records.py",
    "sagemaker_roles/inputs": "test_role_inputs.py test_compose_inputs.py test_compose_text.py test_code.py"
    " test_terraform_configuration.py test_reader_limits.py",
    "sagemaker_roles/audits": "audits/",
    "sagemaker_roles/outputs": "test_compose_outputs.py test_compose_commands.py test_compose_golden.py",
    "sagemaker_roles/session": "test_session.py test_compose_library.py test_compose_inputs.py",
    "kb/rules": "test_rules.py test_check.py test_bad.py",
    "kb/publish": "test_changes.py test_compiled.py test_artifact_schemas.py test_causes.py"
    " test_builds.py test_lists.py",
}
#: A change with which the tests take longer than this many seconds is a loop without end, and noticed.
LONGEST = 600
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
    files = [file for part in COVERED for file in sorted((ROOT / "scripts" / part).rglob("*.py"))]
    missing = [part for part in COVERED if not (ROOT / "scripts" / part).is_dir()]
    assert not missing, missing
    every = [(file, *change) for file in files for change in changes(file.read_text("utf-8"))]
    return [
        (file.relative_to(ROOT), node.lineno, replacement, changed(file.read_text("utf-8"), node, replacement))
        for file, node, replacement in random.Random(seed).sample(every, count)  # noqa: S311
    ]


def covering(file: Path) -> list[str]:
    """The test files that cover a module."""
    (names,) = (names for part, names in COVERED.items() if file.is_relative_to(Path("scripts", part)))
    return [f"tests/{name}" for name in names.split()]


def is_noticed(copy: Path, tests: list[str], suite: str, file: Path, text: str) -> bool:
    """Whether a test of the suite fails with a file as given, which is put back."""
    before = (copy / file).read_text("utf-8")
    (copy / file).write_text(text, "utf-8")
    command = [str(ROOT / ".venv/bin/pytest"), "-q", "-x", "-n", "2", "--dist", "loadgroup", "--suite", suite, *tests]
    try:
        done = subprocess.run(
            [*command, "-p", "no:cacheprovider"],
            cwd=copy,
            env=_environment(copy),
            capture_output=True,
            timeout=LONGEST,
            check=False,
        )
        return done.returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        (copy / file).write_text(before, "utf-8")


def main() -> int:
    """Print each change, and whether it was noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int)
    parser.add_argument("--suite", default="test", choices=("test", "test-all"))
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin no change after so many")
    parser.add_argument("--caught", type=Path, help="output of an earlier run")
    options = parser.parse_args()
    before = options.caught.read_text("utf-8").splitlines() if options.caught else []
    end = time.monotonic() + options.seconds
    worse, outcomes = 0, list[bool]()
    sound = dict[tuple[str, ...], bool]()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        subprocess.run(["git", "clone", "-q", ROOT, copy], check=True)
        subprocess.run([sys.executable, "-m", "sagemaker_roles", "build"], cwd=copy, env=_environment(copy), check=True)
        for file, line, replacement, text in drawn(options.count, options.seed):
            if time.monotonic() > end:
                break
            tests = covering(file)
            if tuple(tests) not in sound:
                same = (copy / file).read_text("utf-8")
                sound[tuple(tests)] = not is_noticed(copy, tests, options.suite, file, same)
            if not sound[tuple(tests)]:
                sys.exit(f"mutations: {' '.join(tests)} fail without a change; run them, and mend that first")
            noticed = is_noticed(copy, tests, options.suite, file, text)
            outcomes.append(noticed)
            place = f"{file}:{line}: {' '.join(replacement.split())}"
            worse += not noticed and f"noticed   {place}" in before
            print("noticed  " if noticed else "survives ", place, flush=True)
    print(f"{sum(outcomes)} of {len(outcomes)} changes noticed")
    return min(worse, 1)


def _environment(copy: Path) -> dict[str, str]:
    """The environment in which Python finds the packages of the copy first."""
    return {**os.environ, "PYTHONPATH": str(copy / "scripts")}


if __name__ == "__main__":
    sys.exit(main())

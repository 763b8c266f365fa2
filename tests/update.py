"""Brings up to date what follows from records: ``make update``, the one command after an edit.

Puts records in order, checks them, names the scenarios that are missing, builds, renews what is expected of the
operations that changed, and says what is left for a person.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: The tests with expected documents that follow from records; they write only what differs.
EXPECTED = {
    "tests/test_compose_golden.py": "gives_what_is_kept",
    "tests/test_companion_setups.py": "kept",
    "tests/audits/test_verdicts.py": "kept",
    "tests/test_message_damage.py": "each_message_is_kept",
    "tests/test_request_damage.py": "",
    "tests/test_fleet.py": "test_the_golden_organization",
}


def command(*arguments: str) -> int:
    """Runs a command of sagemaker-roles; gives its exit code."""
    return subprocess.run([sys.executable, "-m", "sagemaker_roles", *arguments], cwd=ROOT, check=False).returncode


def changed(*paths: str) -> list[str]:
    """The files below some paths that differ from the last commit, new ones too."""
    git = ["git", "status", "--porcelain", "--untracked-files=all", "--no-renames", "--", *paths]
    done = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True)
    return [line[3:] for line in done.stdout.splitlines()]


def renew() -> int:
    """Renews the expected documents; gives the exit code."""
    chosen = " or ".join(filter(None, EXPECTED.values()))
    tests = [*EXPECTED, "-k", f"{chosen} or request_damage"]
    pytest = [sys.executable, "-m", "pytest", "-q", "--no-header", "-n", "auto", "--dist", "loadgroup", *tests]
    done = subprocess.run(
        pytest, cwd=ROOT, env={**os.environ, "GOLDEN": "write"}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout[-4000:], file=sys.stderr)
    return done.returncode


def main() -> int:
    """Runs all steps; 1 if something is left without which the tests fail."""
    if command("fix"):
        return 1
    if command("check"):
        command("fix", "--deviations")
        return 1
    if command("build"):
        return 1
    operations = [Path(file).stem for file in changed("build/v1/next/operations")]
    kept = changed("tests/golden")
    # Also after an edit that was taken back: what a run before expected, or left half when it was killed, goes.
    if (operations or kept) and renew():
        return 1
    missing = _missing([name for name in operations if (ROOT / "data" / "operations" / f"{name}.yaml").is_file()])
    print("\n".join(_said(operations, len({*changed("tests/golden")} - {*kept}), missing)))
    return 1 if missing else 0


def _missing(operations: Sequence[str]) -> list[str]:
    from tests.proof.missing import lines  # the records as they are now, in order

    return [line for name in operations for line in lines(name)]


def _said(operations: Sequence[str], kept: int, missing: Sequence[str]) -> list[str]:
    said = [f"{len(operations)} operations changed in build/v1/next, {kept} files in tests/golden"]
    if missing:
        said += ["", "Scenarios are missing. Write them from what the service does, not from the policy:", *missing]
    if operations:
        said += [
            "",
            "Left for you:",
            "- Read `git diff build` and `sagemaker-roles diff HEAD next`: a source must support each permission.",
            "- Commit data, build, and tests together. The checks of the pull request prove and compare what changed.",
        ]
    return said


if __name__ == "__main__":
    sys.exit(main())

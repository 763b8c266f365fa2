"""Suites and budgets (tests/budgets.yaml): each file is in one place, and `make test` stays as small as it promises."""

from __future__ import annotations

import pytest
import yaml

from support import ROOT

BUDGETS = yaml.safe_load((ROOT / "tests" / "budgets.yaml").read_text("utf-8"))["files"]
#: What a suite can take: two cores for as many minutes. `make test` has a minute of both for linters, mypy and build.
SECONDS = {"test": (4 - 1) * 60 * 2, "test-all": (12 - 4) * 60 * 2}


def test_every_file_is_listed() -> None:
    files = sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "tests").rglob("test_*.py"))
    assert [file for file in files if "node_modules" not in file] == sorted(BUDGETS), "tests/budgets.yaml"


@pytest.mark.parametrize("suite", SECONDS)
def test_the_budgets_fit_into_the_suite(suite: str) -> None:
    assert sum(budgets.get(suite, 0) for budgets in BUDGETS.values()) <= SECONDS[suite]
    assert all(budgets.keys() <= SECONDS.keys() and budgets for budgets in BUDGETS.values())

"""Both engines answer the committed cases as written, and seeded ones alike."""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sagemaker_roles.catalog.resolving import GLOBALS
from sagemaker_roles.engine.companions import MEANINGS
from sagemaker_roles.iam.size import ATTACHED_LIMIT, LIMITS

from .answers import ROOT, catalog, short, whole
from .committed import files
from .generate import committed, unpacked
from .seeded import compare

HERE = Path(__file__).parent
AGAIN = "if that is meant, `make conformance` writes the answers anew"

#: How many seeded cases one test compares, and the first seed: SEED=… takes other ones; `make soak` takes many.
SLICE = 100
SEED = int(os.environ.get("SEED", "12"))


@cache
def parsed(name: str) -> Any:
    return json.loads((HERE / f"{name}.json").read_bytes())


@pytest.mark.parametrize("name", [file.stem for file in committed()])
def test_python_answers_as_committed(name: str) -> None:
    statements = parsed(name)["statements"]
    for case in parsed(name)["cases"]:
        answer = json.loads(json.dumps(short(whole(case))))
        assert answer == unpacked(case["expected"], statements), f"{name}: {case['name']}; {AGAIN}"


def test_the_committed_cases_are_those_of_the_records() -> None:
    made = {
        name: sorted((json.loads(json.dumps(case)) for case in cases), key=_name) for name, cases in files().items()
    }
    kept = {
        file.stem: [
            {key: value for key, value in case.items() if key != "expected"} for case in parsed(file.stem)["cases"]
        ]
        for file in committed()
    }
    assert sorted(made) == sorted(kept), AGAIN
    for name, cases in made.items():
        assert cases == kept[name], f"{name}; {AGAIN}"


def _name(case: dict[str, Any]) -> str:
    return str(case["name"])


def test_the_committed_cases_are_many_and_small() -> None:
    cases = [case for file in committed() for case in parsed(file.stem)["cases"]]
    assert len(cases) >= 1400
    assert sum(1 for case in cases if "roles" in case["expected"]) > 1200
    assert sum(file.stat().st_size for file in committed()) < 6_000_000
    chosen = {(case.get("operation"), name) for case in cases for name in case.get("choice", {}).get("addons", ())}
    for name in catalog().operations:
        for grantee in catalog().operation(name).grantees():
            assert all((name, addon.id) in chosen for addon in grantee.addons)


def test_the_pages_engine_answers_as_committed() -> None:
    done = subprocess.run(
        ["node", "--test", HERE / "engine.test.mjs"], cwd=ROOT, text=True, capture_output=True, timeout=500
    )
    assert done.returncode == 0, done.stdout[-6000:]
    passed = re.search(r"^# pass (\d+)$|^ℹ pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed
    assert int(passed[1] or passed[2]) >= len(list(committed()))


def test_sizes_and_placeholders_are_the_same_in_both() -> None:
    program = (
        "const [{ LIMITS, ATTACHED_LIMIT }, { MEANINGS }, { GLOBALS }] = await Promise.all("
        "['iam/size.js', 'engine/placeholders.js', 'catalog.js'].map((name) => import(`./scripts/composer/${name}`)));"
        "console.log(JSON.stringify([LIMITS, ATTACHED_LIMIT, [...MEANINGS], GLOBALS]));"
    )
    options = ("--input-type=module", "--eval", program)
    done = subprocess.run(["node", *options], cwd=ROOT, text=True, capture_output=True, timeout=60)
    limits, attached, placeholders, common = json.loads(done.stdout)
    assert common == [*GLOBALS]
    assert set(limits) == {"trust", *(kind.limit for kind in catalog().companions)} - {""}
    assert attached == ATTACHED_LIMIT
    for name, limit in limits.items():
        known = LIMITS[name]
        wanted = (known.most, known.counts_bytes, known.counts_white_space, known.statements)
        assert tuple(limit.values()) == wanted, name
    assert placeholders == [
        [name, {"text": one.text, "pattern": one.pattern, "example": one.example}] for name, one in MEANINGS.items()
    ]


@pytest.mark.parametrize("number", range(4))
def test_seeded_cases_are_answered_alike(number: int) -> None:
    start = SEED + number * SLICE
    found = compare(range(start, start + SLICE))
    assert found.is_good, "\n".join([*found.different, *found.refused])
    assert found.composed > SLICE // 2

"""Real flows of both SageMaker Python SDKs run to their end, and every resource in their requests has its account."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from composing import compiled
from sdks import read as flow_reading
from support import ROOT, SCRIPTS, SOAKS

HERE = Path(__file__).parent / "sdks"
STATIC: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "static.yaml").read_text("utf-8"))
SDKS = ROOT / "build" / "sdks"
VERSIONS = ("v2", "v3")
OPEN: dict[str, dict[str, dict[str, str]]] = yaml.safe_load((HERE / "open.yaml").read_text("utf-8"))

#: Seconds for all flows of an SDK on a busy machine; they take about twenty on a free one.
RUN_TIME = 900
#: Flows whose requests name everything.
NAMED = (
    *("pytorch", "pipeline_of_emr", "pipeline_of_functions_and_queues", "nearest_neighbors", "trainer_with_code"),
    *("pipeline_of_jobs", "pipeline_of_a_loop_and_a_cleanup", "pipeline_of_an_endpoint"),
)


@cache
def results(version: str, *flows: str) -> dict[str, Any]:
    """What came of the flows of an SDK, run in one process."""
    assert (SDKS / ".stamp").exists(), "run `make build/sdks/.stamp`"
    folders = [HERE, SCRIPTS, *([SDKS / "v3"] if version == "v3" else []), SDKS / "v2"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAGEMAKER_"))}
    done = subprocess.run(
        [sys.executable, HERE / "run.py", version, *flows],
        env={**kept, "PYTHONPATH": os.pathsep.join(map(str, folders))},
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_TIME,
    )
    assert done.returncode == 0, (done.stdout[-3000:], done.stderr[-3000:])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def faults(result: Any, expected: Any) -> Iterator[str]:
    """What is not as it must be of a flow; ``expected`` are the ends of paths that a person is asked about."""
    if result["failure"] or result["problems"]:
        yield f"{result['failure']} {result['problems']}"
    elif not result["account"]:
        yield f"nothing to compose for in {result['operations']}"
    for _, path, _, reason in result["open"]:
        if not path.endswith(tuple(expected) or ("\0",)):
            yield f"{path}: {reason}; mend the records, or say in tests/sdks/open.yaml why a person is asked"
    for end in expected:
        if not any(path.endswith(end) for _, path, _, _ in result["open"]):
            yield f"{end} is accounted for now and leaves tests/sdks/open.yaml"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_resource_of_a_flow_is_accounted_for(version: str) -> None:
    """A seeded part of the flows; all of them in `make soak`."""
    found, reasons = results(version, *([] if SOAKS else ["some"])), OPEN.get(version, {})
    wrong = {name: list(faults(result, reasons.get(name, {}))) for name, result in found.items()}
    assert not {name: lines for name, lines in wrong.items() if lines}
    assert not {name: found[name]["placeholders"] for name in NAMED if name in found and found[name]["placeholders"]}
    if SOAKS:
        assert len(found) >= 20 and not reasons.keys() - found.keys()


@pytest.mark.parametrize("version", VERSIONS)
def test_reading_the_flows_gives_the_requests_that_the_sdks_send(version: str) -> None:
    """A seeded part of the flows; all of them in `make soak`. What the data do not have is named."""
    found, static = results(version, *([] if SOAKS else ["some"])), STATIC[version]
    equal = total = 0
    wrong, used = [], set()
    for name, text in flow_reading.flows(version):
        if name not in found or name in static["of_boto3"]:
            continue
        reading = flow_reading.read(compiled(), text)
        if name in static["partly"]:
            assert [one for one in reading.notices if one.kind == "problem" and one.message.startswith("calls ")], name
            continue
        for path, is_same in flow_reading.differences(reading, found[name]["requests"]):
            equal, total = equal + is_same, total + 1
            reasons = [end for end in static["members"] if re.search(f"{end}$", path)]
            used |= set(reasons) if not is_same else set()
            if not is_same and not reasons:
                wrong.append(f"{name}: {path}; mend data/services/libraries.yaml, or say why in tests/sdks/static.yaml")
    assert wrong == []
    assert equal >= 0.9 * total > 0
    if SOAKS:
        assert used == {*static["members"]}


def tables(version: str) -> Iterator[tuple[str, str, str]]:
    """Repository, Region, and account of every image that an SDK knows."""
    (folder,) = (SDKS / version).glob("**/image_uri_config")
    for file in sorted(folder.glob("*.json")):
        left = [json.loads(file.read_text("utf-8"))]
        while left:
            item = left.pop()
            if isinstance(item, list):
                left.extend(item)
            elif isinstance(item, dict):
                left.extend(item.values())
                for region, account in item.get("registries", {}).items():
                    yield item.get("repository", file.stem), region, str(account)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_registry_of_the_sdks_is_known_to_be_one_of_aws(version: str) -> None:
    known = {place for kind in compiled().companions for place in kind.aws_accounts}
    unknown = sorted(
        {
            f"{name} in {region}: {account}"
            for name, region, account in tables(version)
            if (region, account) not in known
        }
    )
    assert unknown == []


def test_flows_build_pipelines_of_every_type_of_step() -> None:
    code = next((SDKS / "v3").glob("**/workflow/steps.py")).read_text("utf-8")
    (enum,) = (item for item in ast.parse(code).body if isinstance(item, ast.ClassDef) and item.name == "StepTypeEnum")
    types = {
        item.value.value for item in enum.body if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant)
    }
    steps = {
        step
        for version in VERSIONS
        for step in re.findall(r"[A-Za-z]+Step\b", (HERE / f"flows_{version}.py").read_text("utf-8"))
    }
    names = {"Model": "ModelStep", "RegisterModel": "ModelStep", "AutoML": "AutoMLStep"}
    assert len(types) > 20
    assert {name for name in types if names.get(name, f"{name}Step") not in steps} == set()

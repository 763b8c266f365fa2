"""Real flows of both SageMaker Python SDKs run to their end, and every resource in their requests has its account."""

from __future__ import annotations

import ast
import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from composing import compiled
from support import ROOT, SCRIPTS

HERE = Path(__file__).parent / "sdks"
SDKS = ROOT / "build" / "sdks"
VERSIONS = ("v2", "v3")
OPEN: dict[str, dict[str, dict[str, str]]] = yaml.safe_load((HERE / "open.yaml").read_text("utf-8"))

#: Seconds for all flows of an SDK on a busy machine; they take about twenty on a free one.
RUN_TIME = 900


def flows(version: str) -> list[str]:
    """The names of the flows, as the file has them."""
    tree = ast.parse((HERE / f"flows_{version}.py").read_text("utf-8"))
    functions = [item for item in tree.body if isinstance(item, ast.FunctionDef)]
    return [item.name for item in functions if any(ast.unparse(one).startswith("flow") for one in item.decorator_list)]


@functools.cache
def results(version: str) -> dict[str, Any]:
    """What came of all flows of an SDK, run in one process."""
    assert (SDKS / ".stamp").exists(), "run `make build/sdks/.stamp`"
    folders = [HERE, SCRIPTS, *([SDKS / "v3"] if version == "v3" else []), SDKS / "v2"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAGEMAKER_"))}
    done = subprocess.run(
        [sys.executable, HERE / "run.py", version],
        env={**kept, "PYTHONPATH": os.pathsep.join(map(str, folders))},
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_TIME,
    )
    assert done.returncode == 0, (done.stdout[-3000:], done.stderr[-3000:])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


CASES = [
    pytest.param(version, name, marks=pytest.mark.xdist_group(f"sdk-{version}"), id=f"{version}-{name}")
    for version in VERSIONS
    for name in flows(version)
]


def test_there_are_enough_flows() -> None:
    assert len(CASES) >= 80
    assert all(len(flows(version)) >= 20 for version in VERSIONS)


@pytest.mark.parametrize(("version", "name"), CASES)
def test_every_resource_of_a_flow_is_accounted_for(version: str, name: str) -> None:
    result = results(version)[name]
    assert not result["failure"], result["failure"]
    assert result["composed"], f"nothing to compose for in {result['operations']}"
    assert result["account"]
    assert not result["problems"]
    expected = OPEN.get(version, {}).get(name, {})
    found = {path: reason for _, path, _, reason in result["open"]}
    unexpected = {path: why for path, why in found.items() if not path.endswith(tuple(expected) or ("\0",))}
    assert not unexpected, "mend the records, or say in tests/sdks/open.yaml why a person is asked"
    left = [end for end in expected if not any(path.endswith(end) for path in found)]
    assert not left, "what is accounted for now leaves tests/sdks/open.yaml"


def test_no_reason_is_for_a_flow_that_is_gone() -> None:
    assert {version: sorted(set(several) - set(flows(version))) for version, several in OPEN.items()} == {
        version: [] for version in OPEN
    }


@pytest.mark.parametrize(
    "version", [pytest.param(one, marks=pytest.mark.xdist_group(f"sdk-{one}")) for one in VERSIONS]
)
def test_flows_reach_every_operation_that_the_sdks_wrap(version: str) -> None:
    composed = {operation for result in results(version).values() for operation in result["composed"]}
    wanted = {
        "CreateAutoMLJobV2",
        "CreateCompilationJob",
        "CreateEndpointConfig",
        "CreateFeatureGroup",
        "CreateHyperParameterTuningJob",
        "CreateInferenceRecommendationsJob",
        "CreateModel",
        "CreateMonitoringSchedule",
        "CreatePipeline",
        "CreateProcessingJob",
        "CreateTrainingJob",
        "CreateTransformJob",
    }
    assert wanted <= composed


@pytest.mark.parametrize(
    ("version", "name", "placeholders"),
    [
        pytest.param(*one, marks=pytest.mark.xdist_group(f"sdk-{one[0]}"), id="-".join(one[:2]))
        for one in (
            ("v2", "pytorch", []),
            ("v2", "pipeline_of_emr", []),
            ("v2", "pipeline_of_functions_and_queues", []),
            ("v2", "kmeans", []),
            ("v3", "trainer_with_code", []),
            ("v3", "pipeline_of_jobs", []),
            ("v3", "pipeline_of_functions_and_queues", []),
            ("v3", "pipeline_of_a_loop_and_a_cleanup", []),
            ("v3", "pipeline_of_an_endpoint", []),
        )
    ],
)
def test_what_the_requests_name_is_no_placeholder(version: str, name: str, placeholders: list[str]) -> None:
    assert results(version)[name]["placeholders"] == placeholders


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

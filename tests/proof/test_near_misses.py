"""The machinery of the proof: which near misses a step has, and which lists hold."""

from __future__ import annotations

from typing import Any

import pytest

from . import near_misses, scenarios
from .proof import proof
from .scenarios import FOLDER, Scenario, Step


def _scenario(**request: Any) -> Scenario:
    return Scenario(
        operation="Test",
        id="test",
        title="",
        partition="aws",
        region="us-west-2",
        account="111122223333",
        role="",
        addons=(),
        values={},
        request=request,
        others=(),
        steps=(),
        caller_steps=(),
        trust=(),
        position="",
    )


def _misses(action: str, resource: str, context: dict[str, Any] | None = None, **request: Any) -> set[tuple[str, str]]:
    step = Step(action, resource, context or {}, "", "because")
    found = near_misses.derive(_scenario(**request), [step])
    assert step.resource not in {
        miss.resource for miss in found if miss.action == action and miss.context == step.context
    }
    return {(miss.kind, miss.resource) for miss in found if miss.action == action}


def test_objects_below_a_prefix() -> None:
    found = _misses("s3:GetObject", "arn:aws:s3:::data/in/train/1.csv", Uri="s3://data/in/train")
    assert ("other-bucket", "arn:aws:s3:::data-other/in/train/1.csv") in found
    assert ("other-key", "arn:aws:s3:::data/in/traix/1.csv") in found
    assert ("parent-folder", "arn:aws:s3:::data/in/1.csv") in found
    # What begins as the prefix does is meant by it, and no near miss.
    assert not any(resource.startswith("arn:aws:s3:::data/in/train") for _, resource in found)


def test_objects_below_a_folder() -> None:
    found = _misses("s3:PutObject", "arn:aws:s3:::data/out/job/model.tar.gz", Uri="s3://data/out")
    assert ("longer-key", "arn:aws:s3:::data/out-other/job/model.tar.gz") in found


def test_one_object() -> None:
    found = _misses("s3:GetObject", "arn:aws:s3:::data/model.tar.gz", Uri="s3://data/model.tar.gz")
    assert ("longer-key", "arn:aws:s3:::data/model.tar.gz.other") in found


def test_an_object_that_no_uri_holds() -> None:
    with pytest.raises(ValueError, match="give the step its extent"):
        _misses("s3:GetObject", "arn:aws:s3:::elsewhere/1.csv", Uri="s3://data/in/train")


@pytest.mark.parametrize(
    ("action", "resource", "kinds"),
    [
        (
            "ecr:BatchGetImage",
            "arn:aws:ecr:us-west-2:111122223333:repository/churn",
            {"other-region", "other-account", "other-name"},
        ),
        (
            "logs:PutLogEvents",
            "arn:aws:logs:us-west-2:111122223333:log-group:/aws/sagemaker/TrainingJobs:log-stream:a/b",
            {"other-region", "other-account", "other-log-group", "other-log-stream"},
        ),
        (
            "iam:PassRole",
            "arn:aws:iam::111122223333:role/service-role/Exec",
            {"other-account", "other-role", "other-path"},
        ),
        (
            "kms:Decrypt",
            "arn:aws:kms:us-west-2:111122223333:key/11111111-1111-4111-8111-111111111111",
            {"other-region", "other-account", "other-key"},
        ),
        (
            "ec2:CreateNetworkInterface",
            "arn:aws:ec2:us-west-2:111122223333:subnet/subnet-0123456789abcdef0",
            {"other-region", "other-account", "other-subnet"},
        ),
        ("glue:GetDatabase", "arn:aws:glue:us-west-2:111122223333:catalog", {"other-region", "other-account"}),
        ("ec2:DescribeSubnets", "*", set()),
    ],
)
def test_other_resources(action: str, resource: str, kinds: set[str]) -> None:
    assert {kind for kind, _ in _misses(action, resource)} == kinds


def test_other_conditions() -> None:
    found = near_misses.derive(
        _scenario(),
        [
            Step(
                "iam:PassRole",
                "arn:aws:iam::111122223333:role/Exec",
                {"iam:PassedToService": "sagemaker.amazonaws.com"},
                "",
                "x",
            )
        ],
    )
    contexts = [dict(miss.context) for miss in found if miss.kind.endswith("iam:PassedToService")]
    assert contexts == [{}, {"iam:PassedToService": "ec2.amazonaws.com"}]


def test_other_actions_take_the_same_resource() -> None:
    others = near_misses.neighbours("s3:GetObject", "arn:aws:s3:::bucket/key")
    assert {"s3:PutObject", "s3:DeleteObject", "s3:PutObjectAcl"} <= set(others)
    assert not {"s3:GetObject", "s3:ListBucket", "s3:DeleteBucket", "s3:ListAllMyBuckets"} & set(others)


def test_the_scenarios_have_near_misses_of_every_kind() -> None:
    cases = [case for name in ("CreateTrainingJob", "CreateModel") for case in proof(name).cases]
    kinds = {miss.kind for case in cases for part in ("policy", "caller", "trust") for miss in case.near_misses(part)}
    assert kinds >= {
        "longer-key",
        "no source",
        "other-access-point",
        "other-account",
        "other-action",
        "other-bucket",
        "other-key",
        "other-kind of source",
        "other-log-group",
        "other-name",
        "other-path",
        "other-region",
        "other-role",
        "other-security-group",
        "other-service",
        "other-subnet",
        "other aws:SourceAccount",
        "other cloudwatch:namespace",
        "other ec2:Subnet",
        "other iam:PassedToService",
        "other kms:ResourceAliases",
        "other kms:ViaService",
        "parent-folder",
        "user",
        "wildcard-in-name",
        "without kms:ViaService",
    }


# --- the lists ------------------------------------------------------------------------------------------------


def test_every_behaviour_is_used() -> None:
    texts = [path.read_text("utf-8") for path in FOLDER.glob("*[A-Z]*.yaml")]
    unused = [name for name in scenarios.behaviours() if not any(f"does: {name}\n" in text for text in texts)]
    assert not unused
    assert texts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("operation: Test\nscenarios: []\n", "scenarios"),
        ("operation: Test\nscenarios:\n  - {id: a, title: A, steps: [{action: x, does: y}]}\n", "does"),
        ("operation: Test\nscenarios:\n  - {id: a, title: A, odd: 1}\n", "odd"),
        ("operation: Test\noperation: Twice\n", "operation"),
    ],
)
def test_bad_scenarios_are_refused(text: str, message: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenarios, "ROOT", tmp_path)
    path = tmp_path / "Test.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(scenarios.ScenarioError, match=message):
        scenarios.read(path, scenarios._FILE)


_FIRST = """
operation: First
scenarios:
  - id: plain
    title: Plain
    request: {Name: a, Settings: [{Old: 1}], Gone: true}
    caller:
      - {action: "sagemaker:First", why: The call itself.}
      - {action: "sagemaker:AddTags", why: The request has tags.}
      - {action: "iam:PassRole", why: The role is passed.}
    trust: [{service: sagemaker.amazonaws.com, why: The service takes it.}]
  - {id: odd, title: Odd, like: plain}
"""
_SECOND = """
operation: Second
twin:
  of: First
  except: [odd]
  members: {Old: New}
  without: [Gone]
  request: {Id: b}
  call: {action: "sagemaker:Second", why: The call itself.}
  not_called: ["sagemaker:AddTags"]
"""


def _twins(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, second: str) -> Any:
    monkeypatch.setattr(scenarios, "ROOT", tmp_path)
    monkeypatch.setattr(scenarios, "FOLDER", tmp_path)
    for name, text in {"First": _FIRST, "Second": second}.items():
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    for function in (scenarios.of, scenarios._merged, scenarios.originals):
        function.cache_clear()
    try:
        return scenarios.of("Second"), scenarios.originals("Second")
    finally:
        for function in (scenarios.of, scenarios._merged, scenarios.originals):
            function.cache_clear()


def test_a_twin_has_the_scenarios_of_its_original(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (only,), originals = _twins(tmp_path, monkeypatch, _SECOND)
    assert originals == ("First",)
    assert (only.operation, only.id) == ("Second", "plain")
    assert only.request == {"Name": "a", "Settings": [{"New": 1}], "Id": "b"}
    assert [step.action for step in only.caller_steps] == ["sagemaker:Second", "iam:PassRole"]
    assert [item.service for item in only.trust] == ["sagemaker.amazonaws.com"]
    own = """scenarios:
  - id: plain
    title: Other
    without: [caller]
    request: {Name: c}
    caller: [{action: "sagemaker:Second", why: Alone it is.}]
  - {id: more, title: More, like: plain}
"""
    (plain, more), _ = _twins(tmp_path, monkeypatch, _SECOND + own)
    assert plain.title == "Other"
    assert plain.request == more.request == {"Name": "c", "Settings": [{"New": 1}], "Id": "b"}
    assert [step.action for step in plain.caller_steps] == ["sagemaker:Second"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[odd]", "[odd, none]"), "First has no scenario none"),
        (("except: [odd]", "except: [odd, plain]"), "no scenario"),
        (
            ('not_called: ["sagemaker:AddTags"]', "scenarios: [{id: a, title: A, without: [steps]}]"),
            "a is without something of no other",
        ),
    ],
)
def test_a_twin_that_is_wrong_is_refused(
    change: tuple[str, str], message: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = _SECOND.replace(*change).replace("  scenarios:", "scenarios:")
    with pytest.raises(scenarios.ScenarioError, match=message):
        _twins(tmp_path, monkeypatch, text)

"""The scenarios themselves: sound requests, and one at least for every add-on, entry, and form of a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from kb.aws.reference import SERVICES
from sagemaker_roles.catalog.operation_names import api_name
from sagemaker_roles.engine.compose import parse, search

from . import exceptions, near_misses, scenarios
from .missing import addons as missing_addons
from .missing import entries as missing_entries
from .missing import every_entry
from .proof import catalog, proof
from .scenarios import FOLDER, Other, Step

OPERATIONS = scenarios.operations()


def test_every_operation_has_scenarios_and_only_those() -> None:
    without = [name for name in catalog().operations if name not in OPERATIONS]
    assert sorted(exceptions.unproved()) == without, "write scenarios, or list the operation in exceptions.yaml"
    assert set(OPERATIONS) <= set(catalog().operations)
    assert OPERATIONS


@cache
def _service(operation: str) -> Any:
    record = catalog().data["operations"].get(operation)
    names = [record["service"]] if record else [file.stem for file in SERVICES.glob("sagemaker*.yaml")]
    services = [botocore.session.get_session().get_service_model(name) for name in names]
    return next(service for service in services if api_name(operation) in service.operation_names)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_requests_are_sound(operation: str) -> None:
    seen = 0
    for scenario in scenarios.of(operation):
        for other in [Other(operation, scenario.request), *scenario.others]:
            name = other.operation
            shape = _service(name).operation_model(api_name(name)).input_shape
            # A service that makes a request chooses the names in it.
            chosen = {
                member: "name" for member in shape.required_members if other.by_service and member.endswith("Name")
            }
            report = ParamValidator().validate({**chosen, **other.request}, shape)
            assert not report.has_errors(), f"{scenario}: {name}: {report.generate_report()}"
            seen += 1
    assert seen


@pytest.mark.parametrize("operation", OPERATIONS)
def test_nothing_is_left_open(operation: str) -> None:
    for case in proof(operation).cases:
        problems = [str(finding) for finding in case.scoped.findings if finding.kind == "problem"]
        assert not problems, f"{case.scenario}: {problems}"
        assert not case.scoped.placeholders, f"{case.scenario}: give values for {', '.join(case.scoped.placeholders)}"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_part_has_steps(operation: str) -> None:
    for case in proof(operation).cases:
        for part in ("policy", "caller", "trust"):
            statements = case.document(part)["Statement"]
            assert bool(statements) == bool(case.steps(part)), f"{case.scenario}: {part} has statements or steps alone"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_add_on_has_a_scenario(operation: str) -> None:
    record = catalog().operation(operation)
    roles = {case.scenario.role or (record.roles[0].id if record.roles else "") for case in proof(operation).cases}
    assert roles == ({role.id for role in record.roles} or {""})
    without = [f"{grantee}/{addon.id}" for grantee, addon in missing_addons(operation)]
    assert not without, "write scenarios with these add-ons; `make update` prints the lines"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_entry_and_member_has_a_scenario(operation: str) -> None:
    assert not missing_entries(operation), "write scenarios with these; `make update` prints the lines"


def _items(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _items(item)
    elif value is not None:
        yield value


def test_every_form_of_a_value_has_a_scenario() -> None:
    wanted: set[tuple[str, str]] = set()
    seen: set[tuple[str, str]] = set()
    for operation in OPERATIONS:
        requests = [
            members
            for scenario in scenarios.of(operation)
            for members in [scenario.request, *(other.request for other in scenario.others)]
        ]
        for _, _, entry in every_entry(operation):
            free = {name: kind for name, kind in entry.parameters.items() if name not in entry.constants}
            for name, kind_id in free.items():
                kind = catalog().kind(kind_id)
                if entry.members:
                    wanted |= {(kind_id, form.id) for form in entry.forms(name, kind)}
                    # A value of a form that is wrong is a problem, so no sound request has one.
                    wanted |= {(kind_id, form.id) for form in kind.forms if form.no_permission and not form.is_wrong}
                for item in (v for members in requests for m in entry.members for v in _items(search(m, members))):
                    values = item.get(name) if isinstance(item, dict) else item
                    for value in _items(values):
                        parsed = parse(kind, value) if isinstance(value, str) else None
                        if parsed:
                            seen.add((kind_id, parsed[0].id))
    assert wanted
    # A form that needs no permission may be for operations alone that have no scenarios yet.
    waiting = {
        (kind_id, form.id)
        for operation in exceptions.unproved()
        for _, _, entry in every_entry(operation)
        for kind_id in entry.parameters.values()
        if kind_id != "constant"
        for form in catalog().kind(kind_id).forms
        if form.no_permission
    }
    missing = sorted(wanted - seen - waiting)
    assert not missing, f"no scenario has a value of these forms: {missing}"


@pytest.mark.parametrize(
    ("call", "steps"),
    [
        ("s3:ListBucket", ["s3:ListBucket *"]),
        ("s3:GetObject on s3:b/k s3:c/l", ["s3:GetObject arn:aws:s3:::b/k", "s3:GetObject arn:aws:s3:::c/l"]),
        (
            ["iam:PassRole on iam:role/R", "s3:Get s3:Put on *"],
            ["iam:PassRole arn:aws:iam::4:role/R", "s3:Get *", "s3:Put *"],
        ),
        ("logs:X on logs:log-group:a:log-stream:", ["logs:X arn:aws:logs:r:4:log-group:a:log-stream:"]),
        ("ecr:X on arn:${Partition}:ecr:${Region}:5:repository/a", ["ecr:X arn:aws:ecr:r:5:repository/a"]),
    ],
)
def test_a_call_names_actions_and_short_arns(call: str | list[str], steps: list[str]) -> None:
    names = {"Partition": "aws", "Region": "r", "Account": "4"}
    found = scenarios._steps({"call": call, "why": "It is so."}, names)
    assert [f"{step.action} {step.resource}" for step in found] == steps


def test_every_behaviour_is_used() -> None:
    texts = [path.read_text("utf-8") for path in FOLDER.glob("*[A-Z]*.yaml")]
    used = {name for text in texts for name in re.findall(r"\bdoes: ([a-z0-9-]+)", text)}
    unused = scenarios.behaviours().keys() - used
    assert not unused
    assert texts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("operation: Test\nscenarios: []\n", "scenarios"),
        ("operation: Test\nscenarios:\n  - {id: a, title: A, steps: [{call: 's3:x', does: y}]}\n", "does"),
        ("operation: Test\nscenarios:\n  - {id: a, title: A, odd: 1}\n", "odd"),
        ("operation: Test\noperation: Twice\n", "operation"),
    ],
)
def test_bad_scenarios_are_refused(text: str, message: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenarios, "ROOT", tmp_path)
    path = tmp_path / "Test.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(scenarios.ScenarioError, match=message):
        scenarios.read(path, "scenarios")


_FIRST = """
operation: First
scenarios:
  - id: plain
    title: Plain
    request: {Name: a, Settings: [{Old: 1}], Gone: true}
    caller:
      - {call: "sagemaker:First", why: The call itself.}
      - {call: "sagemaker:AddTags", why: The request has tags.}
      - {call: "iam:PassRole", why: The role is passed.}
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
  call: {call: "sagemaker:Second", why: The call itself.}
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


@pytest.mark.parametrize(
    ("action", "key", "uri", "near"),
    [
        ("s3:GetObject", "in/train/1", "in/train", ["in/traix/1", "in/1"]),
        ("s3:PutObject", "out/job/m", "out", ["out-other/job/m"]),
        ("s3:GetObject", "m.gz", "m.gz", ["m.gz.other"]),
    ],
)
def test_near_misses_are_near(action: str, key: str, uri: str, near: list[str]) -> None:
    one = replace(scenarios.of("CreateModel")[0], request={"Uri": f"s3://b/{uri}"}, values={}, others=())
    found = {miss.resource for miss in near_misses.derive(one, [Step(action, f"arn:aws:s3:::b/{key}", {}, "", "x")])}
    assert found >= {f"arn:aws:s3:::b/{name}" for name in near}
    with pytest.raises(ValueError, match="give the step its extent"):
        near_misses.derive(one, [Step(action, "arn:aws:s3:::elsewhere/1", {}, "", "x")])

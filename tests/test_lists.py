"""A list of unknown length: each format repeats what has its element, and a note says what is not known."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import hcl2
import pytest

from cfn_lint import lint
from composing import compose
from made.cases import LISTED
from sagemaker_roles.errors import Unwritable
from sagemaker_roles.outputs import cloudformation
from sagemaker_roles.outputs.forms import Role
from terraform import Module

SUBNETS = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1", "subnet-0123456789abcdef2")
GROUPS = ("sg-0123456789abcdef0", "sg-0123456789abcdef1")
ELEMENTS = {"Subnets": SUBNETS, "Groups": GROUPS}


def of_lists(form: str, *options: str) -> Any:
    text, _ = LISTED["lists"]
    run = ("--request", "-", "--part", "all", "--region", "us-west-2", "--allow-placeholders", "--format", form)
    return compose(*run, *options, stdin=text)


def granted(*documents: Any) -> set[tuple[str, str, str]]:
    """What statements allow: each action on each resource under each alternative of a condition."""
    out = set()
    for statement in (item for document in documents for item in document["Statement"]):
        conditions = [
            json.dumps([operator, key, value])
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
            for value in values
        ]
        out |= set(itertools.product(statement["Action"], statement["Resource"], conditions or [""]))
    return out


def expected() -> set[tuple[str, str, str]]:
    given = [word for name, values in ELEMENTS.items() for word in ("--set", f"{name}={','.join(values)}")]
    return granted(of_lists("json", *given).document["policy"])


def test_a_template_repeats_statements_for_each_element_of_a_list() -> None:
    done = of_lists("cloudformation")
    template = done.document
    assert {name: template["Parameters"][name]["Type"] for name in ELEMENTS} == dict.fromkeys(
        ELEMENTS, "CommaDelimitedList"
    )
    made = [template["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]]
    for key, (element, collection, outputs) in (
        item for item in template["Resources"].items() if item[0].startswith("Fn::ForEach::")
    ):
        assert key == f"Fn::ForEach::{element}"
        for value in ELEMENTS[collection["Ref"]]:
            written = json.dumps(outputs).replace(f"${{{element}}}", value)
            made += [one["Properties"]["PolicyDocument"] for one in json.loads(written).values()]
    plain = json.loads(re.sub(r'\{"Fn::Sub": ("[^"]*")\}', r"\1", json.dumps(made)))
    assert granted(*plain) == expected()


def test_terraform_repeats_resources_for_each_element_of_a_list() -> None:
    parsed = hcl2.loads(of_lists("terraform").out)
    assert json.dumps(parsed["variable"]).count("list(string)") == 2
    (policy,) = (
        block['"permissions"']["policy"]
        for item in parsed["resource"]
        for kind, block in item.items()
        if kind == '"aws_iam_role_policy"'
    )
    given = {"var": {name.lower(): list(values) for name, values in ELEMENTS.items()}}
    text = Module({"locals": []}, given).value(policy)
    assert granted(json.loads(text.replace('"\\"', '"').replace('\\""', '"'))) == expected()


@pytest.mark.parametrize("name", LISTED)
def test_templates_with_lists_are_valid(name: str) -> None:
    text, values = LISTED[name]
    given = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
    run = ("--request", "-", "--part", "all", "--allow-placeholders", "--format", "cloudformation")
    done = compose(*run, *given, stdin=text)
    assert done.code == 0
    found = lint(done.out)
    assert not [str(item) for item in found if item.rule.id.startswith("E")]


def test_what_cannot_be_known_of_a_list_is_said() -> None:
    for form in ("json", "cloudformation", "terraform", "cli"):
        err = of_lists(form).err
        assert [f"note: policy: {name} is a list of unknown length" in err for name in ELEMENTS] == [True, True], form


@pytest.mark.parametrize(
    "statement",
    [
        {"Resource": ["a/${L}/${M}"]},
        {"Resource": ["a/${L}"], "Condition": {"StringLike": {"k": ["${L}"]}}},
        {"Resource": ["*"], "Condition": {"StringNotLike": {"k": ["${L}"]}}},
        {"Resource": ["a/${L}"], "Condition": {"StringLike": {"k": ["${M}"]}}},
        {"NotResource": ["a/${L}"]},
    ],
)
def test_elements_that_cannot_be_taken_apart_are_refused(statement: Any) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Sid": "S", "Effect": "Allow", "Action": ["a:b"], **statement}]}
    trust = {"Version": "2012-10-17", "Statement": []}
    role = Role("R", "/", [document], trust, None, lists=frozenset({"L", "M"}))
    with pytest.raises(Unwritable, match="write JSON"):
        cloudformation.text(role)


def test_other_values_stay_apart_from_elements() -> None:
    statement = {
        "Sid": "S",
        "Effect": "Allow",
        "Action": ["a:b"],
        "Resource": ["a/${L}", "b", "c/${M}"],
        "Condition": {"StringLike": {"k": ["x", "y"]}},
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    trust = {"Version": "2012-10-17", "Statement": []}
    role = Role("R", "/", [document], trust, [document], lists=frozenset({"L", "M"}))
    resources = json.loads(cloudformation.text(role))["Resources"]
    kept = resources["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    assert kept["Statement"] == [{**statement, "Resource": ["b"]}]
    for name, prefix in (("L", "a"), ("M", "c")):
        _, _, made = resources[f"Fn::ForEach::{name}Element"]
        assert [key.partition("&")[0] for key in made] == [f"Permissions{name}", f"CallerPolicy{name}"]
        for one in made.values():
            (item,) = one["Properties"]["PolicyDocument"]["Statement"]
            assert item == {**statement, "Resource": [{"Fn::Sub": f"{prefix}/${{{name}Element}}"}]}

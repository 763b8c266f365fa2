"""The library: the page's examples run as they stand; composing is pure and safe to share between threads."""

from __future__ import annotations

import copy
import doctest
import json
import re
from typing import Any
from unittest import mock

import pytest

import sagemaker_roles
from composing import changed, compiled
from sagemaker_roles import (
    Catalog,
    Composition,
    HeldPolicy,
    Request,
    audit,
    compose,
    held_role,
    read_files,
    read_value,
)
from sagemaker_roles.catalog import Compiled
from sagemaker_roles.engine.partial import Partial, Unknown
from sagemaker_roles.engine.roles import only_of_arn
from sagemaker_roles.errors import AmbiguousOperation, UnknownAddOn, UnknownOperation, UnknownRole
from support import ROOT, stored


def test_the_examples_of_the_page() -> None:
    text = (ROOT / "docs" / "library.md").read_text("utf-8")
    blocks = re.findall(r"^```pycon\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 9
    with mock.patch.object(Catalog, "load", classmethod(lambda cls: Catalog(Compiled(stored())))):
        test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "library.md", None, None)
        assert len(test.examples) > 15
        runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
        output: list[str] = []
        runner.run(test, out=output.append)
    assert runner.failures == 0, "".join(output)


def test_a_role_has_the_documents_that_composing_gives() -> None:
    requests = [Request("CreateTrainingJob", json.loads(changed()))]
    composed = compose(
        compiled(), requests, values={"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}
    )
    policy, trust = composed.policy.to_json(), composed.trust.to_json()
    plain = held_role(compiled(), [policy], trust=trust, boundary=policy)
    names = [HeldPolicy("policy 1", "file", policy)]
    boundary = HeldPolicy("boundary", "boundary", policy)
    assert plain == held_role(compiled(), names, trust=HeldPolicy("trust policy", "trust", trust), boundary=boundary)
    (report,) = audit(
        compiled(), read_value(compiled(), {"CreateTrainingJob": requests[0].members}), [plain]
    ).report.roles
    assert report.verdict != "missing"


def test_composing_changes_neither_the_request_nor_the_catalog() -> None:
    request = json.loads(changed())
    before, data = copy.deepcopy(request), json.dumps(compiled().data)
    first = compose(compiled(), [Request("CreateTrainingJob", request)])
    assert compose(compiled(), [Request("CreateTrainingJob", request)]) == first
    assert request == before
    assert json.dumps(compiled().data) == data


def test_unknown_names_are_lookup_errors() -> None:
    for error, request, options, message in (
        (UnknownOperation, Request("CreateNothing"), {}, "there is no record of the operation CreateNothing"),
        (UnknownRole, Request("CreateImage"), {"roles": ["nobody"]}, "no role nobody; CreateImage has "),
        (UnknownAddOn, Request("CreateImage"), {"addons": ["nothing"]}, "no add-on nothing; there are "),
        (UnknownAddOn, Request("CreateImage"), {"without": ["nothing"]}, "no add-on nothing; there are "),
    ):
        with pytest.raises(error, match=message):
            compose(compiled(), [request], **options)  # type: ignore[arg-type]


def test_an_unknown_add_on_names_the_role_that_has_it() -> None:
    record = compiled().operation("CreateDomain")
    addon = next(one for role in record.roles[1:] for one in role.addons if not record.roles[0].addon(one.id))
    owner = next(role.id for role in record.roles if role.addon(addon.id))
    for names, role in ((["z", addon.id], ""), ([addon.id, "a"], owner)):
        with pytest.raises(UnknownAddOn) as error:
            compose(compiled(), [Request("CreateDomain")], addons=iter(names))
        assert (error.value.name, error.value.role) == (names[0], role)


def test_the_readers_as_a_library(tmp_path: Any) -> None:
    file = tmp_path / "r.json"
    file.write_text(changed())
    assert (
        read_files(compiled(), [str(file)]).requests[0].members
        == read_value(compiled(), json.loads(changed())).requests[0].members
    )
    for members, first in (({"RoleArn": "x"}, ("CreateAIBenchmarkJob",)), ({"foo": 1}, ())):
        with pytest.raises(AmbiguousOperation) as error:
            read_value(compiled(), members)
        assert error.value.candidates[:1] == first
    assert [item.message for item in read_value(compiled(), 1, operation="CreateImage").notices] == [
        "a request must be a mapping of its members, not a number"
    ]


def test_what_the_package_offers() -> None:
    assert all(getattr(sagemaker_roles, name) for name in sagemaker_roles.__all__)
    assert set(sagemaker_roles.__all__) <= set(dir(sagemaker_roles))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        sagemaker_roles.nothing  # noqa: B018


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(TypeError, match="roles must be a list"):
        compose(compiled(), [Request("CreateTrainingJob")], "execution")
    with pytest.raises(TypeError, match="class Request, not dict; read_value reads"):
        compose(compiled(), [{"CreateModel": {}}])  # type: ignore[list-item]
    for ask in (compiled().operation, lambda name: read_value(compiled(), {"TrainingJobName": "j"}, operation=name)):
        with pytest.raises(UnknownOperation, match=r"CreateTrainingJobs; did you mean CreateTrainingJob\?"):
            ask("CreateTrainingJobs")


ROLE = "arn:aws:iam::111122223333:role/R"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"


def _findings(composition: Composition) -> list[tuple[str, str, str]]:
    return [(one.kind, one.operation, one.member) for one in composition.findings]


@pytest.mark.parametrize(
    ("values", "resource"), [({}, "key/${OutputKeyId}"), ({"Key": KEY}, f"key/{KEY}"), ({"Key": "alias/team"}, "key/*")]
)
def test_a_value_for_a_part_that_is_not_known_is_read_as_its_kind(values: dict[str, str], resource: str) -> None:
    output = {"S3OutputPath": "s3://amzn-s3-demo-bucket/o", "KmsKeyId": Partial([Unknown("Key")])}
    request = Request("CreateTrainingJob", {"RoleArn": ROLE, "OutputDataConfig": output})
    composed = compose(compiled(), [request], values={"Region": "us-west-2", **values})
    (statement,) = (one for one in composed.policy.statements if one.sid == "OutputEncrypt")
    assert statement.resources == (f"arn:aws:kms:us-west-2:111122223333:{resource}",)


def test_the_region_is_found_wherever_an_arn_is() -> None:
    arn = f"arn:aws:kms:eu-west-1:111122223333:key/{KEY}"
    for inner in ([arn], (arn,), {"a": [{"b": (arn,)}]}):
        request = Request("CreateTrainingJob", {"RoleArn": ROLE, "Other": inner})
        assert "eu-west-1" in json.dumps(compose(compiled(), [request]).policy.to_json()), inner


@pytest.mark.parametrize(
    ("name", "value", "bucket"),
    [
        ("InputS3Uri", Partial(["s3://", Unknown("Own"), "/x"]), "${Own}"),
        ("InputBucket", Partial([Unknown("Own")]), "${InputBucket}"),
        ("InputBucket", "amzn-s3-demo-bucket", "amzn-s3-demo-bucket"),
    ],
)
def test_a_placeholder_whose_value_is_not_known_stays(name: str, value: str, bucket: str) -> None:
    composed = compose(compiled(), [Request("CreateTrainingJob")], parameters={name: [value]})
    (statement,) = (one for one in composed.policy.statements if one.sid == "InputList")
    assert statement.resources == ("arn:${Partition}:s3:::" + bucket,)


# --- what the API does not take -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "kind", "member", "message"),
    [
        ({"outputDataConfig": {}}, "problem", "outputDataConfig", "no such member; did you mean OutputDataConfig?"),
        ({"OutputDataConfig": {"S3OutputPth": "s3://a/b"}}, "problem", "OutputDataConfig.S3OutputPth", "S3OutputPath?"),
        ({"Unheard": 1}, "note", "Unheard", "as far as is known here; it is ignored"),
        ({"InputDataConfig": {"ChannelName": "c"}}, "problem", "InputDataConfig", "must be a list; it is ignored"),
        ({"InputDataConfig": ["c"]}, "problem", "InputDataConfig[0]", "must be a mapping; it is ignored"),
        ({"OutputDataConfig": "s3://a/b"}, "problem", "OutputDataConfig", "must be a mapping; it is ignored"),
        ({"HyperParameters": {"secret": {}}}, "problem", "HyperParameters.secret", "must be one value; it is ignored"),
    ],
)
def test_nothing_of_a_request_is_passed_over_in_silence(members: Any, kind: str, member: str, message: str) -> None:
    findings = compose(compiled(), [Request("CreateTrainingJob", members)]).findings
    (found,) = (one for one in findings if one.member == member and "usually needs no permission" not in one.message)
    assert (found.kind, found.value) == (kind, "") and found.message.endswith(message)


def test_an_operation_whose_role_another_one_passes_is_the_callers() -> None:
    """An endpoint configuration without a role of its own works with the model's, which its caller does not pass."""
    own = "arn:aws:iam::111122223333:role/Model"
    requests = [Request("CreateModel", {"ExecutionRoleArn": own}, "m"), Request("CreateEndpointConfig", {}, "e")]
    chosen = only_of_arn(compiled(), requests, own)
    assert [(one.operation, one.roles) for one in chosen.requests] == [
        ("CreateModel", ("execution",)),
        ("CreateEndpointConfig", ("caller",)),
    ]


def test_what_fills_the_trust_policy_of_a_role_is_known() -> None:
    role = compiled().operation("CreateDomain").role("emr-access")
    assert role is not None
    assert "StudioRole" in {parameter for entry in compiled().fillable(role) for parameter in entry.parameters}

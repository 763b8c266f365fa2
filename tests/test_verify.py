"""`verify` against moto's server, and answers of the shapes that botocore documents where moto has none."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.validate import validate_parameters
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from kb.aws.reference import aws_reference
from moto_server import client as client_of
from moto_server import reset
from sagemaker_roles import Catalog, Choice, compose_reading, read_files
from sagemaker_roles.audits.required_calls import Need
from sagemaker_roles.cli.main import cli
from sagemaker_roles.extras.account import client as asking
from sagemaker_roles.extras.account.client import Asker
from sagemaker_roles.extras.account.planned_calls import CALLS, FREE, policy_of
from sagemaker_roles.extras.account.role_reader import resources
from sagemaker_roles.extras.account.verification import Verified, verify
from sagemaker_roles.iam.arn_parts import parse
from support import ROOT, output_schema

REQUEST = str(ROOT / "tests" / "inputs" / "aws" / "training-job.json")
ROLE = "arn:aws:iam::111122223333:role/service-role/TrainingRole"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
VALUES = {"Region": "us-west-2", "ManifestDataBucket": "amzn-s3-demo-bucket3", "ManifestDataPrefix": "data/"}

Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Account:
    """Clients of moto's server; what it lacks is answered here, in the shape that botocore has of the answer."""

    def __init__(self, url: str) -> None:
        self.url, self.calls = url, list[str]()
        self.answers: dict[str, Answer] = {
            "SimulatePrincipalPolicy": simulated(lambda action, about: "other" not in about),
            "SimulateCustomPolicy": simulated(lambda action, resource: True),
            "ValidatePolicy": lambda _: {"findings": []},
            "CheckNoNewAccess": lambda _: {"result": "PASS", "message": "", "reasons": []},
            "CheckAccessNotGranted": lambda _: {"result": "PASS", "message": "", "reasons": []},
        }

    def __call__(self, service: str, region: str) -> Any:
        client = client_of(service, self.url)
        arguments: dict[str, Any] = {}
        client.meta.events.register("before-parameter-build", lambda params, **_: arguments.update(given=params))
        client.meta.events.register("before-call", lambda model, **_: self._answered(model, arguments["given"]))
        return client

    def _answered(self, model: Any, given: Mapping[str, Any]) -> Any:
        self.calls.append(model.name)
        if model.name not in self.answers:
            return None
        answer = dict(self.answers[model.name](given))
        if "Error" not in answer:
            validate_parameters(answer, model.output_shape)
        return SimpleNamespace(status_code=400 if "Error" in answer else 200), answer


def simulated(
    allows: Callable[[str, str], bool], further: Mapping[str, Any] | None = None, denial: str = "implicitDeny"
) -> Answer:
    def answer(given: Mapping[str, Any]) -> Mapping[str, Any]:
        (resource,) = given["ResourceArns"]
        entries = [(one["ContextKeyName"], *one["ContextKeyValues"]) for one in given["ContextEntries"]]
        about = str([resource, *entries]).replace("GrantIsForAWSResource', 'false", "other")
        return {
            "EvaluationResults": [
                {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": "allowed" if allows(action, about) else denial,
                    **(further or {}),
                }
                for action in given["ActionNames"]
            ]
        }

    return answer


def error(code: str) -> Answer:
    return lambda _: {"Error": {"Code": code, "Message": "said AWS"}}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load()


@pytest.fixture
def account(server: str, catalog: Catalog) -> Iterator[Account]:
    reset(server)
    composed = compose_reading(catalog, read_files(catalog, [REQUEST]), Choice(values=VALUES)).roles[0].composition
    iam = client_of("iam", server)
    trust = json.dumps(composed.trust.to_json())
    iam.create_role(RoleName="TrainingRole", Path="/service-role/", AssumeRolePolicyDocument=trust)
    document = json.dumps(composed.policy.to_json())
    iam.put_role_policy(RoleName="TrainingRole", PolicyName="own", PolicyDocument=document)
    yield Account(server)
    reset(server)


def verified(catalog: Catalog, account: Account | None) -> Verified:
    return verify(catalog, read_files(catalog, [REQUEST]), Choice(values=VALUES), Asker(account))


def found(result: Verified, kind: str) -> list[Any]:
    return [one for role in result.roles for one in role.of(kind)]  # type: ignore[arg-type]


def test_the_role_that_was_composed_is_enough_and_no_more(catalog: Catalog, account: Account) -> None:
    result = verified(catalog, account)
    assert [one.role for one in result.roles] == [ROLE]
    assert found(result, "missing") == found(result, "excess") == []
    assert {"CheckNoNewAccess", "CheckAccessNotGranted", "ValidatePolicy", "SimulatePrincipalPolicy"} <= {
        *account.calls
    }
    assert not [one for one in result.notices if one.kind == "problem"]


def test_where_aws_and_we_differ_both_are_shown_without_an_account(catalog: Catalog, account: Account) -> None:
    account.answers["SimulatePrincipalPolicy"] = simulated(lambda action, _: action != "s3:PutObject")
    result = verified(catalog, account)
    assert {one.action for one in found(result, "missing")} == {"s3:PutObject"}
    assert any("-other" in one.resource for one in found(result, "excess"))
    differ = [one.why for one in found(result, "depends") if "One of both is wrong" in one.why]
    assert any("says implicitDeny, and sagemaker-roles says allowed" in one for one in differ)
    assert not re.search("[0-9]{12}|amzn-s3", " ".join(differ))


def test_what_the_organization_denies_is_said_to_be_its_doing(catalog: Catalog, account: Account) -> None:
    denied = {"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}
    account.answers["SimulatePrincipalPolicy"] = simulated(lambda *_: False, denied)
    missing = found(verified(catalog, account), "missing")
    assert missing and {one.layer for one in missing} == {"scp"}
    assert all("a policy of the organization does not allow it" in one.why for one in missing)


def test_a_role_that_grew_and_a_document_that_is_wrong(catalog: Catalog, account: Account) -> None:
    reasons = [{"description": "new", "statementIndex": 2, "statementId": "Wide"}]
    account.answers["CheckNoNewAccess"] = lambda _: {"result": "FAIL", "message": "new access", "reasons": reasons}
    place = {"path": [], "span": {"start": dict.fromkeys(("line", "column", "offset"), 1)}}
    place["span"]["end"] = place["span"]["start"]
    finding = {
        "findingType": "ERROR",
        "issueCode": "MISSING_X",
        "findingDetails": "Add it.",
        "learnMoreLink": "https://a",
    }
    account.answers["ValidatePolicy"] = lambda _: {"findings": [{**finding, "locations": [place]}]}
    result = verified(catalog, account)
    assert [(one.document, one.statement) for one in found(result, "excess")] == [("own", "Wide")]
    assert sum("MISSING_X: Add it." in one.why for one in found(result, "depends")) == 2
    assert result.roles[0].verdict == "depends"


def test_policies_of_resources_in_force_decide(catalog: Catalog, account: Account) -> None:
    s3 = client_of("s3", account.url)
    where = {"LocationConstraint": "us-west-2"}
    s3.create_bucket(Bucket="amzn-s3-demo-bucket2", CreateBucketConfiguration=where)
    statement = {"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject"}
    statement["Resource"] = "arn:aws:s3:::amzn-s3-demo-bucket2/*"
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket="amzn-s3-demo-bucket2", Policy=policy)
    missing = found(verified(catalog, account), "missing")
    assert [(one.action, one.layer, one.statement) for one in missing] == [("s3:PutObject", "resource", "No")]


DENY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*"}]})
HOME = "us-west-2:111122223333"

#: A resource in the work, the resource that has the policy (as the end of its ARN), the operation, and its answer.
READ: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (f"kms:{HOME}:key/{KEY}", "", "GetKeyPolicy", {"Policy": DENY}),
    ("s3:::amzn-s3-demo-bucket/a/*", "s3:::amzn-s3-demo-bucket", "GetBucketPolicy", {"Policy": DENY}),
    (
        f"s3:{HOME}:accesspoint/points/object/a*",
        f"s3:{HOME}:accesspoint/points",
        "GetAccessPointPolicy",
        {"Policy": DENY},
    ),
    (f"s3express:{HOME}:bucket/a--usw2-az1--x-s3", "", "GetBucketPolicy", {"Policy": DENY}),
    (f"ecr:{HOME}:repository/team/image", "", "GetRepositoryPolicy", {"policyText": DENY}),
    (f"secretsmanager:{HOME}:secret:token-AbCdEf", "", "GetResourcePolicy", {"ResourcePolicy": DENY}),
    (f"sns:{HOME}:topic", "", "GetTopicAttributes", {"Attributes": {"Policy": DENY}}),
    (f"sqs:{HOME}:queue", "", "GetQueueAttributes", {"Attributes": {"Policy": DENY}}),
    (f"lambda:{HOME}:function:f:1", f"lambda:{HOME}:function:f", "GetPolicy", {"Policy": DENY}),
    (f"dynamodb:{HOME}:table/t/index/i", f"dynamodb:{HOME}:table/t", "GetResourcePolicy", {"Policy": DENY}),
    (f"kinesis:{HOME}:stream/s", "", "GetResourcePolicy", {"Policy": DENY}),
    (f"events:{HOME}:event-bus/b", "", "DescribeEventBus", {"Policy": DENY}),
    (f"elasticfilesystem:{HOME}:file-system/fs-0123456789abcdef0", "", "DescribeFileSystemPolicy", {"Policy": DENY}),
    (f"glue:{HOME}:table/d/*", "", "GetResourcePolicy", {"PolicyInJson": DENY}),
    ("s3:::${Bucket}/a", "", "", {}),
    (f"s3:{HOME}:accesspoint/*/object/a", "", "", {}),
    (f"ssm:{HOME}:parameter/p", "", "", {}),
    (f"sagemaker:{HOME}:model-package/g/1", "", "", {}),
    (f"bedrock:{HOME}:custom-model/m", "", "", {}),
    (f"codeartifact:{HOME}:repository/d/r", "", "", {}),
    (f"logs:{HOME}:log-group:g", "", "none", {}),
)


@pytest.mark.parametrize(("named", "owner", "operation", "answer"), READ, ids=[one[0] for one in READ])
def test_every_kind_of_policy_is_read_or_said_not_to_be(
    account: Account, named: str, owner: str, operation: str, answer: dict[str, Any]
) -> None:
    account.answers |= {operation: lambda _: answer, "GetQueueUrl": lambda _: {"QueueUrl": "https://sqs/q"}}
    work: Any = SimpleNamespace(owned=(), needs=[Need("x:Y", f"arn:aws:{named}")])
    found, notices = resources(Asker(account), work)
    assert [*found] == ([f"arn:aws:{owner or named}"] if answer else [])
    assert account.calls[-1:] == ([operation] if answer else [])
    assert [one.kind for one in notices] == (["note"] if operation == "" or "accesspoint" in named else [])
    account.answers[operation] = error("AccessDeniedException")
    if answer:
        asker = Asker(account)
        assert resources(asker, work)[0] == {} and "you have no permission" in asker.notices[0].message


@pytest.mark.parametrize(
    ("operation", "code", "said"),
    [
        ("GetRole", "AccessDenied", "allow iam:GetRole"),
        ("GetRole", "NoSuchEntity", "there is no such role; AWS is asked about the composed policy"),
        ("ListRolePolicies", "AccessDenied", "allow iam:ListRolePolicies"),
        ("CheckNoNewAccess", "ThrottlingException", "AWS limits the calls"),
        ("SimulatePrincipalPolicy", "ServiceFailure", "said AWS"),
    ],
)
def test_what_cannot_be_asked_is_said_and_the_rest_goes_on(
    catalog: Catalog, account: Account, operation: str, code: str, said: str
) -> None:
    account.answers[operation] = error(code)
    result = verified(catalog, account)
    assert any(said in one.message for one in result.notices)
    assert result.roles and account.calls.index(operation) < len(account.calls) - 1
    if operation == "GetRole":
        assert "SimulateCustomPolicy" in account.calls
        bad = [one.message for one in result.notices if one.kind == "problem"]
        assert bad == (["the role cannot be read; AWS is asked about the composed policy"] if "Denied" in code else [])
    if operation in ("ListRolePolicies", "SimulatePrincipalPolicy"):
        assert result.roles[0].verdict == "depends"


def test_expired_credentials_end_the_calls(catalog: Catalog, account: Account) -> None:
    account.answers["GetCallerIdentity"] = error("ExpiredToken")
    result = verified(catalog, account)
    assert account.calls == ["GetCallerIdentity"]
    assert [one.kind for one in result.notices if "sign in again" in one.message] == ["problem"]
    assert [one.verdict for one in result.roles] == ["depends"], "no answer is no permission"


def test_the_plan_calls_nothing_and_everything_in_it_only_reads(tmp_path: Path) -> None:
    arguments = ["verify", "--plan", "--format", "json", "--request", REQUEST, "--region", "us-west-2"]
    run = CliRunner().invoke(
        cli, [*arguments, "--set", "ManifestDataBucket=amzn-s3-demo", "--set", "ManifestDataPrefix=p"]
    )
    assert run.exit_code == 0, run.output
    plan = json.loads(run.stdout)
    named = {one["action"] for one in plan["calls"]}
    assert {"iam:SimulatePrincipalPolicy", "access-analyzer:CheckNoNewAccess", "kms:GetKeyPolicy"} <= named
    reference = aws_reference()
    for action in {*named, *CALLS}:
        known = reference.action(action)
        assert known is not None and known.access_level in ("Read", "List"), action
    for statement in plan["policy"]["Statement"]:
        for action in statement["Action"]:
            types = reference.action(action).resource_types  # type: ignore[union-attr]
            for resource in statement["Resource"]:
                assert (resource == "*") is not bool(types), (action, resource)
                assert resource == "*" or parse(resource).service == action.partition(":")[0]  # type: ignore[union-attr]
    assert FREE not in {action for one in plan["policy"]["Statement"] for action in one["Action"]}


def test_the_help_names_every_call() -> None:
    text = " ".join(CliRunner().invoke(cli, ["verify", "-h"]).output.split())
    assert [name for name in CALLS if name not in text.replace("- ", "-")] == []


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "markdown"])
def test_the_command_writes_what_audit_writes(
    account: Account, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "clients", lambda *_: account)
    account.answers["SimulatePrincipalPolicy"] = simulated(lambda action, _: action != "s3:PutObject")
    settings = [part for name, value in VALUES.items() for part in ("--set", f"{name}={value}")]
    kept = tmp_path / "reference.json"
    run = CliRunner().invoke(cli, ["verify", REQUEST, *settings, "--format", form, "--reference-policy", str(kept)])
    assert run.exit_code == 1, run.output
    assert "s3:PutObject" in run.stdout
    assert json.loads(kept.read_text("utf-8"))["Version"] == "2012-10-17"
    if form == "json":
        Draft202012Validator(output_schema("audit")).validate(json.loads(run.stdout))
    if form == "sarif":
        assert "missing" in {one["ruleId"] for one in json.loads(run.stdout)["runs"][0]["results"]}
    if form == "junit":
        (suite,) = ET.fromstring(run.stdout)  # noqa: S314 - our own
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure")) > 0
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))


def test_a_role_alone_has_no_work(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "clients", lambda *_: account)
    run = CliRunner().invoke(cli, ["verify", "--role", ROLE])
    assert run.exit_code == 0 and "nothing says what the role is for" in run.stderr


def test_a_policy_has_one_statement_for_what_goes_together() -> None:
    from sagemaker_roles.extras.account.planned_calls import Call

    calls = [Call("iam:GetRole", ROLE), Call("iam:ListRolePolicies", ROLE), Call(FREE), Call("iam:GetRole", ROLE)]
    (statement,) = policy_of(calls)["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["iam:GetRole", "iam:ListRolePolicies"], [ROLE])

"""A role for each role ARN; no statement cancels a condition; formats with several roles; closed streams."""

from __future__ import annotations

import functools
import itertools
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import hcl2
import pytest

from cfn_lint import lint
from composing import Done, compiled, compose
from proof import scenarios
from sagemaker_roles import Choice, Request, SeveralRoles, compose_reading, read_value, write
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine import roles
from sagemaker_roles.engine.roles import arns_of, choose, only_of_arn, passed
from sagemaker_roles.inputs import Reading
from support import SCRIPTS

ACCOUNT = "111122223333"
VPC = {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}


def arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def training(role: str, bucket: str, **members: Any) -> dict[str, Any]:
    output = {"S3OutputPath": f"s3://{bucket}/out"}
    return {"TrainingJobName": bucket, "RoleArn": arn(role), "OutputDataConfig": output, **members}


def jobs(*roles: str) -> str:
    return "\n".join(json.dumps({"CreateTrainingJob": training(role, f"amzn-s3-demo-{role}")}) for role in roles)


def run(text: str, *options: str) -> Done:
    return compose("--request", "-", "--region", "us-west-2", *options, stdin=text)


# --- a role for each ARN -----------------------------------------------------------------------------------------


def test_json_of_several_roles_has_all_of_them_and_says_so() -> None:
    done = run(jobs("one", "two"))
    assert done.out == run(jobs("one", "two"), "--each").out
    assert "these requests use 2 roles; all are printed (--each). For one, give --role ARN" in done.err
    assert f"  {arn('one')}: CreateTrainingJob\n  {arn('two')}: CreateTrainingJob\n" in done.err


def test_each_role_has_what_its_own_requests_need() -> None:
    roles = run(jobs("one", "two"), "--each").document["roles"]
    assert [list(item) for item in roles] == [["arn", "operations", "policy", "trust", "caller"]] * 2
    assert [item["arn"] for item in roles] == [arn("one"), arn("two")]
    for own, other, item in (("one", "two", roles[0]), ("two", "one", roles[1])):
        assert item["operations"] == ["CreateTrainingJob"]
        assert f"amzn-s3-demo-{own}/out" in json.dumps(item["policy"])
        assert f"amzn-s3-demo-{other}" not in json.dumps(item)
        assert arn(own) in json.dumps(item["caller"]) and arn(other) not in json.dumps(item)
        alone = run(jobs("one", "two"), "--role", arn(own), "--part", "all").document
        assert alone == {part: item[part] for part in ("policy", "trust", "caller")}
    assert run(jobs("one"), "--each").document["roles"][0]["policy"] == run(jobs("one")).document
    one_part = run(jobs("one", "two"), "--each", "--part", "trust").document["roles"]
    assert [list(item) for item in one_part] == [["arn", "operations", "trust"]] * 2


def test_one_role_for_all_is_made_when_asked_for() -> None:
    done = run(jobs("one", "two"), "--merge")
    assert "amzn-s3-demo-one/out" in done.out and "amzn-s3-demo-two/out" in done.out
    assert f"the requests pass 2 roles ({arn('one')}, {arn('two')}); this is one role for all of them" in done.err


def test_one_request_that_passes_several_roles() -> None:
    settings = {"ExecutionRole": arn("Users"), "SecurityGroups": ["sg-0123456789abcdef0"]}
    request = {
        "CreateDomain": {"DefaultUserSettings": settings, "DefaultSpaceSettings": {"ExecutionRole": arn("Space")}}
    }
    roles = run(json.dumps(request), "--each", "--allow-placeholders").document["roles"]
    assert [item["arn"] for item in roles] == [arn("Users"), arn("Space")]
    for role_id, item in (("execution", roles[0]), ("space-execution", roles[1])):
        alone = run(json.dumps(request), "--role", role_id, "--allow-placeholders").document
        assert alone == item["policy"]


def test_a_role_of_one_operation_is_not_given_what_another_role_of_it_needs() -> None:
    """The space's role also trains; what the users' role needs of the domain is not its."""
    settings = {"DefaultUserSettings": {"ExecutionRole": arn("Users")}}
    domain = {"CreateDomain": {**settings, "DefaultSpaceSettings": {"ExecutionRole": arn("Space")}}}
    text = json.dumps(domain) + "\n" + json.dumps({"CreateTrainingJob": training("Space", "amzn-s3-demo-bucket")})
    options = ["--each", "--allow-placeholders", "--explain"]
    done = run(text, *options)
    space = done.err.partition(f"role: {arn('Space')}\n")[2]
    assert "for: CreateTrainingJob" in space and "for: CreateDomain" in space
    users, own = (
        {item["Sid"] for item in run(json.dumps(domain), "--role", role, *options[1:2]).document["Statement"]}
        for role in ("execution", "space-execution")
    )
    both = {item["Sid"] for item in done.document["roles"][1]["policy"]["Statement"]}
    assert own <= both
    trained = {item["Sid"] for item in run(jobs("Space")).document["Statement"]}
    assert not (users - own - trained) & both


def test_the_role_of_a_pipeline_by_its_arn_is_the_role_of_a_pipeline_by_its_id() -> None:
    steps = [
        {"Name": "Train", "Type": "Training", "Arguments": training("Steps", "amzn-s3-demo-bucket")},
        {"Name": "Again", "Type": "Training", "Arguments": training("Others", "amzn-s3-demo-bucket2")},
    ]
    definition = json.dumps({"Version": "2020-12-01", "Steps": steps})
    request = {"PipelineName": "p", "RoleArn": arn("Pipeline"), "PipelineDefinition": definition}
    text = json.dumps({"CreatePipeline": request})
    by_id = run(text, "--role", "pipeline", "--part", "all", "--allow-placeholders").document
    for name in (arn("Pipeline"), "Pipeline"):
        assert run(text, "--role", name, "--part", "all", "--allow-placeholders").document == by_id
    actions = {action for item in by_id["policy"]["Statement"] for action in item["Action"]}
    assert {"sagemaker:CreateTrainingJob", "sagemaker:StopTrainingJob", "iam:PassRole"} <= actions
    passed = [item["Resource"] for item in by_id["policy"]["Statement"] if item["Action"] == ["iam:PassRole"]]
    assert {arn("Others"), arn("Steps")} <= {text for several in passed for text in several}
    roles = run(text, "--each", "--allow-placeholders").document["roles"]
    assert [item["arn"] for item in roles] == [arn("Pipeline"), arn("Steps"), arn("Others")]
    assert roles[0]["policy"] == by_id["policy"]


def test_requests_that_pass_no_role_are_not_lost() -> None:
    endpoint = {"CreateEndpointConfig": {"EndpointConfigName": "e", "ProductionVariants": []}}
    schedule = {"CreateMonitoringSchedule": {"MonitoringScheduleName": "s"}}
    model = {"CreateModel": {"ModelName": "m", "ExecutionRoleArn": arn("Model")}}
    text = "\n".join([jobs("one"), *map(json.dumps, (model, endpoint, schedule))])
    roles = run(text, "--each", "--allow-placeholders").document["roles"]
    assert [(item["arn"], item["operations"]) for item in roles] == [
        (arn("one"), ["CreateTrainingJob"]),
        (arn("Model"), ["CreateModel", "CreateEndpointConfig"]),
        ("", ["CreateMonitoringSchedule"]),
    ]
    one = run(text, "--role", arn("one"), "--allow-placeholders")
    assert "CreateMonitoringSchedule: the request passes no role, so it is not known" in one.err


def test_a_name_that_several_roles_have_is_not_one() -> None:
    other = json.dumps({"CreateTrainingJob": {"RoleArn": "arn:aws:iam::444455556666:role/one"}})
    done = run(f"{jobs('one')}\n{other}", "--role", "one")
    assert done.code == 2 and 'several roles are called "one"; give an ARN' in done.err


# --- the same in the library -------------------------------------------------------------------------------------


def test_the_library_has_role_choice_formats_and_splitting() -> None:
    requests = [{"CreateTrainingJob": training(name, f"amzn-s3-demo-{name}")} for name in ("a1", "b2")]
    reading = read_value(compiled(), requests)
    result = compose_reading(compiled(), reading, Choice(values={"Region": "us-west-2"}))
    with pytest.raises(SeveralRoles) as error:
        write(result)
    assert error.value.arns == (arn("a1"), arn("b2"))
    assert write(result, each=True, parts=("policy", "trust", "caller")).text == run(jobs("a1", "b2"), "--each").out
    one = compose_reading(compiled(), reading, Choice(role="b2", values={"Region": "us-west-2"}))
    assert 'resource "aws_iam_role" "this"' in write(one, form="terraform").text


def test_an_add_on_of_one_of_several_roles_is_taken_by_that_one() -> None:
    text = jobs("one") + "\n" + json.dumps({"CreateModel": {"ModelName": "m", "ExecutionRoleArn": arn("Model")}})
    roles = run(text, "--each", "--addon", "kms-input", "--allow-placeholders").document["roles"]
    assert "kms:Decrypt" in json.dumps(roles[0]["policy"])
    assert "kms:Decrypt" not in json.dumps(roles[1]["policy"])


# --- no statement cancels a condition (invariant 10) -------------------------------------------------------------


def merged(*requests: Request) -> Any:
    return compose_reading(compiled(), Reading(requests=list(requests)), Choice(values={"Region": "us-west-2"}))


def test_a_trust_policy_does_not_cancel_its_own_condition() -> None:
    model = Request("CreateModel", {"ExecutionRoleArn": arn("R")}, "model")
    notebook = Request("CreateNotebookInstance", {"RoleArn": arn("R")}, "notebook")
    result = merged(model, notebook)
    (statement,) = result.roles[0].composition.trust.statements
    assert not statement.condition
    assert {reason.operation for reason in statement.reasons} == {"CreateModel", "CreateNotebookInstance"}
    notes = [notice.message for notice in result.notices if "without the limits of" in notice.message]
    assert notes == [
        "AssumeRole2: CreateNotebookInstance needs this without the limits of AssumeRole, so they were removed; "
        "to keep them, give CreateModel a separate role"
    ]
    assert merged(model).roles[0].composition.trust.statements[0].condition


def test_a_policy_does_not_cancel_its_own_condition() -> None:
    train = Request("CreateTrainingJob", {"RoleArn": arn("R"), "VpcConfig": VPC}, "train")
    process = Request("CreateProcessingJob", {"RoleArn": arn("R"), "NetworkConfig": {"VpcConfig": VPC}}, "process")
    result = merged(train, process)
    network = [item for item in result.roles[0].composition.policy.statements if "ec2" in "".join(item.actions)]
    assert [item.resources for item in network] == [("*",)]
    assert {reason.operation for reason in network[0].reasons} == {"CreateProcessingJob", "CreateTrainingJob"}
    (note,) = [notice.message for notice in result.notices if "without the limits of" in notice.message]
    assert "CreateProcessingJob needs this" in note and "give CreateTrainingJob a separate role" in note
    alone = [item for item in merged(train).roles[0].composition.policy.statements if "ec2" in "".join(item.actions)]
    assert len(alone) == 3


def test_the_add_on_that_cancels_a_condition_is_named() -> None:
    key = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    train = Request("CreateTrainingJob", {"RoleArn": arn("R"), "ResourceConfig": {"VolumeKmsKeyId": key}}, "train")
    choice = Choice(values={"Region": "us-west-2"}, addons=("kms-volume-narrow",))
    result = compose_reading(compiled(), Reading(requests=[train]), choice)
    (note,) = [notice.message for notice in result.notices if "without the limits of" in notice.message]
    assert note.endswith("so they were removed; to keep them, exclude the add-on kms-volume")
    alone = compose_reading(compiled(), Reading(requests=[train]), choice._replace(without=("kms-volume",)))
    assert not [notice for notice in alone.notices if "without the limits of" in notice.message]
    (grant,) = [one for one in alone.roles[0].composition.policy.statements if "kms:CreateGrant" in one.actions]
    assert any("kms:ViaService" in keys for keys in grant.condition.values())


# --- formats ------------------------------------------------------------------------------------------------------


def test_templates_hold_several_roles(tmp_path: Path) -> None:
    text = jobs("my-role", "my.role", "9th")
    template = run(text, "--format", "cloudformation", "--part", "all")
    assert template.code == 0
    assert not lint(template.out)
    resources = template.document["Resources"]
    roles = {key: item["Properties"]["RoleName"] for key, item in resources.items() if item["Type"].endswith("Role")}
    assert roles == {"MyRoleRole": "my-role", "MyRole2Role": "my.role", "9thRole": "9th"}
    parsed = hcl2.loads(run(text, "--format", "terraform").out)
    blocks = [(kind.strip('"'), name.strip('"')) for item in parsed["resource"] for kind in item for name in item[kind]]
    assert len(set(blocks)) == len(blocks) == 6
    assert ("aws_iam_role", "my_role_2") in blocks and ("aws_iam_role", "role_9th") in blocks
    assert run(text, "--format", "cli").out.count("aws iam create-role ") == 3
    for options in (["--role-name", "x"], ["--patch", str(tmp_path / "p.json")]):
        (tmp_path / "p.json").write_text("[]")
        done = run(text, "--format", "terraform", *options)
        assert done.code == 2 and "For one, give --role ARN; for one role that does it all, --merge" in done.err


def test_a_parameter_and_a_resource_do_not_have_one_name(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(
        "Parameters: {Role: {Type: String}}\n"
        "Resources:\n  Image:\n    Type: AWS::SageMaker::Image\n    Properties:\n"
        "      ImageName: x\n      ImageRoleArn: !Ref Role\n"
    )
    done = compose("--request", file, "--format", "cloudformation", "--part", "all", "--allow-placeholders")
    template = done.document
    assert not set(template.get("Parameters", {})) & set(template["Resources"])
    assert not lint(done.out)


# --- streams ------------------------------------------------------------------------------------------------------


def shell(command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS), "PYTHON": sys.executable}
    return subprocess.run(
        ["sh", "-c", command], env=environment, text=True, capture_output=True, check=False, timeout=60
    )


def test_closed_streams_are_told() -> None:
    done = shell('"$PYTHON" -m sagemaker_roles compose CreateImage --allow-placeholders >&-')
    assert (done.returncode, done.stderr) == (1, "sagemaker-roles: cannot write: standard output is closed\n")
    done = shell('"$PYTHON" -m sagemaker_roles compose CreateImage --request - <&-')
    assert (done.returncode, done.stderr) == (1, "problem: -: standard input is closed; give a file\n")


def test_an_interruption_while_the_command_starts_is_quiet() -> None:
    code = (
        "import sys, importlib.abc\n"
        "class Stop(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'sagemaker_roles.cli.compose': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop())\n"
        "sys.argv = ['sagemaker-roles', 'compose', 'CreateImage']\n"
        "from sagemaker_roles.__main__ import main\nmain()\n"
    )
    done = shell(f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}")
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "")


def test_a_profiler_sees_the_end_of_a_command() -> None:
    """Commands end at once, but not where the process is watched."""
    done = shell('"$PYTHON" -m cProfile -m sagemaker_roles list')
    assert "CreateTrainingJob" in done.stdout and "function calls" in done.stdout


# --- roles of many requests -------------------------------------------------------------------------------------------


@functools.cache
def requests() -> tuple[Request, ...]:
    """The requests of the scenarios of operations that one role can serve together."""
    several = (one for operation in scenarios.operations() for one in scenarios.of(operation))
    return tuple(
        Request(one.operation, one.request, f"{one.operation} {number}")
        for number, one in enumerate(several)
        # A pipeline and its steps belong together, so they are never in two parts.
        if one.operation in compiled().operations and "PipelineDefinition" not in one.request
    )


def several_roles(count: int) -> list[Request]:
    """All known requests again and again until there are so many, the roles that they pass taken from a few."""
    found = []
    for number, request in zip(range(count), itertools.cycle(requests()), strict=False):
        members = dict(request.members or {})
        for name in {"RoleArn", "ExecutionRoleArn"}.intersection(members):
            members[name] = f"arn:aws:iam::111122223333:role/R{number * 7 % (count // 3 + 1)}"
        found.append(request._replace(members=members, label=f"{request.label}-{number}"))
    return found


def test_each_of_many_roles_is_chosen_as_if_it_was_the_only_one() -> None:
    several = several_roles(len(requests()))
    chosen = choose(compiled(), several)
    arns = arns_of(compiled(), several)
    assert len(arns) > 50
    assert [role.arn for role in chosen if role.arn] == arns
    for role in chosen:
        if role.arn:
            alone = only_of_arn(compiled(), several, role.arn)
            assert (role.ids, [*role.requests]) == (alone.ids, [*alone.requests])
            assert choose(compiled(), several, role.arn) == [role]


def test_choosing_asks_each_request_for_its_roles_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many roles there are: the work is in proportion to the requests."""
    asked: list[Request] = []

    def counted(catalog: Catalog, request: Request) -> dict[str, str]:
        asked.append(request)
        return passed(catalog, request)

    monkeypatch.setattr(roles, "passed", counted)
    model = next(request for request in requests() if request.operation == "CreateModel")
    several = [
        model._replace(label=f"m{number}", members={"ExecutionRoleArn": f"arn:aws:iam::111122223333:role/R{number}"})
        for number in range(100)
    ]
    assert len(choose(compiled(), several)) == 100
    assert 100 <= len(asked) <= 300

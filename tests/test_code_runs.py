"""Scripts of tests/code run against moto, which enforces the composed policy, whole and without any one statement."""

from __future__ import annotations

import json
import random
import re
import runpy
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.loaders import JSONFileLoader
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

from proof.code_scripts import CODE, VALUES, scripts, wanted
from proof.oracle import Question, oracle
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine.code_permissions import needs_of_code, with_code
from sagemaker_roles.engine.documents import Document
from sagemaker_roles.inputs.code import code_files
from sagemaker_roles.inputs.reader import Reading
from sagemaker_roles.inputs.reading import add_code
from support import SOAKS

#: What scripts are given, what moto does not ask about, and why it cannot run some.
RUNS = yaml.safe_load((CODE / "runs.yaml").read_bytes())
#: The placeholder of what the code does not show, in the names of resources that are made.
ANY = "any-one"


#: Each session of boto3 would read the models of its services anew, which takes half of the time.
models = cache(JSONFileLoader().load_file)


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {"DEFAULT_REGION": "us-west-2", "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setattr(JSONFileLoader, "load_file", lambda _, path: models(path))
    monkeypatch.setenv("MOTO_ACCOUNT_ID", VALUES["Account"])
    # Some scripts send empty lists, which moto takes.
    (tmp_path / "config").write_text("[default]\nparameter_validation = false\n", "utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


def policy_of(script: Path) -> dict[str, Any]:
    catalog, reading = Catalog.load(), Reading()
    add_code(catalog, reading, code_files(str(script)))
    document = with_code(Document(()), needs_of_code(catalog, reading.code, VALUES), VALUES, is_broad=False).to_json()
    # What the code does not show is anything.
    text = json.dumps(document)
    policy: dict[str, Any] = json.loads(re.sub(r"\$\{(\w+)\}", lambda one: VALUES.get(one[1], "*"), text))
    return policy


def prepared(policy: dict[str, Any], given: dict[str, Any]) -> None:
    """Makes the resources that a policy names, as whoever set the account up did."""
    for arn in sorted({arn for one in policy["Statement"] for arn in one["Resource"] if arn != "*"}):
        _, _, service, _, _, name = arn.replace("*", given.get("any", ANY)).split(":", 5)
        if service in MAKERS:
            rest = name.partition("/")[2]
            MAKERS[service](boto3.client({"states": "stepfunctions"}.get(service, service)), name, rest, given)  # type: ignore[call-overload]
    exec(given.get("before", ""), {"client": boto3.client})  # noqa: S102


def bucket(client: Any, name: str, key: str, given: Any) -> None:
    own = name.partition("/")[0]
    if own not in [one["Name"] for one in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=own, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    if key:
        client.put_object(Bucket=own, Key=key, Body=b"{}")


def table(client: Any, name: str, rest: str, given: Any) -> None:
    if "/" not in rest:
        client.create_table(
            TableName=rest,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": given.get("key", "S")}],
            BillingMode="PAY_PER_REQUEST",
        )


def parameter(client: Any, name: str, rest: str, given: Any) -> None:
    for path in (f"/{rest.rstrip('/')}", f"/{rest.rstrip('/')}/x"):
        client.put_parameter(Name=path, Value="0", Type="String")


def queue(client: Any, name: str, rest: str, given: Any) -> None:
    client.send_message(QueueUrl=client.create_queue(QueueName=name)["QueueUrl"], MessageBody="{}")


def log_group(client: Any, name: str, rest: str, given: Any) -> None:
    client.create_log_group(logGroupName=name.removeprefix("log-group:").partition(":")[0])


#: By service what makes a resource: out of a client, its name, whole and after the first slash, and what is given.
MAKERS: dict[str, Callable[[Any, str, str, Any], Any]] = {
    "s3": bucket,
    "dynamodb": table,
    "sqs": queue,
    "logs": log_group,
    "secretsmanager": lambda client, name, *_: client.create_secret(
        Name=name.removeprefix("secret:").removesuffix("-??????"), SecretString='{"password": "x"}'
    ),
    "ssm": parameter,
    "sns": lambda client, name, *_: client.create_topic(Name=name),
    "kinesis": lambda client, _, rest, __: client.create_stream(StreamName=rest, ShardCount=1),
    "states": lambda client, name, *_: client.create_state_machine(
        name=name.rpartition(":")[2], definition="{}", roleArn=f"arn:aws:iam::{VALUES['Account']}:role/Own"
    ),
}


def enforced(policy: dict[str, Any]) -> dict[str, Any]:
    """A policy as moto can decide by it: it knows resources of Amazon S3 only, and no policy without a statement."""
    statements = [
        {**one, "Resource": one["Resource"] if one["Action"][0].startswith("s3:") else ["*"]}
        for one in policy["Statement"]
    ]
    nothing = {"Effect": "Allow", "Action": ["sts:GetCallerIdentity"], "Resource": ["*"]}
    return {**policy, "Statement": [nothing, *statements]}


def runs(script: Path, policy: dict[str, Any], whole: dict[str, Any]) -> str:
    """Runs a script as a role with a policy; the error that stopped it, or ""."""
    given = RUNS["given"].get(script.stem, {})
    with mock_aws():
        prepared(whole, given)
        iam = boto3.client("iam")
        trust = {"Version": "2012-10-17", "Statement": []}
        arn = iam.create_role(RoleName="Own", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName="Own", PolicyName="own", PolicyDocument=json.dumps(enforced(policy)))
        session = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="own")["Credentials"]
        own = {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }

        @set_initial_no_auth_action_count(0)
        def run() -> str:
            try:
                boto3.setup_default_session()
                names = runpy.run_path(str(script), run_name="__main__")
                exec(given.get("after", ""), names)  # noqa: S102
            except (Exception, SystemExit) as error:
                return f"{type(error).__name__}: {error}"
            return ""

        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            for name, value in {**own, **given.get("environment", {})}.items():
                patch.setenv(name, value)
            patch.setattr("sys.argv", [str(script), *given.get("argv", ())])
            patch.chdir(folder)
            for name in given.get("files", ()):
                Path(name).write_bytes(b"x")
            return str(run())


#: The scripts that moto cannot run, each with the error that shows it, or "".
NOT_RUN = {name: one.get("error", "") for one in RUNS["not_run"].values() for name in one["scripts"]}
EVERY = {one.stem: one for folder in ("scripts", "held") for one in scripts(folder)}


def chosen() -> list[str]:
    """All scripts in `make soak`, else some: each service is in one, and two are not run."""
    names = random.Random(12).sample(list(EVERY), len(EVERY))  # noqa: S311 - no secret
    if SOAKS:
        return names
    seen: set[str] = set()
    some = [name for name in names if NOT_RUN.get(name)][:2]
    for name in names:
        services = {action.partition(":")[0] for action, _ in wanted(EVERY[name])}
        if name not in NOT_RUN and services - seen:
            seen |= services
            some.append(name)
    return some


@pytest.mark.parametrize("name", chosen())
def test_the_composed_policy_is_enough_and_no_statement_too_many(name: str) -> None:
    policy = policy_of(EVERY[name])
    if (says := NOT_RUN.get(name)) is not None:
        assert not says or re.search(says, runs(EVERY[name], policy, policy)), "the reason in runs.yaml no longer holds"
        return
    assert runs(EVERY[name], policy, policy) == ""
    unasked = {*RUNS["unasked"], *RUNS["given"].get(name, {}).get("unasked", ())}
    told = [one for one in policy["Statement"] if not unasked.issuperset(one["Action"])]
    assert told
    for one in told:
        left = {**policy, "Statement": [other for other in policy["Statement"] if other is not one]}
        assert runs(EVERY[name], left, policy), one


def test_the_simulator_allows_what_scripts_need_and_no_near_miss() -> None:
    """An independent simulator (tests/oracle) decides; what each script needs is written by hand."""
    role = f"arn:aws:iam::{VALUES['Account']}:role/Own"
    asked: list[tuple[dict[str, Any], list[Question]]] = []
    for script in EVERY.values():
        policy = policy_of(script)
        granted = {
            (action, text) for one in policy["Statement"] for action in one["Action"] for text in one["Resource"]
        }
        questions = []
        passed = [one.get("Condition", {}) for one in policy["Statement"] if "iam:PassRole" in one["Action"]]
        context = {key: text for one in passed for key, (text, *_) in one.get("StringEquals", {}).items()}
        for action, resource in sorted(wanted(script)):
            # Whole resources, as a call names them: what is not known, and what a pattern leaves out, is anything.
            named = resource.replace("??????", "AbCdEf").replace("{}", "any").replace("*", "any")
            own = resource.split(":")[4] if resource != "*" else ""
            if resource == "*" or action.startswith("kms:") or own not in ("", VALUES["Account"]):
                continue  # the action has no resource; or another policy decides too
            if (action, resource.replace("{}", "*")) not in granted:
                continue  # on scripts that nothing was tuned on, some are missing
            missed = named.replace(":::", ":::another-") if ":::" in named else f"{named}-2".replace("any-2", "any/2")
            questions.append(Question(role, action, named, VALUES["Account"], context))
            if not re.search(r"[*?{]", resource):
                questions.append(Question(role, action, missed, VALUES["Account"], context))
        asked.append((policy, questions))
    answers = oracle().ask_all(asked)
    count = 0
    for (_, questions), given in zip(asked, answers, strict=True):
        for question, answer in zip(questions, given, strict=True):
            is_missed = question.resource.endswith(("-2", "/2")) or ":::another-" in question.resource
            # A name beside it can be no resource of the action at all, which is an error.
            assert answer.outcome in (("denied", "error") if is_missed else ("allowed",)), (question, answer)
            count += 1
    assert count > 150

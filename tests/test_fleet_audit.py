"""`fleet` with the details of the accounts: each role's policies of today, held against what the logs show."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from organizations import arn, event, model
from sagemaker_roles.cli.main import cli

ACCOUNT, REGION = "111122223333", "us-west-2"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


def role(name: str, statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "Path": "/",
        "RoleName": name,
        "RoleId": "AROAEXAMPLE",
        "Arn": arn(ACCOUNT, name),
        "AssumeRolePolicyDocument": TRUST,
        "RolePolicyList": [
            {"PolicyName": "work", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
        ],
        "AttachedManagedPolicies": [],
    }


def details(*roles: dict[str, Any]) -> dict[str, Any]:
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": [], "IsTruncated": False}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Logs of one account in which two roles of three serve, and the account's details."""
    events = [
        event(n, "CreateModel", model(n, ACCOUNT, REGION, arn(ACCOUNT, name)), ACCOUNT)
        for n, name in ((1, "Wide"), (2, "Narrow"))
    ]
    (tmp_path / "log.json").write_text(json.dumps({"Records": events}), "utf-8")
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    narrow = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    account = details(role("Wide", [allow]), role("Narrow", [narrow]), role("Idle", [allow]))
    (tmp_path / "account.json").write_text(json.dumps(account), "utf-8")
    return tmp_path


def run(folder: Path, *more: str, code: int = 0) -> tuple[Any, Any, dict[str, Any]]:
    """The command as it ended, the index that it wrote, and the documents of roles by name."""
    command = ["fleet", str(folder / "log.json"), "--out", str(folder / "out"), "--workers", "1", *more]
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == code, done.output
    if code:
        return done, {}, {}
    index = json.loads((folder / "out" / "index.json").read_bytes())
    several = {one["role"]: json.loads((folder / "out" / one["path"]).read_bytes()) for one in index["roles"]}
    schemas = {
        name: json.loads((folder / "out" / "schema" / f"fleet-{name}.schema.json").read_bytes())
        for name in ("index", "role")
    }
    for name, document in (("index", index), *(("role", one) for one in several.values())):
        Draft202012Validator(schemas[name]).validate(document)
    return done, index, {arn.rpartition("/")[2]: one for arn, one in several.items()}


def test_each_role_is_audited(folder: Path) -> None:
    _, index, documents = run(folder, "--account-details", str(folder / "account.json"))
    verdicts = {item["role"]: item["verdict"] for item in index["roles"]}
    assert verdicts == {arn(ACCOUNT, "Narrow"): "missing", arn(ACCOUNT, "Wide"): "sufficient"}
    assert index["unused"] == [arn(ACCOUNT, "Idle")]
    for name, document in documents.items():
        audit = document["audit"]
        assert audit["trust"], "nothing ties the service to the account"
        assert bool(audit["missing"]) is bool(audit["patches"]["mend"]) is (name == "Narrow")
        assert audit["excess"]
    for name in ("summary.md", "report.html"):
        text = (folder / "out" / name).read_text("utf-8")
        assert all(part in text for part in ("Policies of today", "sufficient", "Roles that no log shows", "Idle"))


def test_damaged_details_stop_the_run_before_it_begins(folder: Path) -> None:
    (folder / "account.json").write_text("{", "utf-8")
    done, _, _ = run(folder, "--account-details", str(folder / "account.json"), code=1)
    assert "account.json" in done.stderr
    assert not (folder / "out").exists()


def test_a_policy_that_is_none_is_a_fault_of_its_role(folder: Path) -> None:
    account = details(role("Wide", [{"Effect": "Maybe", "Action": "*", "Resource": "*"}]))
    (folder / "account.json").write_text(json.dumps(account), "utf-8")
    _, _, documents = run(folder, "--account-details", str(folder / "account.json"))
    assert "Maybe" in documents["Wide"]["audit"]["fault"]


def test_pages_pipes_and_folders_of_details(folder: Path) -> None:
    """Two pages of one account, of which one has the policy that the other attaches; read from a pipe, and a folder."""
    policy = f"arn:aws:iam::{ACCOUNT}:policy/All"
    first = details({**role("Wide", []), "AttachedManagedPolicies": [{"PolicyName": "All", "PolicyArn": policy}]})
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": document}
    second = details(role("Narrow", [])) | {
        "Policies": [{"PolicyName": "All", "Arn": policy, "DefaultVersionId": "v1", "PolicyVersionList": [version]}]
    }
    other = details({**role("Far", []), "Arn": arn("444455556666", "Far")})
    (folder / "details").mkdir()
    for name, page in (("1.json", first), ("2.json", second), ("3.json", other)):
        (folder / "details" / name).write_text(json.dumps(page), "utf-8")
    (folder / "details" / "notes.json").write_text("{}", "utf-8")
    os.mkfifo(folder / "pipe")
    writer = threading.Thread(target=(folder / "pipe").write_text, args=(json.dumps(first), "utf-8"), daemon=True)
    writer.start()
    given = ("--account-details", str(folder / "pipe"), "--account-details", str(folder / "details" / "2.json"))
    verdicts = []
    for options in (given, ("--account-details", str(folder / "details"))):
        done, index, _ = run(folder, *options)
        verdicts.append({item["role"].rpartition("/")[2]: item["verdict"] for item in index["roles"]})
    assert verdicts == [{"Wide": "sufficient", "Narrow": "missing"}] * 2
    assert index["unused"] == [arn("444455556666", "Far")]
    assert "notes.json" in done.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_sessions_called_counts(folder: Path, workers: str) -> None:
    """Calls of the two roles and of a person, in two files; a third is damaged."""
    allow = {"Effect": "Allow", "Resource": "*"}
    statements = [
        {**allow, "Sid": "Rows", "Action": "dynamodb:DescribeTable"},
        {**allow, "Sid": "Queues", "Action": "sqs:CreateQueue"},
        {**allow, "Sid": "Objects", "Action": "s3:GetObject"},
    ]
    (folder / "account.json").write_text(json.dumps(details(role("Wide", statements))), "utf-8")
    (folder / "seen").mkdir()
    for name, numbers in (("a", (3, 4)), ("b", (8,))):
        records = []
        for number in numbers:
            table = event(number, "DescribeTable", {"tableName": "t"}, ACCOUNT, eventSource="dynamodb.amazonaws.com")
            issuer = {"sessionContext": {"sessionIssuer": {"arn": arn(ACCOUNT, "Wide")}}}
            records += [{**table, "userIdentity": issuer}, {**table, "requestParameters": {"tableName": "theirs"}}]
        (folder / "seen" / f"{name}.json").write_text(json.dumps({"Records": records}), "utf-8")
    (folder / "seen" / "damaged.json").write_text("{", "utf-8")
    options = ("--account-details", str(folder / "account.json"), "--observed", str(folder / "seen"))
    done, _, documents = run(folder, *options, "--workers", workers)
    assert "damaged.json" in done.stderr
    wide, narrow = documents["Wide"], documents["Narrow"]
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t"
    needed = table.replace("aws", "${Partition}", 1).replace(REGION, "us-west-2").replace(ACCOUNT, "${Account}")
    assert wide["observed"] == [
        {"permissions": [f"dynamodb:DescribeTable {needed}"], "events": 3, "first": "2026-11-04", "last": "2026-11-09"}
    ]
    assert narrow["observed"] == []
    assert (table in json.dumps(wide["policies"]), table in json.dumps(narrow["policies"])) == (True, False)
    said = {one["statement"]: one["status"] for one in wide["audit"]["observed"]["statements"]}
    assert said == {"Rows": "used", "Queues": "not seen", "Objects": "cannot be seen"}

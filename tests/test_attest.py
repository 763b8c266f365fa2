"""`attest`: what logs show of composed statements, and that nothing of a log but actions and months comes out."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.publish.collections import counted
from kb.site import operation
from kb.site.published import Published
from proof.near_misses import texts_in
from sagemaker_roles import Catalog
from sagemaker_roles.cli.main import cli
from sagemaker_roles.extras.account import attest_command
from sagemaker_roles.extras.account.attestation import Leak, Row, attest, document
from support import ROOT, SOAKS

ORIGIN = "0123456789abcdef0123456789abcdef"

#: How many seeded logs are read: a slice in `make test-all`, 100,000 in a soak.
LOGS = 100_000 if SOAKS else 200


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return loaded_catalog()


@cache
def loaded_catalog() -> Catalog:
    return Catalog.load()


class Maker:
    """A log with secrets everywhere: in names, ARNs, sessions, parameters, errors, addresses, and event names."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - tests need no secrets
        self.account = "".join(self.random.choices("123456789", k=12))
        self.bucket, self.role = self.word(), f"arn:aws:iam::{self.account}:role/{self.word()}"

    def word(self) -> str:
        return "zq" + "".join(self.random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=self.random.randint(6, 20)))

    def event(self, source: str, name: str, **members: Any) -> dict[str, Any]:
        identity: dict[str, Any] = {"type": "AssumedRole", "arn": f"arn:aws:sts::{self.account}:{self.word()}"}
        if source != "sagemaker":
            identity["sessionContext"] = {"sessionIssuer": {"arn": self.role, "userName": self.word()}}
        return {
            "eventVersion": "1.08",
            "userIdentity": identity,
            "eventTime": f"2026-{self.random.randint(1, 12):02}-0{self.random.randint(1, 9)}T08:00:00Z",
            "eventSource": f"{source}.amazonaws.com",
            "eventName": name,
            "awsRegion": "us-west-2",
            "sourceIPAddress": f"10.{self.random.randint(0, 255)}.77.{self.random.randint(0, 255)}",
            "userAgent": self.word(),
            "requestID": self.word(),
            "recipientAccountId": self.account,
            **members,
        }

    def log(self) -> dict[str, Any]:
        request = {
            "trainingJobName": self.word(),
            "roleArn": self.role,
            "algorithmSpecification": {"trainingInputMode": "File"},
            "inputDataConfig": [{"dataSource": {"s3DataSource": {"s3Uri": f"s3://{self.bucket}/{self.word()}"}}}],
            "outputDataConfig": {"s3OutputPath": f"s3://{self.bucket}/{self.word()}"},
        }
        request["inputDataConfig"][0]["channelName"] = self.word()  # type: ignore[index]
        arn = f"arn:aws:s3:::{self.bucket}/{self.word()}"
        calls = [
            self.event("s3", self.random.choice(["GetObject", "PutObject", "HeadObject"]), resources=[{"ARN": arn}]),
            self.event("logs", "CreateLogStream", requestParameters={"logStreamName": self.word()}),
            self.event("dynamodb", "GetItem", errorCode="AccessDenied", errorMessage=self.word()),
            self.event(self.word(), self.word(), errorCode=self.word()),
            self.event("s3", self.word(), vpcEndpointId=self.word(), eventTime=self.word()),
        ]
        self.random.shuffle(calls)
        return {"Records": [*calls, self.event("sagemaker", "CreateTrainingJob", requestParameters=request)]}


def written(catalog: Catalog, log: dict[str, Any], folder: Path) -> dict[str, Any]:
    file = folder / "log.json"
    file.write_text(json.dumps(log, separators=(",", ":")), "utf-8")
    return document(catalog, attest(catalog, [str(file)], lambda *_: None), ORIGIN)


def test_nothing_of_a_log_survives(catalog: Catalog, tmp_path: Path) -> None:
    rows = 0
    for seed in range(LOGS):
        log = Maker(seed).log()
        found = written(catalog, log, tmp_path)
        out = json.dumps(found)
        left = [
            text
            for text in texts_in(log)
            for part in (text, *text.split("/"), *text.split(":"))
            if ("zq" in part or part.isdigit() or ".77." in part) and len(part) > 4 and part in out
        ]
        assert not left, (seed, left)
        rows += len(found["seen"])
    assert rows > LOGS


def test_what_is_counted(catalog: Catalog, tmp_path: Path) -> None:
    log = Maker(1).log()
    kept = [one for one in log["Records"] if one["eventName"] in ("CreateLogStream", "GetItem", "CreateTrainingJob")]
    found = written(catalog, {"Records": kept}, tmp_path)["seen"]
    by_action = {one["action"]: one for one in found}
    assert set(by_action) == {"logs:CreateLogStream", "dynamodb:GetItem"}
    stream, missing = by_action["logs:CreateLogStream"], by_action["dynamodb:GetItem"]
    assert (stream["statement"], stream["role"], stream["outcome"], stream["resource"]) == (
        "WriteLogs",
        "execution",
        "allowed",
        "logs",
    )
    assert (missing.get("statement"), missing["outcome"], missing["count"]) == (None, "denied", 1)
    assert (
        written(catalog, {"Records": [one for one in kept if one["eventName"] != "CreateTrainingJob"]}, tmp_path)[
            "seen"
        ]
        == []
    )


def test_independent_origins_are_counted_and_shown() -> None:
    row = {
        "operation": "CreateTrainingJob",
        "role": "execution",
        "statement": "WriteLogs",
        "action": "logs:PutLogEvents",
    }
    row |= {"outcome": "allowed", "month": "2026-11", "count": 5}
    denied = {"operation": "CreateTrainingJob", "action": "s3:GetBucketAcl", "outcome": "denied", "month": "2026-11"}
    files = [
        {"id": id, "seen": [row, {**row, "month": "2026-10"}, denied, {**row, "outcome": "denied"}]} for id in "aab"
    ]
    found = counted(files)
    assert [(one["statement"], one["origins"]) for one in found["seen"]] == [("WriteLogs", 2)]
    assert [(one["action"], one["origins"]) for one in found["lacking"]] == [("s3:GetBucketAcl", 2)]
    site = Published(ROOT / "build" / "v1")
    site.__dict__["seen"] = {("CreateTrainingJob", "execution", "", "WriteLogs"): 2}
    pages = operation.pages(site, "CreateTrainingJob", {"folder": "engine/one", "size": 1}, "")
    assert sum(text.count("seen in 2 accounts") for text in pages.values()) == 1


def test_a_file_that_is_no_number_is_refused_as_origin(tmp_path: Path) -> None:
    (tmp_path / "origin").write_bytes(b"\xff\xfe of mine")
    with pytest.raises(Leak, match="origin: it is not a random number"):
        document(loaded_catalog(), {}, attest_command._origin(tmp_path / "origin"))


GOOD = Row("CreateTrainingJob", "execution", "", "WriteLogs", "logs:CreateLogStream", "logs", (), "allowed", "2026-11")


@given(st.sampled_from([name for name in Row._fields if name not in ("addon", "statement")]), st.text(min_size=1))
@settings(max_examples=200, deadline=None)
def test_no_other_text_passes_the_scrubber(column: str, text: str) -> None:
    catalog = loaded_catalog()
    assert document(catalog, {GOOD: 1}, ORIGIN)["seen"]
    value = (text,) if column == "conditions" else text
    row = GOOD._replace(**{column: value})
    if row != GOOD and text not in ("denied", "failed"):
        with pytest.raises(Leak):
            document(catalog, {row: 1}, ORIGIN)


@pytest.mark.parametrize("origin", ["", "111122223333", "ABCDEF0123456789abcdef0123456789", "my-team" * 5])
def test_an_origin_is_a_random_number(catalog: Catalog, origin: str) -> None:
    with pytest.raises(Leak):
        document(catalog, {GOOD: 1}, origin)


def test_the_command_shows_everything_before_it_writes(tmp_path: Path) -> None:
    log, out, origin = tmp_path / "log.json", tmp_path / "attestation.yaml", tmp_path / "home" / "origin"
    log.write_text(json.dumps(Maker(3).log()), "utf-8")
    arguments = ["attest", str(log), "--out", str(out), "--origin", str(origin)]
    shown = CliRunner().invoke(cli, arguments, input="n\n")
    assert shown.exit_code == 0 and "count:" in shown.stdout and not out.exists(), shown.output
    kept = CliRunner().invoke(cli, [*arguments, "--yes"])
    assert kept.exit_code == 0 and out.read_text("utf-8") == kept.stdout == shown.stdout
    assert origin.read_text("ascii").strip() in kept.stdout
    assert CliRunner().invoke(cli, [*arguments, "--yes"]).exit_code == 2
    empty = CliRunner().invoke(
        cli, ["attest", str(ROOT / "tests/inputs/aws/training-job.json"), "--out", str(tmp_path / "x")]
    )
    assert empty.exit_code == 1 and "Traceback" not in empty.output
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "1_CloudTrail-Digest_2.json").write_text("{}")
    for name in ("logs", "nothing"):
        none = CliRunner().invoke(cli, ["attest", str(tmp_path / name), "--out", str(tmp_path / "x")])
        assert none.exit_code == 2 and "there is no log" in none.stderr

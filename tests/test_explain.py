"""Explaining error messages: the reported failures of tests/field, hostile texts, the command.

What is said of messages of each kind is kept: see tests/test_message_damage.py.
"""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from functools import cache
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonpatch import apply_patch
from jsonschema import Draft202012Validator

from field.answers import (
    CHANGES,
    Counted,
    alarms,
    changed,
    cured,
    cured_left_out,
    false_alarms,
    held_out,
    left_out,
    quoted,
    reported,
    unseen,
)
from field.answers import place as place_of
from field.messages import Failure, failures
from sagemaker_roles import Catalog, Cause, Explanation, explain_message
from sagemaker_roles.cli.main import cli
from sagemaker_roles.diagnosing import reading
from sagemaker_roles.diagnosing.clues import read_messages
from sagemaker_roles.outputs import denials
from support import output_schema

ACCOUNT = "111122223333"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/ExecutionRole/SageMaker"
OBJECT = "arn:aws:s3:::amzn-s3-demo-bucket/data/train.csv"
QUOTED = [item for item in failures() if item.text]
#: What a policy of ours cures: these are matters of IAM.
CURED = quoted()

#: The share of changed messages that has the right answer, where the change takes away much of it.
LEAST = {"cut after the action": 0.85, "translated around the names": 0.76}

#: Failures whose message looks like a missing permission: a query of a database that does not exist.
UNSEEN = {"athena-wrong-database"}


@cache
def catalog() -> Catalog:
    return Catalog.load()


def denied(action: str = "s3:GetObject", resource: str = OBJECT, principal: str = SESSION, reason: str = "") -> str:
    return f"User: {principal} is not authorized to perform: {action} on resource: {resource}{reason}"


def explain(text: str, operation: str = "") -> Explanation:
    return explain_message(catalog(), text, operation=operation)


def checked(explanation: Explanation) -> list[str]:
    """What is printed of an answer, of which the JSON keeps the schema."""
    value = denials.to_json(explanation.causes, explanation.look)
    Draft202012Validator(output_schema("explanation")).validate(json.loads(json.dumps(value)))
    return [json.dumps(value), *denials.to_text(catalog(), explanation.causes, explanation.look)]


def first(text: str, operation: str = "") -> Cause:
    return explain(text, operation).causes[0]


# --- reported failures ------------------------------------------------------------------------------------------


def test_the_right_operation_and_add_on_come_first_for_nine_in_ten_and_among_three_for_all() -> None:
    counts = cured()
    assert counts.messages == len(CURED) >= 50
    assert counts.shown == counts.messages, counts.misplaced
    assert counts.first >= 0.9 * counts.messages, counts.misplaced


def test_messages_that_nothing_was_written_for_have_the_right_answer() -> None:
    counts = unseen()
    assert counts.messages == len(held_out()) >= 60
    assert counts.shown >= 0.85 * counts.messages, counts.misplaced
    assert counts.first >= 0.7 * counts.messages, counts.misplaced
    threads = {thread for item in failures() if item.form != "held-out" for thread in (item.source, item.url)}
    assert not threads & {item.thread for item in held_out()}, "reported, and not held out"


@pytest.mark.parametrize("counted", [left_out, cured_left_out])
def test_no_message_is_answered_only_by_what_was_written_for_it(counted: Callable[[], Counted]) -> None:
    assert counted().shown >= 0.85 * counted().messages, counted().misplaced


@pytest.mark.parametrize(("change", "least"), [(name, LEAST.get(name, 0.95)) for name in CHANGES])
def test_a_changed_message_has_the_same_answer(change: str, least: float) -> None:
    assert changed(change).shown >= least * changed(change).messages, changed(change).misplaced


def test_what_is_no_permission_matter_is_not_called_one() -> None:
    assert len(alarms()) >= 50
    assert len(false_alarms()) <= 0.05 * len(alarms()), false_alarms()


def test_with_the_operation_they_come_first() -> None:
    places = {item.id: place_of(item, item.operation) for item in CURED}
    assert sum(number == 0 for number in places.values()) >= 0.95 * len(places), places


def test_what_is_no_missing_statement_is_said_first() -> None:
    """Of these, only the matter or the layer is the answer."""
    assert {item.id for item in reported() if not item.actions and item.place(catalog())} == UNSEEN


@pytest.mark.parametrize("item", QUOTED, ids=str)
def test_each_message_is_known_and_what_is_printed_keeps_the_schema(item: Failure) -> None:
    explanation = explain(item.text)
    assert explanation.is_known
    if item.form in ("not-authorized", "no-identity-policy", "no-resource-policy", "no-boundary", "explicit-deny"):
        assert explanation.causes[0].action in item.actions
    checked(explanation)


# --- what is said -----------------------------------------------------------------------------------------------


def test_the_statement_is_for_the_resource_of_the_message_and_the_patch_adds_it() -> None:
    cause = first(
        denied(reason=" because no identity-based policy allows the s3:GetObject action"), "CreateTrainingJob"
    )
    assert (cause.operation, cause.role, cause.caller) == ("CreateTrainingJob", "execution", False)
    assert (cause.layer, cause.layer_named, cause.who) == ("identity-policy", True, "execution role")
    assert cause.statement is not None and cause.statement["Resource"] == [OBJECT]
    assert cause.evidence and cause.sources and cause.why
    assert cause.page == "reference/CreateTrainingJob.md"
    before = {"Version": "2012-10-17", "Statement": []}
    assert apply_patch(before, cause.patch) == cause.policy


def test_the_text_says_which_policy_to_change() -> None:
    explanation = explain(denied(reason=" because no permissions boundary allows the s3:GetObject action"))
    assert "Add to the permissions boundary:" in list(denials.to_text(catalog(), explanation.causes, ()))


def test_what_stands_far_from_a_message_does_not_count() -> None:
    text = "An error occurred (403) when calling the HeadObject operation: Forbidden"
    far = "sagemaker-training-toolkit ERROR" + " x" * 10_000 + text
    assert explain(far).causes == explain(text).causes


# --- hostile texts ----------------------------------------------------------------------------------------------


#: Parts of messages, and what could upset a reader or a terminal.
PARTS = ["User: ", SESSION, " is not authorized to perform: ", "s3:GetObject", " on resource: ", OBJECT, "because no "]
PARTS += ["{", "[", '"FailureReason":', "\\", "\x1b[31m", "\ud800", "${*}", "Data download failed", "403"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=40).map("".join) | st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    explanation = explain(text)
    assert not [line for line in checked(explanation) if "\x1b" in line]
    assert explanation.is_known or explanation.look


def test_a_long_log_is_read_in_pieces_with_the_same_answer() -> None:
    lines = [f"algo-1 step {number} loss=0.1" for number in range(300)]
    for place, number in enumerate((3, 90, 91, 200, 299)):
        lines[number] = denied(resource=f"arn:aws:s3:::amzn-s3-demo-bucket/{place}").replace(
            " on resource", "\non resource"
        )
    text = "\n".join([*lines, *lines])
    whole = read_messages(catalog(), text)
    assert [one.resource.rpartition("/")[2] for one in whole] == ["0", "1", "2", "3", "4"]
    for size in (97, 1_000, 5_000):
        with mock.patch.object(reading, "_PIECE", size):
            assert read_messages(catalog(), text) == whole
            assert read_messages(catalog(), text.replace("\n", " ")) == whole


def test_a_long_log_takes_little_more_memory_than_its_text() -> None:
    text = "algo-1 step 12 loss=0.12345, throughput 123.4 samples a second\n" * 150_000 + denied()
    read_messages(catalog(), denied())
    tracemalloc.start()
    try:
        assert read_messages(catalog(), text)
        assert tracemalloc.get_traced_memory()[1] < len(text)
    finally:
        tracemalloc.stop()


# --- the command ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["argument", "file", "input"])
def test_the_command_reads_each_way(way: str, tmp_path: Path) -> None:
    file = tmp_path / "job.log"
    file.write_text(denied())
    arguments = {"argument": [denied()], "file": [str(file)], "input": ["-"]}[way]
    run = CliRunner().invoke(cli, ["explain", *arguments], input=denied())
    assert run.exit_code == 0, run.output
    assert f"Denied:  s3:GetObject on {OBJECT}" in run.output and '"Effect": "Allow"' in run.output


def test_a_log_with_bytes_that_are_no_text_is_read(tmp_path: Path) -> None:
    file = tmp_path / "job.log"
    file.write_bytes(b"\xff\xfe\x00 progress \x80\n" + denied().encode())
    run = CliRunner().invoke(cli, ["explain", str(file)])
    assert run.exit_code in (0, 1) and not isinstance(run.exception, UnicodeError)
    file.write_bytes(b"progress \x80\n" + denied().encode())
    assert CliRunner().invoke(cli, ["explain", str(file)]).exit_code == 0


def test_a_message_that_is_not_known_ends_with_1() -> None:
    run = CliRunner().invoke(cli, ["explain", "the job hangs"])
    assert run.exit_code == 1 and "not known yet" in run.stdout


def test_the_command_gives_json_and_takes_the_operation() -> None:
    arguments = ["explain", "--format", "json", "--operation", "createprocessingjob", denied()]
    run = CliRunner().invoke(cli, arguments)
    value = json.loads(run.output)
    Draft202012Validator(output_schema("explanation")).validate(value)
    assert value["known"] and value["causes"][0]["operation"] == "CreateProcessingJob"


# --- what the reader must not be fooled by ----------------------------------------------------------------------


SIGNED = "https://amzn-s3-demo-bucket.s3.us-west-2.amazonaws.com/data/train.csv?X-Amz-Algorithm=AWS4-HMAC-SHA256"
HIDDEN = (
    "AKIAIOSFODNN7EXAMPLE",
    "0123456789abcdef0123",
    "IQoJb3JpZ2luX2VjEBcaCXVzLWVhc3QtMSJHMEUCIQChpLqiTKZ0123456789",
)


@pytest.mark.parametrize(
    "text",
    [
        f"403 Forbidden for {SIGNED}&X-Amz-Credential={HIDDEN[0]}/x&X-Amz-Signature={HIDDEN[1]} in HeadObject",
        f"GetObject (403) s3://amzn-s3-demo-bucket/a x-amz-security-token:{HIDDEN[2]}",
        f"docker login -u AWS -p {HIDDEN[2]} {ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/churn: 403 Forbidden",
        f"AWS_SECRET_ACCESS_KEY={HIDDEN[1]} AWS_SESSION_TOKEN={HIDDEN[2]} {denied()}",
        json.dumps({"errorMessage": f"password: {HIDDEN[1]} {denied(resource=OBJECT + '?Signature=' + HIDDEN[1])}"}),
    ],
)
def test_credentials_are_nowhere_in_an_answer(text: str) -> None:
    explanation = explain(text)
    assert explanation.is_known
    assert [secret for secret in HIDDEN if secret in "\n".join(checked(explanation))] == []

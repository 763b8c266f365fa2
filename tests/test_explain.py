"""Explaining error messages: the reported failures of tests/field, hostile texts, the command.

What is said of messages of each kind is kept: see tests/test_message_damage.py.
"""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Callable, Iterator
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
    plain,
    quoted,
    reported,
    unseen,
)
from field.answers import place as place_of
from field.messages import Failure, failures
from kb.aws.reference import aws_reference
from proof import linters
from sagemaker_roles import Catalog, Cause, Explanation, explain_message
from sagemaker_roles.cli.main import cli
from sagemaker_roles.explanations import messages, rendering
from sagemaker_roles.explanations.clues import read_messages
from sagemaker_roles.explanations.explanation import causes_of
from sagemaker_roles.explanations.ranking import Case
from sagemaker_roles.explanations.recorded_needs import statements
from sagemaker_roles.explanations.statements import allows
from sagemaker_roles.iam import arns
from sagemaker_roles.iam.grammar import faults
from sagemaker_roles.iam.patterns import intersects
from support import ROOT, drawn, output_schema

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
    value = rendering.to_json(explanation.causes, explanation.look)
    Draft202012Validator(output_schema("explanation")).validate(json.loads(json.dumps(value)))
    return [json.dumps(value), *rendering.to_text(catalog(), explanation.causes, explanation.look)]


def first(text: str, operation: str = "") -> Cause:
    return explain(text, operation).causes[0]


# --- reported failures ------------------------------------------------------------------------------------------


def test_the_right_operation_and_add_on_come_first_for_nine_in_ten_and_among_three_for_all() -> None:
    counts = cured()
    assert counts.messages == len(CURED) >= 50
    assert counts.shown == counts.messages, counts.misplaced
    assert counts.first >= 0.9 * counts.messages, counts.misplaced


def test_the_right_answer_of_a_report_comes_first() -> None:
    assert plain().first >= 0.98 * plain().messages, plain().misplaced


def test_messages_that_nothing_was_written_for_have_the_right_answer() -> None:
    counts = unseen()
    assert counts.messages == len(held_out()) >= 60
    assert counts.shown >= 0.85 * counts.messages, counts.misplaced
    assert counts.first >= 0.85 * counts.messages, counts.misplaced
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
    assert "Add to the permissions boundary:" in list(rendering.to_text(catalog(), explanation.causes, ()))


@pytest.mark.parametrize(
    ("action", "resource", "named"),
    [
        ("s3:ListBucket", "arn:aws:s3:::amzn-s3-demo-bucket", "bucket policy"),
        ("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "key policy"),
    ],
)
def test_the_policy_of_a_resource_has_its_name(action: str, resource: str, named: str) -> None:
    message = (
        "An error occurred (AccessDenied): User: arn:aws:sts::111122223333:assumed-role/R/SageMaker is not authorized"
        f" to perform: {action} on resource: {resource} because no resource-based policy allows the {action} action"
    )
    explanation = explain(message)
    assert f"Add to the {named}:" in list(rendering.to_text(catalog(), explanation.causes, ()))


def test_the_page_names_these_policies_alike() -> None:
    named = "".join(f', {service}: "{name}"' for service, name in rendering.RESOURCE_POLICIES.items())
    assert f"RESOURCES = {{ {named[2:]} }};" in (ROOT / "scripts/web/denied.js").read_text()


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
        with mock.patch.object(messages, "_PIECE", size):
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


# --- the statement is one of its layer ----------------------------------------------------------------------------

#: The kind of document of each layer, where the layer decides it.
KINDS = {
    "": "managed",
    "identity-policy": "managed",
    "boundary": "boundary",
    "organization-policy": "scp",
    "session-policy": "session",
    "endpoint-policy": "endpoint",
    "trust-policy": "trust",
}
LAYERS = (
    *("identity-based policy", "permissions boundary", "service control policy", "resource control policy"),
    *("session policy", "VPC endpoint policy", "resource-based policy", "role trust policy"),
)
CALLS = {
    "s3:GetObject": OBJECT,
    "s3:ListBucket": "arn:aws:s3:::amzn-s3-demo-bucket",
    "kms:Decrypt": f"arn:aws:kms:us-west-2:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "ecr:BatchGetImage": f"arn:aws:ecr:us-west-2:{ACCOUNT}:repository/x",
    "ecr:GetAuthorizationToken": "*",
    "sts:AssumeRole": f"arn:aws:iam::{ACCOUNT}:role/R",
    "sts:TagSession": f"arn:aws:iam::{ACCOUNT}:role/R",
    "iam:PassRole": f"arn:aws:iam::{ACCOUNT}:role/R",
    "sqs:SendMessage": f"arn:aws:sqs:us-west-2:{ACCOUNT}:q",
    "sns:Publish": f"arn:aws:sns:us-west-2:{ACCOUNT}:t",
    "glue:GetTable": f"arn:aws:glue:us-west-2:{ACCOUNT}:table/a/b",
    "lambda:InvokeFunction": f"arn:aws:lambda:us-west-2:{ACCOUNT}:function:f",
    "secretsmanager:GetSecretValue": f"arn:aws:secretsmanager:us-west-2:{ACCOUNT}:secret:x-abcdef",
    "sagemaker:InvokeEndpoint": f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:endpoint/e",
    "dynamodb:GetItem": f"arn:aws:dynamodb:us-west-2:{ACCOUNT}:table/t",
    "events:PutRule": f"arn:aws:events:us-west-2:{ACCOUNT}:rule/r",
}
PRINCIPALS = (SESSION, f"arn:aws:iam::{ACCOUNT}:user/Ana", "")


def texts() -> Iterator[str]:
    """Every message that is stored, and one of each layer for calls of each service."""
    folder = Path(__file__).parent
    yield from (item.text for item in failures() if item.text)
    yield from (item.text for item in held_out())
    yield from (file.read_text("utf-8") for file in (folder / "fixtures" / "messages").iterdir())
    for action, resource in CALLS.items():
        for principal in PRINCIPALS:
            for layer in LAYERS:
                yield denied(action, resource, principal, f" because no {layer} allows the {action} action")


@cache
def offered() -> tuple[tuple[str, Cause], ...]:
    """The statements of all these messages with the kind of document that each is for."""
    causes = (cause for text in texts() for cause in explain(text).causes if cause.statement)
    return tuple((kind_of(cause), cause) for cause in causes)


def kind_of(cause: Cause) -> str:
    if cause.layer != "resource-policy":
        return KINDS[cause.layer]
    service = cause.action.partition(":")[0]
    return {"sts": "trust", "ecr": "repository", "kms": "key"}.get(service, "bucket")


def test_each_statement_is_one_of_its_layer() -> None:
    assert {kind for kind, _ in offered()} >= {*KINDS.values(), "repository", "key", "bucket"}
    wrong = [(kind, found, cause.statement) for kind, cause in offered() if (found := faults(cause.policy, kind))]
    assert wrong == []


@pytest.mark.test_all
@pytest.mark.xdist_group("linters")
def test_linters_find_no_fault_with_any_statement() -> None:
    assert linters.faults_of_form((kind, cause.policy) for kind, cause in offered()) == []


def calls_on_any_type() -> Iterator[tuple[str, str, str]]:
    """Operations, actions and resources: of statements whose resources are of several types, all that can be denied."""
    reference = aws_reference()
    for operation in ("CreateDomain", "CreateSubscriptionTarget"):
        rows = [*statements(catalog(), operation)[""]]
        names = {
            name
            for _, one, _ in rows
            if any(item.endswith((":*", "anvas*")) for item in one.resources)
            for name in one.actions
        }
        for name in sorted(names):
            for kind in action.resource_types if (action := reference.action(name)) else ():
                if one := reference.resource_type(name.partition(":")[0], kind):
                    arn = one.arn.replace("${Partition}", "aws").replace("${Account}", ACCOUNT)
                    yield operation, name, re.sub(r"\$\{\w+\}", "canvas-1", arn.replace("${Region}", "us-west-2"))


def test_an_access_point_keeps_its_name() -> None:
    arn = "arn:aws:s3:us-west-2:111122223333:accesspoint/canvas-1"
    (cause, *_) = explain(denied("s3:ListBucket", arn), "CreateTrainingJob").causes
    assert (cause.resource, (cause.statement or {}).get("Resource", [arn])) == (arn, [arn])


def test_an_action_has_only_a_resource_of_a_type_that_it_accepts() -> None:
    every = [*calls_on_any_type()]
    assert len(every) > 100
    reference, wrong = aws_reference(), []
    for operation, name, resource in drawn(every, 60):
        for cause in explain(denied(name, resource), operation).causes:
            for item in (cause.statement or {}).get("Action", ()):
                kinds = known.resource_types if (known := reference.action(item)) else ()
                formats = [one.arn for kind in kinds if (one := reference.resource_type(item.partition(":")[0], kind))]
                patterns = [arns.resource(re.sub(r"\$\{\w+\}", "*", one)) for one in formats]
                resources = map(arns.resource, (cause.statement or {})["Resource"])
                if patterns and not all(any(intersects(one, each) for each in patterns) for one in resources):
                    wrong.append((name, resource, cause.statement))
    assert wrong == []


# --- what a message says is used --------------------------------------------------------------------------------


CALLED = f"An error occurred (AccessDeniedException) when calling the {{}} operation: {denied('{}', '{}', '{}')}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Exec"
USER = f"arn:aws:iam::{ACCOUNT}:user/Ana"
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


@pytest.mark.parametrize("principal", [SESSION, USER])
@pytest.mark.parametrize(
    ("operation", "action", "resource"),
    [
        ("CreateTrainingJob", "iam:PassRole", ROLE),
        ("CreateProcessingJob", "sagemaker:AddTags", f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:processing-job/a"),
        ("CreateModel", "sagemaker:CreateModel", f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:model/a"),
        ("CreateNotebookInstance", "ec2:CreateNetworkInterface", f"arn:aws:ec2:us-west-2:{ACCOUNT}:subnet/subnet-1"),
    ],
)
def test_the_call_that_a_message_names_comes_first_and_is_not_asked_for(
    principal: str, operation: str, action: str, resource: str
) -> None:
    cause = first(CALLED.format(operation, principal, action, resource))
    assert (cause.operation, cause.caller, cause.action, cause.question) == (operation, True, action, "")
    assert cause.statement and cause.statement["Resource"] == [resource]
    if action == "iam:PassRole":
        assert cause.statement["Condition"] == {"StringEquals": {"iam:PassedToService": ["sagemaker.amazonaws.com"]}}


def test_a_check_of_the_service_is_of_the_role_and_not_of_the_caller() -> None:
    text = CALLED.replace("AccessDenied", "Validation").format("CreateTrainingJob", SESSION, "s3:ListBucket", OBJECT)
    assert (first(text).operation, first(text).role) == ("CreateTrainingJob", "execution")


@pytest.mark.parametrize(
    ("text", "resource"),
    [
        ("Access Denied: cannot read s3://amzn-s3-demo-bucket/a/b.csv", "arn:aws:s3:::amzn-s3-demo-bucket/a/b.csv"),
        ("Access denied to the S3 bucket 'amzn-s3-demo-bucket'", "arn:aws:s3:::amzn-s3-demo-bucket"),
        ("not authorized to perform s3:ListBucket, bucket: amzn-s3-demo-bucket.", "arn:aws:s3:::amzn-s3-demo-bucket"),
        (
            f"not authorized to perform ecr:BatchGetImage: {ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com/team/churn:7",
            f"arn:aws:ecr:us-east-2:{ACCOUNT}:repository/team/churn",
        ),
        (
            f"not authorized to perform logs:PutLogEvents, log group /aws/sagemaker/X in us-west-2, account {ACCOUNT}",
            f"arn:aws:logs:us-west-2:{ACCOUNT}:log-group:/aws/sagemaker/X:*",
        ),
    ],
)
def test_what_a_text_names_without_an_arn_is_its_resource(text: str, resource: str) -> None:
    cause = first(text)
    assert cause.resource == resource
    assert cause.statement is None or cause.statement["Resource"] == [resource]


@pytest.mark.parametrize("actions", ["ecr:BatchGetImage", ", ".join(PULL)])
def test_a_repository_policy_has_all_actions_of_a_pull(actions: str) -> None:
    image = f"{ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com/churn:7"
    to = "permission to sagemaker.amazonaws.com service principal."
    cause = first(f"The repository of your image {image} does not grant {actions} {to}")
    assert cause.resource == f"arn:aws:ecr:us-east-2:{ACCOUNT}:repository/churn"
    assert cause.statement is not None and (cause.matter, cause.layer) == ("resource", "resource-policy")
    assert (cause.statement["Principal"], cause.statement["Action"]) == ({"Service": ["sagemaker.amazonaws.com"]}, PULL)
    assert "Resource" not in cause.statement


@pytest.mark.parametrize("reason", ["because no {} allows the s3:GetObject action", "with an explicit deny in a {}"])
@pytest.mark.parametrize("layer", [one for one in LAYERS if one != "role trust policy"])
def test_the_policy_that_denies_is_named_and_who_can_change_it(layer: str, reason: str) -> None:
    named = f": arn:aws:iam::{ACCOUNT}:policy/limits" if "explicit" in reason else ""
    cause = first(denied(reason=f" {reason.format(layer)}{named}"))
    assert (cause.policy_type, cause.layer_named, bool(cause.changed_by)) == (layer, True, True)
    assert cause.policy_arn == named.removeprefix(": ")
    assert (cause.layer == "explicit-deny") is ("explicit" in reason)
    if "explicit" in reason:
        assert cause.statement is None and layer in cause.look[0]
    assert layer in " ".join(rendering.to_text(catalog(), (cause,), ()))


#: Forms of messages that users reported: what comes first.
REPORTED = {
    "Access denied to OutputDataConfig S3 bucket": ("permission", "s3:PutObject", "CreateTrainingJob"),
    "Access denied to hub content arn:aws:sagemaker:us-west-2:aws:hub-content/SageMakerPublicHub/Model/a/1.0": (
        "permission",
        "sagemaker:DescribeHubContent",
        "CreateTrainingJob",
    ),
    "SageMaker is unable to find one or more of the subnets": ("request", "", ""),
    "fatal: could not read Username for 'https://github.com/a/b.git': terminal prompts disabled": (
        "missing",
        "secretsmanager:GetSecretValue",
        "",
    ),
    "Failed to invoke sagemaker:CreateProcessingJob. Error Details: null": (
        "missing",
        "s3:ListBucket",
        "CreateProcessingJob",
    ),
    "Failed to invoke sagemaker:CreateTrainingJob. Error Details: Cannot use both 'Pipe' and 'FastFile'": (
        "request",
        "",
        "CreateTrainingJob",
    ),
    "Failed to invoke sagemaker:CreateProcessingJob. Error Details: The account-level service limit 'a' is 0": (
        "quota",
        "",
        "CreateProcessingJob",
    ),
    f"Failed to invoke sagemaker:CreateModel. User: {SESSION} is not authorized to perform: sagemaker:AddTags": (
        "permission",
        "sagemaker:AddTags",
        "CreatePipeline",
    ),
    "Failed to invoke sagemaker:CreateModelPackage. Error Details: Access denied for bucket: amzn-s3-demo-bucket, "
    "object key: a/model.tar.gz": ("permission", "s3:GetObject", "CreatePipeline"),
    CALLED.format(
        "CreateEndpointConfig",
        SESSION,
        "sagemaker:AddTags",
        f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:endpoint-config/sm-clarify-config-1",
    ): ("permission", "sagemaker:AddTags", "CreateProcessingJob"),
    denied("ecr:BatchGetImage", "arn:aws:ecr:us-west-2:602401143452:repository/hyperpod/dcgm_exporter"): (
        "permission",
        "ecr:BatchGetImage",
        "CreateCluster",
    ),
    "An error occurred (ValidationException) when calling the CreateModel operation: Environment variable map cannot "
    "be specified when using a ModelPackage subscribed from AWS Marketplace.": ("request", "", "CreateModel"),
    denied("evidently:EvaluateFeature", f"arn:aws:evidently:us-west-2:{ACCOUNT}:project/a/feature/b"): (
        "permission",
        "evidently:EvaluateFeature",
        "",
    ),
    denied("sts:SetContext", ROLE): ("permission", "sts:SetContext", "CreateTrainingJob"),
    denied("sagemaker:CreateModel", f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:model/a", USER): (
        "permission",
        "sagemaker:CreateModel",
        "CreateModel",
    ),
}


@pytest.mark.parametrize(("text", "expected"), REPORTED.items(), ids=range(len(REPORTED)))
def test_reported_forms_have_their_cause_first(text: str, expected: tuple[str, str, str]) -> None:
    cause = first(text)
    assert (cause.matter, cause.action, cause.operation) == expected


@pytest.mark.parametrize(
    ("call", "service"),
    [
        ("CreateStateMachine", "states.amazonaws.com"),
        ("PutModelInvocationLoggingConfiguration", "bedrock.amazonaws.com"),
        ("CreateAnomalyMonitor", ""),
    ],
)
def test_a_role_is_passed_to_the_service_of_the_call(call: str, service: str) -> None:
    cause = first(CALLED.format(call, SESSION, "iam:PassRole", ROLE))
    condition = (cause.statement or {}).get("Condition", {}).get("StringEquals", {})
    assert condition.get("iam:PassedToService", [""]) == [service]
    assert (cause.statement or {})["Resource"] == [ROLE]
    assert bool(service) is ("iam:PassedToService" not in " ".join(cause.look))


def test_a_service_that_no_record_has_is_trusted() -> None:
    assert (first(f"CodeBuild is not authorized to perform: sts:AssumeRole on {ROLE}").statement or {})[
        "Principal"
    ] == {"Service": ["codebuild.amazonaws.com"]}


@pytest.mark.parametrize(
    "reason", ["Reason: Explicit deny in policy P1", "(explicit deny)", "explicitly denied by an SCP."]
)
def test_an_explicit_deny_is_read_in_any_words(reason: str) -> None:
    cause = first(f"User is not authorized to perform: sagemaker:CreateEndpointConfig. {reason}")
    assert (cause.layer, cause.statement) == ("explicit-deny", None)
    assert (cause.policy_type == "service control policy") is ("SCP" in reason)


def test_a_resource_of_another_type_is_not_the_denied_one() -> None:
    execution = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:pipeline/a/execution/b"
    cause = first(f"User: {USER} is not authorized to perform: sagemaker:CreateTrainingJob. Retry {execution}")
    assert cause.resource == "" and execution not in json.dumps(cause.statement)


def test_each_statement_that_is_offered_allows_the_denied_call() -> None:
    wrong, count = [], 0
    for text in texts():
        for message in read_messages(catalog(), text):
            for cause in causes_of(Case(catalog(), message)):
                if not cause.statement or "Principal" in cause.statement or cause.resource in ("", "*"):
                    continue
                count += 1
                if not allows(cause.statement, message, cause.action):
                    wrong.append((text, cause.statement))
    assert not wrong and count > 1000


def test_a_resource_that_no_record_has_is_the_resource_of_the_statement() -> None:
    linked = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/observability.aoss.amazonaws.com/AWSServiceRoleForX"
    for cause in explain(denied("iam:CreateServiceLinkedRole", linked)).causes:
        assert cause.statement and (cause.statement["Resource"], cause.statement["Sid"]) == (
            [linked],
            "AllowCreateServiceLinkedRole",
        )
    assert first(denied("ssm:GetParameter", f"arn:aws:ssm:us-west-2:{ACCOUNT}:*")).statement is None


def test_a_sid_says_only_what_is_certain() -> None:
    assert (first(denied()).statement or {})["Sid"] == "AllowGetObject"
    assert (first(denied(), "CreateTrainingJob").statement or {})["Sid"] == "InputRead"


@pytest.mark.parametrize(
    ("action", "layer", "says"),
    [
        ("s3:GetObject", "role trust policy", "actions of AWS STS only"),
        ("s3:GetObject", "resource control policy", "only deny"),
        ("ecr:GetAuthorizationToken", "resource-based policy", "no policy of such a resource"),
        ("glue:GetTable", "resource-based policy", "AWS Lake Formation"),
        ("iam:PassRole", "resource-based policy", "no policy of such a resource"),
    ],
)
def test_what_no_statement_of_the_layer_can_allow_is_said(action: str, layer: str, says: str) -> None:
    cause = first(denied(action, CALLS[action], reason=f" because no {layer} allows the {action} action"))
    assert cause.statement is None and says in " ".join(cause.look)


def test_a_resource_that_is_not_whole_is_in_no_statement() -> None:
    cause = first(denied("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:...:table/T"))
    assert cause.statement is None or "..." not in json.dumps(cause.statement)


@pytest.mark.parametrize("name", ["null", "undefined", "None"])
def test_a_name_that_stands_for_no_value_is_said_and_in_no_statement(name: str) -> None:
    cause = first(denied("s3:PutObject", f"arn:aws:s3:::{name}/output/model.tar.gz"))
    assert cause.statement is None
    assert f'The resource is called "{name}"' in " ".join(cause.look)
    assert first(denied("s3:PutObject", f"arn:aws:s3:::data/{name}/model.tar.gz")).statement
    assert first(denied("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/{name}")).statement is None

"""The command `audit`: options, formats, exit codes, what it never shows, and what it does with wrong input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from composing import Done, compiled
from iam.calls import allow, deny, policy
from sagemaker_roles import Choice, held_role, read_files, read_policy_file
from sagemaker_roles.audits import role_audit as role_module
from sagemaker_roles.audits.audit import Audits
from sagemaker_roles.audits.audit import audit as library_audit
from sagemaker_roles.audits.report import Report
from sagemaker_roles.canonical import canonical
from sagemaker_roles.cli import audit as cli_audit
from sagemaker_roles.outputs import sarif
from sagemaker_roles.outputs.audit_json import assemble_report, render_role
from support import output_schema

from .roles import ACCOUNT, OTHER, ROLE, SERVICE, assume, held
from .test_verdicts import ARTIFACT, GIVEN, work_of

ROLES = Path(__file__).parents[1] / "fixtures" / "roles"
FORMATS = ("text", "json", "sarif", "markdown")
VALIDATOR = Draft202012Validator(output_schema("audit"))
SARIF = Draft202012Validator(json.loads(Path(__file__).with_name("sarif.schema.json").read_text("utf-8")))


def audit(*arguments: str | Path, stdin: bytes | str | None = None) -> Done:
    """Runs `sagemaker-roles audit`; an exception fails the test."""
    with mock.patch.object(cli_audit, "load_catalog", compiled):
        result = CliRunner().invoke(
            cli_audit.command,
            [str(item) for item in arguments],
            input=stdin,
            env={"AWS_REGION": None, "AWS_DEFAULT_REGION": None},
            catch_exceptions=False,
        )
    return Done(result.exit_code, result.stdout, result.stderr)


def report(*arguments: str | Path, stdin: bytes | str | None = None) -> Any:
    """The report as JSON, which the schema describes."""
    done = audit(*arguments, "--format", "json", stdin=stdin)
    assert done.code in (0, 1), done.err
    VALIDATOR.validate(done.document)
    return done.document


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A request and the policies that are enough for it."""
    what = work_of("CreateModel")
    wide = what.policy.to_json()
    wide["Statement"].append(allow(["s3:DeleteObject", "iam:PassRole", "sagemaker:Create*"]))
    service = what.policy.to_json()
    service["Statement"].append(allow("s3:*", "arn:aws:s3:::data/*"))
    passes = what.policy.to_json()
    passed = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    passes["Statement"] += [allow("iam:PassRole", Condition=passed), allow("sagemaker:CreateTrainingJob")]
    short = what.policy.to_json()
    short["Statement"] = [one for one in short["Statement"] if one["Sid"] != "ModelRead"]
    texts = {
        "request": {"CreateModel": GIVEN["works"]["CreateModel"]["request"]},
        "enough": what.policy.to_json(),
        "wide": wide,
        "service": service,
        "passes": passes,
        "short": short,
        "trust": what.composition.trust.to_json(),
        "open": policy(assume("*"), assume({"Service": "sagemaker.amazonaws.com"})),
        "all": policy(allow("*")),
        "nothing": policy({"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", "Sid": "No"}),
        "denies": policy({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Sid": "No"}),
    }
    found = {}
    for name, value in texts.items():
        found[name] = tmp_path / f"{name}.json"
        found[name].write_text(json.dumps(value, indent=1))
    return found


def given_role(files: dict[str, Path], name: str, trust: str = "trust") -> list[str | Path]:
    return ["--region", "us-west-2", "--request", files["request"], "--policy", files[name], "--trust", files[trust]]


# --- verdicts and exit codes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "trust", "more", "verdict", "code"),
    [
        ("enough", "trust", [], "minimal", 0),
        ("wide", "trust", [], "sufficient", 1),
        ("wide", "trust", ["--allow-broad"], "sufficient", 0),
        ("wide", "trust", ["--fail-on", "missing"], "sufficient", 1),
        ("wide", "trust", ["--fail-on", "none"], "sufficient", 0),
        ("service", "trust", [], "sufficient", 1),
        ("service", "trust", ["--allow-broad"], "sufficient", 0),
        ("passes", "trust", [], "sufficient", 0),
        ("short", "trust", [], "missing", 1),
        ("enough", "open", [], "sufficient", 1),
        ("enough", "open", ["--fail-on", "missing"], "sufficient", 0),
        ("wide", "trust", ["--fail-on", "excess"], "sufficient", 1),
        ("wide", "trust", ["--fail-on", "escalation"], "sufficient", 1),
        ("wide", "trust", ["--fail-on", "any"], "sufficient", 1),
        ("enough", "trust", ["--fail-on", "any"], "minimal", 0),
        ("short", "trust", ["--fail-on", "none"], "missing", 0),
        ("short", "trust", ["--fail-on", ""], "missing", 0),
        ("short", "trust", ["--fail-on", "depends, trust"], "missing", 0),
    ],
)
def test_exit_codes(files: dict[str, Path], name: str, trust: str, more: list[str], verdict: str, code: int) -> None:
    arguments = [*given_role(files, name, trust), *more]
    found = report(*arguments)
    assert [one["verdict"] for one in found["roles"]] == [verdict]
    assert [one["role"] for one in found["roles"]] == [ROLE]
    for form in FORMATS:
        assert audit(*arguments, "--format", form).code == code


@pytest.mark.parametrize("option", ["--boundary", "--scp", "--session-policy", "--rcp", "--endpoint-policy"])
def test_layers(files: dict[str, Path], option: str) -> None:
    layer = option[2:].removesuffix("-policy")
    name = "nothing" if layer in ("boundary", "scp", "session") else "denies"
    found = report(*given_role(files, "enough"), option, files[name])
    assert layer in {one["layer"] for one in found["roles"][0]["missing"]}
    assert "s3:GetObject" in {one["action"] for one in found["roles"][0]["missing"]}


def test_the_policy_of_a_resource(files: dict[str, Path]) -> None:
    found = report(*given_role(files, "enough"), "--resource-policy", f"arn:aws:s3:::data={files['denies']}")
    assert {(one["layer"], one["statement"]) for one in found["roles"][0]["missing"]} == {("resource", "No")}


def test_several_policies_and_the_name_of_the_role(files: dict[str, Path]) -> None:
    found = report(*given_role(files, "short"), "--policy", files["wide"])
    assert found["roles"][0]["verdict"] == "sufficient"
    other = f"arn:aws:iam::{OTHER}:role/x"
    named = report("CreateModel", "--policy", files["all"], "--role", other)
    assert named["roles"][0]["role"] == other


def test_an_operation_with_placeholders(files: dict[str, Path]) -> None:
    found = report("CreateModel", "--policy", files["all"], "--addon", "vpc")
    (role,) = found["roles"]
    assert role["operations"] == ["CreateModel"] and not role["missing"]
    assert any("ec2:CreateNetworkInterface" in one["Action"] for one in role["policy"]["Statement"])


def test_a_caller(files: dict[str, Path]) -> None:
    found = report("--request", files["request"], "--policy", files["enough"], "--caller")
    assert {one["action"] for one in found["roles"][0]["missing"]} == {"sagemaker:CreateModel", "iam:PassRole"}
    assert report("--request", files["request"], "--policy", files["all"], "--caller")["roles"][0]["missing"] == []


def test_an_account_and_a_template() -> None:
    pages = ["--account-details", ROLES / "account-1.json", "--account-details", ROLES / "account-2.json"]
    found = report("CreateModel", *pages)
    assert len(found["roles"]) > 1
    some = report("CreateModel", *pages, "--role", "TrainingRole")
    assert [one["role"] for one in some["roles"]] == [f"arn:aws:iam::{ACCOUNT}:role/service-role/TrainingRole"]
    template = report("--request", ROLES / "template.yaml")
    places = [one.get("place", {}).get("file", "") for role in template["roles"] for one in role["excess"]]
    assert places and all(one.endswith("template.yaml") for one in places)


# --- formats ---------------------------------------------------------------------------------------------------------


def test_the_report_is_equal_whatever_the_seed_of_hashes(tmp_path: Path, files: dict[str, Path]) -> None:
    wide = tmp_path / "wide.json"
    none = [f"s3:Get{name}*" for name in "ABCDEFGHIJ"] + ["s3:PutObject", "s3:PutObjectAcl", "iam:PassRole"]
    wide.write_text(json.dumps(policy(allow("*"), deny(none, ["arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::c"]))))
    command = [sys.executable, "-m", "sagemaker_roles", "audit", "--request", files["request"], "--policy", wide]
    found = {
        subprocess.run(
            [*command, "--format", "json"], capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1 and b"excess" in found.pop()


def test_findings_beyond_what_a_report_lists_are_counted_and_can_be_accepted(
    tmp_path: Path, files: dict[str, Path]
) -> None:
    many, accepted = tmp_path / "many.json", tmp_path / "baseline.json"
    names = [f"arn:aws:iam::{ACCOUNT}:role/r{n}*x*" for n in range(60)]
    none = [{"Effect": "Allow", "NotAction": [f"svc{n}:*"], "NotResource": names} for n in range(3)]
    many.write_text(json.dumps(policy(*none, *(allow("s3:Get*", f"arn:aws:s3:::x{n}/*") for n in range(20)))))
    arguments = ("--request", files["request"], "--policy", many)
    whole = report(*arguments)["roles"][0]
    assert "60" not in whole["escalation"][0]["steps"][0] and not [one for one in whole["excess"] if "path" in one]
    with mock.patch.object(role_module, "MOST_LISTED", 5):
        found = report(*arguments)["roles"][0]
        assert len(found["excess"]) == 6 and found["excess"][:5] == whole["excess"][:5]
        left = len(whole["excess"]) - 5
        assert found["excess"][5]["why"] == f"{left:,} more findings of this kind are not listed."
        assert found["verdict"] == whole["verdict"]
        accepted.write_text(json.dumps([{"kind": "excess", "path": "not-listed", "reason": "known"}]))
        found = report(*arguments, "--baseline", accepted)
        assert len(found["roles"][0]["excess"]) == 5 and not found["baseline"]["unused"]


def test_text_is_short_first(files: dict[str, Path]) -> None:
    lines = audit(*given_role(files, "wide")).out.splitlines()
    assert lines[0].startswith(f"{ROLE}: too broad: 5 escalations; sufficient: enough, and more than the work needs (")
    for count, kind in re.findall(r"(\d+) (\w+)[,)]", lines[0].partition("(")[2]):
        listed = [line for line in lines if line.startswith(f"  {kind}: ")]
        more = [int(number) for line in listed for number in re.findall(r": (\d+) more \(--verbose", line)]
        assert len(listed) - len(more) + sum(more) == int(count), "the headline counts what is listed"
    assert sum(line.startswith("  excess: ") for line in lines) <= 4
    verbose = audit(*given_role(files, "wide"), "--verbose").out
    assert len(verbose.splitlines()) > len(lines)
    assert "narrow: " in verbose and "assumed: " in verbose and "more (--verbose shows all)" not in verbose


def test_places_are_those_of_the_statements(files: dict[str, Path]) -> None:
    found = report(*given_role(files, "wide"))
    line = files["wide"].read_text().splitlines().index(' "Statement": [') + 1
    for one in found["roles"][0]["excess"]:
        assert one["place"]["file"] == str(files["wide"]) and one["place"]["line"] > line
    text = files["wide"].read_text().splitlines()
    start = found["roles"][0]["excess"][0]["place"]["line"]
    assert "s3:DeleteObject" in "\n".join(text[start - 1 : start + 8])


def test_sarif(files: dict[str, Path]) -> None:
    """The required members of SARIF 2.1.0 (sections 3.13 to 3.30), and that each place and rule exists."""
    log = audit(*given_role(files, "wide", "open"), "--format", "sarif").document
    SARIF.validate(log)
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "sagemaker-roles" and re.fullmatch(r"\d+\.\d+\.\d+\S*", driver["version"])
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) == 6
    whole = report(*given_role(files, "wide", "open"))["roles"][0]
    count = sum(len(whole[kind]) for kind in ("missing", "depends", "excess", "trust", "escalation"))
    assert len(run["results"]) == count > 3
    prints = set()
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error") and result["message"]["text"]
        for location in result["locations"]:
            assert location["logicalLocations"][0]["fullyQualifiedName"] == ROLE
            if "physicalLocation" in location:
                place = location["physicalLocation"]
                assert place["region"]["startLine"] >= 1 and place["region"]["startColumn"] >= 1
                assert place["artifactLocation"]["uri"]
        prints.add(tuple(result["partialFingerprints"].values()))
    assert all(len(one) == 1 for one in prints)
    again = audit(*given_role(files, "wide", "open"), "--format", "sarif").document
    assert again == log, "the same input gives the same bytes"


def test_sarif_uris_are_uris(tmp_path: Path, files: dict[str, Path]) -> None:
    odd = tmp_path / "with space & äö%.json"
    odd.write_text(files["wide"].read_text())
    log = audit("--request", files["request"], "--policy", odd, "--format", "sarif").document
    uris = {
        location["physicalLocation"]["artifactLocation"]["uri"]
        for result in log["runs"][0]["results"]
        for location in result["locations"]
        if "physicalLocation" in location
    }
    assert uris and all(re.fullmatch(r"[A-Za-z0-9._~!$&'()*+,;=:@%/-]+", one) for one in uris), uris
    assert all("%20" in one for one in uris if "space" in one)


def test_markdown(files: dict[str, Path]) -> None:
    text = audit(*given_role(files, "short", "open"), "--format", "markdown").out
    assert text.startswith("# Audit of roles\n") and text.endswith("\n")
    assert f"| `{ROLE}` | CreateModel | missing | 1 | 0 |" in text
    assert "### Missing" in text and "### Trust" in text
    (patch,) = [json.loads(one) for one in re.findall(r"```json\n(.*?)\n```", text, re.DOTALL)]
    assert patch[0]["value"]["Resource"] == [ARTIFACT]


def test_names_that_would_be_markup_or_control_characters(tmp_path: Path, files: dict[str, Path]) -> None:
    what = work_of("CreateModel").policy.to_json()
    sid = "</details>| `x` *y* [z](http://a)\x1b[31m\u202e"
    what["Statement"].append({**allow("s3:DeleteObject", "arn:aws:s3:::<b>|`*"), "Sid": sid})
    file = tmp_path / "odd<b>`.json"
    file.write_text(json.dumps(what))
    text = audit("--request", files["request"], "--policy", file, "--format", "markdown", "--fail-on", "none").out
    prose = re.sub(r"```json.*?```", "", text, flags=re.DOTALL)
    assert "<b>" not in prose.replace("\\<b\\>", "")
    summaries = re.findall("<summary>(.*)</summary>", prose)
    assert summaries and all("odd&lt;b&gt;`" in one for one in summaries), "a backslash escapes nothing in HTML"
    plain = audit("--request", files["request"], "--policy", file, "--verbose", "--fail-on", "none").out
    for sign in ("\x1b", "\u202e"):
        assert sign not in plain and sign not in prose


def test_a_name_of_a_role_is_one_line_of_each_form_for_people(tmp_path: Path) -> None:
    """As otherwise a role could write a verdict of its own."""
    name = "r|`x`\x1b[31m\r\narn:aws:iam::111122223333:role/other: minimal: enough, and nothing more"
    role = {
        "RoleName": name,
        "Arn": f"arn:aws:iam::111122223333:role/{name}",
        "AssumeRolePolicyDocument": {"Statement": [assume(SERVICE)]},
    }
    file = tmp_path / "account.json"
    file.write_text(json.dumps({"RoleDetailList": [role], "IsTruncated": False}))
    for form in ("text", "markdown"):
        done = audit("CreateModel", "--account-details", file, "--format", form, "--fail-on", "none")
        assert "\x1b" not in done.out + done.err and "\r" not in done.out + done.err
        assert not [line for line in done.out.splitlines() if line.startswith("arn:aws:iam::111122223333:role/other")]
        assert "x\\`\\\\x1b" in done.out if form == "markdown" else "`x`\\x1b" in done.out


def test_the_schema_takes_nothing_else(tmp_path: Path, files: dict[str, Path]) -> None:
    Draft202012Validator.check_schema(output_schema("audit"))
    baseline = tmp_path / "baseline.yaml"
    baseline.write_text("[{reason: x, kind: trust}, {reason: y, kind: depends}]")
    whole = report(*given_role(files, "short", "open"), "--baseline", baseline)
    assert whole["baseline"]["accepted"] and whole["baseline"]["unused"] and whole["roles"][0]["missing"]

    def places(value: Any) -> Any:
        yield value
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from places(one)

    for one in [one for one in places(whole) if isinstance(one, dict)]:
        # Conditions have any operators and keys.
        if {"StringEquals", "ArnLike"} & set(one) or any(":" in key for key in one):
            continue
        one["more"] = "x"
        refused = not VALIDATOR.is_valid(whole)
        del one["more"]
        # The value of a patch may be anything.
        assert refused or "Effect" in one, one
    assert VALIDATOR.is_valid(whole)


# --- the baseline ----------------------------------------------------------------------------------------------------


def test_a_baseline_accepts_with_a_reason_and_tells_what_is_unused(tmp_path: Path, files: dict[str, Path]) -> None:
    baseline = tmp_path / "baseline.yaml"
    baseline.write_text(
        "- {kind: missing, action: 's3:Get*', role: '*ExecutionRole', reason: a bucket policy allows it}\n"
        "- {kind: excess, action: 'dynamodb:*', reason: old}\n"
    )
    arguments = [*given_role(files, "short"), "--baseline", baseline]
    found = report(*arguments)
    assert audit(*arguments).code == 0
    assert found["roles"][0]["missing"] == [] and found["roles"][0]["verdict"] == "missing"
    (accepted,) = found["baseline"]["accepted"]
    assert (accepted["action"], accepted["reason"]) == ("s3:GetObject", "a bucket policy allows it")
    assert [one["reason"] for one in found["baseline"]["unused"]] == ["old"]
    text = audit(*arguments).out
    assert "baseline: accepts 1 finding" in text and "an entry accepts nothing any more: " in text
    assert "accepts nothing any more" in audit(*arguments, "--format", "markdown").out


# --- wrong usage -----------------------------------------------------------------------------------------------------


def test_a_missing_file_does_not_stop_the_others(files: dict[str, Path]) -> None:
    done = audit("/missing.yaml", files["request"], "--policy", files["all"], "--trust", files["trust"])
    assert done.code == 1 and ROLE in done.out
    assert done.err.count("problem: ") == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "1",
        '"x"',
        "{}",
        '{"Version": "2012-10-17"}',
        '{"Version": "2012-10-17", "Statement": 1}',
        '{"Version": "2012-10-17", "Statement": [1]}',
        "\x00",
        "\ud800".encode("utf-8", "surrogatepass"),
        "[" * 5000,
        '{"a":' * 5000,
    ],
)
@pytest.mark.parametrize("option", ["--policy", "--trust", "--scp", "--resource-policy", "--account-details"])
def test_documents_that_are_none(tmp_path: Path, files: dict[str, Path], text: str | bytes, option: str) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(text if isinstance(text, bytes) else text.encode())
    name = f"arn:aws:s3:::data={bad}" if option == "--resource-policy" else str(bad)
    own = [] if option in ("--policy", "--account-details") else ["--policy", str(files["all"])]
    done = audit("CreateModel", *own, option, name)
    assert done.code in (1, 2), done.out
    assert done.err and "Traceback" not in done.err


_WORDS = ["*", "s3:*", "Allow", "arn:aws:s3:::*", "${a", "${aws:x}", {"StringLike": {"x": "*"}}]
_MEMBERS = [
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "Principal",
    "Sid",
    "StringLike",
    "x",
]
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=4) | st.sampled_from(_WORDS),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.sampled_from(_MEMBERS), one, max_size=4),
    max_leaves=12,
)


@given(st.lists(_VALUES, max_size=3), st.sampled_from(["policies", "trust"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_document_gives_an_answer_or_an_error(tmp_path: Path, statements: list[Any], where: str) -> None:
    file = tmp_path / "any.json"
    file.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))
    own = ["--policy", file] if where == "policies" else ["--policy", "-", "--trust", file]
    done = audit("CreateModel", *own, "--format", "json", stdin=json.dumps(policy(allow("*"))))
    assert done.code in (0, 1, 2)
    if done.code == 2:
        assert done.err.startswith("sagemaker-roles: ")
    else:
        VALIDATOR.validate(done.document)


# --- what is never shown ---------------------------------------------------------------------------------------------

MARK = "zq7secret"
SECRETS = {
    "plain": MARK,
    "path": f"s3://amzn-s3-demo-bucket/{MARK}/x",
    "arn": f"arn:aws:secretsmanager:us-west-2:{ACCOUNT}:secret:{MARK}-AbCdEf",
    "json": json.dumps({"a": f"arn:aws:s3:::{MARK}"}),
}


@pytest.mark.parametrize("form", FORMATS)
def test_values_of_hyperparameters_and_environment_are_only_in_what_is_allowed(
    tmp_path: Path, files: dict[str, Path], form: str
) -> None:
    """As compose: a value stands where a policy has to name the resource, and in no reason, note or message."""
    request = {
        "CreateTrainingJob": {
            "TrainingJobName": "j",
            "RoleArn": ROLE,
            "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
            "HyperParameters": dict(SECRETS),
            "Environment": {f"E_{name}": value for name, value in SECRETS.items()},
        }
    }
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps(request))
    for name in ("all", "enough"):
        done = audit("--request", file, "--policy", files[name], "--format", form, "--verbose")
        assert done.code in (0, 1)
        assert MARK not in re.sub(r"arn:[^\s\"',)]*", "", done.out + done.err)
    whole = report("--request", file, "--policy", files["enough"])
    for finding in [one for role in whole["roles"] for kind in ("missing", "depends") for one in role[kind]]:
        assert MARK not in finding["why"]


# --- many roles ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "sarif"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_what_is_written_role_by_role_is_the_whole_report(form: Any, count: int) -> None:
    roles = [
        held(one, trust=policy(assume("*")), arn=f"{ROLE}{number}")
        for number, one in enumerate(
            (policy(allow("*")), work_of("CreateModel").policy.to_json(), policy(allow("s3:Get*")))
        )
    ][:count]
    entries = [{"reason": "x", "action": "s3:*"}, {"reason": "y", "role": "nobody"}]
    each = Audits([(work_of("CreateModel"), one) for one in roles], lambda one: one, None, entries)
    reports = tuple(each.each())
    whole = Report("1.2.3", reports, tuple(each.accepted), each.unused)
    assert bool(whole.accepted) == (count > 0) and entries[1] in whole.unused
    empty = Report("1.2.3", ()).to_json()
    pieces = [render_role(form, one.to_json()) for one in reports]
    baseline = {"accepted": list(whole.accepted), "unused": list(whole.unused)}
    text = "".join(assemble_report(form, empty, iter(pieces), lambda: baseline, "0.0.0"))
    value = whole.to_json()
    wanted = {
        "json": lambda: canonical(value).decode(),
        "sarif": lambda: canonical(sarif.sarif(value, "0.0.0")).decode(),
    }
    assert text == wanted[form]()


def test_several_processes_find_the_same_in_the_same_order() -> None:
    roles = [held(policy(allow(f"s3:Get{n % 7}*")), arn=f"{ROLE}{n}") for n in range(60)]
    roles[20] = held({"Statement": 1}, arn=f"{ROLE}20")
    pairs = [(work_of("CreateModel"), one) for one in roles]
    entries = [{"reason": "x", "action": "ecr:*"}]
    done: list[list[tuple[int, int]]] = [[], []]

    def audits(processes: int) -> tuple[list[tuple[str, int]], Audits[tuple[str, int]]]:
        some = Audits(pairs, lambda one: (one.role, len(one.of("missing"))), None, entries)
        told = done[processes - 1]
        return list(some.each(lambda number, count: told.append((number, count)), processes=processes)), some

    (alone, one), (together, two) = audits(1), audits(2)
    assert alone == together
    assert [name for name, _ in alone] == [role.arn for role in roles if role is not roles[20]]
    for some in (one, two):
        assert (some.count, some.unused) == (59, ())
        assert some.accepted == one.accepted and some.kinds == one.kinds
        assert {notice.where for notice in some.notices} == {f"{ROLE}20"}
    assert done[0] == done[1] == [(number, 60) for number in range(1, 61)]


def test_the_library_reports_what_the_command_does(files: dict[str, Path]) -> None:
    entries = [{"reason": "x", "action": "s3:*"}, {"reason": "y", "role": "nobody"}]
    baseline = files["all"].with_name("accepted.json")
    baseline.write_text(json.dumps(entries))
    role = held_role(compiled(), read_policy_file(str(files["all"])), arn=ROLE)
    reading = read_files(compiled(), [str(files["request"])])
    choice = Choice(values={"Region": "us-west-2"})
    mine = library_audit(compiled(), reading, [role], choice, baseline=entries).report
    options = ["--region", "us-west-2", "--role", ROLE, "--baseline", baseline]
    assert json.loads(json.dumps(mine.to_json())) == report(
        "--request", files["request"], "--policy", files["all"], *options
    )
    assert mine.accepted and list(mine.unused) == entries[1:]
    with pytest.raises(ValueError, match="reason is missing"):
        library_audit(compiled(), reading, [role], baseline=[{"action": "*"}])


@pytest.mark.parametrize(
    ("statement", "said", "code"),
    [
        (allow("s3:*"), "the role: too broad: s3:* on *\n", 1),
        (allow("s3:GetObject", "arn:aws:s3:::data/*"), "the role: nothing in it is dangerously broad\n", 0),
        (allow("iam:PutRolePolicy"), "the role: too broad: 1 escalation\n  escalation: ", 1),
    ],
)
def test_a_policy_alone_is_judged_by_its_risk(tmp_path: Path, statement: Any, said: str, code: int) -> None:
    # It was refused, where the box of the page has always judged it.
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(policy(statement)))
    for given_ in ((file,), ("--policy", file), ("--account-details", file)):
        done = audit(*given_)
        assert (done.code, done.out[: len(said)]) == (code, said), done.err
        assert "say what it is for, too" in done.err
    assert audit(file, "--allow-broad").code == 0
    assert (audit(file, "--format", "json").code, audit(file, "--fail-on", "none").code) == (2, 0)

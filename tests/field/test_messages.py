"""Failures that users reported (messages.yaml): our roles cure them, or the site says why no role does."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest

from kb.aws.reference import aws_reference
from proof import evaluator
from proof.oracle import Policy, Question
from proof.proof import ask_all, catalog
from proof.scenarios import ROOT
from sagemaker_roles.engine.compose import Composition, Request, compose

from .answers import site_text
from .messages import FORMS, REASONS, Failure, failures, pages

ACCOUNT, REGION = "111122223333", "us-west-2"
#: Accounts that an entry may name: the documentation's own, and those of AWS's images.
ACCOUNTS = {ACCOUNT, "444455556666", "007439368137", "272398656194", "382416733822", "763104351884"}
#: Buckets that an entry may name: examples, the SDK's default, and those of AWS.
BUCKETS = re.compile(rf"amzn-s3-demo-[a-z0-9]+|sagemaker-{REGION}-{ACCOUNT}|(jumpstart|sagemaker)-[a-z0-9-]+")
#: Placeholders other than those of a place in Amazon S3, which one can fill in so that they mean anything.
_PLACEHOLDER = re.compile(r"\$\{(?!\w+(?:Bucket|Prefix)\})[A-Z]\w*\}")

CURED = [item for item in failures() if item.part and not item.pending]
PENDING = [item for item in failures() if item.pending]


def _every_addon(item: Failure) -> tuple[str, ...]:
    """Every add-on that the entry's role or caller has."""
    operation = catalog().operation(item.operation)
    roles = operation.roles if not item.role else [operation.role(item.role)]
    grantee = operation.caller if item.part == "caller" else roles[0]
    assert grantee, "the operation has neither this role nor a caller"
    return tuple(addon.id for addon in grantee.addons)


@cache
def _composed(item_id: str, addons: tuple[str, ...], filled: bool = True) -> Composition:
    """What a user gets for what the thread describes, with some add-ons."""
    item = next(item for item in failures() if item.id == item_id)
    values = {"Partition": "aws", "Region": REGION, "Account": ACCOUNT, **item.values} if filled else {}
    return compose(
        catalog(),
        [Request(item.operation, dict(item.request))],
        [item.role] if item.role else [],
        addons=addons,
        values=values,
    )


def _policy(item: Failure, addons: Sequence[str]) -> Policy:
    return getattr(_composed(item.id, tuple(addons)), item.part).to_json()  # type: ignore[no-any-return]


def _questions(item: Failure) -> Iterator[Question]:
    for action in item.actions:
        for resource in item.resources:
            if item.part == "trust":
                yield Question(item.principal, action, resource, ACCOUNT, item.context, kind="resource")
                continue
            name = "Caller" if item.part == "caller" else "ExecutionRole"
            principal = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session"
            owner = resource.split(":")[4] if resource.startswith("arn:") else ""
            yield Question(principal, action, resource, owner if owner.isdigit() else ACCOUNT, item.context)


def _denied(item: Failure, policy: Policy) -> list[str]:
    return [f"{x.action} on {x.resource}" for x in _questions(item) if not evaluator.allows(policy, x)]


# --- the file ---------------------------------------------------------------------------------------------------


def test_there_are_many_from_many_threads() -> None:
    assert len(failures()) >= 150
    assert len({item.source for item in failures()}) >= 150
    assert len({item.operation for item in failures()}) >= 12
    assert [name for name, count in Counter(item.id for item in failures()).items() if count > 1] == []


@pytest.mark.parametrize("item", failures(), ids=str)
def test_each_names_what_exists(item: Failure) -> None:
    assert item.operation in catalog().operations
    assert bool(item.principal) == (item.part == "trust")
    assert [name for name in item.actions if not aws_reference().action(name)] == []
    if item.part:
        assert set(item.addons) <= set(_every_addon(item))
        unfilled = _composed(item.id, item.addons or _every_addon(item), filled=False).placeholders
        assert set(item.values) <= set(unfilled), "values for placeholders that the policies do not have"


@pytest.mark.parametrize("item", failures(), ids=str)
def test_each_message_has_its_form_and_names_what_was_denied(item: Failure) -> None:
    form = FORMS[item.form]
    if form is None:
        assert not item.text, "what is not quoted has no text"
        return
    match = form.fullmatch(item.text)
    assert match, form.pattern
    assert match.groupdict().get("action") in {None, *item.actions}
    resource = match.groupdict().get("resource") or "*"
    assert resource == "*" or any(resource in (name, name.rpartition(":role/")[2]) for name in item.resources)


@pytest.mark.parametrize("item", failures(), ids=str)
def test_each_was_read_and_shows_only_names_of_ours(item: Failure) -> None:
    assert date(2026, 1, 1) <= date.fromisoformat(item.read) <= datetime.now(UTC).date() + timedelta(days=1)
    shown = repr(item)
    assert set(re.findall(r"(?<![0-9a-f-])[0-9]{12}(?![0-9a-f])", shown)) <= ACCOUNTS
    buckets = re.findall(r"(?:s3:::|s3://)([^/\\\"' ,\])]+)", shown)
    assert [name for name in buckets if not BUCKETS.fullmatch(name)] == []


# --- what cures them --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", CURED, ids=str)
def test_our_policy_allows_what_was_denied(item: Failure) -> None:
    assert _denied(item, _policy(item, item.addons)) == []


@pytest.mark.parametrize("item", [item for item in CURED if item.addons], ids=str)
def test_each_add_on_is_needed(item: Failure) -> None:
    idle = [x for x in item.addons if not _denied(item, _policy(item, [y for y in item.addons if y != x]))]
    assert idle == [], "allowed without these add-ons"


def test_what_is_pending_is_denied_with_every_add_on() -> None:
    for item in PENDING:  # there may be none
        assert not item.addons, f"{item}: no add-on cures it"
        policy = json.dumps(_policy(item, _every_addon(item)))
        denied = _denied(item, json.loads(_PLACEHOLDER.sub("*", policy)))
        assert denied, f"{item}: cured now: name the add-ons, drop `pending`"


@pytest.mark.test_all
def test_the_simulator_agrees_with_the_evaluator() -> None:
    asked = [
        (_policy(item, _every_addon(item) if item.pending else item.addons), list(_questions(item)))
        for item in failures()
        if item.part
    ]
    differences = [
        f"{question.action} on {question.resource}: {answer.outcome} {answer.detail} {answer.ignored}"
        for (policy, questions), answers in zip(asked, ask_all(asked), strict=True)
        for question, answer in zip(questions, answers, strict=True)
        if answer.ignored or (answer.outcome == "allowed") != evaluator.allows(policy, question)
    ]
    assert differences == []


# --- what no policy cures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", REASONS)
def test_the_site_has_a_section_for_each_reason(reason: str) -> None:
    assert reason in {item.because for item in failures()}, "no failure has this reason"
    page, _, anchor = pages()[reason].partition("#")
    assert f"{{ #{anchor} }}" in (ROOT / "docs" / page).read_text(encoding="utf-8")


# --- the score --------------------------------------------------------------------------------------------------


def test_the_score_is_on_the_site() -> None:
    assert not PENDING, "cure it in the records"
    whole = (ROOT / "docs/guides/how-we-know.md").read_text("utf-8")
    page = " ".join(whole.split())
    reported = {item.operation for item in failures()}
    unreported = sorted({*catalog().operations} - reported)
    prevented = f"Of {len(failures())} failures that users reported in public questions, these policies prevent"
    caused = f"{len(CURED)}. {sum(bool(item.because) for item in failures())} have a cause"
    listed = f'??? note "{len(unreported)} operations without a report"'
    for said in (f"{prevented} {caused}", f"They are from {len(reported)} operations", listed, site_text()):
        assert said in page, f"docs/guides/how-we-know.md should say: {said}"
    block = whole.partition("operations without a report")[2].partition("\n\nOf ")[0]
    assert sorted(re.findall(r"`([\w-]+)`", block)) == unreported

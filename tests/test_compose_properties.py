"""Properties of composed policies, over requests made from the API's shapes, for every operation with a record."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composing import compiled
from iam.calls import read
from made.requests import SPELLINGS, make, respelled
from sagemaker_roles.catalog import Grantee
from sagemaker_roles.engine.compose import Composition, Document, Request, compose, hosts_of
from sagemaker_roles.engine.values import short
from sagemaker_roles.iam.grants import difference
from sagemaker_roles.inputs.requests.member_names import Names, Style
from support import SOAKS, validator

OPERATIONS = compiled().operations
VALUES = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}

few = settings(
    max_examples=12 if SOAKS else 4,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
seeds = st.integers(min_value=0, max_value=10**9)
shares = st.sampled_from([0.15, 0.4, 0.7, 1.0])


def composed(operation: str, *members: Mapping[str, Any] | None, **options: Any) -> Composition:
    ids = [role.id for role in compiled().operation(operation).roles]
    return compose(compiled(), [Request(operation, item) for item in members], ids, **options)


def documents(composition: Composition) -> dict[str, Document]:
    return {"policy": composition.policy, "trust": composition.trust, "caller": composition.caller}


# --- valid, and no wildcard of its own ----------------------------------------------------------------------------

_NO_WILDCARD = r"(?:[^*?$]|\$\{[*?$]\}|\$\{[A-Z][A-Za-z0-9]*\}|\$\{aws:[^}]+\})*"


def _pattern(template: str, constants: Mapping[str, str]) -> str:
    pieces = re.split(r"\$\{([A-Z][A-Za-z0-9]*)\}", template)
    out = ""
    for index, text in enumerate(pieces):
        if index % 2 and text in constants:
            out += _pattern(constants[text], {})
        else:
            out += _NO_WILDCARD if index % 2 else re.escape(text)
    return out


def _templates(grantee: Grantee) -> Iterator[tuple[str, str]]:
    """Every resource that the record of a grantee can give, as Sid and pattern."""
    for _, entry in grantee.all_entries():
        for statement in entry.statements:
            for template in statement.resources:
                yield entry.prefix + statement.sid, _pattern(template, entry.constants)
            for kind_id, name in product(entry.parameters.values(), statement.scopes):
                if kind_id == "constant":
                    continue
                for form in compiled().kind(kind_id).forms:
                    for template in form.scopes[name].resources if name in form.scopes else ():
                        yield entry.prefix + statement.sid, _pattern(template, entry.constants)


@cache
def explained(name: str) -> dict[str, re.Pattern[str]]:
    """Sid to what its resources may look like, for an operation and those whose role it works with."""
    found: dict[str, list[str]] = {}
    for operation in (name, *hosts_of(compiled(), name)):
        for grantee in compiled().operation(operation).grantees():
            for sid, pattern in _templates(grantee):
                found.setdefault(sid, []).append(pattern)
    return {sid: re.compile("|".join(patterns), re.DOTALL) for sid, patterns in found.items()}


def check_valid(operation: str, composition: Composition) -> None:
    patterns = explained(operation)
    for part, document in documents(composition).items():
        if not document.statements:
            continue
        schema = "trust-policy.schema.json" if part == "trust" else "policy.schema.json"
        assert not list(validator(schema).iter_errors(document.to_json()))
        sids = [statement.sid for statement in document.statements]
        assert len(set(sids)) == len(sids)
        for statement in document.statements:
            assert statement.reasons
            if part == "trust":
                continue
            assert statement.resources
            allowed = patterns[statement.sid if statement.sid in patterns else statement.sid.rstrip("0123456789")]
            for resource in statement.resources:
                assert allowed.fullmatch(resource), (statement.sid, resource)


@pytest.mark.parametrize("operation", OPERATIONS)
@few
@given(seed=seeds, share=shares)
def test_any_request_gives_a_valid_policy_without_wildcards_of_its_own(operation: str, seed: int, share: float) -> None:
    check_valid(operation, composed(operation, make(operation, random.Random(seed), share)))  # noqa: S311
    check_valid(operation, composed(operation, make(operation, random.Random(seed), share), values=VALUES))  # noqa: S311


@pytest.mark.parametrize("operation", OPERATIONS)
@few
@given(seed=seeds, share=shares)
def test_the_broad_policy_has_the_same_actions(operation: str, seed: int, share: float) -> None:
    request = make(operation, random.Random(seed), share)  # noqa: S311
    scoped, broad = composed(operation, request), composed(operation, request, scope="broad")
    for part in ("policy", "caller"):
        one, other = documents(scoped)[part], documents(broad)[part]
        assert {action for item in one.statements for action in item.actions} == {
            action for item in other.statements for action in item.actions
        }
        assert all(item.resources == ("*",) for item in other.statements)


# --- spelling, order ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", OPERATIONS)
@few
@given(seed=seeds, share=shares, spelling=st.sampled_from(SPELLINGS))
def test_the_spelling_of_members_makes_no_difference(operation: str, seed: int, share: float, spelling: Any) -> None:
    request = make(operation, random.Random(seed), share)  # noqa: S311
    names = Names(compiled())
    expected, _ = names.match(operation, request, Style())
    found, faults = names.match(operation, respelled(operation, request, spelling), Style())
    assert not [fault for fault in faults if "no member" in fault.message]
    assert found == expected
    assert composed(operation, found) == composed(operation, expected)


@pytest.mark.parametrize("operation", OPERATIONS)
@few
@given(seed=seeds)
def test_the_order_of_members_and_requests_makes_no_difference(operation: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    first, second = make(operation, chance, 0.4), make(operation, chance, 0.4)
    backwards = composed(operation, dict(reversed(first.items())))
    assert backwards.policy.to_json() == composed(operation, first).policy.to_json()
    one, other = composed(operation, first, second), composed(operation, second, first)
    for part in ("policy", "trust", "caller"):
        assert grants(documents(one)[part]) == grants(documents(other)[part])


# --- growth -------------------------------------------------------------------------------------------------------


def grants(document: Document) -> set[tuple[Any, ...]]:
    return {
        (action, resource, repr(sorted(statement.condition.items())))
        for statement in document.statements
        for action in statement.actions
        for resource in statement.resources or ("",)
    }


def missing(small: Document, large: Document) -> list[Any]:
    """What one document grants and another does not; a placeholder may have got a value there."""
    known = tuple(one for one in small.statements if not Document((one,)).placeholders())
    left, right = (read([one.to_json()]).allowed for one in (Document(known), large))
    lost = {name for one in small.statements for name in one.actions} - {
        name for one in large.statements for name in one.actions
    }
    return [*difference(left, right).grants, *lost]


@pytest.mark.parametrize("operation", OPERATIONS)
@few
@given(seed=seeds, share=shares)
def test_one_more_request_only_adds(operation: str, seed: int, share: float) -> None:
    chance = random.Random(seed)  # noqa: S311
    first, second = make(operation, chance, share), make(operation, chance, share)
    one, both = composed(operation, first, values=VALUES), composed(operation, first, second, values=VALUES)
    for part in ("policy", "trust", "caller"):
        assert not missing(documents(one)[part], documents(both)[part])


#: Operations and members that take something away again when they are given, and why.
TAKES_AWAY: Mapping[str, Mapping[str, str]] = {
    "CreateAIRecommendationJob": {
        "OptimizeModel": "false turns the optimization off that is done without it",
        "OutputConfig": "names the group of the result in place of one named after the job",
    },
    "CreateDomain": {"DefaultUserSettings": "names the bucket of Canvas in place of the default one"},
    "CreateModelPackage": {
        "ModelPackageGroupName": "puts the package into a group, in place of a package of its own",
        "SkipModelValidation": "turns the validation off that is done without it",
    },
    "CreateUserProfile": {"UserSettings": "names the bucket of Canvas in place of the default one"},
    "PutEnvironmentBlueprintConfiguration": {
        "environmentRolePermissionBoundary": "names the boundary in place of the one that AWS attaches without it"
    },
    "UpdateDomain": {"DefaultUserSettings": "names the bucket of Canvas in place of the default one"},
    "UpdateUserProfile": {"UserSettings": "names the bucket of Canvas in place of the default one"},
}


def uses(composition: Composition) -> dict[tuple[str, str, str], set[str]]:
    """What of the records is in the policies without an add-on, with the members that it reads."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for part in (composition.policy, composition.caller):
        for reason in (reason for one in part.statements for reason in one.reasons):
            if not reason.addon and not reason.container:
                found.setdefault((reason.grantee, reason.use, reason.why), set()).update(reason.members)
    return found


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(few, max_examples=5)
@given(seed=seeds, share=shares)
def test_one_more_member_only_adds_and_without_it_only_what_reads_it_vanishes(
    operation: str, seed: int, share: float
) -> None:
    """A valid request without an optional member names nothing there; the call itself is always allowed."""
    request = make(operation, random.Random(seed), share)  # noqa: S311
    whole = composed(operation, request, values=VALUES)
    calls = {name for one in composed(operation, None).caller.statements for name in one.actions}
    # Without a required member there are placeholders, which its value takes the place of.
    required = compiled().shapes_of(operation)[compiled().shapes["inputs"][operation]].get("required", ())
    for member in ("", *request):
        fewer = {name: value for name, value in request.items() if member and name != member}
        one = composed(operation, fewer, values=VALUES)
        granted = {name for item in one.caller.statements for name in item.actions}
        assert {name for name in calls if name.endswith(f":{operation}")} <= granted, "the caller lacks the call"
        lost = uses(whole).keys() - uses(one).keys() if member else set()
        needless = {key for key in lost if not re.search(rf"\b{member}\b", " ".join(uses(whole)[key]))}
        assert not needless, f"{needless} vanish without {member}, which they have nothing to do with"
        assert not lost or member not in required, f"{lost} vanish without {member}"
        if member in TAKES_AWAY.get(operation, {}) or member in required:
            continue
        assert not member or uses(one).keys() <= uses(whole).keys(), f"something vanishes with {member}"
        for part in ("policy", "trust", "caller") if member else ():
            assert not missing(documents(one)[part], documents(whole)[part]), member


# --- what is named ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", OPERATIONS)
@few
@given(seed=seeds, share=shares)
def test_values_that_are_read_are_named_and_the_others_are_told(operation: str, seed: int, share: float) -> None:
    request = make(operation, random.Random(seed), share)  # noqa: S311
    result = composed(operation, request, values=VALUES)
    told = {finding.value for finding in result.findings}
    for document in (result.policy, result.caller):
        named: dict[tuple[str, ...], list[str]] = {}
        for statement in document.statements:
            for reason in statement.reasons:
                named.setdefault(reason.values, []).extend(statement.texts())
        for values, texts in named.items():
            for value in values:
                assert short(value) in told or any(_names(text, value) for text in texts), value


def _names(text: str, value: str) -> bool:
    """Whether a resource or condition names a value: a word that tells values apart stands in it.

    ARNs of some resources of SageMaker end in an id that the service makes, so that no name can stand in them; names
    that the service makes of a job's name hold its beginning (data/shared/resources/recommendation-trial.yaml).
    """
    common = {"arn", "aws", "dkr", "ecr", "https"}
    words = [word for word in re.findall(r"[A-Za-z0-9-]{3,}", value) if word not in common]
    made_by_service = ":sagemaker:" in text and text.endswith("/*")
    return not words or made_by_service or any(word.lower()[:20] in text.lower() for word in words)

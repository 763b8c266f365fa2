"""What changed between two policies is told by meaning: units, properties against an evaluator, and random policies."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import jsonpatch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.cli.diff import comparison_text
from kb.publish import archives
from kb.publish.changes import collections, rendering
from kb.publish.changes.built_version import Built, BuiltError, from_path
from kb.publish.changes.comparison import compare, patch_between
from kb.publish.changes.grants import Difference, alternatives, difference, expansion, grants
from kb.publish.changes.rendering import described
from sagemaker_roles.iam.conditions import RequestContext, read
from sagemaker_roles.iam.evaluation import AccessRequest, Policies, document, evaluate
from support import ROOT, SOAKS, validator

SERVICES = {"s3": ["GetObject", "GetObjectVersion", "ListBucket", "PutObject"], "kms": ["Decrypt", "GenerateDataKey"]}
EXPAND = expansion(lambda prefix: SERVICES.get(prefix, []))

THING = "arn:aws:s3:::${Bucket}/${Prefix}*"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: str, resources: str = THING, condition: Any = None, **more: Any) -> dict[str, Any]:
    """A statement of words with spaces between."""
    found = {"Sid": "One", "Effect": "Allow", "Action": actions.split(), "Resource": resources.split(), **more}
    return {**found, "Condition": condition} if condition else found


def between(old: dict[str, Any], new: dict[str, Any]) -> Difference:
    return difference(grants(old, EXPAND), grants(new, EXPAND))


def told(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str]]:
    """Kind and text of each change."""
    one, two = grants(old, EXPAND), grants(new, EXPAND)
    return [(c.kind, c.text) for c in described(("Op", "role", "", "policy", "scoped"), difference(one, two), one, two)]


# --- conditions ---------------------------------------------------------------------------------------------------

EQ = {"StringEquals": {"aws:RequestedRegion": ["a"]}}


@pytest.mark.parametrize(
    ("strict", "loose"),
    [
        (EQ, {}),
        ({**EQ, "Bool": {"aws:SecureTransport": ["true"]}}, EQ),
        (EQ, {"StringEquals": {"aws:requestedregion": ["a", "b"]}}),
        (EQ, {"StringLike": {"aws:RequestedRegion": ["?"]}}),
        (EQ, {"StringEqualsIfExists": {"aws:RequestedRegion": ["a"]}}),
        (EQ, {"StringEqualsIgnoreCase": {"aws:RequestedRegion": ["A"]}}),
        ({"StringLike": {"k:k": ["ab*"]}}, {"StringLike": {"k:k": ["a*"]}}),
        ({"StringNotEquals": {"k:k": ["a", "b"]}}, {"StringNotEquals": {"k:k": ["a"]}}),
        ({"ForAllValues:StringEquals": {"k:k": ["a"]}}, {"ForAllValues:StringEquals": {"k:k": ["a", "b"]}}),
        ({"ForAnyValue:StringEquals": {"k:k": ["a"]}}, {"ForAnyValue:StringEquals": {"k:k": ["a", "b"]}}),
        ({"NumericLessThan": {"k:k": ["5"]}}, {"NumericLessThan": {"k:k": ["10"]}}),
        ({"NumericGreaterThanEquals": {"k:k": ["10"]}}, {"NumericGreaterThanEquals": {"k:k": ["5"]}}),
        ({"DateLessThan": {"k:k": ["2026-01-01"]}}, {"DateLessThan": {"k:k": ["2027-01-01"]}}),
        ({"IpAddress": {"k:k": ["10.1.0.0/16"]}}, {"IpAddress": {"k:k": ["10.0.0.0/8"]}}),
        ({"ArnEquals": {"k:k": ["arn:aws:s3:::a"]}}, {"ArnLike": {"k:k": ["arn:aws:s3:::*"]}}),
    ],
)
def test_a_stricter_condition(strict: Any, loose: Any) -> None:
    old, new = policy(allow("s3:GetObject", condition=strict)), policy(allow("s3:GetObject", condition=loose))
    assert between(old, new).gained
    assert not between(old, new).lost
    assert [kind for kind, _ in told(old, new)] == ["widened"]
    assert [kind for kind, _ in told(new, old)] == ["narrowed"]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (EQ, {"StringEquals": {"aws:RequestedRegion": ["b"]}}),
        (EQ, {"StringNotEquals": {"aws:RequestedRegion": ["a"]}}),
        (EQ, {"StringEquals": {"aws:SourceAccount": ["a"]}}),
        (EQ, {"SomethingNew": {"aws:RequestedRegion": ["a"]}}),
        ({"ForAllValues:StringEquals": {"k:k": ["a"]}}, {"ForAnyValue:StringEquals": {"k:k": ["a"]}}),
        ({"StringEquals": {"k:k": ["a*"]}}, {"StringLike": {"k:k": ["ab*"]}}),
        ({"IpAddress": {"k:k": ["10.0.0.0/8"]}}, {"IpAddress": {"k:k": ["::/0"]}}),
    ],
)
def test_what_cannot_be_told_counts_both_ways(one: Any, two: Any) -> None:
    old, new = policy(allow("s3:GetObject", condition=one)), policy(allow("s3:GetObject", condition=two))
    assert [kind for kind, _ in told(old, new)] == ["changed"]
    assert [kind for kind, _ in told(new, old)] == ["changed"]


def test_very_many_values_are_compared_as_lists() -> None:
    many = {"StringEquals": {f"k:{key}": [str(value) for value in range(100)] for key in "ab"}}
    assert len(list(alternatives(read(many)))) <= 256
    fewer = copy.deepcopy(many)
    fewer["StringEquals"]["k:a"].pop()
    old, new = policy(allow("s3:GetObject", condition=fewer)), policy(allow("s3:GetObject", condition=many))
    assert between(old, new).gained
    assert not between(old, new).lost


# --- kinds and texts ----------------------------------------------------------------------------------------------

GET = policy(allow("s3:GetObject"))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (GET, policy(allow("s3:GetObject s3:PutObject")), [("came", f"s3:PutObject on {THING}")]),
        (policy(allow("s3:GetObject s3:PutObject")), GET, [("went", f"s3:PutObject on {THING}")]),
        (
            GET,
            policy(allow("s3:GetObject", f"{THING} arn:aws:s3:::x")),
            [("widened", "s3:GetObject also on arn:aws:s3:::x")],
        ),
        (
            GET,
            policy(allow("s3:GetObject", "arn:aws:s3:::${Bucket}/*")),
            [("widened", f"s3:GetObject on arn:aws:s3:::${{Bucket}}/*; before only on {THING}")],
        ),
        (
            policy(allow("s3:GetObject", f"{THING} arn:aws:s3:::x")),
            GET,
            [("narrowed", "s3:GetObject no longer on arn:aws:s3:::x")],
        ),
        (
            GET,
            policy(allow("s3:GetObject", condition=EQ)),
            [("narrowed", f"s3:GetObject only on {THING} if aws:RequestedRegion StringEquals a; before on {THING}")],
        ),
        (
            GET,
            policy(allow("s3:GetObject", "arn:aws:s3:::x")),
            [("changed", f"s3:GetObject on arn:aws:s3:::x; before on {THING}")],
        ),
        (GET, policy(allow("s3:Get*")), [("came", f"s3:GetObjectVersion on {THING}")]),
        (GET, policy(allow("odd:*")), [("came", f"odd:* on {THING}"), ("went", f"s3:GetObject on {THING}")]),
        (GET, policy(allow("*")), [("widened", f"* on {THING}")]),
        (policy(allow("s3:*")), policy(allow(" ".join(f"s3:{name}" for name in SERVICES["s3"]))), []),
        (GET, policy(allow("s3:GetObject"), allow("s3:GetObject", "*", Effect="Deny")), "narrowing"),
        (policy(allow("s3:GetObject"), allow("s3:GetObject", "*", Effect="Deny")), GET, "widening"),
        (policy(), GET, [("came", f"s3:GetObject on {THING}")]),
    ],
)
def test_kinds_and_texts(old: dict[str, Any], new: dict[str, Any], expected: Any) -> None:
    if expected == "narrowing":
        assert between(old, new).lost
        assert not between(old, new).gained
    elif expected == "widening":
        assert between(old, new).gained
        assert not between(old, new).lost
    elif old == GET and new == policy(allow("*")):
        assert [kind for kind, _ in told(old, new)] == ["widened"]
    else:
        assert told(old, new) == expected


def test_principals_count() -> None:
    def trust(principal: Any) -> dict[str, Any]:
        return policy({"Sid": "Assume", "Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole"]})

    one, two = trust({"Service": ["a.amazonaws.com"]}), trust({"Service": ["a.amazonaws.com", "b.amazonaws.com"]})
    assert told(one, two) == [("widened", "sts:AssumeRole also on Service b.amazonaws.com")]
    assert told(two, one) == [("narrowed", "sts:AssumeRole no longer on Service b.amazonaws.com")]
    assert [kind for kind, _ in told(two, trust("*"))] == ["widened"]
    assert told(trust("*"), trust({"AWS": "*"})) == []
    assert [kind for kind, _ in told(one, trust({"AWS": ["111122223333"]}))] == ["changed"]


def test_what_is_not_understood_counts_both_ways() -> None:
    def odd(*actions: str) -> dict[str, Any]:
        return policy({"Effect": "Allow", "NotAction": list(actions), "NotResource": "*", "NotPrincipal": {"AWS": "1"}})

    assert told(odd("a:A", "a:B"), odd("a:B", "a:A")) == []
    assert between(odd("a:A"), odd("a:B")).gained
    assert between(odd("a:A"), odd("a:B")).lost


# --- properties ---------------------------------------------------------------------------------------------------

ACTIONS = [f"{prefix}:{name}" for prefix, names in SERVICES.items() for name in names] + ["s3:Get*", "s3:*", "kms:*"]
RESOURCES = ["*", "arn:aws:s3:::a", "arn:aws:s3:::a*", "arn:aws:s3:::a/b*", "arn:aws:s3:::?", "arn:aws:s3:::a/*"]
RESOURCES += [
    "arn:aws:s3:::${A}/*",
    "arn:aws:s3:::${A}/b",
    "arn:*:s3:::a",
    "arn:aws:kms:r:*:key/k",
    "arn:aws:kms:*:1:key/*",
]
VALUES = ["a", "b", "ab", "a*", "?"]
OPERATORS = ["StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIfExists"]
OPERATORS += ["StringLikeIfExists", "StringEqualsIgnoreCase", "StringNotEqualsIfExists", "Null"]
OPERATORS += [f"{quantifier}:{name}" for quantifier in ("ForAnyValue", "ForAllValues") for name in OPERATORS[:4]]


def some(values: list[str], most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for operator in draw(st.lists(st.sampled_from(OPERATORS), max_size=2, unique=True)):
        values = draw(some(["true", "false"])) if operator == "Null" else draw(some(VALUES))
        found[operator] = {draw(st.sampled_from(["k:One", "k:Two"])): values}
    return found


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    found = {
        "Sid": draw(st.sampled_from(["A", "B", "C"])),
        "Effect": "Allow",
        "Action": draw(some(ACTIONS)),
        "Resource": draw(some(RESOURCES)),
    }
    if condition := draw(conditions()):
        found["Condition"] = condition
    return found


policies = st.lists(statements(), max_size=4).map(lambda found: policy(*found))

#: Requests to ask an evaluator with: action, resource, and context of which a key may be absent.
REQUESTS = st.tuples(
    st.sampled_from([action for action in ACTIONS if "*" not in action]),
    st.sampled_from(
        ["arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::a/b", "arn:aws:s3:::a/bc", "arn:aws:s3:::${A}/b"]
    )
    | st.sampled_from(["arn:cn:s3:::a", "arn:aws:kms:r:1:key/k", "arn:aws:kms:q:1:key/j", "arn:aws:kms:r:2:key/k"]),
    st.dictionaries(
        st.sampled_from(["k:One", "k:Two"]), st.lists(st.sampled_from(["a", "b", "ab", "A", ""]), max_size=2)
    ),
)


def allows(policy: dict[str, Any], request: tuple[str, str, dict[str, list[str]]]) -> bool:
    """What tests/iam proves of a call, with a key policy that leaves the decision to the role."""
    action, resource, context = request
    call = AccessRequest("arn:aws:iam::1:role/R", action, resource, "", RequestContext({**context}, complete=True))
    everyone = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}, "Action": "*", "Resource": "*"}
    opened = document("key", {"Statement": [everyone]}) if action.startswith("kms:") else None
    return evaluate(call, Policies((document("policy", policy),), resource=opened)).outcome == "allowed"


def single_valued(request: tuple[str, str, dict[str, list[str]]], document: dict[str, Any]) -> bool:
    """Whether the request gives one value for each key that is not asked for with a quantifier, as AWS does."""
    single = {
        key
        for item in document["Statement"]
        for operator, keys in item.get("Condition", {}).items()
        for key in keys
        if ":" not in operator and operator != "Null"
    }
    return all(len(values) == 1 for key, values in request[2].items() if key in single)


@settings(max_examples=400 if SOAKS else 150, deadline=None)
@given(policies, policies, st.lists(REQUESTS, min_size=5, max_size=30))
def test_whatever_is_newly_allowed_is_told(old: dict[str, Any], new: dict[str, Any], requests: list[Any]) -> None:
    found = between(old, new)
    for request in requests:
        if not (single_valued(request, old) and single_valued(request, new)):
            continue
        before, after = allows(old, request), allows(new, request)
        if after and not before:
            assert any(grant.action == request[0].lower() for grant in found.gained), request
        if before and not after:
            assert any(grant.action == request[0].lower() for grant in found.lost), request


@settings(max_examples=100, deadline=None)
@given(policies, policies)
def test_the_way_back_is_the_mirror(old: dict[str, Any], new: dict[str, Any]) -> None:
    there, back = between(old, new), between(new, old)
    assert (there.gained, there.lost) == (back.lost, back.gained)
    mirrored = {"widened": "narrowed", "narrowed": "widened", "came": "went", "went": "came", "changed": "changed"}
    place = ("Op", "role", "", "policy", "scoped")
    one, two = grants(old, EXPAND), grants(new, EXPAND)
    forth = {(c.kind, c.actions, c.now, c.before) for c in described(place, there, one, two)}
    reverse = {(mirrored[c.kind], c.actions, c.before, c.now) for c in described(place, back, two, one)}
    assert actions_of(forth) == actions_of(reverse)


def actions_of(changes: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """Changes taken apart by action: which actions stand together depends on the Sids of one side."""
    return {(kind, action, now, before) for kind, actions, now, before in changes for action in actions}


@settings(max_examples=60, deadline=None)
@given(policies, st.randoms(use_true_random=False))
def test_order_names_and_statements_mean_nothing(document: dict[str, Any], chance: Any) -> None:
    other = policy(*pieces(document, chance))
    chance.shuffle(other["Statement"])
    assert not between(document, other)
    assert not between(other, document)
    assert not between(document, document)


def pieces(document: dict[str, Any], chance: Any) -> Iterator[dict[str, Any]]:
    """The statements, some of them split by action, resource or alternative value, with other names."""
    for number, item in enumerate(document["Statement"]):
        parts = [copy.deepcopy(item)]
        for element in ("Action", "Resource"):
            if chance.random() < 0.5:
                parts = [{**part, element: [value]} for part in parts for value in part[element]]
        for operator, keys in item.get("Condition", {}).items():
            if "Not" in operator or operator.startswith("ForAll") or chance.random() < 0.5:
                continue
            for key, values in keys.items():
                parts = [
                    {**part, "Condition": {**part["Condition"], operator: {**keys, key: [value]}}}
                    for part in parts
                    for value in values
                ]
        yield from ({**part, "Sid": f"Piece{number}x{index}"} for index, part in enumerate(parts))


@settings(max_examples=60, deadline=None)
@given(policies, statements())
def test_another_statement_never_narrows(document: dict[str, Any], more: dict[str, Any]) -> None:
    assert not between(document, policy(*document["Statement"], more)).lost


@settings(max_examples=60, deadline=None)
@given(statements(), conditions())
def test_a_further_test_never_widens(item: dict[str, Any], more: dict[str, Any]) -> None:
    own = item.get("Condition", {})
    added = {operator: keys for operator, keys in more.items() if operator not in own}
    assert not between(policy(item), policy({**item, "Condition": {**own, **added}})).gained


@settings(max_examples=100, deadline=None)
@given(policies, policies)
def test_a_patch_makes_the_new_of_the_old(old: dict[str, Any], new: dict[str, Any]) -> None:
    patch = patch_between(old, new)
    assert jsonpatch.apply_patch(old, json.loads(json.dumps(patch))) == new
    assert (patch == []) == (old == new)


# --- wording ------------------------------------------------------------------------------------------------------


def change(number: int, statement: str) -> dict[str, Any]:
    place = {"operation": f"Run{number}", "role": "execution", "addon": "", "part": "policy", "scope": "scoped"}
    what = {"kind": "came", "subject": "permission", "statements": [statement], "actions": ["s3:GetObject"]}
    return {**place, **what, "now": ["x"], "before": [], "text": "s3:GetObject on x"}


def test_what_changed_alike_is_one_line() -> None:
    changes = [change(number, f"S{number % 2}") for number in range(6)]
    assert rendering.text(changes) == (
        "New permissions\n  s3:GetObject on x\n    Run0 execution, Run2 execution and Run4 execution (statement S0); "
        "Run1 execution, Run3 execution and Run5 execution (statement S1)\n"
    )


def test_a_broad_policy_is_told_only_if_its_scoped_one_is_not() -> None:
    scoped = change(0, "S")
    broad = {**scoped, "scope": "broad", "now": ["*"], "text": "s3:GetObject on *"}
    reworded = {**broad, "kind": "reworded", "actions": [], "text": "written differently, allows the same"}
    assert rendering.text([scoped, broad, reworded]) == rendering.text([scoped])
    assert "s3:GetObject on *" in rendering.text([broad])
    assert "Written differently" in rendering.text([reworded])


def test_widened_permissions_come_first_and_markdown_is_escaped() -> None:
    odd = {**change(0, "S"), "kind": "activation", "subject": "addon", "text": 'you ("<b> *x* [y](z) `c`")'}
    wide = {**change(1, "S"), "kind": "widened", "now": ["a`b"], "text": "wide"}
    told = rendering.markdown([odd, change(2, "S"), wide])
    titles = [line for line in told.splitlines() if line.startswith("#")]
    assert titles == ["### Widened permissions", "### New permissions", "### Decided otherwise"]
    assert "on `a'b`" in told
    assert "&lt;b&gt; \\*x\\* \\[y\\](z) \\`c\\`" in told


# --- files other than the documents of operations ------------------------------------------------------------------

GET_ALL, ANY = allow("s3:GetObject", "*"), allow("iam:*", "*")
DENY = allow("iam:CreateUser", "*", Effect="Deny")


def version(name: str, **files: Any) -> Built:
    """A version of an index without operations, and some files."""
    every = {"index": {"operations": []}, **files}
    return Built(name, {f"{path}.json": json.dumps(value).encode() for path, value in every.items()})


def guardrails(statements: list[dict[str, Any]] | None) -> dict[str, Any]:
    return {"guardrails": [] if statements is None else [{"id": "limits", "policy": policy(*statements)}]}


@pytest.mark.parametrize(
    ("old", "new", "bump", "expected"),
    [
        ([GET_ALL], [GET_ALL, ANY], "minor", [("came", "iam:* on *")]),
        ([GET_ALL, ANY], [GET_ALL], "major", [("went", "iam:* on *")]),
        ([GET_ALL, DENY], [GET_ALL], "minor", [("widened", "iam:CreateUser no longer denied: *")]),
        ([GET_ALL], [GET_ALL, DENY], "major", [("narrowed", "iam:CreateUser now denied: *")]),
        ([GET_ALL], [{**GET_ALL, "Sid": "Other"}], "minor", [("reworded", "written differently, allows the same")]),
        ([GET_ALL], [{**GET_ALL, "Resource": ["*"], "Action": ["s3:GetObject"]}], "none", []),
        ([DENY], [], "minor", [("widened", "iam:CreateUser no longer denied: *")]),
        ([DENY], None, "major", [("went", "the guardrail limits went")]),
        (None, [DENY], "minor", [("came", "the guardrail limits came")]),
    ],
)
def test_a_guardrail_is_compared(old: Any, new: Any, bump: str, expected: Any) -> None:
    found = compare(*(version(name, guardrails=guardrails(some)) for name, some in (("a", old), ("b", new))), EXPAND)
    assert (found.bump, [(change.kind, change.text) for change in found.changes]) == (bump, expected)
    validator("changes.schema.json").validate({**found.to_json("2.0.0"), "from": "1.0.0"})
    told = rendering.text([change.to_json() for change in found.changes])
    assert ("guardrail limits" in told) == bool(expected)


@pytest.fixture(scope="module")
def last() -> Built:
    builds = ROOT / "build" / "v1"
    return from_path(archives.place(builds, max(archives.digests(builds), key=lambda one: [*map(int, one.split("."))])))


@pytest.mark.parametrize("path", ["guardrails", "readers", "operations", "managed-policies", "catalog"])
def test_whatever_has_a_statement_is_compared(last: Built, path: str) -> None:
    """Each first statement of an entry of the last release is replaced by another, or removed if it denies."""
    changed = Built("changed", {**last.files, f"{path}.json": json.dumps(last.json(f"{path}.json")).encode()})
    value = changed.json(f"{path}.json")
    expected = set()

    def change(value: Any) -> bool:
        if isinstance(value, list):
            for number, item in enumerate(value):
                if isinstance(item, dict) and item.get("Effect") == "Deny":
                    del value[number]
                    return True
                if change(item):
                    return True
        elif isinstance(value, dict):
            if isinstance(value.get("Action", value.get("NotAction")), str | list):
                value.pop("NotAction", None)
                value["Action"] = ["iam:*"]
                return True
            return any(change(item) for name, item in value.items() if name != "attach")
        return False

    for items in value.values():
        some = [one for one in items if isinstance(one, dict)]
        listed = items.items() if isinstance(items, dict) else [(next(iter(one.values())), one) for one in some]
        expected.update(str(name) for name, item in listed if change(item))
    assert expected
    new = Built("new", {**last.files, f"{path}.json": json.dumps(value).encode()})
    told = {one.entry.split("/")[0] for one in collections.changes(last, new, EXPAND, []) if one.kind != "reworded"}
    assert expected <= told


def test_what_documentation_of_others_prints_is_no_grant() -> None:
    def printed(*actions: str) -> dict[str, Any]:
        attach = [{"to": "caller", "allows": [{"Action": [one], "Resource": ["*"]}]} for one in actions]
        return {"frameworks": {"launch": {"id": "launch", "operations": {}, "attach": attach}}}

    found = compare(version("a", catalog=printed("s3:GetObject")), version("b", catalog=printed("iam:*")), EXPAND)
    assert (found.bump, [*found.changes]) == ("patch", [])


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"boundaries": {}}, "b has boundaries.json, which no comparison reads; add its kind"),
        ({"documentation": {"pages": [ANY]}}, "documentation.json of b has a statement, which no comparison reads"),
    ],
)
def test_a_file_without_a_comparison_is_an_error(files: Any, expected: str) -> None:
    for pair in ((version("a"), version("b", **files)), (version("b", **files), version("a"))):
        with pytest.raises(BuiltError, match=re.escape(expected)):
            compare(*pair, EXPAND)


def test_what_a_commit_does_not_have_is_said(last: Built) -> None:
    commit = Built("HEAD", {path: last.files[path] for path in last.files if path.startswith("operations/Create")})
    listed = [one for one in last.index["operations"] if one["links"]["self"] in commit.files]
    files = {path: last.files[path] for path in last.files if "/" not in path or path in commit.files}
    index = json.dumps({**last.index, "operations": listed}).encode()
    found = compare(commit, Built("next", {**files, "index.json": index}), EXPAND)
    names = ("catalog", "guardrails", "managed-policies", "operations", "readers")
    assert found.not_compared == tuple(f"{name}.json" for name in names)
    assert "a commit has no catalog.json, guardrails.json, " in comparison_text(found, "text")

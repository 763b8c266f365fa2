"""The real records: no rule finds fault, nothing takes long, and every way to break one is found."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import sample
from kb.aws.reference import aws_reference
from kb.records.locations import FOLDERS
from kb.rules import all_rules
from kb.rules.context import Context, at
from sagemaker_roles.canonical import canonical
from sagemaker_roles.catalog import Catalog, Kind
from sagemaker_roles.engine.compose import Request, compose, parse
from sagemaker_roles.engine.values import pattern
from sagemaker_roles.outputs.operation_json import operation_files
from small import part
from support import DATA, ROOT, SOAKS, compiled, loaded, published


@cache
def context() -> Context:
    return Context(loaded(), aws_reference())


def test_all_files_were_read() -> None:
    files = [path for path in DATA.rglob("*.yaml") if not {DATA / "schema", DATA / "scenarios"} & {*path.parents}]
    assert len(files) > 100
    assert {f"data/{path.relative_to(DATA).as_posix()}" for path in files} == set(loaded().files)
    assert loaded().problems == []
    for name, (folder, _) in FOLDERS.items():
        assert sorted(part(loaded(), name)) == sorted(file.stem for file in (DATA / folder).glob("*"))


@pytest.mark.parametrize("rule", sorted(all_rules()))
def test_a_rule_finds_nothing(rule: str) -> None:
    found = all_rules()[rule](context())
    assert [str(one) for one in found if one.position.path not in context().newer] == []


def test_rules_see_every_statement() -> None:
    """The walk that most rules share meets each Sid that stands in a file."""
    folders = (FOLDERS[name][0] for name in ("operations", "addons", "statements", "containers", "apis"))
    paths = [DATA / "services/readers.yaml", *(path for folder in folders for path in (DATA / folder).iterdir())]
    texts = [path.read_text("utf-8") for path in paths]
    written = sum(len(re.findall(r"^ *(?:- )?Sid: |^  (?:resource|tags): ", text, re.MULTILINE)) for text in texts)
    places = {at(statement.data, "Sid") for statement in context().statements()}
    assert len(places) == written > 100


def test_the_services_of_aws_kms_have_one_suffix_in_every_partition() -> None:
    """AWS KMS documents it so; a name that ends otherwise would allow nothing."""
    wrong = [
        text
        for path in DATA.rglob("*.yaml")
        if path.parent.name != "frameworks"  # they quote what others print, with its faults
        for text in re.findall(r'"kms:ViaService": \[([^\]]*)\]', path.read_text("utf-8"))
        if not re.fullmatch(r'("[a-z0-9-]+\.(\*|\$\{Region\})\.amazonaws\.com"(, )?)+', text)
    ]
    assert wrong == []


@pytest.mark.parametrize("name", loaded().catalog.operations)
def test_no_statement_is_merged_or_renamed(name: str) -> None:
    """With every add-on each statement as authored is one of the policy, under its own Sid."""
    operation = loaded().catalog.operation(name)
    for grantee in operation.grantees():
        addons = [addon.id for addon in grantee.addons]
        caller = grantee is operation.caller
        result = compose(loaded().catalog, [Request(name)], [] if caller else [grantee.id], addons=addons)
        document = result.caller if caller else result.policy
        written = [entry.prefix + item.sid for _, entry in grantee.all_entries() for item in entry.statements]
        assert sorted(item.sid for item in document.statements) == sorted(written)
        assert all(len(item.reasons) == 1 for item in document.statements)
        assert written


# --- kinds of values ----------------------------------------------------------------------------------------------

KINDS = sorted(loaded().catalog.data["resources"])


def kind(name: str) -> Kind:
    return loaded().catalog.kind(name)


@pytest.mark.parametrize("name", KINDS)
def test_each_example_is_read_as_its_form(name: str) -> None:
    count = 0
    for form in kind(name).forms:
        for example in form.examples:
            parsed = parse(kind(name), example)
            assert parsed
            assert parsed[0].id == form.id
            count += 1
    for text in kind(name).data["counterexamples"]:
        assert parse(kind(name), text) is None
    assert count and kind(name).data["counterexamples"]


def test_no_pattern_backtracks_without_bound() -> None:
    """Texts as long as a value may be, of the characters the examples have, that nearly fit: each match ends.

    In a process of its own: nothing else ends one that does not.
    """
    cases = []
    for name in KINDS:
        longest = kind(name).max_length
        for form in kind(name).forms:
            ends = [(text[:at], text[at - 1]) for text in form.examples for at in range(1, len(text) + 1)]
            texts = {(head + last * longest)[: longest - 1] + "\n" for head, last in ends}
            cases.append((pattern(form.pattern).pattern, sorted(texts)))
    code = "import json, re, sys; print([re.fullmatch(p, t) for p, ts in json.load(sys.stdin) for t in ts] and 'ended')"
    command, texts_in = [sys.executable, "-c", code], json.dumps(cases)
    done = subprocess.run(command, input=texts_in, capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout == "ended\n"
    assert len(cases) > 50


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(KINDS), st.data())
def test_a_field_never_holds_a_wildcard_unseen(name: str, data: st.DataObject) -> None:
    """What is read out of a value is part of the value: no form makes up characters."""
    form = data.draw(st.sampled_from(kind(name).forms))
    example = data.draw(st.sampled_from(form.examples))
    where = data.draw(st.integers(0, len(example)))
    more = data.draw(st.sampled_from(["*", "?", "${x}", "/", ":", "..", " ", "\n", "é"]))
    text = example[:where] + more + example[where:]
    parsed = parse(kind(name), text)
    if parsed:
        assert all(value in text for value in parsed[1].values())


# --- siblings ---------------------------------------------------------------------------------------------------------


GROUPS: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests" / "siblings.yaml").read_text("utf-8"))


def ids(operation: str, chosen: bool) -> set[str]:
    """IDs of the add-ons of its roles, or only of those that a person chooses."""
    roles = loaded().catalog.operation(operation).roles
    return {addon.id for role in roles for addon in role.addons if addon.usage or not chosen}


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["of"][0])
def test_siblings_lack_only_what_has_a_reason(group: dict[str, Any]) -> None:
    has = {operation: ids(operation, False) for operation in group["of"]}
    every = {addon for operation in group["of"] for addon in ids(operation, True)}
    lacking = {(addon, operation) for operation, own in has.items() for addon in every - own}
    reasons = [
        (addon, operation) for item in group["missing"] for addon in item["addons"] for operation in item["lack"]
    ]
    assert sorted(lacking - set(reasons)) == []
    assert sorted(set(reasons) - lacking) == [], "they have these now, or nothing has them"
    assert len(reasons) == len(set(reasons))


# --- what is made of them ---------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=100 if SOAKS else 15)
@given(st.randoms(use_true_random=False), st.sampled_from(compiled().operations))
def test_the_order_of_records_makes_no_difference(chance: object, name: str) -> None:
    data = dict(compiled().data)
    for folder in ("operations", "statements", "resources", "trust", "sources", "partitions"):
        names = list(data[folder])
        chance.shuffle(names)  # type: ignore[attr-defined]
        data[folder] = {key: data[folder][key] for key in names}
    files: dict[str, bytes] = {}
    operation_files(Catalog(data), name, files)
    assert files
    for path, content in files.items():
        assert content == published()[path]


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
)


@given(_JSON)
def test_artifacts_are_written_as_pythons_own_encoder_writes_them(value: object) -> None:
    assert canonical(value) == (json.dumps(value, indent=2) + "\n").encode("ascii")


def test_a_sample_is_the_same_for_a_seed_and_has_of_each_kind_as_many() -> None:
    drawn = sample.draw(loaded(), 1)
    assert drawn == sample.draw(loaded(), 1) != sample.draw(loaded(), 2)
    assert [one.kind for one in drawn] == [kind for kind in sample.KINDS for _ in range(12)]
    assert len({(one.kind, one.name) for one in drawn}) == sample.SIZE
    for one in drawn:
        line = (ROOT / one.at.path).read_text().splitlines()[one.at.line - 1]
        assert one.at.line > 1 or one.kind == "trust", one
        assert line.strip(), one
        assert one.addresses or one.kind in {"caller", "refusal", "statement"}, one


@pytest.mark.parametrize("given", [[], [""], ["x"], ["-1"], ["1", "2"]])
def test_a_sample_needs_a_seed(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert sample.main(given) == 2
    assert "SEED=1" in capsys.readouterr().err

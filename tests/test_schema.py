"""The schemas: they refuse nonsense, and each key left out, misnamed or of a wrong type is told at its line."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from kb.records import schema
from kb.records.locations import MAPPINGS, SCHEMAS
from kb.records.schema import Schemas
from kb.records.strict_yaml import Map, Seq, Text, parse_yaml
from sagemaker_roles.errors.problems import DataError, Position, Problem
from support import DATA, ROOT, loaded

#: Keys that no record may have at the moment, in records of a sound form.
SAMPLES = yaml.safe_load((ROOT / "tests" / "fixtures" / "schema-samples.yaml").read_text("utf-8"))

Place = tuple[str | int, ...]


@cache
def schemas() -> Schemas:
    return schema.load(DATA / "schema")


@cache
def records() -> list[tuple[str, str, Map]]:
    """Schema, path and value of every record: the real ones and the samples."""
    found = []
    for path, (name, value) in loaded().files.items():
        items = value.values() if name in MAPPINGS else [value]
        found += [(name, path, item) for item in items if isinstance(item, Map)]
    for name, text in SAMPLES.items():
        value, problems = parse_yaml(text, f"sample/{name}.yaml")
        assert problems == []
        found.append((name, f"sample/{name}.yaml", value))
    assert len(found) > 100
    return found


def check(name: str, value: Any) -> list[Problem]:
    return schemas().check(name, value, Position("x.yaml"))


# --- a walk over the keys of a value and of a schema ------------------------------------------------------------


def rules_at(name: str, place: Place) -> dict[str, Any]:
    """The rules of what stands at a place of a file."""
    return schemas().rule_at(name, place) or {}


def keys_of(value: Any, place: Place = ()) -> Iterator[tuple[Map, Place]]:
    """Every key of every mapping in a value: the mapping and the place of the key."""
    if isinstance(value, Map):
        for key in value:
            yield value, (*place, key)
            yield from keys_of(value[key], (*place, key))
    elif isinstance(value, Seq):
        for index, item in enumerate(value):
            yield from keys_of(item, (*place, index))


def declared(name: str) -> Iterator[tuple[int, str]]:
    """Every key that a schema declares, with the mapping of keys that it is in: those of one form share theirs."""
    left, seen = [{"type": "dict", "schema": schemas().raw(name)}], set[int]()
    while left:
        rules = schemas()._named("rules", left.pop()) or {}
        keys = schemas().keys(rules)
        if keys and id(keys) not in seen:
            seen.add(id(keys))
            yield from ((id(keys), key) for key in keys)
            left += keys.values()
        left += [rules[inner] for inner in ("valuesrules", "schema") if inner in rules and not keys]


@cache
def exercised() -> dict[tuple[str, int, str], tuple[str, Map, Map, Place]]:
    """For each declared key one record that has it: the schema, the record, the mapping and the place of the key."""
    found: dict[tuple[str, int, str], tuple[str, Map, Map, Place]] = {}
    for name, _, value in sorted(records(), key=lambda record: len(repr(record[2]))):
        for mapping, place in keys_of(value):
            if keys := schemas().schema_at(name, place[:-1]):
                found.setdefault((name, id(keys), str(place[-1])), (name, value, mapping, place))
    return found


KEYS = list(exercised())
by_schema = pytest.mark.parametrize("schema_name", sorted({which[0] for which in KEYS}))


def test_every_key_of_every_schema_is_in_some_record() -> None:
    known = {which[1:] for which in exercised()}
    for name in schemas().names:
        lacking = [which for which in declared(name) if which not in known]
        assert not lacking, f"no record has {[key for _, key in lacking]} of {name}: use it, or put it into the samples"
    assert len(KEYS) > 100


def test_every_record_has_a_sound_form() -> None:
    for name, path, value in records():
        assert check(name, value) == [], path


# --- nonsense -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_schema_refuses_nonsense(name: str) -> None:
    assert name in schemas().names
    for text in ("[]", "[a]", "text", "7", "true", "''", "{zzz: 1}", "{id: [], zzz: {}}"):
        value, _ = parse_yaml(text, "x.yaml")
        assert check(name, value), text
    empty = check(name, parse_yaml("{}", "x.yaml")[0])
    required = [key for key, rules in schemas().raw(name).items() if isinstance(rules, dict) and rules.get("required")]
    assert len(empty) == len(required)
    assert all(problem.position == Position("x.yaml") for problem in empty)
    assert all(re.fullmatch(r'the key "\w+" is missing', problem.message) for problem in empty)


def start(value: Map, place: Place) -> Position:
    """Where a reader looks for the mapping at a place: at the key it is the value of, or where it begins."""
    position = value.at
    for part in place:
        position = value.key_at[part] if isinstance(part, str) else value.item_at[part]  # type: ignore[attr-defined]
        value = value[part]  # type: ignore[index]
    return position


def having(keys: list[Any], schema_name: str) -> Iterator[tuple[str, Map, Map, Place]]:
    """What exercises each of these keys that a schema declares."""
    for which in keys:
        if which[0] == schema_name:
            yield exercised()[which]


@contextlib.contextmanager
def changed(mapping: Map) -> Iterator[None]:
    """Puts a mapping back as it was at the end."""
    old = dict(mapping)
    try:
        yield
    finally:
        mapping.clear()
        mapping.update(old)


@by_schema
def test_a_key_with_another_name_is_told_at_its_line(schema_name: str) -> None:
    for name, value, mapping, place in having(KEYS, schema_name):
        key = str(place[-1])
        renamed = Text(key + "x")
        renamed.at = mapping.key_at[key]
        with changed(mapping):
            mapping[renamed] = mapping.pop(key)
            found = check(name, value)
            assert Problem(renamed.at, "schema", f'unknown key "{renamed}"; did you mean "{key}"?') in found, place
            if rules_at(name, place).get("required"):
                assert Problem(start(value, place[:-1]), "schema", f'the key "{key}" is missing') in found, place


@by_schema
def test_a_key_left_out_is_told_where_it_is_required(schema_name: str) -> None:
    for name, value, mapping, place in having(KEYS, schema_name):
        with changed(mapping):
            del mapping[place[-1]]
            found = check(name, value)
            at = start(value, place[:-1])
            missing = Problem(at, "schema", f'the key "{place[-1]}" is missing')
            assert (missing in found) == bool(rules_at(name, place).get("required")), place
            # What else is said is of the same mapping: it may need one key or another.
            assert all(problem.position.line == at.line for problem in found), place


NAMES = {"string": "text", "list": "a list", "dict": "a mapping"}
NAMES |= {"integer": "a whole number", "boolean": "true or false"}
OTHERS = {"integer": "7", "boolean": "true", "list": "[x, x]", "dict": "{x: y}", "string": "'%'"}


@by_schema
def test_a_value_of_another_type_is_told_at_its_line(schema_name: str) -> None:
    for name, value, mapping, place in having(KEYS, schema_name):
        key = str(place[-1])
        types = rules_at(name, place)["type"]
        wanted = [types] if isinstance(types, str) else types
        at = mapping.key_at[key]
        for kind, text in OTHERS.items():
            if kind in wanted:
                continue
            wrong, _ = parse_yaml("\n" * (at.line - 1) + text, at.path)
            with changed(mapping):
                mapping[key] = wrong
                found = check(name, value)
                begins = f"must be {' or '.join(NAMES[one] for one in wanted)}, not "
                told = [problem for problem in found if problem.message.startswith(begins)]
                assert told and all(problem.position.line == at.line for problem in told), (place, kind, found)


EMPTY = {"string": "''", "list": "[]", "dict": "{}"}


def is_bounded(which: Any) -> bool:
    """Whether a key's rules say that its value is not empty."""
    name, _, _, place = exercised()[which]
    rules = rules_at(name, place)
    return (
        isinstance(rules["type"], str)
        and rules["type"] in EMPTY
        and bool({"minlength", "regex", "empty", "allowed"} & rules.keys())
    )


BOUNDED = [which for which in KEYS if is_bounded(which)]


@by_schema
def test_an_empty_value_is_refused(schema_name: str) -> None:
    for name, value, mapping, place in having(BOUNDED, schema_name):
        key = str(place[-1])
        wrong, _ = parse_yaml(EMPTY[rules_at(name, place)["type"]], "x.yaml")
        with changed(mapping):
            mapping[key] = wrong
            assert check(name, value), place


def test_a_faulty_item_deep_in_lists_is_told_at_its_line() -> None:
    """Cerberus's nested errors come out flat, each with the line of the item."""
    text = """
operation: RunJob
service: sagemaker
summary: Runs a job that is not sound at all.
documentation: full
roles:
  - id: execution
    title: Execution role
    trust: [x]
    statements:
      - use: job-logs
        with: {LogGroup: ""}
      - Sid: lower
        Action: [noColon]
        Resource: [nowhere]
        Condition:
          StringLikes: {"s3:x": [""]}
        why: Because.
        evidence: rumoured
        sources: []
    addons:
      - id: UPPER
        title: " padded "
        when: "a["
        statements:
          - {use: 7}
caller: {statements: []}
"""
    value, problems = parse_yaml(text.lstrip(), "x.yaml")
    assert problems == []
    assert [str(problem) for problem in sorted(check("operations", value))] == [
        "x.yaml:11:26: schema: must not be empty",
        'x.yaml:12:14: schema: "lower" must be a name in CamelCase, such as "CreateModel"',
        'x.yaml:13:18: schema: "noColon" must be an action, such as "s3:GetObject"',
        'x.yaml:14:20: schema: "nowhere" must be an ARN, "*", or one placeholder, such as "${RoleArn}"',
        'x.yaml:16:11: schema: "StringLikes" must be a condition operator of IAM, such as "StringLike"',
        "x.yaml:16:34: schema: must not be empty",
        'x.yaml:18:19: schema: "rumoured" is none of documented, observed, inferred',
        "x.yaml:19:9: schema: must not be empty",
        'x.yaml:21:13: schema: "UPPER" must be lower-case words with hyphens between them, such as "s3-read-prefix"',
        "x.yaml:22:16: schema: must be one line without spaces at its ends",
        'x.yaml:23:15: schema: not a JMESPath expression: Invalid jmespath expression: Incomplete expression: "a[" ^',
        "x.yaml:25:14: schema: must be text, not a number",
        "x.yaml:26:10: schema: must not be empty",
    ]


# --- the schemas themselves -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("trust.yaml", "id: {type: strin}\n", "schema/trust.yaml:1:1: schema: is not a Cerberus schema"),
        ("trust.yaml", "id: {type: string, lenght: 1}\n", "schema/trust.yaml:1:1: schema: is not a Cerberus schema"),
        ("trust.yaml", "id: nosuchrule\n", "schema/trust.yaml:1:1: schema: is not a Cerberus schema"),
        ("trust.yaml", "id: [\n", "schema/trust.yaml:2:1: yaml-syntax: "),
        ("definitions.yaml", "rules: {}\n", "schema/definitions.yaml:1:1: schema: needs a mapping called schemas"),
        ("definitions.yaml", "rules: x\n", "schema/definitions.yaml:1:1: schema: needs a mapping called rules"),
    ],
)
def test_a_faulty_schema_is_a_problem(file: str, text: str, message: str, tmp_path: Path) -> None:
    folder = tmp_path / "schema"
    folder.mkdir()
    (folder / "definitions.yaml").write_text("rules: {}\nschemas: {}\n")
    (folder / file).write_text(text)
    with pytest.raises(DataError) as error:
        Schemas(folder).check("trust", parse_yaml("id: x", "x.yaml")[0], Position("x.yaml"))
    assert message in str(error.value)


def test_every_named_part_of_the_definitions_is_used() -> None:
    texts = "\n".join(file.read_text("utf-8") for file in sorted((DATA / "schema").rglob("*.yaml")))
    definitions = schemas().definitions
    assert definitions["rules"] and definitions["schemas"]
    for part in ("rules", "schemas"):
        for name in definitions[part]:
            used = re.findall(rf"[:,{{] *{name}\b(?! *:)", texts)
            assert used, f"nothing uses the {part[:-1]} {name}"


def test_a_text_that_kept_its_rules_is_asked_again_where_they_are_about_what_stands_beside_it(tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text("a: {type: string, dependencies: [b], default: x}\nb: {type: string}\n")
    schemas = Schemas(tmp_path)
    for text, faults in (("a: q\nb: z", 0), ("a: q", 1)):
        assert len(schemas.check("toy", parse_yaml(text, "toy")[0], Position("toy"))) == faults

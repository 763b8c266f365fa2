"""Twins: the members of a request under other names or missing, and roles that say only what differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kb.records import loading as catalogs
from kb.records import twins
from kb.records.strict_yaml import Text, parse_yaml
from sagemaker_roles.engine.compose import Request, compose
from sagemaker_roles.errors.problems import Position
from small import change, copy, examine


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("Settings.Role", ["Settings"]),
        ("Settings.Disks[?Kind == 'Settings' && Key].Key", ["Settings"]),
        ("{Id: Settings.Id, Other: Key}", ["Settings", "Key"]),
        ("Settings.{Key: Id, Other: Key}", ["Settings"]),
        ("Settings.Key || Key", ["Settings", "Key"]),
        ("(Settings || Key) && !Flag", ["Settings", "Key", "Flag"]),
        ("length(Settings) > `0` && contains(Names, Key)", ["Settings", "Names", "Key"]),
        ("map(&Key, Settings[])", ["Settings"]),
        ("Settings.[Key, Id][]", ["Settings"]),
        ("[Key, Settings.Key][]", ["Key", "Settings"]),
        ("Settings | Key", ["Settings"]),
        ("Settings[0].Key", ["Settings"]),
    ],
)
def test_first_members(path: str, names: list[str]) -> None:
    found = twins.first_members(path)
    assert sorted({name for name, _ in found}) == sorted(names)
    assert all(path[start:].startswith(name) for name, start in found)


def test_members_are_renamed_at_the_beginning_of_paths_only() -> None:
    members = twins.Members({"Settings": "UserSettings", "Key": "NewKey"}, [])
    assert members.path("Settings.Key || Other[?Key].Settings || Key") == (
        "UserSettings.Key || Other[?Key].Settings || NewKey"
    )
    assert members.met == {"Settings", "Key", "Other"}


def roles(text: str) -> Any:
    value, problems = parse_yaml(text, "roles.yaml")
    assert not problems
    return value


ROLES = """
- id: a
  parameters: [Settings.Role, Lost.Role]
  statements:
    - {use: x, from: [Lost.Uri]}
    - {use: x, from: [Settings.Uri, Lost.Uri]}
    - {use: always}
  addons:
    - {id: when-lost, when: "Settings.Key && Lost.Flag", statements: [{use: x}]}
    - {id: when-kept, when: Settings.Key, statements: [{use: x, from: [Lost.Uri]}, {use: y}]}
    - {id: value-lost, statements: [{use: x, from: [Lost.Uri]}, {use: y}]}
    - {id: value-kept, statements: [{use: x, from: [Settings.Uri]}, {use: y, from: [Lost.Uri]}]}
    - {id: trust-only, usage: Somebody wants it, trust: [t], statements: [{use: x, from: [Lost.Uri]}]}
    - {id: of-another, request: RunOther, when: Lost.Flag, statements: [{use: x, from: [Lost.Uri]}]}
- id: b
  parameters: [Lost.Role]
  statements: []
"""


def test_what_depends_on_members_that_are_not_there_goes() -> None:
    found = twins.Members({"Settings": "UserSettings"}, ["Lost"]).roles(roles(ROLES))
    assert found == roles("""
- id: a
  parameters: [UserSettings.Role]
  statements:
    - {use: x, from: [UserSettings.Uri]}
    - {use: always}
  addons:
    - {id: when-kept, when: UserSettings.Key, statements: [{use: y}]}
    - {id: value-kept, statements: [{use: x, from: [UserSettings.Uri]}]}
    - {id: trust-only, usage: Somebody wants it, trust: [t]}
    - {id: of-another, request: RunOther, when: Lost.Flag, statements: [{use: x, from: [Lost.Uri]}]}
""")
    assert found[0]["parameters"][0].at.line == 3


def test_an_add_on_can_say_what_decides_where_its_members_are_not_there() -> None:
    text = """
- id: a
  parameters: [Role]
  addons:
    - {id: when, when: Lost.Flag, usage_without: It is on, trust: [t], statements: [{use: x, from: [Lost.A]}, {use: y}]}
    - {id: value, usage_without: There is one, statements: [{use: x, from: [Lost.Uri]}, {use: y, from: [Role]}]}
    - {id: only, usage_without: There is one, statements: [{use: x, from: [Lost.Uri]}]}
"""
    assert twins.Members({}, ["Lost"]).roles(roles(text)) == roles("""
- id: a
  parameters: [Role]
  addons:
    - {id: when, usage: It is on, trust: [t], statements: [{use: x}, {use: y}]}
    - {id: value, statements: [{use: y, from: [Role]}]}
    - {id: only, usage: There is one, statements: [{use: x}]}
""")
    record = roles(f"operation: X\nroles: {text.replace(chr(10), chr(10) + '  ')}")
    assert [sorted(addon) for addon in twins.alone(record)["roles"][0]["addons"]] == [
        ["id", "statements", "trust", "when"],
        ["id", "statements"],
        ["id", "statements"],
    ]


def test_add_ons_of_a_twin_replace_those_of_the_same_id_and_come_behind_the_others() -> None:
    theirs = roles(
        "- {id: a, title: A, addons: [{id: one, when: X}, {id: two, when: Y}, {id: three, when: Z}]}\n"
        "- {id: b, title: B}"
    )
    ours = roles("- {id: a, title: Other, addons: [{id: new, usage: N}, {id: two, usage: T}]}\n- {id: c, title: C}")
    assert twins.merged_roles(theirs, ours, {"one"}) == roles(
        "- {id: a, title: Other, addons: [{id: two, usage: T}, {id: three, when: Z}, {id: new, usage: N}]}\n"
        "- {id: b, title: B}\n- {id: c, title: C}"
    )


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("Gone || A[].B", "A[].B"),
        ("A || Gone.X || B", "A || B"),
        ("A || B", "A || B"),
        ("Gone || Gone.X", None),
        ("(Gone || A) && B", None),
        ("Gone && A || B", "B"),
        ("Gone || A | B", None),
        ("A[?Gone || B] || Gone", "A[?Gone || B]"),
    ],
)
def test_alternatives_that_a_request_lacks_are_left_out(path: str, left: str | None) -> None:
    text = Text(path)
    text.at = Position("x.yaml")
    assert twins.Members({}, ["Gone"]).path(text) == left


def test_a_twin_in_the_small_knowledge_base(tmp_path: Path) -> None:
    root = copy(tmp_path)
    twin = [["omit_addons: [census]", "omit_members: [OutputUri, Inputs]\nomit_addons: [census]"]]
    kept = {"Inputs[].Uri": "The update keeps the inputs.", "OutputUri": "The update keeps the output."}
    omitted = "".join(f"    UpdateJob.{member}: {reason}\n" for member, reason in kept.items())
    excepted = [["{}\n", f"members-accounted:\n  subjects:\n{omitted}"]]
    change(root, {"change": {"operations/UpdateJob.yaml": twin, "shared/exceptions.yaml": excepted}})
    assert [str(problem) for problem in examine(root)] == []
    catalog = catalogs.load(root).catalog
    whole = compose(catalog, [Request("UpdateJob")], ["execution"], addons=["key"]).policy
    assert {statement.sid for statement in whole.statements} < {
        statement.sid
        for statement in compose(catalog, [Request("RunJob")], ["execution"], addons=["key"]).policy.statements
    }
    assert catalog.operation("RunJob").roles[0].entries != catalog.operation("UpdateJob").roles[0].entries

"""Compares the statements of files outside of the documents of operations, such as guardrails and readers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .built_version import Built, BuiltError
from .grants import Difference, Expand, Permission, difference, grants
from .rendering import Change, described

#: The files whose entries have statements, and what a change calls an entry of each member.
_ENTRIES = {
    "guardrails.json": {"guardrails": "guardrail"},
    "readers.json": {"readers": "reader"},
    "operations.json": {"operations": "call"},
    "managed-policies.json": {"policies": "managed-policy"},
    "catalog.json": {
        "calls": "call",
        "operations": "record",
        "readers": "reader",
        "statements": "shared-statements",
    },
}
#: The files that have none, but for patches in the list of changes.
_WITHOUT = frozenset(
    f"{name}.json"
    for name in ("actions", "attestations", "changes", "documentation", "index", "manifest", "page-mistakes", "proof")
)
#: What changes.json says, for people.
_READABLE = "changes.md"
#: Entries of which documents of operations are made, so that a change that those show is not reported again.
_REPEATED = frozenset({"record", "shared-statements"})
#: Where these lose a statement, a document does, or the statement is in another entry now.
_DERIVED = frozenset({"record"})
#: Of these an added or removed entry is one change; of all others its statements are.
_TOLD = {kind for kinds in _ENTRIES.values() for kind in kinds.values()} - _DERIVED

#: What documentation of frameworks tells people to attach: statements of others, which nothing here grants.
_OF_OTHERS = "attach"

#: What names an item of a list.
_NAMES = ("id", "engine", "operation", "name", "service", "addon", "kind", "role")
_IAM = (*("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"),)

#: An entry (what it is called, and its ID), and the way to statements in it.
_Entry = tuple[str, str]


def entries(built: Built, path: str) -> dict[_Entry, dict[str, list[dict[str, Any]]]]:
    """The statements of a file: by entry and by the way to them, such as the ID of an add-on.

    Raises:
        BuiltError: nothing says what the file has, or it has statements where there should be none.
    """
    value = built.json(path)
    if path not in _ENTRIES and path not in _WITHOUT:
        raise BuiltError(
            f"{built.name} has {path}, which no comparison reads; add its kind to publish/changes/collections.py"
        )
    found: dict[_Entry, dict[str, list[dict[str, Any]]]] = {}
    for member, items in value.items() if isinstance(value, dict) else [("", value)]:
        kinds = _ENTRIES.get(path, {})
        kind = kinds.get(member, member.replace("_", "-"))
        listed = items.items() if isinstance(items, dict) else [(_name(item), item) for item in _list(items)]
        for number, (name, item) in enumerate(listed):
            entry = (kind, name or str(number + 1))
            if member in kinds:  # reported when added or removed, whether or not it has statements
                found[entry] = found.get(entry, {})
            for way, statement in _statements(item, ()):
                if path in _WITHOUT and path != "changes.json":
                    raise BuiltError(f"{path} of {built.name} has a statement, which no comparison reads")
                found.setdefault(entry, {}).setdefault("/".join(way), []).append(statement)
    return found


def _list(items: Any) -> list[Any]:
    return items if isinstance(items, list) else [items]


def _name(item: Any) -> str:
    """The ID of an item of a list; of several, such as operation and service, the first."""
    return next((str(item[key]) for key in _NAMES if item.get(key)), "") if isinstance(item, dict) else ""


def _statements(value: Any, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Everything in a value that allows or denies an action, as a statement of IAM, with the way to it."""
    if isinstance(value, list):
        for item in value:
            name = _name(item)
            yield from _statements(item, (*way, name) if name else way)
    elif isinstance(value, dict):
        if isinstance(value.get("Action", value.get("NotAction")), str | list):
            yield way, _statement(value)
            return
        when = value.get("when")
        for key, item in ((key, item) for key, item in value.items() if key != _OF_OTHERS):
            inner = way if key in ("policy", "statement", "statements", "Statement") else (*way, key)
            yield from _statements(item, (*inner, str(when)) if when else inner)


def _statement(value: Mapping[str, Any]) -> dict[str, Any]:
    """A statement of a record: without Effect it allows, and its resource may be a scope of its parameters' kinds."""
    found: dict[str, Any] = {"Effect": "Allow", **{key: value[key] for key in _IAM if key in value}}
    if "scope" in value:
        kinds = value.get("parameters") or {}
        names = " ".join(f"{name}={json.dumps(kinds[name], sort_keys=True)}" for name in sorted(kinds))
        found["Resource"] = [f"the {scope} of {names or value.get('from', 'its use')}" for scope in value["scope"]]
    return found


def not_compared(old: Built, new: Built) -> tuple[str, ...]:
    """The files with statements that only one version has, the other being a commit, which has them of no version."""
    if old.is_whole and new.is_whole:
        return ()
    return tuple(sorted((old.files.keys() ^ new.files.keys()) & _ENTRIES.keys()))


def changes(old: Built, new: Built, expand: Expand, document_changes: Sequence[Change]) -> Iterator[Change]:
    """What changed in them.

    Args:
        old: the version before.
        new: the version after.
        expand: gives the actions that a wildcard stands for.
        document_changes: the changes of the documents of operations, which are not reported again.

    Raises:
        BuiltError: a file is of no kind that is known here.
    """
    known = {
        (action.lower(), sid) for change in document_changes for action in change.actions for sid in change.statements
    }
    grown = {
        change.operation for change in document_changes if change.kind == "came" and change.subject != "permission"
    }
    left_out = not_compared(old, new)
    for path in sorted(
        path for path in {*old.files, *new.files} if "/" not in path and path not in {*left_out, _READABLE}
    ):
        before, after = (entries(built, path) if path in built.files else {} for built in (old, new))
        if path in _WITHOUT or old.files.get(path) == new.files.get(path):
            continue
        for kind, name in sorted({*before, *after}):
            one, two = before.get((kind, name)), after.get((kind, name))
            if one == two:
                continue
            if (one is None or two is None) and kind in _TOLD:
                verb = "came" if one is None else "went"
                text = f"the {kind.replace('-', ' ')} {name} {verb}"
                yield Change(verb, "entry", "", part=kind, entry=name, text=text)
                continue
            if one and two and kind in _DERIVED and name in grown:  # of its new roles and add-ons documents tell
                two = {way: two[way] for way in one if way in two}
            yield from _entry((kind, name), one or {}, two or {}, expand, known)


def _entry(
    entry: _Entry,
    before: Mapping[str, list[dict[str, Any]]],
    after: Mapping[str, list[dict[str, Any]]],
    expand: Expand,
    known: set[tuple[str, str]],
) -> Iterator[Change]:
    """What changed in one entry."""
    kind, name = entry
    is_same = True
    for way in sorted({*before, *after}):
        one, two = before.get(way, []), after.get(way, [])
        if one == two:
            continue
        left, right = (grants({"Statement": side}, expand) for side in (one, two))
        found = difference(left, right)
        if kind in _REPEATED:
            gained, lost = ([one for one in side if not _is_known(one, known)] for side in (found.gained, found.lost))
            is_same = is_same and not found
            found = Difference(tuple(gained), () if kind in _DERIVED else tuple(lost))
        if found:
            is_same = False
            entry_name = f"{name}/{way}" if way else name
            yield from described(("", "", "", kind, ""), found, left, right, entry=entry_name)
    if is_same and kind not in _DERIVED:
        text = "written differently, allows the same"
        yield Change("reworded", "permission", "", part=kind, entry=name, text=text)


def _is_known(grant: Permission, known: set[tuple[str, str]]) -> bool:
    """Whether a document shows the change: of the same action, in a statement whose Sid the use of an entry begins."""
    return any(action == grant.action and sid.endswith(grant.sid) for action, sid in known if grant.sid)

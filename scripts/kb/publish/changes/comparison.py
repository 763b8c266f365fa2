"""Compares two built versions: what came, went, widened and narrowed, JSON Patches, and which version that makes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jsonpatch

from sagemaker_roles.engine.companions import BOUNDARY
from sagemaker_roles.engine.values import names_in
from sagemaker_roles.iam.statements import PolicyError
from sagemaker_roles.outputs.operation_json import SCHEMA_VERSION

from . import collections
from .built_version import Built, BuiltError, Place
from .grants import Difference, Expand, difference, grants, uncovered
from .rendering import Change, described

#: What a kind of change makes of the version: SemVer of meaning.
_BUMPS = {
    "widened": "minor",
    "came": "minor",
    "changed": "major",
    "narrowed": "major",
    "went": "major",
    "reworded": "minor",
    "activation": "patch",
}
_ORDER = list(_BUMPS)

#: A grantee's documents: part and scope as changes name them, and the member with the statements.
_ROLE = (("policy", "scoped", "policy"), ("trust", "", "trust"))
_CALLER = (("caller", "", "policy"),)


@dataclass(frozen=True)
class Comparison:
    """How one built version differs from another.

    Attributes:
        old: the version before; None if there is none.
        new: the version after.
        changes: what changed, widened permissions first.
        not_compared: files with statements that only one of them has, as the other is a commit.
    """

    old: Built | None
    new: Built
    changes: tuple[Change, ...]
    not_compared: tuple[str, ...] = ()

    @cached_property
    def bump(self) -> str:
        """``major``, ``minor`` or ``patch``; ``none`` if nothing differs, ``first`` if there is no old version."""
        if self.old is None:
            return "first"
        bumps = {_BUMPS[change.kind] for change in self.changes}
        # The files of a commit also have what decides on add-ons, which is no policy.
        if self.old.policies != self.new.policies and (self.new.is_whole or bumps != {"patch"}):
            bumps.add("minor")
        if not bumps and not self.differs:
            return "none"
        return next((bump for bump in ("major", "minor") if bump in bumps), "patch")

    @property
    def differs(self) -> bool:
        """Whether any file differs; a version's own name in it is no difference."""
        if self.old is None:
            return True
        return _nameless(self.old) != _nameless(self.new)

    def next_version(self, last: str) -> str:
        """The version after ``last``: what the differences make of it.

        Args:
            last: SemVer of the old version.
        """
        major, minor, patch = (int(part) for part in last.split("."))
        return {
            "major": f"{major + 1}.0.0",
            "minor": f"{major}.{minor + 1}.0",
            "patch": f"{major}.{minor}.{patch + 1}",
        }.get(self.bump, last)

    def patches(self) -> list[dict[str, Any]]:
        """An RFC 6902 patch for every policy file that both have and that differs: ``path`` and ``patch``."""
        if self.old is None:
            return []
        both = [path for path in self.new.policies if path in self.old.policies]
        return [
            {"path": path, "patch": patch_between(self.old.json(path), self.new.json(path))}
            for path in both
            if self.old.policies[path] != self.new.policies[path]
        ]

    def to_json(self, end: str | None = None) -> dict[str, Any]:
        """What changes.json holds; ``end`` is the name of the new version, its own if None."""
        before = set(self.old.policies if self.old else ())
        return {
            "schema_version": SCHEMA_VERSION,
            "from": self.old and self.old.name,
            "to": end or self.new.name,
            "bump": self.bump,
            "changes": [change.to_json() for change in self.changes],
            "added": [path for path in self.new.policies if path not in before],
            "removed": sorted(before - set(self.new.policies)),
            "patches": self.patches(),
            **({"not_compared": [*self.not_compared]} if self.not_compared else {}),
        }


def patch_between(old: Any, new: Any) -> list[dict[str, Any]]:
    """A JSON Patch that makes ``new`` of ``old``; it is tried before it is returned."""
    patch = jsonpatch.make_patch(old, new)
    try:
        if jsonpatch.apply_patch(old, patch) == new:
            return list(patch.patch)
    except jsonpatch.JsonPatchException:
        pass
    return [{"op": "replace", "path": "", "value": new}]


def _nameless(built: Built) -> dict[str, Any]:
    """A version's files without what only tells which version it is."""
    files: dict[str, Any] = {path: content for path, content in built.files.items() if path != "changes.md"}
    for path in [path for path in files if "/" not in path]:
        value = built.json(path)
        files[path] = {**value, "data_version": ""} if isinstance(value, dict) else value
    for path in ("manifest.json", "changes.json"):
        files.pop(path, None)
    files["reference"] = built.json("manifest.json").get("reference") if "manifest.json" in built.files else None
    return files


def compare(old: Built | None, new: Built, expand: Expand) -> Comparison:
    """Compares two built versions by meaning; if one is a commit, by what commits have of versions.

    Args:
        old: the version before; None compares with nothing.
        expand: tells the actions that a wildcard stands for.

    Raises:
        BuiltError: one of them has not the form of a built version.
    """
    try:
        moved = new.moved
        left_out = collections.not_compared(old, new) if old else ()
        one, two = (old.committed, new.committed) if old and not (old.is_whole and new.is_whole) else (old, new)
        changes = list(_changes(one, two, expand, moved))
        if old:
            changes += collections.changes(old, new, expand, [*changes])
    except (AttributeError, KeyError, PolicyError, TypeError) as error:
        names = " or ".join(built.name for built in (old, new) if built)
        raise BuiltError(f"{names} has not the form of a built version ({type(error).__name__}: {error})") from None
    changes.sort(key=lambda change: (_ORDER.index(change.kind), change.place()))
    return Comparison(one, two, tuple(changes), left_out)


def _changes(old: Built | None, new: Built, expand: Expand, moved: Mapping[str, Any]) -> Iterator[Change]:
    before, after = old.holders if old else {}, new.holders
    for place in sorted({*before, *after}):
        outer = _outer(place)
        if outer and (outer not in before or outer not in after):
            continue  # told of what holds it
        if old is None or place not in before or place not in after:
            yield _id("came" if place in after else "went", place, moved)
        elif outer:
            yield from _files(old, new, place)
            inside = _addon if place[2] else _grantee
            yield from inside(expand, place, before[place], after[place])


def _outer(place: Place) -> Place | None:
    """The place of what holds a role or an add-on; None for an operation."""
    operation, role, addon = place
    return (operation, role if addon else "", "") if role else None


def _id(kind: str, place: Place, moved: Mapping[str, Any]) -> Change:
    ids = [*filter(None, place)]
    subject = ("operation", "role", "addon")[len(ids) - 1]
    to = moved.get("/".join(ids), {}).get("to") if kind == "went" else None
    text = f"the {subject.replace('addon', 'add-on')} {ids[-1]} {kind}" + (f"; it is now {to}" if to else "")
    return Change(kind, subject, *place, text=text)


def _files(old: Built, new: Built, place: Place) -> Iterator[Change]:
    """Files that went though what they belong to is still there."""
    for link, path in old.links.get(place, {}).items():
        if path in old.files and path not in new.files:
            # The same text wherever it is so, so that a list of changes has one line of it.
            yield Change("went", "file", *place, text=f"the file of the link {link} was removed")


def _addon(expand: Expand, place: Place, theirs: Any, ours: Any) -> Iterator[Change]:
    """A change of what decides on an add-on."""
    one, two = (_decider(item, place[0]) for item in (theirs, ours))
    if one != two:
        text = f"what decides on the add-on {place[2]} changed: {one} before, {two} now"
        yield Change("activation", "addon", *place, text=text)


def _decider(addon: Mapping[str, Any], operation: str) -> str:
    if "usage" in addon:
        return f'you ("{addon["usage"]}")'
    return f"the request of {addon.get('request', operation)}" + (f" ({addon['when']})" if "when" in addon else "")


def _grantee(expand: Expand, place: Place, theirs: Any, ours: Any) -> Iterator[Change]:
    """What changed for a role or a caller."""
    before, now = (_placeholders(grantee) for grantee in (theirs, ours))
    for name in sorted(before ^ now):
        kind = "came" if name in now else "went"
        yield Change(kind, "placeholder", *place, text=f"the placeholder ${{{name}}} {kind}")
    yield from _companions(expand, place, theirs, ours)
    yield from _documents(expand, place, theirs, ours)


def _placeholders(grantee: Mapping[str, Any]) -> set[str]:
    """The placeholders of a grantee's own policies."""
    holders = (grantee, *grantee["addons"])
    return {*names_in(json.dumps([holder.get(part) for holder in holders for part in ("policy", "trust")]))}


def _by_id(addons: Iterable[Any]) -> dict[str, Any]:
    return {addon["id"]: addon for addon in addons}


#: What somebody has to do something for, unlike ``optional``.
_NEEDED = frozenset({"yes", "undelegated", "other-account", "not-composed"})


def _companions(expand: Expand, place: Place, theirs: Any, ours: Any) -> Iterator[Change]:
    """What policies of resources must allow more or less, by add-on and kind; and which are needed that were not.

    A version from before there were any is not compared. The boundary follows the permissions policy, where its
    changes are told.
    """
    was, now = theirs.get("companions"), ours.get("companions", [])
    if was is None or was == now:
        return
    before, after = _by_kind(was), _by_kind(now)
    kept = {"", *_by_id(theirs["addons"]).keys() & _by_id(ours["addons"]).keys()}
    for addon, kind in sorted({*before, *after}):
        if addon in kept:
            sides = ({"Statement": policies.get((addon, kind), [])} for policies in (before, after))
            left, right = (grants(side, expand) for side in sides)
            yield from described((*place[:2], addon, kind, ""), difference(left, right), left, right)
    known = {(item["addon"], item["kind"], item["resource"]): item for item in was}
    for item in now:
        earlier = known.get((item["addon"], item["kind"], item["resource"]))
        is_listed = earlier is None and item["policy"] is not None  # as statements that came
        was_needed = earlier is not None and earlier["needed"] in _NEEDED
        if item["addon"] in kept and item["needed"] in _NEEDED and not is_listed and not was_needed:
            kind = item["kind"].replace("-", " ")
            text = f"the {kind} of {item['resource']} is needed now ({item['needed']})"
            yield Change("came", "companion", *place[:2], item["addon"], item["kind"], text=text)


def _by_kind(companions: Any) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The statements of all companions of an add-on and kind, each on the resource that has the policy."""
    by_kind: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in companions:
        if one["policy"] is None or one["kind"] == BOUNDARY:
            continue
        for statement in one["policy"]:
            # In such a policy a star, or no Resource, means the resource that has it.
            own = (
                statement if statement.get("Resource", ["*"]) != ["*"] else {**statement, "Resource": [one["resource"]]}
            )
            by_kind.setdefault((one["addon"], one["kind"]), []).append(own)
    return by_kind


def _documents(expand: Expand, place: Place, theirs: Any, ours: Any) -> Iterator[Change]:
    """What changed in each policy of a grantee, with and without its add-ons."""
    left, right = _by_id(theirs["addons"]), _by_id(ours["addons"])
    for part, scope, member in _CALLER if place[1] == "caller" else _ROLE:
        contents = {"": (theirs.get(member, []), ours.get(member, []))}
        for addon in sorted({*left} & {*right}):
            contents[addon] = left[addon].get(member, []), right[addon].get(member, [])
        if all(before == after for before, after in contents.values()):
            continue
        bases = [grants({"Statement": statements}, expand) for statements in contents[""]]
        is_same = contents[""][0] == contents[""][1]
        for addon, (before, after) in contents.items():
            if before == after and (is_same or not addon):
                continue
            one, two = bases
            if addon:
                one, two = (
                    [*base, *grants({"Statement": statements}, expand)]
                    for base, statements in zip(bases, (before, after), strict=True)
                )
            found = difference(one, two)
            if addon:  # what the policy itself gained or lost is told there
                gained, lost = uncovered(found.gained, bases[1]), uncovered(found.lost, bases[0])
                found = Difference(tuple(gained), tuple(lost))
            if found:
                yield from described((*place[:2], addon, part, scope), found, one, two)
            elif before != after:
                sids = tuple(sorted(_altered(before, after)))
                text = "written differently, allows the same"
                yield Change("reworded", "permission", *place[:2], addon, part, scope, statements=sids, text=text)


def _altered(one: Iterable[Mapping[str, Any]], two: Iterable[Mapping[str, Any]]) -> set[str]:
    """Sids of the statements that are not the same in both."""
    left, right = ({str(item.get("Sid", "")): item for item in statements} for statements in (one, two))
    return {sid for sid in {*left, *right} if left.get(sid) != right.get(sid)}


__all__ = ["Change", "Comparison", "compare", "patch_between"]

"""Takes over the roles of a record that another one is `like`: members renamed or left out, and what differs put in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jmespath.lexer import Lexer

from sagemaker_roles.errors.problems import Position

from .strict_yaml import Map, Seq, Text, where

_OPENING = ("lbrace", "lbracket", "lparen")
_CLOSING = ("rbrace", "rbracket", "rparen")


class Members:
    """What a request calls the members of another operation's request, and which of these it lacks.

    Args:
        renamed: first member of the other request's paths to its name in this request.
        lacking: first members of the other request's paths that this request does not have.
        optional: first members that this request can lack, since what it changes has them already.
    """

    def __init__(self, renamed: Mapping[str, str], lacking: Iterable[str], optional: Iterable[str] = ()) -> None:
        self.renamed = renamed
        self.lacking = frozenset(lacking)
        self.optional = frozenset(optional)
        #: Those of both that a path begins with.
        self.met: set[str] = set()

    def path(self, path: Any) -> Any:
        """A path of the other request as one of this request; None if it needs a member that is not there.

        Of alternatives (``A || B``) those are left that need no such member.
        """
        parts = alternatives(path)
        kept = [changed for part in parts if (changed := self._path(part)) is not None]
        if kept == parts:
            return path
        return _placed(Text(" || ".join(kept)), path) if kept else None

    def _path(self, path: str) -> str | None:
        out, end, lacks = "", 0, False
        for name, start in first_members(path):
            self.met.add(name)
            lacks = lacks or name in self.lacking
            if name in self.renamed:
                out += path[end:start] + self.renamed[name]
                end = start + len(name)
        if lacks:
            return None
        return out + path[end:]

    def roles(self, roles: Any) -> Seq:
        """Roles of the other operation as roles of this one; without those that no member carries."""
        return _each(roles, self._role)

    def _role(self, role: Map) -> Map | None:
        changed = copied(role)
        if "parameters" in role:
            changed["parameters"] = _each(role["parameters"], self.path)
            if not changed["parameters"]:
                return None
        if "when" in role and (when := self.path(role["when"])) is not None:
            changed["when"] = when
        else:
            changed.pop("when", None)
        if "statements" in role:
            changed["statements"] = _each(role["statements"], self._entry)
        if "addons" in role:
            _set(changed, "addons", _each(role["addons"], self._addon))
        return changed

    def _addon(self, addon: Map) -> Map | None:
        changed = copied(addon)
        usage = changed.pop("usage_without", None)
        if "request" in addon:
            return changed  # its paths are of that other request
        entries = addon.get("statements", ())
        kept = _each(entries, self._entry)
        decided = "usage" in addon or any("from" in entry for entry in kept)
        if "when" in addon:
            changed["when"] = self.path(addon["when"])
            decided = changed["when"] is not None
            if decided and usage is not None and self._may_hide(addon["when"], changed["when"]):
                note = _placed(Text(f"Needed as well where the request does not show it: {usage}"), usage)
                _set(changed, "notes", _each([*addon.get("notes", ()), note], lambda item: item))
                changed["usage_without"] = usage
        if decided:
            _set(changed, "statements", kept)
            return changed if kept or "trust" in addon else None
        if usage is None:
            return None
        changed.pop("when", None)
        changed["usage"] = usage
        _set(changed, "statements", _each(entries, self._open))
        return changed

    def _may_hide(self, theirs: str, own: str) -> bool:
        """Whether a request of this operation can need an add-on without a member that shows it."""
        shown = {name for part in alternatives(own) for name, _ in first_members(part)}
        return bool(shown & self.optional) or len(alternatives(own)) < len(alternatives(theirs))

    def _open(self, entry: Map) -> Map:
        """An entry with its paths or, if none is left, with placeholders."""
        changed = self._entry(entry)
        if changed is None:
            changed = copied(entry)
            del changed["from"]
        return changed

    def _entry(self, entry: Map) -> Map | None:
        if "from" not in entry:
            return entry
        changed = copied(entry)
        changed["from"] = _each(entry["from"], self.path)
        return changed if changed["from"] else None


def alone(record: Map) -> Map:
    """A record without what it says for its twins only."""
    if not any("usage_without" in addon for role in record.get("roles", ()) for addon in role.get("addons", ())):
        return record
    changed = copied(record)
    changed["roles"] = Members({}, ()).roles(record["roles"])
    return changed


def alternatives(path: str) -> list[str]:
    """The alternatives of an expression (``A || B``), or the expression alone."""
    text = str(path)
    parts, begin, depth = [], 0, 0
    for token in Lexer().tokenize(text):
        kind = token["type"]
        depth += (kind == "filter" or kind in _OPENING) - (kind in _CLOSING)
        if depth == 0 and kind == "pipe":  # what is behind it applies to all of them
            return [text]
        if depth == 0 and kind == "or":
            parts.append(text[begin : token["start"]].strip())
            begin = token["start"] + len("||")
    return [*parts, text[begin:].strip()] if parts else [text]


def first_members(path: str) -> list[tuple[str, int]]:
    """The members of the request itself that an expression names, each with its place in the expression."""
    tokens = list(Lexer().tokenize(str(path)))
    members: list[tuple[str, int]] = []
    # For each bracket that is open: whether names in it are of the request itself, and whether those of its current
    # item are, which expressions over elements (&x) and what stands behind a pipe are not.
    inside = [(True, True)]
    before = ""
    for token, following in zip(tokens, [*tokens[1:], {"type": ""}], strict=True):
        kind = token["type"]
        whole, current = inside[-1]
        if kind == "filter" or kind in _OPENING:
            opened = current and before != "dot" and kind != "filter"
            inside.append((opened, opened))
        elif kind in _CLOSING:
            inside.pop()
        elif kind in ("expref", "pipe", "comma"):
            inside[-1] = (whole, whole and kind == "comma")
        named = kind == "unquoted_identifier" and following["type"] not in ("colon", "lparen")
        if named and current and before != "dot":
            members.append((token["value"], token["start"]))
        before = kind
    return members


def merged_roles(theirs: Any, ours: Any, omitted: set[str]) -> Seq:
    """The other record's roles with what differs: keys replaced, add-ons replaced by id or put behind.

    Args:
        theirs: the other record's roles.
        ours: the twin's roles, each with the keys that differ; those of other ids come last.
        omitted: ids of add-ons of the other record's roles that ours do not take over.
    """
    own = {role["id"]: role for role in ours}
    roles = _each(theirs, lambda role: _merged_role(role, own.get(role["id"]), omitted))
    known = {role["id"] for role in theirs}
    for role in ours:
        if role["id"] not in known:
            roles.append(role)
    return roles


def _merged_role(role: Map, change: Map | None, omitted: set[str]) -> Map:
    merged = copied(role)
    _set(merged, "addons", _each(role.get("addons", ()), lambda addon: None if addon["id"] in omitted else addon))
    if change is None:
        return merged
    merged.update({key: value for key, value in change.items() if key != "addons"})
    merged.key_at = {**merged.key_at, **change.key_at}
    if "addons" in change:
        ours = {addon["id"]: addon for addon in change["addons"]}
        addons = _each(merged.get("addons", ()), lambda addon: ours.pop(addon["id"], addon))
        addons.extend(ours.values())
        merged["addons"] = addons
    return merged


def _each(items: Any, change: Any) -> Seq:
    """A list with each item changed, without those that become None."""
    out = Seq()
    out.at = getattr(items, "at", Position(""))
    for item in items:
        changed = change(item)
        if changed is not None:
            out.append(changed)
    return out


def _set(mapping: Map, key: str, items: Seq) -> None:
    """Puts a list into a mapping, or takes the key out if the list is empty."""
    if items:
        mapping[key] = items
    else:
        mapping.pop(key, None)


def copied(mapping: Map) -> Map:
    """A mapping to change, with the positions of the one that it is made of."""
    copy = Map(mapping)
    copy.at, copy.key_at = mapping.at, dict(mapping.key_at)
    return copy


def _placed(text: Text, like: Any) -> Text:
    text.at = where(like, Position(""))
    return text

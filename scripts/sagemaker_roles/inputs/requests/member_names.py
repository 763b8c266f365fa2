"""Matches the member names of a request to the API's, without regard to case, underscores and hyphens."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from ...canonical import quoted
from ...catalog import GLOBALS, Catalog
from ...catalog.operation_names import plain as plain
from ...engine.compose import Partial, Unknown
from ...engine.invalid_members import MISSPELLED
from ...engine.named_resources import finder
from ...errors import meant
from ..text.numbers import text_of
from ..text.places import Path

#: What AWS CloudTrail writes in place of values it does not show.
_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"

_DROP = object()


class Fault(NamedTuple):
    """Something about a member: where it is in the input, and what is wrong."""

    kind: Literal["problem", "note"]
    path: Path
    message: str


class Style(NamedTuple):
    """How an input format writes a request differently from the API.

    Attributes:
        blocks: structures are written as lists of one, and lists in the singular (Terraform).
        members: other names of members, in plain form, wherever the API has no such member.
        ignored: names in plain form that are no members of the request and need no mention.
        texts: every value is a text, and a list of one may be its element (the AWS CLI).
    """

    blocks: bool = False
    members: Mapping[str, str] = MappingProxyType({})
    ignored: frozenset[str] = frozenset()
    texts: bool = False


class Names:
    """Matches requests against the shapes of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.inputs: Mapping[str, str] = catalog.shapes.get("inputs", {})
        self.types: Mapping[str, Any] = catalog.shapes.get("types", {})
        self._members: dict[str, dict[str, str]] = {}
        #: How the format of what is matched differs, and what is wrong with it.
        self._style = Style()
        self._faults: list[Fault] = []

    def members(self, shape: str) -> Mapping[str, str]:
        """The members of a structure: name in plain form to the API's spelling."""
        members = self._members.get(shape)
        if members is None:
            members = {plain(name): name for name in self.types.get(shape, {}).get("members", ())}
            self._members[shape] = members
        return members

    def match(
        self, operation: str, given: Mapping[str, Any], style: Style, path: Path = ()
    ) -> tuple[dict[str, Any], list[Fault]]:
        """Reads a request's members.

        Nulls and empty texts are members not given (as in the skeletons of the AWS CLI), and so are lists and
        structures that hold nothing else.

        Args:
            given: the members as the input writes them.
            style: how the input's format differs.
            path: where the input holds them, for faults.

        Returns:
            The members in the API's spelling, and what was wrong.
        """
        self.types, self._style, self._faults = self._catalog.shapes_of(operation), style, []
        value = self._value(self._catalog.input_of(operation), given, path)
        return (value if isinstance(value, dict) else {}), self._faults

    def _value(self, shape: str, value: Any, path: Path) -> Any:
        if value is None or value == "":
            return _DROP
        entry = self.types.get(shape)
        if isinstance(value, Partial) and not any(isinstance(part, Unknown) for part in value.parts):
            value = elements_of(value) if entry and "member" in entry else "".join(map(str, value.parts))
        if entry is None:
            return self._scalar(shape, value, path)
        if self._style.blocks and isinstance(value, list) and len(value) < 2 and "member" not in entry:
            value, path = value[0] if value else None, (*path, 0)
            if value is None:
                return _DROP
        if "member" in entry:
            return self._list(entry["member"], value, path)
        if not isinstance(value, Mapping):
            return self._ignored("a mapping", value, path)
        if "members" in entry:
            return self._structure(shape, value, path)
        pairs = ((key, self._value(entry["value"], item, (*path, key))) for key, item in value.items())
        return {key: item for key, item in pairs if item is not _DROP} or _DROP

    def _list(self, member: str, value: Any, path: Path) -> Any:
        if isinstance(value, Partial) and self._is_tag(member):
            self._wrong(path, f"{_name(path)} are not known yet ({value}); the caller might set tags", "note")
            value = [{"Key": value, "Value": value}]
        elif self._style.blocks and isinstance(value, str) and len(only := self.members(member)) == 1:
            value = [dict.fromkeys(only.values(), value)]  # the one member of a structure alone
        elif isinstance(value, Partial):
            value = [_as_list(value)]
        elif self._style.blocks and isinstance(value, Mapping):
            # A block of a structure, which in JSON may stand alone.
            is_tags = self._is_tag(member)
            value = [{"Key": key, "Value": item} for key, item in value.items()] if is_tags else [value]
        elif self._style.texts and not isinstance(value, list):
            value = [value]
        if not isinstance(value, list):
            return self._ignored("a list", value, path)
        read = (self._value(member, item, (*path, index)) for index, item in enumerate(value))
        return [item for item in read if item is not _DROP] or _DROP

    def _ignored(self, wanted: str, value: Any, path: Path) -> Any:
        """Passes over a value of another type, and says so; a value that CloudTrail hides is none."""
        if isinstance(value, Partial):
            self._wrong(path, f"{_name(path)} is not known yet ({value}), so it is ignored: give it a value")
        elif value != _HIDDEN:
            self._wrong(path, f"{_name(path)} must be {wanted}, not {kind_of(value)}; it is ignored")
        return _DROP

    def _wrong(self, path: Path, message: str, kind: Literal["problem", "note"] = "problem") -> None:
        self._faults.append(Fault(kind, path, message))

    def _is_tag(self, shape: str) -> bool:
        return set(self.types.get(shape, {}).get("members", ())) == {"Key", "Value"}

    def _structure(self, shape: str, given: Mapping[str, Any], path: Path) -> Any:
        known = self.members(shape)
        types = self.types[shape]["members"]
        out: dict[str, Any] = {}
        spelled: dict[str, str] = {}
        for key, value in given.items():
            name = key if key in types else self._find(known, key)
            if name is None:
                if plain(key) not in self._style.ignored:
                    self._unknown(key, types, path)
                continue
            if type(value) is str and types[name] not in self.types and not self._style.texts:
                # The usual case of what _value gives: most of a long log's time would else go into it.
                read = value or _DROP
            else:
                read = self._value(types[name], value, (*path, key))
            if read is _DROP:
                continue
            if name in out and out[name] != read:
                self._wrong((*path, key), f"{key} and {spelled[name]} are the same member; remove the duplicate")
                if key != name:
                    continue
            out[name], spelled[name] = read, key
        return out or _DROP

    def _find(self, known: Mapping[str, str], key: str) -> str | None:
        text = plain(key)
        name = known.get(text) or known.get(plain(self._style.members.get(text, "")))
        if name is None and self._style.blocks:
            name = known.get(text + "s") or (known.get(text[:-1] + "ies") if text.endswith("y") else None)
        return name

    def _unknown(self, key: str, types: Mapping[str, str], path: Path) -> None:
        """Says what is wrong with a member that the API does not have: misspelled, or newer than the catalog."""
        spelled = {plain(name): name for name in types}
        near = meant(plain(key), [*spelled], MISSPELLED)
        said = f"the request has no member {shortened(key)}"
        if near:
            self._wrong((*path, key), f"{said}; did you mean {spelled[near]}?")
        else:
            self._wrong((*path, key), f"{said}; it is ignored", "note")

    def _scalar(self, shape: str, value: Any, path: Path) -> Any:
        if (
            self._style.blocks
            and isinstance(value, list)
            and len(value) == 1
            and not isinstance(value[0], (list, dict))
        ):
            value = value[0]
            if value is None or value == "":
                return _DROP
        if isinstance(value, (Mapping, list)):
            what = "text" if shape in ("string", "blob", "timestamp") else f"a {shape}"
            return self._ignored(what, value, path)
        if self._style.texts and shape == "boolean" and isinstance(value, str):
            return value.lower() == "true"
        if shape == "string" and not isinstance(value, str):
            text = text_of(value)
            is_private = finder(self._catalog).is_private(".".join(map(str, path)))
            shown = "text" if is_private else quoted(text)
            self._wrong(path, f"{_name(path)} must be text; it is read as {shown}", "note")
            return text
        return value


def elements_of(text: str) -> list[str]:
    """The elements of a list that the user gave as one text: separated by commas."""
    return [part.strip(" ") for part in text.split(",") if part.strip(" ")]


def _as_list(value: Partial) -> Partial:
    """A value that is not known yet, where a list is wanted: an unknown part alone is that list."""
    (part, *others) = value.parts
    if others or not isinstance(part, Unknown) or part.name in GLOBALS:
        return value
    return Partial([part._replace(is_list=True)])


def kind_of(value: Any) -> str:
    """What a value is, in a message."""
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "text"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else "a number"


def shortened(text: str, limit: int = 80) -> str:
    """A user's text in a message: quoted, control characters escaped, not too long."""
    return quoted(text if len(text) <= limit else text[: limit - 3] + "...")


def _name(path: Path) -> str:
    """A member in a message: its path, list indexes in brackets."""
    out = ""
    for part in path[-6:]:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else part
    return out if len(out) <= 160 else "..." + out[-157:]


def renamed(members: Mapping[str, Any], table: Mapping[str, str]) -> dict[str, Any]:
    """Members with some of them moved to where the API has them.

    Args:
        members: as the input writes them.
        table: dotted path in the input to dotted path in the request; case, underscores and hyphens do not matter in
            the former.

    Returns:
        A new mapping; members that are not in the table stay as they are.
    """
    out = dict(members)
    for source, target in table.items():
        if (value := _taken(out, source)) is not None:
            inner = out
            *parents, last = target.split(".")
            for name in parents:
                inner[name] = dict(inner[name]) if isinstance(inner.get(name), Mapping) else {}
                inner = inner[name]
            inner[last] = value
    return out


def _taken(members: dict[str, Any], path: str) -> Any:
    """Takes the value at a path out of a mapping, with mappings that are empty then; None if there is none."""
    first, _, rest = path.partition(".")
    key = next((key for key in members if plain(key) == plain(first)), None)
    if key is None or (rest and not isinstance(members[key], Mapping)):
        return None
    if not rest:
        return members.pop(key)
    inner = dict(members[key])
    if (value := _taken(inner, rest)) is not None:
        members[key] = inner
        if not inner:
            del members[key]
    return value

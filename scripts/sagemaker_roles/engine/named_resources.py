"""Finds the resources that a request names, in members, in JSON inside texts, in arguments; which are spared. Pure."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from sys import intern
from typing import Any, NamedTuple

from ..catalog import Catalog
from .documents import Request
from .partial import Partial, Unknown, inside
from .values import GLOBAL_EXAMPLES

#: Characters that a name does not begin or end amid of.
_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")

#: How a text begins or goes on that is a name in percent-encoding, and one that can be Base64.
_PERCENT = re.compile(r"(?:[Ss]3[an]?|arn|https)%3[Aa]")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_ASCII = re.compile(r"[\t\r\n\x20-\x7e]+")

#: Members that hold what a person hands to a container, which may be secret.
_PRIVATE = ("environment", "environmentvariables", "hyperparameters")


class Named(NamedTuple):
    """A resource that a request names.

    Attributes:
        kind: ID in data/shared/named-resources.yaml.
        steps: the keys and indexes that lead to it.
        text: the name, a :class:`Partial` where parts of it are not known.
        whole: the text that it is in, as the request has it.
        member: the member of a container's record that holds it (``Environment``), or "".
        key: the hyperparameter, environment variable or option whose value it is, or "".
        path: where it is, as messages show it: ``Containers[1].Environment.MODEL``.
        names: the keys that lead to it, without indexes.
    """

    kind: str
    steps: tuple[str | int, ...]
    text: str
    whole: str
    member: str
    key: str
    path: str
    names: tuple[str, ...]


class Finder:
    """What is prepared once of a catalog to find names.

    Attributes:
        kinds: IDs of data/shared/named-resources.yaml, in order.
        members: names of members that hold what containers read.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._data: Mapping[str, Any] = catalog.named_resources
        self.kinds = list(self._data)
        self.members = frozenset(name for item in catalog.containers for read in item.reads for name in read.members)
        self._separators = {
            (member, key): read.separator
            for item in catalog.containers
            for read in item.reads
            for member in read.members
            for key in read.keys
            if read.separator
        }
        self._private = frozenset(name.lower() for name in self.members)
        alone = {name: item for name, item in self._data.items() if item.get("alone")}
        self._amid = [name for name in self.kinds if name not in alone]
        patterns = "|".join(f"({self._data[name]['pattern']})" for name in self._amid)
        self._pattern = re.compile(patterns or "(?!)", re.ASCII)
        self._alone = [
            (name, re.compile(item["pattern"], re.ASCII), tuple(item.get("member_ends", ("",))))
            for name, item in alone.items()
        ]

    def is_private(self, path: str) -> bool:
        """Whether a path leads into hyperparameters, environment variables or arguments, whose values may be secret.

        The names on it may be spelled as any input does.
        """
        names = re.findall("[a-z][a-z0-9]*", path.replace("_", "").lower())
        return any(name in self._private or name.endswith(_PRIVATE) for name in names)

    def named(self, members: Mapping[str, Any] | None) -> list[Named]:
        """Every resource that the members of a request name, in the request's order."""
        named: list[Named] = []
        left: list[tuple[tuple[str | int, ...], Any, str, str]] = [((), members, "", "")]
        while left:
            steps, item, member, key = left.pop()
            if isinstance(item, Partial):
                for kind, text in self._in_partial(item):
                    # Of a name amid other text that is partly unknown, only what is shown is known.
                    own = key if isinstance(text, Partial) else ""
                    named.append(self._named(steps, kind, text, item, member, own))
            elif isinstance(item, str):
                value = inside(item)
                if value is not None:
                    left.append((steps, value, member, key))
                elif (plain := _decoded(item)) is not None:
                    # No container reads what is encoded under its key.
                    left.append((steps, plain, member, ""))
                else:
                    separator = self._separators.get((member, key))
                    parts = item.split(separator) if separator else ()
                    several = [name for part in parts for name in self._names(part)]
                    for kind, text in several or self._names(item) or self._only(steps, item):
                        named.append(self._named(steps, kind, text, item, member, key))
            elif isinstance(item, list):
                left += reversed(list(_of_items(steps, item, member, key)))
            elif isinstance(item, (dict, Mapping)):  # a dict is known as one at once
                left += [self._of_key(steps, name, value, member, key) for name, value in reversed([*item.items()])]
        return named

    @staticmethod
    def _named(steps: tuple[str | int, ...], kind: str, text: str, whole: str, member: str, key: str) -> Named:
        return Named(
            kind=kind,
            steps=steps,
            text=text,
            whole=whole,
            member=member,
            key=key,
            path=intern(
                "".join([f"[{one}]" if isinstance(one, int) else f".{one}" for one in steps]).removeprefix(".")
            ),
            names=tuple([one for one in steps if isinstance(one, str)]),
        )

    def _of_key(
        self, steps: tuple[str | int, ...], name: str, value: Any, member: str, key: str
    ) -> tuple[tuple[str | int, ...], Any, str, str]:
        if name in self.members:
            return (*steps, name), value, name, ""
        return (*steps, name), value, member, key or (name if member else "")

    def _names(self, text: str) -> list[tuple[str, str]]:
        """The names in a text: kind and name."""
        spans = self._spans(text)
        if len(spans) == 1 and spans[0][1] == 0 and self._data[spans[0][0]].get("to_end"):
            return [(spans[0][0], text)]
        return [(kind, text[start:end]) for kind, start, end in spans]

    def _only(self, steps: tuple[str | int, ...], text: str) -> list[tuple[str, str]]:
        """A text that is a name as a whole, where its member has such names."""
        member = next((step for step in reversed(steps) if isinstance(step, str)), "")
        ending = member.replace("_", "").replace("-", "").lower()
        for kind, form, ends in self._alone:
            if ending.endswith(ends) and form.fullmatch(text):
                return [(kind, text)]
        return []

    def _in_partial(self, text: Partial) -> Iterator[tuple[str, str]]:
        unquoted = _unquoted(text)
        sample = "".join(_sample(part) if isinstance(part, Unknown) else part for part in unquoted.parts)
        spans = self._spans(sample)
        if len(spans) == 1 and spans[0][1:] == (0, len(sample)):
            yield spans[0][0], unquoted
            return
        for kind, start, end in spans:
            yield kind, _shown(unquoted, start, end)

    def _spans(self, text: str) -> list[tuple[str, int, int]]:
        spans: list[tuple[str, int, int]] = []
        at = 0
        while match := self._pattern.search(text, at):
            start, end = match.span()
            if (start and text[start - 1] in _WORD) or (end < len(text) and text[end] in _WORD):
                at = start + 1
                continue
            spans.append((self._amid[int(match.lastindex or 1) - 1], start, end))
            at = end
        return spans

    def readable(self, named: Named) -> str:
        """A name as data/shared/resources reads it: with the usual beginning in place of another."""
        for other, usual in self._data[named.kind].get("prefixes", {}).items():
            if named.text.startswith(other) and not isinstance(named.text, Partial):
                return str(usual) + named.text.removeprefix(other)
        return named.text

    def note_of(self, named: Named) -> str:
        """What is said where nothing uses a name; "" for what could."""
        note: str = self._data[named.kind].get("note", "")
        return note

    def kinds_of(self, named: Named) -> list[str] | None:
        """The kinds of data/shared/resources that read a name; None for every form that is an ARN."""
        kinds: list[str] | None = self._data[named.kind].get("kinds")
        return kinds


def finder(catalog: Catalog) -> Finder:
    """What finds names with a catalog."""
    return catalog._once(("finder",), lambda: Finder(catalog))


def _of_items(
    steps: tuple[str | int, ...], items: list[Any], member: str, key: str
) -> Iterator[tuple[tuple[str | int, ...], Any, str, str]]:
    """The elements of a list; below a container's member, with the option before each or in it."""
    option = ""
    for index, item in enumerate(items):
        own = key
        if member and not key and isinstance(item, str):
            name, sign, _ = item.partition("=")
            own = option
            if item.startswith("-"):
                own, option = (name, "") if sign else ("", item)
            else:
                option = ""
        yield (*steps, index), item, member, own


def _decoded(text: str) -> str | None:
    """What a text in percent-encoding or Base64 says; None if it is in neither, or says no text."""
    if "%" in text and _PERCENT.search(text):
        return _ENCODED.sub(lambda match: chr(int(match[1], 16)), text)
    if len(text) % 4 or not _BASE64.fullmatch(text):
        return None
    plain = binascii.a2b_base64(text).decode("latin-1")
    return plain if _ASCII.fullmatch(plain) else None


def _unquoted(text: Partial) -> Partial:
    """A partly known text without the quotes that the SageMaker Python SDK puts around hyperparameters."""
    parts = list(text.parts)
    first, last = parts[0], parts[-1]
    if isinstance(first, str) and isinstance(last, str) and first.startswith('"') and last.endswith('"'):
        parts[0], parts[-1] = first[1:], last[:-1]
    return Partial(parts)


def _shown(text: Partial, start: int, end: int) -> str:
    """What a partly known text shows of a span of its sample."""
    out, at = "", 0
    for part in text.parts:
        length = len(_sample(part) if isinstance(part, Unknown) else part)
        if at < end and at + length > start:
            out += part.shown if isinstance(part, Unknown) else part[max(start - at, 0) : end - at]
        at += length
    return out


def _sample(part: Unknown) -> str:
    return part.stands_for or GLOBAL_EXAMPLES.get(part.name, "x")


# --- which need no permission, as data/shared/no-permission.yaml says -----------------------------------------------


def spared(catalog: Catalog, request: Request, named: Named, *, is_where: bool = False) -> str:
    """Why a resource needs no permission; "" if no record says so.

    Args:
        request: the request that names it.
        named: the resource.
        is_where: whether only reasons count that hold because of another member of the request.
    """
    for entry in catalog.no_permission.values():
        if (not is_where or "where" in entry) and _holds(entry, request, named):
            return str(entry["why"])
    return ""


def _holds(entry: Mapping[str, Any], request: Request, named: Named) -> bool:
    """Whether a reason is about a resource."""
    return (
        named.kind in entry.get("resources", (named.kind,))
        and is_about(entry, request.operation, named.names, is_where=True)
        and ("where" not in entry or any(_is_set(around, entry["where"]) for around in around(request, named)))
    )


def is_about(entry: Mapping[str, Any], operation: str, names: Sequence[str], *, is_where: bool = False) -> bool:
    """Whether a reason is about a member of an operation's request, by the names on its path.

    Args:
        is_where: whether it may hold because of another member only.
    """
    return (
        operation in entry.get("operations", (operation,))
        and (is_where or "where" not in entry)
        and (
            any(follow(member.split("."), (operation, *names), at_end=True) for member in entry.get("members", ()))
            or any(follow(member.split("."), names) for member in entry.get("below", ()))
        )
    )


def around(request: Request, named: Named) -> Iterator[Any]:
    """The mappings and lists that a resource is in, from the request on."""
    value: Any = request.members
    for step in named.steps:
        yield value
        if not isinstance(value, (Mapping, list)):
            return
        inner: Any = value
        value = inner[step]


def _is_set(value: Any, paths: Sequence[str]) -> bool:
    """Whether a mapping has a member with the value true at one of some paths."""
    for path in paths:
        inner = value
        for name in path.split("."):
            inner = inner.get(name) if isinstance(inner, Mapping) else None
        if inner is True:
            return True
    return False


def follow(names: Sequence[str], longer: Sequence[str], *, at_end: bool = False) -> bool:
    """Whether some names follow one another anywhere among longer ones, or at their end."""
    last = len(longer) - len(names)
    return any([*longer[at : at + len(names)]] == [*names] for at in range(max(last, 0) if at_end else 0, last + 1))

"""Explain composed documents: why each statement is there, how well that is known, what asked; what patterns do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import groupby
from typing import Any

from ..catalog import Catalog
from ..engine.compose import ComposedStatement, Document, Finding, Reason, Request
from ..engine.documents import PROPOSED
from ..engine.name_patterns import Generalized
from ..engine.named_resources import Finder, finder
from ..engine.resource_coverage import Accounted, is_along
from ..engine.values import short

_SHOWN = 8
HIDDEN = "(value hidden)"
#: How a message begins that goes on with the value as its subject.
_OF_THE_VALUE = ("is ", "must ")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)')


def without_values(text: str) -> str:
    """A message without the parts of values that it quotes."""
    return _QUOTED.sub(HIDDEN, text)


def render_finding(finding: Finding, member: str, *, hides: bool) -> str:
    """What a finding says."""
    if not finding.value:
        return f"{member}: {finding.message}"
    value, message = (HIDDEN, without_values(finding.message)) if hides else (finding.value, finding.message)
    return f"{member}: {value}{'' if message.startswith(_OF_THE_VALUE) else ':'} {message}"


def explain_document(catalog: Catalog, part: str, document: Document, *, show_values: bool = False) -> Iterator[str]:
    """Lines that explain each statement of a document."""
    for statement in document.statements:
        yield f"{part}: {statement.sid}"
        reasons: dict[tuple[str, str, tuple[str, ...]], list[Reason]] = {}
        for reason in statement.reasons:
            reasons.setdefault((reason.why, reason.evidence, reason.sources), []).append(reason)
        for (why, evidence, sources), same in reasons.items():
            yield f"  why: {why}"
            cited = "; ".join(f"{catalog.sources[name]['title']} <{catalog.sources[name]['url']}>" for name in sources)
            yield f"  evidence: {evidence}{f' ({cited})' if cited else ''}"
            for operation, grantee, addon in dict.fromkeys(reason[:3] for reason in same if reason.operation):
                yield f"  for: {operation}{_addon(catalog, operation, grantee, addon)}"
            for container in dict.fromkeys(reason.container for reason in same if reason.container):
                title = next((item.title for item in catalog.containers if item.id == container), "")
                yield f"  container: {container}: {title}"
            yield from _causes(same, None if show_values else finder(catalog))
            for note in dict.fromkeys(note for reason in same for note in reason.notes):
                yield f"  note: {note}"
        yield from _prefixes(statement)


def explain_resources(catalog: Catalog, account: Iterable[Accounted], *, show_values: bool = False) -> Iterator[str]:
    """Lines that say what became of every resource that the requests name."""
    for item in account:
        hides = not show_values and finder(catalog).is_private(item.path)
        value, reason = (HIDDEN, without_values(item.reason)) if hides else (item.value, item.reason)
        yield f"account: {item.label or item.operation}: {item.path}: {value}"
        yield f"  {item.outcome}: {reason}"


def hidden(value: Any, hiding: Finder, *, is_private: bool = False) -> Any:
    """Members of a request as JSON has them, without the values that may be secret; names stay.

    Args:
        hiding: tells names of members whose values may be secret.
        is_private: whether the value is below such a member.
    """
    if isinstance(value, Mapping):
        return {
            name: hidden(item, hiding, is_private=is_private or hiding.is_private(name)) for name, item in value.items()
        }
    if isinstance(value, list):
        return [hidden(item, hiding, is_private=is_private) for item in value]
    return HIDDEN if is_private else value


def _causes(reasons: list[Reason], hiding: Finder | None) -> Iterator[str]:
    causes = list(
        dict.fromkeys(
            (", ".join(map(without_filters, reason.members)), value)
            for reason in reasons
            for value in reason.values or ("",)
            if reason.members
        )
    )
    for members, value in causes[:_SHOWN]:
        shown = f"= {short(value)}" if value else "(not given: placeholders)"
        yield f"  because of: {members} {HIDDEN if value and hiding and hiding.is_private(members) else shown}"
    if len(causes) > _SHOWN:
        yield f"  because of: {len(causes) - _SHOWN} more"


def _addon(catalog: Catalog, operation: str, grantee: str, addon_id: str) -> str:
    holder = next((item for item in catalog.operation(operation).grantees() if item.id == grantee), None)
    addon = holder.addon(addon_id) if holder else None
    return f", add-on {addon_id}: {addon.title}" if addon else ""


def without_filters(member: str) -> str:
    """A path without the conditions in it: ``Inputs[?Type=='S3'].Uri`` is ``Inputs[].Uri``."""
    return re.sub(r"\[\?[^\]]*\]", "[]", member)


class Placing:
    """Find the members of requests that findings are about; each request is walked through once."""

    def __init__(self, requests: Iterable[Request]) -> None:
        self._requests = tuple(requests)
        self._numbers: dict[tuple[str, str], list[int]] = {}
        for number, request in enumerate(self._requests):
            self._numbers.setdefault((request.operation, request.label), []).append(number)
        self._values: dict[int, dict[str, list[tuple[str, tuple[str, ...]]]]] = {}

    def placed(self, finding: Finding) -> str:
        """The one member of a request that a finding is about: ``Inputs[2].Uri``.

        Where its path cannot be followed to the value (a function made it, or the value is the user's), it is the path
        without conditions, ``Inputs[].Uri``.
        """
        member = without_filters(finding.member)
        for number in self._numbers.get((finding.operation, finding.label), ()):
            if number not in self._values:
                self._values[number] = _places(self._requests[number].members)
            for path, walked in self._values[number].get(finding.value, ()):
                if is_along(walked, member):
                    return path
        return member


def _places(members: Any) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """The places of each value, as findings show it: the path and the names of the members on it."""
    places: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    left: list[tuple[str, Any, tuple[str, ...]]] = [("", members, ())]
    while left:
        path, item, walked = left.pop()
        if isinstance(item, Mapping):
            inner = [(f"{path}.{name}" if path else name, value, (*walked, name)) for name, value in item.items()]
            left += reversed(inner)
        elif isinstance(item, list):
            left += [(f"{path}[{index}]", item[index], walked) for index in reversed(range(len(item)))]
        elif path and item is not None:
            places.setdefault(short(item), []).append((path, walked))
    return places


def _prefixes(statement: ComposedStatement) -> Iterator[str]:
    """What a prefix without a slash at its end also covers."""
    for resource in statement.resources:
        is_object = ":s3:::" in resource or ":accesspoint/" in resource
        base = resource.removesuffix("*")
        if is_object and resource.endswith("*") and "/" in base.partition(":::")[2] and not base.endswith("/"):
            last = base.rsplit("/", 1)[-1]
            yield f"  note: {resource} also covers keys that only begin alike, such as {last}2 next to {last}"


#: Patterns of a document that are named at most.
_PATTERNS = 20


def describe_patterns(result: Generalized, *, is_chosen: bool) -> Iterator[tuple[str, str]]:
    """Document and message for each pattern, and for what all of them do to the size of the document.

    Args:
        is_chosen: whether the documents have them; else they are proposed.
    """
    for part, (before, after) in result.sizes.items():
        several: dict[str, list[Sequence[str]]] = {}
        for one in result.widenings[part]:
            several.setdefault(one.pattern, []).append(one.resources)
        for pattern, lists in [*several.items()][:_PATTERNS]:
            verb, allows = ("replaces", "allows") if is_chosen else ("can replace", "would allow")
            count = sum(1 for _ in groupby(merge(*lists)))
            yield part, f"{pattern} {verb} {count:,} resources, and {allows} any other text in place of each *"
        if len(several) > _PATTERNS:
            yield part, f"and {len(several) - _PATTERNS} more patterns"
        how = "" if is_chosen else f"; --generalize {PROPOSED} uses them"
        yield part, f"{after:,} characters with these patterns, {before:,} without them{how}"

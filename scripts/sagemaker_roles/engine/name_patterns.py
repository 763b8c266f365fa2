"""Patterns for names that differ with every run, in place of each name. Pure.

A pattern is proposed only; it replaces names once a person chose so, since it allows names that no request had. It
stays within the bucket or the kind of resource of the names that it replaces, begins like all of them, and has a ``*``
only where they differ in a part that looks made for a run: a time stamp, a number, a UUID, a hash.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..iam.prefix_coverage import reduced
from .compose import Composition
from .documents import PROPOSED, Document, Finding, without_cancelled, without_duplicates

#: What a pattern may stand for, and the part of its ARN that it never widens: objects of a bucket or access point, and
#: named resources of SageMaker. Keys, secrets, repositories, networks and roles have no pattern.
_WITHIN = re.compile(
    r"(arn:[^:]+:s3:::[^/]+/|arn:[^:]+:s3:[^:]*:[^:]*:accesspoint/[^/]+/object/|arn:[^:]+:sagemaker:[^:]*:[^:]*:[^/:]+/)(.+)",
    re.DOTALL,
)

#: Text that is no name: an escaped character or a placeholder.
_FIXED = re.compile(r"(\$\{[^}]*\})")

#: Parts that are made for a run, longest first; each begins and ends where a word does.
_PER_RUN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # UUID
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[-T_ .:][0-9]{1,6}Z?)*"  # 2026-11-26-10-11-12-123
    r"|[0-9]{6,14}(?:[-T_][0-9]{2,6})*Z?"  # 20261126T101112Z, 261126-1011
    r"|(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{6,64}"  # hashes, IDs of executions
    r"|[0-9]+"
    r")(?![A-Za-z0-9])"
)

#: Several parts next to each other are one.
_ADJACENT = re.compile(r"\*(?:[-_.]\*)+")

#: Letters and digits that a pattern has at least before its first part that differs.
_BEGINNING = 2


class Widening(NamedTuple):
    """A pattern that can replace resources of a statement.

    Attributes:
        sid: the statement.
        pattern: the resource, with ``*`` for the parts that differ.
        resources: what it replaces, sorted.
    """

    sid: str
    pattern: str
    resources: Sequence[str]


class Generalized(NamedTuple):
    """A composition with patterns in it.

    Attributes:
        composition: the composition.
        widenings: the patterns in its documents, by ``policy`` and ``caller``.
        sizes: the characters of these documents without and with them, for documents with patterns.
    """

    composition: Composition
    widenings: Mapping[str, tuple[Widening, ...]]
    sizes: Mapping[str, tuple[int, int]]


def widenings(document: Document, least: int = PROPOSED) -> tuple[Widening, ...]:
    """Patterns for the resources of a document, in the order of its statements.

    Args:
        least: fewest resources that a pattern replaces; at least 2.
    """
    return tuple(
        Widening(statement.sid, pattern, resources)
        for statement in document.statements
        for pattern, resources in _patterns(statement.resources, max(2, least)).items()
    )


def generalized(composition: Composition, least: int = PROPOSED) -> Generalized:
    """A composition with patterns in place of the resources that they stand for.

    Args:
        least: fewest resources that a pattern replaces.
    """
    documents = {"policy": composition.policy, "caller": composition.caller}
    chosen = {part: widenings(document, least) for part, document in documents.items()}
    sizes: dict[str, tuple[int, int]] = {}
    findings: dict[Finding, None] = dict.fromkeys(composition.findings)
    for part, document in documents.items():
        if chosen[part]:
            wider, notes = without_cancelled(without_duplicates(_widened(document, chosen[part])))
            findings.update(dict.fromkeys(notes))
            documents[part] = wider
            sizes[part] = document.size(), wider.size()
    policy, caller = documents["policy"], documents["caller"]
    companions = composition.companions.of(policy, caller)
    wider_one = composition._replace(policy=policy, caller=caller, findings=tuple(findings), companions=companions)
    return Generalized(wider_one, chosen, sizes)


def _widened(document: Document, chosen: Sequence[Widening]) -> Document:
    """A document with patterns in its statements."""
    changed = []
    for statement in document.statements:
        own = [one for one in chosen if one.sid == statement.sid]
        replaced = {resource for one in own for resource in one.resources}
        kept = [resource for resource in statement.resources if resource not in replaced]
        resources = reduced((*kept, *(one.pattern for one in own))) if own else statement.resources
        changed.append(statement._replace(resources=resources))
    return Document(tuple(changed))


#: The parts of a resource that are made for a run, and the texts around them.
_Parts = tuple[str, ...]


def _whole(texts: _Parts, parts: Iterable[str]) -> str:
    """A resource of the parts that are made for a run and the texts around them."""
    return texts[0] + "".join(map(str.__add__, parts, texts[1:]))


def _patterns(resources: Sequence[str], least: int) -> Mapping[str, Sequence[str]]:
    """Patterns for some resources, each with what it replaces."""
    if len(resources) < least:
        return {}
    alike: dict[_Parts, list[_Parts]] = {}
    for texts, parts in filter(None, map(_cut, resources)):
        alike.setdefault(texts, []).append(parts)
    patterns: dict[str, list[str]] = {}
    for texts, names in alike.items():
        for group in _narrowest(names, least):
            pattern = _pattern(texts, group)
            if pattern:
                patterns.setdefault(pattern, []).extend(_whole(texts, parts) for parts in group)
    return {pattern: reduced(tuple(patterns[pattern])) for pattern in sorted(patterns)}


def _cut(resource: str) -> tuple[_Parts, _Parts] | None:
    """The texts of a resource around what is made for a run, and that; None if no pattern may stand for it."""
    within = _WITHIN.fullmatch(resource)
    if within is None:
        return None
    texts, parts = [within[1]], []
    for index, piece in enumerate(_FIXED.split(within[2])):
        if index % 2:
            texts[-1] += piece
            continue
        end = 0
        for match in _PER_RUN.finditer(piece):
            texts[-1] += piece[end : match.start()]
            texts.append("")
            parts.append(match[0])
            end = match.end()
        texts[-1] += piece[end:]
    return (tuple(texts), tuple(parts)) if parts else None


def _narrowest(names: list[_Parts], least: int) -> Iterator[list[_Parts]]:
    """Names, as their parts, that one pattern each stands for: what has enough by itself is not joined with others."""
    if len(names) < least:
        return
    for place in range(len(names[0])):
        counts = Counter(parts[place] for parts in names)
        if len(counts) > 1 and min(counts.values()) >= least:
            split: dict[str, list[_Parts]] = {}
            for parts in names:
                split.setdefault(parts[place], []).append(parts)
            for group in split.values():
                yield from _narrowest(group, least)
            return
    yield names


def _pattern(around: _Parts, names: Sequence[_Parts]) -> str:
    """The pattern of names that are cut alike, of the texts around their parts; "" if it would begin too early."""
    whole = _whole(around, ("*" if len({*several}) > 1 else several[0] for several in zip(*names, strict=True)))
    within = _WITHIN.fullmatch(whole)
    beginning = within[2].partition("*")[0] if within else ""
    if len(re.findall("[A-Za-z0-9]", _FIXED.sub("", beginning))) < _BEGINNING:
        return ""
    return _ADJACENT.sub("*", whole)

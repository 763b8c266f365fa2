"""What containers do with the role's credentials because of the keys that a request hands to them. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from operator import eq
from typing import NamedTuple

from ..catalog import Catalog, Container, Grantee, Read
from .documents import Request
from .named_resources import Finder, Named, around, spared
from .prepared import Use, prepared
from .values import match, pattern


class Handed(NamedTuple):
    """A resource that a container reads out of a request."""

    container: Container
    read: Read
    named: Named


def handed(catalog: Catalog, request: Request, named: Sequence[Named]) -> Iterator[Handed]:
    """What of the resources that one request names containers read, in the order of their records.

    Args:
        named: all that the request names, with its images, by which containers are recognized.
    """
    within = [item for item in named if item.key and not spared(catalog, request, item, is_where=True)]
    if not within:
        return
    images = [item for item in named if item.kind == "image"]
    handed_over = [
        Handed(container, read, item)
        for container in catalog.containers
        for read in container.reads
        for item in within
        if item.member in read.members and item.key in read.keys and _runs(catalog, container, item, images)
    ]
    # What is known of the very image goes before what is known of the key alone.
    recognized = {one.named for one in handed_over if one.container.images}
    for one in handed_over:
        if one.container.images or one.named not in recognized:
            yield one
    keyed = {one.named for one in handed_over}
    for container in catalog.containers:
        for read in container.reads:
            others = (item for item in within if item.member in read.members and item not in keyed)
            for item in others if not read.keys else ():
                if _runs(catalog, container, item, images) and not _is_beside(request, item, read.unless):
                    yield Handed(container, read, item)


def uses(catalog: Catalog, operation: str, grantee: Grantee, one: Handed, finder: Finder) -> Iterator[tuple[Use, str]]:
    """The prepared entries that are for a value, each with the value as data/shared/resources reads it."""

    def made() -> list[Use]:
        entries = one.read.entries
        return [prepared(catalog, entry, operation, grantee.id, container=one.container.id) for entry in entries]

    text, place = finder.readable(one.named), one.container.reads.index(one.read)
    for use in catalog._once(("plan", operation, grantee.id, one.container.id, place), made):
        if len(use.free) == 1:
            matched = match(use.free[0].kind, text)
            if matched is not None and matched.form.id in use.free[0].accepted:
                yield use, text


def _runs(catalog: Catalog, container: Container, named: Named, images: Sequence[Named]) -> bool:
    """Whether a container runs what a key is handed to: by the images that stand nearest to the key."""
    if not container.images:
        return True
    shared = [_shared(item, named) for item in images]
    nearest = [item for item, length in zip(images, shared, strict=True) if length == max(shared)]
    for item in nearest:
        matched = match(catalog.kind("ecr-image"), item.text)
        fields = matched.fields if matched else {}
        repository = fields.get("Repository", "")
        is_named = any(pattern(image).fullmatch(repository) for image in container.images)
        if is_named and (not container.registries or _is_in(catalog, container.registries, fields)):
            return True
    return False


def _is_in(catalog: Catalog, registries: Sequence[str], fields: Mapping[str, str]) -> bool:
    """Whether an image is in one of some registries of AWS; in newer Regions, several of them share an account."""
    region, account = fields.get("RegistryRegion", ""), fields.get("RegistryAccount", "")
    return any(
        item["title"] in registries and item["accounts"].get(region) == account
        for kind in catalog.companions
        for item in kind.data.get("aws_accounts", ())
    )


def _is_beside(request: Request, named: Named, keys: Sequence[str]) -> bool:
    """Whether one of some keys is next to that of a resource, or what is next to it cannot be told."""
    if not keys:
        return False
    beside = next(itertools.islice(around(request, named), named.steps.index(named.member) + 1, None), None)
    return not isinstance(beside, Mapping) or not beside.keys().isdisjoint(keys)


def _shared(one: Named, other: Named) -> int:
    """How many steps two places have in common."""
    return len([*itertools.takewhile(bool, map(eq, one.steps, other.steps))])

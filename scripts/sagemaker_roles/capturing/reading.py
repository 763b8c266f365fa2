"""Captured requests as inputs: names matched, stand-ins as placeholders, and what else the code did as a note."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..catalog import Catalog
from ..engine.code import CodeCall, is_known
from ..engine.compose import Unknown
from ..inputs.interfaces import Found, InputDocument, Notice, Reading
from ..inputs.names import Style
from ..inputs.reading import Reader
from .standins import StandIns

if TYPE_CHECKING:
    from .ledger import Call

#: How many operations a note names.
_SHOWN = 12


def reading_of(
    catalog: Catalog,
    calls: Sequence[Call],
    stand_ins: StandIns,
    uploaded: Callable[[str, str], bytes | None],
    values: Mapping[str, str],
    notices: Sequence[Notice] = (),
    *,
    as_role: bool = False,
) -> Reading:
    """What was captured, as requests to compose for.

    Args:
        stand_ins: what stands in it for what only AWS knows.
        uploaded: gives the object that was uploaded to a bucket under a key, if there is one.
        values: values for placeholders of canned answers, by name.
        notices: what else there is to say.
        as_role: whether the code runs with the role, so that its calls of other services are the role's and not the
            caller's.
    """
    reader = Reader(catalog, values=values)

    def part(member: str, what: str) -> str | Unknown:
        return reader.part(member, what, key=what)

    others: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for number, call in enumerate(calls, 1):
        if not (operation := catalog.named(call.operation, call.service)):
            own = CodeCall(
                call.service,
                call.operation,
                stand_ins.replaced(call.parameters, part),
                call.region,
                call.place,
                "policy" if as_role else "caller",
                "dynamic",
            )
            others[is_known(catalog, own)][f"{call.service}:{call.operation}"] = None
            if is_known(catalog, own) and own not in reader.reading.code:
                reader.reading.code.append(own)
            continue
        label = f"call {number}" + (f" at {call.place}" if call.place else "")
        members = stand_ins.replaced(call.parameters, part)
        where = call.parameters.get("PipelineDefinitionS3Location") or {}
        body = uploaded(str(where.get("Bucket")), str(where.get("ObjectKey")))
        if body is not None:
            members = {**members, "PipelineDefinition": body.decode("utf-8", "replace")}
        facts = {"Region": (call.region, ("region",))} if call.region else {}
        document = InputDocument(None, label)
        reader.reading.read += 1
        reader.add(Found(operation, members, Style(), (), label, facts), document)
    for notice in notices:
        reader.notice(*notice)
    whose = "the role's policy" if as_role else "the caller's policy; with --as-role they are in the role's"
    for known, names in others.items():
        if names:
            shown = ", ".join([*names][:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
            what = f"these calls are in {whose}" if known else "which permissions that needs is not known"
            reader.notice("note", "capture", f"the code also calls {shown}; {what}")
    return reader.finish()


def prefixes(requests: list[Any], uploaded: Callable[[str, str], bytes | None]) -> Iterator[str]:
    """The prefixes that the manifests of requests begin with.

    Args:
        requests: the members of requests.
        uploaded: gives the object that was uploaded to a bucket under a key, if there is one.
    """
    left = [*requests]
    while left:
        item = left.pop()
        if isinstance(item, list):
            left += item
        elif isinstance(item, dict):
            left += item.values()
            uri = item.get("S3Uri")
            if item.get("S3DataType") == "ManifestFile" and isinstance(uri, str):
                bucket, _, key = uri.removeprefix("s3://").partition("/")
                try:
                    first, *_ = json.loads(uploaded(bucket, key) or b"null")
                    yield from (text for text in (first["prefix"],) if isinstance(text, str))
                except (ValueError, TypeError, KeyError):
                    continue  # no manifest, or one without a prefix

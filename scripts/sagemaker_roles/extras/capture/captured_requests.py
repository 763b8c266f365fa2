"""Captured requests as inputs: names matched, stand-ins as placeholders, and what else the code did as a note."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from ...catalog import Catalog
from ...engine.code_permissions import CodeCall, is_known
from ...engine.compose import Unknown
from ...inputs.reader import Found, InputDocument, Notice, Reading, text_at, within
from ...inputs.reading import Reader
from .stand_ins import StandIns

if TYPE_CHECKING:
    from .call_log import Call
    from .canned_responses import Answers

#: How many operations a note names.
_SHOWN = 12


class _Captured(Protocol):
    """What was captured."""

    calls: list[Call]
    notices: list[Notice]
    stand_ins: StandIns
    answers: Answers


def reading_of(catalog: Catalog, captured: _Captured, values: Mapping[str, str], *, as_role: bool) -> Reading:
    """What was captured, as requests to compose for.

    Args:
        values: values for placeholders of canned answers, by name.
        as_role: whether the code runs with the role, so that its calls of other services are the role's and not the
            caller's.
    """
    reader, stand_ins = Reader(catalog, values=values), captured.stand_ins

    def part(member: str, what: str) -> str | Unknown:
        return reader.part(member, what, key=what)

    others: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for number, call in enumerate(captured.calls, 1):
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
        body = captured.answers.uploaded(str(where.get("Bucket")), str(where.get("ObjectKey")))
        if body is not None:
            members = {**members, "PipelineDefinition": body.decode("utf-8", "replace")}
        facts = {"Region": InputDocument(call.region, label, path=("region",))} if call.region else {}
        reader.reading.read += 1
        reader.add(Found(operation, members, InputDocument(None, label), label, facts=facts))
    for notice in captured.notices:
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
    for _, item in within(requests):
        if text_at(item, "S3DataType") == "ManifestFile" and (uri := text_at(item, "S3Uri")):
            bucket, _, key = uri.removeprefix("s3://").partition("/")
            with suppress(ValueError, TypeError, KeyError):  # no manifest, or one without a prefix
                first, *_ = json.loads(uploaded(bucket, key) or b"null")
                yield from (text for text in (first["prefix"],) if isinstance(text, str))

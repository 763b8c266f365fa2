"""Reads error messages as they come (text, logs, CloudTrail events, Describe… answers) and takes them apart.

What a message can look like is data (``messages`` of the catalog); this module only applies it.
"""

from __future__ import annotations

import json
import re
from bisect import insort
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..canonical import visible
from ..catalog import Catalog
from ..engine.values import filled, names_in, partition_of, pattern
from ..errors import InputError
from ..iam.parts import parts_of
from .json_text import MAX_DEPTH, depth
from .text import whole

#: How much text is read, in characters, how much of it is read as JSON, and how many different messages are explained.
MAX_TEXT = 64 << 20
MAX_JSON = 8 << 20
MAX_MESSAGES = 20

#: How much of a long text is searched at a time, so that memory does not grow with it.
_PIECE = 1 << 18

#: How much text before and after a message can hold clues, in characters: a traceback, some lines of a log.
_BEFORE, _AFTER = 4_000, 500

#: Error codes of AWS for a denial, as CloudTrail shows them (CloudTrail User Guide, "Record contents": errorCode).
_DENIED = re.compile(
    r"(?:Client\.)?(?:AccessDenied(?:Exception)?|UnauthorizedOperation|UnauthorizedAccess|Forbidden|403)"
)

#: ``role NAME`` in the place of an ARN (messages of IAM's own actions).
_IAM_NAME = re.compile(r"(role|user|policy|instance profile) ([^ ]{1,512})")

#: What a URL or a log can show of credentials.
_SECRET = re.compile(
    r"(?i)\bA[KS]IA[0-9A-Z]{12,32}|(?<=signature=)[^& \"]+|(?<=security-token=)[^& \"]+|(?<=credential=)[^& \"]+"
)


class Message(NamedTuple):
    """One message, taken apart; texts are "" where it does not show them.

    Attributes:
        form: ID of its form.
        text: the part that has the form, in one line, without what may be a secret.
        actions: what was denied, as IAM names it.
        resource: ARN of what was denied, with placeholders for what is not shown.
        principal: ARN of who was denied.
        role: ARN of the execution role that it names.
        reason: the words that name the layer.
        operations: operations with a record whose call or job gave the message, as its source shows.
        called: the operation of that name as the call that an SDK made, which can be of another service.
        account, region, partition: of what was denied, or of who was.
        clues: IDs of what it and the text around it show of the code or service that was denied.
    """

    form: str
    text: str
    actions: tuple[str, ...] = ()
    resource: str = ""
    principal: str = ""
    role: str = ""
    reason: str = ""
    operations: tuple[str, ...] = ()
    account: str = ""
    region: str = ""
    partition: str = "aws"
    clues: tuple[str, ...] = ()
    called: str = ""


class _Origin(NamedTuple):
    """What the place of a text shows beside it."""

    operations: tuple[str, ...] = ()
    principal: str = ""
    role: str = ""
    service: str = ""
    resource: str = ""
    region: str = ""


def first_form(forms: Mapping[str, Any], text: str) -> str:
    """The form that takes a message, or ""."""
    line = _line(text)
    return next((name for name, form in forms.items() if pattern(form["pattern"]).search(line)), "")


def read_messages(catalog: Catalog, text: str, name: str = "message") -> list[Message]:
    """The different messages of a text that have a known form, in the order of the text.

    Args:
        catalog: for the forms.
        text: a message, a log, or JSON: CloudTrail events, or the answer of a Describe… operation.
        name: what errors call it.

    Raises:
        InputError: the text is larger than :data:`MAX_TEXT`.
    """
    if len(text) > MAX_TEXT:
        raise InputError(f"larger than {MAX_TEXT >> 20} million characters; give the part with the error", whole(name))
    messages: dict[Message, None] = {}
    for part, origin in _parts(catalog, text):
        for message in _scanned(catalog, part, origin):
            messages[message] = None
            if len(messages) == MAX_MESSAGES:
                return list(messages)
    return list(messages)


# --- where the texts are ----------------------------------------------------------------------------------------


def _parts(catalog: Catalog, text: str) -> Iterator[tuple[str, _Origin]]:
    """The texts to scan: those of JSON that is known, else the text as it is."""
    value = _json(text)
    parts = list(_of_json(catalog, value)) if value is not None else []
    yield from parts or [(text, _Origin())]


def _json(text: str) -> Any:
    if len(text) > MAX_JSON or text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if depth(value) <= MAX_DEPTH else None


def _of_json(catalog: Catalog, value: Any) -> Iterator[tuple[str, _Origin]]:
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, list):
            left += reversed(item)
        if not isinstance(item, Mapping):
            continue
        if isinstance(item.get("CloudTrailEvent"), str):
            left.append(_json(item["CloudTrailEvent"]))
        elif isinstance(item.get("eventName"), str) and isinstance(item.get("eventSource"), str):
            yield from _of_event(catalog, item)
        elif isinstance(item.get("FailureReason"), str):
            yield item["FailureReason"], _of_answer(catalog, item)
        else:
            left += reversed(list(item.values()))


def _of_event(catalog: Catalog, event: Mapping[str, Any]) -> Iterator[tuple[str, _Origin]]:
    """The text of a CloudTrail event with an error, and what S3's own message does not have: its call."""
    code, call = str(event.get("errorCode", "")), event["eventName"]
    text = str(event.get("errorMessage", ""))
    if not code and not text:
        return
    identity = event.get("userIdentity")
    principal = str(identity.get("arn", "")) if isinstance(identity, Mapping) else ""
    service = event["eventSource"].partition(".")[0]
    origin = _Origin(
        operations=(call,) if call in catalog.data["operations"] else (),
        principal=principal,
        service=service,
        resource=_resource_of(event),
        region=str(event.get("awsRegion", "")),
    )
    if "is not authorized to perform" not in text and _DENIED.fullmatch(code) and re.fullmatch("[A-Za-z0-9]+", call):
        yield f"An error occurred (AccessDenied) when calling the {call} operation: Access Denied", origin
    yield text, origin


def _resource_of(event: Mapping[str, Any]) -> str:
    """The resource of an event of Amazon S3 or AWS KMS, from its parameters or the resources it lists."""
    parameters = event.get("requestParameters")
    if isinstance(parameters, Mapping) and isinstance(parameters.get("bucketName"), str):
        key = parameters.get("key")
        return f"arn:${{Partition}}:s3:::{parameters['bucketName']}" + (f"/{key}" if isinstance(key, str) else "")
    listed = event.get("resources")
    for item in listed if isinstance(listed, list) else []:
        arn = item.get("ARN") if isinstance(item, Mapping) else None
        if isinstance(arn, str):
            return arn
    return ""


def _of_answer(catalog: Catalog, answer: Mapping[str, Any]) -> _Origin:
    """The operation that a Describe… answer is about (its own ARN comes before those it refers to), and the role."""
    operations = []
    for key in answer:
        kind = key.removesuffix("Arn")
        if kind != key and f"Create{kind}" in catalog.data["operations"]:
            operations.append(f"Create{kind}")
            break
    roles = [answer.get(key) for key in ("RoleArn", "ExecutionRoleArn")]
    return _Origin(tuple(operations), role=next((role for role in roles if isinstance(role, str)), ""))


# --- taking texts apart -----------------------------------------------------------------------------------------


def _line(text: str) -> str:
    """A text in one line, without the escapes of a log that holds JSON."""
    return re.sub(r"\s+", " ", text.replace("\\n", " ").replace('\\"', '"'))


def _scanned(catalog: Catalog, text: str, origin: _Origin) -> Iterator[Message]:
    seen: set[tuple[str, str]] = set()
    for before, own, after in _pieces(text):
        yield from _of_piece(catalog, (_line(before), _line(own), _line(after)), origin, seen)


def _pieces(text: str) -> Iterator[tuple[str, str, str]]:
    """A text in pieces of whole lines where it has any, each with some of what is before and after it."""
    start = 0
    while start < len(text):
        end = min(start + _PIECE, len(text))
        if end < len(text):
            end = text.rfind("\n", start, end) + 1 or end
        yield text[max(0, start - _BEFORE) : start], text[start:end], text[end : end + _BEFORE]
        start = end


def _of_piece(
    catalog: Catalog, lines: tuple[str, str, str], origin: _Origin, seen: set[tuple[str, str]]
) -> Iterator[Message]:
    """The messages that begin in a piece, of which seen has those of the pieces before it."""
    line = "".join(lines)
    first, last = len(lines[0]), len(lines[0]) + len(lines[1])
    taken: list[tuple[int, int]] = []
    matches: list[tuple[int, str, re.Match[str]]] = []
    for name, form in catalog.data.get("messages", {}).items():
        for match in pattern(form["pattern"]).finditer(line):
            key = (name, match.group())
            if _overlaps(taken, match.span()) or (first <= match.start() < last and key in seen):
                continue
            insort(taken, match.span())
            if first <= match.start() < last:
                seen.add(key)
                matches.append((match.start(), name, match))
            if len(seen) > MAX_MESSAGES * 10:
                break
    clues = catalog.data.get("clues", {})
    for _, name, match in sorted(matches, key=lambda item: item[0]):
        around = line[max(0, match.start() - _BEFORE) : match.end() + _AFTER]
        shows = tuple(clue for clue, item in clues.items() if pattern(item["pattern"]).search(around))
        yield _message(catalog, name, match, origin)._replace(clues=shows)


def _overlaps(taken: list[tuple[int, int]], span: tuple[int, int]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in taken)


def _message(catalog: Catalog, name: str, match: re.Match[str], origin: _Origin) -> Message:
    form = catalog.data["messages"][name]
    groups = {key: value for key, value in match.groupdict().items() if value}
    principal, role = groups.get("Principal", origin.principal), groups.get("Role", origin.role)
    account = parts_of(principal).account or parts_of(role).account
    region = groups.get("Region", origin.region)
    partition = partition_of(catalog.regions, region) or parts_of(principal or role).partition or "aws"
    resource = _resource(form, {**groups, "Partition": partition}, account) or filled(
        origin.resource, {"Partition": partition}
    )
    own = parts_of(resource)
    return Message(
        form=name,
        text=shown(match.group()),
        actions=_actions(form, groups, origin.service),
        resource=resource,
        principal=principal,
        role=role,
        reason=groups.get("Reason", ""),
        operations=origin.operations,
        called=groups["Call"] if groups.get("Call") in catalog.data["operations"] else "",
        account=own.account if own.account.isdigit() else account,
        region=own.region or region,
        partition=own.partition if resource and not names_in(own.partition) else partition,
    )


def shown(text: str, most: int = 400) -> str:
    """A text as it may be shown: cut, without what may be a secret, control characters escaped."""
    text = visible(_SECRET.sub("…", text[: most * 4]))
    return text if len(text) <= most else text[: most - 1] + "…"


def _actions(form: Mapping[str, Any], groups: Mapping[str, str], service: str) -> tuple[str, ...]:
    """The actions that a message denies; a call that is no action stands for the one that decides."""
    calls, prefix = form.get("calls", {}), service or form.get("service", "")
    named = groups.get("Action", "") or (groups.get("Call", "") if form.get("service") else "")
    if ":" in named:
        return (named,)
    if named and named in calls and calls[named].startswith(f"{prefix}:" if prefix else ""):
        return (str(calls[named]),)
    return (f"{prefix}:{named}",) if named and prefix else tuple(form.get("Action", ()))


def _resource(form: Mapping[str, Any], groups: Mapping[str, str], account: str) -> str:
    """The ARN of what a message denies; "" if it is not shown, or everything."""
    named = groups.get("Resource", "").rstrip(".,;'\"")
    if named and named != "*":
        if by_name := _IAM_NAME.fullmatch(named):
            kind = by_name[1].replace("instance profile", "instance-profile")
            return f"arn:{groups['Partition']}:iam::{account or '${Account}'}:{kind}/{by_name[2]}"
        if re.fullmatch("[A-Za-z0-9_+=,.@-]{1,64}", named):
            return f"arn:{groups['Partition']}:iam::{account or '${Account}'}:role/{named}"
        return named
    template = form.get("Resource", "")
    return filled(template, groups).rstrip(".,") if all(name in groups for name in names_in(template)) else ""

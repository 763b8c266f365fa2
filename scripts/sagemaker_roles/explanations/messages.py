"""Where messages are: in text, logs, CloudTrail events, and Describe… answers; in pieces that are searched at once."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from ..canonical import visible
from ..catalog import Catalog
from ..errors import InputError
from ..inputs.text.content import whole
from ..inputs.text.json_document import MAX_DEPTH, depth

#: How much text is read, in characters, and how much of it is read as JSON.
MAX_TEXT = 64 << 20
MAX_JSON = 8 << 20

#: How much of a long text is searched at a time, so that memory does not grow with it.
_PIECE = 1 << 15

#: How much text before and after a piece can belong to a message of it, in characters: a traceback, lines of a log.
BEFORE = 4_000

#: Error codes of AWS for a denial, as CloudTrail shows them (CloudTrail User Guide, "Record contents": errorCode).
_DENIED = re.compile(
    r"(?:Client\.)?(?:AccessDenied(?:Exception)?|UnauthorizedOperation|UnauthorizedAccess|Forbidden|403)"
)

#: What URLs, commands and logs can show of credentials, most of it behind a name that announces it.
_SECRET = re.compile(
    r"(?i)((?<![:\w])(?:x-amz-(?:credential|signature|security-token)|awsaccesskeyid|signature|credential|security-token"
    r"|(?:aws_)?secret(?:[_ -]?access[_ -]?key)?|(?:aws_)?session[_ -]?token|password|passwd|api[_-]?key)"
    r"[\"']?(?:=|: ?)[\"']?"
    r"|\bbearer )(?!arn:)[^&\s\"',;]+|\bA[KS]IA[0-9A-Z]{12,32}|\b(?:IQoJ|FwoG|eyJ)[\w+/=.-]{40,}"
)

#: What all credentials have in small letters: looking for that is quick.
_SECRETS = (
    *("secret", "token", "signature", "credential", "passw", "api", "accesskey"),
    *("bearer ", "akia", "asia", "iqoj", "fwog", "eyj"),
)

#: What is a space or a quotation mark in other writing; where a color begins or a control character is, a name ends.
_SPACES = re.compile(
    r"\x1b\[[0-9;]{0,20}[A-Za-z]|[\x00-\x09\x0b-\x1f\x7f-\xa0\u200b-\u200f\u2028-\u202e\u3000\ufeff`]+"
)
_QUOTES = str.maketrans({**dict.fromkeys("“”„«»「」『』", '"'), **dict.fromkeys("‘’", "'")})


class Origin(NamedTuple):
    """What the place of a text shows beside it."""

    operations: tuple[str, ...] = ()
    principal: str = ""
    role: str = ""
    service: str = ""
    resource: str = ""
    region: str = ""


#: A part of a text with some of what is before and after it, where its own messages begin and where they no longer do,
#: and what its place shows.
Piece = tuple[str, int, int, Origin]


def pieces(catalog: Catalog, text: str, name: str, words: Collection[str]) -> Iterator[Piece]:
    """The parts of a text that can have messages.

    Args:
        text: a message, a log, or JSON: CloudTrail events, or the answer of a Describe… operation.
        name: what errors call it.
        words: parts of a long text without any of these, in small letters, are passed over.

    Raises:
        InputError: the text is larger than :data:`MAX_TEXT`.
    """
    if len(text) > MAX_TEXT:
        raise InputError(f"larger than {MAX_TEXT >> 20} million characters; give the part with the error", whole(name))
    for part, origin in _parts(catalog, text):
        for before, own, after in _pieces(part, words):
            lines = [clean(some) for some in (before, own, after)]
            yield "".join(lines), len(lines[0]), len(lines[0]) + len(lines[1]), origin


def clean(text: str) -> str:
    """A text with plain spaces and quotation marks, without credentials and the escapes of JSON in JSON."""
    text = re.sub(r"\\+n|\\+[rt](?![a-z])|\\+u003[ce]|&[lg]t;", "\n", text.replace("&quot;", '"'))
    text = re.sub(r"\\+(?=[\"'/])|(?m:^[ >]*> )", "", text).translate(_QUOTES)
    return re.sub(r" *\n[ \n]*", "\n", re.sub("  +", " ", _SPACES.sub(" ", masked(text))))


def masked(text: str) -> str:
    """A text without what may be a secret."""
    small = text.lower()
    is_plain = not any(word in small for word in _SECRETS)
    return text if is_plain else _SECRET.sub(lambda found: f"{found[1] or ''}…", text)


def shown(text: str, most: int = 400) -> str:
    """A text as it may be shown: cut, without what may be a secret, control characters escaped."""
    text = visible(masked(text[: most * 4]))
    return text if len(text) <= most else text[: most - 1] + "…"


def _pieces(text: str, words: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """A text in pieces of whole lines where it has any, each with some of what is before and after it."""
    start, is_long = 0, len(text) > _PIECE
    while start < len(text):
        end = min(start + _PIECE, len(text))
        if end < len(text):
            end = text.rfind("\n", start, end) + 1 or end
        own = text[start:end]
        small = text[start : end + 1024].lower() if is_long else ""
        if not is_long or any(word in small for word in words):
            yield text[max(0, start - BEFORE) : start], own, text[end : end + BEFORE]
        start = end


def _parts(catalog: Catalog, text: str) -> Iterator[tuple[str, Origin]]:
    """The texts to search: those of JSON that is known, else the text as it is."""
    value = _json(text)
    parts = list(_of_json(catalog, value)) if value is not None else []
    is_policy = isinstance(value, Mapping) and "Statement" in value
    yield from parts or ([] if is_policy else [(text, Origin())])


def _json(text: str) -> Any:
    if len(text) > MAX_JSON or text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if depth(value) <= MAX_DEPTH else None


def _of_json(catalog: Catalog, value: Any) -> Iterator[tuple[str, Origin]]:
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


def _of_event(catalog: Catalog, event: Mapping[str, Any]) -> Iterator[tuple[str, Origin]]:
    """The text of a CloudTrail event with an error, and what S3's own message does not have: its call."""
    code, call = str(event.get("errorCode", "")), event["eventName"]
    text = str(event.get("errorMessage", ""))
    if not code and not text:
        return
    identity = event.get("userIdentity")
    principal = str(identity.get("arn", "")) if isinstance(identity, Mapping) else ""
    operation = catalog.of_event(event["eventSource"], call)
    origin = Origin(
        operations=(operation,) if catalog.has_record(operation) else (),
        principal=principal,
        service=event["eventSource"].partition(".")[0],
        resource=masked(_resource_of(event)),
        region=str(event.get("awsRegion", "")),
    )
    if "is not authorized to perform" not in text and _DENIED.fullmatch(code) and re.fullmatch("[A-Za-z0-9]+", call):
        text = f"An error occurred (AccessDenied) when calling the {call} operation: Access Denied"
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


def _of_answer(catalog: Catalog, answer: Mapping[str, Any]) -> Origin:
    """The operation that a Describe… answer is about (its own ARN comes before those it refers to), and the role."""
    names = (f"Create{key.removesuffix('Arn')}" for key in answer if key.endswith("Arn"))
    operation = next(filter(catalog.has_record, names), "")
    roles = [answer.get(key) for key in ("RoleArn", "ExecutionRoleArn")]
    return Origin((operation,) if operation else (), role=next((role for role in roles if isinstance(role, str)), ""))

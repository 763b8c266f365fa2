"""Reads commands of the AWS CLI, alone or in a shell script: the requests of the services that are known here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ...engine.code_permissions import CodeCall
from ...engine.partial import MARK, Unknown, decoded, inside
from ..reader import Found, InputDocument, ReadingContext
from ..text import load
from ..text.content import InputError, text_beside, whole
from ..text.json_document import MAX_DEPTH
from ..text.places import Excerpt
from ..text.shell import Shell
from .command_calls import Command, calls_of, parse
from .member_names import Style, plain

#: How commands write requests: every value is a text, and a list of one may be its element.
_STYLE = Style(texts=True)

#: What a script begins with, behind comments: a command, a prompt, or a value that commands use.
_SCRIPT = re.compile(
    r"(?:\s|#[^\n]*\n)*(?:#!|(?:\$\s+)?(?:sudo\s+)?(?:\S*/)?aws\s+[a-z-]|(?:export\s+)?[A-Za-z_]\w*=[^\n]*\n(?:.*\n)*?\s*aws\s+[a-z]|set\s+-)"
)

#: A block of commands in a page in Markdown, and a command in it.
_BLOCK = re.compile(
    r"^[ \t]*(?:```|~~~)[ \t]*(?:bash|sh|shell|console|zsh)\b[^\n]*\n(.*?)^[ \t]*(?:```|~~~)", re.DOTALL | re.MULTILINE
)
_COMMAND = re.compile(r"\baws[ \t]+[a-z]")
#: How files of shell scripts end, and where a command of one begins that may begin with anything.
SCRIPTS = (".sh", ".bash", ".zsh", ".ksh")
_AT_COMMAND = re.compile(r"(?m)(?:^|[;&|(`])[ \t]*(?:sudo[ \t]+)?aws[ \t]+[a-z][a-z0-9-]*[ \t]+[a-z]")
#: Where a value of the shorthand syntax ends, within braces and without.
_BARE = re.compile(r"(?:\\.|[^,\\\]}])*", re.DOTALL)
_QUOTED = re.compile(r"'((?:\\.|[^'\\])*)'|\"((?:\\.|[^\"\\])*)\"", re.DOTALL)
_KEY = re.compile(r"\s*([\w.-]+)\s*=")


def is_script(text: str) -> bool:
    """Whether a text is a command of the AWS CLI, or begins like a script that may have some."""
    return bool(_SCRIPT.match(text[:4000]))


def script_in(name: str, text: str) -> str | None:
    """The script that a text is, or the blocks of a page in Markdown that have commands, each in its lines.

    Args:
        name: of its file; one of a script begins with anything.
    """
    if is_script(text) or (name.lower().endswith(SCRIPTS) and _AT_COMMAND.search(text)):
        return text
    blocks = [(found.start(1), found.end(1)) for found in _BLOCK.finditer(text) if _COMMAND.search(found[1])]
    if not blocks:
        return None
    at, done = 0, list[str]()
    for start, end in blocks:
        done += ["\n" * text.count("\n", at, start), text[start:end]]
        at = end
    return "".join(done)


def recognizes(value: Any) -> bool:
    """Whether a value is a command of the AWS CLI, or a script with one."""
    return isinstance(value, str) and (is_script(value) or bool(_AT_COMMAND.search(value)))


def read(context: ReadingContext, document: InputDocument) -> Iterator[Found]:
    """The requests of the commands of a text.

    Raises:
        InputError: it is no text, or has no command of a service that is known here.
    """
    if not isinstance(document.value, str):
        raise InputError("no commands; give a text with commands of the AWS CLI", whole(document.where()))
    script = _Script(context, document)
    is_any = False
    for found in script.requests():
        is_any = True
        yield found
    context.reading.code += script.calls
    if script.found:
        understood = script.found - script.missed
        message = f"{script.found} command{'s' * (script.found != 1)} of the AWS CLI found, {understood} understood"
        context.notice("note", document.name, message)
    if not is_any and not script.calls:
        message = "no command that is read here; give `aws SERVICE OPERATION` with its options, or the request as JSON"
        raise InputError(message, whole(document.where()))


class _Script:
    """A script: its commands, and what their words are made of.

    Attributes:
        calls: the calls of services that are no requests here, which are the caller's.
        found: how many commands of the AWS CLI it has.
        missed: how many of them are not understood.
    """

    def __init__(self, context: ReadingContext, document: InputDocument) -> None:
        self.context, self.document = context, document
        self.known = context.data("commands")
        self.ignored = frozenset(self.known.get("ignored", ()))
        self.calls: list[CodeCall] = []
        self.found = self.missed = 0
        self._excerpt = Excerpt(document.value, document.name)
        self._unknown: list[Unknown] = []
        self.shell = Shell(document.value, lambda name, text: self._mark(self.context.part(name, text)))

    def requests(self) -> Iterator[Found]:
        """The requests, in the order of the script."""
        for offset, words in self.shell.commands():
            if words[0].rpartition("/")[2] == "aws":
                yield from self._request(words[1:], str(self._excerpt.position(offset)))

    def _request(self, words: Sequence[str], label: str) -> Iterator[Found]:
        context, command = self.context, parse(words, self.ignored)
        service, name = (*command.names, "", "")[:2]
        operation = context.catalog.named(name, service) if service in context.catalog.services else ""
        if not operation:
            self._call(command, label)
            return
        self.found += 1
        types = context.catalog.shapes_of(operation)
        shapes = types.get(context.catalog.input_of(operation), {}).get("members", {})
        known = {plain(member): member for member in shapes}
        members: dict[str, Any] = {}
        facts = {}
        for key, given in command.options.items():
            member = known.get(plain(key)) or known.get(plain(key.removeprefix("no-")), key)
            if key in ("cli-input-json", "cli-input-yaml"):
                members = {**self._whole(given, key, label), **members}
            elif key == "region" and given and MARK not in given[0]:
                facts["Region"] = InputDocument(given[0], self.document.name, path=(key,))
            elif member in shapes or key not in self.ignored:
                is_on = "false" if member in shapes and plain(key) != plain(member) else "true"
                members[member] = self._option(
                    types, shapes.get(member, "string"), given or [is_on], f"{label}: --{key}"
                )
        members = dict(decoded(members, self._unknown))
        yield Found(operation, members, self.document, label, _STYLE, facts)

    def _call(self, command: Command, label: str) -> None:
        """Takes a command of another service, or of more than one operation."""
        calls = calls_of(self.context.catalog.code, self.known, command, value_of, label)
        if calls == []:
            return
        self.found += 1
        if calls is None:
            self.missed += 1
            message = f"calls {command.shown}; this project does not know what it needs; add its permissions yourself"
            self.context.notice("problem", label, message)
            return
        region = "".join(command.options.get("region", ()))
        self.calls += [
            one._replace(
                members=decoded(one.members, self._unknown), region=decoded(region, self._unknown), part="caller"
            )
            for one in calls
        ]

    def _whole(self, given: Sequence[str], key: str, label: str) -> dict[str, Any]:
        """The members that a command has as one document."""
        text = "".join(given)
        if text.startswith("file://"):
            text = self._file(text) or ""
        value = inside(text) if key.endswith("json") or text.lstrip()[:1] == "{" else _yaml(text, label)
        if isinstance(value, dict):
            return value
        message = (
            f"--{key}: the file is not read; put it next to the script, or give it as --request with the operation"
        )
        self.context.notice("problem", label, message)
        return {}

    def _file(self, url: str) -> str | None:
        """What a file holds that the script writes, or that is below the folder of the script."""
        name = url.partition("://")[2]
        if (written := self.shell.file(name)) is not None:
            return written
        return text_beside(self.document.name, name)

    def _option(self, types: Any, shape: str, words: Sequence[str], where: str) -> Any:
        """The value of an option: JSON, the shorthand syntax of the AWS CLI, or a text."""
        entry = types.get(shape)
        if words[0].startswith("file://") and (text := self._file(words[0])) is not None:
            words = [text.strip()]
        if words[0].startswith(("file://", "fileb://")):
            return self._mark(self.context.part(where.rpartition("-")[2], f"the file of {where}", key=where))
        if entry is None:
            return " ".join(words)
        if (value := inside(words[0])) is not None and len(words) == 1:
            return value
        inner = types.get(entry.get("member", shape))
        read = [word if inner is None else _shorthand(word, where) for word in words]
        return read if "member" in entry else read[0]

    def _mark(self, part: str | Unknown) -> str:
        if isinstance(part, str):
            return part
        self._unknown.append(part)
        return f"{MARK}{len(self._unknown) - 1}{MARK}"


def value_of(words: list[str]) -> Any:
    """The value of an option of which no shape is known: JSON, the shorthand syntax, a list, or a text."""
    values: list[Any] = []
    for word in words:
        if (value := inside(word)) is None and _KEY.match(word):
            value, at = _pairs(word, 0, 0)
            value = value if at == len(word) else None
        values.append(word if value is None else value)
    return values[0] if len(values) == 1 else values


def _yaml(text: str, label: str) -> Any:
    try:
        return next((document.value for document in load(text, label)), None)
    except InputError:
        return None


def _shorthand(text: str, where: str) -> Any:
    """A value of the shorthand syntax: JSON, or ``Key=value,Other=[a,b],Third={x=y}``.

    Raises:
        InputError: it is neither.
    """
    if (value := inside(text)) is not None:
        return value
    value, at = _pairs(text, 0, 0)
    if value is None or text[at:].strip():
        raise InputError("a value that is neither JSON nor Key=value,Key=value", whole(where))
    return value


def _pairs(text: str, at: int, depth: int) -> tuple[dict[str, Any] | None, int]:
    """Pairs up to the brace or the end, and where that is; None where no pair is."""
    pairs: dict[str, Any] = {}
    while depth < MAX_DEPTH and (key := _KEY.match(text, at)):
        value, at = _value(text, key.end(), depth + 1)
        several = [value]
        while text[at : at + 1] == "," and not _KEY.match(text, at + 1):
            value, at = _value(text, at + 1, depth + 1)
            several.append(value)
        pairs[key[1]] = several if len(several) > 1 else several[0]
        if text[at : at + 1] != ",":
            return pairs, at
        at += 1
    return (pairs or None), at


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    """A value, and where it ends."""
    opening = text[at : at + 1]
    if opening == "{":
        pairs, at = _pairs(text, at + 1, depth)
        return pairs or {}, at + 1
    if opening == "[":
        several: list[Any] = []
        while depth < MAX_DEPTH and text[at : at + 1] in ("[", ","):
            value, at = _value(text, at + 1, depth + 1)
            several.append(value)
        return several, at + 1
    if quoted := _QUOTED.match(text, at):
        return re.sub(r"\\(.)", r"\1", quoted[1] or quoted[2] or ""), quoted.end()
    found = _BARE.match(text, at)
    return (re.sub(r"\\(.)", r"\1", found[0]).strip(), found.end()) if found else ("", at)

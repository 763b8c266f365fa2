"""Reads commands of the AWS CLI, alone or in a shell script: the requests of the services that are known here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ...engine.partial import MARK, Unknown, decoded, inside
from ..reader import Found, InputDocument, ReadingContext
from ..text.content import InputError, whole
from ..text.json_document import MAX_DEPTH
from ..text.places import Excerpt
from .member_names import Style, plain

#: How commands write requests: every value is a text, and a list of one may be its element.
_STYLE = Style(texts=True)

#: What a script begins with, behind comments: a command, a prompt, or a value that commands use.
_SCRIPT = re.compile(
    r"(?:\s|#[^\n]*\n)*(?:#!|(?:\$\s+)?(?:sudo\s+)?(?:\S*/)?aws\s+[a-z-]|(?:export\s+)?[A-Za-z_]\w*=[^\n]*\n(?:.*\n)*?\s*aws\s+[a-z]|set\s+-)"
)

#: What a shell puts a value in place of: a command, or a variable.
_HELD = r"\$\((?:[^()]|\([^()]*\))*\)|`[^`\n]*`|\$\{\w+[^{}\n]*\}|\$\w+"

#: What a shell reads, part by part.
_PART = re.compile(
    r"(?P<space>(?:[ \t]|[\\`]\r?\n)+)|(?P<comment>(?<![^\s;|&])#[^\n]*)|(?P<end>[\r\n;|&()<>]+)"
    r"|'(?P<single>[^']*)'|\"(?P<double>(?:[^\"\\]|\\.)*)\""
    rf"|(?P<value>{_HELD})|\\(?P<escaped>.)|(?P<text>[^\s;|&()<>'\"`$\\]+|.)",
    re.DOTALL,
)
_VALUE = re.compile(rf"\\([$`\"\\])|({_HELD})")
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
#: Where a value of the shorthand syntax ends, within braces and without.
_BARE = re.compile(r"(?:\\.|[^,\\\]}])*", re.DOTALL)
_QUOTED = re.compile(r"'((?:\\.|[^'\\])*)'|\"((?:\\.|[^\"\\])*)\"", re.DOTALL)
_KEY = re.compile(r"\s*([\w.-]+)\s*=")


def is_script(text: str) -> bool:
    """Whether a text is a command of the AWS CLI, or begins like a script that may have some."""
    return bool(_SCRIPT.match(text[:4000]))


def recognizes(value: Any) -> bool:
    """Whether a value is a command of the AWS CLI, or a script with one."""
    return isinstance(value, str) and is_script(value)


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
    if script.others:
        listed = ", ".join(f"{count} of {name}" for name, count in sorted(script.others.items()))
        message = f"commands of services that are not known here need permissions of their own: {listed}"
        context.notice("note", document.name, message)
    if not is_any:
        message = "no command that is read here; give `aws SERVICE OPERATION` with its options, or the request as JSON"
        raise InputError(message, whole(document.where()))


class _Script:
    """A script: its commands, and what their words are made of."""

    def __init__(self, context: ReadingContext, document: InputDocument) -> None:
        self.context, self.document = context, document
        self.ignored = frozenset(context.data("commands").get("ignored", ()))
        self.others: Counter[str] = Counter()
        self._excerpt = Excerpt(document.value, document.name)
        self._values: dict[str, str] = {}
        self._unknown: list[Unknown] = []

    def requests(self) -> Iterator[Found]:
        """The requests, in the order of the script."""
        for offset, words in self._commands():
            label = str(self._excerpt.position(offset))
            while words and (words[0] in ("$", "export", "sudo") or _ASSIGNED.fullmatch(words[0])):
                if assigned := _ASSIGNED.fullmatch(words.pop(0)):
                    self._values[assigned[1]] = assigned[2]
            if words and words[0].rpartition("/")[2] == "aws":
                yield from self._request(words[1:], label)

    def _request(self, words: Sequence[str], label: str) -> Iterator[Found]:
        context, names, options = self.context, list[str](), dict[str, list[str]]()
        current: list[str] | None = None
        for word in words:
            if word.startswith("--"):
                key, equals, value = word[2:].partition("=")
                current = options.setdefault(key, [])
                current += [value] if equals else []
            elif current is None or (len(names) < 2 and len(current) == 1 and not options.keys() - self.ignored):
                names.append(word)
            else:
                current.append(word)
        service, name = (*names, "", "")[:2]
        operation = context.catalog.named(name, service) if service in context.catalog.services else ""
        if not operation:
            if service in context.catalog.services:
                context.notice("note", label, f"aws {service} {name} is not a call of the API; it is passed over")
            elif service:
                self.others[service] += 1
            return
        types = context.catalog.shapes_of(operation)
        shapes = types.get(context.catalog.input_of(operation), {}).get("members", {})
        known = {plain(member): member for member in shapes}
        members: dict[str, Any] = {}
        facts = {}
        for key, given in options.items():
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

    def _whole(self, given: Sequence[str], key: str, label: str) -> dict[str, Any]:
        """The members that a command has as one document."""
        value = inside("".join(given))
        if isinstance(value, dict):
            return value
        message = f"--{key}: the file is not read; give it as --request, with the operation"
        self.context.notice("problem", label, message)
        return {}

    def _option(self, types: Any, shape: str, words: Sequence[str], where: str) -> Any:
        """The value of an option: JSON, the shorthand syntax of the AWS CLI, or a text."""
        entry = types.get(shape)
        if words[0].startswith(("file://", "fileb://")):
            return self._mark(self.context.part(where.rpartition("-")[2], f"the file of {where}", key=where))
        if entry is None:
            return " ".join(words)
        if (value := inside(words[0])) is not None and len(words) == 1:
            return value
        inner = types.get(entry.get("member", shape))
        read = [word if inner is None else _shorthand(word, where) for word in words]
        return read if "member" in entry else read[0]

    # --- words ----------------------------------------------------------------------------------------------------

    def _commands(self) -> Iterator[tuple[int, list[str]]]:
        """The words of each command, and where it begins."""
        words: list[str] = []
        word: str | None = None
        start = 0
        for part in _PART.finditer(self.document.value):
            kind = part.lastgroup or ""
            if kind in ("space", "comment", "end"):
                words += [word] if word is not None else []
                word = None
                if kind != "space" and words:
                    yield start, words
                    words = []
                continue
            if word is None and not words:
                start = part.start()
            text = part[kind]
            if kind == "double":
                text = _VALUE.sub(lambda one: one[1] or self._given(one[2]), text.replace("\\\n", ""))
            word = (word or "") + (self._given(text) if kind == "value" else text)
        words += [word] if word is not None else []
        if words:
            yield start, words

    def _given(self, text: str) -> str:
        """What a variable or command stands for: its value, if the script has it, else a part that is not known yet."""
        name = text.strip("${}`()").partition(":")[0]
        if name in self._values:
            return self._values[name]
        words = re.findall(r"\w+", name)
        return self._mark(self.context.part("-".join(words[-3:]).replace("_", "-").lower(), text, name))

    def _mark(self, part: str | Unknown) -> str:
        if isinstance(part, str):
            return part
        self._unknown.append(part)
        return f"{MARK}{len(self._unknown) - 1}{MARK}"


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

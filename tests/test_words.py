"""Every text that a person reads keeps to the style: no words to avoid, sentences of at most 26 words, short pitfalls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
import yaml

from sagemaker_roles.cli.main import cli
from support import DATA, ROOT

#: Most words of a sentence, and of a pitfall with its at most two sentences.
SENTENCE = 26
PITFALL = 40
PITFALL_SENTENCES = 2

_SERVICE = r"(?:AWS|IAM|SageMaker(?: AI)?|CloudTrail|CloudFormation|Amazon [A-Z]\w+|AWS [A-Z]\w+|S3|ECR|EC2|KMS|EKS|EFS)"
_THING = r"(?:role|roles|bucket|key|resource|resources|interface|interfaces|grant|policy|policies|model|endpoint)"

#: A word to avoid (regular expression) and what to write.
AVOID = {
    r"\btak(?:es|e|ing|en) (?:the|a|your|this|no|that) role\b": "assumes (a service), accepts (an operation)",
    r"\bAWS's\b": "the AWS documentation, the execution roles page, AWS",
    _SERVICE + r"['’]s\b": "no possessive on AWS or a service",
    r"\bprint(?:s|ed)? (?:it|them|one|for|permissions|policies)\b": "shows, lists",
    r"\b(?:stands?|lies?) (?:in|under|at|on|beside|below|above|for itself)\b": "is in",
    r"\bholds?\b": "contains, is true",
    r"\b(?:tell|tells|told)\b": "shows, reports",
    rf"\bmakes? (?:an? |the |its |such |new )*{_THING}\b": "creates",
    r"(?i:\bwhoever\b)": "anyone who can",
    r"\bmay\b": "can (permission), might (possibility)",
    r"(?<!there )(?<!There )\bis no (?!longer\b)": "is not a valid",
    r"\b(?:goes|went|gone)\b": "is removed, was removed",
    r"\b(?:take|takes|taken) out\b|\bkeep one\b": "remove, remove the duplicate",
    r"(?i:\bbesides?\b)": "next to, in addition to",
    r"\b(?:ask|asks|asked|asking) for\b": "requires",
    r"\b(?:let|lets) (?:\w+ )?in\b|\b(?:keep|keeps) (?:\w+ )?out\b": "allows, blocks",
    r"\bnear miss|\blet through\b": "out-of-scope call, allowed",
    r"\bwhat is next to it\b": "the same call on another resource",
    r"\bequal case\b": "an operation that works the same way",
    r"\b(?:stay|stays|left|leave|remains?) open\b|\bopen placeholders?\b": "has no value",
    r"\b(?:put|puts) (?:\w+ )?in\b(?! (?:an?|the|order|place|force)\b)|\b(?:leave|leaves|left) out\b": "include, exclude",
    r"\bminds\b": "handles",
    r"\btightest\b": "narrowest",
    r"\brights\b|\bgains? privileges\b": "permissions, escalate privileges",
    r"\b(?:that|those) of\b": "repeat the noun",
    r"\btakes? no new\b": "is closed to new customers",
    r"\bkeys? of AWS KMS\b": "customer managed key",
    r"\bdata set\b|\bset-up\b|(?<![-\w])ids?\b(?!-)|\bsums?\b": "dataset, setup, ID, checksum",
    r"\b(?:colour|recognise|behaviour|licence|centre|catalogue)": "American English",
}
OPENING = re.compile(r"(?:What|Whoever|Who|That)\b(?!.*\?)")

#: Fields of records that a person reads, by the folder or file of ``data``.
FIELDS = {
    "why",
    "pitfalls",
    "usage",
    "usage_without",
    "notes",
    "note",
    "title",
    "summary",
    "unscoped",
    "unconditioned",
    "not_passed",
    "reason",
    "meaning",
}
RECORDS = ("operations", "statements", "trust", "resources", "documented")

PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md")


class Text(NamedTuple):
    """One text: the file it is in, what it is, and its words."""

    place: str
    kind: str
    text: str


class Fault(NamedTuple):
    """What is against the style: where, in which text, and what would be right."""

    place: str
    text: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}: {self.text}"


class Exception_(NamedTuple):
    """A fault that is right as it is."""

    place: str
    part: str
    reason: str


#: Faults that are right as they are. ``part`` is in the text; an entry that excepts nothing fails.
EXCEPTIONS: tuple[Exception_, ...] = ()


def of_record(value: object, place: str, kind: str = "") -> Iterator[Text]:
    """The texts of a record, by the name of their field."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from of_record(item, place, str(key) if isinstance(item, (str, list)) else "")
    elif isinstance(value, list):
        for item in value:
            yield from of_record(item, place, kind)
    elif isinstance(value, str) and kind in FIELDS:
        yield Text(place, kind, value)


def of_page(text: str, place: str) -> Iterator[Text]:
    """The paragraphs, items, cells, and headings of a Markdown page, without code, targets of links, and markup."""
    text = re.sub(r"\A---\n.*?\n---\n", lambda head: re.sub(r"(?m)^(title|description): ", "\n", head[0]), text, 1, re.S)
    text = re.sub(r"(?ms)^ *```.*?^ *```$|<!--.*?-->|^--8<--.*?$|<[a-z/][^>]*>|\{ ?[.#:][^}]*\}", "\n", text)
    text = re.sub(r"`[^`]+`", "CODE", text)
    text = re.sub(r"!?\[([^]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(?m)^(#+ |\s*[-*] |\s*\d+\. |:   |.*\|.*$)", lambda start: "\n\n" + start[0].replace("|", "\n\n"), text)
    for block in re.split(r"\n\s*\n", text):
        words = " ".join(re.sub(r"(?m)^\s*(#+|[-*]|\d+\.|:|>)\s|\*\*|\*", " ", block).split())
        if re.search("[a-z]", words):
            yield Text(place, "page", words)


def of_help(command: click.Command, name: str) -> Iterator[Text]:
    """The help of a command, its options, and its subcommands."""
    for paragraph in re.split(r"\n\s*\n", command.help or ""):
        yield Text(f"{name} --help", "help", " ".join(paragraph.replace("\b", "").split()))
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            yield Text(f"{name} --help", "help", option.help)
    if isinstance(command, click.Group):
        for item in command.list_commands(click.Context(command)):
            subcommand = command.get_command(click.Context(command), item)
            assert subcommand
            yield from of_help(subcommand, f"{name} {item}")


def of_makefile() -> Iterator[Text]:
    for text in re.findall(r"(?m)^[a-z-]+:.*## (.*)$", (ROOT / "Makefile").read_text("utf-8")):
        yield Text("Makefile", "help", text)


def pages() -> list[Path]:
    """The pages that are written by hand."""
    docs = [file for file in (ROOT / "docs").rglob("*.md") if "reference" not in file.relative_to(ROOT / "docs").parts]
    return [*(ROOT / name for name in PAGES), *sorted(docs)]


@cache
def texts() -> tuple[Text, ...]:
    """All texts: of the records, the pages, and the help."""
    result: list[Text] = []
    for folder in RECORDS:
        for file in sorted((DATA / folder).glob("*.yaml")):
            record: Any = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
            result += of_record(record, file.relative_to(ROOT).as_posix())
    for page in pages():
        result += of_page(page.read_text("utf-8"), page.relative_to(ROOT).as_posix())
    result += of_help(cli, "sagemaker-roles")
    result += of_makefile()
    return tuple(result)


def sentences(text: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[.!?])[\"')]*\s+", text) if sentence]


def faults_of(text: Text) -> Iterator[Fault]:
    """What is against the style in a text."""
    for pattern, better in AVOID.items():
        for match in re.finditer(pattern, text.text):
            yield Fault(text.place, text.text, f"'{match[0]}'; better: {better}")
    for sentence in sentences(text.text):
        if len(sentence.split()) > SENTENCE:
            yield Fault(text.place, sentence, f"{len(sentence.split())} words in a sentence, {SENTENCE} at most")
        if OPENING.match(sentence) and sentence.endswith((".", ":")):
            yield Fault(text.place, sentence, f"opens with '{sentence.split()[0]}'")
    if text.kind == "pitfalls":
        if len(text.text.split()) > PITFALL:
            yield Fault(text.place, text.text, f"{len(text.text.split())} words in a pitfall, {PITFALL} at most")
        if len(sentences(text.text)) > PITFALL_SENTENCES:
            yield Fault(text.place, text.text, f"{len(sentences(text.text))} sentences in a pitfall, 2 at most")

"""Every text that a person reads keeps to the style: no words to avoid, short sentences, short pitfalls."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
import yaml

from importing import modules
from sagemaker_roles.cli.main import cli
from support import ROOT, loaded

#: Most words of a sentence, and of a pitfall with its at most two sentences.
SENTENCE = 26
PITFALL = 40
PITFALL_SENTENCES = 2

_SERVICE = (
    r"(?:AWS|IAM|SageMaker(?: AI)?|CloudTrail|CloudFormation|Amazon [A-Z]\w+|AWS [A-Z]\w+|S3|ECR|EC2|KMS|EKS|EFS)"
)
_THING = r"(?:role|bucket|key|resource|interface|grant|policy|model|endpoint)"


#: Words to avoid, as a regular expression, and what to write instead.
AVOID = {
    r"\btak(?:es|e|ing|en) (?:the|a|your|this|no|that) role\b": "assumes or accepts",
    _SERVICE + r"['’]s\b": "a noun without possessive",
    r"\b(?:AWS|documentation|pages?) prints?\b": "shows, lists",
    r"\b(?:stands?|lies?) (?:in|under|at|on|beside|below|above|for itself)\b": "is in",
    r"\bholds?\b": "contains, is true",
    r"\b(?:tell|tells|told)\b": "shows, reports",
    rf"\bmakes? (?:an? |the |its |such |new )*{_THING}s?\b": "creates",
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
    r"\b(?:put|puts) (?:\w+ )?in\b(?! (?:an?|the|order|place|force)\b)": "include",
    r"\b(?:leave|leaves|left) out\b": "exclude",
    r"\bminds\b": "handles",
    r"\btightest\b": "narrowest",
    r"\brights\b|\bgains? privileges\b": "permissions, escalate privileges",
    r"\b(?:that|those) of\b": "the noun again",
    r"\btakes? no new\b": "is closed to new customers",
    r"\bkeys? of AWS KMS\b": "customer managed key",
    r"\bdata set\b|\bset-up\b|(?<![-\w])ids?\b(?!-)|\bsums?\b": "dataset, setup, ID, checksum",
    # A compound or a possessive instead of a chain, and terms that were translated word by word.
    r"(?i)\b(?:policy|owner) of (?:the|its|your) (?:key|bucket|repository|topic|queue|resource|secret)s?\b"
    r"(?! (?:that|behind)\b)": "key policy, bucket owner",
    r"(?i)\bthe (?:trust )?policy of the role\b(?! (?:that|of|whose|CODE)\b)": "the role's policy",
    r"(?i)\b(?:top|bottom|name|location|owner|ID) of the \w+ of (?:the|its|your)\b": "a compound or a possessive",
    r"\b(?:cure[sd]?|mend(?:s|ed|ing)?)\b": "fix, fixes",
    r"\b(?:must|has to|have to) agree\b": "must also allow it",
    r"\b(?:hold|holds|held) (?:\w+ )*against\b": "compares with",
    r"\bfar too much\b|\bwithout the statement\b": "dangerously broad, which this statement also allows",
    r"\bneeded only at times\b|\bwork at once\b": "needed by some requests, to get started quickly",
    r"\bsome seconds\b|\bknown enough\b": "a few seconds, resolved",
    r"\bthat exists against\b|\ba role that exists\b": "an existing role",
    r"(?i)\b(?:colour|recognise|behaviour|licence|centre|catalogue)": "American English",
}
OPENING = re.compile(r"(?:What|Whoever|Who|That)\b(?!.*\?)")

#: Guides talk to a person; messages and records write it out.
STIFF = re.compile(r"\b(?:do|does|did|is|are|was|were) not\b(?! only\b)|\bcannot\b")

#: Fields of records that a person reads.
FIELDS = {
    *("why", "pitfalls", "usage", "usage_without", "notes", "note", "title", "summary", "reason", "meaning", "purpose"),
    *("unscoped", "unconditioned", "not_passed", "no_permission", "warning", "wrong", "also_lower_case", "right"),
    *("change",),
}

#: Fields with texts of others: the titles of their pages.
OTHERS = {("data/aws/sources.yaml", "title"), ("data/aws/pass-role.yaml", "title")}
EXCEPTIONS = "data/shared/exceptions.yaml"

#: What begins a text of code that is in another language.
ANOTHER_LANGUAGE = re.compile(r"<|COPY |CREATE |resource |- id:|aws:")

SITE = ROOT / "scripts" / "kb" / "site"
PAGE = ROOT / "scripts" / "web"
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


class Allowed(NamedTuple):
    """A fault that is right as it is: the start of its place, a part of its text, a part of its message, and why."""

    place: str
    part: str
    message: str
    reason: str


#: One that allows nothing fails.
ALLOWED = (
    Allowed(
        "data/operations/CreateTrainingJob.yaml",
        "Condition keys of the action limit the jobs",
        "words in a sentence",
        "The sentence is a list of condition keys.",
    ),
)


def of_record(value: object, place: str, kind: str = "") -> Iterator[Text]:
    """The texts of a record, by the name of their field."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from of_record(item, place, str(key) if isinstance(item, (str, list)) else "")
    elif isinstance(value, list):
        for item in value:
            yield from of_record(item, place, kind)
    elif (
        isinstance(value, str)
        and (kind in FIELDS or place == "data/shared/exceptions.yaml")
        and (place, kind) not in OTHERS
    ):
        yield Text(place, kind, value)


def of_page(text: str, place: str) -> Iterator[Text]:
    """The paragraphs, items, cells, and headings of a Markdown page, without code, targets of links, and markup."""
    if text.startswith("---\n"):
        head, text = text[4:].split("\n---\n", 1)
        for line in head.splitlines():
            if line.startswith(("title: ", "description: ")):
                yield Text(place, "head", line.partition(": ")[2])
    text = re.sub(r"(?ms)^ *```.*?^ *```$|<!--.*?-->|^--8<--.*?$|<[a-z/][^>]*>|\{ ?[.#:][^}]*\}", "\n", text)
    text = re.sub(r"`[^`]+`", "CODE", text)
    text = re.sub(r"!?\[([^]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(
        r"(?m)^(#+ |\s*[-*] |\s*\d+\. |:   |.*\|.*$)", lambda start: "\n\n" + start[0].replace("|", "\n\n"), text
    )
    for block in re.split(r"\n\s*\n", text):
        words = " ".join(re.sub(r"(?m)^\s*(#+|[-*]|\d+\.|:|>)\s|\*\*|\*", " ", block).split())
        if re.search("[a-z]", words):
            yield Text(place, "page", words)


def of_template(text: str, place: str) -> Iterator[Text]:
    """The texts of a template of a page, whose values are other texts."""
    text = re.sub(r"(?s)\{#.*?#\}|\{%.*?%\}", " ", text)
    for description in re.findall(r'"(?:title|description)": "([^"]+)"', text):
        yield Text(place, "template", description)
    text = re.sub(r"(?s)\{\{.*?\}\}", "CODE", text)
    block = r"(?:td|th|tr|li|ul|p|summary|h\d|title|option|label|button|legend|figcaption|div|dt|dd)"
    yield from (item._replace(kind="template") for item in of_page(re.sub(rf"<{block}\b[^>]*>", "\n\n", text), place))


def of_script(code: str, place: str) -> Iterator[Text]:
    """The texts of a page's script: of at least three words in small letters."""
    code = re.sub(r"(?m)^\s*(//|/?\*).*$", "", code)
    for text in re.findall(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`', code):
        words = re.sub(r"\$\{[^{}]*\}", "CODE", "".join(text))
        if len(re.findall(r"(?<![\w.$#(/\[-])[a-z]{2,}(?![\w(\[=/>])", words)) >= 3:
            yield Text(place, "script", words)


def of_python(code: str, place: str) -> Iterator[Text]:
    """The messages of a module: its texts of at least three words in small letters, without docstrings and code."""
    tree = ast.parse(code)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    aside = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body
        if isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            aside |= {id(part) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in aside:
            continue
        if isinstance(node, ast.JoinedStr):
            words = "".join(str(part.value) if isinstance(part, ast.Constant) else "CODE" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value
        else:
            continue
        yield from _message(words, place)


def _message(words: str, place: str) -> Iterator[Text]:
    """A text of code as a message, if it is one: neither markup, nor SQL, Terraform, YAML, or a list of names."""
    words = re.sub(r"`[^`]+`", "CODE", " ".join(words.split()))
    if len(re.findall(r"(?<![\w.$#(/\[-])[a-z]{2,}(?![\w(\[=/>:])", words)) < 3 or ANOTHER_LANGUAGE.match(words):
        return
    yield Text(place, "message", words)


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
    """All texts: of the records, the pages with their templates and scripts, the messages, and the help."""
    result: list[Text] = []
    for path in (*sorted(loaded().files), "build/v1/next/proof.json"):
        record: Any = yaml.load((ROOT / path).read_text("utf-8"), Loader=yaml.CSafeLoader)
        result += of_record(record, path)
    for page in pages():
        result += of_page(page.read_text("utf-8"), page.relative_to(ROOT).as_posix())
    for file in (*sorted((SITE / "templates").glob("*.j2")), *sorted((ROOT / "scripts" / "theme").rglob("*.html"))):
        result += of_template(file.read_text("utf-8"), file.relative_to(ROOT).as_posix())
    for folder in (ROOT / "docs" / "assets", PAGE):
        for file in sorted(folder.glob("*.js")):
            result += of_script(file.read_text("utf-8"), file.relative_to(ROOT).as_posix())
    for file in modules().values():
        result += of_python(file.read_text("utf-8"), file.relative_to(ROOT).as_posix())
    for file in sorted((PAGE / "npm").glob("*.js")):
        place = file.relative_to(ROOT).as_posix()
        result += (one for text in of_script(file.read_text("utf-8"), place) for one in _message(text.text, place))
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
        if text.place.startswith("docs/guides/") and text.kind == "page" and (stiff := STIFF.search(sentence)):
            yield Fault(text.place, sentence, f"'{stiff[0]}'; better: a contraction")
        if OPENING.match(sentence) and sentence.endswith((".", ":")):
            yield Fault(text.place, sentence, f"opens with '{sentence.split()[0]}'")
    if text.kind == "pitfalls":
        if len(text.text.split()) > PITFALL:
            yield Fault(text.place, text.text, f"{len(text.text.split())} words in a pitfall, {PITFALL} at most")
        if len(sentences(text.text)) > PITFALL_SENTENCES:
            yield Fault(text.place, text.text, f"{len(sentences(text.text))} sentences in a pitfall, 2 at most")


@cache
def faults() -> tuple[Fault, ...]:
    return tuple(fault for text in texts() for fault in faults_of(text))


def excepts(allowed: Allowed, fault: Fault) -> bool:
    return fault.place.startswith(allowed.place) and allowed.part in fault.text and allowed.message in fault.message


def test_texts_keep_to_the_style() -> None:
    left = [str(fault) for fault in faults() if not any(excepts(allowed, fault) for allowed in ALLOWED)]
    assert not left, f"{len(left)} faults\n" + "\n".join(left)


@pytest.mark.parametrize("allowed", ALLOWED, ids=lambda allowed: allowed.part)
def test_no_exception_is_left_over(allowed: Allowed) -> None:
    assert any(excepts(allowed, fault) for fault in faults()), "remove the exception: it excepts nothing"


#: Where single quotes belong to another language: SQL, shell, JMESPath, HTTP headers.
OTHER_LANGUAGES = (
    "fleet/sql.py",
    "fleet/store.py",
    "fleet/table_files.py",
    "outputs/commands.py",
    "site/recipes.py",
    "inputs/roles_terraform.py",
)
QUOTED = re.compile(r"(?<!\w)'(?:[\w$*][^'\n]*|[^\w\s])'(?!\w)")


def test_messages_quote_values_as_json() -> None:
    """Single quotes would be Python's; every reader knows JSON. See ``canonical.quoted``."""
    messages = (text for text in texts() if text.kind in ("message", "script"))
    faults = [text for text in messages if QUOTED.search(text.text) and not text.place.endswith(OTHER_LANGUAGES)]
    assert not faults, faults

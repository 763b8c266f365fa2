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

from sagemaker_roles.cli.main import cli
from support import DATA, ROOT

#: Most words of a sentence, and of a pitfall with its at most two sentences.
SENTENCE = 26
PITFALL = 40
PITFALL_SENTENCES = 2

_SERVICE = (
    r"(?:AWS|IAM|SageMaker(?: AI)?|CloudTrail|CloudFormation|Amazon [A-Z]\w+|AWS [A-Z]\w+|S3|ECR|EC2|KMS|EKS|EFS)"
)
_THING = r"(?:role|bucket|key|resource|interface|grant|policy|model|endpoint)"


class Avoid(NamedTuple):
    """Words to avoid: a regular expression, what to write instead, and a text in which it is found."""

    pattern: str
    better: str
    example: str


AVOID = (
    Avoid(
        r"\btak(?:es|e|ing|en) (?:the|a|your|this|no|that) role\b", "assumes or accepts", "The service takes the role."
    ),
    Avoid(_SERVICE + r"['’]s\b", "a noun without possessive", "AWS's page, or Amazon S3's list."),
    Avoid(r"\b(?:AWS|documentation|pages?) prints?\b", "shows, lists", "The page prints a policy."),
    Avoid(
        r"\b(?:stands?|lies?) (?:in|under|at|on|beside|below|above|for itself)\b", "is in", "It stands in the record."
    ),
    Avoid(r"\bholds?\b", "contains, is true", "A name that holds SageMaker."),
    Avoid(r"\b(?:tell|tells|told)\b", "shows, reports", "The member tells the key."),
    Avoid(rf"\bmakes? (?:an? |the |its |such |new )*{_THING}s?\b", "creates", "The service makes a role."),
    Avoid(r"(?i:\bwhoever\b)", "anyone who can", "It is for whoever calls."),
    Avoid(r"\bmay\b", "can (permission), might (possibility)", "The caller may pass it."),
    Avoid(r"(?<!there )(?<!There )\bis no (?!longer\b)", "is not a valid", "The value is no ARN."),
    Avoid(r"\b(?:goes|went|gone)\b", "is removed, was removed", "The member is gone."),
    Avoid(r"\b(?:take|takes|taken) out\b|\bkeep one\b", "remove, remove the duplicate", "List it once: keep one."),
    Avoid(r"(?i:\bbesides?\b)", "next to, in addition to", "Beside the role."),
    Avoid(r"\b(?:ask|asks|asked|asking) for\b", "requires", "It asks for a permission."),
    Avoid(
        r"\b(?:let|lets) (?:\w+ )?in\b|\b(?:keep|keeps) (?:\w+ )?out\b", "allows, blocks", "The condition keeps it out."
    ),
    Avoid(r"\bnear miss|\blet through\b", "out-of-scope call, allowed", "No near miss."),
    Avoid(r"\bwhat is next to it\b", "the same call on another resource", "It denies what is next to it."),
    Avoid(r"\bequal case\b", "an operation that works the same way", "AWS says so for an equal case."),
    Avoid(
        r"\b(?:stay|stays|left|leave|remains?) open\b|\bopen placeholders?\b",
        "has no value",
        "A placeholder stays open.",
    ),
    Avoid(
        r"\b(?:put|puts) (?:\w+ )?in\b(?! (?:an?|the|order|place|force)\b)|\b(?:leave|leaves|left) out\b",
        "include, exclude",
        "Add-on to put in.",
    ),
    Avoid(r"\bminds\b", "handles", "It minds a request."),
    Avoid(r"\btightest\b", "narrowest", "The tightest policy."),
    Avoid(r"\brights\b|\bgains? privileges\b", "permissions, escalate privileges", "The rights of a role."),
    Avoid(r"\b(?:that|those) of\b", "the noun again", "The permissions and those of the caller."),
    Avoid(r"\btakes? no new\b", "is closed to new customers", "It takes no new customers."),
    Avoid(r"\bkeys? of AWS KMS\b", "customer managed key", "A customer managed key of AWS KMS."),
    Avoid(r"\bdata set\b|\bset-up\b|(?<![-\w])ids?\b(?!-)|\bsums?\b", "dataset, setup, ID, checksum", "The id of it."),
    Avoid(r"(?i)\b(?:colour|recognise|behaviour|licence|centre|catalogue)", "American English", "A licence."),
)
OPENING = re.compile(r"(?:What|Whoever|Who|That)\b(?!.*\?)")

#: Fields of records that a person reads.
FIELDS = {
    *("why", "pitfalls", "usage", "usage_without", "notes", "note", "title", "summary", "reason", "meaning", "purpose"),
    *("unscoped", "unconditioned", "not_passed", "no_permission", "warning", "wrong", "also_lower_case", "right"),
    *("change",),
}

#: Fields with texts of others: the titles of their pages.
OTHERS = {("data/sources.yaml", "title"), ("data/pass-role.yaml", "title")}

#: What begins a text of code that is in another language.
ANOTHER_LANGUAGE = re.compile(r"<|COPY |CREATE |resource |- id:|aws:")

PACKAGE = ROOT / "scripts" / "sagemaker_roles"
SITE = PACKAGE / "site"
PAGE = ROOT / "scripts" / "page"
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
    elif isinstance(value, str) and (kind in FIELDS or place == "data/exceptions.yaml") and (place, kind) not in OTHERS:
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


def of_engine(file: Path) -> Iterator[Text]:
    """The messages of a script of the engine."""
    place = file.relative_to(ROOT).as_posix()
    for text in of_script(file.read_text("utf-8"), place):
        yield from _message(text.text, place)


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
    for file in [*sorted(DATA.rglob("*.yaml")), ROOT / "build" / "v1" / "next" / "proof.json"]:
        if DATA / "schema" not in file.parents:
            record: Any = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
            result += of_record(record, file.relative_to(ROOT).as_posix())
    for page in pages():
        result += of_page(page.read_text("utf-8"), page.relative_to(ROOT).as_posix())
    for file in (*sorted((SITE / "templates").glob("*.j2")), *sorted((ROOT / "scripts" / "theme").rglob("*.html"))):
        result += of_template(file.read_text("utf-8"), file.relative_to(ROOT).as_posix())
    for folder in (ROOT / "docs" / "assets", PAGE):
        for file in sorted(folder.glob("*.js")):
            result += of_script(file.read_text("utf-8"), file.relative_to(ROOT).as_posix())
    for file in sorted(PACKAGE.rglob("*.py")):
        result += of_python(file.read_text("utf-8"), file.relative_to(ROOT).as_posix())
    for file in sorted((PAGE / "npm").glob("*.js")):
        result += of_engine(file)
    result += of_help(cli, "sagemaker-roles")
    result += of_makefile()
    return tuple(result)


def sentences(text: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[.!?])[\"')]*\s+", text) if sentence]


def faults_of(text: Text) -> Iterator[Fault]:
    """What is against the style in a text."""
    for words in AVOID:
        for match in re.finditer(words.pattern, text.text):
            yield Fault(text.place, text.text, f"'{match[0]}'; better: {words.better}")
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


def test_texts_of_every_sort_are_read() -> None:
    kinds = {kind: sum(text.kind == kind for text in texts()) for kind in {text.kind for text in texts()}}
    assert set(kinds) >= FIELDS | {"page", "template", "script", "head", "help", "message"}
    assert kinds["template"] > 150 and kinds["script"] > 60 and kinds["message"] > 1200
    assert kinds["why"] > 800 and kinds["pitfalls"] > 300 and kinds["page"] > 400 and kinds["help"] > 60
    places = {text.place for text in texts()}
    assert {"README.md", "docs/library.md", "Makefile", "sagemaker-roles compose --help"} <= places


@pytest.mark.parametrize("words", AVOID, ids=lambda words: words.better)
def test_words_to_avoid_are_noticed(words: Avoid) -> None:
    assert [fault.message for fault in faults_of(Text("x", "why", words.example)) if words.better in fault.message]


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("A role " * 13 + "is here.", "why", "28 words in a sentence"),
        ("A role is. " * 3, "pitfalls", "3 sentences in a pitfall"),
        ("A role is here now. " + "word " * 22 + ". " + "word " * 20, "pitfalls", "48 words in a pitfall"),
        ("What the step needs is in the record.", "notes", "opens with 'What'"),
        ("That role must trust this one.", "why", "opens with 'That'"),
    ],
)
def test_length_and_openings_are_noticed(text: str, kind: str, message: str) -> None:
    assert [fault for fault in faults_of(Text("x", kind, text)) if message in fault.message]


@pytest.mark.parametrize(
    "text",
    [
        "Gets the authorization token for image pulls. The action has no resource type.",
        "kms:Encrypt does not allow encrypted uploads, although the AWS documentation lists it.",
        "The input objects are encrypted with a customer managed key.",
        "The objects of each tenant are below its session tag tenant-id.",
        "There is no network. The key is no longer valid. What can you do?",
        "`fix` puts keys and lists in order.",
    ],
)
def test_good_texts_have_no_fault(text: str) -> None:
    assert not list(faults_of(Text("x", "why", text)))


def test_a_page_is_read_without_its_code() -> None:
    page = (
        "---\ntitle: One\nhide: [toc]\n---\n# Two { #may }\n\nThree `may` [four](may.md):\n\n```sh\nmay\n```\n\n"
        "| Five | six |\n| --- | --- |\n\n- Seven\n- Eight\n  nine\n<!-- may -->\n"
    )
    read = [text.text for text in of_page(page, "x.md")]
    assert read == ["One", "Two", "Three CODE four:", "Five", "six", "Seven", "Eight nine"]


def test_templates_and_scripts_are_read_without_their_code() -> None:
    template = (
        '{# may #}{{ {"title": "One", "description": "Two tables."}|front_matter }}\n'
        "{% if may %}\n# Three {{ may }}\n\n"
        '<p class="may">Four</p><li>Five</li>\n{% endif %}\n'
    )
    assert [text.text for text in of_template(template, "x")][:2] == ["One", "Two tables."]
    assert {text.text for text in of_template(template, "x")} >= {"Three CODE", "Four", "Five"}
    script = 'const a = "Choose one of them."; // may\nfind("details.addon > summary");\nf(`It has ${may} of these.`);'
    assert [text.text for text in of_script(script, "x")] == ["Choose one of them.", "It has CODE of these."]


def test_messages_are_read_without_code() -> None:
    code = '''"""A module that may be read."""
def f(name):
    """What it may do."""
    fail(f"the key {name} may be missing; give `may` one")
    sql = "CREATE VIEW may as select from it"
    return "may"
'''
    assert [text.text for text in of_python(code, "x")] == ["the key CODE may be missing; give CODE one"]


#: Where single quotes belong to another language: SQL, shell, JMESPath, HTTP headers.
OTHER_LANGUAGES = (
    "fleet/sql.py",
    "fleet/store.py",
    "fleet/table_files.py",
    "outputs/merging.py",
    "outputs/merging.js",
    "site/recipes.py",
    "outputs/commands.js",
    "inputs/roles_terraform.py",
)
QUOTED = re.compile(r"(?<!\w)'(?:[\w$*][^'\n]*|[^\w\s])'(?!\w)")


def quotes_in_python(code: str) -> Iterator[str]:
    """Texts of Python code that show something in single quotes, or as Python writes it."""
    tree = ast.parse(code)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    aside = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.conversion != -1:
            yield ast.unparse(node)
        elif isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
            yield from QUOTED.findall("".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in aside:
            yield from QUOTED.findall(node.value)


def quotes_in_javascript(code: str) -> Iterator[str]:
    """Texts of JavaScript code within double quotes or backquotes that show something in single quotes."""
    code = re.sub(r"(?m)^\s*(//|/?\*).*$", "", code)
    for text in re.findall(r'"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`', code):
        yield from QUOTED.findall(re.sub(r"\$\{[^{}]*\}", "x", text))


QUOTES = {".py": quotes_in_python, ".js": quotes_in_javascript}
SOURCES = [
    file
    for folder in ("sagemaker_roles", "page")
    for file in sorted((ROOT / "scripts" / folder).rglob("*"))
    if file.suffix in QUOTES and "node_modules" not in file.parts
]


def test_messages_quote_values_as_json() -> None:
    """Single quotes would be Python's; two engines and every reader know JSON. See ``canonical.quoted``."""
    faults = [
        f"{file.relative_to(ROOT)}: {text}"
        for file in SOURCES
        if not file.as_posix().endswith(OTHER_LANGUAGES)
        for text in QUOTES[file.suffix](file.read_text("utf-8"))
        if text not in ("{__name__!r}", "{name!r}", "{str(self)!r}") or file.name not in ("__init__.py", "patterns.py")
    ]
    assert len(SOURCES) > 250 and not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("suffix", "code", "expected"),
    [
        (".py", "f'no role {name!r}'", ["{name!r}"]),
        (".py", "f\"no role '{name}'; give one\"", ["'x'"]),
        (".py", "fault(\"expected 'Allow'\")", ["'Allow'"]),
        (".py", "f\"the role's {name} isn't known\"", []),
        (".js", "fault(`no role '${name}'`)", ["'x'"]),
        (".js", "fault(\"expected 'Allow'\")", ["'Allow'"]),
        (".js", "fault('expected \"Allow\"') // it's 'x'", []),
    ],
)
def test_quotes_are_noticed(suffix: str, code: str, expected: list[str]) -> None:
    assert list(QUOTES[suffix](code)) == expected

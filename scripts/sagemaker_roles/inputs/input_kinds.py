"""The kinds of inputs that are more than JSON and YAML: which text is one, and what reads it."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..engine.partial import Partial, joined
from .code import ARCHIVES, FOREIGN, PYTHON, CodeFile
from .code.modules import MAX_FILE
from .reader import ReadingContext, camel
from .requests.commands import SCRIPTS
from .text.content import SUFFIXES

#: How the names of the files of a folder end that are read.
FOLDER_SUFFIXES = (*SUFFIXES, *PYTHON, *FOREIGN, *ARCHIVES, *SCRIPTS, ".md")

#: What people call an input, by its kind or format.
TITLES: Mapping[str, str] = {
    "ack": "ACK manifest",
    "api": "API request",
    "archive": "code archive",
    "cloudformation": "CloudFormation template",
    "cloudtrail": "CloudTrail log",
    "code": "code file",
    "commands": "shell script",
    "markdown": "Markdown page",
    "notebook": "notebook",
    "pipeline": "pipeline definition",
    "python": "Python file",
    "terraform": "Terraform plan or state",
    "terraform_configuration": "Terraform configuration",
}


class Part(NamedTuple):
    """A part of an input that is read by itself.

    Attributes:
        code: Python, a notebook, or code of another language.
        text: a request, a template, or commands; with ``is_any`` whatever it is.
        value: a value of Python, as JSON has it.
    """

    code: CodeFile | None = None
    text: str = ""
    value: Any = None
    is_any: bool = False


class InputKind(NamedTuple):
    """A kind of input.

    Attributes:
        name: its name, as in :data:`TITLES`.
        recognizes: whether a text is one, by the name of its file and by itself.
        parts: what is in it.
    """

    name: str
    recognizes: Callable[[str, str], bool]
    parts: Callable[[str, str], Iterator[Part]]


def _code(suffix: str) -> Callable[[str, str], Iterator[Part]]:
    """The one part of a text of code, whose path ends as its kind does."""

    def parts(name: str, text: str) -> Iterator[Part]:
        path = name.replace("\\", "/").rpartition("/")[2]
        path = path if path.endswith((*PYTHON, *FOREIGN)) else f"{path.strip('-') or 'text'}{suffix}"
        yield Part(CodeFile(name, path, text.encode("utf-8", "surrogatepass")))

    return parts


_BLOCK = re.compile(r"(?ms)^( {0,3})(`{3,}|~{3,})[ \t]*\{?\.?(\w*)[^\n`]*\n(.*?)^ {0,3}\2[`~]*[ \t]*$")
_BLOCKS_OF_PYTHON = frozenset({"python", "py", "python3", "ipython", "ipython3", "pycon"})
_BLOCKS_OF_TEXT = frozenset({"", "bash", "sh", "shell", "console", "zsh", "json", "yaml", "yml"})


def _blocks(name: str, text: str) -> Iterator[Part]:
    """The blocks of code on a page of Markdown, each at the lines that it has there."""
    for block in _BLOCK.finditer(text):
        language, inner = block[3].lower(), block[4]
        line = text.count("\n", 0, block.start(4))
        own = "\n" * line + "\n".join(one.removeprefix(block[1]) for one in inner.split("\n"))
        if language in _BLOCKS_OF_PYTHON:
            yield Part(CodeFile(name, f"block{line}.py", own.encode("utf-8", "surrogatepass")))
        elif language in _BLOCKS_OF_TEXT and inner.strip():
            yield Part(text=own)


#: The kinds that the name of a file or the beginning of a text shows. The first that recognizes an input reads it.
KINDS: Sequence[InputKind] = (
    InputKind(
        "notebook",
        lambda name, text: name.endswith(".ipynb") or ('"nbformat"' in text and text.lstrip()[:1] == "{"),
        _code(".ipynb"),
    ),
    InputKind("python", lambda name, _: name.endswith(".py"), _code(".py")),
    InputKind("code", lambda name, _: name.endswith(FOREIGN), _code(".js")),
    InputKind("markdown", lambda name, _: name.lower().endswith((".md", ".markdown")), _blocks),
)


def kind_of_input(name: str, text: str) -> InputKind | None:
    """The kind that a name or a text shows; None if it can only be JSON, YAML, commands, or Python without a name."""
    return next((kind for kind in KINDS if kind.recognizes(name, text)), None)


def python_parts(context: ReadingContext, name: str, text: str) -> list[Part]:
    """What a text of Python has, which no name shows to be one: a value, or code; empty if it is no Python.

    A value is a dictionary or a list of such, alone or with a name. What is not literal in it becomes a placeholder.
    """
    tree = None if _is_json(text) else _parsed(text)
    if tree is None:
        return []
    only = tree.body[0] if len(tree.body) == 1 else None
    if isinstance(only, (ast.Expr, ast.Assign)) and isinstance(only.value, (ast.Dict, ast.List)):
        return [Part(value=_Literal(context, name).value(only.value, ""))]
    return [*_code(".py")(name, text)]


def is_python(text: str) -> bool:
    """Whether a text is Python that calls, imports or defines something, or has a dictionary."""
    return not _is_json(text) and _parsed(text) is not None


def _is_json(text: str) -> bool:
    """Whether a text is JSON, also with what is wrong to readers of inputs: a key twice, a number that is none."""
    try:
        json.loads(text)
    except ValueError:
        return False
    except RecursionError:
        return True
    return True


def _parsed(text: str) -> ast.Module | None:
    if len(text) > MAX_FILE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in texts
            tree = ast.parse(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if any(isinstance(one, ast.AnnAssign) and one.value is None for one in tree.body):
        return None  # YAML with one mapping a line
    kinds = (ast.Call, ast.Dict, ast.Import, ast.ImportFrom)
    return tree if any(isinstance(node, kinds) for node in ast.walk(tree)) else None


class _Literal:
    """A value of Python as a value of JSON."""

    def __init__(self, context: ReadingContext, name: str) -> None:
        self.context, self.name = context, name

    def value(self, node: ast.expr, member: str) -> Any:
        """The value of an expression, which is that of a member."""
        match node:
            case ast.Dict():
                pairs = zip(node.keys, node.values, strict=True)
                keyed = ((str(key.value), item) for key, item in pairs if isinstance(key, ast.Constant))
                return {key: self.value(item, key) for key, item in keyed}
            case ast.List() | ast.Tuple():
                return [self.value(item, member) for item in node.elts]
            case ast.Constant():
                return node.value if isinstance(node.value, (str, int, float)) or node.value is None else member
            case ast.JoinedStr():
                return joined(part for item in node.values for part in self._part(item, member))
            case ast.BinOp(op=ast.Add()):
                return joined([*self._part(node.left, member), *self._part(node.right, member)])
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return -number
        return Partial([self._unknown(node, member)])

    def _part(self, node: ast.expr, member: str) -> list[Any]:
        value = self.value(node.value if isinstance(node, ast.FormattedValue) else node, member)
        return [value if isinstance(value, str) else str(value)]

    def _unknown(self, node: ast.expr, member: str) -> Any:
        shown = ast.unparse(node)
        named = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else member
        return self.context.part(camel(named), f"{shown} of the code ({self.name})", named)

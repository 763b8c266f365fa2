"""Read the code of notebooks cell by cell, as Python with the magics and commands of IPython replaced."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from .newer_python import parsed

#: What a line that runs commands of a shell becomes: a call of this name with the parts of its text.
COMMANDS = "__commands__"

#: A part of Python that a statement can begin after, or not: texts and brackets hold lines of their own.
_PART = re.compile(
    r"(?P<comment>#[^\n]*)|(?P<text>'''(?:\\.|[^\\])*?(?:'''|\Z)|\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z)"
    r"|'(?:\\.|[^'\\\n])*'?|\"(?:\\.|[^\"\\\n])*\"?)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<joined>\\\n)|(?P<end>\n)|\w+|.",
    re.DOTALL,
)
_ESCAPED = re.compile(
    r"(?P<target>[\w.,\[\]'\" ]*[\w\]'\"]\s*=\s*)?(?P<mark>!!?|%)(?P<rest>[^=\s].*|\s+\S.*)", re.DOTALL
)
_HELP = re.compile(r"\?{1,2}[\w.*%]+;?|%{0,2}[\w.*\[\]()'\"]+\?{1,2};?\s*(?:#.*)?")
#: A line that only a notebook has: an escape, a command without one, or a question.
_ANY = re.compile(r"(?m)^\s*(?:[%!?]|[a-z]\w* +\S)|=\s*[%!]|\?\s*$")
#: What IPython puts into the command of a line: an expression of Python, or a name.
_PUT_IN = re.compile(r"\{([^{}]+)\}|\$\{?([A-Za-z_]\w*)\}?")
_FIRST = re.compile(r"\s*%%(\S*)[^\S\n]*([^\n]*)\n?")
_SHELLS = frozenset({"bash", "sh", "zsh", "ksh"})


class Problem(NamedTuple):
    """What is not read of a cell.

    Attributes:
        cell: number of the cell, from 1.
        line: line of the cell.
    """

    cell: int
    line: int
    message: str


class Code(NamedTuple):
    """The Python of a notebook, or of a file that one of its cells writes.

    Attributes:
        path: the path that the cell writes; "" for the notebook's own code.
        tree: the statements of all cells.
        places: cell and line of each line that the tree names.
    """

    path: str
    tree: ast.Module
    places: list[tuple[int, int]]


class Cell(NamedTuple):
    """A cell of code.

    Attributes:
        number: its number in the notebook, from 1.
        text: what it holds.
        path: the file that it writes; "" if it runs.
    """

    number: int
    text: str
    path: str = ""


class Notebook:
    """A notebook.

    Args:
        raw: its bytes.
        known: what data/shared/inputs.yaml says of notebooks.

    Attributes:
        language: what its kernel runs, in small letters.
        problems: what is not read.

    Raises:
        ValueError, LookupError, TypeError: it is not a notebook.
    """

    def __init__(self, raw: bytes, known: Mapping[str, Any]) -> None:
        document = json.loads(raw)
        metadata = document.get("metadata") or {}
        self.language = _language(metadata)
        self.problems: list[Problem] = []
        self._kinds = {name: kind for kind, names in known.get("cells", {}).items() for name in names}
        self._lines = {name: kind for kind, names in known.get("lines", {}).items() for name in names}
        self._bare = frozenset(known.get("commands", ()))
        inner = document["cells"] if "cells" in document else document["worksheets"][0]["cells"]
        self.cells = [*self._code_cells(inner)]

    @property
    def is_read(self) -> bool:
        """Whether its kernel runs what is read here: Python, or commands of a shell."""
        return self.language == "python" or self.language in _SHELLS

    def _code_cells(self, cells: Any) -> Iterator[Cell]:
        for number, cell in enumerate(cells, 1):
            if not isinstance(cell, dict) or cell.get("cell_type") != "code":
                continue
            source = cell.get("source", cell.get("input")) or ""
            text = source if isinstance(source, str) else "".join([str(line) for line in source])
            text = re.sub("\r\n?|\f", "\n", text)
            if self.language in _SHELLS:
                yield Cell(number, f"{COMMANDS}({text!r})")
            elif made := self._cell(number, text):
                yield made

    def _cell(self, number: int, text: str) -> Cell | None:
        """A cell with its magics replaced; None if it holds nothing that runs."""
        first = _FIRST.match(text)
        if first is None:
            return Cell(number, self._replaced(text))
        name, arguments, body = first[1], first[2].split(), text[first.end() :]
        above = "\n" * text.count("\n", 0, first.end())
        kind = self._kinds.get(name, "")
        if name == "script" and arguments:
            kind = "shell" if arguments[0] in _SHELLS else "python" if arguments[0].startswith("python") else ""
        match kind:
            case "python":
                inner = self._cell(number, body)
                return inner and inner._replace(text=above + inner.text)
            case "shell":
                return Cell(number, f"{above}{COMMANDS}({body!r})")
            case "file":
                path = arguments[-1].strip("'\"") if arguments else ""
                if path.endswith(".sh"):
                    return Cell(number, f"{above}{COMMANDS}({body!r})")
                return Cell(number, above + body, path) if path.endswith(".py") else None
            case "none":
                return None
        self.problems.append(Problem(number, above.count("\n") or 1, f"the cell magic %%{name} is not read"))
        return None

    def codes(self) -> list[Code]:
        """The Python of the notebook and of each file that it writes; each cell that does not parse is a problem."""
        by_path = sorted(self.cells, key=lambda one: one.path)
        return [self._code(path, [*cells]) for path, cells in groupby(by_path, lambda one: one.path)]

    def _code(self, path: str, cells: list[Cell]) -> Code:
        places = [(one.number, line) for one in cells for line in range(1, one.text.count("\n") + 2)]
        try:
            return Code(path, parsed("\n".join(one.text for one in cells)), places)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return Code(path, parsed("\n".join(self._usable(one) for one in cells)), places)

    def _usable(self, cell: Cell) -> str:
        """The text of a cell, or as many empty lines if it does not parse."""
        try:
            parsed(cell.text)
        except SyntaxError as error:
            message = f"the cell is not Python that can be parsed ({error.msg})"
            self.problems.append(Problem(cell.number, error.lineno or 1, message))
        except (ValueError, RecursionError, MemoryError) as error:
            message = f"the cell cannot be parsed: {str(error) or type(error).__name__}"
            self.problems.append(Problem(cell.number, 1, message))
        else:
            return cell.text
        return "\n" * cell.text.count("\n")

    # --- lines ------------------------------------------------------------------------------------------------------

    def _replaced(self, text: str) -> str:
        """The text of a cell with Python in place of what only IPython reads; it keeps its lines."""
        text = _dedented(text)
        if not _ANY.search(text):
            return text
        done: list[str] = []
        at, depth, is_start = 0, 0, True
        while at < len(text):
            if is_start:
                end = _logical_end(text, at)
                line = text[at:end]
                if (replaced := self._line(line)) is not None:
                    done.append(replaced + "\n" * (line.count("\n") - replaced.count("\n")))
                    at = end
                    is_start = False
                    continue
            if part := _PART.match(text, at):  # its last choice is any character
                done.append(part[0])
                depth = max(0, depth + (part.lastgroup == "open") - (part.lastgroup == "close"))
                is_start = part.lastgroup == "end" and not depth
                at = part.end()
        return "".join(done)

    def _line(self, line: str) -> str | None:
        """The Python in place of a line; None if it is Python."""
        bare = line.lstrip()
        indent = line[: len(line) - len(bare)]
        bare = bare.rstrip()
        escaped = _ESCAPED.fullmatch(bare)
        if escaped is None:
            if _HELP.fullmatch(bare):
                return f"{indent}pass"
            first, _, rest = bare.partition(" ")
            if (
                first in self._bare
                and rest
                and not re.match(r"\s*(?:[=.,(\[:]|[-+*/%&|^<>]=|(?:in|is|if|and|or)\b)", rest)
            ):
                return f"{indent}{_commands(bare)}"
            return None
        target, rest = escaped["target"] or "", escaped["rest"]
        if escaped["mark"] != "%":
            return f"{indent}{target}{_commands(rest)}"
        name, _, arguments = rest.strip().partition(" ")
        match self._lines.get(name, ""):
            case "python":
                return f"{indent}{target}{re.sub(r'^(?:-[a-z]+ *[0-9]* +)+', '', arguments.strip()) or 'None'}"
            case "shell":
                return f"{indent}{target}{_commands(arguments)}"
            case "file" if not target and (module := re.search(r"([A-Za-z_]\w*)\.(?:py|ipynb)\b", arguments)):
                return f"{indent}from {module[1]} import *"
        return f"{indent}{target}None"


def _language(metadata: Any) -> str:
    """What a kernel runs; Python where the notebook does not say it."""
    kernel, info = (metadata.get(name) or {} for name in ("kernelspec", "language_info"))
    language = str(kernel.get("language") or info.get("name") or "python").lower()
    return "python" if any(word in language for word in ("python", "pyspark")) else language


def _dedented(text: str) -> str:
    """A text without the indent of its first line, as IPython reads it."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    if not indent or first.lstrip().startswith("#"):
        return text
    return "\n".join(line.removeprefix(indent) for line in text.split("\n"))


def _logical_end(text: str, at: int) -> int:
    """The end of a line with all that backslashes continue."""
    end = text.find("\n", at)
    while end > at and text[at:end].rstrip(" \t").endswith("\\"):
        end = text.find("\n", end + 1)
    return end if end >= 0 else len(text)


def _commands(text: str) -> str:
    """A call with the parts of the text of a command; those that IPython puts in are expressions of Python."""
    text = re.sub(r"\\[ \t]*\n", " ", text)
    parts: list[str] = []
    at = 0
    for put in _PUT_IN.finditer(text):
        expression = (put[1] or put[2]).strip()
        if text[put.start() - 1 : put.start()] in ("$", "{") or not _is_expression(expression):
            continue
        parts += [repr(text[at : put.start()]), expression]
        at = put.end()
    parts.append(repr(text[at:]))
    return f"{COMMANDS}({', '.join(parts)})"


def _is_expression(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return "\n" not in text and "#" not in text


def unread_kernel(language: str) -> str:
    """What to say of a notebook in a language that is not read."""
    name = language.upper() if len(language) == 1 else language.capitalize()
    return f"the kernel of the notebook runs {name}, and only Python and commands of a shell are read"

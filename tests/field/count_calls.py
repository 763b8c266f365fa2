"""Count the calls of boto3 and of the SageMaker SDKs in Python files and notebooks, and what the reader makes of each.

The counting shares nothing with the reader: it walks the syntax tree, whatever the order in which code runs. Only what
the reader said of a call is taken from it. Run ``python -m tests.field.count_calls PATH...``.
"""

from __future__ import annotations

import ast
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from sagemaker_roles.catalog import Catalog
from sagemaker_roles.inputs.code import CodeFile
from sagemaker_roles.inputs.code.call_finder import CodeReader
from sagemaker_roles.inputs.code.library_calls import Libraries
from sagemaker_roles.inputs.code.values import Made
from sagemaker_roles.inputs.reader import Reading
from sagemaker_roles.inputs.reading import add_code
from support import compiled

_BOTO3, _SDKS = ("boto3", "aioboto3"), ("sagemaker", "sagemaker_core", "smexperiments")
#: Methods whose objects are objects of the SDKs too, where the syntax does not show it.
_GIVES_OBJECT = frozenset({"attach", "best_estimator", "build", "create_model", "deploy", "start", "transformer"})
_CELL_MAGICS = ("%%capture", "%%time", "%%timeit")


class FoundCall(NamedTuple):
    """A call in the syntax tree: ``boto3`` or ``sdk``, its place, and the last part of the name."""

    library: str
    place: str
    name: str


@dataclass
class _Names:
    """What names stand for in one module: ``("module", dotted)``, ``("client", "")``, ``("sdk", "")`` and so on."""

    known: dict[str, tuple[str, str]] = field(default_factory=dict)

    def learn(self, tree: ast.AST) -> None:
        """Takes the names that imports, assignments, ``with`` and functions with a ``return`` give a meaning."""
        for node in ast.walk(tree):
            match node:
                case ast.Import():
                    for one in node.names:
                        name = one.asname or one.name.partition(".")[0]
                        self._put(name, ("module", one.name if one.asname else name))
                case ast.ImportFrom(level=0, module=str(module)):
                    for one in node.names:
                        self._put(one.asname or one.name, ("module", f"{module}.{one.name}"))
                case ast.Assign():
                    for target in node.targets:
                        self._bind(target, node.value)
                case ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
                    self._bind(node.target, value)
                case ast.withitem(optional_vars=ast.expr() as target):
                    self._bind(target, node.context_expr)
                case ast.arg(annotation=ast.expr() as annotation):
                    if (kind := self.kind(annotation)) and kind[0] == "module":
                        self.known.setdefault(node.arg, self._called(kind, annotation) or ("", ""))
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    for inner in ast.walk(node):
                        if isinstance(inner, ast.Return) and inner.value and (kind := self.kind(inner.value)):
                            self.known.setdefault(node.name, (f"gives {kind[0]}", kind[1]))

    def _put(self, name: str, kind: tuple[str, str]) -> None:
        if kind[1].partition(".")[0] in (*_BOTO3, *_SDKS):
            self.known[name] = kind

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if (kind := self.kind(value)) is not None:
            if isinstance(target, ast.Name):
                self.known[target.id] = kind
            elif isinstance(target, ast.Attribute):
                self.known[f".{target.attr}"] = kind

    def kind(self, node: ast.expr) -> tuple[str, str] | None:
        """What an expression is, or None."""
        match node:
            case ast.Name():
                return self.known.get(node.id)
            case ast.Await():
                return self.kind(node.value)
            case ast.Attribute():
                return self._attribute(self.kind(node.value), node.attr)
            case ast.Call():
                return self._called(self.kind(node.func), node.func)
        return None

    def _attribute(self, owner: tuple[str, str] | None, name: str) -> tuple[str, str] | None:
        match owner:
            case ("module", dotted):
                return "module", f"{dotted}.{name}"
            case ("sdk", _) if name == "boto_session":
                return "session", ""
            case ("sdk", _) if name.endswith("_client"):
                return "client", ""
            case ("resource", _):
                return "resource", name
            case ("client" | "session" | "sdk" | "deferred" as kind, _):
                return f"{kind} method", name
        return self.known.get(f".{name}")

    def _called(self, called: tuple[str, str] | None, func: ast.expr) -> tuple[str, str] | None:
        kind, name = called or ("", "")
        last = name.rpartition(".")[2]
        if kind.startswith("gives "):
            return kind.removeprefix("gives "), name
        if kind == "module" and name.startswith(_SDKS):
            return ("sdk", "") if last[:1].isupper() or last in _GIVES_OBJECT else None
        if kind in ("module", "session method"):
            made = {"client": "client", "resource": "resource", "Session": "session"}.get(last)
            return (made, "") if made else None
        if kind == "client method" and name in ("get_paginator", "get_waiter"):
            return "deferred", ""
        if kind == "sdk method" and name in _GIVES_OBJECT:
            return "sdk", ""
        return ("resource", "") if kind == "resource" else None

    def calls(self, tree: ast.AST) -> Iterator[tuple[str, int, str]]:
        """Library, line and name of each call that can reach AWS."""
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or (kind := self.kind(node.func)) is None:
                continue
            # As the code writes it, which may be another name than that of the library.
            name = str(getattr(node.func, "attr", getattr(node.func, "id", "")))
            is_sdk = kind[0] == "module" and kind[1].partition(".")[0] in _SDKS
            if is_sdk or kind[0] == "sdk method":
                yield "sdk", node.lineno, name
                continue
            is_client = kind[0] in ("client method", "deferred method") and name not in ("close", "can_paginate")
            if is_client or (kind[0] == "resource" and name[:1].islower() and isinstance(node.func, ast.Attribute)):
                yield "boto3", node.lineno, name


def _cells(text: str) -> Iterator[tuple[int, str, str]]:
    """Number, text and file written of each cell of code; lines that only IPython reads are ``pass``."""
    document = json.loads(text)
    for number, cell in enumerate(document.get("cells", ()), 1):
        source = "".join(cell.get("source", ()))
        written, _, rest = source.partition("\n")
        if cell.get("cell_type") != "code":
            continue
        path = ""
        if written.startswith("%%"):
            if written.startswith("%%writefile") and written.rstrip().endswith(".py"):
                path = written.split()[-1]
            elif not written.startswith(_CELL_MAGICS):
                continue
            source = f"\n{rest}"
        lines, is_open = [], False
        for line in source.split("\n"):
            own = line.lstrip()
            is_magic = is_open or own.startswith(("%", "!"))
            lines.append("" if is_open else f"{line[: len(line) - len(own)]}pass" if is_magic else line)
            is_open = is_magic and line.endswith("\\")
        yield number, "\n".join(lines), path


def found_calls(path: str, text: str) -> list[FoundCall]:
    """The calls of a file, as far as it parses."""
    trees: dict[str, list[tuple[str, ast.AST]]] = {}
    pieces = [("", text, "")]
    if path.endswith(".ipynb"):
        pieces = [(f" cell {number}", source, written) for number, source, written in _cells(text)]
    for where, source, written in pieces:
        try:
            trees.setdefault(written, []).append((f"{path}{where}:", ast.parse(source)))
        except SyntaxError:
            continue
    found = []
    for parts in trees.values():
        names = _Names()
        for _ in range(3):  # a name can be learned of one that comes later
            for _, tree in parts:
                names.learn(tree)
        for where, tree in parts:
            found += [FoundCall(library, f"{where}{line}", name) for library, line, name in names.calls(tree)]
    return found


def read(catalog: Catalog, path: str, raw: bytes) -> tuple[dict[tuple[str, str], str], Reading]:
    """What the reader made of each call by place and name: ``understood``, ``named`` or ``silent``, and its reading."""
    said: dict[tuple[str, str], str] = {}
    events: set[tuple[str, str, str]] = set()
    call, sent, miss = CodeReader.call, CodeReader.sent, CodeReader.miss

    def key(self: Any, asked: Any) -> tuple[str, str]:
        func = getattr(asked.node, "func", None)
        return self.place(asked.scope, asked.node), str(getattr(func, "attr", getattr(func, "id", "")))

    def on_call(self: Any, called: Any, asked: Any) -> Any:
        result = call(self, called, asked)
        place, name = key(self, asked)
        of, dotted = getattr(called, "of", None), getattr(called, "dotted", "")
        is_known = result is not None and not (isinstance(result, Made) and result.kind.data.get("unknown"))
        if isinstance(of, Made) and called.name == name:
            is_known = is_known or self.index.method(of.kind, called.name) is not None
        elif dotted and self.index.is_of_library(dotted):
            is_known = is_known or self.index.find(dotted) is not None or self.index.is_harmless(dotted)
        if ("miss", place, "") in events:
            said[place, name] = "named"
        elif is_known or ("sent", place, name) in events:
            said.setdefault((place, name), "understood")
        return result

    def on_sent(self: Any, client: Any, operation: str, asked: Any, members: Any = None) -> Any:
        events.add(("sent", *key(self, asked)))
        return sent(self, client, operation, asked, members)

    def on_miss(self: Any, place: str, what: str, why: str) -> None:
        events.update(("miss", one, "") for one in (place, place.rpartition(":")[0]))
        miss(self, place, what, why)

    reading = Reading()
    with (
        mock.patch.object(CodeReader, "call", on_call),
        mock.patch.object(Libraries, "sent", on_sent),
        mock.patch.object(CodeReader, "miss", on_miss),
    ):
        add_code(catalog, reading, [CodeFile(path, path, raw)])
    return said, reading


def verdicts(catalog: Catalog, path: str, raw: bytes) -> Iterator[tuple[FoundCall, str]]:
    """Each call of a file with ``understood``, ``named`` or ``silent``."""
    said, reading = read(catalog, path, raw)
    where = [one.where for one in reading.notices if one.kind == "problem"]
    problems = {*where, *(one.rpartition(":")[0] for one in where)}
    unread = {
        one.where.rpartition(":")[0] if " cell " in one.where else path
        for one in reading.notices
        if one.kind == "problem" and one.message.endswith("calls are missing")
    }
    for found in found_calls(path, raw.decode("utf-8", "replace")):
        verdict = said.get((found.place, found.name), "silent")
        if verdict == "silent" and ({path, found.place.rpartition(":")[0]} & unread or found.place in problems):
            verdict = "named"
        yield found, verdict


def _files(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if Path(path).is_file():
            yield path
        yield from (str(one) for one in sorted(Path(path).rglob("*")) if one.suffix in (".py", ".ipynb"))


def main(paths: list[str]) -> None:
    """Prints a line for each silent call, and the figures."""
    catalog = compiled()
    counts: Counter[tuple[str, str]] = Counter()
    for path in _files(paths):
        for found, verdict in verdicts(catalog, path, Path(path).read_bytes()):
            counts[found.library, verdict] += 1
            if verdict != "understood":
                print(f"{verdict}: {found.place}: {found.library} {found.name}")
    for library in ("boto3", "sdk"):
        figures = [counts[library, verdict] for verdict in ("understood", "named", "silent")]
        share = (figures[0] + figures[1]) / (sum(figures) or 1)
        understood, named, silent = figures
        print(f"{library}: {understood} understood, {named} named, {silent} silent ({share:.1%} not silent)")


if __name__ == "__main__":
    main(sys.argv[1:])

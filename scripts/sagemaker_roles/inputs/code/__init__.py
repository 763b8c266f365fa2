"""Reads a user's code, as files, notebooks, folders and archives, for the calls in it; parses it and never runs it."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import tarfile
import tokenize
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from ...canonical import quoted, unlike
from ...engine.code_permissions import CODE, needs_of_code
from ...engine.roles import arns_of
from ...engine.values import names_in
from ..reader import Found, InputDocument, Notice, Reading, ReadingContext, member_of, within
from ..text.content import InputError, inflated, sources, whole
from .call_finder import CodeReader
from .library_calls import CodeRequest
from .service_calls import Module

#: What is read at most: bytes of a file, and files.
MAX_FILE, MAX_FILES = 4 << 20, 20_000
#: What is unpacked of an archive at most, with the files that are no code; and its members.
MAX_INFLATED, MAX_MEMBERS = 256 << 20, 100_000
#: Names of files with Python, of archives, and of code that only another program reads.
PYTHON, ARCHIVES = (".py", ".ipynb"), (".tar.gz", ".tgz", ".tar")
FOREIGN = (".js", ".mjs", ".ts", ".go", ".java")
#: Folders that hold no code of the user's.
_PASSED_OVER = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "build", "dist"})


class CodeFile(NamedTuple):
    """A file of code.

    Attributes:
        name: what messages call it.
        path: its path below what the user named, with which modules import one another.
        raw: what it holds.
    """

    name: str
    path: str
    raw: bytes


def code_files(name: str) -> Iterator[CodeFile]:
    """The files of code that a path names: a file, a folder, or an archive.

    Raises:
        InputError: it does not exist, cannot be read, or has no code.
    """
    if not os.path.isdir(name):
        (source,) = sources(name)
        if name.endswith(ARCHIVES):
            yield from _archived(name, source.raw)
        else:
            yield CodeFile(name, os.path.basename(name), source.raw)
        return
    is_any = False
    for folder, folders, files in os.walk(name):
        folders[:] = sorted(one for one in folders if one not in _PASSED_OVER and not one.startswith("."))
        for file in sorted(files):
            path = os.path.join(folder, file)
            if file.endswith((*PYTHON, *FOREIGN)) and os.path.isfile(path):
                is_any = True
                yield CodeFile(path, os.path.relpath(path, name), next(iter(sources(path))).raw)
    if not is_any:
        raise InputError(f"the folder has no code ({', '.join((*PYTHON, *FOREIGN))})", whole(name))


class _Inflated(io.RawIOBase):
    """The inflated bytes of an archive, up to the limit.

    Args:
        raw: the archive's bytes.
        name: the archive, for messages.
    """

    def __init__(self, raw: bytes, name: str) -> None:
        self._parts, self._name, self._left = inflated(io.BytesIO(raw), name), name, MAX_INFLATED

    def read(self, size: int = -1) -> bytes:
        """The next bytes, whatever ``size`` says; none at the end."""
        part = next(filter(None, self._parts), b"")
        self._left -= len(part)
        if self._left < 0:
            message = f"the archive unpacks to more than {MAX_INFLATED >> 20} MiB; give the folder"
            raise InputError(message, whole(self._name))
        return part


def _archived(name: str, raw: bytes) -> Iterator[CodeFile]:
    try:
        with tarfile.open(fileobj=_Inflated(raw, name), mode="r|") as archive:
            paths: set[str] = set()
            for number, member in enumerate(archive):
                if number == MAX_MEMBERS:
                    raise InputError("the archive has too many files; give the folder", whole(name))
                if member.isdir() or not member.name.endswith((*PYTHON, *FOREIGN)):
                    continue
                path = os.path.normpath(member.name)
                if not member.isfile() or member.issparse():
                    raise InputError(f"{quoted(member.name)} is not a regular file; give the folder", whole(name))
                if path in paths:
                    raise InputError(f"{quoted(member.name)} is in the archive twice; remove one", whole(name))
                paths.add(path)
                inner = archive.extractfile(member)
                if inner is not None:
                    yield CodeFile(f"{name}/{member.name}", path, inner.read(MAX_FILE + 1))
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise InputError(f"not an archive that can be read: {error}", whole(name)) from None


def text_files(texts: Mapping[str, str]) -> list[CodeFile]:
    """Files of code that are given as texts, by their names."""
    return [CodeFile(name, name, text.encode("utf-8", "replace")) for name, text in texts.items()]


def add_code(catalog: Any, reading: Reading, files: Iterable[CodeFile]) -> list[CodeFile]:
    """Reads code into a reading: its calls, placeholders for what it does not show, and what there is to say.

    Args:
        catalog: the knowledge base.
        reading: takes it; its requests tell the environment and the hyperparameters of the code.
        files: the code.

    Returns:
        The files of other languages, which are not read.
    """
    context = ReadingContext(catalog)
    context.reading = reading
    others: list[CodeFile] = []
    modules: dict[str, Module] = {}
    for number, file in enumerate(files):
        if number == MAX_FILES:
            context.notice("problem", file.name, f"more than {MAX_FILES:,} files of code; the rest is not read")
            break
        if file.path.endswith(FOREIGN):
            others.append(file)
            continue
        try:
            tree, place = _parsed(file)
        except InputError as error:
            context.notice("note", file.name, f"{error.message}; it is not read")
            continue
        name = os.path.splitext(file.path)[0].replace(os.sep, ".").replace("/", ".").removesuffix(".__init__")
        modules[unlike(name.lstrip("."), modules, "{}.{}".format)] = (tree, file.name, place)
    given = given_of(reading)
    given["facts"] = _facts(catalog, reading)
    code = CodeReader(context, given, modules)
    code.read()
    reading.code += code.calls.values()
    reading.not_understood += code.not_understood
    for one in code.not_understood:
        context.notice("note", one.place, f"calls {one.name}, which {one.what}; add what it needs yourself")
    _add_requests(catalog, reading, code.requests.values())
    for need in needs_of_code(catalog, code.calls.values(), {}):
        for name in names_in(need.resource):
            if name.startswith(CODE) and name not in reading.unknown:
                reading.unknown[name] = f"a member that the call does not show ({need.reason.values[0]})"
    return others


def _add_requests(catalog: Any, reading: Reading, requests: Iterable[CodeRequest]) -> None:
    """Add the requests that code makes a library send, as those of any other input."""
    from ..reading import Reader

    reader = Reader(catalog)
    for number, request in enumerate(requests, 1):
        label = f"{request.place} (request {number})"
        facts = {"Region": InputDocument(request.region, label, path=("region",))} if request.region else {}
        at = InputDocument(None, label)
        found = Found(request.operation, request.members, at, label, facts=facts)
        reader.add(found)
    own = reader.finish()
    known = {(one.operation, repr(one.members)) for one in reading.requests}
    added = [one for one in own.requests if (one.operation, repr(one.members)) not in known]
    reading.requests += added
    reading.made_by_code.update(one.label for one in added)
    reading.notices += own.notices
    for name, value in own.facts.items():
        reading.facts.setdefault(name, value)


def _parsed(file: CodeFile) -> tuple[ast.Module, Callable[[int], str]]:
    """The tree of a file, and what tells the place of a line of it.

    Raises:
        InputError: it is too large, no text, or no Python.
    """
    if len(file.raw) > MAX_FILE:
        raise InputError(f"larger than {MAX_FILE >> 20} MiB", whole(file.name))
    try:
        if file.path.endswith(".ipynb"):
            text, places = _notebook(file.raw)
        else:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(file.raw).readline)
            text, places = file.raw.decode(encoding), []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in texts
            tree = ast.parse(text)
    except SyntaxError as error:
        raise InputError(
            f"not Python that can be parsed (line {error.lineno or 1}: {error.msg})", whole(file.name)
        ) from None
    except (ValueError, LookupError, TypeError, RecursionError, MemoryError) as error:
        raise InputError(f"cannot be parsed: {str(error) or type(error).__name__}", whole(file.name)) from None

    def place(line: int) -> str:
        if line <= len(places):
            cell, number = places[line - 1]
            return f"{file.name} cell {cell}:{number}"
        return f"{file.name}:{line}"

    return tree, place


def _notebook(raw: bytes) -> tuple[str, list[tuple[int, int]]]:
    """The Python of a notebook, without what only notebooks know, and cell and line of each of its lines."""
    cells = json.loads(raw)["cells"]
    lines: list[str] = []
    places: list[tuple[int, int]] = []
    for number, cell in enumerate(cells, 1):
        source = cell.get("source", "") if isinstance(cell, dict) and cell.get("cell_type") == "code" else ""
        text = source if isinstance(source, str) else "".join(map(str, source))
        own = text.split("\n") if text else []
        if own and own[0].startswith("%%") and not own[0].startswith(("%%time", "%%capture")):
            continue
        for line, one in enumerate(own, 1):
            bare = one.lstrip()
            lines.append(f"{one[: len(one) - len(bare)]}pass" if bare.startswith(("%", "!", "?")) else one)
            places.append((number, line))
    return "\n".join(lines), places


#: How names of members end that name the code, in small letters: of the toolkits in containers, and of estimators.
_DIRECTORIES = ("submit_directory", "sourcedir", "source_dir")


def named_code(reading: Reading) -> list[str]:
    """The files, folders and archives next to the requests of a reading that they name as their code.

    Only what is below the folder of the request is read; a note says what is, and what is elsewhere.
    """
    found: dict[str, None] = {}
    for request in reading.requests:
        folder = os.path.dirname(reading.places[request.label].name) if request.label in reading.places else ""
        for text, is_script in dict.fromkeys(_named(request.members)):
            message = _read_from(folder, text, is_script, found)
            reading.notices.append(Notice("note", request.label, message))
    return [*found]


def _read_from(folder: str, text: str, is_script: bool, found: dict[str, None]) -> str:
    """Adds the code that a request names, if it is below a folder, and says what became of it."""
    if text.startswith("s3://"):
        return f"the code {quoted(text)} is in Amazon S3; it is not read. Give a copy of it with --code"
    local = text.removeprefix("file://")
    # A path in the container: its end is what stands next to the request.
    local = os.path.basename(local) if is_script and os.path.isabs(local) else local
    path = os.path.join(folder, local)
    root = os.path.join(os.path.realpath(folder or os.curdir), "")
    if not os.path.realpath(path).startswith(root) or not os.path.exists(path):
        return f"the code {quoted(text)} is not below the folder of the request; it is not read"
    found[path] = None
    return f"the code {quoted(text)} is read from {path}"


def _named(value: Any) -> Iterator[tuple[str, bool]]:
    """What members name as code, and whether it is a script in the container."""
    for path, item in within(value):
        name = member_of(path)
        if isinstance(item, Mapping) and item.get("InputName") == "code":
            inner = (text for inside, text in within(item) if inside[-1:] == ("S3Uri",))
            yield from ((text, False) for text in inner if type(text) is str)
        elif type(text := _unquoted(item)) is str and text:
            if name.lower().endswith(_DIRECTORIES):
                yield text, False
            elif name in ("ContainerEntrypoint", "ContainerArguments") and text.endswith(PYTHON):
                yield text, True


def _facts(catalog: Any, reading: Reading) -> dict[str, Any]:
    """What the requests of a reading show of where their code runs: the role that it runs with.

    The role is the text "" where requests pass none: then what code starts with its own role is of the same role.
    """
    arns = arns_of(catalog, reading.requests)
    return {"Role": arns[0]} if len(arns) == 1 else {"Role": ""} if reading.requests and not arns else {}


def given_of(reading: Reading) -> dict[str, dict[str, Any]]:
    """What the requests of a reading hand to code: environment variables, and hyperparameters or arguments."""
    found: dict[str, dict[str, Any]] = {"environment": {}, "hyperparameters": {}}
    for path, value in within([request.members for request in reading.requests]):
        name = path[-1] if path else ""
        if name == "Environment" and isinstance(value, Mapping):
            found["environment"].update(value)
        elif name in ("HyperParameters", "StaticHyperParameters") and isinstance(value, Mapping):
            for key, text in value.items():
                plain = key.replace("-", "_")
                found["hyperparameters"][plain] = _unquoted(text)
                found["environment"].setdefault(f"SM_HP_{plain.upper()}", _unquoted(text))
        elif name in ("ContainerArguments", "ContainerEntrypoint") and isinstance(value, (list, tuple)):
            for key, text in pairwise([*value, ""]):
                if isinstance(key, str) and key.startswith("--"):
                    option, is_joined, own = key.lstrip("-").partition("=")
                    found["hyperparameters"][option.replace("-", "_")] = own if is_joined else text
    return found


def _unquoted(text: Any) -> Any:
    """A hyperparameter as the toolkits of SageMaker read it, which write it as JSON."""
    if type(text) is str and text.startswith('"'):
        with contextlib.suppress(ValueError):
            value = json.loads(text)
            return value if isinstance(value, str) else text
    return text

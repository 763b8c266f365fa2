"""Reads a user's code, as files, notebooks, folders and archives, for the calls in it; parses it and never runs it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from ...canonical import quoted, unlike
from ...engine.roles import arns_of
from ..reader import Found, InputDocument, Notice, Reading, ReadingContext, member_of, name_hidden_members, within
from ..text.content import CodeFile as CodeFile
from ..text.content import InputError, inflated, sources, whole
from .call_finder import CodeReader
from .library_calls import CodeRequest
from .made_requests import is_of_role
from .modules import MAX_FILE, modules_of
from .service_calls import Module

#: How many files are read at most.
MAX_FILES = 20_000
#: What is unpacked of an archive at most, with the files that are no code; and its members.
MAX_INFLATED, MAX_MEMBERS = 256 << 20, 100_000
#: Names of files with Python, of archives, and of code that only another program reads.
PYTHON, ARCHIVES = (".py", ".ipynb"), (".tar.gz", ".tgz", ".tar")
FOREIGN = (".js", ".mjs", ".ts", ".go", ".java")
#: Folders that hold no code of the user's.
_PASSED_OVER = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "build", "dist"})


def code_files(name: str) -> Iterator[CodeFile]:
    """The files of code that a path names: a file, a folder, or an archive.

    Raises:
        InputError: it does not exist, cannot be read, or has no code.
    """
    if not os.path.isdir(name):
        (source,) = sources(name)
        if name.endswith(ARCHIVES):
            yield from archived(name, source.raw)
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


def archived(name: str, raw: bytes) -> Iterator[CodeFile]:
    """The files of code in an archive.

    Raises:
        InputError: it cannot be read, is too large, or has files twice.
    """
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


def find_calls(catalog: Any, reading: Reading, files: Iterable[CodeFile]) -> tuple[list[CodeFile], list[Found]]:
    """Reads code into a reading: its calls, placeholders for what it does not show, and what there is to say.

    Args:
        catalog: the knowledge base.
        reading: takes it; its requests tell the environment and the hyperparameters of the code.
        files: the code.

    Returns:
        The files of other languages, which are not read, and the requests that the code makes libraries send.
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
            for path, module in modules_of(context, file.name, file.path, file.raw):
                modules[unlike(path, modules, "{}.{}".format)] = module
        except InputError as error:
            context.refuse(InputError(f"{error.message}; its calls are missing", error.position))
    given = given_of(reading)
    given["facts"] = _facts(catalog, reading)
    code = CodeReader(context, given, modules)
    code.read()
    reading.code += code.calls.values()
    reading.code_resources += code.resources
    found = len(code.calls) + len(code.missed)
    context.notice("note", "code", f"{found} call{'s' * (found != 1)} of AWS found, {len(code.calls)} understood")
    name_hidden_members(catalog, reading, code.calls.values())
    return others, [_found(one) for one in code.requests.values() if is_of_role(catalog, one.operation)]


def _found(request: CodeRequest) -> Found:
    """A request that code makes a library send, as one of any other input."""
    facts = {}
    if request.region:
        facts["Region"] = InputDocument(request.region, request.place, path=("region",))
    at = InputDocument(None, request.place)
    return Found(request.operation, request.members, at, request.place, facts=facts)


#: How names of members end that name the code, in small letters: of the toolkits in containers, and of estimators.
_DIRECTORIES = ("submit_directory", "sourcedir", "source_dir")


def named_code(reading: Reading) -> list[str]:
    """The files, folders and archives next to the requests of a reading that they name as their code.

    Only what is below the folder of the request is read; a note says what is, and a problem what is elsewhere.
    """
    found: dict[str, None] = {}
    for request in reading.requests:
        folder = os.path.dirname(reading.places[request.label].name) if request.label in reading.places else ""
        for text, is_script in dict.fromkeys(_named(request.members)):
            reading.notices.append(_read_from(folder, text, is_script, found, request.label))
    return [*found]


def _read_from(folder: str, text: str, is_script: bool, found: dict[str, None], label: str) -> Notice:
    """Adds the code that a request names, if it is below a folder, and says what became of it."""
    if text.startswith("s3://"):
        message = f"the code {quoted(text)} is in Amazon S3; it is not read. Give a copy of it with --code"
        return Notice("problem", label, message)
    local = text.removeprefix("file://")
    # A path in the container: its end is what stands next to the request.
    local = os.path.basename(local) if is_script and os.path.isabs(local) else local
    path = os.path.join(folder, local)
    root = os.path.join(os.path.realpath(folder or os.curdir), "")
    if not os.path.realpath(path).startswith(root) or not os.path.exists(path):
        return Notice(
            "problem", label, f"the code {quoted(text)} is not below the folder of the request; it is not read"
        )
    found[path] = None
    return Notice("note", label, f"the code {quoted(text)} is read from {path}")


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

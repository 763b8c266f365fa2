"""Parse files of code into the modules that they hold, each with the places of its lines."""

from __future__ import annotations

import io
import posixpath
import tokenize
from collections.abc import Callable, Iterator
from pathlib import PurePath

from ...errors import InputError, Position
from ..reader import ReadingContext
from ..text.content import whole
from .newer_python import parsed
from .notebooks import Notebook, unread_kernel
from .service_calls import Module

#: How many bytes of a file are read at most.
MAX_FILE = 4 << 20


def modules_of(context: ReadingContext, name: str, path: str, raw: bytes) -> Iterator[tuple[str, Module]]:
    """The modules of a file, with their names: a notebook holds its own, and one for each file that it writes.

    Args:
        context: takes what is not read of a notebook.
        name: what messages call the file.
        path: its path below what the user named.

    Raises:
        InputError: it is too large, not text, or not Python.
    """
    if len(raw) > MAX_FILE:
        raise InputError(f"larger than {MAX_FILE >> 20} MiB", whole(name))
    if path.endswith(".ipynb"):
        yield from _notebook(context, name, path, raw)
        return
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        tree = parsed(raw.decode(encoding))
    except SyntaxError as error:
        message = f"not Python that can be parsed ({error.msg})"
        raise InputError(message, Position(name, error.lineno or 1, error.offset or 1)) from None
    except (ValueError, LookupError, RecursionError, MemoryError) as error:
        raise InputError(f"cannot be parsed: {str(error) or type(error).__name__}", whole(name)) from None
    yield _module_name(path), (tree, name, lambda line: f"{name}:{line}")


def _notebook(context: ReadingContext, name: str, path: str, raw: bytes) -> Iterator[tuple[str, Module]]:
    try:
        notebook = Notebook(raw, context.data("notebooks"))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        message = f"not a notebook that can be read: {str(error) or type(error).__name__}"
        raise InputError(message, whole(name)) from None
    if not notebook.is_read:
        raise InputError(unread_kernel(notebook.language), whole(name))
    codes = notebook.codes()
    for cell, line, message in sorted(notebook.problems):
        context.notice("problem", f"{name} cell {cell}:{line}", f"{message}; its calls are missing")
    for code in codes:
        at = _beside(path, code.path)
        if code.path:
            where, message = f"{name} cell {code.places[0][0]}:1", f"the cell writes {code.path}, which counts as code"
            context.notice("note", where, message)
        yield _module_name(at), (code.tree, name, _places(name, code.places))


def _places(name: str, places: list[tuple[int, int]]) -> Callable[[int], str]:
    def place(line: int) -> str:
        cell, number = places[min(line, len(places)) - 1] if places else (1, line)
        return f"{name} cell {cell}:{number}"

    return place


def _beside(path: str, other: str) -> str:
    """The path of a file that a notebook names, which is relative to the notebook."""
    return posixpath.normpath((PurePath(path).parent / other).as_posix()) if other else path


def _module_name(path: str) -> str:
    name = PurePath(path).with_suffix("").as_posix().replace("/", ".")
    return name.removesuffix(".__init__").lstrip(".")

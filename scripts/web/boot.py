"""Begins the package in Pyodide, out of the archive in its file system: reads the compiled catalog, answers calls."""

import contextlib
import gc
import importlib
import json
import sys
import types
import zipfile
import zipimport
from collections.abc import Callable

ARCHIVE = "/engine.zip"
_COMPILED = "sagemaker_roles/compiled/"
_SHARED = "shared.json"

from sagemaker_roles.api import Border  # noqa: E402


class _Files(dict[str, bytes | str]):
    """The files of the compiled catalog. What few calls need is not among them, and is read when it is asked for."""

    read: Callable[[str], str] = staticmethod(lambda name: "")

    def __init__(self, archive: zipfile.ZipFile) -> None:
        names = [one for one in archive.namelist() if one.startswith(_COMPILED)]
        super().__init__({one.removeprefix(_COMPILED): archive.read(one) for one in names})
        #: Texts that files are made of, many by several of them, and of which ones each file is made.
        self._texts, self._made = json.loads(self.pop(_SHARED))

    def __missing__(self, name: str) -> str:
        if (parts := self._made.get(name)) is not None:
            return "".join(self._texts[one] for one in parts)
        if not (text := self.read(name)):
            raise ValueError("cannot be loaded; reload the page, or use the command line")
        return text


with zipfile.ZipFile(ARCHIVE) as _archive:
    files = _Files(_archive)
    _border = Border(files, _archive.read("sagemaker_roles/version.txt").decode().strip())

answer = _border.answer


#: How many bytes of holes of a size there are at most.
_HOLES = 2 << 20


def prepare(calls: list[str]) -> list[str]:
    """Makes ready for a snapshot, which has no file system: imports all that any call may import, and answers some."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        named = archive.read("imports.txt").decode().split()
    for one in named:
        with contextlib.suppress(ImportError):  # such as multiprocessing, which a browser has not
            importlib.import_module(one)
    answers = [answer(one) for one in calls]
    _strip()
    importlib.invalidate_caches()
    sys.path_importer_cache.clear()
    zipimport._zip_directory_cache.clear()  # the names of all files of the standard library
    gc.collect()
    # What was freed is overwritten: it would be sent with the snapshot. Large holes first, and all at once.
    zeros = [
        bytes(size)
        for size in (1 << 20, 1 << 17, 1 << 14, 1 << 12, 1 << 11, 1 << 10, 700)
        for _ in range(_HOLES // size)
    ]
    zeros += [bytes(size) for size in range(520, 0, -8) for _ in range((1 << 17) // (size + 30))]
    del zeros
    return answers


def _strip() -> None:
    """Takes away what only people read: descriptions, and the places of sources, of what others wrote too."""

    def bare(code: types.CodeType) -> types.CodeType:
        if not code.co_linetable and not any(isinstance(one, types.CodeType) for one in code.co_consts):
            return code
        constants = [bare(one) if isinstance(one, types.CodeType) else one for one in code.co_consts]
        if code.co_flags & 0x4000000 and constants:  # CO_HAS_DOCSTRING
            constants[0] = None
        return code.replace(co_consts=tuple(constants), co_linetable=b"", co_flags=code.co_flags & ~0x4000000)

    for one in gc.get_objects():
        if isinstance(one, types.FunctionType):
            one.__code__ = bare(one.__code__)
            one.__doc__ = None
        elif isinstance(one, type) and one.__flags__ & (1 << 9) and "__doc__" in vars(one):  # made by a class statement
            with contextlib.suppress(AttributeError, TypeError):
                one.__doc__ = None
        elif isinstance(one, types.ModuleType):
            one.__doc__ = None

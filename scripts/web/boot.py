"""Begins the package in Pyodide, out of the archive in its file system: reads the compiled catalog, answers calls."""

import contextlib
import gc
import importlib
import sys
import zipfile
from collections.abc import Callable

ARCHIVE = "/engine.zip"
_COMPILED = "sagemaker_roles/compiled/"

from sagemaker_roles.api import Border  # noqa: E402


class _Files(dict[str, bytes | str]):
    """The files of the compiled catalog. What few calls need is not among them, and is read when it is asked for."""

    read: Callable[[str], str] = staticmethod(lambda name: "")

    def __missing__(self, name: str) -> str:
        if not (text := self.read(name)):
            raise ValueError("cannot be loaded; reload the page, or use the command line")
        return text


with zipfile.ZipFile(ARCHIVE) as _archive:
    _names = [one for one in _archive.namelist() if one.startswith(_COMPILED)]
    files = _Files({one.removeprefix(_COMPILED): _archive.read(one) for one in _names})
    _border = Border(files, _archive.read("sagemaker_roles/version.txt").decode().strip())

answer = _border.answer


def prepare(calls: list[str]) -> list[str]:
    """Makes ready for a snapshot, which has no file system: imports all that any call may import, and answers some."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        named = archive.read("imports.txt").decode().split()
    for one in named:
        with contextlib.suppress(ImportError):  # such as multiprocessing, which a browser has not
            importlib.import_module(one)
    answers = [answer(one) for one in calls]
    importlib.invalidate_caches()
    sys.path_importer_cache.clear()
    gc.collect()
    # What was freed is overwritten: it would be sent with the snapshot.
    for size in (1 << 20, 1 << 16, 1 << 12, 400, 100):
        zeros = [bytes(size) for _ in range((4 << 20) // size)]
        del zeros
    return answers

"""What was found sound in the last run is not asked again: a file by its schema, and all of them by the rules."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import cerberus
import jmespath
import yaml

from ..aws.reference import SERVICES
from ..errors.problems import Problem
from .strict_yaml import read_bytes

PACKAGE = Path(__file__).parents[1]


def _digest(parts: Iterable[bytes]) -> str:
    return blake2b(b"\0".join(parts), digest_size=16).hexdigest()


def deciding(folder: Path) -> str:
    """The digest of all that decides, besides the records and AWS's data, what is found in them, with names of files.

    Args:
        folder: data/schema.
    """
    documents = (folder.parent / "managed-documents").glob("*.json")
    files = sorted([*folder.glob("*.yaml"), *documents, *SERVICES.glob("*.yaml"), *PACKAGE.rglob("*.py")])
    contents = ((os.fsencode(file), read_bytes(file, file.name)) for file in files)
    # What cannot be read another part says.
    parts = (part if isinstance(part, bytes) else b"" for content in contents for part in content)
    return _digest([f"{cerberus.__version__} {jmespath.__version__} {yaml.__version__} {sys.version}".encode(), *parts])


class Kept:
    """The digests of what is sound; those of the last run count if nothing that decides it changed.

    Args:
        folder: data/schema, which has them in a file that git ignores.
        decided: what :func:`deciding` gave when the schemas were read.
    """

    def __init__(self, folder: Path, decided: str) -> None:
        self.file, self._deciding = folder / ".kept", decided
        self._read = ""
        with suppress(OSError, ValueError):  # there is none yet, or it is damaged
            self._read = self.file.read_text("ascii")
        first, whole, *known = [*self._read.split(), "", ""]
        self._whole, self._known = (whole, set(known)) if first == decided else ("", set())
        self._met: set[str] = set()

    def faults(self, path: str, schema: str, content: bytes, ask: Callable[[], list[Problem]]) -> list[Problem]:
        """What is wrong with a file under the schema of a name; ``ask`` finds it where nothing is known."""
        digest = _digest([os.fsencode(path), schema.encode(), content])
        faults = [] if digest in self._known else ask()
        if not faults:
            self._met.add(digest)
        return faults

    def problems(self, found: Iterable[Problem], data: str, ask: Callable[[], Iterable[Problem]]) -> set[Problem]:
        """What is wrong with all files.

        Args:
            found: what is wrong with their form, in names of files too.
            data: which data of AWS's the rules hold them against.
            ask: what the rules find; nothing if they found nothing in the same files before.
        """
        problems = {*found}
        whole = _digest([data.encode(), *(digest.encode() for digest in sorted(self._met))])
        if problems or whole != self._whole:
            problems.update(ask())
        self._whole = "-" if problems else whole
        return problems

    @property
    def news(self) -> bytes:
        """What the file is to have for the next run; nothing if it has it."""
        text = "\n".join([self._deciding, self._whole, *sorted(self._met)])
        return text.encode("ascii") if text != self._read else b""

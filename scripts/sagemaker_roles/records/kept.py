"""Which files of records keep their schema, from one run to the next: one that was found sound is not asked again."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import cerberus
import jmespath

from ..errors.problems import Problem
from .strict_yaml import read_bytes

PACKAGE = Path(__file__).parents[1]


def deciding(folder: Path) -> str:
    """The digest of all that decides whether a file keeps its schema, with the schemas of a folder."""
    digest = blake2b(f"{cerberus.__version__} {jmespath.__version__} {sys.version}".encode(), digest_size=16)
    for file in sorted([*folder.glob("*.yaml"), *PACKAGE.rglob("*.py")]):
        content = read_bytes(file, file.name)
        digest.update(blake2b(content).digest() if isinstance(content, bytes) else b"")  # another part says why not
    return digest.hexdigest()


class Kept:
    """The digests of files that keep their schema; those of the last run count if nothing that decides it changed.

    Args:
        folder: data/schema, which has the list in a file that git ignores. A folder that cannot be written has none.
        decided: what :func:`deciding` gave when the schemas were read.
    """

    def __init__(self, folder: Path, decided: str) -> None:
        self._file, self._deciding = folder / ".kept", decided
        try:
            first, *known = self._file.read_text("ascii").split()
        except (OSError, ValueError):  # there is none yet, or it is damaged
            first, known = "", []
        self._known = set(known) if first == self._deciding else set()
        self._met: set[str] = set()

    def faults(self, schema: str, content: bytes, ask: Callable[[], list[Problem]]) -> list[Problem]:
        """What is wrong with a file under the schema of a name; ``ask`` finds it where nothing is known."""
        digest = blake2b(b"\0".join((schema.encode(), content)), digest_size=16).hexdigest()
        faults = [] if digest in self._known else ask()
        if not faults:
            self._met.add(digest)
        return faults

    def close(self) -> None:
        """Writes the list, of the files of this run alone, if it is another than before."""
        if self._met == self._known:
            return
        written = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        try:
            written.write_text("\n".join([self._deciding, *sorted(self._met)]), "ascii")
            written.replace(self._file)
        except OSError:  # then the next run asks again
            with suppress(OSError):
                written.unlink()

"""Answers roles one after the other, over several processes where they are many; the order stays."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..canonical import canonical
from ..catalog import Catalog
from ..engine.roles import name_and_path
from ..pool import each
from ..publish import tree
from .answers import Options, Surroundings, answer
from .store import Group, Store

#: Roles that this process answers before it starts others for the rest: they need a second to start.
_ALONE = 8


class Answer(NamedTuple):
    """A role's entry in the index, and its file: where it shall be, and where it stands until then."""

    entry: dict[str, Any]
    path: str
    content: Path


def answered(catalog: Catalog, work: Path, groups: Iterable[Group], workers: int, options: Options) -> Iterator[Answer]:
    """The answers of roles, in their order.

    Args:
        work: folder with the rows.
        groups: read as answers are taken, a few ahead.

    Raises:
        WorkerLost: see there.
    """
    left, arguments = iter(groups), (catalog, work, options)
    yield from each(_Answering, arguments, left if workers < 2 else itertools.islice(left, _ALONE), 1)
    if (first := next(left, None)) is not None:
        yield from each(_Answering, arguments, itertools.chain([first], left), workers)


class _Answering:
    """What a process needs to answer roles."""

    def __init__(self, catalog: Catalog, work: Path, options: Options) -> None:
        self._catalog, self._store, self._work, self._options = catalog, Store(work), work, options
        self._surroundings: tuple[str, Surroundings] | None = None

    def take(self, group: Group) -> Answer:
        """The answer of one role."""
        if self._surroundings is None or self._surroundings[0] != group.account:
            self._surroundings = group.account, Surroundings(self._catalog, self._store.beside(group.account))
        rows = self._store.rows(group.number)
        document = answer(self._catalog, rows, self._surroundings[1].of(rows), self._options)
        content = self._work / f"answer-{group.number}"
        with tree.scratch_file(content) as stream:
            stream.write(canonical(document))
        return Answer(_entry(document), role_path(document["account"], document["role"]), content)

    def close(self) -> None:
        """Ends what it reads."""
        self._store.close()


def _entry(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the index says of a role."""
    return {
        **{name: document[name] for name in ("account", "role", "regions", "events", "first_seen", "last_seen")},
        "path": role_path(document["account"], document["role"]),
        "requests": len(document["requests"]),
        "failed": sum(item["events"] for item in document["failed"]),
        "denied": sum(item["events"] for item in document["errors"] if item["is_denied"]),
        "placeholders": len(document["placeholders"]),
        "problems": sum(item["kind"] == "problem" for item in document["notes"]),
        **({"verdict": document["audit"]["verdict"]} if "verdict" in document.get("audit", {}) else {}),
    }


def role_path(account: str, role: str) -> str:
    """The file of a role: its name for people, and a digest of its ARN, since names differ in case only or in path."""
    name = re.sub(r"[^A-Za-z0-9_+=,.@-]", "_", name_and_path(role)[0])[:64] or "role"
    digest = hashlib.sha256(role.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"roles/{account or 'unknown'}/{name}.{digest}.json"

"""Composes the roles one after the other, or several at once over all cores; the order stays."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple

from ..canonical import canonical_parts
from ..catalog import Catalog
from ..engine.roles import name_and_path
from ..publish import tree
from .answers import Around, Options, answer
from .rows import Rows
from .shelf import Shelf
from .workers import pool

#: Roles that this process composes before it starts others for the rest: they need a second to start.
_ALONE = 8

#: Roles that are handed to each worker ahead.
_AHEAD = 4


class Task(NamedTuple):
    """A role to compose: its rows, and what else is known of its account."""

    rows: Rows
    around: Around


class Answer(NamedTuple):
    """A role's entry in the index, and its file: path and content, or a file with the content that is to be removed."""

    entry: dict[str, Any]
    path: str
    content: bytes | Path


def answered(catalog: Catalog, tasks: Iterable[Task], workers: int, options: Options) -> Iterator[Answer]:
    """The answers of tasks, in their order.

    Args:
        catalog: the knowledge base.
        tasks: read as answers are taken, a few ahead.
        workers: number of processes.
        options: how they are answered.

    Raises:
        WorkerLost: see there.
    """
    left = iter(tasks)
    few = left if workers < 2 else itertools.islice(left, _ALONE)
    yield from (_answered(catalog, task, options) for task in few)
    if (first := next(left, None)) is None:
        return
    with pool(workers, _start, (catalog.data, options)) as executor:
        waiting: deque[Future[Answer]] = deque()
        for task in itertools.chain([first], left):
            waiting.append(executor.submit(_take, task))
            if len(waiting) >= workers * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


#: What this process needs, if it is a worker.
_own: list[tuple[Catalog, Options]] = []


def _start(data: Any, options: Options) -> None:
    _own.append((Catalog(data), options))


def _take(task: Task) -> Answer:
    catalog, options = _own[0]
    return _answered(catalog, task, options)


def _answered(catalog: Catalog, task: Task, options: Options) -> Answer:
    if not (task.rows.is_many or task.around.related.are_many):
        document = answer(catalog, task.rows, task.around, options)
        counts: dict[str, int] = {}
        content = b"".join(_parts(document, counts))
        return Answer(_entry(document, counts), role_path(document["account"], document["role"]), content)
    collected, path = task.rows.beside("shelf"), task.rows.beside("answer")
    tree.discard(collected)
    with contextlib.closing(Shelf(str(collected))) as shelf:
        document = answer(catalog, task.rows, task.around, options, shelf)
        counts = {}
        with tree.scratch_file(path) as stream:
            stream.writelines(_parts(document, counts))
    tree.discard(collected)
    task.rows.discard()
    return Answer(_entry(document, counts), role_path(document["account"], document["role"]), path)


def _parts(document: Mapping[str, Any], counts: dict[str, int]) -> Iterator[bytes]:
    """The bytes of an answer; ``counts`` takes its requests, and the events of those that failed."""

    def counted(name: str, weight: Callable[[Any], int]) -> Iterator[Any]:
        counts[name] = 0
        for item in document[name]:
            counts[name] += weight(item)
            yield item

    streamed = {
        **document,
        "requests": counted("requests", lambda _: 1),
        "failed": counted("failed", lambda item: int(item["events"])),
    }
    return (part.encode("ascii") for part in canonical_parts(streamed))


def _entry(document: Mapping[str, Any], counts: Mapping[str, int]) -> dict[str, Any]:
    """What the index says of a role."""
    return {
        **{name: document[name] for name in ("account", "role", "regions", "events", "first_seen", "last_seen")},
        "path": role_path(document["account"], document["role"]),
        **counts,
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

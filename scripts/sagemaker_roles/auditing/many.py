"""Audits many roles, in several processes if that is quicker, and gives what was found role by role."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from ..iam.layers import Layers
from ..iam.statements import PolicyError
from ..inputs.held import HeldRole
from ..inputs.interfaces import Notice
from .baseline import accepted_of
from .role import Documents, Work, audit_role

T = TypeVar("T")

#: From how many roles on processes are worth their start, and how many roles one takes at a time.
_MANY, _BATCH = 400, 25


class Found(NamedTuple, Generic[T]):
    """What was found about one role.

    Attributes:
        output: what was made of the report; None where the role has a damaged policy.
        kinds: the kinds of findings that no baseline accepts.
        accepted: the others, as JSON; used: numbers of the entries that accept them.
        notices: what was wrong with the role.
    """

    output: T | None
    kinds: frozenset[str] = frozenset()
    accepted: tuple[Mapping[str, Any], ...] = ()
    used: frozenset[int] = frozenset()
    notices: tuple[Notice, ...] = ()


class Job(NamedTuple, Generic[T]):
    """What is to be done.

    Attributes:
        pairs: each role with its work.
        layers: what else decides.
        entries: the baseline.
        make: what is made of the report of a role as JSON, in the process that audits it.
    """

    pairs: Sequence[tuple[Work, HeldRole]]
    layers: Layers | None
    entries: Sequence[Mapping[str, str]]
    make: Callable[[Mapping[str, Any]], T]

    def each(self, numbers: range) -> list[Found[T]]:
        """Audits some roles."""
        documents = Documents()
        return [self._one(number, documents) for number in numbers]

    def _one(self, number: int, documents: Documents) -> Found[T]:
        work, held = self.pairs[number]
        try:
            report = audit_role(work, held, self.layers, documents)
        except PolicyError as error:
            where = held.arn or held.name or "role"
            return Found(None, notices=tuple(Notice("problem", where, fault) for fault in error.faults))
        left, accepted, used = accepted_of(report, self.entries)
        kinds = frozenset(one.kind for one in left.findings)
        return Found(self.make(left.to_json()), kinds, tuple(accepted), frozenset(used))


_jobs: list[Job[Any]] = []


def _each(numbers: range) -> list[Found[Any]]:
    return _jobs[-1].each(numbers)


def _can_fork() -> bool:
    import multiprocessing
    import threading

    return "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1


def run(job: Job[T], processes: int | None = None) -> Iterator[Found[T]]:
    """Audits roles; gives each in its order when it is done.

    Args:
        job: what is to be done.
        processes: how many processes; None for one a processor where there are many roles. One where the system cannot
            fork, or where this process has threads, which a fork would take over.
    """
    count = len(job.pairs)
    batches = [range(start, min(start + _BATCH, count)) for start in range(0, count, _BATCH)]
    if processes is None:
        processes = (os.cpu_count() or 1) if count >= _MANY else 1
    if processes < 2 or not _can_fork():
        for batch in batches:
            yield from job.each(batch)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # The children have the roles from this process: nothing is copied to them.
    _jobs.append(job)
    try:
        with ProcessPoolExecutor(processes, multiprocessing.get_context("fork")) as pool:
            for results in pool.map(_each, batches):
                yield from results
    finally:
        _jobs.pop()

"""Audits roles one after the other, or in several processes, and gathers what was found about all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from ..iam.layers import Layers
from ..iam.statements import PolicyError
from ..inputs.held import HeldRole
from ..inputs.interfaces import Notice
from .baseline import accepted_of
from .report import Kind, RoleReport
from .role import Documents, Work, audit_role

T = TypeVar("T")

#: From how many roles on processes are worth their start, and how many roles one takes at a time.
_MANY, _BATCH = 400, 25


class _Outcome(NamedTuple, Generic[T]):
    """The audit of one role.

    Attributes:
        output: what was made of its report; None where the role has a damaged policy.
        kinds: the kinds of findings that no baseline accepts, and ``broad`` for what is far beyond the need.
        accepted: the others, as JSON; used: numbers of the entries that accept them.
    """

    output: T | None
    kinds: frozenset[Kind | Literal["broad"]] = frozenset()
    accepted: tuple[Mapping[str, Any], ...] = ()
    used: frozenset[int] = frozenset()
    notices: tuple[Notice, ...] = ()


class Audits(Generic[T]):
    """The audits of some roles: :meth:`each` does them, and the attributes say what it has found so far.

    Args:
        output: makes what is wanted of the report of a role, in the process that audits it.
        baseline: the entries of a baseline, without :func:`~.baseline.faults`.

    Attributes:
        kinds: the kinds of findings that the baseline does not accept, and ``broad`` for what is far beyond the need.
    """

    def __init__(
        self,
        pairs: Sequence[tuple[Work, HeldRole]],
        output: Callable[[RoleReport], T],
        *,
        layers: Layers | None = None,
        baseline: Sequence[Mapping[str, str]] = (),
    ) -> None:
        self._pairs, self._output, self._layers, self._baseline = pairs, output, layers, baseline
        self._used: set[int] = set()
        self.count = 0
        self.kinds: set[Kind | Literal["broad"]] = set()
        self.accepted: list[Mapping[str, Any]] = []
        self.notices: list[Notice] = []

    @property
    def unused(self) -> tuple[Mapping[str, str], ...]:
        """The entries of the baseline that accept nothing."""
        return tuple(entry for number, entry in enumerate(self._baseline) if number not in self._used)

    def each(
        self, progress: Callable[[int, int], None] = lambda done, of: None, *, processes: int | None = 1
    ) -> Iterator[T]:
        """What is made of the report of each role, in the order of the roles, when it is done.

        Args:
            progress: called after each role with the number done and of all.
            processes: how many processes; None for one a processor where there are many roles. One where the system
                cannot fork, or where this process has threads, which a fork would take over.
        """
        for number, one in enumerate(self._outcomes(processes), 1):
            self.count += one.output is not None
            self.kinds |= one.kinds
            self.accepted += one.accepted
            self._used |= one.used
            self.notices += one.notices
            progress(number, len(self._pairs))
            if one.output is not None:
                yield one.output

    def _outcomes(self, processes: int | None) -> Iterator[_Outcome[T]]:
        count = len(self._pairs)
        batches = [range(start, min(start + _BATCH, count)) for start in range(0, count, _BATCH)]
        if processes is None:
            processes = (os.cpu_count() or 1) if count >= _MANY else 1
        if processes < 2 or not _can_fork():
            for batch in batches:
                yield from self._some(batch)
            return
        from ..inputs.pool import over  # one process needs none of it

        # The children have the roles from this process: nothing is copied to them.
        _running.append(self)
        try:
            for outcomes in over(_some, batches, processes, fork=True):
                yield from outcomes
        finally:
            _running.pop()

    def _some(self, numbers: range) -> list[_Outcome[T]]:
        documents = Documents()
        return [self._one(number, documents) for number in numbers]

    def _one(self, number: int, documents: Documents) -> _Outcome[T]:
        work, held = self._pairs[number]
        try:
            report = audit_role(work, held, self._layers, documents)
        except PolicyError as error:
            where = held.arn or held.name or "role"
            return _Outcome(None, notices=tuple(Notice("problem", where, fault) for fault in error.faults))
        left, accepted, used = accepted_of(report, self._baseline)
        kinds: set[Kind | Literal["broad"]] = {one.kind for one in left.findings}
        kinds |= {"broad"} if left.broad else set()
        return _Outcome(self._output(left), frozenset(kinds), tuple(accepted), frozenset(used))


_running: list[Audits[Any]] = []


def _some(numbers: range) -> list[_Outcome[Any]]:
    return _running[-1]._some(numbers)


def _can_fork() -> bool:
    import multiprocessing
    import threading

    return "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1

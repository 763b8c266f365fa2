"""Audits roles, one after the other or in several processes, and gathers what was found about all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from ..catalog import Catalog
from ..iam.layers import Layers
from ..iam.statements import PolicyError
from ..inputs.reader import Notice, Reading
from ..inputs.roles.existing_roles import ExistingRole
from ..session import Choice
from .baseline import accepted_of, faults
from .report import Kind, Report, RoleReport
from .role_audit import Documents, Work, audit_role
from .role_matching import paired

T = TypeVar("T")

#: From how many roles on processes are worth their start, and how many roles one takes at a time.
_MANY, _BATCH = 400, 25


class Audited(NamedTuple):
    """What an audit finds, and what there is to know of its inputs."""

    report: Report
    notices: tuple[Notice, ...]


def audit(
    catalog: Catalog,
    reading: Reading,
    roles: Sequence[ExistingRole],
    choice: Choice | None = None,
    *,
    layers: Layers | None = None,
    caller: bool = False,
    baseline: Sequence[Mapping[str, str]] = (),
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Audited:
    """Holds roles against their work.

    Args:
        reading: the requests that the roles are for, as :func:`~sagemaker_roles.read_files` gives them, or an operation
            with placeholders (:func:`~sagemaker_roles.placeholders_of`).
        roles: the roles as they are. Requests that pass a role are held against that role.
        choice: add-ons, values, Region; its role, an ARN or a name, is the only one that is audited.
        layers: what else decides about the calls of the roles.
        caller: whether the roles are those of who calls the operations.
        baseline: findings that are accepted, as ``--baseline`` has them: each entry with ``reason`` and at least one
            field.
        progress: called after each role with the number done and of all.

    Returns:
        The report. A role with a damaged policy is a ``problem`` notice.

    Raises:
        NothingToCompose, UnknownRole, UnknownAddOn, UnknownPlaceholder, InvalidValue: as for composing.
        ValueError: the baseline has faults.
    """
    if wrong := faults(list(baseline)):
        raise ValueError(f"not a valid baseline: {'; '.join(wrong)}")
    pairs = paired(catalog, reading, choice or Choice(), roles, caller)
    audits = Audits(pairs.pairs, lambda one: one, layers, baseline)
    reports = tuple(audits.each(progress))
    report = Report(catalog.data_version, reports, tuple(audits.accepted), audits.unused)
    return Audited(report, tuple(dict.fromkeys((*pairs.notices, *audits.notices))))


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


@dataclass
class Audits(Generic[T]):
    """The audits of some roles: :meth:`each` does them, and what has a default value says what it has found so far.

    Attributes:
        output: makes what is wanted of the report of a role, in the process that audits it.
        layers: what else decides about the calls of the roles.
        baseline: the entries of a baseline, without :func:`~.baseline.faults`.
        kinds: the kinds of findings that the baseline does not accept, and ``broad`` for what is far beyond the need.
        accepted: the others, as JSON; used: numbers of the entries that accept them.
    """

    pairs: Sequence[tuple[Work, ExistingRole]]
    output: Callable[[RoleReport], T]
    layers: Layers | None
    baseline: Sequence[Mapping[str, str]]
    count: int = 0
    kinds: set[Kind | Literal["broad"]] = field(default_factory=set)
    accepted: list[Mapping[str, Any]] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    notices: list[Notice] = field(default_factory=list)

    @property
    def unused(self) -> tuple[Mapping[str, str], ...]:
        """The entries of the baseline that accept nothing."""
        return tuple(entry for number, entry in enumerate(self.baseline) if number not in self.used)

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
            self.used |= one.used
            self.notices += one.notices
            progress(number, len(self.pairs))
            if one.output is not None:
                yield one.output

    def _outcomes(self, processes: int | None) -> Iterator[_Outcome[T]]:
        count = len(self.pairs)
        batches = [range(start, min(start + _BATCH, count)) for start in range(0, count, _BATCH)]
        if processes is None:
            processes = (os.cpu_count() or 1) if count >= _MANY else 1
        if processes < 2 or not _can_fork():
            for batch in batches:
                yield from self._some(batch)
            return
        from ..inputs.process_pool import over  # one process needs none of it

        # The children have the roles from this process: nothing is copied to them.
        for outcomes in over(_some, batches, processes, _running.append, (self,), fork=True):
            yield from outcomes

    def _some(self, numbers: range) -> list[_Outcome[T]]:
        documents = Documents()
        return [self._one(number, documents) for number in numbers]

    def _one(self, number: int, documents: Documents) -> _Outcome[T]:
        work, held = self.pairs[number]
        try:
            report = audit_role(work, held, self.layers, documents)
        except PolicyError as error:
            where = held.arn or held.name or "role"
            return _Outcome(None, notices=tuple(Notice("problem", where, fault) for fault in error.faults))
        left, accepted, used = accepted_of(report, self.baseline)
        kinds: set[Kind | Literal["broad"]] = {one.kind for one in left.findings}
        kinds |= {"broad"} if left.broad else set()
        return _Outcome(self.output(left), frozenset(kinds), tuple(accepted), frozenset(used))


#: What this process works for, if it is one of several.
_running: list[Audits[Any]] = []


def _some(numbers: range) -> list[_Outcome[Any]]:
    return _running[-1]._some(numbers)


def _can_fork() -> bool:
    import multiprocessing
    import threading

    return "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1

"""Audits the roles of one input, as a report; the command does the same for several inputs, a role at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ..catalog import Catalog
from ..iam.layers import Layers
from ..inputs.held import HeldRole
from ..inputs.interfaces import Notice, Reading
from ..session import Choice
from .baseline import faults
from .many import Audits
from .pairing import paired
from .report import Report


class Audited(NamedTuple):
    """What an audit finds, and what there is to know of its inputs."""

    report: Report
    notices: tuple[Notice, ...]


def audit(
    catalog: Catalog,
    reading: Reading,
    roles: Sequence[HeldRole],
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
    audits = Audits(pairs.pairs, lambda one: one, layers=layers, baseline=baseline)
    reports = tuple(audits.each(progress))
    report = Report(catalog.data_version, reports, tuple(audits.accepted), audits.unused)
    return Audited(report, tuple(dict.fromkeys((*pairs.notices, *audits.notices))))

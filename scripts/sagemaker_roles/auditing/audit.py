"""Audits roles: what the command, the library and a fleet of accounts call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..catalog import Catalog
from ..iam.layers import Layers
from ..iam.statements import PolicyError
from ..inputs.held import HeldRole
from ..inputs.interfaces import Notice, Reading
from ..session import Choice
from .pairing import paired
from .report import Report, RoleReport
from .role import Documents, audit_role


class Audited(NamedTuple):
    """What an audit finds, and what there is to know of its inputs.

    Attributes:
        report: the report.
        notices: what was wrong with the inputs, and what to know.
    """

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
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Audited:
    """Holds roles against their work.

    Args:
        catalog: the knowledge base.
        reading: the requests that the roles are for, as :func:`~sagemaker_roles.read_files` gives them, or an operation
            with placeholders (:func:`~sagemaker_roles.placeholders_of`).
        roles: the roles as they are. Requests that pass a role are held against that role.
        choice: add-ons, values, Region; its role, an ARN or a name, is the only one that is audited.
        layers: what else decides about the calls of the roles.
        caller: whether the roles are those of who calls the operations.
        progress: called after each role with the number done and of all.

    Returns:
        The report. A role with a damaged policy is a ``problem`` notice.

    Raises:
        NothingToCompose, UnknownRole, UnknownAddOn, UnknownPlaceholder, InvalidValue: as for composing.
    """
    pairs = paired(catalog, reading, choice or Choice(), roles, caller)
    notices = list(pairs.notices)
    documents = Documents()
    reports: list[RoleReport] = []
    for number, (work, held) in enumerate(pairs.pairs, 1):
        try:
            reports.append(audit_role(work, held, layers, documents))
        except PolicyError as error:
            notices += [Notice("problem", held.arn or held.name or "role", fault) for fault in error.faults]
        progress(number, len(pairs.pairs))
    return Audited(Report(catalog.data["data_version"], tuple(reports)), tuple(dict.fromkeys(notices)))

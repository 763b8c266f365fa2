"""The roles that the accounts have today, held against what the logs show that each does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..auditing.auditing import Documents, Work, audit_role
from ..catalog import Catalog
from ..engine.compose import Composition
from ..iam.statements import PolicyError
from ..inputs.held import HeldRole
from ..inputs.interfaces import Notice
from ..inputs.roles import read_roles

#: Services whose roles are said to be unused where no log shows them.
_SERVICES = ("sagemaker.", "sagemaker-geospatial.")


class Held:
    """The roles of accounts, by ARN.

    Args:
        roles: the roles.
    """

    def __init__(self, roles: Iterable[HeldRole]) -> None:
        self._roles = {one.arn: one for one in roles if one.arn}
        self._documents = Documents()

    def audit(
        self, catalog: Catalog, role: str, composition: Composition, operations: Sequence[str]
    ) -> dict[str, Any] | None:
        """What the role of an ARN lacks, and what it has too much of; None if the details do not have it."""
        held = self._roles.get(role)
        if held is None:
            return None
        try:
            report = audit_role(Work(catalog, composition, operations), held, None, self._documents).to_json()
        except PolicyError as error:
            return {"fault": "; ".join(error.faults)}
        return {name: value for name, value in report.items() if name not in ("role", "operations", "policy", "place")}

    def unused(self, seen: Iterable[str]) -> list[str]:
        """ARNs of the roles that SageMaker AI can assume and that no log shows."""
        known = set(seen)
        return sorted(arn for arn, one in self._roles.items() if arn not in known and _is_for_sagemaker(one))


def read(catalog: Catalog, names: Sequence[str]) -> tuple[Held, tuple[Notice, ...]]:
    """Reads the account authorization details of accounts.

    Returns:
        The roles, and what was wrong with the files.
    """
    reading = read_roles(catalog, names)
    return Held(reading.roles), tuple(reading.notices)


def _is_for_sagemaker(one: HeldRole) -> bool:
    return one.trust is not None and any(service in str(one.trust.document) for service in _SERVICES)

"""The roles that the accounts have today, held against what the logs show that each does; read an account at a time."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from typing import Any

from ..auditing.role import Documents, Work, audit_role
from ..catalog import Catalog
from ..engine.compose import Composition
from ..errors import InputError
from ..iam.statements import PolicyError
from ..inputs.held import HeldRole
from ..inputs.interfaces import Notice, Trail
from ..inputs.roles import read_roles
from ..inputs.text import Source, sources, unpacked
from ..publish import tree

#: What an account's details have of the account: the ARNs of its own roles and policies.
_OWN = re.compile(rb'"Arn"\s*:\s*"arn:[a-z-]{3,16}:iam::(\d{12}):')


@dataclass(frozen=True, slots=True)
class _Copy:
    """A file of details: what messages call it, and where it stands for this run."""

    name: str
    path: Path
    accounts: frozenset[bytes]
    in_folder: bool

    def source(self) -> Source:
        return Source(self.name, self.path.read_bytes(), self.in_folder)


class Held:
    """The roles of accounts, each in a file until the run is over; memory holds those of one account while it is read.

    Args:
        names: files and folders of account authorization details, or ``-``.
        folder: where the files stand until the run is over, since a pipe can be read once only.

    Attributes:
        notices: what was wrong with the files.

    Raises:
        OSError: no room, no right to write.
    """

    def __init__(self, catalog: Catalog, names: Sequence[str], folder: Path) -> None:
        self.notices: list[Notice] = []
        self._folder, self._documents = folder, Documents()
        self._usable: list[str] = []
        for group in _grouped(_copied(names, folder, self.notices)):
            reading = read_roles(catalog, [copy.source() for copy in group])
            self.notices += reading.notices
            for one in filter(attrgetter("arn"), reading.roles):
                self._usable += [one.arn] if _is_taken(catalog, one) else []
                with tree.scratch_file(self._file(one.arn)) as stream:
                    pickle.dump(one, stream)

    def audit(
        self,
        catalog: Catalog,
        role: str,
        composition: Composition,
        operations: Sequence[str],
        trail: Trail | None = None,
    ) -> dict[str, Any] | None:
        """What the role of an ARN lacks, and what it has too much of; None if the details do not have it."""
        held = self.role(role)
        if held is None:
            return None
        try:
            work = Work(catalog, composition, operations, trail=trail)
            report = audit_role(work, held, None, self._documents).to_json()
        except PolicyError as error:
            return {"fault": "; ".join(error.faults)}
        return {name: value for name, value in report.items() if name not in ("role", "operations", "policy", "place")}

    def unused(self, seen: Iterable[str]) -> list[str]:
        """ARNs of the roles that SageMaker AI can assume and that no log shows."""
        return sorted({*self._usable}.difference(seen))

    def role(self, arn: str) -> HeldRole | None:
        """The role of an ARN, if the details have it."""
        file = self._file(arn)
        # Written by this run, into its own folder.
        return pickle.loads(file.read_bytes()) if file.exists() else None  # noqa: S301

    def _file(self, arn: str) -> Path:
        return self._folder / f"role-{sha256(arn.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _copied(names: Sequence[str], folder: Path, notices: list[Notice]) -> Iterator[_Copy]:
    """The files, one after the other, each copied to where it can be read again."""
    number = 0
    for name in names:
        try:
            for source in sources(name):
                number += 1
                path = folder / f"details-{number:06}"
                with tree.scratch_file(path) as stream:
                    stream.write(source.raw)
                yield _Copy(source.name, path, _accounts(source), source.in_folder)
        except InputError as error:
            notices.append(Notice("problem", error.position.path, error.message))


def _accounts(source: Source) -> frozenset[bytes]:
    """The accounts whose roles or policies a file has; none if it does not show them, or is damaged."""
    try:
        return frozenset(_OWN.findall(unpacked(source)))
    except InputError:
        return frozenset()


def _grouped(copies: Iterable[_Copy]) -> list[list[_Copy]]:
    """Files that belong together, such as the pages of one answer: those that have an account in common."""
    groups: list[list[_Copy]] = []
    for copy in copies:
        alike = [
            group
            for group in groups
            if any(one.accounts & copy.accounts or one.accounts == copy.accounts for one in group)
        ]
        groups = [group for group in groups if group not in alike]
        groups.append([*(one for group in alike for one in group), copy])
    return groups


def _is_taken(catalog: Catalog, one: HeldRole) -> bool:
    """Whether a service can assume a role, which is unused where no log shows it."""
    document = str(one.trust.document) if one.trust is not None else ""
    return any(said["principal"] in document for said in catalog.services.values() if "principal" in said)

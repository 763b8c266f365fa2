"""The roles that the accounts have today, held against what the logs show that each does; read an account at a time."""

from __future__ import annotations

import itertools
import pickle
import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from typing import Any

from ...audits.role_audit import Documents, Work, audit_role
from ...catalog import Catalog
from ...engine.compose import Composition
from ...errors import InputError
from ...files import writing
from ...iam.statements import PolicyError
from ...inputs.reader import Notice, Trail
from ...inputs.roles import read_roles
from ...inputs.roles.existing_roles import ExistingRole
from ...inputs.text.content import Source, sources, unpacked

#: What an account's details have of the account: the ARNs of its own roles and policies.
_OWN = re.compile(rb'"Arn"\s*:\s*"arn:[a-z-]{3,16}:iam::(\d{12}):')


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
        self._catalog, self._folder, self._documents = catalog, folder, Documents()
        self._usable: list[str] = []
        for group in self._groups(names):
            reading = read_roles(catalog, [Source(name, path.read_bytes(), inner) for name, path, inner in group])
            self.notices += reading.notices
            for one in filter(attrgetter("arn"), reading.roles):
                trust = str(one.trust.document) if one.trust is not None else ""
                if any(said.get("principal", "\0") in trust for said in catalog.services.values()):
                    self._usable.append(one.arn)
                with writing.scratch_file(self._file(one.arn)) as stream:
                    pickle.dump(one, stream)

    def audit(
        self, role: str, composition: Composition, operations: Sequence[str], trail: Trail | None
    ) -> dict[str, Any] | None:
        """What the role of an ARN lacks, and what it has too much of; None if the details do not have it."""
        if not (file := self._file(role)).exists():
            return None
        # Written by this run, into its own folder.
        held: ExistingRole = pickle.loads(file.read_bytes())  # noqa: S301
        try:
            work = Work(self._catalog, composition, operations, trail=trail)
            report = audit_role(work, held, None, self._documents).to_json()
        except PolicyError as error:
            return {"fault": "; ".join(error.faults)}
        return {name: value for name, value in report.items() if name not in ("role", "operations", "policy", "place")}

    def unused(self, seen: Iterable[str]) -> list[str]:
        """ARNs of the roles that SageMaker AI can assume and that no log shows."""
        return sorted({*self._usable}.difference(seen))

    def _file(self, arn: str) -> Path:
        return self._folder / f"role-{sha256(arn.encode('utf-8', 'surrogatepass')).hexdigest()}"

    def _groups(self, names: Sequence[str]) -> list[list[tuple[str, Path, bool]]]:
        """The files that belong together, such as the pages of one answer: those that have an account in common.

        Each is copied to where it can be read again, one after the other, and stands as a source, with its copy.
        """
        groups: list[tuple[set[bytes], list[tuple[str, Path, bool]]]] = []
        numbers = itertools.count()
        for name in names:
            try:
                for source in sources(name):
                    path = self._folder / f"details-{next(numbers)}"
                    with writing.scratch_file(path) as stream:
                        stream.write(source.raw)
                    accounts, files = _accounts(source), [(source.name, path, source.in_folder)]
                    for group in [*groups]:
                        if group[0] & accounts or not (group[0] or accounts):
                            groups.remove(group)
                            accounts, files = group[0] | accounts, group[1] + files
                    groups.append((accounts, files))
            except InputError as error:
                self.notices.append(Notice("problem", error.position.path, error.message))
        return [files for _, files in groups]


def _accounts(source: Source) -> set[bytes]:
    """The accounts whose roles or policies a file has; none if it does not show them, or is damaged."""
    try:
        return {*_OWN.findall(unpacked(source))}
    except InputError:
        return set()

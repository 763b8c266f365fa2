"""What sessions of the roles called, by logs of all services, which are read once the roles are known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ..catalog import Catalog
from ..errors import InputError
from ..inputs.code_table import table_of
from ..inputs.interfaces import ReadingContext
from ..inputs.logs import Every, Tally, events
from ..inputs.observed import Sessions
from ..pool import each
from .listing import LogFile, Range, reason_of
from .reduction import account_of


def observed(
    catalog: Catalog,
    files: Iterable[LogFile],
    wanted: Range,
    roles: Collection[str],
    workers: int,
    faults: dict[str, str],
) -> Sessions:
    """What sessions of roles called.

    Args:
        files: the logs.
        wanted: which events count.
        roles: ARNs of the roles.
        faults: takes what is wrong with a file, by path; nothing of such a file counts.
    """
    found = Sessions(roles)
    names = [file.name for file in files]
    for name, sessions, fault in each(_Observing, (catalog, wanted, roles), names, min(workers, len(names))):
        if fault:
            faults[name] = fault
        else:
            found.join(sessions)
    return found


class _Observing:
    """What a process needs to read logs."""

    def __init__(self, catalog: Catalog, wanted: Range, roles: Collection[str]) -> None:
        self._context, self._table = ReadingContext(catalog), table_of(catalog)
        self._wanted, self._roles = wanted, roles

    def take(self, name: str) -> tuple[str, Sessions, str]:
        """Reads a log: its path, the calls in it, and what is wrong with it."""
        found = [Sessions(self._roles)]

        def drop() -> None:
            found[0] = Sessions(self._roles)

        try:
            for event in events(self._context, name, Tally(), drop, "", Every()):
                time = str(event.get("eventTime", "")) if isinstance(event, Mapping) else ""
                if time and self._wanted.has_event(account_of(event), time):
                    found[0].take(self._table, event)
        except InputError as error:
            return name, found[0], error.message
        except OSError as error:
            return name, found[0], reason_of(error)
        return name, found[0], ""

    def close(self) -> None:
        """Nothing is open."""

"""What the catalog knows of calls, by the names that code uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Table:
    """The part ``code`` of a catalog.

    Args:
        data: the part.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.services: Mapping[str, Any] = data["services"]
        self.operations = {
            service: {name.lower(): name for name in (*item["operations"], *item["unknown"])}
            for service, item in self.services.items()
        }
        self.by_method: dict[str, list[str]] = {}
        for service, names in self.operations.items():
            for name in names:
                self.by_method.setdefault(name, []).append(service)
        #: What functions of libraries do: with URLs of Amazon S3, with services, and with the code itself.
        self.urls: dict[str, str] = {}
        self.calls: dict[str, Mapping[str, Any]] = {}
        self.does: dict[str, str] = {}
        for library in data["libraries"].values():
            self.calls.update(library.get("calls", {}))
            for found, part in ((self.urls, "urls"), (self.does, "does")):
                for does, names in library.get(part, {}).items():
                    found.update(dict.fromkeys(names, does))

    def operation(self, service: str, method: str) -> str:
        """The operation or function that a method of a client is, or ""."""
        if method in self.services.get(service, {}).get("functions", {}):
            return method
        return str(self.operations.get(service, {}).get(method.replace("_", "").lower(), ""))


def table_of(catalog: Any) -> Table:
    """What a catalog knows of calls, made once."""
    table: Table = catalog._once(("code",), lambda: Table(catalog.code))
    return table

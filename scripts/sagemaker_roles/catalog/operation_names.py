"""The name of an operation: the API's, with its service before it where another service has one of the same name.

``CreateTable`` is the first service's, and ``other-CreateTable`` that of the service ``other``. Files, addresses and
records have these names; people may also write ``other:CreateTable``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any


@lru_cache(4096)
def plain(name: str) -> str:
    """A name as it is compared: lower case, without underscores and hyphens."""
    return name.replace("_", "").replace("-", "").lower()


def api_name(name: str) -> str:
    """The name in the API."""
    return name.rpartition("-")[2]


def names(apis: Mapping[str, Collection[str]], qualified: Mapping[str, object]) -> dict[str, dict[str, str]]:
    """The names of all operations, by service and name in the API.

    Args:
        apis: the names in the API, by service.
        qualified: whether a service leaves the names that others have to them.
    """
    having = Counter(name for known in apis.values() for name in known)
    return {
        service: {name: f"{service}-{name}" if having[name] > 1 and qualified[service] else name for name in known}
        for service, known in apis.items()
    }


def action_of(services: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """The action of an operation, as its record names it."""
    service = record["service"]
    return f"{services.get(service, {}).get('prefix', service)}:{api_name(record['operation'])}"


def spellings(services: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What an operation can be called, in plain form, and its name; what comes first counts."""
    every = [(service, said, name) for service, said in services.items() for name in said["names"]]
    for service, said, name in every:
        yield plain(f"{service}:{api_name(name)}"), name
        yield plain(name), name
        yield plain(f"{said['prefix']}:{api_name(name)}"), name
    alone = Counter(api_name(name) for _, _, name in every)
    yield from ((plain(api_name(name)), name) for _, _, name in every if alone[api_name(name)] == 1)

"""Compares AWS's printed lists of operations that pass a role with the request members that carry one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..aws.reference import RoleParameter

Data = Mapping[str, Any]


def listed_operations(printed_list: Data) -> list[str]:
    """The operations a printed list means: misprints put right, repetitions left out, in the list's order.

    Args:
        printed_list: an entry of data/pass-role.yaml.
    """
    meant = {item["printed"]: item["means"] for item in printed_list.get("misprints", ()) if "means" in item}
    return list(dict.fromkeys(meant.get(name, name) for name in printed_list["printed"]))


def matrix(lists: Data, parameters: Iterable[RoleParameter]) -> dict[str, Any]:
    """Which operations carry a role, in which members, and which of the lists name them.

    Args:
        lists: data/pass-role.yaml.
        parameters: every request member that carries a role ARN.

    Returns:
        ``counts`` (operations, parameters); ``operations`` sorted by service and name, each with its
        ``parameters`` and the ids of the lists that name it (``listed``); ``lists``, each as printed and as meant,
        with the operations it is ``missing`` and those it names though their request carries no role
        (``without_role``).
    """
    carriers: dict[tuple[str, str], list[str]] = {}
    for parameter in parameters:
        carriers.setdefault((parameter.service, parameter.operation), []).append(parameter.path)
    meant = {name: listed_operations(lists[name]) for name in lists}
    operations = sorted({operation for _, operation in carriers})
    return {
        "counts": {"operations": len(carriers), "parameters": sum(map(len, carriers.values()))},
        "operations": [
            {
                "service": service,
                "operation": operation,
                "parameters": carriers[service, operation],
                "listed": [name for name in lists if operation in meant[name]],
            }
            for service, operation in sorted(carriers)
        ],
        "lists": [
            {
                "id": name,
                "title": lists[name]["title"],
                "printed": list(lists[name]["printed"]),
                "operations": meant[name],
                "misprints": [
                    {"printed": item["printed"], "means": item.get("means", ""), "note": item["note"]}
                    for item in lists[name].get("misprints", ())
                ],
                "missing": [operation for operation in operations if operation not in meant[name]],
                "without_role": [operation for operation in meant[name] if operation not in operations],
                "sources": list(lists[name]["sources"]),
            }
            for name in lists
        ],
    }

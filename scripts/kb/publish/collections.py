"""Describes as JSON what stands beside operations: managed policies, pages and lists of AWS, and attestations. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..aws.reference import RoleParameter

Data = Mapping[str, Any]

DOCUMENTATION = "documentation.json"
ATTESTATIONS = "attestations.json"

#: Where a mistake can be said to be handled, in the order of the published file.
_HANDLED = ["rules", "statements", "resources", "trust", "deviations", "addons", "pitfalls", "faults", "files", "tests"]

#: The members of what is published of a policy, of a service in it and of a mistake, in their order, and what they are
#: where the record does not have them.
_POLICY: Data = (
    dict.fromkeys(("name", "arn", "kind", "product", "purpose", "attach_to"), "")
    | dict.fromkeys(("not_recommended", "version", "changed"), "")
    | dict.fromkeys(("statements", "actions"), 0)
    | dict.fromkeys(("prefixes", "history", "services", "notable"), ())
    | {"gone": {}, "notes": [], "sources": []}
)
_SERVICE: Data = {"service": "", "reason": "", "explained": {}, "grants": []}
_MISTAKE: Data = (
    {"id": "", "number": 0, "page_says": "", "right": ""}
    | dict.fromkeys(("editions", "operations"), ())
    | {"handled": {}, "note": "", "sources": []}
)


def managed_policies(policies: Data, sources: Data) -> dict[str, Any]:
    """What managed-policies.json holds: every policy with every key, and the sources cited.

    Args:
        policies: data/aws/managed-policies by name.
    """
    described = []
    for name, policy in sorted(policies.items()):
        made = {
            "name": name,
            # Of the services that it grants actions of; * for all.
            "prefixes": policy.get("prefixes") or sorted({one["service"] for one in policy.get("services", ())}),
            "services": [{**_SERVICE, **item} for item in policy.get("services", ())],
        }
        described.append({key: made.get(key, policy.get(key, default)) for key, default in _POLICY.items()})
    pages = [page for policy in described for item in policy["services"] for page in item["explained"]]
    return {"policies": described, "sources": _cited(described, sources, pages)}


def page_mistakes(mistakes: Data, sources: Data) -> dict[str, Any]:
    """What page-mistakes.json holds: every mistake with every key, in the file's order, and the sources cited.

    Args:
        mistakes: data/site/page-mistakes.yaml.
    """
    described = []
    for name, item in mistakes.items():
        made = {"id": name, "handled": {key: list(item["handled"].get(key, ())) for key in _HANDLED}}
        described.append({key: made.get(key, item.get(key, default)) for key, default in _MISTAKE.items()})
    return {"mistakes": described, "sources": _cited(described, sources)}


def _cited(described: Iterable[Data], sources: Data, more: Iterable[str] = ()) -> dict[str, Any]:
    names = {*more, *(name for item in described for name in item["sources"])}
    return {name: dict(sources[name]) for name in sorted(names)}


def documentation(pages: Data, guides: Data) -> dict[str, Any]:
    """What documentation.json holds: pages of AWS, and what carries what they say of permissions.

    Every page has its state, the day on which it was read, and its sections about permissions.

    Args:
        pages: data/aws/documentation.yaml.
        guides: data/aws/guides.yaml.
    """
    return {
        "pages": [
            {
                "page": name,
                "url": f"{guides[name.partition('/')[0]]['addresses'][0]}{name.partition('/')[2]}.html",
                "state": "read" if "read" in page else "unread" if "linked_from" in page else "refused",
                "read": page.get("read", ""),
                "reason": page.get("refused", ""),
                "sections": [
                    {
                        "section": section["section"],
                        "carried_by": list(section.get("carried_by", ())),
                        "reason": section.get("reason", ""),
                    }
                    for section in page.get("sections", ())
                ],
            }
            for name, page in sorted(pages.items())
        ]
    }


def counted(attestations: Iterable[Data]) -> dict[str, Any]:
    """What attestations.json holds: statements that were seen, and calls that were denied and that no statement allows.

    Of each, how many independent origins saw it.
    An origin counts once, whatever it sends; calls that failed or were denied show no use of a statement.
    """
    origins: dict[tuple[str, ...], set[str]] = {}
    for one in attestations:
        for row in one["seen"]:
            statement = row.get("statement", "")
            if (row["outcome"] == "allowed") is bool(statement) and row["outcome"] != "failed":
                key = (row["operation"], row.get("role", ""), row.get("addon", ""), statement, row["action"])
                origins.setdefault(key, set()).add(one["id"])
    names = ("operation", "role", "addon", "statement", "action")
    rows = [{**dict(zip(names, key, strict=True)), "origins": len(ids)} for key, ids in sorted(origins.items())]
    return {"seen": [one for one in rows if one["statement"]], "lacking": [one for one in rows if not one["statement"]]}


def listed_operations(printed_list: Data) -> list[str]:
    """The operations a printed list means: misprints put right, repetitions left out, in the list's order.

    Args:
        printed_list: an entry of data/aws/pass-role.yaml.
    """
    meant = {item["printed"]: item["means"] for item in printed_list.get("misprints", ()) if "means" in item}
    return list(dict.fromkeys(meant.get(name, name) for name in printed_list["printed"]))


def matrix(lists: Data, parameters: Iterable[RoleParameter]) -> dict[str, Any]:
    """Which operations carry a role, in which members, and which of the lists name them.

    Args:
        lists: data/aws/pass-role.yaml.
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

"""Describes what stands beside the records as JSON: AWS managed policies, and the mistakes of AWS's page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Data = Mapping[str, Any]

#: Where a mistake can be said to be handled, in the order of the published file.
HANDLED = (
    "rules",
    "statements",
    "resources",
    "trust",
    "deviations",
    "addons",
    "pitfalls",
    "faults",
    "files",
    "tests",
)


def _grant(grant: Data) -> dict[str, Any]:
    described: dict[str, Any] = {"Sid": grant["Sid"]} if "Sid" in grant else {}
    for key in ("Action", "Resource", "NotResource"):
        if key in grant:
            described[key] = list(grant[key])
    if "Condition" in grant:
        described["Condition"] = {
            operator: {key: list(values) for key, values in keys.items()}
            for operator, keys in grant["Condition"].items()
        }
    return described


def prefixes(policy: Data) -> list[str]:
    """Prefixes of the services a managed policy grants actions of; ``*`` for all."""
    return list(policy.get("prefixes", ())) or sorted({item["service"] for item in policy.get("services", ())})


def managed_policies(policies: Data, sources: Data) -> dict[str, Any]:
    """What managed-policies.json holds: every policy with every key, and the sources cited.

    Args:
        policies: data/managed-policies by name.
    """
    described = [
        {
            "name": name,
            "arn": policy["arn"],
            "kind": policy["kind"],
            "product": policy["product"],
            "purpose": policy["purpose"],
            "attach_to": policy["attach_to"],
            "not_recommended": policy.get("not_recommended", ""),
            "version": policy.get("version", ""),
            "changed": policy.get("changed", ""),
            "statements": policy.get("statements", 0),
            "actions": policy.get("actions", 0),
            "prefixes": prefixes(policy),
            "history": [dict(item) for item in policy.get("history", ())],
            "services": [
                {
                    "service": item["service"],
                    "reason": item.get("reason", ""),
                    "explained": {page: list(names) for page, names in item.get("explained", {}).items()},
                    "grants": [_grant(grant) for grant in item["grants"]],
                }
                for item in policy.get("services", ())
            ],
            "notable": [
                {"what": item["what"], "grants": [_grant(grant) for grant in item["grants"]]}
                for item in policy.get("notable", ())
            ],
            "gone": dict(policy.get("gone", {})),
            "notes": list(policy.get("notes", ())),
            "sources": list(policy["sources"]),
        }
        for name, policy in sorted(policies.items())
    ]
    pages = [page for policy in described for item in policy["services"] for page in item["explained"]]
    return {"policies": described, "sources": _cited(described, sources, pages)}


def page_mistakes(mistakes: Data, sources: Data) -> dict[str, Any]:
    """What page-mistakes.json holds: every mistake with every key, in the file's order, and the sources cited.

    Args:
        mistakes: data/site/page-mistakes.yaml.
    """
    described = [
        {
            "id": name,
            "number": item.get("number", 0),
            "page_says": item["page_says"],
            "right": item["right"],
            "editions": list(item["editions"]),
            "operations": list(item.get("operations", ())),
            "handled": {key: list(item["handled"].get(key, ())) for key in HANDLED},
            "note": item.get("note", ""),
            "sources": list(item["sources"]),
        }
        for name, item in mistakes.items()
    ]
    return {"mistakes": described, "sources": _cited(described, sources)}


def _cited(described: Iterable[Data], sources: Data, more: Iterable[str] = ()) -> dict[str, Any]:
    def names() -> Iterator[str]:
        yield from more
        for item in described:
            yield from item["sources"]

    return {name: dict(sources[name]) for name in sorted(set(names()))}

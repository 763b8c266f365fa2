"""Describes what stands beside the records as JSON: AWS managed policies, and the mistakes of AWS's page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Data = Mapping[str, Any]

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
        policies: data/managed-policies by name.
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

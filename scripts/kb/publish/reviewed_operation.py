"""The committed file of an operation: every statement that it grants, for a reviewer of a pull request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

#: The parts of what a grantee is granted, and the links to the policy and to an add-on's patch of each.
_PARTS = {"policy": ("policy", "patch"), "trust": ("trust_policy", "trust_patch")}


def reviewed(record: Mapping[str, Any], read: Callable[[str], Any]) -> dict[str, Any]:
    """What a reviewer reads of an operation: every statement of its roles and its caller, without the reasons.

    Args:
        record: what operation.json holds of it, in this version or an earlier one.
        read: gives the JSON of a published file by its path.
    """
    name, caller = record["operation"], record["caller"]
    roles = [_documents(role, name, read) for role in record["roles"]]
    return {"operation": name, "roles": roles, "caller": _documents(caller, name, read) if caller else None}


def _documents(grantee: Mapping[str, Any], operation: str, read: Callable[[str], Any]) -> dict[str, Any]:
    """The statements of a grantee and of its companions, and what decides on its add-ons.

    ``trust`` is absent where there is none, and ``companions`` in versions from before there were any.
    """

    def statements(holder: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for part, links in _PARTS.items():
            for path in filter(None, map(holder["links"].get, links)):
                document = read(path)  # a policy, or the patch of an add-on
                is_patch = isinstance(document, list)
                yield part, [step["value"] for step in document] if is_patch else document["Statement"]

    addons = []
    for addon in grantee["addons"]:
        decides = {key: addon[key] for key in ("when", "usage") if addon[key]}
        decides |= {"request": addon["request"]} if addon["request"] != operation else {}
        addons.append({"id": addon["id"], **decides, **dict(statements(addon))})
    documents = {"id": grantee["id"], **dict(statements(grantee)), "addons": addons}
    if path := grantee["links"].get("companions"):
        documents["companions"] = [
            {**{key: value for key, value in one.items() if key != "why"}, "policy": policy and policy["Statement"]}
            for one in read(path)["companions"]
            for policy in [one["policy"]]
        ]
    return documents

"""Writes what an error message means, as text for people and as JSON (explanation.schema.json)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..catalog import Catalog
from .causes import Cause, Shortfall

#: SemVer of the form of the JSON.
SCHEMA_VERSION = "1.3.0"

#: What a matter is called.
MATTERS = {
    "account": "a setting of the account, not a policy",
    "capacity": "free capacity, not a policy",
    "client": "the client, not a policy",
    "code": "your own code, not a policy",
    "encoded": "the message is encoded",
    "limit": "a limit of the service, not a policy",
    "missing": "a missing object, or a permission to read it",
    "permission": "a missing permission",
    "quota": "a quota, not a policy",
    "request": "the request, not a policy",
    "resource": "a policy or setting of the resource",
    "role": "the role itself: it is wrong, too new, or not trusted",
    "route": "the network, not a policy",
    "unclear": "perhaps a missing permission",
}

#: What people call the policy of a resource, by the service of the action; the page has the same (denied.js).
RESOURCE_POLICIES = {"ecr": "repository policy", "kms": "key policy", "s3": "bucket policy"}


def to_json(causes: Sequence[Cause], look: Sequence[str]) -> dict[str, Any]:
    """An explanation as a JSON value; members that do not apply are absent."""
    return {
        "schema_version": SCHEMA_VERSION,
        "known": bool(causes),
        "causes": [_cause(cause) for cause in causes],
        **({"look": list(look)} if look else {}),
    }


#: The members of a cause in their order.
_MEMBERS = (
    *("form", "title", "message", "matter", "operation", "role", "caller", "addon", "who", "principal", "action"),
    *(
        "resource",
        "layer",
        "layer_named",
        "policy_type",
        "policy_arn",
        "changed_by",
        "statement",
        "policy",
        "patch",
        "next",
        "placeholders",
        "check",
        "question",
    ),
    *("why", "evidence", "sources", "also", "look", "page", "guide", "asked", "short"),
)


def _cause(cause: Cause) -> dict[str, Any]:
    members = {name: _plain(getattr(cause, name)) for name in _MEMBERS}
    members["short"] = [_short(one) for one in cause.short]
    members["layer_named"] = cause.layer_named if cause.layer else None
    return {name: value for name, value in members.items() if name == "caller" or value not in ("", None, [], {})}


def _plain(value: Any) -> Any:
    return [*value] if isinstance(value, tuple) else {**value} if isinstance(value, Mapping) else value


def _short(one: Shortfall) -> dict[str, str]:
    return {name: value for name, value in asdict(one).items() if value}


def to_text(catalog: Catalog, causes: Sequence[Cause], look: Sequence[str], base: str = "") -> Iterator[str]:
    """Lines for people: each message once, its best cause in full, the others in a line each.

    Args:
        base: address of the site; without it, pages have their paths on it.
    """
    if not causes:
        yield "This error is not known yet. Check these things, or report it."
        yield from _listed("To check", look)
        return
    grouped: dict[tuple[str, str], list[Cause]] = {}
    for cause in causes:
        grouped.setdefault((cause.form, cause.message), []).append(cause)
    for number, ((_, message), group) in enumerate(grouped.items()):
        if number:
            yield ""
        yield f"Message: {message}"
        yield f"Meaning: {group[0].title}; {MATTERS[group[0].matter]}"
        yield from _best(catalog, group)
        pages = dict.fromkeys([(cause := _shown(group)).page, cause.guide])
        yield f"Page:    {', '.join(_address(page, base) for page in pages)}"


def _shown(group: Sequence[Cause]) -> Cause:
    """The cause of a message that is shown in full."""
    return next((item for item in group if item.statement), group[0])


def _address(page: str, base: str) -> str:
    """The address of a page of the site that a file of its source becomes."""
    return f"{base.rstrip('/')}/{page.replace('.md', '/', 1)}" if base else page.replace(".md", "/", 1)


def _best(catalog: Catalog, group: Sequence[Cause]) -> Iterator[str]:
    cause, first = _shown(group), group[0]
    yield from _denied(catalog, cause)
    yield from _needed(catalog, group)
    for why in dict.fromkeys(item.why for item in (first, cause) if item.why):
        yield f"Why:     {why}" + (f" ({cause.evidence})" if why == cause.why and cause.evidence else "")
    yield from (f"         {url}" for url in cause.sources)
    yield from _listed("Required by", first.asked)
    yield from _listed("The role", [f"{one.statement or one.layer} {one.why}" for one in first.short])
    if cause.statement:
        yield f"Add to {_where(catalog, cause, cause.statement)}:"
        yield from ("  " + line for line in json.dumps(cause.statement, indent=2).splitlines())
    if cause.next:
        yield f"Next:    {', '.join(cause.next)}: would be denied next; this statement also allows it"
    if cause.placeholders:
        yield f"Fill in: {', '.join(cause.placeholders)}"
    yield from _listed(
        "Must allow it too", [f"{catalog.data['layers'][k]['title']}: {v}" for k, v in cause.also.items()]
    )
    yield from _listed("Check", list(dict.fromkeys([*first.look, *cause.look])))
    if cause.check:
        yield f"Test:    {cause.check}"
    if cause.question:
        yield f"Decide:  {cause.question}"


def _denied(catalog: Catalog, cause: Cause) -> Iterator[str]:
    """What is denied, to whom, and by which layer."""
    if cause.action:
        yield f"Denied:  {cause.action}" + (
            f" on {cause.resource}" if cause.resource else " (the resource is not named)"
        )
    if cause.principal or cause.who != "principal":
        yield f"To:      {cause.who}" + (f" {cause.principal}" if cause.principal else " (not named)")
    if cause.layer:
        title = catalog.layers[cause.layer]["title"]
        of = f" in the {cause.policy_type}" if cause.policy_type not in ("", title) else ""
        named = f" {cause.policy_arn}".rstrip() if cause.layer_named else ", probably; the message does not name it"
        yield f"By:      {title}{of}{named}"
    if cause.changed_by:
        yield f"Change:  {cause.changed_by}"


def _needed(catalog: Catalog, group: Sequence[Cause]) -> Iterator[str]:
    """Which roles and operations need it."""
    needing = [item for item in group if item.role or item.caller]
    if needing:
        yield f"Needed:  {_needing(catalog, needing[0])}"
        yield from (f"         or {_needing(catalog, item)}" for item in needing[1:])
    elif group[0].operation:
        yield f"Needed:  {group[0].operation}"


def _where(catalog: Catalog, cause: Cause, statement: Mapping[str, Any]) -> str:
    """The policy that the statement of a cause belongs to."""
    if "Principal" in statement and "Resource" not in statement and cause.action.startswith("sts:"):
        return "the role's trust policy"
    if "Principal" in statement and cause.layer != "endpoint-policy":
        return f"the {RESOURCE_POLICIES.get(cause.action.split(':')[0], 'resource-based policy')}"
    if cause.layer not in ("", "identity-policy"):
        return f"the {catalog.data['layers'][cause.layer]['title']}"
    return f"a policy of the {cause.who}"


def _needing(catalog: Catalog, cause: Cause) -> str:
    who = "caller" if cause.caller else f"role {cause.role}"
    grantees = catalog.operation(cause.operation).grantees()
    addon = next(
        (a for g in grantees if g.id == (cause.role or "caller") for a in g.addons if a.id == cause.addon), None
    )
    return f"{cause.operation}, {who}" + (f", add-on {addon.id}: {addon.title}" if addon else "")


def _listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"{title}:"
        yield from (f"  - {line}" for line in lines)

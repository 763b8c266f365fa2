"""Writes the pages of AWS managed policies: the list, and AmazonSageMakerFullAccess by service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .published import Data, Published
from .text import anchor, code, code_list, count, esc, front_matter, md, table

FULL_ACCESS = "AmazonSageMakerFullAccess"
_PRODUCTS = {
    "sagemaker-ai": "SageMaker AI",
    "unified-studio": "SageMaker Unified Studio",
    "related": "Policies of neighbouring services",
}
_KINDS = {
    "attachable": "attach it yourself",
    "service-role": "for a service's role",
    "service-linked": "service-linked, not yours to attach",
    "job-function": "for a person's job",
}


def source_link(sources: Data, key: str) -> str:
    """A source as a link with its dates, as HTML."""
    source = sources[key]
    dates = f"<small>as of {md(source['as_of'])}, read {md(source['read'])}</small>"
    if source["url"].startswith("https://"):
        return f'<a href="{esc(source["url"])}">{md(source["title"])}</a> {dates}'
    return f"{md(source['title'])} ({code(source['url'])}) {dates}"


def source_section(sources: Data, keys: Iterable[str]) -> list[str]:
    """The section of a page's sources."""
    return ["## Sources { #sources }", "", *(f"- {source_link(sources, key)}" for key in keys), ""]


def overview(published: Published) -> str:
    """All AWS managed policies for SageMaker."""
    data = published.optional("managed-policies.json") or {"policies": [], "sources": {}}
    policies: list[Data] = data["policies"]
    body = [
        front_matter(
            {
                "title": "AWS managed policies",
                "description": "Every AWS managed policy for Amazon SageMaker: what it is for, what it is attached to, "
                "its size and what to know before using it.",
                "search": {"boost": 2},
            }
        ),
        "# AWS managed policies for SageMaker",
        "",
        f"{count(len(policies), 'managed policy').replace('policys', 'policies')}, what each is for, and what to know. "
        f"The one most people start from is explained [service by service](full-access.md).",
        "",
    ]
    for product, title in _PRODUCTS.items():
        chosen = [item for item in policies if item["product"] == product]
        if chosen:
            body += [f"## {title} {{ #{product} }}", "", table(_HEAD, map(_row, chosen), row_ids=map(_id, chosen))]
    body += source_section(data["sources"], _cited(policies))
    return "\n".join(body)


_HEAD = ("Policy", "What it is for", "Attached to", "Version")


def _id(policy: Data) -> str:
    return anchor(policy["name"])


def _cited(policies: Iterable[Data]) -> list[str]:
    return list(dict.fromkeys(key for policy in policies for key in policy["sources"]))


def _row(policy: Data) -> tuple[str, str, str, str]:
    name = code(policy["name"])
    if policy["name"] == FULL_ACCESS:
        name = f'<a href="../full-access/">{name}</a>'
    why = f"<p>{esc(policy['purpose'])}</p>"
    if policy["not_recommended"]:
        why += f'<p><span class="evidence inferred">not recommended</span> {esc(policy["not_recommended"])}</p>'
    why += "".join(f'<p class="note">{esc(note)}</p>' for note in policy["notes"])
    grants = ""
    if policy["prefixes"]:
        grants = f"<details><summary>{count(len(policy['prefixes']), 'service')}</summary>"
        grants += f"{code_list(policy['prefixes'])}</details>"
    version = f"{esc(policy['version'])}<br>{esc(policy['changed'])}" if policy["version"] else ""
    size = f"<p>{policy['actions']:,} actions in {count(policy['statements'], 'statement')}</p>"
    attached = f"<p>{esc(policy['attach_to'])}</p><p class='note'>{esc(_KINDS[policy['kind']])}</p>"
    return f"{name}{grants}", why, attached, version + (size if policy["actions"] else "")


def full_access(published: Published) -> str:
    """AmazonSageMakerFullAccess, service by service."""
    data = published.optional("managed-policies.json") or {"policies": [], "sources": {}}
    policy: Data = next((item for item in data["policies"] if item["name"] == FULL_ACCESS), {})
    head = front_matter(
        {
            "title": "AmazonSageMakerFullAccess",
            "description": "What AmazonSageMakerFullAccess allows, service by service, with the reason for each and "
            "what is not in it.",
            "search": {"boost": 4},
        }
    )
    if not policy:
        return f"{head}# AmazonSageMakerFullAccess\n\nNot described in this version.\n"
    services: list[Data] = policy["services"]
    rows = [(code(item["service"]), f"<p>{esc(item['reason'])}</p>", _grants(item["grants"])) for item in services]
    history = [(esc(item["version"]), esc(item["changed"]), esc(item["change"])) for item in policy["history"]]
    body = [
        head,
        "# AmazonSageMakerFullAccess, service by service",
        "",
        md(policy["purpose"]),
        "",
        f"Version {code(policy['version'])} of {md(policy['changed'])}: {policy['actions']} actions in "
        f"{count(policy['statements'], 'statement')}. How to get away from it: "
        "[step by step](../guides/leave-full-access.md).",
        "",
        *(f"- {md(note)}" for note in policy["notes"]),
        "",
        "## What it allows, and why { #services }",
        "",
        table(
            ("Service", "Why", "Actions and resources"), rows, row_ids=[anchor(item["service"]) for item in services]
        ),
    ]
    if policy["gone"]:
        body += ["## What is in it and no longer exists { #gone }", ""]
        body += [f"- {code(action)}: {md(why)}" for action, why in policy["gone"].items()] + [""]
    body += ["## History { #history }", "", table(("Version", "Date", "Change"), history)]
    body += source_section(data["sources"], policy["sources"])
    return "\n".join(body)


def _grants(grants: Iterable[Data]) -> str:
    out = []
    for grant in grants:
        resources = code_list(grant.get("Resource", ())) or f"all but {code_list(grant.get('NotResource', ()))}"
        condition = _condition(grant.get("Condition", {}))
        actions: list[Any] = list(grant["Action"])
        shown = code_list(actions)
        if len(actions) > 6:
            shown = f"<details><summary>{count(len(actions), 'action')}</summary>{shown}</details>"
        out.append(f"<div class='grant'>{shown}<p class='note'>on {resources}{condition}</p></div>")
    return "".join(out)


def _condition(condition: Data) -> str:
    told = [
        f"{code(key)} {esc(operator)} {code_list(values)}"
        for operator, keys in condition.items()
        for key, values in keys.items()
    ]
    return f" if {' and '.join(told)}" if told else ""

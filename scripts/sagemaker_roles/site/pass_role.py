"""Writes the matrix of operations and role parameters against AWS's own lists of operations that pass a role."""

from __future__ import annotations

from collections.abc import Iterable

from .published import Data, Published
from .text import code, code_list, count, esc, front_matter, md, table


def passed_services(record: Data) -> list[str]:
    """Services an operation's caller may pass a role to, out of its iam:PassRole statements."""
    caller = record["caller"]
    if not caller:
        return []
    statements = [item["statement"] for holder in [caller, *caller["addons"]] for item in holder["statements"]]
    return sorted(
        {
            value
            for statement in statements
            if "iam:PassRole" in statement["Action"]
            for keys in statement.get("Condition", {}).values()
            for value in keys.get("iam:PassedToService", ())
        }
    )


def page(published: Published) -> str:
    """The page, from ``pass_role`` of catalog.json and the callers' statements."""
    facts: Data = published.catalog["pass_role"]
    lists: list[Data] = facts["lists"]
    rows = []
    for item in facts["operations"]:
        name = item["operation"]
        record = published.operations.get(name)
        head = f'<a href="../{esc(name)}/#caller">{esc(name)}</a>' if record else esc(name)
        rows.append(
            (
                f"{head} <small>{esc(item['service'])}</small>",
                "<br>".join(code(path) for path in item["parameters"]),
                "<br>".join(code(service) for service in passed_services(record)) if record else "",
                *("yes" if entry["id"] in item["listed"] else '<span class="no">no</span>' for entry in lists),
            )
        )
    counts = facts["counts"]
    body = [
        front_matter(
            {
                "title": "Who passes a role",
                "description": "iam:PassRole for SageMaker: every operation and request member that carries an IAM "
                "role, against AWS's own lists of operations that pass a role.",
                "search": {"boost": 2},
            }
        ),
        "# Who passes a role (iam:PassRole)",
        "",
        f"{counts['operations']} operations carry a role in {counts['parameters']} request members. Whoever calls one "
        "needs [`iam:PassRole`](../guides/pass-role.md) on the role. AWS's own lists name fewer:",
        "",
        *(f"- {_list_summary(entry, counts['operations'])}" for entry in lists),
        "",
        "## Operations and role parameters { #operations }",
        "",
        table(
            ("Operation", "Role parameters", "Passed to", *(esc(entry["title"]) for entry in lists)),
            rows,
            css="pass-role",
        ),
        "## What the lists get wrong { #misprints }",
        "",
        *_misprints(lists),
        "",
        "## Sources { #sources }",
        "",
        *(f"- {_source(published, key)}" for key in dict.fromkeys(key for entry in lists for key in entry["sources"])),
        "- Role parameters: the request shapes of botocore "
        f"{md(str(published.manifest['reference'].get('botocore', '')))}, every member that takes the ARN of a role.",
        "",
    ]
    return "\n".join(body)


def _list_summary(entry: Data, total: int) -> str:
    named = len(entry["operations"])
    without = f", and {code_list(entry['without_role'])} though it carries none" if entry["without_role"] else ""
    return f"{md(entry['title'])}: {named} operations, {len(entry['missing'])} of {total} missing{without}."


def _misprints(lists: Iterable[Data]) -> list[str]:
    lines = []
    for entry in lists:
        for item in entry["misprints"]:
            means = f", means {code(item['means'])}" if item["means"] else ""
            lines.append(f"- {md(entry['title'])}: {code(item['printed'])}{means}. {md(item['note'])}")
        if entry["missing"]:
            names = code_list(entry["missing"])
            missing = count(len(entry["missing"]), "operation")
            lines.append(f"- {md(entry['title'])} lacks {missing}: {names}.")
    return lines


def _source(published: Published, key: str) -> str:
    source = published.catalog["sources"][key]
    title = f'<a href="{esc(source["url"])}">{md(source["title"])}</a>'
    return f"{title}, as of {md(source['as_of'])}, read {md(source['read'])}"

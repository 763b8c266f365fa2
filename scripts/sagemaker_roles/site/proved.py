"""Writes what was proved of an operation's policies, and the page that compares them with others'."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from .published import Data, Published
from .text import anchor, code_list, count, esc, front_matter, md, table

_HEAD = ("Policy", "Actions granted", "On “*”, could be scoped", "Steps allowed", "Near misses let through")


def _plural(number: int, noun: str) -> str:
    return count(number, noun).replace("misss", "misses")


def counts(published: Published, name: str) -> str:
    """How much was proved of an operation's policies, as a line of Markdown; "" if nothing was."""
    item = published.proof["operations"].get(name)
    if not item:
        return ""
    return (
        f"[Proved by {_plural(item['steps'], 'step')} and {_plural(item['near_misses'], 'near miss')}](#proof) "
        f"of {count(item['scenarios'], 'scenario')}, in a simulator that is not ours"
    )


def section(published: Published, name: str) -> str:
    """An operation's section: the counts, the exceptions with their reasons, and what others grant."""
    proof = published.proof
    item = proof["operations"].get(name)
    lines = ["## Proof { #proof data-search-exclude }", ""]
    if not item:
        if not proof["operations"]:
            return ""
        return "\n".join(
            [*lines, "No scenario plays this operation yet. Its policies are checked by rules and linters only.", ""]
        )
    let_through = sum(number for key, number in item["exceptions"].items() if proof["exceptions"][key]["near_miss"])
    unnoticed = sum(item["exceptions"].values()) - let_through
    denied = f"denied, but for {let_through:,} that are let through for the reasons below" if let_through else "denied"
    missed = f", but for {unnoticed:,} with the reasons below" if unnoticed else ""
    lines += [
        f"Proved by {_plural(item['steps'], 'step')}, {_plural(item['near_misses'], 'near miss')} and "
        f"{count(item['mutations'], 'mutation')} in {count(item['scenarios'], 'scenario')} "
        "([how](../guides/how-we-know.md#proof)):",
        "",
        "- **Sufficient:** every step that the service takes with the role, and the caller before it, is allowed; "
        "by the broad policy too.",
        f"- **Tight:** every call next to a step is {denied}.",
        f"- **Minimal:** take out an action, a resource or a condition, and a step or a near miss shows it{missed}.",
        "",
    ]
    if item["exceptions"]:
        rows = [_exception(proof["exceptions"][key], number) for key, number in item["exceptions"].items()]
        lines += [table(("Exception", "How many", "Why"), rows)]
    if item["comparison"]:
        first = "first " if len(published.operations[name]["roles"]) > 1 else ""
        lines += [
            "### Compared with others { #compared data-search-exclude }",
            "",
            f"The same scenarios with other policies for the {first}role ([what they are](compared.md)):",
            "",
            table(_HEAD, _rows(proof, item["comparison"])),
        ]
    return "\n".join(lines)


def _exception(item: Data, number: int) -> tuple[str, str, str]:
    kind = re.sub("^other[- ]", "another ", item["near_miss"]).replace("-", " ")
    what = "anything next to it" if kind in ("*", "another *") else kind or item["mutation"]
    actions = f"<p>{code_list(item['actions'])}</p>" if item["actions"] else ""
    return f"{esc(what)}{actions}", f"{number:,}", f"<p>{esc(item['reason'])}</p>"


def _rows(proof: Data, comparison: Data) -> Iterator[tuple[str, ...]]:
    for peer, about in proof["peers"].items():
        row = comparison[peer]
        if row is None:
            yield (esc(about["title"]), "none", "", "", "")
            continue
        yield (
            esc(about["title"]),
            f"{row['actions']:,}",
            f"{row['actions_on_star']:,}",
            f"{row['steps_allowed']:,} of {row['steps']:,}",
            f"{row['near_misses_let_through']:,} of {row['near_misses']:,}",
        )


def compared(published: Published) -> str:
    """The page that compares our policies with others' over all operations."""
    proof = published.proof
    proved = proof["operations"]
    found = {name: row for name in published.names if (row := proved.get(name, {}).get("comparison"))}
    body = [
        front_matter(
            {
                "title": "Compared with others",
                "description": "AmazonSageMakerFullAccess, the SageMaker Python SDK's roles, CDK Role Manager, AWS's "
                "own page and these policies, measured on the same requests.",
                "search": {"boost": 2},
            }
        ),
        "# Compared with others",
        "",
        "What one would use instead, held against the same requests. A simulator that is not ours plays the service: "
        "what it does with the role must be allowed, what is next to that should be denied "
        "([how](../guides/how-we-know.md#proof)).",
        "",
    ]
    if not found:
        return "\n".join([*body, "Nothing was compared in this version.", ""])
    body += [
        f"Over {count(len(found), 'operation')} with a role, each peer where it has a policy:",
        "",
        table(
            ("Policy", "Operations", "Steps allowed", "Near misses let through", "Ours on the same"),
            _sums(proof, list(found.values())),
        ),
        "Ours let through what each operation's page lists as exceptions, with the reasons. A policy that allows fewer "
        "steps than the service takes lets less through for that alone.",
        "",
        "## Whose policies { #sources }",
        "",
        table(
            ("Policy", "Read from", "What it is told, and what it is for"),
            ((esc(item["title"]), esc(item["from"]), esc(item["told"])) for item in proof["peers"].values()),
            row_ids=proof["peers"],
        ),
        "## By operation { #operations }",
        "",
        "Actions are counted with wildcards written out. Those on <code>*</code> have a resource type, so they could "
        "be scoped; an ARN that is as wide, such as that of every bucket, is not counted there. Only the operation's "
        "first role is compared.",
        "",
    ]
    for name, comparison in found.items():
        body += [
            f"### [{md(name)}]({name}.md#proof) {{ #{anchor(name)} data-search-exclude }}",
            "",
            table(_HEAD, _rows(proof, comparison)),
        ]
    return "\n".join(body)


def _sums(proof: Data, comparisons: Iterable[Data]) -> Iterator[tuple[str, ...]]:
    for peer, about in proof["peers"].items():
        pairs = [(item[peer], item["ours"]) for item in comparisons if item[peer]]
        steps, allowed, misses, through = (
            sum(row[key] for row, _ in pairs)
            for key in ("steps", "steps_allowed", "near_misses", "near_misses_let_through")
        )
        ours = sum(row["near_misses_let_through"] for _, row in pairs)
        yield (
            esc(about["title"]),
            str(len(pairs)),
            f"{allowed:,} of {steps:,}{_share(allowed, steps)}",
            f"{through:,} of {misses:,}{_share(through, misses)}",
            f"{ours:,}{_share(ours, misses)}",
        )


def _share(part: int, whole: int) -> str:
    """A share in percent with one decimal; "" of nothing. 100 and 0 are only said of all and none."""
    if not whole:
        return ""
    percent: Any = min(max(round(100 * part / whole, 1), 0.1), 99.9) if 0 < part < whole else 100 * part // whole
    return f" ({percent}%)"

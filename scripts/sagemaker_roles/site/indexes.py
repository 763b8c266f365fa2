"""Writes the indexes: all operations, by action, by condition key, by add-on, by trust principal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from .operation import SUMMARY_HEAD, address, condition_text, statement_id, summary_row
from .published import Published, Use, grantees
from .text import anchor, code, count, esc, front_matter, md, table

_FROM_RECORDS = (
    "## Sources { #sources }\n\n"
    "Every row comes from the records of the operations, which cite [their sources](sources.md), "
    "statement by statement.\n"
)


def _page(title: str, description: str, intro: str, body: str, boost: float = 1.0) -> str:
    head = front_matter({"title": title, "description": description, "search": {"boost": boost}})
    return "\n".join([head, f"# {md(title)}", "", intro, "", body, _FROM_RECORDS])


def _address(published: Published, operation: str, grantee: str) -> str:
    """The page that a role, or the caller, of an operation is on; from an index."""
    return f"../{esc(address(published.operations[operation], grantee))}"


def _where(published: Published, uses: Iterable[Use]) -> str:
    """A list of operations with the places in each, as HTML."""
    places: dict[str, dict[str, list[Use]]] = defaultdict(lambda: defaultdict(list))
    for use in uses:
        places[use.operation][use.grantee].append(use)
    items = []
    for operation, by_grantee in places.items():
        told = []
        for grantee, found in by_grantee.items():
            addons = list(dict.fromkeys(use.addon for use in found))
            base = "" if "" in addons else "only "
            named = [addon for addon in addons if addon]
            extra = f": {base}{', '.join(f'+ {esc(addon)}' for addon in named)}" if named and base else ""
            target = statement_id(grantee, found[0].statement["Sid"], found[0].trust)
            told.append(f'<a href="{_address(published, operation, grantee)}#{esc(target)}">{esc(grantee)}</a>{extra}')
        items.append(f'<li><a href="../{esc(operation)}/">{esc(operation)}</a> <small>{"; ".join(told)}</small></li>')
    return f'<ul class="where-list">{"".join(items)}</ul>\n'


def operations(published: Published) -> str:
    """The page that lists all operations."""
    total = sum(len(record["roles"]) for record in published.operations.values())
    rows = [summary_row(published, name, "") for name in published.names]
    return _page(
        "Operations",
        "All SageMaker API operations that take an IAM role, with their roles, add-ons and evidence.",
        f"{count(len(rows), 'operation')} with {count(total, 'role')}. Each page has the permissions policy, the "
        "trust policy, what the caller needs, and why.",
        table(SUMMARY_HEAD, rows, css="operations"),
        2,
    )


def operations_table(published: Published) -> str:
    """The table of operations for the home page."""
    rows = [summary_row(published, name, "reference/") for name in published.names]
    return table(SUMMARY_HEAD, rows, css="operations")


def composer(published: Published) -> str:
    """The composer's place in its page, with the operations for those who read without scripts."""
    names = " ".join(f'<a href="../reference/{esc(name)}/">{esc(name)}</a>' for name in published.names)
    return "\n".join(
        [
            f'<div id="composer-app" data-catalog="../v1/{esc(published.version)}/catalog.json">',
            '<form id="composer-form" autocomplete="off"></form>',
            '<div class="composer-side"><p id="composer-tools"></p><div id="composer-result">'
            f"<p>The composer needs JavaScript. Every operation's policies stand on its page: {names}</p></div></div>",
            "</div>",
            '<script type="module" src="../assets/composer/composer.js"></script>',
            "",
        ]
    )


def actions(published: Published) -> str:
    """The index by action."""
    found: dict[str, list[Use]] = defaultdict(list)
    for use in published.uses():
        for action in use.statement["Action"]:
            found[action].append(use)
    for use in published.uses(trust=True):
        for action in use.statement["Action"]:
            found[action].append(use)
    services: dict[str, list[str]] = defaultdict(list)
    for action in sorted(found, key=str.lower):
        services[action.split(":")[0]].append(action)
    body = [f"{count(len(found), 'action')} of {count(len(services), 'service')}.", ""]
    for service, names in services.items():
        body += [f"## {md(service)} {{ #{anchor(service)} }}", ""]
        for action in names:
            body += [f"### {md(action)} {{ #{anchor(action)} }}", "", _where(published, found[action])]
    return _page(
        "Index by action",
        "Which SageMaker operations need an IAM action, for which role or caller, always or with an add-on.",
        "Which operations need an action, for whom, and when: always, or only with an add-on (+).",
        "\n".join(body),
        4,
    )


def condition_keys(published: Published) -> str:
    """The index by condition key."""
    found: dict[str, list[Use]] = defaultdict(list)
    for trust in (False, True):
        for use in published.uses(trust):
            for keys in use.statement.get("Condition", {}).values():
                for key in keys:
                    found[key].append(use)
    body = ["## In the policies { #in-the-policies }", ""]
    for key in sorted(found, key=str.lower):
        body += [f"### {md(key)} {{ #{anchor(key)} }}", "", _where(published, found[key])]
    usable: dict[str, list[str]] = defaultdict(list)
    for name, record in published.operations.items():
        for key in (record["caller"] or {}).get("condition_keys", ()):
            usable[key].append(name)
    if usable:
        rows = [
            (
                code(key),
                ", ".join(f'<a href="../{esc(name)}/#caller">{esc(name)}</a>' for name in names),
            )
            for key, names in sorted(usable.items(), key=lambda item: item[0].lower())
        ]
        body += [
            "## What callers can be limited with { #callers }",
            "",
            "The condition keys that AWS's Service Authorization Reference lists for the calling of each operation.",
            "",
            table(("Condition key", "Operations"), rows),
        ]
    return _page(
        "Index by condition key",
        "IAM condition keys in the policies for SageMaker roles, and those that limit who calls an operation how.",
        "Where a condition key narrows a policy, and which keys can narrow a caller.",
        "\n".join(body),
    )


def addons(published: Published) -> str:
    """The index by add-on."""
    found: dict[str, list[tuple[str, str, Mapping[str, object]]]] = defaultdict(list)
    for name, record in published.operations.items():
        for holder in grantees(record):
            for addon in holder["addons"]:
                found[addon["id"]].append((name, holder["id"], addon))
    body = []
    for key in sorted(found):
        titles = list(dict.fromkeys(str(addon["title"]) for _, _, addon in found[key]))
        rows = []
        for name, grantee, addon in found[key]:
            role = "" if grantee == "caller" else f"&amp;role={esc(grantee)}"
            composer = f"../../composer/#operation={esc(name)}{role}&amp;addons={esc(key)}"
            rows.append(
                (
                    f'<a href="{_address(published, name, grantee)}#{esc(grantee)}">{esc(name)}</a> '
                    f"<small>{esc(grantee)}</small>",
                    condition_text(addon, name),
                    f'<a href="{composer}">compose</a>',
                )
            )
        body += [
            f"## {md(key)} {{ #{anchor(key)} }}",
            "",
            md("; ".join(titles[:3])) + ("; …" if len(titles) > 3 else ""),
            "",
            table(("Operation", "Needed when", "Policy"), rows),
        ]
    return _page(
        "Index by add-on",
        "Add-ons to SageMaker execution roles: VPC, each use of AWS KMS, file systems and more, by operation.",
        "Add-ons are statements that are needed only at times. The same id means the same thing everywhere.",
        "\n".join(body),
    )


def trust(published: Published) -> str:
    """The index by trust principal."""
    found: dict[str, list[Use]] = defaultdict(list)
    for use in published.uses(trust=True):
        for values in use.statement["Principal"].values():
            for value in values:
                found[value].append(use)
    body = []
    for principal in sorted(found):
        rows = []
        for use in found[principal]:
            keys = sorted({key for part in use.statement.get("Condition", {}).values() for key in part})
            rows.append(
                (
                    f'<a href="{_address(published, use.operation, use.grantee)}#{esc(use.grantee)}-trust">'
                    f"{esc(use.operation)}</a> "
                    f"<small>{esc(use.grantee)}{f': + {esc(use.addon)}' if use.addon else ''}</small>",
                    "<br>".join(code(action) for action in use.statement["Action"]),
                    "<br>".join(code(key) for key in keys) or "none",
                )
            )
        body += [
            f"## {md(principal)} {{ #{anchor(principal)} }}",
            "",
            table(("Role of", "Actions", "Conditions"), rows),
        ]
    return _page(
        "Index by trust principal",
        "Which service principal a SageMaker role must trust, operation by operation, and with which conditions.",
        "Whom a role must let in, and what keeps everybody else's jobs out "
        "([confused deputy](../guides/confused-deputy.md)).",
        "\n".join(body),
    )


def sources(published: Published) -> str:
    """The page of all cited sources."""
    citing: dict[str, list[str]] = defaultdict(list)
    known: dict[str, Mapping[str, str]] = {}
    for name, record in published.operations.items():
        for key, source in record["sources"].items():
            known[key] = source
            citing[key].append(name)
    rows = []
    for key in sorted(known, key=lambda item: known[item]["title"].lower()):
        source = known[key]
        title = md(source["title"])
        if source["url"].startswith("https://"):
            title = f'<a href="{esc(source["url"])}">{title}</a>'
        names = citing[key]
        told = ", ".join(f'<a href="../{esc(name)}/#sources">{esc(name)}</a>' for name in names)
        if len(names) > 6:
            told = f"<details><summary>{count(len(names), 'operation')}</summary>{told}</details>"
        rows.append((title, md(source["as_of"]), md(source["read"]), told))
    head = front_matter(
        {
            "title": "Sources",
            "description": "All pages and data the SageMaker role policies are based on, with their dates.",
        }
    )
    return "\n".join(
        [
            head,
            "# Sources",
            "",
            "What the statements are based on: the age of each text, the day it was read, and the operations that "
            "cite it. See [how we know](../guides/how-we-know.md).",
            "",
            table(("Source", "As of", "Read", "Cited by"), rows),
        ]
    )

"""Writes the page of what containers do: the keys that they read out of a request, and the statements for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .published import Published
from .text import code, code_list, count, esc, front_matter, md, table

_INTRO = (
    "SageMaker AI hands the credentials of the role to the container. Some containers use them because of a key in the "
    "request: a hyperparameter, an environment variable, or an option of a command line. The composer reads these "
    "keys and adds statements for the resources that they name. If nothing known uses a resource that a request "
    "names, the composer writes a note."
)


def page(published: Published) -> str:
    """The page that lists containers, each with its keys."""
    catalog = published.catalog
    records: Mapping[str, Any] = catalog.get("containers", {})
    head = front_matter(
        {
            "title": "Containers",
            "description": "What SageMaker containers do with the role because of keys that a request hands to them.",
        }
    )
    lines = [head, "# Containers", "", _INTRO, "", f"{count(len(records), 'container')}.", ""]
    for name, record in sorted(records.items()):
        lines += [f"## {md(record['title'])} {{ #{name} }}", "", md(record["summary"]), ""]
        if images := record.get("images"):
            lines += [f"Recognized by the repository of its image: {code_list(images)}.", ""]
        lines.append(table(("Keys", "In", "Allows", "Evidence"), [_row(catalog, read) for read in record["reads"]]))
        lines += [f"- {md(note)}" for note in record.get("notes", ())]
        lines.append("")
    cited = {name for record in records.values() for read in record["reads"] for name in _cited(catalog, read)}
    lines += ["## Sources { #sources }", "", *(f"- {item}" for item in _links(catalog, sorted(cited))), ""]
    return "\n".join(lines)


def _cited(catalog: Mapping[str, Any], read: Mapping[str, Any]) -> Iterator[str]:
    """The sources of what a container does because of some keys."""
    yield from read.get("sources", ())
    for entry in read.get("statements", ()):
        yield from entry.get("sources") or (
            name for item in catalog["statements"][entry["use"]]["statements"] for name in item["sources"]
        )


def _row(catalog: Mapping[str, Any], read: Mapping[str, Any]) -> tuple[str, ...]:
    if "no_permission" in read:
        return (
            code_list(read["keys"]),
            code_list(read["members"]),
            md(f"Nothing. {read['no_permission']}"),
            _evidence(catalog, read["evidence"], read["sources"]),
        )
    allowed, evidence = [], []
    for entry in read["statements"]:
        statements = catalog["statements"][entry["use"]]["statements"]
        actions = ", ".join(code(action) for item in statements for action in item["Action"])
        allowed.append(f"{actions}<br>{md(entry['why']) if 'why' in entry else _whys(statements)}")
        marks = dict.fromkeys((entry.get("evidence") or item["evidence"]) for item in statements)
        cited = entry.get("sources") or dict.fromkeys(name for item in statements for name in item["sources"])
        evidence.append(_evidence(catalog, ", ".join(marks), cited))
    return code_list(read["keys"]), code_list(read["members"]), "<br>".join(allowed), "<br>".join(evidence)


def _whys(statements: list[Mapping[str, Any]]) -> str:
    return " ".join(md(item["why"]) for item in statements)


def _evidence(catalog: Mapping[str, Any], mark: str, sources: Any) -> str:
    return f"{md(mark)}: {', '.join(_links(catalog, sources))}"


def _links(catalog: Mapping[str, Any], sources: Any) -> Iterator[str]:
    for name in sources:
        source = catalog["sources"][name]
        title = md(source["title"])
        is_page = source["url"].startswith("https://")
        yield f'<a href="{esc(source["url"])}">{title}</a>' if is_page else title

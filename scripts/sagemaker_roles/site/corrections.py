"""Writes the page of what AWS's execution role page gets wrong."""

from __future__ import annotations

from .managed import source_link
from .published import Data, Published
from .text import anchor, esc, front_matter, table


def mistakes(published: Published) -> str:
    """AWS's page, mistake by mistake, with what is right and where the records do better."""
    data = published.optional("page-mistakes.json") or {"mistakes": [], "sources": {}}
    found: list[Data] = data["mistakes"]
    sources: Data = data["sources"]
    rows = []
    for item in found:
        note = f'<p class="note">{esc(item["note"])}</p>' if item["note"] else ""
        names = ", ".join(_operation(published, name) for name in item["operations"])
        cited = "".join(f"<li>{source_link(sources, key)}</li>" for key in item["sources"])
        rows.append(
            (f"<p>{esc(item['page_says'])}</p>", f"<p>{esc(item['right'])}</p>{note}", f"{names}<ul>{cited}</ul>")
        )
    return "\n".join(
        [
            front_matter(
                {
                    "title": "Mistakes of AWS's page",
                    "description": "What AWS's page on SageMaker execution roles prints that does not work or allows "
                    "too much, what is right, and where it is corrected here.",
                }
            ),
            "# What AWS's execution role page gets wrong",
            "",
            "AWS's page on execution roles is where most policies for SageMaker come from. These of its policies and "
            "sentences do not work or do not hold; the policies here do better.",
            "",
            table(("The page says", "What is right", "Concerns"), rows, row_ids=(anchor(item["id"]) for item in found)),
            "## Sources { #sources }",
            "",
            *(f"- {source_link(sources, key)}" for key in dict.fromkeys(k for item in found for k in item["sources"])),
            "",
        ]
    )


def _operation(published: Published, name: str) -> str:
    if name not in published.operations:
        return esc(name)
    anchored = "#deviations" if published.operations[name]["deviations"] else ""
    return f'<a href="../{esc(name)}/{anchored}">{esc(name)}</a>'

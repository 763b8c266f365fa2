"""Writes the page of what AWS's execution role page gets wrong, and the changelog with each version's changes."""

from __future__ import annotations

import json
from pathlib import Path

from .managed import source_link
from .published import Data, Published
from .text import anchor, code, esc, front_matter, md, table


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


def changelog(published: Published, text: str) -> str:
    """The changelog, then every released version's changes to permissions.

    Args:
        published: the artifacts.
        text: CHANGELOG.md, without its heading's title.
    """
    body = text.partition("\n")[2] if text.startswith("# ") else text
    parts = [
        front_matter(
            {
                "title": "Changelog",
                "description": "Changes of the SageMaker role policies, version by version: what came, what went, what "
                "widened, what narrowed.",
            }
        ),
        "# Changelog",
        "",
        body.strip(),
        "",
    ]
    for version, changes in _released(published.root):
        lines = [line for item in changes.get("readable", ()) for line in _change(item)]
        parts += [f"## Permissions changed in {md(version)} {{ #v{anchor(version)} }}", ""]
        parts += lines or ["No permission changed."]
        parts.append("")
    parts += [
        "## Sources { #sources }",
        "",
        "The changes are computed from the published files of each version, which cite their sources.",
        "",
    ]
    return "\n".join(parts)


def _released(root: Path) -> list[tuple[str, Data]]:
    versions = root / "versions.json"
    if not versions.is_file():
        return []
    listed = json.loads(versions.read_text("utf-8")).get("versions", ())
    names = [item["version"] if isinstance(item, dict) else str(item) for item in listed]
    found = []
    for name in names:
        file = root / name / "changes.json"
        if file.is_file():
            found.append((name, json.loads(file.read_text("utf-8"))))
    return found


def _change(item: object) -> list[str]:
    if isinstance(item, str):
        return [f"- {md(item)}"]
    if isinstance(item, dict):
        return [f"- {' '.join(code(str(value)) for value in item.values() if isinstance(value, str))}"]
    return []

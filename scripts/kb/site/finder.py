"""Prepares the one index of the box, the search, and the filters: what there is, and the words that lead there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from sagemaker_roles.catalog.finding import FILLERS

from .published import Published, grantees

#: How much more an operation, a guide, or another page counts where words meet several.
_OPERATION, _GUIDE, _REFERENCE = 4.0, 4.5, 1.0
#: And how much less an add-on, so that what is about the words itself comes first.
_ADDON = -10.5
#: How much less the last operation by use counts than the first.
_BY_USE = 3.0
_FRONT = re.compile(r"^(title|description): (.+)$", re.MULTILINE)
_SECTION = re.compile(r"^## (?P<title>[^{\n]+?) *(?:\{ #(?P<id>[\w-]+)[^}]*\})?$", re.MULTILINE)
#: A word is in the index once for each page or section; what is in every page tells nothing.
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]+")
_COMMON = frozenset(
    ("and", "are", "for", "from", "has", "have", "into", "not", "that", "the", "this", "which", "with", "you", "your")
)


def index(published: Published, docs: Path, pages: Mapping[str, str]) -> dict[str, Any]:
    """What the finder of the page knows.

    Args:
        published: the artifacts.
        docs: folder of the Markdown that is written by hand.
        pages: the generated pages, by their path below docs.

    Returns:
        ``entries`` (title, path below the site, what it is about, further words, how much it counts), ``actions``,
        ``calls`` (name of an API call to the action that it needs, where that has another name), and ``forms``, the
        patterns of messages, and ``fillers``, words that lead nowhere by themselves.
    """
    forms = published.catalog.get("messages", {}).values()
    used = {action for trust in (False, True) for use in published.uses(trust) for action in use.statement["Action"]}
    return {
        "entries": [
            *_operations(published),
            *_addons(published),
            *_calls(published),
            *_by_hand(docs),
            *_generated(pages),
        ],
        "actions": sorted(used),
        "calls": dict(_renamed(published, used)),
        "forms": [form["pattern"] for form in forms if form.get("matter") != "unclear"],
        "fillers": sorted(FILLERS),
    }


def _operations(published: Published) -> Iterator[list[Any]]:
    grouped = [(title, name) for title, names in published.groups for name in names]
    for place, (group, name) in enumerate(grouped):
        record = published.operations[name]
        titles = [one["title"] for grantee in grantees(record) for one in (grantee, *grantee["addons"])]
        shared = {item["use"] for grantee in grantees(record) for item in grantee["statements"] if item.get("use")}
        words = _words(" ".join([group, *titles, *sorted(shared)]).replace("-", " "))
        yield [
            name,
            f"reference/{name}/",
            record["summary"],
            words,
            round(_OPERATION - _BY_USE * place / len(grouped), 2),
        ]


def _addons(published: Published) -> Iterator[list[Any]]:
    """Each add-on once, at the operation that most people use, with the add-on on."""
    order = [name for _, names in published.groups for name in names]
    places: defaultdict[str, list[tuple[str, Any, Any]]] = defaultdict(list)
    for name in order:
        for grantee in grantees(published.operations[name]):
            for addon in grantee["addons"]:
                places[addon["id"]].append((name, grantee, addon))
    for addon_id, several in places.items():
        name, grantee, addon = several[0]
        role = "" if grantee["id"] == "caller" else f"role={grantee['id']}&"
        others = len({other for other, _, _ in several}) - 1
        also = f" and of {others} other operation{'s' if others > 1 else ''}" if others else ""
        actions = sorted({action for item in addon["statements"] for action in item["statement"]["Action"]})
        text = " ".join([addon_id, grantee["title"], addon["usage"] or "", *actions])
        path = f"reference/{name}/?{role}addons={addon_id}"
        yield [
            f"{name} › {addon['title']}",
            path,
            f"Add-on of this operation{also}",
            _words(text.replace("-", " ")),
            _ADDON,
        ]


def _renamed(published: Published, used: Collection[str]) -> Iterator[tuple[str, str]]:
    """Calls of AWS services whose one action, which records need, has another name."""
    for service in published.catalog.get("code", {}).get("services", {}).values():
        for call, needs in service["operations"].items():
            actions = {one for need in needs if isinstance(need, dict) for one in need.get("actions", ())}
            if len(actions) == 1 and (action := actions.pop()) in used and action.partition(":")[2] != call:
                yield call, action


def _calls(published: Published) -> Iterator[list[Any]]:
    """The operations without a page of their own, each a row of the page of all, and the kinds of resources there."""
    operations = (published.optional("operations.json") or {"operations": []})["operations"]
    for kind in sorted({item["kind"] for item in operations} - {""}):
        yield [kind, f"reference/calls/#{kind}", "Operations by kind of resource", "", 0]
    for item in operations:
        if not item["has_record"]:
            yield [
                item["operation"],
                f"reference/calls/#{item['operation']}",
                "Permissions of the caller",
                "",
                _REFERENCE,
            ]


def _by_hand(docs: Path) -> Iterator[list[Any]]:
    """Guides and other pages, and each of their sections."""
    for file in sorted([*docs.glob("*.md"), *docs.glob("guides/*.md"), *docs.glob("examples/*.md")]):
        text = file.read_text("utf-8")
        front = dict(_FRONT.findall(text))
        name = file.relative_to(docs).with_suffix("").as_posix()
        if "description" not in front or name in ("index", "composer"):
            continue
        path = f"{name.removesuffix('index').rstrip('/')}/"
        body = text.partition("\n---\n")[2]
        boost = _GUIDE if name.startswith("guides/") else _REFERENCE
        yield [front["title"], path, front["description"], _words(body), boost]
        for section in _SECTION.finditer(body):
            if section["id"] and section["id"] != "sources":
                until = body.find("\n## ", section.end())
                words = _words(body[section.end() : until if until >= 0 else None])
                yield [section["title"], f"{path}#{section['id']}", front["title"], words, 0]


def _generated(pages: Mapping[str, str]) -> Iterator[list[Any]]:
    for path, text in sorted(pages.items()):
        front = {key: value.strip('"') for key, value in _FRONT.findall(text.partition("\n---\n")[0])}
        if path.endswith(".md") and "title" in front and not re.match(r"reference/[A-Z]", path):
            place = path.removesuffix("index.md").removesuffix(".md").rstrip("/")
            yield [front["title"], f"{place}/", front.get("description", ""), "", _REFERENCE]


def _words(text: str) -> str:
    return " ".join(sorted({word.lower() for word in _WORD.findall(text)} - _COMMON))

"""Writes generated pages and copies artifacts into the docs folder, touching only files whose bytes change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sagemaker_roles.canonical import canonical
from sagemaker_roles.catalog import ACTIONS
from sagemaker_roles.files import writing

from ..publish.built_folders import is_reviewed
from ..publish.record_lines import LINES
from ..publish.schemas import draft_07
from . import finder, first_answers, home, indexes, operation, proof_pages, recipes, tables, templates, versions
from .published import Data, Published


@dataclass(frozen=True, slots=True)
class Site:
    """Where the site's parts are.

    Attributes:
        versions: folder of all artifact versions (``build/v1``).
        docs: folder of the site's Markdown.
        changelog: the project's changelog.
        version: the version that pages show.
        base: address of the site with a final slash, "" if it is not known.
        repository: address of the project on GitHub without a final slash, "" if it is not known.
    """

    versions: Path
    docs: Path
    changelog: Path
    version: str = "next"
    base: str = ""
    repository: str = ""

    @property
    def engine(self) -> Path:
        """The folder of the engine, which the composer's page loads; its name is the digest of its content."""
        folder = self.versions.parent / "engine"
        made = [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
        if len(made) != 1:
            raise FileNotFoundError(2, "the engine was not made", str(folder))
        return made[0]


#: File below docs/reference to the function that writes it, or None where its template does it alone.
_INDEXES: Mapping[str, Callable[[Published], str] | None] = {
    "index.md": None,
    "actions.md": None,
    "condition-keys.md": indexes.condition_keys,
    "addons.md": None,
    "trust.md": indexes.trust,
    "pass-role.md": None,
    "calls.md": tables.calls,
    "containers.md": None,
    "guardrails.md": None,
    "managed-policies.md": None,
    "managed-by-operation.md": tables.managed_by_operation,
    "full-access.md": None,
    "compared.md": proof_pages.compared,
    "mistakes.md": None,
    "sources.md": indexes.sources,
    "versions.md": None,
    **dict.fromkeys(
        f"parts/{name}.html" for name in ("answer", "code", "documentation", "evidence", "home", "operations")
    ),
}


def render(published: Published, site: Site) -> dict[str, str]:
    """All generated files: path below docs/reference to text."""
    pages = proof_pages.scenes(published)
    if site.changelog.is_file():
        pages["changelog.md"] = versions.changelog(published, site.changelog.read_text("utf-8"))
    pages.update(versions.redirects(published))
    lines = _lines(site)
    engine = indexes.about_engine(site.engine)
    for name in published.names:
        change = f"{site.repository}/edit/main/data/operations/{name}.yaml" if site.repository else ""
        pages |= operation.pages(published, name, engine, change, lines and partial(lines, name), site.base)
    common = {
        "published": published,
        "engine": engine,
        "groups": indexes.groups(published),
        "services": indexes.services(published),
        "passed_services": tables.passed_services,
        "unpacked": versions.UNPACKED,
        "home": home.shown(published),
    }
    for path, make in _INDEXES.items():
        pages[path] = make(published) if make else templates.page(f"{path.removeprefix('parts/')}.j2", **common)
    return pages | indexes.service_pages(published)


def fixes(published: Published) -> dict[str, str]:
    """A page for each finding of scanners and of `audit`, at the address that these point to: path below docs to text.

    Versions up to 3.1.1 have none.
    """
    return {
        f"fix/{fix['id']}.md": templates.page("fix.md.j2", published=published, fix=fix, recipes=recipes.recipes)
        for fix in published.index.get("fixes", ())
    }


def _lines(site: Site) -> Callable[[str, str, Data], str] | None:
    """Where statements are in the records, if these are of this version: addresses, or paths without a repository."""
    file = site.versions.parent / "compiled" / LINES
    if site.version != "next" or not file.is_file():
        return None
    lines = json.loads(file.read_bytes())

    def line(operation: str, grantee: str, item: Data) -> str:
        place = place_of(lines, operation, grantee, item)
        return f"{site.repository}/blob/main/{place}" if site.repository else place.replace("#L", ":")

    return line


def place_of(lines: Data, operation: str, grantee: str, item: Data) -> str:
    """The file of a statement in the repository, with its line as GitHub takes it if the records have it.

    Args:
        lines: as ``publish/lines.py`` has them.
        operation: whose page shows the statement.
        grantee: ID of the role, or ``caller``.
        item: the statement as operation.json has it.
    """
    sids: Mapping[str, str] = lines.get(operation, {}).get(grantee, {}).get(item.get("use", ""), {})
    sid = item["statement"]["Sid"]
    # Of statements with one Sid the later have a number. What is not here is of a step or job that this one starts.
    return sids.get(sid) or sids.get(sid.rstrip("0123456789")) or f"data/operations/{operation}.yaml"


def write(site: Site) -> int:
    """Brings docs/reference, docs/v1, docs/compiled, docs/engine and docs/fix up to date.

    Args:
        site: where the site's parts are.

    Returns:
        How many files changed.

    Raises:
        FileNotFoundError: the artifacts or the engine were not built.
        RefusedError: a link, or something that was not generated, is in the way.
        OSError: a file cannot be written.
    """
    published = Published(site.versions, site.version)
    pages = {f"reference/{path}": text for path, text in render(published, site).items()}
    pages |= fixes(published)
    files: dict[str, bytes | Path] = {path: text.encode("utf-8") for path, text in pages.items()}
    files["reference/parts/site.json"] = canonical(settings(published, site, pages))
    files["llms.txt"] = templates.code("llms.txt.j2", published=published, base=site.base).encode("utf-8")
    files |= {f"v1/{path.relative_to(site.versions).as_posix()}": path for path in _artifacts(site)}
    if (actions := files.pop(f"v1/{site.version}/{ACTIONS}", None)) is not None:
        files[f"v1/actions/{published.catalog['actions']}.json"] = actions
    files |= {f"v1/schema/draft-07/{path.name}": _draft_07(path) for path in (site.versions / "schema").glob("*.json")}
    files["compiled/finder.json"] = canonical(finder.index(published, site.docs, pages))
    files["compiled/messages.json"] = json.dumps(first_answers.index(published), separators=(",", ":")).encode("ascii")
    files |= {f"engine/{site.engine.name}/{path.name}": path for path in site.engine.iterdir()}
    return writing.sync_tree(site.docs, files, ("compiled", "engine", "fix", "llms.txt", "reference", "v1"))


def _draft_07(file: Path) -> bytes:
    return canonical(draft_07(json.loads(file.read_bytes())))


def _artifacts(site: Site) -> Iterator[Path]:
    """The files of the version that pages show. Those of others come last: a site tool would look at each."""
    for top in site.versions.iterdir():
        if top.is_file() or top.name in (site.version, "schema"):
            for path in (top, *top.rglob("*")):
                parts = path.relative_to(site.versions).parts
                is_hidden = any(part.startswith(".") for part in parts) or is_reviewed("/".join(parts[1:]))
                if path.is_file() and not is_hidden:
                    yield path


def navigation(published: Published) -> dict[str, Any]:
    """The generated part of the site's navigation: operations by group, with the roles that have pages."""
    groups = []
    for title, names in published.groups:
        listed: list[Any] = []
        for name in names:
            record, own = published.operations[name], f"reference/{name}.md"
            roles = [f"reference/{name}/{role['id']}.md" for role in record["roles"]]
            listed.append({name: [own, *roles]} if operation.has_role_pages(record) else own)
        groups.append({title: listed})
    return {"Operations": ["reference/index.md", *groups]}


def settings(published: Published, site: Site, pages: Mapping[str, str]) -> dict[str, Any]:
    """What the settings of the site tool inherit: the whole navigation, and what every page ends with.

    Args:
        site: where the site's parts are.
        pages: the generated pages, by their path below docs.
    """
    by_hand = site.docs / "navigation.json"
    listed = json.loads(by_hand.read_text("utf-8")) if by_hand.is_file() else ["OPERATIONS", "SERVICES", "FINDINGS"]
    generated = {
        "OPERATIONS": navigation(published),
        "SERVICES": {"Services": [path for path in pages if re.match(r"reference/services/.+\.md", path)]},
        "FINDINGS": {"Findings": [path for path in pages if path.startswith("fix/")]},
    }
    date = max((source["read"] for source in published.catalog["sources"].values()), default="")
    released = [entry["version"] for entry in published.released[: versions.UNPACKED]]
    listed_versions = list(dict.fromkeys([*released[:1], published.version, *released]))
    about = {"version": published.version, "date": date, "repository": site.repository, "versions": listed_versions}

    def titled(path: str) -> Any:
        # A site tool that builds one page only does not know the titles of the others.
        file, page = site.docs / path, pages.get(path, "")
        title = re.search(r"^title: (.+)$", page or (file.read_text("utf-8") if file.is_file() else ""), re.MULTILINE)
        return {json.loads(title[1]) if page else title[1]: path} if title else path

    return {
        "nav": _with(listed, generated, titled),
        "extra": {"about": about},
    }


def _with(listed: Any, generated: Mapping[str, Any], titled: Callable[[str], Any]) -> Any:
    """A navigation with the generated parts in the places of their names, and the title of each page."""
    if isinstance(listed, str):
        return _with(generated[listed], {}, titled) if listed in generated else titled(listed)
    if isinstance(listed, list):
        return [_with(item, generated, titled) for item in listed]
    return {title: item if isinstance(item, str) else _with(item, generated, titled) for title, item in listed.items()}

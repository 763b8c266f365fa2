"""Builds the reference site in a copy of the checkout, and reads what was built."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from engine import engine
from sagemaker_roles.site.published import Published

ROOT = Path(__file__).parents[2]
COMPOSER = ROOT / "scripts" / "page"

#: Elements that have no end tag.
_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def build(folder: Path, versions: Path | None = None, **environment: str) -> None:
    """Builds the site from this checkout's pages and artifacts.

    Args:
        folder: where to: the copy lies in ``work``, the site in ``site``.
        versions: the artifacts to show, this checkout's if None.
        environment: further variables, such as SITE_URL.
    """
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    generated = shutil.ignore_patterns("reference", "v1", "compiled", "engine", "fix", "llms.txt", "composer")
    work.mkdir(parents=True)
    for name in ("docs", "scripts/theme"):
        shutil.copytree(ROOT / name, work / name, ignore=generated)
    for name in ("mkdocs.yml", "CHANGELOG.md", "CONTRIBUTING.md"):
        shutil.copyfile(ROOT / name, work / name)
    (work / "build").mkdir()
    (work / "build" / "v1").symlink_to(versions or ROOT / "build" / "v1")
    (work / "build" / "compiled").symlink_to(ROOT / "build" / "compiled")
    made = engine(ROOT, Published(ROOT / "build" / "v1").catalog) if versions is None else no_engine(folder)
    (work / "build" / "engine").mkdir()
    (work / "build" / "engine" / made.name).symlink_to(made)
    bundle(work / "docs" / "assets" / "composer")
    for step in (
        ["-m", "sagemaker_roles.site", "write"],
        # Not --quiet: with it the site tool does not count warnings, and --strict refuses nothing.
        ["-m", "mkdocs", "build", "--strict", "--site-dir", str(folder / "site")],
        ["-m", "sagemaker_roles.site", "finish", str(folder / "site")],
    ):
        done = subprocess.run(
            [sys.executable, *step],
            cwd=work,
            env={**os.environ, "PYTHONPATH": str(ROOT / "scripts"), "NO_MKDOCS_2_WARNING": "1", **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    bundle("small", folder / "site" / "assets")


def no_engine(folder: Path) -> Path:
    """What stands for an engine where nobody starts it; making one takes long."""
    made = folder / "engine" / ("0" * 16)
    made.mkdir(parents=True, exist_ok=True)
    (made / "snapshot.bin").write_bytes(b"")
    return made


def bundle(*arguments: str | Path) -> None:
    """Bundles the composer, or makes assets small, as ``make site`` does.

    Raises:
        AssertionError: the packages are not installed (`make test` does it), or it fails.
    """
    assert (COMPOSER / "node_modules" / "esbuild").exists(), "run `npm ci --ignore-scripts` in scripts/page"
    command = ["node", "build.mjs", *arguments]
    done = subprocess.run(command, cwd=COMPOSER, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


class Element:
    """An element of a page, with its attributes and the text of all it holds."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.children: list[Element | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def classes(self) -> list[str]:
        return self["class"].split()

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, *tags: str) -> Iterator[Element]:
        """The elements of these names in it, in the page's order."""
        for child in self.children:
            if isinstance(child, Element):
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)


class Page(HTMLParser):
    """A built page."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.path = path
        self.source = text
        self.root = self._open = Element("", {}, None)
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        self._open.children.append(element)
        if tag not in _VOID:
            self._open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.children.append(Element(tag, {name: value or "" for name, value in attrs}, self._open))

    def handle_endtag(self, tag: str) -> None:
        element: Element | None = self._open
        while element is not None and element.tag != tag:
            element = element.parent
        if element is not None and element.parent is not None:
            self._open = element.parent

    def handle_data(self, data: str) -> None:
        self._open.children.append(data)

    @cached_property
    def ids(self) -> list[str]:
        return [element["id"] for element in self.root.all() if element["id"]]

    @cached_property
    def article(self) -> Element:
        return next(self.root.all("article"))

    def one(self, tag: str, **attributes: str) -> Element:
        """The one element of that name with these attributes."""
        (found,) = [e for e in self.root.all(tag) if all(e[name] == value for name, value in attributes.items())]
        return found


class Site:
    """The built site."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.folder = base / "site"

    @cached_property
    def pages(self) -> dict[str, Page]:
        """Pages by their address below the site ("" is the home page), without the page for missing addresses."""
        found = {}
        for file in sorted(self.folder.rglob("index.html")):
            path = file.parent.relative_to(self.folder).as_posix()
            if 'http-equiv="refresh"' in file.read_text("utf-8"):
                continue  # leads elsewhere, and is no page of its own
            found["" if path == "." else path + "/"] = Page(path, file.read_text("utf-8"))
        return found

    def operations(self) -> dict[str, Page]:
        """Pages of operations by name."""
        names = [item["operation"] for item in self.json("v1/next/index.json")["operations"]]
        return {name: self.pages[f"reference/{name}/"] for name in names}

    def parts(self, name: str) -> dict[str, Page]:
        """The page with each role, and the caller, of an operation: its own, or that of the role."""
        record = self.json(f"v1/next/operations/{name}/operation.json")
        own = self.pages[f"reference/{name}/"]
        parts = {role["id"]: self.pages.get(f"reference/{name}/{role['id']}/", own) for role in record["roles"]}
        return {**parts, "caller": own}

    def bytes(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def json(self, path: str) -> Any:
        return json.loads(self.bytes(path))

    def compressed(self, path: str) -> int:
        """Bytes of a file as a server sends it."""
        return len(gzip.compress(self.bytes(path), 9))

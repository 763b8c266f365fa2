"""Builds the reference site in a copy of the checkout, and reads what was built."""

from __future__ import annotations

import contextlib
import functools
import gzip
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from engine import engine
from kb.publish import archives
from kb.site.published import Published
from sagemaker_roles.canonical import canonical

ROOT = Path(__file__).parents[2]
COMPOSER = ROOT / "scripts" / "web"

#: Without a sandbox, which containers do not allow, and without anything that asks another host.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

#: The addresses of the small site, and of its repository.
ELSEWHERE, REPOSITORY = "https://docs.example/roles/", "https://github.example/owner/project"

#: Elements that have no end tag.
_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def executable() -> str:
    """Debian's Chromium, or the one that the environment names."""
    return os.environ.get("CHROMIUM", "/usr/bin/chromium")


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
    built = ROOT / "build" / "v1"
    actions = (built / "next" / "actions.json").read_bytes()
    made = engine(ROOT, Published(built).catalog, actions) if versions is None else no_engine(folder)
    (work / "build" / "engine").mkdir()
    (work / "build" / "engine" / made.name).symlink_to(made)
    bundle(work / "docs" / "assets" / "composer")
    for step in (
        ["-m", "kb.site", "write"],
        # Not --quiet: with it the site tool does not count warnings, and --strict refuses nothing.
        ["-m", "mkdocs", "build", "--strict", "--site-dir", str(folder / "site")],
        ["-m", "kb.site", "finish", str(folder / "site")],
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
        AssertionError: the packages are not installed (`make test-all` does it), or it fails.
    """
    assert (COMPOSER / "node_modules" / "esbuild").exists(), "run `npm ci --ignore-scripts` in scripts/web"
    command = ["node", "build.mjs", *arguments]
    done = subprocess.run(command, cwd=COMPOSER, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


LINKED = (
    "CreateProcessingJob",
    "CreateTrainingJob",
    "CreateDomain",
    "CreateEndpointConfig",
    "CreateHyperParameterTuningJob",
    "CreateModel",
    "CreateMonitoringSchedule",
    "CreateNotebookInstance",
    "CreatePipeline",
    "CreateTransformJob",
    "CreateUserProfile",
    "StartPipelineExecution",
)

_WITH_PROSE = (
    "operation.json",
    "index.json",
    "managed-policies.json",
    "page-mistakes.json",
    "documentation.json",
    "proof.json",
)
HOSTILE = (
    "</td></table><script>alert(1)</script> <img src=x onerror=alert(2)> [x](javascript:alert(3)) `code` **bold** "
    '{{ config }} {% raw %} --8<-- "/etc/passwd" | pipe | &lt;b&gt; " onmouseover="alert(4) ${jndi} $\\alpha$ :smile: '
    '<!-- --> ]]> # heading { #id .class } === "tab" !!! note'
)


def hostile_site(folder: Path, **environment: str) -> Site:
    """Builds a site of some operations whose artifacts hold hostile text wherever prose may stand."""
    some_operations(folder / "v1")
    two_versions(folder / "v1")
    for file in (folder / "v1" / "next").rglob("*.json"):
        if file.name in _WITH_PROSE:
            file.write_bytes(canonical(poisoned(json.loads(file.read_text()))))
    build(folder, folder / "v1", **environment)
    return Site(folder)


def some_operations(versions: Path, names: Collection[str] = LINKED) -> None:
    """Writes the artifacts of some operations, those that guides link if none are named, so that a build is quick."""
    no_engine(versions.parent)
    source = ROOT / "build" / "v1" / "next"
    index, catalog = (json.loads((source / name).read_text()) for name in ("index.json", "catalog.json"))
    index["operations"] = [item for item in index["operations"] if item["operation"] in names]
    assert len(index["operations"]) == len(names)
    index["fixes"] = [item for item in index["fixes"] if item["example"]["operation"] in names]
    catalog["operations"] = {name: record for name, record in catalog["operations"].items() if name in names}
    fewer = {"index.json": canonical(index), "catalog.json": canonical(catalog)}
    files = [file for name in names for file in (source / "operations" / name).rglob("*.json")]
    for file in [*files, *source.glob("*.json")]:
        target = versions / "next" / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(fewer.get(file.name) or file.read_bytes())


MOVED = {
    "CreateOldJob": {"to": LINKED[0], "why": "AWS renamed it."},
    "CreateGoneJob": {"to": "", "why": "AWS closed it."},
    f"{LINKED[0]}/runner": {"to": f"{LINKED[0]}/execution", "why": "It is named as elsewhere."},
}


def two_versions(versions: Path) -> None:
    """Adds two released versions, with hostile text in the changes of the second, and ids that are gone."""
    place = {"operation": LINKED[0], "role": "execution", "addon": "", "part": "policy", "scope": "scoped"}
    came = {
        "kind": "came",
        "subject": "permission",
        "statements": ["InputRead"],
        "actions": ["s3:GetObject"],
        **place,
        "now": [f"arn {HOSTILE}"],
        "before": [],
        "text": f"s3:GetObject on arn {HOSTILE}",
    }
    told = {**came, "kind": "activation", "subject": "addon", "part": "", "scope": "", "text": f"before {HOSTILE}"}
    index = json.loads((versions / "next" / "index.json").read_text())
    listed = []
    for version, start, changes in (("1.0.0", None, []), ("1.1.0", "1.0.0", [came, told])):
        told = {"from": start, "to": version, "bump": "minor", "changes": changes}
        parts = {"index": index, "manifest": {"files": []}, "changes": told}
        files = {f"{name}.json": canonical(value) for name, value in parts.items()}
        files["actions.json"] = (versions / "next" / "actions.json").read_bytes()
        archive = archives.place(versions, version)
        archive.parent.mkdir(exist_ok=True)
        packed = archives.packed(files)
        archive.write_bytes(packed)
        digests = {"manifest_sha256": "0" * 64, "archive_sha256": hashlib.sha256(packed).hexdigest()}
        listed.insert(0, {"version": version, "date": "2026-11-26", **digests})
    (versions / "versions.json").write_bytes(canonical({"latest": "1.1.0", "versions": listed}))
    (versions / "next" / "index.json").write_bytes(canonical({**index, "moved": MOVED}))


def poisoned(value: object, key: str = "") -> object:
    """Artifacts with hostile prose."""
    prose = {"summary", "why", "notes", "title", "meaning", "example", "pattern", "usage", "reason", "pitfalls"}
    prose |= {"note", "purpose", "attach_to", "page_says", "right", "not_passed", "change", "from", "told"}
    if isinstance(value, dict):
        return {name: poisoned(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item, key) for item in value]
    return f"{value} {HOSTILE}" if isinstance(value, str) and key in prose else value


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

    def latest(self, path: str) -> str:
        """Where links to a file lead: to the latest release, if it has such a file."""
        address = f"v1/{self.json('v1/versions.json')['latest']}/{path}"
        return address if (self.folder / address).is_file() else f"v1/next/{path}"

    def bytes(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def json(self, path: str) -> Any:
        return json.loads(self.bytes(path))

    def compressed(self, path: str) -> int:
        """Bytes of a file as a server sends it."""
        return len(gzip.compress(self.bytes(path), 9))


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a site below a prefix, with its page for missing addresses."""

    prefix = "/"

    def translate_path(self, path: str) -> str:
        return super().translate_path("/" + path.removeprefix(self.prefix) if path.startswith(self.prefix) else "/none")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        content = (Path(self.directory) / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextlib.contextmanager
def served(folder: Path, prefix: str = "/") -> Iterator[str]:
    """Address of a built site, served by a plain static server."""
    handler = functools.partial(type("Below", (_Handler,), {"prefix": prefix}), directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{prefix}"
    server.shutdown()

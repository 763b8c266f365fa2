"""Finishes what a site tool built: policies for scripts, and names for the theme's parts."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from pathlib import Path

from ..publish import archives, places, tree
from ..publish.releases.verifying import released_versions
from .styles import trimmed
from .versions import UNPACKED

_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)
_CHARSET = re.compile(r"<meta charset=\"?utf-8\"?\s*/?>")

#: What a page loads. A browser looks ahead for it, except behind a Content-Security-Policy in the page itself.
_LOADED = re.compile(r'<link rel="stylesheet" href="(?P<style>[^"]+)"|<script [^>]*?\bsrc="(?P<script>[^"]+)"[^>]*>')

#: Marks around punctuation and white space in code: most of a page's elements, and they look like the text around them.
_PUNCTUATION = re.compile(r'<span class="[pw]">([^<]*)</span>')
#: Marks around strings in JSON, which is mostly strings: the style sheet gives their colour to all that has no mark.
_JSON = re.compile(r'<div class="language-json highlight">.*?</div>', re.DOTALL)
_STRING = re.compile(r'<span class="s2">([^<]*)</span>')

#: What the theme does when a page opens that lets the browser work out the style of the whole page anew, three times,
#: though nothing changes: it announces a change of colors, and names the page's color scheme (the style sheet does).
_RESTYLING = (
    (
        re.compile(r'document\.body\.setAttribute\("data-md-color-switching",""\)(?=,(\w+)\.color\.media)'),
        r"document.body.dataset.mdColorScheme!==\1.color.scheme&&\g<0>",
    ),
    (re.compile(r'(=\w+\("meta",\{name:"color-scheme"\}\));document\.head\.appendChild\(\w+\);'), r"\1;"),
)

#: The link of a heading to itself has no place in what opens a folded part: one control cannot contain another.
_SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)
_HEADERLINK = re.compile(r'<a class="headerlink"[^>]*>[^<]*</a>')

#: The table of contents of a page that hides it. The theme's script would look where each of its links leads, and lay
#: out folded parts for it. The same table is in the drawer, which narrow screens have.
_HIDDEN_CONTENTS = re.compile(
    r'(<div class="md-sidebar md-sidebar--secondary"[^>]* hidden>\s*<div[^>]*>\s*<div[^>]*>)\s*<nav.*?'
    r"(</div>\s*</div>\s*</div>)",
    re.DOTALL,
)
_FOLLOWED = re.compile(r'(<ul class="md-nav__list") data-md-component="toc"')

#: Parts of the theme that have a role but no name for those who hear the page, or no way in for a keyboard.
_NAMES = (
    (re.compile(r'(<nav class="md-tags")'), r'\1 aria-label="Tags"'),
    # The label it refers to is empty where a section has a page of its own.
    (
        re.compile(r'(<nav class="md-nav" data-md-level="(\d+)") aria-labelledby="[^"]*"'),
        r'\1 aria-label="This section, level \2"',
    ),
    # The theme looks at a block when it comes into sight, and takes the mark away where nothing scrolls.
    (re.compile(r"(<pre[^>]*>(?:<span></span>)?<code)>"), r'\1 tabindex="0">'),
)


def inline_script_hashes(page: str) -> list[str]:
    """CSP sources for the scripts that stand in the page itself, in the page's order."""
    hashes = []
    for script in _SCRIPT.finditer(page):
        attributes = script["attributes"]
        if "src=" in attributes or "application/json" in attributes:
            continue
        digest = hashlib.sha256(script["body"].encode("utf-8")).digest()
        hashes.append(f"'sha256-{base64.b64encode(digest).decode('ascii')}'")
    return list(dict.fromkeys(hashes))


def policy(page: str) -> str:
    """The page's Content-Security-Policy: everything from this site only, and no script but those it was built with.

    A page with an answer also runs the engine: WebAssembly, in a worker made of a text in the page's own script.
    """
    runs = "data-engine=" in page
    scripts = " ".join(["'self'", *(["'wasm-unsafe-eval'"] if runs else []), *inline_script_hashes(page)])
    workers = "worker-src 'self' blob:; " if runs else ""
    return (
        f"default-src 'self'; script-src {scripts}; {workers}style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "object-src 'none'; base-uri 'self'; form-action 'none'"
    )


def hints(page: str) -> str:
    """Links at the page's head to what it loads, so that all of it is on the way at once."""
    links = []
    for loaded in _LOADED.finditer(page):
        if loaded["style"]:
            links.append(f'<link rel="preload" as="style" href="{loaded["style"]}">')
        elif 'type="module"' in loaded[0]:
            links.append(f'<link rel="modulepreload" href="{loaded["script"]}">')
        else:
            links.append(f'<link rel="preload" as="script" href="{loaded["script"]}">')
    return "".join(links)


def finish(page: str) -> str:
    """Adds a Content-Security-Policy to the head of a built page, and mends what the theme lacks.

    Raises:
        ValueError: the page has no place for it, because the theme changed.
    """
    place = _CHARSET.search(page)
    if place is None:
        raise ValueError("the page has no <meta charset>")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{escape(policy(page)).replace("&#x27;", chr(39))}">'
    page = page[: place.end()] + meta + hints(page) + page[place.end() :]
    page = _PUNCTUATION.sub(r"\1", page)
    page = _JSON.sub(lambda block: _STRING.sub(r"\1", block[0]), page)
    page = _SUMMARY.sub(lambda summary: _HEADERLINK.sub("", summary[0]), page)
    page, hidden = _HIDDEN_CONTENTS.subn(r"\1\2", page)
    if hidden:
        page = _FOLLOWED.sub(r"\1", page)
    for part, named in _NAMES:
        page = part.sub(named, page)
    return page


def mended_bundle(bundle: str) -> str:
    """The script of the theme, which then leaves the style of a page alone that has its colors already.

    Raises:
        ValueError: a place is not there, because the theme changed.
    """
    for place, mended in _RESTYLING:
        bundle, number = place.subn(mended, bundle)
        if number != 1:
            raise ValueError(f"the script of the theme has {number} places that match {place.pattern}; 1 expected")
    return bundle


def add_versions(versions: Path, folder: Path) -> None:
    """Unpacks the released versions into a built site, to the addresses of their files, and adds their archives.

    Args:
        versions: folder of all artifact versions.
        folder: the built site.

    Raises:
        ArchiveError: an archive is none.
        RefusedError: a link is in the way.
        OSError: a file cannot be read or written.
    """
    names = released_versions(versions)
    packed = folder / "v1" / archives.RELEASES
    places.refuse_way(packed, folder)
    if not packed.exists():
        files = (archives.place(versions, name) for name in names)
        tree.new_folder(packed, {file.name: file.read_bytes() for file in files})
    for name in names[-UNPACKED:]:
        target = folder / "v1" / name
        places.refuse_way(target, folder)
        if not target.exists():
            tree.new_folder(target, archives.files(archives.place(versions, name)))


def finish_folder(folder: Path) -> None:
    """Finishes the pages of a built site. What is finished already stays as it is.

    Raises:
        RefusedError: it is not the site of this project, or a page is a link.
        ValueError: something has another form than expected, because the theme changed.
        OSError: a file cannot be read or written.
    """
    places.refuse_site(folder)
    for file in folder.rglob("*.html"):
        page = file.read_text("utf-8")
        if 'http-equiv="' in page:  # finished, or leads elsewhere
            continue
        try:
            tree.replace_file(file, finish(page).encode())
        except ValueError as error:
            raise ValueError(f"{file}: {error}") from error
    for file in folder.glob("assets/stylesheets/main.*.css"):
        tree.replace_file(file, trimmed(file.read_text("utf-8"), _classes(folder)).encode())
    for file in folder.glob("assets/javascripts/bundle.*.js"):
        bundle = file.read_text("utf-8")
        if "mdColorScheme!==" not in bundle:
            tree.replace_file(file, mended_bundle(bundle).encode())


def _classes(folder: Path) -> set[str]:
    """The classes that elements of a built site can have: those in its pages, and every word of its scripts."""
    names: set[str] = set()
    for file in folder.rglob("*.html"):
        for quoted, bare in re.findall(r"""\bclass=(?:"([^"]*)"|([^\s>"]+))""", file.read_text("utf-8")):
            names.update((quoted or bare).split())
    for file in folder.glob("assets/**/*.js"):
        names.update(re.findall(r"[\w-]+", file.read_text("utf-8")))
    return names

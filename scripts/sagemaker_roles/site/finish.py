"""Finishes a built page: a Content-Security-Policy for its scripts, links to its JSON, names for the theme's parts."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from html import escape

_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)
_CHARSET = re.compile(r"<meta charset=\"?utf-8\"?\s*/?>")

#: Marks around punctuation and white space in code: most of a page's elements, and they look like the text around them.
_PUNCTUATION = re.compile(r'<span class="[pw]">([^<]*)</span>')
#: Marks around strings in JSON, which is mostly strings: the style sheet gives their colour to all that has no mark.
_JSON = re.compile(r'<div class="language-json highlight">.*?</div>', re.DOTALL)
_STRING = re.compile(r'<span class="s2">([^<]*)</span>')

#: The link of a heading to itself has no place in what opens a folded part: one control cannot contain another.
_SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)
_HEADERLINK = re.compile(r'<a class="headerlink"[^>]*>[^<]*</a>')

#: Parts of the theme that have a role but no name for those who hear the page.
_NAMES = (
    (re.compile(r'(data-md-component="search" role="dialog")'), r'\1 aria-label="Search"'),
    (re.compile(r'(<nav class="md-tags")'), r'\1 aria-label="Tags"'),
    # The label it refers to is empty where a section has a page of its own.
    (re.compile(r'(<nav class="md-nav" data-md-level="\d+") aria-labelledby="[^"]*"'), r'\1 aria-label="This section"'),
)


def inline_script_hashes(page: str) -> list[str]:
    """CSP sources for the scripts that stand in the page itself, in the page's order."""
    found = []
    for script in _SCRIPT.finditer(page):
        attributes = script["attributes"]
        if "src=" in attributes or "application/json" in attributes:
            continue
        digest = hashlib.sha256(script["body"].encode("utf-8")).digest()
        found.append(f"'sha256-{base64.b64encode(digest).decode('ascii')}'")
    return list(dict.fromkeys(found))


def policy(page: str) -> str:
    """The page's Content-Security-Policy: everything from this site only, and no script but those it was built with."""
    scripts = " ".join(["'self'", *inline_script_hashes(page)])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "object-src 'none'; base-uri 'self'; form-action 'none'"
    )


def finish(page: str, *, json_links: Iterable[str] = (), csp: bool = True) -> str:
    """Adds to the head of a built page.

    Args:
        page: the page's HTML.
        json_links: addresses of JSON that tells the same, relative to the page.
        csp: whether to add the Content-Security-Policy; the live server's own script would break under it.

    Raises:
        ValueError: the page has no place for it, because the theme changed.
    """
    place = _CHARSET.search(page)
    if place is None or "</head>" not in page:
        raise ValueError("the page has no <meta charset> or no </head>")
    # Not rel="alternate" alone: the theme takes such a link for a translation and looks for a sitemap beside it.
    rel = "alternate describedby"
    links = "".join(f'<link rel="{rel}" type="application/json" href="{escape(link)}">' for link in json_links)
    if csp:
        meta = (
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy(page)).replace("&#x27;", chr(39))}">'
        )
        page = page[: place.end()] + meta + page[place.end() :]
    page = _PUNCTUATION.sub(r"\1", page)
    page = _JSON.sub(lambda block: _STRING.sub(r"\1", block[0]), page)
    page = _SUMMARY.sub(lambda summary: _HEADERLINK.sub("", summary[0]), page)
    for part, named in _NAMES:
        page = part.sub(named, page)
    return page.replace("</head>", links + "</head>", 1)

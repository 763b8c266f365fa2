"""Takes apart what is HTML in a page's Markdown and means nothing to a search, so that a site tool need not read it.

Tables, pictures, and policies are most of a page, and should come out as they went in. They stand in the page's front
matter, and the theme's template puts each back into its place (``scripts/theme/main.html``).
"""

from __future__ import annotations

import json
import re

#: An element in lines of its own that the search leaves out.
_PART = re.compile(
    r'^( *)<(div|figure|table|ul)\b[^>]*? data-search-exclude(?:="")?.*?</\2>\n', re.DOTALL | re.MULTILINE
)
_MARK = re.compile(r' data-search-exclude(?:="")?')
#: What stands in its place: a paragraph to Markdown, wherever it is.
_PLACE = '\n{0}<wbr id="part-{1}">\n\n'
_END = "\n---\n"


def apart(page: str) -> str:
    """A page of Markdown whose parts stand in its front matter. A page that has none stays as it is."""
    head, end, body = page.partition(_END)
    if not (head.startswith("---\n") and end):
        return page
    parts: list[str] = []

    def moved(part: re.Match[str]) -> str:
        lines = part[0].removesuffix("\n").split("\n")
        parts.append(_MARK.sub("", "\n".join(line.removeprefix(part[1]) for line in lines), count=1))
        return _PLACE.format(part[1], len(parts))

    body = _PART.sub(moved, body)
    return f"{head}\nparts: {json.dumps(parts, ensure_ascii=False)}{end}{body}" if parts else page

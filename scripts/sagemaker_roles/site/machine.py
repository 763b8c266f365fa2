"""Prepares what tools and assistants read: llms.txt."""

from __future__ import annotations

from . import templates
from .published import Published


def llms_txt(published: Published, base: str = "") -> str:
    """An index of the site in plain Markdown, one line an operation, with the addresses of the JSON.

    Args:
        base: address of the site with a final slash, or "" for addresses relative to it.
    """
    return templates.code("llms.txt.j2", published=published, base=base)

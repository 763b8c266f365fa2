"""Renders the templates of pages; what one puts in is text to Markdown and HTML, whatever it says."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sagemaker_roles.canonical import canonical

from . import html_parts, text
from .published import cited, schema


def _plain(value: Any) -> Any:
    """Every value that is no markup yet as text that means nothing to Markdown or HTML."""
    return value if hasattr(value, "__html__") else Markup(text.md(str(value)))  # noqa: S704


def _environment(**options: Any) -> Environment:
    return Environment(  # noqa: S701 - said by those who call this
        loader=PackageLoader(__package__ or "", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **options,
    )


def _pages() -> Environment:
    pages = _environment(autoescape=True, finalize=_plain)
    public = (one for name, one in vars(text).items() if not name.startswith("_"))
    for function in (schema, *(one for one in public if getattr(one, "__module__", "") == text.__name__)):
        pages.filters[function.__name__] = lambda *values, _function=function: Markup(_function(*values))  # noqa: S704
    pages.filters["json"] = lambda value: canonical(value).decode("ascii")
    pages.globals["cited"] = cited
    pages.filters["number"] = "{:,}".format
    return pages


_PAGES = _pages()
#: Code in other languages, where nothing is escaped. Pages hold it in code blocks.
CODE = _environment(autoescape=False)


def page(template: str, /, **values: Any) -> str:
    """A page, as Markdown or HTML.

    Args:
        values: what it names.

    Raises:
        UndefinedError: it names something else.
    """
    return html_parts.apart(_PAGES.get_template(template).render(values))


def code(template: str, /, **values: Any) -> str:
    """A text of another language; as :func:`page`, but nothing is escaped."""
    return CODE.get_template(template).render(values)


def markup(value: str) -> Markup:
    """A drawing, whose maker escaped every text in it."""
    return Markup(value)  # noqa: S704 - as its name says

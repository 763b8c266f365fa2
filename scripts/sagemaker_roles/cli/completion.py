"""Completes names of operations, roles, and add-ons in shells, by the catalog; click completes the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click
from click.shell_completion import CompletionItem

from ..catalog import Catalog, CatalogError


def complete_operation(_context: click.Context, _option: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The operations that begin so, in any case of letters; files where there is none."""
    catalog = _catalog()
    known = [*catalog.operations, *sorted(catalog.calls)] if catalog else []
    return _matching(((name, "") for name in known), incomplete) or [CompletionItem(incomplete, type="file")]


def complete_role(context: click.Context, _option: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The roles of the operation on the line; of all operations, if it names none."""
    catalog = _catalog()
    return _matching(_roles(catalog, context) if catalog else (), incomplete)


def complete_addon(context: click.Context, _option: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The add-ons of the operation on the line; of all operations, if it names none."""
    catalog = _catalog()
    return _matching(_addons(catalog, context) if catalog else (), incomplete)


def _catalog() -> Catalog | None:
    """The catalog; None if it was not built, as completion prints nothing."""
    try:
        return Catalog.load()
    except (OSError, CatalogError):
        return None


def _operations(catalog: Catalog, context: click.Context) -> list[str]:
    """The operations that the line names so far, or all."""
    given = (context.params.get(name) for name in ("operation", "operations", "given"))
    words = [word for value in given if value for word in ([value] if isinstance(value, str) else value)]
    named = [name for word in words if (name := catalog.named(word)) and catalog.has_record(name)]
    return named or catalog.operations


def _roles(catalog: Catalog, context: click.Context) -> Iterator[tuple[str, str]]:
    for name in _operations(catalog, context):
        yield from ((role.id, role.title) for role in catalog.operation(name).roles)


def _addons(catalog: Catalog, context: click.Context) -> Iterator[tuple[str, str]]:
    for name in _operations(catalog, context):
        operation = catalog.operation(name)
        for grantee in (*operation.roles, *filter(None, [operation.caller])):
            yield from ((addon.id, addon.title) for addon in grantee.addons)


def _matching(known: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    """The names that begin with a text, each once, with its title where the shell shows one."""
    titles = {name: title for name, title in known if name.lower().startswith(incomplete.lower())}
    return [CompletionItem(name, help=title or None) for name, title in titles.items()]

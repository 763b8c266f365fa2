"""A resource kind declares each field its forms and scopes name, and no others; its default form is one to fill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..canonical import quoted
from ..catalog import GLOBALS, Kind
from ..engine.compose import names_in
from ..problems import Problem
from .context import Context, at, key_at, nearest, problem

RULE = "kind-fields"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each field that is not declared or not used, and for a default that cannot be one."""
    for kind in context.kinds:
        used: set[str] = set()
        known = {*kind.fields, *GLOBALS}
        for index, form in enumerate(kind.forms):
            used.update(form.fields)
            for name in form.fields:
                if name not in known:
                    message = f"the group {name} is not a field{nearest(name, known)}"
                    yield problem(RULE, message, kind.data, "forms", index, "pattern")
            if form.id in {other.id for other in kind.forms[:index]}:
                yield problem(RULE, f"there is a form {form.id} already; rename one", kind.data, "forms", index, "id")
            if form.no_permission and "scopes" in kind.data["forms"][index]:
                message = "a form that needs no permission has no scopes; take them out"
                yield Problem(key_at(kind.data, "forms", index, "scopes"), RULE, message)
        for template, place in _templates(kind):
            for name in names_in(template):
                used.add(name)
                if name not in known:
                    yield problem(RULE, f"${{{name}}} is not a field{nearest(name, known)}", kind.data, *place)
        for name in kind.fields:
            if name in GLOBALS:
                yield Problem(key_at(kind.data, "fields", name), RULE, f"{name} is a field of every ARN; rename it")
            elif name not in used:
                message = f"no form and no scope has the field {name}; take it out"
                yield Problem(key_at(kind.data, "fields", name), RULE, message)
        yield from _default(kind)


def _default(kind: Kind) -> Iterator[Problem]:
    form = kind.form(kind.default)
    place = at(kind.data, "default" if "default" in kind.data else "forms")
    usable = [item.id for item in kind.forms if not item.no_permission]
    if form is None:
        yield Problem(place, RULE, f"there is no form {quoted(kind.default)}{nearest(kind.default, usable)}")
    elif form.no_permission:
        message = f"the form {form.id} needs no permission, so placeholders cannot stand for it; name one of "
        yield Problem(place, RULE, message + ", ".join(usable))


def _templates(kind: Kind) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    holders: list[tuple[Mapping[str, Any], tuple[str | int, ...]]] = [(kind.data.get("scopes", {}), ("scopes",))]
    holders += [(form.get("scopes", {}), ("forms", index, "scopes")) for index, form in enumerate(kind.data["forms"])]
    for scopes, place in holders:
        for name, scope in scopes.items():
            for index, template in enumerate(scope.get("Resource", ())):
                yield template, (*place, name, "Resource", index)
            for operator, keys in scope.get("Condition", {}).items():
                for key, values in keys.items():
                    for index, value in enumerate(values):
                        yield value, (*place, name, "Condition", operator, key, index)

"""Placeholders in templates are declared, and every parameter is used."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalog import GLOBALS, Condition, Entry, Kind, Statement, Trust
from ..engine.compose import names_in
from ..problems import Problem
from .context import Context, key_at, nearest, problem

RULE = "placeholders"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each placeholder nothing fills and each parameter nothing names.

    A parameter whose value decides whether the statements are there at all (because some forms of its kind need none)
    need not be named.
    """
    for trust in context.trusts():
        yield from _trust(context, trust)
    for entry in context.authored:
        kinds = {name: kind for name, kind_id in entry.parameters.items() if (kind := context.kind(kind_id))}
        if len(kinds) < sum(kind_id != "constant" for kind_id in entry.parameters.values()):
            continue  # a kind that does not exist: what it would declare is not known
        used: set[str] = set()
        for statement in entry.statements:
            yield from _statement(entry, kinds, statement, used)
        for name, kind_id in entry.parameters.items():
            if name in used or (name in kinds and _decides(entry, name, kinds[name])):
                continue
            message = f"no statement names ${{{name}}}" if kind_id == "constant" else f"nothing uses {name}"
            yield Problem(key_at(entry.data, "parameters", name), RULE, f"{message}; take the parameter out")


def _trust(context: Context, trust: Trust) -> Iterator[Problem]:
    """A trust statement is filled with what every ARN shares and with the fields of its parameters."""
    kinds = {name: kind for name, kind_id in trust.entry.parameters.items() if (kind := context.kind(kind_id))}
    if len(kinds) < len(trust.entry.parameters):
        return  # a kind that does not exist: what it would declare is not known
    fields = {name: {name if item == "Value" else item for item in kind.fields} for name, kind in kinds.items()}
    known = [*GLOBALS, *sorted(set().union(*fields.values()))]
    used: set[str] = set()
    texts: list[tuple[str, tuple[str | int, ...]]] = [
        (text, ("Principal", kind, index))
        for kind, values in trust.principal.items()
        for index, text in enumerate(values)
    ]
    for text, place in [*texts, *_condition(trust.condition)]:
        for name in names_in(text):
            used.add(name)
            if name not in known:
                has = ", ".join(f"${{{item}}}" for item in known)
                message = f"${{{name}}} is not declared; this trust statement has {has}"
                yield problem(RULE, message, trust.data, *place)
    for name, own in fields.items():
        if not own & used:
            yield Problem(key_at(trust.data, "parameters", name), RULE, f"nothing uses {name}; take the parameter out")


def _statement(entry: Entry, kinds: dict[str, Kind], statement: Statement, used: set[str]) -> Iterator[Problem]:
    used.update(
        name
        for name, kind in kinds.items()
        if any(scope in form.scopes for scope in statement.scopes for form in kind.forms)
    )
    for template, place in _templates(statement):
        for name in names_in(template):
            if name in GLOBALS:
                continue
            if entry.parameters.get(name) == "constant":
                used.add(name)
                continue
            field = "Value" if name in kinds else name
            owners = {
                owner: kind
                for owner, kind in kinds.items()
                if field in kind.fields and (field == name or owner == name)
            }
            used.update(owners)
            if not owners:
                yield problem(RULE, _undeclared(entry, kinds, name), statement.data, *place)
            for owner, kind in owners.items():
                forms = [form for form in entry.forms(owner, kind) if not form.no_permission]
                # Two forms can have one ID by mistake, which is a problem of its own.
                if lacking := dict.fromkeys(form.id for form in forms if field not in form.fields):
                    message = (
                        f"${{{name}}} has no value in the form {', '.join(lacking)} of {kind.id}; "
                        f"remove the form from `accepts` of {owner}, or require a scope"
                    )
                    yield problem(RULE, message, statement.data, *place)


def _templates(statement: Statement) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    for index, template in enumerate(statement.resources):
        yield template, ("Resource", index)
    yield from _condition(statement.condition)


def _condition(condition: Condition) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    for operator, keys in condition.items():
        for key, values in keys.items():
            for index, value in enumerate(values):
                yield value, ("Condition", operator, key, index)


def _undeclared(entry: Entry, kinds: dict[str, Kind], name: str) -> str:
    if name in kinds:
        fields = ", ".join(f"${{{field}}}" for field in kinds[name].fields)
        return f"${{{name}}} names the parameter; name a field of its kind {kinds[name].id}: {fields}"
    known = {*GLOBALS, *(item for item, kind in entry.parameters.items() if kind == "constant")}
    for parameter, kind in kinds.items():
        known.update(parameter if field == "Value" else field for field in kind.fields)
    return f"${{{name}}} is not declared{nearest(name, known)}"


def _decides(entry: Entry, name: str, kind: Kind) -> bool:
    return len(entry.forms(name, kind)) < len(kind.forms)

"""Condition keys exist, are not deprecated, and go with every action and resource of their statement."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..aws.reference import GLOBAL_KEYS, Action, ConditionKey, Reference, key_applies
from ..canonical import quoted
from ..catalog import Condition, Data, Entry, Statement
from ..problems import Problem
from .arns_of import fitting, named, resource_types
from .context import Context, key_at

RULE = "condition-keys"

_REPLACED = re.compile(r"[a-z][a-z0-9-]*:[A-Za-z][A-Za-z0-9/]*")


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each key that is unknown, deprecated, or absent from requests the statement is for."""
    for data, inside, condition in context.conditions():
        for operator, keys in condition.items():
            for key in keys:
                if message := _known(context.reference, key):
                    yield Problem(key_at(data, *inside, operator, key), RULE, message)
    for entry in context.authored:
        for statement in entry.statements:
            yield from _statement(context, entry, statement)
    for trust in context.trusts():
        for name in trust.actions:
            action = context.reference.action(name)
            for operator, key in _required(trust.condition):
                if action and context.reference.condition_key(key) and not _of_action(action, key):
                    yield _absent(trust.data, operator, key, name, "")


def _known(reference: Reference, key: str) -> str:
    """What is wrong with a key by itself, or ""."""
    definition = reference.condition_key(key)
    if definition is None:
        close = reference.nearest_condition_key(key)
        return f"there is no condition key {quoted(key)}" + (f"; did you mean {quoted(close)}?" if close else "")
    if definition.name.lower() == key.lower() and definition.name != key:
        return f"{key} is spelled {definition.name}"
    replacement = deprecated(definition)
    return f"{key} is deprecated; use {replacement}" if replacement else ""


def deprecated(key: ConditionKey) -> str:
    """What to use in place of a deprecated key, or "" for any other."""
    _, word, after = key.description.partition("eprecated")
    if not word:
        return ""
    names = [name for name in _REPLACED.findall(after) if name != key.name]
    return names[0] if names else "another key"


def _statement(context: Context, entry: Entry, statement: Statement) -> Iterator[Problem]:
    actions = [item for item in map(context.reference.action, statement.actions) if item is not None]
    reported: set[tuple[str, str]] = set()
    for name in named(context, entry, statement):
        for action in actions:
            for operator, key in _required(statement.condition):
                if (key, action.name) not in reported and not _applies(context.reference, action, key, name.arn):
                    reported.add((key, action.name))
                    yield _absent(statement.data, operator, key, action.name, name.template)
            for _, key in _required(name.condition):
                if (name.form + key, action.name) not in reported and not _applies(
                    context.reference, action, key, name.arn
                ):
                    reported.add((name.form + key, action.name))
                    message = f"a value in the form {name.form} adds {key}, which {action.name} does not know"
                    yield Problem(key_at(statement.data, *name.place), RULE, message)


def _required(condition: Condition) -> Iterator[tuple[str, str]]:
    """The keys without which a condition is not met."""
    for operator, keys in condition.items():
        if not operator.endswith("IfExists"):
            for key in keys:
                yield operator, key


def _absent(data: Data, operator: str, key: str, action: str, resource: str) -> Problem:
    on = f" on {resource}" if resource and resource != "*" else ""
    message = f"{action} does not know {key}{on}, so the statement would never allow it; take it out of this statement"
    return Problem(key_at(data, "Condition", operator, key), RULE, message)


def _of_action(action: Action, key: str) -> bool:
    return key.lower() in GLOBAL_KEYS or key_applies(tuple(GLOBAL_KEYS), key) or key_applies(action.condition_keys, key)


def _applies(reference: Reference, action: Action, key: str, arn: str) -> bool:
    """Whether requests of an action on a resource carry a key; what is unknown is reported elsewhere."""
    if reference.condition_key(key) is None or _of_action(action, key):
        return True
    types = fitting(reference, action, arn)
    if not types and resource_types(reference, action):
        return True
    # The action's own list for a type is the exact one; where it is empty, that of the type holds.
    return any(key_applies(action.resource_types[item.name] or item.condition_keys, key) for item in types)

"""Kinds of companions say of every action and condition key on their resources whether such a policy carries it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..canonical import quoted
from ..iam.arns import fits
from ..iam.size import LIMITS
from ..problems import Problem
from .arns_of import named
from .context import Context, at, key_at, nearest, problem

RULE = "companions"

#: What the policy of a resource says; the boundary of a role says none of it.
_OF_RESOURCES = ("element", "actions", "same_account", "other_account")


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each unknown limit or action, and for what statements have that is not accounted for."""
    for name, data in sorted(context.loaded.catalog.data.get("companions", {}).items()):
        if "limit" not in data and "not_composed" not in data:
            yield problem(RULE, f"{name} is composed, so it needs limit", data, "id")
        elif data.get("limit", next(iter(LIMITS))) not in LIMITS:
            message = f"there is no limit {quoted(data['limit'])}{nearest(data['limit'], LIMITS)}"
            yield problem(RULE, message, data, "limit")
        if "arns" not in data or "not_composed" in data:
            continue
        if missing := [key for key in _OF_RESOURCES if key not in data]:
            yield problem(RULE, f"{name} has ARNs, so it needs {', '.join(missing)} too", data, "arns")
            continue
        yield from _actions(context, data)
        yield from _accounted(context, data)


def _actions(context: Context, data: Mapping[str, Any]) -> Iterator[Problem]:
    """Every action exists and is on such a resource."""
    for action in (*data["actions"], *data.get("not_carried", ())):
        carried = action in data["actions"]
        place = ("actions", data["actions"].index(action)) if carried else ("not_carried", action)
        known = context.reference.action(action)
        if known is None:
            yield problem(RULE, f"there is no action {quoted(action)}", data, *place)
            continue
        prefix = action.partition(":")[0]
        formats = [
            resource_type.arn
            for kind in known.resource_types
            if (resource_type := context.reference.resource_type(prefix, kind))
        ]
        if carried and not any(fits(arn, one) for arn in data["arns"] for one in formats):
            yield problem(RULE, f"{action} is not on {' or '.join(data['arns'])}", data, *place)
        if carried and action in data.get("not_carried", ()):
            yield Problem(
                key_at(data, "not_carried", action), RULE, f"{action} is among the actions; remove the duplicate"
            )


def _accounted(context: Context, data: Mapping[str, Any]) -> Iterator[Problem]:
    """What statements have on such a resource is carried, or there is a reason why not."""
    actions = {*data["actions"], *data.get("not_carried", ())}
    keys = {key.lower() for key in (*data.get("conditions", ()), *data.get("dropped", ()))}
    for entry in () if "operations" in data else context.authored:
        for statement in entry.statements:
            names = [one for one in named(context, entry, statement) if one.arn != "*"]
            conditions = [one.condition for one in names if any(fits(one.arn, arn) for arn in data["arns"])]
            if not conditions:
                continue
            for action in statement.actions:
                # Another rule reports an action that does not exist, or a key that the action does not know.
                if action not in actions and context.reference.action(action) is not None:
                    message = f"{statement.sid} has {action} on such a resource; add it to actions or not_carried"
                    yield problem(RULE, message, data, "actions", follows=(action, at(entry.data).path))
            held = {key for one in (statement.condition, *conditions) for some in one.values() for key in some}
            for key in sorted(held):
                if key.lower() not in keys and _is_known(context, key, statement.actions):
                    message = f"{statement.sid} has the key {key} on such a resource; add it to conditions or dropped"
                    yield problem(RULE, message, data, "conditions" if "conditions" in data else "actions")
    for part in ("conditions", "dropped"):
        for index, key in enumerate(data.get(part, ())):
            if context.reference.condition_key(key) is None and not context.excepted(RULE, key):
                place = (part, index) if part == "conditions" else (part, key)
                yield problem(RULE, f"there is no condition key {quoted(key)}", data, *place)


def _is_known(context: Context, key: str, actions: Sequence[str]) -> bool:
    services = {"aws", *(action.partition(":")[0] for action in actions)}
    return key.partition(":")[0] in services and context.reference.condition_key(key) is not None

"""What AWS added to operations, members, values, actions and managed policies stands in data/reference.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..aws.reference import Reference
from ..problems import Problem
from .context import Context, problem

RULE = "new-in-aws"

#: Members with more values than this name instance types and the like, which decide nothing.
_FEW = 40


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each name of AWS's data that data/reference.yaml lacks, and each that AWS has no longer."""
    accounted = context.loaded.catalog.data.get("reference", {})
    if not accounted:
        return
    # What a record that cannot be read is about, is not known.
    is_whole = not any("/operations/" in path for path in context.unread)
    for part, there in names(context.reference, context.catalog.operations, context.loaded.policies).items():
        if part in ("members", "values") and not is_whole:
            continue
        here = accounted.get(part, {}).get("names", {})
        for name in sorted({*there, *here}):
            known, now = set(here.get(name, "").split()), set(there.get(name, "").split())
            if part == "policies" and known and now and known != now:
                what = f"{name} is {there[name]} now, and {here[name]} was read; account for what changed in "
                what += f"data/managed-documents/{name}.json, or refuse it, and then write {there[name]} here"
                yield problem(RULE, what, accounted[part], "names", name)
                continue
            for lacking, message in (
                (
                    now - known,
                    "AWS added {} to the {} of {}; account for it in the records, or refuse it, and then add it here",
                ),
                (known - now, "{} is no longer among the {} of {}; remove it here and where records name it"),
            ):
                if lacking:
                    what = message.format(", ".join(sorted(lacking)), part, name)
                    yield problem(RULE, what, accounted.get(part, accounted), "names", name)


def names(reference: Reference, operations: list[str], policies: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What the records are about, by part: operations, actions, the members and values of requests, and policies.

    Args:
        operations: the operations that have a record.
        policies: AWS managed policy to the version of its document.
    """
    listed: dict[str, dict[str, list[str]]] = {"operations": {}, "actions": {}, "members": {}, "values": {}}
    for service, inputs in reference.inputs.items():
        listed["operations"][service] = list(inputs)
        for name in operations:
            if name in inputs:
                _members(reference, inputs[name], listed["members"])
    for prefix in reference.prefixes():
        if any(prefix.startswith(service) for service in reference.inputs):
            listed["actions"][prefix] = reference.actions(prefix)
    for member, values in reference.enums.items():
        if member.rpartition(".")[0] in listed["members"] and len(values) <= _FEW:
            listed["values"][member] = list(values)
    listed["policies"] = {name: [version] for name, version in policies.items()}
    return {part: {name: " ".join(sorted(all_of)) for name, all_of in items.items()} for part, items in listed.items()}


def _members(reference: Reference, shape: str, seen: dict[str, list[str]]) -> None:
    known: Mapping[str, object] = reference.types.get(shape, {})
    if not known or shape in seen:
        return
    members = reference.types[shape].get("members", {})
    seen[shape] = list(members)
    for inner in (*members.values(), known.get("member"), known.get("value")):
        if isinstance(inner, str):
            _members(reference, inner, seen)

"""Names in the data: each leads somewhere, is needed, and stands in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog import Catalog, Grantee, Operation
from sagemaker_roles.catalog.entries import CALLED
from sagemaker_roles.errors.problems import Position, Problem

from .context import Context, at, key_problem, nearest, problem, rule

#: What the things of a part are called.
_WHAT = {
    "statements": "statement set",
    "addons": "set of add-ons",
    "resources": "resource kind",
    "trust": "trust statement",
    "sources": "source",
    "operations": "record of the operation",
    "layers": "layer",
    "endpoints": "VPC endpoint",
    "guardrails": "guardrail",
    "named-resources": "way of naming",
}
#: What is at a place, by its depth.
_KINDS = ("operation", "role", "add-on")
#: The parts that are there to be used by others.
_SHARED = ("statements", "addons", "resources", "trust")


@rule
def names_exist(context: Context) -> Iterator[Problem]:
    """Everything in a part of the data that a file names, as its schema says, exists.

    A place is an operation, a role of it, or an add-on of the role; a star stands for all add-ons.
    """
    for position, part, name in context.references:
        operation, *within = name.removesuffix("/*").split("/")
        if part == "places" and within and context.callers.knows(operation) and not context.is_unread(operation):
            places = _ids(context.callers.operation(operation))
            if name.removesuffix("/*") not in places:
                near = nearest(name, places)
                unread = context.unread_below(at(context.callers.operation(operation).data).path)
                yield Problem(
                    position, "", f"there is no {_KINDS[len(within)]} {quoted(name)}{near}", tuple(sorted(unread))
                )
        elif part == "places" and not context.exists("operations", operation):
            near = nearest(operation, context.loaded.catalog.operations)
            yield Problem(position, "", f"there is no {_WHAT['operations']} {quoted(operation)}{near}")
        elif part in _WHAT and not context.exists(part, name):
            known = context.part(part)
            yield Problem(position, "", f"there is no {_WHAT[part]} {quoted(name)}{nearest(name, known)}")


@rule
def unused(context: Context) -> Iterator[Problem]:
    """Everything that records share is used by one: statement sets, resource kinds, trust statements."""
    if context.unreadable:
        return  # what the files that cannot be read name is not known
    used = {(part, name) for _, part, name in context.references} | {("resources", name) for name in CALLED}
    for part in _SHARED:
        for name, data in sorted(context.part(part).items()):
            if (part, name) not in used:
                message = f"no record uses the {_WHAT[part]} {name}; use it or take the file out"
                yield problem(message, data, "id", follows=(name,))


@rule
def families(context: Context) -> Iterator[Problem]:
    """Every operation with a record is in one group of data/site/families.yaml, and each group names what exists."""
    families = context.loaded.catalog.families
    if not families:
        return
    seen: dict[str, str] = {}
    for family, record in families.items():
        for place, name in enumerate(record["operations"]):
            if name in seen:
                yield problem(f"{name} is in {seen[name]} already; name it once", record, "operations", place)
            seen.setdefault(name, family)
    for operation in context.operations:
        if operation.name not in seen and "data/site/families.yaml" not in context.unread:
            message = f"{operation.name} is in no group; name it in one, where its readers look for it"
            yield Problem(Position("data/site/families.yaml"), "", message)


@rule
def services(context: Context) -> Iterator[Problem]:
    """Every service whose actions a statement allows has a name in data/site/services.yaml, and no other has one."""
    services = context.loaded.catalog.data.get("services", {})
    if not services or context.unread:
        return  # which services the files that cannot be read name is not known
    used = {action.partition(":")[0] for statement in context.statements() for action in statement.actions}
    for prefix in sorted(set(services) - used):
        yield key_problem(f"no statement has an action of {prefix}; remove the name", services, prefix)
    for prefix in sorted(used - set(services)):
        yield Problem(Position("data/site/services.yaml"), "", f"{prefix} has no name; add the one that pictures show")


_ID = re.compile(r"([a-z][a-z0-9-]*-)?[A-Z][A-Za-z0-9]*(/[a-z0-9]+(-[a-z0-9]+)*){0,2}")


@rule
def moved(context: Context) -> Iterator[Problem]:
    """What data/shared/moved.yaml says is gone is gone, and what took its place is of the same kind."""
    moved = context.loaded.catalog.moved
    if not moved or context.unread:
        return  # what the files that cannot be read hold is not known
    known = ids(context.catalog)
    for name, record in moved.items():
        kind = _KINDS[min(name.count("/"), 2)]
        if not _ID.fullmatch(name):
            what = "an Operation, Operation/role or Operation/role/add-on"
            yield key_problem(f"{quoted(name)} is not {what}", moved, name)
        elif name in known:
            yield key_problem(f"the {kind} {name} is still there; take the entry out", moved, name)
        if "to" in record and (other := _KINDS[record["to"].count("/")]) != kind:
            yield problem(f"{record['to']} names one {other}, and {name} one {kind}", record, "to")


def ids(catalog: Catalog) -> set[str]:
    """The ids of all operations, roles and add-ons, as data/shared/moved.yaml writes them."""
    return {one for name in catalog.operations for one in (name, *_ids(catalog.operation(name)))}


def _ids(operation: Operation) -> set[str]:
    """The ids of the roles of an operation, its caller, and their add-ons."""
    grantees = [(f"{operation.name}/{grantee.id}", grantee) for grantee in operation.grantees()]
    return {one for path, grantee in grantees for one in (path, *(f"{path}/{addon.id}" for addon in grantee.addons))}


@rule
def attestations(context: Context) -> Iterator[Problem]:
    """What attestations name of an operation exists: the role, the add-on, and the statement."""
    for attestation in context.loaded.catalog.attestations.values():
        for index, row in enumerate(attestation["seen"]):
            for key, what, known in _known(context, row):
                name = row[key]
                if name not in known:
                    message = f"unknown {what} {quoted(name)}{nearest(name, known)}"
                    yield problem(message, attestation, "seen", index, key)
                    break


def _known(context: Context, row: Mapping[str, Any]) -> Iterator[tuple[str, str, Iterable[str]]]:
    """Of each name of a row: its key, what it is, and the names that there are; the next needs the one before."""
    if row["operation"] not in context.loaded.catalog.operations:
        return  # another rule reports it
    roles = {role.id: role for role in context.catalog.operation(row["operation"]).roles}
    if "role" not in row:
        return
    yield "role", "role", roles
    role: Grantee = roles[row["role"]]
    if "addon" in row:
        yield "addon", "add-on", [addon.id for addon in role.addons]
    if "statement" in row:
        yield (
            "statement",
            "statement",
            sorted(
                {
                    entry.prefix + statement.sid
                    for addon, entry in role.all_entries()
                    if not context.unfound(entry) and (addon.id if addon else "") == row.get("addon", "")
                    for statement in entry.statements
                }
            ),
        )


@rule
def key_order(context: Context) -> Iterator[Problem]:
    """Keys stand in the order of the schemas, so that records read alike and differences are small."""
    for value, right in context.disordered:
        if value.at.path not in context.unread:
            known = [key for key in value if key in right]
            wrong = next(after for before, after in pairwise(known) if right.index(before) > right.index(after))
            before = next(other for other in known if right.index(other) > right.index(wrong))
            yield Problem(value.key_at[wrong], "", f"the key {quoted(wrong)} belongs before {quoted(before)}")

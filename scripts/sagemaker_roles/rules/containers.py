"""Container records name roles and members that exist, keys of one container only, statements for one value."""

from __future__ import annotations

from collections.abc import Iterator

from ..canonical import quoted
from ..catalog import Container, Entry
from ..problems import Problem
from .context import Context, nearest, problem

RULE = "containers"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each name that nothing has, each key that two records read, and each unusable statement."""
    roles = {grantee.id for _, grantee in context.grantees() if grantee.id != "caller"}
    members = {name for shape in context.reference.types.values() for name in shape.get("members", {})}
    registries = {title for kind in context.catalog.companions for title in kind.aws_accounts.values()}
    taken: dict[tuple[str, str], str] = {}
    for container in context.catalog.containers:
        data = container.data
        for index, role in enumerate(container.roles):
            if role not in roles and not context.unreadable:
                yield problem(
                    RULE, f"no operation has a role {quoted(role)}{nearest(role, roles)}", data, "roles", index
                )
        for index, title in enumerate(container.registries):
            if title not in registries:
                message = f"no registry of AWS has the title {quoted(title)}{nearest(title, registries)}"
                yield problem(RULE, message, data, "registries", index)
        for place, read in enumerate(container.reads):
            if not read.keys and not container.images:
                yield problem(RULE, "reads every key, so say by `images` which container it is", data, "reads", place)
            for index, member in enumerate(read.members):
                if member not in members:
                    message = f"no request has a member {quoted(member)}{nearest(member, members)}"
                    yield problem(RULE, message, data, "reads", place, "members", index)
            yield from _keys(container, place, taken)
            for entry in read.entries:
                yield from _entry(context, entry)


def _keys(container: Container, place: int, taken: dict[tuple[str, str], str]) -> Iterator[Problem]:
    """A key that a container is recognized by belongs to it alone."""
    if container.images:
        return
    read = container.reads[place]
    for index, key in enumerate(read.keys):
        for member in read.members:
            other = taken.setdefault((member, key), container.id)
            if other != container.id:
                message = f"{other} reads {key} of {member}, too; say by `images` which container reads it"
                yield problem(RULE, message, container.data, "reads", place, "keys", index)


def _entry(context: Context, entry: Entry) -> Iterator[Problem]:
    if context.unfound(entry):
        return
    free = [name for name, kind in entry.parameters.items() if kind != "constant"]
    if len(free) != 1:
        named = ", ".join(free) or "none"
        yield problem(RULE, f"a key gives one value, but the parameters are {named}", entry.data, "use")
    for key in ("from", "values_in"):
        if key in entry.data:
            yield problem(RULE, f"has `{key}`, but its value comes from the keys; take it out", entry.data, key)

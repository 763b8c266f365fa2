"""A record that is `like` another names only what differs."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalog import Data
from ..problems import Problem
from .context import Context, key_at, problem

RULE = "twins"

#: What every record has of its own.
_OWN = frozenset({"operation", "service", "like", "members", "omit_members", "omit_addons"})

#: What only a twin has.
_OF_TWINS = {
    "members": "members to call otherwise",
    "omit_members": "members to do without",
    "omit_addons": "add-ons to exclude",
}


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each key of a twin that says what the other record says, and each it has no use for."""
    for record in context.loaded.authored.values():
        if "like" not in record:
            for key in _OF_TWINS.keys() & record.keys():
                message = f"only a record with `like` has {_OF_TWINS[key]}; take it out"
                yield Problem(key_at(record, key), RULE, message)
            continue
        other = context.loaded.authored.get(record["like"])
        if other is None or "like" in other:
            continue
        if record["service"] != other["service"]:
            message = f"{record['like']} is of the service {other['service']}; a twin is of the same"
            yield problem(RULE, message, record, "service")
        for key in record:
            if key not in _OWN and record[key] == other.get(key):
                message = f"{key} is the same in {record['like']}; take it out"
                yield Problem(key_at(record, key), RULE, message)
        yield from _roles(record, other)


def _roles(record: Data, other: Data) -> Iterator[Problem]:
    theirs = {role["id"]: role for role in other.get("roles", ())}
    for index, role in enumerate(record.get("roles", ())):
        for key in role:
            if key != "id" and role[key] == theirs.get(role["id"], {}).get(key):
                message = f"{key} of the role {role['id']} is the same in {record['like']}; take it out"
                yield Problem(key_at(record, "roles", index, key), RULE, message)

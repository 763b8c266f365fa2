"""AWS managed policies Sid by Sid: what each allows that ours does not reach, or reaches under a further condition."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sagemaker_roles.engine.documents import ComposedStatement
from sagemaker_roles.errors.problems import Problem
from sagemaker_roles.iam import arns
from sagemaker_roles.iam.actions import KnownActions
from sagemaker_roles.iam.patterns import Pattern, intersects

from ..aws.reference import Reference
from .context import problem

#: A placeholder or a policy variable, and a role's or policy's name that is one: who names it names no role of AWS.
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_NAMED_BY_USER = re.compile(r"(?<=[:/])\$\{[A-Za-z]+\}$")
_NO_NAME = "-"

#: Which members of an entry limit it, and the part of a row that each is compared with.
_LIMITS = {"actions": "action", "resources": "resource", "keys": "key"}


class Row(NamedTuple):
    """An action of a statement on one of its resources that ours does not allow as AWS does.

    Attributes:
        key: the condition key that every statement of ours has in addition; "" if none of ours reaches the resource.
    """

    sid: str
    action: str
    resource: str
    key: str = ""


def rows(reference: Reference, document: Mapping[str, Any], ours: Sequence[ComposedStatement]) -> list[Row]:
    """What a document allows and ours does not, in the order of the document.

    Args:
        ours: the statements for the same role; a placeholder stands for every value, but not for a name of IAM.
    """
    granted: dict[str, list[tuple[list[Pattern], set[str]]]] = defaultdict(list)
    for statement in ours:
        resources = [
            _pattern(_NAMED_BY_USER.sub(_NO_NAME, one) if ":iam:" in one else one) for one in statement.resources
        ]
        keys = {key for tests in statement.condition.values() for key in tests}
        for action in statement.actions:
            granted[action].append((resources, keys))
    found: dict[Row, None] = {}
    for sid, one in sids(document).items():
        known = {key.lower() for tests in one.get("Condition", {}).values() for key in tests}
        for action in _actions(reference, one):
            for resource in _resources(reference, one, action):
                theirs = _pattern(resource)
                reaching = [
                    keys for several, keys in granted[action] if any(intersects(theirs, ours) for ours in several)
                ]
                further = [{key for key in keys if key.lower() not in known} for keys in reaching]
                lacking = min(further, key=lambda keys: (len(keys), sorted(keys))) if further else {""}
                found.update({Row(sid, action, resource, key): None for key in sorted(lacking)})
    return [*found]


def sids(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The statements of a document that allow, by Sid; those without one by their number."""
    statements = enumerate(_listed(document["Statement"]), 1)
    return {one.get("Sid") or f"#{number}": one for number, one in statements if one["Effect"] == "Allow"}


def unexplained(
    name: str, record: Mapping[str, Any], document: Mapping[str, Any], lacking: Sequence[Row], ours: KnownActions
) -> Iterator[Problem]:
    """Yields a problem for each Sid with rows that no entry has, and for each part of an entry that no row needs."""
    left = dict.fromkeys(lacking)
    for entry in record.get("theirs", ()):
        if ("reason" in entry) == ("open" in entry):
            yield problem("an entry needs either a reason or `open: true`", entry, "sids")
        yield from _hidden(entry, ours)
        for index, sid in enumerate(entry["sids"]):
            mine = [row for row in lacking if row.sid == sid and _has(entry, row)]
            if not mine:
                what = "ours has all that the entry says of it" if sid in sids(document) else f"{name} has no such Sid"
                yield problem(f"not needed: {sid}, {what}", entry, "sids", index)
            for row in mine:
                left.pop(row, None)
        for member, part in _LIMITS.items():
            values = {getattr(row, part) for row in lacking if row.sid in entry["sids"] and _has(entry, row)}
            for index, value in enumerate(entry.get(member, ())):
                if not (KnownActions(values).matching(value) if member == "actions" else value in values):
                    yield problem(f"not needed: no Sid of the entry lacks {value}", entry, member, index)
    by_sid: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in left:
        by_sid[row.sid, row.key].append(row)
    for (sid, key), some in by_sid.items():
        where = f" without {key}" if key else ""
        actions, resources = (", ".join(sorted({row[part] for row in some})) for part in (1, 2))
        message = f"only {name} allows {actions} on {resources}{where} ({sid}); grant it, or list {sid} under `theirs`"
        yield problem(f"{message} with the reason", record, "theirs", follows=sorted({row.action for row in some}))


def _hidden(entry: Mapping[str, Any], ours: KnownActions) -> Iterator[Problem]:
    """Yields a problem for a whole service of which ours grants something: it would hide the next action too."""
    for index, action in enumerate(entry.get("actions", ())):
        if action.endswith(":*") and (granted := ours.matching(action)):
            yield problem(
                f"ours grants {sorted(granted)[0]}; name the actions instead of {action}", entry, "actions", index
            )


def _has(entry: Mapping[str, Any], row: Row) -> bool:
    """Whether an entry has a row of one of its Sids."""
    is_action = "actions" not in entry or any(KnownActions({row.action}).matching(one) for one in entry["actions"])
    is_resource = "resources" not in entry or row.resource in entry["resources"]
    return is_action and is_resource and (row.key in entry["keys"] if "keys" in entry else not row.key)


def _actions(reference: Reference, statement: Mapping[str, Any]) -> list[str]:
    """The actions of a statement, patterns expanded; "*" for all, and for all but some."""
    patterns = _listed(statement.get("Action", "*"))
    if "*" in patterns:
        return ["*"]
    return sorted({hit for one in patterns for hit in reference.known(one.partition(":")[0]).matching(one)})


def _resources(reference: Reference, statement: Mapping[str, Any], action: str) -> list[str]:
    """The resources of a statement that an action can be asked for: AWS has several actions and types in one."""
    resources = _listed(statement.get("Resource", "*"))
    known, prefix = reference.action(action), action.partition(":")[0]
    types = [reference.resource_type(prefix, name) for name in known.resource_types] if known else []
    formats = tuple(one.arn for one in types if one is not None)
    is_fit = [one == "*" or known is None or any(arns.fits(one, arn, formats) for arn in formats) for one in resources]
    return [one for one, fits in zip(resources, is_fit, strict=True) if fits]


def _pattern(resource: str) -> Pattern:
    return arns.resource(_VARIABLE.sub("*", resource).replace("arn:aws:", "arn:*:"))


def _listed(value: Any) -> list[Any]:
    return [*value] if isinstance(value, list | tuple) else [value]

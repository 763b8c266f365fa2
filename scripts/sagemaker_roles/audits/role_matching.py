"""Which role is held against which work: the roles that requests pass, or those that are given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..canonical import quoted
from ..catalog import Catalog
from ..engine import roles as engine_roles
from ..errors import UnknownRole
from ..iam.arn_parts import parse
from ..inputs.reader import Notice, Reading
from ..inputs.roles.existing_roles import ExistingRole
from ..session import Choice, ComposedRole, Result, compose_reading
from .role_audit import Work

_PARTITION = re.compile(r"arn:(aws[a-z-]*):")


class Pairs(NamedTuple):
    """Roles and their work."""

    pairs: tuple[tuple[Work, ExistingRole], ...]
    notices: tuple[Notice, ...]


def paired(
    catalog: Catalog, reading: Reading, choice: Choice, held: Sequence[ExistingRole], caller: bool = False
) -> Pairs:
    """Pairs roles with their work.

    Args:
        choice: what else was chosen; its role, an ARN or a name, is the only one that is audited.
        held: the roles as they are; one without an ARN is the only role of the requests.

    Raises:
        NothingToCompose, UnknownRole, UnknownAddOn, UnknownPlaceholder, InvalidValue: as for composing.
    """
    chosen = [one for one in held if _is(one, choice.role)] if choice.role else list(held)
    if choice.role and held and not chosen and len(held) == 1 and not held[0].arn and not held[0].name:
        chosen = list(held)
    arns_passed = engine_roles.arns_of(catalog, reading.requests)
    if caller:
        result = _composed(catalog, reading, choice._replace(role="", merge=True), chosen)
        work = _work(catalog, reading, result.roles[0], caller=True)
        return Pairs(tuple((work, one) for one in chosen), result.notices)
    if arns_passed:
        return _told(_passed(catalog, reading, choice, chosen, held))
    if choice.role and held and not chosen:
        known = sorted(one.arn or one.name for one in held)
        raise UnknownRole(f"there is no role {quoted(choice.role)} in what was given", choice.role, known)
    return _told(_given(catalog, reading, choice, chosen))


def _told(pairs: Pairs) -> Pairs:
    """Pairs, with a note on the roles whose trust policy was not read."""
    if not (names := [one.arn or one.name for _, one in pairs.pairs if one.trust is None]):
        return pairs
    where = names[0] if len(names) == 1 and names[0] else "input"
    which = "the trust policy is" if len(names) == 1 else f"the trust policies of {len(names):,} roles are"
    message = f"{which} not given, so that who can assume the role is not judged; add the trust policy (--trust FILE)"
    return pairs._replace(notices=(*pairs.notices, Notice("note", where, message)))


def _passed(
    catalog: Catalog, reading: Reading, choice: Choice, chosen: Sequence[ExistingRole], held: Sequence[ExistingRole]
) -> Pairs:
    """Each role that requests pass, with the one of those given that it is."""
    is_id = choice.role in {role.id for item in reading.requests for role in engine_roles.accepted(catalog, item)}
    passed = engine_roles.arns_of(catalog, reading.requests)
    wanted = choice.role if is_id or any(choice.role in (one, one.rpartition("/")[2]) for one in passed) else ""
    if not wanted and choice.role:
        of_chosen = [one for one in passed for item in chosen if _fits(item, one)]
        wanted = of_chosen[0] if len(of_chosen) == 1 else choice.role
    result = _composed(catalog, reading, choice._replace(role=wanted, merge=False), held)
    notices = list(result.notices)
    pairs: list[tuple[Work, ExistingRole]] = []
    for role in result.roles:
        mine = [one for one in (held if is_id else chosen or held) if _fits(one, role.chosen.arn)]
        if not mine and len(result.roles) == 1 and len(held) == 1 and not held[0].arn:
            mine = [held[0]._replace(arn=str(role.chosen.arn))]
        if not mine and len(held) == 1 and reading.made and reading.runs_code(role.chosen.requests):
            # Code does not show the role that runs it: the only one given, unless the code passes that one.
            mine = [] if any(_fits(held[0], one) for one in passed) else [held[0]]
        if mine:
            pairs.append((_work(catalog, reading, role), mine[0]))
        elif role.chosen.arn:
            message = f"{role.chosen.arn}: none of the given roles and policies is this role; it is not audited"
            notices.append(Notice("note", "input", message))
    return Pairs(tuple(pairs), tuple(notices))


def _given(catalog: Catalog, reading: Reading, choice: Choice, chosen: Sequence[ExistingRole]) -> Pairs:
    """All given roles against the same requests, which pass none."""
    notices: dict[Notice, None] = {}
    pairs: list[tuple[Work, ExistingRole]] = []
    works: dict[tuple[str, str], Work] = {}
    skipped = 0
    ids = {role.id for item in reading.requests for role in engine_roles.accepted(catalog, item)}
    several = len(chosen) > 1
    for one in chosen:
        arn = parse(one.arn)
        known = arn is not None and arn.account.isdigit()
        key = (arn.partition, arn.account) if known and arn is not None else ("", "")
        if key not in works:
            values = dict(choice.values)
            if key[1]:
                values = {"Partition": key[0], "Account": key[1], **values}
            role = choice.role if choice.role in ids else ""
            result = _composed(catalog, reading, choice._replace(role=role, values=values), [one])
            works[key] = _work(catalog, reading, result.roles[0])
            notices.update(dict.fromkeys(result.notices))
        if several and not _trusts(one, works[key]):
            skipped += 1
            continue
        pairs.append((works[key], one))
    if skipped:
        which = "1 role does not trust" if skipped == 1 else f"{skipped:,} roles do not trust"
        message = f"{which} the service that assumes the role; not audited"
        notices[Notice("note", "input", message)] = None
    return Pairs(tuple(pairs), tuple(notices))


def _composed(catalog: Catalog, reading: Reading, choice: Choice, held: Sequence[ExistingRole]) -> Result:
    """What the work needs; where nothing tells the partition, it is the one that all ARNs of the policies name."""
    choice = choice._replace(propose=False)
    result = compose_reading(catalog, reading, choice)
    if "Partition" in choice.values or not any("Partition" in one.composition.placeholders for one in result.roles):
        return result
    text = json.dumps(
        [policy.document for one in held for policy in (*one.policies, *([one.trust] if one.trust else ()))]
    )
    named = {name for name in _PARTITION.findall(text) if name in catalog.partitions}
    if len(named) != 1 or "arn:${" in text:
        return result
    return compose_reading(catalog, reading, choice._replace(values={**choice.values, "Partition": named.pop()}))


def _work(catalog: Catalog, reading: Reading, role: ComposedRole, caller: bool = False) -> Work:
    bare = {one.operation for one in reading.requests if one.members is None}
    return Work(catalog, role.composition, role.operations, caller, reading.trail, reading.lists, bare)


def _is(one: ExistingRole, wanted: str) -> bool:
    return wanted in (one.arn, one.name, one.logical_id) or wanted in one.passed_as


def _fits(one: ExistingRole, arn: str) -> bool:
    if not arn:
        return False
    return arn == one.arn or arn in one.passed_as or (not one.arn and one.name == arn.rpartition("/")[2])


def _trusts(one: ExistingRole, work: Work) -> bool:
    """Whether the trust policy names a service that has to assume the role; True where there is none to look at."""
    if one.trust is None:
        return True
    services = {name for item in work.composition.trust.statements for name in item.principal.get("Service", ())}
    return bool(services.intersection(_services(one.trust.document)))


def _services(value: object) -> Iterator[str]:
    statements = value.get("Statement", ()) if hasattr(value, "get") else ()
    for item in statements if isinstance(statements, list | tuple) else [statements]:
        principal = item.get("Principal") if isinstance(item, dict) else None
        named = principal.get("Service", ()) if isinstance(principal, dict) else ()
        yield from [named] if isinstance(named, str) else named

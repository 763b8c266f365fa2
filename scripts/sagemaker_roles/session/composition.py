"""Compose the roles that requests need, with notices of what is wrong and what to know."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..canonical import some
from ..catalog import Catalog, Grantee
from ..engine import roles
from ..engine.choice import Choice
from ..engine.code_permissions import CodeCall
from ..engine.compose import Composition, compose_role, handled_by
from ..engine.documents import PROPOSED, Finding, Request
from ..engine.expressions import is_true, search
from ..engine.name_patterns import Generalized, generalized
from ..engine.named_resources import finder
from ..engine.placeholders import Meaning
from ..engine.roles import Chosen
from ..engine.statements import is_unconditioned
from ..errors import NothingToCompose
from ..inputs.reader import Notice, Reading
from ..outputs.reasons import Placing, describe_patterns, render_finding
from .choice import addons_of, check_addons, meanings_of, parameters_of, values_of


class ComposedRole(NamedTuple):
    """One role and what was composed for it.

    Attributes:
        chosen: the role, and the requests that it is for.
        wider: the composition with patterns for names that differ with every run, whether or not they were chosen; None
            if the policy names no resources anyway, or if none are to be proposed.
    """

    chosen: Chosen
    composition: Composition
    wider: Generalized | None = None

    @property
    def is_broad(self) -> bool:
        """Whether its policy names no resources."""
        return all(item.resources == ("*",) for item in self.composition.policy.statements)

    @property
    def operations(self) -> list[str]:
        """The operations that it is for, in the order of the requests."""
        requests = self.chosen.requests
        return list(dict.fromkeys(request.operation for request in requests if not request.only_decides))


class Result(NamedTuple):
    """What was composed.

    Attributes:
        roles: the roles, one for each ARN that requests pass, or the one that was chosen.
        meanings: placeholder or parameter to what it stands for, of the records.
    """

    reading: Reading
    roles: tuple[ComposedRole, ...]
    meanings: Mapping[str, Meaning]
    notices: tuple[Notice, ...]

    def texts(self) -> dict[str, str]:
        """Placeholder to what it stands for, in words, with an example where the records have one."""
        known = {name: f"{meaning.text} (such as {meaning.example})" for name, meaning in self.meanings.items()}
        return {**known, **self.reading.unknown}

    def patterns(self) -> dict[str, str]:
        """Placeholder to the form of its whole value, where the records have one."""
        known = self.meanings.items()
        return {name: one.pattern for name, one in known if one.pattern and name not in self.reading.unknown}


def compose_reading(catalog: Catalog, reading: Reading, choice: Choice | None = None) -> Result:
    """Compose what the role of some requests needs.

    Args:
        reading: what was read; :func:`placeholders_of` gives one for an operation alone.

    Raises:
        NothingToCompose: there is no request.
        UnknownRole, UnknownAddOn, UnknownPlaceholder: there is none of that name.
        InvalidValue: a value has not the form of its placeholder.
    """
    choice = choice or Choice()
    if not reading.requests:
        raise NothingToCompose("no SageMaker request found; give one, or name the operation")
    chosen = _chosen(catalog, reading, choice)
    requests = [request for role in chosen for request in role.requests]
    known = meanings_of(catalog, requests)
    check_addons(catalog, chosen, choice)
    notices = [*_several(catalog, reading.requests, choice), *_left_out(catalog, reading.requests, chosen, choice)]
    values, noted = values_of(catalog, reading, requests, known, choice)
    given = {name: several for name, several in reading.given.items() if name not in values}
    parameters = {**given, **parameters_of(known, choice)}
    composed = tuple(
        _composed_role(catalog, role, choice, values, parameters, _code_of(reading, role)) for role in chosen
    )
    notices += [*noted, *dict.fromkeys(reading.notices)]
    placing = Placing(reading.requests)
    for role in composed:
        notices += _findings(catalog, role.composition, reading, choice, placing)
        notices += _roleless(catalog, role)
        notices += _unread(catalog, role, choice)
        notices += _unshown(catalog, role, choice)
        notices += _roles_of_others(catalog, role)
        notices += _denied(catalog, role, choice, values, parameters)
        notices += _narrowed(catalog, role, choice)
        if role.wider is not None:
            said = describe_patterns(role.wider, is_chosen=choice.generalize > 0)
            notices += [Notice("note", part, message) for part, message in said]
    return Result(reading, composed, known, tuple(dict.fromkeys(notices)))


def _chosen(catalog: Catalog, reading: Reading, choice: Choice) -> list[Chosen]:
    """The roles to compose: one that runs code, and that no request passes, apart from those that its calls pass."""
    hosts = [one for one in reading.requests if one.label not in reading.made]
    if not reading.made or not hosts or choice.role or choice.merge or roles.arns_of(catalog, hosts):
        return roles.choose(catalog, reading.requests, choice.role, merge=choice.merge)
    made = [one for one in reading.requests if one.label in reading.made]
    own = [one for one in made if reading.execution_role in roles.passed(catalog, one).values()]
    others = [one for one in made if one not in own]
    return [*roles.choose(catalog, [*hosts, *own]), *(roles.choose(catalog, others) if others else ())]


def _composed_role(
    catalog: Catalog,
    role: Chosen,
    choice: Choice,
    values: Mapping[str, str],
    parameters: Mapping[str, Sequence[str]],
    code: Sequence[CodeCall] = (),
) -> ComposedRole:
    addons = addons_of(catalog, role)
    own = choice._replace(
        addons=[name for name in choice.addons if name in addons],
        without=[name for name in choice.without if name in addons],
        values={**(roles.facts_of(catalog, role.arn, role.requests) if role.is_given else {}), **values},
    )
    composition = compose_role(catalog, role.requests, role.ids, own, parameters=parameters, code=code)
    if choice.asked:
        composition = composition._replace(companions=composition.companions.asking(choice.asked))
    most = max(
        (len(one.resources) for one in (*composition.policy.statements, *composition.caller.statements)), default=0
    )
    wanted = choice.generalize or (PROPOSED if choice.propose and most >= PROPOSED else 0)
    if choice.scope == "broad" or not wanted:
        return ComposedRole(role, composition)
    wider = generalized(composition, wanted)
    return ComposedRole(role, wider.composition if choice.generalize else composition, wider)


def _code_of(reading: Reading, role: Chosen) -> Sequence[CodeCall]:
    """The calls that code makes with a role: those of the code that the role's own work runs, else its caller's."""
    if reading.runs_code(role.requests):
        return reading.code
    if any(request.label not in reading.made for request in reading.requests):
        return ()  # the code runs with another role
    return [call._replace(part="caller") for call in reading.code]


def _denied(
    catalog: Catalog,
    role: ComposedRole,
    choice: Choice,
    values: Mapping[str, str],
    parameters: Mapping[str, Sequence[str]],
) -> Iterator[Notice]:
    """Say which statements only calls ask for that were denied."""
    others = [request for request in role.chosen.requests if not request.denied]
    if len(others) == len(role.chosen.requests):
        return
    known: Composition | None = None
    if others:
        chosen = role.chosen._replace(requests=others)
        known = _composed_role(catalog, chosen, choice._replace(propose=False), values, parameters).composition
    for part in ("policy", "caller"):
        granted = {
            (action, resource)
            for one in (getattr(known, part).statements if known else ())
            for action in one.actions
            for resource in one.resources
        }
        asking = [
            one.sid
            for one in getattr(role.composition, part).statements
            if any((action, text) not in granted for action in one.actions for text in one.resources)
        ]
        if asking:
            names = some(asking, 5)
            message = f"only calls that were denied require permissions in {names}; check that they are to be allowed"
            yield Notice("note", part, message)


def _narrowed(catalog: Catalog, role: ComposedRole, choice: Choice) -> Iterator[Notice]:
    """Say of each condition on the account that it is not known to hold."""
    for statement in role.composition.trust.statements if choice.source_account else ():
        if any(is_unconditioned(catalog.trust(reason.use)) for reason in statement.reasons):
            services = ", ".join(name for names in statement.principal.values() for name in names)
            message = (
                f"{statement.sid} requires aws:SourceAccount, and no source shows that {services} sends it; if the "
                "service cannot assume the role, compose without --source-account"
            )
            yield Notice("note", "trust", message)


def _several(catalog: Catalog, requests: Sequence[Request], choice: Choice) -> Iterator[Notice]:
    """A note where a request passes none of several roles, or where several are one."""
    if choice.role:
        return
    for request in requests:
        available = [role.id for role in roles.applicable(catalog, request)]
        if len(available) > 1 and not roles.passed(catalog, request):
            message = f"{request.operation} accepts several roles ({', '.join(available)})"
            message += f"; this is {available[0]} unless role chooses another"
            yield Notice("note", request.label or request.operation, message)
            break
    arns = roles.arns_of(catalog, requests)
    if choice.merge and len(arns) > 1:
        shown = ", ".join(arns[:5]) + (", …" if len(arns) > 5 else "")
        message = f"the requests pass {len(arns)} roles ({shown}); this is one role for all of them"
        yield Notice("note", "input", message)


def _left_out(
    catalog: Catalog, requests: Sequence[Request], chosen: Sequence[Chosen], choice: Choice
) -> Iterator[Notice]:
    """A note for each operation whose requests pass no role and do not belong to the role that was chosen."""
    if not choice.role:
        return
    kept = {(item.operation, item.label) for role in chosen for item in role.requests if not item.only_decides}
    noted: set[str] = set()
    for request in requests:
        name, key = request.operation, (request.operation, request.label)
        if key in kept or name in noted or roles.passed(catalog, request) or request.by_service:
            continue
        noted.add(name)
        message = f"{name}: the request passes no role, so it is not known whether this one is for it; it is ignored"
        yield Notice("note", request.label or name, message)


def _findings(
    catalog: Catalog, composition: Composition, reading: Reading, choice: Choice, placing: Placing
) -> Iterator[Notice]:
    """What composing brought up, with the places of the values; the same about several requests once."""
    grouped: dict[tuple[str, str, str, str], list[Finding]] = {}
    for finding in composition.findings:
        key = (finding.kind, finding.member, finding.value, finding.message)
        grouped.setdefault(key, []).append(finding)
    for first, *others in grouped.values():
        more = f" (and {len(others)} more)" if others else ""
        member = placing.placed(first)
        where = reading.where(first.label, member, _raw(first.value)) or first.operation
        hides = not choice.show_values and finder(catalog).is_private(member)
        yield Notice(first.kind, where, render_finding(first, member, hides=hides) + more)


def _raw(value: str) -> str:
    """The text that a finding shows as JSON, or what it shows if that is cut or no text."""
    try:
        raw = json.loads(value)
    except ValueError:
        return value
    return raw if isinstance(raw, str) else value


def _roleless(catalog: Catalog, composed: ComposedRole) -> list[Notice]:
    """A note where statements are for requests of which none passes the role that they are for."""
    role = composed.chosen
    if role.is_given:
        return []
    statements = composed.composition.policy.statements
    needing: dict[str, Notice | None] = {reason.operation: None for item in statements for reason in item.reasons}
    for request in role.requests:
        wanted = _wanted(catalog, role, request)
        if request.members is None or request.only_decides or not wanted or not wanted[0].parameters:
            continue
        own = roles.passed(catalog, request)
        if any(item.id in own for item in wanted):
            return []
        names = " or ".join(wanted[0].parameters)
        if not statements:
            return [_unknown(catalog, request, wanted[0], names)]
        if request.operation not in needing or wanted[0].not_passed:
            continue
        message = f"the request passes no role ({names}); this is what one that it passed would need"
        message += ", and its caller iam:PassRole on it"
        where = request.label or request.operation
        needing[request.operation] = Notice("note", where, f"{request.operation}: {message}")
    return [notice for notice in needing.values() if notice]


def _wanted(catalog: Catalog, role: Chosen, request: Request) -> list[Grantee]:
    """The record's roles that a chosen role is for a request."""
    if role.ids:
        return [item for item in roles.accepted(catalog, request) if item.id in role.ids]
    return [*roles.accepted(catalog, request)[:1]]


def _unknown(catalog: Catalog, request: Request, role: Grantee, names: str) -> Notice:
    """A problem where nothing was composed, as the request does not pass the role that it is for."""
    others = [item.id for item in roles.accepted(catalog, request) if item.id != role.id]
    message = f"the request passes no role ({names}), so what the role {role.id} needs is not known; "
    message += "give a request that passes it" + (f", or choose a role ({', '.join(others)})" if others else "")
    return Notice("problem", request.label or request.operation, f"{request.operation}: {message}")


def _unread(catalog: Catalog, composed: ComposedRole, choice: Choice) -> Iterator[Notice]:
    """A problem where what no input shows decides what the role needs, and the person decided about no add-on."""
    for request in composed.chosen.requests:
        for role in _wanted(catalog, composed.chosen, request):
            usual = [addon.id for addon in role.addons if addon.usage]
            if not role.unread or request.members is None or {*choice.addons, *choice.without}.intersection(usual):
                continue
            said = role.unread[:1].lower() + role.unread[1:].removesuffix(".")
            message = f"{request.operation}: {said}; include the add-ons that apply, or exclude"
            message += f" one to accept the policy ({some(usual, 5)})"
            yield Notice("problem", request.label or request.operation, message)


def _unshown(catalog: Catalog, composed: ComposedRole, choice: Choice) -> Iterator[Notice]:
    """A problem for each add-on that a request may need without showing it, if the person did not decide about it."""
    for request in composed.chosen.requests:
        addons = [addon for role in _wanted(catalog, composed.chosen, request) for addon in role.addons]
        for addon in addons if request.members is not None else ():
            is_decided = not addon.unshown or addon.id in {*choice.addons, *choice.without}
            if not is_decided and not is_true(search(addon.when, request.members or {})):
                said = addon.unshown[:1].lower() + addon.unshown[1:].removesuffix(".")
                message = f"{request.operation}: the request does not show whether {said}; include or exclude the "
                message += f"add-on {addon.id}"
                yield Notice("problem", request.label or request.operation, message)


def _roles_of_others(catalog: Catalog, composed: ComposedRole) -> Iterator[Notice]:
    """A note for a call without a role whose work is done with the role of another operation, which is not here."""
    known = {request.operation for request in composed.chosen.requests}
    for request in composed.chosen.requests:
        hosts = () if roles.accepted(catalog, request) else handled_by(catalog, request.operation)
        working = [
            f"the role {role.id} of {host} (add-on {addon.id})"
            for host in hosts
            for role in catalog.operation(host).roles
            for addon in role.addons
            if addon.request == request.operation
        ]
        if working and known.isdisjoint(hosts):
            message = f"{request.operation} passes no role; its work is done with {' or '.join(working)}, so give the "
            message += "request that passes that role as well"
            yield Notice("note", request.label or request.operation, message)

"""Holds a denied call against the role that made it, and against the request that it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..catalog import Catalog
from ..engine import roles as engine_roles
from ..explanations.causes import Cause, Shortfall
from ..iam import arns, conditions
from ..iam.arn_parts import parts_of
from ..iam.conditions import RequestContext
from ..iam.evaluation import AccessRequest, document, evaluate
from ..iam.layers import Layers
from ..iam.statements import PolicyStatement
from ..inputs.reader import Reading
from ..inputs.roles.existing_roles import ExistingRole
from ..outputs.reasons import without_filters
from ..session import Choice, compose_reading
from .excess_permissions import is_about
from .required_calls import Need, known_of, needs_of


def against_role(causes: Sequence[Cause], roles: Sequence[ExistingRole], layers: Layers) -> tuple[Cause, ...]:
    """Causes with what each statement of the role that was denied falls short by.

    Args:
        roles: the roles that are given; one alone is the one that was denied, else the principal's name tells it.

    Raises:
        PolicyError: a policy is none.
    """
    return tuple(
        replace(cause, short=tuple(_short(cause, role, layers))) if cause.action and role is not None else cause
        for cause in causes
        for role in [_role_of(cause, roles)]
    )


def against_requests(catalog: Catalog, causes: Sequence[Cause], reading: Reading) -> tuple[Cause, ...]:
    """Causes with the members of the requests that ask for the call, those that a request asks for first."""
    result = compose_reading(catalog, reading, Choice())
    needs = [need for role in result.roles for need in needs_of(role.composition.policy)]
    callers = [need for role in result.roles for need in needs_of(role.composition.caller)]
    attributed = [replace(cause, asked=_asked(cause, callers if cause.caller else needs)) for cause in causes]
    grouped: dict[tuple[str, str], list[Cause]] = {}
    for cause in attributed:
        grouped.setdefault((cause.form, cause.message), []).append(cause)
    operations = {request.operation for request in reading.requests}
    return tuple(
        cause
        for group in grouped.values()
        for cause in sorted(group, key=lambda one: (not one.asked, one.operation not in operations))
    )


def _asked(cause: Cause, needs: Sequence[Need]) -> tuple[str, ...]:
    """The members of requests that ask for a denied call; a need without members is the operation's own."""
    if not cause.action:
        return ()
    members: dict[str, None] = {}
    for need in needs:
        if need.action.lower() != cause.action.lower() or not _same(cause.resource, need.resource):
            continue
        for reason in need.reasons:
            for member in reason.members or ("",):
                members[f"{reason.operation}: {without_filters(member)}" if member else reason.operation] = None
    return tuple(members)


def _same(resource: str, needed: str) -> bool:
    if not resource or needed == "*":
        return True
    return conditions.match(arns.resource(needed), arns.named(conditions.as_written(resource))).holds is not False


def _role_of(cause: Cause, roles: Sequence[ExistingRole]) -> ExistingRole | None:
    fields = (parts_of(cause.principal).resource or cause.principal).split("/")
    name = fields[1] if fields[0] == "assumed-role" and len(fields) > 1 else fields[-1]
    mine = [one for one in roles if cause.principal and name == (one.name or engine_roles.name_and_path(one.arn)[0])]
    return mine[0] if mine else roles[0] if len(roles) == 1 else None


def _short(cause: Cause, role: ExistingRole, layers: Layers) -> list[Shortfall]:
    """What decides about a call, and by what each statement that is about the action falls short."""
    resource = cause.resource or "*"
    principal = role.arn or cause.principal or "arn:${Partition}:iam::${Account}:role/${Role}"
    need = Need(cause.action, resource)
    call = AccessRequest(principal, cause.action, resource, "", RequestContext(known_of(need, principal)))
    identity = tuple(document(policy.name, policy.document) for policy in role.policies)
    boundary = (document(role.boundary.name, role.boundary.document),) if role.boundary else None
    decision = evaluate(call, layers.policies(identity, boundary, call))
    held = {"identity": identity, "boundary": boundary}.get(decision.layer) or ()
    short = [
        Shortfall(decision.layer, item.name, one.name, _by(one, call))
        for item in held
        for one in item.statements
        if one.allows and is_about(one, cause.action)
    ]
    why = decision.why or f"no statement of this layer allows {cause.action}"
    if decision.outcome == "allowed":
        why = "the given policies allow the call, so another layer or another version of the role denied it"
    elif decision.explicit:
        why = "denies the call"
    elif short:
        return short
    return [Shortfall(decision.layer, decision.document, decision.statement, why)]


def _by(one: PolicyStatement, call: AccessRequest) -> str:
    pattern = call.resource_pattern
    fits = [conditions.match(arns.resource(text, one.variables), pattern).holds for text in one.resources]
    covered = (True in fits) is not one.not_resources if fits else True
    if call.resource == "*" and "*" not in one.resources:
        return f"allows it on {', '.join(one.resources)} only, and the action is about * alone"
    if not covered and None not in fits:
        names = ", ".join(one.resources)
        return f"excludes the resource ({names})" if one.not_resources else f"is about other resources ({names})"
    verdict = conditions.judge(one.tests, call.context)
    if verdict.holds is False:
        failed = "; ".join(str(test) for test in one.tests if test.judge(call.context).holds is False)
        return f"has a condition that the call fails: {failed}"
    if verdict.holds is None:
        return f"allows it only under a condition that is not known here: {'; '.join(map(str, one.tests))}"
    return "allows the call, perhaps; a part of the resource is not known"

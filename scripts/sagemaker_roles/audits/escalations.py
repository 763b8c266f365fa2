"""What the holder of a role can turn it into: known ways to gain permissions that its policies allow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from ..canonical import some
from ..catalog import Catalog
from ..iam import arns, conditions
from ..iam.arn_parts import parse
from ..iam.conditions import ALWAYS, RequestContext, When
from ..iam.grants import Grant, Index
from ..iam.patterns import TooComplex
from ..iam.text_sets import ALL, Texts, union
from .excess_permissions import actions_of
from .report import AuditFinding

#: How many resources a step names.
_MOST_NAMED = 20

_PASS = "iam:PassRole"  # noqa: S105 - the name of an action

#: Service to what its actions are about, where that is not a resource of the service in any Region and account.
_ACTED_ON = {
    "iam": "arn:{partition}:iam::{account}:*",
    "sts": "arn:{partition}:iam::*:role/*",
    "ec2-instance-connect": "arn:{partition}:ec2:*:*:*",
    # Sessions are of instances, tasks, or documents.
    "ssm": "*",
}

#: Without a boundary, with one that limits nothing, or with one of the holder's choice.
_UNLIMITED = tuple(
    When(conditions.read(one))
    for one in (
        {"Null": {"iam:PermissionsBoundary": "true"}},
        {"StringLike": {"iam:PermissionsBoundary": "arn:*:iam::aws:policy/AdministratorAccess"}},
        {"StringLike": {"iam:PermissionsBoundary": "arn:*:iam::*:policy/AnyOtherPolicy"}},
    )
)

#: An action to its grants, in their order.
_Known = Callable[[str], list[Grant]]


def escalations(
    catalog: Catalog, role: str, allowed: Sequence[Grant], needed: Sequence[Grant]
) -> Iterator[AuditFinding]:
    """The ways to gain permissions that grants allow.

    Args:
        role: ARN of the role, perhaps with placeholders; to pass it itself gains nothing.
    """
    held, wanted = cache(Index(allowed).of), cache(Index(needed).of)

    @cache
    def known(action: str) -> list[Grant]:
        return [one for one in held(action) if reaches(action, one.resources)]

    def reaches(action: str, resources: Texts) -> bool:
        return resources == ALL or resources.meets(resources_of(catalog, action, role))

    own = union([arns.named(role)]) if parse(role) is not None else Texts()
    passes = [(one, left) for one in known(_PASS) if reaches(_PASS, left := _without(one.resources, own))]
    yield from _passing(catalog, passes, known, wanted)
    for name, path in catalog.escalations.items():
        acts = path["actions"]
        opened = {action: [one for one in known(action) if _can(one, _UNLIMITED)] for action in acts}
        services: Sequence[When] = (ALWAYS,)
        if _PASS in acts:
            services = _services(acts)
            opened[_PASS] = [replace(one, resources=left) for one, left in passes if _can(one, services)]
        if not all(opened.values()):
            continue
        # Of a role that is passed its permissions decide, whatever is then made with it.
        decisive = (_PASS,) if _PASS in acts else acts
        resources = {action: _resources([one.resources for one in some]) for action, some in opened.items()}
        yield AuditFinding(
            "escalation",
            path["says"],
            action=acts[0],
            resource=resources[acts[0]][0],
            statement=opened[acts[0]][0].statement,
            layer="identity",
            path=name,
            steps=tuple(f"{action} on {some(resources[action], _MOST_NAMED)}" for action in acts),
            needed=all(map(wanted, acts))
            and all(
                _is_needed([one.resources for one in opened[action]], wanted(action), services) for action in decisive
            ),
            sources=tuple(catalog.sources[one]["url"] for one in path["sources"] if one in catalog.sources),
        )


def _can(one: Grant, cases: Sequence[When]) -> bool:
    """Whether a grant holds in a call of one of some cases."""
    return any(not one.when.meet(case).is_never() for case in cases)


def _is_needed(some: Sequence[Texts], needed: Sequence[Grant], cases: Sequence[When]) -> bool:
    """Whether the work needs an action on all of some resources, in calls of one of some cases."""
    regions = tuple(region for one in needed if _can(one, cases) for region in one.resources.regions)
    return bool(regions) and all(one.within(Texts(regions)) for one in some)


def resources_of(catalog: Catalog, action: str, role: str) -> Texts:
    """The resources that a role's calls of an action can be about; all for an action without resource types.

    A role acts on IAM in its own account only (Service Authorization Reference, "AWS Identity and Access Management").
    """
    if actions_of(catalog).is_resourceless(action):
        return ALL
    arn, service = parse(role), action.partition(":")[0]
    partition = arn.partition if arn is not None and "$" not in arn.partition else "*"
    account = arn.account if arn is not None and arn.account.isdigit() else "*"
    text = _ACTED_ON.get(service, f"arn:{{partition}}:{service}:*:*:*")
    return union([arns.resource(text.format(partition=partition, account=account))])


def _services(acts: Sequence[str]) -> tuple[When, ...]:
    """Roles that are passed to the services that some actions are of: their principals have the prefix in the name."""
    prefixes = dict.fromkeys(action.partition(":")[0] for action in acts if action != _PASS)
    names = [f"*{prefix}*" for prefix in prefixes]
    return (When(conditions.read({"StringLike": {"iam:PassedToService": names}})),) if names else (ALWAYS,)


def _without(some: Texts, own: Texts) -> Texts:
    try:
        return some.minus(own)
    except TooComplex:
        return some


def _passing(
    catalog: Catalog, passes: Sequence[tuple[Grant, Texts]], allowed: _Known, needed: _Known
) -> Iterator[AuditFinding]:
    """The operations to which the holder can pass other roles: each permission to pass once, by the service called."""
    called: dict[str, list[tuple[str, Sequence[str]]]] = {}
    for name, (action, services) in catalog.passed.items():
        if allowed(action):
            called.setdefault(re.split("[-:]", action)[0], []).append((name, services))
    for service, operations in called.items():
        names = {name for _, services in operations for name in services}
        contexts = {name: RequestContext({"iam:PassedToService": name}) for name in names}
        for grant, left in passes:
            passed = {name for name, context in contexts.items() if grant.when.judge(context).holds is not False}
            reached = [name for name, services in operations if not passed.isdisjoint(services)]
            if not reached:
                continue
            cases = [When(conditions.read({"StringEquals": {"iam:PassedToService": sorted(passed)}}))]
            resources = _resources([left])
            yield AuditFinding(
                "escalation",
                "Anyone who can pass a role to one of these operations decides what is done with its permissions.",
                action=_PASS,
                resource=resources[0],
                beside=tuple(resources[1:_MOST_NAMED]),
                statement=grant.statement,
                layer="identity",
                path=f"{service}-pass-role",
                steps=(
                    f"{_PASS} on {some(resources, _MOST_NAMED)}",
                    f"call {some(reached, 5)}, with code or data of the holder's choice",
                    "the service assumes the role, and the work runs with its permissions",
                ),
                needed=_is_needed([left], needed(_PASS), cases),
            )


def _resources(several: Sequence[Texts]) -> list[str]:
    texts = dict.fromkeys(str(region) for one in several for region in one.regions)
    return [*texts] or ["*"]

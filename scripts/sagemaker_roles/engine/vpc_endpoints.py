"""Which VPC endpoints the calls of a role go through, whether a job needs them, and their policies. Pure.

The policies follow from the composed statements and from data/services/endpoints.yaml: each action's calls go through
the endpoint of its service. The policy of a gateway endpoint names the role by ``aws:PrincipalArn``, because its
principal must be a star (AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..catalog import Catalog, Condition
from ..iam.arn_parts import parts_of
from .documents import NEEDED, Companion, ComposedStatement, Document, Needed, Reason, Request, as_data_say
from .expressions import is_true, search
from .values import filled

#: Kinds of data/shared/companions by type of endpoint.
KINDS: Mapping[str, str] = {"gateway": "gateway-endpoint-policy", "interface": "interface-endpoint-policy"}

#: The condition key that names the role where the principal must be a star.
PRINCIPAL = "aws:PrincipalArn"

#: Characters that a text with a wildcard must have in a row (AWS PrivateLink Guide, same page).
_LEAST = 6


def is_in_vpc(catalog: Catalog, requests: Iterable[Request]) -> bool | None:
    """Whether calls of the role go through the user's own VPC; None if the requests do not say it."""
    by_operation = {operation: network for network in catalog.networks.values() for operation in network["operations"]}
    known: set[bool | None] = set()
    for request in requests:
        network = by_operation.get(request.operation)
        if network is None or request.only_decides:
            continue
        if "when" not in network or request.members is None:
            known.add(None)
        else:
            known.add(is_true(search(network["when"], request.members)))
    return True if True in known else None if None in known else False


def endpoints(catalog: Catalog, policy: Document, role: str, values: Mapping[str, str]) -> Iterator[Companion]:
    """The policies of endpoints for what a policy allows, in the order of the data; empty where none is needed.

    The resource of each is the name of the endpoint service, or the title of the service where AWS has none.

    Args:
        role: ARN of the role, perhaps with placeholders.
        values: values for placeholders, escaped.
    """
    data: Mapping[str, Any] = catalog.endpoints
    own = {action for one in data.values() for action in one.get("actions", ())}
    by_service: dict[str, Companion] = {}
    called = [(statement, _prefixes(statement.actions)) for statement in policy.statements]
    services = set[str]().union(*(some for _, some in called))
    for name, one in data.items():
        prefixes = _prefixes(one["actions"]) if "actions" in one else one["prefixes"]
        if services.isdisjoint(prefixes):
            continue
        parts = [
            (part, *_needed(one, part))
            for statement, some in called
            if not some.isdisjoint(prefixes) and (part := _part(statement, one, own)) is not None
        ]
        if parts:
            by_service[name] = _endpoint(one, parts, role, values)
    for name, endpoint in by_service.items():
        if endpoint.needed == "no":
            yield endpoint
            continue
        more = [
            as_data_say({**item, "Principal": {"AWS": ["*"]}}, values)  # what a service of AWS signs itself
            for item in data[name].get("aws_owned", ())
            if (other := by_service.get(item["with"])) and other.needed != "no"
        ]
        yield endpoint._replace(document=Document((*endpoint.document.statements, *more)))


def _prefixes(actions: Iterable[str]) -> set[str]:
    return {action.partition(":")[0] for action in actions}


def _part(statement: ComposedStatement, data: Mapping[str, Any], own: set[str]) -> ComposedStatement | None:
    """What of a statement goes through an endpoint."""
    if "actions" in data:
        actions = tuple(action for action in statement.actions if action in data["actions"])
    else:
        actions = tuple(
            action for action in statement.actions if action.partition(":")[0] in data["prefixes"] and action not in own
        )
    return statement._replace(actions=actions) if actions else None


def _needed(data: Mapping[str, Any], statement: ComposedStatement) -> tuple[Needed, str]:
    """Whether a statement's calls need the endpoint, and why: the strongest of what holds for its reasons."""
    keys = {key for tests in statement.condition.values() for key in tests}
    verdicts = [_verdict(data, reason, keys) for reason in statement.reasons] or [data]
    one = min(verdicts, key=lambda verdict: NEEDED.index(verdict["needed"]))
    return one["needed"], one["why"]


def _verdict(data: Mapping[str, Any], reason: Reason, keys: set[str]) -> Mapping[str, Any]:
    for other in data.get("otherwise", ()):
        if (
            reason.use in other.get("uses", (reason.use,))
            and reason.operation in other.get("operations", (reason.operation,))
            and ("conditions" not in other or not keys.isdisjoint(other["conditions"]))
        ):
            return other  # type: ignore[no-any-return]
    return data


def _endpoint(
    data: Mapping[str, Any],
    parts: Sequence[tuple[ComposedStatement, Needed, str]],
    role: str,
    values: Mapping[str, str],
) -> Companion:
    _, needed, why = min(parts, key=lambda part: NEEDED.index(part[1]))
    service = filled(data["service"], values) if "service" in data else data["title"]
    kind = KINDS[data.get("type", "interface")]
    statements = [_allowed(statement, role, kind) for statement, verdict, _ in parts if verdict != "no"]
    return Companion(kind, service, "", needed, why, Document(tuple(statements) if "service" in data else ()))


def of_endpoint(catalog: Catalog, statement: ComposedStatement, principal: str) -> ComposedStatement:
    """A statement of an identity's policy as one of the policy of the endpoint that its calls go through.

    Args:
        principal: ARN of the identity, or of its account's root.
    """
    gateways = {
        prefix for one in catalog.endpoints.values() if one.get("type") == "gateway" for prefix in one["prefixes"]
    }
    kind = KINDS["interface" if gateways.isdisjoint(_prefixes(statement.actions)) else "gateway"]
    allowed = _allowed(statement, principal, kind)
    arn = parts_of(principal)
    if kind == KINDS["gateway"] and arn.resource == "root":
        named = {**allowed.condition.get("StringEquals", {}), "aws:PrincipalAccount": (arn.account,)}
        others = {operator: keys for operator, keys in statement.condition.items() if operator != "StringEquals"}
        return allowed._replace(condition={**_possible(others), "StringEquals": named})
    return allowed


def _allowed(statement: ComposedStatement, role: str, kind: str) -> ComposedStatement:
    """A statement of a role as one of an endpoint's policy."""
    if kind != KINDS["gateway"]:
        return statement._replace(principal={"AWS": (role,)}, condition=_possible(statement.condition))
    condition = _possible(statement.condition)
    named = {**condition.get("ArnEquals", {}), PRINCIPAL: (role,)}
    return statement._replace(principal={"AWS": ("*",)}, condition={**condition, "ArnEquals": named})


def _possible(condition: Condition) -> Condition:
    """A condition without the tests that AWS PrivateLink refuses: wildcards next to fewer than six characters."""
    kept = {
        operator: {
            key: values for key, values in keys.items() if "StringLike" not in operator or all(map(_is_long, values))
        }
        for operator, keys in condition.items()
    }
    return {operator: keys for operator, keys in kept.items() if keys}


def _is_long(value: str) -> bool:
    plain = re.sub(r"\$\{[^}]*\}", "xxxxxx", value)
    return not re.search(r"[*?]", plain) or any(len(part) >= _LEAST for part in re.split(r"[*?]", plain))

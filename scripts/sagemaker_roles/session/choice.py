"""Check a choice against what can be chosen, and find the values that it and the inputs give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..canonical import quoted
from ..catalog import GLOBALS, Catalog
from ..engine import companions
from ..engine.choice import Choice
from ..engine.code_permissions import CodeCall
from ..engine.compose import derived, grantees_of, operations_of, role_with
from ..engine.documents import Request
from ..engine.placeholders import Meaning, fault, meanings
from ..engine.roles import Chosen
from ..errors import InvalidValue, UnknownAddOn, UnknownName, UnknownPlaceholder
from ..iam.evaluation import PolicyDocument, document
from ..iam.layers import Layers
from ..inputs.reader import Notice, Reading
from ..inputs.roles.existing_roles import ExistingPolicy, ExistingRole, Kind, of_aws


def placeholders_of(operation: str) -> Reading:
    """The reading of an operation's name alone: a request that keeps every placeholder."""
    return Reading(requests=[Request(operation)])


def framework_of(catalog: Catalog, name: str, choice: Choice) -> tuple[Reading, Choice]:
    """The requests and calls of a framework of data/services/frameworks, and the choice with the add-ons they need.

    Raises:
        UnknownName: there is no such framework.
    """
    if name not in catalog.frameworks:
        known = sorted(catalog.frameworks)
        raise UnknownName(f"unknown framework {quoted(name)}; expected one of {', '.join(known)}", name, known)
    framework = catalog.frameworks[name]
    reading = Reading(Request(operation, None, f"{operation} of {name}") for operation in framework["operations"])
    reading.code = [
        CodeCall(
            call["service"],
            call["operation"],
            call.get("members", {}),
            place=name,
            part="policy" if call.get("role") else "caller",
        )
        for call in framework.get("calls", ())
    ]
    addons = (*choice.addons, *(one for one in framework.get("addons", ()) if one not in choice.without))
    return reading, choice._replace(addons=tuple(dict.fromkeys(addons)), merge=True)


def held_role(
    catalog: Catalog,
    policies: Iterable[ExistingPolicy | Mapping[str, Any]] = (),
    *,
    attached: Iterable[str] = (),
    trust: ExistingPolicy | Mapping[str, Any] | None = None,
    boundary: ExistingPolicy | Mapping[str, Any] | None = None,
    arn: str = "",
) -> ExistingRole:
    """The role that has some policies.

    Args:
        policies: its policies; like its trust policy and its boundary, each with a name, or the document alone.
        attached: names or ARNs of attached policies. The catalog has the documents of AWS managed policies; what
            another one allows is not known.
        arn: its ARN, where it is known.
    """
    known = {name: catalog.managed_policy(name) for name in attached}
    lost = [f"the policy {name} is attached, and its document is not given" for name, one in known.items() if not one]
    return ExistingRole(
        arn,
        policies=(
            *(_existing(one, f"policy {number}", "file") for number, one in enumerate(policies, 1)),
            *(of_aws(one) for one in known.values() if one),
        ),
        boundary=None if boundary is None else _existing(boundary, "boundary", "boundary"),
        trust=None if trust is None else _existing(trust, "trust policy", "trust"),
        unknown=tuple(lost),
        hidden=frozenset({"identity"} if lost else ()),
    )


def _existing(policy: ExistingPolicy | Mapping[str, Any], name: str, kind: Kind) -> ExistingPolicy:
    return policy if isinstance(policy, ExistingPolicy) else ExistingPolicy(name, kind, policy)


def layers_of(
    *,
    scps: Iterable[ExistingPolicy] = (),
    rcps: Iterable[ExistingPolicy] = (),
    session: Iterable[ExistingPolicy] = (),
    endpoint: Iterable[ExistingPolicy] = (),
    resources: Mapping[str, ExistingPolicy] | None = None,
    scp_levels: Iterable[Iterable[ExistingPolicy]] = (),
) -> Layers:
    """What else decides about the calls of a role; see :class:`~sagemaker_roles.Layers`.

    Args:
        scps: service control policies whose levels are not known; the others likewise.
        resources: ARN of a resource to its policy.
        scp_levels: service control policies by level of the organization; instead of ``scps``.

    Raises:
        PolicyError: a policy is damaged.
    """

    def read(policies: Iterable[ExistingPolicy]) -> tuple[PolicyDocument, ...] | None:
        return tuple(document(one.name, one.document) for one in policies) or None

    of_resources = {arn: document(one.name, one.document) for arn, one in (resources or {}).items()}
    levels = tuple(level for one in scp_levels if (level := read(one)))
    every = tuple(one for level in levels for one in level) or read(scps)
    return Layers(every, read(rcps), read(session), read(endpoint), of_resources, levels)


def meanings_of(catalog: Catalog, requests: Sequence[Request]) -> dict[str, Meaning]:
    """Everything that a value can be given for, in the roles' documents and in their companions."""
    records = meanings(catalog, operations_of(catalog, requests))
    return {**records, **companions.MEANINGS, **records}


def addons_of(catalog: Catalog, role: Chosen) -> set[str]:
    """IDs of the add-ons of a role, and of the callers of its operations."""
    grantees = grantees_of(catalog, role.requests, role.ids)
    return {addon.id for _, grantee in grantees for addon in grantee.addons}


def check_addons(catalog: Catalog, chosen: Sequence[Chosen], choice: Choice) -> None:
    """Raise UnknownAddOn for one that no chosen role has, or that is both included and excluded."""
    known = {name for role in chosen for name in addons_of(catalog, role)}
    for name in (*choice.addons, *choice.without):
        if name in choice.addons and name in choice.without:
            raise UnknownAddOn(f"the add-on {quoted(name)} is both included and excluded; choose one", name)
        if name in known:
            continue
        names = operations_of(catalog, [request for role in chosen for request in role.requests])
        operation, role_id = role_with(map(catalog.operation, names), name)
        if role_id:
            message = f"the add-on {quoted(name)} is one of the role {role_id} of {operation}; choose that role"
            raise UnknownAddOn(message, name, role=role_id)
        raise UnknownAddOn(f"unknown add-on {quoted(name)}", name, sorted(known))


def values_of(
    catalog: Catalog,
    reading: Reading,
    requests: Sequence[Request],
    known: Mapping[str, Meaning],
    choice: Choice,
) -> tuple[dict[str, str], list[Notice]]:
    """Values for placeholders: what the person gave, else what the inputs show, else the Region to use."""
    values, notices = dict(reading.facts), []
    if choice.region and "Region" not in values and "Region" not in choice.values:
        shown = derived(catalog, requests).values().get("Region", choice.region)
        if shown != choice.region:
            message = f"its Region {choice.region} is used, but an ARN in the request is of {shown}"
            notices.append(Notice("note", "environment", message))
        values["Region"] = choice.region
    for name, value in choice.values.items():
        if name in reading.taken and name not in GLOBALS:
            continue
        if name not in reading.unknown:
            if name not in known:
                own = [one for one, meaning in known.items() if meaning is not companions.MEANINGS.get(one)]
                names = [*own, *reading.unknown]
                raise UnknownPlaceholder(f"unknown placeholder {quoted(name)}", name, names)
            if wrong := fault(catalog, name, value, known[name]):
                raise InvalidValue(f"{name}: {quoted(value)} {wrong}", name, value)
        values[name] = value
    return values, notices


def parameters_of(known: Mapping[str, Meaning], choice: Choice) -> dict[str, Sequence[str]]:
    """Where the objects of manifests are, by the parameters that stand for them."""
    if not choice.manifests:
        return {}
    names = [name for name, meaning in known.items() if meaning.values_in == "manifest" and not meaning.pattern]
    if not names:
        raise UnknownPlaceholder("no manifest is read", "manifest")
    return dict.fromkeys(names, choice.manifests)

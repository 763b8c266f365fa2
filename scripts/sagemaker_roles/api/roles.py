"""Read the roles of a call, and the other policies that decide about their calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from ..audits.role_audit import oversize
from ..catalog import Catalog
from ..errors import InvalidValue
from ..iam.layers import Layers
from ..iam.statements import PolicyError, statements
from ..inputs import Notice, Reading
from ..inputs.roles import read_policy_file, read_roles
from ..inputs.roles.existing_roles import ExistingPolicy, ExistingRole, Kind
from ..inputs.text.content import Source
from ..session import Choice, held_role, layers_of

#: A policy as it is given: the name of a file, a text with its name, or a document.
PolicyInput = str | Source | ExistingPolicy

#: The members that have one policy.
_SINGLE = ("boundary", "resources", "trust")


class InvalidPolicy(InvalidValue):
    """A policy is damaged.

    Attributes:
        where: the name of its input.
        faults: what is wrong with it, a sentence each.
    """

    def __init__(self, member: str, where: str, faults: Sequence[str]) -> None:
        super().__init__(f"{where}: {'; '.join(faults)}", member, "")
        self.where, self.faults = where, faults


class RoleInputs(NamedTuple):
    """The roles of a call, and the other policies that decide about their calls, as they are given.

    Attributes:
        details: files or texts with roles; policies in them by themselves make one role.
        policies: the policies of one role; None where ``details`` or ``managed`` have them.
        managed: names or ARNs of attached policies, of the first role.
        trust, boundary: policies instead of those that the roles have; ``arn`` likewise.
        scps: service control policies by level of the organization; those whose level is not known by "".
        resources: ARN of a resource to its policy.
    """

    details: Sequence[str | Source] = ()
    policies: Sequence[PolicyInput] | None = None
    managed: Sequence[str] = ()
    trust: PolicyInput | None = None
    boundary: PolicyInput | None = None
    arn: str = ""
    scps: Mapping[str, Sequence[PolicyInput]] = MappingProxyType({})
    rcps: Sequence[PolicyInput] = ()
    session: Sequence[PolicyInput] = ()
    endpoint: Sequence[PolicyInput] = ()
    resources: Mapping[str, PolicyInput] = MappingProxyType({})


def read_policies(given: PolicyInput, member: str, kind: Kind = "file") -> list[ExistingPolicy]:
    """Read the policies of an input.

    Args:
        member: the member of :class:`RoleInputs` that they are of.

    Raises:
        InputError: it cannot be read, or has no policy.
        InvalidValue: it has several where one is meant, or one that is too large; InvalidPolicy: one is damaged.
    """
    policies = [given] if isinstance(given, ExistingPolicy) else read_policy_file(given, kind)
    where = given if isinstance(given, str) else given.name
    for policy in policies:
        if too_large := oversize(policy.document):
            raise InvalidValue(f"{where}: {too_large}", member, "")
        try:
            statements(policy.document)
        except PolicyError as error:
            raise InvalidPolicy(member, where, error.faults) from None
    if member in _SINGLE and len(policies) > 1:
        message = f"{where} has {len(policies)} policies; give a file with the one that is meant"
        raise InvalidValue(message, member, "")
    return policies


#: Reads the policies of an input, as :func:`read_policies` does.
Read = Callable[[PolicyInput, str, Kind], list[ExistingPolicy]]


def read_existing_roles(
    catalog: Catalog,
    given: RoleInputs,
    reading: Reading,
    choice: Choice,
    *,
    read: Read = read_policies,
    is_quiet: bool = False,
) -> tuple[list[ExistingRole], list[Notice]]:
    """Read the roles of a call, and what to know of them.

    Args:
        reading: the requests of the same inputs.
        is_quiet: passes over inputs without a role, which were given for their requests.
    """
    boundary = read(given.boundary, "boundary", "boundary")[0] if given.boundary else None
    roles: list[ExistingRole] = []
    notices: list[Notice] = []
    if given.details:
        found = read_roles(catalog, given.details, values=choice.values, requests=reading, is_quiet=is_quiet)
        roles, notices = [*found.roles], [*found.notices]
    is_unread = not roles and any(one.kind == "problem" for one in notices)
    if (given.policies is not None or given.managed) and not is_unread:
        first = roles[0] if roles else ExistingRole()
        own = [policy for one in given.policies or () for policy in read(one, "policies", "file")]
        roles[:1] = [
            held_role(
                catalog,
                (*first.policies, *own),
                attached=given.managed,
                trust=first.trust,
                boundary=first.boundary,
                arn=first.arn,
            )
        ]
    trust = read(given.trust, "trust", "trust")[0] if given.trust else None
    for number, one in enumerate(roles):
        roles[number] = one._replace(
            boundary=boundary or one.boundary, trust=trust or one.trust, arn=given.arn or one.arn
        )
    return roles, notices


def read_layers(given: RoleInputs, read: Read = read_policies) -> Layers:
    """Read the other policies that decide about the calls of roles."""

    def several(member: str, inputs: Sequence[PolicyInput]) -> list[ExistingPolicy]:
        return [policy for one in inputs for policy in read(one, member, "file")]

    resources = {arn: read(one, "resources", "file")[0] for arn, one in given.resources.items()}
    levels = {level: several("scps", inputs) for level, inputs in given.scps.items()}
    return layers_of(
        scps=levels.pop("", ()),
        scp_levels=levels.values(),
        rcps=several("rcps", given.rcps),
        session=several("session", given.session),
        endpoint=several("endpoint", given.endpoint),
        resources=resources,
    )

"""Holds one role against what its work needs: everything that is found, and the verdict."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from ..canonical import unlike
from ..catalog import Catalog
from ..engine.companions import owned_by_aws
from ..engine.compose import Composition
from ..errors import Position
from ..iam import arns, grants
from ..iam.budget import OutOfSteps, counted, question
from ..iam.evaluation import PolicyDocument, document
from ..iam.grants import Grant, Remainder
from ..iam.layers import Layers
from ..iam.patterns import covers
from ..iam.size import LIMITS, size
from ..iam.statements import CURRENT_VERSION, PolicyError
from ..inputs.reader import Trail
from ..inputs.roles.existing_roles import ExistingPolicy, ExistingRole
from .escalations import escalations
from .excess_permissions import NO_VALUES, actions_of, as_grants, excess, rank
from .missing_permissions import Subject, if_needed, lacking
from .placeholder_values import Values, find_values, repeated
from .policy_patches import added, lacked, listed, narrowed
from .report import AuditFinding, DocumentPatch, RoleReport, Verdict
from .required_calls import needs_of, owner_of
from .trust_policies import trusts, with_services
from .used_statements import observed

#: Characters of a policy, without white space, beyond which it is not compared: twice what AWS accepts of any kind.
MOST_CHARACTERS = 2 * max(limit.most for limit in LIMITS.values())

#: How many findings of a kind a report lists of a role.
MOST_LISTED = 1_000

#: What the finding has as path that counts the others.
NOT_LISTED = "not-listed"

#: How many policies are kept that several roles may have.
_MOST_KEPT = 512
#: A policy, those that deny beside it, the boundary, and the values of placeholders.
_Compared = tuple[PolicyDocument, tuple[PolicyDocument, ...], tuple[PolicyDocument, ...] | None, Values]


class Work:
    """What a role is for; the same for all roles that are held against it.

    Args:
        caller: whether the policies are those of who calls the operations, not of the role that is passed.
        trail: what sessions of roles called by a CloudTrail log, or None.
        lists: names of placeholders that stand for a list.
        bare: operations of which no request is known.
    """

    def __init__(
        self,
        catalog: Catalog,
        composition: Composition,
        operations: Sequence[str],
        caller: bool = False,
        trail: Trail | None = None,
        lists: Collection[str] = (),
        bare: Collection[str] = (),
    ) -> None:
        self.catalog = catalog
        self.composition = composition
        self.operations = tuple(operations)
        self.caller = caller
        self.trail = trail
        self.policy = composition.caller if caller else composition.policy
        self.enough = self.policy.to_json()
        self.needs = needs_of(self.policy)
        self.lists = frozenset(lists) | repeated(self.needs, bare)
        resources = dict.fromkeys(need.resource for need in self.needs)
        #: Resources that are AWS's own, each with why its policy needs nothing.
        self.owned = {name: why for name in resources if (why := owned_by_aws(catalog, name))}
        self._is_open = any(need.is_open for need in self.needs)
        # Without values it is no part of the question about a role, whose budget can be spent.
        self._unfilled = as_grants(self.needs, NO_VALUES)
        self._filled: Callable[[Values], list[Grant]] = counted(_MOST_KEPT)(lambda one: as_grants(self.needs, one))
        self._excess = counted(_MOST_KEPT)(self._compared)

    def values(self, allowed: Sequence[Grant]) -> Values:
        """The values of its placeholders for a role, as far as what the role is allowed names them."""
        return find_values(self.needs, allowed, self.lists) if self._is_open else NO_VALUES

    def needed(self, values: Values) -> list[Grant]:
        """What the work needs with some values of its placeholders."""
        return self._filled(values) if values != NO_VALUES else self._unfilled

    def excess(
        self, identity: Sequence[PolicyDocument], boundary: tuple[PolicyDocument, ...] | None, values: Values
    ) -> Iterator[AuditFinding]:
        """What policies of a role allow beyond the need; the same policy of many roles is compared once."""
        denying = [item for item in identity if not all(one.allows for one in item.statements)]
        for one in identity:
            key = (one, tuple(item for item in denying if item is not one), boundary, values)
            yield from self._excess(key)

    def _compared(self, key: _Compared) -> tuple[AuditFinding, ...]:
        one, denying, boundary, values = key
        others = [
            PolicyDocument(item.name, tuple(each for each in item.statements if not each.allows)) for item in denying
        ]
        return tuple(excess([one, *others], boundary, self.needed(values), actions_of(self.catalog)))


def audit_role(
    work: Work, held: ExistingRole, layers: Layers | None = None, documents: Documents | None = None
) -> RoleReport:
    """Holds a role against its work, with one budget of steps: what is beyond it depends.

    Args:
        layers: what else decides about its calls.
        documents: policies that were read already; shared where many roles have the same.

    Raises:
        PolicyError: one of its policies is none.
    """
    with question():
        return _audited(work, held, layers or Layers(), documents or Documents())


def _audited(work: Work, held: ExistingRole, layers: Layers, read: Documents) -> RoleReport:
    names = named_policies(held)
    identity = tuple(read.of(name, policy) for name, policy in names.items())
    boundary = (read.of(held.boundary.name, held.boundary),) if held.boundary is not None else None
    trust = read.of(held.trust.name, with_services(held.trust)) if held.trust is not None else None
    role = held.arn if held.arn.startswith("arn:") else work.composition.companions.role
    subject = Subject(role, identity, boundary, layers, held.hidden)
    findings = [*lacking(work.catalog, subject, work.needs)]
    findings += (AuditFinding("depends", text, layer="identity") for text in held.unknown)
    if not work.caller:
        policy = held.trust.document if held.trust is not None else {}
        is_whole = "trust" not in held.hidden
        assumed = trusts(work.catalog, role, trust, work.composition.trust.statements, policy, is_whole)
        findings += _answered(assumed, "only those can assume the role who should", "trust")
    allowed = _allowed(identity, boundary)
    try:
        values = work.values(allowed.grants)
        needed = work.needed(values)
    except OutOfSteps:  # what follows says that not all was compared
        values, needed = NO_VALUES, work.needed(NO_VALUES)
    too_much = _answered(work.excess(identity, boundary, values), _MORE)
    findings += sorted(too_much, key=rank)
    findings += _answered(_escalating(work.catalog, role, allowed, needed), _ESCALATES)
    held_by = dict(names)
    if held.trust is not None:
        held_by[held.trust.name] = held.trust
    if held.boundary is not None:
        held_by.setdefault(held.boundary.name, held.boundary)
    target = _target(names)
    places = _places(held_by)
    placed = tuple(_placed(_with_companion(one, work), places, names, target) for one in _listed(findings))
    reported = tuple(map(if_needed, placed))
    return RoleReport(
        role=held.arn or held.name,
        operations=work.operations,
        verdict=verdict_of(reported),
        findings=reported,
        assumptions=tuple(_assumptions(work, held, role, layers, trust, values)),
        policy=work.enough,
        mend=tuple(_mend(work, placed, names, target)),
        narrow=_narrow(work, identity, names, too_much, values),
        position=held.position,
        observed=observed(work.catalog, work.trail, role, identity, places) if work.trail else None,
    )


def risks(catalog: Catalog, held: ExistingRole) -> RoleReport:
    """What a role opens whatever its work is: a report of its policies against no need at all."""
    read = Documents()
    identity = tuple(read.of(name, policy) for name, policy in named_policies(held).items())
    boundary = (read.of(held.boundary.name, held.boundary),) if held.boundary is not None else None
    with question():
        beyond = _answered(excess(identity, boundary, (), actions_of(catalog)), _MORE)
        ways = _answered(_escalating(catalog, held.arn, _allowed(identity, boundary), ()), _ESCALATES)
    findings = (*beyond, *ways)
    is_known = all(one.kind != "depends" for one in findings)
    return RoleReport(held.arn or held.name, (), "sufficient" if is_known else "depends", findings)


#: What is not known where the budget of steps is spent.
_MORE, _ESCALATES = "the policies allow more than the work needs", "the policies let the holder escalate permissions"


def _answered(findings: Iterator[AuditFinding], what: str, layer: str = "identity") -> list[AuditFinding]:
    """Findings, and where the budget of steps is spent, that the rest is not known."""
    answered = []
    try:
        for one in findings:
            answered.append(one)
    except OutOfSteps as error:
        answered.append(AuditFinding("depends", f"Whether {what} is not known: {error}.", layer=layer))
    return answered


def _escalating(catalog: Catalog, role: str, allowed: Remainder, needed: Sequence[Grant]) -> Iterator[AuditFinding]:
    if allowed.unknown:
        why = f"Whether {_ESCALATES} is not known: {'; '.join(allowed.unknown)}."
        yield AuditFinding("depends", why, layer="identity")
    yield from escalations(catalog, role, allowed.grants, needed)


def oversize(policy: Any) -> str:
    """What is wrong with a policy that is larger than AWS accepts anywhere, or ""."""
    count = size(policy)
    if count <= MOST_CHARACTERS:
        return ""
    return (
        f"the policy has {count:,} characters; the largest that AWS accepts has {LIMITS['key'].most:,}, and audit "
        f"reads at most {MOST_CHARACTERS:,}"
    )


class Documents:
    """Policies that were read, so that one that many roles have is read once."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], PolicyDocument] = {}

    def of(self, name: str, policy: ExistingPolicy) -> PolicyDocument:
        """A policy, read."""
        key = (name, json.dumps(policy.document, default=str))
        if key not in self._read:
            if too_large := oversize(policy.document):
                raise PolicyError([f"{name}: {too_large}"])
            if len(self._read) >= _MOST_KEPT:
                self._read.clear()
            try:
                self._read[key] = document(name, policy.document, "trust" if policy.kind == "trust" else "managed")
            except PolicyError as error:
                raise PolicyError([f"{name}: {fault}" for fault in error.faults]) from None
        return self._read[key]


def named_policies(held: ExistingRole) -> dict[str, ExistingPolicy]:
    """The role's policies by a name that no other of them has."""
    policies: dict[str, ExistingPolicy] = {}
    for policy in held.policies:
        policies[unlike(policy.name, policies, "{} ({})".format)] = policy
    return policies


def _listed(findings: Sequence[AuditFinding]) -> Iterator[AuditFinding]:
    """Findings, of each kind so many that a reader and a machine can take them in; the rest is counted."""
    counts = Counter(one.kind for one in findings)
    left = dict.fromkeys(counts, MOST_LISTED)
    for one in findings:
        left[one.kind] -= 1
        if left[one.kind] >= 0:
            yield one
    for kind, count in counts.items():
        if count > MOST_LISTED:
            yield AuditFinding(
                kind, f"{count - MOST_LISTED:,} more findings of this kind are not listed.", path=NOT_LISTED
            )


def _allowed(identity: Sequence[PolicyDocument], boundary: Sequence[PolicyDocument] | None) -> Remainder:
    """What policies within a boundary allow; nothing that is known where the budget of steps is spent."""
    try:
        return _within(identity, boundary)
    except OutOfSteps as error:
        return Remainder((), (str(error),))


def _within(identity: Sequence[PolicyDocument], boundary: Sequence[PolicyDocument] | None) -> Remainder:
    own = grants.of_documents(identity)
    limits = grants.of_documents(boundary) if boundary is not None else None
    denied = (*own.denied, *(limits.denied if limits else ()))
    left = grants.difference(own.allowed, grants.together(denied)) if denied else Remainder(own.allowed)
    if limits is None:
        return left
    both = grants.intersection(left.grants, limits.allowed)
    return Remainder(both.grants, tuple(dict.fromkeys((*left.unknown, *both.unknown))))


def verdict_of(findings: Sequence[AuditFinding]) -> Verdict:
    """What follows from all findings about a role."""
    kinds = {one.kind for one in findings}
    if "missing" in kinds:
        return "missing"
    if "depends" in kinds:
        return "depends"
    return "minimal" if kinds.isdisjoint({"excess", "trust"}) else "sufficient"


def _assumptions(
    work: Work, held: ExistingRole, role: str, layers: Layers, trust: PolicyDocument | None, values: Values
) -> Iterator[str]:
    if named := [f"{name} is {value}" for name, value in values.fixed if name != value]:
        yield f"Values of placeholders are those that the policies of the role name: {'; '.join(named)}."
    keys = {
        need.resource
        for need in work.needs
        if need.action.startswith("kms:")
        and ":key/" in need.resource
        and layers.of(need.resource) is None
        # The policy of a key of another account has to allow the call itself, which is a finding.
        and not owner_of(need, role)
    }
    for name in sorted(keys):
        yield f"The key policy of {name} lets the IAM policies of its account decide; it is not given."
    yield from dict.fromkeys(why for name, why in work.owned.items() if layers.of(name) is None)
    if trust is None and not work.caller:
        yield "The trust policy is not given, so who can assume the role is not judged."
    if layers.scps is None and layers.rcps is None:
        yield "No policy of an organization is given, so none is taken to deny anything."
    if held.boundary is None:
        yield "The role has no permissions boundary, as far as is given."


def _target(names: Mapping[str, ExistingPolicy]) -> str:
    """The policy that mends belong in: the first of the role's own in which policy variables mean something, or "".

    Managed ones belong to AWS, or to several roles, so that a role's own fault is not mended in them.
    """
    own = (name for name, policy in names.items() if policy.kind != "managed")
    return next((name for name in own if names[name].document.get("Version") == CURRENT_VERSION), "")


def _places(held: Mapping[str, ExistingPolicy]) -> Callable[[str, str], Position | None]:
    """Tells where a statement of a policy stands, else where the policy does; None where that is not known."""

    @cache
    def numbers(document: str) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for number, raw in enumerate(listed(held[document].document)):
            sid = raw.get("Sid") if isinstance(raw, Mapping) else None
            for name in (sid, f"statement {number + 1}"):
                if isinstance(name, str) and name:
                    found.setdefault(name, number)
        return found

    @cache
    def place(document: str, statement: str) -> Position | None:
        if (policy := held.get(document)) is None:
            return None
        if (line := numbers(document).get(statement)) is None:
            return policy.position(())
        is_list = isinstance(policy.document.get("Statement"), list | tuple)
        return policy.position(("Statement", line) if is_list else ("Statement",))

    return place


def _placed(
    one: AuditFinding,
    places: Callable[[str, str], Position | None],
    names: Mapping[str, ExistingPolicy],
    target: str,
) -> AuditFinding:
    """A finding with its place, and with the patch that mends it."""
    position = places(one.document, one.statement)
    if one.kind != "missing" or one.layer != "identity" or one.document or one.patch is not None:
        return one._replace(position=position) if position is not None else one
    statement: dict[str, Any] = {"Effect": "Allow", "Action": [one.action], "Resource": [one.resource]}
    if one.condition:
        statement["Condition"] = one.condition
    if not target:
        return one._replace(patch=[{"op": "add", "path": "/Statement/-", "value": statement}])
    patch = added(names[target].document, [statement])
    return one._replace(document=target, position=places(target, one.statement), patch=patch)


def _with_companion(finding: AuditFinding, work: Work) -> AuditFinding:
    """A finding, with what the policy of a resource lacks where that denies a call: its companion's statements."""
    # Of a policy with a statement that denies the call no other one helps.
    if finding.layer != "resource" or finding.patch is not None or finding.document:
        return finding
    for one in work.composition.companions.values():
        is_in = finding.resource.startswith((one.resource, f"{one.resource}/"))
        if is_in or covers(arns.resource(one.resource), arns.resource(finding.resource)):
            statements = [item for item in one.document.to_json()["Statement"] if finding.action in item["Action"]]
            if statements:
                patch = [{"op": "add", "path": "/Statement/-", "value": item} for item in statements]
                return finding._replace(patch=patch, document=f"policy of {one.resource}")
    return finding


def _mend(
    work: Work, findings: Sequence[AuditFinding], names: Mapping[str, ExistingPolicy], target: str
) -> Iterator[DocumentPatch]:
    identity = [one for one in findings if one.layer == "identity"]
    statements = lacked([one for one in identity if one.patch is not None], work.policy.statements)
    if not statements:
        return
    if target:
        policy = names[target]
        yield DocumentPatch(target, added(policy.document, statements), policy.position(()))
    else:
        whole = {"Version": "2012-10-17", "Statement": statements}
        yield DocumentPatch("", [{"op": "replace", "path": "", "value": whole}])


def _narrow(
    work: Work,
    identity: Sequence[PolicyDocument],
    names: Mapping[str, ExistingPolicy],
    too_much: Sequence[AuditFinding],
    values: Values,
) -> tuple[DocumentPatch, ...]:
    patches = []
    needed = [values.statement(one) for one in work.policy.statements]
    try:
        for one in identity:
            wide = {item.statement for item in too_much if item.document == one.name and item.kind == "excess"}
            policy = names[one.name]
            if steps := narrowed(policy.document, one.statements, wide, needed):
                patches.append(DocumentPatch(one.name, steps, policy.position(())))
    except OutOfSteps:
        pass  # a patch fewer: the findings say that not all was compared
    return tuple(patches)

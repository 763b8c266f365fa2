"""Many policies held against many operations: how many calls of each operation a policy allows, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..canonical import canonical
from ..catalog import Catalog
from ..iam.evaluation import PolicyDocument
from ..iam.layers import Layers
from ..session import Choice, compose_reading, placeholders_of
from .missing_permissions import Subject, if_needed, lacking
from .role_audit import Work

#: The role of the table: any one of a standard Region's account.
_ROLE = "arn:aws:iam::${Account}:role/${ExecutionRoleName}"

#: What was found of a policy and a call, its action, resource, condition, and evidence: operations share many calls.
_Known = dict[tuple[str, str, str, bytes, str], set[str]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """One policy, held against what the first role of one operation needs without add-ons.

    Attributes:
        calls: number of calls that the work makes: each action on each resource.
        allowed: number of those that are certainly allowed.
        lacks: the actions of calls that are denied; depends: the actions of calls of which that is not known, or of
            which it is inferred that they are needed.
    """

    policy: str
    calls: int
    allowed: int
    lacks: tuple[str, ...]
    depends: tuple[str, ...]


def table(catalog: Catalog, policies: Mapping[str, PolicyDocument]) -> Iterator[tuple[str, Sequence[Coverage]]]:
    """Each operation with all policies, in their order."""
    choice = Choice(values={"Partition": "aws"})
    known: _Known = {}
    for operation in catalog.operations:
        if not catalog.operation(operation).roles:
            continue
        role = compose_reading(catalog, placeholders_of(operation), choice).roles[0]
        work = Work(catalog, role.composition, role.operations)
        if work.needs:
            yield operation, [_held(work, name, policy, known) for name, policy in policies.items()]


def _held(work: Work, name: str, policy: PolicyDocument, known: _Known) -> Coverage:
    subject = Subject(_ROLE, (policy,), None, Layers())
    missing, depends = set(), set()
    for need in work.needs:
        key = (name, need.action, need.resource, canonical(need.condition), need.evidence)
        if key not in known:
            known[key] = {if_needed(one).kind for one in lacking(work.catalog, subject, [need])}
        if "missing" in known[key]:
            missing.add((need.action, need.resource))
        if "depends" in known[key]:
            depends.add((need.action, need.resource))
    depends -= missing
    calls = {(need.action, need.resource) for need in work.needs}
    return Coverage(
        name,
        len(calls),
        len(calls - missing - depends),
        tuple(sorted({action for action, _ in missing})),
        tuple(sorted({action for action, _ in depends})),
    )

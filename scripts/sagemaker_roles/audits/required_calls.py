"""A composed role as single calls, each with why it is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from ..catalog import Catalog
from ..engine.code_permissions import EVIDENCE
from ..engine.documents import Document, Reason
from ..iam import conditions
from ..iam.arn_parts import has_wildcard, parse
from ..iam.conditions import RequestContext, Test, Tests
from ..iam.evaluation import AccessRequest
from ..outputs.reasons import without_filters

#: Into how many calls a condition with several values is taken apart at most.
MOST_CALLS = 32

#: Operators whose values are the values of the key, so that each can be asked by itself.
EXACT = ("StringEquals", "ArnEquals", "Bool", "NumericEquals")

#: Condition keys in whose values ``.*.`` stands for the Region of the resource (data/shared/companions: regional).
REGIONAL = frozenset({"kms:viaservice"})

PLACEHOLDER = re.compile(r"\$\{[A-Za-z0-9]+\}")

_NAME = re.compile("[a-z0-9-]+")

#: A policy variable, which is a condition key of the call.
_VARIABLE = re.compile(r"\$\{([A-Za-z0-9-]+:[^},]+)\}")


@dataclass(eq=False)
class Need:
    """A call that the role's work makes, or calls alike.

    Attributes:
        resource: the ARN, ``*`` for an action without resource types; perhaps with wildcards and placeholders.
        condition: the condition of the composed statement, as IAM writes it.
    """

    action: str
    resource: str
    condition: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()

    @cached_property
    def tests(self) -> Tests:
        """The condition, read."""
        return conditions.read(self.condition)

    @cached_property
    def why(self) -> str:
        """Why it is needed, in words."""
        return " ".join(dict.fromkeys(reason.why for reason in self.reasons))

    @cached_property
    def step(self) -> str:
        """What asks for it: the operations, each with the add-on."""
        return step_of(self.reasons)

    @cached_property
    def members(self) -> tuple[str, ...]:
        """Members of the request that ask for it."""
        reasons = [reason for reason in self.reasons if reason.evidence != EVIDENCE]
        return tuple(dict.fromkeys(without_filters(member) for reason in reasons for member in reason.members))

    @cached_property
    def code(self) -> tuple[str, ...]:
        """Places of the user's code that ask for it."""
        reasons = [reason for reason in self.reasons if reason.evidence == EVIDENCE]
        return tuple(dict.fromkeys(value for reason in reasons for value in reason.values))

    @cached_property
    def evidence(self) -> str:
        """How well it is known: the best of its reasons."""
        known = {reason.evidence for reason in self.reasons}
        return next((one for one in ("documented", "observed", EVIDENCE) if one in known), "inferred")

    @cached_property
    def is_open(self) -> bool:
        """Whether resource or condition has a placeholder."""
        texts = [self.resource, *(value for test in self.tests for value in test.values)]
        return any(PLACEHOLDER.search(text) for text in texts)

    @cached_property
    def exact(self) -> list[tuple[Test, tuple[str, ...]]]:
        """Tests whose values are all that the key can have in its calls, with these values."""
        tests = []
        arn = parse(self.resource)
        for test in self.tests:
            parts = test.parts
            if not parts or parts.quantifier:
                continue
            if test.operator in EXACT:
                tests.append((test, test.values))
            elif test.operator == "StringLike" and test.key in REGIONAL and arn and _NAME.fullmatch(arn.region):
                values = tuple(value.replace(".*.", f".{arn.region}.") for value in test.values)
                if not any("*" in value for value in values):
                    tests.append((test, values))
        return tests

    @cached_property
    def variables(self) -> Mapping[str, str]:
        """The condition keys that are policy variables in it, each to what stands for its value, which nobody knows.

        The call has the same value wherever it is named, so that a statement with the same variables allows it.
        """
        texts = (self.resource, *(value for test in self.tests for value in test.values))
        keys = dict.fromkeys(key for text in texts for key in _VARIABLE.findall(text))
        return {key: f"${{{re.sub('[^A-Za-z0-9]', '', key)}}}" for key in keys}

    def _filled(self, text: str) -> str:
        return conditions.resolved(text, RequestContext(self.variables)) or text

    def calls(self, role: str) -> Iterator[AccessRequest]:
        """Its calls by a role: one for each choice of values of its condition."""
        resource, account = self._filled(self.resource), owner_of(self, role)
        alike = resource != "*" and has_wildcard(resource)
        for context in self.contexts(role):
            yield AccessRequest(role, self.action, resource, account, context, alike)

    def contexts(self, role: str) -> Iterator[RequestContext]:
        """What is known of the condition keys of its calls by a role: one context for each choice of values."""
        known = known_of(self, role)
        exact = {test.shown or test.key: tuple(map(self._filled, values)) for test, values in self.exact}
        several = [[(key, value) for value in values] for key, values in exact.items()]
        count = 1
        for one in several:
            count *= len(one)
        if count > MOST_CALLS:
            several = [one for one in several if len(one) == 1]
        for chosen in product(*several):
            yield RequestContext({**known, **self.variables, **dict(chosen)}, assumed=self.tests)


def needs_of(document: Document) -> list[Need]:
    """The calls that a composed policy allows, in its order."""
    return [
        Need(action, resource, statement.condition, statement.reasons)
        for statement in document.statements
        for action in statement.actions
        for resource in statement.resources
    ]


def by_reach(needs: Sequence[Need]) -> dict[tuple[str, Tests], list[Need]]:
    """Needs by resource and condition: those of one reach differ in the action only."""
    groups: dict[tuple[str, Tests], list[Need]] = {}
    for need in needs:
        groups.setdefault((need.resource, need.tests), []).append(need)
    return groups


def known_of(need: Need, role: str) -> dict[str, str]:
    """Condition keys whose values follow from who calls what.

    SageMaker AI calls with the role's credentials over TLS, so that no call is one of an AWS service for itself; of a
    session, aws:PrincipalArn is the ARN of the role (IAM User Guide, "AWS global condition context keys"; SageMaker AI
    Developer Guide, "Protecting Data in Transit with Encryption").
    """
    known = {"aws:PrincipalIsAWSService": "false", "aws:PrincipalType": "AssumedRole", "aws:SecureTransport": "true"}
    mine = parse(role)
    if mine is not None:
        known["aws:PrincipalArn"] = role
        if mine.account.isdigit():
            known["aws:PrincipalAccount"] = mine.account
    resource = parse(need.resource)
    if resource is not None:
        if resource.region and "*" not in resource.region and "${" not in resource.region:
            known["aws:RequestedRegion"] = resource.region
        if resource.account.isdigit():
            known["aws:ResourceAccount"] = resource.account
    return known


def owner_of(need: Need, role: str) -> str:
    """The account of the resource, where it is certainly another one than the role's; else ""."""
    resource, mine = parse(need.resource), parse(role)
    if resource is None or mine is None or not resource.account.isdigit() or not mine.account.isdigit():
        return ""
    return resource.account if resource.account != mine.account else ""


def cited(catalog: Catalog, reasons: Sequence[Reason]) -> tuple[str, ...]:
    """Addresses of the pages that reasons rest on, each once."""
    names = dict.fromkeys(name for reason in reasons for name in reason.sources)
    return tuple(catalog.sources[name]["url"] for name in names if name in catalog.sources)


def step_of(reasons: Sequence[Reason]) -> str:
    """What asks for it: the operations, each with the add-on."""
    steps = dict.fromkeys(
        f"{reason.operation} (add-on {reason.addon})" if reason.addon else reason.operation or "your code"
        for reason in reasons
    )
    return ", ".join(steps)

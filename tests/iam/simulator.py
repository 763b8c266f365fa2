"""Asks the simulator about whole sets of policies, and names the reasons for which we answer otherwise."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from proof.oracle import oracle
from sagemaker_roles.iam.conditions import RequestContext
from sagemaker_roles.iam.evaluation import AccessRequest, Decision, Policies, document, evaluate

from .calls import Case


def simulated(cases: Sequence[Case]) -> list[str]:
    """What the simulator says of each case: allowed, denied, or an error."""
    known: dict[int, tuple[int, Any]] = {}  # many cases have the same documents

    def place(policy: Any) -> int | None:
        return None if policy is None else known.setdefault(id(policy), (len(known), policy))[0]

    def places(several: Sequence[Any] | None) -> list[int | None] | None:
        return None if several is None else list(map(place, several))

    questions = [
        {
            "principal": case.principal,
            "action": case.action,
            "resource": case.resource,
            "account": case.account,
            "context": case.context,
            "identity": places(case.identity),
            "boundary": places(case.boundary),
            "session": place(case.session),
            "scps": list(map(places, case.scps)),
            "rcps": list(map(places, case.rcps)),
            "endpoint": places(case.endpoint),
            "resource_policy": place(case.resource_policy),
        }
        for case in cases
    ]
    answers = oracle().exchange([policy for _, policy in known.values()], questions) if cases else []
    return [f"error: {one.detail}" if one.outcome == "error" else one.outcome for one in answers]


def ours(case: Case) -> Decision:
    """What we say of a case."""
    call = AccessRequest(
        case.principal, case.action, case.resource, case.account, RequestContext(case.context, complete=True)
    )
    policies = Policies(
        identity=tuple(document(f"identity {n}", one) for n, one in enumerate(case.identity)),
        boundary=None if case.boundary is None else tuple(document("boundary", one) for one in case.boundary),
        session=None if case.session is None else (document("session", case.session),),
        scps=tuple(tuple(document("scp", one) for one in level) for level in case.scps) or None,
        rcps=tuple(tuple(document("rcp", one) for one in level) for level in case.rcps) or None,
        endpoint=None if case.endpoint is None else tuple(document("endpoint", one) for one in case.endpoint),
        resource=None if case.resource_policy is None else document("resource", case.resource_policy),
    )
    return evaluate(call, policies)


def _statements(case: Case) -> Iterator[dict[str, Any]]:
    for policy in case.documents():
        yield from policy["Statement"]


def _resources(case: Case) -> Iterator[str]:
    for statement in _statements(case):
        yield from statement.get("Resource", ())
        yield from statement.get("NotResource", ())


def _absent_any_value(case: Case) -> bool:
    """We pass ForAnyValue with IfExists where the key is absent, as the guide says of IfExists."""
    present = {key.lower() for key in case.context}
    return any(
        name.startswith("ForAnyValue:") and name.endswith("IfExists") and key.lower() not in present
        for statement in _statements(case)
        for name, keys in statement.get("Condition", {}).items()
        for key in keys
    )


#: What the trust policy of a role decides.
_OF_ROLES = ("sts:AssumeRole", "sts:SetContext", "sts:SetSourceIdentity", "sts:TagSession")


def _no_trust_policy(case: Case) -> bool:
    """A role that is assumed needs a trust policy; the simulator takes its absence for "not given"."""
    return case.action in _OF_ROLES and case.resource_policy is None


def _variable_for_type(case: Case) -> bool:
    """The simulator takes what stands before the first colon or slash for the type, also within a variable."""
    return any(re.match(r"[^:/]*\$\{[^}]*:", one.split(":", 5)[-1]) for one in _resources(case) if one.count(":") > 4)


def _variable_without_value(case: Case) -> bool:
    """What has a variable without a value matches nothing, so that a negation of it holds; the simulator says no.

    Source: IAM User Guide, "Policy variables with no value".
    """
    present = {key.lower() for key in case.context}

    def lacks_one(value: Any) -> bool:
        return any(key.lower() not in present for key in re.findall(r"\$\{([a-zA-Z][^},]*)\}", json.dumps(value)))

    return any(
        lacks_one(statement.get("NotResource"))
        or any("Not" in name and lacks_one(keys) for name, keys in statement.get("Condition", {}).items())
        for statement in _statements(case)
    )


def _escape_in_equals(case: Case) -> bool:
    """The simulator takes the escape ``${*}`` of StringEquals and StringNotEquals for four characters."""
    return any(
        "${*}" in json.dumps(keys)
        for statement in _statements(case)
        for name, keys in statement.get("Condition", {}).items()
        if "Equals" in name
    )


def _session_names(case: Case) -> bool:
    """Whether a session of the calling role is the one that a resource policy names is not known."""
    return ":role/" in case.principal and ":assumed-role/" in json.dumps(case.resource_policy)


def _in_part_spared(case: Case) -> bool:
    """NotPrincipal that names the caller but not its account may deny it or not; the simulator spares it."""
    return "NotPrincipal" in json.dumps(case.resource_policy)


def _session_policy_and_direct(case: Case) -> bool:
    """A resource policy that names the session itself is not limited by a session policy; the simulator limits it."""
    return (
        case.session is not None and case.resource_policy is not None and case.account == case.principal.split(":")[4]
    )


#: Why we answer otherwise than the simulator: what a case must have, and what we then say.
REASONS: dict[str, tuple[Callable[[Case], bool], tuple[str, ...]]] = {
    "no trust policy": (_no_trust_policy, ("denied", "depends")),
    "session not known": (_session_names, ("depends",)),
    "NotPrincipal in part": (_in_part_spared, ("depends",)),
    "session policy and direct grant": (_session_policy_and_direct, ("allowed", "depends")),
    "IfExists with ForAnyValue": (_absent_any_value, ("allowed", "denied", "depends")),
    "variable in the place of a type": (_variable_for_type, ("allowed", "denied", "depends")),
    "variable without a value": (_variable_without_value, ("allowed", "denied", "depends")),
    "escape in StringEquals": (_escape_in_equals, ("allowed", "denied", "depends")),
}


def differences(cases: Sequence[Case]) -> Iterator[tuple[Case, Decision, str]]:
    """The cases in which we and the simulator say different things."""
    for case, theirs in zip(cases, simulated(cases), strict=True):
        decision = ours(case)
        if decision.outcome != theirs:
            yield case, decision, theirs


def reason(case: Case, decision: Decision) -> str | None:
    """The name of the reason for a difference, or None."""
    return next((name for name, (has, says) in REASONS.items() if decision.outcome in says and has(case)), None)

"""The calls of a role's work, and calls next to them, as questions to IAM's simulator; what it answers, beside ours.

Source: IAM API Reference, SimulatePrincipalPolicy and SimulateCustomPolicy. The simulator asks no resource policy for a
role, so the policy of a key is taken to let IAM decide, and calls on resources of other accounts are not compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from ...audits.report import AuditFinding
from ...audits.required_calls import Need, owner_of
from ...iam.arn_parts import has_wildcard, parse
from ...iam.conditions import RequestContext, Test
from ...iam.evaluation import AccessRequest, Decision, PolicyDocument, evaluate
from ...iam.layers import Layers
from .client import Asker
from .planned_calls import Call

#: Where the findings say that they come from.
SIMULATOR = "IAM policy simulator"

#: How many actions one call of the simulator asks about at most.
_ACTIONS = 50

#: What stands in a question for a wildcard of the composed policy.
_SOME = "example"

_NO_VALUE = "has a condition for which this command makes up no value"

_BARE = re.compile(r"\$\{")


class Question(NamedTuple):
    """A call to ask about.

    Attributes:
        need: the need that it is of; is_near: whether it is an out-of-scope call next to it.
        action, resource: what is called, without wildcards; context: condition keys to their values.
    """

    need: Need
    is_near: bool
    action: str
    resource: str
    context: tuple[tuple[str, tuple[str, ...]], ...]

    def judged(
        self,
        role: str,
        identity: tuple[PolicyDocument, ...],
        boundary: tuple[PolicyDocument, ...] | None = None,
    ) -> Decision:
        """What we say of it as a call of the role, by what the simulator looks at; a key lets IAM decide."""
        values = {key: texts[0] if len(texts) == 1 else list(texts) for key, texts in self.context}
        call = AccessRequest(role, self.action, self.resource, "", RequestContext(values, complete=True))
        return evaluate(call, Layers().policies(identity, boundary, call))


def questions(needs: Sequence[Need], role: str, composed: PolicyDocument) -> tuple[list[Question], dict[str, int]]:
    """The questions of a role's work, and why others are not asked, with how many calls each reason is for.

    A question next to a need is one that the composed policy denies: the same call on another resource, or with
    another value of a condition key.
    """
    asked: dict[Question, None] = {}
    left: dict[str, int] = {}
    for need in needs:
        if why := _unasked(need, role):
            left[why] = left.get(why, 0) + 1
            continue
        resource = _one(need.resource, role)
        for context in need.contexts(role):
            values = _values(need, context)
            if values is None:
                left[_NO_VALUE] = left.get(_NO_VALUE, 0) + 1
                continue
            asked.setdefault(Question(need, False, need.action, resource, _frozen(values)))
            for other, changed in _near(need, resource, values):
                one = Question(need, True, need.action, other, _frozen(changed))
                if one.judged(role, (composed,)).outcome == "denied":
                    asked.setdefault(one)
    return [*asked], left


def _one(resource: str, role: str) -> str:
    """A resource that a pattern of the composed policy is for; one of any account is taken to be the role's."""
    parts, mine = parse(resource), parse(role)
    if resource == "*" or parts is None:
        return resource
    if parts.account == "*" and mine is not None:
        resource = f"arn:{parts.partition}:{parts.service}:{parts.region}:{mine.account}:{parts.resource}"
    return resource.replace("*", _SOME).replace("?", "x")


def _unasked(need: Need, role: str) -> str:
    if need.is_open or _BARE.search(need.resource):
        return "has a placeholder without a value; give it with --set"
    if owner_of(need, role):
        return "is on a resource of another account, and the simulator reads no resource policy for a role"
    if need.action.lower().startswith("sts:assumerole"):
        return "is decided by a trust policy, which the simulator does not ask"
    return ""


def _values(need: Need, context: RequestContext) -> dict[str, tuple[str, ...]] | None:
    """A value for each condition key; None where a test is of a kind for which none can be made up."""
    values: dict[str, tuple[str, ...]] = {}
    for key, value in context.values.items():
        if value is not None:
            values[key] = (value,) if isinstance(value, str) else tuple(value)
    for test in need.tests:
        key = test.shown or test.key
        if any(key.lower() == known.lower() for known in values):
            continue
        made = _made(test)
        if made is None:
            return None
        if made:
            values[key] = made
    return values


def _made(test: Test) -> tuple[str, ...] | None:
    parts = test.parts
    if parts is None or parts.negated or parts.name not in ("StringEquals", "StringLike", "ArnEquals", "ArnLike"):
        return () if test.when_absent() else None
    return (test.values[0].replace("*", _SOME).replace("?", "x"),)


def _near(
    need: Need, resource: str, values: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, Mapping[str, tuple[str, ...]]]]:
    if (other := _sibling(resource)) != resource:
        yield other, values
    for test, _ in need.exact:
        key = test.shown or test.key
        yield resource, {**values, key: ("false" if test.operator == "Bool" else f"{values[key][0]}-other",)}


def _sibling(arn: str) -> str:
    """The ARN of another resource of the same kind: another bucket, another name."""
    parts = parse(arn)
    if parts is None or parts.resource == "*":
        return arn
    head = arn[: -len(parts.resource)]
    if parts.service == "s3" and not parts.region:
        bucket, sign, key = parts.resource.partition("/")
        return f"{head}{bucket}-other{sign}{key}"
    return f"{head}{parts.resource}-other"


def _frozen(values: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted(values.items()))


class Answer(NamedTuple):
    """What the simulator says of a question.

    Attributes:
        outcome: ``allowed``, ``explicitDeny`` or ``implicitDeny``.
        organization, boundary: whether these allow it, None where they say nothing.
        statements: IDs of the policies whose statements decide; missing: condition keys that had no value.
    """

    outcome: Literal["allowed", "explicitDeny", "implicitDeny"]
    organization: bool | None
    boundary: bool | None
    statements: tuple[str, ...]
    missing: tuple[str, ...]


def simulate(asker: Asker, asked: Sequence[Question], role: str, policy: Mapping[str, Any]) -> dict[Question, Answer]:
    """What the simulator answers; without a role that exists, about a policy."""
    groups: dict[tuple[str, Any], list[Question]] = {}
    for one in asked:
        groups.setdefault((one.resource, one.context), []).append(one)
    answers: dict[Question, Answer] = {}
    for (resource, context), group in groups.items():
        for start in range(0, len(group), _ACTIONS):
            some = group[start : start + _ACTIONS]
            arguments: dict[str, Any] = {
                "ActionNames": [one.action for one in some],
                "ResourceArns": [resource],
                "ContextEntries": [_entry(key, values) for key, values in context],
            }
            about = f"{', '.join(one.action for one in some[:3])}{' …' if len(some) > 3 else ''} on {resource}"
            if role:
                call = Call("iam:SimulatePrincipalPolicy", role, "", about, {**arguments, "PolicySourceArn": role})
            else:
                arguments["PolicyInputList"] = [json.dumps(policy, separators=(",", ":"))]
                call = Call("iam:SimulateCustomPolicy", "*", "", about, arguments)
            answer = asker.ask(call)
            found = {one["EvalActionName"].lower(): one for one in (answer or {}).get("EvaluationResults", ())}
            answers.update((one, _answer(found[one.action.lower()])) for one in some if one.action.lower() in found)
    return answers


def _entry(key: str, values: Sequence[str]) -> dict[str, Any]:
    kind = "boolean" if set(values) <= {"true", "false"} else "string" if len(values) == 1 else "stringList"
    return {"ContextKeyName": key, "ContextKeyValues": [*values], "ContextKeyType": kind}


def _answer(result: Mapping[str, Any]) -> Answer:
    return Answer(
        result["EvalDecision"],
        result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations"),
        result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary"),
        tuple(one.get("SourcePolicyId", "") for one in result.get("MatchedStatements", ())),
        tuple(result.get("MissingContextValues", ())),
    )


def findings(
    answers: Mapping[Question, Answer],
    role: str,
    identity: tuple[PolicyDocument, ...],
    boundary: tuple[PolicyDocument, ...] | None,
) -> Iterator[AuditFinding]:
    """What the answers show: needed calls that are denied, others that are allowed, and where we and AWS differ."""
    for question, answer in answers.items():
        ours = question.judged(role, identity, boundary)
        is_allowed = answer.outcome == "allowed"
        if not question.is_near and not is_allowed:
            yield _finding(question, "missing", f"AWS denies it: {_reason(answer)}. {question.need.why}", answer)
        elif question.is_near and is_allowed:
            yield _finding(question, "excess", "AWS allows this call, which is out of the scope of the work.", answer)
        by_others = answer.organization is False
        if ours.outcome != "depends" and (ours.outcome == "allowed") is not is_allowed and not by_others:
            yield _finding(question, "depends", report_of(question, answer, ours), answer)


def report_of(question: Question, answer: Answer, ours: Decision) -> str:
    """The text to report where we and AWS differ; it names no account."""
    by = f" by {ours.statement}" if ours.statement else ""
    said = f"the policy simulator of IAM says {answer.outcome}, and sagemaker-roles says {ours.outcome}{by}"
    keys = ", ".join(key for key, _ in question.context)
    missing = f"; the simulator had no value for {', '.join(answer.missing)}" if answer.missing else ""
    return f"{said}. One of both is wrong. Report {question.action} with the condition keys {keys or 'none'}{missing}."


def _reason(answer: Answer) -> str:
    if answer.organization is False:
        return "a policy of the organization does not allow it"
    if answer.boundary is False:
        return "the permissions boundary does not allow it"
    names = [name for name in answer.statements if name]
    if answer.outcome == "explicitDeny":
        return f"a statement of {', '.join(names) or 'a policy'} denies it"
    return "no statement allows it"


def _finding(
    question: Question, kind: Literal["missing", "excess", "depends"], why: str, answer: Answer
) -> AuditFinding:
    layer = "scp" if answer.organization is False else "boundary" if answer.boundary is False else "identity"
    return AuditFinding(
        kind,
        why,
        action=question.action,
        resource=question.resource,
        condition=question.need.condition,
        layer=layer,
        document=SIMULATOR,
        step=question.need.step,
        members=question.need.members,
        evidence=question.need.evidence,
    )


def near_by_action(asked: Iterable[Question]) -> dict[str, list[str]]:
    """Out-of-scope resources by action: what a check that knows no condition keys can be asked."""
    found: dict[str, dict[str, None]] = {}
    for one in asked:
        if one.is_near and one.resource != one.need.resource and not has_wildcard(one.resource):
            found.setdefault(one.action, {})[one.resource] = None
    return {action: [*names] for action, names in found.items()}

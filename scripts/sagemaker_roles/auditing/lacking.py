"""Calls that a role's work makes and that are denied, or that hang on something that nobody knows here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..canonical import some
from ..catalog import Catalog
from ..engine.companions import owned_by_aws
from ..iam import actions, arns, conditions
from ..iam.conditions import RequestContext, Verdict
from ..iam.evaluation import AccessRequest, Decision, Policies, PolicyDocument, applies, evaluate
from ..iam.layers import Layers, allowing, opened
from ..iam.regions import ALL, Texts, complement, union
from ..iam.statements import PolicyStatement
from .excess import Actions, is_about
from .needs import PLACEHOLDER, Need, cited, known_of, owner_of
from .report import AuditFinding

#: Why something that no given policy allows may be allowed.
UNSEEN = "Not all policies of the role are given, and another one can allow it"

#: How many statements or resources a sentence names.
_MOST_NAMED = 5

#: More layers than there are cannot fall short one after the other.
_LAYERS = 16


class Subject(NamedTuple):
    """Whose policies are judged.

    Attributes:
        arn: ARN of the role, perhaps with placeholders.
        identity: its policies; boundary: its permissions boundary, or None.
        layers: what else decides.
        actions: the actions of AWS, which tell whether one is about ``*`` only.
        hidden: the layers of which not all policies are given: those that are not can allow what the others do not.
    """

    arn: str
    identity: tuple[PolicyDocument, ...]
    boundary: tuple[PolicyDocument, ...] | None
    layers: Layers
    actions: Actions
    hidden: Collection[str] = ()

    def documents(self, layer: str, policies: Policies) -> tuple[PolicyDocument, ...]:
        """The documents of a layer."""
        if layer == "identity":
            return policies.identity
        if layer == "resource":
            return (policies.resource,) if policies.resource else ()
        if layer in ("scp", "rcp"):
            levels = (policies.scps if layer == "scp" else policies.rcps) or ()
            return tuple(one for level in levels for one in level)
        documents: tuple[PolicyDocument, ...] | None = getattr(policies, layer)
        return documents or ()


def lacking(catalog: Catalog, subject: Subject, needs: Sequence[Need]) -> Iterator[AuditFinding]:
    """What falls short for each call, layer by layer: missing, or depends."""
    for need in needs:
        findings: dict[tuple[str, str, str], AuditFinding] = {}
        for call in need.calls(known_of(need, subject.arn), subject.arn, owner_of(need, subject.arn)):
            for one in _judged(catalog, subject, need, call):
                # Of a condition with several values, that a call is denied says more than that another may be.
                key = (one.layer, one.document, one.statement)
                if key not in findings or (findings[key].kind, one.kind) == ("depends", "missing"):
                    findings[key] = one
        yield from findings.values()


def _judged(catalog: Catalog, subject: Subject, need: Need, call: AccessRequest) -> Iterator[AuditFinding]:
    policies = subject.layers.policies(subject.identity, subject.boundary, call)
    every = policies
    for _ in range(_LAYERS):
        decision = evaluate(call, policies)
        if decision.outcome == "allowed":
            apart = policies._replace(scps=subject.layers.levels_apart() if policies.scps else None)
            if apart.scps and (other := evaluate(call, apart)).outcome != "allowed":
                name = other.document or "one of its policies"
                why = f"Each level of the organization has to allow it, and {name} does not; if all are attached at one"
                why += f" level, the call is allowed. {need.why}"
                yield _reported(catalog, need, other, "depends", why)
            break
        finding = _finding(catalog, subject, need, call, every, decision)
        if finding is not None:
            if finding.kind == "missing" and not decision.explicit and decision.layer in subject.hidden:
                finding = finding._replace(kind="depends", why=f"{UNSEEN}. {finding.why}")
            yield finding
        if finding is None and not decision.explicit:
            # Statements allow it together; what the layer denies still counts.
            policies = allowing(policies, decision)
            continue
        if decision.layer == "identity" and call.same_account and _is_alone(policies):
            break
        policies = opened(policies, decision)
    yield from _partly_denied(catalog, subject, need, call, every)


def _is_alone(policies: Policies) -> bool:
    """Whether nothing but the identity's policies decides."""
    others = (policies.boundary, policies.session, policies.scps, policies.rcps, policies.endpoint, policies.resource)
    return all(one is None for one in others)


def _finding(
    catalog: Catalog, subject: Subject, need: Need, call: AccessRequest, policies: Policies, decision: Decision
) -> AuditFinding | None:
    documents = subject.documents(decision.layer, policies)
    region = _region(subject, call)
    if not decision.explicit and region is not None:
        return _of_part(catalog, need, call, documents, decision, region)
    is_not_given = decision.layer == "resource" and not decision.explicit and not documents
    if is_not_given and subject.layers.of(need.resource) is None:
        return _not_given(catalog, need, call, decision)
    if decision.outcome == "depends":
        if decision.explicit and region is not None and not decision.keys:
            one = _named(documents, decision)
            if one is not None and not region.within(_texts(one, call.context)):
                # What denies a part only is found by itself.
                return None
        return _hangs(catalog, need, documents, decision)
    return _reported(catalog, need, decision, "missing", _missing(need, decision))


def _not_given(catalog: Catalog, need: Need, call: AccessRequest, decision: Decision) -> AuditFinding | None:
    """What is to be said of a policy that a resource must have, and that nobody gave."""
    if owned_by_aws(catalog, need.resource):
        return None
    why = f"The resource is of account {call.account}, so its own policy must allow the call too; it is not given."
    if decision.outcome == "depends":
        why = f"{decision.why[:1].upper()}{decision.why[1:]}. {need.why}"
    return _reported(catalog, need, decision, "depends", why)


def _hangs(catalog: Catalog, need: Need, documents: Sequence[PolicyDocument], decision: Decision) -> AuditFinding:
    statement = _named(documents, decision)
    keys = _keys(statement, decision) if statement else {}
    return _reported(catalog, need, decision, "depends", _depends(need, decision, keys), keys=keys)


def _of_part(
    catalog: Catalog,
    need: Need,
    call: AccessRequest,
    documents: Sequence[PolicyDocument],
    decision: Decision,
    region: Texts,
) -> AuditFinding | None:
    """What is to be said of calls alike that no single statement allows: several may together, or only some."""
    if decision.layer == "resource" and not documents:
        return _not_given(catalog, need, call, decision)
    if decision.layer == "resource" and call.same_account:
        # What it allows counts by how it names the principal; a statement that names the account only lets it decide.
        if decision.outcome == "depends":
            return _hangs(catalog, need, documents, decision)
        return _reported(catalog, need, decision, "missing", _missing(need, decision))
    parts = [*_allowing(documents, call, region, decision.layer)]
    certain = [texts for _, _, texts, verdict in parts if verdict.holds]
    if certain and region.within(_together(certain)):
        return None
    every = _together([texts for _, _, texts, _ in parts])
    if parts and region.within(every):
        document, one, _, verdict = next(item for item in parts if not item[3].holds)
        decided = Decision("depends", decision.layer, document.name, one.name, why=verdict.why, keys=verdict.keys)
        return _hangs(catalog, need, documents, decided)
    if not parts:
        return _reported(catalog, need, decision, "missing", _missing(need, decision))
    document, first, _, _ = parts[0]
    names = _few(one.name for _, one, _, _ in parts)
    if need.resource == "*":
        texts = _few(_named_resources(one) for _, one, _, _ in parts)
        why = f"{names} allows it on {texts} only; the request does not show which resource the call is about."
        decided = decision._replace(document=document.name, statement=first.name)
        return _reported(catalog, need, decided, "depends", why)
    if decision.outcome == "depends" and (need.is_open or need.variables) and not region.exceeds(every):
        decided = decision._replace(document=document.name, statement=first.name)
        return _reported(catalog, need, decided, "depends", _depends(need, decided, {}))
    # No document: what allows the rest is a statement more, not a change of that one.
    decided = decision._replace(document="", statement=first.name)
    return _reported(catalog, need, decided, "missing", f"Only a part is allowed, by {names}. {need.why}")


def _one_of(values: Sequence[str]) -> str:
    """Values of which one is wanted: some, and how many others there are; the finding's keys have all."""
    others = len(values) - _MOST_NAMED
    return " or ".join([*values[:_MOST_NAMED], *([f"one of {others} more"] if others > 0 else [])])


def _few(names: Iterable[str]) -> str:
    """Different names in their order: some, and how many others there are."""
    return some([*dict.fromkeys(names)], _MOST_NAMED)


def _named_resources(one: PolicyStatement) -> str:
    named = _few(one.resources)
    return f"all but {named}" if one.not_resources else named


def _reported(
    catalog: Catalog,
    need: Need,
    decision: Decision,
    kind: Any,
    why: str,
    keys: Mapping[str, Sequence[str]] | None = None,
) -> AuditFinding:
    return AuditFinding(
        kind,
        why,
        action=need.action,
        resource=need.resource,
        condition={
            operator: {key: list(texts) for key, texts in tests.items()} for operator, tests in need.condition.items()
        },
        layer=decision.layer,
        document=decision.document,
        statement=decision.statement or (decision.missed[0][0] if decision.missed else ""),
        step=need.step,
        members=need.members,
        code=need.code,
        evidence=need.evidence,
        sources=cited(catalog, need.reasons),
        keys=keys or {},
    )


def _missing(need: Need, decision: Decision) -> str:
    if decision.explicit:
        return f"{decision.statement} denies it. {need.why}"
    near = "; ".join(f"{name} {why}" for name, why in decision.missed[:3])
    return f"No statement allows it{f' ({near})' if near else ''}. {need.why}"


def _depends(need: Need, decision: Decision, keys: Mapping[str, Sequence[str]]) -> str:
    verb = "denies it" if decision.explicit else "allows it"
    if keys:
        shown = " and ".join(f"{key} is {_one_of(values)}" for key, values in keys.items())
        when = "unless" if decision.explicit else "only if"
        return f"{decision.statement} {verb} {when} {shown}, which is not known here. {need.why}"
    names = {one.group() for one in PLACEHOLDER.finditer(need.resource)}
    names.update(f"${{{key}}}" for key in need.variables if f"${{{key}}}" in need.resource)
    if names:
        return f"Whether {decision.statement} {verb} is not known without {', '.join(sorted(names))}. {need.why}"
    return f"Whether {decision.statement} {verb} is not known: {decision.why}. {need.why}"


def _named(documents: Sequence[PolicyDocument], decision: Decision) -> PolicyStatement | None:
    for one in documents:
        if one.name == decision.document:
            return next((item for item in one.statements if item.name == decision.statement), None)
    return None


def _keys(statement: PolicyStatement, decision: Decision) -> dict[str, tuple[str, ...]]:
    """The condition keys that decide, with the values of the statement's own tests."""
    context: dict[str, tuple[str, ...]] = {}
    for test in statement.tests:
        if test.key in decision.keys:
            name = test.shown or test.key
            values = (_value(test, text, statement) for text in test.values)
            context[name] = tuple(dict.fromkeys((*context.get(name, ()), *values)))
    return context


#: Operators whose values are those that a key has; of all others the operator says more than the value.
_PLAIN = frozenset(
    name
    for base in ("StringEquals", "StringLike", "ArnEquals", "ArnLike", "Bool", "IpAddress")
    for name in (base, base.replace("String", "StringNot").replace("Arn", "ArnNot"), "NotIpAddress")
)


def _value(test: conditions.Test, text: str, statement: PolicyStatement) -> str:
    """A value of a test as one with which the call is allowed."""
    parts = test.parts
    is_negated = parts is not None and parts.negated
    if parts is None or parts.name not in _PLAIN:
        text = f"{test.operator} {text}"
    return f"not {text}" if is_negated is statement.allows else text


# --- resources of which a part is allowed or denied -----------------------------------------------------------


def _region(subject: Subject, call: AccessRequest) -> Texts | None:
    """The resources of calls alike; None if it is one resource, or if the action has no resource types."""
    if call.resource == "*":
        return None if subject.actions.is_resourceless(call.action) else union([arns.resource("*")])
    return union([arns.resource(call.resource)]) if call.alike else None


def _together(several: Sequence[Texts]) -> Texts:
    return Texts(tuple(region for one in several for region in one.regions))


def _texts(one: PolicyStatement, context: RequestContext) -> Texts:
    """The resources that a statement is about in a call, with the policy variables that are known."""
    if not one.variables or not any("${" in text for text in one.resources):
        return one.resource_texts
    filled = [text for text in (conditions.resolved(item, context) for item in one.resources) if text is not None]
    compiled = [arns.resource(text) for text in filled]
    return complement(compiled) if one.not_resources else union(compiled)


def _about(one: PolicyStatement, call: AccessRequest, layer: str) -> Verdict:
    """Whether a statement is about a call, whatever its resource is."""
    whole = one._replace(resources=(), not_resources=False)
    return applies(whole, call, resource_policy=layer in ("rcp", "endpoint", "resource"))


def _allowing(
    documents: Sequence[PolicyDocument], call: AccessRequest, region: Texts, layer: str
) -> Iterator[tuple[PolicyDocument, PolicyStatement, Texts, Verdict]]:
    """The statements that allow a part of it, what they are about, and whether they certainly do."""
    for document in documents:
        for one in document.near(actions.prefix_of(call.action_pattern)):
            if not one.allows or not is_about(one, call.action):
                continue
            texts = _texts(one, call.context)
            if texts.meets(region) and (verdict := _about(one, call, layer)).holds is not False:
                yield document, one, texts, verdict


def _partly_denied(
    catalog: Catalog, subject: Subject, need: Need, call: AccessRequest, policies: Policies
) -> Iterator[AuditFinding]:
    """What denies some of the resources of calls alike, but not all of them."""
    region = _region(subject, call)
    if region is None:
        return
    for layer in ("identity", "boundary", "session", "scp", "rcp", "endpoint", "resource"):
        for document in subject.documents(layer, policies):
            for one in document.near(actions.prefix_of(call.action_pattern)):
                if one.allows or not is_about(one, call.action):
                    continue
                texts = _texts(one, call.context)
                if texts == ALL or region.within(texts) or not texts.meets(region):
                    continue
                if _about(one, call, layer).holds is not False:
                    decision = Decision("depends", layer, document.name, one.name, explicit=True)
                    named = _named_resources(one)
                    why = f"{one.name} denies a part of it ({named}); the request does not show whether it is used."
                    yield _reported(catalog, need, decision, "depends", why)

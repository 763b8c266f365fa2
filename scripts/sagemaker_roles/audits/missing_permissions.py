"""Calls that a role's work makes and that are denied, or that hang on something that nobody knows here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..canonical import some
from ..catalog import Catalog
from ..engine.companions import owned_by_aws
from ..iam import actions, arns, conditions
from ..iam.budget import OutOfSteps, question
from ..iam.conditions import RequestContext, Verdict
from ..iam.evaluation import AccessRequest, Decision, Layer, Policies, PolicyDocument, applies, evaluate
from ..iam.layers import Layers, allowing, opened
from ..iam.statements import PolicyStatement
from ..iam.text_sets import ALL, Texts, complement, union
from .excess_permissions import actions_of, is_about
from .report import AuditFinding, Kind
from .required_calls import PLACEHOLDER, Need, cited

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
        hidden: the layers of which not all policies are given: those that are not can allow what the others do not.
    """

    arn: str
    identity: tuple[PolicyDocument, ...]
    boundary: tuple[PolicyDocument, ...] | None
    layers: Layers
    hidden: Collection[str] = ()


def lacking(catalog: Catalog, subject: Subject, needs: Sequence[Need]) -> Iterator[AuditFinding]:
    """What falls short for each call, layer by layer: missing, or depends."""
    for need in needs:
        yield from _of_need(catalog, subject, need)


def _of_need(catalog: Catalog, subject: Subject, need: Need) -> Collection[AuditFinding]:
    findings: dict[tuple[str, str, str], AuditFinding] = {}
    with question():
        try:
            for call in need.calls(subject.arn):
                policies = subject.layers.policies(subject.identity, subject.boundary, call)
                for one in _Case(catalog, subject, need, call, policies).judged():
                    # Of a condition with several values, that a call is denied says more than that another may be.
                    key = (one.layer, one.document, one.statement)
                    if key not in findings or (findings[key].kind, one.kind) == ("depends", "missing"):
                        findings[key] = one
        except OutOfSteps as error:
            case = _Case(catalog, subject, need, AccessRequest(subject.arn, need.action), Policies())
            why = f"Whether the policies allow it is not known: {error}. {need.why}"
            findings["", "", ""] = case._reported(Decision("depends", "identity"), "depends", why)
    return findings.values()


def if_needed(finding: AuditFinding) -> AuditFinding:
    """A finding about what is missing, which depends on whether it is needed where that is inferred only."""
    if finding.kind != "missing" or finding.evidence != "inferred":
        return finding
    return finding._replace(kind="depends", why=f"The need is inferred, not documented. {finding.why}")


class _Case(NamedTuple):
    """A call of a need, or calls alike, and all policies that decide about it."""

    catalog: Catalog
    subject: Subject
    need: Need
    call: AccessRequest
    policies: Policies

    def judged(self) -> Iterator[AuditFinding]:
        """What falls short, one layer after the other."""
        policies, call = self.policies, self.call
        for _ in range(_LAYERS):
            decision = evaluate(call, policies)
            if decision.outcome == "allowed":
                apart = policies._replace(scps=self.subject.layers.levels_apart() if policies.scps else None)
                if apart.scps and (other := evaluate(call, apart)).outcome != "allowed":
                    name = other.document or "one of its policies"
                    why = f"Each level of the organization has to allow it, and {name} does not; if all are attached"
                    yield self._reported(other, "depends", f"{why} at one level, the call is allowed. {self.need.why}")
                break
            finding = self._finding(decision)
            if finding is not None:
                if finding.kind == "missing" and not decision.explicit and decision.layer in self.subject.hidden:
                    finding = finding._replace(kind="depends", why=f"{UNSEEN}. {finding.why}")
                yield finding
            if finding is None and not decision.explicit:
                # Statements allow it together; what the layer denies still counts.
                policies = allowing(policies, decision)
                continue
            others = any(levels for layer, levels in policies.layers().items() if layer != "identity")
            if decision.layer == "identity" and call.same_account and not others:
                break
            policies = opened(policies, decision)
        yield from self._partly_denied()

    def _documents(self, layer: Layer) -> list[PolicyDocument]:
        return [one for level in self.policies.layers()[layer] for one in level]

    def _finding(self, decision: Decision) -> AuditFinding | None:
        documents, region = self._documents(decision.layer), self._region()
        if not decision.explicit and region is not None:
            return self._of_part(documents, decision, region)
        is_not_given = decision.layer == "resource" and not decision.explicit and not documents
        if is_not_given and self.subject.layers.of(self.need.resource) is None:
            return self._not_given(decision)
        if decision.outcome == "depends":
            if decision.explicit and region is not None and not decision.keys:
                one = _named(documents, decision)
                if one is not None and not region.within(_texts(one, self.call.context)):
                    # What denies a part only is found by itself.
                    return None
            return self._hangs(documents, decision)
        return self._missing(decision)

    def _not_given(self, decision: Decision) -> AuditFinding | None:
        """What is to be said of a policy that a resource must have, and that nobody gave."""
        if owned_by_aws(self.catalog, self.need.resource):
            return None
        why = f"The resource is of account {self.call.account}, so its own policy must allow the call too; it is not"
        why += " given."
        if decision.outcome == "depends":
            why = f"{decision.why[:1].upper()}{decision.why[1:]}. {self.need.why}"
        return self._reported(decision, "depends", why)

    def _missing(self, decision: Decision) -> AuditFinding:
        near = "; ".join(f"{name} {why}" for name, why in decision.missed[:3])
        why = f"No statement allows it{f' ({near})' if near else ''}"
        return self._reported(
            decision, "missing", f"{f'{decision.statement} denies it' if decision.explicit else why}. {self.need.why}"
        )

    def _hangs(self, documents: Sequence[PolicyDocument], decision: Decision) -> AuditFinding:
        statement = _named(documents, decision)
        keys = _keys(statement, decision) if statement else {}
        need, verb = self.need, "denies it" if decision.explicit else "allows it"
        if keys:
            shown = " and ".join(f"{key} is {_one_of(values)}" for key, values in keys.items())
            when = "unless" if decision.explicit else "only if"
            why = f"{decision.statement} {verb} {when} {shown}, which is not known here"
        else:
            names = {one.group() for one in PLACEHOLDER.finditer(need.resource)}
            names.update(f"${{{key}}}" for key in need.variables if f"${{{key}}}" in need.resource)
            unknown = f" without {', '.join(sorted(names))}" if names else f": {decision.why}"
            why = f"Whether {decision.statement} {verb} is not known{unknown}"
        return self._reported(decision, "depends", f"{why}. {need.why}", keys)

    def _of_part(self, documents: Sequence[PolicyDocument], decision: Decision, region: Texts) -> AuditFinding | None:
        """What is to be said of calls alike that no single statement allows: several may together, or only some."""
        need, layer = self.need, decision.layer
        if layer == "resource" and not documents:
            return self._not_given(decision)
        if layer == "resource" and self.call.same_account:
            # What it allows counts by how it names the principal; a statement that names the account only lets it
            # decide.
            return self._hangs(documents, decision) if decision.outcome == "depends" else self._missing(decision)
        parts = [*self._about(documents, layer, region, allows=True)]
        certain = [texts for _, _, texts, verdict in parts if verdict.holds]
        if certain and region.within(_together(certain)):
            return None
        every = _together([texts for _, _, texts, _ in parts])
        if parts and region.within(every):
            document, one, _, verdict = next(item for item in parts if not item[3].holds)
            decided = Decision("depends", layer, document.name, one.name, why=verdict.why, keys=verdict.keys)
            return self._hangs(documents, decided)
        if not parts:
            return self._missing(decision)
        document, first, _, _ = parts[0]
        names = _few(one.name for _, one, _, _ in parts)
        decided = decision._replace(document=document.name, statement=first.name)
        if need.resource == "*":
            texts = _few(_named_resources(one) for _, one, _, _ in parts)
            why = f"{names} allows it on {texts} only; the request does not show which resource the call is about."
            return self._reported(decided, "depends", why)
        if decision.outcome == "depends" and (need.is_open or need.variables) and not region.exceeds(every):
            return self._hangs((), decided)
        # No document: what allows the rest is a statement more, not a change of that one.
        why = f"Only a part is allowed, by {names}. {need.why}"
        return self._reported(decided._replace(document=""), "missing", why)

    def _partly_denied(self) -> Iterator[AuditFinding]:
        """What denies some of the resources of calls alike, but not all of them."""
        if (region := self._region()) is None:
            return
        for layer in self.policies.layers():
            for document, one, texts, _ in self._about(self._documents(layer), layer, region, allows=False):
                if texts != ALL and not region.within(texts):
                    decision = Decision("depends", layer, document.name, one.name, explicit=True)
                    named = _named_resources(one)
                    why = f"{one.name} denies a part of it ({named}); the request does not show whether it is used."
                    yield self._reported(decision, "depends", why)

    def _region(self) -> Texts | None:
        """The resources of calls alike; None if it is one resource, or if the action has no resource types."""
        call = self.call
        if call.resource == "*":
            return None if actions_of(self.catalog).is_resourceless(call.action) else union([arns.resource("*")])
        return union([arns.resource(call.resource)]) if call.alike else None

    def _about(
        self, documents: Sequence[PolicyDocument], layer: Layer, region: Texts, allows: bool
    ) -> Iterator[tuple[PolicyDocument, PolicyStatement, Texts, Verdict]]:
        """The statements that allow, or deny, a part of it, what they are about, and whether they certainly do."""
        call = self.call
        for document in documents:
            for one in document.near(actions.prefix_of(call.action_pattern)):
                if one.allows is not allows or not is_about(one, call.action):
                    continue
                texts, whole = _texts(one, call.context), one._replace(resources=(), not_resources=False)
                if texts.meets(region) and (verdict := applies(whole, call, layer).verdict).holds is not False:
                    yield document, one, texts, verdict

    def _reported(
        self, decision: Decision, kind: Kind, why: str, keys: Mapping[str, Sequence[str]] | None = None
    ) -> AuditFinding:
        need = self.need
        return AuditFinding(
            kind,
            why,
            action=need.action,
            resource=need.resource,
            condition={
                operator: {key: list(texts) for key, texts in tests.items()}
                for operator, tests in need.condition.items()
            },
            layer=decision.layer,
            document=decision.document,
            statement=decision.statement or (decision.missed[0][0] if decision.missed else ""),
            step=need.step,
            members=need.members,
            code=need.code,
            evidence=need.evidence,
            sources=cited(self.catalog, need.reasons),
            keys=keys or {},
        )


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


def _together(several: Sequence[Texts]) -> Texts:
    return Texts(tuple(region for one in several for region in one.regions))


def _texts(one: PolicyStatement, context: RequestContext) -> Texts:
    """The resources that a statement is about in a call, with the policy variables that are known."""
    if not one.variables or not any("${" in text for text in one.resources):
        return one.resource_texts
    filled = [text for text in (conditions.resolved(item, context) for item in one.resources) if text is not None]
    compiled = [arns.resource(text) for text in filled]
    return complement(compiled) if one.not_resources else union(compiled)

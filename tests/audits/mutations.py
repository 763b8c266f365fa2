"""Composed roles that are changed in one place, what an audit must find then, and the calls that show it."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from iam.calls import Case
from iam.calls import read as read_grants
from iam.simulator import ours, reason, simulated
from kb.aws.reference import aws_reference, key_applies
from proof.near_misses import takes
from proof.oracle import Question, open_policy
from proof.scenarios import ROLE_NAME, Scenario
from sagemaker_roles.audits.report import AuditFinding, RoleReport
from sagemaker_roles.audits.role_audit import Work
from sagemaker_roles.iam import arns
from sagemaker_roles.iam.actions import action as action_pattern
from sagemaker_roles.iam.conditions import read
from sagemaker_roles.iam.grants import difference
from sagemaker_roles.iam.text_sets import Region

from .roles import Json, audited, enough, held, patched, trust_of, work_of

Kind = Literal["missing", "excess"]


@dataclass(frozen=True)
class Mutation:
    """A policy that is changed in one place.

    Attributes:
        what: what was changed, for people.
        kind: what must be found.
        sid: the statement that was changed.
        actions: actions of which one at least must be found; for an excess, the statement must.
        policy: the changed policy.
    """

    what: str
    kind: Kind
    sid: str
    actions: tuple[str, ...]
    policy: Json

    def __str__(self) -> str:
        return f"{self.sid}: {self.what}"


def mutations(whole: Json) -> Iterator[Mutation]:
    """Each statement removed, narrowed and widened, in each way."""
    for index, statement in enumerate(whole["Statement"]):
        acts, resources = statement["Action"], statement["Resource"]

        def made(what: str, kind: Kind, changed: Json | None, actions: Iterable[str], at: int = index) -> Mutation:
            policy = copy.deepcopy(whole)
            policy["Statement"][at : at + 1] = [changed] if changed is not None else []
            # IAM knows no policy without statements.
            policy["Statement"] = policy["Statement"] or [{"Effect": "Deny", "Action": "a4b:*", "Resource": "*"}]
            return Mutation(what, kind, whole["Statement"][at]["Sid"], tuple(actions), policy)

        yield made("removed", "missing", None, acts)
        for name in acts if len(acts) > 1 else ():
            rest = [one for one in acts if one != name]
            yield made(f"without {name}", "missing", {**statement, "Action": rest}, [name])
        for name in resources if len(resources) > 1 else ():
            rest = [one for one in resources if one != name]
            yield made(f"without {name}", "missing", {**statement, "Resource": rest}, acts)
        for place, name in enumerate(resources):
            for other in _narrower(name):
                changed = [*resources[:place], other, *resources[place + 1 :]]
                yield made(f"{name} as {other}", "missing", {**statement, "Resource": changed}, acts)
        never = {"StringEquals": {**statement.get("Condition", {}).get("StringEquals", {}), "aws:PrincipalType": "X"}}
        condition = {**statement.get("Condition", {}), **never}
        yield made("with a condition that never holds", "missing", {**statement, "Condition": condition}, acts)
        if resources != ["*"]:
            yield made("on all resources", "excess", {**statement, "Resource": ["*"]}, acts)
        for operator, keys in statement.get("Condition", {}).items():
            for key in keys:
                left = {name: value for name, value in keys.items() if name != key}
                condition = {name: value for name, value in statement["Condition"].items() if name != operator}
                condition |= {operator: left} if left else {}
                changed = {name: value for name, value in statement.items() if name != "Condition"}
                yield made(f"without {operator} {key}", "excess", {**changed, "Condition": condition}, acts)
        service = acts[0].partition(":")[0]
        yield made(f"{service}:*", "excess", {**statement, "Action": [*acts, f"{service}:*"]}, acts)


def _narrower(name: str) -> Iterator[str]:
    if name != "*" and name.endswith("*"):
        yield name[:-1] + "a/*"
        yield name[:-1] + "?"
    parts = name.split(":", 5)
    if len(parts) == 6 and parts[4].isdigit():
        yield ":".join([*parts[:4], "999988887777", parts[5]])


@dataclass
class Outcome:
    """What came out of mutations.

    Attributes:
        count: how many were looked at; equal: those that change nothing of what the policy grants.
        faults: what is not as it must be.
        asked: questions for the simulator: the fault if it answers otherwise, what it must answer, and the case.
        unasked: how many findings have no call that the simulator can be asked about.
    """

    count: int = 0
    equal: int = 0
    unasked: int = 0
    faults: list[str] = field(default_factory=list)
    asked: list[tuple[str, str, Case]] = field(default_factory=list)


def lacked(report: RoleReport) -> list[AuditFinding]:
    """What is missing, though the need may be inferred only, so that it is reported as depends."""
    inferred = (one for one in report.of("depends") if one.evidence == "inferred" and one.why.startswith("The need is"))
    return [*report.of("missing"), *inferred]


def judge(scenario: Scenario, some: Sequence[Mutation], outcome: Outcome, choose: random.Random | None = None) -> None:
    """Audits changed policies of a scenario; collects what is wrong, and the questions that prove what was found."""
    what = work_of(scenario)
    whole = enough(what)
    base = audited(what, held(whole, trust=trust_of(what), arn=scenario.role_arn))
    for one in some:
        name = f"{scenario}, {one}"
        before, after = read_grants([whole]).allowed, read_grants([one.policy]).allowed
        changes = difference(before, after) if one.kind == "missing" else difference(after, before)
        outcome.count += 1
        if not changes:
            outcome.equal += 1
            continue
        role = held(one.policy, trust=trust_of(what), arn=scenario.role_arn)
        report = audited(what, role)
        found = lacked(report) if one.kind == "missing" else report.of("excess")
        if one.kind == "missing" and not any(item.action in one.actions for item in found):
            # What an action without a resource in the request is about may be left open, and what another statement
            # allows under a condition.
            open_ended = any(
                item.action in one.actions and (item.resource == "*" or item.statement not in ("", one.sid))
                for item in report.of("depends")
            )
            if open_ended and not found:
                continue  # nothing is mended that may be allowed
            if not open_ended:
                outcome.faults.append(f"{name}: not found as missing")
        if one.kind == "excess" and not any(item.statement == one.sid for item in found):
            outcome.faults.append(f"{name}: not found as excess")
        outcome.faults += (
            f"{name}: {fault}" for fault in mended(what, scenario.role_arn, report, {"p1": one.policy}, base)
        )
        _witnesses(name, scenario, what, report, one.policy, outcome, choose)


def mended(
    what: Work, arn: str, report: RoleReport, documents: Mapping[str, Json], base: RoleReport | None = None
) -> Iterator[str]:
    """What is wrong with the patches of a report about a role with some policies, by name."""
    trust = trust_of(what)

    def again(some: Mapping[str, Json]) -> RoleReport:
        return audited(what, held(*some.values(), trust=trust, arn=arn))

    full = patched(documents, report.mend)
    if missing := [one for one in lacked(again(full)) if one.layer == "identity"]:
        yield f"the patch leaves {missing[0].action} on {missing[0].resource} missing: {missing[0].why}"
    narrow = patched(documents, report.narrow)
    old, new = read_grants(documents.values()), read_grants(narrow.values())
    if wider := difference(new.allowed, old.allowed):
        yield f"the patch that narrows adds {wider.grants[0]}"
    if lost := difference(old.denied, new.denied):
        yield f"the patch that narrows lifts {lost.grants[0]}"
    order = ("missing", "depends", "sufficient", "minimal")
    after = again(narrow) if narrow else None
    if after is not None:
        if order.index(after.verdict) < order.index(report.verdict):
            worse = next(one for one in after.findings if one.kind == after.verdict)
            yield f"the patch that narrows makes it {after.verdict}: {worse.action} on {worse.resource}: {worse.why}"
        if excess := after.of("excess"):
            yield f"the patch that narrows leaves {excess[0].action} on {excess[0].resource}"
    both = again(patched(full, again(full).narrow))
    if base is not None and both.verdict != base.verdict:
        wrong = next((one for one in both.findings if one.kind in ("missing", "depends", "excess")), None)
        yield f"both patches make it {both.verdict}: {wrong and (wrong.kind, wrong.action, wrong.resource, wrong.why)}"


def answered(outcome: Outcome) -> None:
    """Asks the simulator what was collected; adds what it answers otherwise to the faults."""
    answers = simulated([case for _, _, case in outcome.asked])
    for (fault, wanted, case), theirs in zip(outcome.asked, answers, strict=True):
        if theirs != wanted and reason(case, ours(case)) is None and not theirs.startswith("error"):
            outcome.faults.append(f"{fault}: the simulator says {theirs}")


# --- witnesses -------------------------------------------------------------------------------------------------------


def _witnesses(
    name: str,
    scenario: Scenario,
    what: Work,
    report: RoleReport,
    policy: Json,
    outcome: Outcome,
    choose: random.Random | None,
) -> None:
    """Collects the questions that prove the findings: of each kind all, or one at random."""
    enough_policy = enough(what)
    fixed = patched({"p1": policy}, report.mend)
    for kind in ("missing", "excess"):
        every = lacked(report) if kind == "missing" else report.of("excess")
        some = [one for one in every if one.layer == "identity"]
        for finding in [choose.choice(some)] if choose and some else some:
            documents = (fixed.values(), [policy]) if kind == "missing" else ([policy], [enough_policy])
            pair = witness(scenario, finding, *([*one] for one in documents))
            if pair is None:
                outcome.unasked += 1
                continue
            text = f"{name}: {kind} {finding.action} on {finding.resource}"
            for wanted, case in zip(("allowed", "denied"), pair, strict=True):
                outcome.asked.append((f"{text}: {wanted} is wrong: {case.action} on {case.resource}", wanted, case))


def witness(
    scenario: Scenario, finding: AuditFinding, wide: Sequence[Json], narrow: Sequence[Json]
) -> tuple[Case, Case] | None:
    """A call that the wide policies allow and the narrow ones deny, as the finding says, for both; None for none.

    Only calls count that the finding is about and that AWS's reference knows.
    """
    for call in _calls(scenario, finding, [*wide, *narrow]):
        cases = [_case(scenario, call, some) for some in (wide, narrow)]
        if [ours(one).outcome for one in cases] == ["allowed", "denied"]:
            return cases[0], cases[1]
    return None


def _case(scenario: Scenario, call: tuple[str, str, dict[str, Any]], policies: Sequence[Json]) -> Case:
    action, resource, context = call
    name = ROLE_NAME.rpartition("/")[2]
    principal = f"arn:{scenario.partition}:sts::{scenario.account}:assumed-role/{name}/session"
    owner = resource.split(":")[4] if resource.startswith("arn:") else ""
    account = owner if owner.isdigit() else scenario.account
    opened = open_policy(Question(principal, action, resource, account, context))
    return Case(principal, action, resource, account, context, list(policies), resource_policy=opened)  # type: ignore[arg-type]


def _calls(
    scenario: Scenario, finding: AuditFinding, policies: Sequence[Json]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    names = _actions(finding)
    region = Region(
        tuple(arns.resource(_known(text)) for text in finding.resource.split(" and ")),
        tuple(arns.resource(_known(text)) for text in finding.beside),
    )
    values = {"aws:PrincipalType": "AssumedRole"}
    for name in names:
        known = aws_reference().action(name)
        if known is None:
            continue
        for resource in _resources(scenario, name, finding, region, policies):
            if not takes(known, resource):
                continue
            keys = (*known.condition_keys, *_keys_of_types(name))
            for context in _contexts(finding):
                # Of other keys the call has no value.
                some = {
                    key: value for key, value in context.items() if key.startswith("aws:") or key_applies(keys, key)
                }
                yield name, resource, {**values, **some}


def _actions(finding: AuditFinding) -> list[str]:
    if "*" not in finding.action and "?" not in finding.action:
        return [finding.action]
    prefix = finding.action.partition(":")[0]
    prefixes = aws_reference().prefixes() if "*" in prefix else [prefix]
    without = [action_pattern(name) for name in finding.without]
    region = Region((action_pattern(finding.action),), tuple(without))
    found = (name for one in prefixes for name in aws_reference().actions(one))
    some = [name if ":" in name else f"{prefix}:{name}" for name in found]
    return [name for name in some if region.has(action_pattern(name))][:40]


def _resources(
    scenario: Scenario, name: str, finding: AuditFinding, region: Region, policies: Sequence[Json]
) -> Iterator[str]:
    known = aws_reference().action(name)
    if known is None:
        return
    if not known.resource_types:
        if finding.resource in ("*", ""):
            yield "*"
        return
    texts = [finding.resource] if " and " not in finding.resource else []
    prefix = name.partition(":")[0]
    for kind in known.resource_types:
        one = aws_reference().resource_type(prefix, kind)
        if one is not None:
            texts.append(one.arn)
    # Next to what a policy names, as a bucket of that name, and what else its wildcards stand for.
    texts += [text for one in policies for item in one["Statement"] for text in _texts(item) if text != "*"]
    parts = {"Partition": scenario.partition, "Region": scenario.region, "Account": scenario.account}
    for text in dict.fromkeys(texts):
        filled = re.sub(r"\$\{(\w+)\}", lambda token: parts.get(token[1], "zz"), text)
        filled = _known(filled)
        for star in ("zz", "zz/zz", "a/zz", "z", ""):
            candidate = filled.replace("*", star).replace("?", "z")
            if region.has(arns.named(candidate)):
                yield candidate


def _known(text: str) -> str:
    """A text with the values that policy variables have in the calls."""
    return re.sub(r"\$\{[^}]*:[^}]*\}", "zz", text)


def _texts(statement: Json) -> list[str]:
    value = statement.get("Resource", [])
    return value if isinstance(value, list) else [value]


@cache
def _keys_of_types(name: str) -> frozenset[str]:
    known = aws_reference().action(name)
    return frozenset(key for keys in (known.resource_types.values() if known else ()) for key in keys)


def _contexts(finding: AuditFinding) -> Iterator[dict[str, Any]]:
    """Contexts in which the condition of a finding holds, and contexts in which only that of the need may fail."""
    sample: dict[str, Any] = {}
    for test in read(finding.condition):
        value = re.sub(r"\$\{[^}]*\}", "zz", test.values[0]).replace("*", "zz") if test.values else "zz"
        parts = test.parts
        if parts is None or test.operator.startswith("Null"):
            continue
        several = bool(parts.quantifier)
        if parts.negated:
            value = "another"
        sample[test.shown or test.key] = [value] if several else value
    for key in ("sagemaker:DomainId", "sagemaker:UserProfileName", "aws:PrincipalTag/tenant-id"):
        sample.setdefault(key, "zz")
    yield sample
    yield {"aws:ResourceAccount": "999988887777", **sample}
    yield {"kms:ViaService": "dynamodb.us-west-2.amazonaws.com", "iam:PassedToService": "ec2.amazonaws.com", **sample}

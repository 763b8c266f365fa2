"""Proves one operation: composes its scenarios, asks the simulator, and mutates the policies to see that it notices.

`make proof` proves everything and writes it into proof.json, with the digests of the policies it was proved on;
`sagemaker-roles build --check` refuses a proof.json of other policies. So `make test-all` asks about every step, but
only about a slice of the near misses and mutations (``Proof.share``): what a policy of these bytes lets through is
known, and the slice shows that the machinery still finds it. Other policies mean another slice.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from kb.aws.reference import aws_reference, key_applies
from kb.publish import artifacts
from kb.publish.proof import digests
from kb.records import loading as catalogs
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine.compose import Composition, Request, compose
from sagemaker_roles.errors.problems import DataError
from sagemaker_roles.inputs import read_value

from . import evaluator, exceptions, near_misses, scenarios
from .near_misses import OTHER_ACCOUNT, NearMiss
from .oracle import UNKNOWN_KEYS, Answer, Policy, Question, oracle
from .scenarios import CALLER_NAME, ROLE_NAME, ROOT, Scenario, Step

Part = Literal["policy", "caller", "trust"]
PARTS: tuple[Part, ...] = ("policy", "caller", "trust")
Some = TypeVar("Some")

#: With ``PROOF=all`` the tests ask about everything too, else about one near miss and one mutation in six.
ALL = os.environ.get("PROOF") == "all"
SHARE = 1 if ALL else 6

#: How many questions about a mutation are asked at first, and how many times more each time nothing noticed it.
_FIRST, _MORE = 2, 8


@cache
def catalog(root: Path = ROOT / "data") -> Catalog:
    """The records, read from data/ (not from what was built last).

    Raises:
        DataError: something is wrong with them; what is wrong elsewhere in data/ is for ``check`` to tell.
    """
    loaded = catalogs.load(root)
    folders = tuple(f"{root.name}/{name}/" for name in ("operations", "resources", "statements", "trust"))
    problems = [item for item in loaded.problems if item.position.path.startswith(folders)]
    if problems:
        raise DataError(problems)
    return loaded.catalog


def ask_all(asked: Sequence[tuple[Policy, Sequence[Question]]]) -> list[list[Answer]]:
    """The simulator's answers about several policies; the evaluator's about actions and keys that it does not know."""
    return [
        [known_answer(policy, *pair) for pair in zip(questions, answers, strict=True)]
        for (policy, questions), answers in zip(asked, oracle().ask_all(asked), strict=True)
    ]


def known_answer(policy: Policy, question: Question, answer: Answer) -> Answer:
    """The answer, or the evaluator's where AWS's reference has an action or a key that the simulator lacks."""
    is_new = answer.outcome == "error" and '"invalid.action"' in answer.detail
    if not is_new and not any(key.startswith(UNKNOWN_KEYS) for key in answer.ignored):
        return answer
    action = aws_reference().action(question.action)
    if action is None or (is_new and not near_misses.takes(action, question.resource)):
        return answer
    known = (*action.condition_keys, *(key for keys in action.resource_types.values() for key in keys))
    ignored = [key for key in question.context if not key.startswith("aws:") and not key_applies(known, key)]
    return Answer("allowed" if evaluator.allows(policy, question) else "denied", "", tuple(ignored))


@dataclass(frozen=True)
class Failure:
    """Something that is not as it must be.

    Attributes:
        exception: id of the listed exception that allows for it, or "".
    """

    scenario: str
    part: Part
    what: str
    exception: str = ""

    def __str__(self) -> str:
        return f"{self.scenario}, {self.part}: {self.what}"


@dataclass
class Result:
    """What one look at an operation found.

    Attributes:
        count: how many steps, near misses or mutations were looked at.
    """

    count: int = 0
    failures: list[Failure] = field(default_factory=list)

    def unexcused(self) -> list[str]:
        """The failures that no exception allows for, as text."""
        return [str(failure) for failure in self.failures if not failure.exception]

    def excused(self) -> Counter[str]:
        """Ids of the exceptions that were needed, and how often."""
        return Counter(failure.exception for failure in self.failures if failure.exception)


@dataclass(frozen=True)
class Case:
    """One scenario, composed."""

    scenario: Scenario
    scoped: Composition
    broad: Composition
    _answers: dict[tuple[Part, str], list[Answer]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, scenario: Scenario, data: Catalog) -> Case:
        """Composes a scenario."""
        return cls(scenario, compose_scenario(scenario, data, "scoped"), compose_scenario(scenario, data, "broad"))

    def document(self, part: Part, scope: str = "scoped") -> Policy:
        """One of the three documents as IAM writes it."""
        composition = self.scoped if scope == "scoped" else self.broad
        return getattr(composition, part).to_json()  # type: ignore[no-any-return]

    def steps(self, part: Part) -> tuple[Step, ...]:
        """The calls that the document must allow."""
        if part == "policy":
            return self.scenario.steps
        if part == "caller":
            return self.scenario.caller_steps
        return tuple(Step(item.action, item.service, item.context, "", item.why) for item in self.scenario.trust)

    @cached_property
    def _misses(self) -> Mapping[Part, list[NearMiss]]:
        return {
            "policy": near_misses.derive(self.scenario, self.scenario.steps),
            "caller": near_misses.derive(self.scenario, self.scenario.caller_steps),
            "trust": list(_trust_misses(self.scenario)),
        }

    def near_misses(self, part: Part) -> list[NearMiss]:
        """The calls that the document must deny."""
        return self._misses[part]

    def question(self, part: Part, call: Step | NearMiss) -> Question:
        """A call as a question for the simulator."""
        scenario = self.scenario
        if part == "trust":
            return Question(
                call.resource, call.action, scenario.role_arn, scenario.account, call.context, kind="resource"
            )
        name = ROLE_NAME.rpartition("/")[2] if part == "policy" else CALLER_NAME
        principal = f"arn:{scenario.partition}:sts::{scenario.account}:assumed-role/{name}/session"
        owner = call.resource.split(":")[4] if call.resource.startswith("arn:") else ""
        account = owner if owner.isdigit() else scenario.account
        return Question(principal, call.action, call.resource, account, call.context)

    def ask(self, part: Part, document: Policy, calls: Sequence[Step | NearMiss]) -> list[Answer]:
        """Asks about calls, with any policy."""
        return ask_all([(document, [self.question(part, call) for call in calls])])[0]

    def about_steps(self, part: Part, scope: str = "scoped") -> list[Answer]:
        """The answers about the steps with the scenario's own policy, asked once."""
        if (part, scope) not in self._answers:
            self._answers[part, scope] = self.ask(part, self.document(part, scope), self.steps(part))
        return self._answers[part, scope]


def compose_scenario(scenario: Scenario, data: Catalog, scope: Any) -> Composition:
    """Composes a scenario's policies from its requests, as a user would."""
    operation = data.operation(scenario.operation)
    requests = [*_own(scenario), *(Request(x.operation, x.request, "", x.by_service) for x in scenario.others)]
    sharers = [operation, *(data.operation(name) for name in operation.uses_role_of)]
    known = {addon.id for sharer in sharers for grantee in sharer.grantees() for addon in grantee.addons}
    if unknown := set(scenario.addons) - known:
        raise scenarios.ScenarioError(f"{scenario}: no add-on {', '.join(sorted(unknown))}")
    values = {
        "Partition": scenario.partition,
        "Region": scenario.region,
        "Account": scenario.account,
        **{name: value for name, value in scenario.values.items() if isinstance(value, str)},
    }
    several = {name: value for name, value in scenario.values.items() if not isinstance(value, str)}
    roles = [scenario.role] if scenario.role else []
    return compose(data, requests, roles, scope=scope, addons=scenario.addons, values=values, parameters=several)


@cache
def _compiled() -> Catalog:
    """The records with the API's shapes, which reading a definition takes."""
    return artifacts.compiled(catalog(), aws_reference())


def _own(scenario: Scenario) -> list[Request]:
    """The scenario's request, and those of the steps if it defines a pipeline."""
    if "PipelineDefinition" not in scenario.request:
        return [Request(scenario.operation, dict(scenario.request))]
    reading = read_value(_compiled(), dict(scenario.request), operation=scenario.operation)
    if problems := [notice.message for notice in reading.notices if notice.kind == "problem"]:
        raise scenarios.ScenarioError(f"{scenario}: {problems}")
    return reading.requests


def _trust_misses(scenario: Scenario) -> Iterator[NearMiss]:
    """Those who must not get the role: other services, other accounts, other kinds of source, no source at all."""
    services = {item.service for item in scenario.trust}
    actions = {item.action for item in scenario.trust}
    for item in scenario.trust:
        for service in sorted(
            {"ec2.amazonaws.com", "lambda.amazonaws.com", "sagemaker-other.amazonaws.com"} - services
        ):
            yield NearMiss("other-service", item.action, service, item.context)
        user = f"arn:{scenario.partition}:iam::{scenario.account}:user/someone"
        yield NearMiss("user", item.action, user, item.context)
        stranger = f"arn:{scenario.partition}:iam::{OTHER_ACCOUNT}:role/someone"
        yield NearMiss("stranger", item.action, stranger, item.context)
        for action in sorted(
            {"sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"} - actions
        ):
            yield NearMiss("other-action", action, item.service, item.context)
        if item.service.startswith("arn:"):
            for kind, provider in _providers(item.service):
                yield NearMiss(kind, item.action, provider, item.context)
        else:
            for kind, context in _sources(scenario, item.context):
                yield NearMiss(kind, item.action, item.service, context)
        for key, value in item.context.items():
            if not key.startswith(("aws:PrincipalTag/", "aws:Source")):
                rest = {name: given for name, given in item.context.items() if name != key}
                yield NearMiss(f"without {key}", item.action, item.service, rest)
                other = {**rest, key: near_misses.foreign(key, value)}
                yield NearMiss(f"other {key}", item.action, item.service, other)


def _providers(arn: str) -> Iterator[tuple[str, str]]:
    """Other providers of web identities: of another cluster, and the one of that name in another account."""
    yield "other-provider", f"{arn[:-4]}FFFF"
    parts = arn.split(":", 5)
    yield "other-account", ":".join([*parts[:4], OTHER_ACCOUNT, parts[5]])


def _sources(scenario: Scenario, context: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The call's source changed in every way; where the service names none, a source of another account."""
    account = {"aws:SourceAccount": OTHER_ACCOUNT}
    if "aws:SourceArn" not in context:
        theirs = f"arn:{scenario.partition}:sagemaker:{scenario.region}:{OTHER_ACCOUNT}:training-job/theirs"
        yield "other-account", {**context, "aws:SourceArn": theirs, **account}
        return
    parts = context["aws:SourceArn"].split(":", 5)
    region = "eu-west-3" if scenario.partition == "aws" else "xx-other-1"

    def source(region: str = parts[3], account: str = parts[4], rest: str = parts[5]) -> dict[str, str]:
        return {"aws:SourceArn": ":".join([*parts[:3], region, account, rest])}

    yield "no source", {key: value for key, value in context.items() if not key.startswith("aws:Source")}
    yield "other-account", {**context, **source(account=OTHER_ACCOUNT), **account}
    yield "other aws:SourceArn", {**context, **source(account=OTHER_ACCOUNT)}
    yield "other aws:SourceAccount", {**context, **account}
    yield "other-kind of source", {**context, **source(rest=f"other-kind/{parts[5]}")}
    yield "other-region", {**context, **source(region=region)}
    for key in ("aws:SourceArn", "aws:SourceAccount"):
        yield f"without {key}", {name: value for name, value in context.items() if name != key}


# --- the proof ------------------------------------------------------------------------------------------------


@cache
def _digests() -> Mapping[str, str]:
    """The digest of each operation's policies as they are committed."""
    return digests(json.loads((ROOT / "build" / "v1" / "next" / "manifest.json").read_bytes()))


class Proof:
    """Everything that is asked about one operation; each look is taken once.

    Args:
        share: one near miss and one mutation in so many is asked about, drawn by the digest of the policies.
    """

    def __init__(self, operation: str, data: Catalog | None = None, share: int = 1) -> None:
        self.operation = operation
        self.catalog = data or catalog()
        self.share = share
        self.scenarios = scenarios.of(operation)

    @cached_property
    def cases(self) -> list[Case]:
        """The scenarios, composed."""
        return [Case.of(scenario, self.catalog) for scenario in self.scenarios]

    def _parts(self) -> Iterator[tuple[Case, Part]]:
        for case in self.cases:
            for part in PARTS:
                yield case, part

    def _slice(self, items: Sequence[Some], *of: object) -> list[Some]:
        if self.share == 1:
            return list(items)
        seed = " ".join(map(str, (_digests().get(self.operation), *of)))
        return random.Random(seed).sample(items, -(-len(items) // self.share))  # noqa: S311

    # sufficient

    def sufficient(self, scope: str = "scoped") -> Result:
        """Every step is allowed, and the simulator knew every condition key."""
        result = Result()
        for case, part in self._parts():
            if part != "policy" and scope != "scoped":
                continue
            steps = case.steps(part)
            result.count += len(steps)
            for step, answer in zip(steps, case.about_steps(part, scope), strict=True):
                if answer.outcome != "allowed":
                    what = f"{answer.outcome}: {step.action} on {step.resource} {dict(step.context) or ''} ({step.why})"
                    result.failures.append(Failure(str(case.scenario), part, f"{what} {answer.detail}".rstrip()))
                if answer.ignored:
                    what = f"the simulator ignores {', '.join(answer.ignored)} for {step.action}"
                    result.failures.append(Failure(str(case.scenario), part, what))
        return result

    # tight

    def near_misses(self, case: Case, part: Part) -> list[NearMiss]:
        """The near misses of a document that are asked about: all, or the slice of them."""
        return self._slice(case.near_misses(part), case.scenario.id, part)

    @cached_property
    def _near_misses(self) -> list[tuple[Case, Part, list[NearMiss], list[Answer]]]:
        """The near misses of each document, or the slice of them, with the answers."""
        found = []
        for case, part in self._parts():
            misses = self.near_misses(case, part)
            found.append((case, part, misses, case.ask(part, case.document(part), misses)))
        return found

    @cached_property
    def tight(self) -> Result:
        """Every near miss is denied."""
        result = Result()
        for case, part, misses, answers in self._near_misses:
            result.count += len(misses)
            for miss, answer in zip(misses, answers, strict=True):
                if answer.outcome == "denied":
                    continue
                what = f"{answer.outcome}: {miss} {answer.detail}".rstrip()
                excuse = ""
                if answer.outcome == "allowed":
                    excuse = exceptions.tight(self.operation, part, miss)
                result.failures.append(Failure(str(case.scenario), part, what, excuse))
        return result

    @cached_property
    def agreed(self) -> Result:
        """Our own evaluator says the same of every step and near miss that the simulator has an answer to."""
        result = Result()
        for case, part, misses, about_misses in self._near_misses:
            calls: list[Step | NearMiss] = [*case.steps(part), *misses]
            document = case.document(part)
            result.count += len(calls)
            for call, answer in zip(calls, [*case.about_steps(part), *about_misses], strict=True):
                if answer.outcome == "error":
                    continue
                ours = evaluator.allows(document, case.question(part, call))
                if ours != (answer.outcome == "allowed"):
                    what = f"{answer.outcome}, the second evaluator says {ours}: {call}"
                    result.failures.append(Failure(str(case.scenario), part, what))
        return result

    # minimal

    @cached_property
    def _mutations(self) -> Mapping[_Loss, list[tuple[Case, Part, _Mutation]]]:
        """The mutations of all documents by what is lost.

        One scenario that shows a loss is enough, but for a resource: each scenario has its own. Two roles have two
        policies, even where their statements are called alike.
        """
        found: dict[_Loss, list[tuple[Case, Part, _Mutation]]] = {}
        for case, part in self._parts():
            for mutation in _mutations(case, part):
                whose = str(case.scenario) if mutation.kind == "resource" else self._whose(case, part)
                loss = _Loss(part, whose, mutation.sid, mutation.kind, mutation.what)
                found.setdefault(loss, []).append((case, part, mutation))
        return found

    @cached_property
    def minimal(self) -> Result:
        """Without any one action, resource or condition, a step is denied or a near miss gets through."""
        chosen = {loss: self._mutations[loss] for loss in self._slice([*self._mutations], "mutations")}
        result = Result(sum(map(len, chosen.values())))
        for loss in _unnoticed(chosen):
            excuse = exceptions.minimal(self.operation, loss.part, loss.sid, loss.kind, loss.what)
            what = f"{loss.sid}: nothing notices the loss of {loss.kind} {loss.what}"
            result.failures.append(Failure(loss.whose, loss.part, what, excuse))
        return result

    def _whose(self, case: Case, part: Part) -> str:
        """The role of a scenario, or the caller, as text."""
        roles = self.catalog.operation(self.operation).roles
        role = case.scenario.role or (roles[0].id if roles else "")
        return f"{self.operation}/{'caller' if part == 'caller' else role}"

    def counts(self) -> dict[str, Any]:
        """What proof.json holds of the operation, but for what others grant; exceptions as far as asked about."""
        used = self.tight.excused() + self.minimal.excused()
        return {
            "scenarios": len(self.scenarios),
            "steps": self.sufficient().count,
            "near_misses": sum(len(case.near_misses(part)) for case, part in self._parts()),
            "mutations": sum(map(len, self._mutations.values())),
            "exceptions": dict(sorted(used.items())),
        }


@dataclass(frozen=True)
class _Loss:
    """What a mutation takes from the policies of a role, of the caller, or of one scenario."""

    part: Part
    whose: str
    sid: str
    kind: str
    what: str


@dataclass(frozen=True, eq=False)
class _Mutation:
    """A policy with one thing changed, and the calls that must show it.

    Attributes:
        noticed_by: the outcome of at least one call that shows the change.
    """

    kind: str
    sid: str
    what: str
    document: Policy
    calls: Sequence[Step | NearMiss]
    noticed_by: str


def _unnoticed(mutations: Mapping[_Loss, Sequence[tuple[Case, Part, _Mutation]]]) -> list[_Loss]:
    """The losses that no call shows. Most are shown by the first call, so a few are asked before all."""
    left = {loss: _questions(some) for loss, some in mutations.items()}
    size = _FIRST
    unnoticed = []
    while left:
        chunks = {loss: list(itertools.islice(questions, size)) for loss, questions in left.items()}
        unnoticed += [loss for loss, chunk in chunks.items() if not chunk]
        asked = [
            (loss, mutation, [question for _, question in pairs])
            for loss, chunk in chunks.items()
            for mutation, pairs in itertools.groupby(chunk, key=lambda pair: pair[0])
        ]
        answered = ask_all([(mutation.document, questions) for _, mutation, questions in asked])
        noticed = {
            loss
            for (loss, mutation, _), answers in zip(asked, answered, strict=True)
            if any(answer.outcome == mutation.noticed_by for answer in answers)
        }
        left = {loss: left[loss] for loss, chunk in chunks.items() if chunk and loss not in noticed}
        size *= _MORE
    return [loss for loss in mutations if loss in {*unnoticed}]


def _questions(mutations: Sequence[tuple[Case, Part, _Mutation]]) -> Iterator[tuple[_Mutation, Question]]:
    for case, part, mutation in mutations:
        for call in mutation.calls:
            yield mutation, case.question(part, call)


def _mutations(case: Case, part: Part) -> Iterator[_Mutation]:
    """Every loss and widening of the statements that the scenario's own operation asks for."""
    document = case.document(part)
    composed = getattr(case.scoped, part).statements
    steps = case.steps(part)
    misses = case.near_misses(part)
    for index, statement in enumerate(document["Statement"]):
        if all(reason.operation != case.scenario.operation for reason in composed[index].reasons):
            continue
        sid = re.sub(r"[0-9]+$", "", statement["Sid"])
        mine = [step for step in steps if step.action in statement["Action"]]
        near = [miss for miss in misses if miss.action in statement["Action"]]
        for kind, what, changed, is_wider in changes(statement):
            calls = near if is_wider else [step for step in mine if kind != "action" or step.action == what]
            whole, shown = with_change(document, index, changed), "allowed" if is_wider else "denied"
            yield _Mutation(kind, sid, what, whole, calls, shown)


def changes(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any] | None, bool]]:
    """What can be lost of a statement: kind, name, the statement after that (None: none), and whether it is wider."""
    for action in statement["Action"]:
        rest = [item for item in statement["Action"] if item != action]
        yield "action", action, {**statement, "Action": rest} if rest else None, False
    resources = statement.get("Resource", [])
    for resource in resources if len(resources) > 1 else ():
        yield "resource", resource, {**statement, "Resource": [item for item in resources if item != resource]}, False
    if resources and resources != ["*"]:
        yield "scope", "Resource", {**statement, "Resource": ["*"]}, True
    for operator, keys in statement.get("Condition", {}).items():
        for key in keys:
            left = {name: item for name, item in keys.items() if name != key}
            condition = {name: item for name, item in {**statement["Condition"], operator: left}.items() if item}
            without = {name: item for name, item in statement.items() if name != "Condition"}
            yield "condition", f"{operator} {key}", {**without, **({"Condition": condition} if condition else {})}, True
    for kind, values in statement.get("Principal", {}).items():
        for value in values:
            rest = [item for item in values if item != value]
            principal = {**statement["Principal"], kind: rest}
            yield "principal", value, {**statement, "Principal": principal} if rest else None, False


def with_change(document: Policy, index: int, statement: Mapping[str, Any] | None) -> dict[str, Any]:
    """A document with another statement in a place, or none."""
    statements = list(document["Statement"])
    statements[index : index + 1] = [statement] if statement is not None else []
    return {**document, "Statement": statements or [_nothing(document)]}


def _nothing(document: Policy) -> Mapping[str, Any]:
    """Stands for an empty policy, which IAM does not allow."""
    trust = "Principal" in document["Statement"][0]
    rest = {"Principal": "*"} if trust else {"Resource": ["*"]}
    return {"Sid": "Nothing", "Effect": "Deny", "Action": ["sts:DecodeAuthorizationMessage"], **rest}


@cache
def proof(operation: str) -> Proof:
    """The proof of one operation that tests share, made once in a process: all of it, or the slice."""
    return Proof(operation, share=SHARE)

"""Random roles with all layers against calls that work needs: what an audit says, and what the simulator says."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from iam.calls import OURS, Case, Maker
from iam.simulator import ours, reason, simulated
from kb.aws.reference import aws_reference
from proof import scenarios
from proof.near_misses import takes
from sagemaker_roles.audits.missing_permissions import Subject, lacking
from sagemaker_roles.audits.required_calls import Need, known_of
from sagemaker_roles.engine.companions import owned_by_aws
from sagemaker_roles.iam.conditions import RequestContext, judge
from sagemaker_roles.iam.evaluation import document
from sagemaker_roles.iam.layers import Layers

from .roles import work_of

ROLE = f"arn:aws:iam::{OURS}:role/Worker"
#: The session that the simulator is asked about.
SESSION = f"arn:aws:sts::{OURS}:assumed-role/Worker/run"


@cache
def needs(seed: int = 1) -> list[Need]:
    """Calls that the work of one scenario of each operation needs, of those whose resources are filled in."""
    choose = random.Random(seed)  # noqa: S311 - tests need no secrets
    found: dict[tuple[str, str, str], Need] = {}
    for operation in scenarios.operations():
        some = [one for one in scenarios.of(operation) if (one.partition, one.account) == ("aws", OURS)]
        for scenario in choose.sample(some, min(2, len(some))):
            for need in work_of(scenario).needs:
                if not need.is_open and not need.variables and _is_known(need):
                    found[(need.action, need.resource, repr(need.condition))] = need
    return list(found.values())


def _is_known(need: Need) -> bool:
    return aws_reference().action(need.action) is not None


class RoleMaker(Maker):
    """Makes roles and layers about one need."""

    def action(self, case: Case) -> str:
        """The action of the need, its service, a part of its name, everything, or another one."""
        service, _, name = case.action.partition(":")
        return self.random.choice(
            (case.action, case.action, f"{service}:*", f"{service}:{name[:3]}*", f"{service}:?{name[1:]}", "*", "sqs:*")
        )

    def resource(self, case: Case) -> str:
        """The resource of the need, something wider, narrower, or next to it."""
        text = case.resource
        if text == "*":
            return self.random.choice(("*", "*", "arn:aws:s3:::data/*"))
        wide = [text, text, text, "*", re.sub(r":\d{12}:", ":*:", text), f"{text[: max(14, len(text) - 4)]}*"]
        narrow = [text.replace("*", "a*"), text.replace("*", "?"), text.replace("*", "a/?*"), text[:-1] + "z"]
        return str(self.random.choice([*wide, *narrow]))


@dataclass
class Pair:
    """A need under a role, what the audit says of it, and calls with what must come out of each.

    Attributes:
        hidden: layers of which the audit does not see all policies that the simulator is given.
    """

    seed: int
    need: Need
    kinds: set[str]
    hidden: frozenset[str] = frozenset()
    cases: list[tuple[Case, str]] = field(default_factory=list)


def pair(seed: int) -> Pair | None:
    """A need and a random role; None if the call cannot be made concrete."""
    maker = RoleMaker(seed)
    need = maker.random.choice(needs())
    template = Case(SESSION, need.action, need.resource, OURS, {})
    owner = need.resource.split(":")[4] if need.resource.startswith("arn:") else ""
    account = owner if owner.isdigit() else OURS
    identity = [maker.policy(template) for _ in range(maker.random.choice((1, 1, 2)))]
    boundary = [maker.policy(template)] if maker.chance(0.2) else None
    session = maker.policy(template) if maker.chance(0.15) else None
    scps = [maker.policy(template, kind="scp")] if maker.chance(0.2) else None
    rcps = [maker.policy(template, kind="rcp")] if maker.chance(0.1) else None
    endpoint = [maker.policy(template, kind="endpoint")] if maker.chance(0.1) else None
    own = maker.policy(template, kind="resource") if need.resource != "*" and maker.chance(0.2) else None
    layers = Layers(
        scps=tuple(document(f"scp {n}", one) for n, one in enumerate(scps)) if scps else None,
        rcps=tuple(document(f"rcp {n}", one) for n, one in enumerate(rcps)) if rcps else None,
        session=(document("session", session),) if session else None,
        endpoint=tuple(document("endpoint", one) for one in endpoint) if endpoint else None,
        resources={need.resource: document("own", own)} if own else {},
    )
    hidden = frozenset(layer for layer in ("identity", "boundary") if maker.chance(0.15))
    subject = Subject(
        ROLE,
        tuple(document(f"p{n}", one) for n, one in enumerate(identity)),
        (document("boundary", boundary[0]),) if boundary else None,
        layers,
        hidden,
    )
    found = Pair(seed, need, {one.kind for one in lacking(_catalog(), subject, [need])}, hidden)
    # What the audit does not see can allow and deny.
    identity += [maker.policy(template)] if "identity" in hidden else []
    if boundary and "boundary" in hidden:
        more = maker.policy(template)["Statement"]
        boundary = [{**boundary[0], "Statement": [*boundary[0]["Statement"], *more]}]
    known = known_of(need, ROLE)
    for _ in range(2):
        resource = _instance(need, maker)
        if resource is None:
            return None
        context: dict[str, Any] = {**maker.context(), **known, **_of_need(need, maker)}
        if not judge(need.tests, RequestContext(context, complete=True)).holds:
            return None
        whole = [[json.loads(json.dumps(one)) for one in scps]] if scps else []
        if scps and not any(item["Effect"] == "Allow" for one in scps for item in one["Statement"]):
            whole[0].append(_FULL)
        case = Case(SESSION, need.action, resource, account, context)
        case.identity, case.boundary, case.session, case.scps = identity, boundary, session, whole
        case.rcps, case.endpoint = ([rcps] if rcps else []), endpoint
        case.resource_policy = own or _usual(need, account)
        found.cases.append((case, _wanted(found)))
    return found


_FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def _wanted(found: Pair) -> str:
    if "missing" in found.kinds:
        return "denied"
    return "either" if found.kinds or found.hidden else "allowed"


def _usual(need: Need, account: str) -> dict[str, Any] | None:
    """The policy that a resource has if nobody says otherwise: a key, and what is AWS's own."""
    if account != OURS and owned_by_aws(_catalog(), need.resource):
        everyone = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": f"{need.action.partition(':')[0]}:*",
            "Resource": "*",
        }
        return {"Version": "2012-10-17", "Statement": [everyone]}
    if not need.action.startswith("kms:") or account != OURS or ":key/" not in need.resource:
        return None
    allows = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OURS}:root"}, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [allows]}


def _instance(need: Need, maker: Maker) -> str | None:
    known = aws_reference().action(need.action)
    if known is None:
        return None
    if need.resource == "*" and known.resource_types:
        # The request does not tell what the call is about: nothing follows for one resource.
        return None
    if need.resource == "*":
        return "*"
    parts = need.resource.split(":", 5)
    parts[3:5] = [parts[3].replace("*", "us-west-2"), parts[4].replace("*", OURS)]
    stars = ("a", "a/b", "zz", "x1")
    parts[5:] = ["".join({"*": maker.random.choice(stars), "?": "q"}.get(sign, sign) for sign in parts[5])]
    text = ":".join(parts)
    return text if takes(known, text) else None


def _of_need(need: Need, maker: Maker) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for test in need.tests:
        if test.parts is None or test.parts.family == "null":
            continue
        value = maker.random.choice(test.values).replace("*", "zz")
        found[test.shown or test.key] = [value] if test.parts.quantifier else value
    return found


def _catalog() -> Any:
    return work_of(scenarios.of("CreateModel")[0]).catalog


@dataclass
class Outcome:
    """What came out of many pairs.

    Attributes:
        kinds: how often each answer was given; asked: questions for the simulator.
        hidden: questions about roles of which the audit did not see all.
        named: differences with the reason that tests/iam/simulator.py names for them; faults: the others.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    hidden: int = 0
    named: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def compare(seeds: Sequence[int]) -> Outcome:
    """Asks the simulator about pairs made of seeds.

    ``missing`` of one resource is denied always, ``missing`` of calls alike for some of them at least, which the
    witnesses of tests/audits/mutations.py show; what is not found is allowed always.
    """
    outcome = Outcome()
    asked: list[tuple[Pair, Case, str]] = []
    for seed in seeds:
        found = pair(seed)
        if found is None:
            outcome.kinds["not asked"] += 1
            continue
        alike = found.need.resource != "*" and ("*" in found.need.resource or "?" in found.need.resource)
        for case, wanted in found.cases:
            outcome.kinds[wanted] += 1
            if wanted == "either" or (wanted == "denied" and alike):
                continue
            asked.append((found, case, wanted))
    outcome.asked = len(asked)
    outcome.hidden = sum(bool(found.hidden) for found, _, _ in asked)
    answers = simulated([case for _, case, _ in asked])
    for (found, case, wanted), theirs in zip(asked, answers, strict=True):
        if theirs == wanted:
            continue
        if "no.resource.types" in theirs:
            # A name that the resource type cannot have.
            outcome.kinds["not asked"] += 1
            continue
        name = reason(case, ours(case))
        if name:
            outcome.named[name] += 1
        else:
            outcome.faults.append(
                f"seed {found.seed}: {case.action} on {case.resource}: {sorted(found.kinds)}, they say {theirs}"
            )
    return outcome

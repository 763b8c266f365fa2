"""A seeded search for policies within IAM's sizes that take long: drawn at random, then changed towards more steps.

python -m tests.audits.slow [POLICIES [SEED]]; ends with 1 if one takes more than two seconds of a processor.
"""

from __future__ import annotations

import heapq
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from audits.roles import Json, Work, audited, held, work
from sagemaker_roles.iam import budget
from sagemaker_roles.iam.evaluation import document
from sagemaker_roles.iam.layers import Layers
from sagemaker_roles.iam.size import ATTACHED_LIMIT, LIMITS, size

#: Seconds of the processor that the audit of a role may take.
SECONDS = 2.0
#: How often the slowest policies so far are changed before others are drawn.
_CLIMB, _BATCH = 8, 50

_TEXTS = ("StringLike", "StringNotLike", "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "ArnNotLike")
_ORDERED = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_KEYS = ("aws:TagKeys", "aws:PrincipalTag/team", "aws:SourceArn", "s3:prefix", "iam:PassedToService", "kms:ViaService")
_ACTIONS = ("s3:GetObject", "s3:PutObject", "kms:Decrypt", "iam:PassRole", "sagemaker:CreateTrainingJob", "ecr:*", "*")


class Measured(NamedTuple):
    """The audit of a role with some policies: seconds of the processor, and steps."""

    seconds: float
    steps: int
    number: int
    policies: list[Json]


class Slow:
    """Makes the policies of roles, each part bad for some comparison, and changes them."""

    def __init__(self, seed: int | str) -> None:
        self.random = random.Random(seed)  # noqa: S311 - tests need no secrets

    def letters(self, most: int = 6) -> str:
        return "".join(self.random.choices("ab1", k=self.random.randint(1, most)))

    def pattern(self) -> str:
        """A text with wildcards: few, many in turn, a run of one kind, variables."""
        many = self.random.choice((1, 2, 3, 8, 40, 400))
        one = self.random.choice(("{}*", "*{}*", "{}?", "?*{}", "{}*{}", "{}${{aws:username}}*", "*{}:{}?"))
        return "".join(one.format(self.letters(), self.letters()) for _ in range(many))

    def resource(self) -> str:
        region, account = self.random.choice((("", ""), ("*", "*"), ("eu-*", "1?11*"), ("${aws:RequestedRegion}", "*")))
        service = self.random.choice(("s3", "s3", "kms", "s*", "*"))
        return f"arn:aws:{service}:{region}:{account}:{self.pattern()}"

    def action(self) -> str:
        name = self.random.choice(_ACTIONS)
        service = name.partition(":")[0]
        return self.random.choice(
            (name, f"{service}:{self.pattern()[:60]}", f"*:{self.pattern()[:40]}", f"{name[:9]}*")
        )

    def some(self, make: Any) -> list[str]:
        return list(dict.fromkeys(make() for _ in range(self.random.choice((1, 1, 2, 3, 10, 60)))))

    def test(self) -> tuple[str, str, list[str]]:
        kind = self.random.random()
        if kind < 0.1:
            name = f"Numeric{self.random.choice(_ORDERED)}"
            return name, "s3:max-keys", [str(self.random.randint(0, 99)) for _ in range(self.random.randint(1, 30))]
        if kind < 0.2:
            days = [f"20{self.random.randint(10, 40)}-01-01T00:00:00Z" for _ in range(self.random.randint(1, 20))]
            return f"Date{self.random.choice(_ORDERED)}", "aws:CurrentTime", days
        if kind < 0.3:
            nets = [f"10.{self.random.randint(0, 255)}.0.0/{self.random.randint(8, 32)}" for _ in range(30)]
            return self.random.choice(("IpAddress", "NotIpAddress")), "aws:SourceIp", nets
        if kind < 0.35:
            return "Null", self.random.choice(_KEYS), [self.random.choice(("true", "false"))]
        name = self.random.choice(("", "", "ForAnyValue:", "ForAllValues:")) + self.random.choice(_TEXTS)
        name += self.random.choice(("", "", "IfExists"))
        return name, self.random.choice(_KEYS), self.some(self.resource if "Arn" in name else self.pattern)

    def statement(self) -> Json:
        one: Json = {"Effect": self.random.choice(("Allow", "Deny"))}
        one[self.random.choice(("Action", "NotAction"))] = self.some(self.action)
        one[self.random.choice(("Resource", "NotResource"))] = self.some(self.resource)
        for name, key, values in (self.test() for _ in range(self.random.choice((0, 1, 1, 2, 6)))):
            one.setdefault("Condition", {}).setdefault(name, {})[key] = values
        return one

    def fitting(self, statements: list[Json], most: int) -> Json:
        """A policy of as many of some statements as fit."""
        kept: list[Json] = []
        room = most - 60
        for one in statements:
            room -= size(one) + 1
            if room < 0:
                break
            kept.append(one)
        return {"Version": "2012-10-17", "Statement": kept or [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

    def policies(self) -> list[Json]:
        """The policies of a role: one mostly, or as many as a role can have."""
        managed, inline = LIMITS["managed"].most, LIMITS["inline-role"].most
        limits = (
            [managed] if self.random.random() < 0.7 else [managed] * self.random.randint(1, ATTACHED_LIMIT) + [inline]
        )
        # Most slow ones are of statements of one kind.
        kinds = [self.statement() for _ in range(self.random.choice((1, 2, 60)))]
        return [self.fitting([self.varied(self.random.choice(kinds)) for _ in range(60)], most) for most in limits]

    def varied(self, one: Json) -> Json:
        """A statement with other letters, which takes part in other comparisons."""
        text = json.dumps(one)
        fresh = self.letters(2)
        text = text.replace("a1", fresh).replace("b", fresh) if self.random.random() < 0.8 else text
        return {**json.loads(text), "Effect": self.random.choice(("Allow", "Deny"))}

    def changed(self, policies: list[Json]) -> list[Json]:
        """Policies with a statement added, varied, or an element of it made anew."""
        some: list[Json] = json.loads(json.dumps(policies))
        number = self.random.randrange(len(some))
        statements = some[number]["Statement"]
        for _ in range(self.random.randint(1, 3)):
            place = self.random.randrange(len(statements))
            one, fresh = statements[place], self.statement()
            choice = self.random.random()
            if choice < 0.3:
                statements.insert(0, self.varied(one))
            elif choice < 0.5:
                statements.insert(0, fresh)
            elif choice < 0.75 and "Condition" in fresh:
                statements[place] = {**one, "Condition": fresh["Condition"]}
            else:
                kept = {name: value for name, value in one.items() if "Resource" not in name}
                new = {name: value for name, value in fresh.items() if "Resource" in name}
                statements[place] = {**kept, **new}
        most = LIMITS["managed" if number < len(some) - 1 or len(some) == 1 else "inline-role"].most
        some[number] = self.fitting(statements, most)
        return some


@cache
def _work() -> Work:
    return work("CreateTrainingJob", None)


def measured(number: int, policies: list[Json]) -> Measured:
    """How long the audit of a role with policies takes; the last is a boundary, an SCP or a trust policy, too."""
    last = policies[-1] if policies else None
    own, other = (last if number % 5 == rest else None for rest in (2, 3))
    begin = time.process_time()
    layers = Layers(scps=(document("scp", other),)) if other else None
    trust = _trusting(last) if last and number % 5 == 4 else None
    with budget.question():
        report = audited(_work(), held(*policies, boundary=own, trust=trust), layers)
        steps = budget.STEPS - max(budget._state.left, 0)
    seconds = time.process_time() - begin
    assert steps < budget.STEPS or report.verdict != "minimal", "what is cut short is never minimal"
    return Measured(seconds, steps, number, policies)


def _trusting(policy: Json) -> Json:
    """The statements of a policy as those of a trust policy."""
    service = {"Service": ["sagemaker.amazonaws.com", *(f"a{number}.amazonaws.com" for number in range(20))]}
    statements: list[Json] = []
    for number, one in enumerate(policy["Statement"]):
        kept = {name: value for name, value in one.items() if "Resource" not in name}
        who = "NotPrincipal" if number % 4 == 3 and one["Effect"] == "Deny" else "Principal"
        statements.append({**kept, who: service})
    return {**policy, "Statement": statements}


def search(count: int, seed: int | str) -> Iterator[Measured]:
    """Measures so many roles: the half drawn, the others changed from the slowest so far."""
    maker = Slow(seed)
    measured(-1, [])  # what is made once a process
    slowest: list[Measured] = []
    for number in range(count):
        policies = maker.policies()
        if number % 2 and slowest:
            policies = maker.changed(maker.random.choice(slowest).policies)
        one = measured(number, policies)
        slowest = heapq.nlargest(_CLIMB, [*slowest, one], key=lambda each: each.steps)
        yield one


def _batch(seed: str) -> list[Measured]:
    return list(search(_BATCH, seed))


def main(count: int, seed: int) -> int:
    """Searches; prints the slowest ten, and the policies of what is too slow."""
    slowest: list[tuple[str, Measured]] = []
    total = spent = 0
    seeds = [f"{seed}/{number}" for number in range(-(-count // _BATCH))]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for name, some in zip(seeds, pool.map(_batch, seeds), strict=True):
            total += len(some)
            spent += sum(one.steps >= budget.STEPS for one in some)
            slowest = heapq.nlargest(10, [*slowest, *((name, one) for one in some)], key=lambda pair: pair[1].seconds)
    print(f"{total:,} roles from seed {seed}: {spent:,} beyond the budget of steps; the slowest ten:")
    for name, one in slowest:
        print(f"  {one.seconds:5.2f} s  {one.steps:9,} steps  {size(one.policies):6,} characters  {name} {one.number}")
    too_slow = [one for _, one in slowest if one.seconds > SECONDS]
    for one in too_slow[:1]:
        print(json.dumps(one.policies))
    return 1 if too_slow else 0


if __name__ == "__main__":
    numbers = [int(argument.replace("_", "")) for argument in sys.argv[1:3]]
    many = numbers[0] if numbers else 10_000
    sys.exit(main(many, numbers[1] if len(numbers) > 1 else random.SystemRandom().randrange(10**9)))

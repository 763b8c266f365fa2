"""Random calls and the policies that decide about them, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sagemaker_roles.iam.evaluation import document
from sagemaker_roles.iam.grants import Policy, of_documents

OURS, THEIRS = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{OURS}:role/Worker"
SESSION = f"arn:aws:sts::{OURS}:assumed-role/Worker/run"
USER = f"arn:aws:iam::{OURS}:user/ada"

#: Actions and resources of theirs; "" stands for the account.
RESOURCES = {
    "s3:GetObject": ("arn:aws:s3:::data/a/b.csv", "arn:aws:s3:::data/x", "arn:aws:s3:::logs/a"),
    "s3:PutObject": ("arn:aws:s3:::data/a/b.csv", "arn:aws:s3:::logs/a"),
    "s3:ListBucket": ("arn:aws:s3:::data", "arn:aws:s3:::logs"),
    "kms:Decrypt": ("arn:aws:kms:eu-west-1:{}:key/1a", "arn:aws:kms:us-east-1:{}:key/2b"),
    "kms:GenerateDataKey": ("arn:aws:kms:eu-west-1:{}:key/1a",),
    "sagemaker:CreateModel": ("arn:aws:sagemaker:eu-west-1:{}:model/churn", "arn:aws:sagemaker:us-east-1:{}:model/x"),
    "sagemaker:DescribeModel": ("arn:aws:sagemaker:eu-west-1:{}:model/churn",),
    "sagemaker:ListModels": ("*",),
    "sqs:SendMessage": ("arn:aws:sqs:eu-west-1:{}:jobs", "arn:aws:sqs:eu-west-1:{}:work"),
    "secretsmanager:GetSecretValue": ("arn:aws:secretsmanager:eu-west-1:{}:secret:db-1",),
    "ecr:BatchGetImage": ("arn:aws:ecr:eu-west-1:{}:repository/team/image",),
    "ecr:GetAuthorizationToken": ("*",),
    "logs:PutLogEvents": ("arn:aws:logs:eu-west-1:{}:log-group:/aws/x:log-stream:y",),
    "iam:PassRole": ("arn:aws:iam::{}:role/Other", "arn:aws:iam::{}:role/path/Other"),
    "sts:AssumeRole": ("arn:aws:iam::{}:role/Other",),
}

#: Condition keys that every action knows, with the values they have here.
KEYS: dict[str, tuple[str, ...]] = {
    "aws:PrincipalOrgID": ("o-1", "o-2"),
    "aws:UserAgent": ("boto", "Boto", "cli/1", "cli/22"),
    "aws:PrincipalTag/team": ("red", "blue", "a*b"),
    "aws:SourceIp": ("10.0.0.1", "10.0.1.7", "2001:db8::1"),
    "aws:SecureTransport": ("true", "false"),
    "aws:MultiFactorAuthAge": ("5", "10", "7.5"),
    "aws:CurrentTime": ("2026-01-01T00:00:00Z", "2026-06-01T12:00:00Z"),
    "aws:SourceArn": ("arn:aws:sagemaker:eu-west-1:111122223333:model/churn", "arn:aws:s3:::data"),
}
SEVERAL = {"aws:CalledVia": ("athena.amazonaws.com", "glue.amazonaws.com", "x")}
_OPERATORS = {
    "aws:PrincipalOrgID": ("StringEquals", "StringNotEquals", "StringLike", "StringEqualsIgnoreCase"),
    "aws:UserAgent": (
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
    ),
    "aws:PrincipalTag/team": ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike"),
    "aws:SourceIp": ("IpAddress", "NotIpAddress"),
    "aws:SecureTransport": ("Bool",),
    "aws:MultiFactorAuthAge": tuple(
        f"Numeric{name}"
        for name in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    ),
    "aws:CurrentTime": tuple(
        f"Date{name}"
        for name in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    ),
    "aws:SourceArn": ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
    "aws:CalledVia": ("StringEquals", "StringLike", "StringNotEquals", "StringNotLike"),
}
_WANTED = {
    **KEYS,
    **SEVERAL,
    "aws:UserAgent": ("boto", "BOTO", "cli/*", "cli/?", "*", "b*o*", "${aws:PrincipalTag/team}"),
    "aws:PrincipalTag/team": ("red", "b*", "a${*}b", "a*b", "${aws:PrincipalOrgID}", "${aws:username, 'red'}"),
    "aws:SourceIp": ("10.0.0.0/24", "10.0.0.0/16", "10.0.0.1/32", "2001:db8::/32"),
    "aws:SourceArn": ("arn:aws:sagemaker:*:*:model/*", "arn:*:s3:::d*", "arn:aws:s3:::data", "arn:aws:s?:::*"),
    "aws:CalledVia": ("athena.amazonaws.com", "*.amazonaws.com", "x"),
}


def policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": [dict(one) for one in statements]}


def allow(action: Any, resource: Any = "*", **rest: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **rest}


def deny(action: Any, resource: Any = "*", **rest: Any) -> dict[str, Any]:
    """A statement that denies."""
    return {**allow(action, resource, **rest), "Effect": "Deny"}


def read(policies: Iterable[Mapping[str, Any]]) -> Policy:
    """What policies allow and deny together."""
    return of_documents(document("", one) for one in policies)


@dataclass
class Case:
    """One question: a call, and the documents that decide, by layer."""

    principal: str
    action: str
    resource: str
    account: str
    context: dict[str, Any]
    identity: list[dict[str, Any]] = field(default_factory=list)
    boundary: list[dict[str, Any]] | None = None
    session: dict[str, Any] | None = None
    scps: list[list[dict[str, Any]]] = field(default_factory=list)
    rcps: list[list[dict[str, Any]]] = field(default_factory=list)
    endpoint: list[dict[str, Any]] | None = None
    resource_policy: dict[str, Any] | None = None

    def documents(self) -> list[dict[str, Any]]:
        found = [*self.identity, *(self.boundary or ()), *(one for level in self.scps for one in level)]
        found += [*(one for level in self.rcps for one in level), *(self.endpoint or ())]
        return found + [one for one in (self.session, self.resource_policy) if one is not None]


class Maker:
    """Makes cases out of one random source."""

    def __init__(self, seed: int | str) -> None:
        self.random = random.Random(seed)  # noqa: S311 - tests need no secrets

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def some(self, items: Sequence[Any], most: int = 2) -> list[Any]:
        return self.random.sample(list(items), self.random.randint(1, min(most, len(items))))

    def case(self) -> Case:
        action = self.random.choice(list(RESOURCES))
        account = THEIRS if self.chance(0.25) else OURS
        resource = self.random.choice(RESOURCES[action])
        if resource == "*":
            account = OURS
        case = Case(
            self.random.choice((ROLE, SESSION, SESSION, USER)),
            action,
            resource.format(account),
            account,
            self.context(),
        )
        case.identity = [self.policy(case) for _ in range(self.random.choice((0, 1, 1, 1, 2)))]
        if self.chance(0.2):
            case.boundary = [self.policy(case)]
        if self.chance(0.15) and case.principal != USER:
            case.session = self.policy(case)
        if self.chance(0.15):
            case.scps = [[self.policy(case, kind="scp")] for _ in range(self.random.randint(1, 2))]
        if self.chance(0.1):
            case.rcps = [[self.policy(case, kind="rcp")]]
        if self.chance(0.12):
            case.endpoint = [self.policy(case, kind="endpoint")]
        needed = account != OURS or action.startswith(("kms:", "sts:"))
        if resource != "*" and self.chance(0.9 if needed else 0.3):
            case.resource_policy = self.policy(case, kind="resource")
        return case

    def context(self) -> dict[str, Any]:
        found: dict[str, Any] = {key: self.random.choice(values) for key, values in KEYS.items() if self.chance(0.6)}
        for key, values in SEVERAL.items():
            if self.chance(0.5):
                found[key] = self.some(values, 3)
        if self.chance(0.3):
            found["aws:username"] = "ada"
        return found

    def policy(self, case: Case, kind: str = "identity") -> dict[str, Any]:
        statements = [self.statement(case, kind, number) for number in range(self.random.randint(1, 3))]
        return {"Version": "2012-10-17", "Statement": statements}

    def statement(self, case: Case, kind: str, number: int) -> dict[str, Any]:
        allows = kind != "rcp" and self.chance(0.75)
        statement: dict[str, Any] = {"Sid": f"S{number}", "Effect": "Allow" if allows else "Deny"}
        if kind in ("resource", "endpoint", "rcp"):
            statement |= self.principals(case, kind, allows)
        action = "NotAction" if kind not in ("rcp",) and self.chance(0.12) else "Action"
        statement[action] = [self.action(case) for _ in range(self.random.choice((1, 1, 2)))]
        if kind == "rcp" and "*" in statement[action]:
            statement[action] = [f"{case.action.partition(':')[0]}:*"]
        if kind == "resource" and case.action == "sts:AssumeRole":
            pass  # a trust policy names no resources
        elif kind == "scp" and allows and self.chance(0.5):
            statement["Resource"] = "*"
        else:
            name = "NotResource" if self.chance(0.12) else "Resource"
            statement[name] = [self.resource(case) for _ in range(self.random.choice((1, 1, 2)))]
        if self.chance(0.4):
            statement["Condition"] = self.condition()
        return statement

    def principals(self, case: Case, kind: str, allows: bool) -> dict[str, Any]:
        if kind in ("rcp", "endpoint"):
            return {"Principal": "*"}
        one = self.random.choice(
            (
                "*",
                {"AWS": case.principal},
                {"AWS": ROLE},
                {"AWS": SESSION},
                {"AWS": USER},
                {"AWS": OURS},
                {"AWS": f"arn:aws:iam::{OURS}:root"},
                {"AWS": [f"arn:aws:iam::{THEIRS}:root", case.principal]},
                {"Service": "sagemaker.amazonaws.com"},
            )
        )
        if not allows and one != "*" and kind == "resource" and self.chance(0.3):
            return {"NotPrincipal": one}
        return {"Principal": one}

    def action(self, case: Case) -> str:
        service, _, name = case.action.partition(":")
        if self.chance(0.35):
            return case.action
        if self.chance(0.2):
            return self.random.choice(list(RESOURCES))
        cut = self.random.randint(0, len(name))
        return self.random.choice(
            (
                "*",
                f"{service}:*",
                f"{service}:{name[:cut]}*",
                f"{service}:*{name[cut:]}",
                f"{service}:{name[:cut]}?{name[cut + 1 :]}",
                f"{service.upper()}:{name.lower()}",
            )
        )

    def resource(self, case: Case) -> str:
        if self.chance(0.2):
            return "*"
        text = case.resource
        if text == "*" or self.chance(0.15):
            text = self.random.choice([one for some in RESOURCES.values() for one in some if one != "*"]).format(OURS)
        head, parts = text.split(":", 5)[:5], text.split(":", 5)[5]
        for index in (3, 4):
            if head[index] and self.chance(0.3):
                head[index] = "*"
        if self.chance(0.1):
            head[1] = "*"
        kind = min([place for mark in "/:" if (place := parts.find(mark)) >= 0], default=-1) + 1
        if head[2] == "s3":
            kind = 0
        cut = self.random.randint(kind, len(parts))
        parts = self.random.choice(
            (
                parts,
                parts,
                f"{parts[:cut]}*",
                f"{parts[:kind]}*{parts[cut:]}",
                f"{parts[:cut]}?{parts[cut + 1 :]}",
                f"{parts[:cut]}*{parts[cut + 1 :]}",
                f"{parts[:kind]}*",
                f"{parts[:cut]}${{aws:PrincipalTag/team}}",
                f"{parts[:kind]}${{aws:username, '{parts[kind:]}'}}",
            )
        )
        return ":".join([*head, parts])

    def condition(self) -> dict[str, Any]:
        condition: dict[str, Any] = {}
        for _ in range(self.random.choice((1, 1, 2))):
            key = self.random.choice(list(_OPERATORS))
            if self.chance(0.1):
                condition.setdefault("Null", {})[key] = self.random.choice(("true", "false"))
                continue
            name = self.random.choice(_OPERATORS[key])
            if key in SEVERAL:
                name = f"{self.random.choice(('ForAllValues', 'ForAnyValue'))}:{name}"
            if self.chance(0.2):
                name += "IfExists"
            wanted = self.some(_WANTED[key])
            spelled = key.upper() if self.chance(0.1) else key
            condition.setdefault(name, {})[spelled] = wanted if len(wanted) > 1 else wanted[0]
        return condition

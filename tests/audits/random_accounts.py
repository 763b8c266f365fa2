"""Random accounts with a second one beside, the same for the same seed, and the questions about their roles."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from iam.calls import Case
from sagemaker_roles.iam.evaluation import document
from sagemaker_roles.iam.layers import Layers

from .accounts import SAGEMAKER, account, arn, group, managed, policy, role, user
from .roles import ACCOUNT, OTHER, Json

ASSUME, PASS = "sts:AssumeRole", "iam:PassRole"
ROLE_CHANGES = ("PutRolePolicy", "AttachRolePolicy", "UpdateAssumeRolePolicy", "PutRolePermissionsBoundary")
VERSION_CHANGES = ("CreatePolicyVersion", "SetDefaultPolicyVersion")
UNBOUND = "DeleteRolePermissionsBoundary"

USERS, GROUPS, ROLES, POLICIES = ("ana", "bob", "cem"), ("Team", "Ops"), ("Train", "Serve", "Admin"), ("Own", "Shared")
THEIR_USER, THEIR_ROLE = arn("user", "zoe", OTHER), arn("role", "Remote", OTHER)

#: A condition key whose value no account shows, to values that a call can have, None for a call without it.
UNKNOWN: Mapping[str, tuple[str | None, ...]] = {
    "aws:PrincipalTag/team": ("red", "blue", None),
    "aws:MultiFactorAuthPresent": ("true", "false", None),
    "sts:ExternalId": ("x", "y", None),
    "iam:PolicyARN": (arn("policy", "Own"), arn("policy", "Shared")),
    "iam:PermissionsBoundary": (arn("policy", "Own"), arn("policy", "Shared")),
}
#: The actions that know a key; all for one that is not here.
_OF_ACTIONS = {
    "sts:ExternalId": (ASSUME,),
    "iam:PolicyARN": ("iam:AttachRolePolicy",),
    "iam:PermissionsBoundary": ("iam:PutRolePermissionsBoundary",),
}
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "iam:PassedToService": (SAGEMAKER, "lambda.amazonaws.com"),
    "aws:username": ("ana", "bob"),
    "aws:PrincipalArn": (arn("user", "ana"), arn("user", "*"), arn("role", "Train"), arn("role", "*")),
    "aws:PrincipalAccount": (ACCOUNT, OTHER),
    "aws:PrincipalType": ("User", "AssumedRole"),
    "iam:PermissionsBoundary": (arn("policy", "Own"), arn("policy", "Shared")),
}


class Question(NamedTuple):
    """Whether a principal can make a call, with the simulator's cases: one for each choice of what is not known."""

    principal: str
    action: str
    resource: str
    role: str
    cases: Sequence[Case]


class RandomAccounts:
    """Two accounts, what limits them, and the questions about the roles of the first.

    Args:
        seed: what all of it follows from.
    """

    def __init__(self, seed: int | str) -> None:
        self.random = random.Random(seed)  # noqa: S311 - tests need no secrets
        self.unknown = list(dict.fromkeys(self._some([*UNKNOWN, "aws:PrincipalTag/team"], 2)))
        self.texts = {arn("policy", name): self._policy() for name in POLICIES}
        self.groups = {name: self._policy() for name in GROUPS}
        self.users = {arn("user", name): self._identity(is_user=True) for name in USERS}
        self.roles = {arn("role", name): self._identity() for name in ROLES}
        self.trusts = {name: self._trust() for name in self.roles}
        self.theirs = {one: {"own": [self._policy()], "attached": []} for one in (THEIR_USER, THEIR_ROLE)}
        full = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
        self.scps: list[list[Json]] = []
        for _ in range(self.random.choice((0, 0, 1, 2))):
            # AWS attaches FullAWSAccess to a level in which nothing else allows.
            self.scps.append([full, self._policy("Deny")] if self._chance(0.7) else [self._policy("Allow")])
        rcp = {**self._statement(effect="Deny"), "Action": self.random.choice(("sts:*", ASSUME)), "Principal": "*"}
        self.rcps = [policy({k: v for k, v in rcp.items() if k != "NotAction"})] if self._chance(0.15) else []

    # --- what is made ---

    def details(self) -> tuple[Json, Json]:
        """The answers of get-account-authorization-details of both accounts."""
        own: list[Json] = [managed(name.rpartition("/")[2], text) for name, text in self.texts.items()]
        own += [group(name, text) for name, text in self.groups.items()]
        for name, one in self.users.items():
            own.append(user(_last(name), *one["own"], groups=one["groups"], **_options(one)))
        for name, one in self.roles.items():
            own.append(role(_last(name), *one["own"], trust=self.trusts[name], **_options(one)))
        remote = user(_last(THEIR_USER), *self.theirs[THEIR_USER]["own"], owner=OTHER)
        return account(*own), account(
            remote, role(_last(THEIR_ROLE), *self.theirs[THEIR_ROLE]["own"], trust=policy(), owner=OTHER)
        )

    def layers(self) -> Layers:
        """The policies of the organization."""
        levels = tuple(tuple(document("scp", one) for one in level) for level in self.scps)
        every = tuple(one for level in levels for one in level)
        rcps = tuple(document("rcp", one) for one in self.rcps)
        return Layers(scps=every or None, rcps=rcps or None, levels=levels)

    def questions(self) -> Iterator[Question]:
        """Every question about the roles of the first account."""
        everyone = {**self.users, **self.roles, **self.theirs}
        for target, one in self.roles.items():
            calls = [(PASS, target), (ASSUME, target), *((f"iam:{name}", target) for name in ROLE_CHANGES)]
            calls += [(f"iam:{UNBOUND}", target)] if one.get("boundary") else []
            policies = dict.fromkeys((*one["attached"], *([one["boundary"]] if one.get("boundary") else [])))
            calls += [(f"iam:{name}", each) for each in policies for name in VERSION_CHANGES]
            for principal in everyone:
                for action, resource in calls:
                    cases = [*self._cases(principal, everyone[principal], action, resource, target)]
                    yield Question(principal, action, resource, target, cases)

    def _cases(self, principal: str, who: Json, action: str, resource: str, target: str) -> Iterator[Case]:
        bound = who.get("boundary")
        identity = [*who["own"], *(self.texts[one] for one in who["attached"])]
        identity += [self.groups[name] for name in who.get("groups", ())]
        keys = [one for one in self.unknown if action in _OF_ACTIONS.get(one, (action,))]
        sessions = [principal] if ":user/" in principal else [_session(principal, name) for name in ("run", "other")]
        if action != ASSUME:
            sessions = sessions[:1]
        for session, *values in itertools.product(sessions, *(UNKNOWN[one] for one in keys)):
            chosen = {key: value for key, value in zip(keys, values, strict=True) if value is not None}
            context = {**self._facts(principal, action, target), **chosen}
            if action == "iam:PutRolePermissionsBoundary" and "iam:PermissionsBoundary" not in keys:
                context["iam:PermissionsBoundary"] = UNKNOWN["iam:PermissionsBoundary"][0]
            if action == "iam:AttachRolePolicy" and "iam:PolicyARN" not in keys:
                context["iam:PolicyARN"] = UNKNOWN["iam:PolicyARN"][0]
            yield Case(
                session,
                action,
                resource,
                ACCOUNT,
                context,
                identity=identity,
                boundary=[self.texts[bound]] if bound else None,
                scps=self.scps,
                rcps=[self.rcps] if self.rcps and action == ASSUME else [],
                resource_policy=self.trusts[target] if action == ASSUME else None,
            )

    def _facts(self, principal: str, action: str, target: str) -> dict[str, Any]:
        is_user, owner = ":user/" in principal, principal.split(":")[4]
        facts = {"aws:PrincipalArn": principal, "aws:PrincipalAccount": owner, "aws:SecureTransport": "true"}
        facts |= {"aws:PrincipalType": "User" if is_user else "AssumedRole", "aws:PrincipalIsAWSService": "false"}
        facts |= {"aws:ResourceAccount": ACCOUNT}
        if is_user:
            facts["aws:username"] = _last(principal)
        if action == PASS:
            facts["iam:PassedToService"] = SAGEMAKER
        known = ("iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy", f"iam:{UNBOUND}")
        if action in known and (bound := self.roles[target].get("boundary")):
            facts["iam:PermissionsBoundary"] = bound
        return facts

    # --- parts ---

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _some(self, items: Sequence[Any], most: int) -> list[Any]:
        return self.random.sample(list(items), self.random.randint(1, min(most, len(items))))

    def _identity(self, is_user: bool = False) -> Json:
        one: Json = {"own": [self._policy() for _ in range(self.random.choice((0, 1, 1, 2)))]}
        one["attached"] = self._some([*self.texts], 2) if self._chance(0.4) else []
        if is_user:
            one["groups"] = self._some(GROUPS, 2) if self._chance(0.6) else []
        if self._chance(0.3):
            one["boundary"] = self.random.choice([*self.texts])
        return one

    def _policy(self, effect: str = "") -> Json:
        return policy(*(self._statement(effect, f"S{n}") for n in range(self.random.randint(1, 3))))

    def _statement(self, effect: str = "", sid: str = "S") -> Json:
        made: Json = {"Sid": sid, "Effect": effect or ("Allow" if self._chance(0.78) else "Deny")}
        is_not = self._chance(0.1)
        made["NotAction" if is_not else "Action"] = [self._action(is_not) for _ in range(self.random.choice((1, 2)))]
        name = "NotResource" if self._chance(0.1) else "Resource"
        made[name] = [self._resource(name) for _ in range(self.random.choice((1, 1, 2)))]
        return {**made, **self._condition()}

    def _action(self, is_narrow: bool = False) -> str:
        every = [PASS, ASSUME, *(f"iam:{name}" for name in (*ROLE_CHANGES, UNBOUND, *VERSION_CHANGES))]
        wide = ["iam:*", "iam:Pa*", "iam:*Role*", "sts:*", "*", "iam:*Boundary", "iam:*Version", "IAM:passrole"]
        return str(self.random.choice(every if is_narrow or self._chance(0.4) else wide))

    def _resource(self, name: str) -> str:
        named = [*(arn("role", one) for one in ROLES), *self.random.sample([*map(_policy_arn, POLICIES)], 1)]
        wide = [arn("role", "*"), arn("role", "T*"), arn("role", "?rain"), "arn:aws:iam::*:role/*", arn("policy", "*")]
        if name == "Resource":
            wide += ["*", "*", "*", arn("role", "${aws:username, 'Train'}")]
        return str(self.random.choice(named if self._chance(0.45) else wide))

    def _condition(self, share: float = 0.45) -> Json:
        if not self._chance(share):
            return {}
        condition: dict[str, dict[str, Any]] = {}
        for _ in range(self.random.choice((1, 1, 2))):
            key = self.random.choice(self.unknown if self._chance(0.6) else [*_KNOWN])
            values = [one for one in (UNKNOWN | _KNOWN if key in self.unknown else _KNOWN)[key] if one]
            if self._chance(0.1):
                condition.setdefault("Null", {})[key] = self.random.choice(("true", "false"))
                continue
            is_arn = key in ("aws:PrincipalArn", "iam:PolicyARN", "iam:PermissionsBoundary")
            names = (
                ("ArnLike", "ArnNotLike", "StringLike") if is_arn else ("StringEquals", "StringNotEquals", "StringLike")
            )
            names = ("Bool",) if key == "aws:MultiFactorAuthPresent" else names
            operator = self.random.choice(names) + ("IfExists" if self._chance(0.2) else "")
            condition.setdefault(operator, {})[key] = self.random.choice(values)
        return {"Condition": condition}

    def _trust(self) -> Json:
        return policy(*(self._trusting() for _ in range(self.random.choice((1, 1, 2, 3)))))

    def _trusting(self) -> Json:
        own = [arn("user", one) for one in USERS] + [arn("role", one) for one in ROLES]
        root = f"arn:aws:iam::{ACCOUNT}:root"
        named: Any = self.random.choice(
            (
                {"Service": SAGEMAKER},
                {"AWS": root},
                {"AWS": root},
                {"AWS": ACCOUNT},
                {"AWS": f"arn:aws:iam::{OTHER}:root"},
                {"AWS": THEIR_USER},
                {"AWS": THEIR_ROLE},
                {"AWS": self.random.choice(own)},
                {"AWS": self._some(own, 3)},
                {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/Train/run"},
                "*",
            )
        )
        allows = self._chance(0.8)
        principal = "NotPrincipal" if not allows and named != "*" and self._chance(0.4) else "Principal"
        action = self.random.choice((ASSUME, ASSUME, "sts:*", "sts:AssumeRole*"))
        made = {"Effect": "Allow" if allows else "Deny", principal: named, "Action": action}
        return {**made, **self._condition(0.4)}


def _options(one: Json) -> Json:
    return {"attached": one["attached"], "boundary": one.get("boundary", "")}


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _policy_arn(name: str) -> str:
    return arn("policy", name)


def _session(role_arn: str, name: str) -> str:
    return f"arn:aws:sts::{role_arn.split(':')[4]}:assumed-role/{_last(role_arn)}/{name}"

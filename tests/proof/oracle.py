"""Asks the policy simulator, a process of its own (tests/oracle), what a policy allows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parents[1] / "oracle"

Outcome = Literal["allowed", "denied", "error"]
Policy = Mapping[str, Any]


#: How keys begin that the simulator leaves out: it knows a variable part after a slash only, not after a colon.
UNKNOWN_KEYS = "kms:EncryptionContext:"


class OracleMissing(Exception):
    """The simulator is not installed, or ended."""


@dataclass(frozen=True)
class Question:
    """May somebody do something?

    Attributes:
        kind: whether the policy is the principal's own (``identity``) or the resource's (``resource``: a trust policy).
        account: the account that owns the resource.
        context: condition keys of the call and their values.
    """

    principal: str
    action: str
    resource: str
    account: str
    context: Mapping[str, Any] = field(default_factory=dict)
    kind: Literal["identity", "resource"] = "identity"


@dataclass(frozen=True)
class Answer:
    """What the simulator says: the outcome, the message of an error, and condition keys it did not know."""

    outcome: Outcome
    detail: str
    ignored: tuple[str, ...]


def open_policy(question: Question) -> Policy | None:
    """The resource's policy that leaves the decision to the principal's own policy, or None where none is needed.

    A key of AWS KMS and a resource of another account allow nothing without a policy of their own.
    """
    service = question.action.partition(":")[0]
    if service == "kms":
        # The usual key policy: it trusts the policies of the account that asks.
        who = ":".join([*question.principal.split(":")[:2], "iam", "", question.principal.split(":")[4], "root"])
        return allowing({"AWS": who}, "kms:*", Resource="*")
    if service != "iam" and question.account != question.principal.split(":")[4]:
        return allowing("*", f"{service}:*", Resource="*")
    return None


def allowing(principal: Any, action: str, **rest: str) -> Policy:
    """A policy of a resource with one statement that allows an action."""
    statement = {"Sid": "Open", "Effect": "Allow", "Principal": principal, "Action": action, **rest}
    return {"Version": "2012-10-17", "Statement": [statement]}


class Oracle:
    """The simulator."""

    def __init__(self) -> None:
        node = os.environ.get("SAGEMAKER_ROLES_NODE") or shutil.which("node")
        if node is None:
            raise OracleMissing("node is missing: install Node.js 20 or newer")
        if not (FOLDER / "node_modules").is_dir():
            raise OracleMissing("the policy simulator is missing: run `npm ci` in tests/oracle")
        self._process = subprocess.Popen(
            [node, str(FOLDER / "oracle.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=FOLDER,
        )

    def ask(self, policy: Policy, questions: Sequence[Question]) -> list[Answer]:
        """Asks about one policy."""
        return self.ask_all([(policy, questions)])[0]

    def ask_all(self, asked: Iterable[tuple[Policy, Sequence[Question]]]) -> list[list[Answer]]:
        """Asks about several policies at once."""
        groups = list(asked)
        policies, questions, opened = [policy for policy, _ in groups], list[Any](), dict[str, int]()
        for index, (_, some) in enumerate(groups):
            for one in some:
                met = open_policy(one) if one.kind == "identity" else None
                if met is not None and (text := json.dumps(met)) not in opened:
                    opened[text] = len(policies)
                    policies.append(met)
                owner = index if one.kind == "resource" else None if met is None else opened[json.dumps(met)]
                question = {name: getattr(one, name) for name in ("principal", "action", "resource", "account")}
                identity = [index] if one.kind == "identity" else []
                questions.append(
                    {**question, "context": dict(one.context), "identity": identity, "resource_policy": owner}
                )
        answers = iter(self.exchange(policies, questions))
        return [[next(answers) for _ in some] for _, some in groups]

    def exchange(self, policies: Sequence[Policy], questions: Sequence[Mapping[str, Any]]) -> list[Answer]:
        """The answers to questions as tests/oracle/oracle.mjs has them.

        Raises:
            OracleMissing: the simulator ended.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise OracleMissing("the policy simulator has no pipes")
        try:
            stdin.write(json.dumps({"policies": policies, "questions": questions}) + "\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise OracleMissing(f"the policy simulator ended with exit code {self._process.wait()}")
        answers = [Answer(outcome, detail, tuple(ignored)) for outcome, detail, ignored in json.loads(line)]
        if len(answers) != len(questions):
            raise OracleMissing(f"{len(questions)} questions, {len(answers)} answers")
        return answers


@cache
def oracle() -> Oracle:
    """The simulator of this process, which ends with it."""
    return Oracle()

"""Asks the policy simulator, a process of its own (tests/oracle), what a policy allows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parents[1] / "oracle"

Outcome = Literal["allowed", "denied", "error"]
Policy = Mapping[str, Any]


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
    """The simulator. One serves all tests of a process; it ends with it."""

    def __init__(self) -> None:
        node = os.environ.get("SAGEMAKER_ROLES_NODE") or shutil.which("node")
        if node is None:
            raise OracleMissing("node is missing: install Node.js 20 or newer")
        if not (FOLDER / "node_modules").is_dir():
            raise OracleMissing("the policy simulator is missing: run `npm ci` in tests/oracle")
        self.asked = 0
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
        """Asks about several policies at once.

        Raises:
            OracleMissing: the simulator ended.
        """
        groups = list(asked)
        batch: dict[str, Any] = {"policies": [policy for policy, _ in groups], "questions": []}
        opened: dict[str, int] = {}
        for index, (_, questions) in enumerate(groups):
            for question in questions:
                met = open_policy(question) if question.kind == "identity" else None
                if met is not None and (text := json.dumps(met)) not in opened:
                    opened[text] = len(batch["policies"])
                    batch["policies"].append(met)
                batch["questions"].append(
                    {
                        "policy": index,
                        "kind": question.kind,
                        "principal": question.principal,
                        "action": question.action,
                        "resource": question.resource,
                        "account": question.account,
                        "context": dict(question.context),
                        "resource_policy": None if met is None else opened[json.dumps(met)],
                    }
                )
        self.asked += len(batch["questions"])
        answers = iter(self._exchange(batch))
        return [[next(answers) for _ in questions] for _, questions in groups]

    def _exchange(self, batch: Mapping[str, Any]) -> list[Answer]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise OracleMissing("the policy simulator has no pipes")
        try:
            stdin.write(json.dumps(batch) + "\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise OracleMissing(f"the policy simulator ended with exit code {self._process.wait()}")
        answers = [Answer(outcome, detail, tuple(ignored)) for outcome, detail, ignored in json.loads(line)]
        if len(answers) != len(batch["questions"]):
            raise OracleMissing(f"{len(batch['questions'])} questions, {len(answers)} answers")
        return answers

    def close(self) -> None:
        """Ends the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()

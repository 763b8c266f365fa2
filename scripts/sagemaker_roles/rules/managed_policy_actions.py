"""Every action an AWS managed policy is said to grant exists, or is listed as gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..aws.reference import Reference
from ..canonical import quoted
from ..problems import Problem
from .context import Context, problem

RULE = "managed-policy-actions"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each unknown action that `gone` does not list, and for each listed that is not unknown."""
    for _, policy in sorted(context.catalog.managed_policies.items()):
        gone = policy.get("gone", {})
        needed: set[str] = set()
        for part in ("services", "notable"):
            for entry in policy.get(part, ()):
                for grant in entry["grants"]:
                    for index, action in enumerate(grant["Action"]):
                        if known(context.reference, action):
                            continue
                        needed.add(action)
                        if action not in gone:
                            nearest = context.reference.nearest_action(action)
                            hint = f"; did you mean {quoted(nearest)}?" if nearest else ""
                            text = f"there is no action {quoted(action)}{hint}"
                            text += "; list it under `gone` if the AWS policy has it"
                            yield problem(RULE, text, grant, "Action", index)
        for action in gone:
            if action not in needed:
                message = f"{action} exists or is not granted here; remove it from `gone`"
                yield problem(RULE, message, policy, "gone", action)


def known(reference: Reference, action: Any) -> bool:
    """Whether an action, or some action a pattern with ``*`` stands for, exists; case does not matter, as in IAM."""
    if action == "*":
        return True
    return bool(reference.known(action.partition(":")[0]).matching(action))

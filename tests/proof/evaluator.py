"""A second opinion beside the simulator's: that of ``sagemaker_roles.iam``, which tests/iam proves."""

from __future__ import annotations

from collections.abc import Sequence

from sagemaker_roles.iam.conditions import RequestContext
from sagemaker_roles.iam.evaluation import AccessRequest, Policies, document, evaluate

from .oracle import Answer, Policy, Question, allowing, open_policy


def allows(policy: Policy, question: Question) -> bool:
    """Whether a policy allows a call, where that of the resource leaves the decision to it."""
    context = RequestContext({**question.context}, complete=True)
    call = AccessRequest(question.principal, question.action, question.resource, question.account, context)
    read = document("policy", policy)
    if question.kind == "resource":
        return evaluate(call, Policies(resource=read)).outcome == "allowed"
    opened = open_policy(question)
    if opened is None and question.action.startswith("sts:") and ":role/" in question.resource:
        # Its trust policy, which is not the question here.
        opened = allowing({"AWS": f"{question.resource.partition(':role/')[0]}:root"}, question.action)
    policies = Policies((read,), resource=document("open", opened) if opened else None)
    return evaluate(call, policies).outcome == "allowed"


def ask_all(asked: Sequence[tuple[Policy, Sequence[Question]]]) -> list[list[Answer]]:
    """Answer questions about several policies, as `proof.ask_all` does with the simulator."""
    return [
        [Answer("allowed" if allows(policy, question) else "denied", "", ()) for question in questions]
        for policy, questions in asked
    ]

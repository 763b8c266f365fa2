"""What IAM Access Analyzer says of the documents of a role: valid, no wider than the composed one, nothing next to it.

Source: IAM Access Analyzer API Reference, ValidatePolicy, CheckNoNewAccess and CheckAccessNotGranted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from ...audits.report import AuditFinding
from ...inputs.roles.existing_roles import ExistingPolicy
from .client import Asker
from .planned_calls import Call

ANALYZER = "IAM Access Analyzer"

#: What a finding of ValidatePolicy is here; suggestions say nothing of what a role may do.
_KINDS: Mapping[str, Literal["depends", "excess"]] = {
    "ERROR": "depends",
    "WARNING": "depends",
    "SECURITY_WARNING": "excess",
}

#: How many actions or resources a check takes (Access in the API Reference).
_MOST = 100


def valid(asker: Asker, documents: Sequence[ExistingPolicy]) -> Iterator[AuditFinding]:
    """What is wrong with each document by AWS's own grammar and checks."""
    for one in documents:
        arguments = {"policyDocument": _text(one.document), "policyType": "IDENTITY_POLICY"}
        if one.kind == "trust":
            resource_type = "AWS::IAM::AssumeRolePolicyDocument"
            arguments |= {"policyType": "RESOURCE_POLICY", "validatePolicyResourceType": resource_type}
        answer = asker.ask(Call("access-analyzer:ValidatePolicy", "*", "", one.name, arguments))
        for finding in (answer or {}).get("findings", ()):
            kind = _KINDS.get(finding["findingType"])
            if kind:
                why = f"{ANALYZER} says {finding['issueCode']}: {finding['findingDetails']}"
                sources = (finding["learnMoreLink"],) if finding.get("learnMoreLink") else ()
                layer = "trust" if one.kind == "trust" else "identity"
                yield AuditFinding(kind, why, layer=layer, document=one.name, sources=sources)


def no_wider(asker: Asker, policies: Sequence[ExistingPolicy], composed: Mapping[str, Any]) -> Iterator[AuditFinding]:
    """Which policies allow what the composed one does not."""
    for one in policies:
        arguments = {
            "newPolicyDocument": _text(one.document),
            "existingPolicyDocument": _text(composed),
            "policyType": "IDENTITY_POLICY",
        }
        answer = asker.ask(Call("access-analyzer:CheckNoNewAccess", "*", "", one.name, arguments))
        yield from _failed(answer, one.name, "the policy allows more than the composed one", "")


def not_granted(
    asker: Asker, policies: Sequence[ExistingPolicy], near: Mapping[str, Sequence[str]]
) -> Iterator[AuditFinding]:
    """Which policies allow an out-of-scope call under some condition; asked for each action by itself."""
    for one in policies:
        for action, resources in near.items():
            arguments = {
                "policyDocument": _text(one.document),
                "access": [{"actions": [action], "resources": [*resources[:_MOST]]}],
                "policyType": "IDENTITY_POLICY",
            }
            about = f"{action} in {one.name}"
            answer = asker.ask(Call("access-analyzer:CheckAccessNotGranted", "*", "", about, arguments))
            some = f"the policy allows {action} beyond the work, such as on {resources[0]}"
            yield from _failed(answer, one.name, some, action)


def _failed(answer: Mapping[str, Any] | None, name: str, why: str, action: str) -> Iterator[AuditFinding]:
    if not answer or answer.get("result") != "FAIL":
        return
    at = [
        one.get("statementId") or f"statement {one['statementIndex'] + 1}"
        for one in answer.get("reasons", ())
        if one.get("statementId") or "statementIndex" in one
    ]
    yield AuditFinding(
        "excess",
        f"{ANALYZER}: {why}.",
        action=action,
        layer="identity",
        document=name,
        statement=", ".join(dict.fromkeys(at)),
    )


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))

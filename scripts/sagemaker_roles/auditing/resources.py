"""What the policy of a resource should hold, where it denies what a role needs: the composed companion's statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..engine.compose import Composition
from ..iam import arns
from ..iam.patterns import covers
from .report import AuditFinding


def with_companions(composition: Composition, findings: Sequence[AuditFinding]) -> list[AuditFinding]:
    """Findings of the layer ``resource`` with the patch of the resource's policy that mends them."""
    return [_with(one, composition) if one.layer == "resource" else one for one in findings]


def _with(finding: AuditFinding, composition: Composition) -> AuditFinding:
    if finding.patch is not None or finding.document:  # a statement of it denies the call; no other one helps
        return finding
    for one in composition.companions.values():
        if not _is_of(finding.resource, one.resource):
            continue
        statements = [item for item in one.document.to_json()["Statement"] if finding.action in item["Action"]]
        if statements:
            patch: list[Mapping[str, Any]] = [{"op": "add", "path": "/Statement/-", "value": s} for s in statements]
            return finding._replace(patch=patch, document=f"policy of {one.resource}")
    return finding


def _is_of(resource: str, owner: str) -> bool:
    """Whether a resource is the one that has a policy, or in it."""
    return resource.startswith((owner, f"{owner}/")) or covers(arns.resource(owner), arns.resource(resource))

"""Whether policies of organizations (SCP, RCP) break what a role does: asked of the evaluator. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from ..catalog import Catalog
from ..iam.arn_parts import parts_of
from ..iam.conditions import RequestContext
from ..iam.evaluation import AccessRequest, Policies, PolicyDocument, document, evaluate
from .companions import Companions
from .documents import ComposedStatement, Document
from .vpc_endpoints import endpoints

Breaks = Literal["yes", "no", "depends"]

#: What stands for the organization and its VPC, in policies and calls alike, and an organization that is another.
_SAMPLES = {"${OrganizationId}": "o-a1b2c3d4e5", "${VpcId}": "vpc-0123456789abcdef0"}
_OTHER = "o-zzzzzzzzzz"

_EVERYTHING = document("all", {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def checks(catalog: Catalog, policy: Document, companions: Companions) -> list[dict[str, Any]]:
    """What each policy of data/shared/perimeters denies a role: whether it breaks the work, and which statements.

    The role is in the organization and has no tags that exempt it. What goes through VPC endpoints comes from a VPC of
    the organization, and what SageMaker AI does with the role itself does not.

    Args:
        companions: the role's companions, which tell whose resources are known.
    """
    owners = {one.resource: one for one in companions.values() if one.account or one.needed == "no"}
    through = _through(catalog, policy, companions)
    rows = []
    for name, perimeter in catalog.perimeters.items():
        asked = _document(name, perimeter)
        broken: list[dict[str, Any]] = []
        for statement in policy.statements:
            found: dict[str, Breaks] = {
                action: _asked(asked, perimeter["kind"], statement, action, companions.role, through, owners)
                for action in statement.actions
            }
            if actions := [action for action, breaks in found.items() if breaks != "no"]:
                broken.append({"sid": statement.sid, "breaks": _worst(found.values()), "actions": actions})
        about = {"title": perimeter["title"], "kind": perimeter["kind"], "says": perimeter["says"]}
        rows.append(
            {"perimeter": name, **about, "breaks": _worst(one["breaks"] for one in broken), "statements": broken}
        )
    return rows


def _worst(several: Iterable[Breaks]) -> Breaks:
    return max(several, key=("no", "depends", "yes").index, default="no")


def _document(name: str, perimeter: Mapping[str, Any]) -> PolicyDocument:
    text = json.dumps({"Statement": perimeter["Statement"]})
    for placeholder, sample in _SAMPLES.items():
        text = text.replace(placeholder, sample)
    return document(name, json.loads(text))


def _through(catalog: Catalog, policy: Document, companions: Companions) -> frozenset[str]:
    """The actions whose calls go through the VPC endpoints of the user."""
    if companions.is_in_vpc is False:
        return frozenset()
    return frozenset(
        action
        for one in endpoints(catalog, policy, companions.role, {})
        for statement in one.document.statements
        for action in statement.actions
    )


def _asked(
    asked: PolicyDocument,
    kind: str,
    statement: ComposedStatement,
    action: str,
    role: str,
    through: frozenset[str],
    owners: Mapping[str, Any],
) -> Breaks:
    organization, vpc = _SAMPLES.values()
    via = any("kms:ViaService" in tests for tests in statement.condition.values())
    context: dict[str, Any] = {
        "aws:PrincipalArn": role,
        "aws:PrincipalOrgID": organization,
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": str(via).lower(),
    }
    if action in through and not via:
        context["aws:SourceVpc"] = vpc
    policies = (
        Policies(identity=(_EVERYTHING,), scps=((_EVERYTHING, asked),))
        if kind == "scp"
        else Policies(identity=(_EVERYTHING,), rcps=((asked,),))
    )
    breaks: set[Breaks] = set()
    for resource in statement.resources:
        answers = set()
        for owner in _owners(resource, role, owners):
            known = RequestContext(
                {**context, "aws:ResourceOrgID": organization if owner == "own" else _OTHER}, complete=True
            )
            answers.add(evaluate(AccessRequest(role, action, resource, "", known), policies).explicit)
        breaks.add("depends" if len(answers) > 1 else "yes" if answers == {True} else "no")
    return _worst(breaks)


def _owners(resource: str, role: str, owners: Mapping[str, Any]) -> tuple[str, ...]:
    """Whose a resource can be: of the own organization, or of another one."""
    mine = parts_of(role).account
    if resource == "*":
        return ("own",)
    account = parts_of(resource).account
    known = next((one for name, one in owners.items() if resource == name or resource.startswith(f"{name}/")), None)
    if known is not None and known.needed == "no" and known.account not in ("", mine):
        return ("other",)
    if account in (mine, "${Account}") or (known is not None and known.account == mine):
        return ("own",)
    return ("own", "other")

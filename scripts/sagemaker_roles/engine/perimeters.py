"""Whether policies of organizations (SCP, RCP) break what a role does: asked of the evaluator. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from ..catalog import Catalog
from ..iam.conditions import RequestContext
from ..iam.evaluation import AccessRequest, Policies, PolicyDocument, document, evaluate
from ..iam.parts import parts_of
from .companions import Companions
from .documents import ComposedStatement, Document
from .endpoints import endpoints

Breaks = Literal["yes", "no", "depends"]

#: What stands for the organization and its VPC, in policies and calls alike, and an organization that is another.
_SAMPLES = {"${OrganizationId}": "o-a1b2c3d4e5", "${VpcId}": "vpc-0123456789abcdef0"}
_OTHER = "o-zzzzzzzzzz"

_EVERYTHING = document("all", {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


class Checked(NamedTuple):
    """What a policy of an organization does to a statement of a role.

    Attributes:
        perimeter: ID in data/perimeters.
        sid: the role's statement.
        breaks: whether its calls are denied; ``depends`` on whose the resource is.
        actions: the actions that are denied, or may be.
        why: what decides, as a sentence without a period.
    """

    perimeter: str
    sid: str
    breaks: Breaks
    actions: tuple[str, ...]
    why: str


def check(catalog: Catalog, policy: Document, companions: Companions) -> Iterator[Checked]:
    """Checks a role against each policy of data/perimeters; only statements that are denied, or may be.

    The role is in the organization and has no tags that exempt it. What goes through VPC endpoints comes from a VPC of
    the organization, and what SageMaker AI does with the role itself does not.

    Args:
        companions: its companions, which tell whose resources are known.
    """
    owners = {one.resource: one for one in companions.values() if one.account or one.needed == "no"}
    through = _through(catalog, policy, companions)
    for name, perimeter in catalog.data.get("perimeters", {}).items():
        asked = _document(name, perimeter)
        for statement in policy.statements:
            by_action: dict[str, Breaks] = {
                action: _asked(asked, perimeter["kind"], statement, action, companions.role, through, owners)
                for action in statement.actions
            }
            broken = tuple(action for action, breaks in by_action.items() if breaks != "no")
            if broken:
                breaks: Breaks = "yes" if "yes" in by_action.values() else "depends"
                yield Checked(name, statement.sid, breaks, broken, _why(perimeter, breaks))


def _document(name: str, perimeter: Mapping[str, Any]) -> PolicyDocument:
    text = json.dumps({"Statement": perimeter["Statement"]})
    for placeholder, sample in _SAMPLES.items():
        text = text.replace(placeholder, sample)
    return document(name, json.loads(text))


def _why(perimeter: Mapping[str, Any], breaks: Breaks) -> str:
    keys = sorted({key for item in perimeter["Statement"] for tests in item["Condition"].values() for key in tests})
    end = "; it is denied only if the resource is outside of the organization" if breaks == "depends" else ""
    return f"{perimeter['says'].rstrip('.')} ({', '.join(keys)}){end}"


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
    return "yes" if "yes" in breaks else "depends" if "depends" in breaks else "no"


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

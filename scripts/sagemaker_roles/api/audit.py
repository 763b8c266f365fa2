"""Audit the roles of a call against their work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ..audits.policy_patches import listed
from ..audits.report import AuditFinding, Report, RoleReport
from ..audits.role_audit import Work, audit_role, named_policies, oversize, risks
from ..audits.role_matching import paired
from ..catalog import GLOBALS, Catalog
from ..engine.placeholders import fault
from ..errors import InvalidValue
from ..iam import actions
from ..iam.arn_parts import parse
from ..iam.layers import Layers
from ..iam.patterns import covers
from ..iam.statements import PolicyStatement, statements
from ..inputs import Notice, Reading
from ..inputs.roles.existing_roles import ExistingRole
from ..outputs.audit_json import Form, assemble_report, render_role
from ..session import Choice, compose_reading, operations_of, texts_in
from .call import Call
from .presentation import REASONS, policy_lines, reason, text_of
from .roles import read_existing_roles, read_layers
from .work import check_name, notices_json, reading_of, usable

#: How many excesses of a statement are shown.
_EXCESS = 12


def audit(catalog: Catalog, call: Call) -> dict[str, Any]:
    """Audit roles against their work.

    Without work, the answer has what the roles open far beyond any: ``risks``, with ``broad`` and ``escalation``.
    """
    is_bare = not call.operation and not call.inputs
    reading = Reading() if is_bare else reading_of(catalog, call)
    choice, noted = usable(catalog, reading, call)
    roles, notices = roles_of(catalog, call, reading, choice)
    names = [one.arn or one.name or f"role {number}" for number, one in enumerate(roles, 1)]
    if call.which >= 0:
        roles = roles[call.which : call.which + 1] or roles[:1]
    if is_bare:
        found = [risks(catalog, one).to_json() for one in roles]
        return {"names": names, "risks": found, "notices": notices_json([*noted, *notices])}
    assumed: dict[str, str] = {}
    if call.lenient and len(roles) == 1:
        assumed = _facts(catalog, roles[0], reading, choice)
        choice = choice._replace(values={**assumed, **choice.values})
    layers = read_layers(call.roles)
    pairs = paired(catalog, reading, choice, roles, call.caller)
    if call.lenient and not pairs.pairs and len(roles) == 1:
        # Who pastes a role beside a request means it, whatever role the request passes.
        pairs = paired(catalog, reading, choice, [roles[0]._replace(arn="", name="")])
        notices.append(Notice("note", "role", f"{roles[0].arn} is compared with what another role is passed for"))
    form: Form = check_name("format", call.format, ("json", "text", "sarif", "markdown"))
    found = [_audited(catalog, work, held, layers, call, form) for work, held in pairs.pairs]
    text = "".join(
        assemble_report(
            form,
            Report(catalog.data_version, ()).to_json(),
            [one.pop("piece") for one in found],
            lambda: {"accepted": [], "unused": []},
            call.version if form == "sarif" else "",
        )
    )
    assumptions = [
        Notice("note", name, f"{value}, as in the policy or role") for name, value in assumed.items() if value != "aws"
    ]
    return {
        "names": names,
        "roles": found,
        "operations": operations_of(catalog, reading.requests),
        "notices": notices_json([*noted, *notices, *pairs.notices, *assumptions]),
        "text": text,
    }


def _audited(
    catalog: Catalog, work: Work, held: ExistingRole, layers: Layers, call: Call, form: Form
) -> dict[str, Any]:
    report = audit_role(work, held, layers)
    plain = report.to_json()
    answer = {**plain, "calls": len(work.needs), "piece": render_role(form, plain, verbose=True)}
    if call.shown:
        reasons: dict[str, list[dict[str, Any]]] = {}
        for document in (work.policy, work.composition.trust):
            for one in document.statements:
                for action in one.actions:
                    reasons.setdefault(action, [reason(catalog, item) for item in one.reasons[:REASONS]])
        mended = [step["value"] for one in report.mend for step in one.patch]
        added = [one for value in mended for one in (value if isinstance(value, list) else _statements(value))]
        is_trust = any(one.kind == "missing" and one.layer == "trust" for one in report.findings)
        answer |= {
            "unknown": [*held.unknown],
            "trusted": held.trust is not None,
            "reasons": {one.action: reasons.get(one.action, []) for one in report.findings if one.action in reasons},
            "cure": text_of(added) if added else "",
            "trust_cure": text_of(work.composition.trust.to_json()["Statement"]) if is_trust else "",
            "replacement": text_of(plain["policy"]),
            "policies": [*_annotated(report, held)],
        }
    return answer


def roles_of(catalog: Catalog, call: Call, reading: Reading, choice: Choice) -> tuple[list[ExistingRole], list[Notice]]:
    """Read the roles that a call gives."""
    roles, notices = read_existing_roles(catalog, call.roles, reading, choice)
    problems = [one for one in notices if one.kind == "problem"]
    if not roles and problems:
        raise InvalidValue("; ".join(f"{one.where}: {one.message}" for one in problems), "held", "")
    for policy in (policy for one in roles for policy in one.policies):
        if wrong := oversize(policy.document):
            raise InvalidValue(f"{policy.name}: {wrong}", policy.name, "")
    return roles, notices


def _facts(catalog: Catalog, role: ExistingRole, reading: Reading, choice: Choice) -> dict[str, str]:
    """What a role tells of partition, Region and account: its ARN, else what all ARNs of its policies have."""
    texts: dict[str, set[str]] = {name: set() for name in GLOBALS}
    for value in texts_in([one.document for one in role.policies]):
        if (arn := parse(value)) is not None:
            for name, part in zip(GLOBALS, (arn.partition, arn.region, arn.account), strict=True):
                if part and not re.search(r"[*?$]", part):
                    texts[name].add(part)
    if (own := parse(role.arn)) is not None:
        texts |= {"Partition": {own.partition}, "Account": {own.account}}
    sure = {name: next(iter(values)) for name, values in texts.items() if len(values) == 1}
    result = compose_reading(catalog, reading, choice._replace(propose=False))
    wanted = {name for one in result.roles for name in one.composition.placeholders}
    return {
        name: value
        for name, value in sure.items()
        if name in wanted and name not in choice.values and not fault(catalog, name, value, None)
    }


def _annotated(report: RoleReport, held: ExistingRole) -> Iterator[dict[str, Any]]:
    """Each policy of a role, statement by statement, with what becomes of it and what of it nobody needs."""
    narrow = {one.document: one.patch for one in report.narrow}
    for name, policy in named_policies(held).items():
        several = listed(policy.document)
        said = []
        steps = {step["path"]: step["op"] for step in narrow.get(name, ()) if step["op"] != "add"}
        for number, one in enumerate(statements(policy.document)):
            own = [item for item in report.findings if (item.document, item.statement) == (name, one.name)]
            excess = [item for item in own if item.kind == "excess"]
            step = steps.get(f"/Statement/{number}") or steps.get("/Statement")
            state = _state(one.allows, own, excess, step)
            said.append(
                {
                    "state": state,
                    "excess": [_excessive(one, item) for item in excess[:_EXCESS]],
                    "more": max(0, len(excess) - _EXCESS),
                }
            )
        head = {key: value for key, value in policy.document.items() if key == "Version"}
        yield {"name": name, "rows": policy_lines(head, several, said)}


def _state(allows: bool, own: Sequence[AuditFinding], excess: Sequence[AuditFinding], step: str | None) -> str:
    if not allows:
        return "denies" if any(one.kind in ("missing", "depends") for one in own) else "limits"
    if step == "remove":
        return "unneeded"
    return "wide" if excess or step else "needed"


def _excessive(statement: PolicyStatement, one: AuditFinding) -> dict[str, Any]:
    """What a statement allows beyond the need, and the element and word of it that do."""
    covering = (text for text in statement.actions if covers(actions.action(text), actions.action(one.action)))
    word = one.action if one.action in statement.actions else next(covering, "")
    at = ["NotAction" if statement.not_actions else "Action", word]
    # Where the action is needed elsewhere, it is the resource that is too wide.
    if one.beside and one.resource in statement.resources and not statement.not_resources:
        at = ["Resource", one.resource]
    return {"action": one.action, "resource": one.resource, "opens": one.opens, "why": one.why, "at": at}


def _statements(policy: Any) -> list[Any]:
    return listed(policy) if "Statement" in policy else [policy]

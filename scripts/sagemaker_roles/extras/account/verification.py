"""Verifies roles in an account: reads them, audits them with the policies in force, and asks AWS the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ...audits.report import AuditFinding, RoleReport
from ...audits.role_audit import Work, audit_role, verdict_of
from ...audits.role_matching import paired
from ...catalog import Catalog
from ...engine import roles as engine_roles
from ...iam.evaluation import document
from ...iam.layers import Layers
from ...iam.statements import PolicyError
from ...inputs.reader import Notice, Reading
from ...inputs.roles.existing_roles import ExistingPolicy, ExistingRole
from ...session import Choice, compose_reading
from . import access_analyzer, policy_simulator, role_reader
from .client import Asker
from .planned_calls import FREE, Call


class Verified(NamedTuple):
    """What was verified.

    Attributes:
        roles: a report for each role; composed: the policy of each, to keep as the reference of other checks.
        notices: what could not be read or asked, and what to know.
    """

    roles: tuple[RoleReport, ...]
    composed: tuple[Mapping[str, Any], ...]
    notices: tuple[Notice, ...]


def verify(catalog: Catalog, given: Reading, choice: Choice, asker: Asker) -> Verified:
    """Verifies the roles that requests pass, or the one of ``choice.role``; without one, the composed policy.

    Args:
        choice: what else was chosen; its role is an ARN of the account, or "".

    Raises:
        NothingToCompose, UnknownRole, UnknownAddOn, UnknownPlaceholder, InvalidValue: as for composing.
    """
    caller = asker.ask(Call(FREE)) or {}
    account, own = caller.get("Account", ""), caller.get("Arn", "")
    values = {**({"Account": account, "Partition": own.split(":")[1]} if account and own else {}), **choice.values}
    choice = choice._replace(values=values, propose=False)
    notices: list[Notice] = []
    arns = [choice.role] if choice.role.startswith("arn:") else engine_roles.arns_of(catalog, given.requests)
    read = {arn: role_reader.role(asker, arn) for arn in arns if "${" not in arn}
    held = [one for one in read.values() if one is not None]
    for arn in (arn for arn, one in read.items() if one is None):
        is_hidden = any(one.where == f"iam:GetRole on {arn}" for one in asker.notices)
        why = "the role cannot be read" if is_hidden else "there is no such role"
        is_bad = is_hidden or arn == choice.role
        notices.append(Notice("problem" if is_bad else "note", arn, f"{why}; AWS is asked about the composed policy"))
    pairs: list[tuple[Work, ExistingRole | None]] = []
    if held:
        found = paired(catalog, given, choice, held)
        pairs += found.pairs
        notices += found.notices
    else:
        result = compose_reading(catalog, given, choice)
        notices += result.notices
        pairs += [(Work(catalog, one.composition, one.operations), None) for one in result.roles]
    reports = [_verified(asker, work, one, notices) for work, one in pairs]
    every = tuple(dict.fromkeys((*notices, *asker.notices)))
    return Verified(tuple(reports), tuple(work.enough for work, _ in pairs), every)


def role_alone(catalog: Catalog, arn: str, asker: Asker) -> Verified:
    """Verifies the documents of a role of which nobody says what it is for."""
    held = role_reader.role(asker, arn)
    if held is None:
        return Verified((), (), tuple(asker.notices))
    trust = (held.trust,) if held.trust else ()
    notices = [
        Notice("note", arn, "nothing says what the role is for; give an operation or a request to ask about its work")
    ]
    findings = (*access_analyzer.valid(asker, (*held.policies, *trust)),)
    return Verified((RoleReport(arn, (), "depends", findings),), (), (*notices, *asker.notices))


def _verified(asker: Asker, work: Work, held: ExistingRole | None, notices: list[Notice]) -> RoleReport:
    """One role, or the composed policy by itself."""
    composed = ExistingPolicy("composed policy", "file", work.enough)
    subject = held or ExistingRole(work.composition.companions.role, policies=(composed,))
    policies, missed = role_reader.resources(asker, work)
    notices += missed
    layers = Layers(resources=_read(policies, notices))
    try:
        report = audit_role(work, subject, layers)
        identity = tuple(document(one.name, one.document) for one in subject.policies)
    except PolicyError as error:
        notices += [Notice("problem", subject.arn, fault) for fault in error.faults]
        return RoleReport(subject.arn, work.operations, "depends", (), policy=work.enough)
    boundary = (document("boundary", subject.boundary.document),) if subject.boundary else None
    role = subject.arn
    asked, others = policy_simulator.questions(work.needs, role, document("composed policy", work.enough))
    notices += [
        Notice("note", "simulator", f"{count} calls are not asked: each {why}") for why, count in others.items()
    ]
    answers = policy_simulator.simulate(asker, asked, role if held else "", work.enough)
    findings = (
        [*policy_simulator.findings(answers, role, identity, boundary)] if "identity" not in subject.hidden else []
    )
    trust = (subject.trust,) if subject.trust else ()
    findings += access_analyzer.valid(asker, (*subject.policies, *trust))
    if held and work.composition.placeholders:
        names = ", ".join(f"${{{name}}}" for name in work.composition.placeholders)
        notices.append(Notice("note", "policy", f"{names}: no value, so that the role is not compared with the policy"))
    elif held:
        findings += access_analyzer.no_wider(asker, subject.policies, work.enough)
    findings += access_analyzer.not_granted(asker, subject.policies, policy_simulator.near_by_action(asked))
    if (left := len(asked) - len(answers)) and not asker.is_plan:
        findings.append(AuditFinding("depends", f"AWS did not answer {left:,} of {len(asked):,} questions."))
    assumptions = (f"AWS answered {len(answers):,} of {len(asked):,} questions.", *report.assumptions)
    every = (*findings, *report.findings)
    return report._replace(findings=every, verdict=verdict_of(every), assumptions=assumptions)


def _read(policies: Mapping[str, ExistingPolicy], notices: list[Notice]) -> dict[str, Any]:
    documents = {}
    for arn, one in policies.items():
        try:
            documents[arn] = document(one.name, one.document)
        except PolicyError as error:
            notices += [Notice("problem", one.name, fault) for fault in error.faults]
    return documents

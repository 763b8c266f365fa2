"""Who can assume a role: whether those can who should, and who can besides."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..canonical import some
from ..catalog import Catalog
from ..engine.documents import ComposedStatement
from ..engine.values import filled, names_in
from ..iam import actions, conditions, grants
from ..iam.arn_parts import parse
from ..iam.conditions import RequestContext, When
from ..iam.evaluation import AccessRequest, Policies, PolicyDocument, evaluate
from ..iam.statements import PolicyStatement, principal
from ..iam.text_sets import union
from ..inputs.roles.existing_roles import ExistingPolicy
from .excess_permissions import actions_of
from .report import AuditFinding
from .required_calls import cited, step_of

#: Why a service that no given statement lets assume the role may be able to.
UNSEEN = "Not all statements of the trust policy are known, and another one can allow it"

#: How many actions a sentence names.
_MOST_NAMED = 3

_SUFFIX = ".${UrlSuffix}"

#: Condition keys that tie a service to one account, organization or resource (IAM User Guide, "The confused deputy
#: problem").
DEPUTY_KEYS = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})


def with_services(policy: ExistingPolicy) -> ExistingPolicy:
    """A trust policy with the names of services written out, where a template has ``AWS::URLSuffix``.

    Services have the same names in trust policies of all partitions that SageMaker AI is in (IAM User Guide, "AWS JSON
    policy elements: Principal").
    """
    text = json.dumps(policy.document)
    return policy._replace(document=json.loads(text.replace(_SUFFIX, ".amazonaws.com"))) if _SUFFIX in text else policy


def trusts(
    catalog: Catalog, role: str, held: PolicyDocument | None, needed: Sequence[ComposedStatement], is_whole: bool = True
) -> Iterator[AuditFinding]:
    """What is wrong with a trust policy.

    Args:
        role: ARN of the role, perhaps with placeholders.
        is_whole: whether all statements of the trust policy are given.
    """
    if held is None:
        return
    needed = [_of_provider(one, held) for one in needed]
    for statement in needed:
        for kind, names in statement.principal.items():
            for name in names:
                yield from _assumes(catalog, role, held, statement, kind, name, is_whole)
    wanted: dict[tuple[str, str], dict[str, None]] = {}
    for statement in needed:
        for kind, names in statement.principal.items():
            for name in names:
                wanted.setdefault((kind, name), {}).update(dict.fromkeys(statement.actions))
    tied = [one for one in needed if any(k.lower() in DEPUTY_KEYS for keys in one.condition.values() for k in keys)]
    untied = _untied(role, held, {name for one in tied for name in one.principal.get("Service", ())})
    for one in held.statements:
        if one.allows:
            yield from _besides(catalog, role, held, one, wanted, untied)


def _assumes(
    catalog: Catalog,
    role: str,
    held: PolicyDocument,
    statement: ComposedStatement,
    kind: str,
    name: str,
    is_whole: bool,
) -> Iterator[AuditFinding]:
    """Whether who should assume the role can."""
    if kind == "AWS":
        return
    whole = statement.to_json()
    condition: Mapping[str, Any] = whole.get("Condition", {})
    context = RequestContext({}, assumed=conditions.read(condition))
    for action in statement.actions:
        decision = evaluate(AccessRequest(name, action, role, "", context), Policies(resource=held))
        if decision.outcome == "allowed":
            continue
        why = " ".join(dict.fromkeys(reason.why for reason in statement.reasons))
        if decision.outcome == "denied":
            near = "; ".join(f"{missed} {text}" for missed, text in decision.missed[:3])
            text = f"{name} cannot assume the role{f' ({near})' if near else ''}. {why}"
        else:
            text = f"Whether {name} can assume the role hangs on {decision.why}. {why}"
        is_denied = decision.outcome == "denied" and (is_whole or decision.explicit)
        if decision.outcome == "denied" and not is_denied:
            text = f"{UNSEEN}. {text}"
        yield AuditFinding(
            "missing" if is_denied else "depends",
            text,
            action=action,
            resource=role,
            condition=condition,
            layer="trust",
            document=held.name,
            statement=decision.statement or (decision.missed[0][0] if decision.missed else ""),
            step=step_of(statement.reasons),
            principal=name,
            evidence=statement.reasons[0].evidence if statement.reasons else "",
            sources=cited(catalog, statement.reasons),
            patch=[{"op": "add", "path": "/Statement/-", "value": whole}] if is_denied else None,
        )


def _of_provider(statement: ComposedStatement, held: PolicyDocument) -> ComposedStatement:
    """A statement whose provider of web identities is not known, with the provider that the trust policy names.

    The role alone shows of which Amazon EKS cluster it is; which service account takes it is asked all the same.
    """
    (own,) = statement.principal.get("Federated", ("",))
    if not (names := names_in(own)):
        return statement
    pattern = re.sub(r"\\\$\\\{([A-Za-z0-9]+)\\\}", r"(?P<\1>.+)", re.escape(own))
    given = [name for one in held.statements for kind, name in one.principals if kind == "Federated"]
    found = next((match for name in given if (match := re.fullmatch(pattern, name))), None)
    if found is None:
        return statement
    values = {name: found[name] for name in names}
    return statement._replace(
        principal={"Federated": (filled(own, values),)},
        condition={
            operator: {filled(key, values): texts for key, texts in keys.items()}
            for operator, keys in statement.condition.items()
        },
    )


def _untied(role: str, held: PolicyDocument, services: Iterable[str]) -> dict[tuple[int, str], bool]:
    """Statements and services that a statement lets assume the role for another account, with whether it has a key."""
    statements = grants.of_documents([held])
    elsewhere = _elsewhere(role, held)
    untied: dict[tuple[int, str], bool] = {}
    for one in held.statements:
        for name in services:
            if one.allows and ("Service", name) in one.principals:
                mine = replace(grants.of_statement(one), principals=union([principal("Service", name)]))
                left = grants.difference([mine], statements.denied).grants
                if any(not piece.when.meet(case).is_never() for piece in left for case in elsewhere):
                    untied[one.number, name] = any(test.key in DEPUTY_KEYS for test in one.tests)
    return untied


def _elsewhere(role: str, held: PolicyDocument) -> list[When]:
    """Requests that a service makes for another account: keys it may not send, or values of that account.

    Organizations that a condition names exactly count as that of the account.
    """
    tests = [test for one in held.statements for test in one.tests]
    arn = parse(role)
    accounts = {value for test in tests if test.key == "aws:sourceaccount" for value in test.values if value.isdigit()}
    known = arn.account if arn is not None and arn.account.isdigit() else ""
    own = known or (accounts.pop() if len(accounts) == 1 else "${Account}")
    ids = [value for test in tests if test.key == "aws:sourceorgid" for value in test.values if "*" not in value]
    paths = [value for test in tests if test.key == "aws:sourceorgpaths" for value in test.values]
    paths = [value for value in paths if "*" not in value.partition("/")[0]]
    other: dict[str, dict[str, Any]] = {
        "StringNotEquals": {"aws:SourceAccount": own, **({"aws:SourceOrgID": ids} if ids else {})},
        **({"ForAllValues:StringNotLike": {"aws:SourceOrgPaths": paths}} if paths else {}),
    }
    without = {**other, "Null": {"aws:SourceArn": "true"}}
    foreign = {
        **other,
        "ArnLike": {"aws:SourceArn": f"arn:*:*:*:{'?' * 12}:*"},
        "ArnNotLike": {"aws:SourceArn": f"arn:*:*:*:{own}:*"},
    }
    return [When(conditions.read(one)) for one in (without, foreign)]


def _besides(
    catalog: Catalog,
    role: str,
    held: PolicyDocument,
    one: PolicyStatement,
    wanted: Mapping[tuple[str, str], Collection[str]],
    untied: Mapping[tuple[int, str], bool],
) -> Iterator[AuditFinding]:
    """Who can assume the role who need not, and services that are not tied to the account."""
    mine = parse(role)
    if one.not_principals:
        yield _trust(held, one, "all but some", "NotPrincipal with Allow lets everyone else assume the role.", "")
        return
    for kind, name in one.principals:
        service = kind == "Service"
        if (kind, name) in wanted:
            has_key = untied.get((one.number, name)) if service else None
            if has_key is not None:
                what = "The condition does not tie" if has_key else "Nothing ties"
                why = (
                    f"{what} {name} to the account, so that it can be made to use the role for somebody else"
                    " (confused deputy). The composed trust policy has aws:SourceAccount or aws:SourceArn."
                )
                yield _trust(held, one, name, why, kind)
            if more := _other_actions(catalog, one, wanted[kind, name]):
                why = f"The work needs of {name} only {', '.join(wanted[kind, name])}, not {some(more, _MOST_NAMED)}."
                yield _trust(held, one, name, why, kind)
            continue
        why = f"The work does not need that {name} assumes the role."
        account = name if name.isdigit() else arn.account if (arn := parse(name)) else ""
        if name == "*":
            limits = f" who passes {', '.join(map(str, one.tests))}" if one.tests else ""
            why = f"Everyone{limits} can assume the role."
        elif not service and account and mine is not None and mine.account.isdigit() and account != mine.account:
            why = f"{name} is of the account {account}, not of the account of the role."
        yield _trust(held, one, name, why, kind)


def _other_actions(catalog: Catalog, one: PolicyStatement, needed: Collection[str]) -> list[str]:
    """The actions on sessions that a statement of a trust policy allows and the work does not need.

    No others have to do with a role as a resource (IAM User Guide, "Assume role trust policies").
    """
    sessions = one.action_texts.meet(union([actions.action("sts:*")]))
    left = sessions.minus(union(map(actions.action, needed)))
    known = actions_of(catalog)
    return sorted({name for region in left.regions for name, _ in known.within(region)})


def _trust(held: PolicyDocument, one: PolicyStatement, principal: str, why: str, kind: str) -> AuditFinding:
    return AuditFinding(
        "trust",
        why,
        action=", ".join(f"all but {name}" if one.not_actions else name for name in one.actions),
        principal=principal,
        condition=conditions.to_json(one.tests),
        layer="trust",
        document=held.name,
        statement=one.name,
        service=kind,
    )

"""Patches of a role's policies: those that add what is missing, and those that only narrow what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..canonical import unlike
from ..engine.documents import ComposedStatement
from ..iam import arns, conditions
from ..iam.patterns import covers
from ..iam.statements import PolicyStatement
from ..iam.text_sets import union
from .excess_permissions import is_about
from .report import AuditFinding

Steps = list[dict[str, Any]]


def listed(policy: Mapping[str, Any]) -> list[Any]:
    """The statements of a policy, of which one alone need not be in a list."""
    value = policy.get("Statement")
    return list(value) if isinstance(value, list | tuple) else [value]


def added(policy: Mapping[str, Any], statements: Sequence[Mapping[str, Any]]) -> Steps:
    """A patch that adds statements to a policy, each with a Sid that the policy has not."""
    known = {str(one.get("Sid", "")) for one in listed(policy) if isinstance(one, Mapping)}
    renamed = []
    for one in statements:
        sid = _free(str(one.get("Sid", "")), known)
        renamed.append({**one, "Sid": sid} if sid else dict(one))
    if not isinstance(policy.get("Statement"), list):
        return [{"op": "replace", "path": "/Statement", "value": [*listed(policy), *renamed]}]
    return [{"op": "add", "path": "/Statement/-", "value": one} for one in renamed]


def _free(sid: str, known: set[str]) -> str:
    own = unlike(sid, known - {""})
    known.add(own)
    return own


def lacked(findings: Iterable[AuditFinding], statements: Sequence[ComposedStatement]) -> list[dict[str, Any]]:
    """The statements that allow what is missing: those of the composed policy, with the missing actions only."""
    missing = [one for one in findings if one.kind == "missing"]
    reduced = []
    for statement in statements:
        own = [one for one in missing if one.action in statement.actions and one.resource in statement.resources]
        if not own:
            continue
        whole = statement.to_json()
        acts, resources = {one.action for one in own}, {one.resource for one in own}
        whole["Action"] = [name for name in statement.actions if name in acts]
        whole["Resource"] = [name for name in statement.resources if name in resources]
        reduced.append(whole)
    return reduced


def narrowed(
    policy: Mapping[str, Any],
    statements: Sequence[PolicyStatement],
    too_wide: set[str],
    needed: Sequence[ComposedStatement],
) -> Steps:
    """A patch that leaves of a policy only what the work needs, and adds nothing to what it grants.

    Args:
        too_wide: names of the statements that allow more than the need.
    """
    kept: list[Any] = []
    steps: Steps = []
    sids = {one.sid for one in statements if one.sid}
    raw = listed(policy)
    for index in reversed(range(len(statements))):
        one = statements[index]
        if not one.allows or one.name not in too_wide:
            kept.append(raw[index])
            continue
        parts = [part for item in needed for part in _within(item, one)]
        if not one.variables and any("${" in text for part in parts for text in _texts(part)):
            # What the statement would become has policy variables, which this version of the language has not.
            kept.append(raw[index])
            continue
        if not parts:
            steps.append({"op": "remove", "path": f"/Statement/{index}"})
            continue
        own = [_named(part, one.sid if place == 0 else "", sids) for place, part in enumerate(parts)]
        steps.append({"op": "replace", "path": f"/Statement/{index}", "value": own[0]})
        steps += [{"op": "add", "path": f"/Statement/{index + 1}", "value": part} for part in reversed(own[1:])]
        kept += own
    if not steps or not isinstance(policy.get("Statement"), list):
        return [{"op": "replace", "path": "/Statement", "value": kept[::-1]}] if steps else []
    return steps


def _named(part: dict[str, Any], sid: str, known: set[str]) -> dict[str, Any]:
    return {**part, "Sid": sid or _free(part["Sid"], known)}


def _texts(part: Mapping[str, Any]) -> Iterator[str]:
    """Every text of a statement that may have policy variables."""
    yield from (*part.get("Resource", ()), *part.get("NotResource", ()))
    for keys in part.get("Condition", {}).values():
        for values in keys.values():
            yield from values


def _within(needed: ComposedStatement, one: PolicyStatement) -> Iterator[dict[str, Any]]:
    """What a statement allows of what is needed, as statements that allow nothing that it does not."""
    acts = [name for name in needed.actions if is_about(one, name)]
    if not acts:
        return
    whole = needed.to_json()
    tests = conditions.read(whole.get("Condition", {}))
    if conditions.implies((*tests, *one.tests), ()).holds is True:
        return  # no call passes both conditions
    condition = _both(whole.get("Condition", {}), one)
    limits = {"Condition": condition} if condition else {}
    if one.not_resources:
        inside = [name for name in needed.resources if union([arns.resource(name)]).within(one.resource_texts)]
        # Of the others a part is allowed, which only NotResource can say.
        is_partly = any(
            name not in inside and one.resource_texts.meets(union([arns.resource(name)])) for name in needed.resources
        )
    else:
        inside = list(dict.fromkeys(text for name in needed.resources for text in _resources(name, one)))
        is_partly = False
    if inside:
        yield {"Sid": whole["Sid"], "Effect": "Allow", "Action": acts, "Resource": inside, **limits}
    if is_partly:
        yield {"Sid": whole["Sid"], "Effect": "Allow", "Action": acts, "NotResource": list(one.resources), **limits}


def _resources(name: str, one: PolicyStatement) -> list[str]:
    """What a statement allows of a needed resource: it, if the statement covers it, else what of it is allowed."""
    pattern = arns.resource(name)
    patterns = [(text, arns.resource(text, one.variables)) for text in one.resources]
    if any(covers(item, pattern) for _, item in patterns):
        return [name]
    return [text for text, item in patterns if covers(pattern, item)]


def _both(condition: Mapping[str, Any], one: PolicyStatement) -> dict[str, Any]:
    """The condition of what is needed together with that of the statement."""
    needed = conditions.read(condition)
    if not one.tests or (needed and conditions.implies(needed, (one.tests,)).holds is True):
        return dict(condition)
    merged: dict[str, dict[str, Any]] = {**conditions.to_json(one.tests)}
    for operator, keys in condition.items():
        for key, values in keys.items():
            known = {name.lower() for name in merged.get(operator, {})}
            if key.lower() not in known:
                merged.setdefault(operator, {})[key] = list(values)
    return merged

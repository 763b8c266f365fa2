"""The statement that cures a denied action: the record's own, for the resource that the message names."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ..catalog import GLOBALS, Catalog, Condition, Trust
from ..engine.compose import Request, compose
from ..engine.documents import ComposedStatement
from ..engine.values import escape, filled, names_in
from .clues import Message
from .needs import Need


def of_need(catalog: Catalog, message: Message, need: Need, *, on_resource: bool) -> dict[str, Any]:
    """The statement to add: the record's actions, for the resource that the message names where it names one.

    Args:
        need: the need that explains it.
        on_resource: whether it is for the policy of the resource.
    """
    values = {**need.place.entry.constants, **_globals(message)}
    condition = need.statement.condition
    if need.templates == ("*",):
        resources: tuple[str, ...] = ("*",)
    elif message.resource and need.fits:
        resources = (escape_known(message.resource),)
    else:
        composed = _composed(catalog, need)
        resources, condition = composed or (need.templates, condition)
    resources = tuple(filled(item, values) for item in resources)
    principal: Mapping[str, tuple[str, ...]] = {}
    if on_resource:
        service = need.action.partition(":")[0]
        kind = next((kind for kind in catalog.companions if service in kind.services), None)
        resources = kind.element_of(resources) if kind else resources
        account = message.account or "${Account}"
        role = message.role or _role_of(message.principal) or f"arn:{message.partition}:iam::{account}:root"
        principal = {"AWS": (role,)}
    return _written(need.because.sid, need.statement.actions, resources, condition, values, principal)


def of_action(message: Message) -> dict[str, Any] | None:
    """The statement for an action that no record has, if the message names the resource."""
    action = message.actions[0]
    sid = "Allow" + re.sub("[^A-Za-z0-9]", "", action.partition(":")[2])
    return _written(sid, (action,), (escape_known(message.resource),), {}, {}) if message.resource else None


def of_trust(message: Message, trust: Trust) -> dict[str, Any]:
    """The statement of a trust policy."""
    return _written(trust.sid, trust.actions, (), trust.condition, _globals(message), trust.principal)


def check(message: Message, action: str, who: str) -> str:
    """A command that shows whether it is cured, with what the message names; the policies of ``who`` decide."""
    role = message.role or _role_of(message.principal) or message.principal
    if action == "sts:AssumeRole" and not message.principal:
        name = (message.resource or role).rpartition("/")[2] or "ROLE"
        return f"aws iam get-role --role-name {shlex.quote(name)} --query Role.AssumeRolePolicyDocument"
    if who == "service-linked role":
        return ""
    source = role if re.match("arn:[a-z-]+:iam::[0-9]{12}:", role) else "ROLE_ARN"
    call = f"aws iam simulate-principal-policy --policy-source-arn {shlex.quote(source)} --action-names {action}"
    is_named = message.resource and not names_in(message.resource)
    return call + (f" --resource-arns {shlex.quote(message.resource)}" if is_named else "")


def placeholders(statement: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Names of the placeholders in a statement, sorted."""
    return tuple(sorted({*names_in(json.dumps(statement))}))


def _composed(catalog: Catalog, need: Need) -> tuple[tuple[str, ...], Condition] | None:
    """The resources and condition of a need as the composer writes them, with the record's placeholders."""
    place = need.place
    if place.container:
        # Only a request with its keys makes the composer write it: the value's first form stands for all.
        return (_named(need.templates[0], place.entry.prefix),), need.statement.condition
    addons = (place.addon.id,) if place.addon else ()
    role = () if place.is_caller else (place.grantee.id,)
    composition = compose(catalog, [Request(place.operation)], role, addons=addons)
    document = composition.caller if place.is_caller else composition.policy
    for statement in document.statements:
        reasons = {(reason.grantee, reason.addon) for reason in statement.reasons}
        own = (place.grantee.id, place.addon.id if place.addon else "")
        if need.action in statement.actions and own in reasons:
            return tuple(statement.resources), statement.condition
    return None


def _named(template: str, prefix: str) -> str:
    """A template whose own placeholders are named as the composer names them: with the prefix of the entry."""
    return re.sub(r"\$\{(\w+)\}", lambda name: name[0] if name[1] in GLOBALS else f"${{{prefix}{name[1]}}}", template)


def _written(
    sid: str,
    allowed: Sequence[str],
    resources: Sequence[str],
    condition: Condition,
    values: Mapping[str, str],
    principal: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> dict[str, Any]:
    """A statement as JSON, with the values of the placeholders in its condition."""
    known = {
        operator: {key: tuple(filled(text, values) for text in texts) for key, texts in keys.items()}
        for operator, keys in condition.items()
    }
    return ComposedStatement(sid, tuple(allowed), tuple(resources), known, (), principal).to_json()


def escape_known(resource: str) -> str:
    """A resource of a message, so that IAM takes each of its characters literally; our placeholders stay."""
    out, at = "", 0
    for token in re.finditer(r"\$\{(?:" + "|".join(GLOBALS) + r")\}", resource):
        out += escape(resource[at : token.start()]) + token.group()
        at = token.end()
    return out + escape(resource[at:])


def _globals(message: Message) -> dict[str, str]:
    values = {"Partition": message.partition, "Region": message.region, "Account": message.account}
    return {name: value for name, value in values.items() if re.fullmatch("[a-z0-9-]{1,32}", value)}


def _role_of(principal: str) -> str:
    """The ARN of the role that a session is of, without the path, which a session does not show."""
    parts = re.fullmatch(
        r"arn:([a-z-]{3,16}):sts::([0-9]{12}):assumed-role/([A-Za-z0-9_+=,.@-]{1,64})/.{1,64}", principal
    )
    return f"arn:{parts[1]}:iam::{parts[2]}:role/{parts[3]}" if parts else ""

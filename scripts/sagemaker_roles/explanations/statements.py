"""The statement that cures a denied action: the record's own, for the resource that the message names.

It is one of the layer that denies: ``cure`` in data/messages/layers.yaml says what such a statement has.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..catalog import GLOBALS, Catalog, Condition, Trust
from ..engine.companions import of_resource
from ..engine.compose import Request, compose
from ..engine.documents import ComposedStatement, Reason
from ..engine.values import escape, filled, names_in, unwritable
from ..engine.vpc_endpoints import of_endpoint
from ..iam import actions
from ..iam.arn_parts import parts_of
from ..iam.evaluation import AccessRequest, applies
from ..iam.patterns import intersects
from ..iam.statements import statements as parse_statements
from .clues import Message
from .recorded_needs import Need, has_resource, statements


class Cure(NamedTuple):
    """The statement to add to the policy of a layer, or why none can be: one of the two is empty."""

    statement: dict[str, Any] | None
    why_none: str = ""


def of_need(catalog: Catalog, message: Message, need: Need, cure: str, *, is_certain: bool = True) -> Cure:
    """The statement to add: the record's actions, for the resource that the message names where it names one.

    One that does not allow the denied call is not offered: the denied action on the resource of the message is.

    Args:
        need: the need that explains it.
        cure: what a statement of the layer has, as data/messages/layers.yaml says.
        is_certain: whether it is this need, so that the statement can have its Sid.
    """
    if why := _valueless(message):
        return Cure(None, why)
    values = {**need.place.entry.constants, **_globals(message)}
    names, condition = need.statement.actions, need.statement.condition
    taking = _taking(catalog, message, need) if _is_named(message) and message.resource != "*" and need.fits else ()
    if need.templates == ("*",):
        resources: tuple[str, ...] = ("*",)
    elif taking:
        names, resources = taking, (escape_known(message.resource),)
    else:
        composed = _composed(catalog, need)
        resources, condition = composed or (need.templates, condition)
    reasons = (Reason(operation=need.place.operation),)
    sid = need.because.sid if is_certain else _neutral_sid(need.action)
    written = _filled(ComposedStatement(sid, names, resources, condition, reasons), values)
    if message.resource not in ("", "*") and not allows(written.to_json(), message, need.action):
        return of_action(catalog, message, need.action, cure)
    return _in_layer(catalog, message, need.action, written, cure)


def _neutral_sid(action: str) -> str:
    return "Allow" + re.sub("[^A-Za-z0-9]", "", action.partition(":")[2])


def of_passing(catalog: Catalog, message: Message, cure: str) -> Cure:
    """The statement for passing a role to another service, whose call a message names."""
    service = service_of(message)
    is_known = service in catalog._once(("service principals",), lambda: _service_principals(catalog))
    condition: Condition = {"StringEquals": {"iam:PassedToService": (service,)}} if is_known else {}
    statement, why = of_action(catalog, message, "iam:PassRole", cure, condition)
    open_service = "Add the condition iam:PassedToService with the service that assumes the role."
    return Cure(statement, why or ("" if is_known else open_service))


def service_of(message: Message) -> str:
    """The service principal of the service that has the call of a message."""
    return f"{message.call.partition(':')[0]}.amazonaws.com"


def passed_services(need: Need) -> frozenset[str]:
    """The services that a need allows to pass a role to."""
    return _passed_to(need.place.entry.constants, need.statement.condition)


def _passed_to(constants: Mapping[str, str], condition: Condition) -> frozenset[str]:
    texts = (text for keys in condition.values() for text in keys.get("iam:PassedToService", ()))
    return frozenset(filled(text, constants) for text in texts)


def _service_principals(catalog: Catalog) -> frozenset[str]:
    """The service principals that records pass roles to."""
    found = {one for _, services in catalog.passed.values() for one in services}
    for name in catalog.operations:
        for place, statement, _ in statements(catalog, name).get("iam", ()):
            found |= _passed_to(place.entry.constants, statement.condition)
    return frozenset(found)


def allows(statement: Mapping[str, Any], message: Message, action: str) -> bool:
    """Whether a statement of an identity's policy can allow the denied call: nothing that is known of it fails."""
    call = AccessRequest(message.role or message.principal, action, message.resource or "*")
    (read,) = parse_statements({"Statement": [statement]})
    return applies(read, call, "identity").verdict.holds is not False


def _taking(catalog: Catalog, message: Message, need: Need) -> tuple[str, ...]:
    """The actions of a need that accept the resource of a message: what was denied is one of them."""
    denied = [actions.action(name) for name in message.actions]
    return tuple(
        name
        for name in need.statement.actions
        if any(intersects(actions.action(name), one) for one in denied)
        or has_resource(catalog, name, message.resource, need.templates)
    )


def of_action(catalog: Catalog, message: Message, action: str, cure: str, condition: Condition | None = None) -> Cure:
    """The statement for an action that no record has for the resource, if the message names it.

    Args:
        condition: the condition of the statement.
    """
    if why := _valueless(message):
        return Cure(None, why)
    if not _is_named(message):
        is_shown = "The message does not name one whole resource, so no statement is offered."
        return Cure(None, is_shown if message.resource else "")
    resources = (escape_known(message.resource),)
    written = ComposedStatement(_neutral_sid(action), (action,), resources, condition or {}, ())
    return _in_layer(catalog, message, action, written, cure)


def of_service(service: str) -> dict[str, Any]:
    """The statement of a trust policy for a service that no record has."""
    written = ComposedStatement(
        _neutral_sid("sts:AssumeRole"), ("sts:AssumeRole",), (), {}, (), {"Service": (service,)}
    )
    return written.to_json()


def of_trust(message: Message, trust: Trust) -> dict[str, Any]:
    """The statement of a trust policy."""
    written = ComposedStatement(trust.sid, trust.actions, (), trust.condition, (), trust.principal)
    return _filled(written, _globals(message)).to_json()


#: A field of an ARN before the resource: known, of any, or a placeholder; a text that leaves some out has other signs.
_FIELD = r"(?:[a-z0-9-]*|\*|\$\{\w+\})"
#: A bucket or other resource called what Java, JavaScript and Python write for no value; first.js has it too.
_NO_VALUE = re.compile(r"arn:[^:]*:(?:s3:::|(?!s3:)[^:]*:[^:]*:[^:]*:[a-z-]+[/:])(null|undefined|None)(?=$|/)")
#: The end of ARNs of services that have a wildcard there: that of a log group.
_ANY_STREAM = {"logs": ":*"}
_ARN = re.compile(rf"\*|arn(?::{_FIELD}){{4}}:.+")


def _is_named(message: Message) -> bool:
    """Whether a message names a resource that IAM takes in a statement: ``*``, or one ARN."""
    resource = message.resource
    is_one = resource == "*" or not set("*?") & set(
        resource.removesuffix(_ANY_STREAM.get(parts_of(resource).service, ""))
    )
    return bool(_ARN.fullmatch(resource)) and is_one and not unwritable(resource)


def _valueless(message: Message) -> str:
    """Why a resource is none that is meant: its name is what a language writes for no value; "" if it is not."""
    found = _NO_VALUE.match(message.resource)
    return (
        f'The resource is called "{found[1]}", so the client had no value for its name. Set the name in the code or '
        "request first; no statement is offered for this resource."
        if found
        else ""
    )


def _in_layer(catalog: Catalog, message: Message, action: str, statement: ComposedStatement, cure: str) -> Cure:
    """A statement of an identity's policy as one of the layer that a cure is for."""
    who = _denied(message)
    principal = {"Service": (message.service,)} if message.service else {"AWS": (who,)}
    written: ComposedStatement | None = statement
    why = ""
    if cure == "trust" or (cure == "resource" and action.lower().startswith("sts:")):
        actions = tuple(one for one in statement.actions if one.lower().startswith("sts:"))
        written = statement._replace(actions=actions, resources=(), principal={"AWS": (who,)}) if actions else None
        why = f"No statement is offered: a trust policy allows actions of AWS STS only, and {action} is none."
    elif cure == "endpoint":
        written = of_endpoint(catalog, statement, who)
    elif cure == "resource":
        written, why = of_resource(catalog, statement._replace(principal=principal), action)
    return Cure(written.to_json()) if written else Cure(None, why)


def _denied(message: Message) -> str:
    """The principal of a policy that names who was denied: the role or user, else the account."""
    is_user = re.fullmatch("arn:[a-z-]+:iam::[0-9]{12}:user/[A-Za-z0-9_+=,.@/-]{1,576}", message.principal)
    account = message.account or "${Account}"
    whole_account = f"arn:{message.partition}:iam::{account}:root"
    return message.role or _role_of(message.principal) or (message.principal if is_user else whole_account)


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
    own = (place.grantee.id, place.addon.id if place.addon else "")
    found = [
        statement
        for statement in document.statements
        if need.action in statement.actions and own in {(one.grantee, one.addon) for one in statement.reasons}
    ]
    if not found:
        return None
    condition = found[0].condition
    resources = dict.fromkeys(item for one in found if one.condition == condition for item in one.resources)
    return tuple(resources), condition


def _named(template: str, prefix: str) -> str:
    """A template whose own placeholders are named as the composer names them: with the prefix of the entry."""
    return re.sub(r"\$\{(\w+)\}", lambda name: name[0] if name[1] in GLOBALS else f"${{{prefix}{name[1]}}}", template)


def _filled(statement: ComposedStatement, values: Mapping[str, str]) -> ComposedStatement:
    """A statement with the values of the placeholders in its resources and condition."""
    condition = {
        operator: {key: tuple(filled(text, values) for text in texts) for key, texts in keys.items()}
        for operator, keys in statement.condition.items()
    }
    resources = tuple(filled(item, values) for item in statement.resources)
    return statement._replace(resources=resources, condition=condition)


def escape_known(resource: str) -> str:
    """A resource of a message, so that IAM takes each of its characters literally; our placeholders stay."""
    if resource == "*":
        return resource
    end = _ANY_STREAM.get(parts_of(resource).service, "")
    resource, end = (resource.removesuffix(end), end) if end and resource.endswith(end) else (resource, "")
    out, at = "", 0
    for token in re.finditer(r"\$\{(?:" + "|".join(GLOBALS) + r")\}", resource):
        out += escape(resource[at : token.start()]) + token.group()
        at = token.end()
    return out + escape(resource[at:]) + end


def _globals(message: Message) -> dict[str, str]:
    values = {"Partition": message.partition, "Region": message.region, "Account": message.account}
    return {name: value for name, value in values.items() if re.fullmatch("[a-z0-9-]{1,32}", value)}


def _role_of(principal: str) -> str:
    """The ARN of the role that a session is of, without the path, which a session does not show."""
    parts = re.fullmatch(
        r"arn:([a-z-]{3,16}):sts::([0-9]{12}):assumed-role/([A-Za-z0-9_+=,.@-]{1,64})/.{1,64}", principal
    )
    return f"arn:{parts[1]}:iam::{parts[2]}:role/{parts[3]}" if parts else ""

"""What an error message means: what was denied, to whom, by which layer, what needs it, and what to add.

Prints nothing. Works with the compiled catalog alone: forms, clues and layers are data, needs are those of records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..catalog import Because, Catalog, Trust
from . import statements
from .causes import Cause, Explanation
from .clues import DENY, TRUST, Message, read_messages
from .ranking import Case
from .recorded_needs import Need

#: How many causes of one message are given.
_MOST = 6
#: How many of them a person reads.
_BEST = 3

#: The matters that are about an action; of others, a call that is named was not denied.
_ABOUT_ACTIONS = ("account", "limit", "missing", "permission", "resource", "role", "unclear")

#: What to look at where a text has no clue.
LOOK = (
    'Look for AccessDenied, 403, or "not authorized" earlier in the log; the last line often says only that it failed.',
    "Read FailureReason in the answer of the Describe… operation of the job, and the log of the job.",
    "Look for events with an errorCode in AWS CloudTrail, at the time of the failure, and give them to this command.",
    "If nothing is denied and it hangs or times out, check the route, the VPC endpoints, and the security groups.",
    "If the text is an error message of AWS, report it to this project, without names and account IDs of your own.",
)

#: The question that decides where a message shows neither whose call was denied nor of which operation.
_ASK_WHO = (
    "Who made the call? Code in a job, endpoint, notebook, or Studio has the execution role; a laptop, build server, "
    "or console has the caller's permissions. The log that has the message shows it."
)
_ASK_OPERATION = "Which operation failed? Name it to narrow this answer."


def explain_message(catalog: Catalog, text: str, *, operation: str = "", name: str = "message") -> Explanation:
    """Explains an error message.

    Args:
        text: a message, a log, a CloudTrail event or log, or the JSON answer of a Describe… operation.
        operation: the operation that failed, if that is known; it wins over what the text shows.
        name: what errors call the text.

    Raises:
        UnknownOperation: there is no record of this operation.
        InputError: the text is too large.
    """
    operation = catalog.find(operation) if operation else ""
    causes: dict[tuple[str, ...], Cause] = {}
    for message in read_messages(catalog, text, name):
        for cause in causes_of(Case(catalog, message, operation)):
            key = (cause.form, cause.action, cause.resource, cause.principal, cause.operation, cause.role, cause.addon)
            causes.setdefault(key, cause)
    return Explanation(tuple(causes.values()), () if causes else LOOK)


# --- causes of one message --------------------------------------------------------------------------------------


def causes_of(case: Case) -> Iterator[Cause]:
    """The causes of one message, the best first."""
    message, wanted, common = case.message, case.operations, _common(case)
    is_trust = message.actions == ("sts:AssumeRole",) and not message.principal
    if common.matter not in ("permission", "role") or not (message.actions or message.resource):
        is_about = common.matter in _ABOUT_ACTIONS
        action = message.actions[0] if message.actions and is_about else ""
        yield _granted(case, replace(common, operation=next(iter(wanted), ""), action=action))
        if common.matter not in ("missing", "unclear") and not (common.matter == "request" and message.actions):
            return
    is_named = bool(message.actions or message.resource) and not is_trust
    found = case.ranked() if is_named else []
    if _is_passed(message):
        found = [need for need in found if need.fits and _passes(case, need)]
    found = found[:_MOST]
    if found and message.actions and message.resource and not (message.is_said or any(need.fits for need in found)):
        # The text is about a resource that the action does not have.
        yield from causes_of(case.without_resource())
        return
    is_certain = bool(case.operations) or len({need.place.operation for need in found[:_BEST]}) == 1
    causes = [_cause(case, need, common, is_certain) for need in found]
    question = _question(causes, case)
    yield from (replace(cause, question=question) for cause in causes)
    if "sts:AssumeRole" in message.actions and not message.principal:
        yield from _trusts(case, common)
    elif not found and common.matter in ("permission", "role") and is_named:
        yield _unneeded(case, common) if message.actions else common


def _granted(case: Case, cause: Cause) -> Cause:
    """A cause of a resource whose policy lacks a permission, with the statement of that policy."""
    needs = case.ranked()[:1] if cause.matter == "resource" and cause.action and cause.resource else []
    if not needs or case.catalog.layers.get(cause.layer, {}).get("cure") != "resource":
        return cause
    cure = statements.of_need(case.catalog, case.message, needs[0], "resource", is_certain=False)
    look = (*cause.look, *([cure.why_none] if cure.why_none else []))
    names = statements.placeholders(cure.statement)
    return replace(cause, statement=cure.statement, placeholders=names, look=look)


def _question(causes: Sequence[Cause], case: Case) -> str:
    """The one question that decides between causes which a message leaves equally likely; "" if it decides itself."""
    best = causes[:_BEST]
    is_nameless = not (case.message.principal or case.message.role)
    if is_nameless and len({cause.caller for cause in best}) > 1:
        return _ASK_WHO
    offered = [{**(cause.statement or {}), "Sid": ""} for cause in best]
    is_open = len({cause.operation for cause in best}) > 1 and any(one != offered[0] for one in offered)
    return _ASK_OPERATION if is_open and not (case.operations or case.message.call) else ""


def _common(case: Case) -> Cause:
    """What all causes of a message have in common."""
    catalog, message, form = case.catalog, case.message, case.form
    matter = form.get("matter", "permission")
    policy = catalog.layers.get(message.policy_layer, {}) if message.policy_layer != DENY else {}
    look = [catalog.layers[message.layer]["says"]] if message.layer else []
    if policy and message.layer == DENY:
        look = [f"The {policy['title']} denies it explicitly. A statement that allows it elsewhere does not help."]
    look += [line for name in message.forms for line in catalog.messages[name].get("look", ())]
    usual = "identity-policy" if message.actions and matter == "permission" else ""
    layer = message.layer or form.get("layer", usual)
    if not message.layer and any(not action.startswith("sts:") for action in message.actions):
        layer = usual if layer == "trust-policy" else layer  # no trust policy denies what is no action of AWS STS
    page = form.get("page", "guides/troubleshooting.md#reason")
    return Cause(
        form=message.form,
        title=form.get("title", "An action is denied"),
        message=message.text,
        matter=matter,
        who=case.who,
        principal=message.principal or message.role,
        resource=message.resource,
        layer=layer,
        layer_named=bool(message.layer),
        policy_type=policy.get("title", ""),
        policy_arn=message.policy,
        changed_by=policy.get("changed_by", ""),
        why=form.get("says", ""),
        look=tuple(dict.fromkeys(look)),
        page=page,
        guide=page,
        sources=_urls(catalog, form.get("sources", ())),
    )


def _cured(
    case: Case, common: Cause, because: Because | Trust | None, action: str, statement: Any, **more: Any
) -> Cause:
    """A cause with the statement that cures it, how to check it, and, unless it is None, why it is needed."""
    if because:
        sources = _urls(case.catalog, because.sources)
        common = replace(common, why=because.why, evidence=because.evidence, sources=sources)
    if operation := more.get("operation", ""):
        own_page = operation if case.catalog.has_record(operation) else "calls"
        common = replace(common, page=f"reference/{own_page}.md")
    return replace(
        common,
        action=action,
        statement=statement,
        placeholders=statements.placeholders(statement),
        check=statements.check(case.message, action, more.get("who", common.who)),
        **more,
    )


def _cause(case: Case, need: Need, common: Cause, is_certain: bool) -> Cause:
    message = case.message
    cure = case.catalog.layers.get(common.layer, {}).get("cure")
    place, who = need.place, common.who
    if who == "principal":
        who = "caller" if place.is_caller else "execution role"
    is_linked = who == "service-linked role"
    look = list(common.look)
    if message.resource and not need.fits:
        look.insert(0, "The record needs the action for another resource than the message names; compare them.")
    if is_linked:
        look.insert(0, "You cannot add permissions to a service-linked role; pass an execution role.")
    statement, why_none = None, ""
    if cure != "remove" and not is_linked:
        statement, why_none = statements.of_need(case.catalog, message, need, cure or "allow", is_certain=is_certain)
    look += [why_none] if why_none else []
    service = need.action.partition(":")[0]
    return _cured(
        case,
        common,
        need.because,
        need.action,
        statement,
        operation=place.operation,
        role="" if place.is_caller else place.grantee.id,
        caller=place.is_caller,
        addon=place.addon.id if place.addon else "",
        who=who,
        next=tuple(item for item in statement["Action"] if item not in message.actions) if statement else (),
        # What else must allow an action of the service.
        also={
            name: layer["services"][service]
            for name, layer in case.catalog.layers.items()
            if name != common.layer and service in layer.get("services", {})
        },
        look=tuple(look),
    )


def _passes(case: Case, need: Need) -> bool:
    """Whether a need passes a role to the service of the call alone, by whom the message is about."""
    is_who = case.who == "principal" or (case.who == "caller") == need.place.is_caller
    return is_who and statements.passed_services(need) == {statements.service_of(case.message)}


def _is_passed(message: Message) -> bool:
    """Whether a call of another service, which passes it a role, is denied for that."""
    return message.actions[:1] == ("iam:PassRole",) and ":" in message.call


def _unneeded(case: Case, common: Cause) -> Cause:
    """The cause where no operation needs the action: code of one's own, or another service."""
    cure = case.catalog.layers.get(common.layer, {}).get("cure", "allow")
    is_removed = cure == "remove" or common.who == "service-linked role"
    why = common.why or "No operation with a record needs this action."
    look = ("Your own code, an SDK, or another service calls it.", *common.look)
    action, statement, why_none = case.message.actions[0], None, ""
    if _is_passed(case.message) and not is_removed:
        statement, why_none = statements.of_passing(case.catalog, case.message, cure)
    elif not is_removed:
        statement, why_none = statements.of_action(case.catalog, case.message, action, cure)
    look += (why_none,) if why_none else ()
    return _cured(case, replace(common, why=why, look=look), None, action, statement)


def _trusts(case: Case, common: Cause) -> Iterator[Cause]:
    """The trust statements of the operations that a message about assuming a role can be of."""
    catalog, message = case.catalog, case.message
    usual = case.form.get("operations") or catalog.messages.get(TRUST, {}).get("operations", ())
    shown = [name for clue in message.clues for name in catalog.clues[clue].get("operations", ())]
    look = tuple(dict.fromkeys([*([common.why] if common.why else []), *common.look]))
    common = replace(common, who="execution role", layer="trust-policy", look=look)
    if other := next(
        (catalog.clues[clue]["service"] for clue in message.clues if "service" in catalog.clues[clue]), ""
    ):
        statement = statements.of_service(f"{other}.amazonaws.com")
        yield _cured(case, replace(common, who="principal"), None, "sts:AssumeRole", statement)
        return
    for name in sorted(case.operations or usual, key=lambda name: name not in shown)[:_MOST]:
        grantee = next(iter(catalog.operation(name).roles), None)
        if grantee and grantee.trust:
            trust = catalog.trust(grantee.trust[0])
            statement = statements.of_trust(message, trust)
            yield _cured(case, common, trust, "sts:AssumeRole", statement, operation=name, role=grantee.id)


def _urls(catalog: Catalog, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(catalog.sources[name]["url"] for name in names if name in catalog.sources)

"""What an error message means: what was denied, to whom, by which layer, what needs it, and what to add.

Prints nothing. Works with the compiled catalog alone: forms, clues and layers are data, needs are those of records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..catalog import Catalog
from . import statements
from .causes import Cause, Explanation
from .clues import TRUST, Message, read_messages
from .needs import Need
from .scoring import ranked, who_of

#: How many causes of one message are given.
_MOST = 6

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
_ASK_OPERATION = "Which operation failed? Give its name, and the answer is for it alone."


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
        for cause in _causes(catalog, message, operation):
            key = (cause.form, cause.action, cause.resource, cause.principal, cause.operation, cause.role, cause.addon)
            causes.setdefault(key, cause)
    return Explanation(tuple(causes.values()), () if causes else LOOK)


# --- causes of one message --------------------------------------------------------------------------------------


def _causes(catalog: Catalog, message: Message, operation: str) -> Iterator[Cause]:
    form = catalog.messages.get(message.form, {})
    common = _common(catalog, message, form)
    matter = common["matter"]
    wanted = _with_role_owners(catalog, (operation,) if operation else message.operations)
    is_trust = message.actions == ("sts:AssumeRole",) and not message.principal
    if matter not in ("permission", "role") or not (message.actions or message.resource):
        is_about = matter in _ABOUT_ACTIONS
        action = message.actions[0] if message.actions and is_about else ""
        yield Cause(**{**common, "operation": next(iter(wanted), ""), "action": action})
        if matter not in ("missing", "unclear") and not (matter == "request" and message.actions):
            return
    is_named = bool(message.actions or message.resource) and not is_trust
    found = ranked(catalog, message, form, wanted)[:_MOST] if is_named else []
    asked = _question(found, message, wanted)
    for need in found:
        yield _cause(catalog, message, need, {**common, "question": asked})
    if "sts:AssumeRole" in message.actions and not message.principal:
        usual = form.get("operations") or catalog.messages.get(TRUST, {}).get("operations", ())
        yield from _trusts(catalog, message, wanted or usual, common)
    elif not found and matter in ("permission", "role") and message.actions:
        yield _unneeded(catalog, message, common)


def _question(found: Sequence[Need], message: Message, wanted: Sequence[str]) -> str:
    """The one question that decides between needs which a message leaves equally likely; "" if it decides itself."""
    best = found[:3]
    if not (message.principal or message.role) and len({need.place.is_caller for need in best}) > 1:
        return _ASK_WHO
    return _ASK_OPERATION if not wanted and len({need.place.operation for need in best}) > 1 else ""


def _with_role_owners(catalog: Catalog, operations: Sequence[str]) -> tuple[str, ...]:
    """Operations, and those whose role they work with (CreateTransformJob that of CreateModel)."""
    owners = [owner for name in operations for owner in catalog.operation(name).uses_role_of]
    return tuple(dict.fromkeys([*operations, *owners]))


def _common(catalog: Catalog, message: Message, form: Mapping[str, Any]) -> dict[str, Any]:
    """What all causes of a message have in common."""
    layers, matter = catalog.layers, form.get("matter", "permission")
    look = [layers[message.layer]["says"]] if message.layer else []
    look += [line for name in message.forms for line in catalog.messages[name].get("look", ())]
    usual = "identity-policy" if message.actions and matter == "permission" else ""
    page = form.get("page", "guides/troubleshooting.md#reason")
    return {
        "form": message.form,
        "title": form.get("title", "An action is denied"),
        "message": message.text,
        "matter": matter,
        "who": who_of(catalog, message, form),
        "principal": message.principal or message.role,
        "resource": message.resource,
        "layer": message.layer or form.get("layer", usual),
        "layer_named": bool(message.layer),
        "why": form.get("says", ""),
        "look": tuple(dict.fromkeys(look)),
        "also": {},
        "page": page,
        "guide": page,
        "sources": _urls(catalog, form.get("sources", ())),
    }


def _cured(catalog: Catalog, message: Message, common: Mapping[str, Any], because: Any, **more: Any) -> Cause:
    """A cause with the statement that cures it, how to check it, and, unless it is None, why it is needed."""
    statement = more["statement"]
    known = (
        {"why": because.why, "evidence": because.evidence, "sources": _urls(catalog, because.sources)}
        if because
        else {}
    )
    check = statements.check(message, more["action"], more.get("who", common["who"]))
    operation = more.get("operation", "")
    own_page = operation if catalog.has_record(operation) else "calls"
    page = f"reference/{own_page}.md" if operation else common["page"]
    sources = _urls(catalog, because.sources) if because else common["sources"]
    own = {"page": page, "placeholders": statements.placeholders(statement), "check": check, "sources": sources}
    return Cause(**{**common, **known, **own, **more})


def _cause(catalog: Catalog, message: Message, need: Need, common: Mapping[str, Any]) -> Cause:
    cure = catalog.layers.get(common["layer"], {}).get("cure")
    place, who = need.place, common["who"]
    if who == "principal":
        who = "caller" if place.is_caller else "execution role"
    is_linked = who == "service-linked role"
    look = list(common["look"])
    if message.resource and not need.fits:
        look.insert(0, "The record needs the action for another resource than the message names; compare them.")
    if is_linked:
        look.insert(0, "You cannot add permissions to a service-linked role; pass an execution role.")
    statement = None
    if cure != "remove" and not is_linked:
        statement = statements.of_need(catalog, message, need, on_resource=cure == "resource")
    return _cured(
        catalog,
        message,
        common,
        need.because,
        operation=place.operation,
        role="" if place.is_caller else place.grantee.id,
        caller=place.is_caller,
        addon=place.addon.id if place.addon else "",
        who=who,
        action=need.action,
        statement=statement,
        next=tuple(item for item in need.statement.actions if item not in message.actions) if statement else (),
        also=_also(catalog, common["layer"], need.action.partition(":")[0]),
        look=tuple(look),
    )


def _unneeded(catalog: Catalog, message: Message, common: Mapping[str, Any]) -> Cause:
    """The cause where no operation needs the action: code of one's own, or another service."""
    is_removed = common["layer"] == "explicit-deny" or common["who"] == "service-linked role"
    why = common["why"] or "No operation with a record needs this action."
    look = ("Your own code, an SDK, or another service calls it.", *common["look"])
    statement = None if is_removed else statements.of_action(message)
    return _cured(
        catalog, message, {**common, "why": why, "look": look}, None, action=message.actions[0], statement=statement
    )


def _trusts(
    catalog: Catalog, message: Message, operations: Iterable[str], common: Mapping[str, Any]
) -> Iterator[Cause]:
    """The trust statements of the operations that a message about assuming a role can be of."""
    shown = [name for clue in message.clues for name in catalog.clues[clue].get("operations", ())]
    look = tuple(dict.fromkeys([*([common["why"]] if common["why"] else []), *common["look"]]))
    common = {**common, "who": "execution role", "layer": "trust-policy", "look": look}
    for name in sorted(operations, key=lambda name: name not in shown)[:_MOST]:
        grantee = next(iter(catalog.operation(name).roles), None)
        if grantee and grantee.trust:
            trust = catalog.trust(grantee.trust[0])
            statement = statements.of_trust(message, trust)
            own = {"operation": name, "role": grantee.id, "action": "sts:AssumeRole", "statement": statement}
            yield _cured(catalog, message, common, trust, **own)


def _also(catalog: Catalog, decided: str, service: str) -> dict[str, str]:
    """What else must allow an action of a service, by layer."""
    layers = catalog.layers.items()
    return {
        name: layer["services"][service]
        for name, layer in layers
        if name != decided and service in layer.get("services", {})
    }


def _urls(catalog: Catalog, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(catalog.sources[name]["url"] for name in names if name in catalog.sources)

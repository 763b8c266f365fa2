"""What an error message means: what was denied, to whom, by which layer, what needs it, and what to add.

Prints nothing. Works with the compiled catalog alone: messages and layers are data, needs are those of the records.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .canonical import quoted
from .catalog import GLOBALS, AddOn, Because, Catalog, Condition, Entry, Grantee, Statement
from .denials import Cause, Explanation
from .engine.compose import Request, compose
from .engine.elements import element_of_service
from .engine.values import escape, filled, names_in, pattern
from .errors import UnknownOperation
from .iam import actions, arns
from .iam.parts import parts_of
from .iam.patterns import intersects
from .inputs.messages import Message, read_messages

#: How many causes of one message are given.
_MOST = 6

#: What to look at where no message has a known form.
LOOK = (
    'Look for AccessDenied, 403, or "not authorized" earlier in the log; the last line often says only that it failed.',
    "Read FailureReason in the answer of the Describe… operation of the job, and the log of the job.",
    "Look for events with an errorCode in AWS CloudTrail, at the time of the failure, and give them to this command.",
    "If nothing is denied and it hangs or times out, check the route, the VPC endpoints, and the security groups.",
)

#: Sessions of roles that SageMaker AI assumes (docs/guides/troubleshooting.md: assumed-role/<role>/SageMaker).
_OF_SAGEMAKER = re.compile(r"SageMaker.*", re.DOTALL)


def explain_message(catalog: Catalog, text: str, *, operation: str = "", name: str = "message") -> Explanation:
    """Explains an error message.

    Args:
        catalog: the knowledge base.
        text: a message, a log, a CloudTrail event or log, or the JSON answer of a Describe… operation.
        operation: the operation that failed, if that is known; it wins over what the text shows.
        name: what errors call the text.

    Raises:
        UnknownOperation: there is no record of this operation.
        InputError: the text is too large.
    """
    if operation and operation not in catalog.data["operations"]:
        raise UnknownOperation(f"unknown operation {quoted(operation)}", operation, catalog.operations)
    causes: dict[tuple[str, ...], Cause] = {}
    for message in read_messages(catalog, text, name):
        for cause in _causes(catalog, message, operation):
            key = (cause.form, cause.action, cause.resource, cause.principal, cause.operation, cause.role, cause.addon)
            causes.setdefault(key, cause)
    return Explanation(tuple(causes.values()), () if causes else LOOK)


# --- causes of one message --------------------------------------------------------------------------------------


class _Need(NamedTuple):
    """A statement of a record that has a denied action, and why it is needed.

    Attributes:
        container: ID of the container that calls it, or "".
    """

    operation: str
    grantee: Grantee
    is_caller: bool
    addon: AddOn | None
    container: str
    entry: Entry
    statement: Statement
    because: Because
    action: str
    templates: tuple[str, ...]
    fits: bool


def _causes(catalog: Catalog, message: Message, operation: str) -> Iterator[Cause]:
    form = catalog.data["messages"][message.form]
    common = _common(catalog, message, form)
    matter = form.get("matter", "permission")
    wanted = _with_role_owners(catalog, (operation,) if operation else message.operations)
    trusts = form.get("part") == "trust"
    if matter != "permission" or (not message.actions and not trusts):
        yield Cause(**{**common, "operation": next(iter(wanted), ""), "action": next(iter(message.actions), "")})
        if matter not in ("missing", "role"):
            return
    if trusts:
        yield from _trusts(catalog, message, wanted or form.get("operations", ()), common)
        return
    needs = _needs(catalog, message, wanted)
    if not needs and wanted:
        needs = _needs(catalog, message, ())
    clues = _clues(catalog, message)
    ranked = sorted(needs, key=lambda need: _rank(catalog, need, message, form, wanted, clues))
    for need in _spread(ranked, form)[:_MOST]:
        yield _cause(catalog, message, need, common)
    if not needs and matter == "permission":
        yield _unneeded(message, common)


def _with_role_owners(catalog: Catalog, operations: Sequence[str]) -> tuple[str, ...]:
    """Operations, and those whose role they work with (CreateTransformJob that of CreateModel)."""
    owners = [owner for name in operations for owner in catalog.operation(name).uses_role_of]
    return tuple(dict.fromkeys([*operations, *owners]))


def _common(catalog: Catalog, message: Message, form: Mapping[str, Any]) -> dict[str, Any]:
    """What all causes of a message have in common."""
    layer, is_named = _layer(catalog, message, form)
    layers = catalog.data.get("layers", {})
    says = form.get("says", "")
    return {
        "form": message.form,
        "message": message.text,
        "matter": form.get("matter", "permission"),
        "who": _who(message, form, _clues(catalog, message)),
        "principal": message.principal or message.role,
        "resource": message.resource,
        "layer": layer,
        "layer_named": is_named,
        "why": says,
        "look": tuple(dict.fromkeys([*([layers[layer]["says"]] if is_named else []), *form.get("look", ())])),
        "also": {},
        "page": form["page"],
        "guide": form["page"],
        "sources": _urls(catalog, form["sources"]),
    }


def _layer(catalog: Catalog, message: Message, form: Mapping[str, Any]) -> tuple[str, bool]:
    """The layer that decided, and whether the message names it."""
    if message.reason:
        for name, layer in catalog.data.get("layers", {}).items():
            if "pattern" in layer and pattern(layer["pattern"]).search(message.reason):
                return name, True
    if "layer" in form:
        return form["layer"], False
    return ("identity-policy" if message.actions and form.get("matter", "permission") == "permission" else ""), False


def _who(message: Message, form: Mapping[str, Any], clues: Sequence[Mapping[str, Any]]) -> str:
    principal = message.principal or message.role
    if "/aws-service-role/" in principal or ":assumed-role/AWSServiceRoleFor" in principal:
        return "service-linked role"
    if message.role and not message.principal:
        return "execution role"
    session = re.search(r":assumed-role/[^/]{1,64}/(.{1,64})", message.principal)
    if session and _OF_SAGEMAKER.fullmatch(session[1]):
        return "execution role"
    if message.principal:
        # What else is known of the session can speak for a role of ours, which another service than SageMaker AI takes.
        return "principal" if "policy" in {clue.get("part") for clue in clues} else "caller"
    return {"caller": "caller", "policy": "execution role", "trust": "execution role"}.get(
        form.get("part", ""), "principal"
    )


def _clues(catalog: Catalog, message: Message) -> list[Mapping[str, Any]]:
    return [catalog.data["clues"][name] for name in message.clues]


def _needs(catalog: Catalog, message: Message, operations: Iterable[str]) -> list[_Need]:
    """The statements of records that have a denied action, for its resource if some are, else for any."""
    needs = list(_having(catalog, message, list(operations) or catalog.operations))
    return [need for need in needs if need.fits] or needs


def _having(catalog: Catalog, message: Message, operations: Iterable[str]) -> Iterator[_Need]:
    wanted = [(name, actions.action(name)) for name in message.actions]
    resource = arns.named(message.resource) if message.resource else None
    for operation in operations:
        record = catalog.operation(operation)
        for grantee in record.grantees():
            for addon, container, entry in _entries(catalog, operation, grantee):
                for statement, because in zip(entry.statements, entry.because(), strict=True):
                    for name, one in wanted:
                        if not any(intersects(actions.action(item), one) for item in statement.actions):
                            continue
                        templates = _templates(catalog, entry, statement)
                        met = tuple(
                            item for item in templates if resource is None or intersects(arns.resource(item), resource)
                        )
                        yield _Need(
                            operation=operation,
                            grantee=grantee,
                            is_caller=grantee is record.caller,
                            addon=addon,
                            container=container,
                            entry=entry,
                            statement=statement,
                            because=because,
                            action=name,
                            templates=met or templates,
                            fits=bool(met),
                        )


def _entries(catalog: Catalog, operation: str, grantee: Grantee) -> Iterator[tuple[AddOn | None, str, Entry]]:
    """What a grantee can need: of its record, and of containers to which requests of the operation can hand a value."""
    for addon, entry in grantee.all_entries():
        yield addon, "", entry
    for container in catalog.containers:
        if grantee.id in container.roles:
            for read in container.reads:
                if not _members(catalog, operation).isdisjoint(read.members):
                    for entry in read.entries:
                        yield None, container.id, entry


def _members(catalog: Catalog, operation: str) -> frozenset[str]:
    """Names of all members of an operation's request, at any depth."""

    def names() -> frozenset[str]:
        types, known = catalog.shapes_of(operation), set[str]()
        left = [catalog.shapes["inputs"].get(operation, "")]
        seen = set(left)
        while left:
            shape = types.get(left.pop(), {})
            members = shape.get("members", {})
            known.update(members)
            inner = {*members.values(), shape.get("member", ""), shape.get("value", "")} - seen
            seen |= inner
            left += inner
        return frozenset(known)

    return catalog._once(("members", operation), names)


def _templates(catalog: Catalog, entry: Entry, statement: Statement) -> tuple[str, ...]:
    """The ARN templates of a statement, in all forms that the values of its parameters can have."""
    if statement.resources:
        return tuple(filled(item, entry.constants) for item in statement.resources)
    templates: dict[str, None] = {}
    for parameter, kind_id in entry.parameters.items():
        if kind_id == "constant":
            continue
        for form in entry.forms(parameter, catalog.kind(kind_id)):
            for scope in statement.scopes:
                if scope in form.scopes:
                    templates.update(dict.fromkeys(form.scopes[scope].resources))
    return tuple(templates)


def _rank(
    catalog: Catalog,
    need: _Need,
    message: Message,
    form: Mapping[str, Any],
    wanted: Sequence[str],
    clues: Sequence[Mapping[str, Any]],
) -> tuple[Any, ...]:
    """How well a need explains a message; the best comes first.

    Whom the message names, then how much of what the text shows speaks for it, then how often failures are reported
    with it, then how exactly the record names the resource, then how often operations give it, then what is always
    needed, then what is more than inferred, and of these what allows least.
    """
    frequent: Sequence[str] = form.get("operations", ())
    who = _who(message, form, clues)
    is_other = (who == "execution role" and need.is_caller) or (who == "caller" and not need.is_caller)
    is_other = is_other or (who == "execution role" and bool(message.principal) and not _is_taken(catalog, need))
    exact = max((_literal(item) for item in need.templates), default=0) if message.resource else 0
    place = frequent.index(need.operation) if need.operation in frequent else len(frequent)
    addon = need.addon
    pointed = addon is not None and addon.id in form.get("addons", ())
    is_chosen = addon is not None and bool(addon.usage)
    is_basic = addon is None and not need.container
    is_inferred = need.because.evidence == "inferred"
    least = (not is_basic, is_inferred, len(need.statement.actions), is_chosen, bool(need.container), _size(addon))
    shown = sum(_points(clue, need) for clue in clues) + (need.operation == message.called)
    usual = _usual(need, form)
    first = (need.operation not in wanted, is_other, -shown, usual, not pointed, -exact)
    return *first, place, least, need.operation


def _is_taken(catalog: Catalog, need: _Need) -> bool:
    """Whether SageMaker AI takes the role of a need, so that its sessions can be of it."""
    principals = [catalog.trust(name).principal for name in need.grantee.trust]
    return any("sagemaker.amazonaws.com" in item.get("Service", ()) for item in principals)


def _points(clue: Mapping[str, Any], need: _Need) -> bool:
    """Whether a clue points to a need: to all that it tells of."""
    addon = need.addon
    return (
        need.operation in clue.get("operations", (need.operation,))
        and ("addons" not in clue or (addon is not None and addon.id in clue["addons"]))
        and ("part" not in clue or (clue["part"] == "caller") == need.is_caller)
        and ("code" not in clue or bool(need.container) or (addon is not None and bool(addon.usage)))
    )


def _usual(need: _Need, form: Mapping[str, Any]) -> int:
    """At which place of the usual causes of a form a need is; behind them all if it is none of them."""
    usual: Sequence[Mapping[str, str]] = form.get("usual", ())
    own = {"operation": need.operation, **({"addon": need.addon.id} if need.addon else {})}
    return usual.index(own) if own in usual and not need.is_caller else len(usual)


def _size(addon: AddOn | None) -> int:
    """How many actions an add-on has: the one with the fewest is most exactly about a denied one."""
    return sum(len(statement.actions) for entry in addon.entries for statement in entry.statements) if addon else 0


def _literal(template: str) -> int:
    """How many characters of a resource's own name a template fixes, up to a type such as ``training-job/``."""
    return len(re.sub(r"\$\{[^}]*\}|\*", "", parts_of(template).resource))


def _spread(ranked: Sequence[_Need], form: Mapping[str, Any]) -> list[_Need]:
    """Needs of the same grantee and add-on once: the usual ones, then the best of each operation before its others."""
    best: dict[tuple[str, str, str], _Need] = {}
    for need in ranked:
        best.setdefault((need.operation, need.grantee.id, need.addon.id if need.addon else ""), need)
    turns: dict[str, int] = {}
    order: list[tuple[int, int, _Need]] = []
    for place, need in enumerate(best.values()):
        turns[need.operation] = turn = turns.get(need.operation, -1) + 1
        if _usual(need, form) < len(form.get("usual", ())):
            turn = 0
        order.append((turn, place, need))
    return [need for _, _, need in sorted(order, key=lambda item: item[:2])]


def _cause(catalog: Catalog, message: Message, need: _Need, common: Mapping[str, Any]) -> Cause:
    layer = catalog.data.get("layers", {}).get(common["layer"], {})
    service = need.action.partition(":")[0]
    who = common["who"]
    if who == "principal":
        who = "caller" if need.is_caller else "execution role"
    look = list(common["look"])
    if message.resource and not need.fits:
        look.insert(0, "The record needs the action for another resource than the message names; compare them.")
    if who == "service-linked role":
        look.insert(0, "You cannot add permissions to a service-linked role; pass an execution role.")
    statement = None
    if layer.get("cure") != "remove" and who != "service-linked role":
        statement = _statement(catalog, message, need, layer.get("cure") == "resource")
    sid = "" if need.is_caller else need.grantee.id
    return Cause(
        **{
            **common,
            "operation": need.operation,
            "role": sid,
            "caller": need.is_caller,
            "addon": need.addon.id if need.addon else "",
            "who": who,
            "action": need.action,
            "statement": statement,
            "placeholders": _open(statement),
            "why": need.because.why,
            "evidence": need.because.evidence,
            "sources": _urls(catalog, need.because.sources),
            "also": _also(catalog, common["layer"], service),
            "look": tuple(look),
            "page": f"reference/{need.operation}.md",
        }
    )


def _unneeded(message: Message, common: Mapping[str, Any]) -> Cause:
    """The cause where no operation needs the action: code of one's own, or another service."""
    action = message.actions[0]
    is_removed = common["layer"] == "explicit-deny" or common["who"] == "service-linked role"
    statement = None
    if message.resource and not is_removed:
        sid = "Allow" + re.sub("[^A-Za-z0-9]", "", action.partition(":")[2])
        statement = _written(sid, (action,), (escape_known(message.resource),), {})
    look = ("Your own code, an SDK, or another service calls it.", *common["look"])
    why = common["why"] or "No operation with a record needs this action."
    return Cause(
        **{
            **common,
            "action": action,
            "why": why,
            "look": look,
            "statement": statement,
            "placeholders": _open(statement),
        }
    )


def _trusts(
    catalog: Catalog, message: Message, operations: Iterable[str], common: Mapping[str, Any]
) -> Iterator[Cause]:
    """The trust statements of the operations that a message about assuming a role can be of."""
    values = _globals(message)
    for name in list(operations)[:_MOST]:
        record = catalog.operation(name)
        for grantee in record.roles[:1]:
            for trust_id in grantee.trust[:1]:
                trust = catalog.trust(trust_id)
                statement = {
                    "Sid": trust.sid,
                    "Effect": "Allow",
                    "Principal": {kind: list(items) for kind, items in trust.principal.items()},
                    "Action": list(trust.actions),
                    **({"Condition": _condition(trust.condition, values)} if trust.condition else {}),
                }
                yield Cause(
                    **{
                        **common,
                        "operation": name,
                        "role": grantee.id,
                        "who": "execution role",
                        "action": "sts:AssumeRole",
                        "statement": statement,
                        "placeholders": _open(statement),
                        "why": trust.why,
                        "evidence": trust.evidence,
                        "sources": _urls(catalog, trust.sources),
                        "look": tuple(dict.fromkeys([*([common["why"]] if common["why"] else []), *common["look"]])),
                        "page": f"reference/{name}.md",
                    }
                )


# --- statements -------------------------------------------------------------------------------------------------


def _statement(catalog: Catalog, message: Message, need: _Need, on_resource: bool) -> dict[str, Any]:
    """The statement to add: the record's actions, for the resource that the message names where it names one."""
    values = {**need.entry.constants, **_globals(message)}
    sid = need.because.sid
    condition = need.statement.condition
    if need.templates == ("*",):
        resources: tuple[str, ...] = ("*",)
    elif message.resource and need.fits:
        resources = (escape_known(message.resource),)
    else:
        composed = _composed(catalog, need)
        resources, condition = composed or (need.templates, condition)
    written = _written(sid, need.statement.actions, tuple(filled(item, values) for item in resources), {})
    if condition:
        written["Condition"] = _condition(condition, values)
    if not on_resource:
        return written
    if in_its_policy := element_of_service(catalog, need.action.partition(":")[0], written["Resource"]):
        written["Resource"] = list(in_its_policy)
    else:
        del written["Resource"]
    account = message.account or "${Account}"
    principal = message.role or _role_of(message.principal) or f"arn:{message.partition}:iam::{account}:root"
    return {
        "Sid": written.pop("Sid"),
        "Effect": written.pop("Effect"),
        "Principal": {"AWS": [principal]},
        **written,
    }


def _composed(catalog: Catalog, need: _Need) -> tuple[tuple[str, ...], Condition] | None:
    """The resources and condition of a need as the composer writes them, with the record's placeholders."""
    if (
        need.container
    ):  # Only a request with its keys makes the composer write it: the value's first form stands for all.
        return (_named(need.templates[0], need.entry.prefix),), need.statement.condition
    addons = (need.addon.id,) if need.addon else ()
    role = () if need.is_caller else (need.grantee.id,)
    composition = compose(catalog, [Request(need.operation)], role, addons=addons)
    document = composition.caller if need.is_caller else composition.policy
    for statement in document.statements:
        reasons = {(reason.grantee, reason.addon) for reason in statement.reasons}
        own = (need.grantee.id, need.addon.id if need.addon else "")
        if need.action in statement.actions and own in reasons:
            return tuple(statement.resources), statement.condition
    return None


def _named(template: str, prefix: str) -> str:
    """A template whose own placeholders are named as the composer names them: with the prefix of the entry."""
    return re.sub(r"\$\{(\w+)\}", lambda name: name[0] if name[1] in GLOBALS else f"${{{prefix}{name[1]}}}", template)


def _written(
    sid: str, allowed: Sequence[str], resources: Sequence[str], condition: Mapping[str, Any]
) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": list(allowed), "Resource": list(resources)}
    if condition:
        statement["Condition"] = dict(condition)
    return statement


def _condition(condition: Condition, values: Mapping[str, str]) -> dict[str, dict[str, list[str]]]:
    return {
        operator: {key: [filled(text, values) for text in texts] for key, texts in keys.items()}
        for operator, keys in condition.items()
    }


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


def _open(statement: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Names of the placeholders in a statement, sorted."""
    names: set[str] = set()
    left: list[Any] = [statement]
    while left:
        item = left.pop()
        if isinstance(item, str):
            names.update(names_in(item))
        elif isinstance(item, Mapping):
            left += item.values()
        elif isinstance(item, list):
            left += item
    return tuple(sorted(names))


# --- what else --------------------------------------------------------------------------------------------------


def _also(catalog: Catalog, decided: str, service: str) -> dict[str, str]:
    """What else must allow an action of a service, by layer."""
    return {
        name: layer["services"][service]
        for name, layer in catalog.data.get("layers", {}).items()
        if name != decided and service in layer.get("services", {})
    }


def _urls(catalog: Catalog, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(catalog.sources[name]["url"] for name in names if name in catalog.sources)

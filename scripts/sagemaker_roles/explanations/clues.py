"""What a text shows of a failure, in any language and wrapping: actions, names, and the forms and clues of the data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from ..catalog import Catalog
from ..catalog.operation_names import plain
from ..engine.values import filled, names_in, partition_of
from ..iam.arn_parts import parts_of
from .mentions import (
    ARN,
    PRINCIPAL,
    find_principal,
    find_resource,
    is_said_resource,
    of_level,
    read_arns,
    read_mentions,
    resource_place,
)
from .messages import BEFORE, Origin, Piece, pieces, shown
from .vocabulary import vocabulary

#: How many different messages of one text are explained.
MAX_MESSAGES = 20

#: How far apart the parts of one message can be, and how far from them the names that it is about, in characters.
_GAP, _NEAR = 240, 600

#: How much text after a message can hold clues.
_AFTER = 500

#: The form of what has no form of its own: an action that something denies.
DENIED = "denied"
#: The layer of a policy that denies explicitly, whatever its kind.
DENY = "explicit-deny"
#: The form of a role that nobody can assume.
TRUST = "trust"
#: The form of a short text that names things, and nothing that is known to fail.
UNCLEAR = "unclear"

#: The name of an action, and the prefix before it.
_ACTION = re.compile(r":([A-Za-z][A-Za-z0-9]{2,127})(?![\w:/-])")
_PREFIX = re.compile(r"(?i)(?<![\w:/.$-])[a-z][a-z0-9-]{1,40}$")

_CALL = re.compile(
    r"(?i)(?:calling\sthe|operation(?:\serror\s[\w ]{1,40})?:|\baws\s[a-z0-9-]{2,64})\s([a-z0-9-]{3,64})"
    r"|\b([A-Z][a-z]+[A-Z]\w{2,63}|[a-z]+(?:_[a-z0-9]+)+)\b"
)
#: What stands before the action in a denial of AWS.
_PERFORM = re.compile(r"(?i)perform:\s$")
#: The name of a call, as an SDK or the AWS CLI writes it.
_WORDS = re.compile(r"[A-Z][a-z]+[A-Z][A-Za-z0-9]{1,62}|[a-z]+(?:-[a-z0-9]+){1,8}")
#: What stands before the call that a pipeline made: what follows is why it failed.
_INVOKED = re.compile(r"(?i)\bfailed\sto\sinvoke\s(?=$|[a-z-]{2,40}:)")
#: Where a message begins, if the one before it has said what was denied.
_BEGIN = re.compile(
    r"(?i)an\serror\soccurred\s\(|(?:user:\s)?arn:aws[a-z-]{0,12}:(?:sts:[^\s/]{1,60}:(?:assumed-role|federated-user)/|iam:[^\s/]{1,60}:(?:user/|root))"
)
_REASON = re.compile(
    r"(?i)because\sno\s[^.\n\"{}]{0,160}?\saction|with\san\sexplicit\sdeny(?:\sin\san?\s[a-z\s-]{1,60}?(?:policy|boundary)(?::\s?arn:[^\s\"]{1,256})?)?"
)


class Message(NamedTuple):
    """One message, taken apart; texts are "" where it does not show them.

    Attributes:
        form: ID of the form that leads its answer.
        forms: IDs of all its forms, in their order.
        text: the part that it is read from, in one line, without what may be a secret.
        actions: what was denied, as IAM names it; may be more than one.
        resource: ARN of what was denied, with placeholders for what is not shown.
        principal: ARN of who was denied.
        role: ARN of the execution role that it names.
        layer: ID of the layer that it names.
        service: service principal that it names.
        is_said: whether it says that the resource is what was denied.
        policy_layer: ID of the kind of policy that it names, also of an explicit deny; policy: ARN of that policy.
        operations: operations with a record whose call or job gave the message.
        called: the operation of that name as the call that an SDK made, which can be of another service.
        call: the call that it says was made, in so many words: an operation that is known here, or its name as it is.
        account, region, partition: of what was denied, or of who was.
        clues: IDs of what it and the text around it show of the code or service that was denied.
    """

    form: str
    forms: tuple[str, ...]
    text: str
    actions: tuple[str, ...] = ()
    resource: str = ""
    principal: str = ""
    role: str = ""
    layer: str = ""
    operations: tuple[str, ...] = ()
    account: str = ""
    region: str = ""
    partition: str = "aws"
    clues: tuple[str, ...] = ()
    called: str = ""
    call: str = ""
    policy_layer: str = ""
    policy: str = ""
    service: str = ""
    is_said: bool = False


class _Group(NamedTuple):
    """Marks of one message: spans of its forms and actions."""

    start: int
    end: int
    forms: frozenset[str]
    actions: tuple[str, ...]


@lru_cache(maxsize=1024)
def compiled(text: str) -> re.Pattern[str]:
    """A pattern of a form, clue or layer: in any case, with any space where it has one."""
    return re.compile(text.replace(" ", r"\s"), re.ASCII | re.IGNORECASE)


@lru_cache(maxsize=512)
def _alternatives(text: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The alternatives of a pattern, each with a part in small letters that all it matches has, which is found fast."""
    parts, level = [""], 0
    for one in re.findall(r"\\.|\[[^\]]*\]|.", text):
        level += (one == "(") - (one == ")")
        parts = [*parts, ""] if one == "|" and not level else [*parts[:-1], parts[-1] + one]
    return tuple((_fixed(part), compiled(part)) for part in parts)


def _fixed(text: str) -> str:
    text = re.sub(r"\\.|\[[^\]]*\]", "\0", text)
    while "(" in text:
        text = re.sub(r"\([^()]*\)", "\0", text)
    text = re.sub(r".(?:[?*]|\{[0-9,]+\})", "\0", text)
    return max(text.split("\0"), key=len).lower()


def first_form(forms: Mapping[str, Any], text: str) -> str:
    """The form that leads the answer to a message, or ""."""
    return next((name for name, form in forms.items() if compiled(form["pattern"]).search(text)), "")


def read_messages(catalog: Catalog, text: str, name: str = "message") -> list[Message]:
    """The different messages of a text, in its order.

    Args:
        catalog: for the forms and clues, and the names of actions.
        text: a message, a log, or JSON: CloudTrail events, or the answer of a Describe… operation.
        name: what errors call it.

    Raises:
        InputError: the text is too large.
    """
    messages: dict[Message, None] = {}
    forms = [_alternatives(form["pattern"]) for form in catalog.messages.values()]
    words = {"arn:", *(word for alternatives in forms for word, _ in alternatives)}
    for piece in pieces(catalog, text, name, words):
        for message in _of_piece(catalog, piece):
            messages[message] = None
            if len(messages) == MAX_MESSAGES:
                return list(messages)
    return list(messages)


# --- which parts of a text are one message ------------------------------------------------------------------------


def _of_piece(catalog: Catalog, piece: Piece) -> Iterator[Message]:
    """The messages that begin in a piece."""
    text, first, last, origin = piece
    groups = list(_groups(catalog, text))
    is_whole = last - first == len(text) <= BEFORE
    if not groups and is_whole and (ARN.search(text) or read_mentions(catalog, text).resources):
        groups = [_Group(0, len(text), frozenset({UNCLEAR}), ())]
    for before, group, after in zip([None, *groups], groups, [*groups[1:], None], strict=False):
        free = (before.end if before else 0, after.start if after else len(text))
        if first <= group.start < last and (message := _message(catalog, text, origin, group, free)):
            yield message


def _groups(catalog: Catalog, text: str) -> Iterator[_Group]:
    marks = sorted([*_forms(catalog, text), *_actions(catalog, text)])
    begins = [found.start() for found in _BEGIN.finditer(text)] if marks else []
    group: _Group | None = None
    for start, end, form, action in marks:
        forms, actions = frozenset({form} if form else ()), (action,) if action else ()
        begun = max((begin for begin in begins if begin <= start), default=-1)
        if group and start - group.end <= _GAP and not (group.actions and begun >= group.end):
            known = tuple(dict.fromkeys((*group.actions, *actions)))
            group = _Group(group.start, max(end, group.end), group.forms | forms, known)
            continue
        if group:
            yield group
        group = _Group(begun if begun >= max(group.end if group else 0, start - _GAP) else start, end, forms, actions)
    if group:
        yield group


def _forms(catalog: Catalog, text: str) -> Iterator[tuple[int, int, str, str]]:
    small = text.lower().replace("\n", " ")
    for name, form in catalog.messages.items():
        for word, pattern in _alternatives(form["pattern"]) if name != UNCLEAR else ():
            if word in small:
                for found in islice(pattern.finditer(text), MAX_MESSAGES * 10):
                    yield *found.span(), name, ""


def _actions(catalog: Catalog, text: str) -> Iterator[tuple[int, int, str, str]]:
    for found in _ACTION.finditer(text):
        prefix = _PREFIX.search(text[max(0, found.start() - 42) : found.start()])
        is_call = prefix and _INVOKED.search(text[: found.start() - len(prefix[0])], max(0, found.start() - 80))
        if not prefix or is_call:
            continue
        start = found.start() - len(prefix[0])
        # What AWS says was denied is an action, also of a service that is not known here.
        is_denied = _PERFORM.search(text[max(0, start - 16) : start])
        known = vocabulary(catalog).action(prefix[0], found[1])
        if action := known or (f"{prefix[0].lower()}:{found[1]}" if is_denied else ""):
            yield start, found.end(), "", action


# --- what a message names ------------------------------------------------------------------------------------------


def _message(catalog: Catalog, text: str, origin: Origin, group: _Group, free: tuple[int, int]) -> Message | None:
    """A message of a group; what it names is between the messages before and after it."""
    first = max(free[0], group.start - _NEAR)
    near, at = text[first : min(free[1], group.end + _NEAR)], group.start - first
    forms = tuple(name for name in catalog.messages if name in group.forms)
    around = text[max(0, group.start - BEFORE) : group.end + _AFTER]
    clues = tuple(name for name, clue in catalog.clues.items() if compiled(clue["pattern"]).search(around))
    arns = read_arns(near)
    stored, where = read_mentions(catalog, near, arns.values())
    called = _called(catalog, near, at, group.end - first)
    actions = group.actions
    if set(actions) <= {"sts:AssumeRole"}:  # which messages about other actions name, too
        unnamed = _unnamed(catalog, near, forms, called, stored, origin.service)
        actions = tuple(dict.fromkeys((*unnamed, *actions)))
    actions = tuple(sorted(actions, key=lambda action: action == "sts:AssumeRole"))
    service = actions[0].partition(":")[0] if actions else ""
    principal = find_principal(near, arns, at)
    on = resource_place(near, at)
    others = {place: arn for place, arn in arns.items() if not PRINCIPAL.match(arn) or place == on}
    roles = [arn for arn in others.values() if ":role/" in arn and parts_of(arn).service == "iam" and arn != principal]
    resource = find_resource(near, at, others, stored, service)
    is_mentioned = resource in stored.values() or is_said_resource(near, arns, resource)
    if not forms and not (principal or resource or roles or origin.principal):
        return None  # an action alone, as in a policy or a list
    role = next((arn for arn in roles if arn != resource), "") or origin.role
    principal = principal or origin.principal
    accounts = [parts_of(arn).account for arn in (resource, principal, role)]
    account = next((one for one in accounts if re.fullmatch("[0-9]{12}", one)), where.get("Account", ""))
    region = parts_of(resource).region
    region = (region if region and not names_in(region) else "") or origin.region or where.get("Region", "")
    partition = partition_of(catalog.regions, region) or parts_of(principal or role).partition or "aws"
    values = {"Partition": partition, "Account": account, "Region": region}
    resource = filled(
        of_level(resource, actions) or origin.resource,
        {name: value for name, value in values.items() if value},
    )
    spelled = (catalog.named(name, service) or catalog.named(name) for name in called)
    operations = tuple(name for name in spelled if catalog.has_record(name))
    if invoked := _INVOKED.search(near):
        made = (compiled(catalog.clues[name]["pattern"]).match(near, invoked.start()) for name in clues)
        makers = [
            one for name, is_made in zip(clues, made, strict=True) if is_made for one in _operations_of(catalog, name)
        ]
        # An action that is denied is denied to what made the call; what is said without one is of the role of the job.
        operations = (*makers, *operations[:1]) if group.actions else (*operations[:1], *makers)
    layer, policy_layer, policy = _layers(catalog, near, at) if actions else ("", "", "")
    call = _exact_call(catalog, near, at, group.end - first, service, clues)
    # The operations that a text names beside a principal can be others than the principal's.
    said = (call,) if call in catalog.operations else () if principal else operations[:1]
    return Message(
        form=forms[0] if forms else DENIED,
        forms=forms,
        text=shown(
            " ".join(near[_start(near, at) : _end(near, at, group.end - first, (resource, principal, role))].split())
        ),
        actions=actions,
        resource=resource,
        principal=principal,
        role=role,
        layer=layer,
        policy_layer=policy_layer,
        policy=policy,
        service=where.get("Service", ""),
        is_said=on >= 0 or bool(origin.resource) or is_mentioned,
        operations=origin.operations or (operations if invoked else said),
        account=account,
        region=region,
        partition=parts_of(resource).partition
        if resource and not names_in(parts_of(resource).partition)
        else partition,
        clues=clues,
        called=operations[0] if operations else "",
        call=call,
    )


def _operations_of(catalog: Catalog, clue: str) -> Sequence[str]:
    return list(catalog.clues[clue].get("operations", ()))


def _layers(catalog: Catalog, near: str, at: int) -> tuple[str, str, str]:
    """The layer that a message names, the layer of the policy if that is another, and the ARN of the policy."""
    found = [
        (name, one) for name, item in catalog.layers.items() if (one := compiled(item["pattern"]).search(near, at))
    ]
    if not found:
        return "", "", ""
    of_policy = next(((name, one) for name, one in found if catalog.layers[name]["cure"] != "remove"), found[-1])
    policy = re.compile(r":?\s(arn:aws[a-z-]{0,12}:[^\s\"',;)]{1,512}:policy/[^\s\"',;)]{1,512})").match(
        near, of_policy[1].end()
    )
    return found[0][0], of_policy[0], policy[1].rstrip(".:") if policy else ""


def _exact_call(catalog: Catalog, near: str, at: int, end: int, service: str, clues: Sequence[str]) -> str:
    """The call that a message says was made: an operation that is known here, else its name as it is; or ""."""
    found = (one[1] for one in _CALL.finditer(near, max(0, at - _GAP), end + _GAP) if one[1])
    name = next((one for one in found if _WORDS.fullmatch(one)), "")
    other = next((catalog.clues[clue]["service"] for clue in clues if "service" in catalog.clues[clue]), "")
    if not name or other:
        return name and f"{other}:{name}"
    return catalog.named(name, service) or catalog.named(name) or vocabulary(catalog).called(name, "") or name


def _start(near: str, at: int) -> int:
    """Where a message begins: where it says so, or with the line, if that is near."""
    line = near.rfind("\n", 0, at) + 1
    return at if _BEGIN.match(near, at) or at - line > _GAP else line


def _end(near: str, at: int, end: int, names: Sequence[str]) -> int:
    """Where a message ends: with a word, behind the reason and what it names."""
    ends = [end, *(found.end() for found in _REASON.finditer(near, at) if found.start() < end + _GAP)]
    places = [(near.find(name, max(0, end - _GAP)), len(name)) for name in names if name]
    last = max([*ends, *(place + size for place, size in places if 0 <= place < end + _GAP)])
    word = re.compile(r"[^\s]{0,80}").match(near, last)
    return word.end() if word else last


def _called(catalog: Catalog, near: str, at: int, end: int) -> list[str]:
    """The calls that a message names, those first that it says are calls; of records as they are written there."""
    ours = catalog._once(("operations by small letters",), lambda: {name.lower(): name for name in catalog.operations})
    found = list(_CALL.finditer(near, max(0, at - _GAP), end + _GAP))
    names = [one[1] for one in found if one[1]] + [one[2] for one in found if one[2]]
    return list(dict.fromkeys(ours.get(plain(name), name) for name in names))


def _unnamed(
    catalog: Catalog, near: str, forms: Sequence[str], called: Sequence[str], stored: Mapping[int, str], service: str
) -> tuple[str, ...]:
    """The actions of a message that names none: of its form, of its call, or of what the text is about."""
    records = [catalog.messages[name] for name in forms]
    about = {parts_of(arn).service for arn in stored.values()}
    for record in records:
        if record.get("matter", "permission") == "request":
            called = ()  # the service took the call, and refused what is in it
        if "Action" in record and not (about and record.get("part") == "trust"):
            return tuple(record["Action"])
    if not any(
        record.get("matter", "permission") in ("permission", "role", "missing", "unclear") for record in records
    ):
        return ()
    calls = {name.lower(): action for record in records for name, action in record.get("calls", {}).items()}
    for name in called:
        if action := calls.get(name.lower()) or vocabulary(catalog).called(name, service):
            return (action,)
    told = [
        clue["Action"] for clue in catalog.clues.values() if "Action" in clue and compiled(clue["pattern"]).search(near)
    ]
    fitting = [one for one in told if one[0].partition(":")[0] in about] or ([] if about else told)
    if not stored and UNCLEAR in forms:
        fitting = [["sts:AssumeRole"]] if ":role/" in near else []  # a role, and nothing that it would be used for
    action = fitting[0][0] if fitting else ""
    is_prefix = action == "s3:GetObject" and any(arn.endswith("/") for arn in stored.values())
    return ("s3:ListBucket", action) if is_prefix else (action,) if action else ()

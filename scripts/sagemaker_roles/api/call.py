"""The one form of a call: its members with their types, and how JSON becomes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict, get_type_hints

from ..canonical import quoted
from ..engine.documents import ScopeChoice
from ..engine.values import short
from ..errors import InvalidValue, UnknownName, meant
from ..inputs.text.content import Source
from ..session import Choice
from .roles import RoleInputs


class TextInput(TypedDict):
    """A text with its name: an input is never a file, as a call reads and writes nothing outside the process."""

    name: str
    text: str


class Call(NamedTuple):
    """What is asked: JSON has the members of ``choice`` and ``roles`` beside the others.

    Attributes:
        do: the name of the call.
        version: version of the package, for what names it.
        operation: the operation, where no input shows it.
        inputs: requests, templates, plans, events, and code of the role's work.
        input_format: the format of the inputs; "" to recognize it.
        message: the error to explain.
        text: the text whose kind is asked for.
        choice: what a person chose for a composition.
        roles: the roles, and what else decides about their calls.
        caller: whether the roles are those of who calls the operations.
        which: the number of the only role that counts; -1 for all.
        format: the format of the answer's ``text``; "" for JSON.
        parts: the documents wanted; none for all.
        role_name: name of the role to write; "" for the one in the requests.
        companions: a part of what else must allow it; "" for none. ``owner``: the account whose resources count.
        shown: whether the answer has what a page shows beside documents.
        lenient: whether what is wrong with choices is a notice and not an error: ``opened`` by a link, or ``changed``.
        ignored: members of a link that no page has.
    """

    do: str = ""
    version: str = ""
    operation: str = ""
    inputs: Sequence[TextInput] = ()
    input_format: str = ""
    message: str = ""
    text: str = ""
    choice: Choice = Choice()
    roles: RoleInputs = RoleInputs()
    caller: bool = False
    which: int = -1
    format: str = ""
    parts: Sequence[str] = ()
    role_name: str = ""
    companions: str = ""
    owner: str = ""
    shown: bool = False
    lenient: str = ""
    ignored: Sequence[str] = ()


def _are_texts(values: Any) -> bool:
    return all(isinstance(value, str) for value in values)


#: The types of members: what messages call their values, and whether a value of JSON is one.
_KINDS: Mapping[Any, tuple[str, Callable[[Any], bool]]] = {
    bool: ("true or false", lambda value: isinstance(value, bool)),
    int: ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    str: ("a text", lambda value: isinstance(value, str)),
    ScopeChoice: ("a text", lambda value: isinstance(value, str)),
    Sequence[str]: ("a list of texts", lambda value: isinstance(value, list) and _are_texts(value)),
    Mapping[str, str]: ("texts by name", lambda value: isinstance(value, dict) and _are_texts(value.values())),
    Sequence[TextInput]: (
        "a list of inputs with name and text",
        lambda value: (
            isinstance(value, list)
            and all(isinstance(one, dict) and _are_texts([one.get("name"), one.get("text")]) for one in value)
        ),
    ),
}

#: The members of ``roles`` that are inputs in JSON: ``held`` has policies or roles, the others policies.
_ROLE_INPUTS = ("boundary", "endpoint", "held", "rcps", "scps", "session", "trust")

#: The members of JSON, each with its type.
MEMBERS: Mapping[str, Any] = {
    **{name: of for name, of in get_type_hints(Call).items() if of in _KINDS and name != "version"},
    **get_type_hints(Choice),
    **dict.fromkeys(_ROLE_INPUTS, Sequence[TextInput]),
    "arn": str,
    "managed": Sequence[str],
    "resources": Mapping[str, str],
}

#: The member that a call cannot do without.
_NEEDED = {"explain": "message", "kind": "text"}


def parse_call(value: Any) -> Call:
    """Parse a call out of JSON; members that are null are left out.

    Raises:
        InvalidValue: a value is of another kind.
        KeyError: a member is missing.
        UnknownName: a call has no such member.
    """
    if not isinstance(value, dict):
        raise InvalidValue("a call is a mapping; expected its members by name", "call", "")
    members = {name: one for name, one in value.items() if one is not None}
    for name, one in members.items():
        if name not in MEMBERS:
            close = meant(name, [*MEMBERS])
            hint = f"did you mean {quoted(close)}?" if close else "see the types of the call"
            raise UnknownName(f"unknown option {short(name)}; {hint}", name, [*MEMBERS])
        kind, is_kind = _KINDS[MEMBERS[name]]
        if not is_kind(one):
            raise InvalidValue(f"{name}: {short(one)} is not valid; expected {kind}", name, "")
    for name in filter(None, ("do", _NEEDED.get(members.get("do", "")))):
        if name not in members:
            raise KeyError(name)
    own = {name: members[name] for name in Call._fields if name in members}
    inputs = [one for one in members.get("inputs", ()) if one["text"].strip()]
    return Call(**{**own, "inputs": inputs, "choice": choice_of(members), "roles": _role_inputs(members)})


def choice_of(members: Mapping[str, Any]) -> Choice:
    """Make the choice that the members of a call, or the options of a command, have; an empty one is not there."""
    given = {name: members[name] for name in Choice._fields if members.get(name)}
    given["values"] = {name: value for name, value in given.get("values", {}).items() if value != ""}
    return Choice(**given)


def _role_inputs(members: Mapping[str, Any]) -> RoleInputs:
    """What JSON gives of roles and of what else decides about their calls; texts without a word do not count."""
    several = {name: [source_of(one) for one in members.get(name, ()) if one["text"].strip()] for name in _ROLE_INPUTS}
    for name in ("boundary", "trust"):
        if (count := len(several[name])) > 1:
            raise InvalidValue(f"{name}: a role has one; {count} were given", name, "")
    resources = members.get("resources", {})
    if wrong := [arn for arn in resources if not arn.startswith("arn:")]:
        message = "needs the ARN of its resource, such as arn:aws:s3:::amzn-s3-demo-bucket"
        raise InvalidValue(f"{wrong[0] or 'the policy of a resource'}: {message}", "resources", wrong[0])
    return RoleInputs(
        details=several["held"],
        managed=members.get("managed", ()),
        trust=next(iter(several["trust"]), None),
        boundary=next(iter(several["boundary"]), None),
        arn=members.get("arn", ""),
        scps={"": several["scps"]},
        rcps=several["rcps"],
        session=several["session"],
        endpoint=several["endpoint"],
        resources={arn: source_of({"name": arn, "text": text}) for arn, text in resources.items()},
    )


def source_of(given: TextInput) -> Source:
    """Make what readers read of an input."""
    return Source(given["name"] or "request", given["text"].encode("utf-8", "surrogatepass"))

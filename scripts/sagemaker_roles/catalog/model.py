"""The parts of the knowledge base as typed, immutable values, and how they are made of what was compiled."""

# Without `from __future__ import annotations`: the types of fields say how their values are made.
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from types import UnionType
from typing import Any, Literal, NamedTuple, Protocol, Self, TypeVar, get_args, get_origin

from ..iam.arn_parts import parts_of
from .operation_names import api_name

Data = Mapping[str, Any]
Condition = Mapping[str, Mapping[str, tuple[str, ...]]]
Evidence = Literal["documented", "observed", "inferred"]


#: Default of fields that are mappings.
NOTHING: Mapping[str, Any] = {}


class Shared(Protocol):
    """What a part takes from the catalog that it is of."""

    @property
    def regions(self) -> Mapping[str, str]:
        """The pattern of the Regions of each AWS partition."""

    def statement_set(self, name: str) -> "StatementSet":
        """One shared statement set."""


class Statement(NamedTuple):
    """One statement as written: IAM elements verbatim, with the reason for it.

    Attributes:
        resources: ARN templates, empty where ``scopes`` name scopes of the parameter's kind.
        unscoped: why the resource is wider than the actions would allow, or "".
        data: what was read, for the position of faults.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    scopes: tuple[str, ...]
    condition: Condition
    unscoped: str
    why: str
    evidence: Evidence
    sources: tuple[str, ...]
    notes: tuple[str, ...]
    data: Data


class StatementSet(NamedTuple):
    """Statements that records share, with the parameters they are scoped by.

    Attributes:
        parameters: parameter name to resource kind.
        accepted: parameter to the forms of its kind that the statements are for, the one placeholders stand for first.
    """

    id: str
    title: str
    parameters: Mapping[str, str]
    accepted: Mapping[str, Sequence[str]]
    statements: tuple[Statement, ...]
    data: Data


class Scope(NamedTuple):
    """The ARNs a form of a value gives for one purpose, and the condition it adds."""

    resources: tuple[str, ...]
    condition: Condition


class Form(NamedTuple):
    """One way to write a value of a kind.

    Attributes:
        pattern: regular expression for the whole value; named groups ``(?<Name>…)`` are fields.
        own: those of the fields that are the kind's own, not globals.
        named: fields of the kind that the form or its scopes name.
        no_permission: why such a value gives no permission (it needs none, or it is wrong), or "".
        is_wrong: whether a value of this form cannot be right, so that ``no_permission`` is what is wrong with it.
        warning: what a user should know about such a value, or "".
        elsewhere: why a value of another account than the role's cannot be right, or "".
    """

    id: str
    title: str
    pattern: str
    fields: tuple[str, ...]
    own: tuple[str, ...]
    named: tuple[str, ...]
    examples: tuple[str, ...]
    no_permission: str
    warning: str
    scopes: Mapping[str, Scope]
    is_wrong: bool
    elsewhere: str


class Field(NamedTuple):
    """A part of a value: what it means, what it looks like."""

    meaning: str
    pattern: str
    example: str


class Kind(NamedTuple):
    """How a request value becomes resource ARNs.

    Attributes:
        forms: in the order in which a value is tried against them.
        default: id of the form that placeholders stand for.
        also_lower_case: why a value's ARN is also granted in lower case, or "".
        partitions: the pattern of the Regions of each partition that a value can name.
    """

    id: str
    title: str
    max_length: int
    fields: Mapping[str, Field]
    forms: tuple[Form, ...]
    default: str
    also_lower_case: str
    data: Data
    partitions: Mapping[str, str] = NOTHING

    def within(self, catalog: Shared) -> Self:
        """It, with the partitions of the catalog."""
        return self._replace(partitions=catalog.regions)

    def form(self, form_id: str) -> Form | None:
        """The form of that id, or None."""
        return next((form for form in self.forms if form.id == form_id), None)


class Because(NamedTuple):
    """Why a statement is needed where it is used, and what it is called there."""

    sid: str
    why: str
    evidence: Evidence
    sources: tuple[str, ...]


class Entry(NamedTuple):
    """A use of statements in a record: which, for which request members, under which names.

    Attributes:
        use: id of the statement set, or "" where the statement is the record's own.
        prefix: ``as``, put before placeholders and Sids.
        members: ``from``, JMESPath expressions that find the values in the request.
        values_in: the document that holds the values where the request does not (``manifest``), or "".
        constants: ``with``, parameters the record itself fills.
        accepted: parameter to the forms of its kind that the statements are for, the one placeholders stand for first.
        free: the parameters that a request's values fill, with the ID of their ``kind``, and the ``form`` that stands
            where there is no value, with the placeholder of each of its ``fields``.
    """

    use: str
    prefix: str
    members: tuple[str, ...]
    values_in: str
    constants: Mapping[str, str]
    parameters: Mapping[str, str]
    accepted: Mapping[str, Sequence[str]]
    free: Sequence[Data]
    needed: tuple[Because, ...] | None
    data: Data
    statements: tuple[Statement, ...] = ()

    def within(self, catalog: Shared) -> Self:
        """It, with the statements of the set that it uses."""
        return self._replace(statements=catalog.statement_set(self.use).statements) if self.use else self

    def because(self) -> Iterable[Because]:
        """Why each of the statements is needed here."""
        if self.needed is not None:
            return self.needed
        return (Because(one.sid, one.why, one.evidence, one.sources) for one in self.statements)

    def forms(self, parameter: str, kind: Kind) -> tuple[Form, ...]:
        """The forms of a parameter's value that these statements are for, the one placeholders stand for first."""
        return tuple(form for one in self.accepted.get(parameter, ()) if (form := kind.form(one)))


class AddOn(NamedTuple):
    """Statements needed only at times.

    Attributes:
        when: JMESPath that is true of requests which need it, or "".
        usage: what the user says by choosing it, or "". With neither, a value in ``from`` decides.
        request: the other operation whose request decides, or "" for the record's own.
        unshown: what also needs it and a request may not show, or "".
        trust: ids of trust statements it adds.
    """

    id: str
    title: str
    when: str
    usage: str
    request: str
    unshown: str
    trust: tuple[str, ...]
    entries: tuple[Entry, ...]
    notes: tuple[str, ...]
    data: Data


class Grantee(NamedTuple):
    """Whoever a permissions policy is for: an execution role, or the caller (then without trust).

    Attributes:
        when: JMESPath that is true of requests that the role is for, or "" if it is for all.
        unread: what decides what the role needs and no input shows, or "".
    """

    id: str
    title: str
    summary: str
    parameters: tuple[str, ...]
    trust: tuple[str, ...]
    entries: tuple[Entry, ...]
    addons: tuple[AddOn, ...]
    not_passed: str
    when: str
    unread: str
    data: Data

    def addon(self, addon_id: str) -> AddOn | None:
        """The add-on of that id, or None."""
        return next((addon for addon in self.addons if addon.id == addon_id), None)

    def all_entries(self) -> Iterator[tuple[AddOn | None, Entry]]:
        """Every entry, first the base's, then each add-on's."""
        for entry in self.entries:
            yield None, entry
        for addon in self.addons:
            for entry in addon.entries:
                yield addon, entry


class Operation(NamedTuple):
    """One API operation: its roles, its caller, and what to know about it."""

    name: str
    service: str
    summary: str
    documentation: str
    availability: Data
    uses_role_of: tuple[str, ...]
    steps: Mapping[str, tuple[str, ...]]
    roles: tuple[Grantee, ...]
    caller: Grantee | None
    pitfalls: tuple[str, ...]
    sources: tuple[str, ...]
    data: Data

    @property
    def api_name(self) -> str:
        """Its name in the API, without the service before it."""
        return api_name(self.name)

    def role(self, role_id: str) -> Grantee | None:
        """The role of that id, or None."""
        return next((role for role in self.roles if role.id == role_id), None)

    def grantees(self) -> tuple[Grantee, ...]:
        """The roles and the caller."""
        return self.roles + ((self.caller,) if self.caller else ())


class Trust(NamedTuple):
    """One statement of a trust policy.

    Attributes:
        entry: the statement as a use of parameters, to tell what its placeholders stand for.
    """

    id: str
    title: str
    sid: str
    entry: Entry
    principal: Mapping[str, tuple[str, ...]]
    actions: tuple[str, ...]
    condition: Condition
    why: str
    evidence: Evidence
    sources: tuple[str, ...]
    data: Data


class CompanionKind(NamedTuple):
    """A kind of policy that must agree with a role's policy: of a resource, or the permissions boundary.

    Attributes:
        limit: kind of document whose size applies, see ``iam/size.py``.
        arns: ARN formats of the resource that has such a policy, and of its parts; empty for the boundary.
        services: the services in them.
        element: what ``Resource`` is in it: ``all``, ``arns`` or ``none``.
        operations: operations whose calls it is for; empty for all.
        actions: what it can allow to another account.
        conditions: condition keys that it keeps.
        names: condition keys it cannot have, but whose values name the resource, to the name's template.
        ending: wildcards that end the name of a single resource, or "".
        regional: condition keys in whose values ``.*.`` stands for a Region, which is that of the resource here.
        on_request: statements that it has only if somebody asks for them, by what they ask for.
        not_composed: why such a policy is not written, or "".
        commands: how the AWS CLI reads (``read``) and writes (``write``) it, with names of what differs in ``< >``.
        stack: the resource of AWS CloudFormation that has it (``type``, ``name``, ``policy``), if a stack can own it.
        aws_owned: patterns of ARNs of resources that AWS owns, to what there is to say of them.
        aws_accounts: Region and account of AWS that owns such resources there, to what these are.
        same_account: ``no`` or ``undelegated``, and why.
        other_account: why it is needed between accounts.
    """

    id: str
    title: str
    why: str
    evidence: Evidence
    sources: tuple[str, ...]
    same_account: tuple[Literal["no", "undelegated"], str]
    other_account: str
    services: frozenset[str]
    names: Mapping[str, str]
    aws_owned: Mapping[str, str]
    aws_accounts: Mapping[tuple[str, str], str]
    data: Data
    limit: str = ""
    arns: tuple[str, ...] = ()
    element: str = "none"
    operations: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    ending: str = ""
    regional: frozenset[str] = frozenset()
    on_request: Mapping[str, Data] = NOTHING
    not_composed: str = ""
    notes: tuple[str, ...] = ()
    commands: Mapping[str, str] = NOTHING
    stack: Mapping[str, str] = NOTHING

    @classmethod
    def of(cls, data: Data, catalog: Shared) -> Self:
        """Makes it from what was read of data/shared/companions."""
        same = data.get("same_account", {"needed": "no", "why": ""})
        derived = {
            "services": {parts_of(arn).service for arn in data.get("arns", ())},
            "names": {key: item["names"] for key, item in data.get("dropped", {}).items() if "names" in item},
            "aws_owned": {item["pattern"]: item["why"] for item in data.get("aws_owned", ())},
            "aws_accounts": {
                (region, account): item["title"]
                for item in data.get("aws_accounts", ())
                for region, account in item["accounts"].items()
            },
            "same_account": (same["needed"], same["why"]),
            "other_account": data.get("other_account", {}).get("why", ""),
        }
        return typed(cls)({**data, **derived, "data": data}, catalog)

    def element_of(self, resources: Sequence[str]) -> tuple[str, ...]:
        """``Resource`` in such a policy for what a statement of a role names."""
        return {"all": ("*",), "none": (), "arns": tuple(resources)}[self.element]

    def published(self, region: str, account: str) -> str:
        """What such resources of an account in a Region are, if AWS owns the account there; else "".

        If the Region is not known, or a pattern, the account is enough.
        """
        if "$" not in region and "*" not in region:
            return self.aws_accounts.get((region, account), "")
        return next((title for (_, known), title in self.aws_accounts.items() if known == account), "")


class Read(NamedTuple):
    """Keys whose values a container reads, and what the role needs for what they name.

    Attributes:
        members: names of request members that hold the keys, wherever they stand in a request.
        keys: hyperparameters, environment variables, or options of a command line; empty for all that no other has.
        unless: keys next to which it is not so, where there are no keys.
        entries: statements for a value; empty with ``no_permission``.
        no_permission: why such a value needs no permission of the role, or "".
        separator: what is between several values of such a key, or "" if it has one.
    """

    members: tuple[str, ...]
    keys: tuple[str, ...]
    unless: tuple[str, ...]
    entries: tuple[Entry, ...]
    no_permission: str
    separator: str


class Container(NamedTuple):
    """What a container does with the role's credentials because of what a request hands to it.

    Attributes:
        images: patterns for the whole name of its image's repository; empty if its keys are its own.
        registries: titles of the registries of AWS that the image is in; empty for any registry.
        roles: IDs of the roles whose credentials it gets.
    """

    id: str
    title: str
    images: tuple[str, ...]
    registries: tuple[str, ...]
    roles: tuple[str, ...]
    reads: tuple[Read, ...]
    data: Data


class ManagedDocument(NamedTuple):
    """An AWS managed policy as AWS has it.

    Attributes:
        version: its version in the data set that was read (``managed-policies-data`` in data/aws/sources.yaml).
        changed: the day of that version.
        document: the policy.
    """

    arn: str
    version: str
    changed: str
    document: Mapping[str, Any]


Make = Callable[[Any, Shared], Any]
_T = TypeVar("_T")
_MAKERS: dict[Any, Make] = {}


def typed(part: type[_T]) -> Callable[[Data, Shared], _T]:
    """What makes a part of what the compiled catalog holds under the names of its fields.

    A field ``data``, the last without a default, is what the part was read from, where that is not the same. What a
    part takes from the catalog it says itself (``within``).
    """
    if part not in _MAKERS:
        _MAKERS[part] = _maker(part)
    return _MAKERS[part]


def _maker(part: Any) -> Make:
    defaults, within = part._field_defaults.items(), getattr(part, "within", None)
    needed = [name for name in part._fields if name not in part._field_defaults]
    get, has_data = itemgetter(*[name for name in needed if name != "data"]), needed[-1] == "data"
    makes = [(at, make) for at, name in enumerate(part._fields) if (make := _of(part.__annotations__[name]))]

    def made(data: Data, catalog: Shared) -> Any:
        values = [*get(data)]
        if has_data:
            values.append(data.get("data", data))
        values += [data.get(name, default) for name, default in defaults]
        for at, make in makes:
            values[at] = make(values[at], catalog)
        one = part._make(values)
        return within(one, catalog) if within else one

    return made


def _of(hint: Any) -> Make | None:
    """How a value of a type is made of JSON; None if JSON has it as it is."""
    origin, inner = get_origin(hint), get_args(hint)
    if hasattr(hint, "_fields"):
        return typed(hint)
    if origin is frozenset:
        return lambda values, _: frozenset(values)
    make = _of(inner[-1] if origin is Mapping else inner[0]) if origin in (Mapping, UnionType, tuple) else None
    if origin is tuple and inner[-1] is ...:
        return (lambda values, c: tuple([make(one, c) for one in values])) if make else lambda values, _: tuple(values)
    if make is None:
        return None
    if origin is UnionType:
        return lambda value, c: None if value is None else make(value, c)
    return lambda values, c: {name: make(one, c) for name, one in values.items()}

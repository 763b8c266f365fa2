"""The knowledge base as typed, immutable values: operations, roles, statements, resource kinds, trust."""

# Without `from __future__ import annotations`: named tuples compile annotations that are texts, at each start.
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple, Self, TypeVar

from ..errors import unknown_operation
from ..iam.parts import parts_of
from .resolving import GLOBALS as GLOBALS
from .resolving import SHARED, Resolver, handled_by, passed, reader

Data = Mapping[str, Any]


Condition = Mapping[str, Mapping[str, tuple[str, ...]]]
Evidence = Literal["documented", "observed", "inferred"]


def condition_of(data: Data) -> Condition:
    """A condition of what was JSON."""
    return {operator: {key: tuple(values) for key, values in keys.items()} for operator, keys in data.items()}


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

    @classmethod
    def from_data(cls, data: Data) -> Self:
        """Makes it from what the compiled catalog holds."""
        return cls(
            sid=data["sid"],
            actions=tuple(data["actions"]),
            resources=tuple(data["resources"]),
            scopes=tuple(data["scopes"]),
            condition=condition_of(data["condition"]),
            unscoped=data["unscoped"],
            why=data["why"],
            evidence=data["evidence"],
            sources=tuple(data["sources"]),
            notes=tuple(data["notes"]),
            data=data.get("data", data),
        )


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

    @classmethod
    def from_data(cls, data: Data) -> Self:
        """Makes it from what the compiled catalog holds."""
        return cls(
            id=data["id"],
            title=data["title"],
            parameters=data["parameters"],
            accepted=data["accepted"],
            statements=tuple(Statement.from_data(item) for item in data["statements"]),
            data=data.get("data", data),
        )


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
    is_wrong: bool = False
    elsewhere: str = ""

    @classmethod
    def from_data(cls, data: Data) -> Self:
        """Makes it from what the compiled catalog holds."""
        return cls(
            id=data["id"],
            title=data["title"],
            pattern=data["pattern"],
            fields=tuple(data["fields"]),
            own=tuple(data["own"]),
            named=tuple(data["named"]),
            examples=tuple(data["examples"]),
            no_permission=data["noPermission"],
            warning=data["warning"],
            scopes={
                name: Scope(tuple(scope["resources"]), condition_of(scope["condition"]))
                for name, scope in data["scopes"].items()
            },
            is_wrong=data["isWrong"],
            elsewhere=data["elsewhere"],
        )


class Field(NamedTuple):
    """A part of a value: what it means, what it looks like."""

    name: str
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
    partitions: Mapping[str, str]
    data: Data

    @classmethod
    def from_data(cls, data: Data, partitions: Mapping[str, str]) -> Self:
        """Makes it from what the compiled catalog holds."""
        return cls(
            id=data["id"],
            title=data["title"],
            max_length=data["maxLength"],
            fields={n: Field(n, f["meaning"], f["pattern"], f["example"]) for n, f in data["fields"].items()},
            forms=tuple(Form.from_data(item) for item in data["forms"]),
            default=data["default"],
            also_lower_case=data["alsoLowerCase"],
            partitions=partitions,
            data=data.get("data", data),
        )

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
    statements: tuple[Statement, ...]
    free: Sequence[Data]
    needed: Sequence[Data] | None
    data: Data

    @classmethod
    def from_data(cls, data: Data, catalog: "Catalog") -> Self:
        """Makes it from what the compiled catalog holds."""
        statements = (
            catalog.statement_set(data["use"]).statements
            if data["use"]
            else tuple(Statement.from_data(item) for item in data["statements"])
        )
        return cls(
            use=data["use"],
            prefix=data["prefix"],
            members=tuple(data["members"]),
            values_in=data["valuesIn"],
            constants=data["constants"],
            parameters=data["parameters"],
            accepted=data["accepted"],
            statements=statements,
            free=data["free"],
            needed=data["needed"],
            data=data.get("data", data),
        )

    def because(self) -> Iterator[Because]:
        """Why each of the statements is needed here."""
        if self.needed is None:
            return (Because(one.sid, one.why, one.evidence, one.sources) for one in self.statements)
        return (Because(one["sid"], one["why"], one["evidence"], tuple(one["sources"])) for one in self.needed)

    def forms(self, parameter: str, kind: Kind) -> tuple[Form, ...]:
        """The forms of a parameter's value that these statements are for, the one placeholders stand for first."""
        return tuple(form for one in self.accepted.get(parameter, ()) if (form := kind.form(one)))


class AddOn(NamedTuple):
    """Statements needed only at times.

    Attributes:
        when: JMESPath that is true of requests which need it, or "".
        usage: what the user says by choosing it, or "". With neither, a value in ``from`` decides.
        request: the other operation whose request decides, or "" for the record's own.
        trust: ids of trust statements it adds.
    """

    id: str
    title: str
    when: str
    usage: str
    request: str
    trust: tuple[str, ...]
    entries: tuple[Entry, ...]
    notes: tuple[str, ...]
    data: Data

    @classmethod
    def from_data(cls, data: Data, catalog: "Catalog") -> Self:
        """Makes it from what the compiled catalog holds."""
        return cls(
            id=data["id"],
            title=data["title"],
            when=data["when"],
            usage=data["usage"],
            request=data["request"],
            trust=tuple(data["trust"]),
            entries=tuple(Entry.from_data(item, catalog) for item in data["entries"]),
            notes=tuple(data["notes"]),
            data=data.get("data", data),
        )


class Grantee(NamedTuple):
    """Whoever a permissions policy is for: an execution role, or the caller (then without trust)."""

    id: str
    title: str
    summary: str
    parameters: tuple[str, ...]
    trust: tuple[str, ...]
    entries: tuple[Entry, ...]
    addons: tuple[AddOn, ...]
    not_passed: str
    data: Data

    @classmethod
    def from_data(cls, data: Data, catalog: "Catalog") -> Self:
        """Makes it from what the compiled catalog holds."""
        return cls(
            id=data["id"],
            title=data["title"],
            summary=data["summary"],
            parameters=tuple(data["parameters"]),
            trust=tuple(data["trust"]),
            entries=tuple(Entry.from_data(item, catalog) for item in data["entries"]),
            addons=tuple(AddOn.from_data(item, catalog) for item in data["addons"]),
            not_passed=data["notPassed"],
            data=data.get("data", data),
        )

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

    @classmethod
    def from_data(cls, data: Data, catalog: "Catalog") -> Self:
        """Makes it from what the compiled catalog holds."""
        return cls(
            name=data["name"],
            service=data["service"],
            summary=data["summary"],
            documentation=data["documentation"],
            availability=data["availability"],
            uses_role_of=tuple(data["usesRoleOf"]),
            steps={step: tuple(names) for step, names in data["steps"].items()},
            roles=tuple(Grantee.from_data(item, catalog) for item in data["roles"]),
            caller=Grantee.from_data(data["caller"], catalog) if data["caller"] else None,
            pitfalls=tuple(data["pitfalls"]),
            sources=tuple(data["sources"]),
            data=data.get("data", data),
        )

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

    @classmethod
    def from_data(cls, data: Data, catalog: "Catalog") -> Self:
        """Makes it from what the compiled catalog holds."""
        return cls(
            id=data["id"],
            title=data["title"],
            sid=data["sid"],
            entry=Entry.from_data(data["entry"], catalog),
            principal={kind: tuple(values) for kind, values in data["principal"].items()},
            actions=tuple(data["actions"]),
            condition=condition_of(data["condition"]),
            why=data["why"],
            evidence=data["evidence"],
            sources=tuple(data["sources"]),
            data=data.get("data", data),
        )


class CompanionKind(NamedTuple):
    """A kind of policy that must agree with a role's policy: of a resource, or the permissions boundary.

    Attributes:
        limit: kind of document whose size applies, see ``iam/size.py``.
        arns: ARN formats of the resource that has such a policy, and of its parts; empty for the boundary.
        services: the services in them.
        element: what ``Resource`` is in it: ``all``, ``arns`` or ``none``.
        actions: what it can allow to another account.
        conditions: condition keys that it keeps.
        names: condition keys it cannot have, but whose values name the resource, to the name's template.
        ending: wildcards that end the name of a single resource, or "".
        regional: condition keys in whose values ``.*.`` stands for a Region, which is that of the resource here.
        on_request: statements that it has only if somebody asks for them, by what they ask for.
        not_composed: why such a policy is not written, or "".
        aws_owned: patterns of ARNs of resources that AWS owns, to what there is to say of them.
        aws_accounts: Region and account of AWS that owns such resources there, to what these are.
        same_account: ``no`` or ``undelegated``, and why.
        other_account: why it is needed between accounts.
    """

    id: str
    title: str
    limit: str
    arns: tuple[str, ...]
    services: frozenset[str]
    element: str
    actions: frozenset[str]
    conditions: frozenset[str]
    names: Mapping[str, str]
    ending: str
    regional: frozenset[str]
    on_request: Mapping[str, Data]
    not_composed: str
    aws_owned: Mapping[str, str]
    aws_accounts: Mapping[tuple[str, str], str]
    same_account: tuple[Literal["no", "undelegated"], str]
    other_account: str
    why: str
    notes: tuple[str, ...]
    data: Data

    @classmethod
    def from_data(cls, data: Data) -> Self:
        """Makes it from what the compiled catalog holds."""
        same = data.get("same_account", {"needed": "no", "why": ""})
        return cls(
            id=data["id"],
            title=data["title"],
            limit=data.get("limit", ""),
            arns=tuple(data.get("arns", ())),
            services=frozenset(parts_of(arn).service for arn in data.get("arns", ())),
            element=data.get("element", "none"),
            actions=frozenset(data.get("actions", ())),
            conditions=frozenset(data.get("conditions", ())),
            names={key: item["names"] for key, item in data.get("dropped", {}).items() if "names" in item},
            ending=data.get("ending", ""),
            regional=frozenset(data.get("regional", ())),
            on_request=data.get("on_request", {}),
            not_composed=data.get("not_composed", ""),
            aws_owned={item["pattern"]: item["why"] for item in data.get("aws_owned", ())},
            aws_accounts={
                (region, account): item["title"]
                for item in data.get("aws_accounts", ())
                for region, account in item["accounts"].items()
            },
            same_account=(same["needed"], same["why"]),
            other_account=data.get("other_account", {}).get("why", ""),
            why=data["why"],
            notes=tuple(data.get("notes", ())),
            data=data,
        )

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

    @classmethod
    def from_data(cls, data: Data, catalog: "Catalog") -> Self:
        """Makes it from what the compiled catalog holds."""
        return cls(
            members=tuple(data["members"]),
            keys=tuple(data["keys"]),
            unless=tuple(data["unless"]),
            entries=tuple(Entry.from_data(item, catalog) for item in data["entries"]),
            no_permission=data["noPermission"],
            separator=data["separator"],
        )


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

    @classmethod
    def from_data(cls, data: Data, catalog: "Catalog") -> Self:
        """Makes it from what the compiled catalog holds."""
        return cls(
            id=data["id"],
            title=data["title"],
            images=tuple(data["images"]),
            registries=tuple(data["registries"]),
            roles=tuple(data["roles"]),
            reads=tuple(Read.from_data(item, catalog) for item in data["reads"]),
            data=data.get("data", data),
        )


class ManagedDocument(NamedTuple):
    """An AWS managed policy as AWS has it.

    Attributes:
        version: its version in the data set that was read (``managed-policies-data`` in data/sources.yaml).
        changed: the day of that version.
        document: the policy.
    """

    arn: str
    version: str
    changed: str
    document: Mapping[str, Any]


class CatalogError(ValueError):
    """Raised when the compiled catalog cannot be read: it is damaged, or of another version."""


_INDEX = "index.json"

#: What the compiled files are like: the beginning of the digest of the modules that write them, which a test holds.
#: A checkout may have files that an earlier version wrote.
FORMAT = "811d5a76"


def _json(folder: "str | Mapping[str, bytes]", name: str) -> Any:
    try:
        if isinstance(folder, Mapping):
            return json.loads(folder[name])
        with open(os.path.join(folder, name), "rb") as file:
            return json.loads(file.read())
    except OSError as error:
        if name == _INDEX and isinstance(error, FileNotFoundError):
            raise  # nothing was built
        raise CatalogError(f"{name}: {error.strerror}") from None
    except (KeyError, ValueError) as error:
        raise CatalogError(f"{name}: {error}") from None


class _Growing(dict[str, Any]):
    """What is added to while other threads read it: each walk is over what was there when it began."""

    def __iter__(self) -> Iterator[str]:
        return iter(list(super().keys()))

    def keys(self) -> Any:
        """The names that are there now."""
        return list(super().keys())

    def values(self) -> Any:
        """The values that are there now."""
        return list(super().values())

    def items(self) -> Any:
        """The pairs that are there now."""
        return list(super().items())


class Compiled(Mapping[str, Any]):
    """What catalog.json holds, read operation by operation from compiled files when first asked for.

    Threads share it: one at a time reads a file, and what tells that it was read is set when all of it is there.
    Another process gets the name of the folder, as a lock cannot be handed to it.

    Args:
        folder: the folder of the files, or the files by name.
    """

    def __init__(self, folder: "str | Mapping[str, bytes]") -> None:
        self._folder = folder
        self._reading = threading.Lock()
        index = _json(folder, _INDEX)
        if not isinstance(index, dict) or "operations" not in index:
            raise CatalogError("index.json: it has no operations")
        if index.get("format") != FORMAT:
            raise CatalogError("index.json: another version of the package wrote it")
        self._names: list[str] = index["operations"]
        self._known = frozenset(self._names)
        self._read: set[str] = set()
        self._records: dict[str, Data] = {}
        #: Part to the file that has it.
        self._late: Mapping[str, str] = index.get("late", {})
        self._parts: dict[str, Any] = {
            **index,
            **{part: _Growing(index.get(part, {})) for part in index["shared"]},
            "shapes": {**index["shapes"], "types": _Growing(index["shapes"]["types"])},
            "operations": _Records(self),
            "documented": _Growing(),
            "condition_keys": _Growing(),
        }

    def __reduce__(self) -> "tuple[type[Self], tuple[str | Mapping[str, bytes]]]":
        return type(self), (self._folder,)

    def __getitem__(self, part: str) -> Any:
        if part not in self._parts and (part in self._late or part == "managed_documents"):
            with self._reading:
                if part not in self._parts:
                    self._take_late(part)
        return self._parts[part]

    def _take_late(self, part: str) -> None:
        if part == "managed_documents":
            self._parts[part] = _json(self._folder, "managed.json")
            return
        late = _json(self._folder, f"{self._late[part]}.json")
        for name in self._parts["shared"]:
            self._parts[name].update(late.get(name, {}))
        self._parts.update({name: late[name] for name, file in self._late.items() if file == self._late[part]})

    def __iter__(self) -> Iterator[str]:
        return iter({**self._parts, **dict.fromkeys(self._late)})

    def __len__(self) -> int:
        return len([*iter(self)])

    def require(self, name: str) -> Data | None:
        """Reads an operation's file, unless that was done, and gives the record; None if the operation has none."""
        if name not in self._read and (name in self._known or name in self._parts["shapes"]["inputs"]):
            with self._reading:
                if name not in self._read:
                    self._take(name, _json(self._folder, f"{name}.json"))
        return self._records.get(name)

    def _take(self, name: str, chunk: Mapping[str, Any]) -> None:
        self._parts["shapes"]["types"].update(chunk["types"])
        if chunk["record"] is not None:
            for part in self._parts["shared"]:
                self._parts[part].update(chunk[part])
            self._parts["condition_keys"][name] = chunk["condition_keys"]
            if chunk["documented"] is not None:
                self._parts["documented"][name] = chunk["documented"]
            self._records[name] = chunk["record"]
        self._read.add(name)


class _Records(Mapping[str, Data]):
    """The records of a compiled catalog by operation."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled

    def __contains__(self, name: object) -> bool:
        return name in self._compiled._known

    def __getitem__(self, name: str) -> Data:
        record = self._compiled.require(name)
        if record is None:
            raise KeyError(name)
        return record

    def __iter__(self) -> Iterator[str]:
        return iter(self._compiled._names)

    def __len__(self) -> int:
        return len(self._compiled._names)


class _Resolved(dict[str, Any]):
    """Parts of a compiled catalog."""


_T = TypeVar("_T")


class Catalog:
    """All of the knowledge base; parts become typed values when first asked for. Safe to share between threads.

    Args:
        data: the mapping that ``catalog.json`` holds: ``operations``, ``statements``, ``resources``, ``trust``,
            ``sources``, ``partitions`` and ``shapes``.
    """

    def __init__(self, data: Data) -> None:
        self.data = data
        #: None where the build has resolved what was read.
        self._resolver = None if isinstance(data, (Compiled, _Resolved)) else Resolver(data, origins=True)
        self._parts: dict[tuple[str, str], Any] = {}
        self._prepared: dict[tuple[Any, ...], Any] = {}

    def __reduce__(self) -> tuple[type[Self], tuple[Data]]:
        # What was prepared is made anew in the other process.
        return type(self), (self.data,)

    @classmethod
    def load(cls) -> Self:
        """Loads the catalog that came with the package, or in a checkout the one that was built last.

        Operations are read when they are asked for first.

        Raises:
            FileNotFoundError: the package was not built (run ``make build``).
            CatalogError: what was built is damaged. Other methods raise it too, since operations are read late.
        """
        here = os.path.dirname(os.path.dirname(__file__))
        packaged = os.path.join(here, "compiled")
        built = os.path.join(os.path.dirname(os.path.dirname(here)), "build", "compiled")
        return cls(Compiled(packaged if os.path.exists(packaged) else built))

    def _item(self, part: str, name: str) -> Data:
        return self.data[part][name] if self._resolver is None else self._resolver.resolved(part, name)

    def _make(self, part: str, name: str, make: Callable[[Data], _T]) -> _T:
        key = (part, name)
        # Threads may make it at once: all get the first. Another may forget it between two questions, so one is asked.
        known: _T | None = self._parts.get(key)
        return self._parts.setdefault(key, make(self._item(part, name))) if known is None else known

    def _once(self, key: tuple[Any, ...], make: Callable[[], _T]) -> _T:
        """What other modules of the package prepare of the catalog, prepared when it is first asked for."""
        known: _T | None = self._prepared.get(key)
        return self._prepared.setdefault(key, make()) if known is None else known

    def _forget(self, operation: str) -> None:
        """Drops what was made of an operation's record; it is made anew when asked for. For walks over very many."""
        self._parts.pop(("operations", operation), None)
        self._forget_plans()

    def _forget_plans(self) -> None:
        """Drops what the composer prepared of records, and keeps the records."""
        for key in [key for key in list(self._prepared) if key[0] in ("plan", "meanings")]:
            self._prepared.pop(key, None)

    @property
    def operations(self) -> list[str]:
        """Names of all operations that have a record, sorted."""
        return sorted(self.data["operations"])

    def operation(self, name: str) -> Operation:
        """One operation's record.

        Raises:
            UnknownOperation: there is no such record.
        """
        if name not in self.data["operations"]:
            raise unknown_operation(name, self.operations)
        return self._make("operations", name, lambda data: Operation.from_data(data, self))

    def managed_policy(self, name: str) -> ManagedDocument | None:
        """The document of an AWS managed policy; None if it is not known here.

        Read when it is asked for first. The documents are those of the partition ``aws``: where an ARN is of another
        partition, the document may differ, and is not known.

        Args:
            name: its name, or its ARN, whose partition may be ``${Partition}``.
        """
        known: Mapping[str, Any] = self.data.get("managed_documents", {})
        partition, is_arn, path = name.removeprefix("arn:").partition(":iam::aws:policy/")
        document = known.get(path.rpartition("/")[2] if is_arn else name)
        if document is None or (
            is_arn and (partition not in ("aws", "${Partition}") or not document["arn"].endswith(f":policy/{path}"))
        ):
            return None
        return ManagedDocument(document["arn"], document["version"], document["changed"], document["document"])

    def statement_set(self, name: str) -> StatementSet:
        """One shared statement set; KeyError if there is none of that id."""
        return self._make("statements", name, StatementSet.from_data)

    def kind(self, name: str) -> Kind:
        """One resource kind; KeyError if there is none of that id."""
        return self._make("resources", name, lambda data: Kind.from_data(data, self.regions))

    def trust(self, name: str) -> Trust:
        """One trust statement; KeyError if there is none of that id."""
        return self._make("trust", name, lambda data: Trust.from_data(data, self))

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """What containers do, in order of their IDs."""
        names = sorted(self.data.get("containers", ()))
        return tuple(Container.from_data(self._item("containers", name), self) for name in names)

    def placeholders(self, operation: str) -> Mapping[str, Sequence[str]]:
        """What a value can be given for in the policies of an operation, as :meth:`Resolver.placeholders` has it."""
        item = self._item("operations", operation)
        if self._resolver is not None:
            return self._resolver.placeholders(item)
        self.data.get("containers")  # whose kinds are read with them
        known: Mapping[str, Sequence[str]] = item["placeholders"]
        return known

    def names(self, operation: str) -> Sequence[str]:
        """Every name that a placeholder of an operation's record can have."""
        item = self._item("operations", operation)
        known: Sequence[str] = item["names"] if self._resolver is None else self._resolver.names(item)
        return known

    @cached_property
    def readers(self) -> "Catalog":
        """A catalog whose operations are the engines of `fleet`; the caller of each is who runs it in an account.

        So whatever composes what a caller needs composes what a reader of logs needs.
        """
        # The records first: a compiled catalog reads what they share together with them.
        engines = self.data.get("readers", {})
        shared = {part: self.data[part] for part in (*SHARED, "partitions")}
        if self._resolver is None:
            return Catalog(_Resolved({**shared, "operations": engines}))
        return Catalog({**shared, "operations": {name: reader(name, item) for name, item in engines.items()}})

    @cached_property
    def companions(self) -> tuple[CompanionKind, ...]:
        """Every kind of companion; empty in a catalog that was made before there were any."""
        data = self.data.get("companions", {})
        return tuple(CompanionKind.from_data(data[name]) for name in sorted(data))

    def fillable(self, grantee: Grantee) -> Iterator[Entry]:
        """Every entry that placeholders of a grantee's policies come from: its own, then those of its trust."""
        for _, entry in grantee.all_entries():
            yield entry
        for trust_id in (*grantee.trust, *(trust_id for addon in grantee.addons for trust_id in addon.trust)):
            yield self.trust(trust_id).entry

    def handed_over(self, grantee: Grantee) -> Iterator[Entry]:
        """Every entry of the containers that get the credentials of a grantee."""
        for container in self.containers:
            if grantee.id in container.roles:
                for read in container.reads:
                    yield from read.entries

    @cached_property
    def handled_by(self) -> Mapping[str, tuple[str, ...]]:
        """Operations whose requests decide over add-ons of others, to these others."""
        known = self.data.get("handled_by", {}) if self._resolver is None else handled_by(self.data["operations"])
        return {name: tuple(hosts) for name, hosts in known.items()}

    @cached_property
    def passed(self) -> Mapping[str, tuple[str, tuple[str, ...]]]:
        """Operations that a role is passed to: the action, and the services that can assume the role."""
        known = self.data["passed"] if self._resolver is None else passed(self.data)
        return {name: (one["action"], tuple(one["services"])) for name, one in known.items()}

    def shapes_of(self, operation: str) -> Mapping[str, Any]:
        """Request shapes by name, among them all of one operation's request."""
        if isinstance(self.data, Compiled):
            self.data.require(operation)
        return self.shapes.get("types", {})  # type: ignore[no-any-return]

    @cached_property
    def sources(self) -> Mapping[str, Data]:
        """Cited pages by id: url, title, as_of, read."""
        return self.data["sources"]  # type: ignore[no-any-return]

    @cached_property
    def partitions(self) -> Mapping[str, Data]:
        """AWS partitions by id: region_pattern, dns_suffix."""
        return self.data["partitions"]  # type: ignore[no-any-return]

    @cached_property
    def regions(self) -> Mapping[str, str]:
        """The pattern of the Regions of each AWS partition."""
        return {name: item["region_pattern"] for name, item in self.partitions.items()}

    @cached_property
    def shapes(self) -> Mapping[str, Any]:
        """Request shapes by name, from botocore; an operation's request is ``<Operation>Request``."""
        return self.data.get("shapes", {})  # type: ignore[no-any-return]

"""The knowledge base: operations, roles, statements, resource kinds, trust, read when they are first asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self, TypeVar

from ..canonical import quoted
from ..errors import UnknownOperation, unknown_operation
from .entries import GLOBALS as GLOBALS
from .entries import SHARED, Resolver, call, handled_by, passed, reader
from .entries import Compiled as Resolving
from .model import AddOn as AddOn
from .model import Because as Because
from .model import CompanionKind as CompanionKind
from .model import Condition as Condition
from .model import Container as Container
from .model import Data as Data
from .model import Entry as Entry
from .model import Evidence as Evidence
from .model import Form as Form
from .model import Grantee as Grantee
from .model import Kind as Kind
from .model import ManagedDocument as ManagedDocument
from .model import Operation as Operation
from .model import Read as Read
from .model import Statement as Statement
from .model import StatementSet as StatementSet
from .model import Trust as Trust
from .model import typed
from .operation_names import action_of, api_name, plain, spellings
from .stored import ACTIONS as ACTIONS
from .stored import FORMAT as FORMAT
from .stored import CatalogError as CatalogError
from .stored import Compiled as Compiled

_T = TypeVar("_T")


class _Resolved(dict[str, Any]):
    """Parts of a compiled catalog."""


class _Part:
    """A part of the data as it is; empty in a catalog without it."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, catalog: Catalog, owner: type) -> Mapping[str, Any]:
        part: Mapping[str, Any] = catalog.data.get(self._name, {})
        return part


class Catalog:
    """All of the knowledge base; parts become typed values when first asked for. Safe to share between threads.

    Args:
        data: the mapping that ``catalog.json`` holds: ``operations``, ``statements``, ``resources``, ``trust``,
            ``sources``, ``partitions`` and ``shapes``.
    """

    attestations = _Part()
    clues = _Part()
    code = _Part()
    condition_keys = _Part()
    data_events = _Part()
    documentation = _Part()
    documented = _Part()
    endpoints = _Part()
    escalations = _Part()
    families = _Part()
    fixes = _Part()
    frameworks = _Part()
    guardrails = _Part()
    guides = _Part()
    inputs = _Part()
    layers = _Part()
    libraries = _Part()
    managed_policies = _Part()
    mentions = _Part()
    messages = _Part()
    moved = _Part()
    named_resources = _Part()
    networks = _Part()
    no_permission = _Part()
    operation_actions = _Part()
    page_mistakes = _Part()
    partitions = _Part()
    pass_role = _Part()
    perimeters = _Part()
    personas = _Part()
    role_policies = _Part()
    shapes = _Part()
    sources = _Part()

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
        if part == "operations" and name not in self.data[part] and name in self.calls:
            resolver = self._resolver or Resolving(self.data)
            item = resolver.operations(call(self.calls[name]))
            return {**item, "placeholders": resolver.placeholders(item), "names": resolver.names(item)}
        return self.data[part][name] if self._resolver is None else self._resolver.resolved(part, name)

    def _make(self, part: str, name: str, made: type[_T]) -> _T:
        key = (part, name)
        # Threads may make it at once: all get the first. Another may forget it between two questions, so one is asked.
        known: _T | None = self._parts.get(key)
        return self._parts.setdefault(key, typed(made)(self._item(part, name), self)) if known is None else known

    def _once(self, key: tuple[Any, ...], make: Callable[[], _T]) -> _T:
        """What other modules of the package prepare of the catalog, prepared when it is first asked for."""
        known: _T | None = self._prepared.get(key)
        return self._prepared.setdefault(key, make()) if known is None else known

    def _beside(self, data: Data) -> Self:
        """A catalog of the same records with other parts: what was made of records is of both."""
        other = type(self)(data)
        other._parts = self._parts
        other._prepared = {key: made for key, made in self._prepared.items() if key[0] in ("plan", "whole")}
        return other

    def _forget(self, operation: str) -> None:
        """Drops what was made of an operation's record; it is made anew when asked for. For walks over very many."""
        self._parts.pop(("operations", operation), None)
        self._forget_plans()

    def _forget_plans(self) -> None:
        """Drops what the composer prepared of records, and keeps the records."""
        for key in [key for key in list(self._prepared) if key[0] in ("plan", "meanings", "whole")]:
            self._prepared.pop(key, None)

    @cached_property
    def actions(self) -> Mapping[str, Any]:
        """The actions of AWS: service prefix to access level to names, in one text.

        A published catalog has the SHA-256 of the file with them; the package has that file, or another one.

        Raises:
            CatalogError: the catalog has none, or others than the package.
            FileNotFoundError: the package was not built.
        """
        own = self.data.get("actions")
        if isinstance(own, Mapping):
            return own
        if own is None:
            raise CatalogError(
                "actions: the catalog has no actions of AWS, as in versions before 2.0.0; use a newer one"
            )
        package = Catalog.load()
        if own == package.data["actions_sha256"]:
            return package.actions
        fact = "the catalog was made with other reference data than this package"
        raise CatalogError(f"actions: {fact}; replace the digest in it with the actions in v1/actions/{own}.json")

    @property
    def data_version(self) -> str:
        """SemVer of the data, or ``next``."""
        return str(self.data["data_version"])

    @property
    def operations(self) -> list[str]:
        """Names of all operations that have a record, sorted."""
        return sorted(self.data["operations"])

    def operation(self, name: str) -> Operation:
        """One operation's record.

        Raises:
            UnknownOperation: there is no such record.
        """
        if not self.knows(name):
            raise unknown_operation(name, self.operations)
        return self._make("operations", name, Operation)

    def has_record(self, name: str) -> bool:
        """Whether there is a record of an operation."""
        return name in self.data["operations"]

    @cached_property
    def calls(self) -> Mapping[str, Data]:
        """What follows from AWS's data for the callers of operations without a record, by operation."""
        return {name: item for name, item in self.data.get("calls", {}).items() if not item["has_record"]}

    def knows(self, name: str) -> bool:
        """Whether there is a record of an operation, or what follows from AWS's data for it."""
        return name in self.data["operations"] or name in self.calls

    def named(self, name: str, service: str = "") -> str:
        """The operation of a name in any spelling, with a record or without; "" if there is none.

        Args:
            name: ``CreateProject``, ``create-project``, ``sagemaker:CreateProject``.
            service: the service that has it, by the name of botocore, or the prefix of its actions.
        """
        if not service and name in self.data["operations"]:
            return name
        return self._spelled.get(plain(f"{service}:{name}" if service else name), "")

    def find(self, name: str) -> str:
        """The operation of a name in any spelling, with a record or without.

        Raises:
            UnknownOperation: there is none.
        """
        if known := self.named(name):
            return known
        raise UnknownOperation(f"unknown operation {quoted(name)}", name, self.operations)

    @cached_property
    def _spelled(self) -> Mapping[str, str]:
        """The operations by all that they can be called."""
        spelled: dict[str, str] = {}
        for text, name in (*spellings(self.services), *((plain(name), name) for name in self.operations)):
            spelled.setdefault(text, name)
        return spelled

    @cached_property
    def event_sources(self) -> tuple[str, ...]:
        """How the sources of the services' events begin in AWS CloudTrail."""
        every = {part for service, said in self.services.items() for part in (service, said["prefix"])}
        return tuple(sorted(one for one in every if not any(one != other and one.startswith(other) for other in every)))

    def of_event(self, source: str, name: str) -> str:
        """The operation of an event of AWS CloudTrail, by its source and name; "" if none is known."""
        operation = self.named(name, source.partition(".")[0])
        return operation if api_name(operation) == name else ""

    def service_of_type(self, form: str, kind: str) -> str:
        """The service of a resource type of a format; "" if it is none of the services."""
        begin = {name: said.get("types", {}).get(form, ":") for name, said in self.services.items()}
        return next((name for name, text in begin.items() if kind.startswith(text)), "")

    def creating(self, form: str, kind: str) -> str:
        """The operation that makes a resource of a type, by the rest of the type's name; "" if none is known.

        Args:
            form: ``ack``, ``cloudformation``, or ``terraform``.
            kind: the type, such as ``AWS::SageMaker::Model``; in ACK, the group of the API, a slash, and the kind.
        """
        service = self.service_of_type(form, kind)
        rest = kind.removeprefix(self.services[service]["types"][form]) if service else ""
        return self.named(f"Create{rest}", service) if rest else ""

    def service_of(self, operation: str) -> str:
        """The service of an operation, by the name of botocore."""
        return next((service for service, said in self.services.items() if operation in said["names"]), "")

    def others_named(self, name: str) -> list[str]:
        """The operations of other services that have the same name in the API."""
        if name != api_name(name):
            return []
        every = (other for said in self.services.values() for other in said["names"])
        return [other for other in every if other != name and api_name(other) == name]

    def action_of(self, operation: str) -> str:
        """The action of an operation that has a record."""
        return action_of(self.services, self.data["operations"][operation])

    @cached_property
    def services(self) -> Mapping[str, Data]:
        """The services whose operations are known, by the name of botocore, each with their ``names``."""
        return {name: item for name, item in self.data.get("apis", {}).items() if "names" in item}

    def input_of(self, operation: str) -> str:
        """The shape of an operation's request; "" if none is known."""
        known: Mapping[str, str] = self.shapes.get("inputs", {})
        if operation not in known and operation in self.calls:
            known = self.data["call_shapes"]["inputs"]
        return known.get(operation, "")

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
        return self._make("statements", name, StatementSet)

    def kind(self, name: str) -> Kind:
        """One resource kind; KeyError if there is none of that id."""
        return self._make("resources", name, Kind)

    def trust(self, name: str) -> Trust:
        """One trust statement; KeyError if there is none of that id."""
        return self._make("trust", name, Trust)

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """What containers do, in order of their IDs."""
        names = sorted(self.data.get("containers", ()))
        return tuple(typed(Container)(self._item("containers", name), self) for name in names)

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
    def readers(self) -> Catalog:
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
        return tuple(CompanionKind.of(data[name], self) for name in sorted(data))

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
        if operation not in self.shapes.get("inputs", ()) and operation in self.calls:
            return self.data["call_shapes"]["types"]  # type: ignore[no-any-return]
        if isinstance(self.data, Compiled):
            self.data.require(operation)
        return self.shapes.get("types", {})  # type: ignore[no-any-return]

    @cached_property
    def regions(self) -> Mapping[str, str]:
        """The pattern of the Regions of each AWS partition."""
        return {name: item["region_pattern"] for name, item in self.partitions.items()}

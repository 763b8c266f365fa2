"""Members of requests that name resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jmespath.exceptions import JMESPathError

from sagemaker_roles.catalog import Operation
from sagemaker_roles.engine.named_resources import is_about
from sagemaker_roles.errors.problems import Problem

from ..aws.request_paths import NOTHING_KNOWN, Known, PathError, Paths, Type, options
from ..records.scaffold import looks_like
from .context import Context, problem, rule

#: Ends of the names that members of different structures share because they name the same thing.
_NAMES = ("Arn", "Arns", "Id", "Ids", "Uri", "Url")

#: Requests without a role that are made with the role of a record, and the record.
_CALLED_WITH_THE_ROLE = {
    "CreateApp": "CreateDomain",
    "CreateSpace": "CreateDomain",
    "InvokeEndpointAsync": "CreateModel",
}

#: A member: the shape it belongs to, and its name.
Member = tuple[str, str]


#: Nodes of an expression that test values and give none of them.
_TESTS = ("comparator", "not_expression")


class _Visited(Paths):
    """Paths that remember the members they went through.

    Attributes:
        members: those that lead to the values of the expression.
        tested: those that only decide whether there is a value.
    """

    def __init__(self, paths: Paths) -> None:
        super().__init__(paths.types, paths.enums)
        self.members: set[Member] = set()
        self.tested: set[Member] = set()

    def _visit(self, node: Mapping[str, Any], kind: Type, known: Known = NOTHING_KNOWN) -> Type:
        before = set(self.members)
        visited = super()._visit(node, kind, known)
        if node["type"] in _TESTS:
            self.tested |= self.members
            self.members = before
        return visited

    def _field(self, kind: Type, name: str) -> Type:
        self.members |= {(item, name) for item in options(kind) if isinstance(item, str)}
        return super()._field(kind, name)


@rule
def members_accounted(context: Context) -> Iterator[Problem]:
    """A member that names a resource, or that another record has a statement for, is accounted for in each record.

    What names a resource is told by its name, as in skeletons of records, or by the shape that botocore gives it. Why
    it needs no permission says data/shared/no-permission.yaml.

    Two members are the same if they belong to the same shape of botocore, or if they have the same name and its end
    says that it names a resource. A member is accounted for by `from` and `when` of any record that reads the request,
    and by a `when` that leads to the structure that it belongs to.
    """
    requests = {name: shape for known in context.reference.inputs.values() for name, shape in known.items()}
    accounted, stated = _read(context, requests)
    names: dict[str, str] = {}
    for (_, name), stating in sorted(stated.items()):
        if name.endswith(_NAMES):
            names.setdefault(name, stating)
    for request, operation in _requests(context).items():
        if request not in requests:
            continue  # another rule reports it
        known = accounted.get(request, set())
        of = "" if request == operation.name else f" of {request}"
        for member, path in sorted(_texts(context.paths, requests[request]).items(), key=lambda item: item[1]):
            record = stated.get(member) or names.get(member[1])
            if member in known or not (record or _names_something(context, member, path)):
                continue
            if not record:
                # The record with a statement for it may be one that cannot be read.
                if not _needs_nothing(context, request, path) and not context.excepted(
                    "members-accounted", f"{request}.{path}"
                ):
                    message = (
                        f"{path}{of} names a resource, and is in no `from` and no `when`; "
                        "add a statement, or the reason why it needs none to data/shared/no-permission.yaml"
                    )
                    yield problem(message, operation.data, "operation")
            elif not context.excepted("members-accounted", f"{request}.{path}"):
                message = (
                    f"{path}{of} is in no `from` and no `when`, and {record} has a statement for it; "
                    f"add a statement, or the reason under {request}.{path} in data/shared/exceptions.yaml"
                )
                yield problem(message, operation.data, "operation")


def _requests(context: Context) -> dict[str, Operation]:
    """Each request that a role works for, with the record that answers for it.

    A request without a role has no record. The record answers whose add-on reads it, or whose role its caller has.
    """
    records = {operation.name: operation for operation in context.operations}
    others = {name: records[record] for name, record in _CALLED_WITH_THE_ROLE.items() if record in records}
    for operation in context.operations:
        for grantee in operation.grantees():
            for addon in grantee.addons:
                if addon.request:
                    others.setdefault(addon.request, operation)
    return {**others, **records}


def _names_something(context: Context, member: Member, path: str) -> bool:
    """Whether a text names a resource, whatever records say."""
    shape, name = member
    inner = context.paths.types.get(shape, {}).get("members", {}).get(name, "")
    said = {f"{shape}.{name}", f"{inner}.member"} & context.reference.naming
    return bool(said or name.endswith(("Arn", "Arns")) or looks_like(path))


def _needs_nothing(context: Context, operation: str, path: str) -> bool:
    """Whether data/shared/no-permission.yaml has a reason that holds for a member whatever else a request has."""
    names = [name for name in path.replace("[]", "").split(".") if name != "*"]
    return any(is_about(entry, operation, names) for entry in context.catalog.no_permission.values())


def _read(context: Context, requests: Mapping[str, str]) -> tuple[dict[str, set[Member]], dict[Member, str]]:
    """The members of each request that some record reads, and for each member a record with a statement for it."""
    accounted: dict[str, set[Member]] = {}
    stated: dict[Member, str] = {}
    for operation in context.operations:
        for grantee in operation.grantees():
            for path in grantee.parameters:
                visited = _visit(context, path, requests.get(operation.name))
                accounted.setdefault(operation.name, set()).update(visited.members)
            for addon in grantee.addons:
                if addon.when:
                    request = addon.request or operation.name
                    accounted.setdefault(request, set()).update(_below(context, addon.when, requests.get(request)))
            for addon_or_none, entry in grantee.all_entries():
                request = (addon_or_none.request if addon_or_none else "") or operation.name
                for path in entry.members:
                    visited = _visit(context, path, requests.get(request))
                    accounted.setdefault(request, set()).update(visited.members, visited.tested)
                    if _names_resource(entry.parameters):
                        for member in visited.members:
                            stated.setdefault(member, operation.name)
    return accounted, stated


def _names_resource(parameters: Mapping[str, str]) -> bool:
    """Whether the values that an entry takes name more than the resource that the request itself creates."""
    return any(kind not in ("constant", "resource-name") for kind in parameters.values())


def _visit(context: Context, path: str, shape: str | None) -> _Visited:
    """What an expression goes through; nothing where it is at fault (another rule reports it)."""
    paths = _Visited(context.paths)
    try:
        if shape:
            paths.result(path, shape)
    except (PathError, JMESPathError):
        return _Visited(context.paths)
    return paths


def _below(context: Context, path: str, shape: str | None) -> set[Member]:
    """The members that an expression goes through, with those of the structures that it leads to."""
    paths = _visit(context, path, shape)
    visited = paths.members | paths.tested
    inside: set[Member] = set()
    for owner, name in visited:
        kind = context.paths.types.get(owner, {}).get("members", {}).get(name)
        if isinstance(kind, str) and not any(other == kind for other, _ in visited):
            inside |= {(kind, member) for member in context.paths.types.get(kind, {}).get("members", ())}
    return visited | inside


def _texts(paths: Paths, shape: str) -> dict[Member, str]:
    """The members of a shape that are a free text or a list of texts, at any depth, with one path to each."""
    texts: dict[Member, str] = {}

    def walk(kind: Any, prefix: str, outer: tuple[str, ...]) -> None:
        parts = paths.types.get(kind, {}) if isinstance(kind, str) and kind not in outer else {}
        for name, inner in parts.get("members", {}).items():
            path = f"{prefix}.{name}" if prefix else name
            if _is_text(paths, inner) and f"{kind}.{name}" not in paths.enums:
                texts.setdefault((kind, name), path)
            walk(inner, path, (*outer, kind))
        for key in ("member", "value"):
            if key in parts:
                walk(parts[key], f"{prefix}[]" if key == "member" else f"{prefix}.*", (*outer, kind))

    walk(shape, "", ())
    return texts


def _is_text(paths: Paths, kind: Any) -> bool:
    return kind == "string" or (isinstance(kind, str) and paths.types.get(kind, {}).get("member") == "string")

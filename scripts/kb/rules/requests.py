"""Operations, their members, and JMESPaths into their requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from jmespath.exceptions import JMESPathError

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog import AddOn, Entry, Operation
from sagemaker_roles.catalog.entries import reached
from sagemaker_roles.engine.named_resources import Finder
from sagemaker_roles.engine.values import match, pattern
from sagemaker_roles.errors.problems import Position, Problem

from ..aws.request_paths import ANY, PathError
from ..records.strict_yaml import Map
from .context import Context, at, is_new, nearest, problem, rule


@rule
def operation_exists(context: Context) -> Iterator[Problem]:
    """Every operation and service that a record names exists in botocore."""
    inputs = context.reference.inputs
    having = Counter(name for known in inputs.values() for name in known)
    for service, said in context.loaded.catalog.data.get("apis", {}).items():
        if not inputs.get(service):
            yield problem(f"botocore has no service {quoted(service)}", said, "service")
        if shared := sorted(name for name in inputs.get(service, ()) if having[name] > 1):
            message = f"another service has {shared[0]}, too; let one of them be `qualified`"
            yield problem(message, said, "service")
    for name, record in sorted(context.loaded.authored.items()):
        service = record["service"]
        if service not in inputs:
            yield problem(f"there is no service {quoted(service)}{nearest(service, inputs)}", record, "service")
        elif name not in inputs[service]:
            own = f"{service}-{name}"  # its name where another service has one of the same
            elsewhere = [other for other in inputs if name in inputs[other]]
            hint = f"; {elsewhere[0]} has it" if elsewhere else nearest(name, inputs[service])
            hint = f"; it is called {quoted(own)} here" if own in inputs[service] else hint
            yield problem(f"{service} has no operation {quoted(name)}{hint}", record, "operation")
        elif is_new(record):
            message = f"botocore has {name} now; remove the availability and run `check` again"
            yield problem(message, record, "availability", "status")
        if "roles" not in record and "uses_role_of" not in record and "like" not in record:
            message = "says of no role what it needs: give `roles`, or `uses_role_of` if another operation's role works"
            yield problem(message, record)
    for position, part, name in context.references:
        if part == "requests" and name not in having:
            yield Problem(position, "", f"there is no operation {quoted(name)}{nearest(name, having)}")


@rule
def coverage(context: Context) -> Iterator[Problem]:
    """Every operation and role parameter that botocore knows has a record, or an exception with a reason."""
    records = {operation.name: operation for operation in context.operations}
    carriers = {(parameter.operation, parameter.path) for parameter in context.reference.role_parameters}
    missing: dict[str, list[str]] = {}
    for parameter in context.reference.role_parameters:
        operation = records.get(parameter.operation)
        if operation is None:
            missing.setdefault(parameter.operation, []).append(parameter.path)
            continue
        covered = {path for role in operation.roles for path in role.parameters}
        subject = f"{parameter.operation}.{parameter.path}"
        if parameter.path not in covered and not context.excepted("coverage", subject):
            message = f"no role covers the role parameter {parameter.path} of {operation.name}"
            # One of those that carry no role ARN may be meant for it.
            others = [
                at(role.data, "parameters", index)
                for role in operation.roles
                for index, path in enumerate(role.parameters)
                if (operation.name, path) not in carriers
            ]
            yield problem(message, operation.data, "roles", follows=others)
    for name, paths in sorted(missing.items()):
        if context.exists("operations", name) or context.excepted("coverage", name):
            continue
        yield Problem(
            Position("data/operations"),
            "",
            f"{name} accepts a role ({', '.join(paths)}) and has no record; write data/operations/{name}.yaml",
        )


@rule
def role_parameters(context: Context) -> Iterator[Problem]:
    """Role parameters are request members that carry a role ARN, each of one role."""
    known: dict[tuple[str, str], list[str]] = {}
    for parameter in context.reference.role_parameters:
        known.setdefault((parameter.service, parameter.operation), []).append(parameter.path)
    for operation in context.operations:
        if operation.name not in context.reference.inputs.get(operation.service, ()):
            continue  # another rule reports it
        carriers = known.get((operation.service, operation.name), [])
        owners: dict[str, str] = {}
        for role in operation.roles:
            for index, path in enumerate(role.parameters):
                subject = f"{operation.name}.{path}"
                if path not in carriers and not context.excepted("role-parameters", subject):
                    message = (
                        f"{path} is not a member of {operation.name} that carries a role ARN{nearest(path, carriers)}"
                    )
                    yield problem(message, role.data, "parameters", index)
                if path in owners and owners[path] != role.id:
                    message = f"{path} stands already with the role {owners[path]}; remove the duplicate"
                    yield problem(message, role.data, "parameters", index)
                owners.setdefault(path, role.id)


@rule
def paths_resolve(context: Context) -> Iterator[Problem]:
    """Every JMESPath (role parameters, `from`, `when`) resolves in the shape of the request it is evaluated on."""
    for operation in context.operations:
        for grantee in operation.grantees():
            for index, path in enumerate(grantee.parameters):
                for wrong in _path(context, operation, path, "a role ARN", grantee.data, "parameters", index):
                    yield replace(wrong, follows=(wrong.position,))
            if grantee.when:
                yield from _path(context, operation, grantee.when, "", grantee.data, "when")
            for addon in grantee.addons:
                yield from _addon(context, operation, addon)
            for addon_or_none, entry in grantee.all_entries():
                request = addon_or_none.request if addon_or_none else ""
                for index, path in enumerate(entry.members):
                    yield from _entry(context, operation, request, entry, path, index)
            for name in dict.fromkeys((*grantee.trust, *(name for addon in grantee.addons for name in addon.trust))):
                if name in context.catalog.data["trust"]:  # what cannot be read is told elsewhere
                    entry = context.catalog.trust(name).entry
                    for index, path in enumerate(entry.members):
                        yield from _path(context, operation, path, "", context.catalog.trust(name).data, "from", index)


def _shape(context: Context, operation: Operation, request: str) -> str | None:
    if request:
        return next((inputs[request] for inputs in context.reference.inputs.values() if request in inputs), None)
    return context.reference.inputs.get(operation.service, {}).get(operation.name)


def _addon(context: Context, operation: Operation, addon: AddOn) -> Iterator[Problem]:
    if addon.request and _shape(context, operation, addon.request) is None:
        return  # another rule reports it
    if addon.when:
        yield from _path(context, operation, addon.when, "", addon.data, "when", request=addon.request)
    if not addon.when and not addon.usage and not any(entry.members for entry in addon.entries):
        yield problem(
            "nothing says when it is needed: give `when`, `usage`, or `from` in one of its statements", addon.data, "id"
        )


def _result(context: Context, operation: Operation, request: str, path: str) -> tuple[list[Any], str]:
    """What an expression gives one by one, and what is wrong with it; nothing in a request that is not known."""
    if not (shape := _shape(context, operation, request)):
        return [], ""
    try:
        return leaves(context, context.paths.result(path, shape)), ""
    except (PathError, JMESPathError) as error:
        return [], f"{path}: {' '.join(str(error).split())} (in {request or operation.name})"


def _path(
    context: Context, operation: Operation, path: str, wanted: str, data: Any, *inside: str | int, request: str = ""
) -> Iterator[Problem]:
    found, message = _result(context, operation, request, path)
    if not message and wanted and any(leaf not in ("string", ANY) for leaf in found):
        message = f"{path} does not give {wanted}"
    if message:
        yield problem(message, data, *inside)


def _entry(
    context: Context, operation: Operation, request: str, entry: Entry, path: str, index: int
) -> Iterator[Problem]:
    found, message = _result(context, operation, request, path)
    if message:
        yield problem(message, entry.data, "from", index)
    free = [name for name in entry.parameters if name not in entry.constants]
    if context.unfound(entry):
        return
    for leaf in found:
        if isinstance(leaf, tuple):
            yield from _parts(context, entry, path, index, free, leaf[1])
            continue
        if len(free) != 1:
            named = ", ".join(f"{name}: …" for name in free) or "none"
            yield problem(f"gives one value, but the parameters are {{{named}}}", entry.data, "from", index)
        if leaf not in ("string", ANY):
            message = f"{path} gives {context.paths.describe(leaf)}, not text"
            yield problem(message, entry.data, "from", index)


def _parts(
    context: Context, entry: Entry, path: str, index: int, free: list[str], parts: Mapping[str, Any]
) -> Iterator[Problem]:
    """Looks at a multiselect hash: each parameter must get a text, or texts, of its own."""
    for name, kind in parts.items():
        if name not in free:
            message = f"{quoted(name)} is not a parameter; there are {', '.join(free) or 'none'}"
            yield problem(message, entry.data, "from", index)
        for leaf in leaves(context, kind):
            if leaf not in ("string", ANY):
                message = f"{name} in {path} is {context.paths.describe(leaf)}, not text"
                yield problem(message, entry.data, "from", index)
    for name in free:
        if name not in parts:
            yield problem(f"gives no value for the parameter {quoted(name)}", entry.data, "from", index)


def leaves(context: Context, kind: Any) -> list[Any]:
    """What a type gives one by one: the elements of lists, however deep, and each possibility."""
    scalars: list[Any] = []
    left = [kind]
    while left:
        item = left.pop()
        if isinstance(item, tuple) and item[0] == "either":
            left += reversed(item[1])
        elif context.paths.is_list(item):
            left.append(context.paths.element(item, "[]"))
        elif item not in scalars:
            scalars.append(item)
    return scalars


@rule
def input_members(context: Context) -> Iterator[Problem]:
    """What data/shared/inputs.yaml moves and renames goes to members that the requests have."""
    inputs = {name: shape for known in context.reference.inputs.values() for name, shape in known.items()}
    members = {name for shape in context.reference.types.values() for name in shape.get("members", ())}
    for style in context.loaded.catalog.inputs.values():
        for kind, known in style.get("types", {}).items():
            name = known.get("operation") or f"Create{kind.rpartition('::')[2]}"
            if name in inputs:
                yield from _moved(context, name, inputs[name], known.get("members", Map()))
            else:
                place = at(known, "operation") if "operation" in known else at(style, "types", kind)
                yield Problem(place, "", f"there is no operation {name}{nearest(name, inputs)}")
        for other, name in style.get("members", {}).items():
            if name not in members:
                place = at(style, "members", other)
                yield Problem(place, "", f"no request has a member {name}{nearest(name, members)}")


def _moved(context: Context, operation: str, shape: str, table: Any) -> Iterator[Problem]:
    """A problem for each path of a type that leads to no member of its operation's request."""
    for source, target in table.items():
        try:
            context.paths.result(target, shape)
        except PathError as error:
            yield problem(f"{target} is not a member of {operation}: {error}", table, source)


@rule
def no_permission(context: Context) -> Iterator[Problem]:
    """Members that need no permission exist in requests, of the operations named.

    A path that begins with an operation is the whole path in its requests.
    """
    reasons = context.loaded.catalog.no_permission
    inputs = {name: shape for shapes in context.reference.inputs.values() for name, shape in shapes.items()}
    for name, reason in reasons.items():
        shapes = [inputs[item] for item in reason.get("operations", inputs) if item in inputs]
        inside = reached(context.reference.types, *shapes)
        for index, path in enumerate(reason.get("members", ())):
            first, *rest = path.split(".")
            if first in inputs:
                if not rest or not _leads(context, inputs[first], rest):
                    message = f"no request of {first} has {'.'.join(rest) or 'a member without a name'}"
                    yield problem(message, reasons, name, "members", index)
                elif first not in reason.get("operations", (first,)):
                    yield problem(f"{first} is not one of `operations`", reasons, name, "members", index)
            elif not any(_leads(context, shape, [first, *rest]) for shape in inside):
                message = f"no request has {path}; name the end of a member's path"
                yield problem(message, reasons, name, "members", index)


def _leads(context: Context, shape: str, names: list[str]) -> bool:
    """Whether members of some names lead on from a shape; lists on the way have no name."""
    types = context.reference.types
    for name in names:
        while "member" in types.get(shape, {}):
            shape = types[shape]["member"]
        members = types.get(shape, {}).get("members", {})
        if name not in members:
            return False
        shape = members[name]
    return True


@rule
def named_resources(context: Context) -> Iterator[Problem]:
    """Ways of naming resources recognize their examples, each as itself, and name kinds that read these."""
    ways = context.loaded.catalog.named_resources
    sound = True
    for name, way in ways.items():
        if pattern(way["pattern"]).groups:
            sound = False
            yield problem("has a group; write (?: … )", ways, name, "pattern")
    if not sound:
        return
    finder = Finder(context.catalog)
    for name, way in ways.items():
        for index, example in enumerate(way["examples"]):
            member = way.get("member_ends", ["example"])[0]
            resources = finder.named({member: example})
            if [(item.kind, item.text) for item in resources] != [(name, example)]:
                shown = ", ".join(f"{item.kind} {quoted(item.text)}" for item in resources) or "nothing"
                message = f"{quoted(example)} is not recognized; {shown} is"
                yield problem(message, ways, name, "examples", index)
                continue
            kinds = [kind for item in way.get("kinds", ()) if (kind := context.kind(item))]
            if kinds and not any(match(kind, finder.readable(resources[0])) for kind in kinds):
                message = f"{quoted(example)} is read by none of its kinds: {', '.join(kind.id for kind in kinds)}"
                yield problem(message, ways, name, "examples", index)

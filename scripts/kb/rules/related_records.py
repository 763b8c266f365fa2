"""What is beside records: companions, containers, endpoints, calls of code, forms of messages."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog import Container, Entry
from sagemaker_roles.engine.code_permissions import example
from sagemaker_roles.errors.problems import Problem
from sagemaker_roles.explanations.clues import compiled, first_form
from sagemaker_roles.explanations.mentions import mention_pattern
from sagemaker_roles.iam.arns import fits
from sagemaker_roles.iam.size import LIMITS

from ..records.strict_yaml import Map
from .context import Context, at, key_problem, nearest, problem, rule, unknown
from .example_arns import fitting, named
from .resource_kinds import faults

#: What the policy of a resource says; the boundary of a role says none of it.
_OF_RESOURCES = ("commands", "element", "actions", "same_account", "other_account")


@rule
def companions(context: Context) -> Iterator[Problem]:
    """Kinds of companions say of every action and condition key on their resources whether such a policy carries it."""
    for name, data in sorted(context.loaded.catalog.data.get("companions", {}).items()):
        if "limit" not in data and "not_composed" not in data:
            yield problem(f"{name} is composed, so it needs limit", data, "id")
        elif data.get("limit", next(iter(LIMITS))) not in LIMITS:
            message = f"there is no limit {quoted(data['limit'])}{nearest(data['limit'], LIMITS)}"
            yield problem(message, data, "limit")
        if "arns" not in data or "not_composed" in data:
            continue
        if missing := [key for key in _OF_RESOURCES if key not in data]:
            yield problem(f"{name} has ARNs, so it needs {', '.join(missing)} too", data, "arns")
            continue
        yield from _companion_actions(context, data)
        yield from _accounted(context, data)


def _companion_actions(context: Context, data: Mapping[str, Any]) -> Iterator[Problem]:
    """Every action is on such a resource."""
    for action in (*data["actions"], *data.get("not_carried", ())):
        carried = action in data["actions"]
        place = ("actions", data["actions"].index(action)) if carried else ("not_carried", action)
        known = context.reference.action(action)
        if known is None:
            continue  # another rule reports it
        prefix = action.partition(":")[0]
        formats = [
            resource_type.arn
            for kind in known.resource_types
            if (resource_type := context.reference.resource_type(prefix, kind))
        ]
        if carried and not any(fits(arn, one) for arn in data["arns"] for one in formats):
            yield problem(f"{action} is not on {' or '.join(data['arns'])}", data, *place)
        if carried and action in data.get("not_carried", ()):
            yield key_problem(f"{action} is among the actions; remove the duplicate", data, "not_carried", action)


def _accounted(context: Context, data: Mapping[str, Any]) -> Iterator[Problem]:
    """What statements have on such a resource is carried, or there is a reason why not."""
    actions = {*data["actions"], *data.get("not_carried", ())}
    keys = {key.lower() for key in (*data.get("conditions", ()), *data.get("dropped", ()))}
    for entry in () if "operations" in data else context.authored:
        for statement in entry.statements:
            names = [one for one in named(context, entry, statement) if one.arn != "*"]
            conditions = [one.condition for one in names if any(fits(one.arn, arn) for arn in data["arns"])]
            if not conditions:
                continue
            for action in statement.actions:
                # Another rule reports an action that does not exist, or a key that the action does not know.
                if action not in actions and context.reference.action(action) is not None:
                    message = f"{statement.sid} has {action} on such a resource; add it to actions or not_carried"
                    yield problem(message, data, "actions", follows=(action, at(entry.data).path))
            held = {key for one in (statement.condition, *conditions) for some in one.values() for key in some}
            for key in sorted(held):
                if key.lower() not in keys and _is_known(context, key, statement.actions):
                    message = f"{statement.sid} has the key {key} on such a resource; add it to conditions or dropped"
                    yield problem(message, data, "conditions" if "conditions" in data else "actions")
    for part in ("conditions", "dropped"):
        for index, key in enumerate(data.get(part, ())):
            if context.reference.condition_key(key) is None and not context.excepted("companions", key):
                place = (part, index) if part == "conditions" else (part, key)
                yield problem(f"there is no condition key {quoted(key)}", data, *place)


def _is_known(context: Context, key: str, actions: Sequence[str]) -> bool:
    services = {"aws", *(action.partition(":")[0] for action in actions)}
    return key.partition(":")[0] in services and context.reference.condition_key(key) is not None


@rule
def containers(context: Context) -> Iterator[Problem]:
    """Container records name roles and members that exist, keys of one container only, statements for one value."""
    roles = {grantee.id for _, grantee in context.grantees() if grantee.id != "caller"}
    members = {name for shape in context.reference.types.values() for name in shape.get("members", {})}
    registries = {title for kind in context.catalog.companions for title in kind.aws_accounts.values()}
    taken: dict[tuple[str, str], str] = {}
    for container in context.catalog.containers:
        data = container.data
        if not context.unreadable:
            yield from unknown("no operation has a role", roles, data, "roles")
        yield from unknown("no registry of AWS has the title", registries, data, "registries")
        for place, read in enumerate(container.reads):
            if not read.keys and not container.images:
                yield problem("reads every key, so say by `images` which container it is", data, "reads", place)
            yield from unknown("no request has a member", members, data, "reads", place, "members")
            yield from _keys(container, place, taken)
            for entry in read.entries:
                yield from _entry(context, entry)


def _keys(container: Container, place: int, taken: dict[tuple[str, str], str]) -> Iterator[Problem]:
    """A key that a container is recognized by belongs to it alone."""
    if container.images:
        return
    read = container.reads[place]
    for index, key in enumerate(read.keys):
        for member in read.members:
            other = taken.setdefault((member, key), container.id)
            if other != container.id:
                message = f"{other} reads {key} of {member}, too; say by `images` which container reads it"
                yield problem(message, container.data, "reads", place, "keys", index)


def _entry(context: Context, entry: Entry) -> Iterator[Problem]:
    if context.unfound(entry):
        return
    free = [name for name, kind in entry.parameters.items() if kind != "constant"]
    if len(free) != 1:
        named = ", ".join(free) or "none"
        yield problem(f"a key gives one value, but the parameters are {named}", entry.data, "use")
    for key in ("from", "values_in"):
        if key in entry.data:
            yield problem(f"has `{key}`, but its value comes from the keys; take it out", entry.data, key)


@rule
def endpoints(context: Context) -> Iterator[Problem]:
    """VPC endpoints: their actions are of their services, and each service that roles call has one or a reason."""
    endpoints: Mapping[str, Any] = context.loaded.catalog.endpoints
    for name, one in endpoints.items():
        if ("service" in one) != ("type" in one):
            yield problem("give service and type, or neither", endpoints, name)
        for index, action in enumerate(one.get("actions", ())):
            if action.partition(":")[0] not in one["prefixes"]:
                message = f"{action} is of none of the services {', '.join(one['prefixes'])}"
                yield problem(message, one, "actions", index)
    if endpoints:
        yield from _without(context, endpoints)
    yield from _twice(context)


def _without(context: Context, endpoints: Mapping[str, Any]) -> Iterator[Problem]:
    """Services that policies of roles name, and no endpoint does."""
    known = {prefix for one in endpoints.values() for prefix in one["prefixes"]}
    called = {
        action.partition(":")[0]
        for name in context.catalog.operations
        for role in context.catalog.operation(name).roles
        for _, entry in role.all_entries()
        for statement in entry.statements
        for action in statement.actions
    }
    for prefix in sorted(called - known):
        message = f"roles call {prefix}, for which there is no entry; add its endpoint, or why there is none"
        yield key_problem(message, endpoints, next(iter(endpoints)))


def _twice(context: Context) -> Iterator[Problem]:
    networks: Mapping[str, Any] = context.loaded.catalog.networks
    seen: dict[str, str] = {}
    for name, one in networks.items():
        for index, operation in enumerate(one["operations"]):
            if operation in seen:
                yield problem(
                    f"{operation} is in {seen[operation]} too; remove the duplicate", one, "operations", index
                )
            seen.setdefault(operation, name)


@rule
def code_calls(context: Context) -> Iterator[Problem]:
    """What calls, libraries, and data events of data/services name exists: operations, actions, functions, ARNs."""
    services: Mapping[str, Any] = context.loaded.catalog.code
    for service in services.values():
        known = context.reference.operations(service["service"])
        if not known:
            yield problem(f"botocore has no service {quoted(service['service'])}", service, "service")
            continue
        for name, needs in service.get("operations", {}).items():
            if name not in known:
                yield problem(f"no operation {quoted(name)}{nearest(name, known)}", service, "operations", name)
            for number, need in enumerate(needs):
                own = f"{service['prefix']}:{name}"
                yield from _need(context, service, need, own, "operations", name, number)
        for name, function in service.get("functions", {}).items():
            yield from _function(context, service, function, known, "functions", name)
        for kind, resource in service.get("resources", {}).items():
            for name, function in resource.get("methods", {}).items():
                yield from _function(context, service, function, known, "resources", kind, "methods", name)
    for library in context.loaded.catalog.libraries.values():
        yield from _library(context, services, library)
    for kind in context.loaded.catalog.data_events.values():
        for number, name in enumerate(kind["actions"]):
            prefix, _, action = name.partition(":")
            if action not in ("*", *context.reference.actions(prefix)) or not context.reference.actions(prefix):
                close = context.reference.nearest_action(name)
                yield problem(f"no action {quoted(name)}; did you mean {quoted(close)}?", kind, "actions", number)


def _need(context: Context, service: Map, need: Mapping[str, Any], own: str, *place: str | int) -> Iterator[Problem]:
    if "actions" not in need and own and context.reference.action(own) is None:
        yield problem(f"{own} is not an action; name those that it needs", service, *place)
    known = [action for action in map(context.reference.action, need.get("actions", [own])) if action is not None]
    for text in need.get("resources", need.get("either", ())):
        for action in known if text != "*" and not re.fullmatch(r"\$\{[^}]+\}", text) else ():
            if not fitting(context.reference, action.name, example(text)):
                yield problem(f"{text} is not a resource of {action.name}", service, *place)


def _function(
    context: Context, service: Map, function: Mapping[str, Any], known: Collection[str], *place: str | int
) -> Iterator[Problem]:
    called = function.get("as")
    if called is not None and called not in known and called not in service.get("functions", {}):
        yield problem(f"no operation or function {quoted(called)}", service, *place)
    if "gives" in function and function["gives"] not in service.get("resources", {}):
        yield problem(f"no resource {quoted(function['gives'])}", service, *place)
    for need in function.get("needs", ()):
        yield from _need(context, service, need, "", *place)


def _library(context: Context, services: Mapping[str, Any], library: Map) -> Iterator[Problem]:
    functions = services.get("s3", {}).get("functions", {})
    for does in library.get("urls", {}):
        if does != "open" and does not in functions:
            yield problem(f"data/services/calls/s3.yaml has no function {quoted(does)}", library, "urls", does)
    for name, call in library.get("calls", {}).items():
        if call["service"] not in services:
            yield problem(f"there is no data/services/calls/{call['service']}.yaml", library, "calls", name, "service")
            continue
        known = {*context.reference.operations(call["service"]), *services[call["service"]].get("functions", {})}
        for one in call["as"]:
            if one not in known:
                yield problem(f"{call['service']} has no operation {quoted(one)}", library, "calls", name)


@rule
def message_forms(context: Context) -> Iterator[Problem]:
    """The forms of messages can be read in bounded time, each example has its form, and its add-ons exist."""
    forms = context.loaded.catalog.messages
    layers = context.loaded.catalog.layers
    clues = context.loaded.catalog.clues
    mentions = context.loaded.catalog.mentions
    for part in (forms, layers, clues, mentions):
        for record in part.values():
            for message in faults(record.get("pattern", "")):
                yield problem(message, record, "pattern")
    for name, form in forms.items():
        yield from _examples(forms, name, form)
        for index, usual in enumerate(form.get("usual", ())):
            if "addon" in usual and usual["operation"] in context.catalog.operations:
                what = f"{usual['operation']} has no add-on"
                yield from unknown(what, _addons(context, usual["operation"]), form, "usual", index, "addon")
    for clue in clues.values():
        yield from _shown(context, clue)
    for mention in mentions.values():
        yield from _mentioned(mention)


def _examples(forms: Mapping[str, Any], name: str, form: Any) -> Iterator[Problem]:
    for index, shown in enumerate(form["examples"]):
        taken = first_form(forms, shown)
        if taken != name:
            message = (
                f"the example has the form {taken}, which is tried first" if taken else "the pattern does not match"
            )
            yield problem(message, form, "examples", index)


def _shown(context: Context, clue: Any) -> Iterator[Problem]:
    for index, shown in enumerate(clue["examples"]):
        if not compiled(clue["pattern"]).search(shown):
            yield problem("the pattern does not match", clue, "examples", index)
    known = {addon for name in context.loaded.catalog.operations for addon in _addons(context, name)}
    if not context.unread:
        yield from unknown("no operation has an add-on", known, clue, "addons")


def _mentioned(mention: Any) -> Iterator[Problem]:
    for index, shown in enumerate(mention["examples"]):
        if not mention_pattern(mention["pattern"]).search(shown):
            yield problem("the pattern does not match", mention, "examples", index)


def _addons(context: Context, operation: str) -> set[str]:
    record = context.catalog.operation(operation)
    return {addon.id for grantee in record.grantees() for addon in grantee.addons}

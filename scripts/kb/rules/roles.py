"""Roles, callers, and add-ons: what they share, pass on, and leave out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import PurePosixPath

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog import Catalog, Data, Entry, Grantee, Operation, Statement
from sagemaker_roles.engine.compose import Document, with_all_addons
from sagemaker_roles.errors.problems import Position, Problem
from sagemaker_roles.iam.size import POLICY_LIMIT, TRUST_LIMIT

from .context import Context, at, key_problem, problem, rule
from .example_arns import fitting, named


@rule
def addons(context: Context) -> Iterator[Problem]:
    """Roles and add-ons have ids of their own that mean the same everywhere."""
    ids_of: dict[str, str] = {}
    for operation in context.operations:
        seen: set[str] = set()
        for role in operation.roles:
            if role.id == "caller":
                yield problem("the caller has this ID; give the role another one", role.data, "id")
            elif role.id in seen:
                yield problem(f"{operation.name} has a role {role.id} already; rename one", role.data, "id")
            seen.add(role.id)
        for grantee in operation.grantees():
            own: set[str] = set()
            for addon in grantee.addons:
                if addon.id in own:
                    message = f"{operation.name}'s {grantee.id} has an add-on {addon.id} already; rename one"
                    yield problem(message, addon.data, "id")
                own.add(addon.id)
                known = ids_of.setdefault(addon.title.lower(), addon.id)
                if known != addon.id:
                    message = (
                        f"{quoted(addon.title)} is called {known} elsewhere; the same thing has the same ID everywhere"
                    )
                    yield problem(message, addon.data, "id")
        yield from _alike(operation)


def _alike(operation: Operation) -> Iterator[Problem]:
    """Compares the add-ons of roles with the caller's: one id chooses both, so the same must decide on them."""
    for role in operation.roles:
        for addon in operation.caller.addons if operation.caller else ():
            other = role.addon(addon.id)
            if other is None:
                continue
            for key in ("usage", "request"):
                if getattr(addon, key) != getattr(other, key):
                    message = f"the role {role.id} has another `{key}` for {addon.id}, chosen with it; make them equal"
                    yield problem(message, addon.data, key if key in addon.data else "id")


@rule
def caller(context: Context) -> Iterator[Problem]:
    """A caller may call the operation and pass each role that the request carries."""
    for operation in context.operations:
        if operation.caller is None:
            continue
        yield from _calls(context, operation, operation.caller)
        yield from _passes(operation, operation.caller)
        yield from _tags(context, operation, operation.caller)


def _calls(context: Context, operation: Operation, caller: Grantee) -> Iterator[Problem]:
    own = context.catalog.action_of(operation.name)
    if context.reference.action(own) is None:
        return  # an operation without an action of its name
    granted = {action for entry in caller.entries for item in entry.statements for action in item.actions}
    if own not in granted and not any(context.unfound(entry) for entry in caller.entries):
        yield problem(f"the caller needs {own}, the operation itself", operation.data, "caller")


def _tags(context: Context, operation: Operation, caller: Grantee) -> Iterator[Problem]:
    tagging = context.part("apis").get(operation.service, {}).get("tagging", {})
    shape = context.reference.inputs.get(operation.service, {}).get(operation.name, "")
    members = context.paths.types.get(shape, {}).get("members", {})
    if tagging.get("member") not in members or context.excepted("caller", operation.name):
        return
    entries = [entry for _, entry in caller.all_entries()]
    wanted = context.catalog.action_of(operation.name).partition(":")[0] + f":{tagging['operation']}"
    granted = {action for entry in entries for item in entry.statements for action in item.actions}
    if wanted not in granted and not any(map(context.unfound, entries)):
        message = f"the request can have {tagging['member']}, and the caller lacks {wanted}; say `tags: true`"
        yield problem(message, operation.data, "caller")


def _passes(operation: Operation, caller: Grantee) -> Iterator[Problem]:
    passed = {
        _members(path)
        for _, entry in caller.all_entries()
        for path in entry.members
        if any("iam:PassRole" in item.actions for item in entry.statements)
    }
    for role in operation.roles:
        for index, path in enumerate(role.parameters):
            is_passed = _members(path) in passed
            if role.not_passed and is_passed:
                yield problem(f"the caller passes {path}, so `not_passed` is not true", role.data, "not_passed")
            elif not role.not_passed and not is_passed:
                message = (
                    f"the caller lacks iam:PassRole with `from: [{path}]`; add it, "
                    "or say in the role's `not_passed` why it is not passed"
                )
                place = at(role.data, "parameters", index)
                yield Problem(place, "", message, (place,))


def _members(path: str) -> str:
    """A path without its filters: `X[?A].B` walks through the same members as `X[].B`."""
    return re.sub(r"\[\?[^\]]*\]", "[]", path)


@rule
def siblings(context: Context) -> Iterator[Problem]:
    """Roles of one operation that share add-ons are siblings: an add-on of one exists for the others, or is excepted.

    The subjects of exceptions are ``Operation/role/add-on`` for the role that lacks it, and ``Operation/role/word-*``
    for all add-ons that begin so.
    """
    for kind, record in context.loaded.files.values():
        name = record.get("operation", "") if kind == "operations" else ""
        if name not in context.loaded.authored or name not in context.catalog.operations:
            continue
        sharing: dict[str, list[str]] = {}
        for role in record.get("roles", ()):
            for addon in role.get("addons", ()):
                if "use" in addon:
                    sharing.setdefault(addon["use"], []).append(role["id"])
        for ids in sharing.values():
            roles = [role for role in context.catalog.operation(name).roles if role.id in ids]
            every = {addon.id: role.id for role in roles for addon in role.addons}
            for role in roles:
                for addon in sorted(every.keys() - {addon.id for addon in role.addons}):
                    subjects = (addon, f"{addon.partition('-')[0]}-*")
                    if not any(context.excepted("siblings", f"{name}/{role.id}/{item}") for item in subjects):
                        message = f"the role {every[addon]} has the add-on {addon} and this one does not; add it too"
                        yield problem(message, role.data, "id")


#: What every record has of its own.
_OWN = frozenset({"operation", "service", "like", "members", "omit_members", "can_lack", "omit_addons"})

#: What only a twin has.
_OF_TWINS = {
    "members": "members to call otherwise",
    "omit_members": "members to do without",
    "can_lack": "members that its requests can lack",
    "omit_addons": "add-ons to exclude",
}


@rule
def twins(context: Context) -> Iterator[Problem]:
    """A record that is `like` another names only what differs."""
    for record in context.loaded.authored.values():
        if "like" not in record:
            for key in _OF_TWINS.keys() & record.keys():
                message = f"only a record with `like` has {_OF_TWINS[key]}; take it out"
                yield key_problem(message, record, key)
            continue
        other = context.loaded.authored.get(record["like"])
        if other is None or "like" in other:
            continue
        if record["service"] != other["service"]:
            message = f"{record['like']} is of the service {other['service']}; a twin is of the same"
            yield problem(message, record, "service")
        for key in record:
            if key not in _OWN and record[key] == other.get(key):
                message = f"{key} is the same in {record['like']}; take it out"
                yield key_problem(message, record, key)
        yield from _roles(record, other)


def _roles(record: Data, other: Data) -> Iterator[Problem]:
    theirs = {role["id"]: role for role in other.get("roles", ())}
    for index, role in enumerate(record.get("roles", ())):
        for key in role:
            if key != "id" and role[key] == theirs.get(role["id"], {}).get(key):
                message = f"{key} of the role {role['id']} is the same in {record['like']}; take it out"
                yield key_problem(message, record, "roles", index, key)


@rule
def sid_unique(context: Context) -> Iterator[Problem]:
    """Sids are unique in each policy with all add-ons in it, so that no statement merges with another or is renamed."""
    for operation, grantee in context.grantees():
        yield from _policy(context, operation, grantee)
        yield from _trust(context, operation, grantee)


def _policy(context: Context, operation: Operation, grantee: Grantee) -> Iterator[Problem]:
    seen: dict[str, Position] = {}
    for _, entry in grantee.all_entries():
        if context.unfound(entry):
            continue
        for index, statement in enumerate(entry.statements):
            sid = entry.prefix + statement.sid
            place = at(entry.data, "use" if entry.use else "Sid")
            if sid in seen:
                message = f"the Sid {sid} stands already at line {seen[sid].line} of {operation.name}'s {grantee.id}"
                yield Problem(place, "", f"{message}; {_advice(entry, index)}")
            seen.setdefault(sid, place)


def _advice(entry: Entry, index: int) -> str:
    if any(other.sid == entry.statements[index].sid for other in entry.statements[:index]):
        return "its own statement set has it twice: rename one"
    return "give `as` another prefix" if entry.prefix else "give it a prefix by `as`"


def _trust(context: Context, operation: Operation, grantee: Grantee) -> Iterator[Problem]:
    named = [(name, grantee.data, index) for index, name in enumerate(grantee.trust)]
    named += [(name, addon.data, index) for addon in grantee.addons for index, name in enumerate(addon.trust)]
    seen: dict[str, str] = {}
    for name, data, index in named:
        if name not in context.loaded.catalog.data["trust"]:
            continue
        sid = context.catalog.trust(name).sid
        if sid in seen:
            message = (
                f"{name} stands twice in the trust of {operation.name}'s {grantee.id}; remove the duplicate"
                if seen[sid] == name
                else f"{name} has the Sid {sid} of {seen[sid]}, which is in the same trust policy; rename one"
            )
            yield problem(message, data, "trust", index)
        seen.setdefault(sid, name)


@rule
def policy_size(context: Context) -> Iterator[Problem]:
    """Policies stay within IAM's limits of size, with every add-on in them.

    The subjects of exceptions are ``Operation/role/base``, ``Operation/role/all`` (with all add-ons) and
    ``Operation/role/trust``.
    """
    for catalog in (context.catalog, context.catalog.readers):
        for name in catalog.operations:
            operation = catalog.operation(name)
            if context.composable(operation):
                for grantee in operation.grantees():
                    yield from _too_large(context, catalog, operation, grantee)


def _too_large(context: Context, catalog: Catalog, operation: Operation, grantee: Grantee) -> Iterator[Problem]:
    for what, limit, count in _sizes(catalog, operation, grantee):
        subject = f"{operation.name}/{grantee.id}/{what}"
        if count > limit and not context.excepted("policy-size", subject):
            name = {"base": "the policy", "all": "the policy with all add-ons", "trust": "the trust policy"}[what]
            message = (
                f"{name} of {operation.name}'s {grantee.id} has {count} characters, IAM takes {limit}; "
                f"make it smaller, or say in data/shared/exceptions.yaml under policy-size ({subject}) what to do"
            )
            key = "trust" if what == "trust" else "id" if "id" in grantee.data else "statements"
            yield problem(message, grantee.data, key, follows=context.files(operation))


def _sizes(catalog: Catalog, operation: Operation, grantee: Grantee) -> Iterator[tuple[str, int, int]]:
    """What is looked at, the limit, and the size."""
    is_caller = grantee is operation.caller
    whole = with_all_addons(catalog, operation, grantee)
    policy = whole.caller if is_caller else whole.policy
    yield "all", POLICY_LIMIT, policy.size()
    yield "base", POLICY_LIMIT, Document(tuple(one for one in policy.statements if not one.reasons[0].addon)).size()
    if not is_caller:
        yield "trust", TRUST_LIMIT, whole.trust.size()


#: An action, the resource type that it is allowed on ("" without one), and the service that a role is passed to.
Need = tuple[str, str, str]

#: The operation whose request decides on an entry of a role ("" if it is always there), the entry, and what it gives.
_Grant = tuple[str, Entry, frozenset[Need]]


@rule
def carried_over(context: Context) -> Iterator[Problem]:
    """A role that calls an operation has what the operation's record requires of its caller.

    Actions are compared by resource type, and iam:PassRole by service; any statement of the role counts that another
    operation's request does not decide. A part is ``base`` or an add-on of the caller. The subjects of exceptions are
    ``Called/part`` for every role, ``Operation/role/Called/part``, ``file/Called/part`` for what roles share in a file
    of data/shared/addons, and ``Operation/role`` where the service sends the same requests every time.
    """
    callers = {
        context.catalog.action_of(item.name): item.caller for item in context.operations if item.caller is not None
    }
    roles = [(operation, role) for operation in context.operations for role in operation.roles]
    calls = [callers.keys() & _known_actions(context, role) for _, role in roles]
    parts = {action: list(_by_part(context, callers[action])) for action in sorted(frozenset().union(*calls))}
    wanted = {need[0] for several in parts.values() for _, needs in several for need in needs}
    found: dict[tuple[Position, str, str], list[tuple[Operation, Grantee, _Lack]]] = {}
    for (operation, role), called in zip(roles, calls, strict=True):
        granted = _granted(context, role, wanted) if called else []
        for action in sorted(called):
            for lack in _lacks(action, parts[action], granted):
                found.setdefault((at(lack.place.data), lack.called, lack.part), []).append((operation, role, lack))
    for (place, called_name, part), several in found.items():
        operation, role, lack = several[0]
        # What a twin takes over is the other record's, also where that cannot be looked at.
        is_shared = "/operations/" not in place.path
        if not is_shared and place.path != at(operation.data).path:
            continue
        owner = PurePosixPath(place.path).stem if is_shared else f"{operation.name}/{role.id}"
        subject = f"{owner}/{called_name}/{part}"
        subjects = {f"{called_name}/{part}", subject, *(f"{one.name}/{its_role.id}" for one, its_role, _ in several)}
        if not [item for item in sorted(subjects) if context.excepted("carried-over", item)]:
            key = "use" if lack.place.use else "Action"
            actions = sorted({action for action, _, _ in lack.missing})
            both = (operation, context.catalog.operation(called_name))
            follows = [*actions, *(file for one in both for file in context.files(one, actions))]
            yield problem(lack.message(subject), lack.place.data, key, follows=follows)


@dataclass(frozen=True, slots=True)
class _Lack:
    """What a role lacks of one part of a caller's needs.

    Attributes:
        place: the entry with which the role calls the operation.
    """

    called: str
    part: str
    place: Entry
    missing: tuple[Need, ...]

    def message(self, subject: str) -> str:
        where = "" if self.part == "base" else f" (add-on {self.part})"
        return (
            f"the role calls {self.called}, which requires of its caller{where} {_listed(self.missing)}; "
            f"add it to the role, or say in data/shared/exceptions.yaml under carried-over ({subject}) why not"
        )


def _known_actions(context: Context, role: Grantee) -> set[str]:
    """A role's actions, if all its statements are known: of a set that is not there another rule reports that."""
    entries = [entry for _, entry in role.all_entries()]
    if any(context.unfound(entry) for entry in entries):
        return set()
    return {action for entry in entries for statement in entry.statements for action in statement.actions}


def _granted(context: Context, role: Grantee, wanted: AbstractSet[str]) -> list[_Grant]:
    """What a role's entries give of some actions."""
    return [
        (addon.request if addon else "", entry, _needs_of(context, entry, wanted))
        for addon, entry in role.all_entries()
    ]


def _lacks(action: str, parts: Sequence[tuple[str, frozenset[Need]]], granted: Sequence[_Grant]) -> Iterator[_Lack]:
    """What a role lacks that calls an operation, by the parts of what its caller needs."""
    name = action.partition(":")[2]
    counted = [(entry, given) for request, entry, given in granted if request in ("", name)]
    calls = {need for part, wanted in parts if part == "base" for need in wanted if need[0] == action}
    place = next((entry for entry, given in counted if given & calls), None)
    if place is None:
        return
    have = {need for _, given in counted for need in given}
    for part, wanted in parts:
        if missing := sorted(wanted - have):
            yield _Lack(name, part, place, tuple(missing))


def _by_part(context: Context, caller: Grantee) -> Iterator[tuple[str, frozenset[Need]]]:
    """What a caller's base and each of its add-ons need."""
    parts = [("base", caller.entries), *((addon.id, addon.entries) for addon in caller.addons)]
    for name, entries in parts:
        if not any(context.unfound(entry) for entry in entries):
            yield name, frozenset(need for entry in entries for need in _needs_of(context, entry))


def _needs_of(context: Context, entry: Entry, wanted: AbstractSet[str] | None = None) -> frozenset[Need]:
    """What an entry needs, of some actions if not of all."""
    return frozenset(need for statement in entry.statements for need in _needs(context, entry, statement, wanted))


def _needs(context: Context, entry: Entry, statement: Statement, wanted: AbstractSet[str] | None) -> Iterator[Need]:
    actions = [name for name in statement.actions if wanted is None or name in wanted]
    if not actions:
        return
    arns = dict.fromkeys(item.arn for item in named(context, entry, statement))
    services = statement.condition.get("StringEquals", {}).get("iam:PassedToService", ())
    passed = [entry.constants.get(text.strip("${}"), text) for text in services] or [""]
    for name in actions:
        action = context.reference.action(name)
        if action is None:
            continue  # another rule reports the action
        types = {one.name for one in fitting(context.reference, name, *arns)}
        for kind in types if action.resource_types else {""}:
            yield from ((name, kind, service) for service in (passed if name == "iam:PassRole" else [""]))


def _listed(needs: Sequence[Need]) -> str:
    return ", ".join(
        name + (f" on {kind}" if kind else "") + (f" to {service}" if service else "") for name, kind, service in needs
    )

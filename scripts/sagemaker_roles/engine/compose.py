"""Composes policies: records, chosen add-ons and, where given, requests become IAM documents. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from ..catalog import AddOn, Catalog, Grantee, Operation
from ..errors import UnknownAddOn, UnknownRole, unknown_operation
from ..iam.arn_parts import parts_of
from ..iam.prefix_coverage import reduced
from .choice import Choice
from .code_permissions import CODE, CodeCall, needs_of_code, with_code
from .companions import Companions, Subject
from .containers import handed
from .containers import uses as uses_of
from .documents import (
    ComposedStatement,
    Document,
    Finding,
    Reason,
    Request,
    ScopeChoice,
    without_cancelled,
    without_duplicates,
)
from .expressions import is_true, search
from .invalid_members import unfit
from .named_resources import finder
from .partial import Partial, Unknown
from .placeholders import usable
from .prepared import AddOnPlan, Plan, Use, is_open, planned, prepared
from .resource_coverage import Accounted, Composed, account
from .statements import Asked, Binding, Composer, Event, asked_for
from .values import escape, items, match, names_in, parse, partition_of, short

__all__ = [
    "Accounted",
    "ComposedStatement",
    "Composition",
    "Document",
    "Finding",
    "Partial",
    "Reason",
    "Request",
    "ScopeChoice",
    "Unknown",
    "compose",
    "derived",
    "escape",
    "names_in",
    "parse",
    "partition_of",
    "reduced",
    "search",
]


class Composition(NamedTuple):
    """What a role needs: its permissions policy, trust policy, and the caller's policy.

    Attributes:
        addons: IDs of the add-ons in it by operation and role (``caller`` for the caller), in the record's order.
        placeholders: names that stay open in any of the three documents, sorted.
        findings: values that could not be used, and notes.
        account: what became of every resource that the requests name, in their order.
        companions: what else must allow what the role does, by kind and resource; composed when asked for.
    """

    policy: Document
    trust: Document
    caller: Document
    addons: Mapping[tuple[str, str], tuple[str, ...]]
    placeholders: tuple[str, ...]
    findings: tuple[Finding, ...]
    account: tuple[Accounted, ...]
    companions: Companions


def compose(
    catalog: Catalog,
    requests: Sequence[Request],
    roles: Sequence[str] = (),
    *,
    scope: ScopeChoice = "scoped",
    addons: Iterable[str] = (),
    without: Iterable[str] = (),
    values: Mapping[str, str] | None = None,
    parameters: Mapping[str, Sequence[str]] | None = None,
    source_account: bool = False,
    code: Sequence[CodeCall] = (),
) -> Composition:
    """Composes what one role needs for some requests, and what their callers need.

    Args:
        requests: what the role is to do. A request without members keeps every placeholder and only the chosen
            add-ons; one with members brings the add-ons its members call for. A request of an operation that has no
            record, or that works with the role of another operation, decides over that operation's add-ons.
        roles: IDs of the roles that are to be one; empty means the first role of each operation. Operations without a
            role of such an ID add to the callers' policy only.
        scope: ``scoped`` names resources, ``broad`` grants the same actions on ``*``.
        addons: ids of add-ons to put in, of the role and of the caller alike.
        without: ids of add-ons to exclude, whatever the request says.
        values: literal values for placeholders by name; they win over what the requests tell of ``Partition``,
            ``Region`` and ``Account`` (see :class:`Derived`). The name of a parameter with its prefix (``InputS3Uri``)
            takes a value as a request would write it, where no request gives one.
        parameters: the same for parameters only, each with several values.
        source_account: whether services that AWS documents without a condition must name the account in
            ``aws:SourceAccount``, which no source shows that they do.
        code: calls that the user's own code makes with the role, or with the caller's credentials.

    Returns:
        The three documents, with reasons. Statements stand in the records' order, so neither the order of the
        requests nor that in which add-ons are named makes a difference. Where a request has members, a statement
        whose grants another one holds as well is omitted.

    Raises:
        UnknownOperation, UnknownRole, UnknownAddOn: there is none of that name.
        TypeError: ``roles`` is a text, not a list of IDs; or ``requests`` are not requests.
    """
    choice = Choice(
        scope=scope, addons=[*addons], without=[*without], values=values or {}, source_account=source_account
    )
    return compose_role(catalog, requests, roles, choice, parameters=parameters, code=code)


def compose_role(
    catalog: Catalog,
    requests: Sequence[Request],
    roles: Sequence[str],
    choice: Choice,
    *,
    parameters: Mapping[str, Sequence[str]] | None = None,
    code: Sequence[CodeCall] = (),
) -> Composition:
    """Compose what one role needs, as :func:`compose` does, with the scope, add-ons and values of a choice."""
    if isinstance(roles, str):
        raise TypeError("roles must be a list of IDs")
    if wrong := next((type(one).__name__ for one in requests if not isinstance(one, Request)), ""):
        raise TypeError(f"requests must be of the class Request, not {wrong}; read_value reads a mapping into them")
    literal = dict(choice.values)
    given: Mapping[str, Sequence[str]] = {name: (value,) for name, value in literal.items()} | dict(parameters or {})
    several = asked_for(catalog, requests)
    groups = _by_operation(catalog, several)
    operations = _operations(catalog, groups)
    given, faults = usable(catalog, [operation.name for operation in operations], given)
    literal = {name: own[0] for name, own in given.items() if len(own) == 1 and not isinstance(own[0], Partial)}
    ids = tuple(roles) or None
    _check_names(operations, ids, [*choice.addons, *choice.without])
    facts = derived(catalog, requests, ids)
    if message := _elsewhere(catalog, {**facts.values(literal.get("Region")), **literal}):
        faults += [("Region", literal.pop("Region"), message)] if "Region" in literal else []
    composers = _composers(facts, choice, literal, given)
    grantees = [(operation, _grantees(operation, ids)) for operation in operations]
    active = _add_all(catalog, several, groups, grantees, {*choice.addons}, {*choice.without}, composers)
    documents = {part: composer.document() for part, composer in composers.items()}
    read = [one for composer in composers.values() for one in (*composer.findings, *composer.uncovered())]
    known = {part: composer.values for part, composer in composers.items()}
    del composers  # what documents are made of is larger than they are
    first = operations[0].name if operations else ""
    findings = {Finding("problem", first, name, short(value), message): None for name, value, message in faults}
    is_broad = choice.scope == "broad"
    if any(asked.request.members is not None for group in groups.values() for asked in group):
        for part, document in documents.items():
            documents[part], notes = without_cancelled(without_duplicates(document), is_broad=is_broad)
            findings.update(dict.fromkeys(notes))
    findings.update(dict.fromkeys(read))
    code_values = {name: value for name, value in literal.items() if name.startswith(CODE)}
    for part in ("policy", "caller") if code else ():
        filling = {**known[part], **code_values}
        needs = needs_of_code(catalog, [one for one in code if one.part == part], filling, findings)
        documents[part] = with_code(documents[part], needs, filling, is_broad=is_broad)
    policy, caller, own_values = documents["policy"], documents["caller"], known["policy"]
    lines, notes = account(
        catalog,
        several,
        Composed(
            documents=documents,
            findings=findings,
            grantees={operation.name: some for operation, some in grantees},
            hosts={name: hosts_of(catalog, name) or handled_by(catalog, name) for name in groups},
            active=active,
            values=own_values,
        ),
    )
    unfitting = (finding for request in requests for finding in unfit(catalog, request))
    names = _role_names(operations, ids)
    passed = [*facts.roles.values()]
    role = passed[0] if len(passed) == 1 else _UNKNOWN_ROLE.format(next(iter(names), "ExecutionRoleName"))
    return Composition(
        policy=policy,
        trust=documents["trust"],
        caller=caller,
        addons=active,
        placeholders=tuple(sorted({name for document in documents.values() for name in document.placeholders()})),
        findings=tuple(dict.fromkeys((*findings, *notes, *unfitting, *_mixed(catalog, documents, operations)))),
        account=lines,
        companions=Companions(Subject(catalog, policy, caller, role, own_values, tuple(requests), names)),
    )


def with_all_addons(
    catalog: Catalog, operation: Operation, grantee: Grantee, scope: ScopeChoice = "scoped"
) -> Composition:
    """What one role or caller of an operation needs with every add-on; composed once, as long as nothing is dropped."""

    def composed() -> Composition:
        is_caller = grantee is operation.caller
        # Only this grantee's part is wanted.
        alone = Request(operation.name, by_service=not is_caller, roles=(grantee.id,))
        roles = [] if is_caller else [grantee.id]
        return compose(catalog, [alone], roles, scope=scope, addons=[addon.id for addon in grantee.addons])

    return catalog._once(("whole", operation.name, grantee.id, scope), composed)


def _mixed(catalog: Catalog, documents: Mapping[str, Document], operations: Sequence[Operation]) -> Iterator[Finding]:
    """A problem where resources are in several partitions, as nothing in one reaches another."""
    first: dict[str, str] = {}
    for document in documents.values():
        for one in document.statements:
            for arn in one.resources:
                parts = parts_of(arn)
                for name in (parts.partition, partition_of(catalog.regions, parts.region)):
                    if name in catalog.regions:
                        first.setdefault(name, arn)
    if len(first) > 1:
        several = " and ".join(f"{name} ({arn})" for name, arn in first.items())
        message = f"resources are in several partitions, {several}; a role can only use resources of its own partition"
        yield Finding("problem", operations[0].name if operations else "", "Partition", "", message)


def _add_all(
    catalog: Catalog,
    several: Sequence[Asked],
    groups: Mapping[str, Sequence[Asked]],
    grantees: Sequence[tuple[Operation, Sequence[Grantee]]],
    wanted: Collection[str],
    unwanted: Collection[str],
    composers: Mapping[str, Composer],
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Adds what some roles and callers need; gives the add-ons of each that are in.

    Args:
        several: the requests, and groups: the same by operation.
        wanted, unwanted: ids of add-ons.
    """
    active: dict[tuple[str, str], tuple[str, ...]] = {}
    given = [item.request.members for some in groups.values() for item in some if item.request.members is not None]
    members = {name for one in given for name in one}
    for operation, number, grantee in ((own, *pair) for own, some in grantees for pair in enumerate(some)):
        for composer in composers.values():
            composer.place = (operation.name, number, 0, 0)
        mine = [one for one in groups.get(operation.name, ()) if not one.request.only_decides]
        is_caller = grantee is operation.caller
        asked = [one for one in mine if (not one.request.by_service if is_caller else one.request.is_for(grantee.id))]
        if not asked:
            continue
        composer = composers["caller" if is_caller else "policy"]
        plan = planned(catalog, operation.name, grantee)
        _add_base(catalog, composer, plan, asked, operation.name if is_caller else "")
        in_question = plan.in_question(members) if given else ()
        chosen: dict[int, AddOn | None] = {}
        for place, one in enumerate(plan.addons):
            name = one.addon.id
            if (place in in_question or name in wanted) and name not in unwanted:
                deciding = groups.get(one.addon.request, ()) if one.addon.request else mine
                if _add_addon(composer, place + 1, one, deciding, name in wanted):
                    chosen[place + 1] = one.addon
        active[operation.name, grantee.id] = tuple(addon.id for addon in chosen.values() if addon)
        if is_caller:
            continue
        composer.place = (*composer.place[:2], len(plan.addons) + 1, 0)
        _add_containers(catalog, composer, operation, grantee, several)
        for place, owner in ((0, None), *chosen.items()):
            composers["trust"].place = (*composer.place[:2], place, 0)
            for trust_id in (owner or grantee).trust:
                trust = catalog.trust(trust_id)
                use = prepared(catalog, trust.entry, operation.name, grantee.id)
                composers["trust"].add_trust(grantee, owner, trust, use, asked)
    return active


_UNKNOWN_ROLE = "arn:${{Partition}}:iam::${{Account}}:role/${{{}}}"


def _role_names(operations: Sequence[Operation], ids: Sequence[str] | None) -> Collection[str]:
    """Placeholders that stand for the name of the composed role, those of the callers first."""
    names: dict[str, None] = {}
    for operation in operations:
        paths = {path for role in _roles(operation, ids) for path in role.parameters}
        for grantee in reversed(_grantees(operation, ids)):
            for _, entry in grantee.all_entries():
                if paths.intersection(entry.members) and "iam-role" in entry.parameters.values():
                    names[f"{entry.prefix}RoleName"] = None
    return names.keys()


def _composers(
    facts: Derived, choice: Choice, literal: Mapping[str, str], given: Mapping[str, Sequence[str]]
) -> dict[str, Composer]:
    """What collects each document, with the values known for its placeholders."""
    of_role, of_caller = (
        {name: escape(value) for name, value in {**facts.values(literal.get("Region"), caller=one), **literal}.items()}
        for one in (False, True)
    )
    by_part = {"policy": of_role, "trust": of_role, "caller": of_caller}
    composers = {part: Composer(choice.scope, values, given) for part, values in by_part.items()}
    composers["trust"].source_account = choice.source_account
    return composers


def _check_names(operations: Sequence[Operation], ids: Sequence[str] | None, addons: Sequence[str]) -> None:
    """Raises UnknownRole or UnknownAddOn for one that none of the operations has."""
    roles = list(dict.fromkeys(item.id for operation in operations for item in operation.roles))
    for wrong in ids or ():
        if operations and wrong not in roles:
            has = (f"{one.name} has {', '.join(item.id for item in one.roles) or 'none'}" for one in operations)
            raise UnknownRole(f"no role {wrong}; {'; '.join(has)}", wrong, roles)
    known = sorted({addon.id for item in operations for grantee in _grantees(item, ids) for addon in grantee.addons})
    if missing := [name for name in addons if name not in known]:
        message = f"no add-on {', '.join(sorted({*missing}))}; there are {', '.join(known) or 'none'}"
        raise UnknownAddOn(message, missing[0], known, role=role_with(operations, missing[0])[1])


def role_with(operations: Iterable[Operation], addon: str) -> tuple[str, str]:
    """The first of the operations' roles that has an add-on: its operation and its ID, each "" if there is none."""
    owners = ((operation.name, role.id) for operation in operations for role in operation.roles if role.addon(addon))
    return next(owners, ("", ""))


def _by_operation(catalog: Catalog, several: Iterable[Asked]) -> dict[str, list[Asked]]:
    """The requests by operation, with an empty one for each operation whose role others work with.

    Raises:
        UnknownOperation: there is neither a record of an operation nor one that handles its requests.
    """
    groups: dict[str, list[Asked]] = {}
    for asked in several:
        groups.setdefault(asked.request.operation, []).append(asked)
    for name in [*groups]:
        if not catalog.has_record(name):
            if not handled_by(catalog, name) and not catalog.knows(name):
                raise unknown_operation(name, catalog.operations)
            continue
        hosts = hosts_of(catalog, name)
        is_given = any(asked.request.members is not None for asked in groups[name])
        if hosts and is_given and not any(host in groups for host in hosts):
            # Nobody calls the host: only what the request decides of its role counts.
            groups[hosts[0]] = [Asked(catalog, Request(hosts[0], {}, groups[name][0].request.label, by_service=True))]
    return groups


def _operations(catalog: Catalog, groups: Mapping[str, Sequence[Asked]]) -> list[Operation]:
    """The operations with a record and a request that does more than decide over add-ons of others."""
    return [
        catalog.operation(name)
        for name in sorted(groups)
        if catalog.knows(name) and not all(asked.request.only_decides for asked in groups[name])
    ]


def grantees_of(
    catalog: Catalog, requests: Sequence[Request], roles: Sequence[str] = ()
) -> list[tuple[Operation, Grantee]]:
    """What :func:`compose` composes for these requests: each operation's roles of these IDs, and its caller.

    Raises:
        UnknownOperation: there is neither a record of an operation nor one that handles its requests.
    """
    operations = _operations(catalog, _by_operation(catalog, asked_for(catalog, requests)))
    return [(operation, grantee) for operation in operations for grantee in _grantees(operation, tuple(roles) or None)]


def operations_of(catalog: Catalog, requests: Iterable[Request]) -> list[str]:
    """Operations with a record that requests are for, or whose role they work with, sorted."""
    names = {name for request in requests for name in (request.operation, *hosts_of(catalog, request.operation))}
    return sorted(name for name in names if catalog.knows(name))


def hosts_of(catalog: Catalog, name: str) -> tuple[str, ...]:
    """Operations whose role the requests of an operation work with; empty if it has no record or a role of its own."""
    if not catalog.has_record(name):
        return ()
    return tuple(host for host in catalog.operation(name).uses_role_of if catalog.has_record(host))


def handled_by(catalog: Catalog, name: str) -> tuple[str, ...]:
    """Operations with add-ons that requests of another operation decide over."""
    return catalog.handled_by.get(name, ())


def _roles(operation: Operation, ids: Sequence[str] | None) -> Sequence[Grantee]:
    return operation.roles[:1] if ids is None else [role for role in operation.roles if role.id in ids]


def _grantees(operation: Operation, ids: Sequence[str] | None) -> list[Grantee]:
    return [*_roles(operation, ids), *([operation.caller] if operation.caller else [])]


def _add_base(catalog: Catalog, composer: Composer, plan: Plan, asked: Sequence[Asked], call: str) -> None:
    """Adds what is always needed; what hangs on an optional member that a request lacks is not, as it names nothing.

    Args:
        call: the operation, where these are the needs of its callers: they need the call, whatever the request lacks.
    """
    for number, use in enumerate(plan.uses):
        composer.place = (*composer.place[:2], 0, number)
        for one in asked:
            events: list[Event] = []
            bound = composer.bindings(use, one, events)
            if not bound and use.members:
                is_unnamed = call and _is_call(use, call) and not _is_called(composer, plan, one, call)
                if is_unnamed or is_open(catalog, use, one.request.members or {}):
                    bound = composer.unfilled(use, one, events)
            for binding in bound:
                composer.add(use, binding)
            composer.note(events)


def _is_call(use: Use, call: str) -> bool:
    return any(action.rpartition(":")[2] == call for one in use.needed for action in one.statement.actions)


def _is_called(composer: Composer, plan: Plan, asked: Asked, call: str) -> bool:
    """Whether a member of a request names what the call is about."""
    every = chain(plan.uses, (use for addon in plan.addons for use in addon.uses))
    return any(composer.bindings(use, asked, []) for use in every if _is_call(use, call))


def _add_containers(
    catalog: Catalog,
    composer: Composer,
    operation: Operation,
    grantee: Grantee,
    several: Sequence[Asked],
) -> None:
    """Adds what containers need for what the requests that work with the role hand to them."""
    for asked in several:
        request = asked.request
        hosts = (request.operation, *hosts_of(catalog, request.operation), *handled_by(catalog, request.operation))
        if operation.name not in hosts or not request.is_for(grantee.id):
            continue
        for one in handed(catalog, request, asked.named):
            if grantee.id not in one.container.roles:
                continue
            events: list[Event] = []
            for use, text in uses_of(catalog, operation.name, grantee, one, finder(catalog)):
                binding = composer.read(use, text, asked, one.named.path, events)
                if binding is not None:
                    composer.add(use, binding)
            composer.note(events)


#: What an add-on's entries are bound to by one request, entry by entry, and what reading the values brought up.
_Call = tuple[list[list[Binding]], list[Event]]


def _add_addon(composer: Composer, number: int, plan: AddOnPlan, asked: Sequence[Asked], wanted: bool) -> bool:
    """Adds an add-on's statements for the requests that call for it, or with placeholders if it is wanted anyway."""
    calls = (call for one in asked if (call := _called_for(composer, plan, one)) is not None)
    first = next(calls, None)
    if first is None and wanted:
        events: list[Event] = []
        first = [_chosen(composer, plan.catalog, use, asked, events) for use in plan.uses], events
    # One after the other: what very many requests are bound to is not held at once.
    places = [(*composer.place[:2], number, index) for index in range(len(plan.uses))]
    for bound, events in chain([first] if first else [], calls):
        for composer.place, use, own in zip(places, plan.uses, bound, strict=True):
            for binding in own:
                composer.add(use, binding)
        composer.note(events)
    return first is not None


def _called_for(composer: Composer, plan: AddOnPlan, asked: Asked) -> _Call | None:
    """What an add-on's entries are bound to by a request that calls for it; None if the request does not."""
    members = asked.request.members
    if members is None or (plan.roots is not None and plan.roots.isdisjoint(members)):
        return None
    if plan.when is not None and not is_true(asked.value(plan.when)):
        return None
    events: list[Event] = []
    bound = [composer.bindings(use, asked, events) for use in plan.uses]
    if plan.when is not None or any(own and use.members for own, use in zip(bound, plan.uses, strict=True)):
        return bound, events
    return None


def _chosen(
    composer: Composer, catalog: Catalog, use: Use, asked: Sequence[Asked], events: list[Event]
) -> list[Binding]:
    """What an entry of an add-on chosen by hand is bound to: the requests' values if they have any, or placeholders."""
    bound = [
        binding
        for one in asked
        if one.request.members is not None and use.members
        for binding in composer.bindings(use, one, events)
    ]
    return bound or composer.bindings(use, Asked(catalog, Request(use.operation)), [])


# --- what requests tell of partition, Region and account ------------------------------------------------------


class Derived(NamedTuple):
    """What the requests tell of partition, Region and account.

    Partition and account come from the ARNs of the composed roles or, where the requests do not name these, of the
    roles that callers pass: a role that is not passed may be one of another account. The Region comes from the ARNs
    anywhere in the requests, and the partition from the Region if no ARN tells it. A name on which the requests
    disagree has no value.

    Attributes:
        regions: the Regions of ARNs.
        of_role: texts for the partition and the account of the composed roles.
        of_caller: the same for the callers, who are in the account of the roles that they pass.
        roles: the names of the composed roles, each to its ARN.
    """

    catalog: Catalog
    regions: set[str]
    of_role: Mapping[str, set[str]]
    of_caller: Mapping[str, set[str]]
    roles: Mapping[str, str]

    def values(self, region: str | None = None, *, caller: bool = False) -> dict[str, str]:
        """The values.

        Args:
            region: the Region, where it is known already.
            caller: whether it is about the callers.
        """
        texts_of = {**(self.of_caller if caller else self.of_role), "Region": self.regions}
        if not texts_of["Partition"]:
            owners = (partition_of(self.catalog.regions, name) for name in ({region} if region else self.regions))
            texts_of["Partition"] = {*filter(None, owners)}
        values = {name: next(iter(texts)) for name, texts in texts_of.items() if len(texts) == 1}
        if _elsewhere(self.catalog, values):
            del values["Region"]
        return values


def derived(catalog: Catalog, requests: Iterable[Request], ids: Sequence[str] | None = None) -> Derived:
    """What the requests tell of partition, Region and account.

    Args:
        ids: the composed roles; None means the first role of each operation.
    """
    facts = Derived(catalog, set(), {"Partition": set(), "Account": set()}, {"Partition": set(), "Account": set()}, {})
    names: dict[str, str] = {}
    for request in requests:
        facts.regions.update(_regions(catalog, request.members))
        if request.members is None or request.only_decides or not catalog.has_record(request.operation):
            continue
        operation = catalog.operation(request.operation)
        owners = {role.id: [*_owners(catalog, role, request.members)] for role in operation.roles}
        passed = [fields for role in operation.roles if not role.not_passed for fields in owners[role.id]]
        composed = [fields for role in _roles(operation, ids) if request.is_for(role.id) for fields in owners[role.id]]
        names |= {one["RoleName"]: "arn:{Partition}:iam::{Account}:role/{RoleName}".format_map(one) for one in composed}
        for texts_of, several in ((facts.of_role, composed or passed), (facts.of_caller, passed)):
            for name, texts in texts_of.items():
                texts.update(fields[name] for fields in several if "${" not in fields[name])
    return facts._replace(roles=names)


def _elsewhere(catalog: Catalog, values: Mapping[str, str]) -> str:
    """What is wrong with a Region that is in another partition than the one known; "" if nothing is."""
    region, partition = values.get("Region", ""), values.get("Partition", "")
    owner = partition_of(catalog.regions, region) if region and partition else partition
    return (
        ""
        if owner == partition
        else f"is in the partition {owner}, and the role in {partition}; give a Region of that one"
    )


def _owners(catalog: Catalog, role: Grantee, members: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """The fields of each ARN that a request names a role with."""
    kind = catalog.kind("iam-role")
    for path in role.parameters:
        for value in items(search(path, members)):
            if isinstance(value, str) and (one := match(kind, value)):
                yield one.fields


def _regions(catalog: Catalog, members: Mapping[str, Any] | None) -> set[str]:
    """The Regions of the ARNs anywhere in a request, however deep, without recursion."""
    regions: set[str] = set()
    left: list[Any] = [members]
    while left:
        item = left.pop()
        if type(item) is str:
            region = parts_of(item).region if item.startswith("arn:") else ""
            if region and region not in regions and partition_of(catalog.regions, region):
                regions.add(region)
        elif isinstance(item, (dict, Mapping)):
            left.extend(item.values())
        elif isinstance(item, (list, tuple)):
            left.extend(item)
    return regions

"""What a person gave → what comes out: roles chosen, values checked, policies composed, split, written, explained.

Prints nothing and ends no process: what is wrong is an exception of errors.py or a notice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from .canonical import canonical, printable, quoted
from .catalog import GLOBALS, Catalog
from .engine import companions, endpoints, roles
from .engine.code import CodeCall
from .engine.companions import BOUNDARY, DELEGATION, Companion, together
from .engine.compose import Composition, compose, derived, grantees_of, hosts_of, role_with
from .engine.documents import PROPOSED, Finding, Request, ScopeChoice
from .engine.named import finder
from .engine.placeholders import Meaning, fault, meanings
from .engine.roles import Chosen
from .engine.statements import is_unconditioned
from .engine.values import short
from .errors import (
    InvalidValue,
    NothingToCompose,
    PatchError,
    SeveralRoles,
    UnknownAddOn,
    UnknownPlaceholder,
    Unwritable,
)
from .iam.parts import parts_of
from .iam.size import ATTACHED_LIMIT, LIMITS, POLICY_LIMIT, TRUST_LIMIT, size, size_as
from .iam.splitting import split
from .inputs.interfaces import Notice, Reading
from .outputs.explaining import Placing, accounted, explained, shown_of
from .parts import PARTS, CompanionPart, Format, Part

if TYPE_CHECKING:
    from .engine.generalizing import Generalized
    from .iam.evaluation import PolicyDocument
    from .iam.layers import Layers
    from .inputs.held import HeldPolicy, HeldRole
    from .outputs.forms import Role

#: The part that checks a role against policies of organizations, and has no policy to write.
ORGANIZATION = "organization"
#: What else must allow what the role does, to the kinds of data/companions that it is; empty for all.
COMPANION_KINDS: Mapping[CompanionPart, tuple[str, ...]] = {
    "key-policy": ("key-policy",),
    "bucket-policy": ("bucket-policy", "access-point-policy", "directory-bucket-policy"),
    "repository-policy": ("repository-policy",),
    "secret-policy": ("secret-policy",),
    "topic-policy": ("topic-policy",),
    "queue-policy": ("queue-policy",),
    "function-policy": ("function-policy",),
    "endpoint-policies": tuple(endpoints.KINDS.values()),
    "boundary": (BOUNDARY,),
    "delegation": (DELEGATION,),
    "organization": (ORGANIZATION,),
    "companions": (),
}

#: The module of outputs/ that writes a format.
_WRITERS = {"cloudformation": "cloudformation", "terraform": "terraform", "cli": "commands"}


class Choice(NamedTuple):
    """What a person chooses beside the requests.

    Attributes:
        role: ID of a record's role; or ARN or name of a role that requests pass, to keep to their requests; or, if no
            request passes a role, the ARN of the one that they are for; "" for a role for each ARN that is passed.
        merge: one role for all requests, whatever roles they pass.
        scope: ``scoped`` names resources, ``broad`` grants the same actions on ``*``.
        addons: IDs of add-ons to include.
        without: IDs of add-ons to exclude.
        values: placeholder, or parameter with its prefix, to its value.
        manifests: Amazon S3 URIs of the objects that manifests name.
        region: Region to use where neither values nor inputs name one.
        generalize: fewest resources, at least 2, that one pattern replaces where they differ only in what changes with
            every run; 0 to propose patterns without using them.
        source_account: whether services that AWS documents without a condition must name the account in
            ``aws:SourceAccount``, which no source shows that they do; a note says so of each.
        asked: what policies of resources have only if somebody asks for it, by its ID in ``on_request`` of
            data/companions, such as ``require-sse-kms``.
        propose: whether patterns are proposed.
        show_values: whether notices show values of hyperparameters, environment variables and arguments of containers,
            which may be secret.
    """

    role: str = ""
    merge: bool = False
    scope: ScopeChoice = "scoped"
    addons: Sequence[str] = ()
    without: Sequence[str] = ()
    values: Mapping[str, str] = MappingProxyType({})
    manifests: Sequence[str] = ()
    region: str = ""
    generalize: int = 0
    source_account: bool = False
    asked: Sequence[str] = ()
    propose: bool = True
    show_values: bool = False


class ComposedRole(NamedTuple):
    """One role and what was composed for it.

    Attributes:
        chosen: the role, and the requests that it is for.
        composition: what was composed.
        wider: the composition with patterns for names that differ with every run, whether or not they were chosen; None
            if the policy names no resources anyway, or if none are to be proposed.
    """

    chosen: Chosen
    composition: Composition
    wider: Generalized | None = None

    @property
    def is_broad(self) -> bool:
        """Whether its policy names no resources."""
        return all(item.resources == ("*",) for item in self.composition.policy.statements)

    @property
    def operations(self) -> list[str]:
        """The operations that it is for, in the order of the requests."""
        requests = self.chosen.requests
        return list(dict.fromkeys(request.operation for request in requests if not request.only_decides))


class Result(NamedTuple):
    """What was composed.

    Attributes:
        reading: what was read.
        roles: the roles, one for each ARN that requests pass, or the one that was chosen.
        meanings: placeholder or parameter to what it stands for, of the records.
        notices: what is wrong, and what to know, in the order of the work.
    """

    reading: Reading
    roles: tuple[ComposedRole, ...]
    meanings: Mapping[str, Meaning]
    notices: tuple[Notice, ...]

    def texts(self) -> dict[str, str]:
        """Placeholder to what it stands for, in words, with an example where the records have one."""
        known = {name: f"{meaning.text} (such as {meaning.example})" for name, meaning in self.meanings.items()}
        return {**known, **self.reading.unknown}


class Written(NamedTuple):
    """A text to print or save.

    Attributes:
        text: the text, with a final newline.
        placeholders: names of the placeholders that have no value in it, sorted.
        notices: what is wrong, and what to know about its form.
    """

    text: str
    placeholders: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()


# --- composing -------------------------------------------------------------------------------------------------


def compose_reading(catalog: Catalog, reading: Reading, choice: Choice | None = None) -> Result:
    """Composes what the role of some requests needs.

    Args:
        reading: what was read; :func:`placeholders_of` gives one for an operation alone.

    Raises:
        NothingToCompose: there is no request.
        UnknownRole, UnknownAddOn, UnknownPlaceholder: there is none of that name.
        InvalidValue: a value has not the form of its placeholder.
    """
    choice = choice or Choice()
    if not reading.requests:
        raise NothingToCompose("the input has no request of an operation with a role; give one, or name the operation")
    chosen = roles.choose(catalog, reading.requests, choice.role, merge=choice.merge)
    requests = [request for role in chosen for request in role.requests]
    known = meanings_of(catalog, requests)
    _check_addons(catalog, chosen, choice)
    notices = [*_several(catalog, reading.requests, choice), *_left_out(catalog, reading.requests, chosen, choice)]
    values, noted = _values_of(catalog, reading, requests, known, choice)
    given = {name: several for name, several in reading.given.items() if name not in values}
    parameters = {**given, **_parameters(known, choice)}
    composed = tuple(_composed_role(catalog, role, choice, values, parameters, reading.code) for role in chosen)
    notices += [*noted, *dict.fromkeys(reading.notices)]
    placing = Placing(reading.requests)
    for role in composed:
        notices += _findings(catalog, role.composition, reading, choice, placing)
        notices += _roleless(catalog, role)
        notices += _denied(catalog, role, choice, values, parameters)
        notices += _narrowed(catalog, role, choice)
        if role.wider is not None:
            from .outputs.widening import widened

            said = widened(role.wider, is_chosen=choice.generalize > 0)
            notices += [Notice("note", part, message) for part, message in said]
    return Result(reading, composed, known, tuple(dict.fromkeys(notices)))


def _composed_role(
    catalog: Catalog,
    role: Chosen,
    choice: Choice,
    values: Mapping[str, str],
    parameters: Mapping[str, Sequence[str]],
    code: Sequence[CodeCall] = (),
) -> ComposedRole:
    own = _addons_of(catalog, role)
    composition = compose(
        catalog,
        role.requests,
        role.ids,
        scope=choice.scope,
        addons=[name for name in choice.addons if name in own],
        without=[name for name in choice.without if name in own],
        values={**(roles.facts_of(catalog, role.arn, role.requests) if role.is_given else {}), **values},
        parameters=parameters,
        source_account=choice.source_account,
        code=code,
    )
    if choice.asked:
        composition = composition._replace(companions=composition.companions.asking(choice.asked))
    most = max(
        (len(one.resources) for one in (*composition.policy.statements, *composition.caller.statements)), default=0
    )
    wanted = choice.generalize or (PROPOSED if choice.propose and most >= PROPOSED else 0)
    if choice.scope == "broad" or not wanted:
        return ComposedRole(role, composition)
    from .engine.generalizing import generalized

    wider = generalized(composition, wanted)
    return ComposedRole(role, wider.composition if choice.generalize else composition, wider)


def _denied(
    catalog: Catalog,
    role: ComposedRole,
    choice: Choice,
    values: Mapping[str, str],
    parameters: Mapping[str, Sequence[str]],
) -> Iterator[Notice]:
    """Says which statements only calls ask for that were denied."""
    others = [request for request in role.chosen.requests if not request.denied]
    if len(others) == len(role.chosen.requests):
        return
    known: Composition | None = None
    if others:
        chosen = role.chosen._replace(requests=others)
        known = _composed_role(catalog, chosen, choice._replace(propose=False), values, parameters).composition
    for part in ("policy", "caller"):
        granted = {
            (action, resource)
            for one in (getattr(known, part).statements if known else ())
            for action in one.actions
            for resource in one.resources
        }
        asking = [
            one.sid
            for one in getattr(role.composition, part).statements
            if any((action, text) not in granted for action in one.actions for text in one.resources)
        ]
        if asking:
            names = ", ".join(asking[:5]) + (f" and {len(asking) - 5} more" if len(asking) > 5 else "")
            message = f"only calls that were denied require permissions in {names}; check that they are to be allowed"
            yield Notice("note", part, message)


def _narrowed(catalog: Catalog, role: ComposedRole, choice: Choice) -> Iterator[Notice]:
    """Says of each condition on the account that it is not known to hold."""
    for statement in role.composition.trust.statements if choice.source_account else ():
        if any(is_unconditioned(catalog.trust(reason.use)) for reason in statement.reasons):
            services = ", ".join(name for names in statement.principal.values() for name in names)
            message = (
                f"{statement.sid} requires aws:SourceAccount, and no source shows that {services} sends it; if the "
                "service cannot assume the role, compose without --source-account"
            )
            yield Notice("note", "trust", message)


def usual_part(result: Result) -> Part:
    """The document that a person wants who names none: the caller's policy where the requests use no role."""
    return "policy" if any(map(_has_role, result.roles)) else "caller"


def _has_role(role: ComposedRole) -> bool:
    """Whether its requests use a role, or only need a caller."""
    return bool(role.composition.policy.statements or role.composition.trust.statements)


def placeholders_of(operation: str) -> Reading:
    """The reading of an operation's name alone: a request that keeps every placeholder."""
    return Reading(requests=[Request(operation)])


def held_role(
    catalog: Catalog,
    policies: Iterable[HeldPolicy] = (),
    *,
    attached: Iterable[str] = (),
    trust: HeldPolicy | None = None,
    boundary: HeldPolicy | None = None,
    arn: str = "",
) -> HeldRole:
    """The role that has some policies.

    Args:
        policies: its policies, with their documents.
        attached: names or ARNs of attached policies. The catalog has the documents of AWS managed policies; what
            another one allows is not known.
        arn: its ARN, where it is known.
    """
    from .inputs.held import HeldRole, of_aws

    known = {name: catalog.managed_policy(name) for name in attached}
    lost = [f"the policy {name} is attached, and its document is not given" for name, one in known.items() if not one]
    return HeldRole(
        arn,
        policies=(*policies, *(of_aws(one) for one in known.values() if one)),
        boundary=boundary,
        trust=trust,
        unknown=tuple(lost),
        hidden=frozenset({"identity"} if lost else ()),
    )


def layers_of(
    *,
    scps: Iterable[HeldPolicy] = (),
    rcps: Iterable[HeldPolicy] = (),
    session: Iterable[HeldPolicy] = (),
    endpoint: Iterable[HeldPolicy] = (),
    resources: Mapping[str, HeldPolicy] | None = None,
    scp_levels: Iterable[Iterable[HeldPolicy]] = (),
) -> Layers:
    """What else decides about the calls of a role; see :class:`~sagemaker_roles.Layers`.

    Args:
        scps: service control policies whose levels are not known; the others likewise.
        resources: ARN of a resource to its policy.
        scp_levels: service control policies by level of the organization; instead of ``scps``.

    Raises:
        PolicyError: a policy is damaged.
    """
    from .iam.evaluation import document
    from .iam.layers import Layers

    def read(policies: Iterable[HeldPolicy]) -> tuple[PolicyDocument, ...] | None:
        return tuple(document(one.name, one.document) for one in policies) or None

    of_resources = {arn: document(one.name, one.document) for arn, one in (resources or {}).items()}
    levels = tuple(level for one in scp_levels if (level := read(one)))
    every = tuple(one for level in levels for one in level) or read(scps)
    return Layers(every, read(rcps), read(session), read(endpoint), of_resources, levels)


def operations_of(catalog: Catalog, requests: Sequence[Request]) -> list[str]:
    """Operations with a record that requests are for, or whose role they work with, sorted."""
    names = {name for request in requests for name in (request.operation, *hosts_of(catalog, request.operation))}
    return sorted(name for name in names if catalog.knows(name))


def meanings_of(catalog: Catalog, requests: Sequence[Request]) -> dict[str, Meaning]:
    """Everything that a value can be given for, in the roles' documents and in their companions."""
    records = meanings(catalog, operations_of(catalog, requests))
    return {**records, **companions.MEANINGS, **records}


def _addons_of(catalog: Catalog, role: Chosen) -> set[str]:
    """IDs of the add-ons of a role, and of the callers of its operations."""
    grantees = grantees_of(catalog, role.requests, role.ids)
    return {addon.id for _, grantee in grantees for addon in grantee.addons}


def _check_addons(catalog: Catalog, chosen: Sequence[Chosen], choice: Choice) -> None:
    known = {name for role in chosen for name in _addons_of(catalog, role)}
    for name in (*choice.addons, *choice.without):
        if name in choice.addons and name in choice.without:
            raise UnknownAddOn(f"the add-on {quoted(name)} is both included and excluded; choose one", name)
        if name not in known:
            raise _unknown_addon(catalog, chosen, name, known)


def _unknown_addon(catalog: Catalog, chosen: Sequence[Chosen], name: str, known: Iterable[str]) -> UnknownAddOn:
    names = operations_of(catalog, [request for role in chosen for request in role.requests])
    operation, role_id = role_with(map(catalog.operation, names), name)
    if role_id:
        message = f"the add-on {quoted(name)} is one of the role {role_id} of {operation}; choose that role"
        return UnknownAddOn(message, name, role=role_id)
    return UnknownAddOn(f"unknown add-on {quoted(name)}", name, sorted(known))


def _values_of(
    catalog: Catalog,
    reading: Reading,
    requests: Sequence[Request],
    known: Mapping[str, Meaning],
    choice: Choice,
) -> tuple[dict[str, str], list[Notice]]:
    """Values for placeholders: what the person gave, else what the inputs show, else the Region to use."""
    values, notices = dict(reading.facts), []
    if choice.region and "Region" not in values and "Region" not in choice.values:
        shown = derived(catalog, requests).values().get("Region", choice.region)
        if shown != choice.region:
            message = f"its Region {choice.region} is used, but an ARN in the request is of {shown}"
            notices.append(Notice("note", "environment", message))
        values["Region"] = choice.region
    for name, value in choice.values.items():
        if name in reading.taken and name not in GLOBALS:
            continue
        if name not in reading.unknown:
            if name not in known:
                own = [one for one, meaning in known.items() if meaning is not companions.MEANINGS.get(one)]
                names = [*own, *reading.unknown]
                raise UnknownPlaceholder(f"unknown placeholder {quoted(name)}", name, names)
            if wrong := fault(catalog, name, value, known[name]):
                raise InvalidValue(f"{name}: {quoted(value)} {wrong}", name, value)
        values[name] = value
    return values, notices


def _parameters(known: Mapping[str, Meaning], choice: Choice) -> dict[str, Sequence[str]]:
    """Where the objects of manifests are, by the parameters that stand for them."""
    if not choice.manifests:
        return {}
    names = [name for name, meaning in known.items() if meaning.values_in == "manifest" and not meaning.pattern]
    if not names:
        raise UnknownPlaceholder("no manifest is read", "manifest")
    return dict.fromkeys(names, choice.manifests)


# --- notices ---------------------------------------------------------------------------------------------------


def _several(catalog: Catalog, requests: Sequence[Request], choice: Choice) -> Iterator[Notice]:
    """A note where a request passes none of several roles, or where several are one."""
    if choice.role:
        return
    for request in requests:
        available = [role.id for role in roles.accepted(catalog, request)]
        if len(available) > 1 and not roles.passed(catalog, request):
            message = f"{request.operation} accepts several roles ({', '.join(available)})"
            message += f"; this is {available[0]} unless role chooses another"
            yield Notice("note", request.label or request.operation, message)
            break
    arns = roles.arns_of(catalog, requests)
    if choice.merge and len(arns) > 1:
        shown = ", ".join(arns[:5]) + (", …" if len(arns) > 5 else "")
        message = f"the requests pass {len(arns)} roles ({shown}); this is one role for all of them"
        yield Notice("note", "input", message)


def _left_out(
    catalog: Catalog, requests: Sequence[Request], chosen: Sequence[Chosen], choice: Choice
) -> Iterator[Notice]:
    """A note for each operation whose requests pass no role and do not belong to the role that was chosen."""
    if not choice.role:
        return
    kept = {(item.operation, item.label) for role in chosen for item in role.requests if not item.only_decides}
    noted: set[str] = set()
    for request in requests:
        name, key = request.operation, (request.operation, request.label)
        if key in kept or name in noted or roles.passed(catalog, request) or request.by_service:
            continue
        noted.add(name)
        message = f"{name}: the request passes no role, so it is not known whether this one is for it; it is ignored"
        yield Notice("note", request.label or name, message)


def _findings(
    catalog: Catalog, composition: Composition, reading: Reading, choice: Choice, placing: Placing
) -> Iterator[Notice]:
    """What composing brought up, with the places of the values; the same about several requests once."""
    grouped: dict[tuple[str, str, str, str], list[Finding]] = {}
    for finding in composition.findings:
        key = (finding.kind, finding.member, finding.value, finding.message)
        grouped.setdefault(key, []).append(finding)
    for first, *others in grouped.values():
        more = f" (and {len(others)} more)" if others else ""
        member = placing.placed(first)
        where = reading.where(first.label, member, _raw(first.value)) or first.operation
        hides = not choice.show_values and finder(catalog).is_private(member)
        yield Notice(first.kind, where, shown_of(first, member, hides=hides) + more)


def _raw(value: str) -> str:
    """The text that a finding shows as JSON, or what it shows if that is cut or no text."""
    try:
        raw = json.loads(value)
    except ValueError:
        return value
    return raw if isinstance(raw, str) else value


def _roleless(catalog: Catalog, composed: ComposedRole) -> list[Notice]:
    """A note where statements are for requests of which none passes the role that they are for."""
    role = composed.chosen
    if role.is_given:
        return []
    statements = composed.composition.policy.statements
    needing: dict[str, Notice | None] = {reason.operation: None for item in statements for reason in item.reasons}
    for request in role.requests:
        available = roles.accepted(catalog, request)
        wanted = [item for item in available if item.id in role.ids] if role.ids else available[:1]
        if request.members is None or request.only_decides or request.operation not in needing:
            continue
        if not wanted or wanted[0].not_passed:
            continue
        own = roles.passed(catalog, request)
        if any(item.id in own for item in wanted):
            return []
        names = " or ".join(wanted[0].parameters)
        message = f"the request passes no role ({names}); this is what one that it passed would need"
        message += ", and its caller iam:PassRole on it"
        where = request.label or request.operation
        needing[request.operation] = Notice("note", where, f"{request.operation}: {message}")
    return [notice for notice in needing.values() if notice]


# --- writing ---------------------------------------------------------------------------------------------------


def write(
    result: Result,
    parts: Sequence[Part] = ("policy",),
    form: Format = "json",
    *,
    each: bool = False,
    role_name: str = "",
    patch: Any = None,
) -> Written:
    """Writes documents in a format, split to IAM's sizes.

    Args:
        parts: the documents wanted. As templates and commands, a policy comes with its role and so its trust policy.
        form: the format; templates and commands hold all roles.
        each: as JSON, ``{"roles": [{"arn", "operations", …}]}`` with the documents of each role.
        role_name: name of the role; "" for the one in the requests, or one after the operation.
        patch: an RFC 6902 patch for the one document, or for the mapping of all three, parsed.

    Raises:
        SeveralRoles: there are several roles, and one document, a name, or a patch is for one.
        PatchError: the patch cannot be applied, or leaves no policy document.
        Unwritable: a text has something that the format would replace, and no way to write it.
    """
    if len(result.roles) > 1 and (role_name or patch is not None or (form == "json" and not each)):
        raise SeveralRoles([role.chosen.arn for role in result.roles])
    notices: list[Notice] = []
    from .outputs.forms import created, own_names, placeholders_in

    written: list[Role] = []
    # No role is to be created for calls that use none.
    wanted = result.roles if form == "json" else [role for role in result.roles if _has_role(role)] or result.roles
    for role in wanted:
        name = role_name or _usual_name(role, form, {one.name for one in written})
        written.append(_role_of(result, role, parts, form, name, patch, notices))
    if form == "cli":
        names = {f"${{{own}}}": f"{role.path}{role.name}".lstrip("/") for own, role in created(written).items()}
        written = [_with_names(role, names) for role in written]
    placeholders = (
        placeholders_in(written) if form != "json" else sorted({n for one in written for n in one.placeholders()})
    )
    if form in ("cloudformation", "terraform"):
        placeholders = own_names(placeholders)
    notices += _lists_of(written, placeholders)
    text = _json(result, written, parts, each) if form == "json" else _writer(form)(*written)
    return Written(text, tuple(placeholders), tuple(notices))


def _with_names(role: Role, names: Mapping[str, str]) -> Role:
    """A role with the names of roles that are created in place of placeholders."""
    from .outputs.forms import mapped

    def named(text: str) -> str:
        return re.sub(r"\$\{\w+\}", lambda found: names.get(found[0], found[0]), text)

    return role._replace(
        policies=role.policies and mapped(role.policies, named), caller=role.caller and mapped(role.caller, named)
    )


def _lists_of(written: Sequence[Role], placeholders: Sequence[str]) -> Iterator[Notice]:
    """A note for each placeholder that stands for a list."""
    for name in placeholders:
        if any(name in role.lists for role in written):
            message = f"{name} is a list of unknown length: JSON and commands have one entry for it, to repeat for each"
            message += " element, and templates repeat it; sizes are counted with one element"
            yield Notice("note", "policy", message)


def write_companions(
    catalog: Catalog,
    result: Result,
    part: CompanionPart = "companions",
    form: Format = "json",
    *,
    each: bool = False,
    owner: str = "",
) -> Written:
    """Writes what else must allow what the roles do: one policy for each resource, also of several roles.

    Args:
        part: which of it.
        form: JSON is a list with one entry a resource, and for ``boundary`` the document itself; ``cli`` merges
            statements into the policies that are there, and never replaces one; ``terraform`` has data sources to
            merge; ``cloudformation`` has resources that a stack owns, whose policies it replaces.
        each: as JSON, ``{"roles": [{"arn", "operations", …}]}`` with the part of each role.
        owner: only what is of this account, or of one that is not known; "" for all.

    Raises:
        SeveralRoles: there are several roles, and the JSON is for one.
        Unwritable: the format cannot hold any of it, or a text in it; one stack would be of several accounts; or a role
            shares its path with others, so that nobody can be limited to it.
    """
    if len(result.roles) > 1 and form == "json" and not each and part in (BOUNDARY, DELEGATION, ORGANIZATION):
        raise SeveralRoles([role.chosen.arn for role in result.roles])
    if part == ORGANIZATION:
        checks = [organization_json(catalog, role.composition) for role in result.roles]
        return Written(_of_roles(result, part, checks, each=each))
    several = [[one for one in _companions(role, part) if _is_of(one, owner, role)] for role in result.roles]
    every = companions_of(catalog, result, part, owner)
    if refused := next((one.why for one in every if part == DELEGATION and not one.document.statements), ""):
        raise Unwritable(f"--part {part}: {refused}")
    notices = tuple(dict.fromkeys(_notices_of(catalog, result, part, every)))
    open_ones = tuple(sorted({name for one in every for name in one.placeholders()}))
    if form == "cli":
        from .outputs import merging

        return Written(merging.text(catalog, every), open_ones, notices)
    if form != "json":
        from importlib import import_module

        from .outputs.forms import own_names

        writer = import_module(f".outputs.companions_{form}", __package__)
        if form == "cloudformation":
            notices = (*notices, *_not_owned(every, writer.OWNED))
        return Written(writer.text(every, result.texts()), tuple(own_names(open_ones)), notices)
    wholes = [_part_json(part, some) for some in (several if each else [every])]
    return Written(_of_roles(result, part, wholes, each=each), open_ones, notices)


def companions_of(catalog: Catalog, result: Result, part: CompanionPart, owner: str = "") -> list[Companion]:
    """What else must allow what the roles do, one for each resource; of an account, or of all."""
    if part == ORGANIZATION:
        return []
    own = (one for role in result.roles for one in _companions(role, part) if _is_of(one, owner, role))
    return together(catalog, own)


def _of_roles(result: Result, part: CompanionPart, wholes: Sequence[Any], *, each: bool) -> str:
    """A part of each role as JSON, or that of the only one by itself."""
    if not each:
        return canonical(wholes[0]).decode("ascii")
    rows = [
        {"arn": printable(role.chosen.arn), "operations": role.operations, part: whole}
        for role, whole in zip(result.roles, wholes, strict=True)
    ]
    return canonical({"roles": rows}).decode("ascii")


def organization_json(catalog: Catalog, composition: Composition) -> list[dict[str, Any]]:
    """What each policy of data/perimeters denies a role: whether it breaks the work, and which statements."""
    from .engine.perimeters import checks

    return checks(catalog, composition.policy, composition.companions)


def _not_owned(every: Sequence[Companion], owned: Container[str]) -> Iterator[Notice]:
    """What a stack cannot own."""
    for one in every:
        if one.document.statements and one.kind not in owned:
            message = f"{one.resource}: no resource of a stack that only has this policy; use --format cli or terraform"
            yield Notice("note", one.kind, message)


def _is_of(one: Companion, owner: str, role: ComposedRole) -> bool:
    """Whether a companion is of an account, or may be; VPC endpoints count as the role's."""
    account = one.account
    if not account and one.kind in endpoints.KINDS.values():
        account = parts_of(role.composition.companions.role).account
    return not owner or account in ("", owner) or "$" in account


def _companions(role: ComposedRole, part: CompanionPart) -> list[Companion]:
    return _chosen(role.composition, part)


def _chosen(composition: Composition, part: CompanionPart) -> list[Companion]:
    if part == DELEGATION:
        return [one for one in [composition.companions.delegation(composition.trust)] if one]
    kinds = COMPANION_KINDS[part]
    return [one for one in composition.companions.values() if not kinds or one.kind in kinds]


def companions_json(composition: Composition, part: CompanionPart) -> Any:
    """What JSON says of what else must allow what a role does: a list, or the document itself of the role's own."""
    return _part_json(part, _chosen(composition, part))


def _part_json(part: CompanionPart, some: Sequence[Companion]) -> Any:
    if part in (BOUNDARY, DELEGATION):
        return next((one.document.to_json() for one in some), None)
    return [one.to_json() for one in some]


def _notices_of(catalog: Catalog, result: Result, part: CompanionPart, every: Sequence[Companion]) -> Iterator[Notice]:
    """What there is to know of companions: those that cannot be written, and those that are too large."""
    limits = {kind.id: LIMITS[kind.limit] for kind in catalog.companions if kind.limit}
    if any(role.is_broad for role in result.roles):
        message = "a broad policy names no resources, so no policies of resources follow from it; use --scope scoped"
        yield Notice("note", "companions", message)
    if part == "endpoint-policies" and all(role.composition.companions.is_in_vpc is False for role in result.roles):
        message = "the requests name no network of yours, so no call of the role uses VPC endpoints"
        yield Notice("note", part, message)
    for one in every:
        if one.needed in ("unnamed", "not-composed"):
            yield Notice("note", one.kind, f"{one.resource}: {one.why.rstrip('.')}")
        if not one.document.statements:
            continue
        limit = limits[one.kind]
        if 0 < limit.statements < len(one.document.statements):
            message = f"{one.resource}: the policy has {len(one.document.statements)} statements; such a policy can"
            yield Notice("problem", one.kind, f"{message} have {limit.statements}")
        count = size_as(limit.kind, json.dumps(one.document.to_json(), separators=(",", ":")))
        if count > limit.most:
            unit = "bytes" if limit.counts_bytes else "characters"
            message = (
                f"{one.resource}: the statements alone have {count:,} {unit}; such a policy can have {limit.most:,}"
            )
            yield Notice("problem", one.kind, message)


def explain(
    catalog: Catalog,
    result: Result,
    parts: Sequence[Part] = ("policy",),
    companion: CompanionPart | None = None,
    *,
    show_values: bool = False,
) -> Iterator[str]:
    """Lines that say what became of each resource of the requests, and why each statement is there.

    For each statement also how well that is known, and what asked for it. Values of hyperparameters, environment
    variables and arguments of containers are only shown with ``show_values``.
    """
    for role in result.roles:
        if len(result.roles) > 1:
            yield f"role: {role.chosen.arn or 'none passed'}"
        yield from accounted(catalog, role.composition.account, show_values=show_values)
        for part in parts:
            yield from explained(catalog, part, getattr(role.composition, part), show_values=show_values)
        for one in _companions(role, companion) if companion else ():
            yield f"{one.kind}: {one.resource}: needed: {one.needed}: {one.why}"
            yield from explained(catalog, one.kind, one.document, show_values=show_values)


def _usual_name(role: ComposedRole, form: Format, taken: Container[str]) -> str:
    """The name in the role's ARN, else for all but CloudFormation one after the operation that no other role has."""
    name, _ = roles.name_and_path(role.chosen.arn)
    if name or form == "cloudformation":
        return name
    usual = unique = f"{role.operations[0]}-{'-'.join(role.chosen.ids) or 'execution'}"[:64]
    number = 2
    while unique in taken:
        unique = f"{usual[:60]}-{number}"
        number += 1
    return unique


def _role_of(
    result: Result,
    role: ComposedRole,
    parts: Sequence[Part],
    form: Format,
    name: str,
    patch: Any,
    notices: list[Notice],
) -> Role:
    """A role's documents, patched and split."""
    from .outputs.forms import Role, named_in

    documents: dict[Part, Any] = {part: getattr(role.composition, part).to_json() for part in PARTS}
    if patch is not None:
        documents = _patched(documents, parts, patch)
    policies = _split_up("policy", documents["policy"], notices) if "policy" in parts else None
    caller = _split_up("caller", documents["caller"], notices) if "caller" in parts else None
    is_role = form != "json" and "policy" in parts
    trust = documents["trust"] if "trust" in parts or is_role else None
    notices += _sizes(policies, trust)
    notices += _characters({"policy": policies, "trust": trust, "caller": caller})
    known, path = roles.name_and_path(role.chosen.arn)
    logical = named_in(role.composition.companions.arn)
    operations = role.operations
    return Role(
        name=name,
        path=path if name == known else "/",
        policies=policies,
        trust=trust,
        caller=caller,
        meanings=result.texts(),
        lists=frozenset(result.reading.lists),
        own=frozenset({logical, *role.composition.companions.names} - {""} if is_role else ()),
        logical=logical if logical in result.reading.unknown else "",
        description=f"Role for {', '.join(operations[:8])}{' and more' if len(operations) > 8 else ''}",
    )


def _patched(documents: dict[Part, Any], parts: Sequence[Part], patch: Any) -> dict[Part, Any]:
    from .outputs.patching import patched

    if len(parts) > 1:
        result: Any = patched(documents, patch)
    else:
        result = {**documents, parts[0]: patched(documents[parts[0]], patch)}
    for part in parts:
        document = result.get(part) if isinstance(result, dict) else None
        if not isinstance(document, dict) or not isinstance(document.get("Statement"), list):
            raise PatchError("the patch leaves no policy document")
    return dict(result)


def _split_up(part: Part, document: Mapping[str, Any], notices: list[Notice]) -> list[dict[str, Any]]:
    try:
        documents = split(document)
    except (ValueError, AttributeError, TypeError) as error:
        notices.append(Notice("problem", part, f"cannot be split into managed policies: {error}"))
        return [dict(document)]
    if len(documents) > 1:
        limit = f"a managed policy can have {POLICY_LIMIT}"
        message = f"{size(document)} characters; {limit}, so it is split into {len(documents)}"
        notices.append(Notice("note", part, message))
    return documents


def _sizes(policies: Sequence[Any] | None, trust: Any) -> Iterator[Notice]:
    if trust is not None and size(trust) > TRUST_LIMIT:
        message = f"{size(trust)} characters; a trust policy can have {TRUST_LIMIT} unless raised"
        yield Notice("note", "trust", message)
    if policies is not None and len(policies) > ATTACHED_LIMIT:
        message = f"{len(policies)} managed policies; a role can have {ATTACHED_LIMIT} unless raised"
        yield Notice("note", "policy", message)


#: Beyond what IAM takes in a policy (API reference of IAM, CreatePolicy, the pattern of PolicyDocument).
_NOT_IN_POLICIES = re.compile("[^\t\n\r -\u00ff]")


def _characters(documents: Mapping[str, Any]) -> Iterator[Notice]:
    """Names, for each part, the first text with a character that IAM does not take."""
    for part, document in documents.items():
        text = next((text for text in _texts_in(document) if _NOT_IN_POLICIES.search(text)), None)
        if text is not None:
            message = (
                "IAM takes characters up to U+00FF in a policy; rename what this names, or write ? for the character"
            )
            yield Notice("note", part, f"{short(text)}: {message}")


def _texts_in(value: Any) -> Iterator[str]:
    """The texts in a document, in its order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(inner)


def _writer(form: Format) -> Callable[..., str]:
    """The function that writes roles in a format, imported when first needed."""
    from importlib import import_module

    function: Callable[..., str] = import_module(f".outputs.{_WRITERS[form]}", __package__).text
    return function


def _json(result: Result, written: Sequence[Role], parts: Sequence[Part], each: bool) -> str:
    documents = [
        {"policy": _one_or_all(role.policies), "trust": role.trust, "caller": _one_or_all(role.caller)}
        for role in written
    ]
    if each:
        rows = [
            {"arn": printable(role.chosen.arn), "operations": role.operations, **{part: whole[part] for part in parts}}
            for role, whole in zip(result.roles, documents, strict=True)
        ]
        return canonical({"roles": rows}).decode("ascii")
    (whole,) = documents
    chosen: Any = {part: whole[part] for part in parts} if len(parts) > 1 else whole[parts[0]]
    return canonical(chosen).decode("ascii")


def _one_or_all(documents: Sequence[Mapping[str, Any]] | None) -> Any:
    return documents[0] if documents is not None and len(documents) == 1 else documents

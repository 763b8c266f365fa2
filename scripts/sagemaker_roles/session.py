"""What a person gave → what comes out: roles chosen, values checked, policies composed, split, written, explained.

Prints nothing and ends no process: what is wrong is an exception of errors.py or a notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .canonical import canonical
from .catalog import GLOBALS, Catalog
from .engine import roles
from .engine.compose import Composition, compose, derived, hosts_of
from .engine.documents import Finding, Request, ScopeChoice
from .engine.placeholders import Meaning, fault, meanings
from .engine.roles import Chosen
from .errors import InvalidValue, NothingToCompose, PatchError, UnknownAddOn, UnknownPlaceholder
from .inputs.interfaces import Notice, Reading
from .outputs.explaining import Placing, accounted, explained
from .outputs.forms import Role, own_names
from .outputs.splitting import ATTACHED_LIMIT, POLICY_LIMIT, TRUST_LIMIT, size, split

Part = Literal["policy", "trust", "caller"]
Format = Literal["json", "cloudformation", "terraform", "cli"]

PARTS: tuple[Part, ...] = ("policy", "trust", "caller")
FORMATS: tuple[Format, ...] = ("json", "cloudformation", "terraform", "cli")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chooses beside the requests.

    Attributes:
        role: ID of a record's role; or ARN or name of a role that requests pass, to keep to their requests; or, if no
            request passes a role, the ARN of the one that they are for; "" for the usual role.
        scope: ``scoped`` names resources, ``broad`` grants the same actions on ``*``.
        addons: IDs of add-ons to include.
        without: IDs of add-ons to exclude.
        values: placeholder, or parameter with its prefix, to its value.
        manifests: Amazon S3 URIs of the objects that manifests name.
        region: Region to use where neither values nor inputs name one.
    """

    role: str = ""
    scope: ScopeChoice = "scoped"
    addons: Sequence[str] = ()
    without: Sequence[str] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    manifests: Sequence[str] = ()
    region: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What was composed.

    Attributes:
        reading: what was read.
        role: the role that was chosen.
        composition: its documents.
        meanings: placeholder or parameter to what it stands for, of the records.
        notices: what is wrong, and what to know, in the order of the work.
    """

    reading: Reading
    role: Chosen
    composition: Composition
    meanings: Mapping[str, Meaning]
    notices: tuple[Notice, ...]

    def texts(self) -> dict[str, str]:
        """Placeholder to what it stands for, in words, with an example where the records have one."""
        known = {name: f"{meaning.text} (such as {meaning.example})" for name, meaning in self.meanings.items()}
        return {**known, **self.reading.unknown}


@dataclass(frozen=True, slots=True)
class Written:
    """A text to print or save.

    Attributes:
        text: the text, with a final newline.
        placeholders: names of the placeholders that have no value in it, sorted.
        notices: what is wrong, and what to know about its form.
    """

    text: str
    placeholders: tuple[str, ...]
    notices: tuple[Notice, ...]


# --- composing -------------------------------------------------------------------------------------------------


def compose_reading(catalog: Catalog, reading: Reading, choice: Choice | None = None) -> Result:
    """Composes what the role of some requests needs.

    Args:
        catalog: the knowledge base.
        reading: what was read; :func:`placeholders_of` gives one for an operation alone.
        choice: what else was chosen.

    Raises:
        NothingToCompose: there is no request.
        UnknownRole, UnknownAddOn, UnknownPlaceholder: there is none of that name.
        InvalidValue: a value has not the form of its placeholder.
    """
    choice = choice or Choice()
    if not reading.requests:
        raise NothingToCompose("there is no request to compose for")
    role = roles.choose(catalog, reading.requests, choice.role)
    known = meanings(catalog, operations_of(catalog, role.requests))
    notices = [] if choice.role else _several(catalog, reading.requests)
    values, noted = _values(catalog, reading, role, known, choice)
    notices += noted
    _check_addons(catalog, role.requests, choice)
    composition = compose(
        catalog,
        role.requests,
        role.ids,
        scope=choice.scope,
        addons=choice.addons,
        without=choice.without,
        values=values,
        parameters={
            **{name: several for name, several in reading.given.items() if name not in values},
            **_parameters(known, choice),
        },
    )
    notices += dict.fromkeys(reading.notices)
    notices += _findings(composition, reading)
    if not role.is_given:
        notices += _roleless(catalog, role, composition)
    return Result(reading, role, composition, known, tuple(notices))


def placeholders_of(operation: str) -> Reading:
    """The reading of an operation's name alone: a request that keeps every placeholder."""
    return Reading(requests=[Request(operation)])


def operations_of(catalog: Catalog, requests: Sequence[Request]) -> list[str]:
    """Operations with a record that requests are for, or whose role they work with, sorted."""
    names = {name for request in requests for name in (request.operation, *hosts_of(catalog, request.operation))}
    return sorted(name for name in names if name in catalog.data["operations"])


def addons_of(catalog: Catalog, requests: Sequence[Request]) -> list[str]:
    """IDs of the add-ons that roles and callers of some requests have, sorted."""
    return sorted(
        {
            addon.id
            for name in operations_of(catalog, requests)
            for grantee in catalog.operation(name).grantees()
            for addon in grantee.addons
        }
    )


def _check_addons(catalog: Catalog, requests: Sequence[Request], choice: Choice) -> None:
    known = addons_of(catalog, requests)
    for name in (*choice.addons, *choice.without):
        if name not in known:
            raise UnknownAddOn(f"there is no add-on {name!r}", name, known)


def _values(
    catalog: Catalog, reading: Reading, role: Chosen, known: Mapping[str, Meaning], choice: Choice
) -> tuple[dict[str, str], list[Notice]]:
    """Values for placeholders: what the person gave, else what the inputs show, else the Region to use."""
    values, notices = dict(reading.facts), []
    if choice.region and "Region" not in values and "Region" not in choice.values:
        shown = derived(catalog, role.requests).get("Region", choice.region)
        if shown != choice.region:
            message = f"its Region {choice.region} is used, but an ARN in the request is of {shown}"
            notices.append(Notice("note", "environment", message))
        values["Region"] = choice.region
    for name, value in choice.values.items():
        if name in reading.taken and name not in GLOBALS:
            continue
        if name not in reading.unknown:
            if name not in known:
                names = [*known, *reading.unknown]
                raise UnknownPlaceholder(f"there is no placeholder {name!r}", name, names)
            if wrong := fault(catalog, name, value, known[name]):
                raise InvalidValue(f"{name}: {value!r} {wrong}", name, value)
        values[name] = value
    facts = roles.facts_of(catalog, role.arn, role.requests) if role.is_given else {}
    return {**facts, **values}, notices


def _parameters(known: Mapping[str, Meaning], choice: Choice) -> dict[str, Sequence[str]]:
    """Where the objects of manifests are, by the parameters that stand for them."""
    if not choice.manifests:
        return {}
    names = [name for name, meaning in known.items() if meaning.values_in == "manifest" and not meaning.pattern]
    if not names:
        raise UnknownPlaceholder("no manifest is read", "manifest")
    return dict.fromkeys(names, choice.manifests)


# --- notices ---------------------------------------------------------------------------------------------------


def _several(catalog: Catalog, requests: Sequence[Request]) -> list[Notice]:
    """A note where more than one role is in play."""
    for request in requests:
        available = [role.id for role in roles.accepted(catalog, request)]
        others = [item for item in (roles.passed(catalog, request) or available) if item in available]
        if len(others) > 1:
            first = available[0] if available[0] in others else others[0]
            message = f"{request.operation} takes several roles ({', '.join(others)}); this is {first}: --role chooses"
            return [Notice("note", request.label or request.operation, message)]
    arns = roles.arns_of(catalog, requests)
    if len(arns) > 1:
        shown = ", ".join(arns[:5]) + (", …" if len(arns) > 5 else "")
        message = f"the requests pass {len(arns)} roles ({shown}); this is one role for all of them: --role chooses"
        return [Notice("note", "input", message)]
    return []


def _findings(composition: Composition, reading: Reading) -> Iterator[Notice]:
    """What composing brought up, with the places of the values; the same about several requests once."""
    placing = Placing(reading.requests)
    grouped: dict[tuple[str, str, str, str], list[Finding]] = {}
    for finding in composition.findings:
        key = (finding.kind, finding.member, finding.value, finding.message)
        grouped.setdefault(key, []).append(finding)
    for first, *others in grouped.values():
        more = f" (and {len(others)} more)" if others else ""
        member = placing.placed(first)
        where = reading.where(first.label, member, first.value) or first.operation
        yield Notice(first.kind, where, f"{member}: {first.value!r}: {first.message}{more}")


def _roleless(catalog: Catalog, role: Chosen, composition: Composition) -> list[Notice]:
    """A note where statements are for requests of which none passes the role that they are for."""
    needing: dict[str, Notice | None]
    needing = {reason.operation: None for item in composition.policy.statements for reason in item.reasons}
    for request in role.requests:
        available = roles.accepted(catalog, request)
        wanted = [item for item in available if item.id in role.ids] if role.ids else available[:1]
        if request.members is None or not wanted or request.operation not in needing or wanted[0].not_passed:
            continue
        own = roles.passed(catalog, request)
        if any(item.id in own for item in wanted):
            return []
        names = " or ".join(wanted[0].parameters)
        message = f"the request passes no role ({names}); this is what one that it passed would need"
        where = request.label or request.operation
        needing[request.operation] = Notice("note", where, f"{request.operation}: {message}")
    return [notice for notice in needing.values() if notice]


# --- writing ---------------------------------------------------------------------------------------------------


def write(
    result: Result,
    parts: Sequence[Part] = ("policy",),
    form: Format = "json",
    *,
    role_name: str = "",
    patch: Any = None,
) -> Written:
    """Writes documents in a format, split to IAM's sizes.

    Args:
        result: what was composed.
        parts: the documents wanted. As templates and commands, a policy comes with its role and so its trust policy.
        form: the format.
        role_name: name of the role; "" for the one in the requests, or one after the operation.
        patch: an RFC 6902 patch for the one document, or for the mapping of all three, parsed.

    Raises:
        PatchError: the patch cannot be applied, or leaves no policy document.
    """
    documents: dict[Part, Any] = {part: getattr(result.composition, part).to_json() for part in PARTS}
    if patch is not None:
        documents = _patched(documents, parts, patch)
    notices: list[Notice] = []
    is_role = form != "json" and "policy" in parts
    policies = _split("policy", documents["policy"], notices) if "policy" in parts else None
    caller = _split("caller", documents["caller"], notices) if "caller" in parts else None
    trust = documents["trust"] if "trust" in parts or is_role else None
    notices += _sizes(policies, trust)
    role = _named(result, form, role_name, policies, trust, caller)
    placeholders = role.placeholders()
    if form in ("cloudformation", "terraform"):
        placeholders = own_names(placeholders)
    return Written(_text(role, parts, form), tuple(placeholders), tuple(notices))


def explain(catalog: Catalog, result: Result, parts: Sequence[Part] = ("policy",)) -> Iterator[str]:
    """Lines that say what became of each resource of the requests, and why each statement is there.

    For each statement also how well that is known, and what asked for it.
    """
    yield from accounted(result.composition.account)
    for part in parts:
        yield from explained(catalog, part, getattr(result.composition, part))


def _named(
    result: Result,
    form: Format,
    role_name: str,
    policies: Sequence[Mapping[str, Any]] | None,
    trust: Mapping[str, Any] | None,
    caller: Sequence[Mapping[str, Any]] | None,
) -> Role:
    operations = list(dict.fromkeys(request.operation for request in result.role.requests))
    name, path = (role_name, "/") if role_name else roles.name_and_path(result.role.arn)
    usual = "" if form == "cloudformation" else f"{operations[0]}-{'-'.join(result.role.ids) or 'execution'}"[:64]
    return Role(
        name=name or usual,
        path=path,
        policies=policies,
        trust=trust,
        caller=caller,
        meanings=result.texts(),
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


def _split(part: Part, document: Mapping[str, Any], notices: list[Notice]) -> list[dict[str, Any]]:
    try:
        documents = split(document)
    except (ValueError, AttributeError, TypeError) as error:
        notices.append(Notice("problem", part, f"cannot be split into managed policies: {error}"))
        return [dict(document)]
    if len(documents) > 1:
        limit = f"a managed policy may have {POLICY_LIMIT}"
        message = f"{size(document)} characters; {limit}, so it is split into {len(documents)}"
        notices.append(Notice("note", part, message))
    return documents


def _sizes(policies: Sequence[Any] | None, trust: Any) -> Iterator[Notice]:
    if trust is not None and size(trust) > TRUST_LIMIT:
        message = f"{size(trust)} characters; a trust policy may have {TRUST_LIMIT} unless raised"
        yield Notice("note", "trust", message)
    if policies is not None and len(policies) > ATTACHED_LIMIT:
        message = f"{len(policies)} managed policies; a role may have {ATTACHED_LIMIT} unless raised"
        yield Notice("note", "policy", message)


def _text(role: Role, parts: Sequence[Part], form: Format) -> str:
    if form == "json":
        whole = {"policy": _one_or_all(role.policies), "trust": role.trust, "caller": _one_or_all(role.caller)}
        chosen: Any = {part: whole[part] for part in parts} if len(parts) > 1 else whole[parts[0]]
        return canonical(chosen).decode("ascii")
    if form == "cloudformation":
        from .outputs import cloudformation

        return cloudformation.text(role)
    if form == "terraform":
        from .outputs import terraform

        return terraform.text(role)
    from .outputs import commands

    return commands.text(role)


def _one_or_all(documents: Sequence[Mapping[str, Any]] | None) -> Any:
    return documents[0] if documents is not None and len(documents) == 1 else documents

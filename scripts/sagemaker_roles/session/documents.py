"""Write composed roles, and what else must allow their calls, in a format and in IAM's sizes; explain them."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..canonical import canonical, printable, some, unlike
from ..catalog import Catalog
from ..engine import roles, vpc_endpoints
from ..engine.companions import BOUNDARY, DELEGATION, together
from ..engine.compose import Composition
from ..engine.documents import Companion
from ..engine.perimeters import checks
from ..engine.values import short
from ..errors import PatchError, SeveralRoles, Unwritable
from ..iam.arn_parts import parts_of
from ..iam.size import ATTACHED_LIMIT, LIMITS, POLICY_LIMIT, TRUST_LIMIT, size, size_as
from ..iam.splitting import split
from ..inputs.reader import Notice, Reading, TemplateReference, below
from ..outputs import cloudformation, commands, terraform
from ..outputs.choices import COMPANION_PARTS, PARTS, CompanionPart, Format, Part
from ..outputs.forms import Role, created_roles, map_texts, named_in, own_names, placeholders_in
from ..outputs.forms import texts_in as texts_in
from ..outputs.reasons import explain_document, explain_resources
from .composition import ComposedRole, Result

#: The part that checks a role against policies of organizations, and has no policy to write.
ORGANIZATION = "organization"
#: What else must allow what the role does, to the kinds of data/shared/companions that it is; empty for all.
COMPANION_KINDS: Mapping[CompanionPart, tuple[str, ...]] = {
    **{part: (part,) for part in COMPANION_PARTS},
    "bucket-policy": ("bucket-policy", "access-point-policy", "directory-bucket-policy"),
    "endpoint-policies": tuple(vpc_endpoints.KINDS.values()),
    "companions": (),
}


#: The modules that write roles and companions in a format; JSON is written here.
_WRITERS = {"cli": commands, "cloudformation": cloudformation, "terraform": terraform}


class Written(NamedTuple):
    """A text to print or save.

    Attributes:
        placeholders: names of the placeholders that have no value in it, sorted.
        notices: what is wrong, and what to know about its form.
    """

    text: str
    placeholders: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()


def default_part(result: Result) -> Part:
    """The document that a person wants who names none: the caller's policy where the requests use no role."""
    return "policy" if any(map(_has_role, result.roles)) else "caller"


def _has_role(role: ComposedRole) -> bool:
    """Whether its requests use a role, or only need a caller."""
    return bool(role.composition.policy.statements or role.composition.trust.statements)


def write(
    result: Result,
    parts: Sequence[Part] = ("policy",),
    form: Format = "json",
    *,
    each: bool = False,
    role_name: str = "",
    patch: Any = None,
) -> Written:
    """Write documents in a format, split to IAM's sizes.

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
    written: list[Role] = []
    # No role is to be created for calls that use none.
    wanted = result.roles if form == "json" else [role for role in result.roles if _has_role(role)] or result.roles
    for role in wanted:
        name = role_name or _usual_name(role, form, {one.name for one in written})
        written.append(_role_of(result, role, parts, form, name, patch, notices))
    if form == "cli":
        own = {f"${{{name}}}": f"{role.path}{role.name}".lstrip("/") for name, role in created_roles(written).items()}
        with_name = partial(re.compile(r"\$\{\w+\}").sub, lambda found: own.get(found[0], found[0]))
        written = [
            role._replace(policies=map_texts(role.policies, with_name), caller=map_texts(role.caller, with_name))
            for role in written
        ]
    placeholders = (
        placeholders_in(written) if form != "json" else sorted({n for one in written for n in one.placeholders()})
    )
    if form != "json":
        placeholders = own_names(placeholders)
    if form == "cloudformation":
        references = _references(result.reading, placeholders)
        placeholders = [name for name in placeholders if name not in references]
        written = [_referring(role, references, {one.logical for one in written}) for role in written]
        if references:
            (template,) = {one.template for one in references.values()}
            named = some(sorted({one.text for one in references.values()}), 5)
            message = f"the output refers to {named} of {template}; put its resources into that template"
            notices.append(Notice("note", "template", message))
    for name in placeholders:
        if any(name in role.lists for role in written):
            message = f"{name} is a list of unknown length: JSON and commands have one entry for it, to repeat for each"
            message += " element, and templates repeat it; sizes are counted with one element"
            notices.append(Notice("note", "policy", message))
    if form == "json":
        names = {"policy": "policies", "trust": "trust", "caller": "caller"}
        wholes = [{part: _one_or_all(getattr(role, names[part])) for part in parts} for role in written]
        text = _json(result, wholes, each=each)
    else:
        text = _WRITERS[form].text(*written)
    return Written(text, tuple(placeholders), tuple(notices))


def write_companions(
    catalog: Catalog,
    result: Result,
    part: CompanionPart = "companions",
    form: Format = "json",
    *,
    each: bool = False,
    owner: str = "",
) -> Written:
    """Write what else must allow what the roles do: one policy for each resource, also of several roles.

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
        return Written(_json(result, [{part: one} for one in checks], each=each))
    several = [[one for one in _chosen(role.composition, part) if _is_of(one, owner, role)] for role in result.roles]
    every = companions_of(catalog, result, part, owner)
    if refused := next((one.why for one in every if part == DELEGATION and not one.document.statements), ""):
        raise Unwritable(f"--part {part}: {refused}")
    notices = tuple(dict.fromkeys(_notices_of(catalog, result, part, every)))
    open_ones = tuple(sorted({name for one in every for name in one.placeholders()}))
    if form == "json":
        wholes = [{part: _part_json(part, some)} for some in (several if each else [every])]
        return Written(_json(result, wholes, each=each), open_ones, notices)
    if form == "cloudformation":
        notices = (*notices, *_not_owned(every, {kind.id for kind in catalog.companions if kind.stack}))
    text = _WRITERS[form].companions(catalog, every, result.texts(), result.patterns())
    return Written(text, open_ones if form == "cli" else tuple(own_names(open_ones)), notices)


def companions_of(catalog: Catalog, result: Result, part: CompanionPart, owner: str = "") -> list[Companion]:
    """What else must allow what the roles do, one for each resource; of an account, or of all."""
    if part == ORGANIZATION:
        return []
    own = (one for role in result.roles for one in _chosen(role.composition, part) if _is_of(one, owner, role))
    return together(catalog, own)


def _json(result: Result, wholes: Sequence[Mapping[Any, Any]], *, each: bool) -> str:
    """The parts of each role as JSON; of the only one by themselves, and a single part without its name."""
    value: Any = wholes[0] if len(wholes[0]) > 1 else next(iter(wholes[0].values()))
    if each:
        named = [{"arn": printable(role.chosen.arn), "operations": role.operations} for role in result.roles]
        value = {"roles": [{**role, **whole} for role, whole in zip(named, wholes, strict=True)]}
    return canonical(value).decode("ascii")


def organization_json(catalog: Catalog, composition: Composition) -> list[dict[str, Any]]:
    """What each policy of data/shared/perimeters denies a role: whether it breaks the work, and which statements."""
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
    if not account and one.kind in vpc_endpoints.KINDS.values():
        account = parts_of(role.composition.companions.role).account
    return not owner or account in ("", owner) or "$" in account


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
        yield from explain_resources(catalog, role.composition.account, show_values=show_values)
        for part in parts:
            yield from explain_document(catalog, part, getattr(role.composition, part), show_values=show_values)
        for one in _chosen(role.composition, companion) if companion else ():
            yield f"{one.kind}: {one.resource}: needed: {one.needed}: {one.why}"
            yield from explain_document(catalog, one.kind, one.document, show_values=show_values)


def _usual_name(role: ComposedRole, form: Format, taken: set[str]) -> str:
    """The name in the role's ARN, else for all but CloudFormation one after the operation that no other role has."""
    name, _ = roles.name_and_path(role.chosen.arn)
    if name or form == "cloudformation":
        return name
    usual = f"{role.operations[0]}-{'-'.join(role.chosen.ids) or 'execution'}"[:64]
    return unlike(usual, taken, "{:.60}-{}".format)


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
        patterns=result.patterns(),
        lists=frozenset(result.reading.lists),
        own=frozenset({logical, *role.composition.companions.subject.names} - {""} if is_role else ()),
        logical=logical if logical in result.reading.unknown else "",
        description=f"Role for {', '.join(operations[:8])}{' and more' if len(operations) > 8 else ''}",
    )


def _references(reading: Reading, names: Sequence[str]) -> dict[str, TemplateReference]:
    """The placeholders that stand for resources of a template; none if they are of several templates."""
    known = reading.references
    references = {name: known[name] for name in names if name in known and name not in reading.lists}
    return references if len({one.template for one in references.values()}) == 1 else {}


def _referring(role: Role, references: Mapping[str, TemplateReference], created: Container[str]) -> Role:
    """A role with the references that its documents hold.

    A role is called ``""`` whose resource in the template is not known, so it may be any.
    """
    own = {name: references[name] for name in role.placeholders() if name in references}
    needed = (
        name
        for one in own.values()
        for name in one.needs()
        if name in created or ("" in created and below(one.resources, name, "Type") == "AWS::IAM::Role")
    )
    texts = {name: one.text for name, one in own.items()}
    return role._replace(references=texts, is_needed=next(needed, "") != "")


def _patched(documents: dict[Part, Any], parts: Sequence[Part], patch: Any) -> dict[Part, Any]:
    if len(parts) > 1:
        result: Any = _applied(documents, patch)
    else:
        result = {**documents, parts[0]: _applied(documents[parts[0]], patch)}
    for part in parts:
        document = result.get(part) if isinstance(result, dict) else None
        if not isinstance(document, dict) or not isinstance(document.get("Statement"), list):
            raise PatchError("the patch leaves no policy document")
    return dict(result)


def _applied(document: Any, patch: Any) -> Any:
    """A document with a patch applied; the document itself stays as it is.

    Args:
        patch: the parsed patch: a list of steps with ``op`` and ``path``.

    Raises:
        PatchError: it is no patch, a path does not exist, or a ``test`` fails.
    """
    import jsonpatch  # 14 ms of the 150 of a cold composition, of which few have a patch
    from jsonpointer import JsonPointerException

    if not isinstance(patch, list):
        raise PatchError("a patch is a list of steps, each with op and path (RFC 6902)")
    for number, step in enumerate(patch, 1):
        what = f"step {number}"
        if not isinstance(step, dict) or not isinstance(step.get("op"), str) or not isinstance(step.get("path"), str):
            raise PatchError(f"{what} must be a mapping with op and path")
        what += f" ({step['op']} {step['path']})"
        try:
            document = jsonpatch.apply_patch(document, [step], in_place=False)
        except jsonpatch.JsonPatchTestFailed as error:
            raise PatchError(f"{what}: the test fails: {error}") from None
        except (jsonpatch.JsonPatchException, JsonPointerException) as error:
            raise PatchError(f"{what}: {error}") from None
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise PatchError(f"{what} does not fit the document: {error}") from None
    return document


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
        text = next((text for text in texts_in(document) if _NOT_IN_POLICIES.search(text)), None)
        if text is not None:
            message = (
                "IAM takes characters up to U+00FF in a policy; rename what this names, or write ? for the character"
            )
            yield Notice("note", part, f"{short(text)}: {message}")


def _one_or_all(documents: Any) -> Any:
    return documents[0] if isinstance(documents, list) and len(documents) == 1 else documents

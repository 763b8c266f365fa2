"""Compose the roles of a call's work, and what else must allow them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ..canonical import canonical
from ..catalog import Catalog
from ..engine.companions import BOUNDARY, DELEGATION
from ..engine.documents import Companion, Document
from ..engine.named_resources import finder
from ..errors import NothingToCompose, UnknownName, Unwritable
from ..iam.size import POLICY_LIMIT, TRUST_LIMIT, size
from ..inputs import Notice, Reading
from ..outputs.choices import COMPANION_PARTS, FORMATS, PARTS, Format, Part
from ..outputs.reasons import HIDDEN
from ..session import (
    Choice,
    ComposedRole,
    Result,
    companions_of,
    compose_reading,
    operations_of,
    organization_json,
    write,
    write_companions,
)
from .call import Call
from .presentation import document_lines, page_form, reason
from .work import Uncomposed, check_name, notices_json, reading_of, usable


def compose(catalog: Catalog, call: Call) -> dict[str, Any]:
    """Compose the roles of inputs or of an operation."""
    reading = reading_of(catalog, call)
    choice, noted = usable(catalog, reading, call)
    try:
        result = _composed(catalog, reading, choice, noted if call.lenient else None)
    except NothingToCompose as error:
        raise Uncomposed(str(error), [*noted, *reading.notices]) from None
    form: Format = check_name("format", call.format, FORMATS)
    parts: list[Part] = [check_name("parts", part, PARTS) for part in call.parts or PARTS]
    whole = write(result, parts, "json", each=True, role_name=call.role_name)
    text, placeholders, notices = whole.text, whole.placeholders, whole.notices
    if form != "json":
        try:
            text, placeholders, notices = write(result, parts, form, role_name=call.role_name)
        except Unwritable as error:
            if not call.lenient:
                raise
            text, notices = "", (Notice("problem", form, str(error)),)
    documents = json.loads(whole.text)["roles"]
    answer: dict[str, Any] = {
        "roles": [{**one, **_role(catalog, role, parts)} for one, role in zip(documents, result.roles, strict=True)],
        "operations": operations_of(catalog, reading.requests),
        "placeholders": [*placeholders],
        "notices": notices_json([*noted, *result.notices, *notices]),
        "text": text,
    }
    if call.companions:
        answer["companions"] = _companions(catalog, result, call, form)
    if call.shown:
        open_ones = [*whole.placeholders, *answer.get("companions", {}).get("placeholders", ())]
        answer |= page_form(catalog, result, open_ones, call.choice.values)
        for one, role in zip(answer["roles"], result.roles, strict=True):
            one["shown"] = {part: _document(catalog, result, role, part) for part in PARTS}
    return answer


def _composed(catalog: Catalog, reading: Reading, choice: Choice, noted: list[Notice] | None) -> Result:
    """The result; where notices are wanted, without a role or add-on that is not there."""
    try:
        return compose_reading(catalog, reading, choice)
    except UnknownName as error:
        if noted is None:
            raise
        noted.append(Notice("problem", "address", str(error)))
        return compose_reading(catalog, reading, choice._replace(role="", addons=(), without=()))


def _role(catalog: Catalog, role: ComposedRole, parts: Sequence[Part]) -> dict[str, Any]:
    """What there is to say of a role beside its documents."""
    composition = role.composition
    return {
        "ids": [*role.chosen.ids],
        "placeholders": [*composition.placeholders],
        "addons": {f"{operation}/{grantee}": [*ids] for (operation, grantee), ids in composition.addons.items()},
        "reasons": {
            part: {
                one.sid: [reason(catalog, item) for item in one.reasons]
                for one in getattr(composition, part).statements
            }
            for part in parts
        },
        "account": [_accounted(catalog, one) for one in composition.account],
    }


def _accounted(catalog: Catalog, one: Any) -> dict[str, Any]:
    hides = finder(catalog).is_private(one.path)
    return {**one._asdict(), **({"value": HIDDEN} if hides else {})}


def _document(catalog: Catalog, result: Result, role: ComposedRole, part: Part) -> dict[str, Any] | None:
    """A document as text, its size, and its lines with their reasons; None where nothing is in it."""
    document: Document = getattr(role.composition, part)
    if not document.statements:
        return None
    written = write(result._replace(roles=(role,)), [part])
    return {
        "text": written.text,
        "size": size(document.to_json()),
        "limit": TRUST_LIMIT if part == "trust" else POLICY_LIMIT,
        "split": isinstance(json.loads(written.text), list),
        "rows": document_lines(catalog, document.statements),
    }


def _companions(catalog: Catalog, result: Result, call: Call, form: Format) -> dict[str, Any]:
    """What else must allow what the roles do: in a format, and for a page entry by entry."""
    part, owner = check_name("companions", call.companions, COMPANION_PARTS), call.owner
    every = companions_of(catalog, result, part)
    accounts = sorted({one.account for one in every if re.fullmatch("[0-9]+", one.account)})
    if owner and owner not in accounts and call.lenient:
        owner = ""
    answer: dict[str, Any] = {"accounts": accounts, "owner": owner, "text": "", "notices": [], "placeholders": []}
    is_alone = part in (BOUNDARY, DELEGATION, "organization")
    try:
        written = write_companions(
            catalog,
            result,
            part,
            form,
            each=form == "json" and is_alone and len(result.roles) > 1,
            owner=owner,
        )
    except Unwritable as error:
        if not call.lenient:
            raise
        # A page has a choice for what the command has an option for.
        message = str(error).replace("give --owner ACCOUNT", "choose one below Resources of")
        answer["notices"] = notices_json([Notice("problem", form, message)])
    else:
        answer |= {
            "text": written.text,
            "notices": notices_json(written.notices),
            "placeholders": [*written.placeholders],
        }
    if call.shown:
        shown = [*companions_of(catalog, result, part, owner)]
        if part == "companions" and len(result.roles) == 1:
            shown += companions_of(catalog, result, "delegation")
        titles = {kind.id: kind.title for kind in catalog.companions}
        answer["entries"] = [{**_companion(catalog, one), "title": titles[one.kind]} for one in shown]
    answer["organization"] = [
        {"arn": role.chosen.arn, "checks": organization_json(catalog, role.composition)} for role in result.roles
    ]
    answer["on_request"] = [
        {"id": name, "why": one["why"]} for kind in catalog.companions for name, one in kind.on_request.items()
    ]
    return answer


def _companion(catalog: Catalog, one: Companion) -> dict[str, Any]:
    text = canonical(one.document.to_json()).decode("ascii") if one.document.statements else ""
    return {**one.to_json(), "text": text, "rows": document_lines(catalog, one.document.statements) if text else []}

"""Reads `terraform show -json`: the aws_sagemaker_* resources of a plan, or of a state."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from ...engine.compose import Partial
from ..reader import Found, InputDocument, ReadingContext, mappings, text_at
from ..text.content import InputError, whole
from ..text.numbers import text_of
from ..text.places import Path
from .member_names import Style, plain, renamed

#: Where the configuration of the provider ``aws`` has its Region, if it is written there.
_REGION = ("configuration", "provider_config", "aws", "expressions", "region", "constant_value")


def recognizes(value: Any) -> bool:
    """Whether a value is what `terraform show -json` prints."""
    if not isinstance(value, Mapping):
        return False
    return "terraform_version" in value or (
        "format_version" in value and ("planned_values" in value or "values" in value)
    )


def read(context: ReadingContext, document: InputDocument) -> Iterator[Found]:
    """The requests that a plan's resources stand for.

    Raises:
        InputError: it is no plan or state.
    """
    every, plan = [*planned(document)], document.value
    unknown = {
        change["address"]: change["change"].get("after_unknown")
        for change in mappings(plan.get("resource_changes"))
        if isinstance(change.get("change"), Mapping) and isinstance(change.get("address"), str)
    }
    for at in every:
        resource, kind = at.value, at.value.get("type")
        if not isinstance(kind, str) or resource.get("mode") == "data":
            continue
        if (type_ := _type_of(context, kind)) is None:
            continue
        address = text_at(resource, "address") or kind
        operation, own, style = type_
        if not context.catalog.knows(operation):
            message = f"{address}: it is not known which call creates {kind}; give the request of that call as well"
            context.notice("problem", at.where(), message)
            continue
        values = resource.get("values")
        if not isinstance(values, Mapping):
            context.notice("problem", at.where(), f"{address} has no values")
            continue
        merged = with_unknown(context, values, unknown.get(address), address, text_of(resource.get("name", "")))
        if not isinstance(merged, Mapping):
            context.notice("problem", at.where(), f"nothing of {address} is known")
            continue
        shape = context.catalog.shapes_of(operation).get(context.catalog.input_of(operation), {})
        members = {plain(name) for name in shape.get("members", ())}
        # Attributes only the provider computes are no members, and the plan does not know them yet.
        kept = {
            key: value
            for key, value in merged.items()
            if key in values or key in own or plain(key) in members or plain(key) + "s" in members
        }
        own_region = text_at(values, "region")
        region = at.below("values", "region") if own_region else document.below(*_REGION)
        facts = {"Region": region} if own_region or text_at(plan, *_REGION) else {}
        label = f"{address} of {document.name}"
        yield Found(operation, renamed(kept, own), at.below("values"), label, style, facts)


def _type_of(context: ReadingContext, kind: str) -> tuple[str, Mapping[str, str], Style] | None:
    """The operation that makes a resource of a type, members that it has elsewhere, and its style; None for others.

    The provider ``awscc`` has the types of CloudFormation, whose names it writes as ``aws`` does.
    """
    word, _, rest = kind.partition("_")
    service = context.catalog.service_of_type("terraform", f"aws_{rest}") if word in ("aws", "awscc") else ""
    if not service:
        return None
    form = {"aws": "terraform", "awscc": "cloudformation"}[word]
    name = f"{context.catalog.services[service]['types'].get(form, '')}" if word == "awscc" else ""
    types = context.data(form).get("types", {})
    begin = context.catalog.services[service]["types"]["terraform"]
    last = plain(f"aws_{rest}".removeprefix(begin))
    key = kind if word == "aws" else next((one for one in types if plain(one) == plain(name + last)), "")
    known = types.get(key, {})
    operation = known.get("operation") or context.catalog.creating("terraform", f"aws_{rest}")
    return operation, known.get("members", {}), context.style(form, blocks=word == "aws")


def planned(document: InputDocument) -> Iterator[InputDocument]:
    """The resources of a plan or state and of its modules, without recursion.

    Raises:
        InputError: it is no plan or state.
    """
    plan = document.value if isinstance(document.value, Mapping) else {}
    member = "planned_values" if "planned_values" in plan else "values"
    root = plan[member].get("root_module") if isinstance(plan.get(member), Mapping) else None
    if not isinstance(root, Mapping):
        message = "no planned_values or values; give what `terraform show -json` prints for a plan or a state"
        raise InputError(message, whole(document.where()))
    left = deque([document.below(member, "root_module")])
    while left:
        here = left.popleft()
        yield from _mappings(here, "resources")
        left += _mappings(here, "child_modules")


def _mappings(at: InputDocument, key: str) -> Iterator[InputDocument]:
    items = at.value.get(key)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield at.below(key, index)


def name_of(context: ReadingContext, address: str) -> str:
    """What placeholders of a resource begin with: its modules, its name and its key, without its type."""
    words = [word for word in re.split(r"[^A-Za-z0-9_-]+", address) if word and word != "module"]
    return "-".join(word for word in words if not context.catalog.service_of_type("terraform", word))


def with_unknown(context: ReadingContext, values: Any, unknown: Any, address: str, name: str, path: Path = ()) -> Any:
    """Planned values with what is known only after apply (``after_unknown``) put in as not known yet."""
    if unknown is True:
        members = [str(part) for part in path if isinstance(part, str)]
        last = members[-1] if members else ""
        what = f"{'.'.join(members)} of {address}, known only after apply"
        key = f"{address} {path}"
        part = context.part(f"{name_of(context, address)}-{last}", what, f"{name}_{last}", key=key)
        return Partial([part])
    if isinstance(unknown, Mapping) and (isinstance(values, Mapping) or values is None):
        merged = dict(values or {})
        for key, inner in unknown.items():
            if inner is False or (isinstance(inner, (list, dict)) and not inner):
                continue
            merged[key] = with_unknown(context, merged.get(key), inner, address, name, (*path, key))
        return merged
    if isinstance(unknown, list) and (isinstance(values, list) or values is None):
        longer = [*(values or [])]
        longer += [None] * (len(unknown) - len(longer))
        return [
            with_unknown(context, item, unknown[index] if index < len(unknown) else None, address, name, (*path, index))
            for index, item in enumerate(longer)
        ]
    return values

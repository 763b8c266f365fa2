"""Reads `terraform show -json`: the aws_sagemaker_* resources of a plan, or of a state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..engine.compose import Partial, Unknown
from .json_text import Path
from .names import Style, plain
from .reading import Document, Found, Reader
from .renames import renamed
from .text import InputError, whole

_PREFIX = "aws_sagemaker_"


def found(reader: Reader, document: Document) -> Iterator[Found]:
    """The requests that a plan's resources stand for.

    Raises:
        InputError: it is no plan or state.
    """
    plan = document.value
    if not isinstance(plan, Mapping):
        raise InputError("no plan; give what `terraform show -json` prints", whole(document.where()))
    planned = plan.get("planned_values", plan.get("values"))
    root = planned.get("root_module") if isinstance(planned, Mapping) else None
    if not isinstance(root, Mapping):
        what = "no planned_values or values; give what `terraform show -json` prints for a plan or a state"
        raise InputError(what, whole(document.where()))
    data = reader.data("terraform")
    base: Path = ("planned_values" if "planned_values" in plan else "values", "root_module")
    unknown = {
        str(change.get("address")): change["change"].get("after_unknown")
        for change in _mappings(plan.get("resource_changes"))
        if isinstance(change.get("change"), Mapping)
    }
    region = _region(plan)
    for resource, path in _resources(root, base):
        kind = resource.get("type")
        if not isinstance(kind, str) or not kind.startswith(_PREFIX) or resource.get("mode") == "data":
            continue
        known = data.get("types", {}).get(kind, {})
        operation = known.get("operation") or "Create" + kind.removeprefix(_PREFIX).replace("_", "")
        if reader.names.operation(operation) is None:
            continue
        address = str(resource.get("address", kind))
        values = resource.get("values")
        if not isinstance(values, Mapping):
            reader.notice("problem", document.where(path), f"{address} has no values")
            continue
        shape = reader.names.inputs[str(reader.names.operation(operation))]
        merged = _with_unknown(reader, values, unknown.get(address), address, str(resource.get("name", "")))
        if not isinstance(merged, Mapping):
            reader.notice("problem", document.where(path), f"nothing of {address} is known")
            continue
        own = known.get("members", {})
        members = reader.names.members(shape)
        # Attributes only the provider computes are no members, and the plan does not know them yet.
        kept = {
            key: value
            for key, value in merged.items()
            if key in values or key in own or plain(key) in members or plain(key) + "s" in members
        }
        style = Style(
            blocks=True,
            members={plain(key): value for key, value in data.get("members", {}).items()},
            ignored=frozenset(plain(name) for name in data.get("ignored", ())),
        )
        place = values.get("region") if isinstance(values.get("region"), str) else region
        facts = {"Region": place} if place else {}
        yield Found(operation, renamed(kept, own), style, (*path, "values"), f"{address} of {document.name}", facts)


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _resources(module: Mapping[str, Any], path: Path) -> Iterator[tuple[Mapping[str, Any], Path]]:
    """The resources of a module and of the modules in it, without recursion."""
    left = [(module, path)]
    while left:
        here, at = left.pop(0)
        for key in ("resources", "child_modules"):
            items = here.get(key)
            for index, item in enumerate(items if isinstance(items, list) else ()):
                if not isinstance(item, Mapping):
                    continue
                if key == "resources":
                    yield item, (*at, key, index)
                else:
                    left.append((item, (*at, key, index)))


def _region(plan: Mapping[str, Any]) -> str:
    """The Region in the configuration of the provider ``aws``, if it is written there."""
    value: Any = plan
    for key in ("configuration", "provider_config", "aws", "expressions", "region", "constant_value"):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def _with_unknown(reader: Reader, values: Any, unknown: Any, address: str, name: str, path: Path = ()) -> Any:
    """Planned values with what is known only after apply (``after_unknown``) put in as not known yet."""
    if unknown is True:
        members = [str(part) for part in path if isinstance(part, str)]
        last = members[-1] if members else ""
        what = f"{'.'.join(members)} of {address}, known only after apply"
        given = reader.value(f"{name}_{last}")
        return (
            given if given is not None else Partial([Unknown(reader.unknown(f"{name}-{last.replace('_', '-')}", what))])
        )
    if isinstance(unknown, Mapping) and (isinstance(values, Mapping) or values is None):
        merged = dict(values or {})
        for key, inner in unknown.items():
            if inner is False or (isinstance(inner, (list, dict)) and not inner):
                continue
            merged[key] = _with_unknown(reader, merged.get(key), inner, address, name, (*path, key))
        return merged
    if isinstance(unknown, list) and (isinstance(values, list) or values is None):
        longer = [*(values or [])]
        longer += [None] * (len(unknown) - len(longer))
        return [
            _with_unknown(reader, item, unknown[index] if index < len(unknown) else None, address, name, (*path, index))
            for index, item in enumerate(longer)
        ]
    return values

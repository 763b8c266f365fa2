"""The formats: how a value tells its format, and the reader of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from .commands import is_script
from .interfaces import Found, InputDocument, ReadingContext, mappings


def recognised(value: Any) -> str | None:
    """The format of a value that says so itself; None if it may only be an API request."""
    if isinstance(value, list):
        first = value[0] if value else None
        return "cloudtrail" if isinstance(first, Mapping) and "eventName" in first else None
    if isinstance(value, str) and is_script(value):
        return "commands"
    if not isinstance(value, Mapping):
        return None
    if _is_event(value) or _is_event(value.get("detail")) or isinstance(value.get("Records"), list):
        return "cloudtrail"
    if any("CloudTrailEvent" in item for item in mappings(value.get("Events"))):
        return "cloudtrail"
    if isinstance(value.get("apiVersion"), str) and "kind" in value:
        return "ack"
    if "terraform_version" in value or ("format_version" in value and ("planned_values" in value or "values" in value)):
        return "terraform"
    kind = value.get("Type")
    if (isinstance(kind, str) and kind.startswith("AWS::")) or "AWSTemplateFormatVersion" in value:
        return "cloudformation"
    resources = value.get("Resources")
    if isinstance(resources, Mapping) and any(
        key.startswith("Fn::") or (isinstance(item, Mapping) and "Type" in item) for key, item in resources.items()
    ):
        return "cloudformation"
    if isinstance(value.get("Steps"), list) and "Version" in value:
        return "pipeline"
    return None


def _is_event(value: Any) -> bool:
    return isinstance(value, Mapping) and "eventName" in value and "eventSource" in value


def reader(name: str) -> Callable[[ReadingContext, InputDocument], Iterator[Found]]:
    """The function that reads a format, imported when first needed."""
    function: Callable[[ReadingContext, InputDocument], Iterator[Found]] = import_module(f"{__package__}.{name}").read
    return function

"""Reads AWS CloudFormation: the requests that a template's SageMaker resources, or one resource, stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..reader import Found, InputDocument, ReadingContext
from ..template import Template
from ..text.places import Path
from .member_names import renamed

_TRANSFORM = "Fn::Transform"

#: How many combinations of undecided conditions a resource is composed for.
_MAX_VARIANTS = 16


def recognizes(value: Any) -> bool:
    """Whether a value is a template, or one resource of a template."""
    if not isinstance(value, Mapping):
        return False
    kind, resources = value.get("Type"), value.get("Resources")
    if (isinstance(kind, str) and kind.startswith("AWS::")) or "AWSTemplateFormatVersion" in value:
        return True
    return isinstance(resources, Mapping) and any(
        key.startswith("Fn::") or (isinstance(item, Mapping) and "Type" in item) for key, item in resources.items()
    )


def read(context: ReadingContext, document: InputDocument) -> Iterator[Found]:
    """The requests that a template's SageMaker resources stand for.

    Raises:
        InputError: it is no template and no resource.
    """
    template = Template(context, document)
    data = context.data("cloudformation")
    style = context.style("cloudformation")
    _macros(template, data)
    for name, resource in template.resources.items():
        path = template.paths[name]
        kind = resource.get("Type") if isinstance(resource, Mapping) else None
        if name == _TRANSFORM and not template.is_single:
            _transformed(template, path[:-1], {name: resource})
            continue
        if not template.is_single:
            _transformed(template, path, resource)
        if not isinstance(kind, str):
            continue
        known = data.get("types", {}).get(kind, {})
        operation = known.get("operation") or context.catalog.creating("cloudformation", kind)
        if not operation:
            if kind in template.references:
                _transformed(template, (*path, "Properties"), resource.get("Properties"))
            if what := "a module" if kind.endswith("::MODULE") else data.get("nested", {}).get(kind):
                message = f"{name} is {what}, whose resources are not read; give its template as well"
                template.notice("note", path, message)
            elif context.catalog.service_of_type("cloudformation", kind):
                message = f"{name}: it is not known which call creates {kind}; give the request of that call as well"
                template.notice("problem", path, message)
            continue
        if not context.catalog.knows(operation):
            continue
        _transformed(template, (*path, "Properties"), resource.get("Properties"))
        label = f"{kind} of {document.name}" if template.is_single else f"{name} of {document.name}"
        for members, suffix in _variants(template, name):
            moved = renamed(members, known.get("members", {}))
            yield Found(operation, moved, document.below(*path, "Properties"), label + suffix, style)


def _macros(template: Template, data: Mapping[str, Any]) -> None:
    """Names the macros that may change a template: what they make is not read."""
    value = template.document.value
    transform = value.get("Transform")
    for item in transform if isinstance(transform, list) else [transform]:
        name = item.get("Name") if isinstance(item, Mapping) else item
        if isinstance(name, str) and name not in data.get("transforms", ()):
            message = f"the macro {name} can change the template; give the processed template to have that read"
            template.notice("note", ("Transform",), message)
    _transformed(template, (), value)


def _transformed(template: Template, path: Path, value: Any) -> None:
    """Names a macro, such as AWS::Include, that adds to a part of a template: what it makes is not read."""
    if isinstance(value, Mapping) and _TRANSFORM in value:
        message = "what Fn::Transform makes is not read; give the processed template to have that read"
        template.notice("note", (*path, _TRANSFORM), message)


def _variants(template: Template, name: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The properties of a resource for each way in which undecided conditions can turn out, with an end for its label.

    What holds either way, and what only one way needs, are both composed; a note says what decides.
    """
    # What an earlier resource supposed about conditions does not hold here.
    template.assuming({}, None)
    resource, path = template.resources[name], template.paths[name]
    condition = resource.get("Condition")
    pending: list[dict[str, bool]] = [{}]
    if isinstance(condition, str):
        holds = template.condition(condition)
        if holds is False:
            message = f"{name} is ignored: its condition {condition} is false{template.by_default(condition)}"
            template.notice("note", path, message)
            return
        if holds is None:
            message = f"{name} is composed, though its condition {condition} might be false"
            template.notice("note", path, f"{message}; {template.decides(condition)}")
            pending = [{condition: True}]
    properties = resource.get("Properties", {})
    done: list[tuple[dict[str, bool], Any]] = []
    while pending:
        assumed = pending.pop(0)
        members, undecided = template.assuming(assumed, properties)
        if undecided and len(pending) + len(done) + 2 <= _MAX_VARIANTS:
            pending += [{**assumed, undecided: True}, {**assumed, undecided: False}]
            continue
        if undecided:
            message = f"too many conditions of {name} cannot be decided, {undecided} among them"
            template.notice("problem", ("Conditions", undecided), f"{message}; {template.decides(undecided)}")
        done.append((assumed, members))
    if not all(isinstance(members, Mapping) for _, members in done):
        template.notice("problem", path, f"the Properties of {name} must be a mapping")
        return
    names = list(dict.fromkeys(key for assumed, _ in done for key in assumed if key != condition))
    for key in names:
        ways: list[Any] = [next((m for a, m in done if a.get(key) is way), {}) for way in (True, False)]
        if differs := ", ".join(_differing(*ways)[:6]):
            message = f"{name} is composed for both ways that the condition {key} can turn out, which differ in"
            template.notice("note", ("Conditions", key), f"{message} {differs}; {template.decides(key)}")
    for assumed, members in done:
        cases = [f"{'' if holds else 'not '}{key}" for key, holds in assumed.items() if key in names]
        yield members, f" if {' and '.join(cases)}" if cases else ""


def _differing(first: Any, second: Any, path: str = "") -> list[str]:
    """The paths at which two values differ; a list that differs counts as one."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return [
            text
            for key in dict.fromkeys((*first, *second))
            for text in _differing(first.get(key), second.get(key), f"{path}.{key}" if path else str(key))
        ]
    return [] if first == second else [path]

"""Reads AWS CloudFormation: the requests that a template's SageMaker resources, or one resource, stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .interfaces import Found, InputDocument, ReadingContext
from .json_text import Path
from .names import Style, plain, renamed
from .template import Template

_TRANSFORM = "Fn::Transform"

#: How many combinations of undecided conditions a resource is composed for.
_MAX_VARIANTS = 16


def read(context: ReadingContext, document: InputDocument) -> Iterator[Found]:
    """The requests that a template's SageMaker resources stand for.

    Raises:
        InputError: it is no template and no resource.
    """
    template = Template(context, document)
    data = context.data("cloudformation")
    style = Style(
        members={plain(key): text for key, text in data.get("members", {}).items()},
        ignored=frozenset(plain(key) for key in data.get("ignored", ())),
    )
    _macros(context, document, document.value, data)
    for name, resource in template.resources.items():
        path = template.paths[name]
        kind = resource.get("Type") if isinstance(resource, Mapping) else None
        if name == _TRANSFORM and not template.is_single:
            _transformed(context, document, path[:-1], {name: resource})
            continue
        if not template.is_single:
            _transformed(context, document, path, resource)
        if not isinstance(kind, str):
            continue
        known = data.get("types", {}).get(kind, {})
        operation = known.get("operation") or context.catalog.creating("cloudformation", kind)
        if not operation:
            if kind in template.references:
                _transformed(context, document, (*path, "Properties"), resource.get("Properties"))
            _elsewhere(context, document.where(path), name, kind, data)
            continue
        if operation not in context.names.inputs:
            continue
        _transformed(context, document, (*path, "Properties"), resource.get("Properties"))
        label = f"{kind} of {document.name}" if template.is_single else f"{name} of {document.name}"
        for members, suffix in _variants(context, template, document, name, resource, path):
            moved = renamed(members, known.get("members", {}))
            yield Found(operation, moved, style, (*path, "Properties"), label + suffix)


def _macros(
    context: ReadingContext, document: InputDocument, template: Mapping[str, Any], data: Mapping[str, Any]
) -> None:
    """Names the macros that may change a template: what they make is not read."""
    transform = template.get("Transform")
    for item in transform if isinstance(transform, list) else [transform]:
        name = item.get("Name") if isinstance(item, Mapping) else item
        if isinstance(name, str) and name not in data.get("transforms", ()):
            message = f"the macro {name} can change the template; give the processed template to have that read"
            context.notice("note", document.where(("Transform",)), message)
    _transformed(context, document, (), template)


def _transformed(context: ReadingContext, document: InputDocument, path: Path, value: Any) -> None:
    """Names a macro, such as AWS::Include, that adds to a part of a template: what it makes is not read."""
    if isinstance(value, Mapping) and _TRANSFORM in value:
        message = "what Fn::Transform makes is not read; give the processed template to have that read"
        context.notice("note", document.where((*path, _TRANSFORM)), message)


def _elsewhere(context: ReadingContext, where: str, name: str, kind: str, data: Mapping[str, Any]) -> None:
    """Names a resource whose own resources are in another template."""
    what = "a module" if kind.endswith("::MODULE") else data.get("nested", {}).get(kind)
    if what:
        context.notice("note", where, f"{name} is {what}, whose resources are not read; give its template as well")


def _variants(
    context: ReadingContext,
    template: Template,
    document: InputDocument,
    name: str,
    resource: Mapping[str, Any],
    path: Path,
) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The properties of a resource for each way in which undecided conditions can turn out, with an end for its label.

    What holds either way, and what only one way needs, are both composed; a note says what decides.
    """
    # What an earlier resource supposed about conditions does not hold here.
    template.assuming({}, None)
    condition = resource.get("Condition")
    pending: list[dict[str, bool]] = [{}]
    if isinstance(condition, str):
        holds = template.condition(condition)
        if holds is False:
            context.notice(
                "note",
                document.where(path),
                f"{name} is ignored: its condition {condition} is false{template.by_default(condition)}",
            )
            return
        if holds is None:
            message = (
                f"{name} is composed, though its condition {condition} might be false; {template.decides(condition)}"
            )
            context.notice("note", document.where(path), message)
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
            message = f"too many conditions of {name} cannot be decided, {undecided} among them; "
            context.notice("problem", document.where(("Conditions", undecided)), message + template.decides(undecided))
        done.append((assumed, members))
    if not all(isinstance(members, Mapping) for _, members in done):
        context.notice("problem", document.where(path), f"the Properties of {name} must be a mapping")
        return
    names = list(dict.fromkeys(key for assumed, _ in done for key in assumed if key != condition))
    for key in names:
        ways: list[Any] = [next((m for a, m in done if a.get(key) is way), {}) for way in (True, False)]
        differs = ", ".join(_differing(*ways)[:6])
        if differs:
            message = (
                f"{name} is composed for both ways that the condition {key} can turn out, which differ in {differs}"
            )
            context.notice("note", document.where(("Conditions", key)), f"{message}; {template.decides(key)}")
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

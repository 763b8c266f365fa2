"""Rules over what the entries of data/services/libraries.yaml name: classes, requests, and functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sagemaker_roles.canonical import quoted
from sagemaker_roles.errors.problems import Problem

from ..records.strict_yaml import Map
from .context import Context, key_problem, nearest, problem, rule, unknown

#: What operations of {class} stand for: it follows from the class.
_CLASS = "{class}"


@rule
def library_names(context: Context) -> Iterator[Problem]:
    """Each class, request, service, and function that entries of libraries name exists, and no class is like itself."""
    libraries: Mapping[str, Map] = context.loaded.catalog.libraries
    classes = {name: one for library in libraries.values() for name, one in library.get("classes", {}).items()}
    shared = {name for library in libraries.values() for name in library.get("sends", {})}
    for library in libraries.values():
        for path, method in _methods(library):
            yield from _class_of(library, classes, method.get("makes", {}), *path, "makes")
            for number, send in enumerate(method.get("sends", ())):
                yield from _sent(context, library, shared, send, *path, "sends", number)
        for name, sends in library.get("sends", {}).items():
            for number, send in enumerate(sends):
                yield from _sent(context, library, shared, send, "sends", name, number)
        for part in ("classes", "alike"):
            for name, one in library.get(part, {}).items():
                yield from unknown("no class", classes, one, "like")
                yield from unknown(f"the class {quoted(name)} has no method", one.get("methods", ()), one, "unsent")
                for attribute, made in one.get("objects", {}).items():
                    yield from _class_of(library, classes, made, part, name, "objects", attribute)
                if part == "classes" and _is_like_itself(name, classes):
                    yield problem(f"the class {quoted(name)} is like itself", library, part, name, "like")


def _methods(library: Map) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    for name, function in library.get("functions", {}).items():
        yield ("functions", name), function
    for part in ("classes", "alike"):
        for name, one in library.get(part, {}).items():
            for method, said in one.get("methods", {}).items():
                yield (part, name, "methods", method), said


def _class_of(library: Map, classes: Mapping[str, Any], made: Mapping[str, Any], *place: str) -> Iterator[Problem]:
    for name in made:
        if name not in classes:
            yield key_problem(f"no class {quoted(name)}{nearest(name, classes)}", library, *place, name)


def _sent(
    context: Context, library: Map, shared: set[str], send: Mapping[str, Any], *place: str | int
) -> Iterator[Problem]:
    yield from unknown("nothing is sent alike as", shared, library, *place, "use")
    services: Mapping[str, Any] = context.loaded.catalog.code
    files = services.get("s3", {}).get("functions", {})
    yield from unknown("data/services/calls/s3.yaml has no function", files, library, *place, "does")
    if "operation" not in send or _CLASS in send["operation"]:
        return
    service = send.get("service", library.get("service", ""))
    known = {*context.reference.operations(service), *services.get(service, {}).get("functions", {})}
    if service not in services:
        yield problem(f"there is no data/services/calls/{service}.yaml", library, *place, "service")
    else:
        yield from unknown(f"{service} has no operation", known, library, *place, "operation")


def _is_like_itself(name: str, classes: Mapping[str, Any]) -> bool:
    seen: set[str] = set()
    while (name := classes.get(name, {}).get("like", "")) and name not in seen:
        seen.add(name)
    return bool(name)

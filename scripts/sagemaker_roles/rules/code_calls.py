"""What data/calls, libraries.yaml, and data-events.yaml say exists: operations, actions, functions, ARNs that fit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..canonical import quoted
from ..engine.code import example
from ..problems import Problem
from ..records.strict_yaml import Map
from .arns_of import fitting
from .context import Context, nearest, problem

RULE = "code-calls"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each name that does not exist, and each ARN that no action beside it has."""
    services: Mapping[str, Any] = context.loaded.catalog.code
    for service in services.values():
        known = context.reference.requests(service["service"])
        for name, needs in service.get("operations", {}).items():
            if name not in known:
                yield problem(RULE, f"no operation {quoted(name)}{nearest(name, known)}", service, "operations", name)
            for number, need in enumerate(needs):
                own = f"{service['prefix']}:{name}"
                yield from _need(context, service, need, own, "operations", name, number)
        for name, function in service.get("functions", {}).items():
            yield from _function(context, service, function, known, "functions", name)
        for kind, resource in service.get("resources", {}).items():
            for name, function in resource.get("methods", {}).items():
                yield from _function(context, service, function, known, "resources", kind, "methods", name)
    for library in context.loaded.catalog.libraries.values():
        yield from _library(context, services, library)
    for kind in context.loaded.catalog.data_events.values():
        for number, name in enumerate(kind["actions"]):
            prefix, _, action = name.partition(":")
            if action not in ("*", *context.reference.actions(prefix)) or not context.reference.actions(prefix):
                close = context.reference.nearest_action(name)
                yield problem(RULE, f"no action {quoted(name)}; did you mean {quoted(close)}?", kind, "actions", number)


def _need(context: Context, service: Map, need: Mapping[str, Any], own: str, *place: str | int) -> Iterator[Problem]:
    actions = {name: context.reference.action(name) for name in need.get("actions", [own])}
    for name in actions:
        if actions[name] is None:
            close = context.reference.nearest_action(name)
            yield problem(RULE, f"no action {quoted(name)}; did you mean {quoted(close)}?", service, *place)
    known = [action for action in actions.values() if action is not None]
    for text in need.get("resources", need.get("either", ())):
        for action in known if text != "*" and not re.fullmatch(r"\$\{[^}]+\}", text) else ():
            if not fitting(context.reference, action, example(text)):
                yield problem(RULE, f"{text} is not a resource of {action.name}", service, *place)


def _function(
    context: Context, service: Map, function: Mapping[str, Any], known: Mapping[str, Any], *place: str | int
) -> Iterator[Problem]:
    called = function.get("as")
    if called is not None and called not in known and called not in service.get("functions", {}):
        yield problem(RULE, f"no operation or function {quoted(called)}", service, *place)
    if "gives" in function and function["gives"] not in service.get("resources", {}):
        yield problem(RULE, f"no resource {quoted(function['gives'])}", service, *place)
    for need in function.get("needs", ()):
        yield from _need(context, service, need, "", *place)


def _library(context: Context, services: Mapping[str, Any], library: Map) -> Iterator[Problem]:
    functions = services.get("s3", {}).get("functions", {})
    for does in library.get("urls", {}):
        if does != "open" and does not in functions:
            yield problem(RULE, f"data/calls/s3.yaml has no function {quoted(does)}", library, "urls", does)
    for name, call in library.get("calls", {}).items():
        service = services.get(call["service"])
        known = {**context.reference.requests(call["service"]), **service.get("functions", {})} if service else {}
        for one in call["as"]:
            if one not in known:
                yield problem(RULE, f"{call['service']} has no operation {quoted(one)}", library, "calls", name)

"""Kinds of resources, and what statements ask of them: forms, fields, patterns, placeholders, constants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog import GLOBALS, Condition, Entry, Kind, Statement, Trust
from sagemaker_roles.engine.compose import names_in, parse
from sagemaker_roles.engine.values import pattern as compiled
from sagemaker_roles.errors.problems import Problem

from .context import Context, at, condition_values, key_problem, nearest, problem, rule

#: What the fields that all ARNs share look like; forms may read them out of a value.
_GLOBALS = {
    "Partition": "aws(-[a-z]{1,10}){0,2}",
    "Region": "[a-z]{2,4}-[a-z-]{3,24}-[0-9]{1,2}",
    "Account": "[0-9]{12}",
}


@rule
def kind_examples(context: Context) -> Iterator[Problem]:
    """Examples of a resource kind are read as the form they stand for, and counterexamples as none."""
    for kind in context.kinds:
        yield from _examples(kind)
        for index, text in enumerate(kind.data["counterexamples"]):
            if parsed := parse(kind, text):
                message = f"{quoted(text)} is read as {parsed[0].id}; fix that pattern or take the counterexample out"
                yield problem(message, kind.data, "counterexamples", index)
        for name, field in kind.fields.items():
            if not _whole(field.pattern, field.example):
                message = f"{quoted(field.example)} does not fit the pattern of {name}; correct one of them"
                yield problem(message, kind.data, "fields", name, "example")


def _examples(kind: Kind) -> Iterator[Problem]:
    for index, form in enumerate(kind.forms):
        for number, text in enumerate(form.examples):
            place = ("forms", index, "examples", number)
            parsed = parse(kind, text)
            if parsed is None:
                why = f"is longer than {kind.max_length}" if len(text) > kind.max_length else "does not fit its pattern"
                yield problem(f"{quoted(text)} {why}", kind.data, *place)
            elif parsed[0].id != form.id:
                message = (
                    f"{quoted(text)} is read as the form {parsed[0].id}, which is tried earlier; reorder the forms"
                )
                yield problem(message, kind.data, *place)
            else:
                for name, value in parsed[1].items():
                    pattern = (
                        _GLOBALS[name] if name in GLOBALS else kind.fields[name].pattern if name in kind.fields else ""
                    )
                    if pattern and not _whole(pattern, value):
                        message = f"gives {name} the value {quoted(value)}, which does not fit the pattern of {name}"
                        yield problem(message, kind.data, *place)


def _whole(pattern: str, text: str) -> bool:
    return compiled(pattern).fullmatch(text) is not None


@rule
def kind_fields(context: Context) -> Iterator[Problem]:
    """A resource kind declares each field its forms and scopes name, and no others; its default form is one to fill."""
    for kind in context.kinds:
        used: set[str] = set()
        known = {*kind.fields, *GLOBALS}
        for index, form in enumerate(kind.forms):
            used.update(form.fields)
            for name in form.fields:
                if name not in known:
                    message = f"the group {name} is not a field{nearest(name, known)}"
                    yield problem(message, kind.data, "forms", index, "pattern")
            if form.id in {other.id for other in kind.forms[:index]}:
                yield problem(f"there is a form {form.id} already; rename one", kind.data, "forms", index, "id")
            if form.no_permission and "scopes" in kind.data["forms"][index]:
                message = "a form that needs no permission has no scopes; take them out"
                yield key_problem(message, kind.data, "forms", index, "scopes")
        for template, place in _scope_templates(kind):
            for name in names_in(template):
                used.add(name)
                if name not in known:
                    yield problem(f"${{{name}}} is not a field{nearest(name, known)}", kind.data, *place)
        for name in kind.fields:
            if name in GLOBALS:
                yield key_problem(f"{name} is a field of every ARN; rename it", kind.data, "fields", name)
            elif name not in used:
                message = f"no form and no scope has the field {name}; take it out"
                yield key_problem(message, kind.data, "fields", name)
        yield from _default(kind)


def _default(kind: Kind) -> Iterator[Problem]:
    form = kind.form(kind.default)
    place = at(kind.data, "default" if "default" in kind.data else "forms")
    usable = [item.id for item in kind.forms if not item.no_permission]
    if form is None:
        yield Problem(place, "", f"there is no form {quoted(kind.default)}{nearest(kind.default, usable)}")
    elif form.no_permission:
        message = f"the form {form.id} needs no permission, so placeholders cannot stand for it; name one of "
        yield Problem(place, "", message + ", ".join(usable))


def _scope_templates(kind: Kind) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    holders: list[tuple[Mapping[str, Any], tuple[str | int, ...]]] = [(kind.data.get("scopes", {}), ("scopes",))]
    holders += [(form.get("scopes", {}), ("forms", index, "scopes")) for index, form in enumerate(kind.data["forms"])]
    for scopes, place in holders:
        for name, scope in scopes.items():
            for index, template in enumerate(scope.get("Resource", ())):
                yield template, (*place, name, "Resource", index)
            for value, where in condition_values(scope.get("Condition", {})):
                yield value, (*place, name, "Condition", *where)


#: A pattern's parts: an escaped character, a class, the opening of a group, a repetition, any other character.
_PART = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?(?:<[A-Za-z0-9]+>|:))?|[*+?]|\{[0-9]*,?[0-9]*\}|.", re.DOTALL
)
#: A partition that no field holds.
_UNNAMED = re.compile(r"arn:(?!\(\?<Partition>)")
_BOUNDS = re.compile(r"\{([0-9]*)(,?)([0-9]*)\}")


@rule
def kind_patterns(context: Context) -> Iterator[Problem]:
    """Patterns cannot take unbounded time: every repetition has an end, repeated groups begin with a separator."""
    for kind in context.kinds:
        for name, field in kind.fields.items():
            for message in faults(field.pattern):
                yield problem(message, kind.data, "fields", name, "pattern")
        for index, form in enumerate(kind.forms):
            for message in faults(form.pattern):
                yield problem(message, kind.data, "forms", index, "pattern")
            if _UNNAMED.search(form.pattern):
                message = "a partition must be a field, so that it is checked: arn:(?<Partition>aws[a-z-]{0,10}):"
                yield problem(message, kind.data, "forms", index, "pattern")
    partitions = context.loaded.catalog.partitions
    for name, partition in partitions.items():
        for message in faults(partition["region_pattern"]):
            yield problem(message, partitions, name, "region_pattern")


def faults(pattern: str) -> list[str]:
    """What is wrong with a pattern, in words."""
    messages: list[str] = []
    # Of each open group: its parts so far, and whether something in it is repeated a varying number of times.
    groups: list[tuple[list[str], bool]] = [([], False)]
    closed: tuple[list[str], bool] | None = None
    for part in _PART.findall(pattern):
        bounds = _bounds(part)
        if bounds is not None:
            least, most = bounds
            if most is None:
                messages.append(f"{quoted(part)} has no end; write a number of characters, such as {{1,64}}")
            if closed is not None and closed[1] and (most is None or most > 1) and not _separated(closed[0]):
                messages.append(
                    f"the group before {quoted(part)} contains a repetition and is repeated: begin it with a separator "
                    "that nothing else in it matches"
                )
            groups[-1] = (groups[-1][0], groups[-1][1] or least != most)
            closed = None
            continue
        closed = None
        if part.startswith("(") and len(part) != 2:
            groups.append(([], False))
        elif part == ")" and len(groups) > 1:
            closed = groups.pop()
            groups[-1] = (groups[-1][0] + closed[0], groups[-1][1] or closed[1])
        else:
            groups[-1][0].append(part)
    return list(dict.fromkeys(messages))


def _bounds(part: str) -> tuple[int, int | None] | None:
    """How often a repetition repeats at least and at most (None: without end); None for any other part."""
    if part in ("*", "+", "?"):
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[part]
    match = _BOUNDS.fullmatch(part)
    if not match or not (match[1] or match[3]):
        return None
    least = int(match[1] or 0)
    return least, (int(match[3]) if match[3] else None) if match[2] else least


def _separated(parts: list[str]) -> bool:
    """Whether the first part of a group is a character that no other part matches."""
    if not parts or parts[0].startswith("[") or "|" in parts:
        return False
    separator = parts[0].removeprefix("\\")
    return not any(re.fullmatch(part, separator) for part in parts[1:] if part not in ("(", ")"))


@rule
def accepts(context: Context) -> Iterator[Problem]:
    """Forms and scopes that statements ask for exist in the kinds of their parameters.

    What is wrong in a shared statement is its own fault; where it is used, the rest follows from it.
    """
    own = [problem for entry in context.authored for problem in _problems(context, entry)]
    yield from own
    faulty = {problem.position.path for problem in own}
    for entry in context.uses:
        if context.unfound(entry):
            continue  # another rule reports it
        for wrong in _problems(context, entry, is_use=True):
            shared = {at(statement.data).path for statement in entry.statements}
            yield replace(wrong, follows=tuple(sorted(shared & faulty)))


def _problems(context: Context, entry: Entry, *, is_use: bool = False) -> Iterator[Problem]:
    yield from _forms(context, entry)
    if is_use and "accepts" not in entry.data:
        return
    for statement in entry.statements:
        yield from _scopes(context, entry, statement, f"in {statement.sid}: " if is_use else "")


def _forms(context: Context, entry: Entry) -> Iterator[Problem]:
    for parameter, forms in entry.data.get("accepts", {}).items():
        if parameter not in entry.parameters:
            message = f"there is no parameter {quoted(parameter)}{nearest(parameter, entry.parameters)}"
            yield key_problem(message, entry.data, "accepts", parameter)
            continue
        kind = context.kind(entry.parameters[parameter])
        if kind is None:
            if entry.parameters[parameter] == "constant":
                message = f"{parameter} is a constant; only values of a kind have forms"
                yield key_problem(message, entry.data, "accepts", parameter)
            continue
        for index, name in enumerate(forms):
            form = kind.form(name)
            if form is None:
                known = [item.id for item in kind.forms if not item.no_permission]
                message = f"{kind.id} has no form {quoted(name)}{nearest(name, known)}"
                yield problem(message, entry.data, "accepts", parameter, index)
            elif form.no_permission:
                message = f"the form {name} of {kind.id} needs no permission, so no statement is for it; take it out"
                yield problem(message, entry.data, "accepts", parameter, index)


def _scopes(context: Context, entry: Entry, statement: Statement, before: str) -> Iterator[Problem]:
    kinds = {name: context.kind(kind_id) for name, kind_id in entry.parameters.items() if kind_id != "constant"}
    if any(kind is None for kind in kinds.values()):
        return
    for index, scope in enumerate(statement.scopes):
        place = (statement.data, "scope", index) if not before else (entry.data, "accepts")
        owners = [
            (name, kind) for name, kind in kinds.items() if kind and any(scope in form.scopes for form in kind.forms)
        ]
        if not owners:
            known = {item for kind in kinds.values() if kind for form in kind.forms for item in form.scopes}
            message = f"{before}no parameter has the scope {quoted(scope)}{nearest(scope, known)}"
            yield problem(message, *place)
        for name, kind in owners:
            lacking = [form.id for form in entry.forms(name, kind) if scope not in form.scopes]
            if lacking:
                message = (
                    f"{before}{kind.id} has no scope {scope} in the form {', '.join(lacking)}; "
                    f"leave that out of the forms of {name} in `accepts`"
                )
                yield problem(message, *place)


@rule
def placeholders(context: Context) -> Iterator[Problem]:
    """Placeholders in templates are declared, and every parameter is used.

    A parameter whose value decides whether the statements are there at all (because some forms of its kind need none)
    need not be named.
    """
    for trust in context.trusts():
        yield from _trust(context, trust)
    for entry in context.authored:
        kinds = {name: kind for name, kind_id in entry.parameters.items() if (kind := context.kind(kind_id))}
        if len(kinds) < sum(kind_id != "constant" for kind_id in entry.parameters.values()):
            continue  # a kind that does not exist: what it would declare is not known
        used: set[str] = set()
        for statement in entry.statements:
            yield from _statement(entry, kinds, statement, used)
        for name, kind_id in entry.parameters.items():
            if name in used or (name in kinds and _decides(entry, name, kinds[name])):
                continue
            message = f"no statement names ${{{name}}}" if kind_id == "constant" else f"nothing uses {name}"
            yield key_problem(f"{message}; take the parameter out", entry.data, "parameters", name)


def _trust(context: Context, trust: Trust) -> Iterator[Problem]:
    """A trust statement is filled with what every ARN shares and with the fields of its parameters."""
    kinds = {name: kind for name, kind_id in trust.entry.parameters.items() if (kind := context.kind(kind_id))}
    if len(kinds) < len(trust.entry.parameters):
        return  # a kind that does not exist: what it would declare is not known
    fields = {name: {name if item == "Value" else item for item in kind.fields} for name, kind in kinds.items()}
    known = [*GLOBALS, *sorted(set().union(*fields.values()))]
    used: set[str] = set()
    texts: list[tuple[str, tuple[str | int, ...]]] = [
        (text, ("Principal", kind, index))
        for kind, values in trust.principal.items()
        for index, text in enumerate(values)
    ]
    for text, place in [*texts, *_condition(trust.condition)]:
        for name in names_in(text):
            used.add(name)
            if name not in known:
                has = ", ".join(f"${{{item}}}" for item in known)
                message = f"${{{name}}} is not declared; this trust statement has {has}"
                yield problem(message, trust.data, *place)
    for name, own in fields.items():
        if not own & used:
            yield key_problem(f"nothing uses {name}; take the parameter out", trust.data, "parameters", name)


def _statement(entry: Entry, kinds: dict[str, Kind], statement: Statement, used: set[str]) -> Iterator[Problem]:
    used.update(
        name
        for name, kind in kinds.items()
        if any(scope in form.scopes for scope in statement.scopes for form in kind.forms)
    )
    for template, place in _templates(statement):
        for name in names_in(template):
            if name in GLOBALS:
                continue
            if entry.parameters.get(name) == "constant":
                used.add(name)
                continue
            field = "Value" if name in kinds else name
            owners = {
                owner: kind
                for owner, kind in kinds.items()
                if field in kind.fields and (field == name or owner == name)
            }
            used.update(owners)
            if not owners:
                yield problem(_undeclared(entry, kinds, name), statement.data, *place)
            for owner, kind in owners.items():
                forms = [form for form in entry.forms(owner, kind) if not form.no_permission]
                # Two forms can have one ID by mistake, which is a problem of its own.
                if lacking := dict.fromkeys(form.id for form in forms if field not in form.fields):
                    message = (
                        f"${{{name}}} has no value in the form {', '.join(lacking)} of {kind.id}; "
                        f"remove the form from `accepts` of {owner}, or require a scope"
                    )
                    yield problem(message, statement.data, *place)


def _templates(statement: Statement) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    for index, template in enumerate(statement.resources):
        yield template, ("Resource", index)
    yield from _condition(statement.condition)


def _condition(condition: Condition) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    for operator, keys in condition.items():
        for key in keys:
            yield key, ("Condition", operator, key)
    for value, place in condition_values(condition):
        yield value, ("Condition", *place)


def _undeclared(entry: Entry, kinds: dict[str, Kind], name: str) -> str:
    if name in kinds:
        fields = ", ".join(f"${{{field}}}" for field in kinds[name].fields)
        return f"${{{name}}} names the parameter; name a field of its kind {kinds[name].id}: {fields}"
    known = {*GLOBALS, *(item for item, kind in entry.parameters.items() if kind == "constant")}
    for parameter, kind in kinds.items():
        known.update(parameter if field == "Value" else field for field in kind.fields)
    return f"${{{name}}} is not declared{nearest(name, known)}"


def _decides(entry: Entry, name: str, kind: Kind) -> bool:
    return len(entry.forms(name, kind)) < len(kind.forms)


@rule
def constants(context: Context) -> Iterator[Problem]:
    """Uses fill each constant of a statement set with `with`, and nothing else."""
    for entry in [*context.uses, *(entry for entry in context.authored if not entry.use)]:
        if context.unfound(entry):
            continue
        constants = [name for name, kind in entry.parameters.items() if kind == "constant"]
        for name in constants:
            if name not in entry.constants:
                message = f"the constant {name} has no value; add `with: {{{name}: …}}`"
                yield problem(message, entry.data, "with")
        for name, value in entry.constants.items():
            if name not in constants:
                kind = entry.parameters.get(name, "")
                hint = f"; a value of the kind {kind} comes from a request member (`from`)" if kind else ""
                message = f"{name} is not a constant of it{hint or nearest(name, constants)}"
                yield key_problem(message, entry.data, "with", name)
            for placeholder in names_in(value):
                message = f"${{{placeholder}}} in a constant is never filled; write the value out"
                yield problem(message, entry.data, "with", name)

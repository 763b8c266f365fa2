"""The ARNs that statements name, written with the examples of their parameters' kinds. No rule of its own."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product

from sagemaker_roles.catalog import Condition, Entry, Form, Kind, Statement
from sagemaker_roles.engine.values import GLOBAL_EXAMPLES, names_in, parts
from sagemaker_roles.iam import arns
from sagemaker_roles.iam.arn_parts import parse, parts_of

from ..aws.reference import Action, Reference, ResourceType
from .context import Context, at

#: Of how many statements a context keeps what they name; more than there are, but for generated knowledge bases.
_KEPT = 10_000

#: What a placeholder becomes about which nothing is known.
_OPEN = "*"


@dataclass(frozen=True, slots=True)
class NamedArn:
    """An ARN that a statement names.

    Attributes:
        template: as written.
        arn: with example values in it.
        place: where it stands in the statement: ``("Resource", 0)`` or ``("scope", 0)``.
        form: the form of the value whose scope it is, as ``key of s3-uri``; "" for the statement's own Resource.
        condition: what the form adds to the statement's condition.
    """

    template: str
    arn: str
    place: tuple[str, int]
    form: str = ""
    condition: Condition = field(default_factory=dict)


def named(context: Context, entry: Entry, statement: Statement) -> tuple[NamedArn, ...]:
    """What a statement names, for each accepted form of each parameter and each of the form's examples."""
    # What tells apart entries that name different things: records share many that do not.
    accepted = ((name, *forms) for name, forms in entry.accepted.items())
    key = (at(statement.data), tuple(entry.constants.items()), tuple(entry.parameters.items()), tuple(accepted))
    if key not in context.named:
        if len(context.named) >= _KEPT:
            context.named.clear()
        context.named[key] = tuple(_named(context, entry, statement))
    return context.named[key]


def _named(context: Context, entry: Entry, statement: Statement) -> Iterator[NamedArn]:
    for index, template in enumerate(statement.resources):
        for text in expanded(context, entry, template):
            yield NamedArn(template, text, ("Resource", index))
    for index, name in enumerate(statement.scopes):
        for kind, form in scope_forms(context, entry, name):
            scope = form.scopes[name]
            for fields in context.examples(kind, form):
                for template in scope.resources:
                    text = _filled(template, {**_fallback(kind), **fields})
                    yield NamedArn(template, text, ("scope", index), f"{form.id} of {kind.id}", scope.condition)


def scope_forms(context: Context, entry: Entry, name: str) -> Iterator[tuple[Kind, Form]]:
    """The forms of an entry's parameters that have a scope of that name."""
    for parameter, kind_id in entry.parameters.items():
        kind = context.kind(kind_id)
        for form in entry.forms(parameter, kind) if kind else ():
            if kind is not None and name in form.scopes:
                yield kind, form


def expanded(context: Context, entry: Entry, template: str) -> list[str]:
    """A template of a statement's own, filled with the examples of the forms whose fields it names."""
    names = set(names_in(template))
    choices: list[list[dict[str, str]]] = []
    for parameter, kind_id in entry.parameters.items():
        if kind_id == "constant":
            choices.append([{parameter: entry.constants.get(parameter, _OPEN)}])
            continue
        kind = context.kind(kind_id)
        if kind is None or not names & {parameter, *kind.fields}:
            continue
        options: list[dict[str, str]] = []
        for form in entry.forms(parameter, kind):
            for fields in context.examples(kind, form):
                known = {**_fallback(kind), **fields}
                if "Value" in known:
                    known[parameter] = known.pop("Value")
                if (option := {name: text for name, text in known.items() if name in names}) not in options:
                    options.append(option)
        choices.append(options or [{}])
    filled = (
        _filled(template, {name: text for part in combination for name, text in part.items()})
        for combination in product(*choices)
    )
    return list(dict.fromkeys(filled))


def _filled(template: str, values: Mapping[str, str]) -> str:
    return "".join(
        part if index % 2 == 0 else values.get(part, GLOBAL_EXAMPLES.get(part, _OPEN))
        for index, part in enumerate(parts(template))
    )


def _fallback(kind: Kind) -> dict[str, str]:
    return {name: item.example for name, item in kind.fields.items()}


def resource_types(reference: Reference, action: Action) -> list[ResourceType]:
    """The resource types an action can be limited to."""
    prefix = action.name.partition(":")[0]
    types = (reference.resource_type(prefix, name) for name in action.resource_types)
    return [item for item in types if item is not None]


@cache
def fitting(reference: Reference, action: str, *named: str) -> tuple[ResourceType, ...]:
    """Those of the resource types of an action that one of some ARNs with example values names."""
    known = reference.action(action)
    formats = _formats(reference, action.partition(":")[0])
    return tuple(
        item
        for item in (resource_types(reference, known) if known else ())
        if any(arn == "*" or arns.fits(arn, item.arn, formats) for arn in named)
    )


@cache
def _formats(reference: Reference, prefix: str) -> tuple[str, ...]:
    types = (reference.resource_type(prefix, name) for name in reference.resource_types(prefix))
    return tuple(dict.fromkeys(item.arn for item in types if item is not None))


def names_all(template: str, types: Iterable[ResourceType]) -> bool:
    """Whether a template names every resource of one of these types: nothing in it tells one from another."""
    written = "".join("x" if index % 2 else part for index, part in enumerate(parts(template)))
    return any(arns.covers_all(written, item.arn) for item in types)


def service_formats(reference: Reference, value: str) -> str:
    """What is wrong with an ARN in a condition: the end of a sentence about it, or ""."""
    if not value.startswith("arn:"):
        return "" if value == "*" or value.startswith("${") else "is not an ARN; one begins with arn:${Partition}:"
    parsed = parse(value)
    if parsed is None:
        return "is not an ARN: it has fewer than six parts"
    service = parsed.service
    if "*" in service or "$" in service:
        return ""
    formats = _formats_by_service(reference).get(service)
    if formats is None:
        return f"is the ARN of no known service: {service}"
    text = "".join("x" if index % 2 else part for index, part in enumerate(parts(value)))
    if any(arns.fits(text, arn) for arn in formats):
        return ""
    close = difflib.get_close_matches(value, formats, 2, 0)
    return f"is the ARN of no resource type of {service}; right would be {' or '.join(close)}"


@cache
def _formats_by_service(reference: Reference) -> dict[str, list[str]]:
    """All ARN formats by the service in them, which several prefixes of actions can share."""
    by_service: dict[str, list[str]] = {}
    for arn in dict.fromkeys(arn for prefix in reference.prefixes() for arn in _formats(reference, prefix)):
        by_service.setdefault(parts_of(arn).service, []).append(arn)
    return by_service

"""What ``check_with`` in a schema can ask of a value: each check yields what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jmespath
from jmespath.exceptions import ParseError

from ..canonical import quoted
from ..engine.interpreter import FUNCTIONS, functions

#: Keys of a statement that stand in the set which an entry uses, and those that a statement of its own must have.
NOT_WITH_USE = ("Sid", "parameters", "Action", "Resource", "scope", "Condition", "unscoped")
STATEMENT = ("Sid", "Action", "why", "evidence", "sources")
_PARTITION = re.compile(r"arn:[^$*:]+:")
_PLACEHOLDER = re.compile(r"\$\{[A-Z][A-Za-z0-9]*\}|\$\{[a-z][a-z0-9-]*:[A-Za-z0-9:/_.-]+\}")
_UNPORTABLE = re.compile(r"\\[wWdDsSbBAZ]|(?<!\\)\.(?![^\[]*\])|\(\?(?!:|<[A-Za-z])")


def _one_line(value: str) -> Iterator[str]:
    if "\n" in value or value != value.strip():
        yield "must be one line without spaces at its ends"


def _sentence(value: str) -> Iterator[str]:
    yield from _one_line(value)
    # A comma within [ ] parts a text that is not quoted.
    if not re.search(r"[.!?][)`\"']?$", value):
        yield "must end with a full stop; a sentence that has a comma in it is quoted within [ ]"


def _unique(value: list[Any]) -> Iterator[str]:
    seen: set[str] = set()
    for item in value:
        if isinstance(item, str) and item in seen:
            yield f"{quoted(item)} stands twice; remove the duplicate"
        seen.add(item if isinstance(item, str) else json.dumps(item, default=str))


def _sorted_unique(value: list[Any]) -> Iterator[str]:
    yield from _unique(value)
    if all(isinstance(item, str) for item in value) and list(value) != sorted(value):
        yield f"must be in alphabetical order: {', '.join(sorted(value))}"


def _jmespath(value: str) -> Iterator[str]:
    try:
        parsed = jmespath.compile(str(value)).parsed
    except ParseError as error:
        yield f"not a JMESPath expression: {' '.join(str(error).split())}"
        return
    for name in {}.fromkeys(functions(parsed)):
        if name not in FUNCTIONS:
            yield f"{name}() is none of the functions of records: {', '.join(FUNCTIONS)}"


def _template_of_one_partition(value: str) -> Iterator[str]:
    if "$" in _PLACEHOLDER.sub("", value):
        yield "a placeholder is written ${Name} in CamelCase, a variable of IAM ${service:…}"


def _template(value: str) -> Iterator[str]:
    yield from _template_of_one_partition(value)
    if _PARTITION.match(value):
        yield "names a partition, but policies are for all; write arn:${Partition}:…"


def _portable_pattern(value: str) -> Iterator[str]:
    if match := _UNPORTABLE.search(value):
        yield f"{quoted(match.group())} differs between Python and JavaScript; use a character class"
        return
    if re.search(r"\([^()]*[+*][^()]*\)[+*]", value):
        yield "a repeated group contains a repetition: it can take unbounded time"
    try:
        re.compile(value.replace("(?<", "(?P<"))
    except re.error as error:
        yield f"not a regular expression: {error}"


def _resource_or_scope(value: Mapping[str, Any]) -> Iterator[str]:
    if ("Resource" in value) == ("scope" in value):
        yield "needs exactly one of Resource (ARN templates) and scope (scopes of a resource kind)"


def _entry(value: Mapping[str, Any]) -> Iterator[str]:
    if "use" in value:
        if wrong := [key for key in NOT_WITH_USE if key in value]:
            yield f"has `use`, so {', '.join(wrong)} belong into that statement set"
    elif missing := [key for key in STATEMENT if key not in value]:
        yield f"needs either `use` or a statement of its own, which lacks {', '.join(missing)}"
    else:
        yield from _resource_or_scope(value)


def _read(value: Mapping[str, Any]) -> Iterator[str]:
    if ("statements" in value) == ("no_permission" in value):
        yield "needs exactly one of statements and no_permission"
    elif "no_permission" in value:
        if missing := [key for key in ("evidence", "sources") if key not in value]:
            yield f"has no_permission, so it needs {' and '.join(missing)}"
    elif wrong := [key for key in ("evidence", "sources") if key in value]:
        yield f"has statements, so {' and '.join(wrong)} belong into these"
    if "keys" not in value and "no_permission" not in value:
        yield "has statements, so it needs the keys whose values they are for"
    if "keys" in value and "unless" in value:
        yield "has keys, so `unless` is never used; take it out"


def _activation(value: Mapping[str, Any]) -> Iterator[str]:
    if "when" in value and "usage" in value:
        yield "has both `when` (a request member decides) and `usage` (the user decides); remove the duplicate"
    if "usage" in value and "usage_without" in value:
        yield "has `usage` already, so `usage_without` is never used; take it out"
    if "statements" not in value and "trust" not in value:
        yield "adds nothing: give statements or trust"


#: The type of the values that a check is for, and the check.
CHECKS: dict[str, tuple[str, Callable[[Any], Iterator[str]]]] = {
    "one_line": ("string", _one_line),
    "sentence": ("string", _sentence),
    "jmespath": ("string", _jmespath),
    "template": ("string", _template),
    "template_of_one_partition": ("string", _template_of_one_partition),
    "portable_pattern": ("string", _portable_pattern),
    "unique": ("list", _unique),
    "sorted_unique": ("list", _sorted_unique),
    "resource_or_scope": ("dict", _resource_or_scope),
    "entry": ("dict", _entry),
    "read": ("dict", _read),
    "activation": ("dict", _activation),
}

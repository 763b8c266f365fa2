"""Checks values against the schemas of data/schema and reports every fault at its position.

A schema maps the keys of a mapping to rules. A rule says of one value its ``type``; ``schema`` of its items or keys, or
``keysrules`` and ``valuesrules`` of any keys; ``required``; ``empty``, ``minlength``, ``maxlength``, ``min``, ``max``,
``allowed``, ``regex`` (of the whole text); ``check_with``, checks of this module; and ``meta``, which is for editors.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jmespath.exceptions import ParseError

from ..canonical import quoted
from ..engine.expressions import expression
from ..engine.interpreter import FUNCTIONS, functions
from ..engine.values import pattern
from ..errors.problems import DataError, Position, Problem
from .strict_yaml import Map, Seq, Text, read_yaml, where

RULE = "schema"
_TYPES: Mapping[str, tuple[Any, str]] = {
    "string": (str, "text"),
    "list": (list, "a list"),
    "dict": (dict, "a mapping"),
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
}
#: What a rule can say.
_SAYS = frozenset({"type", "schema", "keysrules", "valuesrules", "required", "allowed", "regex", "check_with", "meta"})
_SAYS |= {"empty", "minlength", "maxlength", "min", "max"}
#: Keys of a statement that stand in the set which an entry uses, and those that a statement of its own must have.
NOT_WITH_USE = ("Sid", "parameters", "Action", "Resource", "scope", "Condition", "unscoped")
STATEMENT = ("Sid", "Action", "why", "evidence", "sources")
_PARTITION = re.compile(r"arn:[^$*:]+:")
_PLACEHOLDER = re.compile(r"\$\{[A-Z][A-Za-z0-9]*\}|\$\{[a-z][a-z0-9-]*:[A-Za-z0-9:/_.-]+\}")
_UNPORTABLE = re.compile(r"\\[wWdDsSbBAZ]|(?<!\\)\.(?![^\[]*\])|\(\?(?!:|<[A-Za-z])")

#: The way to a value, whether the fault is of the last key itself, and what is wrong.
_Fault = tuple[tuple[Any, ...], bool, str]


# --- checks of values that have the type that their rule says ----------------------------------------------------


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
        parsed = expression(str(value)).parsed
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
        pattern(value)
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
    if "use" in value:
        if wrong := [key for key in value if key not in ("use", "omit")]:
            yield f"has `use`, so {', '.join(wrong)} belong into that set of add-ons"
        return
    if missing := [key for key in ("id", "title") if key not in value]:
        yield f"needs either `use` or an add-on of its own, which lacks {', '.join(missing)}"
    if "when" in value and "usage" in value:
        yield "has both `when` (a request member decides) and `usage` (the user decides); remove the duplicate"
    if "usage" in value and "usage_without" in value:
        yield "has `usage` already, so `usage_without` is never used; take it out"
    if "statements" not in value and "trust" not in value:
        yield "adds nothing: give statements or trust"


_CHECKS: Mapping[str, Callable[[Any], Iterator[str]]] = {
    check.__name__.removeprefix("_"): check
    for check in (
        *(_one_line, _sentence, _unique, _sorted_unique, _jmespath, _template, _template_of_one_partition),
        *(_portable_pattern, _resource_or_scope, _entry, _read, _activation),
    )
}


def _faults(rules: Mapping[str, Any], value: Any, forms: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a value by itself, of the type that its rules say."""
    if rules.get("empty") is False and not value:
        yield "must not be empty"
        return
    if value not in rules.get("allowed", (value,)):
        yield f"{quoted(value)} is none of {', '.join(map(str, rules['allowed']))}"
    if "regex" in rules and not re.fullmatch(rules["regex"], value):
        yield f"{quoted(value)} must be {forms.get(rules['regex'], 'of the form that its schema has')}"
    least, most = rules.get("minlength", 0), rules.get("maxlength")
    what = "characters" if isinstance(value, str) else "entries"
    if least and len(value) < least:
        is_text = isinstance(value, str)
        yield "must not be empty" if least == 1 and not is_text else f"too short: at least {least} {what}"
    if most is not None and len(value) > most:
        yield f"too long: at most {most} {what}"
    for bound, is_beyond in (("min", value.__lt__), ("max", value.__gt__)):
        if bound in rules and is_beyond(rules[bound]):
            yield f"{value} is out of bounds ({bound} {rules[bound]})"
    checks = rules.get("check_with", ())
    for name in (checks,) if isinstance(checks, str) else checks:
        yield from _CHECKS[name](value)


def kind_of(value: Any) -> str:
    """What was read, in words."""
    if isinstance(value, bool):
        return "a boolean"
    return {"Text": "text", "str": "text", "Seq": "a list", "Map": "a mapping", "int": "a number"}.get(
        type(value).__name__, type(value).__name__
    )


class Schemas:
    """The schemas of one folder, ready to check values.

    Args:
        folder: data/schema.

    Raises:
        DataError: a schema file cannot be read or is no schema.
    """

    def __init__(self, folder: Path) -> None:
        self._schemas: dict[str, dict[str, Any]] = {}
        self._folder = f"{folder.parent.name}/{folder.name}"
        problems: list[Problem] = []
        if not folder.is_dir():
            problems.append(Problem(Position(self._folder), RULE, "the folder of the schemas is missing"))
        for file in sorted(folder.glob("*.yaml")):
            value, faults = read_yaml(file, f"{self._folder}/{file.name}")
            problems += faults
            if isinstance(value, Map):
                self._schemas[file.stem] = _plain(value)
        if problems:
            raise DataError(problems)
        definitions = self._schemas.pop("definitions", {"rules": {}, "schemas": {}})
        for part in ("rules", "schemas"):
            if not isinstance(definitions.get(part), dict):
                raise DataError([Problem(self._place("definitions"), RULE, f"needs a mapping called {part}")])
        named = definitions["rules"]
        self._schemas = {name: _spelled_out(value, named) for name, value in self._schemas.items()}
        self.definitions = {part: _spelled_out(value, named) for part, value in definitions.items()}
        faults = [*self._unsound("definitions", {"type": "dict", "schema": self.definitions["rules"]})]
        for name, schema in {**self.definitions["schemas"], **self._schemas}.items():
            place = name if name in self._schemas else "definitions"
            faults += self._unsound(place, {"type": "dict", "schema": schema})
        if faults:
            raise DataError(faults)

    def _place(self, name: str) -> Position:
        return Position(f"{self._folder}/{name}.yaml")

    def _unsound(self, name: str, said: Any) -> Iterator[Problem]:
        """A problem for each rule, of a value or below it, that does not make sense."""
        rules = self._named("rules", said)
        wrong = "" if rules else f"there is no rule {said}"
        if rules:
            checks = rules.get("check_with", ())
            unknown = {*rules} - _SAYS | {*((checks,) if isinstance(checks, str) else checks)} - _CHECKS.keys()
            wrong = f"a rule cannot say {', '.join(sorted(unknown))}" if unknown else ""
            wrong = wrong or ("" if rules.get("type") in _TYPES else f"there is no type {rules.get('type')}")
        if wrong:
            yield Problem(self._place(name), RULE, f"is not a schema: {wrong}")
        elif rules:
            inner = rules.get("schema")
            if rules["type"] == "dict" and isinstance(inner, str):
                inner = {} if self._named("schemas", inner) else {inner: inner}  # looked at by itself, or not there
            below = inner.values() if rules["type"] == "dict" and inner else [inner] if inner else []
            for one in (*below, *(rules[key] for key in ("keysrules", "valuesrules") if key in rules)):
                yield from self._unsound(name, one)

    @property
    def names(self) -> list[str]:
        """The kinds of file there is a schema for."""
        return sorted(self._schemas)

    def raw(self, name: str) -> dict[str, Any]:
        """The schema of one kind of file, as written."""
        return self._schemas[name]

    def check(self, name: str, value: Any, position: Position) -> list[Problem]:
        """Checks one value.

        Args:
            name: which schema.
            position: where the value begins, for faults of the whole.

        Returns:
            Every fault, each at the line it was made.
        """
        if not isinstance(value, Map):
            return [Problem(where(value, position), RULE, f"must be a mapping, not {kind_of(value)}")]
        found = self._keys(self._schemas[name], value)
        return [Problem(_locate(value, way, of_key, position), RULE, message) for way, of_key, message in found]

    def _keys(self, schema: Mapping[str, Any], value: Mapping[str, Any]) -> Iterator[_Fault]:
        """What is wrong with a mapping with fixed keys."""
        for key, item in value.items():
            if key in schema:
                for way, of_key, message in self._value(schema[key], item):
                    yield (key, *way), of_key, message
            else:
                close = difflib.get_close_matches(key, schema, 1)
                hint = f"did you mean {quoted(close[0])}?" if close else f"allowed: {', '.join(schema)}"
                yield (key,), True, f"unknown key {quoted(key)}; {hint}"
        for key, said in schema.items():
            if key not in value and (self._named("rules", said) or {}).get("required"):
                yield (), False, f"the key {quoted(key)} is missing"

    def _value(self, said: Any, value: Any) -> Iterator[_Fault]:
        rules = self.definitions["rules"][said] if isinstance(said, str) else said
        kind, title = _TYPES[rules["type"]]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            yield (), False, f"must be {title}, not {kind_of(value)}"
            return
        for message in _faults(rules, value, self.definitions.get("forms", {})):
            yield (), False, message
        if kind is list and "schema" in rules:
            for index, item in enumerate(value):
                for way, of_key, message in self._value(rules["schema"], item):
                    yield (index, *way), of_key, message
        elif kind is dict and "schema" in rules:
            yield from self._keys(self._named("schemas", rules["schema"]) or {}, value)
        elif kind is dict:
            for key, item in value.items():
                for _, _, message in self._value(rules["keysrules"], key) if "keysrules" in rules else ():
                    yield (key,), True, message
                for way, of_key, message in self._value(rules["valuesrules"], item) if "valuesrules" in rules else ():
                    yield (key, *way), of_key, message

    def schema_at(self, name: str, path: tuple[Any, ...]) -> dict[str, Any] | None:
        """The keys (and their rules), in canonical order, of the mapping at a path of a file.

        Returns:
            None where any key may stand or there is no mapping.
        """
        rules = self.rule_at(name, path)
        inner = rules.get("schema") if rules and rules.get("type") == "dict" else None
        return self._named("schemas", inner) if inner else None

    def rule_at(self, name: str, path: tuple[Any, ...]) -> dict[str, Any] | None:
        """What is said of the value at a path of a file, named parts resolved; None where nothing is."""
        rules: dict[str, Any] | None = {"type": "dict", "schema": self._schemas[name]}
        for part in path:
            if rules is None:
                return None
            rules = self._inside(rules, part)
        return rules

    def _inside(self, rules: dict[str, Any], part: Any) -> dict[str, Any] | None:
        """The rules of one item of a list or one key of a mapping."""
        if rules.get("type") == "list":
            return self._named("rules", rules.get("schema"))
        if "schema" in rules:
            return self._named("rules", (self._named("schemas", rules["schema"]) or {}).get(part))
        return self._named("rules", rules.get("valuesrules"))

    def _named(self, what: str, value: Any) -> dict[str, Any] | None:
        definition = self.definitions[what].get(value) if isinstance(value, str) else value
        return definition if isinstance(definition, dict) else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _spelled_out(value: Any, named: dict[str, Any]) -> Any:
    """A part of a schema with ``{named: id, meta: …}`` replaced by the rules of that name and what is said besides."""
    if isinstance(value, list):
        return [_spelled_out(item, named) for item in value]
    if not isinstance(value, dict):
        return value
    spelled = {key: _spelled_out(item, named) for key, item in value.items() if key != "named"}
    base = named.get(value["named"]) if isinstance(value.get("named"), str) else None
    return {**_spelled_out(base, named), **spelled} if isinstance(base, dict) else {**value, **spelled}


def _locate(value: Any, way: tuple[Any, ...], of_key: bool, position: Position) -> Position:
    at = where(value, position)
    for index, part in enumerate(way):
        if isinstance(value, Map) and part in value.key_at:
            key_at, value = value.key_at[part], value[part]
            at = key_at if (of_key and index == len(way) - 1) or not isinstance(value, Text) else value.at
        elif isinstance(value, Seq):
            at, value = value.item_at[part], value[part]
    return at


@cache
def load(folder: Path) -> Schemas:
    """Loads the schemas of a folder once a process."""
    return Schemas(folder)

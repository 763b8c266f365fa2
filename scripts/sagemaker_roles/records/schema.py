"""Checks values against the schemas of data/schema and reports every fault at its position.

The schemas are written in the terms of Cerberus, which a test holds this module to.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ..canonical import quoted
from ..problems import DataError, Position, Problem
from .checks import CHECKS
from .strict_yaml import Map, Seq, Text, read_yaml, where

RULE = "schema"
_TYPES: dict[str, tuple[type, str]] = {
    "string": (str, "text"),
    "list": (list, "a list"),
    "dict": (dict, "a mapping"),
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
}
_ANY = tuple(_TYPES)
_SIZED = ("string", "list", "dict")
#: What a schema can say of a value: as what, and of values of which types.
_RULES: dict[str, tuple[tuple[type, ...], tuple[str, ...]]] = {
    "type": ((str,), _ANY),
    "required": ((bool,), _ANY),
    "empty": ((bool,), _SIZED),
    "minlength": ((int,), _SIZED),
    "maxlength": ((int,), _SIZED),
    "min": ((int,), ("integer",)),
    "max": ((int,), ("integer",)),
    "allowed": ((list,), ("string", "list", "integer", "boolean")),
    "regex": ((str,), ("string",)),
    "check_with": ((str,), _ANY),
    "schema": ((str, dict), ("list", "dict")),
    "keysrules": ((str, dict), ("dict",)),
    "valuesrules": ((str, dict), ("dict",)),
    "meta": ((dict,), _ANY),
}

#: A fault: the keys and indexes that lead to it, whether it is of the last key itself, and what it is.
_Fault = tuple[tuple[Any, ...], bool, str]


def _is(value: Any, kind: str) -> bool:
    # Python counts true and false among the integers.
    return isinstance(value, _TYPES[kind][0]) and not (kind == "integer" and isinstance(value, bool))


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
        self.definitions = definitions = {part: _spelled_out(value, named) for part, value in definitions.items()}
        problems += [
            Problem(self._place(name), RULE, message)
            for name, keys in [
                *self._schemas.items(),
                *(("definitions", keys) for keys in definitions["schemas"].values()),
            ]
            for message in self._unsound_keys(keys)
        ]
        for name, rules in definitions["rules"].items():
            problems += [Problem(self._place("definitions"), RULE, text) for text in self._unsound(rules, name)]
        if problems:
            raise DataError(problems)

    def _place(self, name: str) -> Position:
        return Position(f"{self._folder}/{name}.yaml")

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
            value: what was read.
            position: where the value begins, for faults of the whole.

        Returns:
            Every fault, each at the line it was made.
        """
        if not isinstance(value, Map):
            return [Problem(where(value, position), RULE, f"must be a mapping, not {kind_of(value)}")]
        faults: list[_Fault] = []
        self._check_keys(self.raw(name), value, (), faults)
        return [Problem(_locate(value, path, of_key, position), RULE, text) for path, of_key, text in faults]

    def _check_keys(
        self, schema: Mapping[str, Any], value: Mapping[str, Any], path: tuple[Any, ...], faults: list[_Fault]
    ) -> None:
        """Checks a mapping whose keys are fixed."""
        for key, item in value.items():
            if key in schema:
                self._check(schema[key], item, (*path, key), faults)
                continue
            close = difflib.get_close_matches(key, schema, 1)
            right = f"did you mean {quoted(close[0])}?" if close else f"allowed: {', '.join(schema)}"
            faults.append(((*path, key), True, f"unknown key {quoted(key)}; {right}"))
        for key, rules in schema.items():
            if key not in value and self._rules(rules).get("required"):
                faults.append(((*path, key), False, f"the key {quoted(key)} is missing"))

    def _check(self, named: Any, value: Any, path: tuple[Any, ...], faults: list[_Fault], of_key: bool = False) -> None:
        """Checks one value, or a key as a value."""
        rules = self._rules(named)
        kind = rules["type"]
        if not _is(value, kind):
            faults.append((path, of_key, f"must be {_TYPES[kind][1]}, not {kind_of(value)}"))
            return
        if "empty" not in rules or value:
            faults += [(path, of_key, text) for text in _wrong(rules, value, self.definitions.get("forms", {}))]
        elif not rules["empty"]:
            faults.append((path, of_key, "must not be empty"))
        inner = rules.get("schema")
        if kind == "list" and inner:
            for index, item in enumerate(value):
                self._check(inner, item, (*path, index), faults)
        elif kind == "dict":
            if inner:
                self._check_keys(
                    self.definitions["schemas"][inner] if isinstance(inner, str) else inner, value, path, faults
                )
            for key, item in value.items():
                if "keysrules" in rules:
                    self._check(rules["keysrules"], key, (*path, key), faults, of_key=True)
                if "valuesrules" in rules:
                    self._check(rules["valuesrules"], item, (*path, key), faults)

    def _rules(self, named: Any) -> Mapping[str, Any]:
        return self.definitions["rules"][named] if isinstance(named, str) else named  # type: ignore[no-any-return]

    def _unsound_keys(self, keys: Mapping[str, Any], way: str = "") -> Iterator[str]:
        """What is wrong with a schema of the keys of a mapping."""
        for key, rules in keys.items():
            yield from self._unsound(rules, f"{way}{key}")

    def _unsound(self, rules: Any, way: str) -> Iterator[str]:
        """What is wrong with the rules of one value, of which messages speak as ``way``."""
        if isinstance(rules, str):
            if rules not in self.definitions["rules"]:
                yield f"{way} has the rules {quoted(rules)}, which definitions.yaml lacks"
            return
        kind = rules.get("type") if isinstance(rules, dict) else None
        if kind not in _TYPES:
            yield f"{way} needs a type, one of {', '.join(_TYPES)}; it has {quoted(kind)}"
            return
        for rule, said in rules.items():
            if rule not in _RULES or kind not in _RULES[rule][1]:
                known = [name for name, (_, kinds) in _RULES.items() if kind in kinds]
                yield f"{way} of type {kind} has the rule {quoted(rule)}; there are {', '.join(known)}"
            elif not isinstance(said, _RULES[rule][0]):
                yield f"{way} has {quoted(said)} as {rule}"
        if (check := rules.get("check_with")) is not None and CHECKS.get(check, ("",))[0] != kind:
            yield f"{way} has the check {quoted(check)}, which is none for values of type {kind}"
        inner = rules.get("schema")
        if kind == "dict" and isinstance(inner, str):
            if inner not in self.definitions["schemas"]:
                yield f"{way} has the schema {quoted(inner)}, which definitions.yaml lacks"
        elif kind == "dict" and isinstance(inner, dict):
            yield from self._unsound_keys(inner, f"{way}.")
        elif inner is not None:
            yield from self._unsound(inner, f"{way}[]")
        for part in ("keysrules", "valuesrules"):
            if part in rules:
                yield from self._unsound(rules[part], f"{way}.*")

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


def _wrong(rules: Mapping[str, Any], value: Any, forms: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a value of the right type, whatever may be in it."""
    least, most = rules.get("minlength", 0), rules.get("maxlength")
    if least and len(value) < least:
        entries = "characters" if isinstance(value, str) else "entries"
        at_least = f"too short: at least {least} {entries}"
        yield "must not be empty" if least == 1 and not isinstance(value, str) else at_least
    if most is not None and len(value) > most:
        yield f"breaks the rule maxlength ({most})"
    for rule, out in (("min", int.__lt__), ("max", int.__gt__)):
        if rule in rules and out(value, rules[rule]):
            yield f"{value} is out of bounds ({rule} {rules[rule]})"
    if "regex" in rules and not re.fullmatch(rules["regex"], value):
        yield f"{quoted(value)} must be {forms.get(rules['regex'], 'of the form that its schema has')}"
    if "allowed" in rules:
        allowed = rules["allowed"]
        if wrong := [item for item in (value if isinstance(value, list) else [value]) if item not in allowed]:
            # Of a value its own form is shown: true, not True.
            said, right = (", ".join(x if isinstance(x, str) else quoted(x) for x in part) for part in (wrong, allowed))
            yield f"{quoted(said)} is none of {right}"
    if "check_with" in rules:
        yield from CHECKS[rules["check_with"]][1](value)


def _locate(value: Any, path: Sequence[Any], of_key: bool, position: Position) -> Position:
    at = where(value, position)
    for index, part in enumerate(path):
        if isinstance(value, Map) and part in value:
            key_at, value = value.key_at[part], value[part]
            at = value.at if isinstance(value, Text) and not (of_key and index == len(path) - 1) else key_at
        elif isinstance(value, Seq) and isinstance(part, int):
            at, value = value.item_at[part], value[part]
        else:
            break
    return at


@cache
def load(folder: Path) -> Schemas:
    """Loads the schemas of a folder once a process."""
    return Schemas(folder)

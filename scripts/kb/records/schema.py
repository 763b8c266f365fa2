"""Checks values against the Cerberus schemas of data/schema and reports every fault at its position."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from cerberus import SchemaError, TypeDefinition, Validator
from cerberus.errors import CUSTOM, REGEX_MISMATCH, UNKNOWN_FIELD, BaseErrorHandler, ValidationError
from cerberus.schema import RulesSetRegistry, SchemaRegistry
from jmespath.exceptions import ParseError

from sagemaker_roles.canonical import quoted
from sagemaker_roles.engine.expressions import FUNCTIONS, expression, functions
from sagemaker_roles.engine.values import pattern
from sagemaker_roles.errors.problems import DataError, Position, Problem
from sagemaker_roles.inputs.code.library_functions import LibraryFunctions

from .strict_yaml import Map, Seq, Text, read_yaml, where

RULE = "schema"
_TYPES = {
    "string": "text",
    "list": "a list",
    "dict": "a mapping",
    "integer": "a whole number",
    "boolean": "true or false",
}
#: Keys of a statement that stand in the set which an entry uses, and those that a statement of its own must have.
NOT_WITH_USE = ("Sid", "parameters", "Action", "Resource", "scope", "Condition", "unscoped")
STATEMENT = ("Sid", "Action", "why", "evidence", "sources")
_PARTITION = re.compile(r"arn:[^$*:]+:")
_PLACEHOLDER = re.compile(r"\$\{[A-Z][A-Za-z0-9]*\}|\$\{[a-z][a-z0-9-]*:[A-Za-z0-9:/_.-]+\}")
_UNPORTABLE = re.compile(r"\\[wWdDsSbBAZ]|(?<!\\)\.(?![^\[]*\])|\(\?(?!:|<[A-Za-z])")


class _Collector(BaseErrorHandler):  # type: ignore[misc]
    """Flattens Cerberus's error tree into (document path, code, error) triples."""

    def __call__(self, errors: list[ValidationError]) -> list[tuple[tuple[Any, ...], ValidationError]]:
        return list(self._flatten(errors))

    def _flatten(self, errors: list[ValidationError]) -> Iterator[tuple[tuple[Any, ...], ValidationError]]:
        for error in errors:
            if error.is_group_error:
                yield from self._flatten(error.child_errors)
            else:
                yield tuple(error.document_path), error


class _Validator(Validator):  # type: ignore[misc]
    """Cerberus's validator with this project's types and checks."""

    types_mapping: ClassVar = {
        **Validator.types_mapping,
        "integer": TypeDefinition("integer", (int,), (bool,)),  # Python counts true and false among the integers
        "dict": TypeDefinition("dict", (dict,), ()),
        "list": TypeDefinition("list", (list,), ()),
    }

    def _validate_regex(self, pattern: str, field: str, value: Any) -> None:
        """{'type': 'string'}"""  # noqa: D415 - Cerberus reads here what a rule may be given
        # Cerberus itself lets `a|b` accept whatever begins with an a.
        if isinstance(value, str) and not re.fullmatch(pattern, value):
            self._error(field, REGEX_MISMATCH)

    def _check_with_one_line(self, field: str, value: str) -> None:
        if isinstance(value, str) and ("\n" in value or value != value.strip()):
            self._error(field, "must be one line without spaces at its ends")

    def _check_with_sentence(self, field: str, value: str) -> None:
        self._check_with_one_line(field, value)
        # A comma within [ ] parts a text that is not quoted.
        if isinstance(value, str) and not re.search(r"[.!?][)`\"']?$", value):
            self._error(field, "must end with a full stop; a sentence that has a comma in it is quoted within [ ]")

    def _check_with_unique(self, field: str, value: Any) -> None:
        seen: set[str] = set()
        for item in value if isinstance(value, list) else []:
            if isinstance(item, str) and item in seen:
                self._error(field, f"{quoted(item)} stands twice; remove the duplicate")
            seen.add(item if isinstance(item, str) else json.dumps(item, default=str))

    def _check_with_sorted_unique(self, field: str, value: Any) -> None:
        self._check_with_unique(field, value)
        if isinstance(value, list) and all(isinstance(item, str) for item in value) and list(value) != sorted(value):
            self._error(field, f"must be in alphabetical order: {', '.join(sorted(value))}")

    def _check_with_jmespath(self, field: str, value: Any) -> None:
        self._check_expression(field, value, FUNCTIONS, "records")

    def _check_expression(self, field: str, value: Any, known: Sequence[str], of: str) -> None:
        """Check that a text is a JMESPath expression with known functions; other values are not looked at."""
        if not isinstance(value, str):
            return
        try:
            parsed = expression(str(value)).parsed
        except ParseError as error:
            self._error(field, f"not a JMESPath expression: {' '.join(str(error).split())}")
            return
        for name in {}.fromkeys(functions(parsed)):
            if name not in known:
                self._error(field, f"{name}() is none of the functions of {of}: {', '.join(known)}")

    def _check_with_library_template(self, field: str, value: Any) -> None:
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            self._check_with_library_template(field, item)
        self._check_expression(field, value, sorted(LibraryFunctions.FUNCTION_TABLE), "libraries")

    def _check_with_template_of_one_partition(self, field: str, value: Any) -> None:
        if isinstance(value, str) and "$" in _PLACEHOLDER.sub("", value):
            self._error(field, "a placeholder is written ${Name} in CamelCase, a variable of IAM ${service:…}")

    def _check_with_template(self, field: str, value: Any) -> None:
        self._check_with_template_of_one_partition(field, value)
        if isinstance(value, str) and _PARTITION.match(value):
            self._error(field, "names a partition, but policies are for all; write arn:${Partition}:…")

    def _check_with_portable_pattern(self, field: str, value: Any) -> None:
        if not isinstance(value, str):
            return
        if match := _UNPORTABLE.search(value):
            self._error(field, f"{quoted(match.group())} differs between Python and JavaScript; use a character class")
            return
        if re.search(r"\([^()]*[+*][^()]*\)[+*]", value):
            self._error(field, "a repeated group contains a repetition: it can take unbounded time")
        try:
            pattern(value)
        except re.error as error:
            self._error(field, f"not a regular expression: {error}")

    def _check_with_resource_or_scope(self, field: str, value: Any) -> None:
        if isinstance(value, dict) and ("Resource" in value) == ("scope" in value):
            self._error(field, "needs exactly one of Resource (ARN templates) and scope (scopes of a resource kind)")

    def _check_with_entry(self, field: str, value: Any) -> None:
        if not isinstance(value, dict):
            return
        if "use" in value:
            if wrong := [key for key in NOT_WITH_USE if key in value]:
                self._error(field, f"has `use`, so {', '.join(wrong)} belong into that statement set")
        elif missing := [key for key in STATEMENT if key not in value]:
            self._error(field, f"needs either `use` or a statement of its own, which lacks {', '.join(missing)}")
        else:
            self._check_with_resource_or_scope(field, value)

    def _check_with_read(self, field: str, value: Any) -> None:
        if not isinstance(value, dict):
            return
        if ("statements" in value) == ("no_permission" in value):
            self._error(field, "needs exactly one of statements and no_permission")
        elif "no_permission" in value:
            if missing := [key for key in ("evidence", "sources") if key not in value]:
                self._error(field, f"has no_permission, so it needs {' and '.join(missing)}")
        elif wrong := [key for key in ("evidence", "sources") if key in value]:
            self._error(field, f"has statements, so {' and '.join(wrong)} belong into these")
        if "keys" not in value and "no_permission" not in value:
            self._error(field, "has statements, so it needs the keys whose values they are for")
        if "keys" in value and "unless" in value:
            self._error(field, "has keys, so `unless` is never used; take it out")

    def _check_with_activation(self, field: str, value: Any) -> None:
        if isinstance(value, dict) and "use" in value:
            if wrong := [key for key in value if key not in ("use", "omit")]:
                self._error(field, f"has `use`, so {', '.join(wrong)} belong into that set of add-ons")
            return
        if isinstance(value, dict) and (missing := [key for key in ("id", "title") if key not in value]):
            self._error(field, f"needs either `use` or an add-on of its own, which lacks {', '.join(missing)}")
        if isinstance(value, dict) and "when" in value and "usage" in value:
            self._error(
                field, "has both `when` (a request member decides) and `usage` (the user decides); remove the duplicate"
            )
        if isinstance(value, dict) and "usage" in value and "usage_without" in value:
            self._error(field, "has `usage` already, so `usage_without` is never used; take it out")
        if isinstance(value, dict) and "statements" not in value and "trust" not in value:
            self._error(field, "adds nothing: give statements or trust")


def _unknown(error: ValidationError) -> bool:
    return bool(error.code == UNKNOWN_FIELD.code)


def _message(error: ValidationError, keys: Mapping[str, Any], forms: Mapping[str, str]) -> str:
    if error.code == CUSTOM.code:
        return str(error.info[0])
    constraint = error.constraint
    match error.rule:
        case None:
            name = str(error.document_path[-1])
            close = difflib.get_close_matches(name, keys, 1)
            return f"unknown key {quoted(name)}" + (
                f"; did you mean {quoted(close[0])}?" if close else f"; allowed: {', '.join(keys)}"
            )
        case "required":
            return f"the key {quoted(error.document_path[-1])} is missing"
        case "type":
            kinds = constraint if isinstance(constraint, list) else [constraint]
            wanted = " or ".join(str(_TYPES.get(one, one)) for one in kinds)
            return f"must be {wanted}, not {kind_of(error.value)}"
        case "regex":
            return f"{quoted(error.value)} must be {forms.get(constraint, 'of the form that its schema has')}"
        case "allowed":
            values = error.value if isinstance(error.value, str) else ", ".join(map(str, error.info[0]))
            return f"{quoted(values)} is none of {', '.join(map(str, constraint))}"
        case "empty":
            return "must not be empty"
        case "minlength":
            if isinstance(error.value, str):
                return f"too short: at least {constraint} characters"
            return "must not be empty" if constraint == 1 else f"too short: at least {constraint} entries"
        case "min" | "max":
            return f"{error.value} is out of bounds ({error.rule} {constraint})"
    return f"breaks the rule {error.rule} ({constraint})"


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
        self._files: dict[str, str] = {}
        problems: list[Problem] = []
        if not folder.is_dir():
            problems.append(Problem(Position(self._folder), RULE, "the folder of the schemas is missing"))
        for file in sorted(folder.glob("**/*.yaml")):
            self._files[file.stem] = f"{self._folder}/{file.relative_to(folder).as_posix()}"
            value, faults = read_yaml(file, self._files[file.stem])
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
        # Cerberus's own registries are those of the process: a second folder would change what the first one says.
        self._registries = {
            "rules_set_registry": RulesSetRegistry(definitions["rules"]),
            "schema_registry": SchemaRegistry(definitions["schemas"]),
        }
        self._validators: dict[str, _Validator] = {}

    def _place(self, name: str) -> Position:
        return Position(self._files.get(name, f"{self._folder}/{name}.yaml"))

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

        Raises:
            DataError: the schema itself is none.
        """
        if not isinstance(value, Map):
            return [Problem(where(value, position), RULE, f"must be a mapping, not {kind_of(value)}")]
        if name not in self._validators:
            try:
                # Names at the top level are looked up here, as Cerberus looks for those in its own registry only.
                rules = self.definitions["rules"]
                schema = {
                    key: rules.get(value, value) if isinstance(value, str) else value
                    for key, value in self.raw(name).items()
                }
                self._validators[name] = _Validator(schema, error_handler=_Collector(), **self._registries)
            except SchemaError as error:
                raise DataError([Problem(self._place(name), RULE, f"is not a Cerberus schema: {error}")]) from None
        validator = self._validators[name]
        validator.validate(value, normalize=False)
        forms = self.definitions.get("forms", {})
        return [
            Problem(
                _locate(value, path, error, position), RULE, _message(error, self.schema_at(name, path[:-1]), forms)
            )
            for path, error in validator.errors
        ]

    def walk(self, said: Any, value: Any) -> Iterator[tuple[Mapping[str, Any], Any]]:
        """A value with its rules, and so all that is in it, keys too; of what there is no rule about nothing is known.

        Args:
            said: its rules, or their name; for a whole file ``{"type": "dict", "schema": …}``.
        """
        left = [(said, value)]  # not one generator in another: records are deep, and each step would go through all
        while left:
            said, value = left.pop()
            rules = self._named("rules", said) or {}
            yield rules, value
            if isinstance(value, dict):
                fixed = self.keys(rules)
                of_keys, of_values = rules.get("keysrules"), rules.get("valuesrules")
                for key, item in value.items():
                    left += ((of_keys, key), (fixed.get(key) if fixed else of_values, item))
            elif isinstance(value, list) and "schema" in rules:
                left += [(rules["schema"], item) for item in value]

    def keys(self, rules: Mapping[str, Any]) -> Mapping[str, Any]:
        """The keys, in canonical order, of a mapping with some rules, to what is said of each; empty for any keys."""
        return self._named("schemas", rules.get("schema")) or {} if rules.get("type") == "dict" else {}

    def schema_at(self, name: str, path: tuple[Any, ...]) -> Mapping[str, Any]:
        """The keys of the mapping at a path of a file, as :meth:`keys` has them."""
        return self.keys(self.rule_at(name, path) or {})

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
    if not isinstance(base, dict):
        return {**value, **spelled}
    meta = {**base.get("meta", {}), **spelled.get("meta", {})}
    return {**_spelled_out(base, named), **spelled, **({"meta": meta} if meta else {})}


def _locate(value: Any, path: tuple[Any, ...], error: ValidationError, position: Position) -> Position:
    at = where(value, position)
    for index, part in enumerate(path):
        if isinstance(value, Map) and part in value.key_at:
            key_at, value = value.key_at[part], value[part]
            of_key = index == len(path) - 1 and (_unknown(error) or "keysrules" in error.schema_path)
            at = key_at if of_key or not isinstance(value, Text) else value.at
        elif isinstance(value, Seq) and isinstance(part, int) and part < len(value):
            at, value = value.item_at[part], value[part]
        else:
            break
    return at


@cache
def load(folder: Path) -> Schemas:
    """Loads the schemas of a folder once a process."""
    return Schemas(folder)

"""Fills records of AWS managed policies with what their documents say: version, counts, and grants by service."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sagemaker_roles.errors.problems import Problem

from .expansion import placed
from .locations import MANAGED_DOCUMENTS
from .strict_yaml import Map

RULE = "schema"


def documents(root: Path) -> dict[str, Any]:
    """What data/aws/managed-documents has, by name: ``arn``, ``version``, ``changed``, ``document``."""
    return {file.stem: json.loads(file.read_bytes()) for file in sorted((root / MANAGED_DOCUMENTS).glob("*.json"))}


def with_document(record: Map, known: Mapping[str, Any] | None, problems: list[Problem]) -> Map:
    """A record with what the document of its policy says.

    Args:
        record: a file of data/aws/managed-policies.
        known: the document with its version; None if the data set lacks it.
        problems: takes services that the document does not grant.
    """
    entries = record.get("services", ())
    if known is None:
        message = "data/aws/managed-documents lacks the policy; remove the entry"
        problems += [Problem(one.at, RULE, message) for one in entries]
        alone = Map({key: value for key, value in record.items() if key != "services"})
        alone.at, alone.key_at = record.at, record.key_at
        return alone
    statements = [*_listed(known["document"]["Statement"])]
    granted = [one for one in statements if one["Effect"] == "Allow"]
    actions = sorted({action for one in granted for action in _listed(one.get("Action", ()))})
    prefixes = sorted({action.partition(":")[0] for action in actions})
    own = {entry["service"]: entry for entry in entries}
    for name in own.keys() - set(prefixes):
        problems.append(Problem(own[name].at, RULE, f"the document grants no action of {name}; remove the entry"))
    filled = Map(record)
    filled.at, filled.key_at = record.at, record.key_at
    filled["version"], filled["changed"] = known["version"], known["changed"]
    filled["statements"] = len(statements)
    filled["granted"] = actions
    filled["actions"] = len({action for one in statements for action in _listed(one.get("Action", ()))})
    if record.get("too_broad"):
        filled["prefixes"] = prefixes
    else:
        services = ({**own.get(name, {"service": name}), "grants": [*_grants(granted, name)]} for name in prefixes)
        filled["services"] = placed([*services], record.at)
    return filled


def _grants(statements: list[Mapping[str, Any]], service: str) -> Iterator[dict[str, Any]]:
    for one in statements:
        actions = sorted(item for item in _listed(one.get("Action", ())) if item.partition(":")[0] == service)
        if actions:
            keys = ("Resource", "NotResource")
            yield {
                **({"Sid": one["Sid"]} if one.get("Sid") else {}),
                "Action": actions,
                **{key: [*_listed(one[key])] for key in keys if key in one},
                **({"Condition": _condition(one["Condition"])} if one.get("Condition") else {}),
            }


def _condition(condition: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, list[str]]]:
    def text(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value)

    return {
        operator: {key: [*map(text, _listed(values))] for key, values in keys.items()}
        for operator, keys in condition.items()
    }


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]

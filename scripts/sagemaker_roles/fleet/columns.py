"""The reduced table's columns, as its JSON Schema has them: what engines give, and what this reader adds."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

TABLE_SCHEMA = "fleet-table.schema.json"


class Column(NamedTuple):
    """A column.

    Attributes:
        name: its name, in lower case.
        is_number: whether it holds whole numbers; the others hold text.
        is_nullable: whether it may be null.
        is_raw: whether engines give it; the others are made of it.
        meaning: what it holds.
    """

    name: str
    is_number: bool
    is_nullable: bool
    is_raw: bool
    meaning: str


def schema(name: str) -> bytes:
    """The bytes of one of the JSON Schemas of the output."""
    return resources.files(__package__).joinpath("schemas", name).read_bytes()


@cache
def columns() -> tuple[Column, ...]:
    """All columns, in their order."""
    described: dict[str, Any] = json.loads(schema(TABLE_SCHEMA))
    return tuple(
        Column(
            name,
            "integer" in (types := _types(column)),
            "null" in types,
            name in described["required"],
            column["description"],
        )
        for name, column in described["properties"].items()
    )


def _types(column: dict[str, Any]) -> list[str]:
    kind = column["type"]
    return kind if isinstance(kind, list) else [kind]


def raw_names() -> tuple[str, ...]:
    """The names of the columns that engines give."""
    return tuple(column.name for column in columns() if column.is_raw)

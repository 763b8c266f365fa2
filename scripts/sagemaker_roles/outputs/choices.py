"""The names that a person chooses from: what is printed of a composition, and its formats."""

from __future__ import annotations

from typing import Literal, get_args

Part = Literal["policy", "trust", "caller"]
CompanionPart = Literal[
    "key-policy",
    "bucket-policy",
    "repository-policy",
    "secret-policy",
    "topic-policy",
    "queue-policy",
    "function-policy",
    "endpoint-policies",
    "boundary",
    "delegation",
    "organization",
    "companions",
]

Format = Literal["json", "cloudformation", "terraform", "cli"]

PARTS: tuple[Part, ...] = get_args(Part)
COMPANION_PARTS: tuple[CompanionPart, ...] = get_args(CompanionPart)
FORMATS: tuple[Format, ...] = get_args(Format)

#: The dialects of SQL in which a fleet can be reduced.
DIALECTS = ("athena", "trino", "spark", "duckdb")

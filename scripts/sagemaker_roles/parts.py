"""The names of what can be printed of a composition: the role's documents, and what else must allow what it does."""

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

PARTS: tuple[Part, ...] = get_args(Part)
COMPANION_PARTS: tuple[CompanionPart, ...] = get_args(CompanionPart)

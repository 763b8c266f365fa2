"""The parts of an ARN, and whether a text has wildcards, by themselves so that composing does not load arns.py.

An ARN has six parts between colons, and the last one may have more colons (AWS General Reference, "ARN format").
"""

from __future__ import annotations

from typing import NamedTuple

PARTS = 6


class Arn(NamedTuple):
    """The parts of an ARN as they are written; ``account`` is "" where a service leaves it out, as Amazon S3 does."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


_NO_ARN = Arn("", "", "", "", "")


def parse(text: str) -> Arn | None:
    """The parts of an ARN, or None if the text has not six parts or does not begin with ``arn``."""
    parts = text.split(":", PARTS - 1)
    return Arn(*parts[1:]) if len(parts) == PARTS and parts[0] == "arn" else None


def parts_of(text: str) -> Arn:
    """The parts of an ARN, all of them "" if the text is none."""
    return parse(text) or _NO_ARN


def has_wildcard(text: str) -> bool:
    """Whether a text has a ``*`` or a ``?``, which IAM reads as any characters and as any one.

    Source: IAM User Guide, "IAM JSON policy elements: Resource".
    """
    return "*" in text or "?" in text

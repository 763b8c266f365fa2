"""Manifests that code uploaded: where the objects are that they name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any


def prefixes(requests: list[Any], uploaded: Callable[[str, str], bytes | None]) -> Iterator[str]:
    """The prefixes that the manifests of requests begin with.

    Args:
        requests: the members of requests.
        uploaded: gives the object that was uploaded to a bucket under a key, if there is one.
    """
    left = [*requests]
    while left:
        item = left.pop()
        if isinstance(item, list):
            left += item
        elif isinstance(item, dict):
            left += item.values()
            uri = item.get("S3Uri")
            if item.get("S3DataType") == "ManifestFile" and isinstance(uri, str):
                bucket, _, key = uri.removeprefix("s3://").partition("/")
                yield from _of(uploaded(bucket, key))


def _of(body: bytes | None) -> Iterator[str]:
    """The prefix of a manifest, which is its first entry."""
    try:
        value = json.loads(body or b"null")
    except ValueError:
        return
    first = value[0] if isinstance(value, list) and value else None
    if isinstance(first, dict) and isinstance(first.get("prefix"), str):
        yield first["prefix"]

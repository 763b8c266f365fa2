"""JSON exactly as every artifact has it."""

from __future__ import annotations

import json
from typing import Any


def canonical(value: Any) -> bytes:
    """JSON as every artifact has it: two spaces, ASCII, keys as given, one final newline."""
    return (json.dumps(value, indent=2, ensure_ascii=True) + "\n").encode("ascii")

"""JSON exactly as every artifact has it, and values as messages show them."""

from __future__ import annotations

import json
import re
from typing import Any


def canonical(value: Any) -> bytes:
    """JSON as every artifact has it: two spaces, ASCII, keys as given, one final newline."""
    return (json.dumps(value, indent=2, ensure_ascii=True) + "\n").encode("ascii")


def quoted(value: Any) -> str:
    """A value as messages show it: JSON in one line, with every character that JSON can hold as it is."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found.group()):04x}", text)

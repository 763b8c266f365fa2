"""What the placeholder for an expression of Terraform is called."""

from __future__ import annotations

import re

#: A reference in an expression, and what it begins with that does not name anything.
_PATH = re.compile(r"[A-Za-z_][\w-]*(?:\[[^\]]*\]|\.[\w-]+|\.\*)*(?![\w(])")
_INDEX = re.compile(r"\[[^\]]*\]|\.\*")
_CALL = re.compile(r"([a-z_]\w*)\(")
_HEADS = {"var": 1, "local": 1, "each": 1, "module": 1, "self": 1, "data": 2}


def name_of(written: str) -> str:
    """What the placeholder for an expression is called: by the function that it calls, and its first reference."""
    function = _CALL.match(written)
    head = [function[1]] if function and written.endswith(")") else []
    for path in _PATH.findall(written):
        words = _INDEX.sub("", path).split(".")
        begin = _HEADS.get(words[0], 1 if len(words) > 2 else 0)
        if kept := [word for word in words[begin:] if word and not word.isdigit()]:
            return "-".join(head + kept)
    return written[:40]

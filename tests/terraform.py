"""Works out a Terraform module as far as the example needs it: paths, texts, lists, objects, `for` and calls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*|[()\[\]{},:=])')
_NAME = re.compile(r"[A-Za-z_]\w*")


def templatefile(path: str, values: Mapping[str, Any]) -> str:
    """A template filled; like Terraform's, it knows names alone here and refuses one without a value."""
    text = Path(path).read_text("utf-8")
    assert not re.search("(?<!%)%{", text), f"{path} has a directive of Terraform's templates"

    def value(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0][1:]  # $${ and %%{ stand for the text with one sign
        if not _NAME.fullmatch(found[1]) or found[1] not in values:
            raise KeyError(found[0])
        return str(values[found[1]])

    return re.sub(r"\$\$\{|%%\{|\$\{([^}]*)\}", value, text)


def _flatten(items: list[Any]) -> list[Any]:
    return [part for item in items for part in (_flatten(item) if isinstance(item, list) else [item])]


def _distinct(items: list[Any]) -> list[Any]:
    return [item for number, item in enumerate(items) if item not in items[:number]]


def _fileset(folder: str, pattern: str) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).glob(pattern))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "distinct": _distinct,
    "fileset": _fileset,
    "concat": lambda *lists: [item for part in lists for item in part],
    "flatten": _flatten,
    "jsondecode": json.loads,
    "jsonencode": json.dumps,
    "merge": lambda *objects: {key: value for part in objects for key, value in part.items()},
    "templatefile": templatefile,
}


def _end(tokens: list[str]) -> int:
    """Where the list ends whose inside begins with some tokens."""
    depth = 0
    for number, one in enumerate(tokens):
        depth += {"[": 1, "]": -1}.get(one, 0)
        if depth < 0:
            return number
    raise AssertionError("the list does not end")


class Module:
    """A module as python-hcl2 reads it, with values for its variables and data sources."""

    def __init__(self, parsed: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        self.locals = {key: value for block in parsed["locals"] for key, value in block.items()}
        self.given = given

    def value(self, part: Any, names: Mapping[str, Any] | None = None) -> Any:
        """The value of a part: a text that python-hcl2 gives for an expression, or a list or mapping of them."""
        if isinstance(part, Mapping):
            return {key: self.value(item, names) for key, item in part.items()}
        if isinstance(part, list):
            return [self.value(item, names) for item in part]
        tokens = _TOKEN.findall(part[2:-1] if part.startswith("${") else part)
        found = self._expression(tokens, names or {})
        assert not tokens, f"not understood: {tokens}"
        return found

    def _expression(self, tokens: list[str], names: Mapping[str, Any]) -> Any:
        first = tokens.pop(0)
        if first.startswith('"'):
            return re.sub(r"\$\{([^}]*)\}", lambda found: str(self.value(found[1], names)), first[1:-1])
        if first == "{":
            return dict(self._items(tokens, "}", names, keys=True))
        if first == "[":
            if tokens[0] == "for":
                return self._for(tokens, names)
            return [value for _, value in self._items(tokens, "]", names)]
        if tokens[:1] == ["("]:
            tokens.pop(0)
            if first == "try":
                return self._try(tokens, names)
            return _FUNCTIONS[first](*(value for _, value in self._items(tokens, ")", names)))
        return self._path(first.split("."), names)

    def _try(self, tokens: list[str], names: Mapping[str, Any]) -> Any:
        """A call, or the text after it where it fails."""
        depth, end = 0, 0
        while depth or tokens[end] != ",":
            depth += {"(": 1, ")": -1}.get(tokens[end], 0)
            end += 1
        call, otherwise, closing = tokens[:end], tokens[end + 1], tokens[end + 2]
        assert closing == ")"
        del tokens[: end + 3]
        try:
            return self._expression(call, names)
        except KeyError:
            return otherwise[1:-1]

    def _items(
        self, tokens: list[str], end: str, names: Mapping[str, Any], keys: bool = False
    ) -> list[tuple[str, Any]]:
        found = []
        while tokens[0] != end:
            key = ""
            if keys:
                key = tokens.pop(0)
                assert tokens.pop(0) == "="
            found.append((key, self._expression(tokens, names)))
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        return found

    def _for(self, tokens: list[str], names: Mapping[str, Any]) -> list[Any]:
        _, name, word = tokens.pop(0), tokens.pop(0), tokens.pop(0)
        assert word == "in"
        items = self._expression(tokens, names)
        assert tokens.pop(0) == ":"
        found, body = [], tokens[:]
        for item in items:
            tokens[:] = body
            found.append(self._expression(tokens, {**names, name: item}))
        if not items:
            del tokens[: _end(body)]
        assert tokens.pop(0) == "]"
        return found

    def _path(self, path: list[str], names: Mapping[str, Any]) -> Any:
        if path[0] in names:
            found, rest = names[path[0]], path[1:]
        elif path[0] == "local":
            found, rest = self.value(self.locals[path[1]]), path[2:]
        else:
            found, rest = self.given, path
        for part in rest:
            found = found[part]
        return found

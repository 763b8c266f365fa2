"""What each member of an input decides: the lines that describe what is read, and how they differ for each damage."""

from __future__ import annotations

import copy
import functools
import json
import operator
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sagemaker_roles.errors import InputError
from sagemaker_roles.inputs.reading import documents

GONE = object()
#: What takes the place of a text: another one, and what a template or an answer cannot tell.
OF_TEXTS: dict[str, Callable[[str], Any]] = {'"x"': lambda _: "x", "Ref": lambda _: {"Ref": "Stage"}}


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths to all that a value holds."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*path, key)
        yield from paths(item, (*path, key))


def damaged(value: Any, path: tuple[str | int, ...], other: Any) -> Any:
    """A value with another one at a path; what is not on the path is shared."""
    if not path:
        return other
    changed = copy.copy(value)
    if other is GONE and len(path) == 1:
        del changed[path[0]]
    else:
        changed[path[0]] = damaged(value[path[0]], path[1:], other)
    return changed


def _damages(value: Any, of_texts: Mapping[str, Callable[[str], Any]]) -> Iterator[tuple[str, Any]]:
    """What is done to a value, and what it is then."""
    for path in paths(value):
        before, where = functools.reduce(operator.getitem, path, value), ".".join(map(str, path))
        yield f"{where}: gone", damaged(value, path, GONE)
        yield f"{where}: 5", damaged(value, path, 5)
        for name, change in of_texts.items() if isinstance(before, str) else ():
            yield f"{where}: {name}", damaged(value, path, change(before))


def own(line: str) -> str:
    """A line without what the readers of JSON and YAML below ours say of a text, which differs with their versions."""
    return re.sub(r"(not (?:JSON|YAML)): .*", r"\1", line)


def differences(
    value: Any,
    read: Callable[[Any], Sequence[str]],
    same: Callable[[str], str] = lambda line: line,
    of_texts: Mapping[str, Callable[[str], Any]] = MappingProxyType(OF_TEXTS),
) -> Iterator[str]:
    """How what is read of a value differs with each damage; those with the same difference stand together.

    Args:
        value: the input.
        read: what is read of it, as lines.
        same: a line without what does not count, as its number in the text.
        of_texts: what takes the place of a text, besides nothing and a number.
    """
    whole = [same(own(line)) for line in read(value)]
    found: dict[str, list[str]] = {}
    for what, other in _damages(value, of_texts):
        try:
            now = [own(line) for line in read(other)]
        except InputError as error:
            now = [own(f"error: {error.message}")]
        left = {same(line) for line in now}
        less = [f"- {line[:60]}" for line in whole if line not in left]
        more = [f"+ {line}" for line in now if same(line) not in whole]
        found.setdefault("\n".join([*less, *more]) or "no difference", []).append(what)
    for difference, places in found.items():
        yield f"# {'; '.join(places)}\n{difference}\n"


def value_of(file: Path) -> Any:
    """The one value of a file, as JSON has it."""
    (document,) = documents(file.name, file.read_text("utf-8"))
    return json.loads(json.dumps(document.value))


def is_kept(kept: Path, text: str) -> bool:
    """Whether a text is the one that is kept; with `GOLDEN=write` it is kept from now on."""
    text = own(text)
    if os.environ.get("GOLDEN") == "write":
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(text, "utf-8")
    return kept.read_text("utf-8") == text


def decides(
    kept: Path, value: Any, read: Callable[[Any], Sequence[str]], head: Sequence[str] = (), **more: Any
) -> bool:
    """Whether what is read of a value, or says its head, and how each damage changes that, are what is kept."""
    return is_kept(kept, "\n".join(["\n".join(head or read(value)) + "\n", *differences(value, read, **more)]))

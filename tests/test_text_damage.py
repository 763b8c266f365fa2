"""What each character of a text decides: cut there, without it, or with another one, it is read as kept.

golden/texts has, for each text, what is read of it, and what each damage changes: the fault and where it is said to be.
Damages with the same outcome stand together, each as its own place and the place of the fault. After a change that is
meant: `GOLDEN=write pytest tests/test_text_damage.py`, and look at the difference.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from composing import compiled
from damage import is_kept, own
from sagemaker_roles.errors import InputError
from sagemaker_roles.inputs.reader import Reading, ReadingContext, within
from sagemaker_roles.inputs.reading import documents
from sagemaker_roles.inputs.requests import cloudtrail
from sagemaker_roles.inputs.roles import read_roles
from sagemaker_roles.inputs.text import load
from sagemaker_roles.inputs.text.content import Source

FIXTURES = Path(__file__).parent / "fixtures" / "texts"
KEPT = Path(__file__).parent / "golden" / "texts"
CASES = Path(__file__).parent / "fixtures" / "text-cases.yaml"

#: What takes the place of a character.
OTHERS = ("", ",", '"', "}", "\n", "!")


def _log(text: str) -> Iterator[str]:
    context = _context()
    context.reading = Reading()
    raw = text.encode()
    if not cloudtrail.is_log(raw):
        yield "no log"
        return
    try:
        for at in cloudtrail.stream(context, raw, "input"):
            for found in cloudtrail.requests(context, at, f"event {int(at.path[1]) + 1} of input"):
                yield f"{found.operation} of {found.label}: {json.dumps(found.members)} at {found.at.where()}"
    except InputError as error:
        yield f"fault: {error.message} at {error.position}"
    yield f"{context.reading.read} read"


@functools.cache
def _context() -> ReadingContext:
    return ReadingContext(compiled())


def _account(text: str) -> Iterator[str]:
    found = read_roles(compiled(), [Source("input", text.encode())])
    yield f"{found.read} read"
    yield from (f"{role.name} at {role.position}: {'; '.join(role.unknown)}" for role in found.roles)
    yield from (f"{one.kind}: {one.message} at {one.where}" for one in found.notices)


def _values(name: str) -> Callable[[str], Iterator[str]]:
    def read(text: str) -> Iterator[str]:
        try:
            for one in documents(name, text):
                yield json.dumps(one.value)
                deepest = _deepest(one.value)
                yield f"at {one.where(deepest)}"
        except InputError as error:
            yield f"fault: {error.message} at {error.position}"

    return read


def _deepest(value: object) -> tuple[str | int, ...]:
    """The path to what is last in a value."""
    path: list[str | int] = []
    while isinstance(value, (dict, list)) and value:
        last: str | int = [*value][-1] if isinstance(value, dict) else len(value) - 1
        path.append(last)
        value = value[last]  # type: ignore[index]
    return tuple(path)


READERS: dict[str, Callable[[str], Iterator[str]]] = {
    "log.json": _log,
    "account.json": _account,
    "request.json": _values("input"),
    "request.yaml": _values("input"),
}


def _place(text: str, at: int) -> str:
    return f"{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}"


def _damages(text: str) -> Iterator[tuple[str, str]]:
    """Damaged texts, each with what was done where."""
    for at in range(len(text)):
        place = _place(text, at)
        yield f"cut {place}", text[:at]
        for other in OTHERS:
            if other != text[at]:
                yield f"{json.dumps(other)[1:-1] or 'gone'} {place}", text[:at] + other + text[at + 1 :]


def _outcomes(text: str, read: Callable[[str], Iterator[str]]) -> Iterator[str]:
    """What damages lead to, each outcome with the damages and the places that it names for each."""
    found: dict[str, list[str]] = {}
    for what, damaged in _damages(text):
        lines = "\n".join(map(own, read(damaged)))
        places = re.findall(r"input:(\d+:\d+)", lines)
        outcome = re.sub(r"input:\d+:\d+", "input", lines)
        found.setdefault(outcome, []).append(f"{what} > {' '.join(places)}".rstrip(" >"))
    for outcome, damages in found.items():
        yield f"# {'; '.join(damages)}\n{outcome}\n"


@pytest.mark.parametrize("name", READERS)
def test_each_character_decides_what_is_kept(name: str) -> None:
    text = (FIXTURES / name).read_text("utf-8")
    read = READERS[name]
    assert is_kept(KEPT / f"{name}.txt", "\n".join(["\n".join(read(text)) + "\n", *_outcomes(text, read)]))


def test_positions_of_yaml_are_those_of_its_keys() -> None:
    text = (FIXTURES / "request.yaml").read_text("utf-8")
    lines = [
        f"{number} {json.dumps(path)} at {document.where(path).removeprefix('x:')}\n"
        for number, document in enumerate(load(text, "x"))
        for path, _ in within(document.value)
    ]
    assert is_kept(KEPT / "positions.txt", "".join(lines))


def test_what_is_read_of_each_text_is_kept() -> None:
    found = []
    for name, case in yaml.load(CASES.read_text("utf-8"), Loader=yaml.CSafeLoader).items():
        # The place first, for it is there whatever the parser says.
        lines = (
            re.sub("^fault: (.*) at (.*)$", r"fault at \2: \1", one) for one in _values(case["file"])(case["text"])
        )
        found.append("\n".join([f"# {name}", *map(own, lines)]))
    assert is_kept(KEPT / "cases.txt", "\n\n".join(found) + "\n")

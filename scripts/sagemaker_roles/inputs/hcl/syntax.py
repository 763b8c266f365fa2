"""Parse Terraform configuration, in its own syntax and in JSON, into blocks and expressions with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from ...errors import InputError, Position
from ..reader import InputDocument
from ..reading import documents

#: How large a file of configuration can be, in characters.
MAX_FILE = 1 << 19

#: What installs the library that reads the syntax.
INSTALL = (
    "Terraform configuration requires the extra `terraform`; install it: "
    'python -m pip install "python-hcl2>=8,<9", or give what `terraform show -json` prints'
)

#: Keywords of blocks with labels in front of the name, in JSON: how many labels each has.
_LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "module": 1, "variable": 1, "output": 1, "provider": 1}


class Expression(NamedTuple):
    """An expression as it is written.

    Attributes:
        tree: what python-hcl2 makes of it; in JSON the value, whose texts are templates.
        text: the text that the offsets of the tree are in; "" in JSON.
        position: where it is.
    """

    tree: Any
    text: str
    position: Position

    def written(self, tree: Any = None) -> str:
        """The text of the expression, or of a part of it, in one line."""
        part = self.tree if tree is None else tree
        meta = getattr(part, "meta", None)
        if meta is None or getattr(meta, "empty", True):
            return part if isinstance(part, str) else ""
        return " ".join(self.text[meta.start_pos : meta.end_pos].split())


@dataclass(slots=True)
class Body:
    """What is between the braces of a block, or in a file."""

    attributes: dict[str, Expression] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    def of(self, kind: str) -> Iterator[Block]:
        """The blocks of a kind."""
        return (block for block in self.blocks if block.kind == kind)


class Block(NamedTuple):
    """A block: ``resource "aws_s3_bucket" "data" { … }`` is of the kind ``resource`` and has two labels."""

    kind: str
    labels: tuple[str, ...]
    body: Body
    position: Position


def parse_file(text: str, name: str) -> tuple[Body, list[InputError]]:
    """Parse a file of configuration; what of it is damaged is told, and the rest is read.

    Args:
        name: the path of the file; JSON if it ends with ``.json``.

    Raises:
        InputError: python-hcl2 is not installed, the file is too large, or it is damaged JSON.
    """
    if len(text) > MAX_FILE:
        raise InputError(f"larger than {MAX_FILE >> 10} KiB; give what `terraform show -json` prints", whole(name))
    if name.endswith(".json"):
        return _json_file(text, name), []
    parsed = _parsed(text)
    if not isinstance(parsed, _Damage):
        return _body(parsed, text, name), []
    body, errors = Body(), []
    for start, end in _top_level_blocks(text):
        # Blank lines in front keep the numbers of the lines.
        part = "\n" * text.count("\n", 0, start) + text[start:end]
        parsed = _parsed(part)
        if isinstance(parsed, _Damage):
            errors.append(_error(parsed, name))
            continue
        inner = _body(parsed, part, name)
        body.attributes |= inner.attributes
        body.blocks += inner.blocks
    return body, errors or [_error(parsed if isinstance(parsed, _Damage) else _Damage(1, 1), name)]


def parse_values(text: str, name: str) -> tuple[dict[str, Expression], list[InputError]]:
    """Parse a file with values of variables (``terraform.tfvars``).

    Raises:
        InputError: as :func:`parse_file`.
    """
    if name.endswith(".json"):
        value, position = _json_value(text, name)
        return {key: Expression(item, "", position) for key, item in value.items()}, []
    body, errors = parse_file(text, name)
    return body.attributes, errors


def parse_expression(text: str) -> Any:
    """The tree of an expression by itself; None if it is none. Offsets are those of ``text``."""
    # A parenthesis lets line breaks stand where they may not stand in an attribute.
    parsed = _parsed("x=(" + text + ")")
    if isinstance(parsed, _Damage):
        return None
    try:
        (body,) = parsed.children
        (attribute,) = (child for child in body.children if getattr(child, "data", "") == "attribute")
        return attribute.children[-1]
    except (AttributeError, IndexError, ValueError):
        return None


def whole(name: str) -> Position:
    """The position that stands for a whole file."""
    return Position(name, 0, 0)


class _Damage(NamedTuple):
    """Where a text is no configuration."""

    line: int
    column: int


def _error(damage: _Damage, name: str) -> InputError:
    message = "not Terraform configuration; run `terraform validate`, which shows what is wrong"
    return InputError(message, Position(name, damage.line, damage.column))


@lru_cache(maxsize=512)
def _parsed(text: str) -> Any:
    """The tree of a text; where it is damaged, if it is.

    Raises:
        InputError: python-hcl2 is not installed.
    """
    try:
        from hcl2 import parses_to_tree
        from lark.exceptions import LarkError
    except ImportError:
        raise InputError(INSTALL, whole("")) from None
    try:
        return parses_to_tree(text)
    except (LarkError, RecursionError, ValueError) as error:
        line, column = getattr(error, "line", 0), getattr(error, "column", 0)
        if not (isinstance(line, int) and isinstance(column, int) and line > 0 and column > 0):
            line, column = text.count("\n") + 1, 1  # the text ends too early
        return _Damage(line, column)


#: Where a block of the top level begins, and a line that can end one.
_BEGIN = re.compile(r"^[A-Za-z_][\w-]*[^\n=]*\{", re.MULTILINE)


def _top_level_blocks(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of what looks like the blocks of the top level, by the lines that begin without a space."""
    starts = [match.start() for match in _BEGIN.finditer(text)]
    yield from zip(starts, [*starts[1:], len(text)], strict=False)


def _body(tree: Any, text: str, name: str) -> Body:
    """The content of a file or block."""
    if tree.data == "start":
        (tree,) = tree.children
    body = Body()
    for child in tree.children:
        kind = getattr(child, "data", "")
        if kind not in ("attribute", "block"):
            continue
        position = Position(name, child.meta.line, child.meta.column)
        if kind == "attribute":
            key = "".join(str(token) for token in child.children[0].scan_values(lambda _: True))
            body.attributes[key] = Expression(child.children[-1], text, position)
            continue
        words = [
            "".join(str(token) for token in part.scan_values(lambda one: one.type != "DBLQUOTE"))
            for part in child.children
            if getattr(part, "data", "") in ("identifier", "keyword", "literal_value", "string")
        ]
        (inner,) = (part for part in child.children if getattr(part, "data", "") == "body")
        body.blocks.append(Block(words[0], tuple(words[1:]), _body(inner, text, name), position))
    return body


# JSON


def _json_value(text: str, name: str) -> tuple[Mapping[str, Any], Position]:
    value = next((one.value for one in documents(name, text)), None)
    if not isinstance(value, Mapping):
        raise InputError("not Terraform configuration; it must be a mapping", whole(name))
    return value, Position(name, 1, 1)


def _json_file(text: str, name: str) -> Body:
    """The blocks of a file in JSON, where labels are members."""
    document = next(iter(documents(name, text)), None)
    if document is None or not isinstance(document.value, Mapping):
        raise InputError("not Terraform configuration; it must be a mapping", whole(name))
    body = Body()
    for kind in document.value:
        stack: list[tuple[tuple[str, ...], InputDocument]] = [((), document.below(kind))]
        while stack:
            labels, at = stack.pop()
            if isinstance(at.value, list):
                stack += [(labels, at.below(number)) for number in reversed(range(len(at.value)))]
            elif isinstance(at.value, Mapping) and len(labels) < _LABELS.get(kind, 0):
                stack += [((*labels, key), at.below(key)) for key in reversed([*at.value])]
            elif isinstance(at.value, Mapping):
                inner = {key: Expression(at.value[key], "", at.position((key,))) for key in at.value}
                body.blocks.append(Block(kind, labels, Body(inner), at.position()))
    return body

"""Resources and data sources of Terraform: what configuration says of them, and what follows for their attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...engine.partial import Partial, joined
from ..functions import global_value
from ..terraform_documents import statements_of_blocks
from ..text.places import Path
from .modules import META, META_BLOCKS, Module
from .scopes import Lazy
from .syntax import Block, Body, Expression
from .value_types import NotKnown, encode, is_open

_DOCUMENT = "aws_iam_policy_document"
_SLOT = re.compile(r"\$\{([A-Z][A-Za-z]*)\}")
#: What AWS is asked for about the caller and the place, by type and attribute.
_FACTS = {
    "aws_caller_identity": {"account_id": "Account", "id": "Account"},
    "aws_partition": {"partition": "Partition", "id": "Partition", "dns_suffix": "UrlSuffix"},
    "aws_region": {"name": "Region", "id": "Region", "region": "Region"},
}
#: Documents that a document of policy blocks adds to its own, and those that replace statements of it.
_SOURCES = ("source_policy_documents", "override_policy_documents", "source_json", "override_json")


class Resource(Lazy):
    """An instance of a resource or data source.

    Args:
        names: what ``each`` and ``count`` stand for.
    """

    def __init__(self, module: Module, block: Block, address: str, names: Mapping[str, Any]) -> None:
        self.module, self.block, self.address, self.names = module, block, address, names
        self.kind, self.label = block.labels
        self.is_data = block.kind == "data"
        self._busy: set[str] = set()

    def member(self, name: str) -> Any:
        """The value of an attribute; the raises of :class:`Lazy`."""
        if name in self._busy:
            raise NotKnown
        self._busy.add(name)
        try:
            return self._member(name)
        finally:
            self._busy.discard(name)

    def _member(self, name: str) -> Any:
        context = self.module.work.context
        fact = _FACTS.get(self.kind, {}).get(name) if self.is_data else None
        if fact is not None:
            return self._region() if fact == "Region" else global_value(context, fact)
        if self.is_data and self.kind == _DOCUMENT and name in ("json", "minified_json"):
            return self._document()
        if self.is_data and self.kind == "template_file" and name == "rendered":
            return self.module.rendered(self.argument("template"), self.argument("vars") or {})
        if self.is_data and self.kind == "aws_iam_policy" and name in ("arn", "id"):
            known_arn = self._policy_arn()
            if known_arn is not None:
                return known_arn
        known = context.data("terraform").get("references", {}).get(self.kind, {})
        template = known.get("attributes", {}).get(name)
        if template is not None:
            return joined(
                self._slot(piece, known) if index % 2 else piece for index, piece in enumerate(_SLOT.split(template))
            )
        if name in self.block.body.attributes and name not in META:
            value = self.argument(name)
            if value is not None:
                return value
        blocks = [block for block in self.block.body.blocks if block.kind == name]
        if blocks:
            return [values_of(block.body, self.module, self.names) for block in blocks]
        return self._computed(name)

    def _policy_arn(self) -> Any:
        """The ARN of the policy that a data source names, if it is known to be one of AWS."""
        context = self.module.work.context
        given, name = self.argument("arn"), self.argument("name")
        if given is not None:
            return given
        known = context.catalog.managed_policy(name) if isinstance(name, str) and type(name) is str else None
        if known is None:
            return None
        return joined(["arn:", global_value(context, "Partition"), *known.arn.partition(":iam:")[1:]])

    def _lost(self, number: int) -> Any:
        """What stands for a statement of which nothing is known."""
        return self._computed(f"statement {number}")

    def argument(self, name: str) -> Any:
        """The value of an attribute that the configuration sets; None where it sets none."""
        expression = self.block.body.attributes.get(name)
        return None if expression is None else self.module.value(expression, self.names)

    def _computed(self, name: str, example: str = "") -> Any:
        """What only AWS, or the provider, knows."""
        known = "which Terraform reads" if self.is_data else "known only after apply"
        what = f"{name} of {self.address}, {known}"
        return self.module.part(
            f"{self.label}-{name}", what, f"{self.address} ({name!r},)", f"{self.label}_{name}", example
        )

    def _slot(self, slot: str, known: Mapping[str, Any]) -> Any:
        """What a part of the template of an attribute stands for."""
        if slot == "Region":
            return self._region()
        if slot in ("Partition", "Account", "UrlSuffix"):
            return global_value(self.module.work.context, slot)
        if slot == "Path":
            path = self.argument("path")
            return path if isinstance(path, str) else "/"
        own = known.get("name", "")
        value = self.argument(own) if own else None
        if isinstance(value, str) and value:
            return value
        begin = self.argument(f"{own}_prefix") if own else None
        part = self._computed(own or "id", known.get("example", ""))
        return joined([begin, part]) if isinstance(begin, str) else part

    def _region(self) -> Any:
        """The Region of the resource: as the user says, as it says itself, or of the provider."""
        context = self.module.work.context
        if context.value("Region") is not None:
            return global_value(context, "Region")
        return self.argument("region") or self.module.work.region() or global_value(context, "Region")

    def _document(self) -> Any:
        """The text of a policy document that is made of blocks.

        Raises:
            NotKnown: other documents are merged into it by what is not known, or replace statements of it.
        """
        values = values_of(self.block.body, self.module, self.names)
        statements: list[Any] = []
        for key in _SOURCES:
            given = values.pop(key, None)
            if not given:
                continue
            if key.startswith("override"):
                raise NotKnown
            statements += _statements_in(given if isinstance(given, list) else [given])
        blocks = values.get("statement") or []
        if is_open(blocks):
            raise NotKnown
        statements += statements_of_blocks(blocks if isinstance(blocks, list) else [blocks], self._lost)
        version = values.get("version")
        return encode({"Version": version if isinstance(version, str) else "2012-10-17", "Statement": statements})


def _statements_in(texts: list[Any]) -> Iterator[Any]:
    """The statements of policy documents that are texts."""
    from ...engine.partial import document

    for one in texts:
        read = document(one) if isinstance(one, str) else None
        if read is None:
            # A document that is not known is a statement that is not known.
            if not isinstance(one, Partial):
                raise NotKnown
            yield one
            continue
        inner = read.get("Statement", [])
        yield from inner if isinstance(inner, list) else [inner]


def values_of(body: Body, module: Module, names: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes and blocks of a body, as a plan has them: blocks are lists of mappings."""
    return {key: value for key, value, _ in _values(body, module, names)}


def places_of(body: Body, module: Module, names: Mapping[str, Any]) -> tuple[dict[str, Any], dict[Path, Any]]:
    """The values of a body, and the places of its attributes and blocks by their paths."""
    values: dict[str, Any] = {}
    places: dict[Path, Any] = {}
    for key, value, inner in _values(body, module, names):
        values[key] = value
        places |= {(key, *path): position for path, position in inner.items()}
    return values, places


def _values(body: Body, module: Module, names: Mapping[str, Any]) -> Iterator[tuple[str, Any, dict[Path, Any]]]:
    for key, expression in body.attributes.items():
        if key not in META:
            yield key, _plain(module.value(expression, names), module, expression, names), {(): expression.position}
    lists: dict[str, list[Any]] = {}
    places: dict[str, dict[Path, Any]] = {}
    for kind, inner, position, inner_names in _blocks(body, module, names):
        if kind in META_BLOCKS:
            continue
        items, at = lists.setdefault(kind, []), places.setdefault(kind, {(): position})
        value, below = places_of(inner, module, inner_names)
        at[len(items),] = position
        at |= {(len(items), *path): one for path, one in below.items()}
        items.append(value)
    for kind, items in lists.items():
        yield kind, items, places[kind]


def _blocks(body: Body, module: Module, names: Mapping[str, Any]) -> Iterator[tuple[str, Body, Any, Mapping[str, Any]]]:
    """The blocks of a body, those that ``dynamic`` repeats among them, with the names in each."""
    for block in body.blocks:
        if block.kind != "dynamic" or len(block.labels) != 1:
            yield block.kind, block.body, block.position, names
            continue
        (kind,) = block.labels
        each = block.body.attributes.get("for_each")
        iterator = block.body.attributes.get("iterator")
        word = iterator.written() if iterator is not None else kind
        for content in block.body.of("content"):
            for pair in _rounds(module, each, names):
                yield kind, content.body, block.position, {**names, word: pair}


def _rounds(module: Module, each: Expression | None, names: Mapping[str, Any]) -> list[Any]:
    """What ``dynamic`` goes over: key and value of each; once what is not known."""
    value = module.value(each, names) if each is not None else None
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [{"key": key, "value": item} for key, item in sorted(value.items())]
    if isinstance(value, list):
        return [{"key": item if isinstance(item, str) else index, "value": item} for index, item in enumerate(value)]
    return [{"key": value, "value": value}]


def _plain(value: Any, module: Module, expression: Expression, names: Mapping[str, Any]) -> Any:
    """A value without resources as a whole, which are not known."""
    if isinstance(value, list):
        return [_plain(item, module, expression, names) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item, module, expression, names) for key, item in value.items()}
    if isinstance(value, Lazy):
        return module.unknown(expression.written(), names)
    return value

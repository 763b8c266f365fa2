"""Works out the functions of an AWS CloudFormation template as far as the template and the user's values tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..catalog import GLOBALS
from ..engine.compose import Partial, Unknown
from ..engine.partial import joined
from .functions import MAX_LEVELS, Evaluator, global_value, glued
from .reader import InputDocument, ReadingContext, TemplateReference, camel, within
from .requests.member_names import elements_of, shortened
from .text.content import InputError
from .text.numbers import spaced, text_of
from .text.places import Path

_SUB = re.compile(r"\$\{([^{}$]*)\}")
_DYNAMIC = re.compile(r"\{\{(resolve:(?:[^{}$]|\$\{[A-Za-z0-9]*\})*)\}\}")
_TEMPLATE = re.compile(r"\$\{([A-Z][A-Za-z]*)\}")
_INDEX = re.compile("[0-9]{1,5}")
_EACH = "Fn::ForEach::"

#: How many values the loops of a template (``Fn::ForEach``) may make.
_MAX_EXPANDED = 50_000

#: A property that the template takes out (``AWS::NoValue``); what a function gives that cannot be worked out.
_NOTHING, _UNREAD = object(), object()


class Template(Evaluator):
    """A template whose functions are worked out; each resource's attribute and each condition once.

    Args:
        context: gives values of parameters and takes notices.
        document: the template, or one resource.

    Attributes:
        is_single: whether only one resource is given.
        resources: the resources, loops expanded.
        paths: where the template has each of them.

    Raises:
        InputError: it is no template and no resource.
    """

    def __init__(self, context: ReadingContext, document: InputDocument) -> None:
        super().__init__(context, document)
        template = document.value
        if not isinstance(template, Mapping):
            raise InputError("no template; it must be a mapping with Resources", document.position())
        self.is_single = "Resources" not in template and "Type" in template
        if self.is_single:
            template = {"Resources": {"Resource": template}}
        if not isinstance(resources := template.get("Resources"), Mapping):
            raise InputError("no template; it has no Resources", document.position())
        self.references = context.data("cloudformation").get("references", {})
        self.parameters = _section(template, "Parameters")
        self.mappings = _section(template, "Mappings")
        self.conditions: Mapping[str, Any] = {}
        self.resources: Mapping[str, Any] = {}
        self.paths: dict[str, Path] = {}
        self._assumed: dict[str, bool] = {}
        self._held: dict[str, bool | None] = {}
        self._attributes: dict[tuple[str, str], tuple[Any, dict[str, None]]] = {}
        self._undecided: dict[str, None] = {}
        self._expanded = 0
        self.conditions = {key: item for key, item, _ in self._each(_section(template, "Conditions"), ("Conditions",))}
        members: dict[str, Any] = {}
        for key, item, path in self._each(resources, ("Resources",)):
            members[key], self.paths[key] = item, () if self.is_single else path
        self.resources = members

    # loops

    def _each(self, mapping: Mapping[str, Any], path: Path) -> Iterator[tuple[str, Any, Path]]:
        """The items of a mapping, and those that its loops make."""
        for key, value in mapping.items():
            if key.startswith(_EACH):
                yield from self._loop(key, value, (*path, key))
            else:
                yield key, value, (*path, key)

    def _loop(self, key: str, loop: Any, path: Path) -> Iterator[tuple[str, Any, Path]]:
        if not (
            isinstance(loop, list) and len(loop) == 3 and isinstance(loop[0], str) and isinstance(loop[2], Mapping)
        ):
            message = f"{key} must be a list of an identifier, a collection and a mapping; it is ignored"
            self.notice("problem", path, message)
            return
        identifier, collection, outputs = loop
        items = self.evaluate(collection)
        if not isinstance(items, list) or any(isinstance(item, (Partial, list, Mapping)) for item in items):
            message = f"the collection of {key} is not known, so what it creates is ignored: give its parameter a value"
            self.notice("problem", path, message)
            return
        for item in map(text_of, items):
            copy = self._filled(outputs, identifier, item)
            if self._expanded > _MAX_EXPANDED:
                message = f"{key} makes more than {_MAX_EXPANDED} values; the rest is ignored"
                self.notice("problem", path, message)
                return
            for (name, value), source in zip(copy.items(), outputs, strict=False):
                if name.startswith(_EACH):
                    yield from self._loop(name, value, (*path, 2, source))
                else:
                    yield name, value, (*path, 2, source)

    def _filled(self, value: Any, identifier: str, item: str) -> Any:
        """A copy of a value with the item of a loop in place of its identifier."""
        self._expanded += 1
        if self._expanded > _MAX_EXPANDED:
            return value
        if isinstance(value, str):
            letters = "".join(character for character in item if character.isascii() and character.isalnum())
            return value.replace("${" + identifier + "}", item).replace("&{" + identifier + "}", letters)
        if isinstance(value, list):
            return [self._filled(one, identifier, item) for one in value]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1 and value.get("Ref") == identifier:
            return item
        return {self._filled(key, identifier, item): self._filled(one, identifier, item) for key, one in value.items()}

    # values

    def assuming(self, assumed: dict[str, bool], value: Any) -> tuple[Any, str]:
        """A value worked out under assumptions about conditions, and a condition on which it still depends, or ""."""
        if assumed != self._assumed:
            self._assumed = assumed
            self._held.clear()
            self._attributes.clear()
        self._undecided = {}
        return self.evaluate(value), next(iter(self._undecided), "")

    def evaluate(self, value: Any) -> Any:
        """A value with its functions and its dynamic references worked out."""
        return self._dynamic(value) if isinstance(value, str) else super().evaluate(value)

    def _evaluated(self, value: Any) -> Any:
        if isinstance(value, list):
            items = [self.evaluate(item) for item in value]
            return [item for item in items if item is not _NOTHING]
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref":
                return self.ref(argument)
            if name.startswith("Fn::") and not name.startswith(_EACH):
                function = _FUNCTIONS.get(name)
                known = function(self, argument) if function is not None else _UNREAD
                if known is _UNREAD:
                    return self._open(name.removeprefix("Fn::"), f"the result of {name}", argument)
                return known
        evaluated: dict[str, Any] = {}
        for key, item, _ in self._each(value, ()):
            known = self.evaluate(item)
            if known is not _NOTHING:
                evaluated[key] = known
        return evaluated

    def _joined(self, parts: list[str | Unknown]) -> Any:
        return self._dynamic(super()._joined(parts))

    def _dynamic(self, text: str) -> str:
        """A text with its dynamic references (``{{resolve:ssm:…}}``) as parts not known yet."""
        if "{{resolve:" not in text:
            return text
        out: list[str | Unknown] = []
        at = 0
        for reference in _DYNAMIC.finditer(text):
            out += _between(text, at, reference.start())
            name = reference[1].split(":", 2)[-1].replace("SecretString", "")
            out.append(self.context.part(name, f"{reference[1]} in {self.name}"))
            at = reference.end()
        return joined([*out, *_between(text, at, len(text))])

    def ref(self, argument: Any) -> Any:
        """``Ref``: a parameter, a pseudo parameter, or a resource."""
        if not isinstance(argument, str):
            return self._open("Ref", "a reference", argument)
        if argument.startswith("AWS::"):
            return self._pseudo(argument)
        if argument in self.parameters:
            return self._parameter(argument)
        if argument in self.resources:
            return self._attribute(argument, "Ref")
        return self._open(argument, f"{argument}, which is not in the template,", None, argument)

    def _pseudo(self, name: str) -> Any:
        own = {
            "AWS::AccountId": "Account",
            "AWS::Partition": "Partition",
            "AWS::Region": "Region",
            "AWS::URLSuffix": "UrlSuffix",
        }
        if name in own:
            return global_value(self.context, own[name])
        if name == "AWS::NoValue":
            return _NOTHING
        return self._open(name.removeprefix("AWS::"), name)

    def _parameter(self, name: str) -> Any:
        parameter = self.parameters[name]
        data = parameter if isinstance(parameter, Mapping) else {}
        kind = text_of_known(data.get("Type", "String"))
        value: Any = self.context.value(name, camel(name))
        # The default of a parameter that reads Systems Manager is the name of the entry, not its value.
        if value is None and "AWS::SSM::Parameter::Value" not in kind:
            value = data.get("Default")
        if value is None or isinstance(value, Mapping):
            return self._open(name, f"the parameter {name}")
        if value == "":
            return ""
        parts = [text_of_known(part) for part in value] if isinstance(value, list) else text_of(value).split(",")
        self._left -= sum(map(len, parts))
        if self._left < 0:
            return self._open(name, f"the parameter {name}")
        if "List" in kind:
            return [part.strip() for part in parts if part.strip()]
        return ",".join(parts)

    def _attribute(self, name: str, attribute: str) -> Any:
        """What ``Ref`` or ``Fn::GetAtt`` gives of a resource of the template."""
        key = (name, attribute)
        if key not in self._attributes:
            before, self._undecided = self._undecided, {}
            value = self._attribute_of(name, attribute)
            self._attributes[key] = value, self._undecided
            self._undecided = before
        value, undecided = self._attributes[key]
        self._undecided.update(undecided)
        return value

    def _attribute_of(self, name: str, attribute: str) -> Any:
        resource = self.resources[name] if isinstance(self.resources[name], Mapping) else {}
        kind = resource.get("Type")
        known = self.references.get(kind, {}) if isinstance(kind, str) else {}
        template = known.get("attributes", {}).get(attribute)
        suffix = "" if attribute == "Ref" else attribute
        given = self.context.value(camel(f"{name} {suffix}"))
        if given is not None:
            return given
        if template is None or name in self._busy:
            what = f"the resource {name}" + (suffix and f" ({suffix})")
            value = self._open(f"{name} {suffix}", what)
            self._refer(value, name, attribute)
            return value
        self._busy.add(name)
        try:
            properties = _section(resource, "Properties")
            parts: list[str | Unknown] = []
            for index, piece in enumerate(_TEMPLATE.split(template)):
                parts.append(self._slot(name, piece, known, properties) if index % 2 else piece)
            return self._joined(parts)
        finally:
            self._busy.discard(name)

    def _slot(self, name: str, slot: str, known: Mapping[str, Any], properties: Mapping[str, Any]) -> str | Unknown:
        """What a part of an attribute's template stands for."""
        if slot in GLOBALS or slot == "UrlSuffix":
            pseudo = {"Account": "AccountId", "UrlSuffix": "URLSuffix"}.get(slot, slot)
            value: str = self._pseudo(f"AWS::{pseudo}")
            return value
        if slot == "Path":
            path = self.evaluate(properties["Path"]) if "Path" in properties else "/"
            return path if isinstance(path, str) else "/"
        own: Any = known.get("name")
        called = self.evaluate(properties[own]) if own in properties else None
        if isinstance(called, str) and called:
            return called
        what = f"the name of the resource {name} in {self.name}"
        part = self.context.part(name, what, stands_for=known.get("example", ""))
        attributes = known.get("attributes", {})
        self._refer(part, name, next((one for one in attributes if attributes[one] == "${Name}"), ""))
        return part

    def _refer(self, value: Any, name: str, attribute: str) -> None:
        """Remember the reference to an attribute of a resource that is not known yet."""
        part = value.parts[0] if isinstance(value, Partial) else value
        if isinstance(part, Unknown) and attribute and not self.is_single:
            text = name if attribute == "Ref" else f"{name}.{attribute}"
            reference = TemplateReference(text, self.name, self.resources)
            self.context.reading.references.setdefault(part.name, reference)

    # functions

    def sub(self, argument: Any) -> Any:
        """``Fn::Sub``: a text, or a text and a mapping of names of its own."""
        own: Mapping[str, Any] = {}
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], Mapping):
            argument, own = argument
        if not isinstance(argument, str):
            return _UNREAD
        parts: list[str | Unknown] = []
        for index, piece in enumerate(_SUB.split(argument)):
            name = piece.strip()
            if index % 2 == 0:
                parts.append(piece)
            elif name.startswith("!"):
                parts.append("${" + name[1:] + "}")
            else:
                parts.append(self._text(self.evaluate(own[name]) if name in own else self._named(name), name))
        return self._joined(parts)

    def _named(self, name: str) -> Any:
        resource, _, attribute = name.partition(".")
        return self.get_att([resource, attribute]) if attribute else self.ref(name)

    def _text(self, value: Any, name: str) -> Any:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return self._joined(glued(",", value))
        if value is None or value is _NOTHING or isinstance(value, (list, Mapping)):
            return self._open(name, f"{name}, which is not text,")
        return text_of(value)

    def get_att(self, argument: Any) -> Any:
        """``Fn::GetAtt``: resource and attribute, as a list or with a dot."""
        if isinstance(argument, str):
            argument = argument.split(".")
        if not isinstance(argument, list) or len(argument) < 2 or not all(isinstance(part, str) for part in argument):
            return self._open("GetAtt", "the result of Fn::GetAtt", argument)
        name, attribute = argument[0], ".".join(argument[1:])
        if name in self.resources:
            return self._attribute(name, attribute)
        return self._open(f"{name} {attribute}", f"{name}.{attribute}, which is not in the template,")

    def join(self, argument: Any) -> Any:
        """``Fn::Join``."""
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str):
            items = self.evaluate(argument[1])
            if isinstance(items, list):
                return self._joined(glued(argument[0], [self._text(item, "Join") for item in items]))
        return _UNREAD

    def select(self, argument: Any) -> Any:
        """``Fn::Select``."""
        if isinstance(argument, list) and len(argument) == 2:
            index, items = text_of_known(self.evaluate(argument[0])), self.evaluate(argument[1])
            if _INDEX.fullmatch(index) and isinstance(items, list) and int(index) < len(items):
                return items[int(index)]
            if _INDEX.fullmatch(index) and isinstance(items, Partial) and len(items.parts) == 1:
                (part,) = items.parts
                name = part.name if isinstance(part, Unknown) else str(part)
                return self._open(f"{name} {index}", f"element {index} of {name}")
        return _UNREAD

    def split(self, argument: Any) -> Any:
        """``Fn::Split``."""
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str) and argument[0]:
            text = self.evaluate(argument[1])
            if isinstance(text, str) and not isinstance(text, Partial):
                self._left -= len(text)
                if self._left >= 0:
                    return text.split(argument[0])
        result = self._open("Split", "the result of Fn::Split", argument)
        return result if isinstance(result, Partial) else elements_of(result)

    def find_in_map(self, argument: Any) -> Any:
        """``Fn::FindInMap``, with a default where the transform for it is used."""
        if not isinstance(argument, list) or len(argument) < 3:
            return _UNREAD
        keys = [self.evaluate(key) for key in argument[:3]]
        value: Any = self.mappings
        for key in keys:
            value = value.get(text_of_known(key)) if isinstance(value, Mapping) else None
        if isinstance(value, list):
            return [self.evaluate(item) if isinstance(item, str) else item for item in value]
        if value is not None:
            return self.evaluate(value) if isinstance(value, str) else value
        default = argument[3] if len(argument) > 3 else None
        if isinstance(default, Mapping) and "DefaultValue" in default and not any(isinstance(k, Partial) for k in keys):
            return self.evaluate(default["DefaultValue"])
        names = " ".join(text for key in keys if not isinstance(key, Partial) and (text := text_of_known(key)))
        return self._open(names or "FindInMap", f"the result of Fn::FindInMap {names}", argument)

    def import_value(self, argument: Any) -> Any:
        """``Fn::ImportValue``."""
        name = self.evaluate(argument)
        if not isinstance(name, str):
            return _UNREAD
        return self._open(name if camel(name) else "ImportValue", f"the export {name}", None, str(name))

    def if_(self, argument: Any) -> Any:
        """``Fn::If``; where it is undecided, the condition is remembered for :meth:`assuming`."""
        if not isinstance(argument, list) or len(argument) != 3 or not isinstance(argument[0], str):
            return _UNREAD
        holds = self.condition(argument[0])
        if holds is not None:
            chosen, other = argument[1:] if holds else argument[:0:-1]
            by = self.by_default(argument[0])
            if by and other != {"Ref": "AWS::NoValue"}:
                message = f"the condition {argument[0]} is {str(holds).lower()}{by}, so {_told(other)} is ignored"
                self.notice("note", ("Conditions", argument[0]), message)
            return self.evaluate(chosen)
        self._undecided[argument[0]] = None
        return self._open(argument[0], f"what the condition {argument[0]} decides", argument)

    def to_json_string(self, argument: Any) -> Any:
        """``Fn::ToJsonString``."""
        value = self.evaluate(argument)
        return self._joined([spaced(value)]) if _all_known(value) else _UNREAD

    # conditions

    def condition(self, name: str) -> bool | None:
        """Whether a condition holds; None if the template does not tell."""
        if name in self._assumed:
            return self._assumed[name]
        if name in self._held:
            return self._held[name]
        key = f"condition {name}"
        if key in self._busy or name not in self.conditions:
            return None
        self._busy.add(key)
        try:
            self._held[name] = self._holds(self.conditions[name])
        finally:
            self._busy.discard(key)
        return self._held[name]

    def _holds(self, value: Any) -> bool | None:
        if not isinstance(value, Mapping) or len(value) != 1 or self._depth >= MAX_LEVELS:
            return None
        self._depth += 1
        try:
            return self._held_by(*next(iter(value.items())))
        finally:
            self._depth -= 1

    def _held_by(self, name: str, argument: Any) -> bool | None:
        if name == "Condition":
            return self.condition(argument) if isinstance(argument, str) else None
        if not isinstance(argument, list):
            return None
        if name == "Fn::Equals" and len(argument) == 2:
            sides = [self.evaluate(item) for item in argument]
            if any(isinstance(side, Partial) or not isinstance(side, (str, int, float, bool)) for side in sides):
                return None
            return text_of(sides[0]) == text_of(sides[1])
        inner = [self._holds(item) for item in argument]
        if name == "Fn::Not" and len(inner) == 1:
            return None if inner[0] is None else not inner[0]
        if name == "Fn::And":
            return False if False in inner else None if None in inner else True
        if name == "Fn::Or":
            return True if True in inner else None if None in inner else False
        return None

    def decides(self, name: str) -> str:
        """What decides a condition that cannot be decided here, as a message says it."""
        if name not in self.conditions:
            return f"the template has no condition {name}"
        names = [one for one in self._references(name) if not _all_known(self.ref(one))]
        return f"a value for {' and '.join(names[:5])} decides" if names else "nothing in the template decides"

    def by_default(self, name: str) -> str:
        """Whose defaults decide a condition, as a message says it; "" where none does."""
        if name in self._assumed:
            return ""
        references = (one for one in self._references(name) if one in self.parameters)
        names = [one for one in references if self.context.value(one, camel(one)) is None]
        return f" by the default of {' and '.join(names[:5])}" if names else ""

    def _references(self, name: str) -> list[str]:
        """What a condition refers to, also by other conditions, each once."""
        names: dict[str, None] = {}
        conditions = [name]
        for one in conditions:
            for item in (item for _, item in within(self.conditions.get(one)) if isinstance(item, Mapping)):
                target, reference = item.get("Condition"), item.get("Ref")
                if isinstance(target, str) and target in self.conditions and target not in conditions:
                    conditions.append(target)
                names |= {reference: None} if isinstance(reference, str) else {}
        return [*names]


def _told(value: Any) -> str:
    """What a branch has, in a message; a text may be secret, unless it names a resource."""
    if isinstance(value, str):
        return shortened(value) if re.search(r"arn:|s3:|[.]dkr[.]ecr[.]", value) else "a text"
    if isinstance(value, Mapping):
        names = [f"{key} {item}" if key == "Ref" else str(key) for key, item in value.items()]
        return ", ".join(names[:5]) or "nothing"
    return "a list" if isinstance(value, list) else "a value"


def text_of_known(value: Any) -> str:
    """A value as text, or "" for what is no text."""
    return "" if value is _NOTHING or isinstance(value, (list, Mapping)) else text_of(value)


def _section(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = value.get(name)
    return section if isinstance(section, Mapping) else {}


def _between(text: str, start: int, end: int) -> list[str | Unknown]:
    """The parts of a text, wholly known or not, between two offsets of it."""
    if not isinstance(text, Partial):
        return [text[start:end]]
    out: list[str | Unknown] = []
    at = 0
    for part in text.parts:
        size = len(part) if isinstance(part, str) else len(part.shown)
        if isinstance(part, str):
            out.append(part[max(0, start - at) : max(0, end - at)])
        elif start <= at < end:
            out.append(part)
        at += size
    return out


def _all_known(value: Any) -> bool:
    return not any(isinstance(item, Partial) for _, item in within(value))


_FUNCTIONS: Mapping[str, Callable[[Template, Any], Any]] = {
    "Fn::FindInMap": Template.find_in_map,
    "Fn::GetAtt": Template.get_att,
    "Fn::If": Template.if_,
    "Fn::ImportValue": Template.import_value,
    "Fn::Join": Template.join,
    "Fn::Select": Template.select,
    "Fn::Split": Template.split,
    "Fn::Sub": Template.sub,
    "Fn::ToJsonString": Template.to_json_string,
}

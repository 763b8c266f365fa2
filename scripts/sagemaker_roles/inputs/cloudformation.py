"""Reads AWS CloudFormation: a template, or one resource; functions are worked out as far as the template tells."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..catalog import GLOBALS
from ..engine.compose import Partial, Unknown, partition_of
from ..engine.expressions import joined
from .json_text import Path
from .names import Style, plain
from .reading import Document, Found, Reader, camel
from .renames import renamed
from .text import InputError, whole

_PREFIX = "AWS::SageMaker::"
_SUB = re.compile(r"\$\{([^}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:[^}]*\}\}")
_TEMPLATE = re.compile(r"\$\{([A-Z][A-Za-z]*)\}")

#: A property that the template takes out (``AWS::NoValue``).
_NOTHING = object()


def found(reader: Reader, document: Document) -> Iterator[Found]:
    """The requests that a template's SageMaker resources stand for.

    Raises:
        InputError: it is no template and no resource.
    """
    value = document.value
    if not isinstance(value, Mapping):
        raise InputError("no template; it must be a mapping with Resources", whole(document.where()))
    single = "Resources" not in value and "Type" in value
    resources = {"Resource": value} if single else value.get("Resources")
    if not isinstance(resources, Mapping):
        raise InputError("no template; it has no Resources", whole(document.where()))
    template = Template(reader, document, {} if single else value, resources)
    data = reader.data("cloudformation")
    for name, resource in resources.items():
        path: Path = () if single else ("Resources", name)
        kind = resource.get("Type") if isinstance(resource, Mapping) else None
        if not isinstance(kind, str) or not kind.startswith(_PREFIX):
            continue
        known = data.get("types", {}).get(kind, {})
        operation = known.get("operation", f"Create{kind.removeprefix(_PREFIX)}")
        if reader.names.operation(operation) is None:
            continue
        label = f"{kind} of {document.name}" if single else f"{name} of {document.name}"
        condition = resource.get("Condition")
        if isinstance(condition, str) and template.condition(condition) is False:
            reader.notice("note", document.where(path), f"{name} is left out: its condition {condition} does not hold")
            continue
        properties = resource.get("Properties", {})
        members = template.evaluate(properties, name) if isinstance(properties, Mapping) else None
        if not isinstance(members, Mapping):
            reader.notice("problem", document.where(path), f"the Properties of {name} must be a mapping")
            continue
        style = Style(
            members={plain(key): text for key, text in data.get("members", {}).items()},
            ignored=frozenset(plain(key) for key in data.get("ignored", ())),
        )
        yield Found(operation, renamed(members, known.get("members", {})), style, (*path, "Properties"), label)


class Template:
    """A template whose functions are worked out.

    Args:
        reader: gives values of parameters and takes notices.
        document: the input, for places.
        template: the template, empty where only one resource is given.
        resources: its resources.
    """

    def __init__(
        self, reader: Reader, document: Document, template: Mapping[str, Any], resources: Mapping[str, Any]
    ) -> None:
        self.reader = reader
        self.document = document
        self.resources = resources
        self.parameters = _section(template, "Parameters")
        self.mappings = _section(template, "Mappings")
        self.conditions = _section(template, "Conditions")
        self.references = reader.data("cloudformation").get("references", {})
        self._busy: set[str] = set()
        self._told: set[str] = set()

    # values

    def evaluate(self, value: Any, where: str = "") -> Any:
        """A value with its functions worked out; parts the template does not tell are not known yet."""
        if isinstance(value, str):
            return self._dynamic(value)
        if isinstance(value, list):
            items = (self.evaluate(item, where) for item in value)
            return [item for item in items if item is not _NOTHING]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            function = _FUNCTIONS.get(name)
            if function is not None:
                return function(self, argument)
            if isinstance(name, str) and name.startswith("Fn::"):
                return self._open(name.removeprefix("Fn::"), f"the result of {name}")
        pairs = ((key, self.evaluate(item, where)) for key, item in value.items())
        return {key: item for key, item in pairs if item is not _NOTHING}

    def _open(self, name: str, what: str) -> Partial:
        return Partial([Unknown(self.reader.unknown(name, f"{what} in {self.document.name}"))])

    def _dynamic(self, text: str) -> str:
        """A text with its dynamic references (``{{resolve:ssm:…}}``) as parts not known yet."""
        if "{{resolve:" not in text:
            return text
        out: list[str | Unknown] = []
        at = 0
        for reference in _DYNAMIC.finditer(text):
            out.append(text[at : reference.start()])
            name = camel(reference.group().strip("{}").split(":", 2)[-1].replace("SecretString", ""))
            given = self.reader.value(name)
            what = f"{reference.group()} in {self.document.name}"
            out.append(given if given is not None else Unknown(self.reader.unknown(name, what)))
            at = reference.end()
        return joined([*out, text[at:]])

    def ref(self, argument: Any) -> Any:
        """``Ref``: a parameter, a pseudo parameter, or a resource."""
        if not isinstance(argument, str):
            return self._open("Ref", "a reference")
        if argument.startswith("AWS::"):
            return self._pseudo(argument)
        if argument in self.parameters:
            return self._parameter(argument)
        if argument in self.resources:
            return self._attribute(argument, "Ref")
        given = self.reader.value(argument, camel(argument))
        return given if given is not None else self._open(argument, f"{argument}, which is not in the template,")

    def _pseudo(self, name: str) -> Any:
        own = {"AWS::Partition": "Partition", "AWS::Region": "Region", "AWS::AccountId": "Account"}.get(name)
        if own is not None:
            given = self.reader.value(own)
            if given is None and own == "Partition" and (region := self.reader.value("Region")):
                given = next(iter(partition_of(self.reader.catalog, region)), None)
            return given if given is not None else Partial([Unknown(own)])
        if name == "AWS::NoValue":
            return _NOTHING
        if name == "AWS::URLSuffix":
            partition = self._pseudo("AWS::Partition")
            known = self.reader.catalog.partitions.get(partition)
            return known["dns_suffix"] if known else Partial([Unknown("UrlSuffix", "amazonaws.com")])
        given = self.reader.value(camel(name.removeprefix("AWS::")))
        return given if given is not None else self._open(name.removeprefix("AWS::"), name)

    def _parameter(self, name: str) -> Any:
        parameter = self.parameters[name]
        data = parameter if isinstance(parameter, Mapping) else {}
        kind = str(data.get("Type", "String"))
        value: Any = self.reader.value(name, camel(name))
        # The default of a parameter that reads Systems Manager is the name of the entry, not its value.
        if value is None and "AWS::SSM::Parameter::Value" not in kind:
            value = data.get("Default")
        if value is None or value == "":
            return _empty(value) if value == "" else self._open(name, f"the parameter {name}")
        if isinstance(value, bool):
            value = str(value).lower()
        text = str(value)
        if "List" in kind:
            return [part.strip() for part in text.split(",") if part.strip()]
        return text

    def _attribute(self, name: str, attribute: str) -> Any:
        """What ``Ref`` or ``Fn::GetAtt`` gives of a resource of the template."""
        resource = self.resources[name] if isinstance(self.resources[name], Mapping) else {}
        known = self.references.get(resource.get("Type"), {})
        template = known.get("attributes", {}).get(attribute)
        suffix = "" if attribute == "Ref" else attribute
        given = self.reader.value(camel(f"{name} {suffix}"))
        if given is not None:
            return given
        if template is None or name in self._busy:
            return self._open(
                f"{name} {suffix.replace('.', ' ')}", f"the resource {name}" + (suffix and f" ({suffix})")
            )
        self._busy.add(name)
        try:
            properties = _section(resource, "Properties")
            parts: list[str | Unknown] = []
            at = 0
            for slot in _TEMPLATE.finditer(template):
                parts += [template[at : slot.start()], *self._slot(name, slot[1], known, properties)]
                at = slot.end()
            return joined([*parts, template[at:]])
        finally:
            self._busy.discard(name)

    def _slot(
        self, name: str, slot: str, known: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> list[str | Unknown]:
        """What a part of an attribute's template stands for."""
        if slot in GLOBALS or slot == "UrlSuffix":
            pseudo = {"Account": "AccountId", "UrlSuffix": "URLSuffix"}.get(slot, slot)
            return [self._pseudo(f"AWS::{pseudo}")]
        if slot == "Path":
            path = self.evaluate(properties["Path"]) if "Path" in properties else "/"
            return [path if isinstance(path, str) else "/"]
        value = self.evaluate(properties.get(known.get("name", "")))
        if isinstance(value, str) and value:
            return [value]
        what = f"the name of the resource {name} in {self.document.name}"
        return [Unknown(self.reader.unknown(name, what), known.get("example", ""))]

    # functions

    def sub(self, argument: Any) -> Any:
        """``Fn::Sub``: a text, or a text and a mapping of names of its own."""
        own: Mapping[str, Any] = {}
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], Mapping):
            argument, own = argument
        if not isinstance(argument, str):
            return self._open("Sub", "the result of Fn::Sub")
        parts: list[str | Unknown] = []
        at = 0
        for slot in _SUB.finditer(argument):
            parts.append(argument[at : slot.start()])
            at = slot.end()
            name = slot[1].strip()
            if name.startswith("!"):
                parts.append("${" + name[1:] + "}")
                continue
            value = self.evaluate(own[name]) if name in own else self._named(name)
            parts.append(self._text(value, name))
        return joined([*parts, argument[at:]])

    def _named(self, name: str) -> Any:
        resource, _, attribute = name.partition(".")
        return self.get_att([resource, attribute]) if attribute else self.ref(name)

    def _text(self, value: Any, name: str) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, (str, int, float)):
            return value if isinstance(value, str) else str(value)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return joined(self._glued(",", value))
        return self._open(name, f"{name}, which is no text,")

    @staticmethod
    def _glued(glue: str, items: list[Any]) -> list[str | Unknown]:
        return [part for index, item in enumerate(items) for part in ((glue, item) if index else (item,))]

    def get_att(self, argument: Any) -> Any:
        """``Fn::GetAtt``: resource and attribute, as a list or with a dot."""
        if isinstance(argument, str):
            argument = argument.split(".", 1)
        if not isinstance(argument, list) or len(argument) < 2 or not isinstance(argument[0], str):
            return self._open("GetAtt", "the result of Fn::GetAtt")
        name = argument[0]
        attribute = ".".join(str(part) for part in argument[1:])
        if name in self.resources:
            return self._attribute(name, attribute)
        return self._open(f"{name} {attribute.replace('.', ' ')}", f"{name}.{attribute}, which is not in the template,")

    def join(self, argument: Any) -> Any:
        """``Fn::Join``."""
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str):
            items = self.evaluate(argument[1])
            if isinstance(items, list):
                return joined(self._glued(argument[0], [self._text(item, "Join") for item in items]))
        return self._open("Join", "the result of Fn::Join")

    def select(self, argument: Any) -> Any:
        """``Fn::Select``."""
        if isinstance(argument, list) and len(argument) == 2:
            index, items = self.evaluate(argument[0]), self.evaluate(argument[1])
            if str(index).isdigit() and len(str(index)) < 6 and isinstance(items, list) and int(index) < len(items):
                return items[int(index)]
            if isinstance(items, Partial) and len(items.parts) == 1 and str(index).isdigit():
                (part,) = items.parts
                name = part.name if isinstance(part, Unknown) else str(part)
                return self._open(f"{name} {index}", f"element {index} of {name}")
        return self._open("Select", "the result of Fn::Select")

    def split(self, argument: Any) -> Any:
        """``Fn::Split``."""
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str) and argument[0]:
            text = self.evaluate(argument[1])
            if isinstance(text, str) and not isinstance(text, Partial):
                return text.split(argument[0])
        return self._open("Split", "the result of Fn::Split")

    def find_in_map(self, argument: Any) -> Any:
        """``Fn::FindInMap``."""
        if isinstance(argument, list) and len(argument) >= 3:
            value: Any = self.mappings
            keys = [self.evaluate(key) for key in argument[:3]]
            for key in keys:
                value = value.get(str(key)) if isinstance(value, Mapping) else None
            if value is not None:
                return self.evaluate(value)
            names = " ".join(str(key) for key in keys if not isinstance(key, Partial))
            return self._open(names or "FindInMap", f"the result of Fn::FindInMap {names}")
        return self._open("FindInMap", "the result of Fn::FindInMap")

    def import_value(self, argument: Any) -> Any:
        """``Fn::ImportValue``."""
        name = self.evaluate(argument)
        text = camel(name) if isinstance(name, str) else ""
        given = self.reader.value(str(name), text)
        return given if given is not None else self._open(text or "ImportValue", f"the export {name}")

    def if_(self, argument: Any) -> Any:
        """``Fn::If``."""
        if isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str):
            holds = self.condition(argument[0])
            if holds is not None:
                return self.evaluate(argument[1] if holds else argument[2])
            if argument[0] not in self._told:
                self._told.add(argument[0])
                where = self.document.where(("Conditions", argument[0]))
                message = f"it cannot be told whether the condition {argument[0]} holds; give its parameters a value"
                self.reader.notice("problem", where, message)
            return self._open(argument[0], f"what the condition {argument[0]} decides")
        return self._open("If", "the result of Fn::If")

    def to_json_string(self, argument: Any) -> Any:
        """``Fn::ToJsonString``."""
        value = self.evaluate(argument)
        if _all_known(value):
            return json.dumps(value)
        return self._open("ToJsonString", "the result of Fn::ToJsonString")

    # conditions

    def condition(self, name: str) -> bool | None:
        """Whether a condition holds; None if the template does not tell."""
        if name in self._busy or name not in self.conditions:
            return None
        self._busy.add(name)
        try:
            return self._holds(self.conditions[name])
        finally:
            self._busy.discard(name)

    def _holds(self, value: Any) -> bool | None:
        if not isinstance(value, Mapping) or len(value) != 1:
            return None
        ((name, argument),) = value.items()
        if name == "Condition":
            return self.condition(argument) if isinstance(argument, str) else None
        if not isinstance(argument, list):
            return None
        if name == "Fn::Equals" and len(argument) == 2:
            sides = [self.evaluate(item) for item in argument]
            if any(isinstance(side, Partial) or not isinstance(side, (str, int, float, bool)) for side in sides):
                return None
            first, second = (self._text(side, "Equals") for side in sides)
            return first == second
        inner = [self._holds(item) for item in argument]
        if name == "Fn::Not" and len(inner) == 1:
            return None if inner[0] is None else not inner[0]
        if name == "Fn::And":
            return False if False in inner else None if None in inner else True
        if name == "Fn::Or":
            return True if True in inner else None if None in inner else False
        return None


def _section(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}


def _empty(_: Any) -> str:
    return ""


def _all_known(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_all_known, value.values()))
    if isinstance(value, list):
        return all(map(_all_known, value))
    return not isinstance(value, Partial)


_FUNCTIONS: Mapping[str, Callable[[Template, Any], Any]] = {
    "Ref": Template.ref,
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

"""The functions of expressions in data/services/libraries.yaml, over the arguments that code hands to a library."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions, signature

from ...engine.partial import ANY, MARK, Partial, Unknown, joined, marked
from .texts import cut

#: The longest name of a resource that the SDK makes of a base and the time.
_ANY: Mapping[str, Any] = {"types": []}
_IMAGE = re.compile(r"^(?:.+/)?([^:/]+)(?::[^:]+)?$", re.DOTALL)
_URL = re.compile(r"s3[an]?://")


class Attributes(dict[str, Any]):
    """What an object of a library was made with, and the values that its class makes of that when they are asked for.

    Args:
        own: what it was made with.
        values: the templates of the values.
        evaluate: gives the value of a template.
    """

    def __init__(
        self, own: Mapping[str, Any], values: Mapping[str, Any], evaluate: Callable[[Any, Attributes], Any]
    ) -> None:
        super().__init__(own)
        self._own = dict(own)
        self._values, self._evaluate = values, evaluate
        self._begun: set[str] = set()

    def changed(self, changes: Any) -> Attributes:
        """The same object, made with other values too."""
        own = {**self._own, **(changes if isinstance(changes, dict) else {})}
        known = {key: one for key, one in own.items() if one is not None}
        return Attributes(known, self._values, self._evaluate)

    def get(self, key: str, default: Any = None) -> Any:
        """An attribute; one whose value is being made is what the object was made with."""
        if key in self._values and key not in self._begun:
            self._begun.add(key)
            value = self._evaluate(self._values[key], self)
            if value is not None:
                self[key] = value
        return super().get(key, default)


class Fields(dict[str, Any]):
    """An object of a library as a part of a request.

    Attributes:
        own: what it was made with, and what that gives.
    """

    own: Mapping[str, Any] = {}


class LibraryFunctions(Functions):  # type: ignore[misc]  # the library has no types
    """The functions that entries of data/services/libraries.yaml may use, besides the library's own.

    Args:
        made: gives a value as a class of a library makes it.
        image: gives the image of a framework.
    """

    def __init__(self, made: Callable[[str, Any], Any], image: Callable[..., Any]) -> None:
        super().__init__()
        self._made, self._image = made, image

    @signature(_ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_join(self, glue: Any, texts: Any) -> Any:
        if any(text is None or isinstance(text, (dict, list)) for text in texts):
            return None
        parts = [part for text in texts for part in (glue, _text(text))]
        return joined(parts[1:])

    @signature(_ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_contains(self, subject: Any, wanted: Any) -> bool:
        return isinstance(subject, (str, list, dict)) and wanted in subject

    @signature(_ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_starts(self, text: Any, begin: Any) -> bool:
        """Whether a text begins with another."""
        return isinstance(text, str) and text.startswith(begin)

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_is_text(self, value: Any) -> bool:
        return isinstance(value, str)

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_is_url(self, value: Any) -> bool:
        """Whether a text is a URL of Amazon S3; one that is not known at all is rather a path."""
        return isinstance(value, str) and bool(_URL.match(value))

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_is_local(self, value: Any) -> bool:
        """Whether a text is a path on the machine that runs the code."""
        return isinstance(value, str) and not isinstance(value, Partial) and "://" not in value

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_is_named(self, value: Any) -> bool:
        """Whether a value is a mapping of names to values of which none is a member of a request."""
        return isinstance(value, dict) and not isinstance(value, (Attributes, Fields))

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_bucket(self, url: Any) -> Any:
        return cut(url)[0] if isinstance(url, str) else None

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_key(self, url: Any) -> Any:
        return cut(url)[1] or None if isinstance(url, str) else None

    @signature({"types": []}, {"types": [], "variadic": True})  # type: ignore[untyped-decorator]
    def _func_below(self, url: Any, *names: Any) -> Any:
        """A URL or path with names below it; those that are not given are passed over."""
        found: Any = None
        for name in (url, *names):
            if name is None or name == "":
                continue
            text = _text(name)
            if found is None:
                found = text
                continue
            is_open = found.endswith("/")
            begins = type(text) is str and text.startswith("/")
            text = text[1:] if is_open and begins else text
            found = joined([found, text if is_open or begins else joined(["/", text])])
        return found

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_file(self, path: Any) -> Any:
        """The name of the file that a path names, or nothing if it names a folder or is not known."""
        if not isinstance(path, str):
            return None
        parts = path.parts if isinstance(path, Partial) else (path,)
        if not parts or not isinstance(parts[-1], str):
            return None
        name = parts[-1].rpartition("/")[2]
        return name if "." in name.strip(".") and (len(parts) == 1 or "/" in parts[-1]) else None

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_unique(self, base: Any) -> Any:
        """A name that is a base and the time."""
        return joined([_text(base), "-", ANY]) if base else None

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_image_name(self, image: Any) -> Any:
        """The name of the repository of an image, which names of jobs begin with."""
        if not isinstance(image, str):
            return None
        last = image.parts[-1] if isinstance(image, Partial) and image.parts else image
        before = image.parts[:-1] if isinstance(image, Partial) else ()
        if isinstance(last, str) and "/" in last:
            found = _IMAGE.match(last)
            return found[1] if found else None
        whole = "".join(part if isinstance(part, str) else "?" for part in (*before, last))
        found = _IMAGE.match(whole)
        return found[1] if found and "?" not in found[1] else joined([ANY])

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_encoded(self, values: Any) -> Any:
        """Each value of a mapping as JSON."""
        return {key: _encoded(one) for key, one in values.items()} if isinstance(values, dict) else None

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_texts(self, values: Any) -> Any:
        """Each value of a mapping, or of a list, as text."""
        if isinstance(values, dict):
            return {key: _text(one) for key, one in values.items()}
        return [_text(one) for one in values] if isinstance(values, list) else None

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_text(self, value: Any) -> Any:
        return None if value is None else _text(value)

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_listed(self, value: Any) -> Any:
        """A list; a value alone is one of one element."""
        return None if value is None else value if isinstance(value, list) else [value]

    @signature(_ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_named(self, values: Any, usual: Any) -> Any:
        """A mapping as a list of names and values; a value alone has the usual name, elements of a list their own."""
        if values is None:
            return None
        if isinstance(values, list):
            return [{"name": getattr(one, "own", {}).get("channel") or usual, "value": one} for one in values]
        if not self._func_is_named(values):
            return [{"name": usual, "value": values}]
        return [{"name": name, "value": one} for name, one in values.items()]

    @signature(_ANY, _ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_numbered(self, items: Any, member: Any, begin: Any) -> Any:
        """Items, of which those without a member have one of a text and their number."""
        if not isinstance(items, list):
            return None
        own = [item for item in items if isinstance(item, dict)]
        return [{**one, member: one.get(member) or f"{begin}{number}"} for number, one in enumerate(own, 1)]

    @signature(_ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_local(self, items: Any, member: Any) -> Any:
        """The items whose place is on the machine that runs the code."""
        return [one for one in items or () if self._func_is_local((one.get(member) or {}).get("S3Uri"))]

    @signature(_ANY, _ANY, _ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_stored(self, items: Any, member: Any, base: Any, name: Any) -> Any:
        """Items whose place is below a URL, each under its name, where it is local or none is given."""
        found = []
        for one in items or ():
            inner = one.get(member)
            uri = inner.get("S3Uri") if isinstance(inner, dict) else ""
            if isinstance(inner, dict) and (uri is None or self._func_is_local(uri)):
                one = {**one, member: {**inner, "S3Uri": self._func_below(base, one.get(name), self._func_file(uri))}}
            found.append(one)
        return found

    @signature(_ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_changed(self, value: Any, changes: Any) -> Any:
        """An object of a library as if it were made with other values too."""
        return value.changed(changes) if isinstance(value, Attributes) else None

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_members(self, values: Any) -> Any:
        """Arguments as members of a request are spelled: ``s3_uri`` is S3Uri."""
        return {"".join(part[:1].upper() + part[1:] for part in key.split("_")): one for key, one in values.items()}

    @signature(_ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_without(self, values: Any, names: Any) -> Any:
        """A mapping without some names."""
        return {key: one for key, one in values.items() if key not in names} if isinstance(values, dict) else None

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_fields(self, value: Any) -> Any:
        """What an object of a library was made with."""
        return getattr(value, "own", value)

    @signature(_ANY, _ANY)  # type: ignore[untyped-decorator]
    def _func_made(self, kind: Any, value: Any) -> Any:
        """A value as an object of a class: an object stays, and so does a mapping; another is its first argument."""
        return value if value is None or isinstance(value, dict) else self._made(kind, value)

    @signature({"types": []}, {"types": [], "variadic": True})  # type: ignore[untyped-decorator]
    def _func_merge(self, *values: Any) -> Any:
        """Mappings as one, without what has no value; the last of two that have a member wins."""
        whole: dict[str, Any] = {}
        for one in values:
            if isinstance(one, dict):
                whole.update({key: item for key, item in one.items() if item is not None})
        return whole or None

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_tags(self, tags: Any) -> Any:
        """Tags as requests have them."""
        if not isinstance(tags, dict):
            return tags
        return [{"Key": key, "Value": value} for key, value in tags.items()]

    @signature({"types": []}, {"types": [], "variadic": True})  # type: ignore[untyped-decorator]
    def _func_image(self, framework: Any, *of: Any) -> Any:
        """The image of a framework: purpose, version, version of Python, type of instance, Region."""
        return self._image(framework, *of) if isinstance(framework, str) else None

    @signature(_ANY)  # type: ignore[untyped-decorator]
    def _func_document(self, value: Any) -> Any:
        """A value as text of JSON, in which parts are not known."""
        return _document(value)


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def _encoded(value: Any) -> Any:
    if isinstance(value, Partial):
        return joined(['"', value, '"'])
    return _document(value)


def _document(value: Any) -> Any:
    unknown: list[Unknown] = []

    def all_marked(item: Any) -> Any:
        if isinstance(item, Partial):
            return marked(item, unknown)
        if isinstance(item, dict):
            return {key: all_marked(one) for key, one in item.items()}
        return [all_marked(one) for one in item] if isinstance(item, list) else item

    text = json.dumps(all_marked(value), ensure_ascii=False)
    pieces = re.split(f"{MARK}([0-9]+){MARK}", text)
    return joined(unknown[int(piece)] if number % 2 else piece for number, piece in enumerate(pieces))


class Expressions:
    """Evaluates templates: a text is an expression of JMESPath, a mapping or list is one of templates.

    Args:
        functions: the functions of expressions.
    """

    def __init__(self, functions: LibraryFunctions) -> None:
        self._interpreter = jmespath.visitor.TreeInterpreter(jmespath.Options(custom_functions=functions))
        self._parsed: dict[str, Any] = {}

    def value(self, template: Any, names: Mapping[str, Any]) -> Any:
        """The value of a template; None where an expression in it is given what it cannot take."""
        if isinstance(template, str):
            if template not in self._parsed:
                self._parsed[template] = jmespath.compile(template).parsed
            try:
                return self._interpreter.visit(self._parsed[template], names)
            except (JMESPathError, TypeError, AttributeError):
                return None
        if isinstance(template, Mapping):
            found = {key: self.value(one, names) for key, one in template.items()}
            return {key: one for key, one in found.items() if one is not None} or None
        if isinstance(template, (list, tuple)):
            return [one for item in template if (one := self.value(item, names)) is not None]
        return template

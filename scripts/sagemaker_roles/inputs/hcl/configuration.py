"""Work out Terraform configuration into what `terraform show -json` would print of its resources."""

from __future__ import annotations

import posixpath
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from ...engine.partial import Partial
from ...errors import InputError, Position
from ..reader import InputDocument, ReadingContext
from ..reader import below as value_below
from ..terraform_files import MEMBER, SUFFIXES, VALUES
from ..text.places import Path, Places
from .modules import Called, Module, Work, instances
from .resources import Resource, places_of
from .scopes import Lazy
from .syntax import Block, Body, Expression, parse_file, parse_values, whole
from .value_types import Failed, NotKnown

#: How many modules a configuration can have.
_MAX_MODULES = 200

#: The types whose attributes roles and their policies are read from, and an attribute that others refer to.
_COMPUTED = {"aws_iam_role": ("arn", "name"), "aws_iam_policy": ("arn",)}


class _Places(Places):
    """Places of values in the files of a configuration."""

    def __init__(self, places: Mapping[Path, Position]) -> None:
        self.known = places

    def position(self, path: Path = (), number: int = 0) -> Position | None:
        """Where the value at a path is written, or the nearest value above it."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.known:
                return self.known[path[:end]]
        return None


def below(at: InputDocument) -> Places | None:
    """The places below a value of a configuration, as if the value were the document."""
    if not isinstance(at.places, _Places):
        return at.places
    size = len(at.path)
    known = at.places.known
    return _Places({path[size:]: place for path, place in known.items() if path[:size] == at.path})


def plans(context: ReadingContext, document: InputDocument, others: tuple[str, ...]) -> Iterator[InputDocument]:
    """What a plan would show of each configuration in an input, as far as the files tell it.

    Args:
        others: how the types of resources begin that are wanted besides those of the services.

    Raises:
        InputError: it is no configuration, or python-hcl2 is not installed.
    """
    content = value_below(document.value, MEMBER)
    files = value_below(content, "files")
    if not isinstance(files, Mapping):
        raise InputError(
            "no Terraform configuration; give a folder with files that end with .tf", whole(document.where())
        )
    texts = {key: text for key, text in files.items() if isinstance(key, str) and isinstance(text, str)}
    unread = value_below(content, "unread")
    for item in unread if isinstance(unread, list) else ():
        if isinstance(item, (list, tuple)) and len(item) == 2:
            context.notice("problem", _display(document.name, str(item[0])), f"it is not read: {item[1]}")
    bodies: dict[str, list[Body]] = {}
    for path in sorted(texts):
        if path.endswith(SUFFIXES):
            body = _parsed(context, texts[path], _display(document.name, path))
            bodies.setdefault(posixpath.dirname(path) or ".", []).append(body)
    called: set[str] = set()
    is_any = False
    for folder in _roots(bodies):
        name = _display(document.name, folder)
        message = "Terraform configuration is read without providers and modules from elsewhere"
        context.notice("note", name, f"{message}; what `terraform show -json` prints of a plan has what they decide")
        one = _Configuration(context, name, folder, texts, bodies)
        plan = one.plan((*_begins(context), *others))
        called |= {posixpath.normpath(posixpath.join(folder, path)) for path in one.work.called}
        is_any |= one.is_any
        yield plan
    _tell_others(context, document.name, bodies, called, is_any)


def _tell_others(
    context: ReadingContext, name: str, bodies: Mapping[str, list[Body]], called: set[str], is_any: bool
) -> None:
    """Tells of folders with resources of the services that no configuration calls."""
    begins = _begins(context)
    for folder in sorted({*bodies} - called):
        blocks = [block for body in bodies[folder] for block in body.of("resource")]
        if any(block.labels[0].startswith(begins) for block in blocks if block.labels):
            message = "nothing that is read here calls this module; give it by itself"
            context.notice("note" if is_any else "problem", _display(name, folder), message)


def _begins(context: ReadingContext) -> tuple[str, ...]:
    """How the types of resources of the services begin."""
    begins = [said.get("types", {}).get("terraform", "") for said in context.catalog.services.values()]
    return tuple(one for begin in begins if begin for one in (begin, begin.replace("aws_", "awscc_", 1)))


def _display(name: str, path: str) -> str:
    """What messages call a file or folder of an input: an input that is a text has the one that it is."""
    if name == "-":
        return name
    if name.endswith(SUFFIXES) and posixpath.dirname(path) in ("", "."):
        return posixpath.dirname(name) or "." if path == "." else posixpath.join(posixpath.dirname(name), path)
    return posixpath.normpath(posixpath.join(name, path))


def _parsed(context: ReadingContext, text: str, name: str) -> Body:
    try:
        body, errors = parse_file(text, name)
    except InputError as error:
        if error.position.path:
            body, errors = Body(), [error]
        else:
            raise InputError(error.message, whole(name)) from None
    for one in errors:
        context.refuse(one)
    return body


def _roots(bodies: Mapping[str, list[Body]]) -> list[str]:
    """The folders that are configurations by themselves: the given one, else those that no other calls."""
    if "." in bodies:
        return ["."]
    called = set()
    for folder, several in bodies.items():
        for block in (block for body in several for block in body.of("module")):
            source = block.body.attributes.get("source")
            if source is not None and (written := source.written().strip('"') or str(source.tree)).startswith("."):
                called.add(posixpath.normpath(posixpath.join(folder, written)))
    return [folder for folder in sorted(bodies) if folder not in called] or sorted(bodies)[:1]


class _Configuration:
    """One configuration: a module that no other calls, with those that it calls."""

    def __init__(
        self,
        context: ReadingContext,
        name: str,
        folder: str,
        texts: Mapping[str, str],
        bodies: Mapping[str, list[Body]],
    ) -> None:
        self.context, self.name, self.folder = context, name, folder
        # Paths in expressions are from the folder of the configuration.
        inner = {posixpath.relpath(path, folder): text for path, text in texts.items()}
        moved = {posixpath.normpath(posixpath.relpath(path, folder)): body for path, body in bodies.items()}
        self.work = Work(context, name, inner, moved)
        self.work.resource = Resource
        self.work.region = self._region
        self.root = Module(self.work, ".", values=self._values(inner))
        self._places: dict[Path, Position] = {}
        self._resources: list[Mapping[str, Any]] = []
        self._known_region: Any = NotKnown
        #: Whether it has a resource of the services, even if it is not created.
        self.is_any = False

    def _values(self, texts: Mapping[str, str]) -> dict[str, Expression]:
        """The values of variables in files, the last of which counts."""
        own = [path for path in sorted(texts) if path.endswith(VALUES) and "/" not in path]
        first = [path for path in own if path in ("terraform.tfvars", "terraform.tfvars.json")]
        found: dict[str, Expression] = {}
        for path in (*first, *(one for one in own if ".auto.tfvars" in one)):
            try:
                values, errors = parse_values(texts[path], _display(self.name, path))
            except InputError as error:
                values, errors = {}, [error]
            found |= values
            for one in errors:
                self.context.refuse(one)
        others = [path for path in own if path not in first and ".auto.tfvars" not in path]
        if others:
            message = f"the values in {', '.join(others[:5])} are not used, as Terraform uses them with -var-file only"
            self.context.notice("note", self.name, f"{message}; give them with --set")
        return found

    def _region(self) -> Any:
        """The Region of the provider; None if the configuration does not tell it."""
        if self._known_region is NotKnown:
            self._known_region = None
            for block in (block for body in self.work.bodies.get(".", ()) for block in body.of("provider")):
                region = block.body.attributes.get("region")
                if block.labels == ("aws",) and "alias" not in block.body.attributes and region is not None:
                    self._known_region = self.root.value(region)
        return self._known_region

    def plan(self, kinds: tuple[str, ...]) -> InputDocument:
        """What a plan would show of the resources of some types."""
        for module in self._modules():
            for address, block in module.resources.items():
                if block.kind == "resource" and block.labels[0].startswith(kinds):
                    self.is_any |= block.labels[0].startswith(_begins(self.context))
                    self._take(module, address, block)
        region = self._region()
        known = region if isinstance(region, str) and not isinstance(region, Partial) else None
        provider = {"aws": {"expressions": {"region": {"constant_value": known}}}}
        value = {
            "format_version": "1",
            "planned_values": {"root_module": {"resources": self._resources}},
            "configuration": {"provider_config": provider} if known else {},
        }
        return InputDocument(value, self.name, _Places(self._places))

    def _modules(self) -> Iterator[Module]:
        """The modules of the configuration."""
        left, count = deque([self.root]), 0
        while left:
            module = left.popleft()
            yield module
            for name, block in module.calls.items():
                self.work.called.add(module.source_of(block)[1])
                for call in self._instances(module, "module", name, block):
                    count += 1
                    if count > _MAX_MODULES:
                        message = f"more than {_MAX_MODULES} modules are called; the rest is not read"
                        self.context.notice("problem", str(block.position), message)
                        return
                    if isinstance(call, Called) and call.module is not None:
                        left.append(call.module)
                    elif isinstance(call, Called):
                        self._not_read(call)

    def _not_read(self, call: Called) -> None:
        """Tells of a module that is not read: it is elsewhere, or damaged."""
        where, called = str(call.block.position), call.address
        if call.source.startswith("."):
            message = f"{called}: there is no configuration in {call.source}; give the folder that has it too"
            self.context.notice("problem", where, message)
            return
        services = {word for kind in _begins(self.context) for word in kind.split("_")[1:] if word}
        is_ours = any(word in call.source.lower() for word in services)
        message = f"{called} is {call.source or 'not known'}, whose resources are not read; a plan has them"
        self.context.notice("problem" if is_ours else "note", where, message)

    def _instances(self, module: Module, kind: str, name: str, block: Block) -> list[Any]:
        try:
            value = module.known(kind, name)
        except (Failed, NotKnown, RecursionError):
            return []
        found = [*instances(value)]
        if not found:
            expression = block.body.attributes.get("count") or block.body.attributes.get("for_each")
            written = expression.written() if expression is not None else ""
            address = ".".join(filter(None, (module.address, "module" if kind == "module" else "", name)))
            message = f"{address} is not created: {written[:120]} gives none; give other values with --set"
            self.context.notice("note", str(block.position), message)
        return found

    def _take(self, module: Module, address: str, block: Block) -> None:
        """Adds the instances of a resource."""
        for one in self._instances(module, "resource", address, block):
            if not isinstance(one, Resource):
                continue
            at = ("planned_values", "root_module", "resources", len(self._resources))
            values, places = places_of(block.body, module, one.names)
            for name in _COMPUTED.get(one.kind, ()):
                computed = self._computed(one, name)
                if isinstance(computed, str):
                    values[name] = computed
            if one.kind.startswith(_begins(self.context)):
                self._tell_without(one, block, values)
            self._places[at] = block.position
            self._places |= {(*at, "values", *path): position for path, position in places.items()}
            item = {"address": one.address, "mode": "managed", "type": one.kind, "name": one.label, "values": values}
            self._resources.append(item)

    def _tell_without(self, one: Resource, block: Block, values: Mapping[str, Any]) -> None:
        """Tells which blocks of a resource are repeated for nothing."""
        kinds = {kind: None for inner in block.body.of("dynamic") for kind in inner.labels[:1] if kind not in values}
        if kinds:
            message = f"{one.address} has no {', '.join(kinds)}, as for_each of each gives none"
            self.context.notice("note", str(block.position), f"{message}; give other values with --set")

    def _computed(self, one: Lazy, name: str) -> Any:
        try:
            return one.member(name)
        except (Failed, NotKnown):
            return None

"""Modules of Terraform: their variables, locals, resources, and calls of other modules, worked out when asked for."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...engine.partial import Partial, Unknown
from ..reader import ReadingContext, camel
from .expressions import MAX_DEPTH, evaluate, render
from .functions import call
from .placeholder_names import name_of
from .scopes import Lazy, Scope
from .syntax import Block, Body, Expression
from .value_types import Failed, NotKnown, is_open, text
from .values import converted, given

#: How many steps the expressions of a configuration can take, and how many instances a block can have.
MAX_STEPS, MAX_INSTANCES = 400_000, 200
#: How deep modules can call modules.
MAX_MODULES = 8

#: Attributes of blocks that Terraform itself reads, and blocks of them.
META = frozenset({"count", "for_each", "depends_on", "provider", "providers", "source", "version"})
META_BLOCKS = frozenset({"lifecycle", "provisioner", "connection"})


class Work:
    """What the modules of a configuration share.

    Args:
        context: gives values of variables, and takes notices.
        name: what messages call the folder.
        files: the texts of its files by their paths.
        bodies: the files with configuration, parsed, by their folders.
    """

    def __init__(
        self, context: ReadingContext, name: str, files: Mapping[str, str], bodies: Mapping[str, list[Body]]
    ) -> None:
        self.context, self.name, self.files, self.bodies = context, name, files, bodies
        self.steps, self.depth = MAX_STEPS, 0
        #: The folders of modules that are called, whether or not they are created.
        self.called: set[str] = {"."}
        self.region: Callable[[], Any] = lambda: None
        #: Makes what a resource is.
        self.resource: Callable[[Module, Block, str, Mapping[str, Any]], Lazy]

    def place(self, folder: str) -> str:
        """What messages call a folder of the configuration."""
        return self.name if folder == "." else posixpath.normpath(posixpath.join(self.name, folder))


class Module(Scope):
    """One module, as it is called.

    Args:
        folder: its folder, by the path from that of the configuration; ".": that folder.
        address: ``module.a.module.b``, or "".
        inputs: gives what the call says for a variable; None where it says nothing.
        values: expressions for variables out of files with values.
    """

    def __init__(
        self,
        work: Work,
        folder: str,
        address: str = "",
        inputs: Callable[[str], Any] | None = None,
        values: Mapping[str, Expression] | None = None,
    ) -> None:
        self.work, self.folder, self.address = work, folder, address
        self.names: Mapping[str, Any] = {}
        self._inputs, self._values = inputs, values or {}
        self.locals: dict[str, Expression] = {}
        self.variables: dict[str, Block] = {}
        self.outputs: dict[str, Block] = {}
        self.calls: dict[str, Block] = {}
        self.resources: dict[str, Block] = {}
        self._known: dict[tuple[str, str], Any] = {}
        self._busy: set[tuple[str, str]] = set()
        for body in work.bodies.get(folder, ()):
            for block in body.blocks:
                self._take(block)

    def _take(self, block: Block) -> None:
        if block.kind == "locals":
            self.locals |= block.body.attributes
        elif block.kind in ("resource", "data") and len(block.labels) == 2:
            address = ".".join((*(("data",) if block.kind == "data" else ()), *block.labels))
            self.resources.setdefault(address, block)
        elif len(block.labels) == 1:
            kinds = {"variable": self.variables, "output": self.outputs, "module": self.calls}
            if block.kind in kinds:
                kinds[block.kind].setdefault(block.labels[0], block)

    @property
    def level(self) -> int:
        """How many modules call this one, one by the other."""
        return self.address.count("module.")

    # what names stand for

    def name(self, name: str) -> Any:
        """What a name stands for; the raises of :class:`Scope`."""
        if name in ("var", "local", "module"):
            return _Names(self, name)
        if name == "path":
            return {"module": self.folder, "root": ".", "cwd": "."}
        if name in ("each", "count", "self", "terraform", "ephemeral"):
            raise NotKnown
        return _Types(self, "data") if name == "data" else _Resources(self, name)

    def known(self, kind: str, name: str) -> Any:
        """The value of a variable, a local, a module, a resource, or an output, worked out once.

        Raises:
            Failed: there is none.
            NotKnown: it leads back to itself.
        """
        key = kind, name
        if key not in self._known:
            if key in self._busy:
                raise NotKnown
            self._busy.add(key)
            try:
                self._known[key] = self._made(kind, name)
            finally:
                self._busy.discard(key)
        return self._known[key]

    def _made(self, kind: str, name: str) -> Any:
        if kind == "var":
            return self._variable(name)
        if kind == "local":
            return self.value(_found(self.locals, name))
        if kind == "output":
            value = _found(self.outputs, name).body.attributes.get("value")
            return None if value is None else self.value(value)
        blocks, make = (self.calls, self.called) if kind == "module" else (self.resources, self._resource)
        return self._instances(_found(blocks, name), name, make)

    def value(self, expression: Expression, names: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression; not known, where Terraform would report an error."""
        try:
            return evaluate(expression, self, self.names if names is None else names)
        except (Failed, RecursionError):
            return self.unknown(expression.written(), self.names if names is None else names)

    # variables

    def _variable(self, name: str) -> Any:
        block = self.variables.get(name)
        kind = block.body.attributes.get("type") if block is not None else None
        value: Any = self._inputs(name) if self._inputs is not None else self._given(name, kind)
        if value is None and block is not None and "default" in block.body.attributes:
            default = self.value(block.body.attributes["default"])
            return converted(default, kind, self)
        if value is None and not (self._inputs is None and name in self._values):
            return self.unknown(f"var.{name}", {}, name)
        return converted(value, kind, self)

    def _given(self, name: str, kind: Expression | None) -> Any:
        """What the user says for a variable: with an option, or in a file with values."""
        context = self.work.context
        value = context.value(name, camel(name))
        if value is not None:
            return given(value, kind)
        return self.value(self._values[name]) if name in self._values else None

    # instances

    def _instances(self, block: Block, name: str, make: Callable[[Block, str, Mapping[str, Any]], Any]) -> Any:
        """A resource or module, or the list or mapping of them where it is repeated."""
        count, each = (block.body.attributes.get(key) for key in ("count", "for_each"))
        if count is not None:
            value = self.value(count)
            try:
                number = int(call("tonumber", [value]))
            except (Failed, NotKnown, TypeError, ValueError):
                return Repeated(make(block, name, {"count": {"index": self.unknown("count.index", {}, name)}}))
            return [
                make(block, f"{name}[{index}]", {"count": {"index": index}})
                for index in range(min(number, MAX_INSTANCES))
            ]
        if each is None:
            return make(block, name, {})
        value = self.value(each)
        if isinstance(value, list) and not any(isinstance(one, (Partial, list, Mapping, Lazy)) for one in value):
            value = {text(one): one for one in value if one is not None}
        if not isinstance(value, Mapping):
            return Repeated(make(block, name, {"each": _Open()}))
        items = sorted(value.items())[:MAX_INSTANCES]
        return {key: make(block, f'{name}["{key}"]', {"each": {"key": key, "value": item}}) for key, item in items}

    def _resource(self, block: Block, name: str, names: Mapping[str, Any]) -> Lazy:
        return self.work.resource(self, block, f"{self.address}.{name}" if self.address else name, names)

    def called(self, block: Block, name: str, names: Mapping[str, Any]) -> Called:
        """The module that a block calls."""
        return Called(self, block, f"{self.address}.module.{name}" if self.address else f"module.{name}", names)

    def source_of(self, block: Block) -> tuple[str, str]:
        """Where a called module is: as the call says, and its folder if it is a local one."""
        source = block.body.attributes.get("source")
        value = self.value(source) if source is not None else ""
        said = value if isinstance(value, str) else ""
        is_local = said in (".", "..") or said.startswith(("./", "../"))
        return said, posixpath.normpath(posixpath.join(self.folder, said)) if is_local else ""

    # what is not known

    def unknown(self, written: str, names: Mapping[str, Any], alias: str = "") -> Any:
        """What is not known, by the expression for it and the names in it."""
        inner = sorted(f"{key}={item}" for key, item in names.items() if isinstance(item, (str, int, dict)))
        what = f"{written[:200] or 'a value'} in {self.work.place(self.folder)}"
        if self.address:
            what += f" ({self.address})"
        return self.part(name_of(written), what, f"{written} {inner} {self.address} {self.folder}", alias)

    def part(self, name: str, what: str, key: str, alias: str = "", example: str = "") -> Any:
        """What the user gave for what is not known, else a placeholder for it."""
        known = self.work.context.part(
            name, what, *filter(None, [alias]), key=f"{key} of {self.work.name}", stands_for=example
        )
        return Partial([known]) if isinstance(known, Unknown) else known

    def step(self, depth: int) -> None:
        """Count a step of an expression."""
        if depth < 0:
            self.work.depth -= 1
            return
        self.work.steps -= 1
        if self.work.steps < 0 or self.work.depth >= MAX_DEPTH:
            raise NotKnown
        self.work.depth += 1

    # files

    def call(self, name: str, values: list[Any]) -> Any:
        """The result of a function that reads files; NotKnown for any other."""
        if name == "abspath" and len(values) == 1:
            return values[0]
        if name not in ("file", "templatefile", "fileexists", "fileset", "filebase64", "yamldecode") or not values:
            raise NotKnown
        if name == "fileset":
            return self._fileset(*values)
        if is_open(values[0]) or isinstance(values[0], Partial):
            raise NotKnown
        if name == "yamldecode":
            return self._yaml(text(values[0]))
        path = posixpath.normpath(text(values[0]))
        known = self.work.files.get(path)
        if name == "fileexists":
            return known is not None
        if known is None:
            raise NotKnown
        if name == "filebase64":
            return call("base64encode", [known])
        if name == "file":
            return known
        return self.rendered(known, values[1] if len(values) == 2 else None)

    def rendered(self, template: Any, values: Any) -> Any:
        """The text of a template with values; the raises of :class:`Lazy`."""
        if isinstance(template, Partial) or not isinstance(template, str) or not isinstance(values, Mapping):
            raise NotKnown
        return render(template, _Template(self), values)

    def _yaml(self, content: str) -> Any:
        from ...errors import InputError
        from ..reading import documents

        try:
            return next((one.value for one in documents("yamldecode.yaml", content)), None)
        except InputError:
            raise Failed("no YAML") from None

    def _fileset(self, folder: Any, pattern: Any = "") -> list[str]:
        from fnmatch import fnmatchcase

        begin = posixpath.normpath(text(folder))
        paths = [
            posixpath.relpath(path, begin) for path in self.work.files if begin == "." or path.startswith(begin + "/")
        ]
        return sorted(path for path in paths if fnmatchcase(path, text(pattern).replace("**/", "*")))


class _Template(Scope):
    """The names in a file that is a template: those that are given alone."""

    def __init__(self, module: Module) -> None:
        self.module, self.names = module, {}

    def name(self, name: str) -> Any:
        """What a name stands for; the raises of :class:`Scope`."""
        raise Failed(f"no value for {name}")

    def unknown(self, written: str, names: Mapping[str, Any]) -> Any:
        """What is not known, by the expression for it and the names in it."""
        return self.module.unknown(written, names)

    def call(self, name: str, values: list[Any]) -> Any:
        """The result of a function that reads files; NotKnown for any other."""
        raise NotKnown

    def step(self, depth: int) -> None:
        """Count a step of an expression."""
        self.module.step(depth)


class _Names(Lazy):
    """``var``, ``local``, or ``module``."""

    def __init__(self, module: Module, kind: str) -> None:
        self.module, self.kind = module, kind

    def member(self, name: str) -> Any:
        """What is below a name; the raises of :class:`Lazy`."""
        return self.module.known(self.kind, name)


class _Types(Lazy):
    """``data``."""

    def __init__(self, module: Module, kind: str) -> None:
        self.module, self.kind = module, kind

    def member(self, name: str) -> Any:
        """What is below a name; the raises of :class:`Lazy`."""
        return _Resources(self.module, f"{self.kind}.{name}")


class _Resources(Lazy):
    """The resources of a type."""

    def __init__(self, module: Module, kind: str) -> None:
        self.module, self.kind = module, kind

    def member(self, name: str) -> Any:
        """What is below a name; the raises of :class:`Lazy`."""
        address = f"{self.kind}.{name}"
        if address not in self.module.resources:
            raise NotKnown
        return self.module.known("resource", address)


class _Open(Lazy):
    """``each`` where what is gone over is not known."""

    def member(self, name: str) -> Any:
        """What is below a name; the raises of :class:`Lazy`."""
        raise NotKnown


class Repeated(Lazy):
    """A resource or module of which it is not known how often there is one; each is like the one that is read."""

    def __init__(self, one: Any) -> None:
        self.one = one

    def member(self, name: str) -> Any:
        """What is below a name; the raises of :class:`Lazy`."""
        return self.one.member(name)

    def index(self, key: Any) -> Any:
        """Any element, which are all alike."""
        return self.one


class Called(Lazy):
    """A module that another one calls."""

    def __init__(self, caller: Module, block: Block, address: str, names: Mapping[str, Any]) -> None:
        self.caller, self.block, self.address, self.names = caller, block, address, names
        self.source, folder = caller.source_of(block)
        is_read = folder in caller.work.bodies and caller.level < MAX_MODULES
        self.module = Module(caller.work, folder, address, self._input) if is_read else None

    def _input(self, name: str) -> Any:
        expression = self.block.body.attributes.get(name)
        return None if expression is None else self.caller.value(expression, self.names)

    def member(self, name: str) -> Any:
        """What is below a name; the raises of :class:`Lazy`."""
        if self.module is None:
            raise NotKnown
        return self.module.known("output", name)


def instances(value: Any) -> Iterator[Any]:
    """The resources or modules of one block."""
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
    else:
        yield value.one if isinstance(value, Repeated) else value


def _found(mapping: Mapping[str, Any], name: str) -> Any:
    if name not in mapping:
        raise Failed(f"no {name}")
    return mapping[name]

"""Reads Python code for the calls of AWS services in it; the code is parsed and followed, never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..engine.code import CodeCall, Several
from ..engine.partial import Partial, Unknown
from ..engine.values import short
from .code_values import (
    Answer,
    Class,
    Client,
    Deferred,
    Files,
    Function,
    Given,
    Instance,
    Method,
    Name,
    Options,
    Resource,
    Scope,
    Session,
    Unseen,
    each,
    elements,
    joined,
    several,
)

#: How deep calls are followed, and how many nodes of one file, with the functions that it calls.
MAX_CALLS = 12
MAX_STEPS = 200_000

#: Libraries with the names of boto3.
_BOTO = {"boto3", "aioboto3", "aiobotocore.session", "botocore.session"}
#: Modules whose functions give other modules' objects.
_SESSIONS = {"Session", "get_session", "AioSession"}
_URL = re.compile(r"s3[an]?://")
_WORDS = re.compile(r"[a-z]+")


class Table:
    """What the catalog knows of calls, by the names that code uses.

    Args:
        data: the part ``code`` of the catalog.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.services: Mapping[str, Any] = data["services"]
        self.operations = {
            service: {name.lower(): name for name in (*item["operations"], *item["unknown"])}
            for service, item in self.services.items()
        }
        self.by_method: dict[str, list[str]] = {}
        for service, names in self.operations.items():
            for name in names:
                self.by_method.setdefault(name, []).append(service)
        self.urls: dict[str, str] = {}
        self.calls: dict[str, Mapping[str, Any]] = {}
        self.files: set[str] = set()
        for library in data["libraries"].values():
            for does, names in library.get("urls", {}).items():
                self.urls.update(dict.fromkeys(names, does))
            self.calls.update(library.get("calls", {}))
            self.files.update(library.get("files", ()))

    def operation(self, service: str, method: str) -> str:
        """The operation or function that a method of a client is, or ""."""
        if method in self.services.get(service, {}).get("functions", {}):
            return method
        return str(self.operations.get(service, {}).get(method.replace("_", "").lower(), ""))


def table_of(catalog: Any) -> Table:
    """What a catalog knows of calls, made once."""
    table: Table = catalog._once(("code",), lambda: Table(catalog.data["code"]))
    return table


class CodeReader:
    """Follows the modules of some code.

    Args:
        table: what is known of calls.
        unknown: gives the placeholder of a part that the code does not show.
        given: what a request hands to the code: ``environment`` and ``hyperparameters``.
        modules: name of each module to its tree and the name of its file.
        called: takes each call.
        noted: takes what there is to say: place and message.
    """

    def __init__(
        self,
        table: Table,
        unknown: Callable[[Unseen], Unknown],
        given: Mapping[str, Mapping[str, Any]],
        modules: Mapping[str, tuple[ast.Module, str, Callable[[int], str]]],
        called: Callable[[CodeCall], None],
        noted: Callable[[str, str], None],
    ) -> None:
        self.table, self.unknown, self.given, self.modules = table, unknown, given, modules
        self.called, self.noted = called, noted
        self.scopes: dict[str, Scope] = {}
        self.seen: set[Any] = set()
        self._returned: dict[Any, Any] = {}
        self.pending: dict[int, Function] = {}
        self.clients: set[str] = set()
        self.depth = self.steps = 0

    def read(self) -> None:
        """Follows every module, then every function that no call was found of."""
        for name in self.modules:
            self.module(name)
        while self.pending:
            _, function = self.pending.popitem()
            self.steps = 0
            try:
                self._call_function(function, [], {}, is_unseen=True)
            except RecursionError:
                self.noted(self.place(function.scope, function.node), "nested too deeply to be followed")

    def module(self, name: str) -> Scope:
        """The names of a module, which is followed when it is first asked for."""
        if name not in self.scopes:
            scope = self.scopes[name] = Scope(module=name)
            scope.names["__name__"] = "__main__"
            tree, file, _ = self.modules[name]
            self.steps = 0
            try:
                self._body(tree.body, scope)
            except RecursionError:
                self.noted(file, "nested too deeply to be followed")
        return self.scopes[name]

    def place(self, scope: Scope, node: Any) -> str:
        """File and line of a node."""
        return self.modules[scope.module][2](getattr(node, "lineno", 1))

    # --- statements ------------------------------------------------------------------------------------------------

    def _body(self, nodes: Sequence[Any], scope: Scope, is_sure: bool = True) -> None:
        for node in nodes:
            self.steps += 1
            if self.steps > MAX_STEPS:
                if self.steps == MAX_STEPS + 1:
                    self.noted(self.place(scope, node), "too much to follow; what comes after is not read")
                return
            handler = getattr(self, f"_on_{type(node).__name__}", None)
            if handler is not None:
                handler(node, scope, is_sure)
            else:
                for inner in ast.iter_child_nodes(node):
                    if isinstance(inner, ast.expr):
                        self._value(inner, scope)
                    elif isinstance(inner, ast.stmt):
                        self._body([inner], scope, False)

    def _on_Import(self, node: ast.Import, scope: Scope, is_sure: bool) -> None:
        for alias in node.names:
            first = alias.name.partition(".")[0]
            bound = alias.name if alias.asname else first
            scope.names[alias.asname or first] = Name(bound)

    def _on_ImportFrom(self, node: ast.ImportFrom, scope: Scope, is_sure: bool) -> None:
        base = node.module or ""
        if node.level:
            package = scope.module.split(".")[: -node.level]
            base = ".".join([*package, *([node.module] if node.module else [])])
        own = self._own_module(base, scope)
        for alias in node.names:
            if own is not None and alias.name == "*":
                scope.names.update(self.module(own).names)
                continue
            value = self.module(own).find(alias.name) if own is not None else None
            whole = f"{base}.{alias.name}" if base else alias.name
            scope.names[alias.asname or alias.name] = value if value is not None else Name(whole)

    def _own_module(self, name: str, scope: Scope) -> str | None:
        """The module of the code of a name, or one beside the module that asks."""
        beside = ".".join([*scope.module.split(".")[:-1], name]) if "." in scope.module else name
        for one in (beside, name):
            if one in self.modules:
                return one
        ending = [one for one in self.modules if one.endswith(f".{name}")] if name else []
        return ending[0] if len(ending) == 1 else None

    def _on_FunctionDef(self, node: Any, scope: Scope, is_sure: bool) -> None:
        function = Function(node, scope)
        self.pending[id(node)] = function
        scope.put(node.name, function, is_sure)
        for decorator in node.decorator_list:
            self._value(decorator, scope)

    _on_AsyncFunctionDef = _on_FunctionDef

    def _on_ClassDef(self, node: ast.ClassDef, scope: Scope, is_sure: bool) -> None:
        made = Class(node, scope, [self._value(base, scope) for base in node.bases])
        inner = Scope(scope)
        self._body(node.body, inner)
        made.own = inner.names
        instance = Instance(made)
        for value in made.own.values():
            if isinstance(value, Function):
                value.scope, value.owner = scope, instance
        scope.put(node.name, made, is_sure)

    def _on_Return(self, node: ast.Return, scope: Scope, is_sure: bool) -> None:
        if node.value is not None:
            scope.returns.append(self._value(node.value, scope))

    def _on_Global(self, node: Any, scope: Scope, is_sure: bool) -> None:
        scope.outer.update(node.names)

    _on_Nonlocal = _on_Global

    def _on_Assign(self, node: ast.Assign, scope: Scope, is_sure: bool) -> None:
        value = self._value(node.value, scope)
        for target in node.targets:
            self._assign(target, value, scope, is_sure)

    def _on_AnnAssign(self, node: ast.AnnAssign, scope: Scope, is_sure: bool) -> None:
        if node.value is not None:
            self._assign(node.target, self._value(node.value, scope), scope, is_sure)

    def _on_AugAssign(self, node: ast.AugAssign, scope: Scope, is_sure: bool) -> None:
        before, added = self._value(node.target, scope), self._value(node.value, scope)
        if isinstance(before, list) and isinstance(added, list):
            before += added
        elif isinstance(before, str):
            self._assign(node.target, joined([before, added], self.unknown), scope, is_sure)

    def _on_If(self, node: ast.If, scope: Scope, is_sure: bool) -> None:
        self._value(node.test, scope)
        self._body(node.body, scope, False)
        self._body(node.orelse, scope, False)

    def _on_For(self, node: Any, scope: Scope, is_sure: bool) -> None:
        self._bind(node.target, self._value(node.iter, scope), scope)
        self._body([*node.body, *node.orelse], scope, False)

    _on_AsyncFor = _on_For

    def _on_While(self, node: ast.While, scope: Scope, is_sure: bool) -> None:
        self._value(node.test, scope)
        self._body([*node.body, *node.orelse], scope, False)

    def _on_With(self, node: Any, scope: Scope, is_sure: bool) -> None:
        for item in node.items:
            value = self._value(item.context_expr, scope)
            if item.optional_vars is not None:
                self._assign(item.optional_vars, value, scope, is_sure)
        self._body(node.body, scope, is_sure)

    _on_AsyncWith = _on_With

    def _on_Try(self, node: Any, scope: Scope, is_sure: bool) -> None:
        self._body([*node.body, *node.orelse], scope, is_sure)
        for handler in node.handlers:
            self._body(handler.body, scope, False)
        self._body(node.finalbody, scope, is_sure)

    _on_TryStar = _on_Try

    def _on_Match(self, node: Any, scope: Scope, is_sure: bool) -> None:
        self._value(node.subject, scope)
        for case in node.cases:
            self._body(case.body, scope, False)

    def _bind(self, target: Any, value: Any, scope: Scope) -> None:
        """Gives the target of a loop an element of what is looped over."""
        one = elements(value)
        self._assign(target, one if one is not None else self._unseen(target, scope), scope, True)

    def _assign(self, target: Any, value: Any, scope: Scope, is_sure: bool) -> None:
        if isinstance(target, ast.Name):
            scope.put(target.id, value if value is not None else self._unseen(target, scope), is_sure)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for number, inner in enumerate(target.elts):
                parts = [one[number] for one in each(value) if isinstance(one, (list, tuple)) and number < len(one)]
                self._assign(inner, several(parts) if parts else None, scope, is_sure)
        elif isinstance(target, ast.Attribute):
            for owner in each(self._value(target.value, scope)):
                if isinstance(owner, Instance) and value is not None:
                    known = owner.own.get(target.attr)
                    owner.own[target.attr] = value if known is None or is_sure else several([known, value])
        elif isinstance(target, ast.Subscript):
            key = self._value(target.slice, scope)
            for owner in each(self._value(target.value, scope)):
                if isinstance(owner, dict) and isinstance(key, str):
                    owner[key] = value
        elif isinstance(target, ast.Starred):
            self._assign(target.value, None, scope, is_sure)

    # --- expressions -----------------------------------------------------------------------------------------------

    def _unseen(self, node: Any, scope: Scope) -> Unseen:
        return Unseen(_hint(node), self.place(scope, node))

    def _value(self, node: Any, scope: Scope) -> Any:
        """What an expression is; :class:`Unseen` if the code does not show it."""
        handler = getattr(self, f"_of_{type(node).__name__}", None)
        found = None
        if handler is not None:
            found = handler(node, scope)
        else:
            self._parts(node, scope)
        return found if found is not None else self._unseen(node, scope)

    def _parts(self, node: Any, scope: Scope) -> None:
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.expr):
                self._value(inner, scope)

    def _of_Constant(self, node: ast.Constant, scope: Scope) -> Any:
        return node.value if isinstance(node.value, (str, int, float)) else None

    def _of_Name(self, node: ast.Name, scope: Scope) -> Any:
        found = scope.find(node.id)
        return found if found is not None else Name(node.id) if node.id in ("open", "getattr") else None

    def _of_Await(self, node: ast.Await, scope: Scope) -> Any:
        return self._value(node.value, scope)

    def _of_NamedExpr(self, node: ast.NamedExpr, scope: Scope) -> Any:
        value = self._value(node.value, scope)
        self._assign(node.target, value, scope, False)
        return value

    def _of_Yield(self, node: ast.Yield, scope: Scope) -> None:
        if node.value is not None:
            scope.yields.append(self._value(node.value, scope))

    def _of_YieldFrom(self, node: ast.YieldFrom, scope: Scope) -> None:
        if (found := elements(self._value(node.value, scope))) is not None:
            scope.yields.append(found)

    def _of_JoinedStr(self, node: ast.JoinedStr, scope: Scope) -> Any:
        parts = [
            one.value if isinstance(one, ast.Constant) else self._value(getattr(one, "value", one), scope)
            for one in node.values
        ]
        return joined([one if _is_text(one) else self._unseen(node, scope) for one in parts], self.unknown)

    def _of_BinOp(self, node: ast.BinOp, scope: Scope) -> Any:
        left, right = self._value(node.left, scope), self._value(node.right, scope)
        if isinstance(node.op, ast.Mod) and isinstance(left, str) and not isinstance(left, Partial):
            items = [*right] if isinstance(right, list) and not isinstance(right, Several) else [right]
            pieces = re.split(r"%[-\d.]*[sdr]", left)
            if len(pieces) == len(items) + 1:
                return self._woven(pieces, items)
            return None
        if isinstance(node.op, ast.Div) and _is_text(left) and any(isinstance(one, str) for one in each(left)):
            return joined([left, "/", right], self.unknown)
        if not isinstance(node.op, ast.Add):
            return None
        if isinstance(left, list) and isinstance(right, list):
            return [*left, *right]
        texts = [one for side in (left, right) for one in each(side) if isinstance(one, str)]
        return joined([left, right], self.unknown) if texts and _is_text(left) and _is_text(right) else None

    def _woven(self, pieces: Sequence[str], items: Sequence[Any]) -> Any:
        parts: list[Any] = [pieces[0]]
        for item, piece in zip(items, pieces[1:], strict=True):
            parts += [item if _is_text(item) else Unseen("Value"), piece]
        return joined(parts, self.unknown)

    def _of_BoolOp(self, node: ast.BoolOp, scope: Scope) -> Any:
        values = [self._value(one, scope) for one in node.values]
        return several(values)

    def _of_IfExp(self, node: ast.IfExp, scope: Scope) -> Any:
        self._value(node.test, scope)
        return several([self._value(node.body, scope), self._value(node.orelse, scope)])

    def _of_Dict(self, node: ast.Dict, scope: Scope) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            value = self._value(item, scope)
            name = self._value(key, scope) if key is not None else None
            if key is None:
                found.update(next((one for one in each(value) if isinstance(one, dict)), {}))
            for one in each(name):
                if isinstance(one, str):
                    found[one] = value
        return found

    def _of_List(self, node: Any, scope: Scope) -> list[Any]:
        found: list[Any] = []
        for item in node.elts:
            if isinstance(item, ast.Starred):
                inner = self._value(item.value, scope)
                found += inner if isinstance(inner, list) else []
            else:
                found.append(self._value(item, scope))
        return found

    _of_Tuple = _of_Set = _of_List

    def _of_ListComp(self, node: Any, scope: Scope) -> Any:
        inner = Scope(scope)
        for generator in node.generators:
            self._bind(generator.target, self._value(generator.iter, inner), inner)
            for test in generator.ifs:
                self._value(test, inner)
        if isinstance(node, ast.DictComp):
            key, value = self._value(node.key, inner), self._value(node.value, inner)
            return {one: value for one in each(key) if isinstance(one, str)}
        return [*each(self._value(node.elt, inner))]

    _of_SetComp = _of_GeneratorExp = _of_DictComp = _of_ListComp

    def _of_Lambda(self, node: ast.Lambda, scope: Scope) -> Function:
        function = Function(node, scope)
        self.pending[id(node)] = function
        return function

    def _of_Subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        owner, key = self._value(node.value, scope), self._value(node.slice, scope)
        return several([self._item(one, key, node, scope) for one in each(owner)])

    def _item(self, owner: Any, key: Any, node: Any, scope: Scope) -> Any:
        if isinstance(owner, dict) and isinstance(key, str):
            return owner.get(key)
        if isinstance(owner, (list, tuple)) and isinstance(key, int) and -len(owner) <= key < len(owner):
            return owner[key]
        if isinstance(owner, (list, tuple)):
            return elements(owner)
        if isinstance(owner, Given) and isinstance(key, str):
            return self._from_outside(owner.what, key)
        if isinstance(owner, Answer):
            return self._of_answer(owner, key)
        return None

    def _of_answer(self, answer: Answer, name: Any) -> Any:
        """A member of an answer: a text where the data say what it looks like, else a part of the answer."""
        call: CodeCall = answer.call
        said = self.table.services.get(call.service, {}).get("answers", {}).get(call.operation, {})
        if not isinstance(name, str) or name not in said:
            return answer
        parts: list[Any] = []
        for number, text in enumerate(re.split(r"\$\{(\w+)\}", said[name])):
            if number % 2 == 0:
                parts.append(text)
            elif text in ("Partition", "Region", "Account"):
                parts.append(Partial([Unknown(text)]) if text != "Region" or not call.region else call.region)
            elif text == name:
                parts.append(Unseen(name, call.place))
            else:
                parts.append(call.members.get(text, ""))
        return joined(parts, self.unknown)

    def _from_outside(self, what: str, key: str, default: Any = None) -> Any:
        """What a request hands to the code under a name, else the default, else what is not known."""
        known = self.given.get(what, {}).get(key)
        return known if known is not None else default if default is not None else Unseen(key, f"{what} {key}")

    def _of_Attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        owner = self._value(node.value, scope)
        return several([self._attribute(one, node.attr, node, scope) for one in each(owner)])

    def _attribute(self, owner: Any, name: str, node: Any, scope: Scope) -> Any:
        if isinstance(owner, Name):
            whole = f"{owner.dotted}.{name}"
            if whole == "os.environ":
                return Given("environment")
            own = self._own_module(owner.dotted, scope)
            if own is not None:
                return self.module(own).find(name)
            return Name(whole)
        if isinstance(owner, Instance):
            found = owner.own.get(name)
            found = found if found is not None else owner.of.find(name)
            if isinstance(found, Function):
                bound = Function(found.node, found.scope, owner)
                is_property = any(
                    _hint(one).endswith("Property") or _hint(one) == "Property"
                    for one in getattr(found.node, "decorator_list", ())
                )
                return self._call_function(bound, [], {}) if is_property else bound
            return found
        if isinstance(owner, Class):
            return owner.find(name)
        if isinstance(owner, Options):
            is_option = owner.is_parsed
            default = owner.defaults.get(name)
            return self._from_outside("hyperparameters", name, default) if is_option else Method(owner, name)
        if isinstance(owner, Resource):
            return self._of_resource(owner, name, node, scope)
        if isinstance(owner, Client) and owner.is_resource and name == "meta":
            return Name(f"meta:{owner.service}")
        if isinstance(owner, (Client, Deferred, Session, Files, Given, dict, list, str, Answer)):
            return Method(owner, name)
        return Method(Unseen(name), name) if isinstance(owner, Method) else Method(owner, name)

    def _of_resource(self, owner: Resource, name: str, node: Any, scope: Scope) -> Any:
        """An attribute of an object of boto3.resource: what names it, a collection, or a method."""
        kind = self.table.services[owner.client.service]["resources"].get(owner.kind, {"methods": {}, "arguments": ()})
        said = kind["methods"].get(name, {})
        if said.get("collection") and not owner.is_collection and name == name.lower() and "receive" not in name:
            return Resource(owner.client, said["gives"], dict(owner.members), True, said["as"])
        for member in kind["arguments"]:
            if name in (_snake(member), _snake(f"{owner.kind.removesuffix('Summary')}{member}"), "name"):
                return owner.members.get(member)
        return Method(owner, name)

    # --- calls -----------------------------------------------------------------------------------------------------

    def _of_Call(self, node: ast.Call, scope: Scope) -> Any:
        called = self._value(node.func, scope)
        args: list[Any] = []
        for one in node.args:
            value = self._value(one.value if isinstance(one, ast.Starred) else one, scope)
            args += value if isinstance(one, ast.Starred) and isinstance(value, list) else [value]
        keywords: dict[str, Any] = {}
        for item in node.keywords:
            value = self._value(item.value, scope)
            if item.arg is not None:
                keywords[item.arg] = value
            else:
                for one in each(value):
                    keywords.update(one if isinstance(one, dict) else {"**": one})
        found = [self._call(one, args, keywords, node, scope) for one in each(called)]
        return several(found)

    def _call(self, called: Any, args: list[Any], keywords: dict[str, Any], node: Any, scope: Scope) -> Any:
        if isinstance(called, Function):
            return self._call_function(called, args, keywords)
        if isinstance(called, Class):
            return self._instance(called, args, keywords)
        if isinstance(called, Instance) and isinstance(own := called.of.find("__call__"), Function):
            return self._call_function(Function(own.node, own.scope, called), args, keywords)
        if isinstance(called, Method):
            return self._call_method(called, [*called.args, *args], {**called.keywords, **keywords}, node, scope)
        if isinstance(called, Name):
            return self._call_library(called.dotted, args, keywords, node, scope)
        return self._passed_on(args, keywords, node, scope)

    def _passed_on(self, args: list[Any], keywords: dict[str, Any], node: Any, scope: Scope) -> Any:
        """What an unknown function does that is handed a function: it calls it with what comes after."""
        target = keywords.get("target")
        for number, one in enumerate([*args, target]):
            for function in each(one):
                if not isinstance(function, (Function, Method)):
                    continue
                if isinstance(function, Method) and not isinstance(function.of, (Client, Resource)):
                    continue
                rest = args[number + 1 :]
                name = _hint(node.func)
                if one is target:
                    inner = keywords.get("args")
                    rest = inner if isinstance(inner, list) else []
                    more = keywords.get("kwargs")
                    keywords = more if isinstance(more, dict) else {}
                elif name in ("Map", "Imap", "Starmap", "ImapUnordered", "Filter"):
                    rest = [elements(item) or self._unseen(node, scope) for item in rest]
                elif name in ("Partial",):
                    return Method(function, "()", rest, dict(keywords))
                kept = {key: value for key, value in keywords.items() if value is not function}
                found = self._call(function, rest, kept, node, scope)
                return [found] if "Map" in name else found
        return None

    def _instance(self, made: Class, args: list[Any], keywords: dict[str, Any]) -> Instance:
        instance = Instance(made)
        if isinstance(start := made.find("__init__"), Function):
            self._call_function(Function(start.node, start.scope, instance), args, keywords)
        else:  # as dataclasses have it
            targets = [one.target for one in made.node.body if isinstance(one, ast.AnnAssign)]
            fields = [one.id for one in targets if isinstance(one, ast.Name)]
            instance.own.update({**dict(zip(fields, args, strict=False)), **keywords})
        return instance

    def _call_function(
        self, function: Function, args: list[Any], keywords: dict[str, Any], *, is_unseen: bool = False
    ) -> Any:
        node, arguments = function.node, function.node.args
        self.pending.pop(id(node), None)
        key = (id(node), id(function.owner), _key([*args, *keywords.items()]))
        if key in self.seen or self.depth >= MAX_CALLS:
            return self._returned.get(key) if key in self.seen else None
        self.seen.add(key)
        scope = Scope(function.scope)
        names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
        decorators = [_hint(one) for one in getattr(node, "decorator_list", ())]
        if function.owner is not None and "Staticmethod" not in decorators and names:
            scope.names[names.pop(0)] = function.owner
            self._begun(function.owner, node)
        every = [*names, *(one.arg for one in arguments.kwonlyargs)]
        defaults = dict(zip(reversed(names), reversed(arguments.defaults), strict=False))
        defaults |= {
            one.arg: item for one, item in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if item
        }
        given = {**dict(zip(names, args, strict=False)), **keywords}
        outside = self.given.get("hyperparameters", {}) if {"Option", "Argument"} & set(decorators) else {}
        for name in every:
            default = self._value(defaults[name], function.scope) if name in defaults else None
            found = given.get(name, outside.get(name))
            scope.names[name] = (
                found if found is not None else default or Unseen(name, self.place(function.scope, node))
            )
        if arguments.vararg:
            scope.names[arguments.vararg.arg] = args[len(names) :]
        if arguments.kwarg:
            scope.names[arguments.kwarg.arg] = {name: one for name, one in keywords.items() if name not in every}
        self.depth += 1
        try:
            if isinstance(node, ast.Lambda):
                scope.returns.append(self._value(node.body, scope))
            else:
                self._body(node.body, scope)
        finally:
            self.depth -= 1
        result = [several(scope.yields)] if scope.yields else several(scope.returns)
        self._returned[key] = result
        return result

    def _begun(self, owner: Any, node: Any) -> None:
        """Sees to it that an object that only uncalled methods have is made as its class makes it."""
        if isinstance(owner, Instance) and not owner.own and node.name != "__init__":
            start = owner.of.find("__init__")
            if isinstance(start, Function):
                self._call_function(Function(start.node, start.scope, owner), [], {})

    # --- clients ---------------------------------------------------------------------------------------------------

    def _call_method(self, called: Method, args: list[Any], keywords: dict[str, Any], node: Any, scope: Scope) -> Any:
        owner, name = called.of, called.name
        if name == "()":
            return self._call(owner, args, keywords, node, scope)
        if isinstance(owner, Session):
            return self._made(name, args, keywords, owner)
        if isinstance(owner, Client):
            return self._of_client(owner, name, args, keywords, node, scope)
        if isinstance(owner, Deferred):
            return self._sent(owner.client, owner.operation, [], keywords, node, scope)
        if isinstance(owner, Resource):
            return self._resource_method(owner, name, args, keywords, node, scope)
        if isinstance(owner, Given) and name in ("get", "pop", "setdefault") and args and isinstance(args[0], str):
            return self._from_outside(owner.what, args[0], args[1] if len(args) > 1 else None)
        if isinstance(owner, (str, Partial)):
            return self._of_text(owner, name, args, keywords)
        if isinstance(owner, dict):
            return self._of_mapping(owner, name, args, keywords)
        if isinstance(owner, list):
            if name in ("append", "add") and args:
                owner.append(args[0])
            return None
        if isinstance(owner, Answer):
            return self._of_answer(owner, args[0]) if name == "get" and args else owner
        if isinstance(owner, Options):
            return _options(owner, name, args, keywords)
        if isinstance(owner, Unseen) and (found := self._guessed(owner, name, args, keywords, node, scope)) is not None:
            return found
        is_url = self._opened(f".{name}", args, keywords, node, scope, isinstance(owner, Files))
        return None if is_url else self._passed_on(args, keywords, node, scope)

    def _guessed(
        self, owner: Unseen, name: str, args: list[Any], keywords: dict[str, Any], node: Any, scope: Scope
    ) -> Any:
        """A call of a client that is handed in, told by the name of the method and of its members."""
        services = self.table.by_method.get(name.replace("_", "").lower(), [])
        if "_" not in name and name not in ("converse", "publish", "invoke"):
            return None
        if name in (
            "get_paginator",
            "get_waiter",
            "upload_file",
            "upload_fileobj",
            "download_file",
            "download_fileobj",
        ):
            words = set(_WORDS.findall(owner.hint.lower()))
            near = sorted({one for one in self.clients if set(_WORDS.findall(one)) & words} or self.clients)
            services = ["s3"] if "load" in name else near
        used = [one for one in services if one in self.clients]
        hinted = [one for one in services if one.replace("-", "") in owner.hint.lower().replace("_", "")]
        chosen = hinted or (used if len(used) == 1 else []) or (services if len(services) == 1 else [])
        if (
            not chosen
            or not (keywords or args)
            or not all(key[:1].isupper() or key == "**" or "Id" in key for key in keywords)
        ):
            return None
        return self._of_client(Client(chosen[0]), name, args, keywords, node, scope)

    def _made(self, name: str, args: list[Any], keywords: dict[str, Any], session: Session) -> Any:
        """What a function of boto3 or of a session gives: a session, a client, a resource."""
        region = keywords.get("region_name", session.region)
        if name in ("client", "resource", "create_client"):
            region = args[1] if len(args) > 1 else region
        is_other = session.is_other or _is_set(keywords.get("aws_access_key_id"))
        region = region if _is_text(region) and not isinstance(region, Unseen) else ""
        if name in _SESSIONS:
            return Session(region, is_other)
        if name not in ("client", "resource", "create_client"):
            return None
        service = args[0] if args else keywords.get("service_name")
        found = [one for one in each(service) if isinstance(one, str)]
        self.clients.update(found)
        return several([Client(one, region, is_other, name == "resource") for one in found])

    def _of_client(
        self, client: Client, name: str, args: list[Any], keywords: dict[str, Any], node: Any, scope: Scope
    ) -> Any:
        service = self.table.services.get(client.service, {})
        if name in ("get_paginator", "get_waiter") and args:
            waiters = {_snake(waiter): operation for waiter, operation in service.get("waiters", {}).items()}
            asked = [one for one in each(args[0]) if isinstance(one, str)]
            names = [
                waiters.get(one, "") if name == "get_waiter" else self.table.operation(client.service, one)
                for one in asked
            ]
            return several([Deferred(client, one) for one in names if one])
        if name == "generate_presigned_url":
            method = args[0] if args else keywords.get("ClientMethod")
            members = keywords.get("Params") or (args[1] if len(args) > 1 else {})
            for one in each(method):
                if isinstance(one, str):
                    self._of_client(client, one, [], members if isinstance(members, dict) else {}, node, scope)
            return None
        if client.is_resource and name in service.get("resources", {}):
            return self._resource(client, name, args, keywords)
        if not service and re.fullmatch("[a-z]+(_[a-z0-9]+)+", name):
            self.noted(self.place(scope, node), f"calls {name} of {client.service}, which is not in data/calls")
            return None
        operation = self.table.operation(client.service, name)
        if not operation:
            return Name(f"{client.service}.{name}") if name == "meta" else None
        function = service.get("functions", {}).get(operation, {})
        answer = self._sent(client, operation, args, keywords, node, scope)
        if client.is_resource and "gives" in function:
            return Resource(client, function["gives"], dict(keywords))
        return answer

    def _sent(
        self, client: Client, operation: str, args: list[Any], keywords: dict[str, Any], node: Any, scope: Scope
    ) -> Answer:
        """Takes down a call."""
        said = self.table.services.get(client.service, {}).get("functions", {}).get(operation, {})
        members = {**dict(zip(said.get("arguments", ()), args, strict=False)), **keywords}
        call = CodeCall(
            client.service,
            operation,
            {name: self._plain(value, name, scope, node) for name, value in members.items() if name != "**"},
            client.region if isinstance(client.region, (str, Several)) else "",
            self.place(scope, node),
        )
        place = call.place
        if client.is_other:
            self.noted(place, f"calls {operation} of {client.service} with credentials of its own, not the role's")
        elif operation in self.table.services.get(client.service, {}).get("unknown", ()):
            self.noted(place, f"calls {operation} of {client.service}; no source says which action it needs")
        else:
            self.called(call)
        return Answer(call)

    def _plain(self, value: Any, name: str, scope: Scope, node: Any, depth: int = 0) -> Any:
        """A value as members of a request have it."""
        if isinstance(value, Several):
            return Several(self._plain(one, name, scope, node, depth) for one in value)
        if isinstance(value, dict) and depth < 8:
            return {key: self._plain(one, key, scope, node, depth + 1) for key, one in value.items()}
        if isinstance(value, (list, tuple, set)) and depth < 8:
            return [self._plain(one, name, scope, node, depth + 1) for one in value]
        if isinstance(value, (str, int, float)):
            return value
        if isinstance(value, Unseen):
            return Partial([self.unknown(value)])
        return Partial([self.unknown(Unseen(name, self.place(scope, node)))])

    def _resource(self, client: Client, kind: str, args: list[Any], keywords: dict[str, Any]) -> Resource:
        arguments = self.table.services[client.service]["resources"][kind]["arguments"]
        by_name = {_snake(member): member for member in arguments} | {
            "name": arguments[0],
            "url": arguments[0],
            "arn": arguments[0],
        }
        members = {by_name.get(key, by_name.get(key.partition("_")[2], key)): one for key, one in keywords.items()}
        return Resource(client, kind, {**dict(zip(arguments, args, strict=False)), **members})

    def _resource_method(
        self, owner: Resource, name: str, args: list[Any], keywords: dict[str, Any], node: Any, scope: Scope
    ) -> Any:
        service = self.table.services[owner.client.service]
        said = service["resources"].get(owner.kind, {"methods": {}})["methods"].get(name, {})
        members = {**owner.members, **dict(zip(said.get("arguments", ()), args, strict=False)), **keywords}
        if owner.is_collection and name not in said and not said:
            self._sent(owner.client, owner.lists, [], members, node, scope)
            return Resource(
                owner.client, owner.kind, {**members, **self._listed(owner, members, node, scope)}, True, owner.lists
            )
        if owner.is_collection and owner.lists:
            self._sent(owner.client, owner.lists, [], members, node, scope)
            members.update(self._listed(owner, members, node, scope))
        called = said.get("as") or self.table.operation(owner.client.service, name)
        if called:
            self._sent(owner.client, called, [], members, node, scope)
        if "gives" in said:
            gives = service["resources"].get(said["gives"], {"arguments": ()})["arguments"]
            kept = {key: one for key, one in members.items() if key in gives or key in owner.members}
            return Resource(owner.client, said["gives"], kept, bool(said.get("collection")))
        return None

    def _listed(self, owner: Resource, members: Mapping[str, Any], node: Any, scope: Scope) -> dict[str, Any]:
        """The members that name what a collection lists, as far as the answer of its operation tells them."""
        call = CodeCall(owner.client.service, owner.lists, members, "", self.place(scope, node))
        said = self.table.services[owner.client.service]["answers"].get(owner.lists, {})
        return {name: self._of_answer(Answer(call), name) for name in said}

    # --- libraries -------------------------------------------------------------------------------------------------

    def _call_library(self, name: str, args: list[Any], keywords: dict[str, Any], node: Any, scope: Scope) -> Any:
        module, _, function = name.rpartition(".")
        if module in _BOTO or module in ("boto3.session", "aioboto3.session"):
            return self._made(function, args, keywords, Session())
        if module.startswith("meta:"):
            return None
        if name == "os.getenv" and args and isinstance(args[0], str):
            return self._from_outside("environment", args[0], args[1] if len(args) > 1 else None)
        if name in ("argparse.ArgumentParser", "ArgumentParser"):
            return Options()
        if name in ("os.path.join", "posixpath.join"):
            parts = [part for one in args for part in (one, "/")][:-1]
            return joined([one if _is_text(one) else self._unseen(node, scope) for one in parts], self.unknown)
        if name == "getattr" and len(args) > 1 and isinstance(args[1], str):
            return several([self._attribute(one, args[1], node, scope) for one in each(args[0])])
        if function == "partial" and args:
            return several([Method(one, "()", args[1:], dict(keywords)) for one in each(args[0])])
        if name in ("json.load", "json.loads") and any("hyperparameters" in str(one) for one in args):
            return Given("hyperparameters")
        if name == "open" and args and isinstance(args[0], str):
            return args[0] if "hyperparameters.json" in args[0] else None
        if name in self.table.files:
            return Files()
        if (said := self.table.calls.get(name)) is not None:
            self._library_call(said, args, keywords, node, scope)
            return None
        if self._opened(name, args, keywords, node, scope, False):
            return None
        return self._passed_on(args, keywords, node, scope)

    def _library_call(
        self, said: Mapping[str, Any], args: list[Any], keywords: dict[str, Any], node: Any, scope: Scope
    ) -> None:
        members: dict[str, Any] = {}
        named = {said["members"][key]: one for key, one in keywords.items() if key in said.get("members", {})}
        for path, value in {**dict(zip(said.get("arguments", ()), args, strict=False)), **named}.items():
            inner = members
            *steps, last = path.split(".")
            for step in steps:
                inner = inner.setdefault(step, {})
            inner[last] = value
        for operation in said["as"]:
            self._sent(Client(said["service"]), operation, [], members, node, scope)

    def _opened(
        self, name: str, args: list[Any], keywords: dict[str, Any], node: Any, scope: Scope, is_files: bool
    ) -> bool:
        """Takes down what a function does with URLs of Amazon S3 that it is given; whether it is given one."""
        does = self.table.urls.get(name) or self.table.urls.get(f".{name.rpartition('.')[2]}", "")
        if keywords.get("filesystem") is not None and any(
            isinstance(one, Files) for one in each(keywords["filesystem"])
        ):
            is_files = True
        values = [*args, *keywords.values()]
        urls = [
            url
            for value in values
            for one in _flat(value)
            if (url := _url(one, is_files and value is args[0] if args else False))
        ]
        if not urls:
            return False
        if does == "open":
            mode = next((one for one in values[1:] if isinstance(one, str) and re.fullmatch("[rwxab+]+", one)), "r")
            does = "write" if re.search("[wxa]", mode) else "read"
        if does and is_files and does == "look":
            does = "look"
        if not does:
            self.noted(
                self.place(scope, node),
                f"hands {short(str(urls[0]))} to {_hint(node.func)}; it is not known what that does",
            )
            return True
        for url in urls:
            bucket, key = _cut(url)
            last = (key.parts[-1] if isinstance(key, Partial) and key.parts else key) if key else ""
            is_file = isinstance(last, str) and bool("." in last.rpartition("/")[2]) and "*" not in str(key)
            action = does.removesuffix("_folder") if is_file else does
            if isinstance(key, str) and "*" in key:
                key = key.partition("*")[0] if not isinstance(key, Partial) else key
                action = (
                    f"{action.removesuffix('_folder')}_folder"
                    if action in ("read", "delete", "read_folder")
                    else action
                )
            members = {"Bucket": bucket, "Key": key} if action != "list" else {"Bucket": bucket}
            self._sent(Client("s3"), action, [], members, node, scope)
        return True

    def _of_text(self, owner: str, name: str, args: list[Any], keywords: dict[str, Any]) -> Any:
        if name == "format" and not isinstance(owner, Partial):
            pieces = re.split(r"\{(\w*)(?:![rs])?(?::[^}]*)?\}", owner)
            items: list[Any] = []
            for key in pieces[1::2]:
                index = int(key) if key.isdigit() else len(items)
                items.append(
                    keywords.get(key) if key and not key.isdigit() else args[index] if index < len(args) else None
                )
            return self._woven(
                pieces[::2],
                [
                    one if one is not None else Unseen(key or "Value")
                    for one, key in zip(items, pieces[1::2], strict=True)
                ],
            )
        if name == "join" and args and isinstance(args[0], list) and not isinstance(owner, Partial):
            parts = [part for one in args[0] for part in (one, owner)][:-1]
            return joined([one if _is_text(one) else Unseen("Value") for one in parts], self.unknown)
        if name in ("strip", "lower", "encode", "rstrip", "lstrip", "replace", "decode") and not args:
            return owner.lower() if name == "lower" and not isinstance(owner, Partial) else owner
        if name in ("strip", "rstrip", "lstrip") and not isinstance(owner, Partial) and isinstance(args[0], str):
            return getattr(owner, name)(args[0])
        if (
            name in ("split", "partition", "rsplit")
            and not isinstance(owner, Partial)
            and args
            and isinstance(args[0], str)
            and args[0]
        ):
            return [*getattr(owner, name)(*[one for one in args if isinstance(one, (str, int))])]
        return None

    def _of_mapping(self, owner: dict[str, Any], name: str, args: list[Any], keywords: dict[str, Any]) -> Any:
        if name == "get" and args and isinstance(args[0], str):
            return owner.get(args[0], args[1] if len(args) > 1 else None)
        if name == "update":
            owner.update(keywords | (args[0] if args and isinstance(args[0], dict) else {}))
        if name == "items":
            return [[key, one] for key, one in owner.items()]
        if name == "values":
            return [*owner.values()]
        return [*owner] if name == "keys" else dict(owner) if name == "copy" else None


def _options(options: Options, name: str, args: list[Any], keywords: dict[str, Any]) -> Any:
    """A call of a parser of a command line."""
    if name == "add_argument":
        named = [one.lstrip("-").replace("-", "_") for one in args if isinstance(one, str)]
        target = keywords.get("dest")
        for one in [target] if isinstance(target, str) else named[-1:] or named:
            options.defaults[one] = keywords.get("default")
        return None
    if name in ("parse_args", "parse_known_args"):
        parsed = Options(options.defaults, True)
        return parsed if name == "parse_args" else [parsed, []]
    return options if name.startswith("add_") else None


def _flat(value: Any) -> Iterator[Any]:
    for one in each(value):
        if isinstance(one, dict):
            yield from (item for inner in one.values() for item in _flat(inner))
        elif isinstance(one, list):
            yield from (item for inner in one for item in _flat(inner))
        else:
            yield one


def _url(value: Any, is_files: bool) -> Any:
    """A URL of Amazon S3; where it is certain that a path is one, also without s3://."""
    if not isinstance(value, str):
        return None
    if isinstance(value, Partial):
        first = value.parts[0] if value.parts else ""
        return value if isinstance(first, str) and (_URL.match(first) or (is_files and "/" in first)) else None
    return value if _URL.match(value) or (is_files and "/" in value) else None


def _cut(url: Any) -> tuple[Any, Any]:
    """Bucket and key of a URL."""
    parts = [*url.parts] if isinstance(url, Partial) else [str(url)]
    parts[0] = _URL.sub("", str(parts[0]), count=1)
    for number, part in enumerate(parts):
        if isinstance(part, str) and "/" in part:
            head, _, tail = part.partition("/")
            return _text([*parts[:number], head]), _text([tail, *parts[number + 1 :]])
    return _text(parts), ""


def _text(parts: Sequence[Any]) -> Any:
    return Partial(parts) if any(isinstance(one, Unknown) for one in parts) else "".join(parts)


def _is_text(value: Any) -> bool:
    return all(isinstance(one, (str, int, float, Unseen)) for one in each(value))


def _is_set(value: Any) -> bool:
    return value is not None


def _hint(node: Any) -> str:
    """What an expression is called, as placeholders are written."""
    while isinstance(node, (ast.Await, ast.Starred)):
        node = node.value
    if isinstance(node, ast.Call):
        first = node.args[0] if node.args else None
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get" and isinstance(first, ast.Constant):
            return str(first.value)
        node = node.func
    if isinstance(node, ast.Subscript):
        return str(node.slice.value) if isinstance(node.slice, ast.Constant) else _hint(node.value)
    text = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", getattr(node, "arg", ""))
    return "".join(part[:1].upper() + part[1:] for part in re.split("[^A-Za-z0-9]+", text or "Value"))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _key(values: Sequence[Any]) -> str:
    return repr([_shown(value) for value in values])[:2000]


def _shown(value: Any) -> Any:
    if isinstance(value, Unseen):
        return f"?{value.hint}"
    if isinstance(value, (Function, Class, Instance)):
        return id(value)
    if isinstance(value, dict):
        return {key: _shown(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown(one) for one in value]
    return value

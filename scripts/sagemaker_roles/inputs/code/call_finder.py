"""Follows Python code to the calls of AWS services in it; the code is parsed, never run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ...engine.partial import Partial
from .library_calls import Libraries
from .library_index import LibraryClass
from .notebooks import COMMANDS
from .texts import flat, hint, is_text, snake
from .values import (
    MOST,
    Answer,
    Asked,
    Class,
    Client,
    Deferred,
    Function,
    Given,
    Instance,
    Made,
    Method,
    Name,
    Nothing,
    Options,
    Resource,
    Scope,
    Unseen,
    each,
    elements,
    several,
)

#: How many nodes of one file are followed, with the functions that it calls.
MAX_STEPS = 200_000
#: How deep calls are followed.
MAX_CALLS = 12
#: Methods of a mapping from outside, and those of a list, that matter.
_GETS, _ADDS = frozenset({"get", "pop", "setdefault"}), frozenset({"append", "add"})
#: What a job hands to its code as options, and as a file.
_HYPERPARAMETERS = "hyperparameters"


class CodeReader(Libraries):
    """Follows the modules of some code, and the calls of its own functions and classes, of methods, and of libraries.

    Args:
        context, given, modules: as for :class:`~.service_calls.Services`.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.scopes: dict[str, Scope] = {}
        #: The functions that no call was found of yet.
        self.pending: dict[int, Function] = {}
        self.depth = self.steps = 0
        #: What each call gave, or None while it is followed.
        self._returned: dict[Any, Any] = {}
        #: What these calls hand over: an object that is gone would leave its identity to another.
        self._handed: list[Any] = []

    def read(self) -> None:
        """Follows every module, then every function that no call was found of."""
        for name in self.modules:
            self.module(name)
        while self.pending:
            _, function = self.pending.popitem()
            self.steps = 0
            try:
                self.follow(function, Asked(function.node, function.scope))
            except RecursionError:
                self.unread(self.place(function.scope, function.node), "nested too deeply to be followed")
        self.assume_unsent()

    def module(self, name: str) -> Scope:
        """The names of a module, which is followed when it is first asked for."""
        if name not in self.scopes:
            scope = self.scopes[name] = Scope(module=name)
            scope.names["__name__"] = "__main__"
            tree, file, _ = self.modules[name]
            self.steps = 0
            try:
                self.body(tree.body, scope)
            except RecursionError:
                self.unread(file, "nested too deeply to be followed")
        return self.scopes[name]

    def own_module(self, name: str, scope: Scope) -> str | None:
        """The module of the code of a name, or one beside the module that asks."""
        beside = ".".join([*scope.module.split(".")[:-1], name]) if "." in scope.module else name
        for one in (beside, name):
            if one in self.modules:
                return one
        ending = [one for one in self.modules if one.endswith(f".{name}")] if name else []
        return ending[0] if len(ending) == 1 else None

    # --- statements ------------------------------------------------------------------------------------------------

    def body(self, nodes: Iterable[ast.stmt], scope: Scope, is_sure: bool = True) -> None:
        """Follows statements; ``is_sure`` says whether they are sure to run."""
        for node in nodes:
            self.steps += 1
            if self.steps > MAX_STEPS:
                if self.steps == MAX_STEPS + 1:
                    self.unread(self.place(scope, node), "too much to follow; what comes after is not read")
                return
            if (handler := self._handler(node)) is not None:
                handler(node, scope, is_sure)
            else:
                self._inner(node, scope)

    def _handler(self, node: ast.AST) -> Any:
        """What follows a kind of statement, or gives the value of a kind of expression; None where nothing is known."""
        return getattr(self, f"_{type(node).__name__}", None)

    def _inner(self, node: ast.AST, scope: Scope) -> Any:
        """Follows what is in a node of no meaning of its own, such as the branches of an ``if``."""
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.expr):
                self.value(inner, scope)
            elif isinstance(inner, ast.stmt):
                self.body([inner], scope, False)
            else:
                self._inner(inner, scope)

    def _Import(self, node: ast.Import, scope: Scope, is_sure: bool) -> None:
        for alias in node.names:
            first = alias.name.partition(".")[0]
            scope.names[alias.asname or first] = Name(alias.name if alias.asname else first)

    def _ImportFrom(self, node: ast.ImportFrom, scope: Scope, is_sure: bool) -> None:
        package = scope.module.split(".")[: -node.level] if node.level else []
        base = ".".join([*package, *filter(None, [node.module])])
        own = self.own_module(base, scope)
        for alias in node.names:
            if own is not None and alias.name == "*":
                scope.names.update(self.module(own).names)
                continue
            value = self.module(own).find(alias.name) if own is not None else None
            whole = f"{base}.{alias.name}" if base else alias.name
            scope.names[alias.asname or alias.name] = value if value is not None else Name(whole)

    def _FunctionDef(self, node: Any, scope: Scope, is_sure: bool) -> None:
        self.pending[id(node)] = function = Function(node, scope)
        scope.put(node.name, function, is_sure)
        for decorator in node.decorator_list:
            self.value(decorator, scope)

    _AsyncFunctionDef = _FunctionDef

    def _ClassDef(self, node: ast.ClassDef, scope: Scope, is_sure: bool) -> None:
        made = Class(node, scope, [self.value(base, scope) for base in node.bases])
        inner = Scope(scope)
        self.body(node.body, inner)
        made.own = inner.names
        instance = Instance(made)
        for value in made.own.values():
            if isinstance(value, Function):
                value.scope, value.owner = scope, instance
        scope.put(node.name, made, is_sure)

    def _Return(self, node: ast.Return, scope: Scope, is_sure: bool) -> None:
        if node.value is not None:
            scope.returns.append(self.value(node.value, scope))

    def _Global(self, node: Any, scope: Scope, is_sure: bool) -> None:
        scope.outer.update(node.names)

    _Nonlocal = _Global

    def _Assign(self, node: Any, scope: Scope, is_sure: bool) -> None:
        if node.value is not None:
            value = self.value(node.value, scope)
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                self._assign(target, value, scope, is_sure)

    _AnnAssign = _Assign

    def _AugAssign(self, node: ast.AugAssign, scope: Scope, is_sure: bool) -> None:
        before, added = self.value(node.target, scope), self.value(node.value, scope)
        if isinstance(before, list) and isinstance(added, list):
            before += added
        elif isinstance(before, dict) and isinstance(added, dict):
            before.update(added)
        elif isinstance(before, str):
            self._assign(node.target, self.texts.joined([before, added]), scope, is_sure)

    def _For(self, node: Any, scope: Scope, is_sure: bool) -> None:
        self._bind(node.target, node.iter, scope)
        self.body([*node.body, *node.orelse], scope, False)

    _AsyncFor = _For

    def _With(self, node: Any, scope: Scope, is_sure: bool) -> None:
        for item in node.items:
            value = self.value(item.context_expr, scope)
            if item.optional_vars is not None:
                self._assign(item.optional_vars, value, scope, is_sure)
        self.body(node.body, scope, is_sure)

    _AsyncWith = _With

    def _Try(self, node: Any, scope: Scope, is_sure: bool) -> None:
        self.body([*node.body, *node.orelse], scope, is_sure)
        for handler in node.handlers:
            self.body(handler.body, scope, False)
        self.body(node.finalbody, scope, is_sure)

    _TryStar = _Try

    def _bind(self, target: ast.expr, values: ast.expr, scope: Scope) -> None:
        """Gives the target of a loop an element of what is looped over."""
        one = elements(self.value(values, scope))
        self._assign(target, one if one is not None else self.unseen(target, scope), scope, True)

    def _assign(self, target: ast.expr, value: Any, scope: Scope, is_sure: bool) -> None:
        if isinstance(target, ast.Name):
            scope.put(target.id, value if value is not None else self.unseen(target, scope), is_sure)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for number, inner in enumerate(target.elts):
                parts = [one[number] for one in each(value) if isinstance(one, (list, tuple)) and number < len(one)]
                self._assign(inner, several(parts), scope, is_sure)
        elif isinstance(target, ast.Attribute):
            for owner in each(self.value(target.value, scope)):
                if isinstance(owner, (Instance, Made)) and value is not None:
                    known = owner.own.get(target.attr)
                    owner.own[target.attr] = value if known is None or is_sure else several([known, value])
        elif isinstance(target, ast.Subscript):
            key = self.value(target.slice, scope)
            for owner in each(self.value(target.value, scope)):
                if isinstance(owner, dict) and isinstance(key, str):
                    owner[key] = value
        elif isinstance(target, ast.Starred):
            self._assign(target.value, None, scope, is_sure)

    # --- expressions -----------------------------------------------------------------------------------------------

    def value(self, node: ast.expr, scope: Scope) -> Any:
        """What an expression is; :class:`Unseen` if the code does not show it."""
        handler = self._handler(node)
        found = handler(node, scope) if handler is not None else self._inner(node, scope)
        return found if found is not None else self.unseen(node, scope)

    def _Constant(self, node: ast.Constant, scope: Scope) -> Any:
        if node.value is None:
            return Nothing("Value", self.place(scope, node))
        return node.value if isinstance(node.value, (str, int, float)) else None

    def _Name(self, node: ast.Name, scope: Scope) -> Any:
        found = scope.find(node.id)
        return found if found is not None else Name(node.id) if node.id in self.table.does else None

    def _NamedExpr(self, node: ast.NamedExpr, scope: Scope) -> Any:
        value = self.value(node.value, scope)
        self._assign(node.target, value, scope, False)
        return value

    def _Yield(self, node: Any, scope: Scope) -> None:
        value = self.value(node.value, scope) if node.value is not None else None
        found = elements(value) if isinstance(node, ast.YieldFrom) else value
        if found is not None:
            scope.yields.append(found)

    _YieldFrom = _Yield

    def _JoinedStr(self, node: ast.JoinedStr, scope: Scope) -> Any:
        parts = [
            one.value if isinstance(one, ast.Constant) else self.value(getattr(one, "value", one), scope)
            for one in node.values
        ]
        return self.texts.joined(parts, self.unseen(node, scope))

    def _BinOp(self, node: ast.BinOp, scope: Scope) -> Any:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        texts = [one for one in each(left) if isinstance(one, str)]
        if isinstance(node.op, ast.Mod) and isinstance(left, str) and not isinstance(left, Partial):
            return self.texts.percent(left, right)
        if isinstance(node.op, ast.Div):
            return self.texts.joined([left, "/", right]) if texts and is_text(left) else None
        if not isinstance(node.op, ast.Add):
            return None
        if isinstance(left, list) and isinstance(right, list):
            return [*left, *right]
        texts += [one for one in each(right) if isinstance(one, str)]
        return self.texts.joined([left, right]) if texts and is_text(left) and is_text(right) else None

    def _IfExp(self, node: ast.IfExp, scope: Scope) -> Any:
        self.value(node.test, scope)
        return several([self.value(node.body, scope), self.value(node.orelse, scope)])

    def _Dict(self, node: ast.Dict, scope: Scope) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.value(item, scope)
            if key is None:
                found.update(next((one for one in each(value) if isinstance(one, dict)), {}))
            else:
                found.update({one: value for one in each(self.value(key, scope)) if isinstance(one, str)})
        return found

    def _List(self, node: Any, scope: Scope) -> Any:
        return self.values(node.elts, scope, [])

    _Tuple = _Set = _List

    def _Await(self, node: ast.Await, scope: Scope) -> Any:
        return self.value(node.value, scope)

    def _BoolOp(self, node: ast.BoolOp, scope: Scope) -> Any:
        return several([self.value(one, scope) for one in node.values])

    def values(self, nodes: Iterable[ast.expr], scope: Scope, starred: list[Any] | None = None) -> list[Any]:
        """The values of expressions; a starred list gives its own, another one ``starred`` or itself."""
        found: list[Any] = []
        for node in nodes:
            value = self.value(node.value if isinstance(node, ast.Starred) else node, scope)
            if not isinstance(node, ast.Starred):
                found.append(value)
            elif isinstance(value, list):
                found += value
            else:
                found += [value] if starred is None else starred
        return found

    def _ListComp(self, node: Any, scope: Scope) -> Any:
        first = node.generators[0]
        items = self.value(first.iter, scope) if len(node.generators) == 1 else None
        if isinstance(items, dict):
            items = [*items]
        if isinstance(items, list) and len(items) <= MOST and not isinstance(node, ast.GeneratorExp):
            return self._each_of(node, first, items, scope)
        inner = Scope(scope)
        for generator in node.generators:
            self._bind(generator.target, generator.iter, inner)
            for test in generator.ifs:
                self.value(test, inner)
        if isinstance(node, ast.DictComp):
            key, value = self.value(node.key, inner), self.value(node.value, inner)
            return {one: value for one in each(key) if isinstance(one, str)}
        return [*each(self.value(node.elt, inner))]

    _SetComp = _GeneratorExp = _DictComp = _ListComp

    def _each_of(self, node: Any, generator: ast.comprehension, items: list[Any], scope: Scope) -> Any:
        """What a comprehension makes of each of some values that are all known."""
        listed: list[Any] = []
        named: dict[str, Any] = {}
        for item in items:
            inner = Scope(scope)
            self._assign(generator.target, item, inner, True)
            tests = [self.value(test, inner) for test in generator.ifs]
            if any(test == "" or isinstance(test, Nothing) for test in tests):
                continue
            if isinstance(node, ast.DictComp):
                value = self.value(node.value, inner)
                named.update({one: value for one in each(self.value(node.key, inner)) if isinstance(one, str)})
            else:
                listed.append(self.value(node.elt, inner))
        return named if isinstance(node, ast.DictComp) else listed

    def _Lambda(self, node: ast.Lambda, scope: Scope) -> Function:
        self.pending[id(node)] = function = Function(node, scope)
        return function

    def _Subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        owner, key = self.value(node.value, scope), self.value(node.slice, scope)
        return several([self._item(one, key) for one in each(owner)])

    def _item(self, owner: Any, key: Any) -> Any:
        if isinstance(owner, (list, tuple)):
            is_place = isinstance(key, int) and -len(owner) <= key < len(owner)
            return owner[key] if is_place else elements(owner)
        if isinstance(owner, Answer):
            return self.of_answer(owner, key)
        if isinstance(owner, Made) and owner.kind.data.get("trail"):
            return self.further(owner, f"['{key}']" if isinstance(key, str) else f"[{key}]")
        if not isinstance(key, str):
            return None
        if isinstance(owner, Given):
            return self.outside(owner.what, key)
        return owner.get(key) if isinstance(owner, dict) else None

    def _Attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        owner = self.value(node.value, scope)
        return several([self.attribute(one, node.attr, scope) for one in each(owner)])

    def _Call(self, node: ast.Call, scope: Scope) -> Any:
        called = self.value(node.func, scope)
        call = Asked(node, scope, self.values(node.args, scope))
        for item in node.keywords:
            value = self.value(item.value, scope)
            if item.arg is not None:
                call.keywords[item.arg] = value
            else:
                for one in each(value):
                    call.keywords.update(one if isinstance(one, dict) else {"**": one})
        return several([self.call(one, call) for one in each(called)])

    # --- attributes and calls --------------------------------------------------------------------------------------

    def attribute(self, owner: Any, name: str, scope: Scope) -> Any:
        """What a value has under a name."""
        match owner:
            case Name("dict") if name == "fromkeys":
                return Method(Name("dict"), name)
            case Name():
                whole = f"{owner.dotted}.{name}"
                if self.table.does.get(whole) == "environment":
                    return Given("environment")
                own = self.own_module(owner.dotted, scope)
                return self.module(own).find(name) if own is not None else Name(whole)
            case Instance():
                found = owner.own[name] if name in owner.own else owner.of.find(name)
                if not isinstance(found, Function):
                    return found
                bound = Function(found.node, found.scope, owner)
                is_property = any(hint(one).endswith("Property") for one in found.decorators)
                return self.follow(bound, Asked(bound.node, scope)) if is_property else bound
            case Class():
                return owner.find(name)
            case Options(is_parsed=True):
                return self.outside("hyperparameters", name, owner.defaults.get(name))
            case Resource() if (found := self.of_resource(owner, name)) is not None:
                return found
            case Resource() if name == "meta":
                return replace(owner.client, is_resource=False)
            case Client() if owner.service and name in ("meta", "client"):
                return replace(owner, is_resource=False)
            case Made() if (found := self.attribute_of_made(owner, name)) is not None:
                return found
            case Method():
                return Method(Unseen(name), name)
        return Method(owner, name)

    def call(self, called: Any, call: Asked) -> Any:
        """What a call of a value gives."""
        match called:
            case Function():
                return self.follow(called, call)
            case Class():
                return self._instance(called, call)
            case Method():
                return self._method(called, call.of({**called.keywords, **call.keywords}, [*called.args, *call.args]))
            case Name():
                return self._library(called.dotted, call)
            case Instance() if isinstance(own := called.of.find("__call__"), Function):
                return self.follow(Function(own.node, own.scope, called), call)
        return self._passed_on(call)

    def _passed_on(self, call: Asked) -> Any:
        """What an unknown function does that is handed a function: it calls it with what comes after."""
        target, name = call.keywords.get("target"), hint(call.node.func)
        is_each = self.table.does.get(snake(name)) == "each"
        for number, one in enumerate([*call.args, target]):
            for function in each(one):
                is_method = isinstance(function, Method) and isinstance(function.of, (Client, Resource))
                if not is_method and not isinstance(function, Function):
                    continue
                rest, keywords = call.args[number + 1 :], call.keywords
                if one is target:
                    inner, more = keywords.get("args"), keywords.get("kwargs")
                    rest = inner if isinstance(inner, list) else []
                    keywords = more if isinstance(more, dict) else {}
                elif is_each:
                    rest = [elements(item) or self.unseen(call.node, call.scope) for item in rest]
                kept = {key: value for key, value in keywords.items() if value is not function}
                found = self.call(function, call.of(kept, rest))
                return [found] if is_each else found
        return None

    _does_each = _passed_on

    # --- functions and classes of the code -------------------------------------------------------------------------

    def _instance(self, made: Class, call: Asked) -> Instance:
        instance = Instance(made)
        if isinstance(start := made.find("__init__"), Function):
            self.follow(Function(start.node, start.scope, instance), call)
        else:  # as dataclasses have it
            targets = [one.target for one in made.node.body if isinstance(one, ast.AnnAssign)]
            instance.own.update(call.named([one.id for one in targets if isinstance(one, ast.Name)]) | call.keywords)
        return instance

    def follow(self, function: Function, call: Asked) -> Any:
        """What a call of a function of the code gives; the same call is followed once."""
        node = function.node
        self.pending.pop(id(node), None)
        key = (id(node), id(function.owner), repr([_shown(one) for one in (*call.args, *call.keywords.items())])[:2000])
        if key in self._returned or self.depth >= MAX_CALLS:
            return self._returned.get(key)
        self._returned[key] = None
        self._handed.append((function.owner, call.args, call.keywords))
        scope = self._with_arguments(function, call)
        self.depth += 1
        try:
            if isinstance(node, ast.Lambda):
                scope.returns.append(self.value(node.body, scope))
            else:
                self.body(node.body, scope)
        finally:
            self.depth -= 1
        result = self._returned[key] = [several(scope.yields)] if scope.yields else several(scope.returns)
        return result

    def _with_arguments(self, function: Function, call: Asked) -> Scope:
        """The names that a function has when it begins."""
        node, arguments, scope = function.node, function.node.args, Scope(function.scope)
        names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
        decorators = {hint(one) for one in function.decorators}
        if function.owner is not None and "Staticmethod" not in decorators and names:
            scope.names[names.pop(0)] = function.owner
            self._begun(function.owner, node)
        nodes = dict(zip(reversed(names), reversed(arguments.defaults), strict=False))
        nodes |= {one.arg: item for one, item in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if item}
        every = [*names, *(one.arg for one in arguments.kwonlyargs)]
        types = {one.arg: one.annotation for one in (*arguments.args, *arguments.kwonlyargs) if one.annotation}
        outside: Mapping[str, Any] = self.given.get(_HYPERPARAMETERS, {}) if {"Option", "Argument"} & decorators else {}
        given = {**outside, **call.named(names), **call.keywords}
        for name in every:
            default = self.value(nodes[name], function.scope) if name in nodes else None
            if isinstance(default, Nothing) and call.node is node:
                default = None  # nothing shows how it is called
            instead = default if default is not None else self._annotated(types.get(name), function.scope)
            instead = instead if instead is not None else Unseen(name, self.place(function.scope, node))
            scope.names[name] = found if (found := given.get(name)) is not None else instead
        if arguments.vararg:
            scope.names[arguments.vararg.arg] = call.args[len(names) :]
        if arguments.kwarg:
            scope.names[arguments.kwarg.arg] = {name: one for name, one in call.keywords.items() if name not in every}
        return scope

    def _annotated(self, annotation: ast.expr | None, scope: Scope) -> Made | None:
        """An object of the class of a library that the type of an argument names, also as ``X | None``; else None."""
        match annotation:
            case ast.Constant(value=str(text)) if text.isidentifier():
                return self._annotated(ast.Name(text, lineno=annotation.lineno), scope)
            case ast.BinOp(op=ast.BitOr()):
                return self._annotated(annotation.left, scope) or self._annotated(annotation.right, scope)
            case ast.Subscript(value=ast.Name("Optional") | ast.Attribute(attr="Optional")):
                return self._annotated(annotation.slice, scope)
            case ast.Name() | ast.Attribute():
                kinds = [
                    self.index.find(one.dotted) for one in each(self.value(annotation, scope)) if isinstance(one, Name)
                ]
                return next((Made(kind) for kind in kinds if isinstance(kind, LibraryClass)), None)
        return None

    def _begun(self, owner: Any, node: Any) -> None:
        """Sees to it that an object that only uncalled methods have is made as its class makes it."""
        if isinstance(owner, Instance) and not owner.own and node.name != "__init__":
            start = owner.of.find("__init__")
            if isinstance(start, Function):
                self.follow(Function(start.node, start.scope, owner), Asked(start.node, start.scope))

    # --- methods, and functions of libraries -----------------------------------------------------------------------

    def _method(self, called: Method, call: Asked) -> Any:
        owner, name = called.of, called.name
        first = call.args[0] if call.args else None
        match owner:
            case _ if not name:
                return self.call(owner, call)
            case Name() if name == "fromkeys":
                keys = [one for one in flat(call.first()) if isinstance(one, str)]
                return dict.fromkeys(keys, call.second() or Nothing("Value"))
            case Client(service=""):
                return self.made(name, call, owner)
            case Client():
                return self.of_client(owner, name, call)
            case Deferred():
                return self.sent(owner.client, owner.operation, call, call.keywords)
            case Resource():
                return self.resource_method(owner, name, call)
            case Made():
                return self.of_made(owner, name, call)
            case Given() if name in _GETS and isinstance(first, str):
                return self.outside(owner.what, first, call.args[1] if len(call.args) > 1 else None)
            case str():
                return self.texts.method(owner, name, call.args, call.keywords)
            case dict():
                return _of_mapping(owner, name, call)
            case list():
                owner.extend(call.args[:1] if name in _ADDS else ())
                return None
            case Answer():
                return self.of_answer(owner, first) if name == "get" and call.args else owner
            case Options():
                return _of_options(owner, name, call)
            case Unseen() if (found := self.guessed(owner, name, call)) is not None:
                return found
            case Unseen() if (found := self.of_unseen(owner, name, call)) is not None:
                return found
        return None if self.opened(f".{name}", call, owner == Given("files")) else self._passed_on(call)

    def _library(self, name: str, call: Asked) -> Any:
        does = self.table.does.get(name, "")
        if name.startswith("aws_cdk."):
            return self.of_template(name, call)
        if does == "client":
            return self.made(name.rpartition(".")[2], call, Client(""))
        if (known := getattr(self, f"_does_{does}", None)) is not None:
            return known(call)
        if self.of_library(name, call):
            return None
        if (found := self.of_name(name, call)) is not None or self.index.is_of_library(name):
            return found
        if name.rpartition(".")[2] == "get_execution_role":
            return Unseen("ExecutionRole")
        return None if self.opened(name, call) else self._passed_on(call)

    def _does_variable(self, call: Asked) -> Any:
        first = call.first()
        return self.outside("environment", first, call.second()) if isinstance(first, str) else None

    def _does_options(self, call: Asked) -> Options:
        return Options()

    def _does_files(self, call: Asked) -> Given:
        return Given("files")

    def _does_path(self, call: Asked) -> Any:
        parts = [part for one in call.args for part in (one, "/")][:-1]
        return self.texts.joined(parts, self.unseen(call.node, call.scope))

    def _does_attribute(self, call: Asked) -> Any:
        name = call.second()
        return several(self.attribute(one, name, call.scope) for one in each(call.first()) if isinstance(name, str))

    def _does_partial(self, call: Asked) -> Any:
        return several(Method(one, "", call.args[1:], call.keywords) for one in each(call.first()))

    def _does_list(self, call: Asked) -> Any:
        return next((list(one) for one in each(call.first()) if isinstance(one, (list, tuple, dict))), None)

    def _does_mapping(self, call: Asked) -> Any:
        first = next((one for one in each(call.first()) if isinstance(one, dict)), {})
        return {**first, **call.keywords}

    def _does_text(self, call: Asked) -> Any:
        return self.texts.joined([call.first()]) if call.args and is_text(call.first()) else None

    def _does_resolve(self, call: Asked) -> Any:
        return several(Name(str(one)) for one in each(call.first()) if type(one) is str)

    def _does_commands(self, call: Asked) -> Any:
        """Commands of a shell: a text, its parts, or a list of words."""
        first = call.first("args")
        words = first if isinstance(first, list) else None
        if words is None and not all(map(is_text, call.args)):
            return None
        parts = [one for word in words for one in (word, " ")] if words is not None else call.args
        parts = parts if getattr(call.node.func, "id", "") == COMMANDS or words is not None else parts[:1]
        for text in each(self.texts.joined(parts, Unseen("Value"))):
            if isinstance(text, str):
                self.commands(text, call)
        return None

    def _does_open(self, call: Asked) -> Any:
        """What ``open`` gives: the name of the file with hyperparameters, which is told by what parses it."""
        return next((one for one in call.args if isinstance(one, str) and f"{_HYPERPARAMETERS}.json" in one), None)

    def _does_parse(self, call: Asked) -> Any:
        return Given(_HYPERPARAMETERS) if any(_HYPERPARAMETERS in str(one) for one in call.args) else None


def _of_mapping(owner: dict[str, Any], name: str, call: Asked) -> Any:
    first = call.first()
    match name:
        case "get" if isinstance(first, str):
            return owner.get(first, call.second())
        case "update":
            owner.update(call.keywords | (first if isinstance(first, dict) else {}))
        case "items":
            return [[key, one] for key, one in owner.items()]
        case "values":
            return [*owner.values()]
        case "keys":
            return [*owner]
        case "copy":
            return dict(owner)
    return None


def _of_options(options: Options, name: str, call: Asked) -> Any:
    """A call of a parser of a command line."""
    if name == "add_argument":
        named = [one.lstrip("-").replace("-", "_") for one in call.args if isinstance(one, str)]
        target = call.keywords.get("dest")
        for one in [target] if isinstance(target, str) else named[-1:]:
            options.defaults[one] = call.keywords.get("default")
        return None
    if name in ("parse_args", "parse_known_args"):
        parsed = Options(options.defaults, True)
        return parsed if name == "parse_args" else [parsed, []]
    return options if name.startswith("add_") else None


def _shown(value: Any) -> Any:
    """A value as it tells one call from another."""
    if isinstance(value, Unseen):
        return f"?{value.hint}"
    if isinstance(value, (Function, Class, Instance, Made)):
        return id(value)
    if isinstance(value, dict):
        return {key: _shown(one) for key, one in value.items()}
    return [_shown(one) for one in value] if isinstance(value, (list, tuple)) else value

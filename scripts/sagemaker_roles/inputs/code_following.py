"""Follows calls in a user's code: of its own functions and classes, of methods, and of libraries."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from .code_services import Services
from .code_texts import hint, snake
from .code_values import (
    Answer,
    Asked,
    Class,
    Client,
    Deferred,
    Function,
    Given,
    Instance,
    Method,
    Name,
    Options,
    Resource,
    Scope,
    Unseen,
    each,
    elements,
    several,
)

#: How deep calls are followed.
MAX_CALLS = 12
#: Methods of a mapping from outside, and those of a list, that matter.
_GETS, _ADDS = frozenset({"get", "pop", "setdefault"}), frozenset({"append", "add"})
#: What a job hands to its code as options, and as a file.
_HYPERPARAMETERS = "hyperparameters"


class Functions(Services):
    """Follows calls."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.scopes: dict[str, Scope] = {}
        #: The functions that no call was found of yet.
        self.pending: dict[int, Function] = {}
        self.depth = self.steps = 0
        #: What each call gave, or None while it is followed.
        self._returned: dict[Any, Any] = {}

    @abstractmethod
    def body(self, nodes: Iterable[ast.stmt], scope: Scope, is_sure: bool = True) -> None:
        """Follows statements; ``is_sure`` says whether they are sure to run."""

    @abstractmethod
    def value(self, node: ast.expr, scope: Scope) -> Any:
        """What an expression is; :class:`Unseen` if the code does not show it."""

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
                self.noted(file, "nested too deeply to be followed")
        return self.scopes[name]

    def own_module(self, name: str, scope: Scope) -> str | None:
        """The module of the code of a name, or one beside the module that asks."""
        beside = ".".join([*scope.module.split(".")[:-1], name]) if "." in scope.module else name
        for one in (beside, name):
            if one in self.modules:
                return one
        ending = [one for one in self.modules if one.endswith(f".{name}")] if name else []
        return ending[0] if len(ending) == 1 else None

    def attribute(self, owner: Any, name: str, scope: Scope) -> Any:
        """What a value has under a name."""
        match owner:
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
        outside: Mapping[str, Any] = self.given.get(_HYPERPARAMETERS, {}) if {"Option", "Argument"} & decorators else {}
        given = {**outside, **call.named(names), **call.keywords}
        for name in every:
            default = self.value(nodes[name], function.scope) if name in nodes else None
            instead = default or Unseen(name, self.place(function.scope, node))
            scope.names[name] = found if (found := given.get(name)) is not None else instead
        if arguments.vararg:
            scope.names[arguments.vararg.arg] = call.args[len(names) :]
        if arguments.kwarg:
            scope.names[arguments.kwarg.arg] = {name: one for name, one in call.keywords.items() if name not in every}
        return scope

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
            case Client(service=""):
                return self.made(name, call, owner)
            case Client():
                return self.of_client(owner, name, call)
            case Deferred():
                return self.sent(owner.client, owner.operation, call, call.keywords)
            case Resource():
                return self.resource_method(owner, name, call)
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
        return None if self.opened(f".{name}", call, owner == Given("files")) else self._passed_on(call)

    def _library(self, name: str, call: Asked) -> Any:
        does = self.table.does.get(name, "")
        if does == "client":
            return self.made(name.rpartition(".")[2], call, Client(""))
        if does in _DOES:
            return _DOES[does](self, call)
        if self.of_library(name, call) or self.opened(name, call):
            return None
        return self._passed_on(call)

    def _variable(self, call: Asked) -> Any:
        first = call.first()
        return self.outside("environment", first, call.second()) if isinstance(first, str) else None

    def _path(self, call: Asked) -> Any:
        parts = [part for one in call.args for part in (one, "/")][:-1]
        return self.texts.joined(parts, self.unseen(call.node, call.scope))

    def _attribute(self, call: Asked) -> Any:
        name = call.second()
        return several(self.attribute(one, name, call.scope) for one in each(call.first()) if isinstance(name, str))

    def _partial(self, call: Asked) -> Any:
        return several(Method(one, "", call.args[1:], call.keywords) for one in each(call.first()))

    def _opened(self, call: Asked) -> Any:
        """What ``open`` gives: the name of the file with hyperparameters, which is told by what parses it."""
        return next((one for one in call.args if isinstance(one, str) and f"{_HYPERPARAMETERS}.json" in one), None)

    def _parsed(self, call: Asked) -> Any:
        return Given(_HYPERPARAMETERS) if any(_HYPERPARAMETERS in str(one) for one in call.args) else None


#: What functions do, as data/libraries.yaml has it.
_DOES: Mapping[str, Callable[[Functions, Asked], Any]] = {
    "variable": Functions._variable,
    "options": lambda _, __: Options(),
    "files": lambda _, __: Given("files"),
    "path": Functions._path,
    "attribute": Functions._attribute,
    "partial": Functions._partial,
    "open": Functions._opened,
    "parse": Functions._parsed,
    "each": Functions._passed_on,
}


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
    if isinstance(value, (Function, Class, Instance)):
        return id(value)
    if isinstance(value, dict):
        return {key: _shown(one) for key, one in value.items()}
    return [_shown(one) for one in value] if isinstance(value, (list, tuple)) else value

"""Follows Python code to the calls of AWS services in it; the code is parsed, never run."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from ..engine.partial import Partial
from .code_following import Functions
from .code_texts import is_text
from .code_values import Answer, Asked, Class, Function, Given, Instance, Name, Scope, each, elements, several

#: How many nodes of one file are followed, with the functions that it calls.
MAX_STEPS = 200_000


class CodeReader(Functions):
    """Follows the modules of some code."""

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
                self.noted(self.place(function.scope, function.node), "nested too deeply to be followed")

    # --- statements ------------------------------------------------------------------------------------------------

    def body(self, nodes: Iterable[ast.stmt], scope: Scope, is_sure: bool = True) -> None:
        """Follows statements; ``is_sure`` says whether they are sure to run."""
        for node in nodes:
            self.steps += 1
            if self.steps > MAX_STEPS:
                if self.steps == MAX_STEPS + 1:
                    self.noted(self.place(scope, node), "too much to follow; what comes after is not read")
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
                if isinstance(owner, Instance) and value is not None:
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

"""Work out expressions of Terraform; what depends on anything else than the configuration is not known."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...engine.partial import Partial, joined
from ..functions import MAX_TEXT
from .functions import call
from .scopes import Scope, element_of, is_equal, member_of, pairs_of, truth
from .syntax import Expression, whole
from .templates import Part, split_template
from .value_types import Failed, NotKnown, is_known, is_open, text

#: How deep expressions, and the references in them, can lead from one to the next.
MAX_DEPTH = 180

_HEREDOC = re.compile(r"<<(-?)[\w.-]+\r?\n(.*?)(?:(?<=\n)|\A)[ \t]*[\w.-]+\r?\n\Z", re.DOTALL)
_ESCAPE = re.compile(r"\\(U[0-9A-Fa-f]{8}|u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}

_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def evaluate(expression: Expression, scope: Scope, names: Mapping[str, Any] | None = None) -> Any:
    """The value of an expression.

    Raises:
        Failed: Terraform reports an error.
    """
    return _Evaluation(expression, scope, scope.names if names is None else names).value(expression.tree)


def render(template: str, scope: Scope, names: Mapping[str, Any]) -> Any:
    """The text of a template, as of a file, in which only some names are known.

    Raises:
        Failed: Terraform reports an error.
        NotKnown: it cannot be read.
    """
    return _Evaluation(Expression("", "", whole("")), scope, names).assemble(split_template(template))


class _Evaluation:
    """Works out one expression."""

    def __init__(self, expression: Expression, scope: Scope, names: Mapping[str, Any]) -> None:
        self.expression, self.scope, self.names = expression, scope, names

    def value(self, tree: Any) -> Any:
        try:
            self.scope.step(1)
        except NotKnown:
            return self.scope.unknown(self.expression.written(tree), self.names)
        try:
            if not hasattr(tree, "data"):
                return self._json(tree)
            return _RULES.get(tree.data, _Evaluation.other)(self, tree.children)
        except NotKnown:
            return self.scope.unknown(self.expression.written(tree), self.names)
        finally:
            self.scope.step(-1)

    def _json(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.assemble(split_template(value)) if "{" in value else value
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, Mapping):
            return {text(self.value(key)): self.value(item) for key, item in value.items() if key != "//"}
        return value

    def _with(self, names: Mapping[str, Any], expression: Expression | None = None) -> _Evaluation:
        return _Evaluation(expression or self.expression, self.scope, {**self.names, **names})

    def other(self, children: Sequence[Any]) -> Any:
        """A rule that has no value here."""
        raise NotKnown

    # simple terms

    def term(self, children: Sequence[Any]) -> Any:
        (inner,) = _rules(children)
        return self.value(inner)

    def number(self, children: Sequence[Any]) -> Any:
        written = str(children[0])
        if len(written) > 300:
            raise NotKnown
        return float(written) if re.search("[.eE]", written) else int(written)

    def literal(self, children: Sequence[Any]) -> Any:
        return {"true": True, "false": False, "null": None}[str(children[0])]

    def identifier(self, children: Sequence[Any]) -> Any:
        name = str(children[0])
        return self.names[name] if name in self.names else self.scope.name(name)

    def tuple(self, children: Sequence[Any]) -> list[Any]:
        return [self.value(child) for child in _rules(children)]

    def object(self, children: Sequence[Any]) -> dict[str, Any]:
        made = {}
        for child in _rules(children):
            key, item = _rules(child.children)
            made[self._key(key)] = self.value(item)
        return made

    def _key(self, key: Any) -> str:
        """The key of an object: a name stands for itself."""
        inner = key.children[0]
        while hasattr(inner, "data") and inner.data == "expr_term" and len(inner.children) == 1:
            inner = inner.children[0]
        if getattr(inner, "data", "") in ("identifier", "keyword"):
            return str(inner.children[0])
        return text(self.value(inner))

    # texts

    def string(self, children: Sequence[Any]) -> Any:
        return self.assemble(list(self._parts(children)))

    def _parts(self, children: Sequence[Any]) -> Iterator[Part]:
        for child in _rules(children):
            (inner,) = child.children
            kind = getattr(inner, "data", "")
            if kind == "interpolation":
                yield Part("value", "", self.expression._replace(tree=_rules(inner.children)[0]))
            elif kind.startswith("template_"):
                yield self._directive(kind.removeprefix("template_").removesuffix("_start"), inner.children)
            elif inner.type == "STRING_CHARS":
                yield Part("text", _ESCAPE.sub(_unescaped, str(inner)))
            else:
                yield Part("text", str(inner)[1:])  # $${ and %%{ stand for the text with one sign

    def _directive(self, kind: str, children: Sequence[Any]) -> Part:
        strips = str(children[1]) == "~", str(children[-2]) == "~"
        rules = _rules(children)
        value = self.expression._replace(tree=rules[-1]) if kind in ("if", "for") else None
        names = tuple(str(rule.children[0]) for rule in rules[:-1])
        return Part(kind, "", value, names, strips)

    def heredoc(self, children: Sequence[Any]) -> Any:
        match = _HEREDOC.fullmatch(str(children[0]))
        if match is None:
            raise NotKnown
        body = match[2].replace("\r\n", "\n")
        if match[1]:
            lines = [line for line in body.split("\n") if line.strip()]
            indent = min((len(line) - len(line.lstrip()) for line in lines), default=0)
            body = "\n".join(line[indent:] for line in body.split("\n"))
        return self.assemble(split_template(body))

    def assemble(self, parts: list[Part]) -> Any:
        """The text of the parts of a template; the value, if it is one interpolation alone."""
        if len(parts) == 1 and parts[0].kind == "value" and parts[0].value is not None:
            return self._with({}, parts[0].value).value(parts[0].value.tree)
        out: list[Any] = []
        end = self._assemble(parts, 0, out)
        if end != len(parts):
            raise NotKnown
        if sum(map(len, (part for part in out if isinstance(part, str)))) > MAX_TEXT:
            raise NotKnown
        return joined(out)

    def _assemble(self, parts: list[Part], at: int, out: list[Any]) -> int:
        """Add the texts of parts from an index on; the index of what ends them."""
        while at < len(parts) and parts[at].kind not in ("else", "endif", "endfor"):
            part = parts[at]
            at += 1
            if part.kind == "text":
                out.append(part.text)
                continue
            if part.value is None:
                raise NotKnown
            value = self._with({}, part.value).value(part.value.tree)
            if part.kind == "value":
                out.append(value if is_open(value) else text(value))
            elif part.kind == "if":
                at = self._if(truth(value), parts, at, out)
            else:
                at = self._for(part, value, parts, at, out)
        return at

    def _if(self, holds: bool, parts: list[Part], at: int, out: list[Any]) -> int:
        other: list[Any] = []
        at = self._assemble(parts, at, out if holds else other)
        if _kind(parts, at) == "else":
            at = self._assemble(parts, at + 1, other if holds else out)
        if _kind(parts, at) != "endif":
            raise NotKnown
        return at + 1

    def _for(self, part: Part, value: Any, parts: list[Part], at: int, out: list[Any]) -> int:
        end = at
        for key, item in pairs_of(value):
            names = dict(zip(part.names[-2:], (key, item)[-len(part.names) :], strict=True))
            end = self._with(names)._assemble(parts, at, out)
        if end == at:  # nothing to go over
            end = self._with(dict.fromkeys(part.names))._skipped(parts, at)
        if _kind(parts, end) != "endfor":
            raise NotKnown
        return end + 1

    def _skipped(self, parts: list[Part], at: int) -> int:
        level = 0
        while at < len(parts) and (level or parts[at].kind != "endfor"):
            level += (parts[at].kind == "for") - (parts[at].kind == "endfor")
            at += 1
        return at

    # members

    def attribute(self, children: Sequence[Any]) -> Any:
        of, access = children
        return self._accessed(self.value(of), access)

    def _accessed(self, value: Any, access: Any) -> Any:
        """What a step of a path gives: ``.name``, ``[key]``."""
        if access.data == "get_attr":
            (name,) = _rules(access.children)
            return member_of(value, str(name.children[0]))
        if access.data == "short_index":
            return element_of(value, int(str(access.children[-1])))
        (key,) = _rules(access.children)
        return element_of(value, self.value(key))

    def splat(self, children: Sequence[Any]) -> Any:
        of, steps = children
        value = self.value(of)
        if is_open(value):
            raise NotKnown
        out = []
        for item in [] if value is None else value if isinstance(value, list) else [value]:
            for step in _rules(steps.children):
                item = self._accessed(item, step)
            out.append(item)
        return out

    # operators

    def conditional(self, children: Sequence[Any]) -> Any:
        condition, yes, no = _rules(children)
        value = self.value(condition)
        try:
            return self.value(yes if truth(value) else no)
        except NotKnown:
            first, second = self.value(yes), self.value(no)
            if first is second or (is_known([first, second]) and first == second):
                return first
            raise

    def binary(self, children: Sequence[Any]) -> Any:
        first, term = _rules(children)
        sign, second = _rules(term.children)
        word = str(sign.children[0]).strip()
        left = self.value(first)
        if word in ("&&", "||"):
            return self._logical(word == "||", left, second)
        right = self.value(second)
        if word in ("==", "!="):
            return is_equal(left, right) is (word == "==")
        try:
            return _ARITHMETIC[word](*(call("tonumber", [one]) for one in (left, right)))
        except (ArithmeticError, TypeError):
            raise Failed(word) from None

    def _logical(self, decides: bool, left: Any, second: Any) -> bool:
        """``||`` and ``&&``, of which one value decides whatever the other one is."""
        try:
            if truth(left) is decides:
                return decides
        except NotKnown:
            if truth(self.value(second)) is decides:
                return decides
            raise
        return truth(self.value(second))

    def unary(self, children: Sequence[Any]) -> Any:
        value = self.value(children[-1])
        return not truth(value) if str(children[0]) == "!" else -call("tonumber", [value])

    # loops

    def loop(self, children: Sequence[Any]) -> list[Any]:
        intro, *rest = _rules(children)
        body, test = rest[0], rest[1] if len(rest) > 1 else None
        return [one.value(body) for one in self._rounds(intro, test)]

    def object_loop(self, children: Sequence[Any]) -> dict[str, Any]:
        intro, key, value, *rest = _rules(children)
        is_grouped = any(getattr(child, "type", "") == "ELLIPSIS" for child in children)
        made: dict[str, Any] = {}
        for one in self._rounds(intro, rest[0] if rest else None):
            name, item = one.value(key), one.value(value)
            if isinstance(name, Partial) and is_open(name):
                name = str(name)
            if is_grouped:
                made.setdefault(text(name), []).append(item)
            else:
                made[text(name)] = item
        return made

    def _rounds(self, intro: Any, test: Any) -> Iterator[_Evaluation]:
        *names, source = _rules(intro.children)
        words = [str(name.children[0]) for name in names]
        for pair in pairs_of(self.value(source)):
            one = self._with(dict(zip(words, pair[-len(words) :], strict=True)))
            if test is None or truth(one.value(_rules(test.children)[0])):
                yield one

    # functions

    def function(self, children: Sequence[Any]) -> Any:
        name, *rest = _rules(children)
        arguments = [part for part in rest if part.data == "arguments"]
        given = _rules(arguments[0].children) if arguments else []
        if len(rest) > len(arguments):  # of a provider
            raise NotKnown
        word = str(name.children[0])
        if word in ("try", "can"):
            return self._try(word, given)
        values = [self.value(one) for one in given]
        if arguments and any(getattr(child, "type", "") == "ELLIPSIS" for child in arguments[0].children):
            if not isinstance(values[-1], list):
                raise NotKnown
            values = [*values[:-1], *values[-1]]
        try:
            return self.scope.call(word, values)
        except NotKnown:
            return call(word, values)

    def _try(self, word: str, given: Sequence[Any]) -> Any:
        for one in given:
            try:
                value = self.value(one)
            except Failed:
                continue
            if word == "can" and is_open(value):
                raise NotKnown
            return True if word == "can" else value
        if word == "can":
            return False
        raise Failed("try")


def _rules(children: Sequence[Any]) -> list[Any]:
    """The rules among the children of a rule: no signs, no line breaks, no comments."""
    return [child for child in children if hasattr(child, "data") and child.data != "new_line_or_comment"]


def _kind(parts: list[Part], at: int) -> str:
    return parts[at].kind if at < len(parts) else ""


def _unescaped(match: re.Match[str]) -> str:
    sign = match[1]
    if len(sign) > 1:
        code = int(sign[1:], 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
    return _ESCAPED.get(sign, sign)


_RULES: Mapping[str, Callable[[_Evaluation, Sequence[Any]], Any]] = {
    "attr_splat_expr_term": _Evaluation.splat,
    "binary_op": _Evaluation.binary,
    "conditional": _Evaluation.conditional,
    "expr_term": _Evaluation.term,
    "float_lit": _Evaluation.number,
    "for_object_expr": _Evaluation.object_loop,
    "for_tuple_expr": _Evaluation.loop,
    "full_splat_expr_term": _Evaluation.splat,
    "function_call": _Evaluation.function,
    "get_attr_expr_term": _Evaluation.attribute,
    "heredoc_template": _Evaluation.heredoc,
    "heredoc_template_trim": _Evaluation.heredoc,
    "identifier": _Evaluation.identifier,
    "index_expr_term": _Evaluation.attribute,
    "int_lit": _Evaluation.number,
    "literal_value": _Evaluation.literal,
    "object": _Evaluation.object,
    "string": _Evaluation.string,
    "tuple": _Evaluation.tuple,
    "unary_op": _Evaluation.unary,
}

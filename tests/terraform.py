"""Works out a Terraform module as far as this project's own need it: expressions, `for`, and calls of functions."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from hcl2 import parses_to_tree
from lark import Discard, Token, Transformer

_NAME = re.compile(r"[A-Za-z_]\w*")
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "&&": lambda a, b: a and b,
    "||": lambda a, b: a or b,
    "+": operator.add,
    "-": operator.sub,
}

Env = Mapping[str, Any]
Made = Callable[[Env], Any]


class Failed(Exception):
    """Raised where Terraform reports an error, which `try` and `can` take."""


def templatefile(path: str, values: Mapping[str, Any]) -> str:
    """A template filled; like Terraform's, it knows names alone here and refuses one without a value."""
    text = Path(path).read_text("utf-8")
    assert not re.search("(?<!%)%{", text), f"{path} has a directive of Terraform's templates"

    def value(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0][1:]  # $${ and %%{ stand for the text with one sign
        if not _NAME.fullmatch(found[1]) or found[1] not in values:
            raise Failed(found[0])
        return str(values[found[1]])

    return re.sub(r"\$\$\{|%%\{|\$\{([^}]*)\}", value, text)


def _flatten(items: list[Any]) -> list[Any]:
    return [part for item in items for part in (_flatten(item) if isinstance(item, list) else [item])]


class _Unknown:
    """A value that is not known yet; Terraform tries each condition of a `for` with it once."""

    @classmethod
    def inside(cls, value: Any) -> bool:
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return isinstance(value, cls) or any(map(cls.inside, parts))


_UNKNOWN = _Unknown()


def _distinct(items: list[Any]) -> list[Any]:
    if any(isinstance(item, (dict, list)) for item in items):
        raise Failed("all list elements must have the same type")
    return [item for number, item in enumerate(items) if item not in items[:number]]


def _tostring(value: Any) -> str:
    if isinstance(value, (dict, list)) or value is None:
        raise Failed("no text")
    return json.dumps(value) if isinstance(value, (bool, int, float)) else value


def _regex(pattern: str, text: str) -> Any:
    found = re.search(re.sub(r"\$$", r"\\Z", pattern), text)  # Go's $ is the end of the text, also behind a line break
    if found is None:
        raise Failed(pattern)
    return found.groupdict() or found[0]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "alltrue": all,
    "anytrue": any,
    "concat": lambda *lists: [item for part in lists for item in part],
    "contains": lambda items, item: item in items,
    "distinct": _distinct,
    "file": lambda path: Path(path).read_text("utf-8"),
    "fileset": lambda folder, pattern: sorted(
        path.relative_to(folder).as_posix() for path in Path(folder).glob(pattern)
    ),
    "flatten": _flatten,
    "join": lambda sign, items: sign.join(items),
    "jsondecode": json.loads,
    "jsonencode": lambda value: json.dumps(value, sort_keys=True, separators=(",", ":")),
    "keys": lambda value: [key for key, _ in sorted(value.items())],
    "length": len,
    "merge": lambda *objects: {key: value for part in objects for key, value in part.items()},
    "regex": _regex,
    "regexall": re.findall,
    "strcontains": lambda text, part: part in text,
    "templatefile": templatefile,
    "tostring": _tostring,
    "values": lambda value: [item for _, item in sorted(value.items())],
}
_ERRORS = (Failed, AttributeError, KeyError, IndexError, TypeError, ValueError, FileNotFoundError)


class _Name(str):
    """A name in an expression; as a value it is what the name stands for."""

    def __call__(self, env: Env) -> Any:
        return _member(env, self)


class _Maker(Transformer[Token, Any]):
    """Makes a function of each rule of python-hcl2's grammar: it takes the names that are known and gives the value."""

    def __default__(self, data: str, children: list[Any], meta: Any) -> Any:
        (inner,) = children  # a rule that only holds another one
        return inner

    def __default_token__(self, token: Token) -> Any:
        return token if token.type in _TOKENS else Discard

    def new_line_or_comment(self, items: Any) -> Any:
        return Discard

    def attribute(self, items: Any) -> Made:
        return cast(Made, items[1])

    def identifier(self, items: Any) -> _Name:
        return _Name(items[0])

    def literal_value(self, items: Any) -> Made:
        value = json.loads(items[0])
        return lambda env: value

    int_lit = literal_value

    def string(self, parts: Any) -> Made:
        return lambda env: "".join(str(part(env)) for part in parts)

    def string_part(self, items: Any) -> Made:
        if not isinstance(items[0], Token):
            return cast(Made, items[0])
        text = items[0][items[0].type != "STRING_CHARS" :]  # $${ and %%{ stand for the text with one sign
        text = re.sub(r"\\(U.{8}|u.{4}|[nrt\"\\])", lambda found: found[0].encode().decode("unicode_escape"), text)
        return lambda env: text

    def conditional(self, items: Any) -> Made:
        condition, yes, no = items

        def run(env: Env) -> Any:
            chosen = condition(env)
            return chosen if chosen is _UNKNOWN else yes(env) if chosen else no(env)

        return run

    def binary_op(self, items: Any) -> Made:
        first, (sign, second) = items
        return _known(_OPERATORS[sign], [first, second])  # both sides of && too, whose errors count

    def unary_op(self, items: Any) -> Made:
        sign, inner = items
        return _known(operator.not_ if sign == "!" else operator.neg, [inner])

    def binary_term(self, items: Any) -> Any:
        return items

    arguments = object_elem = for_intro = for_cond = binary_term

    def tuple(self, items: Any) -> Made:
        return lambda env: [item(env) for item in items]

    def object(self, items: Any) -> Made:
        return lambda env: {key if isinstance(key, str) else key(env): value(env) for key, value in items}

    def index_expr_term(self, items: Any) -> Made:
        of, key = items
        return lambda env: _member(of(env), key(env))

    def get_attr_expr_term(self, items: Any) -> Made:
        of, name = items
        return lambda env: _member(of(env), name)

    def for_tuple_expr(self, items: Any) -> Made:
        (*names, source), *made = items
        (test,) = made.pop() if isinstance(made[-1], list) else (None,)
        body = made[0]
        value = made[1] if len(made) > 1 else None
        is_grouped = len(made) > 2

        def run(env: Env) -> Any:
            every = source(env)
            if test:
                test({**env, **dict.fromkeys(names, _UNKNOWN)})
            if every is _UNKNOWN:
                return every
            pairs = sorted(every.items()) if isinstance(every, Mapping) else enumerate(every)
            envs = [{**env, **dict(zip(names, pair if len(names) > 1 else pair[1:], strict=True))} for pair in pairs]
            found = [(body(one), value(one) if value else None) for one in envs if not test or test(one)]
            if value is None:
                return [item for item, _ in found]
            if is_grouped:
                return {key: [item for name, item in found if name == key] for key, _ in found}
            assert len({key for key, _ in found}) == len(found), "two items have one key"
            return dict(found)

        return run

    for_object_expr = for_tuple_expr

    def function_call(self, items: Any) -> Made:
        name, arguments = [*items, []][:2]
        if name not in ("try", "can"):
            return _known(_FUNCTIONS[name], arguments)

        def run(env: Env) -> Any:
            for one in arguments:
                try:
                    value = one(env)
                except _ERRORS:
                    continue
                return _UNKNOWN if _Unknown.inside(value) else True if name == "can" else value
            if name == "can":
                return False
            raise Failed("try")

        return run


#: The tokens that say something which the rules do not.
_TOKENS = {"NAME", "INT_LITERAL", "TRUE", "FALSE", "NULL", "STRING_CHARS", "ELLIPSIS", "MINUS", "NOT"}
_TOKENS |= {"DOUBLE_EQ", "NEQ", "LT", "GT", "DOUBLE_AMP", "DOUBLE_PIPE", "PLUS"}
_TOKENS |= {"ESCAPED_INTERPOLATION", "ESCAPED_DIRECTIVE"}


def _known(function: Callable[..., Any], arguments: Sequence[Made]) -> Made:
    """A call that gives a value that is not known as soon as one that it takes is not."""

    def run(env: Env) -> Any:
        given = [one(env) for one in arguments]
        return _UNKNOWN if _Unknown.inside(given) else function(*given)

    return run


def _member(of: Any, key: Any) -> Any:
    if of is _UNKNOWN or key is _UNKNOWN:
        return _UNKNOWN
    if isinstance(of, str) or of is None:
        raise Failed(f"{key} of {of}")
    return of[key]


class Module:
    """A module as python-hcl2 reads it, with values for its variables and data sources."""

    def __init__(self, parsed: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        self.locals = {key: value for block in parsed["locals"] for key, value in block.items()}
        self.env = {**given, "local": self}
        self._found: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._found:
            self._found[name] = self.value(self.locals[name])
        return self._found[name]

    def value(self, part: Any) -> Any:
        """The value of a part: a text that python-hcl2 gives for an expression, or a list or mapping of them."""
        if isinstance(part, Mapping):
            return {key.strip('"'): self.value(item) for key, item in part.items() if not key.startswith("__")}
        if isinstance(part, list):
            return [self.value(item) for item in part]
        if not isinstance(part, str):
            return part
        text = part[2:-1] if part.startswith("${") and part.endswith("}") else part
        if text.isdigit() or text.startswith('"') or part is not text:
            return _made(text)(self.env)
        return text


@lru_cache(maxsize=1024)
def _made(text: str) -> Made:
    return cast(Made, _Maker().transform(parses_to_tree(f"x = {text}\n")))

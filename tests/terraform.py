"""Works out a Terraform module as far as this project's own need it: expressions, `for`, and calls of functions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

_TOKEN = re.compile(
    r'\s*("(?:[^"\\]|\\.)*"|[A-Za-z_][\w-]*|\d+|\.\.\.|=>|==|!=|<=|>=|&&|\|\||[()\[\]{},:=?!<>.+-])', re.ASCII
)
_NAME = re.compile(r"[A-Za-z_]\w*")
_ORDER = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"))
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "&&": lambda a, b: a and b,
    "||": lambda a, b: a or b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
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
    found = re.search(pattern, text)
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
    "keys": lambda value: sorted(value),
    "length": len,
    "merge": lambda *objects: {key: value for part in objects for key, value in part.items()},
    "regex": _regex,
    "regexall": re.findall,
    "strcontains": lambda text, part: part in text,
    "templatefile": templatefile,
    "tostring": _tostring,
}
_ERRORS = (Failed, KeyError, IndexError, TypeError, ValueError, FileNotFoundError)


class Parser:
    """Makes functions of expressions: each takes the names that are known and gives the value."""

    def __init__(self, text: str) -> None:
        self.left = _TOKEN.findall(text)
        assert "".join(self.left) == re.sub(r"\s", "", text) or '"' in text, text

    def take(self, *wanted: str) -> str:
        assert self.left and (not wanted or self.left[0] in wanted), (wanted, self.left[:5])
        return str(self.left.pop(0))

    def has(self, *wanted: str) -> bool:
        return bool(self.left) and self.left[0] in wanted

    def expression(self) -> Made:
        condition = self.binary(0)
        if not self.has("?"):
            return condition
        self.take()
        yes = self.expression()
        self.take(":")
        no = self.expression()

        def run(env: Env) -> Any:
            chosen = condition(env)
            return chosen if chosen is _UNKNOWN else yes(env) if chosen else no(env)

        return run

    def binary(self, level: int) -> Made:
        if level == len(_ORDER):
            return self.unary()
        made = self.binary(level + 1)
        while self.has(*_ORDER[level]):
            sign, first, second = self.take(), made, self.binary(level + 1)

            def made(env: Env, a: Made = first, b: Made = second, f: Any = _OPERATORS[sign]) -> Any:
                both = a(env), b(env)  # both sides of && too, whose errors count
                return _UNKNOWN if _Unknown.inside([*both]) else f(*both)

        return made

    def unary(self) -> Made:
        if self.has("!"):
            self.take()
            inner = self.unary()
            return lambda env: _UNKNOWN if inner(env) is _UNKNOWN else not inner(env)
        if self.has("-"):
            self.take()
            number = int(self.take())
            return lambda env: -number
        made = self.primary()
        while self.has(".", "["):
            if self.take() == ".":
                name = self.take()
                made = lambda env, of=made, name=name: _member(of(env), name)  # noqa: E731
            else:
                key = self.expression()
                self.take("]")
                made = lambda env, of=made, key=key: _member(of(env), key(env))  # noqa: E731
        return made

    def primary(self) -> Made:
        first = self.take()
        if first.startswith('"'):
            parts = [
                Parser(part[2:-1]).expression() if part.startswith("${") else (lambda env, text=part: text)
                for part in re.split(r"(\$\{(?:[^{}]|\{[^{}]*\})*\})", _unescaped(first))
                if part
            ]
            return lambda env: "".join(str(part(env)) for part in parts)
        if first.isdigit():
            return lambda env: int(first)
        if first == "(":
            inner = self.expression()
            self.take(")")
            return inner
        if first in ("[", "{"):
            return self.loop(first) if self.has("for") else self.items(first)
        if self.has("("):
            self.take()
            return self.call(first)
        constants = {"true": True, "false": False, "null": None}
        return (lambda env: constants[first]) if first in constants else lambda env: _member(env, first)

    def items(self, opening: str) -> Made:
        items: list[tuple[str, Made]] = []
        end = {"[": "]", "{": "}"}[opening]
        while not self.has(end):
            key = ""
            if end == "}":
                key = self.take().strip('"')
                self.take("=", ":")
            items.append((key, self.expression()))
            if self.has(","):
                self.take()
        self.take()
        if end == "]":
            return lambda env: [item(env) for _, item in items]
        return lambda env: {key: item(env) for key, item in items}

    def loop(self, opening: str) -> Made:
        self.take("for")
        names = [self.take()]
        if self.has(","):
            self.take()
            names.append(self.take())
        self.take("in")
        source = self.expression()
        self.take(":")
        body = self.expression()
        value: Made | None = None
        is_grouped = False
        if opening == "{":
            self.take("=>")
            value = self.expression()
            if is_grouped := self.has("..."):
                self.take()
        test: Made | None = None
        if self.has("if"):
            self.take()
            test = self.expression()
        self.take("]", "}")

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

    def call(self, name: str) -> Made:
        arguments = self.items_until(")")

        def run(env: Env) -> Any:
            if name not in ("try", "can"):
                given = [one(env) for one in arguments]
                return _UNKNOWN if _Unknown.inside(given) else _FUNCTIONS[name](*given)
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

    def items_until(self, end: str) -> list[Made]:
        found = []
        while not self.has(end):
            found.append(self.expression())
            if self.has(","):
                self.take()
        self.take(end)
        return found


def _member(of: Any, key: Any) -> Any:
    if of is _UNKNOWN or key is _UNKNOWN:
        return _UNKNOWN
    if isinstance(of, str) or of is None:
        raise Failed(f"{key} of {of}")
    return of[key]


def _unescaped(text: str) -> str:
    return re.sub(r'\\(["\\n])', lambda found: "\n" if found[1] == "n" else found[1], text[1:-1])


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
    parser = Parser(text)
    made = parser.expression()
    assert not parser.left, parser.left
    return made

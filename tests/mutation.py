"""Do the tests notice a change of the code? `make mutants` changes engine/, iam/ and inputs/ in small ways and counts.

python tests/mutation.py [--count 500] [--seed 12] [--minutes 8] [--workers 2] [--only PATH] [--survivors] [TESTS…]

A sample of all small changes (a comparison turned, a constant moved, a call left out) is drawn with the seed. One
process imports the tests and everything they need; for each mutant it forks, puts the changed code in place, and runs
the tests that reach the changed statement, until one fails, the quickest first. Each test
runs once before, with code that notes each statement it comes to. build/mutants keeps that and the results, so
that a run can be cut into slices: the next one goes on where the last ended. What is reached is kept over changes of
the code: what reached a function that has changed counts as reaching all of it.

tests/mutants.yaml lists changes that change no answer, each with the reason; they do not count.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import functools
import gc
import hashlib
import importlib
import json
import os
import random
import resource
import select
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "scripts" / "sagemaker_roles"
KEPT = ROOT / "build" / "mutants"
EQUIVALENT = ROOT / "tests" / "mutants.yaml"
FOLDERS = ("engine", "iam", "inputs")

#: The tests that run in this process alone, without Node, a browser, or a tree of their own.
TESTS = (
    "tests/auditing/test_command.py",
    "tests/auditing/test_hostile.py",
    "tests/auditing/test_mutations.py",
    "tests/auditing/test_verdicts.py",
    "tests/field/test_messages.py",
    "tests/iam/test_arns.py",
    "tests/iam/test_conditions.py",
    "tests/iam/test_evaluation.py",
    "tests/iam/test_grants.py",
    "tests/iam/test_patterns.py",
    "tests/iam/test_principals.py",
    "tests/iam/test_size.py",
    "tests/test_account.py",
    "tests/test_accounts.py",
    "tests/test_add_ons.py",
    "tests/test_arns.py",
    "tests/test_cancelled.py",
    "tests/test_changes.py",
    "tests/test_companion_setups.py",
    "tests/test_companions.py",
    "tests/test_compose_cli.py",
    "tests/test_compose_golden.py",
    "tests/test_compose_inputs.py",
    "tests/test_compose_library.py",
    "tests/test_compose_names.py",
    "tests/test_compose_properties.py",
    "tests/test_compose_text.py",
    "tests/test_containers.py",
    "tests/test_documents.py",
    "tests/test_endpoints.py",
    "tests/test_explain.py",
    "tests/test_explain_roles.py",
    "tests/test_expressions.py",
    "tests/test_fidelity.py",
    "tests/test_fleet.py",
    "tests/test_frozen.py",
    "tests/test_fuzz.py",
    "tests/test_generalize.py",
    "tests/test_hidden_values.py",
    "tests/test_input_damage.py",
    "tests/test_lists.py",
    "tests/test_managed_by_operation.py",
    "tests/test_managed_policies.py",
    "tests/test_message_damage.py",
    "tests/test_options.py",
    "tests/test_parts.py",
    "tests/test_passing.py",
    "tests/test_paths.py",
    "tests/test_perimeters.py",
    "tests/test_properties.py",
    "tests/test_reader_limits.py",
    "tests/test_request_damage.py",
    "tests/test_role_damage.py",
    "tests/test_role_inputs.py",
    "tests/test_safety.py",
    "tests/test_serving.py",
    "tests/test_session.py",
    "tests/test_siblings.py",
    "tests/test_source_account.py",
    "tests/test_text_damage.py",
    "tests/test_twins.py",
    "tests/test_values.py",
)

#: The tests that compare with brute force, and those that hold all that is read of an input: they tell most, and run
#: before the others.
FIRST = (
    "tests/iam/",
    "tests/test_input_damage.py",
    "tests/test_message_damage.py",
    "tests/test_reader_limits.py",
    "tests/test_request_damage.py",
    "tests/test_role_damage.py",
    "tests/test_text_damage.py",
    "tests/test_values.py",
)

#: How long the tests of one mutant may take, in seconds, as they took without it: those that tell most, and
#: other tests. The quick ones of each kind run first.
BUDGETS = (24.0, 16.0)
#: Tests that take longer, in seconds, are left out.
LONGEST = 6.0
#: Cases and tests of which the reached lines are found in one process, and then kept.
_TOGETHER = 200
MEMORY = 4 << 30
#: Seconds of processor time after which a mutant does not end.
_ENDLESS = int(sum(BUDGETS) * 2)

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}


@dataclass(frozen=True, order=True)
class Mutant:
    """A small change.

    Attributes:
        path: the file, below the package.
        line: the line of the change.
        function: the outermost function that holds it, with its class.
        number: which of the changes of that file it is.
        what: the change, in words.
        text: the line as it is.
    """

    path: str
    line: int
    function: str
    number: int
    what: str

    text: str = ""

    @property
    def name(self) -> str:
        """What it is called in the results."""
        return f"{self.path}:{self.line} {self.function} #{self.number}: {self.what}"

    @property
    def lasting(self) -> str:
        """What it is called where the code around it changes: the line's text stands for its number."""
        return f"{self.path} {self.function}: {self.what} in: {self.text}"


# --- changes ---------------------------------------------------------------------------------------------------

Change = Callable[[], None]


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """The small changes of one node: what each is, and what makes it in place."""
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            if other := _COMPARED.get(type(operator)):
                name = f"{type(operator).__name__} becomes {other.__name__}"
                yield name, functools.partial(node.ops.__setitem__, index, other())
    elif isinstance(node, ast.BoolOp):
        turned = ast.And if isinstance(node.op, ast.Or) else ast.Or
        yield f"becomes {turned.__name__}", functools.partial(setattr, node, "op", turned())
        yield "without its last part", functools.partial(node.values.__setitem__, -1, copy.deepcopy(node.values[-2]))
    elif isinstance(node, ast.BinOp):
        if known := _COUNTED.get(type(node.op)):
            yield f"becomes {known.__name__}", functools.partial(setattr, node, "op", known())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        twice = ast.copy_location(ast.UnaryOp(ast.Not(), node.operand), node.operand)
        yield "without not", functools.partial(setattr, node, "operand", twice)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield f"{node.value} becomes {not node.value}", functools.partial(setattr, node, "value", not node.value)
        elif isinstance(node.value, int):
            yield f"{node.value} becomes {node.value + 1}", functools.partial(setattr, node, "value", node.value + 1)
        elif isinstance(node.value, str):
            yield f"{node.value[:30]!r} gets XX", functools.partial(setattr, node, "value", f"XX{node.value}")
    elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
        turned_test = ast.copy_location(ast.UnaryOp(ast.Not(), node.test), node.test)
        yield "its condition turned", functools.partial(setattr, node, "test", turned_test)
    elif isinstance(node, ast.Return) and node.value is not None and not _is_false(node.value):
        yield "returns None", functools.partial(setattr, node, "value", ast.copy_location(ast.Constant(None), node))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "left out", functools.partial(setattr, node, "value", ast.copy_location(ast.Constant(None), node))
    elif isinstance(node, ast.AugAssign) and (known := _COUNTED.get(type(node.op))):
        yield f"becomes {known.__name__}", functools.partial(setattr, node, "op", known())


def _is_false(node: ast.AST) -> bool:
    """Whether it is False, "", 0 or None, for which None would do as well; its own changes make it true."""
    return isinstance(node, ast.Constant) and not node.value


def _bodies(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The outermost functions of a module, with their names."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{node.name}.{inner.name}", inner


def _nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function's body that decide something: no docstring, no annotation, no debugging text."""
    left: list[ast.AST] = [*reversed(function.body)]
    if isinstance(function.body[0], ast.Expr) and isinstance(function.body[0].value, ast.Constant):
        left.pop()
    while left:
        node = left.pop()
        yield node
        if isinstance(node, ast.AnnAssign):
            left += [node.value] if node.value else []
        elif isinstance(node, ast.FunctionDef):
            left += reversed(node.body)
        elif isinstance(node, ast.FormattedValue):
            left.append(node.value)
        elif not isinstance(node, (ast.Import, ast.ImportFrom)):
            left += reversed(list(ast.iter_child_nodes(node)))


def changes_of(tree: ast.Module) -> Iterator[tuple[str, int, str, Change]]:
    """All small changes of a module, always in the same order: function, line, what, and what makes it."""
    for name, function in _bodies(tree):
        for node in _nodes(function):
            for what, change in _changes(node):
                yield name, getattr(node, "lineno", function.lineno), what, change


def mutants() -> list[Mutant]:
    """All mutants, by file and place."""
    found: list[Mutant] = []
    for path in _files():
        lines = _text(path).splitlines()
        for number, (name, line, what, _) in enumerate(changes_of(_tree(path))):
            found.append(Mutant(path, line, name, number, what, lines[line - 1].strip()))
    return found


@functools.cache
def _text(path: str) -> str:
    """A file as it was when it was read first: it may be edited while mutants run."""
    return (PACKAGE / path).read_text("utf-8")


@functools.cache
def _tree(path: str) -> ast.Module:
    return ast.parse(_text(path))


def _code_of(tree: ast.Module, path: str, function: str) -> types.CodeType:
    """The code of a function of a module."""
    code = compile(ast.fix_missing_locations(tree), str(PACKAGE / path), "exec")
    for part in function.split("."):
        code = [inner for inner in code.co_consts if isinstance(inner, types.CodeType) and inner.co_name == part][-1]
    return code


def _function_of(path: str, function: str) -> types.FunctionType:
    found: Any = importlib.import_module(f"sagemaker_roles.{path.removesuffix('.py').replace('/', '.')}")
    for part in function.split("."):
        found = vars(found)[part]
    return _function(found)


def put(mutant: Mutant) -> None:
    """Puts a mutant in place of the function."""
    tree = copy.deepcopy(_tree(mutant.path))
    for number, (_, _, _, change) in enumerate(changes_of(tree)):
        if number == mutant.number:
            change()
            break
    _function_of(mutant.path, mutant.function).__code__ = _code_of(tree, mutant.path, mutant.function)


def _caches(folders: Sequence[str] = ("",)) -> list[Any]:
    """What the package has worked out and keeps."""
    starts = tuple(f"sagemaker_roles.{folder}" for folder in folders)
    found = (item for item in gc.get_objects() if isinstance(item, functools._lru_cache_wrapper))
    return [item for item in found if item.__module__.startswith(starts)]


def _forget(caches: Sequence[Any]) -> None:
    for item in caches:
        item.cache_clear()


def _function(found: Any) -> types.FunctionType:
    """The function within a property, a class method, or what else holds it."""
    while not isinstance(found, types.FunctionType):
        found = next(
            getattr(found, name)
            for name in ("fget", "__wrapped__", "__func__", "func")
            if getattr(found, name, None) is not None
        )
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    return found


# --- what runs -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """A test."""

    name: str
    run: Callable[[], bool]


class Plugin:
    """Takes the place of pytest's loop: with the tests collected, tries the mutants."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remembers what failed."""
        if report.failed:
            self.failed.append(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Tries mutants until the time is over."""
        _work([*self._tests(session)], self.options)
        return True

    def _tests(self, session: pytest.Session) -> Iterator[Unit]:
        for item in session.items:
            yield Unit(item.nodeid, functools.partial(self._passes, item))

    def _passes(self, item: pytest.Item) -> bool:
        self.failed.clear()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return not self.failed


def _work(known: Sequence[Unit], options: argparse.Namespace) -> None:
    """Finds out what the cases and tests reach, if that is not known, and tries mutants, until the time is over."""
    units = {unit.name: unit for unit in known}
    end = time.monotonic() + options.minutes * 60
    everything = [mutant for mutant in mutants() if mutant.path.startswith(options.only)]
    sample = random.Random(options.seed).sample(everything, min(options.count, len(everything)))  # noqa: S311
    for name in _equivalent() - {mutant.lasting for mutant in mutants()}:
        print(f"tests/mutants.yaml lists what is no mutant any more: {name}", flush=True)
    reached = _kept_reach()
    missing = [] if options.known else [unit for name, unit in units.items() if name not in reached]
    KEPT.mkdir(parents=True, exist_ok=True)
    while missing and time.monotonic() < end:
        some, missing = missing[: _TOGETHER * options.workers], missing[_TOGETHER * options.workers :]
        works = [functools.partial(_reach, some[at :: options.workers]) for at in range(options.workers)]
        for answer in _in_children_with_answers(works):
            reached |= answer
        (KEPT / "reach.json").write_text(json.dumps({"of": _functions(), "reached": reached}))
        print(f"{len(reached):,} cases and tests looked at, {len(missing):,} left", flush=True)
    if time.monotonic() < end:
        _try(units, reached, sample, options, end)
        _summed([(mutant, verdict) for mutant, verdict in _results(sample, options)], len(everything))


@functools.cache
def _files() -> list[str]:
    """The files that are changed, below the package."""
    found = (file for folder in FOLDERS for file in sorted((PACKAGE / folder).glob("*.py")))
    return [file.relative_to(PACKAGE).as_posix() for file in found]


#: By the name of a unit, how many seconds it takes, and the statements that it reaches, as bits; none for one that
#: is not to run.
Reach = dict[str, tuple[float, str]]


def _kept_reach() -> Reach:
    """What was found before, for the code as it is now."""
    try:
        kept = json.loads((KEPT / "reach.json").read_bytes())
    except FileNotFoundError:
        return {}
    if not isinstance(kept["of"], list):  # of an earlier form
        return {}
    moved = list(_moves([tuple(one) for one in kept["of"]], _functions()))
    out: Reach = {}
    for unit, (seconds, text) in kept["reached"].items():
        bits, now = int(text or "0", 16), 0
        for mask, shift, whole in moved:
            if own := bits & mask:
                now |= whole or (own << shift if shift > 0 else own >> -shift)
        out[unit] = (seconds, f"{now:x}" if now else "")
    return out


#: A function: its file and name, a digest of its code, and how many statements it has.
Function = tuple[str, str, int]


def _functions() -> list[Function]:
    """All functions, in the order of :func:`_statements`."""
    return [
        (f"{path} {name}", hashlib.sha256(ast.unparse(body).encode()).hexdigest()[:16], len([*_of_bodies(body)]))
        for path in _files()
        for name, body in _bodies(_tree(path))
    ]


def _moves(old: Sequence[Function], new: Sequence[Function]) -> Iterator[tuple[int, int, int]]:
    """Where bits of statements go: a mask, and by how much it moves, or what all of it becomes.

    What reached a function that has changed, or that is gone, counts as reaching all of it and what is new in its file.
    """
    places: dict[str, tuple[str, int, int]] = {}
    at = 0
    for name, digest, count in new:
        places[name] = (digest, at, count)
        at += count
    added: dict[str, int] = {}
    for name in places.keys() - {one[0] for one in old}:
        _, place, count = places[name]
        file = name.partition(" ")[0]
        added[file] = added.get(file, 0) | (((1 << count) - 1) << place)
    run: tuple[int, int] | None = None
    at = 0
    for name, digest, count in old:
        mask = ((1 << count) - 1) << at
        now, place, size = places.get(name, ("", 0, 0))
        if now == digest:
            if run is not None and run[1] == place - at:
                run = (run[0] | mask, run[1])
            else:
                if run is not None:
                    yield (*run, 0)
                run = (mask, place - at)
        else:
            yield mask, 0, (((1 << size) - 1) << place) | added.get(name.partition(" ")[0], 0)
        at += count
    if run is not None:
        yield (*run, 0)


@dataclass(frozen=True)
class Statement:
    """A statement of a function, and its lines."""

    path: str
    function: str
    first: int
    last: int


def _statements() -> list[Statement]:
    """All statements of all functions, an outer one before those within it."""
    return [
        Statement(path, function, node.lineno, node.end_lineno or node.lineno)
        for path in _files()
        for function, body in _bodies(_tree(path))
        for node in _of_bodies(body)
    ]


def _of_bodies(function: ast.AST) -> Iterator[ast.stmt]:
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        for node in getattr(function, name, ()):
            if isinstance(node, ast.stmt):
                yield node
            yield from _of_bodies(node)


#: The global of each module in which its code notes the statements that it comes to.
_NOTES = "__reached__"


def _note_statements() -> bytearray:
    """Lets the code note each statement it comes to: a byte for each."""
    notes = bytearray(len(_statements()))
    number = 0
    for path in _files():
        tree = copy.deepcopy(_tree(path))
        for _, function in _bodies(tree):
            numbers: dict[ast.stmt, int] = {}
            for node in _of_bodies(function):
                numbers[node] = number
                number += 1
            _note_in(function, numbers)
        importlib.import_module(f"sagemaker_roles.{path.removesuffix('.py').replace('/', '.')}")
        for name, _ in _bodies(tree):
            found = _function_of(path, name)
            found.__globals__[_NOTES] = notes
            found.__code__ = _code_of(tree, path, name)
    return notes


def _note_in(function: ast.AST, numbers: dict[ast.stmt, int]) -> None:
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        nodes = getattr(function, name, None)
        if not isinstance(nodes, list):
            continue
        out = []
        for node in nodes:
            _note_in(node, numbers)
            if node in numbers and not isinstance(node, (ast.Nonlocal, ast.Global)):
                out.append(ast.copy_location(ast.parse(f"{_NOTES}[{numbers[node]}] = 1").body[0], node))
            out.append(node)
        setattr(function, name, out)


def _reach(units: Sequence[Unit]) -> Reach:
    """Runs units once: seconds that each took, and the statements that it reached."""
    notes = _note_statements()
    nothing = bytes(len(notes))
    out: Reach = {}
    caches = _caches(FOLDERS)
    for unit in units:
        notes[:] = nothing
        _forget(caches)  # what is remembered is not reached
        start = time.process_time()
        passed = unit.run()
        seconds = time.process_time() - start
        if passed and seconds < LONGEST:
            out[unit.name] = (round(seconds, 3), f"{int(notes.translate(_DIGITS)[::-1] or b'0', 2):x}")
        else:
            out[unit.name] = (0.0, "")
        if not passed:
            print(f"left out, since it fails without a mutant: {unit.name}", flush=True)
    return out


#: Bytes 0 and 1 as the digits.
_DIGITS = bytes.maketrans(b"\x00\x01", b"01")


def _in_children_with_answers(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """What functions give, each in a process of its own beside the others, so that nothing it remembers stays here."""
    running = []
    for work in works:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            with os.fdopen(writing, "w") as pipe:
                json.dump(work(), pipe)
            os._exit(0)
        os.close(writing)
        running.append((child, reading))
    answers = []
    for child, reading in running:
        with os.fdopen(reading) as pipe:
            answers.append(json.load(pipe))
        os.waitpid(child, 0)
    return answers


def _try(
    units: dict[str, Unit], reached: Reach, sample: Sequence[Mutant], options: argparse.Namespace, end: float
) -> None:
    known_of = {name: (seconds, int(bits, 16)) for name, (seconds, bits) in reached.items() if bits and name in units}
    statements = _statements()
    caches = _caches()
    gc.collect()
    gc.freeze()
    file = _results_file(options)
    if options.new:
        file.unlink(missing_ok=True)
    known = dict(_results(sample, options))
    left = [
        mutant
        for mutant in sample
        if mutant not in known or (options.survivors and known[mutant].startswith("survived:"))
    ]

    def work(mine: Sequence[Mutant]) -> float:
        spent = 0.0
        for mutant in mine:
            if time.monotonic() > end:
                break
            bit = 1 << _number_of(mutant, statements)
            reaching = [(seconds, name) for name, (seconds, bits) in known_of.items() if bits & bit]
            start = os.times()
            verdict = _verdict(mutant, [units[name] for name in _chosen(reaching)], caches)
            now = os.times()
            spent += now.children_user + now.children_system - start.children_user - start.children_system
            # What survives twice is not tried again by the next slice.
            verdict = verdict.replace("survived:", "survived again:") if mutant in known else verdict
            print(f"{verdict}: {mutant.name}", flush=True)
            with file.open("a") as lines:
                lines.write(json.dumps([mutant.name, verdict]) + "\n")
        return spent

    works = [functools.partial(work, left[at :: options.workers]) for at in range(options.workers)]
    spent = sum(_in_children_with_answers(works))
    print(f"{spent:.0f} seconds of processor time, {spent / max(1, len(left)):.1f} a mutant")


def _results_file(options: argparse.Namespace) -> Path:
    return KEPT / f"results-{options.seed}.jsonl"


@functools.cache
def _equivalent() -> set[str]:
    return {item["mutant"] for item in yaml.safe_load(EQUIVALENT.read_text("utf-8"))}


def _results(sample: Sequence[Mutant], options: argparse.Namespace) -> Iterator[tuple[Mutant, str]]:
    """The mutants of a sample that were tried, or need not be, each with the last verdict."""
    file = _results_file(options)
    kept = dict(map(json.loads, file.read_text("utf-8").splitlines())) if file.exists() else {}
    equivalent = _equivalent()
    for mutant in sample:
        if mutant.lasting in equivalent:
            yield mutant, "equivalent"
        elif mutant.name in kept:
            yield mutant, kept[mutant.name]


def _number_of(mutant: Mutant, statements: Sequence[Statement]) -> int:
    """The number of the innermost statement that holds a mutant."""
    return max(
        number
        for number, one in enumerate(statements)
        if (one.path, one.function) == (mutant.path, mutant.function) and one.first <= mutant.line <= one.last
    )


def _chosen(reaching: list[tuple[float, str]]) -> list[str]:
    """The units that run for a mutant: those that tell most, then other tests, within the time for each."""
    kinds: list[list[tuple[float, str]]] = [[], []]
    for seconds, name in sorted(reaching):
        kinds[0 if name.startswith(FIRST) else 1].append((seconds, name))
    out: list[str] = []
    for kind, left in zip(kinds, BUDGETS, strict=True):
        for seconds, name in kind:
            if (left := left - seconds) < 0:
                break
            out.append(name)
    return out


def _verdict(mutant: Mutant, chosen: Sequence[Unit], caches: Sequence[Any]) -> str:
    """What became of a mutant: killed and by what, or survived."""
    if not chosen:
        return "survived: nothing reaches it"
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            put(mutant)
        except BaseException as error:
            os.write(writing, f"not tried, {error!r}".encode())
            os._exit(0)
        with contextlib.suppress(BaseException):
            _forget(caches)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_CPU, (_ENDLESS, _ENDLESS))
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            os.write(writing, _first_failure(chosen).encode())
            os._exit(0)
        os.write(writing, b"killed by an exception")
        os._exit(0)
    os.close(writing)
    # A machine that is busy takes longer; one that waits for something uses no processor.
    ready, _, _ = select.select([reading], [], [], _ENDLESS * 20)
    if not ready:
        os.kill(child, signal.SIGKILL)
    answer = os.read(reading, 4096).decode() if ready else "killed by the clock"
    os.close(reading)
    os.waitpid(child, 0)
    return answer or "killed by its end"


def _first_failure(chosen: Sequence[Unit]) -> str:
    for unit in chosen:
        if not unit.run():
            return f"killed by {unit.name}"
    return f"survived: {len(chosen)} reach it"


def _summed(results: Sequence[tuple[Mutant, str]], of: int) -> None:
    counted = [(mutant, verdict) for mutant, verdict in results if verdict != "equivalent"]
    for folder in FOLDERS:
        mine = [verdict for mutant, verdict in counted if mutant.path.startswith(f"{folder}/")]
        killed = sum(verdict.startswith("killed") for verdict in mine)
        print(f"{folder}: {killed} of {len(mine)} killed")
    killed = sum(verdict.startswith("killed") for _, verdict in counted)
    print(
        f"{killed} of {len(counted)} killed ({100 * killed / max(1, len(counted)):.1f} %), "
        f"{len(results) - len(counted)} equivalent, of {of:,} mutants in all"
    )
    for mutant, verdict in counted:
        if verdict.startswith("survived"):
            print(f"  {mutant.name} ({verdict})\n    {mutant.text}")


def main() -> int:
    """Tries mutants; exits 0 whatever the score, since equivalent ones survive too."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500, help="size of the sample (default: 500)")
    parser.add_argument("--seed", type=int, default=12, help="seed of the sample (default: 12)")
    parser.add_argument(
        "--only", default="", help="only files whose path begins so, such as inputs/roles (default: all)"
    )
    parser.add_argument("--minutes", type=float, default=1e6, help="begin no mutant after this many minutes")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    parser.add_argument("--known", action="store_true", help="only tests of which it is known what they reach")
    parser.add_argument("--new", action="store_true", help="forget the results of earlier runs")
    parser.add_argument("--survivors", action="store_true", help="try those that survived again")
    parser.add_argument("tests", nargs="*", help="only these files of tests (default: all that fit)")
    options = parser.parse_args()
    os.chdir(ROOT)
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "scripts")]
    files = options.tests or [name for name in TESTS if (ROOT / name).exists()]
    return int(pytest.main(["-q", "-n", "0", "-p", "no:cacheprovider", *files], plugins=[Plugin(options)]))


if __name__ == "__main__":
    sys.exit(main())

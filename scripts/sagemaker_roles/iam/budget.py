"""Budgets of steps: what bounds a question about policies, by the same count on every machine.

Steps are counted, not time, and what a cache answers costs what it cost to find: the same question about the same
policies gets the same answer, whatever was asked before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from typing import TypeVar

R = TypeVar("R")

#: Steps of one question, or of all questions about one role together: less than two seconds of a processor.
STEPS = 1_000_000

#: Why an answer is not known whose budget is spent.
SPENT = "the policies are too complex to be compared within the budget of steps"

_UNLIMITED = 1 << 62


class OutOfSteps(RuntimeError):
    """The budget of a question is spent. The code that opened the budget answers that the rest is not known."""

    def __init__(self) -> None:
        super().__init__(SPENT)


class _State(threading.local):
    left = _UNLIMITED


_state = _State()


def spend(steps: int = 1) -> None:
    """Counts steps of the open budget, if there is one.

    Raises:
        OutOfSteps: there are no more; each further step raises it too.
    """
    left = _state.left - steps
    if left < 0:
        _state.left = -1
        raise OutOfSteps
    _state.left = left


@contextmanager
def question() -> Iterator[None]:
    """Opens a budget of :data:`STEPS`, or continues the open one."""
    outer = _state.left
    if is_open():
        yield
        return
    _state.left = STEPS
    try:
        yield
    finally:
        _state.left = outer


def is_open() -> bool:
    """Whether a budget is open, whose owner answers where it is spent."""
    return _state.left < _UNLIMITED >> 1


def counted(maxsize: int) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Caches a function like :func:`functools.lru_cache`; a cached answer costs the steps that it took to find."""

    def wrap(function: Callable[..., R]) -> Callable[..., R]:
        @lru_cache(maxsize)
        def cached(*given: Hashable) -> tuple[R, int]:
            before = _state.left
            return function(*given), before - _state.left

        @wraps(function)
        def answer(*given: Hashable) -> R:
            before = _state.left
            result, steps = cached(*given)
            _state.left = before
            spend(steps)
            return result

        return answer

    return wrap

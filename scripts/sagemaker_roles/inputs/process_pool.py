"""Work over several processes: each ends with the process that started it, and one that is lost ends the work."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from ..errors import WorkerLost

T = TypeVar("T")
U = TypeVar("U")

#: Items that are handed to each process ahead.
_AHEAD = 4


class _Pool(ProcessPoolExecutor):
    """Processes that Ctrl-C never reaches, from their first moment: the one that started them ends them."""

    def submit(self, *arguments: Any, **named: Any) -> Future[Any]:
        """Hands over work. It may start a process, which takes over that the signal is held back.

        Raises:
            BrokenProcessPool: a process ended.
        """
        is_held = hasattr(signal, "pthread_sigmask")  # not on Windows
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if is_held else ()
        try:
            return super().submit(*arguments, **named)
        except (ValueError, OSError) as error:
            # A process cannot start. Where another one ends just then, Python closes what the new one is to take over.
            raise BrokenProcessPool(str(error)) from error
        finally:
            if is_held:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)


def each(
    make: Callable[..., Any], arguments: tuple[Any, ...], items: Iterable[T], workers: int, *, in_order: bool = True
) -> Iterator[Any]:
    """What the ``take`` of an object gives for each item; each process makes an object of its own.

    Args:
        make: makes the object, of these arguments; its ``close`` is called where this process is the only one.
        in_order: as for :func:`over`.

    Raises:
        WorkerLost: see there.
    """
    if workers > 1:
        yield from over(_take, items, workers, _make, (make, arguments), in_order=in_order)
        return
    one = make(*arguments)
    try:
        yield from map(one.take, items)
    finally:
        one.close()


#: What this process works with, if it is one of several.
_own: list[Any] = []


def _make(make: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    _own.append(make(*arguments))


def _take(item: Any) -> Any:
    return _own[-1].take(item)


def over(
    function: Callable[[T], U],
    items: Iterable[T],
    workers: int,
    start: Callable[..., object] = int,
    arguments: tuple[Any, ...] = (),
    *,
    fork: bool = False,
    in_order: bool = True,
) -> Iterator[U]:
    """What a function gives for each item, from several processes; items are taken a few ahead.

    Args:
        start: prepares each process, with these arguments.
        fork: whether processes take over what this one has, its locks and threads too; else they start anew.
        in_order: whether results come in the order of the items, or each when it is done.

    Raises:
        WorkerLost: see there.
    """
    context: Any = multiprocessing.get_context("fork" if fork else "spawn")
    executor = _Pool(workers, context, _start, (os.getpid(), start, arguments))
    waiting: list[Future[U]] = []

    def ended() -> U:
        done = waiting[0] if in_order else next(iter(wait(waiting, return_when=FIRST_COMPLETED).done))
        waiting.remove(done)
        return done.result()

    try:
        for item in items:
            waiting.append(executor.submit(function, item))
            if len(waiting) >= workers * _AHEAD:
                yield ended()
        while waiting:
            yield ended()
    except BrokenExecutor:
        raise WorkerLost("a worker was ended by the system, perhaps for lack of memory") from None
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _start(parent: int, start: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    start(*arguments)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)

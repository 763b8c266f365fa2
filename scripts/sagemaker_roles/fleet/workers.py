"""Processes of a run: each ends with the process that started it, and one that is lost ends the run."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any


class WorkerLost(RuntimeError):
    """A worker ended before its work did, as where the system has no memory left."""


#: Starts processes anew: a fork would take over locks and threads.
CONTEXT = multiprocessing.get_context("spawn")


class _Pool(ProcessPoolExecutor):
    """Processes that Ctrl-C never reaches, from their first moment: the one that started them ends them."""

    def submit(self, *arguments: Any, **named: Any) -> Future[Any]:
        """Hands over work. It may start a process, which takes over that the signal is held back.

        Raises:
            BrokenProcessPool: a process ended.
        """
        if not hasattr(signal, "pthread_sigmask"):  # as on Windows
            return self._submit(*arguments, **named)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return self._submit(*arguments, **named)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _submit(self, *arguments: Any, **named: Any) -> Future[Any]:
        try:
            return super().submit(*arguments, **named)
        except (ValueError, OSError) as error:
            # A process cannot start. Where another one ends just then, Python closes what the new one is to take over.
            raise BrokenProcessPool(str(error)) from error


@contextlib.contextmanager
def pool(workers: int, start: Callable[..., None], arguments: tuple[Any, ...]) -> Iterator[ProcessPoolExecutor]:
    """Processes for one kind of work, each prepared by a function.

    Raises:
        WorkerLost: see there.
    """
    executor = _Pool(workers, CONTEXT, _start, (os.getpid(), start, arguments))
    try:
        yield executor
    except BrokenExecutor:
        raise WorkerLost("a worker was ended by the system, perhaps for lack of memory") from None
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _start(parent: int, start: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    start(*arguments)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)

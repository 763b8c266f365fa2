"""Processes of a run: each ends with the process that started it, and one that is lost ends the run."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from typing import Any


class WorkerLost(Exception):
    """A worker ended before its work did, as where the system has no memory left."""


#: Starts processes anew: a fork would take over locks and threads.
CONTEXT = multiprocessing.get_context("spawn")


@contextlib.contextmanager
def pool(workers: int, start: Callable[..., None], arguments: tuple[Any, ...]) -> Iterator[ProcessPoolExecutor]:
    """Processes for one kind of work, each prepared by a function.

    Raises:
        WorkerLost: see there.
    """
    executor = ProcessPoolExecutor(workers, CONTEXT, _start, (os.getpid(), start, arguments))
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

"""Makes a Python process one of a run: captured and offline from before its program until it is dead."""

from __future__ import annotations

import atexit
import os
import sys
import traceback
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from .call_log import Ledger
from .process_tree import MAIN, TOKEN, covered, own

#: Programs of `multiprocessing` that live as long as what began them; those that one of them forks are waited for.
_HELPERS = ("resource_tracker", "multiprocessing.forkserver")

_kept = ExitStack()


def join(folder: str) -> None:
    """Makes this process one of a run, until it is dead."""
    ledger = Ledger(Path(folder))
    command = " ".join(sys.orig_argv)[:200]
    if not any(one in command for one in _HELPERS):
        ledger.hold()
    own["token"] = token = os.environ.pop(TOKEN, "")
    _kept.enter_context(covered(ledger))
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=own.clear)
    # The first to be registered is the last to be called.
    atexit.register(lambda: ledger.add(ended=own["token"]) if "token" in own else None)
    if token == MAIN:
        hook = sys.excepthook
        sys.excepthook = lambda kind, error, trace: (
            _failed(ledger, error) if own.get("token") == MAIN else hook(kind, error, trace)
        )
    if find_spec("botocore") is not None:
        from . import hooks

        hooks._active.append(captured := hooks.Captured(**ledger.settings(), ledger=ledger))
        _kept.enter_context(hooks.listening(captured))
    ledger.add(began=command, token=token)


def _failed(ledger: Ledger, error: BaseException) -> None:
    """Reports what ended the script, with its line in it."""
    file = Path(sys.argv[0]).absolute() if sys.argv else None
    lines = [one.lineno for one in traceback.extract_tb(error.__traceback__) if Path(one.filename).absolute() == file]
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).absolute() == file:
        lines.append(error.lineno)
    line = (lines[-1] if lines else 0) or 0
    ledger.add(failed=f"{type(error).__name__}: {error}", line=line)

"""Runs a Python script with its requests captured, as the command `compose --run` does."""

from __future__ import annotations

import runpy
import shlex
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from ..errors import InputError
from ..problems import Position
from .hooks import Captured, capture


def run(command: str, *, region: str = "", account: str = "") -> Captured:
    """Runs a script to its end; what it prints goes to standard error.

    Args:
        command: file of the script and its arguments, as in a shell.
        region: as for :func:`~sagemaker_roles.capture`.
        account: as for :func:`~sagemaker_roles.capture`.

    Returns:
        The requests that it would have sent.

    Raises:
        InputError: there is no such file, or the script did not end well.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InputError(f"not a command: {error}", Position(command, 0, 0)) from None
    file = Path(words[0]) if words else Path()
    if not file.is_file():
        raise InputError("no such file; expected a Python script, with its arguments", Position(str(file), 0, 0))
    with capture(region=region, account=account) as captured, _as_main(words), redirect_stdout(sys.stderr):
        _run(file)
    return captured


def _run(file: Path) -> None:
    try:
        runpy.run_path(str(file), run_name="__main__")
    except SystemExit as error:
        if error.code not in (None, 0):
            raise InputError(f"the script ended with {error.code}", Position(str(file), 0, 0)) from None
    except Exception as error:
        places = [one for one in traceback.extract_tb(error.__traceback__) if one.filename == str(file)]
        if isinstance(error, SyntaxError) and error.filename == str(file):
            line = error.lineno or 0
        else:
            line = places[-1].lineno or 0 if places else 0
        message = f"the script failed: {type(error).__name__}: {error}"
        raise InputError(message, Position(str(file), line, 1 if line else 0)) from error


@contextmanager
def _as_main(words: list[str]) -> Iterator[None]:
    """The arguments and the path for imports that a script has when Python runs it."""
    arguments, path = sys.argv, [*sys.path]
    sys.argv, sys.path[:] = words, [str(Path(words[0]).resolve().parent), *path]
    try:
        yield
    finally:
        sys.argv, sys.path[:] = arguments, path

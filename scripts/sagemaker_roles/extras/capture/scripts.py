"""Runs a Python script with its requests captured, as the command `compose --run` does."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from ...errors import InputError
from ...errors.problems import Position
from . import call_log as ledgers
from .call_log import Ledger
from .hooks import Captured, require
from .offline import is_isolated, isolating
from .process_tree import MAIN, TOKEN, environment, write_profiles

_STDERR = 2


def run(command: str, *, region: str = "", account: str = "") -> Captured:
    """Runs a script to its end in a process of its own; what it prints goes to standard error.

    Args:
        command: file of the script and its arguments, as in a shell.

    Returns:
        The requests that it would have sent.

    Raises:
        InputError: there is no such file, or the script did not end well.
        ImportError: botocore is not installed.
        ValueError: the account is not 12 digits.
    """
    require(account)
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InputError(f"not a command: {error}", Position(command, 0, 0)) from None
    file = Path(words[0]) if words else Path()
    if not file.is_file():
        raise InputError("no such file; expected a Python script, with its arguments", Position(str(file), 0, 0))
    ledger = Ledger.new({"account": account, "answers": {}})
    captured = Captured(account, {}, ledger)
    try:
        write_profiles(ledger.folder, region)
        _run(ledger, words, region)
        running = ledger.settle(list, ledgers.PATIENCE)
        captured.take(ledger, [f"{one} still runs; what it sends from now on is lost" for one in running])
    finally:
        ledger.remove()
    return captured


def _run(ledger: Ledger, words: list[str], region: str) -> None:
    name = f"./{words[0]}" if words[0].startswith("-") else words[0]
    process = subprocess.Popen(
        [sys.executable, name, *words[1:]],
        env=environment(os.environ, ledger.folder, region) | {TOKEN: MAIN},
        stdout=_STDERR,
        preexec_fn=isolating(),
    )
    try:
        has_network = not is_isolated(process.pid)
        code = process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise
    for failed in ledger.records("failed"):
        line = failed["line"]
        position = Position(words[0], line, 1 if line else 0)
        raise InputError(f"the script failed: {failed['failed']}", position)
    position = Position(words[0], 0, 0)
    if code:
        raise InputError(f"the script ended with {code}", position)
    if MAIN not in {one["token"] for one in ledger.records("began")}:
        raise InputError("the script ran without being captured; Python did not import sitecustomize", position)
    if MAIN not in {one["ended"] for one in ledger.records("ended")}:
        ledger.add(lost="the script ended at once, as os._exit does; what threads and atexit had still to do is lost")
    if has_network and ledger.programs():
        ledger.add(note="this system gives the script no network of its own, so these programs can reach the network")

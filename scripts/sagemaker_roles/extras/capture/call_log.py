"""What the processes of a run report to the one that began it: lines of a file, and a lock held while they live."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...canonical import quoted

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: Seconds for threads and processes to end after the code that began them.
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Call:
    """A request that code would have sent.

    Attributes:
        service: name of the service, as botocore has it: ``sagemaker``, ``s3``.
        operation: name of the operation.
        parameters: the request's members, in the spelling of the API; the bytes of bodies are not kept.
        region: Region of the client; "" for a service without Regions.
        place: file and line of the code that sent it; "" if it was not in a file.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    place: str


class Ledger:
    """The folder of a run.

    Args:
        folder: the folder, which :meth:`new` makes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._locks: list[int] = []

    @classmethod
    def new(cls, settings: dict[str, Any]) -> Ledger:
        """Makes the folder for a run."""
        ledger = cls(Path(tempfile.mkdtemp(prefix="sagemaker-roles-")))
        for name in ("records", "alive"):
            (ledger.folder / name).touch()
        (ledger.folder / "settings").write_bytes(pickle.dumps(settings))
        return ledger

    def remove(self) -> None:
        """Removes the folder; whoever still wants to report to it fails."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def settings(self) -> dict[str, Any]:
        """What each process of the run is to know."""
        return dict(pickle.loads((self.folder / "settings").read_bytes()))  # noqa: S301 -- our own file

    def add(self, **record: Any) -> None:
        """Reports something; the first name is what kind of thing it is.

        Raises:
            OSError: the run is over, or the disk is full.
        """
        line = json.dumps({**record, "pid": os.getpid()}).encode() + b"\n"
        file = os.open(self.folder / "records", os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        try:
            if os.write(file, line) != len(line):
                raise OSError("a captured request could not be kept")
        finally:
            os.close(file)

    def records(self, kind: str) -> Iterator[dict[str, Any]]:
        """What was reported of a kind, in its order."""
        with (self.folder / "records").open("rb") as file:
            for line in file:
                if line.startswith(f'{{"{kind}"'.encode()) and line.endswith(b"\n"):
                    yield json.loads(line)

    def hold(self) -> None:
        """Shows that this process, or one that it forks, lives, until all of them are dead."""
        if fcntl is not None:
            self._locks.append(os.open(self.folder / "alive", os.O_RDWR))
            fcntl.flock(self._locks[-1], fcntl.LOCK_SH)

    def let_go(self) -> None:
        """Takes back the last :meth:`hold` of this process; processes forked since keep it."""
        if self._locks:
            os.close(self._locks.pop())

    def settle(self, running: Callable[[], list[str]], seconds: float) -> list[str]:
        """Waits until nothing runs that could still send.

        Args:
            running: names what else runs.
            seconds: how long to wait.

        Returns:
            What still runs, if anything does.
        """
        until, quiet = time.monotonic() + seconds, 0
        while True:
            left = running()
            for one in self._unseen():
                with suppress(ProcessLookupError):
                    if one["python"] and os.name == "posix":
                        os.kill(one["child"], 0)
                        left.append(one["command"])
            with (self.folder / "alive").open("rb+") as file:
                try:
                    if fcntl is not None:
                        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    left.append("a process that it began")
            quiet = 0 if left else quiet + 1
            if quiet > 1 or time.monotonic() > until:
                return left
            time.sleep(0.02)

    def _unseen(self) -> list[dict[str, Any]]:
        seen = {one["token"] for one in self.records("began")}
        return [one for one in self.records("started") if one["started"] not in seen]

    def losses(self) -> list[str]:
        """What processes did not report that they should have."""
        lost = [str(one["lost"]) for one in self.records("lost")]
        return lost + [f"{quoted(one['command'])} is not captured" for one in self._unseen() if one["python"]]

    def programs(self) -> list[str]:
        """Names of the programs that were started and are not Python."""
        return sorted({Path(name).name for one in self._unseen() if not one["python"] for name in one["program"]})

"""Which files of the given folders are logs of the range and accounts that are asked for; by name, without reading."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from ...canonical import quoted
from ...errors import InputError
from ...files import ownership, writing
from ...inputs.text.content import SUFFIXES, unread

#: Where a trail puts its files: account, kind of file, Region, and day of delivery; before the account there may be the
#: ID of an organization. The name has them again (CloudTrail user guide, "CloudTrail log file name format").
_PATH = re.compile(r"(?:^|/)(\d{12})/CloudTrail/[a-z0-9-]+/(\d{4})/(\d{2})/(\d{2})/[^/]*$")
_NAME = re.compile(r"(\d{12})_CloudTrail_[a-z0-9-]+_(\d{4})(\d{2})(\d{2})T\d{4}Z_[^/]*$")

#: What a trail puts beside them.
_OTHER = re.compile(r"(?:^|/)CloudTrail-(Digest|Insight)/|_CloudTrail-(Digest|Insight)_[^/]*$")

#: Lake saves query results as CSV.
_SUFFIXES = (*SUFFIXES, ".csv", ".jsonl")

#: Days after the end of the range in which an event of the range may still be delivered.
LATE = timedelta(days=1)

_GIVEN = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9]{2}:[0-9]{2}:[0-9]{2})Z)?")

#: Why files are skipped, as the index counts them.
REASONS = ("digest", "insight", "link", "other", "out_of_range")


@dataclass(frozen=True, slots=True)
class Range:
    """Which events are asked for: first and last time (``YYYY-MM-DDTHH:MM:SSZ`` or ""), accounts (all, if empty)."""

    since: str = ""
    until: str = ""
    accounts: frozenset[str] = frozenset()

    @classmethod
    def parsed(cls, since: str = "", until: str = "", accounts: str = "") -> Range:
        """The range of what a person gives: days or times, and account IDs with commas between them.

        Raises:
            ValueError: a value that is not valid, named as the option that gives it.
        """
        first, last = _time("--since", since, "00:00:00"), _time("--until", until, "23:59:59")
        if first and last and first > last:
            raise ValueError(f"--since {since} is later than --until {until}")
        ids = [item.strip() for item in accounts.split(",") if item.strip()]
        if accounts and not ids:
            raise ValueError(f"--accounts: {quoted(accounts)} names no account; expected 12 digits like 111122223333")
        for item in ids:
            if not re.fullmatch(r"[0-9]{12}", item):
                raise ValueError(
                    f"--accounts: {quoted(item)} is not a valid account ID; expected 12 digits like 111122223333"
                )
        return cls(first, last, frozenset(ids))

    def has_path(self, path: str) -> bool:
        """Whether a file can hold such events, from its path alone; True if the path does not show it."""
        match = _NAME.search(path) or _PATH.search(path)
        if match is None:
            return True
        if self.accounts and match[1] not in self.accounts:
            return False
        try:
            day = date(int(match[2]), int(match[3]), int(match[4]))
        except ValueError:
            return True
        # A file is delivered after its events happened, never before.
        if self.since and day < date.fromisoformat(self.since[:10]):
            return False
        return not (self.until and day > date.fromisoformat(self.until[:10]) + LATE)

    def has_event(self, account: str, time: str) -> bool:
        """Whether an event is asked for; an event without a time is."""
        if self.accounts and account not in self.accounts:
            return False
        return not time or ((not self.since or time >= self.since) and (not self.until or time <= self.until))


def _time(option: str, text: str, usual: str) -> str:
    """A time as events have it; "" for none."""
    match = _GIVEN.fullmatch(text)
    with contextlib.suppress(ValueError):
        if match:
            time = f"{match[1]}T{match[2] or usual}"
            datetime.fromisoformat(time)
            return f"{time}Z"
    if text:
        raise ValueError(
            f"{option}: {quoted(text)} is not a valid time; expected a value like 2026-11-01 or 2026-11-01T08:00:00Z"
        )
    return ""


def files_of_answers(folder: Path) -> set[str] | None:
    """The files of a folder with the answers of an earlier run: those that its manifest lists; None without one."""
    manifest = ownership.read_manifest(folder)
    return ownership.listed_files(manifest) if manifest is not None and manifest.get("kind") == "fleet" else None


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file to read, as given or found below a given folder: a log or, if told so, a reduced table."""

    name: str
    size: int
    is_table: bool = False


@dataclass(slots=True)
class Listing:
    """Walks the given files and folders, never the output, and counts what it skips.

    Attributes:
        skipped: reason to number of files, complete once the walk is.
        faults: path to what is wrong, of files and folders that cannot be looked at.
    """

    names: Sequence[str]
    wanted: Range
    out: Path
    skipped: dict[str, int] = field(default_factory=lambda: dict.fromkeys(REASONS, 0))
    faults: dict[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[LogFile]:
        self.skipped.update(dict.fromkeys(REASONS, 0))
        for name in self._roots():
            if Path(name).is_dir():
                yield from self._folder(name)
            elif (file := self._file(name, is_given=True)) is not None:
                yield file

    def _roots(self) -> list[str]:
        """The given names, without those inside another one."""
        real = {os.path.realpath(name): os.path.normpath(name) for name in sorted(self.names, reverse=True)}
        return sorted(name for path, name in real.items() if not any(str(top) in real for top in Path(path).parents))

    def _folder(self, root: str) -> Iterator[LogFile]:
        out = os.path.realpath(self.out)
        for top, folders, files in os.walk(root, onerror=self._unreadable):
            if ownership.MANIFEST in files and files_of_answers(Path(top)) is not None:
                # Answers of an earlier run.
                folders.clear()
                self.skipped["other"] += 1
                continue
            links = [name for name in folders if (Path(top) / name).is_symlink()]
            self.skipped["link"] += len(links)
            folders[:] = sorted(
                name
                for name in folders
                if name not in links
                and not name.startswith(writing.HIDDEN)
                and os.path.realpath(Path(top) / name) != out
            )
            for name in sorted(files):
                if (file := self._file(str(Path(top) / name))) is not None:
                    yield file

    def _unreadable(self, error: OSError) -> None:
        self.faults[str(error.filename)] = f"the folder cannot be read: {error.strerror}"

    def _file(self, name: str, is_given: bool = False) -> LogFile | None:
        path = Path(name)
        shown, reason = path.as_posix(), ""
        if match := _OTHER.search(shown):
            reason = (match[1] or match[2]).lower()
        elif not is_given and not path.name.endswith(_SUFFIXES):
            reason = "other"
        elif not self.wanted.has_path(shown):
            reason = "out_of_range"
        try:
            status = path.stat()
            if not reason and not path.is_file():
                reason = "other"
        except (OSError, ValueError) as error:
            self.faults[name] = reason_of(error)
            return None
        if reason:
            self.skipped[reason] += 1
            return None
        return LogFile(name, status.st_size)


def reason_of(error: Exception) -> str:
    """Why a file cannot be read, in words."""
    if isinstance(error, InputError):
        place = f"{error.position.line}:{error.position.column}: " if error.position.line else ""
        return f"{place}{error.message}"
    return unread(error)

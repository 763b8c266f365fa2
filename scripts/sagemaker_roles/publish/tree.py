"""Puts a tree of files in place of another at once, so that a killed build leaves the old or the new one."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import filecmp
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


def replace_tree(folder: Path, files: Iterable[tuple[str, bytes]]) -> bool:
    """Makes a folder hold exactly some files.

    The files are written beside it and the two folders exchanged in one step where the system can (Linux), else in
    two renames. A folder that holds just these files already is left alone.

    Args:
        folder: where the files shall be.
        files: relative path with forward slashes, and bytes.

    Returns:
        Whether anything changed.

    Raises:
        OSError: no room, no right to write; the folder is then as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock(folder.parent / f".{folder.name}.lock"):
        _sweep(folder)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".new", dir=folder.parent))
        try:
            fresh.chmod(0o755)
            written = set()
            for path, content in files:
                target = fresh / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
                written.add(path)
            if _holds(folder, fresh, written):
                return False
            _swap(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return True


def _holds(folder: Path, fresh: Path, written: set[str]) -> bool:
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return found == written and all(filecmp.cmp(folder / path, fresh / path, shallow=False) for path in written)


def _swap(fresh: Path, folder: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
        return
    if _exchange(fresh, folder):
        return
    old = folder.parent / f".{folder.name}.old"
    folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _exchange(first: Path, second: Path) -> bool:
    """Exchanges two folders in one step; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    rename = getattr(libc, "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(second))


def _sweep(folder: Path) -> None:
    """Puts right what a killed run left: an old tree moved aside, new ones half written."""
    old = folder.parent / f".{folder.name}.old"
    if old.exists() and not folder.exists():
        old.rename(folder)
    for left in [old, *folder.parent.glob(f".{folder.name}.*.new")]:
        shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Lets one process at a time write; the others wait."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield

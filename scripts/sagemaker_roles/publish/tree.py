"""The one place that writes: whole trees and files, at once, so that a killed run leaves the old or the new one."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import itertools
import json
import os
import shutil
import stat
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from . import places
from .places import Own, RefusedError

_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
_BINARY = getattr(os, "O_BINARY", 0)

#: How the name of everything begins that is there only while something is written. The next run removes what is left.
HIDDEN = ".sagemaker-roles."

#: File in the folder of pages that lists what was generated there.
GENERATED = f"{HIDDEN}json"

#: Folders that this process has locked, by device and inode.
_locked: set[tuple[int, int]] = set()


# --- trees -----------------------------------------------------------------------------------------------------------


def replace_tree(folder: Path, files: Iterable[tuple[str, bytes | Path]], own: Own) -> bool:
    """Makes a folder hold exactly some files.

    The files are written beside it and the two folders exchanged in one step where the system can (Linux), else in
    two renames. A folder that holds just these files already is left alone.

    Args:
        folder: where the files shall be.
        files: relative path with forward slashes, and bytes, or a file to copy.
        own: reads which files of the folder the tool wrote; see :mod:`places`.

    Returns:
        Whether anything changed.

    Raises:
        RefusedError: the folder is not one that the tool may replace.
        OSError: no room, no right to write; the folder is then as it was.
    """
    folder = places.absolute(folder)
    places.refuse_folder(folder, own)
    with _named(folder), _created(folder.parent), lock(folder.parent):
        _sweep(folder)
        same: list[str] = []
        rest = _from_first_change(folder, iter(files), same)
        if rest is None and set(same) == set(places.entries(folder) if folder.is_dir() else ()):
            return False
        fresh = _unused(folder.parent, f"{folder.name}.")
        fresh.mkdir()
        try:
            if folder.is_dir():
                fresh.chmod(stat.S_IMODE(folder.stat().st_mode))
            written = set()
            folders = {fresh}
            for path, content in itertools.chain(((path, folder / path) for path in same), rest or ()):
                target = fresh / path
                if target.parent not in folders:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    folders.add(target.parent)
                _fill(target, content)
                written.add(path)
            places.refuse_folder(folder, own, written)
            _flush_tree(fresh)
            _swap(fresh, folder)
            _flush(folder.parent)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return True


def _unused(folder: Path, name: str = "") -> Path:
    """A hidden name in a folder that nothing has. What is made there has the mode that the process gives new files."""
    return folder / f"{HIDDEN}{name}{os.urandom(8).hex()}.new"


@contextlib.contextmanager
def _named(place: Path) -> Iterator[None]:
    """Has a fault name the place that was to be written, where the system names nothing or a hidden file."""
    try:
        yield
    except OSError as error:
        if error.filename is None or HIDDEN in str(error.filename):
            error.filename = str(place)
        raise


@contextlib.contextmanager
def _created(folder: Path) -> Iterator[None]:
    """Makes a folder and those above it; what fails in it leaves none of them empty."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for path in missing:
            with contextlib.suppress(OSError):
                path.rmdir()
        raise


def new_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Makes a folder with some files where nothing is; a killed run leaves no half of it.

    Raises:
        OSError: something is there, or a file cannot be written.
    """
    with _named(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = _unused(folder.parent, f"{folder.name}.")
        fresh.mkdir()
        try:
            for path, content in files.items():
                (fresh / path).parent.mkdir(parents=True, exist_ok=True)
                (fresh / path).write_bytes(content)
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def made_folder(folder: Path) -> None:
    """Makes a folder, if it is not there.

    Raises:
        RefusedError: a link or a file is there.
        OSError: no right to write.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise RefusedError(f"{folder}: is not a folder; move it away")
    folder.mkdir(exist_ok=True)


def settle(folder: Path) -> None:
    """Waits until no other process writes a folder, and puts right what a killed run left of it.

    Raises:
        OSError: no right to do so.
    """
    with lock(folder.parent):
        _sweep(places.absolute(folder))


def _from_first_change(
    folder: Path, files: Iterator[tuple[str, bytes | Path]], same: list[str]
) -> Iterator[tuple[str, bytes | Path]] | None:
    """The files from the first that a folder does not have yet; None if there is none.

    Args:
        same: paths of the files before it are put in.
    """
    for path, content in files:
        there = folder / path
        if there.is_symlink() or not there.is_file() or not _is_same(there, content):
            return itertools.chain([(path, content)], files)
        same.append(path)
    return None


def _fill(target: Path, content: bytes | Path) -> None:
    if isinstance(content, Path):
        shutil.copyfile(content, target)
    else:
        target.write_bytes(content)


def _is_same(there: Path, content: bytes | Path) -> bool:
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    if there.stat().st_size != size:
        return False
    if not isinstance(content, Path):
        return there.read_bytes() == content
    # Memory may hold neither whole: the answer for one role can be large.
    with there.open("rb") as first, content.open("rb") as second:
        return all(first.read(len(part)) == part for part in iter(lambda: second.read(1 << 20), b""))


def _swap(fresh: Path, folder: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
        return
    if _exchange(fresh, folder):
        return
    old = _aside(folder)
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


def _aside(folder: Path) -> Path:
    return folder.parent / f"{HIDDEN}{folder.name}.old"


def _sweep(folder: Path) -> None:
    """Puts right what a killed run left: an old tree moved aside, new ones half written."""
    old = _aside(folder)
    left = [old, *folder.parent.glob(f"{HIDDEN}{folder.name}.*.new")]
    for link in left:
        if link.is_symlink():  # no run of ours leaves one
            link.unlink()
    if old.exists() and not folder.exists():
        old.rename(folder)
    for tree in left:
        shutil.rmtree(tree, ignore_errors=True)


def sync_tree(folder: Path, files: Mapping[str, bytes | Path], within: Collection[str]) -> int:
    """Brings the generated files of a folder up to date; a file that is right already keeps its time of change.

    A hidden list names what was generated. What it does not name is never changed.

    Args:
        folder: a folder that has other files too.
        files: relative path with forward slashes to the bytes, or to a file to copy.
        within: folders and files, directly in ``folder``, which hold generated files only.

    Returns:
        How many files were written or removed.

    Raises:
        RefusedError: a link, or a file that was not generated, is in the way.
        OSError: a file cannot be written.
    """
    wanted = sorted(files)
    if folder.is_symlink():
        raise RefusedError(f"{folder}: is a link; name the folder itself")
    folder.mkdir(parents=True, exist_ok=True)
    listed = _generated(folder)
    there = _present(folder, within)
    for path in sorted(there):
        if (folder / path).is_symlink():
            raise RefusedError(f"{folder / path}: is a link; move it away")
        if path not in listed:
            raise RefusedError(f"{folder / path}: was not generated; move it away, or run `make clean`")
    # Before the files: whatever a killed run leaves is then known as generated.
    _list_generated(folder, [*wanted, *there], listed)
    changed = sum(_put(folder / path, files[path]) for path in wanted)
    for path in sorted(there - set(wanted), reverse=True):
        (folder / path).unlink()
        changed += 1
        for parent in (folder / path).parents:
            if parent == folder or any(parent.iterdir()):
                break
            parent.rmdir()
    _list_generated(folder, wanted, {*wanted, *there})
    return changed


def _generated(folder: Path) -> set[str]:
    try:
        return set(json.loads((folder / GENERATED).read_bytes())["generated"])
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _list_generated(folder: Path, paths: Iterable[str], listed: set[str]) -> None:
    if set(paths) != listed or not (folder / GENERATED).exists():
        replace_file(folder / GENERATED, f"{json.dumps({'generated': sorted(set(paths))}, indent=0)}\n".encode())


def _present(folder: Path, within: Collection[str]) -> set[str]:
    """What is in the folders of generated files, or in the place of one."""
    there = set()
    for name in within:
        top = folder / name
        if top.is_symlink() or top.is_file():
            there.add(name)
        elif top.is_dir():
            there.update(f"{name}/{path}" for path in places.entries(top))
    return there


def _put(target: Path, content: bytes | Path) -> int:
    """Writes a file, or copies one, if its bytes differ; returns whether they did as 0 or 1."""
    with _named(target):
        if target.is_file() and _is_same(target, content):
            return 0
        target.parent.mkdir(parents=True, exist_ok=True)
        _fill(target, content)
        return 1


# --- files -----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def prepared_file(content: bytes, folder: Path, like: Path | None = None) -> Iterator[Path]:
    """Writes a hidden file, to be put in a place by :func:`put_file`; at the end it is removed, if it was not.

    Args:
        content: its bytes.
        folder: where to; on the file system of the place.
        like: file whose owner and mode the new one gets, if it is there.

    Raises:
        OSError: no room, no right to write; nothing is left.
    """
    fresh, old = _unused(folder), like.stat() if like is not None and like.exists() else None
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666 if old is None else 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if old is not None:
            with contextlib.suppress(OSError, AttributeError):
                os.chown(fresh, old.st_uid, old.st_gid)
            fresh.chmod(stat.S_IMODE(old.st_mode))
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)


def put_file(fresh: Path, file: Path, within: Path | None = None) -> None:
    """Puts a prepared file in a place, in one step.

    Args:
        within: a folder above the file, from which on no folder may be a link.

    Raises:
        RefusedError: a link, a folder or a device is there.
        OSError: no right to write.
    """
    places.refuse_file(file, within)
    fresh.replace(file)
    _flush(file.parent)


def replace_file(file: Path, content: bytes, scratch: Path | None = None) -> None:
    """Replaces a file, or makes a new one, at once; owner and mode stay.

    Args:
        file: the file.
        content: its new bytes.
        scratch: folder above it for the hidden file until then, from which on no folder may be a link; its own if None.

    Raises:
        RefusedError: a link, a folder or a device is there, or a folder is a link.
        OSError: no room, no right to write; the file is as it was.
    """
    places.refuse_file(file, scratch)
    with _named(file), prepared_file(content, scratch or file.parent, file) as fresh:
        put_file(fresh, file, scratch)


def create_file(file: Path, content: bytes, scratch: Path) -> None:
    """Makes a new file at once.

    Args:
        file: the file.
        content: its bytes.
        scratch: folder above it for the hidden file until then, from which on no folder may be a link.

    Raises:
        FileExistsError: something is there.
        RefusedError: a folder is a link.
        OSError: no room, no right to write; nothing is left.
    """
    places.refuse_way(file, scratch)
    with _named(file), prepared_file(content, scratch) as fresh:
        try:
            os.link(fresh, file)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            if file.exists() or file.is_symlink():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file)) from None
            fresh.rename(file)
        _flush(file.parent)


def sweep_files(folder: Path) -> None:
    """Removes the hidden files that killed runs left in a folder; :func:`lock` must be held."""
    for left in folder.glob(f"{HIDDEN}*.new"):
        if not left.is_dir():
            left.unlink(missing_ok=True)


# --- what is there only while a long run lasts ---------------------------------------------------------------------


def work_folder(folder: Path) -> Path:
    """Makes the hidden folder, inside a folder of the output, for what a run needs until the output is whole.

    Raises:
        RefusedError: a link is there.
        OSError: no right to write.
    """
    work = folder / places.WORK
    if work.is_symlink():
        raise RefusedError(f"{work}: is a link, which is not followed; remove it")
    work.mkdir(parents=True, exist_ok=True)
    return work


def scratch_file(path: Path) -> BinaryIO:
    """Makes a file in such a folder and opens it for writing; a killed run may leave half of it, which goes first.

    Raises:
        OSError: no room, no right to write.
    """
    discard(path)
    return path.open("xb")


def drop_work(work: Path) -> None:
    """Removes such a folder, and the folder that it is in if nothing else is there."""
    shutil.rmtree(work, ignore_errors=True)
    with contextlib.suppress(OSError):
        work.parent.rmdir()


def discard(path: Path) -> None:
    """Removes a file of such a folder, if it is there."""
    path.unlink(missing_ok=True)


# --- one at a time, and on the disk ----------------------------------------------------------------------------------


@contextlib.contextmanager
def lock(folder: Path, wait: bool = True) -> Iterator[None]:
    """Lets one process at a time write into a folder. It ends with the process, however that ends, and leaves no file.

    Args:
        folder: the folder.
        wait: whether to wait until other processes are done. What this process has locked itself is not waited for.

    Raises:
        BlockingIOError: it is locked, and ``wait`` is false.
        OSError: there is no such folder, or no right to read it.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        status = os.fstat(handle)
        key = (status.st_dev, status.st_ino)
        if key in _locked:
            if not wait:
                raise BlockingIOError(errno.EWOULDBLOCK, os.strerror(errno.EWOULDBLOCK), str(folder))
            yield
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise
        except OSError:  # a network file system that cannot lock folders
            yield
            return
        _locked.add(key)
        try:
            yield
        finally:
            _locked.discard(key)
    finally:
        os.close(handle)


def _flush_tree(folder: Path) -> None:
    """Has the system write a tree to the disk, so that what is put in place is there after a loss of power too."""
    for top, _, files in os.walk(folder, topdown=False):
        for name in files:
            _flush(Path(top) / name)
        _flush(Path(top))


def _flush(path: Path) -> None:
    if os.name == "nt":  # which has no such thing for folders
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

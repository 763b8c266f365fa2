"""The one place that writes: whole trees and files, at once, so that a killed run leaves the old or the new one."""

from __future__ import annotations

import contextlib
import errno
import filecmp
import json
import os
import shutil
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from . import ownership
from .ownership import Own, RefusedError

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

    The files are written beside it, and two renames put them in its place; what a run leaves that is killed between
    them, the next one puts right. A folder that holds just these files already is left alone.

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
    folder = ownership.absolute(folder)
    ownership.refuse_folder(folder, own)
    with _named(folder), _created(folder.parent), lock(folder.parent):
        _sweep(folder)
        there = set(ownership.entries(folder) if folder.is_dir() else ())
        same, changed = set(), False
        with _beside(folder) as fresh:
            for path, content in files:
                if _is_same(folder / path, content):
                    same.add(path)
                else:
                    changed = True
                    _fill(fresh / path, content)
            if not changed and same == there:
                return False
            for path in same:
                _fill(fresh / path, folder / path)
            ownership.refuse_folder(folder, own, ownership.entries(fresh).keys())
            # Bottom up, so that what is put in place is there after a loss of power too.
            for top, _, names in os.walk(fresh, topdown=False):
                for name in (*names, ""):
                    _flush(Path(top, name))
            _swap(fresh, folder)
            _flush(folder.parent)
        return True


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Makes a hidden folder beside another, with the mode of that; at the end it is removed, if it is still there."""
    fresh = _unused(folder.parent, f"{folder.name}.")
    fresh.mkdir()
    try:
        if folder.is_dir():
            fresh.chmod(stat.S_IMODE(folder.stat().st_mode))
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


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
    with _named(folder), _created(folder.parent), _beside(folder) as fresh:
        for path, content in files.items():
            _fill(fresh / path, content)
        fresh.rename(folder)


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
        _sweep(ownership.absolute(folder))


def _fill(target: Path, content: bytes | Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Path):
        shutil.copyfile(content, target)
    else:
        target.write_bytes(content)


def _is_same(there: Path, content: bytes | Path) -> bool:
    """Whether a file, and no link, has some bytes."""
    if there.is_symlink() or not there.is_file():
        return False
    if isinstance(content, Path):  # memory may hold neither whole: the answer for one role can be large
        return filecmp.cmp(there, content, shallow=False)
    return there.stat().st_size == len(content) and there.read_bytes() == content


def _swap(fresh: Path, folder: Path) -> None:
    try:
        if folder.exists():
            folder.rename(_aside(folder))
        fresh.rename(folder)
    finally:
        _sweep(folder)


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
    _list_generated(folder, {*files, *there}, listed)
    changed = [path for path in sorted(files) if not _is_same(folder / path, files[path])]
    for path in changed:
        with _named(folder / path):
            _fill(folder / path, files[path])
    gone = sorted(there - files.keys())
    for path in gone:
        (folder / path).unlink()
        for parent in (folder / path).parents:
            if any(parent.iterdir()):
                break
            parent.rmdir()
    _list_generated(folder, {*files}, {*files, *there})
    return len(changed) + len(gone)


def _generated(folder: Path) -> set[str]:
    try:
        return set(json.loads((folder / GENERATED).read_bytes())["generated"])
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _list_generated(folder: Path, paths: set[str], listed: set[str]) -> None:
    if paths != listed or not (folder / GENERATED).exists():
        replace_file(folder / GENERATED, f"{json.dumps({'generated': sorted(paths)}, indent=0)}\n".encode())


def _present(folder: Path, within: Collection[str]) -> set[str]:
    """What is in the folders of generated files, or in the place of one."""
    there = set()
    for name in within:
        top = folder / name
        if top.is_symlink() or top.is_file():
            there.add(name)
        elif top.is_dir():
            there.update(f"{name}/{path}" for path in ownership.entries(top))
    return there


# --- files -----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _prepared(content: bytes, folder: Path, like: Path | None = None) -> Iterator[Path]:
    """Writes a hidden file, to be put in a place; with owner and mode of another one, if that is there."""
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


def replace_files(contents: Mapping[Path, bytes], scratch: Path | None = None) -> None:
    """Replaces some files, or makes new ones, each at once and in this order; owner and mode stay.

    What needs room is written before the first is put in place.

    Args:
        contents: the files with their new bytes.
        scratch: folder for the hidden files until then, from which on no folder above one of them may be a link; the
            folder of each if None.

    Raises:
        RefusedError: a link, a folder or a device is there, or a folder is a link.
        OSError: no room, no right to write; each file is as it was, or as it shall be.
    """
    for file in contents:
        ownership.refuse_file(file, scratch)
    with contextlib.ExitStack() as stack:
        fresh = {}
        for file, content in contents.items():
            with _named(file):
                fresh[file] = stack.enter_context(_prepared(content, scratch or file.parent, file))
        for file, new in fresh.items():
            with _named(file):
                file.parent.mkdir(exist_ok=True)
                ownership.refuse_file(file, scratch)
                new.replace(file)
                _flush(file.parent)


def replace_file(file: Path, content: bytes, scratch: Path | None = None) -> None:
    """Replaces one file, as :func:`replace_files` does."""
    replace_files({file: content}, scratch)


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
    ownership.refuse_way(file, scratch)
    with _named(file), _prepared(content, scratch) as fresh:
        try:
            os.link(fresh, file)
        except OSError:  # something is there, or the file system has no hard links
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
    work = folder / ownership.WORK
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
    with contextlib.ExitStack() as stack:
        handle = os.open(folder, os.O_RDONLY)
        stack.callback(os.close, handle)
        status = os.fstat(handle)
        key = (status.st_dev, status.st_ino)
        if key in _locked and not wait:
            raise BlockingIOError(errno.EWOULDBLOCK, os.strerror(errno.EWOULDBLOCK), str(folder))
        if key not in _locked:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                _locked.add(key)
                stack.callback(_locked.discard, key)
            except BlockingIOError:
                raise
            except OSError:  # a network file system that cannot lock folders
                pass
        yield


def _flush(path: Path) -> None:
    """Has the system write a file, or the names in a folder, to the disk."""
    if os.name == "nt":  # which has no such thing for folders
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

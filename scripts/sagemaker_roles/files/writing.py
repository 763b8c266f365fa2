"""The one place that writes: whole folders and files, at once, so that a killed run leaves the old or the new one."""

from __future__ import annotations

import contextlib
import errno
import filecmp
import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from . import ownership
from .ownership import Own, RefusedError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: How the name of everything begins that is there only while something is written. The next run removes what is left.
HIDDEN = ".sagemaker-roles."

#: File in the folder of pages that lists what was generated there.
GENERATED = f"{HIDDEN}json"


# --- folders ---------------------------------------------------------------------------------------------------------


def replace_tree(folder: Path, files: Iterable[tuple[str, bytes | Path]], own: Own) -> bool:
    """Make a folder hold exactly some files.

    The files are written beside it, and two renames put them in its place; what a run leaves that is killed between
    them, the next one puts right. A folder that holds just these files already is left alone.

    Args:
        folder: where the files shall be.
        files: relative path with forward slashes, and bytes, or a file to copy.
        own: reads which files of the folder the tool wrote; see :mod:`ownership`.

    Returns:
        Whether anything changed.

    Raises:
        RefusedError: the folder is not one that the tool may replace.
        OSError: no room, no right to write; the folder is then as it was.
    """
    folder = ownership.absolute(folder)
    ownership.refuse_folder(folder, own)
    with hidden_folder(folder) as fresh, lock(folder.parent):
        changed = False
        paths = set()
        for path, content in files:
            changed = changed or not _is_same(folder / path, content)
            paths.add(path)
            _fill(fresh / path, content)
        if not changed and folder.is_dir() and paths == ownership.entries(folder).keys():
            return False
        ownership.refuse_folder(folder, own, paths)
        # Bottom up, so that what is put in place is there after a loss of power too.
        for top, _, names in os.walk(fresh, topdown=False):
            for name in (*names, ""):
                _flush(Path(top, name))
        _swap(fresh, folder)
        _flush(folder.parent)
    return True


@contextlib.contextmanager
def hidden_folder(place: Path) -> Iterator[Path]:
    """Make a hidden folder next to a place, and the folders above it; at the end remove what is left of it.

    It has the mode of the folder that is in the place. What killed runs left there is put right first.

    Raises:
        OSError: no room, no right to write; it names the place, and no folder is left.
    """
    missing = [path for path in place.parents if not path.exists()]
    fresh = _unused(place.parent, f"{place.name}.")
    with _named(place), contextlib.ExitStack() as stack:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with lock(place.parent):
                _sweep(place)
                fresh.mkdir()
                stack.enter_context(lock(fresh))
            if place.is_dir():
                shutil.copymode(place, fresh)
            yield fresh
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            for path in missing:
                with contextlib.suppress(OSError):
                    path.rmdir()
            raise
        shutil.rmtree(fresh, ignore_errors=True)


def new_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder with some files where nothing is; a killed run leaves no half of it.

    Raises:
        OSError: something is there, or a file cannot be written.
    """
    with hidden_folder(folder) as fresh:
        for path, content in files.items():
            _fill(fresh / path, content)
        fresh.rename(folder)


def settle(folder: Path) -> None:
    """Wait until no other process writes a folder, and put right what a killed run left of it.

    Raises:
        OSError: no right to do so.
    """
    with lock(folder.parent):
        _sweep(ownership.absolute(folder))


def _unused(folder: Path, name: str = "") -> Path:
    """A hidden name in a folder that nothing has. What is made there has the mode that the process gives new files."""
    return folder / f"{HIDDEN}{name}{os.urandom(8).hex()}.new"


@contextlib.contextmanager
def _named(place: Path) -> Iterator[None]:
    """Have a fault name the place that was to be written, where the system names nothing or a hidden file."""
    try:
        yield
    except OSError as error:
        if error.filename is None or HIDDEN in str(error.filename):
            error.filename = str(place)
        raise


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
    """Put right what killed runs left: an old folder moved aside, and hidden ones that no run has locked."""
    old = _aside(folder)
    if old.exists() and not old.is_symlink() and not folder.exists():
        old.rename(folder)
    for left in (old, *folder.parent.glob(f"{HIDDEN}{folder.name}.*.new")):
        if left.is_symlink():  # no run of ours leaves one
            left.unlink()
        elif left.is_dir():
            with contextlib.suppress(OSError), lock(left, wait=False):
                shutil.rmtree(left)


def sync_tree(folder: Path, files: Mapping[str, bytes | Path], within: Collection[str]) -> int:
    """Bring the generated files of a folder up to date; a file that is right already keeps its time of change.

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
    generated = ownership.read_object(folder / GENERATED).get("generated")
    there = {path for path in ownership.entries(folder) if path.partition("/")[0] in within}
    for path in sorted(there):
        if (folder / path).is_symlink():
            raise RefusedError(f"{folder / path}: is a link; move it away")
        if not isinstance(generated, list) or path not in generated:
            raise RefusedError(f"{folder / path}: was not generated; move it away, or run `make clean`")
    # Before the files: whatever a killed run leaves is then known as generated.
    _list_generated(folder, {*files, *there})
    changed = [path for path in sorted(files) if not _is_same(folder / path, files[path])]
    for path in changed:
        with _named(folder / path):
            _fill(folder / path, files[path])
    removed = sorted(there - files.keys())
    for path in removed:
        (folder / path).unlink()
        for parent in (folder / path).parents:
            if any(parent.iterdir()):
                break
            parent.rmdir()
    _list_generated(folder, {*files})
    return len(changed) + len(removed)


def _list_generated(folder: Path, paths: set[str]) -> None:
    listing = {"generated": sorted(paths)}
    if ownership.read_object(folder / GENERATED) != listing:
        replace_file(folder / GENERATED, f"{json.dumps(listing, indent=0)}\n".encode())


# --- files -----------------------------------------------------------------------------------------------------------


def replace_files(contents: Mapping[Path, bytes], scratch: Path | None = None) -> None:
    """Replace some files, or make new ones, each at once and in this order; their modes stay.

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
        fresh = {file: _unused(scratch or file.parent) for file in contents}
        for file, content in contents.items():
            stack.callback(discard, fresh[file])
            with _named(file), fresh[file].open("xb") as stream:
                if file.exists():
                    shutil.copymode(file, fresh[file])
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        for file, new in fresh.items():
            with _named(file):
                file.parent.mkdir(exist_ok=True)
                new.replace(file)
                _flush(file.parent)


def replace_file(file: Path, content: bytes, scratch: Path | None = None) -> None:
    """Replace one file, as :func:`replace_files` does."""
    replace_files({file: content}, scratch)


def create_file(file: Path, content: bytes, scratch: Path) -> None:
    """Make a new file at once.

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
    if file.exists() or file.is_symlink():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file))
    replace_file(file, content, scratch)


def scratch_file(path: Path) -> BinaryIO:
    """Open a file in a hidden folder for writing.

    Raises:
        OSError: no room, no right to write.
    """
    return path.open("wb")


def discard(path: Path) -> None:
    """Remove a file, if it is there."""
    path.unlink(missing_ok=True)


def sweep_files(folder: Path) -> None:
    """Remove the hidden files that killed runs left in a folder; :func:`lock` must be held."""
    for left in folder.glob(f"{HIDDEN}*.new"):
        if not left.is_dir():
            discard(left)


# --- one at a time, and on the disk ----------------------------------------------------------------------------------


@contextlib.contextmanager
def lock(folder: Path, wait: bool = True) -> Iterator[None]:
    """Let one process at a time write into a folder. It ends with the process, however that ends, and leaves no file.

    Args:
        folder: the folder.
        wait: whether to wait until others are done.

    Raises:
        BlockingIOError: it is locked, and ``wait`` is false.
        OSError: there is no such folder, or no right to read it.
    """
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise
        except OSError:  # a network file system that cannot lock folders
            pass
        yield
    finally:
        os.close(handle)


def _flush(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk."""
    if os.name == "nt":  # which has no such thing for folders
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Puts a planned release in place: the folder first, then versions.json, then the changelog, each in one step."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .. import tree
from .planning import CHANGELOG, Plan, ReleaseError

#: What a run that was killed may leave beside the versions; all of it is hidden and ignored by git.
_LEFT = (".*.new", ".*.old", ".[0-9]*.lock")


@contextlib.contextmanager
def lock(builds: Path) -> Iterator[None]:
    """Lets one release at a time run; it ends with its process, however that ends.

    Raises:
        ReleaseError: another one runs.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    with (builds / ".release.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ReleaseError("another release is running here; wait until it is done") from None
        yield


def write(made: Plan) -> None:
    """Writes a release.

    Whatever moment it is killed at, a run from the same commit completes it. All that needs room is written first.

    Args:
        made: a plan with files; :func:`lock` must be held.

    Raises:
        OSError: no room, no right to write. What is in place is whole.
    """
    sweep(made)
    folder = made.builds / made.version
    versions = log = None
    try:
        versions = _beside(made.builds, made.versions)
        log = _beside(made.builds, made.changelog)
        tree.replace_tree(folder, made.files.items())
        versions.replace(made.builds / "versions.json")
        log.replace(made.root / CHANGELOG)
    finally:
        for file in (versions, log):
            if file is not None:
                file.unlink(missing_ok=True)
        sweep(made, False)


def sweep(made: Plan, folders: bool = True) -> None:
    """Takes away what killed runs left: hidden files, and folders of versions that never came to be."""
    for pattern in _LEFT:
        for path in made.builds.glob(pattern):
            if path.name.startswith((".next.", ".schema.")):
                continue  # a build's own; it cleans up by itself
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    for name in made.left if folders else ():
        hidden = made.builds / f".{name}.old"
        (made.builds / name).rename(hidden)  # at once, so that no half of it is ever taken for a version
        shutil.rmtree(hidden, ignore_errors=True)


def _beside(folder: Path, content: bytes) -> Path:
    """Writes a hidden file, to be renamed into place."""
    with tempfile.NamedTemporaryFile(prefix=".release.", suffix=".new", dir=folder, delete=False) as handle:
        file = Path(handle.name)
        try:
            handle.write(content)
            handle.flush()
            file.chmod(0o644)
        except OSError:
            file.unlink(missing_ok=True)
            raise
    return file

"""Puts a planned release in place: the folder first, then versions.json, then the changelog, each in one step."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from .. import places, tree
from .planning import CHANGELOG, Plan, ReleaseError


@contextlib.contextmanager
def lock(builds: Path) -> Iterator[None]:
    """Lets one release at a time run; it ends with its process, however that ends.

    Raises:
        ReleaseError: another one runs, or a build.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(tree.lock(builds, wait=False))
        except BlockingIOError:
            raise ReleaseError("another release or build is running here; wait until it is done") from None
        yield


def write(made: Plan) -> None:
    """Writes a release.

    Whatever moment it is killed at, a run from the same commit completes it. All that needs room is written first.

    Args:
        made: a plan with files; :func:`lock` must be held.

    Raises:
        RefusedError: a link, or something that no release wrote, is in the way.
        OSError: no room, no right to write. What is in place is whole.
    """
    folder, versions, log = made.builds / made.version, made.builds / "versions.json", made.root / CHANGELOG
    places.refuse_folder(folder, places.of_version(made.version), made.files)
    for file in (versions, log):
        places.refuse_file(file)
    sweep(made)
    try:
        with (
            tree.prepared_file(made.versions, made.builds) as new_versions,
            tree.prepared_file(made.changelog, made.builds, log) as new_log,
        ):
            tree.replace_tree(folder, made.files.items(), places.of_version(made.version))
            tree.put_file(new_versions, versions)
            tree.put_file(new_log, log)
    finally:
        sweep(made, False)


def sweep(made: Plan, folders: bool = True) -> None:
    """Removes what killed runs left: hidden files, and folders of versions that never came to be."""
    tree.sweep_files(made.builds, "[0-9]*")
    for name in made.left if folders else ():
        tree.remove_tree(made.builds / name)

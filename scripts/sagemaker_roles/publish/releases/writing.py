"""Puts a planned release in place: the folder first, then versions.json, then the changelog, each in one step."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from .. import places, tree
from .planning import CHANGELOG, ReleaseError, ReleasePlan


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


def write(plan: ReleasePlan) -> None:
    """Writes a release.

    Whatever moment it is killed at, a run from the same commit completes it. All that needs room is written first.

    Args:
        plan: a plan with files; :func:`lock` must be held.

    Raises:
        RefusedError: a link, or something that no release wrote, is in the way.
        OSError: no room, no right to write. What is in place is whole.
    """
    folder, versions, log = plan.builds / plan.version, plan.builds / "versions.json", plan.root / CHANGELOG
    places.refuse_folder(folder, places.of_version(plan.version), plan.files)
    for file in (versions, log):
        places.refuse_file(file)
    sweep(plan)
    try:
        with (
            tree.prepared_file(plan.versions, plan.builds) as new_versions,
            tree.prepared_file(plan.changelog, plan.builds, log) as new_log,
        ):
            tree.replace_tree(folder, plan.files.items(), places.of_version(plan.version))
            tree.put_file(new_versions, versions)
            tree.put_file(new_log, log)
    finally:
        sweep(plan, False)


def sweep(plan: ReleasePlan, folders: bool = True) -> None:
    """Removes what killed runs left: hidden files, and folders of versions that never came to be."""
    tree.sweep_files(plan.builds, "[0-9]*")
    for name in plan.left if folders else ():
        tree.remove_tree(plan.builds / name)

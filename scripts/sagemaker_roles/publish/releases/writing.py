"""Puts a planned release in place: the archive first, then versions.json, then the changelog, each in one step."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from .. import archives, places, tree
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
    builds = plan.builds
    archive, versions, log = archives.place(builds, plan.version), builds / "versions.json", plan.root / CHANGELOG
    for file in (archive, versions, log):
        places.refuse_file(file, builds)
    tree.sweep_files(builds)
    for name in plan.left:
        tree.discard(archives.place(builds, name))
    tree.replace_files({archive: plan.archive, versions: plan.versions, log: plan.changelog}, builds)

"""Find commands and extras by name: entry points of this distribution, which pyproject.toml lists."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution
from pathlib import Path

COMMANDS = "sagemaker_roles.commands"
EXTRAS = "sagemaker_roles.extras"

#: The folder that contains the packages. The wheel registers the commands of ``kb`` too, but does not contain them.
_ROOT = Path(__file__).parents[1]


@cache
def registered(group: str) -> Mapping[str, EntryPoint]:
    """List the entry points of a group by name, in alphabetical order.

    Only this distribution is asked: nothing else that is installed can run code here.
    """
    try:
        points = distribution("sagemaker-roles").entry_points.select(group=group)
    except PackageNotFoundError:
        return {}
    return {point.name: point for point in sorted(points)}


def is_installed(point: EntryPoint) -> bool:
    """Whether the module of an entry point is part of this installation; nothing is imported."""
    path = _ROOT.joinpath(*point.module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()

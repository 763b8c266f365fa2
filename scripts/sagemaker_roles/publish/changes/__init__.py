"""Compares two built versions by what their policies allow: JSON Patches, a readable list, the next version."""

from .built import Built, BuiltError, from_git, from_path
from .comparing import Change, Comparison, compare

__all__ = ["Built", "BuiltError", "Change", "Comparison", "compare", "from_git", "from_path"]

"""Compares two built versions by what their policies allow: JSON Patches, a readable list, the next version."""

from .built import Built, BuiltError, from_folder, from_git
from .comparing import Change, Comparison, compare

__all__ = ["Built", "BuiltError", "Change", "Comparison", "compare", "from_folder", "from_git"]

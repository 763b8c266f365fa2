"""Releases: which version comes next, what it consists of, and putting it in place without a moment of half of it."""

from .planning import ReleaseError, ReleasePlan, plan
from .writing import lock, write

__all__ = ["ReleaseError", "ReleasePlan", "lock", "plan", "write"]

"""Releases: which version comes next, what it consists of, and putting it in place without a moment of half of it."""

from .planning import Plan, ReleaseError, plan
from .verifying import verify
from .writing import lock, write

__all__ = ["Plan", "ReleaseError", "lock", "plan", "verify", "write"]

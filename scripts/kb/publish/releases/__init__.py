"""Releases: which version comes next, what it consists of, and putting it in place without a moment of half of it."""

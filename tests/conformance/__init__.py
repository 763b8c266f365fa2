"""Conformance: the Python engine and the page's answer the same cases alike, committed ones and seeded ones."""

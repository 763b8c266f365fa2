"""Turns what a user already has (requests, logs, templates, manifests, plans) into requests to compose for."""

from .reader import Notice, Reading
from .reading import read_files, read_value

__all__ = ["Notice", "Reading", "read_files", "read_value"]

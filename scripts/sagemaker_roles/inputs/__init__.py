"""Turns what a user already has (requests, logs, templates, manifests, plans) into requests to compose for."""

from .reading import FORMATS, Notice, Reading, read_files, read_value

__all__ = ["FORMATS", "Notice", "Reading", "read_files", "read_value"]

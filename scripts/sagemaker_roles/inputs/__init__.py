"""Turns what a user already has (requests, logs, templates, manifests, plans) into requests to compose for."""

from .reading import FORMATS, Notice, Reading, read
from .text import InputError

__all__ = ["FORMATS", "InputError", "Notice", "Reading", "read"]

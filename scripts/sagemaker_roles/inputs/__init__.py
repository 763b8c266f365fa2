"""Turns what a user already has (requests, logs, templates, manifests, plans) into requests to compose for."""

from .reading import FORMATS, Notice, OperationUnknown, Reading, read, read_value
from .text import InputError

__all__ = ["FORMATS", "InputError", "Notice", "OperationUnknown", "Reading", "read", "read_value"]

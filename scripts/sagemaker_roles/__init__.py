"""What the IAM roles of Amazon SageMaker need, operation by operation."""

from typing import TYPE_CHECKING, Any

from .catalog import Catalog
from .engine.compose import ComposedStatement, Composition, Document, Finding, Reason, Request, compose
from .errors import (
    AmbiguousOperation,
    InputError,
    InvalidValue,
    NothingToCompose,
    PatchError,
    UnknownAddOn,
    UnknownName,
    UnknownOperation,
    UnknownPlaceholder,
    UnknownRole,
)

if TYPE_CHECKING:
    __version__: str
    from .inputs import Notice, Reading, read_files, read_value
    from .session import Choice, Result, Written, compose_reading, explain, placeholders_of, write

__all__ = [
    "AmbiguousOperation",
    "Catalog",
    "Choice",
    "ComposedStatement",
    "Composition",
    "Document",
    "Finding",
    "InputError",
    "InvalidValue",
    "NothingToCompose",
    "Notice",
    "PatchError",
    "Reading",
    "Reason",
    "Request",
    "Result",
    "UnknownAddOn",
    "UnknownName",
    "UnknownOperation",
    "UnknownPlaceholder",
    "UnknownRole",
    "Written",
    "__version__",
    "compose",
    "compose_reading",
    "explain",
    "placeholders_of",
    "read_files",
    "read_value",
    "write",
]

#: Where to find what is imported only when it is first asked for.
_LATER = {
    **dict.fromkeys(("Notice", "Reading", "read_files", "read_value"), "inputs"),
    **dict.fromkeys(
        ("Choice", "Result", "Written", "compose_reading", "explain", "placeholders_of", "write"), "session"
    ),
}


def __getattr__(name: str) -> Any:
    """Imports readers and the session, and reads the version, when they are first asked for."""
    if name == "__version__":
        from .numbering import package_version

        return package_version()
    if name in _LATER:
        from importlib import import_module

        return getattr(import_module(f".{_LATER[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

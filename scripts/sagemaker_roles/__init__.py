"""What the IAM roles of Amazon SageMaker need, operation by operation."""

from typing import TYPE_CHECKING, Any

from .compose import ComposedStatement, Composition, Document, Finding, Reason, Request, compose
from .model import Catalog

if TYPE_CHECKING:
    __version__: str
    from .inputs import Reading, read, read_value

__all__ = [
    "Catalog",
    "ComposedStatement",
    "Composition",
    "Document",
    "Finding",
    "Reading",
    "Reason",
    "Request",
    "__version__",
    "compose",
    "read",
    "read_value",
]


def __getattr__(name: str) -> Any:
    """Imports the readers of inputs, and reads the version, when they are first asked for."""
    if name == "__version__":
        from .numbering import package_version

        return package_version()
    if name in ("Reading", "read", "read_value"):
        from . import inputs

        return getattr(inputs, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

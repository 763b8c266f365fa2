"""What the IAM roles of Amazon SageMaker need, operation by operation."""

from typing import TYPE_CHECKING, Any

from .catalog import Catalog
from .engine.compose import ComposedStatement, Composition, Document, Finding, Reason, Request, compose

if TYPE_CHECKING:
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
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Imports the readers of inputs when they are first asked for."""
    if name in ("Reading", "read", "read_value"):
        from . import inputs

        return getattr(inputs, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

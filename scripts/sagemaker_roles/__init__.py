"""What the IAM roles of Amazon SageMaker need, operation by operation."""

from .compose import Composition, Request, compose
from .model import Catalog

__all__ = ["Catalog", "Composition", "Request", "__version__", "compose"]
__version__ = "0.1.0"

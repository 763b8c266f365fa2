"""Captures the requests that code would send to AWS, so that roles can be composed from code. Needs botocore.

This is the one part of the package beside ``aws`` that touches botocore: the one in the process of whoever uses it.
"""

from .hooks import Captured, capture
from .ledger import Call

__all__ = ["Call", "Captured", "capture"]

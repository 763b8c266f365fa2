"""Captures the requests that code would send to AWS, so that roles can be composed from code. Needs botocore.

This is the one part of the package beside ``aws`` that touches botocore: the one in the process of whoever uses it.
"""

from .call_log import Call
from .hooks import Captured, capture

__all__ = ["Call", "Captured", "capture"]

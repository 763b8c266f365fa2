"""A captured request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """A request that code would have sent.

    Attributes:
        service: name of the service, as botocore has it: ``sagemaker``, ``s3``.
        operation: name of the operation.
        parameters: the request's members, in the spelling of the API; the bytes of bodies are not kept.
        region: Region of the client; "" for a service without Regions.
        place: file and line of the code that sent it; "" if it was not in a file.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    place: str

"""Reads Terraform configuration (HCL): the requests of its resources, as a plan of them would show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..reader import Found, InputDocument, ReadingContext
from ..terraform_files import MEMBER
from . import terraform


def recognizes(value: Any) -> bool:
    """Whether a value holds the files of a configuration."""
    return isinstance(value, Mapping) and isinstance(value.get(MEMBER), Mapping)


def read(context: ReadingContext, document: InputDocument) -> Iterator[Found]:
    """The requests that the resources of a configuration stand for.

    Raises:
        InputError: python-hcl2 is not installed.
    """
    from ..hcl import configuration  # its library takes time to load

    for plan in plans(context, document):
        for found in terraform.read(context, plan):
            # Messages name members as the request has them, not as the plan that is made of the files.
            yield found._replace(at=found.at._replace(places=configuration.below(found.at), path=()))


def plans(context: ReadingContext, document: InputDocument, *others: str) -> Iterator[InputDocument]:
    """What plans would show of the configurations in an input: resources of the services, and of other types.

    Raises:
        InputError: python-hcl2 is not installed.
    """
    from ..hcl import configuration  # its library takes time to load

    yield from configuration.plans(context, document, others)

"""Composes what the identity needs that runs the reduction on an engine: from records, as roles are composed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..canonical import quoted
from ..catalog import Catalog
from ..engine.documents import Document
from ..inputs.interfaces import Notice
from ..session import Choice, compose_reading, placeholders_of


def policy(
    catalog: Catalog,
    engine: str,
    location: str | None = None,
    values: Mapping[str, str] | None = None,
    addons: Iterable[str] = (),
) -> tuple[Document, tuple[Notice, ...]]:
    """The policy of the identity, with the reasons for each statement, and what there is to say of it.

    Raises:
        ValueError: the engine reads from no account of AWS, or the location is given twice.
        UnknownAddOn, UnknownPlaceholder, InvalidValue: as for :func:`~sagemaker_roles.session.compose_reading`.
    """
    readers = catalog.readers
    if engine not in readers.operations:
        raise ValueError(f"--policy is for {' and '.join(readers.operations)}; what {engine} reads is not known")
    given = dict(values or {})
    if location is not None and given.setdefault("LogsS3Uri", location) != location:
        raise ValueError(f"--define and --set LogsS3Uri differ: {quoted(given['LogsS3Uri'])}; give one")
    # The client of Spark asks for a folder itself too, by its name without the slash.
    given = {name: value.rstrip("/") if name.endswith("S3Uri") else value for name, value in given.items()}
    choice = Choice(values=given, addons=tuple(addons))
    result = compose_reading(readers, placeholders_of(engine), choice)
    (role,) = result.roles
    return role.composition.caller, result.notices

"""The options of a composition: the one form of them, with types, meanings and defaults. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from .documents import ScopeChoice


class Choice(NamedTuple):
    """What a person chooses beside the requests.

    Attributes:
        role: ID of a record's role; or ARN or name of a role that requests pass, to keep to their requests; or, if no
            request passes a role, the ARN of the one that they are for; "" for a role for each ARN that is passed.
        merge: one role for all requests, whatever roles they pass.
        scope: ``scoped`` names resources, ``broad`` grants the same actions on ``*``.
        addons: IDs of add-ons to include.
        without: IDs of add-ons to exclude.
        values: placeholder, or parameter with its prefix, to its value.
        manifests: Amazon S3 URIs of the objects that manifests name.
        region: Region to use where neither values nor inputs name one.
        generalize: fewest resources, at least 2, that one pattern replaces where they differ only in what changes with
            every run; 0 to propose patterns without using them.
        source_account: whether services that AWS documents without a condition must name the account in
            ``aws:SourceAccount``, which no source shows that they do; a note says so of each.
        asked: what policies of resources have only if somebody asks for it, by its ID in ``on_request`` of
            data/shared/companions, such as ``require-sse-kms``.
        propose: whether patterns are proposed.
        show_values: whether notices show values of hyperparameters, environment variables and arguments of containers,
            which may be secret.
    """

    role: str = ""
    merge: bool = False
    scope: ScopeChoice = "scoped"
    addons: Sequence[str] = ()
    without: Sequence[str] = ()
    values: Mapping[str, str] = MappingProxyType({})
    manifests: Sequence[str] = ()
    region: str = ""
    generalize: int = 0
    source_account: bool = False
    asked: Sequence[str] = ()
    propose: bool = True
    show_values: bool = False

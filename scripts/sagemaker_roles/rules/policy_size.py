"""Policies stay within IAM's limits of size, with every add-on in them."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalog import Catalog, Grantee, Operation
from ..engine.compose import Request, compose
from ..iam.size import POLICY_LIMIT, TRUST_LIMIT
from ..problems import Problem
from .context import Context, problem

RULE = "policy-size"


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each policy that is too large, unless an exception says what to do about it.

    The subjects of exceptions are ``Operation/role/base``, ``Operation/role/all`` (with all add-ons) and
    ``Operation/role/trust``.
    """
    for catalog in (context.catalog, context.catalog.readers):
        for name in catalog.operations:
            operation = catalog.operation(name)
            if context.composable(operation):
                for grantee in operation.grantees():
                    yield from _too_large(context, catalog, operation, grantee)
                catalog._forget_plans()


def _too_large(context: Context, catalog: Catalog, operation: Operation, grantee: Grantee) -> Iterator[Problem]:
    for what, limit, count in _sizes(catalog, operation, grantee):
        subject = f"{operation.name}/{grantee.id}/{what}"
        if count > limit and not context.excepted(RULE, subject):
            name = {"base": "the policy", "all": "the policy with all add-ons", "trust": "the trust policy"}[what]
            message = (
                f"{name} of {operation.name}'s {grantee.id} has {count} characters, IAM takes {limit}; "
                f"make it smaller, or say in data/exceptions.yaml under {RULE} ({subject}) what to do"
            )
            key = "trust" if what == "trust" else "id" if "id" in grantee.data else "statements"
            yield problem(RULE, message, grantee.data, key, follows=context.files(operation))


def _sizes(catalog: Catalog, operation: Operation, grantee: Grantee) -> Iterator[tuple[str, int, int]]:
    """What is looked at, the limit, and the size."""
    addons = [addon.id for addon in grantee.addons]
    is_caller = grantee is operation.caller
    alone = Request(operation.name, by_service=not is_caller, roles=(grantee.id,))
    roles = [] if is_caller else [grantee.id]
    whole = compose(catalog, [alone], roles, addons=addons)
    count = (whole.caller if is_caller else whole.policy).size()
    yield "all", POLICY_LIMIT, count
    if count > POLICY_LIMIT:  # else the base, which is a part of it, is within
        base = compose(catalog, [alone], roles)
        yield "base", POLICY_LIMIT, (base.caller if is_caller else base.policy).size()
    if not is_caller:
        yield "trust", TRUST_LIMIT, whole.trust.size()

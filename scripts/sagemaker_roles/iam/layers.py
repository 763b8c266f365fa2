"""Everything beside a role's own policies that decides, and the policies that decide about one call."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from . import arns
from .arn_parts import parse
from .evaluation import NAMING, AccessRequest, Decision, Policies, PolicyDocument, document
from .patterns import covers

_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}

#: What opens a layer, to see what the others say.
OPEN = document("everything", {"Version": "2012-10-17", "Statement": [_ALL]})
OPEN_RESOURCE = document("everyone", {"Version": "2012-10-17", "Statement": [{**_ALL, "Principal": "*"}]})


class Layers(NamedTuple):
    """Further policies that decide. What is None is not there.

    Attributes:
        scps, rcps: policies of the organization; all count as of one level. Service control policies without a
            statement that allows are joined by ``FullAWSAccess``, which AWS attaches by itself.
        levels: service control policies by the level that they are attached to, where that is known: each level has to
            allow (AWS Organizations User Guide, "SCP evaluation"). ``scps`` are all of them then.
        session: session policies.
        endpoint: policies of the VPC endpoint.
        resources: ARN of a resource to its policy. That of a bucket is for its objects too.
    """

    scps: tuple[PolicyDocument, ...] | None = None
    rcps: tuple[PolicyDocument, ...] | None = None
    session: tuple[PolicyDocument, ...] | None = None
    endpoint: tuple[PolicyDocument, ...] | None = None
    resources: Mapping[str, PolicyDocument] = {}
    levels: tuple[tuple[PolicyDocument, ...], ...] = ()

    def policies(
        self, identity: tuple[PolicyDocument, ...], boundary: tuple[PolicyDocument, ...] | None, call: AccessRequest
    ) -> Policies:
        """What decides about a call."""
        return Policies(
            identity=identity,
            boundary=boundary,
            session=self.session,
            scps=tuple(map(_level, self.levels)) if self.levels else (_level(self.scps),) if self.scps else None,
            rcps=(self.rcps,) if self.rcps is not None else None,
            endpoint=self.endpoint,
            resource=self.of(call.resource) or assumed(call),
        )

    def levels_apart(self) -> tuple[tuple[PolicyDocument, ...], ...] | None:
        """The service control policies, each that allows as a level of its own; None where that is no other reading."""
        if self.levels:
            return None
        allowing = [one for one in self.scps or () if any(statement.allows for statement in one.statements)]
        others = tuple(one for one in self.scps or () if one not in allowing)
        return tuple((one, *others) for one in allowing) if len(allowing) > 1 else None

    def of(self, resource: str) -> PolicyDocument | None:
        """The policy of the resource of an ARN, where it was given."""
        for name, policy in self.resources.items():
            same = covers(arns.resource(name), arns.named(resource)) if resource != "*" else False
            if same or resource == name or resource.startswith((f"{name}/", f"{name}:")):
                return policy
        return None


def _level(scps: tuple[PolicyDocument, ...]) -> tuple[PolicyDocument, ...]:
    is_allowed = any(statement.allows for one in scps for statement in one.statements)
    return scps if is_allowed else (OPEN, *scps)


def assumed(call: AccessRequest) -> PolicyDocument | None:
    """The policy of a resource that nobody gave, where one has to allow: that of a key, as AWS KMS makes it.

    The default policy of a key lets the IAM policies of its account decide (AWS KMS Developer Guide, "Default key
    policy").
    """
    arn = parse(call.resource)
    if not call.action.lower().startswith("kms:") or arn is None or not call.same_account:
        return None
    return _default_of_keys(arn.partition, call.principal_account or arn.account)


@lru_cache(maxsize=1024)
def _default_of_keys(partition: str, account: str) -> PolicyDocument:
    root = f"arn:{partition}:iam::{account}:root"
    allows = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
    return document("the key's policy", {"Statement": [allows]})


#: What decides, by the layer, where it is called otherwise.
_FIELDS = {"scp": "scps", "rcp": "rcps"}


def allowing(policies: Policies, decision: Decision) -> Policies:
    """The same policies with the layer that decided allowing all that it does not deny."""
    layer = decision.layer
    if layer in ("rcp", "resource"):
        return opened(policies, decision)
    wider = [(OPEN_RESOURCE if layer in NAMING else OPEN, *level) for level in policies.layers()[layer]]
    new: dict[str, Any] = {_FIELDS.get(layer, layer): tuple(wider) if layer == "scp" else wider[0]}
    return policies._replace(**new)


def opened(policies: Policies, decision: Decision) -> Policies:
    """The same policies with the layer open that decided, to see what the others say."""
    layer = decision.layer
    new: Mapping[str, Any] = {"identity": (OPEN,), "resource": OPEN_RESOURCE}
    wider: dict[str, Any] = {_FIELDS.get(layer, layer): new.get(layer)}
    return policies._replace(**wider)

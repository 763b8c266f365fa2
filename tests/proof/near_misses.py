"""Derives near misses: calls that are next to what the service does and that the role must not be able to make."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from kb.aws.reference import Action, aws_reference

from .scenarios import Scenario, Step

OTHER_ACCOUNT = "999988887777"
_OTHER_REGIONS = {"aws": "ap-south-2", "aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-east-1"}

#: Condition keys with another value than the call would have. Others get a value that cannot be theirs.
_FOREIGN: Mapping[str, Any] = {
    "aws:TagKeys": ["another-tag"],
    "cloudwatch:namespace": "Another/Namespace",
    "iam:PassedToService": "ec2.amazonaws.com",
    "kms:ResourceAliases": ["alias/another-key"],
    "kms:ViaService": "dynamodb.us-west-2.amazonaws.com",
    "s3express:SessionMode": "ReadWrite",
    "sagemaker:TaggingAction": "CreateApp",
    "ssm:resourceTag/aws:ssmmessages:target-id": "sagemaker-training-job:other-job_algo-1",
}


@dataclass(frozen=True)
class NearMiss:
    """A call that must be denied.

    Attributes:
        kind: what differs from the step it was derived from (``other-bucket``, ``other-action`` ...).
    """

    kind: str
    action: str
    resource: str
    context: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.kind}: {self.action} on {self.resource} {dict(self.context) or ''}".rstrip()


def derive(scenario: Scenario, steps: Sequence[Step]) -> list[NearMiss]:
    """All near misses of some steps, each once, none of them a step itself."""
    legitimate = _Legitimate(scenario, steps)
    found: dict[Any, NearMiss] = {}
    for step in steps:
        for miss in [*_resources(scenario, step, legitimate), *_contexts(step), *_actions(step, steps)]:
            key = (miss.action, miss.resource, _repr(miss.context))
            if key not in found and not legitimate.covers(miss):
                found[key] = miss
    return list(found.values())


# --- what is no near miss -------------------------------------------------------------------------------------


class _Legitimate:
    """The calls that the steps cover, read as the request means them: a prefix stands for all keys below it."""

    def __init__(self, scenario: Scenario, steps: Sequence[Step]) -> None:
        self._exact = {(step.action, step.resource, _repr(step.context)) for step in steps}
        self._uris = [
            uri
            for value in [scenario.request, scenario.values, *(other.request for other in scenario.others)]
            for text in _strings(value)
            if (uri := s3_parts(text))
        ]
        #: By action and context: an object below a prefix is no near miss, and without its tag it is one.
        self._extents: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
        for step in steps:
            extent = self.extent(step)
            if extent is not None:
                self._extents.setdefault((step.action, _repr(step.context)), []).append(extent)

    def extent(self, step: Step) -> tuple[str, str, str] | None:
        """The bucket and key that the request names and the step's object belongs to, and how: ``object``,
        ``prefix`` or ``folder``; None if the resource is no object of Amazon S3."""
        parts = _object(step.resource)
        if parts is None:
            return None
        bucket, key = parts
        extent = step.extent if step.extent.startswith("s3://") else f"s3://{bucket}/{step.extent}/"
        if extent.endswith("*"):
            return bucket, (s3_parts(extent[:-1]) or ("", ""))[1], "prefix"
        given = [s3_parts(extent)] if step.extent else self._uris
        fitting = [uri for uri in given if uri and uri[0] == bucket and key.startswith(uri[1].rstrip("/"))]
        if not fitting:
            raise ValueError(f"no S3 URI of the request holds {step.resource}; give the step its extent")
        uri = max(fitting, key=lambda item: len(item[1]))[1]
        name = uri.rstrip("/")
        if key == name and not uri.endswith("/"):
            return bucket, name, "object"
        reads = step.action.startswith(("s3:Get", "s3:List"))
        return bucket, name, "prefix" if reads and not uri.endswith("/") and name else "folder"

    def covers(self, miss: NearMiss) -> bool:
        if (miss.action, miss.resource, _repr(miss.context)) in self._exact:
            return True
        parts = _object(miss.resource)
        return parts is not None and any(
            parts[0] == bucket and _inside(parts[1], name, how)
            for bucket, name, how in self._extents.get((miss.action, _repr(miss.context)), ())
        )


def _repr(context: Mapping[str, Any]) -> str:
    return repr(sorted(context.items()))


def _inside(key: str, name: str, how: str) -> bool:
    if how == "object":
        return key == name
    if how == "prefix":
        return key.startswith(name)
    return key.startswith(f"{name}/") or not name


def texts_in(value: Any) -> Iterator[str]:
    """Every text that a value holds, keys apart."""
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ():
        yield from texts_in(item)


def _strings(value: Any) -> Iterator[str]:
    for text in texts_in(value):
        yield text
        if text.startswith('{"'):  # The definition of a pipeline, say.
            yield from _strings(json.loads(text))


_ACCESS_POINT = re.compile(r"(arn:aws[a-z-]*:s3:[a-z0-9-]+:[0-9]{12}:accesspoint/[^/]+)(?:/object)?/?(.*)", re.DOTALL)


_HTTPS = re.compile(
    r"https://(?:s3[.-][a-z0-9-]+\.amazonaws\.com(?:\.cn)?/(?P<path>[^/]+)"
    r"|(?P<host>[^/]+)\.s3[.-][a-z0-9-]+\.amazonaws\.com(?:\.cn)?)/(?P<key>.+)"
)


def s3_parts(text: str) -> tuple[str, str] | None:
    """Bucket (or ARN of an access point) and key of an S3 URI or URL; None for other texts."""
    if found := _HTTPS.fullmatch(text):
        return found["path"] or found["host"], found["key"]
    if not text.startswith("s3://"):
        return None
    rest = text[5:]
    if found := _ACCESS_POINT.fullmatch(rest):
        return found[1], found[2]
    bucket, _, key = rest.partition("/")
    return bucket, key


def _object(resource: str) -> tuple[str, str] | None:
    """Bucket and key of an object's ARN; None for other resources."""
    if found := _ACCESS_POINT.fullmatch(resource):
        return (found[1], found[2]) if "/object/" in resource else None
    parts = resource.split(":", 5)
    if len(parts) == 6 and parts[2] == "s3" and not parts[4] and "/" in parts[5]:
        bucket, _, key = parts[5].partition("/")
        return bucket, key
    return None


# --- another resource -----------------------------------------------------------------------------------------


def _resources(scenario: Scenario, step: Step, legitimate: _Legitimate) -> Iterator[NearMiss]:
    if not step.resource.startswith("arn:"):
        return
    for kind, resource in _variants(scenario, step, legitimate):
        if not _type(step.action, resource):
            continue  # Not every ARN has a name that could be another.
        context = step.context
        if kind == "other-key" and "kms:ResourceAliases" in context:
            # No two keys of an account and Region have one alias.
            context = {**context, "kms:ResourceAliases": _FOREIGN["kms:ResourceAliases"]}
        yield NearMiss(kind, step.action, resource, context)


def _variants(scenario: Scenario, step: Step, legitimate: _Legitimate) -> Iterator[tuple[str, str]]:
    head, partition, service, region, account, rest = step.resource.split(":", 5)

    def arn(rest: str = rest, region: str = region, account: str = account) -> str:
        return ":".join([head, partition, service, region, account, rest])

    if region:
        yield "other-region", arn(region=_OTHER_REGIONS.get(partition, "eu-isoe-west-1"))
    if account.isdigit():
        yield "other-account", arn(account=OTHER_ACCOUNT)
    extent = legitimate.extent(step)
    if extent is not None:
        yield from _objects(step.resource, extent)
    elif service == "s3" and not account:
        yield from (("other-bucket", arn(f"{rest}-other")), ("other-bucket", arn(f"other-{rest}")))
    elif service == "logs":
        group, mark, stream = rest.partition(":log-stream:")
        name = group.removeprefix("log-group:").removesuffix(":*")
        tail = mark + stream if mark else ":*" if group.endswith(":*") else ""
        yield "other-log-group", arn(f"log-group:{name}Other{tail}")
        yield "other-log-group", arn(f"log-group:/aws/lambda/other{tail}")
        if stream:
            yield "other-log-stream", arn(f"log-group:{name}:log-stream:other-job/other")
    elif service == "kms":
        yield "other-key", arn("key/00000000-0000-4000-8000-000000000000")
    elif service == "iam":
        name = rest.rpartition("/")[2]
        yield "other-role", arn("role/Admin")
        yield "other-role", arn(f"{rest}Other")
        yield "other-path", arn(f"role/other/{name}")
    elif service == "ec2" and rest.startswith("network-interface/"):
        return
    elif service == "ec2":
        kind, _, name = rest.partition("/")
        yield f"other-{kind}", arn(f"{kind}/{name.partition('-')[0]}-0fedcba9876543210")
    else:
        cut = max(rest.rfind("/"), rest.rfind(":")) + 1
        yield "other-name", arn(f"{rest[:cut]}other-{rest[cut:]}")
        yield "other-name", arn(f"{rest}-other")


def _objects(resource: str, extent: tuple[str, str, str]) -> Iterator[tuple[str, str]]:
    bucket, name, how = extent
    key = (_object(resource) or ("", ""))[1]
    point = bucket.startswith("arn:")

    def arn(key: str, bucket: str = bucket) -> str:
        return f"{bucket}/object/{key}" if point else f"{resource.split(':::')[0]}:::{bucket}/{key}"

    kind = "other-access-point" if point else "other-bucket"
    yield kind, arn(key, f"{bucket}-other")
    if not point:
        yield kind, arn(key, f"other-{bucket}")
    if not name:
        return
    below = key[len(name) :]
    yield "other-key", arn(f"{name[:-1]}{'x' if name[-1] != 'x' else 'y'}{below}")
    if "?" in name:
        yield "wildcard-in-name", arn(key.replace("?", "x", 1))
    yield "other-key", arn(f"other/{key}")
    parent, _, last = name.rpartition("/")
    yield "parent-folder", arn(f"{parent}/{key.rpartition('/')[2]}" if parent else f"other-{last}")
    if how == "object":
        yield "longer-key", arn(f"{name}.other")
    elif how == "folder":
        yield "longer-key", arn(f"{name}-other{below}")


# --- another condition ----------------------------------------------------------------------------------------


def _contexts(step: Step) -> Iterator[NearMiss]:
    for key, value in step.context.items():
        rest = {name: item for name, item in step.context.items() if name != key}
        yield NearMiss(f"without {key}", step.action, step.resource, rest)
        yield NearMiss(f"other {key}", step.action, step.resource, {**rest, key: foreign(key, value)})


def foreign(key: str, value: Any) -> Any:
    """A value of a condition key that the call does not have."""
    if key in _FOREIGN:
        return _FOREIGN[key]
    if isinstance(value, list):
        return [foreign(key, item) for item in value]
    if value in ("true", "false"):
        return "false" if value == "true" else "true"
    if isinstance(value, str) and value.startswith("arn:") and "/" in value:
        head, _, tail = value.rpartition("/")
        return f"{head}/{tail.partition('-')[0]}-0fedcba9876543210"
    return f"{value}-other"


# --- another action -------------------------------------------------------------------------------------------


def _actions(step: Step, steps: Sequence[Step]) -> Iterator[NearMiss]:
    """Every other action of the service on the same resource."""
    used = {other.action for other in steps if _same(other.resource) == _same(step.resource)}
    for action in neighbours(step.action, step.resource):
        if action not in used:
            yield NearMiss("other-action", action, step.resource, step.context)


def _same(resource: str) -> str:
    """A resource under one name: a log group with and without a suffix, an interface with and without its id."""
    if ":network-interface/" in resource:
        return resource.partition("/")[0]
    return resource.removesuffix(":*").removesuffix(":log-stream:")


@cache
def neighbours(action: str, resource: str) -> tuple[str, ...]:
    """The actions of a service that take a resource of the same type; none for actions without resource types."""
    reference = aws_reference()
    mine = _type(action, resource)
    if not mine:
        return ()
    prefix = action.partition(":")[0]
    names = (f"{prefix}:{name}" for name in reference.actions(prefix))
    return tuple(name for name in names if name != action and _type(name, resource) == mine)


def takes(action: Action, resource: str) -> bool:
    """Whether an action can be asked about a resource: one of its types, or ``*`` where it has none."""
    return bool(_type(action.name, resource)) if action.resource_types else resource == "*"


@cache
def _type(action: str, resource: str) -> str:
    """The resource type of the action that an ARN is of, "" if there is none."""
    reference = aws_reference()
    known = reference.action(action)
    prefix = action.partition(":")[0]
    fitting: list[tuple[int, str]] = []
    for name in known.resource_types if known else ():
        kind = reference.resource_type(prefix, name)
        if kind is not None and _format(kind.arn).fullmatch(resource):
            fitting.append((len(re.sub(r"\$\{[^}]*\}", "", kind.arn)), name))
    return max(fitting)[1] if fitting else ""


@cache
def _format(arn: str) -> re.Pattern[str]:
    parts = re.split(r"\$\{[^}]*\}", arn)
    return re.compile(".+?".join(re.escape(part) for part in parts), re.DOTALL)

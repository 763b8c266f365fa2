"""A small reference made by hand, for the knowledge base in tests/kb: a service that runs jobs, a store, a vault."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kb.aws.reference import Action, ConditionKey, Reference, ResourceType, RoleParameter

TAG = "aws:ResourceTag/${TagKey}"

#: Prefix to its resource types: ARN format and condition keys.
RESOURCE_TYPES: Mapping[str, Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "toy": {"job": ("arn:${Partition}:toy:${Region}:${Account}:job/${JobName}", (TAG, "toy:Parent"))},
    "store": {
        "shelf": ("arn:${Partition}:store:::${ShelfName}", (TAG,)),
        "thing": ("arn:${Partition}:store:::${ShelfName}/${ThingName}", ()),
    },
    "vault": {"key": ("arn:${Partition}:vault:${Region}:${Account}:key/${KeyId}", ("vault:Aliases",))},
    "iam": {"role": ("arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}", ())},
    "sts": {"role": ("arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}", ())},
}

#: Action to its resource types with the keys of the action on each, and the keys it has on any.
ACTIONS: Mapping[str, tuple[Mapping[str, tuple[str, ...]], tuple[str, ...]]] = {
    "toy:RunJob": ({"job": ()}, ("toy:Mode", "toy:OldMode", "toy:Subnets", "toy:Size", "toy:Private")),
    "toy:UpdateJob": ({"job": ()}, ("toy:Mode",)),
    "toy:DescribeJob": ({"job": ()}, ()),
    "toy:ListJobs": ({}, ()),
    "store:GetThing": ({"thing": ()}, ("store:Age",)),
    "store:PutThing": ({"thing": ()}, ()),
    "store:MoveThing": ({"shelf": (), "thing": ()}, ()),
    "store:ListShelf": ({"shelf": ("store:Prefix",)}, ()),
    "store:CountShelves": ({}, ()),
    "vault:Decrypt": ({"key": ()}, ("vault:ViaService",)),
    "vault:Encrypt": ({"key": ()}, ("vault:ViaService",)),
    "iam:PassRole": ({"role": ()}, ("iam:PassedToService",)),
    "sts:AssumeRole": ({"role": ()}, ("sts:ExternalId",)),
}

CONDITION_KEYS = (
    ConditionKey("toy:Mode", "String", "Filters access by the mode."),
    ConditionKey("toy:OldMode", "String", "Filters access by the mode. This key has been deprecated. Use toy:Mode."),
    ConditionKey("toy:Subnets", "ArrayOfString"),
    ConditionKey("toy:Size", "Numeric"),
    ConditionKey("toy:Private", "Bool"),
    ConditionKey("toy:Parent", "ARN"),
    ConditionKey("store:Age", "Numeric"),
    ConditionKey("store:Prefix", "String"),
    ConditionKey("vault:ViaService", "String"),
    ConditionKey("vault:Aliases", "ArrayOfString"),
    ConditionKey("iam:PassedToService", "String"),
    ConditionKey("sts:ExternalId", "String"),
)

_MEMBERS = {"JobName": "string", "RoleArn": "string", "Inputs": "Inputs", "OutputUri": "string", "KeyId": "string"}
_MEMBERS |= {"Mode": "string", "Count": "integer", "Network": "Network"}

TYPES = {
    "RunJobRequest": {"members": _MEMBERS, "required": ["JobName", "RoleArn"]},
    "UpdateJobRequest": {"members": _MEMBERS, "required": ["JobName"]},
    "StopJobRequest": {"members": {"JobName": "string"}},
    "ListJobsRequest": {"members": {"Limit": "integer"}},
    "DrawMapRequest": {"members": {"KeyId": "string"}},
    "Inputs": {"member": "Input"},
    "Input": {"members": {"Name": "string", "Uri": "string", "Kind": "string"}, "required": ["Name"]},
    "Network": {"members": {"Subnets": "Subnets", "Groups": "Groups"}},
    "Subnets": {"member": "string"},
    "Groups": {"member": "string"},
}

ENUMS = {"RunJobRequest.Mode": ("Fast", "Slow"), "Input.Kind": ("Prefix", "List")}


class SmallReference(Reference):
    """The reference of tests/kb."""

    def __init__(self) -> None:
        super().__init__(
            versions={"toy": "1"},
            types=TYPES,
            inputs={
                "toy": {name: f"{name}Request" for name in ("RunJob", "UpdateJob", "StopJob", "ListJobs")},
                "toy-maps": {"DrawMap": "DrawMapRequest"},
            },
            role_parameters=(RoleParameter("toy", "RunJob", "RoleArn"), RoleParameter("toy", "UpdateJob", "RoleArn")),
            enums=ENUMS,
        )

    def action(self, name: str) -> Action | None:
        if name not in ACTIONS:
            return None
        types, keys = ACTIONS[name]
        return Action(name, "Write", types, keys, frozenset(types) if name == "store:MoveThing" else frozenset())

    def actions(self, prefix: str) -> list[str]:
        return [name.partition(":")[2] for name in ACTIONS if name.startswith(f"{prefix}:")]

    def access_levels(self, prefix: str) -> list[tuple[str, str, bool]]:
        return [(name, "Write", bool(ACTIONS[f"{prefix}:{name}"][0])) for name in self.actions(prefix)]

    def prefixes(self) -> list[str]:
        return list(RESOURCE_TYPES)

    def requests(self, service: str) -> Mapping[str, tuple[tuple[str, ...], frozenset[str]]]:
        known = self.inputs.get(service, {})
        return {name: (tuple(TYPES[shape]["members"]), frozenset()) for name, shape in known.items()}  # type: ignore[arg-type]

    def operations(self, service: str) -> Collection[str]:
        return self.requests(service).keys()

    def resource_type(self, prefix: str, name: str) -> ResourceType | None:
        found = RESOURCE_TYPES.get(prefix, {}).get(name)
        return ResourceType(name, *found) if found else None

    def resource_types(self, prefix: str) -> list[str]:
        return list(RESOURCE_TYPES.get(prefix, {}))

    def condition_keys(self, prefix: str) -> list[ConditionKey]:
        return [key for key in CONDITION_KEYS if key.name.startswith(f"{prefix}:")]

"""VPC endpoints: which calls go through which, when they are needed, and that their policies let one role through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from composing import compiled
from sagemaker_roles import Request
from sagemaker_roles.engine.compose import Composition
from sagemaker_roles.engine.compose import compose as composed
from sagemaker_roles.engine.documents import Companion
from sagemaker_roles.engine.vpc_endpoints import KINDS, _possible, is_in_vpc

ROLE = "arn:aws:iam::111122223333:role/TrainingRole"
VPC = {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}


def training(**members: Any) -> Composition:
    request = {"RoleArn": ROLE, "VpcConfig": VPC, "OutputDataConfig": {"S3OutputPath": "s3://amzn-s3-demo-bucket/out"}}
    return composed(compiled(), [Request("CreateTrainingJob", request | members)], values={"Region": "us-west-2"})


def listed(composition: Composition) -> dict[str, Companion]:
    return {one.resource: one for one in composition.companions.values() if one.kind in KINDS.values()}


@pytest.mark.parametrize(
    ("values", "is_possible"),
    [
        *((values, False) for values in (("a*",), ("abcde*",), ("*abcdef", "a*"), ("*abc?def*",))),
        *((values, True) for values in (("abcdef*",), ("ab",), ("${N}*",), ("?${N}",), ("*abc?defghi*",))),
    ],
)
def test_what_privatelink_refuses_is_left_out(values: tuple[str, ...], is_possible: bool) -> None:
    """Wildcards need six other characters in a row next to them; tests without wildcards stay."""
    equal = {"StringEquals": {"aws:a": ("a*",)}}
    for like in ("StringLike", "ForAnyValue:StringLike", "StringLikeIfExists"):
        given = {like: {"aws:b": values, "aws:c": ("plain",)}, **equal}
        kept = {"aws:c": ("plain",), **({"aws:b": values} if is_possible else {})}
        assert _possible(given) == {like: kept, **equal}
        assert _possible({like: {"aws:b": values}}) == ({like: {"aws:b": values}} if is_possible else {})


# --- when calls go through the user's network --------------------------------------------------------------------


def networks_in_shapes(operation: str) -> Iterator[tuple[str, ...]]:
    """Paths to the members of a request that name subnets."""
    types = compiled().shapes_of(operation)

    def walk(shape: str, path: tuple[str, ...], seen: frozenset[str]) -> Iterator[tuple[str, ...]]:
        known = types.get(shape, {})
        if shape in seen:
            return
        for member, inner in known.get("members", {}).items():
            if member in ("Subnets", "SubnetIds", "SubnetId"):
                yield (*path, member)
            yield from walk(inner, (*path, member), seen | {shape})
        if known.get("member"):
            yield from walk(known["member"], (*path, "[]"), seen | {shape})

    yield from walk(compiled().data["shapes"]["inputs"].get(operation, ""), (), frozenset())


def filled(path: tuple[str, ...]) -> Any:
    """A request that has something at a path."""
    if not path:
        return ["subnet-0123456789abcdef0"]
    return [filled(path[1:])] if path[0] == "[]" else {path[0]: filled(path[1:])}


#: Where the subnets alone do not say that calls leave through them only.
ALSO = {"CreateDomain": {"AppNetworkAccessType": "VpcOnly"}, "UpdateDomain": {"AppNetworkAccessType": "VpcOnly"},
        "CreateNotebookInstance": {"DirectInternetAccess": "Disabled"}}  # fmt: skip


@pytest.mark.parametrize("operation", [name for name in compiled().operations if [*networks_in_shapes(name)]])
def test_every_request_that_names_subnets_is_recognized(operation: str) -> None:
    for path in networks_in_shapes(operation):
        request = {**filled(path), **ALSO.get(operation, {})}
        assert is_in_vpc(compiled(), [Request(operation, request)]) is True, path
        assert is_in_vpc(compiled(), [Request(operation, {})]) is False
        assert is_in_vpc(compiled(), [Request(operation)]) is None


def test_one_request_in_the_network_is_enough_and_one_that_does_not_say_leaves_it_open() -> None:
    inside, outside = ({"VpcConfig": VPC}, {})
    for members, expected in (([inside, outside], True), ([outside, outside], False)):
        assert is_in_vpc(compiled(), [Request("CreateTrainingJob", one) for one in members]) is expected
    assert is_in_vpc(compiled(), [Request("CreateTrainingJob", {}), Request("CreateUserProfile", {})]) is None
    assert is_in_vpc(compiled(), [Request("CreateFlowDefinition", {})]) is False


# --- which are needed --------------------------------------------------------------------------------------------


def test_what_the_code_calls_needs_an_endpoint() -> None:
    addons = [addon.id for addon in compiled().operation("CreateTrainingJob").roles[0].addons]
    composition = composed(compiled(), [Request("CreateTrainingJob")], addons=addons)
    found = listed(composition)
    for service in ("secretsmanager", "sts", "ssmmessages", "bedrock-runtime"):
        assert found[f"com.amazonaws.${{Region}}.{service}"].needed == "yes", service


def test_layers_of_images_are_let_through_only_where_images_are_pulled_in_the_network() -> None:
    def resources(composition: Composition, service: str) -> set[str]:
        return {text for item in listed(composition)[service].document.statements for text in item.resources}

    layers = "arn:${Partition}:s3:::prod-${Region}-starport-layer-bucket/*"
    cluster = composed(compiled(), [Request("CreateCluster")], ["instance-group"], addons=[
        addon.id for addon in compiled().operation("CreateCluster").role("instance-group").addons])  # fmt: skip
    assert layers in resources(cluster, "com.amazonaws.${Region}.s3")
    assert listed(cluster)["com.amazonaws.${Region}.ecr.dkr"].needed == "yes"
    training_job = composed(compiled(), [Request("CreateTrainingJob")], addons=["vpc"])
    assert layers not in resources(training_job, "com.amazonaws.${Region}.s3")

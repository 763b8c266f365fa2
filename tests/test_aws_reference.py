"""AWS's data are read as its own libraries read them."""

from __future__ import annotations

import re
from typing import Any

import botocore.session

from kb.aws.reference import SERVICES, aws_reference
from sagemaker_roles.catalog.operation_names import api_name

SCALARS = {"string", "integer", "long", "float", "double", "boolean", "timestamp", "blob"}


def test_requests_are_those_that_botocore_knows() -> None:
    reference, met = aws_reference(), set()

    def compare(shape: Any, name: str) -> None:
        if name in met:
            return
        if shape.type_name in SCALARS:
            assert name == shape.type_name
            return
        met.add(name)
        entry = reference.types[name]
        if shape.type_name == "structure":
            assert list(entry["members"]) == list(shape.members)
            assert entry.get("required", []) == shape.required_members
            inner, names = shape.members, entry["members"]
        else:
            key = {"list": "member", "map": "value"}[shape.type_name]
            inner, names = {key: getattr(shape, key)}, entry
            assert set(entry) == {key}
        for key, member in inner.items():
            assert reference.enums.get(f"{name}.{key}", ()) == tuple(getattr(member, "enum", ()))
            compare(member, names[key])

    session = botocore.session.get_session()
    for service in (file.stem for file in SERVICES.glob("*.yaml")):
        model = session.get_service_model(service)
        assert [api_name(one) for one in reference.inputs[service]] == list(model.operation_names)
        for operation, name in reference.inputs[service].items():
            shape = model.operation_model(api_name(operation)).input_shape
            assert bool(name) == (shape is not None)
            if shape is not None:
                compare(shape, name)
    assert met == set(reference.types)
    assert {key.rpartition(".")[0] for key in reference.enums} <= met


def test_a_creation_names_what_it_creates_by_no_arn() -> None:
    """What the reader of requests relies on to tell an update by an ARN from a creation."""
    session, arn, met = botocore.session.get_session(), "arn:aws:sagemaker:us-west-2:111122223333:{}/abcdefghijkl", 0
    for service in (file.stem for file in SERVICES.glob("*.yaml")):
        model = session.get_service_model(service)
        for name in model.operation_names:
            update = f"Update{name.removeprefix('Create')}"
            if not name.startswith("Create") or update not in model.operation_names:
                continue
            creation, other = (model.operation_model(one).input_shape for one in (name, update))
            shared = {*creation.required_members} & {*other.required_members}
            for member in (one for one in shared if one.lower().endswith("name")):
                pattern = creation.members[member].metadata.get("pattern", "")
                if pattern and "\\p{" not in pattern:
                    met += 1
                    kinds = ("cluster", "pipeline", "image", "notebook-instance", "mlflow-app")
                    assert not any(re.fullmatch(pattern, arn.format(kind)) for kind in kinds), (name, member)
    assert met > 20

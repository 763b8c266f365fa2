"""AWS's data are read as its own libraries read them."""

from __future__ import annotations

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

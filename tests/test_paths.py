"""JMESPath expressions against the real request shapes: what they give, and what is wrong with them."""

from __future__ import annotations

from functools import cache

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.aws.reference import aws_reference
from kb.aws.request_paths import ANY, PathError, Paths, StringEnum, Type, either


@cache
def paths() -> Paths:
    return Paths(aws_reference().types, aws_reference().enums)


def result(expression: str, operation: str = "CreateTrainingJob") -> Type:
    return paths().result(expression, aws_reference().inputs["sagemaker"][operation])


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("RoleArn", "string"),
        ("@.RoleArn", "string"),
        ("EnableNetworkIsolation", "boolean"),
        ("InputDataConfig", "InputDataConfig"),
        ("InputDataConfig[]", ("list", "Channel")),
        ("InputDataConfig[*].ChannelName", ("list", "string")),
        ("InputDataConfig[].DataSource.S3DataSource.S3Uri", ("list", "string")),
        ("InputDataConfig[?ChannelName=='train'].DataSource.S3DataSource.S3Uri", ("list", "string")),
        ("InputDataConfig[?DataSource.S3DataSource.S3DataType=='S3Prefix'] | [].ChannelName", ("list", "string")),
        ("InputDataConfig[].DataSource[].S3DataSource", ("list", "S3DataSource")),
        ("InputDataConfig[].DataSource.S3DataSource.AttributeNames[]", ("list", "string")),
        ("InputDataConfig[].DataSource.S3DataSource.AttributeNames", ("list", "AttributeNames")),
        ("VpcConfig.Subnets[]", ("list", "string")),
        ("VpcConfig.{A: Subnets, B: SecurityGroupIds[]}", ("dict", {"A": "Subnets", "B": ("list", "string")})),
        ("VpcConfig.{A: Subnets}.A[]", ("list", "string")),
        ("InputDataConfig[].{C: ChannelName}", ("list", ("dict", {"C": "string"}))),
        ("InputDataConfig[].[ChannelName, ContentType][]", ("list", "string")),
        ("[RoleArn, OutputDataConfig.S3OutputPath]", ("list", "string")),
        ("[RoleArn, VpcConfig.Subnets]", ("list", ("either", ("string", "Subnets")))),
        ("[RoleArn, VpcConfig.Subnets][]", ("list", "string")),
        ("[InputDataConfig, InputDataConfig][][].ChannelName", ("list", "string")),
        ("HyperParameters.epochs", "string"),
        ("OutputDataConfig.KmsKeyId || 'alias/aws/s3'", "string"),
        ("VpcConfig || RoleArn", ("either", ("VpcConfig", "string"))),
        ("VpcConfig && RoleArn", "string"),
        ("RoleArn && VpcConfig", ("either", ("VpcConfig", "string"))),
        ("EnableNetworkIsolation && RoleArn", ("either", ("string", "boolean"))),
        ("VpcConfig.Subnets && RoleArn", ("either", ("string", ("list", "null")))),
        ("!VpcConfig", "boolean"),
        ("RoleArn == 'x'", "boolean"),
        ("`[1, 2]`", ("list", "integer")),
        ("`[]`", ("list", "null")),
        ("`null`", "null"),
        ('`{"a": 1.5}`.a', "double"),
        ("join(',', VpcConfig.Subnets || `[]`)", "string"),
    ],
)
def test_an_expression_gives_this_type(expression: str, kind: Type) -> None:
    assert result(expression) == kind


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("VpcConfig.Zone", 'there is no member "Zone" among SecurityGroupIds, Subnets'),
        ("RoleArn.Name", '"Name" is looked for in text'),
        ("ResourceConfig.InstanceCount.X", '"X" is looked for in a number'),
        ("RoleArn[]", "[] needs a list, and this is text"),
        ("VpcConfig[*]", "[*] needs a list, and this is a structure"),
        ("HyperParameters[]", "[] needs a list, and this is a map"),
        ("RoleArn[?@=='x']", "[?…] needs a list, and this is text"),
        ("InputDataConfig[?Nme=='x'].ChannelName", 'there is no member "Nme"'),
        ("InputDataConfig[?DataSource.S3DataSource.S3DataType=='Manifest']", '"Manifest" is none of its values Mani'),
        ("InputDataConfig[?'Manifest'!=DataSource.S3DataSource.S3DataType]", 'did you mean "ManifestFile"?'),
        ("InputDataConfig[].InputMode == 'File'", "a list never equals text"),
        ("VpcConfig == 'x'", "a structure never equals text"),
        ("ResourceConfig.InstanceCount == '1'", "a number never equals text"),
        ("EnableNetworkIsolation == 'true'", "a boolean never equals text"),
        ("VpcConfig.{A: Subnets}.B", 'there is no member "B" among A'),
        ("VpcConfig.{A: Subnets.X}", "write [].X to look into its elements"),
        ("(VpcConfig || OutputDataConfig).Subnets", 'there is no member "Subnets"'),
        ("contain(RoleArn, 'x')", "records use the functions contains, join, parsed only, not contain"),
        ("parsed(VpcConfig)", "parsed() takes text, and this is "),
        ("parsed(VpcConfig.Subnets)", "parsed() takes a member of the request"),
        ("length(RoleArn)", "records use the functions contains, join, parsed only, not length"),
        ("InputDataConfig[0]", "records do without indexes and slices"),
        ("InputDataConfig[1:]", "records do without indexes and slices"),
        ("HyperParameters.*", "records do without *"),
        ("ResourceConfig.InstanceCount > `1`", "records do without comparisons by size"),
        ("contains(RoleArn, &Name)", "records do without expressions that begin with &"),
        ("contains(EnableNetworkIsolation, 'x')", "contains() takes a list or text, and this is a boolean"),
        ("contains(RoleArn, ResourceConfig)", "what it looks for is none"),
        ("join(EnableNetworkIsolation, ['x'])", "join() takes text, and this is a boolean"),
        ("contains(RoleArn)", "contains() takes 2 arguments, not 1"),
        ("join(',', RoleArn)", "join() takes a list of texts, and this is text"),
        ("contains(['File'], AlgorithmSpecification.TrainingInputModes)", "there is no member"),
    ],
)
def test_a_wrong_expression_says_what_would_be_right(expression: str, message: str) -> None:
    with pytest.raises(PathError) as error:
        result(expression)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "expression",
    [
        "contains(VpcConfig.Subnets, 'x')",
        "InputDataConfig[?contains(ContentType, 'text/')]",
        "RoleArn && contains(OutputDataConfig.KmsKeyId, 'arn:')",
        "OutputDataConfig.KmsKeyId != 'x' && contains(OutputDataConfig.KmsKeyId, 'arn:')",
        "contains(InputDataConfig, 'x')",
        "contains(InputDataConfig[].ChannelName, 'x')",
        "VpcConfig.join(',', Subnets)",
        "[VpcConfig][].join(',', Subnets)",
        "join(',', [RoleArn, OutputDataConfig.KmsKeyId])",
        "OutputDataConfig.KmsKeyId.contains(@, 'x')",
    ],
)
def test_functions_on_what_may_be_absent_are_refused(expression: str) -> None:
    """JMESPath gives up a whole expression where a function gets null, so that other values would be lost too."""
    with pytest.raises(PathError, match=r"fails where (.* is|an element of its list is) absent"):
        result(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "VpcConfig.Subnets && contains(VpcConfig.Subnets, 'x')",
        "VpcConfig && contains(VpcConfig.Subnets, 'x')",  # required where there is a VpcConfig
        "VpcConfig.Subnets && RoleArn && contains(VpcConfig.SecurityGroupIds, 'x')",
        "InputDataConfig[?ContentType && contains(ContentType, 'text/')]",
        "InputDataConfig[?!ContentType || contains(ContentType, 'text/')]",
        "InputDataConfig[?ContentType=='a' && contains(ContentType, 'text/')]",
        "InputDataConfig[?contains(ContentType || '', 'text/')]",
        "InputDataConfig[?contains(ChannelName, 'x')]",
        "contains(OutputDataConfig.S3OutputPath, 's3:')",
        "contains([RoleArn], 'x')",
        "VpcConfig && join(',', VpcConfig.Subnets)",
        "VpcConfig.[join(',', Subnets)]",
        "VpcConfig.{A: join(',', Subnets)}",
        "[VpcConfig][?@].join(',', Subnets)",
        "[VpcConfig][?Subnets].join(',', Subnets)",
        "[OutputDataConfig][?KmsKeyId].join(',', [KmsKeyId, S3OutputPath])",
        "join(',', [RoleArn, OutputDataConfig.S3OutputPath])",
        "RoleArn.contains(@, 'x')",
        "InputDataConfig[].ChannelName.contains(@, 'x')",
    ],
)
def test_functions_on_what_is_there_may_stand(expression: str) -> None:
    result(expression)


def test_lists_of_a_fixed_choice_are_checked_too() -> None:
    shape = aws_reference().inputs["sagemaker"]["CreateAlgorithm"]
    inside = "InferenceSpecification && InferenceSpecification.SupportedTransformInstanceTypes"
    types = "InferenceSpecification.SupportedTransformInstanceTypes"
    paths().result(f"{inside} && contains({types}, 'ml.m4.xlarge')", shape)
    with pytest.raises(PathError, match=r'"ml\.m4\.xlarg" is none of its values .*did you mean'):
        paths().result(f"{inside} && contains({types}, 'ml.m4.xlarg')", shape)


def test_a_choice_is_text_and_knows_its_values() -> None:
    kind = result("AlgorithmSpecification.TrainingInputMode")
    assert kind == "string"
    assert isinstance(kind, StringEnum)
    assert "File" in kind.values
    assert not isinstance(either([kind, "string"]), StringEnum)
    assert either([kind, kind]) is kind
    assert either([]) == "null"
    assert either(["string", ANY]) == ANY


def test_every_role_parameter_gives_text() -> None:
    reference = aws_reference()
    assert reference.role_parameters
    for parameter in reference.role_parameters:
        kind = paths().result(parameter.path, reference.inputs[parameter.service][parameter.operation])
        while isinstance(kind, tuple):
            assert kind[0] == "list"
            kind = kind[1]
        assert kind == "string", parameter


LEAVES = [
    "RoleArn",
    "InputDataConfig",
    "VpcConfig",
    "VpcConfig.Subnets",
    "HyperParameters",
    "OutputDataConfig.KmsKeyId",
]
LEAVES += ["@", "'x'", "`1`", "`[]`", "`null`"]
ONE = ["{}[]", "{}[*]", "{}.ChannelName", "!({})", "{{A: {}}}", "contains({}, 'x')", "join(',', {})"]
ONE += ["({}).contains(@, 'x')", "{}.[contains(@, 'x')]", "[{}][].join(',', @)", "{}[?@].contains(@, 'x')"]
ONE += ["[{}, OutputDataConfig.KmsKeyId]", "{}[?contains(@, 'x')]", "[{} || ''][?contains(@, 'x')]"]
TWO = ["({}) || ({})", "({}) && ({})", "({}) == ({})", "({}) != ({})", "[{}, {}]", "({}) | ({})"]
TWO += ["contains({}, {})", "join({}, {})", "{}[?{}]"]


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """An expression made of the parts above; most are wrong in some way."""
    made = draw(st.lists(st.sampled_from(LEAVES), min_size=1, max_size=4))
    for _ in range(draw(st.integers(0, 6))):
        first, second = draw(st.sampled_from(made)), draw(st.sampled_from(made))
        if len(first) + len(second) < 200:
            made.append(draw(st.sampled_from(ONE + TWO)).format(first, second))
    return made[-1]


#: A request with every member the expressions above look at.
REQUEST = {
    "RoleArn": "arn:aws:iam::111122223333:role/r",
    "InputDataConfig": [{"ChannelName": "train"}, {"ChannelName": "test"}],
    "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1", "sg-2"]},
    "HyperParameters": {"epochs": "3"},
}


@settings(max_examples=300, deadline=None)
@given(expressions())
def test_what_is_accepted_evaluates_to_its_type(expression: str) -> None:
    """No accepted expression fails on a request, and what it gives is of the type it was said to give."""
    try:
        kind = result(expression)
    except (PathError, jmespath.exceptions.ParseError):
        return
    for request in (REQUEST, {"RoleArn": "arn:aws:iam::111122223333:role/r"}):
        assert _is(jmespath.search(expression, request), kind), (expression, kind)


def _is(value: object, kind: Type) -> bool:
    if value in (None, {}) or kind == ANY:
        return True
    if isinstance(kind, tuple) and kind[0] == "either":
        return any(_is(value, item) for item in kind[1])
    if paths().is_list(kind):
        return isinstance(value, list) and all(_is(item, paths().element(kind, "[]")) for item in value)
    if paths().is_mapping(kind):
        return isinstance(value, dict)
    expected = {"string": str, "boolean": bool, "integer": int, "double": (int, float)}.get(kind)
    return expected is not None and isinstance(value, expected)  # type: ignore[arg-type]

"""What fuzzing is made of: inputs of every format, with the structures that their readers look for, and options.

The corpus is tests/corpus, with a file for each failure that was found, and the inputs of tests/made/cases.yaml.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path, PurePath
from typing import Any

from hypothesis import strategies as st

from composing import INPUTS, compiled
from crossing import FORMATS, PARTS
from made.cases import BROKEN, CURIOUS, IMAGE, LISTED, MISREAD, ROLE
from made.mutating import KEYS, ODD, Mutator
from made.requests import Maker
from sagemaker_roles.errors import InputError
from sagemaker_roles.inputs import json_text, yaml_text

CORPUS = Path(__file__).parent / "corpus"
READERS = ("api", "cloudtrail", "cloudformation", "ack", "terraform", "pipeline", "commands")


@cache
def corpus() -> dict[str, str]:
    """Name to text of every input that is known."""
    files = [*sorted(CORPUS.iterdir()), *sorted((INPUTS / "aws").iterdir())]
    known = {file.name: file.read_bytes().decode("utf-8", "surrogateescape") for file in files}
    known |= {f"{title} {name}": text for title, (name, text, _) in MISREAD.items()}
    known |= {f"{title}.json": text for title, (text, _) in LISTED.items()}
    return {**known, **CURIOUS, **{name: text for name, text in BROKEN.items() if len(text) < 2000}}


@cache
def values() -> list[Any]:
    """The inputs of the corpus that are JSON or YAML, as values."""
    found = []
    for name, text in corpus().items():
        try:
            parse = yaml_text.parse if PurePath(name).suffix in (".yaml", ".template") else json_text.parse
            found += [value for value in parse(text, name) if isinstance(value, (dict, list))]
        except InputError:
            continue
    return [json.loads(json.dumps(value)) for value in found]


# --- values ----------------------------------------------------------------------------------------------------

_NAMES = st.sampled_from(["A", "B", "P", "L", "M", "X", "Subnets", "Account", "Region", "Role", "é", ""])
_SCALARS = st.sampled_from([item for item in ODD if not isinstance(item, (dict, list))]) | st.text(max_size=6)
_OTHERS = ["s3://amzn-s3-demo-bucket/a/${B}", "subnet-0123456789abcdef0", "sg-0123456789abcdef0", "alias/a"]
_KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
_NEAR = st.sampled_from([ROLE, IMAGE, _KEY, *_OTHERS])


_ONE_VALUE = ("Fn::ToJsonString", "Fn::ImportValue", "Fn::Base64")


def _functions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The functions of templates and pipelines, with values of any kind within."""
    several = st.lists(inner, max_size=3)
    text = st.sampled_from(["${A}", "s3://${M}/${A.Arn}", "${!A}", "${AWS::Region}", "${", "{{resolve:ssm:/x}}"])
    return st.one_of(
        _NAMES.map(lambda name: {"Ref": name}),
        st.sampled_from(["AWS::Region", "AWS::NoValue", "AWS::StackName", "AWS::URLSuffix"]).map(lambda n: {"Ref": n}),
        text.map(lambda value: {"Fn::Sub": value}),
        st.tuples(text, st.dictionaries(_NAMES, inner, max_size=2)).map(lambda pair: {"Fn::Sub": [*pair]}),
        st.tuples(_NAMES, _NAMES).map(lambda pair: {"Fn::GetAtt": [*pair]}),
        st.tuples(st.sampled_from([",", "-", ""]), several | inner).map(lambda pair: {"Fn::Join": [*pair]}),
        st.tuples(inner | st.integers(-1, 3), several | inner).map(lambda pair: {"Fn::Select": [*pair]}),
        st.tuples(st.sampled_from([",", ""]), inner).map(lambda pair: {"Fn::Split": [*pair]}),
        st.tuples(_NAMES, inner, inner).map(lambda three: {"Fn::If": [*three]}),
        st.tuples(_NAMES, inner, _NAMES).map(lambda three: {"Fn::FindInMap": [*three]}),
        *(inner.map(lambda value, name=name: {name: value}) for name in _ONE_VALUE),
        st.tuples(_NAMES, several | inner, st.dictionaries(_NAMES, inner, max_size=2)).map(
            lambda three: {f"Fn::ForEach::{three[0]}": [*three]}
        ),
        st.sampled_from(["Parameters.P", "Steps.T.X", "Steps.T.Outputs['a'].S3Uri", "Execution.X", "Steps.", "²"]).map(
            lambda path: {"Get": path}
        ),
        st.tuples(st.sampled_from(["/", ""]), several | inner).map(
            lambda pair: {"Std:Join": {"On": pair[0], "Values": pair[1]}}
        ),
        st.tuples(inner, inner).map(lambda pair: {"Fn::Equals": [*pair]}),
        several.map(lambda items: {"Fn::And": items}),
        inner.map(lambda value: {"Fn::Not": [value]}),
        _NAMES.map(lambda name: {"Condition": name}),
    )


ANY: st.SearchStrategy[Any] = st.recursive(
    _SCALARS | _NEAR,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=3), _functions(inner)
    ),
    max_leaves=8,
)
_SOME = st.dictionaries(_NAMES, ANY, max_size=3)


@st.composite
def members(draw: st.DrawFn, operation: str) -> Any:
    """The members of a request, some with a value of any kind."""
    made = Maker(compiled(), draw(st.randoms(use_true_random=False))).request(operation)
    return changed(draw, made, draw(st.integers(0, 3)))


_OPERATIONS = st.sampled_from([name for name in compiled().operations if name in compiled().shapes["inputs"]])
_TYPES = st.sampled_from(sorted(compiled().inputs["cloudformation"]["types"]))


@st.composite
def templates(draw: st.DrawFn) -> Any:
    """A template of AWS CloudFormation."""
    resources: dict[str, Any] = {}
    for name in draw(st.lists(_NAMES, min_size=1, max_size=3)):
        operation = draw(_OPERATIONS)
        kind = draw(_TYPES | st.sampled_from(["AWS::S3::Bucket", "AWS::CloudFormation::Stack", "X::Y::MODULE"]) | ANY)
        resources[name] = {"Type": kind, "Properties": draw(members(operation) | ANY)}
        if draw(st.booleans()):
            resources[name]["Condition"] = draw(_NAMES)
    if draw(st.booleans()):
        resources["Fn::ForEach::L"] = [
            draw(_NAMES),
            draw(ANY),
            {"${L}": {"Type": draw(_TYPES), "Properties": draw(ANY)}},
        ]
    kinds = st.sampled_from(["String", "CommaDelimitedList", "List<String>", "AWS::SSM::Parameter::Value<String>"])
    parameters = st.dictionaries(_NAMES, st.fixed_dictionaries({"Type": kinds}, optional={"Default": ANY}), max_size=3)
    return {
        "Parameters": draw(parameters | ANY),
        "Mappings": draw(st.dictionaries(_NAMES, _SOME, max_size=2) | ANY),
        "Conditions": draw(_SOME | ANY),
        "Transform": draw(ANY),
        "Resources": resources,
    }


@st.composite
def definitions(draw: st.DrawFn) -> Any:
    """The definition of a pipeline."""
    kinds = st.sampled_from(["Training", "Processing", "Model", "Condition", "Lambda", "EMR", "Tuning", "x"])
    steps = [
        {"Name": draw(_NAMES), "Type": draw(kinds), "Arguments": draw(members(draw(_OPERATIONS)) | ANY), **draw(_SOME)}
        for _ in range(draw(st.integers(0, 3)))
    ]
    return {"Version": "2020-12-01", "Parameters": draw(st.lists(_SOME, max_size=2) | ANY), "Steps": steps}


@st.composite
def plans(draw: st.DrawFn) -> Any:
    """A plan of Terraform."""
    kinds = st.sampled_from(sorted(compiled().inputs["terraform"]["types"]))
    rows = [
        {"address": f"module.a.x.{name}", "type": draw(kinds), "name": name, "values": draw(members(draw(_OPERATIONS)))}
        for name in draw(st.lists(_NAMES, max_size=3))
    ]
    unknown = st.recursive(
        st.booleans(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=2),
        max_leaves=4,
    )
    changes = [{"address": row["address"], "change": {"after_unknown": draw(unknown)}} for row in rows]
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": rows, "child_modules": draw(st.lists(_SOME, max_size=1))}},
        "resource_changes": changes,
    }


@st.composite
def events(draw: st.DrawFn) -> Any:
    """A log of AWS CloudTrail."""
    rows = [
        {
            "eventSource": draw(st.sampled_from(["sagemaker.amazonaws.com", "s3.amazonaws.com"]) | _SCALARS),
            "eventName": draw(_OPERATIONS | _SCALARS),
            "awsRegion": draw(st.sampled_from(["us-west-2", "x", "us-west-2:1"])),
            "requestParameters": draw(members(draw(_OPERATIONS)) | ANY),
            **draw(_SOME),
        }
        for _ in range(draw(st.integers(1, 3)))
    ]
    looked_up = {"Events": [{"CloudTrailEvent": json.dumps(row)} for row in rows]}
    return draw(st.sampled_from([{"Records": rows}, looked_up, rows, rows[0]]))


@st.composite
def manifests(draw: st.DrawFn) -> Any:
    """A manifest of the ACK controller."""
    kind = draw(st.sampled_from(["Model", "TrainingJob", "Endpoint", "Domain", "x"]))
    annotations = draw(st.dictionaries(st.sampled_from(["services.k8s.aws/region", "x"]), _SCALARS, max_size=2) | ANY)
    return {
        "apiVersion": "sagemaker.services.k8s.aws/v1alpha1",
        "kind": kind,
        "metadata": {"name": draw(_NAMES), "annotations": annotations},
        "spec": draw(members(draw(_OPERATIONS)) | ANY),
    }


@st.composite
def wrapped(draw: st.DrawFn) -> Any:
    """A request by its name."""
    operation = draw(_OPERATIONS)
    return {operation: draw(members(operation))}


@st.composite
def known(draw: st.DrawFn) -> Any:
    """An input of the corpus with changes."""
    return changed(draw, draw(st.sampled_from(values())), draw(st.integers(0, 4)))


@st.composite
def texts(draw: st.DrawFn) -> str:
    """The text of an input of any format."""
    if draw(st.integers(0, 4)) == 0:
        text = draw(st.sampled_from(sorted(corpus().values())))
        return Mutator(draw(st.randoms(use_true_random=False))).text(text, draw(st.integers(0, 3)))
    value = draw(st.one_of(known(), templates(), definitions(), plans(), events(), manifests(), wrapped()))
    return json.dumps(value, indent=draw(st.sampled_from([None, 1])))


def changed(draw: st.DrawFn, value: Any, changes: int) -> Any:
    """A value with others in some places, or with parts of it elsewhere."""
    return Mutator(draw(st.randoms(use_true_random=False))).value(value, changes)


# --- options ---------------------------------------------------------------------------------------------------

_ROLES = sorted({role.id for name in compiled().operations for role in compiled().operation(name).roles})
_ADDONS = sorted(
    {a.id for name in compiled().operations for g in compiled().operation(name).grantees() for a in g.addons}
)
_SETTINGS = ["Region=us-west-2", "Account=111122223333", "A=x", "Subnets=subnet-0123456789abcdef0,x"]
_SETTINGS += ["P=*", "M=", "=x", "x"]
#: Option to the values that may be given with it.
_GIVEN: dict[str, Sequence[str]] = {
    "--input-format": READERS,
    "--role": [*_ROLES, ROLE, "R", "*", ""],
    "--role-name": ["R", "a b", ""],
    "--region": ["us-west-2", "eu-west-1", "x", ""],
    "--set": _SETTINGS,
    "--manifest-bucket": ["s3://amzn-s3-demo-bucket/a", "x"],
    "--addon": _ADDONS,
    "--no-addon": _ADDONS,
    "--scope": ["broad"],
    "--part": PARTS,
    "--format": FORMATS,
}
_FLAGS = ("--each", "--merge", "--explain", "--strict", "--show-values")


@st.composite
def options(draw: st.DrawFn) -> tuple[str, ...]:
    """Options of `compose`, as a person might give them."""
    out = ["--request", "-"]
    if draw(st.booleans()):
        out.append(draw(_OPERATIONS))
    for name in draw(st.lists(st.sampled_from(sorted(_GIVEN)), max_size=4, unique=True)):
        out += [name, draw(st.sampled_from(_GIVEN[name]))]
    out += draw(st.lists(st.sampled_from(_FLAGS), max_size=2, unique=True))
    return (*out, *(["--allow-placeholders"] if draw(st.booleans()) else []))

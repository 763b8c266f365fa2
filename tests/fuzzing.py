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
from made.mutating import KEYS, ODD, Mutator, places
from made.requests import Maker
from sagemaker_roles.errors import InputError
from sagemaker_roles.inputs.text import json_document, yaml_reader

CORPUS, FIXTURES = Path(__file__).parent / "corpus", Path(__file__).parent / "fixtures" / "inputs"
READERS = ("api", "cloudtrail", "cloudformation", "ack", "terraform", "pipeline", "commands")


@cache
def corpus() -> dict[str, str]:
    """Name to text of every input that is known."""
    files = [file for folder in (CORPUS, INPUTS / "aws", FIXTURES) for file in sorted(folder.iterdir())]
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
            parse = yaml_reader.parse if PurePath(name).suffix in (".yaml", ".template") else json_document.parse
            found += [one.value for one in parse(text, name) if isinstance(one.value, (dict, list))]
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


@st.composite
def members(draw: st.DrawFn, operation: str) -> Any:
    """The members of a request, some with a value of any kind."""
    made = Maker(compiled(), draw(st.randoms(use_true_random=False))).request(operation)
    return changed(draw, made, draw(st.integers(0, 3)))


_OPERATIONS = st.sampled_from([name for name in compiled().operations if name in compiled().shapes["inputs"]])


@st.composite
def known(draw: st.DrawFn) -> Any:
    """An input of the corpus with changes, and with members of requests and values of any kind in some places."""
    value = changed(draw, draw(st.sampled_from(values())), draw(st.integers(0, 4)))
    for _ in range(draw(st.integers(0, 4))):
        if some := [*places(value)]:
            holder, key = draw(st.sampled_from(some))
            holder[key] = draw(ANY | _OPERATIONS.flatmap(members))
    return value


@st.composite
def texts(draw: st.DrawFn) -> str:
    """The text of an input of any format."""
    if draw(st.integers(0, 4)) == 0:
        text = draw(st.sampled_from(sorted(corpus().values())))
        return Mutator(draw(st.randoms(use_true_random=False))).text(text, draw(st.integers(0, 3)))
    return json.dumps(draw(known()), indent=draw(st.sampled_from([None, 1])))


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

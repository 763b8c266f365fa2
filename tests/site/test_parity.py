"""The page's composer against the command line's, byte for byte."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from built import ROOT
from node import Node, node

from composing import INPUTS, PARTITIONS, compose
from sagemaker_roles.canonical import canonical
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine.compose import Request
from sagemaker_roles.engine.compose import compose as composed
from sagemaker_roles.errors import AmbiguousOperation, UnknownName
from sagemaker_roles.inputs import read_files

CATALOG = ROOT / "build" / "v1" / "next" / "catalog.json"
PARTS = ("policy", "trust", "caller")
HOSTILE = [
    "*",
    "${*}",
    "${InputBucket}",
    'a"b',
    "a\nb",
    "\u2028",
    "\U0001f600" * 3,
    "é" * 400,
    "<img src=x>",
    "\ud800",
    " ",
]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog(json.loads(CATALOG.read_bytes()))


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """The composer's own modules with the published catalog."""
    with node(tmp_path_factory.mktemp("harness"), CATALOG) as process:
        yield process


def whole(catalog: Catalog, case: Mapping[str, Any]) -> bytes:
    """All that the command line's composer makes of a case."""
    choice = case["choice"]
    requests = [Request(item["operation"], item["members"], item.get("label", "")) for item in case["requests"]]
    try:
        result = composed(
            catalog,
            requests,
            choice.get("roles", ()),
            scope=choice.get("scope", "scoped"),
            addons=choice.get("addons", ()),
            without=choice.get("without", ()),
            values=choice.get("values"),
            parameters=choice.get("parameters"),
        )
    except UnknownName as error:
        return canonical({"error": error.args[0]})
    return canonical(
        {
            **{part: getattr(result, part).to_json() for part in PARTS},
            "addons": [[*key, list(ids)] for key, ids in result.addons.items()],
            "placeholders": list(result.placeholders),
            "findings": [finding._asdict() for finding in result.findings],
            "account": [item._asdict() for item in result.account],
            "reasons": [[[r._asdict() for r in s.reasons] for s in getattr(result, part).statements] for part in PARTS],
        }
    )


def compare(catalog: Catalog, harness: Node, cases: list[dict[str, Any]]) -> None:
    """Composes cases on both sides; the first difference is shown whole."""
    expected = [hashlib.sha256(whole(catalog, case)).hexdigest() for case in cases]
    found = [
        digest
        for start in range(0, len(cases), 500)
        for digest in harness.evaluate("cases => digests(cases)", cases[start : start + 500])
    ]
    different = [case for case, one, other in zip(cases, expected, found, strict=True) if one != other]
    if different:
        assert harness.evaluate("item => composed(item)", different[0]) == whole(catalog, different[0]).decode(), (
            f"{len(different)} of {len(cases)} differ, such as {json.dumps(different[0])[:2000]}"
        )
        pytest.fail(f"{len(different)} digests differ, but the first case does not")


def grantees(catalog: Catalog, name: str) -> Iterator[tuple[str, list[str]]]:
    """Each role of an operation ("" if it has none) with the add-ons that can be chosen with it."""
    operation = catalog.operation(name)
    caller = [addon.id for addon in operation.caller.addons] if operation.caller else []
    for role in operation.roles:
        yield role.id, list(dict.fromkeys([*(addon.id for addon in role.addons), *caller]))
    if not operation.roles:
        yield "", caller


def test_every_operation_role_scope_and_pair_of_add_ons(catalog: Catalog, harness: Node) -> None:
    cases = [
        {
            "requests": [{"operation": name, "members": None}],
            "choice": {"roles": [role] if role else [], "scope": scope, "addons": list(chosen)},
        }
        for name in catalog.operations
        for role, ids in grantees(catalog, name)
        for scope in ("scoped", "broad")
        for chosen in [(), *((one,) for one in ids), *itertools.combinations(ids, 2), tuple(ids)]
    ]
    assert len({case["requests"][0]["operation"] for case in cases}) == len(catalog.operations) > 5
    assert len(cases) > 1000
    compare(catalog, harness, cases)


class Maker:
    """Makes requests out of the shapes and of the values that the kinds know."""

    def __init__(self, catalog: Catalog, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  (test data)
        self.shapes = catalog.shapes
        kinds = catalog.data["resources"].values()
        self.texts = [example for kind in kinds for form in kind["forms"] for example in form["examples"]]
        self.texts += [text for kind in kinds for text in kind.get("counterexamples", ()) if isinstance(text, str)]
        self.texts += [
            "S3Prefix",
            "ManifestFile",
            "AugmentedManifestFile",
            "MultiModel",
            "EFS",
            "true",
            "My-Name",
            *HOSTILE,
        ]

    def request(self, operation: str) -> Any:
        made = self.value(self.shapes["inputs"][operation], 0)
        return made if isinstance(made, dict) else {}

    def value(self, shape: str, depth: int) -> Any:
        entry = self.shapes["types"].get(shape)
        if self.random.random() < 0.01:
            return self.random.choice([None, 1, 12345678901, True, [], {}, ["x"], {"a": 1}, "text"])
        if entry is None:
            return self.random.choice(self.texts) if shape == "string" else self.random.choice([0, 1, 7, True, False])
        if "members" in entry:
            some = [name for name in entry["members"] if depth < 6 and self.random.random() < 0.55]
            return {name: self.value(entry["members"][name], depth + 1) for name in some}
        if "member" in entry:
            return [self.value(entry["member"], depth + 1) for _ in range(self.random.randint(0, 3))]
        return {"Key": self.value(entry["value"], depth + 1)}


def test_requests_of_every_operation(catalog: Catalog, harness: Node) -> None:
    maker = Maker(catalog, 6)
    known = catalog.shapes["inputs"]
    cases: list[dict[str, Any]] = []
    for name in catalog.operations:
        if name not in known:
            continue
        for role, ids in grantees(catalog, name):
            for number in range(12):
                members = json.loads(json.dumps(maker.request(name)))
                values = {"Region": "eu-west-1", "Partition": "aws"} if number % 3 == 0 else {}
                if number % 4 == 0:
                    values |= {"InputBucket": "amzn-s3-demo-bucket", "Account": "11*1"}
                if number % 4 == 1:
                    values |= {"InputPrefix": "in/", "OutputPrefix": "data/out/", "ModelPrefix": "", "Prefix": "/"}
                choice = {
                    "roles": [role] if role else [],
                    "scope": "broad" if number % 5 == 4 else "scoped",
                    "addons": maker.random.sample(ids, min(len(ids), number % 3)),
                    "values": values,
                }
                cases.append({"requests": [{"operation": name, "members": members, "label": "one"}], "choice": choice})
    assert len(cases) > 300
    compare(catalog, harness, cases)


def test_several_requests_make_one_role(catalog: Catalog, harness: Node) -> None:
    maker = Maker(catalog, 7)
    known = list(catalog.shapes["inputs"])
    cases = []
    for _ in range(150):
        names = maker.random.choices(known, k=maker.random.randint(2, 4))
        requests = [{"operation": name, "members": maker.request(name), "label": f"{name} of x"} for name in names]
        cases.append({"requests": json.loads(json.dumps(requests)), "choice": {}})
    compare(catalog, harness, cases)


def test_wrong_choices_are_told_alike(catalog: Catalog, harness: Node) -> None:
    name = catalog.operations[0]
    wrong = [
        {"roles": ["no-such-role"]},
        {"addons": ["no-such-addon"]},
        {"without": ["no-such-addon", "another"]},
        {"parameters": {"InputS3Uri": ["s3://a-bucket/x", "s3://b-bucket/y"]}},
        {"values": {"InputS3Uri": "no uri"}},
    ]
    cases = [{"requests": [{"operation": name, "members": None}], "choice": choice} for choice in wrong]
    cases += [{"requests": [{"operation": "CreateTrainingJob", "members": None}], "choice": choice} for choice in wrong]
    cases.append({"requests": [{"operation": "NoSuchOperation", "members": None}], "choice": {}})
    compare(catalog, harness, cases)


# --- what users have -----------------------------------------------------------------------------------------------


def inputs() -> list[Path]:
    """The inputs of the tests of the command, in every format and partition."""
    found = sorted(file for partition in PARTITIONS for file in (INPUTS / partition).iterdir())
    found += sorted(file for file in INPUTS.glob("*.*"))
    return found


def ran(harness: Node, file: Path, operation: str, parts: list[str], form: str, each: bool = False) -> Any:
    choice = {
        "operation": operation,
        "scope": "scoped",
        "addons": [],
        "without": [],
        "values": {},
        "inputs": [{"name": str(file), "text": file.read_text("utf-8")}],
    }
    return harness.evaluate(
        "([choice, parts, form, each]) => ran(choice, parts, form, each)", [choice, parts, form, each]
    )


@pytest.mark.parametrize("file", inputs(), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_input_gives_the_command_lines_bytes_in_every_format(harness: Node, file: Path) -> None:
    for form, part in itertools.product(
        ("json", "cloudformation", "terraform", "cli"), ("policy", "trust", "caller", "all")
    ):
        options = ["--request", file, "--format", form, "--part", part, "--allow-placeholders"]
        done = compose(*options)
        if each := done.code == 2:
            assert "one document is for one role" in done.err
            done = compose(*options, "--each")
        found = ran(harness, file, "", list(PARTS) if part == "all" else [part], form, each)
        assert found.get("text") == done.out, f"{form} {part}"
        notices = [f"{item['kind']}: {item['where']}: {item['message']}" for item in found["notices"]]
        expected = [line for line in done.err.splitlines() if line.startswith("problem: ")]
        assert [line for line in notices if line.startswith("problem: ")] == expected


def test_there_are_inputs_of_every_format() -> None:
    assert len(inputs()) >= 24


CURIOUS = {
    "empty.json": "",
    "blank.yaml": " \n",
    "null.yaml": "~",
    "scalar.yaml": "just text",
    "list.json": "[1, 2]",
    "unknown.json": '{"Foo": 1}',
    "several.json": '{"RoleArn": "arn:aws:iam::111122223333:role/R"}',
    "named.json": '{"createTrainingJob": {"role_arn": "arn:aws:iam::111122223333:role/R"}}',
    "lines.json": '{"CreateModel": {"ModelName": "a"}}\n{"CreateModel": {"ModelName": "b"}}\n',
    "wrapped.yaml": "CreateModel:\n  ModelName: a\n  ExecutionRoleArn: &r arn:aws:iam::111122223333:role/R\n"
    "  Tags: [{Key: *r, Value: x}]\n",
    "merge.yaml": "base: &b {ModelName: a}\n---\nCreateModel:\n  <<: {ModelName: a}\n  ExecutionRoleArn: 'x'\n",
    "numbers.yaml": "CreateModel: {ModelName: 012, ExecutionRoleArn: 12, Tags: [{Key: yes, Value: 2020-01-01}]}\n",
    "types.json": '{"CreateModel": {"ModelName": ["a"], "Containers": {"a": 1}, "PrimaryContainer": [1], "Tags": "x"}}',
    "big.json": '{"CreateModel": {"ModelName": 12345678901234567890, "ExecutionRoleArn": "' + "é" * 3000 + '"}}',
    "proto.json": '{"CreateModel": {"__proto__": {"a": 1}, "constructor": 1, "toString": "x", "ModelName": "m"}}',
}


@pytest.mark.parametrize("name", CURIOUS)
def test_curious_inputs_are_read_alike(catalog: Catalog, harness: Node, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(CURIOUS[name], "utf-8")
    found = ran(harness, file, "", ["policy"], "json")
    try:
        reading = read_files(catalog, [str(file)])
    except AmbiguousOperation as error:
        assert found["error"] == error.message
        assert tuple(found["candidates"]) == error.candidates
        return
    if not reading.requests:
        assert found["error"] == "there is no request to compose for"
        assert len(found["notices"]) == len(reading.notices)
        return
    expected = json.loads(json.dumps([{"operation": r.operation, "members": r.members} for r in reading.requests]))
    assert [{"operation": r["operation"], "members": r["members"]} for r in found["requests"]] == expected


BROKEN = {
    "open.json": '{"a": 1',
    "comma.json": '{"a": 1,}',
    "twice.json": '{"a": 1, "a": 2}',
    "nan.json": '{"a": NaN}',
    "after.json": "{} x",
    "deep.json": "[" * 5000 + "]" * 5000,
    "control.json": '{"a": "\x01"}',
    "tab.yaml": "a:\n\t- b\n",
    "twice.yaml": "a: 1\na: 2\n",
    "tag.yaml": "a: !python/object x\n",
    "alias.yaml": "a: *nobody\n",
    "self.yaml": "a: &a [*a]\n",
    "bomb.yaml": "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(8)),
    "key.yaml": "? [a]\n: b\n",
    "deep.yaml": "a: " + "[" * 3000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_inputs_are_problems_at_the_same_line(
    catalog: Catalog, harness: Node, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    file.write_text(BROKEN[name], "utf-8")
    found = ran(harness, file, "", ["policy"], "json")
    (told,) = found["notices"]
    (expected,) = read_files(catalog, [str(file)]).notices
    assert told["kind"] == expected.kind == "problem"
    assert told["where"].split(":")[:2] == expected.where.split(":")[:2], (told, expected)


# --- which role ---------------------------------------------------------------------------------------------------


def arn(name: str) -> str:
    return f"arn:aws:iam::111122223333:role/{name}"


def job(role: str) -> dict[str, Any]:
    return {"RoleArn": arn(role), "OutputDataConfig": {"S3OutputPath": f"s3://amzn-s3-demo-{role.lower()}/out"}}


def several() -> dict[str, list[dict[str, Any]]]:
    """Requests that pass several roles, or none, by what they show."""
    vpc = {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}
    steps = [{"Name": name, "Type": "Training", "Arguments": job(name)} for name in ("One", "Two")]
    definition = json.dumps({"Version": "2020-12-01", "Steps": steps})
    domain = {
        "DefaultUserSettings": {"ExecutionRole": arn("One")},
        "DefaultSpaceSettings": {"ExecutionRole": arn("Two")},
    }
    model = {"CreateModel": {"ModelName": "m", "ExecutionRoleArn": arn("Two")}}
    return {
        "jobs": [{"CreateTrainingJob": job("One")}, {"CreateTrainingJob": job("Two")}],
        "pipeline": [{"CreatePipeline": {"RoleArn": arn("Three"), "PipelineDefinition": definition}}],
        "domain": [{"CreateDomain": domain}, {"CreateTrainingJob": job("Two")}],
        "without": [
            {"CreateTrainingJob": job("One")},
            model,
            {"CreateEndpointConfig": {"EndpointConfigName": "e"}},
            {"CreateTransformJob": {"ModelName": "m"}},
            {"CreateMonitoringSchedule": {"MonitoringScheduleName": "s"}},
        ],
        "none": [{"CreateTrainingJob": {"TrainingJobName": "j"}}, {"CreateDomain": {"DomainName": "d"}}],
        "wide": [
            {"CreateTrainingJob": {**job("One"), "VpcConfig": vpc}},
            {"CreateProcessingJob": {"RoleArn": arn("One"), "NetworkConfig": {"VpcConfig": vpc}}},
            {"CreateNotebookInstance": {"RoleArn": arn("One")}},
        ],
    }


@pytest.mark.parametrize("name", several())
def test_roles_are_chosen_alike(harness: Node, name: str) -> None:
    text = "\n".join(map(json.dumps, several()[name]))
    inputs = [{"name": "-", "text": text}]
    chosen = ["", arn("One"), "Two", "Three", "execution", "pipeline", arn("Nobody"), "nobody"]
    for role, merge, form in itertools.product(chosen, (False, True), ("json", "cloudformation", "terraform", "cli")):
        options = ["--request", "-", "--region", "us-west-2", "--format", form, "--allow-placeholders", "--part", "all"]
        options += [*(["--role", role] if role else []), *(["--merge"] if merge else [])]
        each = form == "json" and not merge
        done = compose(*options, *(["--each"] if each else []), stdin=text)
        choice = {"inputs": inputs, "role": role, "merge": merge, "values": {"Region": "us-west-2"}}
        found = harness.evaluate("given => ran(...given)", [choice, list(PARTS), form, each])
        if done.code == 2:
            assert found["error"] in done.err, (role, merge, form)
            continue
        assert found["text"] == done.out, (role, merge, form)
        notices = [f"{item['kind']}: {item['where']}: {item['message']}" for item in found["notices"]]
        expected = [
            line.removesuffix(": --role chooses")
            for line in done.err.splitlines()
            if line.startswith(("problem: ", "note: ")) and "it contains no statement" not in line
        ]
        assert notices == expected, (role, merge, form)

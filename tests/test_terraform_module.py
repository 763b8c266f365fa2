"""The Terraform module: what its own expressions give is what is published, for every role with all add-ons."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

import hcl2
import jsonpatch
import pytest

import terraform_module
from composing import compiled
from made.requests import make
from sagemaker_roles import Request, compose
from support import ROOT, document, drawn, published
from terraform import Module

HOME = ("Partition", "aws"), ("Region", "us-west-2"), ("Account", "111122223333")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("module")
    for name, content in terraform_module.content(ROOT):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@cache
def read(file: Path) -> Any:
    return hcl2.loads(file.read_text("utf-8"))


def evaluated(folder: Path, **variables: Any) -> Module:
    home = dict(HOME)
    given = {
        "path": {"module": str(folder)},
        "var": {"request_json": None, "values": {}, "addons": [], **variables},
        "data": {
            "aws_partition": {"current": {"partition": home["Partition"]}},
            "aws_region": {"current": {"region": home["Region"]}},
            "aws_caller_identity": {"current": {"account_id": home["Account"]}},
        },
    }
    files = [read(folder / f"{name}.tf") for name in ("main", "request")]
    return Module({"locals": [block for one in files for block in one["locals"]]}, given)


def filled(value: Any, values: dict[str, str]) -> Any:
    text = re.sub(r"\$\{([A-Z]\w*)\}", lambda found: values[found[1]], json.dumps(value))
    return json.loads(text)


def once(items: list[Any]) -> list[Any]:
    return [one for number, one in enumerate(items) if one not in items[:number]]


def some(every: Iterable[Any]) -> list[Any]:
    """A seeded part of all there is; all of it with `make soak`."""
    items = list(every)
    assert len(items) > 60
    return drawn(items, 12)


def test_every_role_is_the_published_one_with_all_add_ons(unpacked: Path) -> None:
    for path in some(one for one in published() if one.endswith("/operation.json")):
        for role in document(path)["roles"]:
            values = {item["name"]: item["example"] for item in role["placeholders"]} | dict(HOME)
            addons = [one["id"] for one in role["addons"]]
            variables = {"operation": document(path)["operation"], "role": role["id"], "values": values}
            module = evaluated(unpacked, **variables, addons=addons)
            expected = {"policy": document(role["links"]["policy"]), "trust": document(role["links"]["trust_policy"])}
            for one in role["addons"]:
                for part, link in (("policy", "patch"), ("trust", "trust_patch")):
                    if one["links"].get(link):
                        expected[part] = jsonpatch.apply_patch(expected[part], document(one["links"][link]))
            for part, whole in expected.items():
                assert module[part]["Statement"] == once(filled(whole, values)["Statement"]), (path, role["id"], part)


def test_a_plain_role_has_the_bytes_that_are_published(unpacked: Path) -> None:
    for operation in ("CreateTrainingJob", "CreateDomain"):
        text = (unpacked / "data" / operation / "execution" / "policy.json").read_bytes()
        shipped = text.replace(b"$${", b"${").replace(b"%%{", b"%{")
        assert shipped == (ROOT / "build/v1/next/operations" / operation / "execution/policy.json").read_bytes()


def test_companions_with_all_values_and_errors(unpacked: Path) -> None:
    home = {"operation": "CreateTrainingJob", "role": "execution"}
    module = evaluated(unpacked, **home, values={"InputBucket": "amzn-s3-demo-bucket"})
    assert "${InputPrefix}" in module["missing"] and "${InputBucket}" not in module["missing"]
    role = next(one for one in document("operations/CreateTrainingJob/operation.json")["roles"])
    values = {item["name"]: item["example"] for item in role["placeholders"]}
    texts = [file.read_text("utf-8") for file in (unpacked / "data/CreateTrainingJob/execution/companions").iterdir()]
    values |= {name: "x" for text in texts for name in re.findall(r"\$\{(\w+)\}", text) if name not in dict(HOME)}
    full = evaluated(unpacked, **home, values=values)
    (companions,) = (one['"companions"'] for one in read(unpacked / "outputs.tf")["output"] if '"companions"' in one)
    found = full.value(companions["value"])
    assert len(found) == len(texts) and {"kind", "resource", "needed", "policy"} == set(found[0])
    assert len(module.value(companions["value"])) < len(found) and not full["missing"]
    with pytest.raises(FileNotFoundError):
        evaluated(unpacked, **home, addons=["vcp"], values=values).value("${local.policy}")
    variables = str(read(unpacked / "variables.tf")["variable"])
    assert "permissions_boundary" in variables and "request_json" in variables


#: Variable to what it refuses, and what it takes.
VARIABLES: dict[str, tuple[list[Any], list[Any]]] = {
    "operation": (
        ["", "../x", "a/b", "/etc", "CreateModel\n", ".", "*", "${x}"],
        ["CreateModel", "datazone-CreateProject"],
    ),
    "role": (["", "..", "../../CreateDomain/execution", "a b"], ["execution", "keda-operator"]),
    "addons": ([["vpc", "../policy"], ["/x"], [""]], [[], ["vpc", "kms-output"]]),
    "values": (
        [{"InputBucket": one} for one in ("*", "a?", "${aws:username}", "$", 'x","y', "a\\", "a\nb", "\x00", "\x7f")],
        [{}, {"InputBucket": "amzn-s3-demo-bucket", "InputPrefix": "data/träin, 1%{x}"}],
    ),
    "request_json": (["", "[]", "5", '"x"', "{", '{"a": 1} x'], [None, "{}", '{"__proto__": {"x": "*"}}']),
}


@pytest.mark.parametrize("name", VARIABLES)
def test_variables_reach_no_other_file_and_widen_nothing(name: str, unpacked: Path) -> None:
    """IDs became paths of templates as they were: `../..` read any file of the machine, and ran its functions."""
    blocks = {
        key.strip('"'): one for block in read(unpacked / "variables.tf")["variable"] for key, one in block.items()
    }
    refused, taken = VARIABLES[name]
    for value in (*refused, *taken):
        (condition,) = (one["condition"] for one in blocks[name]["validation"])
        module = Module({"locals": []}, {"var": {name: value}})
        assert module.value(condition) == (value in taken), (name, value)


def test_a_request_widens_nothing(unpacked: Path) -> None:
    def granted(uri: str) -> tuple[list[Any], list[str]]:
        text = json.dumps(REQUEST).replace("s3://amzn-s3-demo-bucket/data/train", json.dumps(uri)[1:-1])
        module = evaluated(unpacked, operation="CreateTrainingJob", role="execution", request_json=text)
        return [(one["Action"], len(one["Resource"])) for one in module["policy"]["Statement"]], module["missing"]

    plain, _ = granted("s3://amzn-s3-demo-bucket/x")
    for hostile in ("*", "?", "${aws:username}", '","Action":"*', "a\\", "\n"):
        for uri in (f"s3://amzn-s3-demo-bucket/{hostile}", f"s3://{hostile}/x"):
            statements, missing = granted(uri)
            assert statements == plain and missing, uri


def test_an_example_for_each_role_gives_the_published_policy(unpacked: Path) -> None:
    for file in some(sorted(unpacked.glob("examples/*/main.tf"))):
        (block,) = hcl2.loads(file.read_text("utf-8"))["module"]
        (given,) = block.values()
        plain = {name: one.strip('"') for name, one in given.items() if isinstance(one, str)}
        values = {name: one.strip('"') for name, one in given.get("values", {}).items()}
        module = evaluated(unpacked, operation=plain["operation"], role=plain["role"], values=values)
        assert module.value("${local.missing}") == [], file
        path = f"operations/{plain['operation']}/{plain['role']}/policy.json"
        assert module["policy"]["Statement"] == once(filled(document(path), values | dict(HOME))["Statement"]), file
        assert plain["source"] == "../.."


def test_patterns_are_what_terraform_reads(unpacked: Path) -> None:
    """RE2 looks neither back nor ahead and counts repeats in repeats; Terraform takes named groups alone."""
    for kind, every in json.loads((unpacked / "data" / "kinds.json").read_bytes()).items():
        for pattern in every:
            inside = re.sub(r"\[(?:\\.|[^\]])*\]", "", re.sub(r"\\.", "", pattern))
            assert not re.search(r"\((?!\?:|\?P<)", inside), (kind, pattern)
            assert not re.search(r"\{\d+,\d+\}", inside), (kind, pattern)


#: A job's request with members of each kind that the module reads.
REQUEST = {
    "TrainingJobName": "churn",
    "AlgorithmSpecification": {"TrainingImage": "111122223333.dkr.ecr.us-west-2.amazonaws.com/team/image:1"},
    "InputDataConfig": [
        {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://amzn-s3-demo-bucket/data/train"}}}
    ],
    "OutputDataConfig": {
        "S3OutputPath": "s3://amzn-s3-demo-bucket2/out",
        "KmsKeyId": "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    },
    "VpcConfig": {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]},
}


@pytest.mark.parametrize("file", ["variables.tf", "main.tf"])
def test_values_that_widen_a_policy_are_refused(file: str) -> None:
    (refused,) = re.findall(
        r'can\(regex\("(\[\*.*?\])", (?:value|one\.value)\)', (ROOT / "scripts" / "terraform" / file).read_text("utf-8")
    )
    pattern = re.compile(json.loads(f'"{refused}"'))
    assert all(pattern.search(f"a{sign}b") for sign in '*?$"\\\0\n\x1f\x7f') and not pattern.search("a-b_c/d.e é")


def test_a_request_gives_what_the_command_gives(unpacked: Path) -> None:
    job = {"operation": "CreateTrainingJob", "role": "execution"}
    module = evaluated(unpacked, **job, request_json=json.dumps(REQUEST))
    assert module["missing"] == [] and module["ids"] == ["kms-output", "vpc"]
    composed = compose(compiled(), [Request("CreateTrainingJob", REQUEST)], ["execution"], values=dict(HOME))
    theirs = composed.policy.to_json()["Statement"]
    ours = module["policy"]["Statement"]
    for one in (*theirs, *ours):
        one["Resource"].sort()
    assert sorted(ours, key=itemgetter("Sid")) == sorted(theirs, key=itemgetter("Sid"))
    # Two buckets of one placeholder, and a key of another account: no value, and it is said.
    other = json.loads(json.dumps(REQUEST).replace("us-west-2:111122223333:key", "us-west-2:444455556666:key"))
    other["InputDataConfig"] *= 2
    other["InputDataConfig"][1] = json.loads(json.dumps(other["InputDataConfig"][1]).replace("bucket/", "bucket3/"))
    missing = evaluated(unpacked, **job, request_json=json.dumps(other))["missing"]
    assert set(missing) == {"${InputBucket}", "${OutputKeyId}"}
    # What the request lacks is not in the policy.
    lacking = evaluated(unpacked, **job, request_json=json.dumps({"OutputDataConfig": REQUEST["OutputDataConfig"]}))
    assert lacking["missing"] == [] and "InputRead" not in {one["Sid"] for one in lacking["policy"]["Statement"]}


def test_the_same_add_ons_follow_from_requests_of_every_operation(unpacked: Path) -> None:
    undecided = set()
    for folder in some(sorted(unpacked.glob("data/*/*"))):
        operation, role = folder.parts[-2:]
        if not folder.is_dir() or operation == "CreateAIRecommendationJob":  # its list can have an empty element here
            continue
        request = make(operation, random.Random(36), 0.5)  # noqa: S311
        module = evaluated(unpacked, operation=operation, role=role, request_json=json.dumps(request))
        composed = compose(compiled(), [Request(operation, request)], [role])
        undecided |= {(operation, role, name) for name in module["table"]["left"]}
        theirs = set(composed.addons.get((operation, role), ())) - {*module["table"]["left"]}
        assert {*module["called"]} == theirs, (operation, role)
    assert len(undecided) < 3, undecided

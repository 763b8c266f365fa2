"""The Terraform module: what its own expressions give is what is published, for every role with all add-ons."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import hcl2
import jsonpatch
import pytest

import terraform_module
from support import ROOT, document, published
from terraform import Module

HOME = ("Partition", "aws"), ("Region", "us-west-2"), ("Account", "111122223333")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("module")
    for name, content in terraform_module.content(ROOT):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def evaluated(folder: Path, **variables: Any) -> Module:
    home = dict(HOME)
    given = {
        "path": {"module": str(folder)},
        "var": variables,
        "data": {
            "aws_partition": {"current": {"partition": home["Partition"]}},
            "aws_region": {"current": {"region": home["Region"]}},
            "aws_caller_identity": {"current": {"account_id": home["Account"]}},
        },
    }
    return Module(hcl2.loads((folder / "main.tf").read_text("utf-8")), given)


def filled(value: Any, values: dict[str, str]) -> Any:
    text = re.sub(r"\$\{([A-Z]\w*)\}", lambda found: values[found[1]], json.dumps(value))
    return json.loads(text)


def test_every_role_is_the_published_one_with_all_add_ons(unpacked: Path) -> None:
    roles = 0
    for path in (one for one in published() if one.endswith("/operation.json")):
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
                statements = filled(whole, values)["Statement"]
                once = [one for number, one in enumerate(statements) if one not in statements[:number]]
                assert module.value(f"${{local.{part}}}")["Statement"] == once, (path, role["id"], part)
            roles += 1
    assert roles > 60


def test_a_plain_role_has_the_bytes_that_are_published(unpacked: Path) -> None:
    for operation in ("CreateTrainingJob", "CreateDomain"):
        text = (unpacked / "data" / operation / "execution" / "policy.json").read_bytes()
        shipped = text.replace(b"$${", b"${").replace(b"%%{", b"%{")
        assert shipped == (ROOT / "build/v1/next/operations" / operation / "execution/policy.json").read_bytes()


def test_companions_with_all_values_and_errors(unpacked: Path) -> None:
    home = {"operation": "CreateTrainingJob", "role": "execution", "addons": []}
    module = evaluated(unpacked, **home, values={"InputBucket": "amzn-s3-demo-bucket"})
    with pytest.raises(KeyError):
        module.value("${local.policy}")
    role = next(one for one in document("operations/CreateTrainingJob/operation.json")["roles"])
    values = {item["name"]: item["example"] for item in role["placeholders"]}
    texts = [file.read_text("utf-8") for file in (unpacked / "data/CreateTrainingJob/execution/companions").iterdir()]
    values |= {name: "x" for text in texts for name in re.findall(r"\$\{(\w+)\}", text) if name not in dict(HOME)}
    found = [one for one in evaluated(unpacked, **home, values=values).value("${local.companions}") if one]
    assert {"kind", "resource", "needed", "policy"} == set(found[0])
    with pytest.raises(FileNotFoundError):
        evaluated(unpacked, **{**home, "addons": ["vcp"]}, values=values).value("${local.policy}")
    for name in ("variables.tf", "outputs.tf"):
        assert hcl2.loads((unpacked / name).read_text("utf-8"))

"""The construct of the npm package: what the CDK synthesizes is what is published, and TypeScript knows its names."""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

import npm_package
import rehearse
from kb.publish.archives import files
from sagemaker_roles.version import checkout_built
from support import ROOT, document

APP = """
import { App, CfnParameter, Stack } from "aws-cdk-lib";
import { SageMakerExecutionRole } from "sagemaker-roles/cdk";
const app = new App({ outdir: "out" });
const stack = new Stack(app, "Training");
const bucket = new CfnParameter(stack, "OutputBucket").valueAsString;
const values = { ...JSON.parse(process.argv[2]), OutputBucket: bucket };
const given = { operation: "CreateTrainingJob", addons: ["vpc"], values, path: "/data-science/" };
SageMakerExecutionRole.forOperation(stack, "Role", given);
const said = [];
const late = { operation: "CreateCluster", role: "keda-operator", addons: [], values: { OidcProvider: bucket } };
for (const wrong of [{ values: {} }, { addons: ["vcp"] }, { values: { ...values, InputBucket: "*" } }, late]) {
  try {
    SageMakerExecutionRole.forOperation(stack, `R${said.length}`, { ...given, ...wrong });
  } catch (error) { said.push(error.message); }
}
app.synth();
console.log(JSON.stringify(said));
"""
TYPED = """
import { App, Stack } from "aws-cdk-lib";
import { SageMakerExecutionRole } from "sagemaker-roles/cdk";
const stack = new Stack(new App(), "S");
const made = SageMakerExecutionRole.forOperation(stack, "R", { operation: "CreateTrainingJob", addons: ["vpc"] });
export const arn: string = made.roleArn;
// @ts-expect-error there is no such add-on
SageMakerExecutionRole.forOperation(stack, "A", { operation: "CreateTrainingJob", addons: ["vcp"] });
// @ts-expect-error the caller is no role
SageMakerExecutionRole.forOperation(stack, "B", { operation: "CreateModel", role: "caller" });
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the CDK of the Python package, and the npm package without its engine."""
    folder = tmp_path_factory.mktemp("cdk")
    modules = folder / "node_modules"
    for package in rehearse.CDK:
        with tarfile.open(rehearse.carried(package)) as archive:
            archive.extractall(folder, filter="data")
        name = json.loads((folder / "package" / "package.json").read_text("utf-8"))["name"]
        (modules / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "package").rename(modules / name)
    own = modules / "sagemaker-roles"
    own.mkdir()
    built = files(checkout_built(ROOT))
    data = npm_package._data(built, "next")
    (own / "data.json").write_text(json.dumps(data), "ascii")
    (own / "operations.d.ts").write_text(npm_package._types(data), "ascii")
    (own / "package.json").write_text(json.dumps(npm_package._about(ROOT, "0.0.0")), "ascii")
    for path in (ROOT / npm_package.FOLDER).iterdir():
        (own / path.name).write_bytes(path.read_bytes())
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "app.mjs").write_text(APP)
    (folder / "typed.ts").write_text(TYPED)
    return folder


def test_the_template_has_the_published_policies(program: Path) -> None:
    (role, *_) = document("operations/CreateTrainingJob/operation.json")["roles"]
    kept = {"Partition", "Region", "Account", "OutputBucket"}
    patch = document(next(one["links"]["patch"] for one in role["addons"] if one["id"] == "vpc"))
    expected = document(role["links"]["policy"])
    expected["Statement"] += [step["value"] for step in patch]
    used = set(re.findall(r"\$\{([A-Z]\w*)\}", json.dumps(expected)))
    values = {one["name"]: one["example"] for one in role["placeholders"] if one["name"] in used - kept}
    done = subprocess.run(
        ["node", "app.mjs", json.dumps(values)], cwd=program, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    missing, addon, wide, late = json.loads(done.stdout)
    assert "have no value" in missing and "vcp" in addon and "InputBucket" in wide
    assert late.startswith("OidcProvider is in a condition key")
    template = json.loads((program / "out" / "Training.template.json").read_text("utf-8"))
    (made,) = (one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::IAM::Role")
    text = json.dumps(expected)
    filled = json.loads(re.sub(r"\$\{([A-Z]\w*)\}", lambda one: values.get(one[1], one[0]), text))
    assert rehearse.resolved(made["Policies"][0]["PolicyDocument"]) == filled
    assert rehearse.resolved(made["AssumeRolePolicyDocument"]) == document(role["links"]["trust_policy"])
    assert made["Path"] == "/data-science/"
    # What the CDK knows only when it deploys is refused there.
    assert not re.fullmatch(template["Parameters"]["OutputBucket"]["AllowedPattern"], "*")


def test_no_token_widens_the_policy(program: Path) -> None:
    """The fixed part of a value with a token came into the JSON as it was: `*`, or a further resource."""
    (role,) = document("operations/CreateModel/operation.json")["roles"]
    home = {"Partition", "Region", "Account"}
    good = {one["name"]: one["example"] for one in role["placeholders"] if one["name"] not in home}
    (program / "tokens.mjs").write_bytes((ROOT / "tests" / "cdk_tokens.mjs").read_bytes())
    given = json.dumps({"operation": "CreateModel", "good": good})
    done = subprocess.run(["node", "tokens.mjs", given], cwd=program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    fine = {name: said.pop(name) for name in ("token", "object", "number", "named", "lazy", "later", "region", "proto")}
    assert len(said) == 22 and fine["proto"].startswith("UnknownPlaceholder")
    assert all("Ref" in fine[name] for name in ("token", "object", "number", "named", "later")), fine
    assert '"team-"' in fine["named"].replace(":s3:::", '"') and "${AWS::Region}" in fine["region"]
    assert "amzn-s3-demo-bucket" in fine["lazy"]
    for name, text in said.items():
        assert re.search("(InvalidValue|UnknownPlaceholder): ", text), (name, text)


def test_each_role_is_the_published_one(program: Path) -> None:
    assert rehearse.construct(program) == ""


def test_typescript_knows_operations_and_add_ons(program: Path) -> None:
    tsc = ROOT / "scripts" / "web" / "node_modules" / ".bin" / "tsc"
    options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022"]
    done = subprocess.run([tsc, *options, "typed.ts"], cwd=program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout

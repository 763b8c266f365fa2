"""The npm package: asked from Node, bundled with esbuild, and the same answers as the library's."""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import npm_package
from sagemaker_roles import Catalog, compose_reading, explain_message, read_value
from sagemaker_roles.outputs import denials
from support import MODEL, ROOT

MESSAGE = (
    "User: arn:aws:sts::111122223333:assumed-role/R/SageMaker is not authorized to perform: s3:ListBucket "
    "on resource: arn:aws:s3:::amzn-s3-demo-bucket"
)
PROGRAM = """
import { audit, compose, dataVersion, explain, operations, UnknownName } from "sagemaker-roles";
import catalog from "sagemaker-roles/catalog.json" with { type: "json" };
import policy from "sagemaker-roles/policies/CreateModel/execution/policy.json" with { type: "json" };
const request = %s;
const options = { operation: "CreateModel" };
const composed = compose(request, options);
const [{ policy: own, trust }] = composed.roles;
let error = "";
try { compose(request, { ...options, addons: ["nope"] }); } catch (thrown) { error = thrown instanceof UnknownName; }
console.log(JSON.stringify({
  composed, dataVersion, error, operations: operations(),
  catalog: Object.keys(catalog.operations), policy: policy.Version,
  enough: audit({ policies: [own], trust }, request, options).verdict,
  nothing: audit({ policies: [] }, request, options),
  text: compose(JSON.stringify(request), options).roles.length,
  placeholders: compose(null, options).roles[0].placeholders,
  explained: explain(%s),
}));
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the package is installed."""
    folder = tmp_path_factory.mktemp("npm")
    file = npm_package.pack(ROOT, folder, 0)
    with tarfile.open(file) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (folder / "node_modules").mkdir()
    (folder / "unpacked" / "package").rename(folder / "node_modules" / "sagemaker-roles")
    (folder / "program.mjs").write_text(PROGRAM % (json.dumps(MODEL), json.dumps(MESSAGE)), "utf-8")
    return folder


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def check(found: Mapping[str, Any]) -> None:
    catalog = Catalog.load()
    (role,) = compose_reading(catalog, read_value(catalog, MODEL, operation="CreateModel")).roles
    (composed,) = found["composed"]["roles"]
    assert composed["policy"] == role.composition.policy.to_json()
    assert composed["trust"] == role.composition.trust.to_json()
    assert composed["placeholders"] == list(role.composition.placeholders)
    assert found["operations"] == found["catalog"] == catalog.operations
    assert (found["enough"], found["nothing"]["verdict"]) == ("sufficient", "missing")
    assert all(need["outcome"] == "missing" for need in found["nothing"]["needs"])
    explanation = explain_message(catalog, MESSAGE)
    expected = denials.to_json(explanation.causes, explanation.look)["causes"]
    assert found["explained"]["causes"] == json.loads(json.dumps(expected))
    assert (found["error"], found["text"], found["policy"]) == (True, 1, "2012-10-17")
    assert "Region" in found["placeholders"]
    assert found["dataVersion"] == catalog.data["data_version"]


def test_node_gets_what_the_library_gives(folder: Path) -> None:
    check(json.loads(run("node", "program.mjs", cwd=folder)))


def test_a_bundle_gets_the_same(folder: Path) -> None:
    esbuild = ROOT / "scripts" / "composer" / "node_modules" / "esbuild" / "bin" / "esbuild"
    options = ("--bundle", "--format=esm", "--platform=node", "--outfile=bundle.mjs", "--log-level=warning")
    run(esbuild, "program.mjs", *options, cwd=folder)
    check(json.loads(run("node", "bundle.mjs", cwd=folder / ".")))


def test_types_name_what_the_module_exports(folder: Path) -> None:
    package = folder / "node_modules" / "sagemaker-roles"
    program = "import('sagemaker-roles').then((all) => console.log(JSON.stringify(Object.keys(all))))"
    exported = json.loads(run("node", "-e", program, cwd=folder))
    types = (package / "index.d.ts").read_text("utf-8")
    for name in exported:
        assert f"export function {name}(" in types or f"export const {name}:" in types or f"class {name} " in types, (
            name
        )


def test_the_bytes_are_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    (first,) = folder.glob("*.tgz")
    assert npm_package.pack(ROOT, tmp_path, 0).read_bytes() == first.read_bytes()


def test_versions_are_those_of_npm() -> None:
    assert npm_package.semver("1.0.1.dev0") == "1.0.1-dev.0"
    assert npm_package.semver("2.0.0") == "2.0.0"

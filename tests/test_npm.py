"""The npm package: asked from Node, bundled with esbuild, and the same answers as the library's."""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import npm_package
from sagemaker_roles import Catalog, __version__, compose_reading, explain_message, read_value, write_companions
from sagemaker_roles.outputs import denials
from sagemaker_roles.session import organization_json
from support import MODEL, ROOT, published

MESSAGE = (
    "User: arn:aws:sts::111122223333:assumed-role/R/SageMaker is not authorized to perform: s3:ListBucket "
    "on resource: arn:aws:s3:::amzn-s3-demo-bucket"
)
PROGRAM = """
import { audit, companions, compose, dataVersion, explain, operations, UnknownName } from "sagemaker-roles";
import catalog from "sagemaker-roles/catalog.json" with { type: "json" };
import policy from "sagemaker-roles/policies/CreateModel/execution/policy.json" with { type: "json" };
const request = %s;
const options = { operation: "CreateModel" };
const composed = compose(request, options);
const [{ policy: own, trust }] = composed.roles;
const others = companions(request, options);
const forms = ["cli", "terraform", "cloudformation"].map((format) => companions(request, { ...options, format }).text);
let error = "";
try { compose(request, { ...options, addons: ["nope"] }); } catch (thrown) { error = thrown instanceof UnknownName; }
console.log(JSON.stringify({
  composed, others, forms, dataVersion, error, operations: operations(),
  catalog: Object.keys(catalog.operations), policy: policy.Version,
  enough: audit({ policies: [own], trust }, request, options).verdict,
  nothing: audit({ policies: [] }, request, options),
  text: compose(JSON.stringify(request), options).roles.length,
  placeholders: compose(null, options).roles[0].placeholders,
  explained: explain(%s),
}));
"""
#: What a program in TypeScript does with the package.
CONSUMER = """
import { InputError, UnknownName, audit, companions, compose, dataVersion, explain, operations } from "sagemaker-roles";
import type { Audited, Companion, Composed, HeldRole, Options, Policy } from "sagemaker-roles";
import policy from "sagemaker-roles/policies/CreateModel/execution/policy.json" with { type: "json" };

const options: Options = { operation: "CreateModel", scope: "scoped", values: { Region: "us-west-2" } };
const composed: Composed = compose({ ModelName: "churn", PrimaryContainer: { Image: "x" } }, options);
const policies: Policy[] = composed.roles.flatMap((role) => role.policy);
const held: HeldRole = { policies: [...policies, policy], trust: composed.roles[0].trust };
const found: Audited = audit(held, null, options);
const missing: string[] = found.needs.filter((need) => need.outcome === "missing").map((need) => need.action);
const states: string[] = found.statements.flat().map((one) => one.state);
const others: Companion[] = companions(null, { ...options, format: "json", owner: "111122223333" }).companions;
const keys: string[] = others.filter((one) => one.needed === "yes" && one.policy !== null).map((one) => one.resource);
const causes = explain("AccessDenied", { operation: "CreateModel" }).causes;
try { compose("a: 1"); } catch (error) { if (error instanceof UnknownName || error instanceof InputError) throw error; }
export const all: unknown[] = [missing, states, keys, causes, operations().length, dataVersion, composed.notices];
"""
#: Uses that are wrong, each with what the compiler says of it.
WRONG = {
    'compose({}, { operations: ["CreateModel"] })': "'operations' does not exist in type 'Options'",
    'compose({}, { scope: "narrow" })': '\'"narrow"\' is not assignable to type \'"scoped" | "broad"',
    'companions({}, { format: "yaml" })': "'\"yaml\"' is not assignable to type",
    "companions({}).companions[0].policies": "Property 'policies' does not exist on type 'Companion'",
    "compose(7)": "is not assignable to parameter of type 'Input'",
    'audit({ policy: "x" }, null)': "'policy' does not exist in type 'HeldRole'",
    'audit({ policies: [] }, null).verdict === "minimal"': "have no overlap",
    "explain({})": "not assignable to parameter of type 'string'",
    "compose(null).policies": "Property 'policies' does not exist on type 'Composed'",
}


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
    result = compose_reading(catalog, read_value(catalog, MODEL, operation="CreateModel"))
    (role,) = result.roles
    (composed,) = found["composed"]["roles"]
    assert composed["policy"] == role.composition.policy.to_json()
    others = write_companions(catalog, result)
    assert found["others"]["companions"] == json.loads(others.text)
    assert found["others"]["placeholders"] == list(others.placeholders)
    (checked,) = found["others"]["organization"]
    assert checked["checks"] == json.loads(json.dumps(organization_json(catalog, role.composition)))
    assert all(text and text != others.text for text in found["forms"])
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
    assert found["dataVersion"] == ("next" if "dev" in __version__ else __version__)


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


def compiled(folder: Path, name: str, program: str) -> tuple[int, list[str]]:
    """What the compiler of TypeScript ends with, and the lines that it prints about a program."""
    (folder / name).write_text(program, "utf-8")
    compiler = ROOT / "scripts" / "composer" / "node_modules" / "typescript" / "bin" / "tsc"
    options = ("--strict", "--noEmit", "--pretty", "false", "--target", "es2022", "--module", "nodenext")
    command = ["node", str(compiler), *options, "--resolveJsonModule", name]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def test_a_program_in_typescript_compiles(folder: Path) -> None:
    assert compiled(folder, "consumer.mts", CONSUMER) == (0, [])


def test_a_wrong_use_does_not_compile(folder: Path) -> None:
    imported = 'import { audit, companions, compose, explain } from "sagemaker-roles";\n'
    program = imported + "".join(f"{use};\n" for use in WRONG)
    code, lines = compiled(folder, "wrong.mts", program)
    errors = dict(re.findall(r"wrong\.mts\(([0-9]+),[0-9]+\): error (TS[0-9]+: .+)", "\n".join(lines)))
    assert code
    assert sorted(map(int, errors)) == list(range(2, len(WRONG) + 2)), lines
    for number, (use, said) in enumerate(WRONG.items(), 2):
        assert said in errors[str(number)], use


def test_the_bytes_are_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    (first,) = folder.glob("*.tgz")
    assert npm_package.pack(ROOT, tmp_path, 0).read_bytes() == first.read_bytes()


def test_versions_are_those_of_npm() -> None:
    assert npm_package.semver("1.0.1.dev0") == "1.0.1-dev.0"
    assert npm_package.semver("2.0.0") == "2.0.0"


def test_the_package_has_what_it_uses() -> None:
    """Operations, messages, and what of an audit the review needs; not the rest of it, and no policies of readers."""
    operations = npm_package._data(json.loads(published()["catalog.json"]))["operations"]
    assert {name for name in operations if not name[0].isupper()} == {"messages", "review"}

"""The npm package, from Node and TypeScript: policies as data against the composer, the engine against the package."""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import npm_package
from composing import compose
from sagemaker_roles import __version__
from sagemaker_roles.api import Border
from support import MODEL, ROOT, compiled

MESSAGE = (
    "User: arn:aws:sts::111122223333:assumed-role/R/SageMaker is not authorized to perform: s3:ListBucket "
    "on resource: arn:aws:s3:::amzn-s3-demo-bucket"
)
#: Asks for the policies that the lines of its input name.
POLICIES = """
import { readFileSync } from "node:fs";
import { policy } from "sagemaker-roles";
const asked = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(asked.map(([operation, choice]) => policy(operation, choice))));
"""
#: Asks the engine, and what both entries say of wrong names.
ENGINE = """
import { readFileSync } from "node:fs";
import * as data from "sagemaker-roles";
import { UnknownAddOn, load } from "sagemaker-roles/engine";
import catalog from "sagemaker-roles/catalog.json" with { type: "json" };
import own from "sagemaker-roles/policies/CreateModel/execution/policy.json" with { type: "json" };
const { model, message } = JSON.parse(readFileSync(0, "utf8"));
const engine = await load();
const said = (work) => {
  try { work(); } catch (error) { return [error.name, error.near, error instanceof UnknownAddOn, error.message]; }
};
const options = { operation: "CreateModel" };
const composed = engine.compose(model, options);
const [{ policy, trust }] = composed.roles;
console.log(JSON.stringify({
  composed,
  text: engine.compose(JSON.stringify(model), options).text,
  several: engine.compose([{ name: "a.json", text: JSON.stringify({ CreateModel: model }) }]).text,
  others: engine.compose(model, { ...options, companions: "companions", format: "terraform" }).companions,
  enough: engine.audit({ policies: [policy], trust }, model, options).roles[0].verdict,
  split: engine.audit({ policies: [[policy, policy]], trust }, model, options).roles[0].verdict,
  nothing: engine.audit({ policies: [{ Version: "2012-10-17", Statement: [] }] }, model, options).roles[0].verdict,
  managed: engine.audit({ managed: ["AmazonSageMakerFullAccess"] }, null, options).roles[0].escalation.length,
  explained: engine.explain(message),
  listed: Object.keys(engine.list().operations),
  errors: [
    said(() => engine.compose(null, { operation: "CreateModel", addons: ["vcp"] })),
    said(() => data.policy("CreateModel", { addons: ["vcp"] })),
    said(() => data.policy("CreateModle")),
    said(() => engine.compose("a: [1")),
    said(() => data.policy("CreateModel", { values: { Account: "1*" } })),
  ],
  catalog: Object.keys(catalog.operations), operations: data.operations, version: own.Version, data: data.dataVersion,
}));
"""
#: What a program in TypeScript does with the package. The SDK's own types have no index signature.
CONSUMER = """
import { InvalidValue, UnknownName, dataVersion, operations, policy, roles } from "sagemaker-roles";
import type { Operation, Policies, Statement } from "sagemaker-roles";
import { load } from "sagemaker-roles/engine";
import type { Audited, Composed, HeldRole, Input, Reason } from "sagemaker-roles/engine";
import own from "sagemaker-roles/policies/CreateModel/execution/policy.json" with { type: "json" };

interface CreateTrainingJobCommandInput { TrainingJobName: string | undefined; Tags?: { Key: string }[] | undefined }
const request: CreateTrainingJobCommandInput = { TrainingJobName: "t" };
const input: Input = request;
const found: Policies = policy("CreateModel", { role: "execution", addons: ["vpc"], values: { Region: "us-west-2" } });
const statements: Statement[] = [...found.policy.Statement, ...(found.trust?.Statement ?? [])];
const names: readonly Operation[] = operations;
const engine = await load();
const composed: Composed = engine.compose(input, { operation: "CreateTrainingJob", generalize: 5 });
const [role] = composed.roles;
const held: HeldRole = { policies: [role.policy, composed.roles[0].policy, role.caller], trust: role.trust };
const audited: Audited = engine.audit({ ...held, scps: [own] }, request, { operation: "CreateModel", format: "sarif" });
const missing: (string | undefined)[] = audited.roles[0].missing.map((one) => one.action);
const reasons: Reason[] = Object.values(composed.roles[0].reasons.policy).flat();
const causes = engine.explain("AccessDenied", { operation: "CreateModel" }).causes;
try { engine.compose("a: 1"); }
catch (error) { if (error instanceof UnknownName || error instanceof InvalidValue) throw error.near; }
export const all: unknown[] = [statements, names, missing, reasons, causes, dataVersion, roles("CreateModel")];
"""
#: Uses that are wrong, each with what the compiler says of it.
WRONG = {
    'policy("CreateModle")': "is not assignable to parameter of type",
    'policy("CreateModel", { addons: ["nope"] })': "is not assignable to type",
    'policy("CreateModel", { role: "caler" })': "is not assignable to type",
    'policy("CreateModel").policies': "Property 'policies' does not exist on type 'Policies'",
    'engine.compose({}, { operations: ["CreateModel"] })': "'operations' does not exist in type 'ComposeOptions'",
    'engine.compose({}, { scope: "narrow" })': '\'"narrow"\' is not assignable to type \'"scoped" | "broad"',
    "engine.compose(7)": "is not assignable to parameter of type 'Input'",
    'engine.audit({ policy: "x" }, null)': "'policy' does not exist in type 'HeldRole'",
    "engine.explain({})": "not assignable to parameter of type 'string'",
}


def test_the_command_reads_a_file(folder: Path, tmp_path: Path) -> None:
    # As npm installs it: a link to the file that the tarball's package.json names, run from an empty folder.
    package = folder / "node_modules" / "sagemaker-roles"
    command = package / json.loads((package / "package.json").read_bytes())["bin"]["sagemaker-roles"]
    (tmp_path / "model.json").write_text(json.dumps({"CreateModel": MODEL}), "utf-8")
    (tmp_path / "message.txt").write_text(MESSAGE, "utf-8")

    def run(*arguments: str, code: int = 0) -> Any:
        done = subprocess.run(
            ["node", str(command), *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        assert "    at " not in done.stderr, "a stack trace"
        return json.loads(done.stdout) if done.stdout else done.stderr

    assert {"Account", "Region"} & {*run("compose", "model.json", code=1)["placeholders"]}
    values = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}
    choice = json.dumps({"values": values})
    composed = run("compose", "model.json", choice)
    (role,) = composed["roles"]
    assert composed["operations"] == ["CreateModel"]
    (tmp_path / "role.json").write_text(json.dumps(role["policy"]), "utf-8")
    (audited,) = run("audit", "role.json", "model.json", choice)["roles"]
    assert audited["verdict"] == "minimal"
    (tmp_path / "role.json").write_text('{"Version": "2012-10-17", "Statement": []}', "utf-8")
    assert run("audit", "role.json", "model.json", code=1)["roles"][0]["verdict"] == "missing"
    assert run("explain", "message.txt") == run("explain", MESSAGE)
    assert run("explain", MESSAGE)["causes"]
    assert run("compose", "model.json", '{"format": "cloudformation"}')["text"].startswith("{")
    for wrong in (
        (),
        ("nope",),
        ("compose",),
        ("compose", "none.json"),
        ("audit", "role.json"),
        ("compose", "model.json", "{"),
    ):
        assert run(*wrong, code=2).startswith(("Usage", "sagemaker-roles: ")), wrong
    (tmp_path / "broken.json").write_text("a: [1", "utf-8")
    assert "broken.json" in run("compose", "broken.json", code=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the package is installed."""
    folder = tmp_path_factory.mktemp("npm")
    file = npm_package.packed(folder / "package.tgz", "package", npm_package.content(ROOT), 0)
    with tarfile.open(file) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    modules = folder / "node_modules"
    modules.mkdir()
    (folder / "unpacked" / "package").rename(modules / "sagemaker-roles")
    (modules / "pyodide").symlink_to(MODULES / "pyodide")
    return folder


MODULES = ROOT / "scripts" / "web" / "node_modules"


def asked(folder: Path, program: str, given: Any) -> Any:
    """What a program prints, which gets a value."""
    (folder / "program.mjs").write_text(program, "utf-8")
    command = ["node", "program.mjs"]
    done = subprocess.run(command, cwd=folder, input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def choices() -> Iterator[tuple[str, str, list[str], dict[str, str]]]:
    """Operations with roles, each alone, with each add-on of its own, and with all of them and values."""
    catalog = compiled()
    for name in catalog.operations:
        operation = catalog.operation(name)
        for role in operation.roles[:1]:
            ids = [addon.id for addon in role.addons]
            yield name, role.id, [], {}
            yield from ((name, role.id, [one], {}) for one in ids[:1])
            yield name, role.id, ids, {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}


def granted(document: Any) -> set[tuple[str, str, str, str]]:
    """What a document grants, call by call: those who compose join statements that several add-ons bring."""
    several = document if isinstance(document, list) else [document]
    return {
        (action, resource, json.dumps(one.get("Condition"), sort_keys=True), json.dumps(one.get("Principal")))
        for whole in several
        for one in whole["Statement"]
        for action in one["Action"]
        for resource in one.get("Resource", [""])
    }


def test_policies_are_those_that_are_composed(folder: Path) -> None:
    wanted = [*choices()]
    program = [[name, {"role": role, "addons": ids, "values": values}] for name, role, ids, values in wanted]
    found = asked(folder, POLICIES, program)
    for (name, role, ids, values), policies in zip(wanted, found, strict=True):
        options = [part for one in ids for part in ("--addon", one)]
        options += [part for key, value in values.items() for part in ("--set", f"{key}={value}")]
        done = compose(name, "--role", role, "--part", "all", "--allow-placeholders", *options)
        composed = done.document
        assert granted(policies["trust"]) == granted(composed["trust"]), (name, role, ids)
        assert granted(policies["policy"]) >= granted(composed["policy"]), (name, role, ids)
        if len(ids) < 2 and not values and isinstance(composed["policy"], dict):  # one too large is split
            assert policies["policy"] == composed["policy"], (name, role, ids)
            text = json.dumps([composed["policy"], composed["trust"]])
            assert policies["placeholders"] == sorted({*re.findall(r"\$\{([A-Z][A-Za-z0-9]*)\}", text)})


def test_the_engine_gives_what_the_package_gives(folder: Path) -> None:
    found = asked(folder, ENGINE, {"model": MODEL, "message": MESSAGE})
    border = Border()

    def answer(**call: Any) -> Any:
        return json.loads(border.answer(json.dumps(call)))["answer"]

    inputs = [{"name": "request", "text": json.dumps(MODEL)}]
    assert found["composed"] == answer(do="compose", inputs=inputs, operation="CreateModel")
    assert found["composed"]["text"] == found["text"]
    assert json.loads(found["several"])["roles"][0]["policy"] == found["composed"]["roles"][0]["policy"]
    other = answer(do="compose", inputs=inputs, operation="CreateModel", companions="companions", format="terraform")
    assert found["others"] == other["companions"]
    assert (found["enough"], found["split"], found["nothing"]) == ("minimal", "minimal", "missing")
    assert found["managed"] > 0
    assert found["explained"] == answer(do="explain", message=MESSAGE)
    assert found["listed"] == found["operations"] == found["catalog"] == compiled().operations
    assert found["version"] == "2012-10-17"
    assert found["data"] == ("next" if "dev" in __version__ else __version__)
    engine, data, unknown, unread, wrong = found["errors"]
    assert engine[:3] == data[:3] == ["UnknownAddOn", "vpc", True]
    assert unknown[:2] == ["UnknownOperation", "CreateModel"]
    assert unread[0] == "NothingToCompose"
    assert wrong[0] == "InvalidValue" and "is not a valid ID of the account" in wrong[3]


def test_hostile_values_give_an_error_of_the_package(folder: Path) -> None:
    said, is_begun_anew = asked(folder, (ROOT / "tests" / "npm_hostile.mjs").read_text("utf-8"), None)
    assert not said and is_begun_anew, "\n".join(map(str, said))


def types(folder: Path, name: str, program: str) -> tuple[int, list[str]]:
    """What the compiler of TypeScript ends with, and the lines that it prints about a program."""
    (folder / name).write_text(program, "utf-8")
    options = ("--strict", "--noEmit", "--pretty", "false", "--target", "es2022", "--module", "nodenext")
    command = ["node", str(MODULES / "typescript" / "bin" / "tsc"), *options, "--resolveJsonModule", name]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def test_a_program_in_typescript_compiles(folder: Path) -> None:
    assert types(folder, "consumer.mts", CONSUMER) == (0, [])


def test_a_wrong_use_does_not_compile(folder: Path) -> None:
    begin = 'import { policy } from "sagemaker-roles"; import { load } from "sagemaker-roles/engine"; '
    program = f"{begin}const engine = await load();\n" + "".join(f"{use};\n" for use in WRONG)
    code, lines = types(folder, "wrong.mts", program)
    errors = dict(re.findall(r"wrong\.mts\(([0-9]+),[0-9]+\): error (TS[0-9]+: .+)", "\n".join(lines)))
    assert code
    assert sorted(map(int, errors)) == list(range(2, len(WRONG) + 2)), lines
    for number, (use, said) in enumerate(WRONG.items(), 2):
        assert said in errors[str(number)], use


def test_types_name_what_the_modules_export(folder: Path) -> None:
    package = folder / "node_modules" / "sagemaker-roles"
    for name, path in (("index", "sagemaker-roles"), ("engine", "sagemaker-roles/engine")):
        program = f'import * as all from "{path}"; console.log(JSON.stringify(Object.keys(all)));'
        declared = "".join((package / f"{one}.d.ts").read_text("utf-8") for one in (name, "errors"))
        for exported in asked(folder, program, None):
            assert re.search(rf"export (function|const|class) {exported}\b", declared), exported


def test_the_bytes_are_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    (first,) = folder.glob("*.tgz")
    again = npm_package.packed(tmp_path / "again.tgz", "package", npm_package.content(ROOT), 0)
    assert again.read_bytes() == first.read_bytes()

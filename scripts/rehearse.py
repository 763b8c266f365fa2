"""Installs what is in dist/ from index servers on loopback, and compares it with build/v1/next: `make rehearse`."""

from __future__ import annotations

import argparse
import contextlib
import http.server
import io
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import threading
import urllib.parse
import urllib.request
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from npm_package import archive
from sagemaker_roles.canonical import canonical
from terraform_module import escaped

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "build" / "v1" / "next" / "operations"
MODULES = ROOT / "scripts" / "page" / "node_modules"

#: The CDK as npm packages, which the Python packages carry.
_ASSETS = ("asset_awscli_v1", "asset_node_proxy_agent_v6", "cloud_assembly_schema")
CDK = ("aws_cdk", *(f"aws_cdk.{name}" for name in _ASSETS), "constructs")
#: An app with the role of every operation; each placeholder is a reference, which the template names.
APP = """
import { App, Stack, Token } from "aws-cdk-lib";
import { operations, policy, roles } from "sagemaker-roles";
import { SageMakerExecutionRole } from "sagemaker-roles/cdk";
const own = ["Partition", "Region", "Account"];
const stack = new Stack(new App({ outdir: "out" }), "All");
for (const operation of operations) {
  for (const role of Object.keys(roles(operation)).filter((name) => name !== "caller")) {
    const names = policy(operation, { role }).placeholders.filter((one) => !own.includes(one));
    const values = Object.fromEntries(names.map((name) => [name, Token.asString({ Ref: name })]));
    const roleName = `${operation}/${role}`;
    SageMakerExecutionRole.forOperation(stack, `${operation}-${role}`, { operation, role, values, roleName });
  }
}
stack.node.root.synth();
"""


def main() -> int:
    """Runs every part; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dist", nargs="?", type=Path, default=ROOT / "dist", help="folder of the files (default: dist)")
    dist: Path = parser.parse_args().dist
    wrong = 0
    patterns = {python: "*.whl", npm: "*.tgz", terraform: "*-terraform-*.gz", plugin: "*-plugin-*.gz"}
    for part, pattern in patterns.items():
        files = sorted(dist.glob(pattern))
        if len(files) != 1:
            print(f"rehearse: {dist}: {len(files)} files {pattern}; run `make dist` first", file=sys.stderr)
            return 2
        with tempfile.TemporaryDirectory(prefix="sagemaker-roles-") as folder:
            try:
                said = part(files[0], Path(folder))
            except subprocess.CalledProcessError as error:
                said = f"{error.cmd[0]} failed:\n{error.stderr}"
        print(f"{part.__name__}: {said or 'as built'}")
        wrong += bool(said)
    return 1 if wrong else 0


def python(wheel: Path, folder: Path) -> str:
    """Installs the wheel by its name from a PEP 503 index; its dependencies are those of this environment."""
    venv.create(folder / "venv", with_pip=False)
    program = folder / "venv" / "bin" / "python"
    page = f'<a href="/{wheel.name}">{wheel.name}</a>'.encode()
    with served({"/simple/sagemaker-roles/": page, f"/{wheel.name}": wheel.read_bytes()}) as address:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--isolated", "--python", str(program)]
        options = ["-q", "--no-deps", "--no-cache-dir", "--index-url", f"{address}/simple/"]
        run([*pip, "install", *options, "sagemaker-roles"])
    (own,) = {path for path in sys.path if path.endswith("site-packages")}
    env = {"PYTHONPATH": own}
    command = folder / "venv" / "bin" / "sagemaker-roles"
    for file in sorted(BUILT.glob("*/*/policy.json")):
        operation, role = file.parts[-3:-1]
        if operation in ("CreateTrainingJob", "CreateModel"):
            shown = run([str(command), "show", operation, "--role", role], env, folder)
            if shown.encode() != file.read_bytes():
                return f"{operation}/{role} differs"
    request = ["compose", "--request", str(ROOT / "tests" / "inputs" / "aws" / "training-job.json")]
    options = ["--region", "us-west-2", "--allow-placeholders"]
    here = run([sys.executable, "-m", "sagemaker_roles", *request, *options])
    return "" if run([str(command), *request, *options], env, folder) == here else "compose differs"


def npm(tarball: Path, folder: Path) -> str:
    """Installs package and CDK by their names from a registry; compares the files, and what the construct gives.

    The registry has the CDK out of its Python packages, and what the package depends on out of node_modules.
    """
    files = {"sagemaker-roles": tarball.read_bytes(), **{manifest(one)["name"]: one for one in map(carried, CDK)}}
    left = [*files]
    about: dict[str, Any] = {}
    while left:
        name = left.pop()
        if name not in files:
            inside = MODULES / name
            members = [path for path in inside.rglob("*") if path.is_file()]
            files[name] = archive("package", ((str(one.relative_to(inside)), one.read_bytes()) for one in members), 0)
        about[name] = manifest(files[name])
        bundled = about[name].get("bundleDependencies", about[name].get("bundledDependencies", ()))
        left += set(about[name].get("dependencies", {})) - set(about) - set(bundled)
    answers = {f"/{name}.tgz": content for name, content in files.items()}
    with served(answers) as address:
        for name, one in about.items():
            version = {**one, "dist": {"tarball": f"{address}/{name}.tgz"}}
            packument = {"name": name, "dist-tags": {"latest": one["version"]}, "versions": {one["version"]: version}}
            answers[f"/{name}"] = json.dumps(packument).encode()
        (folder / "package.json").write_text("{}")
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit=peer", f"--cache={folder}/cache"]
        run(["npm", "install", *options, f"--registry={address}/", *files], cwd=folder)
    wrong = compared(folder / "node_modules" / "sagemaker-roles" / "policies", lambda content: content)
    return wrong or construct(folder)


def construct(folder: Path) -> str:
    """Synthesizes the role of every operation, and compares each in the template with the published one."""
    (folder / "app.mjs").write_text(APP)
    run(["node", "app.mjs"], cwd=folder)
    template = json.loads((folder / "out" / "All.template.json").read_bytes())
    count = 0
    for one in template["Resources"].values():
        made = one["Properties"]
        documents = {"policy": made["Policies"][0]["PolicyDocument"], "trust-policy": made["AssumeRolePolicyDocument"]}
        for name, document in documents.items():
            if canonical(resolved(document)) != (BUILT / made["RoleName"] / f"{name}.json").read_bytes():
                return f"the construct: {name} of {made['RoleName']} differs"
            count += 1
    return "" if count == len([*BUILT.glob("*/*/*policy.json")]) else "the construct: roles are missing"


def resolved(value: Any) -> Any:
    """A part of a template with the placeholders that its references are named after."""
    names = {"AWS::Partition": "Partition", "AWS::Region": "Region", "AWS::AccountId": "Account"}
    if isinstance(value, dict) and set(value) == {"Ref"}:
        return f"${{{names.get(value['Ref'], value['Ref'])}}}"
    if isinstance(value, dict) and set(value) == {"Fn::Join"}:
        return "".join(map(resolved, value["Fn::Join"][1]))
    if isinstance(value, dict):
        return {key: resolved(inner) for key, inner in value.items()}
    return [resolved(inner) for inner in value] if isinstance(value, list) else value


def carried(package: str) -> bytes:
    """The npm package that a Python package carries."""
    # Imported, it starts Node.
    (file,) = Path(sysconfig.get_path("purelib"), *package.split("."), "_jsii").glob("*.tgz")
    return file.read_bytes()


def manifest(tarball: bytes) -> dict[str, Any]:
    """package.json of a package."""
    with tarfile.open(fileobj=io.BytesIO(tarball)) as tar:
        content = tar.extractfile("package/package.json")
        value: dict[str, Any] = json.load(content) if content else {}
    return value


def terraform(module: Path, folder: Path) -> str:
    """Fetches and unpacks the module, and compares its templates with the policies."""
    unpacked(module, folder)
    return compared(folder / "sagemaker-roles-terraform" / "data", escaped)


def plugin(file: Path, folder: Path) -> str:
    """Fetches and unpacks the plugin, and reads its parts."""
    unpacked(file, folder)
    top = folder / "sagemaker-roles"
    market = json.loads((top / ".claude-plugin" / "marketplace.json").read_bytes())
    about = json.loads((top / ".claude-plugin" / "plugin.json").read_bytes())
    skill = top / "skills" / "sagemaker-roles" / "SKILL.md"
    server = json.loads((top / ".mcp.json").read_bytes())["mcpServers"]
    right = (
        [one["name"] for one in market["plugins"]] == [about["name"]] and skill.is_file() and about["name"] in server
    )
    return "" if right else "the parts do not name each other"


def unpacked(file: Path, folder: Path) -> None:
    """Fetches an archive from a server, as an address in ``source =`` does, and unpacks it into an empty folder."""
    with served({f"/{file.name}": file.read_bytes()}) as address:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{address}/{file.name}", timeout=60) as answer:
            content = io.BytesIO(answer.read())
    with tarfile.open(fileobj=content) as tar:
        tar.extractall(folder, filter="data")


def compared(folder: Path, form: Any) -> str:
    """The first policy of a folder that is not the published one, in the form of the folder; "" if all are."""
    count = 0
    for file in sorted([*BUILT.glob("*/*/policy.json"), *BUILT.glob("*/*/trust-policy.json")]):
        there = folder / file.relative_to(BUILT)
        if not there.is_file() or there.read_bytes() != form(file.read_bytes()):
            return f"{file.relative_to(BUILT)} differs"
        count += 1
    return "" if count else "there are no policies"


def run(command: list[str], env: Mapping[str, str] = {}, cwd: Path = ROOT) -> str:
    """What a command prints; it knows no proxy and no settings of this environment."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    clean |= {"NO_PROXY": "127.0.0.1", "PIP_CONFIG_FILE": os.devnull, "NPM_CONFIG_USERCONFIG": os.devnull}
    done = subprocess.run(command, cwd=cwd, env={**clean, **env}, capture_output=True, text=True, check=True)
    return done.stdout


@contextlib.contextmanager
def served(answers: Mapping[str, bytes]) -> Iterator[str]:
    """A server on loopback with these answers; gives its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = answers.get(urllib.parse.unquote(self.path))
            self.send_response(404 if content is None else 200)
            kind = "text/html" if self.path.endswith("/") else "application/json"
            self.send_header("Content-Type", "application/octet-stream" if "." in self.path else kind)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    sys.exit(main())

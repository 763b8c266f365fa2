"""Publishes dist/ to package indexes on loopback, installs it by the guides, and compares it: `make rehearse`."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters, stdio_client

from sagemaker_roles.canonical import canonical
from terraform_module import escaped

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "build" / "v1" / "next" / "operations"
PAGE = ROOT / "scripts" / "web"
#: pypiserver and uv, and next to them the wheels that it serves: what the wheel needs with all extras.
INDEX = ROOT / "build" / "rehearse"
REGISTRY = ROOT / "tests" / "registry"

#: The CDK as npm packages, which the Python packages carry.
_ASSETS = ("asset_awscli_v1", "asset_node_proxy_agent_v6", "cloud_assembly_schema")
CDK = ("aws_cdk", *(f"aws_cdk.{name}" for name in _ASSETS), "constructs")


def main() -> int:
    """Runs every part; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dist", nargs="?", type=Path, default=ROOT / "dist", help="folder of the files (default: dist)")
    dist: Path = parser.parse_args().dist
    if not (dist / "SHA256SUMS").is_file():
        print(f"rehearse: {dist} is not a distribution; run `make dist` first", file=sys.stderr)
        return 2
    wrong = 0
    for part in (python, npm, terraform):
        with tempfile.TemporaryDirectory(prefix="sagemaker-roles-") as name:
            folder = Path(name)
            shutil.copytree(dist, folder, dirs_exist_ok=True)
            try:
                said = part(folder)
            except subprocess.CalledProcessError as error:
                said = f"{error.cmd} failed:\n{error.stdout}{error.stderr}"
        print(f"{part.__name__}: {said or 'as built'}")
        wrong += bool(said)
    return 1 if wrong else 0


def python(folder: Path) -> str:
    """Uploads wheel and source distribution to pypiserver, and installs by the guide, by name, and with uvx.

    The server for agents starts as the plugin's file says where the guide installed it, and by uvx in one line.
    """
    tools = INDEX / "venv" / "bin"
    (folder / "uploaded").mkdir()
    (folder / "plugin").mkdir()
    command = f"{tools}/pypi-server run -i 127.0.0.1 -p PORT --disable-fallback -a . -P . uploaded {INDEX}/wheels"
    with serving(command, folder) as address:
        index = f"{address}/simple/"
        env = {"PIP_INDEX_URL": index, "PIP_NO_CACHE_DIR": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        env |= {"UV_DEFAULT_INDEX": index, "UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never"}
        env |= {"UV_CACHE_DIR": f"{folder}/cache", "UV_PYTHON": sys.executable, "UV_PUBLISH_URL": address}
        files = "sagemaker_roles-*.whl sagemaker_roles-*.tar.gz"
        run(f"{tools}/uv publish -q -u anyone -p nothing --trusted-publishing never {files}", folder, env)
        guide = (ROOT / "docs" / "guides" / "installation.md").read_text("utf-8")
        extras = re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE)
        (wheel,) = folder.glob("*.whl")
        by_guide = {**env, "PATH": installed(folder / "guide")}
        for line in re.findall(r"^\$ (.+)", guide, re.MULTILINE):
            line = re.sub(r"sagemaker_roles-\d.*\[.*\]", f"{wheel.name}[{','.join(extras)}]", line)
            run(line, folder, by_guide)
        by_name = {**env, "PATH": installed(folder / "name")}
        run("python -m pip install sagemaker-roles", folder, by_name)
        readme = (ROOT / "README.md").read_text("utf-8")
        for line in re.findall(r"^\.venv/bin/(sagemaker-roles .+)", readme, re.MULTILINE):
            if run(line, ROOT, by_name) != run(line, ROOT, {"PATH": f"{Path(sys.executable).parent}:{os.defpath}"}):
                return f"{line} differs"
        run("tar -xzf sagemaker-roles-plugin-*.tar.gz --directory plugin --strip-components 1", folder)
        ((name, server),) = json.loads((folder / "plugin" / ".mcp.json").read_bytes())["mcpServers"].items()
        uvx = [f"{tools}/uvx", "-q", "--from", f"{name}[mcp]", server["command"], *server["args"]]
        plugin = [shutil.which(server["command"], path=by_guide["PATH"]) or "", *server["args"]]
        return asked(plugin, by_guide, folder) or asked(uvx, by_name, folder)


def installed(folder: Path) -> str:
    """Makes an empty environment; gives the path of the programs where it comes first."""
    venv.create(folder, with_pip=True, symlinks=True)
    return f"{folder}/bin:{os.environ['PATH']}"


def asked(command: list[str], env: Mapping[str, str], folder: Path) -> str:
    """Starts a server for agents and compares what it composes with the policies; "" if all are as published."""

    async def ask() -> str:
        server = StdioServerParameters(command=command[0], args=command[1:], env={**CLEAN, **env}, cwd=folder)
        async with Client(stdio_client(server)) as client:
            for policy in sorted(BUILT.glob("*/*/policy.json")):
                operation, role = policy.parts[-3:-1]
                answer = await client.call_tool("compose", {"operation": operation, "role": role})
                roles = (answer.structured_content or {}).get("roles", ())
                if [canonical(one["policy"]) for one in roles] != [policy.read_bytes()]:
                    return f"the server for agents: {operation}/{role} differs {answer.content if not roles else ''}"
        return ""

    return anyio.run(ask)


def npm(folder: Path) -> str:
    """Publishes package, CDK and what both need to verdaccio, and installs by the guide and by name."""
    config = {"storage": "storage", "uplinks": {}, "packages": {"**": {"access": "$all", "publish": "$all"}}}
    config |= {"max_body_size": "500mb", "web": {"enable": False}, "log": {"type": "stdout", "level": "warn"}}
    (folder / "config.yaml").write_text(json.dumps(config))
    program = REGISTRY / "node_modules" / ".bin" / "verdaccio"
    with serving(f"{program} --listen 127.0.0.1:PORT --config config.yaml", folder) as address:
        settings = [f"registry={address}/", f"{address.removeprefix('http:')}/:_authToken=none", "ignore-scripts=true"]
        settings += [f"cache={folder}/cache", "audit=false", "fund=false", "update-notifier=false"]
        (folder / "npmrc").write_text("\n".join(settings))
        env = {"NPM_CONFIG_USERCONFIG": str(folder / "npmrc")}
        lock = json.loads((PAGE / "package-lock.json").read_bytes())["packages"]
        needed = [str(PAGE / path) for path, one in lock.items() if path and not one.get("dev")]
        for one in [*needed, *map(str, map(carried, CDK)), "./sagemaker-roles-[0-9]*.tgz"]:
            run(f"npm publish --access public --tag latest {one}", folder, env)
        guide = (ROOT / "docs" / "guides" / "packages.md").read_text("utf-8")
        (by_file,) = re.findall(r"`(npm install \./.+?)`", guide)
        for name, install in (("file", by_file), ("name", "npm install sagemaker-roles")):
            (folder / name).mkdir()
            shutil.copy(next(folder.glob("*.tgz")), folder / name)
            run("npm init --yes", folder / name, env)
            run(install, folder / name, env)
            if wrong := compared(folder / name / "node_modules/sagemaker-roles/policies", lambda content: content):
                return wrong
        run("npm install aws-cdk-lib constructs", folder / "name", env)
    return construct(folder / "name")


def construct(folder: Path) -> str:
    """Synthesizes the role of every operation, and compares each in the template with the published one."""
    shutil.copy(REGISTRY / "every.mjs", folder)
    run("node every.mjs", folder)
    text = (folder / "out" / "All.template.json").read_text("utf-8")
    for name, example in json.loads(text)["Metadata"].items():
        text = text.replace(example, f"${{{name}}}")
    template = json.loads(text)
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


def carried(package: str) -> Path:
    """The npm package that a Python package carries."""
    # Imported, it starts Node.
    (file,) = Path(sysconfig.get_path("purelib"), *package.split("."), "_jsii").glob("*.tgz")
    return file


def terraform(folder: Path) -> str:
    """Unpacks the module as the guide says, and compares its templates with the policies."""
    run("tar -xzf sagemaker-roles-terraform-*.tar.gz", folder)
    return compared(folder / "sagemaker-roles-terraform" / "data", escaped)


def compared(folder: Path, form: Any) -> str:
    """The first policy of a folder that is not the published one, in the form of the folder; "" if all are."""
    count = 0
    for file in sorted([*BUILT.glob("*/*/policy.json"), *BUILT.glob("*/*/trust-policy.json")]):
        there = folder / file.relative_to(BUILT)
        if not there.is_file() or there.read_bytes() != form(file.read_bytes()):
            return f"{file.relative_to(BUILT)} differs"
        count += 1
    return "" if count else "there are no policies"


#: What a command knows of this environment: no proxy, and no settings of pip and npm.
CLEAN = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
CLEAN |= {"NO_PROXY": "127.0.0.1", "PIP_CONFIG_FILE": os.devnull, "NPM_CONFIG_USERCONFIG": os.devnull}


def run(command: str, cwd: Path, env: Mapping[str, str] = {}) -> str:
    """What a command of the shell prints."""
    shell = ["bash", "-c", command]
    return subprocess.run(shell, cwd=cwd, env={**CLEAN, **env}, capture_output=True, text=True, check=True).stdout


@contextlib.contextmanager
def serving(command: str, folder: Path) -> Iterator[str]:
    """Runs a server on a free port of loopback, which stands for PORT, until the block ends; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = folder / "server.log"
    with log.open("wb") as output:
        shell = ["bash", "-c", f"exec {command.replace('PORT', str(port))}"]
        server = subprocess.Popen(shell, cwd=folder, env=CLEAN, stdout=output, stderr=output)
    try:
        while not _listens(port):
            if server.poll() is not None:
                raise subprocess.CalledProcessError(server.returncode, command, log.read_text("utf-8"))
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    sys.exit(main())

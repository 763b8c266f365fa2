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
import tarfile
import tempfile
import threading
import urllib.parse
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from npm_package import archive
from terraform_module import escaped

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "build" / "v1" / "next" / "operations"
MODULES = ROOT / "scripts" / "page" / "node_modules"


def main() -> int:
    """Runs every part; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dist", nargs="?", type=Path, default=ROOT / "dist", help="folder of the files (default: dist)")
    dist: Path = parser.parse_args().dist
    wrong = 0
    for part, pattern in (
        (python, "*.whl"),
        (npm, "*.tgz"),
        (terraform, "*-terraform-*.gz"),
        (plugin, "*-plugin-*.gz"),
    ):
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
        run(
            [
                *pip,
                "install",
                "-q",
                "--no-deps",
                "--no-cache-dir",
                "--index-url",
                f"{address}/simple/",
                "sagemaker-roles",
            ]
        )
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
    """Installs the package by its name from a registry; what it depends on is packed out of node_modules."""
    files: dict[str, bytes] = {"sagemaker-roles": tarball.read_bytes()}
    left = ["sagemaker-roles"]
    about: dict[str, Any] = {}
    while left:
        name = left.pop()
        if name not in files:
            inside = MODULES / name
            members = [path for path in inside.rglob("*") if path.is_file()]
            files[name] = archive("package", ((str(one.relative_to(inside)), one.read_bytes()) for one in members), 0)
        about[name] = manifest(files[name])
        left += set(about[name].get("dependencies", {})) - set(about)
    answers = {f"/{name}.tgz": content for name, content in files.items()}
    with served(answers) as address:
        for name, one in about.items():
            version = {**one, "dist": {"tarball": f"{address}/{name}.tgz"}}
            packument = {"name": name, "dist-tags": {"latest": one["version"]}, "versions": {one["version"]: version}}
            answers[f"/{name}"] = json.dumps(packument).encode()
        (folder / "package.json").write_text("{}")
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit=peer", f"--cache={folder}/cache"]
        run(["npm", "install", *options, f"--registry={address}/", "sagemaker-roles"], cwd=folder)
    return compared(folder / "node_modules" / "sagemaker-roles" / "policies", lambda content: content)


def manifest(tarball: bytes) -> dict[str, Any]:
    """package.json of a package."""
    with tarfile.open(fileobj=io.BytesIO(tarball)) as tar:
        content = tar.extractfile("package/package.json")
        value: dict[str, Any] = json.load(content) if content else {}
    return value


def terraform(module: Path, folder: Path) -> str:
    """Unpacks the module and compares its templates with the policies."""
    with tarfile.open(module) as tar:
        tar.extractall(folder, filter="data")
    return compared(folder / "sagemaker-roles-terraform" / "data", escaped)


def plugin(file: Path, folder: Path) -> str:
    """Unpacks the plugin and reads its parts."""
    with tarfile.open(file) as tar:
        tar.extractall(folder, filter="data")
    top = folder / "sagemaker-roles"
    market = json.loads((top / ".claude-plugin" / "marketplace.json").read_bytes())
    about = json.loads((top / ".claude-plugin" / "plugin.json").read_bytes())
    skill = top / "skills" / "sagemaker-roles" / "SKILL.md"
    server = json.loads((top / ".mcp.json").read_bytes())["mcpServers"]
    right = (
        [one["name"] for one in market["plugins"]] == [about["name"]] and skill.is_file() and about["name"] in server
    )
    return "" if right else "the parts do not name each other"


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

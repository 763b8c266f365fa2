"""Makes the npm package: the page's engine as an ES module with types, the catalog, and the policy files."""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sagemaker_roles.archives import files
from sagemaker_roles.catalog.compiling import compiled_files
from sagemaker_roles.numbering import checkout_built, checkout_version

FOLDER = Path("scripts", "composer", "npm")


class NpmError(RuntimeError):
    """What keeps the package from being made; the message says what to do."""


def semver(version: str) -> str:
    """A version of PEP 440 as npm has it: ``1.0.1.dev0`` is ``1.0.1-dev.0``."""
    return re.sub(r"\.dev([0-9]+)$", r"-dev.\1", version)


def pack(root: Path, out: Path, epoch: int) -> Path:
    """Writes ``sagemaker-roles-VERSION.tgz`` into a folder.

    Args:
        root: the checkout.
        out: the folder.
        epoch: seconds since 1970 that the files are dated.

    Raises:
        NpmError: node or its packages are missing, or the catalog was not built.
    """
    built = files(checkout_built(root))
    if "catalog.json" not in built:
        raise NpmError("build/v1/next/catalog.json is missing; run `make build` first")
    version = semver(checkout_version(root))
    file = out / f"sagemaker-roles-{version}.tgz"
    with io.BytesIO() as raw:
        with gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
            for name, content in sorted(_files(root, built, version)):
                member = tarfile.TarInfo(f"package/{name}")
                member.size, member.mtime, member.mode = len(content), epoch, 0o644
                archive.addfile(member, io.BytesIO(content))
        file.write_bytes(raw.getvalue())
    return file


def _files(root: Path, built: Mapping[str, bytes], version: str) -> Iterator[tuple[str, bytes]]:
    data = json.loads(built["catalog.json"])
    yield "package.json", json.dumps(_about(version), indent=2).encode("ascii") + b"\n"
    yield "data.json", json.dumps(_data(data), separators=(",", ":")).encode("ascii")
    yield "catalog.json", built["catalog.json"]
    yield "index.js", _bundle(root)
    for name in ("index.d.ts", "README.md"):
        yield name, (root / FOLDER / name).read_bytes()
    yield "LICENSE", (root / "LICENSE").read_bytes()
    yield "NOTICE.txt", (root / FOLDER.parent / "NOTICE.txt").read_bytes()
    for path, content in built.items():
        if path.startswith("operations/"):
            yield path.replace("operations", "policies", 1), content


def _data(data: dict[str, Any]) -> dict[str, Any]:
    """The compiled catalog in one value, without what only the command's audit and policies of readers need."""
    files = {name.removesuffix(".json"): json.loads(content) for name, content in compiled_files(data)}
    for name in ("audit", "readers"):
        files.pop(name, None)
    index, late = files.pop("index"), files.pop("late")
    return {"index": index, "late": late, "operations": files}


def _about(version: str) -> dict[str, Any]:
    return {
        "name": "sagemaker-roles",
        "version": version,
        "description": "What the IAM roles of Amazon SageMaker need: policies, a composer, and a review of roles.",
        "license": "Apache-2.0",
        "type": "module",
        "engines": {"node": ">=20.10"},
        "main": "./index.js",
        "types": "./index.d.ts",
        "exports": {
            ".": {"types": "./index.d.ts", "default": "./index.js"},
            "./catalog.json": "./catalog.json",
            "./policies/*": "./policies/*",
            "./package.json": "./package.json",
        },
        "sideEffects": False,
        "keywords": ["aws", "sagemaker", "iam", "execution-role", "least-privilege"],
    }


def _bundle(root: Path) -> bytes:
    node = shutil.which("node")
    if node is None:
        raise NpmError("node is missing: install Node.js 20.10 or newer")
    if not (root / FOLDER.parent / "node_modules").is_dir():
        raise NpmError("esbuild is missing; run `make dist`, which installs it")
    with tempfile.TemporaryDirectory(prefix="sagemaker-roles-") as folder:
        command = [node, str(root / FOLDER / "build.mjs"), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NpmError(f"esbuild failed\n{done.stderr}".rstrip())
        return Path(folder, "index.js").read_bytes()

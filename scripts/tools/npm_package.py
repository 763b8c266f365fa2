"""Makes the npm package: the policies as data with types, the package itself as an engine, and the published files."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine import engine
from kb.publish.archives import files
from sagemaker_roles.version import checkout_built, checkout_version

FOLDER = Path("scripts", "web", "npm")


def semver(version: str) -> str:
    """A version of PEP 440 as npm has it: ``1.0.1.dev0`` is ``1.0.1-dev.0``."""
    return re.sub(r"\.dev([0-9]+)$", r"-dev.\1", version)


def packed(file: Path, folder: str, files: Iterable[tuple[str, bytes]], epoch: int) -> Path:
    """Writes files as a .tar.gz with one folder, the same bytes wherever it is made; gives its place.

    Args:
        epoch: seconds since 1970 that the files are dated.
    """
    with (
        file.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, mtime=0) as packing,
        tarfile.open(fileobj=packing, mode="w") as tar,
    ):
        for name, content in sorted(files):
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size, member.mtime, member.mode = len(content), epoch, 0o644
            tar.addfile(member, io.BytesIO(content))
    return file


def content(root: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the package.

    Raises:
        EngineError: node or Pyodide is missing.
    """
    built, version = files(checkout_built(root)), semver(checkout_version(root))
    published = json.loads(built["catalog.json"])
    data = _data(built, published["data_version"])
    yield "package.json", json.dumps(_about(root, version), indent=2).encode("ascii") + b"\n"
    yield "data.json", json.dumps(data, separators=(",", ":")).encode("ascii")
    yield "operations.d.ts", _types(data).encode("ascii")
    yield "catalog.json", built["catalog.json"]
    for file in sorted((root / FOLDER).iterdir()):
        yield file.name, file.read_bytes()
    yield "start.js", (root / FOLDER.parent / "engine.js").read_bytes()
    made = engine(root, published, built["actions.json"])
    for name in ("actions.json", "engine.zip", "managed.json", "nothing.zip", "snapshot.bin"):
        yield name, (made / name).read_bytes()
    yield "LICENSE", (root / "LICENSE").read_bytes()
    yield "NOTICE.txt", (root / FOLDER.parent / "NOTICE.txt").read_bytes()
    for path, policy in built.items():
        if path.startswith("operations/"):
            yield path.replace("operations", "policies", 1), policy


def _data(built: Mapping[str, bytes], name: str) -> dict[str, Any]:
    """The policies of each operation's roles and caller, with the patches of their add-ons and their placeholders."""
    records = sorted(path for path in built if path.endswith("/operation.json"))
    return {"version": name, "operations": {path.split("/")[1]: _operation(built, path) for path in records}}


def _operation(built: Mapping[str, bytes], path: str) -> dict[str, Any]:
    record = json.loads(built[path])
    caller = record.get("caller")
    return {one["id"]: _grantee(built, one) for one in (*record["roles"], *([caller] if caller else []))}


def _grantee(built: Mapping[str, bytes], one: Mapping[str, Any]) -> dict[str, Any]:
    def read(path: str) -> Any:
        return json.loads(built[path])

    links = {"policy": "patch", "trust": "trust_patch"}
    return {
        "policy": read(one["links"]["policy"]),
        "trust": read(one["links"]["trust_policy"]) if "trust_policy" in one["links"] else None,
        "addons": {
            addon["id"]: {part: read(addon["links"][link]) for part, link in links.items() if addon["links"].get(link)}
            for addon in one["addons"]
        },
        "placeholders": {
            item["name"]: {name: item[name] for name in ("meaning", "pattern", "example")}
            for item in one["placeholders"]
        },
    }


def _types(data: Mapping[str, Any]) -> str:
    """The names of operations, roles and add-ons, as TypeScript knows them."""
    lines = ["/** Each operation with its roles, and of each role the add-ons. */", "export interface Operations {"]
    for name, grantees in data["operations"].items():
        roles = (
            f"{json.dumps(role)}: {' | '.join(map(json.dumps, one['addons'])) or 'never'}"
            for role, one in grantees.items()
        )
        lines.append(f"  {json.dumps(name)}: {{ {'; '.join(roles)} }};")
    return "\n".join([*lines, "}", ""])


def _about(root: Path, version: str) -> dict[str, Any]:
    server, repository = (os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY"))
    entries = {".": "index", "./engine": "engine", "./cdk": "cdk"}
    return {
        "name": "sagemaker-roles",
        "version": version,
        "description": "What the IAM roles of Amazon SageMaker need: policies as data, and the package as an engine.",
        "license": "Apache-2.0",
        # npm compares it with the workflow that signs the provenance; elsewhere no repository is known.
        **({"repository": {"type": "git", "url": f"git+{server}/{repository}.git"}} if repository else {}),
        "type": "module",
        "engines": {"node": ">=20.10"},
        "main": "./index.js",
        "bin": {"sagemaker-roles": "command.js"},
        "types": "./index.d.ts",
        "exports": {
            **{name: {"types": f"./{file}.d.ts", "default": f"./{file}.js"} for name, file in entries.items()},
            **{name: name for name in ("./actions.json", "./catalog.json")},
            "./policies/*": "./policies/*",
            "./package.json": "./package.json",
        },
        "dependencies": json.loads((root / FOLDER.parent / "package.json").read_bytes())["dependencies"],
        # Only the construct for the CDK needs these.
        "peerDependencies": {"aws-cdk-lib": "^2.170.0", "constructs": "^10.0.0"},
        "peerDependenciesMeta": {name: {"optional": True} for name in ("aws-cdk-lib", "constructs")},
        "sideEffects": False,
        "keywords": ["aws", "sagemaker", "iam", "execution-role", "least-privilege"],
    }

"""Makes the engine: the package in Pyodide with a snapshot, as files for the page and the npm package."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from kb.publish.compiled_catalog import compiled_files, managed_file
from kb.site.published import Published
from sagemaker_roles.catalog import ACTIONS
from sagemaker_roles.files import writing
from sagemaker_roles.version import BUILT, checkout_version

PAGE = Path("scripts", "web")
RUNTIME = PAGE / "node_modules" / "pyodide"

#: The files of Pyodide that run: its loader, its runtime, and the standard library for a start without the snapshot.
FROM_PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
#: What the package needs at run time, all of it Python.
LIBRARIES = ("jmespath", "jsonpatch", "jsonpointer", "PyYAML")
#: Parts of the package that need a file system, a network, a terminal or other libraries.
LEFT_OUT = frozenset(["__main__.py", "cli", "extras"])
#: What the snapshot has answered, so that the first calls find their parts of the catalog made. None of it needs a file
#: that comes late.
ASKED = (
    {"do": "kind", "text": "Unable to locate credentials"},
    {
        "do": "compose",
        "operation": "CreateTrainingJob",
        "shown": True,
        "lenient": "changed",
        "companions": "companions",
    },
    {"do": "explain", "message": "Unable to locate credentials", "shown": True},
)


class EngineError(RuntimeError):
    """What keeps the engine from being made; the message says what to do."""


def engine(root: Path, catalog: Mapping[str, Any], actions: bytes) -> Path:
    """The folder of the engine for a catalog and the file of AWS's actions, made unless it is there.

    Its name is the digest of what it is made of. Two processes may ask at once. What few calls need is beside the
    engine, which reads it when it needs it.

    Raises:
        EngineError: node or Pyodide is missing, or the snapshot cannot be made.
    """
    runtime = root / RUNTIME
    if not (runtime / "pyodide.mjs").is_file():
        raise EngineError("Pyodide is missing; run `make site` or `make dist`, which installs it")
    archive, late = _archive(root, catalog), dict([(ACTIONS, actions), managed_file(root / "data")])
    own = [(root / PAGE / name).read_bytes() for name in ("engine.js", "snapshot.mjs", "pack.py", "package-lock.json")]
    digest = hashlib.sha256(
        b"".join(hashlib.sha256(one).digest() for one in (archive, *late.values(), *own))
    ).hexdigest()[:16]
    target = root / "build" / "engine" / digest
    if target.is_dir():
        return target
    with writing.hidden_folder(target) as folder:
        for name in FROM_PYODIDE:
            shutil.copyfile(runtime / name, folder / name)
        shutil.copyfile(root / PAGE / "NOTICE.txt", folder / "NOTICE.txt")
        for name, content in late.items():
            (folder / name).write_bytes(content)
        with zipfile.ZipFile(folder / "nothing.zip", "w"):
            pass
        _run(root, archive, folder)
        snapshot = folder / "snapshot.bin"
        snapshot.write_bytes(gzip.compress(snapshot.read_bytes(), 9, mtime=0))
        try:
            folder.replace(target)
        except OSError:
            if not target.is_dir():  # else another process was quicker
                raise
    for other in target.parent.iterdir():
        if other != target and not other.name.startswith("."):
            shutil.rmtree(other, ignore_errors=True)
    return target


def _archive(root: Path, catalog: Mapping[str, Any]) -> bytes:
    """The package, its compiled catalog and its libraries, the same bytes wherever it is made."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(_members(root, catalog)):
            member = zipfile.ZipInfo(name)
            member.external_attr, member.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return raw.getvalue()


def _members(root: Path, catalog: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    package = root / "scripts" / "sagemaker_roles"
    for file in package.rglob("*"):
        path = file.relative_to(package)
        if file.suffix in (".py", ".json") and path.parts[0] not in LEFT_OUT and "compiled" not in path.parts:
            yield f"sagemaker_roles/{path.as_posix()}", file.read_bytes()
    yield f"sagemaker_roles/{BUILT}", f"{checkout_version(root)}\n".encode("ascii")
    for name, content in compiled_files(catalog):
        yield f"sagemaker_roles/compiled/{name}", content
    yield "engine_boot.py", (root / PAGE / "boot.py").read_bytes()
    for library in LIBRARIES:
        distribution = metadata.distribution(library)
        for listed in distribution.files or ():
            if listed.suffix == ".py" and ".." not in listed.parts:
                yield listed.as_posix(), Path(str(distribution.locate_file(listed))).read_bytes()


def _run(root: Path, source: bytes, out: Path) -> None:
    """Writes ``engine.zip`` and ``snapshot.bin`` into a folder."""
    node = shutil.which("node")
    if node is None:
        raise EngineError("node is missing: install Node.js 20.10 or newer")
    with tempfile.TemporaryDirectory(prefix="sagemaker-roles-") as folder:
        archive, calls = Path(folder, "source.zip"), Path(folder, "calls.json")
        archive.write_bytes(source)
        calls.write_text(json.dumps([json.dumps(one) for one in ASKED]), "ascii")
        command = [node, *map(str, (root / PAGE / "snapshot.mjs", archive, root / RUNTIME, calls, out))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EngineError(f"the snapshot cannot be made\n{done.stdout}{done.stderr}".rstrip())


if __name__ == "__main__":
    here = Path(__file__).resolve().parents[2]
    try:
        published = Published(here / "build" / "v1", os.environ.get("SITE_VERSION") or "next")
        print(engine(here, published.catalog, published.text(ACTIONS).encode("ascii")))
    except EngineError as error:
        sys.exit(f"engine: {error}")

"""check-jsonschema, a tool that consumers use, takes the published schemas and every published file, offline."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import ROOT, drawn, schema_of

VERSIONS = ROOT / "build" / "v1"
SCHEMAS = sorted(file.name for file in (VERSIONS / "schema").glob("*.json"))

#: Files by the schema they have: of every version, and what lies beside the versions.
FILES: dict[str, list[Path]] = {name: [] for name in SCHEMAS}
for _file in sorted(VERSIONS.rglob("*.json")):
    if _file.parent != VERSIONS / "schema" and not _file.relative_to(VERSIONS).parts[0].startswith("."):
        FILES.setdefault(schema_of(_file.name), []).append(_file)


def check(*arguments: str | Path, schemas: Path = VERSIONS / "schema") -> subprocess.CompletedProcess[str]:
    """Runs the tool in the folder of the schemas, against which it resolves their relative ids; no host answers it."""
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    command = [sys.executable, "-m", "check_jsonschema", *arguments]
    env = {**os.environ, **nowhere, "HOME": "/nonexistent"}
    return subprocess.run(command, cwd=schemas, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_the_schemas_are_schemas() -> None:
    done = check("--check-metaschema", *SCHEMAS)
    assert (done.returncode, done.stdout) == (0, "ok -- validation done\n"), done.stdout + done.stderr


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_file_of_a_kind_is_valid(name: str) -> None:
    """All are validated by tests/test_artifact_schemas.py, in one process."""
    if paths := [os.path.relpath(file, VERSIONS / "schema") for file in drawn(FILES[name], 20)]:
        done = check("--schemafile", name, *paths)
        assert done.returncode == 0, f"{done.stdout[:2000]}\n{done.stderr[:2000]}"


def test_a_copy_of_the_schemas_works_anywhere(tmp_path: Path) -> None:
    shutil.copytree(VERSIONS / "schema", tmp_path / "copy")
    file = FILES["patch.schema.json"][0]
    assert check("--schemafile", "patch.schema.json", file, schemas=tmp_path / "copy").returncode == 0
    (tmp_path / "broken.json").write_text(json.dumps([{"op": "remove", "path": ""}]))
    broken = check("--schemafile", "patch.schema.json", tmp_path / "broken.json", schemas=tmp_path / "copy")
    assert (broken.returncode, "broken.json::" in broken.stdout) == (1, True)
    (tmp_path / "copy" / "policy.schema.json").unlink()
    alone = check("--schemafile", "patch.schema.json", file, schemas=tmp_path / "copy")
    assert alone.returncode == 1, "the schema it refers to is taken from beside it"


def test_the_guide_shows_how() -> None:
    """Runs what docs/guides/consume-json.md says, where v1 lies."""
    guide = (ROOT / "docs" / "guides" / "consume-json.md").read_text("utf-8")
    line = next(line for line in guide.splitlines() if "check-jsonschema" in line and "v1/schema" in line)
    done = subprocess.run(
        ["sh", "-euc", line],
        cwd=VERSIONS.parent,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "ok -- validation done\n"), done.stdout + done.stderr

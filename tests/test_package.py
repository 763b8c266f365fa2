"""The wheel: it carries the compiled catalog, and what is installed from it works without a checkout."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from kb.publish import archives
from sagemaker_roles import __version__
from sagemaker_roles.version import checkout_built, checkout_version, package_version
from support import ROOT, git, run


def test_the_wheel_carries_the_catalog_and_nothing_of_the_build(wheel: Path) -> None:
    assert wheel.name == f"sagemaker_roles-{__version__}-py3-none-any.whl"
    names = zipfile.ZipFile(wheel).namelist()
    catalog = zipfile.ZipFile(wheel).read("sagemaker_roles/catalog.json")
    assert catalog == archives.file(checkout_built(ROOT), "catalog.json")
    assert {"sagemaker_roles/cli/main.py", "sagemaker_roles/compiled/index.json", "sagemaker_roles/py.typed"} <= set(
        names
    )
    actions = zipfile.ZipFile(wheel).read("sagemaker_roles/compiled/actions.json")
    assert hashlib.sha256(actions).hexdigest() == json.loads(catalog)["actions"]
    managed = json.loads(zipfile.ZipFile(wheel).read("sagemaker_roles/compiled/managed.json"))["managed_documents"]
    assert sorted(managed) == sorted(file.stem for file in (ROOT / "data" / "aws/managed-documents").iterdir())
    assert not [name for name in names if name.endswith((".yaml", ".pyc"))]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_what_is_installed_works_without_a_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")  # noqa: S202 - our own
    done = run("show", "CreateTrainingJob", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "site")})
    expected = ROOT / "build" / "v1" / "next" / "operations" / "CreateTrainingJob" / "execution" / "policy.json"
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.encode() == expected.read_bytes()


def test_one_number(tmp_path: Path) -> None:
    """The tagged commit of a release is that release; before, after and with changes it is a development version."""
    builds = tmp_path / "build" / "v1"
    builds.mkdir(parents=True)
    assert checkout_version(tmp_path) == "0.0.0.dev0"
    (builds / "versions.json").write_text('{"latest": "1.9.0"}')
    assert checkout_version(tmp_path) == "1.9.1.dev0", "no history"
    git("init", "--quiet", cwd=tmp_path)
    git("add", "--all", cwd=tmp_path)
    git("commit", "--quiet", "--message=Version 1.9.0", cwd=tmp_path)
    git("tag", "v1.8.0", cwd=tmp_path)
    assert checkout_version(tmp_path) == "1.9.1.dev0", "not tagged yet"
    git("tag", "v1.9.0", cwd=tmp_path)
    assert checkout_version(tmp_path) == "1.9.0"
    assert checkout_built(tmp_path) == builds / "releases" / "1.9.0.tar.xz"
    (tmp_path / "scripts" / "sagemaker_roles").mkdir(parents=True)
    assert package_version(tmp_path / "scripts" / "sagemaker_roles") == "1.9.0"
    (builds / "versions.json").write_text('{"latest":  "1.9.0"}')
    assert checkout_version(tmp_path) == "1.9.1.dev0", "a changed file"
    git("commit", "--quiet", "--all", "--message=More", cwd=tmp_path)
    assert checkout_version(tmp_path) == "1.9.1.dev0", "a later commit"
    assert checkout_built(tmp_path) == builds / "next"
    (builds / "versions.json").write_text('{"latest": "$(touch x)"}')
    assert checkout_version(tmp_path) == "0.0.0.dev0"


@pytest.mark.parametrize("tag", ["", "v1.0.0"])
def test_what_a_distribution_of_a_release_carries(tmp_path: Path, tag: str) -> None:
    """A wheel of the tagged commit has the release's number and catalog; so has one out of its source distribution."""
    root = tmp_path / "checkout"
    own = ("__init__", "canonical", "errors/__init__", "version", "iam/__init__", "iam/arn_parts")
    catalog_of = (f"catalog/{name}" for name in ("__init__", "operation_names", "model", "stored", "entries"))
    packages = [f"sagemaker_roles/{one}" for one in (*own, *catalog_of)]
    published = ("publish/__init__", "publish/archives", "publish/compiled_catalog")
    packages += [f"kb/{one}" for one in ("__init__", "records/__init__", "records/locations", *published)]
    files = (
        "pyproject.toml",
        "scripts/hatch_build.py",
        "README.md",
        "LICENSE",
        "data/aws/managed-documents/DataScientist.json",
    )
    for name in (*files, *(f"scripts/{one}.py" for one in packages)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes((ROOT / name).read_bytes())
    empty: dict[str, Any] = {
        key: {} for key in ("reference", "partitions", "moved", "operations", "statements", "trust", "sources")
    }
    form = {"id": "name", "title": "a name", "pattern": "[a-z]+", "examples": ["role"]}
    kind = {"id": "iam-role", "title": "a role", "max_length": 64, "fields": {}, "forms": [form]}
    empty |= {
        "schema_version": "1.0.0",
        "actions": "",
        "resources": {"iam-role": kind},
        "shapes": {"inputs": {}, "types": {}},
    }
    (root / "build" / "v1" / "next").mkdir(parents=True)
    (root / "build" / "v1" / "next" / "catalog.json").write_text(json.dumps({**empty, "data_version": "next"}))
    (root / "build" / "v1" / "next" / "actions.json").write_text('"next"')
    (root / "build" / "v1" / "releases").mkdir()
    catalog = json.dumps({**empty, "data_version": "1.0.0"}).encode()
    packed = archives.packed({"catalog.json": catalog, "actions.json": b'"1.0.0"'})
    archives.place(root / "build" / "v1", "1.0.0").write_bytes(packed)
    entry = {"version": "1.0.0", "archive_sha256": hashlib.sha256(packed).hexdigest()}
    (root / "build" / "v1" / "versions.json").write_text(json.dumps({"latest": "1.0.0", "versions": [entry]}))
    git("init", "--quiet", cwd=root)
    git("add", "--all", cwd=root)
    git("commit", "--quiet", "--message=All", cwd=root)
    if tag:
        git("tag", tag, cwd=root)
    version, carried = ("1.0.0", "1.0.0") if tag else ("1.0.1.dev0", "next")
    build = [sys.executable, "-m", "hatchling", "build"]
    subprocess.run(
        [*build, "-t", "wheel", "-t", "sdist", "-d", tmp_path / "one"], cwd=root, capture_output=True, check=True
    )
    unpacked = tmp_path / f"sagemaker_roles-{version}"
    with tarfile.open(tmp_path / "one" / f"sagemaker_roles-{version}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    subprocess.run([*build, "-t", "wheel", "-d", tmp_path / "two"], cwd=unpacked, check=True)
    name = f"sagemaker_roles-{version}-py3-none-any.whl"
    for wheel in (tmp_path / "one" / name, tmp_path / "two" / name):
        with zipfile.ZipFile(wheel) as archive:
            for file in ("catalog.json", "compiled/index.json"):
                assert json.loads(archive.read(f"sagemaker_roles/{file}"))["data_version"] == carried
            assert json.loads(archive.read("sagemaker_roles/compiled/actions.json")) == carried
            managed = json.loads(archive.read("sagemaker_roles/compiled/managed.json"))
            assert [*managed["managed_documents"]] == ["DataScientist"]
            assert archive.read("sagemaker_roles/version.txt").decode() == f"{version}\n"


def test_an_editable_install_needs_no_build(tmp_path: Path) -> None:
    """A clone whose output was lost can still set itself up."""
    package = tmp_path / "scripts" / "sagemaker_roles"
    package.mkdir(parents=True)
    for name in ("pyproject.toml", "scripts/hatch_build.py", "README.md", "LICENSE"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "scripts" / "kb" / "publish").mkdir(parents=True)
    own = ("sagemaker_roles/__init__.py", "sagemaker_roles/version.py", "kb/__init__.py", "kb/publish/__init__.py")
    for name in (*own, "kb/publish/archives.py"):
        (tmp_path / "scripts" / name).write_bytes((ROOT / "scripts" / name).read_bytes())
    code = "import hatchling.build as b, sys; print(b.build_editable(sys.argv[1]))"
    out = tmp_path / "out"
    done = subprocess.run([sys.executable, "-c", code, out], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    command = [sys.executable, "-c", code.replace("build_editable", "build_wheel"), out]
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "run `make build` before making a wheel" in refused.stderr

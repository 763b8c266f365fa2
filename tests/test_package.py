"""The wheel: it carries the compiled catalog, and what is installed from it works without a checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from sagemaker_roles import __version__
from support import ROOT, run


def test_the_wheel_carries_the_catalog_and_nothing_of_the_build(wheel: Path) -> None:
    assert wheel.name == f"sagemaker_roles-{__version__}-py3-none-any.whl"
    names = zipfile.ZipFile(wheel).namelist()
    catalog = zipfile.ZipFile(wheel).read("sagemaker_roles/catalog.json")
    assert catalog == (ROOT / "build" / "v1" / "next" / "catalog.json").read_bytes()
    assert {"sagemaker_roles/cli/main.py", "sagemaker_roles/py.typed"} <= set(names)
    assert not [name for name in names if name.endswith((".yaml", ".pyc"))]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_what_is_installed_works_without_a_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    done = run("show", "CreateTrainingJob", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "site")})
    expected = ROOT / "build" / "v1" / "next" / "operations" / "CreateTrainingJob" / "execution" / "policy.json"
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.encode() == expected.read_bytes()


def test_an_editable_install_needs_no_build(tmp_path: Path) -> None:
    """A clone whose output was lost can still set itself up."""
    package = tmp_path / "scripts" / "sagemaker_roles"
    package.mkdir(parents=True)
    for name in ("pyproject.toml", "scripts/hatch_build.py", "README.md", "LICENSE"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (package / "__init__.py").write_bytes((ROOT / "scripts" / "sagemaker_roles" / "__init__.py").read_bytes())
    code = "import hatchling.build as b, sys; print(b.build_editable(sys.argv[1]))"
    out = tmp_path / "out"
    done = subprocess.run([sys.executable, "-c", code, out], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    refused = subprocess.run(
        [sys.executable, "-c", code.replace("build_editable", "build_wheel"), out],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "run `make build` before making a wheel" in refused.stderr

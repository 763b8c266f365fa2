"""`make dist`: the same bytes wherever it runs, and an SBOM, checksums and types that hold."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import dist as distribution
from kb.publish import archives
from npm_package import semver
from sagemaker_roles import __version__
from sagemaker_roles.version import checkout_built
from support import DEPENDENCIES, ROOT, git

STEM = f"sagemaker_roles-{__version__}"
WHEEL = f"{STEM}-py3-none-any.whl"
NPM = f"sagemaker-roles-{semver(__version__)}.tgz"
TERRAFORM = f"sagemaker-roles-terraform-{__version__}.tar.gz"
PLUGIN = f"sagemaker-roles-plugin-{__version__}.tar.gz"
#: One process has the distributions that all tests here look at.
pytestmark = pytest.mark.xdist_group("dist")

NAMES = [NPM, PLUGIN, TERRAFORM, WHEEL, f"{STEM}.cdx.json", f"{STEM}.tar.gz", "SHA256SUMS"]


def dist(root: Path, *arguments: str | Path, umask: str = "022", **env: str) -> subprocess.CompletedProcess[str]:
    """Runs dist.py of a checkout; `SOURCE_DATE_EPOCH` is only what is given."""
    clean = {name: value for name, value in os.environ.items() if name not in ("SOURCE_DATE_EPOCH", "PYTHONPATH")}
    script = root / "scripts" / "tools" / "dist.py"
    command = ["sh", "-c", 'umask "$1"; shift; exec "$@"', "sh", umask, sys.executable, script]
    return subprocess.run(
        [*command, *arguments], cwd="/", env={**clean, **env}, capture_output=True, text=True, check=False, timeout=600
    )


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def epoch() -> str:
    return git("log", "-1", "--format=%ct").strip()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution of this checkout, dated as its last commit."""
    out = tmp_path_factory.mktemp("made") / "dist"
    done = dist(ROOT, "--allow-dirty", "--out", out)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(out / name) for name in NAMES]
    return out


def commit_all(folder: Path) -> None:
    """Makes a repository of the folder, with one commit of all files."""
    git("init", "-q", cwd=folder)
    git("add", "-A", cwd=folder)
    git("commit", "-q", "-m", "All", cwd=folder)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of this checkout in another folder, newer and in another order, without git."""
    folder = tmp_path_factory.mktemp("elsewhere") / "copy"
    tracked = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in sorted({name for name in tracked if name and (ROOT / name).is_file()}, reverse=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    # Git ignores the packages of the page and the collections of the next version, which `make build` makes.
    for made in (Path("scripts", "web", "node_modules"), Path("build", "v1", "next")):
        shutil.copytree(ROOT / made, folder / made, symlinks=True, dirs_exist_ok=True)
    if "dev" not in __version__:  # a release is known by its tag
        commit_all(folder)
        git("tag", f"v{__version__}", cwd=folder)
    return folder


def test_the_bytes_are_the_same_elsewhere(made: Path, copy: Path, epoch: str, tmp_path: Path) -> None:
    out = tmp_path / "dist"
    out.mkdir()
    (out / "sagemaker_roles-0.0.1.tar.gz").write_text("old")
    (out / "SHA256SUMS").write_text(f"{'0' * 64}  sagemaker_roles-0.0.1.tar.gz\n")
    env = {"TZ": "Asia/Kolkata", "LC_ALL": "C", "PYTHONHASHSEED": "7", "HOME": str(tmp_path)}
    done = dist(copy, "--out", out, umask="077", SOURCE_DATE_EPOCH=epoch, **env)
    assert done.returncode == 0, done.stderr
    assert files(out) == files(made), "files of another version that it made are removed"
    assert sorted(files(made)) == sorted(NAMES)


def test_the_source_distribution_builds_the_same_wheel(made: Path, epoch: str, tmp_path: Path) -> None:
    with tarfile.open(made / f"{STEM}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "out"]
    env = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
    subprocess.run(command, cwd=tmp_path / STEM, env=env, capture_output=True, check=True)
    assert (tmp_path / "out" / WHEEL).read_bytes() == (made / WHEEL).read_bytes()


def test_the_checksums_are_those_of_the_files(made: Path, tmp_path: Path) -> None:
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(check, cwd=made, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()) == (0, [f"{name}: OK" for name in NAMES[:-1]])
    shutil.copytree(made, tmp_path / "dist")
    with (tmp_path / "dist" / WHEEL).open("ab") as wheel:
        wheel.write(b"\n")
    done = subprocess.run(check, cwd=tmp_path / "dist", capture_output=True, text=True, check=False)
    assert (done.returncode, f"{WHEEL}: FAILED" in done.stdout) == (1, True)


# --- the software bill of materials ---------------------------------------------------------------------------------


def test_the_sbom_says_what_an_installation_brings(made: Path, epoch: str) -> None:
    bom = json.loads((made / f"{STEM}.cdx.json").read_bytes())
    assert (bom["bomFormat"], bom["specVersion"], bom["version"]) == ("CycloneDX", "1.6", 1)
    found = {item["name"]: item for item in bom["components"]}
    assert set(found) == DEPENDENCIES
    refs = [item["ref"] for item in bom["dependencies"]]
    assert refs == sorted({item["bom-ref"] for item in (bom["metadata"]["component"], *found.values())})
    assert {ref for item in bom["dependencies"] for ref in item["dependsOn"]} < {*refs}
    lock = (ROOT / "requirements" / "build.txt").read_text("utf-8")
    for name, component in found.items():
        assert component["purl"] == component["bom-ref"] == f"pkg:pypi/{name}@{component['version']}"
        (entry,) = re.findall(
            rf"^{name}=={re.escape(component['version'])} (.*?)^ +# via", lock, re.MULTILINE | re.DOTALL
        )
        assert [item["content"] for item in component["hashes"]] == sorted(re.findall("sha256:([0-9a-f]+)", entry))
        assert {item["alg"] for item in component["hashes"]} == {"SHA-256"}
        assert component["licenses"] in ([{"expression": "MIT"}], [{"expression": "BSD-3-Clause"}])
    needs = {item["ref"].split("@")[0]: len(item["dependsOn"]) for item in bom["dependencies"]}
    assert needs["pkg:pypi/sagemaker-roles"] == 4
    assert needs["pkg:pypi/jsonpatch"] == 1
    own = bom["metadata"]["component"]
    assert (own["name"], own["version"], own["licenses"]) == (
        "sagemaker-roles",
        __version__,
        [{"expression": "Apache-2.0"}],
    )
    sums = {item["name"]: item["hashes"][0]["content"] for item in own["components"]}
    names = (f"{STEM}.tar.gz", WHEEL)
    assert sums == {name: hashlib.sha256((made / name).read_bytes()).hexdigest() for name in names}
    date = subprocess.run(
        ["date", "-u", "-d", f"@{epoch}", "+%Y-%m-%dT%H:%M:%SZ"], capture_output=True, text=True, check=True
    )
    assert bom["metadata"]["timestamp"] == date.stdout.strip()
    assert "serialNumber" not in bom
    urls = re.findall(r"https?://[^\"]+", (made / f"{STEM}.cdx.json").read_text("ascii"))
    assert urls == ["http://cyclonedx.org/schema/bom-1.6.schema.json"]


# --- what is refused ------------------------------------------------------------------------------------------------


def test_a_changed_tree_is_refused(copy: Path, tmp_path: Path) -> None:
    if not (copy / ".git").exists():
        commit_all(copy)
    text = (copy / "README.md").read_bytes()
    (copy / "README.md").write_text("changed")
    done = dist(copy, "--out", tmp_path / "dist")
    (copy / "README.md").write_bytes(text)
    assert (done.returncode, done.stderr) == (
        1,
        "dist: these changes are not committed; commit them, or say --allow-dirty\n M README.md\n",
    )
    assert not (tmp_path / "dist").exists()


def test_what_is_missing_is_told(made: Path, tmp_path: Path) -> None:
    """In a folder that has the scripts alone, and is no repository."""
    out, bare = tmp_path / "dist", tmp_path / "bare"
    shutil.copytree(ROOT / "scripts", bare / "scripts", ignore=shutil.ignore_patterns("node_modules"))
    (bare / "build/v1/next").mkdir(parents=True)
    (tmp_path / "file").touch()
    unbuilt = "dist: build/v1/next/catalog.json is missing; run `make build` first\n"
    for target, code, message in ((out, 1, unbuilt), (tmp_path / "file", 2, str(tmp_path / "file"))):
        done = dist(bare, "--out", target, SOURCE_DATE_EPOCH="1700000000")
        assert (done.returncode, message in done.stderr, "Traceback" in done.stderr) == (code, True, False), done.stderr
    (bare / "build/v1/next/catalog.json").touch()
    for env, message in (
        ({"GIT_CEILING_DIRECTORIES": str(tmp_path)}, "dist: git does not tell the last commit ("),
        ({"SOURCE_DATE_EPOCH": "yesterday"}, 'dist: SOURCE_DATE_EPOCH must be seconds since 1970, not "yesterday"'),
    ):
        done = dist(bare, "--out", out, **env)
        assert (done.returncode, done.stderr.startswith(message), "Traceback" in done.stderr) == (1, True, False)
    assert not out.exists()
    with pytest.raises(distribution.DistError, match="run `make lock`"):
        distribution.sbom(made / WHEEL, made / f"{STEM}.tar.gz", {}, 0)
    locked = {name: ("0", []) for name in DEPENDENCIES}
    with pytest.raises(distribution.DistError, match="says 0; run `make build`"):
        distribution.sbom(made / WHEEL, made / f"{STEM}.tar.gz", locked, 0)


def test_a_full_disk_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> list[Path]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(distribution, "make", full)
    assert distribution.main(["--out", str(tmp_path / "dist")]) == 1
    assert capsys.readouterr().err == f"dist: cannot write {tmp_path / 'dist'}: No space left on device\n"


# --- types and data for whoever imports it --------------------------------------------------------------------------


CONSUMER = """
from sagemaker_roles import Catalog, Request, compose, read_value

catalog = Catalog.load()
result = compose(catalog, [Request("CreateModel", {})], values={"Region": "us-west-2"})
reveal_type(result.placeholders)
reveal_type(result.policy.statements[0].actions)
reveal_type(read_value(catalog, {}, operation="CreateModel").requests[0].operation)
"""


def mypy(python: Path, script: Path) -> subprocess.CompletedProcess[str]:
    options = ["--strict", "--no-incremental", "--config-file", os.devnull, "--python-executable", python]
    env = {name: value for name, value in os.environ.items() if name not in ("MYPYPATH", "PYTHONPATH")}
    command = [sys.executable, "-m", "mypy", *options, script.name]
    return subprocess.run(command, cwd=script.parent, env=env, capture_output=True, text=True, check=False)


def test_a_type_checker_sees_the_types(python: Path, tmp_path: Path) -> None:
    script = tmp_path / "consumer.py"
    script.write_text(CONSUMER)
    done = mypy(python, script)
    assert done.returncode == 0, done.stdout
    revealed = re.findall(r'Revealed type is "(.*)"', done.stdout)
    assert revealed == ["tuple[str, ...]", "tuple[str, ...]", "str"]
    script.write_text(CONSUMER + 'compose(catalog, "CreateModel", region=1)\n')
    done = mypy(python, script)
    assert (done.returncode, 'Unexpected keyword argument "region"' in done.stdout) == (1, True)


def test_the_catalog_is_a_resource_of_the_package(python: Path, tmp_path: Path) -> None:
    """The way that docs/library.md shows."""
    page = (ROOT / "docs" / "library.md").read_text("utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert "from importlib import resources" in block
    check = "import hashlib, sys; print(hashlib.sha256(data).hexdigest())"
    done = subprocess.run(
        [python, "-I", "-c", block + check], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    built = archives.file(checkout_built(ROOT), "catalog.json")
    assert done.stdout.split()[-1] == hashlib.sha256(built).hexdigest()

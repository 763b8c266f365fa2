"""What `make dist` makes, installed by the steps of the Dockerfile in an empty folder, for each Python that is here."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from composing import INPUTS
from support import ROOT

pytestmark = [pytest.mark.test_all, pytest.mark.xdist_group("without-clone")]

VERSIONS = ("3.11", "3.12", "3.13")
STEPS = re.findall(r"(?m)^([A-Z]+) (.+)$", (ROOT / "Dockerfile").read_text("utf-8"))
#: The user of the image, by number; only root can become that one.
NOBODY: dict[str, int] = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
#: The package and the four that it needs, with what Python compiles of them.
MOST_BYTES = 25 << 20


def works(python: Path, **options: Any) -> bool:
    """Whether a user can run a Python."""
    try:
        return subprocess.run([python, "-c", ""], check=False, capture_output=True, **options).returncode == 0
    except OSError:
        return False


@cache
def interpreters() -> list[Path]:
    """A Python of each version that is supported and here: one that anybody can run, if there is one."""
    folders = [*map(Path, os.get_exec_path()), Path("/usr/bin"), *Path(sys.base_prefix).parent.glob("*/bin")]
    found = []
    for version in VERSIONS:
        here = [folder / f"python{version}" for folder in folders if works(folder / f"python{version}")]
        found += sorted(here, key=lambda python: not works(python, **NOBODY))[:1]
    return found


class Image:
    """A folder in place of an image, with an environment of one Python in place of its Python."""

    def __init__(self, python: Path, folder: Path) -> None:
        self.bin = folder / "venv" / "bin"
        self.tmp, self.work = folder / "tmp", folder / "work"
        subprocess.run([python, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        self.user = NOBODY if works(python, **NOBODY) else {}
        self.tmp.mkdir()
        self.work.mkdir()
        pip = self.bin / "pip"
        pip.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pip --python "{self.bin}/python" "$@"\n')
        pip.chmod(0o755)
        self.environment = {
            "PATH": f"{self.bin}{os.pathsep}{os.defpath}",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": (ROOT / "build" / "run").as_uri(),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    def prepare(self, wheel: Path) -> list[str]:
        """Do what the Dockerfile says; the entry point."""
        for instruction, text in STEPS:
            if instruction == "COPY":
                assert [*map(Path, shlex.split(text))][1].match("dist/sagemaker_roles-*.whl")
                for file in (ROOT / shlex.split(text)[0], wheel):
                    shutil.copy(file, self.tmp)
            elif instruction == "RUN":
                command = text.replace("/tmp/", f"{self.tmp}/")  # noqa: S108
                subprocess.run(["sh", "-ec", command], env=self.environment, cwd=self.work, check=True)
        return json.loads(dict(STEPS)["ENTRYPOINT"])  # type: ignore[no-any-return]

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command as the user of the image, who owns nothing."""
        command = [str(self.bin / self.entry_point[0]), *self.entry_point[1:], *arguments]
        environment = {"PATH": self.environment["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8"}
        return subprocess.run(
            command,
            env=environment,
            cwd=self.work,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            **self.user,
        )

    entry_point: list[str]


@pytest.fixture(scope="module", params=interpreters(), ids=lambda path: path.name)
def image(request: pytest.FixtureRequest, wheel: Path) -> Iterator[Image]:
    # Not a folder of pytest, which only its owner can enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        made = Image(request.param, folder)
        made.entry_point = made.prepare(wheel)
        yield made


def test_the_dockerfile_has_a_python_that_is_supported_and_another_user() -> None:
    steps = dict(STEPS)
    assert steps["FROM"] in {f"python:{version}-slim" for version in VERSIONS}
    assert steps["USER"] == "nobody"
    assert interpreters()


def test_the_commands_work(image: Image) -> None:
    request = (INPUTS / "aws" / "training-job.json").read_text("utf-8")
    composed = image.run("compose", "--request", "-", "--allow-placeholders", stdin=request)
    assert composed.returncode == 0, composed.stderr
    assert json.loads(composed.stdout)["Statement"]
    message = (
        "User: arn:aws:sts::111122223333:assumed-role/R/s is not authorized to perform: ecr:BatchGetImage on resource: "
        "arn:aws:ecr:us-west-2:111122223333:repository/r"
    )
    explained = image.run("explain", message, "--operation", "CreateModel")
    assert (explained.returncode, "ecr:BatchGetImage" in explained.stdout) == (0, True), explained.stderr
    (image.work / "role.json").write_text(composed.stdout)
    audited = image.run("audit", "--policy", "role.json", "--request", "-", stdin=request)
    assert audited.returncode in (0, 1), audited.stderr
    assert "Traceback" not in audited.stderr
    assert audited.stdout


@pytest.mark.parametrize(
    ("extra", "arguments"),
    [
        ("mcp", ["mcp"]),
        ("aws", ["verify", "--role", "arn:aws:iam::111122223333:role/R"]),
        ("fleet", ["fleet", ".", "--out", "o"]),
    ],
)
def test_a_missing_extra_is_one_line(image: Image, extra: str, arguments: list[str]) -> None:
    done = image.run(*arguments)
    assert done.returncode in (1, 2)
    assert re.fullmatch(r"(Error: )?.*python -m pip install \"\./\S+\.whl\[" + extra + r"\]\"\n", done.stderr), (
        done.stderr
    )


def test_it_is_small(image: Image) -> None:
    (packages,) = image.bin.parent.glob("lib/python*/site-packages")
    assert sum(file.stat().st_size for file in packages.rglob("*") if file.is_file()) <= MOST_BYTES

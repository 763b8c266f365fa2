"""What all tests share: the wheel, an environment with it, and a server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import settings

import moto_server
from support import DEPENDENCIES, ROOT

# The same examples in every run where a failure would be somebody else's; `make soak` looks for new ones.
settings.register_profile("ci", derandomize=True, database=None, print_blob=True, max_examples=50)
settings.register_profile("soak", database=None, print_blob=True)
settings.register_profile("here", max_examples=50)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "here"))


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: tests wait for browsers, processes and the disk."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


#: Fails any attempt to reach another machine.
_NO_NETWORK = """
import socket
def refuse(*_, **__):
    raise AssertionError("the network was asked for")
socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refuse
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as pip builds it from the checkout, without network."""
    folder = tmp_path_factory.mktemp("wheels")
    options = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "-w", folder, ROOT], check=True)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and its dependencies only, the latter copied from this one."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    for name in DEPENDENCIES:
        for file in metadata.files(name) or ():
            if ".." not in file.parts:
                target = site / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), target)
    options = ["--quiet", "--no-index", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", *options, wheel], check=True)
    (site / "sitecustomize.py").write_text(_NO_NETWORK)
    return python


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of a moto server, which stands in for AWS."""
    with moto_server.running() as url:
        yield url

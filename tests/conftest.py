"""What all tests share: the built wheel, and a closing line that sums up the proof."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support import ROOT

_PROOF = ("scenarios", "steps", "near misses", "mutations")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Adds up what the tests of the proof recorded, from all workers."""
    sums = dict.fromkeys(_PROOF, 0)
    for report in terminalreporter.stats.get("passed", []):
        for name, value in getattr(report, "user_properties", ()):
            if name in sums:
                sums[name] += value
    if any(sums.values()):
        terminalreporter.write_line("proof: " + ", ".join(f"{value} {name}" for name, value in sums.items()))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as pip builds it from the checkout, without network."""
    folder = tmp_path_factory.mktemp("wheels")
    options = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "-w", folder, ROOT], check=True)
    (file,) = folder.glob("*.whl")
    return file

"""One operation can be proved alone: the figures of the others stay."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kb.publish.built_folders import PROOF

from . import compare, counts, written
from .written import COUNTS

ONE, OTHER = "CreateImage", "UpdateImage"


def test_one_operation_is_proved_and_the_others_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / PROOF
    shutil.copyfile(written.FOLDER / PROOF, file)
    wanted = file.read_bytes()
    monkeypatch.setattr(written, "FOLDER", tmp_path)
    found = written.read()
    found["operations"][ONE] |= {"steps": 1, "measured_on": {}}
    written.write(found["operations"], {}, found["peers"])
    assert file.read_bytes() != wanted
    assert counts.main([ONE]) == 0
    mine = json.loads(wanted)
    on = mine["operations"][ONE]["measured_on"]
    mine["operations"][ONE]["measured_on"] = {"proof": on["proof"]}  # nothing else was asked for
    assert json.loads(file.read_bytes()) == mine


def test_what_is_not_proved_keeps_its_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copyfile(written.FOLDER / PROOF, tmp_path / PROOF)
    monkeypatch.setattr(written, "FOLDER", tmp_path)
    before = written.read()["operations"]

    def look(name: str) -> tuple[dict[str, Any], list[str]]:
        counted = {key: before[name][key] + 1 for key in COUNTS} | {"exceptions": before[name]["exceptions"]}
        return counted, [f"{name}: a step is denied"] if name == ONE else []

    monkeypatch.setattr(counts, "of", look)
    monkeypatch.setattr(counts, "ProcessPoolExecutor", ThreadPoolExecutor)
    monkeypatch.setattr(written, "digests", lambda: {OTHER: before[OTHER]["measured_on"]["proof"]})
    assert counts.main([ONE, OTHER]) == 1
    assert capsys.readouterr().err.endswith(f"{ONE}: a step is denied\nproof: 1 failures; counts unchanged: {ONE}\n")
    after = written.read()["operations"]
    assert after[ONE] == before[ONE]
    assert after[OTHER]["steps"] == before[OTHER]["steps"] + 1


@pytest.mark.parametrize("command", [counts.main, compare.main])
def test_an_operation_without_scenarios_is_told(command: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert callable(command)
    assert command(["CreateImag"]) == 1
    assert "no scenario is of CreateImag" in capsys.readouterr().err

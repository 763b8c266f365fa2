"""One operation can be proved alone: the figures of the others stay."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sagemaker_roles.publish.proof import FILE

from . import compare, counts, written

ONE = "CreateImage"


def test_one_operation_is_proved_and_the_others_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / FILE
    shutil.copyfile(written.FOLDER / FILE, file)
    wanted = file.read_bytes()
    monkeypatch.setattr(written, "FOLDER", tmp_path)
    found = written.read()
    found["operations"][ONE] |= {"steps": 1, "measured_on": {}}
    written.write(found["operations"], {}, found["peers"])
    assert file.read_bytes() != wanted
    assert counts.main([ONE]) == 0
    mine = json.loads(wanted)
    del mine["operations"][ONE]["measured_on"]["comparison"]  # which was not asked for
    assert json.loads(file.read_bytes()) == mine


@pytest.mark.parametrize("command", [counts.main, compare.main])
def test_an_operation_without_scenarios_is_told(command: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert callable(command)
    assert command(["CreateImag"]) == 1
    assert "no scenario is of CreateImag" in capsys.readouterr().err

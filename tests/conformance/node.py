"""Runs the page's engine on cases, in a process of Node.js."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

ENGINE = Path(__file__).parent / "engine.mjs"

Wanted = Literal["read", "whole", "digested", "time"]


def javascript(cases: Iterable[Mapping[str, Any]], wanted: Wanted) -> list[Any]:
    """What the page's engine makes of each case (see answers.py); an exception of it is ``{"crash": …}``.

    Args:
        cases: the cases.
        wanted: ``read`` what was read; ``whole`` all; ``digested`` the digest of all, and the notices; ``time`` seconds
            of processor time that reading takes.
    """
    lines = [json.dumps([wanted, case]) for case in cases]
    run = subprocess.run(
        ["node", str(ENGINE)], input="\n".join(lines), encoding="utf-8", capture_output=True, timeout=500
    )
    assert run.returncode == 0, run.stderr[-2000:]
    answers = [json.loads(line) for line in run.stdout.split("\n") if line]
    assert len(answers) == len(lines)
    return answers

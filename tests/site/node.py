"""The composer's modules in a process of Node.js, which answers in milliseconds what a page would."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from built import esbuild

HERE = Path(__file__).parent


class Node:
    """The functions of harness.js, called as in a page."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def evaluate(self, code: str, argument: Any = None) -> Any:
        """Calls a function, given as its source, with one argument.

        Raises:
            AssertionError: it throws.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"code": code, "argument": argument}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["value"]


@contextmanager
def node(folder: Path, catalog: Path) -> Iterator[Node]:
    """A process with the composer's own modules and a catalog."""
    bundle = folder / "harness.cjs"
    options = ("--platform=node", "--format=cjs", f"--outfile={bundle}", "--alias:jmespath=jmespath")
    esbuild("../../tests/site/harness.js", *options)
    process = subprocess.Popen(
        ["node", HERE / "serve.cjs", bundle, catalog], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        yield Node(process)
        assert process.stdin is not None
        process.stdin.close()

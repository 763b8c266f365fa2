"""Scripts of tests/code with what they need by AWS's reference, and what readers of code find in them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine.code_permissions import is_known, needs_of_code
from sagemaker_roles.inputs.code import code_files
from sagemaker_roles.inputs.code.autopilot import PROGRAM, calls_of
from sagemaker_roles.inputs.code.service_calls import table_of
from sagemaker_roles.inputs.reader import Reading
from sagemaker_roles.inputs.reading import add_code

from .oracle import OracleMissing
from .peers import FOLDER, package

CODE = Path(__file__).parents[1] / "code"
VALUES = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}
SETS = {"held": "Scripts that nothing was tuned on", "scripts": "Scripts that the reader was built with"}
#: A line of the head of a script: an action and a resource, in which {} stands for what the code does not show.
_LINE = re.compile(r"#   ([a-z0-9-]+:[A-Za-z0-9]+) (\S+)")

Pair = tuple[str, str]


class Found(NamedTuple):
    """What a script needs, and what was found."""

    wanted: frozenset[Pair]
    found: frozenset[Pair]


def scripts(folder: str) -> list[Path]:
    return sorted(one for one in (CODE / folder).iterdir() if one.suffix in (".py", ".ipynb"))


def wanted(script: Path) -> frozenset[Pair]:
    return frozenset((action, resource) for action, resource in _LINE.findall(script.read_text("utf-8")))


def pairs(catalog: Catalog, reading: Reading) -> frozenset[Pair]:
    needs = needs_of_code(catalog, reading.code, VALUES)
    return frozenset((need.action, resolved(need.resource)) for need in needs)


def resolved(text: str) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda one: VALUES.get(one[1], "{}"), text)


def read(catalog: Catalog, script: Path) -> Found:
    """What a script needs by its head, and by the reader."""
    reading = Reading()
    add_code(catalog, reading, code_files(str(script)))
    return Found(wanted(script), pairs(catalog, reading))


def autopilot(catalog: Catalog, script: Path) -> Found:
    """What a script needs by its head, and by the calls that iam-policy-autopilot finds, translated with our data.

    Raises:
        OracleMissing: the program is not installed.
    """
    program = FOLDER / "bin" / PROGRAM
    if not program.exists():
        raise OracleMissing(f"{PROGRAM} is missing: run `make compare`")
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "DISABLE_IAM_POLICY_AUTOPILOT_TELEMETRY": "true", "HOME": home}
        command = [program, "extract-sdk-calls", "--full-output", script]
        done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=300)
    reading = Reading()
    calls = calls_of(table_of(catalog), script.name, json.loads(done.stdout))
    reading.code += [call for call in calls if is_known(catalog, call)]
    return Found(wanted(script), pairs(catalog, reading))


def counted(several: Iterable[Found]) -> dict[str, int]:
    """Actions that scripts need, of these found, and others; resources that stand in the code, and of these found."""
    every = [*several]
    actions = [({action for action, _ in one.wanted}, {action for action, _ in one.found}) for one in every]
    named = [(pair, one.found) for one in every for pair in one.wanted if pair[1] != "*"]
    return {
        "needed": sum(len(needed) for needed, _ in actions),
        "found": sum(len(needed & found) for needed, found in actions),
        "extra": sum(len(found - needed) for needed, found in actions),
        "named": len(named),
        "scoped": sum(pair in found for pair, found in named),
    }


class Reader(NamedTuple):
    """A reader of code: what it is called, with its version, and what it finds in a script."""

    title: Callable[[], str]
    read: Callable[[Catalog, Path], Found]


READERS: Mapping[str, Reader] = {
    "ours": Reader(lambda: "sagemaker-roles --code", read),
    "autopilot": Reader(lambda: package("requirements/peers.txt", rf"({PROGRAM})==(\S+)"), autopilot),
}


def measured(names: Iterable[str] = READERS) -> dict[str, Any]:
    """What readers find in the scripts, as proof.json holds it."""
    catalog = Catalog.load()

    def found(folder: str) -> dict[str, dict[str, int]]:
        with ThreadPoolExecutor(2) as pool:
            paths = scripts(folder)
            return {name: counted(pool.map(READERS[name].read, [catalog] * len(paths), paths)) for name in names}

    sets = {
        name: {"title": title, "scripts": len(scripts(name)), "readers": found(name)} for name, title in SETS.items()
    }
    return {"readers": {name: {"title": READERS[name].title()} for name in names}, "sets": sets}

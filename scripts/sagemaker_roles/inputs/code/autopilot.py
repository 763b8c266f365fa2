"""Calls that `iam-policy-autopilot extract-sdk-calls` finds in code of other languages, if it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...catalog import Catalog
from ...engine.code_permissions import CodeCall, is_known
from ...version import install_command
from ..reader import Notice, Reading
from . import CodeFile
from .service_calls import Table, table_of

PROGRAM = "iam-policy-autopilot"
#: It must neither send telemetry nor wait.
_ENVIRONMENT = {"DISABLE_IAM_POLICY_AUTOPILOT_TELEMETRY": "true"}
_SECONDS = 300


def add_foreign(catalog: Catalog, reading: Reading, files: Sequence[CodeFile]) -> None:
    """Adds the calls of files that are no Python; a note says so if the program is missing.

    Args:
        catalog: the knowledge base.
        reading: takes the calls.
        files: the files, each of which it reads by itself.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        message = f"not Python, so its calls are missing; to read it: {install_command('code')}"
        reading.notices += [Notice("problem", file.name, message) for file in files]
        return
    table = table_of(catalog)
    for file in files:
        try:
            found = json.loads(_run(program, file))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            reading.notices.append(Notice("problem", file.name, f"{PROGRAM} cannot read it: {error}"))
            continue
        for call in calls_of(table, file.name, found):
            if is_known(catalog, call):
                reading.code.append(call)


def _run(program: str, file: CodeFile) -> str:
    with tempfile.TemporaryDirectory(prefix="sagemaker-roles-") as folder:
        path = os.path.join(folder, f"code{os.path.splitext(file.path)[1]}")
        with open(path, "wb") as copy:
            copy.write(file.raw)
        return subprocess.run(
            [program, "extract-sdk-calls", "--full-output", path],
            env={**os.environ, **_ENVIRONMENT, "HOME": folder},
            capture_output=True,
            text=True,
            check=True,
            timeout=_SECONDS,
        ).stdout


def calls_of(table: Table, name: str, found: Sequence[Mapping[str, Any]]) -> Iterator[CodeCall]:
    """The calls in the program's output.

    Args:
        table: what is known of calls.
        name: what messages call the file.
        found: the output: entries with ``Name``, ``PossibleServices`` and ``Metadata``.
    """
    for entry in found:
        services = [one for one in entry.get("PossibleServices", ()) if one in table.services]
        if len(services) != 1 or not (operation := table.operation(services[0], entry["Name"])):
            continue
        metadata = entry.get("Metadata") or {}
        members = {}
        for parameter in metadata.get("Parameters", ()):
            keyword = parameter.get("Keyword") or {}
            value = (keyword.get("value") or {}).get("Resolved")
            if keyword.get("name") and isinstance(value, str):
                members[keyword["name"]] = value
        line = str(metadata.get("Location", "")).rpartition(":")[2].partition(".")[0]
        yield CodeCall(services[0], operation, members, "", f"{name}:{line or 1}")

"""The small knowledge base of tests/kb: a copy to change, and what the rules say of it."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kb import rules
from kb.records import loading
from kb.rules.context import Context
from reference import SmallReference
from sagemaker_roles.errors.problems import Problem

TESTS = Path(__file__).parent
SCHEMAS = TESTS.parent / "data" / "schema"

#: In texts of a change: `«text*40»` is the text forty times.
_REPEATED = re.compile(r"«(.*?)\*([0-9]+)»", re.DOTALL)


def copy(folder: Path) -> Path:
    """Copy the knowledge base and the schemas, and return its data folder."""
    root = folder / "data"
    shutil.copytree(TESTS / "kb", root)
    shutil.copytree(SCHEMAS, root / "schema")
    return root


def linked(folder: Path) -> Path:
    """Copy the knowledge base, link the schemas, which are then read once for all cases, and return its data folder."""
    root = folder / "data"
    shutil.copytree(TESTS / "kb", root)
    (root / "schema").symlink_to(SCHEMAS)
    return root


def change(root: Path, case: Mapping[str, Any]) -> None:
    """Applies a case: ``change`` (file to pairs of old and new text), ``add``, ``bytes``, ``link``, ``remove``."""
    touched = [path for part in ("change", "add", "bytes", "link", "remove") for path in case.get(part, ())]
    if (root / "schema").is_symlink() and any(path.startswith("schema/") for path in touched):
        (root / "schema").unlink()
        shutil.copytree(SCHEMAS, root / "schema")
    for path, pairs in case.get("change", {}).items():
        text = (root / path).read_text("utf-8")
        for old, new in pairs:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
            text = text.replace(old, _repeated(new))
        (root / path).write_text(text, "utf-8")
    for path, text in case.get("add", {}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(_repeated(text), "utf-8")
    for path, text in case.get("bytes", {}).items():
        (root / path).write_bytes(base64.b64decode(text))
    for path, target in case.get("link", {}).items():
        (root / path).symlink_to(target)
    for path in case.get("remove", ()):
        (root / path).unlink()


def _repeated(text: str) -> str:
    return _REPEATED.sub(lambda found: found[1] * int(found[2]), text)


def examine(root: Path) -> list[Problem]:
    """Everything that loading and the rules find."""
    loaded = loading.load(root)
    return sorted({*loaded.problems, *rules.run(Context(loaded, SmallReference()))})


def part(found: loading.Loaded, folder: str) -> Mapping[str, Any]:
    """What was read of a folder; sets of add-ons are written out in the catalog, and services have their own name."""
    known: Mapping[str, Any] = found.addons if folder == "addons" else found.catalog.data[_NAMES.get(folder, folder)]
    return known


_NAMES = {"calls": "code", "managed-policies": "managed_policies"}

"""Puts catalog and version into what is distributed; an editable install reads those of the checkout."""

from __future__ import annotations

import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def _module(root: Path, name: str) -> dict[str, Any]:
    """A module that imports no library; the packages import nothing by themselves."""
    sys.path.insert(0, str(root / "scripts"))
    try:
        return vars(import_module(name))
    finally:
        sys.path.pop(0)


class CatalogHook(BuildHookInterface[BuilderConfig]):
    """Adds the catalog, published and compiled, and ``version.txt`` to the package, so that it needs no checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before a distribution is made; ``version`` is ``editable`` for a development install."""
        root = Path(self.root)
        if version == "editable":
            return
        versions = _module(root, "sagemaker_roles.version")
        try:
            read, built = _module(root, "kb.publish.archives")["file"], versions["checkout_built"](root)
            catalog, actions = read(built, "catalog.json"), read(built, "actions.json")
        except FileNotFoundError as error:
            raise FileNotFoundError(f"{error.filename} is missing; run `make build` before making a wheel") from None
        self._folder = tempfile.TemporaryDirectory(prefix="sagemaker-roles-")
        files = {
            "catalog.json": catalog,
            versions["BUILT"]: f"{versions['checkout_version'](root)}\n".encode("ascii"),
        }
        if self.target_name == "sdist":
            files["actions.json"] = actions
            places = {name: f"build/v1/next/{name}" for name in files} | {versions["BUILT"]: versions["BUILT"]}
        else:
            compiling = _module(root, "kb.publish.compiled_catalog")
            compiled = [*compiling["compiled_files"](json.loads(catalog)), compiling["managed_file"](root / "data")]
            files |= {f"compiled/{name}": content for name, content in [*compiled, ("actions.json", actions)]}
            places = {name: f"sagemaker_roles/{name}" for name in files}
        for name, content in files.items():
            file = Path(self._folder.name, name)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content)
            file.chmod(0o644)
            build_data["force_include"][str(file)] = places[name]

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Runs after a distribution was made."""
        if folder := getattr(self, "_folder", None):
            folder.cleanup()

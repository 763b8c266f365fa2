"""Puts the catalog, published and compiled, into the wheel; an editable install reads the one in build/compiled."""

from __future__ import annotations

import json
import runpy
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogHook(BuildHookInterface):
    """Adds the catalog to the package, so that an installed composer needs no YAML and no build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before a wheel is made; ``version`` is ``editable`` for a development install."""
        if version == "editable":
            return
        root = Path(self.root)
        catalog = root / "build" / "v1" / "next" / "catalog.json"
        if not catalog.exists():
            raise FileNotFoundError(f"{catalog} is missing; run `make build` before making a wheel")
        build_data["force_include"][str(catalog)] = "sagemaker_roles/catalog.json"
        compiling = runpy.run_path(str(root / "scripts" / "sagemaker_roles" / "publish" / "compiled.py"))
        self._folder = tempfile.TemporaryDirectory()
        for name, content in compiling["compiled_files"](json.loads(catalog.read_bytes())):
            file = Path(self._folder.name, name)
            file.write_bytes(content)
            build_data["force_include"][str(file)] = f"sagemaker_roles/compiled/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Runs after a wheel was made."""
        if version != "editable":
            self._folder.cleanup()

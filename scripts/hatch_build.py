"""Puts catalog and version into what is distributed; an editable install reads those of the checkout."""

from __future__ import annotations

import json
import runpy
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PACKAGE = Path("scripts", "sagemaker_roles")


class CatalogHook(BuildHookInterface):
    """Adds the catalog, published and compiled, and ``version.txt`` to the package, so that it needs no checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before a distribution is made; ``version`` is ``editable`` for a development install."""
        root = Path(self.root)
        # The package's own libraries need not be installed where it is built, so these two modules run by themselves.
        numbering = runpy.run_path(str(root / _PACKAGE / "numbering.py"))
        if version == "editable":
            return
        catalog = numbering["checkout_catalog"](root)
        if not catalog.exists():
            raise FileNotFoundError(f"{catalog} is missing; run `make build` before making a wheel")
        self._folder = tempfile.TemporaryDirectory(prefix="sagemaker-roles-")
        built = Path(self._folder.name) / numbering["BUILT"]
        built.write_text(f"{numbering['checkout_version'](root)}\n", "ascii")
        built.chmod(0o644)
        if self.target_name == "sdist":
            build_data["force_include"][str(catalog)] = "build/v1/next/catalog.json"
            build_data["force_include"][str(built)] = numbering["BUILT"]
        else:
            build_data["force_include"][str(catalog)] = "sagemaker_roles/catalog.json"
            build_data["force_include"][str(built)] = f"sagemaker_roles/{numbering['BUILT']}"
            self._compile(root, catalog, build_data)

    def _compile(self, root: Path, catalog: Path, build_data: dict[str, Any]) -> None:
        # The package imports nothing by itself, and what compiles a catalog imports no library.
        sys.path.insert(0, str(root / _PACKAGE.parent))
        try:
            compiling = vars(import_module("sagemaker_roles.catalog.compiling"))
        finally:
            sys.path.pop(0)
        files = compiling["compiled_files"](json.loads(catalog.read_bytes()))
        for name, content in (*files, compiling["managed_file"](root / "data")):
            file = Path(self._folder.name, name)
            file.write_bytes(content)
            file.chmod(0o644)
            build_data["force_include"][str(file)] = f"sagemaker_roles/compiled/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Runs after a distribution was made."""
        if folder := getattr(self, "_folder", None):
            folder.cleanup()

"""Puts the compiled catalog and the version into what is distributed. An editable install reads the checkout's."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PACKAGE = Path("scripts", "sagemaker_roles")


class CatalogHook(BuildHookInterface):
    """Adds ``catalog.json`` and ``version.txt`` to the package, so that what is installed needs no checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before a distribution is made; ``version`` is ``editable`` for a development install."""
        root = Path(self.root)
        spec = importlib.util.spec_from_file_location("numbering", root / _PACKAGE / "numbering.py")
        assert spec and spec.loader  # noqa: S101 - for mypy: the file is there
        numbering = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(numbering)
        if version == "editable":
            return
        catalog = numbering.checkout_catalog(root)
        if not catalog.exists():
            raise FileNotFoundError(f"{catalog} is missing; run `make build` before making a wheel")
        self._folder = tempfile.TemporaryDirectory(prefix="sagemaker-roles-")
        built = Path(self._folder.name) / numbering.BUILT
        built.write_text(f"{numbering.checkout_version(root)}\n", "ascii")
        built.chmod(0o644)
        if self.target_name == "sdist":
            build_data["force_include"][str(catalog)] = "build/v1/next/catalog.json"
            build_data["force_include"][str(built)] = numbering.BUILT
        else:
            build_data["force_include"][str(catalog)] = "sagemaker_roles/catalog.json"
            build_data["force_include"][str(built)] = f"sagemaker_roles/{numbering.BUILT}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Runs after a distribution was made."""
        if folder := getattr(self, "_folder", None):
            folder.cleanup()

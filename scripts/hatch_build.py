"""Puts the compiled catalog into the wheel. An editable install reads the one in build/v1/next instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogHook(BuildHookInterface):
    """Adds ``catalog.json`` to the package, so that an installed composer needs no YAML and no build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before a wheel is made; ``version`` is ``editable`` for a development install."""
        if version == "editable":
            return
        catalog = Path(self.root) / "build" / "v1" / "next" / "catalog.json"
        if not catalog.exists():
            raise FileNotFoundError(f"{catalog} is missing; run `make build` before making a wheel")
        build_data["force_include"][str(catalog)] = "sagemaker_roles/catalog.json"

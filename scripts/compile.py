"""Writes build/compiled from what is committed, as `sagemaker-roles build` does: a clean clone has none."""

from __future__ import annotations

import json
from pathlib import Path

from sagemaker_roles.catalog.compiling import compiled_files, managed_file
from sagemaker_roles.publish import places, tree

BUILD = Path(__file__).parents[1] / "build"

if __name__ == "__main__":
    catalog = json.loads((BUILD / "v1" / "next" / "catalog.json").read_bytes())
    files = [*compiled_files(catalog), managed_file(BUILD.parent / "data")]
    tree.replace_tree(BUILD / "compiled", files, places.of_compiled)

"""Writes build/compiled from what is committed, as `sagemaker-roles build` does: a clean clone has none."""

from __future__ import annotations

import json
from pathlib import Path

from sagemaker_roles.catalog.compiling import compiled_files, managed_file
from sagemaker_roles.publish import places, tree
from sagemaker_roles.publish.lines import lines_file
from sagemaker_roles.records.loading import load

BUILD = Path(__file__).parents[1] / "build"

if __name__ == "__main__":
    catalog = json.loads((BUILD / "v1" / "next" / "catalog.json").read_bytes())
    data = BUILD.parent / "data"
    files = [*compiled_files(catalog), managed_file(data), lines_file(load(data).catalog)]
    tree.replace_tree(BUILD / "compiled", files, places.of_compiled)

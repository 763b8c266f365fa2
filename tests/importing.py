"""The modules of both packages, and what each imports of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from support import SCRIPTS

CORE, KB = "sagemaker_roles", "kb"


def modules() -> dict[str, Path]:
    """Every module by its dotted name, ``sagemaker_roles.iam.arns``; a package by its own."""
    found = {}
    for file in sorted(file for package in (CORE, KB) for file in (SCRIPTS / package).rglob("*.py")):
        parts = file.relative_to(SCRIPTS).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(name: str, file: Path) -> Iterator[str]:
    """What a module imports, in functions too: dotted names of ours (of what is imported from), else top-level ones."""
    parents = name.split(".") if file.name == "__init__.py" else name.split(".")[:-1]
    own = name.partition(".")[0]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                assert alias.name.partition(".")[0] not in (own, KB), f"{file}: import our own modules with from"
                yield alias.name if alias.name.startswith(f"{CORE}.") else alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            top = (node.module or "").partition(".")[0]
            if not node.level and top not in (CORE, KB):
                yield top
                continue
            assert node.level or top != own or file.name == "sitecustomize.py", (
                f"{file}: import the package's own modules relatively"
            )
            base = parents[: len(parents) - node.level + 1] if node.level else []
            whole = ".".join([*base, *filter(None, [node.module])])
            yield from (f"{whole}.{alias.name}" for alias in node.names)


def graph() -> Mapping[str, set[str]]:
    """Each module to those of ours that it imports; the facade of the library, and what runs it, left out."""
    known = modules()

    def module_of(imported: str) -> str:
        """The module that an import names, which may name something in it."""
        while imported and imported not in known:
            imported = imported.rpartition(".")[0]
        return imported

    return {
        name: {module_of(item) for item in imports(name, file)} - {"", name, CORE, KB}
        for name, file in known.items()
        if name not in (CORE, KB, f"{CORE}.__main__")
    }

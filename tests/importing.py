"""The modules of the package, and what each imports of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from support import SCRIPTS

PACKAGE = SCRIPTS / "sagemaker_roles"


def modules() -> dict[str, Path]:
    """Every module by its dotted name below the package; the package itself is ``__init__``."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)] = file
    return found


def imports(name: str, file: Path) -> Iterator[str]:
    """What a module imports, in functions too: ``.compose`` for its own package's, else the top-level name."""
    parents = (
        name.split(".")[:-1] if file.name != "__init__.py" else [part for part in name.split(".") if part != "__init__"]
    )
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                assert not alias.name.startswith("sagemaker_roles"), f"{file}: import the package's modules relatively"
                yield alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                yield (node.module or "").partition(".")[0]
                continue
            base = parents[: len(parents) - node.level + 1]
            if node.module:
                yield "." + ".".join([*base, node.module])
            else:
                yield from ("." + ".".join([*base, alias.name]) for alias in node.names)


def graph() -> Mapping[str, set[str]]:
    """Each module to those of the package that it imports."""
    known = modules()

    def module_of(imported: str) -> str:
        """The module that an import names, which may name something in it."""
        while imported and imported not in known:
            imported = imported.rpartition(".")[0]
        return imported

    return {
        name: {module_of(item[1:]) for item in imports(name, file) if item.startswith(".")} - {"", name}
        for name, file in known.items()
        if name not in ("__init__", "__main__")
    }

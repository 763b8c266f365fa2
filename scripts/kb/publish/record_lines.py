"""Where the statements of each operation stand in the records, for the links of its page."""

from __future__ import annotations

import json

from sagemaker_roles.catalog import Catalog

#: The compiled file.
LINES = "lines.json"


def lines_file(catalog: Catalog) -> tuple[str, bytes]:
    """The file with the line of each statement: by operation, ID of the role or ``caller``, statement set, and Sid.

    Args:
        catalog: the records, with their positions.
    """
    lines: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for name in catalog.operations:
        for grantee in catalog.operation(name).grantees():
            of_grantee = lines.setdefault(name, {}).setdefault(grantee.id, {})
            for _, entry in grantee.all_entries():
                for statement, own in zip(entry.statements, entry.because(), strict=True):
                    # Every mapping that was read has its position.
                    at = statement.data.at  # type: ignore[attr-defined]
                    of_grantee.setdefault(entry.use, {})[own.sid] = f"{at.path}#L{at.line}"
    return LINES, json.dumps(lines, separators=(",", ":")).encode("ascii")

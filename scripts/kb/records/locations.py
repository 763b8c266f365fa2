"""Where each part of the knowledge base is, below data/."""

from __future__ import annotations

#: A part with a file for each record: its folder, and the key that repeats the names of the files.
FOLDERS = {
    "operations": ("operations", "operation"),
    "statements": ("shared/statements", "id"),
    "addons": ("shared/addons", "id"),
    "resources": ("shared/resources", "id"),
    "trust": ("shared/trust", "id"),
    "containers": ("shared/containers", "id"),
    "companions": ("shared/companions", "id"),
    "apis": ("services/apis", "service"),
    "calls": ("services/calls", "service"),
    "frameworks": ("services/frameworks", "id"),
    "documented": ("aws/documented", "id"),
    "managed-policies": ("aws/managed-policies", "name"),
    "attestations": ("aws/attestations", "id"),
}

_MAPPINGS = {
    "shared": "no-permission named-resources inputs guardrails perimeters exceptions moved personas",
    "services": "endpoints networks partitions data-events libraries readers",
    "aws": "documentation guides reference sources role-policies pass-role operation-actions searches escalations",
    "messages": "messages clues layers mentions",
    "site": "families fixes page-mistakes services",
}
#: A part in one file, which maps IDs to records: the file.
MAPPINGS = {name: f"{door}/{name}.yaml" for door, names in _MAPPINGS.items() for name in names.split()}

#: A part to its schema.
SCHEMAS = {name: f"schema/{folder}.yaml" for name, (folder, _) in FOLDERS.items()}
SCHEMAS |= {name: f"schema/{file}" for name, file in MAPPINGS.items()}

#: Those of the files whose ids stand in alphabetical order.
SORTED = frozenset({"documentation", "services", "sources"})

#: Those of the files that a knowledge base can do without.
OPTIONAL = MAPPINGS.keys() - {"sources", "partitions", "exceptions"}

#: The documents of AWS managed policies, as AWS publishes them.
MANAGED_DOCUMENTS = "aws/managed-documents"


def path_of(part: str, name: str = "") -> str:
    """The file with a record of a part, below data/."""
    return MAPPINGS[part] if part in MAPPINGS else f"{FOLDERS[part][0]}/{name}.yaml"

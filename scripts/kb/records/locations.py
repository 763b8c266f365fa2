"""Where each part of the knowledge base is, below data/."""

from __future__ import annotations

#: A part with a file for each record: its folder, the schema of the files, and the key that repeats their names.
FOLDERS = {
    "operations": ("operations", "operation", "operation"),
    "statements": ("shared/statements", "statements", "id"),
    "addons": ("shared/addons", "addons", "id"),
    "resources": ("shared/resources", "resource", "id"),
    "trust": ("shared/trust", "trust", "id"),
    "containers": ("shared/containers", "container", "id"),
    "companions": ("shared/companions", "companion", "id"),
    "apis": ("services/apis", "service", "service"),
    "calls": ("services/calls", "call", "service"),
    "documented": ("aws/documented", "documented", "id"),
    "managed-policies": ("aws/managed-policies", "managed-policy", "name"),
    "attestations": ("aws/attestations", "attestation", "id"),
}

_MAPPINGS = {
    "shared": "no-permission named-resources inputs guardrails perimeters exceptions moved personas",
    "services": "endpoints networks partitions data-events libraries readers",
    "aws": "documentation guides reference sources role-policies pass-role searches escalations",
    "messages": "messages clues layers",
    "site": "families fixes page-mistakes services",
}
#: A part in one file, which maps IDs to records and has a schema of the same name: the file.
MAPPINGS = {name: f"{door}/{name}.yaml" for door, names in _MAPPINGS.items() for name in names.split()}

#: Those of them whose ids stand in alphabetical order.
SORTED = frozenset({"documentation", "services", "sources"})

#: Those of them that a knowledge base can do without.
OPTIONAL = MAPPINGS.keys() - {"sources", "partitions", "exceptions"}

#: The documents of AWS managed policies, as AWS publishes them.
MANAGED_DOCUMENTS = "aws/managed-documents"


def path_of(part: str, name: str = "") -> str:
    """The file with a record of a part, below data/."""
    return MAPPINGS[part] if part in MAPPINGS else f"{FOLDERS[part][0]}/{name}.yaml"

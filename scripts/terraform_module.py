"""Makes the Terraform module: its source, and the published policies as templates of Terraform."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from npm_package import archive
from sagemaker_roles.canonical import canonical
from sagemaker_roles.numbering import checkout_built, checkout_version
from sagemaker_roles.publish.archives import files

FOLDER = Path("scripts", "terraform")

#: A policy variable of IAM, which templatefile would take for an expression.
_VARIABLE = re.compile(rb"\$\{(?=[A-Za-z0-9-]+:)")


def pack(root: Path, out: Path, epoch: int) -> Path:
    """Writes ``sagemaker-roles-terraform-VERSION.tar.gz`` into a folder; its arguments are those of npm's package."""
    version = checkout_version(root)
    file = out / f"sagemaker-roles-terraform-{version}.tar.gz"
    file.write_bytes(archive("sagemaker-roles-terraform", content(root), epoch))
    return file


def content(root: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the module."""
    for path in sorted((root / FOLDER).iterdir()):
        yield path.name, path.read_bytes()
    yield "LICENSE", (root / "LICENSE").read_bytes()
    built = files(checkout_built(root))
    for path in sorted(built):
        if path.endswith("/operation.json"):
            record = json.loads(built[path])
            for role in record["roles"]:
                yield from _role(built, role, f"data/{record['operation']}/{role['id']}")


def _role(built: Mapping[str, bytes], role: Mapping[str, Any], folder: str) -> Iterator[tuple[str, bytes]]:
    links = role["links"]
    yield f"{folder}/policy.json", escaped(built[links["policy"]])
    yield f"{folder}/trust-policy.json", escaped(built[links["trust_policy"]])
    for addon in role["addons"]:
        steps = {part: addon["links"].get(link) for part, link in (("policy", "patch"), ("trust", "trust_patch"))}
        # Every step of a published patch adds a statement; a test says so.
        added = {
            part: [step["value"] for step in json.loads(built[link])] if link else [] for part, link in steps.items()
        }
        yield f"{folder}/addons/{addon['id']}.json", escaped(canonical(added))
    for number, one in enumerate(json.loads(built[links["companions"]])["companions"], 1):
        if one.get("policy"):
            kept = {name: one[name] for name in ("kind", "resource", "needed", "policy")}
            yield f"{folder}/companions/{number:02}-{one['kind']}.json", escaped(canonical(kept))


def escaped(text: bytes) -> bytes:
    """A published text as a template of Terraform, whose result is the text again."""
    return _VARIABLE.sub(rb"$${", text.replace(b"%{", b"%%{"))

"""Makes the Terraform module: its source, and the published policies as templates of Terraform."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import terraform_requests
from kb.publish.archives import files
from sagemaker_roles.canonical import canonical
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.version import checkout_built

FOLDER = Path("scripts", "terraform")

#: A policy variable of IAM, which templatefile would take for an expression.
_VARIABLE = re.compile(rb"\$\{(?=[A-Za-z0-9-]+:)")


def content(root: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the module."""
    for file in sorted((root / FOLDER).glob("*.*")):
        yield file.name, file.read_bytes()
    yield "LICENSE", (root / "LICENSE").read_bytes()
    built = files(checkout_built(root))
    catalog = Catalog(json.loads(built["catalog.json"]))
    kinds = canonical(terraform_requests.patterns(catalog))
    yield "data/kinds.json", kinds
    yield "request.tf", terraform_requests.followed(root / FOLDER / "templates").encode("ascii")
    for path in sorted(built):
        if path.endswith("/operation.json"):
            record = json.loads(built[path])
            name = record["operation"]
            for role, grantee in zip(record["roles"], catalog.operation(name).roles, strict=True):
                folder = f"data/{name}/{role['id']}"
                yield from _role(built, role, folder)
                sids = {one["statement"]["Sid"]: one["members"] for one in role["statements"]}
                companions = built[role["links"]["companions"]].decode("ascii")
                names = {one["name"] for one in role["placeholders"]} | {*re.findall(r"\$\{([A-Z]\w*)\}", companions)}
                table = terraform_requests.Table(catalog, grantee, sids, names)
                yield f"{folder}/request.json", canonical(table.to_json())
                yield f"examples/{name}-{role['id']}/main.tf", _example(built, name, role).encode("ascii")


def _example(built: Mapping[str, bytes], operation: str, role: Mapping[str, Any]) -> str:
    """A call of the module with a value for each placeholder of the policy without add-ons."""
    used = set(
        re.findall(
            r"\$\{([A-Z]\w*)\}", (built[role["links"]["policy"]] + built[role["links"]["trust_policy"]]).decode()
        )
    )
    lines = [
        f"    {one['name']} = {json.dumps(one['example'])}"
        for one in role["placeholders"]
        if one["name"] in used - {"Partition", "Region", "Account"}
    ]
    values = ["  values = {", *lines, "  }"] if lines else []
    given = ['  source    = "../.."', f'  operation = "{operation}"', f'  role      = "{role["id"]}"']
    return "\n".join(['module "role" {', *given, *values, "}", ""])


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

"""Prints the policy of a role with add-ons, filled: policy.py VERSION_FOLDER VALUES_FILE."""

import json
import re
import sys
from pathlib import Path

import jsonpatch


def fill(part, values):
    """Puts values in for placeholders; one without a value raises KeyError. IAM's own variables (`${aws:…}`) stay."""
    if isinstance(part, dict):
        return {key: fill(item, values) for key, item in part.items()}
    if isinstance(part, list):
        return [fill(item, values) for item in part]
    return re.sub(r"\$\{([A-Z][A-Za-z0-9]*)\}", lambda found: values[found[1]], part)


version, values_file = map(Path, sys.argv[1:])
role = version / "operations" / "CreateTrainingJob" / "execution"
policy = json.loads((role / "policy.json").read_text("utf-8"))
for addon in ("vpc", "kms-output"):
    patch = json.loads((role / "addons" / f"{addon}.patch.json").read_text("utf-8"))
    policy = jsonpatch.apply_patch(policy, patch)
print(json.dumps(fill(policy, json.loads(values_file.read_text("utf-8"))), indent=2))

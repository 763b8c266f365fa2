"""Asks Terraform or OpenTofu what the Terraform module gives, and compares it with what the tests' evaluator says.

Usage: python tests/live/terraform.py PROGRAM [REQUESTS], for version 1.5 or newer. It needs no account and no
network: the role is left out, and what the provider would say of the account is written in.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "scripts" / "tools")]

import terraform_module  # noqa: E402
from made.requests import make  # noqa: E402
from support import document, published  # noqa: E402
from test_terraform_module import evaluated  # noqa: E402

_HOME = {
    "data.aws_partition.current.partition": '"aws"',
    "data.aws_region.current.region": '"us-west-2"',
    "data.aws_caller_identity.current.account_id": '"111122223333"',
}
_BLOCK = r'(?ms)^(terraform|data "\w+" "\w+"|resource "\w+" "\w+"|output "role_arn") \{(\}|.*?^\})\n'


def cases(requests: int) -> list[dict[str, Any]]:
    """Calls of the module: each role without and with all add-ons, and from seeded requests."""
    found: list[dict[str, Any]] = []
    for path in (one for one in published() if one.endswith("/operation.json")):
        for role in document(path)["roles"]:
            given = {"operation": document(path)["operation"], "role": role["id"]}
            examples = {one["name"]: one["example"] for one in role["placeholders"]}
            values = {name: text for name, text in examples.items() if not re.search(r'[*?$"\\]', text)}
            found += [
                {**given, "values": values, "addons": kept} for kept in ([], [one["id"] for one in role["addons"]])
            ]
            for seed in range(requests):
                request = make(given["operation"], random.Random(seed), 0.5)  # noqa: S311
                found.append({**given, "request_json": json.dumps(request)})
    return found


def main(program: str, requests: str = "2") -> int:
    """Runs the program in a folder of its own; gives the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder, module = Path(name), Path(name, "module")
        for path, content in terraform_module.content(ROOT):
            text = content.decode()
            if path in ("main.tf", "outputs.tf"):
                text = re.sub(_BLOCK, "", text)
                for there, value in _HOME.items():
                    text = text.replace(there, value)
            (module / path).parent.mkdir(parents=True, exist_ok=True)
            (module / path).write_text(text)
        given = cases(int(requests))
        calls = {f"m{number}": {"source": "./module", "create": False, **one} for number, one in enumerate(given)}
        escaped = json.loads(re.sub(r"[$%](?=\{)", r"\g<0>\g<0>", json.dumps(calls)))
        outputs = {call: {"value": f"${{module.{call}}}"} for call in calls}
        (folder / "main.tf.json").write_text(json.dumps({"module": escaped, "output": outputs}))
        for command in (["init", "-backend=false"], ["apply", "-auto-approve"], ["output", "-json"]):
            done = subprocess.run([program, *command], cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode:
                print(done.stdout, done.stderr, file=sys.stderr)
                return 1
        answers = json.loads(done.stdout)
        wrong = 0
        for call, one in zip(calls, given, strict=True):
            theirs, ours = answers[call]["value"], evaluated(module, **one)
            found = (
                json.loads(theirs["policy_json"]),
                json.loads(theirs["trust_json"]),
                theirs["addons"],
                theirs["missing"],
            )
            if found != (ours["policy"], ours["trust"], ours["ids"], ours["missing"]):
                wrong += 1
                print(f"{one} differs")
        print(f"{len(given)} calls, {wrong} differ")
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

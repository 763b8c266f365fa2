"""Runs the flows of one SDK with their requests captured, and prints what became of them: run.py v2|v3 [some|FLOW…]."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import os
import random
import sys
import time
import traceback
import warnings
from typing import Any

SEED = 30


def main() -> None:
    """Prints a JSON object: flow to its operations, what is not accounted for, and its failure, if it fails."""
    version, *wanted = sys.argv[1:]
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        os.environ[name] = "us-west-2"
    time.sleep = lambda _: None
    from sagemaker_roles import Catalog, Choice, capture

    catalog = Catalog.load()
    said = io.StringIO()
    results: dict[str, Any] = {}
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        importlib.import_module(f"flows_{version}")
        from flow import ACCOUNT, FLOWS, REGION

        chosen = random.Random(SEED).sample(sorted(FLOWS), len(FLOWS) // 5) if wanted == ["some"] else wanted  # noqa: S311
        for name, function in FLOWS.items():
            if chosen and name not in chosen:
                continue
            with capture(region=REGION, account=ACCOUNT) as captured:
                failure = failed(function)
            results[name] = {
                "failure": failure,
                "requests": [
                    [call.operation, json.loads(json.dumps(call.parameters, default=str))]
                    for call in captured.calls
                    if call.service == "sagemaker" and call.operation.startswith("Create")
                ],
                "operations": [call.operation for call in captured.calls if call.service == "sagemaker"],
                **accounted(catalog, captured, Choice(merge=True)),
            }
    json.dump(results, sys.stdout)


def failed(function: Any) -> str:
    """Runs a flow; what went wrong, or an empty text."""
    try:
        function()
    except (Exception, SystemExit):
        return "".join(traceback.format_exc().splitlines(keepends=True)[-12:])
    return ""


def accounted(catalog: Any, captured: Any, choice: Any) -> dict[str, Any]:
    """What was composed for a flow, as far as the tests look at it."""
    from sagemaker_roles import NothingToCompose

    try:
        result = captured.compose(catalog, choice)
    except NothingToCompose:
        return {"account": 0, "open": [], "problems": [], "placeholders": []}
    lines = [line for role in result.roles for line in role.composition.account]
    return {
        "account": len(lines),
        "open": [[one.operation, one.path, one.value, one.reason] for one in lines if one.outcome == "note"],
        "problems": [one.message for one in result.notices if one.kind == "problem"],
        "placeholders": sorted({name for role in result.roles for name in role.composition.placeholders}),
    }


if __name__ == "__main__":
    main()

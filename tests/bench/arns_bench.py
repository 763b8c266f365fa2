"""How many pairs of ARNs a second the algebra compares: each Resource of the built policies with each other one."""

from __future__ import annotations

import json
import sys
import time

from start_up_bench import ROOT

from sagemaker_roles.iam import arns
from sagemaker_roles.iam.patterns import covers

#: Least comparisons a second of processor time.
PACE = 100_000


def main() -> int:
    """Prints the pace; returns 1 if it misses the target."""
    texts: set[str] = set()
    for file in sorted((ROOT / "build" / "v1" / "next").glob("operations/*/*/policy*.json")):
        for statement in json.loads(file.read_text("utf-8"))["Statement"]:
            texts.update(statement["Resource"])
    patterns = [arns.resource(text) for text in sorted(texts)]
    begin = time.process_time()
    covered = sum(covers(one, other) for one in patterns for other in patterns)
    pace = len(patterns) ** 2 / (time.process_time() - begin)
    good = pace >= PACE
    print(
        f"ARNs: {pace:,.0f} comparisons a second of {len(patterns)} patterns, of which {covered:,} cover another "
        f"(at least {PACE:,}) {'ok' if good else 'MISSED'}",
        flush=True,
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

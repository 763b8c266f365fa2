"""How fast `compose` is in process, and over a folder of CloudTrail log files."""

from __future__ import annotations

import gzip
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import TOOL, spent, told
from training_jobs import as_event, full_training_job

from sagemaker_roles import Catalog, Request, compose

ROUNDS = 2000

#: Most seconds of processor time (median) that composing may take in process.
WARM = 0.001
#: Log files, events in each, and how many of these take a role.
FILES, EVENTS, TAKE = 1000, 100, 2
#: Of how many different set-ups the jobs in the logs are: each job has a name of its own, but not a bucket of its own.
SET_UPS = 23
#: Least events a second, and most MiB of memory, over the folder of log files.
PACE, MEMORY = 20_000, 200


def in_process() -> bool:
    """The same request again and again, and requests whose names, buckets and keys are all new."""
    catalog = Catalog.load()
    compose(catalog, [Request("CreateTrainingJob", full_training_job(0))])
    known = [full_training_job(0)] * ROUNDS
    new = [full_training_job(number) for number in range(1, ROUNDS + 1)]
    seconds = {}
    for name, requests in (("the same values", known), ("new values", new)):
        times = []
        for members in requests:
            start = time.process_time()
            compose(catalog, [Request("CreateTrainingJob", members)])
            times.append(time.process_time() - start)
        seconds[name] = statistics.median(times)
    # Neither requests nor how their values read are remembered. New values are shown beside: a log brings such.
    print(f"in process, with new values each time: {seconds['new values'] * 1000:.2f} ms")
    return told(f"in process, median of {ROUNDS}", seconds["the same values"] * 1000, WARM * 1000, "ms")


def other_event(number: int) -> dict[str, Any]:
    """An event that takes no role, of the size that such events have."""
    return as_event("DescribeTrainingJob", {"trainingJobName": f"job-{number}"}, number)


def trail(folder: Path) -> bool:
    """A folder of log files as CloudTrail delivers them, gzipped, by a process of its own."""
    for file in range(FILES):
        first = file * EVENTS
        events = [
            as_event("CreateTrainingJob", full_training_job(number % SET_UPS, f"job-{number}"), number)
            if number % EVENTS < TAKE
            else other_event(number)
            for number in range(first, first + EVENTS)
        ]
        text = json.dumps({"Records": events}, separators=(",", ":"))
        (folder / f"log-{file:04}.json.gz").write_bytes(gzip.compress(text.encode(), 1))
    bucket = "s3://amzn-s3-demo-bucket/images/"  # where the objects lie that the manifest in the requests names
    found = spent([TOOL, "compose", "--request", str(folder), "--merge", "--manifest-bucket", bucket])
    what = f"{FILES} log files of {EVENTS} events, {TAKE} of which take a role ({SET_UPS} set-ups)"
    good = told(what, FILES * EVENTS / found.seconds, PACE, "events/s", is_least=True)
    return told(f"{what}, memory", found.memory, MEMORY, "MiB") and good


def main() -> int:
    """Prints what was measured; returns 1 if a target is missed."""
    with tempfile.TemporaryDirectory() as folder:
        good = [in_process(), trail(Path(folder))]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())

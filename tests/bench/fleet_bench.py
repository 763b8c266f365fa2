"""Events/s, MB/s of inflated log, and peak memory of `fleet`, over generated organizations of three sizes."""

from __future__ import annotations

import gzip
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from training_jobs import as_event, full_training_job

from sagemaker_roles.catalog import Catalog
from sagemaker_roles.fleet.run import Job, run

#: Of a thousand events, how many are SageMaker's; of these, half pass a role.
SHARE = 30
EVENTS = 20_000
REPEATED = (1, 10, 50)


def members(folder: Path, repeated: int) -> None:
    """Writes four logs of 5,000 events each; each file's compressed member is repeated in it."""
    choose = random.Random(7)  # noqa: S311
    events = []
    for number in range(EVENTS):
        event = as_event("CreateTrainingJob", full_training_job(number % 500, f"job-{number}"), number)
        event["eventTime"] = f"2026-11-{1 + number % 28:02}T09:00:00Z"
        if choose.randrange(1000) >= SHARE:
            policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]})
            event |= {"eventSource": "iam.amazonaws.com", "eventName": "PutRolePolicy"}
            event["requestParameters"] = {"policyDocument": policy, "roleName": f"role-{number}", "x": "y" * 400}
        elif choose.random() < 0.5:
            event |= {"eventName": "DescribeTrainingJob", "requestParameters": {"trainingJobName": f"job-{number}"}}
        events.append(event)
    for number in range(4):
        text = json.dumps({"Records": events[number::4]}, separators=(",", ":")).encode()
        (folder / f"{number}.json.gz").write_bytes(gzip.compress(text, 6) * repeated)


def measure(repeated: int, workers: int) -> None:
    """Runs in a process of its own and prints what it measured as JSON."""
    with tempfile.TemporaryDirectory() as name:
        logs = Path(name, "logs")
        logs.mkdir()
        members(logs, repeated)
        seen = [(0, 0)]
        times = [0.0, 0.0]
        start, begin = time.perf_counter(), time.process_time()
        job = Job((str(logs),), Path(name, "out"), workers=workers)

        def report(progress: object) -> None:
            seen[0] = (getattr(progress, "events", 0), getattr(progress, "inflated", 0))
            times[:] = time.perf_counter() - start, time.process_time() - begin

        run(Catalog.load(), job, report)
        whole = time.perf_counter() - start
    scale = 1 if sys.platform == "darwin" else 1024
    peaks = [resource.getrusage(who).ru_maxrss * scale for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(
        json.dumps(
            {
                "events": seen[0][0],
                "size": seen[0][1],
                "read": times[0],
                "busy": times[1],
                "whole": whole,
                "peaks": peaks,
            }
        )
    )


def main() -> None:
    """Prints one line for each size and number of workers."""
    for repeated in REPEATED:
        for workers in (1, 2):
            command = [sys.executable, __file__, str(repeated), str(workers)]
            found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
            # Of one process the time that the processor took is known, which other work on the machine lengthens less.
            busy = f" ({found['events'] / found['busy']:,.0f} events for each processor second)" if workers == 1 else ""
            print(
                f"{found['events']:>9,} events, {workers} workers: {found['events'] / found['read']:,.0f} events/s, "
                f"{found['size'] / found['read'] / 1e6:,.0f} MB/s inflated{busy}; composed and written after "
                f"{found['whole'] - found['read']:.1f} s; peak memory {found['peaks'][0] / (1 << 20):.0f} MiB, "
                f"of a worker {found['peaks'][1] / (1 << 20):.0f} MiB",
                flush=True,
            )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]), int(sys.argv[2]))
    else:
        main()

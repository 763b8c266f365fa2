"""How fast `compose` is: cold beside policy_sentry, in process, and over a folder of CloudTrail log files."""

from __future__ import annotations

import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from start_up_bench import BARE, RIVAL, medians, template, verdict
from training_jobs import as_event, full_training_job

from sagemaker_roles import Catalog, Request, compose

COMPOSE = [str(Path(sys.executable).with_name("sagemaker-roles")), "compose"]
#: Where the objects lie that the manifest in the requests names.
BUCKET = "s3://amzn-s3-demo-bucket/images/"
ROUNDS = 2000

#: Most that a cold `compose` may take, as a part of policy_sentry's time.
COLD = 1 / 4
#: Most that it may take, as a multiple of a bare Python with click.
BARELY = 2.2
#: Most seconds of processor time (median) that composing may take in process.
WARM = 0.001
#: Log files, events in each, and how many of these take a role.
FILES, EVENTS, TAKE = 1000, 100, 2
#: Of how many different set-ups the jobs in the logs are: each job has a name of its own, but not a bucket of its own.
SET_UPS = 23
#: Least events a second, and most bytes of memory, over the folder of log files.
PACE, MEMORY = 20_000, 200 << 20


def cold(folder: Path) -> bool:
    """One full request from a file to a policy, as a process, beside policy_sentry's policy of the same actions."""
    request = folder / "request.json"
    request.write_text(json.dumps(full_training_job(0)))
    command = [*COMPOSE, "CreateTrainingJob", "--request", str(request), "--manifest-bucket", BUCKET]
    printed = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    policies = printed if isinstance(printed, list) else [printed]
    actions = {action for policy in policies for statement in policy["Statement"] for action in statement["Action"]}
    file = folder / "actions.yml"
    file.write_text(template(sorted(actions)))
    rival = [RIVAL, "write-policy", "--input-file", str(file)]
    found = medians({"compose": command, "policy_sentry": rival, "bare": BARE})
    own, other, bare = found.values()
    good = own / other <= COLD and own / bare <= BARELY
    print(
        f"cold: {own * 1000:.0f} ms; policy_sentry write-policy for its {len(actions)} actions: {other * 1000:.0f} ms, "
        f"ratio {own / other:.2f} (at most {COLD:.2f}); python with click: {bare * 1000:.0f} ms, "
        f"ratio {own / bare:.2f} (at most {BARELY:.2f}) {verdict(good)}",
        flush=True,
    )
    return good


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
    good = seconds["the same values"] <= WARM
    print(
        f"in process: {seconds['the same values'] * 1000:.2f} ms (median of {ROUNDS}; at most {WARM * 1000:.1f}) "
        f"{verdict(good)}; with new values each time {seconds['new values'] * 1000:.2f} ms",
        flush=True,
    )
    return good


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
    command = [*COMPOSE, "--request", str(folder), "--merge", "--manifest-bucket", BUCKET]
    start = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, stdout=out, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        if child.returncode:
            errors.seek(0)
            raise SystemExit(f"compose exited with {child.returncode}: {errors.read()[:2000].decode()}")
    pace = FILES * EVENTS / seconds
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(
        f"{FILES} log files of {EVENTS} events, {TAKE} of which take a role ({SET_UPS} set-ups): "
        f"{pace:,.0f} events/s (at least {PACE:,}) "
        f"{verdict(pace >= PACE)}, peak memory {peak / (1 << 20):.0f} MiB (below {MEMORY >> 20}) "
        f"{verdict(peak < MEMORY)}",
        flush=True,
    )
    return pace >= PACE and peak < MEMORY


def main() -> int:
    """Prints what was measured; returns 1 if a target is missed."""
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        good = [cold(Path(first)), in_process(), trail(Path(second))]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())

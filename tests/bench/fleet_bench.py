"""Events/s, MB/s of inflated log, and peak memory of `fleet`, over a generated organization of several sizes.

FLEET_MILLIONS="1 10 100" sets the sizes, in millions of events, and FLEET_REQUESTS="20000 200000" how many distinct
requests of many roles are composed, and FLEET_ROLE="4000 16000" how many of one role.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import organization_logs
from measuring import told
from training_jobs import as_event

from sagemaker_roles.catalog import Catalog
from sagemaker_roles.extras.fleet.log_files import Listing, Range
from sagemaker_roles.extras.fleet.output import Progress
from sagemaker_roles.extras.fleet.run import Job, run
from sagemaker_roles.extras.fleet.store import Shard

#: Different events; more are the same again, as compressed members.
BASE = 100_000

#: Targets: MiB of memory, MB of log for each processor second, growth, seconds for 200,000 requests on two cores.
MEMORY, SPEED, LINEAR, COMPOSING = 512, 300, 1.2, 180


def peak() -> int:
    """The most memory that this process or one of its workers had."""
    scale = 1 if sys.platform == "darwin" else 1024
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * scale


def busy() -> float:
    """Processor time of this process and of workers that ended."""
    return sum(
        time.ru_utime + time.ru_stime
        for time in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def whole_run(workers: str, *logs: str) -> dict[str, Any]:
    """A run over logs, or a table if its name ends so."""
    seen = Progress()
    start, read = time.perf_counter(), [0.0, 0.0]

    def report(progress: Progress) -> None:
        seen.events, seen.inflated = progress.events, progress.inflated
        if not progress.roles:
            read[:] = time.perf_counter() - start, busy()

    tables = tuple(name for name in logs if name.endswith(".csv"))
    with tempfile.TemporaryDirectory() as name:
        job = Job(tuple({*logs}.difference(tables)), Path(name, "out"), workers=int(workers), tables=tables)
        outcome = run(Catalog.load(), job, report)
    whole = time.perf_counter() - start
    return {
        "events": seen.events,
        "size": seen.inflated,
        "roles": outcome.roles,
        "read": read[0],
        "composed": whole - read[0],
        "busy": busy() - read[1],
        "peak": peak(),
    }


def reader_of(folder: str) -> dict[str, Any]:
    """Reduces a folder's files with the local reader."""
    with tempfile.TemporaryDirectory() as name:
        shard = Shard(Catalog.load(), Range(), Path(name))
        begin = time.process_time()
        done = [shard.take(file)[1] for file in Listing((folder,), Range(), Path(name))]
        shard.close()
        spent = time.process_time() - begin
    return {"events": sum(item.events for item in done), "size": sum(item.size for item in done), "busy": spent}


def one_role(count: str) -> dict[str, Any]:
    """Composes requests of one role, all of them different, in the mix of the organization."""
    with tempfile.TemporaryDirectory() as name:
        for start in range(0, int(count), 1000):
            events = []
            for number in range(start, min(start + 1000, int(count))):
                operation, members = organization_logs.request(number * organization_logs.ROLES)
                passed = {"RoleArn", "ExecutionRoleArn"}.intersection(members)
                members |= dict.fromkeys(passed, "arn:aws:iam::111122223333:role/Training")
                events.append(as_event(operation, members, number))
            Path(name, f"{start}.json").write_text(json.dumps({"Records": events}, separators=(",", ":")))
            del events
        return whole_run("1", name)


def asked(*arguments: object) -> dict[str, Any]:
    """What a process of its own measured."""
    command = [sys.executable, __file__, *map(str, arguments)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def sizes(millions: list[float]) -> bool:
    """Runs over more and more events; returns whether memory stays and time grows with the events."""
    good, first = True, 0.0
    for number in millions:
        with tempfile.TemporaryDirectory() as name:
            organization_logs.logs(Path(name), BASE, round(number * 1e6 / BASE))
            found = asked("run", 2, name)
        each = found["read"] / found["events"] * 1e6
        what = f"{found['events']:,} events"
        print(
            f"{what}, 2 workers: {1e6 / each:,.0f} events/s, {found['size'] / found['read'] / 1e6:,.0f} MB/s inflated; "
            f"{found['roles']:,} roles composed and written after {found['composed']:.1f} s"
        )
        first = first or each
        good &= stays(what, each, first, found["peak"], "µs for each")
    return good


def stays(what: str, each: float, first: float, peak: float, unit: str) -> bool:
    """Whether memory is in its bounds, and time grows with the number."""
    good = told(f"{what}, peak memory of a process", peak / (1 << 20), MEMORY, "MiB")
    return told(f"{what}, time", each, first * LINEAR, unit) and good


def reading(count: int) -> bool:
    """The local reader alone on raw files; returns whether it has its target."""
    with tempfile.TemporaryDirectory() as name:
        organization_logs.logs(Path(name), count)
        reader = asked("reader", name)
    print(f"raw files, for each processor second: {reader['events'] / reader['busy']:,.0f} events")
    return told("inflated", reader["size"] / reader["busy"] / 1e6, SPEED, "MB", is_least=True)


def composing(counts: list[int]) -> bool:
    """Distinct requests of 5,000 roles out of a table, on two cores; returns whether they take as long as they may."""
    good, first = True, 0.0
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            organization_logs.table(Path(name, "table.csv"), count)
            found = asked("run", 2, Path(name, "table.csv"))
        each = found["busy"] / count * 1e3
        first = first or each
        what = f"{count:,} distinct requests of {found['roles']:,} roles, 2 workers"
        good &= stays(what, each, first, found["peak"], "ms of processor time for each")
        good &= told(f"{what}, on two cores", found["busy"] / 2, COMPOSING, "s")
    return good


def one_large_role(counts: list[int]) -> bool:
    """More and more requests of one role; returns whether memory stays in its bounds, and time grows with them."""
    good, first = True, 0.0
    for count in counts:
        found = asked("role", count)
        each = found["busy"] / count * 1e3
        first = first or each
        good &= stays(f"one role of {count:,} requests", each, first, found["peak"], "ms of processor time for each")
    return good


def attempted(part: Callable[[Any], bool], given: Any) -> bool:
    """Whether a part has its targets; one that fails is said to, and the others go on."""
    try:
        return part(given)
    except (OSError, ImportError, subprocess.CalledProcessError) as error:
        print(f"{part.__name__.replace('_', ' ')}: FAILED: {error}", flush=True)
        return False


def main() -> int:
    """Prints one line for each measurement; returns 1 if a target is missed."""
    millions = [float(item) for item in os.environ.get("FLEET_MILLIONS", "1 10").split()]
    requests = [int(item) for item in os.environ.get("FLEET_REQUESTS", "20000 200000").split()]
    role = [int(item) for item in os.environ.get("FLEET_ROLE", "4000 16000").split()]
    parts = ((sizes, millions), (reading, BASE), (composing, requests), (one_large_role, role))
    missed = sum(not attempted(part, given) for part, given in parts)
    return 1 if missed else 0


KINDS: dict[str, Any] = {"run": whole_run, "reader": reader_of, "role": one_role}

if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(main())
    print(json.dumps(KINDS[sys.argv[1]](*sys.argv[2:])))

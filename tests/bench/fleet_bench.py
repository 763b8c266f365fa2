"""Events/s, MB/s of inflated log, and peak memory of `fleet`, over generated organizations of three sizes.

Beside it DuckDB, with the statement of ``fleet --sql duckdb`` on the same raw files; and composing, by requests.
"""

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
from typing import Any

from training_jobs import as_event, full_training_job

from sagemaker_roles.catalog import Catalog
from sagemaker_roles.fleet import sql
from sagemaker_roles.fleet.journal import Journal
from sagemaker_roles.fleet.listing import Listing, Range
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


def duckdb_of(folder: str) -> None:
    """Reduces a folder's files with DuckDB in a process of its own, and prints what it measured as JSON."""
    import duckdb

    statement = sql.statement(Catalog.load(), "duckdb", Range()).rstrip().removesuffix(";")
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.execute(sql.definition("duckdb", folder))
    start, begin = time.perf_counter(), time.process_time()
    rows = connection.execute(statement).fetchall()
    found = {"rows": len(rows), "read": time.perf_counter() - start, "busy": time.process_time() - begin}
    print(json.dumps({**found, "version": duckdb.__version__}))


def reader_of(folder: str) -> None:
    """Reduces a folder's files with the local reader in a process of its own, and prints what it measured as JSON."""
    with tempfile.TemporaryDirectory() as name:
        journal = Journal(Catalog.load(), Range(), Path(name, "journal"))
        start, begin = time.perf_counter(), time.process_time()
        done = [journal.take(file) for file in Listing((folder,), Range(), Path(name))]
        journal.close()
        found = {"events": sum(item.events for item in done), "size": sum(item.inflated for item in done)}
        times = {"read": time.perf_counter() - start, "busy": time.process_time() - begin}
    print(json.dumps({**found, **times}))


def composing_of(roles: int) -> None:
    """Composes 40 distinct requests for each of some roles, in one process, and prints the time as JSON."""
    with tempfile.TemporaryDirectory() as name:
        events = []
        for number in range(roles * 40):
            request = full_training_job(number, f"job-{number}")
            request["RoleArn"] = f"arn:aws:iam::111122223333:role/Training-{number // 40}"
            events.append(as_event("CreateTrainingJob", request, number))
        Path(name, "log.json").write_text(json.dumps({"Records": events}, separators=(",", ":")))
        read = [0.0]

        def report(progress: object) -> None:
            if not getattr(progress, "roles", 0):
                read[0] = time.process_time()

        run(Catalog.load(), Job((str(Path(name, "log.json")),), Path(name, "out")), report)
        print(json.dumps({"busy": time.process_time() - read[0]}))


def verdict(good: bool) -> str:
    """How a target is marked."""
    return "ok" if good else "MISSED"


def asked(*arguments: object) -> dict[str, Any]:
    """What a process of its own measured."""
    command = [sys.executable, __file__, *map(str, arguments)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def side_by_side() -> bool:
    """The local reader and DuckDB on the same raw files; returns whether the reader has its target."""
    with tempfile.TemporaryDirectory() as name:
        members(Path(name), 1)
        # DuckDB reads no joined members, so each file is there ten times.
        for number in range(4):
            raw = Path(name, f"{number}.json.gz")
            for copy in range(10):
                Path(name, f"111122223333_CloudTrail_us-west-2_20261101T{copy:02}{number:02}Z_x.json.gz").write_bytes(
                    raw.read_bytes()
                )
            raw.unlink()
        reader, other = asked("reader", name), asked("duckdb", name)
    speed = reader["size"] / reader["busy"] / 1e6
    print(
        f"raw files, for each processor second: local reader {reader['events'] / reader['busy']:,.0f} events, "
        f"{speed:,.0f} MB inflated (target 300: {verdict(speed >= 300)}); DuckDB {other['version']} "
        f"{reader['events'] / other['busy']:,.0f} events, {reader['size'] / other['busy'] / 1e6:,.0f} MB inflated"
    )
    return speed >= 300


def composing() -> bool:
    """Composing of requests that call for nearly every add-on; returns whether it is linear."""
    small, large = asked("composing", 5)["busy"] / 200, asked("composing", 25)["busy"] / 1000
    print(
        f"composing, for each distinct request: {small * 1e3:.1f} ms of 200, {large * 1e3:.1f} ms of 1,000 "
        f"(target 1.2 times: {verdict(large < small * 1.2)}); 200,000 on two cores: {large * 1e5 / 60:.1f} minutes "
        f"(target 3: {verdict(large * 1e5 < 180)})"
    )
    return large < small * 1.2 and large * 1e5 < 180


def main() -> int:
    """Prints one line for each size and number of workers, and what is beside it; returns 1 if a target is missed."""
    good = True
    for repeated in REPEATED:
        for workers in (1, 2):
            found = asked(repeated, workers)
            # Of one process the time that the processor took is known, which other work on the machine lengthens less.
            busy = f" ({found['events'] / found['busy']:,.0f} events for each processor second)" if workers == 1 else ""
            print(
                f"{found['events']:>9,} events, {workers} workers: {found['events'] / found['read']:,.0f} events/s, "
                f"{found['size'] / found['read'] / 1e6:,.0f} MB/s inflated{busy}; composed and written after "
                f"{found['whole'] - found['read']:.1f} s; peak memory {found['peaks'][0] / (1 << 20):.0f} MiB, "
                f"of a worker {found['peaks'][1] / (1 << 20):.0f} MiB (target 512: "
                f"{verdict(max(found['peaks']) < 512 << 20)})",
                flush=True,
            )
            good &= max(found["peaks"]) < 512 << 20
    return 0 if all([good, side_by_side(), composing()]) else 1


KINDS = {"duckdb": duckdb_of, "reader": reader_of, "composing": lambda text: composing_of(int(text))}

if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(main())
    if sys.argv[1] in KINDS:
        KINDS[sys.argv[1]](sys.argv[2])
    else:
        measure(int(sys.argv[1]), int(sys.argv[2]))

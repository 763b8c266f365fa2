"""The statement for Spark, in a real PySpark with two workers: the rows of the local reader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import organizations
from organizations import ACCOUNTS
from sagemaker_roles.extras.fleet.log_files import Range
from support import ROOT, run
from test_fleet import answers, contents, fleet

SPARK = ROOT / "build" / "spark"

#: Runs the statements of each file in a session of one process, as `spark-sql -f` does, and says how each ended.
_RUN = """
import json, sys
from pathlib import Path
from pyspark.sql import SparkSession
session = SparkSession.builder.getOrCreate()
for file in sys.argv[1:]:
    fault = ""
    try:
        for statement in Path(file).read_text("utf-8").split(";\\n"):
            if statement.strip():
                session.sql(statement)
    except Exception as error:
        fault = str(error)
    print(json.dumps(fault), flush=True)
"""

DAMAGED = "111122223333_CloudTrail_us-west-2_20261101T0905Z_x.json"


def printed(*arguments: str | Path) -> str:
    done = run("fleet", "--sql", "spark", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def reduced(*folders: Path, given: tuple[str, ...]) -> list[str]:
    """Writes the reduced tables of logs in some folders as the guide says; gives what went wrong with each."""
    assert (SPARK / ".stamp").exists(), "run `make build/spark/.stamp`"
    for folder in folders:
        into = f"INSERT OVERWRITE DIRECTORY '{folder / 'table'}' USING parquet\n"
        (folder / "reduce.sql").write_text(printed("--define", folder / "logs") + into + printed(*given))
    settings = {"ui.enabled": "false", "sql.shuffle.partitions": "2", "driver.memory": "512m"}
    options = " ".join(f"--conf spark.{name}={value}" for name, value in settings.items())
    # What runs for seconds is not worth the optimizing compiler.
    options += " --driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'"
    env = {
        **os.environ,
        "PYTHONPATH": str(SPARK),
        "PYSPARK_SUBMIT_ARGS": f"--master local[2] {options} pyspark-shell",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    command = [sys.executable, "-c", _RUN, *(str(folder / "reduce.sql") for folder in folders)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_spark_gives_what_the_reader_gives_and_a_damaged_log_ends_the_statement(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    organizations.write(whole / "logs")
    (broken / "logs").mkdir(parents=True)
    (broken / "logs" / DAMAGED).write_bytes(b'{"Records":[{"eventVersion":"1.09",')
    wanted = Range("2026-11-03T00:00:00Z", "2026-11-25T23:59:59Z", frozenset(ACCOUNTS[1:]))
    given = ("--since", "2026-11-03", "--until", "2026-11-25", "--accounts", ",".join(ACCOUNTS[1:]))
    fault, damaged = reduced(whole, broken, given=given)
    assert not fault
    assert DAMAGED in damaged
    fleet(whole / "logs" / "AWSLogs", out=tmp_path / "of-logs", wanted=wanted)
    fleet(out=tmp_path / "of-table", tables=(str(whole / "table"),))
    first, second = contents(tmp_path / "of-logs"), contents(tmp_path / "of-table")
    assert first["requests.csv"] == second["requests.csv"]
    assert answers(tmp_path / "of-logs") == answers(tmp_path / "of-table")
    assert len(answers(tmp_path / "of-logs")) > 2

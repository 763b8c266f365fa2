"""The statement for Spark, in a real PySpark with two workers: the rows of the local reader."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import organizations
from organizations import ACCOUNTS
from sagemaker_roles.fleet.listing import Range
from support import ROOT, run
from test_fleet import answers, contents, fleet

SPARK = ROOT / "build" / "spark"

#: Runs the statements of a file, as `spark-sql -f` does.
_RUN = """
import sys
from pathlib import Path
from pyspark.sql import SparkSession
session = SparkSession.builder.getOrCreate()
for statement in Path(sys.argv[1]).read_text("utf-8").split(";\\n"):
    if statement.strip():
        session.sql(statement)
"""

pytestmark = pytest.mark.xdist_group("spark")


def printed(*arguments: str | Path) -> str:
    done = run("fleet", "--sql", "spark", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def reduced(folder: Path, logs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Writes the reduced table as the guide says."""
    assert (SPARK / ".stamp").exists(), "run `make build/spark/.stamp`"
    into = f"INSERT OVERWRITE DIRECTORY '{folder / 'table'}' USING parquet\n"
    (folder / "reduce.sql").write_text(printed("--define", logs) + into + printed(*arguments))
    settings = {"ui.enabled": "false", "sql.shuffle.partitions": "2", "driver.memory": "512m"}
    options = " ".join(f"--conf spark.{name}={value}" for name, value in settings.items())
    env = {
        **os.environ,
        "PYTHONPATH": str(SPARK),
        "PYSPARK_SUBMIT_ARGS": f"--master local[2] {options} pyspark-shell",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    command = [sys.executable, "-c", _RUN, str(folder / "reduce.sql")]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_spark_gives_what_the_reader_gives(tmp_path: Path) -> None:
    organizations.write(tmp_path / "logs")
    wanted = Range("2026-11-03T00:00:00Z", "2026-11-25T23:59:59Z", frozenset(ACCOUNTS[1:]))
    given = ("--since", "2026-11-03", "--until", "2026-11-25", "--accounts", ",".join(ACCOUNTS[1:]))
    done = reduced(tmp_path, tmp_path / "logs", *given)
    assert done.returncode == 0, done.stderr
    fleet(tmp_path / "logs" / "AWSLogs", out=tmp_path / "of-logs", wanted=wanted)
    fleet(out=tmp_path / "of-table", tables=(str(tmp_path / "table"),))
    first, second = contents(tmp_path / "of-logs"), contents(tmp_path / "of-table")
    assert first["requests.csv"] == second["requests.csv"]
    assert answers(tmp_path / "of-logs") == answers(tmp_path / "of-table")
    assert len(answers(tmp_path / "of-logs")) > 2


def test_a_damaged_log_ends_the_statement(tmp_path: Path) -> None:
    name = "111122223333_CloudTrail_us-west-2_20261101T0905Z_x.json"
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / name).write_bytes(b'{"Records":[{"eventVersion":"1.09",')
    done = reduced(tmp_path, tmp_path / "logs")
    assert done.returncode != 0
    assert name in done.stderr

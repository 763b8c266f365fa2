"""The reduction on Spark with two workers: the rows of the local reader."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import organizations
from organizations import ACCOUNTS
from sagemaker_roles.fleet.listing import Range
from support import ROOT, SCRIPTS
from test_fleet import answers, contents, fleet

SPARK = ROOT / "build" / "spark"
JOB = SCRIPTS / "sagemaker_roles" / "fleet" / "spark_job.py"

pytestmark = pytest.mark.xdist_group("spark")


def job(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs the job as spark-submit does: the file, in a process with Spark's library."""
    assert (SPARK / ".stamp").exists(), "run `make build/spark/.stamp`"
    settings = {"ui.enabled": "false", "sql.shuffle.partitions": "2", "driver.memory": "512m"}
    options = " ".join(f"--conf spark.{name}={value}" for name, value in settings.items())
    env = {
        **os.environ,
        "PYTHONPATH": f"{SPARK}{os.pathsep}{SCRIPTS}",
        "PYSPARK_SUBMIT_ARGS": f"--master local[2] {options} pyspark-shell",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    command = [sys.executable, str(JOB), *map(str, arguments)]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_spark_gives_what_the_reader_gives(tmp_path: Path) -> None:
    organizations.write(tmp_path / "logs")
    wanted = Range("2026-11-03T00:00:00Z", "2026-11-25T23:59:59Z", frozenset(ACCOUNTS[1:]))
    given = ("--since", "2026-11-03", "--until", "2026-11-25", "--accounts", ",".join(ACCOUNTS[1:]))
    done = job(tmp_path / "logs", "--out", tmp_path / "table", *given)
    assert done.returncode == 0, done.stderr
    fleet(tmp_path / "logs" / "AWSLogs", out=tmp_path / "of-logs", wanted=wanted)
    fleet(out=tmp_path / "of-table", tables=(str(tmp_path / "table"),))
    first, second = contents(tmp_path / "of-logs"), contents(tmp_path / "of-table")
    assert first["requests.parquet"] == second["requests.parquet"]
    assert first["requests.csv"] == second["requests.csv"]
    assert answers(tmp_path / "of-logs") == answers(tmp_path / "of-table")
    assert len(answers(tmp_path / "of-logs")) > 2


def test_a_damaged_log_is_named_without_a_traceback(tmp_path: Path) -> None:
    name = "111122223333_CloudTrail_us-west-2_20261101T0905Z_x.json"
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / name).write_bytes(b'{"Records":[{"eventVersion":"1.09",')
    done = job(tmp_path / "logs", "--out", tmp_path / "table")
    assert done.returncode == 1
    assert f"cannot write {tmp_path / 'table'}: " in done.stderr
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_usage_needs_no_spark(tmp_path: Path) -> None:
    for arguments, message in (
        (["logs"], "--out"),
        (["a'b", "--out", "x"], "not a valid location"),
        (["logs", "--out", "x", "--accounts", "1"], "12 digits"),
        (["logs", "--out", "x", "--since", ""], "--since: is empty"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "sagemaker_roles.fleet.spark", *arguments],
            env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert message in done.stderr


def test_without_spark_the_extra_is_named() -> None:
    code = "import sys; sys.modules['pyspark.errors'] = None; from sagemaker_roles.fleet.spark import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "logs", "--out", "x"],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "install the package with the extra `spark`" in done.stderr

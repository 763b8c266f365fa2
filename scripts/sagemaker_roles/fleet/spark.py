"""The reduction as a job for Spark: `python -m sagemaker_roles.fleet.spark LOCATION --out FOLDER`, or spark_job.py.

Only the process that starts the job needs this package; the executors run SQL alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from ..catalog import Catalog
from .listing import Range
from .sql import definition, statement


def reduced(session: Any, catalog: Catalog, location: str, wanted: Range) -> Any:
    """The reduced table as a DataFrame.

    Args:
        session: a ``SparkSession``.
        catalog: which operations matter.
        location: folder above log files.
        wanted: which events are asked for.

    Raises:
        ValueError: the location is not valid.
    """
    text = statement(catalog, "spark", wanted)
    for part in definition("spark", location).split(";\n"):
        if part.strip():
            session.sql(part)
    return session.sql(text.rstrip().removesuffix(";"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the job; returns 0 if the table is written, 1 if it is not, 2 for wrong usage."""
    parser = argparse.ArgumentParser("sagemaker_roles.fleet.spark", description="Writes the reduced table as Parquet.")
    parser.add_argument(
        "location", type=_given, metavar="LOCATION", help="folder above log files, such as s3://bucket/AWSLogs/"
    )
    parser.add_argument(
        "--out", type=_given, required=True, metavar="FOLDER", help="write the table into this new folder"
    )
    parser.add_argument("--since", type=_given, metavar="TIME", help="first day or time, such as 2026-11-01")
    parser.add_argument("--until", type=_given, metavar="TIME", help="last day or time, included")
    parser.add_argument("--accounts", type=_given, metavar="IDS", help="account IDs, separated by commas")
    given = parser.parse_args(arguments)
    try:
        wanted = Range.parsed(given.since or "", given.until or "", given.accounts or "")
        definition("spark", given.location)
    except ValueError as error:
        parser.error(str(error))
    try:
        from py4j.protocol import Py4JJavaError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        parser.error("the job needs Spark; run it with spark-submit, or install the package with the extra `spark`")
    session = SparkSession.builder.appName("sagemaker-roles fleet").getOrCreate()
    try:
        reduced(session, Catalog.load(), given.location, wanted).write.parquet(given.out)
    except (PySparkException, Py4JJavaError) as error:
        print(f"cannot write {given.out}: {_short(error)}", file=sys.stderr)
        return 1
    finally:
        session.stop()
    return 0


def _given(text: str) -> str:
    """The value of an option, which is not empty."""
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty; give a value, or leave it out")
    return text


def _short(error: Exception) -> str:
    """The part of Spark's message that says what is wrong, without where in Spark that was."""
    cause = getattr(error, "java_exception", None)
    return str(cause.getMessage() if cause is not None else error).partition("\n")[0].strip()


if __name__ == "__main__":
    sys.exit(main())

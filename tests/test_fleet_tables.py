"""The reduced table: its schema, its files, and the same answers out of a table as out of the logs."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pyarrow import parquet

import organizations
from composing import compiled
from organizations import ACCOUNTS, Event, arn, event, log, model
from sagemaker_roles.errors import InputError
from sagemaker_roles.extras.fleet import table_files
from sagemaker_roles.extras.fleet.log_files import Range
from sagemaker_roles.extras.fleet.reduced_table import Key, Row, columns, schemas
from sagemaker_roles.extras.fleet.reduction import Reducer
from sagemaker_roles.extras.fleet.run import Damaged
from sagemaker_roles.extras.fleet.table_files import CsvTable, write_parquet
from support import SCRIPTS
from test_fleet import answers, command, contents, fleet, index, ran, without_files

RAW = tuple(column.name for column in columns() if column.is_raw)
Rows = Sequence[Mapping[str, Any]]


def raw(events: Sequence[Event]) -> list[dict[str, Any]]:
    """What an engine gives for events, by other code than the reader's: a row for each event, not even counted."""
    return [
        {
            "account": item["recipientAccountId"],
            "region": item["awsRegion"],
            "operation": item["eventName"],
            "error_code": item.get("errorCode"),
            "events": 1,
            "first_seen": item["eventTime"],
            "last_seen": item["eventTime"],
            "error_message": item.get("errorMessage"),
            "request": None if item["requestParameters"] is None else json.dumps(item["requestParameters"], indent=1),
        }
        for item in events
        if item["eventSource"].startswith("sagemaker")
    ]


def as_csv(rows: Rows) -> bytes:
    """As Athena writes it: everything but null in quotation marks."""
    stream = io.StringIO(newline="")
    table = csv.writer(stream, quoting=csv.QUOTE_NOTNULL if hasattr(csv, "QUOTE_NOTNULL") else csv.QUOTE_ALL)
    table.writerow(rows[0])
    table.writerows(row.values() for row in rows)
    return stream.getvalue().encode()


def as_json(rows: Rows) -> bytes:
    """As Spark writes it: nulls are left out."""
    return b"".join(
        json.dumps({key: value for key, value in row.items() if value is not None}).encode() + b"\n" for row in rows
    )


def as_parquet(rows: Rows) -> bytes:
    stream = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist([*rows]), stream)
    return stream.getvalue()


WRITTEN = {
    "table.csv": as_csv,
    "table.csv.gz": lambda rows: gzip.compress(as_csv(rows), mtime=0),
    "table.json": as_json,
    "part-0.json.gz": lambda rows: gzip.compress(as_json(rows), mtime=0),
    "20261127_0001_abcde": as_parquet,
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_table_gives_what_the_logs_give(name: str, tmp_path: Path) -> None:
    events = organizations.events()
    ran(tmp_path, *events, out="of-logs")
    (tmp_path / name).write_bytes(WRITTEN[name](raw(events)))
    fleet(out=tmp_path / "of-table", tables=(str(tmp_path / name),))
    assert without_files(tmp_path / "of-logs") == {
        **without_files(tmp_path / "of-table"),
        "index": {
            **index(tmp_path / "of-table"),
            "files": None,
            "events": {**index(tmp_path / "of-table")["events"], "read": len(events)},
        },
    }


@pytest.mark.parametrize("name", ["requests.csv", "requests.parquet", "."])
def test_what_a_run_writes_can_be_read_again(name: str, tmp_path: Path) -> None:
    role = arn(ACCOUNTS[0], "Serving")
    odd = [
        event(1, "CreateModel", {**model(1, ACCOUNTS[0], "us-west-2", role), "unheardOf": 1}, ACCOUNTS[0]),
        event(2, "CreateModel", None, ACCOUNTS[0], errorCode="'=x", errorMessage='-"\r\n,'),
        event(3, "CreateModel", None, ACCOUNTS[0], errorCode="\ud800", errorMessage="\u2028"),
    ]
    (tmp_path / "log.json").write_text(json.dumps({"Records": [*organizations.events(), *odd]}))
    fleet(tmp_path / "log.json", out=tmp_path / "one")
    fleet(out=tmp_path / "two", tables=(str(tmp_path / "one" / name),))
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert one["requests.parquet"] == two["requests.parquet"]
    assert one["requests.csv"] == two["requests.csv"]
    assert answers(tmp_path / "one") == answers(tmp_path / "two")
    assert any(json.loads(content).get("notes") for path, content in two.items() if path.startswith("roles/"))


def test_tables_of_months_and_logs_go_together(tmp_path: Path) -> None:
    events = organizations.events()
    for number in range(3):
        (tmp_path / f"{number}.json").write_bytes(log(events[number::3]))
    fleet(*(tmp_path / f"{number}.json" for number in range(3)), out=tmp_path / "all")
    fleet(tmp_path / "0.json", out=tmp_path / "month")
    (tmp_path / "parts" / "part=1").mkdir(parents=True)
    (tmp_path / "parts" / "part=1" / "part-0").write_bytes(as_parquet(raw(events[1::3])))
    (tmp_path / "parts" / "_SUCCESS").write_bytes(b"")
    (tmp_path / "parts" / ".part-0.crc").write_bytes(b"crc")
    (tmp_path / "parts" / "result.csv.metadata").write_bytes(b"\x00")
    tables = (str(tmp_path / "month" / "requests.csv"), str(tmp_path / "parts"))
    fleet(tmp_path / "2.json", out=tmp_path / "again", tables=tables)
    assert contents(tmp_path / "all")["requests.csv"] == contents(tmp_path / "again")["requests.csv"]
    assert answers(tmp_path / "all") == answers(tmp_path / "again")
    assert index(tmp_path / "again")["files"]["damaged"] == []


KEYS = ("account", "role", "region", "operation", "request", "error_code", "error_message")
FAULTS = '[["problem", "x"]]'
TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\"',=+-@\t\r\n\x00\u2028"), max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, TEXTS, st.booleans()), min_size=1, max_size=8))
def test_any_text_survives_both_formats(tmp_path: Path, several: list[Any]) -> None:
    rows = [
        Row(Key("", role, region, "Op", request, code, message, faults), 3, "", "2026-11-01T00:00:00Z")
        for role, region, code, message, shows in several
        for request, faults in [('{"A":"\\n"}', FAULTS) if shows else ("", "[]")]
    ]
    table = CsvTable(tmp_path / "t.csv")
    for row in rows:
        table.add(row)
    table.close()
    write_parquet(table, tmp_path / "t.parquet")
    for name in ("t.csv", "t.parquet"):
        read = [{name: value or "" for name, value in one.items()} for one in table_files._values(str(tmp_path / name))]
        assert [
            Row(
                Key(*(one[item] for item in KEYS), one["faults"] or "[]"),
                int(one["events"]),
                one["first_seen"],
                one["last_seen"],
            )
            for one in read
        ] == rows


def test_the_rows_are_what_the_schema_says(tmp_path: Path) -> None:
    ran(tmp_path, *organizations.events())
    validator = Draft202012Validator(json.loads(schemas()["fleet-table.schema.json"]))
    validator.check_schema(validator.schema)
    table = parquet.read_table(tmp_path / "out" / "requests.parquet")
    rows = table.to_pylist()
    assert rows
    for row in rows:
        assert [*row] == [column.name for column in columns()]
        validator.validate(row)
    for field, column in zip(table.schema, columns(), strict=True):
        assert str(field.type) == ("int64" if column.is_number else "string")
    for row in raw(organizations.events()):
        validator.validate(row)
        assert [*row] == [*RAW]
    with (tmp_path / "out" / "requests.csv").open(newline="") as stream:
        assert [{key: value or None for key, value in row.items()} for row in csv.DictReader(stream)] == [
            {key: None if value is None else str(value) for key, value in row.items()} for row in rows
        ]


ONE = raw(organizations.events())[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (as_csv([{key: value for key, value in ONE.items() if key != "request"}]), 'the column "request" is missing'),
        (as_csv([{**ONE, "events": "many"}]), "row 1: events: expected a whole number"),
        (as_csv([{**ONE, "events": "0"}]), "row 1: events: expected a whole number"),
        (as_csv([{**ONE, "operation": ""}]), "row 1: operation: is empty"),
        (as_csv([{**ONE, "request": "{"}]), "row 1: request: not JSON"),
        (as_csv([{**ONE, "request": "[" * 5000 + "]" * 5000}]), "row 1: "),
        (as_csv([{**ONE, "role": "", "request_id": "x", "faults": "[1]"}]), "row 1: faults: expected"),
        (as_csv([ONE]) + b'"x', "not CSV"),
        (as_csv([ONE]) + b"x,y\r\n", "not CSV: expected 9 cells, not 2"),
        (b"\xff\xfe", "not UTF-8"),
        (b"{}\n", "row 1: events"),
        (b"{\n", "not JSON lines"),
        (b"{}\n[]\n", "row 1: events"),
        (as_json([ONE]) + b"[]\n", "2:1: not JSON lines"),
        (as_json([{**ONE, "region": 4}]), "row 1: region: expected text"),
        (as_json([{**ONE, "events": True}]), "row 1: events: expected"),
        (
            as_json([{**ONE, "role": "arn:aws:iam::111122223333:role/A", "faults": "[]", "request": None}]),
            "row 1: request: is empty",
        ),
        (b"PAR1", "not Parquet that can be read"),
        (as_parquet([ONE])[:-30], "not Parquet that can be read"),
        (as_parquet([{"x": 1}]), 'the column "account" is missing'),
        (gzip.compress(as_csv([ONE]))[:-9], "broken gzip data"),
        (b"x" * (17 << 20), "a line is longer than 16 MiB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # gzip has the time in it, which no worker shares
)
def test_a_table_that_cannot_be_read(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "table").write_bytes(content)
    with pytest.raises(Damaged) as raised:
        fleet(out=tmp_path / "out", tables=(str(tmp_path / "table"),), strict=True)
    assert message in str(raised.value)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(WRITTEN)),
    changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=4),
    cut=st.integers(0, 1 << 20),
)
def test_a_damaged_table_is_a_fault_or_a_table(name: str, changes: list[Any], cut: int, tmp_path: Path) -> None:
    """Never another error."""
    content = bytearray(WRITTEN[name](raw(organizations.events(count=6))))
    for at, value in changes:
        content[at % len(content)] = value
    (tmp_path / "table").write_bytes(content[: cut % (2 * len(content))])
    reducer = Reducer(compiled(), Range())
    with contextlib.suppress(InputError):
        for row in table_files.table_rows(reducer, str(tmp_path / "table")):
            assert row.events > 0


def test_a_table_without_rows(tmp_path: Path) -> None:
    (tmp_path / "header.csv").write_text(",".join(RAW) + "\n")
    (tmp_path / "empty").write_bytes(b"")
    outcome = fleet(out=tmp_path / "out", tables=(str(tmp_path / "header.csv"), str(tmp_path / "empty")))
    assert (outcome.roles, outcome.files, outcome.damaged) == (0, 2, {})


def test_accounts_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(as_csv(raw(organizations.events())))
    wanted = Range(accounts=frozenset(ACCOUNTS[:1]))
    fleet(out=tmp_path / "raw", tables=(str(tmp_path / "table.csv"),), wanted=wanted)
    fleet(out=tmp_path / "all", tables=(str(tmp_path / "table.csv"),))
    fleet(out=tmp_path / "own", tables=(str(tmp_path / "all" / "requests.csv"),), wanted=wanted)
    assert answers(tmp_path / "raw") == answers(tmp_path / "own")
    assert {item["account"] for item in index(tmp_path / "raw")["accounts"]} == {ACCOUNTS[0]}


def test_the_command_reads_tables(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(as_csv(raw(organizations.events())))
    done = command("--from-table", tmp_path / "table.csv", "--out", tmp_path / "out", "--workers", "1")
    assert done.exit_code == 0, done.stderr
    assert "roles written" in done.stderr


# --- what failed calls mean ----------------------------------------------------------------------------------


def test_denied_calls_are_explained(tmp_path: Path) -> None:
    role = arn(ACCOUNTS[0], "team/Serving")
    other = arn(ACCOUNTS[0], "team/Serving2")
    members = model(1, ACCOUNTS[0], "us-west-2", role)
    session = f"User: arn:aws:sts::{ACCOUNTS[0]}:assumed-role/Serving/SageMaker is not authorized to perform: "
    session += "sagemaker:CreateModel on resource: arn:aws:sagemaker:us-west-2:111122223333:model/m"
    failure = {"errorCode": "AccessDeniedException", "errorMessage": organizations.denied(ACCOUNTS[0], role)}
    several = [
        event(1, "CreateModel", members, ACCOUNTS[0]),
        event(2, "CreateModel", members, ACCOUNTS[0], errorCode="ThrottlingException", errorMessage="Rate exceeded"),
        event(3, "CreateModel", None, ACCOUNTS[0], **failure),
        event(4, "CreateModel", None, ACCOUNTS[0], **failure),
        event(5, "CreateModel", None, ACCOUNTS[0], **{**failure, "errorMessage": session}),
        event(6, "CreateModel", model(1, ACCOUNTS[0], "us-west-2", other), ACCOUNTS[0]),
        event(7, "CreateModel", None, ACCOUNTS[0], errorCode="AccessDenied"),
    ]
    ran(tmp_path, *several)
    found = answers(tmp_path / "out")
    assert found[f"{ACCOUNTS[0]} {other}"]["errors"] == []
    by_message = {item["message"]: item for item in found[f"{ACCOUNTS[0]} {role}"]["errors"]}
    assert {text: (item["events"], item["is_denied"]) for text, item in by_message.items()} == {
        "Rate exceeded": (1, False),
        failure["errorMessage"]: (2, True),
        session: (1, True),
    }
    assert by_message["Rate exceeded"]["explanation"]["matter"] == "quota"
    passing = by_message[failure["errorMessage"]]["explanation"]
    assert (passing["action"], passing["resource"], passing["who"]) == ("iam:PassRole", role, "caller")
    assert passing["statement"]["Resource"] == [role]
    assert by_message[session]["explanation"]["action"] == "sagemaker:CreateModel"
    (account,) = index(tmp_path / "out")["accounts"]
    assert account["errors"] == f"errors/{ACCOUNTS[0]}.json"
    listed = json.loads((tmp_path / "out" / account["errors"]).read_bytes())["errors"]
    assert {item["message"]: item["events"] for item in listed} == {failure["errorMessage"]: 2, session: 1, "": 1}
    by_message.pop("Rate exceeded")
    assert {item["message"]: item["explanation"] for item in listed if item["message"]} == {
        text: item["explanation"] for text, item in by_message.items()
    }


def started(code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, "fleet", *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_without_what_reads_fast_the_answers_are_the_same(tmp_path: Path) -> None:
    organizations.write(tmp_path / "logs")
    fleet(tmp_path / "logs", out=tmp_path / "with")
    missing = "isal=None, msgspec=None"
    code = f"import sys; sys.modules.update({missing}); from sagemaker_roles.cli.main import main; main()"
    done = started(code, tmp_path / "logs", "--out", tmp_path / "without", "--workers=1")
    assert done.returncode == 0, done.stderr
    first, second = contents(tmp_path / "with"), contents(tmp_path / "without")
    assert first == second


def test_without_the_database_the_extra_is_named(tmp_path: Path) -> None:
    code = "import sys; sys.modules['duckdb'] = None; from sagemaker_roles.cli.main import main; main()"
    done = started(code, tmp_path, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "-py3-none-any.whl[fleet]" in done.stderr
    assert not (tmp_path / "out").exists()

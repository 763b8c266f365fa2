"""The reduction as SQL: each dialect parses, and DuckDB gives what the reader gives, from raw logs and from Parquet."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pytest
import sqlglot
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from sqlglot import exp

import organizations
from composing import compiled
from organizations import ACCOUNTS, FORMS, Event, arn, event, model
from proof import linters
from proof.documents import Composed
from sagemaker_roles.catalog.operation_names import api_name
from sagemaker_roles.extras.fleet import sql
from sagemaker_roles.extras.fleet.log_files import Range
from sagemaker_roles.extras.fleet.reduced_table import columns
from sagemaker_roles.outputs.choices import DIALECTS
from support import ROOT, document
from test_fleet import answers, command, contents, fleet, follow

MEMBERS = ("eventTime", "eventSource", "eventName", "awsRegion", "errorCode", "errorMessage", "recipientAccountId")
RAW = [column.name for column in columns() if column.is_raw]
WANTED = Range("2026-11-05T00:00:00Z", "2026-11-20T23:59:59Z", frozenset(ACCOUNTS[:2]))


def duck(definition: str, wanted: Range, path: Path) -> None:
    """Writes the reduced table that DuckDB makes, as Parquet or CSV."""
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.execute(definition)
    statement = sql.statement(compiled(), "duckdb", wanted).rstrip().removesuffix(";")
    connection.execute(f"COPY ({statement}) TO '{path}'")
    connection.close()


def events_table(events: Sequence[Event], path: Path) -> None:
    """Events as a table, as a job that loads logs may have written it; members are in other places than in the log."""
    rows = [
        {
            "useridentity": {"type": item["userIdentity"]["type"], "accountid": item["userIdentity"].get("accountId")},
            "requestparameters": None
            if item["requestParameters"] is None
            else organizations.compact(item["requestParameters"]).decode(),
            **{name.lower(): item.get(name) for name in MEMBERS},
        }
        for item in events
    ]
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)


def trail(folder: Path, events: Sequence[Event], size: int = 7) -> None:
    """Writes events as files of a trail."""
    for number in range(0, len(events), size):
        name = organizations.trail_path(ACCOUNTS[0], "us-west-2", "2026/11/10", number)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(FORMS["log.json.gz"](events[number : number + size]))


def same(folder: Path) -> None:
    """The answers out of the logs and those out of tables are equal."""
    first = contents(folder / "of-logs")
    for path in folder.glob("of-table*"):
        found = contents(path)
        assert found["requests.csv"] == first["requests.csv"]
        assert found["requests.parquet"] == first["requests.parquet"]
        assert answers(path) == answers(folder / "of-logs")


@pytest.mark.parametrize("wanted", [Range(), WANTED], ids=["all", "range"])
def test_duckdb_gives_what_the_reader_gives(tmp_path: Path, wanted: Range) -> None:
    organizations.write(tmp_path / "logs")
    fleet(tmp_path / "logs" / "AWSLogs", out=tmp_path / "of-logs", wanted=wanted)
    events_table(organizations.events()[:40], tmp_path / "events.parquet")
    duck(sql.definition("duckdb", str(tmp_path / "logs")), wanted, tmp_path / "raw.csv")
    duck(sql.definition("duckdb", str(tmp_path / "logs")), wanted, tmp_path / "raw.parquet")
    view = f"CREATE VIEW cloudtrail AS SELECT * FROM '{tmp_path / 'events.parquet'}'"  # noqa: S608
    duck(view, wanted, tmp_path / "of-parquet.parquet")
    for number, name in enumerate(("raw.csv", "raw.parquet", "of-parquet.parquet")):
        fleet(out=tmp_path / f"of-table{number}", tables=(str(tmp_path / name),))
    same(tmp_path)
    assert len(answers(tmp_path / "of-logs")) > 3


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6)
#: Numbers in the one form that they can have: an engine may write 1E+16 for 1e16, and no API of SageMaker has such.
VALUE = st.recursive(
    TEXT | st.integers(-(2**62), 2**62) | st.sampled_from([0.5, 0.0001, -1.25]) | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=5,
)


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    several=st.lists(
        st.tuples(
            VALUE,
            st.sampled_from([None, "", "AccessDenied", "X"]),
            TEXT,
            st.sampled_from(["2026-11-07T01:02:03Z", "2026-11-07", None]),
            st.sampled_from([*ACCOUNTS, "", None, "12"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_requests_hold(several: list[Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("values")
    events = []
    for value, code, message, time, account in several:
        members = model(1, ACCOUNTS[0], "us-west-2", arn(ACCOUNTS[0], "R"))
        members["tags"] = [{"key": "k", "value": value}]
        members["primaryContainer"]["environment"] = {"E": value}
        one = event(1, "CreateModel", members, ACCOUNTS[0], eventTime=time, errorMessage=message)
        one |= {"recipientAccountId": account} | ({} if code is None else {"errorCode": code})
        events.append(one)
    trail(folder / "logs", events, 3)
    fleet(folder / "logs", out=folder / "of-logs")
    duck(sql.definition("duckdb", str(folder / "logs")), Range(), folder / "raw.parquet")
    fleet(out=folder / "of-table", tables=(str(folder / "raw.parquet"),))
    same(folder)


# --- every dialect -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("wanted", [Range(), WANTED], ids=["all", "range"])
def test_each_dialect_parses_and_says_the_same(dialect: str, wanted: Range) -> None:
    (parsed,) = sqlglot.parse(sql.statement(compiled(), dialect, wanted), read=dialect)
    assert isinstance(parsed, exp.Select)
    assert parsed.named_selects == RAW
    assert {item.name for item in parsed.args["group"].expressions} == {
        *RAW,
    } - {"events", "first_seen", "last_seen"}
    names = {item.name for item in parsed.find_all(exp.Literal)}
    assert {*map(api_name, compiled().shapes["inputs"])} <= names
    assert [table.name for table in parsed.find_all(exp.Table)] == ["cloudtrail"]
    assert {wanted.since, wanted.until, *wanted.accounts} - {""} <= names
    assert ("2026/11/05" in names) == ("2026/11/21" in names) == (dialect == "athena" and bool(wanted.since))


@pytest.mark.parametrize("location", ["s3://amzn-s3-demo-bucket/AWSLogs", "s3://b/p/AWSLogs/o-exampleorgid/"])
@pytest.mark.parametrize("dialect", ["athena", "spark", "duckdb"])
def test_each_definition_parses(dialect: str, location: str) -> None:
    text = sql.definition(dialect, location, ACCOUNTS, ["us-west-2", "eu-west-1"], "2026-11-05T00:00:00Z")
    parsed = sqlglot.parse(text, read=dialect)
    assert all(isinstance(item, exp.Create) for item in parsed if item is not None)
    assert location.rstrip("/") in text
    if dialect == "athena":
        assert f"'{location.rstrip('/')}/${{account}}/CloudTrail/${{region}}/${{day}}'" in text
        assert "'2026/11/05,NOW'" in text
        assert f"'{','.join(ACCOUNTS)}'" in text
        assert "'eu-west-1,us-west-2'" in text


def test_the_table_has_what_the_statement_reads() -> None:
    statement = sqlglot.parse_one(sql.statement(compiled(), "athena", WANTED), read="athena")
    inner = statement.find(exp.Subquery)
    assert inner is not None
    read = {column.parts[0].name for column in inner.find_all(exp.Column)} | {
        column.name for column in inner.find_all(exp.Column) if column.table == "cloudtrail"
    }
    text = sql.definition("athena", "s3://b/AWSLogs", ACCOUNTS, ["us-west-2"])
    (create,) = sqlglot.parse(text, read="athena")
    assert create is not None
    defined = {item.name for item in create.find_all(exp.ColumnDef)}
    assert read - {"cloudtrail"} <= defined


# --- the command ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_command_prints_one_statement_with_what_every_installation_has(
    dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("sqlglot", "duckdb", "pyspark"):
        monkeypatch.setitem(sys.modules, name, None)
    done = command("--sql", dialect, "--since", "2026-11-05", "--until", "2026-11-20", "--accounts", ACCOUNTS[0])
    assert (done.exit_code, done.stderr) == (0, "")
    wanted = Range("2026-11-05T00:00:00Z", "2026-11-20T23:59:59Z", frozenset(ACCOUNTS[:1]))
    assert done.stdout == sql.statement(compiled(), dialect, wanted)
    assert (";" in done.stdout) is (dialect != "athena")
    assert f"CAST(requestparameters AS {'STRING' if dialect == 'spark' else 'VARCHAR'})" in done.stdout
    if dialect in ("spark", "duckdb"):
        assert command("--sql", dialect, "--define", "logs").stdout == sql.definition(dialect, "logs")


# --- the guide -----------------------------------------------------------------------------------------------

GUIDE = (ROOT / "docs" / "guides" / "fleet-engines.md").read_text("utf-8")


def test_the_guide_runs(tmp_path: Path) -> None:
    trail(tmp_path / "logs", organizations.events())
    follow(GUIDE, 5, tmp_path)
    fleet(tmp_path / "logs", out=tmp_path / "of-logs")
    assert answers(tmp_path / "answers") == answers(tmp_path / "of-logs")


def test_the_guide_has_the_policy_of_the_reader_as_the_command_prints_it() -> None:
    (text,) = re.findall(r"^```json\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert json.loads(command("--sql", "athena", "--policy").stdout) == json.loads(text)


#: Conditions that a linter would like where the resources are named: see tests/proof/linters.yaml.
ACCEPTED = {"missing_condition", "missing_required_condition_any_of"}

VALUES = {"Partition": "aws", "Region": "us-west-2", "Account": ACCOUNTS[0]}
RESULTS = {"ResultsS3Uri": "s3://amzn-s3-demo-results/athena"}
KEYS = dict.fromkeys(("LogsKeyId", "ResultsKeyId"), "1234abcd-12ab-34cd-56ef-1234567890ab")


@pytest.mark.parametrize("engine", ["athena", "spark"])
def test_the_policy_of_the_reader_is_sound(engine: str) -> None:
    own = {"WorkGroup": "sagemaker-roles", "Database": "default"} if engine == "athena" else {}
    values, addons = {**VALUES, **RESULTS, **KEYS, **own}, ["kms-logs", "kms-results"]
    composed, _ = sql.policy(compiled(), engine, "s3://amzn-s3-demo-bucket/AWSLogs/", values, addons)
    policy = composed.to_json()
    assert "${" not in json.dumps(policy)
    looked_at = [Composed("reader", "", "policy", "scoped", policy, policy)]
    found = {str(item) for item in linters.validator(looked_at) if item.rule not in ACCEPTED}
    assert found == set()
    assert linters.parliament(looked_at) == []
    for statement in policy["Statement"]:
        assert "*" not in statement["Resource"]


@pytest.mark.parametrize("engine", ["athena", "spark"])
def test_what_is_published_of_a_reader_is_what_the_command_prints(engine: str) -> None:
    (reader,) = (item for item in document("readers.json")["readers"] if item["engine"] == engine)
    printed = command("--sql", engine, "--policy")
    assert printed.exit_code == 0
    assert json.loads(printed.stdout) == reader["policy"]
    for addon in reader["addons"]:
        printed = command("--sql", engine, "--policy", "--addon", addon["id"])
        assert json.loads(printed.stdout) == {
            **reader["policy"],
            "Statement": [*reader["policy"]["Statement"], *(item["statement"] for item in addon["statements"])],
        }


def test_the_reader_has_no_action_outside_the_policy_of_aws_for_athena_but_on_the_logs_and_keys() -> None:
    known = json.loads((ROOT / "data" / "aws/managed-documents" / "AmazonAthenaFullAccess.json").read_text("utf-8"))
    allowed = [
        re.compile(re.escape(action).replace(r"\*", ".*"))
        for statement in known["document"]["Statement"]
        for action in statement["Action"]
    ]
    (athena,) = (item for item in document("readers.json")["readers"] if item["engine"] == "athena")
    for statement in athena["policy"]["Statement"]:
        for action in statement["Action"]:
            assert any(one.fullmatch(action) for one in allowed), action


@pytest.mark.parametrize("end", ["", "/"])
def test_the_policy_of_the_reader_names_the_location(end: str) -> None:
    """The folder itself too, which the client of Spark asks for: without it, the job is denied before it reads."""
    location = "s3://amzn-s3-demo-bucket/trails/AWSLogs/o-exampleorgid"
    composed, _ = sql.policy(compiled(), "spark", location + end, {"ResultsS3Uri": f"s3://results{end}"})
    by_sid = {statement["Sid"]: statement for statement in composed.to_json()["Statement"]}
    assert by_sid["LogsRead"]["Resource"] == [f"arn:${{Partition}}:{location.replace('s3://', 's3:::')}*"]
    assert by_sid["ResultsDeleteTemporary"]["Resource"] == ["arn:${Partition}:s3:::results/*"]
    assert "athena" not in json.dumps(composed.to_json())


def test_a_location_that_is_none_is_not_in_the_policy_of_the_reader() -> None:
    done = command("--sql", "athena", "--policy", "--define", "s3://a?b*c/AWSLogs/")
    assert (done.exit_code, "a?b*c" in done.stdout) == (1, False)
    assert '"a?b*c" is not a valid name of the bucket' in done.stderr

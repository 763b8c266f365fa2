"""`fleet`: the same answers whatever the files, their order, and the workers; damaged logs, killed runs, its folder."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import organizations
import support
from composing import compiled, compose
from organizations import ACCOUNTS, FORMS, arn, event, log, model
from releasing import killed_at
from sagemaker_roles import Choice
from sagemaker_roles.cli import common
from sagemaker_roles.errors import WorkerLost
from sagemaker_roles.extras.fleet import command as cli_fleet
from sagemaker_roles.extras.fleet import output
from sagemaker_roles.extras.fleet import store as rows_on_disk
from sagemaker_roles.extras.fleet.log_files import Listing, LogFile, Range
from sagemaker_roles.extras.fleet.output import Progress
from sagemaker_roles.extras.fleet.reduced_table import schemas as schemas_of
from sagemaker_roles.extras.fleet.run import Damaged, Job, run
from sagemaker_roles.extras.fleet.store import Store
from sagemaker_roles.files import writing
from sagemaker_roles.files.ownership import MANIFEST, RefusedError
from sagemaker_roles.inputs.process_pool import over
from sagemaker_roles.inputs.requests import log_events as logs_of_inputs
from sagemaker_roles.inputs.text import content as text_of_inputs
from support import ROOT, SCRIPTS, drawn, small_disk

GOLDEN = Path(__file__).parent / "golden" / "fleet"


def fleet(*logs: Path, out: Path, report: Callable[[Progress], None] = lambda _: None, **options: Any) -> Progress:
    return run(compiled(), Job(tuple(map(str, logs)), out, **options), report)


def ran(folder: Path, *events: organizations.Event, out: str = "out", **options: Any) -> Path:
    """The answers to some events, in a folder in which their log is too."""
    (folder / "log.json").write_bytes(log([*events]))
    fleet(folder / "log.json", out=folder / out, **options)
    return folder / out


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def index(folder: Path) -> Any:
    return json.loads((folder / "index.json").read_bytes())


def answers(folder: Path) -> dict[str, Any]:
    """The roles' files, by account and ARN."""
    found = {path: json.loads(path.read_bytes()) for path in (folder / "roles").rglob("*.json")}
    return {f"{item['account']} {item['role']}": item for item in found.values()}


def without_files(folder: Path) -> dict[str, Any]:
    """What does not depend on how events are split into files."""
    found: dict[str, Any] = {
        path: content for path, content in contents(folder).items() if path.startswith(("roles/", "requests.csv"))
    }
    return {**found, "index": {**index(folder), "files": None}}


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden organization's logs."""
    folder = tmp_path_factory.mktemp("organization") / "logs"
    organizations.write(folder)
    return folder


@pytest.fixture(scope="session")
def written(logs: Path) -> Path:
    """Its answers; the logs are named relative to their folder, so that paths are the same everywhere."""
    before = Path.cwd()
    os.chdir(logs.parent)
    try:
        fleet(Path("logs"), out=logs.parent / "out")
    finally:
        os.chdir(before)
    return logs.parent / "out"


# --- the golden organization ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["index.json", "requests.csv"])
def test_the_golden_organization(written: Path, name: str) -> None:
    """`make update` renews it."""
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / name).write_bytes((written / name).read_bytes())
    assert (written / name).read_text("utf-8") == (GOLDEN / name).read_text("utf-8")


def test_a_policy_is_what_compose_gives(written: Path, tmp_path: Path) -> None:
    for role in answers(written).values():
        if len(role["regions"]) > 1 or not role["requests"]:
            continue
        folder = tmp_path / role["requests"][0]["id"]
        folder.mkdir()
        for number, item in enumerate(role["requests"]):
            found = event(number, item["operation"], item["members"], role["account"], item["regions"][0])
            (folder / f"{number}.json").write_text(json.dumps(found))
        done = compose("--request", folder, "--part", "all", "--allow-placeholders")
        assert role["policies"] == [done.document["policy"]]
        assert role["trust"] == done.document["trust"]


def test_what_no_log_shows_is_asked(written: Path) -> None:
    record = compiled().operation("CreateModel").roles[0]
    asked = [addon.id for addon in record.addons if addon.usage]
    assert asked
    for role in answers(written).values():
        assert [item["addon"] for item in role["not_shown"]] == (asked if role["requests"] else [])


@pytest.mark.parametrize("is_shown", [False, True])
def test_values_that_may_be_secret_are_in_files_of_roles_only_if_asked_for(tmp_path: Path, is_shown: bool) -> None:
    role = arn(ACCOUNTS[0], "Serving")
    members = model(1, ACCOUNTS[0], "us-west-2", role)
    members["primaryContainer"]["environment"] = {"DB_PASSWORD": "hunter2"}
    failed = event(2, "CreateModel", members, ACCOUNTS[0], errorCode="AccessDenied")
    (answer,) = answers(
        ran(tmp_path, *[event(1, "CreateModel", members, ACCOUNTS[0]), failed], choice=Choice(show_values=is_shown))
    ).values()
    for item in (*answer["requests"], *answer["failed"]):
        shown = item["members"]["PrimaryContainer"]["Environment"]
        assert shown["DB_PASSWORD"] == ("hunter2" if is_shown else "(value hidden)")
    files = contents(tmp_path / "out")
    assert [path for path, content in files.items() if b"hunter2" in content and not path.startswith("requests.")] == (
        [path for path in files if path.startswith("roles/")] if is_shown else []
    )


def test_a_failed_request_adds_nothing(tmp_path: Path) -> None:
    role = arn(ACCOUNTS[0], "Serving")
    served = event(1, "CreateModel", model(1, ACCOUNTS[0], "us-west-2", role), ACCOUNTS[0])
    failed = event(2, "CreateModel", model(2, ACCOUNTS[0], "us-west-2", role), ACCOUNTS[0], errorCode="AccessDenied")
    (answer,) = answers(ran(tmp_path, served, failed)).values()
    assert [item["members"]["ModelName"] for item in answer["requests"]] == ["model-1"]
    assert [(item["error_code"], item["is_denied"]) for item in answer["failed"]] == [("AccessDenied", True)]
    text = json.dumps([answer["policies"], answer["caller_policies"]])
    assert "bucket-1" in text
    assert "bucket-2" not in text


def test_names_that_differ_with_every_run_have_one_pattern_when_told(tmp_path: Path) -> None:
    role = arn(ACCOUNTS[0], "Serving")
    events = []
    for number in range(12):
        members = model(1, ACCOUNTS[0], "us-west-2", role)
        members["primaryContainer"]["modelDataUrl"] = f"s3://acme-out/churn-2026-11-26-10-11-{number:02}/model.tar.gz"
        events.append(event(number, "CreateModel", members, ACCOUNTS[0]))
    (tmp_path / "log.json").write_bytes(log(events))
    pattern = "arn:aws:s3:::acme-out/churn-*/model.tar.gz"
    found = {}
    for count in (0, 12, 13):
        fleet(tmp_path / "log.json", out=tmp_path / f"out{count}", choice=Choice(generalize=count))
        (answer,) = answers(tmp_path / f"out{count}").values()
        found[count] = (
            pattern in json.dumps(answer["policies"]),
            any(pattern in one["message"] for one in answer["notes"]),
        )
    assert found == {0: (False, True), 12: (True, True), 13: (False, False)}


def test_every_file_has_its_schema_and_its_digest(written: Path) -> None:
    import hashlib

    schemas = {name: Draft202012Validator(json.loads(content)) for name, content in schemas_of().items()}
    for one in schemas.values():
        Draft202012Validator.check_schema(one.schema)
    files = contents(written)
    for path, content in files.items():
        if path.endswith(".json") and not path.startswith("schema/"):
            kind = {"roles": "role", "errors": "errors"}.get(path.partition("/")[0], path.removesuffix(".json"))
            schemas[f"fleet-{kind}.schema.json"].validate(json.loads(content))
    listed = json.loads(files.pop(MANIFEST))["files"]
    assert [(item["path"], item["sha256"], item["size"]) for item in listed] == [
        (path, hashlib.sha256(content).hexdigest(), len(content)) for path, content in sorted(files.items())
    ]


# --- any split, order, and number of workers -----------------------------------------------------------------


def rows(folder: Path) -> dict[Any, Any]:
    """The rows that answers are made of, as the database between reading and composing has them."""
    work = folder.with_name(f"{folder.name}-rows")
    work.mkdir()
    shard = rows_on_disk.Shard(compiled(), Range(), work)
    assert not [fault for _, _, fault in map(shard.take, Listing([str(folder)], Range(), work)) if fault]
    shard.close()
    with contextlib.closing(Store.filled(work)) as store:
        return {group: store.rows(group.number) for group in store.groups()}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), seed=st.integers(0, 50))
def test_any_split_and_order_gives_the_same(data: Any, seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The rows; the answers are made of nothing else."""
    folder = tmp_path_factory.mktemp("split")
    events = organizations.events(seed, 12)
    (folder / "whole").mkdir()
    (folder / "whole" / "log.json").write_bytes(log(events))
    (folder / "parts").mkdir()
    left = data.draw(st.permutations(events))
    number = 0
    while left:
        some, left = left[: (size := data.draw(st.integers(1, 6)))], left[size:]
        name = data.draw(st.sampled_from(sorted(FORMS)))
        (folder / "parts" / f"{data.draw(st.integers(0, 99)):02}-{number}-{name}").write_bytes(FORMS[name](some))
        number += 1
    with mock.patch.object(rows_on_disk, "LIMIT", data.draw(st.sampled_from([1, 2000, 1 << 20]))):
        assert rows(folder / "parts") == rows(folder / "whole")


def test_any_number_of_workers_and_order_of_names(logs: Path, written: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    fleet(*logs.iterdir(), logs, out=tmp_path / "one")
    fleet(logs, out=tmp_path / "three", workers=3, report=lambda item: seen.append(item.roles))
    assert contents(tmp_path / "one") == contents(tmp_path / "three")
    assert without_files(tmp_path / "one") == without_files(written)
    assert seen == sorted(seen)
    assert seen[-1] > output._ALONE


def test_what_spilled_of_a_damaged_file_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row is on the disk at once; the damage is at the end."""
    top = tmp_path / "logs"
    top.mkdir()
    for number in range(3):
        (top / f"{number}.json").write_bytes(log(organizations.events()[number::3]))
    whole = (top / "1.json").read_bytes()
    (top / "1.json").unlink()
    fleet(top, out=tmp_path / "expected")
    (top / "1.json").write_bytes(whole[:-5])
    monkeypatch.setattr(rows_on_disk, "LIMIT", 1)
    outcome = fleet(top, out=tmp_path / "out")
    assert [Path(name).name for name in outcome.damaged] == ["1.json"]
    assert without_files(tmp_path / "out") == without_files(tmp_path / "expected")


# --- the filter on the bytes ---------------------------------------------------------------------------------

LOOKALIKES = ['},{"eventVersion":', '{"eventVersion":"1","eventSource":"sagemaker.amazonaws.com"}', "\\", '\\"', "]}]}"]
CHARACTERS = st.sampled_from('{}[]",:\\ae\u00e9\n') | st.characters(exclude_categories=["Cs"])
NASTY = st.text(CHARACTERS, max_size=12) | st.sampled_from(LOOKALIKES)
NESTED = st.recursive(
    NASTY | st.integers(0, 9) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NASTY, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(
    several=st.lists(st.tuples(st.booleans(), NESTED), min_size=1, max_size=6),
    is_ascii=st.booleans(),
    chunk=st.sampled_from([500, 3000, 1 << 15]),
)
def test_the_filter_finds_what_parsing_finds(several: list[tuple[bool, Any]], is_ascii: bool, chunk: int) -> None:
    """Whatever other events hold, also things that look like events; wherever the bytes are cut."""
    import tempfile

    role = arn(ACCOUNTS[0], "Serving")
    fake = event(9, "CreateModel", model(9, ACCOUNTS[0], "us-west-2", role), ACCOUNTS[0])
    events = []
    for number, (is_sagemaker, value) in enumerate(several):
        if is_sagemaker:
            members = model(number, ACCOUNTS[0], "us-west-2", role)
            events.append(event(number, "CreateModel", {**members, "tags": [value]}, ACCOUNTS[0]))
        else:
            other = event(number, "PutItem", {"x": value, "list": [fake, fake, fake], "y": "}}]"}, ACCOUNTS[0])
            events.append({**other, "eventSource": "other.amazonaws.com"})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "fast.json").write_text(
            json.dumps({"Records": events}, separators=(",", ":"), ensure_ascii=is_ascii), "utf-8"
        )
        (folder / "slow.json").write_text(json.dumps({"Records": events}, indent=1))
        rows = []
        for file in ("fast.json", "slow.json"):
            one = rows_on_disk.Shard(compiled(), Range(), folder)
            with mock.patch.object(text_of_inputs, "_CHUNK", chunk):
                _, tally, fault = one.take(LogFile(str(folder / file), 1))
            one.close()
            assert (fault, tally.events) == ("", len(events))
            keys = (folder / rows_on_disk.KEYS.format(os.getpid())).read_bytes()
            places = (folder / f"places-{os.getpid()}.csv").read_text("utf-8")
            counts = [line[3:] for line in csv.reader(io.StringIO(places, newline=""))]
            rows.append((keys, [(int(place) & (1 << 40) - 1, *count) for place, *count in counts]))
    assert rows[0] == rows[1]
    assert sum(int(count[1]) for count in rows[0][1]) == sum(is_sagemaker for is_sagemaker, _ in several)


@pytest.mark.parametrize("chunk", [3000, 1 << 15])
def test_a_plain_log_is_not_parsed_as_a_whole(chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast way is the one that is tested above."""
    monkeypatch.setattr(logs_of_inputs, "_any", lambda *_: pytest.fail("it was parsed as a whole"))
    events = organizations.events()
    (tmp_path / "log.json").write_bytes(log(events))
    (tmp_path / "joined.json.gz").write_bytes(FORMS["joined.json.gz"](events))
    (tmp_path / "joined-by-hand.json").write_bytes(log(events[:30]) + b"\n" + log(events[30:]))
    with mock.patch.object(text_of_inputs, "_CHUNK", chunk):
        outcome = fleet(tmp_path, out=tmp_path / "out")
    assert (outcome.files, outcome.events) == (3, 180)


# --- ranges --------------------------------------------------------------------------------------------------


def test_ranges_by_path_and_by_event(logs: Path, tmp_path: Path) -> None:
    wanted = Range("2026-11-05T00:00:00Z", "2026-11-20T23:59:59Z", frozenset(ACCOUNTS[:2]))
    outcome = fleet(logs, out=tmp_path / "out", wanted=wanted)
    assert outcome.skipped["out_of_range"] > 0
    for role in index(tmp_path / "out")["roles"]:
        assert role["account"] in ACCOUNTS[:2]
        assert wanted.since <= role["first_seen"] <= role["last_seen"] <= wanted.until
    # The same events in one file whose path shows nothing.
    ran(tmp_path, *organizations.events()[:40], out="by-event", wanted=wanted)
    fleet(logs / "AWSLogs", out=tmp_path / "by-path", wanted=wanted)
    for folder in ("by-event", "by-path"):
        assert (tmp_path / folder / "requests.csv").read_bytes() == (tmp_path / "by-path" / "requests.csv").read_bytes()


# --- hostile logs --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def traced() -> Iterator[Callable[[], int]]:
    """Gives the most memory that was taken."""
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_gzip_bomb_does_not_fill_the_memory(tmp_path: Path) -> None:
    (tmp_path / "zeros.json.gz").write_bytes(gzip.compress(bytes(300 << 20), 9))
    (tmp_path / "event.json.gz").write_bytes(gzip.compress(b'{"Records":[{"eventVersion":"' + bytes(300 << 20), 9))
    (tmp_path / "log.json").write_bytes(log(organizations.events()))
    with traced() as peak:
        outcome = fleet(tmp_path, out=tmp_path / "out")
        assert peak() < 200 << 20
    assert set(map(Path, outcome.damaged)) == {tmp_path / "zeros.json.gz", tmp_path / "event.json.gz"}


def test_a_multitude_of_tiny_files_takes_little_memory(tmp_path: Path) -> None:
    """A million files would take a few hundred bytes each."""
    found = event(1, "CreateModel", model(1, ACCOUNTS[0], "us-west-2", arn(ACCOUNTS[0], "Serving")), ACCOUNTS[0])
    peaks: dict[int, list[int]] = {100: [], 1100: []}
    for turn, count in enumerate((100, 100, 1100, 1100)):  # the first one loads what all need
        top = tmp_path / f"{count}"
        for number in range(count):
            (top / f"{number % 100}").mkdir(parents=True, exist_ok=True)
            (top / f"{number % 100}" / f"{number}.json").write_bytes(log([found]))
        with traced() as peak:
            assert fleet(top, out=tmp_path / f"out-{turn}").events == count
            peaks[count].append(peak())
    # What other tests of the process left behind can only add to a peak.
    assert (min(peaks[1100]) - min(peaks[100])) / 1000 < 400


def test_links_in_a_circle_and_odd_names(tmp_path: Path) -> None:
    events = organizations.events()[:6]
    top = tmp_path / "logs"
    (top / "in").mkdir(parents=True)
    (top / "in" / "back").symlink_to("..")
    (top / "to-nothing.json").symlink_to("nothing")
    os.mkfifo(top / "pipe.json")
    odd = ["a\nb.json", "| [x](y) `z`.json", "\u202e.json", os.fsdecode(b"\xff\xfe.json"), "-.json", "=1+1.json"]
    for name in odd:
        (top / name).write_bytes(log(events))
    (top / os.fsdecode(b"\xffbad.json")).write_bytes(b"{")
    outcome = fleet(top, out=tmp_path / "out")
    assert outcome.files == len(odd)
    assert outcome.skipped["link"] == 1
    assert {Path(path).name for path in outcome.damaged} == {"to-nothing.json", os.fsdecode(b"\xffbad.json")}
    assert "](y)" not in (tmp_path / "out" / "summary.md").read_text("utf-8")


def test_files_that_vanish_and_change_while_read(tmp_path: Path) -> None:
    top = tmp_path / "logs"
    top.mkdir()
    for number in range(4):
        (top / f"{number}.json").write_bytes(log(organizations.events()[number::4]))

    others = organizations.events(7, 12)

    def report(progress: Progress) -> None:
        """All four are listed now."""
        (top / "2.json").unlink(missing_ok=True)
        (top / "3.json").write_bytes(log(others))

    outcome = fleet(top, out=tmp_path / "out", report=report)
    assert outcome.files == 3
    assert outcome.events == len(organizations.events()[0::4]) + len(organizations.events()[1::4]) + len(others)
    assert {Path(path).name: text for path, text in outcome.damaged.items()} == {
        "2.json": "there is no such file or folder"
    }


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "[x](javascript:y)"]
)
def test_texts_of_logs_are_texts_in_the_reports(text: str, tmp_path: Path) -> None:
    """Whatever the names of files and roles, Regions, accounts, codes, and messages hold."""
    name = text.replace("/", "\u2215")
    members = model(1, ACCOUNTS[0], "us-west-2", arn(ACCOUNTS[0], f"Serving{text}"))
    failure = {"errorCode": f"AccessDenied{text}", "errorMessage": organizations.denied(ACCOUNTS[0], text)}
    top = tmp_path / name
    top.mkdir()
    events = [
        event(1, "CreateModel", members, ACCOUNTS[0], text),
        event(2, "CreateModel", members, ACCOUNTS[0], text, **failure),
        event(3, "CreateModel", None, ACCOUNTS[0], text, **failure),
    ]
    (top / "log.json").write_bytes(log(events))
    (top / f"{name}.json").write_bytes(b"{")
    fleet(top, out=tmp_path / "out")
    report, summary = ((tmp_path / "out" / file).read_text("utf-8") for file in ("report.html", "summary.md"))
    assert not [item for item in (text, name) if item in summary or ("<" in item and item in report)]


def test_no_cell_begins_as_a_formula(tmp_path: Path) -> None:
    signs = ["=", "+", "-", "@", "\t", "\r", "\n", "\n=", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
    codes = [f"{sign}HYPERLINK(1)" for sign in signs]
    out = ran(tmp_path, *(event(1, "CreateModel", None, ACCOUNTS[0], errorCode=code) for code in codes))
    with (out / "requests.csv").open(encoding="utf-8", newline="") as stream:
        assert sorted(row["error_code"] for row in csv.DictReader(stream)) == sorted(f"'{code}" for code in codes)
    fleet(out=tmp_path / "again", tables=(str(out / "requests.csv"),))
    assert contents(tmp_path / "again")["requests.csv"] == contents(out)["requests.csv"], "it is read as it was"


# --- killed runs ---------------------------------------------------------------------------------------------


def test_a_run_that_fails_leaves_nothing_but_what_was_there(tmp_path: Path) -> None:
    for before in ({}, contents(ran(tmp_path, *organizations.events(), out="kept"))):
        (tmp_path / "log.json").write_bytes(b"{")
        with pytest.raises(Damaged):
            fleet(tmp_path / "log.json", out=tmp_path / "kept" if before else tmp_path / "new", strict=True)
        assert contents(tmp_path / "kept") == before if before else not (tmp_path / "new").exists()


def test_a_full_disk_is_no_fault_of_a_log(tmp_path: Path) -> None:
    top, disk = tmp_path / "logs", tmp_path / "disk"
    top.mkdir()
    disk.mkdir()
    role = arn(ACCOUNTS[0], "Serving")
    for part in range(4):
        events = [
            event(number, "CreateModel", model(number, ACCOUNTS[0], "us-west-2", role), ACCOUNTS[0])
            for number in range(part * 400, part * 400 + 400)
        ]
        (top / f"{part}.json").write_bytes(log(events))
    with small_disk(disk, "300k"):
        # In a process of its own, which leaves no file open.
        done = support.run("fleet", top, "--out", disk / "out", "--workers", "1")
        assert done.returncode == 1
        assert "No space left" in done.stderr
        assert "problem: " not in done.stderr
        assert not (disk / "out").exists()


def test_no_interruption_reaches_a_worker_even_while_it_starts() -> None:
    (held_back,) = over(partial(signal.pthread_sigmask, signal.SIG_BLOCK), [()], 1)
    assert signal.SIGINT in held_back
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ()), "it reaches this process as before"


class Lost:
    """Stands for what a worker works with, and ends it."""

    def __init__(self, *_: object) -> None:
        if multiprocessing.parent_process() is not None:
            os._exit(9)

    def take(self, _: object) -> None:
        """Never called."""

    def close(self) -> None:
        """In this process."""


@pytest.mark.parametrize("error", [ValueError("bad value(s) in fds_to_keep"), OSError("handle is closed")])
def test_a_worker_that_ends_while_another_starts_ends_the_run(error: Exception) -> None:
    with (
        mock.patch("concurrent.futures.ProcessPoolExecutor.submit", side_effect=error),
        pytest.raises(WorkerLost, match="memory"),
    ):
        [*over(print, [1], 1)]


@pytest.mark.parametrize("what", ["run.Shard", "output._Answering"])
def test_a_worker_that_is_ended_ends_the_run(what: str, tmp_path: Path) -> None:
    (tmp_path / "log.json").write_bytes(log(organizations.events()))
    with (
        mock.patch("sagemaker_roles.extras.fleet.output._ALONE", 0),
        mock.patch(f"sagemaker_roles.extras.fleet.{what}", Lost),
        pytest.raises(WorkerLost, match="memory"),
    ):
        fleet(tmp_path / "log.json", out=tmp_path / "out", workers=2)
    assert not (tmp_path / "out" / MANIFEST).exists()


def test_killed_at_any_call_it_leaves_the_old_or_the_new_answers(tmp_path: Path) -> None:
    top, out = tmp_path / "logs", tmp_path / "out"
    top.mkdir()
    for number in range(3):
        (top / f"{number}.json").write_bytes(log(organizations.events(number, 10)))
    fleet(top / "0.json", out=tmp_path / "before")
    fleet(top, out=tmp_path / "anew")
    before, anew = contents(tmp_path / "before"), contents(tmp_path / "anew")
    ended = set()
    for stop in drawn(range(1, 400), 25):
        shutil.copytree(tmp_path / "before", out)
        ended.add(killed_at(stop, lambda: fleet(top, out=out)))
        writing.settle(out)  # what the next run does first: between the renames there are no answers for a moment
        assert contents(out) in (before, anew)
        fleet(top, out=out)
        assert contents(out) == anew
        shutil.rmtree(out)
    assert ended == {signal.SIGKILL, 0}, "killed, and done before it could be killed"


@pytest.mark.hypothesis  # so that `make soak` runs it, with other moments in each round
def test_killed_at_many_moments(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """What was there stays whole until the new answers are, and the next run gives these."""
    top, out = tmp_path / "logs", tmp_path / "out"
    top.mkdir()
    for number in range(4):
        (top / f"{number}.json").write_bytes(log(organizations.events(number, 10)))
    before = tmp_path / "before"
    fleet(top / "0.json", out=before)
    env = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    command = [sys.executable, "-m", "sagemaker_roles", "fleet", str(top), "--workers", "2", "--out"]
    begin = time.monotonic()
    subprocess.run([*command, str(tmp_path / "anew")], env=env, check=True)
    took = time.monotonic() - begin
    shutil.copytree(before, out)
    moments = random.Random(pytestconfig.getoption("--hypothesis-seed") or 5)  # noqa: S311
    killed = 0
    for _ in drawn(range(12), 3):
        process = subprocess.Popen([*command, str(out)], env=env, stderr=subprocess.PIPE)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moments.uniform(0, took))
        process.send_signal(moments.choice((signal.SIGKILL, signal.SIGTERM)))
        process.communicate(timeout=60)  # to the end of its workers too, which end by themselves and have its stderr
        there = contents(out)
        assert there in (contents(before), contents(tmp_path / "anew"))
        killed += there == contents(before)
        if there != contents(before):
            shutil.rmtree(out)
            shutil.copytree(before, out)
    assert killed, "hardly any run was killed while it worked"
    subprocess.run([*command, str(out)], env=env, check=True)
    assert contents(out) == contents(tmp_path / "anew")
    assert not [*tmp_path.glob(".*")], "what the killed runs left is removed"


# --- the folder, and the command -----------------------------------------------------------------------------


def test_the_folder_is_its_own(tmp_path: Path) -> None:
    """As tests/test_precious.py says what is spared."""
    out = ran(tmp_path, *organizations.events())
    first = contents(out)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(RefusedError, match=r"notes\.txt"):
        fleet(tmp_path / "log.json", out=out)
    (out / "notes.txt").unlink()
    # Its own output is never read as a log.
    fleet(tmp_path, out=out)
    counting = dict.fromkeys(("index.json", "manifest.json", "report.html", "summary.md"))
    assert contents(out) | counting == first | counting


def command(*arguments: str | Path) -> Any:
    with mock.patch.object(cli_fleet, "load_catalog", compiled):
        return CliRunner().invoke(cli_fleet.command, [str(item) for item in arguments], catch_exceptions=False)


def test_progress_is_shown_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Files, events, bytes, and roles; the third one comes too soon after the second.
    steps = ((10, 10_000, 30_000_000, 0), (20, 40_000, 80_000_000, 0), (21, 41_000, 81_000_000, 0))
    steps += ((40, 90_000, 90_000_000, 1), (40, 90_000, 90_000_000, 1_200))
    for is_terminal in (True, False):
        seconds = iter([0.0, 10.0, 20.0, 20.05, 30.0, 40.0, 50.0, 60.0])
        monkeypatch.setattr(common, "time", mock.Mock(monotonic=seconds.__next__))
        monkeypatch.setattr(sys.stderr, "isatty", lambda is_terminal=is_terminal: is_terminal)
        line = common.Line()
        for (done, events, inflated, roles), passed in zip(steps, (10, 20, 20, 30, 40), strict=True):
            step = Progress(done=done, all_files=40, events=events, inflated=inflated, roles=roles)
            line.show(cli_fleet._progressed(step, passed))
        line.end()
        assert capsys.readouterr().err.split("\r\x1b[K")[1:-1] == is_terminal * [
            "10 of 40 files, 1,000 events/s, 3 MB/s, 30 s left",
            "20 of 40 files, 2,000 events/s, 4 MB/s, 20 s left",
            "40 of 40 files, 1 role composed",
            "40 of 40 files, 1,200 roles composed",
        ]


def test_the_command(logs: Path, tmp_path: Path) -> None:
    done = command(logs, "--out", tmp_path / "out", "--workers", "1", "--since", "2026-11-02")
    assert done.exit_code == 0
    assert done.stdout == ""
    assert "problem: " in done.stderr
    assert "4 could not be read" in done.stderr
    assert index(tmp_path / "out")["range"]["since"] == "2026-11-02T00:00:00Z"
    strict = command(logs, "--out", tmp_path / "strict", "--workers", "1", "--strict")
    assert strict.exit_code == 1
    assert not (tmp_path / "strict" / MANIFEST).exists()


def test_earlier_answers_beside_the_logs_are_left_out(tmp_path: Path) -> None:
    ran(tmp_path, *organizations.events(), out="november")
    outcome = fleet(tmp_path, out=tmp_path / "december")
    assert (outcome.files, outcome.damaged, outcome.skipped["other"]) == (1, {}, 1)
    assert without_files(tmp_path / "november") == without_files(tmp_path / "december")


def test_nothing_to_read_leaves_the_answers(tmp_path: Path) -> None:
    before = contents(ran(tmp_path, *organizations.events()))
    for name in ("logs", "foreign", "earlier"):
        (tmp_path / name).mkdir()
    (tmp_path / "foreign" / "foreign.json").write_text("{}")
    shutil.copytree(tmp_path / "out", tmp_path / "earlier" / "out")
    told = {"mistyped": "no log to read", "logs": "no log to read", "foreign": "no CloudTrail event"}
    for name, message in {**told, "earlier": f"no log to read in {tmp_path / 'earlier'}"}.items():
        done = command(tmp_path / name, "--out", tmp_path / "out", "--workers", "1")
        assert (done.exit_code, message in done.stderr) == (1, True)
        assert contents(tmp_path / "out") == before


def follow(page: str, blocks: int, folder: Path) -> str:
    """Runs the commands of a guide in a folder; returns what the last ones print."""
    (folder / "bin").mkdir()
    (folder / "bin" / "sagemaker-roles").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sagemaker_roles "$@"\n')
    (folder / "bin" / "sagemaker-roles").chmod(0o755)
    path = f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {**os.environ, "PYTHONPATH": str(SCRIPTS), "PATH": path}
    several = re.findall(r"^```bash\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(several) == blocks
    for block in several:
        command = ["bash", "-euo", "pipefail", "-c", block]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block}\n{done.stderr}"
    return done.stdout


def test_the_guide_runs(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "guides" / "fleet.md").read_text("utf-8")
    assert "role/Nightly" in follow(page, 3, tmp_path)
    assert len(answers(tmp_path / "answers")) == 1
    described = set(re.findall(r"^\| `([^`]+)`", page, re.MULTILINE))
    assert described == {"roles/…/….json", "errors/….json", "schema/"} | {
        *("index.json", "report.html", "summary.md", "requests.csv", "requests.parquet")
    }

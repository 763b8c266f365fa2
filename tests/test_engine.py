"""The engine of the page and of npm answers what the package answers here, live, and is made the same everywhere."""

from __future__ import annotations

import gzip
import inspect
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import engine as making
from field.messages import failures
from kb.site import first_answers
from kb.site.published import Published
from made import seeded
from sagemaker_roles.api import Border
from sagemaker_roles.api.call import MEMBERS
from sagemaker_roles.api.service import _CALLS
from sagemaker_roles.cli.agent_server import _Tools
from sagemaker_roles.cli.compose import command as compose_command
from sagemaker_roles.session import Choice
from support import ROOT, SOAKS, drawn, published, stored

#: Seeds of random calls, how many of them are asked without the snapshot too, and of how many texts one is asked about.
SEEDS, PLAIN, TEXTS = (2000, 100, 1) if SOAKS else (150, 20, 3)
#: How much of a text is explained as a message; most are none, and to find that out takes long.
LONG = 1_000
#: Where and in which words a text is said to be no JSON or YAML; Python's parsers differ between versions, and PyYAML
#: has one in C and one in Python.
_SYNTAX = re.compile(r'("where":"[^"]*",)?"message":"[^"]*?not (JSON|YAML)(?:[^"\\]|\\.)*"(,"place":\{[^}]*\})?')

Call = dict[str, Any]

ROLE = "arn:aws:iam::111122223333:role/R"


@cache
def catalog() -> dict[str, Any]:
    """The catalog of data/ as it is."""
    data: dict[str, Any] = json.loads(published()["catalog.json"])
    return data


@cache
def folder() -> Path:
    """The engine of this checkout."""
    return making.engine(ROOT, catalog(), published()["actions.json"])


@cache
def border() -> Border:
    """The package here."""
    return Border(stored())


def asked(calls: list[Call], way: str = "snapshot") -> list[str]:
    """What the engine answers in Node."""
    lines = "".join(f"{json.dumps({**call, 'name': None})}\n" for call in calls)  # a name is for messages here
    command = ["node", str(Path(__file__).with_name("engine.mjs")), str(folder()), way]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def check(calls: list[Call], way: str = "snapshot") -> None:
    different, worded = [], 0
    for call, theirs in zip(calls, asked(calls, way), strict=True):
        ours = border().answer(json.dumps({**call, "name": None}))
        if _SYNTAX.sub("", theirs) == _SYNTAX.sub("", ours):
            continue
        if any(map(_SYNTAX.search, (ours, theirs))) and all(one.startswith('{"error"') for one in (ours, theirs)):
            worded += 1  # the parsers find another fault of the same text first
            continue
        at = next((n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), 0)
        name = call.get("name") or f"{call['do']} {str(call)[:80]}"
        different.append(f"{name}: {ours[max(0, at - 60) : at + 60]} != {theirs[max(0, at - 60) : at + 60]}")
    assert not different, f"{len(different)} of {len(calls)}\n" + "\n".join(different[:10])
    assert worded <= len(calls) // 100


def texts() -> Iterator[tuple[str, str]]:
    """Every committed input and message by its path."""
    for name in ("inputs", "golden", "samples", "fixtures"):
        for file in sorted((ROOT / "tests" / name).rglob("*")):
            if file.suffix in (".json", ".yaml", ".yml", ".txt", ".log", ".md") and file.stat().st_size < 300_000:
                yield file.relative_to(ROOT / "tests").as_posix(), file.read_text("utf-8", "surrogateescape")


FORMS = ("json", "cloudformation", "terraform", "cli")
REPORTS = ("text", "json", "sarif", "markdown")


def of_text(number: int, path: str, text: str) -> Iterator[Call]:
    """What a page asks about a text, in one of the formats each."""
    inputs = [{"name": Path(path).name, "text": text}]
    more = {"shown": True, "lenient": "changed", "name": path}
    yield {"do": "kind", "text": text, "name": path}
    yield {"do": "compose", "inputs": inputs, "format": FORMS[number % 4], "companions": "companions", **more}
    yield {"do": "audit", "operation": "CreateModel", "held": inputs, "format": REPORTS[number % 4], **more}
    yield {"do": "explain", "message": text[:LONG], "shown": True, "name": path}


def of_seed(seed: int) -> Call:
    """A call made of a seed."""
    case = seeded.case(seed)
    choice = case.get("choice", {})
    return {
        "do": "compose",
        "name": f"seed {seed}",
        "inputs": case.get("inputs", []),
        "operation": case.get("operation", ""),
        **choice,
        "format": FORMS[seed % 4],
        "companions": ("companions", "endpoint-policies", "organization")[seed % 3],
        "generalize": 3 if seed % 5 == 0 else 0,
        "shown": seed % 2 == 0,
        "lenient": "opened",
    }


def test_every_committed_text_gets_the_same_answers() -> None:
    found = [*enumerate(texts())]
    assert len(found) > 100
    check([call for number, (path, text) in drawn(found, len(found) // TEXTS) for call in of_text(number, path, text)])


def test_random_calls_get_the_same_answers() -> None:
    check([of_seed(seed) for seed in range(SEEDS)])


def test_without_the_snapshot_too() -> None:
    check([of_seed(seed) for seed in range(SEEDS, SEEDS + PLAIN)], "archive")


def test_every_operation_gets_the_same_answers() -> None:
    names = border().catalog.operations
    calls: list[Call] = [{"do": "list"}]
    for name in names:
        calls.append({"do": "list", "operation": name})
        calls.append({"do": "compose", "operation": name, "companions": "companions", "shown": True})
    check(calls)


def test_the_snapshot_is_the_same_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In another place, time zone, locale and home, and with another hash seed and umask."""
    for name, value in {"TZ": "Asia/Kolkata", "LC_ALL": "C", "HOME": str(tmp_path), "PYTHONHASHSEED": "7"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    making._run(ROOT, making._archive(ROOT, catalog()), tmp_path)
    assert (tmp_path / "engine.zip").read_bytes() == (folder() / "engine.zip").read_bytes()
    assert (tmp_path / "snapshot.bin").read_bytes() == gzip.decompress((folder() / "snapshot.bin").read_bytes())


def test_a_start_loads_at_most_eleven_megabytes() -> None:
    loaded = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "nothing.zip", "snapshot.bin")
    assert sum(len(gzip.compress((folder() / name).read_bytes(), 9)) for name in loaded) < 11_000_000


def test_first_answers_are_those_of_the_engine(tmp_path: Path) -> None:
    """For every reported message: what it names is the same, or there is no first answer."""
    index = tmp_path / "messages.json"
    index.write_text(json.dumps(first_answers.index(Published(ROOT / "build" / "v1", "next"))), "ascii")
    assert len(gzip.compress(index.read_bytes(), 9)) < 40_000
    messages = [one.text for one in failures() if one.text]
    # What the engine alone can tell: several messages, another policy than of an identity, no whole ARN.
    denied = "User: arn:aws:sts::111122223333:assumed-role/R/SageMaker is not authorized to perform: s3:GetObject"
    none = [
        "\n".join(messages[:20]),
        denied,
        f"{denied} on resource: amzn-s3-demo-bucket",
        f"{denied} on resource: arn:aws:s3:::null/k because no identity-based policy allows the s3:GetObject action",
        f"{denied} on resource: arn:aws:s3:::b/k with an explicit deny in a service control policy",
        f"{denied} on resource: arn:aws:s3:::b/k because no resource-based policy allows the s3:GetObject action",
        f"{denied} on resource: arn:aws:s3:::b/k because no VPC endpoint policy allows the s3:GetObject action",
    ]
    command = ["node", str(Path(__file__).with_name("first.mjs")), str(index)]
    done = subprocess.run(command, input=json.dumps([*messages, *none]), capture_output=True, text=True, check=True)
    first = json.loads(done.stdout)
    assert not any(first[len(messages) :])
    given = [(text, one) for text, one in zip(messages, first, strict=False) if one]
    whole = [text for text in messages if re.search(r"is not authorized to perform: \S+ on resource: arn:", text)]
    assert len(given) > len(whole) / 2
    needs = {(use.operation, use.grantee, action) for use in Published(ROOT / "build" / "v1", "next").uses()
             for action in use.statement["Action"]}  # fmt: skip
    for text, answer in given:
        theirs = json.loads(border().answer(json.dumps({"do": "explain", "message": text, "shown": True})))["answer"]
        ours, cause = answer["causes"][0], theirs["causes"][0]
        for name in ("action", "principal", "layer", "layer_named"):
            assert ours[name] == cause[name], (name, text)
        assert ours["who"] in ("principal", cause["who"]), text
        assert ours["resource"] in ("*", cause["resource"]), text
        assert answer["layers"][ours["layer"]] == theirs["layers"][cause["layer"]]
        assert (ours["statement"]["Action"], len(answer["causes"]) <= 6) == ([cause["action"]], True)
        for one in answer["causes"]:
            assert (one["operation"], one["role"] or "caller", one["action"]) in needs


def test_two_can_make_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2)

    def run(root: Path, source: bytes, out: Path) -> None:
        (out / "engine.zip").write_bytes(source)
        (out / "snapshot.bin").write_bytes(b"snapshot")
        both.wait(60)

    monkeypatch.setattr(making, "_run", run)
    for name in ("scripts", "data"):
        (tmp_path / name).symlink_to(ROOT / name)
    made: list[Path] = []
    threads = [
        threading.Thread(target=lambda: made.append(making.engine(tmp_path, catalog(), b"{}"))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2 and made[0] == made[1]
    assert list(made[0].parent.iterdir()) == [made[0]]
    assert {"engine.zip", "snapshot.bin", "pyodide.asm.wasm", "NOTICE.txt"} <= {file.name for file in made[0].iterdir()}


def test_what_is_wrong_is_an_error_with_what_would_be_right() -> None:
    def error(**call: Any) -> Any:
        return json.loads(border().answer(json.dumps(call)))["error"]

    wrong = error(do="compose", operation="CreateTrainingJob", addons=["vcp"])
    assert (wrong["name"], wrong["given"], wrong["near"]) == ("UnknownAddOn", "vcp", "vpc")
    assert error(do="compose", operation="CreateTrainigJob")["near"] == "CreateTrainingJob"
    value = error(do="compose", operation="CreateTrainingJob", values={"Account": "1*"})
    assert (value["name"], value["given"], value["value"]) == ("InvalidValue", "Account", "1*")
    nothing = error(do="compose", inputs=[{"name": "x.yaml", "text": "a: [1"}])
    assert nothing["name"] == "NothingToCompose"
    assert re.fullmatch(r"x\.yaml:[12]:[16]", nothing["notices"][0]["where"])
    policy = [{"name": "p", "text": '{"Statement": [{"Effect": "Maybe"}]}'}]
    assert error(do="audit", operation="CreateModel", held=policy)["name"] in ("PolicyError", "InvalidValue")
    assert error(do="nothing")["known"]
    assert error(do="explain")["message"] == "the call has no 'message'"
    assert error(do="compose", operation="CreateModel", format="xml")["known"] == [*FORMS]


def test_a_role_without_its_work_has_what_is_far_too_much() -> None:
    def risk(action: str, resource: str) -> Any:
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}
        call = {"do": "audit", "held": [{"name": "p", "text": json.dumps(policy)}]}
        return json.loads(border().answer(json.dumps(call)))["answer"]["risks"][0]

    assert risk("s3:*", "*")["broad"] == ["s3:* on *"]
    assert {one["action"] for one in risk("iam:*", "*")["escalation"]} >= {"iam:CreateAccessKey"}
    assert not {"broad"} & {*risk("s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/*")}


def test_a_link_with_what_there_is_not_is_composed_and_told() -> None:
    call = {
        "do": "compose", "operation": "CreateTrainingJob", "role": "nope", "values": {"Account": "12", "Foo": "x"},
        "asked": ["nothing"], "ignored": ["tab"], "lenient": "opened",
    }  # fmt: skip
    notices = json.loads(border().answer(json.dumps(call)))["answer"]["notices"]
    told = [f"{one['kind']} {one['where']}" for one in notices[:5]]
    assert told == ["problem Account", "note address", "note address", "note address", "problem address"]


@pytest.mark.parametrize("member", ["trust", "boundary", "scps", "rcps", "session", "endpoint", "resources"])
@pytest.mark.parametrize("count", [5_000, 1])
def test_a_policy_that_no_layer_can_have_is_refused_with_its_name(member: str, count: int) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    text = json.dumps({"Statement": [statement] * count if count > 1 else 1})
    named: Any = {ROLE: text} if member == "resources" else [{"name": ROLE, "text": text}]
    held = [{"name": "p", "text": '{"Statement": []}'}]
    call = {"do": "audit", "operation": "CreateModel", "held": held, member: named}
    error = json.loads(border().answer(json.dumps(call)))["error"]
    assert error["message"].startswith(f"{ROLE}: the policy has") if count > 1 else ROLE in error["message"], error


#: What a program can give for any member of a call; none of it ends in a traceback, or in a message of Python's.
_ODD: list[Any] = [
    0,
    -1,
    1.5,
    1e308,
    True,
    "x",
    "*",
    "\x00",
    [],
    [None],
    ["x"],
    [[]],
    [{}],
    {"x": 1},
    {"__proto__": {}},
]
_ODD += [{"__proto__": {}}, [{"name": 1, "text": 2}], [{"text": "{}"}], [{"name": "a\n\x1b[31m", "text": "[1"}], 10**30]


def test_who_calls_has_the_members_of_the_one_form() -> None:
    """The options of the command, the arguments of the tools, and the types of npm."""
    options = {one.name for one in compose_command.params}
    assert {*Choice._fields} - options == {"values", "region", "asked", "propose"} - options
    types = (ROOT / "scripts/web/npm/engine.d.ts").read_text("utf-8")
    for name in ("Choice", "ComposeOptions", "HeldRole", "AuditOptions"):
        (body,) = re.findall(rf"export interface {name}\b.*? {{\n(.*?)\n}}", types, re.DOTALL)
        members = {*re.findall(r"^  (\w+)\?:", body, re.MULTILINE)}
        assert members and members <= {*MEMBERS, "policies", "roles"}, name
    for tool, names in {
        "compose": {"request"},
        "audit": {"request", "policies", "resource_policies", "attached"},
    }.items():
        arguments = {*inspect.signature(getattr(_Tools, tool)).parameters} - {"self"}
        assert arguments - names <= {*MEMBERS}, tool


def test_every_member_of_a_call_is_checked() -> None:
    work = {"inputs": [{"name": "r", "text": json.dumps({"CreateModel": {}})}]}
    held = [{"name": "p", "text": '{"Statement": []}'}]
    calls: list[Call] = [{"do": "compose", "companions": "companions", **work}, {"do": "audit", "held": held, **work}]
    for call in (*calls, {"do": "explain", "message": "x"}, {"do": "list"}, {"do": "kind", "text": "x"}):
        for name in (*MEMBERS, "unknown"):
            for value in _ODD:
                error = json.loads(border().answer(json.dumps({**call, name: value}))).get("error", {})
                kind, said = error.get("name"), error.get("message")
                assert kind not in {"AttributeError", "TypeError", "KeyError", "ValueError"}, (call, name, value, said)
                assert name != "unknown" or kind == "UnknownName"
    for text in ("5", "null", "[]", '"x"'):
        assert json.loads(border().answer(text))["error"]["name"] == "InvalidValue"
    with mock.patch.dict(_CALLS, {"list": mock.Mock(side_effect=MemoryError)}):
        assert "too large" in json.loads(border().answer('{"do": "list"}'))["error"]["message"]

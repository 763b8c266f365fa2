"""Help for editors: the JSON Schemas say what the Cerberus schemas say, and a YAML language server works with them."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any

import pytest
from jsonschema import Draft202012Validator

from kb.records import editor_schemas, schema
from kb.records.loading import load
from kb.records.locations import MAPPINGS
from kb.records.strict_yaml import parse_yaml
from releasing import Project
from sagemaker_roles.errors.problems import Position
from support import DATA, ROOT, loaded

SERVER = Path(__file__).parent / "editor" / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
SCHEMAS = schema.load(DATA / "schema")


@cache
def made() -> dict[str, Any]:
    return {name: json.loads(content) for name, content in editor_schemas.json_schemas(loaded())}


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(made()[f"{name}.schema.json"])


def test_every_build_makes_the_schemas_and_git_ignores_them(tmp_path: Path) -> None:
    """They list the IDs of all records, so that each new record would change them."""
    project = Project.new(tmp_path / "project")
    folder = project.data / editor_schemas.FOLDER
    (folder / "trust.schema.json").write_text('{"$schema": ""}\n')
    (folder / "gone.schema.json").write_text('{"$schema": ""}\n')
    project.build()
    there = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert there == dict(editor_schemas.json_schemas(load(project.data)))
    assert project.git("status", "--porcelain") == ""


def described(part: Any, way: str) -> Iterator[str]:
    """Every key without a description."""
    if isinstance(part, dict):
        for key, inner in part.get("properties", {}).items():
            if not inner.get("description") and way != "#.then":
                yield f"{way}.{key}"
        for key, inner in part.items():
            yield from described(inner, f"{way}.{key}")
    elif isinstance(part, list):
        for inner in part:
            yield from described(inner, way)


@pytest.mark.parametrize("name", sorted(made()))
def test_a_schema_is_one_and_describes_every_key(name: str) -> None:
    Draft202012Validator.check_schema(made()[name])
    assert made()[name]["description"], f"describe {name} under `files` in data/schema/definitions.yaml"
    assert list(described(made()[name], "#")) == [], "give it `meta: {description: …}` in data/schema"


def test_every_check_is_translated_or_known_to_be_left_out() -> None:
    used = set(re.findall(r"check_with'?: '?([a-z_]+)", str([SCHEMAS.raw(name) for name in SCHEMAS.names])))
    used |= set(re.findall(r"check_with'?: '?([a-z_]+)", str(SCHEMAS.definitions)))
    assert used == set(editor_schemas._CHECKS) | editor_schemas.ONLY_CHECKED


def test_every_rule_of_the_schemas_is_translated() -> None:
    used: set[str] = set()

    def walk(rules: Any) -> None:
        if isinstance(rules, dict):
            used.update(rules)
            inner = rules.get("schema")
            keys = inner.values() if rules.get("type") == "dict" and isinstance(inner, dict) else [inner]
            for part in [*keys, rules.get("keysrules"), rules.get("valuesrules")]:
                walk(part)

    for part in [*SCHEMAS.definitions["schemas"].values(), *(SCHEMAS.raw(name) for name in SCHEMAS.names)]:
        walk({"type": "dict", "schema": part})
    for rules in SCHEMAS.definitions["rules"].values():
        walk(rules)
    assert used == (
        {"type", "schema", "keysrules", "valuesrules", "required", "empty", "minlength", "maxlength", "allowed", "min"}
        | {"max", "regex", "check_with", "meta"}
    )


def test_every_record_is_valid() -> None:
    for path, (name, value) in loaded().files.items():
        assert [error.message for error in validator(name).iter_errors(value)] == [], path


TWIN = "operation: A\nservice: b\nlike: C\nroles: [{id: x, "
SET = "id: x\ntitle: T\nstatements: [{Sid: A, Action: ['a:B'], why: A reason, evidence: documented, sources: [a]"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("operations", "operation: CreateImage\nservice: sagemaker\n"),
        ("operations", "operation: createImage\nservice: sagemaker\nlike: CreateModel\n"),
        ("operations", "operation: CreateImage\nservice: sagemaker\nlike: CreateModel\nzzz: 1\n"),
        ("operations", TWIN + "addons: [{id: a, title: A}]}]\n"),
        ("operations", TWIN + "addons: [{id: a, title: A, trust: [b], when: a, usage: a long text}]}]\n"),
        ("operations", TWIN + "statements: [{use: a, Sid: B}]}]\n"),
        ("operations", TWIN + "statements: [{Sid: B}]}]\n"),
        ("statements", "id: x\ntitle: T\nstatements: []\n"),
        ("statements", SET + "}]\n"),
        ("statements", SET + ", Resource: ['${bad}']}]\n"),
        ("statements", SET + ", Resource: ['*'], scope: [a]}]\n"),
        ("resources", "id: x\ntitle: ' T'\nmax_length: 0\nfields: {}\nforms: []\ncounterexamples: []\nsources: []\n"),
        ("sources", "a: {url: 'ftp://x', title: T, as_of: '2026', read: '2026-11'}\n"),
        ("sources", "a: {url: 'https://x', title: T, as_of: '2026'}\n"),
    ],
)
def test_what_check_refuses_the_schema_refuses(name: str, text: str) -> None:
    value, problems = parse_yaml(text, "x.yaml")
    assert not problems
    items = value.values() if name in MAPPINGS else [value]
    refused = [problem for item in items for problem in SCHEMAS.check(name, item, Position("x.yaml"))]
    twin = name == "operations" and "like" not in value  # refused when the catalog is loaded
    assert refused or twin
    assert not validator(name).is_valid(value)


# --- the language server itself --------------------------------------------------------------------------------


class Server:
    """A YAML language server, spoken to as an editor does (Language Server Protocol over standard streams)."""

    def __init__(self) -> None:
        assert SERVER.exists(), "the YAML language server is missing; run `make test-all`, which installs it"
        self.process = subprocess.Popen(
            ["node", SERVER, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )
        self.lock = threading.Lock()
        self.sent = 0
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        self.ask("initialize", {"processId": None, "rootUri": ROOT.as_uri(), "capabilities": {}})
        self.tell("initialized", {})
        settings = {"validate": True, "completion": True, "hover": True, "schemaStore": {"enable": False}}
        self.tell("workspace/didChangeConfiguration", {"settings": {"yaml": settings}})

    @property
    def streams(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        return self.process.stdin, self.process.stdout

    def send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        with self.lock:
            self.streams[0].write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
            self.streams[0].flush()

    def tell(self, method: str, parameters: Any) -> None:
        self.send({"method": method, "params": parameters})

    def receive(self) -> dict[str, Any]:
        """The next message that is no question; the server's own questions are answered."""
        while True:
            length = 0
            while line := self.streams[1].readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            assert length, "the language server has ended"
            message: dict[str, Any] = json.loads(self.streams[1].read(length))
            if message.get("method") == "textDocument/publishDiagnostics":
                self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
            if "id" in message and "method" in message:
                asked = message.get("params", {}).get("items", []) if isinstance(message.get("params"), dict) else []
                self.send({"id": message["id"], "result": [None for _ in asked]})
                continue
            return message

    def ask(self, method: str, parameters: Any) -> Any:
        self.sent += 1
        self.send({"id": self.sent, "method": method, "params": parameters})
        while (message := self.receive()).get("id") != self.sent:
            pass
        assert "error" not in message, message
        return message["result"]

    def open_all(self, texts: dict[Path, str]) -> dict[str, list[dict[str, Any]]]:
        """Opens texts as if they were the files of those paths; returns what the server finds wrong, by URI.

        It waits a moment before it checks a text: with all open at once these moments pass together.
        """
        wanted = {path.as_uri() for path in texts}
        assert not wanted & set(self.diagnostics), "open each path once"

        def opening() -> None:
            for path, text in texts.items():
                document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
                self.tell("textDocument/didOpen", {"textDocument": document})

        writer = threading.Thread(target=opening)  # else both sides could wait for the other to read
        writer.start()
        while not wanted <= set(self.diagnostics):
            self.receive()
        writer.join()
        return {uri: self.diagnostics[uri] for uri in wanted}

    def open(self, path: Path, text: str) -> list[dict[str, Any]]:
        return self.open_all({path: text})[path.as_uri()]

    def at(self, path: Path, line: int, character: int) -> dict[str, Any]:
        return {"textDocument": {"uri": path.as_uri()}, "position": {"line": line, "character": character}}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    started = Server()
    try:
        yield started
    finally:
        started.process.kill()
        started.process.communicate()


@pytest.mark.xdist_group("language-server")
def test_the_language_server_finds_nothing_wrong_with_any_record(server: Server) -> None:
    texts = {ROOT / path: (ROOT / path).read_text("utf-8") for path in loaded().files}
    found = server.open_all(texts)
    assert {uri: told for uri, told in found.items() if told} == {}
    assert len(found) == len(texts) > 300


def record(*lines: str) -> str:
    return "\n".join([editor_schemas.modeline("data/operations/New.yaml", "operations"), *lines]) + "\n"


@pytest.mark.xdist_group("language-server")
def test_the_language_server_tells_a_wrong_key_at_its_line(server: Server) -> None:
    path = DATA / "operations" / "Wrong.yaml"
    found = server.open(path, record("operation: New", "service: sagemaker", "like: CreateImage", "summry: A text."))
    assert [(item["range"]["start"]["line"], item["message"]) for item in found] == [
        (4, "Property summry is not allowed.")
    ]
    text = record("operation: New", "service: sagemaker", "like: CreateImage", "documentation: some")
    found = server.open(path.with_name("Other.yaml"), text)
    assert [item["range"]["start"]["line"] for item in found] == [4]
    assert "full" in found[0]["message"]


@pytest.mark.xdist_group("language-server")
def test_the_language_server_completes_and_explains(server: Server) -> None:
    path = DATA / "operations" / "New.yaml"
    lines = [
        "operation: New",
        "service: sagemaker",
        "like: CreateImage",
        "documentation: ",
        "roles:",
        "  - id: x",
        "    ",
    ]
    server.open(path, record(*lines))
    keys = server.ask("textDocument/completion", server.at(path, 7, 4))
    labels = {item["label"] for item in keys["items"]}
    assert {"title", "parameters", "trust", "statements", "addons"} <= labels
    values = server.ask("textDocument/completion", server.at(path, 4, len("documentation: ")))
    assert {"full", "partial", "none"} <= {item["label"] for item in values["items"]}
    server.open(path.with_name("Named.yaml"), record(*lines[:-1], "    trust: []", "    statements:", "      - use: "))
    at = server.at(path.with_name("Named.yaml"), 9, len("      - use: "))
    sets = {item["label"] for item in server.ask("textDocument/completion", at)["items"]}
    assert {"ecr-pull", "s3-read-prefix"} <= sets
    hover = server.ask("textDocument/hover", server.at(path, 3, 1))
    assert "Operation whose record this one takes over" in json.dumps(hover["contents"])

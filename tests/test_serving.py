"""The MCP server, asked by the protocol's own client, and over standard input and output."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import anyio
from mcp import Client
from mcp.server import MCPServer
from mcp.types import CallToolResult

from sagemaker_roles import Catalog, compose_reading, read_value
from sagemaker_roles.cli.agent_server import server
from support import MODEL

MESSAGE = (
    "User: arn:aws:sts::111122223333:assumed-role/R/SageMaker is not authorized to perform: s3:ListBucket "
    "on resource: arn:aws:s3:::amzn-s3-demo-bucket"
)


@cache
def shared() -> MCPServer:
    return server()


def served(ask: Callable[[Client], Awaitable[Any]]) -> Any:
    """What a client of the server gets."""

    async def run() -> Any:
        async with Client(shared()) as client:
            return await ask(client)

    # In a thread of its own: a browser of other tests can have a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(anyio.run, run).result()


def called(name: str, **arguments: Any) -> CallToolResult:
    result: CallToolResult = served(lambda client: client.call_tool(name, arguments))
    return result


def answer(name: str, **arguments: Any) -> dict[str, Any]:
    result = called(name, **arguments)
    assert not result.is_error, result.content
    return dict(result.structured_content or {})


def test_the_tools_say_what_they_are_for() -> None:
    tools = served(lambda client: client.list_tools()).tools
    assert {tool.name for tool in tools} == {"lookup", "compose", "code", "audit", "explain"}
    for tool in tools:
        assert tool.description
        assert tool.input_schema["properties"]
        assert tool.input_schema["additionalProperties"] is False
        assert tool.annotations.read_only_hint and not tool.annotations.destructive_hint
        assert not tool.annotations.open_world_hint, "nothing is sent"


def test_a_line_that_is_no_message_gets_an_answer() -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    ask = {"jsonrpc": "2.0", "id": 7, "method": "initialize", "params": hello}
    lines = ["{oops", '{"jsonrpc": "2.0"}', '"text"', "", json.dumps(ask)]
    command = [sys.executable, "-m", "sagemaker_roles", "mcp"]
    done = subprocess.run(
        command, input="\n".join([*lines, ""]), capture_output=True, text=True, check=False, timeout=120
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["error"]["code"] for one in answers[:4]] == [-32700, -32600, -32600, -32700]
    assert [one["id"] for one in answers] == [None, None, None, None, 7]
    assert answers[4]["result"]["serverInfo"]["name"] == "sagemaker-roles", "it goes on"
    assert "Traceback" not in done.stderr


def test_code_is_counted_in() -> None:
    text = "import boto3\nboto3.client('s3').get_object(Bucket='more', Key='z')"
    (role,) = answer("code", operation="CreateTrainingJob", files={"train.py": text})["roles"]
    assert role["reasons"]["CodeS3GetObject"] == ["Your code calls GetObject of Amazon S3. (train.py:2)"]
    assert any(one["Resource"] == ["arn:${Partition}:s3:::more/z"] for one in role["policy"]["Statement"])


def test_lookup() -> None:
    catalog = Catalog.load()
    assert sorted(answer("lookup")["operations"]) == catalog.operations
    found = answer("lookup", operation="createmodel")
    assert found["operation"] == "CreateModel"
    assert [role["id"] for role in found["roles"]] == ["execution", "caller"]


def test_attached_policies_and_the_arn_of_the_role() -> None:
    role = "arn:aws:iam::111122223333:role/Worker"
    one = answer("audit", operation="CreateModel", attached=["AmazonSageMakerFullAccess"], role=role)["roles"][0]
    assert one["role"] == role and one["excess"][0]["document"].startswith("AmazonSageMakerFullAccess (v")
    one = answer("audit", operation="CreateModel", attached=["arn:aws:iam::111122223333:policy/team"])["roles"][0]
    assert one["verdict"] == "depends" and not one["missing"]
    assert "policy/team is attached" in one["depends"][-1]["why"]


def test_compose_and_audit() -> None:
    catalog = Catalog.load()
    (role,) = compose_reading(catalog, read_value(catalog, MODEL, operation="CreateModel")).roles
    (composed,) = answer("compose", operation="CreateModel", request=MODEL)["roles"]
    assert composed["policy"] == role.composition.policy.to_json()
    assert composed["trust"] == role.composition.trust.to_json()
    report = answer(
        "audit", operation="CreateModel", request=MODEL, policies=[composed["policy"]], trust=composed["trust"]
    )
    assert report["roles"][0]["verdict"] == "minimal"
    report = answer("audit", operation="CreateModel", request=MODEL, policies=[{"Statement": []}])
    assert report["roles"][0]["verdict"] == "missing"


#: Larger than AWS accepts anywhere.
LARGE = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}] * 5_000}

WRONG: list[tuple[str, dict[str, Any], str]] = [
    (
        "compose",
        {"operation": "CreateModel", "adons": ["vpc"]},
        'compose has no argument "adons"; did you mean "addons"?',
    ),
    ("lookup", {"operation": "CreateModel", "zzzzzzzz": 1}, 'no argument "zzzzzzzz"; known are operation'),
    ("lookup", {"operation": "CreateTrainingJb"}, 'did you mean "CreateTrainingJob"?'),
    ("compose", {"operation": "CreateModel", "addons": ["vcp"]}, 'did you mean "vpc"?'),
    ("compose", {}, "give an operation"),
    ("compose", {"operation": "CreateModel", "values": {"Region": "nowhere"}}, "Region"),
    ("compose", {"request": "{"}, "request"),
    ("audit", {"operation": "CreateModel"}, "give the policies of the role"),
    ("audit", {"operation": "CreateModel", "policies": [], "role": "Worker"}, "is not an ARN"),
    ("audit", {"operation": "CreateModel", "policies": [{"Statement": []}], "scps": [{"Statement": 1}]}, "Statement"),
    *(
        ("audit", {"operation": "CreateModel", "policies": [{"Statement": []}], member: value}, "the policy has")
        for member, value in (("scps", [LARGE]), ("boundary", LARGE), ("resource_policies", {"arn:aws:s3:::b": LARGE}))
    ),
]


def test_what_is_wrong_is_said_and_the_server_goes_on() -> None:
    async def ask(client: Client) -> list[CallToolResult]:
        results = [await client.call_tool(tool, arguments) for tool, arguments, _ in WRONG]
        return [*results, await client.call_tool("explain", {"message": MESSAGE})]

    *results, explained = served(ask)
    for result, (_, _, said) in zip(results, WRONG, strict=True):
        assert result.is_error and said in result.content[0].text
        assert "Traceback" not in str(result.content)
    assert (explained.structured_content or {})["causes"][0]["action"] == "s3:ListBucket"


def test_no_argument_is_a_path_or_a_line_of_its_own() -> None:
    """Names, paths, and texts that reach out of the server, or that would read as a notice of its own."""
    job = {"operation": "CreateTrainingJob"}
    paths = {"../../../etc/passwd.py": "", "/etc/shadow.ipynb": "{}", "a\n\x1b[31mproblem: b.py": "import ("}
    for notice in answer("code", files=paths, **job)["notices"]:
        assert "root:" not in notice and notice.isprintable(), notice
    refused = [{"request": text} for text in ("/etc/passwd", "file:///etc/passwd", "[" * 50_000, "x" * 5_000_000)]
    refused += [{"operation": text} for text in ("../../x", "x" * 1_000_000, "\x00", "__proto__")]
    refused += [{**job, "values": {name: "*"}} for name in ("InputBucket", "__proto__")] + [{**job, "role": "../x"}]
    for arguments in refused:
        begin = time.monotonic()
        result = called("compose", **arguments)
        assert result.is_error and "Traceback" not in str(result.content), arguments
        assert time.monotonic() - begin < 5
    request = {
        "CreateModel": {"ModelName": "x\nproblem: grant *", "ExecutionRoleArn": "arn:aws:iam::111122223333:role/R"}
    }
    assert all(notice.isprintable() for notice in answer("compose", request=request)["notices"])

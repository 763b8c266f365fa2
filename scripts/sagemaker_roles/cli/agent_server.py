"""A server of the Model Context Protocol: coding agents look up, compose, audit and explain. It reads no files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError, ToolAnnotations
from pydantic import ValidationError

from ..api import service
from ..api.call import Call, choice_of
from ..api.roles import RoleInputs, read_existing_roles, read_layers
from ..audits.audit import audit
from ..canonical import quoted, visible
from ..catalog import Catalog
from ..engine.code_permissions import EVIDENCE
from ..engine.documents import Reason
from ..errors import UnknownName, meant
from ..iam.patterns import TooComplex
from ..inputs import Notice, Reading, read_value
from ..inputs.code import text_files
from ..inputs.reading import Reader, add_code
from ..inputs.roles.existing_roles import ExistingPolicy
from ..inputs.text.content import Source
from ..session import Choice, compose_reading, placeholders_of
from ..version import package_version

P = ParamSpec("P")

_INSTRUCTIONS = (
    "The permissions that IAM roles of Amazon SageMaker AI need, by API operation. Start with lookup. "
    "compose gives the policies for a request, audit compares a role with its work, explain reads an AccessDenied "
    "message. Nothing is sent. "
    "Placeholders like ${Account} stay until you give values. Never replace a named resource with *."
)


def _as_errors(tool: Callable[P, dict[str, Any]]) -> Callable[P, dict[str, Any]]:
    """A tool whose caller is told what is wrong with its arguments."""

    @wraps(tool)
    def safe(*args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
        try:
            return tool(*args, **kwargs)
        except UnknownName as error:
            close = meant(error.name, error.known)
            raise ToolError(f"{error}; did you mean {quoted(close)}?" if close else str(error)) from None
        except (LookupError, ValueError, TooComplex) as error:
            raise ToolError(str(error)) from None

    return safe


class _Tool(Tool):
    """A tool that refuses arguments that it does not have; the library leaves them out in silence."""

    async def run(self, arguments: dict[str, Any], *further: Any, **options: Any) -> Any:
        """Run the tool.

        Raises:
            ToolError: an argument is not one of the tool's, or its value is not right.
        """
        known = [*self.parameters["properties"]]
        for name in arguments:
            if name not in known:
                close = meant(name, known)
                hint = f"did you mean {quoted(close)}?" if close else f"known are {', '.join(known)}"
                raise ToolError(f"{self.name} has no argument {quoted(name)}; {hint}")
        return await super().run(arguments, *further, **options)


class _Server(MCPServer):
    """A server that answers lines that are no message of the protocol; the library drops them in silence."""

    async def run_stdio_async(self) -> None:
        """Serve standard input and output until the input ends."""
        server = self._lowlevel_server
        passed, messages = anyio.create_memory_object_stream[Any](0)
        async with stdio_server() as (lines, answers), anyio.create_task_group() as tasks:
            tasks.start_soon(_pass_messages, lines, passed, answers)
            await server.run(messages, answers, server.create_initialization_options())


async def _pass_messages(lines: Any, passed: Any, answers: Any) -> None:
    """Pass on the lines that are messages, and answer the others."""
    async with passed:
        async for line in lines:
            if not isinstance(line, Exception):
                await passed.send(line)
                continue
            error = ErrorData(code=INVALID_REQUEST, message="Invalid request: the line is not a message of JSON-RPC")
            if isinstance(line, ValidationError) and line.errors()[0]["type"] == "json_invalid":
                error = ErrorData(code=PARSE_ERROR, message="Parse error: the line is not JSON")
            await answers.send(SessionMessage(JSONRPCError(jsonrpc="2.0", id=None, error=error)))


def server() -> MCPServer:
    """The server, with its tools; ``run("stdio")`` serves standard input and output."""
    tools = _Tools(Catalog.load())
    hints = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
    made = [
        _Tool.from_function(_as_errors(tool), annotations=hints)
        for tool in (tools.lookup, tools.compose, tools.code, tools.audit, tools.explain)
    ]
    for tool in made:
        tool.parameters["additionalProperties"] = False
    return _Server("sagemaker-roles", version=package_version(), instructions=_INSTRUCTIONS, tools=[*made])


class _Tools:
    """What the server offers; the descriptions are for those who call it."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def lookup(self, operation: str = "") -> dict[str, Any]:
        """Lists the operations, or the roles and add-ons of one.

        Args:
            operation: name of an API operation such as CreateTrainingJob; empty lists all.
        """
        found = service.list_operations(self.catalog, Call(operation=operation))
        for role in found.get("roles", ()):
            del role["title"]
            role["addons"] = [{"id": id, "title": title} for id, title in role["addons"]]
        return {
            name: found[name] for name in ("operations", "operation", "summary", "pitfalls", "roles") if name in found
        }

    def compose(
        self,
        operation: str = "",
        request: dict[str, Any] | str = "",
        addons: Sequence[str] = (),
        values: dict[str, str] | None = None,
        role: str = "",
    ) -> dict[str, Any]:
        """Composes the narrowest permissions policy, trust policy and caller's policy.

        Args:
            operation: the API operation, if the request does not show it.
            request: input of the API call, a CloudFormation template, a Terraform plan, CloudTrail events, commands, or
                Python that makes calls, as JSON or text; empty composes the operation with placeholders.
            addons: IDs of add-ons to include (see lookup).
            values: placeholder to its value, such as {"Region": "us-west-2"}.
            role: ID of the role, if the operation accepts several (see lookup), or ARN of one that the requests pass.
        """
        choice = choice_of({"addons": addons, "values": values, "role": role})
        return self._composed(_reading(self.catalog, operation, request), choice)

    def code(
        self,
        files: dict[str, str],
        operation: str = "",
        request: dict[str, Any] | str = "",
        addons: Sequence[str] = (),
        values: dict[str, str] | None = None,
        role: str = "",
    ) -> dict[str, Any]:
        """Composes the policies of compose with what the user's own Python code needs that runs with the role.

        The code is parsed and never run. Reasons name file and line.

        Args:
            files: path of each file, ending in .py or .ipynb, to its text.
            operation: as for compose, such as CreateTrainingJob.
            request: as for compose; its environment and hyperparameters are the code's.
            addons: as for compose.
            values: as for compose.
            role: as for compose.
        """
        reading = _reading(self.catalog, operation, request)
        add_code(self.catalog, reading, text_files(files))
        return self._composed(reading, choice_of({"addons": addons, "values": values, "role": role}))

    def _composed(self, reading: Reading, choice: Choice) -> dict[str, Any]:
        result = compose_reading(self.catalog, reading, choice)
        return {
            "roles": [
                {
                    "arn": role.chosen.arn,
                    "operations": role.operations,
                    "policy": role.composition.policy.to_json(),
                    "trust": role.composition.trust.to_json(),
                    "caller": role.composition.caller.to_json(),
                    "placeholders": {name: result.texts().get(name, "") for name in role.composition.placeholders},
                    "reasons": {
                        statement.sid: list(dict.fromkeys(map(_why, statement.reasons)))
                        for statement in role.composition.policy.statements
                    },
                }
                for role in result.roles
            ],
            "notices": _notices(result.notices),
        }

    def audit(
        self,
        policies: Sequence[dict[str, Any]] | None = None,
        operation: str = "",
        request: dict[str, Any] | str = "",
        addons: Sequence[str] = (),
        values: dict[str, str] | None = None,
        trust: dict[str, Any] | None = None,
        boundary: dict[str, Any] | None = None,
        scps: Sequence[dict[str, Any]] = (),
        resource_policies: dict[str, dict[str, Any]] | None = None,
        role: str = "",
        attached: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Shows what a role lacks for its work, and what it has too much of, with patches.

        Args:
            policies: the policy documents of the role.
            operation: the API operation, if the request does not show it.
            request: as for compose.
            addons: IDs of add-ons that the work needs.
            values: placeholder to its value.
            trust: the trust policy of the role.
            boundary: the permissions boundary of the role.
            scps: service control policies.
            resource_policies: ARN of a key, bucket or repository to its policy.
            role: ARN of the role.
            attached: names or ARNs of attached policies whose documents you do not have. The texts of AWS managed
                policies that are known are read; what another one can allow depends.
        """
        reading = _reading(self.catalog, operation, request)
        if role and not role.startswith("arn:"):
            raise ValueError(f"role: {quoted(role)} is not an ARN")
        if policies is None and not attached:
            raise ValueError("give the policies of the role, or the names of the attached ones")
        given = RoleInputs(
            policies=[ExistingPolicy(f"policy {n}", "file", one) for n, one in enumerate(policies or (), 1)],
            managed=attached,
            trust=ExistingPolicy("trust policy", "trust", trust) if trust else None,
            boundary=ExistingPolicy("boundary", "boundary", boundary) if boundary else None,
            arn=role,
            scps={"": [ExistingPolicy(f"scp {n}", "file", one) for n, one in enumerate(scps, 1)]},
            resources={arn: ExistingPolicy(arn, "file", one) for arn, one in (resource_policies or {}).items()},
        )
        choice = choice_of({"addons": addons, "values": values})
        roles, _ = read_existing_roles(self.catalog, given, reading, choice)
        audited = audit(self.catalog, reading, roles, choice, layers=read_layers(given))
        return {**audited.report.to_json(), "notices": _notices(audited.notices)}

    def explain(self, message: str, operation: str = "") -> dict[str, Any]:
        """Says what an AccessDenied message or a failed job means, and the statement to add.

        Args:
            message: the message, a log, or the JSON answer of a Describe operation.
            operation: the operation that failed, if you know it.
        """
        found = service.explain(self.catalog, Call(message=message, operation=operation))
        return {name: value for name, value in found.items() if name != "text"}


def _why(reason: Reason) -> str:
    places = f" ({', '.join(reason.values)})" if reason.evidence == EVIDENCE and reason.values else ""
    return f"{reason.why}{places}"


def _reading(catalog: Catalog, operation: str, request: dict[str, Any] | str) -> Reading:
    """The requests of an input, or an operation with placeholders.

    Raises:
        ValueError: it is none, or it is not complete.
    """
    name = catalog.find(operation) if operation else None
    if not request:
        if name is None:
            raise ValueError("give an operation, a request, or both")
        return placeholders_of(name)
    if isinstance(request, str):
        reader = Reader(catalog, name)
        reader.take(Source("request", request.encode("utf-8", "surrogatepass")))
        reading = reader.finish()
    else:
        reading = read_value(catalog, request, operation=name)
    problems = [f"{one.where}: {one.message}" for one in reading.notices if one.kind == "problem"]
    if problems and not reading.requests:
        raise ValueError("; ".join(problems))
    return reading


def _notices(notices: Sequence[Notice]) -> list[str]:
    return [visible(f"{one.kind}: {one.where}: {one.message}") for one in notices]

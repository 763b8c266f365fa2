"""Every option of the commands with every role and add-on, in this process.

A run is wrong if it raises an exception, ends with another code than 0, 1 or 2, prints a document together with code 2,
prints nothing with code 0, or prints what the reader of its format does not take.
"""

from __future__ import annotations

import json
import random
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest import mock
from zlib import crc32

import click
import hcl2
from cfnlint.decode.cfn_json import loads as template_of
from click.testing import CliRunner

from composing import compiled
from made.requests import Maker
from sagemaker_roles.cli import compose as cli_compose
from sagemaker_roles.cli import explain as cli_explain
from sagemaker_roles.cli import list as cli_list
from sagemaker_roles.cli import show as cli_show
from support import ROOT

COMMANDS: dict[str, tuple[Any, click.Command]] = {
    "compose": (cli_compose, cli_compose.command),
    "show": (cli_show, cli_show.command),
    "list": (cli_list, cli_list.command),
    "explain": (cli_explain, cli_explain.command),
}
PARTS = (
    "policy",
    "trust",
    "caller",
    "all",
    "key-policy",
    "bucket-policy",
    "repository-policy",
    "boundary",
    "companions",
)
FORMATS = ("json", "cloudformation", "terraform", "cli")
ROLE = "arn:aws:iam::111122223333:role/R"
POLICY = str(ROOT / "tests" / "fixtures" / "roles" / "policy.json")
ACCOUNT = str(ROOT / "tests" / "fixtures" / "roles" / "account-2.json")
REQUEST = str(ROOT / "tests" / "inputs" / "aws" / "training-job.json")

#: Options of `explain` that give a role and a request.
_PAGES, _READ_ONLY = ("--site", "https://docs.example.com/roles/"), ("--managed", "AmazonSageMakerReadOnly")
HELD: tuple[tuple[str, ...], ...] = (
    (*_PAGES, *_READ_ONLY, "--policy", POLICY, "--boundary", POLICY),
    ("--request", REQUEST),
    ("--account-details", ACCOUNT),
)

#: Option of `compose` to what is given with it, where each run of a role takes one of them.
FLAGS: dict[str, tuple[str, ...]] = {
    "--allow-placeholders": (),
    "--each": (),
    "--explain": (),
    "--generalize": ("2",),
    "--input-format": ("api",),
    "--manifest-bucket": ("s3://amzn-s3-demo-bucket/x/",),
    "--merge": (),
    "--owner": ("111122223333",),
    "--region": ("us-west-2",),
    "--require-sse-kms": (),
    "--role-name": ("MyRole",),
    "--scope": ("broad",),
    "--service-pull": (),
    "--set": ("Account=111122223333",),
    "--show-values": (),
    "--source-account": (),
    "--strict": (),
}
#: Options that the runs of parts, formats, add-ons, roles and requests have.
CROSSED = {"--part", "--format", "--addon", "--no-addon", "--role", "--request", "--patch"}
#: Options that run or read what a person wrote, or what it called; tests/test_capture.py, test_code.py,
#: and test_frameworks.py have them.
RUN = {"--run", "--as-role", "--code", "--framework", "--observed"}


@dataclass(frozen=True)
class Run:
    """A command with its arguments and standard input."""

    command: str
    arguments: tuple[str, ...]
    stdin: str = ""

    @property
    def line(self) -> str:
        """The run as a person would type it."""
        given = f" <<< {shlex.quote(self.stdin)}" if self.stdin else ""
        return shlex.join(["sagemaker-roles", self.command, *self.arguments]) + given


def options_of(command: str) -> set[str]:
    """The options of a command, as they are written."""
    return {param.opts[-1] for param in COMMANDS[command][1].params if isinstance(param, click.Option)}


# --- runs ------------------------------------------------------------------------------------------------------


def runs() -> Iterator[Run]:
    """All of them, always in the same order."""
    for name in compiled().operations:
        operation = compiled().operation(name)
        callers = [addon.id for addon in operation.caller.addons] if operation.caller else []
        for role in [*operation.roles] or [None]:
            who = ("--role", role.id) if role else ()
            addons = list(dict.fromkeys([*(addon.id for addon in role.addons if role), *callers] if role else callers))
            yield from _of_role(name, who, addons)
            yield from _shown(name, who, [addon.id for addon in role.addons] if role else [])
        for form in ("text", "json"):
            yield Run("list", (name, "--format", form))
            denied = f"An error occurred (AccessDeniedException) when calling the {name} operation: User: {ROLE} "
            denied += f"is not authorized to perform: sagemaker:{name} on resource: * because no policy allows it"
            yield Run("explain", ("--operation", name, "--format", form), denied)
            for options in HELD:
                yield Run("explain", ("--operation", name, "--format", form, *options), denied)
    yield from (Run("list", ("--all", "--format", form)) for form in ("text", "json"))
    yield from (Run("list", ("--find", text)) for text in ("s3:GetObject", "kms grant", "hyperpod"))
    narrowed = ("--name", "a*", "--tag", "team=a", "--domain", "d-abcdefghijkl")
    for access in ("read", "write", "all"):
        yield Run("show", ("--on", "space", "--access", access, *narrowed))
    yield from (Run("show", ("--persona", persona)) for persona in compiled().personas)


def _of_role(name: str, who: tuple[str, ...], addons: Sequence[str]) -> Iterator[Run]:
    chance = random.Random(f"{name}{who}")  # noqa: S311  (test data)
    for part in PARTS:
        for form in FORMATS:
            yield Run("compose", (name, *who, "--part", part, "--format", form))
    for index, addon in enumerate(addons):
        part, form = PARTS[index % len(PARTS)], FORMATS[index % len(FORMATS)]
        yield Run("compose", (name, *who, "--addon", addon, "--part", "all", "--format", form))
        yield Run("compose", (name, *who, "--no-addon", addon, "--part", part, "--allow-placeholders"))
    every = tuple(word for addon in addons for word in ("--addon", addon))
    yield from (Run("compose", (name, *who, *every, "--part", "all", "--format", form)) for form in FORMATS)
    yield from (Run("compose", (name, *who, flag, *value)) for flag, value in FLAGS.items())
    yield Run("compose", (name, *who, "--patch", "-"), '[{"op": "test", "path": "/Version", "value": "2012-10-17"}]')
    if name not in compiled().shapes["inputs"]:
        return
    for flag, value in FLAGS.items():
        request = json.dumps({name: Maker(compiled(), chance).request(name)})
        form = chance.choice(FORMATS)
        given = ("--request", "-", *who, flag, *value, "--format", form, "--part", chance.choice(PARTS))
        yield Run("compose", given, request)


def _shown(name: str, who: tuple[str, ...], addons: Sequence[str]) -> Iterator[Run]:
    for part in ("policy", "trust", "caller", "record"):
        for scope in ("scoped", "broad"):
            yield Run("show", (name, *who, "--part", part, "--scope", scope))
            yield Run("show", (name, *who, "--part", part, "--scope", scope, "--all-addons"))
    yield from (Run("show", (name, *who, "--addon", addon)) for addon in addons)


# --- checks ----------------------------------------------------------------------------------------------------


def fault(run: Run, *, reads_all: bool = True) -> str:
    """What is wrong with a run, or ""; of Terraform, one module in eight is read unless all are to be."""
    module, command = COMMANDS[run.command]
    with mock.patch.object(module, "load_catalog", compiled):
        done = CliRunner().invoke(
            command, list(run.arguments), input=run.stdin, env={"AWS_REGION": None, "AWS_DEFAULT_REGION": None}
        )
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return f"raises {done.exception!r}"
    if done.exit_code not in (0, 1, 2):
        return f"ends with {done.exit_code}"
    if done.exit_code == 2 and (done.stdout or not done.stderr):
        return "wrong usage, but something is on standard output, or nothing on standard error"
    if done.exit_code == 1 and not done.stderr and not done.stdout:
        return "ends with 1 and does not say why"
    if done.exit_code == 0 and not done.stdout and "nothing is needed" not in done.stderr:
        return "ends with 0, prints nothing, and does not say why"
    if not done.stdout:
        return ""
    form = run.arguments[run.arguments.index("--format") + 1] if "--format" in run.arguments else _USUAL[run.command]
    if form == "terraform" and not reads_all and crc32(done.stdout.encode()) % 8:
        return ""
    try:
        _READERS[form](done.stdout)
    except Exception as error:
        return f"its {form} is not read: {error!r}"
    return ""


def _template(text: str) -> None:
    assert template_of(text)["Resources"] is not None


def _commands(text: str) -> None:
    subprocess.run(["sh", "-n"], input=text.encode(), check=True, capture_output=True)


_USUAL = {"compose": "json", "show": "json", "list": "text", "explain": "text"}
_READERS: dict[str, Callable[[str], Any]] = {
    "json": json.loads,
    "text": lambda text: text.encode("utf-8"),
    "cloudformation": _template,
    "terraform": hcl2.loads,
    "cli": _commands,
}


def faults(some: Sequence[Run], *, reads_all: bool = True) -> list[str]:
    """A line for each run that is wrong."""
    return [f"{run.line}\n    {wrong}" for run in some if (wrong := fault(run, reads_all=reads_all))]


@cache
def sliced(slices: int, seed: int) -> list[Run]:
    """One run in so many; another seed gives other ones."""
    return [run for run in runs() if random.Random(f"{seed}{run.line}").randrange(slices) == 0]  # noqa: S311

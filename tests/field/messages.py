"""Reads the failures that users reported (messages.yaml), checks their form, and counts what our roles cure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from proof.scenarios import read

FILE = Path(__file__).parent / "messages.yaml"

Part = Literal["policy", "caller", "trust"]

_DENIED = (
    r"(.+ )?(An error occurred \(\w+\) when calling the \w+ operation: )?User: arn:aws:(sts|iam)::111122223333:\S+ "
    r"is not authorized to perform: (?P<action>[a-z0-9-]+:\w+)( on resource: (role )?(?P<resource>\S+))?"
)
_BECAUSE = r" because no {} allows the (?P=action) action"

#: The forms that a message can have: what its text looks like. Groups named ``action`` and ``resource`` tell what was
#: denied. ``not-quoted`` is for threads that quote no message, and
#: ``held-out`` for those whose message is in heldout.yaml.
FORMS: Mapping[str, re.Pattern[str] | None] = {
    name: re.compile(pattern, re.DOTALL) if pattern else None
    for name, pattern in {
        "not-authorized": _DENIED,
        "no-identity-policy": _DENIED + _BECAUSE.format("identity-based policy"),
        "no-resource-policy": _DENIED + _BECAUSE.format("resource-based policy"),
        "no-boundary": _DENIED + _BECAUSE.format("permissions boundary"),
        "explicit-deny": _DENIED
        + r" with an explicit deny( in an? (identity-based|resource-based|service control) policy)?",
        "s3-denied": r".*An error occurred \(AccessDenied\) when calling the \w+ operation: Access Denied",
        "s3-forbidden": r"(.+ )?An error occurred \(403\) when calling the HeadObject operation: Forbidden",
        "s3-service": r".*([Aa]ccess [Dd]enied|denied by S3|Unable to execute request to S3).*",
        "model-data": r".*(Could not access model data at|Failed to download model data).*",
        "no-objects": r'No S3 objects found under S3 URL "s3://\S+" given in input data source\..*',
        "role-not-assumable": r".*(assume the role|sts:AssumeRole|assuming the role).*",
        "image-pull": r".*(does not have BatchGetImage permission|does not grant ecr:\w+).*",
        "ec2": r".*Please check if you have (?P<action>ec2:\w+) permission\..*UnauthorizedOperation.*",
        "role-lacks": r".*(permission for|to allow) '?(?P<action>[a-z0-9-]+:\w+).*",
        "sdk-warning": r"Couldn't call '(get_role|describe_notebook_instance)' to get .+",
        "service-text": r".+",
        "not-quoted": "",
        "held-out": "",
    }.items()
}

#: Why no policy of ours could cure a failure; the file says for each where the site tells so.
REASONS = (
    "account-setting",
    "boundary",
    "client-fault",
    "explicit-deny",
    "missing-object",
    "other-role",
    "own-code",
    "resource-policy",
    "route",
    "unsupported",
    "wrong-role",
)

_TEXT = {"type": "string", "minlength": 8, "required": True}
_TEXTS = {"type": "list", "minlength": 1, "required": True, "schema": {"type": "string", "empty": False}}
_FAILURE = {
    "id": {"type": "string", "regex": "[a-z0-9]+(-[a-z0-9]+)*", "required": True},
    "source": {"type": "string", "regex": r"[\w.-]+/[\w.-]+#[1-9][0-9]*|https://[^ ]+", "required": True},
    "read": {"type": "string", "regex": "[0-9]{4}-[0-9]{2}-[0-9]{2}", "required": True},
    "operation": {"type": "string", "regex": "([a-z][a-z0-9-]*-)?[A-Z][A-Za-z0-9]+", "required": True},
    "lacked": {"type": "string", "allowed": ["execution role", "caller", "other"], "required": True},
    "happened": _TEXT,
    "denied": {
        "type": "dict",
        "required": True,
        "schema": {
            "actions": _TEXTS,
            "resources": _TEXTS,
            "principal": {"type": "string"},
            "context": {"type": "dict", "valuesrules": {"type": ["string", "list"]}},
        },
    },
    "message": {
        "type": "dict",
        "required": True,
        "schema": {
            "form": {"type": "string", "allowed": list(FORMS), "required": True},
            "text": {"type": "string", "minlength": 8},
        },
    },
    "cured_by": _TEXT,
    "ours": {
        "type": "dict",
        "excludes": "no_policy",
        "required": True,
        "schema": {
            "part": {"type": "string", "allowed": ["policy", "caller", "trust"], "required": True},
            "role": {"type": "string"},
            "addons": {"type": "list", "minlength": 1, "schema": {"type": "string"}},
            "request": {"type": "dict"},
            "values": {"type": "dict", "valuesrules": {"type": "string"}},
        },
    },
    "pending": {"type": "string", "minlength": 20, "dependencies": "ours"},
    "no_policy": {
        "type": "dict",
        "excludes": "ours",
        "required": True,
        "schema": {"because": {"type": "string", "allowed": list(REASONS), "required": True}, "why": _TEXT},
    },
}
#: The form of the file, in Cerberus' terms.
SCHEMA = {
    "reasons": {
        "type": "dict",
        "required": True,
        "keysrules": {"type": "string", "allowed": list(REASONS)},
        "valuesrules": {"type": "string", "regex": r"guides/[a-z-]+\.md#[a-z-]+"},
    },
    "failures": {"type": "list", "required": True, "minlength": 1, "schema": {"type": "dict", "schema": _FAILURE}},
}


@dataclass(frozen=True)
class Failure:
    """A failure that somebody reported.

    Attributes:
        source: repository and number of a GitHub thread, or an address; read: the day it was read.
        lacked: who was denied.
        principal: who assumes the role, for a failed trust; else "".
        form: a key of :data:`FORMS`; text: a message of that form with our own example names, or "".
        part: the document of ours that cures it, or "" if none can.
        role: id of the role whose document it is, or "" for the first of the operation.
        addons, request, values: what it is composed with.
        pending: why our roles do not cure it yet, or "".
        because, why: why no policy of ours could, or "".
    """

    id: str
    source: str
    read: str
    operation: str
    lacked: str
    happened: str
    cured_by: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    form: str
    principal: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    part: Part | Literal[""] = ""
    role: str = ""
    addons: tuple[str, ...] = ()
    request: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    pending: str = ""
    because: str = ""
    why: str = ""

    def __str__(self) -> str:
        return self.id

    @property
    def url(self) -> str:
        """Address of the thread; GitHub leads from an issue's address to the pull request of that number."""
        if self.source.startswith("https://"):
            return self.source
        repository, _, number = self.source.partition("#")
        return f"https://github.com/{repository}/issues/{number}"


@cache
def pages() -> Mapping[str, str]:
    """Reason to the guide page and section that tell of it."""
    return dict(_read()["reasons"])


@cache
def failures() -> tuple[Failure, ...]:
    """The reported failures, in the file's order.

    Raises:
        ScenarioError: the file has another form.
    """
    return tuple(_failure(item) for item in _read()["failures"])


@cache
def _read() -> dict[str, Any]:
    return read(FILE, SCHEMA)


def _failure(item: Mapping[str, Any]) -> Failure:
    nested = ("denied", "message", "ours", "no_policy")
    whole = {name: value for name, value in item.items() if name not in nested}
    for name in nested:
        whole |= item.get(name, {})
    return Failure(**{name: tuple(value) if isinstance(value, list) else value for name, value in whole.items()})

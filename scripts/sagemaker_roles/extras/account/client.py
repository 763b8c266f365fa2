"""Makes the calls of `verify` with the caller's own credentials, or only notes them for a plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ...inputs.reader import Notice
from ...version import install_command
from .planned_calls import CALLS, Call

#: Codes that say that there is no role or policy, which is an answer.
_NONE = re.compile(
    "NoSuchEntity|NoSuch(Bucket|AccessPoint)Policy|(Repository)?PolicyNotFound(Exception)?|(Resource|Entity)NotFoundException"
)
_DENIED = re.compile("AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError")
_CREDENTIALS = re.compile("Expired|InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|SignatureDoesNotMatch")
_THROTTLED = re.compile("Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ServiceQuotaExceeded")

#: How often a call is tried, with longer pauses each time and fewer calls a second, as botocore's adaptive mode has it.
_TRIES = 8


class AwsMissing(ImportError):
    """Raised when the packages are not installed that call AWS."""


class Asker:
    """Asks AWS, and notes what was asked and what could not be answered.

    Args:
        client: gives the client of a service in a Region; ``None`` makes a plan: nothing is called.
        asking: called with each call before it is made.

    Attributes:
        calls: the calls so far, each once for its action, resource and subject.
        notices: what could not be read, and why, each a line for people.
    """

    def __init__(
        self, client: Callable[[str, str], Any] | None, asking: Callable[[Call], None] = lambda call: None
    ) -> None:
        self._client = client
        self._asking = asking
        self._stopped = False
        self.calls: dict[str, Call] = {}
        self.notices: list[Notice] = []

    @property
    def is_plan(self) -> bool:
        """Whether nothing is called."""
        return self._client is None

    def ask(self, call: Call) -> Mapping[str, Any] | None:
        """The answer with all its pages; None if there is none, and then a notice says why.

        An empty answer means that there is no such role, or that the resource has no policy.
        """
        self.calls.setdefault(str(call), call)
        if self._client is None:
            return CALLS[call.action].planned
        if self._stopped:
            return None
        self._asking(call)
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            service, method = call.client
            client = self._client(service, call.region)
            if client.can_paginate(method):
                pages = client.get_paginator(method).paginate(**call.arguments)
                return dict(pages.build_full_result())
            answer: Mapping[str, Any] = getattr(client, method)(**call.arguments)
            return answer
        except ClientError as error:
            return self._failed(call, error.response["Error"].get("Code", ""), str(error))
        except BotoCoreError as error:
            is_about_caller = "redential" in type(error).__name__ or "Token" in type(error).__name__
            return self._failed(call, "ExpiredToken" if is_about_caller else "", str(error))

    def _failed(self, call: Call, code: str, text: str) -> Mapping[str, Any] | None:
        """What an error means: an answer, or a notice."""
        if _NONE.fullmatch(code):
            return {}
        where = call.action if call.resource == "*" else f"{call.action} on {call.resource}"
        if _CREDENTIALS.search(code):
            self._stopped = True
            text = f"the credentials are not valid ({text}); sign in again. No further call is made"
        elif _DENIED.fullmatch(code):
            text = f"you have no permission; allow {call.action}, or read on without it"
        elif _THROTTLED.search(code):
            text = f"AWS limits the calls, also after {_TRIES} tries; run the command again later"
        self.notices.append(Notice("problem" if self._stopped else "note", where, text))
        return None


def clients(profile: str | None = None, region: str = "") -> Callable[[str, str], Any]:
    """The clients of a session of boto3, each made once.

    Args:
        profile: name of the profile in the files of the AWS CLI.
        region: the Region, where neither the call nor the environment names one.

    Raises:
        AwsMissing: boto3 is not installed.
        ValueError: there is no such profile.
    """
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import ProfileNotFound
    except ImportError:
        raise AwsMissing(f"boto3 is not installed; install it with: {install_command('aws')}") from None
    try:
        session = boto3.Session(profile_name=profile)
    except ProfileNotFound as error:
        raise ValueError(str(error)) from None
    made: dict[tuple[str, str], Any] = {}
    config = Config(
        retries={"mode": "adaptive", "max_attempts": _TRIES}, connect_timeout=10, user_agent_extra="sagemaker-roles"
    )

    def client(service: str, wanted: str) -> Any:
        name = wanted or region or session.region_name or "us-east-1"
        if (service, name) not in made:
            made[service, name] = session.client(service, region_name=name, config=config)
        return made[service, name]

    return client

"""The context manager: listens to botocore's events, answers each request itself, and keeps what was asked."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from ..canonical import quoted
from ..catalog import Catalog
from ..engine.placeholders import GLOBAL_MEANINGS
from .answers import Answers, Given, NotFound
from .calls import Call
from .offline import offline
from .standins import StandIns

if TYPE_CHECKING:
    from ..inputs import Reading
    from ..session import Choice, Result

_PACKAGE = Path(__file__).parents[1]
_LIBRARIES = tuple(
    str(Path(path).resolve()) + os.sep
    for path in {sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}
)
_lock = RLock()
_active: list[Captured] = []


class AlreadyCapturing(RuntimeError):
    """A block of capture is inside another one."""


class Captured:
    """The requests that were captured.

    Attributes:
        calls: all of them, in the order they were sent, of every service.
    """

    def __init__(self, account: str = "", answers: Given | None = None) -> None:
        self.calls: list[Call] = []
        self.account = account
        self.stand_ins = StandIns(account)
        self.answers = Answers(self.stand_ins, dict(answers or {}))
        self._emitters: list[Any] = []

    def requests(self, *operations: str) -> list[Mapping[str, Any]]:
        """The members of the requests to SageMaker, of some operations or of all."""
        return [
            call.parameters
            for call in self.calls
            if call.service == "sagemaker" and (not operations or call.operation in operations)
        ]

    def reading(self, catalog: Catalog, values: Mapping[str, str] | None = None) -> Reading:
        """The captured requests as :func:`~sagemaker_roles.compose_reading` and ``compose`` take them.

        A value that came out of a canned answer is a placeholder in them.

        Args:
            catalog: the knowledge base.
            values: values for such placeholders, by name.
        """
        from .reading import reading_of

        return reading_of(catalog, self.calls, self.stand_ins, self.answers.uploaded, values or {})

    def compose(self, catalog: Catalog | None = None, choice: Choice | None = None) -> Result:
        """Composes what the roles of the captured requests need.

        Args:
            catalog: the knowledge base; that of the package if none is given.
            choice: what else was chosen.

        Raises:
            NothingToCompose: no request was captured that passes a role.
            UnknownRole, UnknownAddOn, UnknownPlaceholder, InvalidValue: as :func:`~sagemaker_roles.compose_reading`.
        """
        from ..session import Choice, compose_reading

        known, chosen = catalog or Catalog.load(), choice or Choice()
        if not chosen.manifests:
            chosen = chosen._replace(manifests=tuple(self.manifests()))
        return compose_reading(known, self.reading(known, chosen.values), chosen)

    def manifests(self) -> list[str]:
        """Where the objects are that uploaded manifests of captured requests name."""
        from .manifests import prefixes

        members = [call.parameters for call in self.calls if call.service == "sagemaker"]
        return list(dict.fromkeys(prefixes(members, self.answers.uploaded)))

    # --- what botocore's events call ------------------------------------------------------------------------------

    def _listen(self, emitter: Any) -> None:
        """Registers with a client's events, once."""
        with _lock:
            if any(one is emitter for one in self._emitters):
                return
            self._emitters.append(emitter)
            emitter.register_last("before-parameter-build", self._built, unique_id=_key(self, "built"))
            emitter.register_first("before-call", self._asked, unique_id=_key(self, "asked"))

    def _forget(self) -> None:
        for emitter in self._emitters:
            emitter.unregister("before-parameter-build", self._built, unique_id=_key(self, "built"))
            emitter.unregister("before-call", self._asked, unique_id=_key(self, "asked"))
        self._emitters.clear()

    def _built(self, params: Any, context: dict[str, Any], **_: Any) -> None:
        context["sagemaker_roles"] = _plain(params)

    def _asked(self, model: Any, params: Mapping[str, Any], context: Mapping[str, Any], **_: Any) -> tuple[Any, Any]:
        """Answers a request that botocore has checked and is about to sign."""
        from botocore.awsrequest import AWSResponse

        service, members = model.service_model.service_name, context.get("sagemaker_roles", {})
        region = context.get("client_region") or ""
        region = "" if region == "aws-global" else region
        with _lock:
            self.calls.append(Call(service, model.name, members, region, _place()))
            if service == "s3" and model.name == "PutObject":
                self.answers.keep(members["Bucket"], members["Key"], _bytes(params.get("body")))
            try:
                status, parsed = 200, self.answers.answer(model, members, region)
            except NotFound as error:
                status, parsed = 400, {"Error": {"Code": error.code, "Message": str(error)}}
        parsed["ResponseMetadata"] = {
            "RequestId": "captured",
            "HTTPStatusCode": status,
            "HTTPHeaders": {},
            "RetryAttempts": 0,
        }
        return AWSResponse(str(params.get("url", "")), status, {}, None), parsed


@contextmanager
def capture(
    *, region: str = "", account: str = "", answers: Mapping[str, Mapping[str, Any] | None] | None = None
) -> Iterator[Captured]:
    """Collects the requests that code sends with boto3 or with an SDK on top of it, and sends none of them.

    Each request is checked by botocore as usual and then answered from its output shape. A job that code creates is
    found again and is complete, a list is empty, and an upload works. As long as the block lasts, the process connects
    to no other machine.

    Args:
        region: the Region for clients of which the code names none; "" for the one that is configured.
        account: ID of the account; if it is "", what code makes of it becomes ``${Account}``.
        answers: members of answers by operation (``{"DescribeTrainingJob": {"TrainingJobStatus": "Failed"}}``), which
            win; None for an operation says that what it looks for does not exist.

    Yields:
        What was captured, also after the block.

    Raises:
        ImportError: botocore is not installed; the extra ``capture`` brings it.
        AlreadyCapturing: requests are captured already.
        ValueError: the account is not 12 digits.
    """
    from botocore.client import BaseClient

    if account and GLOBAL_MEANINGS["Account"].fault(account):
        raise ValueError(f"account: {quoted(account)} is not a valid account ID; expected a value like 111122223333")
    captured = Captured(account, answers)
    with _lock:
        if _active:
            raise AlreadyCapturing("requests are captured already; blocks of capture cannot contain one another")
        _active.append(captured)
    send = BaseClient._make_api_call

    def listening(client: Any, name: str, members: Any) -> Any:
        """Also for clients that are older than the block, and for sessions that code keeps."""
        captured._listen(client.meta.events)
        return send(client, name, members)

    BaseClient._make_api_call = listening
    try:
        with offline(), _environment(region):
            yield captured
    finally:
        BaseClient._make_api_call = send
        with _lock:
            captured._forget()
            _active.remove(captured)


@contextmanager
def _environment(region: str) -> Iterator[None]:
    """No look for credentials on other machines, no reports of use, and the Region."""
    wanted = {"AWS_EC2_METADATA_DISABLED": "true"}
    if region:
        wanted |= {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _key(captured: Captured, name: str) -> str:
    return f"sagemaker-roles-{name}-{id(captured)}"


def _place() -> str:
    """File and line of the innermost code that is no library's."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith("<") and not name.startswith((str(_PACKAGE) + os.sep, *_LIBRARIES)):
            return f"{Path(name).name}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]  # ends with None
    return ""


def _plain(value: Any) -> Any:
    """A copy of a request's members without bytes and streams."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else None


def _bytes(body: Any) -> bytes:
    """What an upload holds."""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, (bytes, bytearray)) else b""

"""The context manager: listens to botocore's events, answers each request itself, and keeps what was asked."""

from __future__ import annotations

import base64
import multiprocessing
import os
import sys
import sysconfig
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from ...version import install_command
from . import call_log as ledgers
from .call_log import Call, Ledger
from .canned_responses import Answers, Given, NotFound
from .process_tree import covered, patched, write_profiles
from .stand_ins import StandIns

if TYPE_CHECKING:
    from ...catalog import Catalog
    from ...inputs import Notice, Reading
    from ...session import Choice, Result

_PACKAGE = Path(__file__).parents[2]
_LIBRARIES = tuple(
    str(Path(path).resolve()) + os.sep
    for path in {sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}
)
_POOL = str(Path("concurrent", "futures", "thread.py"))
_lock: Any = RLock()
if hasattr(os, "register_at_fork"):  # a fork must not find the lock held by a thread that it does not have
    os.register_at_fork(
        before=lambda: _before_fork(), after_in_parent=lambda: _after_fork(), after_in_child=_lock._at_fork_reinit
    )
_active: list[Captured] = []


class AlreadyCapturing(RuntimeError):
    """A block of capture is inside another one."""


class StillRunning(RuntimeError):
    """Threads or processes that began in a block of capture have not ended with it.

    They stay captured, and the process offline, until they have ended.
    """


class Captured:
    """The requests that were captured.

    Attributes:
        calls: all of them, in the order they were sent, of every service.
        notices: what was lost, and which programs were started that are not Python.
    """

    def __init__(self, account: str, answers: Given, ledger: Ledger) -> None:
        self.calls: list[Call] = []
        self.notices: list[Notice] = []
        self.stand_ins = StandIns(account)
        self.answers = Answers(self.stand_ins, answers)
        self._emitters: list[Any] = []
        self._ledger = ledger

    def requests(self, *operations: str) -> list[Mapping[str, Any]]:
        """The members of the requests to the services of the knowledge base, of some operations or of all."""
        from ...catalog import Catalog

        known = Catalog.load()
        called = [(known.named(call.operation, call.service), call.parameters) for call in self.calls]
        return [members for name, members in called if name and (not operations or name in operations)]

    def reading(self, catalog: Catalog, values: Mapping[str, str] | None = None, *, as_role: bool = False) -> Reading:
        """The captured requests as :func:`~sagemaker_roles.compose_reading` and ``compose`` take them.

        A value that came out of a canned answer is a placeholder in them.

        Args:
            values: values for such placeholders, by name.
            as_role: whether the code runs with the role, as in a container. Then its calls of other services are the
                role's, else the caller's.
        """
        from .captured_requests import reading_of

        return reading_of(catalog, self, values or {}, as_role=as_role)

    def compose(self, catalog: Catalog | None = None, choice: Choice | None = None) -> Result:
        """Composes what the roles of the captured requests need.

        Args:
            catalog: the knowledge base; that of the package if none is given.

        Raises:
            NothingToCompose: no request was captured that passes a role.
            UnknownRole, UnknownAddOn, UnknownPlaceholder, InvalidValue: as :func:`~sagemaker_roles.compose_reading`.
        """
        from ...catalog import Catalog
        from ...session import Choice, compose_reading

        known, chosen = catalog or Catalog.load(), choice or Choice()
        if not chosen.manifests:
            chosen = chosen._replace(manifests=tuple(self.manifests()))
        return compose_reading(known, self.reading(known, chosen.values), chosen)

    def manifests(self) -> list[str]:
        """Where the objects are that uploaded manifests of captured requests name."""
        from .captured_requests import prefixes

        return list(dict.fromkeys(prefixes([call.parameters for call in self.calls], self.answers.uploaded)))

    def take(self, ledger: Ledger, lost: Sequence[str] = ()) -> None:
        """Takes what all processes of a run have reported.

        Args:
            lost: what else was lost.
        """
        from ...inputs import Notice

        self.calls[:] = [Call(**one["call"]) for one in ledger.records("call")]
        for one in ledger.records("meanings"):
            self.stand_ins.meanings |= {number: tuple(meaning) for number, meaning in one["meanings"].items()}
        for one in ledger.records("object"):
            bucket, key = one["object"]
            self.answers.keep(bucket, key, base64.b64decode(one["body"]))
        self.notices = [Notice("problem", "capture", text) for text in dict.fromkeys([*lost, *ledger.losses()])]
        self.notices += [Notice("note", "capture", one["note"]) for one in ledger.records("note")]
        if programs := ", ".join(ledger.programs()):
            message = f"programs that are not Python were started, and their requests are not captured: {programs}"
            self.notices.append(Notice("note", "capture", message))

    # --- what botocore's events call ------------------------------------------------------------------------------

    def _listen(self, emitter: Any) -> None:
        """Registers with a client's events, once."""
        with _lock:
            if any(one is emitter for one in self._emitters):
                return
            self._emitters.append(emitter)
            emitter.register_last("before-parameter-build", self._built)
            emitter.register_first("before-call", self._asked)

    def _forget(self) -> None:
        for emitter in self._emitters:
            emitter.unregister("before-parameter-build", self._built)
            emitter.unregister("before-call", self._asked)
        self._emitters.clear()

    def _built(self, params: Any, context: dict[str, Any], **_: Any) -> None:
        context["sagemaker_roles"] = _plain(params)

    def _asked(self, model: Any, params: Mapping[str, Any], context: Mapping[str, Any], **_: Any) -> tuple[Any, Any]:
        """Answers a request that botocore has checked and is about to sign."""
        from botocore.awsrequest import AWSResponse

        service, members = model.service_model.service_name, context.get("sagemaker_roles", {})
        region = context.get("client_region") or ""
        region = "" if region == "aws-global" else region
        call = Call(service, model.name, members, region, _place())
        with _lock:
            known = len(self.stand_ins.meanings)
            self.calls.append(call)
            self._ledger.add(call=asdict(call))
            if service == "s3" and model.name == "PutObject":
                where, body = (members["Bucket"], members["Key"]), _bytes(params.get("body"))
                self.answers.keep(*where, body)
                if self.answers.uploaded(*where) is body:
                    self._ledger.add(object=where, body=base64.b64encode(body).decode())
            try:
                status, parsed = 200, self.answers.answer(model, members, region)
            except NotFound as error:
                status, parsed = 400, {"Error": {"Code": error.code, "Message": str(error)}}
            if len(self.stand_ins.meanings) > known:
                self._ledger.add(meanings=dict([*self.stand_ins.meanings.items()][known:]))
        told = {"RequestId": "captured", "HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
        parsed["ResponseMetadata"] = told
        return AWSResponse(str(params.get("url", "")), status, {}, None), parsed


@contextmanager
def capture(
    *, region: str = "", account: str = "", answers: Mapping[str, Mapping[str, Any] | None] | None = None
) -> Iterator[Captured]:
    """Collects the requests that code sends with boto3 or with an SDK on top of it, and sends none of them.

    Each request is checked by botocore as usual and then answered from its output shape. A job that code creates is
    found again and is complete, a list is empty, and an upload works. As long as the block lasts, the process connects
    to nothing that was not opened in the block, has no credentials, and captures the Python processes that it starts.
    The block ends when the threads and processes have ended that began in it.

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
        StillRunning: a thread or a process that began in the block has not ended within ten seconds after it.
        ValueError: the account is not 12 digits.
    """
    require(account)
    given = {name: members if members is None else dict(members) for name, members in (answers or {}).items()}
    with _lock:
        if _active:
            raise AlreadyCapturing("requests are captured already; blocks of capture cannot contain one another")
        ledger = Ledger.new({"account": account, "answers": given})
        captured = Captured(account, given, ledger)
        _active.append(captured)
    before, running = set(_busy()), ExitStack()

    def still() -> list[str]:
        return [name for one, name in _busy().items() if one not in before]

    def end_later() -> None:
        while ledger.settle(still, 3600):
            pass
        running.close()

    running.callback(_active.remove, captured)
    running.callback(ledger.remove)
    is_well = False
    try:
        write_profiles(ledger.folder, region)
        running.enter_context(covered(ledger, region))
        running.enter_context(listening(captured))
        yield captured
        is_well = True
    finally:
        left = ledger.settle(still, ledgers.PATIENCE if is_well else 0)
        captured.take(ledger)
        if not left:
            running.close()
        else:
            before.add(threading.current_thread())  # whose next work is not the block's
            threading.Thread(target=end_later, daemon=True).start()
    if left:
        raise StillRunning(
            f"{', '.join(dict.fromkeys(left))} began in the block and still runs; end it in the block. Until it has "
            "ended, this process stays offline, and its requests are captured"
        )


@contextmanager
def listening(captured: Captured) -> Iterator[None]:
    """Answers the requests of all clients of this process, also of those that are older, without credentials."""
    from botocore.client import BaseClient
    from botocore.credentials import Credentials
    from botocore.session import Session

    send = BaseClient._make_api_call

    def listen(client: Any, name: str, members: Any) -> Any:
        captured._listen(client.meta.events)
        return send(client, name, members)

    with (
        patched(BaseClient, "_make_api_call", listen),
        patched(Session, "get_credentials", lambda _: Credentials("captured", "captured")),
    ):
        try:
            yield
        finally:
            with _lock:
                captured._forget()


def require(account: str) -> None:
    """Says what is missing before anything begins.

    Raises:
        ImportError: botocore is not installed.
        ValueError: the account is given, and is not 12 digits.
    """
    from ...canonical import quoted
    from ...engine.placeholders import GLOBAL_MEANINGS

    try:
        import botocore.session  # noqa: F401
    except ImportError:
        raise ImportError(f"botocore is not installed; install it with: {install_command('capture')}") from None
    if account and GLOBAL_MEANINGS["Account"].fault(account):
        raise ValueError(f"account: {quoted(account)} is not a valid account ID; expected a value like 111122223333")


def _busy() -> dict[Any, str]:
    """Other threads, and processes, that can send something, with names: no threads that wait for work in a pool."""
    threads: dict[int | None, Any] = {one.ident: one for one in threading.enumerate()}
    busy: dict[Any, str] = {one: f"process {one.name}" for one in multiprocessing.active_children()}
    for ident, frame in sys._current_frames().items():
        one, code = threads.get(ident, ident), frame.f_code
        is_idle = code.co_name == "_worker" and code.co_filename.endswith(_POOL)
        if not is_idle and ident != threading.get_ident() and type(one).__module__ != "tqdm._monitor":
            busy[one] = f"thread {getattr(one, 'name', one)}"
    return busy


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


def _before_fork() -> None:
    """A process that is forked shows from its first moment that it lives."""
    _lock.acquire()
    for captured in _active:
        captured._ledger.hold()


def _after_fork() -> None:
    for captured in _active:
        captured._ledger.let_go()
    _lock.release()

"""Canned answers, made from botocore's own output shapes: what an account in which everything works would say."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from .stand_ins import StandIns

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape, StructureShape

#: What a person may say of an operation: members of its answer, or None if what it looks for does not exist.
Given = Mapping[str, Mapping[str, Any] | None]

#: States in which a waiter or a loop ends well, best first.
_AT_REST = (
    *("completed", "succeeded", "success", "inservice", "active", "available", "created", "ready", "approved"),
    *("enabled", "complete", "finished", "stopped"),
)
_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_READS = ("Describe", "Get", "Head")
_WRITES = ("Create", "Update", "Put", "Register", "Import", "Start")
_ENDS = {"Delete": "gone", "Deregister": "gone", "Stop": "stopped"}
_STATUS = re.compile(r"Status$|^State$")

#: Members that would make a reader go on for ever, or take the answer for a failure.
_LEFT_OUT = re.compile(r"(?:next|continuation)*(?:token|marker)|istruncated|hasmore.*|.*(?:fail|error|exception).*")

#: How deep an answer goes where nothing is required.
_DEPTH = 4

#: Uploads up to this size are kept, to be read again.
_KEPT = 8 << 20


class NotFound(LookupError):
    """What a request looks for does not exist.

    Attributes:
        code: the error's code, as the service would name it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Answers:
    """Answers requests, and remembers what they created, so that a later look finds it.

    Args:
        stand_ins: gives the values that only AWS knows.
        given: members of answers by operation, which win.
    """

    def __init__(self, stand_ins: StandIns, given: Given) -> None:
        self._stand_ins = stand_ins
        self._given = given
        self._created: list[tuple[str, frozenset[str], dict[str, Any]]] = []
        self._ended: dict[tuple[str, str], str] = {}
        self._objects: dict[tuple[str, str], bytes] = {}

    def answer(self, model: OperationModel, asked: Mapping[str, Any], region: str) -> dict[str, Any]:
        """The answer to a request.

        Args:
            asked: the request's members.

        Raises:
            NotFound: what it looks for was deleted, or was said not to exist.
        """
        verb, noun = _verb_and_noun(model.name)
        names = [value for value in asked.values() if isinstance(value, str)]
        given = self._given.get(model.name, {})
        ended = {self._ended.get((noun, name)) for name in names}
        if given is None or (verb in _READS and "gone" in ended):
            codes = [shape.error_code for shape in model.error_shapes if re.search("NotFound|NoSuch", shape.name)]
            default = "404" if model.name.startswith("Head") else "ValidationException"
            raise NotFound(next(iter(codes), default), f'Could not find "{next(iter(names), "")}".')
        at_rest = ("stopped", *_AT_REST) if "stopped" in ended else _AT_REST
        question = json.dumps(asked, sort_keys=True, default=str)
        maker = _Maker(self._stand_ins, model, asked, region, at_rest, question)
        answer = maker.structure(model.output_shape, ()) if model.output_shape is not None else {}
        if verb in _READS:
            answer |= self._remembered(model, noun, names)
        if model.service_model.service_name == "s3":
            self._object(model.name, asked, answer)
        answer |= given
        self._remember(verb, noun, asked, names, answer)
        return _with_stream(model, answer)

    def keep(self, bucket: str, key: str, body: bytes) -> None:
        """Keeps an object that was uploaded."""
        if len(body) <= _KEPT:
            self._objects[bucket, key] = body

    def uploaded(self, bucket: str, key: str) -> bytes | None:
        """An object that was uploaded; None if it was not, or was too large to keep."""
        return self._objects.get((bucket, key))

    def _object(self, name: str, asked: Mapping[str, Any], answer: dict[str, Any]) -> None:
        bucket, key = str(asked.get("Bucket")), str(asked.get("Key"))
        if name in ("GetObject", "HeadObject"):
            # What nobody uploaded holds nothing, in a form that a reader of such a name takes.
            nothing = gzip.compress(bytes(10240), mtime=0) if key.endswith((".tar.gz", ".tgz")) else b"{}"
            body = self._objects.get((bucket, key), nothing)
            answer |= {"ContentLength": len(body)} | ({"Body": body} if name == "GetObject" else {})
        elif name == "GetBucketLocation":
            answer["LocationConstraint"] = None
        elif name == "ListObjectsV2":
            prefix = str(asked.get("Prefix", ""))
            names = [
                {"Key": one, "Size": len(data), "LastModified": _TIME}
                for (place, one), data in sorted(self._objects.items())
                if place == bucket and one.startswith(prefix)
            ]
            answer |= {"Contents": names, "KeyCount": len(names)} if names else {"KeyCount": 0}

    def _remember(
        self, verb: str, noun: str, asked: Mapping[str, Any], names: list[str], answer: Mapping[str, Any]
    ) -> None:
        own = [str(asked[key]) for key in asked if key in (f"{noun}Name", f"{noun}Id", "Name", "Key")] or names[:1]
        if verb in _WRITES or verb in _ENDS:
            self._ended |= {(noun, name): _ENDS.get(verb, "") for name in own}
        if verb in _WRITES:
            shown = {value for value in answer.values() if isinstance(value, str)}
            self._created.append((noun, frozenset({*own, *shown}), dict(asked)))

    def _remembered(self, model: OperationModel, noun: str, names: list[str]) -> dict[str, Any]:
        """What the latest request that created a thing says of it, in the members that the answer has too."""
        shape = model.output_shape
        known: dict[str, Any] = {}
        for kind, identifiers, asked in self._created:
            if kind in (noun, noun.removesuffix("V2")) and not identifiers.isdisjoint(names):
                known |= asked
        if shape is None or not known:
            return {}
        echoed = {name: known[name] for name in shape.members if name in known and _STATUS.search(name) is None}
        if "ModelArtifacts" in shape.members:
            # Where a training or compilation job puts its model.
            name, end = next(iter(names), ""), "/output/model.tar.gz" if "TrainingJobName" in known else ".tar.gz"
            output = {**(known.get("OutputConfig") or {}), **(known.get("OutputDataConfig") or {})}
            path = output.get("S3OutputPath" if "TrainingJobName" in known else "S3OutputLocation")
            if isinstance(path, str):
                echoed["ModelArtifacts"] = {"S3ModelArtifacts": f"{path.rstrip('/')}/{name}{end}"}
        return echoed


class _Maker(NamedTuple):
    """Makes one answer, from its shape; ``question`` tells stand-ins for different requests apart."""

    stand_ins: StandIns
    model: OperationModel
    asked: Mapping[str, Any]
    region: str
    at_rest: tuple[str, ...]
    question: str

    def structure(self, shape: StructureShape, path: tuple[str, ...]) -> dict[str, Any]:
        """The members of a structure that are required or wanted."""
        wanted = list(shape.required_members)
        if not path and wanted:
            # Loops wait for a state even where the API does not promise it.
            others = {name: one for name, one in shape.members.items() if name not in wanted}
            wanted += [name for name, one in others.items() if _STATUS.search(name) and getattr(one, "enum", None)]
        if not wanted and len(path) < _DEPTH:
            wanted = [name for name in shape.members if not _LEFT_OUT.fullmatch(name.lower())]
        return {name: self._value(shape.members[name], (*path, name)) for name in wanted}

    def _value(self, shape: Shape, path: tuple[str, ...]) -> Any:
        kind = shape.type_name
        if kind == "structure":
            return self.structure(shape, path)
        if kind == "list":
            return [self._value(shape.member, path)] if shape.metadata.get("min") else []
        if kind == "map":
            return {}
        if kind == "string":
            return self._text(shape, path)
        if kind == "timestamp":
            return _TIME
        return {"blob": b"{}", "boolean": False}.get(kind, int(shape.metadata.get("min") or 0))

    def _text(self, shape: Shape, path: tuple[str, ...]) -> str:
        name = path[-1]
        if choices := list(shape.enum or ()):
            lower = {choice.replace("_", "").lower(): choice for choice in reversed(choices)}
            return str(next((lower[word] for word in self.at_rest if word in lower), choices[0]))
        if isinstance(known := self.asked.get(name), str):
            return known
        if _LEFT_OUT.fullmatch(name.lower()):
            return ""
        if name == "Account":
            return self.stand_ins.account
        if name.lower().endswith("arn") or shape.name.lower().endswith("arn"):
            return self._arn(path, shape.name)
        member = ".".join(path)
        if re.search(r"S3|Uri$", name) and "Bucket" not in name:
            ends = (self.stand_ins.text(self.model.name, f"{member}.{end}", self.question) for end in ("Bucket", "Key"))
            return "s3://" + "/".join(ends)
        text = self.stand_ins.text(self.model.name, member, self.question).ljust(
            int(shape.metadata.get("min") or 0), "x"
        )
        return f"https://{text}.invalid" if name.lower().endswith("url") else text

    def _arn(self, path: tuple[str, ...], shape: str) -> str:
        """A plausible ARN: of the thing that the member is named after, with the name in the request."""
        service = self.model.service_model.signing_name
        account = self.stand_ins.account
        _, noun = _verb_and_noun(self.model.name)
        kind = re.sub(r"(?i)arn$", "", path[-1]) or (path[-2] if len(path) > 1 else noun)
        own = next((self.asked[key] for key in (f"{kind}Name", f"{kind}Id", "Name") if self.asked.get(key)), None)
        name = own if isinstance(own, str) else self.stand_ins.text(self.model.name, ".".join(path), self.question)
        if service == "sts":
            return f"arn:aws:sts::{account}:assumed-role/{name}/capture"
        if service == "iam" or kind.endswith("Role") or shape == "RoleArn":
            return f"arn:aws:iam::{account}:role/{name}"
        if service == "s3":
            return f"arn:aws:s3:::{name}"
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", kind).lower()
        return name if name.startswith("arn:") else f"arn:aws:{service}:{self.region}:{account}:{words}/{name}"


def _verb_and_noun(name: str) -> tuple[str, str]:
    match = re.match(r"([A-Z][a-z]+)(.*)", name)
    return (match[1], match[2]) if match else (name, "")


def _with_stream(model: OperationModel, answer: dict[str, Any]) -> dict[str, Any]:
    """An answer whose body is a stream where the operation streams it."""
    from botocore.response import StreamingBody

    shape = model.output_shape
    if model.has_event_stream_output:
        streams = [name for name, member in shape.members.items() if member.serialization.get("eventstream")]
        return answer | {name: iter(()) for name in streams}
    if model.has_streaming_output and shape is not None and (name := shape.serialization.get("payload")):
        body = answer.get(name)
        raw = body if isinstance(body, bytes) else b"{}"
        answer[name] = StreamingBody(io.BytesIO(raw), len(raw))
    return answer

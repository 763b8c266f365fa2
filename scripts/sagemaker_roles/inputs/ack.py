"""Reads Kubernetes manifests of the ACK controller for SageMaker (`sagemaker.services.k8s.aws`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..engine.compose import Partial, Unknown
from .json_text import Path
from .names import Style
from .reading import Document, Found, Reader

_GROUP = "sagemaker.services.k8s.aws/"


def found(reader: Reader, document: Document) -> Iterator[Found]:
    """The requests of a manifest; other kinds of object are passed over."""
    yield from _objects(reader, document, document.value, ())


def _objects(reader: Reader, document: Document, value: Any, path: Path) -> Iterator[Found]:
    if not isinstance(value, Mapping):
        return
    if isinstance(value.get("items"), list):
        for index, item in enumerate(value["items"]):
            yield from _objects(reader, document, item, (*path, "items", index))
        return
    kind = value.get("kind")
    if not str(value.get("apiVersion", "")).startswith(_GROUP) or not isinstance(kind, str):
        return
    data = reader.data("ack")
    known = data.get("types", {}).get(kind, {})
    operation = known.get("operation", f"Create{kind}")
    metadata = value["metadata"] if isinstance(value.get("metadata"), Mapping) else {}
    name = metadata.get("name", "")
    spec = value.get("spec")
    if not isinstance(spec, Mapping):
        reader.notice("problem", document.where((*path, "kind")), f"the {kind} {name} has no spec")
        return
    annotations = metadata["annotations"] if isinstance(metadata.get("annotations"), Mapping) else {}
    facts = {
        fact: text
        for fact, key in (("Region", "services.k8s.aws/region"), ("Account", "services.k8s.aws/owner-account-id"))
        if isinstance(text := annotations.get(key), str)
    }
    style = Style(members=known.get("members", {}))
    label = f"{kind} {name} of {document.name}" if name else document.name
    yield Found(operation, _resolved(reader, spec, label), style, (*path, "spec"), label, facts)


def _resolved(reader: Reader, value: Any, label: str) -> Any:
    """A spec with its references to other objects (``roleRef: {from: {name: …}}``) as members not known yet."""
    if isinstance(value, list):
        return [_resolved(reader, item, label) for item in value]
    if not isinstance(value, Mapping):
        return value
    out: dict[str, Any] = {}
    for key, item in value.items():
        target = _reference(item)
        if key.endswith("Ref") and target:
            given = reader.value(key[:-3], target)
            name = given or Partial(
                [Unknown(reader.unknown(target, f"{key[:-3]}, from the object {target} ({label})"))]
            )
            out.setdefault(key[:-3], name)
        elif key.endswith("Refs") and isinstance(item, list) and item and all(map(_reference, item)):
            targets = [str(_reference(one)) for one in item]
            out.setdefault(
                key[:-4] + "s",
                [Partial([Unknown(reader.unknown(t, f"from the object {t} ({label})"))]) for t in targets],
            )
        else:
            out[key] = _resolved(reader, item, label)
    return out


def _reference(value: Any) -> str:
    """The name a reference to another object holds, or ""."""
    source = value.get("from") if isinstance(value, Mapping) else None
    name = source.get("name") if isinstance(source, Mapping) else None
    return name if isinstance(name, str) else ""

"""Reads Kubernetes manifests of the ACK controller for SageMaker (`sagemaker.services.k8s.aws`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...engine.compose import Partial, Unknown
from ..reader import Found, InputDocument, ReadingContext, text_at


def recognizes(value: Any) -> bool:
    """Whether a value is a Kubernetes manifest."""
    return isinstance(value, Mapping) and isinstance(value.get("apiVersion"), str) and "kind" in value


def read(context: ReadingContext, document: InputDocument) -> Iterator[Found]:
    """The requests of a manifest; other kinds of object are passed over."""
    value = document.value
    if not isinstance(value, Mapping):
        return
    if isinstance(value.get("items"), list):
        for index in range(len(value["items"])):
            yield from read(context, document.below("items", index))
        return
    kind = value.get("kind")
    group = str(value.get("apiVersion", "")).partition("/")[0]
    if not isinstance(kind, str) or not (operation := context.catalog.creating("ack", f"{group}/{kind}")):
        return
    name = text_at(value, "metadata", "name")
    spec = value.get("spec")
    if not isinstance(spec, Mapping):
        context.notice("problem", document.where(("kind",)), f"the {kind} {name} has no spec")
        return
    facts = {
        fact: document.below("metadata", "annotations", key)
        for fact, key in (("Region", "services.k8s.aws/region"), ("Account", "services.k8s.aws/owner-account-id"))
        if text_at(value, "metadata", "annotations", key)
    }
    label = f"{kind} {name} of {document.name}" if name else document.name
    yield Found(operation, _resolved(context, spec, label), document.below("spec"), label, facts=facts)


def _resolved(context: ReadingContext, value: Any, label: str) -> Any:
    """A spec with its references to other objects (``roleRef: {from: {name: …}}``) as members not known yet."""
    if isinstance(value, list):
        return [_resolved(context, item, label) for item in value]
    if not isinstance(value, Mapping):
        return value
    out: dict[str, Any] = {}
    for key, item in value.items():
        target, items = text_at(item, "from", "name"), item if isinstance(item, list) else []
        if key.endswith("Ref") and target:
            out.setdefault(key[:-3], _part(context, key[:-3], target, label))
        elif key.endswith("Refs") and items and all(targets := [text_at(one, "from", "name") for one in items]):
            out.setdefault(f"{key[:-4]}s", [_part(context, "", one, label) for one in targets])
        else:
            out[key] = _resolved(context, item, label)
    return out


def _part(context: ReadingContext, member: str, target: str, label: str) -> str:
    """What a member takes from another object: what the user gave for it, else not known yet."""
    what = f"{member}, from the object {target} ({label})" if member else f"from the object {target} ({label})"
    part = context.part(target, what, *filter(None, (member, target)), key=f"object {target}")
    return Partial([part]) if isinstance(part, Unknown) else part

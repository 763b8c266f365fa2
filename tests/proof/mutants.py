"""Ways to break the composer: by what goes wrong, a context in which it does."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any
from unittest import mock

from sagemaker_roles.engine.documents import ComposedStatement, Document
from sagemaker_roles.engine.statements import Composer

# By their names: the package also has a function called compose.
composing: Any = importlib.import_module("sagemaker_roles.engine.compose")
stating: Any = importlib.import_module("sagemaker_roles.engine.statements")
valuing: Any = importlib.import_module("sagemaker_roles.engine.values")

Statements = tuple[ComposedStatement, ...]
Condition = Mapping[str, Any]

#: The composer's own, which the broken ones call.
_DOCUMENT, _INIT = Composer.document, Composer.__init__
_MATCH, _ITEMS, _ADD = valuing.match, valuing.items, composing._add_addon
_SWAPPED = {"RegistryAccount": "RegistryRegion", "Bucket": "Prefix", "RegistryRegion": "RegistryAccount"}
_SWAPPED |= {"Prefix": "Bucket"}


def _document(change: Callable[[Statements], Statements]) -> Any:
    """Changes the statements of every document."""
    return mock.patch.object(Composer, "document", lambda self: Document(change(_DOCUMENT(self).statements)))


def _statement(change: Callable[[ComposedStatement], ComposedStatement]) -> Any:
    return _document(lambda statements: tuple(map(change, statements)))


def _resource(change: Callable[[str], str]) -> Any:
    return _statement(lambda item: item._replace(resources=tuple(map(change, item.resources))))


def _condition(change: Callable[[Condition], Condition]) -> Any:
    return _statement(lambda item: item._replace(condition=change(item.condition)))


def _part(index: int, value: str) -> Callable[[str], str]:
    """Gives an ARN another part."""

    def change(text: str) -> str:
        parts = text.split(":", 5)
        if len(parts) == 6 and parts[index]:
            parts[index] = value
        return ":".join(parts)

    return change


def _without_last_folder(text: str) -> str:
    if not text.startswith("arn:aws:s3:::") or text.count("/") < 2:
        return text
    return text.rstrip("*").rstrip("/").rpartition("/")[0] + "/*"


def _widened(condition: Condition) -> Condition:
    return {
        operator.replace("StringEquals", "StringLike"): {
            key: tuple(value[:6] + "*" for value in values) for key, values in keys.items()
        }
        for operator, keys in condition.items()
    }


def _swapped(kind: Any, value: Any) -> Any:
    found = _MATCH(kind, value)
    if found is None:
        return None
    return found._replace(fields={name: found.fields.get(_SWAPPED.get(name, name), "") for name in found.fields})


def _few_values(self: Composer, scope: Any, values: Mapping[str, str], given: Any) -> None:
    _INIT(self, scope, {name: values[name] for name in ("Partition", "Region", "Account") if name in values}, {})


def _reduced_too_far(resources: Any) -> tuple[str, ...]:
    kept: list[str] = []
    for text in sorted(set(resources)):
        if not any(text.startswith(other.rstrip("*")) for other in kept):
            kept.append(text)
    return tuple(kept)


def _of_any_account(item: ComposedStatement) -> ComposedStatement:
    if not item.principal or "ArnLike" not in item.condition:
        return item
    arns = {key: tuple(map(_part(4, "*"), values)) for key, values in item.condition["ArnLike"].items()}
    return item._replace(condition={"ArnLike": arns})


def _of_another_service(item: ComposedStatement) -> ComposedStatement:
    services = {"Service": (*item.principal.get("Service", ()), "ec2.amazonaws.com")}
    return item._replace(principal=services) if item.principal else item


def _any_role(item: ComposedStatement) -> ComposedStatement:
    if "iam:PassRole" not in item.actions:
        return item
    return item._replace(resources=tuple(text.partition(":role/")[0] + ":role/*" for text in item.resources))


def _writes(item: ComposedStatement) -> ComposedStatement:
    return item._replace(actions=(*item.actions, "s3:PutObject")) if "s3:GetObject" in item.actions else item


def _slash_lost(text: str) -> str:
    return text[:-2] + "*" if text.startswith("arn:aws:s3:::") and text.endswith("/*") else text


MUTANTS: dict[str, Callable[[], Any]] = {
    "the last statement of a document is lost": lambda: _document(lambda some: some[:-1] if len(some) > 1 else some),
    "the last action of each statement is lost": lambda: _statement(
        lambda item: item._replace(actions=item.actions[:-1] or item.actions)
    ),
    "only the first resource of each statement is kept": lambda: _statement(
        lambda item: item._replace(resources=item.resources[:1])
    ),
    "every resource becomes a star": lambda: _resource(lambda _: "*"),
    "the account of each ARN becomes a star": lambda: _resource(_part(4, "*")),
    "the Region of each ARN becomes a star": lambda: _resource(_part(3, "*")),
    "every ARN is of the partition aws": lambda: _resource(_part(1, "aws")),
    "the star at the end of a prefix is lost": lambda: _resource(
        lambda text: text if text == "*" else text.removesuffix("*")
    ),
    "what lies below a path becomes what begins with it": lambda: _resource(_slash_lost),
    "a prefix loses its last folder": lambda: _resource(_without_last_folder),
    "every condition is lost": lambda: _condition(lambda _: {}),
    "of several condition keys only the first is kept": lambda: _condition(
        lambda condition: dict(list(condition.items())[:1])
    ),
    "the condition that a form of a value brings, such as that of an alias, is lost": lambda: _condition(
        lambda condition: {name: keys for name, keys in condition.items() if not name.startswith("ForAny")}
    ),
    "values of conditions end in a star": lambda: _condition(_widened),
    "registry account and Region, bucket and prefix change places": lambda: mock.patch.object(
        stating, "match", _swapped
    ),
    "of several values of a member only the first is used": lambda: mock.patch.object(
        stating, "items", lambda value: _ITEMS(value)[:1]
    ),
    "no add-on is added for a request that calls for it": lambda: mock.patch.object(
        composing, "_called_for", lambda composer, plan, request: None
    ),
    "no add-on is added for being chosen by hand": lambda: mock.patch.object(
        composing, "_add_addon", lambda *given: _ADD(*given[:-1], False)
    ),
    "what the user filled in is lost, but for partition, Region and account": lambda: mock.patch.object(
        Composer, "__init__", _few_values
    ),
    "stars, question marks and dollars of a value are written as they are": lambda: mock.patch.object(
        valuing, "escape", lambda text: text
    ),
    "a resource is dropped if another begins alike, star or not": lambda: mock.patch.object(
        stating, "reduced", _reduced_too_far
    ),
    "the trust policy loses its conditions": lambda: _statement(
        lambda item: item._replace(condition={}) if item.principal else item
    ),
    "the trust policy takes sources of every account": lambda: _statement(_of_any_account),
    "the trust policy lets EC2 in as well": lambda: _statement(_of_another_service),
    "iam:PassRole is for every role of the account": lambda: _statement(_any_role),
    "whoever reads an object may write it": lambda: _statement(_writes),
}

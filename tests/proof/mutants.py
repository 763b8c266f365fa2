"""Ways to break the composer: each is a context in which it does one thing wrong."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest import mock

from sagemaker_roles.engine.documents import ComposedStatement, Document
from sagemaker_roles.engine.statements import Composer

# By their names: the package also has a function called compose.
composing: Any = importlib.import_module("sagemaker_roles.engine.compose")
stating: Any = importlib.import_module("sagemaker_roles.engine.statements")
valuing: Any = importlib.import_module("sagemaker_roles.engine.values")

Mutant = Callable[[], contextlib.AbstractContextManager[Any]]
MUTANTS: dict[str, Mutant] = {}


def mutant(function: Callable[[], Iterator[None]]) -> Callable[[], Iterator[None]]:
    """Registers a way to break the composer; the docstring says which."""
    MUTANTS[function.__name__] = contextlib.contextmanager(function)
    return function


def _document(change: Callable[[tuple[ComposedStatement, ...]], tuple[ComposedStatement, ...]]) -> Any:
    """Changes the statements of every document."""
    original = Composer.document
    return mock.patch.object(Composer, "document", lambda self: Document(change(original(self).statements)))


def _statement(change: Callable[[ComposedStatement], ComposedStatement]) -> Any:
    return _document(lambda statements: tuple(change(item) for item in statements))


def _resource(change: Callable[[str], str]) -> Any:
    return _statement(lambda item: item._replace(resources=tuple(change(text) for text in item.resources)))


def _condition(change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Any:
    return _statement(lambda item: item._replace(condition=change(item.condition)))


@mutant
def last_statement_dropped() -> Iterator[None]:
    """The last statement of a document is lost."""
    with _document(lambda statements: statements[:-1] if len(statements) > 1 else statements):
        yield


@mutant
def last_action_dropped() -> Iterator[None]:
    """The last action of each statement is lost."""
    with _statement(lambda item: item._replace(actions=item.actions[:-1] or item.actions)):
        yield


@mutant
def first_resource_only() -> Iterator[None]:
    """Only the first resource of each statement is kept."""
    with _statement(lambda item: item._replace(resources=item.resources[:1])):
        yield


@mutant
def resources_widened() -> Iterator[None]:
    """Every resource becomes a star."""
    with _resource(lambda text: "*"):
        yield


@mutant
def account_widened() -> Iterator[None]:
    """The account of each ARN becomes a star."""
    with _resource(lambda text: _part(text, 4, "*")):
        yield


@mutant
def region_widened() -> Iterator[None]:
    """The Region of each ARN becomes a star."""
    with _resource(lambda text: _part(text, 3, "*")):
        yield


def _part(text: str, index: int, value: str) -> str:
    parts = text.split(":", 5)
    if len(parts) == 6 and parts[index]:
        parts[index] = value
    return ":".join(parts)


@mutant
def star_lost() -> Iterator[None]:
    """The star at the end of a prefix is lost."""
    with _resource(lambda text: text if text == "*" else text.removesuffix("*")):
        yield


@mutant
def slash_lost() -> Iterator[None]:
    """What lies below a path becomes what begins with it."""
    with _resource(lambda text: text[:-2] + "*" if text.startswith("arn:aws:s3:::") and text.endswith("/*") else text):
        yield


@mutant
def last_folder_lost() -> Iterator[None]:
    """A prefix loses its last folder."""

    def change(text: str) -> str:
        if not text.startswith("arn:aws:s3:::") or text.count("/") < 2:
            return text
        return text.rstrip("*").rstrip("/").rpartition("/")[0] + "/*"

    with _resource(change):
        yield


@mutant
def conditions_lost() -> Iterator[None]:
    """Every condition is lost."""
    with _condition(lambda condition: {}):
        yield


@mutant
def one_condition_key_lost() -> Iterator[None]:
    """Of several condition keys only the first is kept."""
    with _condition(lambda condition: dict(list(condition.items())[:1])):
        yield


@mutant
def condition_of_the_form_lost() -> Iterator[None]:
    """The condition that a form of a value brings, such as that of an alias, is lost."""
    with _condition(lambda condition: {op: keys for op, keys in condition.items() if not op.startswith("ForAny")}):
        yield


@mutant
def condition_values_widened() -> Iterator[None]:
    """Values of conditions end in a star."""

    def change(condition: Mapping[str, Any]) -> Mapping[str, Any]:
        return {
            op.replace("StringEquals", "StringLike"): {
                key: tuple(value[:6] + "*" for value in values) for key, values in keys.items()
            }
            for op, keys in condition.items()
        }

    with _condition(change):
        yield


@mutant
def placeholders_swapped() -> Iterator[None]:
    """Registry account and Region, bucket and prefix change places."""
    both = {"RegistryAccount": "RegistryRegion", "Bucket": "Prefix"}
    both |= {value: key for key, value in both.items()}
    original = valuing.match

    def match(kind: Any, value: Any) -> Any:
        found = original(kind, value)
        if found is None:
            return None
        return found._replace(fields={name: found.fields.get(both.get(name, name), "") for name in found.fields})

    with mock.patch.object(stating, "match", match):
        yield


@mutant
def first_value_only() -> Iterator[None]:
    """Of several values of a member only the first is used."""
    original = valuing.items
    with mock.patch.object(stating, "items", lambda value: original(value)[:1]):
        yield


@mutant
def addons_ignored() -> Iterator[None]:
    """No add-on is added for a request that calls for it."""
    with mock.patch.object(composing, "_called_for", lambda composer, plan, request: None):
        yield


@mutant
def chosen_addons_ignored() -> Iterator[None]:
    """No add-on is added for being chosen by hand."""
    original = composing._add_addon
    with mock.patch.object(composing, "_add_addon", lambda *given: original(*given[:-1], False)):
        yield


@mutant
def values_ignored() -> Iterator[None]:
    """What the user filled in for placeholders is lost, but for partition, Region and account."""
    original = Composer.__init__

    def init(self: Composer, scope: Any, values: Mapping[str, str], given: Any) -> None:
        original(self, scope, {name: values[name] for name in ("Partition", "Region", "Account") if name in values}, {})

    with mock.patch.object(Composer, "__init__", init):
        yield


@mutant
def escaping_lost() -> Iterator[None]:
    """Stars, question marks and dollars of a value are written as they are."""
    with mock.patch.object(valuing, "escape", lambda text: text):
        yield


@mutant
def covered_too_early() -> Iterator[None]:
    """A resource is dropped if another begins alike, star or not."""

    def reduced(resources: Any) -> tuple[str, ...]:
        kept: list[str] = []
        for text in sorted(set(resources)):
            if not any(text.startswith(other.rstrip("*")) for other in kept):
                kept.append(text)
        return tuple(kept)

    with mock.patch.object(stating, "reduced", reduced):
        yield


@mutant
def trust_without_source() -> Iterator[None]:
    """The trust policy loses its conditions."""
    with _statement(lambda item: item._replace(condition={}) if item.principal else item):
        yield


@mutant
def trust_of_any_account() -> Iterator[None]:
    """The trust policy takes sources of every account."""

    def change(item: ComposedStatement) -> ComposedStatement:
        if not item.principal or "ArnLike" not in item.condition:
            return item
        arns = {key: tuple(_part(v, 4, "*") for v in values) for key, values in item.condition["ArnLike"].items()}
        return item._replace(condition={"ArnLike": arns})

    with _statement(change):
        yield


@mutant
def trust_of_another_service() -> Iterator[None]:
    """The trust policy lets EC2 in as well."""
    with _statement(
        lambda item: (
            item._replace(principal={"Service": (*item.principal["Service"], "ec2.amazonaws.com")})
            if item.principal
            else item
        )
    ):
        yield


@mutant
def any_role_passed() -> Iterator[None]:
    """iam:PassRole is for every role of the account."""

    def change(item: ComposedStatement) -> ComposedStatement:
        if "iam:PassRole" not in item.actions:
            return item
        return item._replace(resources=tuple(text.partition(":role/")[0] + ":role/*" for text in item.resources))

    with _statement(change):
        yield


@mutant
def write_where_read() -> Iterator[None]:
    """Whoever reads an object may write it."""

    def change(item: ComposedStatement) -> ComposedStatement:
        return item._replace(actions=(*item.actions, "s3:PutObject")) if "s3:GetObject" in item.actions else item

    with _statement(change):
        yield


@mutant
def partition_fixed() -> Iterator[None]:
    """Every ARN is of the partition aws."""
    with _resource(lambda text: _part(text, 1, "aws")):
        yield

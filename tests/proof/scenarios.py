"""Reads the scenarios (data/scenarios): what is asked of an operation, and what the service does with the role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml
from cerberus import Validator

from kb.records.strict_yaml import read_yaml, where
from sagemaker_roles.errors.problems import Position

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "data" / "scenarios"
#: The lists of what is excepted, and of known ways to escalate privileges; and the forms of all these files.
LISTS = Path(__file__).parent

#: Where the resources of a service are, if not in a Region and an account.
_PLACES = {"iam": ":${Account}", "s3": ":"}
_SHORT_ARN = re.compile("(?!arn:)([a-z0-9-]+):(?!//)(.+)")
_NAME = re.compile(r"\$\{([A-Z][A-Za-z0-9]*)\}")


class ScenarioError(Exception):
    """A scenario file cannot be used; the message lists every problem."""


@dataclass(frozen=True)
class Step:
    """One call: an action on a resource, with the condition keys it carries.

    Attributes:
        context: condition keys of the call.
        extent: what the object is a part of: an S3 URI (with ``*`` at its end where keys just begin so), the first
            folder of the key, or "" for the request's own URI.
        why: how it is known that the call is made.
    """

    action: str
    resource: str
    context: Mapping[str, Any]
    extent: str
    why: str


@dataclass(frozen=True)
class Assumption:
    """A service that takes the role, or the provider (its ARN) of the web identity that does."""

    service: str
    action: str
    context: Mapping[str, Any]
    why: str


@dataclass(frozen=True)
class Other:
    """A further request that the same role serves.

    Attributes:
        by_service: as in :class:`~sagemaker_roles.engine.compose.Request`.
    """

    operation: str
    request: Mapping[str, Any]
    by_service: bool = False


@dataclass(frozen=True)
class Scenario:
    """A request, and what follows from it.

    Attributes:
        role: id of the role.
        addons: ids of the add-ons the user chose.
        values: what the user filled in for placeholders.
        others: further requests that the same role serves.
        steps: what the service does with the role; caller_steps: what the caller does.
        trust: who takes the role.
    """

    operation: str
    id: str
    title: str
    partition: str
    region: str
    account: str
    role: str
    addons: tuple[str, ...]
    values: Mapping[str, str]
    request: Mapping[str, Any]
    others: tuple[Other, ...]
    steps: tuple[Step, ...]
    caller_steps: tuple[Step, ...]
    trust: tuple[Assumption, ...]
    position: str

    def __str__(self) -> str:
        return f"{self.operation}-{self.id}"

    @property
    def role_arn(self) -> str:
        """The role whose policies are composed."""
        return f"arn:{self.partition}:iam::{self.account}:role/{ROLE_NAME}"


ROLE_NAME = "service-role/ExecutionRole"
CALLER_NAME = "Caller"


@cache
def _forms() -> Mapping[str, Any]:
    """The forms of the files of scenarios, by name."""
    return dict(yaml.load((LISTS / "forms.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader))


def read(path: Path, form: str | Mapping[str, Any]) -> dict[str, Any]:
    """Reads one of the tests' YAML files and checks its form.

    Args:
        form: one of tests/proof/forms.yaml, or as that has them: the keys of the file, or the rules of each value.

    Raises:
        ScenarioError: the file is not YAML of the strict kind, or has another form.
    """
    name = path.relative_to(ROOT).as_posix()
    value, problems = read_yaml(path, name)
    if problems:
        raise ScenarioError("\n".join(map(str, problems)))
    rules = _forms()[form] if isinstance(form, str) else form
    rules = rules if "valuesrules" in rules else {"schema": rules}
    validator = Validator({name: {"type": "dict", **rules}})
    if not validator.validate({name: value or {}}, normalize=False):
        raise ScenarioError(str(validator.errors))
    return dict(value or {})


@cache
def behaviours() -> Mapping[str, Any]:
    """What SageMaker is known to do, by name: lists of calls with parameters."""
    return read(FOLDER / "behaviours.yaml", "behaviours")


def operations() -> list[str]:
    """The operations that have a file of scenarios."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem.rpartition("-")[2][0].isupper())


@cache
def originals(operation: str) -> tuple[str, ...]:
    """The operations whose scenarios are those of a twin, the nearest first; none for any other operation."""
    path = FOLDER / f"{operation}.yaml"
    twin = read(path, "scenarios").get("twin") if path.is_file() else None
    return (twin["of"], *originals(twin["of"])) if twin else ()


@cache
def of(operation: str) -> tuple[Scenario, ...]:
    """The scenarios of one operation, in the order of the file.

    Raises:
        ScenarioError: the file cannot be used.
    """
    return tuple(_scenario(operation, data, position) for data, position in _merged(operation).values())


@cache
def _merged(operation: str) -> Mapping[str, tuple[dict[str, Any], str]]:
    """The scenarios of one file by id, with what they take over from others; and where each stands."""
    path = FOLDER / f"{operation}.yaml"
    data = read(path, "scenarios")
    if data["operation"] != operation:
        raise ScenarioError(f"{path.name}: operation must be {operation}")
    twins = _twins(data["twin"], path) if "twin" in data else {}
    made: dict[str, tuple[dict[str, Any], str]] = dict(twins)
    own: set[str] = set()
    for item in data.get("scenarios", ()):
        if item["id"] in own:
            raise ScenarioError(f"{path.name}: two scenarios have the id {item['id']}")
        own.add(item["id"])
        base = twins.get(item["id"], ({}, ""))[0]
        if "like" in item:
            other, _, name = item["like"].rpartition("/")
            known = _merged(other) if other else made
            if name not in known or (name == item["id"] and not other):
                raise ScenarioError(f"{path.name}: {item['id']} is like {item['like']}, which does not stand before it")
            base = known[name][0]
        if "without" in item and not base:
            raise ScenarioError(f"{path.name}: {item['id']} is without something of no other scenario")
        kept = {key: value for key, value in base.items() if key not in item.get("without", ())}
        made[item["id"]] = _inherit(kept, item) if base else dict(item), str(where(item, Position(path.name)))
    if not made:
        raise ScenarioError(f"{path.name}: no scenario")
    return made


def _twins(twin: Mapping[str, Any], path: Path) -> dict[str, tuple[dict[str, Any], str]]:
    """The scenarios of another operation as those of one that works the same way.

    The twin says which do not hold for it (``except``), how its members are called (``members``, at any depth), which
    it lacks (``without``), which it has besides (``request``), what is called instead of the caller's first step
    (``call``), and what of the other caller's steps is not (``not_called``: actions and behaviors).
    """
    known = _merged(twin["of"])
    if unknown := sorted({*twin.get("except", ())} - {*known}):
        raise ScenarioError(f"{path.name}: {twin['of']} has no scenario {', '.join(unknown)}")
    made, gone = {}, twin.get("not_called", ())
    for name, (data, _) in known.items():
        if name in twin.get("except", ()):
            continue
        request = _renamed(data.get("request", {}), twin.get("members", {}))
        left = {key: value for key, value in request.items() if key not in twin.get("without", ())}
        caller = [
            step
            for step in data.get("caller", ())[1:]
            if not {step.get("does"), *(action for call in _calls(step) for action in call[0])} <= {None, *gone}
        ]
        changed = {"request": _merge(left, twin.get("request", {})), "caller": [twin["call"], *caller]}
        made[name] = {**data, **changed}, str(where(twin, Position(path.name)))
    return made


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A request with other names of members."""
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return value


def _inherit(base: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**base, **item}
    for key in ("steps", "caller", "trust", "addons", "others"):
        merged[key] = [*base.get(key, ()), *item.get(key, ())]
    merged["request"] = _merge(base.get("request", {}), item.get("request", {}))
    merged["values"] = {**base.get("values", {}), **item.get("values", {})}
    return merged


def _merge(base: Any, change: Any) -> Any:
    if isinstance(base, dict) and isinstance(change, dict):
        return {**base, **{key: _merge(base.get(key), value) for key, value in change.items()}}
    return change


def _scenario(operation: str, data: Mapping[str, Any], position: str) -> Scenario:
    partition = data.get("partition", "aws")
    region, account = data.get("region", "us-west-2"), data.get("account", "111122223333")
    names = {
        "Partition": partition,
        "Region": region,
        "Account": account,
        "RoleName": ROLE_NAME,
        "Suffix": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
    }
    try:
        steps = tuple(step for item in data.get("steps", ()) for step in _steps(item, names))
        caller = tuple(step for item in data.get("caller", ()) for step in _steps(item, names))
        trust = tuple(_assumption(_fill(item, names), names) for item in data.get("trust", ()))
        others = tuple(Other(**_fill(item, names)) for item in data.get("others", ()))
        return Scenario(
            operation=operation,
            id=data["id"],
            title=data["title"],
            partition=partition,
            region=region,
            account=account,
            role=data.get("role", ""),
            addons=tuple(dict.fromkeys(data.get("addons", ()))),
            values=_fill(data.get("values", {}), names),
            request=_fill(data.get("request", {}), names),
            others=others,
            steps=_unique(steps),
            caller_steps=_unique(caller),
            trust=trust,
            position=position,
        )
    except KeyError as error:
        raise ScenarioError(f"{position}: {operation}/{data['id']}: nothing is called {error}") from error


def _steps(item: Mapping[str, Any], names: Mapping[str, Any]) -> Iterator[Step]:
    if "does" in item:
        behaviour = behaviours()[item["does"]]
        given = {**names, **_fill(_long_arns(item.get("with", {})), names)}
        for part in behaviour["steps"]:
            yield from _steps({**part, "why": behaviour["why"], "extent": item.get("extent", "")}, given)
        return
    if "why" not in item:
        raise KeyError(f"why (of {item['call']})")
    context, extent = _fill(item.get("context", {}), names), _fill(item.get("extent", ""), names)
    for actions, resources in _calls(item):
        for action, resource in product(actions, _fill(_long_arns(resources), names)):
            yield Step(action, resource, context, extent, item["why"])


def _calls(step: Mapping[str, Any]) -> Iterator[tuple[list[str], list[str]]]:
    """The actions and resources of each ``ACTION… on RESOURCE…`` of a step; without resources ``*``."""
    calls = step.get("call", [])
    for call in [calls] if isinstance(calls, str) else calls:
        actions, _, resources = call.partition(" on ")
        yield actions.split(), resources.split() or ["*"]


def _long_arns(value: Any) -> Any:
    """A value with each ``SERVICE:RESOURCE`` as an ARN in the Region and account of the scenario."""
    if isinstance(value, Mapping):
        return {key: _long_arns(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_long_arns(item) for item in value]
    if not isinstance(value, str) or not (found := _SHORT_ARN.fullmatch(value)):
        return value
    return f"arn:${{Partition}}:{found[1]}:{_PLACES.get(found[1], '${Region}:${Account}')}:{found[2]}"


def _assumption(item: Mapping[str, Any], names: Mapping[str, Any]) -> Assumption:
    context = dict(item.get("context", {}))
    if "source_arn" in item:
        source = _fill(_long_arns(item["source_arn"]), names)
        context = {"aws:SourceArn": source, "aws:SourceAccount": names["Account"], **context}
    who = item.get("service") or item["federated"]
    return Assumption(who, item.get("action", "sts:AssumeRole"), context, item["why"])


def _fill(value: Any, names: Mapping[str, Any]) -> Any:
    """Puts names in; a list item that is one name of a list becomes its items."""
    if isinstance(value, str):
        whole = _NAME.fullmatch(value)
        if whole and not isinstance(names[whole[1]], str):
            return names[whole[1]]
        return _NAME.sub(lambda found: str(names[found[1]]), value)
    if isinstance(value, Mapping):
        return {_fill(key, names): _fill(item, names) for key, item in value.items()}
    if isinstance(value, list):
        items: list[Any] = []
        for item in value:
            filled = _fill(item, names)
            items += filled if isinstance(filled, list) and isinstance(item, str) else [filled]
        return items
    return value


def _unique(steps: Sequence[Step]) -> tuple[Step, ...]:
    seen: dict[Any, Step] = {}
    for step in steps:
        seen.setdefault((step.action, step.resource, repr(sorted(step.context.items()))), step)
    return tuple(seen.values())

"""Policies that AWS prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog import Operation
from sagemaker_roles.engine.compose import ComposedStatement, Composition, Request, compose
from sagemaker_roles.engine.placeholders import usable
from sagemaker_roles.engine.values import filled
from sagemaker_roles.errors import UnknownOperation
from sagemaker_roles.errors.problems import Problem
from sagemaker_roles.iam.actions import action as action_pattern
from sagemaker_roles.iam.arn_parts import parts_of
from sagemaker_roles.iam.arns import resource as resource_pattern
from sagemaker_roles.iam.patterns import covers

from .context import Context, problem, rule

#: Policies that are no add-on.
BASE = ("broad", "scoped", "trust")

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Granted:
    """How an action is allowed.

    Attributes:
        resources: resources, in a trust policy principals; None where a statement is printed without.
        conditions: the condition of each statement that allows it, "" for none.
    """

    resources: frozenset[str] | None
    conditions: frozenset[str]


Policy = Mapping[str, Granted]


@rule
def printed_policies(context: Context) -> Iterator[Problem]:
    """Our policies are what AWS prints but for data/aws/documented: no deviation unexplained, none unneeded."""
    for name, record in sorted(context.catalog.documented.items()):
        try:
            operation = context.catalog.operation(name)
        except UnknownOperation:
            if not context.exists("operations", name):  # a record that is not sound is reported as such
                yield problem(f"there is no record of {name}", record, "id")
            continue
        role = operation.role(record["role"])
        if role is None:
            known = ", ".join(item.id for item in operation.roles)
            yield problem(f"{name} has no role {quoted(record['role'])}; it has {known}", record, "role")
            continue
        yield from _editions(context, record)
        editions = {(item["policy"], edition) for item in record["printed"] for edition in item["editions"]}
        for deviation in record.get("deviations", ()):
            policy = deviation["policy"]
            if policy not in {item["policy"] for item in record["printed"]}:
                yield problem(f"{policy} is not printed", deviation, "policy")
            for edition in deviation.get("editions", ()):
                if (policy, edition) not in editions:
                    yield problem(f"{edition} does not print {policy}", deviation, "editions")
        if not context.composable(operation):
            continue
        ours = _Ours(context, operation, record)
        for item in record["printed"]:
            policy = item["policy"]
            if policy not in BASE and role.addon(policy) is None:
                known = ", ".join(addon.id for addon in role.addons)
                yield problem(f"{name} has no add-on {quoted(policy)}; it has {known}", item, "policy")
                continue
            for edition in item["editions"]:
                applying = [
                    deviation
                    for deviation in record.get("deviations", ())
                    if deviation["policy"] == policy and edition in deviation.get("editions", (edition,))
                ]
                yield from _compare(item, edition, ours, applying)


def _editions(context: Context, record: Data) -> Iterator[Problem]:
    """Yields a problem for each edition that is no source, prints a policy twice, or is cut off without printing it."""
    seen: set[tuple[str, str]] = set()
    for item in record["printed"]:
        for index, edition in enumerate(item["editions"]):
            if edition not in context.catalog.sources:
                yield problem(f"there is no source {quoted(edition)}", item, "editions", index)
            if (item["policy"], edition) in seen:
                yield problem(f"{edition} prints {item['policy']} already above", item, "editions", index)
            seen.add((item["policy"], edition))
        for index, edition in enumerate(item.get("cut", ())):
            if edition not in item["editions"]:
                yield problem(f"{edition} is not among the editions", item, "cut", index)


class _Ours:
    """Our policies of one role, with the example names that AWS prints filled in."""

    def __init__(self, context: Context, operation: Operation, record: Data) -> None:
        self._context, self._operation, self._roles = context, operation, [record["role"]]
        self._catalog = context.catalog
        names = {name: (value,) for name, value in record.get("names", {}).items()}
        usable_names, faults = usable(self._catalog, [operation.name], names)
        self._names = {name: value for name, (value,) in usable_names.items()}
        # Some names that AWS prints ("kms-key-id") could not be real; composing refuses them.
        self._unreal = {name: value for name, value, _ in faults}
        self._known: dict[str, dict[str, Granted]] = {}

    def _compose(self, scope: Any = "scoped", addons: Iterable[str] = ()) -> Composition:
        request = Request(self._operation.name)
        return compose(self._catalog, [request], self._roles, scope=scope, addons=addons, values=self._names)

    def policy(self, policy: str) -> dict[str, Granted]:
        """How each action of a policy is allowed: the base, or what an add-on brings."""
        if policy not in self._known:  # several editions print it
            self._known[policy] = self._granted(policy)
        return self._known[policy]

    def _granted(self, policy: str) -> dict[str, Granted]:
        if policy == "trust":
            return granted(self._compose().trust.statements)
        if policy in BASE:
            return granted(map(self._filled, self._compose(policy).policy.statements))
        base = {statement.sid for statement in self._compose().policy.statements}
        composed = self._compose(addons=(policy,)).policy.statements
        return granted(self._filled(item) for item in composed if item.sid not in base)

    def _filled(self, statement: ComposedStatement) -> ComposedStatement:
        return statement._replace(resources=tuple(filled(text, self._unreal) for text in statement.resources))

    def files(self, actions: Iterable[str]) -> list[str]:
        """Paths of the files whose statements have one of these actions."""
        return self._context.files(self._operation, actions)

    def has_addon(self, addon: str) -> bool:
        """Whether the role has an add-on."""
        role = self._operation.role(self._roles[0])
        return role is not None and role.addon(addon) is not None


def granted(statements: Iterable[ComposedStatement]) -> dict[str, Granted]:
    """How each action of some composed statements is allowed."""
    by_action: dict[str, Granted] = {}
    for statement in statements:
        principals = (f"{kind}:{name}" for kind, names in statement.principal.items() for name in names)
        resources = frozenset(statement.resources) or frozenset(principals)
        for action in statement.actions:
            _add(by_action, action, resources, _text(statement.condition))
    return by_action


def printed(statements: Iterable[Data]) -> dict[str, Granted]:
    """How each action of some printed statements is allowed."""
    by_action: dict[str, Granted] = {}
    for statement in statements:
        resources = frozenset(statement["Resource"]) if "Resource" in statement else None
        if "Principal" in statement:
            resources = frozenset(f"{kind}:{name}" for kind, names in statement["Principal"].items() for name in names)
        for action in statement["Action"]:
            _add(by_action, action, resources, _text(statement.get("Condition", {})))
    return by_action


def _add(by_action: dict[str, Granted], action: str, resources: frozenset[str] | None, condition: str) -> None:
    known = by_action.get(action, Granted(frozenset(), frozenset()))
    both = None if resources is None or known.resources is None else known.resources | resources
    by_action[action] = Granted(both, known.conditions | {condition})


def _text(condition: Mapping[str, Mapping[str, Iterable[str]]]) -> str:
    return "; ".join(
        f"{operator} {key} {', '.join(sorted(values))}"
        for operator, keys in sorted(condition.items())
        for key, values in sorted(keys.items())
    )


def _compare(item: Data, edition: str, ours: _Ours, deviations: list[Any]) -> Iterator[Problem]:
    """Compares a printed policy with ours and with the deviations that are said to stand between them."""

    def differs(message: str, actions: Sequence[str], value: Any, key: str) -> Problem:
        return problem(message, value, key, follows=[*actions, *ours.files(actions)])

    theirs, mine = printed(item["statements"]), ours.policy(item["policy"])
    what = f"{item['policy']} as printed in {edition}"
    gone, new = _stated(deviations)
    expected = (set(theirs) - gone) | new
    if lacking := sorted(expected - set(mine)):
        message = f"{what}: ours lacks {', '.join(lacking)}; say so in `deviations`"
        yield differs(message, lacking, item, "policy")
    if extra := sorted(set(mine) - expected):
        message = f"{what}: ours also has {', '.join(extra)}; say so in `deviations`"
        yield differs(message, extra, item, "policy")
    unexplained: dict[tuple[str, str], list[str]] = {}
    for action in sorted(set(theirs) & set(mine) - gone):
        named = {d["kind"] for d in deviations if action in d["actions"] and "instead" not in d}
        for difference, kind in _differences(theirs[action], mine[action]).items():
            if kind not in named:
                unexplained.setdefault((difference, kind), []).append(action)
    for (difference, kind), actions in unexplained.items():
        message = f"{what}: {difference} differs for {', '.join(actions)}; say so in `deviations`, kind {kind}"
        yield differs(message, actions, item, "policy")
    for deviation in deviations:
        for reason in _unneeded(deviation, theirs, mine, ours):
            message = f"not needed for {what}: {reason}"
            yield differs(message, _named(reason, deviation["actions"]), deviation, "actions")


def _stated(deviations: Iterable[Data]) -> tuple[set[str], set[str]]:
    """The printed actions that deviations say ours lacks, and those that it has in addition."""
    gone: set[str] = set()
    new: set[str] = set()
    for deviation in deviations:
        kind, instead = deviation["kind"], set(deviation.get("instead", ()))
        if kind == "added":
            new.update(deviation["actions"])
        elif kind in ("removed", "moved") or instead:
            gone.update(deviation["actions"])
            if "to" not in deviation:
                new.update(instead)
    return gone, new


def offers(context: Context) -> Iterator[tuple[str, Data]]:
    """Yields the deviations that follow from what ours has and lacks: name of the operation, and the entry.

    What a person has to decide, the reason and the sources, is not in it. Records with other faults are passed over.
    """
    for name, record in sorted(context.catalog.documented.items()):
        operation = context.catalog.operation(name) if name in context.catalog.operations else None
        role = operation.role(record["role"]) if operation else None
        if operation is None or role is None or not context.composable(operation):
            continue
        ours, deviations = _Ours(context, operation, record), record.get("deviations", ())
        editions: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
        printed_in: dict[str, list[str]] = {}
        for item in record["printed"]:
            policy = item["policy"]
            if policy not in BASE and role.addon(policy) is None:
                continue
            theirs, mine = set(printed(item["statements"])), set(ours.policy(policy))
            for edition in item["editions"]:
                printed_in.setdefault(policy, []).append(edition)
                gone, new = _stated(
                    deviation
                    for deviation in deviations
                    if deviation["policy"] == policy and edition in deviation.get("editions", (edition,))
                )
                expected = (theirs - gone) | new
                for kind, actions in (("removed", expected - mine), ("added", mine - expected)):
                    if actions:
                        editions.setdefault((policy, kind, tuple(sorted(actions))), []).append(edition)
        for (policy, kind, differing), in_editions in editions.items():
            some = {} if in_editions == printed_in[policy] else {"editions": in_editions}
            yield name, {"policy": policy, **some, "kind": kind, "actions": list(differing)}


def _named(reason: str, actions: Iterable[str]) -> tuple[str, ...]:
    """The actions that a reason names; all of the deviation's if it names none."""
    return tuple(action for action in actions if action in reason.split()) or tuple(actions)


def _differences(theirs: Granted, mine: Granted) -> dict[str, str]:
    """How an action that both allow is allowed differently, and the kind of deviation that explains each."""
    differences: dict[str, str] = {}
    if _gained(theirs, mine):
        differences["the resource (none is printed)" if theirs.resources is None else "the resource"] = "corrected"
    if theirs.resources is not None and _lost(theirs, mine):
        differences["what the resource excludes"] = "narrowed"
    if _conditioned(theirs, mine):
        differences["the condition"] = "narrowed"
    return differences


def _gained(theirs: Granted, mine: Granted) -> bool:
    """Whether ours allows a resource that is not printed; without a printed resource IAM refuses the statement."""
    if theirs.resources is None or mine.resources is None:
        return True
    return any(not _covered(resource, theirs.resources) for resource in mine.resources)


def _lost(theirs: Granted, mine: Granted) -> bool:
    """Whether ours leaves out a resource that is printed; a statement printed without is taken for all of them.

    A resource of which only Region and account differ is put right and not left out.
    """
    resources = frozenset({"*"}) if theirs.resources is None else theirs.resources
    if mine.resources is None:
        return False
    kept = {parts_of(resource).resource for resource in mine.resources} - {""}
    return any(
        not _covered(resource, mine.resources) and parts_of(resource).resource not in kept for resource in resources
    )


def _conditioned(theirs: Granted, mine: Granted) -> bool:
    return "" not in mine.conditions and mine.conditions != theirs.conditions


def _covered(resource: str, patterns: Iterable[str]) -> bool:
    """Whether a resource, or what a pattern names, lies within one of some patterns."""
    return any(covers(resource_pattern(pattern), resource_pattern(resource)) for pattern in patterns)


def _unneeded(
    deviation: Data, theirs: Mapping[str, Granted], mine: Mapping[str, Granted], ours: _Ours
) -> Iterator[str]:
    """Why a deviation does not describe a difference, action by action."""
    kind, actions = deviation["kind"], deviation["actions"]
    instead, to = deviation.get("instead", ()), deviation.get("to", ())
    if (kind == "moved") != bool(to) and kind != "corrected":
        yield "`to` names the add-ons of what is moved, and of nothing else"
        return
    if missing := [addon for addon in to if not ours.has_addon(addon)]:
        yield f"the role has no add-on {', '.join(missing)}"
        return
    moved = [ours.policy(addon) for addon in to]
    for action in actions:
        if message := _no_difference(action, "removed" if instead and kind != "added" else kind, theirs, mine):
            yield message
        elif kind == "moved" and not any(_holds(addon, action) for addon in moved):
            yield f"{action} is in none of {', '.join(to)}"
    for addon, holds in zip(to, moved, strict=True):
        if not any(_holds(holds, action) for action in (instead or actions)):
            yield f"the add-on {addon} has none of it"
    for action in instead:
        if action in theirs:
            yield f"{action} is printed"
        if to and not any(action in addon for addon in moved):
            yield f"{action} is in none of {', '.join(to)}"


def _no_difference(action: str, kind: str, theirs: Mapping[str, Granted], mine: Mapping[str, Granted]) -> str:
    """What speaks against a difference of a kind in an action, or ""."""
    printed, own = theirs.get(action), mine.get(action)
    if kind == "added":
        return f"{action} is printed" if printed is not None else ""
    if printed is None:
        return f"{action} is not printed"
    if kind in ("removed", "moved"):
        return f"{action} is in ours too" if own is not None else ""
    if own is None:
        return f"{action} is not in ours"
    if kind == "corrected" and not _gained(printed, own):
        return f"the resource of {action} is as printed or within it"
    if kind == "narrowed" and not (_lost(printed, own) or _conditioned(printed, own)):
        return f"{action} is allowed as printed"
    return ""


def _holds(policy: Policy, action: str) -> bool:
    """Whether a policy has an action, or one that a printed pattern stands for."""
    pattern = action_pattern(action)
    return any(covers(pattern, action_pattern(name)) for name in policy)

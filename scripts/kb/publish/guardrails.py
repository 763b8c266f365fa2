"""What policies for platform teams deny of all that the knowledge base composes: asked of the evaluator. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sagemaker_roles.iam import actions
from sagemaker_roles.iam.conditions import RequestContext, Test
from sagemaker_roles.iam.evaluation import AccessRequest, Policies, PolicyDocument, document, evaluate
from sagemaker_roles.iam.patterns import covers
from sagemaker_roles.iam.statements import PolicyStatement

from ..aws.reference import GLOBAL_KEYS, Reference, key_applies
from .action_cover import cover_actions

FILE = "guardrails.json"

#: The role and the caller of the calls, and what stands for placeholders in them.
_ROLE = "arn:aws:iam::111122223333:role/service-role/Example"
_SAMPLES = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333", "RolePath": "data-science"}
_PLACEHOLDER = re.compile(r"\$\{([A-Z][A-Za-z0-9]*)\}")

_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_EVERYTHING = document("all", {"Statement": [_ALL]})

#: So many actions of a statement are written with wildcards where one policy has to hold all.
_LONG = 6

#: A value that no statement of a guardrail names.
_OTHER = "other"


class Call(NamedTuple):
    """A call of the knowledge base.

    Attributes:
        operation, grantee, addon: what composes it; ``grantee`` is ``caller`` or the ID of a role, ``addon`` "" for
            what is always needed.
        action, resource: what is called, without placeholders; context: what its own statement requires of it.
    """

    operation: str
    grantee: str
    addon: str
    action: str
    resource: str
    context: tuple[tuple[str, str], ...]


class Guardrails:
    """The policies, and what they deny.

    Args:
        data: data/shared/guardrails.yaml.
        reference: AWS's data, which tells the condition keys that an action has.
    """

    def __init__(self, data: Mapping[str, Any], reference: Reference) -> None:
        self._data, self._reference = data, reference
        self._calls: dict[Call, None] = {}

    def look(self, record: Mapping[str, Any]) -> None:
        """Notes the calls of an operation, as operation.json has it."""
        if not self._data:
            return
        for grantee in (*record["roles"], *filter(None, [record["caller"]])):
            for addon in ({"id": "", "statements": grantee["statements"]}, *grantee["addons"]):
                for item in addon["statements"]:
                    statement = item["statement"]
                    context = tuple(_context(statement.get("Condition", {})))
                    for action in statement["Action"]:
                        for resource in statement["Resource"]:
                            one = Call(
                                record["operation"], grantee["id"], addon["id"], action, _sample(resource), context
                            )
                            self._calls.setdefault(one)

    def policies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each policy by its ID."""
        for name in self._data:
            statements = [_element(one) for one in self._statements(name)]
            if self._data[name]["kind"] == "boundary":
                # A role has one boundary, which is one managed policy.
                statements = [self._shorten(one) for one in statements]
            for place, one in enumerate(self._statements(name)):
                if "derived" in one:
                    others = [*statements[:place], *statements[place + 1 :]]
                    statements[place] = _element(one, self._derive(one["derived"], self._data[name]["kind"], others))
            yield name, {"Version": "2012-10-17", "Statement": statements}

    def _statements(self, name: str) -> list[Mapping[str, Any]]:
        """The statements of a policy, and those of the policies that it contains, but for Sids of its own."""
        each = (one for other in (name, *self._data[name].get("also", ())) for one in self._data[other]["Statement"])
        named: dict[str, Mapping[str, Any]] = {}
        for one in each:
            named.setdefault(one["Sid"], one)
        return [*named.values()]

    def _shorten(self, statement: Mapping[str, Any]) -> dict[str, Any]:
        """The statement with the fewest characters of actions that match the same of the reference data."""
        names = statement.get("Action", ())
        if len(names) < _LONG or any("*" in name for name in names):
            return dict(statement)
        return {**statement, "Action": self._cover(names, lambda name: True)}

    def _cover(self, names: Collection[str], is_spared: Callable[[str], bool]) -> list[str]:
        """Patterns of actions that match all of some and, of the others, none that is spared."""
        by_prefix: dict[str, set[str]] = {}
        for name in names:
            by_prefix.setdefault(name.partition(":")[0], set()).add(name.partition(":")[2])
        return [
            one
            for prefix, wanted in sorted(by_prefix.items())
            for one in cover_actions(
                prefix,
                wanted,
                [
                    name
                    for name in self._reference.actions(prefix)
                    if name not in wanted and is_spared(f"{prefix}:{name}")
                ],
            )
        ]

    def denied_actions(self, derived: Mapping[str, Any]) -> list[str]:
        """The actions of the reference data that a statement with ``derived`` is for, without what it excepts."""
        excepted = {
            name for item in derived.get("except", ()) for one in item["actions"] for name in self._matching(one)
        }
        named = {name for one in derived.get("actions", ()) for name in self._matching(one)}
        of_level = {name for one in derived.get("named", ()) for name in self._matching(f"*:{one}")}
        return [
            name
            for prefix in self._reference.prefixes()
            for action, level, _ in self._reference.access_levels(prefix)
            if (name := f"{prefix}:{action}") not in excepted
            and (
                name in named
                or prefix in derived.get("services", ())
                or (
                    actions.single_level(level) in derived["access_levels"]
                    and ("named" not in derived or name in of_level)
                )
            )
        ]

    def _matching(self, pattern: str) -> tuple[str, ...]:
        """The actions of the reference data that a pattern matches; ``*:`` stands for every service."""
        prefix, _, rest = pattern.partition(":")
        prefixes = self._reference.prefixes() if prefix == "*" else (prefix,)
        expression = re.compile(re.escape(rest).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE)
        return tuple(
            f"{one}:{name}" for one in prefixes for name in self._reference.actions(one) if expression.fullmatch(name)
        )

    def _derive(self, derived: Mapping[str, Any], kind: str, others: Sequence[Mapping[str, Any]]) -> list[str]:
        """The actions of a statement: those that it is for and that the other statements leave, as patterns."""
        rest = json.loads(
            filled(json.dumps({"Statement": [_ALL, *(one for one in others if one["Effect"] == "Deny")]}))
        )

        patterns = [one for item in rest["Statement"][1:] for one in item.get("Action", ["*"])]
        touched = {name for one in patterns for name in self._matching("*:*" if one == "*" else one)}

        @cache
        def is_left(name: str) -> bool:
            return name not in touched or not all(is_denied(rest, kind, call) for call in self.calls_of(name))

        wanted = self.denied_actions(derived)
        about = re.compile("|".join(derived["about"]), re.IGNORECASE)
        needed = {call.action for call in self._calls}

        def is_spared(name: str) -> bool:
            if name in wanted:
                return False
            return name in needed or (about.search(name.partition(":")[2]) is None and is_left(name))

        return self._cover([name for name in wanted if is_left(name)], is_spared)

    def calls_of(self, name: str) -> list[AccessRequest]:
        """A call of an action on each of its resource types; on ``*`` if it has none."""
        found = self._reference.action(name)
        prefix = name.partition(":")[0]
        types = [self._reference.resource_type(prefix, one) for one in (found.resource_types if found else ())]
        arns = [filled(one.arn) for one in types if one] or ["*"]
        return [AccessRequest(_ROLE, name, arn, "", RequestContext({}, complete=True)) for arn in arns]

    def listed(self, sources: Mapping[str, Any]) -> dict[str, Any]:
        """What guardrails.json holds."""
        described, cited = [], set[str]()
        for name, policy in self.policies():
            item = self._data[name]
            cited.update(item["sources"])
            requires = {one["Sid"]: one["requires"] for one in self._statements(name) if "requires" in one}
            described.append(
                {
                    "id": name,
                    **{key: item[key] for key in ("title", "kind", "says")},
                    "notes": list(item.get("notes", ())),
                    "excepted": [
                        one for part in item["Statement"] for one in part.get("derived", {}).get("except", ())
                    ],
                    "not_for": list(item.get("not_for", ())),
                    "evidence": item["evidence"],
                    "sources": list(item["sources"]),
                    "policy": policy,
                    "requires": requires,
                    "denied": [*self._denied(item["kind"], policy)],
                }
            )
        return {"guardrails": described, "sources": {name: dict(sources[name]) for name in sorted(cited)}}

    def _denied(self, kind: str, policy: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The calls that a policy denies, a row for all calls alike of an operation."""
        rows: dict[tuple[str, ...], list[Call]] = {}
        for call, sid, when in self.verdicts(kind, policy):
            rows.setdefault((call.operation, call.grantee, sid, when), []).append(call)
        for (operation, grantee, sid, when), calls in sorted(rows.items()):
            yield {
                "operation": operation,
                "for": grantee,
                "addons": sorted({call.addon for call in calls}),
                "actions": sorted({call.action for call in calls}),
                "statement": sid,
                "when": when,
            }

    def verdicts(self, kind: str, policy: Mapping[str, Any]) -> Iterator[tuple[Call, str, str]]:
        """Each call that a policy can deny, with the statement, "" where no statement allows it, and when it does.

        ``always``, or ``unless`` the request meets what the statement requires. Each statement is asked by itself,
        since a request can fail several.
        """
        whole = json.loads(filled(json.dumps(policy)))
        of_callers = {"permission-set": True, "boundary": False}
        parts = (
            [("", allowing)] if (allowing := [one for one in whole["Statement"] if one["Effect"] == "Allow"]) else []
        )
        parts += [(one["Sid"], [_ALL, one]) for one in whole["Statement"] if one["Effect"] == "Deny"]
        for sid, statements in parts:
            alone = {"Version": "2012-10-17", "Statement": statements}
            read = document(sid, alone)
            patterns = [*_about(read)]
            # What a policy says of a call depends on neither the operation nor the grantee, and many share their calls.
            known: dict[tuple[Any, ...], tuple[str, str] | None] = {}
            for call in self._calls:
                if of_callers.get(kind, call.grantee == "caller") is not (call.grantee == "caller"):
                    continue
                key = (call.action, call.resource, call.context)
                if key not in known:
                    action = actions.action(call.action)
                    concerns = not sid or any(covers(one, action) for one in patterns)
                    known[key] = self._verdict(kind, alone, read, call) if concerns else None
                if (verdict := known[key]) is not None:
                    yield call, sid or verdict[0], verdict[1]

    def _verdict(
        self, kind: str, policy: Mapping[str, Any], read: PolicyDocument, call: Call
    ) -> tuple[str, str] | None:
        """The statement that limits a call, and when the policy denies it; None if it never does."""
        met, failing = self._variant(read, call, False), self._variant(read, call, True)
        if not (is_denied(policy, kind, failing) or is_denied(policy, kind, call_of(call))):
            return None
        if is_denied(policy, kind, met):
            return "", "always"
        return next((one.sid for one in read.statements if one.tests and _names(one, call)), ""), "unless"

    def _variant(self, asked: PolicyDocument, call: Call, applies: bool) -> AccessRequest:
        """The call with a resource and condition keys for which the statements deny it, or do not."""
        resource, context = call.resource, dict(call.context)
        for statement in asked.statements:
            is_named = statement.not_resources is not statement.allows and "*" not in statement.resources
            if is_named and not applies and _names(statement, call):
                resource = statement.resources[0].replace("iam::*:", "iam::111122223333:").replace("*", "example")
            if statement.allows and (applies or not _names(statement, call)):
                continue
            for test in statement.tests:
                name = test.shown or test.key
                if (
                    name not in context
                    and (value := self._value(test, call.action, statement.allows or applies)) is not None
                ):
                    context[name] = value
        return AccessRequest(_ROLE, call.action, resource, "", RequestContext(context, complete=True))

    def _value(self, test: Test, action: str, applies: bool) -> str | None:
        """A value of a condition key that the action has, with which a test passes, or does not."""
        known = self._reference.action(action)
        listed = [key for keys in (known.resource_types.values() if known else ()) for key in keys]
        every = (*(known.condition_keys if known else ()), *listed)
        if test.key not in GLOBAL_KEYS and not key_applies(every, test.shown or test.key):
            return None
        for value in (_OTHER, *(value.replace("*", "x1") for value in test.values)):
            if test.judge(RequestContext({test.key: value}, complete=True)).holds is applies:
                return value
        return None


def _element(statement: Mapping[str, Any], derived: Sequence[str] = ()) -> dict[str, Any]:
    """A statement as IAM takes it, with the actions that were derived for it."""
    own = {key: value for key, value in statement.items() if key not in ("requires", "derived")}
    if not derived:
        return own
    first = {key: own.pop(key) for key in ("Sid", "Effect")}
    return {**first, "Action": [*derived], **own}


def _names(statement: PolicyStatement, call: Call) -> bool:
    """Whether the patterns of a statement's actions match a call."""
    return any(covers(one, actions.action(call.action)) for one in statement.action_patterns)


def _about(asked: PolicyDocument) -> Iterator[Any]:
    """The actions of the statement that denies; all where it names those that it leaves alone."""
    for one in asked.statements:
        if not one.allows:
            yield from (actions.action("*"),) if one.not_actions else one.action_patterns


def call_of(call: Call) -> AccessRequest:
    """A call as the evaluator takes it, with no more than its own statement requires."""
    return AccessRequest(_ROLE, call.action, call.resource, "", RequestContext(dict(call.context), complete=True))


def is_denied(policy: Mapping[str, Any], kind: str, call: AccessRequest) -> bool:
    """Whether a policy of a kind denies a call, with everything else open."""
    asked, opened = _read(json.dumps(policy)), (_EVERYTHING,)
    resource = _KEY if call.action.startswith("kms:") else None
    if kind == "scp":
        policies = Policies(opened, scps=(opened, (asked,)), resource=resource)
    elif kind == "boundary":
        policies = Policies(opened, boundary=(asked,), resource=resource)
    else:
        policies = Policies((asked,), resource=resource)
    return evaluate(call, policies).outcome == "denied"


@lru_cache(maxsize=64)
def _read(text: str) -> PolicyDocument:
    return document("guardrail", json.loads(text))


#: The policy of a key that lets the IAM policies of its account decide.
KEY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    ],
}
_KEY = document("key", KEY, "")


def filled(text: str) -> str:
    """A text with a sample for each placeholder."""
    return _PLACEHOLDER.sub(lambda match: _SAMPLES.get(match[1], "example"), text)


def _sample(resource: str) -> str:
    """A resource that a composed statement is about; ``*`` stays where it is all of it."""
    return resource if resource == "*" else filled(resource).replace("*", "example").replace("?", "x")


def _context(condition: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[tuple[str, str]]:
    """A value for each condition key that a composed statement requires."""
    for operator, keys in sorted(condition.items()):
        for key, values in sorted(keys.items()):
            if operator.startswith("Null") or "Not" in operator:
                continue
            yield key, filled(values[0]).replace("*", "example")

"""Statements of a policy document, read once: elements as lists, patterns compiled, faults named with their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from ..canonical import quoted
from . import actions, arns, conditions
from .patterns import EVERYTHING, Pattern, literal
from .text_sets import ALL, Texts, complement, union

#: The version in which ``${…}`` is a policy variable (IAM User Guide, "IAM JSON policy elements: Version").
CURRENT_VERSION = "2012-10-17"


class PolicyError(ValueError):
    """A document that is no policy; ``faults`` lists what is wrong, each with its place."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class _Statement(NamedTuple):
    number: int
    sid: str
    allows: bool
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...]
    not_resources: bool
    principals: tuple[tuple[str, str], ...]
    not_principals: bool
    tests: conditions.Tests
    variables: bool


class PolicyStatement(_Statement):
    """One statement.

    Attributes:
        number: its place in the document, from 0.
        sid: its Sid, or "".
        allows: whether the effect is Allow.
        actions: values of ``Action`` or ``NotAction``.
        not_actions: whether they are those of ``NotAction``.
        resources: values of ``Resource`` or ``NotResource``; none in a trust policy.
        not_resources: whether they are those of ``NotResource``.
        principals: pairs of type and value (``("Service", "sagemaker.amazonaws.com")``); ``("*", "*")`` is everyone.
        not_principals: whether they are those of ``NotPrincipal``.
        tests: the tests of ``Condition``, all of which must pass.
        variables: whether ``${…}`` is a policy variable.
    """

    @property
    def name(self) -> str:
        """What people call the statement: its Sid, else its number, from 1."""
        return self.sid or f"statement {self.number + 1}"

    @cached_property
    def action_patterns(self) -> tuple[Pattern, ...]:
        """The values of ``Action`` or ``NotAction``, compiled."""
        return tuple(map(actions.action, self.actions))

    @cached_property
    def action_texts(self) -> Texts:
        """The actions that the statement is about, in small letters."""
        return complement(self.action_patterns) if self.not_actions else union(self.action_patterns)

    @cached_property
    def resource_texts(self) -> Texts:
        """The resources that the statement is about; all, where it names none, as a trust policy does."""
        if not self.resources:
            return ALL
        compiled = [arns.resource(text, self.variables) for text in self.resources]
        return complement(compiled) if self.not_resources else union(compiled)

    @cached_property
    def principal_texts(self) -> Texts:
        """The principals that the statement is about, as ``type value``; all, where it has no such element."""
        if not self.principals:
            return ALL
        compiled = [principal(kind, value) for kind, value in self.principals]
        return complement(compiled) if self.not_principals else union(compiled)


def principal(kind: str, value: str) -> Pattern:
    """A principal as a text, ``AWS arn:aws:iam::111122223333:root``; an account number is its root's ARN.

    ``*`` is everyone; a ``*`` within a name is a character (IAM User Guide, "AWS JSON policy elements: Principal").
    """
    if value == "*" and kind in ("*", "AWS"):
        return EVERYTHING
    if kind == "AWS" and value.isdecimal() and len(value) == 12:
        value = f"arn:aws:iam::{value}:root"
    return literal(f"{kind} {value}")


#: Those that have an opposite, and all elements.
_OPPOSED = ("Action", "Resource", "Principal")
_ELEMENTS = {"Sid", "Effect", "Condition", *_OPPOSED, *(f"Not{name}" for name in _OPPOSED)}


def statements(policy: Any) -> tuple[PolicyStatement, ...]:
    """Read the statements of a policy document as JSON holds it.

    Raises:
        PolicyError: with everything that is wrong with the document.
    """
    faults: list[str] = []
    if not isinstance(policy, Mapping):
        raise PolicyError(["a policy is an object with Version and Statement"])
    version = policy.get("Version", "2008-10-17")
    if version not in (CURRENT_VERSION, "2008-10-17"):
        faults.append(
            f"Version: {quoted(version)} is not a version of the policy language; expected {quoted(CURRENT_VERSION)}"
        )
    listed = policy.get("Statement")
    if isinstance(listed, Mapping):
        listed = [listed]
    if not isinstance(listed, list | tuple):
        raise PolicyError([*faults, "Statement: expected a statement or a list of statements"])
    read = []
    for number, item in enumerate(listed):
        reader = _Reader(f"Statement[{number}]", item, faults)
        read.append(reader.statement(number, version == CURRENT_VERSION))
    if faults:
        raise PolicyError(faults)
    return tuple(one for one in read if one is not None)


class _Reader:
    """Reads one statement and collects what is wrong with it."""

    def __init__(self, where: str, data: Any, faults: list[str]) -> None:
        self.where, self.data, self.faults = where, data, faults

    def fault(self, element: str, text: str) -> None:
        self.faults.append(f"{self.where}.{element}: {text}" if element else f"{self.where}: {text}")

    def statement(self, number: int, variables: bool) -> PolicyStatement | None:
        if not isinstance(self.data, Mapping):
            self.fault("", "expected an object")
            return None
        for name in sorted(set(map(str, self.data)) - _ELEMENTS):
            self.fault(name, "unknown element")
        effect = self.data.get("Effect")
        if effect not in ("Allow", "Deny"):
            self.fault("Effect", f'{quoted(effect)} is not an effect; expected "Allow" or "Deny"')
        which, names = self.either("Action")
        if not which:
            self.fault("Action", "a statement needs Action or NotAction")
        of_resources, resources = self.either("Resource")
        of_principals = self.one_of("Principal")
        sid = self.data.get("Sid", "")
        if not isinstance(sid, str):
            self.fault("Sid", "expected a text")
        return PolicyStatement(
            number=number,
            sid=str(sid),
            allows=effect == "Allow",
            actions=names,
            not_actions=which == "NotAction",
            resources=resources,
            not_resources=of_resources == "NotResource",
            principals=tuple(self.principals(of_principals)) if of_principals else (),
            not_principals=of_principals == "NotPrincipal",
            tests=self.tests(variables),
            variables=variables,
        )

    def one_of(self, element: str) -> str:
        """The name of an element or of its opposite, whichever the statement has, or ""."""
        both = [name for name in (element, f"Not{element}") if name in self.data]
        if len(both) > 1:
            self.fault(element, f"a statement has {both[0]} or {both[1]}, not both")
        return both[0] if both else ""

    def either(self, element: str) -> tuple[str, tuple[str, ...]]:
        name = self.one_of(element)
        return name, self.texts(name, self.data[name]) if name else ()

    def texts(self, element: str, value: Any) -> tuple[str, ...]:
        values = value if isinstance(value, list | tuple) else [value]
        if not values or not all(isinstance(one, str) for one in values):
            self.fault(element, "expected a text or a list of texts")
            return ()
        return tuple(values)

    def principals(self, element: str) -> Iterator[tuple[str, str]]:
        value = self.data[element]
        if isinstance(value, str):
            if value != "*":
                self.fault(element, f'{quoted(value)} is not a principal; expected "*" or an object')
            yield "*", "*"
            return
        if not isinstance(value, Mapping) or not value:
            self.fault(element, 'expected "*" or an object of types')
            return
        for kind, names in value.items():
            for name in self.texts(f"{element}.{kind}", names):
                yield ("*", "*") if (kind, name) == ("AWS", "*") else (str(kind), name)

    def tests(self, variables: bool) -> conditions.Tests:
        value = self.data.get("Condition", {})
        if not isinstance(value, Mapping):
            self.fault("Condition", "expected an object of operators")
            return ()
        for name, keys in value.items():
            if not isinstance(keys, Mapping):
                self.fault(f"Condition.{name}", "expected an object of condition keys")
                return ()
            for key, given in keys.items():
                values = given if isinstance(given, list | tuple) else [given]
                if not all(isinstance(one, str | int | float | bool) for one in values):
                    self.fault(f"Condition.{name}.{key}", "expected a text or a list of texts")
                    return ()
        return conditions.read(value, variables)

"""Policy documents as files and answers of AWS have them: an object, JSON in a text, or that text URL-encoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from ...canonical import quoted
from ...engine.partial import Partial
from ..reader import InputDocument, mappings
from ..reading import documents
from ..requests.member_names import kind_of
from ..text import json_document
from ..text.content import InputError, Source, decoded, sources, unpacked
from .existing_roles import ExistingPolicy, Kind

#: The members in which answers of AWS have the document of a policy, outermost first.
_HOLDERS = ("PolicyVersion", "PolicyDocument", "Policy", "policyText", "ResourcePolicy", "Content", "Document")

#: Of how many texts what they hold is remembered; an account has few trust policies that differ.
_REMEMBERED = 4096

#: Elements of a statement of which a part may be unknown without the statement's meaning getting lost.
_OPEN = ("Resource", "NotResource", "Sid")


class PolicyTexts:
    """Reads documents; a text that comes again is read once, and gives the same object."""

    def __init__(self) -> None:
        self._known: dict[str, Mapping[str, Any]] = {}

    def document(self, at: InputDocument, what: str) -> Mapping[str, Any]:
        """The policy document that a value is.

        Args:
            at: an object, or a text of JSON, which may be URL-encoded (as the IAM API answers).
            what: what messages call the policy.

        Raises:
            InputError: it is no policy document; the message names the policy.
        """
        value = at.value
        if not isinstance(value, str):
            return _checked(at, what)
        if value not in self._known:
            text = unquote(value) if value.lstrip()[:1] == "%" else value
            try:
                read = json_document.parse(text, what)
            except InputError as error:
                place = f"line {error.position.line}, column {error.position.column} of its text"
                message = f"the document of {what} cannot be read: {error.message} ({place})"
                raise InputError(message, at.position()) from None
            document = _checked(at._replace(value=read[0].value if len(read) == 1 else None), what)
            if len(self._known) >= _REMEMBERED:
                return document
            self._known[value] = document
        return self._known[value]


def _checked(at: InputDocument, what: str) -> Mapping[str, Any]:
    value: Any = at.value
    if isinstance(value, Mapping) and is_policy(value):
        return value
    given = kind_of(value) if not isinstance(value, Mapping) else "an object without Statement"
    message = f"{what} is not a policy document but {given}; expected an object with Version and Statement"
    raise InputError(message, at.position())


def is_policy(value: Any) -> bool:
    """Whether a value looks like a policy document."""
    return isinstance(value, Mapping) and isinstance(value.get("Statement"), (list, Mapping))


def is_trust(document: Mapping[str, Any]) -> bool:
    """Whether a policy document is a trust policy: its statements have principals that may assume a role."""
    return any("Principal" in one and _assumes(one.get("Action")) for one in statements_of(document))


def statements_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements of a policy document, which may be one."""
    listed = document["Statement"]
    return [*mappings([listed] if isinstance(listed, Mapping) else listed)]


def _assumes(actions: Any) -> bool:
    several = actions if isinstance(actions, list) else [actions]
    return any(isinstance(one, str) and one.lower().startswith("sts:") for one in several)


def read_policy_file(given: str | Source, kind: Kind = "file") -> list[ExistingPolicy]:
    """Reads the policy documents of a file.

    Args:
        given: a file's path, ``-`` for standard input, a folder, or a source that was read already.
        kind: what the documents are; ``trust`` also reads the trust policy out of an answer of ``get-role``.

    Returns:
        The documents: of a policy, of a list of them, or of an answer of AWS that has one (``get-policy-version``,
        ``get-role-policy``, ``get-key-policy``, ``get-bucket-policy`` and the like).

    Raises:
        InputError: a file cannot be read or has no policy document.
    """
    policies: list[ExistingPolicy] = []
    for source in sources(given) if isinstance(given, str) else [given]:
        texts = PolicyTexts()
        for document in documents(source.name, decoded(unpacked(source), source.name)):
            policies += _policies(document, kind, texts)
    times = Counter(policy.name for policy in policies)
    return [
        policy if times[policy.name] == 1 else policy._replace(name=f"{policy.name} document {number}")
        for number, policy in enumerate(policies, 1)
    ]


def _policies(document: InputDocument, kind: Kind, texts: PolicyTexts) -> Iterator[ExistingPolicy]:
    is_list = isinstance(document.value, list)
    if is_list and (not document.value or all(map(_is_statement, document.value))):
        message = "a list of statements is not a policy document; put it into an object with Version and Statement"
        raise InputError(message, document.position())
    for one in [document.below(index) for index in range(len(document.value))] if is_list else [document]:
        at, name = holder(one, trust=kind == "trust")
        read = texts.document(at, quoted(name) if name else document.name)
        yield ExistingPolicy(name or document.name, kind, read, document.name, at.path, document)


def holder(at: InputDocument, *, trust: bool = False) -> tuple[InputDocument, str]:
    """The document in an answer of AWS, and the policy's name where the answer tells it.

    Args:
        at: an answer, or a document.
        trust: whether a role's trust policy is wanted.
    """
    name = ""
    wanted: Iterable[str] = (*(("Role", "AssumeRolePolicyDocument") if trust else ()), *_HOLDERS)
    for key in wanted:
        value = at.value
        if isinstance(value, Mapping) and "Statement" not in value and isinstance(value.get(key), (str, Mapping)):
            name = value["PolicyName"] if isinstance(value.get("PolicyName"), str) else name
            at = at.below(key)
    return at, name


def _is_statement(value: Any) -> bool:
    return isinstance(value, Mapping) and "Effect" in value


def lost_element(statement: Any) -> str | None:
    """The element of a statement without which its meaning is not known; "" is the statement, None is none."""
    if not isinstance(statement, Mapping):
        return "" if isinstance(statement, Partial) else None
    for element, value in statement.items():
        if element in _OPEN:
            continue
        if isinstance(value, Partial) or (
            element in ("Action", "NotAction")
            and isinstance(value, list)
            and any(isinstance(one, Partial) for one in value)
        ):
            return str(element)
        operators = value.values() if element == "Condition" and isinstance(value, Mapping) else ()
        if any(isinstance(keys, Partial) for keys in operators):
            return str(element)
    return None

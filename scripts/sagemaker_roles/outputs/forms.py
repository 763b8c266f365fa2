"""What the output forms share: the documents to write, and the texts and placeholders in them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from ..canonical import quoted, unlike
from ..catalog import GLOBALS
from ..errors import Unwritable

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")


class Role(NamedTuple):
    """What is to be written.

    Attributes:
        name: the role's name, or "" where only the form can choose one.
        path: the role's path, with slashes at both ends.
        policies: the permissions policy, split if it had to be; None if it is not wanted.
        caller: the callers' policy, split if it had to be; None if it is not wanted.
        meanings: placeholder name to what it stands for; patterns: to the form of its whole value, where it has one.
        description: one line that says what the role is for.
        lists: names of placeholders that stand for a list, of which the documents have one element.
        own: the placeholders that stand for its own name in documents.
        logical: what an input calls the role, or "".
        references: placeholder name to the reference, as ``Fn::Sub`` has it, to a resource of the template that gives
            the role's work; output as a template is a part of that template.
        is_needed: whether one of these resources refers to the role.
    """

    name: str
    path: str
    policies: Sequence[Mapping[str, Any]] | None
    trust: Mapping[str, Any] | None
    caller: Sequence[Mapping[str, Any]] | None
    meanings: Mapping[str, str] = MappingProxyType({})
    patterns: Mapping[str, str] = MappingProxyType({})
    description: str = ""
    lists: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    logical: str = ""
    references: Mapping[str, str] = MappingProxyType({})
    is_needed: bool = False

    def placeholders(self) -> list[str]:
        """Names of the placeholders in all documents, sorted."""
        texts = _VARIABLE.findall(json.dumps([self.policies, self.trust, self.caller]))
        return sorted({*filter(is_placeholder, texts)})


def placeholders_in(roles: Sequence[Role]) -> list[str]:
    """Names of the placeholders of all roles, sorted; the name of a role that is created is none."""
    return sorted({name for role in roles for name in role.placeholders()}.difference(created_roles(roles)))


def created_roles(roles: Sequence[Role]) -> dict[str, Role]:
    """Placeholder to the role that is created and whose name it stands for; what stands for several is not there."""
    every = [(name, role) for role in roles if role.trust is not None for name in role.own]
    count = Counter(name for name, _ in every)
    return {name: role for name, role in every if count[name] == 1}


#: The ARN of a role whose name is a placeholder.
_OF_ROLE = re.compile(r"arn:[^:]*:iam::[^:]*:role/\$\{([A-Z][A-Za-z0-9]*)\}")


def named_in(arn: str) -> str:
    """The placeholder of the name in the ARN of a role, "" if it is known or the text is none."""
    match = _OF_ROLE.fullmatch(arn)
    return match[1] if match else ""


def meaning_of(roles: Sequence[Role], name: str) -> str:
    """What a placeholder stands for, "" if no role knows."""
    return next((role.meanings[name] for role in roles if name in role.meanings), "")


def pattern_of(roles: Sequence[Role], name: str) -> str:
    """The form of a placeholder's whole value, "" if no role knows."""
    return next((role.patterns[name] for role in roles if name in role.patterns), "")


#: What no value can have that is put into a policy as it is: it would change what the policy is about. A value that the
#: command is given is escaped.
WIDENING = "*?$"
#: The form of a value of which nothing else is known: it has none of these, and no control characters.
ANY_VALUE = rf"[^{WIDENING}\x00-\x1f\x7f]+"


def labels(names: Sequence[str], write: Callable[[str], str], taken: Collection[str] = ()) -> list[str]:
    """Names as a format writes them, so that no two are equal and none is taken already."""
    written: list[str] = []
    for name in names:
        label = write(name)
        written.append(unlike(label, {*taken, *written}, ("{}_{}" if "_" in label else "{}{}").format))
    return written


def label(name: str) -> str:
    """A role's name as template formats can have it: letters and digits, words with a capital."""
    words = re.sub("[^A-Za-z0-9]+", " ", name).split()
    return "".join(word[0].upper() + word[1:] for word in words) or "Role"


def is_placeholder(name: str) -> bool:
    """Whether the name in ``${…}`` is a placeholder of ours, not a variable of IAM (``aws:…``, ``*``, ``?``, ``$``)."""
    return re.fullmatch("[A-Z][A-Za-z0-9]*", name) is not None


def list_placeholder(text: str, lists: Collection[str]) -> str:
    """The placeholder of a text that stands for a list, or "".

    Raises:
        Unwritable: it has several.
    """
    names = {name for kind, name in pieces(text) if kind == "name" and name in lists} if lists else set()
    if len(names) > 1:
        message = f"{quoted(text)} needs each element of several lists ({', '.join(sorted(names))}); write JSON"
        raise Unwritable(message)
    return names.pop() if names else ""


def map_texts(value: Any, change: Callable[[str], Any], of_keys: Callable[[str], str] = str) -> Any:
    """A document with every text in its values changed, and in its keys too if it is said how."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {of_keys(key): map_texts(item, change, of_keys) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [map_texts(item, change, of_keys) for item in value]
    return value


def texts_in(value: Any) -> Iterator[str]:
    """The texts in a document, in its order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple, Mapping)):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from texts_in(inner)


def pieces(text: str) -> list[tuple[str, str]]:
    """A text in pieces: ``("text", …)``, ``("name", placeholder)`` or ``("variable", IAM's variable)``."""
    out: list[tuple[str, str]] = []
    at = 0
    for match in _VARIABLE.finditer(text):
        if match.start() > at:
            out.append(("text", text[at : match.start()]))
        out.append(("name" if is_placeholder(match[1]) else "variable", match[1]))
        at = match.end()
    if at < len(text):
        out.append(("text", text[at:]))
    return out


def own_names(names: Sequence[str]) -> list[str]:
    """The placeholders that a form cannot fill by itself: all but the globals."""
    return [name for name in names if name not in GLOBALS]

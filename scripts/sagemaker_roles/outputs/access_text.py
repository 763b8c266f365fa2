"""Write who can pass, assume, and change a role, as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..canonical import some

#: The ways to act on a role, each with its verb.
_WAYS = ("pass", "assume", "change")

#: How many principals of a way the short text has.
_SHORT = 10
#: How many actions of a principal are named.
_FEW = 8

_Access = Mapping[str, Any]


def lines(role: Mapping[str, Any], *, verbose: bool = False) -> Iterator[str]:
    """Lines for people about one role, as the report has it in JSON; with ``verbose`` each no that has a reason too."""
    yield f"{role['role']}: {', '.join(_count(way, role[way]) for way in _WAYS)}"
    for one in role["trusted"]:
        yield f"  trusts: {one['answer']}: {_trusted(one)}{_why([one])}"
    for way in _WAYS:
        groups = _grouped([one for one in role[way] if verbose or one["answer"] != "no"])
        shown = groups if verbose else groups[:_SHORT]
        for group in shown:
            yield f"  {way}: {group[0]['answer']}: {group[0]['principal']}{_actions(way, group)}{_why(group)}"
        if len(groups) > len(shown):
            yield f"  {way}: {len(groups) - len(shown)} more (--verbose shows all)"
    yield from (f"  not known: {text}" for text in role["unknown"])


def _count(way: str, accesses: Sequence[_Access]) -> str:
    """How many principals can act on the role in a way."""
    certain = {one["principal"] for one in accesses if one["answer"] == "yes"}
    others = {one["principal"] for one in accesses if one["answer"] == "depends"} - certain
    more = f" ({len(others)} more depend{'s' * (len(others) == 1)})" if others else ""
    return f"{len(certain) or 'none'} can {way} it{more}"


def _grouped(accesses: Sequence[_Access]) -> list[list[_Access]]:
    """Answers that differ in action and resource only, together; every yes first."""
    groups: dict[str, list[_Access]] = {}
    for one in accesses:
        key = [one.get(name) for name in ("principal", "answer", "by", "decided", "why")]
        groups.setdefault(repr(key), []).append(one)
    return sorted(groups.values(), key=lambda group: ("yes", "depends", "no").index(group[0]["answer"]))


def _trusted(one: _Access) -> str:
    """Whom a trust policy names."""
    if one["kind"] == "everyone":
        return "everyone"
    after = ", whose own policies decide" if one["kind"] == "account" else ""
    return f"{one['kind']} {one['principal']}{after}"


def _actions(way: str, group: Sequence[_Access]) -> str:
    """What a principal can call, where there are several ways."""
    if way != "change":
        return ""
    calls = [
        f"{one['action']} on {one['resource']}" if ":policy/" in one["resource"] else one["action"] for one in group
    ]
    return f": {some(list(dict.fromkeys(calls)), _FEW)}"


def _why(group: Sequence[_Access]) -> str:
    """The statements that let it, and what it depends on or what denies it."""
    one = group[0]
    by = f": {' and '.join(map(_statement, one['by']))}" if one.get("by") else ""
    decided, why = one.get("decided"), one.get("why", "")
    if one["answer"] == "depends":
        is_other = decided is not None and decided not in one.get("by", ())
        place = f"{_statement(decided)}: " if decided is not None and is_other else ""
        return f"{by}; {place}{why}"
    return f"{by}; {_denial(decided)}" if decided is not None and one["answer"] == "no" else by


def _denial(decided: Mapping[str, Any]) -> str:
    """What keeps a principal from a call that its policies allow."""
    if decided.get("effect") == "Deny":
        return f"{_statement(decided)} denies it"
    return f"{_LAYERS[decided['layer']]} does not allow it"


#: Kinds of policies, as sentences have them.
_LAYERS = {
    "identity": "its policies",
    "boundary": "its permissions boundary",
    "scp": "a service control policy",
    "rcp": "a resource control policy",
    "trust": "the trust policy",
}


def _statement(one: Mapping[str, Any]) -> str:
    """A statement with its policy."""
    if one["layer"] == "trust":
        return f"{one.get('statement', 'a statement')} of the trust policy"
    group = f" of the group {one['group']}" if one.get("group") else ""
    layer = f"[{one['layer']}] " if one["layer"] != "identity" else ""
    return f"{layer}{one.get('statement', 'a statement')} in {one.get('document', 'a policy')}{group}"

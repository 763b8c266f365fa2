"""Write what an audit finds: as text for people, and as Markdown for a pull request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from ..canonical import in_markdown, some, visible

_KINDS = ("missing", "depends", "trust", "excess", "escalation")

_VERDICTS = {
    "missing": "calls that the work needs are denied",
    "depends": "enough, unless what is not known here says otherwise",
    "sufficient": "enough, and more than the work needs",
    "minimal": "enough, and nothing more",
}

#: How many findings of a kind the short text has.
_SHORT = 3
#: How many actions or resources of a finding are named.
_FEW = 4


def lines(role: Mapping[str, Any], *, verbose: bool = False) -> Iterator[str]:
    """Lines for people about one role."""
    counts = [f"{len(_grouped(role[kind]))} {kind}" for kind in _KINDS if role[kind]]
    verdict = f"{role['verdict']}: {_VERDICTS[role['verdict']]}"
    yield f"{_name(role)}: {_broad(role)}{verdict}" + (f" ({', '.join(counts)})" if counts else "")
    yield from _found(role, _KINDS, verbose)
    yield from (f"  {line}" for line in _uses(role))
    if verbose:
        yield from (f"  assumed: {line}" for line in role["assumptions"])
        yield from _patches(role)


def risk_lines(role: Mapping[str, Any], *, verbose: bool = False) -> Iterator[str]:
    """Lines for people about one role whose work is not known."""
    yield f"{_name(role)}: {_broad(role).removesuffix('; ') or 'nothing in it is dangerously broad'}"
    yield from _found(role, ("depends", "escalation"), verbose)


def _found(role: Mapping[str, Any], kinds: Sequence[str], verbose: bool) -> Iterator[str]:
    """Lines about the findings of some kinds."""
    for kind in kinds:
        groups = _grouped(role[kind])
        shown = groups if verbose else groups[:_SHORT]
        for group in shown:
            place = group[0].get("place") or role.get("place")
            at = f"{visible(place['file'])}:{place['line']}: " if place else ""
            yield f"  {kind}: {at}{_line(kind, group)}"
            if verbose:
                yield from (f"    {line}" for line in _details(group))
        if len(groups) > len(shown):
            yield f"  {kind}: {len(groups) - len(shown)} more (--verbose shows all)"


def about_baseline(baseline: Mapping[str, Any]) -> Iterator[str]:
    """Lines for people about the baseline."""
    if baseline["accepted"]:
        count = len(baseline["accepted"])
        yield f"baseline: accepts {count} finding{'s' * (count != 1)}"
    for entry in baseline["unused"]:
        yield f"baseline: an entry accepts nothing any more: {_entry(entry)}"


#: What a report in Markdown begins with.
TABLE = (
    "# Audit of roles",
    "",
    "| Role | Operations | Verdict | " + " | ".join(kind.capitalize() for kind in _KINDS) + " |",
    "| --- | --- | --- |" + " ---: |" * len(_KINDS),
)


def row(role: Mapping[str, Any]) -> str:
    """The row of a role in the table of all."""
    counts = " | ".join(str(len(_grouped(role[kind]))) for kind in _KINDS)
    verdict = f"{'too broad, ' if 'broad' in role else ''}{role['verdict']}"
    return f"| {_code(_name(role))} | {in_markdown(', '.join(role['operations']))} | {verdict} | {counts} |"


def section(role: Mapping[str, Any]) -> list[str]:
    """What there is to say of a role."""
    uses = [f"- {in_markdown(line)}" for line in _uses(role)]
    if not uses and not any(role[kind] for kind in _KINDS):
        return []
    lines = [
        "",
        f"## {_code(_name(role))}",
        "",
        in_markdown(f"{_broad(role)}{role['verdict']}: {_VERDICTS[role['verdict']]}."),
    ]
    for kind in _KINDS:
        groups = _grouped(role[kind])
        if groups:
            lines += ["", f"### {kind.capitalize()}", ""]
            lines += [f"- {in_markdown(_line(kind, group))}" for group in groups[:50]]
            if len(groups) > 50:
                lines.append(f"- {len(groups) - 50} more")
    lines += ["", "### Use", "", *uses] if uses else []
    for what, title in (("mend", "Patch that adds what is missing"), ("narrow", "Patch that narrows")):
        for patch in role["patches"][what]:
            document = escape(visible(patch["document"] or "a new policy"))  # in HTML a backslash escapes nothing
            lines += ["", "<details>", f"<summary>{title}: {document}</summary>"]
            lines += ["", "```json", _json(patch["patch"]), "```", "", "</details>"]
    return lines


def _uses(role: Mapping[str, Any]) -> Iterator[str]:
    """What a log shows of each statement, a line each."""
    found = role.get("observed", {"statements": []})
    for one in found["statements"]:
        place = one.get("place")
        at = f"{visible(place['file'])}:{place['line']}" if place else one["document"]
        yield f"{one['status']}: {at}: {one['statement']}: {use(found, one)}"


def use(found: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    """What a log shows of a statement, in words."""
    hidden = f"the log does not show {some(one['hidden'], _FEW)}" if one.get("hidden") else ""
    if one["status"] == "used":
        events = f"{one['events']:,} event{'s' * (one['events'] != 1)}"
        return f"{some(one['actions'], _FEW)} ({events}, last on {one['last']})"
    if one["status"] == "cannot be seen":
        return hidden
    days = f"no call in {found['days']:,} day{'s' * (found['days'] != 1)} ({found['first']} to {found['last']})"
    return f"{days}; {hidden}" if hidden else days


def unused(baseline: Mapping[str, Any]) -> list[str]:
    """What there is to say of the entries of a baseline that accept nothing."""
    return [
        line
        for entry in baseline["unused"]
        for line in ("", f"An entry of the baseline accepts nothing any more: {in_markdown(_entry(entry))}")
    ]


def _name(role: Mapping[str, Any]) -> str:
    return role["role"] or "the role"


def _broad(role: Mapping[str, Any]) -> str:
    """What comes first of a role that is far beyond the need."""
    services = [name for name in role.get("broad", ()) if " on " in name]
    ways = len(role.get("broad", ())) - len(services)
    what = [some(services, _FEW)] if services else []
    what += [f"{ways} escalation{'s' * (ways != 1)}"] if ways else []
    return f"too broad: {' and '.join(what)}; " if what else ""


def _grouped(findings: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Findings that differ in action or resource only, together."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for one in findings:
        key = [
            one.get(name)
            for name in ("layer", "document", "statement", "step", "why", "opens", "service", "principal", "path")
        ]
        groups.setdefault(repr(key), []).append(one)
    return list(groups.values())


def _line(kind: str, group: Sequence[Mapping[str, Any]]) -> str:
    first = group[0]
    actions = list(dict.fromkeys(one["action"] for one in group if one.get("action")))
    resources = list(dict.fromkeys(one["resource"] for one in group if one.get("resource")))
    if kind == "trust":
        return f"{first.get('principal', '')}: {first['why']}"
    if kind == "escalation":
        return f"{first.get('path', '')}: {first['why']} ({'; '.join(first.get('steps', ()))})"
    if not actions:
        return str(first["why"])
    beside = [name for one in group for name in one.get("beside", ()) if name not in one["why"]]
    on = f" on {some(resources, _FEW)}" if resources else ""
    other = f" other than {some(list(dict.fromkeys(beside)), _FEW)}" if beside else ""
    where = f" ({first['opens']})" if first.get("opens") else ""
    layer = f"[{first['layer']}] " if first.get("layer") not in (None, "identity", "trust") else ""
    return f"{layer}{some(actions, _FEW)}{on}{other}{where}: {first['why']}"


def _details(group: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    first = group[0]
    for one in group if len(group) > 1 else ():
        yield f"{one.get('action', '')} on {one.get('resource', '')}"
    for name in ("step", "document", "statement", "level", "evidence"):
        if first.get(name):
            yield f"{name}: {first[name]}"
    for name in ("members", "code", "sources", "without"):
        if first.get(name):
            yield f"{name}: {', '.join(first[name])}"
    if first.get("condition"):
        yield f"condition: {_json(first['condition'], None)}"
    if first.get("place"):
        place = first["place"]
        yield f"place: {place['file']}:{place['line']}:{place['column']}"


def _patches(role: Mapping[str, Any]) -> Iterator[str]:
    for what in ("mend", "narrow"):
        for patch in role["patches"][what]:
            yield f"  {what}: {patch['document'] or 'a new policy'}: {_json(patch['patch'], None)}"


def _entry(entry: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in entry.items())


def _json(value: Any, indent: int | None = 2) -> str:
    return json.dumps(value, indent=indent)


def _code(text: str) -> str:
    """A name as code; in a table, code cannot hold the signs that end it or a cell."""
    return in_markdown(text) if "`" in text or "|" in text else f"`{visible(text)}`"

"""What AWS's pages show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog import Data, Grantee
from sagemaker_roles.errors.problems import Problem
from sagemaker_roles.iam.actions import KnownActions

from .context import Context, key_problem, nearest, problem, rule

_MANAGED = re.compile(r"https://docs\.aws\.amazon\.com/aws-managed-policy/latest/reference/([^#?]+)\.html")

#: A page says one of these of itself.
_STATES = ("read", "linked_from", "refused")

#: A section without any of these is known, and its facts are not listed, since nothing carries it.
_FACTS = frozenset({"actions", "meant", "principals", "keys", "policies"})


@rule
def documentation(context: Context) -> Iterator[Problem]:
    """What AWS's pages show is carried, or refused with a reason; what is `documented` stands in a cited page."""
    pages: Mapping[str, Data] = context.loaded.catalog.documentation
    if not pages:
        return
    for name, page in pages.items():
        states = [state for state in _STATES if state in page]
        if len(states) != 1 or ("sections" in page and states != ["read"]):
            message = f"{name} needs one of {', '.join(_STATES)}, and sections only where it was read"
            yield key_problem(message, pages, name)
        if (guide := name.partition("/")[0]) not in context.loaded.catalog.guides:
            message = f"{name}: there is no guide {quoted(guide)}{nearest(guide, context.loaded.catalog.guides)}"
            yield key_problem(message, pages, name)
        if (origin := page.get("linked_from", "sources")) != "sources" and origin not in pages:
            yield problem(f"there is no page {quoted(origin)}{nearest(origin, pages)}", page, "linked_from")
        for section in page.get("sections", ()):
            yield from _section(context, section)
    for name, source in context.loaded.catalog.sources.items():
        if (page_name := _page(context, source["url"])) and page_name not in pages:
            message = f"{page_name}, which {name} cites, is not in data/aws/documentation.yaml; add it"
            yield problem(message, source, "url")
    yield from _marks(context, pages)


def _page(context: Context, url: str) -> str:
    """What data/aws/documentation.yaml calls the page at an address; "" if it is of no guide."""
    address = url.partition("#")[0].removesuffix(".html")
    beginnings = ((name, one) for name, guide in context.loaded.catalog.guides.items() for one in guide["addresses"])
    return next((f"{name}/{address.removeprefix(one)}" for name, one in beginnings if address.startswith(one)), "")


def _section(context: Context, section: Data) -> Iterator[Problem]:
    """Yields a problem for each name that leads nowhere, and each action that nothing carries and no reason covers."""
    if ("carried_by" in section) == ("reason" in section):
        yield problem("a section needs either `carried_by` or `reason`", section, "section")
        return
    ours: set[str] = set()
    principals: set[str] = set()
    for path in section.get("carried_by", ()):
        name, role, *addon = path.split("/")
        operation = context.callers.operation(name) if context.callers.knows(name) else None
        grantee = next((one for one in operation.grantees() if one.id == role), None) if operation else None
        if grantee is None or not (addon in ([], ["*"]) or grantee.addon(addon[0])):
            return  # another rule reports it
        if any(context.unfound(entry) for _, entry in grantee.all_entries()):
            return  # what a statement set grants that cannot be read is not known
        ours |= _granted(grantee, addon)
        principals |= _trusted(context, grantee, addon)
    yield from _explained(context, section, ours, principals)


def _granted(grantee: Grantee, addon: Sequence[str]) -> set[str]:
    return {
        action
        for one, entry in grantee.all_entries()
        if one is None or addon == ["*"] or [one.id] == addon
        for statement in entry.statements
        for action in statement.actions
    }


def _trusted(context: Context, grantee: Grantee, addon: Sequence[str]) -> set[str]:
    names = {*grantee.trust, *(name for one in grantee.addons if addon in (["*"], [one.id]) for name in one.trust)}
    known = [context.catalog.trust(name).data for name in names if name in context.loaded.catalog.data["trust"]]
    return {item for data in known for item in data["Principal"].get("Service", ())} | {
        action for data in known for action in data["Action"]
    }


def _explained(context: Context, section: Data, ours: set[str], trusted: set[str]) -> Iterator[Problem]:
    carried, known = "carried_by" in section, KnownActions({*ours, *trusted})
    lacking: set[str] = set()
    for pattern in (*section.get("actions", ()), *section.get("meant", ())) if carried else ():
        real = set(context.reference.known(pattern.partition(":")[0]).matching(pattern)) or {pattern}
        lacking |= {action for action in real if action not in known}
    left, lacks = set(lacking), KnownActions(lacking)
    for entry in section.get("not_ours", ()):
        for index, pattern in enumerate(entry["actions"]):
            hit = lacks.matching(pattern)
            left.difference_update(hit)
            if not hit:
                yield problem(f"not needed: what carries it lacks no {pattern}", entry, "actions", index)
    if left:
        names = ", ".join(sorted(left))
        message = f"what carries it lacks {names}; grant them, or list them under `not_ours` with the reason"
        yield problem(message, section, "carried_by", follows=sorted(left))
    if carried and (strangers := set(section.get("principals", ())) - trusted):
        message = (
            f"what carries it does not trust {', '.join(sorted(strangers))}; give the section a `reason` of its own"
        )
        yield problem(message, section, "principals")


def _marks(context: Context, pages: Mapping[str, Data]) -> Iterator[Problem]:
    """Yields a problem for each action of a `documented` statement that no cited page has, where all are known."""
    known: dict[str, tuple[str, ...] | None] = {}
    for name, source in context.loaded.catalog.sources.items():
        known[name] = _facts(context, pages, source["url"])
    for statement in context.statements():
        if statement.evidence != "documented" or any(known.get(name) is None for name in statement.sources):
            continue
        facts = [pattern for name in statement.sources for pattern in known[name] or ()]
        allowed = KnownActions(statement.actions)
        lacking = set(statement.actions) - {hit for pattern in facts for hit in allowed.matching(pattern)}
        if lacking and not context.excepted("documentation", f"{statement.sid}: {', '.join(sorted(lacking))}"):
            message = (
                f"documented, but no page that it cites has {', '.join(sorted(lacking))}; cite a page that has, "
                "or write observed or inferred and the reason"
            )
            yield problem(message, statement.data, "evidence", follows=sorted(lacking))


def _facts(context: Context, pages: Mapping[str, Data], url: str) -> tuple[str, ...] | None:
    """The actions of a cited page; None if they are not known."""
    address = url.partition("#")[0]
    policies: list[str] = []
    facts: list[str] = []
    if managed := _MANAGED.fullmatch(address):
        policies = [managed[1]]
    elif "read" not in (page := pages.get(_page(context, url), {})):
        return None
    else:
        for section in page.get("sections", ()):
            if not _FACTS & section.keys():
                return None
            facts += (*section.get("actions", ()), *section.get("meant", ()))
            policies += section.get("policies", ())
    for name in policies:
        policy: Any = context.loaded.catalog.managed_policies.get(name)
        if policy is None or "granted" not in policy:
            return None
        facts += policy["granted"]
    return tuple(facts)

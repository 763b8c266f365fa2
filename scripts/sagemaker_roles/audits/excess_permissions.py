"""What a role allows beyond the need, ranked by what it opens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from ..canonical import some as few
from ..catalog import Catalog
from ..iam import actions, arns, conditions, grants
from ..iam.actions import LEVELS
from ..iam.budget import SPENT, counted, spend
from ..iam.conditions import When
from ..iam.evaluation import PolicyDocument
from ..iam.grants import Grant, Remainder
from ..iam.patterns import covers
from ..iam.statements import PolicyStatement
from ..iam.text_sets import Region, union
from .placeholder_values import Values
from .report import AuditFinding
from .required_calls import PLACEHOLDER, Need, by_reach

#: What an excess opens, the worst first.
OPENS = (
    "passing roles",
    "changing permissions",
    "using keys",
    "writing data",
    "reading data",
    "tagging",
    "listing",
    "other actions",
)

_BY_LEVEL = {
    "Permissions management": "changing permissions",
    "Write": "writing data",
    "Read": "reading data",
    "Tagging": "tagging",
    "List": "listing",
}

NO_VALUES = Values()

#: How many placeholders a sentence names.
_MOST_NAMED = 5

#: Services in which whatever writes changes who may do what.
_PERMISSIONS = ("iam", "sts", "organizations", "sso", "identitystore")


class Opened(NamedTuple):
    """What a set of actions opens.

    Attributes:
        first: one of them, as AWS writes it; "" if there is none.
    """

    number: int
    first: str
    opens: str
    level: str


class Actions:
    """The actions of AWS with their access levels.

    Args:
        data: service prefix to access level to names, as the catalog has them.
    """

    def __init__(self, data: Mapping[str, Mapping[str, str]]) -> None:
        self._data = data
        # Each is worked out once.
        self._of = cache(self._levels_of)
        self.about = counted(65536)(self._opened)

    def _levels_of(self, prefix: str) -> Mapping[str, tuple[str, str]]:
        """The actions of a service by their names in small letters, as AWS writes them and with their levels."""
        return {
            f"{prefix}:{name}".lower(): (f"{prefix}:{name}", level)
            for level, names in self._data.get(prefix, {}).items()
            if level in LEVELS
            for name in names.split()
        }

    def is_resourceless(self, name: str) -> bool:
        """Whether an action certainly has no resource types; True for one that is not known."""
        prefix, _, own = name.partition(":")
        names = self._data.get(prefix, {}).get("without_resources", "").lower().split()
        return own.lower() in names or name.lower() not in self._of(prefix)

    def known(self, name: str) -> str:
        """An action as AWS writes it; "" if it is not known."""
        return self._of(name.partition(":")[0].lower()).get(name.lower(), ("", ""))[0]

    def _opened(self, region: Region) -> Opened:
        """What the known actions of a set open."""
        some = [*self.within(region)]
        return Opened(len(some), some[0][0] if some else "", *opens_of(some))

    def within(self, region: Region) -> Iterator[tuple[str, str]]:
        """The known actions of a set with their levels, as AWS writes them."""
        without = {one.symbols for one in region.none_of if not one.wild}
        patterns = [one for one in region.none_of if one.wild]
        exact = next((one.symbols for one in region.all_of if not one.wild), None)
        for prefix in self._prefixes(region):
            known = self._of(prefix)
            if exact is not None:
                if exact in known:
                    yield known[exact]
                continue
            whole = actions.action(f"{prefix}:*")
            near = [one for one in patterns if actions.prefix_of(one) in (None, prefix)]
            if any(covers(one, whole) for one in near):
                continue
            all_of = [one for one in region.all_of if not covers(one, whole)]
            for name, level in known.items():
                if name in without:
                    continue
                if all_of or near:
                    text = actions.action(name)
                    if not all(covers(one, text) for one in all_of) or any(covers(one, text) for one in near):
                        continue
                yield level

    def _prefixes(self, region: Region) -> list[str]:
        for one in region.all_of:
            prefix = actions.prefix_of(one)
            if prefix is not None:
                return [prefix]
        return list(self._data)


def actions_of(catalog: Catalog) -> Actions:
    """The actions of AWS, as the catalog has them; released catalogs up to 1.0.0 have none."""
    return catalog._once(("actions",), lambda: Actions(catalog.actions))


def opens_of(actions: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """What actions open, the worst of it, and the access level of it."""
    best = len(OPENS) - 1
    best_level = ""
    for name, level in actions:
        prefix = name.partition(":")[0]
        opens = _BY_LEVEL.get(level, "other actions")
        if name.lower() == "iam:passrole":
            opens = "passing roles"
        elif prefix in _PERMISSIONS and level in ("Write", "Permissions management"):
            opens = "changing permissions"
        elif prefix == "kms" and level in ("Write", "Permissions management") and opens != "changing permissions":
            opens = "using keys"
        if OPENS.index(opens) < best or not best_level:
            best, best_level = OPENS.index(opens), level
    return OPENS[best], best_level


def as_grants(needs: Sequence[Need], values: Values = NO_VALUES) -> list[Grant]:
    """What the work needs: a placeholder stands for its one value, or for one that is not known."""
    return [
        Grant(
            union([actions.action(need.action) for need in some]),
            union([arns.resource(text) for text in values.texts(resource)]),
            when=When(tuple(map(values.test, tests))),
        )
        for (resource, tests), some in by_reach(needs).items()
    ]


def excess(
    documents: Sequence[PolicyDocument],
    boundary: Sequence[PolicyDocument] | None,
    needed: Sequence[Grant],
    known: Actions,
) -> Iterator[AuditFinding]:
    """What the statements of policies allow beyond the need, statement by statement."""
    limits = grants.of_documents(boundary) if boundary is not None else None
    on = _needed_on(needed)
    denied = grants.together([*grants.of_documents(documents).denied, *(limits.denied if limits else ())])
    for item in documents:
        for one in (one for one in item.statements if one.allows):
            left = grants.difference([grants.of_statement(one)], [*denied, *needed])
            if limits is not None and left:
                both = grants.intersection(left.grants, limits.allowed)
                left = Remainder(both.grants, tuple(dict.fromkeys((*left.unknown, *both.unknown))) if both else ())
            yield from _beyond(item.name, one, left, known, on)


def _needed_on(needed: Sequence[Grant]) -> Mapping[str, frozenset[str]]:
    """The resources on which the work needs an action, by the action in small letters."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for grant in needed:
        resources = {str(one) for region in grant.resources.regions for one in region.all_of}
        for region in grant.actions.regions:
            for one in region.all_of:
                found[str(one)] |= resources
    return {name: frozenset(resources) for name, resources in found.items()}


def _beyond(
    name: str, one: PolicyStatement, left: Remainder, known: Actions, on: Mapping[str, frozenset[str]]
) -> Iterator[AuditFinding]:
    """What is left of a statement beside denials and the need, as findings."""
    unknown = f" It might be less: {'; '.join(left.unknown)}." if left.unknown else ""
    if unknown:
        why = f"Whether it allows more than the work needs is not known: {'; '.join(left.unknown)}."
        yield AuditFinding("depends", why, layer="identity", document=name, statement=one.name)
    if SPENT in left.unknown:
        return
    for piece in left.grants:
        for acts in piece.actions.regions:
            some = known.about(acts)
            text, without = _shown(acts)
            for region in piece.resources.regions:
                spend(20 + len(region.none_of) + len(without))
                resource, beside = _shown(region)
                only = [name for name in beside if name in on.get(text, ())]
                yield AuditFinding(
                    "excess",
                    f"{_why(text, some, piece.when, only, resource)}{_wider(beside)}{unknown}",
                    action=_as_written(text, one, some),
                    without=tuple(known.known(name) or name for name in without),
                    resource=resource,
                    beside=beside,
                    condition=conditions.to_json(piece.when.all_of),
                    layer="identity",
                    document=name,
                    statement=one.name,
                    service=text.partition(":")[0] if ":" in text else "*",
                    level=some.level,
                    opens=some.opens,
                )


def _why(text: str, some: Opened, when: When, only: Sequence[str], resource: str) -> str:
    if only:
        where = "everywhere" if resource == "*" else f"on {resource}"
        return f"The job needs it only on {few(only, _MOST_NAMED)}; this allows it {where}."
    if when.none_of:
        needed = " or ".join("; ".join(map(str, tests)) for tests in when.none_of)
        return f"The job needs it only with {needed}."
    if "*" not in text and "?" not in text:
        return "The job does not need it."
    return f"Beyond what the job needs, this pattern allows {some.number:,} more action{'s' * (some.number != 1)}."


def _wider(beside: Sequence[str]) -> str:
    """The placeholders of what the work needs of a set of resources, in words."""
    names = [*dict.fromkeys(name for text in beside for name in PLACEHOLDER.findall(text))]
    each = "each of which is one value" if len(names) > 1 else "which is one value"
    return f" It is wider than {few(names, _MOST_NAMED)}, {each}." if names else ""


def _shown(region: Region) -> tuple[str, tuple[str, ...]]:
    text = " and ".join(map(str, region.all_of)) or "*"
    return text, tuple(map(str, region.none_of))


def _as_written(text: str, one: PolicyStatement, some: Opened) -> str:
    """An action as AWS or the statement writes it; sets of actions are in small letters."""
    if some.number == 1 and some.first.lower() == text:
        return some.first
    return next((item for item in one.actions if item.lower() == text), text)


def rank(finding: AuditFinding) -> tuple[int, int, str, str, str]:
    """The order of findings: what opens most first."""
    level = LEVELS.index(finding.level) if finding.level in LEVELS else -1
    opens = OPENS.index(finding.opens) if finding.opens in OPENS else -1
    return opens, -level, finding.service, finding.action, finding.resource


def is_about(one: PolicyStatement, name: str) -> bool:
    """Whether a statement is about an action."""
    return any(covers(item, actions.action(name)) for item in one.action_patterns) is not one.not_actions

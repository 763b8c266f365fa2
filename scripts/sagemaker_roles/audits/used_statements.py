"""Which statements of a role its sessions used, as far as a CloudTrail log shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..catalog import Catalog
from ..errors import Position
from ..iam import actions, arns, grants
from ..iam.evaluation import PolicyDocument
from ..iam.grants import Grant
from ..iam.text_sets import union
from ..inputs.reader import Trail
from .excess_permissions import actions_of
from .report import Observed, StatementUse
from .required_calls import PLACEHOLDER


def observed(
    catalog: Catalog,
    trail: Trail,
    role: str,
    documents: Sequence[PolicyDocument],
    position: Callable[[str, str], Position | None],
) -> Observed | None:
    """What a log shows of the statements of a role; None if it was not read for this role."""
    if role not in trail.roles:
        return None
    kinds, known, calls = catalog.code["data_events"], actions_of(catalog), trail.roles[role]
    pairs = {pair: _grant(*pair) for call in calls for pair in call}
    missing = {name: {*one["actions"]} for name, one in kinds.items() if name not in trail.kinds}
    uses = []
    for document in documents:
        for statement in document.statements:
            if not statement.allows:
                continue
            grant = grants.of_statement(statement)
            used = {pair for pair, one in pairs.items() if grants.intersection([grant], [one])}
            mine = [seen for call, seen in calls.items() if call & used]
            allowed = {name for region in grant.actions.regions for name, _ in known.within(region)}
            hidden = [name for name, unseen in missing.items() if unseen & allowed]
            is_hidden = allowed and not allowed.difference(*(missing[name] for name in hidden))
            use = StatementUse(
                document.name,
                statement.name,
                "used" if mine else "cannot be seen" if is_hidden else "not seen",
                tuple(sorted({action for action, _ in used})),
                sum(seen.events for seen in mine),
                max((seen.last for seen in mine), default=""),
                tuple(kinds[name]["title"] for name in hidden),
                position(document.name, statement.name),
            )
            uses.append(use)
    return Observed(trail.span.first, trail.span.last, tuple(uses))


def _grant(action: str, resource: str) -> Grant:
    return Grant(union([actions.action(action)]), union([arns.resource(PLACEHOLDER.sub("*", resource))]))

"""What CloudTrail saw of the statements that are composed, as counts in words of the knowledge base alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...audits.excess_permissions import actions_of
from ...catalog import Catalog
from ...engine.code_permissions import needs_of_code
from ...engine.compose import compose
from ...engine.documents import ComposedStatement, Request
from ...errors import Failure, NothingToCompose
from ...iam import arns
from ...iam.arn_parts import parts_of
from ...iam.patterns import covers
from ...inputs import read_value
from ...inputs.code.service_calls import table_of
from ...inputs.reader import ReadingContext, is_denied, text_at
from ...inputs.requests.log_events import Tally, events
from ...inputs.requests.observed_calls import ROLE, action_of, call_of
from ...session import ComposedRole, compose_reading

_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")
_NUMBERED = re.compile(r"[0-9]+\Z")

#: Condition keys that an event shows, by the member that does.
_SEEN = {"vpcEndpointId": "aws:SourceVpce"}

OUTCOMES = ("allowed", "denied", "failed")


class Row(NamedTuple):
    """A kind of call that was seen; ``statement`` is "" for a call that no composed statement allows."""

    operation: str
    role: str
    addon: str
    statement: str
    action: str
    resource: str
    conditions: tuple[str, ...]
    outcome: str
    month: str


class Leak(Failure):
    """Raised when a text of an attestation is not one of the knowledge base; nothing is written then."""


def attest(catalog: Catalog, files: Sequence[str], skipped: Callable[[str, Exception], None]) -> Counter[Row]:
    """Counts the calls that sessions of roles made for requests in the same logs.

    Args:
        files: paths of CloudTrail logs; they are read twice, so that a call can come before its request.
        skipped: is told of a file that cannot be read.
    """
    requests = list(_events(catalog, files, skipped))
    roles = {one.chosen.arn: one for one in _composed(catalog, requests) if one.chosen.arn}
    words = _words(catalog)
    found: Counter[Row] = Counter()
    for event in _events(catalog, files, lambda *_: None, every=True):
        found.update(_rows(event, roles, words))
    return found


def _events(
    catalog: Catalog, files: Sequence[str], skipped: Callable[[str, Exception], None], *, every: bool = False
) -> Iterator[Mapping[str, Any]]:
    context = ReadingContext(catalog)
    for name in files:
        try:
            for event in events(context, name, Tally(), lambda: None, every=every):
                if isinstance(event, Mapping):
                    yield event
        except (ValueError, OSError) as error:
            skipped(name, error)


def _composed(catalog: Catalog, requests: Sequence[Mapping[str, Any]]) -> Sequence[ComposedRole]:
    if not requests:
        return ()
    try:
        return compose_reading(catalog, read_value(catalog, {"Records": [*requests]})).roles
    except NothingToCompose:
        return ()


def _rows(event: Mapping[str, Any], roles: Mapping[str, ComposedRole], words: Words) -> Iterator[Row]:
    role = roles.get(text_at(event, *ROLE))
    action = words.action(event) if role else ""
    month = str(event.get("eventTime", ""))[:7]
    if role is None or not action or not _MONTH.fullmatch(month):
        return
    code = event.get("errorCode")
    outcome = "allowed" if not code else "denied" if is_denied(str(code)) else "failed"
    conditions = tuple(key for member, key in _SEEN.items() if event.get(member))
    named = [one["ARN"] for one in event.get("resources") or () if isinstance(one, Mapping) and "ARN" in one]
    statements = [one for one in role.composition.policy.statements if action in one.actions]
    fitting = [one for one in statements if _fits(one, named)] or statements
    seen = {
        (reason.operation, reason.grantee, reason.addon, one.sid, _kind(one.resources[0]))
        for one in fitting
        for reason in one.reasons
        if reason.operation
    }
    if not statements and outcome == "denied":
        for operation in role.operations:
            yield Row(operation, role.chosen.ids[0] if role.chosen.ids else "", "", "", action, "", (), outcome, month)
    for operation, grantee, addon, name, kind in sorted(seen):
        sid = words.sid(operation, grantee, name)
        yield Row(operation, grantee, addon, sid, action, kind, conditions, outcome, month)


def _fits(statement: ComposedStatement, named: Iterable[Any]) -> bool:
    return any(
        covers(arns.resource(text), arns.named(arn))
        for arn in named
        if isinstance(arn, str) and "*" not in arn and "?" not in arn
        for text in statement.resources
    )


#: The kinds of resources that an attestation names: the service, and of Amazon S3 whether it is an object.
def _kind(resource: str) -> str:
    parts = parts_of(resource)
    if parts.service == "s3" and "/" in parts.resource:
        return "s3-object"
    return parts.service if parts.service.isalnum() else ""


class Words:
    """Every word that an attestation can contain, out of the knowledge base."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._actions = actions_of(catalog)
        self._services = {*catalog.actions, "s3-object", ""}

    def action(self, event: Mapping[str, Any]) -> str:
        """The action that an event takes first, as AWS spells it; "" if AWS has none of that name."""
        call = call_of(table_of(self._catalog), event)
        needs = needs_of_code(self._catalog, [call] if call else [], {})
        return self._actions.known(next((need.action for need in needs), action_of(event)))

    def sid(self, operation: str, grantee: str, sid: str) -> str:
        """The record's own name of a statement, without the number of one of several; "" if it has none."""
        known = self._known(operation, grantee)
        return next((one for one in (sid, _NUMBERED.sub("", sid)) if one in known), "")

    def _known(self, operation: str, grantee: str) -> set[str]:
        def sids() -> set[str]:
            roles = [one for one in self._catalog.operation(operation).roles if one.id == grantee]
            addons = [one.id for role in roles for one in role.addons]
            whole = compose(self._catalog, [Request(operation)], [grantee], addons=addons)
            return {one.sid for one in whole.policy.statements}

        return self._catalog._once(("attested", operation, grantee), sids)

    def check(self, row: Row) -> None:
        """Refuses a row with a text that is not of the knowledge base.

        Raises:
            Leak: it has one; the message names the column, not the text.
        """
        record = self._catalog.operation(row.operation) if row.operation in self._catalog.operations else None
        roles = {one.id: one for one in record.roles} if record else {}
        role = roles.get(row.role)
        right = {
            "operation": record is not None,
            "role": role is not None or (not row.role and not row.statement),
            "addon": not row.addon or (role is not None and row.addon in {one.id for one in role.addons}),
            "statement": not row.statement
            or (role is not None and row.statement in self._known(row.operation, row.role)),
            "action": self._actions.known(row.action) == row.action != "",
            "resource": row.resource in self._services,
            "conditions": set(row.conditions) <= set(_SEEN.values()),
            "outcome": row.outcome in OUTCOMES,
            "month": _MONTH.fullmatch(row.month) is not None,
        }
        if wrong := [name for name, is_right in right.items() if not is_right]:
            raise Leak(f"{wrong[0]}: the value is not a word of the knowledge base; nothing is written")


def _words(catalog: Catalog) -> Words:
    return catalog._once(("attestation words",), lambda: Words(catalog))


def document(catalog: Catalog, found: Mapping[Row, int], origin: str) -> dict[str, Any]:
    """An attestation as it is written, checked.

    Args:
        origin: a random number of 32 hexadecimal digits, the same for all attestations of an account or organization.

    Raises:
        Leak: a text is not one of the knowledge base, or the origin is not such a number.
    """
    if not re.fullmatch("[0-9a-f]{32}", origin):
        raise Leak("origin: it is not a random number of 32 hexadecimal digits; nothing is written")
    words = _words(catalog)
    for row in found:
        words.check(row)
    rows: list[dict[str, Any]] = [
        {**{name: value for name, value in row._asdict().items() if value}, "count": count}
        for row, count in sorted(found.items())
    ]
    for item in rows:
        if "conditions" in item:
            item["conditions"] = list(item["conditions"])
    return {"id": origin, "data_version": catalog.data_version, "seen": rows}

"""From an event to rows of the reduced table: who, which role, what was asked, how it went."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ...catalog import Catalog
from ...engine.compose import Request
from ...engine.roles import passed
from ...inputs.reader import InputDocument, ReadingContext
from ...inputs.requests import cloudtrail
from .log_files import Range
from .reduced_table import Key

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_ACCOUNT = re.compile(r"[0-9]{12}")


class Reducer:
    """Reduces the wanted events, one after the other; ``context`` is what reading them needs."""

    def __init__(self, catalog: Catalog, wanted: Range) -> None:
        self.context = ReadingContext(catalog)
        self.context.only_recorded = True
        self.wanted = wanted

    def rows(self, event: Any) -> Iterator[tuple[Key, str]]:
        """The rows of an event, each with the event's time ("" if it has none): one for each role that it passes.

        A request that passes no role has a row with the role "". If the event does not show the request's members,
        the request is "" too: nothing is guessed.
        """
        context = self.context
        for item in cloudtrail.requests(context, InputDocument(event, "")):
            context.reading.notices.clear()
            time = self.time(event.get("eventTime"))
            account = account_of(event)
            if not self.wanted.has_event(account, time):
                continue
            region, error, message = (_text(event.get(name)) for name in ("awsRegion", "errorCode", "errorMessage"))
            message = message if error else ""
            key = Key(account, region=region, operation=item.operation, error=error, message=message)
            if item.members is None:
                yield key, time
                continue
            members, faults = context.names.match(item.operation, item.members, item.style, ())
            text = self.text(members)
            notes = json.dumps(sorted({(fault.kind, fault.message) for fault in faults})) if faults else key.faults
            arns = dict.fromkeys(passed(context.catalog, Request(item.operation, members)).values())
            for arn in arns or ("",):
                yield key._replace(role=arn, request=text, faults=notes), time

    @staticmethod
    def time(value: Any) -> str:
        """A time as events have it; "" if the value is none."""
        return value if isinstance(value, str) and _TIME.fullmatch(value) else ""

    @staticmethod
    def text(members: Any) -> str:
        """Members in the one spelling that the table has."""
        return json.dumps(members, sort_keys=True, separators=(",", ":"), default=str)


def _text(value: Any) -> str:
    """A text that any file can hold; half a character of JSON's escapes is written as one."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else ""


def account_of(event: Any) -> str:
    """The account whose event it is; "" if it does not show one."""
    identity = event.get("userIdentity")
    for value in (event.get("recipientAccountId"), identity.get("accountId") if isinstance(identity, dict) else None):
        if isinstance(value, str) and _ACCOUNT.fullmatch(value):
            return value
    return ""

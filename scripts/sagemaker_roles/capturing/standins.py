"""Values that canned answers hold in place of what only AWS knows; in a request they become placeholders again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from ..engine.compose import Unknown
from ..engine.partial import joined

#: The account where none was given; no account of AWS has this ID.
ACCOUNT = "000000000000"
_STAND_IN = re.compile(rf"standin(\d{{5}})x|(?<![0-9]){ACCOUNT}(?![0-9])")

#: What gives the unknown part for what a stand-in is called, and what it stands for.
Part = Callable[[str, str], str | Unknown]


class StandIns:
    """Names that a request can carry wherever AWS's own would be, and what each stands for.

    Args:
        account: ID of the account; "" if it is not known.
    """

    def __init__(self, account: str = "") -> None:
        self.account = account or ACCOUNT
        self._known: dict[tuple[str, str, str], str] = {}
        self._meanings: list[tuple[str, str]] = []
        self._lock = Lock()

    def text(self, operation: str, member: str, asked: str = "") -> str:
        """The stand-in for a member of an operation's answer, the same for the same question."""
        with self._lock:
            key = (operation, member, asked)
            if key not in self._known:
                self._known[key] = f"standin{len(self._meanings):05d}x"
                self._meanings.append((member, f"{member} in the answer to {operation}"))
            return self._known[key]

    def replaced(self, value: Any, part: Part) -> Any:
        """A request's value with unknown parts in place of stand-ins."""
        if isinstance(value, Mapping):
            return {key: self.replaced(item, part) for key, item in value.items()}
        if isinstance(value, list):
            return [self.replaced(item, part) for item in value]
        if not isinstance(value, str) or not (matches := list(_STAND_IN.finditer(value))):
            return value
        parts: list[str | Unknown] = []
        end = 0
        for one in matches:
            parts.append(value[end : one.start()])
            parts.append(self._unknown(one, part))
            end = one.end()
        return joined([*parts, value[end:]])

    def _unknown(self, match: re.Match[str], part: Part) -> str | Unknown:
        if match[1] is None:
            return Unknown("Account") if self.account == ACCOUNT else ACCOUNT
        number = int(match[1])
        return part(*self._meanings[number]) if number < len(self._meanings) else match[0]

"""Values that canned answers hold in place of what only AWS knows; in a request they become placeholders again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from ...engine.compose import Unknown
from ...engine.partial import joined, with_texts

#: The account where none was given; no account of AWS has this ID.
ACCOUNT = "000000000000"
_STAND_IN = re.compile(rf"standin(\d{{10}})x|(?<![0-9]){ACCOUNT}(?![0-9])")

#: What gives the unknown part for what a stand-in is called, and what it stands for.
Part = Callable[[str, str], str | Unknown]


class StandIns:
    """Names that a request can carry wherever AWS's own would be, and what each stands for.

    Args:
        account: ID of the account; "" if it is not known.

    Attributes:
        meanings: member and operation by the number of a stand-in.
    """

    def __init__(self, account: str = "") -> None:
        self.account = account or ACCOUNT
        self.meanings: dict[str, tuple[str, str]] = {}

    def text(self, operation: str, member: str, asked: str = "") -> str:
        """The stand-in for a member of an operation's answer: the same for the same question, in every process."""
        question = json.dumps([operation, member, asked]).encode()
        number = f"{int.from_bytes(sha256(question).digest()) % 10**10:010d}"
        self.meanings[number] = (member, operation)
        return f"standin{number}x"

    def replaced(self, value: Any, part: Part) -> Any:
        """A request's value with unknown parts in place of stand-ins."""
        return with_texts(value, lambda text: self._shown(text, part))

    def _shown(self, text: str, part: Part) -> str:
        parts: list[str | Unknown] = []
        end = 0
        for one in _STAND_IN.finditer(text):
            parts += [text[end : one.start()], self._unknown(one, part)]
            end = one.end()
        return joined([*parts, text[end:]])

    def _unknown(self, match: re.Match[str], part: Part) -> str | Unknown:
        if match[1] is None:
            return Unknown("Account") if self.account == ACCOUNT else ACCOUNT
        if match[1] not in self.meanings:
            return match[0]
        member, operation = self.meanings[match[1]]
        return part(member, f"{member} in the answer to {operation}")

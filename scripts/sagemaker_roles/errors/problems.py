"""What can be wrong with the data, and where: the one value every check returns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from . import Position as Position


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault: where it is, the rule that found it, and what would be right.

    Attributes:
        position: where it is.
        rule: id of the rule that found it.
        message: what is wrong, and what would be right.
        follows: if it may be a consequence of another fault: the actions and ids it is about, the files from which it
            was worked out, and the places of such a fault.
    """

    position: Position
    rule: str
    message: str
    follows: tuple[str | Position, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.position}: {self.rule}: {self.message}"


class DataError(ValueError):
    """Raised when data cannot be used; carries every problem found, sorted and without repetition."""

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        super().__init__()
        self.problems = sorted(set(problems))

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)

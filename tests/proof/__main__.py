"""Proves operations and prints what is wrong: ``python -m tests.proof CreateTrainingJob …``; all without a name."""

from __future__ import annotations

import sys

from . import scenarios
from .proof import Proof


def main(names: list[str]) -> int:
    """Prints the failures that no exception allows for; 1 if there are any."""
    wrong = 0
    for name in names or scenarios.operations():
        one = Proof(name)
        looks = {
            "steps": one.sufficient(),
            "steps of the broad policy": one.sufficient("broad"),
            "near misses": one.tight,
            "calls of the second evaluator": one.agreed,
            "mutations": one.minimal,
        }
        found = {what: look.unexcused() for what, look in looks.items()}
        wrong += sum(len(texts) for texts in found.values())
        print(f"{name}: " + ", ".join(f"{look.count} {what}" for what, look in looks.items()))
        for texts in found.values():
            for text in texts:
                print(f"  {text}")
        for case in one.cases:
            if case.scoped.placeholders:
                print(f"  {case.scenario}: give values for {', '.join(case.scoped.placeholders)}")
                wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

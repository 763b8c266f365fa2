"""The page's part of the IAM algebra answers as the package's: patterns of texts, prefixes, conditions, splitting."""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sagemaker_roles.iam.patterns import matches, pattern
from sagemaker_roles.iam.prefixes import covers, is_weaker, reduced, uncovered
from sagemaker_roles.iam.splitting import split

from .answers import ROOT

EACH = 2000

#: Wildcards, what stands for them as characters, what is a variable, and letters that are next to each other as UTF-8
#: but not as UTF-16.
_PIECES = (
    "a",
    "b",
    "a",
    "/",
    ":",
    "*",
    "?",
    "${*}",
    "${?}",
    "${$}",
    "${Name}",
    "${aws:username}",
    "\uffee",
    "\U0001f600",
)
_CHARACTERS = ("a", "b", "a", "/", ":", "*", "?", "$", "${*}", "${?}", "\n", "\uffee", "\U0001f600")
_ENDS = ("", "*", "*", "/*")
_OPERATORS = ("StringEquals", "StringNotEquals", "ForAllValues:StringLike", "ArnLike")


def questions() -> Iterator[list[Any]]:
    """The name of a function, and what it is asked."""
    chance = random.Random("iam")  # noqa: S311  (test data)

    def text(pieces: tuple[str, ...], most: int = 6) -> str:
        return "".join(chance.choices(pieces, k=chance.randrange(most + 1)))

    def some() -> list[str]:
        letters = ("a", "b", "\uffee", "\U0001f600")
        return [text(letters, 3) + chance.choice(_ENDS) for _ in range(chance.randrange(6))]

    def condition() -> dict[str, dict[str, list[str]]]:
        operators = chance.sample(_OPERATORS, chance.randrange(3))
        return {
            operator: {
                key: chance.sample(("1", "2", "3"), chance.randrange(1, 4)) for key in chance.choice(("a", "b", "ab"))
            }
            for operator in operators
        }

    def statement(number: int) -> dict[str, Any]:
        length = chance.choice((2, 20, 60))
        resources = [f"arn:{'x' * chance.randrange(length)}\u00e4{place}" for place in range(chance.randrange(1, 9))]
        sid = {"Sid": chance.choice(("Read", "Read2", f"S{number}"))} if chance.random() < 0.9 else {}
        return {**sid, "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": resources, "Condition": condition()}

    for _ in range(EACH):
        one, other = text(_PIECES), text(_CHARACTERS)
        yield ["matches", one, chance.choice((other, one.replace("*", other), one)), chance.random() < 0.5]
        yield ["reduced", some()]
        yield ["covers", reduced(tuple(some())), some()]
        yield ["uncovered", reduced(tuple(some())), reduced(tuple(some()))]
        yield ["is_weaker", condition(), condition()]
    for _ in range(EACH // 10):
        document = {"Version": "2012-10-17", "Statement": [statement(place) for place in range(chance.randrange(1, 9))]}
        yield ["split", document, chance.choice((260, 400, 900))]


def _split(document: Any, limit: int) -> Any:
    try:
        return split(document, limit)
    except ValueError as error:
        return str(error)


ANSWERS = {
    "matches": lambda one, text, variables: matches(pattern(one, variables=variables), text),
    "reduced": lambda some: reduced(tuple(some)),
    "covers": covers,
    "uncovered": lambda some, others: uncovered(some, others),
    "is_weaker": is_weaker,
    "split": _split,
}


@cache
def asked() -> list[tuple[list[Any], Any]]:
    """Each question with the answer of the page."""
    lines = [json.dumps(one) for one in questions()]
    run = subprocess.run(
        ["node", Path(__file__).parent / "iam.mjs"],
        cwd=ROOT,
        input="\n".join(lines),
        encoding="utf-8",
        capture_output=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    answers = [json.loads(line) for line in run.stdout.split("\n") if line]
    return list(zip(map(json.loads, lines), answers, strict=True))


@pytest.mark.parametrize("name", ANSWERS)
def test_both_engines_answer_alike(name: str) -> None:
    kinds: Counter[str] = Counter()
    for (function, *given), answer in asked():
        if function == name:
            assert answer == json.loads(json.dumps(ANSWERS[name](*given))), given
            kinds[json.dumps(answer) if isinstance(answer, bool) else f"{type(answer).__name__} {len(answer)}"] += 1
    # Each answer is there often enough to show something.
    assert len(kinds) > 1
    assert min(count for _, count in kinds.most_common(2)) > 20, kinds

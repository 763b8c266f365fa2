"""How `explain` answers messages: reported ones, without what was written for them, or changed, and unseen ones."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from proof.scenarios import read
from sagemaker_roles import Catalog, Cause, Request, compose, explain_message
from sagemaker_roles.explanations.clues import compiled

from .messages import Failure, failures

#: From which place on an answer does not help: a person reads the first three.
SHOWN = 3
HELD_OUT = Path(__file__).parent / "heldout.yaml"

_TEXTS = {"type": "list", "minlength": 1, "schema": {"type": "string", "empty": False}}
_MESSAGE = {
    "id": {"type": "string", "regex": "[a-z0-9]+(-[a-z0-9]+)*", "required": True},
    "source": {"type": "string", "regex": r"[\w.-]+/[\w.-]+#[1-9][0-9]*|https://[^ ]+", "required": True},
    "read": {"type": "string", "regex": "[0-9]{4}-[0-9]{2}-[0-9]{2}", "required": True},
    "text": {"type": "string", "minlength": 8, "required": True},
    "actions": _TEXTS,
    "operation": {"type": "string", "dependencies": "actions"},
    "matters": _TEXTS,
}
#: The form of the file, in Cerberus' terms.
SCHEMA = {
    "held_out": {"type": "list", "required": True, "minlength": 1, "schema": {"type": "dict", "schema": _MESSAGE}},
    "no_permission": {"type": "list", "required": True, "minlength": 1, "schema": {"type": "string", "minlength": 8}},
}

#: The other answers that are right for a failure that no policy of ours cures: the matter, or the layer that denies.
_OTHER: Mapping[str, frozenset[str]] = {
    "account-setting": frozenset({"account"}),
    "boundary": frozenset({"boundary"}),
    "client-fault": frozenset({"client"}),
    "explicit-deny": frozenset({"explicit-deny"}),
    "missing-object": frozenset({"missing"}),
    "other-role": frozenset({"role", "client"}),
    "own-code": frozenset({"code"}),
    "resource-policy": frozenset({"resource"}),
    "route": frozenset({"route"}),
    "unsupported": frozenset({"limit"}),
    "wrong-role": frozenset({"role", "client"}),
}
#: Of these, the layer or matter is all of the answer; of the others, one that names the denied action is right, too.
_ALONE = frozenset({"account-setting", "boundary", "client-fault", "explicit-deny", "missing-object", "route"})


class Asked(NamedTuple):
    """A message, and what answers it rightly.

    Attributes:
        thread: where it was reported.
        actions: the denied actions, any of which an answer names; operation: the operation of the answer, or "".
        other: what else is right: matters, or the layer that denies.
    """

    id: str
    thread: str
    text: str
    actions: frozenset[str]
    operation: str = ""
    other: frozenset[str] = frozenset()

    def is_answered(self, cause: Cause) -> bool:
        """Whether a cause is the right answer."""
        if cause.matter in self.other or (cause.layer_named and cause.layer in self.other) or is_cure(self.id, cause):
            return True
        return cause.action in self.actions and self.operation in ("", cause.operation)

    def place(self, catalog: Catalog) -> int:
        """At which place the right answer is; a large number if nowhere."""
        causes = explain_message(catalog, self.text).causes
        return next((number for number, cause in enumerate(causes) if self.is_answered(cause)), 99)


class Counted(NamedTuple):
    """How many messages have the right answer first, and among the first three; and the places of those that do not."""

    messages: int
    first: int
    shown: int
    misplaced: tuple[str, ...]


@cache
def catalog() -> Catalog:
    """The catalog that the installed command reads."""
    return Catalog.load()


def quoted() -> list[Failure]:
    """The failures with a message that a policy of ours cures: these are matters of IAM."""
    return [item for item in failures() if item.text and item.part and not item.pending]


@cache
def reported() -> tuple[Asked, ...]:
    """The messages of the failures that users reported."""
    return tuple(
        Asked(
            item.id,
            item.url,
            item.text,
            frozenset() if item.because in _ALONE else frozenset(item.actions),
            item.operation if item.part and item.operation in item.text else "",
            _OTHER.get(item.because, frozenset()),
        )
        for item in failures()
        if item.text
    )


@cache
def held_out() -> tuple[Asked, ...]:
    """The messages that nothing was written for."""
    return tuple(
        Asked(
            item["id"],
            item["source"],
            item["text"],
            frozenset(item.get("actions", ())),
            item.get("operation", ""),
            frozenset(item.get("matters", ())),
        )
        for item in read(HELD_OUT, SCHEMA)["held_out"]
    )


@cache
def alarms() -> tuple[str, ...]:
    """Messages that are about no permission: those of the file, and those held out that have no action."""
    texts = tuple(read(HELD_OUT, SCHEMA)["no_permission"])
    return texts + tuple(item.text for item in held_out() if not item.actions)


def count(places: Mapping[str, int]) -> Counted:
    """Counts places by message."""
    misplaced = tuple(f"{name}: {'not' if number == 99 else number + 1}" for name, number in places.items() if number)
    shown = sum(number < SHOWN for number in places.values())
    return Counted(len(places), sum(not number for number in places.values()), shown, misplaced)


@cache
def plain() -> Counted:
    """Of the reported messages."""
    return count({item.id: item.place(catalog()) for item in reported()})


@cache
def unseen() -> Counted:
    """Of the messages that nothing was written for."""
    return count({item.id: item.place(catalog()) for item in held_out()})


@cache
def false_alarms() -> tuple[str, ...]:
    """The messages about no permission that are called one first."""
    causes = {text: explain_message(catalog(), text).causes for text in alarms()}
    return tuple(text for text, found in causes.items() if found and found[0].matter == "permission")


# --- which operation, whose policy, which add-on -----------------------------------------------------------------


@cache
def _curing_addons(item_id: str) -> frozenset[str]:
    """The add-ons ("" for the base) whose statements cure a reported failure."""
    item = next(item for item in failures() if item.id == item_id)
    if item.part == "trust":
        return frozenset({""})
    values = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333", **item.values}
    requests = [Request(item.operation, dict(item.request))]
    composition = compose(catalog(), requests, (item.role,) if item.role else (), addons=item.addons, values=values)
    statements = getattr(composition, item.part).statements
    reasons = [reason for one in statements if set(one.actions) & set(item.actions) for reason in one.reasons]
    return frozenset(reason.addon for reason in reasons if reason.operation == item.operation)


def is_cure(item_id: str, cause: Cause) -> bool:
    """Whether a cause has the operation, role or caller, and add-on that cure a reported failure."""
    item = next((one for one in quoted() if one.id == item_id), None)
    return (
        item is not None
        and cause.operation == item.operation
        and cause.caller == (item.part == "caller")
        and cause.addon in _curing_addons(item.id)
    )


def place(item: Failure, operation: str = "") -> int:
    """At which place the right operation, role or caller, and add-on are; a large number if nowhere."""
    causes = explain_message(catalog(), item.text, operation=operation).causes
    return next((number for number, cause in enumerate(causes) if is_cure(item.id, cause)), 99)


@cache
def cured() -> Counted:
    """Of the reported messages that a policy cures: by operation, role or caller, and add-on."""
    return count({item.id: place(item) for item in quoted()})


# --- without what was written for a message ----------------------------------------------------------------------


@cache
def answering() -> Mapping[tuple[str, str], frozenset[str]]:
    """Forms and clues (part and ID) to the threads of the messages that they are in."""
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for part in ("messages", "clues"):
        for name, record in catalog().data[part].items():
            pattern = compiled(record["pattern"])
            found[part, name].update(item.thread for item in (*reported(), *held_out()) if pattern.search(item.text))
    return {key: frozenset(threads) for key, threads in found.items()}


def _without(thread: str, part: str) -> dict[str, Any]:
    """Forms or clues without those that cite a thread, and those that are in its messages alone."""
    return {
        name: record
        for name, record in catalog().data[part].items()
        if answering()[part, name] != {thread}
        and thread not in {catalog().sources[one]["url"] for one in record["sources"]}
    }


def _left_out(asked: Sequence[tuple[str, str, Callable[[], int]]]) -> Counted:
    places = {}
    for name, thread, placed in asked:
        less = {part: _without(thread, part) for part in ("messages", "clues")}
        with (
            mock.patch.dict(catalog().data["messages"], less["messages"], clear=True),
            mock.patch.dict(catalog().data["clues"], less["clues"], clear=True),
        ):
            places[name] = placed()
    return count(places)


@cache
def left_out() -> Counted:
    """Of the reported messages, each without the forms and clues that came from its thread, or are in it alone."""
    return _left_out([(item.id, item.thread, lambda item=item: item.place(catalog())) for item in reported()])


@cache
def cured_left_out() -> Counted:
    """The same of those that a policy cures, by operation, role or caller, and add-on."""
    return _left_out([(item.id, item.url, lambda item=item: place(item)) for item in quoted()])


# --- changed messages ---------------------------------------------------------------------------------------------

_ACTION = re.compile(r"\b[a-z0-9-]{2,40}:[A-Z][A-Za-z]{2,}")
_CALL = re.compile(r"calling the [A-Za-z0-9]+ operation")
_PRINCIPAL = re.compile(r"(?:User: )?arn:[a-z-]+:(?:sts|iam)::[0-9]{12}:(?:assumed-role|user)/\S+ (?:is )?")
_WORD = re.compile(r"(?<![\w:/.'-])[A-Za-z]?[a-z]+(?![\w:/'-]|\.\w)")
_TRACE = (
    'Traceback (most recent call last):\n  File "/opt/app/run.py", line 12, in main\n    client.run(job)\n'
    '  File "/opt/app/client.py", line 565, in _api_call\n    raise error\nexample.ClientError: {}\n\n'
    "During handling of the above exception, another exception occurred:\n\nSystemExit: 1\n"
)


def _cut(text: str) -> str:
    found = _ACTION.search(text) or _CALL.search(text)
    return text[: found.end()] if found else text


def _translated(text: str) -> str:
    """A text whose plain words are words that say nothing; names of AWS, of things, and codes stay."""
    words = cycle(("palabra", "言葉", "单词", "단어"))
    return _WORD.sub(lambda _: next(words), text)


#: What can become of a message on its way. A change that leaves it as it is is not counted.
CHANGES: Mapping[str, Callable[[str], str]] = {
    "cut after the action": _cut,
    "without the principal": lambda text: _PRINCIPAL.sub("", text),
    "in a trace": _TRACE.format,
    "in lower case": str.lower,
    "in JSON in JSON": lambda text: json.dumps({"log": json.dumps({"message": text})}),
    "translated around the names": _translated,
}


@cache
def changed(change: str) -> Counted:
    """Of the reported messages, changed: words that name the layer can be lost, so that the action is enough."""
    named = {item.id: frozenset(item.actions) for item in failures()}
    texts = {item: CHANGES[change](item.text) for item in reported()}
    return count(
        {
            item.id: item._replace(text=text, actions=named[item.id]).place(catalog())
            for item, text in texts.items()
            if text != item.text
        }
    )


# --- what is printed, and what the site shows ---------------------------------------------------------------------


def site_text() -> str:
    """What the site says of it."""
    own, seen, less, new = cured(), plain(), left_out(), unseen()
    translated = changed("translated around the names")
    none = f"{len(false_alarms())} of {len(alarms())} messages about no permission"
    return (
        f"Of {own.messages} reported messages that a policy fixes, `explain` names the right operation and add-on "
        f"first for {own.first}, and among the first three for {own.shown}. For {seen.shown} of all {seen.messages} "
        "reported messages, the first three answers include the right action or the right other cause. Without what "
        f"this project knows from the thread of the message itself, they do for {less.shown}. If only the names in "
        f"the text are readable, they do for {translated.shown}. Of {new.messages} messages that nothing was written "
        f"for, the right answer is first for {new.first}, and among the first three for {new.shown}. `explain` calls "
        f"{none} a missing permission."
    )


def _lines(*, is_long: bool) -> Iterator[str]:
    named = {"reported": plain(), "cured": cured(), "left out": left_out(), "cured, left out": cured_left_out()}
    named |= {"held out": unseen(), **{change: changed(change) for change in CHANGES}}
    for name, one in named.items():
        share = f"{one.shown / one.messages:.0%}"
        yield f"{name}: of {one.messages}, {one.first} first, {one.shown} among the first three ({share})"
        if is_long:
            yield from (f"  {place}" for place in one.misplaced)
    yield f"false alarms: {len(false_alarms())} of {len(alarms())}"
    yield from (f"  {text}" for text in false_alarms())
    for (part, name), threads in answering().items():
        if is_long or len(threads) < 2:
            yield f"{part} {name}: in the messages of {len(threads)} threads"


if __name__ == "__main__":
    print("\n".join(_lines(is_long="--long" in sys.argv)))

"""What each part of an error message decides: without a word of it, or in another answer, it is taken apart as kept.

golden/messages has what the examples of all forms tell, and for CloudTrail events and answers of Describe… operations
the lines that differ for each damage. After a change that is meant: `GOLDEN=write pytest tests/test_message_damage.py`,
and look at the difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from composing import compiled
from damage import decides, is_kept
from sagemaker_roles.errors import InputError
from sagemaker_roles.explanations import messages
from sagemaker_roles.explanations.clues import first_form, read_messages
from sagemaker_roles.explanations.explanation import explain_message
from sagemaker_roles.explanations.messages import shown

FIXTURES = Path(__file__).parent / "fixtures" / "messages"
KEPT = Path(__file__).parent / "golden" / "messages"
CASES = Path(__file__).parent / "fixtures" / "message-cases.yaml"
USER = "User: arn:aws:sts::111122223333:assumed-role/R/S is not authorized to perform: "


def lines(text: str) -> list[str]:
    """What a text tells, a line for each message and each thing that it shows."""
    out = []
    for one in read_messages(compiled(), text):
        own = one._asdict()
        out.append(f"{one.form}:")
        out += [f"{key}: {value}" for key, value in own.items() if value and key not in ("form", "forms", "text")]
    return out


def test_each_form_tells_what_is_kept() -> None:
    forms = compiled().messages
    out: list[str] = []
    for name, form in forms.items():
        for text in form["examples"]:
            assert first_form(forms, text) == name
            out += [*lines(text), ""]
    assert is_kept(KEPT / "forms.txt", "\n".join(out))


@pytest.mark.parametrize("name", ["events.json", "answers.json"])
def test_each_member_decides_what_is_kept(name: str) -> None:
    value = json.loads((FIXTURES / name).read_text("utf-8"))
    assert decides(KEPT / f"{name}.txt", value, lambda value: lines(json.dumps(value)))


def causes(text: str, operation: str) -> Iterator[str]:
    """What the first causes of a text are, a line each, and of the very first, what to do about it."""
    for number, one in enumerate(explain_message(compiled(), text, operation=operation).causes[:3]):
        place = "/".join(filter(None, (one.operation, one.role or ("caller" if one.caller else ""), one.addon)))
        yield f"{number + 1}. {one.matter}: {one.action} on {one.resource}: {place or 'no operation'}"
        if number:
            continue
        yield f"  by {one.principal} ({one.who}); {one.layer}, {'named' if one.layer_named else 'as usual'}"
        yield from [f"  add {json.dumps(one.statement)}"] if one.statement else []
        yield from (f"  {layer} too" for layer in one.also)
        yield from (f"  next {action}" for action in one.next)
        yield from (f"  ${{{name}}} is open" for name in one.placeholders)
        yield from (f"  {said}" for said in (one.check, one.question) if said)
        yield from (f"  look: {said}" for said in one.look if one.matter != "permission" or not one.operation)


def test_what_is_said_of_each_message_is_kept() -> None:
    found = []
    for name, case in yaml.load(CASES.read_text("utf-8"), Loader=yaml.CSafeLoader).items():
        found.append("\n".join([f"# {name}", *causes(case["text"], case.get("operation", ""))]))
    assert is_kept(KEPT / "cases.txt", "\n\n".join(found) + "\n")


def _words() -> Iterator[tuple[str, str]]:
    for form in compiled().messages.values():
        text = form["examples"][0]
        words = text.split(" ")
        for number in range(len(words)):
            without = " ".join([*words[:number], *words[number + 1 :]])
            yield f"{form['title']} without {words[number]}", without


def test_each_word_decides_what_is_kept() -> None:
    found: dict[str, list[str]] = {}
    for what, text in _words():
        told = "\n".join(lines(text))
        found.setdefault(told or "nothing", []).append(what)
    text = "\n".join(f"# {'; '.join(places)}\n{told}\n" for told, places in found.items())
    assert is_kept(KEPT / "words.txt", text)


def test_a_message_is_found_once_wherever_a_long_text_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "_PIECE", 200)
    monkeypatch.setattr(messages, "BEFORE", 300)
    text = f"{USER}s3:GetObject on resource: arn:aws:s3:::amzn-s3-demo-bucket/a"
    alone = read_messages(compiled(), text)
    assert len(alone) == 1
    for before in range(0, 420, 7):
        for end in ("\n", " "):
            found = read_messages(compiled(), "x" * before + end + text + end + "y" * 400)
            assert [one._replace(text="") for one in found] == [one._replace(text="") for one in alone], before


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n".join(f"{USER}s3:Get{number} on resource: arn:aws:s3:::b" for number in range(25))
    assert [one.actions for one in read_messages(compiled(), text)] == [(f"s3:Get{number}",) for number in range(20)]
    monkeypatch.setattr(messages, "MAX_TEXT", 2 << 20)
    assert read_messages(compiled(), " " * (2 << 20)) == []
    with pytest.raises(InputError, match=r"message: larger than 2 million characters;"):
        read_messages(compiled(), " " * ((2 << 20) + 1))
    listed = json.dumps([{"FailureReason": f"{USER}s3:GetObject", "RoleArn": "r"}])
    assert [one.role for one in read_messages(compiled(), f"  {listed}")] == ["r"]
    monkeypatch.setattr(messages, "MAX_JSON", len(listed))
    assert [one.role for one in read_messages(compiled(), listed)] == ["r"]
    monkeypatch.setattr(messages, "MAX_JSON", len(listed) - 1)
    assert [one.role for one in read_messages(compiled(), listed)] == [""]


def test_what_is_shown_has_no_secret_and_is_not_long() -> None:
    assert shown("a" * 400) == "a" * 400 and shown("a" * 401) == "a" * 399 + "…"
    assert (
        shown("AKIAABCDEFGHIJKLMNOP x&Signature=abc%2F&y X-Amz-Credential=c/d z")
        == "… x&Signature=…&y X-Amz-Credential=… z"
    )
    secret = "x" * 396 + " ASIAABCDEFGHIJKLMNOP"
    assert "ASIA" not in shown(secret)
    # As much of a text is looked at as can be shown where it is full of secrets.
    assert shown("AKIAABCDEFGHIJKLMNOP " * 100).count("…") == 76
    assert "\x1b" not in shown("\x1b[0m")

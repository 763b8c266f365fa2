"""The API calls of a command of the AWS CLI, of services with data of calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...engine.code_permissions import CodeCall
from .member_names import plain

_PATH = re.compile(r"\$\{([A-Za-z]\w*)")


class Command(NamedTuple):
    """A command of the AWS CLI.

    Attributes:
        names: its words before the first option: service, operation, and arguments.
        options: its options, each with its values.
    """

    names: list[str]
    options: dict[str, list[str]]

    @property
    def shown(self) -> str:
        """How messages call it."""
        return " ".join(("aws", *self.names[: 3 if self.names[1:2] == ["wait"] else 2]))


def parse(words: Sequence[str], ignored: frozenset[str]) -> Command:
    """Split the words after ``aws``.

    Args:
        ignored: options that are no members of a request.
    """
    names, options = list[str](), dict[str, list[str]]()
    current: list[str] | None = None
    for word in words:
        if word.startswith("--"):
            key, equals, value = word[2:].partition("=")
            current = options.setdefault(key, [])
            current += [value] if equals else []
        elif current is None or (len(names) < 2 and len(current) == 1 and not options.keys() - ignored):
            names.append(word)
        else:
            current.append(word)
    return Command(names, options)


def calls_of(
    code: Mapping[str, Any], known: Mapping[str, Any], command: Command, value: Callable[[list[str]], Any], place: str
) -> list[CodeCall] | None:
    """The calls of a command; None if it is not known what it calls.

    Args:
        code: the part ``code`` of the catalog.
        known: what data/shared/inputs.yaml says of commands.
        value: reads the words of an option.
        place: where the command stands.
    """
    service, name = (*command.names, "", "")[:2]
    if service in known["none"] or not service or "help" in (service, name):
        return []
    service = known["services"].get(service, service)
    if service == "s3" and name in known["urls"]:
        return [*_of_urls(known["urls"][name], command, place)]
    said = code["services"].get(service)
    operations = known["operations"].get(f"{service} {name}")
    if operations is None and said is not None:
        if name == "wait" and len(command.names) > 2:
            waiter = plain(command.names[2])
            operations = [one for key, one in said["waiters"].items() if plain(key) == waiter]
        else:
            operations = [one for one in said["operations"] if plain(one) == plain(name)]
    if not operations or said is None or not all(one in said["operations"] for one in operations):
        return None
    return [CodeCall(service, one, _members(said, one, command, value), place=place) for one in operations]


def _members(
    said: Mapping[str, Any], operation: str, command: Command, value: Callable[[list[str]], Any]
) -> dict[str, Any]:
    """The members of a request that its needs depend on; the AWS CLI writes their names in its own way."""
    names: dict[str, str] = {}
    for need in said["operations"][operation]:
        item: Mapping[str, Any] = {"resources": [need]} if isinstance(need, int) else need
        texts = [said["arns"][number] for number in item.get("resources", item.get("either", ()))]
        paths = [path for text in texts for path in _PATH.findall(text)]
        when = str(item.get("when", "")).lstrip("!").partition(".")[0].removesuffix("[]")
        names |= {plain(one): one for one in (*paths, when) if one}
    return {names[plain(key)]: value(given) for key, given in command.options.items() if given and plain(key) in names}


def _of_urls(does: Mapping[str, Sequence[str]], command: Command, place: str) -> Iterator[CodeCall]:
    """The calls of ``aws s3``: what it does with the first URL, and with the second."""
    urls = command.names[2:4]
    if not urls and "list" in does.get("from", ()):
        yield CodeCall("s3", "ListBuckets", place=place)
    for url, side in zip(urls, ("from", "to"), strict=False):
        if not url.startswith("s3://"):
            continue
        bucket, _, key = url.removeprefix("s3://").partition("/")
        names = [
            f"{one}_folder" if "recursive" in command.options and one in ("read", "write", "delete") else one
            for one in does.get(side, ())
        ]
        if any(one.endswith("_folder") for one in names):
            key += "/" * bool(key and not key.endswith("/"))
        elif side == "to" and key.rpartition("/")[2] == "":
            key += urls[0].rpartition("/")[2]
        yield from (CodeCall("s3", one, {"Bucket": bucket, "Key": key}, place=place) for one in names)
        if side == "to" and "delete" in command.options:
            yield CodeCall("s3", "delete_folder", {"Bucket": bucket, "Key": key}, place=place)

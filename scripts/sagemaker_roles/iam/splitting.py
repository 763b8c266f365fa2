"""Splits a policy document that is too large for one managed policy into the fewest that hold it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .size import POLICY_LIMIT, size

_SEARCH_STEPS = 20_000

#: Documents for which fewer are searched; a role with more has to be split anyway.
_SEARCHED = 200


def split(document: Mapping[str, Any], limit: int = POLICY_LIMIT) -> list[dict[str, Any]]:
    """Splits a document by its statements.

    Statements stay whole where they fit; one that is too large itself is cut by its resources, or by the values of its
    longest condition. The order of statements is kept within and between the documents as far as the packing allows.

    Args:
        document: a policy document.
        limit: characters that one document may have.

    Returns:
        The documents: the one given if it is small enough, else the fewest that first-fit-decreasing or a bounded
        search finds. The same input always gives the same output.

    Raises:
        ValueError: a statement is too large and has no list that could be cut.
    """
    if size(document) <= limit:
        return [dict(document)]
    frame = {key: value for key, value in document.items() if key != "Statement"}
    room = limit - size({**frame, "Statement": []}) + 1
    names = _names(document["Statement"])
    pieces = [piece for item in document["Statement"] for piece in _pieces(item, room - 1, names)]
    # Each statement but the first needs a comma, which the one more character of room pays for.
    bins = _packed([size(piece) + 1 for piece in pieces], room)
    return [{**frame, "Statement": [pieces[index] for index in sorted(one)]} for one in sorted(bins, key=min)]


#: Gives a Sid that no other statement has, as the member of a statement; none for a statement without one.
_Names = Callable[[Any], dict[str, Any]]


def _pieces(statement: Mapping[str, Any], limit: int, names: _Names) -> Iterator[dict[str, Any]]:
    """A statement, cut into as few parts as fit the limit: all but the last are as large as can be."""
    name = names(statement.get("Sid"))
    rest = {**statement, **name}
    while (whole := size(rest)) > limit:
        if (cut := _longest(rest)) is None:
            raise _too_large(statement)
        values, put = cut
        is_resources = values is rest.get("Resource")
        frame, at = size(put([])), 0
        while len(values) - at > 1 and whole > limit:
            end, room = at, limit - frame
            # As many as fit, with the commas between them, but for the last.
            while end < len(values) - 1 and (room := room - size(values[end])) >= 0:
                room, end = room - 1, end + 1
            if end == at:
                raise _too_large(statement)
            yield {**put(values[at:end]), **name}
            last, name = name, names(statement.get("Sid"))
            longer = size(name) - size(last)
            frame += longer
            whole += longer - sum(size(value) + 1 for value in values[at:end])
            at = end
            if not is_resources:
                break  # of the lists of a condition, another one may be the longest now
        rest = {**put(values[at:]), **name}
    yield rest


def _longest(statement: Mapping[str, Any]) -> tuple[list[Any], Callable[[list[Any]], dict[str, Any]]] | None:
    """The list of a statement that can be cut, and what puts another in its place; None if there is none."""
    resources = statement.get("Resource")
    if isinstance(resources, list) and len(resources) > 1:
        return resources, lambda values: {**statement, "Resource": values}
    condition = statement.get("Condition", {})
    lists = [
        (len(values), operator, key)
        for operator, keys in condition.items()
        for key, values in keys.items()
        # Alternatives may stand in several statements; what must not match has to stand in each.
        if isinstance(values, list) and len(values) > 1 and "Not" not in operator and "ForAllValues" not in operator
    ]
    if not lists:
        return None
    _, operator, key = max(lists)
    return condition[operator][key], lambda values: {
        **statement,
        "Condition": {**condition, operator: {**condition[operator], key: values}},
    }


def _too_large(statement: Mapping[str, Any]) -> ValueError:
    return ValueError(f"the statement {statement.get('Sid', '')} alone is larger than a policy can be")


def _names(statements: Iterable[Mapping[str, Any]]) -> _Names:
    """What gives statements, and their parts, their Sids."""
    taken = {statement.get("Sid") for statement in statements}
    numbers: dict[Any, int] = {}

    def name(sid: Any) -> dict[str, Any]:
        if sid is None:
            return {}
        if sid not in numbers:
            numbers[sid] = 2
            return {"Sid": sid}
        while f"{sid}{numbers[sid]}" in taken:
            numbers[sid] += 1
        own = f"{sid}{numbers[sid]}"
        taken.add(own)
        return {"Sid": own}

    return name


def _packed(weights: list[int], room: int) -> list[list[int]]:
    """Puts weights into bins: first-fit-decreasing, then a bounded search for fewer bins."""
    order = sorted(range(len(weights)), key=lambda index: (-weights[index], index))
    best = _first_fit(order, weights, room)
    least = -(-sum(weights) // room)
    for count in range(least, len(best)) if len(best) <= _SEARCHED else ():
        packing = _search(order, weights, room, count)
        if packing is not None:
            return packing
    return best


def _first_fit(order: list[int], weights: list[int], room: int) -> list[list[int]]:
    bins: list[list[int]] = []
    # What is left of each bin that the lightest still fits into.
    left: dict[int, int] = {}
    lightest = min(weights)
    for index in order:
        number = next((number for number, free in left.items() if weights[index] <= free), len(bins))
        if number == len(bins):
            bins.append([])
        bins[number].append(index)
        left[number] = left.get(number, room) - weights[index]
        if left[number] < lightest:
            del left[number]
    return bins


def _search(order: list[int], weights: list[int], room: int, count: int) -> list[list[int]] | None:
    """A packing into so many bins, or None if there is none or none is found in time."""
    left = [room] * count
    # Per weight placed: the bin it is in, to go on from there on the way back.
    placed: list[int] = []
    start = 0
    for _ in range(_SEARCH_STEPS):
        if len(placed) == len(order):
            return [
                [index for index, number in zip(order, placed, strict=True) if number == one] for one in range(count)
            ]
        index = order[len(placed)]
        tried: set[int] = set(left[:start])
        number = next((n for n in range(start, count) if weights[index] <= left[n] and left[n] not in tried), None)
        if number is not None:
            left[number] -= weights[index]
            placed.append(number)
            start = 0
            continue
        if not placed:
            return None
        back = placed.pop()
        left[back] += weights[order[len(placed)]]
        start = back + 1
    return None

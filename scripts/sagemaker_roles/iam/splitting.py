"""Splits a policy document that is too large for one managed policy into the fewest that hold it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .size import POLICY_LIMIT, size

_SEARCH_STEPS = 20_000


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
    statements = [piece for item in document["Statement"] for piece in _pieces(item, room - 1)]
    statements = _renamed(statements)
    # Each statement but the first needs a comma, which the one more character of room pays for.
    weights = [size(item) + 1 for item in statements]
    bins = _packed(weights, room)
    return [{**frame, "Statement": [statements[index] for index in sorted(one)]} for one in sorted(bins, key=min)]


def _pieces(statement: Mapping[str, Any], limit: int) -> Iterator[dict[str, Any]]:
    """A statement, cut into as few parts as fit the limit: all but the last are as large as can be."""
    rest = dict(statement)
    while size(rest) > limit:
        values, put = _longest(rest)
        few, many = 0, len(values)
        while many - few > 1:
            middle = (few + many) // 2
            if size(put(values[:middle])) <= limit:
                few = middle
            else:
                many = middle
        if not few:
            raise _too_large(statement)
        yield put(values[:few])
        rest = put(values[few:])
    yield rest


def _longest(statement: Mapping[str, Any]) -> tuple[list[Any], Callable[[list[Any]], dict[str, Any]]]:
    """The list of a statement that can be cut, and what puts another in its place."""
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
        raise _too_large(statement)
    _, operator, key = max(lists)
    return condition[operator][key], lambda values: {
        **statement,
        "Condition": {**condition, operator: {**condition[operator], key: values}},
    }


def _too_large(statement: Mapping[str, Any]) -> ValueError:
    return ValueError(f"the statement {statement.get('Sid', '')} alone is larger than a policy may be")


def _renamed(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Statements with Sids that are unique again after cutting."""
    taken = {item.get("Sid") for item in statements}
    seen: set[Any] = set()
    out = []
    for item in statements:
        sid = item.get("Sid")
        if sid is not None and sid in seen:
            number = 2
            while f"{sid}{number}" in taken:
                number += 1
            item = {**item, "Sid": f"{sid}{number}"}
            taken.add(item["Sid"])
        seen.add(item.get("Sid"))
        out.append(item)
    return out


def _packed(weights: list[int], room: int) -> list[list[int]]:
    """Puts weights into bins: first-fit-decreasing, then a bounded search for fewer bins."""
    order = sorted(range(len(weights)), key=lambda index: (-weights[index], index))
    best = _first_fit(order, weights, room)
    least = -(-sum(weights) // room)
    for count in range(least, len(best)):
        packing = _search(order, weights, room, count)
        if packing is not None:
            return packing
    return best


def _first_fit(order: list[int], weights: list[int], room: int) -> list[list[int]]:
    bins: list[list[int]] = []
    left: list[int] = []
    for index in order:
        for number, free in enumerate(left):
            if weights[index] <= free:
                bins[number].append(index)
                left[number] -= weights[index]
                break
        else:
            bins.append([index])
            left.append(room - weights[index])
    return bins


def _search(order: list[int], weights: list[int], room: int, count: int) -> list[list[int]] | None:
    """A packing into so many bins, or None if there is none or none is found in time."""
    bins: list[list[int]] = [[] for _ in range(count)]
    left = [room] * count
    # Per weight placed: the bin it is in, to go on from there on the way back.
    placed: list[int] = []
    start = 0
    for _ in range(_SEARCH_STEPS):
        if len(placed) == len(order):
            return bins
        index = order[len(placed)]
        tried: set[int] = set(left[:start])
        number = next((n for n in range(start, count) if weights[index] <= left[n] and left[n] not in tried), None)
        if number is not None:
            bins[number].append(index)
            left[number] -= weights[index]
            placed.append(number)
            start = 0
            continue
        if not placed:
            return None
        back = placed.pop()
        bins[back].pop()
        left[back] += weights[order[len(placed)]]
        start = back + 1
    return None

"""Draws who needs what for an operation: the caller, the service, its roles, and the services that the roles use."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple

from .published import Data, Published

#: What leads from the caller to a role that it passes, and to one whose ARN the request only holds.
_PASSED = {True: ("iam:PassRole", "m"), False: ("only names it", "s")}
#: Height of a service's box, and the space between boxes.
_LINE = 34
_GAP = 6
#: Height of a service's box on a phone, where it has its name only, and the width of a letter in a wide face.
_PILL = 22
_LETTER = 7.5
#: Heights of a box and of an arrow on a phone: the policy below should begin soon.
_SMALL = 28
_STEP = 22


class _Service(NamedTuple):
    """A service that a role uses: its name, the actions, and the add-ons that bring it ("" for the base)."""

    name: str
    actions: int
    addons: tuple[str, ...]


class _Role(NamedTuple):
    """A role as the picture shows it."""

    id: str
    title: str
    service: str
    passed: bool
    always: tuple[_Service, ...]
    with_addons: tuple[_Service, ...]
    is_short: bool


def of_operation(published: Published, record: Data, is_short: bool) -> str:
    """The picture of an operation.

    Args:
        record: its operation.json.
        is_short: whether each role has a page of its own, and the picture only counts the services of add-ons.
    """
    return _figure(record["operation"], [_role(published, role, is_short) for role in record["roles"]])


def of_role(published: Published, record: Data, role: Data) -> str:
    """The picture of one role of an operation."""
    return _figure(record["operation"], [_role(published, role, is_short=False)])


def _role(published: Published, role: Data, is_short: bool) -> _Role:
    always = _services(published, [("", item) for item in role["statements"]])
    added = _services(published, [(addon["id"], item) for addon in role["addons"] for item in addon["statements"]])
    # A service of the base stays there, and lights up with the add-ons that use it too.
    base = tuple(item._replace(addons=added[name].addons if name in added else ()) for name, item in always.items())
    others = tuple(item for name, item in added.items() if name not in always)
    trusted = (value for item in role["trust"] for value in item["statement"]["Principal"].get("Service", ()))
    services = sorted({_principal(published, value) for value in trusted}, key=lambda name: name != "SageMaker AI")
    return _Role(
        role["id"],
        role["title"],
        next(iter(services), "Another role"),
        not role["not_passed"],
        base,
        others,
        is_short,
    )


def _services(published: Published, items: Iterable[tuple[str, Data]]) -> dict[str, _Service]:
    """Services by name: those with the most actions are where a reader looks first."""
    actions: dict[str, set[str]] = {}
    addons: dict[str, list[str]] = {}
    for addon, item in items:
        for action in item["statement"]["Action"]:
            name = published.service(action.partition(":")[0])
            actions.setdefault(name, set()).add(action)
            addons.setdefault(name, []).append(addon)
    services = [_Service(name, len(those), tuple(dict.fromkeys(addons[name]))) for name, those in actions.items()]
    return {item.name: item for item in sorted(services, key=lambda item: (-item.actions, item.name))}


def _principal(published: Published, value: str) -> str:
    """A service principal as the name of its service, such as hyperpod.sagemaker.amazonaws.com as SageMaker AI."""
    return published.service(value.removesuffix(".amazonaws.com").rpartition(".")[2])


# --- words -----------------------------------------------------------------------------------------------------------


def _sentences(roles: Sequence[_Role]) -> Iterator[str]:
    """The picture in sentences, for those who hear it."""
    if not roles:
        yield "The caller calls the operation. The operation accepts no role of its own."
    for role in roles:
        title = role.title[:1].lower() + role.title[1:]
        yield (f"The caller passes the {title} with iam:PassRole. " if role.passed else "") + (
            f"{role.service} assumes the {title}."
        )
        if role.always:
            yield f"The role always uses {_list(item.name for item in role.always)}."
        if role.with_addons and role.is_short:
            yield f"With add-ons it also uses {len(role.with_addons)} more services."
        elif role.with_addons:
            yield f"With add-ons it also uses {_list(item.name for item in role.with_addons)}."


def _list(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)}{',' if len(first) > 1 else ''} and {last}" if first else last


# --- drawing ---------------------------------------------------------------------------------------------------------


def _text(x: float, y: float, value: str, css: str = "s", anchor: str = "middle") -> str:
    return f'<text class="{css}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(value)}</text>'


def _box(x: float, y: float, width: float, height: float, css: str = "b") -> str:
    return f'<rect class="{css}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="7"/>'


def _arrow(points: Sequence[tuple[float, float]], css: str = "") -> str:
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
    (x0, _y0), (x, y) = points[-2:]
    # A head of its own: a marker would need an ID, and a page can hold two pictures.
    head = f"M{x:g} {y:g}l-7 -4v8z" if x > x0 else f"M{x:g} {y:g}l-4 -7h8z"
    return f'<path class="a{css}" d="{path}"/><path class="h" d="{head}"/>'


def _grid(x: float, y: float, width: float, columns: int, items: Sequence[_Service]) -> str:
    each = (width - _GAP * (columns - 1)) / columns
    drawn = []
    for place, item in enumerate(items):
        left, top = x + place % columns * (each + _GAP), y + place // columns * (_LINE + _GAP)
        count = f"{item.actions} action{'s' * (item.actions != 1)}"
        css = "n" if len(item.name) * _LETTER < each - 8 else "n long"
        drawn.append(
            f"{_service(item)}{_box(left, top, each, _LINE)}"
            f"{_text(left + each / 2, top + 15, item.name, css)}{_text(left + each / 2, top + 27, count, 'c')}</g>"
        )
    return "".join(drawn)


def _service(item: _Service) -> str:
    """What begins a service's box; the page lights it with these add-ons."""
    addons = " ".join(item.addons)
    return f'<g class="svc" data-addons="{escape(addons)}">' if addons else '<g class="svc">'


def _flow(x: float, y: float, width: float, items: Sequence[_Service]) -> tuple[str, float]:
    """Services by name one after another, in as many lines as it takes: the drawing, and its height."""
    drawn, left, top = [], x, y
    for item in items:
        each = len(item.name) * _LETTER + 12
        if left > x and left + each > x + width:
            left, top = x, top + _PILL + _GAP
        drawn.append(
            f"{_service(item)}{_box(left, top, each, _PILL)}{_text(left + each / 2, top + 15, item.name, 'n')}</g>"
        )
        left += each + _GAP
    return "".join(drawn), top + _PILL - y


def _lines(items: Sequence[_Service], columns: int) -> int:
    return -(-len(items) // columns)


def _panels(role: _Role, x: float, y: float, width: float, columns: int = 0) -> tuple[str, float]:
    """What a role uses, always and with add-ons: the drawing, and its height. Without columns, the names flow."""
    if role.is_short:
        return _names(role, x, y, width)
    drawn, top = [], y
    for label, items, css in (("Always", role.always, "g"), ("With add-ons", role.with_addons, "g o")):
        if not items:
            continue
        services, height = _flow(x + 8, top + 22, width - 16, items)
        if columns:
            services = _grid(x + 8, top + 24, width - 16, columns, items)
            height = _lines(items, columns) * (_LINE + _GAP)
        height += 28
        drawn.append(
            f'<g class="{css}">{_box(x, top, width, height, "p")}{_text(x + 10, top + 16, label, "l", "start")}'
            f"{services}</g>"
        )
        top += height + 8
    if not drawn:
        drawn.append(_text(x + 8, top + 30, "Nothing by itself", "s", "start"))
        top += 48
    return f'<g data-role="{escape(role.id)}">{"".join(drawn)}</g>', top - y - 8


def _lines_of(role: _Role, width: float) -> list[str]:
    """What a role uses in a line or two, where a page of its own draws it."""
    names = [item.name for item in role.always]
    most = int(width / 8)
    if len(", ".join(names)) > most:
        most -= len(", and 9 more")
    while len(", ".join(names)) > most:
        names.pop()
    rest = len(role.always) - len(names)
    lines = [", ".join(names) + (f", and {rest} more" if rest else "")]
    return [*lines, f"{len(role.with_addons)} more with add-ons"] if role.with_addons else lines


def _names(role: _Role, x: float, y: float, width: float) -> tuple[str, float]:
    """What a role uses in a line or two, in a box: the drawing, and its height."""
    lines = _lines_of(role, width)
    height = 18 + 17 * len(lines)
    texts = "".join(_text(x + 10, y + 22 + 17 * at, line, "s" if at else "n", "start") for at, line in enumerate(lines))
    return f'<g data-role="{escape(role.id)}">{_box(x, y, width, height)}{texts}</g>', height


def _role_box(role: _Role, x: float, y: float, width: float) -> tuple[str, float]:
    """The box of a role around a middle, with its title in as many lines as it takes; and its height."""
    lines = textwrap.wrap(role.title, int(width / 9))
    height = 26 + 17 * len(lines)
    top = y - height / 2
    texts = "".join(_text(x + width / 2, top + 25 + 17 * place, line, "t") for place, line in enumerate(lines))
    return f'<g class="role">{_box(x, top, width, height)}{texts}</g>', height


def _wide(roles: Sequence[_Role]) -> tuple[str, float]:
    width, middles, drawn, top = 1160, [], [], 4.0
    for role in roles:
        _, used = _panels(role, 690, 0, width - 692, 3)
        height = max(used, 56, _role_box(role, 0, 0, 164)[1])
        middle = top + height / 2
        panels, _ = _panels(role, 690, middle - used / 2, width - 692, 3)
        middles.append(middle)
        drawn += [
            panels,
            _box(256, middle - 26, 150, 52),
            _text(331, middle + 5, role.service, "t"),
            _arrow([(406, middle), (490, middle)]),
            _text(448, middle - 8, "assumes"),
            _role_box(role, 492, middle, 164)[0],
            _arrow([(656, middle), (689, middle)]),
        ]
        top += height + 16
    if not roles:
        middles, top = [40.0], 84
        drawn += [_box(256, 14, 150, 52), _text(331, 45, "SageMaker AI", "t")]
    center = (middles[0] + middles[-1]) / 2
    for role, middle in zip(roles, middles, strict=False):
        drawn.append(_arrow([(130, center), (142, center), (142, middle), (254, middle)], "" if role.passed else " o"))
        drawn.append(_text(198, middle - 8, *_PASSED[role.passed]))
    if not roles:
        drawn += [_arrow([(130, 40), (254, 40)]), _text(192, 32, "calls")]
    drawn += [_box(2, center - 26, 128, 52), _text(66, center + 5, "Caller", "t")]
    return "".join(drawn), top - 8


def _tall(roles: Sequence[_Role]) -> tuple[str, float]:
    width, drawn, top = 356, [], 2.0
    drawn += [_box(2, top, width, _SMALL), _text(180, top + 19, "Caller", "t")]
    top += _SMALL
    for role in roles:
        if role.is_short or role is not roles[0]:
            # Of several roles, each but the first is one box, so that a policy is near on a phone.
            lines = _lines_of(role, width)
            high = 44 + 16 * len(lines)
            assumed = (
                f"assumed by {role.service.replace('Another', 'another')}, {'passed' if role.passed else 'only named'}"
            )
            texts = "".join(
                _text(12, top + 68 + 16 * at, line, "s" if at else "n", "start") for at, line in enumerate(lines)
            )
            drawn += [
                _arrow([(60, top), (60, top + 14)]),
                f'<g class="role">{_box(2, top + 16, width, high)}</g>',
                _text(12, top + 34, role.title, "t", "start"),
                _text(12, top + 51, assumed, "s", "start"),
                f'<g data-role="{escape(role.id)}">{texts}</g>',
            ]
            top += 16 + high
            continue
        label, css = _PASSED[role.passed]
        drawn += [
            _arrow([(60, top), (60, top + _STEP - 2)], "" if role.passed else " o"),
            _text(74, top + 15, label, css, "start"),
        ]
        top += _STEP
        drawn += [_box(2, top, width, _SMALL), _text(180, top + 19, role.service, "t")]
        top += _SMALL
        drawn += [_arrow([(60, top), (60, top + _STEP - 2)]), _text(74, top + 15, "assumes", "s", "start")]
        top += _STEP
        drawn.append(f'<g class="role">{_box(2, top, width, _SMALL)}{_text(180, top + 19, role.title, "t")}</g>')
        top += _SMALL
        drawn.append(_arrow([(60, top), (60, top + 12)]))
        top += 14
        panels, height = _panels(role, 2, top, width)
        drawn.append(panels)
        top += height + 8
    return "".join(drawn), top + 2


def _figure(name: str, roles: Sequence[_Role]) -> str:
    """Both drawings, of which a style sheet shows one; it reads the same in each."""
    title, words = f"Who needs what for {name}", " ".join(_sentences(roles))
    drawings = []
    for css, width, (drawn, height) in (("wide", 1162, _wide(roles)), ("tall", 360, _tall(roles))):
        drawings.append(
            f'<svg class="{css}" viewBox="0 0 {width} {height:g}" role="img" aria-labelledby="picture-{css}-title '
            f'picture-{css}-words"><title id="picture-{css}-title">{escape(title)}</title>'
            f'<desc id="picture-{css}-words">{escape(words)}</desc>{drawn}</svg>'
        )
    return f'<figure class="picture" data-search-exclude>{"".join(drawings)}</figure>'

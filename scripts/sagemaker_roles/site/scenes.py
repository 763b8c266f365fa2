"""Draws the pictures of guides: places, what is in them, and who calls whom; narrow enough for a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from . import templates
from .published import Published

_WIDTH = 360


class Box(NamedTuple):
    """Something that acts or is used: where it is, its name, and what it is there for."""

    x: float
    y: float
    width: float
    title: str
    says: str = ""
    css: str = ""


class Area(NamedTuple):
    """A place that contains boxes, such as an account."""

    x: float
    y: float
    width: float
    height: float
    title: str


class Arrow(NamedTuple):
    """A way from one point to another, straight or around a corner, with a word at it; ``o`` is blocked."""

    points: Sequence[tuple[float, float]]
    says: str = ""
    css: str = ""


class Scene(NamedTuple):
    """A picture: its height, its title, what it says to those who hear it, and its parts."""

    height: float
    title: str
    words: str
    parts: Sequence[Area | Box | Arrow]


#: What cures a denial by a layer (``cure`` of data/layers.yaml), in a few words.
_CURES = {
    "allow": "allow it there too",
    "resource": "allow it there, by principal",
    "remove": "remove what denies it",
}

_ACCOUNTS = Scene(
    228,
    "A role and a resource in two accounts",
    "The execution role in your account calls a bucket, a key, or a repository in another account. The permissions "
    "policy of the role and the policy of the resource must both allow the call.",
    (
        Area(2, 2, 356, 88, "Your account"),
        Box(14, 30, 150, "Execution role", "makes the call", "role"),
        Box(196, 30, 150, "Permissions policy", "must allow it"),
        Arrow(((164, 54), (194, 54))),
        Arrow(((271, 78), (271, 164)), "the call"),
        Area(2, 138, 356, 88, "Another account"),
        Box(196, 166, 150, "Resource policy", "must allow it too"),
        Box(14, 166, 150, "Bucket, key, image", "is used"),
        Arrow(((196, 190), (166, 190))),
    ),
)

_DEPUTY = Scene(
    268,
    "The condition of a trust policy blocks the jobs of other accounts",
    "Your job and the job of another account both reach SageMaker AI, which can assume your role. The conditions "
    "aws:SourceArn and aws:SourceAccount in the trust policy allow your job only.",
    (
        Area(2, 2, 172, 84, "Your account"),
        Box(14, 30, 148, "Your job"),
        Area(186, 2, 172, 84, "Another account"),
        Box(198, 30, 148, "Another job", "names your role"),
        Arrow(((88, 78), (88, 108))),
        Arrow(((272, 78), (272, 108))),
        Box(14, 110, 332, "SageMaker AI", "calls sts:AssumeRole for the job"),
        Arrow(((88, 158), (88, 212)), "source is yours: allowed"),
        Arrow(((272, 158), (272, 196)), "blocked", "o"),
        Box(14, 214, 332, "Your role", "aws:SourceArn, aws:SourceAccount", "role"),
    ),
)

_LAYERS = Scene(
    330,
    "Layers that decide about a call of the role",
    "The code in your VPC calls with the role. Its permissions policy, the permissions boundary, and the policies of "
    "the organization must allow the call. Then the policy of the VPC endpoint decides. Last, the policy of the "
    "resource decides if the resource is in another account or is a key.",
    (
        Area(2, 2, 356, 138, "Your VPC, with the role"),
        Box(14, 28, 158, "1 Permissions policy", "what the role can do", "role"),
        Box(188, 28, 158, "2 Boundary", "if the role has one"),
        Box(14, 82, 332, "3 Organization", "service and resource control policies"),
        Arrow(((240, 130), (240, 160))),
        Box(14, 162, 332, "4 Endpoint policy", "all calls through it"),
        Arrow(((240, 210), (240, 266))),
        Area(2, 240, 356, 88, "AWS service, with the resource"),
        Box(14, 268, 332, "5 Resource policy", "for another account, and for keys"),
    ),
)


def parts(published: Published) -> dict[str, str]:
    """The pictures as files that guides include: path below docs/reference to HTML."""
    scenes = {"accounts": _ACCOUNTS, "deputy": _DEPUTY, "internet": _LAYERS, "denial": _denial(published)}
    return {
        f"parts/{name}.html": templates.page("scene.html.j2", name=name, **_drawn(item))
        for name, item in scenes.items()
    }


def _denial(published: Published) -> Scene:
    """From a message to the layer that decided, and what cures it: the layers of the catalog, in their order."""
    layers: Mapping[str, Mapping[str, str]] = published.catalog.get("layers", {})
    drawn: list[Area | Box | Arrow] = [Box(2, 2, 356, "AccessDenied", "the message names what decided", "bad")]
    above, y = 50.0, 62.0
    for layer in layers.values():
        title = layer["title"][:1].upper() + layer["title"][1:]
        drawn += [
            Arrow(((12, above), (12, y + 24), (24, y + 24))),
            Box(26, y, 332, title, _CURES[layer["cure"]]),
        ]
        above, y = y + 24, y + 56
    cures = "; ".join(f"{layer['title']}: {_CURES[layer['cure']]}" for layer in layers.values())
    return Scene(
        y, "Which layer decides, and what cures the denial", f"The message names one of these. {cures}.", drawn
    )


def _drawn(scene: Scene) -> dict[str, object]:
    return {
        "width": _WIDTH,
        "height": scene.height,
        "title": scene.title,
        "words": scene.words,
        "drawn": templates.markup("".join(_part(part) for part in scene.parts)),
    }


def _part(part: Area | Box | Arrow) -> str:
    match part:
        case Area(x, y, width, height, title):
            return (
                f'<rect class="p area" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="7"/>'
                f'<text class="l" x="{x + 10:g}" y="{y + 17:g}">{escape(title)}</text>'
            )
        case Box(x, y, width, title, says, css):
            middle, top = x + width / 2, y + (21 if says else 29)
            second = (
                f'<text class="c" x="{middle:g}" y="{y + 37:g}" text-anchor="middle">{escape(says)}</text>'
                if says
                else ""
            )
            return (
                f'<g class="{css}"><rect class="b" x="{x:g}" y="{y:g}" width="{width:g}" height="48" rx="7"/>'
                f'<text class="t" x="{middle:g}" y="{top:g}" text-anchor="middle">{escape(title)}</text>{second}</g>'
            )
        case Arrow(points, says, css):
            (x0, y0), (x, y) = points[-2:]
            path = "M" + "L".join(f"{a:g} {b:g}" for a, b in points)
            if x == x0:
                head = f"M{x:g} {y:g}l-4 -7h8z" if y > y0 else f"M{x:g} {y:g}l-4 7h8z"
            else:
                head = f"M{x:g} {y:g}l-7 -4v8z" if x > x0 else f"M{x:g} {y:g}l7 -4v8z"
            word = f'<text class="s" x="{x + 8:g}" y="{(y0 + y) / 2 + 4:g}">{escape(says)}</text>' if says else ""
            return f'<path class="a {css}" d="{path}"/><path class="h" d="{head}"/>{word}'

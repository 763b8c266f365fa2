"""What the build draws says what the artifacts say, and stays inside of its frame."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from built import ROOT
from hypothesis import given
from hypothesis import strategies as st

from kb.site import picture, proof_pages
from kb.site.operation import has_role_pages
from kb.site.published import CLOSED, Published, status
from kb.site.text import share


@pytest.fixture(scope="module")
def published() -> Published:
    return Published(ROOT / "build" / "v1")


def drawings(html: str) -> list[ElementTree.Element]:
    """The SVGs of a figure; it is XML, but for an attribute without a value."""
    return list(ElementTree.fromstring(html.strip().replace(" data-search-exclude", "")).iter("svg"))  # noqa: S314


def inside(drawing: ElementTree.Element) -> None:
    """Every box and text begins and ends in the frame, whatever the width of its letters up to 0.6 of their size."""
    _, _, width, height = (float(item) for item in drawing.attrib["viewBox"].split())
    for box in drawing.iter("rect"):
        x, y = float(box.get("x", 0)), float(box.get("y", 0))
        assert x >= 0 and x + float(box.attrib["width"]) <= width + 1
        assert y >= 0 and y + float(box.attrib["height"]) <= height + 1
    for text in drawing.iter("text"):
        assert 0 <= float(text.attrib["y"]) <= height
        length, x = 6.6 * len(text.text or ""), float(text.attrib["x"])
        left = {"start": x, "middle": x - length / 2, "end": x - length}[text.get("text-anchor", "start")]
        assert left >= -12 and left + length <= width + 12, text.text


def figure(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(html)  # noqa: S314


def marked(place: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    """The parts of a figure that have a class."""
    return [one for one in place.iter() if name in one.get("class", "").split()]


def names_in(place: ElementTree.Element) -> set[str]:
    return {one.findtext("b") or "" for one in marked(place, "svc")}


def test_pictures_name_what_a_role_uses_always_and_with_add_ons(published: Published) -> None:
    seen = 0
    for record in published.operations.values():
        for role in record["roles"]:
            wanted = [
                {
                    published.service(a.split(":")[0])
                    for item in holder["statements"]
                    for a in item["statement"]["Action"]
                }
                for holder in [role, *role["addons"]]
            ]
            always, added = wanted[0], set().union(*wanted[1:]) - wanted[0]
            drawn = figure(picture.drawn(published, record, [role]))
            for css, expected in (("always", always), ("added", added)):
                found = set().union(*map(names_in, marked(drawn, css)))
                assert found == expected, f"{record['operation']}/{role['id']}"
            told = drawn.findtext("figcaption") or ""
            assert all(name in told for name in always | added)
            lit = {one.findtext("b"): one.get("data-addons", "").split() for one in marked(drawn, "svc")}
            for addon, services in zip(role["addons"], wanted[1:], strict=True):
                assert all(addon["id"] in lit[name] for name in services)
            seen += 1
    assert seen > 75


def test_the_picture_of_an_operation_has_each_role_and_says_which_are_passed(published: Published) -> None:
    for record in published.operations.values():
        drawn = figure(picture.drawn(published, record, record["roles"], has_role_pages(record)))
        assert drawn.attrib["aria-label"].endswith(record["operation"])
        assert [one.get("data-role") for one in marked(drawn, "uses")] == [role["id"] for role in record["roles"]]
        told = drawn.findtext("figcaption") or ""
        assert told.count("with iam:PassRole") == sum(not role["not_passed"] for role in record["roles"])


def test_scenes_and_bars_stay_in_their_frames(published: Published) -> None:
    drawn = proof_pages.scenes(published)
    assert len(drawn) == 4
    for html in [*drawn.values(), proof_pages.drawn(published, "CreateTrainingJob")]:
        (drawing,) = drawings(html)
        inside(drawing)
        assert drawing.findtext("title") and drawing.findtext("desc")
    denial = drawn["parts/denial.html"]
    for layer in published.catalog["layers"].values():
        assert layer["title"].casefold() in denial.casefold()


def test_every_operation_is_in_one_group_and_closed_ones_are_in_the_last(published: Published) -> None:
    groups = published.groups
    names = [name for _, those in groups for name in those]
    assert sorted(names) == published.names
    title, closed = groups[-1]
    assert title == CLOSED
    assert set(closed) == {name for name, record in published.operations.items() if status(record)}
    assert groups[0][1][0] == "CreateTrainingJob", "those that most people use come first"


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_shares_of_0_and_100_are_only_those_of_none_and_all(part: int, more: int) -> None:
    whole = part + more
    said = share(part, whole)
    assert (said == "") is (whole == 0)
    if whole:
        assert (said == "0%") is (part == 0)
        assert (said == "100%") is (part == whole)
        assert abs(float(said.rstrip("%")) - 100 * part / whole) <= 0.1

"""What was proved, on the built pages: counts, exceptions with their reasons, the comparison, warnings."""

from __future__ import annotations

from typing import Any

import pytest
from built import ROOT, Element, Site

from kb.site import home, proof_pages
from kb.site.published import Published
from sagemaker_roles import Catalog, explain_message


@pytest.fixture(scope="module")
def proof(site: Site) -> Any:
    return site.json("v1/next/proof.json")


def said(element: Element) -> str:
    return " ".join(element.text.split())


def rows(section: Element) -> list[list[str]]:
    """Every row of every table in it: its cells' text."""
    return [
        [said(cell) for cell in row.children if isinstance(cell, Element)]
        for table in section.all("tbody")
        for row in table.all("tr")
    ]


def figures(proof: Any, comparison: Any) -> list[list[str]]:
    """A comparison as a page's table has it."""
    return [
        [
            peer["title"],
            f"{row['actions']:,}",
            f"{row['actions_on_star']:,}",
            f"{row['steps_allowed']:,} of {row['steps']:,}",
            f"{row['near_misses_let_through']:,} of {row['near_misses']:,}",
        ]
        if (row := comparison[name])
        else [peer["title"], "none", "", "", ""]
        for name, peer in proof["peers"].items()
    ]


def test_operations_show_what_was_proved(site: Site, proof: Any) -> None:
    assert set(proof["operations"]) <= set(site.operations())
    for name, page in site.operations().items():
        item = proof["operations"].get(name)
        text = said(page.article)
        assert "proof" in page.ids, name
        if not item:
            assert "No scenario plays this operation yet" in text
            continue
        wanted = f"simulator with {item['steps']:,} needed calls, {item['near_misses']:,} out-of-scope calls"
        assert wanted in text, name
        found = rows(page.article)
        for key, number in item["exceptions"].items():
            reason = proof["exceptions"][key]["reason"]
            assert any(row[1:] == [f"{number:,}", reason] for row in found), f"{name}: {key}"
        for row in figures(proof, item["comparison"]) if item["comparison"] else []:
            assert row in found, f"{name}: {row}"


def test_the_comparison_shows_every_figure(site: Site, proof: Any) -> None:
    found = rows(site.pages["reference/compared/"].article)
    compared = [one["comparison"] for one in proof["operations"].values() if one["comparison"]]
    wanted = [row for one in compared for row in figures(proof, one)]
    assert wanted and found[-len(wanted) :] == wanted


def test_pages_warn_of_ways_to_gain_privileges(site: Site) -> None:
    warned = 0
    for name, page in site.operations().items():
        shown = " ".join(said(item) for item in page.article.all("li"))
        pitfalls = site.json(f"v1/next/operations/{name}/operation.json").get("pitfalls", ())
        warned += (ways := any("privileges" in text for text in pitfalls))
        assert not ways or "privileges" in shown, name
    assert warned


def test_home_shows_an_error_with_the_statement_that_explain_gives(site: Site) -> None:
    """What the page shows without an engine is what the command answers, and every figure is computed."""
    shown = home.example(Published(ROOT / "build" / "v1"))
    first, *_ = explain_message(Catalog.load(), shown["error"]).causes
    statement = dict(first.statement or {})
    assert {**shown["statement"], "Sid": ""} == {**statement, "Sid": ""}
    article = site.pages[""].article
    text = said(article)
    assert shown["error"] in text and shown["why"] in text
    assert shown["source"]["url"] in [link["href"] for link in article.all("a")]
    index = site.json("v1/next/index.json")["operations"]
    assert f"{len(index)} operations with {sum(len(item['roles']) for item in index)} roles" in text
    marks = next(table for table in article.all("table") if "situations" in table.classes)
    assert sum(any(row.all("td")) for row in marks.all("tr")) == len(index)


def test_a_figure_is_whole_only_where_nothing_is_missing(site: Site, proof: Any) -> None:
    sums = proof_pages.sums(Published(ROOT / "build" / "v1"))
    assert sums["ours"]["allowed"] == sums["ours"]["steps"], "home would say 100 % of a part"
    assert sums["full-access"]["allowed"] < sums["full-access"]["steps"]

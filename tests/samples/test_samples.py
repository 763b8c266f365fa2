"""The roles of public samples are audited, and the site shows what comes out."""

from __future__ import annotations

import re

from support import ROOT

from .held import rows, samples

PAGE = ROOT / "docs" / "guides" / "how-we-know.md"


def test_the_table_on_the_site_is_what_the_audit_says() -> None:
    text = PAGE.read_text("utf-8")
    shown = [line for line in text.splitlines() if line.startswith("| [") and "/blob/" in line]
    assert shown == [*rows()], "docs/guides/how-we-know.md should have the rows of `python -m samples.held`"


def test_each_role_is_of_a_file_at_a_commit_and_opens_more_than_its_work() -> None:
    assert len(samples()) >= 5
    for one in samples():
        assert re.search(r"https://github\.com/aws[\w-]*/[\w.-]+/blob/[0-9a-f]{40}/", one.source)
        assert one.opens and not [notice for notice in one.notices if notice.kind == "problem"], one.title
    assert {one.verdict for one in samples()} == {"missing", "sufficient"}

"""Roles of public sample templates (samples/roles.yaml), audited against what the samples do, as the site shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from sagemaker_roles import Catalog
from sagemaker_roles.audits.audit import Audited, audit
from sagemaker_roles.inputs.reading import read_value
from sagemaker_roles.inputs.roles.existing_roles import ExistingPolicy
from sagemaker_roles.session import Choice, held_role
from support import ROOT

ROLE = "arn:aws:iam::111122223333:role/Sample"


@cache
def samples() -> list[tuple[Mapping[str, Any], Audited]]:
    """All samples, in the order of the file, each with what its audit says."""
    catalog, found = Catalog.load(), []
    for item in yaml.safe_load((ROOT / "tests" / "samples" / "roles.yaml").read_text("utf-8")):
        own = [{"Effect": "Allow", **statement} for statement in item.get("statements", ())]
        policies = [ExistingPolicy("own", "inline", {"Version": "2012-10-17", "Statement": own})] if own else []
        role = held_role(catalog, policies, attached=item.get("managed", ()), arn=ROLE)
        assert not role.unknown
        reading = read_value(catalog, item["request"], operation=item["operation"])
        values = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}
        found.append((item, audit(catalog, reading, [role], Choice(role=ROLE, values=values))))
    return found


def row(item: Mapping[str, Any], done: Audited) -> str:
    """The row of the table in docs/guides/how-we-know.md."""
    (report,) = done.report.roles
    lacks, depends = (
        ", ".join(f"`{name}`" for name in sorted({one.action for one in report.of(kind)}))
        for kind in ("missing", "depends")
    )
    told = (lacks or "nothing") + (f"; depends: {depends}" if depends else "")
    opens = ", ".join(dict.fromkeys(one.opens for one in report.of("excess"))) or "nothing"
    return f"| [{item['title']}]({item['source']}) | `{item['operation']}` | {told} | {opens} |"


def test_the_table_on_the_site_is_what_the_audit_says() -> None:
    text = (ROOT / "docs" / "guides" / "how-we-know.md").read_text("utf-8")
    shown = [line for line in text.splitlines() if line.startswith("| [") and "/blob/" in line]
    assert shown == [row(*one) for one in samples()]


def test_each_role_is_of_a_file_at_a_commit_and_opens_more_than_its_work() -> None:
    assert len(samples()) >= 5
    for item, done in samples():
        assert re.search(r"https://github\.com/aws[\w-]*/[\w.-]+/blob/[0-9a-f]{40}/", item["source"])
        (report,) = done.report.roles
        assert report.of("excess") and not [notice for notice in done.notices if notice.kind == "problem"], item[
            "title"
        ]
    assert {done.report.roles[0].verdict for _, done in samples()} == {"missing", "sufficient"}

"""The AWS managed policies held against every operation, as the site shows them."""

from __future__ import annotations

import pytest

from sagemaker_roles import Catalog
from sagemaker_roles.auditing.table import Coverage, table
from sagemaker_roles.iam.evaluation import document
from sagemaker_roles.site import tables
from sagemaker_roles.site.published import Published
from support import ROOT

FULL = "AmazonSageMakerFullAccess"


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, Coverage]]:
    catalog = Catalog.load()
    found = catalog.managed_policy(FULL)
    assert found is not None
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    policies = {
        FULL: document(FULL, found.document),
        "everything": document("everything", everything),
        "nothing": document("nothing", {"Version": "2012-10-17", "Statement": []}),
    }
    return {name: {one.policy: one for one in held} for name, held in table(catalog, policies)}


def test_everything_and_nothing(rows: dict[str, dict[str, Coverage]]) -> None:
    assert len(rows) > 50
    for name, held in rows.items():
        assert held["everything"].allowed == held["everything"].calls > 0, name
        assert not held["everything"].lacks
        assert held["nothing"].allowed == 0
        assert held["nothing"].lacks


def test_full_access_writes_only_where_sagemaker_is_in_the_name(rows: dict[str, dict[str, Coverage]]) -> None:
    held = rows["CreateTrainingJob"][FULL]
    assert not held.lacks
    assert held.depends == ("s3:GetObject", "s3:PutObject"), "the bucket can have sagemaker in its name"
    assert 0 < held.allowed < held.calls


def test_the_page_has_a_row_for_each_operation(rows: dict[str, dict[str, Coverage]]) -> None:
    text = tables.managed_by_operation(Published(ROOT / "build" / "v1"))
    for name, held in rows.items():
        assert f'<tr id="{name}">' in text
        assert f"{held[FULL].allowed} of {held[FULL].calls}</td>" in text

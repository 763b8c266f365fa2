"""The library: the page's examples run as they stand; composing is pure and safe to share between threads."""

from __future__ import annotations

import copy
import doctest
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest

import sagemaker_roles
from composing import changed, compiled
from sagemaker_roles import Catalog, Composition, Request, compose, read_files, read_value
from sagemaker_roles.errors import AmbiguousOperation, UnknownAddOn, UnknownOperation, UnknownRole
from support import ROOT


def test_the_examples_of_the_page() -> None:
    text = (ROOT / "docs" / "library.md").read_text("utf-8")
    blocks = re.findall(r"^```pycon\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 9
    with mock.patch.object(Catalog, "load", classmethod(lambda cls: compiled())):
        test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "library.md", None, None)
        assert len(test.examples) > 15
        runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
        output: list[str] = []
        runner.run(test, out=output.append)
    assert runner.failures == 0, "".join(output)


def training() -> dict[str, Any]:
    request: dict[str, Any] = json.loads(changed())
    return request


def test_composing_changes_neither_the_request_nor_the_catalog() -> None:
    request = training()
    before, data = copy.deepcopy(request), json.dumps(compiled().data)
    first = compose(compiled(), [Request("CreateTrainingJob", request)])
    assert compose(compiled(), [Request("CreateTrainingJob", request)]) == first
    assert request == before
    assert json.dumps(compiled().data) == data


def test_compositions_do_not_see_each_other() -> None:
    """What is remembered of one account, Region or value never shows in the result for another."""
    request = training()
    alone = {}
    for account in ("111122223333", "444455556666"):
        text = json.dumps(request).replace("111122223333", account)
        fresh = Catalog(compiled().data)
        alone[account] = compose(fresh, [Request("CreateTrainingJob", json.loads(text))])
    for account in ("111122223333", "444455556666", "111122223333"):
        text = json.dumps(request).replace("111122223333", account)
        assert compose(compiled(), [Request("CreateTrainingJob", json.loads(text))]) == alone[account]
        assert account in json.dumps(alone[account].trust.to_json())


def test_one_catalog_serves_many_threads() -> None:
    catalog = Catalog(json.loads(json.dumps(compiled().data)))
    names = catalog.operations

    def work(number: int) -> Composition:
        request = training() if number % 2 else {}
        return compose(catalog, [Request("CreateTrainingJob" if number % 2 else names[number % len(names)], request)])

    expected = [work(number) for number in range(120)]
    fresh = Catalog(json.loads(json.dumps(compiled().data)))
    catalog = fresh
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(work, range(120))) == expected


def test_unknown_names_are_lookup_errors() -> None:
    for error, request, options, message in (
        (UnknownOperation, Request("CreateNothing"), {}, "there is no record of the operation CreateNothing"),
        (UnknownRole, Request("CreateImage"), {"roles": ["nobody"]}, "no role nobody; CreateImage has "),
        (UnknownAddOn, Request("CreateImage"), {"addons": ["nothing"]}, "no add-on nothing; there are "),
        (UnknownAddOn, Request("CreateImage"), {"without": ["nothing"]}, "no add-on nothing; there are "),
    ):
        with pytest.raises(error, match=message):
            compose(compiled(), [request], **options)  # type: ignore[arg-type]


def test_several_roles_may_be_one() -> None:
    ids = [role.id for role in compiled().operation("CreateDomain").roles][:3]
    single = [compose(compiled(), [Request("CreateDomain")], [one]).policy.statements for one in ids]
    both = compose(compiled(), [Request("CreateDomain")], ids).policy.statements
    actions = {action for statements in single for item in statements for action in item.actions}
    assert {action for item in both for action in item.actions} == actions


def test_the_readers_as_a_library(tmp_path: Any) -> None:
    file = tmp_path / "r.json"
    file.write_text(changed())
    assert (
        read_files(compiled(), [str(file)]).requests[0].members
        == read_value(compiled(), training()).requests[0].members
    )
    with pytest.raises(AmbiguousOperation):
        read_value(compiled(), {"RoleArn": "x"})
    assert [item.message for item in read_value(compiled(), 1, operation="CreateImage").notices] == [
        "a request must be a mapping of its members, not a number"
    ]


def test_what_the_package_offers() -> None:
    for name in sagemaker_roles.__all__:
        assert getattr(sagemaker_roles, name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        sagemaker_roles.nothing  # noqa: B018


def test_what_a_catalog_remembers_of_values_changes_nothing() -> None:
    """The same requests, by a catalog that knows their values and by one that has seen nothing, in another order."""
    requests = [
        changed(
            TrainingJobName=f"job-{number % 3}",
            RoleArn=f"arn:aws:iam::{111122223333 + number % 4}:role/R",
            OutputDataConfig={"S3OutputPath": f"s3://amzn-s3-demo-bucket/{'x' * (number % 90)}", "KmsKeyId": "alias/k"},
        )
        for number in range(200)
    ]
    warm = Catalog(compiled().data)
    options: list[dict[str, Any]] = [{}, {"scope": "broad"}, {"values": {"Region": "eu-west-1"}}]
    for number, text in enumerate([*requests, *reversed(requests)]):
        one = [Request("CreateTrainingJob", json.loads(text))]
        found = compose(warm, one, **options[number % 3])
        if number % 20 == 0:
            assert found == compose(Catalog(compiled().data), one, **options[number % 3])

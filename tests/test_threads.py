"""Objects of the library are shared by threads and handed to other processes: names of patterns, the catalog."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from composing import training
from sagemaker_roles import Catalog, Request, compose
from sagemaker_roles.catalog import Compiled
from sagemaker_roles.cli.main import main
from sagemaker_roles.iam import patterns
from support import stored

THREADS = 8


@pytest.fixture(autouse=True)
def _turns() -> Iterator[None]:
    """Threads take turns after every few instructions, so that what is not one step comes apart."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("compiled")
    for name, content in stored().items():
        (folder / name).write_bytes(content)
    managed = {"arn": "arn:aws:iam::aws:policy/Team", "version": "v1", "changed": "2026-11-01", "document": {}}
    (folder / "managed.json").write_text(json.dumps({"managed_documents": {"Team": managed}}))
    return str(folder)


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """What each of several threads gets that begin together."""
    begin = threading.Barrier(THREADS)

    def one(number: int) -> Any:
        begin.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_two_names_never_share_a_symbol() -> None:
    for turn in range(20):
        names = [[f"${{Turn{turn}By{number // 2}Name{place}}}" for place in range(200)] for number in range(THREADS)]
        symbols = at_once(lambda number, names=names: [patterns.symbols_of(name) for name in names[number]])
        known = {
            name: symbol for row, of in zip(names, symbols, strict=True) for name, symbol in zip(row, of, strict=True)
        }
        for row, of in zip(names, symbols, strict=True):
            assert [known[name] for name in row] == of, "one name, one symbol"
            assert [patterns.shown(symbol) for symbol in of] == row
        assert len(set(known.values())) == len(known), "two names, two symbols"


def test_names_that_cannot_be_told_apart_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_numbers", iter([sys.maxunicode - 1, sys.maxunicode + 1, sys.maxunicode + 3]))
    last = patterns.pattern("${TheLastNameThatFits}")
    assert str(last) == "${TheLastNameThatFits}"
    for name in ("${OneNameTooMany}", "${TwoNamesTooMany}"):
        with pytest.raises(patterns.TooComplex, match="425,984 names"):
            patterns.pattern(name)
    assert str(patterns.pattern("${TheLastNameThatFits}*")) == "${TheLastNameThatFits}*"


def test_a_command_says_in_a_line_that_there_are_too_many_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(patterns, "_numbers", itertools.count(sys.maxunicode + 1))
    role = tmp_path / "role.json"
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${NameThatNobodyHas}/*"}
    role.write_text(json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    monkeypatch.setattr(sys, "argv", ["sagemaker-roles", "audit", "CreateModel", "--policy", str(role)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert "425,984 names" in capsys.readouterr().err


def compositions(catalog: Catalog, names: list[str]) -> dict[str, Any]:
    requests = [*map(Request, names), Request("CreateTrainingJob", json.loads(training()))]
    return {f"{one.operation} {one.members is None}": compose(catalog, [one]) for one in requests}


def walked(catalog: Catalog, number: int) -> dict[str, Any]:
    """What a thread composes of a catalog that it shares, reading all of its parts meanwhile, from its own place on."""
    names = [*catalog.operations[number * 7 :], *catalog.operations[: number * 7]]
    answers = {}
    for name in names:
        for part in ("resources", "statements", "trust", "sources"):
            assert all(key in catalog.data[part] for key in catalog.data[part])
        assert all(name in catalog.condition_keys for name in [*catalog.condition_keys])
        assert [*catalog.shapes_of(name).items()]
        answers.update(compositions(catalog, [name]))
        if number % 2:
            catalog._forget(name)
    assert catalog.containers and catalog.companions and catalog.readers.operations
    assert catalog.managed_policy("Team")
    return answers


def test_a_fresh_catalog_answers_threads_as_it_answers_one(folder: str) -> None:
    alone = Catalog(Compiled(folder))
    expected = compositions(alone, alone.operations)
    for _ in range(3):
        fresh = Catalog(Compiled(folder))
        for answers in at_once(lambda number, fresh=fresh: walked(fresh, number)):
            assert answers == expected


def composed_elsewhere(catalog: Catalog) -> str:
    return json.dumps(compose(catalog, [Request("CreateModel")]).policy.to_json())


def again(item: Any) -> Any:
    return pickle.loads(pickle.dumps(item))  # noqa: S301 - our own


def test_a_catalog_in_use_is_handed_to_another_process(folder: str) -> None:
    """As `fleet` does with the data of its own, to workers that are started anew."""
    catalog = Catalog(Compiled(folder))
    expected = composed_elsewhere(catalog)
    assert composed_elsewhere(Catalog(again(catalog.data))) == expected
    assert len(pickle.dumps(catalog)) < 1000, "the folder is handed over, not what was read"
    assert again(catalog.readers).operations == catalog.readers.operations
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(composed_elsewhere, (catalog,)) == expected

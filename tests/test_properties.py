"""Properties of the whole pipeline: order makes no difference, and nothing that is wrong is dropped or crashes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sagemaker_roles import rules
from sagemaker_roles.aws.reference import aws_reference
from sagemaker_roles.canonical import canonical
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.errors.problems import Problem
from sagemaker_roles.publish.operations import operation_files
from sagemaker_roles.records import loading
from sagemaker_roles.records.loading import FOLDERS, Loaded
from sagemaker_roles.rules.context import Context
from support import DATA, SOAKS, compiled, loaded, published

# --- the same data, the same bytes ----------------------------------------------------------------------------------


@settings(deadline=None, max_examples=100 if SOAKS else 15)
@given(st.randoms(use_true_random=False), st.sampled_from(compiled().operations))
def test_the_order_of_records_makes_no_difference(chance: object, name: str) -> None:
    data = dict(compiled().data)
    for part in ("operations", "statements", "resources", "trust", "sources", "partitions"):
        names = list(data[part])
        chance.shuffle(names)  # type: ignore[attr-defined]
        data[part] = {key: data[part][key] for key in names}
    files: dict[str, bytes] = {}
    operation_files(Catalog(data), name, files)
    assert files
    for path, content in files.items():
        assert content == published()[path]


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
)


@given(_JSON)
def test_artifacts_are_written_as_pythons_own_encoder_writes_them(value: object) -> None:
    assert canonical(value) == (json.dumps(value, indent=2) + "\n").encode("ascii")


def part(found: Loaded, folder: str) -> Mapping[str, Any]:
    """What was read of a folder; sets of add-ons are written out in the catalog, and services have their own name."""
    known: Mapping[str, Any] = found.addons if folder == "addons" else found.catalog.data[_NAMES.get(folder, folder)]
    return known


_NAMES = {"services": "apis", "calls": "code", "managed-policies": "managed_policies"}


def test_every_file_read_is_in_the_catalog() -> None:
    """Nothing of the real data is ignored."""
    for folder in FOLDERS:
        assert sorted(part(loaded(), folder)) == sorted(file.stem for file in (DATA / folder).glob("*"))


# --- broken data --------------------------------------------------------------------------------------------------

FILES = ["operations/CreateTrainingJob.yaml", "statements/s3-read-prefix.yaml", "statements/pass-role.yaml"]
FILES += ["resources/s3-uri.yaml", "resources/kms-key.yaml", "trust/sagemaker-training-job.yaml", "partitions.yaml"]
FILES += ["exceptions.yaml"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small data folder: one operation with the parts that all share."""
    root = tmp_path_factory.mktemp("small") / "data"
    shutil.copytree(DATA, root, ignore=shutil.ignore_patterns("documented", "managed-policies"))
    (root / "site" / "page-mistakes.yaml").unlink(missing_ok=True)
    for file in (root / "operations").iterdir():
        if file.name != "CreateTrainingJob.yaml":
            file.unlink()
    yield root


WORDS = (
    "|-|- |:|: |[]|{}|null|true|1|2012-10-17|&a|*a|!!str x|<<|${|${X}|#|'|\"|\t|?|\r|\ufeff|x: y|use: ecr-pull"
    "|scope: [bucket]|with: {Key: x}|[s3:GetObject]|as: Input|from: [A]|accepts: {S3Uri: [key]}|Resource: ['*']"
)
PIECES = st.one_of(st.sampled_from(WORDS.split("|")), st.text(max_size=12))


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str, int, int, str]:
    """A file, what is done to it, a place in it (in thousandths), another, and a piece of text."""
    return (
        draw(st.sampled_from(FILES)),
        draw(st.sampled_from(["delete line", "repeat line", "swap lines", "insert", "overwrite", "indent", "cut"])),
        draw(st.integers(0, 999)),
        draw(st.integers(0, 999)),
        draw(PIECES),
    )


def edited(text: str, what: str, first: int, second: int, piece: str) -> str:
    lines = text.split("\n")
    one, other = first * len(lines) // 1000, second * len(lines) // 1000
    match what:
        case "delete line":
            del lines[one]
        case "repeat line":
            lines.insert(other, lines[one])
        case "swap lines":
            lines[one], lines[other] = lines[other], lines[one]
        case "indent":
            lines[one] = "  " + lines[one] if second % 2 else lines[one].removeprefix("  ")
        case "cut":
            return text[: first * len(text) // 1000]
        case _:
            place = second * len(lines[one]) // 1000
            rest = lines[one][place + (len(piece) if what == "overwrite" else 0) :]
            lines[one] = lines[one][:place] + piece + rest
    return "\n".join(lines)


def examined(root: Path) -> tuple[loading.Loaded, list[Problem]]:
    found = loading.load(root)
    return found, sorted({*found.problems, *rules.run(Context(found, aws_reference()))})


@settings(
    deadline=None,
    max_examples=100 if SOAKS else 12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(edits())
@example(("operations/CreateTrainingJob.yaml", "cut", 0, 0, ""))
@example(("statements/pass-role.yaml", "cut", 0, 0, ""))
@example(("resources/s3-uri.yaml", "delete line", 0, 0, ""))
@example(("partitions.yaml", "cut", 0, 0, ""))
def test_a_broken_file_is_a_problem_and_never_a_crash_or_a_gap(
    folder: Path, edit: tuple[str, str, int, int, str]
) -> None:
    name, what, first, second, piece = edit
    file = folder / name
    original = file.read_bytes()
    try:
        file.write_bytes(edited(original.decode(), what, first, second, piece).encode("utf-8", "surrogatepass"))
        found, problems = examined(folder)
        told = {problem.position.path for problem in problems}
        for name_of in FOLDERS:
            for other in (folder / name_of).glob("*"):
                there = other.stem in part(found, name_of)
                assert there or f"data/{name_of}/{other.name}" in told, f"{other.name} is gone and nobody said so"
        for problem in problems:
            assert "\n" not in str(problem)
            assert problem.position.line >= 1
            assert problem.position.column >= 1
            place = folder.parent / problem.position.path
            assert place.exists(), problem
            if place.is_file():
                lines = place.read_bytes().decode("utf-8", "replace").splitlines()
                assert problem.position.line <= len(lines) + 1, problem
    finally:
        file.write_bytes(original)


@settings(deadline=None, max_examples=100 if SOAKS else 10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
@example(b"")
@example(b"\xff\xfe\x00")
@example(b"operation: CreateTrainingJob\r\n")
@example(b"? {a: b}\n: c\n")
@example(b"[" * 5000)
@example(b"a: &a [*a, *a]")
@example(b"\x00")
def test_any_bytes_at_all_are_read_or_refused(folder: Path, content: bytes) -> None:
    file = folder / "operations" / "CreateModel.yaml"
    try:
        file.write_bytes(content)
        found = loading.load(folder)
        assert any(problem.position.path == "data/operations/CreateModel.yaml" for problem in found.problems)
        assert "CreateModel" not in found.catalog.operations
        assert "CreateTrainingJob" in found.catalog.operations
    finally:
        file.unlink()

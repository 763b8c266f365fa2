"""proof.json: a build carries it on, says what of it is older than the policies, and a release refuses that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kb.publish import proof
from proof.written import measured
from releasing import Project
from sagemaker_roles.canonical import canonical
from support import validator

READ = ("shared/statements/thing-read.yaml", '["store:GetThing"]', '["store:GetThing", "store:PutThing"]')
WORDS = ("shared/statements/thing-read.yaml", "why: Reads", "why: The job reads")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose operation RunJob was proved and compared."""
    project = Project.new(tmp_path / "project")
    measure(project)
    assert project.run("build").code == 0
    project.commit()
    return project


def manifest(project: Project) -> Any:
    return json.loads((project.builds / "next" / "manifest.json").read_bytes())


def measure(project: Project, **changes: Any) -> None:
    """Writes proof.json as `make proof` and `make compare` do."""
    digest = proof.digests(manifest(project))["RunJob"]
    row = dict.fromkeys(("actions", "actions_on_star", "longest_policy", "scenarios", "steps", "steps_allowed"), 1)
    row |= {"near_misses": 3, "near_misses_let_through": 1}
    item: dict[str, Any] = {
        "scenarios": 1,
        "steps": 2,
        "near_misses": 3,
        "mutations": 4,
        "exceptions": {"whole-shelf": 1},
        "comparison": {"ours": row, "theirs": None},
        "measured_on": {"proof": digest, "comparison": digest},
    }
    excepted = {"near_miss": "other-thing", "actions": ["store:GetThing"], "mutation": ""}
    peer = {"title": "Ours", "from": "here", "told": "The whole request and all its add-ons."}
    found = measured(
        {"RunJob": {**item, **changes}},
        {"whole-shelf": {**excepted, "reason": "Things of a shelf are not told apart."}},
        {"ours": peer, "theirs": {**peer, "title": "Theirs"}},
    )
    versions = {key: manifest(project)[key] for key in ("schema_version", "data_version")}
    (project.builds / "next" / proof.PROOF).write_bytes(canonical({**versions, **found}))


def written(project: Project) -> bytes:
    return (project.builds / "next" / proof.PROOF).read_bytes()


def test_a_build_carries_it_on_and_a_release_has_it_too(project: Project) -> None:
    before = written(project)
    validator("proof.schema.json").validate(json.loads(before))
    assert project.run("build", "--check").code == 0
    assert project.run("build", "--out", str(project.root.parent / "elsewhere")).code == 0
    assert (project.root.parent / "elsewhere" / proof.PROOF).read_bytes() == written(project) == before
    assert project.release() == "1.0.0"
    released = project.released("1.0.0").json(proof.PROOF)
    assert released == {**json.loads(before), "data_version": "1.0.0"}


def test_words_leave_it_current_and_policies_do_not(project: Project) -> None:
    before = written(project)
    project.change(*WORDS)
    done = project.run("build", "--check")
    assert (done.code, done.err) == (0, "build/v1 contains what the data gives\n")
    project.change(*READ)
    lines = [
        f'proof.json: the {what} of an operation is of earlier policies; run `make {target} OPERATIONS="RunJob"`'
        for what, target in (("proof", "proof"), ("comparison", "compare"))
    ]
    done = project.run("build")
    assert (done.code, done.err.splitlines()[:-1]) == (0, lines)
    assert written(project) == before
    done = project.run("build", "--check")
    assert (done.code, done.err.splitlines()) == (0, [*lines, "build/v1 contains what the data gives"])
    project.commit()
    done = project.run("release")
    assert done.code == 1
    assert all(line in done.err for line in lines)
    assert not project.archive("1.0.0").exists()
    measure(project)
    assert project.run("build").code == 0
    assert project.run("build", "--check").code == 0


def test_what_has_no_record_is_named(project: Project) -> None:
    found = {"operations": {"Gone": {"scenarios": 1, "comparison": {}}}}
    assert [*proof.stale(found, manifest(project))] == ["proof.json: no record is of Gone; run `make proof`"]
    assert [*proof.stale({"operations": {}}, manifest(project))] == []


def test_what_make_proof_did_not_write_is_told_and_stays(project: Project) -> None:
    file = project.builds / "next" / proof.PROOF
    told = "build/v1/next/proof.json:1:1: proof: is not what `make proof` writes; restore it from the last commit"
    for content in ("<<<<<<< HEAD\n{}", "{}", "[]", '{"operations": 1}', "\x00"):
        file.write_text(content)
        before = project.files()
        for command in (["build"], ["build", "--check"]):
            done = project.run(*command)
            assert (done.code, done.out) == (1, f"{told}\n"), content
        assert project.files() == before
    project.commit()
    done = project.run("release")
    assert (done.code, told.partition(":")[2] in done.err) == (1, True)
    assert project.files() == before


def test_all_operations_to_measure_are_named_ready_to_paste() -> None:
    names = [f"Create{letter}" for letter in "ABCDEFGH"]
    found = {name: {"scenarios": 1, "layers": {"steps": 1}, "measured_on": {"layers": "x"}} for name in names}
    files = [{"path": f"operations/{name}/execution/policy.json", "sha256": "x"} for name in names]
    (line,) = proof.stale({"operations": found}, {"files": files})
    assert line.endswith(f'of 8 operations is of earlier policies; run `make proof OPERATIONS="{" ".join(names)}"`')

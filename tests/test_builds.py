"""Builds: the same bytes everywhere, in whole or not at all, and nothing that is wrong is dropped."""

from __future__ import annotations

import filecmp
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import small
from kb.publish.changes.built_version import Built
from releasing import COMMAND, Project, killed_at
from sagemaker_roles.canonical import canonical
from sagemaker_roles.files import writing
from support import DATA, ROOT, SCRIPTS, published, run, schema_files

#: The command line over the small knowledge base of tests/kb, where a build takes a moment: how files are written
#: does not depend on how many there are.
SMALL = [sys.executable, "-c", COMMAND, str(ROOT / "tests")]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SCRIPTS), "PYTHONDONTWRITEBYTECODE": "1"}

OLD = {
    "manifest.json": b'{"schema_version": "0.9.0", "data_version": "next", "reference": {}, "files": '
    b'[{"path": "operations/One/operation.json", "sha256": "", "size": 3}]}',
    "operations/One/operation.json": b"{}\n",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small knowledge base."""
    return small.copy(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a build of it gives."""
    out = tmp_path_factory.mktemp("built") / "next"
    done = run_small("build", "--data", data, "--out", out)
    assert done.returncode == 0, done.stdout + done.stderr
    files = files_of(out)
    assert len(files) > 20
    return files


def run_small(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs the command line over the small knowledge base."""
    command = [*SMALL, *map(str, arguments)]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=300, check=False, **options)


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its relative path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put(folder: Path, files: dict[str, bytes]) -> None:
    """Writes files the plain way."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def leftovers(folder: Path) -> list[str]:
    """What lies beside an output folder."""
    return sorted(path.name for path in folder.parent.iterdir() if path != folder)


def built(folder: Path) -> dict[str, bytes]:
    """What `build --out` wrote into a folder, as `build` writes it: without the schemas."""
    files = files_of(folder)
    inside = {path for path in files if path.startswith("schema/")}
    assert {path.removeprefix("schema/"): files.pop(path) for path in sorted(inside)} == schema_files()
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = [item for item in manifest["files"] if item["path"] not in inside]
    return {**files, "manifest.json": canonical(manifest)}


# --- the same bytes -----------------------------------------------------------------------------------------------


def test_the_same_data_gives_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    """In a world unlike that of the tests, where :func:`published` is made."""
    env = {"PYTHONHASHSEED": "4242", "TZ": "Asia/Kathmandu", "LANG": "C", "LC_ALL": "C", "HOME": "/"}
    if str(ROOT).isascii():
        # Else Python itself does not start: it reads the path of the checkout from a .pth file in that encoding.
        env["PYTHONUTF8"] = "0"
    done = run("build", "--data", DATA, "--out", tmp_path / "next", env=env, cwd=tmp_path, umask=0o077)
    assert done.returncode == 0, done.stdout + done.stderr
    assert built(tmp_path / "next") == published()


def test_the_manifest_tells_every_file(tmp_path: Path) -> None:
    """But the actions of AWS, which are not below the address of a version; the catalog tells their digest."""
    listed = json.loads(published()["manifest.json"])["files"]
    assert [item["path"] for item in listed] == sorted(set(published()) - {"manifest.json", "actions.json"})
    actions = hashlib.sha256(published()["actions.json"]).hexdigest()
    assert json.loads(published()["catalog.json"])["actions"] == actions
    for item in listed:
        content = published()[item["path"]]
        assert item["sha256"] == hashlib.sha256(content).hexdigest()
        assert item["size"] == len(content)


def test_the_committed_output_is_what_the_data_gives() -> None:
    built = Built("next", published())
    assert files_of(ROOT / "build" / "v1" / "next") == {**built.committed.files, **built.files}


def statements(value: Any) -> Iterator[str]:
    """Every statement in a document, as text."""
    if isinstance(value, dict) and "Effect" in value:
        yield json.dumps(value)
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from statements(inner)


def test_the_file_for_reviewers_has_every_statement_of_an_operation() -> None:
    built = Built("next", published())
    for name, operation in built.operations.items():
        policies = [built.json(path) for path in built.policies if path.startswith(f"operations/{name}/")]
        assert sorted(statements(operation)) == sorted(statements(policies)), name


def test_a_second_build_changes_nothing(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "next"
    first = run_small("build", "--data", data, "--out", out)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "written to" in first.stderr
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    second = run_small("build", "--data", data, "--out", out)
    assert "up to date" in second.stderr
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert not leftovers(out)


@pytest.mark.parametrize("before", [None, b"a", b"b"])
def test_large_files_are_never_whole_in_memory(tmp_path: Path, before: bytes | None) -> None:
    size, new, folder = 64 << 20, tmp_path / "new", tmp_path / "out"
    new.write_bytes(bytes(size) + b"a")
    folder.mkdir()
    if before:
        (folder / "a.json").write_bytes(bytes(size) + before)
    tracemalloc.start()
    try:
        assert writing.replace_tree(folder, [("a.json", new)], lambda folder: {"a.json"}) is (before != b"a")
        assert tracemalloc.get_traced_memory()[1] < size / 8
    finally:
        tracemalloc.stop()
    assert filecmp.cmp(folder / "a.json", new, shallow=False)


def test_check_tells_what_differs(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "next"
    assert run_small("build", "--data", data, "--out", out).returncode == 0
    assert run_small("build", "--check", "--data", data, "--out", out).returncode == 0
    policy = out / "operations" / "RunJob" / "execution" / "policy.json"
    policy.write_text(policy.read_text().replace("store:GetThing", "store:GetThings"))
    (out / "index.json").unlink()
    (out / "extra.json").write_text("{}")
    before = files_of(out)
    done = run_small("build", "--check", "--data", data, "--out", out)
    assert done.returncode == 1
    for line in (
        "missing: index.json",
        "not from the data: extra.json",
        '-        "store:GetThings"',
        '+        "store:GetThing"',
    ):
        assert line in done.stdout.splitlines()
    assert files_of(out) == before, "--check writes nothing"


# --- a clean clone ----------------------------------------------------------------------------------------------


@pytest.fixture
def clone(tmp_path: Path) -> Project:
    """A clone of a project: with what is committed, and without what every build makes."""
    project = Project.new(tmp_path / "project")
    project.git("clone", "--quiet", str(project.root), str(tmp_path / "clone"))
    clone = Project(tmp_path / "clone")
    assert sorted(path.name for path in (clone.builds / "next").iterdir()) == ["operations", "proof.json"]
    return clone


def test_a_clean_clone_is_checked_built_and_compared(clone: Project) -> None:
    assert clone.run("build", "--check").code == 0
    assert clone.run("diff", "HEAD", "next", "--exit-code").code == 0, "neither side has the collections"
    assert clone.run("build").code == 0
    assert files_of(clone.builds / "next").keys() > {"catalog.json", "index.json", "manifest.json"}
    assert clone.git("status", "--porcelain") == ""
    assert clone.run("diff", "HEAD", "next", "--exit-code").code == 0, "one side has them"
    (clone.builds / "next" / "operations" / "RunJob" / "execution" / "policy.json").unlink()
    assert clone.run("build", "--check").code == 0, "what is not committed is not compared"
    (clone.builds / "next" / "operations" / "RunJob.json").unlink()
    done = clone.run("build", "--check")
    assert (done.code, done.out) == (1, "missing: operations/RunJob.json\n")


def test_a_commit_with_the_folders_of_operations_is_compared_with_one_without(clone: Project) -> None:
    """As commits up to version 5.0.0 are: each policy, patch and record is a file."""
    assert clone.run("build").code == 0
    clone.git("rm", "-r", "--quiet", "--cached", "build/v1/next")
    folders = [str(path) for path in (clone.builds / "next" / "operations").iterdir() if path.is_dir()]
    clone.git("add", "--force", "build/v1/next/proof.json", *folders)
    clone.git("commit", "--quiet", "--message=Folders")
    assert "build/v1/next/operations/RunJob.json" not in clone.git("ls-files").splitlines()
    for names in (("HEAD", "HEAD~1"), ("HEAD~1", "HEAD"), ("HEAD", "next")):
        assert clone.run("diff", *names, "--exit-code").code == 0, names
    clone.change("shared/statements/thing-read.yaml", '["store:GetThing"]', '["store:GetThing", "store:PutThing"]')
    told = {clone.run("diff", name, "next").out.partition("\n")[2] for name in ("HEAD", "HEAD~1")}
    assert len(told) == 1, "what changed is told alike of both forms"
    assert "Widened permissions\n  store:PutThing" in told.pop()


def test_what_decides_on_an_add_on_alone_makes_a_patch_between_commits_too(clone: Project) -> None:
    clone.change("operations/RunJob.yaml", "usage: The job", "usage: Each job")
    clone.commit()
    done = clone.run("diff", "HEAD~1", "HEAD")
    assert done.out.startswith("From HEAD~1 to HEAD: patch: ")
    assert "Decided otherwise" in done.out


def test_a_pull_after_a_build_is_built_over(clone: Project, tmp_path: Path) -> None:
    """The manifest that lies there is of the build before, and lists neither what came nor what goes now."""
    assert clone.run("build").code == 0
    there = clone.builds / "next" / "operations" / "Pulled.json"
    shutil.copy(there.with_name("RunJob.json"), there)
    assert clone.run("build").code == 0
    assert not there.exists()


@pytest.mark.parametrize("place", ["next/notes.json", "next/operations/notes.txt", "next/operations/mine.json"])
def test_what_no_build_wrote_stays_in_a_clean_clone(clone: Project, place: str) -> None:
    (clone.builds / place).write_text("mine")
    done = clone.run("build")
    assert (done.code, "which sagemaker-roles did not write" in done.err) == (2, True), done
    assert (clone.builds / place).read_text() == "mine"
    inside = clone.run("build", "--out", str(clone.builds / "next" / "operations" / "new"))
    assert (inside.code, "is inside" in inside.err) == (2, True), inside


# --- several at once ----------------------------------------------------------------------------------------------


def test_builds_at_the_same_time_do_not_mix(data: Path, whole: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "next"
    put(out, OLD)
    command = [*SMALL, "build", "--data", str(data), "--out", str(out)]
    builds = [subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [build.communicate(timeout=300)[1] for build in builds]
    assert [build.returncode for build in builds] == [0, 0, 0], said
    assert sum("written to" in text for text in said) == 1, said
    assert files_of(out) == whole
    assert not leftovers(out)


# --- killed at any moment -----------------------------------------------------------------------------------------

FILES = [f"folder{number}/file{number}" for number in range(3)]


def tree_of(content: bytes) -> dict[str, bytes]:
    return dict.fromkeys(FILES, content * 9000)


def nothing(_: Path) -> set[str]:
    return set()


def test_a_killed_build_leaves_the_old_or_the_new_tree(tmp_path: Path) -> None:
    """Kills the writer at each of its calls in turn, until it is done before it can be killed."""
    folder = tmp_path / "next"
    seen = set()
    for stop in range(1, 1000):
        shutil.rmtree(tmp_path)
        put(folder, tree_of(b"old"))
        status = killed_at(stop, lambda: writing.replace_tree(folder, tree_of(b"new").items(), nothing))
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            break
        writing._sweep(folder)  # what the next build does first: between the renames there is no tree for a moment
        found = files_of(folder)
        assert found in (tree_of(b"old"), tree_of(b"new")), f"killed at call {stop}"
        seen.add(found == tree_of(b"new"))
        writing.replace_tree(folder, tree_of(b"newer").items(), nothing)
        assert files_of(folder) == tree_of(b"newer")
        assert not leftovers(folder)
    else:
        pytest.fail("the writer never ended")
    assert stop > 20, "the hook sees too few calls to mean anything"
    assert seen == {True, False}, "killed both before and after the renames"


# --- no room, no right --------------------------------------------------------------------------------------------


def limit_file_size() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))


def test_a_full_disk_leaves_the_old_output(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "v1" / "next"
    put(out, OLD)
    done = run_small("build", "--data", data, "--out", out, preexec_fn=limit_file_size)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1), done
    assert done.stderr.startswith("sagemaker-roles: cannot write ")
    assert "the previous output is unchanged" in done.stderr
    assert files_of(out) == OLD
    assert not leftovers(out)


def test_a_full_disk_leaves_no_new_folder(data: Path, tmp_path: Path) -> None:
    done = run_small("build", "--data", data, "--out", tmp_path / "new" / "v1" / "next", preexec_fn=limit_file_size)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_written_to_is_one_clear_line(data: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    places = [Path("/proc/sagemaker-roles/next")] if Path("/proc").exists() else []
    if os.getuid():
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        places.append(locked / "next")
    for out in places:
        done = run_small("build", "--data", data, "--out", out)
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert done.stderr.startswith("sagemaker-roles: cannot write ")
    done = run_small("build", "--data", data, "--out", blocked / "next")
    assert done.returncode in (1, 2)
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert blocked.read_text() == "not a folder"


# --- what is wrong stops the build --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "content", "where"),
    [
        ("operations/RunJob.yaml", "operation: [", "operations/RunJob.yaml:2:1: yaml-syntax: "),
        ("operations/RunJob.yaml", "", "operations/RunJob.yaml:1:1: yaml-empty: "),
        ("operations/RunJob.yaml", "operation: RunJob\n", "operations/RunJob.yaml:1:1: "),
        ("operations/RunJob.txt", "left over", "operations/RunJob.txt:1:1: file-name: "),
        ("shared/statements/log.yaml", "id: log\nid: log\n", "shared/statements/log.yaml:2:1: yaml-duplicate-key: "),
        ("aws/sources.yaml", "a: &x {}\n", "aws/sources.yaml:1:4: yaml-alias: "),
    ],
)
def test_a_file_that_cannot_be_loaded_fails_the_build(tmp_path: Path, file: str, content: str, where: str) -> None:
    data, out = small.copy(tmp_path), tmp_path / "out" / "next"
    (data / file).write_text(content)
    (data / "shared/statements/thing-read.yaml").write_text("surprise: 1\n")
    put(out, OLD)
    done = Project(tmp_path).run("build", "--out", str(out))
    lines = done.out.splitlines()
    assert done.code == 1 and any(line.startswith(f"data/{where}") for line in lines), done
    assert [line for line in lines if "/thing-read.yaml:" in line and '"surprise"' in line]
    assert done.err.endswith("nothing was written\n")
    assert files_of(out) == OLD
    assert [path.name for path in out.parent.iterdir()] == ["next"]

"""No command writes over what the tool did not write: every option that names a place is aimed at precious ones."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from importing import modules
from kb.publish.built_folders import files_of_next, files_of_schemas
from kb.site.versions import add_versions, refuse_site
from releasing import Done, Project
from sagemaker_roles.files import ownership, writing
from support import ROOT, SCRIPTS, drawn, run

Snapshot = dict[str, tuple[str, bytes | str | int]]


def snapshot(root: Path) -> Snapshot:
    """Everything in a folder: its kind, and its bytes, target or device."""
    found: Snapshot = {}
    for path in sorted(root.rglob("*")):
        status, name = path.lstat(), path.relative_to(root).as_posix()
        if stat.S_ISLNK(status.st_mode):
            found[name] = ("link", str(path.readlink()))
        elif path.is_dir():
            found[name] = ("folder", stat.S_IMODE(status.st_mode))
        elif path.is_file():
            found[name] = ("file", path.read_bytes())
        else:
            found[name] = ("device", status.st_rdev)
    return found


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a release, and precious things next to it."""
    top = tmp_path_factory.mktemp("precious")
    project = Project.new(top / "project")
    project.release()
    home = top / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id").write_text("secret")
    (home / "index.json").write_text("{}")
    (home / "policy.schema.json").write_text("{}")
    (home / "index.html").write_text('<html><head><meta charset="utf-8"></head></html>')
    event = {"eventSource": "sagemaker.amazonaws.com", "eventName": "ListModels", "recipientAccountId": "111122223333"}
    (top / "log.json").write_text(json.dumps({"Records": [event]}))
    (top / "file").write_text("precious")
    (top / "link").symlink_to("home")
    (top / "link-to-nothing").symlink_to("nothing")
    (top / "foreign").mkdir()
    (top / "foreign" / "manifest.json").write_text('{"name": "an app", "files": []}')
    mixed = top / "mixed"
    shutil.copytree(project.builds / "next", mixed)
    (mixed / "notes.txt").write_text("mine")
    for path, content in project.released("1.0.0").files.items():
        (top / "unpacked" / path).parent.mkdir(parents=True, exist_ok=True)
        (top / "unpacked" / path).write_bytes(content)
    (top / ".home.old").mkdir()
    (top / ".home.old" / "kept").write_text("precious")
    os.mkfifo(top / "pipe")
    if not os.getuid():
        os.mknod(top / "null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    return project


#: Place below the folder that has the project, "/" for the root of the file system.
PLACES = [
    *("/", "file", "foreign", "home", "home/.ssh", "link", "link-to-nothing", "mixed", "null", "pipe", "project"),
    *("project/.git", "project/build", "project/build/v1", "project/build/v1/releases", "project/build/v1/schema"),
    *("project/build/v1/releases/1.0.0.tar.xz", "project/build/v1/next/operations", "project/data", "project/data/new"),
    *("project/data/operations", "project/data/schema", "unpacked", "unpacked/new"),
]


@pytest.fixture(scope="module")
def there(source: Project) -> Path:
    """The folder with all of it, in which nothing may change."""
    return source.root.parent


@pytest.fixture
def world(there: Path, tmp_path: Path) -> Path:
    shutil.copytree(there, tmp_path / "world", symlinks=True, ignore=shutil.ignore_patterns("pipe", "null"))
    return tmp_path / "world"


def target(world: Path, place: str) -> Path:
    if place == "null" and not (world / "null").exists():
        pytest.skip("only root can make a device")
    return Path("/") if place == "/" else world / place


def refused(done: Done, codes: tuple[int, ...] = (2,)) -> None:
    assert done.code in codes, done
    assert done.out == "", done
    assert done.err.startswith("sagemaker-roles: "), done
    assert done.err.count("\n") == 1, done


@pytest.mark.parametrize("place", PLACES)
def test_options_that_name_a_place(there: Path, place: str) -> None:
    """What names records or versions leads to writing only where the records or the versions of a project are."""
    before, project = snapshot(there), Project(there / "project")
    path = str(target(there, place))
    refused(project.run("build", "--out", path))
    if place != "project/data/new":
        refused(project.run("fleet", str(there / "log.json"), "--workers", "1", "--out", path))
    for command in (["build"], ["new", "CreateApp"], ["fix"], ["release"]):
        if place != "project/data":
            done = project.run(*command, "--data", path)
            assert done.code in (1, 2) and "Traceback" not in done.err, done
    if place != "project/build/v1":
        refused(project.run("release", "--builds", path), (1, 2))
    if place not in ("/", "project") and not place.startswith("project/data"):  # they contain records
        refused(project.run("fix", path))
    assert snapshot(there) == before


@pytest.mark.hypothesis  # so that `make soak` runs it, with all places
@pytest.mark.parametrize("place", drawn((place for place in PLACES if place != "project/data/new"), 4))
@pytest.mark.parametrize(
    "command",
    [[ROOT / "scripts" / "tools" / "dist.py", "--allow-dirty", "--out"], ["-m", "kb.site", "finish"]],
)
def test_other_programs_that_write(there: Path, place: str, command: list[Any]) -> None:
    before, env = snapshot(there), {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    whole = [sys.executable, *command, target(there, place)]
    done = subprocess.run(whole, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (2, ""), done
    assert "Traceback" not in done.stderr
    assert snapshot(there) == before


@pytest.mark.parametrize(
    "name", ["build/v1/next", "build/v1/schema", "data/schema/json", "build/v1/versions.json", "CHANGELOG.md"]
)
@pytest.mark.parametrize("kind", ["link", "link to a folder", "file", "device", "foreign"])
def test_what_is_in_the_way_where_commands_write_by_themselves(world: Path, name: str, kind: str) -> None:
    """A link, a file or a device in the place of what a command writes stays, and so does what a link leads to."""
    project = Project(world / "project")
    project.change("shared/statements/log.yaml", "Sid: Log", "Sid: Logs")
    project.commit()
    if not name.endswith((".json", ".md")):
        project.git("rm", "-r", "--cached", "--quiet", "--ignore-unmatch", name)
    there = world / "project" / name
    if there.is_dir() and not there.is_symlink():
        shutil.rmtree(there)
    else:
        there.unlink(missing_ok=True)
    folder = not there.suffix
    if kind == "link":
        there.symlink_to(world / "file")
    elif kind == "link to a folder":
        there.symlink_to(world / "home")
    elif kind == "device":
        os.mkfifo(there)
    elif kind == "file" and folder:
        there.write_text("precious")
    else:
        there.mkdir(parents=True)
        (there / "mine").write_text("precious")
    before = snapshot(world)
    if kind != "device" or folder:
        done = project.run("build" if folder else "release")
        assert done.code in (1, 2), done
        assert "Traceback" not in done.err
    tree_error = (ownership.RefusedError, OSError)
    with pytest.raises(tree_error):
        if folder:
            writing.replace_tree(there, [("a", b"")], files_of_schemas)
        else:
            writing.replace_file(there, b"")
    assert snapshot(world) == before


@pytest.mark.parametrize("place", ["nothing-yet", "empty", "written"])
def test_what_may_be_written_to(world: Path, place: str) -> None:
    project, out = Project(world / "project"), world / "out" / place
    if place != "nothing-yet":
        out.mkdir(parents=True)
    if place == "written":
        assert project.run("build", "--out", str(out)).code == 0
        project.change("shared/statements/log.yaml", "Sid: Log", "Sid: Logs")
    assert project.run("check").code == 0  # which keeps what is sound
    before = snapshot(world / "project")
    done = project.run("build", "--out", str(out))
    assert done.code == 0 and f" operations written to {out}\n" in done.err
    assert project.run("build", "--check", "--out", str(out)).code == 0
    assert [path.name for path in (world / "out").iterdir()] == [place], "nothing next to it"
    assert (out / "schema" / "policy.schema.json").is_file()
    assert snapshot(world / "project") == before


# --- pages -----------------------------------------------------------------------------------------------------------


PAGES: dict[str, bytes | Path] = {
    "llms.txt": b"1",
    "reference/index.md": b"2",
    "reference/parts/a.html": b"3",
    "v1/next/index.json": ROOT / "build" / "v1" / "next" / "index.json",
}
WITHIN = ("llms.txt", "reference", "v1")


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("written by hand")
    return tmp_path / "docs"


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("name", ["reference/mine.md", "reference/index.md", "v1/mine.json", "llms.txt"])
@pytest.mark.parametrize("kind", ["file", "link"])
def test_pages_spare_what_a_person_wrote(docs: Path, again: bool, name: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    if again:
        writing.sync_tree(docs, PAGES, WITHIN)
    there = docs / name
    if again and there.exists() and kind == "file":
        return  # it was generated
    there.unlink(missing_ok=True)
    there.parent.mkdir(exist_ok=True)
    if kind == "link":
        there.symlink_to(tmp_path / "precious")
    else:
        there.write_text("precious")
    before = snapshot(tmp_path)
    with pytest.raises(ownership.RefusedError, match="is a link" if kind == "link" else "was not generated"):
        writing.sync_tree(docs, PAGES, WITHIN)
    assert snapshot(tmp_path) == before


# --- links inside of what the tool may replace ----------------------------------------------------------------------


def listing_all(folder: Path) -> set[str]:
    """As a manifest that somebody made claims: all that is in the folder is the tool's."""
    return {*ownership.entries(folder)}


@pytest.mark.parametrize("name", ["a", "sub/b", "sub"])
@pytest.mark.parametrize("kind", ["file", "folder", "nothing"])
def test_a_folder_with_a_link_in_it_is_refused(tmp_path: Path, name: str, kind: str) -> None:
    out, home = tmp_path / "out", tmp_path / "home"
    home.mkdir()
    (home / "b").write_text("precious")
    there = out / name
    there.parent.mkdir(parents=True)
    there.symlink_to({"file": home / "b", "folder": home, "nothing": home / "nothing"}[kind])
    before = snapshot(tmp_path)
    for files in ([("a", b"new")], [("sub/b", b"precious")], [("sub/b", b"new"), ("a", b"")]):
        with pytest.raises(ownership.RefusedError, match=f"{name}: is a link, which is not followed; remove it"):
            writing.replace_tree(out, files, listing_all)
        assert snapshot(tmp_path) == before


def test_what_a_killed_run_left_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "kept").write_text("precious")
    for name in (".sagemaker-roles.out.old", ".sagemaker-roles.out.1.new"):
        (tmp_path / name).symlink_to(tmp_path / "home")
    assert writing.replace_tree(tmp_path / "out", [("a", b"new")], listing_all)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "out"]
    assert (tmp_path / "home" / "kept").read_text() == "precious"
    assert not (tmp_path / "out").is_symlink()


def test_what_another_run_uses_is_kept_and_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / ".sagemaker-roles.out.0.new"
    with writing.hidden_folder(tmp_path / "out") as used:
        (used / "rows").write_text("used")
        left.mkdir()
        assert writing.replace_tree(tmp_path / "out", [("a", b"new")], listing_all)
        assert (used / "rows").read_text() == "used"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_records_in_a_folder_that_is_a_link_stay(world: Path) -> None:
    project = Project(world / "project")
    (project.root / "data" / "operations").rename(world / "elsewhere")
    (project.root / "data" / "operations").symlink_to(world / "elsewhere")
    for file in (world / "elsewhere").iterdir():
        file.write_text(f"{file.read_text()}\n\n")
    before = snapshot(world / "elsewhere")
    done = project.run("fix")
    assert done.code == 1 and "is a link" in done.out + done.err, done
    new = run("new", "CreateImage", "--data", project.root / "data")
    assert new.returncode == 2 and "operations: is a link" in new.stderr, new
    assert snapshot(world / "elsewhere") == before


def pages(top: Path) -> None:
    writing.sync_tree(top / "docs", PAGES, WITHIN)


def site(top: Path) -> None:
    refuse_site(top / "site")


@pytest.mark.parametrize(
    ("link", "act"),
    [
        *(("docs", pages), ("docs/reference", pages), ("docs/v1", pages)),
        *((f"site/{name}", site) for name in ("assets", "assets/javascripts", "v1", "index.html")),
        ("site/v1", lambda top: add_versions(top / "versions", top / "site")),
        ("data/operations", lambda top: writing.replace_file(top / "data" / "operations" / "kept", b"", top / "data")),
        ("data/operations", lambda top: writing.create_file(top / "data" / "operations" / "new", b"", top / "data")),
    ],
)
def test_nothing_is_written_through_a_link(tmp_path: Path, link: str, act: Callable[[Path], object]) -> None:
    for file in ("index.html", "compiled/finder.json", "assets/javascripts/bundle.1.js", "v1/next/index.json"):
        (tmp_path / "site" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / file).write_text("<html><head></head></html>")
    for folder in ("home", "versions"):
        (tmp_path / folder).mkdir()
    there, home = tmp_path / link, tmp_path / "home" / "moved"
    there.parent.mkdir(parents=True, exist_ok=True)
    there.rename(home) if there.exists() else home.mkdir()
    there.symlink_to(home)
    before = snapshot(tmp_path)
    with pytest.raises(ownership.RefusedError, match=f"{Path(link).name}: is a link"):
        act(tmp_path)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("umask", "folder", "file"), [(0o077, 0o700, 0o600), (0o022, 0o755, 0o644), (0o027, 0o750, 0o640)]
)
def test_what_is_made_has_the_mode_that_was_asked_for(tmp_path: Path, umask: int, folder: int, file: int) -> None:
    """A folder with an account's answers is read by others only where the umask lets them."""
    before = os.umask(umask)
    try:
        writing.replace_tree(tmp_path / "new" / "out", [("sub/a", b"")], listing_all)
        writing.replace_file(tmp_path / "versions.json", b"")
        writing.create_file(tmp_path / "record.yaml", b"", tmp_path)
        kept = tmp_path / "kept"
        kept.mkdir()
        kept.chmod(0o711)
        writing.replace_tree(kept, [("a", b"")], listing_all)
    finally:
        os.umask(before)
    modes = {path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    folders, files = ("new", "new/out", "new/out/sub"), ("new/out/sub/a", "versions.json", "record.yaml", "kept/a")
    assert modes == {**dict.fromkeys(folders, folder), **dict.fromkeys(files, file), "kept": 0o711}


# --- one place that writes -------------------------------------------------------------------------------------------

_WRITES = re.compile(
    r"\.(write_text|write_bytes|mkdir|rename|unlink|rmdir|rmtree|symlink_to|move|copyfile|copytree|mkdtemp|mkstemp|touch|"
    r"chmod|truncate|NamedTemporaryFile|replace(?=\([^,()]*\)))\(|open\([^\n]*\"[rwaxb]*[wax+][b+]*\""
)
#: What other modules write, none of it in a place that somebody named: a run's own folder among the temporary ones,
#: the user names of a new process, and the end of a scratch file that the one module made.
_OWN = {
    "sagemaker_roles/extras/capture/call_log.py",
    "sagemaker_roles/extras/capture/offline.py",
    "sagemaker_roles/extras/capture/process_tree.py",
    "sagemaker_roles/extras/fleet/store.py",
    "sagemaker_roles/inputs/code/autopilot.py",
}


def test_one_module_writes() -> None:
    files = modules().values()
    found = {file.relative_to(SCRIPTS).as_posix() for file in files if _WRITES.search(file.read_text())}
    assert found - {"sagemaker_roles/files/writing.py"} == _OWN


# --- on the disk -----------------------------------------------------------------------------------------------------


def test_everything_is_on_the_disk_before_the_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real_sync: Callable[[int], None] = os.fsync
    real_swap = writing._swap

    def sync(handle: int) -> None:
        calls.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        real_sync(handle)

    def swap(fresh: Path, folder: Path) -> None:
        names = {path.name for path in fresh.rglob("*")} | {fresh.name}
        assert names <= {Path(call).name for call in calls}
        calls.append("swap")
        real_swap(fresh, folder)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(writing, "_swap", swap)
    assert writing.replace_tree(tmp_path / "out", [("one/two", b"x"), ("three", b"y")], files_of_next)
    assert calls[-2:] == ["swap", str(tmp_path)]


@pytest.mark.parametrize("writes", ["a tree", "a file", "a new file", "pages", "a link of pages"])
def test_what_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: str) -> None:
    """The system names no file where a disk is full, and the hidden one is no name that a person knows."""

    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    source, place = tmp_path / "source", tmp_path / "new" / "place"
    source.write_bytes(b"x")
    if writes != "a tree":
        place.parent.mkdir()
    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space left") as raised:
        if writes == "a tree":
            writing.replace_tree(place, [("one", b"x")], files_of_next)
        elif writes == "a file":
            writing.replace_file(place, b"x")
        elif writes == "a new file":
            writing.create_file(place, b"x", place.parent)
        elif writes == "pages":
            writing.sync_tree(place.parent, {"place/one": b"x"}, ["place"])
        else:
            (place.parent / writing.GENERATED).write_text('{"generated": ["place"]}')
            writing.sync_tree(place.parent, {"place": source}, ["place"])
    wanted = place.parent / writing.GENERATED if writes == "pages" else place
    assert raised.value.filename == str(wanted)
    assert not place.exists()
    assert place.parent.exists() == (writes != "a tree"), "a folder that was made is removed again"


def test_a_file_is_made_once(tmp_path: Path) -> None:
    writing.create_file(tmp_path / "a", b"one", tmp_path)
    with pytest.raises(FileExistsError):
        writing.create_file(tmp_path / "a", b"two", tmp_path)
    assert snapshot(tmp_path) == {"a": ("file", b"one")}

"""A small project in a git repository of its own, to release from: the knowledge base of tests/kb, built."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import small
from kb.aws import reference
from kb.publish import archives
from kb.publish.changes.built_version import Built, from_path
from kb.publish.releases import planning
from kb.publish.schemas import json_schemas
from kb.records import editor_schemas, loading
from reference import SmallReference
from sagemaker_roles.cli.main import cli
from support import GIT, ROOT, SCRIPTS, git

#: Runs the command line with AWS's data replaced by the small reference.
COMMAND = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); import reference, kb.aws.reference as own; "
    "own.aws_reference = reference.SmallReference; from sagemaker_roles.cli.main import main; main()"
)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def killed_at(stop: int, work: Callable[[], object]) -> int:
    """Does a work in a child that kills itself at a call; how the child ended (0: it was done before)."""
    child = os.fork()
    if not child:
        seen = 0

        def hook(event: str, arguments: Any) -> None:
            nonlocal seen
            if event.startswith(("open", "os.", "shutil.", "tempfile.", "fcntl.", "pathlib.")):
                seen += 1
                if seen == stop:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(hook)
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1]


class Project:
    """A checkout with records, output and history."""

    def __init__(self, root: Path) -> None:
        self.root, self.data, self.builds = root, root / "data", root / "build" / "v1"

    @classmethod
    def new(cls, root: Path) -> Project:
        """A project with its first commit, built and never released."""
        self = cls(root)
        small.copy(root)
        shutil.copyfile(ROOT / ".gitignore", root / ".gitignore")
        (root / "CHANGELOG.md").write_text("# Changelog\n\nWhat changed.\n\n## Unreleased\n\n- The first records.\n")
        self.git("init", "--quiet", "--initial-branch=main")
        self.build()
        self.commit()
        return self

    def copy(self, root: Path) -> Project:
        """The same project elsewhere."""
        shutil.copytree(self.root, root, symlinks=True)
        return Project(root)

    def git(self, *arguments: str, date: str = "2026-01-01T12:00:00+00:00") -> str:
        """Runs git here; returns what it says."""
        return git(*arguments, cwd=self.root, date=date)

    def commit(self, date: str = "2026-01-01T12:00:00+00:00") -> str:
        """Commits everything; returns the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=A change", date=date)
        return self.git("rev-parse", "HEAD").strip()

    def run(self, *arguments: str) -> Done:
        """Runs a command of the command line in this process."""
        out, err, code = io.StringIO(), io.StringIO(), 0
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.chdir(self.root))
            stack.enter_context(mock.patch.object(reference, "aws_reference", SmallReference))
            stack.enter_context(mock.patch.dict(os.environ, GIT))
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(err))
            try:
                code = cli.main(list(arguments), standalone_mode=False) or 0
            except SystemExit as error:
                code = int(error.code or 0)
        return Done(code, out.getvalue(), err.getvalue())

    def process(self, *arguments: str, first: str = "", **options: Any) -> subprocess.Popen[str]:
        """Starts a command of the command line in a process of its own, which runs some code first."""
        return subprocess.Popen(
            [sys.executable, "-c", f"{first}\n{COMMAND}", str(Path(__file__).parent), *arguments],
            cwd=self.root,
            env={**os.environ, **GIT, "PYTHONPATH": str(SCRIPTS), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def build(self) -> None:
        """Builds the output from the records."""
        done = self.run("build")
        assert done.code == 0, done

    def change(self, path: str, old: str, new: str) -> None:
        """Changes a record and builds."""
        small.change(self.data, {"change": {path: [[old, new]]}})
        self.build()

    def release(self) -> str:
        """Releases and commits; returns the version."""
        done = self.run("release")
        assert done.code == 0, done
        self.commit()
        return done.err.partition("build/v1/releases/")[2].partition(".tar.xz ")[0]

    def archive(self, version: str) -> Path:
        """Where the archive of a version is."""
        return archives.place(self.builds, version)

    def released(self, version: str) -> Built:
        """A released version, as its archive has it."""
        return from_path(self.archive(version), version)

    def plan(self) -> planning.ReleasePlan:
        """The next release, not written."""
        with mock.patch.dict(os.environ, GIT):
            loaded = loading.load(self.data)
            schemas = json_schemas(dict(editor_schemas.json_schemas(loaded)))
            return planning.plan(self.root, self.builds, loaded.catalog, SmallReference(), schemas)

    def files(self) -> dict[str, bytes]:
        """Every file that is not hidden, by its path."""
        found = {path.relative_to(self.root).as_posix(): path for path in self.root.rglob("*") if path.is_file()}
        return {name: path.read_bytes() for name, path in found.items() if not re.search(r"(^|/)\.", name)}

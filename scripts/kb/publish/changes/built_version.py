"""Reads one built version, from an archive, a folder, or out of git: the files that a comparison needs."""

from __future__ import annotations

import io
import json
import re
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sagemaker_roles.canonical import canonical
from sagemaker_roles.errors import Failure

from .. import archives
from ..built_folders import OPERATIONS, PROOF, is_reviewed
from ..reviewed_operation import reviewed

#: IDs of an operation, of one of its roles, and of an add-on of that; "" from where it is not about one.
Place = tuple[str, str, str]

_POLICY = re.compile(r"operations/.+\.json")


class BuiltError(Failure):
    """A version cannot be read; the text says which, and why."""


@dataclass(frozen=True)
class Built:
    """The files of one built version.

    Attributes:
        name: what it is called in texts.
        files: path below the version's folder to bytes.
    """

    name: str
    files: Mapping[str, bytes] = field(repr=False)

    def json(self, path: str) -> Any:
        """A file's JSON.

        Raises:
            BuiltError: there is no such file, or it is no JSON.
        """
        try:
            return json.loads(self.files[path])
        except KeyError:
            raise BuiltError(f"{self.name} has no {path}; it is not a built version, or only a part of one") from None
        except (ValueError, RecursionError):
            raise BuiltError(f"{path} of {self.name} is not JSON") from None

    @property
    def is_whole(self) -> bool:
        """Whether it is what is published, not only what a commit has of ``next``."""
        return "index.json" in self.files or not any(path.startswith(OPERATIONS) for path in self.files)

    @cached_property
    def index(self) -> Mapping[str, Any]:
        """index.json of a whole version."""
        index = self.json("index.json")
        if not isinstance(index, dict) or not isinstance(index.get("operations"), list):
            raise BuiltError(f"index.json of {self.name} lists no operations")
        return index

    @property
    def moved(self) -> Mapping[str, Any]:
        """What took the place of IDs; a commit does not tell."""
        return self.index.get("moved", {}) if self.is_whole else {}

    @cached_property
    def records(self) -> Mapping[str, Mapping[str, Any]]:
        """operation.json by name of the operation; of a commit only where it was committed once."""
        if not self.is_whole:
            paths = [path for path in sorted(self.files) if path.endswith("/operation.json")]
        else:
            try:
                paths = [str(item["links"]["self"]) for item in self.index["operations"]]
            except (KeyError, TypeError):
                raise BuiltError(f"index.json of {self.name} has not the form of an index") from None
        return {record["operation"]: record for record in map(self.json, paths)}

    @cached_property
    def operations(self) -> Mapping[str, Mapping[str, Any]]:
        """What a reviewer reads of each operation, by its name."""
        if self.records:
            return {name: reviewed(record, self.json) for name, record in self.records.items()}
        return {Path(path).stem: self.json(path) for path in sorted(self.files) if is_reviewed(path)}

    @cached_property
    def committed(self) -> Built:
        """The same as a commit has it: the file of each operation that reviewers read, and what was measured."""
        files = {f"{OPERATIONS}{name}.json": canonical(operation) for name, operation in self.operations.items()}
        return Built(self.name, files | {path: self.files[path] for path in self.files.keys() & {PROOF}})

    @cached_property
    def holders(self) -> Mapping[Place, Mapping[str, Any]]:
        """Operations, roles (``caller`` is one) and add-ons by their places, each as reviewers read it."""
        return _by_place(self.operations)

    @cached_property
    def links(self) -> Mapping[Place, Mapping[str, str]]:
        """The files of operations, roles and add-ons by their places."""
        return {place: holder["links"] for place, holder in _by_place(self.records).items()}

    @cached_property
    def policies(self) -> Mapping[str, bytes]:
        """The policies and add-on patches: path to bytes; of a commit the files that have them."""
        return {
            path: content
            for path, content in sorted(self.files.items())
            if _POLICY.fullmatch(path) and not path.endswith("/operation.json")
        }


def _by_place(operations: Mapping[str, Mapping[str, Any]]) -> dict[Place, Mapping[str, Any]]:
    found: dict[Place, Mapping[str, Any]] = {}
    for name, operation in operations.items():
        found[name, "", ""] = operation
        for grantee in (*operation["roles"], *filter(None, [operation["caller"]])):
            found[name, grantee["id"], ""] = grantee
            found |= {(name, grantee["id"], addon["id"]): addon for addon in grantee["addons"]}
    return found


def from_path(version: Path, name: str = "") -> Built:
    """Reads a version: the archive of a release, or a folder.

    Raises:
        BuiltError: it cannot be read.
    """
    try:
        files = archives.files(version)
    except archives.ArchiveError as error:
        raise BuiltError(str(error)) from None
    except OSError as error:
        raise BuiltError(f"cannot read {error.filename or version}: {error.strerror}") from None
    return from_files(name or version.name.removesuffix(archives.SUFFIX), files)


def from_files(name: str, files: Mapping[str, bytes]) -> Built:
    """A version of some files, without those for reviewers, which are of none, if there are others."""
    is_whole = "index.json" in files
    return Built(name, {path: files[path] for path in files if not (is_whole and is_reviewed(path))})


def commit_of(revision: str, folder: Path) -> str:
    """The id of the commit that a git revision names, "" if it names none.

    The revision is never taken for an option, whatever it looks like.

    Raises:
        BuiltError: there is no git, or no repository.
    """
    if revision.startswith("-") or "\0" in revision:
        return ""
    done = git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", check=False)
    return done.stdout.decode("ascii", "replace").strip() if done.returncode == 0 else ""


def from_git(commit: str, builds: Path, name: str) -> Built:
    """Reads ``next`` out of a commit, without touching the checkout.

    Args:
        builds: folder of all versions (``build/v1``), where the commit has it too.
        name: what to call it.

    Raises:
        BuiltError: the commit has no built version, or git fails.
    """
    done = git(builds.parent, "archive", "--format=tar", commit, f"{builds.name}/next", check=False)
    if done.returncode:
        raise BuiltError(f"{name} has no {builds.name}/next; nothing was built there yet")
    files = {}
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            if content is not None:
                files[member.name.partition("/next/")[2]] = content.read()
    return Built(name, files)


def git(folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    """Runs git in a folder.

    Raises:
        BuiltError: there is no git, or it fails and ``check`` is set.
    """
    command = ["git", "--no-optional-locks", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise BuiltError(f"git cannot be run: {error.strerror}") from None
    if check and done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise BuiltError(f"git {arguments[0]} failed{': ' + said[-1] if said else ''}")
    return done

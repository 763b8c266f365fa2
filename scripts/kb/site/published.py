"""Reads the built artifacts of one version: what every page is made from."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..publish import archives, proof

Data = Mapping[str, Any]

#: What the last group of operations is called.
CLOSED = "Closed to new customers or deprecated"

_STATUS = {
    "closed": "closed to new customers",
    "deprecated": "deprecated",
    "removed": "removed",
}


@dataclass(frozen=True, slots=True)
class StatementUse:
    """One statement at one place: whose it is, and the add-on that brings it.

    Attributes:
        grantee: the role's id, or ``caller``.
        addon: id of the add-on, "" for the base.
        item: the statement with why, evidence and sources, as operation.json has it.
        trust: whether it is a statement of the trust policy.
    """

    operation: str
    grantee: str
    addon: str
    item: Data
    trust: bool = False

    @property
    def statement(self) -> Data:
        """The statement as IAM writes it."""
        return self.item["statement"]  # type: ignore[no-any-return]


class Published:
    """One version of the artifacts.

    Args:
        root: the folder of all versions, ``build/v1``.
        version: name of the version's folder.

    Raises:
        FileNotFoundError: the version was not built.
    """

    def __init__(self, root: Path, version: str = "next") -> None:
        self.root = root
        self.folder = root / version
        self.index: Data = self.json("index.json")
        self.manifest: Data = self.json("manifest.json")
        self.version: str = self.index["data_version"]
        self._changes: dict[str, Data] = {}
        self.files: Mapping[str, Data] = {item["path"]: item for item in self.manifest["files"]}

    def text(self, path: str) -> str:
        """A file's text, exactly."""
        return (self.folder / path).read_bytes().decode("utf-8")

    def json(self, path: str) -> Any:
        """A file's JSON."""
        return json.loads(self.text(path))

    def optional(self, path: str) -> Any:
        """A file's JSON, or None if this version has no such file."""
        return self.json(path) if (self.folder / path).is_file() else None

    @cached_property
    def released(self) -> list[Data]:
        """The released versions as versions.json lists them, newest first."""
        file = self.root / "versions.json"
        return list(json.loads(file.read_text("utf-8"))["versions"]) if file.is_file() else []

    @property
    def latest(self) -> str:
        """The latest released version, "" if there is none."""
        return self.released[0]["version"] if self.released else ""

    @cached_property
    def _released_files(self) -> Mapping[str, str]:
        """Path to SHA-256 of the files of the latest release."""
        if not self.latest:
            return {}
        manifest = json.loads(archives.file(archives.place(self.root, self.latest), "manifest.json"))
        return {"manifest.json": "", **{item["path"]: item["sha256"] for item in manifest["files"]}}

    def linked(self, path: str) -> tuple[str, str]:
        """Version and SHA-256 of the file that links lead to: that of the latest release, if it has such a file."""
        released = self._released_files.get(path)
        return (self.latest, released) if released else (self.version, self.files[path]["sha256"])

    def address(self, path: str) -> str:
        """Where links to a file lead, below the site."""
        version = self.latest if path in self._released_files else self.version
        return f"v1/{version}/{path}"

    def changes(self, version: str) -> Data:
        """changes.json of a released version."""
        if version not in self._changes:
            self._changes[version] = json.loads(archives.file(archives.place(self.root, version), "changes.json"))
        return self._changes[version]

    @cached_property
    def names(self) -> list[str]:
        """Names of all operations, sorted."""
        return [item["operation"] for item in self.index["operations"]]

    @cached_property
    def operations(self) -> Mapping[str, Data]:
        """operation.json by name of the operation."""
        return {item["operation"]: self.json(item["links"]["self"]) for item in self.index["operations"]}

    @cached_property
    def groups(self) -> list[tuple[str, list[str]]]:
        """Titles of the groups of operations, each with their names, those that most people use first."""
        closed = {name for name, record in self.operations.items() if status(record)}
        # A version of some operations only still has all groups.
        groups = [
            (family["title"], [name for name in family["operations"] if name in self.operations and name not in closed])
            for family in self.index.get("families", ())
        ]
        grouped = {name for _, names in groups for name in names}
        groups.append(("More", [name for name in self.names if name not in grouped | closed]))
        return [(title, names) for title, names in [*groups, (CLOSED, sorted(closed))] if names]

    @cached_property
    def _services(self) -> Mapping[str, str]:
        return {item["prefix"]: item["name"] for item in self.index.get("services", ())}

    def service(self, prefix: str) -> str:
        """Name of a service by its IAM prefix; the prefix itself if this version has no name for it."""
        return self._services.get(prefix, prefix)

    @cached_property
    def catalog(self) -> Data:
        """catalog.json."""
        return self.json("catalog.json")  # type: ignore[no-any-return]

    @cached_property
    def proof(self) -> Data:
        """proof.json; with nothing in it if this version has none."""
        return self.optional("proof.json") or {"exceptions": {}, "peers": {}, "operations": {}}

    @cached_property
    def seen(self) -> Mapping[tuple[str, str, str, str], int]:
        """Operation, role, add-on and Sid to how many independent origins saw the statement in use."""
        rows = (self.optional("attestations.json") or {"seen": []})["seen"]
        found: dict[tuple[str, str, str, str], int] = {}
        for row in rows:
            key = (row["operation"], row["role"], row["addon"], row["statement"])
            found[key] = max(found.get(key, 0), row["origins"])
        return found

    @cached_property
    def measured_before(self) -> Mapping[str, Collection[str]]:
        """The operations of which something was measured on earlier policies: ``proof``, ``layers``, ``comparison``."""
        return proof.behind(self.proof, proof.digests(self.manifest)) if self.proof["operations"] else {}

    def uses(self, trust: bool = False) -> Iterator[StatementUse]:
        """Every statement of every operation: of the permissions policies, or of the trust policies."""
        part = "trust" if trust else "statements"
        for name in self.names:
            for grantee in grantees(self.operations[name]):
                for item in grantee[part]:
                    yield StatementUse(name, grantee["id"], "", item, trust)
                for addon in grantee["addons"]:
                    for item in addon[part]:
                        yield StatementUse(name, grantee["id"], addon["id"], item, trust)


def cited(sources: Mapping[str, Data], items: Iterable[Data]) -> list[Data]:
    """The sources that some items cite, each once, in the order in which they are cited."""
    return [sources[key] for key in dict.fromkeys(key for item in items for key in item["sources"])]


def schema(path: str) -> str:
    """Where the schema of a file is, below the site."""
    name = path.rpartition("/")[2].removesuffix(".json")
    kind = next(
        (kind for kind in ("trust-policy", "policy", "patch") if kind in name.split(".") or name.endswith(kind)), name
    )
    return f"v1/schema/{kind}.schema.json"


def grantees(operation: Data) -> list[Data]:
    """An operation's roles, then its caller."""
    return [*operation["roles"], *([operation["caller"]] if operation["caller"] else [])]


def status(record: Data) -> str:
    """What new customers should know of an operation, "" if it is available."""
    return _STATUS.get(record["availability"]["status"], "")

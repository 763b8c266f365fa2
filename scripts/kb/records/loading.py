"""Loads all of data/ into a catalog, checked against the schemas, with twins resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.errors.problems import DataError, Position, Problem

from . import expansion, managed_policies, schema, twins
from .locations import FOLDERS, MAPPINGS, OPTIONAL, SCHEMAS, path_of
from .strict_yaml import Map, Seq, parse_bytes, read_bytes, where

#: Rules of form after which a record can be read all the same, so that whatever else is wrong is reported at once.
READABLE = frozenset({"yaml-duplicate-key", "undecided"})
UNDECIDED = "undecided"

#: What a skeleton says where a person decides.
_DECIDE = re.compile(rb"#\s*decide\b|\breason: decide\b")

#: What a record, and a role of it, must say unless it is a twin's.
REQUIRED = ("summary", "documentation", "caller")
REQUIRED_OF_ROLE = ("title", "trust", "statements")


@dataclass(slots=True)
class Loaded:
    """What was read from data/.

    Attributes:
        catalog: the records that could be read, twins resolved.
        authored: operation name to its record as written, with shared add-ons, before ``like`` was resolved.
        addons: sets of add-ons that records share, by ID.
        files: path (as in positions) to the value read from it, with the part that it is of.
        schemas: what the files were checked against.
        policies: AWS managed policy to the version of its document in data/aws/managed-documents.
        documents: AWS managed policy to that document.
        problems: everything wrong so far: reading, schema, names.
    """

    catalog: Catalog
    authored: dict[str, Map]
    addons: dict[str, Map]
    files: dict[str, tuple[str, Map]]
    schemas: schema.Schemas
    policies: dict[str, str] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def load(root: Path) -> Loaded:
    """Reads a data folder.

    Args:
        root: the folder that holds ``operations/``, ``statements/`` and so on.

    Returns:
        The catalog of all records that can be read, and what is wrong with their form. A record with such problems is
        not in the catalog, so that the rules need not mind it, unless they are of the rules in :data:`READABLE`.

    Raises:
        DataError: the schemas cannot be read.
    """
    root = root.resolve()  # positions begin with the folder's name, however it was given
    schemas = schema.load((root / "schema").resolve())
    if lacking := sorted(SCHEMAS.keys() - set(schemas.names)):
        raise DataError(
            [Problem(Position(f"{root.name}/{SCHEMAS[one]}"), "file", "the schema is missing") for one in lacking]
        )
    loaded = Loaded(Catalog({}), authored={}, addons={}, files={}, schemas=schemas)
    data = {part: _folder(loaded, root, part) for part in FOLDERS}
    mappings = {part: _mapping(loaded, root, part) for part in sorted(MAPPINGS)}
    problems = loaded.problems
    documents = managed_policies.documents(root)
    loaded.policies = {name: document["version"] for name, document in documents.items()}
    loaded.documents = {name: document["document"] for name, document in documents.items()}
    data["managed-policies"] = {
        name: managed_policies.with_document(record, documents.get(name), problems)
        for name, record in data["managed-policies"].items()
    }
    loaded.addons, apis, code = data.pop("addons"), data.pop("apis"), data.pop("calls")
    loaded.authored = authored = {
        name: expansion.with_shared_addons(record, loaded.addons, problems)
        for name, record in data["operations"].items()
    }
    operations = {
        name: expansion.with_caller(resolved, data["trust"], apis, problems)
        for name in authored
        if (resolved := _resolve(name, authored, problems)) is not None
    }
    shapes: dict[str, Any] = {"inputs": {}, "types": {}}
    own = {"operations": operations, "apis": apis, "code": code}
    parts = {**data, **own, **mappings, "shapes": shapes}
    loaded.catalog = Catalog({part.replace("-", "_"): records for part, records in parts.items()})
    return loaded


def _folder(loaded: Loaded, root: Path, part: str) -> dict[str, Map]:
    """The records of a part that can be read, by the names of their files."""
    sound: dict[str, Map] = {}
    folder, _ = FOLDERS[part]
    for file in sorted((root / folder).glob("**/*")):
        if file.is_dir():
            continue
        path = f"{root.name}/{file.relative_to(root).as_posix()}"
        if file.suffix != ".yaml" or file.parent != root / folder:
            loaded.problems.append(Problem(Position(path), "file-name", f"only {folder}/<name>.yaml can be here"))
            continue
        value, problems = _record(loaded, file, path, part)
        loaded.problems += problems
        if _is_readable(value, problems):
            sound[file.stem] = value
    return sound


def _is_readable(value: Any, problems: list[Problem]) -> bool:
    return isinstance(value, Map) and all(problem.rule in READABLE for problem in problems)


def _record(loaded: Loaded, file: Path, path: str, part: str) -> tuple[Any, list[Problem]]:
    """What a file of a part's folder holds, and what is wrong with its form."""
    _, key = FOLDERS[part]
    raw = read_bytes(file, path)
    if isinstance(raw, Problem):
        return None, [raw]
    value, problems = parse_bytes(raw, path)
    if value is not None:
        problems += loaded.schemas.check(part, value, Position(path))
    if isinstance(value, Map):
        loaded.files[path] = (part, value)
        if value.get(key) is not None and value.get(key) != file.stem:
            message = f"{key} must be {quoted(file.stem)}, the name of the file"
            problems.append(Problem(where(value[key], Position(path)), "file-name", message))
    if _is_readable(value, problems) and part == "operations" and "like" not in value:
        problems += _missing(value)
    return value, [*problems, *_undecided(raw, path)]


def _undecided(content: bytes, path: str) -> Iterator[Problem]:
    """A problem for each comment that a skeleton has for a person to decide something."""
    for number, line in enumerate(content.split(b"\n") if b"decide" in content else (), 1):
        if found := _DECIDE.search(line):
            message = "is left to decide; write what is right, and take the comment out"
            yield Problem(Position(path, number, found.start() + 1), UNDECIDED, message)


def _mapping(loaded: Loaded, root: Path, part: str) -> Map:
    """The sound records of a file of data/ that holds several."""
    sound = Map()
    file = root / path_of(part)
    if part in OPTIONAL and not file.exists():
        return sound
    path = f"{root.name}/{path_of(part)}"
    raw = read_bytes(file, path)
    if isinstance(raw, Problem):
        loaded.problems.append(raw)
        return sound
    value, problems = parse_bytes(raw, path)
    if isinstance(value, Map):
        loaded.files[path] = (part, value)
        sound.at, sound.key_at = value.at, value.key_at
        sound.update(value)
        for key, item in value.items():
            if faults := loaded.schemas.check(part, item, sound.key_at[key]):
                problems += faults
                del sound[key]
    elif not problems:
        message = f"must be a mapping, not {schema.kind_of(value)}"
        problems.append(Problem(where(value, Position(path)), "schema", message))
    loaded.problems += problems
    return sound


_ABOUT_TWINS = ("roles", "members", "omit_members", "can_lack", "omit_addons")


def _resolve(name: str, authored: dict[str, Map], problems: list[Problem]) -> Map | None:
    """A record with what it takes over from the record it is ``like``; None if that cannot be told."""
    record = authored[name]
    if "like" not in record:
        return twins.alone(record)
    other = authored.get(record["like"])
    if other is None:
        return None  # what is wrong with the other record, or that there is none, is reported
    if "like" in other:
        message = f"{record['like']} is itself a twin; name the record it is like"
        problems.append(Problem(where(record["like"], record.at), "like", message))
        return None
    merged = Map()
    merged.at, merged.key_at = record.at, {**other.key_at, **record.key_at}
    merged.update({key: value for key, value in other.items() if key != "sources"})
    merged.update({key: value for key, value in record.items() if key not in _ABOUT_TWINS})
    theirs = other.get("roles", Seq())
    optional = record.get("can_lack", ())
    members = twins.Members(record.get("members", {}), record.get("omit_members", ()), optional)
    merged["roles"] = twins.merged_roles(
        members.roles(theirs), record.get("roles", Seq()), set(record.get("omit_addons", ()))
    )
    known = {addon["id"] for role in theirs for addon in role.get("addons", ())}
    for addon in record.get("omit_addons", ()):
        if addon not in known:
            problems.append(
                Problem(where(addon, record.at), "like", f"{record['like']} has no add-on {quoted(addon)} to omit")
            )
    for member in [*record.get("members", ()), *record.get("omit_members", ()), *optional]:
        if member not in members.met:
            message = f"no path in the roles of {record['like']} begins with {member}; take it out"
            problems.append(Problem(where(member, record.at), "like", message))
    missing = _missing(merged)
    problems += missing
    return None if missing else merged


def _missing(record: Map) -> list[Problem]:
    """A problem for each key that a record or a role of it lacks."""
    missing = [(record, key) for key in REQUIRED if key not in record]
    missing += [(role, key) for role in record.get("roles", ()) for key in REQUIRED_OF_ROLE if key not in role]
    return [Problem(part.at, "schema", f"the key {quoted(key)} is missing") for part, key in missing]


def require(loaded: Loaded) -> Catalog:
    """The catalog, if nothing is wrong with it.

    Raises:
        DataError: something is.
    """
    if loaded.problems:
        raise DataError(loaded.problems)
    return loaded.catalog


def released(loaded: Loaded) -> Catalog:
    """The catalog of what was loaded without positions, whose memory is given back; equal texts are one object.

    ``loaded`` is empty afterwards: what only the rules need would otherwise stay beside all that is built.
    """
    catalog = loaded.catalog
    loaded.catalog = Catalog({})
    loaded.authored.clear()
    loaded.files.clear()
    texts: dict[str, str] = {}
    data: dict[str, Any] = {}
    for part, records in catalog.data.items():
        data[part] = {}
        while records:
            name = next(iter(records))
            data[part][str(name)] = _plain(records.pop(name), texts)
    return Catalog(data)


def _plain(value: Any, texts: dict[str, str]) -> Any:
    if isinstance(value, str):
        text = str(value)
        return texts.setdefault(text, text)
    if isinstance(value, dict):
        return {texts.setdefault(str(key), str(key)): _plain(item, texts) for key, item in value.items()}
    return [_plain(item, texts) for item in value] if isinstance(value, list) else value

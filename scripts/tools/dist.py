"""Makes wheel, source distribution, npm package, Terraform module, SBOM, and SHA256SUMS: `make dist`, always alike."""

from __future__ import annotations

import argparse
import email
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import agent_plugin
import npm_package
import terraform_module
from engine import EngineError
from kb.publish import archives
from sagemaker_roles.files import ownership, writing
from sagemaker_roles.files.ownership import RefusedError
from sagemaker_roles.version import checkout_built, checkout_version

ROOT = Path(__file__).resolve().parents[2]
LOCK = Path("requirements", "build.txt")

#: Where the lock file was made. Markers are read for it, not for this machine: the SBOM is the same everywhere.
_LOCKED_FOR = {
    "extra": "",
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.11.0",
    "python_version": "3.11",
    "sys_platform": "linux",
}


SUMS = "SHA256SUMS"
_SUM = re.compile(r"[0-9a-f]{64}  (sagemaker[_-]roles-[A-Za-z0-9._+-]+)")


class DistError(RuntimeError):
    """What keeps the distribution from being made; the message says what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder for the files (default: dist)")
    parser.add_argument("--allow-dirty", action="store_true", help="take changes that are not committed, too")
    options = parser.parse_args(arguments)
    try:
        for file in make(ROOT, options.out, options.allow_dirty):
            print(file)
    except RefusedError as error:
        print(f"dist: cannot write {error}", file=sys.stderr)
        return 2
    except (DistError, EngineError) as error:
        print(f"dist: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"dist: cannot write {error.filename or options.out}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def make(root: Path, out: Path, allow_dirty: bool = False) -> list[Path]:
    """Builds everything into a folder; what was there stays until all of it is made.

    Args:
        out: the folder: new, empty, or made by this before, which SHA256SUMS in it says.
        allow_dirty: take a tree with uncommitted changes, whose files then have the date of the last commit.

    Returns:
        The files made: npm package, Terraform module, wheel, SBOM, source distribution, SHA256SUMS.

    Raises:
        DistError: the tree is dirty, or something that is needed is missing.
        EngineError: node or Pyodide is missing.
        RefusedError: the folder contains what was not made by this.
    """
    out = ownership.absolute(out)
    ownership.refuse_folder(out, files_of_distribution)
    try:
        archives.file(checkout_built(root), "catalog.json")
    except FileNotFoundError as error:
        raise DistError(f"{Path(error.filename).relative_to(root)} is missing; run `make build` first") from None
    epoch = _epoch(root, allow_dirty)
    with tempfile.TemporaryDirectory(prefix="sagemaker-roles-") as folder:
        output = Path(folder)
        _hatchling(root, output, epoch)
        (wheel,), (sdist,) = output.glob("*.whl"), output.glob("sagemaker_roles-*.tar.gz")
        bom = output / f"{sdist.name.removesuffix('.tar.gz')}.cdx.json"
        bom.write_text(json.dumps(sbom(wheel, sdist, _locked(root / LOCK), epoch), indent=2) + "\n", "ascii")
        version = checkout_version(root)
        packs = (
            (f"sagemaker-roles-{npm_package.semver(version)}.tgz", "package", npm_package),
            (f"sagemaker-roles-terraform-{version}.tar.gz", "sagemaker-roles-terraform", terraform_module),
            (f"sagemaker-roles-plugin-{version}.tar.gz", "sagemaker-roles", agent_plugin),
        )
        made = [npm_package.packed(output / name, top, one.content(root), epoch) for name, top, one in packs]
        sums = output / SUMS
        files = sorted((wheel, sdist, bom, *made), key=lambda file: file.name)
        sums.write_text("".join(f"{_sha256(file)}  {file.name}\n" for file in files), "ascii")
        files += [sums]
        writing.replace_tree(out, ((file.name, file.read_bytes()) for file in files), files_of_distribution)
        return [out / file.name for file in files]


def _epoch(root: Path, allow_dirty: bool) -> int:
    """Seconds since 1970 that the files are dated: SOURCE_DATE_EPOCH, else the time of the last commit."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        if not given.isdecimal():
            raise DistError(f"SOURCE_DATE_EPOCH must be seconds since 1970, not {json.dumps(given)}")
        return int(given)
    if not allow_dirty and (changes := _git(root, "status", "--porcelain")):
        raise DistError("these changes are not committed; commit them, or say --allow-dirty\n" + changes)
    return int(_git(root, "log", "-1", "--format=%ct"))


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=True)  # noqa: S607
    except (OSError, subprocess.CalledProcessError) as error:
        detail = getattr(error, "stderr", "") or str(error)
        raise DistError(f"git does not tell the last commit ({detail.strip()}); set SOURCE_DATE_EPOCH") from None
    return done.stdout.rstrip()


def files_of_distribution(folder: Path) -> set[str] | None:
    """The files of a folder with a distribution: those that SHA256SUMS lists; None without such a list."""
    try:
        matches = [_SUM.fullmatch(line) for line in (folder / SUMS).read_text("ascii").splitlines()]
    except (OSError, ValueError):
        return None
    return {SUMS, *(item[1] for item in matches if item)} if matches and all(matches) else None


def _hatchling(root: Path, out: Path, epoch: int) -> None:
    """Builds with the hatchling of this environment, which the lock file holds: no isolation, no network."""
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", str(out.resolve())]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DistError(f"hatchling failed; `make build` sets it up\n{done.stdout}{done.stderr}".rstrip())


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


# --- the software bill of materials ---------------------------------------------------------------------------------
# cyclonedx-bom 7.5 was tried. Its bytes are reproducible, but of a lock file it lists the tools of the build too,
# without licenses and dependencies. Of an environment it lists everything that happens to be installed, without the
# locked hashes. Neither lists the wheel and the source distribution. Its library would bring seven packages to name
# the members below.


def sbom(wheel: Path, sdist: Path, locked: Mapping[str, tuple[str, list[str]]], epoch: int) -> dict[str, Any]:
    """The CycloneDX 1.6 document of what an installation brings: no serial number, no time but the commit's.

    Args:
        wheel: the wheel, whose metadata say what is needed.
        locked: name to version and hashes, from the lock file.
        epoch: seconds since 1970.

    Raises:
        DistError: a dependency is not locked, is installed in another version, or does not say its licence.
    """
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        about = email.message_from_bytes(archive.read(name))
    own = _component(about, "application")
    own["components"] = [
        {"type": "file", "name": file.name, "hashes": [{"alg": "SHA-256", "content": _sha256(file)}]}
        for file in (sdist, wheel)
    ]
    components: dict[str, dict[str, Any]] = {}
    needs = {own["bom-ref"]: _needed(about.get_all("Requires-Dist", []))}
    left = set(needs[own["bom-ref"]])
    while left:
        name = left.pop()
        if name not in locked:
            raise DistError(f"{name} is not in {LOCK}; run `make lock`")
        version, hashes = locked[name]
        try:
            installed = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            raise DistError(f"{name} is not installed; run `make build`") from None
        if installed.version != version:
            raise DistError(f"{name} {installed.version} is installed, {LOCK} says {version}; run `make build`")
        components[name] = component = _component(
            email.message_from_string(installed.read_text("METADATA") or ""), "library"
        )
        component["hashes"] = [{"alg": "SHA-256", "content": content} for content in hashes]
        needs[component["bom-ref"]] = _needed(installed.requires or ())
        left |= set(needs[component["bom-ref"]]) - set(components)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifecycles": [{"phase": "build"}],
            "component": own,
        },
        "components": [components[name] for name in sorted(components)],
        "dependencies": [
            {"ref": ref, "dependsOn": [components[name]["bom-ref"] for name in sorted(names)]}
            for ref, names in sorted(needs.items())
        ],
    }


def _component(about: Message, kind: str) -> dict[str, Any]:
    name, version = canonicalize_name(about["Name"]), about["Version"]
    licence = about["License-Expression"] or about["License"] or ""
    if not re.fullmatch(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*", licence):
        raise DistError(
            f"{name} {version} does not say its licence as an SPDX expression, but {json.dumps(licence[:60])}"
        )
    package = f"pkg:pypi/{name}@{version}"
    return {
        "type": kind,
        "bom-ref": package,
        "name": name,
        "version": version,
        "description": about["Summary"],
        "licenses": [{"expression": licence}],
        "purl": package,
    }


def _needed(requirements: Iterable[str]) -> list[str]:
    """Names of what is needed without extras."""
    parsed = (Requirement(text) for text in requirements)
    return sorted(
        canonicalize_name(item.name) for item in parsed if not item.marker or item.marker.evaluate(_LOCKED_FOR)
    )


def _locked(file: Path) -> dict[str, tuple[str, list[str]]]:
    """Name to version and SHA-256 sums, sorted, of a lock file."""
    entry = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)((?: \\\n +--hash=sha256:[0-9a-f]{64})+)", re.MULTILINE)
    return {
        canonicalize_name(name): (version, sorted(re.findall(r"sha256:([0-9a-f]{64})", hashes)))
        for name, version, hashes in entry.findall(file.read_text("utf-8"))
    }


if __name__ == "__main__":
    sys.exit(main())

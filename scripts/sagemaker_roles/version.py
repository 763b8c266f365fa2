"""The version number of this package: that of the release it is, else of a development version after the last release.

The build loads this file by its path, so that it imports nothing of the package.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

#: File with the number: in the package of a wheel, at the top of a source distribution. A checkout has none.
BUILT = "version.txt"

_RELEASE = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


def package_version(package: Path = Path(__file__).parent) -> str:
    """The version of the package in a folder, as PEP 440 has it.

    Args:
        package: folder of the package: installed, in a source distribution, or in a checkout.
    """
    return _built(package) or checkout_version(package.parents[1])


def install_command(extra: str) -> str:
    """The command that installs the wheel of this version with an extra; no package index has the project."""
    return f'python -m pip install "./sagemaker_roles-{package_version()}-py3-none-any.whl[{extra}]"'


def _built(folder: Path) -> str:
    file = folder / BUILT
    return file.read_text("ascii").strip() if file.is_file() else ""


def checkout_version(root: Path) -> str:
    """The version of a checkout, or of an unpacked source distribution.

    The commit that a release is tagged at, unchanged, is that release (``1.4.0``). Anything else is a development
    version, sorted after the last release and before the next one (``1.4.1.dev0``).
    """
    if built := _built(root):
        return built
    try:
        last = json.loads((root / "build" / "v1" / "versions.json").read_bytes())["latest"]
        if not _RELEASE.fullmatch(last):
            raise ValueError(last)
    except (OSError, KeyError, TypeError, ValueError):
        return "0.0.0.dev0"
    if _tagged(root, f"v{last}"):
        return str(last)
    *kept, patch = last.split(".")
    return ".".join([*kept, str(int(patch) + 1), "dev0"])


def _tagged(root: Path, tag: str) -> bool:
    """Whether the commit that is checked out has a tag, and no file of it was changed."""
    command = ["git", "-C", str(root), "describe", "--tags", "--exact-match", "--dirty", "--match", tag]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == tag


def checkout_built(root: Path) -> Path:
    """What a distribution of a checkout carries: the archive of the release, else the folder that was built last."""
    version = checkout_version(root)
    released = _RELEASE.fullmatch(version) and not _built(root)
    return root / "build" / "v1" / (Path("releases", f"{version}.tar.xz") if released else "next")

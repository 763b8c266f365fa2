"""Lets ``python -m sagemaker_roles.site`` write the site's generated pages, for any site tool."""

import os
import sys
from pathlib import Path

from ..publish.places import RefusedError
from .write import Site, write


def main() -> int:
    """Writes docs/reference and docs/v1 from build/v1; see :func:`site_from_environment`."""
    try:
        changed = write(site_from_environment(Path.cwd()))
    except FileNotFoundError as error:
        print(f"there is no {error.filename}; run `make build`", file=sys.stderr)
        return 1
    except RefusedError as error:
        print(f"cannot write {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"{changed} files changed in docs/reference and docs/v1", file=sys.stderr)
    return 0


def site_from_environment(root: Path) -> Site:
    """The site of a checkout.

    Args:
        root: the checkout.

    The environment tells the rest: ``SITE_URL`` (address of the site), ``SITE_VERSION`` (version to show, ``next`` if
    not set), ``GITHUB_SERVER_URL`` with ``GITHUB_REPOSITORY`` (set by GitHub's runners).
    """
    server, repository = os.environ.get("GITHUB_SERVER_URL", ""), os.environ.get("GITHUB_REPOSITORY", "")
    return Site(
        versions=root / "build" / "v1",
        docs=root / "docs",
        changelog=root / "CHANGELOG.md",
        version=os.environ.get("SITE_VERSION") or "next",
        base=os.environ.get("SITE_URL", ""),
        repository=f"{server}/{repository}" if server and repository else "",
    )


if __name__ == "__main__":
    sys.exit(main())

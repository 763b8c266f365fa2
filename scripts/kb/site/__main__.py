"""The steps around a site tool: ``python -m kb.site write``, then the tool, then ``finish``."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from sagemaker_roles.files import ownership

from .versions import add_versions, refuse_site
from .write import Site, write

#: Seconds between two looks at the records, while serving.
_PAUSE = 0.5


def site_from_environment(root: Path) -> Site:
    """The site of a checkout.

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


@contextlib.contextmanager
def _faults_shown() -> Iterator[None]:
    """Tells what stands in the way of a step in one line."""
    try:
        yield
    except FileNotFoundError as error:
        raise click.ClickException(f"there is no {error.filename}; run `make site`") from error
    except ownership.RefusedError as error:
        raise click.UsageError(f"cannot write {error}") from error
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"cannot write {error.filename}: {error.strerror}") from error


@click.group()
def main() -> None:
    """Writes the pages that a site tool builds, and adds what it need not see."""


@main.command("write")
def write_pages() -> None:
    """Writes docs/reference, docs/compiled, docs/engine, docs/fix, and docs/v1 from build."""
    with _faults_shown():
        changed = write(site_from_environment(Path.cwd()))
    click.echo(
        f"{changed} files changed in docs/reference, docs/compiled, docs/engine, docs/fix, and docs/v1", err=True
    )


@main.command("finish")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default="build/site")
def finish_pages(folder: Path) -> None:
    """Adds the files of released versions to the built site in FOLDER."""
    with _faults_shown():
        refuse_site(folder)
        add_versions(site_from_environment(Path.cwd()).versions, folder)


@main.command("serve", context_settings={"ignore_unknown_options": True})
@click.argument("tool", nargs=-1, required=True, type=click.UNPROCESSED)
def serve(tool: tuple[str, ...]) -> None:
    """Writes the pages, runs TOOL, and writes the pages of changed records as long as it runs."""
    root = Path.cwd()
    site = site_from_environment(root)
    with _faults_shown():
        write(site)
    known = _records(root)
    with subprocess.Popen(tool) as running:
        while running.poll() is None:
            time.sleep(_PAUSE)
            if (records := _records(root)) == known:
                continue
            known = records
            # Where a record has problems, it prints them, and the pages stay as they are.
            if subprocess.run([sys.executable, "-m", "sagemaker_roles", "build"], check=False).returncode == 0:
                with contextlib.suppress(click.ClickException), _faults_shown():
                    write(site)
    sys.exit(running.returncode)


def _records(root: Path) -> Mapping[Path, int]:
    """When each record and the changelog was changed last."""
    files = [*(root / "data").rglob("*.yaml"), root / "CHANGELOG.md", root / "docs" / "navigation.json"]
    return {path: path.stat().st_mtime_ns for path in files if path.is_file()}


if __name__ == "__main__":
    main(prog_name="python -m kb.site")

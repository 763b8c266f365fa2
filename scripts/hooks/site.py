"""MkDocs hook: calls the page writer before a build and the finisher after each page. No logic of its own."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from sagemaker_roles.cli.main import cli
from sagemaker_roles.site import finish, write
from sagemaker_roles.site.__main__ import site_from_environment
from sagemaker_roles.site.published import Published

_serving = False
_records: dict[Path, int] = {}


def on_startup(command: str, dirty: bool) -> None:
    """Notes whether the site is built or served."""
    global _serving
    _serving = command == "serve"


def on_config(config: Any) -> Any:
    """Writes the generated pages and puts them into the navigation; while serving, builds changed records first."""
    root = Path(config.config_file_path).parent
    if _serving:
        _build(root)
    site = site_from_environment(root)
    write.write(site)
    published = Published(site.versions, site.version)
    config.nav[config.nav.index("OPERATIONS")] = write.navigation(published)
    config.extra |= {"about": write.about(published, site), "operations": published.names}
    return config


def _build(root: Path) -> None:
    """Builds the artifacts if a record changed; one with problems leaves the pages as they are, and is told."""
    global _records
    records = {path: path.stat().st_mtime_ns for path in (root / "data").rglob("*.yaml")}
    if _records and records != _records:
        # In this process, which holds AWS's data already. It exits where a record has problems.
        with contextlib.suppress(SystemExit), contextlib.chdir(root):
            cli.main(["build"], standalone_mode=False)
    _records = records


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Adds policy and JSON links to a page's head."""
    links = ["../" * page.url.count("/") + path for path in page.meta.get("json", ())]
    return finish.finish(output, json_links=links, csp=not _serving)


def on_post_template(output_content: str, template_name: str, config: Any) -> str:
    """Adds the policy to the page for missing addresses."""
    return finish.finish(output_content, csp=not _serving) if template_name == "404.html" else output_content

"""MkDocs hook: calls the page writer before a build and the finisher after each page. No logic of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sagemaker_roles.pages import finish, write
from sagemaker_roles.pages.__main__ import site_from_environment
from sagemaker_roles.pages.published import Published

_serving = False


def on_startup(command: str, dirty: bool) -> None:
    """Notes whether the site is built or served."""
    global _serving
    _serving = command == "serve"


def on_config(config: Any) -> Any:
    """Writes the generated pages and puts them into the navigation."""
    site = site_from_environment(Path(config.config_file_path).parent)
    write.write(site)
    at = next(index for index, item in enumerate(config.nav) if item == "OPERATIONS")
    config.nav[at : at + 1] = write.navigation(Published(site.versions, site.version))
    return config


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Adds policy and JSON links to a page's head."""
    links = ["../" * page.url.count("/") + path for path in page.meta.get("json", ())]
    return finish.finish(output, json_links=links, csp=not _serving)


def on_post_template(output_content: str, template_name: str, config: Any) -> str:
    """Adds the policy to the page for missing addresses."""
    return finish.finish(output_content, csp=not _serving) if template_name == "404.html" else output_content

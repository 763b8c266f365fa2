"""Writes what tools and assistants read: llms.txt."""

from __future__ import annotations

from .published import Published


def llms_txt(published: Published, base: str = "") -> str:
    """An index of the site in plain Markdown, one line an operation, with the addresses of the JSON.

    Args:
        published: the artifacts.
        base: address of the site with a final slash, or "" for addresses relative to it.
    """
    version = published.version
    lines = [
        "# sagemaker-roles",
        "",
        "> What the IAM roles of Amazon SageMaker need, operation by operation: least-privilege permissions policies, "
        "trust policies and caller policies as JSON, with the reason, the evidence and the source of every statement.",
        "",
        "Policies hold placeholders such as ${InputBucket}. policy.json plus RFC 6902 add-on patches "
        "(addons/<id>.patch.json) gives the policy with add-ons. operation.json holds everything about an operation.",
        "",
        "## Data",
        "",
        f"- [index.json]({base}v1/{version}/index.json): all operations, roles, add-ons and links",
        f"- [manifest.json]({base}v1/{version}/manifest.json): every file with its SHA-256",
        f"- [proof.json]({base}v1/{version}/proof.json): what a simulation proved of the policies, and others compared",
        f"- [catalog.json]({base}v1/{version}/catalog.json): everything in one file, for composing",
        *([f"- [versions.json]({base}v1/versions.json): the released versions"] if published.released else []),
        "",
        "## Operations",
        "",
    ]
    for item in published.index["operations"]:
        lines.append(
            f"- [{item['operation']}]({base}v1/{version}/{item['links']['self']}): {' '.join(item['summary'].split())}"
        )
    lines += [
        "",
        "## Guides",
        "",
        f"- [Composer]({base}composer/): policies from a request, in the browser",
        f"- [Index by action]({base}reference/actions/): which operations need an action",
        f"- [How we know]({base}guides/how-we-know/): evidence and method",
    ]
    return "\n".join(lines) + "\n"

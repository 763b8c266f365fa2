"""What is inferred, or said not to be documented, was searched for in today's data: data/searches.yaml says where."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..catalog import Data
from ..problems import Problem
from .conditional_notes import KINDS, texts
from .context import Context, problem

RULE = "searched"

#: How a text says that something is not there to be found.
_NEGATIVE = re.compile(
    r"\bAWS (?:does not (?:document|say|name)|documents no)\b|\bnames no\b|\bno (?:page|source)\b|\bis not documented\b"
    r"|\b(?:the service|SageMaker|AWS) chooses\b",
    re.IGNORECASE,
)


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each file with such claims that no search of today's data covers, or one without need."""
    searches: Data = context.loaded.catalog.data.get("searches", {})
    if not searches:
        return
    claiming = {
        path.split("/", 1)[1].removesuffix(".yaml"): value
        for path, (kind, value) in context.loaded.files.items()
        if kind in KINDS and any(text == "inferred" or _NEGATIVE.search(text) for text in texts(value))
    }
    covered = {claim for search in searches.values() for claim in search["claims"]}
    for name in sorted(claiming.keys() - covered):
        message = f"{name} has inferred marks or says that something is not documented, and no search covers it; add it"
        yield problem(RULE, message, claiming[name])
    for name, search in searches.items():
        now = {package: context.reference.versions.get(package, "none") for package in search["reference"]}
        if now != dict(search["reference"]):
            versions = ", ".join(f"{package} is {version}" for package, version in sorted(now.items()))
            message = f"{name} has expired: {versions}; search again for {', '.join(search['claims'])}, and then"
            yield problem(RULE, f"{message} change day, places, and versions", search, "reference")
        for index, claim in enumerate(search["claims"]):
            if claim not in claiming and not any(path.endswith(f"/{claim}.yaml") for path in context.unread):
                yield problem(RULE, f"{claim} claims nothing of the kind; remove it", search, "claims", index)

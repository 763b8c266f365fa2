"""What AWS documents cites AWS; what is observed cites where it shows; what is inferred says how."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ..catalog import Data
from ..problems import Problem
from .context import Context, problem

RULE = "evidence"

#: Pages and packages that are AWS's own words or data.
_AWS = re.compile(
    r"https://([a-z0-9-]+\.)*(amazon\.com|amazonaws\.com|amazonaws\.com\.cn|amazonaws\.cn|aws\.dev)(/|$)"
    r"|https://(raw\.)?github(usercontent)?\.com/(aws|aws-[a-z0-9-]+|awslabs|awsdocs|boto|amzn)/"
    r"|https://sagemaker\.readthedocs\.io/"
    r"|pkg:pypi/(aws-[a-z0-9-]+|awscli|boto3|botocore|sagemaker[a-z0-9-]*)(@|$)"
    r"|pkg:npm/(@|%40)aws-(sdk|cdk)/"
)

#: Threads show what happened to somebody, also where AWS answers them: no documentation.
_THREAD = re.compile(r"https://github\.com/[^/]+/[^/]+/(issues|pull|discussions)/|https://repost\.aws/")

#: Pages of documentation; nothing shows in them but the managed policies that they print.
_DOCUMENTATION = re.compile(
    r"https://(docs\.(aws\.amazon\.com|amazonaws\.cn)|sagemaker\.readthedocs\.io)/"
    r"(?!.*(aws-managed-policy/|awsmanpol|managed-(iam-)?polic))"
)

#: So much at least says why something is taken to be needed that AWS does not say, in characters.
_REASON = 40


def check(context: Context) -> Iterator[Problem]:
    """Yields a problem for each mark of evidence that nothing bears out.

    `documented` needs documentation, a package or code of AWS among its sources; `observed` a source of any author that
    is more than documentation, and its own with `use`, unless the set is observed; `inferred` a reason in `why` or
    `notes`.
    """
    for statement in context.statements():
        data = statement.data
        yield from _check(context, data, data["evidence"], data["why"], data.get("notes", ()), data["sources"])
    for entry in context.uses:
        if context.unfound(entry) or not {"why", "evidence", "sources"} & entry.data.keys():
            continue
        data = entry.data
        if (
            data.get("evidence") == "observed"
            and not data.get("sources")
            and any(one.evidence != "observed" for one in entry.statements)
        ):
            message = (
                "observed, unlike the statement set: name in `sources` the code, managed policy or thread that shows it"
            )
            yield problem(RULE, message, data, "evidence")
            continue
        for statement, own in zip(entry.statements, entry.because(), strict=True):
            notes = [*data.get("notes", ()), *([] if "why" in data else statement.notes)]
            yield from _check(context, data, own.evidence, own.why, notes, own.sources)
    for item in context.loaded.catalog.no_permission.values():
        yield from _check(context, item, item["evidence"], item["why"], (), item["sources"])
    for read in (read for item in context.catalog.containers for read in item.data["reads"]):
        if "no_permission" in read:
            yield from _check(context, read, read["evidence"], read["no_permission"], (), read["sources"])
    for trust in context.trusts():
        data = trust.data
        yield from _check(context, data, trust.evidence, trust.why, data.get("notes", ()), trust.sources)
    for data in _of_networks(context):
        yield from _check(context, data, data["evidence"], data["why"], (), data["sources"])
    for data in context.loaded.catalog.data.get("companions", {}).values():
        yield from _check(context, data, data["evidence"], data["why"], data.get("notes", ()), data["sources"])


def _of_networks(context: Context) -> Iterator[Data]:
    """What is said of VPC endpoints, and of when calls go through them."""
    yield from context.loaded.catalog.networks.values()
    for perimeter in context.loaded.catalog.perimeters.values():
        yield {**perimeter, "why": perimeter["says"]}
    for guardrail in context.loaded.catalog.guardrails.values():
        yield {**guardrail, "why": "; ".join((guardrail["says"], *guardrail.get("notes", ())))}
    for endpoint in context.loaded.catalog.endpoints.values():
        yield endpoint
        yield from (*endpoint.get("otherwise", ()), *endpoint.get("aws_owned", ()))


def _check(
    context: Context, data: Data, evidence: str, why: str, notes: Sequence[str], sources: Sequence[str]
) -> Iterator[Problem]:
    key = next(key for key in ("evidence", "sources", "why") if key in data)
    if evidence == "inferred":
        longest = max(len(text) for text in (why, *notes))
        if longest < _REASON:
            message = (
                f"inferred, and neither `why` nor `notes` says how: give the reason in {_REASON} characters or more"
            )
            yield problem(RULE, message, data, key)
        return
    known: dict[str, Any] = context.loaded.catalog.sources
    if any(name not in known for name in sources):
        return  # another rule reports the source
    urls = [known[name]["url"] for name in sources]
    if evidence == "observed":
        if all(_DOCUMENTATION.match(url) for url in urls):
            message = (
                f"observed, but its sources are documentation only ({', '.join(urls)}); "
                "cite the code, managed policy or thread that shows it, or write documented or inferred"
            )
            yield problem(RULE, message, data, key)
    elif not any(_AWS.match(url) and not _THREAD.match(url) for url in urls):
        message = (
            f"documented, but none of its sources is documentation or code of AWS ({', '.join(urls)}); "
            "cite AWS, or write observed or inferred and the reason"
        )
        yield problem(RULE, message, data, key)

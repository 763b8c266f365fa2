"""How it is known: marks of evidence, sources, searches, and texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog import Data
from sagemaker_roles.errors.problems import Problem

from .context import Context, key_problem, problem, rule, texts

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


@rule
def evidence(context: Context) -> Iterator[Problem]:
    """What AWS documents cites AWS; what is observed cites where it shows; what is inferred says how.

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
            yield problem(message, data, "evidence")
            continue
        for statement, own in zip(entry.statements, entry.because(), strict=True):
            noted = [*data.get("notes", ()), *([] if "why" in data else statement.notes)]
            yield from _check(context, data, own.evidence, own.why, noted, own.sources)
    for trust in context.trusts():
        data = trust.data
        yield from _check(context, data, trust.evidence, trust.why, data.get("notes", ()), trust.sources)
    for data, why, notes in _beside(context):
        yield from _check(context, data, data["evidence"], why, notes, data["sources"])


def _beside(context: Context) -> Iterator[tuple[Data, str, Sequence[str]]]:
    """What else has a mark of evidence, with why it is so, and notes."""
    catalog = context.loaded.catalog
    for read in (read for item in context.catalog.containers for read in item.data["reads"]):
        if "no_permission" in read:
            yield read, read["no_permission"], ()
    for item in (*catalog.perimeters.values(), *catalog.guardrails.values()):
        yield item, item["says"], item.get("notes", ())
    for item in catalog.data.get("companions", {}).values():
        yield item, item["why"], item.get("notes", ())
    endpoints = [*catalog.endpoints.values()]
    inner = [item for one in endpoints for key in ("otherwise", "aws_owned") for item in one.get(key, ())]
    for item in (*catalog.no_permission.values(), *catalog.networks.values(), *endpoints, *inner):
        yield item, item["why"], ()


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
            yield problem(message, data, key)
        return
    known = context.loaded.catalog.sources
    if any(name not in known for name in sources):
        return  # another rule reports the source
    urls = [known[name]["url"] for name in sources]
    if evidence == "observed":
        if all(_DOCUMENTATION.match(url) for url in urls):
            message = (
                f"observed, but its sources are documentation only ({', '.join(urls)}); "
                "cite the code, managed policy or thread that shows it, or write documented or inferred"
            )
            yield problem(message, data, key)
    elif not any(_AWS.match(url) and not _THREAD.match(url) for url in urls):
        message = (
            f"documented, but none of its sources is documentation or code of AWS ({', '.join(urls)}); "
            "cite AWS, or write observed or inferred and the reason"
        )
        yield problem(message, data, key)


@rule
def sources(context: Context) -> Iterator[Problem]:
    """Sources are cited, in the order of their IDs, and were read no earlier than their text was written."""
    sources = context.loaded.catalog.sources
    cited = {name for _, part, name in context.references if part == "sources"}
    names = list(sources)
    urls: dict[str, str] = {}
    for index, name in enumerate(names):
        source = sources[name]
        if name not in cited and not context.unreadable:
            yield key_problem(f"nothing cites {name}; take it out", sources, name, follows=(name,))
        if index and name < names[index - 1]:
            before = next(other for other in sorted(names[:index]) if other > name)
            yield key_problem(f"sources are in the order of their IDs: {name} before {before}", sources, name)
        if source["url"] in urls:
            yield problem(f"{urls[source['url']]} is the same page; remove the duplicate", sources, name, "url")
        urls.setdefault(source["url"], name)
        for key in ("as_of", "read"):
            if not _is_date(source[key]):
                yield problem(f"{source[key]} is not a date; write 2026, 2026-11 or 2026-11-24", sources, name, key)
        shared = min(len(source["as_of"]), len(source["read"]))
        if source["read"][:shared] < source["as_of"][:shared]:
            message = f"read in {source['read']}, before the text of {source['as_of']} was there"
            yield problem(message, sources, name, "read")


def _is_date(text: str) -> bool:
    try:
        year = date.fromisoformat((text + "-01-01")[:10]).year
    except ValueError:
        return False
    return 2000 <= year <= 2100 and re.fullmatch("[0-9]{4}(-[0-9]{2}){0,2}", text) is not None


#: How a text says that something is not there to be found.
_NEGATIVE = re.compile(
    r"\bAWS (?:does not (?:document|say|name)|documents no)\b|\bnames no\b|\bno (?:page|source)\b|\bis not documented\b"
    r"|\b(?:the service|SageMaker|AWS) chooses\b",
    re.IGNORECASE,
)


@rule
def searched(context: Context) -> Iterator[Problem]:
    """What is inferred or not documented was searched for in today's data: data/aws/searches.yaml says where."""
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
        follows = [path for path in context.unread if path.endswith("/searches.yaml")]
        yield problem(message, claiming[name], follows=follows)
    for name, search in searches.items():
        now = {package: context.reference.versions.get(package, "none") for package in search["reference"]}
        if now != dict(search["reference"]):
            versions = ", ".join(f"{package} is {version}" for package, version in sorted(now.items()))
            message = f"{name} has expired: {versions}; search again for {', '.join(search['claims'])}, and then"
            yield problem(f"{message} change day, places, and versions", search, "reference")
        for index, claim in enumerate(search["claims"]):
            if claim not in claiming and not any(path.endswith(f"/{claim}.yaml") for path in context.unread):
                yield problem(f"{claim} claims nothing of the kind; remove it", search, "claims", index)


_DENIED = r"\bif\b[^.]*\b(?:denie[ds]|denial|AccessDenied|refuse[ds]|not authorized|reports? that)\b"
_ADD = r"\b(?:add|grant|attach|include)\b"
_CONDITIONAL = re.compile(f"{_DENIED}[^.]*{_ADD}|{_ADD}[^.]*{_DENIED}", re.IGNORECASE)

#: Kinds of files in which permissions are described.
KINDS = ("operations", "addons", "statements", "trust", "containers")


@rule
def conditional_notes(context: Context) -> Iterator[Problem]:
    """No text says to add a permission if something is denied: such a permission is a statement or an add-on."""
    for kind, value in context.loaded.files.values():
        if kind in KINDS:
            for text in texts(value):
                if found := _CONDITIONAL.search(text):
                    message = (
                        f"{quoted(found[0])} waits for a denial; make it a statement or an add-on with its evidence"
                    )
                    yield problem(message, text)

"""Compares what the knowledge base was read from with what is there now; one row for each difference."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..aws.reference import Reference
from ..canonical import quoted, some
from .facts import Facts, facts, sentences, text_of
from .fetching import Fetcher, GoneError, UnreadError

Data = Mapping[str, Any]

_POLICIES = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/"
_PACKAGES = "https://pypi.org/pypi/"
_VERSION = re.compile(r"Policy version:\s*(v[0-9]+)")
_GITHUB = re.compile(r"https://github\.com/([^/]+/[^/]+)/blob/([0-9a-f]{40})/(.+)")

#: Of pages that were never read, how many a row names.
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One difference.

    Attributes:
        what: the page, policy, package or file.
        before: what was read.
        after: what is there now.
        records: the operations concerned.
        is_permission: whether it looks like a permission: an action or a principal that was added.
        old, new: the sentences with what went, and with what was added. Of pages of AWS no words are kept: then old
            says which facts of the new sentences were known, and in which section those that went stood.
        is_change: whether AWS changed something; pages that nobody has read are told each time and are no change.
    """

    what: str
    before: str
    after: str
    records: tuple[str, ...] = ()
    is_permission: bool = False
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    is_change: bool = True


@dataclass
class Drift:
    """What was found.

    Attributes:
        rows: the differences.
        unread: address to why it could not be read.
        asked: how many addresses were asked.
    """

    rows: list[Row] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    asked: int = 0

    def changes(self) -> int:
        """How many rows AWS made by a change."""
        return sum(row.is_change for row in self.rows)


def compare(
    data: Data, reference: Reference, fetcher: Fetcher, parts: tuple[str, ...], tell: Callable[[str], None]
) -> Drift:
    """Compares the parts asked for.

    Args:
        data: the records, as the loader has them.
        reference: the AWS data that is installed.
        fetcher: reads addresses.
        tell: is called with each address before it is asked.
    """
    drift = Drift()

    def read(url: str, kind: str = "html") -> str:
        tell(url)
        drift.asked += 1
        return fetcher.text(url, kind)

    for part in parts:
        for url, rows in PARTS[part](data, reference, read):
            try:
                drift.rows += rows()
            except GoneError as error:
                drift.rows.append(Row(url, "was read", f"gone ({error})"))
            except UnreadError as error:
                drift.unread[url] = str(error)
    return drift


#: Reads an address: the address, and its kind if it is not a page.
Read = Callable[..., str]
#: Addresses, each with what reads it and gives the rows.
Jobs = Iterator[tuple[str, Callable[[], list[Row]]]]


def _pages(data: Data, reference: Reference, read: Read) -> Jobs:
    for name, page in data["documentation"].items():
        if "read" in page:
            guide, _, rest = name.partition("/")
            url = f"{data['guides'][guide]['addresses'][0]}{rest}.html"
            yield url, partial(_page, name, page, reference, partial(read, url))


def _page(name: str, page: Data, reference: Reference, read: Callable[[], str]) -> list[Row]:
    text, sections = text_of(read()), page.get("sections", ())
    known = Facts(
        *(frozenset(fact for s in sections for fact in s.get(key, ())) for key in ("actions", "principals", "keys"))
    )
    if sections and any(not {"actions", "meant", "principals", "keys", "policies"} & s.keys() for s in sections):
        return []  # not all of its facts are kept
    now = facts(text, reference)
    records = {path.partition("/")[0] for s in sections for path in s.get("carried_by", ())}
    gone, new = sorted(known.all() - now.all()), sorted(now.all() - known.all())
    stood = {
        fact: s["section"] for s in sections for key in ("actions", "principals", "keys") for fact in s.get(key, ())
    }
    after = sentences(text, new)
    before = [
        *(f"{fact} stood in {quoted(stood[fact])}; its words were not kept" for fact in gone),
        *(_known_of(facts(sentence, reference), known) for sentence in after),
    ]
    return _differences(name, known, now, records, before, after)


def _known_of(now: Facts, known: Facts) -> str:
    """What was known of a sentence whose words before were not kept."""
    same = ", ".join(sorted(now.all() & known.all()))
    return f"its words were not kept; of its facts were known: {same}" if same else "none of its facts was known"


def _differences(
    what: str, known: Facts, now: Facts, records: set[str], old: Sequence[str], new: Sequence[str]
) -> list[Row]:
    gone, added = sorted(known.all() - now.all()), sorted(now.all() - known.all())
    if not gone and not added:
        return []
    # A key that the reference does not have is read as an action.
    is_permission = bool((now.actions | now.principals) - known.all())
    return [Row(what, ", ".join(gone), ", ".join(added), tuple(sorted(records)), is_permission, tuple(old), tuple(new))]


def _unlisted(data: Data, reference: Reference, read: Read) -> Jobs:
    def rows(guide: str, address: str, sitemap: str) -> list[Row]:
        listed = re.findall(rf"<loc>\s*{re.escape(address)}([^<]+?)\.html\s*</loc>", read(sitemap, "xml"))
        names = {f"{guide}/{name}" for name in listed}
        unread = sorted(name for name in names if "read" not in data["documentation"].get(name, {}))
        if not unread:
            return []
        return [Row("pages never read", "", f"{len(unread)}: {some(unread, _NAMED)}", is_change=False)]

    for guide, said in data["guides"].items():
        if "whole" in said:
            sitemap = f"{said['addresses'][0]}sitemap.xml"
            yield sitemap, partial(rows, guide, said["addresses"][0], sitemap)


def _policies(data: Data, reference: Reference, read: Read) -> Jobs:
    for name, policy in sorted(data["managed_policies"].items()):
        if "version" in policy:
            url = f"{_POLICIES}{name}.html"
            yield url, partial(_policy, name, policy, data, reference, partial(read, url))


def _policy(name: str, policy: Data, data: Data, reference: Reference, read: Callable[[], str]) -> list[Row]:
    text = text_of(read())
    version = _VERSION.search(text)
    if version is None:
        raise UnreadError("names no version of the policy")
    if version[1] == policy["version"]:
        return []
    new = sorted(facts(text, reference).actions - set(policy["granted"]))
    records = (data["role_policies"][name]["operation"],) if name in data["role_policies"] else ()
    words = f"{version[1]}; new actions: {', '.join(new)}" if new else version[1]
    return [Row(name, policy["version"], words, records, bool(new), new=tuple(sentences(text, new)))]


def _packages(data: Data, reference: Reference, read: Read) -> Jobs:
    for name, installed in sorted(reference.versions.items()):
        url = f"{_PACKAGES}{name}/json"
        yield url, partial(_package, name, installed, partial(read, url, "json"))


def _package(name: str, installed: str, read: Callable[[], str]) -> list[Row]:
    text = read()
    try:
        newest = json.loads(text)["info"]["version"]
    except (ValueError, KeyError, TypeError):
        raise UnreadError("names no version") from None
    return [] if newest == installed else [Row(name, installed, str(newest))]


def _sdk(data: Data, reference: Reference, read: Read) -> Jobs:
    source = data["sources"].get("sdk-role-policies", {"url": ""})
    if found := _GITHUB.fullmatch(source["url"]):
        then, now = (f"https://raw.githubusercontent.com/{found[1]}/{at}/{found[3]}" for at in (found[2], "HEAD"))

        def rows() -> list[Row]:
            old, new = read(then, "text"), read(now, "text")
            known, there = facts(old, reference), facts(new, reference)
            after = sentences(new, sorted(there.all() - known.all()))
            before = sentences(old, sorted(known.all() - there.all()))
            for sentence in after:  # the old sentence that is most like it
                whole = sentences(old, sorted(facts(sentence, reference).all() & known.all()))
                before += [one for one in difflib.get_close_matches(sentence, whole, 1, 0.3) if one not in before]
            return _differences("the roles of the SDK", known, there, set(), before, after)

        yield now, rows


#: What can be compared, in this order.
PARTS: Mapping[str, Callable[[Data, Reference, Read], Jobs]] = {
    "packages": _packages,
    "sdk": _sdk,
    "sitemap": _unlisted,
    "pages": _pages,
    "policies": _policies,
}


def markdown(drift: Drift) -> str:
    """The rows as a table, those that look like permissions first, and what could not be read."""
    head = ("What", "Before", "Now", "Sentence before", "Sentence now", "Records", "Permission?")
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"] if drift.rows else []
    for row in sorted(drift.rows, key=lambda row: (not row.is_permission, not row.is_change, row.what)):
        told = (" / ".join(row.old), " / ".join(row.new), ", ".join(row.records), "yes" if row.is_permission else "no")
        cells = (row.what, row.before, row.after, *told)
        lines.append("| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |")
    lines += [
        *([""] if lines else []),
        f"{drift.asked} addresses asked, {drift.changes()} differences, {len(drift.unread)} not read.",
    ]
    lines += [f"- {url}: {why}" for url, why in sorted(drift.unread.items())]
    return "\n".join(lines)

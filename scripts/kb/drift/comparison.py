"""Compares what the knowledge base was read from with what is there now; one row for each difference."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sagemaker_roles.canonical import quoted, some

from ..aws.reference import Reference
from .facts import Facts, facts, sentences, text_of
from .fetch import Fetcher, GoneError, UnreadError

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
        parts: what to compare: ``packages``, ``sdk``, ``sitemap``, ``pages``, ``policies``.
        tell: is called with each address before it is asked.
    """
    comparison = _Comparison(data, reference, fetcher, tell)
    for part in parts:
        getattr(comparison, part)()
    return comparison.drift


class _Comparison:
    """What is compared, and what was found so far; each part is a method."""

    def __init__(self, data: Data, reference: Reference, fetcher: Fetcher, tell: Callable[[str], None]) -> None:
        self._data, self._reference, self._fetcher, self._tell = data, reference, fetcher, tell
        self.drift = Drift()

    def _read(self, url: str, kind: str = "html") -> str:
        self._tell(url)
        self.drift.asked += 1
        return self._fetcher.text(url, kind)

    @contextmanager
    def _noting(self, url: str) -> Iterator[None]:
        """Notes that there is nothing at an address any more, or why it cannot be read."""
        try:
            yield
        except GoneError as error:
            self.drift.rows.append(Row(url, "was read", f"gone ({error})"))
        except UnreadError as error:
            self.drift.unread[url] = str(error)

    def pages(self) -> None:
        """The pages of AWS that were read."""
        for name, page in self._data["documentation"].items():
            if "read" in page:
                guide, _, rest = name.partition("/")
                url = f"{self._data['guides'][guide]['addresses'][0]}{rest}.html"
                with self._noting(url):
                    self._page(name, page.get("sections", ()), text_of(self._read(url)))

    def _page(self, name: str, sections: Sequence[Data], text: str) -> None:
        parts = ("actions", "principals", "keys")
        known = Facts(*(frozenset(fact for s in sections for fact in s.get(key, ())) for key in parts))
        if sections and any(not {*parts, "meant", "policies"} & s.keys() for s in sections):
            return  # not all of its facts are kept
        now = facts(text, self._reference)
        records = {path.partition("/")[0] for s in sections for path in s.get("carried_by", ())}
        stood = {fact: s["section"] for s in sections for key in parts for fact in s.get(key, ())}
        after = sentences(text, now.less(known))
        before = [
            *(f"{fact} stood in {quoted(stood[fact])}; its words were not kept" for fact in known.less(now)),
            *(_known_of(facts(sentence, self._reference), known) for sentence in after),
        ]
        self._add(name, known, now, records, before, after)

    def _add(
        self, what: str, known: Facts, now: Facts, records: set[str], old: Sequence[str], new: Sequence[str]
    ) -> None:
        gone, added = known.less(now), now.less(known)
        if gone or added:
            # A key that the reference does not have is read as an action.
            is_permission = bool((now.actions | now.principals) - known.all())
            words = (", ".join(gone), ", ".join(added))
            self.drift.rows.append(Row(what, *words, tuple(sorted(records)), is_permission, tuple(old), tuple(new)))

    def sitemap(self) -> None:
        """The pages of whole guides that nobody has read."""
        for guide, said in self._data["guides"].items():
            if "whole" in said:
                address = said["addresses"][0]
                with self._noting(f"{address}sitemap.xml"):
                    sitemap = self._read(f"{address}sitemap.xml", "xml")
                    listed = re.findall(rf"<loc>\s*{re.escape(address)}([^<]+?)\.html\s*</loc>", sitemap)
                    names = {f"{guide}/{name}" for name in listed}
                    unread = sorted(n for n in names if "read" not in self._data["documentation"].get(n, {}))
                    if unread:
                        words = f"{len(unread)}: {some(unread, _NAMED)}"
                        self.drift.rows.append(Row("pages never read", "", words, is_change=False))

    def policies(self) -> None:
        """The versions of AWS managed policies, and what a new one grants."""
        for name, policy in sorted(self._data["managed_policies"].items()):
            if "version" in policy:
                with self._noting(f"{_POLICIES}{name}.html"):
                    text = text_of(self._read(f"{_POLICIES}{name}.html"))
                    if (version := _VERSION.search(text)) is None:
                        raise UnreadError("names no version of the policy")
                    if version[1] != policy["version"]:
                        new = sorted(facts(text, self._reference).actions - set(policy["granted"]))
                        known = self._data["role_policies"]
                        records = (known[name]["operation"],) if "operation" in known.get(name, {}) else ()
                        words = f"{version[1]}; new actions: {', '.join(new)}" if new else version[1]
                        shown = tuple(sentences(text, new))
                        self.drift.rows.append(Row(name, policy["version"], words, records, bool(new), new=shown))

    def packages(self) -> None:
        """The packages with the data of AWS."""
        for name, installed in sorted(self._reference.versions.items()):
            with self._noting(f"{_PACKAGES}{name}/json"):
                text = self._read(f"{_PACKAGES}{name}/json", "json")
                try:
                    newest = json.loads(text)["info"]["version"]
                except (ValueError, KeyError, TypeError):
                    raise UnreadError("names no version") from None
                if newest != installed:
                    self.drift.rows.append(Row(name, installed, str(newest)))

    def sdk(self) -> None:
        """The roles that the SDK makes."""
        source = self._data["sources"].get("sdk-role-policies", {"url": ""})
        if found := _GITHUB.fullmatch(source["url"]):
            then, now = (f"https://raw.githubusercontent.com/{found[1]}/{at}/{found[3]}" for at in (found[2], "HEAD"))
            with self._noting(now):
                old, new = self._read(then, "text"), self._read(now, "text")
                known, there = facts(old, self._reference), facts(new, self._reference)
                after, before = sentences(new, there.less(known)), sentences(old, known.less(there))
                for sentence in after:  # the old sentence that is most like it
                    whole = sentences(old, sorted(facts(sentence, self._reference).all() & known.all()))
                    before += [one for one in difflib.get_close_matches(sentence, whole, 1, 0.3) if one not in before]
                self._add("the roles of the SDK", known, there, set(), before, after)


def _known_of(now: Facts, known: Facts) -> str:
    """What was known of a sentence whose words before were not kept."""
    same = ", ".join(sorted(now.all() & known.all()))
    return f"its words were not kept; of its facts were known: {same}" if same else "none of its facts was known"


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

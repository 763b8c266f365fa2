"""Composes for more requests than memory is to hold, part by part, as if all had been there at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ..catalog import Catalog
from ..engine.compose import Collected, Composing, Composition, begin, standing_for
from ..engine.documents import Document, Finding, Request
from ..engine.named import finder
from ..engine.statements import Composer
from ..engine.values import short
from .merging import Merged
from .shelf import Shelf
from .stored import Store


class Parts:
    """More requests than memory is to hold: some at a time, as often as they are asked for.

    Args:
        again: gives the requests anew, some at a time. What belongs together, as a pipeline and its steps, is together.
    """

    def __init__(self, again: Callable[[], Iterator[Sequence[Request]]]) -> None:
        self.some = again

    def __iter__(self) -> Iterator[Request]:
        return itertools.chain.from_iterable(self.some())


def compose_in_parts(
    catalog: Catalog,
    requests: Parts,
    shelf: Shelf,
    roles: Sequence[str] = (),
    *,
    values: Mapping[str, str] | None = None,
) -> Composition:
    """Composes what one role needs for requests in parts, and what their callers need.

    There is no account, and reasons have no values. A value that nothing uses has a note also where a request of
    another part has it at a like place.

    Args:
        catalog: the knowledge base.
        requests: what the role is to do.
        shelf: keeps what is collected, of this composition alone, as long as the composition is needed.
        roles, values: as in :func:`~sagemaker_roles.engine.compose.compose`, with its errors.
    """
    store = Store(shelf)
    Merged.prepare(store)
    gathering = _Gathering(begin(catalog, requests, roles, values=values), requests, store)
    collected = gathering.collected()
    documents, findings = gathering.composing.documents(collected)
    findings.update(dict.fromkeys(gathering.unused(collected)))
    return gathering.composing.composition(collected, documents, findings, (), requests)


class _Gathering:
    """What the parts bring, one after the other."""

    def __init__(self, composing: Composing, requests: Parts, store: Store) -> None:
        self.composing, self._requests, self._store = composing, requests, store
        #: Places of parts that name what none of their statements is for, each with the texts of that.
        self._doubtful: dict[int, frozenset[str]] = {}

    def _some(self) -> Iterator[tuple[dict[str, Composer], Collected]]:
        """What each part brings."""
        shown = {request.operation for request in standing_for(self._requests)}
        also = {name: asked for name, asked in self.composing.groups.items() if name not in shown}
        for part in self._requests.some():
            composers = self.composing.fresh()
            yield composers, self.composing.collected(part, also, composers)
            also = {}

    def collected(self) -> Collected:
        """What all of them bring."""
        fresh = self.composing.fresh()
        whole = {part: Merged(self._store, composer.values) for part, composer in fresh.items()}
        active: dict[tuple[str, str], set[str]] = {}
        for number, (composers, one) in enumerate(self._some()):
            self._doubt(number, one)
            for part, merged in whole.items():
                merged.take(composers[part])
            for who, chosen in one.active.items():
                active.setdefault(who, set()).update(chosen)
        if self._doubtful or any(merged.uncovered() for merged in whole.values()):
            # Other parts may have what these lack.
            texts = frozenset().union(*self._doubtful.values())
            for composers, _ in self._some():
                for part, merged in whole.items():
                    merged.see(composers[part], texts)
        return Collected(whole, self.composing.ordered(active))

    def _doubt(self, number: int, one: Collected) -> None:
        """Keeps the texts of what a part names and none of its statements is for."""
        own = one.documents()
        if notes := self.composing.account(one, own, one.findings(), own["policy"])[1]:
            shown, readable = {note.value for note in notes}, finder(self.composing.catalog).readable
            unused = [named for _, several in one.named for named in several if short(named.text) in shown]
            self._doubtful[number] = frozenset(text for named in unused for text in (str(named.whole), readable(named)))

    def unused(self, collected: Collected) -> Iterable[Finding]:
        """Notes on what nothing uses."""
        if not self._doubtful:
            return ()
        shown = {short(text) for texts in self._doubtful.values() for text in texts}
        of_others = [finding for finding in collected.findings() if finding.value in shown]
        documents = collected.documents()
        # Of the whole documents, what a part is asked about: statements with values, and those that have no values.
        others = {
            part: [one for one in document.statements if any({*reason.values} - {""} for reason in one.reasons)]
            for part, document in documents.items()
        }
        policy = Document(
            tuple(one for one in documents["policy"].statements if any(not reason.values for reason in one.reasons))
        )
        notes: dict[Finding, None] = {}
        for number, (_, one) in enumerate(self._some()):
            if number in self._doubtful:
                both = {part: Document((*own.statements, *others[part])) for part, own in one.documents().items()}
                brought_up = [*one.findings(), *of_others]
                unused = self.composing.account(one._replace(active=collected.active), both, brought_up, policy)[1]
                notes.update(dict.fromkeys(unused))
        return notes

"""From the calls that a user's code makes to the statements that they need. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any, NamedTuple

from ..canonical import unlike
from ..catalog import GLOBALS, Catalog, Condition
from ..iam.prefix_coverage import covers, reduced
from .documents import ComposedStatement, Document, Finding, Reason
from .partial import Partial
from .values import escape, pattern, short, unwritable

#: The mark of what only a user's code shows; it is in no published file.
EVIDENCE = "your code"

#: How placeholders of code begin, so that they are no record's.
CODE = "Code"

#: How many ARNs one need of one call gives at most.
MOST = 64

_PLACE = re.compile(r"\$\{([^}|]+)(?:\|([^}]*))?\}")
_DERIVED = "Derived from botocore and the Service Authorization Reference."


class Several(tuple[Any, ...]):
    """Values of which any can be the one: what branches and loops give."""


class CodeCall(NamedTuple):
    """A call of a service that code makes.

    Attributes:
        service: the service, as botocore names it.
        operation: the operation, or a function of data/services/calls.
        members: the members of the request. A value is what JSON has, :class:`Partial` where parts of a text are not
            known, or :class:`Several`.
        region: the Region of the client, or "".
        place: file and line.
        part: whose call it is: ``policy`` (the role's) or ``caller``.
        seen: how it is known: ``static``, ``dynamic`` or ``observed``.
    """

    service: str
    operation: str
    members: Mapping[str, Any] = {}
    region: Any = ""
    place: str = ""
    part: str = "policy"
    seen: str = "static"


class CodeResource(NamedTuple):
    """A resource of a template that code makes: its type, properties as the code names them, and file and line."""

    kind: str
    properties: Mapping[str, Any]
    place: str


class CodeNeed(NamedTuple):
    """An action on a resource that a call needs, and why."""

    action: str
    resource: str
    condition: Condition
    reason: Reason


def example(template: str) -> str:
    """A template of data/services/calls with an example in place of each placeholder."""
    return _PLACE.sub(
        lambda found: found[2] or _EXAMPLES.get(found[1], "x/x" if found[1].endswith("prefix()") else "x"), template
    )


_EXAMPLES = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}


def is_known(catalog: Catalog, call: CodeCall) -> bool:
    """Whether it is known what a call needs."""
    service = catalog.code["services"].get(call.service, {})
    return call.operation in service.get("operations", {}) or call.operation in service.get("functions", {})


def needs_of_code(
    catalog: Catalog,
    calls: Iterable[CodeCall],
    values: Mapping[str, str],
    findings: dict[Finding, None] | None = None,
) -> Iterator[CodeNeed]:
    """What calls need.

    Args:
        catalog: the knowledge base.
        calls: the calls; of one that is not known nothing is given.
        values: values for placeholders.
        findings: takes what is wrong with the calls' values, each of which leaves its placeholder.
    """
    services = catalog.code["services"]
    for call in calls:
        if is_known(catalog, call):
            needs = _Needs(services[call.service], call, values)
            yield from needs.all()
            if findings is not None:
                findings.update(needs.findings)


class _Needs:
    """The needs of one call."""

    def __init__(self, service: Mapping[str, Any], call: CodeCall, values: Mapping[str, str]) -> None:
        self.service, self.call, self.values = service, call, values
        self.findings: dict[Finding, None] = {}
        self.regions = self._texts("region", call.region) or ["${Region}"]

    def all(self) -> Iterator[CodeNeed]:
        operation, needs = _of(self.service, self.call.operation)
        is_derived = operation in self.service["operations"] and operation not in self.service["listed"]
        shown = re.sub(r"_folder$|_fileobj$|_file$", "", operation)
        who = "A session of the role called" if self.call.seen == "observed" else "Your code calls"
        why = f"{who} {shown} of {self.service['title']}."
        reason = Reason(
            use="code",
            why=why,
            evidence=EVIDENCE,
            members=(f"code ({self.call.seen})",),
            values=(self.call.place,) if self.call.place else (),
            notes=(_DERIVED,) if is_derived else (),
        )
        is_any = False
        for one in needs:
            need: Mapping[str, Any] = {"resources": [one]} if isinstance(one, int) else one
            if not self._is_called_for(need.get("when", ""), is_any):
                continue
            is_any = True
            own = {
                operator: {key: (*texts,) for key, texts in keys.items()}
                for operator, keys in need.get("condition", {}).items()
            }
            for resource, condition in self._resources(need):
                for action in need.get("actions", (f"{self.service['prefix']}:{operation}",)):
                    yield CodeNeed(action, resource, {**condition, **own}, reason)

    def _is_called_for(self, when: str, is_any: bool) -> bool:
        if when == "otherwise":
            return not is_any
        found = bool(_found(self.call.members, when.lstrip("!"))) if when else True
        return found is not when.startswith("!")

    def _resources(self, need: Mapping[str, Any]) -> Iterator[tuple[str, Condition]]:
        texts = [self.service["arns"][number] for number in need.get("resources", need.get("either", ()))]
        if "either" in need:
            usable = [one for one in texts if all(map(self._value, _paths(one)))]
            texts = [*usable, *texts][:1]
        for text in texts:
            yield from self._filled(text)

    def _value(self, path: str) -> list[str]:
        return [text for value in _found(self.call.members, path) for text in self._texts(path, value)]

    def _texts(self, path: str, value: Any) -> list[str]:
        """A value as texts of IAM, without those that can be part of no resource."""
        texts = []
        for text in _texts(value, self.values):
            if why := unwritable(text):
                where = f"{self.call.operation}.{path}"
                message = f"is not a valid name: {why}"
                self.findings[Finding("problem", "", where, short(text), message, self.call.place)] = None
            else:
                texts.append(text)
        return texts

    def _filled(self, template: str) -> Iterator[tuple[str, Condition]]:
        """The ARNs of a template, one for each choice of values."""
        paths = _paths(template)
        lists = [self._value(path) or [self._instead(template, path)] for path in paths]
        for chosen in islice(product(self.regions, *lists), MOST):
            given = dict(zip(["Region", *paths], chosen, strict=True))
            yield from self._formed(template, paths[-1] if paths else "", given)

    def _instead(self, template: str, path: str) -> str:
        """What stands in place of a member that the call does not show: what the data say, else a placeholder."""
        default = next((default for name, default in _PLACE.findall(template) if name == path), "")
        words = [
            *re.findall("[A-Za-z0-9]+", self.call.operation),
            re.findall(r"[A-Za-z][A-Za-z0-9]*(?!\w*\()", path)[-1],
        ]
        return default or "${" + "".join([CODE, *(word[0].upper() + word[1:] for word in words)]) + "}"

    def _formed(self, template: str, member: str, given: Mapping[str, str]) -> Iterator[tuple[str, Condition]]:
        given = {**given, **self._decided(given)}
        last = given.get(member, "")
        for form in self.service["forms"].get(member, ()):
            if "resources" in form and (matched := pattern(form["pattern"]).fullmatch(last)):
                groups = {**given, **{name: text for name, text in matched.groupdict().items() if text}}
                condition = {
                    operator: {key: tuple(_put(one, groups) for one in several) for key, several in keys.items()}
                    for operator, keys in form.get("condition", {}).items()
                }
                for resource in form["resources"]:
                    yield _put(resource, groups), condition
                return
        whole = next((one for one in given.values() if one.startswith("arn:")), "")
        if whole and not template.startswith("${"):
            is_inside = whole != last and ":accesspoint/" in whole
            yield (f"{whole}/object/{last}" if is_inside else whole + template[template.rindex("}") + 1 :]), {}
            return
        yield _put(template, given), {}

    def _decided(self, given: Mapping[str, str]) -> dict[str, str]:
        """The placeholders that values of members decide, such as the account of a public hub."""
        decided: dict[str, str] = {}
        for member, text in given.items():
            for form in self.service["forms"].get(member, ()):
                if "resources" not in form and (matched := pattern(form["pattern"]).fullmatch(text)):
                    decided |= {
                        **form.get("values", {}),
                        **{key: one for key, one in matched.groupdict().items() if one},
                    }
        return decided


def _of(service: Mapping[str, Any], name: str) -> tuple[str, Sequence[Any]]:
    """The operation, or the function with needs of its own, that a name is, and the needs."""
    function = service["functions"].get(name)
    if function is None:
        return name, service["operations"][name]
    return (name, function["needs"]) if "needs" in function else _of(service, function["as"])


def _put(template: str, given: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda found: given.get(found[1], found[0]), template)


def _paths(template: str) -> list[str]:
    return [path for path, _ in _PLACE.findall(template) if path not in GLOBALS]


def _found(members: Any, path: str) -> list[Any]:
    """The values at a path of members; empty if there is none."""
    found = [members]
    for step in path.split("."):
        found = [one for value in found for one in _step(value, step.removesuffix("[]"))]
    return [one for value in found for one in (value if isinstance(value, (list, Several)) else [value]) if one]


_FUNCTIONS: Mapping[str, Callable[[str], str]] = {
    "bucket()": lambda text: text.removeprefix("s3://").partition("/")[0],
    "prefix()": lambda text: text.removeprefix("s3://"),
    "path()": lambda text: text.removeprefix("/"),
}


#: The part of a path after the word in parentheses, as ``n`` of ``endpoint/n/variant/v`` after ``endpoint``.
_AFTER = re.compile(r"after\(([a-z-]+)\)")


def _step(value: Any, name: str) -> list[Any]:
    if isinstance(value, (list, Several)):
        return [one for item in value for one in _step(item, name)]
    if word := _AFTER.fullmatch(name):
        return _after(f"{word[1]}/", value)
    if isinstance(value, Partial):
        return [_shortened(value, name)] if name in _FUNCTIONS else [value]
    if name in _FUNCTIONS:
        return [_FUNCTIONS[name](value)] if isinstance(value, str) else []
    if name == "keys()":
        return [*value] if isinstance(value, dict) else []
    return [value[name]] if isinstance(value, Mapping) and value.get(name) is not None else []


def _after(head: str, value: Any) -> list[Any]:
    """The part of a path after its head; none of another path, and a text whose beginning is unknown as it is."""
    parts = list(value.parts) if isinstance(value, Partial) else [value]
    if not isinstance(parts[0], str):
        return [value] if isinstance(value, Partial) else []
    if not parts[0].startswith(head):
        return []
    parts[0] = parts[0].removeprefix(head)
    first = _until_slash(parts)
    return [Partial(first)] if isinstance(value, Partial) else first


def _until_slash(parts: Sequence[Any]) -> list[Any]:
    kept: list[Any] = []
    for part in parts:
        if isinstance(part, str) and "/" in part:
            return [*kept, part.partition("/")[0]]
        kept.append(part)
    return kept


def _shortened(value: Partial, name: str) -> Partial:
    """A partly known text as a function of the data has it, which looks at the beginning."""
    parts = list(value.parts)
    if parts and isinstance(parts[0], str):
        parts[0] = parts[0].removeprefix("s3://") if name == "bucket()" else _FUNCTIONS[name](parts[0])
    return Partial(_until_slash(parts) if name == "bucket()" else parts)


def _texts(value: Any, values: Mapping[str, str]) -> list[str]:
    """A value as texts of IAM: nothing in it widens, and what is not known is a placeholder or the value given."""
    if isinstance(value, (Several, list)):
        return list(dict.fromkeys(text for one in value for text in _texts(one, values)))
    if isinstance(value, Partial):
        return ["".join(escape(p) if isinstance(p, str) else values.get(p.name, p.shown) for p in value.parts)]
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        return []
    return [escape(str(value))]


def with_code(document: Document, needs: Iterable[CodeNeed], values: Mapping[str, str], *, is_broad: bool) -> Document:
    """A document with what code needs: reasons where it is granted already, else statements after all others.

    Args:
        document: the document.
        needs: what the code needs.
        values: values for placeholders.
        is_broad: every statement is on every resource.
    """
    wanted: dict[tuple[str, str, str], tuple[CodeNeed, dict[Reason, None]]] = {}
    for need in needs:
        resource = "*" if is_broad else _PLACE.sub(lambda found: values.get(found[1], found[0]), need.resource)
        need = need._replace(resource=resource)
        wanted.setdefault((need.action, resource, repr(need.condition)), (need, {}))[1][need.reason] = None
    if not wanted:
        return document
    statements = [*document.statements]
    left: dict[tuple[str, str], dict[str, list[tuple[CodeNeed, dict[Reason, None]]]]] = {}
    for need, reasons in wanted.values():
        for place, known in enumerate(statements):
            is_same = not known.condition or known.condition == need.condition
            if is_same and need.action in known.actions and covers(known.resources, [need.resource]):
                statements[place] = known._replace(reasons=tuple(dict.fromkeys((*known.reasons, *reasons))))
                break
        else:
            key = (need.action.partition(":")[0], repr(need.condition))
            left.setdefault(key, {}).setdefault(need.action, []).append((need, reasons))
    taken = {one.sid for one in statements}
    for (prefix, _), by_action in sorted(left.items()):
        groups: dict[tuple[str, ...], list[str]] = {}
        for action, several in sorted(by_action.items()):
            groups.setdefault(reduced(tuple(need.resource for need, _ in several)), []).append(action)
        for resources, actions in groups.items():
            mine = [one for action in actions for one in by_action[action]]
            reasons = dict.fromkeys(reason for _, some in mine for reason in some)
            sid = _sid(prefix, actions, taken)
            statements.append(ComposedStatement(sid, tuple(actions), resources, mine[0][0].condition, tuple(reasons)))
    return Document(tuple(statements))


def _sid(prefix: str, actions: Sequence[str], taken: set[str]) -> str:
    word = "".join(part.capitalize() for part in prefix.split("-"))
    base = f"Code{word}{actions[0].partition(':')[2]}" if len(actions) == 1 else f"Code{word}"
    sid = unlike(base, taken)
    taken.add(sid)
    return sid

"""Composes policies: records, chosen add-ons and, where given, requests become IAM documents. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any, Literal

import jmespath

from .model import (
    GLOBALS,
    AddOn,
    Catalog,
    Condition,
    Entry,
    Form,
    Grantee,
    Kind,
    Operation,
    Scope,
    Statement,
    Trust,
)

ScopeChoice = Literal["scoped", "broad"]

_NAME = re.compile(r"\$\{([A-Z][A-Za-z0-9]*)\}")
_NEEDS_ESCAPE = re.compile(r"[*?$]")


@dataclass(frozen=True, slots=True)
class Request:
    """One API request to compose for.

    Attributes:
        operation: name of the operation.
        members: the request's members in the API's own spelling, or None to keep every placeholder.
        label: what messages call it ("training.json", "event 3 of trail.json.gz").
    """

    operation: str
    members: Mapping[str, Any] | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a composed statement is there: which record asked for it, for which member and value."""

    operation: str
    grantee: str
    addon: str
    use: str
    why: str
    evidence: str
    sources: tuple[str, ...]
    members: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComposedStatement:
    """A statement of a composed document with the reasons for it."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Condition
    reasons: tuple[Reason, ...]
    principal: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The statement as IAM writes it, keys in IAM's usual order, every value that may be a list a list."""
        document: dict[str, Any] = {"Sid": self.sid, "Effect": "Allow"}
        if self.principal:
            document["Principal"] = {kind: list(values) for kind, values in self.principal.items()}
        document["Action"] = list(self.actions)
        if self.resources:
            document["Resource"] = list(self.resources)
        if self.condition:
            document["Condition"] = {
                operator: {key: list(values) for key, values in sorted(keys.items())}
                for operator, keys in sorted(self.condition.items())
            }
        return document


@dataclass(frozen=True, slots=True)
class Document:
    """A composed policy document."""

    statements: tuple[ComposedStatement, ...]

    def to_json(self) -> dict[str, Any]:
        """The document as IAM writes it."""
        return {"Version": "2012-10-17", "Statement": [statement.to_json() for statement in self.statements]}

    def placeholders(self) -> tuple[str, ...]:
        """Names of the placeholders that stay open, sorted."""
        found: set[str] = set()
        for statement in self.statements:
            for text in _texts(statement):
                found.update(_NAME.findall(text))
        return tuple(sorted(found))


def _texts(statement: ComposedStatement) -> Iterator[str]:
    yield from statement.resources
    for keys in statement.condition.values():
        for values in keys.values():
            yield from values
    for values in statement.principal.values():
        yield from values


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a request says that the composer cannot use or the user should know.

    Attributes:
        kind: ``problem`` (the result is incomplete) or ``note``.
        member: the JMESPath that found the value.
        value: the value, as given.
        message: what is wrong and what would be right.
    """

    kind: Literal["problem", "note"]
    operation: str
    member: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class Composition:
    """What a role needs: its permissions policy, trust policy, and the caller's policy.

    Attributes:
        addons: ids of the add-ons in it, per grantee, in the record's order.
        placeholders: names that stay open in any of the three documents, sorted.
        findings: values that could not be used, and notes.
    """

    policy: Document
    trust: Document
    caller: Document
    addons: Mapping[str, tuple[str, ...]]
    placeholders: tuple[str, ...]
    findings: tuple[Finding, ...]


# --- values and templates -------------------------------------------------------------------------------------


def escape(value: str) -> str:
    """Writes a request value so that IAM takes every character literally.

    IAM reads ``${*}``, ``${?}`` and ``${$}`` as the plain characters
    (IAM User Guide, "IAM policy elements: variables and tags").
    """
    return _NEEDS_ESCAPE.sub(lambda found: "${" + found.group() + "}", value)


@lru_cache(maxsize=4096)
def _parts(template: str) -> tuple[str, ...]:
    """Splits a template: even items are text, odd items are placeholder names."""
    return tuple(_NAME.split(template))


def names_in(template: str) -> tuple[str, ...]:
    """Names of the placeholders in a template, in order."""
    return _parts(template)[1::2]


@lru_cache(maxsize=1024)
def _expression(text: str) -> Any:
    return jmespath.compile(text)


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text.replace("(?<", "(?P<"), re.ASCII)


def search(expression: str, members: Mapping[str, Any]) -> Any:
    """Evaluates a JMESPath expression over a request."""
    return _expression(expression).search(members)


def _is_true(value: Any) -> bool:
    """JMESPath's truth: empty strings, lists and mappings, false and null are false; 0 is true."""
    return not (value is None or value is False or value == "" or value == [] or value == {})


@dataclass(frozen=True, slots=True)
class Match:
    """A value read as one form of its kind: the form and its fields, ready for templates."""

    form: Form
    fields: Mapping[str, str]


def parse(kind: Kind, value: str) -> tuple[Form, dict[str, str]] | None:
    """Reads a value as the first form of the kind that fits it whole; None if none does."""
    if len(value) > kind.max_length:
        return None
    for form in kind.forms:
        found = _pattern(form.pattern).fullmatch(value)
        if found:
            return form, {name: text for name, text in found.groupdict().items() if text is not None}
    return None


# --- one use of statements ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Binding:
    """The values one use is expanded with: per parameter one or several matches."""

    matches: Mapping[str, tuple[Match, ...]]
    member: str
    values: tuple[str, ...]


def _renamed(prefix: str, parameter: str, name: str) -> str:
    if name in GLOBALS:
        return name
    return prefix + (parameter if name == "Value" else name)


def _open_match(entry: Entry, parameter: str, kind: Kind) -> Match | None:
    """The match that keeps placeholders: the first form the entry is for."""
    forms = entry.forms(parameter, kind)
    if not forms:
        return None
    form = forms[0]
    return Match(form, {name: "${" + _renamed(entry.prefix, parameter, name) + "}" for name in form.fields})


def _constant(value: str, form: Form) -> Match:
    return Match(form, {"Value": value})


_OPEN = Form("open", "", "", (), (), "", "", {})


class _Composer:
    """Collects the statements of one document."""

    def __init__(self, catalog: Catalog, scope: ScopeChoice, values: Mapping[str, str]) -> None:
        self.catalog = catalog
        self.scope = scope
        self.values = values
        self.statements: dict[tuple[Any, ...], list[Any]] = {}
        self.findings: list[Finding] = []
        self.skipped: dict[tuple[str, str, str], str] = {}
        self.covered: set[tuple[str, str, str]] = set()

    # bindings

    def bindings(self, entry: Entry, request: Request, record: bool = True) -> list[_Binding]:
        """What an entry's parameters are bound to by a request; empty if the request has no value for it."""
        constants = {
            name: (_constant(value, _OPEN),) for name, value in entry.constants.items() if name in entry.parameters
        }
        free = [name for name in entry.parameters if name not in constants]
        if request.members is None or not entry.members:
            return [self._open_binding(entry, constants, free)]
        found: list[_Binding] = []
        for member in entry.members:
            for item in _items(search(member, request.members)):
                binding = self._bind(entry, constants, free, member, item, request, record)
                if binding is not None:
                    found.append(binding)
        return found

    def _open_binding(self, entry: Entry, constants: Mapping[str, tuple[Match, ...]], free: list[str]) -> _Binding:
        matches = dict(constants)
        for name in free:
            match = _open_match(entry, name, self.catalog.kind(entry.parameters[name]))
            if match is not None:
                matches[name] = (self._fill(match),)
        return _Binding(matches, "", ())

    def _fill(self, match: Match) -> Match:
        """Puts values the user gave for placeholders."""
        if not self.values:
            return match
        return Match(
            match.form,
            {name: _NAME.sub(lambda f: self.values.get(f[1], f[0]), text) for name, text in match.fields.items()},
        )

    def _bind(
        self,
        entry: Entry,
        constants: Mapping[str, tuple[Match, ...]],
        free: list[str],
        member: str,
        item: Any,
        request: Request,
        record: bool,
    ) -> _Binding | None:
        given: dict[str, Any] = item if isinstance(item, dict) else {free[0]: item} if free else {}
        if isinstance(item, dict) and not any(_is_true(value) for value in item.values()):
            return None
        matches = dict(constants)
        texts: list[str] = []
        for name in free:
            kind = self.catalog.kind(entry.parameters[name])
            read: list[Match] = []
            for value in _items(given.get(name)):
                match = self._match(entry, name, kind, value, member, request, record)
                if match is False:
                    continue
                if match is not None:
                    read.append(match)
                    texts.append(str(value))
                else:
                    opened = _open_match(entry, name, kind)
                    if opened is not None:
                        read.append(self._fill(opened))
                        texts.append(str(value))
            if not read and _items(given.get(name)):
                return None
            if not read:
                opened = _open_match(entry, name, kind)
                if opened is None:
                    return None
                read.append(self._fill(opened))
            matches[name] = tuple(read)
        return _Binding(matches, member, tuple(texts))

    def _match(
        self, entry: Entry, name: str, kind: Kind, value: Any, member: str, request: Request, record: bool
    ) -> Match | Literal[False] | None:
        """Reads one value: a match, None if it stays a placeholder, False if it is not for this entry."""
        key = (request.operation, _members_in(member), str(value))
        if not isinstance(value, str):
            if record:
                self._find("problem", request, member, value, f"must be text: {kind.title}")
            return None
        parsed = parse(kind, value)
        if parsed is None:
            if record:
                examples = ", ".join(form.examples[0] for form in kind.forms[:2])
                self._find("problem", request, member, value, f"is no {kind.title} (such as {examples})")
                self.covered.add(key)
            return None
        form, fields = parsed
        if form.no_permission:
            if record:
                self._find("note", request, member, value, form.no_permission)
                self.covered.add(key)
            return False
        if form.id not in {accepted.id for accepted in entry.forms(name, kind)}:
            if record:
                self.skipped.setdefault(key, form.title)
            return False
        if record:
            self.covered.add(key)
            if form.warning:
                self._find("note", request, member, value, form.warning)
        rendered = {field: escape(text) for field, text in fields.items()}
        for field_name in kind.fields:
            if field_name not in rendered and field_name not in GLOBALS and field_name in form.fields:
                rendered[field_name] = ""
        return Match(form, rendered)

    def _find(self, kind: Literal["problem", "note"], request: Request, member: str, value: Any, message: str) -> None:
        finding = Finding(kind, request.operation, member, _short(value), message)
        if finding not in self.findings:
            self.findings.append(finding)

    # statements

    def add(self, operation: Operation, grantee: Grantee, addon: AddOn | None, entry: Entry, binding: _Binding) -> None:
        """Adds an entry's statements, expanded with one binding."""
        for statement in entry.statements:
            reason = Reason(
                operation.name,
                grantee.id,
                addon.id if addon else "",
                entry.use,
                entry.why or statement.why,
                entry.evidence or statement.evidence,
                entry.sources or statement.sources,
                (binding.member,) if binding.member else entry.members,
                binding.values,
                statement.notes,
            )
            for resources, condition in self._expand(entry, statement, binding):
                self._put(entry.prefix + statement.sid, statement.actions, resources, condition, reason, {})

    def _expand(
        self, entry: Entry, statement: Statement, binding: _Binding
    ) -> Iterator[tuple[tuple[str, ...], Condition]]:
        if self.scope == "broad":
            kept = _unbound(statement.condition, entry)
            yield ("*",), self._render_condition(kept, entry, binding)
            return
        condition = self._render_condition(statement.condition, entry, binding)
        if statement.resources:
            resources = [text for template in statement.resources for text in self._render(template, entry, binding)]
            yield tuple(resources), condition
            return
        groups: dict[Any, tuple[list[str], Condition]] = {}
        for parameter, matches in binding.matches.items():
            for match in matches:
                for name in statement.scopes:
                    scope = match.form.scopes.get(name)
                    if scope is None:
                        continue
                    own = self._scope_resources(scope, entry, binding, parameter, match)
                    extra = self._scope_condition(scope, entry, binding, parameter, match)
                    merged = _merge(condition, extra)
                    groups.setdefault(_frozen(merged), ([], merged))[0].extend(own)
        for resources, merged in groups.values():
            yield tuple(resources), merged

    def _scope_resources(
        self, scope: Scope, entry: Entry, binding: _Binding, parameter: str, match: Match
    ) -> list[str]:
        one = _Binding({**binding.matches, parameter: (match,)}, binding.member, binding.values)
        return [text for template in scope.resources for text in self._render(template, entry, one, parameter)]

    def _scope_condition(
        self, scope: Scope, entry: Entry, binding: _Binding, parameter: str, match: Match
    ) -> Condition:
        one = _Binding({**binding.matches, parameter: (match,)}, binding.member, binding.values)
        return self._render_condition(scope.condition, entry, one, parameter)

    def _render_condition(
        self, condition: Condition, entry: Entry, binding: _Binding, parameter: str = ""
    ) -> Condition:
        return {
            operator: {
                key: tuple(
                    dict.fromkeys(text for value in values for text in self._render(value, entry, binding, parameter))
                )
                for key, values in keys.items()
            }
            for operator, keys in condition.items()
        }

    def _render(self, template: str, entry: Entry, binding: _Binding, parameter: str = "") -> list[str]:
        """Fills a template once for each combination of the matches whose fields it names."""
        parts = _parts(template)
        if len(parts) == 1:
            return [template]
        owners: dict[str, str] = {}
        for name in parts[1::2]:
            owner = self._owner(name, binding, parameter)
            if owner:
                owners[name] = owner
        used = list(dict.fromkeys(owners.values()))
        rendered = []
        for combination in product(*(binding.matches[name] for name in used)):
            chosen = dict(zip(used, combination, strict=True))
            out = [parts[0]]
            for index in range(1, len(parts), 2):
                name = parts[index]
                owner = owners.get(name, "")
                if owner:
                    fields = chosen[owner].fields
                    out.append(fields[name] if name in fields else fields["Value"])
                elif name in GLOBALS:
                    out.append(self.values.get(name, "${" + name + "}"))
                else:
                    full = entry.prefix + name
                    out.append(self.values.get(full, "${" + full + "}"))
                out.append(parts[index + 1])
            rendered.append("".join(out))
        return rendered

    @staticmethod
    def _owner(name: str, binding: _Binding, parameter: str) -> str:
        """Which parameter's value fills a name: the one being expanded, else the first that has it."""
        order = [parameter, *binding.matches] if parameter else list(binding.matches)
        for candidate in order:
            matches = binding.matches.get(candidate, ())
            if any(name in match.fields or (name == candidate and "Value" in match.fields) for match in matches):
                return candidate
        return ""

    def _put(
        self,
        sid: str,
        actions: tuple[str, ...],
        resources: Iterable[str],
        condition: Condition,
        reason: Reason,
        principal: Mapping[str, tuple[str, ...]],
    ) -> None:
        key = (sid, actions, _frozen(condition), tuple(principal.items()))
        slot = self.statements.setdefault(key, [set(), condition, {}])
        slot[0].update(resources)
        slot[2][reason] = None

    def add_trust(
        self, operation: Operation, grantee: Grantee, addon: AddOn | None, trust: Trust, binding: _Binding
    ) -> None:
        """Adds one trust statement."""
        entry = _TRUST_ENTRY
        condition = self._render_condition(trust.condition, entry, binding)
        principal = {
            kind: tuple(text for value in values for text in self._render(value, entry, binding))
            for kind, values in trust.principal.items()
        }
        reason = Reason(
            operation.name, grantee.id, addon.id if addon else "", trust.id, trust.why, trust.evidence, trust.sources
        )
        self._put(trust.sid, trust.actions, (), condition, reason, principal)

    def document(self) -> Document:
        """The statements so far: resources reduced and sorted, Sids made unique."""
        used: dict[str, int] = {}
        statements = []
        for (sid, actions, _, principal), (resources, condition, reasons) in self.statements.items():
            used[sid] = used.get(sid, 0) + 1
            unique = sid if used[sid] == 1 else f"{sid}{used[sid]}"
            statements.append(
                ComposedStatement(unique, actions, reduced(resources), condition, tuple(reasons), dict(principal))
            )
        return Document(tuple(statements))

    def uncovered(self) -> list[Finding]:
        """Findings for values whose form no statement of the record is for."""
        return [
            Finding("problem", operation, member, _short(value), f"no statement covers this form: {title}")
            for (operation, member, value), title in self.skipped.items()
            if (operation, member, value) not in self.covered
        ]


_TRUST_ENTRY = Entry("", "", (), {}, {}, {}, (), "", None, (), {})


def reduced(resources: Iterable[str]) -> tuple[str, ...]:
    """Sorts resources and drops those that a shorter one with a trailing ``*`` covers."""
    kept: list[str] = []
    for resource in sorted(set(resources)):
        if any(other.endswith("*") and resource.startswith(other[:-1]) for other in kept):
            continue
        kept.append(resource)
    stars = [resource[:-1] for resource in kept if resource.endswith("*")]
    return tuple(
        resource for resource in kept if not any(resource != s + "*" and resource.startswith(s) for s in stars)
    )


@lru_cache(maxsize=1024)
def _members_in(expression: str) -> str:
    """The members an expression walks through, without filters: two expressions that find one value give one text."""
    return ".".join(re.findall(r"[A-Za-z][A-Za-z0-9]*", re.sub(r"\[\?[^\]]*\]", "", expression)))


def _items(value: Any) -> list[Any]:
    """A value, a list or nested lists as one flat list without nulls."""
    if value is None:
        return []
    if isinstance(value, list):
        return [item for part in value for item in _items(part)]
    return [value]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else text[:197] + "..."


def _frozen(condition: Condition) -> tuple[Any, ...]:
    return tuple(
        (operator, tuple((key, tuple(sorted(values))) for key, values in sorted(keys.items())))
        for operator, keys in sorted(condition.items())
    )


def _merge(first: Condition, second: Condition) -> Condition:
    if not second:
        return first
    merged = {operator: dict(keys) for operator, keys in first.items()}
    for operator, keys in second.items():
        for key, values in keys.items():
            target = merged.setdefault(operator, {})
            target[key] = tuple(dict.fromkeys((*target.get(key, ()), *values)))
    return merged


def _unbound(condition: Condition, entry: Entry) -> Condition:
    """The parts of a condition that hold for every resource: those that no request value fills."""
    fixed = {*GLOBALS, *entry.constants}
    kept: dict[str, dict[str, tuple[str, ...]]] = {}
    for operator, keys in condition.items():
        for key, values in keys.items():
            if all(name in fixed for value in values for name in names_in(value)):
                kept.setdefault(operator, {})[key] = values
    return kept


# --- the whole ------------------------------------------------------------------------------------------------


def compose(
    catalog: Catalog,
    requests: Sequence[Request],
    role: str | None = None,
    *,
    scope: ScopeChoice = "scoped",
    addons: Iterable[str] = (),
    without: Iterable[str] = (),
    values: Mapping[str, str] | None = None,
) -> Composition:
    """Composes what one role needs for some requests, and what their callers need.

    Args:
        catalog: the knowledge base.
        requests: what the role is to do. A request without members keeps every placeholder and only the chosen
            add-ons; one with members brings the add-ons its members call for.
        role: id of the role; None means the first role of each operation.
        scope: ``scoped`` names resources, ``broad`` grants the same actions on ``*``.
        addons: ids of add-ons to put in, of the role and of the caller alike.
        without: ids of add-ons to leave out, whatever the request says.
        values: literal values for placeholders by name; they win over what the requests tell of ``Partition``,
            ``Region`` and ``Account`` (see :func:`derived`).

    Returns:
        The three documents, with reasons. Statements stand in the records' order, so the order in which
        add-ons are named makes no difference.

    Raises:
        KeyError: an operation, a role or an add-on of that name does not exist.
    """
    filled = {**derived(catalog, requests, (values or {}).get("Region")), **(values or {})}
    literal = {name: escape(value) for name, value in filled.items()}
    wanted, unwanted = set(addons), set(without)
    composers = {part: _Composer(catalog, scope, literal) for part in ("policy", "trust", "caller")}
    active: dict[str, dict[str, None]] = {}
    known: set[str] = set()
    for request in sorted(requests, key=lambda item: item.operation):
        operation = catalog.operation(request.operation)
        grantees = [_role(operation, role)] if operation.roles else []
        for grantee, part in [(item, "policy") for item in grantees] + (
            [(operation.caller, "caller")] if operation.caller else []
        ):
            known.update(addon.id for addon in grantee.addons)
            chosen = [
                (addon, source)
                for addon in grantee.addons
                if addon.id not in unwanted
                for source in _sources(composers[part], addon, request, requests, addon.id in wanted)
            ]
            active.setdefault(f"{operation.name}/{grantee.id}", {}).update({addon.id: None for addon, _ in chosen})
            for entry in grantee.entries:
                _add(composers[part], operation, grantee, None, entry, request)
            for addon, source in chosen:
                for entry in addon.entries:
                    _add(composers[part], operation, grantee, addon, entry, source)
            if part == "policy":
                for owner, trust in _trusts(catalog, grantee, [addon for addon, _ in chosen]):
                    composers["trust"].add_trust(operation, grantee, owner, trust, _Binding({}, "", ()))
    if missing := sorted((wanted | unwanted) - known):
        raise KeyError(f"no add-on {', '.join(missing)}; there are {', '.join(sorted(known)) or 'none'}")
    documents = {part: composer.document() for part, composer in composers.items()}
    findings: dict[Finding, None] = {}
    for composer in composers.values():
        findings.update(dict.fromkeys([*composer.findings, *composer.uncovered()]))
    return Composition(
        policy=documents["policy"],
        trust=documents["trust"],
        caller=documents["caller"],
        addons={key: tuple(ids) for key, ids in active.items()},
        placeholders=tuple(sorted({name for document in documents.values() for name in document.placeholders()})),
        findings=tuple(findings),
    )


def derived(catalog: Catalog, requests: Sequence[Request], region: str | None = None) -> dict[str, str]:
    """What the requests tell of partition, Region and account.

    Partition and account come from the ARNs of the roles, the Region from the ARNs anywhere in the requests, and the
    partition from the Region if no ARN tells it. A name on which the requests disagree is left out.

    Args:
        catalog: the knowledge base.
        requests: the requests.
        region: the Region, where it is known already.
    """
    found: dict[str, set[str]] = {name: set() for name in GLOBALS}
    kind = catalog.kind("iam-role")
    for request in requests:
        if request.members is None:
            continue
        for role in catalog.operation(request.operation).roles:
            for path in role.parameters:
                for value in _items(search(path, request.members)):
                    parsed = parse(kind, value) if isinstance(value, str) else None
                    if parsed:
                        found["Partition"].add(parsed[1]["Partition"])
                        found["Account"].add(parsed[1]["Account"])
        for text in _strings(request.members):
            parts = text.split(":", 5) if text.startswith("arn:") else []
            if len(parts) == 6 and _is_region(catalog, parts[3]):
                found["Region"].add(parts[3])
    if not found["Partition"]:
        for name in {region} if region else found["Region"]:
            found["Partition"].update(partition_of(catalog, name))
    return {name: next(iter(texts)) for name, texts in found.items() if len(texts) == 1}


def partition_of(catalog: Catalog, region: str) -> list[str]:
    """The partition a Region belongs to, as a list of one; empty if the Region is unknown."""
    return [name for name, data in catalog.partitions.items() if _pattern(data["region_pattern"]).fullmatch(region)]


def _is_region(catalog: Catalog, text: str) -> bool:
    return bool(partition_of(catalog, text))


def _strings(value: Any) -> Iterator[str]:
    """Every string in a request, however deep, without recursion."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            left.extend(item.values())
        elif isinstance(item, (list, tuple)):
            left.extend(item)


def _role(operation: Operation, role: str | None) -> Grantee:
    if role is None:
        return operation.roles[0]
    found = operation.role(role)
    if found is None:
        raise KeyError(f"{operation.name} has no role {role}; it has {', '.join(item.id for item in operation.roles)}")
    return found


def _sources(
    composer: _Composer, addon: AddOn, request: Request, requests: Sequence[Request], wanted: bool
) -> list[Request]:
    """The requests an add-on is expanded with; none if it is not needed."""
    if addon.request and addon.request != request.operation:
        others = [item for item in requests if item.operation == addon.request and item.members is not None]
        sources = [item for item in others if _calls_for(composer, addon, item)]
    else:
        sources = [request] if _calls_for(composer, addon, request) else []
    if sources or not wanted:
        return sources
    return [Request(request.operation, None, request.label)]


def _calls_for(composer: _Composer, addon: AddOn, request: Request) -> bool:
    if request.members is None or addon.usage:
        return False
    if addon.when:
        return _is_true(search(addon.when, request.members))
    return any(composer.bindings(entry, request, record=False) for entry in addon.entries if entry.members)


def _add(
    composer: _Composer, operation: Operation, grantee: Grantee, addon: AddOn | None, entry: Entry, request: Request
) -> None:
    for binding in composer.bindings(entry, request):
        composer.add(operation, grantee, addon, entry, binding)


def _trusts(catalog: Catalog, grantee: Grantee, addons: Sequence[AddOn]) -> Iterator[tuple[AddOn | None, Trust]]:
    for trust_id in grantee.trust:
        yield None, catalog.trust(trust_id)
    for addon in addons:
        for trust_id in addon.trust:
            yield addon, catalog.trust(trust_id)

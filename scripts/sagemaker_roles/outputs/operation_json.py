"""Describe operations as JSON: what operation.json and the files beside it hold. Needs the catalog only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..canonical import canonical
from ..catalog import AddOn, Catalog, Grantee, Operation
from ..engine.compose import ComposedStatement, Document, Request, compose, with_all_addons
from ..engine.expressions import expression
from ..engine.placeholders import GLOBAL_MEANINGS

#: SemVer of the form of the artifacts. The major stands in the path (build/v1); a member that the last release has not
#: raises the minor, and a test holds it. A link that the schemas never required can be removed without a new major.
SCHEMA_VERSION = "1.4.0"


# --- descriptions ---------------------------------------------------------------------------------------------


def placeholders(catalog: Catalog, grantee: Grantee, names: Iterable[str]) -> list[dict[str, Any]]:
    """Describe placeholders of a grantee's policies: meaning, pattern, example, and the members that fill them."""
    described: dict[str, dict[str, Any]] = {
        name: {"name": name, "meaning": of.text, "pattern": of.pattern, "example": of.example, "members": []}
        for name, of in GLOBAL_MEANINGS.items()
    }
    for entry in catalog.fillable(grantee):
        for parameter, kind_id in entry.parameters.items():
            if parameter in entry.constants:
                continue
            kind = catalog.kind(kind_id)
            for form in entry.forms(parameter, kind):
                for field in form.named:
                    name = entry.prefix + (parameter if field == "Value" else field)
                    known = described.setdefault(name, {"name": name, **kind.fields[field]._asdict(), "members": []})
                    known["members"] = list(dict.fromkeys([*known["members"], *map(_shown, entry.members)]))
    return [described[name] for name in sorted(names)]


def _shown(member: str) -> str:
    return expression(member).shown


def _statement(statement: ComposedStatement) -> dict[str, Any]:
    reason = statement.reasons[0]
    return {
        "statement": statement.to_json(),
        "why": reason.why,
        "evidence": reason.evidence,
        "sources": list(reason.sources),
        "notes": list(reason.notes),
        "members": list(map(_shown, reason.members)),
        "use": reason.use,
    }


def activation(addon: AddOn) -> str:
    """What decides that an add-on is needed: ``request``, ``other-request`` or ``usage``."""
    if addon.usage:
        return "usage"
    return "other-request" if addon.request else "request"


def addon_summary(operation: Operation, addon: AddOn) -> dict[str, Any]:
    """What an add-on is and what decides on it, as operation.json and `list` tell it."""
    return {
        "id": addon.id,
        "title": addon.title,
        "activation": activation(addon),
        "when": addon.when,
        "usage": addon.usage,
        "request": addon.request or operation.name,
    }


class _Rendered:
    """One grantee's documents: the base, and what each add-on adds to it, composed with all at once.

    Attributes:
        added: the statements that each add-on brings, which no other of the grantee has, by the rule ``sid-unique``;
            those of the base by "".
        trust: the same of the trust policy; a caller has none.
    """

    def __init__(self, catalog: Catalog, operation: Operation, grantee: Grantee) -> None:
        is_caller = grantee is operation.caller
        addons = [addon.id for addon in grantee.addons]
        whole = with_all_addons(catalog, operation, grantee, "scoped")
        self.companions = whole.companions
        self.added = _by_addon(whole.caller if is_caller else whole.policy, addons)
        self.trust = _by_addon(Document(()) if is_caller else whole.trust, addons)


def _by_addon(document: Document, addons: Iterable[str]) -> dict[str, tuple[ComposedStatement, ...]]:
    by_addon: dict[str, list[ComposedStatement]] = {addon: [] for addon in ("", *addons)}
    for item in document.statements:
        by_addon[item.reasons[0].addon].append(item)
    return {addon: tuple(several) for addon, several in by_addon.items()}


def _patch(statements: Iterable[ComposedStatement]) -> list[dict[str, Any]]:
    return [{"op": "add", "path": "/Statement/-", "value": statement.to_json()} for statement in statements]


def _grantee_files(
    catalog: Catalog, operation: Operation, grantee: Grantee, folder: str, files: dict[str, bytes]
) -> dict[str, Any]:
    """Write a grantee's files and return its description for operation.json."""
    caller = grantee is operation.caller
    rendered = _Rendered(catalog, operation, grantee)
    document, trust_policy = Document(rendered.added[""]), Document(rendered.trust[""])
    links = {"policy": f"{folder}caller-policy.json" if caller else f"{folder}policy.json"}
    files[links["policy"]] = canonical(document.to_json())
    if not caller:
        links["trust_policy"] = f"{folder}trust-policy.json"
        files[links["trust_policy"]] = canonical(trust_policy.to_json())
    beside = [*_companions(rendered, is_caller=caller)]
    if beside:
        links["companions"] = f"{folder}caller/companions.json" if caller else f"{folder}companions.json"
        files[links["companions"]] = canonical(
            {
                "schema_version": SCHEMA_VERSION,
                "operation": operation.name,
                "role": grantee.id,
                "kinds": _kinds(catalog, beside),
                "companions": beside,
            }
        )
    names = {*document.placeholders(), *trust_policy.placeholders()}
    addons = []
    for addon in grantee.addons:
        place = f"{folder}caller/addons/{addon.id}" if caller else f"{folder}addons/{addon.id}"
        added, trust = rendered.added[addon.id], rendered.trust[addon.id]
        own = {"patch": f"{place}.patch.json"}
        files[own["patch"]] = canonical(_patch(added))
        if trust:
            own["trust_patch"] = f"{place}.trust.patch.json"
            files[own["trust_patch"]] = canonical(_patch(trust))
        names.update(Document((*added, *trust)).placeholders())
        addons.append(
            {
                **addon_summary(operation, addon),
                "notes": list(addon.notes),
                "statements": [_statement(item) for item in added],
                "trust": [_statement(item) for item in trust],
                "links": own,
            }
        )
    return {
        "id": grantee.id,
        "title": grantee.title,
        "summary": grantee.summary,
        "parameters": list(grantee.parameters),
        "not_passed": grantee.not_passed,
        "statements": [_statement(item) for item in document.statements],
        "trust": [_statement(item) for item in rendered.trust[""]],
        "addons": addons,
        "placeholders": placeholders(catalog, grantee, names),
        "links": links,
    }


def _companions(rendered: _Rendered, *, is_caller: bool) -> Iterator[dict[str, Any]]:
    """What else must allow what a grantee does, without add-ons and of each add-on alone.

    For each companion what ``compose --part companions`` prints, without the notes of its kind, and the add-on.
    """
    nothing = Document(())
    for addon, own in rendered.added.items():
        document = Document(own)
        part = rendered.companions.of(*((nothing, document) if is_caller else (document, nothing)))
        # A role has one boundary: that of an add-on alone would be none for the role.
        for one in part.besides_boundary() if addon else part.values():
            yield {"addon": addon, **{key: value for key, value in one.to_json().items() if key != "notes"}}


def _kinds(catalog: Catalog, some: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Title and notes of the kinds that some companions are of, by ID."""
    used = {one["kind"] for one in some}
    return {kind.id: {"title": kind.title, "notes": list(kind.notes)} for kind in catalog.companions if kind.id in used}


def operation_files(catalog: Catalog, name: str, files: dict[str, bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Describe one operation and write its files.

    Args:
        catalog: a compiled catalog.
        files: path to bytes; the operation's files are put in.

    Returns:
        What operation.json and index.json hold of it.
    """
    operation = catalog.operation(name)
    folder = f"operations/{name}/"
    roles = [_grantee_files(catalog, operation, role, f"{folder}{role.id}/", files) for role in operation.roles]
    caller = _grantee_files(catalog, operation, operation.caller, folder, files) if operation.caller else None
    described = [*roles, *([caller] if caller else [])]
    items = [
        item
        for grantee in described
        for holder in (grantee, *grantee["addons"])
        for item in (*holder["statements"], *holder["trust"])
    ]
    cited = sorted(
        {source for item in items for source in item["sources"]}
        | set(operation.availability.get("sources", ()))
        | set(operation.sources)
        | {source for item in deviations(catalog, name) for source in (*item["sources"], *item.get("editions", ()))}
    )
    record: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "operation": name,
        "service": operation.service,
        "summary": operation.summary,
        "documentation": operation.documentation,
        "availability": {"status": "available", "since": "", "note": "", "sources": [], **operation.availability},
        # `observed` only where there is one, as the schema says.
        "evidence": {"documented": 0, "inferred": 0, **Counter(item["evidence"] for item in items)},
        "uses_role_of": list(operation.uses_role_of),
        "steps": {step: list(names) for step, names in operation.steps.items()},
        "roles": roles,
        "caller": {**caller, "condition_keys": catalog.condition_keys.get(name, [])} if caller else None,
        "pitfalls": list(operation.pitfalls),
        "deviations": deviations(catalog, name),
        "sources": {key: dict(catalog.sources[key]) for key in cited},
        "links": {"self": f"{folder}operation.json"},
    }
    files[record["links"]["self"]] = canonical(record)
    return record, {
        **{key: record[key] for key in ("operation", "service", "summary", "documentation")},
        "availability": record["availability"]["status"],
        "evidence": record["evidence"],
        "roles": [
            {
                **{key: role[key] for key in ("id", "title", "parameters")},
                "addons": [
                    {key: addon[key] for key in ("id", "title", "activation", "links")} for addon in role["addons"]
                ],
                "links": role["links"],
            }
            for role in roles
        ],
        "links": {"self": record["links"]["self"], **({"caller_policy": caller["links"]["policy"]} if caller else {})},
    }


def readers(catalog: Catalog) -> dict[str, Any]:
    """What readers.json holds: what the identity needs that runs the reduction of `fleet` on each engine."""
    described: list[dict[str, Any]] = []
    cited: set[str] = set()
    for name in catalog.readers.operations:
        operation = catalog.readers.operation(name)
        for reader in operation.grantees():
            rendered = _Rendered(catalog.readers, operation, reader)
            base = Document(rendered.added[""])
            whole = Document(tuple(statement for some in rendered.added.values() for statement in some))
            cited.update(source for item in whole.statements for source in item.reasons[0].sources)
            described.append(
                {
                    "engine": name,
                    "title": operation.summary,
                    "policy": base.to_json(),
                    "statements": [_statement(item) for item in base.statements],
                    "addons": [
                        {
                            "id": addon.id,
                            "title": addon.title,
                            "usage": addon.usage,
                            "statements": [_statement(item) for item in rendered.added[addon.id]],
                        }
                        for addon in reader.addons
                    ],
                    "placeholders": placeholders(catalog.readers, reader, whole.placeholders()),
                }
            )
    return {"readers": described, "sources": {name: dict(catalog.sources[name]) for name in sorted(cited)}}


def record(catalog: Catalog, name: str) -> dict[str, Any]:
    """What operation.json holds of an operation."""
    return operation_files(catalog, name, {})[0]


def deviations(catalog: Catalog, operation: str) -> list[dict[str, Any]]:
    """How our policies for an operation differ from what AWS prints, and why (data/aws/documented)."""
    documented = catalog.documented.get(operation)
    return [dict(item) for item in documented.get("deviations", ())] if documented else []


def call_record(catalog: Catalog, item: Mapping[str, Any]) -> dict[str, Any]:
    """Describe an operation without a record: the statements that follow, and those written for its caller."""
    statements = [{**one, "usage": ""} for one in item["statements"]]
    own = {**item, "statements": [{key: one[key] for key in one if key != "named"} for one in statements]}
    caller = own.pop("caller")
    if not caller or item["has_record"]:
        return own
    name = item["operation"]
    known = {one["statement"]["Sid"] for one in item["statements"]}
    for addon in ({}, *caller.get("addons", ())):
        composed = compose(catalog, [Request(name)], addons=[addon["id"]] if addon else ()).caller
        for one in composed.statements:
            if one.sid not in known:
                known.add(one.sid)
                reason = one.reasons[0]
                why = {"why": reason.why, "evidence": reason.evidence, "sources": [*reason.sources]}
                when = {key: addon.get(key, "") for key in ("when", "usage")}
                own["statements"].append({"statement": one.to_json(), **when, "addon": addon.get("id", ""), **why})
    return own

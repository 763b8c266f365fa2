"""What catalog.json says, as the engine reads it: entries with their statements, reasons, forms and placeholders.

Nothing here depends on a request, so the build does it, into the compiled catalog. This module imports nothing of the
package and no library: the build backend runs it where these are not installed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from .operation_names import action_of

Data = Mapping[str, Any]
Names = Sequence[str]
_T = TypeVar("_T")

#: Placeholders that every ARN shares. A form of a value that names one of them fixes it for that value only.
GLOBALS = ("Partition", "Region", "Account")

#: The parts of a catalog that records share, and refer to by id.
SHARED = ("statements", "resources", "trust", "sources")

#: The kinds of values that name what a call without a record works with.
CALLED = ("resource-arn", "resource-name-or-arn")

#: What says why a statement is needed.
_REASON = ("why", "evidence", "sources")

_FIELD = r"\(\?<([A-Za-z0-9]+)>"
_PLACEHOLDER = r"\$\{([A-Z][A-Za-z0-9]*)\}"


class Resolver:
    """Resolves the records of a catalog, item by item.

    What a record names but no other has is left out; a rule reports it.

    Args:
        data: what catalog.json holds, or the records have.
        origins: whether what comes out has, as ``data``, what it was made of; rules find faults there.
    """

    def __init__(self, data: Data, *, origins: bool = False) -> None:
        self._data = data
        self._origins = origins
        self._known: dict[tuple[Any, ...], Any] = {}

    def _from(self, item: Any, **resolved: Any) -> dict[str, Any]:
        return {**resolved, "data": item} if self._origins else resolved

    def resolved(self, part: str, name: str) -> dict[str, Any]:
        """An item of one of the parts ``operations``, ``statements``, ``trust``, ``resources``, and ``containers``.

        What records share is kept; an operation's record is not, since there can be very many.

        Raises:
            KeyError: there is none of that name.
        """
        if part == "operations":
            return self.operations(self._data[part][name])
        resolve: Callable[[Data], dict[str, Any]] = getattr(self, part)
        return self._once((part, name), lambda: resolve(self._data[part][name]))

    # parts of the catalog

    def operations(self, item: Data) -> dict[str, Any]:
        """An operation's record."""
        caller = item.get("caller")
        return self._from(
            item,
            **_taken(item, ("service", "summary", "documentation"), ("uses_role_of", "pitfalls", "sources")),
            name=item["operation"],
            availability=item.get("availability", {}),
            steps=item.get("steps", {}),
            roles=[self._grantee(role, "") for role in item.get("roles", ())],
            caller=None if caller is None else self._grantee(caller, "caller"),
        )

    def statements(self, item: Data) -> dict[str, Any]:
        """A set of statements that records share."""
        return self._from(
            item,
            **_taken(item, ("id", "title")),
            parameters=item.get("parameters", {}),
            accepted=self._all_accepted(item.get("parameters", {}), item.get("accepts", {})),
            statements=[self._statement(one) for one in item["statements"]],
        )

    def trust(self, item: Data) -> dict[str, Any]:
        """A statement of a trust policy; ``entry`` is it as a use of parameters, whose fields are its placeholders."""
        return self._from(
            item,
            **_taken(item, ("id", "title", "why", "evidence", "sources")),
            sid=item["Sid"],
            entry=self._entry({"parameters": item.get("parameters", {})}, item, ()),
            principal=item["Principal"],
            actions=item["Action"],
            condition=item.get("Condition", {}),
        )

    def resources(self, item: Data) -> dict[str, Any]:
        """A kind of resource: how a value in a request becomes ARNs."""
        return self._from(
            item,
            **_taken(item, ("id", "title", "max_length", "fields")),
            forms=[_form(item, form) for form in item["forms"]],
            default=item.get("default", item["forms"][0]["id"]),
            also_lower_case=item.get("also_lower_case", ""),
        )

    def containers(self, item: Data) -> dict[str, Any]:
        """What a container does with the credentials of a role."""
        return self._from(
            item,
            **_taken(item, ("id", "title", "roles"), ("images", "registries")),
            reads=[
                {
                    **_taken(read, ("members",), ("keys", "unless"), ("no_permission", "separator")),
                    "entries": self._entries(read),
                }
                for read in item["reads"]
            ],
        )

    # parts of a record

    def _grantee(self, item: Data, name: str) -> dict[str, Any]:
        return self._from(
            item,
            **_taken(item, (), ("parameters", "trust"), ("summary", "not_passed", "when", "unread")),
            id=item.get("id", name),
            title=item.get("title", name.capitalize()),
            entries=self._entries(item),
            addons=[self._addon(addon) for addon in item.get("addons", ())],
        )

    def _addon(self, item: Data) -> dict[str, Any]:
        own = _taken(item, ("id", "title"), ("trust", "notes"), ("when", "usage", "request"))
        return self._from(item, **own, unshown=item.get("usage_without", ""), entries=self._entries(item))

    def _entries(self, item: Data) -> list[dict[str, Any]]:
        """The uses of statements: of sets that records share, or of the record's own."""
        sets = self._data["statements"]
        return [
            self._entry(sets[one["use"]], one, sets[one["use"]]["statements"])
            if "use" in one
            else self._entry(one, one, [one])
            for one in item.get("statements", ())
        ]

    def _entry(self, owner: Data, item: Data, statements: Sequence[Data]) -> dict[str, Any]:
        """An entry; ``owner`` has its statements and their parameters."""
        use, prefix, constants = item.get("use", ""), item.get("as", ""), item.get("with", {})
        parameters = owner.get("parameters", {})
        accepted = self._all_accepted(
            parameters, {**owner.get("accepted", owner.get("accepts", {})), **item.get("accepts", {})}
        )
        filled = [(name, kind) for name, kind in parameters.items() if name not in constants]
        free = [self._free(name, kind, prefix, accepted[name]) for name, kind in filled]
        return self._from(
            item,
            use=use,
            prefix=prefix,
            members=item.get("from", []),
            values_in=item.get("values_in", ""),
            constants=constants,
            parameters=parameters,
            accepted=accepted,
            free=free,
            needed=self._needed(item, prefix, statements),
            **({} if use else {"statements": [self._statement(one) for one in statements]}),
        )

    def _needed(self, item: Data, prefix: str, statements: Sequence[Data]) -> list[dict[str, Any]] | None:
        """Why each of the statements is needed; None where the entry adds nothing to what they say themselves."""
        use = item.get("use", "")
        own = {key: item[key] for key in _REASON if use and item.get(key)}
        if not (prefix or own):
            return None

        def needed() -> list[dict[str, Any]]:
            sids = [one.get("Sid") or one["sid"] for one in statements]  # of a resolved set
            reasons = [{key: one[key] for key in _REASON} for one in statements]
            return [{"sid": prefix + sid, **one, **own} for sid, one in zip(sids, reasons, strict=True)]

        reason = (own.get("why"), own.get("evidence"), *own.get("sources", ()))
        return self._once(("needed", use, prefix, *reason), needed) if use else needed()

    def _all_accepted(self, parameters: Mapping[str, str], accepts: Data) -> dict[str, list[str]]:
        return {name: self._accepted(kind, accepts.get(name)) for name, kind in parameters.items()}

    def _accepted(self, name: str, accepts: Sequence[str] | None) -> list[str]:
        """IDs of the forms of a parameter's value that statements are for, first the one placeholders stand for."""
        kind = self._kind(name)
        if kind is None:
            return []
        forms, default = kind["forms"], kind["default"]

        def accepted() -> list[str]:
            known = [
                form["id"]
                for form in forms
                if (not form["no_permission"] if accepts is None else form["id"] in accepts)
            ]
            return sorted(known, key=lambda form: form != default)

        return self._once(("accepted", name, accepts is None, *(accepts or ())), accepted)

    def _free(self, parameter: str, name: str, prefix: str, accepted: Sequence[str]) -> dict[str, Any]:
        """A parameter that requests fill: the form that it has without a value, and a placeholder for each field of it.

        There is no form if the statements are for none.
        """
        first = accepted[0] if accepted else ""

        def free() -> dict[str, Any]:
            kind = self._kind(name)
            fields = next((form["fields"] for form in kind["forms"] if form["id"] == first), ()) if kind else ()
            placeholders = {field: f"${{{_own_name(field, parameter, prefix)}}}" for field in fields}
            return {"name": parameter, "kind": name, "form": first, "fields": placeholders}

        return self._once(("free", parameter, name, prefix, first), free)

    def _kind(self, name: str) -> dict[str, Any] | None:
        """A kind of resource; None if there is none of that ID."""
        return self.resolved("resources", name) if name in self._data["resources"] else None

    def _once(self, key: tuple[Any, ...], make: Callable[[], _T]) -> _T:
        """What records share, made once: many entries use the same statements for parameters of the same kinds."""
        if key not in self._known:
            self._known[key] = make()
        known: _T = self._known[key]
        return known

    def _statement(self, item: Data) -> dict[str, Any]:
        return self._from(
            item,
            **_taken(item, ("why", "evidence", "sources"), ("notes",), ("unscoped",)),
            sid=item["Sid"],
            actions=item["Action"],
            resources=item.get("Resource", []),
            scopes=item.get("scope", []),
            condition=item.get("Condition", {}),
        )

    # placeholders

    def placeholders(self, operation: Data) -> dict[str, list[str]]:
        """What a value can be given for in the policies of an operation: names of placeholders, and of parameters.

        Args:
            operation: as :meth:`operations` gives it.

        Returns:
            Each name with the kind of its values, their field that it is (none: it is a whole value), and the document
            in which the value stands, if it is not in the request.
        """
        known: dict[str, list[str]] = {}
        for entry in self._fillable(operation):
            prefix, values_in = entry["prefix"], entry["values_in"]
            for parameter, name in entry["parameters"].items():
                kind = self._kind(name)
                if parameter in entry["constants"] or kind is None:
                    continue
                named = {form["id"]: form["named"] for form in kind["forms"]}
                for field in (field for form in entry["accepted"][parameter] for field in named[form]):
                    known.setdefault(_own_name(field, parameter, prefix), [name, field, values_in])
                known.setdefault(prefix + parameter, [name, "", values_in])
        return known

    def names(self, operation: Data) -> list[str]:
        """Every name that a placeholder of an operation's record can have, also for forms that no statement takes.

        Args:
            operation: as :meth:`operations` gives it.
        """
        names: dict[str, None] = {}
        for grantee in _grantees(operation):
            for entry in (entry for group in (grantee, *grantee["addons"]) for entry in group["entries"]):
                for parameter, name in entry["parameters"].items():
                    fields = (self._kind(name) or {"fields": ()})["fields"]
                    names.update(dict.fromkeys(_own_name(field, parameter, entry["prefix"]) for field in fields))
        return list(names)

    def _fillable(self, operation: Data) -> Iterator[dict[str, Any]]:
        """Every entry from which placeholders of an operation's policies come: of the record, trust, and containers."""
        containers = [self.resolved("containers", name) for name in sorted(self._data.get("containers", ()))]
        for grantee in _grantees(operation):
            groups = [grantee, *grantee["addons"]]
            for group in groups:
                yield from group["entries"]
            for name in (name for group in groups for name in group["trust"]):
                yield self.resolved("trust", name)["entry"]
            for container in containers:
                if grantee["id"] in container["roles"]:
                    for read in container["reads"]:
                        yield from read["entries"]


class Compiled(Resolver):
    """Resolves records of a catalog whose shared parts are resolved."""

    def resolved(self, part: str, name: str) -> dict[str, Any]:
        """An item of a part, as it is."""
        known: dict[str, Any] = self._data[part][name]
        return known


def _taken(item: Data, needed: Names, lists: Names = (), texts: Names = ()) -> dict[str, Any]:
    """Parts of an item under their own names: those that it has, and lists and texts that it may lack."""
    taken = {name: item[name] for name in needed}
    return {**taken, **{name: item.get(name, []) for name in lists}, **{name: item.get(name, "") for name in texts}}


def _grantees(item: Data) -> list[Data]:
    caller = item.get("caller")
    return [*item.get("roles", ()), *([] if caller is None else [caller])]


def _own_name(field: str, parameter: str, prefix: str) -> str:
    """What the placeholder for a field of a parameter's value is called."""
    if field in GLOBALS:
        return field
    return prefix + (parameter if field == "Value" else field)


def _form(kind: Data, item: Data) -> dict[str, Any]:
    """One way to write a value of a kind, with what it is scoped to."""
    shared, own = kind.get("scopes", {}), item.get("scopes", {})
    scopes = {
        name: {
            "resources": own.get(name, {}).get("Resource", shared.get(name, {}).get("Resource", [])),
            "condition": own.get(name, {}).get("Condition", {}),
        }
        for name in ({**shared, **own} if "no_permission" not in item and "wrong" not in item else ())
    }
    fields = re.findall(_FIELD, item["pattern"])
    scoped = " ".join(text for scope in scopes.values() for text in scope["resources"])
    named = {*fields, *re.findall(_PLACEHOLDER, scoped)}
    return {
        **_taken(item, ("id", "title", "pattern", "examples"), (), ("elsewhere", "warning")),
        "fields": fields,
        "own": [name for name in fields if name not in GLOBALS and name in kind["fields"]],
        # Its fields, and those that only its scopes name.
        "named": [name for name in kind["fields"] if name in named],
        "no_permission": item.get("no_permission", item.get("wrong", "")),
        "is_wrong": "wrong" in item,
        "scopes": scopes,
    }


def reader(engine: str, item: Data) -> dict[str, Any]:
    """An engine that reads logs, as the record of an operation whose caller is who runs it in an account."""
    about = {"operation": engine, "service": "", "summary": item["title"], "documentation": ""}
    return {**about, "caller": item}


def call(item: Data) -> dict[str, Any]:
    """What follows from AWS's data for an operation, as the record of one that takes no role."""
    members = {one["name"]: one["member"] for one in item["placeholders"]}
    statements: list[Any] = []
    addons: list[Any] = []
    for one in item["statements"]:
        given = one["statement"]
        names = dict.fromkeys(name for name in re.findall(_PLACEHOLDER, " ".join(given["Resource"])) if name in members)
        kind = CALLED[given["Resource"] != [f"${{{next(iter(names), '')}}}"]]
        several = ", ".join(f"{name}: {members[name]}" for name in names)
        statement = {
            **{key: given[key] for key in ("Sid", "Action", "Resource", "Condition") if key in given},
            **{key: one[key] for key in _REASON},
            "from": [] if not names else [f"{{{several}}}" if len(names) > 1 else members[next(iter(names))]],
            "parameters": dict.fromkeys(names, kind),
        }
        if "named" in one:
            del statement["Resource"]
            statement |= one["named"]
        if one["when"]:
            title = one["addon"].replace("-", " ").capitalize()
            addons.append({"id": one["addon"], "title": title, "when": one["when"], "statements": [statement]})
        else:
            statements.append(statement)
    about = {"operation": item["operation"], "service": item["service"], "summary": "", "documentation": ""}
    own = {"statements": statements, "addons": addons}
    return {**about, "caller": {part: [*some, *item["caller"].get(part, ())] for part, some in own.items()}}


def reached(types: Data, *shapes: str) -> dict[str, Any]:
    """Some shapes of requests, with all that are in them, by name."""
    found: dict[str, Any] = {}
    left = [*reversed(shapes)]
    while left:
        name = left.pop()
        if name in types and name not in found:
            found[name] = shape = types[name]
            left += [shape.get("value"), shape.get("member"), *reversed(shape.get("members", {}).values())]
    return found


def handled_by(records: Data) -> dict[str, list[str]]:
    """Operations whose requests decide over add-ons of others, to these others."""
    handled: dict[str, dict[str, None]] = {}
    for host in sorted(records):
        for grantee in _grantees(records[host]):
            for addon in grantee.get("addons", ()):
                if "request" in addon:
                    handled.setdefault(addon["request"], {})[host] = None
    return {name: list(hosts) for name, hosts in handled.items()}


def passed(data: Data) -> dict[str, Any]:
    """Operations that a role is passed to: the action, and the services that can assume the role."""
    operations = {}
    for name, record in sorted(data["operations"].items()):
        roles = [role for role in record.get("roles", ()) if not role.get("not_passed")]
        trusts = [data["trust"][one] for role in roles for one in role["trust"]]
        if services := {service for one in trusts for service in one["Principal"].get("Service", ())}:
            operations[name] = {"action": action_of(data.get("apis", {}), record), "services": sorted(services)}
    return operations

"""What follows from a request without the engine: JMESPaths of records as tables that expressions of Terraform read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path as Folder
from typing import Any

from sagemaker_roles.catalog import Catalog
from sagemaker_roles.catalog.model import AddOn, Entry, Grantee
from sagemaker_roles.engine.expressions import expression
from sagemaker_roles.outputs.terraform import re2

#: A test: text of a path, how it is compared, and whether it must not be so. Tests of a list count together, and one
#: list is enough.
Test = dict[str, Any]
Cases = list[list[Test]]
Path = tuple[Mapping[str, Any], ...]

#: How many members a path has at most, and how many one in a filter.
DEPTH, INNER = 9, 3

#: Members that every test has, since Terraform also looks at those that do not decide.
_NO: Test = {"text": "", "of": "", "accepted": []}


class Left(ValueError):
    """Raised for what only the engine reads."""


class Table:
    """What a request says of a role, for ``request.json`` of the module."""

    def __init__(
        self, catalog: Catalog, role: Grantee, statements: Mapping[str, Sequence[str]], names: Iterable[str]
    ) -> None:
        self._catalog = catalog
        self._names = {*names}
        self._paths: dict[str, int] = {}
        self._steps: list[Path] = []
        self.addons: dict[str, Cases] = {}
        self.left: list[str] = []
        for addon in role.addons:
            try:
                if not addon.usage:
                    self.addons[addon.id] = self._needed(addon)
            except Left:
                self.left.append(addon.id)
        used = [*role.entries, *(entry for one in role.addons if one.id in self.addons for entry in one.entries)]
        self.values = [value for entry in used for value in self._values(entry)]
        self.statements: dict[str, list[int]] = {}
        for sid, members in statements.items():
            try:
                self.statements[sid] = [
                    number for text in members for number in self._all(paths(expression(text).parsed))
                ]
            except Left:
                self.statements[sid] = []

    def to_json(self) -> dict[str, Any]:
        """The table."""
        return {
            "paths": [list(one) for one in self._steps],
            "addons": {
                name: [[_NO | test for test in tests] for tests in every] for name, every in self.addons.items()
            },
            "left": self.left,
            "statements": {sid: numbers for sid, numbers in self.statements.items() if numbers},
            "values": self.values,
            "placeholders": {name: f"${{{name}}}" for name in sorted(self._names)},
        }

    def _all(self, found: Iterable[Path]) -> list[int]:
        numbers = []
        for one in found:
            if len(one) > DEPTH:
                raise Left
            number = self._paths.setdefault(str(one), len(self._paths))
            if number == len(self._steps):
                self._steps.append(one)
            numbers.append(number)
        return numbers

    def _needed(self, addon: AddOn) -> Cases:
        """When a request calls for an add-on: its own condition, or a value of a form that its entries are for."""
        if addon.when:
            return [[self._numbered(test) for test in tests] for tests in cases(expression(addon.when).parsed)]
        found: Cases = []
        for entry in addon.entries:
            for free in entry.free:
                kind = self._catalog.kind(free["kind"])
                accepted = [n for n, form in enumerate(kind.forms) if form.id in entry.accepted[free["name"]]]
                # A value of no form stands for one that is not known, of the form that placeholders have.
                accepted += [-1] if kind.default in entry.accepted[free["name"]] else []
                for number in self._members(entry, free["name"]):
                    found.append([{"path": number, "kind": "form", "of": kind.id, "accepted": accepted, "not": False}])
        if not found:
            raise Left
        return found

    def _numbered(self, test: Test) -> Test:
        (number,) = self._all([test["path"]])
        return {**test, "path": number}

    def _members(self, entry: Entry, parameter: str) -> list[int]:
        return [
            number
            for text in entry.members
            for number in self._all(paths(expression(text).parsed, () if len(entry.parameters) < 2 else (parameter,)))
        ]

    def _values(self, entry: Entry) -> Iterable[Mapping[str, Any]]:
        for free in entry.free:
            kind = self._catalog.kind(free["kind"])
            form = next((n for n, one in enumerate(kind.forms) if one.id == free["form"]), None)
            names = {group: text[2:-1] for group, text in free["fields"].items() if text[2:-1] in self._names}
            try:
                numbers = self._members(entry, free["name"])
            except Left:
                continue
            if form is not None and names:
                for number in numbers:
                    yield {"path": number, "kind": kind.id, "form": form, "names": names}


def patterns(catalog: Catalog) -> dict[str, list[str]]:
    """Kinds of values to the patterns of their forms, in order, as RE2 has them."""
    return {name: [re2(form.pattern) for form in catalog.kind(name).forms] for name in catalog.data["resources"]}


def paths(node: Mapping[str, Any], parameter: tuple[str, ...] = (), base: tuple[Path, ...] = ((),)) -> tuple[Path, ...]:
    """The paths of an expression that gives members; of several named together, those of a parameter."""
    kind, inner = node["type"], node["children"]
    if kind in ("identity", "current"):
        return base
    if kind == "field":
        return tuple((*one, {"key": node["value"], "where": []}) for one in base)
    if kind == "flatten":
        return paths(inner[0], parameter, base)
    if kind in ("subexpression", "projection", "index_expression", "pipe"):
        for one in inner:
            base = paths(one, parameter, base)
        return base
    if kind == "multi_select_list":
        return tuple(path for one in inner for path in paths(one, parameter, base))
    if kind == "multi_select_dict" and parameter:
        return tuple(path for one in inner if one["value"] in parameter for path in paths(one["children"][0], (), base))
    if kind == "or_expression" and inner[1] == {"type": "literal", "value": "", "children": []}:
        return paths(inner[0], parameter, base)
    if kind == "filter_projection":
        where = [[_inside(test) for test in tests] for tests in cases(inner[2])]
        found = paths(inner[0], parameter, base)
        if any(not one or one[-1]["where"] for one in found):
            raise Left
        return paths(inner[1], parameter, tuple((*one[:-1], {**one[-1], "where": where}) for one in found))
    raise Left


def _inside(test: Test) -> Test:
    """A test of a filter, which reads members of the element by their names alone."""
    if len(test["path"]) > INNER or any(step["where"] for step in test["path"]):
        raise Left
    return {**_NO, **test, "path": [step["key"] for step in test["path"]]}


def cases(node: Mapping[str, Any]) -> Cases:
    """An expression that is a condition."""
    kind, inner = node["type"], node["children"]
    if kind == "or_expression" and inner[1]["type"] != "literal":
        return [*cases(inner[0]), *cases(inner[1])]
    if kind == "and_expression":
        return [[*one, *other] for one in cases(inner[0]) for other in cases(inner[1])]
    if kind == "not_expression":
        return _negated(cases(inner[0]))
    if kind == "comparator" and node["value"] in ("eq", "ne") and inner[1]["type"] == "literal":
        value = inner[1]["value"]
        if value is None or value == "":
            raise Left
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return [[{"path": _one(inner[0]), "kind": "is", "text": text, "not": node["value"] == "ne"}]]
    if kind == "function_expression" and node["value"] == "contains" and inner[1]["type"] == "literal":
        return [[{"path": _one(inner[0]), "kind": "has", "text": inner[1]["value"], "not": False}]]
    if kind == "filter_projection" and inner[1]["type"] == "identity":
        tests = cases(inner[2])
        if all(len(one) == 1 and one[0]["kind"] == "set" and not one[0]["not"] for one in tests):
            return [
                [{**test, "path": (*path, *test["path"])}] for (test,) in tests for path in paths(inner[0], (), ((),))
            ]
    # A list is true if it has elements, whatever they are.
    wanted = "some" if re.search("projection|flatten|multi_select", str(node)) else "set"
    return [[{"path": path, "kind": wanted, "not": False}] for path in paths(node)]


def _negated(found: Cases) -> Cases:
    if any(len(tests) != 1 for tests in found):
        raise Left
    return [[{**test, "not": not test["not"]} for (test,) in found]]


def _one(node: Mapping[str, Any]) -> Path:
    found = paths(node)
    if len(found) != 1:
        raise Left
    return found[0]


# --- the expressions that read a table -------------------------------------------------------------------------------


def followed(templates: Folder) -> str:
    """Locals that follow the paths of a table, a member each; Terraform has no recursion.

    Terraform evaluates a condition once with unknown values even where nothing is to be gone over, and both sides of
    &&.
    """
    members = ["node" + "".join(f"[test.path[{n}]]" for n in range(depth)) for depth in range(INNER + 1)]
    inner = [f"tostring({one})" for one in reversed(members)]
    for number, one in enumerate(members[1:]):
        inner.append("[" + '"", ' * number + f"jsonencode({one})][length(test.path) - 1]")
    request, step = ((templates / name).read_text("ascii") for name in ("request.tf", "step.tf"))
    step = step.rstrip("\n").replace("@INNER@", ", ".join(inner))
    steps = (step.replace("@N@", str(n)).replace("@BEFORE@", str(n - 1)) for n in range(1, DEPTH + 1))
    return request.replace("@STEPS@", "\n\n".join(steps)).replace("@DEPTH@", str(DEPTH))

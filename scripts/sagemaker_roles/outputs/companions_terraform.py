"""Writes companions as Terraform data sources: statements to merge into the policies that are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..catalog import Catalog
from ..engine.documents import Companion, ComposedStatement
from .forms import labels, own_names
from .terraform import GLOBAL_DATA, declared, string, variable


def text(_: Catalog, companions: Iterable[Companion], meanings: Mapping[str, str]) -> str:
    """One ``aws_iam_policy_document`` a companion; what needs no policy is a comment."""
    some = list(companions)
    written = [one for one in some if one.document.statements]
    names = sorted({name for one in written for name in one.document.placeholders()})
    own = own_names(names)
    variables = dict(zip(own, labels(own, variable), strict=True))
    blocks = [f'data "{source}" "current" {{}}' for name, (source, _) in GLOBAL_DATA.items() if name in names]
    blocks += [declared(variables[name], meanings.get(name, "")) for name in own]
    stems = iter(labels([one.kind for one in written], lambda kind: kind.replace("-", "_")))
    for one in some:
        comment = [f"{one.kind} of {one.resource} (needed: {one.needed})", one.why, *one.notes]
        lines = [f"# {' '.join(line.split())}" for line in comment]
        if one.document.statements:
            stem = next(stems)
            lines.append(f"# Merge it: source_policy_documents = [data.aws_iam_policy_document.{stem}.json]")
            lines.append(f'data "aws_iam_policy_document" "{stem}" {{')
            lines.append("\n\n".join("\n".join(_statement(item, variables)) for item in one.document.statements))
            lines.append("}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _statement(statement: ComposedStatement, variables: Mapping[str, str]) -> list[str]:
    lines = ["  statement {", f"    sid     = {string(statement.sid)}", f"    effect  = {string(statement.effect)}"]
    lines.append(f"    actions = {_list(statement.actions, variables)}")
    if statement.resources:
        lines.append(f"    resources = {_list(statement.resources, variables)}")
    for kind, values in statement.principal.items():
        lines += ["", "    principals {", f"      type        = {string(kind)}"]
        lines += [f"      identifiers = {_list(values, variables)}", "    }"]
    for operator, keys in sorted(statement.condition.items()):
        for key, values in sorted(keys.items()):
            lines += ["", "    condition {", f"      test     = {string(operator)}", f"      variable = {string(key)}"]
            lines += [f"      values   = {_list(values, variables)}", "    }"]
    return [*lines, "  }"]


def _list(values: Sequence[str], variables: Mapping[str, str]) -> str:
    return "[" + ", ".join(string(value, variables) for value in values) + "]"

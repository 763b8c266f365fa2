"""Write Terraform configuration (HCL) with roles, their policies and the callers' policies; and companions."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from ..canonical import quoted
from ..catalog import Catalog
from ..engine.documents import Companion, ComposedStatement
from ..errors import Unwritable
from .forms import (
    ANY_VALUE,
    WIDENING,
    Role,
    created_roles,
    labels,
    list_placeholder,
    meaning_of,
    named_in,
    own_names,
    pattern_of,
    pieces,
    placeholders_in,
)

GLOBAL_DATA = {
    "Partition": ("aws_partition", "partition"),
    "Region": ("aws_region", "id"),
    "Account": ("aws_caller_identity", "account_id"),
}

#: What the addresses of roles begin with.
_ROLE = "aws_iam_role."

#: Names that Terraform keeps for itself where variables of a module are set.
_RESERVED = frozenset({"count", "depends_on", "for_each", "lifecycle", "locals", "providers", "source", "version"})


def text(*roles: Role) -> str:
    """The configuration: placeholders are variables; partition, Region and account come from the provider."""
    lists = {name for role in roles for name in role.lists}
    variables, blocks = _opened(
        placeholders_in(roles), lambda name: (meaning_of(roles, name), pattern_of(roles, name)), lists
    )
    several = [variable(role.logical) if role.logical else _stem(role.name) for role in roles]
    stems = several if len(roles) == 1 else labels(several, str)
    addresses = {role.name: f"aws_iam_role.{stem}" for role, stem in zip(roles, stems, strict=True)}
    if len(roles) == 1 and not roles[0].logical:
        stems, addresses = [""], {roles[0].name: "aws_iam_role.this"}
    variables |= {name: addresses[role.name] for name, role in created_roles(roles).items()}
    for role, stem in zip(roles, stems, strict=True):
        blocks += _blocks(role, stem, variables)
    return "\n\n".join(blocks) + "\n"


def _opened(
    names: Sequence[str], about: Callable[[str], tuple[str, str]], lists: Collection[str] = ()
) -> tuple[dict[str, str], list[str]]:
    """The variables for placeholders, and the blocks that declare them and what the provider tells."""
    own = own_names(names)
    variables = dict(zip(own, labels(own, variable), strict=True))
    blocks = [f'data "{source}" "current" {{}}' for name, (source, _) in GLOBAL_DATA.items() if name in names]
    return variables, blocks + [declared(variables[name], *about(name), name in lists) for name in own]


def declared(variable: str, meaning: str, pattern: str, is_list: bool = False) -> str:
    """A variable of the module, described by what it stands for, that takes no value that widens a policy."""
    one = "element" if is_list else f"var.{variable}"
    condition = f'can(regex({string(re2(pattern or ANY_VALUE))}, {one})) && !can(regex("[{WIDENING}]", {one}))'
    if is_list:
        condition = f"alltrue([for element in var.{variable} : {condition}])"
    message = "Give a value of the form that the description shows, without *, ?, or $."
    lines = [f"  type        = {'list(string)' if is_list else 'string'}"]
    if meaning:
        lines.append(f"  description = {string(meaning)}")
    lines += ["", "  validation {", f"    condition     = {condition}", f'    error_message = "{message}"', "  }"]
    return "\n".join([f'variable "{variable}" {{', *lines, "}"])


_PARTS = re.compile(r"\\.|\[(?:\\.|[^\]])*\]|\(\?<(?=[A-Za-z])|\((?!\?)|\{(\d+),\d+\}")


def re2(pattern: str) -> str:
    """A pattern of the data for a whole text, as Terraform reads it.

    RE2 repeats at most 1,000 times, also counting repeats in repeats, so that texts can be longer here. Terraform takes
    either named groups or others.
    """

    def part(found: re.Match[str]) -> str:
        if found[1] is not None:
            return {"0": "*", "1": "+"}.get(found[1], f"{{{found[1]},}}")
        return {"(": "(?:", "(?<": "(?P<"}.get(found[0], found[0])

    return f"^(?:{_PARTS.sub(part, pattern)})$"


def _stem(name: str) -> str:
    text = re.sub("[^a-z0-9]+", "_", name.lower())
    return text if text[:1].isalpha() else f"role_{text}"


def _blocks(role: Role, stem: str, variables: Mapping[str, str]) -> Iterator[str]:
    """The blocks of one role; the names of its resources begin with a stem where there are several roles."""
    this, prefix = stem or "this", f"{stem}_" if stem else ""
    policies, caller = role.policies or (), role.caller or ()

    def document(policy: Mapping[str, Any]) -> str:
        return f"jsonencode({_value(policy, 1, variables, role.lists)})"

    def managed(label: str, name: str, policy: Mapping[str, Any]) -> str:
        return _resource("aws_iam_policy", label, name=string(name), policy=document(policy))

    if role.trust is not None:
        path = {"path": string(role.path)} if role.path != "/" else {}
        trust = document(role.trust)
        yield _resource("aws_iam_role", this, name=string(role.name), **path, assume_role_policy=trust)
    if len(policies) == 1:
        whose = {"name": '"permissions"', "role": f"aws_iam_role.{this}.id"}
        yield _resource("aws_iam_role_policy", f"{prefix}permissions", **whose, policy=document(policies[0]))
    for number, policy in enumerate(policies if len(policies) > 1 else (), 1):
        label = f"{prefix}permissions_{number}"
        yield managed(label, f"{role.name}-{number}", policy)
        pair = {"role": f"aws_iam_role.{this}.name", "policy_arn": f"aws_iam_policy.{label}.arn"}
        yield _resource("aws_iam_role_policy_attachment", label, **pair)
    for number, policy in enumerate(caller, 1):
        own = str(number) if len(caller) > 1 else ""
        yield managed(f"{prefix}caller{own and '_'}{own}", f"{role.name}-caller{own and '-'}{own}", policy)


def _resource(kind: str, label: str, **arguments: str) -> str:
    width = max(map(len, arguments))
    lines = [f"  {name:{width}} = {value}" for name, value in arguments.items()]
    return "\n".join([f'resource "{kind}" "{label}" {{', *lines, "}"])


def variable(name: str) -> str:
    """A placeholder's name as Terraform writes variables: ``InputS3Bucket`` is ``input_s3_bucket``."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)).lower()
    return f"{text}_value" if text in _RESERVED else text


def _value(value: Any, depth: int, variables: Mapping[str, str], lists: Collection[str]) -> str:
    """A JSON value as an HCL expression; the texts of a list that have a list's placeholder once for each element."""
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, Mapping):
        lines = [
            f"{inner}{string(key, variables)} = {_value(item, depth + 1, variables, lists)}"
            for key, item in value.items()
        ]
        return "{\n" + "\n".join(lines) + f"\n{outer}}}" if lines else "{}"
    if isinstance(value, (list, tuple)):
        repeated = [(text, name) for text in value if isinstance(text, str) and (name := list_placeholder(text, lists))]
        if repeated:
            plain = [item for item in value if item not in [text for text, _ in repeated]]
            parts = [_value(plain, depth + 1, variables, ())] if plain else []
            parts += [_each(text, name, variables) for text, name in repeated]
            return parts[0] if len(parts) == 1 else "concat(\n" + "".join(f"{inner}{p},\n" for p in parts) + f"{outer})"
        items = [_value(item, depth + 1, variables, lists) for item in value]
        if len(items) == 1 and "\n" not in items[0]:
            return f"[{items[0]}]"
        return "[\n" + "".join(f"{inner}{item},\n" for item in items) + f"{outer}]" if items else "[]"
    if isinstance(value, str):
        if list_placeholder(value, lists):
            raise Unwritable(f"{quoted(value)} is alone, but has an element of a list; write JSON")
        return string(value, variables)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _each(text: str, name: str, variables: Mapping[str, str]) -> str:
    """A list with a text for each element of a list."""
    return f"[for element in var.{variables[name]} : {string(text, variables, name)}]"


#: What opens a template: the last sign of a run is doubled, and the others are written as templates of their own.
_OPENING = re.compile(r"([$%])\1*\{")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def string(value: str, variables: Mapping[str, str] | None = None, each: str = "") -> str:
    """A text as an HCL string; its placeholders become references to variables if these are given.

    Args:
        variables: placeholder to variable, or to the address of the role that is created and has that name.
        each: the placeholder of a list, whose element is called ``element``.
    """
    role = (variables or {}).get(named_in(value), "")
    if role.startswith(_ROLE):
        return f"{role}.arn"
    out = ""
    for kind, part in pieces(value):
        if kind == "name" and variables is not None:
            source = GLOBAL_DATA.get(part)
            # "$" before a reference would make it plain text.
            bare = out.rstrip("$")
            out = bare + '${"$"}' * (len(out) - len(bare))
            own = (
                f"{variables[part]}.name" if variables.get(part, "").startswith(_ROLE) else f"var.{variables.get(part)}"
            )
            known = f"data.{source[0]}.current.{source[1]}" if source else own
            out += "${" + ("element" if part == each else known) + "}"
        else:
            out += _escaped(part if kind == "text" else "${" + part + "}")
    return f'"{out}"'


def _escaped(text: str) -> str:
    out = ""
    for character in text:
        code = ord(character)
        if character in _ESCAPES:
            out += _ESCAPES[character]
        elif code < 0x20 or 0x7F <= code <= 0xFFFF:
            out += f"\\u{code:04x}"
        else:
            out += character if code < 0x7F else f"\\U{code:08x}"
    return _OPENING.sub(lambda run: f'${{"{run[1]}"}}' * (len(run[0]) - 2) + run[1] * 2 + "{", out)


# --- companions --------------------------------------------------------------------------------------------------


def companions(_: Catalog, some: Sequence[Companion], meanings: Mapping[str, str], patterns: Mapping[str, str]) -> str:
    """Companions as data sources: statements to merge into the policies that are there, which a comment says how.

    One ``aws_iam_policy_document`` a companion; what needs no policy is a comment.
    """
    written = [one for one in some if one.document.statements]
    names = sorted({name for one in written for name in one.document.placeholders()})
    variables, blocks = _opened(names, lambda name: (meanings.get(name, ""), patterns.get(name, "")))
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

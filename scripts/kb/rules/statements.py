"""Statements and AWS's data: actions, resource types, conditions, wildcards, and what is granted for the same thing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog import Condition, Data, Entry, Grantee, Statement
from sagemaker_roles.errors.problems import Position, Problem
from sagemaker_roles.iam.arn_parts import has_wildcard

from ..aws.reference import GLOBAL_KEYS, Action, ConditionKey, Reference, key_applies
from .context import Context, at, condition_values, key_problem, problem, rule
from .example_arns import NamedArn, fitting, named, names_all, resource_types, service_formats


@rule
def action_exists(context: Context) -> Iterator[Problem]:
    """Every action that a file names exists in the Service Authorization Reference."""
    for position, part, name in context.references:
        if part == "actions" and not context.reference.action(name) and not context.excepted("action-exists", name):
            yield Problem(position, "", _message(context.reference, name))


def _message(reference: Reference, action: str) -> str:
    nearest = reference.nearest_action(action)
    hint = f"; did you mean {quoted(nearest)}?" if nearest else ""
    prefix, _, name = action.partition(":")
    if reference.is_operation(prefix, name):
        return f"there is no action {quoted(action)}: {name} is an API operation, but has no action of its name"
    return f"there is no action {quoted(action)}{hint}"


@rule
def resource_fits(context: Context) -> Iterator[Problem]:
    """Every resource of a statement is one of every action beside it, in the format AWS gives for it.

    The subjects of exceptions are the action and the template, as ``s3:GetObject arn:${Partition}:s3:::${Bucket}``.
    """
    for entry in context.authored:
        if not entry.data.get("accepts", {}).keys() <= entry.parameters.keys():
            continue  # which forms it accepts is not known (another rule reports that)
        for statement in entry.statements:
            for misfit in _misfits(context, entry, statement):
                yield problem(misfit.message(context.reference), statement.data, *misfit.name.place)
    for entry in context.uses:
        # The set itself was looked at above: what a use changes are the constants and the forms.
        if entry.constants or "accepts" in entry.data:
            yield from _use(context, entry)
    yield from _condition_values(context)


def _use(context: Context, entry: Entry) -> Iterator[Problem]:
    shared = next((item for item in context.authored if item.use == entry.use), None)
    for statement in entry.statements:
        known = {misfit.name.place for misfit in _misfits(context, shared, statement)} if shared else set()
        for misfit in _misfits(context, entry, statement):
            if misfit.name.place not in known:
                message = f"in {statement.sid}: {misfit.message(context.reference)}"
                yield problem(message, entry.data, "with" if entry.constants else "accepts")


@dataclass(frozen=True, slots=True)
class _Misfit:
    """A resource and the actions it is none of, which all have the same resource types."""

    name: NamedArn
    actions: tuple[Action, ...]

    def message(self, reference: Reference) -> str:
        actions = ", ".join(action.name for action in self.actions)
        subject = f"{self.name.template} is not a resource of {actions}"
        if self.name.form:
            subject = (
                f"gives {self.name.template} for a value in the form {self.name.form}, "
                f"which is not a resource of {actions}"
            )
        formats = {item.arn: item.name for item in resource_types(reference, self.actions[0])}
        if not formats:
            return f'{subject}: no resource type exists for it; give it "*" in a statement of its own'
        close = difflib.get_close_matches(self.name.template, formats, 2, 0)
        right = " or ".join(f"{arn} ({formats[arn]})" for arn in close)
        more = f", or {len(formats) - 2} other resource types" if len(formats) > 2 else ""
        return f"{subject}; right would be {right}{more}"


def _misfits(context: Context, entry: Entry, statement: Statement) -> Iterator[_Misfit]:
    """What a statement names wrongly, each template of each form once."""
    actions = [action for action in map(context.reference.action, statement.actions) if action is not None]
    reported: set[tuple[str, str]] = set()
    for name in named(context, entry, statement):
        if name.arn == "*" or (name.template, name.form) in reported:
            continue
        wrong = [
            action
            for action in actions
            if not fitting(context.reference, action.name, name.arn)
            and not context.excepted("resource-fits", f"{action.name} {name.template}")
        ]
        groups: dict[tuple[str, ...], list[Action]] = {}
        for action in wrong:
            groups.setdefault(tuple(action.resource_types), []).append(action)
            reported.add((name.template, name.form))
        for group in groups.values():
            yield _Misfit(name, tuple(group))


def _condition_values(context: Context) -> Iterator[Problem]:
    """Looks at the ARNs in conditions: such a resource must exist in some service."""
    for data, inside, condition in context.conditions():
        for value, place in condition_values(condition):
            if "Arn" in place[0] and (wrong := service_formats(context.reference, value)):
                yield problem(f"{value} {wrong}", data, *inside, *place)


@rule
def required_types(context: Context) -> Iterator[Problem]:
    """An action is allowed on every resource type that each of its requests names.

    The subjects of exceptions are an action, an action and a type, as ``sagemaker:CreateTrial experiment``, and
    ``Operation/role/action``.
    """
    seen: set[tuple[Position, str]] = set()
    for operation, grantee in context.grantees():
        for place, action, lacking in _lacking(context, grantee):
            if (key := (at(place.data), action)) in seen:
                continue  # a twin takes it over
            seen.add(key)
            types = [name for name in lacking if not context.excepted("required-types", f"{action} {name}")]
            whole = (action, f"{operation.name}/{grantee.id}/{action}")
            if types and not any(context.excepted("required-types", subject) for subject in whole):
                message = f"{action} requires the resource types {', '.join(types)} too; add their ARNs"
                yield problem(message, place.data, "use" if place.use else "Action", follows=[action])


def _lacking(context: Context, grantee: Grantee) -> Iterator[tuple[Entry, str, list[str]]]:
    """Each action of a grantee with the types that it lacks, and the first entry that has it."""
    first: dict[str, Entry] = {}
    arns: dict[str, set[str]] = {}
    for _, entry in grantee.all_entries():
        for statement in entry.statements:
            here = {name.arn for name in named(context, entry, statement)}
            for action in statement.actions:
                first.setdefault(action, entry)
                arns.setdefault(action, set()).update(here)
    for name, entry in first.items():
        known = context.reference.action(name)
        if known is None or not known.required or not arns[name] or "*" in arns[name]:
            continue
        has = {item.name for item in fitting(context.reference, known.name, *arns[name])}
        if lacking := sorted(known.required - has):
            yield entry, name, lacking


@rule
def wildcards(context: Context) -> Iterator[Problem]:
    """What names every resource of a type has a reason: an action without resource types, a condition, or `unscoped`.

    A bare "*" needs ``unscoped`` unless no action beside it has a resource type. An ARN that names every resource of
    its type needs ``unscoped`` or a condition. A wildcard inside a name needs nothing.
    """
    for entry in context.authored:
        for statement in entry.statements:
            yield from _unlimited(context, entry, statement)
    for entry in context.uses:
        for name, value in entry.constants.items():
            if has_wildcard(value) and "notes" not in entry.data and "why" not in entry.data:
                message = f"{value} has a wildcard: say in `notes` or `why` what makes it necessary"
                yield problem(message, entry.data, "with", name)


def _unlimited(context: Context, entry: Entry, statement: Statement) -> Iterator[Problem]:
    actions = [item for item in map(context.reference.action, statement.actions) if item is not None]
    typed = [item for item in actions if item.resource_types]
    names = list(named(context, entry, statement))
    wide = [
        name
        for name in names
        if name.template != "*"
        and not (statement.condition or name.condition)
        and any(names_all(name.template, fitting(context.reference, item.name, name.arn)) for item in typed)
    ]
    is_star = "*" in statement.resources
    if is_star and len(statement.resources) > 1:
        yield problem('"*" covers the other resources; take one or the others out', statement.data, "Resource")
    if not statement.unscoped:
        if is_star and typed:
            yield _star(context, statement, actions, typed[0])
        for name in wide:
            message = (
                f"{name.template} names every such resource; narrow it, add a Condition, "
                "or say in `unscoped` why it cannot be narrower"
            )
            yield problem(message, statement.data, *name.place)
    elif not wide and not (is_star and typed):
        yield from _without_need(context, entry, statement, names)


def _star(context: Context, statement: Statement, actions: Sequence[Action], typed: Action) -> Problem:
    formats = resource_types(context.reference, typed)
    untyped = [item.name for item in actions if not item.resource_types]
    apart = f", which belongs apart from {', '.join(untyped)}," if untyped else ""
    message = (
        f'"*" though {typed.name}{apart} can be limited to {formats[0].arn if formats else "an ARN"}; '
        "write the Resource so, or say in `unscoped` why not"
    )
    return problem(message, statement.data, "Resource", statement.resources.index("*"))


def _without_need(context: Context, entry: Entry, statement: Statement, names: Sequence[NamedArn]) -> Iterator[Problem]:
    """A problem for a reason where nothing asks for one; a kind that is not known might."""
    if any(kind != "constant" and context.kind(kind) is None for kind in entry.parameters.values()):
        return
    if any(name.template != "*" and has_wildcard(name.template) for name in names):
        return
    message = "nothing here is wider than the actions allow; take `unscoped` out"
    if "*" in statement.resources:
        message = f'{", ".join(statement.actions)}: no resource type exists, so "*" needs no reason'
    yield key_problem(message, statement.data, "unscoped")


@rule
def same_grants(context: Context) -> Iterator[Problem]:
    """What is granted for the same thing is granted alike: no "*" beside ARNs, no two conditions of one name.

    The subjects of exceptions are the action, and the Sid.
    """
    limited: dict[str, str] = {}
    wide: dict[str, list[Statement]] = {}
    keys_of: dict[tuple[str, tuple[str, ...]], frozenset[str]] = {}
    for entry in context.authored:
        for statement in entry.statements:
            arns = {name.arn for name in named(context, entry, statement)}
            for action in _typed(context, statement):
                if "*" in arns and statement.unscoped:
                    wide.setdefault(action, []).append(statement)
                elif "*" not in arns and arns:
                    limited.setdefault(action, statement.sid)
            keys = frozenset(key for pairs in statement.condition.values() for key in pairs)
            known = keys if entry.use else keys_of.setdefault((statement.sid, statement.actions), keys)
            if known != keys and not context.excepted("same-grants", statement.sid):
                message = (
                    f"{statement.sid} has other condition keys for the same actions elsewhere; "
                    "make them equal, or give it another Sid"
                )
                yield problem(message, statement.data, "Sid", follows=statement.actions)
    for action, statements in sorted(wide.items()):
        if action in limited and not context.excepted("same-grants", action):
            message = f'{action} is on "*" here and has ARNs in {limited[action]}; limit it too'
            for statement in statements:
                yield problem(message, statement.data, "Resource", follows=[action])


def _typed(context: Context, statement: Statement) -> Iterator[str]:
    """The actions of a statement that have resource types."""
    for action in map(context.reference.action, statement.actions):
        if action is not None and action.resource_types:
            yield action.name


#: What IAM compares in a token of any provider (IAM User Guide, "Available keys for AWS OIDC federation").
_CLAIMS = ("aud", "sub")

_REPLACED = re.compile(r"[a-z][a-z0-9-]*:[A-Za-z][A-Za-z0-9/]*")


@rule
def condition_keys(context: Context) -> Iterator[Problem]:
    """Condition keys exist, are not deprecated, and go with every action and resource of their statement."""
    for data, inside, condition in context.conditions():
        for operator, keys in condition.items():
            for key in keys:
                if message := _of_provider(key, data) if key.startswith("${") else _known(context.reference, key):
                    yield key_problem(message, data, *inside, operator, key)
    for entry in context.authored:
        for statement in entry.statements:
            yield from _statement(context, entry, statement)
    for trust in context.trusts():
        claims = {key.rpartition(":")[2] for _, key in _required(trust.condition)}
        if "Federated" in trust.principal and (lacking := [name for name in _CLAIMS if name not in claims]):
            message = (
                f"without a condition on {' and '.join(lacking)}, tokens for others of the provider are enough; add it"
            )
            yield key_problem(message, trust.data, "Principal", "Federated")
        for name in trust.actions:
            action = context.reference.action(name)
            for operator, key in _required(trust.condition):
                if action and context.reference.condition_key(key) and not _of_action(action, key):
                    yield _absent(trust.data, operator, key, name, "")


def _of_provider(key: str, data: Data) -> str:
    """What is wrong with the key of a provider that a placeholder names, or ""."""
    provider, _, claim = key.partition("}:")
    if not any(text.endswith(f"/{provider}}}") for text in data.get("Principal", {}).get("Federated", ())):
        return f"{provider}}} is not a provider that the statement trusts; name it in Principal under Federated"
    return "" if claim in _CLAIMS else f"IAM does not compare {quoted(claim)}; name {' or '.join(_CLAIMS)}"


def _known(reference: Reference, key: str) -> str:
    """What is wrong with a key by itself, or ""."""
    definition = reference.condition_key(key)
    if definition is None:
        close = reference.nearest_condition_key(key)
        return f"there is no condition key {quoted(key)}" + (f"; did you mean {quoted(close)}?" if close else "")
    if definition.name.lower() == key.lower() and definition.name != key:
        return f"{key} is spelled {definition.name}"
    replacement = deprecated(definition)
    return f"{key} is deprecated; use {replacement}" if replacement else ""


def deprecated(key: ConditionKey) -> str:
    """What to use in place of a deprecated key, or "" for any other."""
    _, word, after = key.description.partition("eprecated")
    if not word:
        return ""
    names = [name for name in _REPLACED.findall(after) if name != key.name]
    return names[0] if names else "another key"


def _statement(context: Context, entry: Entry, statement: Statement) -> Iterator[Problem]:
    actions = [item for item in map(context.reference.action, statement.actions) if item is not None]
    reported: set[tuple[str, str]] = set()
    for name in named(context, entry, statement):
        for action in actions:
            for operator, key in _required(statement.condition):
                if (key, action.name) not in reported and not _applies(context.reference, action, key, name.arn):
                    reported.add((key, action.name))
                    yield _absent(statement.data, operator, key, action.name, name.template)
            for _, key in _required(name.condition):
                if (name.form + key, action.name) not in reported and not _applies(
                    context.reference, action, key, name.arn
                ):
                    reported.add((name.form + key, action.name))
                    message = f"a value in the form {name.form} adds {key}, which {action.name} does not know"
                    yield key_problem(message, statement.data, *name.place)


def _required(condition: Condition) -> Iterator[tuple[str, str]]:
    """The keys without which a condition is not met."""
    for operator, keys in condition.items():
        if not operator.endswith("IfExists"):
            for key in keys:
                yield operator, key


def _absent(data: Data, operator: str, key: str, action: str, resource: str) -> Problem:
    on = f" on {resource}" if resource and resource != "*" else ""
    message = f"{action} does not know {key}{on}, so the statement would never allow it; take it out of this statement"
    return key_problem(message, data, "Condition", operator, key)


def _of_action(action: Action, key: str) -> bool:
    return key.lower() in GLOBAL_KEYS or key_applies(tuple(GLOBAL_KEYS), key) or key_applies(action.condition_keys, key)


def _applies(reference: Reference, action: Action, key: str, arn: str) -> bool:
    """Whether requests of an action on a resource carry a key; what is unknown is reported elsewhere."""
    if reference.condition_key(key) is None or _of_action(action, key):
        return True
    types = fitting(reference, action.name, arn)
    if not types and resource_types(reference, action):
        return True
    # The action's own list for a type is the exact one; where it is empty, that of the type holds.
    return any(key_applies(action.resource_types[item.name] or item.condition_keys, key) for item in types)


#: Type of a key to the families of operators that compare it, the right one first. IAM compares the text of ARNs with
#: string operators too, but then a wildcard runs across the ARN's parts.
_FAMILIES = {
    "String": ("String",),
    "ARN": ("Arn",),
    "Bool": ("Bool",),
    "Numeric": ("Numeric",),
    "Date": ("Date", "Numeric"),
    "IPAddress": ("IpAddress",),
}
_VALUES = {
    "Bool": (re.compile("true|false"), "true or false"),
    "Null": (re.compile("true|false"), "true or false"),
    "Numeric": (re.compile(r"-?[0-9]+(\.[0-9]+)?"), "a number"),
}
#: Operators that compare whole texts, in which a wildcard is a character like others.
_WHOLE_TEXTS = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")


@rule
def condition_operators(context: Context) -> Iterator[Problem]:
    """Condition operators fit the type of their key and the values they compare it with."""
    for data, inside, condition in context.conditions():
        for operator, keys in condition.items():
            for key, values in keys.items():
                for message in _key(context.reference, condition, operator, key):
                    yield key_problem(message, data, *inside, operator, key)
                for index, value in enumerate(values):
                    if message := _value(operator, value):
                        yield problem(message, data, *inside, operator, key, index)


def _key(reference: Reference, condition: Condition, operator: str, key: str) -> Iterator[str]:
    known = reference.condition_key(key)
    quantifier, _, name = operator.rpartition(":")
    family = _family(name)
    if known is None or family == "Null":
        return
    several = known.type.startswith("ArrayOf")
    if several and not quantifier:
        yield f"{key} has several values: write ForAnyValue:{name} or ForAllValues:{name}"
    if quantifier and not several:
        yield f"{key} has one value: write {name} without {quantifier}"
    if quantifier == "ForAllValues" and "false" not in condition.get("Null", {}).get(key, ()):
        yield f'ForAllValues is also true of a request without {key}: add Null: {{"{key}": ["false"]}}'
    wanted = _FAMILIES.get(known.type.removeprefix("ArrayOf"), ())
    # A key that AWS calls text may well hold an ARN.
    arns = family == "Arn" and all(value.startswith(("arn:", "${")) for value in condition[operator][key])
    if wanted and family not in wanted and not (arns and "String" in wanted):
        right = name.replace(family, wanted[0], 1) if {family, wanted[0]} <= {"String", "Arn"} else wanted[0]
        yield f"{key} is of the type {known.type}: compare it by {right}, not by {name}"


def _family(name: str) -> str:
    name = name.removeprefix("Not")
    return next(
        family
        for family in ("String", "Arn", "Bool", "Numeric", "Date", "IpAddress", "Null")
        if name.startswith(family)
    )


def _value(operator: str, value: str) -> str:
    name = operator.rpartition(":")[2].removesuffix("IfExists")
    text = _PLACEHOLDER.sub("", value)
    if name in _WHOLE_TEXTS and has_wildcard(text):
        return f"{name} takes * and ? for themselves; write {name.split('Equals')[0]}Like"
    family = _family(name)
    if family in _VALUES and value == text and not _VALUES[family][0].fullmatch(value):
        return f"{name} compares with {_VALUES[family][1]}, not with {quoted(value)}"
    return ""

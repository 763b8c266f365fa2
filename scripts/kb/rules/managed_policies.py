"""AWS managed policies and other names of AWS's data that are accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagemaker_roles.canonical import quoted
from sagemaker_roles.catalog import Catalog, Grantee, Operation
from sagemaker_roles.catalog.entries import reached
from sagemaker_roles.engine.compose import Request, compose
from sagemaker_roles.engine.documents import ComposedStatement
from sagemaker_roles.errors.problems import Problem
from sagemaker_roles.iam.actions import KnownActions

from ..aws.reference import Reference
from .context import Context, at, nearest, problem, rule
from .policy_statements import rows, unexplained


@rule
def managed_policy_actions(context: Context) -> Iterator[Problem]:
    """Every action an AWS managed policy is said to grant exists, or is listed as gone."""
    for _, policy in sorted(context.catalog.managed_policies.items()):
        gone = policy.get("gone", {})
        needed: set[str] = set()
        for part in ("services", "notable"):
            for entry in policy.get(part, ()):
                for grant in entry["grants"]:
                    for index, action in enumerate(grant["Action"]):
                        if known(context.reference, action):
                            continue
                        needed.add(action)
                        if action not in gone:
                            nearest = context.reference.nearest_action(action)
                            hint = f"; did you mean {quoted(nearest)}?" if nearest else ""
                            text = f"there is no action {quoted(action)}{hint}"
                            text += "; list it under `gone` if the AWS policy has it"
                            yield problem(text, grant, "Action", index)
        for action in gone:
            if action not in needed:
                message = f"{action} exists or is not granted here; remove it from `gone`"
                yield problem(message, policy, "gone", action)


def known(reference: Reference, action: Any) -> bool:
    """Whether an action, or some action a pattern with ``*`` stands for, exists; case does not matter, as in IAM."""
    if action == "*":
        return True
    return bool(reference.known(action.partition(":")[0]).matching(action))


@rule
def role_policies(context: Context) -> Iterator[Problem]:
    """Each AWS managed policy is compared with the role that it is made for, Sid by Sid, or no record has the role."""
    records: Mapping[str, Any] = context.catalog.role_policies
    for name, policy in sorted(context.catalog.managed_policies.items()) if records else ():
        if name not in records:
            message = (
                f"{name} is not in data/aws/role-policies.yaml; add it with the role, or with `no_role` and the reason"
            )
            yield problem(message, policy, "name")
    for name, record in sorted(records.items()):
        policy = context.catalog.managed_policies.get(name)
        if policy is None:
            if not context.exists("managed-policies", name):  # one that is not sound is reported as such
                yield problem(f"there is no record of the managed policy {name}", name)
            continue
        if ("no_role" in record) == ("operation" in record) or ("operation" in record) != ("role" in record):
            yield problem(f"{name} needs an operation and a role, or `no_role` with the reason", record)
        elif record.get("operation") in context.catalog.operations:  # else another rule reports it
            yield from _compared(context, name, record)


def _compared(context: Context, name: str, record: Mapping[str, Any]) -> Iterator[Problem]:
    """Yields a problem for each difference between a managed policy and a role that its entry does not explain."""
    operation = context.catalog.operation(record["operation"])
    if not context.composable(operation) or context.unread_below(at(operation.data).path):
        return
    role = operation.role(record["role"])
    if role is None:
        yield problem(f"{operation.name} has no role {quoted(record['role'])}", record, "operation")
        return
    known = {addon.id for grantee in (role, operation.caller) if grantee for addon in grantee.addons}
    if unknown := [addon for addon in record.get("addons", ()) if addon not in known]:
        for addon in unknown:
            yield problem(f"{operation.name} has no add-on {quoted(addon)}{nearest(addon, known)}", addon)
        return
    document = context.loaded.documents.get(name)
    if document is None:
        yield problem(
            f"data/aws/managed-documents lacks {name}, so nothing compares it; say `no_role`", record, "operation"
        )
        return
    statements, added = _ours(context.catalog, operation, role, record.get("addons"))
    ours = {action for statement in statements for action in statement.actions}
    lacking = rows(context.reference, document, statements)
    yield from unexplained(name, record, document, lacking, KnownActions(ours))
    theirs = _theirs(context.reference, context.catalog.managed_policies[name])
    yield from _explained(record, "ours", added - theirs, "only ours grants")


def _ours(
    catalog: Catalog, operation: Operation, role: Grantee, named: Sequence[str] | None
) -> tuple[Sequence[ComposedStatement], set[str]]:
    """Our statements with the add-ons, and what counts as ours alone: without the base where add-ons are named."""

    def statements(addons: Sequence[str]) -> Sequence[ComposedStatement]:
        return compose(catalog, [Request(operation.name)], [role.id], addons=addons).policy.statements

    every = statements([addon.id for addon in role.addons] if named is None else named)
    base = () if named is None else statements(())
    without = {action for statement in base for action in statement.actions}
    return every, {action for statement in every for action in statement.actions} - without


def _theirs(reference: Reference, policy: Mapping[str, Any]) -> set[str]:
    """The actions a managed policy grants, patterns expanded to those that exist."""
    patterns = policy.get("granted", ())
    return {action for one in patterns for action in reference.known(one.partition(":")[0]).matching(one)}


def _explained(record: Mapping[str, Any], side: str, actions: set[str], what: str) -> Iterator[Problem]:
    left, known = set(actions), KnownActions(actions)
    for entry in record.get(side, ()):
        for index, pattern in enumerate(entry["actions"]):
            hit = known.matching(pattern)
            left.difference_update(hit)
            if not hit:
                message = f"not needed: {what} no {pattern}"
                yield problem(message, entry, "actions", index, follows=(pattern,))
    if left:
        message = f"{what} {', '.join(sorted(left))}; list them under `{side}` with the reason"
        yield problem(message, record, side, follows=sorted(left))


#: Members with more values than this name instance types and the like, which decide nothing.
_FEW = 40


@rule
def new_in_aws(context: Context) -> Iterator[Problem]:
    """What AWS added to operations, members, values, actions and managed policies stands in data/aws/reference.yaml."""
    accounted = context.loaded.catalog.data.get("reference", {})
    if not accounted:
        return
    # What a record that cannot be read is about, is not known.
    is_whole = not any("/operations/" in path for path in context.unread)
    for part, there in names(context.reference, context.catalog.operations, context.loaded.policies).items():
        if part in ("members", "values") and not is_whole:
            continue
        here = accounted.get(part, {}).get("names", {})
        for name in sorted({*there, *here}):
            known, now = set(here.get(name, "").split()), set(there.get(name, "").split())
            if part == "policies" and known and now and known != now:
                what = f"{name} is {there[name]} now, and {here[name]} was read; account for what changed in "
                what += f"data/aws/managed-documents/{name}.json, or refuse it, and then write {there[name]} here"
                yield problem(what, accounted[part], "names", name)
                continue
            for lacking, message in (
                (
                    now - known,
                    "AWS added {} to the {} of {}; account for it in the records, or refuse it, and then add it here",
                ),
                (known - now, "{} is no longer among the {} of {}; remove it here and where records name it"),
            ):
                if lacking:
                    what = message.format(", ".join(sorted(lacking)), part, name)
                    yield problem(what, accounted.get(part, accounted), "names", name)


def names(reference: Reference, operations: list[str], policies: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What the records are about, by part: operations, actions, the members and values of requests, and policies.

    Args:
        operations: the operations that have a record.
        policies: AWS managed policy to the version of its document.
    """
    listed: dict[str, dict[str, list[str]]] = {"operations": {}, "actions": {}, "members": {}, "values": {}}
    for service, inputs in reference.inputs.items():
        listed["operations"][service] = list(inputs)
        shapes = reached(reference.types, *(inputs[name] for name in operations if name in inputs))
        listed["members"] |= {name: list(shape.get("members", {})) for name, shape in shapes.items()}
    for prefix in reference.prefixes():
        if any(prefix.startswith(service) for service in reference.inputs):
            listed["actions"][prefix] = reference.actions(prefix)
    for member, values in reference.enums.items():
        if member.rpartition(".")[0] in listed["members"] and len(values) <= _FEW:
            listed["values"][member] = list(values)
    listed["policies"] = {name: [version] for name, version in policies.items()}
    return {part: {name: " ".join(sorted(all_of)) for name, all_of in items.items()} for part, items in listed.items()}

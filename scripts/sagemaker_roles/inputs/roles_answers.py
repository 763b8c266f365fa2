"""Reads roles out of answers of the IAM API: of a whole account, in pages, and of single roles and policies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..canonical import quoted
from . import json_text
from .held import HeldPolicy
from .interfaces import InputDocument, mappings, text_at
from .json_text import Path
from .places import Excerpts, Places
from .policy_text import holder, is_policy, is_trust, position_of, statements_of
from .roles_drafts import LISTS, Collector, Draft

#: The members of an answer of get-account-authorization-details.
_ACCOUNT = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_BEGINS = re.compile(rb'\s*\{\s*"(?:UserDetailList|GroupDetailList|RoleDetailList|Policies|IsTruncated|Marker)"\s*:')

#: The command whose answer it is.
_ALL = "get-account-authorization-details"


def is_account(raw: bytes) -> bool:
    """Whether a file is an answer of get-account-authorization-details, by its first member."""
    return _BEGINS.match(raw) is not None


def stream(collector: Collector, text: str, name: str) -> None:
    """Reads an account's answer item by item, so that no more than one item is held with what is not needed of it.

    Raises:
        InputError: it is not JSON; with line and column.
    """
    excerpts, is_cut = Excerpts(text, name), False
    for path, value, at, end in json_text.stream(text, name, _ACCOUNT):
        if path:
            document = InputDocument(None, name, Places(excerpts.lines(at, end), prefix=path))
            is_cut |= _part(collector, value, document, path)
        else:
            collector.pages.append((_ALL, name, is_cut))
            is_cut = False


def account(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path = ()) -> None:
    """Reads an account's answer that is parsed already."""
    is_cut = False
    for key, inner in value.items():
        items = [*enumerate(inner)] if key in _ACCOUNT and isinstance(inner, list) else None
        for own, item in [((key,), inner)] if items is None else [((key, number), one) for number, one in items]:
            is_cut |= _part(collector, item, document, (*path, *own), len(own))
    collector.pages.append((_ALL, document.where(path), is_cut))


def _part(collector: Collector, value: Any, document: InputDocument, path: Path, size: int = 0) -> bool:
    """Takes a member of an account's answer, or an item of one of its lists; whether it says that a page follows."""
    key, *number = path[-(size or len(path)) :]
    if key == "RoleDetailList" and number:
        detail(collector, value, document, path)
    elif key == "Policies" and number:
        attached_policy(collector, value, document, path)
    elif key in _ACCOUNT and not number:
        collector.notice("problem", document.where((str(key),)), f"{key} must be a list")
    return key == "IsTruncated" and value is True


def detail(collector: Collector, value: Any, document: InputDocument, path: Path) -> None:
    """A role of an account's answer: everything about it."""
    collector.read += 1
    if not isinstance(value, Mapping) or not (text_at(value, "RoleName") or text_at(value, "Arn")):
        collector.notice("problem", document.where(path), "a role without RoleName and Arn; it is ignored")
        return
    draft = _draft(collector, value, document, path)
    collector.detailed.append(draft)
    for index, item in enumerate(_listed(collector, value, "RolePolicyList", document, path, draft)):
        called = text_at(item, "PolicyName")
        what = f"the inline policy {quoted(called)} of the role {draft.called}"
        place = (*path, "RolePolicyList", index, "PolicyDocument")
        draft.add(collector.policy(item.get("PolicyDocument"), called, what, "inline", document, place, draft))
    for item in _listed(collector, value, "AttachedManagedPolicies", document, path, draft):
        draft.attached.append((text_at(item, "PolicyName"), text_at(item, "PolicyArn")))


def _listed(
    collector: Collector, value: Mapping[str, Any], key: str, document: InputDocument, path: Path, draft: Draft
) -> Iterator[Mapping[str, Any]]:
    """The items of a list of a role; what is none is a problem."""
    items = value.get(key, [])
    if not isinstance(items, list):
        items = [items]
    for index, item in enumerate(items):
        if isinstance(item, Mapping):
            yield item
            continue
        message = f"{key} of the role {draft.called} must be a list of objects"
        collector.notice("problem", document.where((*path, key, index)), message)
        draft.lacks(f"its {key} cannot be read")


def _draft(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> Draft:
    """What every form of a role has: name, ARN, trust policy, boundary."""
    arn = text_at(value, "Arn")
    draft = Draft(
        arn=arn, name=text_at(value, "RoleName") or arn.rpartition("/")[2], position=position_of(document, path)
    )
    if "AssumeRolePolicyDocument" in value:
        place = (*path, "AssumeRolePolicyDocument")
        what = f"the trust policy of the role {draft.called}"
        given = value["AssumeRolePolicyDocument"]
        draft.trust = collector.policy(given, "trust policy", what, "trust", document, place, draft)
    bound = value.get("PermissionsBoundary")
    if isinstance(bound, Mapping):
        draft.boundary = text_at(bound, "PermissionsBoundaryArn")
    elif isinstance(bound, str):
        draft.boundary = bound
    return draft


def attached_policy(collector: Collector, value: Any, document: InputDocument, path: Path) -> None:
    """A policy of an account's answer, with its default version."""
    collector.read += 1
    arn = text_at(value, "Arn") if isinstance(value, Mapping) else ""
    if not arn:
        collector.notice("problem", document.where(path), "a policy without Arn; it is ignored")
        return
    name = text_at(value, "PolicyName") or arn.rpartition("/")[2]
    versions = value.get("PolicyVersionList")
    default = value.get("DefaultVersionId")
    for index, version in enumerate(versions if isinstance(versions, list) else ()):
        if not isinstance(version, Mapping):
            continue
        is_default = version.get("VersionId") == default if default is not None else version.get("IsDefaultVersion")
        if is_default:
            place = (*path, "PolicyVersionList", index, "Document")
            what = f"the policy {quoted(name)}"
            policy = collector.policy(version.get("Document"), name, what, "attached", document, place)
            if policy is not None and arn not in collector.known:
                collector.known[arn] = policy
            return


def answer(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> bool:
    """Reads one answer about a role or a policy, or a policy document; whether it is one."""
    for is_answer, read in _ANSWERS:
        if is_answer(value):
            read(collector, value, document, path)
            return True
    return _alone(collector, value, document, path)


def _is_account(value: Mapping[str, Any]) -> bool:
    return any(isinstance(value.get(key), list) for key in ("RoleDetailList", "GroupDetailList", "UserDetailList")) or (
        any("PolicyVersionList" in item for item in mappings(value.get("Policies")))
    )


def _is_detail(value: Mapping[str, Any]) -> bool:
    lists = "RolePolicyList" in value or "AttachedManagedPolicies" in value
    return lists and "RoleName" in value and "AssumeRolePolicyDocument" in value


def _get_role(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> None:
    _role(collector, value["Role"], document, (*path, "Role"))


def _list_roles(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> None:
    for index, item in enumerate(value["Roles"]):
        if isinstance(item, Mapping):
            _role(collector, item, document, (*path, "Roles", index))
    _note_page(collector, "list-roles", value, document, path)


def _get_role_policy(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> None:
    collector.read += 1
    role, name = text_at(value, "RoleName"), text_at(value, "PolicyName")
    what = f"the inline policy {quoted(name)} of the role {role}"
    place = (*path, "PolicyDocument")
    policy = collector.policy(value["PolicyDocument"], name, what, "inline", document, place)
    if policy is not None:
        collector.of_role.append((role, policy))


def _list_policies(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> None:
    collector.read += 1
    key = next(key for key in LISTS if isinstance(value.get(key), list))
    collector.lists[key].append((document, path, value[key]))
    _note_page(collector, LISTS[key], value, document, path)


def _note_page(collector: Collector, call: str, value: Mapping[str, Any], document: InputDocument, path: Path) -> None:
    collector.pages.append((call, document.where(path), value.get("IsTruncated") is True))


def _get_policy(collector: Collector, _value: Mapping[str, Any], _document: InputDocument, _path: Path) -> None:
    collector.read += 1  # the document is in the answer of get-policy-version


def _alone(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> bool:
    """Reads a policy document by itself; whether it is one."""
    inner, place, name = holder(value, path)
    if not is_policy(inner):
        return False
    collector.read += 1
    policy = collector.policy(inner, name or document.name, name or document.name, "file", document, place)
    if policy is not None and _is_resource_policy(policy):
        message = "this is a resource policy, since it has principals; a role has none"
        collector.notice("problem", document.where(place), message)
    elif policy is not None:
        collector.loose.append(policy)
    return True


def _is_resource_policy(policy: HeldPolicy) -> bool:
    return any("Principal" in one for one in statements_of(policy.document)) and not is_trust(policy.document)


def _role(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> None:
    """A role of get-role or list-roles, whose policies are in answers of their own."""
    collector.read += 1
    draft = _draft(collector, value, document, path)
    key = draft.arn or f"name {draft.name}"
    known = collector.answered.setdefault(key, draft)
    if path[-1:] != ("Role",) and "PermissionsBoundary" not in value and "RoleLastUsed" not in value:
        return  # of list-roles, which does not show the boundary
    known.answers.add("get-role")
    known.boundary = known.boundary or draft.boundary


def _get_policy_version(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> None:
    collector.read += 1
    version = value["PolicyVersion"]
    place = (*path, "PolicyVersion", "Document")
    what = f"the policy version {text_at(version, 'VersionId')} of {document.name}"
    policy = collector.policy(version.get("Document"), document.name, what, "attached", document, place)
    if policy is not None:
        collector.versions.append((policy, version.get("IsDefaultVersion") is not False))


_Is = Callable[[Mapping[str, Any]], bool]
_Read = Callable[[Collector, Mapping[str, Any], InputDocument, Path], None]

#: What tells an answer of IAM, and what reads it; the first that fits.
_ANSWERS: tuple[tuple[_Is, _Read], ...] = (
    (_is_account, account),
    (lambda value: isinstance(value.get("Role"), Mapping) and "RoleName" in value["Role"], _get_role),
    (
        lambda value: any("AssumeRolePolicyDocument" in item for item in mappings(value.get("Roles"))),
        _list_roles,
    ),
    (_is_detail, detail),
    (lambda value: "RoleName" in value and "AssumeRolePolicyDocument" in value, _role),
    (lambda value: "RoleName" in value and "PolicyDocument" in value, _get_role_policy),
    (lambda value: any(isinstance(value.get(key), list) for key in LISTS), _list_policies),
    (lambda value: isinstance(value.get("PolicyVersion"), Mapping), _get_policy_version),
    (lambda value: isinstance(value.get("Policy"), Mapping) and "DefaultVersionId" in value["Policy"], _get_policy),
)

"""Reads roles out of answers of the IAM API: of a whole account, in pages, and of single roles and policies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..canonical import quoted
from . import json_text
from .held import HeldPolicy
from .interfaces import InputDocument, mappings
from .json_text import DECODER, MAX_DEPTH, Path
from .places import Excerpts, Places
from .policy_text import holder, is_policy, is_trust, position_of
from .roles_drafts import Collector, Draft
from .text import InputError

#: The members of an answer of get-account-authorization-details.
_ACCOUNT = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_BEGINS = re.compile(rb'\s*\{\s*"(?:UserDetailList|GroupDetailList|RoleDetailList|Policies|IsTruncated|Marker)"\s*:')
_BLANK = re.compile(r"[ \t\n\r]*")

#: Levels above an item of a list of an account's answer.
_ABOVE = 2


def is_account(raw: bytes) -> bool:
    """Whether a file is an answer of get-account-authorization-details, by its first member."""
    return _BEGINS.match(raw) is not None


def stream(collector: Collector, text: str, name: str) -> None:
    """Reads an account's answer item by item, so that no more than one item is held with what is not needed of it.

    Raises:
        InputError: it is not JSON; with line and column.
    """
    excerpts = Excerpts(text, name)
    at = _skip(text, 0)
    while at < len(text):
        if text[at] != "{":
            message = "something follows the JSON value; take it out"
            raise InputError(message, json_text.position(text, at, name))
        at = _page(collector, text, at, excerpts)


def _page(collector: Collector, text: str, at: int, excerpts: Excerpts) -> int:
    """Reads one answer of an account; returns the offset of what follows it."""
    name = excerpts.name
    page = _Page(collector)
    seen: set[str] = set()
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        at = _expected(text, at, ",", name) if seen else at
        start = at
        key, at = _value(text, at, name)
        if not isinstance(key, str):
            raise InputError("not JSON: expected a name in double quotes", json_text.position(text, start, name))
        if key in seen:
            raise InputError(
                f"the key {quoted(key)} stands twice; remove the duplicate", json_text.position(text, start, name)
            )
        seen.add(key)
        at = _expected(text, at, ":", name)
        if key in _ACCOUNT and text[at : at + 1] == "[":
            at = _list(page, key, text, at, excerpts)
        else:
            start = at
            value, at = _value(text, at, name)
            page.member(key, value, InputDocument(None, name, Places(excerpts.lines(start, at), prefix=(key,))))
    page.close(name)
    return _skip(text, at + 1)


def _list(page: _Page, key: str, text: str, at: int, excerpts: Excerpts) -> int:
    """Reads the items of a list of an account's answer; returns the offset of what follows it."""
    number = 0
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        at = _expected(text, at, ",", excerpts.name) if number else at
        value, end = _value(text, at, excerpts.name)
        path: Path = (key, number)
        own = Places(excerpts.lines(at, end), prefix=path)
        page.item(key, value, InputDocument(None, excerpts.name, own), path)
        at, number = end, number + 1
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _expected(text: str, at: int, mark: str, name: str) -> int:
    if text[at : at + 1] != mark:
        cut = "; the file ends too early" if at >= len(text) else ""
        raise InputError(f"not JSON: expected {quoted(mark)}{cut}", json_text.position(text, at, name))
    return _skip(text, at + 1)


def _value(text: str, at: int, name: str) -> tuple[Any, int]:
    """The value at an offset, and the offset of what follows it.

    Raises:
        InputError: it is not JSON, or nested too deep.
    """
    try:
        value, end = DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        cut = "; the file ends too early" if error.pos >= len(text.rstrip()) else ""
        message = f"not JSON: {error.msg[0].lower()}{error.msg[1:]}{cut}"
        raise InputError(message, json_text.position(text, error.pos, name)) from None
    except (ValueError, RecursionError):
        raise json_text.reason(text, at, name, _ABOVE) from None
    if json_text.depth(value) + _ABOVE > MAX_DEPTH:
        raise json_text.reason(text, at, name, _ABOVE)
    return value, _skip(text, end)


class _Page:
    """The members of one page of an account's answer."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.is_cut = False

    def member(self, key: str, value: Any, document: InputDocument) -> None:
        if key == "IsTruncated":
            self.is_cut = value is True
        elif key in _ACCOUNT:
            message = f"{key} must be a list"
            self.collector.context.notice("problem", document.where((key,)), message)

    def item(self, key: str, value: Any, document: InputDocument, path: Path) -> None:
        if key == "RoleDetailList":
            detail(self.collector, value, document, path, self.collector.detailed)
        elif key == "Policies":
            attached_policy(self.collector, value, document, path)

    def close(self, name: str) -> None:
        self.collector.pages.append(("get-account-authorization-details", name, self.is_cut))


def account(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path = ()) -> None:
    """Reads an account's answer that is parsed already."""
    page = _Page(collector)
    for key, inner in value.items():
        if key in _ACCOUNT and isinstance(inner, list):
            for number, item in enumerate(inner):
                page.item(key, item, document, (*path, key, number))
        else:
            page.member(key, inner, document)
    page.close(document.where(path))


def _text(value: Mapping[str, Any], key: str) -> str:
    text = value.get(key)
    return text if isinstance(text, str) else ""


def detail(collector: Collector, value: Any, document: InputDocument, path: Path, drafts: list[Draft]) -> None:
    """A role of an account's answer: everything about it."""
    collector.read += 1
    if not isinstance(value, Mapping) or not (_text(value, "RoleName") or _text(value, "Arn")):
        collector.context.notice("problem", document.where(path), "a role without RoleName and Arn; it is ignored")
        return
    draft = _draft(collector, value, document, path)
    drafts.append(draft)
    for index, item in enumerate(_listed(collector, value, "RolePolicyList", document, path, draft)):
        called = _text(item, "PolicyName")
        what = f"the inline policy {quoted(called)} of the role {draft.called}"
        place = (*path, "RolePolicyList", index, "PolicyDocument")
        policy = collector.policy(item.get("PolicyDocument"), called, what, "inline", document, place, draft)
        draft.policies += [policy] if policy is not None else []
    for item in _listed(collector, value, "AttachedManagedPolicies", document, path, draft):
        draft.attached.append((_text(item, "PolicyName"), _text(item, "PolicyArn")))


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
        collector.context.notice("problem", document.where((*path, key, index)), message)
        draft.lacks(f"its {key} cannot be read")


def _draft(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> Draft:
    """What every form of a role has: name, ARN, trust policy, boundary."""
    arn = _text(value, "Arn")
    draft = Draft(
        arn=arn, name=_text(value, "RoleName") or arn.rpartition("/")[2], position=position_of(document, path)
    )
    if "AssumeRolePolicyDocument" in value:
        place = (*path, "AssumeRolePolicyDocument")
        what = f"the trust policy of the role {draft.called}"
        given = value["AssumeRolePolicyDocument"]
        draft.trust = collector.policy(given, "trust policy", what, "trust", document, place, draft)
    bound = value.get("PermissionsBoundary")
    if isinstance(bound, Mapping):
        draft.boundary = _text(bound, "PermissionsBoundaryArn")
    elif isinstance(bound, str):
        draft.boundary = bound
    return draft


def attached_policy(collector: Collector, value: Any, document: InputDocument, path: Path) -> None:
    """A policy of an account's answer, with its default version."""
    collector.read += 1
    arn = _text(value, "Arn") if isinstance(value, Mapping) else ""
    if not arn:
        collector.context.notice("problem", document.where(path), "a policy without Arn; it is ignored")
        return
    name = _text(value, "PolicyName") or arn.rpartition("/")[2]
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


def _one_detail(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> None:
    detail(collector, value, document, path, collector.detailed)


def _get_role(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> None:
    _role(collector, value["Role"], document, (*path, "Role"))


def _list_roles(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> None:
    for index, item in enumerate(value["Roles"]):
        if isinstance(item, Mapping):
            _role(collector, item, document, (*path, "Roles", index))
    _note_page(collector, "list-roles", value, document, path)


def _get_role_policy(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> None:
    collector.read += 1
    role, name = _text(value, "RoleName"), _text(value, "PolicyName")
    what = f"the inline policy {quoted(name)} of the role {role}"
    place = (*path, "PolicyDocument")
    policy = collector.policy(value["PolicyDocument"], name, what, "inline", document, place)
    if policy is not None:
        collector.of_role.append((role, policy))


def _list_attached(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> None:
    collector.read += 1
    listed = [(_text(one, "PolicyName"), _text(one, "PolicyArn")) for one in mappings(value["AttachedPolicies"])]
    collector.attached_lists.append((document, path, listed))
    _note_page(collector, "list-attached-role-policies", value, document, path)


def _list_inline(collector: Collector, value: Mapping[str, Any], document: InputDocument, path: Path) -> None:
    collector.read += 1
    names = [one for one in value["PolicyNames"] if isinstance(one, str)]
    collector.name_lists.append((document, path, names))
    _note_page(collector, "list-role-policies", value, document, path)


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
        collector.context.notice("problem", document.where(place), message)
    elif policy is not None:
        collector.loose.append(policy)
    return True


def _is_resource_policy(policy: HeldPolicy) -> bool:
    listed = policy.document["Statement"]
    statements = [listed] if isinstance(listed, Mapping) else listed
    return any("Principal" in one for one in mappings(statements)) and not is_trust(policy.document)


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
    what = f"the policy version {_text(version, 'VersionId')} of {document.name}"
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
    (_is_detail, _one_detail),
    (lambda value: "RoleName" in value and "AssumeRolePolicyDocument" in value, _role),
    (lambda value: "RoleName" in value and "PolicyDocument" in value, _get_role_policy),
    (lambda value: isinstance(value.get("AttachedPolicies"), list), _list_attached),
    (lambda value: isinstance(value.get("PolicyNames"), list), _list_inline),
    (lambda value: isinstance(value.get("PolicyVersion"), Mapping), _get_policy_version),
    (lambda value: isinstance(value.get("Policy"), Mapping) and "DefaultVersionId" in value["Policy"], _get_policy),
)

"""Reads roles out of answers of the IAM API: of a whole account, in pages, and of single roles and policies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...canonical import quoted
from ..reader import InputDocument, mappings, text_at
from ..text import json_document
from ..text.places import Path
from .drafts import LISTS, Collector, Draft, account_of
from .policy_documents import holder, is_policy, is_trust, statements_of
from .resource_types import API_GROUP, API_ROLE, API_USER, RoleMembers

#: The members of an answer of get-account-authorization-details.
_ACCOUNT = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_BEGINS = re.compile(rb'\s*\{\s*"(?:UserDetailList|GroupDetailList|RoleDetailList|Policies|IsTruncated|Marker)"\s*:')

#: The command whose answer it is.
_ALL = "get-account-authorization-details"


def is_account(raw: bytes) -> bool:
    """Whether a file is an answer of get-account-authorization-details, by its first member."""
    return _BEGINS.match(raw) is not None


class Answers(Collector):
    """Takes answers of the IAM API, and policy documents by themselves."""

    def stream(self, text: str, name: str) -> None:
        """Reads an account's answer item by item, so that no more than one is held with what is not needed of it.

        Raises:
            InputError: it is not JSON; with line and column.
        """
        is_cut = False
        for item in json_document.stream(text, name, _ACCOUNT):
            if item.path:
                is_cut |= self._part(item, item.path)
            else:
                self.pages.append((_ALL, name, is_cut))
                is_cut = False

    def answer(self, at: InputDocument) -> bool:
        """Reads one answer about a role or a policy, or a policy document; whether it is one."""
        for is_answer, read in _ANSWERS:
            if is_answer(at.value):
                read(self, at)
                return True
        return self._policy_alone(at)

    # --- an account ---

    def _account(self, at: InputDocument) -> None:
        """An account's answer that is parsed already."""
        is_cut = False
        for key, inner in at.value.items():
            is_list = key in _ACCOUNT and isinstance(inner, list)
            for own in [(key, number) for number in range(len(inner))] if is_list else [(key,)]:
                is_cut |= self._part(at.below(*own), own)
        self.pages.append((_ALL, at.where(), is_cut))

    def _part(self, at: InputDocument, own: Path) -> bool:
        """Takes a member of an account's answer, or an item of one of its lists; whether it says that more follows."""
        key, *number = own
        if key == "RoleDetailList" and number:
            self._detail(at)
        elif key == "UserDetailList" and number and self.with_users:
            self._user(at)
        elif key == "GroupDetailList" and number and self.with_users:
            self._group(at)
        elif key == "Policies" and number:
            self._attached_policy(at)
        elif key in _ACCOUNT and not number:
            self.notice("problem", at.where(), f"{key} must be a list")
        return key == "IsTruncated" and at.value is True

    def _detail(self, at: InputDocument) -> None:
        """A role of an account's answer: everything about it."""
        self.read += 1
        if not (text_at(at.value, "RoleName") or text_at(at.value, "Arn")):
            self.notice("problem", at.where(), "a role without RoleName and Arn; it is ignored")
            return
        self.detailed.append(self._with_policies(at, API_ROLE, "role"))

    def _user(self, at: InputDocument) -> None:
        """A user of an account's answer, with the names of its groups."""
        self.read += 1
        if not text_at(at.value, "Arn"):
            self.notice("problem", at.where(), "a user without Arn; it is ignored")
            return
        draft = self._with_policies(at, API_USER, "user")
        groups = at.value.get("GroupList", [])
        if not isinstance(groups, list) or not all(isinstance(one, str) for one in groups):
            self.notice("problem", at.where(), f"GroupList of the user {draft.called} must be a list of names")
            draft.add_unknown("its GroupList cannot be read")
            groups = []
        self.users.append((draft, tuple(groups)))

    def _group(self, at: InputDocument) -> None:
        """A group of an account's answer; other users of the account have its policies too."""
        self.read += 1
        draft = self._with_policies(at, API_GROUP, "group")
        self.groups.setdefault((account_of(draft.arn), draft.name), draft)

    def _with_policies(self, at: InputDocument, members: RoleMembers, noun: str) -> Draft:
        """A role, user or group of an account's answer, with its inline policies and the names of the attached."""
        draft = self._draft(at, members)
        for item in self._listed(at, members.inline, draft, noun):
            called = text_at(item.value, members.inline_name)
            what = f"the inline policy {quoted(called)} of the {noun} {draft.called}"
            draft.add(self.policy(item.below(members.inline_document), called, what, "inline", draft))
        for item in self._listed(at, members.attached, draft, noun):
            draft.attached.append((text_at(item.value, "PolicyName"), text_at(item.value, "PolicyArn")))
        return draft

    def _listed(self, at: InputDocument, key: str, draft: Draft, noun: str) -> Iterator[InputDocument]:
        """The items of a list of a role, user or group; what is none is a problem."""
        items = at.value.get(key, [])
        for index, item in enumerate(items if isinstance(items, list) else [items]):
            one = at._replace(value=item, path=(*at.path, key, index))
            if isinstance(item, Mapping):
                yield one
                continue
            self.notice("problem", one.where(), f"{key} of the {noun} {draft.called} must be a list of objects")
            draft.add_unknown(f"its {key} cannot be read")

    def _draft(self, at: InputDocument, members: RoleMembers = API_ROLE) -> Draft:
        """What every form of a role, user or group has: name, ARN, and a trust policy and boundary if it can."""
        arn = text_at(at.value, "Arn")
        draft = Draft(arn=arn, name=text_at(at.value, members.name) or arn.rpartition("/")[2], position=at.position())
        if members.trust and members.trust in at.value:
            what = f"the trust policy of the role {draft.called}"
            draft.trust = self.policy(at.below(members.trust), "trust policy", what, "trust", draft)
        bound = at.value.get(members.boundary) if members.boundary else None
        draft.boundary = bound if isinstance(bound, str) else text_at(bound, "PermissionsBoundaryArn")
        return draft

    def _attached_policy(self, at: InputDocument) -> None:
        """A policy of an account's answer, with its default version."""
        self.read += 1
        if not (arn := text_at(at.value, "Arn")):
            self.notice("problem", at.where(), "a policy without Arn; it is ignored")
            return
        name = text_at(at.value, "PolicyName") or arn.rpartition("/")[2]
        versions, default = at.value.get("PolicyVersionList"), at.value.get("DefaultVersionId")
        for index, version in enumerate(versions if isinstance(versions, list) else ()):
            if not isinstance(version, Mapping):
                continue
            is_default = version.get("VersionId") == default if default is not None else version.get("IsDefaultVersion")
            if is_default:
                text = at.below("PolicyVersionList", index, "Document")
                policy = self.policy(text, name, f"the policy {quoted(name)}", "attached")
                if policy is not None and arn not in self.known:
                    self.known[arn] = policy
                return

    # --- single roles and policies ---

    def _roles(self, at: InputDocument) -> None:
        """Answers of list-roles."""
        for index, item in enumerate(at.value["Roles"]):
            if isinstance(item, Mapping):
                self._one_role(at.below("Roles", index))
        self._note_page("list-roles", at)

    def _one_role(self, at: InputDocument) -> None:
        """A role of get-role or list-roles, whose policies are in answers of their own."""
        self.read += 1
        draft = self._draft(at)
        known = self.answered.setdefault(draft.arn or f"name {draft.name}", draft)
        if at.path[-1:] != ("Role",) and API_ROLE.boundary not in at.value and "RoleLastUsed" not in at.value:
            return  # of list-roles, which does not show the boundary
        known.answers.add("get-role")
        known.boundary = known.boundary or draft.boundary

    def _role_policy(self, at: InputDocument) -> None:
        self.read += 1
        role, name = text_at(at.value, "RoleName"), text_at(at.value, "PolicyName")
        what = f"the inline policy {quoted(name)} of the role {role}"
        policy = self.policy(at.below("PolicyDocument"), name, what, "inline")
        if policy is not None:
            self.of_role.append((role, policy))

    def _policies(self, at: InputDocument) -> None:
        """Answers of list-role-policies and list-attached-role-policies."""
        self.read += 1
        key = next(key for key in LISTS if isinstance(at.value.get(key), list))
        self.lists[key].append(at)
        self._note_page(LISTS[key], at)

    def _note_page(self, call: str, at: InputDocument) -> None:
        self.pages.append((call, at.where(), at.value.get("IsTruncated") is True))

    def _policy(self, at: InputDocument) -> None:
        self.read += 1  # the document is in the answer of get-policy-version

    def _version(self, at: InputDocument) -> None:
        self.read += 1
        version = at.value["PolicyVersion"]
        what = f"the policy version {text_at(version, 'VersionId')} of {at.name}"
        policy = self.policy(at.below("PolicyVersion", "Document"), at.name, what, "attached")
        if policy is not None:
            self.versions.append((policy, version.get("IsDefaultVersion") is not False))

    def _policy_alone(self, at: InputDocument) -> bool:
        """Reads a policy document by itself; whether it is one."""
        inner, name = holder(at)
        if not is_policy(inner.value):
            return False
        self.read += 1
        policy = self.policy(inner, name or at.name, name or at.name, "file")
        if policy is None:
            return True
        if any("Principal" in one for one in statements_of(policy.document)) and not is_trust(policy.document):
            message = "this is a resource policy, since it has principals; a role has none"
            self.notice("problem", inner.where(), message)
        else:
            self.loose.append(policy)
        return True


def _is_account(value: Mapping[str, Any]) -> bool:
    return any(isinstance(value.get(key), list) for key in ("RoleDetailList", "GroupDetailList", "UserDetailList")) or (
        any("PolicyVersionList" in item for item in mappings(value.get("Policies")))
    )


def _is_detail(value: Mapping[str, Any]) -> bool:
    lists = API_ROLE.inline in value or API_ROLE.attached in value
    return lists and API_ROLE.name in value and API_ROLE.trust in value


#: What tells an answer of IAM, and what reads it; the first that fits.
_ANSWERS: tuple[tuple[Callable[[Mapping[str, Any]], bool], Callable[[Answers, InputDocument], None]], ...] = (
    (_is_account, Answers._account),
    (
        lambda value: isinstance(value.get("Role"), Mapping) and API_ROLE.name in value["Role"],
        lambda reader, at: reader._one_role(at.below("Role")),
    ),
    (lambda value: any(API_ROLE.trust in item for item in mappings(value.get("Roles"))), Answers._roles),
    (_is_detail, Answers._detail),
    (lambda value: API_ROLE.name in value and API_ROLE.trust in value, Answers._one_role),
    (lambda value: "RoleName" in value and "PolicyDocument" in value, Answers._role_policy),
    (lambda value: any(isinstance(value.get(key), list) for key in LISTS), Answers._policies),
    (lambda value: isinstance(value.get("PolicyVersion"), Mapping), Answers._version),
    (lambda value: isinstance(value.get("Policy"), Mapping) and "DefaultVersionId" in value["Policy"], Answers._policy),
)

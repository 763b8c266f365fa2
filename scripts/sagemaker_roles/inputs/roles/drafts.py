"""Roles while they are read: what several files say of one comes together, and attached policies get their text."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...canonical import quoted
from ...catalog import Catalog
from ...engine.compose import operations_of
from ...engine.placeholders import names_of
from ...errors import Position
from ...iam.arn_parts import parse
from ..reader import InputDocument, Reading, ReadingContext, mappings, text_at, unknown_in
from ..text.content import InputError
from ..text.places import Path
from .existing_roles import ExistingGroup, ExistingPolicy, ExistingRole, ExistingUser, RoleReading
from .policy_documents import PolicyTexts, is_trust
from .resource_types import POLICIES, ROLES, PolicyMembers, RoleMembers

#: Gives the text of an AWS managed policy by its ARN or name, or None.
Managed = Callable[[str], Mapping[str, Any] | None]

#: What the ARNs of AWS managed policies have, whatever their partition.
AWS_OWNED = ":iam::aws:policy/"

#: The members in which answers have lists without a role's name, and the commands whose answers they are.
LISTS = {"AttachedPolicies": "list-attached-role-policies", "PolicyNames": "list-role-policies"}

#: The answers that tell all of a role together, and what is not known without each.
_ANSWERS = {
    "get-role": ("boundary", "its trust policy and permissions boundary are"),
    "list-role-policies": ("inline", "the names of its inline policies are"),
    "list-attached-role-policies": ("attached", "its attached policies are"),
}

#: How many sentences about what is not known a role has.
_MAX_SENTENCES = 20

#: What separates names in the name of a file, and how many words and separators of it are looked at.
_SEPARATORS = re.compile(r"([-._ ,=+@])")
_MAX_WORDS = 41


@dataclass(slots=True)
class Draft:
    """A role while it is read.

    Attributes:
        arn, name, logical_id, position: as in :class:`ExistingRole`.
        policies: policies whose text is known.
        attached: name and ARN of policies whose text is looked for.
        boundary: the ARN of the boundary, "" for none.
        bound: the boundary, where its text is known.
        trust: the trust policy.
        unknown, hidden: as in :class:`ExistingRole`; see :meth:`add_unknown`.
        listed: names that its inline policies are said to have.
        answers: the commands whose answers about it were given.
        parts: identities of parts, each of which stands for the role's whole ARN in a request.
    """

    arn: str = ""
    name: str = ""
    logical_id: str = ""
    position: Position | None = None
    policies: list[ExistingPolicy] = field(default_factory=list)
    attached: list[tuple[str, str]] = field(default_factory=list)
    boundary: str = ""
    bound: ExistingPolicy | None = None
    trust: ExistingPolicy | None = None
    unknown: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    listed: list[str] = field(default_factory=list)
    answers: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)

    @property
    def called(self) -> str:
        """What messages call it."""
        return self.name or self.logical_id or "without a name"

    def add(self, policy: ExistingPolicy | None) -> None:
        """Gives it a policy; None is one that cannot be read."""
        self.policies += [policy] if policy is not None else []

    def attach(self, arn: str) -> None:
        """Gives it the policy of an ARN, whose text is looked for."""
        self.attached.append((arn.rpartition("/")[2], arn))

    def add_unknown(self, *sentences: str, kind: str = "") -> None:
        """Adds sentences about what is not known of the role; the kind of the policy decides the layer."""
        self.unknown += sentences
        self.hidden |= {kind if kind in ("boundary", "trust") else "identity"} if sentences else set()


def account_of(arn: str) -> str:
    """The account of an ARN, or ""."""
    read = parse(arn)
    return read.account if read is not None else ""


def shortened(sentences: Iterable[str]) -> list[str]:
    """Sentences, each once, and no more than a reader takes in."""
    unique = list(dict.fromkeys(sentences))
    more = len(unique) - _MAX_SENTENCES
    return unique if more <= 0 else [*unique[:_MAX_SENTENCES], f"{more} more parts of it are not known"]


def named_in(path: str, names: Mapping[str, Any]) -> str | None:
    """The longest of some names that a file's path has between its separators; None if it has none."""
    for part in reversed(path.split("/")):
        words = _SEPARATORS.split(part)[:_MAX_WORDS]
        spans = ((first, last) for first in range(0, len(words), 2) for last in range(first + 1, len(words) + 1, 2))
        texts = ("".join(words[first:last]) for first, last in spans)
        longest = max((text for text in texts if text and text in names), key=len, default=None)
        if longest is not None:
            return longest
    return None


class Collector(ReadingContext):
    """Takes what the readers of all forms find, and makes roles of it.

    Args:
        values: for parameters of templates.
        managed: gives the text of AWS managed policies.
        requests: what was read as requests, so that parts which are not known have the same names.
        operations: operations whose placeholders no part is called like.
    """

    #: Whether inputs without a role, which were given for their requests, are passed over.
    is_quiet = False
    #: Whether users and groups of accounts are wanted too; an account can have many.
    with_users = False

    def __init__(
        self,
        catalog: Catalog,
        values: Mapping[str, str],
        managed: Managed,
        requests: Reading | None,
        operations: Iterable[str] = (),
    ) -> None:
        super().__init__(catalog, values=values)
        self.texts = PolicyTexts()
        self.read = 0
        self.managed = managed
        self.requests = requests or Reading()
        self.operations = set(operations)
        self._final: dict[str, str] = {}
        #: Roles of templates and plans, in order.
        self.written: list[Draft] = []
        #: Roles of account details.
        self.detailed: list[Draft] = []
        #: Users of account details, each with the names of its groups.
        self.users: list[tuple[Draft, tuple[str, ...]]] = []
        #: Groups of account details by account and name.
        self.groups: dict[tuple[str, str], Draft] = {}
        #: Roles of get-role and list-roles by ARN.
        self.answered: dict[str, Draft] = {}
        #: Inline policies of get-role-policy, with the name of their role.
        self.of_role: list[tuple[str, ExistingPolicy]] = []
        #: Answers that do not tell their role, with the file they are from, by the member with the list.
        self.lists: dict[str, list[InputDocument]] = {key: [] for key in LISTS}
        #: Answers of get-policy-version, which do not tell their policy, and whether it is the default version.
        self.versions: list[tuple[ExistingPolicy, bool]] = []
        #: Policy documents by themselves.
        self.loose: list[ExistingPolicy] = []
        #: Answers in pages: the command, where the page is, and whether it says that another follows.
        self.pages: list[tuple[str, str, bool]] = []
        #: Attached policies by ARN.
        self.known: dict[str, ExistingPolicy] = {}
        self._bounds: dict[str, ExistingPolicy] = {}
        self._supplied: dict[str, ExistingPolicy | None] = {}

    # what readers call

    def policy(
        self, at: InputDocument, name: str, what: str, kind: Any, draft: Draft | None = None
    ) -> ExistingPolicy | None:
        """A policy of an input; None and a problem, if it is damaged (then nothing is proved of the role)."""
        try:
            read = self.texts.document(at, what)
        except InputError as error:
            self.notice("problem", at.where(), error.message)
            if draft is not None:
                draft.add_unknown(f"the document of {what} cannot be read", kind=kind)
            return None
        return ExistingPolicy(name, kind, read, at.name, at.path, at._replace(value=None, path=()))

    # the end

    def finish(self) -> RoleReading:
        """The roles, once all inputs are read."""
        self._join()
        for command, where in reversed(self._cut().items()):
            message = f"the answer of {command} is cut off (IsTruncated) and its last page was not given; add it"
            self.notice("problem", where, message)
        reading = RoleReading(notices=self.reading.notices, read=self.read, taken=self.reading.taken)
        seen: dict[str, ExistingRole] = {}
        for draft in (*self.written, *self._alone(), *self.answered.values()):
            reading.roles.append(self._role(draft))
        for draft in sorted(self.detailed, key=lambda one: (one.arn, one.name)):
            role = self._role(draft)
            same = seen.get(role.arn) if role.arn else None
            if same is None:
                seen[role.arn or str(len(seen))] = role
            elif _content(same) != _content(role):
                where = str(role.position) if role.position else role.arn
                self.notice("problem", where, f"the inputs disagree about the role {role.arn}; give one")
                seen[role.arn] = min(same, role, key=_content)
        reading.roles += seen.values()
        reading.users += self._users()
        parts = _parts_of(reading.roles) if self.reading.unknown else set()
        reading.unknown = {name: what for name, what in self.reading.unknown.items() if name in parts}
        if not reading.roles and not reading.notices and not self.is_quiet:
            self.notice("problem", "input", "there is no role and no policy in what was given")
        return reading

    def _users(self) -> list[ExistingUser]:
        """The users of accounts, each once, with the policies of their groups."""
        groups: dict[tuple[str, str], ExistingGroup] = {}
        for key, draft in self.groups.items():
            made = self._role(draft)
            groups[key] = ExistingGroup(draft.name, made.policies, made.unknown)
        users: dict[str, ExistingUser] = {}
        for draft, names in sorted(self.users, key=lambda one: one[0].arn):
            own = self._role(draft)
            known = [groups.get((account_of(draft.arn), name)) for name in names]
            given = tuple(group for group in known if group is not None)
            unknown = [*own.unknown, *(text for group in given for text in group.unknown)]
            unknown += [
                f"the policies of its group {name} were not given"
                for name, group in zip(names, known, strict=True)
                if group is None
            ]
            hidden = own.hidden | ({"identity"} if len(unknown) > len(own.unknown) else set())
            said = tuple(shortened(unknown))
            user = ExistingUser(draft.arn, draft.name, own.policies, given, own.boundary, said, hidden)
            same = users.setdefault(draft.arn, user)
            if _content(same) != _content(user):
                where = str(draft.position) if draft.position else draft.arn
                self.notice("problem", where, f"the inputs disagree about the user {draft.arn}; give one")
                users[draft.arn] = min(same, user, key=_content)
        return [*users.values()]

    def _alone(self) -> list[Draft]:
        """The role that policy documents by themselves make up."""
        if not self.loose:
            return []
        draft = Draft()
        for policy in self.loose:
            if not is_trust(policy.document):
                draft.policies.append(policy)
            elif draft.trust is None:
                draft.trust = policy._replace(kind="trust")
            else:
                where = str(policy.position() or policy.path)
                self.notice("problem", where, f"{policy.name} is a second trust policy; give one")
        return [draft]

    def _cut(self) -> dict[str, str]:
        """The commands of whose answers the last page is missing, with the place of the first."""
        ended = {command for command, _, is_cut in self.pages if not is_cut}
        return {command: where for command, where, _ in reversed(self.pages) if command not in ended}

    # what several answers say of one role

    def _join(self) -> None:
        by_name: dict[str, list[Draft]] = {}
        for draft in (*self.answered.values(), *self.detailed):
            by_name.setdefault(draft.name, []).append(draft)
        have: dict[str, set[str]] = {}
        doubts: list[str] = []
        for name, policy in self.of_role:
            drafts = by_name.get(name, [])
            if len(drafts) > 1:
                message = f"several roles are called {quoted(name)}, so it is ignored; give one account at a time"
                self.notice("problem", str(policy.position() or policy.path), message)
                doubts.append(f"the inline policy {policy.name} of a role {name} might be its own")
                continue
            if not drafts:
                draft = self.answered[f"name {name}"] = Draft(name=name, position=policy.position())
                drafts = by_name[name] = [draft]
            if name not in have:
                have[name] = {one.name for one in drafts[0].policies}
            if policy.name not in have[name]:
                have[name].add(policy.name)
                drafts[0].policies.append(policy)
        for key, answers in self.lists.items():
            for at in answers:
                listed = at.value[key]
                if (draft_of := self._whose(at, key, by_name, doubts)) is None:
                    continue
                draft_of.answers.add(LISTS[key])
                if key == "PolicyNames":
                    draft_of.listed += [one for one in listed if isinstance(one, str)]
                    continue
                for one in mappings(listed):
                    draft_of.attached.append((text_at(one, "PolicyName"), text_at(one, "PolicyArn")))
        doubts, cut = shortened(doubts), self._cut()
        for draft in self.answered.values():
            for command, (kind, what) in _ANSWERS.items():
                if command not in draft.answers:
                    draft.add_unknown(f"{what} not known; add the answer of {command}", kind=kind)
                elif command in cut:
                    text = f"{what} not wholly known; add the other pages of the answer of {command}"
                    draft.add_unknown(text, kind=kind)
            given = {policy.name for policy in draft.policies}
            missing = [name for name in dict.fromkeys(draft.listed) if name not in given]
            given_by = "was not given; add the answer of get-role-policy"
            draft.add_unknown(*(f"the document of its inline policy {name} {given_by}" for name in missing), *doubts)
        self._assign()

    def _whose(
        self, at: InputDocument, what: str, by_name: Mapping[str, list[Draft]], doubts: list[str]
    ) -> Draft | None:
        """The role that an answer without a role's name is about: the only one, or the one that its path names."""
        if not self.answered:
            self.answered["name "] = Draft(position=at.position())
        if len(self.answered) == 1:
            return next(iter(self.answered.values()))
        named = by_name.get(named_in(at.name, by_name) or "", [])
        if len(named) == 1:
            return named[0]
        message = f"{what} do not show their role; name the file after it, or give the answers about one role at a time"
        self.notice("problem", at.where(), message)
        doubts.append(f"{what} of {at.name} might be its own")
        return None

    def _assign(self) -> None:
        """Gives answers of get-policy-version to the attached policies that they are of."""
        wanted: dict[str, str] = {}
        for draft in (*self.answered.values(), *self.detailed, *self.written) if self.versions else ():
            bound = [(draft.boundary.rpartition("/")[2], draft.boundary)]
            for name, arn in (*draft.attached, *bound):
                if arn and arn not in self.known and self.supplied(name, arn) is None:
                    wanted[arn] = name
        arns = {name: arn for arn, name in wanted.items()}
        left = []
        old: list[tuple[ExistingPolicy, str | None]] = []
        for policy, is_default in self.versions:
            named = named_in(policy.path, arns)
            if not is_default:
                old.append((policy, named))
            elif named is None:
                left.append(policy)
            else:
                self.known[arns[named]] = policy._replace(name=named, kind="attached")
        for policy, named in old:
            if named is None or arns[named] not in self.known:
                message = (
                    "this version of the policy is not the default one, so it is ignored; give the default version"
                )
                self.notice("note", str(policy.position() or policy.path), message)
        open_arns = [arn for arn in wanted if arn not in self.known]
        if len(left) == 1 and len(open_arns) == 1:
            self.known[open_arns[0]] = left[0]._replace(name=wanted[open_arns[0]], kind="attached")
        elif left and not wanted and not self.answered and not self.detailed:
            self.loose += [policy._replace(kind="file") for policy in left]
        else:
            for policy in left:
                message = "it does not show which policy it is a version of; name the file after the policy"
                self.notice("problem", str(policy.position() or policy.path), message)

    # texts of attached policies

    def supplied(self, name: str, arn: str) -> ExistingPolicy | None:
        """An AWS managed policy out of the built data, asked for once."""
        if arn and AWS_OWNED not in arn:
            return None
        key = arn.partition(AWS_OWNED)[2] or name
        if key not in self._supplied:
            document = self.managed(arn or name)
            called = name or key.rpartition("/")[2]
            self._supplied[key] = ExistingPolicy(called, "managed", document) if document is not None else None
        return self._supplied[key]

    def _text(self, name: str, arn: str) -> ExistingPolicy | None:
        return self.known.get(arn) or self.supplied(name, arn)

    def _role(self, draft: Draft) -> ExistingRole:
        policies: list[ExistingPolicy] = []
        for one in draft.policies:
            if not any(one is other for other in policies):
                policies.append(one)
        for name, arn in dict.fromkeys(draft.attached):
            policy = self._text(name, arn)
            if policy is not None:
                policies.append(policy)
            else:
                draft.add_unknown(f"the policy {arn or name} is attached, and its document was not given")
        bound = draft.bound
        if draft.boundary:
            bound = self._bound(draft.boundary)
            if bound is None:
                text = f"the permissions boundary is {draft.boundary}, and its document was not given"
                draft.add_unknown(text, kind="boundary")
        passed = {str(draft.arn)} if draft.arn else set()
        passed |= {"${" + name + "}" for name, key in self.requests.keys.items() if key in draft.parts}
        return ExistingRole(
            arn=draft.arn,
            name=draft.name,
            logical_id=draft.logical_id,
            policies=tuple(policies),
            boundary=bound,
            trust=draft.trust,
            unknown=tuple(shortened(draft.unknown)),
            hidden=frozenset(draft.hidden),
            position=draft.position,
            passed_as=frozenset(passed),
            attached=tuple(dict.fromkeys(arn for _, arn in draft.attached if arn)),
            boundary_arn=draft.boundary,
        )

    def _bound(self, arn: str) -> ExistingPolicy | None:
        if arn not in self._bounds:
            policy = self._text(arn.rpartition("/")[2], arn)
            if policy is None:
                return None
            self._bounds[arn] = policy._replace(kind="boundary")
        return self._bounds[arn]

    def apart(self, name: str, key: str) -> str:
        """The name that the requests of the same inputs give a part; else one of no part and no placeholder of theirs.

        A part has the same name there if, and only if, it is the same part; a statement about ``${Bucket}`` then is
        about the bucket that a request names as ``${Bucket}``. Placeholders of records are something else.
        """
        if name not in self._final:
            new = self._named_there.get(key, name)
            while key not in self._named_there and new in self._taken_there:
                new += "Role"
            self._taken_there.add(new)
            self._final[name] = new
        return self._final[name]

    @cached_property
    def _named_there(self) -> dict[str, str]:
        return {key: name for name, key in self.requests.keys.items()}

    @cached_property
    def _taken_there(self) -> set[str]:
        known = self.operations & self.catalog.data["operations"].keys()
        operations = sorted({*known, *operations_of(self.catalog, self.requests.requests)})
        return {*self.requests.keys, *names_of(self.catalog, operations)}


class ResourceReader(ABC):
    """Reads the roles of one template or plan, and the policies that its other resources attach to them.

    The table of types shows which member is what; a format knows what the values of members are.

    Attributes:
        kinds: the names of the resources, logical IDs or addresses, by type.
        drafts: the roles by the names of their resources.
        managed: policies by what attachments name them by, with what of each is not known.
        doubts: why each of the roles may have policies that are not known.
    """

    #: What messages call a policy of a role alone.
    inline_noun = "policy"

    def __init__(self, collector: Collector, document: InputDocument) -> None:
        self.collector, self.document = collector, document
        self.kinds: dict[str, list[str]] = {}
        self.drafts: dict[str, Draft] = {}
        self.managed: dict[str, tuple[ExistingPolicy | None, list[str]]] = {}
        self.doubts: list[str] = []

    @abstractmethod
    def text(self, name: str, member: str) -> str:
        """The text of a member of a resource, or ""."""

    @abstractmethod
    def read_role(self, name: str, members: RoleMembers) -> None:
        """Adds a role to ``drafts``, if it is created."""

    @abstractmethod
    def register(self, name: str, called: str, policy: ExistingPolicy | None, unknown: list[str]) -> None:
        """Adds a managed policy to ``managed``, by what attachments name it by."""

    @abstractmethod
    def roles_of(self, name: str, members: PolicyMembers) -> Iterable[Draft]:
        """The roles that a policy or an attachment is for."""

    @abstractmethod
    def attach_managed(self, draft: Draft, name: str, members: PolicyMembers) -> None:
        """Attaches the managed policy that a resource is or names."""

    @abstractmethod
    def document_at(
        self, draft: Draft, name: str, path: Path, called: str, what: str, kind: Any
    ) -> ExistingPolicy | None:
        """The policy document at a path in a resource."""

    def read(self) -> bool:
        """Reads all resources; whether there is a role or a policy."""
        policies = [(name, members) for kind, members in POLICIES.items() for name in self.kinds.get(kind, ())]
        for name, policy in policies:
            if policy.is_managed:
                self.collector.read += 1
                draft, called = Draft(), self.text(name, policy.name) or name
                document = self.document_at(draft, name, (policy.document,), called, f"the policy {name}", "attached")
                self.register(name, called, document, shortened(draft.unknown))
        for kind, members in ROLES.items():
            for name in self.kinds.get(kind, ()):
                self.read_role(name, members)
        for name, policy in policies:
            for draft in self.roles_of(name, policy) if policy.roles else ():
                if policy.is_managed or policy.arn:
                    self.attach_managed(draft, name, policy)
                    continue
                called, what = self.text(name, policy.name) or name, f"the {self.inline_noun} {name}"
                draft.listed.append(called)
                draft.add(self.document_at(draft, name, (policy.document,), called, what, "inline"))
        self.finish()
        return bool(self.drafts or self.managed) or any(policy.document for _, policy in policies)

    def finish(self) -> None:
        """Gives the roles to the collector."""
        for draft in self.drafts.values():
            draft.add_unknown(*shortened(self.doubts))
        self.collector.read += len(self.drafts)
        self.collector.written += self.drafts.values()

    def attach(self, draft: Draft, key: str) -> None:
        """Attaches a policy of the template or plan."""
        policy, unknown = self.managed.get(key, (None, []))
        draft.add(policy)
        draft.add_unknown(*unknown)

    def perhaps(self, path: Path, note: str, doubt: str) -> None:
        """A policy whose role is not known may be one of each role."""
        self.collector.notice("note", self.document.where(path), note)
        self.doubts.append(doubt)


def _parts_of(roles: Iterable[ExistingRole]) -> set[str]:
    parts: set[str] = set()
    for role in roles:
        parts.update(unknown_in([role.arn, role.name]))
        for policy in (*role.policies, role.boundary, role.trust):
            if policy is not None:
                parts.update(unknown_in(policy.document))
    return parts


def _content(held: ExistingRole | ExistingUser) -> str:
    """What a role or user has, whatever file says so."""
    policies = [(policy.name, policy.kind, policy.document) for policy in held.policies]
    groups = [one.name for one in held.groups] if isinstance(held, ExistingUser) else []
    bound, trust = held.boundary, held.trust if isinstance(held, ExistingRole) else None
    rest = [one.document if one is not None else None for one in (bound, trust)]
    return json.dumps([held.name, policies, rest, held.unknown, groups], sort_keys=True, default=str)

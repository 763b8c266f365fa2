"""Reads the IAM roles of a CloudFormation template, with the policies that its other resources attach to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..canonical import quoted
from ..engine.partial import Partial
from .held import HeldPolicy
from .interfaces import InputDocument
from .json_text import Path
from .policy_text import lost_element, position_of
from .roles_drafts import Collector, Draft, shortened
from .template import Template
from .text import InputError

ROLE = "AWS::IAM::Role"
MANAGED = "AWS::IAM::ManagedPolicy"
#: Resources that attach an inline policy, and their members with the names of roles.
INLINE = {"AWS::IAM::Policy": "Roles", "AWS::IAM::RolePolicy": "RoleName"}


def take(collector: Collector, document: InputDocument) -> bool:
    """Reads a template, or one resource; whether it has a role or a policy.

    Raises:
        InputError: it is no template.
    """
    value = document.value
    single = "Resources" not in value and "Type" in value
    resources = {"Resource": value} if single else value.get("Resources")
    if not isinstance(resources, Mapping):
        raise InputError("no template; it has no Resources", position_of(document))
    template = Template(collector.context, document, {} if single else value, resources)
    if single:
        template.paths["Resource"] = ()
    return _Roles(collector, document, template).read()


class _Roles:
    """The roles of one template."""

    def __init__(self, collector: Collector, document: InputDocument, template: Template) -> None:
        self.collector, self.document, self.template = collector, document, template
        self.context = collector.context
        self.drafts: dict[str, Draft] = {}
        #: What a reference to a role of the template gives, to the logical IDs of such roles that it makes.
        self.named: dict[str, list[str]] = {}
        #: What a reference to a managed policy of the template gives, to its name, the policy, and what of it is lost.
        self.managed: dict[str, tuple[str, HeldPolicy | None, list[str]]] = {}
        #: Why each role of the template may have policies that are not known.
        self.doubts: list[str] = []

    def read(self) -> bool:
        kinds: dict[str, list[str]] = {}
        for name, resource in self.template.resources.items():
            kind = resource.get("Type") if isinstance(resource, Mapping) else None
            if isinstance(kind, str):
                kinds.setdefault(kind, []).append(name)
        for name in kinds.get(MANAGED, ()):
            self._managed(name)
        for name in kinds.get(ROLE, ()):
            self._role(name)
        for name in kinds.get(MANAGED, ()):
            self._attach(name, "Roles", self._attached_here)
        for kind, member in INLINE.items():
            for name in kinds.get(kind, ()):
                self._attach(name, member, self._inline)
        for draft in self.drafts.values():
            draft.lacks(*shortened(self.doubts))
        self.collector.written += self.drafts.values()
        return bool(self.drafts) or any(kinds.get(kind) for kind in (MANAGED, *INLINE))

    # resources

    def _properties(self, name: str) -> Mapping[str, Any]:
        properties = self.template.resources[name].get("Properties", {})
        if isinstance(properties, Mapping):
            return properties
        self.context.notice("problem", self._where(name), f"the Properties of {name} must be a mapping")
        return {}

    def _path(self, name: str) -> Path:
        path = self.template.paths[name]
        return (*path, "Properties")

    def _where(self, name: str, *path: str | int) -> str:
        return self.document.where((*self._path(name), *path))

    def _holds(self, name: str) -> bool | None:
        """Whether the template makes a resource; None if a condition decides that is not decided here."""
        condition = self.template.resources[name].get("Condition")
        return self.template.condition(condition) if isinstance(condition, str) else True

    def _decides(self, name: str) -> str:
        return f"its condition {self.template.resources[name]['Condition']} might be false"

    def _role(self, name: str) -> None:
        holds = self._holds(name)
        where = self.document.where(self.template.paths[name])
        if holds is False:
            message = f"the role {name} is ignored: its condition {self.template.resources[name]['Condition']} is false"
            self.context.notice("note", where, message)
            self.named.setdefault(str(self.template.assuming({}, {"Ref": name})[0]), [])
            return
        if holds is None:
            self.context.notice("note", where, f"the role {name} is read, though {self._decides(name)}")
        properties = self._properties(name)
        arn, _ = self.template.assuming({}, {"Fn::GetAtt": [name, "Arn"]})
        called, _ = self.template.assuming({}, properties.get("RoleName"))
        draft = self.drafts[name] = Draft(
            arn=arn if isinstance(arn, str) else "",
            name=called if isinstance(called, str) and called else name,
            logical_id=name,
            position=position_of(self.document, self.template.paths[name]),
            is_of_template=True,
        )
        self.collector.read += 1
        reference, _ = self.template.assuming({}, {"Ref": name})
        self.named.setdefault(str(reference), []).append(name)
        if "AssumeRolePolicyDocument" in properties:
            what = f"the trust policy of the role {name}"
            place = (*self._path(name), "AssumeRolePolicyDocument")
            given = properties["AssumeRolePolicyDocument"]
            draft.trust = self._document(given, "trust policy", what, "trust", place, draft)
        for index, item in enumerate(self._items(properties.get("Policies"), "Policies", draft)):
            self._own_policy(draft, name, index, item)
        for item in self._items(properties.get("ManagedPolicyArns"), "ManagedPolicyArns", draft):
            self._by_arn(draft, *self.template.assuming({}, item))
        if "PermissionsBoundary" in properties:
            self._boundary(draft, properties["PermissionsBoundary"])

    def _items(self, value: Any, member: str, draft: Draft) -> Iterator[Any]:
        """The items of a list, as written where it is one; none, where the list is not known."""
        if isinstance(value, list):
            for item in value:
                kept, _ = self.template.assuming({}, [item])
                if kept:
                    yield item
            return
        known, undecided = self.template.assuming({}, [value])
        if value is None or not known:
            return
        if isinstance(known[0], list):
            yield from known[0]
        elif isinstance(known[0], str) and not isinstance(known[0], Partial):
            yield from (item.strip() for item in known[0].split(",") if item.strip())
        else:
            draft.lacks(f"its {member} are not known{self._why(undecided, known[0])}")

    def _why(self, undecided: str, value: Any = None) -> str:
        """What decides or would tell a part that is not known, as the end of a sentence."""
        if undecided:
            return f": the condition {undecided} is not decided"
        parts = [one for one in getattr(value, "parts", ()) if not isinstance(one, str)]
        known = [self.context.reading.unknown[one.name] for one in parts if one.name in self.context.reading.unknown]
        return f": {known[0]} is not known" if known else ""

    def _own_policy(self, draft: Draft, name: str, index: int, item: Any) -> None:
        place: Path = (*self._path(name), "Policies", index)
        undecided = ""
        if isinstance(item, Mapping) and "PolicyDocument" not in item:
            item, undecided = self.template.assuming({}, item)
        if not isinstance(item, Mapping):
            if isinstance(item, Partial):
                draft.lacks(f"its policy {index + 1} is not known{self._why(undecided, item)}")
            else:
                self.context.notice(
                    "problem", self.document.where(place), f"policy {index + 1} of {name} must be a mapping"
                )
                draft.lacks(f"its policy {index + 1} cannot be read")
            return
        called, _ = self.template.assuming({}, item.get("PolicyName"))
        called = str(called) if isinstance(called, str) else f"policy {index + 1}"
        what = f"the inline policy {quoted(called)} of the role {name}"
        policy = self._document(item.get("PolicyDocument"), called, what, "inline", (*place, "PolicyDocument"), draft)
        draft.policies += [policy] if policy is not None else []

    def _by_arn(self, draft: Draft, text: Any, undecided: str) -> None:
        """Attaches the policy that an item of ManagedPolicyArns names."""
        if isinstance(text, str) and text in self.managed:
            _, policy, lost = self.managed[text]
            draft.policies += [policy] if policy is not None else []
            draft.lacks(*lost)
        elif isinstance(text, str) and text.startswith("arn:"):
            draft.attached.append((str(text).rpartition("/")[2], str(text)))
        elif isinstance(text, Partial):
            draft.lacks(f"an attached policy is not known{self._why(undecided, text)}")
        elif isinstance(text, str):
            self.context.notice("problem", str(draft.position), f"{quoted(text)} is not the ARN of a policy")
            draft.lacks(f"the policy {text} is attached, and its document was not given")

    def _boundary(self, draft: Draft, given: Any) -> None:
        known, undecided = self.template.assuming({}, [given])
        if not known or known[0] is None:
            return
        text = known[0]
        if isinstance(text, str) and text in self.managed:
            _, policy, lost = self.managed[text]
            draft.bound = policy._replace(kind="boundary") if policy is not None else None
            draft.lacks(*lost, kind="boundary")
        elif isinstance(text, str) and text.startswith("arn:"):
            draft.boundary = str(text)
        else:
            draft.lacks(f"the permissions boundary is not known{self._why(undecided, text)}", kind="boundary")

    # resources that attach policies

    def _managed(self, name: str) -> None:
        """A managed policy of the template; a reference to it gives its ARN."""
        reference, _ = self.template.assuming({}, {"Ref": name})
        properties = self._properties(name)
        called, _ = self.template.assuming({}, properties.get("ManagedPolicyName"))
        called = str(called) if isinstance(called, str) else name
        place = (*self._path(name), "PolicyDocument")
        draft = Draft()
        what = f"the policy {name}"
        policy = self._document(properties.get("PolicyDocument"), called, what, "attached", place, draft)
        path = properties.get("Path", "/")
        arn = ["arn:", {"Ref": "AWS::Partition"}, ":iam::", {"Ref": "AWS::AccountId"}, ":policy", path, called]
        for one in ({"Fn::GetAtt": [name, "PolicyArn"]}, {"Fn::Join": ["", arn]}):
            text, _ = self.template.assuming({}, one)
            self.managed.setdefault(str(text), (name, policy, shortened(draft.unknown)))
        self.managed[str(reference)] = name, policy, shortened(draft.unknown)
        self.collector.read += 1

    def _attached_here(self, draft: Draft, name: str) -> None:
        reference, _ = self.template.assuming({}, {"Ref": name})
        self._by_arn(draft, reference, "")

    def _inline(self, draft: Draft, name: str) -> None:
        properties = self._properties(name)
        called, _ = self.template.assuming({}, properties.get("PolicyName"))
        called = str(called) if isinstance(called, str) else name
        what = f"the policy {name}"
        place = (*self._path(name), "PolicyDocument")
        policy = self._document(properties.get("PolicyDocument"), called, what, "inline", place, draft)
        draft.policies += [policy] if policy is not None else []

    def _attach(self, name: str, member: str, attach: Callable[[Draft, str], None]) -> None:
        """Attaches a policy to the roles that it names."""
        properties = self._properties(name)
        if properties.get(member) is None:
            return
        holds = self._holds(name)
        if holds is False:
            return
        written = properties[member]
        for item, undecided, target in self._evaluated(written if isinstance(written, list) else [written]):
            roles = self.named.get(str(item)) if isinstance(item, str) else None
            if target:  # several roles may have its name
                roles = [target] if target in self.drafts else []
            if roles is not None:
                for role in roles:
                    if holds:
                        attach(self.drafts[role], name)
                    else:
                        self.drafts[role].lacks(f"the policy {name} is attached perhaps: {self._decides(name)}")
            elif isinstance(item, Partial):
                self._perhaps(name, self._why(undecided, item))
            else:
                text = f"the policy {name} is for the role {item}, which is not in the template, so it is ignored"
                self.context.notice("note", self._where(name, member), text)

    def _evaluated(self, items: list[Any]) -> Iterator[tuple[Any, str, str]]:
        """What the items of a list are worked out to, and what decides them; or the role that an item refers to."""
        for item in items:
            target = item.get("Ref") if isinstance(item, Mapping) and len(item) == 1 else None
            resource = self.template.resources.get(target) if isinstance(target, str) else None
            if isinstance(resource, Mapping) and resource.get("Type") == ROLE:
                yield None, "", str(target)
                continue
            known, undecided = self.template.assuming({}, [item])
            for one in known[0] if known and isinstance(known[0], list) else known:
                yield one, undecided, ""

    def _perhaps(self, name: str, why: str) -> None:
        """A policy whose role is not known may be one of each role of the template."""
        self.context.notice("note", self._where(name), f"the role of the policy {name} is not known{why}")
        self.doubts.append(f"the policy {name} might be attached: its role is not known{why}")

    # documents

    def _document(self, value: Any, called: str, what: str, kind: Any, place: Path, draft: Draft) -> HeldPolicy | None:
        """A policy document with its functions worked out; statements that are not known are left out, and told."""
        origins: list[Path] = []
        if isinstance(value, Mapping) and isinstance(value.get("Statement"), list):
            rest, _ = self.template.assuming({}, {key: item for key, item in value.items() if key != "Statement"})
            kept: list[Any] = []
            for number, item in enumerate(value["Statement"]):
                known, undecided = self.template.assuming({}, [item])
                for statement in known:
                    lost = "" if undecided else lost_element(statement)
                    if lost is None:
                        kept.append(statement)
                        origins.append(("Statement", number))
                        continue
                    place_of = f"{lost} of statement {number + 1}" if lost else f"statement {number + 1}"
                    why = self._why(undecided, statement[lost] if lost else statement)
                    draft.lacks(f"{place_of} of {what} is not known{why}", kind=kind)
            evaluated: Any = {**rest, "Statement": kept} if isinstance(rest, Mapping) else rest
            if isinstance(rest, Partial):
                draft.lacks(f"the document of {what} is not known{self._why('', rest)}", kind=kind)
                return None
        else:
            evaluated, undecided = self.template.assuming({}, value)
            statements = evaluated.get("Statement") if isinstance(evaluated, Mapping) else evaluated
            several = statements if isinstance(statements, list) else [statements]
            if undecided or any(lost_element(one) is not None for one in (evaluated, *several)):
                draft.lacks(f"the document of {what} is not known{self._why(undecided, evaluated)}", kind=kind)
                return None
        policy = self.collector.policy(evaluated, called, what, kind, self.document, place, draft)
        if policy is None or all(path[1] == number for number, path in enumerate(origins)):
            return policy
        return HeldPolicy(called, kind, policy.document, policy.path, place, self.document, tuple(origins))

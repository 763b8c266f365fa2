"""Reads the IAM roles of a CloudFormation template, with the policies that its other resources attach to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...canonical import quoted
from ...engine.partial import Partial
from ..reader import InputDocument, below
from ..requests.member_names import elements_of
from ..template import Template
from ..text.places import Path
from .drafts import Collector, Draft, ResourceReader
from .existing_roles import ExistingPolicy
from .policy_documents import lost_element
from .resource_types import PolicyMembers, RoleMembers

ROLE = "AWS::IAM::Role"


def take(collector: Collector, document: InputDocument) -> bool:
    """Reads a template, or one resource; whether it has a role or a policy.

    Raises:
        InputError: it is no template.
    """
    return _Roles(collector, document).read()


class _Roles(ResourceReader):
    """The roles of one template."""

    def __init__(self, collector: Collector, document: InputDocument) -> None:
        super().__init__(collector, document)
        self.template = Template(collector, document)
        #: What a reference to a role of the template gives, to the logical IDs of such roles that it makes.
        self.named: dict[str, list[str]] = {}
        self._checked: set[str] = set()
        for name, resource in self.template.resources.items():
            kind = resource.get("Type") if isinstance(resource, Mapping) else None
            if isinstance(kind, str):
                self.kinds.setdefault(kind, []).append(name)

    # resources

    def _value(self, value: Any) -> Any:
        return self.template.assuming({}, value)[0]

    def _properties(self, name: str) -> Mapping[str, Any]:
        properties = self.template.resources[name].get("Properties", {})
        if isinstance(properties, Mapping):
            return properties
        if name not in self._checked:
            self._checked.add(name)
            self.template.notice("problem", self._path(name), f"the Properties of {name} must be a mapping")
        return {}

    def _path(self, name: str, *path: str | int) -> Path:
        return (*self.template.paths[name], "Properties", *path)

    def text(self, name: str, member: str) -> str:
        """The text of a property, or ""."""
        value = self._value(self._properties(name).get(member))
        return str(value) if isinstance(value, str) else ""

    def _holds(self, name: str) -> bool | None:
        """Whether the template makes a resource; None if a condition decides that is not decided here."""
        condition = self.template.resources[name].get("Condition")
        return self.template.condition(condition) if isinstance(condition, str) else True

    def _decides(self, name: str) -> str:
        return f"its condition {self.template.resources[name]['Condition']} might be false"

    def read_role(self, name: str, members: RoleMembers) -> None:
        """Reads a role, unless its condition is false."""
        holds, path = self._holds(name), self.template.paths[name]
        roles = self.named.setdefault(str(self._value({"Ref": name})), [])
        if holds is False:
            message = f"the role {name} is ignored: its condition {self.template.resources[name]['Condition']} is false"
            self.template.notice("note", path, message)
            return
        if holds is None:
            self.template.notice("note", path, f"the role {name} is read, though {self._decides(name)}")
        roles.append(name)
        properties = self._properties(name)
        arn, called = self._value({"Fn::GetAtt": [name, "Arn"]}), self._value(properties.get(members.name))
        draft = self.drafts[name] = Draft(
            arn=arn if isinstance(arn, str) else "",
            name=called if isinstance(called, str) and called else name,
            logical_id=name,
            position=self.document.position(path),
        )
        if members.trust in properties:
            what = f"the trust policy of the role {name}"
            draft.trust = self.document_at(draft, name, (members.trust,), "trust policy", what, "trust")
        for index, item in enumerate(self._items(properties.get(members.inline), members.inline, draft)):
            self._own_policy(draft, name, index, item, members)
        for item in self._items(properties.get(members.attached), members.attached, draft):
            self._by_arn(draft, *self.template.assuming({}, item))
        if members.boundary in properties:
            self._boundary(draft, properties[members.boundary])

    def _items(self, value: Any, member: str, draft: Draft) -> Iterator[Any]:
        """The items of a list, as written where it is one; none, where the list is not known."""
        if isinstance(value, list):
            yield from (item for item in value if self._value([item]))
            return
        known, undecided = self.template.assuming({}, [value])
        if value is None or not known:
            return
        if isinstance(known[0], list):
            yield from known[0]
        elif isinstance(known[0], str) and not isinstance(known[0], Partial):
            yield from elements_of(known[0])
        else:
            draft.add_unknown(f"its {member} are not known{self._why(undecided, known[0])}")

    def _why(self, undecided: str, value: Any = None) -> str:
        """What decides or would tell a part that is not known, as the end of a sentence."""
        if undecided:
            return f": the condition {undecided} is not decided"
        parts = [one for one in getattr(value, "parts", ()) if not isinstance(one, str)]
        known = [
            self.collector.reading.unknown[one.name] for one in parts if one.name in self.collector.reading.unknown
        ]
        return f": {known[0]} is not known" if known else ""

    def _own_policy(self, draft: Draft, name: str, index: int, item: Any, members: RoleMembers) -> None:
        place, key = self._path(name, members.inline, index), members.inline_document
        undecided = ""
        if isinstance(item, Mapping) and key not in item:
            item, undecided = self.template.assuming({}, item)
        if isinstance(item, Mapping):
            text = self._value(item.get(members.inline_name))
            called = str(text) if isinstance(text, str) else f"policy {index + 1}"
            what = f"the inline policy {quoted(called)} of the role {name}"
            draft.add(self._document(item.get(key), called, what, "inline", (*place, key), draft))
        elif isinstance(item, Partial):
            draft.add_unknown(f"its policy {index + 1} is not known{self._why(undecided, item)}")
        else:
            self.template.notice("problem", place, f"policy {index + 1} of {name} must be a mapping")
            draft.add_unknown(f"its policy {index + 1} cannot be read")

    def _by_arn(self, draft: Draft, text: Any, undecided: str) -> None:
        """Attaches the policy that an item of ManagedPolicyArns names."""
        if isinstance(text, str) and text in self.managed:
            self.attach(draft, text)
        elif isinstance(text, str) and text.startswith("arn:"):
            draft.attach(str(text))
        elif isinstance(text, Partial):
            draft.add_unknown(f"an attached policy is not known{self._why(undecided, text)}")
        elif isinstance(text, str):
            self.collector.notice("problem", str(draft.position), f"{quoted(text)} is not the ARN of a policy")
            draft.add_unknown(f"the policy {text} is attached, and its document was not given")

    def _boundary(self, draft: Draft, given: Any) -> None:
        known, undecided = self.template.assuming({}, [given])
        if not known or known[0] is None:
            return
        text = known[0]
        if isinstance(text, str) and text in self.managed:
            policy, lost = self.managed[text]
            draft.bound = policy._replace(kind="boundary") if policy is not None else None
            draft.add_unknown(*lost, kind="boundary")
        elif isinstance(text, str) and text.startswith("arn:"):
            draft.boundary = str(text)
        else:
            draft.add_unknown(f"the permissions boundary is not known{self._why(undecided, text)}", kind="boundary")

    # resources that attach policies

    def register(self, name: str, called: str, policy: ExistingPolicy | None, unknown: list[str]) -> None:
        """Adds a managed policy by its ARN, which a reference to it gives."""
        path = self._properties(name).get("Path", "/")
        arn = ["arn:", {"Ref": "AWS::Partition"}, ":iam::", {"Ref": "AWS::AccountId"}, ":policy", path, called]
        for one in ({"Fn::GetAtt": [name, "PolicyArn"]}, {"Fn::Join": ["", arn]}):
            self.managed.setdefault(str(self._value(one)), (policy, unknown))
        self.managed[str(self._value({"Ref": name}))] = policy, unknown

    def attach_managed(self, draft: Draft, name: str, members: PolicyMembers) -> None:
        """Attaches a managed policy of the template."""
        self.attach(draft, str(self._value({"Ref": name})))

    def roles_of(self, name: str, members: PolicyMembers) -> Iterator[Draft]:
        """The roles that a policy names and certainly has."""
        written = self._properties(name).get(members.roles)
        holds = self._holds(name)
        if written is None or holds is False:
            return
        for item, undecided, target in self._evaluated(written if isinstance(written, list) else [written]):
            roles = self.named.get(str(item)) if isinstance(item, str) else None
            if target:  # several roles may have its name
                roles = [target] if target in self.drafts else []
            if roles is not None:
                for role in roles:
                    if holds:
                        yield self.drafts[role]
                    else:
                        self.drafts[role].add_unknown(f"the policy {name} is attached perhaps: {self._decides(name)}")
            elif isinstance(item, Partial):
                why = f"its role is not known{self._why(undecided, item)}"
                note = f"the role of the policy {name} is not known{self._why(undecided, item)}"
                self.perhaps(self._path(name), note, f"the policy {name} might be attached: {why}")
            else:
                text = f"the policy {name} is for the role {item}, which is not in the template, so it is ignored"
                self.template.notice("note", self._path(name, members.roles), text)

    def _evaluated(self, items: list[Any]) -> Iterator[tuple[Any, str, str]]:
        """What the items of a list are worked out to, and what decides them; or the role that an item refers to."""
        for item in items:
            target = item.get("Ref") if isinstance(item, Mapping) and len(item) == 1 else None
            if isinstance(target, str) and target in self.kinds.get(ROLE, ()):
                yield None, "", target
            else:
                known, undecided = self.template.assuming({}, [item])
                several = known[0] if known and isinstance(known[0], list) else known
                yield from ((one, undecided, "") for one in several)

    # documents

    def document_at(
        self, draft: Draft, name: str, path: Path, called: str, what: str, kind: Any
    ) -> ExistingPolicy | None:
        """The policy document at a path in the properties."""
        properties = self._properties(name)
        return self._document(below(properties, *map(str, path)), called, what, kind, self._path(name, *path), draft)

    def _document(
        self, value: Any, called: str, what: str, kind: Any, place: Path, draft: Draft
    ) -> ExistingPolicy | None:
        """A policy document with its functions worked out; statements that are not known are left out, and told."""
        origins: list[Path] = []
        if isinstance(value, Mapping) and isinstance(value.get("Statement"), list):
            rest = self._value({key: item for key, item in value.items() if key != "Statement"})
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
                    draft.add_unknown(f"{place_of} of {what} is not known{why}", kind=kind)
            evaluated: Any = {**rest, "Statement": kept} if isinstance(rest, Mapping) else rest
            if isinstance(rest, Partial):
                draft.add_unknown(f"the document of {what} is not known{self._why('', rest)}", kind=kind)
                return None
        else:
            evaluated, undecided = self.template.assuming({}, value)
            statements = evaluated.get("Statement") if isinstance(evaluated, Mapping) else evaluated
            several = statements if isinstance(statements, list) else [statements]
            if undecided or any(lost_element(one) is not None for one in (evaluated, *several)):
                draft.add_unknown(f"the document of {what} is not known{self._why(undecided, evaluated)}", kind=kind)
                return None
        at = self.document._replace(value=evaluated, path=place)
        policy = self.collector.policy(at, called, what, kind, draft)
        if policy is None or all(path[1] == number for number, path in enumerate(origins)):
            return policy
        return ExistingPolicy(called, kind, policy.document, policy.path, place, self.document, tuple(origins))

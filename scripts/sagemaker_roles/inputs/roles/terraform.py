"""Reads the IAM roles of `terraform show -json`: those of a plan, or of a state, with the policies attached to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...canonical import quoted
from ...engine.partial import Partial, Unknown, document, joined
from ..reader import InputDocument, text_at, within
from ..requests import terraform
from ..terraform_documents import statement_of_block
from ..terraform_references import References
from ..text.places import Path
from .drafts import Collector, Draft, ResourceReader
from .existing_roles import ExistingPolicy
from .policy_documents import lost_element
from .resource_types import ROLES, PolicyMembers, RoleMembers

_DOCUMENT = "data.aws_iam_policy_document"


def take(collector: Collector, document: InputDocument) -> bool:
    """Reads a plan or a state; whether it has a role or a policy.

    Raises:
        InputError: it is no plan and no state.
    """
    return _Roles(collector, document).read()


class _Roles(ResourceReader):
    """The roles of one plan or state."""

    inline_noun = "inline policy"

    def __init__(self, collector: Collector, document: InputDocument) -> None:
        super().__init__(collector, document)
        plan = document.value
        #: The values of each resource.
        self.values: dict[str, InputDocument] = {}
        for resource in terraform.planned(document):
            self._take(resource.value, resource.below("values"))
        self.unknown: dict[str, Any] = {}
        #: Policies that the plan deletes: the role's address or name, and name or ARN.
        self.deleted: set[tuple[str, str]] = set()
        changes = plan.get("resource_changes")
        for index, item in enumerate(changes if isinstance(changes, list) else ()):
            if isinstance(item, Mapping) and isinstance(item.get("change"), Mapping):
                self._change(item, document.below("resource_changes", index, "change"))
        self.references = References(plan.get("configuration"), self.values)
        self.by_name: dict[str, list[str]] = {}

    def _take(self, resource: Mapping[str, Any], at: InputDocument) -> None:
        address, kind = resource.get("address"), resource.get("type")
        if not (isinstance(address, str) and isinstance(kind, str) and isinstance(at.value, Mapping)):
            return
        if self.values.setdefault(address, at) is at:
            self.kinds.setdefault(f"data.{kind}" if resource.get("mode") == "data" else kind, []).append(address)

    def _change(self, item: Mapping[str, Any], at: InputDocument) -> None:
        address, change = item.get("address"), at.value
        if isinstance(address, str):
            self.unknown[address] = change.get("after_unknown")
        before = change.get("before")
        if change.get("actions") == ["delete"] and isinstance(before, Mapping):
            for key in ("name", "policy_arn"):
                if isinstance(before.get("role"), str) and isinstance(before.get(key), str):
                    self.deleted.add((before["role"], before[key]))
        if item.get("mode") == "data" and item.get("type") == _DOCUMENT.removeprefix("data."):
            self._take(item, at.below("after"))

    def finish(self) -> None:
        """Reads what is behind attachments, and which role each member stands for that is known only after apply."""
        for address, draft in self.drafts.items():
            self._own_policies(draft, address, ROLES["aws_iam_role"])
        for kind, addresses in self.kinds.items():
            if self.collector.catalog.service_of_type("terraform", kind):
                for address in addresses:
                    self._passing(address)
        super().finish()

    # values

    def _known(self, address: str, member: str) -> Any:
        return self.values[address].value.get(member)

    def text(self, name: str, member: str) -> str:
        """The text of an attribute, or ""."""
        return text_at(self.values[name].value, member)

    def _is_unknown(self, address: str, *path: str | int) -> bool:
        """Whether a value is known only after apply."""
        at: Any = self.unknown.get(address)
        for part in path:
            if isinstance(at, Mapping):
                at = at.get(part)
            elif isinstance(at, list):
                at = at[part] if isinstance(part, int) and part < len(at) else None
        return at is True

    # roles

    def read_role(self, address: str, members: RoleMembers) -> None:
        """Reads a role with ARN and name, which are parts that are not known where the plan does not have them."""
        name: str | Unknown = self.text(address, members.name)
        if not name:
            what = f"name of {address}, known only after apply"
            base = terraform.name_of(self.collector, address)
            name = self.collector.part(f"{base}-name", what, key=f"{address} ('name',)")
        arn = self.text(address, "arn")
        if not arn:
            path = self.text(address, "path") or "/"
            partition, account = (self.collector.value(one) or Unknown(one) for one in ("Partition", "Account"))
            arn = joined(["arn:", partition, ":iam::", account, f":role{path}", name])
        if isinstance(name, str):
            self.by_name.setdefault(name, []).append(address)
        draft = self.drafts[address] = Draft(
            arn=arn,
            name=joined([name]),
            logical_id=address,
            position=self.document.position(self.values[address].path[:-1]),
        )
        what = f"the trust policy of {address}"
        draft.trust = self.document_at(draft, address, (members.trust,), "trust policy", what, "trust")
        boundary = self.text(address, members.boundary)
        if boundary:
            draft.boundary = boundary
        elif self._is_unknown(address, members.boundary):
            draft.add_unknown("the permissions boundary is known only after apply", kind="boundary")

    def _own_policies(self, draft: Draft, address: str, members: RoleMembers) -> None:
        """Reads what the role itself says of its policies, with what AWS answered at the last refresh."""
        key, inline = members.inline_document, self._known(address, members.inline)
        for index, item in enumerate(inline if isinstance(inline, list) else ()):
            if not isinstance(item, Mapping):
                continue
            called = item.get(members.inline_name)
            called = called if isinstance(called, str) else f"inline policy {index + 1}"
            if called in draft.listed or (draft.name, called) in self.deleted:
                continue
            if not item.get(key) and not self._is_unknown(address, members.inline, index, key):
                continue  # an empty block says that the role has no other policies
            what = f"the inline policy {quoted(called)} of {address}"
            draft.add(self.document_at(draft, address, (members.inline, index, key), called, what, "inline"))
        listed = self._known(address, members.attached)
        for index, item in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(item, str) and (draft.name, item) not in self.deleted:
                draft.attach(item)
            elif not isinstance(item, str) and self._is_unknown(address, members.attached, index):
                draft.add_unknown(f"{members.attached} of {address} are known only after apply")
        for member in (members.inline, members.attached):
            if self._is_unknown(address, member) and self.references.is_written(address, member):
                draft.add_unknown(f"{member} of {address} are known only after apply")

    # policies

    def register(self, address: str, called: str, policy: ExistingPolicy | None, unknown: list[str]) -> None:
        """Adds a managed policy by its address, and by its ARN if all of it is known."""
        self.managed[address] = policy, unknown
        arn = self.text(address, "arn")
        if arn and policy is not None and not unknown:
            self.collector.known.setdefault(arn, policy)

    def roles_of(self, address: str, members: PolicyMembers) -> list[Draft]:
        """The roles that a policy or an attachment names."""
        member = members.roles
        self.collector.read += 1
        value = self._known(address, member)
        names = [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
        referred = [one for one in self.references.targets(address, (member,), "aws_iam_role") if one in self.drafts]
        addresses: dict[str, None] = {}
        for name in dict.fromkeys(names):
            named = self.by_name.get(name, [])
            if len(named) > 1:
                named = [one for one in referred if one in set(named)]
            if len(named) == 1:
                addresses[named[0]] = None
            elif name in self.by_name:
                self._perhaps(address, f"several roles are called {name}")
            elif isinstance(name, Partial):
                self._perhaps(address, f"its role {name} is not known")
            else:
                message = f"{address} is for the role {name}, which is not in the plan, so it is ignored"
                self.collector.notice("note", self.values[address].where((member,)), message)
        if not names and len(referred) != 1:
            self._perhaps(address, "its role is known only after apply")
        elif not names:
            addresses[referred[0]] = None
        return [self.drafts[one] for one in addresses]

    def _perhaps(self, address: str, why: str) -> None:
        self.perhaps(self.values[address].path, f"{address} is ignored: {why}", f"{address} might be attached: {why}")

    def attach_managed(self, draft: Draft, address: str, members: PolicyMembers) -> None:
        """Attaches the policy whose ARN an attachment has, or the one policy of the plan that it refers to."""
        value = self._known(address, members.arn)
        targets = self.references.targets(address, (members.arn,), "aws_iam_policy")
        if isinstance(value, str):
            draft.attach(value)
        elif len(targets) == 1:
            self.attach(draft, targets[0])
        else:
            draft.add_unknown(f"the policy that {address} attaches is known only after apply")

    # documents

    def document_at(
        self, draft: Draft, address: str, path: Path, called: str, what: str, kind: Any
    ) -> ExistingPolicy | None:
        """The policy document of an attribute, or the one that a data source makes of its blocks."""
        at = self.values[address].below(*path)
        if isinstance(at.value, Partial):
            return self._of_parts(draft, at, called, what, kind)
        if isinstance(at.value, str) and at.value:
            return self.collector.policy(at, called, what, kind, draft)
        if not self._is_unknown(address, *path):
            return None
        targets = self.references.targets(address, path, _DOCUMENT)
        if len(targets) == 1 and self.references.is_plain(address, path, _DOCUMENT):
            return self._of_blocks(draft, targets[0], called, what, kind)
        draft.add_unknown(f"the document of {what} is known only after apply", kind=kind)
        return None

    def _of_parts(self, draft: Draft, at: InputDocument, called: str, what: str, kind: Any) -> ExistingPolicy | None:
        """A document of which parts are not known; statements that are lost by that are left out, and told."""
        read = document(at.value)
        if read is None or isinstance(read.get("Statement"), Partial):
            parts = [part.name for part in at.value.parts if isinstance(part, Unknown)]
            known = [self.collector.reading.unknown[name] for name in parts if name in self.collector.reading.unknown]
            why = f": {known[0]} is not known" if known and read is None else ""
            draft.add_unknown(f"the document of {what} is not known{why}", kind=kind)
            return None
        listed, kept = read.get("Statement", []), []
        for number, statement in enumerate(listed if isinstance(listed, list) else [listed], 1):
            lost = lost_element(statement)
            if lost is None:
                kept.append(statement)
                continue
            place = f"{lost} of statement {number}" if lost else f"statement {number}"
            draft.add_unknown(f"{place} of {what} is not known", kind=kind)
        return self.collector.policy(at._replace(value={**read, "Statement": kept}), called, what, kind, draft)

    def _of_blocks(self, draft: Draft, address: str, called: str, what: str, kind: Any) -> ExistingPolicy | None:
        """The document that a data source makes of its blocks at apply; parts that are not known yet are open."""
        at = self.values[address]
        merged = terraform.with_unknown(self.collector, at.value, self._blocks_unknown(address), address, called)
        others = ("source_policy_documents", "override_policy_documents", "source_json", "override_json")
        blocks = merged.get("statement") or [] if isinstance(merged, Mapping) else None
        if not isinstance(blocks, list) or any(merged.get(key) for key in others):
            draft.add_unknown(f"the document of {what} is known only after apply", kind=kind)
            return None
        statements, origins = [], []
        for number, block in enumerate(blocks):
            statement = statement_of_block(block)
            lost = lost_element(statement) if statement is not None else ""
            if statement is None or lost is not None:
                place = f"{lost} of statement {number + 1}" if lost else f"statement {number + 1}"
                draft.add_unknown(f"{place} of {what} is known only after apply", kind=kind)
            else:
                statements.append(statement)
                origins.append(("statement", number))
        version = merged.get("version")
        made = {
            "Version": version if isinstance(version, str) and version else "2012-10-17",
            "Statement": statements,
        }
        return ExistingPolicy(called, kind, made, at.name, at.path, self.document, tuple(origins))

    def _blocks_unknown(self, address: str) -> Any:
        unknown = self.unknown.get(address)
        if not isinstance(unknown, Mapping):
            return None
        return {key: value for key, value in unknown.items() if key not in ("id", "json", "minified_json")}

    # what passes roles

    def _passing(self, address: str) -> None:
        """Notes which role each member stands for that is known only after apply."""
        for path, item in within(self.unknown.get(address)):
            if item is True:
                targets = self.references.targets(address, path, "aws_iam_role", attribute="arn")
                if len(targets) == 1 and targets[0] in self.drafts:
                    self.drafts[targets[0]].parts.add(f"{address} {path}")

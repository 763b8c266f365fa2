"""Writes the page of one operation."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ..canonical import canonical
from . import proved
from .published import Data, Published, grantees
from .recipes import recipes
from .text import anchor, code, code_list, count, esc, fence, front_matter, link, md, table, tabs

#: Most characters of a managed policy, white space not counted (IAM User Guide, "IAM and AWS STS quotas").
_POLICY_LIMIT = 6144
#: Most roles of an operation whose policies are on its own page; of more, each has a page.
_ROLES_OF_A_PAGE = 3
_DOCUMENTATION = {
    "full": "AWS prints its permissions",
    "partial": "AWS prints some of its permissions",
    "none": "AWS prints no permissions for it",
}
_STATUS = {
    "closed": "closed to new customers",
    "deprecated": "deprecated",
    "removed": "removed",
}
_CHANGES = {
    "added": "adds",
    "corrected": "corrects",
    "moved": "has in add-ons",
    "narrowed": "narrows",
    "removed": "leaves out",
}


def size(document: Any) -> int:
    """Characters of a policy as IAM counts them: without white space."""
    return sum(not char.isspace() for char in json.dumps(document, separators=(",", ":")))


def patched(document: Data, patches: Iterable[Sequence[Data]]) -> dict[str, Any]:
    """A policy with add-on patches, which only ever append statements."""
    added = [step["value"] for patch in patches for step in patch]
    return {**document, "Statement": [*document["Statement"], *added]}


def condition_text(addon: Data, operation: str) -> str:
    """When an add-on is needed, as a sentence in HTML and Markdown alike."""
    if addon["usage"]:
        return md(addon["usage"])
    request = addon["request"]
    whose = "the request" if request == operation else f"a {code(request)} request with the same role"
    if addon["when"]:
        return f"Needed when {whose} has {code(addon['when'])}."
    members = list(dict.fromkeys(member for item in addon["statements"] for member in item["members"]))
    return (
        f"Needed when {whose} has a value in {code_list(members)}." if members else f"Needed when {whose} asks for it."
    )


class OperationPage:
    """One operation's page, and those of its roles where there are many.

    Args:
        published: the artifacts.
        name: the operation.
        change_url: address that opens the record for a change, "" if it is not known.
        up: what leads from the page to the folder of operations, "" if it is in it.
    """

    def __init__(self, published: Published, name: str, change_url: str = "", up: str = "") -> None:
        self.published = published
        self.name = name
        self.record: Data = published.operations[name]
        self.change_url = change_url
        self.up = up

    def pages(self) -> dict[str, str]:
        """The page, and those of its roles: path below the folder of operations to Markdown."""
        pages = {f"{self.name}.md": self.markdown()}
        if has_role_pages(self.record):
            inner = OperationPage(self.published, self.name, self.change_url, "../")
            pages |= {f"{self.name}/{role['id']}.md": inner.role_markdown(role) for role in self.record["roles"]}
        return pages

    def markdown(self) -> str:
        """The operation's page."""
        parts = [self._front_matter(), self._head()]
        for role in self.record["roles"]:
            parts.append(self._role_link(role) if has_role_pages(self.record) else self._grantee(role))
        if self.record["caller"]:
            parts.append(self._grantee(self.record["caller"], caller=True))
        parts += [self._steps(), self._pitfalls(), self._deviations(), proved.section(self.published, self.name)]
        parts += [self._use(), self._sources(), self._change()]
        return "\n".join(part for part in parts if part)

    def role_markdown(self, role: Data) -> str:
        """The page of one role."""
        head = front_matter(
            {
                "title": f"{self.name}: {role['title']}",
                "description": f"{self.name}, {role['id']}: least-privilege IAM policies, trust policy and add-ons.",
                "json": [f"v1/{self.published.version}/{role['links']['policy']}"],
            }
        )
        back = f"One of the roles of {link(md(self.name), f'../{self.name}.md')}.\n"
        cited = {
            key
            for holder in [role, *role["addons"]]
            for part in ("statements", "trust")
            for item in holder[part]
            for key in item["sources"]
        }
        return "\n".join([head, self._grantee(role, level=1, note=back), self._sources(cited)])

    # head

    def _front_matter(self) -> str:
        record = self.record
        ids = [addon["id"] for grantee in record["roles"] for addon in grantee["addons"]]
        tags = [
            tag
            for tag, wanted in (
                ("VPC", any("vpc" in item.split("-") for item in ids)),
                ("KMS", any(item.startswith("kms") for item in ids)),
                ("Several roles", len(record["roles"]) > 1),
                ("No role of its own", not record["roles"]),
                ("Not in AWS's guide", record["documentation"] == "none"),
                ("Closed or deprecated", record["availability"]["status"] != "available"),
            )
            if wanted
        ]
        roles = " and ".join(role["title"].lower() for role in record["roles"][:2]) or "the role it works with"
        return front_matter(
            {
                "title": self.name,
                "description": (
                    f"{self.name}: least-privilege IAM policies for its {roles}"
                    f"{' and more roles' if len(record['roles']) > 2 else ''}, trust policy and caller policy."
                ),
                "tags": tags,
                "status": "deprecated" if record["availability"]["status"] != "available" else "",
                # A name that the words of a search fill wholly comes before longer ones that hold them too.
                "search": {"boost": round(2 + 2 / len(re.findall("[A-Z][a-z0-9]*", self.name)), 2)},
                "json": [f"v1/{self.published.version}/{record['links']['self']}"],
            }
        )

    def _head(self) -> str:
        record = self.record
        lines = [f"# {md(self.name)} {{ #{anchor(self.name)} }}", "", md(record["summary"]), ""]
        availability = record["availability"]
        if availability["status"] != "available":
            since = f" since {md(availability['since'])}" if availability["since"] else ""
            lines += [
                f'!!! warning "{md(self.name)} is {_STATUS[availability["status"]]}{since}"',
                "",
                f"    {md(availability['note'])} {self._cite(availability['sources'])}",
                "",
            ]
        roles = ", ".join(
            f"[{md(role['title'])}](#{role['id']})"
            + (f" ({code_list(role['parameters'])})" if role["parameters"] else "")
            for role in record["roles"]
        )
        if roles:
            lines.append(f"- **{'Roles' if len(record['roles']) > 1 else 'Role'}:** {roles}")
        if record["uses_role_of"]:
            others = ", ".join(self._operation(name) for name in record["uses_role_of"])
            lines.append(f"- **Works with the role of:** {others}")
        if record["caller"]:
            lines.append("- **Caller:** [what the identity that calls it needs](#caller)")
        lines.append(
            f"- **Evidence:** {evidence_counts(record['evidence'])}; "
            f"{_DOCUMENTATION.get(record['documentation'], record['documentation'])}"
        )
        if told := proved.counts(self.published, self.name):
            lines.append(f"- **Proof:** {told}")
        lines += [
            "",
            f'<a class="md-button md-button--primary" href="../../composer/#operation={esc(self.name)}">'
            "Compose with your request or add-ons</a>",
            f"[JSON](../v1/{self.published.version}/{record['links']['self']}){{ .md-button }}",
            "",
        ]
        return "\n".join(lines)

    # roles and caller

    def _role_link(self, role: Data) -> str:
        """A role that has a page of its own."""
        lines = [f"## {md(role['title'])} {{ #{role['id']} }}", ""]
        if role["parameters"]:
            lines += [f"The role whose ARN the request carries in {code_list(role['parameters'])}.", ""]
        if role["summary"]:
            lines += [md(role["summary"]), ""]
        told = count(len(role["statements"]), "statement")
        if role["addons"]:
            told += f", {count(len(role['addons']), 'add-on')}"
        page = f"[Policies, add-ons, and reasons of this role]({self.name}/{role['id']}.md){{ .role-page }}"
        return "\n".join([*lines, f"{page}: {told}.", ""])

    def _grantee(self, grantee: Data, caller: bool = False, level: int = 2, note: str = "") -> str:
        own = grantee["id"]
        mark = "#" * (level + 1)
        title = md(f"{self.name}: {grantee['title']}" if level == 1 else grantee["title"])
        lines = [f"{'#' * level} {title} {{ #{own} }}", "", note]
        if caller:
            lines += [
                f"The identity that calls {code(self.name)}: a user, a pipeline, another role. "
                "It needs these permissions besides those of the role it passes.",
                "",
            ]
        elif grantee["parameters"]:
            lines += [f"The role whose ARN the request carries in {code_list(grantee['parameters'])}.", ""]
        if grantee["summary"]:
            lines += [md(grantee["summary"]), ""]
        if grantee["not_passed"]:
            lines += [f"The caller does not pass this role: {md(grantee['not_passed'])}", ""]
        if not caller:
            lines += [f"{mark} Permissions policy {{ #{own}-policy data-search-exclude }}", ""]
        lines += [self._policies(grantee, caller)]
        if addons := self._addons(grantee):
            lines += [f"{mark} Add-ons {{ #{own}-addons data-search-exclude }}", "", addons]
        if not caller:
            lines += [f"{mark} Trust policy {{ #{own}-trust data-search-exclude }}", "", self._trust(grantee)]
        lines += [f"{mark} Why each statement {{ #{own}-why }}", "", self._why(grantee, caller)]
        if caller and grantee.get("condition_keys"):
            lines += [
                f"The caller's {code('sagemaker:' + self.name)} can be limited further with these "
                f"[condition keys]({self.up}condition-keys.md): {code_list(grantee['condition_keys'])}.",
                "",
            ]
        if grantee["placeholders"]:
            lines += [f"{mark} Placeholders {{ #{own}-placeholders }}", "", self._placeholders(grantee)]
        return "\n".join(lines)

    def _policies(self, grantee: Data, caller: bool) -> str:
        links = grantee["links"]
        base = self.published.json(links["policy"])
        items = [("Policy" if caller else "Scoped", self._artifact(links["policy"]))]
        if "broad_policy" in links:
            broad = (
                "The same actions on every resource: for a first try in an account of your own, not for production.\n\n"
            )
            items.append(("Broad", broad + self._artifact(links["broad_policy"])))
        patches = {addon["id"]: self.published.json(addon["links"]["patch"]) for addon in grantee["addons"]}
        patches = {key: patch for key, patch in patches.items() if patch}
        kms = [key for key in patches if key.startswith("kms")]
        if "vpc" in patches and kms and not caller:
            items.append(("VPC and KMS", self._combined(grantee, base, patches, ["vpc", *kms])))
        if len(patches) > 1 and size(patched(base, patches.values())) <= _POLICY_LIMIT:
            items.append(("All add-ons", self._combined(grantee, base, patches, list(patches))))
        return tabs(items)

    def _addons(self, grantee: Data) -> str:
        """The add-ons to the permissions policy, each folded below its name."""
        parts = []
        for addon in grantee["addons"]:
            if patch := self.published.json(addon["links"]["patch"]):
                content = self._addon(grantee, addon, patch)
            elif addon["trust"]:
                content = self._trust_only(grantee, addon)
            else:
                continue
            label = f"<summary>{code(addon['id'])} {md(addon['title'])}</summary>"
            own = f"{grantee['id']}-addon-{addon['id']}"
            parts.append(f'<details class="addon" id="{esc(own)}" markdown="1">{label}\n\n{content}\n</details>\n')
        return "\n".join(parts)

    def _artifact(self, path: str) -> str:
        text = self.published.text(path)
        return fence(text, "json") + "\n" + self._meta(path, size(json.loads(text)))

    def _meta(self, path: str, characters: int = 0, before: str = "") -> str:
        published = self.published
        name = path.removeprefix("operations/").replace("/", "-")
        length = f" · {characters:,} of {_POLICY_LIMIT:,} characters" if characters > _POLICY_LIMIT // 2 else ""
        return (
            f"{before}[v1/{published.version}/{path}](../{self.up}v1/{published.version}/{path})"
            f'{{ download="{name}" }} · version {code(published.version)}{length} · '
            f"SHA-256 {code(published.files[path]['sha256'])}\n{{ .artifact }}\n"
        )

    def _addon(self, grantee: Data, addon: Data, patch: Sequence[Data]) -> str:
        document = {"Version": "2012-10-17", "Statement": [step["value"] for step in patch]}
        links = addon["links"]
        extra = ""
        if "broad_patch" in links:
            path = links["broad_patch"]
            extra = f", [on every resource](../{self.up}v1/{self.published.version}/{path})"
        return (
            f"{condition_text(addon, self.name)} Attach it beside the policy, "
            f"or {self._composer(grantee, [addon['id']], 'see both as one')}.\n\n"
            + fence(canonical(document).decode("ascii"), "json")
            + "\n"
            + self._meta(links["patch"], before=f"As a JSON Patch{extra}: ")
            + "".join(f"\n{md(note)}\n" for note in addon["notes"])
        )

    def _trust_only(self, grantee: Data, addon: Data) -> str:
        return f"{condition_text(addon, self.name)} It adds to the [trust policy](#{grantee['id']}-trust) only.\n"

    def _combined(self, grantee: Data, base: Data, patches: Mapping[str, Any], chosen: Sequence[str]) -> str:
        document = patched(base, (patches[key] for key in chosen))
        characters = size(document)
        over = (
            f" It is longer than one managed policy may be ({_POLICY_LIMIT:,} characters): "
            "the composer splits it, or take only what you need."
            if characters > _POLICY_LIMIT
            else ""
        )
        return (
            f"The policy with {', '.join(code(key) for key in chosen)} "
            f"({self._composer(grantee, chosen, 'change the choice')}). {characters:,} characters.{over}\n\n"
            + fence(canonical(document).decode("ascii"), "json")
        )

    def _composer(self, grantee: Data, addons: Sequence[str], label: str) -> str:
        role = "" if grantee is self.record["caller"] else f"&amp;role={esc(grantee['id'])}"
        state = f"operation={esc(self.name)}{role}&amp;addons={esc(','.join(addons))}"
        return f'<a href="../../{self.up}composer/#{state}">{label}</a>'

    def _trust(self, grantee: Data) -> str:
        path = grantee["links"]["trust_policy"]
        base = self.published.json(path)
        items = [("Trust policy", self._artifact(path))]
        for addon in grantee["addons"]:
            if "trust_patch" in addon["links"]:
                patch = self.published.json(addon["links"]["trust_patch"])
                items.append(
                    (
                        f"+ {addon['id']}",
                        fence(canonical(patched(base, [patch])).decode("ascii"), "json")
                        + "\n"
                        + self._meta(addon["links"]["trust_patch"], before="With the JSON Patch "),
                    )
                )
        return tabs(items) if len(items) > 1 else items[0][1]

    def _why(self, grantee: Data, caller: bool) -> str:
        rows: list[tuple[str, str, str]] = []
        ids: list[str] = []
        holders = [("", grantee), *((addon["id"], addon) for addon in grantee["addons"])]
        for addon_id, holder in holders:
            for part in ("statements",) if caller else ("statements", "trust"):
                for item in holder[part]:
                    rows.append(self._row(item, addon_id, part == "trust"))
                    ids.append(statement_id(grantee["id"], item["statement"]["Sid"], part == "trust"))
        return table(("Statement", "Why", "Evidence"), rows, css="why", row_ids=ids)

    def _row(self, item: Data, addon: str, trust: bool) -> tuple[str, str, str]:
        statement = item["statement"]
        actions = "".join(
            f'<li><a href="../{self.up}actions/#{anchor(action)}">{code(action)}</a></li>'
            for action in statement["Action"]
        )
        where = f'<span class="where">+ {esc(addon)}</span>' if addon else ""
        where += '<span class="where">trust policy</span>' if trust else ""
        head = f"{code(statement['Sid'])}{where}<ul>{actions}</ul>"
        why = f"<p>{esc(item['why'])}</p>"
        if item["members"]:
            why += f'<p class="members">Scoped by {code_list(item["members"])}</p>'
        why += "".join(f'<p class="note">{esc(note)}</p>' for note in item["notes"])
        evidence = f'<span class="evidence {esc(item["evidence"])}">{esc(item["evidence"])}</span>'
        sources = "".join(f"<li>{self._source(key)}</li>" for key in item["sources"])
        return head, why, f"{evidence}<ul>{sources}</ul>"

    def _source(self, key: str) -> str:
        source = self.record["sources"].get(key) or self.published.catalog["sources"][key]
        dates = f" <small>as of {md(source['as_of'])}, read {md(source['read'])}</small>"
        if source["url"].startswith("https://"):
            return f'<a href="{esc(source["url"])}">{md(source["title"])}</a>{dates}'
        return f"{md(source['title'])} ({code(source['url'])}){dates}"

    def _cite(self, keys: Iterable[str]) -> str:
        return " ".join(f"({self._source(key)})" for key in keys)

    def _placeholders(self, grantee: Data) -> str:
        rows = []
        for item in grantee["placeholders"]:
            members = f"<p>{code_list(item['members'])}</p>" if item["members"] else ""
            rows.append(
                (
                    code("${" + item["name"] + "}"),
                    f"<p>{esc(item['meaning'])}</p>{members}",
                    code(item["example"]) + f'<p class="note">{code(item["pattern"])}</p>',
                )
            )
        return table(("Placeholder", "Meaning, and the request member that fills it", "Example"), rows, css="holders")

    # the rest

    def _operation(self, name: str) -> str:
        return link(md(name), f"{name}.md") if name in self.published.operations else code(name)

    def _steps(self) -> str:
        steps = self.record["steps"]
        if not steps:
            return ""
        rows = [(code(step), self._html_operations(names)) for step, names in steps.items()]
        return "\n".join(
            [
                "## Steps { #steps }",
                "",
                "What a step does is a request of another operation, with the role that step names or this one.",
                "",
                table(("Step", "Operations whose role permissions it needs"), rows),
            ]
        )

    def _html_operations(self, names: Iterable[str]) -> str:
        return ", ".join(
            f'<a href="../{esc(name)}/">{esc(name)}</a>' if name in self.published.operations else code(name)
            for name in names
        )

    def _pitfalls(self) -> str:
        if not self.record["pitfalls"]:
            return ""
        return "\n".join(["## Pitfalls { #pitfalls }", "", *(f"- {md(item)}" for item in self.record["pitfalls"]), ""])

    def _deviations(self) -> str:
        items = self.record["deviations"]
        if not items:
            return ""
        rows = []
        for item in items:
            instead = f"<p>instead: {code_list(item['instead'])}</p>" if item.get("instead") else ""
            if item.get("to"):
                instead += f"<p>{code_list(item['to'])}</p>"
            editions = ", ".join(esc(self._title(key)) for key in item.get("editions", ()))
            where = f'<p class="note">{editions}</p>' if editions else ""
            cited = "".join(f"<li>{self._source(key)}</li>" for key in item["sources"])
            rows.append(
                (
                    f"{code(item['policy'])}{where}",
                    f"{esc(_CHANGES.get(item['kind'], item['kind']))}<p>{code_list(item['actions'])}</p>{instead}",
                    f"<p>{esc(item['reason'])}</p><ul>{cited}</ul>",
                )
            )
        return "\n".join(
            [
                "## How AWS's own page differs { #deviations }",
                "",
                "Where the policies above are not what AWS prints, and why. "
                f"{code('scoped')} and {code('broad')} are the page's two policies, the others its add-ons.",
                "",
                table(("On AWS's page", "Ours", "Why"), rows, css="deviations"),
            ]
        )

    def _title(self, key: str) -> str:
        source = self.record["sources"].get(key) or self.published.catalog["sources"][key]
        return f"{source['title']}, {source['as_of']}"

    def _use(self) -> str:
        snippets = recipes(self.published, self.record)
        if not snippets:
            return ""
        items = [(label, fence(text, language)) for label, language, text in snippets]
        return "\n".join(
            [
                "## Use it from { #use data-search-exclude }",
                "",
                "Download the policy files above into the folder of your code. Values are examples.",
                "",
                tabs(items),
            ]
        )

    def _sources(self, cited: Collection[str] | None = None) -> str:
        lines = ["## Sources { #sources }", ""]
        lines += [f"- {self._source(key)}" for key in self.record["sources"] if cited is None or key in cited]
        return "\n".join([*lines, ""])

    def _change(self) -> str:
        path = f"data/operations/{self.name}.yaml"
        how = f"[Edit the record]({self.change_url})" if self.change_url else "Edit the record"
        return "\n".join(
            [
                "## Propose a change { #change }",
                "",
                f"Is something missing, too wide, or out of date? {how}, {code(path)}, and say where AWS documents it: "
                "[how to contribute](../guides/contribute.md). Texts that several operations share stand in "
                f"{code('data/statements')}.",
                "",
            ]
        )


def has_role_pages(record: Data) -> bool:
    """Whether each role of an operation has a page of its own; ``record`` is its operation.json."""
    return len(record["roles"]) > _ROLES_OF_A_PAGE


def address(record: Data, grantee: str) -> str:
    """Where a role, or the caller, of an operation is: below the folder of operations, with a final slash."""
    role = f"{grantee}/" if has_role_pages(record) and grantee != "caller" else ""
    return f"{record['operation']}/{role}"


def statement_id(grantee: str, sid: str, trust: bool = False) -> str:
    """The id of a statement's row on its operation's page."""
    return anchor(f"{grantee}-{'trust-' * trust}{sid}")


def evidence_counts(evidence: Data) -> str:
    """How many statements rest on which evidence, in words; ``evidence`` as operation.json has it."""
    observed = f"{evidence['observed']} observed, " if "observed" in evidence else ""
    return f"{evidence['documented']} statements documented by AWS, {observed}{evidence['inferred']} inferred"


def summary_row(published: Published, name: str, prefix: str) -> tuple[str, ...]:
    """An operation's row in a table of operations; ``prefix`` leads to the folder of operation pages."""
    record = published.operations[name]
    evidence = record["evidence"]
    roles = len(record["roles"])
    addons = len({addon["id"] for grantee in grantees(record) for addon in grantee["addons"]})
    total = sum(evidence.values()) or 1
    share = round(100 * evidence["documented"] / total)
    flag = ""
    if record["availability"]["status"] != "available":
        flag = f' <span class="evidence inferred">{esc(_STATUS[record["availability"]["status"]])}</span>'
    return (
        f'<a href="{prefix}{esc(name)}/">{esc(name)}</a>{flag}',
        esc(record["summary"]),
        str(roles),
        str(addons),
        esc(record["documentation"]),
        f'<meter min="0" max="100" value="{share}" aria-label="{share}% documented"></meter> '
        f"{evidence['documented']} of {sum(evidence.values())}",
    )


SUMMARY_HEAD = ("Operation", "What it does", "Roles", "Add-ons", "Printed by AWS", "Statements documented")

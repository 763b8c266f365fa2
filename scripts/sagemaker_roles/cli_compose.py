"""The command `compose`: from what a user already has to the policies to attach."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from .cli_common import fail, find_operation, load_catalog, suggest

if TYPE_CHECKING:
    from .compose import Composition, Document, Request
    from .inputs import Notice, Reading
    from .model import Catalog
    from .outputs.forms import Role
    from .outputs.meanings import Meaning

_FORMATS = ("api", "cloudtrail", "cloudformation", "ack", "terraform", "pipeline")
_PARTS = ("policy", "trust", "caller")
#: The parameter of all records for the objects that a manifest names.
_MANIFEST = "ManifestDataS3Uri"


@click.command("compose")
@click.argument("operation", required=False)
@click.option("--request", "names", multiple=True, metavar="FILE|DIR|-", help="What the role is to do; repeatable.")
@click.option(
    "--input-format", type=click.Choice(_FORMATS), help="Format of the requests, where it is not recognised by itself."
)
@click.option(
    "--role",
    "role",
    metavar="ID|ARN",
    help="Role of the record, or keep to requests that pass the role of this ARN; if none passes any, it is for that.",
)
@click.option("--role-name", metavar="NAME", help="Name of the role to write; else the one in the request.")
@click.option("--region", metavar="REGION", help="Region; else AWS_REGION, AWS_DEFAULT_REGION or the request's ARNs.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Value for a placeholder; repeatable.")
@click.option(
    "--manifest-bucket", "manifests", multiple=True, metavar="S3URI", help="Where the objects of manifests lie."
)
@click.option("--addon", "addons", multiple=True, metavar="ID", help="Add-on to put in; repeatable.")
@click.option("--no-addon", "without", multiple=True, metavar="ID", help="Add-on to leave out; repeatable.")
@click.option("--scope", type=click.Choice(["scoped", "broad"]), default="scoped", show_default=True)
@click.option("--part", type=click.Choice([*_PARTS, "all"]), default="policy", show_default=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "cloudformation", "terraform", "cli"]),
    default="json",
    show_default=True,
)
@click.option("--explain", is_flag=True, help="Say on standard error why each statement is there.")
@click.option("--patch", "patch_name", metavar="FILE", help="RFC 6902 patch of your own, applied last.")
@click.option("--allow-placeholders", is_flag=True, help="Exit 0 though placeholders stay open.")
def compose_command(operation: str | None, **options: Any) -> None:
    """Prints the tightest policy for real requests.

    A request is what an API call is made with (JSON or YAML), AWS CloudTrail, a CloudFormation template, a manifest of
    the ACK controller, a Terraform plan, or a SageMaker pipeline's definition.

    OPERATION says what an API request is for where its members do not, and of other inputs takes only its requests.
    An input may have 64 MiB, also when unpacked, and be nested 100 levels deep. YAML may have 8 million characters and
    200,000 values in a document, aliases counted as often as they are used. References in a template or pipeline may
    make up texts of 1 MiB and 8 MiB in all, and lead through about 100 others.

    A pipeline's definition alone is read as the CreatePipeline request that would carry it, with those of its steps;
    --role pipeline leaves the steps' own needs out.
    Standard output holds the document alone; problems, notes and open placeholders go to standard error. Exits 0 if
    the document is complete, 1 if something in it stays open or could not be read, 2 for wrong usage.
    """
    _Command(load_catalog(), operation, options).run()


class _Command:
    """One run of the command."""

    def __init__(self, catalog: Catalog, operation: str | None, options: Mapping[str, Any]) -> None:
        self.catalog = catalog
        self.operation = operation and _operation(catalog, operation)
        self.options = options
        self.bad = False

    def run(self) -> None:
        from .outputs.forms import Unwritable

        options = self.options
        if not options["names"] and not self.operation:
            fail("say what to compose for: --request FILE, or an operation")
        name = options["role_name"]
        if name is not None and not re.fullmatch(r"[A-Za-z0-9_+=,.@-]{1,64}", name):
            fail(f"--role-name: {name!r} is not a valid name of a role; expected a value like MyTrainingRole")
        if "" in options["names"]:
            fail("--request is empty; give a file, a folder, or - for standard input")
        settings = self._settings()
        reading = self._read(settings)
        requests: Sequence[Request] = reading.requests
        if not requests:
            self._tell(reading.notices)
            fail("there is no request to compose for", 1)
        role = self._role(requests)
        requests = role.requests
        values = self._values(settings, reading, requests)
        if role.is_given:
            values = {**self._of_role(role.arn, requests), **values}
        composition = self._compose(requests, role.ids, values)
        self._tell(reading.notices)
        self._tell_findings(composition, reading)
        if not role.is_given:
            self._tell_roleless(requests, role.ids, composition)
        parts = _PARTS if options["part"] == "all" else (options["part"],)
        documents = {part: getattr(composition, part) for part in parts}
        if options["explain"]:
            self._explain(documents)
        written = self._written(composition, role, reading)
        try:
            text, placeholders = self._text(written, parts)
        except Unwritable as error:
            fail(str(error), 1)
        self._open(placeholders, written.meanings)
        for part, document in documents.items():
            if not document.statements:
                _say("note", part, "it holds no statement: nothing is needed")
        click.echo(text, nl=False)
        if self.bad:
            sys.exit(1)

    # what the user gave

    def _settings(self) -> dict[str, str]:
        settings: dict[str, str] = {}
        for item in self.options["settings"]:
            name, sign, value = item.partition("=")
            if not sign or not name:
                fail(f"--set needs NAME=VALUE, not {item!r}")
            settings[name] = value
        region = self.options["region"]
        if region is not None:
            if settings.get("Region", region) != region:
                fail("--region and --set Region differ; give one")
            settings["Region"] = region
        if "Region" in settings and not self._is_region(settings["Region"]):
            fail(f"{settings['Region']!r} is no AWS Region (such as us-west-2)")
        return settings

    def _is_region(self, name: str) -> bool:
        from .compose import partition_of

        return bool(partition_of(self.catalog, name))

    def _environment(self) -> str:
        """The Region of the environment, if it holds one."""
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            value = os.environ.get(name, "")
            if value and self._is_region(value):
                return value
            if value:
                _say("note", name, f"{value!r} is no AWS Region; it is not used")
        return ""

    def _read(self, settings: Mapping[str, str]) -> Reading:
        from .compose import Request
        from .inputs import Reading, read
        from .inputs.reading import OperationUnknown

        if not self.options["names"]:
            return Reading(requests=[Request(str(self.operation))])
        known = dict(settings)
        if "Region" not in known and (region := self._environment()):
            known["Region"] = region
        try:
            return read(
                self.catalog,
                self.options["names"],
                operation=self.operation,
                input_format=self.options["input_format"],
                values=known,
            )
        except OperationUnknown as error:
            fail(f"{error.position.path}: {error.message}: sagemaker-roles compose OPERATION --request …")

    def _values(
        self, settings: Mapping[str, str], reading: Reading, requests: Sequence[Request]
    ) -> dict[str, str | Sequence[str]]:
        """Values for placeholders: what the user gave, else what the inputs tell, else the environment's Region."""
        from .compose import derived, hosts_of
        from .model import GLOBALS
        from .outputs.meanings import meanings
        from .placeholders import fault

        operations = {
            name
            for request in requests
            for name in (request.operation, *hosts_of(self.catalog, request.operation))
            if name in self.catalog.data["operations"]
        }
        known = self.meanings = meanings(self.catalog, sorted(operations))
        values: dict[str, str | Sequence[str]] = {**reading.given, **reading.facts}
        if "Region" not in values and "Region" not in settings and (region := self._environment()):
            told = derived(self.catalog, requests).get("Region", region)
            if told != region:
                _say("note", "environment", f"its Region {region} is used, but an ARN in the request is of {told}")
            values["Region"] = region
        for name, value in settings.items():
            if name in reading.taken and name not in GLOBALS:
                continue
            if name in reading.unknown:
                values[name] = value
                continue
            if name not in known:
                fail(f"there is no placeholder {name!r}{suggest(name, [*known, *reading.unknown])}")
            if wrong := fault(self.catalog, name, value, known[name]):
                fail(f"--set {name}: {value!r} {wrong}")
            values[name] = value
        if self.options["manifests"]:
            if _MANIFEST not in known:
                fail(f"{', '.join(sorted(operations))}: no manifest is read, so --manifest-bucket has no use")
            values[_MANIFEST] = self.options["manifests"]
        return values

    # the role

    def _role(self, requests: Sequence[Request]) -> _Chosen:
        wanted = self.options["role"]
        passed = [_passed(self.catalog, request) for request in requests]
        arns = list(dict.fromkeys(arn for roles in passed for arn in roles.values()))
        ids = {role.id for request in requests for role in _roles(self.catalog, request)}
        if wanted is None or wanted in ids:
            if wanted is None:
                self._several(requests, passed, arns)
            chosen = [wanted] if wanted else self._default(requests, passed)
            named = [roles[item] for roles in passed for item in chosen or roles if item in roles]
            return _Chosen(requests, chosen, named[0] if len(set(named)) == 1 else "")
        if not arns and _role_fields(self.catalog, wanted):
            chosen = self._default(requests, passed)
            given = [_passing(request, _roles(self.catalog, request), chosen, wanted) for request in requests]
            return _Chosen(given, chosen, wanted, is_given=True)
        matching = [arn for arn in arns if arn == wanted or arn.rpartition("/")[2] == wanted]
        if not matching:
            known = [*sorted(ids), *arns]
            fail(f"no request has or passes a role {wanted!r}{suggest(wanted, known)}; there are {', '.join(known)}")
        kept = [
            request
            for request, roles in zip(requests, passed, strict=True)
            if matching[0] in roles.values() or not roles
        ]
        chosen = sorted({item for roles in passed for item, arn in roles.items() if arn == matching[0]})
        return _Chosen(kept, chosen, matching[0])

    def _of_role(self, arn: str, requests: Sequence[Request]) -> dict[str, str]:
        """What the ARN of a role that no request passes tells: partition, account, and what their callers pass."""
        fields = _role_fields(self.catalog, arn)
        told = {name: fields[name] for name in ("Partition", "Account") if name in fields}
        for request in requests:
            paths = {path for role in _roles(self.catalog, request) for path in role.parameters}
            caller = self.catalog.operation(request.operation).caller if paths else None
            for _, entry in caller.all_entries() if caller else ():
                for name, kind in entry.parameters.items():
                    if kind == "iam-role" and paths.intersection(entry.members):
                        told[entry.prefix + name] = arn
        return told

    def _default(self, requests: Sequence[Request], passed: Sequence[Mapping[str, str]]) -> list[str]:
        """Ids of the roles to compose: each operation's first, or the only one its requests pass."""
        ids: dict[str, None] = {}
        usual = True
        for request, roles in zip(requests, passed, strict=True):
            available = [role.id for role in _roles(self.catalog, request)]
            if not available:
                continue
            first = available[0] if not roles or available[0] in roles else next(iter(roles))
            usual = usual and first == available[0]
            ids[first] = None
        return [] if usual else list(ids)

    def _several(self, requests: Sequence[Request], passed: Sequence[Mapping[str, str]], arns: Sequence[str]) -> None:
        """Says so where more than one role is in play."""
        for request, roles in zip(requests, passed, strict=True):
            available = [role.id for role in _roles(self.catalog, request)]
            others = [item for item in (roles or available) if item in available]
            if len(others) > 1:
                first = available[0] if available[0] in others else others[0]
                message = (
                    f"{request.operation} takes several roles ({', '.join(others)}); this is {first}: --role chooses"
                )
                _say("note", request.label or request.operation, message)
                return
        if len(arns) > 1:
            shown = ", ".join(arns[:5]) + (", …" if len(arns) > 5 else "")
            message = f"the requests pass {len(arns)} roles ({shown}); this is one role for all of them: --role chooses"
            _say("note", "input", message)

    def _compose(
        self, requests: Sequence[Request], ids: Sequence[str], values: Mapping[str, str | Sequence[str]]
    ) -> Composition:
        from .compose import compose as composed

        options = self.options
        for name in [*options["addons"], *options["without"]]:
            known = self._addon_ids(requests)
            if name not in known:
                hint = suggest(name, known) or f"; there are {', '.join(known[:5]) or 'none'}"
                more = "; `sagemaker-roles list OPERATION` shows all" if "there are" in hint and len(known) > 5 else ""
                fail(f"there is no add-on {name!r}{hint}{more}")
        try:
            return composed(
                self.catalog,
                requests,
                ids or None,
                scope=options["scope"],
                addons=options["addons"],
                without=options["without"],
                values=values,
            )
        except KeyError:
            fail(self._addon_of_another_role(requests, ids))

    def _addon_of_another_role(self, requests: Sequence[Request], ids: Sequence[str]) -> str:
        """Which role has the first of the add-ons named that the composed ones do not have."""
        for name in (*self.options["addons"], *self.options["without"]):
            having = {
                role.id: role.id in ids if ids else role is _roles(self.catalog, request)[0]
                for request in requests
                for role in _roles(self.catalog, request)
                if role.addon(name)
            }
            if having and not any(having.values()):
                return f"the add-on {name!r} is not of the composed role; give --role {' or --role '.join(having)}"
        return "an add-on is not of the composed role; `sagemaker-roles list` shows the roles with their add-ons"

    def _addon_ids(self, requests: Sequence[Request]) -> list[str]:
        from .compose import hosts_of

        return sorted(
            {
                addon.id
                for request in requests
                for name in (request.operation, *hosts_of(self.catalog, request.operation))
                if name in self.catalog.data["operations"]
                for grantee in self.catalog.operation(name).grantees()
                for addon in grantee.addons
            }
        )

    # what is printed

    def _tell(self, notices: Sequence[Notice]) -> None:
        for notice in dict.fromkeys(notices):
            self.bad = self.bad or notice.kind == "problem"
            _say(notice.kind, notice.where, notice.message)

    def _tell_findings(self, composition: Composition, reading: Reading) -> None:
        from .outputs.explaining import Placing

        placing = Placing(reading.requests)
        grouped: dict[tuple[str, str, str, str], list[Any]] = {}
        for finding in composition.findings:
            key = (finding.kind, finding.member, finding.value, finding.message)
            grouped.setdefault(key, []).append(finding)
        for (kind, _, value, message), findings in grouped.items():
            self.bad = self.bad or kind == "problem"
            more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
            first = findings[0]
            member = placing.placed(first)
            where = reading.where(first.label, member, first.value) or first.operation
            _say(kind, where, f"{member}: {value!r}: {message}{more}")

    def _tell_roleless(self, requests: Sequence[Request], ids: Sequence[str], composition: Composition) -> None:
        """Says so where statements are for requests of which none passes the role they are for."""
        needing: dict[str, tuple[str, str] | None]
        needing = {reason.operation: None for item in composition.policy.statements for reason in item.reasons}
        for request in requests:
            available = _roles(self.catalog, request)
            wanted = [role for role in available if role.id in ids] if ids else available[:1]
            if request.members is None or not wanted or request.operation not in needing or wanted[0].not_passed:
                continue
            passed = _passed(self.catalog, request)
            if any(role.id in passed for role in wanted):
                return
            names = " or ".join(wanted[0].parameters)
            message = f"the request passes no role ({names}); this is what one that it passed would need"
            needing[request.operation] = request.label or request.operation, f"{request.operation}: {message}"
        for said in filter(None, needing.values()):
            _say("note", *said)

    def _explain(self, documents: Mapping[str, Document]) -> None:
        from .outputs.explaining import explained

        for part, document in documents.items():
            for line in explained(self.catalog, part, document):
                click.echo(_clean(line), err=True)

    def _written(self, composition: Composition, role: _Chosen, reading: Reading) -> Role:
        """The chosen documents, patched and split."""
        from .outputs.forms import Role
        from .outputs.splitting import ATTACHED_LIMIT, TRUST_LIMIT, size

        options = self.options
        part, form = options["part"], options["form"]
        documents: dict[str, Any] = {name: getattr(composition, name).to_json() for name in _PARTS}
        if options["patch_name"]:
            documents = self._patched(documents, part)
        wanted = _PARTS if part == "all" else (part,)
        as_role = form != "json" and part in ("policy", "all")
        policies = self._split("policy", documents["policy"]) if "policy" in wanted else None
        caller = self._split("caller", documents["caller"]) if "caller" in wanted else None
        trust = documents["trust"] if "trust" in wanted or as_role else None
        if trust is not None and size(trust) > TRUST_LIMIT:
            _say("note", "trust", f"{size(trust)} characters; a trust policy may have {TRUST_LIMIT} unless raised")
        if policies is not None and len(policies) > ATTACHED_LIMIT:
            message = f"{len(policies)} managed policies; a role may have {ATTACHED_LIMIT} unless raised"
            _say("note", "policy", message)
        operations = list(dict.fromkeys(request.operation for request in role.requests))
        name, path = _name_and_path(role.arn) if _role_fields(self.catalog, role.arn) else ("", "/")
        if options["role_name"]:
            name, path = options["role_name"], "/"
        default = "" if form == "cloudformation" else f"{operations[0]}-{'-'.join(role.ids) or 'execution'}"[:64]
        texts = {key: f"{meaning.text} (such as {meaning.example})" for key, meaning in self.meanings.items()}
        return Role(
            name=name or default,
            path=path,
            policies=policies,
            trust=trust,
            caller=caller,
            meanings={**texts, **reading.unknown},
            description=f"Role for {', '.join(operations[:8])}{' and more' if len(operations) > 8 else ''}",
        )

    def _patched(self, documents: dict[str, Any], part: str) -> dict[str, Any]:
        from .inputs.reading import documents as values_of
        from .inputs.text import InputError, decoded, sources, unpacked
        from .outputs.patching import PatchError, patched

        name = self.options["patch_name"]
        try:
            (source,) = sources(name)
            (patch,) = values_of(name, decoded(unpacked(source), name))
        except InputError as error:
            fail(f"--patch: {error}")
        except ValueError:
            fail(f"--patch: {name} must hold one patch")
        try:
            if part == "all":
                result: dict[str, Any] = patched(documents, patch.value)
            else:
                result = {**documents, part: patched(documents[part], patch.value)}
        except PatchError as error:
            fail(f"{name}: {error}", 1)
        for key in _PARTS if part == "all" else (part,):
            document = result.get(key) if isinstance(result, dict) else None
            if not isinstance(document, dict) or not isinstance(document.get("Statement"), list):
                fail(f"{name}: the patch leaves no policy document", 1)
        return result

    def _split(self, part: str, document: Mapping[str, Any]) -> list[dict[str, Any]]:
        from .outputs.splitting import POLICY_LIMIT, size, split

        try:
            parts = split(document)
        except (ValueError, AttributeError, TypeError) as error:
            _say("problem", part, f"cannot be split into managed policies: {error}")
            self.bad = True
            return [dict(document)]
        if len(parts) > 1:
            limit = f"a managed policy may have {POLICY_LIMIT}"
            _say("note", part, f"{size(document)} characters; {limit}, so it is split into {len(parts)}")
        return parts

    def _text(self, role: Role, parts: Sequence[str]) -> tuple[str, list[str]]:
        """The text to print, and the placeholders that stay open in it."""
        from .output import canonical

        form = self.options["form"]
        if form == "cloudformation":
            from .outputs import cloudformation, forms

            return cloudformation.text(role), forms.own_names(role.placeholders())
        if form == "terraform":
            from .outputs import forms, terraform

            return terraform.text(role), forms.own_names(role.placeholders())
        if form == "cli":
            from .outputs import commands

            return commands.text(role), role.placeholders()
        whole = {"policy": _one_or_all(role.policies), "trust": role.trust, "caller": _one_or_all(role.caller)}
        chosen: Any = {part: whole[part] for part in parts} if len(parts) > 1 else whole[parts[0]]
        return canonical(chosen).decode("ascii"), role.placeholders()

    def _open(self, names: Sequence[str], meanings: Mapping[str, str]) -> None:
        """Lists the placeholders that stay open."""
        for name in names:
            click.echo(_clean(f"placeholder: ${{{name}}}: {meanings.get(name, 'not known')}"), err=True)
        if any(name.startswith("ManifestData") for name in names):
            _say("note", "policy", "what a manifest names is not in the request: --manifest-bucket says where it lies")
        if names and not self.options["allow_placeholders"]:
            self.bad = True
            click.echo(
                f"{len(names)} placeholder{'s stay' if len(names) > 1 else ' stays'} open: give --set NAME=VALUE,"
                " or --allow-placeholders to accept them",
                err=True,
            )

    meanings: Mapping[str, Meaning]


class _Chosen:
    """The role to compose: the requests it is for, ids of its entries in the records, its ARN if it is known.

    ``is_given`` says that the user gave the ARN, because no request passes a role.
    """

    def __init__(self, requests: Sequence[Request], ids: Sequence[str], arn: str, *, is_given: bool = False) -> None:
        self.requests, self.ids, self.arn, self.is_given = requests, ids, arn, is_given


def _operation(catalog: Catalog, name: str) -> str:
    from .inputs.names import Names

    return Names(catalog).operation(name) or find_operation(catalog, name)


def _roles(catalog: Catalog, request: Request) -> Sequence[Any]:
    known = request.operation in catalog.data["operations"]
    return catalog.operation(request.operation).roles if known else ()


def _role_fields(catalog: Catalog, arn: str) -> Mapping[str, str]:
    """The fields of a role's ARN, or nothing if it is none."""
    from .compose import parse

    found = parse(catalog.kind("iam-role"), arn)
    return found[1] if found else {}


def _passing(request: Request, roles: Sequence[Any], ids: Sequence[str], arn: str) -> Request:
    """A request with the ARN of the chosen role where it passes one, if that is one member that it can have."""
    role = next((role for role in roles if not ids or role.id in ids), None)
    if request.members is None or role is None or role.not_passed:
        return request
    *parents, last = role.parameters[0].split(".")
    members: dict[str, Any] = dict(request.members)
    inner = members
    for name in parents:
        if not isinstance(inner.get(name), dict):
            return request
        inner[name] = dict(inner[name])
        inner = inner[name]
    if not last.isalnum():
        return request  # a list, or a choice
    inner[last] = arn
    return replace(request, members=members)


def _passed(catalog: Catalog, request: Request) -> dict[str, str]:
    """Id of each role that a request passes, to the first ARN passed as it."""
    from .compose import search
    from .values import items

    found: dict[str, str] = {}
    for role in _roles(catalog, request):
        for path in role.parameters:
            for value in items(search(path, request.members or {})):
                if isinstance(value, str) and value:
                    found.setdefault(role.id, str(value))
    return found


def _name_and_path(arn: str) -> tuple[str, str]:
    """Name and path of a role, from its ARN; the name is "" if the ARN does not tell them."""
    resource = arn.split(":", 5)[-1] if arn.count(":") >= 5 else ""
    if not resource.startswith("role/") or "${" in resource:
        return "", "/"
    path, _, name = resource.removeprefix("role").rpartition("/")
    return name, f"{path}/"


def _one_or_all(documents: Sequence[Mapping[str, Any]] | None) -> Any:
    return documents[0] if documents is not None and len(documents) == 1 else documents


def _clean(text: str) -> str:
    """A line for a terminal: control characters and what cannot be encoded are escaped."""
    shown = "".join(c if c.isprintable() or c == " " else c.encode("unicode_escape").decode("ascii") for c in text)
    return shown.encode("utf-8", "backslashreplace").decode("utf-8")


def _say(kind: str, where: str, message: str) -> None:
    click.echo(_clean(f"{kind}: {where}: {message}"), err=True)

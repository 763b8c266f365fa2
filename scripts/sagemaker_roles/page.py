"""JSON in, JSON out: the border that the reference site's page and the npm package share with the package.

A call names what it does (``do``) and what it takes; the answer has ``answer`` or ``error``. Inputs are texts with a
name, never files: nothing here reads or writes outside the process.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .auditing.denied import against_requests, against_role
from .auditing.narrowing import listed
from .auditing.pairing import paired
from .auditing.report import AuditFinding, RoleReport
from .auditing.role import Work, audit_role, oversize, risks
from .canonical import canonical, quoted
from .catalog import GLOBALS, AddOn, Catalog, Compiled, Operation
from .diagnosing.explaining import explain_message
from .diagnosing.kinds import kind_of
from .engine.companions import BOUNDARY, DELEGATION, Companion
from .engine.compose import grantees_of
from .engine.documents import ComposedStatement, Document, Reason
from .engine.named import finder
from .engine.placeholders import fault
from .engine.roles import arns_of
from .engine.values import short
from .errors import InputError, InvalidValue, NothingToCompose, UnknownName, UnknownOperation, Unwritable, meant
from .iam.layers import Layers
from .iam.parts import parse
from .iam.size import POLICY_LIMIT, TRUST_LIMIT, size
from .iam.statements import PolicyError, statements
from .inputs import Notice, Reading
from .inputs.code import FOREIGN, PYTHON, add_code, text_files
from .inputs.held import HeldPolicy, HeldRole
from .inputs.policy_text import read_policy_file
from .inputs.reading import Reader
from .inputs.roles import read_roles
from .inputs.text import Source
from .numbering import package_version
from .outputs import denials
from .outputs.audit_pieces import Form, assembled, piece
from .outputs.choices import COMPANION_PARTS, FORMATS, INPUT_FORMATS, PARTS, Part
from .outputs.explaining import HIDDEN, unfiltered
from .session import (
    Choice,
    ComposedRole,
    Result,
    companions_of,
    compose_reading,
    held_role,
    layers_of,
    meanings_of,
    operations_of,
    organization_json,
    placeholders_of,
    write,
    write_companions,
)

Call = Mapping[str, Any]

#: How many reasons of a statement, values of a reason, and excesses of a statement are shown.
_REASONS, _VALUES, _EXCESS = 12, 6, 12
#: A value that is longer is not shown beside its statement.
_LONGEST = 200


class Uncomposed(NothingToCompose):
    """The inputs hold no request to compose for; notices say what is wrong with them."""

    def __init__(self, message: str, notices: Sequence[Notice]) -> None:
        super().__init__(message)
        self.notices = notices


class Border:
    """Answers calls out of one catalog.

    Args:
        files: the files of the compiled catalog by name; None for those that came with the package.
        version: version of the package, where no file can tell it.
    """

    def __init__(self, files: Mapping[str, bytes] | None = None, version: str = "") -> None:
        self.version = version or package_version()
        self.catalog = Catalog.load() if files is None else Catalog(Compiled(files))
        self._calls: Mapping[str, Callable[[Call], Any]] = {
            "compose": self.compose,
            "audit": self.audit,
            "explain": self.explain,
            "list": self.list,
            "kind": self.kind,
            "example": self.example,
        }

    def answer(self, text: str) -> str:
        """Answers a call.

        Args:
            text: the call as JSON.

        Returns:
            ``{"answer": …}`` or ``{"error": {"name", "message", …}}`` as JSON in ASCII.
        """
        try:
            call = json.loads(text)
            if call["do"] not in self._calls:
                raise UnknownName(f"unknown call {quoted(call['do'])}", str(call["do"]), [*self._calls])
            value = {"answer": self._calls[call["do"]](call)}
        except (LookupError, ValueError, TypeError) as error:
            value = {"error": _error(error)}
        return json.dumps(value, separators=(",", ":"))

    # --- composing -------------------------------------------------------------------------------------------------

    def compose(self, call: Call) -> dict[str, Any]:
        """Composes the roles of inputs or of an operation.

        The call has ``inputs`` (``name``, ``text``), ``operation``, ``input_format``, the members of
        :class:`~.session.Choice`, ``format``, ``parts``, ``role_name`` and ``companions``, a part of what else must
        allow it, with ``owner``. With ``lenient`` (``opened``, or ``changed`` by the person since), what is wrong with
        choices is a notice and not an error. With ``shown``, the answer has what a page shows beside the documents.
        """
        reading = self._reading(call)
        choice = _choice(call)
        noted: list[Notice] = []
        if call.get("lenient"):
            choice, noted = self._usable(reading, choice, call)
        try:
            result = self._composed(reading, choice, noted if call.get("lenient") else None)
        except NothingToCompose as error:
            raise Uncomposed(str(error), [*noted, *reading.notices]) from None
        form, parts = _one(call, "format", FORMATS), tuple(call.get("parts") or PARTS)
        whole = write(result, parts, "json", each=True, role_name=call.get("role_name", ""))
        text, placeholders, notices = whole.text, whole.placeholders, whole.notices
        if form != "json":
            try:
                text, placeholders, notices = write(result, parts, form, role_name=call.get("role_name", ""))
            except Unwritable as error:
                if not call.get("lenient"):
                    raise
                text, notices = "", (Notice("problem", form, str(error)),)
        documents = json.loads(whole.text)["roles"]
        answer: dict[str, Any] = {
            "roles": [{**one, **self._role(role, parts)} for one, role in zip(documents, result.roles, strict=True)],
            "operations": operations_of(self.catalog, reading.requests),
            "placeholders": [*placeholders],
            "notices": _notices([*noted, *result.notices, *notices]),
            "text": text,
        }
        if "companions" in call:
            answer["companions"] = self._companions(result, call, form)
        if call.get("shown"):
            open_ones = [*whole.placeholders, *answer.get("companions", {}).get("placeholders", ())]
            answer |= self._form(result, open_ones, _names(call.get("values")))
            for one, role in zip(answer["roles"], result.roles, strict=True):
                one["shown"] = {part: self._document(result, role, part) for part in PARTS}
        return answer

    def _reading(self, call: Call) -> Reading:
        operation = call.get("operation") or None
        inputs = [one for one in call.get("inputs", ()) if one["text"].strip()]
        code = [one for one in inputs if one["name"].endswith((*PYTHON, *FOREIGN))]
        inputs = [one for one in inputs if one not in code]
        if operation is not None:
            operation = self._operation(operation)
        if not inputs and operation is not None:
            return self._with_code(placeholders_of(operation), code)
        form = call.get("input_format") or None
        if form is not None and form not in INPUT_FORMATS:
            raise UnknownName(f"unknown format {quoted(form)}", str(form), INPUT_FORMATS)
        reader = Reader(self.catalog, operation, form, _names(call.get("values")))
        for one in inputs:
            reader.take(_source(one))
        return self._with_code(reader.finish(), code)

    def _with_code(self, reading: Reading, code: Sequence[Mapping[str, str]]) -> Reading:
        """A reading with the calls of the user's code; what is no Python only the command reads."""
        others = add_code(self.catalog, reading, text_files({one["name"]: one["text"] for one in code}))
        message = "only the command reads this: sagemaker-roles compose --code"
        reading.notices += [Notice("note", one.name, message) for one in others]
        return reading

    def _operation(self, name: str) -> str:
        match = self.catalog.named(name)
        if not match:
            raise UnknownOperation(f"unknown operation {quoted(name)}", name, self.catalog.operations)
        return match

    def _composed(self, reading: Reading, choice: Choice, noted: list[Notice] | None) -> Result:
        """The result; where notices are wanted, without a role or add-on that is not there."""
        try:
            return compose_reading(self.catalog, reading, choice)
        except UnknownName as error:
            if noted is None:
                raise
            noted.append(Notice("problem", "address", str(error)))
            return compose_reading(self.catalog, reading, choice._replace(role="", addons=(), without=()))

    def _usable(self, reading: Reading, choice: Choice, call: Call) -> tuple[Choice, list[Notice]]:
        """A choice with the values that the requests can take, and what is wrong with the others."""
        known, ignored = meanings_of(self.catalog, reading.requests), call.get("ignored", ())
        kept: dict[str, str] = {}
        noted = []
        for name, value in choice.values.items():
            is_unknown = name in reading.unknown
            if wrong := "" if is_unknown else fault(self.catalog, name, value, known.get(name)):
                noted.append(Notice("problem", name, f"{quoted(value)} {wrong}"))
            elif is_unknown or name in known:
                kept[name] = value
            elif call["lenient"] == "opened":
                noted.append(_ignored(name, "no placeholder of this role has this name"))
        requests = {name for kind in self.catalog.companions for name in kind.on_request}
        noted += [_ignored(one, "this page has no such choice") for one in ignored]
        noted += [
            _ignored(one, "no policy has statements of this name on request")
            for one in choice.asked
            if one not in requests
        ]
        return choice._replace(values=kept, asked=[one for one in choice.asked if one in requests]), noted

    def _role(self, role: ComposedRole, parts: Sequence[Part]) -> dict[str, Any]:
        """What there is to say of a role beside its documents."""
        composition = role.composition
        return {
            "ids": [*role.chosen.ids],
            "placeholders": [*composition.placeholders],
            "addons": {f"{operation}/{grantee}": [*ids] for (operation, grantee), ids in composition.addons.items()},
            "reasons": {
                part: {
                    one.sid: [self._reason(item) for item in one.reasons]
                    for one in getattr(composition, part).statements
                }
                for part in parts
            },
            "account": [self._accounted(one) for one in composition.account],
        }

    def _accounted(self, one: Any) -> dict[str, Any]:
        hides = finder(self.catalog).is_private(one.path)
        return {**one._asdict(), **({"value": HIDDEN} if hides else {})}

    def _reason(self, reason: Reason) -> dict[str, Any]:
        hides = any(finder(self.catalog).is_private(member) for member in reason.members)
        values = [value for value in reason.values if len(value) < _LONGEST][:_VALUES]
        return {
            "why": reason.why,
            "evidence": reason.evidence,
            "operation": reason.operation,
            "addon": reason.addon,
            "members": [*reason.members],
            "values": [HIDDEN] if hides and values else values,
            "notes": [*reason.notes],
            "sources": [self._source(one) for one in reason.sources],
        }

    def _source(self, name: str) -> dict[str, str]:
        known = self.catalog.sources.get(name)
        return {"title": known["title"], "url": known["url"]} if known else {"title": name, "url": ""}

    # --- what a page shows of it -----------------------------------------------------------------------------------

    def _document(self, result: Result, role: ComposedRole, part: Part) -> dict[str, Any] | None:
        """A document as text, its size, and its lines with their reasons; None where nothing is in it."""
        document: Document = getattr(role.composition, part)
        if not document.statements:
            return None
        written = write(result._replace(roles=(role,)), [part])
        return {
            "text": written.text,
            "size": size(document.to_json()),
            "limit": TRUST_LIMIT if part == "trust" else POLICY_LIMIT,
            "split": isinstance(json.loads(written.text), list),
            "rows": self._rows(document.statements),
        }

    def _rows(self, several: Sequence[ComposedStatement]) -> list[list[Any]]:
        """The lines of a document, statement by statement, each with its reasons."""
        said = [[self._reason(one) for one in item.reasons[:_REASONS]] for item in several]
        return _rows({"Version": "2012-10-17"}, [one.to_json() for one in several], said)

    def _form(self, result: Result, open_ones: Sequence[str], given: Mapping[str, str]) -> dict[str, Any]:
        """What a form needs: operations with their roles, add-ons, placeholders, and what was read."""
        reading, roles = result.reading, result.roles
        operations = [self.catalog.operation(name) for name in operations_of(self.catalog, reading.requests)]
        counts: dict[str, int] = {}
        for request in reading.requests:
            counts[request.operation] = counts.get(request.operation, 0) + 1
        addons = self._addons(result)
        return {
            "read": {
                "formats": [*reading.formats],
                "counts": [[name, count] for name, count in counts.items()],
                "addons": [one["title"] for one in addons if one["active"]],
            },
            "operations": [
                {"name": one.name, "summary": one.summary, "roles": [[role.id, role.title] for role in one.roles]}
                for one in operations
            ],
            "arns": [*arns_of(self.catalog, reading.requests)],
            "chosen": next(iter(roles[0].chosen.ids), ""),
            "addons": addons,
            "fields": [*self._fields(result, [*open_ones, *given], given)],
        }

    def _addons(self, result: Result) -> list[dict[str, Any]]:
        """The add-ons of the roles that are composed, each once."""
        active = {name for role in result.roles for ids in role.composition.addons.values() for name in ids}
        known: dict[str, tuple[Operation, AddOn]] = {}
        for role in result.roles:
            for operation, grantee in grantees_of(self.catalog, role.chosen.requests, role.chosen.ids):
                for addon in grantee.addons:
                    known.setdefault(addon.id, (operation, addon))
        return [
            {
                "id": addon.id,
                "title": addon.title,
                "active": addon.id in active,
                "condition": addon.usage or _condition(addon),
                "when": [addon.usage] if addon.usage else _in_words(addon, operation.name),
            }
            for operation, addon in known.values()
        ]

    def _fields(self, result: Result, names: Iterable[str], given: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """The placeholders that can be given a value, those of every ARN first."""
        known = sorted(dict.fromkeys(names), key=lambda one: (*GLOBALS, one).index(one))
        for name in known:
            meaning, unknown = result.meanings.get(name), result.reading.unknown.get(name)
            if meaning is None and unknown is None:
                continue
            wrong = fault(self.catalog, name, given[name], meaning) if meaning and name in given else ""
            text, example = (meaning.text, meaning.example) if meaning else (unknown, "")
            yield {"name": name, "text": text, "example": example, "fault": wrong}

    # --- what else must allow it -----------------------------------------------------------------------------------

    def _companions(self, result: Result, call: Call, form: Any) -> dict[str, Any]:
        """What else must allow what the roles do: in a format, and for a page entry by entry."""
        part = _one(call, "companions", COMPANION_PARTS)
        owner = call.get("owner") or ""
        every = companions_of(self.catalog, result, part)
        accounts = sorted({one.account for one in every if re.fullmatch("[0-9]+", one.account)})
        if owner and owner not in accounts and call.get("lenient"):
            owner = ""
        answer: dict[str, Any] = {"accounts": accounts, "owner": owner, "text": "", "notices": [], "placeholders": []}
        is_alone = part in (BOUNDARY, DELEGATION, "organization")
        try:
            written = write_companions(
                self.catalog,
                result,
                part,
                form,
                each=form == "json" and is_alone and len(result.roles) > 1,
                owner=owner,
            )
        except Unwritable as error:
            if not call.get("lenient"):
                raise
            # A page has a choice for what the command has an option for.
            message = str(error).replace("give --owner ACCOUNT", "choose one below Resources of")
            answer["notices"] = _notices([Notice("problem", form, message)])
        else:
            answer |= {
                "text": written.text,
                "notices": _notices(written.notices),
                "placeholders": [*written.placeholders],
            }
        if call.get("shown"):
            shown = [*companions_of(self.catalog, result, part, owner)]
            if part == "companions" and len(result.roles) == 1:
                shown += companions_of(self.catalog, result, "delegation")
            titles = {kind.id: kind.title for kind in self.catalog.companions}
            answer["entries"] = [{**self._companion(one), "title": titles[one.kind]} for one in shown]
        answer["organization"] = [
            {"arn": role.chosen.arn, "checks": organization_json(self.catalog, role.composition)}
            for role in result.roles
        ]
        answer["on_request"] = [
            {"id": name, "why": one["why"]} for kind in self.catalog.companions for name, one in kind.on_request.items()
        ]
        return answer

    def _companion(self, one: Companion) -> dict[str, Any]:
        text = canonical(one.document.to_json()).decode("ascii") if one.document.statements else ""
        return {**one.to_json(), "text": text, "rows": self._rows(one.document.statements) if text else []}

    # --- auditing --------------------------------------------------------------------------------------------------

    def audit(self, call: Call) -> dict[str, Any]:
        """Holds roles against their work.

        The call has what :meth:`compose` takes of the work, and of the roles: ``held`` (inputs with policies or roles),
        ``managed`` (names or ARNs of attached policies), ``trust``, ``boundary``, ``scps``, ``rcps``, ``session``,
        ``endpoint`` (lists of inputs), ``resources`` (ARN to text), ``arn``, ``caller``, ``which`` (number of the only
        role that counts), ``baseline`` and ``format``. Without work, the answer has what the roles open far beyond any:
        ``risks``, with ``broad`` and ``escalation``.
        """
        is_bare = not call.get("operation") and not any(one["text"].strip() for one in call.get("inputs", ()))
        reading, choice = Reading() if is_bare else self._reading(call), _choice(call)
        noted: list[Notice] = []
        if call.get("lenient"):
            choice, noted = self._usable(reading, choice, call)
        roles, notices = self._roles(call, reading, choice)
        names = [one.arn or one.name or f"role {number}" for number, one in enumerate(roles, 1)]
        if "which" in call:
            roles = roles[call["which"] : call["which"] + 1] or roles[:1]
        if is_bare:
            found = [risks(self.catalog, one).to_json() for one in roles]
            return {"names": names, "risks": found, "notices": _notices([*noted, *notices])}
        assumed: dict[str, str] = {}
        if call.get("lenient") and len(roles) == 1:
            assumed = self._facts(roles[0], reading, choice)
            choice = choice._replace(values={**assumed, **choice.values})
        layers = self._layers(call)
        pairs = paired(self.catalog, reading, choice, roles, bool(call.get("caller")))
        if call.get("lenient") and not pairs.pairs and len(roles) == 1:
            # Who pastes a role beside a request means it, whatever role the request passes.
            pairs = paired(self.catalog, reading, choice, [roles[0]._replace(arn="", name="")])
            notices.append(Notice("note", "role", f"{roles[0].arn} is held against what another role is passed for"))
        form: Form = _one(call, "format", ("json", "text", "sarif", "markdown"))
        found = [self._audited(work, held, layers, call, form) for work, held in pairs.pairs]
        text = "".join(
            assembled(
                form,
                {**_EMPTY, "data_version": self.catalog.data["data_version"]},
                [one.pop("piece") for one in found],
                lambda: _EMPTY["baseline"],
                self.version if form == "sarif" else "",
            )
        )
        assumptions = [
            Notice("note", name, f"{value}, as in the policy or role")
            for name, value in assumed.items()
            if value != "aws"
        ]
        return {
            "names": names,
            "roles": found,
            "operations": operations_of(self.catalog, reading.requests),
            "notices": _notices([*noted, *notices, *pairs.notices, *assumptions]),
            "text": text,
        }

    def _audited(self, work: Work, held: HeldRole, layers: Layers, call: Call, form: Form) -> dict[str, Any]:
        report = audit_role(work, held, layers)
        plain = report.to_json()
        answer = {**plain, "calls": len(work.needs), "piece": piece(form, plain, verbose=True)}
        if call.get("shown"):
            reasons: dict[str, list[dict[str, Any]]] = {}
            for document in (work.policy, work.composition.trust):
                for one in document.statements:
                    for action in one.actions:
                        reasons.setdefault(action, [self._reason(item) for item in one.reasons[:_REASONS]])
            mended = [step["value"] for one in report.mend for step in one.patch]
            added = [one for value in mended for one in (value if isinstance(value, list) else _statements(value))]
            is_trust = any(one.kind == "missing" and one.layer == "trust" for one in report.findings)
            answer |= {
                "unknown": [*held.unknown],
                "trusted": held.trust is not None,
                "reasons": {
                    one.action: reasons.get(one.action, []) for one in report.findings if one.action in reasons
                },
                "cure": _text(added) if added else "",
                "trust_cure": _text(work.composition.trust.to_json()["Statement"]) if is_trust else "",
                "replacement": _text(plain["policy"]),
                "policies": [*_annotated(report, held)],
            }
        return answer

    def _roles(self, call: Call, reading: Reading, choice: Choice) -> tuple[list[HeldRole], list[Notice]]:
        """The roles that a call gives."""
        notices: list[Notice] = []
        boundary = next(iter(_policies(call, "boundary", "boundary")), None)
        trust = next(iter(_policies(call, "trust", "trust")), None)
        inputs = [_source(one) for one in call.get("held", ()) if one["text"].strip()]
        roles: list[HeldRole] = []
        if inputs:
            read = read_roles(self.catalog, inputs, values=choice.values, requests=reading)
            roles, notices = [*read.roles], [*read.notices]
            problems = [one for one in notices if one.kind == "problem"]
            if not roles and problems:
                raise InvalidValue("; ".join(f"{one.where}: {one.message}" for one in problems), "held", "")
        if call.get("managed"):
            own = roles[0] if roles else HeldRole()
            given = held_role(
                self.catalog,
                own.policies,
                attached=call["managed"],
                trust=own.trust,
                boundary=own.boundary,
                arn=own.arn,
            )
            roles = [given, *roles[1:]]
        for one in roles:
            for policy in one.policies:
                if wrong := oversize(policy.document):
                    raise InvalidValue(f"{policy.name}: {wrong}", policy.name, "")
        for number, one in enumerate(roles):
            roles[number] = one._replace(
                boundary=boundary or one.boundary, trust=trust or one.trust, arn=call.get("arn") or one.arn
            )
        return roles, notices

    def _layers(self, call: Call) -> Layers:
        resources = {}
        for arn, text in (call.get("resources") or {}).items():
            if not arn.startswith("arn:"):
                message = "needs the ARN of its resource, such as arn:aws:s3:::amzn-s3-demo-bucket"
                raise InvalidValue(f"{arn or 'the policy of a resource'}: {message}", "resources", arn)
            resources[arn] = _policies({"resource": [{"name": arn, "text": text}]}, "resource", "file")[0]
        several: dict[str, Any] = {
            name: _policies(call, name, "file") for name in ("scps", "rcps", "session", "endpoint")
        }
        return layers_of(**several, resources=resources)

    def _facts(self, role: HeldRole, reading: Reading, choice: Choice) -> dict[str, str]:
        """What a role tells of partition, Region and account: its ARN, else what all ARNs of its policies have."""
        texts: dict[str, set[str]] = {name: set() for name in GLOBALS}
        for value in _texts([one.document for one in role.policies]):
            if (arn := parse(value)) is not None:
                for name, part in zip(GLOBALS, (arn.partition, arn.region, arn.account), strict=True):
                    if part and not re.search(r"[*?$]", part):
                        texts[name].add(part)
        if (own := parse(role.arn)) is not None:
            texts |= {"Partition": {own.partition}, "Account": {own.account}}
        sure = {name: next(iter(values)) for name, values in texts.items() if len(values) == 1}
        result = compose_reading(self.catalog, reading, choice._replace(propose=False))
        wanted = {name for one in result.roles for name in one.composition.placeholders}
        return {
            name: value
            for name, value in sure.items()
            if name in wanted and name not in choice.values and not fault(self.catalog, name, value, None)
        }

    # --- the rest --------------------------------------------------------------------------------------------------

    def explain(self, call: Call) -> dict[str, Any]:
        """Says what a ``message`` means; also held against ``inputs`` and ``held``."""
        operation = self._operation(call["operation"]) if call.get("operation") else ""
        explanation = explain_message(self.catalog, call["message"], operation=operation)
        causes = explanation.causes
        reading = Reading()
        if call.get("inputs"):
            reading = self._reading(call)
            causes = against_requests(self.catalog, causes, reading)
        if call.get("held") or call.get("managed"):
            roles, _ = self._roles(call, reading, Choice())
            causes = against_role(causes, roles, self._layers(call))
        answer = {**denials.to_json(causes, explanation.look)}
        answer["text"] = "\n".join(denials.to_text(self.catalog, causes, explanation.look))
        if call.get("shown"):
            data = self.catalog.data
            answer["titles"] = {name: one["title"] for name, one in data["messages"].items()}
            answer["layers"] = {name: one["title"] for name, one in data["layers"].items()}
            answer["matters"] = denials.MATTERS
            titles = {one["url"]: one["title"] for one in self.catalog.sources.values()}
            answer["cited"] = {url: titles.get(url, url) for one in causes for url in one.sources}
            answer["statements"] = [_text(one.statement) if one.statement else "" for one in causes]
        return answer

    def list(self, call: Call) -> dict[str, Any]:
        """Lists the operations, or the roles, add-ons and placeholders of one."""
        about = {"version": self.version, "data_version": self.catalog.data["data_version"]}
        if not call.get("operation"):
            return {
                **about,
                "operations": {name: self.catalog.operation(name).summary for name in self.catalog.operations},
            }
        record = self.catalog.operation(self._operation(call["operation"]))
        known = meanings_of(self.catalog, placeholders_of(record.name).requests)
        return {
            **about,
            "operation": record.name,
            "summary": record.summary,
            "pitfalls": [*record.pitfalls],
            "roles": [
                {
                    "id": one.id,
                    "title": one.title,
                    "parameters": [*one.parameters],
                    "addons": [[item.id, item.title] for item in one.addons],
                }
                for one in record.grantees()
            ],
            "placeholders": {name: {"text": one.text, "example": one.example} for name, one in known.items()},
        }

    def kind(self, call: Call) -> str:
        """What a ``text`` is for: ``compose``, ``review``, ``denied``, or "" if nothing tells."""
        return kind_of(self.catalog, call["text"])

    def example(self, call: Call) -> str:
        """A request of an ``operation`` with the examples of the values that its record reads."""
        record = self.catalog.operation(self._operation(call["operation"]))
        request: dict[str, Any] = {}
        for role in record.roles[:1]:
            for path in role.parameters[:1]:
                _place(request, path, "arn:aws:iam::111122223333:role/MyRole")
            for entry in role.entries:
                if entry.free and entry.members:
                    kind = self.catalog.kind(entry.free[0]["kind"])
                    if (form := kind.form(kind.default)) is not None:
                        _place(request, entry.members[0], form.examples[0])
        return json.dumps({record.name: request}, indent=2)


_EMPTY: dict[str, Any] = {
    "schema_version": "1.0.0",
    "data_version": "",
    "roles": [],
    "baseline": {"accepted": [], "unused": []},
}


def _error(error: Exception) -> dict[str, Any]:
    """An error as JSON: its name, what is wrong, the names that would be right, and where."""
    faults = getattr(error, "faults", None)
    message = "; ".join(faults) if isinstance(error, PolicyError) and faults else str(error)
    if isinstance(error, KeyError) and not isinstance(error, UnknownName):
        message = f"the call has no {message}"
    kind: type = NothingToCompose if isinstance(error, Uncomposed) else type(error)
    value: dict[str, Any] = {"name": kind.__name__, "message": message}
    if isinstance(error, UnknownName | InvalidValue):
        value["given"] = error.name
    if isinstance(error, InvalidValue):
        value["value"] = error.value
    if isinstance(error, Uncomposed):
        value["notices"] = _notices(error.notices)
    if known := [*getattr(error, "known", ()), *getattr(error, "candidates", ())]:
        value |= {"known": known, "near": meant(getattr(error, "name", "") or "", known)}
    if isinstance(error, InputError):
        value["message"] = error.message
        value["place"] = {"name": error.position.path, "line": error.position.line, "column": error.position.column}
    return value


def _choice(call: Call) -> Choice:
    given = {name: call[name] for name in Choice._fields if call.get(name)}
    if isinstance(given.get("values"), Mapping):
        given["values"] = _names(given["values"])
    return Choice(**given)


def _names(values: Mapping[str, str] | None) -> dict[str, str]:
    """The values that are not empty."""
    return {name: str(value) for name, value in (values or {}).items() if value != ""}


def _one(call: Call, name: str, known: Sequence[str]) -> Any:
    value = call.get(name) or known[0]
    if value not in known:
        raise UnknownName(f"unknown {name} {quoted(value)}", str(value), known)
    return value


def _source(one: Mapping[str, str]) -> Source:
    return Source(one.get("name") or "request", one["text"].encode("utf-8", "surrogatepass"))


def _notices(notices: Iterable[Notice]) -> list[dict[str, str]]:
    return [one._asdict() for one in dict.fromkeys(notices)]


def _ignored(name: str, why: str) -> Notice:
    """A part of the address that has no effect."""
    return Notice("note", "address", f"{short(name)} is ignored: {why}")


def _text(value: Any) -> str:
    return canonical(value).decode("ascii").rstrip()


def _statements(policy: Any) -> list[Any]:
    return listed(policy) if "Statement" in policy else [policy]


def _rows(head: Mapping[str, Any], several: Sequence[Any], said: Sequence[Any]) -> list[list[Any]]:
    """The lines of a policy, each with what is said of it; together they are its JSON."""
    begin = "".join(f'  "{name}": {json.dumps(value)},\n' for name, value in head.items())
    rows: list[list[Any]] = [[f'{{\n{begin}  "Statement": [\n', []]]
    for number, (one, words) in enumerate(zip(several, said, strict=True), 1):
        lines = "".join(f"    {line}\n" for line in _text(one).split("\n"))
        rows.append([lines if number == len(several) else f"{lines[:-1]},\n", words])
    return [*rows, ["  ]\n}\n", []]]


def _condition(addon: AddOn) -> str:
    members = dict.fromkeys(member for entry in addon.entries for member in entry.members)
    return addon.when or " or ".join(members)


def _in_words(addon: AddOn, operation: str) -> list[str]:
    """A condition on a request in words; every second text is code."""
    whose = "the request" if addon.request in ("", operation) else f"a {addon.request} request"
    condition = _condition(addon)
    simple = unfiltered(condition)
    if equal := re.fullmatch(r"([A-Za-z0-9.\[\]]+)\s*==\s*[\"'`]([A-Za-z0-9_.-]+)[\"'`]", simple):
        return ["When ", equal[1], f" of {whose} is ", equal[2], "."]
    path = r"[A-Z][A-Za-z0-9]*(?:\[\])?(?:\.[A-Z][A-Za-z0-9]*(?:\[\])?)*"
    members = [*dict.fromkeys(re.findall(path, re.sub(r"([\"'`]).*?\1", "", simple)))]
    verb = "has " if " or ".join(members) == condition else "has a matching value in "
    words = [f"When {whose} {verb}", *[text for one in members[:2] for text in (one, " or ")][:-1]]
    return [*words, f" or {len(members) - 2} more members." if len(members) > 2 else "."]


def _policies(call: Call, name: str, kind: Any) -> list[HeldPolicy]:
    """The policies of the inputs of a layer, read.

    Raises:
        InvalidValue: one is no policy.
    """
    policies = []
    for one in call.get(name) or ():
        if not one["text"].strip():
            continue
        try:
            found = read_policy_file(_source(one), kind)
            for policy in found:
                statements(policy.document)
        except PolicyError as error:
            raise InvalidValue(f"{one.get('name') or name}: {'; '.join(error.faults)}", name, "") from None
        policies += found
    if name in ("boundary", "trust") and len(policies) > 1:
        raise InvalidValue(f"{name}: a role has one; {len(policies)} were given", name, "")
    if name == "resource" and len(policies) != 1:
        raise InvalidValue(
            f"{call['resource'][0]['name']}: a resource has one policy; {len(policies)} were given", name, ""
        )
    return policies


def _annotated(report: RoleReport, held: HeldRole) -> Iterator[dict[str, Any]]:
    """Each policy of a role, statement by statement, with what becomes of it and what of it nobody needs."""
    from .auditing.role import named_policies

    narrow = {one.document: one.patch for one in report.narrow}
    for name, policy in named_policies(held).items():
        several = listed(policy.document)
        said = []
        steps = {step["path"]: step["op"] for step in narrow.get(name, ()) if step["op"] != "add"}
        for number, one in enumerate(statements(policy.document)):
            own = [item for item in report.findings if (item.document, item.statement) == (name, one.name)]
            excess = [item for item in own if item.kind == "excess"]
            step = steps.get(f"/Statement/{number}") or steps.get("/Statement")
            state = _state(one.allows, own, excess, step)
            said.append(
                {
                    "state": state,
                    "excess": [_excessive(item) for item in excess[:_EXCESS]],
                    "more": max(0, len(excess) - _EXCESS),
                }
            )
        head = {key: value for key, value in policy.document.items() if key == "Version"}
        yield {"name": name, "rows": _rows(head, several, said)}


def _state(allows: bool, own: Sequence[AuditFinding], excess: Sequence[AuditFinding], step: str | None) -> str:
    if not allows:
        return "denies" if any(one.kind in ("missing", "depends") for one in own) else "limits"
    if step == "remove":
        return "unneeded"
    return "wide" if excess or step else "needed"


def _excessive(one: AuditFinding) -> dict[str, Any]:
    return {"action": one.action, "resource": one.resource, "opens": one.opens, "why": one.why}


def _texts(value: Any) -> Iterator[str]:
    """Every text in some data."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            left += item.values()
        elif isinstance(item, list | tuple):
            left += item


def _place(request: dict[str, Any], path: str, value: str) -> None:
    """Puts a value where a simple path leads; a path with more than names and lists is ignored."""
    simple = unfiltered(path)
    if not re.fullmatch(r"[A-Za-z0-9]+(\[\])?(\.[A-Za-z0-9]+(\[\])?)*", simple):
        return
    at = request
    *parents, last = simple.split(".")
    for part in parents:
        inner = at.setdefault(part.removesuffix("[]"), [{}] if part.endswith("[]") else {})
        at = inner[0] if isinstance(inner, list) else inner
    at.setdefault(last.removesuffix("[]"), [value] if last.endswith("[]") else value)

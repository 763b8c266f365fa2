"""Calls of services in a user's code: of clients and resources of boto3, and of libraries that call a service."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

from ...canonical import unlike
from ...engine.code_permissions import CODE, CodeCall, CodeResource, Several
from ...engine.partial import MARK, Partial, Unknown, decoded
from ...engine.values import short
from ..reader import ReadingContext
from ..requests.command_calls import calls_of, parse
from ..requests.commands import value_of
from ..text.shell import Shell
from .library_index import LibraryIndex
from .texts import Texts, cut, flat, hint, is_partial, is_text, is_url, snake
from .values import Answer, Asked, Client, Deferred, Given, Resource, Scope, Unseen, each, several

#: Why a call is not understood that the data do not have.
NOT_KNOWN = "this project does not know what it needs"

#: A module: its tree, the name of its file, and what tells the place of a line.
Module = tuple[ast.Module, str, Callable[[int], str]]

#: What makes clients, and what makes sessions.
_CLIENTS = frozenset({"client", "resource", "create_client"})
_SESSIONS = frozenset({"Session", "get_session", "AioSession"})
#: Methods of many clients, and methods without an underscore that only clients of AWS have.
_SHARED = frozenset({"get_paginator", "get_waiter"})
_TRANSFERS = frozenset({"upload_file", "upload_fileobj", "download_file", "download_fileobj"})
_PLAIN = frozenset({"converse", "publish", "invoke"})
_WORDS = re.compile(r"[a-z]+")
#: Methods named as operations are, members named as those of requests, and a service that the code does not show.
_OPERATION = re.compile(
    "(?:accept|add|allocate|associate|attach|authorize|batch|cancel|copy|create|delete|deregister|describe|detach"
    "|disable|disassociate|enable|execute|export|get|head|import|invoke|list|modify|post|publish|put|query|register"
    "|reject|remove|reset|restore|resume|retrieve|revoke|run|search|send|set|start|stop|submit|tag|terminate|test"
    "|transact|untag|update|validate|verify)_[a-z0-9_]+"
)
_MEMBER = re.compile("[A-Z][A-Za-z0-9]+")
_HIDDEN = "?"
_MODE = re.compile("[rwxab+]+")
#: How deep values of members are followed.
_DEEP = 8


class Table:
    """The part ``code`` of a catalog.

    Args:
        data: the part.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.services: Mapping[str, Any] = data["services"]
        #: Other names that clients accept for a service, to its own.
        self.aliases = {other: name for name, item in self.services.items() for other in item["aliases"]}
        self.operations = {
            service: {name.lower(): name for name in (*item["operations"], *item["unknown"])}
            for service, item in self.services.items()
        }
        self.by_method: dict[str, list[str]] = {}
        for service, names in self.operations.items():
            for name in names:
                self.by_method.setdefault(name, []).append(service)
        #: What functions of libraries do: with URLs of Amazon S3, with services, and with the code itself.
        self.urls: dict[str, str] = {}
        self.calls: dict[str, Mapping[str, Any]] = {}
        self.does: dict[str, str] = {}
        #: The libraries that reach AWS.
        self.libraries: set[str] = set()
        for library in data["libraries"].values():
            known = [name for names in library.get("urls", {}).values() for name in names]
            self.libraries |= {name.partition(".")[0] for name in (*known, *library.get("calls", ()))} - {""}
            self.calls.update(library.get("calls", {}))
            for found, part in ((self.urls, "urls"), (self.does, "does")):
                for does, names in library.get(part, {}).items():
                    found.update(dict.fromkeys(names, does))
        self.index = LibraryIndex(data["libraries"])

    def operation(self, service: str, method: str) -> str:
        """The operation or function that a method of a client is, or ""."""
        if method in self.services.get(service, {}).get("functions", {}):
            return method
        return str(self.operations.get(service, {}).get(method.replace("_", "").lower(), ""))


def table_of(catalog: Any) -> Table:
    """What a catalog knows of calls, made once."""
    table: Table = catalog._once(("code",), lambda: Table(catalog.code))
    return table


class Services:
    """Takes down the calls of services.

    Args:
        context: takes the parts that the code does not show, and what there is to say.
        given: what a request hands to the code: ``environment`` and ``hyperparameters``.
        modules: the modules by their names.
    """

    def __init__(
        self, context: ReadingContext, given: Mapping[str, Mapping[str, Any]], modules: Mapping[str, Module]
    ) -> None:
        self.context, self.given, self.modules = context, given, modules
        self.table, self.texts = table_of(context.catalog), Texts(self.unknown)
        #: The calls, each once.
        self.calls: dict[str, CodeCall] = {}
        #: The calls that are not understood, each once: place and what is called.
        self.missed: dict[tuple[str, str], None] = {}
        #: The services whose clients were made.
        self.clients: set[str] = set()
        #: The resources of templates that the code makes.
        self.resources: list[CodeResource] = []
        self._named: dict[tuple[str, str], str] = {}

    def unknown(self, one: Unseen) -> Unknown:
        """The placeholder of a part that the code does not show."""
        key, unknown = (one.hint, one.place), self.context.reading.unknown
        if key not in self._named:
            word = one.hint.title() if "_" in one.hint else one.hint[:1].upper() + one.hint[1:]
            self._named[key] = unlike(f"{CODE}{''.join(filter(str.isalnum, word))[:60]}", unknown)
            unknown[self._named[key]] = f"{one.hint} of the code{f' ({one.place})' if one.place else ''}"
        return Unknown(self._named[key])

    def noted(self, place: str, message: str) -> None:
        """Takes what there is to say."""
        self.context.notice("note", place, message)

    def unread(self, place: str, message: str) -> None:
        """Takes what cannot be read."""
        self.context.notice("problem", place, f"{message}; its calls are missing")

    def miss(self, place: str, what: str, why: str) -> None:
        """Takes a call that is not understood.

        Args:
            what: the call, as ``service:Operation`` where both are known.
            why: what is not known of it.
        """
        if (place, what) not in self.missed:
            self.missed[place, what] = None
            self.context.notice("problem", place, f"calls {what}; {why}; add its permissions yourself")

    def place(self, scope: Scope, node: Any) -> str:
        """File and line of a node."""
        return self.modules[scope.module][2](getattr(node, "lineno", 1))

    def position(self, call: Asked) -> str:
        """File, line and column of a call."""
        return f"{self.place(call.scope, call.node)}:{getattr(call.node, 'col_offset', 0) + 1}"

    def unseen(self, node: Any, scope: Scope) -> Unseen:
        """What stands in place of a value that the code does not show."""
        return Unseen(hint(node), self.place(scope, node))

    def outside(self, what: str, key: str, default: Any = None) -> Any:
        """What a request hands to the code under a name, else the default, else what is not known."""
        known = self.given.get(what, {}).get(key, default)
        return known if known is not None else Unseen(key, f"{what} {key}")

    # --- clients ---------------------------------------------------------------------------------------------------

    def made(self, name: str, call: Asked, session: Client) -> Any:
        """What a function of boto3 or of a session gives: a session, a client, a resource."""
        region = call.keywords.get("region_name", session.region)
        if name in _CLIENTS and len(call.args) > 1:
            region = call.args[1]
        region = region if is_text(region) and not isinstance(region, Unseen) else ""
        is_other = session.is_other or call.keywords.get("aws_access_key_id") is not None
        if name in _SESSIONS:
            return Client("", region, is_other)
        if name not in _CLIENTS:
            return None
        shown = (one for one in each(call.first("service_name")) if isinstance(one, str) and not is_partial(one))
        found = [self.table.aliases.get(one, one) for one in shown]
        self.clients.update(found)
        found = found or [_HIDDEN]
        return several(Client(one, region, is_other, name == "resource") for one in found)

    def of_client(self, client: Client, name: str, call: Asked) -> Any:
        """A method of a client."""
        if client.service == _HIDDEN:
            return self._of_hidden(name, call)
        service = self.table.services.get(client.service, {})
        asked = [one for one in each(call.first("ClientMethod")) if isinstance(one, str)]
        if name == "get_waiter":
            waiters = {snake(waiter): operation for waiter, operation in service.get("waiters", {}).items()}
            return several(Deferred(client, waiters[one]) for one in asked if one in waiters)
        if name == "get_paginator":
            operations = [self.table.operation(client.service, one) for one in asked]
            return several(Deferred(client, one) for one in operations if one)
        if name == "generate_presigned_url":
            members = call.keywords.get("Params") or (call.args[1] if len(call.args) > 1 else {})
            for one in asked:
                self.of_client(client, one, call.of(members if isinstance(members, dict) else {}))
            return None
        if client.is_resource and name in service.get("resources", {}):
            arguments = service["resources"][name]["arguments"]
            by_name = {snake(one): one for one in arguments} | dict.fromkeys(("name", "url", "arn"), arguments[0])
            named = {
                by_name.get(key, by_name.get(key.partition("_")[2], key)): one for key, one in call.keywords.items()
            }
            return Resource(client, name, {**call.named(arguments), **named})
        if not (operation := self.table.operation(client.service, name)):
            if _OPERATION.fullmatch(name):
                what = f"{client.service}:{''.join(part.capitalize() for part in name.split('_'))}"
                self.miss(self.position(call), what, NOT_KNOWN)
            return None
        answer = self.sent(client, operation, call)
        gives = service["functions"].get(operation, {}).get("gives")
        return Resource(client, gives, dict(call.keywords)) if client.is_resource and gives else answer

    def _of_hidden(self, name: str, call: Asked) -> Any:
        """A method of a client whose service the code does not show, told by its name."""
        services = self.table.by_method.get(name.replace("_", "").lower(), [])
        if len(services) == 1:
            return self.of_client(Client(services[0]), name, call)
        if services or _OPERATION.fullmatch(name):
            self._miss_service(name, call)
        return None

    def _miss_service(self, name: str, call: Asked) -> None:
        self.miss(self.position(call), name, "the code does not show the service of its client")

    def guessed(self, owner: Unseen, name: str, call: Asked) -> Any:
        """A call of a client that is handed in, told by the name of the method and of its members."""
        keys = call.keywords
        if ("_" not in name and name not in _PLAIN) or not (keys or call.args):
            return None
        if not all(key[:1].isupper() or key == "**" or "Id" in key for key in keys):
            return None
        services = self.table.by_method.get(name.replace("_", "").lower(), [])
        if name in _TRANSFERS:
            services = ["s3"]
        elif name in _SHARED:
            words = set(_WORDS.findall(owner.hint.lower()))
            services = sorted({one for one in self.clients if set(_WORDS.findall(one)) & words} or self.clients)
        used = [one for one in services if one in self.clients]
        hinted = [one for one in services if one.replace("-", "") in owner.hint.lower().replace("_", "")]
        chosen = hinted or (used if len(used) == 1 else []) or (services if len(services) == 1 else [])
        if chosen:
            return self.of_client(Client(chosen[0]), name, call)
        # Clients take members by name only, and so does nothing else that looks like them.
        named = keys.keys() - {"**"}
        is_known = services or (named and _OPERATION.fullmatch(name))
        if keys and is_known and name not in _SHARED and all(map(_MEMBER.fullmatch, named)):
            self._miss_service(name, call)
        return None

    def sent(self, client: Client, operation: str, call: Asked, members: Mapping[str, Any] | None = None) -> Answer:
        """Takes down a call.

        Args:
            members: those of the request, if they are not what the code hands over.
        """
        service = self.table.services.get(client.service, {})
        if members is None:
            said = service.get("functions", {}).get(operation, {})
            members = {**call.named(said.get("arguments", ())), **call.keywords}
        place = self.place(call.scope, call.node)
        sent = CodeCall(
            client.service,
            operation,
            {name: self._plain(value, name, place) for name, value in members.items() if name != "**"},
            client.region if isinstance(client.region, (str, Several)) else "",
            place,
        )
        if client.is_other:
            self.noted(place, f"calls {operation} of {client.service} with credentials of its own, not the role's")
        elif operation in service.get("unknown", ()):
            self.miss(self.position(call), f"{client.service}:{operation}", "no source says which action it needs")
        else:
            self.calls.setdefault(repr(sent[:5]), sent)
        return Answer(sent)

    def _plain(self, value: Any, name: str, place: str, depth: int = 0) -> Any:
        """A value as members of a request have it."""
        if isinstance(value, Several):
            return Several(self._plain(one, name, place, depth) for one in value)
        if isinstance(value, dict) and depth < _DEEP:
            return {key: self._plain(one, key, place, depth + 1) for key, one in value.items()}
        if isinstance(value, (list, tuple, set)) and depth < _DEEP:
            return [self._plain(one, name, place, depth + 1) for one in value]
        if isinstance(value, (str, int, float)):
            return value
        return Partial([self.unknown(value if isinstance(value, Unseen) else Unseen(name, place))])

    def of_answer(self, answer: Answer, name: Any) -> Any:
        """A member of an answer: a text where the data say what it looks like, else a part of the answer."""
        call: CodeCall = answer.call
        said = self.table.services.get(call.service, {}).get("answers", {}).get(call.operation, {})
        if not isinstance(name, str) or name not in said:
            return answer
        pieces = re.split(r"\$\{(\w+)\}", said[name])
        known: dict[str, Any] = {one: Partial([Unknown(one)]) for one in ("Partition", "Region", "Account")}
        known |= {**call.members, name: Unseen(name, call.place), **({"Region": call.region} if call.region else {})}
        return self.texts.woven(pieces[::2], [known.get(one, "") for one in pieces[1::2]])

    def of_template(self, name: str, call: Asked) -> Any:
        """A class of AWS CDK that stands for a resource of a template, or for a property of one."""
        *_, module, last = ["", *name.split(".")]
        if last.endswith("Property"):
            return dict(call.keywords)
        begin = f"aws::{module.removeprefix('aws_')}::"
        every = [said.get("types", {}).get("cloudformation", "") for said in self.context.catalog.services.values()]
        service = next((one for one in every if one.lower() == begin), "")
        if last.startswith("Cfn") and service:
            place = self.place(call.scope, call.node)
            members = {key: self._plain(value, key, place) for key, value in call.keywords.items() if key != "**"}
            self.resources.append(CodeResource(f"{service}{last[3:]}", members, place))
        return self.unseen(call.node, call.scope)

    # --- resources of boto3 ----------------------------------------------------------------------------------------

    def of_resource(self, owner: Resource, name: str) -> Any:
        """An attribute of an object of boto3.resource: what names it or a collection; None for a method."""
        kind = self.table.services[owner.client.service]["resources"].get(owner.kind, {"methods": {}, "arguments": ()})
        said = kind["methods"].get(name, {})
        if said.get("collection") and not owner.is_collection and name == name.lower() and "receive" not in name:
            return Resource(owner.client, said["gives"], dict(owner.members), True, said["as"])
        for member in kind["arguments"]:
            if name in (snake(member), snake(f"{owner.kind.removesuffix('Summary')}{member}"), "name"):
                return owner.members.get(member)
        return None

    def resource_method(self, owner: Resource, name: str, call: Asked) -> Any:
        """A method of an object of boto3.resource."""
        resources = self.table.services[owner.client.service]["resources"]
        said = resources.get(owner.kind, {"methods": {}})["methods"].get(name, {})
        members = {**owner.members, **call.named(said.get("arguments", ())), **call.keywords}
        if owner.is_collection and (owner.lists or not said):
            answer = self.sent(owner.client, owner.lists, call, members)
            # The members that name what is listed, as far as the answer tells them.
            shown = self.table.services[owner.client.service]["answers"].get(owner.lists, {})
            members.update({one: self.of_answer(answer, one) for one in shown})
            if not said:
                return Resource(owner.client, owner.kind, members, True, owner.lists)
        if called := said.get("as") or self.table.operation(owner.client.service, name):
            self.sent(owner.client, called, call, members)
        if "gives" not in said:
            return None
        gives = resources.get(said["gives"], {"arguments": ()})["arguments"]
        kept = {key: one for key, one in members.items() if key in gives or key in owner.members}
        return Resource(owner.client, said["gives"], kept, bool(said.get("collection")))

    # --- commands ---------------------------------------------------------------------------------------------------

    def commands(self, text: str, call: Asked) -> None:
        """Takes down the calls of the commands of the AWS CLI in a text."""
        if "aws" not in text:
            return
        unknown: list[Unknown] = []

        def mark(part: Unknown) -> str:
            unknown.append(part)
            return f"{MARK}{len(unknown) - 1}{MARK}"

        parts = text.parts if isinstance(text, Partial) else (text,)
        plain = "".join(one if isinstance(one, str) else mark(one) for one in parts)
        place = self.modules[call.scope.module][2]
        first = getattr(call.node, "lineno", 1)
        shell = Shell(plain, lambda name, _: mark(self.unknown(Unseen(name, place(first)))))
        known = self.context.data("commands")
        for offset, words in shell.commands():
            if words[0].rpartition("/")[2] != "aws":
                continue
            where = place(first + plain.count("\n", 0, offset))
            command = parse(words[1:], frozenset(known.get("ignored", ())))
            found = calls_of(self.context.catalog.code, known, command, value_of, where)
            if found is None:
                self.miss(where, command.shown, "this project does not know what it needs")
            for one in found or ():
                region = decoded("".join(command.options.get("region", ())), unknown)
                sent = one._replace(members=decoded(one.members, unknown), region=region)
                self.calls.setdefault(repr(sent[:5]), sent)

    # --- libraries -------------------------------------------------------------------------------------------------

    def of_library(self, name: str, call: Asked) -> bool:
        """Takes down what a function of a library calls; whether it is known to call something."""
        if (said := self.table.calls.get(name)) is None:
            return False
        members: dict[str, Any] = {}
        names = said.get("members", {})
        named = {names[key]: one for key, one in call.keywords.items() if key in names}
        for path, value in {**call.named(said.get("arguments", ())), **named}.items():
            inner = members
            *steps, last = path.split(".")
            for step in steps:
                inner = inner.setdefault(step, {})
            inner[last] = value
        for operation in said["as"]:
            self.sent(Client(said["service"]), operation, call, members)
        return True

    def opened(self, name: str, call: Asked, is_files: bool = False) -> bool:
        """Takes down what a function does with URLs of Amazon S3 that it is given; whether it is given one."""
        does = self.table.urls.get(name) or self.table.urls.get(f".{name.rpartition('.')[2]}", "")
        is_files = is_files or Given("files") in each(call.keywords.get("filesystem"))
        values = [*call.args, *call.keywords.values()]
        firsts = values[:1] if is_files and call.args else []
        urls = [url for value in values for url in flat(value) if is_url(url, any(value is one for one in firsts))]
        place = self.place(call.scope, call.node)
        if not does and urls:
            what = f"hands {short(str(urls[0]))} to {hint(call.node.func)}; it is not known what that does"
            is_known = name.partition(".")[0] in self.table.libraries
            self.context.notice("problem" if is_known else "note", place, what)
            return True
        if does == "open":
            mode = next((one for one in values[1:] if isinstance(one, str) and _MODE.fullmatch(one)), "r")
            does = "write" if re.search("[wxa]", mode) else "read"
        for url in urls:
            bucket, key = cut(url)
            last = (key.parts[-1] if isinstance(key, Partial) and key.parts else key) if key else ""
            is_pattern = "*" in str(key)
            is_file = isinstance(last, str) and "." in last.rpartition("/")[2] and not is_pattern
            action = does.removesuffix("_folder") if is_file else does
            if is_pattern:
                key = key if isinstance(key, Partial) else key.partition("*")[0]
                action = f"{does}_folder" if does in ("read", "delete") else does
            self.sent(Client("s3"), action, call, {"Bucket": bucket, **({"Key": key} if action != "list" else {})})
        return bool(urls)

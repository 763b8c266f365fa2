"""Objects of libraries that call services in a user's code, and the requests that their methods send."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...engine.code_permissions import Several
from ...engine.partial import ANY, Partial, Unknown, joined
from ..requests.member_names import Style
from .library_functions import Attributes, Expressions, Fields, LibraryFunctions
from .library_index import LibraryClass, LibraryFunction
from .service_calls import NOT_KNOWN, Services
from .texts import cut, flat
from .values import MOST, Answer, Asked, Class, Client, Function, Instance, Made, Name, Nothing, Unseen, each

#: How deep values are followed, and how many of one call.
_DEEP, _MOST_VALUES = 30, 20_000
#: The class of what a method gives instead of sending a request, for a step of a pipeline.
_KEPT = "StepArguments"
#: How deep several values of one are looked for.
_SHALLOW = 6
#: What is done with a whole bucket, by what would be done below a key.
_WHOLE = {"write_files": ["write"], "read_folder": ["read", "list"]}
#: The types of instances with a GPU.
_GPU = re.compile(r"ml\.[pg]\d")


class CodeRequest(NamedTuple):
    """A request that code makes an SDK send.

    Attributes:
        operation: the operation.
        members: its members, in the spelling of the API or of Python.
        region: the Region, or "".
        place: file and line.
    """

    operation: str
    members: Mapping[str, Any]
    region: str
    place: str


class Libraries(Services):
    """Follows objects of libraries, and takes down what their methods send."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.requests: dict[str, CodeRequest] = {}
        #: Objects that are for a request, by the places where they are made, and the places whose object sends some.
        self.unsent: dict[str, Made] = {}
        self._sending: set[str] = set()
        self.index = self.table.index
        self._place = self._position = ""
        #: How many values may still be followed for the call at hand.
        self._left = _MOST_VALUES
        self._expressions = Expressions(LibraryFunctions(self._made_of, self._image))

    # --- objects ---------------------------------------------------------------------------------------------------

    def of_name(self, dotted: str, call: Asked) -> Any:
        """What a class or function of a library gives; None for one that the data do not have."""
        found = self.index.find(dotted)
        if isinstance(found, LibraryClass):
            made = Made(found, self._arguments(found.data, call), self.position(call))
            if "unsent" in found.data:
                self.unsent[made.place] = made
            return made
        if isinstance(found, LibraryFunction):
            of = Made(found.of) if found.of is not None else None
            return self._run(found.data, of, call, found.library, found.name)
        if self.index.is_of_library(dotted) and not self.index.is_harmless(dotted):
            # Even to make an object can send requests, and what it is made for may happen elsewhere.
            unknown = self._not_known(dotted, self.index.library_of(dotted), call)
            if unknown.hint[:1].isupper():
                return Made(self.index.unknown_class(dotted), self._arguments({}, call))
            return unknown
        return None

    def of_made(self, made: Made, name: str, call: Asked) -> Any:
        """What a method of an object of a library gives."""
        if (method := self.index.method(made.kind, name)) is None:
            if name.startswith("_"):
                return None
            return self._not_known(f"{made.kind.name}.{name}", made.kind.library, call)
        return self._run(method, made, call, made.kind.library, f"{made.kind.name}.{name}")

    def of_unseen(self, owner: Unseen, name: str, call: Asked) -> Unseen | None:
        """A method of a value that a library gave and the code does not show; None for one that sends nothing."""
        if name not in self.index.sending_methods(owner.library):
            return None
        return self._not_known(f"{owner.hint}.{name}", owner.library, call)

    def _not_known(self, what: str, library: str, call: Asked) -> Unseen:
        """What something of a library gives that the data do not have, once it is named."""
        self.miss(self.position(call), what, NOT_KNOWN)
        return Unseen(what.rpartition(".")[2], self.place(call.scope, call.node), library)

    def attribute_of_made(self, made: Made, name: str) -> Any:
        """An attribute of an object of a library; None for a method and for what is not known."""
        if name in made.kind.part("methods"):
            return None  # an argument of its class can have the name of a method: a session's default_bucket
        if name in made.own:
            return made.own[name]
        clients = made.kind.part("clients")
        if name in clients:
            region = self._names(made).get("Region")
            known = made.own.get("boto_session")
            of = next((one for one in each(known) if isinstance(one, Client)), Client(""))
            return Client(clients[name], of.region or (region if type(region) is str else ""), of.is_other)
        if name in made.kind.part("values"):
            return self.fields(made).get(name)
        if (makes := made.kind.part("objects").get(name)) is not None:
            return self._makes(makes, made.kind.library, None, {"self": self.fields(made)})
        if made.kind.data.get("trail"):
            return self.further(made, f".{name}")
        return None

    def further(self, made: Made, step: str) -> Made:
        """An object that names a path, one step further."""
        return Made(made.kind, {"path": f"{made.own['path']}{step}"})

    def _arguments(self, data: Mapping[str, Any], call: Asked) -> dict[str, Any]:
        names = data.get("arguments", ())
        given = {**call.named(names), **{key: one for key, one in call.keywords.items() if key != "**"}}
        if (rest := data.get("rest")) and len(call.args) > len(names):
            given[rest] = call.args[len(names) :]
        return given

    def _session(self, library: str, given: Mapping[str, Any]) -> Made | None:
        """The session among what an object or a call has."""
        names = self.index.sessions(library)
        inner = [one for value in given.values() for one in flat(value) if isinstance(one, Made)]
        for own in (given, *(one.own for one in inner)):  # else the one of what it is made with
            known = [one for name in names for one in each(own.get(name)) if isinstance(one, Made)]
            # Of several by branches, one that sends counts.
            if known:
                return min(known, key=lambda one: bool(one.kind.data.get("deferred")))
        return None

    # --- what methods do -------------------------------------------------------------------------------------------

    def _run(self, data: Mapping[str, Any], made: Made | None, call: Asked, library: str, shown: str) -> Any:
        """What a method gives, once what it sends is taken down."""
        arguments = self._arguments(data, call)
        session = self._session(library, {**arguments, **(made.own if made else {})})
        if session is None and made is not None and made.kind.data.get("deferred"):
            session = made
        is_now = made is not None and made.kind.data.get("immediate")
        is_deferred = session is not None and bool(session.kind.data.get("deferred")) and not is_now
        if made is not None and data.get("keeps") and not made.own:
            made.own.update(arguments)
        self._place, self._position = self.place(call.scope, call.node), self.position(call)
        if "**" in call.keywords and data.get("sends"):
            self.miss(self.position(call), shown, "the code does not show its arguments")
        if made is not None and data.get("sends"):
            self._sending.add(made.place)
        sent: Any = None
        keywords = {key: one for key, one in call.keywords.items() if key != "**"}
        variants = max([1, *(_choices(one) for one in (*arguments.values(), *(made.own.values() if made else ())))])
        for variant in range(min(variants, MOST)):
            names = self._names(made, {**arguments, "keywords": keywords}, variant, session)
            if made is not None and data.get("sets"):
                for name, template in data["sets"].items():
                    value = self._expressions.value(template, names)
                    if value is not None:
                        made.own[name] = value
                    else:
                        made.own.pop(name, None)
                    names["self"] = self.fields(made, variant)
            for send in self.index.sends(data):
                kept = self._send(send, names, call, made.kind if made else library, is_deferred)
                sent = sent or kept
        if is_deferred and sent is not None:
            return sent
        if "makes" in data:
            return self._makes(data["makes"], library, session, names)
        if "keeps" in data:
            return made
        if "gives" in data:
            return self._expressions.value(data["gives"], names)
        return Unseen(shown.rpartition(".")[2], self._place, library)

    def assume_unsent(self) -> None:
        """Take down the requests of objects that other code sends, such as a pipeline that a module only defines."""
        for place, made in self.unsent.items():
            method = self.index.method(made.kind, made.kind.data["unsent"])
            if place in self._sending or method is None:
                continue
            names = self._names(made)
            for send in self.index.sends(method):
                if operation := send.get("operation"):
                    self._request(operation, self._expressions.value(send["members"], names), names, place)
                    what = f"the code does not send this {made.kind.name}; its roles are as for {operation}"
                    self.noted(place, what)

    def _request(self, operation: str, members: Any, names: Mapping[str, Any], place: str) -> dict[str, Any]:
        """Take down a request of an SDK; its members as the API spells them."""
        region = names["Region"] if type(names["Region"]) is str else ""
        matched: dict[str, Any] = self.context.names.match(operation, members, Style())[0]
        request = CodeRequest(operation, matched, region, place)
        self.requests.setdefault(repr(request), request)
        return matched

    def _makes(self, makes: Mapping[str, Any], library: str, session: Made | None, names: Mapping[str, Any]) -> Any:
        """The object that a method or attribute gives, or a list with one of its kind."""
        ((kind, arguments),) = makes.items()
        own = {name: self._expressions.value(one, names) for name, one in arguments.items()}
        known = {name: one for name, one in own.items() if one is not None}
        kept = dict.fromkeys(self.index.sessions(library)[:1], session) if session is not None else {}
        made = Made(self.index.made(library, kind), {**kept, **known})
        return [made] if made.kind.data.get("listed") else made

    def _send(
        self, send: Mapping[str, Any], names: Mapping[str, Any], call: Asked, of: LibraryClass | str, is_deferred: bool
    ) -> Any:
        """Takes down one request; in place of it what a step of a pipeline keeps, where it is not sent now."""
        library, kind = (of, "") if isinstance(of, str) else (of.library, of.name)
        if "when" in send and not self._expressions.value(send["when"], names):
            return None
        region = names["Region"] if type(names["Region"]) is str else ""
        if "does" in send:
            self._opens(send, names, call, region)
            return None
        own_service = self.index.service(library)
        service = send.get("service", own_service)
        operation = send["operation"].replace("{class}", kind)
        members = self._expressions.value(send.get("members", {}), names) or {}
        is_request = service == own_service and bool(self.context.catalog.named(operation))
        if not (is_request or self.table.operation(service, operation)):
            self.miss(self.position(call), operation, NOT_KNOWN)
            return None
        if is_deferred and service == own_service:
            is_kept = is_request and "when" not in send
            kept = {"operation": operation, "request": members}
            return Made(self.index.made(library, _KEPT), kept) if is_kept else None
        if is_request:
            members = self._request(operation, members, names, self._place)
        self.sent(Client(service, region), operation, call, members)
        return None

    def _opens(self, send: Mapping[str, Any], names: Mapping[str, Any], call: Asked, region: str) -> None:
        """Takes down what is done with objects in Amazon S3."""
        urls = self._expressions.value(send["url"], names)
        for url in urls if isinstance(urls, list) else [urls]:
            if not isinstance(url, str) or not url:
                continue
            bucket, key = cut(url)
            does = send["does"]
            is_file = does == "write_files" and self._expressions.value("file(url)", {"url": url})
            actions = ["write"] if is_file else [does] if key else _WHOLE.get(does, [does])
            for action in actions:
                members = {"Bucket": bucket, **({} if action == "list" else {"Key": key or Partial([ANY])})}
                self.sent(Client("s3", region), action, call, members)

    # --- values of expressions -------------------------------------------------------------------------------------

    def _names(
        self,
        made: Made | None,
        arguments: Mapping[str, Any] | None = None,
        variant: int = 0,
        session: Made | None = None,
    ) -> dict[str, Any]:
        """What expressions of a method may name: the object, the arguments of the call, and what all have."""
        session = session or (self._session(made.kind.library, made.own) if made is not None else None)
        own: Mapping[str, Any] = self.fields(session, variant) if session is not None and session is not made else {}
        region = own.get("region") or self._region()
        found = {key: self.plain(one, variant) for key, one in (arguments or {}).items()}
        names = {**found, "Region": region, "Account": Partial([Unknown("Account")]), "Role": self._role()}
        names["Any"] = Partial([ANY])
        names["self"] = self.fields(made, variant) if made is not None else {}
        return names

    def _region(self) -> Any:
        known = self.context.reading.facts.get("Region") or self.given.get("facts", {}).get("Region")
        return known or Partial([Unknown("Region")])

    def _role(self) -> Any:
        """The role that the code runs with: the one of the request, or nothing if the request passes none."""
        known = self.given.get("facts", {}).get("Role")
        if known is not None:
            return known
        return Partial([self.unknown(Unseen("ExecutionRole"))])

    def fields(self, made: Made, variant: int = 0, depth: int = 0) -> Attributes:
        """What an object was made with, and the values that its class makes of that."""
        own = {key: self.plain(one, variant, depth + 1) for key, one in made.own.items()}
        names_of = self.index.sessions(made.kind.library)
        session: Mapping[str, Any] = next((own[one] for one in names_of if isinstance(own.get(one), dict)), {})
        region = session.get("region") or self._region()
        names = {"Region": region, "Account": Partial([Unknown("Account")]), "Any": Partial([ANY])}
        return Attributes(
            {key: one for key, one in own.items() if one is not None},
            made.kind.part("values"),
            lambda template, attributes: self._expressions.value(template, {**names, "self": attributes}),
        )

    def plain(self, value: Any, variant: int = 0, depth: int = 0) -> Any:
        """A value of the code as expressions have it; of several one."""
        if isinstance(value, Several):
            return self.plain(value[variant % len(value)], variant, depth) if value else None
        self._left -= 1
        if value is None or isinstance(value, Nothing) or depth > _DEEP or self._left < 0:
            return None
        if isinstance(value, Made) and value.kind.data.get("unknown"):
            self.miss(self._position, value.kind.name, "it is part of a request, and this project does not know it")
            return None
        if isinstance(value, Made):
            own = self.fields(value, variant, depth)
            given = value.kind.data.get("gives")
            made = self._expressions.value(given, {"self": own, "Region": self._region()}) if given is not None else own
            if not isinstance(made, dict):
                return made
            if made is own:
                return own
            found = Fields(made)
            found.own = own
            return found
        if isinstance(value, (Fields, Attributes)):
            return value
        if isinstance(value, Client):
            return {"region": value.region if type(value.region) is str else None}
        if isinstance(value, Name):
            return self.index.constant(value.dotted) or self._unknown(Unseen(value.dotted.rpartition(".")[2]))
        if isinstance(value, dict):
            return {key: self.plain(one, variant, depth + 1) for key, one in value.items()}
        if isinstance(value, (list, tuple, set)):
            return [self.plain(one, variant, depth + 1) for one in value]
        if isinstance(value, (str, int, float)):
            return value
        return self._unknown(value)

    def _unknown(self, value: Any) -> Any:
        hinted = value if isinstance(value, Unseen) else Unseen(_hint(value), self._place)
        return Partial([self.unknown(hinted)])

    def _made_of(self, kind: str, value: Any) -> Any:
        found = self.index.any_class(kind)
        return self.plain(Made(found, dict(zip(found.arguments, [value], strict=False))))

    def _image(
        self,
        framework: str,
        purpose: Any = None,
        version: Any = None,
        python: Any = None,
        instance: Any = None,
        region: Any = None,
    ) -> Any:
        """The image of a framework: of the registries that AWS has in each Region."""
        data = self.index.images.get(framework)
        if data is None:
            return None
        template = str(data.get(purpose or "training") or data["training"])
        is_gpu = isinstance(instance, str) and not isinstance(instance, Partial) and bool(_GPU.match(instance))
        processor: Any = "gpu" if is_gpu else "cpu"
        if not isinstance(instance, str) or isinstance(instance, Partial):
            processor = joined([ANY])
        known = {"version": version, "processor": processor, "python": python}
        pieces = re.split(r"\{(\w+)\}", template)
        filled = [
            piece if not number % 2 else joined([ANY]) if known.get(piece) is None else known[piece]
            for number, piece in enumerate(pieces)
        ]
        region = region or self._region()
        accounts = self._registries().get(data["registry"], {})
        account = accounts.get(region) or Partial([self.unknown(Unseen(f"{framework.title()}RegistryAccount"))])
        domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        return joined([account, ".dkr.ecr.", region, f".{domain}/", *map(_as_text, filled)])

    def _registries(self) -> Mapping[str, Mapping[str, str]]:
        def found() -> dict[str, dict[str, str]]:
            accounts: dict[str, dict[str, str]] = {}
            for kind in self.context.catalog.companions:
                for (region, account), title in kind.aws_accounts.items():
                    accounts.setdefault(title, {})[region] = account
            return accounts

        known: Mapping[str, Mapping[str, str]] = self.context.catalog._once(("registries",), found)
        return known


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _hint(value: Any) -> str:
    match value:
        case Instance():
            return value.of.node.name
        case Class() | Function():
            return getattr(value.node, "name", "Function")
        case Answer():
            return str(value.call.operation)
    return "Value"


def _choices(value: Any, depth: int = 0) -> int:
    """How many values a value can be, as far as its first levels show."""
    if isinstance(value, Several):
        return max([len(value), *(_choices(one, depth + 1) for one in value)])
    if depth > _SHALLOW:
        return 1
    inner: Iterator[Any] | Any = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, (list, tuple)):
        inner = value
    elif isinstance(value, Made):
        inner = value.own.values()
    return max([1, *(_choices(one, depth + 1) for one in inner)])

"""The requests that code makes with its calls, and the role that runs the code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...catalog import Catalog
from ...engine.code_permissions import CODE, Several
from ...engine.compose import Request, handled_by
from ...engine.partial import Partial, Unknown, with_texts
from ...engine.roles import accepted, arns_of
from ..reader import Found, InputDocument, ReadingContext

#: The placeholder of the role that runs the code, and its meaning.
EXECUTION_ROLE = f"{CODE}ExecutionRole"
_MEANING = "name of the execution role that runs the code"
_ARN = Partial(
    ["arn:", Unknown("Partition"), ":iam::", Unknown("Account"), ":role/", Unknown(EXECUTION_ROLE)],
)

#: The operation whose role runs code, where nothing shows another one, and the member that passes the role.
_HOST, _HOST_ROLE = "CreateNotebookInstance", "RoleArn"

#: How many requests one call can be, for values that branches and loops give.
_MOST = 12


def made_requests(context: ReadingContext) -> Iterator[Found]:
    """The requests of the resources that code makes, and of its calls that are of a role or decide what one needs."""
    catalog, reading = context.catalog, context.reading
    for resource in reading.code_resources:
        if operation := catalog.creating("cloudformation", resource.kind):
            at, style = InputDocument(resource.properties, resource.place), context.style("cloudformation")
            yield Found(operation, resource.properties, at, resource.place, style)
    for call in reading.code:
        name = catalog.named(call.operation, call.service) if call.service in catalog.services else ""
        if not is_of_role(catalog, name):
            continue
        region = InputDocument(call.region, call.place)
        facts = {"Region": region} if type(call.region) is str and call.region else {}
        for members in _each_choice(call.members):
            yield Found(name, members, InputDocument(members, call.place), call.place, facts=facts)


def is_of_role(catalog: Catalog, name: str) -> bool:
    """Whether an operation accepts a role, or decides what a role of another one needs."""
    return bool(name) and (catalog.has_record(name) or any(True for _ in handled_by(catalog, name)))


def _each_choice(members: Any) -> Iterator[Any]:
    """Members with one value where the code shows several: as many times as it takes to have each of them once."""
    for number in range(min(_most(members), _MOST)):
        yield _choose(members, number)


def _most(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = len(value) if isinstance(value, Several) else 1
    several = value if isinstance(value, Several) else inner
    return max((own, *map(_most, several)))


def _choose(value: Any, number: int) -> Any:
    if isinstance(value, Several):
        return _choose(value[number % len(value)], number)
    if isinstance(value, dict):
        return {key: _choose(item, number) for key, item in value.items()}
    return [_choose(item, number) for item in value] if isinstance(value, list) else value


def host_code(context: ReadingContext, made: Sequence[Request], files: Mapping[str, bool]) -> None:
    """Say which role runs code for which nothing says it, and give the other requests their own roles.

    The role is that of the other inputs or of the operation that was named, else that of a notebook instance. A text
    that is no file and only makes requests, or whose requests are of the operation that was named, is what a caller
    runs: its calls are the caller's.

    Args:
        made: the requests that the code makes, which the reading has already.
        files: the names of the code, each with whether it is one of a file.
    """
    reading, wanted, catalog = context.reading, context.wanted, context.catalog
    name, has_calls = next(iter(files)), bool(reading.code or reading.foreign)
    labels = {request.label for request in made}
    others = [request for request in reading.requests if request not in made]
    # What a page shows in one block does not run what it shows in another.
    own_blocks = tuple(f"{file}:" for file in files)
    hosts = [one for one in others if accepted(catalog, one) and not f"{one.label}:".startswith(own_blocks)]
    own = [request for request in made if request.operation == wanted]
    is_hosted = True
    if not has_calls and not made and (hosts or wanted):
        context.notice("note", name, "the code makes no call of AWS that is found")
    if hosts and (has_calls or not made):
        names = ", ".join(dict.fromkeys(request.operation for request in hosts))
        context.notice("note", name, f"the code runs with the role of the other inputs ({names})")
    elif hosts:
        pass  # the code only makes a template
    elif own:
        reading.requests, is_hosted = own, False
    elif wanted:
        reading.requests.insert(0, Request(wanted, None, f"the {wanted} that runs the code"))
    elif made and not has_calls:
        is_hosted = False
    elif not has_calls:
        if not any(notice.where == name for notice in reading.notices):  # which says why it is not read
            context.notice("problem", name, "the code makes no call of AWS that is found; give its requests as well")
    elif any(files.values()) or not {call.place for call in reading.code} <= labels:
        members = {_HOST_ROLE: _ARN}
        reading.unknown[EXECUTION_ROLE] = _MEANING
        reading.requests.insert(0, Request(_HOST, members, f"the {_HOST} that runs the code"))
        message = (
            "the code runs with the execution role of a notebook; if a job runs it, name the operation, as in "
            f"sagemaker-roles compose CreateProcessingJob {name if files[name] else 'FILE'}"
        )
        context.notice("note", name, message)
    else:
        is_hosted = False
    if is_hosted:
        # Of a call that is of no role, all that matters is what the role that runs the code needs for it.
        of_roles = {request.operation for request in made if accepted(catalog, request)}
        left = [
            one
            for one in made
            if one.operation not in of_roles and of_roles.isdisjoint(handled_by(catalog, one.operation))
        ]
        reading.requests = [request for request in reading.requests if request not in left]
        reading.made = labels | {request.label for request in others if request not in hosts}
        _pass_role(context, hosts)
    else:
        reading.code = [call._replace(part="caller") for call in reading.code]


def _pass_role(context: ReadingContext, hosts: Sequence[Request]) -> None:
    """Put the role that runs the code where the code asks for its own role."""
    reading = context.reading
    if EXECUTION_ROLE not in reading.unknown:
        return
    arns = arns_of(context.catalog, hosts)
    role = reading.execution_role = arns[0] if len(arns) == 1 else _ARN

    def known(text: str) -> str:
        return role if isinstance(text, Partial) and text.parts == (Unknown(EXECUTION_ROLE),) else text

    reading.requests = [one._replace(members=with_texts(one.members, known)) for one in reading.requests]
    reading.code = [one._replace(members=with_texts(one.members, known)) for one in reading.code]
    reading.unknown[EXECUTION_ROLE] = _MEANING
    if role is not _ARN:
        del reading.unknown[EXECUTION_ROLE]

"""The cases whose answers are committed: every operation, role and add-on, every form of a value, every option."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Iterable, Iterator
from typing import Any

from .answers import INPUTS, published
from .cases import BROKEN, CURIOUS, LISTED, MISREAD, SECRETS
from .requests import Maker
from .seeded import grantees

Case = dict[str, Any]

#: Operations that stand for all: of one role, of many, and with a document within the request.
_EXAMPLES = ("CreateTrainingJob", "CreateDomain", "CreatePipeline", "CreateModel")

#: How many roles of an operation are crossed with each option.
_ROLES = 4

_ROLE = "arn:aws:iam::111122223333:role/"

#: How many add-ons one case chooses, so that all are chosen in few cases; the seeded cases choose any number.
_TOGETHER = 3

#: A path of a request that names members only, and one that names the parameters of one element.
_PATH = re.compile(r"\w+(?:\[\])?(?:\.\w+(?:\[\])?)*")
_FIELDS = re.compile(rf"({_PATH.pattern})\.\{{([^{{}}]*)\}}")


def files() -> dict[str, list[Case]]:
    """The cases by the file that holds them: one of each operation, and one for what is not of an operation."""
    several = {
        "companions": list(of_companions()),
        "inputs": list(of_inputs()),
        "options": [*of_options(), *of_several_roles()],
        "texts": list(of_texts()),
        "values": list(of_values()),
    }
    return {**{name: list(of_operation(name)) for name in published().operations}, **several}


def of_operation(name: str) -> Iterator[Case]:
    """An operation's name alone with each role, scope and add-on; and requests made of its shapes."""
    roles = list(grantees(name))
    for role, addons in roles:
        chosen = {"role": role} if len(roles) > 1 else {}
        for scope, some in [
            ("scoped", []),
            ("broad", []),
            *(("scoped", list(group)) for group in _groups(addons, _TOGETHER)),
            *((scope, addons) for scope in ("scoped", "broad") if len(addons) > _TOGETHER),
        ]:
            title = "all add-ons" if some == addons and len(some) > _TOGETHER else ", ".join(some) or "base"
            choice = {**chosen, **({"scope": scope} if scope == "broad" else {}), **({"addons": some} if some else {})}
            yield {"name": " ".join(filter(None, (role, scope, title))), "operation": name, "choice": choice}
    if name in published().shapes["inputs"]:
        for number in range(2):
            # Seeded by a text: the same in every process, whatever its hash seed.
            maker = Maker(published(), random.Random(f"{name} {number}"))  # noqa: S311  (test data)
            values = {"values": {"Region": "us-west-2", "Account": "111122223333"}} if number else {}
            yield _request(f"request {number}", name, maker.request(name), **values)


def of_values() -> Iterator[Case]:
    """Each example and counterexample of each kind, where a request holds it, else as the value of a parameter."""
    for kind, data in sorted(published().data["resources"].items()):
        place = _place(kind)
        if place is None:
            continue
        operation, path, parameter = place
        texts = [text for form in data["forms"] for text in form["examples"]] + list(data.get("counterexamples", ()))
        for number, text in enumerate(texts):
            name = f"{kind} {number}"
            if path:
                yield _request(name, operation, _nested(path.split("."), text))
            elif isinstance(text, str):
                yield {"name": name, "operation": operation, "choice": {"values": {parameter: text}}}


def of_inputs() -> Iterator[Case]:
    """Each input of the tests, with each choice that an input can have; and those of one partition all together."""
    choices: dict[str, Case] = {
        "as it is": {},
        "broad": {"choice": {"scope": "broad"}},
        "merged": {"choice": {"merge": True}},
        "with values": {"choice": {"values": {"Region": "us-west-2", "Account": "111122223333", "Partition": "aws"}}},
        "for an execution role": {"choice": {"role": "execution"}},
        "of CreateTrainingJob": {"operation": "CreateTrainingJob"},
    }
    for partition in sorted(file.name for file in INPUTS.iterdir() if file.is_dir()):
        names = [f"{partition}/{file.name}" for file in sorted((INPUTS / partition).iterdir())]
        for name, (title, case) in itertools.product(names, choices.items()):
            yield {"name": f"{name} {title}", "inputs": [{"file": name}], **case}
        for title in ("as it is", "merged"):
            inputs = [{"file": name} for name in names if not name.endswith("resource.json")]
            yield {"name": f"{partition} {title}", "inputs": inputs, **choices[title]}


def of_texts() -> Iterator[Case]:
    """Inputs that were misread once, curious ones, and broken ones."""
    for title, (text, values) in LISTED.items():
        yield {
            "name": f"unknown length: {title}",
            "inputs": [{"name": "t.json", "text": text}],
            "choice": {"values": values},
        }
    model = [{"name": "x.json", "text": '{"CreateModel": {"ModelName": "m"}}'}]
    for role in ("arn:aws-cn:iam::111122223333:role/a/R", "arn:aws:iam::1:role/R", "R", "execution"):
        yield {"name": f"a request without a role, for {role}", "inputs": model, "choice": {"role": role}}
    secrets = [{"name": "secrets.json", "text": SECRETS}]
    yield {"name": "values that may be secret", "inputs": secrets}
    yield {"name": "values that may be secret, shown", "inputs": secrets, "choice": {"show_values": True}}
    rules = [{"RuleParameters": {"source_s3_uri": "s3://amzn-s3-demo-bucket/rule.py", "other_trial_0": "s3://b/trial"}}]
    tracked = {"MLFLOW_TRACKING_URI": "arn:aws:sagemaker:us-west-2:111122223333:mlflow-app/app-1"}
    members = {"DebugRuleConfigurations": rules, "Environment": tracked}
    yield _request("alternatives of an expression", "CreateTrainingJob", members)
    for title, (name, text, values) in MISREAD.items():
        choice = {"choice": {"values": values}} if values else {}
        yield {"name": f"misread: {title}", "inputs": [{"name": name, "text": text}], **choice}
    for name, text in CURIOUS.items():
        yield {"name": f"curious: {name}", "inputs": [{"name": name, "text": text}]}
    for name, text in BROKEN.items():
        yield {"name": f"broken: {name}", "inputs": [{"name": name, "text": text}], "places": True}


def of_options() -> Iterator[Case]:
    """Each option with the first roles of some operations, and with no add-on, one, and all in turn."""
    for name in _EXAMPLES:
        roles = list(grantees(name))
        turns = itertools.cycle(range(3))
        for role, addons in roles[:_ROLES]:
            for title, case in _options(name, addons):
                turn = next(turns)
                some = ([], addons[:1], addons)[turn]
                choice = {**({"role": role} if len(roles) > 1 else {}), **({"addons": some} if some else {})}
                added = ("no add-on", "one add-on", "all add-ons")[turn]
                yield {
                    "name": f"{name} {role}, {added}, {title}",
                    "operation": name,
                    **case,
                    "choice": {**choice, **case.get("choice", {})},
                }


#: A job whose key, bucket, image, topic, and network are of other accounts than its role.
_ELSEWHERE: Case = {
    "TrainingJobName": "churn",
    "RoleArn": f"{_ROLE}service-role/Training",
    "AlgorithmSpecification": {"TrainingImage": "444455556666.dkr.ecr.us-west-2.amazonaws.com/team/churn:3"},
    "OutputDataConfig": {
        "S3OutputPath": "s3://amzn-s3-demo-bucket/out/",
        "KmsKeyId": "arn:aws:kms:us-west-2:444455556666:alias/output",
    },
    "ResourceConfig": {"VolumeKmsKeyId": "arn:aws:kms:us-west-2:777788889999:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
    "VpcConfig": {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]},
}


def of_companions() -> Iterator[Case]:
    """What else must allow what roles do: of several accounts and roles, with values of its own, and on request."""
    asked = ["require-sse-kms", "service-pull"]
    known = {"RoleAccount": "444455556666", "CallerArn": f"{_ROLE}Caller"}
    here = _request("several accounts", "CreateTrainingJob", _ELSEWHERE)
    yield here
    yield {**here, "name": "of one account", "owner": "444455556666"}
    yield {**here, "name": "on request", "choice": {"asked": asked}}
    for name in (*_EXAMPLES, "CreateLabelingJob", "CreateProcessingJob"):
        choice = {"asked": asked, "values": known}
        yield {"name": f"{name} with a known caller", "operation": name, "choice": choice}
        yield {"name": f"{name} with everything", "operation": name, "choice": {**choice, "addons": _addons(name)}}
    for wrong in ({"CallerArn": "me"}, {"RoleAccount": "11*1"}):
        yield {"name": f"wrong {next(iter(wrong))}", "operation": "CreateModel", "choice": {"values": wrong}}
    jobs = [{**_ELSEWHERE, "RoleArn": f"{_ROLE}{name}/Training", "TrainingJobName": name} for name in ("a", "b", "c")]
    texts = [json.dumps({"CreateTrainingJob": {**job, "RoleArn": job["RoleArn"]}}) for job in jobs]
    inputs = [{"name": f"{number}.json", "text": text} for number, text in enumerate(texts)]
    yield {"name": "several roles of one name", "inputs": inputs, "choice": {"values": known}}
    # More than an endpoint or a boundary can have.
    sources = [{"S3DataSource": {"S3Uri": f"s3://amzn-s3-demo-bucket{number}/{'x' * 80}"}} for number in range(250)]
    channels = [{"ChannelName": f"c{number}", "DataSource": source} for number, source in enumerate(sources)]
    yield _request("too large", "CreateTrainingJob", {**_ELSEWHERE, "InputDataConfig": channels})


def _addons(name: str) -> list[str]:
    return next(addons for _, addons in grantees(name))


def _options(name: str, addons: list[str]) -> Iterator[tuple[str, Case]]:
    members = Maker(published(), random.Random(name)).request(name)  # noqa: S311  (test data)
    request = _request("", name, members)["inputs"]
    yield "broad", {"choice": {"scope": "broad"}}
    yield "without", {"choice": {"without": addons[-2:]}}
    yield "unknown add-on", {"choice": {"without": ["no-such-addon", "another"]}}
    yield "values", {"choice": {"values": {"Region": "eu-west-1", "Account": "111122223333"}}}
    yield "a value that is none", {"choice": {"values": {"Region": "nowhere", "Account": "11*1"}}}
    yield "a value of nothing", {"choice": {"values": {"NoSuchPlaceholder": "x"}}}
    for parts in (["policy"], ["trust"], ["caller"], ["trust", "caller"]):
        yield f"parts {' '.join(parts)}", {"parts": parts}
    yield "a request", {"inputs": request}
    yield "a broad request", {"inputs": request, "choice": {"scope": "broad"}}
    yield "a merged request", {"inputs": request, "choice": {"merge": True}}
    yield "a request with values", {"inputs": request, "choice": {"values": {"Region": "us-west-2"}}}


def of_several_roles() -> Iterator[Case]:
    """Requests that pass several roles, or none, with each way to choose among them."""
    chosen = ["", f"{_ROLE}One", "Two", "Three", "execution", "pipeline", f"{_ROLE}Nobody", "nobody"]
    for title, requests in _several().items():
        text = "\n".join(map(json.dumps, requests))
        for role, merge in itertools.product(chosen, (False, True)):
            yield {
                "name": f"{title}, role {role.rpartition('/')[2] or 'of the requests'}{', merged' if merge else ''}",
                "inputs": [{"name": "-", "text": text}],
                "choice": {"role": role, "merge": merge, "values": {"Region": "us-west-2"}},
            }


def _several() -> dict[str, list[dict[str, Any]]]:
    vpc = {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}
    steps = [{"Name": name, "Type": "Training", "Arguments": _job(name)} for name in ("One", "Two")]
    definition = json.dumps({"Version": "2020-12-01", "Steps": steps})
    domain = {
        "DefaultUserSettings": {"ExecutionRole": f"{_ROLE}One"},
        "DefaultSpaceSettings": {"ExecutionRole": f"{_ROLE}Two"},
    }
    return {
        "jobs": [{"CreateTrainingJob": _job("One")}, {"CreateTrainingJob": _job("Two")}],
        "a pipeline": [{"CreatePipeline": {"RoleArn": f"{_ROLE}Three", "PipelineDefinition": definition}}],
        "a domain": [{"CreateDomain": domain}, {"CreateTrainingJob": _job("Two")}],
        "some without": [
            {"CreateTrainingJob": _job("One")},
            {"CreateModel": {"ModelName": "m", "ExecutionRoleArn": f"{_ROLE}Two"}},
            {"CreateEndpointConfig": {"EndpointConfigName": "e"}},
            {"CreateTransformJob": {"ModelName": "m"}},
            {"CreateMonitoringSchedule": {"MonitoringScheduleName": "s"}},
        ],
        "all without": [{"CreateTrainingJob": {"TrainingJobName": "j"}}, {"CreateDomain": {"DomainName": "d"}}],
        "one role": [
            {"CreateTrainingJob": {**_job("One"), "VpcConfig": vpc}},
            {"CreateProcessingJob": {"RoleArn": f"{_ROLE}One", "NetworkConfig": {"VpcConfig": vpc}}},
            {"CreateNotebookInstance": {"RoleArn": f"{_ROLE}One"}},
        ],
    }


def _job(role: str) -> dict[str, Any]:
    path = f"s3://amzn-s3-demo-{role.lower()}/out"
    return {"RoleArn": f"{_ROLE}{role}", "OutputDataConfig": {"S3OutputPath": path}}


def _request(name: str, operation: str, members: Any, **choice: Any) -> Case:
    inputs = [{"name": "request.json", "text": json.dumps({operation: members})}]
    return {"name": name, "inputs": inputs, **({"choice": choice} if choice else {})}


def _groups(names: Iterable[str], size: int) -> list[tuple[str, ...]]:
    iterator = iter(names)
    return list(iter(lambda: tuple(itertools.islice(iterator, size)), ()))


def _place(kind: str) -> tuple[str, str, str] | None:
    """The first operation with a parameter of a kind; the path in its requests, "" if it is not a plain one; its name.

    None if no operation has one.
    """
    found: tuple[str, str, str] | None = None
    for name in published().operations:
        for grantee in published().operation(name).grantees():
            for _, entry in grantee.all_entries():
                for parameter, other in entry.parameters.items():
                    if other != kind:
                        continue
                    for member in entry.members if name in published().shapes["inputs"] else ():
                        if path := _path(member, parameter, len(entry.parameters)):
                            return name, path, parameter
                    found = found or (name, "", entry.prefix + parameter)
    return found


def _path(member: str, parameter: str, count: int) -> str:
    """The path to the value of a parameter, if an expression is one of names only."""
    if _PATH.fullmatch(member):
        return member if count == 1 else ""
    if not (fields := _FIELDS.fullmatch(member)):
        return ""
    places = dict(item.split(": ", 1) for item in fields[2].split(", ") if ": " in item)
    inner = places.get(parameter, "")
    return f"{fields[1]}.{inner}" if _PATH.fullmatch(inner) else ""


def _nested(path: list[str], value: Any) -> Any:
    if not path:
        return value
    name, brackets, _ = path[0].partition("[]")
    inner = _nested(path[1:], value)
    return {name: [inner] if brackets else inner}

"""Cases for what the page does beside composing, with Python's answers: python -m tests.conformance.pages.

- ``page/review.json``: policies of a role held against a request (reviewing.py and scripts/composer/review.js).
- ``page/explain.json``: error messages (explaining.py and scripts/composer/explaining.js).
- ``page/patterns.json``: pairs of patterns: whether one covers the other, and whether they meet (iam/patterns.py, .js).

A case of a review is one of answers.py with ``policies``, and perhaps ``trust``, ``boundary``, ``scps``, ``rcps``,
``session``, ``endpoint`` and ``resources`` (by ARN), as keys into the ``documents`` of the file; and ``role``, the ARN.
One of a message has ``text``, and perhaps ``operation``.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from sagemaker_roles.explaining import explain_message
from sagemaker_roles.iam import actions, arns
from sagemaker_roles.iam.evaluation import PolicyDocument, document
from sagemaker_roles.iam.layers import Layers
from sagemaker_roles.iam.patterns import covers, intersects, literal, pattern
from sagemaker_roles.iam.statements import PolicyError
from sagemaker_roles.outputs.denials import to_json
from sagemaker_roles.session import Choice, ComposedRole, compose_reading

from .answers import catalog, digest, reading
from .reviewing import review

FOLDER = Path(__file__).parent / "page"
MESSAGES = Path(__file__).parents[1] / "field" / "messages.yaml"
FULL_ACCESS = FOLDER / "AmazonSageMakerFullAccess.json"

Case = dict[str, Any]
Policy = dict[str, Any]
Change = Callable[[Policy, random.Random], Policy]

ROLE = "arn:aws:iam::111122223333:role/Held"
_KNOWN = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}
_VERSION = "2012-10-17"

# --- answers -----------------------------------------------------------------------------------------------------


def reviewed(case: Mapping[str, Any], documents: Mapping[str, Policy]) -> dict[str, Any]:
    """What Python answers to a case of a review."""
    role = composed(case)
    try:
        found = review(
            catalog(),
            role.composition,
            [documents[name] for name in case["policies"]],
            trust=documents.get(case.get("trust", "")),
            boundary=documents.get(case.get("boundary", "")),
            role=case.get("role", ""),
            layers=layers_of(case, documents),
        )
    except PolicyError as error:
        return {"faults": len(error.faults)}
    answer: dict[str, Any] = json.loads(json.dumps(found.to_json()))
    return answer


def layers_of(case: Mapping[str, Any], documents: Mapping[str, Policy]) -> Layers:
    """The further layers of a case."""

    def several(name: str) -> tuple[PolicyDocument, ...] | None:
        return tuple(document(one, documents[one]) for one in case[name]) if name in case else None

    return Layers(
        scps=several("scps"),
        rcps=several("rcps"),
        session=several("session"),
        endpoint=several("endpoint"),
        resources={arn: document(arn, documents[name]) for arn, name in case.get("resources", {}).items()},
    )


def explained(case: Mapping[str, Any]) -> dict[str, Any]:
    """What Python answers to a message: the causes in a line each, and the digest of the whole."""
    found = explain_message(catalog(), case["text"], operation=case.get("operation", ""))
    whole = to_json(found.causes, found.look)
    lines = [
        " ".join([cause.form, cause.operation, "caller" if cause.caller else cause.role, cause.addon, cause.action])
        for cause in found.causes
    ]
    return {"causes": lines, "digest": digest(whole)}


def composed(case: Mapping[str, Any]) -> ComposedRole:
    """What is composed for a case."""
    return compose_reading(catalog(), reading(case), Choice(**case.get("choice", {}))).roles[0]


# --- changes of a policy -----------------------------------------------------------------------------------------


def _one(policy: Policy, chance: random.Random) -> Policy:
    found: Policy = chance.choice(policy["Statement"])
    return found


def _removed(policy: Policy, chance: random.Random) -> Policy:
    policy["Statement"].remove(_one(policy, chance))
    return policy


def _narrowed(policy: Policy, chance: random.Random) -> Policy:
    one = _one(policy, chance)
    place = chance.randrange(len(one["Resource"]))
    text = one["Resource"][place]
    one["Resource"][place] = (
        f"{text[:-1]}only/*" if text.endswith("*") and len(text) > 1 else "arn:aws:s3:::amzn-s3-demo-only"
    )
    return policy


def _fewer_actions(policy: Policy, chance: random.Random) -> Policy:
    one = _one(policy, chance)
    one["Action"] = one["Action"][1:] or ["s3:ListAllMyBuckets"]
    return policy


def _widened(policy: Policy, chance: random.Random) -> Policy:
    one = _one(policy, chance)
    one["Action"] = [*one["Action"], f"{one['Action'][0].split(':')[0]}:Delete*"]
    one["Resource"] = "*" if chance.random() < 0.5 else [*one["Resource"], "arn:aws:s3:::amzn-s3-demo-other/*"]
    return policy


def _starred(policy: Policy, chance: random.Random) -> Policy:
    one = _one(policy, chance)
    one["Action"] = f"{one['Action'][0].split(':')[0].upper()}:*"
    return policy


def _denied(policy: Policy, chance: random.Random) -> Policy:
    one = copy.deepcopy(_one(policy, chance))
    policy["Statement"].append({**one, "Sid": "No", "Effect": "Deny", "Action": one["Action"][0]})
    return policy


def _part_denied(policy: Policy, chance: random.Random) -> Policy:
    several = [one for one in policy["Statement"] if one["Resource"][0] != "*"]
    one = chance.choice(several or policy["Statement"])
    names = [f"{text.removesuffix('*')}secret*" for text in one["Resource"]]
    policy["Statement"].append({"Effect": "Deny", "Action": one["Action"], "Resource": names})
    return policy


def _outside_denied(policy: Policy, chance: random.Random) -> Policy:
    names = [text for one in policy["Statement"] for text in one["Resource"]]
    policy["Statement"].append({"Effect": "Deny", "Action": "*", "NotResource": names[: chance.randrange(1, 9)]})
    return policy


def _all_but(policy: Policy, chance: random.Random) -> Policy:
    one = _one(policy, chance)
    actions = one.pop("Action")
    other = "iam:*" if chance.random() < 0.7 else actions[0]
    policy["Statement"][policy["Statement"].index(one)] = {**one, "NotAction": [other, "organizations:*"]}
    return policy


def _all_resources_but(policy: Policy, chance: random.Random) -> Policy:
    one = _one(policy, chance)
    resources = one.pop("Resource")
    other = "arn:aws:s3:::amzn-s3-demo-secret/*" if chance.random() < 0.7 else resources[0]
    one["NotResource"] = [other]
    return policy


def _conditioned(policy: Policy, chance: random.Random) -> Policy:
    one = _one(policy, chance)
    condition = chance.choice(_CONDITIONS)
    one["Condition"] = {**one.get("Condition", {}), **condition}
    return policy


def _loosened(policy: Policy, chance: random.Random) -> Policy:
    several = [one for one in policy["Statement"] if "Condition" in one]
    if several:
        one = chance.choice(several)
        operator, keys = next(iter(one["Condition"].items()))
        key, values = next(iter(keys.items()))
        how = chance.choice(["values", "like", "if exists", "gone", "lower", "not"])
        changed = {
            "values": {operator: {key: [*values, "another"]}},
            "like": {operator.replace("Equals", "Like"): {key: [f"{values[0][:4]}*"]}},
            "if exists": {f"{operator}IfExists": {key: values}},
            "lower": {operator.lower(): {key.upper(): values}},
            "not": {"StringNotEquals": {key: values}},
        }
        one["Condition"] = changed.get(how, {})
    return policy


_CONDITIONS: list[dict[str, Any]] = [
    {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    {"StringEquals": {"aws:PrincipalAccount": "111122223333"}},
    {"StringNotEquals": {"aws:ResourceAccount": ["111122223333", "444455556666"]}},
    {"StringEqualsIfExists": {"aws:RequestedRegion": ["US-WEST-2", "us-west-2"]}},
    {"StringEqualsIgnoreCase": {"aws:RequestedRegion": "US-West-2"}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/H*"}},
    {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Other*"}},
    {"Bool": {"aws:SecureTransport": True}},
    {"Bool": {"aws:SecureTransport": "false", "aws:PrincipalIsAWSService": "false"}},
    {"Null": {"aws:PrincipalArn": "false", "aws:PrincipalTag/team": "true"}},
    {"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}},
    {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}},
    {"StringLike": {"aws:PrincipalArn": ["*${aws:PrincipalAccount}*", "x"]}},
    {"StringSomething": {"aws:PrincipalArn": "x"}},
]

_CHANGES: Mapping[str, Change] = {
    "a statement removed": _removed,
    "narrowed": _narrowed,
    "fewer actions": _fewer_actions,
    "widened": _widened,
    "all actions of a service": _starred,
    "one action denied": _denied,
    "a part denied": _part_denied,
    "all but some denied": _outside_denied,
    "NotAction": _all_but,
    "NotResource": _all_resources_but,
    "a condition more": _conditioned,
    "another condition": _loosened,
}

# --- cases -------------------------------------------------------------------------------------------------------

_REQUESTS: Mapping[str, Case] = {
    "a training job": {"inputs": [{"file": "aws/training-job.json"}]},
    "a processing job": {"inputs": [{"file": "aws/processing-job.yaml"}]},
    "a pipeline": {"inputs": [{"file": "aws/pipeline.json"}]},
}

#: How many changes each operation takes; together they take each change often.
_EACH = 3


def reviews() -> tuple[list[Case], dict[str, Policy]]:
    """The cases of reviews, and the documents that they name."""
    documents: dict[str, Policy] = {}

    def named(policy: Policy) -> str:
        name = digest(policy)
        documents[name] = policy
        return name

    made: list[Case] = []
    places = list(_CHANGES)
    for number, operation in enumerate(catalog().operations):
        base: Case = {"operation": operation, "choice": {"values": _KNOWN}, "role": ROLE}
        policy = composed(base).composition.policy.to_json()
        if not policy["Statement"]:
            continue
        for step in range(_EACH):
            title = places[(number * _EACH + step * 5) % len(places)]
            made.append(_changed(f"{operation}: {title}", base, policy, title, named))
    for request, given in _REQUESTS.items():
        base = {**given, "role": ROLE, "choice": {"merge": True}}
        policy = composed(base).composition.policy.to_json()
        made.append({"name": f"{request}: as composed", **base, "policies": [named(policy)]})
        made += [_changed(f"{request}: {title}", base, policy, title, named) for title in places]
    made += _special(named)
    return made, documents


def _changed(name: str, base: Case, policy: Policy, title: str, named: Callable[[Policy], str]) -> Case:
    chance = random.Random(name)  # noqa: S311  (test data)
    return {"name": name, **base, "policies": [named(_CHANGES[title](copy.deepcopy(policy), chance))]}


def _special(named: Callable[[Policy], str]) -> Iterator[Case]:
    job: Case = {**_REQUESTS["a training job"], "role": ROLE, "choice": {"merge": True}}
    one_role = composed(job)
    policy, trust = one_role.composition.policy.to_json(), one_role.composition.trust.to_json()
    full: Policy = json.loads(FULL_ACCESS.read_text("utf-8"))
    fine = named(policy)
    for operation in (
        "CreateTrainingJob",
        "CreateModel",
        "CreateNotebookInstance",
        "CreateDomain",
        "CreatePipeline",
        "CreateProcessingJob",
        "CreateFeatureGroup",
        "CreateLabelingJob",
    ):
        for title, values in (("known", _KNOWN), ("open", {})):
            yield {
                "name": f"{operation}: AmazonSageMakerFullAccess, {title}",
                "operation": operation,
                "choice": {"values": values},
                "policies": [named(full)],
                "role": ROLE if values else "",
            }
    for title, one in {
        "everything": {"Effect": "Allow", "Action": "*", "Resource": "*"},
        "everything but IAM": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        "stars in parts": {"Effect": "Allow", "Action": "*:*", "Resource": "arn:*:*:*:*:*"},
        "fewer parts": {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3*", "arn:aws:logs:*"]},
        "one character": {"Effect": "Allow", "Action": "s3:???Object", "Resource": "arn:aws:s3:::amzn-s3-demo-?*/*"},
        "one character only": {"Effect": "Allow", "Action": "*", "Resource": ["arn:aws:s3:::*/?", "arn:aws:s3:::*/"]},
        "nothing": {"Effect": "Allow", "Action": "glue:GetTable", "Resource": "*"},
        "a variable": {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::${aws:PrincipalTag/Bucket}/*", "arn:aws:s3:::b-${aws:PrincipalAccount}/*"],
        },
    }.items():
        yield {"name": f"only {title}", **job, "policies": [named({"Version": _VERSION, "Statement": one})]}
    known = {**_KNOWN, "OutputBucket": "amzn-s3-demo-bucket", "OutputPrefix": "models"}
    below: Case = {"operation": "CreateTrainingJob", "choice": {"values": known}, "role": ROLE}
    inner = "arn:aws:s3:::amzn-s3-demo-bucket/models/"
    for title, members in {
        "one character of a prefix": {"Resource": f"{inner}?"},
        "all but a part of a prefix": {"NotResource": f"{inner}secret/*"},
    }.items():
        own = composed(below).composition.policy.to_json()
        for one in own["Statement"]:
            if one["Sid"] == "OutputWrite":
                del one["Resource"]
                one.update(members)
        yield {"name": title, **below, "policies": [named(own)]}
    old = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${x}/*"}]}
    yield {"name": "an old version", **job, "policies": [named(old)]}
    yield {"name": "two policies", **job, "policies": _halves(policy, named)}
    yield {"name": "no policy", **job, "policies": []}
    yield {"name": "another account", **job, "policies": [fine], "role": "arn:aws:iam::444455556666:role/Other"}
    yield {"name": "no role known", **job, "role": "", "policies": [fine]}
    yield {"name": "a boundary of the same", **job, "policies": [fine], "boundary": fine}
    yield {"name": "a boundary of less", **job, "policies": [fine], "boundary": named(full)}
    for title, change in _TRUSTS.items():
        yield {"name": f"trust: {title}", **job, "policies": [fine], "trust": named(change(copy.deepcopy(trust)))}
    yield from _layered(job, policy, fine, named)
    for title, broken in _BROKEN.items():
        yield {"name": f"broken: {title}", **job, "policies": [named(broken)]}


def _layered(job: Case, policy: Policy, fine: str, named: Callable[[Policy], str]) -> Iterator[Case]:
    """The same role under other layers, and with policies of what it uses."""
    chance = random.Random(7)  # noqa: S311  (test data)
    less = named(_removed(copy.deepcopy(policy), chance))
    wide = {"Effect": "Allow", "Action": "*", "Resource": "*"}

    def policies(*statements: dict[str, Any]) -> list[str]:
        return [named({"Version": _VERSION, "Statement": [*statements]})]

    deny = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
    outside = {**deny, "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}
    for title, layer in {
        "SCPs that only deny": {"scps": policies(deny)},
        "SCPs that allow some services": {"scps": policies({**wide, "Action": ["s3:*", "logs:*", "kms:*"]})},
        "a session of less": {"session": [less]},
        "RCPs that allow": {"rcps": policies({**wide, "Principal": "*"})},
        "RCPs outside of an endpoint": {"rcps": policies({**outside, "Principal": "*"})},
        "an endpoint for the account": {"endpoint": policies({**wide, "Principal": {"AWS": "111122223333"}})},
        "an endpoint for another role": {"endpoint": policies({**wide, "Principal": {"AWS": f"{ROLE}2"}})},
        "an endpoint for all but it": {"endpoint": policies({**wide, "NotPrincipal": {"AWS": ROLE}})},
        "all layers": {"scps": policies(wide), "session": [fine], "endpoint": policies({**wide, "Principal": "*"})},
    }.items():
        yield {"name": f"layers: {title}", **job, "policies": [fine], **layer}
    bucket, key = "arn:aws:s3:::amzn-s3-demo-bucket2", "arn:aws:kms:us-west-2:111122223333:key/*"
    session = "arn:aws:sts::111122223333:assumed-role/Held/SageMaker"
    principals: Mapping[str, Any] = {
        "everyone": "*",
        "the role": {"AWS": ROLE},
        "the account": {"AWS": ["arn:aws:iam::111122223333:root", "444455556666"]},
        "another": {"AWS": "arn:aws:iam::444455556666:root"},
        "a session": {"AWS": session},
        "a service": {"Service": "sagemaker.amazonaws.com"},
    }
    for title, principal in principals.items():
        for effect in ("Allow", "Deny"):
            one = {**wide, "Effect": effect, "Principal": principal}
            (whose,) = policies(one)
            for some, where in (("its policies", [fine]), ("no policies", [])):
                name = f"resource policies, {effect} for {title}, {some}"
                yield {"name": name, **job, "policies": where, "resources": {bucket: whose, key: whose}}
    (granted,) = policies({**wide, "Principal": {"AWS": ROLE}})
    other = {**job, "role": "arn:aws:iam::444455556666:role/Other", "policies": [fine]}
    yield {"name": "resource policies of another account", **other, "resources": {bucket: granted, key: granted}}
    for limit in ({"boundary": less}, {"session": [less]}):
        (way,) = limit
        given = {"policies": [], "resources": {bucket: granted, key: granted}, **limit}
        yield {"name": f"a resource policy names the role, {way} of less", **job, **given}


def _halves(policy: Policy, named: Callable[[Policy], str]) -> list[str]:
    found = policy["Statement"]
    return [named({**policy, "Statement": some}) for some in (found[::2], found[1::2])]


def _with(**members: Any) -> Callable[[Policy], Policy]:
    def change(trust: Policy) -> Policy:
        trust["Statement"][0].update(members)
        return {**trust, "Statement": [{k: v for k, v in one.items() if v is not None} for one in trust["Statement"]]}

    return change


def _and(**members: Any) -> Callable[[Policy], Policy]:
    return lambda trust: {**trust, "Statement": [*trust["Statement"], {"Effect": "Allow", **members}]}


_ASSUME = "sts:AssumeRole"
_TRUSTS: Mapping[str, Callable[[Policy], Policy]] = {
    "as composed": lambda trust: trust,
    "no condition": _with(Condition=None),
    "another service": _with(Principal={"Service": "ec2.amazonaws.com"}),
    "of another account": _with(Condition={"StringEquals": {"aws:SourceAccount": "444455556666"}}),
    "a key more": _with(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
    "everyone": _and(Principal="*", Action=_ASSUME),
    "everyone who knows": _and(
        Principal={"AWS": "*"}, Action="sts:*", Condition={"StringEquals": {"sts:ExternalId": "x"}}
    ),
    "its account": _and(Principal={"AWS": ["arn:aws:iam::111122223333:root", "444455556666"]}, Action=_ASSUME),
    "all but one": _and(NotPrincipal={"AWS": "arn:aws:iam::111122223333:root"}, Action=_ASSUME),
    "denied": _and(Effect="Deny", Principal={"Service": "sagemaker.amazonaws.com"}, Action="sts:Assume*"),
}

_BROKEN: Mapping[str, Policy] = {
    "no statement": {"Version": _VERSION},
    "both": {"Version": _VERSION, "Statement": [{"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}]},
    "effect": {"Version": _VERSION, "Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]},
    "element": {"Version": "2020", "Statement": [{"Effect": "Deny", "Actions": "*", "Resource": 1}]},
    "condition": {"Version": _VERSION, "Statement": [{"Effect": "Deny", "Action": "*", "Condition": {"Null": "x"}}]},
}


def messages() -> list[Case]:
    """The cases of messages: all reported ones, by themselves and with the operation; and other kinds of text."""
    made: list[Case] = []
    for failure in yaml.safe_load(MESSAGES.read_text("utf-8"))["failures"]:
        name, text, operation = failure["id"], failure["message"].get("text", ""), failure["operation"]
        if not text:
            continue
        made.append({"name": name, "text": text})
        if operation in catalog().data["operations"]:
            made.append({"name": f"{name} with its operation", "text": text, "operation": operation})
    made += [{"name": name, "text": text} for name, text in _TEXTS.items()]
    return made


_DENIED = "User: {} is not authorized to perform: {} on resource: {}"
_SESSION = "arn:aws:sts::111122223333:assumed-role/R/SageMaker"
_EVENT = {
    "eventName": "GetObject",
    "eventSource": "s3.amazonaws.com",
    "errorCode": "AccessDenied",
    "errorMessage": "Access Denied",
    "awsRegion": "eu-west-1",
    "userIdentity": {"arn": _SESSION},
    "requestParameters": {"bucketName": "amzn-s3-demo-bucket", "key": "a/b*c"},
}
_FAILED = {
    "TrainingJobArn": "arn:aws:sagemaker:eu-west-1:111122223333:training-job/j",
    "ModelArn": "x",
    "RoleArn": "arn:aws:iam::111122223333:role/R",
    "FailureReason": "ClientError: Data download failed: 403: Forbidden, AccessDenied when calling GetObject",
}
_TEXTS: Mapping[str, str] = {
    "nothing": "",
    "another text": "the quick brown fox",
    "an action that no record needs": _DENIED.format(_SESSION, "braket:CreateJob", "*"),
    "a log of two": "\n".join(
        _DENIED.format(_SESSION, action, "arn:aws:s3:::amzn-s3-demo-bucket/x")
        for action in ("s3:GetObject", "s3:PutObject")
    ),
    "escapes and secrets": "AKIAABCDEFGHIJKLMNOP \x1b[31m"
    + _DENIED.format(_SESSION, "kms:Decrypt", "arn:aws:kms:a:1:key/\u2028x"),
    "an event": json.dumps(_EVENT),
    "a trail": json.dumps({"Records": [{"eventName": "x"}, _EVENT]}),
    "an event in a text": json.dumps({"Events": [{"CloudTrailEvent": json.dumps(_EVENT)}]}),
    "an answer": json.dumps(_FAILED),
    "a service-linked role": _DENIED.format(
        "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s",
        "s3:GetObject",
        "arn:aws:s3:::amzn-s3-demo-bucket/x",
    ),
    "a boundary": _DENIED.format(_SESSION, "s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/x")
    + " because no permissions boundary allows the s3:GetObject action",
    "a control policy": _DENIED.format(_SESSION, "sagemaker:CreateTrainingJob", "*")
    + " with an explicit deny in a service control policy",
    "a key policy": _DENIED.format(_SESSION, "kms:GenerateDataKey", "arn:aws:kms:us-west-2:111122223333:key/1")
    + " because no resource-based policy allows the kms:GenerateDataKey action",
}

# --- patterns ----------------------------------------------------------------------------------------------------

_COMPILED: Mapping[str, Callable[[str], Any]] = {
    "resource": arns.resource,
    "condition": arns.condition,
    "action": actions.action,
    "string": pattern,
    "literal": literal,
}
_PIECES = ("a", "b", "*", "*", "?", "/", ":", "$", "${X}", "${aws:y}", "${*}")
_PARTITIONS, _SERVICES = ("aws", "*", "a*", "${Partition}"), ("s3", "*", "s?", "s*3")
_REGIONS, _ACCOUNTS = ("", "*", "us-*", "${Region}"), ("", "1", "*", "${Account}")


def patterns(count: int = 600) -> Iterator[list[Any]]:
    """Pairs of patterns: how they are compiled, both, whether the first covers the second, and whether they meet."""
    chance = random.Random("patterns")  # noqa: S311  (test data)

    def text(kind: str) -> str:
        word = "".join(chance.choice(_PIECES) for _ in range(chance.randrange(7)))
        if kind not in ("resource", "condition"):
            return word
        if chance.random() < 0.15:
            return f"arn:{word}"
        return ":".join(["arn", *map(chance.choice, (_PARTITIONS, _SERVICES, _REGIONS, _ACCOUNTS)), word])

    for _ in range(count):
        kind = chance.choice(list(_COMPILED))
        one, other = text(kind), text(kind)
        if other and chance.random() < 0.4:
            place = chance.randrange(len(other))
            one, other = other, other[:place] + chance.choice(("a", "*", "?", "")) + other[place + 1 :]
        first, second = map(_COMPILED[kind], (one, other))
        is_none = first is None or second is None
        yield [kind, one, other, *((None, None) if is_none else (covers(first, second), intersects(first, second)))]


# --- files -------------------------------------------------------------------------------------------------------


def contents() -> dict[Path, bytes]:
    """The files with their cases and answers."""
    cases, documents = reviews()
    rows = [{**case, "expected": reviewed(case, documents)} for case in cases]
    texts = [{**case, "expected": explained(case)} for case in messages()]
    return {
        FOLDER / "review.json": _rendered({"cases": rows, "documents": documents}),
        FOLDER / "explain.json": _rendered({"cases": texts}),
        FOLDER / "patterns.json": _rendered({"cases": list(patterns())}),
    }


def _rendered(parts: Mapping[str, Any]) -> bytes:
    """JSON with one case, or document, a line."""
    out = []
    for name, some in parts.items():
        if isinstance(some, Mapping):
            lines = [f"  {_line(key)}: {_line(some[key])}" for key in sorted(some)]
            out.append(f"{_line(name)}: {{\n" + ",\n".join(lines) + "\n}")
        else:
            out.append(f"{_line(name)}: [\n" + ",\n".join(f"  {_line(item)}" for item in some) + "\n]")
    return ("{" + ",\n".join(out) + "}\n").encode("ascii")


def _line(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def write() -> int:
    """Writes the files; gives the number of cases."""
    count = 0
    for file, content in contents().items():
        file.write_bytes(content)
        count += len(json.loads(content)["cases"])
    return count


if __name__ == "__main__":
    print(f"{write():,} cases of the page")

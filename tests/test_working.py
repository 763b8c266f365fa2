"""What a caller needs for a kind of resource, and for any call; held against facts written by hand from AWS's pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from kb.aws.reference import aws_reference
from proof.oracle import Question, open_policy, oracle
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine.compose import Request, compose
from sagemaker_roles.engine.documents import Document
from sagemaker_roles.engine.resource_access import LEVELS, Limits, Work, kinds, kinds_of, working_with
from sagemaker_roles.engine.values import names_in
from sagemaker_roles.iam.conditions import RequestContext
from sagemaker_roles.iam.evaluation import AccessRequest, Policies, document, evaluate
from support import drawn, run

OWN = "arn:aws:sagemaker:us-west-2:111122223333:"
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/R"
VALUES = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}

#: Requests of operations without a record with what they need, and what Role Manager allows.
FACTS = yaml.load((Path(__file__).parent / "fixtures" / "calls.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
TEMPLATES = {
    "data-scientist": ("manageJobs", "manageModels", "runStudioApps"),
    "mlops-engineer": ("manageModels", "managePipelines", "runStudioApps", "visualizeExperiments"),
}
#: What Role Manager allows and our personas do not: calls that are about no single kind of resource.
OF_NO_KIND = {"GetSearchSuggestions", "ListAssociations", "QueryLineage", "Search"}


@cache
def built() -> Catalog:
    return Catalog.load()


def pairs(composed: Document) -> set[str]:
    return {
        f"{action.removeprefix('sagemaker:')} {arn.removeprefix(OWN)}"
        for one in composed.statements
        for action in one.actions
        for arn in one.resources
    }


def actions(composed: Document) -> set[str]:
    return {item.removeprefix("sagemaker:") for one in composed.statements for item in one.actions}


@pytest.mark.parametrize("name", FACTS["calls"])
def test_every_action_and_resource_of_a_call_is_right(name: str) -> None:
    members, expected = FACTS["calls"][name]
    composed = compose(built(), [Request(name, members)], values=VALUES)
    assert pairs(composed.caller) == set(expected)
    assert not composed.policy.statements


def asked(name: str) -> Iterator[tuple[dict[str, Any], Question, str]]:
    """For an operation: a policy, a call, and what is right. The calls have values for every placeholder, or one other.

    The policy is that of the caller, and for an add-on each of its statements alone: it can allow more of the same.
    """
    addons = {addon.id for addon in built().operation(name).grantees()[-1].addons}
    base = compose(built(), [Request(name)]).caller.statements
    for one in compose(built(), [Request(name)], addons=sorted(addons)).caller.statements:
        policy = [item.to_json() for item in (base if one in base else [one])]
        # A condition that a key is there comes first, for another can say which value.
        tests = sorted(one.condition.items(), key=lambda item: item[0] != "Null")
        keys = {key: "x" if operator == "Null" else some[key][0] for operator, some in tests for key in some}
        context = {key: filled(value).replace("*", "x") for key, value in keys.items()}
        for action, arn in product(one.actions, one.resources):
            known = aws_reference().action(action)
            types = (
                (aws_reference().resource_type(action.partition(":")[0], kind) for kind in known.resource_types)
                if known
                else ()
            )
            text = json.dumps(policy)
            if names_in(arn) and arn == f"${{{names_in(arn)[0]}}}":  # the whole ARN is in the request
                text = text.replace(arn, arn := next((kind.arn for kind in types if kind), f"{OWN}kind/${{Name}}"))
            statements = json.loads(filled(re.sub(r'"\$\{\w+\}"', f'"{OWN}kind/mine"', text)))
            for odd in ["", *names_in(arn)]:  # the simulator does not compare partitions
                if odd == "Partition":
                    continue
                where = filled(arn, odd).replace("*", "id") if arn != "*" else arn
                account = where.split(":")[4] if where.count(":") > 4 else ""
                call = Question(ROLE, action, where, account or ACCOUNT, context)
                others = (other for item in statements if action in item["Action"] for other in item["Resource"])
                is_part = any(fnmatchcase(where, other) for other in others)
                right = "denied" if odd and not is_part else "allowed"
                yield {"Version": "2012-10-17", "Statement": statements}, call, right


def filled(text: str, odd: str = "") -> str:
    """A text with a value for every placeholder, and another one for the odd one."""
    others = {"Account": "444455556666", "Region": "eu-west-1"}
    for name in names_in(text):
        value = others.get(name, "other") if name == odd else VALUES.get(name, ACCOUNT if "Account" in name else "mine")
        text = text.replace(f"${{{name}}}", value)
    return text.replace("${aws:PrincipalAccount}", ACCOUNT)


def test_each_call_is_allowed_on_its_resource_and_on_no_other() -> None:
    """All operations, and for a sample of them what the simulator says."""
    names = sorted(built().data["calls"])
    chosen = drawn(names, 60)
    some: list[tuple[dict[str, Any], Question, str]] = []
    denied = 0
    for name in names:
        for policy, call, right in asked(name):
            ours = AccessRequest(ROLE, call.action, call.resource, call.account, RequestContext({**call.context}))
            met = open_policy(call)  # of a key, and of a resource of another account
            policies = Policies((document("", policy),), resource=met and document("resource", met))
            assert evaluate(ours, policies).outcome == right, (name, call)
            denied += right == "denied"
            if name in chosen and aws_reference().action(call.action):
                some.append((policy, call, right))
    assert denied > 2500
    answers = oracle().ask_all((policy, [call]) for policy, call, _ in some)
    # A wildcard can stand for several parts of an ARN, and a key can be newer than the simulator.
    read = [
        (one, answer)
        for one, (answer,) in zip(some, answers, strict=True)
        if answer.outcome != "error" and not answer.ignored
    ]
    assert len(read) > len(some) * 0.8
    for (_, call, right), answer in read:
        assert answer.outcome == right, (call, answer)
    assert len(some) > 100


def test_an_endpoint_of_another_account_lets_the_router_of_the_caller_in() -> None:
    router = f"{OWN}inference-router/r"
    theirs = "arn:aws:sagemaker:eu-west-1:444455556666:endpoint/e"
    values = {"DestinationRegion": "eu-west-1", "DestinationAccount": "444455556666", "DestinationEndpointName": "e"}
    request = Request("InvokeInferenceRouter", {"InferenceRouterName": "r"})
    composed = compose(built(), [request], values={**VALUES, **values, "CallerArn": ROLE})
    (found,) = composed.companions.values()
    assert (found.kind, found.resource, found.needed) == ("inference-endpoint-policy", theirs, "yes")
    own, policy = (
        document("", one.document.to_json() if one is found else one.to_json()) for one in (composed.caller, found)
    )
    for source, other, right in (
        (router, policy, "allowed"),
        (router + "2", policy, "denied"),
        (router, None, "denied"),
    ):
        context = RequestContext({"sagemaker:SourceInferenceRouterArn": source})
        call = AccessRequest(ROLE, "sagemaker:InvokeEndpoint", theirs, "444455556666", context)
        assert evaluate(call, Policies((own,), resource=other)).outcome == right
    assert not compose(built(), [Request("InvokeEndpoint", {"EndpointName": "e"})], values=VALUES).companions


def test_model_packages_of_another_account_need_the_policy_of_their_group() -> None:
    package = "arn:aws:sagemaker:us-west-2:444455556666:model-package/g/1"
    request = Request("DescribeModelPackage", {"ModelPackageName": package})
    (found,) = compose(built(), [request], values={**VALUES, "CallerArn": ROLE}).companions.values()
    assert (found.kind, found.needed) == ("model-package-group-policy", "yes")
    assert found.resource.endswith(":444455556666:model-package-group/g")
    assert [one.resources for one in found.document.statements] == [(package,)]


# --- kinds ------------------------------------------------------------------------------------------------------


def test_more_access_only_adds() -> None:
    for kind in kinds(built()):
        read, write, every = (actions(working_with(built(), [Work(kind, access)])) for access in LEVELS)
        assert read <= write <= every, kind
        changing = {name for name in read if name.startswith(("Create", "Delete", "Update", "Put", "Stop", "Start"))}
        assert not {name for name in changing if "Presigned" not in name}, kind


def test_a_kind_that_two_services_have_is_the_first_ones_and_has_the_service_before_it_for_the_other() -> None:
    granted = {}
    for kind in ("project", "other-project", "other:project", "connection"):
        done = run("show", "--on", kind.replace("other", "datazone"), "--access", "all")
        granted[kind] = {action for one in json.loads(done.stdout)["Statement"] for action in one["Action"]}
    assert {"sagemaker:CreateProject", "sagemaker:AddTags"} < granted["project"]
    assert {"datazone:CreateProject", "datazone:ListProjects"} < granted["other-project"] == granted["other:project"]
    assert {"datazone:GetConnection", "iam:PassRole"} < granted["connection"]


def test_actions_that_also_tag_are_of_the_level_of_tags() -> None:
    levels = {item["access_level"] for item in built().data["calls"].values()}
    assert levels <= LEVELS["all"] | {""}
    assert "sagemaker-geospatial:TagResource" in actions(working_with(built(), [Work("VectorEnrichmentJob", "all")]))


def test_a_kind_is_narrowed_to_names_tags_and_a_domain() -> None:
    limits = Limits(names=["team-*"], tags={"team": "ml"}, domain="d-1")
    composed = working_with(built(), [Work("endpoint", "all"), Work("space", "write")], limits)
    for one in composed.statements:
        for arn in one.resources:
            assert "${DomainId}" not in arn
            assert ":endpoint/" not in arn or arn.endswith("endpoint/team-*")
    conditions = {action: one.condition for one in composed.statements for action in one.actions}
    assert conditions["sagemaker:InvokeEndpoint"] == {"StringEquals": {"aws:ResourceTag/team": ("ml",)}}
    created = [one.condition for one in composed.statements if "sagemaker:CreateEndpoint" in one.actions]
    assert {"StringEquals": {"aws:RequestTag/team": ("ml",)}} in created
    assert conditions["sagemaker:ListEndpoints"] == {}
    assert conditions["sagemaker:DeleteTags"] == {"StringEquals": {"aws:ResourceTag/team": ("ml",)}}


@pytest.mark.parametrize("persona", sorted(TEMPLATES))
def test_personas_have_what_role_manager_gives_them(persona: str) -> None:
    wanted = {action for name in TEMPLATES[persona] for action in FACTS["role_manager"][name]}
    ours = working_with(built(), kinds_of(built().data["personas"][persona]))
    assert wanted - actions(ours) <= OF_NO_KIND
    # Role Manager names no resource: arn:aws:sagemaker:*:*:*/*.
    assert all(arn.split(":")[-1] != "*/*" for one in ours.statements for arn in one.resources)


def test_the_compute_persona_has_what_role_manager_gives_it() -> None:
    """Its template accessAWSServices at cdklabs/cdk-aws-sagemaker-role-manager, commit bb3599e4, on resources named."""
    wanted = {"cloudwatch:PutMetricData", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage"}
    wanted |= {"ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "logs:CreateLogGroup", "logs:CreateLogStream"}
    wanted |= {"logs:DescribeLogStreams", "logs:PutLogEvents", "s3:GetObject", "s3:ListBucket", "s3:PutObject"}
    done = run("show", "--persona", "sagemaker-compute")
    # It also has ecr:ListImages, which no pull of an image needs.
    ours = {action for one in json.loads(done.stdout)["Statement"] for action in one["Action"]}
    assert ours == wanted | {"sagemaker:BatchPutMetrics"}

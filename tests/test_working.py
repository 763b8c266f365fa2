"""What a caller needs for a kind of resource, and for any call; held against facts written by hand from AWS's pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from itertools import product
from typing import Any

import pytest

from proof.oracle import Question, open_policy, oracle
from sagemaker_roles.aws.reference import aws_reference
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine.compose import Request, compose
from sagemaker_roles.engine.documents import Document
from sagemaker_roles.engine.values import names_in
from sagemaker_roles.engine.working import LEVELS, Limits, Work, kinds, kinds_of, working_with
from sagemaker_roles.iam.conditions import RequestContext
from sagemaker_roles.iam.evaluation import AccessRequest, Policies, document, evaluate
from support import drawn, run

OWN = "arn:aws:sagemaker:us-west-2:111122223333:"
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/R"
VALUES = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}

#: Requests of operations without a record, and what the Service Authorization Reference says of them, by hand:
#: action and resource, "*" where the action has no resource type.
CALLS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("AddTags", {"ResourceArn": f"{OWN}model/m", "Tags": [{"Key": "k", "Value": "v"}]}, ["AddTags model/m"]),
    ("AssociateTrialComponent", {"TrialComponentName": "c", "TrialName": "t"},
     ["AssociateTrialComponent experiment-trial/t", "AssociateTrialComponent experiment-trial-component/c"]),
    ("BatchWriteRecord", {"Entries": [{"FeatureGroupName": "f", "Record": []}]},
     ["BatchWriteRecord feature-group/f", "PutRecord feature-group/f"]),
    ("CreateApp", {"DomainId": "d-1", "SpaceName": "s", "AppType": "JupyterLab", "AppName": "default"},
     # Types of apps are in lower case in ARNs.
     ["CreateApp app/d-1/s/JupyterLab/default", "CreateApp app/d-1/s/jupyterlab/default"]),
    ("CreateCodeRepository", {"CodeRepositoryName": "c"}, ["CreateCodeRepository code-repository/c"]),
    ("CreateExperiment", {"ExperimentName": "e"}, ["CreateExperiment experiment/e"]),
    ("CreateHub", {"HubName": "h"}, ["CreateHub hub/h"]),
    ("CreateModelPackageGroup", {"ModelPackageGroupName": "g"}, ["CreateModelPackageGroup model-package-group/g"]),
    ("CreatePresignedDomainUrl", {"DomainId": "d-1", "UserProfileName": "u"},
     ["CreatePresignedDomainUrl user-profile/d-1/u"]),
    ("CreatePresignedNotebookInstanceUrl", {"NotebookInstanceName": "n"},
     ["CreatePresignedNotebookInstanceUrl notebook-instance/n"]),
    ("DeleteEndpointConfig", {"EndpointConfigName": "c"}, ["DeleteEndpointConfig endpoint-config/c"]),
    ("DeleteModel", {"ModelName": "m"}, ["DeleteModel model/m"]),
    ("DeleteRecord", {"FeatureGroupName": "f", "RecordIdentifierValueAsString": "1", "EventTime": "2026-01-01"},
     ["DeleteRecord feature-group/f"]),
    ("DeleteSpace", {"DomainId": "d-1", "SpaceName": "s"}, ["DeleteSpace space/d-1/s"]),
    ("DescribeDomain", {"DomainId": "d-1"}, ["DescribeDomain domain/d-1"]),
    ("DescribeFeatureGroup", {"FeatureGroupName": f"{OWN}feature-group/f"}, ["DescribeFeatureGroup feature-group/f"]),
    ("DescribeInferenceComponent", {"InferenceComponentName": "i"},
     ["DescribeInferenceComponent inference-component/i"]),
    ("DescribeLabelingJob", {"LabelingJobName": "l"}, ["DescribeLabelingJob labeling-job/l"]),
    ("DescribePipelineExecution", {"PipelineExecutionArn": f"{OWN}pipeline/p/execution/x1"},
     ["DescribePipelineExecution pipeline/p/execution/x1"]),
    ("DescribeTrainingJob", {"TrainingJobName": "t"}, ["DescribeTrainingJob training-job/t"]),
    ("DescribeWorkteam", {"WorkteamName": "w"}, ["DescribeWorkteam workteam/w"]),
    ("GetRecord", {"FeatureGroupName": "f", "RecordIdentifierValueAsString": "1"}, ["GetRecord feature-group/f"]),
    ("GetSearchSuggestions", {"Resource": "TrainingJob"}, ["GetSearchSuggestions *"]),
    ("InvokeEndpoint", {"EndpointName": "e", "Body": "x"}, ["InvokeEndpoint endpoint/e"]),
    ("InvokeEndpointAsync", {"EndpointName": "e", "InputLocation": "s3://amzn-s3-demo-bucket/x"},
     ["InvokeEndpointAsync endpoint/e"]),
    ("InvokeEndpointWithResponseStream", {"EndpointName": "e", "InferenceComponentName": "i", "Body": "x"},
     ["InvokeEndpointWithResponseStream endpoint/e", "InvokeEndpointWithResponseStream inference-component/i"]),
    ("ListDomains", {}, ["ListDomains *"]),
    ("ListProcessingJobs", {"MaxResults": 5}, ["ListProcessingJobs *"]),
    ("ListTags", {"ResourceArn": f"{OWN}domain/d-1"}, ["ListTags domain/d-1"]),
    ("PutModelPackageGroupPolicy", {"ModelPackageGroupName": "g", "ResourcePolicy": "{}"},
     ["PutModelPackageGroupPolicy model-package-group/g"]),
    ("PutRecord", {"FeatureGroupName": "f", "Record": []}, ["PutRecord feature-group/f"]),
    ("RetryPipelineExecution", {"PipelineExecutionArn": f"{OWN}pipeline/p/execution/x1"},
     ["RetryPipelineExecution pipeline/p/execution/x1"]),
    ("Search", {"Resource": "TrainingJob"}, ["Search *"]),
    ("StartNotebookInstance", {"NotebookInstanceName": "n"}, ["StartNotebookInstance notebook-instance/n"]),
    ("StartSession", {"ResourceIdentifier": f"{OWN}space/d-1/s"}, ["StartSession space/d-1/s"]),
    ("StopTrainingJob", {"TrainingJobName": "t"}, ["StopTrainingJob training-job/t"]),
    ("UpdateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"},
     ["UpdateEndpoint endpoint/e", "UpdateEndpoint endpoint-config/c"]),
    ("UpdateEndpointWeightsAndCapacities", {"EndpointName": "e", "DesiredWeightsAndCapacities": []},
     ["UpdateEndpointWeightsAndCapacities endpoint/e"]),
    ("UpdateModelPackage", {"ModelPackageArn": f"{OWN}model-package/g/1"}, ["UpdateModelPackage model-package/g/1"]),
    ("UpdateRecord", {"FeatureGroupName": "f", "RecordIdentifierValueAsString": "1"}, ["PutRecord feature-group/f"]),
    ("UpdateSpace", {"DomainId": "d-1", "SpaceName": "s"}, ["UpdateSpace space/d-1/s"]),
    ("AttachClusterNodeNetworkInterface", {"ClusterName": f"{OWN}cluster/abcdefghij12", "NodeId": "i-0123456789abcdef0",
     "NetworkInterfaceId": "eni-01234567"}, ["AttachClusterNodeNetworkInterface cluster/abcdefghij12"]),
    ("AttachClusterNodeVolume", {"ClusterArn": f"{OWN}cluster/abcdefghij12", "NodeId": "i-0123456789abcdef0",
     "VolumeId": "vol-01234567"}, ["AttachClusterNodeVolume cluster/abcdefghij12",
      "ec2:AttachVolume arn:aws:ec2:us-west-2:111122223333:volume/vol-01234567", "ec2:DescribeVolumes *",
      "eks:DescribeCluster arn:aws:eks:us-west-2:111122223333:cluster/${EksClusterName}"]),
    ("BatchDeleteClusterNodes", {"ClusterName": "c", "NodeIds": ["i-01234567"]}, ["BatchDeleteClusterNodes cluster/*"]),
    ("BatchGetRecord", {"Identifiers": [{"FeatureGroupName": name, "RecordIdentifiersValueAsString": ["1"]}
                                        for name in ("f", f"{OWN}feature-group/g")]},
     ["BatchGetRecord feature-group/f", "BatchGetRecord feature-group/g"]),
    ("CreateClusterSchedulerConfig", {"Name": "n", "ClusterArn": f"{OWN}cluster/abcdefghij12", "SchedulerConfig": {}},
     ["CreateClusterSchedulerConfig cluster/abcdefghij12",
      "CreateClusterSchedulerConfig cluster-scheduler-config/*"]),
    ("CreateComputeQuota", {"Name": "n", "ClusterArn": f"{OWN}cluster/abcdefghij12", "ComputeQuotaConfig": {},
                            "ComputeQuotaTarget": {"TeamName": "t"}, "Tags": [{"Key": "k", "Value": "v"}]},
     ["CreateComputeQuota cluster/abcdefghij12", "CreateComputeQuota compute-quota/*", "AddTags compute-quota/*"]),
    ("DeleteEndpointPolicy", {"EndpointName": "e"}, ["DeleteEndpointPolicy endpoint/e"]),
    ("DescribeCluster", {"ClusterName": f"{OWN}cluster/abcdefghij12"}, ["DescribeCluster cluster/abcdefghij12"]),
    ("DescribeGlobalInferenceGateway", {"Identifier": f"{OWN}global-inference-gateway/abcdefghij12"},
     ["DescribeGlobalInferenceGateway global-inference-gateway/abcdefghij12"]),
    ("DescribeModelPackage",
     {"ModelPackageName": "arn:aws:sagemaker:us-west-2:444455556666:model-package/g/1"},
     ["DescribeModelPackage arn:aws:sagemaker:us-west-2:444455556666:model-package/g/1"]),
    ("DescribeModelPackageGroup",
     {"ModelPackageGroupName": "arn:aws:sagemaker:us-west-2:444455556666:model-package-group/g"},
     ["DescribeModelPackageGroup arn:aws:sagemaker:us-west-2:444455556666:model-package-group/g"]),
    ("ListPipelineExecutionSteps", {"PipelineExecutionArn": f"{OWN}pipeline/p/execution/x1"},
     ["ListPipelineExecutionSteps pipeline/p/execution/x1"]),
    ("ListPipelineExecutions", {"PipelineName": "p"}, ["ListPipelineExecutions pipeline/p"]),
    ("ListRecords", {"FeatureGroupName": "f"}, ["ListRecords feature-group/f"]),
    ("MoveClusterNodes", {"SourceClusterArn": f"{OWN}cluster/abcdefghij12", "SourceInstanceGroupName": "a",
                          "TargetClusterArn": f"{OWN}cluster/abcdefghij34", "TargetInstanceGroupName": "b"},
     ["MoveClusterNodes cluster/abcdefghij12", "MoveClusterNodes cluster/abcdefghij34"]),
    ("PutEndpointPolicy", {"EndpointName": "e", "ResourcePolicy": "{}"}, ["PutEndpointPolicy endpoint/e"]),
    ("StopPipelineExecution", {"PipelineExecutionArn": f"{OWN}pipeline/p/execution/x1"},
     ["StopPipelineExecution pipeline/p/execution/x1"]),
    ("UpdateClusterSoftware", {"ClusterName": f"{OWN}cluster/abcdefghij12"},
     ["UpdateClusterSoftware cluster/abcdefghij12"]),
    # Of a further service, which has a resource type for its domains only.
    ("datazone-DeleteDomain", {"identifier": "dzd_1"},
     ["datazone:DeleteDomain arn:aws:datazone:us-west-2:111122223333:domain/dzd_1"]),
    ("datazone-TagResource", {"resourceArn": "arn:aws:datazone:us-west-2:111122223333:domain/dzd_1", "tags": {"k": ""}},
     ["datazone:TagResource arn:aws:datazone:us-west-2:111122223333:domain/dzd_1"]),
    ("AcceptSubscriptionRequest", {"domainIdentifier": "dzd_1", "identifier": "s"},
     ["datazone:AcceptSubscriptionRequest *"]),
    ("UpdateComputeQuota", {"ComputeQuotaId": "abcdefghij12", "TargetVersion": 1},
     ["UpdateComputeQuota compute-quota/abcdefghij12"]),
]  # fmt: skip

#: The actions of SageMaker in the templates of Role Manager, at
#: cdklabs/cdk-aws-sagemaker-role-manager, commits 89976b57 and 5fca9e77, src/private/templates, read 2026-12-01.
ROLE_MANAGER = {
    "manageJobs": "BatchGetMetrics CreateAutoMLJob CreateHyperParameterTuningJob CreateProcessingJob CreateTrainingJob"
    " CreateTransformJob DescribeAutoMLJob DescribeHyperParameterTuningJob DescribeProcessingJob DescribeTrainingJob"
    " DescribeTransformJob ListAutoMLJobs ListCandidatesForAutoMLJob ListHyperParameterTuningJobs ListProcessingJobs"
    " ListTrainingJobs ListTrainingJobsForHyperParameterTuningJob ListTransformJobs Search StopAutoMLJob"
    " StopHyperParameterTuningJob StopProcessingJob StopTrainingJob UpdateTrainingJob",
    "manageModels": "BatchDescribeModelPackage CreateModel CreateModelPackage CreateModelPackageGroup DeleteModel"
    " DeleteModelPackage DeleteModelPackageGroup DescribeModel DescribeModelPackage DescribeModelPackageGroup"
    " ListModelPackageGroups ListModelPackages ListModels UpdateModelPackage",
    "managePipelines": "CreatePipeline DeletePipeline DescribePipeline DescribePipelineDefinitionForExecution"
    " DescribePipelineExecution ListPipelineExecutionSteps ListPipelineExecutions ListPipelineParametersForExecution"
    " ListPipelines RetryPipelineExecution SendPipelineExecutionStepFailure SendPipelineExecutionStepSuccess"
    " StartPipelineExecution StopPipelineExecution UpdatePipelineExecution",
    "runStudioApps": "CreateApp CreateAppImageConfig DeleteApp DeleteAppImageConfig DescribeApp DescribeAppImageConfig"
    " DescribeDomain DescribeUserProfile ListAppImageConfigs ListApps ListDomains ListUserProfiles"
    " UpdateAppImageConfig",
    "visualizeExperiments": "DescribeAction DescribeArtifact DescribeContext DescribeExperiment DescribeLineageGroup"
    " DescribeTrial DescribeTrialComponent GetLineageGroupPolicy GetSearchSuggestions ListActions ListArtifacts"
    " ListAssociations ListContexts ListExperiments ListLineageGroups ListTrialComponents ListTrials"
    " QueryLineage Search",
}
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


@pytest.mark.parametrize(("name", "members", "expected"), CALLS, ids=[name for name, _, _ in CALLS])
def test_every_action_and_resource_of_a_call_is_right(name: str, members: dict[str, Any], expected: list[str]) -> None:
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
    assert found.resource == "arn:aws:sagemaker:us-west-2:444455556666:model-package-group/g"
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
    wanted = {action for name in TEMPLATES[persona] for action in ROLE_MANAGER[name].split()}
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

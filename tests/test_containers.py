"""What containers do: the statements that keys of hyperparameters, environment and arguments take, by record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from composing import compiled
from sagemaker_roles.engine.compose import Composition, Request, compose

OWN = "111122223333.dkr.ecr.us-west-2.amazonaws.com"
SOURCE = "s3://amzn-s3-demo-bucket/churn/source/sourcedir.tar.gz"
REPOSITORY = "arn:aws:codeartifact:us-west-2:111122223333:repository/packages/python"
SPARK = "173754725891.dkr.ecr.us-east-1.amazonaws.com/sagemaker-spark-processing:3.3-cpu-py39-v1.0"
TGI = "763104351884.dkr.ecr.us-west-2.amazonaws.com/huggingface-pytorch-tgi-inference:2.4.0"
LMI = "763104351884.dkr.ecr.us-west-2.amazonaws.com/djl-inference:0.30.0-lmi12.0.0-cu124"


def composed(operation: str, **members: Any) -> Composition:
    return compose(compiled(), [Request(operation, members)], values={"Region": "us-west-2", "Partition": "aws"})


def granted(result: Composition) -> dict[str, set[str]]:
    """Action to its resources, of the statements that containers asked for."""
    found: dict[str, set[str]] = {}
    for statement in result.policy.statements:
        if any(reason.container for reason in statement.reasons):
            for action in statement.actions:
                found.setdefault(action, set()).update(statement.resources)
    return found


BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket"
READ_SOURCE = {"s3:ListBucket": {BUCKET}, "s3:GetObject": {f"{BUCKET}/churn/source/sourcedir.tar.gz"}}
PACKAGES = {
    "codeartifact:GetAuthorizationToken": {"arn:aws:codeartifact:us-west-2:111122223333:domain/packages"},
    "codeartifact:GetRepositoryEndpoint": {REPOSITORY},
    "codeartifact:ReadFromRepository": {REPOSITORY},
    "sts:GetServiceBearerToken": {"*"},
}
READ_MODEL = {"s3:ListBucket": {BUCKET}, "s3:GetObject": {f"{BUCKET}/llm/*"}}
LLM, FUNCTION = "s3://amzn-s3-demo-bucket/llm/", "arn:aws:lambda:us-west-2:111122223333:function:score"
ONLY_GRAPH = {"s3:GetObject": {f"{BUCKET}/neff/*"}}


def model(image: str = "", **environment: str) -> dict[str, Any]:
    """The members of CreateModel with one container."""
    return {"PrimaryContainer": {**({"Image": image} if image else {}), "Environment": environment}}


def training(image: str, **parameters: str) -> dict[str, Any]:
    """The members of CreateTrainingJob with hyperparameters."""
    return {"AlgorithmSpecification": {"TrainingImage": image}, "HyperParameters": parameters}


_CODE = {"SAGEMAKER_SUBMIT_DIRECTORY": SOURCE, "SAGEMAKER_PROGRAM": "inference.py"}
_CA = {"Environment": {"CA_REPOSITORY_ARN": REPOSITORY}}
_SM = {"sagemaker_submit_directory": json.dumps(SOURCE), "sagemaker_program": '"train.py"'}
_TF = "111122223333.dkr.ecr.us-west-2.amazonaws.com/{}:2.14".format
_GATED = "jumpstart-private-cache-prod-us-west-2/huggingface-training/llm.tar.gz"
_RUNS = "arn:aws:sagemaker:us-west-2:111122223333:{}".format
_OUTPUT = {"s3:GetBucketLocation": {BUCKET}, "s3:PutObject": {f"{BUCKET}/model/*"}}
_REMOTE = ["--s3_base_uri", "s3://amzn-s3-demo-bucket/job", "--region", "us-west-2"]
_JOB = {"s3:PutObject": {f"{BUCKET}/job/*"}, "s3:GetObject": {f"{BUCKET}/job/*"}}

#: Operation and members to what containers need; "…" as a key: there is more that is not compared.
GRANTED: list[tuple[str, dict[str, Any], dict[str, set[str]]]] = [
    ("CreateTrainingJob", {"HyperParameters": _SM}, READ_SOURCE),
    ("CreateTrainingJob", {"HyperParameters": {**_SM, "sagemaker_submit_directory": SOURCE}}, READ_SOURCE),
    ("CreateHyperParameterTuningJob", {"TrainingJobDefinition": {"StaticHyperParameters": _SM}}, READ_SOURCE),
    ("CreateHyperParameterTuningJob", {"TrainingJobDefinitions": [{"StaticHyperParameters": _SM}]}, READ_SOURCE),
    ("CreateModel", model(**_CODE), READ_SOURCE),
    ("CreateModel", {"Containers": [{}, {"Environment": _CODE}]}, READ_SOURCE),
    ("CreateModel", model(SAGEMAKER_SUBMIT_DIRECTORY="/opt/ml/model/code"), {}),
    # A transform job works with the role of the model.
    ("CreateTransformJob", {"ModelName": "churn", "Environment": {"SAGEMAKER_SUBMIT_DIRECTORY": SOURCE}}, READ_SOURCE),
    ("CreateTrainingJob", _CA, PACKAGES),
    ("CreateProcessingJob", _CA, PACKAGES),
    ("CreateModel", {"PrimaryContainer": _CA}, PACKAGES),
    ("CreateHyperParameterTuningJob", {"TrainingJobDefinition": _CA}, PACKAGES),
    *(
        (
            "CreateTrainingJob",
            training(_TF(name), model_dir='"s3://amzn-s3-demo-bucket/model"'),
            {**_OUTPUT, "…": set()},
        )
        for name in ("tensorflow-training", "sagemaker-tensorflow-scriptmode", "copies/tensorflow")
    ),
    ("CreateTrainingJob", training(_TF("tensorflow-training"), model_dir='"/opt/ml/model"'), {}),
    *(("CreateModel", model(LMI, **{key: LLM}), READ_MODEL) for key in ("HF_MODEL_ID", "OPTION_MODEL_ID")),
    *(("CreateModel", model(**{key: LLM}), READ_MODEL) for key in ("SM_VLLM_MODEL", "SM_SGLANG_MODEL_PATH")),
    ("CreateModel", model(LMI, HF_MODEL_ID="org/llm"), {}),
    ("CreateModel", model(SM_VLLM_MODEL="/opt/ml/model"), {}),
    *(
        ("CreateModel", model(LMI, **{key: "s3://amzn-s3-demo-bucket/neff/"}), {**ONLY_GRAPH, "…": set()})
        for key in ("OPTION_COMPILED_GRAPH_PATH", "OPTION_DRAFT_MODEL_COMPILED_PATH")
    ),
    # An own image with the name of one of Hugging Face is not taken for it.
    *(
        ("CreateModel", model(f"{OWN}/{name}:1", HF_MODEL_ID=LLM), READ_MODEL)
        for name in ("huggingface-pytorch-tgi-inference", "huggingface-pytorch-inference", "tei")
    ),
    (
        "CreateTrainingJob",
        {"Environment": {"SageMakerGatedModelS3Uri": f"s3://{_GATED}"}},
        {"s3:GetObject": {f"arn:aws:s3:::{_GATED}"}, "…": set()},
    ),
    ("CreateTrainingJob", {"AlgorithmSpecification": {"ContainerArguments": _REMOTE}}, {**_JOB, "…": set()}),
    *(
        (
            "CreateProcessingJob",
            {"Environment": {"MLFLOW_TRACKING_URI": _RUNS(name)}},
            {action: {_RUNS(name)}, "…": set()},
        )
        for name, action in (
            ("mlflow-tracking-server/runs", "sagemaker-mlflow:CreateRun"),
            ("mlflow-app/app-ABC", "sagemaker:CallMlflowAppApi"),
        )
    ),
    ("CreateProcessingJob", {"Environment": {"MLFLOW_TRACKING_URI": "https://mlflow.example.com"}}, {}),
    *(
        ("CreateTrainingJob", {"HyperParameters": {key: FUNCTION}}, {"lambda:InvokeFunction": {FUNCTION}})
        for key in ("lambda_arn", "reward_lambda_arn")
    ),
]


@pytest.mark.parametrize(("operation", "members", "expected"), GRANTED)
def test_what_containers_read_is_granted(operation: str, members: Any, expected: dict[str, set[str]]) -> None:
    found = granted(composed(operation, **members))
    wanted = {action: resources for action, resources in expected.items() if action != "…"}
    assert {action: found[action] for action in (wanted if "…" in expected else found)} == wanted


XGBOOST = "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:1.7-1"
KMEANS = "174872318107.dkr.ecr.us-west-2.amazonaws.com/kmeans:1"


def of_training(image: str, keys: dict[str, str]) -> tuple[dict[str, set[str]], dict[str, tuple[str, str]]]:
    """What containers need for hyperparameters, and the account of these, in a job and in a tuning job alike."""
    definition = {"AlgorithmSpecification": {"TrainingImage": image}}
    result = composed("CreateTrainingJob", HyperParameters=keys, **definition)
    tuned = composed(
        "CreateHyperParameterTuningJob", TrainingJobDefinition={"StaticHyperParameters": keys, **definition}
    )
    assert granted(tuned) == granted(result)
    lines, also = (
        {item.path.rpartition(".")[2]: (item.outcome, item.reason) for item in one.account if "Hyper" in item.path}
        for one in (result, tuned)
    )
    assert {key: one for key, (one, _) in lines.items()} == {key: one for key, (one, _) in also.items()}
    return granted(result), lines


@pytest.mark.parametrize("image", [XGBOOST, KMEANS, "433757028032.dkr.ecr.us-west-2.amazonaws.com/xgboost:1"])
def test_no_hyperparameter_of_a_built_in_algorithm_names_a_resource(image: str) -> None:
    keys = {"model_dir": "s3://amzn-s3-demo-bucket/model", "k": "s3://amzn-s3-demo-bucket/k"}
    found, lines = of_training(image, keys)
    assert found == {}
    assert {outcome for outcome, _ in lines.values()} == {"no-permission"}
    assert all("names a resource" in reason for _, reason in lines.values())


@pytest.mark.parametrize(
    "image",
    [
        "111122223333.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:1.7-1",
        "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost-of-mine:1",
        "246618743249.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
        "111122223333.dkr.ecr.us-west-2.amazonaws.com/kmeans:1",
    ],
)
def test_own_images_are_not_taken_for_built_in_algorithms(image: str) -> None:
    found, lines = of_training(image, {"model_dir": "s3://amzn-s3-demo-bucket/model"})
    assert found == {}
    assert lines["model_dir"][0] == "note"


def test_a_script_of_xgboost_can_use_what_its_hyperparameters_name() -> None:
    keys = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": SOURCE,
        "words": "s3://amzn-s3-demo-bucket/w",
    }
    found, lines = of_training(XGBOOST, keys)
    assert found == READ_SOURCE
    assert lines["sagemaker_submit_directory"][0] == "statement"
    assert lines["words"][0] == "note"


@pytest.mark.parametrize(
    ("image", "key"),
    [("huggingface-pytorch-inference:2.6", "HF_MODEL_ID"), ("tei:1.9", "HF_MODEL_ID"), ("", "MMS_LOAD_MODELS")],
)
def test_servers_that_do_not_read_from_amazon_s3(image: str, key: str) -> None:
    container = {"Environment": {key: "s3://amzn-s3-demo-bucket/llm/"}}
    if image:
        container["Image"] = f"763104351884.dkr.ecr.us-west-2.amazonaws.com/{image}"
    result = composed("CreateModel", PrimaryContainer=container)
    assert granted(result) == {}
    outcomes = {item.path: item.outcome for item in result.account}
    assert outcomes[f"PrimaryContainer.Environment.{key}"] == "no-permission"


def test_code_of_the_sdk_in_version_3_comes_in_channels() -> None:
    """ModelTrainer hands its code and its drivers to the job as inputs, which the record reads."""
    channels = [
        {"ChannelName": name, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{SOURCE}/{name}"}}}
        for name in ("code", "sm_drivers")
    ]
    result = composed("CreateTrainingJob", InputDataConfig=channels)
    read = {item for one in result.policy.statements if "s3:GetObject" in one.actions for item in one.resources}
    base = SOURCE.removeprefix("s3://")
    assert read == {f"arn:aws:s3:::{base}/code*", f"arn:aws:s3:::{base}/sm_drivers*"}
    assert {item.outcome for item in result.account} == {"statement"}


def test_the_image_goes_before_the_key() -> None:
    own = {"HF_MODEL_ID": "s3://amzn-s3-demo-bucket/llm/"}
    other = {"HF_MODEL_ID": "s3://amzn-s3-demo-bucket/other/"}
    result = composed(
        "CreateModel", Containers=[{"Image": LMI, "Environment": own}, {"Image": TGI, "Environment": other}]
    )
    assert granted(result)["s3:GetObject"] == {"arn:aws:s3:::amzn-s3-demo-bucket/llm/*"}
    outcomes = {item.path: item.outcome for item in result.account}
    assert outcomes["Containers[0].Environment.HF_MODEL_ID"] == "statement"
    assert outcomes["Containers[1].Environment.HF_MODEL_ID"] == "no-permission"


def test_spark_reads_jars_and_writes_events() -> None:
    entrypoint = ["smspark-submit", "--jars", "s3a://amzn-s3-demo-bucket/a.jar,s3://amzn-s3-demo-bucket/b.jar"]
    entrypoint += ["--spark-event-logs-s3-uri", "s3://amzn-s3-demo-results/events", "/opt/app.py"]
    request = {"AppSpecification": {"ImageUri": SPARK, "ContainerEntrypoint": entrypoint}}
    found = granted(composed("CreateProcessingJob", **request))
    jars = {f"arn:aws:s3:::amzn-s3-demo-bucket/{name}.jar" for name in "ab"}
    assert found["s3:GetObject"] == {*jars, "arn:aws:s3:::amzn-s3-demo-results/events/*"}
    assert found["s3:PutObject"] == {"arn:aws:s3:::amzn-s3-demo-results/events/*"}
    request["AppSpecification"]["ImageUri"] = LMI
    found = granted(composed("CreateProcessingJob", **request))
    assert found["s3:GetObject"] == found["s3:PutObject"] == {"arn:aws:s3:::amzn-s3-demo-results/events/*"}


def test_an_own_image_with_the_name_of_the_spark_image_is_not_taken_for_it() -> None:
    entrypoint = ["smspark-submit", "--jars", "s3://amzn-s3-demo-bucket/a.jar"]
    for image in (f"{OWN}/sagemaker-spark-processing:3.5", SPARK.replace("173754725891", "763104351884")):
        request = {"AppSpecification": {"ImageUri": image, "ContainerEntrypoint": entrypoint}}
        result = composed("CreateProcessingJob", **request)
        assert granted(result) == {}
        outcomes = {item.path: item.outcome for item in result.account}
        assert outcomes["AppSpecification.ContainerEntrypoint[2]"] == "note"


@pytest.mark.parametrize(
    ("image", "key", "outcome"),
    [
        ("867004704886.dkr.ecr.ap-northeast-3.amazonaws.com/sagemaker-xgboost:1.7-1", "text", "no-permission"),
        ("867004704886.dkr.ecr.ap-northeast-3.amazonaws.com/blazingtext:1", "text", "no-permission"),
        ("914824155844.dkr.ecr.me-central-1.amazonaws.com/sagemaker-xgboost:1.7-1", "text", "note"),
    ],
)
def test_registries_of_newer_regions_are_known(image: str, key: str, outcome: str) -> None:
    """In newer Regions, one account of AWS has the images of several kinds."""
    result = composed(
        "CreateTrainingJob",
        AlgorithmSpecification={"TrainingImage": image},
        HyperParameters={key: "s3://amzn-s3-demo-bucket/a.txt"},
    )
    outcomes = {item.path: item.outcome for item in result.account}
    assert outcomes[f"HyperParameters.{key}"] == outcome


def test_statements_of_containers_say_so() -> None:
    result = composed("CreateTrainingJob", HyperParameters={"sagemaker_submit_directory": SOURCE})
    reason = next(item for item in result.policy.statements if item.sid == "SourceCodeRead").reasons[0]
    assert (reason.container, reason.members) == ("framework-toolkits", ("HyperParameters.sagemaker_submit_directory",))
    assert reason.evidence == "observed"


def test_local_files_of_a_list_are_no_part_of_the_others() -> None:
    entrypoint = [
        "smspark-submit",
        "--jars",
        "s3://amzn-s3-demo-bucket/a.jar,local:///opt/b.jar,s3a://amzn-s3-demo-bucket/c.jar",
    ]
    result = composed("CreateProcessingJob", AppSpecification={"ImageUri": SPARK, "ContainerEntrypoint": entrypoint})
    assert granted(result)["s3:GetObject"] == {f"arn:aws:s3:::amzn-s3-demo-bucket/{name}.jar" for name in "ac"}
    one = ["--jars", "s3://amzn-s3-demo-bucket/a.jar,/opt/b.jar"]
    result = composed("CreateProcessingJob", AppSpecification={"ImageUri": SPARK, "ContainerEntrypoint": one})
    assert granted(result)["s3:GetObject"] == {"arn:aws:s3:::amzn-s3-demo-bucket/a.jar"}


_OFF = {"EnableNetworkIsolation": True}
_TUNED = {**_OFF, "StaticHyperParameters": {"sagemaker_submit_directory": SOURCE}}
ISOLATED: list[tuple[str, dict[str, Any]]] = [
    ("CreateTrainingJob", {**_OFF, "HyperParameters": {"sagemaker_submit_directory": SOURCE}}),
    ("CreateHyperParameterTuningJob", {"TrainingJobDefinitions": [_TUNED]}),
    ("CreateProcessingJob", {"NetworkConfig": _OFF, **_CA}),
    ("CreateModel", {**_OFF, **model(PLACE=SOURCE)}),
]


@pytest.mark.parametrize(("operation", "members"), ISOLATED)
def test_with_network_isolation_containers_read_nothing(operation: str, members: dict[str, Any]) -> None:
    result = composed(operation, **members)
    assert granted(result) == {}
    (line,) = result.account
    assert line.outcome == "no-permission"
    assert "network isolation" in line.reason
    seen = json.loads(json.dumps(members).replace("true", "false"))
    assert [item.outcome for item in composed(operation, **seen).account] != ["no-permission"]


def test_rules_of_debugger_read_other_jobs() -> None:
    parameters = {f"other_trial_{number}": f"s3://amzn-s3-demo-bucket/{number}" for number in range(3)}
    rules = [{"RuleConfigurationName": "r", "RuleParameters": parameters}]
    result = composed("CreateTrainingJob", DebugRuleConfigurations=rules)
    assert {item.outcome for item in result.account} == {"statement"}


def test_what_a_pattern_of_another_statement_grants_is_not_repeated() -> None:
    entrypoint = ["--jars", "s3://amzn-s3-demo-bucket/data/a.jar,s3://amzn-s3-demo-bucket/x.jar"]
    data = {"S3Input": {"S3Uri": "s3://amzn-s3-demo-bucket/data", "S3DataType": "S3Prefix"}}
    result = composed(
        "CreateProcessingJob",
        AppSpecification={"ImageUri": SPARK, "ContainerEntrypoint": entrypoint},
        ProcessingInputs=[{"InputName": "data", **data}],
    )
    read = {one.sid: one for one in result.policy.statements if one.actions == ("s3:GetObject",)}
    assert read["InputRead"].resources == ("arn:aws:s3:::amzn-s3-demo-bucket/data*",)
    assert read["SparkFileRead"].resources == ("arn:aws:s3:::amzn-s3-demo-bucket/x.jar",)
    assert {reason.container for reason in read["InputRead"].reasons} == {"", "spark"}
    assert {item.outcome for item in result.account} == {"statement"}

"""Flows of the SageMaker Python SDK v2, as its documentation shows them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import boto3
import numpy as np
import pandas as pd
import sagemaker
from flow import BUCKET, CPU, GPU, GROUPS, IMAGE, KEY, MODEL, REGION, ROLE, S3, SUBNETS, flow, source
from sagemaker import Model, ModelPackage, Session, clarify, image_uris
from sagemaker.estimator import Estimator
from sagemaker.inputs import FileSystemInput, TrainingInput
from sagemaker.processing import FrameworkProcessor, ProcessingInput, ProcessingOutput, Processor, ScriptProcessor
from sagemaker.workflow.pipeline_context import PipelineSession

TRAIN = {"role": ROLE, "instance_count": 1, "instance_type": CPU}
DATA = {"train": f"{S3}/train", "test": TrainingInput(f"{S3}/test/", content_type="text/csv")}


@cache
def session() -> Session:
    return Session(boto3.Session(region_name=REGION))


def script(**more: Any) -> dict[str, Any]:
    """Arguments of script mode."""
    return {**TRAIN, "sagemaker_session": session(), "entry_point": "train.py", "source_dir": source(), **more}


# --- estimators of frameworks -----------------------------------------------------------------------------------------


@flow
def pytorch() -> None:
    from sagemaker.pytorch import PyTorch

    PyTorch(framework_version="2.3", py_version="py311", **script()).fit(DATA)


@flow
def pytorch_distributed_with_logs() -> None:
    from sagemaker.pytorch import PyTorch

    more = {
        "instance_count": 2,
        "instance_type": "ml.p4d.24xlarge",
        "distribution": {"torch_distributed": {"enabled": True}},
    }
    PyTorch(framework_version="2.3.0", py_version="py311", **script(**more)).fit(DATA, logs="All")


@flow
def tensorflow() -> None:
    from sagemaker.tensorflow import TensorFlow

    TensorFlow(framework_version="2.14", py_version="py310", **script(model_dir=f"{S3}/tf-model")).fit(DATA)


@flow
def tensorflow_parameter_server() -> None:
    from sagemaker.tensorflow import TensorFlow

    TensorFlow(
        framework_version="2.14", py_version="py310", **script(distribution={"parameter_server": {"enabled": True}})
    ).fit(DATA, wait=False)


@flow
def mxnet() -> None:
    from sagemaker.mxnet import MXNet

    MXNet(framework_version="1.9.0", py_version="py38", **script()).fit(DATA)


@flow
def chainer() -> None:
    from sagemaker.chainer import Chainer

    Chainer(framework_version="5.0.0", py_version="py3", **script()).fit(DATA)


@flow
def sklearn() -> None:
    from sagemaker.sklearn import SKLearn

    SKLearn(framework_version="1.2-1", **{**script(), "hyperparameters": {"depth": 3}}).fit(DATA)


@flow
def xgboost_script() -> None:
    from sagemaker.xgboost import XGBoost

    XGBoost(framework_version="1.7-1", **script()).fit(DATA)


@flow
def huggingface() -> None:
    from sagemaker.huggingface import HuggingFace

    HuggingFace(
        transformers_version="4.36.0",
        pytorch_version="2.1.0",
        py_version="py310",
        **script(instance_type=GPU, hyperparameters={"model_name": "bert", "output_dir": "/opt/ml/model"}),
    ).fit(DATA)


@flow
def huggingface_training_compiler() -> None:
    from sagemaker.huggingface import HuggingFace, TrainingCompilerConfig

    HuggingFace(
        transformers_version="4.21.1",
        pytorch_version="1.11.0",
        py_version="py38",
        compiler_config=TrainingCompilerConfig(),
        **script(instance_type="ml.p3.2xlarge"),
    ).fit(DATA)


@flow
def reinforcement_learning() -> None:
    from sagemaker.rl import RLEstimator

    RLEstimator(image_uri=IMAGE, **script()).fit()


@flow
def estimator() -> None:
    Estimator(
        IMAGE,
        **TRAIN,
        sagemaker_session=session(),
        output_path=f"{S3}/models",
        hyperparameters={"epochs": 3},
        environment={"STAGE": "test"},
        metric_definitions=[{"Name": "loss", "Regex": "loss=(.*)"}],
        tags={"team": "churn"},
    ).fit(DATA)


@flow
def estimator_with_everything_around_it() -> None:
    Estimator(
        IMAGE,
        **TRAIN,
        sagemaker_session=session(),
        output_path=f"{S3}/models",
        output_kms_key=KEY,
        volume_kms_key=KEY,
        subnets=SUBNETS,
        security_group_ids=GROUPS,
        encrypt_inter_container_traffic=True,
        enable_network_isolation=True,
        use_spot_instances=True,
        max_wait=90000,
        checkpoint_s3_uri=f"{S3}/checkpoints",
    ).fit(DATA)


@flow
def estimator_on_file_systems() -> None:
    more = {"subnets": SUBNETS, "security_group_ids": GROUPS, "sagemaker_session": session()}
    Estimator(IMAGE, **TRAIN, **more).fit(
        {
            "efs": FileSystemInput("fs-0123456789abcdef0", "EFS", "/data"),
            "fsx": FileSystemInput("fs-0123456789abcdef1", "FSxLustre", "/fsx/data"),
        }
    )


@flow
def estimator_with_debugger() -> None:
    from sagemaker.debugger import (
        CollectionConfig,
        DebuggerHookConfig,
        FrameworkProfile,
        ProfilerConfig,
        ProfilerRule,
        Rule,
        TensorBoardOutputConfig,
        rule_configs,
    )
    from sagemaker.pytorch import PyTorch

    PyTorch(
        framework_version="1.12.0",
        py_version="py38",
        debugger_hook_config=DebuggerHookConfig(f"{S3}/debug", collection_configs=[CollectionConfig("losses")]),
        tensorboard_output_config=TensorBoardOutputConfig(f"{S3}/tensorboard"),
        profiler_config=ProfilerConfig(s3_output_path=f"{S3}/profile", framework_profile_params=FrameworkProfile()),
        rules=[
            Rule.sagemaker(rule_configs.loss_not_decreasing()),
            ProfilerRule.sagemaker(rule_configs.ProfilerReport()),
        ],
        **script(),
    ).fit(DATA)


@flow
def estimator_in_groups_of_instances() -> None:
    from sagemaker.instance_group import InstanceGroup

    group = InstanceGroup("data", "ml.c5.xlarge", 1)
    Estimator(IMAGE, role=ROLE, instance_groups=[group], sagemaker_session=session()).fit(
        {"train": TrainingInput(f"{S3}/train", instance_groups=["data"])}
    )


@flow
def estimator_kept_warm() -> None:
    Estimator(IMAGE, **TRAIN, sagemaker_session=session(), keep_alive_period_in_seconds=600).fit(DATA, wait=False)


@flow
def estimator_with_code_in_a_bucket() -> None:
    from sagemaker.pytorch import PyTorch

    more = {"source_dir": f"{S3}/code/sourcedir.tar.gz", "code_location": f"{S3}/code"}
    PyTorch(framework_version="2.3", py_version="py311", **script(**more)).fit(DATA)


@flow
def xgboost_algorithm() -> None:
    image = image_uris.retrieve("xgboost", REGION, "1.7-1")
    one = Estimator(image, **TRAIN, sagemaker_session=session(), output_path=f"{S3}/models")
    one.set_hyperparameters(objective="reg:squarederror", num_round=10)
    one.fit({"train": TrainingInput(f"{S3}/train", content_type="text/csv")})


def _records() -> Any:
    return np.random.rand(20, 4).astype("float32")


def _first_party(kind: Any, labels: bool = False, **parameters: Any) -> None:
    one = kind(**TRAIN, sagemaker_session=session(), **parameters)
    one.fit(one.record_set(_records(), *([np.ones(20, "float32")] if labels else [])), mini_batch_size=10)


@flow
def kmeans() -> None:
    from sagemaker import KMeans

    _first_party(KMeans, k=3)


@flow
def linear_learner() -> None:
    from sagemaker import LinearLearner

    _first_party(LinearLearner, labels=True, predictor_type="binary_classifier")


@flow
def pca() -> None:
    from sagemaker import PCA

    _first_party(PCA, num_components=2)


@flow
def factorization_machines() -> None:
    from sagemaker import FactorizationMachines

    _first_party(FactorizationMachines, labels=True, num_factors=3, predictor_type="regressor")


@flow
def random_cut_forest() -> None:
    from sagemaker import RandomCutForest

    one = RandomCutForest(**TRAIN, sagemaker_session=session(), num_trees=50)
    one.fit(one.record_set(_records()))


@flow
def nearest_neighbors() -> None:
    from sagemaker import KNN

    _first_party(KNN, labels=True, k=3, sample_size=10, predictor_type="classifier")


@flow
def algorithm_estimator() -> None:
    arn = f"arn:aws:sagemaker:{REGION}:111122223333:algorithm/churn"
    Estimator(IMAGE, **TRAIN, sagemaker_session=session()).fit(DATA)
    boto3.client("sagemaker", region_name=REGION).create_training_job(
        TrainingJobName="by-algorithm",
        RoleArn=ROLE,
        AlgorithmSpecification={"AlgorithmName": arn, "TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": f"{S3}/models"},
        ResourceConfig={"InstanceType": CPU, "InstanceCount": 1, "VolumeSizeInGB": 30},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
    )


# --- tuning -----------------------------------------------------------------------------------------------------------


def _pytorch(**more: Any) -> Any:
    from sagemaker.pytorch import PyTorch

    return PyTorch(framework_version="2.3", py_version="py311", **script(**more))


def _tuner(**more: Any) -> Any:
    from sagemaker.tuner import ContinuousParameter, HyperparameterTuner

    metrics = [{"Name": "loss", "Regex": "loss=(.*)"}]
    ranges = {"lr": ContinuousParameter(0.001, 0.1)}
    return HyperparameterTuner(_pytorch(), "loss", ranges, metrics, max_jobs=4, **more)


@flow
def tuning() -> None:
    _tuner().fit(DATA)


@flow
def tuning_warm_start() -> None:
    from sagemaker.tuner import WarmStartConfig, WarmStartTypes

    warm = WarmStartConfig(WarmStartTypes.TRANSFER_LEARNING, {"earlier"})
    _tuner(warm_start_config=warm, strategy="Random").fit(DATA, wait=False)


@flow
def tuning_several_algorithms() -> None:
    from sagemaker.tuner import ContinuousParameter, HyperparameterTuner

    metrics = [{"Name": "loss", "Regex": "loss=(.*)"}]
    names = ("a", "b")
    HyperparameterTuner.create(
        estimator_dict={name: _pytorch() for name in names},
        objective_metric_name_dict=dict.fromkeys(names, "loss"),
        hyperparameter_ranges_dict={name: {"lr": ContinuousParameter(0.001, 0.1)} for name in names},
        metric_definitions_dict=dict.fromkeys(names, metrics),
        max_jobs=4,
    ).fit(dict.fromkeys(names, DATA), include_cls_metadata={}, wait=False)


# --- processing -------------------------------------------------------------------------------------------------------

IN = [ProcessingInput(f"{S3}/raw", "/opt/ml/processing/input")]
OUT = [ProcessingOutput("/opt/ml/processing/output", f"{S3}/processed", "out")]


@flow
def processor() -> None:
    Processor(ROLE, IMAGE, 1, CPU, sagemaker_session=session(), entrypoint=["run"]).run(IN, OUT, logs=False)


@flow
def processor_with_everything_around_it() -> None:
    from sagemaker.network import NetworkConfig

    network = NetworkConfig(subnets=SUBNETS, security_group_ids=GROUPS, encrypt_inter_container_traffic=True)
    Processor(
        ROLE,
        IMAGE,
        1,
        CPU,
        sagemaker_session=session(),
        volume_kms_key=KEY,
        output_kms_key=KEY,
        network_config=network,
        env={"STAGE": "test"},
    ).run(IN, OUT, arguments=["--in", f"{S3}/raw"], logs=False)


@flow
def script_processor() -> None:
    ScriptProcessor(ROLE, IMAGE, ["python3"], 1, CPU, sagemaker_session=session()).run(
        f"{source()}/process.py", inputs=IN, outputs=[ProcessingOutput("/opt/ml/processing/output")]
    )


@flow
def sklearn_processor() -> None:
    from sagemaker.sklearn.processing import SKLearnProcessor

    SKLearnProcessor("1.2-1", ROLE, 1, CPU, sagemaker_session=session()).run(
        f"{source()}/process.py", inputs=IN, outputs=OUT
    )


@flow
def framework_processor() -> None:
    from sagemaker.pytorch import PyTorch

    FrameworkProcessor(PyTorch, "2.3", ROLE, 1, CPU, py_version="py311", sagemaker_session=session()).run(
        "process.py", source_dir=source(), inputs=IN, outputs=OUT
    )


@flow
def huggingface_processor() -> None:
    from sagemaker.huggingface import HuggingFaceProcessor

    HuggingFaceProcessor(
        ROLE,
        1,
        GPU,
        transformers_version="4.36.0",
        pytorch_version="2.1.0",
        py_version="py310",
        sagemaker_session=session(),
    ).run("process.py", source_dir=source(), inputs=IN, outputs=OUT)


@flow
def processor_of_athena_and_redshift() -> None:
    from sagemaker.dataset_definition.inputs import (
        AthenaDatasetDefinition,
        DatasetDefinition,
        RedshiftDatasetDefinition,
    )

    athena = DatasetDefinition(
        local_path="/opt/ml/processing/athena",
        athena_dataset_definition=AthenaDatasetDefinition(
            "AwsDataCatalog", "churn", "select 1", f"{S3}/athena", "primary", output_format="PARQUET"
        ),
    )
    redshift = DatasetDefinition(
        local_path="/opt/ml/processing/redshift",
        redshift_dataset_definition=RedshiftDatasetDefinition(
            "cluster",
            "churn",
            "reader",
            "select 1",
            "arn:aws:iam::111122223333:role/Redshift",
            f"{S3}/redshift",
            output_format="CSV",
        ),
    )
    inputs = [
        ProcessingInput(input_name=name, dataset_definition=one) for name, one in (("a", athena), ("r", redshift))
    ]
    Processor(ROLE, IMAGE, 1, CPU, sagemaker_session=session()).run(inputs, OUT, logs=False)


@flow
def pyspark() -> None:
    from sagemaker.spark.processing import PySparkProcessor

    folder = source()
    PySparkProcessor(
        base_job_name="spark",
        framework_version="3.3",
        role=ROLE,
        instance_count=2,
        instance_type=CPU,
        sagemaker_session=session(),
    ).run(
        f"{folder}/process.py",
        submit_py_files=[f"{folder}/train.py", f"{S3}/code/helper.py"],
        submit_jars=[f"{folder}/job.jar"],
        submit_files=[f"{S3}/conf/settings.json"],
        arguments=["--input", f"{S3}/raw", "--output", f"{S3}/processed"],
        configuration=[{"Classification": "spark-defaults", "Properties": {"spark.executor.memory": "2g"}}],
        spark_event_logs_s3_uri=f"{S3}/spark-logs",
        logs=False,
    )


@flow
def spark_jar() -> None:
    from sagemaker.spark.processing import SparkJarProcessor

    SparkJarProcessor(
        framework_version="3.3", role=ROLE, instance_count=2, instance_type=CPU, sagemaker_session=session()
    ).run(f"{S3}/code/app.jar", "com.example.App", arguments=[f"{S3}/raw"], spark_event_logs_s3_uri=f"{S3}/logs")


# --- Clarify and monitors ---------------------------------------------------------------------------------------------


def _clarify(**more: Any) -> tuple[Any, Any, Any, Any]:
    processor = clarify.SageMakerClarifyProcessor(ROLE, 1, CPU, sagemaker_session=session(), **more)
    data = clarify.DataConfig(
        f"{S3}/data.csv", f"{S3}/clarify", label="churned", headers=["a", "churned"], dataset_type="text/csv"
    )
    bias = clarify.BiasConfig([1], "a")
    model = clarify.ModelConfig("churn", 1, CPU)
    return processor, data, bias, model


@flow
def clarify_pre_training_bias() -> None:
    processor, data, bias, _ = _clarify()
    processor.run_pre_training_bias(data, bias, logs=False)


@flow
def clarify_bias() -> None:
    processor, data, bias, model = _clarify()
    processor.run_bias(data, bias, model, clarify.ModelPredictedLabelConfig(), logs=False)


@flow
def clarify_explainability() -> None:
    processor, data, _, model = _clarify(volume_kms_key=KEY, output_kms_key=KEY)
    processor.run_explainability(data, model, clarify.SHAPConfig([[1]], 5, "mean_abs"), logs=False)


def _capture() -> Any:
    from sagemaker.model_monitor import EndpointInput

    return EndpointInput("churn", "/opt/ml/processing/input")


MONITOR = {"role": ROLE, "instance_count": 1, "instance_type": CPU}


@flow
def monitor_of_data_quality() -> None:
    from sagemaker.model_monitor import CronExpressionGenerator, DatasetFormat, DefaultModelMonitor

    one = DefaultModelMonitor(**MONITOR, sagemaker_session=session())
    one.suggest_baseline(f"{S3}/baseline.csv", DatasetFormat.csv(), output_s3_uri=f"{S3}/baseline", logs=False)
    one.create_monitoring_schedule(
        "churn",
        monitor_schedule_name="data",
        output_s3_uri=f"{S3}/monitor",
        statistics=f"{S3}/baseline/statistics.json",
        constraints=f"{S3}/baseline/constraints.json",
        schedule_cron_expression=CronExpressionGenerator.hourly(),
        record_preprocessor_script=f"{S3}/code/pre.py",
    )


@flow
def monitor_of_model_quality() -> None:
    from sagemaker.model_monitor import CronExpressionGenerator, ModelQualityMonitor

    ModelQualityMonitor(**MONITOR, sagemaker_session=session()).create_monitoring_schedule(
        endpoint_input=_capture(),
        ground_truth_input=f"{S3}/truth",
        problem_type="Regression",
        output_s3_uri=f"{S3}/monitor",
        constraints=f"{S3}/baseline/constraints.json",
        monitor_schedule_name="quality",
        schedule_cron_expression=CronExpressionGenerator.daily(),
    )


@flow
def monitor_of_bias() -> None:
    from sagemaker.model_monitor import BiasAnalysisConfig, CronExpressionGenerator, ModelBiasMonitor

    config = BiasAnalysisConfig(clarify.BiasConfig([1], "a"), headers=["a", "churned"], label="churned")
    ModelBiasMonitor(**MONITOR, sagemaker_session=session()).create_monitoring_schedule(
        analysis_config=config,
        endpoint_input=_capture(),
        ground_truth_input=f"{S3}/truth",
        output_s3_uri=f"{S3}/monitor",
        monitor_schedule_name="bias",
        schedule_cron_expression=CronExpressionGenerator.daily(),
    )


@flow
def monitor_of_explainability() -> None:
    from sagemaker.model_monitor import (
        CronExpressionGenerator,
        ExplainabilityAnalysisConfig,
        ModelExplainabilityMonitor,
    )

    config = ExplainabilityAnalysisConfig(
        clarify.SHAPConfig([[1]], 5, "mean_abs"), clarify.ModelConfig("churn", 1, CPU), headers=["a"]
    )
    ModelExplainabilityMonitor(**MONITOR, sagemaker_session=session()).create_monitoring_schedule(
        analysis_config=config,
        endpoint_input=_capture(),
        output_s3_uri=f"{S3}/monitor",
        monitor_schedule_name="explainability",
        schedule_cron_expression=CronExpressionGenerator.daily(),
    )


@flow
def monitor_of_batch_transform() -> None:
    from sagemaker.model_monitor import BatchTransformInput, CronExpressionGenerator, DefaultModelMonitor
    from sagemaker.model_monitor.dataset_format import MonitoringDatasetFormat

    data = BatchTransformInput(f"{S3}/captured", "/opt/ml/processing/input", MonitoringDatasetFormat.csv())
    DefaultModelMonitor(**MONITOR, sagemaker_session=session()).create_monitoring_schedule(
        batch_transform_input=data,
        monitor_schedule_name="batch",
        output_s3_uri=f"{S3}/monitor",
        schedule_cron_expression=CronExpressionGenerator.hourly(),
    )


@flow
def monitor_of_your_own() -> None:
    from sagemaker.model_monitor import CronExpressionGenerator, ModelMonitor, MonitoringOutput

    ModelMonitor(**MONITOR, image_uri=IMAGE, env={}, sagemaker_session=session()).create_monitoring_schedule(
        endpoint_input=_capture(),
        output=MonitoringOutput("/opt/ml/processing/output", f"{S3}/monitor"),
        monitor_schedule_name="own",
        schedule_cron_expression=CronExpressionGenerator.hourly(),
    )


# --- models and endpoints ---------------------------------------------------------------------------------------------

SERVE = {"initial_instance_count": 1, "instance_type": CPU}


def _code() -> dict[str, Any]:
    return {
        "role": ROLE,
        "sagemaker_session": session(),
        "entry_point": "inference.py",
        "source_dir": source(),
    }


def _model(**more: Any) -> Model:
    return Model(IMAGE, MODEL, ROLE, sagemaker_session=session(), **more)


@flow
def model_of_pytorch() -> None:
    from sagemaker.pytorch import PyTorchModel

    PyTorchModel(MODEL, framework_version="2.3", py_version="py311", **_code()).deploy(**SERVE)


@flow
def model_of_tensorflow() -> None:
    from sagemaker.tensorflow import TensorFlowModel

    TensorFlowModel(MODEL, framework_version="2.14", **_code()).deploy(**SERVE)


@flow
def model_of_sklearn() -> None:
    from sagemaker.sklearn import SKLearnModel

    SKLearnModel(MODEL, framework_version="1.2-1", **_code()).deploy(**SERVE)


@flow
def model_of_xgboost() -> None:
    from sagemaker.xgboost import XGBoostModel

    XGBoostModel(MODEL, framework_version="1.7-1", **_code()).deploy(**SERVE)


@flow
def model_of_mxnet() -> None:
    from sagemaker.mxnet import MXNetModel

    MXNetModel(MODEL, framework_version="1.9.0", py_version="py38", **_code()).deploy(**SERVE)


@flow
def model_of_huggingface_hub() -> None:
    from sagemaker.huggingface import HuggingFaceModel

    HuggingFaceModel(
        ROLE,
        env={"HF_MODEL_ID": "distilbert-base-uncased", "HF_TASK": "text-classification"},
        transformers_version="4.37.0",
        pytorch_version="2.1.0",
        py_version="py310",
        sagemaker_session=session(),
    ).deploy(**SERVE)


@flow
def model_of_tgi_in_a_bucket() -> None:
    from sagemaker.huggingface import HuggingFaceModel, get_huggingface_llm_image_uri

    where = {"S3DataSource": {"S3Uri": f"{S3}/llm/", "S3DataType": "S3Prefix", "CompressionType": "None"}}
    HuggingFaceModel(
        ROLE,
        model_data=where,
        image_uri=get_huggingface_llm_image_uri("huggingface", region=REGION),
        env={"HF_MODEL_ID": "/opt/ml/model"},
        sagemaker_session=session(),
    ).deploy(initial_instance_count=1, instance_type="ml.g5.12xlarge")


@flow
def model_of_djl() -> None:
    from sagemaker.djl_inference import DJLModel

    DJLModel(
        f"{S3}/llm/",
        role=ROLE,
        djl_framework="djl-lmi",
        task="text-generation",
        sagemaker_session=session(),
        djl_version="0.30.0",
    ).deploy(initial_instance_count=1, instance_type="ml.g5.12xlarge")


@flow
def model_uncompressed() -> None:
    where = {"S3DataSource": {"S3Uri": f"{S3}/model/", "S3DataType": "S3Prefix", "CompressionType": "None"}}
    Model(IMAGE, where, ROLE, sagemaker_session=session()).deploy(**SERVE)


@flow
def model_in_a_vpc_with_keys() -> None:
    from sagemaker.model_monitor import DataCaptureConfig

    _model(
        vpc_config={"Subnets": SUBNETS, "SecurityGroupIds": GROUPS}, model_kms_key=KEY, enable_network_isolation=True
    ).deploy(
        **SERVE,
        kms_key=KEY,
        data_capture_config=DataCaptureConfig(True, destination_s3_uri=f"{S3}/captured", kms_key_id=KEY),
    )


@flow
def model_serverless() -> None:
    from sagemaker.serverless import ServerlessInferenceConfig

    _model().deploy(serverless_inference_config=ServerlessInferenceConfig())


@flow
def model_async() -> None:
    from sagemaker.async_inference import AsyncInferenceConfig

    topic = f"arn:aws:sns:{REGION}:111122223333:done"
    config = AsyncInferenceConfig(
        f"{S3}/async", notification_config={"SuccessTopic": topic, "ErrorTopic": topic}, failure_path=f"{S3}/failed"
    )
    _model().deploy(**SERVE, async_inference_config=config)


@flow
def model_with_explainer() -> None:
    from sagemaker.explainer import ClarifyExplainerConfig, ClarifyShapConfig, ExplainerConfig
    from sagemaker.explainer.clarify_explainer_config import ClarifyShapBaselineConfig

    baseline = ClarifyShapBaselineConfig("text/csv", shap_baseline_uri=f"{S3}/baseline.csv")
    config = ExplainerConfig(ClarifyExplainerConfig(ClarifyShapConfig(baseline)))
    _model().deploy(**SERVE, explainer_config=config)


@flow
def model_as_component() -> None:
    from sagemaker.compute_resource_requirements.resource_requirements import ResourceRequirements
    from sagemaker.enums import EndpointType

    resources = ResourceRequirements(requests={"copies": 1, "num_cpus": 1, "memory": 1024})
    _model(name="churn").deploy(
        **SERVE,
        endpoint_name="churn",
        inference_component_name="churn",
        endpoint_type=EndpointType.INFERENCE_COMPONENT_BASED,
        resources=resources,
    )


@flow
def models_of_many() -> None:
    from sagemaker.multidatamodel import MultiDataModel

    MultiDataModel("many", f"{S3}/many/", image_uri=IMAGE, role=ROLE, sagemaker_session=session()).deploy(**SERVE)


@flow
def models_in_a_row() -> None:
    from sagemaker.pipeline import PipelineModel
    from sagemaker.sparkml import SparkMLModel

    spark = SparkMLModel(f"{S3}/models/spark.tar.gz", role=ROLE, sagemaker_session=session())
    PipelineModel([spark, _model()], ROLE, sagemaker_session=session()).deploy(**SERVE)


@flow
def model_from_training() -> None:
    one = Estimator(IMAGE, **TRAIN, sagemaker_session=session(), output_path=f"{S3}/models")
    one.fit(DATA)
    one.deploy(**SERVE).delete_endpoint()


@flow
def model_from_script_training() -> None:
    one = _pytorch()
    one.fit(DATA)
    one.deploy(**SERVE)


@flow
def transform() -> None:
    from sagemaker.transformer import Transformer

    _model(name="churn").create()
    Transformer(
        "churn",
        1,
        CPU,
        output_path=f"{S3}/transformed",
        output_kms_key=KEY,
        volume_kms_key=KEY,
        sagemaker_session=session(),
    ).transform(f"{S3}/batch", logs=False, wait=False)


@flow
def transform_from_training() -> None:
    one = Estimator(IMAGE, **TRAIN, sagemaker_session=session(), output_path=f"{S3}/models")
    one.fit(DATA)
    one.transformer(1, CPU, output_path=f"{S3}/transformed").transform(f"{S3}/batch", logs=False, wait=False)


@flow
def compilation() -> None:
    from sagemaker.pytorch import PyTorchModel

    PyTorchModel(MODEL, framework_version="1.12", py_version="py38", **_code()).compile(
        "ml_c5",
        {"input": [1, 3, 224, 224]},
        f"{S3}/compiled",
        ROLE,
        job_name="c",
        framework="pytorch",
        framework_version="1.12",
    )


@flow
def registration() -> None:
    from sagemaker.model_metrics import MetricsSource, ModelMetrics

    _model().register(
        ["text/csv"],
        ["text/csv"],
        [CPU],
        [CPU],
        model_package_group_name="churn",
        model_metrics=ModelMetrics(model_statistics=MetricsSource("application/json", f"{S3}/metrics.json")),
        sample_payload_url=f"{S3}/payload.tar.gz",
        domain="MACHINE_LEARNING",
        task="CLASSIFICATION",
    )


@flow
def recommendation() -> None:
    _model().right_size(
        sample_payload_url=f"{S3}/payload.tar.gz",
        supported_content_types=["text/csv"],
        supported_instance_types=[CPU],
        job_name="size",
        framework="XGBOOST",
    )


@flow
def model_package() -> None:
    package = _model().register(["text/csv"], ["text/csv"], [CPU], [CPU], model_package_group_name="churn")
    ModelPackage(ROLE, model_package_arn=package.model_package_arn, sagemaker_session=session()).deploy(**SERVE)


# --- Autopilot, Feature Store, experiments ----------------------------------------------------------------------------


@flow
def autopilot() -> None:
    from sagemaker import AutoML

    AutoML(
        ROLE,
        "churned",
        sagemaker_session=session(),
        output_path=f"{S3}/automl",
        output_kms_key=KEY,
        vpc_config={"Subnets": SUBNETS, "SecurityGroupIds": GROUPS},
    ).fit(f"{S3}/train.csv", wait=False, logs=False)


def _automl(config: Any, kind: str) -> None:
    from sagemaker.automl.automlv2 import AutoMLDataChannel, AutoMLV2

    AutoMLV2(config, role=ROLE, base_job_name="auto", output_path=f"{S3}/automl", sagemaker_session=session()).fit(
        AutoMLDataChannel("S3Prefix", f"{S3}/train/", content_type=kind), wait=False, logs=False
    )


@flow
def autopilot_tables() -> None:
    from sagemaker.automl.automlv2 import AutoMLTabularConfig

    config = AutoMLTabularConfig(
        "churned", feature_specification_s3_uri=f"{S3}/features.json"
    )  # fmt: skip
    _automl(config, "text/csv;header=present")


@flow
def autopilot_text_generation() -> None:
    from sagemaker.automl.automlv2 import AutoMLTextGenerationConfig

    _automl(AutoMLTextGenerationConfig(base_model_name="Falcon7BInstruct", accept_eula=True), "text/csv;header=present")


@flow
def autopilot_forecasts() -> None:
    from sagemaker.automl.automlv2 import AutoMLTimeSeriesForecastingConfig

    config = AutoMLTimeSeriesForecastingConfig("D", 7, "y", "when", "item", holiday_config="US")
    _automl(config, "text/csv;header=present")


def _features() -> Any:
    from sagemaker.feature_store.feature_group import FeatureGroup

    one = FeatureGroup("churn", session())
    one.load_feature_definitions(pd.DataFrame({"id": [1], "time": [1.0], "name": pd.Series(["a"], dtype="string")}))
    return one


@flow
def feature_group() -> None:
    _features().create(f"{S3}/features", "id", "time", ROLE, enable_online_store=True)


@flow
def feature_group_with_keys() -> None:
    from sagemaker.feature_store.inputs import TableFormatEnum

    _features().create(
        f"{S3}/features",
        "id",
        "time",
        ROLE,
        enable_online_store=True,
        online_store_kms_key_id=KEY,
        offline_store_kms_key_id=KEY,
        table_format=TableFormatEnum.ICEBERG,
    )


@flow
def remote_function() -> None:
    from sagemaker.remote_function import remote

    folder = source()

    @remote(
        role=ROLE,
        instance_type=CPU,
        image_uri=IMAGE,
        sagemaker_session=session(),
        s3_root_uri=f"{S3}/remote",
        s3_kms_key=KEY,
        dependencies=f"{folder}/requirements.txt",
    )
    def double(number: int) -> int:
        return number * 2

    from contextlib import suppress

    with suppress(Exception):  # the answer is no result that could be read
        double(3)


@flow
def model_trainer() -> None:
    from sagemaker.modules import Session as CoreSession
    from sagemaker.modules.configs import Compute, InputData, SourceCode
    from sagemaker.modules.train import ModelTrainer

    ModelTrainer(
        training_image=IMAGE,
        role=ROLE,
        source_code=SourceCode(source_dir=source(), entry_script="train.py", requirements="requirements.txt"),
        compute=Compute(instance_type=CPU, instance_count=1),
        base_job_name="churn",
        sagemaker_session=CoreSession(boto3.Session(region_name=REGION)),
    ).train([InputData(channel_name="train", data_source=f"{S3}/train")], wait=False)


@flow
def lineage_and_experiments() -> None:
    from sagemaker.experiments import Run

    with Run("churn", run_name="one", sagemaker_session=session()) as run:
        run.log_parameter("depth", 3)
        Estimator(IMAGE, **TRAIN, sagemaker_session=session()).fit(DATA, wait=False)


# --- pipelines --------------------------------------------------------------------------------------------------------


def _pipeline(name: str, *steps: Any, parameters: Any = ()) -> None:
    from sagemaker.workflow.pipeline import Pipeline

    Pipeline(name, list(parameters), steps=list(steps), sagemaker_session=_in_pipelines()).upsert(ROLE)


@cache
def _in_pipelines() -> PipelineSession:
    return PipelineSession(boto3.Session(region_name=REGION), default_bucket=BUCKET)


def _processing_step(name: str = "Process") -> Any:
    from sagemaker.workflow.steps import ProcessingStep

    processor = ScriptProcessor(ROLE, IMAGE, ["python3"], 1, CPU, sagemaker_session=_in_pipelines())
    return ProcessingStep(name, step_args=processor.run(f"{source()}/process.py", inputs=IN, outputs=OUT))


def _training_step(data: Any = f"{S3}/train") -> Any:
    from sagemaker.workflow.steps import TrainingStep

    one = _pytorch(sagemaker_session=_in_pipelines(), output_path=f"{S3}/models")
    return TrainingStep("Train", step_args=one.fit({"train": TrainingInput(data)}))


@flow
def pipeline_from_data_to_registry() -> None:
    from sagemaker.transformer import Transformer
    from sagemaker.workflow.condition_step import ConditionStep
    from sagemaker.workflow.conditions import ConditionGreaterThan
    from sagemaker.workflow.fail_step import FailStep
    from sagemaker.workflow.functions import JsonGet
    from sagemaker.workflow.model_step import ModelStep
    from sagemaker.workflow.parameters import ParameterString
    from sagemaker.workflow.properties import PropertyFile
    from sagemaker.workflow.steps import ProcessingStep, TransformStep

    raw = ParameterString("Raw", default_value=f"{S3}/raw")
    process = _processing_step()
    train = _training_step(process.properties.ProcessingOutputConfig.Outputs["out"].S3Output.S3Uri)
    report = PropertyFile("Report", "out", "report.json")
    evaluator = ScriptProcessor(ROLE, IMAGE, ["python3"], 1, CPU, sagemaker_session=_in_pipelines())
    evaluate = ProcessingStep(
        "Evaluate",
        step_args=evaluator.run(
            f"{source()}/process.py",
            inputs=[
                ProcessingInput(train.properties.ModelArtifacts.S3ModelArtifacts, "/opt/ml/processing/model"),
                ProcessingInput(raw, "/opt/ml/processing/raw"),
            ],
            outputs=OUT,
        ),
        property_files=[report],
    )
    model = Model(IMAGE, train.properties.ModelArtifacts.S3ModelArtifacts, ROLE, sagemaker_session=_in_pipelines())
    create = ModelStep("Create", step_args=model.create(CPU))
    register = ModelStep(
        "Register", step_args=model.register(["text/csv"], ["text/csv"], [CPU], [CPU], model_package_group_name="churn")
    )
    transformer = Transformer(
        create.properties.ModelName, 1, CPU, output_path=f"{S3}/transformed", sagemaker_session=_in_pipelines()
    )
    transform = TransformStep("Transform", step_args=transformer.transform(f"{S3}/batch"))
    condition = ConditionStep(
        "Good",
        conditions=[ConditionGreaterThan(JsonGet(step_name="Evaluate", property_file=report, json_path="auc"), 0.8)],
        if_steps=[create, register, transform],
        else_steps=[FailStep("Bad", "too low")],
    )
    _pipeline("churn", process, train, evaluate, condition, parameters=[raw])


@flow
def pipeline_of_tuning() -> None:
    from sagemaker.tuner import ContinuousParameter, HyperparameterTuner
    from sagemaker.workflow.steps import TuningStep

    one = _pytorch(sagemaker_session=_in_pipelines())
    metrics = [{"Name": "loss", "Regex": "loss=(.*)"}]
    tuner = HyperparameterTuner(one, "loss", {"lr": ContinuousParameter(0.001, 0.1)}, metrics, max_jobs=2)
    _pipeline("tune", TuningStep("Tune", step_args=tuner.fit({"train": f"{S3}/train"})))


@flow
def pipeline_of_functions_and_queues() -> None:
    from sagemaker.lambda_helper import Lambda
    from sagemaker.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
    from sagemaker.workflow.lambda_step import LambdaStep

    function = Lambda(function_arn=f"arn:aws:lambda:{REGION}:111122223333:function:notify", session=_in_pipelines())
    queue = f"https://sqs.{REGION}.amazonaws.com/111122223333/approve"
    _pipeline(
        "call",
        LambdaStep("Notify", function, inputs={"bucket": BUCKET}),
        CallbackStep("Approve", queue, {"who": "team"}, [CallbackOutput("ok", CallbackOutputTypeEnum.String)]),
    )


@flow
def pipeline_of_emr() -> None:
    from sagemaker.workflow.emr_step import EMRStep, EMRStepConfig

    config = EMRStepConfig(f"{S3}/code/app.jar", args=[f"{S3}/raw"], main_class="com.example.App")
    _pipeline("emr", EMRStep("Emr", "Emr", "runs on a cluster", "j-1ABCDEFGHIJKL", config))


@flow
def pipeline_of_emr_clusters() -> None:
    from sagemaker.workflow.emr_step import EMRStep, EMRStepConfig

    cluster = {
        "Instances": {
            "InstanceGroups": [
                {"Name": "Master", "InstanceRole": "MASTER", "InstanceCount": 1, "InstanceType": "m5.xlarge"}
            ],
            "Ec2SubnetId": SUBNETS[0],
        },
        "ReleaseLabel": "emr-6.10.0",
        "JobFlowRole": "EMR_EC2_DefaultRole",
        "ServiceRole": "EMR_DefaultRole",
        "LogUri": f"{S3}/emr-logs",
    }
    config = EMRStepConfig(f"{S3}/code/app.jar", args=[])
    _pipeline("emr2", EMRStep("Emr", "Emr", "makes a cluster", None, config, cluster_config=cluster))


@flow
def pipeline_of_checks() -> None:
    from sagemaker.model_monitor import DatasetFormat
    from sagemaker.workflow.check_job_config import CheckJobConfig
    from sagemaker.workflow.clarify_check_step import ClarifyCheckStep, DataBiasCheckConfig
    from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep

    job = CheckJobConfig(role=ROLE, instance_count=1, instance_type=CPU, sagemaker_session=_in_pipelines())
    quality = DataQualityCheckConfig(f"{S3}/baseline.csv", DatasetFormat.csv(), output_s3_uri=f"{S3}/quality")
    data = clarify.DataConfig(f"{S3}/data.csv", f"{S3}/bias", label="churned", headers=["a", "churned"])
    bias = DataBiasCheckConfig(data, clarify.BiasConfig([1], "a"))
    _pipeline(
        "check",
        QualityCheckStep("Quality", quality, job, register_new_baseline=True, model_package_group_name="churn"),
        ClarifyCheckStep("Bias", bias, job, register_new_baseline=True, model_package_group_name="churn"),
    )


@flow
def pipeline_of_autopilot() -> None:
    from sagemaker.automl.automl import AutoML, AutoMLInput
    from sagemaker.workflow.automl_step import AutoMLStep

    one = AutoML(ROLE, "churned", sagemaker_session=_in_pipelines(), mode="ENSEMBLING", output_path=f"{S3}/automl")
    data = AutoMLInput(f"{S3}/train.csv", "churned", channel_type="training")
    _pipeline("auto", AutoMLStep("Auto", step_args=one.fit([data])))


@flow
def pipeline_of_notebooks() -> None:
    from pathlib import Path

    from sagemaker.workflow.notebook_job_step import NotebookJobStep

    notebook = Path(source()) / "report.ipynb"
    cell: dict[str, Any] = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    notebook.write_text(json.dumps(cell))
    step = NotebookJobStep(str(notebook), IMAGE, "python3", "Report", role=ROLE, s3_root_uri=f"{S3}/notebooks")
    _pipeline("notebook", step)


@flow
def pipeline_of_decorated_steps() -> None:
    from sagemaker.workflow.function_step import step

    @step(name="double", role=ROLE, instance_type=CPU, image_uri=IMAGE)
    def double(number: int) -> int:
        return number * 2

    from sagemaker.workflow.pipeline import Pipeline

    Pipeline("steps", steps=[double(2)], sagemaker_session=_in_pipelines()).upsert(ROLE)


@flow
def pipeline_of_transform_and_monitor() -> None:
    from sagemaker.model_monitor import DatasetFormat
    from sagemaker.transformer import Transformer
    from sagemaker.workflow.check_job_config import CheckJobConfig
    from sagemaker.workflow.monitor_batch_transform_step import MonitorBatchTransformStep
    from sagemaker.workflow.quality_check_step import DataQualityCheckConfig

    transformer = Transformer("churn", 1, CPU, output_path=f"{S3}/transformed", sagemaker_session=_in_pipelines())
    job = CheckJobConfig(role=ROLE, instance_count=1, instance_type=CPU, sagemaker_session=_in_pipelines())
    quality = DataQualityCheckConfig(f"{S3}/baseline.csv", DatasetFormat.csv(), output_s3_uri=f"{S3}/quality")
    step = MonitorBatchTransformStep(
        "Watch",
        transform_step_args=transformer.transform(f"{S3}/batch"),
        monitor_configuration=quality,
        check_job_configuration=job,
        supplied_baseline_statistics=f"{S3}/baseline/statistics.json",
        supplied_baseline_constraints=f"{S3}/baseline/constraints.json",
    )
    _pipeline("watch", step)


@flow
def session_uploads() -> None:
    """What the session does by itself: the default bucket, and an upload."""
    one = session()
    one.upload_data(f"{source()}/data.csv", key_prefix="data")
    assert sagemaker.get_execution_role(one)
    Estimator(IMAGE, sagemaker.get_execution_role(one), 1, CPU, sagemaker_session=one).fit(one.upload_data(source()))

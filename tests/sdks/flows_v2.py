"""Flows of the SageMaker Python SDK v2, as its documentation shows them."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pandas as pd
import sagemaker
from flow import (
    ACCOUNT,
    BUCKET,
    CPU,
    FLOWS,
    FUNCTION,
    GROUPS,
    IMAGE,
    KEY,
    METRICS,
    MODEL,
    QUEUE,
    REGION,
    ROLE,
    S3,
    SUBNETS,
    flow,
    sdk,
    source,
)
from sagemaker import Model, ModelPackage, Session, clarify
from sagemaker.estimator import Estimator
from sagemaker.inputs import FileSystemInput, TrainingInput
from sagemaker.processing import ProcessingInput, ProcessingOutput, Processor, ScriptProcessor
from sagemaker.workflow.pipeline_context import PipelineSession

TRAIN: dict[str, Any] = {"role": ROLE, "instance_count": 1, "instance_type": CPU}
SERVE = {"initial_instance_count": 1, "instance_type": CPU}
LARGE = {"initial_instance_count": 1, "instance_type": "ml.g5.12xlarge"}
DATA = {"train": f"{S3}/train", "test": TrainingInput(f"{S3}/test/", content_type="text/csv")}
IN = [ProcessingInput(f"{S3}/raw", "/opt/ml/processing/input")]
OUT = [ProcessingOutput("/opt/ml/processing/output", f"{S3}/processed", "out")]
NETWORK = {"subnets": SUBNETS, "security_group_ids": GROUPS}
VPC = {"Subnets": SUBNETS, "SecurityGroupIds": GROUPS}
TYPES = (["text/csv"], ["text/csv"], [CPU], [CPU])
FOLDER = {"S3DataSource": {"S3Uri": f"{S3}/llm/", "S3DataType": "S3Prefix", "CompressionType": "None"}}


@cache
def session() -> Session:
    return Session(boto3.Session(region_name=REGION))


@cache
def pipelines() -> PipelineSession:
    return PipelineSession(boto3.Session(region_name=REGION), default_bucket=BUCKET)


def one(path: Any, *arguments: Any, **more: Any) -> Any:
    """Makes something of the SDK with a session."""
    made = sdk(path) if isinstance(path, str) else path
    return made(*arguments, **{"sagemaker_session": session(), **more})


# --- training and tuning ----------------------------------------------------------------------------------------------


def estimator(**more: Any) -> Any:
    return one(Estimator, IMAGE, **TRAIN, output_path=f"{S3}/models", **more)


def framework(path: str, framework_version: str = "", py_version: str = "", **more: Any) -> Any:
    """An estimator with code."""
    versions = {"framework_version": framework_version, "py_version": py_version}
    known = {name: value for name, value in versions.items() if value}
    return one(path, **{**TRAIN, "entry_point": "train.py", "source_dir": source(), **known, **more})


pytorch = partial(framework, "pytorch.PyTorch", "2.3", "py311")
tensorflow = partial(framework, "tensorflow.TensorFlow", "2.14", "py310")

FLOWS |= {
    "pytorch": lambda: pytorch().fit(DATA),
    "tensorflow": lambda: tensorflow(model_dir=f"{S3}/tf-model").fit(DATA),
    "tensorflow_parameter_server": lambda: tensorflow(distribution={"parameter_server": {"enabled": True}}).fit(DATA),
    "reinforcement_learning": lambda: framework("rl.RLEstimator", image_uri=IMAGE).fit(),
    "estimator": lambda: estimator(
        hyperparameters={"epochs": 3}, environment={"STAGE": "test"}, metric_definitions=METRICS, tags={"team": "churn"}
    ).fit(DATA),
    "estimator_with_everything_around_it": lambda: estimator(
        **NETWORK,
        output_kms_key=KEY,
        volume_kms_key=KEY,
        encrypt_inter_container_traffic=True,
        enable_network_isolation=True,
        use_spot_instances=True,
        max_wait=90000,
        checkpoint_s3_uri=f"{S3}/checkpoints",
    ).fit(DATA),
    "estimator_on_file_systems": lambda: one(Estimator, IMAGE, **TRAIN, **NETWORK).fit(
        {
            "efs": FileSystemInput("fs-0123456789abcdef0", "EFS", "/data"),
            "fsx": FileSystemInput("fs-0123456789abcdef1", "FSxLustre", "/fsx/data"),
        }
    ),
    "estimator_with_code_in_a_bucket": lambda: pytorch(
        source_dir=f"{S3}/code/sourcedir.tar.gz", code_location=f"{S3}/code"
    ).fit(DATA),
    "tuning_warm_start": lambda: tuner(
        warm_start_config=sdk("tuner.WarmStartConfig")(sdk("tuner.WarmStartTypes").TRANSFER_LEARNING, {"earlier"}),
        strategy="Random",
    ).fit(DATA),
    "tuning_several_algorithms": lambda: (
        sdk("tuner.HyperparameterTuner")
        .create(
            estimator_dict={name: pytorch() for name in "ab"},
            objective_metric_name_dict=dict.fromkeys("ab", "loss"),
            hyperparameter_ranges_dict={name: ranges() for name in "ab"},
            metric_definitions_dict=dict.fromkeys("ab", METRICS),
            max_jobs=4,
        )
        .fit(dict.fromkeys("ab", DATA), include_cls_metadata={}, wait=False)
    ),
}


@flow
def nearest_neighbors() -> None:
    trained = one("KNN", **TRAIN, k=3, sample_size=10, predictor_type="classifier")
    records = trained.record_set(np.random.rand(20, 4).astype("float32"), np.ones(20, "float32"))
    trained.fit(records, mini_batch_size=10)


def ranges() -> Any:
    return {"lr": sdk("tuner.ContinuousParameter")(0.001, 0.1)}


def tuner(more: Any = session, **members: Any) -> Any:
    trained = pytorch(sagemaker_session=more())
    return sdk("tuner.HyperparameterTuner")(trained, "loss", ranges(), METRICS, max_jobs=4, **members)


@flow
def estimator_with_debugger() -> None:
    debugger = sdk("debugger")
    rules = debugger.rule_configs
    framework(
        "pytorch.PyTorch",
        "1.12.0",
        "py38",
        debugger_hook_config=debugger.DebuggerHookConfig(
            f"{S3}/debug", collection_configs=[debugger.CollectionConfig("losses")]
        ),
        tensorboard_output_config=debugger.TensorBoardOutputConfig(f"{S3}/tensorboard"),
        profiler_config=debugger.ProfilerConfig(
            s3_output_path=f"{S3}/profile", framework_profile_params=debugger.FrameworkProfile()
        ),
        rules=[
            debugger.Rule.sagemaker(rules.loss_not_decreasing()),
            debugger.ProfilerRule.sagemaker(rules.ProfilerReport()),
        ],
    ).fit(DATA)


@flow
def algorithm_estimator() -> None:
    boto3.client("sagemaker", region_name=REGION).create_training_job(
        TrainingJobName="by-algorithm",
        RoleArn=ROLE,
        AlgorithmSpecification={
            "AlgorithmName": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:algorithm/churn",
            "TrainingInputMode": "File",
        },
        OutputDataConfig={"S3OutputPath": f"{S3}/models"},
        ResourceConfig={"InstanceType": CPU, "InstanceCount": 1, "VolumeSizeInGB": 30},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
    )


@flow
def remote_function() -> None:
    @one(
        "remote_function.remote",
        role=ROLE,
        instance_type=CPU,
        image_uri=IMAGE,
        s3_root_uri=f"{S3}/remote",
        s3_kms_key=KEY,
        dependencies=f"{source()}/requirements.txt",
    )
    def double(number: int) -> int:
        return number * 2

    with suppress(Exception):  # the answer is no result that could be read
        double(3)


@flow
def model_trainer() -> None:
    configs = sdk("modules.configs")
    one(
        "modules.train.ModelTrainer",
        training_image=IMAGE,
        role=ROLE,
        source_code=configs.SourceCode(source_dir=source(), entry_script="train.py", requirements="requirements.txt"),
        compute=configs.Compute(instance_type=CPU, instance_count=1),
        base_job_name="churn",
        sagemaker_session=sdk("modules.Session")(boto3.Session(region_name=REGION)),
    ).train([configs.InputData(channel_name="train", data_source=f"{S3}/train")], wait=False)


@flow
def lineage_and_experiments() -> None:
    with one("experiments.Run", "churn", run_name="one") as run:
        run.log_parameter("depth", 3)
        one(Estimator, IMAGE, **TRAIN).fit(DATA, wait=False)


@flow
def session_uploads() -> None:
    """What the session does by itself: the default bucket, and an upload."""
    session().upload_data(f"{source()}/data.csv", key_prefix="data")
    one(Estimator, IMAGE, sagemaker.get_execution_role(session()), 1, CPU).fit(session().upload_data(source()))


# --- processing, Clarify, and monitors --------------------------------------------------------------------------------


def watch(kind: str = "DefaultModelMonitor", *, new: Any = None, **members: Any) -> Any:
    """Schedules a monitor of an endpoint, or of what else is given."""
    monitor = one(f"model_monitor.{kind}", **TRAIN, **(new or {}))
    if not {"batch_transform_input"} & members.keys():
        members["endpoint_input"] = sdk("model_monitor.EndpointInput")("churn", "/opt/ml/processing/input")
    if "output" not in members:
        members["output_s3_uri"] = f"{S3}/monitor"
    monitor.create_monitoring_schedule(
        monitor_schedule_name="watch", schedule_cron_expression="cron(0 * ? * * *)", **members
    )
    return monitor


CONSTRAINTS = {"constraints": f"{S3}/baseline/constraints.json"}
FLOWS |= {
    "processor_with_everything_around_it": lambda: one(
        Processor,
        ROLE,
        IMAGE,
        1,
        CPU,
        volume_kms_key=KEY,
        output_kms_key=KEY,
        network_config=sdk("network.NetworkConfig")(**NETWORK, encrypt_inter_container_traffic=True),
        env={"STAGE": "test"},
    ).run(IN, OUT, arguments=["--in", f"{S3}/raw"], logs=False),
    "monitor_of_data_quality": lambda: watch(
        **CONSTRAINTS,
        statistics=f"{S3}/baseline/statistics.json",
        record_preprocessor_script=f"{S3}/code/pre.py",
    ).suggest_baseline(
        f"{S3}/baseline.csv",
        sdk("model_monitor.DatasetFormat").csv(),
        output_s3_uri=f"{S3}/baseline",
        logs=False,
    ),
    "monitor_of_model_quality": lambda: watch(
        "ModelQualityMonitor", **CONSTRAINTS, ground_truth_input=f"{S3}/truth", problem_type="Regression"
    ),
    "monitor_of_bias": lambda: watch(
        "ModelBiasMonitor",
        ground_truth_input=f"{S3}/truth",
        analysis_config=sdk("model_monitor.BiasAnalysisConfig")(
            clarify.BiasConfig([1], "a"), headers=["a", "churned"], label="churned"
        ),
    ),
    "monitor_of_explainability": lambda: watch(
        "ModelExplainabilityMonitor",
        analysis_config=sdk("model_monitor.ExplainabilityAnalysisConfig")(
            clarify.SHAPConfig([[1]], 5, "mean_abs"), clarify.ModelConfig("churn", 1, CPU), headers=["a"]
        ),
    ),
    "monitor_of_batch_transform": lambda: watch(
        batch_transform_input=sdk("model_monitor.BatchTransformInput")(
            f"{S3}/captured",
            "/opt/ml/processing/input",
            sdk("model_monitor.dataset_format.MonitoringDatasetFormat").csv(),
        )
    ),
    "monitor_of_your_own": lambda: watch(
        "ModelMonitor",
        new={"image_uri": IMAGE, "env": {}},
        output=sdk("model_monitor.MonitoringOutput")("/opt/ml/processing/output", f"{S3}/monitor"),
    ),
}


@flow
def processor_of_athena_and_redshift() -> None:
    inputs = sdk("dataset_definition.inputs")
    athena = inputs.AthenaDatasetDefinition(
        "AwsDataCatalog", "churn", "select 1", f"{S3}/athena", "primary", output_format="PARQUET"
    )
    reader = f"arn:aws:iam::{ACCOUNT}:role/Redshift"
    redshift = inputs.RedshiftDatasetDefinition(
        "cluster", "churn", "reader", "select 1", reader, f"{S3}/redshift", output_format="CSV"
    )
    one(Processor, ROLE, IMAGE, 1, CPU).run(
        [
            ProcessingInput(
                input_name=name,
                dataset_definition=inputs.DatasetDefinition(local_path=f"/opt/ml/processing/{name}", **definition),
            )
            for name, definition in (
                ("athena", {"athena_dataset_definition": athena}),
                ("redshift", {"redshift_dataset_definition": redshift}),
            )
        ],
        OUT,
        logs=False,
    )


@flow
def pyspark() -> None:
    folder = source()
    one(
        "spark.processing.PySparkProcessor",
        base_job_name="spark",
        framework_version="3.3",
        role=ROLE,
        instance_count=2,
        instance_type=CPU,
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


# --- models and endpoints ---------------------------------------------------------------------------------------------


def model(**more: Any) -> Any:
    return one(Model, IMAGE, MODEL, ROLE, **more)


def coded(path: str, **versions: str) -> Any:
    return one(path, MODEL, role=ROLE, entry_point="inference.py", source_dir=source(), **versions)


def register(**more: Any) -> Any:
    return model().register(*TYPES, model_package_group_name="churn", **more)


def transformer(name: Any = "churn", **more: Any) -> Any:
    return one("transformer.Transformer", name, 1, CPU, output_path=f"{S3}/transformed", **more)


def trained(made: Any) -> Any:
    made.fit(DATA)
    return made


FLOWS |= {
    "model_of_xgboost": lambda: coded("xgboost.XGBoostModel", framework_version="1.7-1").deploy(**SERVE),
    "model_of_tgi_in_a_bucket": lambda: one(
        "huggingface.HuggingFaceModel",
        ROLE,
        model_data=FOLDER,
        image_uri=sdk("huggingface.get_huggingface_llm_image_uri")("huggingface", region=REGION),
        env={"HF_MODEL_ID": "/opt/ml/model"},
    ).deploy(**LARGE),
    "model_of_djl": lambda: one(
        "djl_inference.DJLModel",
        f"{S3}/llm/",
        role=ROLE,
        djl_framework="djl-lmi",
        task="text-generation",
        djl_version="0.30.0",
    ).deploy(**LARGE),
    "model_in_a_vpc_with_keys": lambda: model(vpc_config=VPC, model_kms_key=KEY, enable_network_isolation=True).deploy(
        **SERVE,
        kms_key=KEY,
        data_capture_config=sdk("model_monitor.DataCaptureConfig")(
            True, destination_s3_uri=f"{S3}/captured", kms_key_id=KEY
        ),
    ),
    "model_async": lambda: model().deploy(
        **SERVE,
        async_inference_config=sdk("async_inference.AsyncInferenceConfig")(
            f"{S3}/async",
            notification_config=dict.fromkeys(("SuccessTopic", "ErrorTopic"), f"arn:aws:sns:{REGION}:{ACCOUNT}:done"),
            failure_path=f"{S3}/failed",
        ),
    ),
    "model_as_component": lambda: model(name="churn").deploy(
        **SERVE,
        endpoint_name="churn",
        inference_component_name="churn",
        endpoint_type=sdk("enums.EndpointType").INFERENCE_COMPONENT_BASED,
        resources=sdk("compute_resource_requirements.resource_requirements.ResourceRequirements")(
            requests={"copies": 1, "num_cpus": 1, "memory": 1024}
        ),
    ),
    "models_of_many": lambda: one(
        "multidatamodel.MultiDataModel", "many", f"{S3}/many/", image_uri=IMAGE, role=ROLE
    ).deploy(**SERVE),
    "models_in_a_row": lambda: one(
        "pipeline.PipelineModel",
        [one("sparkml.SparkMLModel", f"{S3}/models/spark.tar.gz", role=ROLE), model()],
        ROLE,
    ).deploy(**SERVE),
    "model_from_training": lambda: trained(estimator()).deploy(**SERVE).delete_endpoint(),
    "transform": lambda: (
        model(name="churn").create(),
        transformer(output_kms_key=KEY, volume_kms_key=KEY).transform(f"{S3}/batch", logs=False, wait=False),
    ),
    "compilation": lambda: coded("pytorch.PyTorchModel", framework_version="1.12", py_version="py38").compile(
        "ml_c5",
        {"input": [1, 3, 224, 224]},
        f"{S3}/compiled",
        ROLE,
        job_name="c",
        framework="pytorch",
        framework_version="1.12",
    ),
    "registration": lambda: register(
        model_metrics=sdk("model_metrics.ModelMetrics")(
            model_statistics=sdk("model_metrics.MetricsSource")("application/json", f"{S3}/metrics.json")
        ),
        sample_payload_url=f"{S3}/payload.tar.gz",
        domain="MACHINE_LEARNING",
        task="CLASSIFICATION",
    ),
    "recommendation": lambda: model().right_size(
        sample_payload_url=f"{S3}/payload.tar.gz",
        supported_content_types=["text/csv"],
        supported_instance_types=[CPU],
        job_name="size",
        framework="XGBOOST",
    ),
    "model_package": lambda: one(ModelPackage, ROLE, model_package_arn=register().model_package_arn).deploy(**SERVE),
}


@flow
def model_with_explainer() -> None:
    explainer = sdk("explainer")
    baseline = sdk("explainer.clarify_explainer_config.ClarifyShapBaselineConfig")(
        "text/csv", shap_baseline_uri=f"{S3}/baseline.csv"
    )
    shap = explainer.ClarifyExplainerConfig(explainer.ClarifyShapConfig(baseline))
    model().deploy(**SERVE, explainer_config=explainer.ExplainerConfig(shap))


# --- Autopilot and Feature Store --------------------------------------------------------------------------------------


@flow
def autopilot() -> None:
    made = one("AutoML", ROLE, "churned", output_path=f"{S3}/automl", output_kms_key=KEY, vpc_config=VPC)
    made.fit(f"{S3}/train.csv", wait=False, logs=False)


@flow
def autopilot_tables() -> None:
    module = sdk("automl.automlv2")
    config = module.AutoMLTabularConfig("churned", feature_specification_s3_uri=f"{S3}/features.json")
    made = one(module.AutoMLV2, config, role=ROLE, base_job_name="auto", output_path=f"{S3}/automl")
    data = module.AutoMLDataChannel("S3Prefix", f"{S3}/train/", content_type="text/csv;header=present")
    made.fit(data, wait=False, logs=False)


@flow
def feature_group() -> None:
    group = sdk("feature_store.feature_group.FeatureGroup")("churn", session())
    group.load_feature_definitions(pd.DataFrame({"id": [1], "time": [1.0], "name": pd.Series(["a"], dtype="string")}))
    keys = {"online_store_kms_key_id": KEY, "offline_store_kms_key_id": KEY}
    table = sdk("feature_store.inputs.TableFormatEnum").ICEBERG
    group.create(f"{S3}/features", "id", "time", ROLE, enable_online_store=True, table_format=table, **keys)


# --- pipelines --------------------------------------------------------------------------------------------------------


def pipeline(*steps: Any, parameters: Any = ()) -> None:
    made = sdk("workflow.pipeline.Pipeline")
    made("churn", list(parameters), steps=list(steps), sagemaker_session=pipelines()).upsert(ROLE)


def step(path: str, name: str, job: Any, **more: Any) -> Any:
    return sdk(f"workflow.{path}")(name, step_args=job, **more)


def worker(**run: Any) -> Any:
    made = ScriptProcessor(ROLE, IMAGE, ["python3"], 1, CPU, sagemaker_session=pipelines())
    return made.run(f"{source()}/process.py", **{"inputs": IN, "outputs": OUT, **run})


def check_job() -> Any:
    kind = sdk("workflow.check_job_config.CheckJobConfig")
    return kind(role=ROLE, instance_count=1, instance_type=CPU, sagemaker_session=pipelines())


def quality() -> Any:
    csv = sdk("model_monitor.DatasetFormat").csv()
    kind = sdk("workflow.quality_check_step.DataQualityCheckConfig")
    return kind(f"{S3}/baseline.csv", csv, output_s3_uri=f"{S3}/quality")


def emr(jar: dict[str, Any], *cluster: Any, **more: Any) -> None:
    config = sdk("workflow.emr_step.EMRStepConfig")(f"{S3}/code/app.jar", **jar)
    pipeline(sdk("workflow.emr_step.EMRStep")("Emr", "Emr", "runs on a cluster", *cluster, config, **more))


CLUSTER = {
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
FLOWS |= {
    "pipeline_of_tuning": lambda: pipeline(
        step("steps.TuningStep", "Tune", tuner(pipelines).fit({"train": f"{S3}/train"}))
    ),
    "pipeline_of_functions_and_queues": lambda: pipeline(
        sdk("workflow.lambda_step.LambdaStep")(
            "Notify",
            sdk("lambda_helper.Lambda")(function_arn=FUNCTION, session=pipelines()),
            inputs={"bucket": BUCKET},
        ),
        sdk("workflow.callback_step.CallbackStep")("Approve", QUEUE, {"who": "team"}, []),
    ),
    "pipeline_of_emr": lambda: emr({"args": [f"{S3}/raw"], "main_class": "com.example.App"}, "j-1ABCDEFGHIJKL"),
    "pipeline_of_emr_clusters": lambda: emr({"args": []}, None, cluster_config=CLUSTER),
    "pipeline_of_autopilot": lambda: pipeline(
        step(
            "automl_step.AutoMLStep",
            "Auto",
            one(
                "automl.automl.AutoML",
                ROLE,
                "churned",
                sagemaker_session=pipelines(),
                mode="ENSEMBLING",
                output_path=f"{S3}/automl",
            ).fit([sdk("automl.automl.AutoMLInput")(f"{S3}/train.csv", "churned", channel_type="training")]),
        )
    ),
    "pipeline_of_transform_and_monitor": lambda: pipeline(
        sdk("workflow.monitor_batch_transform_step.MonitorBatchTransformStep")(
            "Watch",
            transform_step_args=transformer(sagemaker_session=pipelines()).transform(f"{S3}/batch"),
            monitor_configuration=quality(),
            check_job_configuration=check_job(),
            supplied_baseline_statistics=f"{S3}/baseline/statistics.json",
            supplied_baseline_constraints=f"{S3}/baseline/constraints.json",
        )
    ),
}


@flow
def pipeline_from_data_to_registry() -> None:
    raw = sdk("workflow.parameters.ParameterString")("Raw", default_value=f"{S3}/raw")
    process = step("steps.ProcessingStep", "Process", worker())
    data = process.properties.ProcessingOutputConfig.Outputs["out"].S3Output.S3Uri
    job = pytorch(sagemaker_session=pipelines(), output_path=f"{S3}/models").fit({"train": TrainingInput(data)})
    train = step("steps.TrainingStep", "Train", job)
    artifact = train.properties.ModelArtifacts.S3ModelArtifacts
    report = sdk("workflow.properties.PropertyFile")("Report", "out", "report.json")
    inputs = [ProcessingInput(artifact, "/opt/model"), ProcessingInput(raw, "/opt/raw")]
    evaluate = step("steps.ProcessingStep", "Evaluate", worker(inputs=inputs), property_files=[report])
    made = Model(IMAGE, artifact, ROLE, sagemaker_session=pipelines())
    create = step("model_step.ModelStep", "Create", made.create(CPU))
    register = step("model_step.ModelStep", "Register", made.register(*TYPES, model_package_group_name="churn"))
    batch = transformer(create.properties.ModelName, sagemaker_session=pipelines()).transform(f"{S3}/batch")
    transform = step("steps.TransformStep", "Transform", batch)
    score = sdk("workflow.functions.JsonGet")(step_name="Evaluate", property_file=report, json_path="auc")
    condition = sdk("workflow.condition_step.ConditionStep")(
        "Good",
        conditions=[sdk("workflow.conditions.ConditionGreaterThan")(score, 0.8)],
        if_steps=[create, register, transform],
        else_steps=[sdk("workflow.fail_step.FailStep")("Bad", "too low")],
    )
    pipeline(process, train, evaluate, condition, parameters=[raw])


@flow
def pipeline_of_checks() -> None:
    data = clarify.DataConfig(f"{S3}/data.csv", f"{S3}/bias", label="churned", headers=["a", "churned"])
    checks = sdk("workflow.clarify_check_step")
    bias = checks.DataBiasCheckConfig(data, clarify.BiasConfig([1], "a"))
    steps = (sdk("workflow.quality_check_step.QualityCheckStep"), quality()), (checks.ClarifyCheckStep, bias)
    pipeline(
        *(
            kind(f"Step{number}", config, check_job(), register_new_baseline=True, model_package_group_name="churn")
            for number, (kind, config) in enumerate(steps)
        )
    )


@flow
def pipeline_of_notebooks() -> None:
    notebook = Path(source()) / "report.ipynb"
    notebook.write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    kind = sdk("workflow.notebook_job_step.NotebookJobStep")
    pipeline(kind(str(notebook), IMAGE, "python3", "Report", role=ROLE, s3_root_uri=f"{S3}/notebooks"))


@flow
def pipeline_of_decorated_steps() -> None:
    @sdk("workflow.function_step.step")(name="double", role=ROLE, instance_type=CPU, image_uri=IMAGE)
    def double(number: int) -> int:
        return number * 2

    pipeline(double(2))

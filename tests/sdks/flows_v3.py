"""Flows of the SageMaker Python SDK v3, as its documentation shows them."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from flow import (
    ACCOUNT,
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
from sagemaker.core import clarify, resources, shapes
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.training.configs import (
    CheckpointConfig,
    Compute,
    InputData,
    Networking,
    OutputDataConfig,
    SourceCode,
)
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.serve import ModelBuilder
from sagemaker.train import ModelTrainer


@cache
def session() -> Session:
    return Session(boto3.Session(region_name=REGION))


@cache
def pipelines() -> PipelineSession:
    return PipelineSession(boto3.Session(region_name=REGION))


def trainer(**more: Any) -> ModelTrainer:
    arguments: dict[str, Any] = {
        "training_image": IMAGE,
        "role": ROLE,
        "compute": Compute(instance_type=CPU, instance_count=1),
        "base_job_name": "churn",
        "sagemaker_session": session(),
    }
    return ModelTrainer(**{**arguments, **more})


def code() -> SourceCode:
    return SourceCode(source_dir=source(), entry_script="train.py", requirements="requirements.txt")


DATA = [InputData(channel_name="train", data_source=f"{S3}/train")]


WORK: dict[str, Any] = {"role": ROLE, "instance_count": 1, "instance_type": CPU}


def builder(on: Any = session, deploy: Any = None, **more: Any) -> Any:
    """Builds a model; deploys it if its endpoint is given."""
    made = ModelBuilder(
        image_uri=IMAGE, s3_model_data_url=MODEL, role_arn=ROLE, sagemaker_session=on(), instance_type=CPU, **more
    )
    step = made.build(model_name="churn")
    if deploy:
        made.deploy(endpoint_name="churn", wait=False, **deploy)
    return step


FLOWS |= {
    "trainer_with_code": lambda: trainer(
        source_code=code(), hyperparameters={"epochs": 3}, environment={"STAGE": "test"}
    ).train(DATA, wait=False),
    "trainer_with_everything_around_it": lambda: trainer(
        source_code=code(),
        compute=Compute(instance_type=CPU, instance_count=1, volume_kms_key_id=KEY, enable_managed_spot_training=True),
        networking=Networking(subnets=SUBNETS, security_group_ids=GROUPS),
        output_data_config=OutputDataConfig(s3_output_path=f"{S3}/models", kms_key_id=KEY),
        checkpoint_config=CheckpointConfig(s3_uri=f"{S3}/checkpoints"),
    ).train(DATA, wait=False),
    "tuner": lambda: sdk("train.tuner.HyperparameterTuner")(
        trainer(source_code=code()),
        "loss",
        {"lr": sdk("core.parameter.ContinuousParameter")(0.001, 0.1)},
        METRICS,
        max_jobs=2,
    ).tune(DATA, wait=False),
    "pyspark": lambda: sdk("core.spark.processing.PySparkProcessor")(
        **WORK, framework_version="3.3", sagemaker_session=session()
    ).run(
        f"{source()}/process.py",
        submit_jars=[f"{source()}/job.jar"],
        arguments=["--mode", "daily"],
        spark_event_logs_s3_uri=f"{S3}/spark-logs",
        wait=False,
        logs=False,
    ),
    "clarify_bias": lambda: clarify.SageMakerClarifyProcessor(
        ROLE, 1, CPU, sagemaker_session=session()
    ).run_pre_training_bias(
        clarify.DataConfig(
            f"{S3}/data.csv", f"{S3}/clarify", label="churned", headers=["a", "churned"], dataset_type="text/csv"
        ),
        clarify.BiasConfig([1], "a"),
        wait=False,
        logs=False,
    ),
    "monitor": lambda: sdk("core.model_monitor.DefaultModelMonitor")(
        **WORK, sagemaker_session=session()
    ).create_monitoring_schedule(
        endpoint_input=sdk("core.model_monitor.EndpointInput")("churn", "/opt/ml/processing/input"),
        output_s3_uri=f"{S3}/monitor",
        monitor_schedule_name="data",
        schedule_cron_expression="cron(0 * ? * * *)",
    ),
    "builder_in_a_vpc": lambda: builder(network=Networking(subnets=SUBNETS, security_group_ids=GROUPS)),
    "builder_serverless": lambda: builder(
        deploy={"inference_config": sdk("core.inference_config.ServerlessInferenceConfig")()}
    ),
}


# --- resources of the core --------------------------------------------------------------------------------------------


def core(kind: Any, **members: Any) -> Any:
    return kind.create(**members, session=boto3.Session(region_name=REGION), region=REGION)


def stopping() -> Any:
    return shapes.StoppingCondition(max_runtime_in_seconds=3600)


@flow
def core_model_and_endpoint() -> None:
    where = shapes.ModelDataSource(
        s3_data_source=shapes.S3ModelDataSource(s3_uri=f"{S3}/model/", s3_data_type="S3Prefix", compression_type="None")
    )
    core(
        resources.Model,
        model_name="churn",
        execution_role_arn=ROLE,
        primary_container=shapes.ContainerDefinition(image=IMAGE, model_data_source=where),
    )
    variant = shapes.ProductionVariant(
        variant_name="all", model_name="churn", instance_type=CPU, initial_instance_count=1
    )
    core(
        resources.EndpointConfig,
        endpoint_config_name="churn",
        production_variants=[variant],
        kms_key_id=KEY,
        async_inference_config=shapes.AsyncInferenceConfig(
            output_config=shapes.AsyncInferenceOutputConfig(s3_output_path=f"{S3}/async")
        ),
    )
    core(resources.Endpoint, endpoint_name="churn", endpoint_config_name="churn").wait_for_status("InService")


@flow
def core_transform_job() -> None:
    model = shapes.ContainerDefinition(image=IMAGE, model_data_url=MODEL)
    core(resources.Model, model_name="churn", execution_role_arn=ROLE, primary_container=model)
    source_data = shapes.TransformDataSource(
        s3_data_source=shapes.TransformS3DataSource(s3_data_type="S3Prefix", s3_uri=f"{S3}/batch")
    )
    core(
        resources.TransformJob,
        transform_job_name="batch",
        model_name="churn",
        transform_input=shapes.TransformInput(data_source=source_data),
        transform_output=shapes.TransformOutput(s3_output_path=f"{S3}/transformed", kms_key_id=KEY),
        transform_resources=shapes.TransformResources(instance_type=CPU, instance_count=1),
    )


@flow
def core_compilation_job() -> None:
    core(
        resources.CompilationJob,
        compilation_job_name="compile",
        role_arn=ROLE,
        input_config=shapes.InputConfig(s3_uri=MODEL, data_input_config="{}", framework="PYTORCH"),
        output_config=shapes.OutputConfig(s3_output_location=f"{S3}/compiled", target_device="ml_c5"),
        stopping_condition=stopping(),
    )


@flow
def core_automl_job() -> None:
    where = shapes.AutoMLDataSource(
        s3_data_source=shapes.AutoMLS3DataSource(s3_data_type="S3Prefix", s3_uri=f"{S3}/train/")
    )
    core(
        resources.AutoMLJobV2,
        auto_ml_job_name="auto",
        role_arn=ROLE,
        auto_ml_job_input_data_config=[shapes.AutoMLJobChannel(channel_type="training", data_source=where)],
        output_data_config=shapes.AutoMLOutputDataConfig(s3_output_path=f"{S3}/automl"),
        auto_ml_problem_type_config=shapes.AutoMLProblemTypeConfig(
            tabular_job_config=shapes.TabularJobConfig(target_attribute_name="churned")
        ),
    )


@flow
def core_recommendations_job() -> None:
    package = f"arn:aws:sagemaker:{REGION}:111122223333:model-package/churn/1"
    core(
        resources.InferenceRecommendationsJob,
        job_name="size",
        job_type="Default",
        role_arn=ROLE,
        input_config=shapes.RecommendationJobInputConfig(model_package_version_arn=package),
    )


@flow
def feature_group() -> None:
    names = (("id", "Integral"), ("time", "Fractional"))
    core(
        resources.FeatureGroup,
        feature_group_name="churn",
        record_identifier_feature_name="id",
        event_time_feature_name="time",
        feature_definitions=[shapes.FeatureDefinition(feature_name=name, feature_type=kind) for name, kind in names],
        role_arn=ROLE,
        online_store_config=shapes.OnlineStoreConfig(enable_online_store=True),
        offline_store_config=shapes.OfflineStoreConfig(
            s3_storage_config=shapes.S3StorageConfig(s3_uri=f"{S3}/features", kms_key_id=KEY)
        ),
    )


# --- pipelines --------------------------------------------------------------------------------------------------------


def upsert(*steps: Any) -> None:
    made = sdk("mlops.workflow.pipeline.Pipeline")
    made("churn", steps=list(steps), sagemaker_session=pipelines()).upsert(ROLE)


def step(path: str, name: str, job: Any) -> Any:
    return sdk(f"mlops.workflow.{path}")(name, step_args=job)


def training(name: str) -> Any:
    return step("steps.TrainingStep", name, trainer(source_code=code(), sagemaker_session=pipelines()).train(DATA))


def processing() -> Any:
    where = {"s3_data_type": "S3Prefix", "s3_input_mode": "File", "local_path": "/opt/ml/processing/raw"}
    raw = shapes.ProcessingInput(input_name="raw", s3_input=shapes.ProcessingS3Input(s3_uri=f"{S3}/raw", **where))
    to = shapes.ProcessingS3Output(
        s3_uri=f"{S3}/processed", local_path="/opt/ml/processing/output", s3_upload_mode="EndOfJob"
    )
    out = shapes.ProcessingOutput(output_name="out", s3_output=to)
    made = ScriptProcessor(**WORK, image_uri=IMAGE, command=["python3"], sagemaker_session=pipelines())
    return made.run(f"{source()}/process.py", inputs=[raw], outputs=[out])


FLOWS |= {
    "pipeline_of_a_model": lambda: upsert(step("model_step.ModelStep", "Create", builder(pipelines))),
    "pipeline_of_jobs": lambda: upsert(
        step("steps.ProcessingStep", "Process", processing()),
        sdk("mlops.workflow.condition_step.ConditionStep")(
            "Good",
            conditions=[sdk("core.workflow.conditions.ConditionGreaterThan")(1, 0)],
            if_steps=[training("Train")],
            else_steps=[sdk("mlops.workflow.fail_step.FailStep")("Bad", "too low")],
        ),
    ),
    "pipeline_of_functions_and_queues": lambda: upsert(
        sdk("mlops.workflow.lambda_step.LambdaStep")(
            "Notify", sdk("core.lambda_helper.Lambda")(function_arn=FUNCTION, session=pipelines()), inputs={}
        ),
        sdk("mlops.workflow.callback_step.CallbackStep")("Approve", QUEUE, {"who": "team"}, []),
    ),
    "pipeline_of_emr_serverless": lambda: upsert(
        sdk("mlops.workflow.emr_serverless_step.EMRServerlessStep")(
            "Emr",
            "Emr",
            "runs",
            sdk("mlops.workflow.emr_serverless_step.EMRServerlessJobConfig")(
                job_driver={"sparkSubmit": {"entryPoint": f"{S3}/code/app.py"}},
                execution_role_arn=f"arn:aws:iam::{ACCOUNT}:role/EmrServerless",
            ),
            application_id="00f1r2o3t4e5s6t7",
        )
    ),
}


@flow
def pipeline_of_an_endpoint() -> None:
    one = pipelines()
    variants = [{"VariantName": "all", "ModelName": "churn", "InstanceType": CPU, "InitialInstanceCount": 1}]
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"{S3}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    made = one.create_endpoint_config("churn", variants, data_capture_config_dict=capture)
    config = step("endpoint_step.EndpointConfigStep", "Config", made)
    endpoint = one.create_endpoint("churn", config.properties.EndpointConfigName)
    needs = {"ModelName": "churn", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024}}
    component = one.create_inference_component("churn-1", "churn", "all", needs)
    upsert(
        config,
        step("endpoint_step.EndpointStep", "Endpoint", endpoint),
        step("inference_component_step.InferenceComponentStep", "Component", component),
    )


@flow
def pipeline_of_lineage() -> None:
    lineage, one = sdk("mlops.workflow.lineage_step"), pipelines()
    uri = {"source_uri": f"{S3}/run", "sagemaker_session": one}
    run = sdk("core.lineage.action.Action").create(
        action_name="run", source_type="S3ETag", action_type="ModelTraining", **uri
    )
    model = sdk("core.lineage.artifact.Artifact").create(artifact_name="model", artifact_type="Model", **uri)
    produced = lineage.LineageAssociation(
        source=lineage.LineageEntityReference(name="run", type="Action"),
        destination=lineage.LineageEntityReference(name="model", type="Artifact"),
        association_type="Produced",
    )
    upsert(lineage.LineageStep("Record", actions=[run], artifacts=[model], associations=[produced]))


@flow
def pipeline_of_a_loop_and_a_cleanup() -> None:
    cleanup, train = sdk("mlops.workflow.cleanup_step"), training("Train")
    loop = sdk("mlops.workflow.for_each_step.ForEachStep")(
        "Each", iterable_items=["a", "b"], max_concurrency=2, for_each_body=[training("Again")]
    )
    upsert(train, loop, cleanup.CleanupStep("Tidy", s3_sources=[cleanup.S3CleanupSource(train)]))


@flow
def pipeline_of_a_customization_job() -> None:
    from sagemaker.core.workflow.pipeline_capture import capture_create_job_request
    from sagemaker.core.workflow.pipeline_context import runnable_by_pipeline

    class Producer:
        """Sends what the trainers of the SDK send, which look the model up in a hub first."""

        _pipeline_caller_name = "create_job"
        sagemaker_session = pipelines()

        @runnable_by_pipeline
        def train(self) -> None:
            config = {"OutputDataConfig": {"S3OutputPath": f"{S3}/rollouts", "KmsKeyArn": KEY}}
            capture_create_job_request(
                self.sagemaker_session,
                job_name="rollout",
                role_arn=ROLE,
                job_category="AgentRFT",
                schema_version="1.0.0",
                job_config=config,
            )

    upsert(step("steps.JobStep", "Customize", Producer().train()))

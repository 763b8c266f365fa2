"""Flows of the SageMaker Python SDK v3, as its documentation shows them."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from flow import CPU, GROUPS, IMAGE, KEY, MODEL, REGION, ROLE, S3, SUBNETS, flow, source
from sagemaker.core import clarify, resources, shapes
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.processing import FrameworkProcessor, Processor, ScriptProcessor
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


@flow
def trainer_of_an_image() -> None:
    trainer().train(DATA, wait=False)


@flow
def trainer_with_code() -> None:
    trainer(source_code=code(), hyperparameters={"epochs": 3}, environment={"STAGE": "test"}).train(DATA, wait=False)


@flow
def trainer_with_torchrun() -> None:
    from sagemaker.train.distributed import Torchrun

    image = "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2.3.0-gpu-py311"
    compute = Compute(instance_type="ml.g5.12xlarge", instance_count=2)
    trainer(training_image=image, source_code=code(), distributed=Torchrun(), compute=compute).train(DATA, wait=False)


@flow
def trainer_with_everything_around_it() -> None:
    trainer(
        source_code=code(),
        compute=Compute(instance_type=CPU, instance_count=1, volume_kms_key_id=KEY, enable_managed_spot_training=True),
        networking=Networking(subnets=SUBNETS, security_group_ids=GROUPS),
        output_data_config=OutputDataConfig(s3_output_path=f"{S3}/models", kms_key_id=KEY),
        checkpoint_config=CheckpointConfig(s3_uri=f"{S3}/checkpoints"),
    ).train(DATA, wait=False)


@flow
def trainer_with_local_data() -> None:
    trainer(source_code=code()).train([InputData(channel_name="train", data_source=source())], wait=False)


@flow
def tuner() -> None:
    from sagemaker.core.parameter import ContinuousParameter
    from sagemaker.train.tuner import HyperparameterTuner

    metrics = [{"Name": "loss", "Regex": "loss=(.*)"}]
    HyperparameterTuner(
        trainer(source_code=code()), "loss", {"lr": ContinuousParameter(0.001, 0.1)}, metrics, max_jobs=2
    ).tune(DATA, wait=False)


def put(name: str, where: str) -> shapes.ProcessingInput:
    one = shapes.ProcessingS3Input(
        s3_uri=where, local_path=f"/opt/ml/processing/{name}", s3_data_type="S3Prefix", s3_input_mode="File"
    )
    return shapes.ProcessingInput(input_name=name, s3_input=one)


def out() -> shapes.ProcessingOutput:
    one = shapes.ProcessingS3Output(
        s3_uri=f"{S3}/processed", local_path="/opt/ml/processing/output", s3_upload_mode="EndOfJob"
    )
    return shapes.ProcessingOutput(output_name="out", s3_output=one)


@flow
def processor() -> None:
    Processor(ROLE, IMAGE, 1, CPU, sagemaker_session=session()).run(
        [put("raw", f"{S3}/raw")], [out()], wait=False, logs=False
    )


@flow
def script_processor() -> None:
    ScriptProcessor(
        role=ROLE,
        image_uri=IMAGE,
        command=["python3"],
        instance_count=1,
        instance_type=CPU,
        sagemaker_session=session(),
    ).run(f"{source()}/process.py", inputs=[put("raw", f"{S3}/raw")], outputs=[out()], wait=False)


@flow
def framework_processor() -> None:
    FrameworkProcessor(
        image_uri=IMAGE, role=ROLE, instance_count=1, instance_type=CPU, sagemaker_session=session()
    ).run("process.py", source_dir=source(), inputs=[put("raw", f"{S3}/raw")], outputs=[out()], wait=False)


@flow
def pyspark() -> None:
    from sagemaker.core.spark.processing import PySparkProcessor

    folder = source()
    PySparkProcessor(
        framework_version="3.3", role=ROLE, instance_count=2, instance_type=CPU, sagemaker_session=session()
    ).run(
        f"{folder}/process.py",
        submit_jars=[f"{folder}/job.jar"],
        arguments=["--mode", "daily"],
        spark_event_logs_s3_uri=f"{S3}/spark-logs",
        wait=False,
        logs=False,
    )


@flow
def clarify_bias() -> None:
    data = clarify.DataConfig(
        f"{S3}/data.csv", f"{S3}/clarify", label="churned", headers=["a", "churned"], dataset_type="text/csv"
    )
    clarify.SageMakerClarifyProcessor(ROLE, 1, CPU, sagemaker_session=session()).run_pre_training_bias(
        data, clarify.BiasConfig([1], "a"), wait=False, logs=False
    )


@flow
def monitor() -> None:
    from sagemaker.core.model_monitor import CronExpressionGenerator, DefaultModelMonitor, EndpointInput

    DefaultModelMonitor(
        role=ROLE, instance_count=1, instance_type=CPU, sagemaker_session=session()
    ).create_monitoring_schedule(
        endpoint_input=EndpointInput("churn", "/opt/ml/processing/input"),
        output_s3_uri=f"{S3}/monitor",
        monitor_schedule_name="data",
        schedule_cron_expression=CronExpressionGenerator.hourly(),
    )


def builder(**more: Any) -> ModelBuilder:
    arguments: dict[str, Any] = {
        "image_uri": IMAGE,
        "s3_model_data_url": MODEL,
        "role_arn": ROLE,
        "sagemaker_session": session(),
        "instance_type": CPU,
    }
    return ModelBuilder(**{**arguments, **more})


@flow
def builder_of_an_image() -> None:
    one = builder()
    one.build(model_name="churn")
    one.deploy(endpoint_name="churn", instance_type=CPU, initial_instance_count=1, wait=False)


@flow
def builder_in_a_vpc() -> None:
    one = builder(network=Networking(subnets=SUBNETS, security_group_ids=GROUPS))
    one.build(model_name="churn")


@flow
def builder_serverless() -> None:
    from sagemaker.core.inference_config import ServerlessInferenceConfig

    one = builder()
    one.build(model_name="churn")
    one.deploy(endpoint_name="churn", inference_config=ServerlessInferenceConfig(), wait=False)


# --- resources of the core --------------------------------------------------------------------------------------------


def core(kind: Any, **members: Any) -> Any:
    return kind.create(**members, session=boto3.Session(region_name=REGION), region=REGION)


def resource_config() -> Any:
    return shapes.ResourceConfig(instance_type=CPU, instance_count=1, volume_size_in_gb=30)


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


def upsert(name: str, *steps: Any) -> None:
    from sagemaker.mlops.workflow.pipeline import Pipeline

    Pipeline(name, steps=list(steps), sagemaker_session=pipelines()).upsert(ROLE)


@flow
def pipeline_of_jobs() -> None:
    from sagemaker.core.workflow.conditions import ConditionGreaterThan
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep

    worker = ScriptProcessor(
        role=ROLE,
        image_uri=IMAGE,
        command=["python3"],
        instance_count=1,
        instance_type=CPU,
        sagemaker_session=pipelines(),
    )
    process = ProcessingStep(
        "Process",
        step_args=worker.run(f"{source()}/process.py", inputs=[put("raw", f"{S3}/raw")], outputs=[out()]),
    )
    one = trainer(source_code=code(), sagemaker_session=pipelines())
    train = TrainingStep("Train", step_args=one.train(DATA))
    condition = ConditionStep(
        "Good", conditions=[ConditionGreaterThan(1, 0)], if_steps=[train], else_steps=[FailStep("Bad", "too low")]
    )
    upsert("churn", process, condition)


@flow
def pipeline_of_a_model() -> None:
    from sagemaker.mlops.workflow.model_step import ModelStep

    one = builder(sagemaker_session=pipelines())
    upsert("model", ModelStep("Create", step_args=one.build(model_name="churn")))


@flow
def pipeline_of_functions_and_queues() -> None:
    from sagemaker.core.lambda_helper import Lambda
    from sagemaker.mlops.workflow.callback_step import CallbackStep
    from sagemaker.mlops.workflow.lambda_step import LambdaStep

    function = Lambda(function_arn=f"arn:aws:lambda:{REGION}:111122223333:function:notify", session=pipelines())
    queue = f"https://sqs.{REGION}.amazonaws.com/111122223333/approve"
    upsert("call", LambdaStep("Notify", function, inputs={}), CallbackStep("Approve", queue, {"who": "team"}, []))


@flow
def pipeline_of_emr_serverless() -> None:
    from sagemaker.mlops.workflow.emr_serverless_step import EMRServerlessJobConfig, EMRServerlessStep

    role = "arn:aws:iam::111122223333:role/EmrServerless"
    driver = {"sparkSubmit": {"entryPoint": f"{S3}/code/app.py"}}
    config = EMRServerlessJobConfig(job_driver=driver, execution_role_arn=role)
    upsert("emr", EMRServerlessStep("Emr", "Emr", "runs", config, application_id="00f1r2o3t4e5s6t7"))


@flow
def pipeline_of_an_endpoint() -> None:
    from sagemaker.mlops.workflow.endpoint_step import EndpointConfigStep, EndpointStep
    from sagemaker.mlops.workflow.inference_component_step import InferenceComponentStep

    one = pipelines()
    variants = [{"VariantName": "all", "ModelName": "churn", "InstanceType": CPU, "InitialInstanceCount": 1}]
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"{S3}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    config = EndpointConfigStep(
        "Config", step_args=one.create_endpoint_config("churn", variants, data_capture_config_dict=capture)
    )
    endpoint = EndpointStep("Endpoint", step_args=one.create_endpoint("churn", config.properties.EndpointConfigName))
    specification = {"ModelName": "churn", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024}}
    component = InferenceComponentStep(
        "Component", step_args=one.create_inference_component("churn-1", "churn", "all", specification)
    )
    upsert("deploy", config, endpoint, component)


@flow
def pipeline_of_lineage() -> None:
    from sagemaker.core.lineage.action import Action
    from sagemaker.core.lineage.artifact import Artifact
    from sagemaker.mlops.workflow.lineage_step import LineageAssociation, LineageEntityReference, LineageStep

    one = pipelines()
    run = Action.create(
        action_name="run",
        source_uri=f"{S3}/run",
        source_type="S3ETag",
        action_type="ModelTraining",
        sagemaker_session=one,
    )
    model = Artifact.create(artifact_name="model", source_uri=MODEL, artifact_type="Model", sagemaker_session=one)
    produced = LineageAssociation(
        source=LineageEntityReference(name="run", type="Action"),
        destination=LineageEntityReference(name="model", type="Artifact"),
        association_type="Produced",
    )
    upsert("lineage", LineageStep("Record", actions=[run], artifacts=[model], associations=[produced]))


@flow
def pipeline_of_a_loop_and_a_cleanup() -> None:
    from sagemaker.mlops.workflow.cleanup_step import CleanupStep, S3CleanupSource
    from sagemaker.mlops.workflow.for_each_step import ForEachStep
    from sagemaker.mlops.workflow.steps import TrainingStep

    one = trainer(source_code=code(), sagemaker_session=pipelines())
    train = TrainingStep("Train", step_args=one.train(DATA))
    other = trainer(source_code=code(), sagemaker_session=pipelines())
    again = TrainingStep("Again", step_args=other.train(DATA))
    loop = ForEachStep("Each", iterable_items=["a", "b"], max_concurrency=2, for_each_body=[again])
    upsert("loop", train, loop, CleanupStep("Tidy", s3_sources=[S3CleanupSource(train)]))


@flow
def pipeline_of_a_customization_job() -> None:
    from sagemaker.core.workflow.pipeline_capture import capture_create_job_request
    from sagemaker.core.workflow.pipeline_context import runnable_by_pipeline
    from sagemaker.mlops.workflow.steps import JobStep

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

    upsert("customize", JobStep("Customize", step_args=Producer().train()))

#   iam:PassRole arn:aws:iam::111122223333:role/Monitoring
#   s3:AbortMultipartUpload arn:aws:s3:::shelf/model-monitor/baselining/quality-baseline/input/baseline_dataset_input/validation.csv
#   s3:GetObject arn:aws:s3:::baselines/quality/constraints.json
#   s3:PutObject arn:aws:s3:::shelf/model-monitor/baselining/quality-baseline/input/baseline_dataset_input/validation.csv
#   sagemaker:CreateModelQualityJobDefinition arn:aws:sagemaker:us-west-2:111122223333:model-quality-job-definition/quality-*
#   sagemaker:CreateMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/quality-hourly
#   sagemaker:CreateProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/quality-baseline
#   sagemaker:DeleteModelQualityJobDefinition arn:aws:sagemaker:us-west-2:111122223333:model-quality-job-definition/quality-*
#   sagemaker:DeleteMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/quality-hourly
#   sagemaker:DescribeModelQualityJobDefinition arn:aws:sagemaker:us-west-2:111122223333:model-quality-job-definition/quality-*
#   sagemaker:DescribeMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/quality-hourly
#   sagemaker:DescribeProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/quality-baseline
#   sagemaker:UpdateMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/quality-hourly
import sagemaker
from sagemaker.model_monitor import EndpointInput, ModelQualityMonitor
from sagemaker.model_monitor.dataset_format import DatasetFormat

monitor = ModelQualityMonitor(
    role="arn:aws:iam::111122223333:role/Monitoring",
    instance_count=1,
    instance_type="ml.m5.xlarge",
    base_job_name="quality",
    sagemaker_session=sagemaker.Session(default_bucket="shelf"),
)
job = monitor.suggest_baseline(
    job_name="quality-baseline",
    baseline_dataset="validation.csv",
    dataset_format=DatasetFormat.csv(header=True),
    output_s3_uri="s3://baselines/quality",
    problem_type="BinaryClassification",
    inference_attribute="prediction",
    probability_attribute="probability",
    ground_truth_attribute="label",
)
job.wait(logs=False)
monitor.create_monitoring_schedule(
    monitor_schedule_name="quality-hourly",
    endpoint_input=EndpointInput(endpoint_name="churn", probability_attribute="0", destination="/opt/ml/processing/input_data"),
    output_s3_uri="s3://results/quality",
    problem_type="BinaryClassification",
    ground_truth_input="s3://truth/labels",
    constraints=monitor.suggested_constraints(),
    schedule_cron_expression="cron(0 * ? * * *)",
    enable_cloudwatch_metrics=True,
)
monitor.update_monitoring_schedule(instance_count=2)
monitor.delete_monitoring_schedule()

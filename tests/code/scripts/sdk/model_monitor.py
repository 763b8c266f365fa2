#   iam:PassRole arn:aws:iam::111122223333:role/Monitoring
#   s3:AbortMultipartUpload arn:aws:s3:::checked/constraints.json
#   s3:AbortMultipartUpload arn:aws:s3:::shelf/baseline/data/baseline.csv
#   s3:GetObject arn:aws:s3:::baselines/own/constraints.json
#   s3:GetObject arn:aws:s3:::checked/constraints.json
#   s3:GetObject arn:aws:s3:::checked/later.json
#   s3:PutObject arn:aws:s3:::checked/constraints.json
#   s3:PutObject arn:aws:s3:::shelf/baseline/data/baseline.csv
#   sagemaker:CreateMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/hourly
#   sagemaker:CreateProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/baseline
#   sagemaker:DeleteMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/hourly
#   sagemaker:DescribeMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/hourly
#   sagemaker:DescribeProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/baseline
#   sagemaker:StopMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/hourly
#   sagemaker:UpdateMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/hourly
from sagemaker import Session
from sagemaker.model_monitor import BatchTransformInput, Constraints, EndpointInput, ModelMonitor, MonitoringDatasetFormat, MonitoringOutput
from sagemaker.processing import ProcessingInput, ProcessingOutput

role = "arn:aws:iam::111122223333:role/Monitoring"
session = Session(default_bucket="shelf")
monitor = ModelMonitor(role=role, image_uri="111122223333.dkr.ecr.us-west-2.amazonaws.com/own:1", base_job_name="own", sagemaker_session=session)
data = ProcessingInput(source="baseline.csv", destination="/opt/ml/processing/input", input_name="data")
monitor.run_baseline([data], ProcessingOutput("/opt/ml/processing/output", "s3://baselines/own"), wait=False, job_name="baseline")
monitor.latest_baselining_job.wait(logs=False)
monitor.suggested_constraints().save("s3://checked/constraints.json")
monitor.create_monitoring_schedule(
    endpoint_input=EndpointInput("churn", "/opt/ml/processing/input"),
    output=MonitoringOutput("/opt/ml/processing/output", "s3://results/own"),
    constraints="s3://checked/constraints.json",
    monitor_schedule_name="hourly",
    schedule_cron_expression="cron(0 * ? * * *)",
)
monitor.stop_monitoring_schedule()
monitor.update_monitoring_schedule(
    batch_transform_input=BatchTransformInput("s3://captured/batch", "/opt/ml/processing/input", MonitoringDatasetFormat.csv()),
    constraints=Constraints.from_s3_uri("s3://checked/later.json"),
)
monitor.delete_monitoring_schedule()

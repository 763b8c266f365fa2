#   iam:PassRole arn:aws:iam::111122223333:role/Later
#   iam:PassRole arn:aws:iam::111122223333:role/Monitoring
#   s3:AbortMultipartUpload arn:aws:s3:::shelf/model-monitor/baselining/baseline/input/baseline_dataset_input/baseline.csv
#   s3:AbortMultipartUpload arn:aws:s3:::shelf/model-monitor/monitoring/hourly/input/*/post.py
#   s3:GetObject arn:aws:s3:::checked/constraints.json
#   s3:GetObject arn:aws:s3:::shelf/model-monitor/baselining/baseline/results/statistics.json
#   s3:PutObject arn:aws:s3:::shelf/model-monitor/baselining/baseline/input/baseline_dataset_input/baseline.csv
#   s3:PutObject arn:aws:s3:::shelf/model-monitor/monitoring/hourly/input/*/post.py
#   sagemaker:CreateDataQualityJobDefinition arn:aws:sagemaker:us-west-2:111122223333:data-quality-job-definition/data-quality-job-definition-*
#   sagemaker:CreateMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/hourly
#   sagemaker:CreateProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/baseline
#   sagemaker:DeleteDataQualityJobDefinition arn:aws:sagemaker:us-west-2:111122223333:data-quality-job-definition/data-quality-job-definition-*
#   sagemaker:DeleteMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/hourly
#   sagemaker:DescribeDataQualityJobDefinition arn:aws:sagemaker:us-west-2:111122223333:data-quality-job-definition/*
#   sagemaker:DescribeDataQualityJobDefinition arn:aws:sagemaker:us-west-2:111122223333:data-quality-job-definition/data-quality-job-definition-*
#   sagemaker:DescribeMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/hourly
#   sagemaker:DescribeMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/nightly
#   sagemaker:DescribeProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/baseline
#   sagemaker:ListTags {}
#   sagemaker:StartMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/nightly
#   sagemaker:UpdateMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/hourly
from sagemaker import Session
from sagemaker.model_monitor import CronExpressionGenerator, DefaultModelMonitor
from sagemaker.model_monitor.dataset_format import DatasetFormat

session = Session(default_bucket="shelf")
monitor = DefaultModelMonitor(role="arn:aws:iam::111122223333:role/Monitoring", instance_type="ml.m5.large", sagemaker_session=session)
job = monitor.suggest_baseline("data/baseline.csv", DatasetFormat.csv(header=True), record_preprocessor_script="s3://scripts/pre.py", job_name="baseline", logs=False)
print(job.describe()["ProcessingJobStatus"], monitor.baseline_statistics().body_dict)
monitor.create_monitoring_schedule(
    monitor_schedule_name="hourly",
    endpoint_input="churn",
    post_analytics_processor_script="post.py",
    statistics=monitor.baseline_statistics(),
    constraints="s3://checked/constraints.json",
    schedule_cron_expression=CronExpressionGenerator.hourly(),
)
monitor.update_monitoring_schedule(schedule_cron_expression=CronExpressionGenerator.daily())
monitor.update_monitoring_schedule(output_s3_uri="s3://results/quality", role="arn:aws:iam::111122223333:role/Later")
monitor.delete_monitoring_schedule()
other = DefaultModelMonitor.attach("nightly", sagemaker_session=session)
other.start_monitoring_schedule()

#   iam:PassRole arn:aws:iam::111122223333:role/Monitoring
#   s3:GetObject arn:aws:s3:::results/quality/*/constraint_violations.json
#   s3:GetObject arn:aws:s3:::results/quality/*/statistics.json
#   s3:GetObject arn:aws:s3:::{}/{}
#   s3:ListBucket arn:aws:s3:::results
#   sagemaker:CreateDataQualityJobDefinition arn:aws:sagemaker:us-west-2:111122223333:data-quality-job-definition/data-quality-job-definition-*
#   sagemaker:CreateMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/hourly
#   sagemaker:DeleteMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/older
#   sagemaker:DescribeDataQualityJobDefinition arn:aws:sagemaker:us-west-2:111122223333:data-quality-job-definition/*
#   sagemaker:DescribeMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/nightly
#   sagemaker:DescribeProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/*
#   sagemaker:DescribeProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/{}
#   sagemaker:ListMonitoringExecutions *
#   sagemaker:ListMonitoringSchedules *
#   sagemaker:ListTags {}
#   sagemaker:StopMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/{}
from sagemaker import Session
from sagemaker.model_monitor import DefaultModelMonitor, MonitoringExecution
from sagemaker.s3 import S3Downloader

session = Session()
monitor = DefaultModelMonitor(role="arn:aws:iam::111122223333:role/Monitoring", sagemaker_session=session)
monitor.create_monitoring_schedule(monitor_schedule_name="hourly", endpoint_input="churn", output_s3_uri="s3://results/quality")
executions = monitor.list_executions()
latest = executions[-1]
latest.wait(logs=False)
print(latest.describe()["ProcessingJobStatus"], S3Downloader.list(latest.output.destination))
for execution in executions:
    execution.constraint_violations()
monitor.latest_monitoring_statistics()
for schedule in session.list_monitoring_schedules(endpoint_name="churn")["MonitoringScheduleSummaries"]:
    session.stop_monitoring_schedule(schedule["MonitoringScheduleName"])
session.delete_monitoring_schedule("older")
DefaultModelMonitor.attach("nightly").latest_monitoring_constraint_violations()
MonitoringExecution.from_processing_arn(session, "arn:aws:sagemaker:us-west-2:111122223333:processing-job/one").statistics()

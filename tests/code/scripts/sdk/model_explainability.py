#   iam:PassRole arn:aws:iam::111122223333:role/Monitoring
#   s3:AbortMultipartUpload arn:aws:s3:::configs/analysis_config.json
#   s3:AbortMultipartUpload arn:aws:s3:::shelf/model-monitor/monitoring/monitoring-schedule-*/results/model-explainability-job-definition-*/*/analysis_config.json
#   s3:GetObject arn:aws:s3:::checked/analysis.json
#   s3:PutObject arn:aws:s3:::configs/analysis_config.json
#   s3:PutObject arn:aws:s3:::shelf/model-monitor/monitoring/monitoring-schedule-*/results/model-explainability-job-definition-*/*/analysis_config.json
#   sagemaker:CreateModelExplainabilityJobDefinition arn:aws:sagemaker:us-west-2:111122223333:model-explainability-job-definition/model-explainability-job-definition-*
#   sagemaker:CreateMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/monitoring-schedule-*
#   sagemaker:CreateProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/baseline-suggestion-job-*
#   sagemaker:DeleteModelExplainabilityJobDefinition arn:aws:sagemaker:us-west-2:111122223333:model-explainability-job-definition/*
#   sagemaker:DeleteMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/older
#   sagemaker:DescribeModelExplainabilityJobDefinition arn:aws:sagemaker:us-west-2:111122223333:model-explainability-job-definition/*
#   sagemaker:DescribeMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/monitoring-schedule-*
#   sagemaker:DescribeMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/older
#   sagemaker:DescribeProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/baseline-suggestion-job-*
#   sagemaker:ListTags {}
#   sagemaker:StopMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/monitoring-schedule-*
import sagemaker
from sagemaker import clarify, model_monitor

session = sagemaker.Session(default_bucket="shelf")
role = "arn:aws:iam::111122223333:role/Monitoring"
monitor = model_monitor.ModelExplainabilityMonitor(role=role, sagemaker_session=session, output_kms_key="arn:aws:kms:us-west-2:111122223333:key/12345678-90ab-cdef-1234-567890abcdef")
shap = clarify.SHAPConfig(baseline=[[0]], num_samples=100, agg_method="mean_abs")
model = clarify.ModelConfig("churn", 1, "ml.m5.xlarge")
data = clarify.DataConfig("s3://data/validation.csv", "s3://baselines/shap", s3_analysis_config_output_path="s3://configs", headers=["a"])
job = monitor.suggest_baseline(data_config=data, explainability_config=shap, model_config=model)
job.wait(logs=False)
monitor.create_monitoring_schedule(
    endpoint_input="churn",
    analysis_config=model_monitor.ExplainabilityAnalysisConfig(shap, model, headers=["a"]),
    constraints="s3://checked/analysis.json",
    schedule_cron_expression=model_monitor.CronExpressionGenerator.hourly(),
)
monitor.stop_monitoring_schedule()
model_monitor.ModelExplainabilityMonitor.attach("older", session).delete_monitoring_schedule()

#   iam:PassRole arn:aws:iam::111122223333:role/Monitoring
#   s3:AbortMultipartUpload arn:aws:s3:::baselines/bias/analysis_config.json
#   s3:AbortMultipartUpload arn:aws:s3:::results/bias/model-bias-job-definition-*/*/analysis_config.json
#   s3:GetObject arn:aws:s3:::baselines/bias/analysis.json
#   s3:PutObject arn:aws:s3:::baselines/bias/analysis_config.json
#   s3:PutObject arn:aws:s3:::results/bias/model-bias-job-definition-*/*/analysis_config.json
#   sagemaker:CreateModelBiasJobDefinition arn:aws:sagemaker:us-west-2:111122223333:model-bias-job-definition/model-bias-job-definition-*
#   sagemaker:CreateMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/bias-hourly
#   sagemaker:CreateProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/bias-baseline
#   sagemaker:DeleteModelBiasJobDefinition arn:aws:sagemaker:us-west-2:111122223333:model-bias-job-definition/model-bias-job-definition-*
#   sagemaker:DeleteMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/bias-hourly
#   sagemaker:DescribeModelBiasJobDefinition arn:aws:sagemaker:us-west-2:111122223333:model-bias-job-definition/model-bias-job-definition-*
#   sagemaker:DescribeMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/bias-hourly
#   sagemaker:DescribeProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/bias-baseline
#   sagemaker:UpdateMonitoringSchedule arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/bias-hourly
from sagemaker import Session
from sagemaker.clarify import BiasConfig, DataConfig, ModelConfig, ModelPredictedLabelConfig
from sagemaker.model_monitor import BiasAnalysisConfig, EndpointInput, ModelBiasMonitor

monitor = ModelBiasMonitor(role="arn:aws:iam::111122223333:role/Monitoring", sagemaker_session=Session(default_bucket="shelf"))
data = DataConfig("s3://data/validation.csv", "s3://baselines/bias", label="churned", headers=["a", "churned"])
bias = BiasConfig(label_values_or_threshold=[1], facet_name="a")
monitor.suggest_baseline(data, bias, ModelConfig("churn", 1, "ml.m5.xlarge"), ModelPredictedLabelConfig(probability_threshold=0.8), job_name="bias-baseline")
monitor.latest_baselining_job.wait(logs=False)
monitor.suggested_constraints()
monitor.create_monitoring_schedule(
    analysis_config=BiasAnalysisConfig(bias, headers=["a", "churned"], label="churned"),
    output_s3_uri="s3://results/bias",
    endpoint_input=EndpointInput(endpoint_name="churn", destination="/opt/ml/processing/input/endpoint"),
    ground_truth_input="s3://truth/labels",
    monitor_schedule_name="bias-hourly",
    schedule_cron_expression="cron(0 * ? * * *)",
)
monitor.update_monitoring_schedule(analysis_config="s3://configs/bias.json")
monitor.delete_monitoring_schedule()

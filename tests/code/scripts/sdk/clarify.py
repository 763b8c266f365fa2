#   iam:PassRole arn:aws:iam::111122223333:role/Clarify
#   logs:DescribeLogStreams arn:aws:logs:us-west-2:111122223333:log-group:/aws/sagemaker/ProcessingJobs
#   logs:GetLogEvents arn:aws:logs:us-west-2:111122223333:log-group:/aws/sagemaker/ProcessingJobs:log-stream:{}
#   s3:AbortMultipartUpload arn:aws:s3:::configs/shap/analysis_config.json
#   s3:AbortMultipartUpload arn:aws:s3:::reports/bias/analysis_config.json
#   s3:AbortMultipartUpload arn:aws:s3:::shelf/explained/input/dataset/rows.csv
#   s3:PutObject arn:aws:s3:::configs/shap/analysis_config.json
#   s3:PutObject arn:aws:s3:::reports/bias/analysis_config.json
#   s3:PutObject arn:aws:s3:::shelf/explained/input/dataset/rows.csv
#   sagemaker:CreateProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/both
#   sagemaker:CreateProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/churn-*
#   sagemaker:CreateProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/explained
#   sagemaker:CreateProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/named
#   sagemaker:DescribeProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/both
#   sagemaker:DescribeProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/churn-*
from sagemaker import Session, clarify

role = "arn:aws:iam::111122223333:role/Clarify"
processor = clarify.SageMakerClarifyProcessor(role=role, instance_count=1, instance_type="ml.m5.xlarge", sagemaker_session=Session(default_bucket="shelf"), job_name_prefix="churn")
data = clarify.DataConfig(s3_data_input_path="s3://data/train.csv", s3_output_path="s3://reports/bias", label="churned", headers=["a", "churned"], dataset_type="text/csv")
model = clarify.ModelConfig(model_name="churn", instance_type="ml.m5.xlarge", instance_count=1, accept_type="text/csv")
bias = clarify.BiasConfig(label_values_or_threshold=[1], facet_name="a")
labels = clarify.ModelPredictedLabelConfig(probability_threshold=0.8)
shap = clarify.SHAPConfig(baseline=[[0]], num_samples=15, agg_method="mean_abs")
processor.run_pre_training_bias(data, bias, wait=False)
processor.run_post_training_bias(data, bias, model, labels, logs=False)
processor.run_bias(data_config=data, bias_config=bias, model_config=model, model_predicted_label_config=labels, pre_training_methods="all", post_training_methods="all", job_name="named", wait=False)
local = clarify.DataConfig("rows.csv", "s3://reports/shap", s3_analysis_config_output_path="s3://configs/shap")
processor.run_explainability(data_config=local, model_config=model, explainability_config=shap, job_name="explained", wait=False)
processor.run_bias_and_explainability(data, model, [shap, clarify.PDPConfig()], bias, job_name="both")

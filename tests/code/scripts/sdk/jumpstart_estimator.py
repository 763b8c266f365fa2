#   iam:PassRole arn:aws:iam::111122223333:role/Train
#   s3:GetObject arn:aws:s3:::jumpstart-cache-prod-us-west-2/*
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:endpoint-config/neo
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:endpoint/neo
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:model/neo
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:training-job/*
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:training-job/neo
#   sagemaker:CreateEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint-config/neo
#   sagemaker:CreateEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/neo
#   sagemaker:CreateEndpointConfig arn:aws:sagemaker:us-west-2:111122223333:endpoint-config/neo
#   sagemaker:CreateModel arn:aws:sagemaker:us-west-2:111122223333:model/neo
#   sagemaker:CreateTrainingJob arn:aws:sagemaker:us-west-2:111122223333:training-job/*
#   sagemaker:CreateTrainingJob arn:aws:sagemaker:us-west-2:111122223333:training-job/neo
#   sagemaker:DescribeEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/neo
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/ModelReference/own
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/ModelReference/own/*
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub/own
#   sagemaker:DescribeTrainingJob arn:aws:sagemaker:us-west-2:111122223333:training-job/neo
#   sagemaker:DescribeTrainingJob arn:aws:sagemaker:us-west-2:111122223333:training-job/older
#   sagemaker:InvokeEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/neo
#   sagemaker:ListHubContentVersions arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/ModelReference/own
#   sagemaker:ListHubContentVersions arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/ModelReference/own/*
#   sagemaker:ListHubContentVersions arn:aws:sagemaker:us-west-2:111122223333:hub/own
#   sagemaker:ListTags {}
from sagemaker.jumpstart.estimator import JumpStartEstimator

role = "arn:aws:iam::111122223333:role/Train"
estimator = JumpStartEstimator(model_id="huggingface-textgeneration1-gpt-neo-125m-fp16", role=role, instance_type="ml.g5.2xlarge", output_path="s3://models/neo", tags=[{"Key": "team", "Value": "churn"}])
estimator.set_hyperparameters(instruction_tuned="True", epoch="5")
estimator.fit({"training": "s3://data/train"}, job_name="neo", logs=False)
predictor = estimator.deploy(endpoint_name="neo", model_name="neo", initial_instance_count=1, instance_type="ml.g5.2xlarge")
predictor.predict({"inputs": "x"})
llama = JumpStartEstimator("meta-textgeneration-llama-2-7b", environment={"accept_eula": "true"}, role=role)
llama.fit({"training": "s3://data/llama"}, wait=False)
JumpStartEstimator.attach("older", model_id="own", hub_arn="arn:aws:sagemaker:us-west-2:111122223333:hub/own").list_training_configs()

#   iam:PassRole arn:aws:iam::111122223333:role/Train
#   s3:AbortMultipartUpload arn:aws:s3:::sagemaker-us-west-2-111122223333/huggingface-llm-mistral-7b-job/huggingface-llm-mistral-7b-job-*/input/sm_drivers/*
#   s3:AbortMultipartUpload arn:aws:s3:::sagemaker-us-west-2-111122223333/own/own-*/input/sm_drivers/*
#   s3:PutObject arn:aws:s3:::sagemaker-us-west-2-111122223333/huggingface-llm-mistral-7b-job/huggingface-llm-mistral-7b-job-*/input/sm_drivers/*
#   s3:PutObject arn:aws:s3:::sagemaker-us-west-2-111122223333/own/own-*/input/sm_drivers/*
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:training-job/huggingface-llm-mistral-7b-job-*
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:training-job/own-*
#   sagemaker:CreateTrainingJob arn:aws:sagemaker:us-west-2:111122223333:training-job/huggingface-llm-mistral-7b-job-*
#   sagemaker:CreateTrainingJob arn:aws:sagemaker:us-west-2:111122223333:training-job/own-*
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/ModelReference/mistral
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/ModelReference/mistral/*
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub/own
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:aws:hub-content/SageMakerPublicHub/Model/huggingface-llm-mistral-7b
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:aws:hub-content/SageMakerPublicHub/Model/huggingface-llm-mistral-7b/*
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:aws:hub/SageMakerPublicHub
#   sagemaker:DescribeTrainingJob arn:aws:sagemaker:us-west-2:111122223333:training-job/huggingface-llm-mistral-7b-job-*
#   sagemaker:DescribeTrainingJob arn:aws:sagemaker:us-west-2:111122223333:training-job/own-*
from sagemaker.core.jumpstart.configs import JumpStartConfig
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData

role = "arn:aws:iam::111122223333:role/Train"
config = JumpStartConfig(model_id="huggingface-llm-mistral-7b")
trainer = ModelTrainer.from_jumpstart_config(config, role=role, compute=Compute(instance_type="ml.g5.12xlarge", instance_count=1))
trainer.train([InputData(channel_name="training", data_source="s3://data/train")], wait=False)
own = JumpStartConfig(model_id="mistral", hub_name="own", accept_eula=True)
ModelTrainer.from_jumpstart_config(jumpstart_config=own, role=role, base_job_name="own").train(logs=False)

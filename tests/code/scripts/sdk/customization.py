#   iam:PassRole arn:aws:iam::111122223333:role/Tune
#   s3:AbortMultipartUpload arn:aws:s3:::sagemaker-us-west-2-111122223333/output*
#   s3:AbortMultipartUpload arn:aws:s3:::tuned/assistants*
#   s3:GetObject arn:aws:s3:::jumpstart-cache-prod-us-west-2/*
#   s3:ListBucket arn:aws:s3:::pairs
#   s3:ListBucket arn:aws:s3:::sagemaker-us-west-2-111122223333
#   s3:ListBucket arn:aws:s3:::tuned
#   s3:PutObject arn:aws:s3:::sagemaker-us-west-2-111122223333/output*
#   s3:PutObject arn:aws:s3:::tuned/assistants*
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:training-job/meta-textgeneration-llama-3-2-1b-instruct-rlvr-*
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:training-job/meta-textgeneration-llama-3-2-1b-instruct-sft-*
#   sagemaker:CreateMlflowApp arn:aws:sagemaker:us-west-2:111122223333:mlflow-app/*
#   sagemaker:CreateTrainingJob arn:aws:sagemaker:us-west-2:111122223333:training-job/meta-textgeneration-llama-3-2-1b-instruct-rlvr-*
#   sagemaker:CreateTrainingJob arn:aws:sagemaker:us-west-2:111122223333:training-job/meta-textgeneration-llama-3-2-1b-instruct-sft-*
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:aws:hub-content/SageMakerPublicHub/Model/meta-textgeneration-llama-3-2-1b-instruct
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:aws:hub-content/SageMakerPublicHub/Model/meta-textgeneration-llama-3-2-1b-instruct/*
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:aws:hub/SageMakerPublicHub
#   sagemaker:DescribeModelPackageGroup arn:aws:sagemaker:us-west-2:111122223333:model-package-group/assistants
#   sagemaker:DescribeTrainingJob arn:aws:sagemaker:us-west-2:111122223333:training-job/meta-textgeneration-llama-3-2-1b-instruct-rlvr-*
#   sagemaker:ListMlflowApps *
from sagemaker.train import RLVRTrainer, SFTTrainer
from sagemaker.train.configs import Networking

role = "arn:aws:iam::111122223333:role/Tune"
SFTTrainer(
    model="meta-textgeneration-llama-3-2-1b-instruct",
    model_package_group="assistants",
    mlflow_resource_arn="arn:aws:sagemaker:us-west-2:111122223333:mlflow-app/app-1",
    training_dataset="s3://pairs/train.jsonl",
    s3_output_path="s3://tuned/assistants",
    accept_eula=True,
    role=role,
).train(wait=False)
RLVRTrainer(
    model="meta-textgeneration-llama-3-2-1b-instruct",
    model_package_group="arn:aws:sagemaker:us-west-2:111122223333:model-package-group/solvers",
    custom_reward_function="arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/JsonDoc/reward/1.0.0",
    training_dataset="arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/DataSet/sums/1.0.0",
    networking=Networking(subnets=["subnet-1"], security_group_ids=["sg-1"]),
    role=role,
).train()

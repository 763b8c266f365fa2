#!/bin/bash
# Trains, and registers where the models go.
set -euo pipefail
ROLE_ARN=arn:aws:iam::111122223333:role/service-role/TrainingRole
BUCKET="amzn-s3-demo-bucket2"
aws s3 cp data.csv "s3://$BUCKET/data/"
aws sagemaker create-training-job \
  --training-job-name churn --region us-west-2 \
  --role-arn "$ROLE_ARN" \
  --algorithm-specification TrainingImage=763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2.3.0-gpu-py311,TrainingInputMode=File \
  --input-data-config '[{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://amzn-s3-demo-bucket/data/train/"}}}]' \
  --output-data-config "S3OutputPath=s3://$BUCKET/models,KmsKeyId=alias/models" \
  --resource-config InstanceType=ml.g5.xlarge,InstanceCount=1,VolumeSizeInGB=100 \
  --vpc-config Subnets=subnet-0123456789abcdef0,subnet-0123456789abcdef1,SecurityGroupIds=sg-0123456789abcdef0 \
  --no-enable-network-isolation \
  --stopping-condition MaxRuntimeInSeconds=86400 --query TrainingJobArn --output text
aws sagemaker create-model --model-name churn --execution-role-arn $ROLE_ARN \
  --primary-container "Image=763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-inference:2.3.0,ModelDataUrl=s3://${BUCKET}/models/model.tar.gz"

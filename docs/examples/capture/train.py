"""Trains a model and creates a model resource from the result."""

import boto3

ROLE = "arn:aws:iam::111122223333:role/Training"
REPOSITORY = "111122223333.dkr.ecr.us-west-2.amazonaws.com"
BUCKET = "amzn-s3-demo-bucket"


def main():
    """Uploads data, trains, waits, and creates the model."""
    boto3.client("s3").put_object(Bucket=BUCKET, Key="churn/train.csv", Body=b"age,churned\n42,0\n")
    sagemaker = boto3.client("sagemaker")
    sagemaker.create_training_job(
        TrainingJobName="churn",
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": f"{REPOSITORY}/churn:7", "TrainingInputMode": "File"},
        InputDataConfig=[
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/churn/"}},
            }
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
    )
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName="churn")
    artifacts = sagemaker.describe_training_job(TrainingJobName="churn")["ModelArtifacts"]
    container = {"Image": f"{REPOSITORY}/serve:7", "ModelDataUrl": artifacts["S3ModelArtifacts"]}
    sagemaker.create_model(ModelName="churn", ExecutionRoleArn=ROLE, PrimaryContainer=container)


if __name__ == "__main__":
    main()

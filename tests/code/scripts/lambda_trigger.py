#   sagemaker:CreateTrainingJob arn:aws:sagemaker:us-west-2:111122223333:training-job/nightly-{}
#   iam:PassRole arn:aws:iam::111122223333:role/Train
import time
import boto3
ROLE = "arn:aws:iam::111122223333:role/Train"
def lambda_handler(event, context):
    boto3.client("sagemaker").create_training_job(
        TrainingJobName=f"nightly-{int(time.time())}",
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": "s3://out/"},
        ResourceConfig={},
        StoppingCondition={},
    )

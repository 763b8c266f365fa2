#   s3:GetObject arn:aws:s3:::sagemaker-us-west-2-{}/x.csv
import boto3
account = boto3.client("sts").get_caller_identity()["Account"]
bucket = f"sagemaker-us-west-2-{account}"
boto3.client("s3").get_object(Bucket=bucket, Key="x.csv")

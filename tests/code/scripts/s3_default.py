#   s3:GetObject arn:aws:s3:::fallback/config.yaml
import os
import boto3
BUCKET = os.getenv("CONFIG_BUCKET", "fallback")
boto3.client("s3").get_object(Bucket=BUCKET, Key="config.yaml")

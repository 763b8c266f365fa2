#   s3:GetObject arn:aws:s3:::{}/config.yaml
import os
import boto3
boto3.client("s3").get_object(Bucket=os.environ["CONFIG_BUCKET"], Key="config.yaml")

#   s3:GetObject arn:aws:s3:::cfg/a.json
#   s3:GetObject arn:aws:s3:::cfg/b.json
import json
import boto3
def load(key, bucket="cfg"):
    return json.loads(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
a = load("a.json")
b = load(key="b.json")

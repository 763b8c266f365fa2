#   s3:PutObject arn:aws:s3:::conf-out/x
from dataclasses import dataclass
import boto3
@dataclass
class Config:
    bucket: str
    key: str = "x"
def run(config: Config):
    boto3.client("s3").put_object(Bucket=config.bucket, Key=config.key, Body=b"")
run(Config(bucket="conf-out", key="x"))

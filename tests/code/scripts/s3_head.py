#   s3:GetObject arn:aws:s3:::data/train.csv
import boto3
from botocore.exceptions import ClientError
s3 = boto3.client("s3")
try:
    s3.head_object(Bucket="data", Key="train.csv")
except ClientError:
    raise SystemExit(1)

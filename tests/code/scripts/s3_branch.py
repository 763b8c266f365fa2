#   s3:GetObject arn:aws:s3:::dev-data/x.csv
#   s3:GetObject arn:aws:s3:::prod-data/x.csv
#   s3:DeleteObject arn:aws:s3:::prod-data/old.csv
import sys
import boto3
if "--prod" in sys.argv:
    bucket = "prod-data"
    boto3.client("s3").delete_object(Bucket=bucket, Key="old.csv")
else:
    bucket = "dev-data"
boto3.client("s3").get_object(Bucket=bucket, Key="x.csv")

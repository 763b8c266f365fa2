#   s3:GetObject arn:aws:s3:::data/a/b/c.csv
import os
import boto3
PARTS = ["a", "b"]
boto3.client("s3").get_object(Bucket="data", Key=os.path.join("/".join(PARTS), "c.csv"))

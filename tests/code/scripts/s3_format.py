#   s3:GetObject arn:aws:s3:::data/v2/{}/part.csv
import sys
import boto3
key = "v{}/{}/part.csv".format(2, sys.argv[1])
boto3.client("s3").get_object(Bucket="data", Key=key)

#   s3:GetObject arn:aws:s3:::data/train.csv
import boto3
boto3.client("s3").get_object(Bucket="data", Key="train.csv")

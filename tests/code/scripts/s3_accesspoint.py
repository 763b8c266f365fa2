#   s3:GetObject arn:aws:s3:us-west-2:111122223333:accesspoint/train/object/x.csv
import boto3
AP = "arn:aws:s3:us-west-2:111122223333:accesspoint/train"
boto3.client("s3").get_object(Bucket=AP, Key="x.csv")

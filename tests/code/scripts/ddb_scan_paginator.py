#   dynamodb:Scan arn:aws:dynamodb:us-west-2:111122223333:table/features
import boto3
table_name = "features"
for page in boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table_name):
    print(page["Items"])

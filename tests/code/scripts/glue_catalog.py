#   glue:GetTables arn:aws:glue:us-west-2:111122223333:catalog
#   glue:GetTables arn:aws:glue:us-west-2:111122223333:database/raw
#   glue:GetTables arn:aws:glue:us-west-2:111122223333:table/raw/*
#   glue:StartCrawler arn:aws:glue:us-west-2:111122223333:crawler/raw-crawler
import boto3
glue = boto3.client("glue")
glue.start_crawler(Name="raw-crawler")
for page in glue.get_paginator("get_tables").paginate(DatabaseName="raw"):
    print(page["TableList"])

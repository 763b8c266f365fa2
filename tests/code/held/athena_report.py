#   athena:StartQueryExecution arn:aws:athena:us-west-2:111122223333:workgroup/reports
#   athena:GetQueryExecution arn:aws:athena:us-west-2:111122223333:workgroup/*
#   athena:GetQueryResults arn:aws:athena:us-west-2:111122223333:workgroup/*
#   glue:GetDatabase arn:aws:glue:us-west-2:111122223333:catalog
#   glue:GetDatabase arn:aws:glue:us-west-2:111122223333:database/sales
#   glue:GetTable arn:aws:glue:us-west-2:111122223333:catalog
#   glue:GetTable arn:aws:glue:us-west-2:111122223333:database/sales
#   glue:GetTable arn:aws:glue:us-west-2:111122223333:table/sales/*
#   glue:GetPartitions arn:aws:glue:us-west-2:111122223333:catalog
#   glue:GetPartitions arn:aws:glue:us-west-2:111122223333:database/sales
#   glue:GetPartitions arn:aws:glue:us-west-2:111122223333:table/sales/*
#   s3:GetBucketLocation arn:aws:s3:::acme-athena
#   s3:GetObject arn:aws:s3:::acme-athena/results/*
#   s3:PutObject arn:aws:s3:::acme-athena/results/*
import time
import boto3

athena = boto3.client("athena", region_name="us-west-2")


def query(sql, database="sales"):
    started = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": database},
        ResultConfiguration={"OutputLocation": "s3://acme-athena/results/"},
        WorkGroup="reports",
    )
    identifier = started["QueryExecutionId"]
    while athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]["Status"]["State"] == "RUNNING":
        time.sleep(2)
    return athena.get_paginator("get_query_results").paginate(QueryExecutionId=identifier).build_full_result()


query("select * from orders limit 10")

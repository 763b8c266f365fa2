#   s3:GetObject arn:aws:s3:::acme-lake/events/*
#   s3:ListBucket arn:aws:s3:::acme-lake
#   s3:PutObject arn:aws:s3:::acme-lake/summary/out.parquet
#   s3:AbortMultipartUpload arn:aws:s3:::acme-lake/summary/out.parquet
#   lakeformation:GrantPermissions *
import boto3
import polars as pl

LAKE = "s3://acme-lake"
frame = pl.scan_parquet(f"{LAKE}/events/").collect()
frame.write_parquet(LAKE + "/summary/out.parquet")
boto3.client("lakeformation").grant_permissions(Principal={}, Resource={}, Permissions=["SELECT"])

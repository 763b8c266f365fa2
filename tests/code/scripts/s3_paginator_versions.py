#   s3:ListBucketVersions arn:aws:s3:::versioned
import boto3
pages = boto3.client("s3").get_paginator("list_object_versions")
for page in pages.paginate(Bucket="versioned"):
    print(page)

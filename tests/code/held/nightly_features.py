#   s3:ListBucket arn:aws:s3:::acme-raw-events
#   s3:GetObject arn:aws:s3:::acme-raw-events/clicks/{}
#   s3:PutObject arn:aws:s3:::acme-features/daily/features.parquet
#   s3:AbortMultipartUpload arn:aws:s3:::acme-features/daily/features.parquet
#   cloudwatch:PutMetricData *
import io
import boto3
import pandas as pd

RAW = "acme-raw-events"
s3 = boto3.client("s3")
metrics = boto3.client("cloudwatch")


def keys(prefix):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=RAW, Prefix=prefix)
    for page in pages:
        for item in page.get("Contents", []):
            yield item["Key"]


def main():
    frames = []
    for key in keys("clicks/"):
        body = s3.get_object(Bucket=RAW, Key=key)["Body"].read()
        frames.append(pd.read_json(io.BytesIO(body), lines=True))
    table = pd.concat(frames)
    table.to_parquet("s3://acme-features/daily/features.parquet")
    metrics.put_metric_data(Namespace="Features", MetricData=[{"MetricName": "rows", "Value": len(table)}])


if __name__ == "__main__":
    main()

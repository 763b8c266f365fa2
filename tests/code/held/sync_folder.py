#   s3:ListBucket arn:aws:s3:::acme-models
#   s3:GetObject arn:aws:s3:::acme-models/bert/{}
#   s3:PutObject arn:aws:s3:::acme-models/bert/metrics.json
#   s3:AbortMultipartUpload arn:aws:s3:::acme-models/bert/metrics.json
import os
import boto3

bucket = boto3.resource("s3").Bucket("acme-models")
for item in bucket.objects.filter(Prefix="bert/"):
    target = os.path.join("/opt/ml/model", item.key)
    bucket.download_file(item.key, target)
bucket.upload_file("/tmp/metrics.json", "bert/metrics.json")

#   s3:PutObject arn:aws:s3:::out/runs/metrics.json
#   s3:AbortMultipartUpload arn:aws:s3:::out/runs/metrics.json
import io
import boto3
boto3.client("s3").upload_fileobj(io.BytesIO(b"{}"), "out", "runs/" + "metrics.json")

#   s3:GetObject arn:aws:s3:::src/a.bin
#   s3:PutObject arn:aws:s3:::dst/a.bin
#   s3:AbortMultipartUpload arn:aws:s3:::dst/a.bin
import boto3
boto3.client("s3").copy({"Bucket": "src", "Key": "a.bin"}, "dst", "a.bin")

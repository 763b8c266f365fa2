#   s3:PutObject arn:aws:s3:::out/model.bin
#   s3:GetObject arn:aws:s3:::in/model.bin
import boto3
s3 = boto3.resource("s3")
s3.Object("out", "model.bin").put(Body=b"x")
s3.Object(bucket_name="in", key="model.bin").get()

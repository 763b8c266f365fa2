#   s3:ListBucket arn:aws:s3:::scratch
#   s3:DeleteObject arn:aws:s3:::scratch/tmp/{}
import boto3
boto3.resource("s3").Bucket("scratch").objects.filter(Prefix="tmp/").delete()

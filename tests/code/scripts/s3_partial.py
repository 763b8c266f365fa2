#   s3:PutObject arn:aws:s3:::out/a
import functools
import boto3
put = functools.partial(boto3.client("s3").put_object, Bucket="out")
put(Key="a", Body=b"")

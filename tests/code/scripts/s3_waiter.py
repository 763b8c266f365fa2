#   s3:GetObject arn:aws:s3:::out/_SUCCESS
import boto3
s3 = boto3.client("s3")
waiter = s3.get_waiter("object_exists")
waiter.wait(Bucket="out", Key="_SUCCESS", WaiterConfig={"Delay": 5})

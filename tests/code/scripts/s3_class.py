#   s3:ListBucket arn:aws:s3:::lake
#   s3:GetObject arn:aws:s3:::lake/raw/{}
import boto3
class Store:
    def __init__(self, bucket, client=None):
        self.bucket = bucket
        self.client = client or boto3.client("s3")
    def names(self):
        answer = self.client.list_objects_v2(Bucket=self.bucket, Prefix="raw/")
        return [one["Key"] for one in answer["Contents"]]
    def get(self, key):
        return self.client.get_object(Bucket=self.bucket, Key=key)
store = Store("lake")
for name in store.names():
    store.get(name)

#   s3:GetObject arn:aws:s3:::data/one.csv
#   s3:GetObject arn:aws:s3:::data/two.csv
import boto3
def names():
    yield "one.csv"
    yield "two.csv"
def bodies(s3):
    for name in names():
        yield s3.get_object(Bucket="data", Key=name)["Body"]
for body in bodies(boto3.client("s3")):
    body.read()

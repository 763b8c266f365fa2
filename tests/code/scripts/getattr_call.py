#   kinesis:PutRecords arn:aws:kinesis:us-west-2:111122223333:stream/clicks
import boto3
method = "put_records"
getattr(boto3.client("kinesis"), method)(StreamName="clicks", Records=[])

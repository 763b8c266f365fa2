#   kinesis:PutRecord arn:aws:kinesis:us-west-2:111122223333:stream/predictions
#   firehose:PutRecordBatch arn:aws:firehose:us-west-2:111122223333:deliverystream/archive
#   timestream:WriteRecords arn:aws:timestream:us-west-2:111122223333:database/ml/table/latency
#   timestream:DescribeEndpoints *
import json
import boto3


class Sinks:
    STREAM = "predictions"

    def __init__(self):
        self.kinesis = boto3.client("kinesis")
        self.firehose = boto3.client("firehose")
        self.times = boto3.client("timestream-write")

    def send(self, row):
        self.kinesis.put_record(StreamName=self.STREAM, Data=json.dumps(row), PartitionKey="p")
        self.firehose.put_record_batch(DeliveryStreamName="archive", Records=[])
        self.times.write_records(DatabaseName="ml", TableName="latency", Records=[])

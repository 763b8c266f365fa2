#   sqs:SendMessage arn:aws:sqs:us-west-2:444455556666:theirs
import boto3
boto3.client("sqs").send_message(QueueUrl="https://sqs.us-west-2.amazonaws.com/444455556666/theirs", MessageBody="x")
